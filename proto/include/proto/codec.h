/* Ops and log entries between bytes and plain structs (schema/op.proto). The generated types stay in
 * src/. Decoding takes an arena with a budget; every span in a result lends from it or from the input,
 * which must both outlive the result. Encoding is deterministic: the same struct, the same bytes. */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "domain/op.h"

enum {
	ENVELOPE_MAX = 96, /* bytes of an envelope; today's longest has 85 */
	ENTRY_DETAIL_MAX = NAME_MAX_BYTES,
	ENTRY_CODE_MAX = 1023, /* a newer server's code is read, though it has no name here */
	ENTRY_MAX = OP_FORM_BODY_MAX + 1024, /* bytes of an entry */
	OP_DECODE_ARENA =
		256 << 10, /* a fresh arena of this budget holds any op within its limits */
};

struct envelope {
	uint32_t epoch;
	uint64_t seq;
	struct op_base base;
	uint8_t body_hash[32];
};

void envelope_encode(struct buf *b, const struct envelope *v);
/* -ERR_PROTO for anything malformed: unknown shape, seq 0, wrong lengths. The link closes on it. */
int envelope_decode(struct envelope *out, struct span bytes, struct arena *a, struct err *e);

/* -ERR_RANGE when the body would be over its limit. `op` must pass op_check(). */
int op_encode(struct buf *b, const struct op *op, struct err *e);
/* Do both say the same to the letter, with the same reason: whoever says it, when, and out of which file? */
int op_same(bool *same, const struct op *a, const struct op *b, struct err *e);

/* CODE_OK, or why this body becomes a refused entry: CODE_OVERSIZED, CODE_UNREADABLE (does not decode,
 * two payloads, a payload of another kind, a number out of its enum), CODE_UNSUPPORTED (a kind this
 * program does not know, unknown fields in it), or what op_check() says. out->kind and out->unit are
 * set as far as they could be read; the rest only with CODE_OK.
 * CODE_NO_VERDICT: the arena was exhausted (e->code is ERR_NOMEM). That says nothing about the body
 * and must never reach the log: "not now". */
#define CODE_NO_VERDICT ((enum op_code)0xffff)
enum op_code op_decode(struct op *out, struct span body, struct arena *a, struct err *e);

struct entry {
	uint64_t lsn;
	int64_t time_ms;
	uint64_t device;
	struct span envelope, body;
	enum op_verdict verdict;
	enum op_code code;
	struct span detail;
	uint32_t unit, author, author_unit;
	uint64_t prev_device, prev_unit;
};
void entry_encode(struct buf *b, const struct entry *en);
/* -ERR_PROTO malformed, -ERR_VERSION written by a newer program, -ERR_NOMEM. */
int entry_decode(struct entry *out, struct span bytes, struct arena *a, struct err *e);
#endif
