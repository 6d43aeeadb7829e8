#include "domain/case.h"

#include <assert.h>

#define STAGE(s) (UINT32_C(1) << (s))
#define STEP(k) CASE_BIT(k)
#define REASON(r) (UINT32_C(1) << (r))

enum {
	PREPARING = STAGE(CASE_LISTED) | STAGE(CASE_IN_CLASS) | STAGE(CASE_CERTIFIED) |
		    STAGE(CASE_HELPED) | STAGE(CASE_APPLIED) | STAGE(CASE_CV) |
		    STAGE(CASE_VERIFYING) | STAGE(CASE_VERIFIED) | STAGE(CASE_OPINIONS),
	MENDING = STAGE(CASE_TO_ASK) | STAGE(CASE_RETURNED),
	RESOLVED = STAGE(CASE_CELL) | STAGE(CASE_COMMITTEE),
	ABOVE = STAGE(CASE_SUBMITTED) | STAGE(CASE_AGREED) | MENDING,
	CANDIDATE = STAGE(CASE_INTRODUCED) | PREPARING | RESOLVED | ABOVE,
	IN_PROBATION = STAGE(CASE_PROBATION) | STAGE(CASE_REVIEWED),

	/* Days of these are in the order of the regulation. */
	BEFORE_CELL = STEP(STEP_INTRODUCE) | STEP(STEP_LIST) | STEP(STEP_CERTIFY) |
		      STEP(STEP_HELPER) | STEP(STEP_APPLY) | STEP(STEP_CV) | STEP(STEP_OPINIONS) |
		      STEP(STEP_RETURN) | STEP(STEP_RESUME),
	SCREENING = STEP(STEP_ASK) | STEP(STEP_RETURN) | STEP(STEP_AGREE),
	BEFORE_SUBMIT = BEFORE_CELL | STEP(STEP_CELL) | STEP(STEP_COMMITTEE),
	BEFORE_SCREEN = BEFORE_SUBMIT | STEP(STEP_SUBMIT),
	BEFORE_DECISION = BEFORE_SCREEN | SCREENING,
	EVERYTHING = (int)((UINT32_C(1) << STEP_KINDS) - 1),
	/* not while the body that decides has the dossier: it comes back first */
	MOVABLE = STAGE(CASE_INTRODUCED) | PREPARING | RESOLVED | STAGE(CASE_RETURNED) |
		  STAGE(CASE_DECIDED) | IN_PROBATION | STAGE(CASE_RESTING),

	NOT_ADMITTED = REASON(REASON_NOT_FIT) | REASON(REASON_VOTES) | REASON(REASON_DISCIPLINE) |
		       REASON(REASON_PAPERS) | REASON(REASON_EDUCATION) | REASON(REASON_AGE) |
		       REASON(REASON_CERTIFICATE) | REASON(REASON_TIME) | REASON(REASON_OTHER),
	GONE = REASON(REASON_OWN_WISH) | REASON(REASON_MOVED) | REASON(REASON_HEALTH) |
	       REASON(REASON_DIED) | REASON(REASON_AWAY) | REASON(REASON_OTHER),
	PAUSED = REASON(REASON_OWN_WISH) | REASON(REASON_MOVED) | REASON(REASON_HEALTH) |
		 REASON(REASON_NOT_FIT) | REASON(REASON_DISCIPLINE) | REASON(REASON_PAPERS) |
		 REASON(REASON_EDUCATION) | REASON(REASON_AGE) | REASON(REASON_CERTIFICATE) |
		 REASON(REASON_AWAY) | REASON(REASON_TIME) | REASON(REASON_OTHER),
};

/* What a step needs, where it leads, what it takes away. Zero allows nothing. */
struct step_row {
	uint32_t from, keeps; /* stages it may follow on; those among them that stay as they are */
	enum case_stage to;
	bool ahead;      /* a case that is further on stays there */
	uint32_t needs;  /* steps that must stand */
	uint32_t after;  /* steps whose day is not later */
	uint32_t wants;  /* steps that ought to stand */
	uint32_t undoes; /* steps that no longer stand */
	uint32_t reasons;
	bool votes;
};

