/* A bundle: all checks before the first op is judged, then the ops by the way that those of a connection
 * go, all in the batch of one commit. */
#include "stick_impl.h"
#include "writer_ops.h"

#include <stdlib.h>

enum { OWN_MAX = 65536 }; /* as far back as ops of another way are looked up */

void stick_taken_free(struct stick_taken *t)
{
	if (!t)
		return;
	arena_free(t->a);
	free(t);
}

/* ---- checks that say "not good" ---- */

/* Not good for as long as it exists. The words are for whoever brought it to the server itself. */
#define not_good(j, ...) (err_set(&(j)->err, __VA_ARGS__), WIRE_BUNDLE_INVALID)

static enum wire_code of_failure(struct job *j, int rc)
{
	return rc == -ERR_NOMEM ? WIRE_BUSY
	       : j->err.code    ? WIRE_BUNDLE_INVALID
				: not_good(j, ERR_PROTO, "the bundle does not hold what it should");
}

static enum wire_code check_device(struct work *w, struct job *j, struct stick_taken *t,
				   const struct file_head *h)
{
	struct ledger *l = w->setup->ledger;
	enum wire_code code;
	int rc = hello_device(&code, &t->row, l, h->device, &j->err);

	if (rc)
		return WIRE_BUSY;
	if (code == WIRE_DEVICE_UNKNOWN)
		return not_good(j, ERR_DENIED, "the device of this bundle is not known here");
	if (code == WIRE_REVOKED)
		return not_good(j, ERR_DENIED, "the device of this bundle is revoked");
	if (j->kind == JOB_BUNDLE)
		return WIRE_OK;
	rc = stick_carries(l, j->device, h->device, &j->err);
	return rc == 1 ? WIRE_OK
	       : rc    ? WIRE_BUSY
		    : not_good(j, ERR_DENIED, "it is not of a unit below the one that brings it");
}

/* What the trailer says must be what Hello says, as far as both speak of the same ops. */
static bool fits_hello(const struct wire_bundle_body *b)
{
	uint64_t next = b->hello.acked_seq + b->item_count + 1;

	if (b->trailer.more)
		return next < b->hello.next_seq;
	return next == b->hello.next_seq && hash_eq(&b->trailer.chain, &b->hello.chain);
}

static enum wire_code read_body(struct job *j, struct stick_taken *t, const struct file_head *h,
				struct span body)
{
	const struct wire_hello *hello = &t->body.hello;
	int rc = wire_decode(&t->body, WIRE_BUNDLE_BODY, body, t->a, &j->err);

	if (!rc)
		rc = bundle_check(&t->body, t->a, &j->err);
	if (rc)
		return of_failure(j, rc);
	if (!hello_sound(hello, h->device) || memcmp(hello->store, h->store, WIRE_ID) ||
	    !fits_hello(&t->body))
		return not_good(j, ERR_PROTO, "what the bundle says of itself does not hold");
	if (hello->version_min > WIRE_VERSION || hello->version_max < WIRE_VERSION_MIN)
		return not_good(j, ERR_VERSION,
				"the bundle speaks another version of the protocol");
	return WIRE_OK;
}

static enum wire_code check_file(struct work *w, struct job *j, struct stick_taken *t,
				 struct span file, struct moment now)
{
	const struct sticks_setup *setup = &w->setup->sticks->setup;
	struct ledger_info info = ledger_info(w->setup->ledger);
	struct file_head h;
	struct span content, body;
	enum wire_code code;
	int rc = file_read(&h, &content, &t->id, file, &j->err);

	if (rc)
		return of_failure(j, rc);
	if (h.kind != FILE_BUNDLE)
		return not_good(j, ERR_INVALID, "this file is no bundle");
	if (memcmp(h.store, info.store, sizeof(info.store)))
		return not_good(j, ERR_DENIED, "this bundle is for the server of another store");
	if (j->kind == JOB_PIECE && !hash_eq(&t->id, &j->stick.part.id))
		return not_good(j, ERR_CORRUPT, "this is not the bundle that was spoken of");
	code = check_device(w, j, t, &h);
	if (code)
		return code;
	rc = bundle_open(&body, &t->by, &h, content, setup->seal, setup->ca, moment_real_ms(now),
			 t->a, &j->err);
	j->stick.device = h.device;
	return rc ? of_failure(j, rc) : read_body(j, t, &h, body);
}

