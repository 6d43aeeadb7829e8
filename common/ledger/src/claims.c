/* Published figures held against the store. How each kind of claim is read: see CONTRACT.md. */
#include "internal.h"

#include <stdlib.h>

enum { CANDIDATES_MAX = 64 };

struct judging_claim {
	struct ledger *l;
	const struct op_claim *c;
	uint32_t unit;
	uint64_t known;
	struct arena *a;
	struct err *e;
	struct claim_facts facts;
	struct claim_candidate candidates[CANDIDATES_MAX];
	const struct target_line *targets;
	size_t target_count;
	day_t base_on; /* the day of the base that was found */
	bool starved;  /* a label found no memory */
};

static void candidate(struct judging_claim *j, int64_t value, bool denominator, const char *label)
{
	j->starved |= !label;
	if (j->facts.candidate_count == CANDIDATES_MAX || !label)
		return;
	j->candidates[j->facts.candidate_count++] = (struct claim_candidate){
		.label = label, .value = value, .is_denominator = denominator
	};
	j->facts.candidates = j->candidates;
}

static day_t base_day(const struct op_claim *c)
{
	return c->of_date ? c->of_date : c->period.from - 1;
}

/* The target an instrument (and document) names: its period holds the claim's, it has a number, and the
 * narrowest wins. `doc` may be a document number or the name of an instrument. */
static const struct target_line *find_target(const struct judging_claim *j,
					     enum target_instrument instrument, struct span doc)
{
	const struct target_line *best = NULL;

	for (size_t i = 0; i < j->target_count; i++) {
		const struct target_line *t = &j->targets[i];
		bool named = !doc.len || span_eq(t->target.doc_no, doc) ||
			     (!t->target.doc_no.len &&
			      span_eq(span_str(instrument_name(t->target.instrument)), doc));

		if (!t->has_goal || !named || (t->superseded_by && !doc.len) ||
		    !period_inside(j->c->period, t->target.period) ||
		    (instrument != INSTR_NONE && t->target.instrument != instrument) ||
		    !span_eq(t->target.measure, j->c->measure))
			continue;
		if (!best || t->target.period.to - t->target.period.from <
				     best->target.period.to - best->target.period.from)
			best = t;
	}
	return best;
}

static int sum_of(struct judging_claim *j, struct span measure, struct period p, bool *has,
		  int64_t *value)
{
	struct measure_total sum;
	bool covered;
	uint16_t no = ledger_measure(j->l, measure);
	int rc;

	*has = false;
	if (!no)
		return 0;
	rc = query_sum(j->l, j->unit, p, no, j->known, &sum, &covered, j->a, j->e);
	if (rc)
		return rc;
	*has = sum.count && covered;
	*value = sum.sum;
	return 0;
}

static int fill_mean(struct judging_claim *j)
{
	int64_t years = day_to_ymd(j->c->period.to).year - day_to_ymd(j->c->period.from).year + 1;
	int rc = sum_of(j, j->c->measure, j->c->period, &j->facts.has_value, &j->facts.value);

	/* a mean is printed in whole people: half up */
	if (!rc && j->facts.has_value)
		j->facts.value = (2 * j->facts.value + years) / (2 * years);
	return rc;
}

/* `doc_no` is "A - B": the number of target A less that of target B. */
static int fill_difference(struct judging_claim *j)
{
	struct span doc = j->c->doc_no;
	const uint8_t *at = span_find(doc, SPAN_LIT(" - "));
	const struct target_line *a, *b;

	if (!at)
		return 0;
	a = find_target(j, j->c->instrument, span_of(doc.data, (size_t)(at - doc.data)));
	b = find_target(j, INSTR_NONE, span_of(at + 3, (size_t)(doc.data + doc.len - at - 3)));
	j->facts.has_value = a && b;
	if (a && b)
		j->facts.value = a->goal - b->goal;
	return 0;
}

static int fill_count(struct judging_claim *j)
{
	enum unit_kind kind = unit_kind_parse(j->c->measure);
	size_t below = 0;

	for (size_t i = 0; i < tree_count(j->l->tree); i++) {
		const struct unit *u = tree_at(j->l->tree, i);
		day_t day = j->c->period.to;

		if (u->unit == j->unit || !unit_alive(u, day) ||
		    !tree_inside(j->l->tree, u->unit, j->unit, day, j->known))
			continue;
		below++;
		j->facts.value += unit_kind_at(u, day, j->known) == kind;
	}
	j->facts.has_value = below > 0; /* a tree that ends here says nothing about what is below */
	return 0;
}

