#include "client/commend.h"

#include "cases_internal.h"
#include "client/act.h"
#include "client/outbox.h"

#include <stdlib.h>

struct lines {
	struct commend_line *at;
	size_t count, room;
	struct arena *a;
};

static int add(struct lines *l, const struct commend_line *one, struct err *e)
{
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 32;
		struct commend_line *grown = arena_array(l->a, room, sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for proposals");
		if (l->count)
			memcpy(grown, l->at, l->count * sizeof(*grown));
		l->at = grown;
		l->room = room;
	}
	l->at[l->count++] = *one;
	return 0;
}

/* ---- base, and own ones on top ---- */

static int add_base(struct lines *l, struct client *c, uint32_t unit, struct period period,
		    struct err *e)
{
	const struct commended *list;
	size_t count;
	int rc = query_commended(&list, &count, c->base, unit, period, UINT64_MAX, l->a, e);

	for (size_t i = 0; i < count && !rc; i++)
		rc = add(l, &(struct commend_line){ .of = list[i] }, e);
	return rc;
}

static bool same(const struct op_commend *a, const struct op_commend *b)
{
	if (a->named != b->named || a->period.from != b->period.from ||
	    a->period.to != b->period.to)
		return false;
	return a->named ? !memcmp(a->person, b->person, PERSON_ID) : span_eq(a->title, b->title);
}

static int fold(struct lines *l, const struct op *op, struct op_id id, struct err *e)
{
	struct commend_line one = {
		.of = { .unit = op->unit, .commend = op->commend, .reason = op->reason },
		.id = id,
		.unsent = true
	};

	for (size_t i = 0; i < l->count; i++)
		if (l->at[i].of.unit == op->unit && same(&l->at[i].of.commend, &op->commend))
			memmove(&l->at[i], &l->at[i + 1], (--l->count - i) * sizeof(*l->at));
	return op->commend.helped ? add(l, &one, e) : 0;
}

/* The ops lend from the arena of the whole. */
static int fold_own(struct lines *l, struct client *c, uint32_t top, struct period period,
		    day_t day, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < c->own.count && !rc; i++) {
		const struct own_op *own = &c->own.ops[i];
		struct op op;

		if (own->kind != OP_COMMEND || own->pulled || own->aside || own->dropped ||
		    own->verdict == VERDICT_REFUSED)
			continue;
		rc = outbox_decode(c, own->id, &op, l->a, e);
		if (!rc && period_inside(op.commend.period, period) &&
		    tree_inside(ledger_tree(c->base), op.unit, top, day, UINT64_MAX))
			rc = fold(l, &op, own->id, e);
	}
	return rc;
}

/* By insertion, which leaves those of one number as they came. */
static void put_in_order(struct lines *l)
{
	for (size_t i = 1; i < l->count; i++) {
		struct commend_line one = l->at[i];
		size_t k = i;

		for (; k && l->at[k - 1].of.commend.helped < one.of.commend.helped; k--)
			l->at[k] = l->at[k - 1];
		l->at[k] = one;
	}
}

int commend_load(const struct commend_line **out, size_t *count, struct client *c,
		 struct keyring *k, uint32_t unit, struct period period, day_t day, struct arena *a,
		 struct err *e)
{
	const struct tree *tree = ledger_tree(c->base);
	struct lines l = { .a = a };
	int rc = 0;

	for (size_t i = 0; i < tree_count(tree) && !rc; i++) {
		uint32_t each = tree_at(tree, i)->unit;

		if (each == unit || tree_inside(tree, each, unit, day, UINT64_MAX))
			rc = add_base(&l, c, each, period, e);
	}
	if (!rc)
		rc = fold_own(&l, c, unit, period, day, e);
	for (size_t i = 0; i < l.count && !rc && k; i++) {
		size_t keys = 0;

		if (!l.at[i].of.commend.named || l.at[i].of.unit != c->id.unit)
			continue;
		rc = keyring_waiting(k, l.at[i].of.commend.person, &keys, e);
		l.at[i].unsent |= keys > 0;
	}
	put_in_order(&l);
	*out = l.at;
	*count = l.count;
	return rc;
}

/* ---- names ---- */

