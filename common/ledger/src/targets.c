/* Targets in force, and what has been attained of them. */
#include "internal.h"

#include <stdlib.h>

#include "ledger/acts.h"

#include "base/num.h"

static bool keep_text(struct span *text, struct arena *a)
{
	size_t len = text->len;

	*text = arena_copy(a, *text);
	return text->len == len;
}

/* Copy what an arena that is about to be reset lends. */
static bool keep_target(struct op_target *t, struct arena *a)
{
	struct span *texts[] = { &t->measure, &t->group, &t->doc_no, &t->issuer, &t->supersedes };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		if (!keep_text(texts[i], a))
			return false;
	return true;
}

/* A rate without a stated base takes the members on its base date, or on the day before its period. */
static int fill_goal(struct ledger *l, struct target_line *line, uint64_t known, struct err *e)
{
	struct err none = { 0 };
	day_t day = line->target.base_date ? line->target.base_date : line->target.period.from - 1;
	day_t on;
	int rc;

	if (line->target.type == TARGET_RATE && !line->target.has_base) {
		rc = query_members(l, line->unit, day, known, &line->target.base_value, &on, e);
		if (rc == -ERR_NOTFOUND)
			return 0;
		if (rc)
			return rc;
		line->target.has_base = true;
		line->target.base_date = on;
	}
	rc = target_goal(&line->goal, &line->target, &none);
	line->has_goal = !rc;
	return rc == -ERR_RANGE ? err_set(e, ERR_RANGE, "%s", none.msg) : 0;
}

/* A part of it went to another unit: a number of people, whatever it was before. */
static void hand_over(struct op_target *t, const struct target_row *row)
{
	if (t->type == TARGET_RANGE || t->type == TARGET_RATE)
		t->type = TARGET_MINIMUM;
	t->value = row->value;
	t->value_max = 0;
}

int target_load(struct ledger *l, uint64_t lsn, const struct target_row *row, struct op_target *out,
		struct arena *a, struct err *e)
{
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	struct span bytes;
	struct entry en;
	struct op op;
	int rc = scratch ? log_get(l, lsn, &bytes, e) : err_set(e, ERR_NOMEM, "no memory");

	if (!rc)
		rc = entry_decode(&en, bytes, scratch, e);
	if (!rc)
		rc = body_of(OP_TARGET, &op, &en, scratch, e);
	if (!rc) {
		*out = op.target;
		rc = keep_target(out, a) ? 0 : err_set(e, ERR_NOMEM, "no memory");
	}
	if (!rc && row->act_lsn)
		hand_over(out, row);
	arena_free(scratch);
	return rc;
}

static int act_day(struct ledger *l, uint64_t lsn, day_t *day, struct err *e)
{
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	struct span bytes;
	struct entry en;
	struct op op;
	int rc = scratch ? log_get(l, lsn, &bytes, e) : err_set(e, ERR_NOMEM, "no memory");

	if (!rc)
		rc = entry_decode(&en, bytes, scratch, e);
	if (!rc)
		rc = body_of(OP_ACT, &op, &en, scratch, e);
	*day = rc ? 0 : op.act.effective;
	arena_free(scratch);
	return rc;
}

enum { TARGETS_MAX = 256 };

/* Into an array of TARGETS_MAX, texts in `a`. */
static int gather_targets(struct target_line *lines, size_t *count, struct ledger *l, uint32_t unit,
			  struct period period, uint64_t known_at, struct arena *a, struct err *e)
{
	struct key prefix = key_u32(unit);
	struct kv_cursor *c = NULL;
	struct span key, value, none = { NULL, 0 };
	int rc = read_enter(l, e);

	*count = 0;
	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_TARGET, key_span(&prefix), none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		uint64_t lsn = key_read_u64(key, 4);
		struct target_row row;
		struct rd r;

		rc = row_open(&r, T_TARGET, value, e);
		if (!rc)
			rc = target_read(&r, &row, e);
		if (rc || lsn > known_at || row.act_lsn > known_at ||
		    (row.superseded_lsn && row.superseded_lsn <= known_at))
			continue;
		lines[*count] = (struct target_line){ .unit = unit, .lsn = lsn };
		rc = target_load(l, lsn, &row, &lines[*count].target, a, e);
		if (rc == -ERR_NOTFOUND && l->scope && row.act_lsn) {
			rc = 0; /* the entry is another unit's: only the server has it */
			continue;
		}
		if (!rc && row.act_lsn)
			rc = act_day(l, row.act_lsn, &lines[*count].handed_from, e);
		if (!rc && period_meet(lines[*count].target.period, period)) {
			rc = fill_goal(l, &lines[*count], known_at, e);
			++*count;
		}
		if (!rc && *count == TARGETS_MAX)
			rc = err_set(e, ERR_FULL, "more than %d targets on one unit", TARGETS_MAX);
	}
	kv_walk_end(c);
	read_leave(l);
	return rc;
}

