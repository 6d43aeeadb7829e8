/* The answer about a unit and some days, put together: sums and counts (scan.c, or totals_fast.c where they lie
 * ready), the year before, members, targets, questions. */
#include "internal.h"

#include "base/num.h"

#include <stdlib.h>

/* ---- members ---- */

static int members_row(struct ledger *l, uint32_t unit, day_t day, uint64_t known, int64_t *members,
		       day_t *on, struct err *e)
{
	struct key prefix = key_u32(unit), from = key_members(unit, day);
	struct kv_cursor *c = NULL;
	struct span key, value;
	bool found = false;
	int rc = kv_walk(&c, l->txn, T_MEMBERS, key_span(&prefix), key_span(&from), true, e);

	while (!rc && !found && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct rd r;

		rc = row_open(&r, T_MEMBERS, value, e);
		*members = rd_zigzag(&r);
		*on = key_read_day(key, 4);
		if (!rc && rd_varint(&r) > known) { /* corrected since: what was there before? */
			rc = members_at(l, unit, *on, known, members, e);
			found = !rc;
			rc = rc == -ERR_NOTFOUND ? 0 : rc;
		} else {
			found = !rc;
		}
	}
	kv_walk_end(c);
	return rc < 0 ? rc : found ? 0 : -ERR_NOTFOUND;
}

static int members_told(const struct totals *out, struct err *e)
{
	return out->members_from ? 0 : err_set(e, ERR_NOMEM, "no memory for totals");
}

/* A unit that was made by a merger opens with the members of those it was made of. */
static int members_of_predecessors(struct totals *out, struct ledger *l, struct arena *a,
				   struct err *e)
{
	uint32_t units[64];
	size_t count = tree_predecessors(l->tree, out->asked.unit, out->asked.period.to,
					 out->known_lsn, units, ARRAY_LEN(units));
	int64_t sum = 0, members;
	day_t on, oldest = out->asked.period.to;

	if (!count || count > ARRAY_LEN(units))
		return 0;
	for (size_t i = 0; i < count; i++) {
		const struct unit *u = tree_get(l->tree, units[i]);
		int rc;

		if (u->links[u->link_count - 1].into != out->asked.unit)
			continue; /* counted with the one that it went over into first */
		rc = members_row(l, units[i], out->asked.period.to, out->known_lsn, &members, &on,
				 e);

		if (rc == -ERR_NOTFOUND)
			return 0; /* a part would pass for the whole */
		if (rc)
			return rc;
		if (!num_add(&sum, sum, members))
			return err_set(e, ERR_RANGE, "the sum of predecessors is too large");
		oldest = on < oldest ? on : oldest;
	}
	out->has_members = true;
	out->members = sum;
	out->members_on = oldest;
	out->members_from = a ? arena_printf(a, "predecessors") : "predecessors";
	return members_told(out, e);
}

int fill_members(struct totals *out, struct ledger *l, const struct measure_total *end,
		 struct arena *a, struct err *e)
{
	char iso[DAY_TEXT_MAX];
	day_t on = 0;
	int rc;

	if (end && end->count && end->count == out->reporting.expected) {
		out->has_members = true;
		out->members = end->sum;
		out->members_on = out->asked.period.to;
		out->members_from = a ? arena_printf(a, "sheets %s",
						     day_iso(iso, out->asked.period.to))
				      : "sheets ";
		return members_told(out, e);
	}
	rc = members_row(l, out->asked.unit, out->asked.period.to, out->known_lsn, &out->members,
			 &on, e);
	if (rc == -ERR_NOTFOUND)
		return members_of_predecessors(out, l, a, e);
	if (!rc) {
		out->has_members = true;
		out->members_on = on;
		out->members_from = a ? arena_printf(a, "members %s", day_iso(iso, on))
				      : "members ";
		return members_told(out, e);
	}
	return rc;
}

int query_members(struct ledger *l, uint32_t unit, day_t day, uint64_t known, int64_t *members,
		  day_t *on, struct err *e)
{
	return members_row(l, unit, day, known, members, on, e);
}

/* ---- the whole answer ---- */

static int list_measures(struct totals *out, struct ledger *l, const struct measure_total *now,
			 const struct measure_total *before, struct arena *a, struct err *e)
{
	const uint16_t *numbers = measures_added(&out->measure_count, l, a);
	struct measure_total *list = arena_array(a, out->measure_count + 1, sizeof(*list)),
			     *list_before = arena_array(a, out->measure_count + 1, sizeof(*list));

	if (!numbers || !list || !list_before)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	for (size_t i = 0; i < out->measure_count; i++) {
		list[i] = now[numbers[i]];
		list_before[i] = before[numbers[i]];
		list[i].measure = list_before[i].measure = numbers[i];
	}
	out->measures = list;
	out->prev_year = list_before;
	return 0;
}

