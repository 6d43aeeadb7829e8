/* The register of persons as the log makes it: cases, what they add up to, keys of units, who was forgotten.
 * Nothing here opens anything: records are sealed bytes. Outside a batch, except where it says so. */
#ifndef LEDGER_REGISTER_H
#define LEDGER_REGISTER_H

#include "domain/case_record.h"
#include "domain/fixes.h"
#include "domain/form_count.h"
#include "ledger/ledger.h"

/* Does the province keep a register? The setting `register` with the value `off` says no. */
int register_on(struct ledger *l, bool *on, struct err *e);

/* -ERR_NOTFOUND. Also inside a batch. */
int register_case(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		  struct case_record *out, struct err *e);
/* Is there one of this number? */
int register_has_case(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID], bool *has,
		      struct err *e);
/* Cases of one unit (0: of all there are), by unit and id, as committed; `each` returns 0 to go on, 1 to
 * stop, or an error. */
typedef int register_each(void *ctx, const struct case_record *r, struct err *e);
int register_cases(struct ledger *l, uint32_t unit, register_each *each, void *ctx, struct err *e);
/* Their numbers alone, of all there are, whatever they hold. */
int register_case_numbers(struct ledger *l,
			  int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
				      struct err *e),
			  void *ctx, struct err *e);

/* Cases that stand at each stage in the units below `node`, it included, in the tree of `day`. The
 * forgotten ones too. */
int register_funnel(struct ledger *l, uint32_t node, day_t day, int64_t out[CASE_STAGES],
		    struct err *e);
/* Is the register of every unit that stood below `node` on `day` in this part of the log? One that has left the part is read
 * where it stands now, whatever its sheets of then: *left is such a one. */
bool register_is_held(const struct ledger *l, uint32_t node, day_t day, uint32_t *left);
/* What the cases and members below `node` come to, measure by measure; *cases (may be NULL) how many there are. */
int register_count(struct ledger *l, uint32_t node, const struct case_counting *how,
		   int64_t out[CASE_MEASURES], size_t *cases, struct err *e);

/* A member of a unit. */
struct register_member {
	uint8_t person[PERSON_ID];
	uint32_t unit;
	struct person_codes codes;
	day_t admitted, recognised; /* recognised 0: in probation */
	struct op_id record;        /* the op whose sealed record stands, and its entry */
	uint64_t record_lsn;
	uint32_t corrected;    /* so many corrections: codes and days are as they left them */
	enum member_gain gain; /* how they came who were not admitted here, and when */
	day_t gained;
	enum member_end how; /* MEMBER_STAYS: still a member */
	day_t ended;
	struct op_id end; /* the op that said so, and its entry; lsn 0: none, or a move */
	uint64_t end_lsn;
	struct move_end came, gone; /* from another unit; to another unit */
	/* Another outcome of the case that made them one stands by now: nobody counts or shows them. What was written of
	 * them is kept for the day on which it is settled back. */
	bool undone;
};
/* Does the unit have them? Offered ones not yet, nor those it did not take over, nor those whom no case makes any more. */
static inline bool member_here(const struct register_member *m)
{
	return !m->undone && (m->came.state == HANDOVER_NONE || m->came.state == HANDOVER_DONE);
}
/* Their first day with the unit: of admission, or after they came. */
day_t member_first_day(const struct register_member *m);
/* By which ways they came to `unit` and went from it, as forms count them. MOVE_NONE for who was sent from a unit that had
 * ended to one that it had gone over into: that one began with all members it took over, and would count them twice. */
void register_ways(const struct tree *t, uint32_t unit, const struct move_end *came_from,
		   const struct move_end *gone_to, enum case_move *came, enum case_move *went);
/* What its unit counts of it, by ways as they were told. False: nothing, it is offered or was never taken over. */
bool member_entry_of(struct member_entry *out, const struct register_member *m);
/* The member that a recognised case is: of the same number and record, admitted on the day of the ceremony, where there
 * was none on that of the decision. */
void register_member_of_case(struct register_member *out, const struct case_record *r);
/* `m` as the case makes them now: undone, or not, and since when. False: nothing of it changes. */
bool register_member_follow(struct register_member *m, const struct case_record *r);
/* Is it the case of a member who ended as written by mistake? It counts nowhere, as they do. */
int register_is_mistake(struct ledger *l, const struct case_record *r, bool *yes, struct err *e);
/* OP_MEMBER_MOVE at either end, as case_record_leave() and case_record_arrive(). */
enum op_code member_leave(struct register_member *m, const struct op *op);
enum op_code member_arrive(struct register_member *m, const struct op *op, struct op_id id,
			   uint64_t lsn);
/* -ERR_NOTFOUND. Also inside a batch. */
int register_member(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		    struct register_member *out, struct err *e);
/* Of one unit (0: of all there are), as register_cases(). */
int register_members(struct ledger *l, uint32_t unit,
		     int (*each)(void *ctx, const struct register_member *m, struct err *e),
		     void *ctx, struct err *e);

