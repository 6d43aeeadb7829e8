/* The server's process: sessions and the one writer over a store in memory, which survives them. */
#include "sim.h"

#include "ledger/feed.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- the witnesses hear of what was committed ---- */

/* Each identity once, without gaps, epochs only upward. */
static void check_once(struct sim *s, const struct logged *g)
{
	for (size_t i = s->log_count; i-- > 0;) {
		const struct logged *was = &s->log[i];

		if (was->id.device != g->id.device)
			continue;
		if (g->id.epoch == was->id.epoch ? g->id.seq == was->id.seq + 1
						 : g->id.epoch > was->id.epoch && g->id.seq == 1)
			return;
		sim_fail(s,
			 "op %" PRIu64 "-%u of device %" PRIx64 " follows %" PRIu64
			 "-%u in the log",
			 g->id.seq, g->id.epoch, g->id.device, was->id.seq, was->id.epoch);
	}
	if (g->id.seq != 1)
		sim_fail(s, "the first op of device %" PRIx64 " in the log is %" PRIu64,
			 g->id.device, g->id.seq);
}

/* What those whom the unit has left by an act go on to read of it. */
static void note_told(const struct sim *s, const struct op *op, struct logged *g)
{
	g->told = TOLD_OF_DAY;
	g->closes = op->kind == OP_CLOSE;
	if (op->kind == OP_SHEET) {
		g->told_day = op->sheet.period.to;
	} else if (op->kind == OP_RECALL || op->kind == OP_RETURN || op->kind == OP_ACCEPT) {
		g->told_day = op->mark.period.to;
	} else if (op->kind == OP_SUMMARY) {
		g->told_day = op->summary.period.to;
	} else if (op->kind == OP_CLOSE) {
		g->told_day = op->close.period.to;
	} else if (op->kind == OP_UNLOCK) {
		g->told_day = op->unlock.period.to;
	} else if (op->kind == OP_MEMBERS) {
		g->told_day = op->members.day;
	} else if (op->kind == OP_LATE_DECISION && op->late.as_period.to) {
		g->told_day = op->late.as_period.to;
	} else if (op->kind == OP_LATE_DECISION && op->late.lsn && op->late.lsn <= s->log_count) {
		g->told = s->log[op->late.lsn - 1].told;
		g->told_day = s->log[op->late.lsn - 1].told_day;
	} else if (op->kind == OP_PLAN || op->kind == OP_TARGET) {
		g->told = TOLD_FROM;
		g->told_day = op->kind == OP_PLAN ? op->plan.period.from : op->target.period.from;
	} else {
		g->told = op->kind == OP_UNIT ? TOLD_ALWAYS : TOLD_NOT;
	}
}

