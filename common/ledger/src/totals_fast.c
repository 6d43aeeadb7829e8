/* Totals from the aggregate rows: one row for each period and form in place of every sheet. Only where they
 * give exactly what the scan gives; whatever is out of the ordinary is left to the scan. */
#include "internal.h"

#include "base/num.h"

#include <stddef.h>
#include <stdlib.h>

enum { PARTS_MAX = 128, STRANGERS_MAX = 16 };

/* The sheets of one period and form in the node, itself included. */
struct part {
	struct period period;
	uint8_t form;
	bool day;
	uint64_t counts[AGG_COUNTS];
};

struct fast {
	struct ledger *l;
	const struct query *q;
	struct period range;
	struct measure_total *sums;
	size_t count;
	unsigned flashes; /* day forms with sheets of the last day, in the whole ledger */
	const struct duty_slot *duty;
	bool *missing; /* by place in duty->units; NULL: nobody's sheet is */
	struct err *e;
	/* Cleared as far as they are used: a month needs one of the parts, and a table asks hundreds of times. */
	struct part parts[PARTS_MAX];
	bool need[DUTY_GROUPS_MAX][PARTS_MAX], possible[DUTY_GROUPS_MAX];
};

/* Below, 1 is to go on, 0 to leave it to the scan, less is an error. */

/* A sheet goes by the version of its form, an aggregate knows none: they must not differ. */
static bool versions_agree(const struct ledger *l, const struct form *newest)
{
	for (size_t i = 0; i < l->form_count; i++) {
		const struct form *f = l->forms[i].form;

		if (f == newest || l->forms[i].no != newest->no)
			continue;
		if (f->measure_count != newest->measure_count)
			return false;
		for (size_t k = 0; k < f->measure_count; k++) {
			const struct measure *m = form_measure(newest, f->measures[k].no);

			if (!m || m->kind != f->measures[k].kind ||
			    m->opening != f->measures[k].opening ||
			    m->additive != f->measures[k].additive)
				return false;
		}
	}
	return true;
}

static int add_sums(struct fast *x, const struct form *f, const struct part *p,
		    const struct agg *agg)
{
	for (size_t i = 0; i < agg->measure_count; i++) {
		const struct measure *m = form_measure(f, agg->measures[i].measure);

		if (!m || !m->additive || !measure_counts(m, p->period, x->range))
			continue;
		if (!num_add(&x->sums[m->no].sum, x->sums[m->no].sum, agg->measures[i].sum))
			return 0;
		x->sums[m->no].count += agg->measures[i].count;
	}
	return 1;
}

/* May the node have a sheet of its own? Without a plan only in answer to a request. */
static bool may_report(const struct fast *x, bool day)
{
	size_t low = 0, high = x->duty ? x->duty->count : 0;

	if (!x->duty || day)
		return true;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (x->duty->units[mid].unit < x->q->unit)
			low = mid + 1;
		else
			high = mid;
	}
	return low < x->duty->count && x->duty->units[low].unit == x->q->unit;
}

