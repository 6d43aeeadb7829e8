# Measurements. They pass or fail by what they answer, never by time; the programs are built as one target,
# `bench_programs`, and run by scripts/bench. One test of a second keeps them from rotting.
set(here ${CMAKE_CURRENT_LIST_DIR})
add_library(bench_common STATIC EXCLUDE_FROM_ALL ${here}/bench.c ${here}/sheets.c ${here}/field.c
	${here}/mix.c)
target_include_directories(bench_common PUBLIC ${here})
target_compile_definitions(bench_common PRIVATE KETNAP_FORMS="${PROJECT_SOURCE_DIR}/common/domain/forms")
find_library(LMDB_LIBRARY lmdb REQUIRED)
target_link_libraries(bench_common PUBLIC province ledger PRIVATE project_options ${LMDB_LIBRARY})

add_custom_target(bench_programs)
function(bench_program name)
	add_executable(${name} EXCLUDE_FROM_ALL ${here}/${name}.c)
	target_link_libraries(${name} PRIVATE bench_common ${ARGN} project_options)
	add_dependencies(bench_programs ${name})
endfunction()

bench_program(bad_line)
bench_program(line_probe)
bench_program(mix_raw)
bench_program(forecast_bench domain)
bench_program(ledger_bench)
bench_program(recompute_bench)
foreach(inside ledger_bench recompute_bench)
	target_include_directories(${inside} PRIVATE ${PROJECT_SOURCE_DIR}/common/ledger/src)
endforeach()

# What is loaded in front of a server that itself is the one that people run.
bench_program(put_replay ${LMDB_LIBRARY})
foreach(shim slow_flush put_trace)
	add_library(${shim} MODULE EXCLUDE_FROM_ALL ${here}/${shim}.c)
	# Without the project's sanitizers: it is there before the program's own.
	target_compile_definitions(${shim} PRIVATE _GNU_SOURCE)
	target_compile_options(${shim} PRIVATE -Wall -Wextra -Wshadow -Wconversion)
	target_link_libraries(${shim} PRIVATE ${CMAKE_DL_LIBS})
	set_target_properties(${shim} PROPERTIES PREFIX "")
	add_dependencies(bench_programs ${shim})
endforeach()
set_target_properties(slow_flush PROPERTIES EXCLUDE_FROM_ALL OFF) # tests of the pages load it too

# The load programs have a TLS client of their own: what is measured must not measure itself.
find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL Crypto)
find_package(Threads REQUIRED)
foreach(part core openssl pthreads)
	find_library(LIBEVENT_${part} event_${part} REQUIRED)
endforeach()
add_library(bench_load STATIC EXCLUDE_FROM_ALL ${here}/clients.c ${here}/dial.c ${here}/talk.c)
target_link_libraries(bench_load PUBLIC bench_common OpenSSL::SSL OpenSSL::Crypto PRIVATE project_options)

bench_program(null_server OpenSSL::SSL ${LIBEVENT_openssl} ${LIBEVENT_pthreads} ${LIBEVENT_core}
	Threads::Threads)
bench_program(surge_load bench_load)
bench_program(open_load bench_load)
bench_program(query_load bench_load)
bench_program(idle_load bench_load)
bench_program(make_clients server_cli)
bench_program(names_bench client_cli)
bench_program(make_country)

# The test builds what it needs, since nothing else does.
add_test(NAME bench_build
	COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target bench_programs ketnapd ketnap)
set_tests_properties(bench_build PROPERTIES FIXTURES_SETUP bench TIMEOUT 600)
add_test(NAME bench_smoke COMMAND ${here}/smoke $<TARGET_FILE_DIR:surge_load>)
set_tests_properties(bench_smoke PROPERTIES FIXTURES_REQUIRED bench TIMEOUT 120
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:")
add_test(NAME bench_script COMMAND ${here}/script_smoke ${PROJECT_BINARY_DIR})
set_tests_properties(bench_script PROPERTIES FIXTURES_REQUIRED bench TIMEOUT 120
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:")
add_test(NAME bench_soak COMMAND ${here}/soak.sh --build ${PROJECT_BINARY_DIR} --seconds 6)
set_tests_properties(bench_soak PROPERTIES FIXTURES_REQUIRED bench TIMEOUT 120
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:")
