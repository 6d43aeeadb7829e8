# What people see of a ledger, in Vietnamese and as JSON and CSV.
include(${CMAKE_CURRENT_LIST_DIR}/../support/ledger_support.cmake)
unit_test(test_report ${CMAKE_CURRENT_LIST_DIR}/test_report.c ledger_support report)
unit_test(test_closings ${CMAKE_CURRENT_LIST_DIR}/test_closings.c ledger_support report)
unit_test(test_paper ${CMAKE_CURRENT_LIST_DIR}/test_paper.c report)
unit_test(test_letter ${CMAKE_CURRENT_LIST_DIR}/test_letter.c report)
unit_test(test_report_words ${CMAKE_CURRENT_LIST_DIR}/test_report_words.c report)
unit_test(test_print ${CMAKE_CURRENT_LIST_DIR}/test_print.c ledger_support report)
unit_test(test_json_text ${CMAKE_CURRENT_LIST_DIR}/test_json_text.c report)
target_include_directories(test_json_text PRIVATE ${PROJECT_SOURCE_DIR}/common/report/src)
foreach(subject report report_words print)
	target_compile_definitions(test_${subject} PRIVATE
		LOCALE_DIR="${PROJECT_BINARY_DIR}/share/locale")
endforeach()
