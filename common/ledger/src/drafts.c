#include "ledger/drafts.h"

#include "internal.h"

#include "base/num.h"

const char *draft_state_name(enum draft_state s)
{
	static const char *const names[DRAFT_STATES] = {
		[DRAFT_NONE] = "none",           [DRAFT_WITHDRAWN] = "withdrawn",
		[DRAFT_WAITS] = "waits",         [DRAFT_ANSWERED] = "answered",
		[DRAFT_PUBLISHED] = "published",
	};

	return (unsigned)s < DRAFT_STATES ? names[s] : "?";
}

struct gathering {
	struct draft_line *lines;
	size_t count;
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

static struct draft_line *line_of(struct gathering *g, const struct op_target *t)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct draft_line *l = &g->lines[i];
		const struct draft_number *n = l->draft.lsn    ? &l->draft
					       : l->answer.lsn ? &l->answer
							       : &l->given;

		if (target_same_subject(&n->target, t))
			return &g->lines[i];
	}
	if (g->count == DRAFTS_MAX)
		return NULL;
	g->lines[g->count] = (struct draft_line){ .unit = g->unit };
	return &g->lines[g->count++];
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
	line = line_of(g, &op->target);
	if (!line)
		return err_set(e, ERR_FULL, "more than %d drafts on one unit", DRAFTS_MAX);
	take(g,
	     op->kind == OP_TARGET_DRAFT      ? &line->draft
	     : op->kind == OP_TARGET_REGISTER ? &line->answer
					      : &line->given,
	     en, op);
	return g->nomem ? err_set(e, ERR_NOMEM, "no memory for drafts") : 0;
}

static enum draft_state state_of(const struct draft_line *l)
{
	if (!l->draft.lsn)
		return DRAFT_NONE;
	if (l->given.lsn && l->given.target.draft == l->draft.lsn)
		return DRAFT_PUBLISHED;
	if (l->draft.target.type == TARGET_NONE)
		return DRAFT_WITHDRAWN;
	return l->answered ? DRAFT_ANSWERED : DRAFT_WAITS;
}

int query_drafts(const struct draft_line **out, size_t *count, struct ledger *l, uint32_t unit,
		 uint64_t known_at, struct arena *a, struct err *e)
{
	struct gathering g = { .unit = unit, .known_at = known_at, .keep = a };
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	uint64_t head = 0;
	int rc;

	g.lines = arena_array(a, DRAFTS_MAX, sizeof(*g.lines));
	rc = scratch && g.lines ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for drafts");
	if (!rc) {
		rc = unit_head_get(l, unit, &head, e);
		if (!rc)
			rc = walk_unit(l, head, scratch, gather_each, &g, e);
		read_leave(l);
	}
	arena_free(scratch);
	for (size_t i = 0; i < g.count; i++) {
		struct draft_line *line = &g.lines[i];

		line->answered = line->answer.lsn && line->draft.lsn &&
				 line->answer.target.draft == line->draft.lsn;
		line->state = state_of(line);
	}
	*out = g.lines;
	*count = rc ? 0 : g.count;
	return rc;
}

/* ---- the table of those below ---- */

static bool is_asked(const struct draft_line *line, const struct drafts_ask *ask)
{
	const struct op_target *t = line->draft.lsn    ? &line->draft.target
				    : line->answer.lsn ? &line->answer.target
						       : &line->given.target;

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

static int fill_row(struct drafts_table *out, struct ledger *l, const struct drafts_ask *ask,
		    uint32_t unit, struct arena *a, struct err *e)
{
	struct draft_line *row = &out->rows[out->count++];
	const struct draft_line *lines;
	size_t count;
	int rc = query_drafts(&lines, &count, l, unit, ask->known_at, a, e);

	*row = (struct draft_line){ .unit = unit };
	for (size_t i = 0; i < count && !rc; i++)
		if (is_asked(&lines[i], ask)) {
			*row = lines[i];
			break;
		}
	if (!rc && !count_row(out, row))
		rc = err_set(e, ERR_RANGE, "the sum of drafts is too large");
	return rc;
}

int query_drafts_table(struct drafts_table *out, struct ledger *l, const struct drafts_ask *ask,
		       struct arena *a, struct err *e)
{
	const struct unit **children;
	size_t count;
	int rc = tree_children(l->tree, ask->unit, ask->period.from, ask->known_at, &children,
			       &count, e);

	*out = (struct drafts_table){ .count = 0 };
	if (rc)
		return rc;
	out->rows = arena_array(a, count + 1, sizeof(*out->rows));
	if (!out->rows)
		return err_set(e, ERR_NOMEM, "no memory for drafts");
	for (size_t i = 0; i < count && !rc; i++)
		rc = fill_row(out, l, ask, children[i]->unit, a, e);
	return rc;
}
