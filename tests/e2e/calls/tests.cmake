# Preloaded into programs as they are shipped: no sanitizer of its own.
set(calls ${CMAKE_CURRENT_LIST_DIR})
add_library(fail_calls MODULE ${calls}/fail_calls.c)
target_compile_features(fail_calls PRIVATE c_std_17)
target_compile_definitions(fail_calls PRIVATE _GNU_SOURCE)
target_compile_options(fail_calls PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes
	$<$<BOOL:${KETNAP_WERROR}>:-Werror>)
target_link_libraries(fail_calls PRIVATE ${CMAKE_DL_LIBS})
add_test(NAME e2e_calls COMMAND bash ${calls}/calls.sh 1)
set_tests_properties(e2e_calls PROPERTIES LABELS e2e FIXTURES_REQUIRED e2e_stage TIMEOUT 300 COST 450
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:"
	ENVIRONMENT "KETNAP_BUILD=${PROJECT_BINARY_DIR};KETNAP_SOURCE=${PROJECT_SOURCE_DIR};KETNAP_LANG=en")
# One point of each scene; many, of every call, in scripts/torture.
add_test(NAME e2e_programs COMMAND bash ${calls}/programs.sh 0)
set_tests_properties(e2e_programs PROPERTIES LABELS e2e FIXTURES_REQUIRED e2e_stage TIMEOUT 120 COST 30
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:"
	ENVIRONMENT "KETNAP_BUILD=${PROJECT_BINARY_DIR};KETNAP_SOURCE=${PROJECT_SOURCE_DIR};KETNAP_LANG=en")
