# The simulator: a server and its devices in one process, on virtual time. sim --seeds N --from S.
add_executable(sim)
foreach(part main world base post judge changes line mixed holder notes check interleave broken keys chance stick owed reorg months persons
	roster sealed promote fixing goals digest answers)
	target_sources(sim PRIVATE ${CMAKE_CURRENT_LIST_DIR}/${part}.c)
endforeach()
target_include_directories(sim PRIVATE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(sim PRIVATE server_core client_core client_net ledger_support project_options
	OpenSSL::Crypto)

# A thousand worlds in ranges that run side by side; what happened in all of them is judged together.
set(counts)
foreach(range 1 2 3 4)
	math(EXPR from "(${range} - 1) * 250 + 1")
	set(file ${CMAKE_CURRENT_BINARY_DIR}/sim_${range}.counts)
	list(APPEND counts ${file})
	add_test(NAME sim_${range} COMMAND sim --seeds 250 --from ${from} --counts ${file})
	set_tests_properties(sim_${range} PROPERTIES FIXTURES_SETUP sim_ranges)
endforeach()
add_test(NAME sim_kept COMMAND sim --seeds 0 --list ${CMAKE_CURRENT_LIST_DIR}/seeds.txt)
add_test(NAME sim_notices COMMAND sim --broken)
add_test(NAME sim_same COMMAND sim --same)
# The beginning of one world as large as a province, which then heals and is judged whole; more: scripts/torture.
add_test(NAME sim_province COMMAND sim --shape province --seeds 1 --from 4 --steps 60)
add_test(NAME sim_faults COMMAND sim --sum ${counts})
set_tests_properties(sim_faults PROPERTIES FIXTURES_REQUIRED sim_ranges)
set_tests_properties(sim_1 sim_2 sim_3 sim_4 sim_kept sim_same sim_province sim_faults PROPERTIES TIMEOUT 240 LABELS sim
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:|sim: failed")
set_tests_properties(sim_notices PROPERTIES TIMEOUT 240 LABELS sim
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:|NOT NOTICED")

# Does it notice what it is there to notice? Patches to product sources, each compiled by itself and linked
# in place of the library's file; in the build that is quickest at that.
if(CMAKE_GENERATOR STREQUAL "Ninja" AND NOT KETNAP_SANITIZE AND NOT KETNAP_TSAN AND NOT KETNAP_FUZZ)
	add_test(NAME sim_mutants COMMAND ${CMAKE_CURRENT_LIST_DIR}/mutants/run ${PROJECT_BINARY_DIR})
	set_tests_properties(sim_mutants PROPERTIES TIMEOUT 600 LABELS mutants)
endif()
