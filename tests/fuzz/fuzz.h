/* A fuzz target is one function; libFuzzer calls it with whatever it thinks of, and replay.c with the
 * files of the corpus, so that every find stays found. Targets abort on a broken promise. */
#ifndef FUZZ_H
#define FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
#endif
