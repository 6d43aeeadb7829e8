/* Figures that follow from cases: what the monthly form would have if nobody typed it. Only coded categories
 * are needed, so that a level which may open no names counts the same as the unit itself. Pure: period, day
 * and rules are arguments.
 *
 * Measures are those of the monthly form (forms/monthly.ini; rows of forms 1 and 2 of guidance 11-HD/BTCTW of
 * 2021). Only what cases know is counted: full members who die, leave or move are the register of members'. */
#ifndef DOMAIN_CASE_COUNT_H
#define DOMAIN_CASE_COUNT_H

#include "domain/deadline.h"
#include "domain/form.h"
#include "domain/register.h"

/* In the order in which they are tried: the first that fits is the main source, exactly one each. */
enum case_source {
	SOURCE_VETERAN,
	SOURCE_STUDENT,
	SOURCE_ARMED,
	SOURCE_PRIVATE,
	SOURCE_AGENCY,
	SOURCE_RURAL,
	SOURCE_OTHER,
	CASE_SOURCES
};
/* `fits`: a bit per source. Where none fits, other. */
enum case_source case_main_source(uint8_t fits);

/* Coded at the event; nothing here says who it is. */
struct case_facts {
	bool woman, minority, religious, youth_union, age_18_30, owner, fdi, weak_hamlet,
		readmitted;
	uint8_t sources; /* a bit per enum case_source that fits */
};

/* A case as one unit holds it. What was written here until its last day here is counted here, all else where
 * the case was then: nobody counts twice, and between two units nobody stands in either. */
struct case_entry {
	uint64_t id;
	struct case_facts facts;
	const struct case_step *steps; /* all of them, in the order of the log */
	size_t count;
	size_t brought; /* came_over: so many of them, the first, came along; the others were written here */
	bool came_over, went_over; /* from another unit on held_from, to another on held_to */
	enum case_move came, went;
	day_t held_from, held_to; /* first and last day here */
	day_t arrives; /* went_over: first day at the other unit; until then it is on its way */
};

/* Which day makes a person admitted: a setting of the province, fixed per year, the same at all levels. */
enum case_counts { COUNTS_DECISION, COUNTS_CEREMONY };

struct case_counting {
	struct period period; /* stocks are those at its end */
	enum case_counts counts;
	const struct case_rules *rules; /* for what is overdue; NULL: that is not counted */
	const struct holidays *holidays;
};

enum case_measure {
	CM_ADMITTED,
	CM_WOMEN,
	CM_MINORITY,
	CM_RELIGIOUS,
	CM_YOUTH_UNION,
	CM_AGE_18_30,
	CM_OWNER,
	CM_FDI,
	CM_WEAK_HAMLET,
	CM_READMITTED,
	CM_SOURCE, /* the first of CASE_SOURCES, in their order */
	CM_DIED = CM_SOURCE + CASE_SOURCES,
	CM_EXPELLED,
	CM_STRUCK_OFF,
	CM_STRUCK_OFF_PROBATIONARY,
	CM_STRUCK_OFF_DROPPED,
	CM_LEFT,
	CM_IN_SAME_DIRECT,
	CM_IN_OTHER_DIRECT,
	CM_IN_OUTSIDE,
	CM_OUT_SAME_DIRECT,
	CM_OUT_OTHER_DIRECT,
	CM_OUT_OUTSIDE,
	CM_PROBATIONARY, /* a stock */
	CM_SYMPATHISERS, /* a stock: listed, not decided on, not at rest */
	CM_CLASS_SENT,
	CM_CLASS_CERTIFIED,
	CM_SUBMITTED, /* a dossier that went up twice is two */
	CM_RETURNED,
	CM_WAITING, /* a stock: with the body that decides */
	CM_RECOGNISED,
	CM_OVERDUE, /* a stock */
	CM_NEW_CLASS,
	CM_MEMBERS, /* a stock: members on the list, in probation too */
	CM_RESTORED,
	CASE_MEASURES
};
const char *case_measure_code(enum case_measure m); /* as in monthly.ini */

/* What one case adds to each measure. Steps behind one that does not fit are not counted: false. */
bool case_contribution(int8_t out[CASE_MEASURES], const struct case_entry *c,
		       const struct case_counting *how);
/* Sums of all; returns how many cases hold a step that does not fit. */
size_t case_count(int64_t out[CASE_MEASURES], const struct case_entry *cases, size_t count,
		  const struct case_counting *how);
/* The cases behind a figure, in their order: how many there are, the first `cap` of them in `ids`. */
size_t case_behind(uint64_t *ids, size_t cap, const struct case_entry *cases, size_t count,
		   const struct case_counting *how, enum case_measure m);

/* ---- members, as the unit's register has them ---- */

struct member_entry {
	struct case_facts facts;
	day_t admitted, recognised; /* recognised 0: in probation */
	enum member_end how;
	day_t ended;
	bool came_over, went_over; /* as a case_entry */
	enum case_move came, went;
	day_t held_from, held_to;
	day_t sent; /* came_over: the last day that counts where they came from */
	enum member_gain gain;
	day_t gained;
	bool of_case; /* the case of the same person counts all but how it ended */
};
/* What one member adds. Whoever was written down by mistake adds nothing. */
void member_contribution(int8_t out[CASE_MEASURES], const struct member_entry *m,
			 const struct case_counting *how);
/* Does a register of so many cases and members know it whole? Without members it knows of those who are in probation
 * alone. */
bool case_measure_known(enum case_measure m, size_t cases, size_t members);

/* Shared with member_count.c: somebody admitted, with what they are. */
void case_count_admission(int8_t out[CASE_MEASURES], const struct case_facts *f);

/* Typed beside counted. A blank is no difference: nobody has said anything yet. */
struct case_difference {
	enum case_measure measure;
	int64_t typed, counted;
};
size_t case_compare(struct case_difference out[CASE_MEASURES],
		    const struct operand typed[CASE_MEASURES],
		    const int64_t counted[CASE_MEASURES]);
/* Those that say something: of what the register knows in part, only that more was counted than typed. */
size_t case_compare_known(struct case_difference *list, size_t count, size_t cases, size_t members);

/* Cases of the unit by the stage they have reached on a day. */
void case_funnel(int64_t out[CASE_STAGES], const struct case_entry *cases, size_t count, day_t day);

/* Admitted in the period until `today`, and dossiers (from the cell's resolution on) that can still make it by
 * the end of the period: no remaining step is past its last safe day. */
struct case_forecast {
	int64_t admitted, can_make_it, too_late;
	bool doubtful; /* some of it was counted over days that nobody verified or knows */
};
int case_forecast(struct case_forecast *out, const struct case_entry *cases, size_t count,
		  const struct case_counting *how, day_t today, struct err *e);
#endif
