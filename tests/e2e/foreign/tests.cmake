# A client that uses nothing of the project, against the real server.
add_test(NAME e2e_foreign COMMAND bash ${PROJECT_SOURCE_DIR}/tests/e2e/foreign/foreign.sh)
set_tests_properties(e2e_foreign PROPERTIES LABELS e2e FIXTURES_REQUIRED e2e_stage TIMEOUT 60
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:"
	ENVIRONMENT "KETNAP_BUILD=${PROJECT_BINARY_DIR};KETNAP_SOURCE=${PROJECT_SOURCE_DIR};KETNAP_LANG=en")
