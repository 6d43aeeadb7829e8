/* Entries past the point where a restored server branched off: kept for ever, and brought back to each server that lacks
 * them. */
#include "internal.h"
#include "ledger/recovery.h"

#include <stdlib.h>

enum {
	OLD_SENT = 1,
	OLD_MARKED = 2,
	OLD_REFUSED = 4, /* sent, and for good */
	OLD_BEFORE = 1 + MARK_BYTES,
	OLD_KEYS_MAX = 64 << 20
};

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

/* Row `left` of table 32. */
static int read_left(struct client *c, uint8_t left[OLD_LEFT_MAX][16], size_t *count, struct err *e)
{
	struct ckey k = ckey_name("left");
	int rc = part_get(c->base, CT_IDENTITY, ckey_span(&k), &c->row, e);

	*count = 0;
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	if (c->row.len % 16 || c->row.len > (size_t)OLD_LEFT_MAX * 16)
		return err_set(e, ERR_CORRUPT, "the row of logs that were left cannot be read");
	*count = c->row.len / 16;
	memcpy(left, c->row.data, c->row.len);
	return 0;
}

int old_left(struct client *c, const uint8_t incarnation[16], struct err *e)
{
	struct ckey k = ckey_name("left");
	uint8_t left[OLD_LEFT_MAX][16];
	size_t count, kept = 1;
	int rc = read_left(c, left, &count, e);

	if (rc)
		return rc;
	buf_reset(&c->row);
	buf_bytes(&c->row, span_of(incarnation, 16));
	for (size_t i = 0; i < count && kept < OLD_LEFT_MAX; i++)
		if (memcmp(left[i], incarnation, 16)) {
			buf_bytes(&c->row, span_of(left[i], 16));
			kept++;
		}
	return client_put_row(c, CT_IDENTITY, &k, e);
}

static bool waits(struct span payload)
{
	return (payload.data[0] & (OLD_SENT | OLD_MARKED)) == OLD_MARKED;
}

static int any_waits(void *ctx, struct span key, struct span payload, struct err *e)
{
	(void)key;
	(void)e;
	return *(bool *)ctx = payload.len >= OLD_BEFORE && waits(payload);
}

int old_waits(struct client *c, bool *any, struct err *e)
{
	*any = false;
	return part_walk(c->base, CT_OLD, (struct span){ NULL, 0 }, any_waits, any, e);
}

/* ---- units that they made ---- */

struct making {
	int (*each)(void *ctx, const uint8_t incarnation[16], uint64_t lsn,
		    const struct old_unit *made);
	void *ctx;
	struct arena *a;
};

static int made_by(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct making *m = ctx;
	struct entry en;
	struct op op;
	int rc = 0;

	arena_reset(m->a);
	if (payload.len < OLD_BEFORE || key.len != OLD_KEY_BYTES ||
	    entry_decode(&en, span_of(payload.data + OLD_BEFORE, payload.len - OLD_BEFORE), m->a,
			 e))
		return err_set(e, ERR_CORRUPT, "an old entry cannot be read");
	if (en.verdict != VERDICT_ACCEPTED || op_decode(&op, en.body, m->a, NULL) != CODE_OK)
		return 0;
	if (op.kind == OP_UNIT) {
		struct old_unit made = { op.unit, op.create.code };

		return m->each(m->ctx, key.data, en.lsn, &made);
	}
	for (size_t i = 0; op.kind == OP_ACT && i < op.act.count && !rc; i++) {
		const struct op_change *change = &op.act.changes[i];
		struct old_unit made = { change->unit, change->code };

		if (change->what == CHANGE_CREATE)
			rc = m->each(m->ctx, key.data, en.lsn, &made);
	}
	return rc;
}

