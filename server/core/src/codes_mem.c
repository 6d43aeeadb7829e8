#include "server/codes.h"

#include <stdlib.h>
#include <string.h>

struct codes_mem {
	size_t max, count;
	struct code_row rows[];
};

int codes_mem_new(struct codes_mem **out, size_t max, struct err *e)
{
	*out = calloc(1, sizeof(**out) + max * sizeof((*out)->rows[0]));
	if (!*out)
		return err_set(e, ERR_NOMEM, "no memory for enrolment codes");
	(*out)->max = max;
	return 0;
}

void codes_mem_free(struct codes_mem *m)
{
	if (!m)
		return;
	bytes_wipe(m->rows, m->count * sizeof(m->rows[0]));
	free(m);
}

static struct code_row *find(struct codes_mem *m, const uint8_t id[CODE_ID_BYTES])
{
	for (size_t i = 0; i < m->count; i++)
		if (!memcmp(m->rows[i].key.id, id, CODE_ID_BYTES))
			return &m->rows[i];
	return NULL;
}

static int mem_get(void *ctx, const uint8_t id[CODE_ID_BYTES], struct code_row *out, struct err *e)
{
	const struct code_row *row = find(ctx, id);

	if (!row)
		return err_set(e, ERR_NOTFOUND, "no such enrolment code");
	*out = *row;
	return 0;
}

static int mem_put(void *ctx, const struct code_row *row, struct err *e)
{
	struct codes_mem *m = ctx;
	struct code_row *at = find(m, row->key.id);

	if (!at && m->count == m->max)
		return err_set(e, ERR_FULL, "more than %zu enrolment codes", m->max);
	if (!at)
		at = &m->rows[m->count++];
	*at = *row;
	return 0;
}

static int mem_del(void *ctx, const uint8_t id[CODE_ID_BYTES], struct err *e)
{
	struct codes_mem *m = ctx;
	struct code_row *at = find(m, id);

	(void)e;
	if (!at)
		return 0;
	*at = m->rows[--m->count];
	bytes_wipe(&m->rows[m->count], sizeof(m->rows[0]));
	return 0;
}

struct code_store codes_mem_store(struct codes_mem *m)
{
	return (struct code_store){ .ctx = m, .get = mem_get, .put = mem_put, .del = mem_del };
}
