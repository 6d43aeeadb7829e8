#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_BYTES = 64, VARINT_BYTES_MAX = 10 };

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_fini(struct buf *b)
{
	if (!b)
		return;
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

struct span buf_span(const struct buf *b)
{
	return span_of(b->data, b->len);
}

static bool grow(struct buf *b, size_t need)
{
	size_t cap;
	uint8_t *data;

	if (need > b->max - b->len) {
		b->failed = true;
		return false;
	}
	cap = b->cap > b->max / 2 ? b->max : b->cap * 2;
	if (cap < FIRST_BYTES)
		cap = FIRST_BYTES < b->max ? FIRST_BYTES : b->max;
	if (cap < b->len + need)
		cap = b->len + need;
	data = realloc(b->data, cap);
	if (!data) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

/* Room for `need` more bytes, or the buffer has failed. */
static bool make_room(struct buf *b, size_t need)
{
	return !b->failed && (need <= b->cap - b->len || grow(b, need));
}

void buf_bytes(struct buf *b, struct span bytes)
{
	if (!bytes.len || !make_room(b, bytes.len))
		return;
	memcpy(b->data + b->len, bytes.data, bytes.len);
	b->len += bytes.len;
}

uint8_t *buf_room(struct buf *b, size_t bytes)
{
	return make_room(b, bytes) ? b->data + b->len : NULL;
}

static void put_big_endian(struct buf *b, uint64_t v, size_t bytes)
{
	uint8_t out[8];

	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
	buf_bytes(b, span_of(out, bytes));
}

void buf_u8(struct buf *b, uint8_t v)
{
	if (make_room(b, 1))
		b->data[b->len++] = v;
}

void buf_u16(struct buf *b, uint16_t v)
{
	put_big_endian(b, v, 2);
}

void buf_u32(struct buf *b, uint32_t v)
{
	put_big_endian(b, v, 4);
}

void buf_u64(struct buf *b, uint64_t v)
{
	put_big_endian(b, v, 8);
}

void buf_varint(struct buf *b, uint64_t v)
{
	uint8_t out[VARINT_BYTES_MAX];
	size_t len = 0;

	if (v < 0x80) {
		buf_u8(b, (uint8_t)v);
		return;
	}
	for (; v >= 0x80; v >>= 7)
		out[len++] = (uint8_t)(v | 0x80);
	out[len++] = (uint8_t)v;
	buf_bytes(b, span_of(out, len));
}

void buf_zigzag(struct buf *b, int64_t v)
{
	buf_varint(b, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

void buf_lenspan(struct buf *b, struct span bytes)
{
	size_t before = b->len;

	buf_varint(b, bytes.len);
	buf_bytes(b, bytes);
	if (b->failed)
		b->len = before; /* no length without its bytes */
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (b->failed)
		return;
	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0) {
		b->failed = true;
		return;
	}
	/* vsnprintf writes a NUL too, for which the last byte of a full buffer has no room. */
	if (!make_room(b, (size_t)len))
		return;
	if ((size_t)len < b->cap - b->len) {
		va_start(ap, fmt);
		vsnprintf((char *)b->data + b->len, (size_t)len + 1, fmt, ap);
		va_end(ap);
	} else if (len) {
		char *whole = malloc((size_t)len + 1);

		if (!whole) {
			b->failed = true;
			return;
		}
		va_start(ap, fmt);
		vsnprintf(whole, (size_t)len + 1, fmt, ap);
		va_end(ap);
		memcpy(b->data + b->len, whole, (size_t)len);
		free(whole);
	}
	b->len += (size_t)len;
}

struct rd rd_of(struct span bytes)
{
	static const uint8_t nothing[1];
	const uint8_t *data = bytes.data ? bytes.data : nothing;

	return (struct rd){ data, data + bytes.len, false };
}

size_t rd_left(const struct rd *r)
{
	return r->failed ? 0 : (size_t)(r->end - r->at);
}

bool rd_done(const struct rd *r)
{
	return !r->failed && r->at == r->end;
}

struct span rd_bytes(struct rd *r, size_t len)
{
	struct span out = { NULL, 0 };

	if (r->failed || len > (size_t)(r->end - r->at)) {
		r->failed = true;
		return out;
	}
	out = span_of(r->at, len);
	r->at += len;
	return out;
}

static uint64_t get_big_endian(struct rd *r, size_t bytes)
{
	struct span in = rd_bytes(r, bytes);
	uint64_t v = 0;

	for (size_t i = 0; i < in.len; i++)
		v = v << 8 | in.data[i];
	return v;
}

uint16_t rd_u16(struct rd *r)
{
	return (uint16_t)get_big_endian(r, 2);
}

uint32_t rd_u32(struct rd *r)
{
	return (uint32_t)get_big_endian(r, 4);
}

uint64_t rd_u64(struct rd *r)
{
	return get_big_endian(r, 8);
}

uint64_t rd_varint_long(struct rd *r)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
		uint8_t byte = rd_u8(r);

		if (r->failed)
			return 0;
		v |= (uint64_t)(byte & 0x7F) << (7 * i);
		if (byte & 0x80)
			continue;
		/* One value, one form, since records are hashed and signed as bytes; and the tenth
		 * byte has a single bit left of the 64. */
		if ((i && !byte) || (i == VARINT_BYTES_MAX - 1 && byte > 1))
			break;
		return v;
	}
	r->failed = true;
	return 0;
}

struct span rd_lenspan(struct rd *r)
{
	uint64_t len = rd_varint(r);

	if (!r->failed && len > (uint64_t)(r->end - r->at))
		r->failed = true;
	return rd_bytes(r, r->failed ? 0 : (size_t)len);
}
