/* Every lie of lies.h, told to a server that serves others meanwhile. After each: no total has moved, and an honest
 * device is served in the next moment. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "ledger/query.h"
#include "ledger/verify.h"
#include "lies.h"

static struct wired line; /* the honest one's, open since before the lie */

/* ---- honest ones ---- */

static void month_draft(struct sheet_draft *draft, const struct dev *by, int month, int64_t value)
{
	draft_init(draft, by->d.unit, FORM_SHORT, month_of(2021, month));
	draft_put(draft, 2, value, 0);
	draft_sign(draft, SIGN_PAPER, 0);
	draft->op.author = by->d.person;
}

static void make_month(struct dev *by, int64_t value)
{
	struct op_id id = { by->d.device, by->d.epoch, by->made + 1 };
	struct sheet_draft draft;

	month_draft(&draft, by, (int)by->made + 1, value);
	dev_keep(&r, by, pack(&r.w, id, draft_op(&draft), rig_lsn(&r)));
}

static void deliver(struct wired *w, struct dev *by, uint64_t first)
{
	struct wire_submit s = dev_submit(&r, by, first, by->made);
	union wire_any any;

	say(w, FRAME_SUBMIT, &s);
	rig_run(&r, w);
	hear(w, FRAME_ACK, &any);
	for (size_t i = 0; i < any.ack.verdict_count; i++)
		cr_assert_eq(any.ack.verdicts[i].verdict, VERDICT_ACCEPTED);
	by->acked = by->made;
}

static void first_months(struct dev *by)
{
	struct wired w;

	wire_up(&r, &w, by);
	greet(&w, by);
	for (int i = 0; i < TRUE_OPS; i++)
		make_month(by, 1);
	deliver(&w, by, 1);
	wire_down(&w);
}

/* The liar is in its second epoch, so that one is over: it was restored once, and said so. */
static void begin(void)
{
	struct wire_hello h;

	open_all();
	rig_device(&r, &honest, 5, ROLE_CLERK);
	rig_device(&r, &elsewhere, 6, ROLE_CLERK);
	memset(d.nonce, 0x22, sizeof(d.nonce));
	h = dev_hello(&r, &d);
	say(&c, FRAME_HELLO, &h);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_NEW_EPOCH);
	d.d.epoch = m.hello_ack.epoch;
	cr_assert_eq(d.d.epoch, 2);
	first_months(&d);
	first_months(&honest);
	first_months(&elsewhere);
	wire_up(&r, &line, &honest);
	greet(&line, &honest);
	again();
}

struct sums {
	int64_t admitted;
	uint64_t sheets, signed_;
};

static struct sums sums_now(uint32_t unit)
{
	struct query q = { .unit = unit, .period = year_of(2021), .known_at = UINT64_MAX };
	struct arena *a = arena_new(64 << 20);
	struct sums s = { 0, 0, 0 };
	struct totals t;

	must(query_totals(&t, r.w.l, &q, a, &r.e), &r.e, "totals");
	s.signed_ = t.sheets.signed_;
	for (size_t i = 0; i < t.measure_count; i++)
		if (t.measures[i].measure == 2) {
			s.admitted = t.measures[i].sum;
			s.sheets = t.measures[i].count;
		}
	arena_free(a);
	return s;
}

/* ---- telling it ---- */

static void true_talk(struct talk *t, const struct wire_hello_ack *ack)
{
	day_t today = day_of_instant(r.now.wall_ms);

	t->times = 1;
	t->hello = dev_hello(&r, &d);
	memcpy(t->hello.cursor.incarnation, r.w.birth.incarnation, WIRE_ID);
	t->hello.cursor.lsn = rig_lsn(&r);
	t->hello.cursor.authority = ack ? ack->authority : 0;
	t->pull = (struct wire_pull){ .cursor = t->hello.cursor, .max_bytes = 100000 };
	t->receipt.lsn = 1;
	t->prove = (struct wire_prove){ .old_size = 2, .size = rig_lsn(&r) };
	t->query = (struct wire_query){
		.what = WIRE_TABLE, .unit = 4, .from_day = today, .to_day = today
	};
	month_draft(&t->draft, &d, TRUE_OPS + 1, 1000);
}

