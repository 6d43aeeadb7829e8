# The face without sockets, over a device of client_world.
unit_test(test_web ${CMAKE_CURRENT_LIST_DIR}/test_web.c "client_web;client_support")
unit_test(test_web_register ${CMAKE_CURRENT_LIST_DIR}/test_web_register.c "client_web;client_support")
unit_test(test_web_changes ${CMAKE_CURRENT_LIST_DIR}/test_web_changes.c "client_web;client_support")
