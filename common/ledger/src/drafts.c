#include "ledger/drafts.h"

#include "internal.h"

#include "base/num.h"

#include <stdlib.h>

const char *draft_state_name(enum draft_state s)
{
	static const char *const names[DRAFT_STATES] = {
		[DRAFT_NONE] = "none",           [DRAFT_WITHDRAWN] = "withdrawn",
		[DRAFT_WAITS] = "waits",         [DRAFT_ANSWERED] = "answered",
		[DRAFT_PUBLISHED] = "published",
	};

	return (unsigned)s < DRAFT_STATES ? names[s] : "?";
}

/* What a draft without a number takes back is older: it is met further back on the way. */
struct taken_back {
	struct draft_number by;
	struct taken_back *older;
};

struct gathering {
	struct draft_line *lines;
	size_t count;
	struct taken_back *gone, **oldest; /* newest first; where the next one goes */
	uint32_t unit;
	uint64_t known_at;
	struct arena *keep;
	bool nomem;
};

static struct span keep(struct gathering *g, struct span text)
{
	struct span copy = text.len ? arena_copy(g->keep, text) : (struct span){ NULL, 0 };

	g->nomem |= text.len && !copy.data;
	return copy;
}

static const struct op_target *subject(const struct draft_line *l)
{
	return l->draft.lsn    ? &l->draft.target
	       : l->answer.lsn ? &l->answer.target
			       : &l->given.target;
}

static struct draft_line *new_line(struct gathering *g, bool limit)
{
	if (g->count == DRAFTS_MAX)
		return NULL;
	g->lines[g->count] = (struct draft_line){ .unit = g->unit, .limit = limit };
	return &g->lines[g->count++];
}

static struct draft_line *line_of(struct gathering *g, const struct op_target *t)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->lines[i].limit == target_is_limit(t) &&
		    target_same_subject(subject(&g->lines[i]), t))
			return &g->lines[i];
	return new_line(g, target_is_limit(t));
}

static void take(struct gathering *g, struct draft_number *n, const struct entry *en,
		 const struct op *op)
{
	struct err none = { 0 };

	if (n->lsn) /* a newer one stands: the chain is walked back */
		return;
	*n = (struct draft_number){
		.lsn = en->lsn, .time_ms = en->time_ms, .author = en->author, .target = op->target
	};
	n->target.measure = keep(g, op->target.measure);
	n->target.group = keep(g, op->target.group);
	n->target.doc_no = keep(g, op->target.doc_no);
	n->target.issuer = keep(g, op->target.issuer);
	n->target.supersedes = keep(g, op->target.supersedes);
	n->reason = keep(g, op->reason);
	n->on_behalf = keep(g, op->on_behalf);
	n->has_goal = n->target.type != TARGET_NONE && !target_goal(&n->goal, &n->target, &none);
}

static bool takes_back(const struct taken_back *t, const struct op_target *draft, uint64_t lsn)
{
	return target_same_subject(&t->by.target, draft) &&
	       (!t->by.target.draft || t->by.target.draft == lsn);
}

static void take_draft(struct gathering *g, struct draft_line *line, const struct entry *en,
		       const struct op *op)
{
	const struct taken_back *t = g->gone;

	while (t && !takes_back(t, &op->target, en->lsn))
		t = t->older;
	if (t && !line->draft.lsn)
		line->draft = t->by;
	take(g, &line->draft, en, op);
}

static void note_taken_back(struct gathering *g, const struct entry *en, const struct op *op)
{
	struct taken_back *t = arena_array(g->keep, 1, sizeof(*t));

	g->nomem |= !t;
	if (!t)
		return;
	*t = (struct taken_back){ .older = NULL };
	take(g, &t->by, en, op);
	*g->oldest = t;
	g->oldest = &t->older;
}

/* What was taken back though nobody had drafted it. */
static void take_rest(struct gathering *g)
{
	for (const struct taken_back *t = g->gone; t; t = t->older) {
		bool known = t->by.target.draft != 0;
		struct draft_line *line;

		for (size_t i = 0; i < g->count; i++) {
			line = &g->lines[i];
			if (!takes_back(t, subject(line), 0))
				continue;
			known = true;
			if (!line->draft.lsn)
				line->draft = t->by;
		}
		line = known ? NULL : new_line(g, false);
		if (line)
			line->draft = t->by;
	}
}

