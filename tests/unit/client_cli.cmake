# Plain programs: sockets and threads.
plain_test(test_client_contact ${CMAKE_CURRENT_LIST_DIR}/test_client_contact.c client_net)
target_sources(test_client_contact PRIVATE ${CMAKE_CURRENT_LIST_DIR}/net_world.c)
