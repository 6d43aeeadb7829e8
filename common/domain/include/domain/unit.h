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
	uint32_t parent;
}; /* parent 0: root */
struct tree_kind {
	day_t from;
	uint64_t lsn;
	enum unit_kind kind;
};

struct unit {
	uint32_t unit;
	uint32_t order;
	char *code;
	day_t opened, closed; /* closed 0: open; else the first day on which it is no more */
	uint64_t created_lsn;
	struct tree_name *names;
	size_t name_count; /* ascending by (from, lsn) */
	struct tree_edge *edges;
	size_t edge_count;
	struct tree_kind *kinds;
	size_t kind_count;
	char *act, *contact, *phone, *tags;
};

int tree_new(struct tree **out, struct err *e);
void tree_free(struct tree *t);

/* Add a unit created by `c` at `lsn`. -ERR_EXISTS (number, code, second root), -ERR_NOTFOUND (parent),
 * -ERR_INVALID (under itself, no number or code), -ERR_RANGE (depth), -ERR_NOMEM; nothing changed then. */
struct op_unit;
int tree_add(struct tree *t, const struct op_unit *c, uint64_t lsn, struct err *e);

const struct unit *tree_get(const struct tree *t, uint32_t unit); /* NULL unknown */
const struct unit *tree_by_code(const struct tree *t, struct span code);
size_t tree_count(const struct tree *t);
size_t tree_moves(const struct tree *t);  /* edges beyond the first, of all units */
uint32_t tree_max(const struct tree *t);  /* the greatest number given so far */
uint32_t tree_root(const struct tree *t); /* 0 when empty */

/* On `day`, as known after `lsn` (UINT64_MAX: now). Days before a unit's first row take the first one:
 * whether it existed is unit_alive()'s question. Not known yet at `lsn`: 0, UNIT_NONE, NULL. */
bool unit_alive(const struct unit *u, day_t day);
uint32_t unit_parent(const struct unit *u, day_t day, uint64_t lsn);
enum unit_kind unit_kind_at(const struct unit *u, day_t day, uint64_t lsn);
const char *unit_name_at(const struct unit *u, day_t day, uint64_t lsn);

/* The way up: out[0] is the unit itself, the last one the root. Returns how many (0: unknown). */
size_t tree_path(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
		 uint32_t out[UNIT_DEPTH_MAX]);
bool tree_inside(const struct tree *t, uint32_t unit, uint32_t top, day_t day, uint64_t lsn);

/* Children of `unit` that exist on `day`, in official order then code. `out` lends from the tree until
 * it changes; *count may be 0 (and *out NULL). Readers may call it side by side. */
int tree_children(const struct tree *t, uint32_t unit, day_t day, uint64_t lsn,
		  const struct unit ***out, size_t *count, struct err *e);

/* Every unit, ascending by number. `i` from 0. */
const struct unit *tree_at(const struct tree *t, size_t i);
#endif