/* The row of the node, and the node's own sheet, which stands only in the rows of those above. */
static int read_part(struct fast *x, const struct sheet_key *k, bool day, struct agg *agg)
{
	struct sheet sheet;
	struct agg own;
	int rc = agg_get(x->l, x->q->unit, k->form, k->period, agg, x->e);

	if (rc)
		return rc;
	if (!may_report(x, day))
		return 1;
	rc = sheet_get(x->l, x->q->unit, k->form, k->period, &sheet, x->e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 1 : rc;
	agg_of_sheet(&own, &sheet, x->q->unit);
	return !agg_add(agg, &own, 1, NULL);
}

static int add_part(struct fast *x, const struct sheet_key *k)
{
	const struct form *f = ledger_form_newest(x->l, k->form, x->e);
	struct part *p = &x->parts[x->count];
	struct agg agg;
	bool day = f && f->period == FORM_DAY;
	int rc;

	if (!f || !query_asks(x->q, f) || k->period.from < x->range.from ||
	    (day && k->period.to != x->range.to))
		return 1; /* not of this range */
	x->flashes += day;
	if (x->flashes > 1 || x->count == PARTS_MAX || !versions_agree(x->l, f))
		return 0;
	rc = read_part(x, k, day, &agg);
	if (rc < 1 || agg_is_zero(&agg))
		return rc;
	*p = (struct part){ .period = k->period, .form = k->form, .day = day };
	memcpy(p->counts, agg.counts, sizeof(p->counts));
	x->count++;
	return add_sums(x, f, p, &agg);
}

/* The next period and form of which there are sheets, from `at` on, which goes past those: 1, or 0 after the last one. */
static int next_sheets(struct fast *x, struct key *at, struct sheet_key *k)
{
	struct span none = { NULL, 0 }, key = none, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, x->l->txn, T_SHEET, none, key_span(at), false, x->e);

	if (!rc)
		rc = kv_next(c, &key, &value, x->e);
	if (rc == 1 && !sheet_key_read(k, key))
		rc = err_set(x->e, ERR_CORRUPT, "a sheet's key is wrong");
	kv_walk_end(c);
	if (rc != 1)
		return rc;
	*at = key_sheet(k->period, k->form, UINT32_MAX);
	at->b[at->len++] = 0; /* greater than every unit's */
	return k->period.to <= x->range.to;
}

void range_drop(struct ledger *l)
{
	for (size_t i = 0; i < RANGE_SLOTS; i++)
		l->ranges[i].lsn = 0;
}

static const struct range_slot *range_kept(const struct ledger *l, struct period range)
{
	for (size_t i = 0; i < RANGE_SLOTS; i++) {
		const struct range_slot *s = &l->ranges[i];

		if (s->lsn && s->lsn == l->info.lsn && s->range.from == range.from &&
		    s->range.to == range.to)
			return s;
	}
	return NULL;
}

/* From one period and form to the next, past the sheets of each. Which there are is the same for every unit, and is looked
 * up once at each tip. */
static int add_parts(struct fast *x)
{
	const struct range_slot *kept = range_kept(x->l, x->range);
	struct range_slot fresh = { .lsn = x->l->info.lsn, .range = x->range };
	struct key at = key_day(x->range.from);
	int rc = 1;

	for (size_t i = 0; kept && i < kept->count && rc == 1; i++)
		rc = add_part(x, &kept->keys[i]);
	while (!kept && rc == 1) {
		struct sheet_key k = { .form = 0 };

		rc = next_sheets(x, &at, &k);
		if (!rc) {
			if (fresh.count <= RANGE_KEYS)
				x->l->ranges[x->l->range_next++ % RANGE_SLOTS] = fresh;
			return 1;
		}
		if (fresh.count < RANGE_KEYS)
			fresh.keys[fresh.count] = k;
		fresh.count++;
		if (rc == 1)
			rc = add_part(x, &k);
	}
	return rc;
}

/* Is there one way only to go on from a day, and does a flash stand for all who sent one? */
static bool plain(const struct fast *x)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct part *p = &x->parts[i];

		if (p->day && p->counts[AGG_SHEETS] != p->counts[AGG_SIGNED])
			return false;
		for (size_t k = 0; k < x->count; k++) {
			const struct part *o = &x->parts[k];

			if (k == i || o->day)
				continue;
			if (p->day ? o->period.to >= p->period.from
				   : o->form == p->form && o->period.from == p->period.from)
				return false;
		}
	}
	return true;
}

/* ---- who reported ---- */

static size_t part_from(const struct fast *x, day_t from, uint8_t form)
{
	size_t i = 0;

	while (i < x->count && (x->parts[i].period.from != from || x->parts[i].period.to < from ||
				!x->parts[i].counts[AGG_SIGNED] ||
				!duty_answers(x->l, x->parts[i].form, x->parts[i].day, form)))
		i++;
	return i;
}

