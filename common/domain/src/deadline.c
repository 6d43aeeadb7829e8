#include "domain/deadline.h"

#include <assert.h>

/* A step leaves time for the one after it. Rows stand from the end of the way to its beginning, so that
 * `then` is known. Where two rows give days to one step the earlier day holds, and of equal ones the row
 * that stands first: what a text says before what is planned. */
struct chain_row {
	enum case_step_kind step, then;
	enum case_rule_code time; /* CASE_RULE_NONE: the same day will do */
};

static const struct chain_row chain[] = {
	{ STEP_DECIDE, STEP_CEREMONY, CASE_RULE_CEREMONY_DAYS },
	{ STEP_AGREE, STEP_DECIDE, CASE_RULE_PLAN_DECIDE },
	{ STEP_SUBMIT, STEP_AGREE, CASE_RULE_PLAN_SCREEN },
	{ STEP_COMMITTEE, STEP_SUBMIT, CASE_RULE_PLAN_SUBMIT },
	{ STEP_CELL, STEP_DECIDE, CASE_RULE_DECISION_DAYS },
	{ STEP_CELL, STEP_COMMITTEE, CASE_RULE_PLAN_COMMITTEE },
	{ STEP_OPINIONS, STEP_CELL, CASE_RULE_NONE },
	{ STEP_VERIFY, STEP_CELL, CASE_RULE_NONE },
	{ STEP_VERIFY_ASK, STEP_VERIFY, CASE_RULE_VERIFY_DAYS },
	{ STEP_CV, STEP_VERIFY_ASK, CASE_RULE_NONE },
	{ STEP_APPLY, STEP_CV, CASE_RULE_NONE },
	{ STEP_HELPER, STEP_CELL, CASE_RULE_HELPER_MONTHS },
	{ STEP_CERTIFY, STEP_CELL, CASE_RULE_NONE },
	{ STEP_SEND, STEP_CERTIFY, CASE_RULE_PLAN_CLASS },
	{ STEP_LIST, STEP_HELPER, CASE_RULE_NONE },
	{ STEP_INTRODUCE, STEP_LIST, CASE_RULE_NONE },
};

static const enum case_step_kind goals[DEADLINE_GOALS] = {
	[DEADLINE_DECISION] = STEP_DECIDE,
	[DEADLINE_CEREMONY] = STEP_CEREMONY,
	[DEADLINE_DOSSIER] = STEP_SUBMIT,
};

static const enum case_step_kind steps_of[CASE_STAGES] = {
	[CASE_INTRODUCED] = STEP_INTRODUCE,
	[CASE_LISTED] = STEP_LIST,
	[CASE_IN_CLASS] = STEP_SEND,
	[CASE_CERTIFIED] = STEP_CERTIFY,
	[CASE_HELPED] = STEP_HELPER,
	[CASE_APPLIED] = STEP_APPLY,
	[CASE_CV] = STEP_CV,
	[CASE_VERIFYING] = STEP_VERIFY_ASK,
	[CASE_VERIFIED] = STEP_VERIFY,
	[CASE_OPINIONS] = STEP_OPINIONS,
	[CASE_CELL] = STEP_CELL,
	[CASE_COMMITTEE] = STEP_COMMITTEE,
	[CASE_SUBMITTED] = STEP_SUBMIT,
	[CASE_TO_ASK] = STEP_ASK,
	[CASE_RETURNED] = STEP_RETURN,
	[CASE_AGREED] = STEP_AGREE,
	[CASE_DECIDED] = STEP_DECIDE,
	[CASE_PROBATION] = STEP_CEREMONY,
	[CASE_REVIEWED] = STEP_REVIEW,
};

enum case_step_kind deadline_step_of(enum case_stage stage)
{
	return stage < CASE_STAGES ? steps_of[stage] : STEP_NONE;
}

uint32_t deadline_standing(enum case_stage stage)
{
	enum case_step_kind step = deadline_step_of(stage);
	uint32_t up_to;

	if (step == STEP_NONE)
		return 0;
	up_to = (CASE_BIT(step) << 1) - 1;
	up_to &= ~(CASE_BIT(STEP_NONE) | CASE_BIT(STEP_ASK) | CASE_BIT(STEP_RETURN));
	if (step == STEP_RETURN)
		up_to &= ~CASE_BIT(STEP_SUBMIT);
	return up_to;
}

/* ---- backwards ---- */

struct way {
	const struct case_rules *rules;
	const struct holidays *h;
	struct deadline at[STEP_KINDS]; /* by step; step STEP_NONE: not on the way */
};

static int lean(struct way *w, const struct chain_row *l, struct err *e)
{
	const struct deadline *then = &w->at[l->then];
	struct deadline d = { .step = l->step,
			      .then = l->then,
			      .last = then->last,
			      .counted = then->counted,
			      .beyond = then->beyond };
	bool beyond = false;

	if (l->time != CASE_RULE_NONE) {
		d.rule = case_rule_at(w->rules, l->time, then->last);
		if (!d.rule)
			return err_set(e, ERR_NOTFOUND,
				       "no rule is in force for this on that day: %s",
				       case_rule_text(l->time));
		if (d.rule->unit == UNIT_MONTHS) {
			d.last = months_back(then->last, (int)d.rule->value);
		} else {
			d.last = holidays_back(w->h, then->last, d.rule->value, &beyond);
			d.counted.from = d.last + 1;
			d.beyond = d.beyond || beyond;
		}
	}
	if (w->at[l->step].step == STEP_NONE || d.last < w->at[l->step].last)
		w->at[l->step] = d;
	return 0;
}

