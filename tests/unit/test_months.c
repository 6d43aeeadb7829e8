/* Months: every state of a sheet against everything that can happen to it, what a closing does to what comes
 * after it, and the board that shows all of it. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "build.h"
#include "internal.h"

#include "ledger/months.h"
#include "ledger/query.h"

/* The small tree: C1 (4) below D1 (2) below the province (1). */
static struct world w;
static struct device approver, clerk, superior, first, second;
static struct sheet_draft d;
static struct period september;
static uint64_t old_base; /* before anything was closed */

static void setup(void)
{
	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	approver = world_device(&w, 4, ROLE_APPROVER);
	clerk = world_device(&w, 4, ROLE_CLERK);
	superior = world_device(&w, 2, ROLE_APPROVER);
	first = world_device(&w, 1, ROLE_OPERATOR);
	second = world_device(&w, 1, ROLE_OPERATOR);
	world_commit(&w);
	september = month_of(2022, 9);
	old_base = ledger_info(w.l).lsn;
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(months, .init = setup, .fini = teardown);

/* Submit with the screen of `base`. */
static struct judgement from_base(struct device *v, struct op *op, uint64_t base)
{
	struct op_id id = { v->device, v->epoch, v->seq + 1 };
	struct submission s = { .device = v->device };
	struct judgement j;
	struct packed p;

	op->author = v->person;
	p = pack(&w, id, op, base);
	s.envelope = p.envelope;
	s.body = p.body;
	world_begin(&w);
	must(ledger_submit(w.l, &s, w.now_ms, &j, &w.e), &w.e, "submit");
	world_commit(&w);
	v->seq++;
	return j;
}

static struct judgement write_it(struct device *v, int64_t value, bool sign, const char *reason,
				 uint64_t base)
{
	draft_init(&d, 4, FORM_SHORT, september);
	draft_put(&d, 2, value, 0);
	if (sign)
		draft_sign(&d, SIGN_OWN, 0);
	if (reason)
		d.op.reason = span_str(reason);
	draft_op(&d);
	return from_base(v, &d.op, base);
}

static uint64_t tip(void)
{
	return ledger_info(w.l).lsn;
}

static struct judgement mark(struct device *v, enum op_kind kind)
{
	struct op op = { .kind = kind,
			 .unit = 4,
			 .reason = SPAN_LIT("looked at"),
			 .mark = { FORM_SHORT, september, tip(), false } };

	return from_base(v, &op, tip());
}

static struct judgement close_at(struct device *v, uint32_t unit)
{
	struct op op = { .kind = OP_CLOSE, .unit = unit, .close = { FORM_SHORT, september } };

	return from_base(v, &op, tip());
}

static struct judgement unlock(struct device *v, uint64_t confirms, int64_t until_ms)
{
	struct op op = { .kind = OP_UNLOCK,
			 .unit = 4,
			 .reason = SPAN_LIT("a cell was forgotten"),
			 .unlock = { FORM_SHORT, september, until_ms, confirms } };

	return from_base(v, &op, tip());
}

static struct judgement decide_on(struct device *v, uint64_t lsn, bool counts)
{
	struct op op = { .kind = OP_LATE_DECISION,
			 .unit = 4,
			 .reason = SPAN_LIT("the line was down"),
			 .late = { .lsn = lsn, .counts = counts } };

	return from_base(v, &op, tip());
}

static struct month_cell cell_known(uint64_t known)
{
	struct months_query q = {
		.unit = 4, .period = september, .known_at = known, .now_ms = w.now_ms
	};
	struct arena *a = arena_new(1 << 20);
	const struct month_cell *list;
	struct month_cell c;
	size_t count;

	must(query_months(&list, &count, w.l, &q, a, &w.e), &w.e, "months");
	cr_assert_eq(count, 1);
	c = list[0];
	arena_free(a);
	return c;
}

static struct month_cell cell(void)
{
	return cell_known(UINT64_MAX);
}

static bool marked(const struct month_cell *c, enum month_mark m)
{
	return c->marks >> m & 1;
}

/* ---- every state against every event ---- */

enum state {
	BLANK,
	DRAFT,
	SENT,
	CHANGED,
	ACCEPTED,
	RETURNED,
	CLOSED_BLANK,
	CLOSED_DRAFT,
	CLOSED_SENT,
	CLOSED_ACCEPTED,
	LATE_WAITS,
	UNLOCKED,
	STATES
};
static const char *const state_names[STATES] = { "blank",           "draft",        "sent",
						 "changed",         "accepted",     "returned",
						 "closed blank",    "closed draft", "closed sent",
						 "closed accepted", "late waits",   "unlocked" };
static uint64_t late_lsn; /* of the op that waits in LATE_WAITS */

static void reach(enum state s)
{
	bool closed = s >= CLOSED_BLANK;

	late_lsn = old_base; /* some entry, but no late one */
	if (s == DRAFT || s == CLOSED_DRAFT)
		write_it(&clerk, 1, false, NULL, tip());
	if (s == SENT || s == CHANGED || s == ACCEPTED || s == RETURNED || s == CLOSED_SENT ||
	    s == CLOSED_ACCEPTED || s == UNLOCKED)
		write_it(&approver, 1, true, NULL, tip());
	if (s == CHANGED)
		write_it(&clerk, 2, false, "a slip", tip());
	if (s == ACCEPTED || s == CLOSED_ACCEPTED)
		mark(&superior, OP_ACCEPT);
	if (s == RETURNED)
		mark(&superior, OP_RETURN);
	if (closed)
		cr_assert_eq(close_at(&first, 2).code, CODE_OK);
	if (s == LATE_WAITS)
		late_lsn = write_it(&clerk, 3, false, NULL, old_base).lsn;
	if (s == UNLOCKED)
		cr_assert_eq(
			unlock(&second, unlock(&first, 0, w.now_ms + 1000).lsn, w.now_ms + 1000)
				.code,
			CODE_OK);
}

enum event {
	TYPE,     /* somebody who has read all, without a reason */
	TYPE_WHY, /* with one */
	TYPE_OLD, /* somebody who has read nothing of it */
	SIGN,     /* the unit signs, without a reason */
	SIGN_WHY, /* with one */
	RECALL,
	RETURN,
	ACCEPT,
	CLOSE,
	UNLOCK, /* asked; nothing changes */
	COUNT,  /* the late op, if one waits */
	DECLINE,
	BEHALF,      /* the superior enters what was telephoned */
	BEHALF_SIGN, /* and signs it for the unit */
	IN_TIME,     /* accepted: signed in time, received late */
	OPEN,        /* unlocked by two persons */
	LATER,       /* time goes by: an unlock ends */
	EVENTS
};
static const char *const event_names[EVENTS] = { "type",     "type why",    "type old", "sign",
						 "sign why", "recall",      "return",   "accept",
						 "close",    "unlock",      "count",    "decline",
						 "behalf",   "behalf sign", "in time",  "open",
						 "later" };

enum { LATER_MS = 10000 };

/* As somebody told the superior by telephone. */
static struct judgement write_behalf(bool sign)
{
	draft_init(&d, 4, FORM_SHORT, september);
	draft_put(&d, 2, 7, 0);
	if (sign)
		draft_sign(&d, SIGN_PAPER, 0);
	d.op.on_behalf = SPAN_LIT("telephone, Ms Hoa");
	d.op.reason = SPAN_LIT("no line");
	draft_op(&d);
	return from_base(&superior, &d.op, tip());
}

static struct judgement accept_in_time(void)
{
	struct op op = { .kind = OP_ACCEPT,
			 .unit = 4,
			 .reason = SPAN_LIT("signed on paper"),
			 .mark = { FORM_SHORT, september, tip(), true } };

	return from_base(&superior, &op, tip());
}

static struct judgement happen(enum event e)
{
	switch (e) {
	case TYPE:
		return write_it(&clerk, 5, false, NULL, tip());
	case TYPE_WHY:
		return write_it(&clerk, 5, false, "counted again", tip());
	case TYPE_OLD:
		return write_it(&clerk, 5, false, NULL, old_base);
	case SIGN:
		return write_it(&approver, 5, true, NULL, tip());
	case SIGN_WHY:
		return write_it(&approver, 5, true, "counted again", tip());
	case RECALL:
		return mark(&approver, OP_RECALL);
	case RETURN:
		return mark(&superior, OP_RETURN);
	case ACCEPT:
		return mark(&superior, OP_ACCEPT);
	case CLOSE:
		return close_at(&first, 1);
	case UNLOCK:
		return unlock(&first, 0, w.now_ms + 1000);
	case COUNT:
		return decide_on(&superior, late_lsn, true);
	case DECLINE:
		return decide_on(&superior, late_lsn, false);
	case BEHALF:
		return write_behalf(false);
	case BEHALF_SIGN:
		return write_behalf(true);
	case IN_TIME:
		return accept_in_time();
	case OPEN:
		return unlock(&second, unlock(&first, 0, w.now_ms + LATER_MS).lsn,
			      w.now_ms + LATER_MS);
	default:
		w.now_ms += LATER_MS;
		return (struct judgement){ .verdict = VERDICT_ACCEPTED };
	}
}

/* The verdict's code, and the work that is shown afterwards. What is refused changes nothing. */
struct outcome {
	enum op_code code;
	enum month_work work;
};
#define OK CODE_OK
#define NO CODE_NOTHING_TO_DO
#define WHY CODE_REASON_NEEDED
#define WRONG CODE_STATE_WRONG
#define SHUT CODE_CLOSED
#define NONE_LATE CODE_LATE_UNKNOWN
#define HIS CODE_ON_BEHALF_SIGNED /* the unit has signed: it is the unit's */
static const struct outcome screen[STATES][EVENTS] = {
	[BLANK] = { { OK, WORK_DRAFT },
		    { OK, WORK_DRAFT },
		    { OK, WORK_DRAFT },
		    { OK, WORK_SENT },
		    { OK, WORK_SENT },
		    { NO, WORK_BLANK },
		    { NO, WORK_BLANK },
		    { NO, WORK_BLANK },
		    { OK, WORK_BLANK },
		    { NO, WORK_BLANK },
		    { NONE_LATE, WORK_BLANK },
		    { NONE_LATE, WORK_BLANK },
		    { OK, WORK_DRAFT },
		    { OK, WORK_SENT },
		    { NO, WORK_BLANK },
		    { NO, WORK_BLANK },
		    { OK, WORK_BLANK } },
	[DRAFT] = { { OK, WORK_DRAFT },
		    { OK, WORK_DRAFT },
		    { OK, WORK_DRAFT },
		    { OK, WORK_SENT },
		    { OK, WORK_SENT },
		    { NO, WORK_DRAFT },
		    { NO, WORK_DRAFT },
		    { NO, WORK_DRAFT },
		    { OK, WORK_DRAFT },
		    { NO, WORK_DRAFT },
		    { NONE_LATE, WORK_DRAFT },
		    { NONE_LATE, WORK_DRAFT },
		    { OK, WORK_DRAFT },
		    { OK, WORK_SENT },
		    { NO, WORK_DRAFT },
		    { NO, WORK_DRAFT },
		    { OK, WORK_DRAFT } },
	[SENT] = { { WHY, WORK_SENT },
		   { OK, WORK_SENT },
		   { OK, WORK_SENT },
		   { WHY, WORK_SENT },
		   { OK, WORK_SENT },
		   { OK, WORK_DRAFT },
		   { OK, WORK_RETURNED },
		   { OK, WORK_ACCEPTED },
		   { OK, WORK_CLOSED },
		   { NO, WORK_SENT },
		   { NONE_LATE, WORK_SENT },
		   { NONE_LATE, WORK_SENT },
		   { HIS, WORK_SENT },
		   { HIS, WORK_SENT },
		   { OK, WORK_ACCEPTED },
		   { NO, WORK_SENT },
		   { OK, WORK_SENT } },
	[CHANGED] = { { WHY, WORK_SENT },
		      { OK, WORK_SENT },
		      { OK, WORK_SENT },
		      { WHY, WORK_SENT },
		      { OK, WORK_SENT },
		      { OK, WORK_DRAFT },
		      { OK, WORK_RETURNED },
		      { WRONG, WORK_SENT },
		      { OK, WORK_CLOSED },
		      { NO, WORK_SENT },
		      { NONE_LATE, WORK_SENT },
		      { NONE_LATE, WORK_SENT },
		      { HIS, WORK_SENT },
		      { HIS, WORK_SENT },
		      { WRONG, WORK_SENT },
		      { NO, WORK_SENT },
		      { OK, WORK_SENT } },
	[ACCEPTED] = { { WHY, WORK_ACCEPTED },
		       { OK, WORK_SENT },
		       { OK, WORK_SENT },
		       { WHY, WORK_ACCEPTED },
		       { OK, WORK_SENT },
		       { WRONG, WORK_ACCEPTED },
		       { OK, WORK_RETURNED },
		       { WRONG, WORK_ACCEPTED },
		       { OK, WORK_CLOSED },
		       { NO, WORK_ACCEPTED },
		       { NONE_LATE, WORK_ACCEPTED },
		       { NONE_LATE, WORK_ACCEPTED },
		       { HIS, WORK_ACCEPTED },
		       { HIS, WORK_ACCEPTED },
		       { OK, WORK_ACCEPTED }, /* what was not said with the acceptance */
		       { NO, WORK_ACCEPTED },
		       { OK, WORK_ACCEPTED } },
	[RETURNED] = { { OK, WORK_RETURNED },
		       { OK, WORK_RETURNED },
		       { OK, WORK_RETURNED },
		       { OK, WORK_SENT },
		       { OK, WORK_SENT },
		       { NO, WORK_RETURNED },
		       { NO, WORK_RETURNED },
		       { NO, WORK_RETURNED },
		       { OK, WORK_RETURNED },
		       { NO, WORK_RETURNED },
		       { NONE_LATE, WORK_RETURNED },
		       { NONE_LATE, WORK_RETURNED },
		       { OK, WORK_RETURNED },
		       { OK, WORK_SENT },
		       { NO, WORK_RETURNED },
		       { NO, WORK_RETURNED },
		       { OK, WORK_RETURNED } },
	[CLOSED_BLANK] = { { WHY, WORK_BLANK },
			   { OK, WORK_DRAFT },
			   { SHUT, WORK_BLANK },
			   { WHY, WORK_BLANK },
			   { OK, WORK_CLOSED },
			   { SHUT, WORK_BLANK },
			   { SHUT, WORK_BLANK },
			   { SHUT, WORK_BLANK },
			   { OK, WORK_BLANK },
			   { OK, WORK_BLANK },
			   { NONE_LATE, WORK_BLANK },
			   { NONE_LATE, WORK_BLANK },
			   { OK, WORK_DRAFT },
			   { OK, WORK_CLOSED },
			   { SHUT, WORK_BLANK },
			   { OK, WORK_BLANK },
			   { OK, WORK_BLANK } },
	[CLOSED_DRAFT] = { { WHY, WORK_DRAFT },
			   { OK, WORK_DRAFT },
			   { SHUT, WORK_DRAFT },
			   { WHY, WORK_DRAFT },
			   { OK, WORK_CLOSED },
			   { SHUT, WORK_DRAFT },
			   { SHUT, WORK_DRAFT },
			   { SHUT, WORK_DRAFT },
			   { OK, WORK_DRAFT },
			   { OK, WORK_DRAFT },
			   { NONE_LATE, WORK_DRAFT },
			   { NONE_LATE, WORK_DRAFT },
			   { OK, WORK_DRAFT },
			   { OK, WORK_CLOSED },
			   { SHUT, WORK_DRAFT },
			   { OK, WORK_DRAFT },
			   { OK, WORK_DRAFT } },
	[CLOSED_SENT] = { { WHY, WORK_CLOSED },
			  { OK, WORK_CLOSED },
			  { SHUT, WORK_CLOSED },
			  { WHY, WORK_CLOSED },
			  { OK, WORK_CLOSED },
			  { SHUT, WORK_CLOSED },
			  { SHUT, WORK_CLOSED },
			  { SHUT, WORK_CLOSED },
			  { OK, WORK_CLOSED },
			  { OK, WORK_CLOSED },
			  { NONE_LATE, WORK_CLOSED },
			  { NONE_LATE, WORK_CLOSED },
			  { HIS, WORK_CLOSED },
			  { HIS, WORK_CLOSED },
			  { SHUT, WORK_CLOSED },
			  { OK, WORK_SENT },
			  { OK, WORK_CLOSED } },
	[CLOSED_ACCEPTED] = { { WHY, WORK_CLOSED },
			      { OK, WORK_CLOSED },
			      { SHUT, WORK_CLOSED },
			      { WHY, WORK_CLOSED },
			      { OK, WORK_CLOSED },
			      { SHUT, WORK_CLOSED },
			      { SHUT, WORK_CLOSED },
			      { SHUT, WORK_CLOSED },
			      { OK, WORK_CLOSED },
			      { OK, WORK_CLOSED },
			      { NONE_LATE, WORK_CLOSED },
			      { NONE_LATE, WORK_CLOSED },
			      { HIS, WORK_CLOSED },
			      { HIS, WORK_CLOSED },
			      { SHUT, WORK_CLOSED },
			      { OK, WORK_ACCEPTED },
			      { OK, WORK_CLOSED } },
	[LATE_WAITS] = { { WHY, WORK_BLANK },
			 { OK, WORK_DRAFT },
			 { SHUT, WORK_BLANK },
			 { WHY, WORK_BLANK },
			 { OK, WORK_CLOSED },
			 { SHUT, WORK_BLANK },
			 { SHUT, WORK_BLANK },
			 { SHUT, WORK_BLANK },
			 { OK, WORK_BLANK },
			 { OK, WORK_BLANK },
			 { OK, WORK_DRAFT },
			 { OK, WORK_BLANK },
			 { OK, WORK_DRAFT },
			 { OK, WORK_CLOSED },
			 { SHUT, WORK_BLANK },
			 { OK, WORK_BLANK },
			 { OK, WORK_BLANK } },
	[UNLOCKED] = { { WHY, WORK_SENT },
		       { OK, WORK_SENT },
		       { OK, WORK_SENT },
		       { WHY, WORK_SENT },
		       { OK, WORK_SENT },
		       { OK, WORK_DRAFT },
		       { OK, WORK_RETURNED },
		       { OK, WORK_ACCEPTED },
		       { OK, WORK_SENT },
		       { OK, WORK_SENT },
		       { NONE_LATE, WORK_SENT },
		       { NONE_LATE, WORK_SENT },
		       { HIS, WORK_SENT },
		       { HIS, WORK_SENT },
		       { OK, WORK_ACCEPTED },
		       { OK, WORK_SENT },
		       { OK, WORK_CLOSED } },
};

static void check_pair(enum state s, enum event e)
{
	const struct outcome *want = &screen[s][e];
	bool late = want->code == SHUT && e == TYPE_OLD;
	uint64_t before, figures_before;
	struct month_cell c;
	struct sheet sheet;
	struct judgement j;

	reach(s);
	before = tip();
	ledger_sheet(w.l, 4, FORM_SHORT, september, &sheet, NULL);
	figures_before = sheet.version_count;
	j = happen(e);
	c = cell();
	cr_assert_eq(j.code, want->code, "%s, %s: %s, not %s", state_names[s], event_names[e],
		     op_code_name(j.code), op_code_name(want->code));
	cr_assert_eq(j.verdict,
		     late               ? VERDICT_LATE
		     : want->code == OK ? VERDICT_ACCEPTED
					: VERDICT_REFUSED,
		     "%s, %s", state_names[s], event_names[e]);
	cr_assert_eq(c.work, want->work, "%s, %s: %s, not %s", state_names[s], event_names[e],
		     month_work_name(c.work), month_work_name(want->work));
	if (j.verdict != VERDICT_ACCEPTED) {
		ledger_sheet(w.l, 4, FORM_SHORT, september, &sheet, NULL);
		cr_assert_eq(sheet.version_count, figures_before, "%s, %s counted", state_names[s],
			     event_names[e]);
	}
	cr_assert_eq(marked(&c, MARK_WAITS),
		     late || (s == LATE_WAITS && e != COUNT && e != DECLINE));
	/* and as known before, it stands as it stood */
	if (e == LATER)
		w.now_ms -= LATER_MS;
	c = cell_known(before);
	teardown();
	setup();
	reach(s);
	cr_assert_eq(c.work, cell().work, "%s before %s, as known then", state_names[s],
		     event_names[e]);
}

Test(months, every_state_against_every_event)
{
	for (enum state s = 0; s < STATES; s++)
		for (enum event e = 0; e < EVENTS; e++) {
			teardown();
			setup();
			check_pair(s, e);
		}
}

/* ---- who, and what a closing may be ---- */

static int64_t total(uint64_t known)
{
	struct query q = { .unit = 1, .period = september, .known_at = known };
	struct arena *a = arena_new(8 << 20);
	struct totals t;
	int64_t sum = 0;

	must(query_totals(&t, w.l, &q, a, &w.e), &w.e, "totals");
	for (size_t i = 0; i < t.measure_count; i++)
		if (t.measures[i].measure == 2)
			sum = t.measures[i].sum;
	arena_free(a);
	return sum;
}

Test(months, what_may_be_closed)
{
	struct op op = { .kind = OP_CLOSE, .unit = 2, .close = { FORM_SHORT, september } };

	cr_assert_eq(close_at(&superior, 2).code, CODE_NOT_ALLOWED);
	op.close.period.to--;
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_PERIOD_WRONG);
	op.close.period = month_of(2022, 10); /* today is 15 October */
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_PERIOD_WRONG);
	op.close.period = september;
	op.close.form = 77;
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_FORM_UNKNOWN);
	op.close.form = FORM_SHORT;
	op.close.period = (struct period){ day(2022, 7, 1), day(2022, 9, 30) };
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_OK);
	cr_assert_eq(close_at(&first, 2).code, CODE_NOTHING_TO_DO); /* part of the quarter */
	cr_assert_eq(close_at(&first, 4).code, CODE_NOTHING_TO_DO); /* closed from above */
	cr_assert_eq(close_at(&first, 1).code, CODE_OK);            /* the other district is not */
	cr_assert_eq(close_at(&first, 99).code, CODE_UNIT_UNKNOWN);
}