/* The parts in which a unit of this duty must have signed. False: one is lacking in the whole node. */
static bool needs(const struct fast *x, const struct duty *d, bool *need)
{
	for (size_t i = 0; i < d->count; i++) {
		day_t next = d->days[i].from;

		while (next <= d->days[i].to) {
			size_t at = part_from(x, next, d->form[i]);

			if (at == x->count)
				return false;
			need[at] = true;
			next = x->parts[at].period.to + 1;
		}
	}
	return true;
}

static bool unit_needs(const struct fast *x, size_t unit, size_t part)
{
	uint8_t g = x->duty->units[unit].group;

	return g != DUTY_NO_GROUP && x->possible[g] && x->need[g][part];
}

/* How many signed who need not have: an interval that a later plan took away, say. */
static int count_strangers(struct fast *x, size_t part, uint64_t *signed_)
{
	const struct part *p = &x->parts[part];

	for (size_t i = 0; i < x->duty->count; i++) {
		struct sheet sheet;
		int rc;

		if (unit_needs(x, i, part))
			continue;
		rc = sheet_get(x->l, x->duty->units[i].unit, p->form, p->period, &sheet, x->e);
		if (rc && rc != -ERR_NOTFOUND)
			return rc;
		*signed_ += !rc && sheet_counts(&sheet);
	}
	return 0;
}

/* Have all who need it signed this part? By numbers, where those count nobody else. */
static int complete(struct fast *x, size_t part, bool *yes)
{
	const struct part *p = &x->parts[part];
	uint64_t due = 0, strangers = 0;
	int rc = 0;

	for (size_t g = 0; g < x->duty->group_count; g++)
		due += x->possible[g] && x->need[g][part] ? x->duty->groups[g].units : 0;
	*yes = !due;
	/* a flash may come from whoever was asked for one, plan or not */
	if (!due || p->day || x->duty->count - due > STRANGERS_MAX || p->counts[AGG_SIGNED] < due)
		return 0;
	if (x->duty->count > due)
		rc = count_strangers(x, part, &strangers);
	*yes = p->counts[AGG_SIGNED] - strangers == due;
	return rc;
}

/* Mark who has no sheet in the part, or with `look` one that is not signed; units and keys both ascend. */
static int walk_part(struct fast *x, size_t part, bool look, uint64_t *found)
{
	const struct part *p = &x->parts[part];
	const struct duty_slot *d = x->duty;
	struct key prefix = key_sheet(p->period, p->form, 0);
	struct key from = key_sheet(p->period, p->form, d->units[0].unit);
	struct span key, value;
	struct kv_cursor *c = NULL;
	size_t at = 0;
	int rc;

	prefix.len -= 4; /* without the unit */
	rc = kv_walk(&c, x->l->txn, T_SHEET, key_span(&prefix), key_span(&from), false, x->e);
	while (!rc && at < d->count && (rc = kv_next(c, &key, &value, x->e)) == 1) {
		uint32_t unit = key_read_u32(key, 9);
		struct sheet sheet;
		struct rd r;

		rc = 0;
		for (; at < d->count && d->units[at].unit < unit; at++)
			x->missing[at] |= unit_needs(x, at, part);
		if (at == d->count || d->units[at].unit != unit)
			continue;
		++*found;
		if (look)
			rc = row_open(&r, T_SHEET, value, x->e);
		if (look && !rc)
			rc = sheet_decode(&sheet, rd_bytes(&r, rd_left(&r)), x->e);
		x->missing[at] |= look && !rc && !sheet_counts(&sheet) && unit_needs(x, at, part);
		at++;
	}
	kv_walk_end(c);
	for (; !rc && at < d->count; at++)
		x->missing[at] |= unit_needs(x, at, part);
	return rc;
}

