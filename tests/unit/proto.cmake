foreach(subject codec frame wire link file)
	unit_test(test_${subject} ${CMAKE_CURRENT_LIST_DIR}/test_${subject}.c proto)
endforeach()
target_compile_definitions(test_wire PRIVATE VECTORS_DIR="${CMAKE_CURRENT_LIST_DIR}/vectors")

# Not a test: writes vectors/ anew after a wanted change.
add_executable(make_vectors EXCLUDE_FROM_ALL ${CMAKE_CURRENT_LIST_DIR}/make_vectors.c)
target_link_libraries(make_vectors PRIVATE proto project_options)