int old_units(struct client *c,
	      int (*each)(void *ctx, const uint8_t incarnation[16], uint64_t lsn,
			  const struct old_unit *made),
	      void *ctx, struct err *e)
{
	struct making m = { each, ctx, arena_new(DECODE_BUDGET) };
	int rc = m.a ? part_walk(c->base, CT_OLD, (struct span){ NULL, 0 }, made_by, &m, e)
		     : err_set(e, ERR_NOMEM, "no memory for old entries");

	arena_free(m.a);
	return rc;
}

/* ---- by stick ---- */

enum { CLOSINGS_MAX = 64 };

struct old_closing {
	uint32_t unit, form;
	struct period period;
	uint64_t own_before; /* the last own op that stood in front of it */
};

struct holding {
	const struct client *c;
	struct arena *a;
	struct old_closing closings[CLOSINGS_MAX];
	size_t count;
	bool more;
	uint8_t incarnation[16];
	uint64_t own;
};

static int look_at_old(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct holding *h = ctx;
	struct envelope env;
	struct entry en;
	struct op op;

	arena_reset(h->a);
	if (payload.len < OLD_BEFORE || key.len != OLD_KEY_BYTES ||
	    entry_decode(&en, span_of(payload.data + OLD_BEFORE, payload.len - OLD_BEFORE), h->a,
			 e) ||
	    envelope_decode(&env, en.envelope, h->a, e))
		return err_set(e, ERR_CORRUPT, "an old entry cannot be read");
	if (memcmp(key.data, h->incarnation, sizeof(h->incarnation)) != 0)
		h->own = 0;
	memcpy(h->incarnation, key.data, sizeof(h->incarnation));
	if (en.device == h->c->id.device && env.epoch == h->c->st.epoch)
		h->own = env.seq;
	if (en.verdict != VERDICT_ACCEPTED || op_decode(&op, en.body, h->a, NULL) != CODE_OK ||
	    op.kind != OP_CLOSE || !waits(payload))
		return 0;
	h->more = h->count == CLOSINGS_MAX;
	if (h->more)
		return 1;
	h->closings[h->count++] = (struct old_closing){ op.unit, op.close.form, op.close.period,
							h->own };
	return 0;
}

static bool stood_behind(const struct holding *h, const struct own_op *op)
{
	for (size_t i = 0; i < h->count; i++) {
		const struct old_closing *k = &h->closings[i];

		if (op->id.seq > k->own_before && op->form == k->form &&
		    period_inside(op->period, k->period) &&
		    tree_inside(ledger_tree(h->c->base), op->unit, k->unit, op->period.to,
				UINT64_MAX))
			return true;
	}
	return h->more;
}

int old_holds(struct client *c, uint64_t *seq, struct err *e)
{
	struct holding h = { .c = c };
	bool recovering;
	int rc = ledger_recovering(c->base, &recovering, e);

	*seq = UINT64_MAX;
	if (rc || !recovering)
		return rc;
	h.a = arena_new(DECODE_BUDGET);
	if (!h.a)
		return err_set(e, ERR_NOMEM, "no memory for old entries");
	rc = part_walk(c->base, CT_OLD, (struct span){ NULL, 0 }, look_at_old, &h, e);
	for (size_t i = 0; !rc && i < c->own.count; i++) {
		const struct own_op *op = &c->own.ops[i];

		if (op->id.device == c->id.device && op->id.epoch == c->st.epoch &&
		    op->id.seq > c->st.acked_seq && op->id.seq < *seq && op->kind == OP_SHEET &&
		    stood_behind(&h, op))
			*seq = op->id.seq;
	}
	arena_free(h.a);
	return rc;
}

/* ---- another incarnation ---- */

static int gather_sent(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct buf *keys = ctx;

	if (payload.len < OLD_BEFORE || key.len != OLD_KEY_BYTES)
		return err_set(e, ERR_CORRUPT, "an old entry cannot be read");
	if ((payload.data[0] & (OLD_SENT | OLD_REFUSED)) == OLD_SENT)
		buf_bytes(keys, key);
	return keys->failed ? err_set(e, ERR_NOMEM, "no memory for old entries") : 0;
}

