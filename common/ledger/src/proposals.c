#include "internal.h"

#include "ledger/acts.h"

enum { PROPOSALS_MAX = 4096 };

struct listing {
	struct ledger *l;
	struct proposal_line *lines;
	size_t count;
	uint64_t only;
	struct arena *a;
	struct err *e;
};

/* Again, into an arena that stays. */
static int keep(struct listing *g, uint64_t lsn)
{
	struct proposal_line *line = &g->lines[g->count];
	struct span bytes;
	struct entry en;
	int rc = g->count < PROPOSALS_MAX
			 ? log_get(g->l, lsn, &bytes, g->e)
			 : err_set(g->e, ERR_RANGE, "more than %d proposals", PROPOSALS_MAX);

	if (rc)
		return rc;
	bytes = arena_copy(g->a, bytes);
	if (!bytes.data)
		return err_set(g->e, ERR_NOMEM, "no memory for proposals");
	rc = entry_decode(&en, bytes, g->a, g->e);
	if (!rc)
		rc = body_of(OP_ACT_PROPOSAL, &line->op, &en, g->a, g->e);
	line->lsn = lsn;
	line->time_ms = en.time_ms;
	g->count += !rc;
	return rc;
}

static int answer(struct listing *g, uint64_t lsn, const struct entry *en, const struct op *op)
{
	struct envelope env;
	bool lost = false;
	int rc;

	for (size_t i = 0; i < g->count; i++) {
		struct proposal_line *line = &g->lines[i];

		if (line->lsn != lsn)
			continue;
		rc = envelope_decode(&env, en->envelope, g->a, g->e);
		if (!rc)
			rc = base_lost(g->l, &env.base, lsn, &lost, g->e);
		if (rc || lost)
			return rc;
		line->answer_lsn = en->lsn;
		line->refused = op->kind == OP_ACT_REFUSAL;
		if (line->refused)
			line->reason = arena_copy(g->a, op->reason);
	}
	return 0;
}

static int each(void *ctx, const struct entry *en, const struct op *op)
{
	struct listing *g = ctx;

	if (!op || en->verdict != VERDICT_ACCEPTED)
		return 0;
	if (op->kind == OP_ACT_PROPOSAL && (!g->only || g->only == en->lsn))
		return keep(g, en->lsn);
	if (op->kind == OP_ACT && op->act.proposal)
		return answer(g, op->act.proposal, en, op);
	if (op->kind == OP_ACT_REFUSAL)
		return answer(g, op->act_refusal.lsn, en, op);
	return 0;
}

int query_proposals(const struct proposal_line **out, size_t *count, struct ledger *l, uint64_t lsn,
		    struct arena *a, struct err *e)
{
	struct listing g = { .l = l, .only = lsn, .a = a, .e = e };
	int rc;

	g.lines = arena_array(a, PROPOSALS_MAX, sizeof(*g.lines));
	if (!g.lines)
		return err_set(e, ERR_NOMEM, "no memory for proposals");
	rc = query_log(l, lsn ? lsn : 1, 0, false, each, &g, e);
	*out = g.lines;
	*count = g.count;
	return rc;
}
