/* One bit of a store turned over, anywhere: is it noticed? A small store is copied to a file, a bit of it flipped, and
 * children look at what is left: one verifies, another reads every row there was by its key. What is read is the truth,
 * or an error, or (where a page of the store's own tree was hit) missing, and whatever is missing or cannot be read
 * verify must find: it may pass only over a store that still gives every row. A child that stops has noticed too: LMDB
 * 0.9 has no checksums of its own and looks at its pages by assertions. A third child asks what the programs ask, by the
 * rooms' own getters and queries: an answer is the truth or refused; a sum may miss what a page of the store's own tree
 * lost, when verify finds it. */
#ifndef FLIP_H
#define FLIP_H

#include <stdio.h>
#include <stdlib.h>

#include "crypto/hash.h"
#include "base/buf.h"
#include "kv/kv.h"

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(99);                                                  \
		}                                                                  \
	} while (0)

/* In the order in which the worst of several is told. */
enum saw { SAW_SAME, SAW_ERROR, SAW_MISSING, SAW_LESS, SAW_LIE, SAW_RAW_LIE, SAW_STOPPED };

struct flipping {
	uint8_t tables;
	bool overflow; /* the store has rows that take pages of their own */
	/* Does a row, as the store has it, say that it is whole? */
	bool (*checks)(uint8_t table, struct span key, struct span value);
	int (*verify)(void); /* SAW_SAME or SAW_ERROR; NULL: nothing knows what should be there */
	/* Open the store (flip_open) and ask; `learn`: of the whole one. Returns the worst that was seen. */
	int (*ask)(bool learn);
};

struct flip_row {
	uint8_t table;
	struct span key, value; /* of the image that is whole */
};
extern struct flip_row flip_rows[];
extern size_t flip_row_count;

int flip_open(struct kv **kv);

/* Questions: gather the answer in `b`, then flip_answered(). In the same order each time. */
struct asking {
	struct arena *a;
	struct buf b;
	size_t at;
	bool learn;
	int saw;
};
/* `sum`: over rows, by a walk: what the store's tree lost is not in it. */
void flip_answered(struct asking *k, int rc, bool sum);
void flip_say(struct asking *k, uint64_t n); /* one number after another */
void flip_asked(struct asking *k);           /* at the end of all */

/* Flip `count` bits of each kind of page (0: one of every byte) in copies of `whole`. 0, or 1 when one was not noticed. */
int flip_run(const struct flipping *how, struct kv *whole, unsigned count, uint64_t seed);
#endif
