/* What travels by stick: bundles written at devices, carried by the clients of superiors or brought to the
 * server itself, late, twice, in another order, damaged; answers that come late, twice, or never. */
#include "sim.h"

#include "client/carried.h"
#include "client/stick.h"
#include "proto/file.h"

#include <stdlib.h>

enum { LATE_MS = 3600000, CARRIED_BUDGET = 1 << 20 };

static void fill_random(struct sim *s, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = (uint8_t)rng_below(&s->r, 256);
}

/* ---- pockets ---- */

static void stick_drop(struct stick *st)
{
	free(st->bytes);
	*st = (struct stick){ .used = false };
}

/* The oldest is lost where there is no place left. */
static struct stick *stick_new(struct sim *s, struct span bytes)
{
	struct stick *st = &s->sticks[0];

	for (size_t i = 0; i < STICKS_MAX && st->used; i++)
		if (!s->sticks[i].used || s->sticks[i].order < st->order)
			st = &s->sticks[i];
	stick_drop(st);
	roster_bytes(s, bytes, "on a stick");
	*st = (struct stick){
		.used = true, .len = bytes.len, .order = ++s->stick_order, .made_ms = s->mono_ms
	};
	st->bytes = malloc(bytes.len);
	if (!st->bytes)
		abort();
	memcpy(st->bytes, bytes.data, bytes.len);
	return st;
}

static struct span bytes_of(const struct stick *st)
{
	return span_of(st->bytes, st->len);
}

void sticks_drop_all(struct sim *s)
{
	for (size_t i = 0; i < STICKS_MAX; i++)
		stick_drop(&s->sticks[i]);
}

/* ---- writing one ---- */

/* On the way somebody's stick breaks; or somebody changes a byte who knows how the file ends. */
static void damage(struct sim *s, struct stick *st)
{
	size_t body = st->len - HASH_BYTES;
	struct hash end;
	uint8_t bits;

	sim_count(s, F_STICK_DAMAGED);
	st->damaged = true;
	bits = (uint8_t)(1 + rng_below(&s->r, 255));
	st->bytes[rng_below(&s->r, (uint32_t)body)] ^= bits;
	if (rng_chance(&s->r, 20)) {
		st->len -= 1 + rng_below(&s->r, (uint32_t)body);
		return;
	}
	if (rng_chance(&s->r, 30))
		return;
	end = hash_bytes(span_of(st->bytes, body));
	memcpy(st->bytes + body, end.b, HASH_BYTES);
}

static void write_one(struct sim *s, struct holder *h)
{
	struct bundle_how how = { .now_ms = s->wall_ms + h->skew_ms };
	const struct client_state *state = client_state(h->c);
	struct bundle_made made;
	struct buf file;
	struct stick *st;
	int rc;

	if (h->line || !h->cert.key) /* its store is in use */
		return;
	chance_fix(rng_next(&s->r));
	buf_init(&file, WIRE_FILE_MAX);
	how.key = h->cert.key;
	how.certificate = keys_certificate(s, h);
	memcpy(how.nonce, h->nonce, sizeof(how.nonce));
	fill_random(s, how.random, sizeof(how.random));
	rc = stick_bundle(&file, &made, h->c, &how, &s->e);
	if (rc == -ERR_FATAL) {
		holder_crash(s, h);
	} else if (rc && rc != -ERR_FULL && rc != -ERR_IO && rc != -ERR_STATE) {
		sim_fail(s, "device %zu: a bundle: %d %s", h->index, rc, s->e.msg);
	} else if (!rc) {
		st = stick_new(s, buf_span(&file));
		st->device = h->d->device;
		st->unit = h->d->unit;
		st->id = made.id;
		st->epoch = state->epoch;
		st->first_seq = state->acked_seq + 1;
		st->count = made.count;
		st->spki = h->cert.spki;
		sim_count(s, F_STICK_MADE);
		if (sim_draw(s, F_STICK_DAMAGED))
			damage(s, st);
	}
	buf_fini(&file);
}

/* ---- on its way ---- */

static void count_way(struct sim *s, struct stick *st)
{
	struct chain_row chain;

	if (st->damaged)
		return;
	if (st->times++)
		sim_count(s, F_STICK_TWICE);
	if (s->mono_ms - st->made_ms > LATE_MS)
		sim_count(s, F_STICK_LATE);
	for (size_t i = 0; i < STICKS_MAX; i++)
		if (s->sticks[i].used && !s->sticks[i].answer && s->sticks[i].times &&
		    s->sticks[i].device == st->device && s->sticks[i].order > st->order) {
			sim_count(s, F_STICK_OVERTAKEN);
			break;
		}
	if (st->count && !ledger_chain(s->l, st->device, &chain, &s->e) &&
	    chain.epoch == st->epoch && chain.seq >= st->first_seq)
		sim_count(s, F_STICK_ONLINE_TOO);
}

