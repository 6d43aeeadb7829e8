/* The ops of one Submit: PROTOCOL.md, section 5. */
#include "old_places.h"
#include "writer_ops.h"

enum { OWN_MAX = 65536 /* ops that a resend may reach back over */, PLACE_BUDGET = 2 << 20 };

struct working {
	struct work *w;
	struct job_ops *j;
	uint64_t device;
	struct chain_row chain; /* goes on as ops are stored */
	const struct feed_own *own;
	size_t own_count;
};

static void not_now_from(struct job_ops *j, size_t from, enum wire_code why)
{
	for (size_t i = from; i < j->count; i++) {
		j->ops[i].verdict = VERDICT_NONE;
		j->ops[i].not_now = why;
		j->ops[i].lsn = 0;
	}
}

void work_ops_failed(struct job_ops *j, enum wire_code why)
{
	not_now_from(j, 0, why);
}

/* Does the Submit's h(first_seq - 1) lead to our h(m)? Known only as far as our own ops reach. */
static bool chain_fits(const struct working *k)
{
	struct hash at = k->j->chain;

	if (k->j->first_seq > k->chain.seq + 1)
		return true; /* a gap: nothing to compare with */
	for (size_t i = 0; i < k->own_count; i++)
		at = chain_next(&at, k->own[i].seq, k->own[i].body_hash.b);
	return hash_eq(&at, &k->chain.hash);
}

static void answer_stored(struct working *k, struct job_op *op)
{
	const struct feed_own *own = &k->own[op->seq - k->j->first_seq];

	if (!hash_eq(&own->body_hash, &op->body_hash)) {
		op->verdict = VERDICT_REFUSED;
		op->code = CODE_FORK;
		op->fork = true;
		return;
	}
	op->verdict = own->verdict;
	op->code = own->code;
	op->lsn = own->lsn;
	memcpy(op->detail, own->detail, sizeof(op->detail));
}

int work_submit(struct work *w, struct submission *s, struct op_id id, struct moment now,
		struct judgement *out, struct err *e)
{
	const struct writer_hands *hands = &w->setup->hands;
	int rc;

	if (hands->hold)
		s->parked = !hands->hold(hands->ctx, id);
	rc = ledger_submit(w->setup->ledger, s, now.wall_ms, out, e);
	if (hands->release)
		hands->release(hands->ctx);
	return rc;
}

/* Is it behind what this connection has brought back and what waits? Does it name a unit whose number, as that showed, is
 * another's here? */
static int look_at_places(const struct working *k, const struct job_op *op, bool *waits,
			  bool *taken, struct err *e)
{
	const struct old_places *p = k->j->places;
	struct envelope env;
	struct arena *a;
	struct op decoded;

	*waits = *taken = false;
	if (!p || (!p->unit_count && !p->more_units && !p->taken_count) || !op->body.data)
		return 0;
	a = arena_new(PLACE_BUDGET);
	if (!a)
		return err_set(e, ERR_NOMEM, "no memory for an op");
	if (op_decode(&decoded, op->body, a, NULL) == CODE_OK) {
		*waits = places_wait(p, ledger_tree(k->w->setup->ledger), &decoded);
		*taken = !envelope_decode(&env, op->envelope, a, NULL) &&
			 places_taken(p, &decoded, env.base.incarnation);
	}
	arena_free(a);
	return 0;
}

static int submit(struct working *k, struct job_op *op, struct moment now, struct err *e)
{
	struct submission s = { .device = k->device,
				.envelope = op->envelope,
				.body = op->body,
				.recovering = k->w->recovering };
	struct op_id id = { .device = k->device, .epoch = k->j->epoch, .seq = op->seq };
	struct judgement j;
	bool waits;
	int rc = look_at_places(k, op, &waits, &s.taken, e);

	if (!rc && waits) {
		op->not_now = WIRE_RECOVERING;
		return 0;
	}
	if (!rc)
		rc = work_submit(k->w, &s, id, now, &j, e);
	if (rc ==
	    -ERR_STATE) { /* epoch and seq were looked at before: what is left is its base, or context */
		op->not_now = j.code ? WIRE_RECOVERING : WIRE_BASE;
		return 0;
	}
	if (rc)
		return rc;
	op->verdict = j.verdict;
	op->code = j.code;
	op->lsn = j.lsn;
	memcpy(op->detail, j.detail, sizeof(op->detail));
	k->chain.hash = chain_next(&k->chain.hash, op->seq, op->body_hash.b);
	k->chain.seq = op->seq;
	return 0;
}