static int gather_each(void *ctx, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	struct gathering *g = ctx;
	struct draft_line *line;

	(void)env;
	if (!op || en->verdict != VERDICT_ACCEPTED || en->lsn > g->known_at)
		return 0;
	if (op->kind != OP_TARGET_DRAFT && op->kind != OP_TARGET_REGISTER &&
	    !(op->kind == OP_TARGET && op->target.draft))
		return 0;
	line = op->target.type == TARGET_NONE ? NULL : line_of(g, &op->target);
	if (!line && op->target.type != TARGET_NONE)
		return err_set(e, ERR_FULL, "more than %d drafts on one unit", DRAFTS_MAX);
	if (!line)
		note_taken_back(g, en, op);
	else if (op->kind == OP_TARGET_DRAFT)
		take_draft(g, line, en, op);
	else
		take(g, op->kind == OP_TARGET_REGISTER ? &line->answer : &line->given, en, op);
	return g->nomem ? err_set(e, ERR_NOMEM, "no memory for drafts") : 0;
}

static enum draft_state state_of(const struct gathering *g, const struct draft_line *l)
{
	if (!l->draft.lsn)
		return DRAFT_NONE;
	/* a number may have been made of the draft of a limit; of other things only one of a lost log has this number */
	for (size_t i = 0; i < g->count; i++)
		if (g->lines[i].given.lsn && g->lines[i].given.target.draft == l->draft.lsn &&
		    target_same_subject(&g->lines[i].given.target, &l->draft.target))
			return DRAFT_PUBLISHED;
	if (l->draft.target.type == TARGET_NONE)
		return DRAFT_WITHDRAWN;
	return l->answered ? DRAFT_ANSWERED : DRAFT_WAITS;
}

static bool has_beside(const struct gathering *g, const struct draft_line *l)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->lines[i].limit != l->limit && g->lines[i].draft.lsn &&
		    g->lines[i].draft.target.type != TARGET_NONE &&
		    target_same_subject(subject(&g->lines[i]), subject(l)))
			return true;
	return false;
}

static uint64_t changed_lsn(const struct draft_line *l)
{
	uint64_t lsn = l->draft.lsn > l->answer.lsn ? l->draft.lsn : l->answer.lsn;

	return lsn > l->given.lsn ? lsn : l->given.lsn;
}

/* What changed last first; of one that took both back, the number first. */
static int changed_cmp(const void *pa, const void *pb)
{
	const struct draft_line *a = pa, *b = pb;
	uint64_t of_a = changed_lsn(a), of_b = changed_lsn(b);

	if (of_a != of_b)
		return of_a > of_b ? -1 : 1;
	return a->limit - b->limit;
}

int query_drafts(const struct draft_line **out, size_t *count, struct ledger *l, uint32_t unit,
		 uint64_t known_at, struct arena *a, struct err *e)
{
	struct gathering g = { .unit = unit, .known_at = known_at, .keep = a };
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	uint64_t head = 0;
	int rc;

	g.oldest = &g.gone;
	g.lines = arena_array(a, DRAFTS_MAX, sizeof(*g.lines));
	rc = scratch && g.lines ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for drafts");
	if (!rc) {
		rc = unit_head_get(l, unit, &head, e);
		if (!rc)
			rc = walk_unit(l, head, scratch, gather_each, &g, e);
		read_leave(l);
	}
	arena_free(scratch);
	if (!rc)
		take_rest(&g);
	for (size_t i = 0; i < g.count; i++) {
		struct draft_line *line = &g.lines[i];

		line->answered = line->answer.lsn && line->draft.lsn &&
				 line->answer.target.draft == line->draft.lsn;
		line->state = state_of(&g, line);
		line->beside = has_beside(&g, line);
	}
	if (g.count)
		qsort(g.lines, g.count, sizeof(*g.lines), changed_cmp);
	*out = g.lines;
	*count = rc ? 0 : g.count;
	return rc;
}