/* A device that the server would not listen to on a connection either. */
static bool no_good_device(struct sim *s, struct ledger *l, const struct stick *st)
{
	struct device_row row;

	return ledger_device(l, st->device, &row, &s->e) || row.revoked_lsn ||
	       memcmp(row.spki_hash, st->spki.b, HASH_BYTES) != 0;
}

static void bring(struct sim *s, struct stick *st)
{
	struct job *j;

	if (!s->up)
		return;
	count_way(s, st);
	j = job_new(JOB_BUNDLE, 0, sim_server_now(s));
	j->by = SPAN_LIT("console:sim");
	j->tag = st->order;
	j->stick.file = arena_copy(j->a, bytes_of(st));
	writer_put(s->writer, &j);
}

/* Does a device of `top` read that unit, by the first `lsn` entries? */
static bool carries(const struct sim *s, uint32_t unit, uint32_t top, uint64_t lsn)
{
	return naive_inside_on(s->n, unit, top, sim_log_day(s), lsn);
}

static struct holder *carrier_for(struct sim *s, const struct stick *st)
{
	for (int i = 0; i < (s->province ? 60 : 6); i++) {
		struct holder *h = &s->holders[rng_below(&s->r, (uint32_t)s->holder_count)];

		if (!h->off && !h->line && h->d->device != st->device &&
		    carries(s, st->unit, h->d->unit, UINT64_MAX))
			return h;
	}
	return NULL;
}

static void hand_over(struct sim *s, struct stick *st)
{
	struct holder *h = carrier_for(s, st);
	struct carried k;
	int rc;

	if (!h) {
		bring(s, st);
		return;
	}
	rc = carried_take(h->c, bytes_of(st), s->wall_ms + h->skew_ms, &k, &s->e);
	if (!rc) {
		count_way(s, st);
		h->carries = true;
		return;
	}
	if (rc == -ERR_FATAL)
		holder_crash(s, h);
	else if (rc != -ERR_FULL && rc != -ERR_IO && !st->damaged && !no_good_device(s, s->l, st) &&
		 !no_good_device(s, client_base(h->c), st))
		sim_fail(s, "device %zu takes no bundle of a unit below: %d %s", h->index, rc,
			 s->e.msg);
}

/* ---- answers ---- */

static void keep_answer(struct sim *s, uint64_t device, struct span file)
{
	struct stick *st = stick_new(s, file);

	st->answer = true;
	st->device = device;
}

void sticks_job_done(struct sim *s, const struct job *j)
{
	const struct stick *st = NULL;

	for (size_t i = 0; i < STICKS_MAX; i++)
		if (s->sticks[i].used && s->sticks[i].order == j->tag)
			st = &s->sticks[i];
	if (!j->code && st && st->damaged)
		sim_fail(s, "the server has taken a damaged bundle");
	if (j->code == WIRE_BUNDLE_INVALID && st && !st->damaged && !no_good_device(s, s->l, st))
		sim_fail(s, "the server finds a good bundle no good: %s", j->err.msg);
	if (j->code)
		return;
	sim_count(s, F_STICK_BROUGHT);
	keep_answer(s, j->stick.device, j->stick.answer);
}

static struct stick *stick_of(struct sim *s, const struct hash *id)
{
	for (size_t i = 0; i < STICKS_MAX; i++)
		if (s->sticks[i].used && !s->sticks[i].answer && hash_eq(&s->sticks[i].id, id))
			return &s->sticks[i];
	return NULL;
}

/* It was handed over when the unit stood below the carrier's, and brought when an act had moved the unit away: that
 * alone is a reason. Whether it is so is asked of the log as the server answers, and before the newest act, which may
 * have come in between. */
void sticks_turned_away(struct sim *s, const struct base_device *by, const struct hash *id)
{
	uint64_t act = s->acts_count ? s->acts[s->acts_count - 1].lsn : 0;
	struct stick *st = stick_of(s, id);

	if (!st || st->damaged || no_good_device(s, s->l, st))
		return;
	if (carries(s, st->unit, by->unit, UINT64_MAX) &&
	    (!act || carries(s, st->unit, by->unit, act - 1)))
		sim_fail(s, "unit %u: a good bundle is refused of one that stands above it",
			 st->unit);
	st->astray = by->device;
}

/* What the carrier has when its contact is over. */
static void look_at(struct sim *s, struct holder *h, const struct carried *k)
{
	const struct stick *st = stick_of(s, &k->id);
	struct buf file;

	if (k->state == CARRIED_REFUSED && st && !st->damaged && st->astray != h->d->device &&
	    !no_good_device(s, s->l, st))
		sim_fail(s, "device %zu: a good bundle that it carried was refused", h->index);
	if (k->state != CARRIED_ANSWERED || k->answered_ms < h->carried_ms)
		return;
	buf_init(&file, WIRE_FILE_MAX);
	must(carried_answer(h->c, k, &file, &s->e), &s->e, "an answer that was fetched");
	keep_answer(s, k->device, buf_span(&file));
	sim_count(s, F_STICK_CARRIED);
	buf_fini(&file);
}

