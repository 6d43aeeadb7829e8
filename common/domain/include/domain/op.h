/* An op: one change that one person made on one device. The same shapes serve the server's own acts
 * (device 0). Plain data: spans lend from whoever decoded them. Kinds are numbered for ever, as in
 * PROTOCOL.md; those not built yet are stored as refused with CODE_UNSUPPORTED. */
#ifndef DOMAIN_OP_H
#define DOMAIN_OP_H

#include "base/dates.h"
#include "domain/limits.h"
#include "domain/register.h"
#include "domain/target.h"
#include "domain/unit.h"

/* Who made it, and where it stands in that device's order. device 0 is the server itself. */
struct op_id {
	uint64_t device;
	uint32_t epoch; /* given by the server; a restored or cloned device gets a new one */
	uint64_t seq;   /* from 1, without gaps within an epoch */
};

/* As big-endian bytes: device, epoch, seq. The greater one wins a contest between strangers. */
int op_id_cmp(struct op_id a, struct op_id b);

/* How far the author's ledger had read. An lsn is never read without its incarnation. */
struct op_base {
	uint8_t incarnation[16];
	uint64_t lsn;
};

enum op_kind {
	OP_NONE = 0,
	/* figures */
	OP_SHEET = 1,  /* write figures, sign, or both */
	OP_RECALL = 2, /* the unit takes its signature back before acceptance */
	OP_RETURN = 3, /* a superior sends a sheet back, with a reason */
	OP_ACCEPT = 4,
	OP_SUMMARY = 5,       /* a level's statement for a period */
	OP_LATE_DECISION = 6, /* count a late op, or decline it */
	OP_REQUEST = 7,       /* figures "to 22/9 by 16:00" from a subtree */
	OP_NOTE = 8,          /* what was done about a unit that is behind */
	/* targets, bases, published figures */
	OP_TARGET = 16,          /* assign, or amend by naming what it supersedes */
	OP_TARGET_REGISTER = 17, /* a unit's registration (đăng ký) */
	OP_MEMBERS = 18,         /* members of a unit on a day, with source: a base */
	OP_CLAIM = 19,
	OP_TARGET_DRAFT = 20, /* what a unit is to be given: no target yet */
	OP_COMMEND = 21,      /* a unit puts somebody of its own forward, by title */
	/* the tree and what it reports */
	OP_UNIT = 32, /* create one unit */
	OP_ACT = 33, /* reorganisation: rename, change kind, move, merge, split, dissolve, reopen */
	OP_PLAN = 34,
	OP_FORM = 35,
	OP_CALENDAR = 36,
	OP_SETTING = 37,
	OP_CLOSE = 38,
	OP_UNLOCK = 39,
	OP_ACT_PROPOSAL = 40,
	OP_ACT_REFUSAL = 42, /* of a proposal: nothing comes of it */
	OP_OFFICER = 41,     /* who is to follow a unit, from when to when */
	OP_GROUP = 43,       /* with whom a unit is compared, from when to when */
	/* people and devices */
	OP_PERSON = 48,
	OP_ENROL_CODE = 49, /* a one-time code was made (its hash) */
	OP_DEVICE = 50,     /* enrolled, or its keys renewed */
	OP_REVOKE = 51,
	OP_EPOCH = 52,
	OP_SUSPEND = 53,     /* a second install nonce: nothing more until an operator decides */
	OP_INCARNATION = 54, /* first entry of a store, and of every restored one */
	OP_START = 55,       /* the server started */
	OP_PASSWORD = 56,
	OP_NAMES_READ = 57,
	OP_CLOCK = 58,      /* illustrative stores only */
	OP_RIGHTS_END = 59, /* an end that changes rights fell due */
	OP_PARK = 60,       /* an op that took the server down twice */
	/* the register: 64-95 */
	OP_CASE = 64,
	OP_CASE_STEP = 65,
	OP_CASE_MOVE = 66,
	OP_MEMBER = 67,
	OP_MEMBER_MOVE = 68,
	OP_MEMBER_END = 69,
	OP_CLASS = 70,
	OP_MEETING = 71,
	OP_FORGET = 72,
	OP_UNIT_KEY = 73,
	OP_RECOVERY_KEY = 74, /* the half of a printed key that others seal to */
	OP_RECOVER = 75,      /* a device is to be handed its unit's keys from above */
	OP_KEYS_RESTORED =
		80,      /* the key store was filled from a copy of it: devices put all again */
	OP_CORRECT = 90, /* single fields of a person's record */
	OP_KIND_MAX = 95
};