static int mark_missing(struct fast *x, size_t part)
{
	const struct part *p = &x->parts[part];
	uint64_t found = 0;
	int rc;

	if (!x->missing)
		x->missing = calloc(x->duty->count + 1, sizeof(*x->missing));
	if (!x->missing)
		return err_set(x->e, ERR_NOMEM, "no memory for totals");
	rc = walk_part(x, part, p->day, &found);
	/* as many sheets as signatures: all are signed, and none of them was opened */
	if (!rc && !p->day && found != p->counts[AGG_SIGNED])
		rc = walk_part(x, part, true, &found);
	return rc;
}

static int count_reported(struct fast *x, uint64_t *reported)
{
	int rc = 0;

	for (size_t g = 0; g < x->duty->group_count; g++) {
		memset(x->need[g], 0, x->count * sizeof(x->need[g][0]));
		x->possible[g] = needs(x, &x->duty->groups[g].duty, x->need[g]);
	}
	for (size_t i = 0; i < x->count && !rc; i++) {
		bool yes;

		rc = complete(x, i, &yes);
		if (!rc && !yes)
			rc = mark_missing(x, i);
	}
	for (size_t g = 0; g < x->duty->group_count && !x->missing; g++)
		*reported += x->possible[g] ? x->duty->groups[g].units : 0;
	for (size_t i = 0; i < x->duty->count && x->missing; i++) {
		uint8_t g = x->duty->units[i].group;

		*reported += g != DUTY_NO_GROUP && x->possible[g] && !x->missing[i];
	}
	free(x->missing);
	return rc;
}

static int fill_counts(struct fast *x, struct totals *out)
{
	uint64_t reported = 0;
	int rc = count_reported(x, &reported);

	if (rc)
		return rc;
	memcpy(out->units, x->duty->kinds, sizeof(out->units));
	out->reporting.expected += x->duty->expected;
	out->reporting.reported += reported;
	out->sheets.expected += x->duty->sheets_due;
	for (size_t i = 0; i < x->count; i++) {
		const uint64_t *n = x->parts[i].counts;

		out->sheets.signed_ += n[AGG_SIGNED];
		out->sheets.accepted += n[AGG_ACCEPTED];
		out->sheets.nil += n[AGG_NIL];
		out->sheets.on_behalf += n[AGG_ON_BEHALF];
		out->sheets.changed += n[AGG_CHANGED];
		out->sheets.broken += n[AGG_BROKEN];
		out->reporting.contested += n[AGG_CONTESTED];
	}
	return 1;
}

/* A reader's tip may lag behind the store it reads: then the rows say more than was known. */
static int at_tip(struct ledger *l, struct err *e)
{
	struct rd r;
	int rc;

	if (!l->tip_read) {
		rc = row_get(l, T_META, key_text(SPAN_LIT("tip")), &r, e);
		if (rc)
			return rc;
		l->tip_read = rd_varint(&r);
	}
	return l->tip_read == l->info.lsn;
}

int totals_fast(struct ledger *l, const struct query *q, struct period range, uint64_t known,
		struct totals *out, struct measure_total *sums, struct err *e)
{
	struct fast x;
	int rc;

	memset(&x, 0, offsetof(struct fast, parts));
	x.l = l;
	x.q = q;
	x.range = range;
	x.sums = sums;
	x.e = e;

	if (l->scan_only || l->in_batch || l->scope || known < l->info.lsn ||
	    q->tree != TREE_AS_WAS || q->basis != BASIS_SIGNED)
		return 0;
	rc = at_tip(l, e);
	if (rc == 1 && out) {
		rc = duty_get(&x.duty, l, q, range, e);
		if (!rc)
			rc = x.duty->usable;
	}
	if (rc == 1)
		rc = add_parts(&x);
	if (rc == 1)
		rc = plain(&x);
	return rc == 1 && out ? fill_counts(&x, out) : rc;
}
