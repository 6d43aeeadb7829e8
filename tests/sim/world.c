/* One seed's world, from its birth to the day on which all is quiet. */
#include "sim.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *const fault_names[FAULTS] = {
	[F_CUT] = "line cut",
	[F_CUT_MID_FRAME] = "line cut within a frame",
	[F_HALF_OPEN] = "half-open line",
	[F_STALL] = "line stalled",
	[F_DEADLINE] = "deadline passed",
	[F_REPLAY] = "session replayed",
	[F_STALE] = "stale connection beside a new one",
	[F_SERVER_CRASH] = "server crashed",
	[F_SERVER_CRASH_UNTOLD] = "server crashed unnoticed",
	[F_SERVER_STOP] = "server stopped in order",
	[F_CLIENT_CRASH] = "client crashed",
	[F_COMMIT_LOST] = "server's commit unknown, lost",
	[F_COMMIT_LANDED] = "server's commit unknown, landed",
	[F_BATCH_ABORTED] = "batch aborted",
	[F_SERVER_FULL] = "server's store full",
	[F_CLIENT_FULL] = "client's store full",
	[F_CLIENT_COMMIT_LOST] = "client's commit unknown, lost",
	[F_CLIENT_COMMIT_LANDED] = "client's commit unknown, landed",
	[F_CLIENT_RESTORED] = "client restored",
	[F_CLIENT_CLONED] = "client cloned",
	[F_SUSPENDED] = "device suspended",
	[F_SERVER_RESTORED] = "server restored",
	[F_RESTORED_UNTOLD] = "server restored, and nobody said so",
	[F_RESTORED_FROM_BEFORE] = "server restored from a copy older than its branch",
	[F_BEHIND] = "server saw that its log lacks something",
	[F_CLOCK_WRONG] = "wrong device clock",
	[F_SERVER_CLOCK_BACK] = "server's clock set back",
	[F_SERVER_DAY_BACK] = "server's clock a day behind its log",
	[F_CONTESTED] = "contested figure",
	[F_RESOLVED] = "contest resolved",
	[F_PULLED_BETWEEN] = "pull between typing and signing",
	[F_MIXED_ADDED] = "unknown field added",
	[F_MIXED_REMOVED] = "field removed",
	[F_NEWER_OP] = "op of a newer or broken program",
	[F_OUTSIDER] = "op outside its author's scope",
	[F_REVOKED] = "device revoked",
	[F_AUTHORITY] = "authority changed",
	[F_NEW_EPOCH] = "new epoch",
	[F_SET_ASIDE] = "op set aside",
	[F_REMADE] = "op made again",
	[F_DROPPED] = "op dropped by a person",
	[F_REFUSED] = "op refused",
	[F_ON_BEHALF] = "sheet on behalf",
	[F_FLASH] = "flash sheet",
	[F_AMENDED] = "signed sheet changed",
	[F_NIL] = "nil month",
	[F_REQUEST] = "request",
	[F_SAME_OP_AGAIN] = "op sent twice",
	[F_TINY_LIMITS] = "tiny limits and pages",
	[F_UNIT_MADE] = "unit made",
	[F_PLAN_CHANGED] = "plan changed",
	[F_ROLE_CHANGED] = "role changed",
	[F_PERSON_ENDED] = "person's term ended",
	[F_RIGHT_ENDED] = "op of a person whose right had ended",
	[F_NIGHT] = "night passed",
	[F_RENEWED] = "certificate renewed",
	[F_EXPIRED] = "expired certificate",
	[F_ENROLLED] = "device enrolled",
	[F_ENROLLED_AGAIN] = "device enrolled, asked again",
	[F_BUSY] = "server busy",
	[F_JITTER] = "jitter told",
	[F_TAKEN_DOWN] = "server taken down by an op",
	[F_PARKED] = "op parked",
	[F_BROUGHT_BACK] = "entry brought back to a restored server",
	[F_BROUGHT_FOR_OTHERS] = "entry of another brought back",
	[F_CLOSING_WAITED] = "closing waited for what stood before it",
	[F_ACT_CREATE] = "unit created by an act",
	[F_ACT_RENAME] = "unit renamed",
	[F_ACT_MOVE] = "unit moved",
	[F_ACT_MERGE] = "unit merged into another",
	[F_ACT_SPLIT] = "unit split",
	[F_ACT_DISSOLVE] = "unit dissolved",
	[F_ACT_DUE] = "day of a move came after its act",
	[F_LATE_SUCCESSOR] = "op for a unit that has gone over",
	[F_LATE_MAPPED] = "late op counted for a successor",
	[F_CLOSED] = "months closed",
	[F_CLOSED_REPORT] = "closed report told again",
	[F_LATE] = "op after a closing its author had not read",
	[F_LATE_COUNTED] = "late op counted",
	[F_LATE_DECLINED] = "late op declined",
	[F_UNLOCKED] = "unit unlocked by two",
	[F_ACCEPTED] = "sheet accepted",
	[F_RETURNED] = "sheet returned",
	[F_RECALLED] = "signature recalled",
	[F_STICK_MADE] = "bundle written",
	[F_STICK_BROUGHT] = "bundle brought to the server itself",
	[F_STICK_CARRIED] = "bundle carried by a superior",
	[F_STICK_CUT] = "sync of a carrier cut",
	[F_STICK_LATE] = "bundle late by an hour",
	[F_STICK_TWICE] = "bundle brought twice",
	[F_STICK_OVERTAKEN] = "bundle overtaken by a later one",
	[F_STICK_ONLINE_TOO] = "ops of a bundle came online before it",
	[F_STICK_DAMAGED] = "bundle damaged",
	[F_STICK_ANSWERED] = "answer brought back",
	[F_STICK_ACKED] = "op acked by stick",
	[F_STICK_ANSWER_LATE] = "answer with nothing new",
	[F_STICK_ANSWER_TWICE] = "answer taken in twice",
	[F_STICK_ANSWER_LOST] = "answer lost",
	[F_CASE_OPENED] = "case opened",
	[F_CASE_STEP] = "case advanced",
	[F_CASE_SETTLED] = "outcomes of a case settled",
	[F_CASE_SENT] = "case sent to another unit",
	[F_MEMBER_ENTERED] = "member entered",
	[F_MEMBER_ENDED] = "membership ended",
	[F_MEMBER_SENT] = "member sent to another unit",
	[F_MOVE_TAKEN] = "person taken over",
	[F_MOVE_REFUSED] = "person not taken over",
	[F_MOVE_RECALLED] = "person called back",
	[F_CORRECTED] = "record corrected",
	[F_CORRECTED_TWICE] = "corrections side by side in the end",
	[F_FORGOTTEN] = "person forgotten by two",
	[F_KEY_RENEWED] = "unit's key renewed",
	[F_UNIT_LOST] = "all devices of a unit lost",
	[F_RECOVERY_AGREED] = "recovery agreed by two",
	[F_RECOVERED] = "keys of a unit recovered",
	[F_GOAL_DRAFTED] = "target drafted",
	[F_GOAL_WITHDRAWN] = "draft of a target taken back",
	[F_GOAL_ANSWERED] = "number registered to a draft",
	[F_GOAL_CROSSED] = "number registered to a draft that was replaced",
	[F_GOAL_UNASKED] = "number registered unasked",
	[F_GOAL_PUBLISHED] = "target published",
	[F_STANDBY_LEVEL] = "standby is level",
	[F_PROMOTED] = "standby promoted",
	[F_PROMOTED_BEHIND] = "standby promoted while the server served on",
	[F_BEFORE_STOPPED] = "server of before stopped for good",
	[F_INTERLEAVED] = "world told again in another order",
};

