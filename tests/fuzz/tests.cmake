# Each target replays its corpus as an ordinary test; with -DKETNAP_FUZZ=ON (clang) it is also a libFuzzer
# program: tests/fuzz_csv_live CORPUS.
function(fuzz_target name)
	set(here ${PROJECT_SOURCE_DIR}/tests/fuzz)
	add_executable(${name} ${here}/${name}.c ${here}/replay.c)
	target_link_libraries(${name} PRIVATE ${ARGN} project_options)
	add_test(NAME ${name} COMMAND ${name} ${here}/corpus/${name})
	set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS fuzz
		FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:")
	if(KETNAP_FUZZ)
		add_executable(${name}_live ${here}/${name}.c)
		target_link_libraries(${name}_live PRIVATE ${ARGN} project_options -fsanitize=fuzzer)
	endif()
endfunction()

fuzz_target(fuzz_csv base)
fuzz_target(fuzz_text base)
fuzz_target(fuzz_form domain)
fuzz_target(fuzz_sheet domain)
fuzz_target(fuzz_op proto)
fuzz_target(fuzz_register proto)
fuzz_target(fuzz_wire proto)
fuzz_target(fuzz_file proto)
fuzz_target(fuzz_code crypto)