static const struct step_row rows[STEP_KINDS] = {
	[STEP_INTRODUCE] = { .from = STAGE(CASE_NONE), .to = CASE_INTRODUCED },
	/* students are sent to the class as outstanding people, before a cell lists them */
	[STEP_LIST] = { .from = STAGE(CASE_NONE) | STAGE(CASE_INTRODUCED) | STAGE(CASE_IN_CLASS) |
				STAGE(CASE_CERTIFIED),
			.to = CASE_LISTED,
			.ahead = true,
			.after = STEP(STEP_INTRODUCE),
			.wants = STEP(STEP_INTRODUCE) },
	[STEP_SEND] = { .from = STAGE(CASE_INTRODUCED) | PREPARING | MENDING,
			.keeps = MENDING,
			.to = CASE_IN_CLASS,
			.ahead = true,
			.after = STEP(STEP_INTRODUCE) },
	[STEP_CERTIFY] = { .from = STAGE(CASE_INTRODUCED) | PREPARING | MENDING,
			   .keeps = MENDING,
			   .to = CASE_CERTIFIED,
			   .ahead = true,
			   .after = STEP(STEP_SEND) },
	[STEP_HELPER] = { .from = PREPARING,
			  .to = CASE_HELPED,
			  .ahead = true,
			  .after = STEP(STEP_LIST),
			  .wants = STEP(STEP_LIST) },
	[STEP_APPLY] = { .from = PREPARING,
			 .to = CASE_APPLIED,
			 .ahead = true,
			 .after = STEP(STEP_INTRODUCE) },
	[STEP_CV] = { .from = PREPARING | MENDING,
		      .keeps = MENDING,
		      .to = CASE_CV,
		      .ahead = true,
		      .wants = STEP(STEP_APPLY) },
	/* the committee may verify after the cell has resolved; anew after 12 months */
	[STEP_VERIFY_ASK] = { .from = PREPARING | RESOLVED | MENDING,
			      .keeps = RESOLVED | MENDING,
			      .to = CASE_VERIFYING,
			      .ahead = true,
			      .wants = STEP(STEP_CV),
			      .after = STEP(STEP_CV),
			      .undoes = STEP(STEP_VERIFY) },
	[STEP_VERIFY] = { .from = PREPARING | RESOLVED | MENDING,
			  .keeps = RESOLVED | MENDING,
			  .to = CASE_VERIFIED,
			  .ahead = true,
			  .after = STEP(STEP_VERIFY_ASK),
			  .wants = STEP(STEP_VERIFY_ASK) },
	[STEP_OPINIONS] = { .from = PREPARING | MENDING,
			    .keeps = MENDING,
			    .to = CASE_OPINIONS,
			    .ahead = true },
	[STEP_CELL] = { .from = PREPARING | RESOLVED | STAGE(CASE_RETURNED),
			.to = CASE_CELL,
			.needs = STEP(STEP_APPLY),
			.after = BEFORE_CELL,
			.wants = STEP(STEP_LIST) | STEP(STEP_CERTIFY) | STEP(STEP_HELPER) |
				 STEP(STEP_CV) | STEP(STEP_VERIFY) | STEP(STEP_OPINIONS),
			.undoes = STEP(STEP_COMMITTEE) | STEP(STEP_SUBMIT) | SCREENING,
			.votes = true },
	[STEP_COMMITTEE] = { .from = RESOLVED | STAGE(CASE_RETURNED),
			     .to = CASE_COMMITTEE,
			     .needs = STEP(STEP_CELL),
			     .after = BEFORE_CELL | STEP(STEP_CELL),
			     .wants = STEP(STEP_VERIFY),
			     .undoes = STEP(STEP_SUBMIT) | SCREENING,
			     .votes = true },
	/* a base cell sends its dossier up itself */
	[STEP_SUBMIT] = { .from = RESOLVED | STAGE(CASE_RETURNED),
			  .to = CASE_SUBMITTED,
			  .needs = STEP(STEP_CELL),
			  .after = BEFORE_SUBMIT,
			  .wants = STEP(STEP_COMMITTEE) | STEP(STEP_VERIFY),
			  .undoes = SCREENING },
	[STEP_ASK] = { .from = STAGE(CASE_SUBMITTED) | STAGE(CASE_TO_ASK) | STAGE(CASE_AGREED),
		       .to = CASE_TO_ASK,
		       .needs = STEP(STEP_SUBMIT),
		       .after = BEFORE_SCREEN,
		       .undoes = STEP(STEP_AGREE) },
	[STEP_RETURN] = { .from = STAGE(CASE_SUBMITTED) | STAGE(CASE_TO_ASK) | STAGE(CASE_AGREED),
			  .to = CASE_RETURNED,
			  .needs = STEP(STEP_SUBMIT),
			  .after = BEFORE_SCREEN | STEP(STEP_ASK),
			  .undoes = STEP(STEP_SUBMIT) | STEP(STEP_ASK) | STEP(STEP_AGREE),
			  .reasons = NOT_ADMITTED },
	[STEP_AGREE] = { .from = STAGE(CASE_SUBMITTED) | STAGE(CASE_TO_ASK),
			 .to = CASE_AGREED,
			 .needs = STEP(STEP_SUBMIT),
			 .after = BEFORE_SCREEN | STEP(STEP_ASK),
			 .undoes = STEP(STEP_ASK) },
	/* a grassroots committee with authority to decide has nobody to submit to */
	[STEP_DECIDE] = { .from = STAGE(CASE_COMMITTEE) | STAGE(CASE_SUBMITTED) |
				  STAGE(CASE_AGREED),
			  .to = CASE_DECIDED,
			  .needs = STEP(STEP_CELL),
			  .after = BEFORE_DECISION,
			  .wants = STEP(STEP_COMMITTEE) | STEP(STEP_SUBMIT) | STEP(STEP_AGREE) },
	[STEP_CEREMONY] = { .from = STAGE(CASE_DECIDED),
			    .to = CASE_PROBATION,
			    .needs = STEP(STEP_DECIDE),
			    .after = BEFORE_DECISION | STEP(STEP_DECIDE) },
	[STEP_NEW_CLASS] = { .from = IN_PROBATION,
			     .keeps = IN_PROBATION,
			     .to = CASE_PROBATION,
			     .after = STEP(STEP_CEREMONY) },
	[STEP_REVIEW] = { .from = IN_PROBATION,
			  .to = CASE_REVIEWED,
			  .needs = STEP(STEP_CEREMONY),
			  .after = STEP(STEP_CEREMONY),
			  .wants = STEP(STEP_NEW_CLASS),
			  .votes = true },
	[STEP_RECOGNISE] = { .from = STAGE(CASE_REVIEWED),
			     .to = CASE_RECOGNISED,
			     .needs = STEP(STEP_REVIEW),
			     .after = STEP(STEP_CEREMONY) | STEP(STEP_REVIEW) },
	[STEP_STRIKE_OFF] = { .from = IN_PROBATION,
			      .to = CASE_STRUCK_OFF,
			      .after = EVERYTHING,
			      .reasons = REASON(REASON_NOT_FIT) | REASON(REASON_DROPPED) |
					 REASON(REASON_OTHER) },
	[STEP_END] = { .from = IN_PROBATION,
		       .to = CASE_ENDED,
		       .after = EVERYTHING,
		       .reasons = REASON(REASON_DIED) | REASON(REASON_EXPELLED) |
				  REASON(REASON_LEFT) },
	/* after the decision: it is annulled before a ceremony was held */
	[STEP_REFUSE] = { .from = CANDIDATE | STAGE(CASE_DECIDED),
			  .to = CASE_REFUSED,
			  .after = EVERYTHING,
			  .reasons = NOT_ADMITTED },
	[STEP_WITHDRAW] = { .from = CANDIDATE | STAGE(CASE_DECIDED) | STAGE(CASE_RESTING),
			    .to = CASE_WITHDRAWN,
			    .after = EVERYTHING,
			    .reasons = GONE },
	[STEP_REST] = { .from = CANDIDATE,
			.to = CASE_RESTING,
			.after = EVERYTHING,
			.reasons = PAUSED },
	[STEP_RESUME] = { .from = STAGE(CASE_RESTING),
			  .to = CASE_STAGES,
			  .needs = STEP(STEP_REST),
			  .after = STEP(STEP_REST) },
	[STEP_MOVE] = { .from = MOVABLE, .to = CASE_IN_TRANSIT, .after = EVERYTHING },
	[STEP_MOVED] = { .from = STAGE(CASE_IN_TRANSIT),
			 .to = CASE_MOVED,
			 .needs = STEP(STEP_MOVE),
			 .after = STEP(STEP_MOVE) },
	[STEP_BACK] = { .from = STAGE(CASE_IN_TRANSIT),
			.to = CASE_STAGES,
			.needs = STEP(STEP_MOVE),
			.after = STEP(STEP_MOVE),
			.undoes = STEP(STEP_MOVE) },
};
static_assert(CASE_STAGES <= 31 && STEP_KINDS <= 31 && CASE_REASONS <= 31, "sets are 32 bits");

