/* Entries of before a restore, brought back by whoever read them: PROTOCOL.md, section 12. */
#include "ledger/recovery.h"
#include "old_places.h"
#include "writer_ops.h"

enum { OLD_DECODE_BUDGET = 2 << 20 };

struct bringing {
	struct work *w;
	struct job_old *j;
	uint64_t shared; /* up to here that incarnation's log is the present one's */
	uint32_t unit;   /* of the device that brings them: it had read all of what stands below */
	struct moment now;
	struct arena *a;
	struct err *e;
};

/* What lacks something waits while others may bring it. */
static enum wire_old_result for_want(const struct bringing *k)
{
	return k->w->recovering ? WIRE_OLD_NOT_NOW : WIRE_OLD_REFUSED;
}

static bool tells_of_its_server(const struct op *op)
{
	return op->kind == OP_INCARNATION || op->kind == OP_START || op->kind == OP_CLOCK ||
	       (op->kind == OP_SETTING && span_eq(op->setting.key, SPAN_LIT(RECOVERED_KEY)));
}

/* Up to here the present log is that of before, at least. Of a log that a later restore has cut off it is not known where
 * it left this one: not before the first restore. */
static uint64_t shared_at_least(const struct bringing *k)
{
	const struct server_line *line = &k->w->line;

	return !k->shared && line->count > 1 ? server_line_shared(line, line->at[0].id) : k->shared;
}

/* Who has the number here, given behind what the logs share? 1, 0, or an error. */
static int who_has(struct bringing *k, uint32_t person, struct person_row *row)
{
	struct err why = { 0 };
	int rc = ledger_person(k->w->setup->ledger, person, row, &why);

	if (rc == -ERR_NOTFOUND)
		return 0;
	if (rc)
		*k->e = why;
	return rc ? rc : row->lsn > shared_at_least(k);
}

/* Was the number of its person given to somebody else since, or between a restore and its declaration? Then it
 * would make two people one: whoever it is about gets a new card. 1, 0, or an error. */
static int number_is_taken(struct bringing *k, const struct op *op)
{
	uint32_t person = op->kind == OP_PERSON       ? op->person.person
			  : op->kind == OP_DEVICE     ? op->device.person
			  : op->kind == OP_ENROL_CODE ? op->enrol_code.person
						      : 0;
	struct person_row row;
	int rc = person ? who_has(k, person, &row) : 0;

	if (rc != 1 || row.unit != op->unit)
		return rc;
	return op->kind != OP_PERSON &&
	       places_person_taken(k->j->places, person, k->j->incarnation);
}

/* It makes a person of the lost log: is the one with that number here, of the same unit, somebody else? */
static int note_person(struct bringing *k, const struct entry *en, const struct op *op)
{
	struct person_row row;
	struct op here = { .kind = OP_NONE };
	struct entry by;
	struct buf bytes;
	int rc;

	if (op->kind != OP_PERSON || op->reason.len || en->verdict != VERDICT_ACCEPTED)
		return 0;
	rc = who_has(k, op->person.person, &row);
	if (rc != 1)
		return rc;
	buf_init(&bytes, ENTRY_MAX);
	rc = ledger_entry(k->w->setup->ledger, row.lsn, &bytes, k->e);
	if (!rc)
		rc = entry_decode(&by, buf_span(&bytes), k->a, k->e);
	if (!rc && op_decode(&here, by.body, k->a, NULL) == CODE_OK && here.kind == OP_PERSON)
		places_note_person(k->j->places, op->person.person,
				   here.person.role == op->person.role &&
					   span_eq(here.person.name, op->person.name),
				   k->j->incarnation);
	buf_fini(&bytes);
	return rc;
}

/* A renewal: the device is enrolled here, and tells its newest key by itself when it comes with it. Told again by
 * somebody else, an earlier one would lock out the device that has come with the next one since. 1, 0, or an error. */
static int is_renewal(struct bringing *k, const struct op *op)
{
	struct device_row row;
	struct err why = { 0 };
	int rc = op->kind == OP_DEVICE
			 ? ledger_device(k->w->setup->ledger, op->device.device, &row, &why)
			 : -ERR_NOTFOUND;

	if (rc == -ERR_NOTFOUND)
		return 0;
	if (rc)
		*k->e = why;
	return rc ? rc : row.epoch == op->device.epoch;
}

