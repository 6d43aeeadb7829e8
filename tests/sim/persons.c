/* The register of persons at the devices: cases opened and advanced, members, persons between units, names
 * forgotten and keys recovered, all as the program writes them. In a share of the worlds. */
#include "sim.h"

#include "client/case_write.h"
#include "client/moves.h"
#include "client/roll.h"

#include <stdio.h>
#include <stdlib.h>

enum { PERSONS_ARENA = 1 << 20, TRIES = 8 };

/* What keys and nonces of the register are drawn from: one for a process, as in the program. */
static struct rng secret;

static int draw(void *out, size_t len, struct err *e)
{
	uint8_t *to = out;

	(void)e;
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)rng_next(&secret);
	return 0;
}

/* ---- a device's keys ---- */

void persons_seed(const struct sim *s)
{
	secret.state = s->seed ^ UINT64_C(0x5ea1ed);
}

static void open_ring(struct sim *s, struct holder *h, struct kv *kv)
{
	struct keyring_setup setup = { .kv = kv, .seal = &h->seal, .random = draw };

	h->key_kv = kv;
	must(keyring_new(&h->keys, &setup, &s->e), &s->e, "keys of a device");
}

/* Of a device that is new: each has a key of its own, made from what only it has. */
void persons_holder_new(struct sim *s, struct holder *h, const uint8_t seed[SEAL_SEED_BYTES])
{
	struct kv *kv;

	if (!s->reg)
		return;
	seal_key_init(&h->seal, seed);
	must(kv_mem_open(&kv, KEYRING_TABLES, &s->e), &s->e, "a store of keys");
	open_ring(s, h, kv);
}

/* Its process begins again over `from`: what was committed there. */
void persons_holder_again(struct sim *s, struct holder *h, const struct kv *from)
{
	struct kv *is;

	if (!s->reg)
		return;
	must(kv_mem_clone(&is, from, &s->e), &s->e, "copy a store of keys");
	keyring_free(h->keys);
	h->keys = NULL;
	open_ring(s, h, is);
}

void persons_holder_copy(struct sim *s, struct holder *h)
{
	kv_close(h->old_key_kv);
	h->old_key_kv = NULL;
	if (s->reg)
		must(kv_mem_clone(&h->old_key_kv, h->key_kv, &s->e), &s->e, "copy a store of keys");
}

void persons_holder_close(struct holder *h)
{
	keyring_free(h->keys);
	kv_close(h->old_key_kv);
	h->keys = NULL;
	h->old_key_kv = NULL;
}

/* Devices of the base have one key together; here each its own, told in the log before anybody works. */
void persons_begin(struct sim *s)
{
	for (size_t i = 0; s->reg && i < s->holder_count; i++) {
		struct holder *h = &s->holders[i];
		uint8_t seed[SEAL_SEED_BYTES] = { 0x5e, (uint8_t)i };
		struct device_row row;
		struct op op;

		persons_holder_new(s, h, seed);
		must(ledger_device(s->l, h->d->device, &row, &s->e), &s->e, "a device");
		op = build_device(h->d->device, h->d->unit, h->d->person, row.epoch);
		memcpy(op.device.nonce, row.nonce, sizeof(row.nonce));
		memcpy(op.device.spki_hash, row.spki_hash, sizeof(row.spki_hash));
		memcpy(op.device.seal_key, h->seal.public.b, SEAL_PUBLIC_BYTES);
		op.source = SPAN_LIT("console:sim");
		must(ledger_begin(s->l, &s->e), &s->e, "begin");
		must(ledger_act(s->l, &op, sim_server_now(s).wall_ms, NULL, &s->e), &s->e,
		     "a device's key");
		must(ledger_commit(s->l, &s->b->w.key, NULL, &s->e), &s->e, "commit");
	}
	post_told(s);
}

/* ---- who is who ---- */

/* Whoever is called so in the world; the number goes along to wherever they move. */
void persons_know(struct sim *s, const uint8_t id[PERSON_ID], uint32_t who)
{
	s->people = realloc(s->people, (s->people_count + 1) * sizeof(*s->people));
	if (!s->people)
		abort();
	memcpy(s->people[s->people_count].id, id, PERSON_ID);
	s->people[s->people_count++].who = who;
}