static bool is_open_here(struct client *c, const struct commended *of)
{
	return of->commend.named && (of->unit == c->id.unit || of->commend.body == c->id.unit);
}

int commend_open(struct person_fields *out, struct client *c, struct keyring *k,
		 const struct commended *of, struct arena *a, struct err *e)
{
	struct person_place at = { .unit = of->unit, .set = PERSON_SET_RECORD };
	struct register_asked forgotten = { .lsn = 0 };
	uint8_t key[BOX_KEY_BYTES];
	int rc;

	if (!is_open_here(c, of))
		return err_set(e, ERR_DENIED, "this name is not for this unit to open");
	rc = register_member_forgotten(c->base, of->unit, of->commend.person, &forgotten, e);
	if (!rc && forgotten.lsn)
		return err_set(e, ERR_STATE, "this person was forgotten");
	if (!rc)
		rc = keyring_person(k, of->commend.person, key, e);
	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND,
			       "the key to this name has not come yet: send and receive first");
	memcpy(at.id, of->commend.person, PERSON_KEY_ID);
	if (!rc)
		rc = sealed_fields(out, key, &at, of->commend.sealed, a, e);
	key_wipe(key, sizeof(key));
	return rc;
}

/* ---- writing ---- */

/* What would come back as a code alone is told with the rule. */
static int check_rules(const struct case_writer *w, const struct op *op, struct err *e)
{
	const struct tree *tree = ledger_tree(w->c->base);
	const struct op_commend *m = &op->commend;
	const struct unit *own = tree_get(tree, op->unit), *body = tree_get(tree, m->body);
	day_t today = day_of_instant(w->now_ms);
	char day[DAY_TEXT_MAX];

	if (m->helped && m->period.to > today)
		return err_set(
			e, ERR_INVALID,
			"the period ends on %s: somebody is put forward for days that are over",
			day_iso(day, m->period.to));
	if (m->body && own &&
	    (m->body == op->unit || !tree_inside(tree, op->unit, m->body, today, UINT64_MAX)))
		return err_set(e, ERR_INVALID,
			       "a name may be sealed for a unit above %s, and %s is none",
			       own->code, body ? body->code : "?");
	return 0;
}

static int queue(const struct case_writer *w, struct op *op, struct err *e)
{
	enum op_code code = CODE_OK;
	struct op_id id;

	return act_queue(w->c, op, w->now_ms, &id, &code, e);
}

/* Judged before a key is made: what is sealed is not looked into. */
static int write_named(const struct case_writer *w, struct op *op, struct span name, struct err *e)
{
	struct person_fields f = { .at = { [PF_NAME] = name } };
	struct person_place at = { .unit = op->unit, .set = PERSON_SET_RECORD };
	uint8_t key[BOX_KEY_BYTES];
	struct unit_key u;
	struct buf sealed;
	int rc = person_fields_check(&f, e);

	if (!rc)
		rc = case_write_unit_key(w, &u, e);
	if (rc)
		return rc;
	buf_init(&sealed, CASE_SEALED_MAX);
	rc = keyring_person_new(w->keys, w->c, &u, op->commend.person, key, e);
	memcpy(at.id, op->commend.person, PERSON_KEY_ID);
	if (!rc)
		rc = case_seal(&sealed, key, &at, &f, w->random, e);
	op->commend.named = true;
	op->commend.sealed = buf_span(&sealed);
	if (!rc)
		rc = queue(w, op, e);
	op->commend.sealed = (struct span){ NULL, 0 };
	key_wipe(key, sizeof(key));
	key_wipe(&u, sizeof(u));
	buf_fini(&sealed);
	return rc;
}

int commend_write(const struct case_writer *w, struct op *op, struct span name, struct err *e)
{
	const struct unit *own = tree_get(ledger_tree(w->c->base), op->unit);
	int rc = check_rules(w, op, e);

	if (rc)
		return own ? err_wrap(e, rc, "%s", own->code) : rc;
	if (!name.len || !op->commend.helped)
		return queue(w, op, e);
	if (op->unit != w->c->id.unit || client_role(w->c) != ROLE_APPROVER)
		return err_set(e, ERR_DENIED, "the role of this person does not allow it");
	return write_named(w, op, name, e);
}
