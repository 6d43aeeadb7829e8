/* What follows from an act by itself: with how many members those begin who took others over, and that what came
 * late for a unit counts for the one that it went over into, where nobody could say anything else. */
#include "internal.h"

#include "base/lang.h"
#include "base/num.h"
#include "ledger/acts.h"
#include "ledger/part.h"

#include <stdlib.h>

const char opening_reason[] = N_("computed from those that were taken over");
const char late_reason[] = N_("its unit went over into this one alone");

enum { FOLLOW_MAX = ARRAY_LEN(((struct ledger *)0)->follow), FOLLOW_ALL = FOLLOW_MAX + 1 };

/* ---- what has come ---- */

static void note_unit(struct ledger *l, uint32_t unit)
{
	for (size_t i = 0; i < l->follow_count && i < FOLLOW_MAX; i++)
		if (l->follow[i] == unit)
			return;
	if (l->follow_count < FOLLOW_MAX)
		l->follow[l->follow_count] = unit;
	if (l->follow_count < FOLLOW_ALL)
		l->follow_count++;
}

static bool went_over(const struct unit *u, day_t day)
{
	for (size_t i = 0; u && i < u->link_count; i++)
		if (u->links[i].from == day)
			return true;
	return false;
}

/* Members at the end of that day: what somebody begins with on the next one is counted from those of whoever goes over
 * then and of whoever takes over, told by themselves or by units below. */
static void note_members(struct ledger *l, uint32_t unit, day_t last)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(l->tree, unit, last, UINT64_MAX, path);

	for (size_t i = 0; i < depth; i++)
		if (went_over(tree_get(l->tree, path[i]), last + 1) ||
		    tree_took_over(l->tree, path[i], last + 1))
			note_unit(l, path[i]);
}

void follow_note(struct ledger *l, const struct entry *en, const struct op *op)
{
	if (l->scope || !l->tree || en->verdict == VERDICT_REFUSED)
		return;
	if (op && op->kind == OP_ACT) {
		l->follow_count = FOLLOW_ALL;
		return;
	}
	if (!tree_links(l->tree))
		return;
	if (en->verdict == VERDICT_LATE || (op && op->kind == OP_LATE_DECISION))
		note_unit(l, en->unit);
	else if (op && op->kind == OP_SHEET)
		note_members(l, en->unit, op->sheet.period.to);
	else if (op && op->kind == OP_MEMBERS)
		note_members(l, en->unit, op->members.day);
}

bool ledger_follow_due(const struct ledger *l)
{
	return l->follow_count > 0;
}

static bool looked_at(const struct ledger *l, bool all, uint32_t unit)
{
	if (all || l->follow_count == FOLLOW_ALL)
		return true;
	for (size_t i = 0; i < l->follow_count; i++)
		if (l->follow[i] == unit)
			return true;
	return false;
}

/* ---- openings ---- */

/* Who went over into whom, and when. */
struct going {
	uint32_t into, from;
	day_t day;
	bool whole;
};

struct opening_list {
	struct ledger *l;
	bool all;   /* else only where something has come */
	day_t only; /* 0: of all days */
	struct going *going;
	size_t going_count;
	struct opening *list;
	size_t count;
	struct calendar calendar;
	struct arena *a, *work; /* the answer's, and one question's */
	struct err *e;
};