Test(months, an_unlock_needs_two_persons_and_ends)
{
	int64_t until = w.now_ms + 3600 * 1000;
	uint64_t asked;

	cr_assert_eq(unlock(&first, 0, until).code, CODE_NOTHING_TO_DO); /* nothing is closed */
	cr_assert_eq(close_at(&first, 2).code, CODE_OK);
	cr_assert_eq(unlock(&superior, 0, until).code, CODE_NOT_ALLOWED);
	cr_assert_eq(unlock(&first, 0, w.now_ms).code, CODE_DATE_INVALID);
	asked = unlock(&first, 0, until).lsn;
	cr_assert_eq(write_it(&approver, 1, true, NULL, tip()).code, CODE_REASON_NEEDED);
	cr_assert_eq(unlock(&first, asked, until).code, CODE_SECOND_PERSON);
	cr_assert_eq(unlock(&second, asked, until + 1).code, CODE_STATE_WRONG); /* another end */
	cr_assert_eq(unlock(&second, old_base, until).code, CODE_STATE_WRONG);
	cr_assert_eq(unlock(&second, asked, until).code, CODE_OK);
	cr_assert_eq(unlock(&second, asked, until).code, CODE_NOTHING_TO_DO);
	cr_assert_eq(write_it(&approver, 1, true, NULL, tip()).code, CODE_OK);
	cr_assert_eq(mark(&superior, OP_ACCEPT).code, CODE_OK);
	w.now_ms = until; /* its last moment */
	cr_assert_eq(mark(&superior, OP_RETURN).code, CODE_OK);
	w.now_ms = until + 1;
	cr_assert_eq(write_it(&approver, 1, true, NULL, tip()).code, CODE_REASON_NEEDED);
	cr_assert_eq(write_it(&clerk, 1, false, NULL, old_base).verdict, VERDICT_LATE);
}