static void note_special(struct sim *s, const struct entry *en, struct logged *g, struct arena *a)
{
	struct op op;

	if (op_decode(&op, en->body, a, NULL) != CODE_OK)
		return;
	g->for_all_below = op.kind == OP_REQUEST || op.kind == OP_UNIT || op.kind == OP_ACT ||
			   op.kind == OP_CLOSE || op.kind == OP_UNLOCK || op.kind == OP_UNIT_KEY;
	g->for_successors = op.kind == OP_UNIT || op.kind == OP_PLAN;
	note_told(s, &op, g);
	months_heard(s, &op, en, g);
	roster_heard(s, &op, en, g);
	if (en->verdict != VERDICT_ACCEPTED)
		return;
	g->writes |= op.kind == OP_SHEET || op.kind == OP_RECALL || op.kind == OP_RETURN ||
		     op.kind == OP_ACCEPT;
	if (op.kind == OP_SHEET)
		g->key = (struct naive_key){ op.unit, (uint8_t)op.sheet.form, op.sheet.period };
	else if (op.kind == OP_RECALL || op.kind == OP_RETURN || op.kind == OP_ACCEPT)
		g->key = (struct naive_key){ op.unit, (uint8_t)op.mark.form, op.mark.period };
	if (op.kind == OP_REQUEST && s->request_count < ARRAY_LEN(s->requests)) {
		s->requests[s->request_count].lsn = en->lsn;
		s->requests[s->request_count].unit = op.unit;
		s->requests[s->request_count++].day = op.request.day;
		sim_count(s, F_REQUEST);
	}
	if (op.kind == OP_SHEET && op.on_behalf.len)
		sim_count(s, F_ON_BEHALF);
	if (op.kind == OP_SHEET && op.sheet.request)
		sim_count(s, F_FLASH);
	if (op.kind == OP_SHEET && op.sheet.sign.nil)
		sim_count(s, F_NIL);
	if (op.kind == OP_UNIT || op.kind == OP_PLAN)
		g->unit_changed = op.unit;
	goals_heard(s, &op, en->lsn);
	g->act = op.kind == OP_ACT;
	if (op.kind == OP_ACT)
		reorg_heard(s, &op, en->lsn);
	if (op.kind == OP_UNIT && en->lsn > s->b->lsn && op.create.unit <= BASE_UNITS) {
		if (s->unit_count < op.create.unit)
			s->unit_count = op.create.unit;
		s->units[op.create.unit - 1] =
			(struct base_unit){ op.create.unit,        op.create.parent,
					    op.create.opened,      op.create.closed,
					    op.create.reports > 0, en->lsn };
		sim_count(s, F_UNIT_MADE);
	}
	if (op.kind == OP_PLAN && en->lsn > s->b->lsn)
		sim_count(s, F_PLAN_CHANGED);
	if (op.kind == OP_PERSON && en->lsn > s->b->lsn)
		sim_count(s, op.person.to ? F_PERSON_ENDED : F_ROLE_CHANGED);
	if (op.kind == OP_INCARNATION && en->lsn > s->b->lsn)
		s->behind = s->undeclared = false;
	else if (s->behind)
		sim_fail(s, "entry %" PRIu64 " was written though the log lacks something",
			 en->lsn);
	if (op.kind == OP_DEVICE)
		keys_heard(s, &op, en->lsn);
	if (op.kind == OP_EPOCH)
		sim_count(s, F_NEW_EPOCH);
	if (op.kind == OP_SUSPEND)
		sim_count(s, F_SUSPENDED);
	if (op.kind == OP_REVOKE)
		sim_count(s, F_REVOKED);
}

static void hear(struct sim *s, uint64_t lsn, struct buf *bytes, struct arena *a)
{
	struct logged g = { .verdict = VERDICT_NONE };
	struct envelope env;
	struct entry en;

	arena_reset(a);
	buf_reset(bytes);
	must(ledger_entry(s->l, lsn, bytes, &s->e), &s->e, "an entry of the server");
	must(entry_decode(&en, buf_span(bytes), a, &s->e), &s->e, "decode an entry");
	must(envelope_decode(&env, en.envelope, a, &s->e), &s->e, "decode an envelope");
	naive_tell(s->n, buf_span(bytes));
	g.id = (struct op_id){ en.device, env.epoch, env.seq };
	g.unit = en.unit;
	g.lsn = lsn;
	g.time_ms = en.time_ms;
	if (s->log_count && g.time_ms < s->log[s->log_count - 1].time_ms)
		sim_fail(s, "entry %" PRIu64 " was received before the one before it", lsn);
	if (lsn > s->b->lsn)
		reorg_day(s, sim_log_day(s), day_of_instant(g.time_ms));
	memcpy(g.body.b, env.body_hash, HASH_BYTES);
	g.verdict = en.verdict;
	g.code = en.code;
	if (en.device && lsn > s->b->lsn) {
		check_once(s, &g);
		judge_check(s, &en, &env, &g, a);
	}
	note_special(s, &en, &g, a);
	if (s->log_count == s->log_cap) {
		s->log_cap = s->log_cap ? s->log_cap * 2 : 512;
		s->log = realloc(s->log, s->log_cap * sizeof(*s->log));
		if (!s->log)
			abort();
	}
	s->log[s->log_count++] = g;
}

