/* The checksum of a row is zlib's CRC-32, by whatever way it is worked out. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <zlib.h>

#include "kv/crc.h"
#include "kv/kv.h"

static void same(const uint8_t *at, size_t len)
{
	cr_assert_eq(kv_crc32(0, span_of(at, len)), (uint32_t)crc32(0, at, (unsigned)len),
		     "%zu bytes", len);
}

static void fill(uint8_t *bytes, size_t len)
{
	uint32_t x = 2463534242u;

	for (size_t i = 0; i < len; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		bytes[i] = (uint8_t)x;
	}
}

Test(kv_crc, known_answer)
{
	cr_assert_eq(kv_crc32(0, SPAN_LIT("123456789")), 0xcbf43926u);
	cr_assert_eq(kv_crc32(0, SPAN_LIT("The quick brown fox jumps over the lazy dog")),
		     0x414fa339u);
}

/* Every length that ends in another place of a block, from every place in memory; on the heap, so that a byte read beyond
 * the end is seen. */
Test(kv_crc, every_length_and_place)
{
	static uint8_t zeros[1024], ones[1024];
	uint8_t *bytes = malloc(1024);

	cr_assert(bytes);
	fill(bytes, 1024);
	memset(ones, 0xff, sizeof(ones));
	for (size_t from = 0; from < 20; from++)
		for (size_t len = 1; len <= 500; len++) {
			uint8_t *exact = malloc(len);

			cr_assert(exact);
			memcpy(exact, bytes + from, len);
			same(exact, len);
			free(exact);
			same(bytes + from, len);
			same(zeros + from, len);
			same(ones + from, len);
		}
	free(bytes);
}

Test(kv_crc, as_long_as_a_value_can_be)
{
	uint8_t *bytes = malloc(KV_VALUE_MAX);

	cr_assert(bytes);
	fill(bytes, KV_VALUE_MAX);
	for (size_t less = 0; less < 70; less++)
		same(bytes, KV_VALUE_MAX - less);
	free(bytes);
}
