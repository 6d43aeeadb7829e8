/* Opening, batches, and the way of an op: envelope, identity, verdict, entry, state. */
#include "internal.h"

#include "domain/act_rule.h"
#include "ledger/feed.h"
#include "ledger/recovery.h"

#include <stdio.h>
#include <stdlib.h>

struct hash chain_next(const struct hash *before, uint64_t seq, const uint8_t body_hash[32])
{
	uint8_t be[8];

	for (size_t i = 0; i < 8; i++)
		be[i] = (uint8_t)(seq >> (56 - 8 * i));
	return hash_bytes3(span_of(before->b, HASH_BYTES), span_of(be, 8), span_of(body_hash, 32));
}

void ledger_holidays(struct ledger *l, const struct holidays *h)
{
	l->holidays = h;
}

struct ledger_info ledger_info(const struct ledger *l)
{
	return l->info;
}

int ledger_new(struct ledger **out, struct kv *kv, uint32_t scope, struct err *e)
{
	struct ledger *l = calloc(1, sizeof(*l));

	*out = NULL;
	if (!l)
		return err_set(e, ERR_NOMEM, "no memory for a ledger");
	l->kv = kv;
	l->scope = scope;
	buf_init(&l->row, KV_VALUE_MAX);
	l->scratch = arena_new(SCRATCH_BUDGET);
	if (!l->scratch || overlay_new(&l->overlay, BATCH_BUDGET, e)) {
		ledger_close(l);
		return err_set(e, ERR_NOMEM, "no memory for a ledger");
	}
	*out = l;
	return 0;
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	if (l->in_batch)
		ledger_abort(l);
	assert(!l->reading);
	state_drop(l);
	overlay_free(l->overlay);
	free(l->holes);
	arena_free(l->scratch);
	buf_fini(&l->row);
	free(l);
}

static int check_format(struct ledger *l, struct err *e)
{
	struct rd r;
	uint64_t format;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = row_get(l, T_META, key_text(SPAN_LIT("format")), &r, e);
	if (rc == -ERR_NOTFOUND)
		rc = err_set(e, ERR_NOTFOUND, "there is no store here; `ketnapd init` makes one");
	format = rc ? LEDGER_FORMAT : rd_varint(&r);
	read_leave(l);
	if (format != LEDGER_FORMAT)
		return err_set(
			e, ERR_VERSION,
			"the store has format %llu, this program works with format %d; use the "
			"program that made it, or upgrade a copy",
			(unsigned long long)format, LEDGER_FORMAT);
	return rc;
}

int ledger_open(struct ledger **out, struct kv *kv, uint32_t scope, struct err *e)
{
	struct ledger *l;
	int rc = ledger_new(&l, kv, scope, e);

	*out = NULL;
	if (rc)
		return rc;
	rc = check_format(l, e);
	if (!rc)
		rc = state_load(l, e);
	if (rc) {
		ledger_close(l);
		return rc;
	}
	*out = l;
	return 0;
}

/* ---- batches ---- */

int ledger_begin(struct ledger *l, struct err *e)
{
	int rc;

	assert(!l->in_batch && !l->reading);
	rc = kv_begin(&l->txn, l->kv, KV_WRITE, e);
	l->in_batch = !rc;
	return rc;
}

static void end_batch(struct ledger *l)
{
	overlay_clear(l->overlay);
	l->hole_count = 0;
	l->in_batch = false;
}

void ledger_abort(struct ledger *l)
{
	if (!l->in_batch)
		return;
	kv_abort(&l->txn);
	end_batch(l);
	state_revert(l);
}

static int put_head(struct ledger *l, const struct ed25519_key *key, struct err *e)
{
	struct head h = { .size = l->frontier.size,
			  .time_ms = l->info.time_ms,
			  .root = merkle_root(&l->frontier) };
	struct ed25519_sig sig;
	uint8_t bytes[HEAD_BYTES];
	struct buf *b;

	memcpy(h.incarnation, l->info.incarnation, sizeof(h.incarnation));
	sig = head_sign(&h, key);
	head_encode(bytes, &h);
	b = row_begin(l);
	buf_bytes(b, span_of(bytes, sizeof(bytes)));
	buf_bytes(b, span_of(sig.b, sizeof(sig.b)));
	return row_put(l, T_META, key_text(SPAN_LIT("head")), e);
}