bool case_may(enum case_stage stage, enum case_step_kind kind, enum case_stage *next)
{
	const struct step_row *row;

	assert(stage < CASE_STAGES && kind < STEP_KINDS);
	row = &rows[kind];
	if (!(row->from & STAGE(stage)))
		return false;
	*next = row->to;
	if ((row->keeps & STAGE(stage)) || (row->ahead && stage > row->to))
		*next = stage;
	return true;
}

bool case_is_over(enum case_stage s)
{
	return (s >= CASE_RECOGNISED && s <= CASE_WITHDRAWN) || s == CASE_MOVED;
}

bool case_is_member(enum case_stage s)
{
	return s >= CASE_PROBATION && s <= CASE_RECOGNISED;
}

uint32_t case_step_reasons(enum case_step_kind kind)
{
	return kind < STEP_KINDS ? rows[kind].reasons : 0;
}

uint32_t case_missing(const struct case_state *c, enum case_step_kind kind, bool base_cell)
{
	uint32_t wants = kind < STEP_KINDS ? rows[kind].wants : 0;

	if (base_cell)
		wants &= ~STEP(STEP_COMMITTEE);
	return wants & ~c->standing;
}

static int check_reason(const struct case_step *s, struct err *e)
{
	uint32_t reasons = rows[s->kind].reasons;

	if (!reasons && s->reason != REASON_NONE)
		return err_set(e, ERR_INVALID, "%s: no reason belongs to it",
			       case_step_text(s->kind));
	if (reasons && s->reason == REASON_NONE)
		return err_set(e, ERR_INVALID, "%s: a reason from the list is needed",
			       case_step_text(s->kind));
	if (reasons && (s->reason >= CASE_REASONS || !(reasons & REASON(s->reason))))
		return err_set(e, ERR_INVALID, "%s: that reason is not one of its list",
			       case_step_text(s->kind));
	return 0;
}