/* Two at the console are two by the names they give. */
Test(months, an_unlock_at_the_console)
{
	struct op op = { .kind = OP_UNLOCK,
			 .unit = 4,
			 .reason = SPAN_LIT("forgotten"),
			 .source = SPAN_LIT("console:an"),
			 .unlock = { FORM_SHORT, september, w.now_ms + 1000, 0 } };

	close_at(&first, 1);
	op.unlock.confirms = world_act_now(&w, &op);
	cr_assert(world_try(&w, &op));
	op.source = SPAN_LIT("console:binh");
	cr_assert_eq(world_try(&w, &op), 0);
	cr_assert(marked(&(struct month_cell){ .marks = cell().marks }, MARK_UNLOCKED));
}

/* ---- late ---- */

Test(months, a_late_op_counts_from_the_decision_on)
{
	uint64_t closing, late, decision;
	const struct late_line *list;
	struct arena *a = arena_new(1 << 20);
	size_t count;

	closing = close_at(&first, 1).lsn;
	late = write_it(&approver, 7, true, NULL, old_base).lsn;
	cr_assert_eq(total(UINT64_MAX), 0);
	must(query_late(&list, &count, w.l, 2, true, a, &w.e), &w.e, "late");
	cr_assert(count == 1 && list[0].lsn == late && list[0].unit == 4);
	must(query_late(&list, &count, w.l, 3, true, a, &w.e), &w.e, "late");
	cr_assert_eq(count, 0);
	cr_assert_eq(decide_on(&approver, late, true).code, CODE_NOT_ALLOWED); /* one's own */
	cr_assert_eq(decide_on(&first, late, true).code, CODE_NOT_ALLOWED); /* not directly below */
	decision = decide_on(&superior, late, true).lsn;
	cr_assert_eq(total(UINT64_MAX), 7);
	cr_assert_eq(total(decision - 1), 0);
	cr_assert_eq(total(closing), 0); /* the closed report stays */
	cr_assert_eq(decide_on(&superior, late, false).code, CODE_LATE_UNKNOWN);
	must(query_late(&list, &count, w.l, 0, false, a, &w.e), &w.e, "late");
	cr_assert(count == 1 && list[0].decided_lsn == decision && list[0].counts);
	arena_free(a);
}

