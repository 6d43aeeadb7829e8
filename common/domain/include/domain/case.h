/* The way of one person from being introduced to full membership: stages, and the steps that lead from
 * one to the next. Plain values without names: a step is what an op will carry, and a case is what its
 * steps add up to. Nothing here reads a clock or a store.
 *
 * Three kinds of judgement are kept apart. What cannot be (a decision before the cell's resolution, a step
 * from a stage that it does not follow on) is refused here with words. What ought to be there and is not (a
 * verification, a certificate) is told by case_missing(), and terms, ages and votes are judged by the dated
 * rules of case_rule.h; both only warn, since lawful exceptions exist, and a step carries the ground of its
 * exception.
 *
 * One case is followed by one list of steps in the order of the log. Two clerks who advance one case apart
 * from each other are the ledger's concern: it merges field by field and puts two outcomes to a person;
 * case_replay() then takes the list that came out, and names the step that does not fit.
 *
 * Numbers of papers, names and the exact birth date are sealed (they stand beside the step, never in
 * it); of a verification nothing is kept but its day and that it is done.
 *
 * Stages and papers follow guidance 12-HD/BTCTW of 18/1/2022 (forms 1-KND to 14-KND) to the regulations on
 * the Party Statutes (29-QD/TW of 2016, 24-QD/TW of 30/7/2021, 232-QD/TW and 294-QD/TW of 2025). */
#ifndef DOMAIN_CASE_H
#define DOMAIN_CASE_H

#include "base/dates.h"

/* Where a case stands: the furthest point reached. Before the cell's resolution several things go on side by
 * side, so that a later one may come first. Numbered for ever. */
enum case_stage {
	CASE_NONE = 0,
	CASE_INTRODUCED = 1, /* quần chúng ưu tú, introduced by a union */
	CASE_LISTED = 2,     /* cảm tình Đảng: on the cell's list by resolution */
	CASE_IN_CLASS = 3,   /* sent to the awareness class */
	CASE_CERTIFIED = 4,
	CASE_HELPED = 5, /* full members were assigned to help */
	CASE_APPLIED = 6,
	CASE_CV = 7,
	CASE_VERIFYING = 8,
	CASE_VERIFIED = 9,
	CASE_OPINIONS = 10,  /* of unions and of the residence cell, brought together */
	CASE_CELL = 11,      /* the cell resolved */
	CASE_COMMITTEE = 12, /* the grassroots (or sectional) committee resolved */
	CASE_SUBMITTED = 13, /* the dossier is with the body that decides */
	CASE_TO_ASK = 14,    /* screened: a question is open */
	CASE_RETURNED = 15,  /* screened: back to be mended */
	CASE_AGREED = 16,    /* screened: nothing against it */
	CASE_DECIDED = 17,
	CASE_PROBATION = 18,  /* the ceremony was held */
	CASE_REVIEWED = 19,   /* the cell resolved on recognition */
	CASE_RECOGNISED = 20, /* full member: the end */
	CASE_STRUCK_OFF = 21, /* ends too, as the three below */
	CASE_ENDED = 22,      /* died, was expelled or left as a probationary member */
	CASE_REFUSED = 23,
	CASE_WITHDRAWN = 24,
	CASE_RESTING = 25,    /* until it is taken up again where it stood */
	CASE_IN_TRANSIT = 26, /* sent off to another unit, which has not taken it over yet */
	CASE_MOVED = 27,      /* the other unit has taken it over: goes on there */
	CASE_STAGES = 28
};

enum case_step_kind {
	STEP_NONE = 0,
	STEP_INTRODUCE = 1,
	STEP_LIST = 2,
	STEP_SEND = 3,    /* to the class */
	STEP_CERTIFY = 4, /* the class's certificate; the day is the certificate's */
	STEP_HELPER = 5,
	STEP_APPLY = 6,       /* 1-KND */
	STEP_CV = 7,          /* 2-KND */
	STEP_VERIFY_ASK = 8,  /* the letter went out */
	STEP_VERIFY = 9,      /* the answer is there */
	STEP_OPINIONS = 10,   /* 3-KND to 5-KND */
	STEP_CELL = 11,       /* 6-KND */
	STEP_COMMITTEE = 12,  /* 7-KND, 8-KND */
	STEP_SUBMIT = 13,     /* the dossier goes up */
	STEP_ASK = 14,        /* screening: to ask */
	STEP_RETURN = 15,     /* screening: returned */
	STEP_AGREE = 16,      /* screening: agreed */
	STEP_DECIDE = 17,     /* 9-KND */
	STEP_CEREMONY = 18,   /* probation begins */
	STEP_NEW_CLASS = 19,  /* finished the class for new members */
	STEP_REVIEW = 20,     /* the cell resolves on recognition */
	STEP_RECOGNISE = 21,  /* the committee decides on it */
	STEP_STRIKE_OFF = 22, /* not fit after probation, or gave up activity */
	STEP_END = 23,        /* probationary membership ended otherwise */
	STEP_REFUSE = 24,     /* by cell, committee or the body that decides */
	STEP_WITHDRAW = 25,   /* the person no longer wishes, or is gone */
	STEP_REST = 26,
	STEP_RESUME = 27,
	/* Between two units; written by moves alone, never by themselves. */
	STEP_MOVE = 28,  /* sent off to another unit */
	STEP_MOVED = 29, /* taken over there */
	STEP_BACK = 30,  /* not taken over, or called back */
	STEP_KINDS = 31,
	STEP_WRITTEN = STEP_MOVE /* those below it are written one by one */
};

