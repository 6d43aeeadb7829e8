#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/wire.h"
#include "proto_messages.h"
#include "proto_vectors.h"

#define COUNT ARRAY_LEN(sample_messages)

struct world {
	struct arena *arena;
	struct buf b, again;
	struct err e;
};

static struct world world_new(size_t budget)
{
	struct world w = { .arena = arena_new(budget) };

	cr_assert(w.arena);
	buf_init(&w.b, 8 << 20);
	buf_init(&w.again, 8 << 20);
	return w;
}

static void world_free(struct world *w)
{
	arena_free(w->arena);
	buf_fini(&w->b);
	buf_fini(&w->again);
}

static struct span encode(struct world *w, size_t i)
{
	buf_reset(&w->b);
	cr_assert_eq(wire_encode(&w->b, sample_messages[i].message, &sample_messages[i].any,
				 w->arena, &w->e),
		     0, "%s: %s", sample_messages[i].name, w->e.msg);
	return buf_span(&w->b);
}

Test(wire, every_message_has_a_sample)
{
	bool there[WIRE_MESSAGES] = { false };

	for (size_t i = 0; i < COUNT; i++)
		there[sample_messages[i].message] = true;
	for (unsigned m = 1; m < WIRE_MESSAGES; m++)
		cr_assert_eq(there[m], m >= FRAME_TYPES || frame_type_name(m), "message %u", m);
}

Test(wire, every_message_comes_back_whole)
{
	struct world w = world_new(WIRE_ARENA);

	for (size_t i = 0; i < COUNT; i++) {
		struct span bytes = encode(&w, i);
		union wire_any out;

		cr_assert_eq(wire_decode(&out, sample_messages[i].message, bytes, w.arena, &w.e), 0,
			     "%s: %s", sample_messages[i].name, w.e.msg);
		buf_reset(&w.again);
		cr_assert_eq(wire_encode(&w.again, sample_messages[i].message, &out, w.arena, &w.e),
			     0);
		cr_assert(span_eq(buf_span(&w.again), bytes), "%s", sample_messages[i].name);
	}
	world_free(&w);
}

/* The bytes, read without the product: tag by tag. A number is 100 + its field, a run of bytes begins
 * with its field, a text is "f" and its field. What those rules cannot say is skipped and counted. */
static size_t check_fields(const char *name, struct span bytes, size_t *skipped)
{
	struct rd r = rd_of(bytes);
	size_t checked = 0;

	while (rd_left(&r)) {
		uint64_t tag = rd_varint(&r), field = tag >> 3, v = 0;
		struct span s = { 0 };
		char text[8];

		if ((tag & 7) == 2)
			s = rd_lenspan(&r);
		else if ((tag & 7) == 1)
			v = (uint64_t)*rd_bytes(&r, 8).data; /* little-endian, below 256 */
		else
			v = rd_varint(&r);
		cr_assert(!r.failed, "%s", name);
		snprintf(text, sizeof(text), "f%u", (unsigned)field);
		if ((tag & 7) != 2 && (v == 100 + field || v == 2 * (100 + field)))
			checked++;
		else if (s.len > 0 && s.data[0] == field && (s.len == 16 || s.len == 32))
			checked++;
		else if (s.len > 1 && s.len < 4 && s.data[0] == 'f') {
			cr_assert(span_eq(s, span_str(text)), "%s: field %u", name,
				  (unsigned)field);
			checked++;
		} else {
			cr_assert((tag & 7) == 2 || v < 100, "%s: field %u holds %u", name,
				  (unsigned)field, (unsigned)v);
			++*skipped;
		}
	}
	return checked;
}

Test(wire, members_stand_in_their_fields)
{
	struct world w = world_new(WIRE_ARENA);
	size_t checked = 0, skipped = 0;

	for (size_t i = 0; i < COUNT; i++)
		checked += check_fields(sample_messages[i].name, encode(&w, i), &skipped);
	cr_assert(checked >= 120, "%zu fields checked, %zu skipped", checked, skipped);
	world_free(&w);
}