int deadlines_before(struct deadline out[STEP_KINDS], size_t *count, const struct case_rules *rules,
		     const struct holidays *h, uint32_t standing, enum deadline_goal goal,
		     day_t cut_off, day_t on, struct err *e)
{
	struct way w = { .rules = rules, .h = h };
	enum case_step_kind last;

	assert(goal < DEADLINE_GOALS);
	last = goals[goal];
	*count = 0;
	w.at[last] = (struct deadline){ .step = last,
					.last = cut_off,
					.counted = { cut_off + 1, cut_off } };
	for (size_t i = 0; i < ARRAY_LEN(chain); i++) {
		int rc;

		if (w.at[chain[i].then].step == STEP_NONE || chain[i].step == last)
			continue;
		rc = lean(&w, &chain[i], e);
		if (rc)
			return rc;
	}
	for (int step = STEP_KINDS - 1; step > STEP_NONE; step--) {
		struct deadline *d = &w.at[step];

		if (d->step == STEP_NONE || (standing & CASE_BIT(step)))
			continue;
		d->late = d->last < on;
		d->unverified = holidays_unverified(h, d->counted, NULL, 0);
		out[(*count)++] = *d;
	}
	return 0;
}

/* ---- forwards ---- */

struct dues {
	struct due *out;
	size_t count;
	const struct case_rules *rules;
	const struct holidays *h;
	const struct case_state *c;
	day_t on;
};

static bool known(const struct dues *s, enum case_step_kind step)
{
	return (s->c->standing & s->c->seen & CASE_BIT(step)) != 0;
}

static void put(struct dues *s, struct due d)
{
	size_t i = s->count;

	assert(s->count < DUE_MAX);
	d.late = s->on > d.due;
	d.days_left = d.due - s->on;
	d.unverified = holidays_unverified(s->h, d.counted, NULL, 0);
	for (; i && s->out[i - 1].due > d.due; i--)
		s->out[i] = s->out[i - 1];
	s->out[i] = d;
	s->count++;
}

/* `step` within the rule's working days from `from`. */
static void due_within(struct dues *s, enum case_step_kind step, enum case_rule_code code,
		       day_t from)
{
	const struct case_rule *r = case_rule_at(s->rules, code, from), *more = NULL;
	struct due d = { .what = DUE_STEP, .step = step, .opens = from, .rule = r };
	bool beyond = false;

	if (!r)
		return;
	d.due = holidays_add(s->h, from, r->value, &d.beyond);
	d.counted = (struct period){ from + 1, d.due };
	if (code == CASE_RULE_DECISION_DAYS)
		more = case_rule_at(s->rules, CASE_RULE_EXTENSION_DAYS, from);
	if (more)
		d.extended = holidays_add(s->h, d.due, more->value, &beyond);
	put(s, d);
}

static void due_lapse(struct dues *s, enum case_step_kind step, enum case_rule_code code)
{
	const struct case_rule *r;
	day_t from = s->c->days[step];

	if (!known(s, step))
		return;
	r = case_rule_at(s->rules, code, from);
	if (r)
		put(s, (struct due){ .what = DUE_LAPSE,
				     .step = step,
				     .opens = from,
				     .due = months_after(from, (int)r->value),
				     .rule = r,
				     .counted = { 1, 0 } });
}

static void due_after_ceremony(struct dues *s)
{
	const struct case_rule *r;
	day_t from = s->c->days[STEP_CEREMONY];

	if (!known(s, STEP_CEREMONY))
		return;
	r = case_rule_at(s->rules, CASE_RULE_PROBATION_MONTHS, from);
	if (r)
		due_within(s, STEP_REVIEW, CASE_RULE_REVIEW_DAYS,
			   months_after(from, (int)r->value));
}

size_t deadlines_due(struct due out[DUE_MAX], const struct case_rules *rules,
		     const struct holidays *h, const struct case_state *c, day_t on)
{
	struct dues s = { out, 0, rules, h, c, on };

	if (case_is_over(c->stage) || c->stage == CASE_RESTING || c->stage == CASE_IN_TRANSIT)
		return 0;
	if (c->stage < CASE_CELL || c->stage == CASE_RETURNED) {
		due_lapse(&s, STEP_CERTIFY, CASE_RULE_CERTIFICATE_MONTHS);
		due_lapse(&s, STEP_VERIFY, CASE_RULE_VERIFY_MONTHS);
	}
	if (c->stage < CASE_DECIDED && known(&s, STEP_VERIFY_ASK) && !case_has(c, STEP_VERIFY))
		due_within(&s, STEP_VERIFY, CASE_RULE_VERIFY_DAYS, c->days[STEP_VERIFY_ASK]);
	if (c->stage >= CASE_CELL && c->stage < CASE_DECIDED && known(&s, STEP_CELL))
		due_within(&s, STEP_DECIDE, CASE_RULE_DECISION_DAYS, c->days[STEP_CELL]);
	if (c->stage == CASE_DECIDED && known(&s, STEP_DECIDE))
		due_within(&s, STEP_CEREMONY, CASE_RULE_CEREMONY_DAYS, c->days[STEP_DECIDE]);
	if (c->stage == CASE_PROBATION)
		due_after_ceremony(&s);
	if (c->stage == CASE_REVIEWED && known(&s, STEP_REVIEW))
		due_within(&s, STEP_RECOGNISE, CASE_RULE_RECOGNITION_DAYS, c->days[STEP_REVIEW]);
	return s.count;
}