/* Members of the unit itself at the end of `day`, and whether they are of that very day. */
static int members_on(struct opening_list *o, uint32_t unit, day_t day, int64_t *members,
		      bool *known, bool *old)
{
	struct period month = { calendar_month(&o->calendar, day).from, day };
	struct query q = { .unit = unit, .known_at = UINT64_MAX };
	struct series s;
	int64_t base;
	day_t on;
	int rc;

	arena_reset(o->work);
	rc = query_series(&s, o->l, &q, &month, 1, o->work, o->e);
	*known = *old = false;
	*members = 0;
	if (rc || !s.parts[0].has_members)
		return rc;
	*members = s.parts[0].members;
	*known = !strncmp(s.parts[0].members_from, "sheets ", 7);
	rc = *known ? 0 : read_enter(o->l, o->e);
	if (rc || *known)
		return rc;
	rc = query_members(o->l, unit, day, UINT64_MAX, &base, &on, o->e);
	read_leave(o->l);
	*known = !rc && on == day;
	*old = !*known;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int add_members(struct opening_list *o, struct opening *x, uint32_t unit, bool whole)
{
	int64_t members;
	bool known, old;
	int rc = members_on(o, unit, x->day - 1, &members, &known, &old);

	if (rc)
		return rc;
	x->old &= whole && (known || old); /* of a part nobody can tell */
	x->known &= whole && known;
	return num_add(&x->members, x->members, members)
		       ? 0
		       : err_set(o->e, ERR_RANGE, "the sum of predecessors is too large");
}

/* What is entered for the day before, and by whom. */
static int compare_entered(struct opening_list *o, struct opening *x)
{
	struct entry en;
	struct span bytes;
	struct op op;
	int64_t stands;
	uint64_t lsn;
	int rc = read_enter(o->l, o->e);

	if (rc)
		return rc;
	arena_reset(o->work);
	rc = members_get(o->l, x->unit, x->day - 1, &stands, &lsn, o->e);
	if (!rc)
		rc = log_get(o->l, lsn, &bytes, o->e);
	if (!rc)
		rc = entry_decode(&en, bytes, o->work, o->e);
	if (!rc)
		rc = body_of(OP_MEMBERS, &op, &en, o->work, o->e);
	if (!rc) {
		x->stands = stands == x->members;
		x->by_hand = !x->stands && !span_eq(op.reason, span_str(opening_reason));
	}
	read_leave(o->l);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int going_cmp(const void *pa, const void *pb)
{
	const struct going *a = pa, *b = pb;

	if (a->into != b->into)
		return a->into < b->into ? -1 : 1;
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return (a->from > b->from) - (a->from < b->from);
}

/* Every link that is looked at, by the one that it leads into and by day. */
static int list_going(struct opening_list *o)
{
	const struct tree *t = o->l->tree;

	o->going = arena_array(o->a, tree_links(t) + 1, sizeof(*o->going));
	if (!o->going)
		return err_set(o->e, ERR_NOMEM, "no memory for openings");
	for (size_t i = 0; i < tree_count(t); i++) {
		const struct unit *from = tree_at(t, i);

		for (size_t k = 0; k < from->link_count; k++) {
			const struct tree_link *link = &from->links[k];
			const struct unit *into = tree_get(t, link->into);

			if (into && unit_alive(into, link->from) &&
			    (!o->only || link->from == o->only))
				o->going[o->going_count++] = (struct going){ link->into, from->unit,
									     link->from,
									     link->merged };
		}
	}
	if (o->going_count)
		qsort(o->going, o->going_count, sizeof(*o->going), going_cmp);
	return 0;
}

/* The going of one unit and day, [first, end). */
static int add_up(struct opening_list *o, size_t first, size_t end)
{
	struct opening *x = &o->list[o->count];
	bool asked = looked_at(o->l, o->all, o->going[first].into);
	int rc = 0;

	for (size_t i = first; i < end; i++)
		asked |= looked_at(o->l, o->all, o->going[i].from);
	if (!asked)
		return 0;
	*x = (struct opening){ .unit = o->going[first].into, .day = o->going[first].day };
	x->known = x->old = true;
	o->count++;
	if (unit_alive(tree_get(o->l->tree, x->unit), x->day - 1))
		rc = add_members(o, x, x->unit, true);
	for (size_t i = first; i < end && !rc; i++)
		rc = add_members(o, x, o->going[i].from, o->going[i].whole);
	return rc ? rc : compare_entered(o, x);
}

static int list_openings(struct opening_list *o)
{
	const struct form *f = ledger_form_code(o->l, SPAN_LIT("monthly"), NULL);
	int rc = f ? part_calendar(o->l, f->no, &o->calendar, o->e) : 0;

	o->work = arena_new(SCRATCH_BUDGET);
	if (!rc)
		rc = o->work ? list_going(o) : err_set(o->e, ERR_NOMEM, "no memory for openings");
	if (!rc) {
		o->list = arena_array(o->a, o->going_count + 1, sizeof(*o->list));
		rc = o->list ? 0 : err_set(o->e, ERR_NOMEM, "no memory for openings");
	}
	for (size_t first = 0, end; first < o->going_count && !rc; first = end) {
		for (end = first + 1; end < o->going_count; end++)
			if (o->going[end].into != o->going[first].into ||
			    o->going[end].day != o->going[first].day)
				break;
		rc = add_up(o, first, end);
	}
	arena_free(o->work);
	return rc;
}

int query_openings(const struct opening **out, size_t *count, struct ledger *l, day_t day,
		   struct arena *a, struct err *e)
{
	struct opening_list o = { .l = l, .all = true, .only = day, .a = a, .e = e };
	int rc = list_openings(&o);

	*out = o.list;
	*count = o.count;
	return rc;
}

/* ---- what came late ---- */

/* Into which one unit it went as a whole, if that took over nobody else ever; 0: none such. */
static uint32_t only_successor(const struct ledger *l, uint32_t unit)
{
	const struct unit *u = tree_get(l->tree, unit);
	uint32_t into;

	if (!u || u->link_count != 1 || !u->links[0].merged)
		return 0;
	into = u->links[0].into;
	for (size_t i = 0; i < tree_count(l->tree); i++) {
		const struct unit *other = tree_at(l->tree, i);

		for (size_t k = 0; k < other->link_count; k++)
			if (other->links[k].into == into && other->unit != unit)
				return 0;
	}
	/* one that had figures of its own before is another organisation, not the same under a new number */
	return tree_get(l->tree, into)->opened == u->links[0].from ? into : 0;
}

static int place_of(struct ledger *l, const struct late_line *late, uint32_t into, bool *only,
		    struct arena *a, struct err *e)
{
	const struct period sent = late->op.sheet.period;
	const struct late_place *places;
	size_t count;
	int rc = query_late_places(&places, &count, l, late, a, e);

	*only = !rc && count == 1 && places[0].unit == into && places[0].period.from == sent.from &&
		places[0].period.to == sent.to;
	return rc;
}

struct following {
	struct ledger *l;
	struct op *acts;
	size_t count, cap;
	struct arena *a;
	struct err *e;
};

static int add_act(struct following *f, const struct op *op)
{
	if (f->count == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 64;
		struct op *grown = realloc(f->acts, cap * sizeof(*grown));

		if (!grown)
			return err_set(f->e, ERR_NOMEM, "no memory for what follows");
		f->acts = grown;
		f->cap = cap;
	}
	f->acts[f->count++] = *op;
	return 0;
}

static int list_late(struct following *f, bool all)
{
	const struct late_line *lines = NULL;
	size_t count = 0;
	int rc = query_late(&lines, &count, f->l, 0, true, f->a, f->e);

	for (size_t i = 0; i < count && !rc; i++) {
		uint32_t into = lines[i].code == CODE_SUCCESSOR &&
						looked_at(f->l, all, lines[i].unit)
					? only_successor(f->l, lines[i].unit)
					: 0;
		struct op op = { .kind = OP_LATE_DECISION,
				 .unit = into,
				 .source = SPAN_LIT("server"),
				 .reason = span_str(late_reason),
				 .late = { .lsn = lines[i].lsn,
					   .counts = true,
					   .as_unit = into,
					   .as_period = lines[i].op.sheet.period } };
		bool only;

		if (!into)
			continue;
		rc = place_of(f->l, &lines[i], into, &only, f->a, f->e);
		if (!rc && only)
			rc = add_act(f, &op);
	}
	return rc;
}

static int list_members(struct following *f, bool all)
{
	struct opening_list o = { .l = f->l, .all = all, .a = f->a, .e = f->e };
	int rc = list_openings(&o);

	for (size_t i = 0; i < o.count && !rc; i++) {
		struct op op = { .kind = OP_MEMBERS,
				 .unit = o.list[i].unit,
				 .source = SPAN_LIT("server"),
				 .reason = span_str(opening_reason),
				 .members = { o.list[i].day - 1, o.list[i].members } };

		if (o.list[i].known && !o.list[i].stands && !o.list[i].by_hand)
			rc = add_act(f, &op);
	}
	return rc;
}

static int enter(struct following *f, const struct ed25519_key *key, int64_t now_ms, size_t *made)
{
	int rc = ledger_begin(f->l, f->e);

	if (rc)
		return rc;
	for (size_t i = 0; i < f->count && !rc; i++) {
		enum op_code code = CODE_OK;

		rc = ledger_act_told(f->l, &f->acts[i], now_ms, NULL, &code, f->e);
		if (!rc)
			++*made;
		else if (code != CODE_OK) { /* a person will see it waiting */
			err_clear(f->e);
			rc = 0;
		}
	}
	if (!rc && *made) {
		rc = ledger_commit(f->l, key, NULL, f->e);
	} else {
		ledger_abort(f->l);
	}
	if (rc)
		*made = 0;
	return rc;
}

int ledger_follow(struct ledger *l, bool all, const struct ed25519_key *key, int64_t now_ms,
		  size_t *made, struct err *e)
{
	struct following f = { .l = l, .a = arena_new(SCRATCH_BUDGET * 16), .e = e };
	int rc = f.a ? 0 : err_set(e, ERR_NOMEM, "no memory for what follows");

	*made = 0;
	assert(!l->in_batch);
	if (!rc && tree_links(l->tree))
		rc = list_late(&f, all);
	if (!rc && tree_links(l->tree))
		rc = list_members(&f, all);
	if (!rc)
		l->follow_count = 0; /* what is entered now is looked at again: it may lead on */
	if (!rc && f.count)
		rc = enter(&f, key, now_ms, made);
	if (rc)
		l->follow_count = FOLLOW_ALL; /* another time */
	free(f.acts);
	arena_free(f.a);
	return rc;
}
