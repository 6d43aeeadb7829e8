#include "json_text.h"

#include <string.h>

static void put(struct buf *b, const char *bytes, size_t len)
{
	buf_bytes(b, span_of(bytes, len));
}

/* Before a value or a key: a comma, unless it is the first of what was opened, or follows its key. */
static bool first(const struct buf *b)
{
	uint8_t last = b->len ? b->data[b->len - 1] : '[';

	return last == '{' || last == '[' || last == ':';
}

static void begin(struct buf *b)
{
	if (!first(b))
		put(b, ",", 1);
}

void json_text_open(struct buf *b, char bracket)
{
	begin(b);
	put(b, &bracket, 1);
}

void json_text_close(struct buf *b, char bracket)
{
	put(b, &bracket, 1);
}

void json_text_key(struct buf *b, const char *key)
{
	begin(b);
	put(b, "\"", 1);
	put(b, key, strlen(key));
	put(b, "\":", 2);
}

enum { INT_BYTES_MAX = 20 };

/* The digits, `at` goes past them. */
static void put_int(uint8_t **at, int64_t n)
{
	uint8_t text[INT_BYTES_MAX], *from = text + sizeof(text);
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	size_t len;

	do {
		*--from = (uint8_t)('0' + left % 10);
		left /= 10;
	} while (left);
	if (n < 0)
		*--from = '-';
	len = (size_t)(text + sizeof(text) - from);
	memcpy(*at, from, len);
	*at += len;
}

void json_text_int(struct buf *b, int64_t n)
{
	uint8_t text[INT_BYTES_MAX + 1], *at = text;

	if (!first(b))
		*at++ = ',';
	put_int(&at, n);
	buf_bytes(b, span_of(text, (size_t)(at - text)));
}

void json_text_ints(struct buf *b, const int64_t *n, const bool *known, size_t count)
{
	uint8_t *begin, *at;

	json_text_open(b, '[');
	begin = at = buf_room(b, count * (INT_BYTES_MAX + 1) + 1);
	if (!begin)
		return;
	for (size_t i = 0; i < count; i++) {
		if (i)
			*at++ = ',';
		if (!known || known[i]) {
			put_int(&at, n[i]);
		} else {
			memcpy(at, "null", 4);
			at += 4;
		}
	}
	*at++ = ']';
	b->len += (size_t)(at - begin);
}

void json_text_null(struct buf *b)
{
	begin(b);
	put(b, "null", 4);
}

void json_text_int_or_null(struct buf *b, bool known, int64_t n)
{
	if (known)
		json_text_int(b, n);
	else
		json_text_null(b);
}

void json_text_bool(struct buf *b, bool yes)
{
	begin(b);
	put(b, yes ? "true" : "false", yes ? 4 : 5);
}

void json_text_string(struct buf *b, const char *text)
{
	if (!text) {
		json_text_null(b);
		return;
	}
	begin(b);
	put(b, "\"", 1);
	for (const char *at = text; *at;) {
		size_t plain = 0;

		while ((uint8_t)at[plain] >= 0x20 && at[plain] != '"' && at[plain] != '\\')
			plain++;
		put(b, at, plain);
		at += plain;
		if (*at == '"' || *at == '\\')
			buf_printf(b, "\\%c", *at++);
		else if (*at)
			buf_printf(b, "\\u%04x", (unsigned)(uint8_t)*at++);
	}
	put(b, "\"", 1);
}

void json_text_day(struct buf *b, day_t day)
{
	char text[DAY_TEXT_MAX];

	json_text_string(b, day_iso(text, day));
}

static int put_dumped(const char *bytes, size_t len, void *ctx)
{
	put(ctx, bytes, len);
	return 0;
}

void json_text_value(struct buf *b, json_t *value)
{
	begin(b);
	if (!value || json_dump_callback(value, put_dumped, b,
					 JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY))
		b->failed = true;
	json_decref(value);
}