void sim_fail(const struct sim *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, " (step %u of %u%s)\n", s->step, s->steps, s->healing ? ", healing" : "");
	abort();
}

void sim_say(const struct sim *s, const char *format, ...)
{
	va_list args;

	if (!s->loud)
		return;
	fprintf(stderr, "%4u ", s->step);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void sim_count(struct sim *s, enum fault f)
{
	s->faults[f]++;
	sim_say(s, "%s", fault_names[f]);
}

bool sim_draw(struct sim *s, enum fault f)
{
	return !s->healing && s->fault_percent[f] && rng_below(&s->r, 1000) < s->fault_percent[f];
}

struct moment sim_server_now(const struct sim *s)
{
	return (struct moment){ .mono_ms = s->mono_ms, .wall_ms = s->wall_ms + s->server_skew_ms };
}

/* ---- birth ---- */

/* In thousandths of the occasions there are. Each seed leaves some out, so that the others come to
 * their own too. */
static const struct {
	enum fault f;
	uint32_t often; /* per cent of seeds */
	uint32_t most;
} odds[] = {
	{ F_CUT, 75, 400 },
	{ F_HALF_OPEN, 50, 12 },
	{ F_STALL, 40, 12 },
	{ F_REPLAY, 40, 25 },
	{ F_STALE, 50, 40 },
	{ F_SERVER_CRASH, 50, 25 },
	{ F_SERVER_STOP, 30, 12 },
	{ F_CLIENT_CRASH, 50, 30 },
	{ F_COMMIT_LOST, 35, 60 },
	{ F_COMMIT_LANDED, 35, 40 },
	{ F_BATCH_ABORTED, 40, 120 },
	{ F_SERVER_FULL, 40, 80 },
	{ F_CLIENT_FULL, 40, 25 },
	{ F_CLIENT_COMMIT_LOST, 40, 250 },
	{ F_CLIENT_RESTORED, 30, 8 },
	{ F_CLIENT_CLONED, 22, 8 },
	{ F_SERVER_RESTORED, 22, 8 },
	{ F_CLOCK_WRONG, 40, 250 },
	{ F_SERVER_CLOCK_BACK, 25, 12 },
	{ F_MIXED_ADDED, 40, 600 },
	{ F_NEWER_OP, 60, 60 },
	{ F_REVOKED, 12, 6 },
	{ F_AUTHORITY, 25, 10 },
	{ F_REQUEST, 70, 20 },
	{ F_TINY_LIMITS, 30, 1000 },
	{ F_UNIT_MADE, 25, 10 },
	{ F_PLAN_CHANGED, 25, 15 },
	{ F_ROLE_CHANGED, 30, 15 },
	{ F_PERSON_ENDED, 20, 10 },
	{ F_NIGHT, 40, 8 },
	{ F_RENEWED, 40, 400 },
	{ F_ENROLLED, 25, 20 },
	{ F_ACT_CREATE, 30, 30 },
	{ F_CLOSED, 35, 25 },
	{ F_UNLOCKED, 50, 30 },
	{ F_BUSY, 30, 25 },
	{ F_TAKEN_DOWN, 12, 80 },
	{ F_STICK_MADE, 35, 60 },
	{ F_STICK_DAMAGED, 50, 300 },
	{ F_STICK_ANSWER_LOST, 50, 300 },
};

static void draw_odds(struct sim *s)
{
	for (size_t i = 0; i < ARRAY_LEN(odds); i++)
		if (rng_chance(&s->r, odds[i].often))
			s->fault_percent[odds[i].f] = 1 + rng_below(&s->r, odds[i].most);
	if (!s->reg) /* worlds without stay what they were */
		return;
	s->fault_percent[F_AUTHORITY] = 0; /* a device's seal key is its own here, and lasts */
	if (rng_chance(&s->r, 40))
		s->fault_percent[F_UNIT_LOST] = 1 + rng_below(&s->r, 15);
}

/* Keys and seals cost: three worlds of sixteen have persons, and never those that are told again. */
static bool has_register(uint64_t seed)
{
	return seed % 8 == 2 || seed % 16 == 13;
}

static void draw_limits(struct sim *s)
{
	s->limits = server_limits_default;
	if (!sim_draw(s, F_TINY_LIMITS))
		return;
	s->limits.credit_ops = 256; /* no server gives less */
	s->limits.credit_bytes = 64 << 10;
	s->limits.credit_requests = 1 + rng_below(&s->r, 3);
	s->limits.page_max = 1024 + rng_below(&s->r, 4000);
	s->limits.frame_max = 64 << 10;
	sim_count(s, F_TINY_LIMITS);
}

static const uint8_t first_nonce[16] = { 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
					 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11 };

static void draw_clock(struct sim *s, struct holder *h)
{
	h->skew_ms = (int64_t)rng_below(&s->r, 600000) - 300000;
	if (!sim_draw(s, F_CLOCK_WRONG))
		return;
	h->skew_ms += ((int64_t)rng_below(&s->r, 80) - 40) * 86400000;
	sim_count(s, F_CLOCK_WRONG);
}

static bool in_family(const struct sim *s, const struct base_device *d, uint32_t district)
{
	return d->unit == district || s->units[d->unit - 1].parent == district;
}

/* Persons go to and fro, and are decided on above: a district and what is below it first, then the others. */
static const struct base_device *nth_of_family(const struct sim *s, size_t first, size_t n)
{
	uint32_t unit = s->b->devices[1 + first].unit, parent = s->units[unit - 1].parent,
		 district = parent > 1 ? parent : unit;

	for (int family = 1; family >= 0; family--)
		for (size_t i = 1; i < s->b->device_count; i++)
			if (in_family(s, &s->b->devices[i], district) == family && !n--)
				return &s->b->devices[i];
	return NULL;
}

static const struct base_device *draw_device(const struct sim *s, size_t first, size_t i)
{
	return s->reg ? nth_of_family(s, first, i)
		      : &s->b->devices[1 + (first + i) % (s->b->device_count - 1)];
}

static bool is_taken(const struct sim *s, const struct base_device *d)
{
	for (size_t i = 0; i < s->holder_count; i++)
		if (s->holders[i].d == d)
			return true;
	return false;
}

/* At every level: who sits at the province, a few neighbouring communes with those below them, and whoever else. */
static const struct base_device *draw_of_province(struct sim *s, size_t first, size_t i)
{
	const struct base_device *d;

	if (i < 2)
		return &s->b->devices[s->b->device_count - 1 - i];
	for (size_t n = i - 2 - i / 3;; n++) {
		d = i % 3 ? draw_device(s, first, n)
			  : &s->b->devices[1 + rng_below(&s->r, (uint32_t)s->b->device_count - 1)];
		if (!is_taken(s, d))
			return d;
	}
}

/* Neighbours rather than strangers: devices that share a unit, or one above the other. */
static void draw_holders(struct sim *s)
{
	size_t devices = s->b->device_count - 1;
	size_t want = s->province ? 50 + rng_below(&s->r, 131)
		      : s->large  ? 60 + rng_below(&s->r, 141)
				  : 3 + s->reg + rng_below(&s->r, 6);
	size_t first = rng_below(&s->r, (uint32_t)devices);

	if (want > devices)
		want = devices;
	for (size_t i = 0; i < want; i++) {
		const struct base_device *d = s->province ? draw_of_province(s, first, i)
							  : draw_device(s, first, i);
		struct holder *h = &s->holders[s->holder_count++];

		holder_open(s, h, d, first_nonce);
		draw_clock(s, h);
		h->by_stick = s->fault_percent[F_STICK_MADE] && rng_chance(&s->r, 30);
		keys_first(s, h);
	}
}

/* The model knows the province's first entries from another seed. */
static void open_log(struct sim *s)
{
	s->log_cap = (size_t)s->b->lsn + 256;
	s->log = calloc(s->log_cap, sizeof(*s->log));
	if (!s->log)
		abort();
	if (!s->b->log) {
		naive_forget(s->n, 0);
		return;
	}
	memcpy(s->log, s->b->log, (size_t)s->b->lsn * sizeof(*s->log));
	s->log_count = (size_t)s->b->lsn;
}

static void keep_log(struct sim *s)
{
	if (s->b->log)
		return;
	s->b->log = calloc((size_t)s->b->lsn, sizeof(*s->log));
	if (!s->b->log)
		abort();
	memcpy(s->b->log, s->log, (size_t)s->b->lsn * sizeof(*s->log));
}

static unsigned draw_steps(struct sim *s)
{
	if (s->province)
		return STEPS_PROVINCE + rng_below(&s->r, STEPS_PROVINCE);
	return s->large ? STEPS_DEFAULT * 5 / 2
			: STEPS_DEFAULT / 2 + rng_below(&s->r, STEPS_DEFAULT);
}

void sim_open(struct sim *s, uint64_t seed, const struct sim_how *how)
{
	memset(s, 0, sizeof(*s));
	s->seed = seed;
	s->loud = how->loud;
	s->province = how->province;
	s->units_max = s->province ? BASE_UNITS : SMALL_UNITS;
	s->r.state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	s->large = s->province || seed % 128 == 100;
	s->reg = has_register(seed);
	s->aims = seed % 8 == 6;
	s->follows = seed % 16 == 9 || seed % 16 == 13;
	s->b = base_get(s->province ? SHAPE_PROVINCE
			: s->large  ? SHAPES
				    : rng_below(&s->r, SHAPES));
	s->n = s->b->n;
	memcpy(s->units, s->b->units, s->b->unit_count * sizeof(s->units[0]));
	s->unit_count = s->b->unit_count;
	s->steps = how->steps ? how->steps : draw_steps(s);
	s->mono_ms = 1000000;
	s->wall_ms = s->b->w.now_ms + 8 * 3600000;
	s->touched_from = s->b->lsn;
	buf_init(&s->tape, 1 << 20);
	draw_odds(s);
	draw_limits(s);
	must(kv_mem_clone(&s->kv, s->b->w.kv, &s->e), &s->e, "copy a province");
	open_log(s);
	must(codes_mem_new(&s->codes, 64, &s->e), &s->e, "a place for codes");
	must(answers_mem_new(&s->answers, &s->e), &s->e, "a place for answers");
	post_open(s);
	keep_log(s);
	draw_holders(s);
	persons_seed(s);
	persons_begin(s);
	promote_begin(s);
}

void sim_close(struct sim *s)
{
	for (size_t i = 0; i < LINES_MAX; i++)
		line_free(&s->lines[i]);
	for (size_t i = 0; i < s->holder_count; i++)
		holder_close(&s->holders[i]);
	post_close(s);
	promote_close(s);
	keys_close(s);
	roster_close(s);
	codes_mem_free(s->codes);
	answers_mem_free(s->answers);
	sticks_drop_all(s);
	kv_close(s->kv);
	kv_close(s->old_kv);
	buf_fini(&s->tape);
	free(s->log);
	free(s->lost);
	free(s->made);
	free(s->owed);
	free(s->goals);
}

/* ---- a step ---- */

static struct holder *any_holder(struct sim *s)
{
	return &s->holders[rng_below(&s->r, (uint32_t)s->holder_count)];
}

static struct line *any_line(struct sim *s)
{
	size_t used = 0, pick;

	for (size_t i = 0; i < LINES_MAX; i++)
		used += s->lines[i].used;
	if (!used)
		return NULL;
	pick = rng_below(&s->r, (uint32_t)used);
	for (size_t i = 0; i < LINES_MAX; i++)
		if (s->lines[i].used && !pick--)
			return &s->lines[i];
	return NULL;
}

static void dial(struct sim *s, struct holder *h)
{
	struct line *l;

	if (h->off || h->line || !s->up || (!s->healing && s->mono_ms < h->not_before_ms))
		return;
	if (h->by_stick && !s->healing && rng_chance(&s->r, 85))
		return;
	if (h->full && kv_calls(h->kv) && s->healing) {
		kv_mem_limit(h->kv, 0);
		h->full = false;
	}
	l = line_open(s, h);
	if (l && sim_draw(s, F_CUT))
		l->cut_at = 1 + rng_below(&s->r, rng_chance(&s->r, 50) ? 600 : 9000);
}

static void move_some(struct sim *s)
{
	uint32_t most = s->province ? 400 : s->large ? 24 : 6;

	for (unsigned n = rng_below(&s->r, most); n > 0; n--) {
		struct line *l = any_line(s);

		if (l)
			(void)line_move(s, l);
	}
}

static void work(struct sim *s)
{
	if (rng_chance(&s->r, 70))
		post_run(s);
	if (rng_chance(&s->r, 75))
		post_deliver(s, 1 + rng_below(&s->r, 4));
}

static void operate(struct sim *s)
{
	static const int days[] = { 22, 10, 15, 30 };
	struct op op;

	if (!s->up)
		return;
	if (s->behind && rng_chance(&s->r, 10))
		post_declare(s);
	if (sim_draw(s, F_REQUEST)) {
		int on = days[rng_below(&s->r, 4)];

		op = build_request(1 + rng_below(&s->r, 2), 2, day(2022, 9, on));
		op.request.due_ms = s->wall_ms + 86400000;
		post_act(s, &op);
	}
	if (sim_draw(s, F_REQUEST)) {
		uint32_t members = rng_below(&s->r, 50);

		op = build_members(1 + rng_below(&s->r, (uint32_t)s->unit_count), day(2021, 12, 31),
				   members);
		post_act(s, &op);
	}
	if (sim_draw(s, F_AUTHORITY))
		keys_new_seal(s, any_holder(s)->d);
	if (sim_draw(s, F_REVOKED)) {
		struct holder *h = any_holder(s);

		post_device_act(s, JOB_REVOKE, h->d->device, NULL);
		for (size_t i = 0; i < s->holder_count; i++)
			s->holders[i].revoked |= s->holders[i].d == h->d;
	}
	changes_draw(s);
	reorg_draw(s);
	months_draw(s);
	if (sim_draw(s, F_BUSY)) {
		s->busy_until_ms = s->mono_ms + 200 + rng_below(&s->r, 4000);
		post_mood(s);
	}
	if (sim_draw(s, F_ENROLLED))
		keys_make_code(s, 0);
	if (sim_draw(s, F_NEWER_OP))
		post_newer(s);
}

static void stop_in_order(struct sim *s)
{
	writer_stop(s->writer);
	post_mood(s);
	for (size_t i = 0; i < LINES_MAX; i++)
		if (s->lines[i].used && s->lines[i].session)
			session_stop(s->lines[i].session, sim_server_now(s));
	for (int i = 0; i < 3 && s->up; i++) {
		post_run(s);
		post_deliver(s, SIZE_MAX);
	}
	if (s->up) {
		post_crash(s, true); /* the writer has nothing left to lose */
		sim_count(s, F_SERVER_STOP);
		post_restart(s);
	}
}

static void break_lines(struct sim *s)
{
	struct line *l = any_line(s);

	if (!l)
		return;
	if (sim_draw(s, F_HALF_OPEN)) {
		bool client = rng_chance(&s->r, 50);

		sim_count(s, F_HALF_OPEN);
		line_cut(s, l, client, !client);
	} else if (sim_draw(s, F_STALL) && !l->stalled) {
		l->stalled = true;
		sim_count(s, F_STALL);
	} else if (l->sync && sim_draw(s, F_STALE)) {
		/* the device gives up and comes again; what it had sent arrives whenever it likes */
		struct holder *h = l->h;

		line_cut(s, l, true, false);
		h->not_before_ms = 0;
		dial(s, h);
		if (h->line && l->used)
			sim_count(s, F_STALE);
	}
	if (sim_draw(s, F_REPLAY))
		line_replay(s);
}

static void break_server(struct sim *s)
{
	if (sim_draw(s, F_SERVER_CRASH)) {
		bool told = rng_chance(&s->r, 60);

		sim_count(s, told ? F_SERVER_CRASH : F_SERVER_CRASH_UNTOLD);
		post_crash(s, told);
		post_restart(s);
	}
	if (sim_draw(s, F_SERVER_STOP))
		stop_in_order(s);
	if (s->fault_percent[F_SERVER_RESTORED] && rng_chance(&s->r, 3) && !s->undeclared)
		post_keep_copy(s);
	if (sim_draw(s, F_SERVER_RESTORED))
		post_restore(s);
	if (sim_draw(s, F_SERVER_CLOCK_BACK)) {
		s->server_skew_ms -= rng_below(&s->r, 4 * 3600000);
		sim_count(s, F_SERVER_CLOCK_BACK);
		if (day_of_instant(sim_server_now(s).wall_ms) < sim_log_day(s))
			sim_count(s, F_SERVER_DAY_BACK);
	}
}

static void break_holders(struct sim *s)
{
	struct holder *h = any_holder(s);
	struct kv_health health;

	if (h->off)
		return;
	if (sim_draw(s, F_CLIENT_CRASH)) {
		sim_count(s, F_CLIENT_CRASH);
		holder_crash(s, h);
	}
	if (s->fault_percent[F_CLIENT_RESTORED] && rng_chance(&s->r, 5) && !h->full)
		holder_keep_copy(s, h);
	if (sim_draw(s, F_CLIENT_RESTORED))
		holder_restore(s, h);
	if (sim_draw(s, F_CLIENT_CLONED))
		holder_clone(s, h);
	if (h->full ? rng_chance(&s->r, 30) : sim_draw(s, F_CLIENT_FULL)) {
		must(kv_health(h->kv, &health, &s->e), &s->e, "health");
		kv_mem_limit(h->kv,
			     h->full ? 0 : (size_t)health.used_bytes + rng_below(&s->r, 1500));
		h->full = !h->full;
	}
}

static void pass_time(struct sim *s)
{
	uint64_t ms = rng_below(&s->r, s->province ? 600 : 60);

	if (rng_chance(&s->r, 2))
		ms += rng_below(&s->r, 130000);
	if (sim_draw(s, F_NIGHT) ||
	    (s->awaited > day_of_instant(s->wall_ms) && rng_chance(&s->r, 5))) {
		ms += 8 * 3600000 + rng_below(&s->r, 10 * 3600000);
		sim_count(s, F_NIGHT);
	}
	s->mono_ms += ms;
	s->wall_ms += (int64_t)ms;
	if (s->up && s->sv.mood.busy)
		post_mood(s);
	for (size_t i = 0; i < LINES_MAX; i++)
		if (s->lines[i].used && line_deadline(&s->lines[i]) <= s->mono_ms)
			line_tick(s, &s->lines[i]);
}

static void step(struct sim *s)
{
	pass_time(s);
	for (unsigned n = s->province ? 30 : s->large ? 6 : 1; n > 0; n--) {
		struct holder *h = any_holder(s);

		if (!h->off && rng_chance(&s->r, 35)) {
			if (s->reg && rng_chance(&s->r, 60))
				persons_act(s, h);
			else if (s->aims && rng_chance(&s->r, 50))
				goals_act(s, h);
			else
				holder_act(s, h);
		}
		if (rng_chance(&s->r, 30))
			dial(s, any_holder(s));
	}
	move_some(s);
	keys_step(s);
	sticks_step(s);
	work(s);
	operate(s);
	break_lines(s);
	break_server(s);
	break_holders(s);
	check_touched(s);
	reorg_check(s);
	goals_check(s);
	promote_step(s);
	roster_step(s);
	if (s->reg && rng_below(&s->r, 60) == 0)
		roster_check(s);
	if (rng_below(&s->r, 400) == 0)
		check_all(s);
	if (rng_below(&s->r, 200) == 0)
		check_pairs(s);
}

/* ---- healing ---- */

static void drain(struct sim *s)
{
	for (unsigned turn = 0; turn < 20000; turn++) {
		bool any = false, moved = false;
		uint64_t deadline = UINT64_MAX;

		for (size_t i = 0; i < LINES_MAX; i++) {
			if (!s->lines[i].used)
				continue;
			any = true;
			s->lines[i].stalled = false;
			while (s->lines[i].used && line_move(s, &s->lines[i]))
				moved = true;
			if (s->lines[i].used && line_deadline(&s->lines[i]) < deadline)
				deadline = line_deadline(&s->lines[i]);
		}
		while (writer_due(s->writer)) {
			post_run(s);
			moved = true;
		}
		post_deliver(s, SIZE_MAX);
		check_touched(s);
		if (!any)
			return;
		if (moved)
			continue;
		s->mono_ms = deadline == UINT64_MAX ? s->mono_ms + 1000 : deadline;
		for (size_t i = 0; i < LINES_MAX; i++)
			if (s->lines[i].used && line_deadline(&s->lines[i]) <= s->mono_ms)
				line_tick(s, &s->lines[i]);
	}
	sim_fail(s, "the lines never come to rest");
}

static void repair(struct sim *s)
{
	s->healing = true;
	s->busy_until_ms = 0;
	if (s->up)
		post_mood(s);
	sticks_drop_all(s);
	for (size_t i = 0; i < LINES_MAX; i++)
		if (s->lines[i].used && (s->lines[i].client_blind || s->lines[i].server_blind ||
					 s->lines[i].stalled || s->lines[i].cut_at != UINT64_MAX))
			line_cut(s, &s->lines[i], true, true);
	for (size_t i = 0; i < s->holder_count; i++) {
		kv_mem_limit(s->holders[i].kv, 0);
		s->holders[i].full = false;
	}
	post_run(s); /* makes room, though nothing may be due */
	drain(s);
	/* the copy of a device is found and switched off; the other goes on */
	for (size_t i = s->holder_count; i-- > 0;) {
		struct holder *h = &s->holders[i], *other = NULL;

		for (size_t k = 0; k < i && !other; k++)
			if (s->holders[k].d == h->d)
				other = &s->holders[k];
		if (other)
			(rng_chance(&s->r, 50) ? h : other)->off = true;
	}
}

static void lift_suspensions(struct sim *s)
{
	for (size_t i = 0; i < s->holder_count; i++) {
		struct holder *h = &s->holders[i];
		struct device_row row;

		if (h->off || ledger_device(s->l, h->d->device, &row, &s->e) ||
		    !row.suspended_lsn || row.revoked_lsn)
			continue;
		post_device_act(s, JOB_LIFT, h->d->device, h->nonce);
	}
	drain(s);
	while (writer_due(s->writer))
		post_run(s);
	post_deliver(s, SIZE_MAX);
}

static bool at_rest(struct sim *s, struct holder *h)
{
	const struct client_state *st = client_state(h->c);
	struct client_status is;
	struct device_row row;

	/* its enrolment was lost with a disk, and has been brought back since */
	if (st->halt == HALT_UNKNOWN && !ledger_device(s->l, h->d->device, &row, &s->e) &&
	    !memcmp(row.spki_hash, h->cert.spki.b, HASH_BYTES))
		return false;
	if (h->off || (st->halt != HALT_NONE && st->halt != HALT_SUSPENDED &&
		       st->halt != HALT_BEHIND && h->last_end == SYNC_HALTED))
		return true;
	must(client_status(h->c, &is, &s->e), &s->e, "status");
	/* what one device puts of keys another may wait for */
	return !is.queued && h->last_end == SYNC_DONE && has_read_all(s, h) &&
	       h->keys_at == s->keys_moved;
}

/* A device that stands in a log which the server knows nothing of cannot show it that, nor one that was shown no head of what
 * it read and finds it gone: its person telephones. */
static bool told_by_telephone(const struct sim *s)
{
	for (size_t i = 0; s->undeclared && i < s->holder_count; i++) {
		const struct client_state *st = client_state(s->holders[i].c);

		if (!s->holders[i].off && (st->halt == HALT_BEHIND || st->trouble != FEED_FINE))
			return true;
	}
	return false;
}

static void heal(struct sim *s)
{
	repair(s);
	for (unsigned round = 0; round < 16; round++) {
		bool quiet = true;

		if (round == 6 && s->sv.mood.recovering) /* all were here, and more than once */
			post_recovered(s);
		if (s->behind || told_by_telephone(s))
			post_declare(s);
		lift_suspensions(s);
		if (round > 1 && !s->sv.mood.recovering && s->up)
			quiet = months_settle(s, round);
		if (round < 8)
			roster_step(s);
		for (size_t i = 0; i < s->holder_count; i++) {
			struct holder *h = &s->holders[i];

			if (h->off)
				continue;
			holder_decide(s, h, true);
			if (at_rest(s, h))
				continue;
			quiet = false;
			dial(s, h);
			if (i % 32 == 31)
				drain(s);
		}
		drain(s);
		s->mono_ms += 200000;
		s->wall_ms += 200000;
		if (quiet && !s->sv.mood.recovering)
			return;
	}
}

void sim_run(struct sim *s)
{
	for (s->step = 0; s->step < s->steps; s->step++)
		step(s);
	heal(s);
	broken_do(s);
	check_end(s);
	if ((!s->large || s->province) && s->seed % TOLD_AGAIN == 0)
		interleave_check(s);
}
