#include "ledger/recovery.h"

#include "internal.h"

bool ledger_may_return(enum op_code code, bool lost)
{
	switch (code) {
	case CODE_UNIT_UNKNOWN:
	case CODE_FORM_UNKNOWN:
	case CODE_MEASURE_UNKNOWN:
	case CODE_OUTSIDE_PLAN:
	case CODE_VERSION_UNKNOWN:
	case CODE_TARGET_UNKNOWN:
	case CODE_NO_REQUEST:
	case CODE_PERSON_UNKNOWN:
	case CODE_CASE_UNKNOWN:
	case CODE_DEVICE_UNKNOWN:
		return true;
	case CODE_NOT_ALLOWED:
	case CODE_UNIT_CLOSED:
	case CODE_PERIOD_WRONG:
		return lost;
	default:
		return false;
	}
}

/* Is the newest incarnation one that began with a restore? */
static int was_restored(struct ledger *l, bool *restored, struct err *e)
{
	static const uint8_t none[16];
	struct span parent;
	struct rd r;
	int rc = row_get(l, T_META, key_text(SPAN_LIT("store")), &r, e);

	if (rc)
		return rc;
	rd_bytes(&r, 32); /* store, incarnation */
	parent = rd_bytes(&r, 16);
	*restored = parent.len == 16 && memcmp(parent.data, none, 16);
	return 0;
}

int ledger_recovering(struct ledger *l, bool *recovering, struct err *e)
{
	char hex[HASH_HEX_MAX];
	struct buf value;
	int rc = read_enter(l, e);

	*recovering = false;
	if (rc)
		return rc;
	rc = was_restored(l, recovering, e);
	if (!rc && *recovering) {
		buf_init(&value, 4096);
		rc = ledger_setting(l, SPAN_LIT(RECOVERED_KEY), &value, NULL);
		*recovering = rc || !span_eq(buf_span(&value),
					     span_str(hex_encode(hex, l->info.incarnation, 16)));
		buf_fini(&value);
		rc = 0;
	}
	read_leave(l);
	return rc;
}

/* Back along the server's own chain. */
int ledger_before_start(struct ledger *l, uint64_t below, uint64_t *lsn, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct chain_row chain;
	uint64_t at = 0, had;
	bool found = false;
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory to walk back");

	*lsn = below ? 1 : l->info.lsn;
	if (rc) {
		arena_free(a);
		return rc;
	}
	rc = ledger_chain(l, 0, &chain, e);
	if (!rc)
		at = chain.lsn;
	while (at && !rc && !found) {
		struct span bytes;
		struct entry en;
		struct op op = { .kind = OP_NONE };
		int readable;

		arena_reset(a);
		rc = log_get(l, at, &bytes, e);
		if (!rc)
			rc = entry_decode(&en, bytes, a, e);
		readable = rc ? rc : body_open(&op, en.body, a, e);
		if (readable < 0)
			rc = readable;
		/* an incarnation's own entry belongs to it: nothing before it is in doubt, as long as it holds */
		had = op.kind == OP_START ? at - 1 : at;
		found = readable == 1 && (op.kind == OP_START || op.kind == OP_INCARNATION) &&
			(!below || had < below);
		if (found)
			*lsn = had;
		at = rc ? 0 : en.prev_device;
	}
	read_leave(l);
	arena_free(a);
	return rc;
}

/* ---- what was done since ---- */

/* The newest incarnation: where it branched off, and where it says so. */
struct restore {
	uint64_t branch, declared;
};

static int newest_restore(struct ledger *l, struct restore *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_META, key_text(SPAN_LIT("store")), &r, e);

	if (rc)
		return rc;
	(void)rd_bytes(&r, 80); /* store, incarnation, parent, log key */
	(void)rd_u8(&r);
	out->declared = rd_varint(&r);
	out->branch = rd_varint(&r);
	return row_done(&r, T_META, e);
}

/* By whoever runs the server now, who may have done it before anybody noticed the restore. What was brought back has its
 * old base. */
static bool made_since(const struct ledger *l, const struct restore *r, const struct entry *en,
		       const struct envelope *env)
{
	bool unnoticed = !en->device && en->lsn > r->branch && en->lsn < r->declared;

	return unnoticed ||
	       !memcmp(env->base.incarnation, l->info.incarnation, sizeof(env->base.incarnation));
}

static int entry_made_since(struct ledger *l, const struct restore *r, uint64_t lsn, bool *since,
			    struct err *e)
{
	struct envelope env;
	struct entry en;
	struct span bytes;
	int rc = log_get(l, lsn, &bytes, e);

	*since = false;
	if (!rc)
		rc = entry_decode(&en, bytes, l->scratch, e);
	if (rc)
		return rc;
	rc = envelope_decode(&env, en.envelope, l->scratch, e);
	if (!rc)
		*since = made_since(l, r, &en, &env);
	return rc;
}

/* Of acts that have no row of their own: the chain of the unit, back to the branch. */
struct looking {
	struct ledger *l;
	struct restore restore;
	const struct op *old;
	bool found;
};

