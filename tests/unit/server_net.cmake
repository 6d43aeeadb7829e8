# The threads and files of a server, in one process with clients made by hand.
if(NOT TARGET serve_world)
	add_library(serve_world STATIC ${CMAKE_CURRENT_LIST_DIR}/serve_world.c
		${PROJECT_SOURCE_DIR}/tests/support/build.c)
	target_include_directories(serve_world PUBLIC ${CMAKE_CURRENT_LIST_DIR}
		${PROJECT_SOURCE_DIR}/tests/support)
	target_compile_definitions(serve_world PRIVATE
		KETNAP_FORMS="${PROJECT_SOURCE_DIR}/common/domain/forms")
	target_link_libraries(serve_world PUBLIC server_net PRIVATE project_options)
endif()
thread_test(test_serve ${CMAKE_CURRENT_LIST_DIR}/test_serve.c serve_world)
unit_test(test_server_files ${CMAKE_CURRENT_LIST_DIR}/test_server_files.c serve_world server_cli)
plain_test(test_server_memory ${CMAKE_CURRENT_LIST_DIR}/test_server_memory.c server_rig server_cli)
target_link_options(test_server_memory PRIVATE LINKER:--wrap=malloc,--wrap=realloc)
unit_test(test_key_paper ${CMAKE_CURRENT_LIST_DIR}/test_key_paper.c server_cli)
unit_test(test_outlet ${CMAKE_CURRENT_LIST_DIR}/test_outlet.c server_cli)
unit_test(test_server_words ${CMAKE_CURRENT_LIST_DIR}/test_server_words.c server_cli)
target_compile_definitions(test_server_words PRIVATE
	LOCALE_DIR="${PROJECT_BINARY_DIR}/share/locale")