void post_told(struct sim *s)
{
	uint64_t tip = ledger_info(s->l).lsn;
	struct arena *a;
	struct buf bytes;

	if (tip < s->log_count)
		sim_fail(s, "the server's log ends at %" PRIu64 ", it had %zu entries", tip,
			 s->log_count);
	if (tip == s->log_count)
		return;
	a = arena_new((size_t)16 << 20);
	buf_init(&bytes, ENTRY_MAX);
	while (s->log_count < tip)
		hear(s, s->log_count + 1, &bytes, a);
	buf_fini(&bytes);
	arena_free(a);
}

/* ---- coming up and going down ---- */

bool post_parked(const struct sim *s, struct op_id id)
{
	for (size_t i = 0; i < s->heavy_count; i++)
		if (!op_id_cmp(s->heavy[i].id, id))
			return s->heavy[i].crashes > 1;
	return false;
}

/* The file of hands outlives the process. What takes the server down does so by the store's next failure. */
static bool hold(void *ctx, struct op_id id)
{
	struct sim *s = ctx;
	size_t i = 0;

	while (i < s->heavy_count && op_id_cmp(s->heavy[i].id, id) != 0)
		i++;
	if (i == s->heavy_count) {
		if (i == PARKED_MAX || id.device == s->b->newer->device ||
		    !sim_draw(s, F_TAKEN_DOWN))
			return true;
		s->heavy[s->heavy_count++].id = id;
	}
	if (s->heavy[i].crashes == 2)
		return false;
	s->heavy[i].crashes++;
	sim_count(s, F_TAKEN_DOWN);
	kv_fail_at(s->kv, kv_calls(s->kv) + 1, ERR_FATAL, false);
	return true;
}

void post_mood(struct sim *s)
{
	s->sv.mood = writer_mood(s->writer);
	if (s->mono_ms < s->busy_until_ms)
		s->sv.mood.busy = true; /* as if the queue were nearly full */
}

static void release(void *ctx)
{
	struct sim *s = ctx;

	s->released_at = kv_calls(s->kv);
}

void post_open(struct sim *s)
{
	static const uint8_t mark_key[32] = "marks";
	struct writer_setup how = { .log_key = &s->b->w.key, .hands = { s, hold, release } };

	must(ledger_open(&s->l, s->kv, 0, &s->e), &s->e, "open the server's ledger");
	must(server_init(&s->sv, s->l, &s->e), &s->e, "a server");
	s->sv.limits = s->limits;
	s->sv.mark_key = mark_key;
	s->sv.program = SPAN_LIT("ketnapd in a simulation");
	must(devices_new(&s->devices, &s->e), &s->e, "devices");
	keys_open(s);
	how.enroller = s->enroller;
	how.sticks = s->stick_desk;
	roster_open(s);
	how.keys = s->keystore;
	/* kept in a file beside the store, of one incarnation: the next may have been declared by a commit that landed */
	how.behind = s->behind && !memcmp(s->behind_of, ledger_info(s->l).incarnation, 16);
	how.ledger = s->l;
	how.devices = s->devices;
	must(writer_new(&s->writer, &how, &s->e), &s->e, "a writer");
	post_mood(s);
	s->newer_out = false;
	s->up = true;
	post_told(s);
	months_pin(s);
}

void post_close(struct sim *s)
{
	if (!s->up)
		return;
	writer_free(s->writer);
	roster_server_gone(s);
	promote_server_gone(s);
	keys_server_gone(s);
	devices_free(s->devices);
	server_fini(&s->sv);
	ledger_close(s->l);
	s->l = NULL;
	s->up = s->declaring = false;
}

