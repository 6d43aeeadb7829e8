#include "base/buf.h"

#include "few_allocations.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static void write_all(struct buf *b)
{
	buf_u8(b, 0xAB);
	buf_u16(b, 0x0102);
	buf_u32(b, 0x03040506);
	buf_u64(b, UINT64_C(0x0708090A0B0C0D0E));
	buf_varint(b, 300);
	buf_zigzag(b, -2);
	buf_lenspan(b, SPAN_LIT("kết"));
	buf_bytes(b, SPAN_LIT("!"));
	buf_printf(b, "%d%s", 12, "x");
}

static bool read_all(struct span bytes)
{
	struct rd r = rd_of(bytes);
	bool same = rd_u8(&r) == 0xAB;

	same &= rd_u16(&r) == 0x0102;
	same &= rd_u32(&r) == 0x03040506;
	same &= rd_u64(&r) == UINT64_C(0x0708090A0B0C0D0E);
	same &= rd_varint(&r) == 300;
	same &= rd_zigzag(&r) == -2;
	same &= span_eq(rd_lenspan(&r), SPAN_LIT("kết"));
	same &= span_eq(rd_bytes(&r, 4), SPAN_LIT("!12x"));
	return same && rd_done(&r);
}

Test(buf, what_is_written_is_read)
{
	struct buf b;

	buf_init(&b, 1000);
	write_all(&b);
	cr_assert_not(b.failed);
	cr_assert_eq(b.data[1], 1);
	cr_assert(read_all(buf_span(&b)));
	buf_fini(&b);
	buf_fini(NULL);
}

/* Cut anywhere, a record fails and never reads past its end (exact copies, for the sanitizer). */
Test(buf, every_prefix_fails)
{
	struct buf b;

	buf_init(&b, 1000);
	write_all(&b);
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *copy = malloc(len ? len : 1);

		memcpy(copy, b.data, len);
		cr_assert_not(read_all(span_of(copy, len)), "%zu", len);
		free(copy);
	}
	buf_fini(&b);
}

/* Every maximum: full at it, failed below it, and never a byte more. */
Test(buf, the_maximum_holds)
{
	struct buf b;
	size_t whole;

	buf_init(&b, 1000);
	write_all(&b);
	whole = b.len;
	buf_fini(&b);
	for (size_t max = 0; max <= whole; max++) {
		buf_init(&b, max);
		write_all(&b);
		cr_assert_eq(b.failed, max < whole, "%zu", max);
		cr_assert_leq(b.len, max);
		cr_assert_leq(b.cap, max);
		buf_u8(&b, 1);
		cr_assert(b.failed);
		buf_reset(&b);
		cr_assert_not(b.failed);
		cr_assert_eq(b.len, 0u);
		buf_fini(&b);
	}
}

Test(buf, a_length_never_stands_without_its_bytes)
{
	struct buf b;

	buf_init(&b, 4);
	buf_u8(&b, 9);
	buf_lenspan(&b, SPAN_LIT("long"));
	cr_assert(b.failed);
	cr_assert_eq(b.len, 1u);
	buf_fini(&b);
}

Test(buf, memory_runs_out)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_u8(&b, 7);
	allocations_left = 0;
	allocations_end = true;
	for (int i = 0; i < 100; i++)
		buf_u8(&b, 8);
	allocations_left = -1;
	cr_assert(b.failed);
	cr_assert_eq(b.len, 64u);
	cr_assert_eq(b.data[0], 7);
	buf_u8(&b, 9);
	cr_assert_eq(b.len, 64u, "nothing more is written");
	buf_reset(&b);
	buf_u8(&b, 9);
	cr_assert_eq(b.len, 1u);
	buf_fini(&b);
}

static const uint64_t values[] = {
	0, 1, 127, 128, 16383, 16384, UINT32_MAX, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX
};