int query_targets(const struct target_line **out, size_t *count, struct ledger *l, uint32_t unit,
		  struct period period, uint64_t known_at, struct arena *a, struct err *e)
{
	struct target_line *room = malloc(TARGETS_MAX * sizeof(*room)), *lines = NULL;
	int rc = room ? gather_targets(room, count, l, unit, period, known_at, a, e)
		      : err_set(e, ERR_NOMEM, "no memory for targets");

	if (!room)
		*count = 0;
	if (!rc)
		lines = arena_array(a, *count + 1, sizeof(*lines));
	if (!rc && !lines)
		rc = err_set(e, ERR_NOMEM, "no memory for targets");
	if (!rc && *count)
		memcpy(lines, room, *count * sizeof(*lines));
	free(room);
	*out = lines;
	return rc;
}

/* The days to which a target's number belongs, seen from a range: its period, or that year of it. */
static struct period target_span(const struct op_target *t, struct period range)
{
	struct period p = t->period;
	struct ymd d = day_to_ymd(range.to);

	if (t->per_year) {
		struct period year;

		if (day_from_ymd(&year.from, d.year, 1, 1) &&
		    day_from_ymd(&year.to, d.year, 12, 31)) {
			p.from = year.from > p.from ? year.from : p.from;
			p.to = year.to < p.to ? year.to : p.to;
		}
	}
	return p;
}

bool target_covers(const struct op_target *t, struct period range)
{
	return period_inside(range, target_span(t, range));
}

static bool same_thing(const struct op_target *a, const struct op_target *b, struct period range)
{
	struct period pa = target_span(a, range), pb = target_span(b, range);

	return span_eq(a->measure, b->measure) && span_eq(a->group, b->group) &&
	       pa.from == pb.from && pa.to == pb.to;
}

/* Goals of the direct children for what `like` counts: each child's newest target. */
static int sum_below(struct totals *out, struct ledger *l, const struct op_target *like,
		     struct arena *a, struct err *e)
{
	struct period range = out->asked.period;
	const struct unit **children;
	size_t count;
	int rc = tree_children(l->tree, out->asked.unit, range.to, out->known_lsn, &children,
			       &count, e);

	for (size_t i = 0; i < count && !rc; i++) {
		const struct target_line *lines = NULL, *newest = NULL;
		size_t line_count = 0;

		rc = query_targets(&lines, &line_count, l, children[i]->unit, range, out->known_lsn,
				   a, e);
		for (size_t k = 0; k < line_count && !rc; k++)
			if (lines[k].has_goal && same_thing(&lines[k].target, like, range) &&
			    lines[k].target.instrument == like->instrument)
				newest = &lines[k];
		if (rc || !newest)
			continue;
		out->has_sum_below = true;
		if (!num_add(&out->sum_below, out->sum_below, newest->goal))
			rc = err_set(e, ERR_RANGE, "the sum of targets below is too large");
	}
	return rc;
}

/* From which day on the unit's territory is the one that it was given for: the day of the document, within the
 * period; where an act gave it, the day of that. */
static day_t given_on(const struct target_line *t, struct period range)
{
	struct period span = target_span(&t->target, range);
	day_t day = span.from;

	if (t->target.doc_date > day)
		day = t->target.doc_date;
	if (t->handed_from > day)
		day = t->handed_from;
	return day < range.to ? day : range.to;
}

int fill_targets(struct totals *out, struct ledger *l, const struct measure_total *sums,
		 struct arena *a, struct err *e)
{
	const struct target_line *found;
	struct target_line *lines;
	int rc = query_targets(&found, &out->target_count, l, out->asked.unit, out->asked.period,
			       out->known_lsn, a, e);

	if (rc || !out->target_count)
		return rc;
	lines = arena_array(a, out->target_count, sizeof(*lines));
	if (!lines)
		return err_set(e, ERR_NOMEM, "no memory for targets");
	memcpy(lines, found, out->target_count * sizeof(*lines));
	out->targets = lines;
	for (size_t i = 0; i < out->target_count && !rc; i++) {
		struct target_line *t = &lines[i];
		struct span code = t->target.group.len ? t->target.group : t->target.measure;
		uint16_t no = ledger_measure(l, code);

		for (size_t k = 0; k < i; k++)
			out->instruments_differ |=
				t->has_goal && lines[k].has_goal && t->goal != lines[k].goal &&
				same_thing(&t->target, &lines[k].target, out->asked.period);
		t->has_attained = target_covers(&t->target, out->asked.period) && no &&
				  sums[no].count;
		if (!t->has_attained)
			continue;
		t->attained = sums[no].sum;
		rc = query_comparable(&t->comparable, l, t->unit, out->asked.period,
				      given_on(t, out->asked.period), no, out->known_lsn, e);
		if (rc)
			break;
		if (t->has_goal)
			rc = target_excess(&t->excess, t->attained, t->goal, e);
	}
	return rc ? rc : sum_below(out, l, &lines[0].target, a, e);
}