static int count_kinds(struct totals *out, struct ledger *l, struct err *e)
{
	day_t day = out->asked.tree == TREE_AS_IS ? out->asked.tree_day : out->asked.period.to;
	uint32_t *below = NULL;
	size_t count = 0;
	bool filled = false;
	int rc = 0;

	for (size_t i = 0; i < UNIT_KINDS; i++)
		filled |= out->units[i] > 0; /* by totals_fast, with who has to report */
	if (!filled)
		rc = tree_subtree(l->tree, out->asked.unit, &below, &count, e);
	for (size_t i = 0; i < count; i++) {
		const struct unit *u = tree_get(l->tree, below[i]);

		if (u->created_lsn <= out->known_lsn && unit_alive_at(u, day, out->known_lsn) &&
		    tree_inside(l->tree, u->unit, out->asked.unit, day, out->known_lsn))
			out->units[unit_kind_at(u, day, out->known_lsn)]++;
	}
	free(below);
	return rc;
}

static int totals_inside(struct totals *out, struct ledger *l, struct arena *a, struct err *e)
{
	struct measure_total *now, *before;
	uint16_t end = ledger_measure(l, SPAN_LIT("members_end"));
	int rc;

	rc = totals_scan(l, &out->asked, out->asked.period, out->known_lsn, out, &now, a, e);
	if (!rc)
		rc = totals_year_before(out, l, &before, a, e);
	if (!rc)
		rc = list_measures(out, l, now, before, a, e);
	if (rc)
		return rc;
	out->sheets.missing = out->sheets.expected > out->sheets.signed_
				      ? out->sheets.expected - out->sheets.signed_
				      : 0;
	out->covered = out->reporting.expected &&
		       out->reporting.reported == out->reporting.expected;
	rc = count_kinds(out, l, e);
	if (!rc)
		rc = fill_late(out, l, a, e);
	if (!rc)
		rc = fill_members(out, l, end ? &now[end] : NULL, a, e);
	if (!rc)
		rc = fill_questions(out, l, now, a, e);
	return rc ? rc : fill_targets(out, l, now, a, e);
}

/* The newest of the first closings of what the unit's forms ask for in these days. */
static int last_closing(struct ledger *l, const struct query *q, uint64_t *known, struct err *e)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < l->form_count; i++) {
		struct periods_walk w = { .form = l->forms[i].form,
					  .within = q->period,
					  .next = q->period.from };
		struct period p;
		int rc = calendar_get(l, l->forms[i].no, &w.calendar, e);

		while (!rc && w.form->period != FORM_DAY && periods_next(&w, &p)) {
			struct closed closed;

			rc = closed_get(l, q->unit, l->forms[i].no, p, *known, 0, &closed, e);
			newest = closed.lsn > newest ? closed.lsn : newest;
		}
		if (rc)
			return rc;
	}
	*known = newest;
	return newest ? 0 : err_set(e, ERR_NOTFOUND, "nothing of these days is closed");
}

int known_time(struct ledger *l, uint64_t lsn, int64_t *ms, struct arena *a, struct err *e)
{
	struct span bytes;
	struct entry en;
	int rc = 0;

	if (lsn && lsn == l->info.lsn && !l->scope) { /* a part may be without its last one */
		*ms = l->info.time_ms;
		return 0;
	}
	rc = lsn ? log_get(l, lsn, &bytes, e) : -ERR_NOTFOUND;
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	rc = entry_decode(&en, bytes, a, e);
	if (!rc)
		*ms = en.time_ms;
	return rc;
}

int query_known(uint64_t *known, struct ledger *l, const struct query *q, struct err *e)
{
	*known = q->known_at == UINT64_MAX ? l->info.lsn : q->known_at;
	if (*known > l->info.lsn)
		return err_set(e, ERR_RANGE, "entry %llu is asked for, the log ends at %llu",
			       (unsigned long long)*known, (unsigned long long)l->info.lsn);
	return q->basis == BASIS_CLOSED ? last_closing(l, q, known, e) : 0;
}

int query_totals(struct totals *out, struct ledger *l, const struct query *q, struct arena *a,
		 struct err *e)
{
	const struct unit *u = tree_get(l->tree, q->unit);
	int rc;

	memset(out, 0, sizeof(*out));
	out->asked = *q;
	if (!u)
		return err_set(e, ERR_NOTFOUND, "there is no unit number %u", q->unit);
	if (q->period.from > q->period.to)
		return err_set(e, ERR_RANGE, "the range ends before it begins");
	rc = read_enter(l, e);
	if (rc)
		return rc;
	rc = query_known(&out->known_lsn, l, q, e);
	if (!rc)
		rc = known_time(l, out->known_lsn, &out->known_time_ms, a, e);
	if (!rc)
		rc = totals_inside(out, l, a, e);
	read_leave(l);
	return rc;
}

int query_sum(struct ledger *l, uint32_t unit, struct period p, uint16_t measure, uint64_t known,
	      struct measure_total *sum, bool *covered, struct arena *a, struct err *e)
{
	struct query q = { .unit = unit, .period = p, .known_at = known };
	struct measure_total *sums;
	struct totals *t = arena_alloc(a, sizeof(*t));
	int rc = t ? totals_scan(l, &q, p, known, t, &sums, a, e)
		   : err_set(e, ERR_NOMEM, "no memory");

	if (rc)
		return rc;
	*sum = sums[measure];
	*covered = t->reporting.expected && t->reporting.reported == t->reporting.expected;
	return 0;
}
