/* What the files of the province share. */
#ifndef SUPPORT_PROVINCE_INTERNAL_H
#define SUPPORT_PROVINCE_INTERNAL_H

#include "base/arena.h"
#include "province.h"

/* ---- names (province_names.c) ---- */

/* What an organisation is: decides how large it is, whom it admits, what its cells are called. */
enum trade {
	TRADE_COMMUNE,
	TRADE_TOWN,
	TRADE_AGENCY,
	TRADE_SCHOOL,
	TRADE_HEALTH,
	TRADE_ENTERPRISE,
	TRADE_COOPERATIVE,
	TRADE_POLICE,
	TRADE_ARMY,
	TRADE_BORDER,
	TRADES
};
extern const char *const trade_tags[TRADES];

/* A direct unit. Names of a list stand apart by '|'. */
struct direct_row {
	const char *code, *name, *tag;
	const char *place; /* "huyện Đại Lộc"; "" for those that are no place */
	const char *towns, *wards, *communes; /* communes by sort */
	bool mountain;
	unsigned committees, cells; /* of all grassroots organisations */
};
extern const struct direct_row direct_rows[PROVINCE_DIRECT];

/* A grassroots organisation before it has a number. */
struct naming {
	const char *name, *contact;
	enum trade trade;
	const char *place; /* "xã Đại An" for a commune, else "" */
};

/* The index-th base committee or base cell of a direct unit. False without memory. */
bool name_committee(struct naming *out, const struct direct_row *d, unsigned index,
		    struct arena *a);
bool name_cell(struct naming *out, const struct direct_row *d, unsigned index, struct arena *a);
/* The index-th cell of a committee of `count`. `salt` sets villages apart. NULL without memory. */
const char *name_sub_cell(enum trade trade, bool mountain, const char *place, unsigned index,
			  unsigned count, unsigned salt, struct arena *a);
/* The name of the section that this committee has, NULL for all but PROVINCE_SECTIONS of them. */
const char *name_section(const char *committee);

/* ---- chance (province_random.c) ---- */

struct chance {
	uint64_t s[4];
};

/* A year is added to those that are drawn year by year. */
enum purpose {
	FOR_SUB_CELLS = 1,
	FOR_VILLAGES,
	FOR_TARGETS,
	FOR_SIZES,
	FOR_WEIGHTS,
	FOR_WHOM,
	FOR_ADMISSIONS = 10000,
	FOR_OTHERS = 20000,
};
struct chance chance_of(uint64_t seed, uint64_t purpose);
uint32_t chance_below(struct chance *c, uint32_t bound); /* 0 .. bound-1 */
uint32_t chance_between(struct chance *c, uint32_t least, uint32_t most);
bool chance_percent(struct chance *c, uint32_t percent);

/* Split `total` by weights, exactly: largest remainder, the earlier one on a tie. */
void share_out(int64_t *parts, const uint64_t *weights, size_t count, int64_t total);

/* ---- events (province_events.c) ---- */

/* In the order of the balance. */
enum happening {
	ADMITTED,
	RESTORED,
	IN_SAME,
	IN_OTHER,
	IN_OUTSIDE,
	DIED,
	EXPELLED,
	STRUCK_OFF,
	LEFT,
	OUT_SAME,
	OUT_OTHER,
	OUT_OUTSIDE,
	RECOGNISED,
	HAPPENINGS
};

enum source {
	SRC_VETERAN,
	SRC_STUDENT,
	SRC_ARMED,
	SRC_PRIVATE,
	SRC_AGENCY,
	SRC_RURAL,
	SRC_OTHER,
	SOURCES
};

/* Marks of an admission, in the order of the form; the two of a striking off share the field. */
enum mark {
	MARK_WOMEN,
	MARK_MINORITY,
	MARK_RELIGIOUS,
	MARK_YOUTH_UNION,
	MARK_AGE_18_30,
	MARK_OWNER,
	MARK_FDI,
	MARK_WEAK_HAMLET,
	MARK_READMITTED,
	MARKS,
	MARK_PROBATIONARY = 0,
	MARK_DROPPED = 1,
};

/* One thing that happened to one member. */
struct event {
	day_t day;
	uint16_t org; /* place among the reporters */
	uint8_t what;
	uint8_t source;
	uint16_t marks;
};

/* A reporter, as far as chance is concerned. */
struct org {
	size_t unit;
	uint8_t direct;
	enum trade trade;
	bool committee, mountain;
	int64_t opening;     /* members on 31/12/2019 */
	uint64_t prospect;   /* admissions to expect, against the others' */
	size_t first, count; /* its events */
};

struct province {
	struct arena *arena;
	uint64_t seed;
	int first_year, last_year;
	struct province_unit units[PROVINCE_UNITS];
	size_t unit_count;
	size_t reporters[PROVINCE_GRASSROOTS];
	struct org orgs[PROVINCE_GRASSROOTS];
	int place_of[PROVINCE_UNITS]; /* place among the reporters, -1 */
	size_t direct_first[PROVINCE_DIRECT +
			    1]; /* the reporters of direct unit i: [i] .. [i+1]-1 */
	struct event *events;   /* by organisation, then by day */
	size_t event_count;
	struct province_target targets[2 * (1 + PROVINCE_DIRECT)];
	size_t target_count;
};

/* Fill openings and events of all years there can be. 0, -ERR_NOMEM. */
int events_make(struct province *p, struct err *e);

/* How a happening changes the number of members: +1, -1, 0. */
int happening_sign(enum happening what);
#endif