/* Why a case did not go on. Coded, so that it can be counted without opening anything. */
enum case_reason {
	REASON_NONE = 0,
	REASON_OWN_WISH = 1,
	REASON_MOVED = 2, /* moved away, no contact */
	REASON_HEALTH = 3,
	REASON_DIED = 4,
	REASON_NOT_FIT =
		5,        /* conditions or standards are not met: never what a verification found */
	REASON_VOTES = 6, /* under two thirds */
	REASON_DISCIPLINE = 7,
	REASON_PAPERS = 8, /* incomplete, or to be made anew */
	REASON_EDUCATION = 9,
	REASON_AGE = 10,
	REASON_CERTIFICATE = 11, /* lapsed */
	REASON_AWAY = 12,        /* works, studies or serves elsewhere for a time */
	REASON_TIME = 13,        /* a term ran out */
	REASON_DROPPED = 14,     /* gave up party activity */
	REASON_EXPELLED = 15,
	REASON_LEFT = 16, /* asked to leave */
	REASON_OTHER = 17,
	CASE_REASONS = 18
};

/* Why a rule did not hold lawfully. */
enum case_ground {
	GROUND_NONE = 0,
	GROUND_CONSENT = 1,   /* written consent of the provincial standing committee */
	GROUND_EXTENSION = 2, /* the one extension was granted */
	GROUND_AREA = 3,      /* mountain, border, island or minority area */
	GROUND_FISHERMAN = 4,
	GROUND_ELDER = 5,    /* village elder */
	GROUND_APPROVED = 6, /* the level above approved it */
	GROUND_ABROAD = 7,   /* the verification goes abroad */
	GROUND_OTHER = 8,
	CASE_GROUNDS = 9
};

enum { CASE_EXCEPTIONS_MAX = 4, CASE_STEPS_MAX = 96 /* of one case */ };

struct case_exception {
	uint8_t rule; /* enum case_rule_code */
	uint8_t ground;
};

struct case_step {
	enum case_step_kind kind;
	day_t day;
	enum case_reason reason; /* where case_step_reasons() asks for one */
	/* Resolutions: full members, and how many of them were for it; 0 of 0 where not written down. */
	uint16_t votes_for, votes_of;
	struct case_exception exceptions[CASE_EXCEPTIONS_MAX];
	uint8_t exception_count;
};

/* What the steps add up to. */
struct case_state {
	enum case_stage stage;
	enum case_stage rested; /* CASE_RESTING: where it stood */
	enum case_stage sent;   /* CASE_IN_TRANSIT, CASE_MOVED: where it stood */
	uint32_t standing; /* a bit per step that stands: a new resolution of the cell takes those
				   after it away, a return the submission */
	day_t days
		[STEP_KINDS]; /* of the last step of each kind, standing or not; 0 with no bit in `seen` */
	uint32_t seen;
	day_t last;              /* of the last step */
	enum case_reason reason; /* of the step that ended it or put it to rest */
};

/* Between which units somebody moves, as forms 1 and the monthly form tell them apart. */
enum case_move { MOVE_NONE, MOVE_SAME_DIRECT, MOVE_OTHER_DIRECT, MOVE_OUTSIDE };

#define CASE_BIT(kind) (UINT32_C(1) << (kind))
static inline bool case_has(const struct case_state *c, enum case_step_kind kind)
{
	return c->standing & CASE_BIT(kind);
}

/* What holds of a step whatever the case: kind, day, reason from the step's list, votes, exceptions.
 * -ERR_INVALID or -ERR_RANGE. */
int case_step_check(const struct case_step *s, struct err *e);

/* Take the step. -ERR_STATE when it cannot follow or something must come before it, -ERR_RANGE when its day
 * is before that of a step it follows on; `c` is unchanged then. */
int case_apply(struct case_state *c, const struct case_step *s, struct err *e);

/* All steps in order; on failure *at is the one that does not fit, and `c` the case before it. */
int case_replay(struct case_state *c, const struct case_step *steps, size_t count, size_t *at,
		struct err *e);

/* May this step follow at this stage, whatever papers are there? *next is where it leads (CASE_STAGES:
 * back to where it rested). */
bool case_may(enum case_stage stage, enum case_step_kind kind, enum case_stage *next);

/* Steps that ought to stand before `kind` and do not, as bits: to warn. A base cell has no committee above
 * it within its organisation, so that none is missing. */
uint32_t case_missing(const struct case_state *c, enum case_step_kind kind, bool base_cell);

bool case_is_over(enum case_stage s);   /* nothing can follow */
bool case_is_member(enum case_stage s); /* in probation, or recognised */

/* Reasons that may be given with a step, as bits by number; 0: none is asked for, none may be given. */
uint32_t case_step_reasons(enum case_step_kind kind);

/* The codes are for files and JSON ("in-class", "verify-ask"), NULL for what is none; the texts are msgids. */
const char *case_stage_code(enum case_stage s);
const char *case_stage_text(enum case_stage s);
const char *case_step_code(enum case_step_kind k);
const char *case_step_text(enum case_step_kind k);
const char *case_reason_code(enum case_reason r);
const char *case_reason_text(enum case_reason r);
const char *case_ground_code(enum case_ground g);
const char *case_ground_text(enum case_ground g);
bool case_stage_parse(enum case_stage *out, struct span code);
#endif