static void disk_of(struct sim *s, const struct kv *from)
{
	struct kv *is;

	must(kv_mem_clone(&is, from, &s->e), &s->e, "copy a store");
	kv_close(s->kv);
	s->kv = is;
}

void post_crash(struct sim *s, bool told)
{
	for (size_t i = 0; i < LINES_MAX; i++)
		if (s->lines[i].used && s->lines[i].session)
			line_server_gone(s, &s->lines[i], told);
	post_close(s);
	disk_of(s, s->kv); /* no transaction is open: what was committed is what is left */
	s->limited = false;
}

void post_restart(struct sim *s)
{
	post_open(s);
}

void post_keep_copy(struct sim *s)
{
	if (s->old_kv)
		kv_close(s->old_kv);
	s->old_kv = NULL;
	must(kv_mem_clone(&s->old_kv, s->kv, &s->e), &s->e, "copy the server's store");
}

static void draw_bytes(struct sim *s, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)rng_below(&s->r, 256);
}

static void keep_lost(struct sim *s, uint64_t branch)
{
	size_t more = s->log_count - (size_t)branch;

	s->lost = realloc(s->lost, (s->lost_count + more + 1) * sizeof(*s->lost));
	if (!s->lost)
		abort();
	memcpy(s->lost + s->lost_count, s->log + branch, more * sizeof(*s->lost));
	s->losses++;
	for (size_t i = s->lost_count; i < s->lost_count + more; i++)
		s->lost[i].loss = s->losses;
	s->lost_count += more;
}

/* Another log begins where the copy ended. */
static struct op declaration(struct sim *s)
{
	struct ledger_info was = ledger_info(s->l);
	struct op op = { .kind = OP_INCARNATION };

	draw_bytes(s, op.incarnation.id, 16);
	memcpy(op.incarnation.parent, was.incarnation, 16);
	op.incarnation.branch_lsn = s->branch;
	op.incarnation.cause = SPAN_LIT("an older copy");
	memcpy(op.incarnation.store, was.store, 16);
	memcpy(op.incarnation.log_key, was.log_key, 32);
	return op;
}

/* The server has stopped writing, since some device had read further; its operator says why. */
void post_declare(struct sim *s)
{
	struct op op = declaration(s);

	if (!s->declaring)
		post_act(s, &op);
	s->declaring = true;
}

static uint64_t copy_ends(struct sim *s)
{
	struct ledger *l;
	uint64_t lsn;

	must(ledger_open(&l, s->old_kv, 0, &s->e), &s->e, "open a copy");
	lsn = ledger_info(l).lsn;
	ledger_close(l);
	return lsn;
}

/* What is noted of the log behind `lsn` is noted of a log that is no more. */
static void set_back(struct sim *s, uint64_t lsn)
{
	keep_lost(s, lsn);
	s->log_count = (size_t)lsn;
	naive_forget(s->n, lsn);
	if (s->touched_from > lsn)
		s->touched_from = lsn;
	while (s->request_count && s->requests[s->request_count - 1].lsn > lsn)
		s->request_count--;
	for (size_t i = 0; i < s->unit_count; i++)
		if (s->units[i].lsn > lsn)
			s->units[i] = (struct base_unit){ .unit = 0 };
	while (!s->units[s->unit_count - 1].unit)
		s->unit_count--;
	months_forget(s, lsn);
	goals_forget(s, lsn);
	keys_forget(s, lsn);
	s->ever_restored = true;
	s->restores++;
	for (size_t i = 0; i < s->holder_count; i++)
		s->holders[i].last_end = SYNC_GOING; /* how it stands with this log is not known */
}

