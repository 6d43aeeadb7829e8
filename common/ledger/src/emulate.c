#include "ledger/emulate.h"

#include "internal.h"

enum { COMMENDED_MAX = 256 };

typedef int each_fn(void *ctx, const struct entry *en, const struct envelope *env,
		    const struct op *op, struct err *e);

static int walk(struct ledger *l, uint32_t unit, each_fn *each, void *ctx, struct err *e)
{
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	uint64_t head = 0;
	int rc = scratch ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory to look back");

	if (!rc) {
		rc = unit_head_get(l, unit, &head, e);
		if (!rc)
			rc = walk_unit(l, head, scratch, each, ctx, e);
		read_leave(l);
	}
	arena_free(scratch);
	return rc;
}

/* ---- the group ---- */

struct grouping {
	day_t day;
	uint64_t known_at;
	struct arena *keep;
	struct span name;
};

static int group_each(void *ctx, const struct entry *en, const struct envelope *env,
		      const struct op *op, struct err *e)
{
	struct grouping *g = ctx;

	(void)env;
	if (!op || op->kind != OP_GROUP || en->verdict != VERDICT_ACCEPTED ||
	    en->lsn > g->known_at || g->day < op->group.from ||
	    (op->group.to && g->day > op->group.to))
		return 0;
	if (op->group.name.len)
		g->name = arena_copy(g->keep, op->group.name);
	if (op->group.name.len && !g->name.data)
		return err_set(e, ERR_NOMEM, "no memory for a group");
	return 1; /* the newest whose days hold it */
}

int query_group(struct span *name, struct ledger *l, uint32_t unit, day_t day, uint64_t known_at,
		struct arena *a, struct err *e)
{
	struct grouping g = { .day = day, .known_at = known_at, .keep = a };
	int rc = walk(l, unit, group_each, &g, e);

	*name = g.name;
	return rc;
}

/* ---- those put forward ---- */

struct commending {
	struct commended *list;
	size_t count;
	uint32_t unit;
	struct period period;
	uint64_t known_at;
	struct arena *keep;
};

static bool told_since(const struct commending *g, const struct op_commend *c)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct op_commend *newer = &g->list[i].commend;

		bool same = newer->named != c->named ? false
			    : c->named               ? !memcmp(newer->person, c->person, PERSON_ID)
						     : span_eq(newer->title, c->title);

		if (same && newer->period.from == c->period.from &&
		    newer->period.to == c->period.to)
			return true;
	}
	return false;
}

static int commend_each(void *ctx, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct commending *g = ctx;
	struct commended *c;

	(void)env;
	if (!op || op->kind != OP_COMMEND || en->verdict != VERDICT_ACCEPTED ||
	    en->lsn > g->known_at || !period_inside(op->commend.period, g->period) ||
	    told_since(g, &op->commend))
		return 0;
	if (g->count == COMMENDED_MAX)
		return err_set(e, ERR_FULL, "more than %d people put forward by one unit",
			       COMMENDED_MAX);
	c = &g->list[g->count++];
	*c = (struct commended){ .unit = g->unit, .lsn = en->lsn, .commend = op->commend };
	c->commend.title = arena_copy(g->keep, op->commend.title);
	if (op->commend.sealed.len)
		c->commend.sealed = arena_copy(g->keep, op->commend.sealed);
	c->reason = op->reason.len ? arena_copy(g->keep, op->reason) : op->reason;
	return c->commend.title.data && (!op->reason.len || c->reason.data) &&
			       (!op->commend.sealed.len || c->commend.sealed.data)
		       ? 0
		       : err_set(e, ERR_NOMEM, "no memory for proposals");
}

int query_commended(const struct commended **out, size_t *count, struct ledger *l, uint32_t unit,
		    struct period period, uint64_t known_at, struct arena *a, struct err *e)
{
	struct commending g = { .unit = unit, .period = period, .known_at = known_at, .keep = a };
	size_t kept = 0;
	int rc;

	*count = 0;
	g.list = arena_array(a, COMMENDED_MAX, sizeof(*g.list));
	rc = g.list ? walk(l, unit, commend_each, &g, e)
		    : err_set(e, ERR_NOMEM, "no memory for proposals");
	for (size_t i = 0; i < g.count && !rc; i++)
		if (g.list[i].commend.helped) /* those taken back hid what was said before */
			g.list[kept++] = g.list[i];
	*out = g.list;
	*count = kept;
	return rc;
}

/* ---- who they are ---- */

enum { FIRST_PERSONS = 16 };

struct persons {
	struct commended_person *list;
	size_t count, room;
	const uint8_t *only; /* NULL: all */
	struct arena *keep;
};

static int grow_persons(struct persons *p, struct err *e)
{
	size_t room = p->room ? 2 * p->room : FIRST_PERSONS;
	struct commended_person *grown = arena_array(p->keep, room, sizeof(*grown));

	if (!grown)
		return err_set(e, ERR_NOMEM, "no memory for proposals");
	if (p->count)
		memcpy(grown, p->list, p->count * sizeof(*grown));
	p->list = grown;
	p->room = room;
	return 0;
}

/* The newest comes first: what is said of a person later in the walk was said before. */
static int persons_each(void *ctx, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct persons *p = ctx;
	int rc = 0;

	(void)env;
	if (!op || op->kind != OP_COMMEND || en->verdict != VERDICT_ACCEPTED || !op->commend.named)
		return 0;
	if (p->only && memcmp(p->only, op->commend.person, PERSON_ID))
		return 0;
	for (size_t i = 0; i < p->count; i++)
		if (!memcmp(p->list[i].person, op->commend.person, PERSON_ID))
			return 0;
	if (p->count == p->room)
		rc = grow_persons(p, e);
	if (rc)
		return rc;
	p->list[p->count].body = op->commend.body;
	memcpy(p->list[p->count++].person, op->commend.person, PERSON_ID);
	return p->only != NULL;
}

int query_commended_persons(const struct commended_person **out, size_t *count, struct ledger *l,
			    uint32_t unit, struct arena *a, struct err *e)
{
	struct persons p = { .keep = a };
	int rc = walk(l, unit, persons_each, &p, e);

	*out = p.list;
	*count = p.count;
	return rc;
}

int query_commended_person(struct commended_person *out, struct ledger *l, uint32_t unit,
			   const uint8_t person[PERSON_ID], struct err *e)
{
	struct persons p = { .list = out, .room = 1, .only = person };
	int rc = walk(l, unit, persons_each, &p, e);

	return rc ? rc : p.count ? 0 : -ERR_NOTFOUND;
}
