foreach(module err buf arena text text_convert text_misread dates csv opt num log lang)
	unit_test(test_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c base)
endforeach()
# Memory that runs out on demand.
foreach(module buf arena csv)
	target_link_options(test_${module} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
endforeach()
target_compile_definitions(test_lang PRIVATE LOCALE_DIR="${PROJECT_BINARY_DIR}/share/locale"
	CATALOGUE="${PROJECT_SOURCE_DIR}/common/base/po/vi.po")
# The child of test_lang that starts with a bare environment, as on a machine without locales.
add_executable(say_lang ${CMAKE_CURRENT_LIST_DIR}/say_lang.c)
target_link_libraries(say_lang PRIVATE base project_options)
target_compile_definitions(test_lang PRIVATE SAY_LANG="$<TARGET_FILE:say_lang>")
add_dependencies(test_lang say_lang)
target_compile_definitions(test_text_misread PRIVATE SOURCE_DIR="${PROJECT_SOURCE_DIR}")
