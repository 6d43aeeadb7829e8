#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "proto/frame.h"

static long always(const void *arg, unsigned type, struct err *e)
{
	(void)type;
	(void)e;
	return *(const long *)arg;
}

struct frame_case {
	const char *label;
	const char *bytes;
	size_t len;
	long limit;
	int want;
	size_t need;
};

static const struct frame_case cases[] = {
	{ "nothing", "", 0, 100, FRAME_NEED_MORE, 6 },
	{ "half a header", "\0\0\0", 3, 100, FRAME_NEED_MORE, 6 },
	{ "header only", "\0\0\0\2\0\1", 6, 100, FRAME_NEED_MORE, 8 },
	{ "all but a byte", "\0\0\0\2\0\1o", 7, 100, FRAME_NEED_MORE, 8 },
	{ "whole frame", "\0\0\0\2\0\1ok", 8, 100, FRAME_READY, 8 },
	{ "empty frame", "\0\0\0\0\0\x42", 6, 100, FRAME_READY, 6 },
	{ "a frame and a half", "\0\0\0\2\0\1ok\0\0", 10, 100, FRAME_READY, 8 },
	{ "at the limit", "\0\0\0\2\0\1ok", 8, 2, FRAME_READY, 8 },
	{ "over the limit, before its body", "\0\0\0\3\0\1", 6, 2, -ERR_PROTO, 6 },
	{ "over the type's own limit", "\0\0\x10\1\0\1", 6, 1 << 20, -ERR_PROTO, 6 },
	{ "over the cap", "\x7f\0\0\0\0\3", 6, 1 << 30, -ERR_PROTO, 6 },
	{ "four gigabytes", "\xff\xff\xff\xff\0\3", 6, 1 << 30, -ERR_PROTO, 6 },
	{ "type 0", "\0\0\0\0\0\0", 6, 100, -ERR_PROTO, 6 },
	{ "a hole in the types", "\0\0\0\0\0\x20", 6, 100, -ERR_PROTO, 6 },
	{ "type 67", "\0\0\0\0\0\x43", 6, 100, -ERR_PROTO, 6 },
	{ "type 257 is not type 1", "\0\0\0\0\1\1", 6, 100, -ERR_PROTO, 6 },
	{ "not now", "\0\0\0\0\0\1", 6, -ERR_STATE, -ERR_STATE, 6 },
};

ParameterizedTestParameters(frame, decode)
{
	static size_t index[ARRAY_LEN(cases)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(cases));
}

ParameterizedTest(size_t *index, frame, decode)
{
	const struct frame_case *c = &cases[*index];
	struct err e = { 0 };
	struct frame out;
	size_t need = 99;
	int got = frame_decode(&out, &need, span_of(c->bytes, c->len), always, &c->limit, &e);

	cr_assert_eq(got, c->want, "%s: %d, %s", c->label, got, e.msg);
	cr_assert_eq(need, c->need, "%s: needs %zu", c->label, need);
	if (c->len >= FRAME_HEADER)
		cr_assert_eq(out.type, (uint8_t)c->bytes[4] << 8 | (uint8_t)c->bytes[5]);
	if (got == FRAME_READY)
		cr_assert_eq(out.payload.len, c->need - FRAME_HEADER);
}

/* Any stream, cut anywhere, gives the same frames. */
Test(frame, byte_by_byte)
{
	static const struct span payloads[] = { SPAN_LIT("hello"), SPAN_LIT(""), SPAN_LIT("abc") };
	static const enum frame_type sent[] = { FRAME_HELLO, FRAME_CLOSE, FRAME_SUBMIT };
	long limit = FRAME_MAX;
	struct err e = { 0 };
	size_t at = 0, got = 0, asked = 0;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(sent); i++)
		cr_assert_eq(frame_encode(&b, sent[i], payloads[i], &e), 0);
	for (size_t have = 0; have <= b.len; have++) {
		uint8_t *copy = malloc(have - at + 1);
		struct frame out;
		size_t need;
		int rc;

		memcpy(copy, b.data + at, have - at);
		rc = frame_decode(&out, &need, span_of(copy, have - at), always, &limit, &e);
		asked++;
		if (rc == FRAME_READY) {
			cr_assert_eq(out.type, sent[got]);
			cr_assert(span_eq(out.payload, payloads[got]));
			at += need;
			got++;
		} else {
			cr_assert_eq(rc, FRAME_NEED_MORE);
			cr_assert(need > have - at, "it would ask again at once");
		}
		free(copy);
	}
	cr_assert_eq(got, ARRAY_LEN(sent));
	cr_assert_eq(at, b.len);
	cr_assert_eq(asked, b.len + 1);
	buf_fini(&b);
}

Test(frame, too_large_is_not_written)
{
	static const uint8_t payload[FRAME_SMALL_MAX + 1];
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, 1 << 20);
	cr_assert_eq(frame_encode(&b, FRAME_HELLO, span_of(payload, FRAME_SMALL_MAX), &e), 0);
	buf_reset(&b);
	cr_assert_eq(frame_encode(&b, FRAME_HELLO, span_of(payload, sizeof(payload)), &e),
		     -ERR_RANGE);
	cr_assert_eq(b.len, 0);
	buf_fini(&b);
	buf_init(&b, 8);
	cr_assert_eq(frame_encode(&b, FRAME_HELLO, SPAN_LIT("three"), &e), -ERR_NOMEM);
	buf_fini(&b);
}

Test(frame, every_type_has_a_name_and_a_limit_or_neither)
{
	size_t named = 0;

	for (unsigned t = 0; t < 70000; t++) {
		cr_assert_eq(frame_type_name(t) != NULL, frame_payload_max(t) > 0, "type %u", t);
		named += frame_type_name(t) != NULL;
		cr_assert(frame_payload_max(t) <= FRAME_MAX);
	}
	cr_assert_eq(named, 29);
}
