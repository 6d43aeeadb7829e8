/* Bytes being written, and bytes being read. Both remember their first failure, so a caller writes
 * or reads a whole record and asks once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/err.h"
#include "base/span.h"

/* Grows on the heap up to `max`, which it is born with. After a failure (no memory, over `max`)
 * `failed` stays set and nothing more is written. */
struct buf {
	uint8_t *data;
	size_t len, cap, max;
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);
void buf_reset(struct buf *b); /* empty again, memory kept, failure forgotten */
struct span buf_span(const struct buf *b);

void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v); /* big-endian, as u32 and u64 */
void buf_u32(struct buf *b, uint32_t v);
void buf_u64(struct buf *b, uint64_t v);
void buf_varint(struct buf *b, uint64_t v); /* LEB128, at most 10 bytes */
void buf_zigzag(struct buf *b, int64_t v);
void buf_bytes(struct buf *b, struct span bytes);
/* Room for `bytes` more at the end, for whoever writes there and then adds to `len` what was written; NULL: failed. */
uint8_t *buf_room(struct buf *b, size_t bytes);
void buf_lenspan(struct buf *b, struct span bytes); /* varint length, then the bytes */
void buf_printf(struct buf *b, const char *fmt, ...) BASE_PRINTF(2, 3);

/* Reads what `struct buf` wrote. After a failure (short, varint too long or not in its shortest
 * form) every read gives 0 or an empty span. Spans lend the reader's bytes. */
struct rd {
	const uint8_t *at, *end;
	bool failed;
};

struct rd rd_of(struct span bytes);
size_t rd_left(const struct rd *r);
bool rd_done(const struct rd *r); /* all read, no failure */
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u64(struct rd *r);
uint64_t rd_varint_long(struct rd *r); /* for rd_varint() */

/* Here, since rows are made of thousands of these. */
static inline uint8_t rd_u8(struct rd *r)
{
	if (r->failed || r->at == r->end) {
		r->failed = true;
		return 0;
	}
	return *r->at++;
}

static inline uint64_t rd_varint(struct rd *r)
{
	if (!r->failed && r->at != r->end && *r->at < 0x80) /* most are of one byte */
		return *r->at++;
	return rd_varint_long(r);
}

static inline int64_t rd_zigzag(struct rd *r)
{
	uint64_t v = rd_varint(r);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

struct span rd_bytes(struct rd *r, size_t len);
struct span rd_lenspan(struct rd *r);
#endif