uint32_t persons_who(const struct sim *s, const uint8_t id[PERSON_ID])
{
	for (size_t i = 0; i < s->people_count; i++)
		if (!memcmp(s->people[i].id, id, PERSON_ID))
			return s->people[i].who;
	return 0;
}

struct span persons_name(char room[PERSONS_NAME], uint32_t who)
{
	snprintf(room, PERSONS_NAME, PERSONS_MARK " %06u", who);
	return span_str(room);
}

static struct person_fields fields_of(char name[PERSONS_NAME], uint32_t who)
{
	struct person_fields f = { .at = { { NULL, 0 } } };

	f.at[PF_NAME] = persons_name(name, who);
	f.at[PF_CARD] = f.at[PF_NAME];
	f.at[PF_BIRTH] = SPAN_LIT("1999-03-04");
	f.at[PF_SEX] = who & 1 ? SPAN_LIT("f") : SPAN_LIT("m");
	return f;
}

/* ---- acts ---- */

static struct case_writer writer_of(const struct sim *s, struct holder *h, struct arena *a)
{
	return (struct case_writer){ h->c, h->keys, a, s->wall_ms + h->skew_ms, draw };
}

/* Whatever an act has queued, also where it then failed, and what a contact makes by itself. */
void persons_note_own(struct sim *s, struct holder *h)
{
	size_t count;
	const struct own_op *own = outbox_ops(h->c, &count);

	for (size_t i = 0; s->reg && i < count && h->notes.op_count < count; i++)
		if (!notes_op(&h->notes, own[i].id))
			notes_add(s, h, own[i].id);
}

/* What may stop a person: said to them. */
static bool done(struct sim *s, struct holder *h, int rc, const char *what)
{
	persons_note_own(s, h);
	if (!rc)
		return true;
	sim_say(s, "device %zu: %s: %s", h->index, what, s->e.msg);
	if (rc == -ERR_FATAL || rc == -ERR_CORRUPT || rc == -ERR_NOMEM || rc == -ERR_IO)
		sim_fail(s, "device %zu: %s: %d %s", h->index, what, rc, s->e.msg);
	return false;
}

static day_t today_of(const struct sim *s, const struct holder *h)
{
	day_t here = day_of_instant(s->wall_ms + h->skew_ms), true_day = day_of_instant(s->wall_ms);

	return here < true_day ? here : true_day;
}

static void open_case(struct sim *s, struct holder *h, struct arena *a)
{
	struct case_writer w = writer_of(s, h, a);
	struct person_codes codes = { .sources = 1 << SOURCE_RURAL };
	struct case_step first = { .kind = rng_chance(&s->r, 60) ? STEP_INTRODUCE : STEP_LIST };
	uint32_t who = s->who_count + 1;
	uint8_t id[PERSON_ID];
	char name[PERSONS_NAME];
	struct person_fields f = fields_of(name, who);

	first.day = day(2022, 6, 1) + (day_t)rng_below(&s->r, 60);
	if (!done(s, h, case_write_open(&w, &f, &codes, &first, id, &s->e), "open a case"))
		return;
	s->who_count++;
	persons_know(s, id, who);
	sim_count(s, F_CASE_OPENED);
}

static void new_member(struct sim *s, struct holder *h, struct arena *a)
{
	struct case_writer w = writer_of(s, h, a);
	struct person_place at = { .unit = h->d->unit, .set = PERSON_SET_RECORD };
	struct op op = { .kind = OP_MEMBER, .unit = h->d->unit };
	struct keyring_person p;
	struct unit_key u;
	struct op_id id;
	char name[PERSONS_NAME];
	uint32_t who = s->who_count + 1;
	struct person_fields f = fields_of(name, who);
	struct buf sealed;
	int rc = case_write_unit_key(&w, &u, &s->e);

	op.member.admitted = day(2022, 5, 1) + (day_t)rng_below(&s->r, 130);
	buf_init(&sealed, CASE_SEALED_MAX);
	if (!rc)
		rc = keyring_persons_new(h->keys, h->c, &u, &p, 1, &s->e);
	if (!rc) {
		memcpy(at.id, p.person, PERSON_ID);
		memcpy(op.member.person, p.person, PERSON_ID);
		rc = case_seal(&sealed, p.key, &at, &f, draw, &s->e);
	}
	op.member.sealed = buf_span(&sealed);
	if (!rc)
		rc = outbox_append(h->c, &op, w.now_ms, &id, &s->e);
	buf_fini(&sealed);
	if (!done(s, h, rc, "enter a member"))
		return;
	s->who_count++;
	persons_know(s, p.person, who);
	sim_count(s, F_MEMBER_ENTERED);
}

