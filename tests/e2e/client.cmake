# The client against the real server.
e2e_test(client_month 120)
e2e_test(client_bad 120)
e2e_test(ui 120)
e2e_test(ui_attacks 120)
e2e_test(months 120)
e2e_test(drafts 120)
e2e_test(year_end 180)
e2e_test(client_kill 300)
e2e_test(client_full 60)
# Preloaded into programs as they are shipped: no sanitizer of its own.
add_library(wrong_clock MODULE ${PROJECT_SOURCE_DIR}/tests/support/wrong_clock.c)
target_compile_features(wrong_clock PRIVATE c_std_17)
target_compile_definitions(wrong_clock PRIVATE _GNU_SOURCE)
target_compile_options(wrong_clock PRIVATE -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes)
target_link_libraries(wrong_clock PRIVATE ${CMAKE_DL_LIBS})
e2e_test(clock 60)
e2e_test(differences 60)
add_executable(forge ${PROJECT_SOURCE_DIR}/tests/support/forge.c)
target_link_libraries(forge PRIVATE client_cli project_options)
e2e_test(access 300)
e2e_test(sticks 180)
# Persons: sealed, handed over, forgotten.
e2e_test(register 180)
# An older copy of the server, a copied client.
e2e_test(restored 120)
e2e_test(suspended 120)
# Without a store or a server.
e2e_test(deadlines 30)