/* Of members, with an instrument: the target's own number is held against the base. */
static bool of_target_number(const struct op_claim *c)
{
	return c->of == CLAIM_OF_MEMBERS && c->instrument != INSTR_NONE && c->how == CLAIM_SUM;
}

static int fill_value(struct judging_claim *j)
{
	const struct target_line *t;

	if (of_target_number(j->c)) {
		t = find_target(j, j->c->instrument, j->c->doc_no);
		j->facts.has_value = t != NULL;
		j->facts.value = t ? t->goal : 0;
		return 0;
	}
	switch (j->c->how) {
	case CLAIM_MEAN:
		return fill_mean(j);
	case CLAIM_DIFFERENCE:
		return fill_difference(j);
	case CLAIM_COUNT:
		return fill_count(j);
	case CLAIM_SUM:
		break;
	}
	return sum_of(j, j->c->measure, j->c->period, &j->facts.has_value, &j->facts.value);
}

static int fill_denominator(struct judging_claim *j)
{
	const struct target_line *t;
	day_t on = 0;
	int rc;

	switch (j->c->of) {
	case CLAIM_OF_TARGET:
		t = find_target(j, j->c->instrument, j->c->doc_no);
		j->facts.has_denominator = t != NULL;
		j->facts.denominator = t ? t->goal : 0;
		return 0;
	case CLAIM_OF_MEMBERS:
		rc = query_members(j->l, j->unit, base_day(j->c), j->known, &j->facts.denominator,
				   &on, j->e);
		j->base_on = on;
		j->facts.has_denominator = !rc;
		return rc == -ERR_NOTFOUND ? 0 : rc;
	case CLAIM_OF_MEASURE:
		return sum_of(j, j->c->of_measure, j->c->period, &j->facts.has_denominator,
			      &j->facts.denominator);
	case CLAIM_OF_NOTHING:
		break;
	}
	return 0;
}

static const char *target_label(struct judging_claim *j, const struct target_line *t,
				int64_t number, const char *which)
{
	return !which ? NULL
		      : arena_printf(j->a, "%lld: %s%s%.*s%s", (long long)number,
				     instrument_name(t->target.instrument),
				     t->target.doc_no.len ? " " : "", (int)t->target.doc_no.len,
				     (const char *)t->target.doc_no.data, which);
}

static void target_candidates(struct judging_claim *j)
{
	for (size_t i = 0; i < j->target_count; i++) {
		const struct target_line *t = &j->targets[i];
		bool range = t->target.type == TARGET_RANGE;

		if (!t->has_goal || t->superseded_by ||
		    !period_inside(j->c->period, t->target.period) ||
		    !span_eq(t->target.measure, j->c->measure))
			continue;
		candidate(j, t->goal, true,
			  target_label(j, t, t->goal, range ? ", lower bound" : ""));
		if (range)
			candidate(j, t->target.value_max, true,
				  target_label(j, t, t->target.value_max, ", upper bound"));
	}
}

/* The base with the targets of the years between it and the claim's: admissions counted in, no losses. */
static int64_t grown_base(const struct judging_claim *j)
{
	int64_t base = j->facts.denominator;

	for (size_t k = 0; k < j->target_count; k++) {
		const struct target_line *y = &j->targets[k];

		if (!target_is_rate(&y->target) && !target_is_limit(&y->target) && y->has_goal &&
		    !y->superseded_by && y->target.period.to < j->c->period.from &&
		    y->target.period.to >= j->base_on && y->target.instrument == j->c->instrument)
			base += y->goal;
	}
	return base;
}

static int explain(struct judging_claim *j, struct claim_result *r, const char *text)
{
	const char **list = arena_array(j->a, r->explained_count + 1, sizeof(*list));

	if (!list || !text)
		return err_set(j->e, ERR_NOMEM, "no memory for a claim");
	if (r->explained_count)
		memcpy(list, r->explained_by, r->explained_count * sizeof(*list));
	list[r->explained_count++] = text;
	r->explained_by = list;
	return 0;
}

/* A number said to follow from a rate on the members: whatever the verdict, name the number that the rate
 * gives, since the printed percentage alone (3 %) fits many. */
