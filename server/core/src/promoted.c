#include "server/promoted.h"

#include "crypto/hash.h"

#include <string.h>

void promoted_id(uint8_t out[16], const uint8_t parent[16], const uint8_t random[PROMOTED_RANDOM])
{
	struct hash h = hash_bytes3(SPAN_LIT("ketnap promoted 1"), span_of(parent, 16),
				    span_of(random, PROMOTED_RANDOM));

	memcpy(out, random, PROMOTED_RANDOM);
	memcpy(out + PROMOTED_RANDOM, h.b, 16 - PROMOTED_RANDOM);
}

bool promoted_from(const uint8_t id[16], const uint8_t parent[16])
{
	uint8_t want[16];

	promoted_id(want, parent, id);
	return !memcmp(want, id, 16);
}
