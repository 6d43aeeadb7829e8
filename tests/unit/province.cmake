unit_test(test_province ${CMAKE_CURRENT_LIST_DIR}/test_province.c province)
target_compile_definitions(test_province PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