static void pack_talk(struct talk *t)
{
	struct op_id id = { d.d.device, d.d.epoch, TRUE_OPS + 1 };
	struct packed p;

	if (t->other.kind)
		t->other.author = d.d.person;
	p = pack(&r.w, id, t->other.kind ? &t->other : draft_op(&t->draft), rig_lsn(&r));
	must(envelope_decode(&t->env, p.envelope, r.w.a, &r.e), &r.e, "an envelope");
	t->body = p.body;
	t->submit = (struct wire_submit){ .epoch = d.d.epoch,
					  .first_seq = TRUE_OPS + 1,
					  .chain = d.chain[TRUE_OPS],
					  .item_count = 1 };
}

static void say_submit(const struct talk *t)
{
	struct wire_item item = { .body = t->body };
	struct wire_submit said = t->submit;
	struct buf b;

	buf_init(&b, ENVELOPE_MAX);
	envelope_encode(&b, &t->env);
	item.envelope = arena_copy(r.w.a, buf_span(&b));
	buf_fini(&b);
	said.items = &item;
	say(&c, FRAME_SUBMIT, &said);
}

static void say_talk(const struct lie *lie, const struct talk *t)
{
	if (t->behind_the_op)
		say_submit(t);
	for (unsigned i = 0; i < t->times; i++)
		switch (lie->place) {
		case IN_HELLO:
			say(&c, FRAME_HELLO, &t->hello);
			break;
		case IN_OP:
		case IN_SUBMIT:
			say_submit(t);
			break;
		case IN_PULL:
			say(&c, FRAME_PULL, &t->pull);
			break;
		case IN_RECEIPT:
			say(&c, FRAME_RECEIPT_GET, &t->receipt);
			break;
		case IN_PROVE:
			say(&c, FRAME_PROVE, &t->prove);
			break;
		case IN_QUERY:
			say(&c, FRAME_QUERY, &t->query);
			break;
		case IN_OLD:
			say(&c, FRAME_OLD, &t->old);
			break;
		}
	rig_run(&r, &c);
}

static const char *answered(const char *how, const char *name)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s: %s", how, name ? name : "?");
	return text;
}

static const char *verdict_heard(const struct wire_verdict *v)
{
	switch (v->verdict) {
	case VERDICT_ACCEPTED:
		return "accepted";
	case VERDICT_LATE:
		return "late";
	case VERDICT_REFUSED:
		return answered("refused", op_code_name((enum op_code)v->code));
	default:
		return answered("not now", wire_code_name(v->not_now));
	}
}

/* The answer, and nothing behind it. */
static const char *heard(void)
{
	union wire_any more;
	unsigned type = hear_next(&c, &m);

	cr_assert_eq(hear_next(&c, &more), 0);
	switch (type) {
	case FRAME_HELLO_ACK:
		return answered("hello", wire_code_name(m.hello_ack.code));
	case FRAME_ACK:
		cr_assert_eq(m.ack.verdict_count, 1);
		return verdict_heard(&m.ack.verdicts[0]);
	case FRAME_PAGE:
		return m.page.restart ? answered("page", "restart") : "page";
	case FRAME_OLD_ACK:
		return m.old_ack.refused == 1 ? answered("old", "refused") : "old";
	case FRAME_ERROR:
		cr_assert_eq(session_over(c.s), m.error.fatal);
		return answered(m.error.fatal ? "breach" : "error", wire_code_name(m.error.code));
	default:
		return type ? frame_type_name(type) : "nothing";
	}
}

/* ---- what became of it ---- */

static struct entry entry_at(uint64_t lsn, struct arena *a)
{
	struct entry en;
	struct buf b;

	buf_init(&b, ENTRY_MAX);
	must(ledger_entry(r.w.l, lsn, &b, &r.e), &r.e, "an entry");
	must(entry_decode(&en, arena_copy(a, buf_span(&b)), a, &r.e), &r.e, "an entry");
	buf_fini(&b);
	return en;
}

static void check_left(const struct lie *lie, uint64_t before)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);
	struct chain_row chain;
	struct entry en;

	cr_assert_eq(rig_lsn(&r), before + (lie->left != NOTHING), "%s", lie->what);
	en = entry_at(rig_lsn(&r), a);
	cr_assert_leq(en.time_ms, r.now.wall_ms, "%s: a device moved the clock", lie->what);
	must(ledger_chain(r.w.l, d.d.device, &chain, &r.e), &r.e, "a chain");
	if (lie->left == THE_OP || lie->left == THE_REFUSAL) {
		cr_assert_eq(en.verdict, lie->left == THE_OP ? VERDICT_ACCEPTED : VERDICT_REFUSED);
		cr_assert_eq(en.device, d.d.device, "%s", lie->what);
		cr_assert_eq(en.unit, 4, "%s: filed under %u", lie->what, en.unit);
		cr_assert_eq(chain.seq, TRUE_OPS + 1);
	} else if (lie->left == NOTHING) {
		cr_assert_eq(chain.seq, TRUE_OPS, "%s", lie->what);
		cr_assert(hash_eq(&chain.hash, &d.chain[TRUE_OPS]));
	} else {
		cr_assert_eq(newest_kind(), lie->left == AN_EPOCH ? OP_EPOCH : OP_SUSPEND, "%s",
			     lie->what);
	}
	arena_free(a);
}

