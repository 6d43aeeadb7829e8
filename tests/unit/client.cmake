# A server's side made of the ledger and proto's encoders alone, to answer devices in tests.
add_library(client_support STATIC ${CMAKE_CURRENT_LIST_DIR}/client_world.c
	${CMAKE_CURRENT_LIST_DIR}/client_post.c)
target_include_directories(client_support PUBLIC ${CMAKE_CURRENT_LIST_DIR}
	${PROJECT_SOURCE_DIR}/client/core/src)
target_link_libraries(client_support PUBLIC client_core ledger_support PRIVATE project_options)

foreach(subject acked client_stick client_stick_carried drafts outbox overlay sync sync_faults sync_receipt
	sync_restored entry)
	unit_test(test_${subject} ${CMAKE_CURRENT_LIST_DIR}/test_${subject}.c client_support)
endforeach()
# Keys on both sides: the keyring of devices against the server's key store, and the ledger's own body to set back.
foreach(subject keyring keyring_recover keyring_renew names corrections)
	unit_test(test_${subject} ${CMAKE_CURRENT_LIST_DIR}/test_${subject}.c client_support server_core)
	target_include_directories(test_${subject} PRIVATE ${PROJECT_SOURCE_DIR}/common/ledger/src)
endforeach()
unit_test(test_acts_2025 ${CMAKE_CURRENT_LIST_DIR}/test_acts_2025.c client_support)
target_link_libraries(test_acts_2025 PRIVATE province)