int ledger_head(struct ledger *l, struct head *out, struct ed25519_sig *sig, struct err *e)
{
	struct span bytes, signature;
	struct rd r;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = row_get(l, T_META, key_text(SPAN_LIT("head")), &r, e);
	if (!rc) {
		bytes = rd_bytes(&r, HEAD_BYTES);
		signature = rd_bytes(&r, sizeof(sig->b));
		rc = row_done(&r, T_META, e);
	}
	if (!rc) {
		memcpy(sig->b, signature.data, sizeof(sig->b));
		rc = head_decode(out, bytes, e);
	}
	read_leave(l);
	return rc;
}

int ledger_prove(struct ledger *l, uint64_t lsn, uint64_t size, struct merkle_proof *out,
		 struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = !lsn || lsn > size || size > l->info.lsn
		     ? err_set(e, ERR_RANGE, "entry %llu is not among the first %llu",
			       (unsigned long long)lsn, (unsigned long long)size)
		     : merkle_prove_leaf(out, lsn - 1, size, log_node, l, e);
	read_leave(l);
	return rc;
}

int ledger_commit(struct ledger *l, const struct ed25519_key *key, struct kv_work *work,
		  struct err *e)
{
	int rc = 0;

	assert(l->in_batch);
	if (key && l->info.lsn != l->committed.lsn)
		rc = put_head(l, key, e);
	if (!rc)
		rc = overlay_pour(l->overlay, l->txn, T_LOG, e);
	if (rc) {
		ledger_abort(l);
		return rc;
	}
	if (work)
		*work = kv_txn_work(l->txn);
	rc = kv_commit(&l->txn, e);
	if (rc) {
		ledger_abort(l);
		return rc;
	}
	end_batch(l);
	state_committed(l);
	return 0;
}

/* ---- entries ---- */

/* Who has to report is kept in memory until something is said of it. */
static int apply_entry(struct ledger *l, const struct entry *en, const struct envelope *env,
		       const struct op *op, struct err *e)
{
	if (op && (op->kind == OP_UNIT || op->kind == OP_ACT || op->kind == OP_PLAN ||
		   op->kind == OP_FORM || op->kind == OP_SETTING || op->kind == OP_INCARNATION))
		duty_drop(l);
	return apply(l, en, env, op, e);
}

int ledger_append(struct ledger *l, struct entry *en, const struct envelope *env,
		  const struct op *op, int64_t now_ms, struct err *e)
{
	int rc = unit_head_get(l, en->unit, &en->prev_unit, e);

	if (rc)
		return rc;
	en->lsn = l->info.lsn + 1;
	en->time_ms = now_ms > l->info.time_ms ? now_ms : l->info.time_ms;
	rc = log_append(l, en, e);
	return rc ? rc : apply_entry(l, en, env, en->verdict == VERDICT_ACCEPTED ? op : NULL, e);
}

int64_t ledger_time(const struct ledger *l, int64_t now_ms)
{
	return now_ms > l->info.time_ms ? now_ms : l->info.time_ms;
}

static bool oversized(const struct op *op, struct span body)
{
	return body.len > (op->kind == OP_FORM ? OP_FORM_BODY_MAX : OP_BODY_MAX);
}

/* A restored server knows nothing of the acts it made after the copy, not even of restores: theirs must
 * stay other names, so the epoch of its acts comes from the incarnation's id. */
static uint32_t act_epoch(const struct op *op, uint32_t now)
{
	static const uint8_t none[16];
	const uint8_t *id = op->incarnation.id;

	if (op->kind != OP_INCARNATION || !memcmp(op->incarnation.parent, none, sizeof(none)))
		return now ? now : 1;
	return (uint32_t)(id[0] & 0x3f) << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 |
	       id[3] | 0x40000000;
}

