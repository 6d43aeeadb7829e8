# Both implementations of kv.h through one suite; the store's malloc and calloc go through the test.
unit_test(test_kv ${CMAKE_CURRENT_LIST_DIR}/test_kv.c kv)
foreach(part kv_world test_kv_faults test_kv_twins test_kv_mem test_kv_lmdb)
	target_sources(test_kv PRIVATE ${CMAKE_CURRENT_LIST_DIR}/${part}.c)
endforeach()
target_link_options(test_kv PRIVATE LINKER:--wrap=malloc,--wrap=calloc)

# Plain programs. The first two take over pwrite and its like, which LMDB finds exported.
foreach(program fault_kv cut_kv threads_kv)
	add_executable(${program} ${CMAKE_CURRENT_LIST_DIR}/${program}.c)
	target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support)
	target_link_libraries(${program} PRIVATE kv project_options lmdb)
	set_target_properties(${program} PROPERTIES ENABLE_EXPORTS ON)
	add_test(NAME ${program} COMMAND ${program})
	set_tests_properties(${program} PROPERTIES TIMEOUT 300
		FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:")
endforeach()
set_tests_properties(threads_kv PROPERTIES LABELS tsan)

# fault_test(name libs...): every failing allocation and every failing store call of a room. Its
# allocations, frees and the calls of base/arena.h go through tests/support/faults.c.
function(fault_test name)
	plain_test(${name} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${name}.c ${ARGN})
	target_sources(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/faults.c)
	target_link_options(${name} PRIVATE LINKER:--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
		LINKER:--wrap=arena_alloc,--wrap=arena_array,--wrap=arena_copy,--wrap=arena_str
		LINKER:--wrap=arena_printf,--wrap=utf8proc_map)
endfunction()
include(${CMAKE_CURRENT_LIST_DIR}/../support/ledger_support.cmake)
# Power cuts, of a bare store, of a ledger in it, of a device's.
plain_test(cut_ledger ${CMAKE_CURRENT_LIST_DIR}/cut_ledger.c ledger_support bench_common)
plain_test(cut_client ${CMAKE_CURRENT_LIST_DIR}/cut_client.c client_support)
foreach(program cut_kv cut_ledger cut_client)
	target_sources(${program} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/power.c)
	set_target_properties(${program} PROPERTIES ENABLE_EXPORTS ON)
endforeach()
target_link_libraries(cut_ledger PRIVATE lmdb)
target_link_libraries(cut_client PRIVATE lmdb)
# A bit turned over, on pages of every kind.
plain_test(flip_ledger ${CMAKE_CURRENT_LIST_DIR}/flip_ledger.c ledger_support)
plain_test(flip_keys ${CMAKE_CURRENT_LIST_DIR}/flip_keys.c client_support server_core)
target_include_directories(flip_keys PRIVATE ${PROJECT_SOURCE_DIR}/server/core/src)
add_test(NAME flip_device_keys COMMAND flip_keys device)
set_tests_properties(flip_device_keys PROPERTIES TIMEOUT 120 FAIL_REGULAR_EXPRESSION "Sanitizer:|runtime error:")
plain_test(flip_device ${CMAKE_CURRENT_LIST_DIR}/flip_device.c client_support)
foreach(program flip_ledger flip_keys flip_device)
	target_sources(${program} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/flip.c)
	target_link_libraries(${program} PRIVATE z)
endforeach()
fault_test(fault_controls ledger_support)
fault_test(fault_ledger ledger_support)
fault_test(fault_server server_rig)
fault_test(fault_client client_support)
unit_test(test_rewrite ${CMAKE_CURRENT_LIST_DIR}/../unit/test_rewrite.c kv)
unit_test(test_kv_crc ${CMAKE_CURRENT_LIST_DIR}/test_kv_crc.c kv)
target_link_libraries(test_kv_crc PRIVATE z) # what the sums are compared with
unit_test(test_kv_sums ${CMAKE_CURRENT_LIST_DIR}/test_kv_sums.c kv)