/* Final, per op, stored. "Not now" is not a verdict: it keeps an op queued and stores nothing. */
enum op_verdict { VERDICT_NONE, VERDICT_ACCEPTED, VERDICT_LATE, VERDICT_REFUSED };

/* Why an op was refused (or not now). Numbered for ever; the text is made at the edge. */
enum op_code {
	CODE_OK = 0,
	CODE_UNSUPPORTED = 1, /* a kind or version this server does not know */
	CODE_UNREADABLE = 2,  /* the body does not decode */
	CODE_OVERSIZED = 3,
	CODE_WITHDRAWN = 4,   /* the author took it back before it was sent: only its hash comes */
	CODE_NOT_ALLOWED = 5, /* outside the table of rights */
	CODE_UNIT_UNKNOWN = 6,
	CODE_UNIT_CLOSED = 7, /* not there on the period's last day */
	CODE_FORM_UNKNOWN = 8,
	CODE_MEASURE_UNKNOWN = 9,
	CODE_PERIOD_WRONG = 10, /* not a period of the calendar, or in the future */
	CODE_OUTSIDE_PLAN = 11, /* the plan says another unit, or nobody, reports this */
	CODE_VALUE_RANGE = 12,
	CODE_VERSION_UNKNOWN = 13, /* `over` names a version nobody has */
	CODE_REASON_NEEDED = 14,
	CODE_SIGNATURE_INCOMPLETE = 15, /* no signer, no paper day, or a required figure is blank */
	CODE_FORK = 16,                 /* same identity, other hash */
	CODE_SHEET_FULL = 17,           /* over SHEET_OPS_MAX or SHEET_VERSIONS_MAX */
	CODE_TARGET_INVALID = 18,
	CODE_TARGET_UNKNOWN = 19, /* amends a target that does not exist */
	CODE_EXISTS = 20,
	CODE_TREE_INVALID = 21, /* cycle, orphan, depth, second root */
	CODE_PLAN_INVALID = 22, /* two reporters on a path, or a gap, or figures already there */
	CODE_FORM_INVALID = 23,
	CODE_DATE_INVALID = 24,
	CODE_PARKED = 25,
	CODE_NO_REQUEST = 26, /* a flash sheet without a request for that day */
	CODE_CLAIM_INVALID = 27,
	CODE_TEXT_INVALID = 28,
	CODE_ON_BEHALF_SIGNED =
		29, /* the unit has signed its own: a superior returns, never overwrites */
	CODE_PERSON_UNKNOWN = 30,
	CODE_DEVICE_UNKNOWN = 31,
	CODE_NOTHING_TO_DO = 32,
	CODE_NOT_ILLUSTRATIVE = 33,
	CODE_STATE_WRONG =
		34,       /* the sheet is not in the state that is asked for, or not any more */
	CODE_CLOSED = 35, /* the month is closed for this unit */
	CODE_ACT_INVALID = 36,   /* `detail`: the unit; what does not hold stands in the error */
	CODE_SUCCESSOR = 37,     /* late: for days on which its unit has gone over into others */
	CODE_SECOND_PERSON = 38, /* the same person cannot confirm what they asked for */
	CODE_LATE_UNKNOWN = 39,  /* no late op stands under this lsn, or it was decided on */
	CODE_CALENDAR_INVALID = 40,
	CODE_CASE_UNKNOWN = 41,
	CODE_STEP_INVALID = 42, /* it cannot follow on what stands */
	CODE_REGISTER_OFF = 43, /* the province keeps no register of persons */
	CODE_FORGOTTEN = 44,
	CODE_KEEP = 45,       /* a rule requires keeping it */
	CODE_PERIOD_CUT = 46, /* late: its author had not read the act that cut this period */
	CODES = 47
};
const char *op_kind_name(
	enum op_kind k); /* "sheet"; "kind-77" buffers are not made: NULL unknown */
const char *op_code_name(enum op_code c); /* "outside-plan" */
const char *op_kind_text(enum op_kind k); /* a word or two for people; a msgid, "?" unknown */
/* A sentence for people, in English: what is wrong and what to do. A msgid. */
const char *op_code_text(enum op_code c);

enum figure_state { FIGURE_BLANK, FIGURE_NIL, FIGURE_VALUE };

/* One measure as written by one op. `over`: which of the op's `seen` stood on the author's screen for
 * this measure, as a bit set by index (seen holds at most 64). */
struct op_figure {
	uint16_t measure;
	enum figure_state state;
	int64_t value; /* 0 when blank or nil */
	bool approx;   /* "over 3,100": an import's word */
	uint64_t over;
};