static int flag_row(struct client *c, struct ckey k, uint8_t clear, uint8_t set, struct err *e)
{
	int rc = part_get(c->base, CT_OLD, ckey_span(&k), &c->row, e);

	if (rc)
		return rc;
	c->row.data[0] = (uint8_t)((c->row.data[0] & ~clear) | set);
	return client_put_row(c, CT_OLD, &k, e);
}

int old_again(struct client *c, struct err *e)
{
	struct ckey k = { .len = OLD_KEY_BYTES };
	struct buf keys;
	int rc;

	buf_init(&keys, OLD_KEYS_MAX);
	rc = part_walk(c->base, CT_OLD, (struct span){ NULL, 0 }, gather_sent, &keys, e);
	for (size_t at = 0; at < keys.len && !rc; at += k.len) {
		memcpy(k.b, keys.data + at, k.len);
		rc = flag_row(c, k, OLD_SENT, 0, e);
	}
	buf_fini(&keys);
	return rc;
}

/* ---- bringing ---- */

struct old_batch *old_batch_new(void)
{
	struct old_batch *b = calloc(1, sizeof(*b));

	if (b)
		buf_init(&b->told, OLD_KEYS_MAX);
	return b;
}

void old_batch_free(struct old_batch *b)
{
	if (b)
		buf_fini(&b->told);
	free(b);
}

struct gathering {
	struct old_batch *out;
	size_t bytes, bytes_max;
	struct arena *a;
	uint8_t last[OLD_KEY_BYTES];
};

/* Has the incarnation a turn of its own? */
static bool is_left(const struct old_batch *b, struct span key)
{
	for (size_t i = 0; i < b->left_count; i++)
		if (!memcmp(b->left[i], key.data, 16))
			return true;
	return false;
}

static int gather(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct gathering *g = ctx;
	struct old_batch *b = g->out;
	struct span bytes;

	if (payload.len < OLD_BEFORE || key.len != sizeof(b->past))
		return err_set(e, ERR_CORRUPT, "an old entry cannot be read");
	if (b->begun && memcmp(key.data, b->past, sizeof(b->past)) <= 0)
		return 0; /* in this contact it was brought already */
	if (b->at == b->left_count && is_left(b, key))
		return 0;
	if (!waits(payload))
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
	int rc = out->ordered ? 0 : read_left(c, out->left, &out->left_count, e);

	out->count = 0;
	out->ordered = true;
	while (!rc) {
		struct span of = { NULL, 0 };

		if (out->at < out->left_count)
			of = span_of(out->left[out->at], 16);
		rc = part_walk(c->base, CT_OLD, of, gather, &g, e);
		if (rc || out->count || out->at == out->left_count)
			break;
		out->at++;
		out->begun = false;
	}
	if (!rc && out->count) {
		memcpy(out->past, g.last, sizeof(out->past));
		out->begun = true;
	}
	return rc;
}

int old_told(struct old_batch *b, struct span results, struct err *e)
{
	for (size_t i = 0; i < b->count && i < results.len; i++) {
		struct ckey k = ckey_old(b->incarnation, b->lsns[i]);

		if (results.data[i] == WIRE_OLD_NOT_NOW)
			continue;
		buf_u8(&b->told, results.data[i]);
		buf_bytes(&b->told, ckey_span(&k));
	}
	return b->told.failed ? err_set(e, ERR_NOMEM, "no memory for old entries") : 0;
}

int old_settle(struct client *c, struct old_batch *b, struct err *e)
{
	struct ckey k = { .len = OLD_KEY_BYTES };
	bool mine;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	for (size_t at = 0; at < b->told.len && !rc; at += 1 + k.len) {
		bool refused = b->told.data[at] == WIRE_OLD_REFUSED;

		memcpy(k.b, b->told.data + at + 1, k.len);
		rc = flag_row(c, k, 0, refused ? OLD_SENT | OLD_REFUSED : OLD_SENT, e);
	}
	buf_reset(&b->told);
	return client_leave(c, mine, rc, e);
}