/* ---- Hello, as a bundle says it ---- */

/* Is what the bundle knows of its own ops the beginning of what the log has? Then it was on its way while
 * newer ones came by another way. 1, 0, or an error. */
static int is_late(struct ledger *l, const struct wire_hello *h, uint64_t have, struct arena *a,
		   struct err *e)
{
	const struct feed_own *own;
	struct hash at = h->acked_chain;
	size_t count;
	int rc;

	if (h->next_seq - 1 >= have)
		return 0;
	rc = feed_own(&own, &count, l, h->device, h->acked_seq + 1, OWN_MAX, a, e);
	if (rc)
		return rc == -ERR_RANGE ? 0 : rc;
	for (size_t i = 0; i < count && own[i].seq < h->next_seq; i++)
		at = chain_next(&at, own[i].seq, own[i].body_hash.b);
	return hash_eq(&at, &h->chain);
}

static int judge_late(struct work *w, struct stick_taken *t, struct err *e)
{
	struct ledger *l = w->setup->ledger;
	struct chain_row chain;
	int rc = ledger_chain(l, t->row.device, &chain, e);

	if (rc)
		return rc;
	t->judged.epoch = t->row.epoch;
	t->judged.acked_seq = chain.seq;
	t->judged.chain = chain.hash;
	switch (t->judged.row) {
	case 8:
		rc = is_late(l, &t->body.hello, chain.seq, t->a, e);
		if (rc < 0)
			return rc;
		if (!rc) {
			t->judged.epoch++;
			t->judged.acked_seq = 0;
			memset(&t->judged.chain, 0, sizeof(t->judged.chain));
			return 0;
		}
		t->judged.code = WIRE_OK;
		break;
	case 11:
		t->judged.code = WIRE_NEW_EPOCH;
		break;
	default:
		break;
	}
	t->judged.act = HELLO_NO_ACT;
	t->late = true;
	return 0;
}

static enum wire_code check_key(struct work *w, const struct stick_taken *t)
{
	struct hash spki;

	memcpy(spki.b, t->row.spki_hash, HASH_BYTES);
	return t->judged.other_key && devices_used_key(w->setup->devices, t->row.device, &spki)
		       ? WIRE_BUNDLE_INVALID
		       : WIRE_OK;
}

/* *later: why the bundle must come again, WIRE_OK when it need not. */
static int judge(struct work *w, struct job *j, struct stick_taken *t, enum wire_code *later,
		 struct err *e)
{
	struct hello_peer peer = { .device = t->row.device, .spki_hash = t->by.spki_hash };
	int rc = server_line_load(&w->line, w->setup->ledger, e);

	*later = WIRE_OK;
	if (!rc)
		rc = hello_judge(&t->judged, w->setup->ledger, &w->line, &t->body.hello, &peer, e);
	if (rc)
		return rc;
	if (t->judged.row > 2 && check_key(w, t)) {
		j->code = not_good(j, ERR_DENIED, "the device has another key by now");
		return 0;
	}
	if (t->judged.act == HELLO_BEHIND)
		work_fall_behind(w, &t->judged);
	if (t->judged.code == WIRE_SERVER_BEHIND || (w->behind && t->judged.row > 2))
		*later = WIRE_SERVER_BEHIND;
	else if (t->judged.row == 8 || t->judged.row == 11 || t->judged.row == 12)
		rc = judge_late(w, t, e);
	return rc;
}

static int act(struct work *w, struct job *j, struct stick_taken *t, struct moment now,
	       struct err *e)
{
	struct job hello = { .kind = JOB_HELLO, .device = t->row.device, .at = now };
	int rc;

