#include "gate.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { BUCKETS = 1024 };

struct host {
	struct host *next;
	uint8_t key[ADDR_HOST_BYTES];
	unsigned open;
};

struct gate {
	pthread_mutex_t lock;
	unsigned per_host_max;
	struct host *bucket[BUCKETS];
};

int gate_new(struct gate **out, unsigned per_host_max, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return err_set(e, ERR_NOMEM, "out of memory");
	pthread_mutex_init(&(*out)->lock, NULL);
	(*out)->per_host_max = per_host_max;
	return 0;
}

void gate_free(struct gate *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (g->bucket[i]) {
			struct host *h = g->bucket[i];

			g->bucket[i] = h->next;
			free(h);
		}
	}
	pthread_mutex_destroy(&g->lock);
	free(g);
}

/* The link that points to the host, or to nothing. A bucket grows at most as long as there may be
 * connections, whatever addresses somebody picks. */
static struct host **find(struct gate *g, const uint8_t host[ADDR_HOST_BYTES])
{
	uint32_t mix = 2166136261u;
	struct host **at;

	for (size_t i = 0; i < ADDR_HOST_BYTES; i++)
		mix = (mix ^ host[i]) * 16777619u;
	at = &g->bucket[(mix ^ mix >> 16) % BUCKETS];
	while (*at && memcmp((*at)->key, host, ADDR_HOST_BYTES))
		at = &(*at)->next;
	return at;
}

bool gate_enter(struct gate *g, const uint8_t host[ADDR_HOST_BYTES])
{
	struct host **at, *h;
	bool ok;

	pthread_mutex_lock(&g->lock);
	at = find(g, host);
	if (!*at) {
		*at = h = calloc(1, sizeof(*h));
		if (h)
			memcpy(h->key, host, ADDR_HOST_BYTES);
	}
	h = *at;
	ok = h && h->open < g->per_host_max;
	if (ok)
		h->open++;
	pthread_mutex_unlock(&g->lock);
	return ok;
}

void gate_leave(struct gate *g, const uint8_t host[ADDR_HOST_BYTES])
{
	struct host **at, *h;

	pthread_mutex_lock(&g->lock);
	at = find(g, host);
	h = *at;
	assert(h && h->open);
	if (!--h->open) {
		*at = h->next;
		free(h);
	}
	pthread_mutex_unlock(&g->lock);
}
