/* A province that never was, in the shape of one that is: Quảng Nam on 22/9/2022. What was published of
 * it is met exactly: 388 base committees + 765 base cells, 2 sections, 3,346 cells below, 71,087 members,
 * 1,336 admitted since 1/1, 1,640 to admit by decision 426-QĐ/TU and 1,500 by resolution. Everything
 * below those totals is drawn from the seed: no figure of a unit is anybody's, nobody is named, and no
 * telephone rings (0235.0xx.xxx is not given out). The names of places are those of 2022, and the tree
 * stays as it was then, in 2025 too.
 *
 * The same seed gives the same answers on every machine, and a month's figures do not depend on which
 * years were asked for. Integers only; no clock, no random source of the system. */
#ifndef SUPPORT_PROVINCE_H
#define SUPPORT_PROVINCE_H

#include "base/buf.h"
#include "base/dates.h"

enum {
	PROVINCE_YEAR_MIN = 2020,
	PROVINCE_YEAR_MAX = 2025,
	PROVINCE_DIRECT = 22,
	PROVINCE_COMMITTEES = 388,
	PROVINCE_CELLS = 765,
	PROVINCE_GRASSROOTS = PROVINCE_COMMITTEES + PROVINCE_CELLS,
	PROVINCE_SECTIONS = 2,
	PROVINCE_SUB_CELLS = 3346,
	PROVINCE_UNITS = 1 + PROVINCE_DIRECT + PROVINCE_GRASSROOTS + PROVINCE_SECTIONS +
			 PROVINCE_SUB_CELLS,
	PROVINCE_MEMBERS = 71087,
	PROVINCE_ADMITTED = 1336,
	PROVINCE_DECISION = 1640,
	PROVINCE_RESOLUTION = 1500,
	PROVINCE_FIGURES_MAX = 40, /* of one sheet */
};

struct province;

/* Make it, for whole years within PROVINCE_YEAR_MIN and MAX. -ERR_RANGE, -ERR_NOMEM. */
int province_new(struct province **out, uint64_t seed, int first_year, int last_year,
		 struct err *e);
void province_free(struct province *p);

struct province_unit {
	const char *code, *kind, *name; /* kind as in tree.csv */
	const char *tags, *contact,
		*phone; /* "" where there is none; contact is an office, not a person */
	int parent;     /* index of the unit above, -1 for the province */
	uint32_t order; /* among its siblings, from 1 */
	bool reports;   /* the grassroots organisations do, nobody else */
};

/* Units stand in official order, each before those below it; index 0 is the province. They lend from
 * the province. */
size_t province_unit_count(const struct province *p);
const struct province_unit *province_unit(const struct province *p, size_t unit);

/* The units that report: PROVINCE_GRASSROOTS indices in official order. Base committees of a direct unit
 * stand before its base cells. */
const size_t *province_reporters(const struct province *p);

/* All units were opened on the last day before the first year: the day of the opening figures. */
day_t province_opened(const struct province *p);
day_t province_last(const struct province *p); /* the last day there are figures for */

/* Members at the end of `day`, from province_opened() to province_last(). Sections and the cells of a
 * committee have no count of their own: -1. */
int64_t province_members(const struct province *p, size_t unit, day_t day);

/* One figure of forms/monthly.ini or flash.ini. Nil is 0; what is not there is blank. */
struct province_figure {
	const char *measure;
	int64_t value;
};

/* The sheet of a reporting unit, as a clerk writes it: every required measure, of-which and source
 * measures where their parent is above zero, `recognised` where there was any; members_begin is computed
 * and so never here, the other optional measures are not made. Ordered as in the form. Returns how many
 * figures; 0 for a unit that does not report or days outside the years. */
size_t province_month(const struct province *p, size_t unit, int year, int month,
		      struct province_figure out[PROVINCE_FIGURES_MAX]);
/* The flash of `day`: flows from the first of its month up to it, members at its end. */
size_t province_flash(const struct province *p, size_t unit, day_t day,
		      struct province_figure out[PROVINCE_FIGURES_MAX]);
/* Nothing happened in the reporting unit that month: one act signs it. */
bool province_nil(const struct province *p, size_t unit, int year, int month);

/* Targets for 2022: the province's two, then both of each direct unit; each set adds up exactly. None
 * where 2022 is not among the years. They lend from the province. */
struct province_target {
	size_t unit;
	const char *instrument, *doc_no, *doc_date, *issuer, *reason; /* "" where there is none */
	int64_t value;
};
size_t province_targets(const struct province *p, const struct province_target **out);

/* The files of section "files in" of the contract, header row included, appended to `out`; a failure is
 * left in out->failed. province_members_csv has the opening figure of the province, of each direct
 * unit and of each reporter. */
void province_tree_csv(const struct province *p, struct buf *out);
void province_members_csv(const struct province *p, struct buf *out);
void province_targets_csv(const struct province *p, struct buf *out);

/* Sheets of one month or of one flash, at most `rows_max` rows (not less than PROVINCE_FIGURES_MAX) and
 * never half a sheet. *next is the place in province_reporters() to begin with and, afterwards, to go on
 * with; PROVINCE_GRASSROOTS when all are written. Returns the number of rows. */
size_t province_month_csv(const struct province *p, int year, int month, size_t rows_max,
			  size_t *next, struct buf *out);
size_t province_flash_csv(const struct province *p, day_t day, size_t rows_max, size_t *next,
			  struct buf *out);
#endif
