/* Who may do what to which unit: the table of rights as rows. The role decides what, the device decides
 * where: its unit and the unit in question stand in a relation, on the last day of the period in
 * question and in the tree as known now (registers of persons: today). What else must be true (a
 * reason, a request, a plan, the instrument of a unit's own target) is the ledger's to ask. */
#ifndef DOMAIN_RIGHTS_H
#define DOMAIN_RIGHTS_H

#include "domain/op.h"

enum right {
	RIGHT_READ,     /* figures; names of ancestors may be read by everybody */
	RIGHT_WRITE,    /* write a draft, sign on paper */
	RIGHT_SIGN_OWN, /* sign as oneself */
	RIGHT_RECALL,   /* before acceptance */
	RIGHT_RETURN,
	RIGHT_ACCEPT,
	RIGHT_SUMMARY, /* sign the summary of the unit in question */
	RIGHT_REQUEST,
	RIGHT_ENROL, /* also reset a password */
	RIGHT_REVOKE,
	RIGHT_TARGET,  /* assign or amend; SELF: only the unit's own resolution */
	RIGHT_DRAFT,   /* tell a unit what it is to be given, before it is */
	RIGHT_ANSWER,  /* answer with the unit's own number */
	RIGHT_MEMBERS, /* state a unit's members on a day: what a rate is a rate of */
	RIGHT_ACT,
	RIGHT_PROPOSE, /* an act: in the name of the unit in question */
	RIGHT_PLAN,
	RIGHT_CLOSE,
	RIGHT_UNLOCK,
	RIGHT_FORM,
	RIGHT_CALENDAR,
	RIGHT_SETTING,  /* of the province: house rounding, thresholds, deadlines */
	RIGHT_HEADER,   /* what a unit's papers say of it: its header and who signs them */
	RIGHT_FOLLOW,   /* note what was done about a unit; say who follows it */
	RIGHT_GROUP,    /* with whom a unit is compared */
	RIGHT_COMMEND,  /* put somebody of the unit forward */
	RIGHT_REGISTER, /* write and read persons: of the unit alone, nobody's from above */
	RIGHT_SCREEN, /* of a case that was submitted to the device's unit: screen it, decide on it */
	RIGHT_FORGET,  /* ask for it, and confirm what another person asked for */
	RIGHT_RECOVER, /* the same two steps */
	RIGHT_CLAIM,   /* enter a published figure */
	RIGHT_LOG,     /* read it, as the next three */
	RIGHT_VERIFY,
	RIGHT_RECEIPT,
	RIGHT_CLAIM_READ,
	RIGHTS
};
const char *right_name(enum right r); /* "sign-own"; NULL unknown */

/* Where the unit in question stands, seen from the device's unit. */
enum unit_relation {
	RELATION_ELSEWHERE,
	RELATION_SELF,
	RELATION_DIRECT_CHILD,
	RELATION_BELOW, /* deeper than a direct child */
	RELATION_ABOVE,
	RELATION_ROOT, /* the device stands at the root, and the unit is none (a control op) or is not
			 * in the tree of that day: what a role may do everywhere */
	RELATIONS
};

enum right_answer {
	RIGHT_NO,
	RIGHT_YES,
	RIGHT_ON_BEHALF /* yes, when the op says on whose word (`on_behalf`) and why (`reason`) */
};

/* RIGHT_NO for numbers outside the enums. */
enum right_answer rights_ask(enum right r, enum person_role role, enum unit_relation relation);

/* The relation of `unit` (0: none) to the device's unit, on `day`, in the tree as known after `lsn`.
 * RELATION_ROOT only where nothing nearer holds. */
enum unit_relation rights_relation(const struct tree *t, uint32_t device_unit, uint32_t unit,
				   day_t day, uint64_t lsn);
#endif
