/* CRC-32, zlib's, of a row. Whoever reads a row reads all of it for this, so that on long walks it is most of the work:
 * where the processor multiplies without carries, 16 bytes are folded at once. Gopal and others, "Fast CRC Computation
 * for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009; the constants are powers of x modulo the polynomial. */
#include "internal.h"

#include <zlib.h>

#ifdef __x86_64__
#include <immintrin.h>

enum { BLOCK = 16, FOLDED_MIN = 2 * BLOCK };

#define FOLDING __attribute__((target("pclmul,sse4.1")))

FOLDING static __m128i load(const uint8_t *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* What stands `by` bits further on, moved up to `next`. */
FOLDING static __m128i fold(__m128i sum, __m128i by, __m128i next)
{
	__m128i low = _mm_clmulepi64_si128(sum, by, 0x00),
		high = _mm_clmulepi64_si128(sum, by, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* 128 bits to 64, to 32: Barrett's reduction. */
FOLDING static uint32_t reduce(__m128i sum)
{
	const __m128i by_16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0),
		      by_8 = _mm_set_epi64x(0, 0x0163cd6124),
		      divide = _mm_set_epi64x(0x01f7011641, 0x01db710641),
		      half = _mm_setr_epi32(~0, 0, ~0, 0);
	__m128i part;

	part = _mm_clmulepi64_si128(sum, by_16, 0x10);
	sum = _mm_xor_si128(_mm_srli_si128(sum, 8), part);
	part = _mm_srli_si128(sum, 4);
	sum = _mm_xor_si128(_mm_clmulepi64_si128(_mm_and_si128(sum, half), by_8, 0x00), part);
	part = _mm_clmulepi64_si128(_mm_and_si128(sum, half), divide, 0x10);
	part = _mm_clmulepi64_si128(_mm_and_si128(part, half), divide, 0x00);
	return (uint32_t)_mm_extract_epi32(_mm_xor_si128(sum, part), 1);
}

/* Zeros in front of a message change nothing, once its first four bytes are inverted instead of the sum: so the odd bytes
 * come first, behind as many zeros as make them a block, and all that follows is whole blocks. */
FOLDING static uint32_t folded(struct span bytes)
{
	const __m128i by_64 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4),
		      by_16 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
	const uint8_t *at = bytes.data, *end = bytes.data + bytes.len;
	size_t odd = bytes.len % BLOCK;
	uint8_t first[2 * BLOCK] = { 0 };
	__m128i sum[4];

	memcpy(first + BLOCK - odd, at, BLOCK);
	memcpy(first + BLOCK, at + odd, BLOCK);
	for (size_t i = 0; i < 4; i++)
		first[BLOCK - odd + i] ^= 0xff;
	sum[0] = fold(load(first), by_16, load(first + BLOCK));
	at += odd + BLOCK;
	if (end - at >= 7 * BLOCK) {
		for (size_t i = 1; i < 4; i++, at += BLOCK)
			sum[i] = load(at);
		for (; end - at >= 4 * BLOCK; at += 4 * BLOCK)
			for (size_t i = 0; i < 4; i++)
				sum[i] = fold(sum[i], by_64, load(at + i * BLOCK));
		for (size_t i = 1; i < 4; i++)
			sum[0] = fold(sum[0], by_16, sum[i]);
	}
	for (; at < end; at += BLOCK)
		sum[0] = fold(sum[0], by_16, load(at));
	return ~reduce(sum[0]);
}

static bool can_fold(void)
{
	return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}
#else
enum { FOLDED_MIN = 1 };

static uint32_t folded(struct span bytes)
{
	(void)bytes;
	return 0;
}

static bool can_fold(void)
{
	return false;
}
#endif

uint32_t row_checksum(struct span bytes)
{
	if (bytes.len >= FOLDED_MIN && can_fold())
		return folded(bytes);
	return (uint32_t)crc32(0, bytes.data, (unsigned)bytes.len);
}
