/* Places by what was reached, on exact ratios. 1, 2, 2, 4: whoever is equal has the same place, and stands
 * in official order inside it. In the unit's emulation group and among all. A unit that cannot be compared
 * fairly is listed apart, with the reason, and takes no place from anybody. */
#ifndef DOMAIN_RANK_H
#define DOMAIN_RANK_H

#include "base/err.h"
#include "domain/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rank_by { RANK_BY_ATTAINMENT, RANK_BY_RATE, RANK_BY_COUNT, RANK_BYS };
const char *rank_by_name(enum rank_by b);     /* "attainment", "rate", "count" */
enum rank_by rank_by_parse(const char *name); /* RANK_BYS: unknown */

/* Why a unit has no place; the first that holds. */
enum rank_apart {
	RANK_PLACED,
	RANK_NO_SOURCE,     /* no eligible people left */
	RANK_SHEET_MISSING, /* a due sheet of it, or of a unit below, is not there */
	RANK_NOT_REPORTED,  /* nothing is known at all */
	RANK_NO_TARGET,     /* by attainment */
	RANK_LIMIT,         /* by attainment: a number not to be exceeded has none */
	RANK_SMALL_TARGET,  /* by attainment: under the setting; 7 of 3 is "7/3", not 233 % */
	RANK_NO_MEMBERS,    /* by rate */
	RANK_APARTS
};
/* "", "no-source", "sheet-missing", "not-reported", "no-target", "limit", "small-target", "no-members" */
const char *rank_apart_name(enum rank_apart a);

enum { RANK_SMALL_TARGET_DEFAULT = 5, RANK_GROUP_MAX = GROUP_NAME_MAX + 1, RANK_TAGS_MAX = 1024 };

struct rank_row {          /* rows stand in official order */
	const char *group; /* as rank_group() names it */
	bool has_value, has_goal, has_members, no_source, limit;
	int64_t value, goal, members;
	uint64_t missing; /* due sheets that are not there */
};

struct rank_place {
	enum rank_apart apart;
	uint32_t overall, overall_of; /* place among all, and how many have one; 0 apart */
	uint32_t in_group, in_group_of;
	bool tied; /* somebody else has the same place among all */
};

/* `out` and `order` have room for `count`. order: rows as they are listed, those with a place first, by
 * place; the others in official order. `small`: targets under it are listed apart. -ERR_NOMEM. */
int rank_rows(struct rank_place *out, size_t *order, const struct rank_row *rows, size_t count,
	      enum rank_by by, int64_t small, struct err *e);

/* The emulation group that the unit's tags (blanks, commas or semicolons between) put it into: the NAME of
 * a tag `group=NAME`; else "armed" for army, police and border guard, "locality" for localities, communes
 * and towns, and "bloc" for everybody else. Lends from `out`. */
const char *rank_group(char out[RANK_GROUP_MAX], const char *tags);
#endif
