#include "server/stick.h"

#include <stdlib.h>

struct kept {
	struct answer_row row;
	uint8_t *bytes;
	struct kept *next;
};

struct answers_mem {
	struct kept *first;
};

int answers_mem_new(struct answers_mem **out, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for answers");
}

static void drop_first(struct kept **at)
{
	struct kept *k = *at;

	*at = k->next;
	free(k->bytes);
	free(k);
}

void answers_mem_free(struct answers_mem *m)
{
	if (!m)
		return;
	while (m->first)
		drop_first(&m->first);
	free(m);
}

static struct kept **find(struct answers_mem *m, const struct hash *id)
{
	struct kept **at = &m->first;

	while (*at && !hash_eq(&(*at)->row.id, id))
		at = &(*at)->next;
	return at;
}

static int mem_list(void *ctx, int (*each)(void *to, const struct answer_row *row), void *to,
		    struct err *e)
{
	struct answers_mem *m = ctx;
	int rc = 0;

	(void)e;
	for (struct kept *k = m->first; k && !rc; k = k->next)
		rc = each(to, &k->row);
	return rc;
}

static int mem_put(void *ctx, const struct answer_row *row, struct span file, struct err *e)
{
	struct answers_mem *m = ctx;
	struct kept **at = find(m, &row->id), *k = calloc(1, sizeof(*k));

	if (k)
		k->bytes = malloc(file.len ? file.len : 1);
	if (!k || !k->bytes) {
		free(k);
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	}
	memcpy(k->bytes, file.data, file.len);
	k->row = *row;
	if (*at)
		drop_first(at);
	k->next = *at;
	*at = k;
	return 0;
}

static int mem_get(void *ctx, const struct answer_row *row, size_t offset, size_t max,
		   struct buf *out, struct err *e)
{
	struct kept *k = *find(ctx, &row->id);

	if (!k || offset > k->row.bytes)
		return err_set(e, ERR_NOTFOUND, "no such answer");
	if (max > k->row.bytes - offset)
		max = k->row.bytes - offset;
	buf_bytes(out, span_of(k->bytes + offset, max));
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for an answer") : 0;
}

static int mem_del(void *ctx, const struct answer_row *row, struct err *e)
{
	struct kept **at = find(ctx, &row->id);

	(void)e;
	if (*at)
		drop_first(at);
	return 0;
}

struct answer_store answers_mem_store(struct answers_mem *m)
{
	return (struct answer_store){
		.ctx = m, .list = mem_list, .put = mem_put, .get = mem_get, .del = mem_del
	};
}