/* Who types over his own late figures names them; until they count, that is to name what they named. */
Test(months, naming_a_late_op)
{
	struct judgement was = write_it(&approver, 1, true, NULL, tip()), late, after;
	struct sheet s;

	close_at(&first, 1);
	draft_init(&d, 4, FORM_SHORT, september);
	draft_put(&d, 2, 2, draft_see(&d, was.id));
	d.op.reason = SPAN_LIT("counted again");
	draft_op(&d);
	late = from_base(&approver, &d.op, was.lsn);
	cr_assert_eq(late.verdict, VERDICT_LATE);
	draft_init(&d, 4, FORM_SHORT, september);
	draft_put(&d, 2, 3, draft_see(&d, late.id));
	d.op.reason = SPAN_LIT("and again");
	draft_op(&d);
	after = from_base(&approver, &d.op, tip());
	cr_assert_eq(after.verdict, VERDICT_ACCEPTED);
	must(query_sheet_at(w.l, 4, FORM_SHORT, september, UINT64_MAX, &s, &w.e), &w.e, "sheet");
	cr_assert(s.version_count == 1 && s.versions[0].value == 3);
	decide_on(&superior, late.lsn, true);
	must(query_sheet_at(w.l, 4, FORM_SHORT, september, UINT64_MAX, &s, &w.e), &w.e, "sheet");
	cr_assert_eq(s.version_count, 2); /* two who did not know of each other */
	/* folded again without the decision, and with it among what came after */
	must(query_sheet_at(w.l, 4, FORM_SHORT, september, after.lsn, &s, &w.e), &w.e, "sheet");
	cr_assert(s.version_count == 1 && s.versions[0].value == 3);
}