/* An act of the server: encode, judge, append. The envelope is made here; device 0. */
static int act(struct ledger *l, const struct op *op, int64_t now_ms, uint64_t *lsn,
	       enum op_code *code, struct err *e)
{
	struct envelope env = { .base.lsn = l->info.lsn };
	struct entry en = { .device = 0, .verdict = VERDICT_ACCEPTED };
	struct asker by = { .role = ROLE_CONSOLE, .base = &env.base, .author_unit = op->unit };
	struct decision d;
	struct chain_row chain;
	struct buf body, envelope;
	struct hash h;
	int rc;

	*code = CODE_OK;
	if (lsn)
		*lsn = 0;
	rc = ledger_chain(l, 0, &chain, e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	env.epoch = act_epoch(op, chain.epoch);
	env.seq = chain.seq + 1;
	memcpy(env.base.incarnation, l->info.incarnation, 16);
	by.id = (struct op_id){ .device = 0, .epoch = env.epoch, .seq = env.seq };
	buf_init(&body, OP_FORM_BODY_MAX + 1024);
	buf_init(&envelope, 256);
	/* what cannot be read back must not be written */
	*code = op_check(op, e);
	rc = *code == CODE_OK ? op_encode(&body, op, e) : -ERR_INVALID;
	if (!rc && oversized(op, buf_span(&body)))
		rc = err_set(e, ERR_RANGE, "an act of %zu bytes is too large", body.len);
	if (!rc)
		rc = decide(l, op, &by, ledger_time(l, now_ms), &d, e);
	if (!rc)
		*code = d.code;
	if (!rc && d.verdict == VERDICT_REFUSED)
		rc = refusal_err(e, d.code == CODE_EXISTS ? ERR_EXISTS : ERR_INVALID, d.code,
				 span_str(d.detail));
	if (!rc) {
		h = hash_bytes(buf_span(&body));
		memcpy(env.body_hash, h.b, HASH_BYTES);
		envelope_encode(&envelope, &env);
		if (envelope.failed)
			rc = err_set(e, ERR_NOMEM, "no memory for an envelope");
	}
	if (!rc) {
		en.detail = span_str(d.detail);
		en.envelope = buf_span(&envelope);
		en.body = buf_span(&body);
		en.unit = en.author_unit = op->unit;
		en.author = op->author;
		en.prev_device = chain.lsn;
		rc = ledger_append(l, &en, &env, op, now_ms, e);
	}
	if (!rc && lsn)
		*lsn = en.lsn;
	buf_fini(&body);
	buf_fini(&envelope);
	return rc;
}

int ledger_act_told(struct ledger *l, const struct op *op, int64_t now_ms, uint64_t *lsn,
		    enum op_code *code, struct err *e)
{
	assert(l->in_batch);
	return act(l, op, now_ms, lsn, code, e);
}

int ledger_act(struct ledger *l, const struct op *op, int64_t now_ms, uint64_t *lsn, struct err *e)
{
	enum op_code code;

	return ledger_act_told(l, op, now_ms, lsn, &code, e);
}

int ledger_blank(struct ledger *l, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_META, key_text(SPAN_LIT("format")), &r, e);

	if (!rc)
		return err_set(e, ERR_EXISTS, "there is a store here already");
	if (rc != -ERR_NOTFOUND)
		return rc;
	rc = l->tree ? 0 : tree_new(&l->tree, e);
	if (rc)
		return rc;
	if (l->scope)
		tree_set_part(l->tree);
	buf_varint(row_begin(l), LEDGER_FORMAT);
	return row_put(l, T_META, key_text(SPAN_LIT("format")), e);
}

int ledger_create(struct kv *kv, const struct ledger_birth *b, const struct ed25519_key *key,
		  struct err *e)
{
	struct op op = { .kind = OP_INCARNATION, .source = span_str(b->by) };
	enum op_code code;
	struct ledger *l;
	int rc = ledger_new(&l, kv, 0, e);

