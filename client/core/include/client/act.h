/* Acts beside figures (targets, requests, units, people, revocations): judged here by what this device
 * has read, as the server will judge them again, then queued like everything else. */
#ifndef CLIENT_ACT_H
#define CLIENT_ACT_H

#include "client/client.h"

/* Author and device time are filled in. What would be refused is not queued: -ERR_DENIED (outside the
 * table of rights), -ERR_EXISTS, -ERR_INVALID (anything else); *code says why, `e` names the unit and
 * the rule. CODE_OK when the op is malformed and `e` names the field. Own acts that wait
 * here are not seen by this: what builds on one of them is refused until it was sent and read back. */
int act_queue(struct client *c, struct op *op, int64_t now_ms, struct op_id *id, enum op_code *code,
	      struct err *e);

/* The same, unless it waits here already or stands in what this device has read, to the letter: whoever may make it is
 * told so, also where it could not be made once more. `state`: queued; it waits, `id` is its own and `lsn` 0 or what the
 * server said; it stands, by entry `lsn`, which is op `id`. */
struct acted {
	enum { ACT_QUEUED, ACT_WAITS, ACT_STANDS } state;
	struct op_id id;
	uint64_t lsn;
};
int act_once(struct client *c, struct op *op, int64_t now_ms, struct acted *out, enum op_code *code,
	     struct err *e);

/* Judged as by act_queue(), and not queued. */
int act_judge(struct client *c, struct op *op, int64_t now_ms, enum op_code *code, struct err *e);

/* A number for a new unit or person, made without a line: nobody gave it away before what this device has
 * read, and two acts that wait here get two. */
uint32_t act_number(const struct client *c);
/* The first number for units that an act makes: above all that are held here, as an operator at the root holds all; and
 * above those of acts that wait here. */
uint32_t act_unit_number(const struct client *c);
#endif
