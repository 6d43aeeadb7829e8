# Each target replays its corpus as an ordinary test; with -DKETNAP_FUZZ=ON (clang) it is also a libFuzzer
# program: tests/fuzz_csv_live CORPUS.
function(fuzz_target name)
	set(here ${PROJECT_SOURCE_DIR}/tests/fuzz)
	add_executable(${name} ${here}/${name}.c ${here}/replay.c)
	target_link_libraries(${name} PRIVATE ${ARGN} project_options)
	add_test(NAME ${name} COMMAND ${name} ${here}/corpus/${name} ${here}/corpus/${name}-found)
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
fuzz_target(fuzz_server server_rig)

# For afl-clang-fast (scripts/torture --only afl); with any other compiler it runs one input from stdin.
set(here ${CMAKE_CURRENT_LIST_DIR})
add_executable(afl_server EXCLUDE_FROM_ALL ${here}/afl_server.c)
target_link_libraries(afl_server PRIVATE server_cli bench_load project_options)
if(CMAKE_C_COMPILER MATCHES "afl-")
	target_link_options(afl_server PRIVATE -Wl,--defsym=reached_map=__afl_area_ptr,--defsym=reached_size=__afl_map_size)
endif()