	hello.hello.hello = t->body.hello;
	hello.hello.judged = t->judged;
	rc = work_hello_act(w, &hello, now, e);
	if (!rc && hello.code) {
		j->err = hello.err;
		j->code = WIRE_BUSY;
	}
	return rc;
}

/* ---- ops ---- */

static int fill_ops(struct stick_taken *t, struct err *e)
{
	static const uint8_t empty[1];
	struct job_ops *ops = &t->ops.ops;

	ops->epoch = t->body.hello.epoch;
	ops->first_seq = t->body.hello.acked_seq + 1;
	ops->chain = t->body.hello.acked_chain;
	ops->count = t->body.item_count;
	ops->ops = arena_array(t->a, ops->count, sizeof(*ops->ops));
	if (ops->count && !ops->ops)
		return err_set(e, ERR_NOMEM, "no memory for a bundle's ops");
	for (size_t i = 0; i < ops->count; i++) {
		const struct wire_item *item = &t->body.items[i];
		struct job_op *op = &ops->ops[i];
		struct envelope env;
		int rc = envelope_decode(&env, item->envelope, t->a, e);

		if (rc)
			return rc;
		op->envelope = item->envelope;
		op->seq = env.seq;
		memcpy(op->body_hash.b, env.body_hash, HASH_BYTES);
		if (!item->withdrawn) /* empty is not withdrawn */
			op->body = item->body.len ? item->body : span_of(empty, 0);
	}
	return 0;
}

/* The reason of the first op that has no verdict, when the bundle as it is may wait; WIRE_OK otherwise. Of the last
 * `waiting` ones the device is told. */
static enum wire_code waits_for(const struct job_ops *ops, size_t waiting)
{
	for (size_t i = 0; i < ops->count - waiting; i++) {
		if (ops->ops[i].verdict)
			continue;
		switch (ops->ops[i].not_now) {
		case WIRE_GAP:
		case WIRE_CHAIN:
		case WIRE_NEW_EPOCH:
		case WIRE_SUSPENDED:
			return WIRE_OK;
		default:
			return ops->ops[i].not_now;
		}
	}
	return WIRE_OK;
}

/* Is it told about a month as its author knew it to be closed, in a log of which that is lost? */
static bool of_closed_month(const struct work *w, const struct job_op *job, struct arena *a,
			    struct err *e, int *rc)
{
	struct envelope env;
	struct op op;

	*rc = envelope_decode(&env, job->envelope, a, e);
	if (*rc || !job->body.data ||
	    env.base.lsn <= server_line_shared(&w->line, env.base.incarnation) ||
	    op_decode(&op, job->body, a, NULL) != CODE_OK)
		return false;
	return op.kind == OP_CLOSE || op.kind == OP_UNLOCK ||
	       (op.kind == OP_SHEET && op.reason.len);
}

/* From which of its ops on the bundle has to wait for the end of the recovery. A closing that comes back stands in the
 * place that it had, and who brings what stood before it are devices with a line: what was told behind it would come
 * before it here, and an own one before the sheets that it closed. So does an epoch that was lost, with all of it. */
static int first_waiting(struct work *w, const struct stick_taken *t, size_t *first, struct err *e)
{
	const struct job_ops *ops = &t->ops.ops;
	struct arena *a;
	int rc = 0;

	*first = ops->count;
	if (!w->recovering)
		return 0;
	if (ops->regains && t->row.epoch < ops->epoch) {
		*first = 0;
		return 0;
	}
	a = arena_new(OP_DECODE_ARENA + 4096);
	if (!a)
		return err_set(e, ERR_NOMEM, "no memory for a bundle's ops");
	for (size_t i = 0; i < ops->count && !rc && *first == ops->count; i++) {
		arena_reset(a);
		if (ops->ops[i].seq > t->judged.acked_seq &&
		    of_closed_month(w, &ops->ops[i], a, e, &rc))
			*first = i;
	}
	arena_free(a);
	return rc;
}