/* ---- time ---- */

static struct op calendar(uint8_t first_day, day_t from, bool working)
{
	struct op op = { .kind = OP_CALENDAR,
			 .calendar = { .form = FORM_SHORT,
				       .from = from,
				       .first_day = first_day,
				       .due_days = { 5, 8, 10 },
				       .working_days = working } };

	return op;
}

Test(months, time_is_the_servers_receipt)
{
	struct op op = calendar(1, day(2022, 1, 1), false);

	cr_assert_eq(cell().time, TIME_NO_DEADLINE);
	cr_assert_eq(from_base(&superior, &op, tip()).code, CODE_NOT_ALLOWED);
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_OK);
	cr_assert_eq(cell().due, day(2022, 10, 5));
	cr_assert_eq(cell().time, TIME_MISSING); /* today is 15 October */
	write_it(&approver, 1, true, NULL, tip());
	cr_assert_eq(cell().time, TIME_LATE);
	op = (struct op){ .kind = OP_ACCEPT,
			  .unit = 4,
			  .reason = SPAN_LIT("signed on the 4th, no line"),
			  .mark = { FORM_SHORT, september, tip(), true } };
	from_base(&superior, &op, tip());
	cr_assert_eq(cell().time, TIME_ON_TIME);
	cr_assert_eq(cell().work, WORK_ACCEPTED);
	september = month_of(2022, 10);
	cr_assert_eq(cell().time, TIME_NOT_DUE);
	write_it(&approver, 1, true, NULL, tip());
	cr_assert_eq(cell().time, TIME_ON_TIME);
}