/* An older copy is brought back. The operator says so before anybody may connect, or says nothing. */
void post_restore(struct sim *s)
{
	bool told = rng_chance(&s->r, 50);
	struct ledger_info was;
	struct op op;
	uint64_t lsn;

	if (!s->old_kv || s->undeclared)
		return;
	owed_note(s, copy_ends(s));
	post_crash(s, rng_chance(&s->r, 50));
	disk_of(s, s->old_kv);
	must(ledger_open(&s->l, s->kv, 0, &s->e), &s->e, "open a restored ledger");
	was = ledger_info(s->l);
	if (s->restores && was.lsn <= s->branch)
		sim_count(s, F_RESTORED_FROM_BEFORE);
	set_back(s, was.lsn);
	s->branch = was.lsn;
	if (told) {
		op = declaration(s);
	} else { /* the process starts, and knows nothing */
		op = (struct op){ .kind = OP_START };
		s->undeclared = s->ever_untold = true;
	}
	op.source = SPAN_LIT("console:sim");
	must(ledger_begin(s->l, &s->e), &s->e, "begin");
	must(ledger_act(s->l, &op, sim_server_now(s).wall_ms, &lsn, &s->e), &s->e,
	     "begin a restored log");
	must(ledger_commit(s->l, &s->b->w.key, NULL, &s->e), &s->e, "commit");
	ledger_close(s->l);
	s->l = NULL;
	sim_count(s, told ? F_SERVER_RESTORED : F_RESTORED_UNTOLD);
	post_restart(s);
}

void post_promoted(struct sim *s, const struct kv *disk, const struct kv *keys, uint64_t lsn)
{
	post_crash(s, rng_chance(&s->r, 50));
	disk_of(s, disk);
	if (keys) {
		kv_close(s->key_disk);
		must(kv_mem_clone(&s->key_disk, keys, &s->e), &s->e, "a standby's keys");
	}
	set_back(s, lsn);
	s->branch = lsn;
	post_keep_copy(s);
	post_restart(s);
}

/* ---- work ---- */

static void after_fatal(struct sim *s, uint64_t before)
{
	post_crash(s, rng_chance(&s->r, 50));
	post_restart(s);
	sim_count(s, s->log_count > before ? F_COMMIT_LANDED : F_COMMIT_LOST);
}

static void make_room(struct sim *s, bool room)
{
	struct writer_measure m = { .map_used = 1, .map_size = 100 };
	struct kv_health h;

	must(kv_health(s->kv, &h, &s->e), &s->e, "health");
	kv_mem_limit(s->kv, room ? 0 : (size_t)h.used_bytes + rng_below(&s->r, 3000));
	s->limited = !room;
	if (room)
		writer_measured(s->writer, &m);
	post_mood(s);
}

static void arrange_failure(struct sim *s)
{
	uint64_t at = kv_calls(s->kv) + 1;
	bool land = rng_chance(&s->r, 60);

	if (sim_draw(s, F_COMMIT_LOST)) {
		/* the commit itself is the last call of a batch; how many come before it is only guessed */
		at += s->calls_of_commit ? s->calls_of_commit - 3 + rng_below(&s->r, 5)
					 : rng_below(&s->r, 60);
		kv_fail_at(s->kv, at, ERR_FATAL, land);
	} else if (sim_draw(s, F_BATCH_ABORTED)) {
		kv_fail_at(s->kv, at + rng_below(&s->r, 60), ERR_IO, false);
	}
}

static void arrange_landing(struct sim *s, uint64_t before)
{
	/* It landed, and the process is told nothing: the same as a stop right behind the commit. */
	if (s->log_count > before && sim_draw(s, F_COMMIT_LANDED))
		after_fatal(s, before);
}