Test(wire, every_prefix)
{
	struct world w = world_new(WIRE_ARENA);

	for (size_t i = 0; i < COUNT; i++) {
		struct span bytes = encode(&w, i);

		for (size_t len = 0; len < bytes.len; len++) {
			uint8_t *copy = malloc(len + 1);
			union wire_any out;
			int rc;

			memcpy(copy, bytes.data, len);
			arena_reset(w.arena);
			rc = wire_decode(&out, sample_messages[i].message, span_of(copy, len),
					 w.arena, &w.e);
			cr_assert(rc == 0 || rc == -ERR_PROTO);
			free(copy);
		}
	}
	world_free(&w);
}

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

Test(wire, flipped_bytes)
{
	struct world w = world_new(WIRE_ARENA);
	uint64_t state = 88172645463325252;
	size_t passed = 0, refused = 0;

	for (size_t i = 0; i < COUNT; i++) {
		struct span bytes = encode(&w, i);
		uint8_t *copy = malloc(bytes.len);

		for (size_t n = 0; n < 300; n++) {
			union wire_any out;
			int rc;

			memcpy(copy, bytes.data, bytes.len);
			copy[draw(&state) % bytes.len] = (uint8_t)draw(&state);
			arena_reset(w.arena);
			rc = wire_decode(&out, sample_messages[i].message, span_of(copy, bytes.len),
					 w.arena, &w.e);
			cr_assert(rc == 0 || rc == -ERR_PROTO, "%d", rc);
			passed += rc == 0;
			refused += rc != 0;
		}
		free(copy);
	}
	cr_assert(passed > 100 && refused > 100, "%zu %zu", passed, refused);
	world_free(&w);
}

/* Every budget from nothing up: either the whole, or a clean "out of memory". */
Test(wire, every_failing_allocation)
{
	struct world w = world_new(WIRE_ARENA);
	size_t failures = 0;

	for (size_t i = 0; i < COUNT; i++) {
		struct span bytes = encode(&w, i);
		bool decoded = false, encoded = false;

		for (size_t budget = 1; !(decoded && encoded) && budget < 1 << 16; budget += 40) {
			struct arena *a = arena_new(budget);
			union wire_any out;
			int rc;

			if (!a)
				continue;
			rc = wire_decode(&out, sample_messages[i].message, bytes, a, &w.e);
			cr_assert(rc == 0 || rc == -ERR_NOMEM, "%s: %d", sample_messages[i].name,
				  rc);
			decoded = rc == 0;
			failures += rc != 0;
			if (decoded) { /* whole, not cut short */
				buf_reset(&w.again);
				cr_assert_eq(wire_encode(&w.again, sample_messages[i].message, &out,
							 w.arena, &w.e),
					     0);
				cr_assert(span_eq(buf_span(&w.again), bytes));
			}
			arena_reset(a);
			buf_reset(&w.again);
			rc = wire_encode(&w.again, sample_messages[i].message,
					 &sample_messages[i].any, a, &w.e);
			cr_assert(rc == 0 || rc == -ERR_NOMEM, "%s: %d", sample_messages[i].name,
				  rc);
			encoded = rc == 0;
			failures += rc != 0;
			cr_assert(!encoded || span_eq(buf_span(&w.again), bytes));
			arena_free(a);
		}
		cr_assert(decoded && encoded, "%s", sample_messages[i].name);
	}
	cr_assert(failures > 3 * COUNT, "%zu", failures);
	world_free(&w);
}

Test(wire, fields_of_a_newer_peer_are_ignored)
{
	struct world w = world_new(WIRE_ARENA);

	for (size_t i = 0; i < COUNT; i++) {
		union wire_any out;
		struct span bytes;

		encode(&w, i);
		buf_bytes(&w.b, SPAN_LIT("\xfa\x3f\x03new\xf8\x3f\x01"));
		bytes = buf_span(&w.b);
		cr_assert_eq(wire_decode(&out, sample_messages[i].message, bytes, w.arena, &w.e), 0,
			     "%s: %s", sample_messages[i].name, w.e.msg);
	}
	world_free(&w);
}

