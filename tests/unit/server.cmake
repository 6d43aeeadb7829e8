# What the tests of the server share: a server in one thread, devices made by hand. Its own copy of the
# builders, so that it builds whatever else the ledger's tests need.
set(support ${PROJECT_SOURCE_DIR}/tests/support)
if(NOT TARGET server_rig)
	add_library(server_rig STATIC ${CMAKE_CURRENT_LIST_DIR}/server_rig.c ${support}/build.c)
	target_include_directories(server_rig PUBLIC ${CMAKE_CURRENT_LIST_DIR} ${support})
	target_compile_definitions(server_rig PRIVATE KETNAP_FORMS="${PROJECT_SOURCE_DIR}/common/domain/forms")
	target_link_libraries(server_rig PUBLIC server_core PRIVATE project_options)
endif()
foreach(subject own_clock feed hello session lies requests writer recovery enrol stick standby)
	unit_test(test_${subject} ${CMAKE_CURRENT_LIST_DIR}/test_${subject}.c server_rig)
endforeach()
unit_test(test_old_places ${CMAKE_CURRENT_LIST_DIR}/test_old_places.c server_rig)
target_include_directories(test_old_places PRIVATE ${PROJECT_SOURCE_DIR}/server/core/src)