/* Nothing of a unit that is not the liar's, nor above it. */
static void check_page(const struct lie *lie)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);

	for (size_t i = 0; i < m.page.entry_count; i++) {
		struct entry en;

		arena_reset(a);
		must(entry_decode(&en, m.page.entries[i], a, &r.e), &r.e, "an entry");
		cr_assert(en.unit <= 4 && en.unit != 3, "%s: of unit %u", lie->what, en.unit);
	}
	arena_free(a);
}

static void check_same(const struct lie *lie, struct sums was, struct sums is, int64_t more)
{
	cr_assert_eq(is.admitted, was.admitted + more, "%s: %lld", lie->what,
		     (long long)is.admitted);
	cr_assert_eq(is.sheets, was.sheets + (more > 0), "%s", lie->what);
	cr_assert_eq(is.signed_, was.signed_ + (more > 0), "%s", lie->what);
}

/* On the line it had open, and on a new one. */
static void check_honest(const struct lie *lie, struct sums was)
{
	struct wired again_;
	union wire_any any;
	struct wire_pull q = { .max_bytes = 100000 };

	make_month(&honest, 7);
	deliver(&line, &honest, honest.made);
	check_same(lie, was, sums_now(1), 7);
	wire_up(&r, &again_, &honest);
	greet(&again_, &honest);
	say(&again_, FRAME_PULL, &q);
	hear(&again_, FRAME_PAGE, &any);
	cr_assert_gt(any.page.entry_count, 0);
	wire_down(&again_);
}

ParameterizedTestParameters(liar, told)
{
	static size_t index[ARRAY_LEN(lies)];

	for (size_t i = 0; i < ARRAY_LEN(lies); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(lies));
}

ParameterizedTest(size_t *index, liar, told)
{
	const struct lie *lie = &lies[*index];
	static struct talk t;
	struct verify_report report;
	struct wire_hello_ack ack;
	struct sums was, own;
	const char *got;
	uint64_t before;

	begin();
	if (lie->place != IN_HELLO)
		ack = greet(&c, &d);
	true_talk(&t, lie->place == IN_HELLO ? NULL : &ack);
	if (lie->place == IN_OP)
		lie->tell(&t);
	pack_talk(&t);
	if (lie->place != IN_OP)
		lie->tell(&t);
	before = rig_lsn(&r);
	was = sums_now(1);
	own = sums_now(4);
	cr_assert_eq(was.admitted, 3 * TRUE_OPS);
	say_talk(lie, &t);
	got = heard();
	cr_assert_str_eq(got, lie->answer, "%s (section %s): %s, not %s", lie->what, lie->section,
			 got, lie->answer);
	if (lie->place == IN_PULL && !strcmp(got, "page"))
		check_page(lie);
	check_left(lie, before);
	check_same(lie, was, sums_now(1), 0);
	check_same(lie, own, sums_now(4), 0);
	check_honest(lie, was);
	cr_assert_eq(ledger_verify(&report, r.w.l, NULL, NULL, &r.e), 0, "%s: %s", lie->what,
		     r.e.msg);
	wire_down(&line);
	close_all();
}

/* The same conversations without a lie: what is refused above is refused for the lie. */
Test(liar, the_truth_is_taken)
{
	static struct talk t;
	static const enum place places[] = { IN_OP, IN_PULL, IN_RECEIPT, IN_PROVE, IN_QUERY };
	static const char *const answers[] = { "accepted", "page", "receipt", "proof", "answer" };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct lie none = { "nothing", "", places[i], NULL, answers[i], NOTHING };
		struct wire_hello_ack ack;
		const char *got;

		begin();
		ack = greet(&c, &d);
		true_talk(&t, &ack);
		pack_talk(&t);
		say_talk(&none, &t);
		got = heard();
		cr_assert_str_eq(got, none.answer, "%s, not %s", got, none.answer);
		wire_down(&line);
		close_all();
	}
}