	if (rc)
		return rc;
	memcpy(op.incarnation.store, b->store, 16);
	memcpy(op.incarnation.id, b->incarnation, 16);
	memcpy(op.incarnation.log_key, b->log_key, 32);
	op.incarnation.illustrative = b->illustrative;
	op.incarnation.cause = SPAN_LIT("init");
	memcpy(l->info.incarnation, b->incarnation, 16);
	rc = ledger_begin(l, e);
	if (!rc)
		rc = ledger_blank(l, e);
	if (!rc)
		rc = act(l, &op, b->now_ms, NULL, &code, e);
	if (!rc)
		rc = ledger_commit(l, key, NULL, e);
	ledger_close(l);
	return rc;
}

/* ---- ops from devices ---- */

struct earlier {
	struct op_id id;
	bool found;
	struct judgement j;
	uint8_t body_hash[32];
};

/* Walk the device's own chain back to `seq`: resends are of the newest few. */
static int find_earlier(struct ledger *l, uint64_t from, struct earlier *f, struct err *e)
{
	uint64_t lsn = from;
	int rc = 0;

	while (lsn && !rc && !f->found) {
		struct envelope env;
		struct entry en;
		struct span bytes;

		arena_reset(l->scratch);
		rc = log_get(l, lsn, &bytes, e);
		if (!rc)
			rc = entry_decode(&en, bytes, l->scratch, e);
		if (!rc)
			rc = envelope_decode(&env, en.envelope, l->scratch, e);
		if (rc)
			break;
		if (env.epoch == f->id.epoch && env.seq == f->id.seq) {
			f->found = true;
			f->j = (struct judgement){ .verdict = en.verdict,
						   .code = en.code,
						   .lsn = en.lsn,
						   .id = f->id,
						   .repeated = true };
			snprintf(f->j.detail, sizeof(f->j.detail), "%.*s", (int)en.detail.len,
				 en.detail.data ? (const char *)en.detail.data : "");
			memcpy(f->body_hash, env.body_hash, 32);
		}
		lsn = en.prev_device;
	}
	return rc == -ERR_NOTFOUND ? err_set(e, ERR_CORRUPT, "a device's chain has a gap") : rc;
}

/* A seq that was judged before, or one of an older epoch. */
static int again(struct ledger *l, const struct chain_row *chain, const struct envelope *env,
		 struct judgement *out, struct err *e)
{
	struct earlier f = { .id = out->id };
	int rc = find_earlier(l, chain->lsn, &f, e);

	if (rc)
		return rc;
	if (!f.found)
		return err_set(e, ERR_STATE, "epoch %u is not the device's, which is %u",
			       env->epoch, chain->epoch);
	if (!memcmp(f.body_hash, env->body_hash, 32)) {
		*out = f.j;
		return 0;
	}
	out->verdict = VERDICT_REFUSED; /* no entry: the place in the chain is taken */
	out->code = CODE_FORK;
	return 0;
}

int base_here(struct ledger *l, struct op_base *base, uint64_t *left, bool *cut, struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	const struct feed_branch *line;
	uint64_t had_read = base->lsn;
	size_t count = 0;
	bool found = false, outside = false;
	int rc = a ? feed_line(&line, &count, l, a, e)
		   : err_set(e, ERR_NOMEM, "no memory for a line");

	*left = UINT64_MAX;
	for (size_t i = 0; !rc && i < count; i++) {
		if (found && *left > line[i].branch_lsn)
			*left = line[i].branch_lsn;
		found |= !memcmp(line[i].id, base->incarnation, 16);
	}
	if (!rc && !found && count > 1) {
		/* one that a restore to before its beginning has cut off: what is left of it, at most. It may have
		 * left this log long before, by an older copy, and have other entries at these numbers. */
		*left = line[count - 1].branch_lsn;
		found = outside = true;
	}
	arena_free(a);
	if (rc)
		return rc;
	if (!found)
		return err_set(e, ERR_STATE,
			       "the op was made on another incarnation of this store");
	memcpy(base->incarnation, l->info.incarnation, 16);
	if (base->lsn > *left)
		base->lsn = *left;
	*cut = base->lsn < had_read || outside;
	return 0;
}

