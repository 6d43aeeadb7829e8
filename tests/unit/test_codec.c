#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "base/arena.h"
#include "crypto/hash.h"
#include "proto/codec.h"
#include "proto_samples.h"

struct world {
	struct arena *arena;
	struct buf b, text;
	struct err e;
};

static struct world world_new(size_t budget)
{
	struct world w = { .arena = arena_new(budget) };

	cr_assert(w.arena);
	buf_init(&w.b, 1 << 20);
	buf_init(&w.text, 1 << 20);
	return w;
}

static void world_free(struct world *w)
{
	arena_free(w->arena);
	buf_fini(&w->b);
	buf_fini(&w->text);
}

static enum op_code decode(struct world *w, struct span body, struct op *out)
{
	arena_reset(w->arena);
	memset(&w->e, 0, sizeof(w->e));
	return op_decode(out, body, w->arena, &w->e);
}

static struct span encode(struct world *w, size_t sample)
{
	struct op op = sample_op(sample);

	buf_reset(&w->b);
	cr_assert_eq(op_encode(&w->b, &op, &w->e), 0, "sample %zu: %s", sample, w->e.msg);
	return buf_span(&w->b);
}

Test(codec, every_kind_comes_back_whole)
{
	struct world w = world_new(OP_DECODE_ARENA);
	struct buf again;

	buf_init(&again, 1 << 20);
	for (size_t i = 0; i < SAMPLES; i++) {
		struct op in = sample_op(i), out;
		struct span body = encode(&w, i);

		cr_assert_eq(decode(&w, body, &out), CODE_OK, "sample %zu: %s", i, w.e.msg);
		buf_reset(&w.text);
		op_dump(&w.text, &in);
		buf_reset(&again);
		op_dump(&again, &out);
		buf_u8(&w.text, 0);
		buf_u8(&again, 0);
		cr_assert_str_eq((char *)w.text.data, (char *)again.data);
		buf_reset(&again);
		cr_assert_eq(op_encode(&again, &out, &w.e), 0);
		cr_assert(span_eq(buf_span(&again), body), "sample %zu: other bytes", i);
	}
	buf_fini(&again);
	world_free(&w);
}

