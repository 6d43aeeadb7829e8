# The face without sockets, over a device of client_world.
foreach(subject web web_sheets web_above web_door web_papers web_register web_changes)
	unit_test(test_${subject} ${CMAKE_CURRENT_LIST_DIR}/test_${subject}.c "client_web;client_support")
endforeach()
# evhttp's memory comes through common/net, whose calls are the test's.
plain_test(test_web_memory ${CMAKE_CURRENT_LIST_DIR}/test_web_memory.c client_web)
target_link_options(test_web_memory PRIVATE LINKER:--wrap=malloc,--wrap=realloc)
