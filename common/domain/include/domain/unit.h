/* Units and the dated tree they form. A unit's identity is its number; code, name, kind and parent
 * are properties with dates. Numbers are given by the entry that creates the unit, so that a holder
 * of part of the log agrees with the holder of all of it. */
#ifndef DOMAIN_UNIT_H
#define DOMAIN_UNIT_H

#include "base/dates.h"
#include "domain/limits.h"

/* Order of the field: country > province > direct (whatever stands directly under the province) >
 * intermediate > grassroots (commune, base_committee, base_cell) > section > sub_cell. */
enum unit_kind {
	UNIT_NONE,
	UNIT_COUNTRY,
	UNIT_PROVINCE,
	UNIT_DIRECT,
	UNIT_INTERMEDIATE,
	UNIT_COMMUNE,
	UNIT_BASE_COMMITTEE,
	UNIT_BASE_CELL,
	UNIT_SECTION,
	UNIT_SUB_CELL,
	UNIT_KINDS
};
const char *unit_kind_name(enum unit_kind k);     /* as in tree.csv */
enum unit_kind unit_kind_parse(struct span text); /* UNIT_NONE when unknown */
/* A grassroots organisation (TCCSĐ): base committee or base cell, or a commune in a national tree. */
bool unit_kind_grassroots(enum unit_kind k);

bool unit_code_valid(struct span code);

/* The tree in memory, as known after some entry. Owns copies of all text. */
struct tree;

struct tree_name {
	day_t from;
	uint64_t lsn;
	char *text;
};
struct tree_edge {
	day_t from;
	uint64_t lsn;
	uint32_t parent, order;
}; /* parent 0: root */
struct tree_kind {
	day_t from;
	uint64_t lsn;
	enum unit_kind kind;
};
struct tree_life {
	day_t from;
	uint64_t lsn;
	bool open; /* from that day on it exists, or it does not */
};
/* What an act handed over: all of it (merged into), or a share of ACT_SHARE_WHOLE (split). */
struct tree_link {
	day_t from;
	uint64_t lsn;
	uint32_t into, share;
	bool merged;
};

struct unit {
	uint32_t unit;
	uint32_t order; /* among its siblings now */
	char *code;
	/* As known now. closed 0: open; else the first day on which it is no more. */
	day_t opened, closed;
	day_t closed_first; /* what its creation said; acts since are in `lives` */
	uint64_t created_lsn;
	struct tree_name *names;
	size_t name_count; /* ascending by (from, lsn) */
	struct tree_edge *edges;
	size_t edge_count;
	struct tree_kind *kinds;
	size_t kind_count;
	struct tree_life *lives; /* ends and reopenings by acts */
	size_t life_count;
	struct tree_link *links; /* to its successors */
	size_t link_count;
	char *act, *contact, *phone, *tags;
};

int tree_new(struct tree **out, struct err *e);
void tree_free(struct tree *t);
/* The tree of a holder of a part of the log: parents, successors and other units that it was not told of
 * are passed over, and acts are not judged again. */
void tree_set_part(struct tree *t);

/* Add a unit created by `c` at `lsn`. -ERR_EXISTS (number, code, second root), -ERR_NOTFOUND (parent),
 * -ERR_INVALID (under itself, no number or code), -ERR_RANGE (depth), -ERR_NOMEM; nothing changed then. */
struct op_unit;
int tree_add(struct tree *t, const struct op_unit *c, uint64_t lsn, struct err *e);

/* Units added from now on can be taken back, those of before no more. */
void tree_settle(struct tree *t);
/* Takes back what tree_add() added since. Pointers to these units end; it cannot fail. */
void tree_take_back(struct tree *t);

/* What an act makes of `t`, as a tree of its own; `t` stays as it is, whatever happens. Judged in order, all
 * or none: -ERR_INVALID names the unit and the rule (`at`, may be NULL, is its number), -ERR_NOMEM. Plans
 * are no business of the tree's. */
struct op_act;
int tree_after(struct tree **out, const struct tree *t, const struct op_act *act, uint64_t lsn,
	       uint32_t *at, struct err *e);
/* Would it be refused? A part judges too, as far as it holds the units that the act names: 0 where it does not hold
 * them all. Errors as of tree_after(). */