static enum case_reason a_reason(enum case_step_kind kind)
{
	uint32_t may = case_step_reasons(kind);

	for (int r = 1; may && r < CASE_REASONS; r++)
		if (may >> r & 1)
			return (enum case_reason)r;
	return REASON_NONE;
}

static day_t next_day(struct sim *s, const struct holder *h, day_t last)
{
	day_t d = last + (day_t)rng_below(&s->r, 12), today = today_of(s, h);

	return d > today ? today : d;
}

/* Two outcomes side by side: this person has asked both. */
static struct op settling(struct sim *s, const struct case_record *r, struct arena *a)
{
	struct op_id *all = arena_array(a, r->rival_count + 1, sizeof(*all));
	struct op op = { .kind = OP_CASE_STEP, .unit = r->unit, .reason = SPAN_LIT("asked both") };

	all[0] = case_record_last(r);
	for (size_t i = 0; i < r->rival_count; i++)
		all[i + 1] = r->rivals[i].id;
	memcpy(op.step.person, r->person, PERSON_ID);
	op.step.after = all[0];
	op.step.settles = all;
	op.step.settle_count = r->rival_count + 1;
	op.step.keep = all[rng_below(&s->r, (uint32_t)op.step.settle_count)];
	return op;
}

static void advance(struct sim *s, struct holder *h, const struct case_record *r, struct arena *a)
{
	static const enum case_step_kind way[] = {
		STEP_LIST,     STEP_APPLY, STEP_CELL,     STEP_SUBMIT, STEP_AGREE,  STEP_DECIDE,
		STEP_CEREMONY, STEP_SEND,  STEP_CERTIFY,  STEP_REVIEW, STEP_HELPER, STEP_RETURN,
		STEP_RESUME,   STEP_REST,  STEP_WITHDRAW, STEP_REFUSE
	};
	size_t ways = rng_chance(&s->r, 15) ? ARRAY_LEN(way) : ARRAY_LEN(way) - 3;
	struct case_writer w = writer_of(s, h, a);
	struct person_fields paper = { .at = { { NULL, 0 } } };
	struct case_state st;
	char no[PERSONS_NAME];
	struct op op;

	case_record_state(&st, r);
	if (r->rival_count && rng_chance(&s->r, 70)) {
		op = settling(s, r, a);
		if (done(s, h, case_write_step(&w, r, &op, NULL, &s->e), "settle outcomes"))
			sim_count(s, F_CASE_SETTLED);
		return;
	}
	paper.at[PF_PAPER_NO] = persons_name(no, persons_who(s, r->person));
	for (size_t i = 0, from = rng_below(&s->r, (uint32_t)ways); i < ways; i++) {
		enum case_step_kind kind = way[(from + i * 5) % ways];

		op = case_write_step_of(r, kind, next_day(s, h, st.last));
		op.step.step.reason = a_reason(kind);
		if (done(s, h,
			 case_write_step(&w, r, &op, rng_chance(&s->r, 30) ? &paper : NULL, &s->e),
			 "a step")) {
			sim_count(s, F_CASE_STEP);
			return;
		}
	}
}

/* ---- between two units ---- */

static bool pick_receiver(struct sim *s, struct holder *h, struct register_key *to)
{
	for (int i = 0; i < 2 * TRIES; i++) {
		const struct base_unit *u = &s->units[rng_below(&s->r, (uint32_t)s->unit_count)];
		char code[16];

		if (!u->unit || u->unit == h->d->unit)
			continue;
		snprintf(code, sizeof(code), "U%u", u->unit);
		if (!register_key_by_code(client_base(h->c), span_str(code), to, &s->e))
			return true;
	}
	return false;
}

static struct move_answer an_answer(struct sim *s, struct holder *h, enum move_what what,
				    const struct move_end *end)
{
	return (struct move_answer){ .what = what,
				     .day = next_day(s, h, end->sent),
				     .reason = what == MOVE_TAKE ? (struct span){ NULL, 0 }
								 : SPAN_LIT("not them"),
				     .now_ms = s->wall_ms + h->skew_ms };
}

