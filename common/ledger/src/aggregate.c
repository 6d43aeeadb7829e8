/* One row per period, node and form: what the sheets below add up to, kept in the same commit. */
#include "internal.h"

#include "base/num.h"

#include <stdlib.h>

void agg_of_sheet(struct agg *out, const struct sheet *s, uint32_t unit)
{
	enum sheet_status status = sheet_status(s);

	out->measure_count = 0;
	memset(out->counts, 0, sizeof(out->counts));
	out->counts[AGG_SHEETS] = status != SHEET_EMPTY;
	out->counts[AGG_SIGNED] = sheet_counts(s);
	out->counts[AGG_ACCEPTED] = s->accepted_lsn != 0;
	out->counts[AGG_NIL] = sheet_nil(s);
	out->counts[AGG_ON_BEHALF] = sheet_counts(s) && sheet_provisional(s);
	out->counts[AGG_CONTESTED] = sheet_contested(s, unit);
	out->counts[AGG_CHANGED] = status == SHEET_CHANGED;
	out->counts[AGG_BROKEN] = sheet_counts(s) && s->broken;
	if (!sheet_counts(s))
		return;
	for (size_t i = 0, run; i < s->version_count; i += run) {
		const struct version *stands = &s->versions[i];

		run = 1;
		if (s->op_count > 1) {
			struct figure f = sheet_figure_at(s, i, unit);

			stands = f.winner;
			run = f.run;
		}
		if (stands->state != FIGURE_BLANK)
			out->measures[out->measure_count++] = (struct agg_measure){
				.measure = stands->measure, .sum = stands->value, .count = 1
			};
	}
}

/* Both lists ascend, so each measure's place is looked for from the one before it: `*from`. */
static int add_measure(struct agg *into, size_t *from, const struct agg_measure *m, int times,
		       struct err *e)
{
	struct agg_measure *at = into->measures;
	size_t i = *from;

	while (i < into->measure_count && at[i].measure < m->measure)
		i++;
	assert(!i || at[i - 1].measure < m->measure);
	*from = i;
	if (i == into->measure_count || at[i].measure != m->measure) {
		if (into->measure_count == ARRAY_LEN(into->measures))
			return err_set(e, ERR_FULL, "an aggregate of more than %zu measures",
				       ARRAY_LEN(into->measures));
		memmove(at + i + 1, at + i, (into->measure_count - i) * sizeof(*at));
		at[i] = (struct agg_measure){ .measure = m->measure };
		into->measure_count++;
	}
	if (!num_add(&at[i].sum, at[i].sum, times * m->sum))
		return err_set(e, ERR_RANGE, "measure %u: the sum is too large", m->measure);
	at[i].count += (uint64_t)times * m->count; /* wraps back: counts stay at zero or above */
	if (!at[i].count) {
		memmove(at + i, at + i + 1, (into->measure_count - i - 1) * sizeof(*at));
		into->measure_count--;
	}
	return 0;
}

int agg_add(struct agg *into, const struct agg *add, int times, struct err *e)
{
	size_t from = 0;
	int rc = 0;

	for (size_t i = 0; i < AGG_COUNTS; i++)
		into->counts[i] += (uint64_t)times * add->counts[i];
	for (size_t i = 0; i < add->measure_count && !rc; i++) {
		const struct agg_measure *m = &add->measures[i];
		struct agg_measure *at = &into->measures[from];
		int64_t sum;

		/* Sheets of one form mostly have the same measures. */
		if (times == 1 && from < into->measure_count && at->measure == m->measure &&
		    num_add(&sum, at->sum, m->sum)) {
			at->sum = sum;
			at->count += m->count;
			from++;
		} else {
			rc = add_measure(into, &from, m, times, e);
		}
	}
	return rc;
}

bool agg_is_zero(const struct agg *a)
{
	for (size_t i = 0; i < AGG_COUNTS; i++)
		if (a->counts[i])
			return false;
	return !a->measure_count;
}

bool agg_equal(const struct agg *a, const struct agg *b)
{
	if (memcmp(a->counts, b->counts, sizeof(a->counts)) || a->measure_count != b->measure_count)
		return false;
	for (size_t i = 0; i < a->measure_count; i++)
		if (a->measures[i].measure != b->measures[i].measure ||
		    a->measures[i].sum != b->measures[i].sum ||
		    a->measures[i].count != b->measures[i].count)
			return false;
	return true;
}

static void agg_write(struct buf *b, const struct agg *a)
{
	for (size_t i = 0; i < AGG_COUNTS; i++)
		buf_varint(b, a->counts[i]);
	buf_varint(b, a->measure_count);
	for (size_t i = 0; i < a->measure_count; i++) {
		buf_varint(b, a->measures[i].measure);
		buf_zigzag(b, a->measures[i].sum);
		buf_varint(b, a->measures[i].count);
	}
}