static int judge_ops(struct work *w, struct stick_taken *t, struct moment now, struct err *e)
{
	struct job_ops *ops = &t->ops.ops;
	size_t all = ops->count;
	int rc = first_waiting(w, t, &ops->count, e);

	if (!rc)
		rc = work_ops(w, &t->ops, now, e);
	t->waiting = all - ops->count;
	for (size_t i = ops->count; i < all; i++)
		ops->ops[i].not_now = WIRE_RECOVERING;
	ops->count = all;
	if (rc)
		return rc;
	t->judged.acked_seq = ops->acked_seq;
	t->judged.chain = ops->acked_chain;
	return 0;
}

static void count(struct job_stick *s, const struct job_ops *ops)
{
	s->accepted = s->late = s->refused = s->not_now = 0;
	for (size_t i = 0; i < ops->count; i++) {
		s->accepted += ops->ops[i].verdict == VERDICT_ACCEPTED;
		s->late += ops->ops[i].verdict == VERDICT_LATE;
		s->refused += ops->ops[i].verdict == VERDICT_REFUSED;
		s->not_now += ops->ops[i].verdict == VERDICT_NONE;
	}
}

static int take_ops(struct work *w, struct job *j, struct stick_taken *t, struct moment now,
		    struct err *e)
{
	enum wire_code why;
	int rc = fill_ops(t, e);

	t->ops.kind = JOB_OPS;
	t->ops.device = t->row.device;
	t->ops.at = now;
	t->ops.ops.regains = t->judged.regains;
	memcpy(t->ops.ops.nonce, t->body.hello.nonce, sizeof(t->ops.ops.nonce));
	if (rc)
		return rc;
	if (t->judged.code) {
		for (size_t i = 0; i < t->ops.ops.count; i++)
			t->ops.ops.ops[i].not_now = t->judged.code;
	} else {
		rc = judge_ops(w, t, now, e);
		if (rc)
			return rc;
	}
	count(&j->stick, &t->ops.ops);
	j->stick.said = t->waiting ? WIRE_RECOVERING : t->judged.code;
	why = waits_for(&t->ops.ops, t->waiting);
	if (!why)
		return 0;
	j->stick.said = why;
	return err_set(e, ERR_STATE, "the bundle waits: %s", wire_code_name(why));
}

int stick_take(struct work *w, struct job *j, struct moment now, struct err *e)
{
	struct upload *up = j->kind == JOB_PIECE
				    ? stick_upload(w->setup->sticks, j->device, &j->stick.part.id)
				    : NULL;
	struct stick_taken *t;
	enum wire_code later;
	int rc;

	stick_taken_free(j->stick.taken);
	err_clear(&j->err);
	j->stick.said = WIRE_OK;
	j->stick.taken = t = calloc(1, sizeof(*t));
	if (!t || !(t->a = arena_new(STICK_BUDGET)))
		return err_set(e, ERR_NOMEM, "no memory for a bundle");
	if (j->kind == JOB_PIECE && !up) { /* forgotten meanwhile: it comes again */
		j->code = WIRE_BUSY;
		return 0;
	}
	j->code = check_file(w, j, t, up ? buf_span(&up->bytes) : j->stick.file, now);
	if (j->code)
		return 0;
	rc = judge(w, j, t, &later, e);
	if (!rc && later) {
		j->code = WIRE_BUSY;
		j->stick.said = later;
	}
	if (!rc && !j->code && t->judged.act)
		rc = act(w, j, t, now, e);
	return rc || j->code ? rc : take_ops(w, j, t, now, e);
}

/* ---- after the batch ---- */

void stick_failed(struct work *w, struct job *j, enum wire_code why)
{
	(void)w;
	j->code = WIRE_BUSY;
	if (!j->stick.said)
		j->stick.said = why;
	stick_taken_free(j->stick.taken);
	j->stick.taken = NULL;
}

