/* The register of persons at the server, and what must hold of its rows and counts: nobody in two units, every
 * unit's balance, sums as their persons add up. What is sealed: sealed.c. What is expected is made out of the log
 * each time it is asked for, so that a restored server has nothing to be set back here. */
#include "roster.h"

#include "internal.h"
#include "ledger/register.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- the key store, a disk of its own ---- */

void roster_open(struct sim *s)
{
	struct keystore_setup setup = { .kv = s->key_disk };
	size_t count;

	if (!s->reg)
		return;
	if (!setup.kv)
		must(kv_mem_open(&setup.kv, KEYSTORE_TABLES, &s->e), &s->e, "a store of keys");
	s->key_kv = setup.kv;
	s->key_disk = NULL;
	must(keystore_new(&s->keystore, &setup, &s->e), &s->e, "a key store");
	must(keystore_forget(s->keystore, s->l, &count, &s->e), &s->e, "forget");
}

/* The process is gone; what was committed is there. */
void roster_server_gone(struct sim *s)
{
	if (!s->keystore)
		return;
	must(kv_mem_clone(&s->key_disk, s->key_kv, &s->e), &s->e, "copy the key store");
	keystore_free(s->keystore);
	s->keystore = NULL;
	s->key_kv = NULL;
}

void roster_close(struct sim *s)
{
	kv_close(s->key_disk);
	free(s->people);
}

/* ---- keys on their way ---- */

void roster_put(struct sim *s, const struct job *j)
{
	if (!j->keys.get && !j->code)
		s->keys_moved += j->keys.count;
}

/* What one device puts another waits for: none is at rest before a contact that began later moved nothing. */
void roster_contact_over(struct sim *s, struct holder *h, uint64_t began)
{
	const struct sync_result *r = &h->last;

	if (!s->reg)
		return;
	s->keys_moved += r->keys_got + r->keys_recovered;
	h->keys_at = r->keys_sent + r->keys_got + r->keys_recovered ? UINT64_MAX : began;
	if (r->keys_recovered)
		sim_count(s, F_RECOVERED);
}

/* Nothing is taken of whoever's time is over, nor for a unit that is no more. */
static bool over_by_now(struct sim *s, const struct base_device *d)
{
	const struct op *p = naive_person(s->n, d->person, UINT64_MAX);
	day_t today = day_of_instant(sim_server_now(s).wall_ms);

	return (p && p->person.to && today > p->person.to) ||
	       !naive_alive(s->n, d->unit, today, UINT64_MAX);
}

/* A device that was shut out knew the unit's key of then: whoever is left has made the next one. */
void roster_check_keys(struct sim *s)
{
	for (size_t i = 0; i < s->holder_count; i++) {
		const struct holder *h = &s->holders[i];
		struct register_key newest;

		if (!has_read_all(s, h) || over_by_now(s, h->d) ||
		    register_unit_key(s->l, h->d->unit, &newest, &s->e) ||
		    (client_role(h->c) != ROLE_CLERK && client_role(h->c) != ROLE_APPROVER))
			continue;
		for (size_t k = 0; k < s->holder_count; k++) {
			struct device_row row;

			if (s->holders[k].d->unit != h->d->unit ||
			    ledger_device(s->l, s->holders[k].d->device, &row, &s->e) ||
			    row.revoked_lsn <= newest.lsn)
				continue;
			sim_fail(s,
				 "unit %u has no key made since entry %" PRIu64
				 " shut a device out",
				 h->d->unit, row.revoked_lsn);
		}
	}
}

/* ---- a unit whose devices are all lost ---- */

static bool has_keys(struct sim *s, uint32_t unit)
{
	struct register_key k;

	return !register_unit_key(s->l, unit, &k, &s->e);
}

static void lose_unit(struct sim *s)
{
	uint32_t unit = s->holders[rng_below(&s->r, (uint32_t)s->holder_count)].d->unit;

	if (s->units[unit - 1].parent < 2 || s->lost_unit || !has_keys(s, unit) ||
	    s->enrolled_count + s->card_count >= ARRAY_LEN(s->enrolled))
		return;
	for (size_t i = 0; i < s->holder_count; i++) {
		struct holder *h = &s->holders[i];

		if (h->d->unit != unit || h->off)
			continue;
		if (h->line)
			line_client_died(s, h->line);
		h->off = true;
	}
	s->lost_unit = unit;
	keys_make_code(s, unit);
	sim_count(s, F_UNIT_LOST);
}