int base_lost(struct ledger *l, const struct op_base *base, uint64_t lsn, bool *lost, struct err *e)
{
	struct op_base here = *base;
	uint64_t left;
	bool cut = false;
	int rc = memcmp(base->incarnation, l->info.incarnation, 16)
			 ? base_here(l, &here, &left, &cut, e)
			 : 0;

	*lost = !rc && cut && lsn > here.lsn;
	return rc;
}

/* On which day an op was judged in a log that was left, nobody knows any more: on none before it was left. */
static int day_left(struct ledger *l, uint64_t left, day_t *since, struct err *e)
{
	struct span bytes;
	struct entry at;
	int rc = left && left <= l->info.lsn ? log_get(l, left, &bytes, e) : -ERR_NOTFOUND;

	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	rc = entry_decode(&at, bytes, l->scratch, e);
	if (!rc)
		*since = day_of_instant(at.time_ms);
	return rc;
}

/* What the op's author had read of this log. */
static int read_base(struct ledger *l, struct op_base *base, struct asker *by, struct err *e)
{
	uint64_t left;
	int rc = 0;

	by->base = base;
	by->elsewhere = memcmp(base->incarnation, l->info.incarnation, 16) != 0;
	if (by->elsewhere) {
		rc = base_here(l, base, &left, &by->cut, e);
		if (!rc)
			rc = day_left(l, left, &by->since, e);
	}
	if (rc)
		return rc;
	if (base->lsn > l->info.lsn)
		return err_set(e, ERR_STATE,
			       "the op was made after entry %llu, the log ends at %llu",
			       (unsigned long long)base->lsn, (unsigned long long)l->info.lsn);
	return 0;
}

/* Was the term of that person running on the day on which the op was judged? */
static bool in_office(const struct person_row *person, const struct asker *by, day_t today)
{
	day_t since = by->since ? by->since : today;

	return person->from <= today && (!person->to || person->to >= since);
}

/* The verdict on a body in its place; a body that cannot be judged is refused, never skipped. */
static int judge_body(struct ledger *l, struct span body, const struct device_row *device,
		      struct op *op, const struct asker *by, int64_t time_ms, struct decision *d,
		      struct err *e)
{
	struct person_row person;
	struct asker asker = *by;
	int rc;

	*d = (struct decision){ .verdict = VERDICT_REFUSED };
	d->code = body.data ? op_decode(op, body, l->scratch, NULL) : CODE_WITHDRAWN;
	if (d->code == CODE_NO_VERDICT)
		return err_set(e, ERR_NOMEM, "no memory to read an op");
	if (d->code != CODE_OK)
		return 0;
	rc = ledger_person(l, op->author, &person, e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc || op->author != device->person || person.unit != device->unit ||
	    !in_office(&person, by, day_of_instant(time_ms))) {
		d->code = CODE_PERSON_UNKNOWN;
		return 0;
	}
	asker.role = person.role;
	return decide(l, op, &asker, time_ms, d, e);
}

int rejudge(struct ledger *l, const struct entry *en, const struct envelope *env, bool as_before,
	    struct decision *out, struct err *e)
{
	struct op_base base = env->base;
	struct asker by = { .author_unit = en->author_unit,
			    .base = &base,
			    .role = ROLE_CONSOLE,
			    .as_before = as_before };
	struct device_row device;
	struct op op = { .kind = OP_NONE };
	int rc;

