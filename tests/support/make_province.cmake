# An illustrative province, for the main job, the simulator's large worlds and the benchmarks. The main
# job needs it where no tests are built.
add_library(province STATIC)
foreach(part province province_csv province_events province_names province_random)
	target_sources(province PRIVATE ${CMAKE_CURRENT_LIST_DIR}/${part}.c)
endforeach()
target_include_directories(province PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(province PUBLIC base PRIVATE project_options)

add_executable(make_province ${CMAKE_CURRENT_LIST_DIR}/make_province.c)
target_link_libraries(make_province PRIVATE province project_options)

# The main job's bad line.
add_executable(cut_line ${CMAKE_CURRENT_LIST_DIR}/cut_line.c)
target_link_libraries(cut_line PRIVATE project_options)