/* Is the person of this number on the way from one unit to the other, a case or a member? Also inside a batch. */
int register_is_offered(struct ledger *l, uint32_t from, uint32_t to,
			const uint8_t person[PERSON_ID], bool *offered, struct err *e);
/* A member of this number who was taken over elsewhere, or was not taken over here. */
int register_went_over(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID], bool *gone,
		       struct err *e);

/* The same for each unit below `node` that has anybody, by number; *out is the caller's to free. */
struct register_unit_count {
	uint32_t unit;
	size_t cases, members;
	size_t in_transit; /* sent off before the end of the period, and arrived nowhere by then */
	int64_t counted[CASE_MEASURES];
};
int register_count_units(struct ledger *l, uint32_t node, const struct case_counting *how,
			 struct register_unit_count **out, size_t *count, struct err *e);
/* What form 2 asks of those admitted, of each unit below `node` that has anybody, by number; *out is the caller's to free.
 * From coded categories alone: ages are known only to devices that may open birth dates. */
struct register_form_count {
	uint32_t unit;
	struct form_counts n;
};
int register_form_counts(struct ledger *l, uint32_t node, const struct case_counting *how,
			 struct register_form_count **out, size_t *count, struct err *e);
/* The day that makes a person admitted in a year: the setting `admitted-by.YEAR`, else `admitted-by`, else the decision. */
int register_counts_by(struct ledger *l, day_t day, enum case_counts *out, struct err *e);

/* What was corrected in the record of a case or member. -ERR_NOTFOUND: nothing ever. Also inside a batch. */
int register_fixes(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
		   struct person_fixes *out, struct err *e);
/* Everybody of a unit (0: of all there are) in whose record anything was, as register_cases(). */
int register_corrected(struct ledger *l, uint32_t unit,
		       int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
				   const struct person_fixes *f, struct err *e),
		       void *ctx, struct err *e);
/* All corrections of one record, those that stand no more too, the newest first; lent during the call. */
struct entry;
typedef int register_correction(void *ctx, const struct entry *en, struct op_id id,
				const struct op *op, struct err *e);
int register_corrections(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
			 register_correction *each, void *ctx, struct err *e);

struct register_key {
	uint32_t unit, generation;
	uint8_t key[PERSON_ID], public_half[32];
	uint64_t lsn, device;
	uint32_t direct;         /* as its author told, 0 not known */
	char code[CODE_MAX + 1]; /* of the unit, the same; empty */
};
/* The unit that made a key and told this code with it, wherever it is: to whom somebody may be sent. The key is the one
 * to seal to. -ERR_NOTFOUND. */
int register_key_by_code(struct ledger *l, struct span code, struct register_key *out,
			 struct err *e);
/* Keys of a unit, in order of their ids: at most `max` of them; *count how many there are. */
int register_unit_keys(struct ledger *l, uint32_t unit, struct register_key *out, size_t max,
		       size_t *count, struct err *e);
/* The one to seal to: of the greatest generation, then of the latest entry. -ERR_NOTFOUND. */
int register_unit_key(struct ledger *l, uint32_t unit, struct register_key *out, struct err *e);

/* Has any unit but this one made a key? */
int register_key_elsewhere(struct ledger *l, uint32_t unit, bool *any, struct err *e);

/* Is this a key of the unit (0: the printed one)? *generation; -ERR_NOTFOUND. Also inside a batch. */
int register_key_known(struct ledger *l, uint32_t unit, const uint8_t key[PERSON_ID],
		       uint32_t *generation, struct err *e);

/* What one person asks for and another confirms. */
struct register_asked {
	uint64_t asked_lsn, lsn; /* of the asking, 0 none; of the confirming entry, 0 not yet */
};
/* Is a member of the unit to be forgotten, or is already? Also inside a batch. */
int register_member_forgotten(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
			      struct register_asked *out, struct err *e);
/* Months for which the record of somebody who was a member is kept. Also inside a batch. */
int register_keep_months(struct ledger *l, unsigned *months, struct err *e);
/* Is this device to be handed the keys of its unit by those above? Also inside a batch. */
int register_recovery(struct ledger *l, uint32_t unit, uint64_t device, struct register_asked *out,
		      struct err *e);
/* All of them of a unit (0: of all there are), by unit and device, as committed; `each` as in register_cases(). Also
 * inside a batch. */
int register_recoveries(struct ledger *l, uint32_t unit,
			int (*each)(void *ctx, uint32_t of, uint64_t device,
				    const struct register_asked *asked, struct err *e),
			void *ctx, struct err *e);

/* The newest entry that says that the key store was filled from a copy; 0 none. */
int register_keys_restored(struct ledger *l, uint64_t *lsn, struct err *e);

/* Persons forgotten by entries after `lsn`, in the order of the log. */
int register_forgotten(struct ledger *l, uint64_t after,
		       int (*each)(void *ctx, uint64_t lsn, uint32_t unit,
				   const uint8_t person[PERSON_ID], struct err *e),
		       void *ctx, struct err *e);
#endif