/* The superior accepts, and hears of the paper later. */
Test(months, signed_in_time_is_said_afterwards)
{
	struct op op = calendar(1, day(2022, 1, 1), false), said;
	uint64_t before;

	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_OK);
	write_it(&approver, 1, true, NULL, tip());
	said = (struct op){ .kind = OP_ACCEPT,
			    .unit = 4,
			    .reason = SPAN_LIT("the paper is of the 4th"),
			    .mark = { FORM_SHORT, september, tip(), true } };
	cr_assert_eq(mark(&superior, OP_ACCEPT).code, CODE_OK);
	cr_assert_eq(cell().time, TIME_LATE);
	before = tip();
	/* by who has not read the acceptance, and without the word */
	cr_assert_eq(from_base(&superior, &said, tip()).code, CODE_STATE_WRONG);
	cr_assert_eq(mark(&superior, OP_ACCEPT).code, CODE_STATE_WRONG);
	cr_assert_eq(cell().time, TIME_LATE);
	cr_assert_eq(accept_in_time().code, CODE_OK);
	cr_assert_eq(cell().time, TIME_ON_TIME);
	cr_assert_eq(cell().work, WORK_ACCEPTED);
	cr_assert_eq(cell_known(before).time, TIME_LATE);
	cr_assert_eq(cell_known(before).work, WORK_ACCEPTED);
	cr_assert_eq(accept_in_time().code, CODE_STATE_WRONG);           /* it was said */
	cr_assert_eq(mark(&superior, OP_ACCEPT).code, CODE_STATE_WRONG); /* and stays so */
	cr_assert_eq(mark(&superior, OP_RETURN).code, CODE_OK);
	cr_assert_eq(cell().work, WORK_RETURNED);
}

