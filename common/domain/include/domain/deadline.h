/* What is due, what is late, and how late a step may still be taken. Terms are those of the dated rules, in
 * working days of the holidays file; every answer carries its rule, and says how many of the days it counted
 * over are not verified. Pure: the day it is asked on is an argument.
 *
 * The last safe day of a step is the last one from which everything after it still fits before the cut-off
 * when all others take the whole of their time: the body that decides its 60 working days from the cell's
 * resolution (29-QD/TW 4.3), the cell 12 months with those who help. Inside the 60 days no text divides the
 * time among committee, submission, screening and decision; planning figures of the rules file do, and
 * answers that follow from one say so by their rule's kind. A cut-off may be any day; 31/10 for dossiers and
 * 31/12 for the year are usual. */
#ifndef DOMAIN_DEADLINE_H
#define DOMAIN_DEADLINE_H

#include "domain/case_rule.h"

/* What must have happened on the cut-off at the latest. */
enum deadline_goal { DEADLINE_DECISION, DEADLINE_CEREMONY, DEADLINE_DOSSIER, DEADLINE_GOALS };

struct deadline {
	enum case_step_kind step;
	day_t last; /* the last safe day */
	enum case_step_kind
		then; /* the later step that it leaves time for; STEP_NONE: the cut-off itself */
	const struct case_rule *rule; /* the time between the two; NULL: the same day will do */
	bool late;                    /* `last` was before the day asked */
	struct period counted;        /* where working days were counted; from > to: nowhere */
	size_t unverified;            /* holidays of those days that nobody verified */
	bool beyond;                  /* the holidays file does not know all of them */
};

/* Of every step towards the goal that does not stand yet, the last one first: what comes before leans on
 * what comes after. Needs all rules of the chain in force on the cut-off: -ERR_NOTFOUND names the missing
 * one. `standing` are the steps there are (case_state), `on` the day asked. Writes at most STEP_KINDS. */
int deadlines_before(struct deadline out[STEP_KINDS], size_t *count, const struct case_rules *rules,
		     const struct holidays *h, uint32_t standing, enum deadline_goal goal,
		     day_t cut_off, day_t on, struct err *e);

/* The steps that stand at a stage reached the usual way. */
uint32_t deadline_standing(enum case_stage stage);
/* The step by which the usual way reaches a stage; STEP_NONE for the ends and for what rests. */
enum case_step_kind deadline_step_of(enum case_stage stage);

enum due_what {
	DUE_STEP, /* the step has to be taken by `due` */
	DUE_LAPSE, /* what the step brought (certificate, verification) no longer holds after `due` */
};
struct due {
	enum due_what what;
	enum case_step_kind step;
	day_t opens; /* not before it: the end of probation; else the day from which the term runs */
	day_t due;
	day_t extended; /* with the one extension; 0 without */
	const struct case_rule *rule;
	bool late;
	int days_left; /* calendar days from the day asked, below 0 when late */
	struct period counted;
	size_t unverified;
	bool beyond;
};
enum { DUE_MAX = 8 };

/* What is due in a case as it stands, soonest first. Terms run from steps whose day is known (`seen`): one
 * that only stands gives none. A rule that was not in force on its first day gives none either. */
size_t deadlines_due(struct due out[DUE_MAX], const struct case_rules *rules,
		     const struct holidays *h, const struct case_state *c, day_t on);

/* Of those, what to remind of: late, due within `lead_days`, or a probation that ends within them. */
static inline bool due_remind(const struct due *d, int lead_days)
{
	day_t on = d->due - d->days_left;

	return d->days_left <= lead_days || (d->step == STEP_REVIEW && d->opens - on <= lead_days);
}
#endif
