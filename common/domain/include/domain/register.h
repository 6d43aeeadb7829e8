/* The register of persons as ops carry it: who a person is stays sealed, what may be counted stands beside it.
 * The sealed bytes are made and opened in crypto/person.h; here they are bytes. Payloads of kinds 57, 64, 65,
 * 72 to 75. */
#ifndef DOMAIN_REGISTER_H
#define DOMAIN_REGISTER_H

#include "domain/case.h"

enum {
	PERSON_ID = 16,         /* drawn at random when the case is opened; says nothing */
	CASE_SEALED_MAX = 2048, /* bytes of a sealed record */
	PAPER_SEALED_MAX = 512, /* of what is sealed beside a step */
	CASE_RIVALS_MAX = 8,    /* outcomes that stand beside the one that counts */
	CASE_SETTLES_MAX = CASE_RIVALS_MAX + 1
};

/* Fields of a person's record that are corrected one by one. Numbered for ever: below 32 those of person_fields.h,
 * which are sealed. */
enum fix_field {
	FIX_SEALED_FIRST = 1, /* PF_NAME */
	FIX_SEALED_LAST = 11, /* PF_READMITTED */
	FIX_FACT = 32,        /* one for each of enum person_fact, by its bit */
	FIX_FACT_LAST = 39,
	FIX_SOURCES = 40,
	FIX_AGE = 41,
	FIX_EDUCATION = 42,
	FIX_OCCUPATION = 43,
	FIX_DEGREE = 44,
	FIX_TITLE = 45,
	FIX_MARKS = 46,
	FIX_ADMITTED = 48, /* of a member */
	FIX_RECOGNISED = 49,
	FIX_END = 50
};
enum {
	FIX_TAG = 16,
	FIX_SEALED_MAX = 640,
	FIXES_MAX = 28, /* fields there are, and so in one op */
	FIX_OVER_MAX = 16,
	FIX_VERSIONS_MAX = 8 /* of one field, side by side */
};

enum age_band {
	AGE_UNKNOWN,
	AGE_18_30,
	AGE_31_35,
	AGE_36_40,
	AGE_41_45,
	AGE_46_50,
	AGE_51_55,
	AGE_56_60,
	AGE_OVER_60,
	AGE_BANDS
};
/* The band of somebody born then, in whole years on `day`; under 18 and unborn: AGE_UNKNOWN. */
enum age_band age_band_of(day_t birth, day_t day);
const char *age_band_code(enum age_band b); /* "18-30" */

/* Coded at the event and in clear. Bits by number, for ever. */
enum person_fact {
	FACT_WOMAN = 1 << 0,
	FACT_MINORITY = 1 << 1,
	FACT_RELIGIOUS = 1 << 2,
	FACT_YOUTH_UNION = 1 << 3,
	FACT_OWNER = 1 << 4,
	FACT_FDI = 1 << 5,
	FACT_WEAK_HAMLET = 1 << 6,
	FACT_READMITTED = 1 << 7,
	FACTS_ALL = (1 << 8) - 1
};
/* What form 2 asks of a person admitted: rows II.1 and II.4 to II.5 of form 2-BTCTW, guidance 11-HD/BTCTW (2021).
 * Numbered for ever; 0: not written down. */
enum person_occupation {
	OCCUPATION_UNKNOWN,
	OCCUPATION_STATE,     /* officials of the state, district and above */
	OCCUPATION_PARTY,     /* of Party, Front and unions, district and above */
	OCCUPATION_COMMUNE,   /* officials and part-timers of communes */
	OCCUPATION_HAMLET,    /* part-timers of hamlets */
	OCCUPATION_SERVICE,   /* employees of public service units */
	OCCUPATION_NONPUBLIC, /* of service units that are not public */
	OCCUPATION_MANAGER,   /* of enterprises: managers, office staff, direct workers */
	OCCUPATION_OFFICE,
	OCCUPATION_WORKER,
	OCCUPATION_FARM, /* agriculture, forestry, fishery */
	OCCUPATION_ARMED,
	OCCUPATION_STUDENT,
	OCCUPATION_PUPIL,
	OCCUPATION_OTHER,
	OCCUPATIONS
};
enum person_degree {
	DEGREE_UNKNOWN,
	DEGREE_NONE,
	DEGREE_WORKER, /* technical worker, elementary */
	DEGREE_INTERMEDIATE,
	DEGREE_COLLEGE,
	DEGREE_UNIVERSITY,
	DEGREE_MASTER,
	DEGREE_DOCTOR,
	DEGREES
};
enum person_title { TITLE_NONE, TITLE_ASSOCIATE, TITLE_PROFESSOR, TITLES };
/* Rows 2.I.4 and 2.I.5. Bits by number, for ever. */
enum person_mark {
	PERSON_POLICY = 1 << 0,  /* broke population policy */
	PERSON_FOREIGN = 1 << 1, /* married to a foreigner */
	PERSON_MARKS_ALL = (1 << 2) - 1
};
/* Words for command lines and files: "farm", "college", "lower-secondary"; NULL none. */
const char *person_occupation_code(unsigned occupation);
const char *person_degree_code(unsigned degree);
const char *person_title_code(unsigned title);
const char *person_education_code(unsigned education);
const char *person_mark_code(unsigned bit); /* from 0 */

