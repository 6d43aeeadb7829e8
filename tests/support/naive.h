/* The ledger once more, simple and slow: it keeps every entry it was told and answers each question by
 * going through all of them, or all of their kind. It shares the decoding of entries, ops and forms with the product, and the
 * dates; nothing else. */
#ifndef SUPPORT_NAIVE_H
#define SUPPORT_NAIVE_H

#include "base/arena.h"
#include "domain/form.h"
#include "domain/op.h"
#include "proto/codec.h"

struct naive;

struct naive *naive_new(void);
void naive_free(struct naive *n);

/* The next entry of the log, in order. */
void naive_tell(struct naive *n, struct span entry_bytes);
/* Forget what came after `lsn` (a batch was aborted). */
void naive_forget(struct naive *n, uint64_t lsn);
uint64_t naive_lsn(const struct naive *n);
/* Entry `lsn` names another one by `number`: was that one of a log that was left, behind what is here of it? */
bool naive_lost(const struct naive *n, uint64_t lsn, uint64_t number);

/* A sheet's identity. */
struct naive_key {
	uint32_t unit;
	uint8_t form;
	struct period period;
};
/* Every sheet that an accepted op wrote to, in order of their first op, as known after `known`. */
size_t naive_keys(const struct naive *n, uint64_t known, struct naive_key *out, size_t max);

enum { NAIVE_VERSIONS = 1024, NAIVE_KEYS = 8192 /* no more sheets are told apart */ };
struct naive_version {
	uint16_t measure;
	struct op_id id;
	uint32_t author_unit;
	bool on_behalf, approx;
	enum figure_state state;
	int64_t value;
};
struct naive_sheet {
	struct naive_version v[NAIVE_VERSIONS]; /* current ones, in the order of their entries */
	size_t count;
	uint64_t sign_lsn; /* 0: not signed */
	bool sign_nil, sign_on_behalf;
	bool changed; /* some current version is not covered */
	bool accepted, in_time, returned;
	uint16_t form_version;
};
void naive_sheet(const struct naive *n, struct naive_key k, uint64_t known,
		 struct naive_sheet *out);

/* What stands for one measure: how many different values, and which counts. False: nobody wrote it. */
bool naive_figure(const struct naive_sheet *s, uint16_t measure, uint32_t unit, size_t *values,
		  struct naive_version *winner);
size_t naive_contested(const struct naive_sheet *s, uint32_t unit);
bool naive_provisional(const struct naive_sheet *s);
/* Signed, and a blocking rule does not hold. */
bool naive_broken(const struct naive *n, struct naive_key k, const struct naive_sheet *s);

struct naive_agg {
	uint64_t sheets, signed_, accepted, nil, on_behalf, contested, changed, broken;
	int64_t sum[MEASURE_NO_MAX + 1];
	uint64_t count[MEASURE_NO_MAX + 1];
};
/* Everything below `node` (itself left out) of one period and form, as was, known now. */
void naive_agg(const struct naive *n, uint32_t node, uint8_t form, struct period p,
	       struct naive_agg *out);

/* The tree as known after `known`. */
bool naive_inside(const struct naive *n, uint32_t unit, uint32_t top, uint64_t known);
/* The first closing of the sheet's period for its unit, as of `ms`; 0: open, or open again. */
uint64_t naive_closed(const struct naive *n, struct naive_key k, int64_t ms, uint64_t known);
/* Is it closed by one that a device of `reader` does not get, as the tree is known at `base`? */
bool naive_unread(const struct naive *n, struct naive_key k, uint32_t reader, uint64_t base,
		  int64_t ms, uint64_t known);
/* Late entries on which nobody decided. */
size_t naive_late(const struct naive *n, uint64_t *out, size_t max);
bool naive_inside_on(const struct naive *n, uint32_t unit, uint32_t top, day_t day, uint64_t known);
/* Is there a day from `day` on, as acts say, on which `unit` is inside `top`? */
bool naive_inside_later(const struct naive *n, uint32_t unit, uint32_t top, day_t day);
/* The last day on which `unit` was inside `top` before it left; false: it never was, or has not left. */
bool naive_inside_last(const struct naive *n, uint32_t unit, uint32_t top, day_t today,
		       day_t *last);
bool naive_alive(const struct naive *n, uint32_t unit, day_t day, uint64_t known);
/* Did `unit` go over into one for which `yes` holds, by one act after another? Of acts whose day is to come too. */
bool naive_came_into(const struct naive *n, uint32_t unit,
		     bool (*yes)(const void *ctx, uint32_t unit), const void *ctx);
/* Did it take others over on that day? It begins with their members too, and its end of before says nothing. */
bool naive_took_over(const struct naive *n, uint32_t unit, day_t day);
/* A unit that took over from `unit` by that day, by an act after entry `since`; 0: none. */
uint32_t naive_gone_over(const struct naive *n, uint32_t unit, day_t day, uint64_t since,
			 uint64_t known);
/* What the last word about them was, of entries up to `known`; NULL: none. */
const struct op *naive_person(const struct naive *n, uint32_t person, uint64_t known);
const struct op *naive_device(const struct naive *n, uint64_t device, uint64_t known);
/* Does the plan say that `unit` reports this form (0: any) on every day of `p`, by one statement? */
bool naive_planned(const struct naive *n, uint32_t unit, uint8_t form, struct period p,
		   uint64_t known);
/* Did an act of the entries after `since` take this period out of the plan? */
bool naive_plan_cut(const struct naive *n, uint32_t unit, uint8_t form, struct period p,
		    uint64_t since, uint64_t known);
/* Units in order of their entries; returns how many. */
size_t naive_units(const struct naive *n, uint64_t known, const struct op_unit **out, size_t max);

struct naive_totals {
	int64_t sum[MEASURE_NO_MAX + 1];
	uint64_t count[MEASURE_NO_MAX + 1];
	uint64_t units[UNIT_KINDS];
	uint64_t expected, reported, contested; /* units, units, figures */
	uint64_t sheets_expected, signed_, missing, nil, on_behalf, changed, broken;
	bool covered, has_members;
	int64_t members;
};
void naive_totals(const struct naive *n, uint32_t top, struct period range, uint64_t known,
		  struct naive_totals *out);
/* Under which tree: as it was on each sheet's last day, or as it is on a day. */
struct naive_view {
	bool as_is;
	day_t day;
};
void naive_totals_in(const struct naive *n, const struct naive_view *view, uint32_t top,
		     struct period range, uint64_t known, struct naive_totals *out);
struct period naive_year_before(struct period p);
/* The last entry received at or before `ms`. */
uint64_t naive_lsn_at(const struct naive *n, int64_t ms);
#endif
