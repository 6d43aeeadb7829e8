/* A case as the log makes it: the steps that stand, in the order of the log, and outcomes that were put beside
 * them by somebody who had not seen them. Pure: decide() asks with it, apply() and the device that has own
 * steps still to be sent fold with it, and all three come to the same.
 *
 * A step names the last one that its author saw (`after`). Nothing came since: it follows on. Something came
 * since that it does not contradict (a helper assigned here, an application taken there): it follows on too.
 * Both say the same: it is one step. Both lead the case to an outcome, and not to the same: the later one
 * stands beside as a *rival*, the one the log had first counts meanwhile, and a person settles it by naming
 * all that they see and the one that is to stand. */
#ifndef DOMAIN_CASE_RECORD_H
#define DOMAIN_CASE_RECORD_H

#include "domain/case_count.h"
#include "domain/op.h"

enum { CASE_ALSO_MAX = 3 };

struct case_held {
	struct op_id id, after;
	struct op_id also
		[CASE_ALSO_MAX]; /* others that said the same: who came after them came after it */
	uint8_t also_count;
	uint64_t lsn;
	struct case_step step;
	uint32_t author_unit, to;
};

struct case_record {
	uint8_t person[PERSON_ID];
	uint32_t unit;
	uint64_t opened_lsn;
	struct op_id record; /* the op whose sealed record stands */
	uint64_t record_lsn;
	struct person_codes codes; /* as corrections left them */
	uint32_t corrected;        /* so many corrections of the record */
	uint32_t body;             /* the unit that decides, once it was submitted; 0 */
	uint64_t forget_asked_lsn, forgotten_lsn;
	struct move_end came, gone; /* from another unit; to another unit */
	struct case_held steps[CASE_STEPS_MAX];
	size_t count;
	struct case_held rivals[CASE_RIVALS_MAX];
	size_t rival_count;
};

/* Open it with an accepted OP_CASE. */
enum op_code case_record_open(struct case_record *r, const struct op *op, struct op_id id,
			      uint64_t lsn, uint32_t author_unit);
/* OP_CASE with `over`: the record written anew. */
enum op_code case_record_over(struct case_record *r, const struct op *op, struct op_id id,
			      uint64_t lsn);
/* OP_CASE_STEP. CODE_OK, or why it cannot be and `r` is unchanged: CODE_VERSION_UNKNOWN (`after`, `settles`
 * name what is not there), CODE_STEP_INVALID, CODE_SHEET_FULL. */
enum op_code case_record_step(struct case_record *r, const struct op *op, struct op_id id,
			      uint64_t lsn, uint32_t author_unit);
/* OP_CASE_MOVE at the sender's end. A sending that contradicts what its author had not seen stands beside, as
 * any outcome; only one that stands goes to the receiver: case_record_stands(). CODE_STEP_INVALID too for a
 * case that is not on its way there, or was taken over. */
enum op_code case_record_leave(struct case_record *r, const struct op *op, struct op_id id,
			       uint64_t lsn, uint32_t author_unit);
bool case_record_stands(const struct case_record *r, struct op_id id);
/* OP_CASE_MOVE at the receiver's end: made by a sending, then taken over, or nobody's. */
enum op_code case_record_arrive(struct case_record *r, const struct op *op, struct op_id id,
				uint64_t lsn);
/* Does the unit have it, so that it counts there and steps may follow? Offered ones not yet, those that went
 * over no more. */
static inline bool case_record_here(const struct case_record *r)
{
	return r->came.state == HANDOVER_NONE || r->came.state == HANDOVER_DONE;
}
/* What its unit counts of it, with the steps in `to` (room for CASE_STEPS_MAX). False: nothing, it is offered
 * or was never taken over. */
bool case_record_entry(struct case_entry *out, struct case_step *to, const struct case_record *r);
/* Where it stands by the steps that count. */
void case_record_state(struct case_state *out, const struct case_record *r);
/* The last step that counts: what the next one comes after. */
struct op_id case_record_last(const struct case_record *r);
struct case_facts person_codes_facts(const struct person_codes *c);
/* Does this kind of step settle something, so that two of them contradict each other? */
bool case_step_is_outcome(enum case_step_kind k);
/* May the body that decides take it, on a case that was submitted to it? */
bool case_step_is_of_body(enum case_step_kind k);
#endif