static struct holder *new_device(struct sim *s)
{
	for (size_t i = 0; i < s->holder_count; i++)
		if (!s->holders[i].off && s->holders[i].d->unit == s->lost_unit)
			return &s->holders[i];
	return NULL;
}

/* Somebody of a unit above says so, or another confirms it. */
static void agree(struct sim *s, const struct holder *fresh, uint64_t confirms)
{
	struct holder *h = &s->holders[rng_below(&s->r, (uint32_t)s->holder_count)];
	struct op op = { .kind = OP_RECOVER,
			 .unit = s->lost_unit,
			 .reason = SPAN_LIT("all burnt"),
			 .recover = { fresh->d->device, confirms } };
	struct op_id id;

	if (h->off || h->line || h->full || h->d->unit == s->lost_unit ||
	    client_state(h->c)->halt != HALT_NONE || !sim_below(s, s->lost_unit, h->d->unit))
		return;
	if (outbox_append(h->c, &op, s->wall_ms + h->skew_ms, &id, &s->e))
		return;
	persons_note_own(s, h);
}

void roster_step(struct sim *s)
{
	struct register_asked asked = { .lsn = 0 };
	const struct holder *fresh;

	if (!s->reg || !s->up)
		return;
	if (sim_draw(s, F_UNIT_LOST))
		lose_unit(s);
	if (!s->lost_unit || !(fresh = new_device(s)) || rng_chance(&s->r, s->healing ? 0 : 60))
		return;
	must(register_recovery(s->l, s->lost_unit, fresh->d->device, &asked, &s->e), &s->e,
	     "a recovery");
	if (asked.lsn) {
		sim_count(s, F_RECOVERY_AGREED);
		s->lost_unit = 0;
		return;
	}
	agree(s, fresh, asked.asked_lsn);
}

/* ---- what the log says ---- */

struct row *roster_row(struct rows *m, uint32_t unit, const uint8_t *id)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->r[i].unit == unit && !memcmp(m->r[i].id, id, PERSON_ID))
			return &m->r[i];
	return NULL;
}

static void row_add(struct sim *s, struct rows *m, const struct entry *en, uint32_t unit,
		    const uint8_t *id, bool member)
{
	if (m->count == ROWS_MAX || roster_row(m, unit, id))
		sim_fail(s, "entry %" PRIu64 ": somebody is opened twice", en->lsn);
	m->r[m->count] = (struct row){ .unit = unit,
				       .who = persons_who(s, id),
				       .member = member,
				       .author = en->device,
				       .lsn = en->lsn };
	memcpy(m->r[m->count++].id, id, PERSON_ID);
}

static void destroyed(struct rows *m, const uint8_t *id)
{
	memcpy(m->gone[m->gone_count++], id, PERSON_ID);
}

static void hear_move(struct sim *s, struct rows *m, const struct entry *en, const struct op *op)
{
	const struct op_move *v = &op->move;
	bool sends = v->what == MOVE_SEND, by_sender = sends || v->what == MOVE_RECALL;
	uint32_t from = by_sender ? op->unit : v->other, to = by_sender ? v->other : op->unit;
	struct row *at_sender = roster_row(m, from, v->person), *there;

	if (!at_sender || at_sender->forgotten)
		sim_fail(s, "entry %" PRIu64 ": nobody is there to go over", en->lsn);
	if (sends && !s->log[en->lsn - 1].addressed) /* another outcome came first */
		return;
	if (sends) {
		at_sender->at = ON_THE_WAY;
		row_add(s, m, en, to, v->as, op->kind == OP_MEMBER_MOVE);
		m->r[m->count - 1].at = OFFERED;
		return;
	}
	there = roster_row(m, to, v->as);
	if (!there || there->at != OFFERED || at_sender->at != ON_THE_WAY)
		sim_fail(s, "entry %" PRIu64 " answers what is not on the way", en->lsn);
	at_sender->at = v->what == MOVE_TAKE ? WENT_OVER : AT_HOME;
	there->at = v->what == MOVE_TAKE ? AT_HOME : SENT_BACK;
	there->author = en->device;
	destroyed(m, v->what == MOVE_TAKE ? at_sender->id : there->id);
}