enum sign_how { SIGN_NONE, SIGN_OWN, SIGN_PAPER, SIGN_IMPORT };

struct op_sign {
	enum sign_how how;
	day_t paper_day; /* SIGN_PAPER */
	bool nil;        /* "không phát sinh": every flow is nil */
	uint64_t covers; /* which of `seen`, besides this very op */
	struct span preparer, signer, title;
};

struct op_sheet {
	uint16_t form, form_version;
	struct period period;
	uint64_t request;         /* lsn of the request a flash answers, else 0 */
	const struct op_id *seen; /* the ops whose versions the author saw, own unsent ones too */
	size_t seen_count;
	const struct op_figure *figures; /* ascending by measure, each once */
	size_t figure_count;
	struct op_sign sign;
};

/* OP_RECALL, OP_RETURN, OP_ACCEPT. OP_ACCEPT with `in_time`: signed in time, received late, and a
 * superior says so by name. */
struct op_mark {
	uint16_t form;
	struct period period;
	uint64_t seen_lsn; /* the sheet as it stood after this entry */
	bool in_time;
};

/* A level's statement for a period: what its totals were after entry `seen_lsn`. It adds no figures. */
struct op_summary {
	uint8_t form;
	struct period period;
	uint64_t seen_lsn;
	uint32_t expected, signed_, accepted; /* sheets */
	const uint16_t *measures;             /* ascending */
	const int64_t *values;
	size_t count;
	uint8_t hash[32]; /* SHA-256 of the aggregate row that it covers */
	struct span preparer, signer, title;
};

/* A late op counts from this entry on, or is declined. */
struct op_late {
	uint64_t lsn;     /* of the late entry */
	bool counts;      /* else declined */
	uint32_t as_unit; /* the successor that its figures belong to; 0: the unit they name */
	struct period
		as_period; /* the part of the period, after an act cut it; `to` 0: as they say */
};

/* The months of these days are closed for Body.unit and everything below it. */
struct op_close {
	uint8_t form;
	struct period period;
};

/* For Body.unit alone, until `until_ms` of receive time. Two persons: the first asks (`confirms` 0), which
 * changes nothing; another confirms by naming the lsn of the first. */
struct op_unlock {
	uint8_t form;
	struct period period;
	int64_t until_ms;
	uint64_t confirms;
};

enum due_level { DUE_GRASSROOTS, DUE_DIRECT, DUE_PROVINCE, DUE_LEVELS };

/* From `from` on: where months begin, and how many days after a period's last day each level has. */
struct op_calendar {
	uint8_t form;
	day_t from;
	uint8_t first_day; /* as calendar_row; 1 the calendar month */
	uint8_t due_days[DUE_LEVELS];
	bool working_days;
};

/* Reorganisation. The numbers are the wire's and the log's. */
enum change_what {
	CHANGE_NONE,
	CHANGE_CREATE = 1, /* unit, code, name, parent, kind, order, reports */
	CHANGE_RENAME = 2, /* name */
	CHANGE_KIND = 3,   /* kind */
	CHANGE_MOVE = 4,   /* parent, order; what stands below comes along */
	CHANGE_MERGE =
		5, /* ends; into[0] takes over, and its children that the act does not name */
	CHANGE_SPLIT = 6,    /* hands over to into[], by shares; `ends` or goes on with the rest */
	CHANGE_DISSOLVE = 7, /* ends without a successor; nothing may stand below */
	CHANGE_REOPEN = 8,
	CHANGE_LEAVE = 9, /* ends: it goes to another province, the army, the centre */
	CHANGE_TARGET =
		10, /* the target of entry target_lsn goes to into[], values[]; none: cancelled */
	CHANGES = 11
};

struct op_change {
	enum change_what what;
	uint32_t unit;
	uint32_t parent, order;
	enum unit_kind kind;
	struct span code, name;
	uint8_t reports; /* form whose plan begins with the act; 0: as the unit that it follows */
	const uint32_t *into;
	size_t into_count;
	const uint32_t *shares; /* CHANGE_SPLIT: parts of ACT_SHARE_WHOLE, one for each of into[] */
	const int64_t *values;  /* CHANGE_TARGET: people, one for each of into[] */
	bool ends;
	uint64_t target_lsn;
};

/* OP_ACT, OP_ACT_PROPOSAL: changes that take effect together, in this order. A proposal changes nothing until
 * an operator carries it out by an act that names it, which may say it otherwise. */