static int work_op(struct working *k, struct job_op *op, struct moment now, struct err *e)
{
	int rc = 0;

	op->verdict = VERDICT_NONE;
	op->code = CODE_OK;
	op->not_now = WIRE_OK;
	op->lsn = 0;
	op->fork = false;
	op->detail[0] = 0;
	if (op->seq - k->j->first_seq < k->own_count)
		answer_stored(k, op);
	else if (op->seq != k->chain.seq + 1)
		op->not_now =
			WIRE_GAP; /* none overtakes another of its device, however it came here */
	else
		rc = submit(k, op, now, e);
	return rc;
}

static int work_all(struct working *k, struct moment now, struct arena *a, struct err *e)
{
	int rc = feed_own(&k->own, &k->own_count, k->w->setup->ledger, k->device, k->j->first_seq,
			  OWN_MAX, a, e);

	if (rc ==
	    -ERR_RANGE) { /* HelloAck said where to begin; nobody honest is so far behind it */
		not_now_from(k->j, 0, WIRE_CHAIN);
		return 0;
	}
	if (rc)
		return rc;
	if (!chain_fits(k)) {
		not_now_from(k->j, 0, WIRE_CHAIN);
		return 0;
	}
	for (size_t i = 0; i < k->j->count && !rc; i++)
		rc = work_op(k, &k->j->ops[i], now, e);
	return rc;
}

static int give_again(struct work *w, const struct job *j, struct moment now, struct err *e)
{
	struct job hello = { .kind = JOB_HELLO, .device = j->device, .at = now };
	int rc;

	hello.hello.judged = (struct hello_judged){ .act = HELLO_EPOCH, .epoch = j->ops.epoch };
	memcpy(hello.hello.hello.nonce, j->ops.nonce, sizeof(j->ops.nonce));
	rc = work_hello_act(w, &hello, now, e);
	if (!rc && hello.code) {
		*e = hello.err;
		rc = -ERR_STATE;
	}
	return rc;
}

/* Is the epoch the device's? One of a lost log comes back behind what the device said in the one before, and so, while
 * others may still bring that, not by what it says in it. */
static int check_epoch(struct work *w, const struct job *j, struct device_row *row,
		       enum wire_code *code, struct moment now, struct err *e)
{
	const struct job_ops *ops = &j->ops;
	int rc = 0;

	if (ops->regains && row->epoch < ops->epoch) {
		*code = w->recovering ? WIRE_RECOVERING : WIRE_OK;
		if (!*code)
			rc = give_again(w, j, now, e);
		return rc || *code ? rc : ledger_device(w->setup->ledger, j->device, row, e);
	}
	if (row->epoch != ops->epoch ||
	    (ops->regains && memcmp(row->nonce, ops->nonce, sizeof(row->nonce)) != 0))
		*code = WIRE_NEW_EPOCH;
	return 0;
}

int work_ops(struct work *w, struct job *j, struct moment now, struct err *e)
{
	struct working k = { .w = w, .j = &j->ops, .device = j->device };
	struct device_row row;
	enum wire_code code;
	struct arena *a;
	int rc = hello_device(&code, &row, w->setup->ledger, j->device, e);

	if (!rc && !code && w->behind)
		code = WIRE_SERVER_BEHIND;
	if (!rc && !code)
		rc = check_epoch(w, j, &row, &code, now, e);
	if (!rc)
		rc = ledger_chain(w->setup->ledger, j->device, &k.chain, e);
	if (rc == -ERR_NOTFOUND)
		rc = 0;
	if (rc)
		return rc;
	if (code) {
		not_now_from(&j->ops, 0, code);
	} else {
		a = arena_new(OWN_MAX * sizeof(struct feed_own) + 4096);
		rc = a ? work_all(&k, now, a, e)
		       : err_set(e, ERR_NOMEM, "no memory for a device's ops");
		arena_free(a);
	}
	if (code == WIRE_RECOVERING) { /* nothing of that epoch is here yet */
		row.epoch = j->ops.epoch;
		k.chain = (struct chain_row){ .seq = 0 };
	}
	j->ops.acked_epoch = row.epoch;
	j->ops.acked_seq = k.chain.seq;
	j->ops.acked_chain = k.chain.hash;
	return rc;
}