/* By its number, or both by numbers of a log that is no more: what was asked there came back under another one. */
static bool same_asked(const struct sim *s, uint64_t lsn, uint64_t confirms, uint64_t asked)
{
	return confirms == asked ||
	       (naive_lost(s->n, lsn, confirms) && naive_lost(s->n, lsn, asked));
}

static void hear(struct sim *s, struct rows *m, const struct entry *en, const struct op *op)
{
	struct row *r;

	switch (op->kind) {
	case OP_CASE:
		if (op->open.step.kind != STEP_NONE)
			row_add(s, m, en, op->unit, op->open.person, false);
		break;
	case OP_MEMBER:
		if (!op->member.over.seq)
			row_add(s, m, en, op->unit, op->member.person, true);
		break;
	case OP_MEMBER_END:
		r = roster_row(m, op->unit, op->member_end.person);
		if (!r || r->over || r->at != AT_HOME)
			sim_fail(s, "entry %" PRIu64 " ends what is no membership", en->lsn);
		r->over = true;
		break;
	case OP_CASE_MOVE:
	case OP_MEMBER_MOVE:
		hear_move(s, m, en, op);
		break;
	case OP_FORGET:
		r = roster_row(m, op->unit, op->forget.person);
		if (!r || r->forgotten || r->at != AT_HOME)
			sim_fail(s, "entry %" PRIu64 " forgets who is not there", en->lsn);
		if (!op->forget.confirms) {
			r->asked_lsn = en->lsn;
			r->asked_by = op->author;
		} else if (!same_asked(s, en->lsn, op->forget.confirms, r->asked_lsn) ||
			   op->author == r->asked_by) {
			sim_fail(s, "entry %" PRIu64 ": one person alone has forgotten somebody",
				 en->lsn);
		} else {
			r->forgotten = true;
			destroyed(m, r->id);
		}
		break;
	default:
		break;
	}
}

struct rows *roster_rows(struct sim *s)
{
	static struct rows m;
	struct arena *a = arena_new(OP_DECODE_ARENA * 2);
	struct buf bytes;

	m.count = m.gone_count = 0;
	buf_init(&bytes, ENTRY_MAX);
	for (uint64_t lsn = s->b->lsn + 1; lsn <= s->log_count; lsn++) {
		struct entry en;
		struct op op;

		if (!s->log[lsn - 1].of_register)
			continue;
		arena_reset(a);
		buf_reset(&bytes);
		must(ledger_entry(s->l, lsn, &bytes, &s->e), &s->e, "an entry");
		must(entry_decode(&en, buf_span(&bytes), a, &s->e), &s->e, "decode an entry");
		if (!op_decode(&op, en.body, a, NULL))
			hear(s, &m, &en, &op);
	}
	buf_fini(&bytes);
	arena_free(a);
	return &m;
}

/* What of the log is about persons: noted once, so that the rest is not decoded again and again. */
void roster_heard(struct sim *s, const struct op *op, const struct entry *en, struct logged *g)
{
	struct key k = key_u64(en->lsn);
	struct kv_txn *txn;
	struct span value;
	struct rd r;

	if (s->reg && op->kind >= OP_CASE)
		sim_say(s, "entry %" PRIu64 ": %s of unit %u by %" PRIx64 ": %s", en->lsn,
			op_kind_name(op->kind), op->unit, en->device, op_code_name(en->code));
	if (!s->reg || en->verdict != VERDICT_ACCEPTED)
		return;
	g->of_register = op->kind == OP_CASE || op->kind == OP_MEMBER ||
			 op->kind == OP_MEMBER_END || op->kind == OP_CASE_MOVE ||
			 op->kind == OP_MEMBER_MOVE || op->kind == OP_FORGET;
	g->corrects = op->kind == OP_CORRECT;
	if (op->kind == OP_FORGET && op->forget.confirms)
		sim_count(s, F_FORGOTTEN);
	if (op->kind == OP_UNIT_KEY && op->unit_key.generation > 1)
		sim_count(s, F_KEY_RENEWED);
	if (op->kind != OP_CASE_MOVE && op->kind != OP_MEMBER_MOVE && op->kind != OP_UNIT_KEY)
		return;
	/* whoever takes them may type of them before the rows are looked at again */
	if (op->kind != OP_UNIT_KEY && op->move.what == MOVE_SEND && !persons_who(s, op->move.as))
		persons_know(s, op->move.as, persons_who(s, op->move.person));
	/* whether a sending stands beside another outcome is the product's to say */
	must(kv_begin(&txn, s->kv, KV_READ, &s->e), &s->e, "read");
	if (!kv_get(txn, T_ADDRESSED, key_span(&k), &value, &s->e)) {
		r = rd_of(value);
		(void)rd_u8(&r);
		g->addressed = true;
		g->addressed_to = (uint32_t)rd_varint(&r);
	}
	kv_abort(&txn);
	if (op->kind == OP_UNIT_KEY && (!g->addressed || g->addressed_to))
		sim_fail(s, "entry %" PRIu64 ": a key that not everybody hears of", en->lsn);
	if (op->kind != OP_UNIT_KEY && g->addressed && g->addressed_to != op->move.other)
		sim_fail(s, "entry %" PRIu64 " is addressed to unit %u", en->lsn, g->addressed_to);
}