	by.id = (struct op_id){ .device = en->device, .epoch = env->epoch, .seq = env->seq };
	by.held = en->code != CODE_CASE_UNKNOWN; /* the mark that proved it is not kept */
	by.taken = span_eq(en->detail, SPAN_LIT(UNIT_TAKEN)); /* nor what came with it */
	arena_reset(l->scratch);
	if (en->device) {
		rc = read_base(l, &base, &by, e); /* as the writer read it */
		if (as_before)
			by.since = 0;
		if (rc)
			return rc == -ERR_STATE
				       ? err_set(e, ERR_CORRUPT, "entry %llu: %s",
						 (unsigned long long)en->lsn, "its base is unknown")
				       : rc;
		rc = ledger_device(l, en->device, &device, e);
		if (rc)
			return rc == -ERR_NOTFOUND ? err_set(e, ERR_CORRUPT,
							     "entry %llu: its device is unknown",
							     (unsigned long long)en->lsn)
						   : rc;
		rc = judge_body(l, en->body, &device, &op, &by, en->time_ms, out, e);
		if (!rc && !en->body.data &&
		    (en->code == CODE_OVERSIZED || en->code == CODE_UNREADABLE ||
		     en->code == CODE_PARKED))
			out->code =
				en->code; /* too large, empty, parked: no body is left to look at */
		return rc;
	}
	rc = body_of(OP_NONE, &op, en, l->scratch, e);
	return rc ? rc : decide(l, &op, &by, en->time_ms, out, e);
}

/* Which unit's chain an entry stands in: the op's, when it is accepted or that unit is in the device's
 * scope, else the device's own. Otherwise anybody could write into the chain of anybody. */
static uint32_t unit_judged(const struct ledger *l, const struct op *op, const struct decision *d,
			    const struct device_row *device, day_t today)
{
	if (d->verdict != VERDICT_REFUSED ||
	    (tree_get(l->tree, op->unit) &&
	     tree_inside(l->tree, op->unit, device->unit, today, UINT64_MAX)))
		return op->unit;
	return device->unit;
}

int ledger_submit(struct ledger *l, const struct submission *s, int64_t now_ms,
		  struct judgement *out, struct err *e)
{
	struct device_row device;
	struct chain_row chain;
	struct envelope env;
	struct decision d;
	struct op op = { .kind = OP_NONE };
	struct entry en = { .device = s->device, .envelope = s->envelope, .body = s->body };
	struct asker by = { .base = &env.base, .taken = s->taken };
	struct hash h;
	int rc;

	assert(l->in_batch && !l->scope);
	memset(out, 0, sizeof(*out));
	rc = ledger_device(l, s->device, &device, e);
	if (rc == -ERR_NOTFOUND ||
	    (!rc && !s->brought && (device.revoked_lsn || device.suspended_lsn)))
		return err_set(e, ERR_DENIED, "device %016llx is %s", (unsigned long long)s->device,
			       rc                   ? "unknown"
			       : device.revoked_lsn ? "revoked"
						    : "suspended");
	if (!rc)
		rc = ledger_chain(l, s->device, &chain, e);
	if (rc)
		return rc;
	arena_reset(l->scratch);
	rc = envelope_decode(&env, s->envelope, l->scratch, e);
	if (rc)
		return rc;
	out->id = by.id = (struct op_id){ .device = s->device, .epoch = env.epoch, .seq = env.seq };
	if (env.epoch != chain.epoch || env.seq <= chain.seq)
		return again(l, &chain, &env, out, e);
	if (env.seq != chain.seq + 1)
		return err_set(e, ERR_STATE, "op %llu came, op %llu is due",
			       (unsigned long long)env.seq, (unsigned long long)chain.seq + 1);
	rc = read_base(l, &env.base, &by, e);
	if (rc)
		return rc;
	if (s->refused) /* it does not count because it comes once more */
		by.since = 0;
	by.held = s->brought && !s->refused;
	h = hash_bytes(s->body);
	if (s->body.data && memcmp(h.b, env.body_hash, HASH_BYTES))
		return err_set(e, ERR_PROTO, "op %llu: the body does not match its hash",
			       (unsigned long long)env.seq);
	by.author_unit = device.unit;
	d = (struct decision){ .verdict = VERDICT_REFUSED, .code = CODE_PARKED };
	rc = s->parked ? 0
		       : judge_body(l, s->body, &device, &op, &by, ledger_time(l, now_ms), &d, e);
	if (rc)
		return rc;
	if (s->recovering && d.verdict == VERDICT_REFUSED && ledger_may_return(d.code, by.cut)) {
		out->code = d.code;
		return err_set(e, ERR_STATE, "op %llu names what may still be brought back",
			       (unsigned long long)env.seq);
	}
	if (d.code == CODE_OVERSIZED || d.code == CODE_PARKED)
		en.body = (struct span){ NULL, 0 };
	en.verdict = d.verdict;
	en.code = d.code;
	en.detail = span_str(d.detail);
	en.unit = unit_judged(l, &op, &d, &device, day_of_instant(ledger_time(l, now_ms)));
	en.author = op.author;
	en.author_unit = device.unit;
	en.prev_device = chain.lsn;
	rc = ledger_append(l, &en, &env, &op, now_ms, e);
	if (rc)
		return rc;
	out->verdict = d.verdict;
	out->code = d.code;
	memcpy(out->detail, d.detail, sizeof(out->detail));
	out->lsn = en.lsn;
	return 0;
}

