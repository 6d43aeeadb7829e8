#include "client/lost.h"

#include "internal.h"
#include "ledger/feed.h"

/* How much of what its author had read is in the present log too. *known false: that cannot be told here. */
static int read_here(struct client *c, const struct op_base *base, uint64_t *lsn, bool *known,
		     struct err *e)
{
	struct arena *a = arena_new(LINE_BUDGET);
	const struct feed_branch *line;
	size_t count = 0;
	bool found = false;
	int rc = a ? feed_line(&line, &count, c->base, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for a line of incarnations");

	*lsn = base->lsn;
	for (size_t i = 0; i < count && !rc; i++) {
		if (found && *lsn > line[i].branch_lsn)
			*lsn = line[i].branch_lsn;
		found |= !memcmp(line[i].id, base->incarnation, sizeof(line[i].id));
	}
	/* the restore went back to before that incarnation began */
	if (!rc && !found && count > 1 && *lsn > line[count - 1].branch_lsn)
		*lsn = line[count - 1].branch_lsn;
	*known = found || count > 1;
	arena_free(a);
	return rc;
}

/* What made the unit, among the entries kept of logs that are no more: as the author had read it, else as all have it. */
struct seeking {
	const struct op_base *base;
	struct lost_unit *out;
	uint32_t unit;
	bool read, differ; /* read: found in the author's own log */
};

static int each_made(void *ctx, const uint8_t incarnation[16], uint64_t lsn,
		     const struct old_unit *made)
{
	struct seeking *s = ctx;
	bool own = !memcmp(incarnation, s->base->incarnation, sizeof(s->base->incarnation));
	char *code = s->out->code;

	if (made->unit != s->unit || lsn > s->base->lsn || !made->code.len ||
	    made->code.len > CODE_MAX)
		return 0;
	s->differ |= !own && *code && !span_eq(made->code, span_str(code));
	memcpy(code, made->code.data, made->code.len);
	code[made->code.len] = 0;
	s->read = own;
	return own;
}

int lost_unit_of(struct lost_unit *out, struct client *c, const struct own_op *op, struct err *e)
{
	const struct unit *now = tree_get(ledger_tree(c->base), op->unit);
	struct ledger_info info = ledger_info(c->base);
	struct arena *a = arena_new(DECODE_BUDGET);
	struct own_bytes bytes;
	struct envelope env;
	struct seeking s = { .base = &env.base, .out = out, .unit = op->unit };
	uint64_t lsn = 0;
	bool known = false;
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for an own op");

	*out = (struct lost_unit){ .is = false };
	if (!rc)
		rc = outbox_read(c, op->id, &bytes, a, e);
	if (!rc)
		rc = envelope_decode(&env, bytes.envelope, a, e);
	if (rc || !op->unit || !memcmp(env.base.incarnation, info.incarnation, 16))
		goto out;
	rc = read_here(c, &env.base, &lsn, &known, e);
	if (rc || !known || (now && now->created_lsn <= lsn))
		goto out;
	rc = old_units(c, each_made, &s, e);
	if (s.differ && !s.read)
		out->code[0] = 0;
	out->is = now ? strcmp(now->code, out->code) != 0 : out->code[0] != 0;
out:
	arena_free(a);
	return rc;
}