static int explain_rate(struct judging_claim *j, struct claim_result *r)
{
	int64_t base;

	if (!of_target_number(j->c) || !j->facts.has_denominator || !j->facts.has_value)
		return 0;
	base = grown_base(j);
	for (size_t i = 0; i < j->target_count; i++) {
		struct op_target rate = j->targets[i].target;
		int64_t goal;
		int rc;

		if (rate.type != TARGET_RATE || j->targets[i].superseded_by ||
		    !period_inside(j->c->period, rate.period))
			continue;
		rate.base_value = base;
		rate.has_base = true;
		if (target_goal(&goal, &rate, NULL))
			continue;
		rc = explain(
			j, r,
			arena_printf(
				j->a,
				"%lld is the smallest that meets the rate on %lld%s; the target is %lld more",
				(long long)goal, (long long)base,
				base == j->facts.denominator
					? ""
					: ", the base with the targets of the years before",
				(long long)(j->facts.value - goal)));
		if (rc)
			return rc;
	}
	return 0;
}

static int base_candidates(struct judging_claim *j)
{
	struct key prefix = key_u32(j->unit);
	struct kv_cursor *c = NULL;
	struct span key, value, none = { NULL, 0 };
	int rc;

	if (j->c->of != CLAIM_OF_MEMBERS)
		return 0;
	rc = kv_walk(&c, j->l->txn, T_MEMBERS, key_span(&prefix), none, false, j->e);
	while (!rc && (rc = kv_next(c, &key, &value, j->e)) == 1) {
		char iso[DAY_TEXT_MAX];
		int64_t members;
		struct rd r;

		rc = row_open(&r, T_MEMBERS, value, j->e);
		members = rd_zigzag(&r);
		if (!rc)
			candidate(j, members, true,
				  arena_printf(j->a, "%lld: members on %s", (long long)members,
					       day_iso(iso, key_read_day(key, 4))));
	}
	kv_walk_end(c);
	return rc;
}

/* Neighbouring sums: the same unit, one calendar year less or more at either end. */
static int sum_candidates(struct judging_claim *j)
{
	struct ymd from = day_to_ymd(j->c->period.from), to = day_to_ymd(j->c->period.to);

	if (j->c->how != CLAIM_SUM || of_target_number(j->c) || !j->facts.has_value ||
	    from.month != 1 || from.day != 1 || to.month != 12 || to.day != 31)
		return 0;
	for (int first = from.year - 1; first <= from.year + 1; first++) {
		for (int last = to.year - 1; last <= to.year + 1; last++) {
			struct period p;
			int64_t value;
			bool has;
			int rc;

			if (last < first || (first == from.year && last == to.year) ||
			    !day_from_ymd(&p.from, first, 1, 1) ||
			    !day_from_ymd(&p.to, last, 12, 31))
				continue;
			rc = sum_of(j, j->c->measure, p, &has, &value);
			if (rc)
				return rc;
			if (has)
				candidate(j, value, false,
					  arena_printf(j->a, "%lld: the sum of %d-%d",
						       (long long)value, first, last));
		}
	}
	return 0;
}

/* A document that the claim names may have been amended since it was printed. */
static int add_versions(struct judging_claim *j, struct span doc)
{
	const struct target_line *found;
	struct target_line *all;
	size_t count, kept = j->target_count;
	int rc = doc.len ? query_targets_of(&found, &count, j->l, j->unit,
					    (struct period){ DAY_MIN, DAY_MAX }, j->known,
					    INSTR_NONE, doc, j->a, j->e)
			 : 0;

	if (rc || !doc.len || !count)
		return rc;
	all = arena_array(j->a, kept + count, sizeof(*all));
	if (!all)
		return err_set(j->e, ERR_NOMEM, "no memory for a claim");
	if (kept)
		memcpy(all, j->targets, kept * sizeof(*all));
	for (size_t i = 0; i < count; i++)
		if (found[i].superseded_by)
			all[kept++] = found[i];
	j->targets = all;
	j->target_count = kept;
	return 0;
}

