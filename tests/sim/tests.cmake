# The simulator: a server and its devices in one process, on virtual time. sim --seeds N --from S.
add_executable(sim)
foreach(part main world base post line mixed holder notes check)
	target_sources(sim PRIVATE ${CMAKE_CURRENT_LIST_DIR}/${part}.c)
endforeach()
target_include_directories(sim PRIVATE ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(sim PRIVATE server_core client_core ledger_support project_options)

add_test(NAME sim COMMAND sim --seeds 400 --from 1 --all-faults
	--list ${CMAKE_CURRENT_LIST_DIR}/seeds.txt)
set_tests_properties(sim PROPERTIES TIMEOUT 300 LABELS sim
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:|sim: failed")

# Does it notice what it is there to notice? Patches to product sources, each compiled by itself and linked
# in place of the library's file; in the build that is quickest at that.
if(CMAKE_GENERATOR STREQUAL "Ninja" AND NOT KETNAP_SANITIZE AND NOT KETNAP_TSAN AND NOT KETNAP_FUZZ)
	add_test(NAME sim_mutants COMMAND ${CMAKE_CURRENT_LIST_DIR}/mutants/run ${PROJECT_BINARY_DIR})
	set_tests_properties(sim_mutants PROPERTIES TIMEOUT 600 LABELS mutants)
endif()