int agg_read(struct rd *r, struct agg *out, struct err *e)
{
	uint64_t count;

	for (size_t i = 0; i < AGG_COUNTS; i++)
		out->counts[i] = rd_varint(r);
	count = rd_varint(r);
	out->measure_count = 0;
	for (uint64_t i = 0; i < count && i < ARRAY_LEN(out->measures); i++) {
		struct agg_measure *m = &out->measures[out->measure_count++];

		m->measure = (uint16_t)rd_varint(r);
		m->sum = rd_zigzag(r);
		m->count = rd_varint(r);
	}
	return row_done(r, T_AGGREGATE, e);
}

int agg_get(struct ledger *l, uint32_t node, uint8_t form, struct period p, struct agg *out,
	    struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_AGGREGATE, key_sheet(p, form, node), &r, e);

	out->measure_count = 0;
	memset(out->counts, 0, sizeof(out->counts));
	if (rc == -ERR_NOTFOUND)
		return 0;
	return rc ? rc : agg_read(&r, out, e);
}

int agg_hash(const struct agg *a, struct hash *out, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, KV_VALUE_MAX);
	agg_write(&b, a);
	*out = hash_bytes(buf_span(&b));
	rc = b.failed ? err_set(e, ERR_NOMEM, "no memory for a hash") : 0;
	buf_fini(&b);
	return rc;
}

int agg_pin(struct ledger *l, uint64_t lsn, uint32_t node, uint8_t form, struct period p,
	    struct err *e)
{
	struct agg row;
	int rc = agg_get(l, node, form, p, &row, e);

	if (rc || agg_is_zero(&row))
		return rc;
	agg_write(row_begin(l), &row);
	return row_put(l, T_PINNED, key_pinned(lsn, p, form, node), e);
}

int agg_pinned(struct ledger *l, uint64_t lsn, uint32_t node, uint8_t form, struct period p,
	       struct agg *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_PINNED, key_pinned(lsn, p, form, node), &r, e);

	out->measure_count = 0;
	memset(out->counts, 0, sizeof(out->counts));
	if (rc == -ERR_NOTFOUND)
		return 0;
	return rc ? rc : agg_read(&r, out, e);
}

static int agg_store(struct ledger *l, uint32_t node, uint8_t form, struct period p,
		     const struct agg *row, struct err *e)
{
	if (agg_is_zero(row))
		return row_del(l, T_AGGREGATE, key_sheet(p, form, node), e);
	agg_write(row_begin(l), row);
	return row_put(l, T_AGGREGATE, key_sheet(p, form, node), e);
}

bool agg_above_part(const struct ledger *l, const struct tree *t, uint32_t node, day_t day)
{
	return l->scope && node != l->scope && tree_inside(t, l->scope, node, day, UINT64_MAX);
}

int agg_move(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
	     const struct sheet *was, const struct sheet *is, struct err *e)
{
	struct agg minus, plus, row;
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(l->tree, unit, p.to, UINT64_MAX, path);
	int rc = 0;

	agg_of_sheet(&minus, was, unit);
	agg_of_sheet(&plus, is, unit);
	for (size_t i = 1; i < depth && !rc; i++) {
		if (agg_above_part(l, l->tree, path[i], p.to))
			break;
		rc = agg_get(l, path[i], form, p, &row, e);
		if (!rc)
			rc = agg_add(&row, &plus, 1, e);
		if (!rc)
			rc = agg_add(&row, &minus, -1, e);
		if (!rc)
			rc = agg_store(l, path[i], form, p, &row, e);
	}
	return rc;
}

/* ---- after an act ---- */

struct regrouping {
	struct ledger *l;
	const struct tree *before, *after;
	struct period_form {
		struct period period;
		uint8_t form;
	} * periods; /* in which there are sheets, from the act's day on */
	size_t period_count, period_cap;
	struct moved {
		uint32_t unit;
		size_t depth;
		struct agg sum; /* its subtree without what was moved out of that */
	} * moved;
	size_t moved_count;
	day_t from;
	struct err *e;
};

static int note_period(struct regrouping *g, struct span key)
{
	struct period_form *last = g->period_count ? &g->periods[g->period_count - 1] : NULL;
	struct sheet_key k;

	if (!sheet_key_read(&k, key))
		return err_set(g->e, ERR_CORRUPT, "a sheet's key is wrong");
	if (k.period.to < g->from ||
	    (last && last->form == k.form && last->period.from == k.period.from &&
	     last->period.to == k.period.to))
		return 0;
	if (g->period_count == g->period_cap) {
		size_t cap = g->period_cap ? g->period_cap * 2 : 64;
		struct period_form *grown = realloc(g->periods, cap * sizeof(*grown));

		if (!grown)
			return err_set(g->e, ERR_NOMEM, "no memory for an act");
		g->periods = grown;
		g->period_cap = cap;
	}
	g->periods[g->period_count++] = (struct period_form){ k.period, k.form };
	return 0;
}