struct person_codes {
	uint8_t facts;   /* enum person_fact */
	uint8_t sources; /* a bit per enum case_source */
	enum age_band age;
	uint8_t education;  /* enum case_education */
	uint8_t occupation; /* enum person_occupation */
	uint8_t degree;     /* enum person_degree */
	uint8_t title;      /* enum person_title */
	uint8_t marks;      /* enum person_mark */
};
bool person_codes_hold(const struct person_codes *c); /* nothing beyond its range */
enum person_list { LIST_OCCUPATION, LIST_DEGREE, LIST_TITLE, LIST_EDUCATION, LIST_MARKS };
/* `word` of that list into `c`; marks add up. False: the list has no such word. "" is not written down. */
bool person_codes_word(struct person_codes *c, enum person_list list, struct span word);

/* How a membership ended in a unit, for form 1. */
enum member_end {
	MEMBER_STAYS,
	MEMBER_DIED,
	MEMBER_EXPELLED,
	MEMBER_STRUCK_OFF,
	MEMBER_LEFT,
	MEMBER_OUTSIDE, /* moved to another province */
	MEMBER_MISTAKE, /* was written down by mistake: counts nowhere */
	/* Between two units; written by moves alone. */
	MEMBER_IN_TRANSIT,
	MEMBER_MOVED,
	MEMBER_ENDS,
	MEMBER_WRITTEN = MEMBER_IN_TRANSIT /* those below it are written one by one */
};
const char *member_end_code(enum member_end how); /* "struck-off" */
const char *member_end_text(
	enum member_end how); /* "struck off the list", a msgid; NULL: it has not ended */

/* How somebody came onto the unit's list who was not admitted there, for form 1. */
enum member_gain {
	GAIN_NONE,     /* admitted, or there when the register began */
	GAIN_OUTSIDE,  /* arrived from another province, with the papers of there */
	GAIN_RESTORED, /* membership restored by a decision */
	MEMBER_GAINS
};
const char *member_gain_code(enum member_gain gain); /* "outside"; "none" */

/* Somebody goes over from one unit to another: both ends agree, and what is known goes along. The one who
 * sends says it first; the person has another number there, and another key, so that whoever could open
 * the record here opens nothing of what is written there. */
enum move_what {
	MOVE_WHAT_NONE,
	MOVE_SEND = 1,   /* Body.unit sends, `other` is to take over */
	MOVE_TAKE = 2,   /* Body.unit takes over from `other` */
	MOVE_REFUSE = 3, /* Body.unit does not: they stay with `other` */
	MOVE_RECALL = 4, /* Body.unit sent, and calls back what `other` has not taken over */
	MOVE_WHATS
};

/* How far it is, as each end has it. */
enum handover {
	HANDOVER_NONE,
	HANDOVER_OPEN, /* on the way */
	HANDOVER_DONE, /* taken over */
	HANDOVER_BACK, /* refused or called back: the record at the receiver's is nobody's */
	HANDOVERS
};
struct move_end {
	enum handover state;
	enum case_move way;
	uint32_t unit;             /* at the other end */
	uint8_t person[PERSON_ID]; /* the number there */
	day_t sent, taken;
};

struct moved_step {
	struct case_step step;
	struct span sealed; /* the number of its paper, for the receiver */
};

struct op_member_end {
	uint8_t person[PERSON_ID];
	enum member_end how;
	day_t day;
	struct span
		sealed; /* the decision: its number, who signed it and when; empty: none was told */
};

/* What was read of names, for the log of the unit that they belong to. */
enum names_how { NAMES_NONE, NAMES_OPENED, NAMES_SEARCHED, NAMES_EXPORTED, NAMES_PRINTED };

struct op_names {
	enum names_how how;
	uint32_t count; /* of persons */
};

/* How long the record of somebody who was a member is kept, from the end of the membership, unless the setting
 * `register.keep-months` says otherwise: as the row keep-months of rules/admission.csv. */
enum { MEMBER_KEEP_MONTHS = 840 };

/* Why somebody is forgotten. */
enum forget_why { FORGET_NONE, FORGET_NOT_ADMITTED, FORGET_OWN_RIGHT };

struct op_forget {
	uint8_t person[PERSON_ID];
	enum forget_why why;
	uint64_t confirms; /* 0: asks; else the lsn of the asking, by another person */
};

/* A unit's key was made on a device: its public half, so that others can seal to the unit. The key itself
 * travels only as a wrap. */
struct op_unit_key {
	uint8_t key[PERSON_ID]; /* its id */
	uint8_t public_half[32];
	uint32_t generation;
	/* For those who do not know the unit otherwise and may send somebody there: its code, and the number of
	 * the unit on its path that stands directly under the root. */
	struct span code;
	uint32_t direct;
};

/* Recovery: the unit above opens what was sealed to it of a unit's keys, and hands them to one device of that unit.
 * Two persons of units above: the first asks (`confirms` 0), another confirms by naming the lsn of the asking. */
struct op_recover {
	uint64_t device;
	uint64_t confirms;
};
#endif
