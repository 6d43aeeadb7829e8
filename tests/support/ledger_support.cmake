# What the tests of the ledger share. They look behind the ledger's wall: rows and keys are compared.
if(NOT TARGET ledger_support)
	add_library(ledger_support STATIC ${CMAKE_CURRENT_LIST_DIR}/build.c
		${CMAKE_CURRENT_LIST_DIR}/story.c ${CMAKE_CURRENT_LIST_DIR}/story_check.c)
	foreach(part story_sheets story_odd story_acts same_series naive naive_sheet naive_tree naive_plan
		naive_totals)
		target_sources(ledger_support PRIVATE ${CMAKE_CURRENT_LIST_DIR}/${part}.c)
	endforeach()
	target_include_directories(ledger_support PUBLIC ${CMAKE_CURRENT_LIST_DIR}
		${PROJECT_SOURCE_DIR}/common/ledger/src)
	target_compile_definitions(ledger_support PRIVATE
		KETNAP_FORMS="${PROJECT_SOURCE_DIR}/common/domain/forms")
	target_link_libraries(ledger_support PUBLIC ledger PRIVATE project_options)
endif()
