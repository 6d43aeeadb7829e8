/* Writing about persons: a case opened, a step taken, members entered. What is sealed is sealed here; keys are durable
 * before the op that needs them is made. Nothing is sent. */
#ifndef CLIENT_CASE_WRITE_H
#define CLIENT_CASE_WRITE_H

#include "client/cases.h"
#include "domain/members.h"

/* All borrowed. */
struct case_writer {
	struct client *c;
	struct keyring *keys;
	struct arena *a;
	int64_t now_ms;
	int (*random)(void *out, size_t len, struct err *e);
};

/* The unit's key, made if it has none yet. The caller wipes it. */
int case_write_unit_key(const struct case_writer *w, struct unit_key *out, struct err *e);

/* A person introduced: `codes` are completed with what follows from the sealed fields. The keys in one commit, what is
 * queued in another behind it. -ERR_INVALID, -ERR_RANGE (a day to come, a birth date that does not fit), -ERR_EXISTS (the
 * card number of another person here), -ERR_DENIED (the role). */
int case_write_open(const struct case_writer *w, const struct person_fields *f,
		    struct person_codes *codes, const struct case_step *first,
		    uint8_t person[PERSON_ID], struct err *e);

/* The op of a step of that case: kind, day, and what comes after what. */
struct op case_write_step_of(const struct case_record *r, enum case_step_kind kind, day_t day);
/* Queue it with what is sealed beside it (NULL: nothing). A dossier without a body goes to the next unit above.
 * Refused in the words of the case where it cannot be; -ERR_NOTFOUND: the key to this case has not come yet. */
int case_write_step(const struct case_writer *w, const struct case_record *r, struct op *op,
		    const struct person_fields *paper, struct err *e);

/* Of two outcomes of a case, number `keep` of the rivals from 1 on, 0 what counts now. The case has rivals, and that many. */
int case_write_settle(const struct case_writer *w, const struct case_record *r, size_t keep,
		      struct span reason, struct err *e);

/* Members of the own unit as another program kept them, but those rows for which `leave` says so: all of them or none, the keys
 * first, then all ops in one commit. */
int case_write_members(const struct case_writer *w, const struct member_list *list,
		       const bool *leave, struct err *e);

/* How a membership of the own unit ended, with the decision beside it, sealed (NULL: none): number, signer, day. The day
 * of a decision is not to come. Refused as `members end` is: the role, a day to come or before they were here, one that
 * has ended, a mistake without a reason. */
struct register_member;
int case_write_end(const struct case_writer *w, const struct register_member *m,
		   const struct op_member_end *end, const struct person_fields *decision,
		   struct span reason, struct err *e);

/* Names were opened: told to the log of their unit. 0 tells nothing. */
int case_write_read(const struct case_writer *w, uint32_t unit, enum names_how how, uint32_t count,
		    struct err *e);
#endif
