/* The rules of admission as dated rows: ages, education, terms, votes. The file (rules/admission.csv) says of
 * each its value, from which day it is in force, its source, and whether that source has been read. A
 * changed regulation is a row, not a build. The row in force on the day of the step applies, however late
 * it is looked at.
 *
 *	code,from,value,unit,kind,source,source_vi
 *	decision-days,2016-07-25,60,working-days,rule,"29-QĐ/TW, 4.3",
 *
 * `unit`: months, working-days, level (1 reads and writes, 2 primary, 3 lower secondary, 4 upper secondary),
 * times, or share (value `2/3`). `kind`: `rule` for what a text in force says, `unverified` for a rule whose
 * text has not been read, `plan` for a planning figure that no text sets and a province may change. `source_vi`:
 * the source for people who read Vietnamese; without that column, or empty, they read `source`.
 *
 * Rules warn with their source and never block: lawful exceptions exist, and a step carries the ground of
 * its own. The one that does block is keep-months: what has to be kept is not forgotten. */
#ifndef DOMAIN_CASE_RULE_H
#define DOMAIN_CASE_RULE_H

#include "base/arena.h"
#include "domain/calendar.h"
#include "domain/case.h"

/* Numbered for ever: a step's exception names one. */
enum case_rule_code {
	CASE_RULE_NONE = 0,
	CASE_RULE_AGE_MIN = 1, /* months, at the cell's resolution */
	CASE_RULE_AGE_MAX = 2,
	CASE_RULE_EDUCATION = 3,          /* at least this level */
	CASE_RULE_CERTIFICATE_MONTHS = 4, /* how long a class certificate holds */
	CASE_RULE_HELPER_MONTHS = 5,      /* of work together before the cell resolves */
	CASE_RULE_VERIFY_DAYS = 6,        /* to answer, inland */
	CASE_RULE_VERIFY_ABROAD_DAYS = 7,
	CASE_RULE_VERIFY_MONTHS = 8,       /* how long a verification holds */
	CASE_RULE_VOTES = 9,               /* of the full members */
	CASE_RULE_DECISION_DAYS = 10,      /* from the cell's resolution */
	CASE_RULE_EXTENSION_DAYS = 11,     /* the one extension of that */
	CASE_RULE_CEREMONY_DAYS = 12,      /* from the decision */
	CASE_RULE_PROBATION_MONTHS = 13,   /* from the ceremony */
	CASE_RULE_REVIEW_DAYS = 14,        /* from the end of probation to the cell's resolution */
	CASE_RULE_RECOGNITION_DAYS = 15,   /* from there to the decision */
	CASE_RULE_READMISSION_MONTHS = 16, /* out of the Party */
	CASE_RULE_READMISSIONS = 17,       /* how often at most */
	CASE_RULE_PLAN_COMMITTEE = 18, /* plans: from the cell's to the committee's resolution */
	CASE_RULE_PLAN_SUBMIT = 19,    /* from there to the dossier going up */
	CASE_RULE_PLAN_SCREEN = 20,    /* from there to the agreement */
	CASE_RULE_PLAN_DECIDE = 21,    /* from there to the decision */
	CASE_RULE_PLAN_CLASS = 22,     /* from being sent to the certificate */
	CASE_RULE_KEEP_MONTHS = 23,    /* a member's record, from the end of the membership */
	/* plans: of dossiers at a stage, the part that is admitted before the year ends if nothing is late. They are
	 * believed until the province's own past years tell */
	CASE_RULE_CHANCE_CELL = 24, /* in the order of the stages from CASE_CELL to CASE_DECIDED */
	CASE_RULE_CHANCE_COMMITTEE = 25,
	CASE_RULE_CHANCE_SUBMITTED = 26,
	CASE_RULE_CHANCE_TO_ASK = 27,
	CASE_RULE_CHANCE_RETURNED = 28,
	CASE_RULE_CHANCE_AGREED = 29,
	CASE_RULE_CHANCE_DECIDED = 30,
	CASE_RULES = 31,
	CASE_RULES_EXCEPTED = 24 /* a step's exception names one below this */
};

enum case_rule_unit { UNIT_MONTHS, UNIT_WORKING_DAYS, UNIT_LEVEL, UNIT_TIMES, UNIT_SHARE };
enum case_rule_kind { CASE_RULE_UNVERIFIED, CASE_RULE_RULE, CASE_RULE_PLAN };

struct case_rule {
	enum case_rule_code code;
	day_t from;
	enum case_rule_unit unit;
	enum case_rule_kind kind;
	uint32_t value, of; /* `of`: of a share, else 0 */
	char *source,
		*source_vi; /* for people in English and Vietnamese; one where the file has no other */
};

struct case_rules {
	struct case_rule *rows; /* ascending by code and day */
	size_t count;
};

/* Lends from `a`. Refused, with the line: an unknown code, unit or kind, the unit of another rule, a day or
 * value that is none, one code twice from the same day, no source. */
int case_rules_parse(struct case_rules *out, struct span csv, struct arena *a, struct err *e);

/* The one in force on `day`; NULL before the first. */
const struct case_rule *case_rule_at(const struct case_rules *r, enum case_rule_code code,
				     day_t day);

const char *case_rule_code_name(enum case_rule_code code); /* "decision-days", NULL */
const char *case_rule_text(enum case_rule_code code);      /* a msgid: what it is about */

/* The same day so many months later; the last day of a shorter month. */
day_t months_after(day_t d, int months);
/* Backwards: the last day from which so many months are over on `to`. */
day_t months_back(day_t to, int months);
/* Whole months from `a` to `b`: 0 when `b` is earlier. */
unsigned months_between(day_t a, day_t b);

enum case_education {
	EDUCATION_UNKNOWN,
	EDUCATION_LITERATE,
	EDUCATION_PRIMARY,
	EDUCATION_LOWER_SECONDARY,
	EDUCATION_UPPER_SECONDARY
};

/* What a judgement needs and only those may know who can open the record. 0 and unknown: not judged. */
struct case_person {
	bool birth_known, left_known;
	day_t birth;
	enum case_education education;
	bool readmission;
	day_t left;         /* the Party, before */
	uint8_t readmitted; /* how often already */
};

struct case_finding {
	const struct case_rule *rule;
	uint32_t found; /* in the rule's unit; of a share: the votes for it, `of` the members */
	uint32_t of;
	enum case_ground ground; /* the exception that the step records, GROUND_NONE */
	bool doubtful; /* counted over unverified holidays, or beyond what the file knows */
};
enum { CASE_FINDINGS_MAX = 12 };

/* Which rules does the step not keep, on the case as it stood before? Those with a ground are found too.
 * Only votes, ages, education and terms; case_missing() tells what papers lack. Returns how many.
 * The term of the ceremony is counted from the day of the decision: when it was received is not kept. */
size_t case_judge(struct case_finding out[CASE_FINDINGS_MAX], const struct case_rules *rules,
		  const struct holidays *h, const struct case_state *before,
		  const struct case_step *step, const struct case_person *person);
#endif