/* A change of calendar leaves neither gap nor overlap, and what has begun stays as it was cut. */
Test(months, a_change_of_calendar)
{
	struct op op = calendar(16, day(2022, 10, 10), false);
	struct months_query q = { .unit = 4,
				  .period = { day(2022, 9, 1), day(2023, 3, 15) },
				  .known_at = UINT64_MAX };
	struct arena *a = arena_new(1 << 20);
	const struct month_cell *list;
	size_t count;

	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_CALENDAR_INVALID);
	op = calendar(16, day(2022, 12, 1), false);
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_OK);
	op = calendar(16, day(2022, 11, 1), false);
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_CALENDAR_INVALID);
	op = calendar(16, day(2023, 1, 17), false); /* deadlines alone, in the middle of a month */
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_CALENDAR_INVALID);
	op = calendar(16, day(2023, 1, 16), true);
	cr_assert_eq(from_base(&first, &op, tip()).code, CODE_OK);
	must(query_months(&list, &count, w.l, &q, a, &w.e), &w.e, "months");
	cr_assert(count > 5);
	for (size_t i = 1; i < count; i++)
		cr_assert_eq(list[i].period.from, list[i - 1].period.to + 1);
	cr_assert_eq(list[0].period.from, q.period.from);
	cr_assert_eq(list[count - 1].period.to, q.period.to);
	cr_assert_not(list[count - 1].has_due); /* working days, and no holidays given */
	arena_free(a);
}

/* Whoever sets a store up may say how months were cut before; not of days that somebody reported. */
Test(months, a_calendar_does_not_cut_what_was_reported)
{
	struct op at_16 = calendar(16, day(2022, 8, 15), false);
	struct op later = calendar(16, day(2022, 10, 1), false);
	struct op deadlines = calendar(1, day(2022, 9, 1), false);

	write_it(&clerk, 1, false, NULL, tip());
	cr_assert_eq(world_try(&w, &at_16), -ERR_INVALID, "September would be nobody's");
	cr_assert_not_null(strstr(w.e.msg, "figures are there already"), "%s", w.e.msg);
	must(world_try(&w, &deadlines), &w.e, "other deadlines");
	must(world_try(&w, &later), &w.e, "another cut behind it");
	cr_assert_eq(cell().work, WORK_DRAFT);
	cr_assert_eq(total(UINT64_MAX), 0);
}

Test(months, a_calendar_cuts_what_nobody_reported)
{
	struct op op = calendar(16, day(2022, 8, 16), false);
	struct months_query q = { .unit = 4,
				  .period = { day(2022, 8, 1), day(2022, 10, 15) },
				  .known_at = UINT64_MAX };
	struct arena *a = arena_new(1 << 20);
	const struct month_cell *list;
	size_t count;

	must(world_try(&w, &op), &w.e, "by the console");
	must(query_months(&list, &count, w.l, &q, a, &w.e), &w.e, "months");
	cr_assert_eq(count, 3);
	cr_assert_eq(list[0].period.to, day(2022, 8, 15));
	cr_assert_eq(list[1].period.from, day(2022, 8, 16));
	cr_assert_eq(list[2].period.to, day(2022, 10, 15));
	arena_free(a);
}