void sticks_contact_over(struct sim *s, struct holder *h, bool carried)
{
	struct arena *a;
	const struct carried *list;
	size_t count, waiting = 0;

	if (!h->carries)
		return;
	a = arena_new(CARRIED_BUDGET);
	must(carried_list(h->c, &list, &count, a, &s->e), &s->e, "what is carried");
	for (size_t i = 0; i < count; i++) {
		look_at(s, h, &list[i]);
		waiting += list[i].state == CARRIED_WAITING;
	}
	if (carried && waiting && h->last_end == SYNC_CUT && h->last.rounds)
		sim_count(s, F_STICK_CUT);
	h->carries = waiting > 0;
	h->carried_ms = s->wall_ms + h->skew_ms + 1;
	arena_free(a);
}

static struct holder *installation(struct sim *s, uint64_t device)
{
	size_t from = rng_below(&s->r, (uint32_t)s->holder_count);

	for (size_t i = 0; i < s->holder_count; i++) {
		struct holder *h = &s->holders[(from + i) % s->holder_count];

		if (h->d->device == device && !h->off && !h->line)
			return h;
	}
	return NULL;
}

static bool had_all(const struct holder *h, size_t *verdicts)
{
	size_t count;
	const struct own_op *own = outbox_ops(h->c, &count);

	*verdicts = 0;
	for (size_t i = 0; i < count; i++)
		*verdicts += own[i].verdict != VERDICT_NONE;
	return *verdicts == count;
}

static void take_in(struct sim *s, struct holder *h, struct stick *st)
{
	struct sync_result r;
	size_t before, after;
	bool all = had_all(h, &before);
	int rc = -ERR_DENIED;

	/* of two keys that the device has had, one opens it */
	for (int i = 0; rc == -ERR_DENIED && i < 2; i++)
		rc = stick_answered(&r, h->c, bytes_of(st), s->reg ? &h->seal : &s->b->seals[i],
				    holder_now(s, h), &s->e);
	if (rc == -ERR_FATAL) {
		sim_count(s, F_CLIENT_COMMIT_LOST);
		holder_crash(s, h);
		return;
	}
	if (rc == -ERR_STATE && (h->restored || h->copied))
		return; /* its disk does not know of that bundle */
	if (rc == -ERR_FULL || rc == -ERR_IO)
		return;
	if (rc || r.end == SYNC_BREACH)
		sim_fail(s, "device %zu: the answer to its bundle: %d, %s, why %u: %s", h->index,
			 rc, sync_end_name(r.end), r.why, s->e.msg);
	if (client_state(h->c)->trouble != FEED_FINE && !s->ever_untold)
		sim_fail(s, "device %zu: by stick the feed is not right: %s", h->index,
			 feed_trouble_name(client_state(h->c)->trouble));
	h->renew |= r.renew_wanted;
	sim_say(s, "device %zu reads by stick to %llu", h->index,
		(unsigned long long)client_state(h->c)->cursor.lsn);
	notes_check_acks(s, h);
	(void)had_all(h, &after);
	sim_count(s, F_STICK_ANSWERED);
	if (after > before)
		sim_count(s, F_STICK_ACKED);
	else if (all && before)
		sim_count(s, F_STICK_ANSWER_LATE);
	if (st->times++)
		sim_count(s, F_STICK_ANSWER_TWICE);
}

static void move_answer(struct sim *s, struct stick *st)
{
	struct holder *h = installation(s, st->device);

	if (sim_draw(s, F_STICK_ANSWER_LOST)) {
		sim_count(s, F_STICK_ANSWER_LOST);
		stick_drop(st);
		return;
	}
	if (!h)
		return;
	take_in(s, h, st);
	if (!rng_chance(&s->r, 30))
		stick_drop(st);
}

/* Mostly somebody without a line, with something to send. */
static struct holder *who_writes(struct sim *s)
{
	struct holder *h = NULL;
	struct client_status is;

	for (int i = 0; i < 5; i++) {
		h = &s->holders[rng_below(&s->r, (uint32_t)s->holder_count)];
		if (!h->off && h->by_stick && !client_status(h->c, &is, &s->e) && is.queued)
			return h;
	}
	return h->off ? NULL : h;
}

void sticks_step(struct sim *s)
{
	struct stick *st = &s->sticks[rng_below(&s->r, STICKS_MAX)];
	struct holder *h;

	if (sim_draw(s, F_STICK_MADE)) {
		h = who_writes(s);
		if (h)
			write_one(s, h);
	}
	if (!st->used || !rng_chance(&s->r, 35))
		return;
	if (st->answer) {
		move_answer(s, st);
		return;
	}
	if (rng_chance(&s->r, 40))
		bring(s, st);
	else
		hand_over(s, st);
	/* it stays in a drawer, or is thrown away */
	if (rng_chance(&s->r, 45))
		stick_drop(st);
}