static enum move_what answer_to(struct sim *s, const struct move_end *came,
				const struct move_end *gone)
{
	if (came->state == HANDOVER_OPEN)
		return rng_chance(&s->r, 75) ? MOVE_TAKE : MOVE_REFUSE;
	return gone->state == HANDOVER_OPEN && rng_chance(&s->r, 40) ? MOVE_RECALL : MOVE_WHAT_NONE;
}

static void count_answer(struct sim *s, enum move_what what)
{
	sim_count(s, what == MOVE_TAKE     ? F_MOVE_TAKEN
		     : what == MOVE_REFUSE ? F_MOVE_REFUSED
					   : F_MOVE_RECALLED);
}

/* Offered here, or on the way from here: true when there was something to answer. */
static bool answer_one(struct sim *s, struct holder *h, const struct case_record *r,
		       const struct register_member *m, struct arena *a)
{
	const struct move_end *came = r ? &r->came : &m->came, *gone = r ? &r->gone : &m->gone;
	struct case_writer w = writer_of(s, h, a);
	enum move_what what = answer_to(s, came, gone);
	struct move_answer answer;
	struct unit_key own;
	int rc;

	if (!what)
		return false;
	answer = an_answer(s, h, what, what == MOVE_RECALL ? gone : came);
	rc = case_write_unit_key(&w, &own, &s->e);
	if (!rc)
		rc = r ? answer_case(h->c, h->keys, r, &answer, &own, &s->e)
		       : answer_member(h->c, h->keys, m, &answer, &own, &s->e);
	if (done(s, h, rc, "an answer"))
		count_answer(s, what);
	return true;
}

static void send_off(struct sim *s, struct holder *h, const struct case_record *r,
		     const struct register_member *m, struct arena *a)
{
	struct move_ask ask = { .now_ms = s->wall_ms + h->skew_ms };
	struct case_state st;
	char letter[PERSONS_NAME];
	int rc;

	if (!pick_receiver(s, h, &ask.to))
		return;
	if (r)
		case_record_state(&st, r);
	ask.day = next_day(s, h, r ? st.last : m->admitted);
	if (rng_chance(&s->r, 40))
		ask.letter = persons_name(letter, persons_who(s, r ? r->person : m->person));
	rc = r ? move_case(h->c, h->keys, r, &ask, a, &s->e)
	       : move_member(h->c, h->keys, m, &ask, a, &s->e);
	if (done(s, h, rc, "send somebody off"))
		sim_count(s, r ? F_CASE_SENT : F_MEMBER_SENT);
}

static void correct(struct sim *s, struct holder *h, const struct case_record *r,
		    const struct register_member *m, struct arena *a)
{
	struct case_writer w = writer_of(s, h, a);

	(void)done(s, h, fixing_write(s, h, &w, r, m), "correct a record");
}

static void end_member(struct sim *s, struct holder *h, const struct register_member *m)
{
	struct op op = { .kind = OP_MEMBER_END,
			 .unit = h->d->unit,
			 .reason = SPAN_LIT("written twice") };
	struct op_id id;

	op.member_end.how = (enum member_end)(1 + rng_below(&s->r, MEMBER_MISTAKE));
	op.member_end.day = next_day(s, h, m->admitted);
	memcpy(op.member_end.person, m->person, PERSON_ID);
	if (m->how != MEMBER_STAYS || !member_here(m))
		return;
	if (done(s, h, outbox_append(h->c, &op, s->wall_ms + h->skew_ms, &id, &s->e),
		 "end a membership"))
		sim_count(s, F_MEMBER_ENDED);
}

/* ---- forgetting ---- */

static void forget(struct sim *s, struct holder *h, const struct case_record *r)
{
	struct op op = { .kind = OP_FORGET,
			 .unit = h->d->unit,
			 .reason = SPAN_LIT("asked for it"),
			 .forget = { .why = FORGET_OWN_RIGHT, .confirms = r->forget_asked_lsn } };
	struct op_id id;

	memcpy(op.forget.person, r->person, PERSON_ID);
	(void)done(s, h, outbox_append(h->c, &op, s->wall_ms + h->skew_ms, &id, &s->e), "forget");
}

/* ---- a person before the screen ---- */

