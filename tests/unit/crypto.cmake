foreach(module hash sign password code merkle head)
	unit_test(test_${module} ${CMAKE_CURRENT_LIST_DIR}/test_${module}.c crypto)
endforeach()
# These also speak to the libraries themselves: to forge what our own functions would not make, and
# to compare formats.
unit_test(test_seal ${CMAKE_CURRENT_LIST_DIR}/test_seal.c crypto PkgConfig::SODIUM)
unit_test(test_person ${CMAKE_CURRENT_LIST_DIR}/test_person.c crypto)
unit_test(test_provider ${CMAKE_CURRENT_LIST_DIR}/test_provider.c crypto OpenSSL::Crypto)
unit_test(test_cert ${CMAKE_CURRENT_LIST_DIR}/test_cert.c crypto OpenSSL::Crypto)
# Each point in a process of its own: what OpenSSL could not make at its start it does not make again.
plain_test(test_crypto_memory ${CMAKE_CURRENT_LIST_DIR}/test_crypto_memory.c crypto)
target_link_options(test_crypto_memory PRIVATE LINKER:--wrap=malloc,--wrap=realloc)