static enum err_code refusal_kind(enum op_code code)
{
	return code == CODE_NOT_ALLOWED || code == CODE_PERSON_UNKNOWN ? ERR_DENIED
	       : code == CODE_EXISTS                                   ? ERR_EXISTS
								       : ERR_INVALID;
}

enum op_code ledger_decide(struct ledger *l, const struct op *op, struct op_id id,
			   uint32_t author_unit, const struct op_base *base, int64_t now_ms,
			   struct err *e)
{
	struct asker by = { .id = id, .author_unit = author_unit, .base = base };
	struct person_row person;
	struct decision d = { .code = CODE_OK };
	int rc = read_enter(l, e);

	if (rc)
		return CODE_NO_VERDICT;
	by.role = id.device ? ROLE_NONE : ROLE_CONSOLE;
	if (id.device) {
		rc = ledger_person(l, op->author, &person, e);
		if (!rc)
			by.role = person.role;
	}
	if (!rc || rc == -ERR_NOTFOUND)
		rc = decide(l, op, &by, ledger_time(l, now_ms), &d, e);
	read_leave(l);
	if (rc)
		return CODE_NO_VERDICT;
	if (d.verdict == VERDICT_REFUSED)
		refusal_err(e, refusal_kind(d.code), d.code, span_str(d.detail));
	return d.code;
}

int ledger_put_entry(struct ledger *l, struct span entry_bytes, struct err *e)
{
	struct envelope env;
	struct entry en;
	struct op op;
	int rc, readable;

	assert(l->in_batch);
	arena_reset(l->scratch);
	rc = entry_decode(&en, entry_bytes, l->scratch, e);
	if (!rc)
		rc = envelope_decode(&env, en.envelope, l->scratch, e);
	if (rc)
		return rc;
	if (en.lsn <= l->info.lsn || (!l->scope && en.lsn != l->info.lsn + 1) ||
	    en.time_ms < l->info.time_ms)
		return err_set(e, ERR_CORRUPT, "entry %llu does not follow entry %llu",
			       (unsigned long long)en.lsn, (unsigned long long)l->info.lsn);
	readable = body_open(&op, en.body, l->scratch, e);
	if (readable < 0)
		return readable;
	rc = log_put(l, &en, entry_bytes, e);
	return rc ? rc : apply_entry(l, &en, &env, readable ? &op : NULL, e);
}

int ledger_entry(struct ledger *l, uint64_t lsn, struct buf *out, struct err *e)
{
	struct span bytes;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = log_get(l, lsn, &bytes, e);
	if (!rc) {
		buf_bytes(out, bytes);
		if (out->failed)
			rc = err_set(e, ERR_NOMEM, "no memory for an entry");
	}
	read_leave(l);
	return rc;
}

int ledger_sheet(struct ledger *l, uint32_t unit, uint8_t form, struct period p, struct sheet *out,
		 struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = sheet_get(l, unit, form, p, out, e);
	read_leave(l);
	return rc;
}