int case_step_check(const struct case_step *s, struct err *e)
{
	int rc;

	if (s->kind <= STEP_NONE || s->kind >= STEP_KINDS)
		return err_set(e, ERR_INVALID, "there is no such step of a case");
	if (s->day < DAY_MIN || s->day > DAY_MAX)
		return err_set(e, ERR_RANGE, "%s: that is not a day", case_step_text(s->kind));
	rc = check_reason(s, e);
	if (rc)
		return rc;
	if (s->votes_for > s->votes_of)
		return err_set(e, ERR_INVALID, "%s: %u votes of %u members",
			       case_step_text(s->kind), s->votes_for, s->votes_of);
	if (s->votes_of && !rows[s->kind].votes)
		return err_set(e, ERR_INVALID, "%s: nobody votes on that", case_step_text(s->kind));
	if (s->exception_count > CASE_EXCEPTIONS_MAX)
		return err_set(e, ERR_RANGE, "%s: too many exceptions", case_step_text(s->kind));
	for (size_t i = 0; i < s->exception_count; i++)
		if (s->exceptions[i].ground <= GROUND_NONE ||
		    s->exceptions[i].ground >= CASE_GROUNDS)
			return err_set(e, ERR_INVALID, "%s: an exception needs a ground",
				       case_step_text(s->kind));
	return 0;
}