static int load_targets(struct judging_claim *j)
{
	struct span doc = j->c->doc_no;
	const uint8_t *at = span_find(doc, SPAN_LIT(" - "));
	int rc = query_goals(&j->targets, &j->target_count, j->l, j->unit,
			     (struct period){ DAY_MIN, DAY_MAX }, j->known, j->a, j->e);

	if (!rc && j->c->how == CLAIM_DIFFERENCE && at) {
		rc = add_versions(j, span_of(at + 3, (size_t)(doc.data + doc.len - at - 3)));
		doc.len = (size_t)(at - doc.data);
	}
	return rc ? rc : add_versions(j, doc);
}

/* It was printed by a version that is not in force any more: that is said, whatever the verdict. */
static int explain_versions(struct judging_claim *j, struct claim_result *r)
{
	int rc = 0;

	for (size_t i = 0; i < j->target_count && !rc; i++) {
		const struct target_line *t = &j->targets[i];

		if (t->superseded_by && t == find_target(j, t->target.instrument, t->target.doc_no))
			rc = explain(
				j, r,
				target_label(j, t, t->goal,
					     arena_printf(j->a, ", amended by entry %llu",
							  (unsigned long long)t->superseded_by)));
	}
	return rc;
}

static int judge_one(struct ledger *l, struct claim_line *line, uint64_t known, struct arena *a,
		     struct err *e)
{
	struct judging_claim *j = arena_alloc(a, sizeof(*j));
	int rc;

	if (!j)
		return err_set(e, ERR_NOMEM, "no memory for a claim");
	*j = (struct judging_claim){
		.l = l, .c = &line->claim, .unit = line->unit, .known = known, .a = a, .e = e
	};
	rc = load_targets(j);
	if (!rc)
		rc = fill_value(j);
	if (!rc)
		rc = fill_denominator(j);
	if (!rc)
		target_candidates(j);
	if (!rc)
		rc = base_candidates(j);
	if (!rc)
		rc = sum_candidates(j);
	if (!rc && j->starved)
		rc = err_set(e, ERR_NOMEM, "no memory for a claim");
	if (!rc)
		rc = claim_judge(&line->result, &line->claim, &j->facts, a, e);
	if (!rc)
		rc = explain_versions(j, &line->result);
	return rc ? rc : explain_rate(j, &line->result);
}

static int load_claim(struct ledger *l, struct claim_line *line, struct arena *a, struct err *e)
{
	struct span bytes;
	struct entry en;
	struct op op;
	int rc = log_get(l, line->lsn, &bytes, e);

	if (!rc)
		rc = entry_decode(&en, bytes, a, e);
	if (!rc)
		rc = body_of(OP_CLAIM, &op, &en, a, e);
	if (!rc) {
		line->claim = op.claim;
		line->unit = op.unit;
	}
	return rc;
}

static int line_cmp(const void *a, const void *b)
{
	uint64_t x = ((const struct claim_line *)a)->lsn, y = ((const struct claim_line *)b)->lsn;

	return (x > y) - (x < y);
}

static int collect(struct ledger *l, struct claim_line **lines, size_t *count, struct arena *a,
		   struct err *e)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	size_t cap = 0;
	int rc = kv_walk(&c, l->txn, T_CLAIM, none, none, false, e);

	*lines = NULL;
	*count = 0;
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct rd r;

		if (*count == cap) {
			struct claim_line *grown = arena_array(a, cap ? cap * 2 : 64,
							       sizeof(*grown));

			if (!grown) {
				rc = err_set(e, ERR_NOMEM, "no memory for claims");
				break;
			}
			if (cap)
				memcpy(grown, *lines, cap * sizeof(*grown));
			*lines = grown;
			cap = cap ? cap * 2 : 64;
		}
		rc = row_open(&r, T_CLAIM, value, e);
		(*lines)[(*count)++] = (struct claim_line){ .lsn = rc ? 0 : rd_varint(&r) };
	}
	kv_walk_end(c);
	if (!rc && *count)
		qsort(*lines, *count, sizeof(**lines), line_cmp);
	return rc;
}

int query_claims(const struct claim_line **out, size_t *count, struct ledger *l, struct arena *a,
		 struct err *e)
{
	struct claim_line *lines;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = collect(l, &lines, count, a, e);
	for (size_t i = 0; i < *count && !rc; i++) {
		rc = load_claim(l, &lines[i], a, e);
		if (!rc)
			rc = judge_one(l, &lines[i], l->info.lsn, a, e);
	}
	*out = lines;
	read_leave(l);
	return rc;
}
