/* One row per period, node and form: what the sheets below add up to, kept in the same commit. */
#include "internal.h"

#include "base/num.h"

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
	for (size_t i = 0; i < s->version_count;) {
		struct figure f = sheet_figure(s, s->versions[i].measure, unit);

		if (f.winner && f.winner->state != FIGURE_BLANK)
			out->measures[out->measure_count++] = (struct agg_measure){
				.measure = f.winner->measure, .sum = f.winner->value, .count = 1
			};
		i += f.run ? f.run : 1;
	}
}

static int add_measure(struct agg *into, const struct agg_measure *m, int times, struct err *e)
{
	struct agg_measure *at = into->measures;
	size_t i = 0;

	while (i < into->measure_count && at[i].measure < m->measure)
		i++;
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
	int rc = 0;

	for (size_t i = 0; i < AGG_COUNTS; i++)
		into->counts[i] += (uint64_t)times * add->counts[i];
	for (size_t i = 0; i < add->measure_count && !rc; i++)
		rc = add_measure(into, &add->measures[i], times, e);
	return rc;
}

bool agg_is_zero(const struct agg *a)
{
	for (size_t i = 0; i < AGG_COUNTS; i++)
		if (a->counts[i])
			return false;
	return !a->measure_count;
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
		if (l->scope && !tree_inside(l->tree, path[i], l->scope, p.to, UINT64_MAX))
			break; /* above the part that is held: only the server knows those */
		rc = agg_get(l, path[i], form, p, &row, e);
		if (!rc)
			rc = agg_add(&row, &plus, 1, e);
		if (!rc)
			rc = agg_add(&row, &minus, -1, e);
		if (rc)
			break;
		if (agg_is_zero(&row)) {
			rc = row_del(l, T_AGGREGATE, key_sheet(p, form, path[i]), e);
			continue;
		}
		agg_write(row_begin(l), &row);
		rc = row_put(l, T_AGGREGATE, key_sheet(p, form, path[i]), e);
	}
	return rc;
}
