/* What the files that judge ops share: one op on its way to a verdict, and the answers they give. A
 * question (`check_*`) sets *go_on to false when it has refused; a judge (`decide_*`) ends with a verdict
 * in d->out. Both return 0, or a failure of the store. */
#ifndef LEDGER_DECIDE_H
#define LEDGER_DECIDE_H

#include "internal.h"

struct deciding {
	struct ledger *l;
	const struct op *op;
	const struct asker *by;
	int64_t now_ms; /* receive time */
	day_t today;
	struct arena *a; /* of this one op */
	struct decision *out;
	struct err *e;
};

/* ---- decide.c ---- */
int refuse(struct deciding *d, enum op_code code, const char *detail); /* NULL: none */
/* `detail` is cut between characters where it is too long. */
int refuse_span(struct deciding *d, enum op_code code, struct span detail);
int accept(struct deciding *d);
/* An act of the server itself or at its console: set-up and scripts, named in `source`. */
bool console(const struct deciding *d);
/* May the author do this to the op's unit, as it stands on `day`? */
int check_rights(struct deciding *d, enum right right, day_t day, bool *go_on);
/* The same of another unit than the op's: a parent to be, the device that is meant. Unit 0: what holds in
 * the whole store, so only from the root. */
int check_rights_at(struct deciding *d, enum right right, uint32_t unit, day_t day, bool *go_on);
/* A number that a device gives away (of a unit, of a person) is at most that of the entry it comes with:
 * there are never more of them than entries, and nobody uses the numbers up. A part of the log does not
 * know that entry's, and leaves it to the server. */
bool number_too_large(const struct deciding *d, uint32_t number);
/* Had its author, at a device, read what was lost with another log? What allowed the op there may not be back yet. */
bool read_lost(const struct deciding *d);
/* Is it the number of an entry that was lost with another log, whose author had read it there? Another entry has it now, or
 * will have it. */
int number_lost(struct deciding *d, uint64_t lsn, bool *lost);
/* Is there such a unit, alive on `day`? */
int check_unit(struct deciding *d, day_t day, bool *go_on);
/* The same of the day on which it is judged: of an op made in a log that was left, on which it may have been judged there. */
bool alive_now(const struct deciding *d, const struct unit *u);
int check_unit_now(struct deciding *d, bool *go_on);
int check_rights_now(struct deciding *d, enum right right, bool *go_on);

/* What an entry wrote into a sheet of its unit: its own figures, or those of the late op that it lets count; else *out is
 * NULL. *id is whose they are. Programs of before did not look at late ones. */
struct late_sheet_op {
	struct arena *a; /* its own: it is reset */
	struct op op;
};
int sheet_written(const struct op_sheet **out, struct op_id *id, struct deciding *d,
		  const struct entry *en, const struct envelope *env, const struct op *op,
		  struct late_sheet_op *late);

/* ---- decide_sheet.c: figures, signatures, requests ---- */
int decide_sheet(struct deciding *d);
int decide_mark(struct deciding *d);
int decide_request(struct deciding *d);

/* ---- decide_close.c: closings, what comes after them, calendars ---- */
int decide_close(struct deciding *d);
int decide_unlock(struct deciding *d);
int decide_late(struct deciding *d);
int decide_summary(struct deciding *d);
int decide_calendar(struct deciding *d);
/* What an op on a sheet meets: 0 and VERDICT_NONE in `*answer` when the period is open for the unit, else
 * VERDICT_ACCEPTED (its author knew of the closing) or VERDICT_LATE. `*unread`: of the first, the closing was there, and its
 * author's device did not get it. */
int closing_met(struct deciding *d, uint32_t unit, uint8_t form, struct period p,
		enum op_verdict *answer, bool *unread);

/* ---- decide_target.c: targets, bases, published figures ---- */
int decide_target(struct deciding *d);
int decide_draft(struct deciding *d);
int decide_register(struct deciding *d);
int decide_members(struct deciding *d);
int decide_claim(struct deciding *d);

/* ---- decide_follow.c: what is done about units that are behind ---- */
int decide_note(struct deciding *d);
int decide_officer(struct deciding *d);
int decide_group(struct deciding *d);
int decide_commend(struct deciding *d);

/* ---- decide_plan.c: units, and what they report ---- */
int decide_unit(struct deciding *d);
int decide_plan(struct deciding *d);
int decide_form(struct deciding *d);

/* ---- decide_act.c: reorganisation ---- */
int decide_act(struct deciding *d);
int decide_proposal(struct deciding *d);
int decide_act_refusal(struct deciding *d);

/* ---- decide_register.c: persons ---- */
int decide_case(struct deciding *d);
int decide_case_step(struct deciding *d);
int decide_member(struct deciding *d);
int decide_member_end(struct deciding *d);
int decide_forget(struct deciding *d);
int decide_names(struct deciding *d);
int decide_unit_key(struct deciding *d);
/* Does the province keep a register? */
int check_register_on(struct deciding *d, bool *go_on);
/* Another person than the one who asked, by entry `asked_lsn` (0: nobody did), confirms what was asked. */
int check_second(struct deciding *d, uint64_t asked_lsn, uint64_t confirms, bool *go_on);

/* ---- decide_keys.c: keys of units ---- */
int decide_recover(struct deciding *d);

/* ---- decide_correct.c: records corrected field by field ---- */
int decide_correct(struct deciding *d);
/* Had whoever sends this person off read all that other devices corrected? */
int check_sent_whole(struct deciding *d, const uint8_t *person, bool *go_on);

/* What the files of the register share. */
/* The unit is there today, the register is kept, the author may. */
int check_register(struct deciding *d, enum right right, bool *go_on);
/* The unit is there today, or was: what is in its register does not end with it. Programs of before refused that. */
int check_unit_ever(struct deciding *d, bool *go_on);
/* check_register() of what is done with the register of a unit that has ended, too. */
int check_register_left(struct deciding *d, enum right right, bool *go_on);
int check_register_day(struct deciding *d, day_t day, bool *go_on);

/* ---- decide_move.c: persons between units ---- */
int decide_case_move(struct deciding *d);
int decide_member_move(struct deciding *d);

/* ---- decide_control.c: people, devices, the store ---- */
int decide_by_server(struct deciding *d);
int decide_setting(struct deciding *d);
int decide_device(struct deciding *d);
int decide_person(struct deciding *d);
int decide_enrol_code(struct deciding *d);
int decide_clock(struct deciding *d);
#endif