/* `named`: its identity is free. */
static int bring_act(struct bringing *k, const struct entry *en, const struct op *op, bool named,
		     enum wire_old_result *out)
{
	struct ledger *l = k->w->setup->ledger;
	struct judgement judged;
	struct err why = { 0 };
	int rc;

	*out = WIRE_OLD_REFUSED;
	if (op->kind == OP_NONE)
		return 0;
	if (tells_of_its_server(op)) {
		*out = WIRE_OLD_KNOWN;
		return 0;
	}
	rc = is_renewal(k, op);
	if (rc) {
		*out = WIRE_OLD_KNOWN;
		return rc < 0 ? rc : 0;
	}
	rc = number_is_taken(k, op);
	if (rc)
		return rc < 0 ? rc : 0;
	if (places_taken(k->j->places, op, k->j->incarnation))
		return 0;
	rc = ledger_bring_act(l, en, named, k->now.wall_ms, &judged, &why);
	if (!rc) {
		*out = WIRE_OLD_TAKEN;
		return 0;
	}
	if (rc == -ERR_INVALID) {
		if (k->w->recovering && ledger_may_return(judged.code, true))
			*out = WIRE_OLD_NOT_NOW;
		return 0;
	}
	*k->e = why;
	return rc;
}

/* The log that it is brought from had found that, where what showed it was at hand: in a third one that may come later. */
static bool was_taken(const struct entry *en)
{
	return en->verdict == VERDICT_REFUSED && span_eq(en->detail, SPAN_LIT(UNIT_TAKEN));
}

static int bring_op(struct bringing *k, const struct entry *en, const struct envelope *env,
		    const struct op *op, enum wire_old_result *out)
{
	struct submission s = { .device = en->device,
				.envelope = en->envelope,
				.body = en->body,
				.brought = true,
				.refused = en->verdict == VERDICT_REFUSED,
				.taken = was_taken(en) ||
					 places_taken(k->j->places, op, env->base.incarnation),
				/* what the lost log refused for a want, it did without */
				.recovering = k->w->recovering && en->verdict != VERDICT_REFUSED };
	struct ledger *l = k->w->setup->ledger;
	struct chain_row chain;
	struct device_row device;
	struct judgement judged;
	struct err why = { 0 };
	int rc = ledger_device(l, en->device, &device, &why);

	*out = for_want(k);
	if (!rc)
		rc = ledger_chain(l, en->device, &chain, &why);
	if (rc == -ERR_NOTFOUND)
		return 0;
	if (!rc &&
	    (env->epoch < chain.epoch || (env->epoch == chain.epoch && env->seq <= chain.seq))) {
		*out = WIRE_OLD_REFUSED; /* its place is taken, or its epoch over */
		return 0;
	}
	if (!rc && (env->epoch > chain.epoch || env->seq > chain.seq + 1))
		return 0; /* what comes before it is not here */
	if (!rc)
		rc = work_submit(k->w, &s, (struct op_id){ en->device, env->epoch, env->seq },
				 k->now, &judged, &why);
	if (!rc)
		*out = WIRE_OLD_TAKEN;
	if (rc == -ERR_STATE)
		rc = 0;
	if (rc == -ERR_PROTO) { /* no log of ours ever had that */
		*out = WIRE_OLD_REFUSED;
		rc = 0;
	}
	if (rc)
		*k->e = why;
	return rc;
}

static bool closes(const struct entry *en, const struct op *op)
{
	return op->kind == OP_CLOSE && en->verdict == VERDICT_ACCEPTED;
}

/* What stood before a closing in the lost log is to stand before it here: a sheet behind it would be late. Whoever reads
 * all that it closes has all of that, and brings it in the order in which it stood; others wait for them. And what stood
 * behind it is to stand behind it: in front of it, it would be part of what was closed without it. An epoch ends the one
 * before: in front of what its device said in that, it would be the end of it. And of what holds as it was told last, the
 * last one is to come last. */
static bool out_of_place(const struct bringing *k, const struct entry *en, const struct op *op)
{
	struct ledger *l = k->w->setup->ledger;
	day_t today = day_of_instant(ledger_info(l).time_ms);

	if (!k->w->recovering || tells_of_its_server(op) ||
	    (op->kind == OP_CLOSE && !closes(en, op)))
		return false;
	return places_wait(k->j->places, ledger_tree(l), op) ||
	       (op->kind == OP_CLOSE &&
		!tree_inside(ledger_tree(l), op->unit, k->unit, today, UINT64_MAX));
}

