foreach(module err buf arena text dates csv opt num log)
	unit_test(test_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c base)
endforeach()
# Memory that runs out on demand.
foreach(module buf arena csv)
	target_link_options(test_${module} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
endforeach()