/* ---- rows and counts ---- */

struct counted {
	struct sim *s;
	struct rows *m;
	const struct case_counting *how;
	size_t seen;
	int64_t sum[BASE_UNITS + 1][CASE_MEASURES];
	int64_t all[CASE_MEASURES], funnel[CASE_STAGES];
	uint8_t here[ROWS_MAX]; /* by row: stands somewhere at the end of the period */
};

static struct row *known_row(struct counted *k, uint32_t unit, const uint8_t *id, bool member)
{
	struct row *r = roster_row(k->m, unit, id);

	if (!r || r->member != member)
		sim_fail(k->s, "unit %u has somebody whom nobody entered", unit);
	return r;
}

static void check_ends(struct counted *k, const struct row *r, const struct move_end *came,
		       const struct move_end *gone)
{
	enum where at = came->state == HANDOVER_OPEN   ? OFFERED
			: came->state == HANDOVER_BACK ? SENT_BACK
			: gone->state == HANDOVER_OPEN ? ON_THE_WAY
			: gone->state == HANDOVER_DONE ? WENT_OVER
						       : AT_HOME;

	if (at != r->at)
		sim_fail(k->s, "person %u in unit %u is kept as %d, the log says %d", r->who,
			 r->unit, (int)at, (int)r->at);
}

static void add_up(struct counted *k, const struct row *r, const int8_t c[CASE_MEASURES])
{
	for (int i = 0; i < CASE_MEASURES; i++) {
		k->sum[r->unit][i] += c[i];
		k->all[i] += c[i];
	}
	if (r->at != AT_HOME && k->how->period.to > day_of_instant(k->s->wall_ms) &&
	    (c[CM_MEMBERS] || c[CM_PROBATIONARY] || c[CM_SYMPATHISERS]))
		sim_fail(k->s, "person %u counts in unit %u, and is not there", r->who, r->unit);
	k->here[r - k->m->r] = c[CM_MEMBERS] || c[CM_PROBATIONARY] || c[CM_SYMPATHISERS];
}

static int count_case(void *ctx, const struct case_record *c, struct err *e)
{
	static struct case_step steps[CASE_STEPS_MAX];
	struct counted *k = ctx;
	struct row *r = known_row(k, c->unit, c->person, false);
	struct case_entry entry;
	struct case_state st;
	int8_t out[CASE_MEASURES];

	(void)e;
	k->seen++;
	check_ends(k, r, &c->came, &c->gone);
	if (!c->forgotten_lsn == r->forgotten)
		sim_fail(k->s, "person %u in unit %u: forgotten, or not", r->who, r->unit);
	if (case_record_here(c)) {
		case_record_state(&st, c);
		if (st.stage != CASE_MOVED)
			k->funnel[st.stage]++;
	}
	if (case_record_entry(&entry, steps, c)) {
		if (!case_contribution(out, &entry, k->how))
			sim_fail(k->s, "person %u in unit %u: a step does not fit", r->who,
				 r->unit);
		add_up(k, r, out);
	}
	return 0;
}

static int count_member(void *ctx, const struct register_member *m, struct err *e)
{
	struct counted *k = ctx;
	struct row *r = known_row(k, m->unit, m->person, true);
	struct member_entry entry;
	int8_t out[CASE_MEASURES];

	(void)e;
	k->seen++;
	check_ends(k, r, &m->came, &m->gone);
	if (member_entry_of(&entry, m)) {
		member_contribution(out, &entry, k->how);
		add_up(k, r, out);
	}
	return 0;
}

