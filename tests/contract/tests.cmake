# Both implementations of kv.h through one suite; the store's malloc and calloc go through the test.
unit_test(test_kv ${CMAKE_CURRENT_LIST_DIR}/test_kv.c kv)
foreach(part kv_world test_kv_faults test_kv_twins test_kv_mem test_kv_lmdb)
	target_sources(test_kv PRIVATE ${CMAKE_CURRENT_LIST_DIR}/${part}.c)
endforeach()
target_link_options(test_kv PRIVATE LINKER:--wrap=malloc,--wrap=calloc)

# Plain programs. The first two take over pwrite and its like, which LMDB finds exported.
foreach(program fault_kv cut_kv threads_kv)
	add_executable(${program} ${CMAKE_CURRENT_LIST_DIR}/${program}.c)
	target_link_libraries(${program} PRIVATE kv project_options lmdb)
	set_target_properties(${program} PROPERTIES ENABLE_EXPORTS ON)
	add_test(NAME ${program} COMMAND ${program})
	set_tests_properties(${program} PROPERTIES TIMEOUT 300
		FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:")
endforeach()
