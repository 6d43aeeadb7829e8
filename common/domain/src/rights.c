#include "domain/rights.h"

/* A cell is a set of relations in which the answer is yes, and one in which it is "on behalf". */
enum {
	SELF = 1 << RELATION_SELF,
	CHILD = 1 << RELATION_DIRECT_CHILD,
	DEEPER = 1 << RELATION_BELOW,
	ROOT = 1 << RELATION_ROOT,
	BELOW = CHILD | DEEPER,
	SUBTREE = SELF | BELOW,
	/* "all": of the subtree in which the device stands, and everything when that is the root */
	ALL = SUBTREE | ROOT,
};

struct cell {
	uint8_t yes, on_behalf;
};

struct row {
	const char *name;
	struct cell clerk, approver, operator, auditor;
};

/* One row per right; behind it the row of the table of rights (design, section 3) that it comes from.
 * The table's column "superior's clerk / approver" is the same two roles, seen from a unit below.
 * Where that column names the approver alone, the clerk has nothing. */
static const struct row rows[RIGHTS] = {
	/* read figures of own unit and below: x, x, x, all, all */
	[RIGHT_READ] = { "read", { SUBTREE, 0 }, { SUBTREE, 0 }, { ALL, 0 }, { ALL, 0 } },
	/* write a draft, sign on paper: own, own, below on behalf, below on behalf, - */
	[RIGHT_WRITE] = { "write",
			  { SELF, BELOW },
			  { SELF, BELOW },
			  { 0, BELOW | ROOT },
			  { 0, 0 } },
	/* sign as self, recall before acceptance: -, own, -, -, - */
	[RIGHT_SIGN_OWN] = { "sign-own", { 0, 0 }, { SELF, 0 }, { 0, 0 }, { 0, 0 } },
	[RIGHT_RECALL] = { "recall", { 0, 0 }, { SELF, 0 }, { 0, 0 }, { 0, 0 } },
	/* return, accept, sign the summary: -, -, approver, approver's right over direct units, -.
	 * A summary is of the signer's own level, so there the unit is the device's own; whether it
	 * has units below to sum up is the ledger's to see. */
	[RIGHT_RETURN] = { "return", { 0, 0 }, { BELOW, 0 }, { CHILD, 0 }, { 0, 0 } },
	[RIGHT_ACCEPT] = { "accept", { 0, 0 }, { BELOW, 0 }, { CHILD, 0 }, { 0, 0 } },
	[RIGHT_SUMMARY] = { "summary", { 0, 0 }, { SELF, 0 }, { SELF, 0 }, { 0, 0 } },
	/* request a report; enrol, revoke, reset a password: -, -, approver below, all, - */
	[RIGHT_REQUEST] = { "request", { 0, 0 }, { BELOW, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_ENROL] = { "enrol", { 0, 0 }, { BELOW, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_REVOKE] = { "revoke", { 0, 0 }, { BELOW, 0 }, { ALL, 0 }, { 0, 0 } },
	/* assign or amend a target: -, own unit's own resolution, approver direct children, all, - */
	[RIGHT_TARGET] = { "target", { 0, 0 }, { SELF | CHILD, 0 }, { ALL, 0 }, { 0, 0 } },
	/* not in the table: a draft goes the way of the target that it may become, and is answered as a
	 * sheet is signed: by the unit itself, or by one above on its word */
	[RIGHT_DRAFT] = { "draft", { 0, 0 }, { CHILD, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_ANSWER] = { "answer", { 0, 0 }, { SELF, BELOW }, { 0, BELOW | ROOT }, { 0, 0 } },
	/* not in the table: a base is not a target, and an approver could move every rate with it */
	[RIGHT_MEMBERS] = { "members", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	/* act of reorganisation, plan, close, unlock, forms, calendar: -, -, -, x, - */
	[RIGHT_ACT] = { "act", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	/* not in the table: it changes nothing until an operator does as proposed. In the own unit's name. */
	[RIGHT_PROPOSE] = { "propose", { 0, 0 }, { SELF, 0 }, { SELF, 0 }, { 0, 0 } },
	[RIGHT_PLAN] = { "plan", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_CLOSE] = { "close", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_UNLOCK] = { "unlock", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_FORM] = { "form", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_CALENDAR] = { "calendar", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	/* not in the table either; as forms and calendar, it holds for all */
	[RIGHT_SETTING] = { "setting", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	/* not in the table: how a unit's own papers are headed and signed is the unit's to say */
	[RIGHT_HEADER] = { "header", { 0, 0 }, { SELF, 0 }, { ALL, 0 }, { 0, 0 } },
	/* not in the table: what is told about a unit is told by those above it, clerks too. It changes
	 * no figure. */
	[RIGHT_FOLLOW] = { "follow", { BELOW, 0 }, { BELOW, 0 }, { ALL, 0 }, { 0, 0 } },
	/* not in the table: whom a unit is compared with is a matter of the whole province; whom it puts
	 * forward is its own */
	[RIGHT_GROUP] = { "group", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { 0, 0 } },
	[RIGHT_COMMEND] = { "commend", { 0, 0 }, { SELF, 0 }, { ALL, 0 }, { 0, 0 } },
	/* registers of persons open for the unit that owns them and for the body that decides, nobody else
	 * (design, section 8); which body that is the case says */
	[RIGHT_REGISTER] = { "register", { SELF, 0 }, { SELF, 0 }, { 0, 0 }, { 0, 0 } },
	[RIGHT_SCREEN] = { "screen", { BELOW, 0 }, { BELOW, 0 }, { BELOW, 0 }, { 0, 0 } },
	[RIGHT_FORGET] = { "forget", { SELF, 0 }, { SELF, 0 }, { 0, 0 }, { 0, 0 } },
	/* by those above; at the root, above which nobody is, by its operators and the printed key */
	[RIGHT_RECOVER] = { "recover", { BELOW, 0 }, { BELOW, 0 }, { ALL, 0 }, { 0, 0 } },
	/* claims, log, verify, receipts: read own, read own, read below, x, x. Reading is not entering:
	 * a published figure is entered only by those with the bare x. */
	[RIGHT_CLAIM] = { "claim", { 0, 0 }, { 0, 0 }, { ALL, 0 }, { ALL, 0 } },
	[RIGHT_LOG] = { "log", { SUBTREE, 0 }, { SUBTREE, 0 }, { ALL, 0 }, { ALL, 0 } },
	[RIGHT_VERIFY] = { "verify", { SUBTREE, 0 }, { SUBTREE, 0 }, { ALL, 0 }, { ALL, 0 } },
	[RIGHT_RECEIPT] = { "receipt", { SUBTREE, 0 }, { SUBTREE, 0 }, { ALL, 0 }, { ALL, 0 } },
	[RIGHT_CLAIM_READ] = { "claim-read",
			       { SUBTREE, 0 },
			       { SUBTREE, 0 },
			       { ALL, 0 },
			       { ALL, 0 } },
};

const char *right_name(enum right r)
{
	return (unsigned)r < RIGHTS ? rows[r].name : NULL;
}

enum right_answer rights_ask(enum right r, enum person_role role, enum unit_relation relation)
{
	struct cell cell = { 0, 0 };

	if ((unsigned)r >= RIGHTS || (unsigned)relation >= RELATIONS)
		return RIGHT_NO;
	switch (role) {
	case ROLE_CLERK:
		cell = rows[r].clerk;
		break;
	case ROLE_APPROVER:
		cell = rows[r].approver;
		break;
	case ROLE_OPERATOR:
	case ROLE_CONSOLE:
		cell = rows[r].operator;
		break; /* the same acts, at the server itself */
	case ROLE_AUDITOR:
		cell = rows[r].auditor;
		break;
	case ROLE_STANDBY: /* it reads all there is by the feed, and may do nothing */
	case ROLE_NONE:
		break;
	}
	if (cell.yes >> relation & 1)
		return RIGHT_YES;
	return cell.on_behalf >> relation & 1 ? RIGHT_ON_BEHALF : RIGHT_NO;
}

enum unit_relation rights_relation(const struct tree *t, uint32_t device_unit, uint32_t unit,
				   day_t day, uint64_t lsn)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = unit ? tree_path(t, unit, day, lsn, path) : 0;

	for (size_t i = 0; i < depth; i++) {
		if (path[i] == device_unit)
			return i == 0   ? RELATION_SELF
			       : i == 1 ? RELATION_DIRECT_CHILD
					: RELATION_BELOW;
	}
	if (device_unit && device_unit == tree_root(t))
		return RELATION_ROOT;
	if (unit && tree_inside(t, device_unit, unit, day, lsn))
		return RELATION_ABOVE;
	return RELATION_ELSEWHERE;
}