int tree_judge(const struct tree *t, const struct op_act *act, uint64_t lsn, struct err *e);
/* Put back what acts have said of a unit that tree_add has made, as read from a row: all arrays of `was`
 * without the first names, edge and kind. -ERR_NOMEM, -ERR_NOTFOUND. */
int tree_restore(struct tree *t, uint32_t unit, const struct unit *was, struct err *e);
/* Did the entry change or create this unit? */
bool unit_changed_by(const struct unit *u, uint64_t lsn);

const struct unit *tree_get(const struct tree *t, uint32_t unit); /* NULL unknown */
const struct unit *tree_by_code(const struct tree *t, struct span code);
size_t tree_count(const struct tree *t);
size_t tree_moves(const struct tree *t); /* edges beyond the first, of all units */
size_t tree_links(const struct tree *t); /* to successors, of all units */
/* Did others go over into the unit, whole or in part, with effect from just this day? */
bool tree_took_over(const struct tree *t, uint32_t unit, day_t day);
uint32_t tree_max(const struct tree *t);  /* the greatest number given so far */
uint32_t tree_root(const struct tree *t); /* 0 when empty */

/* On `day`, as known after `lsn` (UINT64_MAX: now). Days before a unit's first row take the first one:
 * whether it existed is unit_alive()'s question. Not known yet at `lsn`: 0, UNIT_NONE, NULL. */
bool unit_alive(const struct unit *u, day_t day); /* as known now */
bool unit_alive_at(const struct unit *u, day_t day, uint64_t lsn);
/* The first day on which it is no more, as known after `lsn`; 0: open. */
day_t unit_closed_at(const struct unit *u, uint64_t lsn);
uint32_t unit_parent(const struct unit *u, day_t day, uint64_t lsn);
enum unit_kind unit_kind_at(const struct unit *u, day_t day, uint64_t lsn);
const char *unit_name_at(const struct unit *u, day_t day, uint64_t lsn);

/* The way up: out[0] is the unit itself, the last one the root. Returns how many (0: unknown). */
size_t tree_path(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
		 uint32_t out[UNIT_DEPTH_MAX]);
bool tree_inside(const struct tree *t, uint32_t unit, uint32_t top, day_t day, uint64_t lsn);

/* Is there a day from `day` on, as far as acts are known now, on which `unit` is inside `top`? */
bool tree_inside_later(const struct tree *t, uint32_t unit, uint32_t top, day_t day);
/* The last day on which `unit` was inside `top`, as acts are known now; false: there was none. A day without an end is
 * INT32_MAX. */
bool tree_inside_last(const struct tree *t, uint32_t unit, uint32_t top, day_t *last);
/* Does some unit stand elsewhere on the last of these days than on the first? */
bool tree_moved_in(const struct tree *t, day_t from, day_t to);
/* All days around `day` on which everybody stands where they stand on it, as known now. */
struct period tree_still(const struct tree *t, day_t day);

/* The unit that stands for `unit` on `day`: itself, or what it was merged into, one after another. A split
 * has no single successor: it stays itself. */
uint32_t tree_successor(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn);
/* Units that were merged into `unit`, and into those, by then; never `unit` itself. Ascending; returns
 * how many there are, at most `max` of them in `out`. */
size_t tree_predecessors(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
			 uint32_t *out, size_t max);

/* One by one from i = 0, NULL after the last: what ever stood directly under `unit`; what went over into it, once for each
 * time. */
const struct unit *tree_ever_child(const struct tree *t, uint32_t unit, size_t i);
const struct unit *tree_taken(const struct tree *t, uint32_t unit, size_t i);
/* Adds `unit` and all that ever stood below it, on whatever day, to the `count` numbers in `out`, each once. Returns how
 * many there are then; above `max`, there were more than fit, and `out` has only some. */
size_t tree_ever_below(const struct tree *t, uint32_t unit, uint32_t *out, size_t count,
		       size_t max);

/* The same of any number of units, ascending; the caller frees *out. An unknown unit has none. */
int tree_subtree(const struct tree *t, uint32_t unit, uint32_t **out, size_t *count, struct err *e);

/* Children of `unit` that exist on `day`, in official order then code. `out` lends from the tree until
 * it changes; *count may be 0 (and *out NULL). Readers may call it side by side. */
int tree_children(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
		  const struct unit ***out, size_t *count, struct err *e);

/* Every unit, ascending by number. `i` from 0. */
const struct unit *tree_at(const struct tree *t, size_t i);
#endif