static bool same_rules(struct ledger *l, const struct op *a, const struct op *b, struct err *e)
{
	struct plan_interval x, y;

	if (a->kind != b->kind)
		return false;
	if (a->kind == OP_CALENDAR)
		return a->calendar.form == b->calendar.form && a->calendar.from == b->calendar.from;
	x = plan_of_op(&a->plan, 0);
	y = plan_of_op(&b->plan, 0);
	return period_meet(x.period, y.period) &&
	       (x.form == y.form ||
		forms_share(ledger_form_newest(l, x.form, e), ledger_form_newest(l, y.form, e)));
}

static int look_each(void *ctx, const struct entry *en, const struct envelope *env,
		     const struct op *op, struct err *e)
{
	struct looking *k = ctx;

	if (en->lsn <= k->restore.branch)
		return 1;
	k->found = op && en->verdict == VERDICT_ACCEPTED &&
		   made_since(k->l, &k->restore, en, env) && same_rules(k->l, op, k->old, e);
	return k->found;
}

static int rules_made_since(struct ledger *l, const struct restore *r, const struct op *op,
			    bool *since, struct err *e)
{
	struct looking k = { .l = l, .restore = *r, .old = op };
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint64_t head;
	int rc = a ? unit_head_get(l, op->unit, &head, e)
		   : err_set(e, ERR_NOMEM, "no memory to walk back");

	if (!rc)
		rc = walk_unit(l, head, a, look_each, &k, e);
	arena_free(a);
	*since = k.found;
	return rc;
}

/* What is brought back must not undo what was done since. */
static int overtaken(struct ledger *l, const struct op *op, bool *since, struct err *e)
{
	struct person_row person;
	struct restore restore;
	struct rd r;
	int64_t members;
	uint64_t lsn = 0;
	int rc = newest_restore(l, &restore, e);

	*since = false;
	if (rc)
		return rc;
	if (op->kind == OP_CALENDAR || op->kind == OP_PLAN)
		return rules_made_since(l, &restore, op, since, e);
	if (op->kind == OP_PERSON) {
		rc = ledger_person(l, op->person.person, &person, e);
		lsn = rc ? 0 : person.lsn;
	} else if (op->kind == OP_SETTING) {
		rc = row_get(l, T_SETTING, key_setting(op->unit, op->setting.key), &r, e);
		lsn = rc ? 0 : rd_varint(&r);
	} else if (op->kind == OP_MEMBERS) {
		rc = members_get(l, op->unit, op->members.day, &members, &lsn, e);
		lsn = rc ? 0 : lsn;
	}
	if (rc == -ERR_NOTFOUND)
		return 0;
	return rc || !lsn ? rc : entry_made_since(l, &restore, lsn, since, e);
}

static int refused(struct err *e, const char *why)
{
	return err_set(e, ERR_INVALID, "an act that is brought back: %s", why);
}

int ledger_bring_act(struct ledger *l, const struct entry *old, bool named, int64_t now_ms,
		     struct judgement *out, struct err *e)
{
	struct entry en = { .device = 0, .verdict = VERDICT_ACCEPTED };
	struct asker by = { .role = ROLE_CONSOLE };
	struct chain_row chain;
	struct envelope env;
	struct decision d;
	struct buf envelope;
	struct op op;
	bool since;
	int rc;

	assert(l->in_batch && !old->device);
	memset(out, 0, sizeof(*out));
	arena_reset(l->scratch);
	rc = envelope_decode(&env, old->envelope, l->scratch, e);
	if (!rc)
		rc = ledger_chain(l, 0, &chain, e);
	if (rc)
		return rc;
	if ((named && env.epoch == chain.epoch) ||
	    op_decode(&op, old->body, l->scratch, NULL) != CODE_OK)
		return refused(e, "it is none of an earlier incarnation");
	rc = overtaken(l, &op, &since, e);
	if (rc)
		return rc;
	if (since)
		return refused(e, "it was done otherwise since");
	if (!named) {
		env.epoch = chain.epoch;
		env.seq = chain.seq + 1;
	}
	by.id = (struct op_id){ .device = 0, .epoch = env.epoch, .seq = env.seq };
	by.author_unit = op.unit;
	by.base = &env.base;
	rc = decide(l, &op, &by, ledger_time(l, now_ms), &d, e);
	if (rc)
		return rc;
	out->id = by.id;
	out->code = d.code;
	if (d.verdict != VERDICT_ACCEPTED)
		return refused(e, op_code_text(d.code));
	buf_init(&envelope, 256);
	envelope_encode(&envelope, &env);
	en.envelope = named ? old->envelope : buf_span(&envelope);
	en.body = old->body;
	en.unit = en.author_unit = op.unit;
	en.author = op.author;
	en.prev_device = chain.lsn;
	rc = ledger_append(l, &en, &env, &op, now_ms, e);
	buf_fini(&envelope);
	out->verdict = VERDICT_ACCEPTED;
	out->lsn = en.lsn;
	return rc;
}
