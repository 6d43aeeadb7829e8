/* How often somebody guessed wrong, by code or by address: a small table of fixed size, in memory. The
 * first few are free; then the wait doubles. */
#ifndef SERVER_GUESSES_H
#define SERVER_GUESSES_H

#include <stddef.h>
#include <stdint.h>

enum {
	GUESSES_FREE = 5,
	GUESSES_WAIT_MS = 10000,
	GUESSES_WAIT_MAX_MS = 3600000, /* and forgotten after as long without another */
	GUESSES_SLOTS = 1024,
	GUESSES_WAYS = 4, /* slots that one key may stand in; the oldest gives way */
};

struct guesses {
	struct guess {
		uint8_t key[16];
		uint32_t wrong;
		uint64_t last_ms;
	} slot[GUESSES_SLOTS];
};

/* 0, or how long this one has to wait. */
uint32_t guesses_wait(const struct guesses *g, const uint8_t key[16], uint64_t now_ms);
void guesses_wrong(struct guesses *g, const uint8_t key[16], uint64_t now_ms);
#endif