struct op_act {
	struct span no, signer;
	day_t signed_day, effective;
	const struct op_change *changes;
	size_t count;
	uint64_t proposal; /* OP_ACT: lsn of the proposal that it carries out; 0 none */
};

/* OP_ACT_REFUSAL, with a reason; Body.unit is that of the proposer. */
struct op_act_refusal {
	uint64_t lsn; /* of the proposal */
};

/* What was done about a unit: on which day, by whom, in words. */
struct op_note {
	day_t day;
	struct span who, text;
	uint8_t step; /* enum urge_step: which step of urging it was; 0 another thing */
};

/* Who is to follow a unit. Without a name: nobody in these days. */
struct op_officer {
	struct span name, title, phone, doc_no;
	day_t from, to; /* to 0: open */
};

/* The emulation group of a unit. Without a name: that of its tags, in these days. */
struct op_group {
	struct span name, doc_no;
	day_t from, to; /* to 0: open */
};

/* Somebody who helped people who were then admitted, by the title of an office. Who it is stands in `sealed`, if
 * at all: a record as those of the register, under a key of that person. */
struct op_commend {
	struct period period;
	struct span title;
	uint32_t helped; /* people admitted; 0 takes it back */
	bool named;
	uint8_t person[PERSON_ID]; /* drawn at random; names them in this unit for ever */
	struct span sealed;        /* empty where it is taken back */
	uint32_t body; /* a unit above, for which the name is sealed too; 0: for the unit alone */
};

struct op_members {
	day_t day;
	int64_t members;
};

/* How a claim's value comes about, and what its percentage is of. */
enum claim_how { CLAIM_SUM, CLAIM_MEAN, CLAIM_DIFFERENCE, CLAIM_COUNT };
enum claim_of { CLAIM_OF_NOTHING, CLAIM_OF_TARGET, CLAIM_OF_MEMBERS, CLAIM_OF_MEASURE };
enum claim_approx { CLAIM_EXACT, CLAIM_OVER, CLAIM_NEARLY, CLAIM_ABOUT };

struct op_claim {
	struct span id, source, doc_no;
	struct period period;
	struct span measure; /* code; for CLAIM_COUNT a unit kind */
	bool has_value, has_percent;
	int64_t value;
	int64_t percent_digits; /* 8146 with 2 decimals */
	uint8_t percent_decimals;
	enum claim_of of;
	struct span of_measure;
	enum target_instrument instrument;
	day_t of_date; /* 0: the day before `from` */
	enum claim_approx approx;
	enum claim_how how;
};

struct op_unit {
	struct span code, name, act, contact, phone, tags;
	uint32_t unit;   /* the number this unit has from now on */
	uint32_t parent; /* 0 for the root */
	enum unit_kind kind;
	uint32_t order;       /* official order among siblings */
	day_t opened, closed; /* closed 0: open */
	uint8_t reports;      /* form number whose plan starts at `opened`, 0 none */
};

enum plan_step { PLAN_NONE, PLAN_MONTH, PLAN_QUARTER, PLAN_HALF, PLAN_YEAR, PLAN_WHOLE };

/* From `period.from` to `period.to` (0: no end) the unit reports `form` by `step`, replacing what the
 * plan said there. PLAN_NONE: it does not report. */
struct op_plan {
	uint8_t form;
	struct period period;
	enum plan_step step;
};

struct op_form {
	struct span text; /* the file, as in domain/form.h */
};

struct op_request {
	uint8_t form;
	day_t day;
	int64_t due_ms;
};

struct op_setting {
	struct span key, value;
};

struct op_incarnation {
	uint8_t id[16], parent[16];
	uint64_t branch_lsn;
	struct span cause;
	uint8_t store[16];
	bool illustrative;
	uint8_t log_key[32]; /* Ed25519 public */
};

struct op_device {
	uint64_t device;
	uint32_t epoch;
	uint32_t person;
	uint8_t spki_hash[32]; /* of the P-256 key */
	uint8_t seal_key[32];  /* X25519 */
	uint8_t nonce[16];     /* of the installation */
};

enum person_role {
	ROLE_NONE,
	ROLE_CLERK,
	ROLE_APPROVER,
	ROLE_OPERATOR,
	ROLE_AUDITOR,
	ROLE_CONSOLE,
	ROLE_STANDBY /* a second machine that holds the whole log and has no right at all */
};

struct op_person {
	uint32_t person; /* the number this person has from now on */
	enum person_role role;
	struct span name, title, phone;
	day_t from, to; /* to 0: open */
};

struct op_enrol_code {
	uint8_t code_hash[32];
	int64_t expires_ms;
	uint32_t person;
};