/* What is committed: from one period and form to the next, past the sheets of each. */
static int note_committed(struct regrouping *g)
{
	struct key at = key_day(g->from);
	struct span none = { NULL, 0 }, key = none, value;
	int rc = 1;

	while (rc == 1) {
		struct kv_cursor *c = NULL;
		struct period_form *last;

		rc = kv_walk(&c, g->l->txn, T_SHEET, none, key_span(&at), false, g->e);
		if (!rc)
			rc = kv_next(c, &key, &value, g->e);
		if (rc == 1) {
			int noted = note_period(g, key);

			rc = noted ? noted : 1;
		}
		kv_walk_end(c);
		if (rc < 1)
			break;
		if (!g->periods) /* the walk began on the first day that concerns it */
			return err_set(g->e, ERR_CORRUPT, "sheets are out of order");
		last = &g->periods[g->period_count - 1];
		at = key_sheet(last->period, last->form, UINT32_MAX);
		at.b[at.len++] = 0; /* greater than every unit's */
	}
	return rc;
}

static int note_fresh(void *ctx, struct span key)
{
	return note_period(ctx, key);
}

static int period_form_cmp(const void *pa, const void *pb)
{
	const struct period_form *a = pa, *b = pb;

	if (a->period.to != b->period.to)
		return a->period.to < b->period.to ? -1 : 1;
	if (a->period.from != b->period.from)
		return a->period.from < b->period.from ? -1 : 1;
	return (a->form > b->form) - (a->form < b->form);
}

static int note_moved(struct regrouping *g, uint64_t lsn)
{
	g->moved = calloc(tree_count(g->after) + 1, sizeof(*g->moved));
	if (!g->moved)
		return err_set(g->e, ERR_NOMEM, "no memory for an act");
	for (size_t i = 0; i < tree_count(g->after); i++) {
		const struct unit *u = tree_at(g->after, i);

		if (u->created_lsn != lsn && u->edges[u->edge_count - 1].lsn == lsn)
			g->moved[g->moved_count++].unit = u->unit;
	}
	return 0;
}

static int deepest_first(const void *pa, const void *pb)
{
	const struct moved *a = pa, *b = pb;

	if (a->depth != b->depth)
		return a->depth > b->depth ? -1 : 1;
	return (a->unit > b->unit) - (a->unit < b->unit);
}

/* Add it to, or take it from, everything above in `t`. */
static int shift(struct regrouping *g, const struct tree *t, const struct moved *m,
		 const struct period_form *at, int times)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(t, m->unit, at->period.to, UINT64_MAX, path);
	struct agg row;
	int rc = 0;

	for (size_t i = 1; i < depth && !rc; i++) {
		if (agg_above_part(g->l, t, path[i], at->period.to))
			break;
		rc = agg_get(g->l, path[i], at->form, at->period, &row, g->e);
		if (!rc)
			rc = agg_add(&row, &m->sum, times, g->e);
		if (!rc)
			rc = agg_store(g->l, path[i], at->form, at->period, &row, g->e);
	}
	return rc;
}

static int take_sum(struct regrouping *g, struct moved *m, const struct period_form *at)
{
	struct sheet sheet;
	struct agg own;
	int rc = agg_get(g->l, m->unit, at->form, at->period, &m->sum, g->e);

	if (rc)
		return rc;
	rc = sheet_get(g->l, m->unit, at->form, at->period, &sheet, g->e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	agg_of_sheet(&own, &sheet, m->unit);
	return agg_add(&m->sum, &own, 1, g->e);
}

/* Cut all off, the deepest first, so that what is moved out of a moved unit is not moved twice; then put
 * each where it stands now. */
static int regroup_period(struct regrouping *g, const struct period_form *at)
{
	uint32_t path[UNIT_DEPTH_MAX];
	int rc = 0;

	for (size_t i = 0; i < g->moved_count; i++)
		g->moved[i].depth = tree_path(g->before, g->moved[i].unit, at->period.to,
					      UINT64_MAX, path);
	qsort(g->moved, g->moved_count, sizeof(*g->moved), deepest_first);
	for (size_t i = 0; i < g->moved_count && !rc; i++) {
		rc = take_sum(g, &g->moved[i], at);
		if (!rc && !agg_is_zero(&g->moved[i].sum))
			rc = shift(g, g->before, &g->moved[i], at, -1);
	}
	for (size_t i = 0; i < g->moved_count && !rc; i++)
		if (!agg_is_zero(&g->moved[i].sum))
			rc = shift(g, g->after, &g->moved[i], at, 1);
	return rc;
}

int agg_regroup(struct ledger *l, const struct tree *before, const struct tree *after,
		const struct op_act *act, uint64_t lsn, struct err *e)
{
	struct regrouping g = {
		.l = l, .before = before, .after = after, .from = act->effective, .e = e
	};
	int rc = note_moved(&g, lsn);

	if (!rc && g.moved_count)
		rc = note_committed(&g);
	if (!rc && g.moved_count)
		rc = overlay_each(l->overlay, T_SHEET, note_fresh, &g);
	if (!rc && g.period_count)
		qsort(g.periods, g.period_count, sizeof(*g.periods), period_form_cmp);
	for (size_t i = 0; i < g.period_count && !rc; i++)
		if (!i || period_form_cmp(&g.periods[i - 1], &g.periods[i]))
			rc = regroup_period(&g, &g.periods[i]);
	free(g.periods);
	free(g.moved);
	return rc;
}