static const struct {
	const char *label;
	unsigned message;
	struct span bytes;
} refused[] = {
	{ "a store of 15 bytes", FRAME_HELLO,
	  SPAN_LIT("\x22\x0f"
		   "012345678901234") },
	{ "a program that is not UTF-8", FRAME_HELLO, SPAN_LIT("\x1a\x02\xc3\x28") },
	{ "a NUL in a text", FRAME_HELLO,
	  SPAN_LIT("\x1a\x03"
		   "a\0b") },
	{ "a version twice", FRAME_HELLO, SPAN_LIT("\x08\x01\x08\x01") },
	{ "two cursors", FRAME_HELLO, SPAN_LIT("\x62\x02\x10\x01\x62\x02\x18\x01") },
	{ "a head of 3 bytes", FRAME_HELLO,
	  SPAN_LIT("\x6a\x05\x0a\x03"
		   "abc") },
	{ "verdict 4", FRAME_ACK, SPAN_LIT("\x12\x02\x18\x04") },
	{ "half a node", FRAME_PROOF,
	  SPAN_LIT("\x12\x02"
		   "ab") },
	{ "a question of no kind", FRAME_QUERY, SPAN_LIT("\x08\x05") },
	{ "an offset beyond any file", FRAME_BUNDLE, SPAN_LIT("\x18\x81\x80\x80\x02") },
	{ "a number too large for its field", FRAME_CLOSE, SPAN_LIT("\x08\x80\x80\x80\x80\x10") },
	{ "seven arguments", FRAME_ERROR, SPAN_LIT("\x12\0\x12\0\x12\0\x12\0\x12\0\x12\0\x12\0") },
};

Test(wire, out_of_bounds)
{
	struct world w = world_new(WIRE_ARENA);

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		union wire_any out;

		cr_assert_eq(wire_decode(&out, refused[i].message, refused[i].bytes, w.arena, &w.e),
			     -ERR_PROTO, "%s", refused[i].label);
	}
	world_free(&w);
}

Test(wire, what_the_reader_would_refuse_is_not_written)
{
	struct wire_hello hello = { .program = SPAN_LIT("\xff") };
	struct wire_ack ack = { .verdicts = &(struct wire_verdict){ .verdict = 4 },
				.verdict_count = 1 };
	static const struct span args[WIRE_ARGS_MAX + 1];
	struct wire_error error = { .args = args, .arg_count = ARRAY_LEN(args) };
	struct world w = world_new(WIRE_ARENA);

	cr_assert_eq(wire_encode(&w.b, FRAME_HELLO, &hello, w.arena, &w.e), -ERR_RANGE);
	hello.program = some_bytes(0);
	hello.head.signature = some_bytes(63);
	cr_assert_eq(wire_encode(&w.b, FRAME_HELLO, &hello, w.arena, &w.e), -ERR_RANGE);
	cr_assert_eq(wire_encode(&w.b, FRAME_ACK, &ack, w.arena, &w.e), -ERR_RANGE);
	cr_assert_eq(wire_encode(&w.b, FRAME_ERROR, &error, w.arena, &w.e), -ERR_RANGE);
	cr_assert_eq(w.b.len, 0);
	world_free(&w);
}

/* The most that a frame can hold of many small things fits the budget that is promised. */
Test(wire, the_worst_frames_fit_the_promised_arena)
{
	static struct wire_item items[WIRE_ITEMS_MAX];
	static struct wire_verdict verdicts[WIRE_ITEMS_MAX];
	static struct span entries[WIRE_ENTRIES_MAX];
	struct wire_submit submit = { .items = items, .item_count = WIRE_ITEMS_MAX };
	struct wire_ack ack = { .verdicts = verdicts, .verdict_count = WIRE_ITEMS_MAX };
	struct wire_page page = { .entries = entries, .entry_count = WIRE_ENTRIES_MAX };
	const void *messages[] = { &submit, &ack, &page };
	const unsigned types[] = { FRAME_SUBMIT, FRAME_ACK, FRAME_PAGE };
	struct world w = world_new(4 * WIRE_ARENA);

	for (size_t i = 0; i < WIRE_ITEMS_MAX; i++) {
		items[i] = (struct wire_item){ some_bytes(90), some_bytes(150), false };
		verdicts[i] = (struct wire_verdict){ UINT64_MAX, UINT64_MAX,    3,
						     UINT32_MAX, some_bytes(0), UINT32_MAX,
						     UINT32_MAX };
		verdicts[i].detail = span_of("0123456789012345678901234567890123456789", 40);
	}
	for (size_t i = 0; i < WIRE_ENTRIES_MAX; i++)
		entries[i] = some_bytes(120);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct arena *a = arena_new(WIRE_ARENA);
		union wire_any out;

		buf_reset(&w.b);
		arena_reset(w.arena);
		cr_assert_eq(wire_encode(&w.b, types[i], messages[i], w.arena, &w.e), 0, "%s",
			     w.e.msg);
		cr_assert_eq(wire_decode(&out, types[i], buf_span(&w.b), a, &w.e), 0, "%s: %s",
			     frame_type_name(types[i]), w.e.msg);
		arena_free(a);
	}
	world_free(&w);
}