/* Mostly one of the first three, so that two persons come to work on one; what is offered before all others. */
static const struct case_record *pick_case(struct sim *s, const struct holder *h,
					   const struct cases *cs)
{
	const struct case_record *picked = NULL;
	bool few = rng_chance(&s->r, 75);
	uint32_t seen = 0;

	for (size_t i = 0; i < cases_count(cs); i++) {
		const struct case_record *r = cases_at(cs, i);

		if (r->unit != h->d->unit && r->body != h->d->unit)
			continue;
		if (r->unit == h->d->unit && (r->came.state == HANDOVER_OPEN || r->rival_count))
			return r;
		if (rng_below(&s->r, ++seen) == 0 && (seen < 4 || !few))
			picked = r;
	}
	return picked;
}

/* At the next table somebody works on the same case at the same time. */
static void another_works(struct sim *s, const struct holder *h, const uint8_t *person, bool fix,
			  struct arena *a)
{
	for (size_t i = 0; i < s->holder_count; i++) {
		struct holder *o = &s->holders[i];
		struct cases *cs;

		if (o == h || o->off || o->d->unit != h->d->unit ||
		    (client_role(o->c) != ROLE_CLERK && client_role(o->c) != ROLE_APPROVER))
			continue;
		must(cases_load(&cs, o->c, &s->e), &s->e, "cases");
		for (size_t k = 0; k < cases_count(cs); k++)
			if (!memcmp(cases_at(cs, k)->person, person, PERSON_ID)) {
				if (fix)
					correct(s, o, cases_at(cs, k), NULL, a);
				else
					advance(s, o, cases_at(cs, k), a);
			}
		cases_free(cs);
	}
}

static void with_a_case(struct sim *s, struct holder *h, struct arena *a)
{
	struct cases *cs;
	const struct case_record *r;
	uint32_t what = rng_below(&s->r, 100);

	must(cases_load(&cs, h->c, &s->e), &s->e, "cases");
	r = pick_case(s, h, cs);
	if (r && (r->unit != h->d->unit || !answer_one(s, h, r, NULL, a))) {
		bool fix = r->unit == h->d->unit && what >= 40 && what < 60;

		if (r->unit == h->d->unit && (what < 12 || (r->forget_asked_lsn && what < 70)))
			forget(s, h, r);
		else if (r->unit == h->d->unit && what < 40)
			send_off(s, h, r, NULL, a);
		else if (fix)
			correct(s, h, r, NULL, a);
		else
			advance(s, h, r, a);
		if (r->unit == h->d->unit && rng_chance(&s->r, fix ? 60 : 35))
			another_works(s, h, r->person, fix, a);
	}
	cases_free(cs);
}

static void with_a_member(struct sim *s, struct holder *h, struct arena *a)
{
	const struct register_member *m = NULL;
	struct roll *all;
	uint32_t seen = 0;

	must(roll_load(&all, h->c, &s->e), &s->e, "members");
	for (size_t i = 0; i < roll_count(all); i++)
		if (roll_at(all, i)->unit == h->d->unit &&
		    (roll_at(all, i)->came.state == HANDOVER_OPEN || rng_below(&s->r, ++seen) == 0))
			m = roll_at(all, i);
	if (m && !answer_one(s, h, NULL, m, a)) {
		uint32_t what = rng_below(&s->r, 100);

		if (what < 45)
			send_off(s, h, NULL, m, a);
		else if (what < 75)
			correct(s, h, NULL, m, a);
		else
			end_member(s, h, m);
	}
	roll_free(all);
}

void persons_act(struct sim *s, struct holder *h)
{
	struct arena *a = arena_new(PERSONS_ARENA);
	struct case_writer w = writer_of(s, h, a);
	uint32_t what = rng_below(&s->r, 100);
	struct register_key known;
	struct unit_key u;

	/* the program looks for what it may do before it offers it */
	if (client_role(h->c) != ROLE_CLERK && client_role(h->c) != ROLE_APPROVER)
		what = 100;
	if (what < 100 && rng_chance(&s->r, 50) &&
	    register_unit_key(client_base(h->c), h->d->unit, &known, &s->e))
		(void)done(s, h, case_write_unit_key(&w, &u, &s->e), "a key of the unit");
	else if (what < 17)
		open_case(s, h, a);
	else if (what < 23)
		new_member(s, h, a);
	else if (what < 80)
		with_a_case(s, h, a);
	else if (what < 100)
		with_a_member(s, h, a);
	arena_free(a);
}