void post_run(struct sim *s)
{
	uint64_t before = s->log_count, calls;
	struct err e = { 0 };
	size_t forgotten;
	int rc;

	if (!s->up)
		return;
	if (s->limited && (s->healing || rng_chance(&s->r, 25)))
		make_room(s, true);
	else if (!s->limited && sim_draw(s, F_SERVER_FULL))
		make_room(s, false);
	if (!writer_due(s->writer))
		return;
	arrange_failure(s);
	calls = kv_calls(s->kv);
	rc = writer_run(s->writer, sim_server_now(s), &e);
	if (rc == -ERR_FATAL) {
		after_fatal(s, before);
		return;
	}
	kv_fail_at(s->kv, 0, ERR_NONE, false);
	must(writer_forget(s->writer, &forgotten, &s->e), &s->e, "forget");
	post_mood(s);
	if (s->sv.mood.full)
		sim_count(s, F_SERVER_FULL);
	if (ledger_info(s->l).lsn > before)
		s->calls_of_commit = kv_calls(s->kv) - calls;
	post_told(s);
	months_pin(s);
	/* what stood before that Hello in the same batch was written */
	if (s->sv.mood.behind && !s->behind) {
		if (!s->undeclared)
			sim_fail(s, "the server thinks that its log lacks something");
		s->behind = true;
		memcpy(s->behind_of, ledger_info(s->l).incarnation, 16);
		sim_count(s, F_BEHIND);
	}
	arrange_landing(s, before);
}

static struct line *line_of(struct sim *s, uint64_t conn)
{
	for (size_t i = 0; i < LINES_MAX; i++)
		if (s->lines[i].used && s->lines[i].conn == conn)
			return &s->lines[i];
	return NULL;
}

void post_deliver(struct sim *s, size_t most)
{
	struct job *j;

	while (most-- && s->up && (j = writer_take(s->writer))) {
		struct line *l = j->conn ? line_of(s, j->conn) : NULL;

		if (j->kind == JOB_OPS && j->code == WIRE_BATCH_ABORTED)
			sim_count(s, F_BATCH_ABORTED);
		if (j->kind == JOB_HELLO && !j->code && j->hello.judged.act == HELLO_BEHIND &&
		    s->undeclared && !s->behind)
			sim_fail(
				s,
				"a device was told that the server lacks something, and it goes on");
		if (j->kind == JOB_OLD)
			owed_count(s, j);
		if (j->kind == JOB_KEYS)
			roster_put(s, j);
		if (!j->conn && j->kind == JOB_OPS)
			s->newer_out = false;
		if (j->kind == JOB_CODE)
			keys_code_made(s, j);
		if (j->kind == JOB_ACT && j->act.kind == OP_INCARNATION)
			s->declaring = false;
		if (j->kind == JOB_BUNDLE)
			sticks_job_done(s, j);
		if (!l) {
			if (!j->conn || (!keys_done(s, &j) && !promote_done(s, &j)))
				job_free(j);
			continue;
		}
		if (j->kind == JOB_PIECE && j->code == WIRE_BUNDLE_INVALID)
			sticks_turned_away(s, l->d, &j->stick.part.id);
		line_done(s, l, j);
		line_sweep(s, l);
	}
}

/* ---- the operator ---- */

void post_act(struct sim *s, const struct op *op)
{
	struct job *j = job_new(JOB_ACT, 0, sim_server_now(s));

	j->act = *op;
	j->act.source = j->by = SPAN_LIT("console:sim");
	if (op->kind == OP_UNIT) /* the other texts are for ever */
		j->act.create.code = j->act.create.name = arena_copy(j->a, op->create.code);
	writer_put(s->writer, &j);
}

void post_recovered(struct sim *s)
{
	struct ledger_info info = ledger_info(s->l);
	struct op op = { .kind = OP_SETTING };
	char hex[HASH_HEX_MAX];
	struct job *j = job_new(JOB_ACT, 0, sim_server_now(s));

	hex_encode(hex, info.incarnation, 16);
	j->act = op;
	j->act.setting.key = SPAN_LIT("recovered");
	j->act.setting.value = arena_copy(j->a, span_str(hex));
	j->act.source = j->by = SPAN_LIT("console:sim");
	writer_put(s->writer, &j);
}

