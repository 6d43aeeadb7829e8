#include "domain/case_rule.h"

struct judge {
	struct case_finding *out;
	size_t count;
	const struct case_rules *rules;
	const struct holidays *h;
	const struct case_state *before;
	const struct case_step *step;
};

static const struct case_rule *rule_of(const struct judge *j, enum case_rule_code code)
{
	return case_rule_at(j->rules, code, j->step->day);
}

static void find(struct judge *j, const struct case_rule *r, uint32_t found, uint32_t of,
		 bool doubtful)
{
	struct case_finding *f;

	if (j->count == CASE_FINDINGS_MAX)
		return;
	f = &j->out[j->count++];
	*f = (struct case_finding){ .rule = r, .found = found, .of = of, .doubtful = doubtful };
	for (size_t i = 0; i < j->step->exception_count; i++)
		if (j->step->exceptions[i].rule == r->code)
			f->ground = (enum case_ground)j->step->exceptions[i].ground;
}

/* Fewer or more than the rule says. */
static void at_least(struct judge *j, enum case_rule_code code, uint32_t found)
{
	const struct case_rule *r = rule_of(j, code);

	if (r && found < r->value)
		find(j, r, found, 0, false);
}

static void at_most(struct judge *j, enum case_rule_code code, uint32_t found)
{
	const struct case_rule *r = rule_of(j, code);

	if (r && found > r->value)
		find(j, r, found, 0, false);
}

/* The day after which `months` from `from` have gone by is the last one that still holds. */
static void holds_months(struct judge *j, enum case_rule_code code, enum case_step_kind from)
{
	const struct case_rule *r = rule_of(j, code);
	day_t day = j->before->days[from];

	if (r && case_has(j->before, from) && j->step->day > months_after(day, (int)r->value))
		find(j, r, months_between(day, j->step->day), 0, false);
}

static void lasted_months(struct judge *j, enum case_rule_code code, enum case_step_kind from)
{
	const struct case_rule *r = rule_of(j, code);
	day_t day = j->before->days[from];

	if (r && case_has(j->before, from) && j->step->day < months_after(day, (int)r->value))
		find(j, r, months_between(day, j->step->day), 0, false);
}

/* Working days from `from` to the step, at least one when it is later. */
static uint32_t working_days(const struct judge *j, day_t from)
{
	uint32_t count = 0;

	for (day_t d = from + 1; d <= j->step->day; d++)
		count += !holidays_free_day(j->h, d);
	return count;
}

static void within_days(struct judge *j, enum case_rule_code code, day_t from, uint32_t more)
{
	const struct case_rule *r = rule_of(j, code);
	struct period counted = { from + 1, j->step->day };
	bool beyond;
	day_t due;

	if (!r)
		return;
	due = holidays_add(j->h, from, r->value + more, &beyond);
	if (j->step->day > due)
		find(j, r, working_days(j, from) - more, 0,
		     beyond || holidays_unverified(j->h, counted, NULL, 0) > 0);
}

static void judge_votes(struct judge *j)
{
	const struct case_rule *r = rule_of(j, CASE_RULE_VOTES);
	uint32_t votes = j->step->votes_for, members = j->step->votes_of;

	if (r && members && votes * r->of < members * r->value)
		find(j, r, votes, members, false);
}

static void judge_cell(struct judge *j, const struct case_person *p)
{
	const struct case_rule *oldest = rule_of(j, CASE_RULE_AGE_MAX);

	if (p->birth_known) {
		at_least(j, CASE_RULE_AGE_MIN, months_between(p->birth, j->step->day));
		/* sixty years are over on the day after the birthday */
		if (oldest && j->step->day > months_after(p->birth, (int)oldest->value))
			find(j, oldest, months_between(p->birth, j->step->day), 0, false);
	}
	if (p->education != EDUCATION_UNKNOWN)
		at_least(j, CASE_RULE_EDUCATION, p->education);
	holds_months(j, CASE_RULE_CERTIFICATE_MONTHS, STEP_CERTIFY);
	lasted_months(j, CASE_RULE_HELPER_MONTHS, STEP_HELPER);
	holds_months(j, CASE_RULE_VERIFY_MONTHS, STEP_VERIFY);
	judge_votes(j);
	if (!p->readmission)
		return;
	if (p->left_known)
		at_least(j, CASE_RULE_READMISSION_MONTHS, months_between(p->left, j->step->day));
	at_most(j, CASE_RULE_READMISSIONS, p->readmitted + 1U);
}

static void judge_decision(struct judge *j)
{
	const struct case_rule *term = rule_of(j, CASE_RULE_DECISION_DAYS);
	day_t cell = j->before->days[STEP_CELL];

	if (!term || !case_has(j->before, STEP_CELL))
		return;
	within_days(j, CASE_RULE_DECISION_DAYS, cell, 0);
	within_days(j, CASE_RULE_EXTENSION_DAYS, cell, term->value);
}

static void judge_review(struct judge *j)
{
	const struct case_rule *r = rule_of(j, CASE_RULE_PROBATION_MONTHS);

	lasted_months(j, CASE_RULE_PROBATION_MONTHS, STEP_CEREMONY);
	if (r && case_has(j->before, STEP_CEREMONY))
		within_days(j, CASE_RULE_REVIEW_DAYS,
			    months_after(j->before->days[STEP_CEREMONY], (int)r->value), 0);
	judge_votes(j);
}

static void judge_since(struct judge *j, enum case_rule_code code, enum case_step_kind from)
{
	if (case_has(j->before, from))
		within_days(j, code, j->before->days[from], 0);
}

static void judge_verification(struct judge *j)
{
	bool abroad = false;

	for (size_t i = 0; i < j->step->exception_count; i++)
		abroad |= j->step->exceptions[i].ground == GROUND_ABROAD;
	judge_since(j, abroad ? CASE_RULE_VERIFY_ABROAD_DAYS : CASE_RULE_VERIFY_DAYS,
		    STEP_VERIFY_ASK);
}

size_t case_judge(struct case_finding out[CASE_FINDINGS_MAX], const struct case_rules *rules,
		  const struct holidays *h, const struct case_state *before,
		  const struct case_step *step, const struct case_person *person)
{
	struct judge j = { out, 0, rules, h, before, step };

	switch (step->kind) {
	case STEP_VERIFY:
		judge_verification(&j);
		break;
	case STEP_CELL:
		judge_cell(&j, person);
		break;
	case STEP_COMMITTEE:
		judge_votes(&j);
		break;
	case STEP_DECIDE:
		judge_decision(&j);
		break;
	case STEP_CEREMONY:
		judge_since(&j, CASE_RULE_CEREMONY_DAYS, STEP_DECIDE);
		break;
	case STEP_REVIEW:
		judge_review(&j);
		break;
	case STEP_RECOGNISE:
		judge_since(&j, CASE_RULE_RECOGNITION_DAYS, STEP_REVIEW);
		break;
	default:
		break;
	}
	return j.count;
}
