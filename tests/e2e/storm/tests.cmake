# The storm: 24 clients, a bad line, a server that is killed thirty times. Nothing of the project is linked
# into any of these programs.
set(storm ${CMAKE_CURRENT_LIST_DIR})
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL)
pkg_check_modules(STORM_JANSSON REQUIRED IMPORTED_TARGET jansson)

add_executable(chop_proxy ${storm}/chop_proxy.c)
target_link_libraries(chop_proxy PRIVATE project_options)
add_executable(storm ${storm}/storm.c ${storm}/clients.c ${storm}/server.c
	${storm}/patience.c)
target_link_libraries(storm PRIVATE project_options PkgConfig::STORM_JANSSON Threads::Threads)

# Preloaded into the server as it is shipped: no sanitizer of its own.
add_library(storm_watch MODULE ${storm}/watch.c)
target_compile_features(storm_watch PRIVATE c_std_17)
target_compile_definitions(storm_watch PRIVATE _GNU_SOURCE)
target_compile_options(storm_watch PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
	-Wmissing-prototypes -Wvla $<$<BOOL:${KETNAP_WERROR}>:-Werror>)
target_link_libraries(storm_watch PRIVATE OpenSSL::SSL Threads::Threads ${CMAKE_DL_LIBS})

add_test(NAME e2e_storm COMMAND bash ${storm}/storm.sh)
set_tests_properties(e2e_storm PROPERTIES LABELS e2e FIXTURES_REQUIRED e2e_stage TIMEOUT 300 COST 500 PROCESSORS 2
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:"
	ENVIRONMENT "KETNAP_BUILD=${PROJECT_BINARY_DIR};KETNAP_SOURCE=${PROJECT_SOURCE_DIR};KETNAP_LANG=en")
