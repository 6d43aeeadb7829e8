add_test(NAME make_province COMMAND make_province ${PROJECT_BINARY_DIR}/province)
set_tests_properties(make_province PROPERTIES TIMEOUT 60
	PASS_REGULAR_EXPRESSION "figures-2022-01.csv.*figures-2022-08.csv.*figures-2022-09-22.csv"
	FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:|make_province:")
