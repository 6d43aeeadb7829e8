# Stores in memory and on disk, held against a naive model: tests/support/naive.h.
include(${CMAKE_CURRENT_LIST_DIR}/../support/ledger_support.cmake)
foreach(subject ledger decide months lost_numbers decide_acts acts acts_device acts_feed acts_figures acts_targets series follow
		register register_corrected register_moved register_settled
		pipeline drafts_round lateness totals history verify ledger_overlay aggregate claims)
	unit_test(test_${subject} ${CMAKE_CURRENT_LIST_DIR}/test_${subject}.c ledger_support)
endforeach()
target_compile_definitions(test_pipeline PRIVATE
	HOLIDAYS_FILE="${PROJECT_SOURCE_DIR}/common/domain/holidays/vietnam.csv"
	RULES_FILE="${PROJECT_SOURCE_DIR}/common/domain/rules/admission.csv")
target_link_libraries(test_totals PRIVATE province)
foreach(part part order cost)
	target_sources(test_ledger PRIVATE ${CMAKE_CURRENT_LIST_DIR}/test_ledger_${part}.c)
endforeach()
target_compile_definitions(test_claims PRIVATE KETNAP_TREE="${PROJECT_SOURCE_DIR}")
# What rows are compared with.
target_link_libraries(test_verify PRIVATE z)
