/* What the files of entering share. */
#ifndef CLIENT_ENTRY_INTERNAL_H
#define CLIENT_ENTRY_INTERNAL_H

#include "client/entry.h"
#include "internal.h"

/* One sheet as its author sees it. */
struct seen_sheet {
	struct sheet sheet;
	struct draft draft;
};

struct entry_sheet {
	struct client *c;
	const struct form *form;
	struct draft_key key;
	uint64_t request;
	enum entry_age age;
	int64_t now_ms;
	bool on_behalf;
	struct seen_sheet seen;
	bool has_prev;
	struct period prev_period;
	struct seen_sheet prev;
	struct operand
		from[MEASURES_MAX]; /* of each measure of the form, what it comes from says */
};

/* Base, own ops and draft. An empty one is no error. */
int seen_open(struct client *c, const struct draft_key *k, struct seen_sheet *out, struct err *e);
struct operand seen_operand(const struct seen_sheet *s, uint32_t unit, uint16_t measure);

/* The period before `p` for which the unit reports this form. *any false: none. */
int period_before(struct client *c, uint32_t unit, const struct form *f, struct period p,
		  struct period *out, bool *any, struct err *e);

/* May a sheet of its period be written now? One older than the two periods before this one if `old_ok`. */
int entry_check_age(const struct entry_sheet *s, bool old_ok, struct err *e);

/* Type a figure without asking whether it is one to type. */
int entry_put(struct entry_sheet *s, uint16_t measure, enum figure_state state, int64_t value,
	      struct err *e);
/* -ERR_INVALID for a computed measure that would say something else than what is computed. */
int entry_check_computed(const struct entry_sheet *s, const struct measure *m,
			 enum figure_state state, int64_t value, struct err *e);

/* Fill s->from: of measures from sheets and of the unit, by its sheets as seen here now. */
int entry_read_from(struct entry_sheet *s, struct err *e);
/* Unknown where the form has nothing it comes from, or the sheets do not tell. */
struct operand entry_from(const struct entry_sheet *s, const struct measure *m);

/* What stood at the end of the period before: its sheet, else the opening figure. */
struct operand entry_prev(struct entry_sheet *s, uint16_t measure);
/* ids of the versions of a measure that stand on the screen. Returns how many. */
size_t entry_versions(const struct entry_sheet *s, uint16_t measure,
		      struct op_id out[SHEET_OPS_MAX]);
#endif