static int answer(struct work *w, struct job *j, struct moment now, struct err *e)
{
	const struct stick_taken *t = j->stick.taken;
	struct answer_row row = { .id = t->id, .device = t->row.device, .made_ms = now.wall_ms };
	struct buf file;
	int rc;

	buf_init(&file, WIRE_FILE_MAX);
	rc = stick_answer(&file, w, t, now, e);
	row.bytes = (uint32_t)file.len;
	if (!rc)
		rc = stick_keep(w->setup->sticks, &row, buf_span(&file), e);
	if (!rc && j->kind == JOB_BUNDLE) {
		j->stick.answer = arena_copy(t->a, buf_span(&file));
		rc = j->stick.answer.data ? 0 : err_set(e, ERR_NOMEM, "no memory for an answer");
	}
	buf_fini(&file);
	return rc;
}

/* The province sees what the device said it held, less what came with the bundle. */
static void note_seen(struct work *w, const struct stick_taken *t, struct moment now)
{
	const struct wire_hello *h = &t->body.hello;
	size_t came = t->judged.code ? 0 : t->body.item_count - t->waiting;
	struct job_seen seen = { h->held_drafts, h->held_queued, h->oldest_ms, t->by.spki_hash };

	if (t->late)
		return;
	seen.held = seen.held > came ? seen.held - (uint32_t)came : 0;
	if (!seen.held && !seen.drafts)
		seen.oldest_ms = 0;
	(void)devices_seen(w->setup->devices, t->row.device, &seen, now.wall_ms, NULL);
}

void stick_done(struct work *w, struct job *j, struct moment now)
{
	struct stick_taken *t = j->stick.taken;
	struct upload *up = j->kind == JOB_PIECE
				    ? stick_upload(w->setup->sticks, j->device, &j->stick.part.id)
				    : NULL;

	if (!j->code) {
		note_seen(w, t, now);
		if (answer(w, j, now, &j->err))
			j->code = WIRE_BUSY; /* taken; brought again it is answered */
	}
	for (size_t i = 0; t && i < t->ops.ops.count; i++)
		if (t->ops.ops.ops[i].fork)
			devices_fork(w->setup->devices, t->row.device);
	if (!j->code || j->code == WIRE_BUNDLE_INVALID)
		stick_upload_drop(w->setup->sticks, up);
	if (j->kind == JOB_PIECE) {
		stick_taken_free(t);
		j->stick.taken = NULL;
	}
}

/* ---- enrolled by stick ---- */

/* As if its first bundle, without ops, had come with the request: H(request) is that bundle's id. */
static int as_bundle(struct stick_taken *t, struct work *w, const struct job *j, struct err *e)
{
	struct ledger *l = w->setup->ledger;
	struct wire_enrol_answer told;
	struct chain_row chain = { .seq = 0 };
	int rc = wire_decode(&told, WIRE_ENROL_ANSWER, j->enrol.answer, t->a, e);

	if (!rc)
		rc = cert_parse(&t->by, told.certificate, e);
	if (!rc)
		rc = ledger_device(l, told.device, &t->row, e);
	if (!rc)
		rc = server_line_load(&w->line, l, e);
	if (rc)
		return rc;
	rc = ledger_chain(l, told.device, &chain, e);
	if (rc && rc != -ERR_NOTFOUND) /* none: no op yet */
		return rc;
	err_clear(e);
	t->id = j->enrol.binding;
	t->judged = (struct hello_judged){ .epoch = t->row.epoch,
					   .acked_seq = chain.seq,
					   .chain = chain.hash };
	return 0;
}

void stick_first_log(struct work *w, struct job *j, struct moment now)
{
	struct stick_taken *t = w->setup->sticks ? calloc(1, sizeof(*t)) : NULL;

	buf_fini(&j->enrol.log);
	buf_init(&j->enrol.log, WIRE_FILE_MAX);
	if (t && (t->a = arena_new(STICK_BUDGET)) && !as_bundle(t, w, j, &j->err) &&
	    !stick_answer(&j->enrol.log, w, t, now, &j->err))
		err_clear(&j->err);
	else
		buf_reset(&j->enrol.log); /* enrolled all the same: its first bundle asks for it */
	stick_taken_free(t);
}