void draft_take_back(struct op_target *out, const struct draft_line *line)
{
	const struct op_target *t = &line->draft.target;

	*out = (struct op_target){ .period = t->period,
				   .measure = t->measure,
				   .group = t->group,
				   .per_year = t->per_year,
				   .draft = line->beside ? line->draft.lsn : 0 };
}

/* ---- the table of those below ---- */

static bool is_asked(const struct draft_line *line, const struct drafts_ask *ask)
{
	const struct op_target *t = subject(line);

	return span_eq(t->measure, ask->measure) && span_eq(t->group, ask->group) &&
	       t->period.from == ask->period.from && t->period.to == ask->period.to;
}

static bool count_row(struct drafts_table *out, const struct draft_line *row)
{
	bool drafted = row->state > DRAFT_WITHDRAWN;
	bool number = drafted && row->draft.has_goal, both = number && row->answer.has_goal;

	out->drafted += drafted;
	out->answered += drafted && row->answered;
	out->published += row->state == DRAFT_PUBLISHED;
	if (drafted && row->draft.target.answer_by > out->answer_by)
		out->answer_by = row->draft.target.answer_by;
	return num_add(&out->sum_draft, out->sum_draft, number ? row->draft.goal : 0) &&
	       num_add(&out->sum_registered, out->sum_registered,
		       row->answer.has_goal ? row->answer.goal : 0) &&
	       num_add(&out->sum_both[0], out->sum_both[0], both ? row->draft.goal : 0) &&
	       num_add(&out->sum_both[1], out->sum_both[1], both ? row->answer.goal : 0);
}

/* Of one child what there is of numbers and of limits. */
static int fill_row(struct draft_line *rows[2], size_t i, struct ledger *l,
		    const struct drafts_ask *ask, uint32_t unit, struct arena *a, struct err *e)
{
	const struct draft_line *lines;
	bool found[2] = { false, false };
	size_t count;
	int rc = query_drafts(&lines, &count, l, unit, ask->known_at, a, e);

	rows[0][i] = (struct draft_line){ .unit = unit };
	rows[1][i] = (struct draft_line){ .unit = unit, .limit = true };
	for (size_t k = 0; k < count && !rc; k++) {
		bool limit = lines[k].limit;

		if (!found[limit] && is_asked(&lines[k], ask)) {
			rows[limit][i] = lines[k];
			found[limit] = true;
		}
	}
	return rc;
}

static bool any(const struct draft_line *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (changed_lsn(&rows[i]))
			return true;
	return false;
}

static int fill_table(struct drafts_table *out, struct draft_line *rows[2],
		      const struct drafts_ask *ask, struct err *e)
{
	const struct draft_line *others;

	out->limits = ask->sort == DRAFTS_LIMITS ||
		      (ask->sort == DRAFTS_ANY && !any(rows[0], out->count) &&
		       any(rows[1], out->count));
	out->rows = rows[out->limits];
	others = rows[!out->limits];
	for (size_t i = 0; i < out->count; i++) {
		out->beside += others[i].state > DRAFT_WITHDRAWN;
		if (!count_row(out, &out->rows[i]))
			return err_set(e, ERR_RANGE, "the sum of drafts is too large");
	}
	return 0;
}

int query_drafts_table(struct drafts_table *out, struct ledger *l, const struct drafts_ask *ask,
		       struct arena *a, struct err *e)
{
	struct draft_line *rows[2];
	const struct unit **children;
	size_t count;
	int rc = tree_children(l->tree, ask->unit, ask->period.from, ask->known_at, &children,
			       &count, e);

	*out = (struct drafts_table){ .count = 0 };
	if (rc)
		return rc;
	rows[0] = arena_array(a, count + 1, sizeof(*rows[0]));
	rows[1] = arena_array(a, count + 1, sizeof(*rows[1]));
	if (!rows[0] || !rows[1])
		return err_set(e, ERR_NOMEM, "no memory for drafts");
	for (size_t i = 0; i < count && !rc; i++)
		rc = fill_row(rows, i, l, ask, children[i]->unit, a, e);
	if (rc)
		return rc;
	out->count = count;
	return fill_table(out, rows, ask, e);
}
