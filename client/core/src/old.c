/* Entries past the point where a restored server branched off: kept for ever, and brought back once. */
#include "internal.h"

#include <stdlib.h>

enum { OLD_SENT = 1, OLD_MARKED = 2, OLD_TOLD = 4, OLD_BEFORE = 1 + MARK_BYTES };
enum { SETTLED_AT_ONCE = 256 };

int old_keep(struct client *c, const uint8_t incarnation[16], const struct entry *en,
	     struct span bytes, struct err *e)
{
	struct ckey k = ckey_lsn(en->lsn), old = ckey_old(incarnation, en->lsn);
	uint8_t mark[MARK_BYTES] = { 0 };
	uint8_t flags = 0;
	int rc = part_get(c->base, CT_MARK, ckey_span(&k), &c->row, e);

	if (!rc && c->row.len == MARK_BYTES) {
		memcpy(mark, c->row.data, MARK_BYTES);
		flags = OLD_MARKED;
	}
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	/* the same lsn will be another entry in the new incarnation */
	rc = part_del(c->base, CT_MARK, ckey_span(&k), e);
	buf_reset(&c->row);
	buf_u8(&c->row, flags);
	buf_bytes(&c->row, span_of(mark, MARK_BYTES));
	buf_bytes(&c->row, bytes);
	return rc ? rc : client_put_row(c, CT_OLD, &old, e);
}

struct gathering {
	struct old_batch *out;
	size_t bytes, bytes_max;
	struct arena *a;
	uint8_t last[OLD_KEY_BYTES];
};

static int gather(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct gathering *g = ctx;
	struct old_batch *b = g->out;
	struct span bytes;

	if (payload.len < OLD_BEFORE || key.len != sizeof(b->past))
		return err_set(e, ERR_CORRUPT, "an old entry cannot be read");
	if (b->begun && memcmp(key.data, b->past, sizeof(b->past)) <= 0)
		return 0; /* in this contact it was brought already */
	if (!(payload.data[0] & OLD_MARKED) || (payload.data[0] & OLD_SENT))
		return 0;
	if (b->count && memcmp(key.data, b->incarnation, 16))
		return 1; /* one incarnation at a time */
	bytes = span_of(payload.data + OLD_BEFORE, payload.len - OLD_BEFORE);
	if (b->count == ARRAY_LEN(b->entries) || (b->count && bytes.len > g->bytes_max - g->bytes))
		return 1;
	bytes = arena_copy(g->a, bytes);
	if (!bytes.data)
		return err_set(e, ERR_NOMEM, "no memory for old entries");
	memcpy(g->last, key.data, sizeof(g->last));
	memcpy(b->incarnation, key.data, 16);
	memcpy(b->marks + b->count * MARK_BYTES, payload.data + 1, MARK_BYTES);
	b->lsns[b->count] = ckey_lsn_read(key);
	b->entries[b->count++] = bytes;
	g->bytes += bytes.len;
	return 0;
}

int old_next(struct client *c, struct old_batch *out, size_t bytes_max, struct arena *a,
	     struct err *e)
{
	struct gathering g = { .out = out, .bytes_max = bytes_max, .a = a };
	int rc;

	out->count = 0;
	rc = part_walk(c->base, CT_OLD, (struct span){ NULL, 0 }, gather, &g, e);
	if (!rc && out->count) {
		memcpy(out->past, g.last, sizeof(out->past));
		out->begun = true;
	}
	return rc;
}

static int flag_row(struct client *c, const uint8_t incarnation[16], uint64_t lsn, uint8_t flag,
		    struct err *e)
{
	struct ckey k = ckey_old(incarnation, lsn);
	int rc = part_get(c->base, CT_OLD, ckey_span(&k), &c->row, e);

	if (rc)
		return rc;
	c->row.data[0] |= flag;
	return client_put_row(c, CT_OLD, &k, e);
}

int old_told(struct client *c, const struct old_batch *b, struct span results, struct err *e)
{
	bool mine;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < b->count && i < results.len && !rc; i++)
		if (results.data[i] != WIRE_OLD_NOT_NOW)
			rc = flag_row(c, b->incarnation, b->lsns[i], OLD_TOLD, e);
	return client_leave(c, mine, rc, e);
}

struct settling {
	uint64_t lsns[SETTLED_AT_ONCE];
	uint8_t incarnations[SETTLED_AT_ONCE][16];
	size_t count;
};

static int gather_told(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct settling *g = ctx;

	if (payload.len < OLD_BEFORE || key.len != OLD_KEY_BYTES)
		return err_set(e, ERR_CORRUPT, "an old entry cannot be read");
	if ((payload.data[0] & (OLD_TOLD | OLD_SENT)) != OLD_TOLD)
		return 0;
	memcpy(g->incarnations[g->count], key.data, 16);
	g->lsns[g->count++] = ckey_lsn_read(key);
	return g->count == SETTLED_AT_ONCE;
}

static int settle_some(struct client *c, const struct settling *g, struct err *e)
{
	bool mine;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < g->count && !rc; i++)
		rc = flag_row(c, g->incarnations[i], g->lsns[i], OLD_SENT, e);
	return client_leave(c, mine, rc, e);
}

int old_settle(struct client *c, struct err *e)
{
	struct settling *g = malloc(sizeof(*g));
	int rc = g ? 0 : err_set(e, ERR_NOMEM, "no memory for old entries");

	while (!rc) {
		g->count = 0;
		rc = part_walk(c->base, CT_OLD, (struct span){ NULL, 0 }, gather_told, g, e);
		if (rc || !g->count)
			break;
		rc = settle_some(c, g, e);
	}
	free(g);
	return rc;
}
