# Plain programs: sockets, threads and time. All on loopback, on ports that the system picks.
foreach(part tls conn conn_out listener ctl memory)
	plain_test(test_net_${part} ${CMAKE_CURRENT_LIST_DIR}/test_net_${part}.c net)
endforeach()
foreach(part loop threads)
	thread_test(test_net_${part} ${CMAKE_CURRENT_LIST_DIR}/test_net_${part}.c net)
endforeach()
foreach(part tls conn conn_out listener ctl memory loop threads)
	target_sources(test_net_${part} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/net_world.c)
endforeach()
# A peer of an older TLS is played by the library itself.
target_link_libraries(test_net_tls PRIVATE OpenSSL::SSL)
# All memory of libevent comes through the room, whose calls are the test's.
target_link_options(test_net_memory PRIVATE LINKER:--wrap=malloc,--wrap=realloc)
target_include_directories(test_net_memory PRIVATE ${PROJECT_SOURCE_DIR}/common/net/src)
target_link_libraries(test_net_memory PRIVATE ${LIBEVENT_core})