struct op_clock {
	int64_t ms;
};

/* OP_CASE: a case is opened with its first step; or its record is written anew (`over`, no step). */
struct op_case {
	uint8_t person[PERSON_ID];
	struct person_codes codes;
	struct case_step step; /* STEP_NONE with `over` */
	struct span sealed;
	struct op_id over; /* the op whose record it replaces; all 0: none */
};

/* OP_MEMBER: a member of the unit, as the paper register has it. */
struct op_member {
	uint8_t person[PERSON_ID];
	struct person_codes codes;
	day_t admitted, recognised; /* recognised 0: in probation */
	struct span sealed;
	struct op_id over; /* the op whose record it replaces; all 0: a new member */
	enum member_gain gain;
	day_t gained;       /* with `gain`: from this day on they are on the list */
	struct span letter; /* with `gain`: number and signer of the paper, sealed; may be empty */
};

/* OP_CASE_MOVE, OP_MEMBER_MOVE. Only MOVE_SEND has what stands below `day`. */
struct op_move {
	enum move_what what;
	uint32_t other;
	uint8_t person[PERSON_ID]; /* the number at the sender's */
	uint8_t as[PERSON_ID];     /* the number at the receiver's */
	day_t day;
	enum case_move way;
	struct person_codes codes;
	struct span sealed; /* the record, sealed anew for the receiver */
	struct span letter; /* the number of the letter they bring, the same; may be empty */
	/* a case */
	struct op_id after; /* the last step that its author saw */
	const struct moved_step *steps;
	size_t step_count;
	/* a member */
	day_t admitted, recognised;
};

/* OP_CORRECT: one field as it ought to be. */
struct op_fix {
	uint8_t field; /* enum fix_field */
	struct span sealed;
	uint8_t tag[FIX_TAG]; /* of a sealed field: equal values have equal ones */
	int64_t value;        /* of a field in clear */
	const struct op_id *over;
	size_t over_count;
};

struct op_correct {
	uint8_t person[PERSON_ID];
	const struct op_fix *fixes; /* ascending by field */
	size_t count;
};

struct op_case_step {
	uint8_t person[PERSON_ID];
	struct case_step step; /* STEP_NONE where it settles */
	struct op_id
		after; /* the last step of the case that its author saw; OP_CASE counts as one */
	uint32_t to;   /* STEP_SUBMIT: the unit that decides */
	struct span sealed; /* the paper's number and signer, sealed with the person's key */
	/* Different outcomes side by side: all that its author saw, and the one that stands. */
	const struct op_id *settles;
	size_t settle_count;
	struct op_id keep;
};

struct op {
	enum op_kind kind;
	uint32_t unit; /* the one unit it changes; 0 for a control op that all in scope may read */
	uint32_t author; /* person; 0 with device 0: the console, named in `source` */
	int64_t device_time_ms;
	struct span reason;
	struct span
		on_behalf;  /* "telephone, Mr A": empty unless a superior writes for a lower unit */
	struct span source; /* "import figures.csv", "register", "console:root" */
	union {
		struct op_sheet sheet;
		struct op_mark mark;
		struct op_summary summary;
		struct op_late late;
		struct op_close close;
		struct op_unlock unlock;
		struct op_calendar calendar;
		struct op_act act;
		struct op_act_refusal act_refusal;
		struct op_note note;
		struct op_officer officer;
		struct op_group group;
		struct op_commend commend;
		struct op_members members;
		struct op_target target;
		struct op_claim claim;
		struct op_unit create;
		struct op_plan plan;
		struct op_form form;
		struct op_request request;
		struct op_setting setting;
		struct op_incarnation incarnation;
		struct op_device device;
		struct op_person person;
		struct op_enrol_code enrol_code;
		struct op_clock clock; /* OP_KEYS_RESTORED: when the copy was made */
		struct op_names names;
		struct op_case open;
		struct op_case_step step;
		struct op_forget forget;
		struct op_member member;
		struct op_member_end member_end;
		struct op_move move;
		struct op_unit_key unit_key; /* OP_RECOVERY_KEY too */
		struct op_recover recover;
		struct op_correct correct;
	};
};

/* What holds whatever the state: lengths, UTF-8, ranges, order of figures, days that are days.
 * CODE_OK or the code for a refusal; `e` names the field (may be NULL). */
enum op_code op_check(const struct op *op, struct err *e);

/* Are both about one thing of one unit, so that the later of them holds? Only of kinds that change nothing when they are
 * said once more to the letter; of all others false. */
bool op_same_matter(const struct op *a, const struct op *b);
#endif