void post_device_act(struct sim *s, enum job_kind kind, uint64_t device, const uint8_t nonce[16])
{
	struct job *j = job_new(kind, 0, sim_server_now(s));

	j->device = device;
	j->by = SPAN_LIT("console:sim");
	j->about.reason = SPAN_LIT("the operator has decided");
	if (nonce)
		memcpy(j->about.nonce, nonce, 16);
	writer_put(s->writer, &j);
}

/* ---- newer and dishonest programs ---- */

static const struct base_unit *any_unit(struct sim *s)
{
	const struct base_unit *u;

	do
		u = &s->units[rng_below(&s->r, (uint32_t)s->unit_count)];
	while (!u->unit);
	return u;
}

static void write_sheet(struct sim *s, struct buf *body)
{
	const struct base_unit *u = any_unit(s);
	struct period p = month_of(2022, 8 + (int)rng_below(&s->r, 2));
	struct sheet_draft d;

	draft_init(&d, u->unit, FORM_SHORT, p);
	draft_put(&d, 2, rng_below(&s->r, 9), 0);
	d.op.author = s->b->newer->person;
	if (u->unit != s->b->newer->unit) {
		d.op.on_behalf = SPAN_LIT("telephone, Mr C");
		d.op.reason = SPAN_LIT("no line");
	}
	s->newer_wants = CODE_OK;
	must(op_encode(body, draft_op(&d), &s->e), &s->e, "pack an op");
	if (!rng_chance(&s->r, 30))
		return;
	buf_varint(body, 900 << 3); /* a field of another day: half of an op is never applied */
	buf_varint(body, 1);
	s->newer_wants = CODE_UNSUPPORTED;
}

static void write_body(struct sim *s, struct buf *body)
{
	switch (rng_below(&s->r, 5)) {
	case 0: /* a kind that has a number and is not built yet */
		buf_varint(body, 1 << 3);
		buf_varint(body, OP_PASSWORD);
		buf_varint(body, 2 << 3);
		buf_varint(body, s->b->newer->unit);
		s->newer_wants = CODE_UNSUPPORTED;
		break;
	case 1:
		buf_bytes(body, SPAN_LIT("\xff\xff not a message"));
		s->newer_wants = CODE_UNREADABLE;
		break;
	default:
		write_sheet(s, body);
	}
}

void post_newer(struct sim *s)
{
	uint64_t device = s->b->newer->device;
	struct envelope env = { .epoch = 1 };
	struct chain_row chain = { .seq = 0 };
	struct buf body, envelope;
	struct device_row row;
	struct hash h;
	struct job *j;

	if (s->newer_out || ledger_device(s->l, device, &row, &s->e) ||
	    (ledger_chain(s->l, device, &chain, &s->e) && chain.seq))
		return;
	buf_init(&body, OP_BODY_MAX);
	buf_init(&envelope, ENVELOPE_MAX);
	write_body(s, &body);
	h = hash_bytes(buf_span(&body));
	env.seq = chain.seq + 1;
	env.base.lsn = s->b->lsn;
	memcpy(env.base.incarnation, s->b->w.birth.incarnation, 16);
	memcpy(env.body_hash, h.b, HASH_BYTES);
	envelope_encode(&envelope, &env);
	j = job_new(JOB_OPS, 0, sim_server_now(s));
	j->device = device;
	j->ops = (struct job_ops){
		.epoch = 1, .first_seq = env.seq, .chain = chain.hash, .count = 1
	};
	j->ops.ops = arena_array(j->a, 1, sizeof(*j->ops.ops));
	j->ops.ops[0] = (struct job_op){ .envelope = arena_copy(j->a, buf_span(&envelope)),
					 .body = arena_copy(j->a, buf_span(&body)),
					 .seq = env.seq,
					 .body_hash = h };
	s->newer_out = true;
	writer_put(s->writer, &j);
	buf_fini(&body);
	buf_fini(&envelope);
}
