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

int target_fill_goal(struct ledger *l, struct target_line *line, uint64_t known, struct err *e)
{
	struct err none = { 0 };
	day_t day = line->target.base_date ? line->target.base_date : line->target.period.from - 1;
	day_t on;
	int rc;

	if (target_is_rate(&line->target) && !line->target.has_base) {
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

/* A part of it went to another unit: a number of people, whatever it was before. What was not to be exceeded still is not. */
static void hand_over(struct op_target *t, const struct target_row *row)
{
	if (target_is_limit(t))
		t->type = TARGET_MAXIMUM;
	else if (t->type == TARGET_RANGE || target_is_rate(t))
		t->type = TARGET_MINIMUM;
	t->value = row->value;
	t->value_max = 0;
}

/* As its document gave it, to *unit. */
static int load_given(struct ledger *l, uint64_t lsn, struct op_target *out, uint32_t *unit,
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
		*unit = op.unit;
		rc = keep_target(out, a) ? 0 : err_set(e, ERR_NOMEM, "no memory");
	}
	arena_free(scratch);
	return rc;
}

int target_load(struct ledger *l, uint64_t lsn, const struct target_row *row, struct op_target *out,
		struct arena *a, struct err *e)
{
	uint32_t given_to;
	int rc = load_given(l, lsn, out, &given_to, a, e);

	if (!rc && row->act_lsn)
		hand_over(out, row);
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

/* Which targets of a unit are gathered: those in force, and earlier versions of a document that is named. */
struct gathering {
	struct ledger *l;
	uint32_t unit;
	struct period period;
	uint64_t known_at;
	enum target_instrument of;
	struct span of_doc;
	bool numbers; /* as numbers to reach: what acts brought together under one document is one */
	struct arena *a;
	struct target_line *lines; /* room for TARGETS_MAX; texts in `a` */
	size_t count;
};

static bool is_asked(const struct gathering *g, const struct target_line *line)
{
	const struct op_target *t = &line->target;

	return period_meet(t->period, g->period) &&
	       (!line->superseded_by ||
		((g->of == INSTR_NONE || t->instrument == g->of) && span_eq(t->doc_no, g->of_doc)));
}

static int gather_one(struct gathering *g, uint64_t lsn, const struct target_row *row,
		      struct err *e)
{
	struct target_line *line = &g->lines[g->count];
	int rc;

	*line = (struct target_line){ .unit = g->unit, .lsn = lsn };
	if (row->superseded_lsn && row->superseded_lsn <= g->known_at)
		line->superseded_by = row->superseded_lsn;
	if (lsn > g->known_at || row->act_lsn > g->known_at ||
	    (line->superseded_by && !g->of_doc.len))
		return 0;
	rc = load_given(g->l, lsn, &line->target, &line->given_to, g->a, e);
	if (rc == -ERR_NOTFOUND && g->l->scope && row->act_lsn)
		return 0; /* the entry is another unit's: only the server has it */
	line->by_rate = target_is_rate(&line->target);
	if (!rc && row->act_lsn) {
		hand_over(&line->target, row);
		line->handed_by = row->act_lsn;
		rc = act_day(g->l, row->act_lsn, &line->handed_from, e);
	}
	if (rc || !is_asked(g, line))
		return rc;
	rc = target_fill_goal(g->l, line, g->known_at, e);
	if (!rc && ++g->count == TARGETS_MAX)
		rc = err_set(e, ERR_FULL, "more than %d targets on one unit", TARGETS_MAX);
	return rc;
}

static bool same_document(const struct op_target *a, const struct op_target *b)
{
	return a->instrument == b->instrument && span_eq(a->doc_no, b->doc_no) &&
	       (a->doc_no.len || span_eq(a->issuer, b->issuer)) && target_same_sort(a, b) &&
	       target_same_subject(a, b);
}

/* Is there a later version of the same, or one in force? The walk was by entry. */
static bool has_newer(const struct gathering *g, const struct target_line *line)
{
	for (const struct target_line *other = g->lines; other < g->lines + g->count; other++)
		if (same_document(&line->target, &other->target) &&
		    (other > line || !other->superseded_by))
			return true;
	return false;
}

/* Of one document's versions for one thing the one in force, else the newest. */
static void keep_newest(struct gathering *g)
{
	size_t count = 0;

	for (const struct target_line *line = g->lines; line < g->lines + g->count; line++)
		if (!line->superseded_by || !has_newer(g, line))
			g->lines[count++] = *line;
	g->count = count;
}

bool target_amends(const struct op_target *t, const struct op_target *earlier)
{
	return t->supersedes.len && span_eq(earlier->doc_no, t->supersedes) &&
	       span_eq(earlier->measure, t->measure) && span_eq(earlier->group, t->group) &&
	       period_inside(earlier->period, t->period);
}

/* What the unit was given after the act amends all that it has by that document, what the act brought it too: of that the entry is
 * another unit's, and its row says nothing. */
static int amend_one(struct gathering *g, uint64_t lsn, const struct target_row *row, struct err *e)
{
	struct op_target t;
	uint32_t given_to;
	int rc;

	if (row->act_lsn || lsn > g->known_at)
		return 0;
	rc = load_given(g->l, lsn, &t, &given_to, g->a, e);
	for (size_t i = 0; i < g->count && !rc; i++) {
		struct target_line *line = &g->lines[i];

		if (line->handed_by && line->handed_by < lsn && !line->superseded_by &&
		    target_amends(&t, &line->target))
			line->superseded_by = lsn;
	}
	return rc;
}

static void leave_out_amended(struct gathering *g)
{
	size_t count = 0;

	for (size_t i = 0; i < g->count; i++)
		if (is_asked(g, &g->lines[i]))
			g->lines[count++] = g->lines[i];
	g->count = count;
}

static int each_row(struct gathering *g,
		    int (*each)(struct gathering *g, uint64_t lsn, const struct target_row *row,
				struct err *e),
		    struct err *e)
{
	struct key prefix = key_u32(g->unit);
	struct kv_cursor *c = NULL;
	struct span key, value, none = { NULL, 0 };
	int rc = kv_walk(&c, g->l->txn, T_TARGET, key_span(&prefix), none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct target_row row;
		struct rd r;

		rc = row_open(&r, T_TARGET, value, e);
		if (!rc)
			rc = target_read(&r, &row, e);
		if (!rc)
			rc = each(g, key_read_u64(key, 4), &row, e);
	}
	kv_walk_end(c);
	return rc;
}

static int gather_targets(struct gathering *g, struct err *e)
{
	bool handed = false;
	int rc = read_enter(g->l, e);

	if (rc)
		return rc;
	rc = each_row(g, gather_one, e);
	for (size_t i = 0; i < g->count; i++)
		handed |= g->lines[i].handed_by > 0;
	if (!rc && handed)
		rc = each_row(g, amend_one, e);
	read_leave(g->l);
	leave_out_amended(g);
	keep_newest(g);
	return rc;
}

/* Of what one document gives for one thing: numbers to reach, or numbers not to be exceeded. */
static bool same_matter(const struct target_line *a, const struct target_line *b)
{
	const struct op_target *x = &a->target, *y = &b->target;

	return a->has_goal && b->has_goal && !a->superseded_by && !b->superseded_by &&
	       x->instrument == y->instrument && span_eq(x->doc_no, y->doc_no) &&
	       (x->doc_no.len || span_eq(x->issuer, y->issuer)) &&
	       target_is_limit(x) == target_is_limit(y) && target_same_subject(x, y);
}

/* Its document gives the unit that it was given to a number and a rate for the same: only its like is added to it. */
static void find_beside(struct gathering *g)
{
	for (struct target_line *a = g->lines; a < g->lines + g->count; a++)
		for (const struct target_line *b = g->lines; b < g->lines + g->count; b++)
			a->beside |= a->given_to == b->given_to && a->by_rate != b->by_rate &&
				     same_matter(a, b);
}

/* Of what one document gave several units: all that came together in this one, its own with it, is one number. */
static bool same_number(const struct target_line *a, const struct target_line *b, bool alike)
{
	return (a->handed_from || b->handed_from) && same_matter(a, b) &&
	       (a->by_rate == b->by_rate || (!alike && !a->beside && !b->beside));
}

static int add_number(struct target_line *to, const struct target_line *more, struct err *e)
{
	struct op_target *t = &to->target;

	if (!num_add(&to->goal, to->goal, more->goal))
		return err_set(e, ERR_RANGE, "the sum of targets is too large");
	if (target_is_limit(t))
		t->type = TARGET_MAXIMUM;
	else if (t->type != TARGET_EXACT || more->target.type != TARGET_EXACT)
		t->type = TARGET_MINIMUM;
	t->value = to->goal;
	t->value_max = t->rate_digits = t->base_value = 0;
	t->rate_decimals = 0;
	t->has_base = false;
	t->base_date = 0;
	if (more->handed_from > to->handed_from)
		to->handed_from = more->handed_from;
	return 0;
}

/* Where it goes: its like before another sort of the same document. */
static size_t place_of_number(const struct gathering *g, size_t count, size_t i)
{
	size_t k = 0;

	while (k < count && !same_number(&g->lines[k], &g->lines[i], true))
		k++;
	if (k < count)
		return k;
	for (k = 0; k < count && !same_number(&g->lines[k], &g->lines[i], false);)
		k++;
	return k;
}

static int add_up_numbers(struct gathering *g, struct err *e)
{
	size_t count = 0;
	int rc = 0;

	find_beside(g);
	for (size_t i = 0; i < g->count && !rc; i++) {
		size_t k = place_of_number(g, count, i);

		if (k < count)
			rc = add_number(&g->lines[k], &g->lines[i], e);
		else
			g->lines[count++] = g->lines[i];
	}
	g->count = rc ? 0 : count;
	return rc;
}

static int gather(struct gathering *g, const struct target_line **out, size_t *count, struct err *e)
{
	struct target_line *lines = NULL;
	int rc;

	g->lines = malloc(TARGETS_MAX * sizeof(*g->lines));
	rc = g->lines ? gather_targets(g, e) : err_set(e, ERR_NOMEM, "no memory for targets");
	if (!rc && g->numbers)
		rc = add_up_numbers(g, e);
	if (!rc)
		lines = arena_array(g->a, g->count + 1, sizeof(*lines));
	if (!rc && !lines)
		rc = err_set(e, ERR_NOMEM, "no memory for targets");
	if (!rc && g->count)
		memcpy(lines, g->lines, g->count * sizeof(*lines));
	free(g->lines);
	*out = lines;
	*count = g->count;
	return rc;
}

int query_targets(const struct target_line **out, size_t *count, struct ledger *l, uint32_t unit,
		  struct period period, uint64_t known_at, struct arena *a, struct err *e)
{
	struct gathering g = {
		.l = l, .unit = unit, .period = period, .known_at = known_at, .a = a
	};

	return gather(&g, out, count, e);
}

int query_targets_of(const struct target_line **out, size_t *count, struct ledger *l, uint32_t unit,
		     struct period period, uint64_t known_at, enum target_instrument of,
		     struct span of_doc, struct arena *a, struct err *e)
{
	struct gathering g = { .l = l,
			       .unit = unit,
			       .period = period,
			       .known_at = known_at,
			       .of = of,
			       .of_doc = of_doc,
			       .numbers = true,
			       .a = a };

	return gather(&g, out, count, e);
}

int query_goals(const struct target_line **out, size_t *count, struct ledger *l, uint32_t unit,
		struct period period, uint64_t known_at, struct arena *a, struct err *e)
{
	struct span none = { NULL, 0 };

	return query_targets_of(out, count, l, unit, period, known_at, INSTR_NONE, none, a, e);
}

struct period target_days(const struct op_target *t, day_t on)
{
	struct period p = t->period;
	struct ymd d = day_to_ymd(on);

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
	return period_inside(range, target_days(t, range.to));
}

static bool same_thing(const struct op_target *a, const struct op_target *b, struct period range)
{
	struct period pa = target_days(a, range.to), pb = target_days(b, range.to);

	return target_is_limit(a) == target_is_limit(b) && span_eq(a->measure, b->measure) &&
	       span_eq(a->group, b->group) && pa.from == pb.from && pa.to == pb.to;
}

static bool same_paper(const struct op_target *a, const struct op_target *b)
{
	return a->instrument == b->instrument && span_eq(a->doc_no, b->doc_no);
}

/* A target of students is one of students, under whichever name. */
static bool same_figure(const struct op_target *a, const struct op_target *b)
{
	return span_eq(a->group.len ? a->group : a->measure, b->group.len ? b->group : b->measure);
}

/* By the same instrument, for the same days; both limits, or neither. */
static bool same_way(const struct op_target *a, const struct op_target *b, day_t on)
{
	struct period p = target_days(a, on), q = target_days(b, on);

	return a->instrument == b->instrument && same_figure(a, b) && p.from == q.from &&
	       p.to == q.to && target_is_limit(a) == target_is_limit(b);
}

/* Is it the unit's, and does no other of its documents give the same? */
static bool stands_alone(struct target_set set, const struct op_target *t, day_t on)
{
	bool there = false;

	for (size_t i = 0; i < set.count; i++) {
		const struct op_target *each = &set.lines[i].target;

		if (same_paper(each, t))
			there = true;
		else if (!set.lines[i].superseded_by && same_way(each, t, on))
			return false;
	}
	return there;
}

const struct target_line *target_answering(struct target_set own, const struct op_target *head,
					   struct target_set above, day_t on)
{
	const struct target_line *best = NULL, *newest = NULL;
	struct period days = target_days(head, on);
	int best_fit = 0;

	for (const struct target_line *l = own.lines; l < own.lines + own.count; l++) {
		struct period p = target_days(&l->target, on);
		bool same_days = p.from == days.from && p.to == days.to;
		int fit = 1 + 2 * same_days + target_same_sort(&l->target, head);

		if (!l->has_goal || !same_figure(&l->target, head))
			continue;
		if (!same_paper(&l->target, head)) {
			if (!l->superseded_by && same_way(&l->target, head, on))
				newest = l;
		} else if (fit > best_fit) {
			best = l;
			best_fit = fit;
		}
	}
	return best || !stands_alone(above, head, on) ? best : newest;
}

/* What one of the children was given for the same: its newest target. */
static int add_child(struct totals *out, struct target_line *lines, struct ledger *l,
		     uint32_t child, struct arena *a, struct err *e)
{
	struct period range = out->asked.period;
	const struct target_line *below = NULL;
	size_t count = 0;
	int rc = query_targets_of(&below, &count, l, child, range, out->known_lsn, out->asked.of,
				  out->asked.of_doc, a, e);

	for (size_t i = 0; i < out->target_count && !rc; i++) {
		const struct op_target *like = &lines[i].target;
		const struct target_line *newest = NULL;

		for (size_t k = 0; k < count; k++)
			if (below[k].has_goal && same_thing(&below[k].target, like, range) &&
			    below[k].target.instrument == like->instrument)
				newest = &below[k];
		if (!newest)
			continue;
		lines[i].has_below = true;
		if (!num_add(&lines[i].below, lines[i].below, newest->goal))
			rc = err_set(e, ERR_RANGE, "the sum of targets below is too large");
	}
	return rc;
}

static int sum_below(struct totals *out, struct target_line *lines, struct ledger *l,
		     struct arena *a, struct err *e)
{
	const struct unit **children;
	size_t count;
	int rc = tree_children(l->tree, out->asked.unit, out->asked.period.to, out->known_lsn,
			       &children, &count, e);

	for (size_t i = 0; i < count && !rc; i++)
		rc = add_child(out, lines, l, children[i]->unit, a, e);
	out->has_sum_below = lines[0].has_below;
	out->sum_below = lines[0].below;
	return rc;
}

static int find_differences(struct totals *out, struct arena *a, struct err *e)
{
	const struct target_line *t = out->targets;
	size_t count = out->target_count;
	struct target_difference *list = arena_array(a, count * count / 2 + 1, sizeof(*list));

	if (!list)
		return err_set(e, ERR_NOMEM, "no memory for targets");
	out->differences = list;
	for (size_t i = 1; i < count; i++)
		for (size_t k = 0; k < i; k++)
			if (t[i].has_goal && t[k].has_goal && t[i].goal != t[k].goal &&
			    !t[i].superseded_by && !t[k].superseded_by &&
			    same_thing(&t[i].target, &t[k].target, out->asked.period))
				list[out->difference_count++] =
					(struct target_difference){ i, k, t[i].goal - t[k].goal };
	out->instruments_differ = out->difference_count > 0;
	return 0;
}

/* From which day on the unit's territory is the one that it was given for: the day of the document, within the
 * period; where an act gave it, the day of that. */
static day_t given_on(const struct target_line *t, struct period range)
{
	day_t day = target_days(&t->target, range.to).from;

	if (t->target.doc_date > day)
		day = t->target.doc_date;
	if (t->handed_from > day)
		day = t->handed_from;
	return day < range.to ? day : range.to;
}

/* What an act handed over was given for the days before it too: what others attained in them is not this unit's, but
 * of its territory. */
static int compare(struct target_line *t, struct ledger *l, const struct totals *out, uint16_t no,
		   struct err *e)
{
	struct period range = out->asked.period;
	day_t day = given_on(t, range), since = day, from = target_days(&t->target, range.to).from;

	if (t->handed_from == day)
		since = from > range.from ? from : range.from;
	return query_comparable(&t->comparable, l, t->unit, range, since < day ? since : day, day,
				no, out->known_lsn, e);
}

int fill_targets(struct totals *out, struct ledger *l, const struct measure_total *sums,
		 struct arena *a, struct err *e)
{
	const struct target_line *found;
	struct target_line *lines;
	int rc = query_targets_of(&found, &out->target_count, l, out->asked.unit, out->asked.period,
				  out->known_lsn, out->asked.of, out->asked.of_doc, a, e);

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

		t->has_attained = target_covers(&t->target, out->asked.period) && no &&
				  sums[no].count;
		if (!t->has_attained)
			continue;
		t->attained = sums[no].sum;
		rc = compare(t, l, out, no, e);
		if (rc)
			break;
		if (t->has_goal)
			rc = target_excess(&t->excess, t->attained, t->goal, e);
	}
	if (!rc)
		rc = find_differences(out, a, e);
	return rc ? rc : sum_below(out, lines, l, a, e);
}