Test(buf, varints_at_their_bounds)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct buf b;
		struct rd r;

		buf_init(&b, 20);
		buf_varint(&b, values[i]);
		cr_assert_leq(b.len, 10u);
		r = rd_of(buf_span(&b));
		cr_assert_eq(rd_varint(&r), values[i]);
		cr_assert(rd_done(&r));
		buf_reset(&b);
		buf_zigzag(&b, (int64_t)values[i]);
		r = rd_of(buf_span(&b));
		cr_assert_eq(rd_zigzag(&r), (int64_t)values[i]);
		cr_assert(rd_done(&r));
		buf_fini(&b);
	}
}

Test(buf, zigzag_keeps_small_numbers_short)
{
	struct buf b;

	buf_init(&b, 20);
	buf_zigzag(&b, -64);
	cr_assert_eq(b.len, 1u);
	cr_assert_eq(b.data[0], 127);
	buf_fini(&b);
}

static const struct {
	const char *bytes;
	size_t len;
} bad[] = {
	{ "\x80\x00", 2 },                                      /* 0 in two bytes */
	{ "\xff\x80\x00", 3 },                                  /* 127 in three */
	{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },     /* bit 64 */
	{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11 }, /* eleven bytes */
	{ "\xff", 1 },
	{ "", 0 },
};

Test(buf, varints_in_a_wrong_form)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rd r = rd_of(span_of(bad[i].bytes, bad[i].len));

		cr_assert_eq(rd_varint(&r), 0u, "%zu", i);
		cr_assert(r.failed, "%zu", i);
		cr_assert_not(rd_done(&r));
		cr_assert_eq(rd_left(&r), 0u);
		cr_assert_eq(rd_u8(&r), 0);
		cr_assert_null(rd_bytes(&r, 0).data);
	}
}

Test(buf, a_length_beyond_the_end)
{
	struct rd r = rd_of(SPAN_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01xy"));

	cr_assert_eq(rd_lenspan(&r).len, 0u);
	cr_assert(r.failed);
	r = rd_of(span_of(NULL, 0));
	cr_assert(rd_done(&r));
	cr_assert_eq(rd_u16(&r), 0);
	cr_assert_not(rd_done(&r));
}

Test(buf, printf_fills_to_the_last_byte)
{
	struct buf b;

	buf_init(&b, 5);
	buf_printf(&b, "%s", "12345");
	cr_assert_not(b.failed);
	cr_assert(span_eq(buf_span(&b), SPAN_LIT("12345")));
	buf_printf(&b, "%s", "");
	cr_assert_not(b.failed);
	buf_printf(&b, "6");
	cr_assert(b.failed);
	cr_assert_eq(b.len, 5u);
	buf_fini(&b);
}

Test(span, order_is_that_of_bytes)
{
	cr_assert_lt(span_cmp(SPAN_LIT("ab"), SPAN_LIT("abc")), 0);
	cr_assert_gt(span_cmp(SPAN_LIT("b"), SPAN_LIT("abc")), 0);
	cr_assert_gt(span_cmp(SPAN_LIT("\xff"), SPAN_LIT("a")), 0);
	cr_assert_eq(span_cmp(SPAN_LIT("a"), SPAN_LIT("a")), 0);
	cr_assert_eq(span_cmp(span_of(NULL, 0), SPAN_LIT("")), 0);
	cr_assert(span_eq(span_of(NULL, 0), SPAN_LIT("")));
	cr_assert_not(span_eq(SPAN_LIT("a"), SPAN_LIT("b")));
}

Test(span, found_where_it_first_stands)
{
	struct span in = SPAN_LIT("a - b - c");

	cr_assert_eq(span_find(in, SPAN_LIT(" - ")), in.data + 1);
	cr_assert_eq(span_find(in, SPAN_LIT("- c")), in.data + 6);
	cr_assert_eq(span_find(in, in), in.data);
	cr_assert_null(span_find(in, SPAN_LIT("- c ")));
	cr_assert_null(span_find(in, SPAN_LIT("a - b - c ")));
	cr_assert_null(span_find(in, SPAN_LIT("")));
	cr_assert_null(span_find(span_of(NULL, 0), SPAN_LIT("a")));
	cr_assert_null(span_find(span_of(NULL, 0), span_of(NULL, 0)));
}
