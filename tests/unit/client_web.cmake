# The face without sockets, over a device of client_world.
foreach(subject web web_sheets web_above web_door web_papers web_register web_changes)
	unit_test(test_${subject} ${CMAKE_CURRENT_LIST_DIR}/test_${subject}.c "client_web;client_support")
endforeach()
