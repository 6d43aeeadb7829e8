# Strangers against the server as it is installed, while devices work. What plays them has a TLS client of its own, as
# the load programs have: built when it is run, as they are.
set(strangers ${CMAKE_CURRENT_LIST_DIR})
add_executable(strangers EXCLUDE_FROM_ALL ${strangers}/strangers.c ${strangers}/says.c)
target_link_libraries(strangers PRIVATE bench_load project_options)
add_custom_target(strangers_programs DEPENDS strangers surge_load make_clients null_server)

add_test(NAME strangers_build
	COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target strangers_programs)
set_tests_properties(strangers_build PROPERTIES FIXTURES_SETUP strangers TIMEOUT 600)
add_test(NAME e2e_strangers COMMAND bash ${strangers}/strangers.sh --short --only
	handshake,idle,oversized)
set_tests_properties(e2e_strangers PROPERTIES LABELS e2e FIXTURES_REQUIRED "e2e_stage;strangers" TIMEOUT 300
	COST 600 PROCESSORS 2 FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:"
	ENVIRONMENT "KETNAP_BUILD=${PROJECT_BINARY_DIR};KETNAP_SOURCE=${PROJECT_SOURCE_DIR};KETNAP_LANG=en")