/* The entry is not in the log, and can be read. */
static int bring_new(struct bringing *k, struct job_old_entry *old, const struct entry *en,
		     const struct envelope *env, const struct op *op, bool named)
{
	int rc = note_person(k, en, op);

	if (rc)
		return rc;
	if (out_of_place(k, en, op))
		old->result = WIRE_OLD_NOT_NOW;
	else if (!en->device)
		rc = bring_act(k, en, op, named, &old->result);
	else if (named)
		rc = bring_op(k, en, env, op, &old->result);
	if (rc || old->result != WIRE_OLD_NOT_NOW)
		return rc;
	places_note(k->j->places, en, closes(en, op) ? op : NULL);
	return 0;
}

/* What made a unit in the lost log whose number is another's here does not come back: an act is refused, an op is in the log so.
 * Whoever brings it keeps it, as long as anything may wait for another connection: in front of that it says there whose number
 * it was. Nothing waits for it. */
static void keep_in_front(const struct bringing *k, struct job_old_entry *old,
			  const struct entry *en, const struct op *op)
{
	if (k->w->recovering && en->verdict == VERDICT_ACCEPTED &&
	    (op->kind == OP_UNIT || op->kind == OP_ACT) &&
	    places_taken(k->j->places, op, k->j->incarnation))
		old->result = WIRE_OLD_NOT_NOW;
}

static int bring_one(struct bringing *k, struct job_old_entry *old)
{
	const struct old_have *have;
	struct op op = { .kind = OP_NONE };
	struct envelope env;
	struct entry en;
	struct op_id id;
	int rc;

	old->result = WIRE_OLD_REFUSED;
	arena_reset(k->a);
	if (!old->marked)
		return 0;
	if (entry_decode(&en, old->bytes, k->a, NULL) ||
	    envelope_decode(&env, en.envelope, k->a, NULL))
		return 0;
	if (en.lsn <= k->shared) {
		old->result = WIRE_OLD_KNOWN;
		return 0;
	}
	if (op_decode(&op, en.body, k->a, NULL) != CODE_OK)
		op.kind = OP_NONE;
	if (en.verdict == VERDICT_ACCEPTED)
		places_made(k->j->places, ledger_tree(k->w->setup->ledger), &op, k->j->incarnation);
	rc = old_set_follow(&k->w->old, k->w->setup->ledger, k->shared, k->e);
	if (rc)
		return rc;
	id = (struct op_id){ en.device, env.epoch, env.seq };
	have = old_set_find(&k->w->old, id);
	if (en.device ? have && !memcmp(have->body_hash, env.body_hash, HASH_BYTES)
		      : old_set_has_act(&k->w->old, &env, k->shared)) {
		old->result = WIRE_OLD_KNOWN;
	} else {
		rc = bring_new(k, old, &en, &env, &op, !have);
	}
	keep_in_front(k, old, &en, &op);
	return rc;
}

static int bring_all(struct bringing *k)
{
	int rc = 0;

	k->a = arena_new(OLD_DECODE_BUDGET);
	if (!k->a)
		return err_set(k->e, ERR_NOMEM, "no memory for old entries");
	for (size_t i = 0; i < k->j->count && !rc; i++)
		rc = bring_one(k, &k->j->entries[i]);
	arena_free(k->a);
	return rc;
}

int work_old(struct work *w, struct job *j, struct moment now, struct err *e)
{
	struct bringing k = { .w = w, .j = &j->old, .now = now, .e = e };
	struct device_row row;
	enum wire_code code;
	int rc = hello_device(&code, &row, w->setup->ledger, j->device, e);

	if (!rc && !code && w->behind)
		code = WIRE_SERVER_BEHIND;
	if (rc || code) {
		j->code = code;
		return rc;
	}
	k.unit = row.unit;
	*j->old.places = *j->old.before; /* a batch that was given up is done again */
	rc = server_line_load(&w->line, w->setup->ledger, e);
	if (rc)
		return rc;
	/* 0 when a later restore has cut that incarnation off: then all is asked of the set */
	k.shared = server_line_shared(&w->line, j->old.incarnation);
	return bring_all(&k);
}
