/* What the register comes to in a period, beside what was typed: for `case count`, and wherever a sheet is typed or
 * signed. No names are opened; the numbers of those behind a figure are told where this device may open them. */
#ifndef CLIENT_CLI_COUNTING_H
#define CLIENT_CLI_COUNTING_H

#include "case_ask.h"

#include "client/roll.h"
#include "domain/case_count.h"

enum { BEHIND_SHOWN = 20 };

struct counted_member {
	uint8_t person[PERSON_ID];
	uint32_t unit;
	int8_t adds[CASE_MEASURES];
};

struct counting {
	struct cli *c;
	const struct unit *unit;
	struct case_counting how;
	struct field_rules rules;
	struct cases *all;
	struct case_entry *entries;
	struct counted_member *members;
	size_t count, member_count;
	size_t register_count; /* of the members, those that no case made */
	size_t cases; /* who went over is counted for what was here, and is a case elsewhere */
	int64_t counted[CASE_MEASURES], funnel[CASE_STAGES];
	struct operand typed[CASE_MEASURES];
	bool has_sheet, has_rules;
};

/* Count. `k` is to be closed whatever comes back. */
int counting_open(struct counting *k, struct cli *c, const struct unit *u, struct period p);
void counting_close(struct counting *k);
/* Is there anybody in it? A unit without a register types all itself, and is told nothing. */
bool counting_any(const struct counting *k);
/* Does the register know this measure? Without members it knows of them nothing but those in probation. */
bool counting_knows(const struct counting *k, enum case_measure m);
/* Take what stands on the sheet (typed, or signed before) to hold it against. */
void counting_type(struct counting *k, const struct entry_sheet *s);
/* The same with the sheet of that period as it stands here, where the unit reports it. */
void counting_look(struct counting *k);
size_t counting_differs(const struct counting *k, struct case_difference out[CASE_MEASURES]);

/* For a sheet that is being typed or signed: false where there is nothing to hold it against (another form, no register, or
 * it cannot be counted here): a sheet never waits for the register. `k` is to be closed where it is true. */
bool counting_beside(struct counting *k, struct cli *c, const struct unit *u,
		     const struct entry_sheet *s, struct period p);

/* {measure, typed, counted, cases, members} of each difference. */
json_t *counting_json(const struct counting *k);
/* The same as lines of a warning. */
void counting_tell(const struct counting *k, FILE *to);
/* Fill what is blank on the sheet, never over what was typed. *filled: how many. */
int counting_fill(const struct counting *k, struct entry_sheet *s, size_t *filled);
#endif