/* ---- summaries and what a closing pins ---- */

Test(months, a_summary_and_what_changed_since)
{
	struct summary_state now, then;
	struct arena *a = arena_new(8 << 20);
	struct op op = { .kind = OP_SUMMARY, .unit = 2 };

	write_it(&approver, 4, true, NULL, tip());
	must(query_summary(&now, w.l, 2, FORM_SHORT, september, a, &w.e), &w.e, "summary");
	cr_assert(now.signed_ == 1 && now.expected == 2 && now.count == 1 && now.values[0] == 4);
	op.summary = (struct op_summary){ .form = FORM_SHORT,
					  .period = september,
					  .seen_lsn = tip(),
					  .expected = now.expected,
					  .signed_ = now.signed_,
					  .measures = now.measures,
					  .values = now.values,
					  .count = now.count,
					  .signer = SPAN_LIT("Ông Ký") };
	memcpy(op.summary.hash, now.hash, 32);
	cr_assert_eq(from_base(&approver, &op, tip()).code, CODE_NOT_ALLOWED);
	op.unit = 4;
	cr_assert_eq(from_base(&approver, &op, tip()).code, CODE_STATE_WRONG); /* nothing below */
	op.unit = 2;
	cr_assert_eq(from_base(&superior, &op, old_base).code, CODE_STATE_WRONG); /* not read */
	cr_assert_eq(from_base(&superior, &op, tip()).code, CODE_OK);
	must(query_summary(&then, w.l, 2, FORM_SHORT, september, a, &w.e), &w.e, "summary");
	cr_assert(then.lsn == tip() && !then.changed && !memcmp(then.hash, then.said.hash, 32));
	write_it(&approver, 9, true, "counted again", tip());
	must(query_summary(&then, w.l, 2, FORM_SHORT, september, a, &w.e), &w.e, "summary");
	cr_assert(then.changed == 1 && memcmp(then.hash, then.said.hash, 32));
	arena_free(a);
}

Test(months, a_closing_pins_what_stood)
{
	uint8_t before[32], after[32];
	struct summary_state now;
	struct arena *a = arena_new(8 << 20);
	uint64_t closing;

	write_it(&approver, 4, true, NULL, tip());
	must(query_summary(&now, w.l, 2, FORM_SHORT, september, a, &w.e), &w.e, "summary");
	closing = close_at(&first, 1).lsn;
	must(query_pinned(before, w.l, closing, 2, FORM_SHORT, september, &w.e), &w.e, "pinned");
	cr_assert_eq(memcmp(before, now.hash, 32), 0);
	write_it(&approver, 9, true, "an amendment", tip());
	must(query_pinned(after, w.l, closing, 2, FORM_SHORT, september, &w.e), &w.e, "pinned");
	cr_assert_eq(memcmp(before, after, 32), 0);
	cr_assert(marked(&(struct month_cell){ .marks = cell().marks }, MARK_AMENDED));
	cr_assert_eq(total(closing), 4);
	cr_assert_eq(query_pinned(after, w.l, closing, 3, FORM_SHORT, september, &w.e),
		     -ERR_NOTFOUND); /* nobody there had anything */
	arena_free(a);
}

/* ---- behind a restore ---- */

/* An acceptance of which the number is one of a log that was left: it was of another sheet than stands here now. */
Test(months, what_a_mark_has_seen_ends_at_its_base)
{
	struct op mark = { .unit = 4 };
	static const enum op_kind kinds[] = { OP_ACCEPT, OP_RETURN };
	uint64_t branch = tip();
	struct kv *before;

	world_restore(&w, branch);
	cr_assert_eq(write_it(&approver, 9, true, NULL, branch).verdict, VERDICT_ACCEPTED);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		for (int past = 0; past < 2; past++) {
			struct judgement j;

			must(kv_mem_clone(&before, w.kv, &w.e), &w.e, "copy");
			mark.kind = kinds[i];
			mark.reason = SPAN_LIT("looked at");
			mark.mark.form = FORM_SHORT;
			mark.mark.period = september;
			mark.mark.seen_lsn = past ? tip() + 20 : branch;
			j = from_base(&superior, &mark, branch + 20);
			cr_assert_eq(j.verdict, VERDICT_REFUSED);
			cr_assert_eq(j.code, CODE_STATE_WRONG, "%s", op_code_name(j.code));
			cr_assert_eq(
				world_verify_as(&w, before, j.lsn, VERDICT_ACCEPTED, CODE_OK, NULL),
				past ? 0 : -ERR_CORRUPT,
				"what was judged so before stands, and nothing else");
			kv_close(before);
		}
	}
}