static void count_all(struct counted *k, struct sim *s, struct rows *m,
		      const struct case_counting *how)
{
	memset(k->sum, 0, (s->units_max + 1) * sizeof(*k->sum));
	memset(k->all, 0, sizeof(k->all));
	memset(k->funnel, 0, sizeof(k->funnel));
	memset(k->here, 0, m->count);
	k->seen = 0;
	k->s = s;
	k->m = m;
	k->how = how;
	must(register_cases(s->l, 0, count_case, k, &s->e), &s->e, "cases");
	must(register_members(s->l, 0, count_member, k, &s->e), &s->e, "members");
	if (k->seen != m->count)
		sim_fail(s, "the register has %zu rows, %zu are in the log", k->seen, m->count);
}

static void check_nobody_twice(struct sim *s, const struct counted *k)
{
	for (size_t i = 0; i < k->m->count; i++)
		for (size_t j = 0; j < i; j++)
			if (k->m->r[i].who == k->m->r[j].who && k->here[i] && k->here[j])
				sim_fail(s, "person %u is counted in unit %u and in unit %u",
					 k->m->r[i].who, k->m->r[j].unit, k->m->r[i].unit);
}

/* What there was and what came, less what went, is what there is. */
static void check_balance(struct sim *s, const struct counted *was, const struct counted *is)
{
	static const enum case_measure came[] = { CM_ADMITTED, CM_IN_SAME_DIRECT,
						  CM_IN_OTHER_DIRECT, CM_IN_OUTSIDE },
				       went[] = { CM_DIED,
						  CM_EXPELLED,
						  CM_STRUCK_OFF,
						  CM_LEFT,
						  CM_OUT_SAME_DIRECT,
						  CM_OUT_OTHER_DIRECT,
						  CM_OUT_OUTSIDE };

	for (size_t u = 1; u <= s->units_max; u++) {
		int64_t want = was->sum[u][CM_MEMBERS];

		for (size_t i = 0; i < ARRAY_LEN(came); i++)
			want += is->sum[u][came[i]];
		for (size_t i = 0; i < ARRAY_LEN(went); i++)
			want -= is->sum[u][went[i]];
		if (want != is->sum[u][CM_MEMBERS])
			sim_fail(s,
				 "unit %zu, month from %d: %" PRId64 " members at its end, %" PRId64
				 " by what came and went",
				 u, (int)is->how->period.from, is->sum[u][CM_MEMBERS], want);
	}
}

static void check_kept_sums(struct sim *s, const struct counted *k)
{
	int64_t is[CASE_MEASURES], funnel[CASE_STAGES];

	must(register_count(s->l, 1, k->how, is, NULL, &s->e), &s->e, "counts");
	for (int i = 0; i < CASE_MEASURES && !s->ever_moved; i++)
		if (is[i] != k->all[i])
			sim_fail(s, "%s: the province counts %" PRId64 ", its persons are %" PRId64,
				 case_measure_code((enum case_measure)i), is[i], k->all[i]);
	must(register_funnel(s->l, 1, day_of_instant(s->wall_ms), funnel, &s->e), &s->e, "funnel");
	for (int i = 0; i < CASE_STAGES && !s->ever_moved; i++)
		if (i && funnel[i] != k->funnel[i])
			sim_fail(s, "stage %d: %" PRId64 " cases are kept, %" PRId64 " stand there",
				 i, funnel[i], k->funnel[i]);
}

void roster_check(struct sim *s)
{
	static struct counted k[2];
	struct rows *m;

	if (!s->reg || !s->up)
		return;
	m = roster_rows(s);
	for (int month = 6; month <= 10; month++) {
		struct case_counting how = { .period = month_of(2022, month) };
		struct counted *is = &k[month & 1];

		must(register_counts_by(s->l, how.period.to, &how.counts, &s->e), &s->e,
		     "a setting");
		count_all(is, s, m, &how);
		check_nobody_twice(s, is);
		if (month == 6)
			continue;
		check_balance(s, &k[!(month & 1)], is);
		if (month == 10)
			check_kept_sums(s, is);
	}
}
