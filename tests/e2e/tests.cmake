# The real programs, installed as for use, on real files. Written in bash: a test is a clerk or an operator
# at a terminal.
add_test(NAME e2e_stage COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR}
	--prefix ${PROJECT_BINARY_DIR}/stage)
set_tests_properties(e2e_stage PROPERTIES LABELS e2e FIXTURES_SETUP e2e_stage)

# e2e_test(name seconds): `seconds` are what it may need on a busy machine, the longest first. Only what hangs is to be ended: a
# machine ten times slower than this one is still given its time.
function(e2e_test name seconds)
	math(EXPR limit "3 * ${seconds}")
	add_test(NAME e2e_${name} COMMAND bash ${PROJECT_SOURCE_DIR}/tests/e2e/${name}.sh)
	set_tests_properties(e2e_${name} PROPERTIES LABELS e2e FIXTURES_REQUIRED e2e_stage
		TIMEOUT ${limit} COST ${seconds} SKIP_RETURN_CODE 77
		FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:"
		ENVIRONMENT "KETNAP_BUILD=${PROJECT_BINARY_DIR};KETNAP_SOURCE=${PROJECT_SOURCE_DIR};KETNAP_LANG=en")
endfunction()

e2e_test(documents 60)
e2e_test(province 120)
e2e_test(acts 240)
e2e_test(targets 240)
e2e_test(target_kinds 120)
e2e_test(urge 180)
e2e_test(print 240)
e2e_test(csv_styles 60)
e2e_test(bad_tree 60)
e2e_test(bad_rows 60)
e2e_test(bad_input 60)
e2e_test(chunked 180)
e2e_test(data_dir 60)
e2e_test(full_disk 60)
e2e_test(keys 60)
e2e_test(config 60)
e2e_test(story 600)
e2e_test(torture 200)
include(${CMAKE_CURRENT_LIST_DIR}/client.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/serve.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/storm/tests.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/foreign/tests.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/strangers/tests.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/calls/tests.cmake)
