#include "server/guesses.h"

#include <string.h>

/* Keys are hashes or addresses: any mixing will do, nobody gains by colliding with himself. */
static size_t first_way(const uint8_t key[16])
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < 16; i++)
		h = (h ^ key[i]) * 16777619u;
	return (h >> 8) % (GUESSES_SLOTS / GUESSES_WAYS) * GUESSES_WAYS;
}

static uint64_t wait_of(uint32_t wrong)
{
	uint64_t wait = GUESSES_WAIT_MS;

	if (wrong < GUESSES_FREE)
		return 0;
	for (uint32_t i = GUESSES_FREE; i < wrong && wait < GUESSES_WAIT_MAX_MS; i++)
		wait *= 2;
	return wait < GUESSES_WAIT_MAX_MS ? wait : GUESSES_WAIT_MAX_MS;
}

static const struct guess *find(const struct guesses *g, const uint8_t key[16])
{
	size_t at = first_way(key);

	for (size_t i = at; i < at + GUESSES_WAYS; i++)
		if (g->slot[i].wrong && !memcmp(g->slot[i].key, key, 16))
			return &g->slot[i];
	return NULL;
}

uint32_t guesses_wait(const struct guesses *g, const uint8_t key[16], uint64_t now_ms)
{
	const struct guess *s = find(g, key);
	uint64_t until = s ? s->last_ms + wait_of(s->wrong) : 0;

	return until > now_ms ? (uint32_t)(until - now_ms) : 0;
}

void guesses_wrong(struct guesses *g, const uint8_t key[16], uint64_t now_ms)
{
	size_t at = first_way(key);
	struct guess *s = &g->slot[at];

	for (size_t i = at; i < at + GUESSES_WAYS; i++) {
		struct guess *other = &g->slot[i];

		if (other->wrong && !memcmp(other->key, key, 16)) {
			s = other;
			break;
		}
		if (other->last_ms < s->last_ms)
			s = other;
	}
	if (memcmp(s->key, key, 16) || now_ms - s->last_ms > GUESSES_WAIT_MAX_MS)
		s->wrong = 0;
	memcpy(s->key, key, 16);
	if (s->wrong < UINT32_MAX)
		s->wrong++;
	s->last_ms = now_ms;
}