Test(codec, every_prefix_is_refused_or_another_op_but_never_worse)
{
	struct world w = world_new(OP_DECODE_ARENA);

	for (size_t i = 0; i < SAMPLES; i++) {
		struct span body = encode(&w, i);
		size_t good = 0;

		for (size_t len = 0; len < body.len; len++) {
			/* On the heap at its exact length, so a sanitizer sees a read behind it. */
			uint8_t *copy = malloc(len ? len : 1);
			struct op out;

			cr_assert(copy);
			memcpy(copy, body.data, len);
			good += decode(&w, span_of(copy, len), &out) == CODE_OK;
			free(copy);
		}
		/* The payload comes last: only OP_START, which has none, can lose its end unnoticed. */
		if (sample_op(i).kind != OP_START)
			cr_assert_eq(good, 0, "sample %zu: %zu prefixes pass", i, good);
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

/* Whatever comes, the answer is one of the codes; what passes is written again and read again. */
static size_t try_noise(struct world *w, struct span noise)
{
	struct op out, twice;
	enum op_code code = decode(w, noise, &out);
	struct buf b;

	cr_assert(code < CODES);
	if (code)
		return 0;
	buf_init(&b, 1 << 20);
	cr_assert_eq(op_encode(&b, &out, &w->e), 0, "%s", w->e.msg);
	cr_assert_eq(op_decode(&twice, buf_span(&b), w->arena, &w->e), CODE_OK);
	buf_fini(&b);
	return 1;
}

Test(codec, noise_and_flipped_bytes)
{
	struct world w = world_new(1 << 20);
	uint64_t state = 0x9e3779b97f4a7c15;
	size_t passed = 0, rounds = 0;

	for (size_t i = 0; i < SAMPLES; i++) {
		struct span body = encode(&w, i);
		uint8_t *copy = malloc(body.len);

		cr_assert(copy);
		for (size_t n = 0; n < 800; n++, rounds++) {
			memcpy(copy, body.data, body.len);
			for (size_t k = 0; k <= n % 3; k++)
				copy[draw(&state) % body.len] = (uint8_t)draw(&state);
			passed += try_noise(&w, span_of(copy, body.len));
		}
		free(copy);
	}
	cr_assert(passed > 0 && passed < rounds, "%zu of %zu", passed, rounds);
	for (size_t n = 0; n < 20000; n++) {
		uint8_t noise[64];
		size_t len = draw(&state) % sizeof(noise);

		for (size_t k = 0; k < len; k++)
			noise[k] = (uint8_t)draw(&state);
		try_noise(&w, span_of(noise, len));
	}
	world_free(&w);
}

Test(codec, an_exhausted_arena_is_no_verdict)
{
	struct world w = world_new(OP_DECODE_ARENA);

	for (size_t i = 0; i < SAMPLES; i++) {
		struct span body = encode(&w, i);
		size_t refused = 0;
		bool passed = false;

		for (size_t budget = 1; !passed && budget < 1 << 16; budget += 16) {
			struct arena *a = arena_new(budget);
			struct err e = { 0 };
			struct op out;
			enum op_code code;

			if (!a)
				continue;
			code = op_decode(&out, body, a, &e);
			passed = code == CODE_OK;
			if (!passed) {
				cr_assert_eq(code, CODE_NO_VERDICT, "sample %zu, %zu bytes", i,
					     budget);
				cr_assert_eq(e.code, ERR_NOMEM);
				cr_assert_eq(out.kind, sample_op(i).kind);
				refused++;
			}
			arena_free(a);
		}
		cr_assert(passed, "sample %zu", i);
		cr_assert(refused > 0, "sample %zu never failed", i);
	}
	world_free(&w);
}

/* Bodies by hand. "F(n)" a field's tag: number << 3 | wire type. */
struct body_case {
	const char *label;
	const char *bytes;
	size_t len;
	enum op_code want;
};
#define BODY(label, bytes, want)                      \
	{                                             \
		label, bytes, sizeof(bytes) - 1, want \
	}
#define MEMBERS_HEAD "\x08\x12\x10\x02" /* kind 18, unit 2 */
#define SHEET_HEAD "\x08\x01\x10\x02"

static const struct body_case body_cases[] = {
	BODY("nothing", "", CODE_UNREADABLE),
	BODY("no kind", "\x10\x02", CODE_UNREADABLE),
	BODY("kind 0", "\x08\x00\x10\x02", CODE_UNREADABLE),
	BODY("kind 56 is not built", "\x08\x38\x10\x02", CODE_UNSUPPORTED),
	BODY("kind 200 does not exist", "\x08\xc8\x01\x10\x02", CODE_UNSUPPORTED),
	BODY("kind 200, then noise", "\x08\xc8\x01\xff\xff", CODE_UNSUPPORTED),
	BODY("no payload", MEMBERS_HEAD, CODE_UNREADABLE),
	BODY("payload of another kind", MEMBERS_HEAD "\x8a\x01\x00", CODE_UNREADABLE),
	BODY("two payloads", MEMBERS_HEAD "\x8a\x01\x00\x92\x01\x00", CODE_UNREADABLE),
	BODY("the payload twice", MEMBERS_HEAD "\x92\x01\x00\x92\x01\x00", CODE_UNREADABLE),
	BODY("a payload where none belongs", "\x08\x37\x92\x01\x00", CODE_UNREADABLE),
	BODY("unit twice", MEMBERS_HEAD "\x10\x02\x92\x01\x00", CODE_UNREADABLE),
	BODY("unknown field at the top", MEMBERS_HEAD "\x92\x01\x00\xf8\x06\x01", CODE_UNSUPPORTED),
	BODY("unknown field inside", MEMBERS_HEAD "\x92\x01\x02\x78\x01", CODE_UNSUPPORTED),
	BODY("unknown field, then cut", MEMBERS_HEAD "\x92\x01\x02\x78\x01\x08", CODE_UNREADABLE),
	BODY("unit as bytes", "\x08\x12\x12\x01\x02\x92\x01\x00", CODE_UNREADABLE),
	BODY("unit of 33 bits", "\x08\x12\x10\x80\x80\x80\x80\x10\x92\x01\x00", CODE_UNREADABLE),
	BODY("a varint longer than need be", "\x08\x92\x00\x10\x02\x92\x01\x00", CODE_UNREADABLE),
	BODY("a group", MEMBERS_HEAD "\x92\x01\x00\xfb\x06\xfc\x06", CODE_UNREADABLE),
	BODY("field number 0", MEMBERS_HEAD "\x92\x01\x00\x00\x01", CODE_UNREADABLE),
	BODY("a length beyond the end", MEMBERS_HEAD "\x92\x01\x05\x08\x02", CODE_UNREADABLE),
	BODY("plain lists of two lengths", SHEET_HEAD "\x82\x01\x07\x42\x02\x01\x02\x4a\x01\x02",
	     CODE_UNREADABLE),
	BODY("measures that do not ascend",
	     SHEET_HEAD "\x82\x01\x08\x42\x02\x02\x02\x4a\x02\x02\x02", CODE_UNREADABLE),
	BODY("a measure in both lists",
	     SHEET_HEAD "\x82\x01\x0c\x3a\x04\x08\x02\x10\x01\x42\x01\x02\x4a\x01\x02",
	     CODE_UNREADABLE),
	BODY("state 3", SHEET_HEAD "\x82\x01\x06\x3a\x04\x08\x02\x10\x03", CODE_UNREADABLE),
	BODY("a value of 0", SHEET_HEAD "\x82\x01\x06\x3a\x04\x08\x02\x10\x02", CODE_UNREADABLE),
	BODY("a nil with a value", SHEET_HEAD "\x82\x01\x08\x3a\x06\x08\x02\x10\x01\x18\x02",
	     CODE_UNREADABLE),
	BODY("approx 2", SHEET_HEAD "\x82\x01\x0a\x3a\x08\x08\x02\x10\x02\x18\x02\x20\x02",
	     CODE_UNREADABLE),
	BODY("over an op that is not named",
	     SHEET_HEAD "\x82\x01\x0f\x3a\x0d\x08\x02\x10\x01\x29\x01\0\0\0\0\0\0\0",
	     CODE_UNREADABLE),
	BODY("measure 65536", SHEET_HEAD "\x82\x01\x08\x42\x03\x80\x80\x04\x4a\x01\x02",
	     CODE_UNREADABLE),
	BODY("a signature of no kind", SHEET_HEAD "\x82\x01\x04\x52\x02\x18\x01", CODE_UNREADABLE),
	BODY("form 65536", SHEET_HEAD "\x82\x01\x04\x08\x80\x80\x04", CODE_UNREADABLE),
	BODY("form 256", SHEET_HEAD "\x82\x01\x03\x08\x80\x02", CODE_FORM_UNKNOWN),
	BODY("a summary's lists of two lengths", "\x08\x05\x10\x02\xfa\x01\x06\x42\x01\x01\x4a\x00",
	     CODE_UNREADABLE),
	BODY("shares that are not one for each",
	     "\x08\x21\xa2\x02\x09\x2a\x07\x4a\x02\x01\x02\x52\x01\x01", CODE_UNREADABLE),
	BODY("a nonce of three bytes", "\x08\x32\xda\x01\x05\x32\x03\x01\x02\x03", CODE_UNREADABLE),
};

ParameterizedTestParameters(codec, body)
{
	static size_t index[ARRAY_LEN(body_cases)];

	for (size_t i = 0; i < ARRAY_LEN(body_cases); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(body_cases));
}

ParameterizedTest(size_t *index, codec, body)
{
	const struct body_case *c = &body_cases[*index];
	struct world w = world_new(OP_DECODE_ARENA);
	struct op out;
	enum op_code got = decode(&w, span_of(c->bytes, c->len), &out);

	cr_assert_eq(got, c->want, "%s: got %u, %s", c->label, got, w.e.msg);
	world_free(&w);
}

Test(codec, kind_and_unit_survive_a_body_that_does_not)
{
	struct world w = world_new(OP_DECODE_ARENA);
	struct op out;

	cr_assert_eq(decode(&w, SPAN_LIT("\x08\x4d\x10\xac\x02\xff"), &out), CODE_UNSUPPORTED);
	cr_assert_eq(out.kind, 77);
	cr_assert_eq(out.unit, 300);
	cr_assert_eq(decode(&w, SPAN_LIT("\x08\x12\x10\x02\x92\x01\x7f"), &out), CODE_UNREADABLE);
	cr_assert_eq(out.kind, OP_MEMBERS);
	cr_assert_eq(out.unit, 2);
	world_free(&w);
}

/* The largest sheet: all that limits.h allows, nothing of it plain. */
static struct op largest_sheet(struct op_id *seen, struct op_figure *figures)
{
	struct op op = { .kind = OP_SHEET, .unit = UINT32_MAX, .author = UINT32_MAX };

	for (size_t i = 0; i < SHEET_OPS_MAX; i++)
		seen[i] = (struct op_id){ UINT64_MAX - i, UINT32_MAX, UINT64_MAX };
	for (size_t i = 0; i < MEASURES_MAX; i++)
		figures[i] = (struct op_figure){ (uint16_t)(MEASURE_NO_MAX - MEASURES_MAX + 1 + i),
						 FIGURE_VALUE, 999999999, true, UINT64_MAX };
	op.sheet = (struct op_sheet){ .form = FORM_NO_MAX,
				      .form_version = UINT16_MAX,
				      .period = { SAMPLE_DAY - 52, SAMPLE_DAY - 22 },
				      .seen = seen,
				      .seen_count = SHEET_OPS_MAX,
				      .figures = figures,
				      .figure_count = MEASURES_MAX };
	return op;
}

Test(codec, the_largest_ops_fit_their_limit_and_one_arena)
{
	static struct op_id seen[SHEET_OPS_MAX];
	static struct op_figure figures[MEASURES_MAX];
	static char text[OP_FORM_BODY_MAX];
	struct world w = world_new(OP_DECODE_ARENA);
	struct op op = largest_sheet(seen, figures), out;

	cr_assert_eq(op_encode(&w.b, &op, &w.e), 0, "%s", w.e.msg);
	cr_assert(w.b.len <= OP_BODY_MAX, "%zu bytes", w.b.len);
	cr_assert_eq(decode(&w, buf_span(&w.b), &out), CODE_OK, "%s", w.e.msg);
	cr_assert_eq(out.sheet.seen_count, SHEET_OPS_MAX);
	cr_assert_eq(out.sheet.figure_count, MEASURES_MAX);

	memset(text, 'x', sizeof(text));
	op = (struct op){ .kind = OP_FORM, .form.text = span_of(text, sizeof(text) - 16) };
	buf_reset(&w.b);
	cr_assert_eq(op_encode(&w.b, &op, &w.e), 0, "%s", w.e.msg);
	cr_assert_neq(decode(&w, buf_span(&w.b), &out), CODE_NO_VERDICT);
	op.form.text.len = sizeof(text);
	buf_reset(&w.b);
	cr_assert_eq(op_encode(&w.b, &op, &w.e), -ERR_RANGE);
	cr_assert_eq(w.b.len, 0, "a refused op leaves bytes");
	world_free(&w);
}

Test(codec, over_the_limit_by_one_byte)
{
	static uint8_t body[OP_FORM_BODY_MAX + 1];
	struct world w = world_new(OP_DECODE_ARENA);
	struct op out;

	memcpy(body, MEMBERS_HEAD, 4);
	cr_assert_eq(decode(&w, span_of(body, OP_BODY_MAX), &out), CODE_UNREADABLE);
	cr_assert_eq(decode(&w, span_of(body, OP_BODY_MAX + 1), &out), CODE_OVERSIZED);
	cr_assert_eq(out.unit, 2);
	body[1] = OP_FORM;
	cr_assert_eq(decode(&w, span_of(body, OP_FORM_BODY_MAX), &out), CODE_UNREADABLE);
	cr_assert_eq(decode(&w, span_of(body, OP_FORM_BODY_MAX + 1), &out), CODE_OVERSIZED);
	world_free(&w);
}

/* More elements than the struct has room for, in every repeated field. */
Test(codec, repeated_fields_are_counted_before_they_are_unpacked)
{
	static const struct {
		const char *element;
		size_t len, max;
	} fields[] = {
		{ "\x32\x00", 2, SHEET_OPS_MAX }, /* seen */
		{ "\x3a\x00", 2, MEASURES_MAX },  /* figures */
		{ "\x40\x01", 2, MEASURES_MAX },  /* plain_measures, unpacked */
		{ "\x48\x02", 2, MEASURES_MAX },  /* plain_values */
	};
	struct world w = world_new(OP_DECODE_ARENA);

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct buf sheet;
		struct op out;

		buf_init(&sheet, 4096);
		for (size_t n = 0; n <= fields[i].max; n++)
			buf_bytes(&sheet, span_of(fields[i].element, fields[i].len));
		buf_reset(&w.b);
		buf_bytes(&w.b, SPAN_LIT("\x08\x01\x10\x02\x82\x01"));
		buf_lenspan(&w.b, buf_span(&sheet));
		cr_assert_eq(decode(&w, buf_span(&w.b), &out), CODE_UNREADABLE, "field %zu", i);
		cr_assert_eq(arena_used(w.arena), 0, "field %zu was unpacked", i);
		buf_fini(&sheet);
	}
	world_free(&w);
}

Test(codec, a_kind_that_is_not_built_is_not_written)
{
	struct world w = world_new(OP_DECODE_ARENA);
	struct op op = { .kind = OP_PASSWORD };

	cr_assert_eq(op_encode(&w.b, &op, &w.e), -ERR_UNSUPPORTED);
	op.kind = (enum op_kind)1000;
	cr_assert_eq(op_encode(&w.b, &op, &w.e), -ERR_UNSUPPORTED);
	world_free(&w);
}

static struct envelope sample_envelope(void)
{
	struct envelope v = { .epoch = UINT32_MAX, .seq = UINT64_MAX, .base.lsn = UINT64_MAX };

	sample_bytes(v.base.incarnation, sizeof(v.base.incarnation), 1);
	sample_bytes(v.body_hash, sizeof(v.body_hash), 50);
	return v;
}

Test(codec, envelope)
{
	struct world w = world_new(4096);
	struct envelope in = sample_envelope(), out;
	struct span whole;

	envelope_encode(&w.b, &in);
	whole = buf_span(&w.b);
	cr_assert(whole.len <= ENVELOPE_MAX, "%zu", whole.len);
	cr_assert_eq(envelope_decode(&out, whole, w.arena, &w.e), 0, "%s", w.e.msg);
	cr_assert_eq(out.epoch, in.epoch);
	cr_assert_eq(out.seq, in.seq);
	cr_assert_eq(out.base.lsn, in.base.lsn);
	cr_assert_arr_eq(out.base.incarnation, in.base.incarnation, 16);
	cr_assert_arr_eq(out.body_hash, in.body_hash, 32);
	for (size_t len = 0; len < whole.len; len++)
		cr_assert_eq(envelope_decode(&out, span_of(whole.data, len), w.arena, &w.e),
			     -ERR_PROTO, "prefix of %zu", len);
	buf_bytes(&w.b, SPAN_LIT("\x30\x01")); /* a field of a newer version */
	cr_assert_eq(envelope_decode(&out, buf_span(&w.b), w.arena, &w.e), -ERR_PROTO);
	world_free(&w);
}

Test(codec, envelope_without_seq_or_with_a_short_hash)
{
	struct world w = world_new(4096);
	struct envelope in = sample_envelope(), out;

	in.seq = 0;
	envelope_encode(&w.b, &in);
	cr_assert_eq(envelope_decode(&out, buf_span(&w.b), w.arena, &w.e), -ERR_PROTO);
	buf_reset(&w.b);
	buf_bytes(&w.b, SPAN_LIT("\x08\x01\x10\x01\x1a\x10"
				 "0123456789abcdef"
				 "\x2a\x03xyz"));
	cr_assert_eq(envelope_decode(&out, buf_span(&w.b), w.arena, &w.e), -ERR_PROTO);
	world_free(&w);
}

Test(codec, envelope_of_zeros_is_whole)
{
	struct world w = world_new(4096);
	struct envelope in = { .seq = 1 }, out;

	envelope_encode(&w.b, &in);
	cr_assert_eq(envelope_decode(&out, buf_span(&w.b), w.arena, &w.e), 0, "%s", w.e.msg);
	cr_assert_eq(out.seq, 1);
	world_free(&w);
}

static struct entry sample_entry(void)
{
	return (struct entry){
		.lsn = 900,
		.time_ms = 1663837200000,
		.device = 0x1122334455667788,
		.envelope = SPAN_LIT("envelope"),
		.body = SPAN_LIT("body"),
		.verdict = VERDICT_REFUSED,
		.code = CODE_OUTSIDE_PLAN,
		.detail = SPAN_LIT("admitted"),
		.unit = 2,
		.author = 5,
		.author_unit = 3,
		.prev_device = 899,
		.prev_unit = 12,
	};
}

Test(codec, entry)
{
	struct world w = world_new(4096);
	struct entry in = sample_entry(), out;
	struct buf again;

	buf_init(&again, 4096);
	entry_encode(&w.b, &in);
	cr_assert_eq(entry_decode(&out, buf_span(&w.b), w.arena, &w.e), 0, "%s", w.e.msg);
	cr_assert(out.lsn == 900 && out.time_ms == in.time_ms && out.device == in.device);
	cr_assert(span_eq(out.envelope, in.envelope) && span_eq(out.body, in.body));
	cr_assert(out.verdict == VERDICT_REFUSED && out.code == CODE_OUTSIDE_PLAN);
	cr_assert(span_eq(out.detail, in.detail));
	cr_assert(out.unit == 2 && out.author == 5 && out.author_unit == 3);
	cr_assert(out.prev_device == 899 && out.prev_unit == 12);
	entry_encode(&again, &out);
	cr_assert(span_eq(buf_span(&again), buf_span(&w.b)));
	for (size_t len = 0; len < w.b.len; len++)
		entry_decode(&out, span_of(w.b.data, len), w.arena, &w.e);
	buf_bytes(&w.b, SPAN_LIT("\xf8\x06\x01"));
	cr_assert_eq(entry_decode(&out, buf_span(&w.b), w.arena, &w.e), -ERR_VERSION);
	buf_fini(&again);
	world_free(&w);
}

static const struct {
	const char *label;
	size_t offset;
	uint64_t value;
} entry_faults[] = {
	{ "no lsn", offsetof(struct entry, lsn), 0 },
	{ "a link to itself", offsetof(struct entry, prev_device), 900 },
	{ "a link forward", offsetof(struct entry, prev_unit), 901 },
};

Test(codec, entry_out_of_bounds)
{
	struct world w = world_new(OP_DECODE_ARENA);
	struct entry in, out;

	for (size_t i = 0; i < ARRAY_LEN(entry_faults); i++) {
		in = sample_entry();
		memcpy((char *)&in + entry_faults[i].offset, &entry_faults[i].value,
		       sizeof(uint64_t));
		buf_reset(&w.b);
		entry_encode(&w.b, &in);
		cr_assert_eq(entry_decode(&out, buf_span(&w.b), w.arena, &w.e), -ERR_PROTO, "%s",
			     entry_faults[i].label);
	}
	for (unsigned verdict = 0; verdict < 6; verdict++) {
		in = sample_entry();
		in.verdict = (enum op_verdict)verdict;
		buf_reset(&w.b);
		entry_encode(&w.b, &in);
		cr_assert_eq(entry_decode(&out, buf_span(&w.b), w.arena, &w.e),
			     verdict >= 1 && verdict <= 3 ? 0 : -ERR_PROTO, "verdict %u", verdict);
	}
	in = sample_entry();
	in.code = CODE_NO_VERDICT;
	buf_reset(&w.b);
	entry_encode(&w.b, &in);
	cr_assert_eq(entry_decode(&out, buf_span(&w.b), w.arena, &w.e), -ERR_PROTO);
	world_free(&w);
}

Test(codec, entry_and_envelope_without_memory)
{
	struct envelope v = sample_envelope(), v_out;
	struct entry in = sample_entry(), out;
	struct world w = world_new(4096);
	size_t failed = 0;

	entry_encode(&w.b, &in);
	envelope_encode(&w.text, &v);
	for (size_t budget = 1; budget < 600; budget += 8) {
		struct arena *a = arena_new(budget);
		int rc;

		if (!a)
			continue;
		rc = entry_decode(&out, buf_span(&w.b), a, &w.e);
		cr_assert(rc == 0 || rc == -ERR_NOMEM);
		failed += rc != 0;
		arena_reset(a);
		rc = envelope_decode(&v_out, buf_span(&w.text), a, &w.e);
		cr_assert(rc == 0 || rc == -ERR_NOMEM);
		failed += rc != 0;
		arena_free(a);
	}
	cr_assert(failed > 2);
	world_free(&w);
}