static int check_order(const struct case_state *c, const struct case_step *s, struct err *e)
{
	uint32_t after = rows[s->kind].after & c->seen;
	char day[DAY_TEXT_MAX], other[DAY_TEXT_MAX];

	for (int k = STEP_KINDS - 1; k > STEP_NONE; k--) {
		if (!(after & STEP(k)) || c->days[k] <= s->day)
			continue;
		return err_set(e, ERR_RANGE, "%s on %s would be before this: %s on %s",
			       case_step_text(s->kind), day_iso(day, s->day),
			       case_step_text((enum case_step_kind)k), day_iso(other, c->days[k]));
	}
	return 0;
}

static int check_place(const struct case_state *c, const struct case_step *s, enum case_stage *next,
		       struct err *e)
{
	uint32_t lacks = rows[s->kind].needs & ~c->standing;

	if (case_is_over(c->stage))
		return err_set(e, ERR_STATE, "%s: the case is closed (%s)", case_step_text(s->kind),
			       case_stage_text(c->stage));
	for (int k = STEP_NONE + 1; k < STEP_KINDS; k++)
		if (lacks & STEP(k))
			return err_set(e, ERR_STATE, "%s: this must come first: %s",
				       case_step_text(s->kind),
				       case_step_text((enum case_step_kind)k));
	if (!case_may(c->stage, s->kind, next))
		return err_set(e, ERR_STATE, "%s cannot follow now; the case stands at: %s",
			       case_step_text(s->kind), case_stage_text(c->stage));
	return 0;
}

int case_apply(struct case_state *c, const struct case_step *s, struct err *e)
{
	const struct step_row *row;
	enum case_stage next = CASE_NONE;
	int rc = case_step_check(s, e);

	if (!rc)
		rc = check_place(c, s, &next, e);
	if (!rc)
		rc = check_order(c, s, e);
	if (rc)
		return rc;
	row = &rows[s->kind];
	if (s->kind == STEP_REST)
		c->rested = c->stage;
	if (s->kind == STEP_MOVE)
		c->sent = c->stage;
	if (next == CASE_STAGES)
		next = s->kind == STEP_BACK ? c->sent : c->rested;
	c->stage = next;
	if (s->kind == STEP_RESUME)
		c->rested = CASE_NONE;
	if (s->kind == STEP_BACK)
		c->sent = CASE_NONE;
	c->last = c->seen && c->last > s->day ? c->last : s->day;
	c->standing = (c->standing & ~row->undoes) | STEP(s->kind);
	c->seen |= STEP(s->kind);
	c->days[s->kind] = s->day;
	if (s->kind < STEP_WRITTEN) /* one that rests for a reason does so wherever it goes */
		c->reason = case_is_over(c->stage) || c->stage == CASE_RESTING ? s->reason
									       : REASON_NONE;
	return 0;
}

int case_replay(struct case_state *c, const struct case_step *steps, size_t count, size_t *at,
		struct err *e)
{
	*c = (struct case_state){ .stage = CASE_NONE };
	for (*at = 0; *at < count; (*at)++) {
		int rc = case_apply(c, &steps[*at], e);

		if (rc)
			return rc;
	}
	return 0;
}
