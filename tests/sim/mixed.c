/* Programs of other versions, made by changing what passes: fields that this version does not know are
 * added, fields that an older or leaner one does not send are taken out. What may be added or missing is
 * what PROTOCOL.md allows; ops and entries are never touched, their bytes are hashed. */
#include "sim.h"

enum mix { MIX_ADD_NUMBER, MIX_ADD_BYTES, MIX_REMOVE, MIX_RAISE };

static const struct row {
	enum frame_type type;
	enum mix mix;
	uint32_t field;
} rows[] = {
	{ FRAME_HELLO, MIX_ADD_NUMBER, 90 },     { FRAME_HELLO, MIX_ADD_BYTES, 1000 },
	{ FRAME_HELLO, MIX_RAISE, 2 }, /* version_max of a newer device */
	{ FRAME_HELLO, MIX_REMOVE, 3 },          { FRAME_HELLO, MIX_REMOVE, 13 },
	{ FRAME_HELLO, MIX_REMOVE, 14 },         { FRAME_HELLO, MIX_REMOVE, 15 },
	{ FRAME_HELLO, MIX_REMOVE, 16 },         { FRAME_HELLO, MIX_REMOVE, 17 },
	{ FRAME_HELLO_ACK, MIX_ADD_NUMBER, 77 }, { FRAME_HELLO_ACK, MIX_ADD_BYTES, 78 },
	{ FRAME_HELLO_ACK, MIX_RAISE, 3 }, /* version_max of a newer server */
	{ FRAME_HELLO_ACK, MIX_REMOVE, 4 },      { FRAME_HELLO_ACK, MIX_REMOVE, 13 },
	{ FRAME_HELLO_ACK, MIX_REMOVE, 19 },     { FRAME_HELLO_ACK, MIX_REMOVE, 23 },
	{ FRAME_SUBMIT, MIX_ADD_NUMBER, 60 },    { FRAME_ACK, MIX_ADD_BYTES, 61 },
	{ FRAME_ACK, MIX_ADD_NUMBER, 4000 },     { FRAME_PULL, MIX_ADD_NUMBER, 50 },
	{ FRAME_PULL, MIX_ADD_BYTES, 51 },       { FRAME_PAGE, MIX_ADD_BYTES, 52 },
	{ FRAME_PAGE, MIX_REMOVE, 7 },           { FRAME_PROOF, MIX_ADD_NUMBER, 53 },
	{ FRAME_CLOSE, MIX_ADD_NUMBER, 54 },     { FRAME_BUSY, MIX_ADD_BYTES, 55 },
	{ FRAME_ERROR, MIX_ADD_NUMBER, 56 },     { FRAME_PROVE, MIX_ADD_NUMBER, 57 },
};

/* Longer frames are left alone: a peer counts its credits by what it sent itself. */
enum { SMALL = 1500 };

static struct span field_at(struct rd *r, uint32_t *field)
{
	const uint8_t *begin = r->at;
	uint64_t tag = rd_varint(r);

	*field = (uint32_t)(tag >> 3);
	switch (tag & 7) {
	case 0:
		(void)rd_varint(r);
		break;
	case 1:
		(void)rd_bytes(r, 8);
		break;
	case 2:
		(void)rd_lenspan(r);
		break;
	default:
		(void)rd_bytes(r, 4);
		break;
	}
	return span_of(begin, (size_t)(r->at - begin));
}

static bool drawn(struct sim *s, unsigned type, enum mix mix, uint32_t field)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].type == type && rows[i].mix == mix && rows[i].field == field)
			return rng_chance(&s->r, 60);
	return false;
}

static void change(struct sim *s, unsigned type, struct span payload, struct buf *out)
{
	struct rd r = rd_of(payload);

	while (rd_left(&r)) {
		uint32_t no;
		struct span field = field_at(&r, &no);

		if (drawn(s, type, MIX_REMOVE, no)) {
			sim_count(s, F_MIXED_REMOVED);
			s->marks_removed |= type == FRAME_PAGE;
			continue;
		}
		if (drawn(s, type, MIX_RAISE, no)) {
			buf_varint(out, (uint64_t)no << 3);
			buf_varint(out, 9);
			sim_count(s, F_MIXED_ADDED);
			continue;
		}
		buf_bytes(out, field);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].type != type || !rng_chance(&s->r, 50))
			continue;
		if (rows[i].mix == MIX_ADD_NUMBER) {
			buf_varint(out, (uint64_t)rows[i].field << 3);
			buf_varint(out, rng_next(&s->r));
		} else if (rows[i].mix == MIX_ADD_BYTES) {
			buf_varint(out, (uint64_t)rows[i].field << 3 | 2);
			buf_lenspan(out, SPAN_LIT("of another day"));
		} else {
			continue;
		}
		sim_count(s, F_MIXED_ADDED);
	}
}

void mixed_pass(struct sim *s, struct buf *raw, struct buf *out, bool up)
{
	size_t at = 0;

	while (raw->len - at >= FRAME_HEADER) {
		struct rd r = rd_of(span_of(raw->data + at, raw->len - at));
		uint32_t len = rd_u32(&r);
		unsigned type = rd_u16(&r);
		struct buf b;

		if (raw->len - at - FRAME_HEADER < len)
			break;
		buf_init(&b, 4096);
		if (len < SMALL &&
		    !(up && type == FRAME_SUBMIT && s->limits.credit_bytes < FRAME_MAX))
			change(s, type, rd_bytes(&r, len), &b);
		if (b.len && !b.failed)
			must(frame_encode(out, (enum frame_type)type, buf_span(&b), &s->e), &s->e,
			     "a frame");
		else
			buf_bytes(out, span_of(raw->data + at, FRAME_HEADER + len));
		buf_fini(&b);
		at += FRAME_HEADER + len;
	}
	if (at)
		memmove(raw->data, raw->data + at, raw->len - at);
	raw->len -= at;
}
