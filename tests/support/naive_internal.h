/* What the naive model is made of, for its own files. */
#ifndef SUPPORT_NAIVE_INTERNAL_H
#define SUPPORT_NAIVE_INTERNAL_H

#include "naive.h"

struct told {
	enum op_kind
		accepted; /* its kind, when it is readable and was accepted: asked of all, over and over */
	struct entry en;
	struct envelope env;
	struct op op;
	bool readable;
	struct form *form; /* of an accepted OP_FORM */
};

/* A unit and what acts said of it, in their order. */
enum { ROWS = 32, TREE_UNITS = 2048, FORMS_TOLD = 64, MOVE_DAYS = 1024 };
struct grown {
	const struct op_unit *u;
	struct {
		day_t from;
		uint32_t parent;
	} edges[ROWS];
	struct {
		day_t from;
		bool open;
	} lives[ROWS];
	struct {
		day_t from;
		uint32_t into;
	} merged[ROWS];
	struct {
		day_t from;
		enum unit_kind kind;
	} kinds[ROWS];
	struct {
		day_t from;
		uint32_t into;
		uint64_t lsn;
	} links[ROWS]; /* to those that took over, by merger or split */
	size_t edge_count, life_count, merged_count, kind_count, link_count;
};

/* Days in a row on which one statement of the plan held. */
struct run {
	uint8_t form;
	enum plan_step step;
	struct period days;
	uint64_t lsn;
};
/* A unit's runs in a range: the same as long as the statements are that they follow from, and the forms. */
enum { KEPT = 16384, KEPT_RUNS = 8 };
struct kept_runs {
	uint64_t age; /* of the model; another one's is nothing */
	uint32_t unit;
	struct period range;
	size_t said, forms, count;
	uint64_t last; /* of those statements */
	struct run v[KEPT_RUNS];
};

/* Which entries a question goes through: those of a kind, in order. In a province's log few are sheets. */
enum kind_of {
	OF_SHEETS, /* accepted sheets, decisions on late ones, marks; with the unit that they write to */
	OF_PLANS,     /* units, plans, acts; with the unit, 0: several */
	OF_TREE,      /* units and acts */
	OF_DECISIONS, /* on late ones */
	OF_CLOSINGS,  /* and unlocks */
	OF_REFUSED,   /* sheets that were not accepted, late ones too */
	OF_LATE,
	KINDS_OF
};
struct one_of {
	uint32_t at, unit;
};
struct all_of {
	struct one_of *v;
	size_t count, cap;
};

struct naive {
	struct grown *tree; /* as after `tree_upto` of OF_TREE: made anew for other questions */
	size_t tree_count, tree_upto;
	uint16_t place[TREE_UNITS]; /* in the tree, by number; 0: nowhere */
	day_t moves[MOVE_DAYS];     /* on which some unit came to another parent, each once */
	size_t move_count;
	struct all_of of[KINDS_OF];
	uint64_t age;             /* how often it forgot */
	size_t forms[FORMS_TOLD]; /* which entries are accepted forms */
	size_t form_count;
	struct kept_runs *runs; /* KEPT of them, each in its place */
	struct arena *a;
	struct told *told;
	size_t count, cap;
};

/* naive.c: ends the program */
_Noreturn void naive_no_good(const char *what);
size_t naive_upto(const struct naive *n, uint64_t known);
static inline bool naive_accepted(const struct told *t, enum op_kind kind)
{
	return t->accepted == kind;
}
/* How many of a kind are among the entries up to `known`. */
size_t naive_count_of(const struct naive *n, enum kind_of kind, uint64_t known);
struct op_id naive_id_of(const struct told *t);
const struct form *naive_form_newest(const struct naive *n, uint8_t no);
const struct form *naive_form_of(const struct naive *n, uint8_t no, uint16_t version);
bool naive_forms_share(const struct form *a, const struct form *b);

/* naive_sheet.c: the sheet op that entry `t` puts into a sheet, if it does: its own, or the late one it
 * decides on. */
const struct told *naive_sheet_of(const struct naive *n, const struct told *t);
bool naive_first_of_measure(const struct naive_sheet *s, size_t i);

/* naive_tree.c */
void naive_grow_tree(const struct naive *n, uint64_t known);
struct grown *naive_grown(const struct naive *n, uint32_t unit);
bool naive_alive_then(const struct grown *g, day_t d);
enum unit_kind naive_kind_on(const struct grown *g, day_t d);
/* As it is on the view's day: where the last one stands that it was merged into. */
bool naive_inside_as(const struct naive *n, const struct naive_view *v, uint32_t unit, uint32_t top,
		     day_t last, uint64_t known);

/* naive_plan.c: what the plan said of one day, statement after statement */
struct said {
	struct {
		uint8_t form;
		enum plan_step step;
		uint64_t lsn;
	} v[16];
	size_t count;
};
/* The entries that say something of the unit's plan: asked of day by day, they are looked for once. */
struct sayings {
	const struct told *v[64];
	size_t count;
};
struct sayings naive_sayings(const struct naive *n, uint32_t unit, uint64_t known);
struct said naive_plan_on(const struct naive *n, uint32_t unit, const struct sayings *all, day_t d);
#endif
