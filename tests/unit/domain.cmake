foreach(module tree tree_act form sheet calendar target claim op_check op_check_months rights)
	unit_test(test_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c domain base)
endforeach()
foreach(module act_rule allocate project pace forecast rank lag commend source suppress urge)
	unit_test(test_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c domain base)
endforeach()
# Memory that runs out on demand.
foreach(module tree tree_act form)
	target_link_options(test_${module} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
endforeach()
# The data files as they stand in the source tree.
set(domain_data ${CMAKE_CURRENT_LIST_DIR}/../../common/domain)
target_compile_definitions(test_urge PRIVATE RULES_FILE="${domain_data}/rules/urge.csv")
target_compile_definitions(test_source PRIVATE FORMS_DIR="${domain_data}/forms")
target_compile_definitions(test_form PRIVATE FORMS_DIR="${domain_data}/forms")
target_compile_definitions(test_calendar PRIVATE HOLIDAYS_FILE="${domain_data}/holidays/vietnam.csv")
# Cases: the register.
foreach(module case case_record case_rule deadline case_count member_count form_count members fixes)
	unit_test(test_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c domain base)
endforeach()
foreach(module case_rule deadline case_count)
	target_compile_definitions(test_${module} PRIVATE
		HOLIDAYS_FILE="${domain_data}/holidays/vietnam.csv"
		RULES_FILE="${domain_data}/rules/admission.csv")
endforeach()
target_compile_definitions(test_deadline PRIVATE TABLE_FILE="${CMAKE_CURRENT_LIST_DIR}/data/deadlines.csv")
target_compile_definitions(test_case_count PRIVATE FORMS_DIR="${domain_data}/forms")
target_compile_definitions(test_act_rule PRIVATE LOCALE_DIR="${PROJECT_BINARY_DIR}/share/locale")
