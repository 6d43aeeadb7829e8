/* What the files of the index of names share. */
#ifndef CLIENT_NAMES_INTERNAL_H
#define CLIENT_NAMES_INTERNAL_H

#include "client/names.h"
#include "crypto/seal.h"
#include "internal.h"

enum {
	NAMES_FORMAT = 2,
	NAMES_PER_PIECE =
		256, /* when it is made; twice as many bits' worth later, it is made anew */
	NAMES_BITS_MAX = 12,
	NAMES_PAD = 512, /* a length is not to tell a name */
	NAMES_PIECE_MAX = 768 << 10,
	NAMES_LINE_MAX = 2 * NAME_MAX_BYTES,
	NAMES_ID_BYTES = PERSON_ID + 4 + 1, /* number, unit, what they are */
	NAMES_IS_MEMBER = 1,
	NAMES_IS_CASE = 2,
};

/* The three rows of a piece, line for line of the same persons. */
enum names_kind { NAMES_NAME = 'n', NAMES_CARD = 'c', NAMES_ID = 'i' };

struct names_state {
	uint64_t device;
	uint32_t unit;
	uint8_t bits; /* a person is in the piece that the first bits of the number say */
	uint64_t count;
};

struct names_row {
	uint8_t person[PERSON_ID];
	uint32_t unit;
	uint8_t is;             /* NAMES_IS_..., or both */
	struct span name, card; /* lent */
};

/* A piece being read or made anew. */
struct names_piece {
	struct names_row *rows;
	size_t count, room;
};

struct names_key {
	uint8_t b[BOX_KEY_BYTES];
};

static inline uint32_t names_piece_of(const uint8_t id[PERSON_ID], uint8_t bits)
{
	return bits ? ((uint32_t)id[0] << 8 | id[1]) >> (16 - bits) : 0;
}

struct ckey names_piece_key(enum names_kind kind, uint32_t piece);
struct ckey names_pending_key(uint32_t unit, const uint8_t person[PERSON_ID]);

int names_state_get(struct names_state *out, struct client *c, struct err *e); /* -ERR_NOTFOUND */
int names_state_put(struct client *c, const struct names_state *st, struct err *e);

/* Open one row into `out` (reset first; a NUL stands behind its bytes). -ERR_DENIED, -ERR_INVALID: not of this key. */
int names_open(struct buf *out, const struct names_key *key, const struct names_state *st,
	       enum names_kind kind, uint32_t piece, struct span sealed, struct err *e);
/* Seal the three rows of a piece and put them; in a batch. */
int names_piece_put(struct client *c, const struct names_key *key, const struct names_state *st,
		    uint32_t piece, const struct names_piece *p, keyring_draw *draw, struct err *e);
/* Rows lend from `a`. */
int names_piece_get(struct names_piece *out, struct client *c, const struct names_key *key,
		    const struct names_state *st, uint32_t piece, struct arena *a, struct err *e);
/* Who a line is: of NAMES_ID_BYTES. */
void names_id_read(struct names_row *out, const uint8_t *at);
int names_piece_add(struct names_piece *p, const struct names_row *row, struct arena *a,
		    struct err *e);

/* ---- names_keep.c ---- */
/* Everything anew, in one commit. */
int names_build(struct client *c, struct keyring *k, const struct names_key *key,
		const struct names_asked *told, struct err *e);
/* What changed since; -ERR_STATE: so much that all is better made anew. */
int names_settle(struct client *c, struct keyring *k, const struct names_key *key,
		 struct names_state *st, struct err *e);
#endif