Test(wire, a_frame_is_its_header_and_its_message)
{
	struct world w = world_new(WIRE_ARENA);

	for (size_t i = 0; i < COUNT; i++) {
		struct span bytes;

		if (sample_messages[i].message >= FRAME_TYPES)
			continue;
		bytes = encode(&w, i);
		buf_reset(&w.again);
		buf_u8(&w.again, 0xee); /* something is there already */
		cr_assert_eq(wire_frame(&w.again, sample_messages[i].message,
					&sample_messages[i].any, w.arena, &w.e),
			     0);
		cr_assert_eq(w.again.len, 1 + FRAME_HEADER + bytes.len);
		cr_assert_eq((size_t)(w.again.data[3] << 8 | w.again.data[4]), bytes.len);
		cr_assert_eq(w.again.data[6], sample_messages[i].message);
		cr_assert(span_eq(span_of(w.again.data + 7, bytes.len), bytes));
	}
	world_free(&w);
}

Test(wire, a_frame_that_cannot_be_written_leaves_nothing)
{
	static uint8_t big[FRAME_MAX];
	struct wire_item item = { .body = span_of(big, sizeof(big)) };
	struct wire_submit submit = { .items = &item, .item_count = 1 };
	struct world w = world_new(WIRE_ARENA);

	buf_u8(&w.b, 0xee);
	cr_assert_eq(wire_frame(&w.b, FRAME_SUBMIT, &submit, w.arena, &w.e), -ERR_RANGE);
	cr_assert_eq(w.b.len, 1);
	world_free(&w);
}

Test(wire, codes_have_names)
{
	cr_assert_str_eq(wire_code_name(WIRE_BUNDLE_INVALID), "bundle-invalid");
	cr_assert_str_eq(wire_code_name(WIRE_OK), "ok");
	cr_assert_str_eq(wire_code_name(WIRE_STANDBY), "standby");
	cr_assert_null(wire_code_name(10));
	cr_assert_null(wire_code_name(WIRE_CODES));
	cr_assert_null(wire_code_name(UINT32_MAX));
}

/* The published vectors, byte for byte. After a wanted change: make_vectors, and look at the diff. */
static void compare(const struct vector_file *file)
{
	static char path[512], found[1 << 20];
	struct buf want;
	size_t len;
	FILE *f;

	buf_init(&want, 1 << 20);
	file->write(&want);
	cr_assert(!want.failed);
	snprintf(path, sizeof(path), "%s/%s", VECTORS_DIR, file->name);
	f = fopen(path, "rb");
	cr_assert(f, "%s is missing", path);
	len = fread(found, 1, sizeof(found), f);
	fclose(f);
	cr_assert_eq(len, want.len, "%s: %zu bytes, now %zu", file->name, len, want.len);
	cr_assert_arr_eq(found, want.data, len);
	buf_fini(&want);
}

Test(vectors, messages)
{
	compare(&vector_files[0]);
}

Test(vectors, ops)
{
	compare(&vector_files[1]);
}

Test(vectors, session)
{
	compare(&vector_files[2]);
}

Test(vectors, sticks)
{
	compare(&vector_files[3]);
}
