/* A client that keeps no rule: it makes any op in a device's folder and asks any question, for the tests of
 * what the server refuses. The real `ketnap sync` sends what was made.
 *   forge ops DIR -                a line `ACT UNIT N` on stdin for each: unit by number, N makes it unlike the
 *                                  others; prints the op
 *   forge totals|table DIR UNIT    asks the server; prints "answer" or the code of the refusal
 *   forge receipt DIR LSN          prints "receipt" or "none"
 *   forge said DIR all             every op that was made there, and what the server said of it */
#include "client/act.h"
#include "client/entry.h"
#include "client/outbox.h"
#include "online.h"

#include <stdlib.h>

static struct cli c;

static int wrong(const char *what)
{
	fprintf(stderr, "forge: %s: %s\n", what, c.err.msg);
	return 1;
}

/* ---- ops ---- */

static day_t day_at(int year, int month, int day)
{
	day_t d = 0;

	if (!day_from_ymd(&d, year, month, day))
		abort();
	return d;
}

/* A month of its own for each N: from 2002 on, for the section (7) from 2020 on, when it reports. */
static struct period month_of(uint32_t unit, unsigned n)
{
	unsigned months = unit == 7 ? (2020 - 2002) * 12 + n % 32 : n % 215;
	day_t first = day_at(2002 + (int)(months / 12), 1 + (int)(months % 12), 1);

	return (struct period){ first, day_month_last(first) };
}

static struct op_figure figure = { .measure = 2, .state = FIGURE_VALUE, .value = 1 };
static struct op_change change = { .what = CHANGE_RENAME, .name = { (const uint8_t *)"X", 1 } };
static char text[600];

static struct span say(const char *format, unsigned n)
{
	snprintf(text, sizeof(text), format, n);
	return span_str(text);
}

static void sheet(struct op *op, unsigned n, enum sign_how how, bool on_behalf)
{
	op->kind = OP_SHEET;
	op->sheet = (struct op_sheet){ .form = 1,
				       .form_version = 1,
				       .period = month_of(op->unit, n),
				       .figures = &figure,
				       .figure_count = 1,
				       .sign = { .how = how } };
	if (how) {
		op->sheet.sign.signer = SPAN_LIT("Ông Ký");
		op->sheet.sign.paper_day = how == SIGN_PAPER ? op->sheet.period.to : 0;
	}
	if (!on_behalf)
		return;
	op->on_behalf = SPAN_LIT("telephone");
	op->reason = SPAN_LIT("no line");
}

static void mark(struct op *op, unsigned n, enum op_kind kind)
{
	op->kind = kind;
	op->mark = (struct op_mark){ .form = 1, .period = month_of(op->unit, n) };
	op->reason = SPAN_LIT("to be checked");
}

static void target(struct op *op, unsigned n, enum target_instrument i, const char *amends)
{
	op->kind = OP_TARGET;
	op->target = (struct op_target){ .period = { day_at(2022, 1, 1), day_at(2022, 12, 31) },
					 .measure = SPAN_LIT("admitted"),
					 .instrument = i,
					 .doc_no = say("%u-X", n),
					 .type = TARGET_EXACT,
					 .value = 5 };
	if (!amends)
		return;
	op->target.supersedes = span_str(amends);
	op->reason = SPAN_LIT("adjusted");
}

static void person(struct op *op, enum person_role role)
{
	op->kind = OP_PERSON;
	op->person = (struct op_person){ .person = act_number(c.client),
					 .role = role,
					 .name = SPAN_LIT("Người"),
					 .from = day_at(2022, 1, 1) };
}

static bool figures_act(struct op *op, const char *act, unsigned n)
{
	static const struct {
		const char *act;
		enum sign_how how;
		bool on_behalf;
	} sheets[] = {
		{ "draft", SIGN_NONE, false },  { "draft-behalf", SIGN_NONE, true },
		{ "paper", SIGN_PAPER, false }, { "paper-behalf", SIGN_PAPER, true },
		{ "sign", SIGN_OWN, false },    { "import", SIGN_IMPORT, false },
	};
	static const struct {
		const char *act;
		enum op_kind kind;
	} marks[] = { { "recall", OP_RECALL }, { "return", OP_RETURN }, { "accept", OP_ACCEPT } };

	for (size_t i = 0; i < ARRAY_LEN(sheets); i++)
		if (!strcmp(act, sheets[i].act))
			return sheet(op, n, sheets[i].how, sheets[i].on_behalf), true;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (!strcmp(act, marks[i].act))
			return mark(op, n, marks[i].kind), true;
	if (!strcmp(act, "summary")) {
		op->kind = OP_SUMMARY;
		op->summary = (struct op_summary){ .form = 1,
						   .period = month_of(op->unit, n),
						   .signer = SPAN_LIT("Ông Ký") };
	} else if (!strcmp(act, "request")) {
		op->kind = OP_REQUEST;
		op->request = (struct op_request){ .form = 2,
						   .day = day_at(2022, 9, 1) + (day_t)(n % 20),
						   .due_ms = 1663838000000 };
	} else {
		return false;
	}
	return true;
}

static bool target_act(struct op *op, const char *act, unsigned n)
{
	static char standing[24];

	if (!strcmp(act, "target-own"))
		target(op, n, INSTR_RESOLUTION, NULL);
	else if (!strcmp(act, "target-decision"))
		target(op, n, INSTR_DECISION, NULL);
	else if (!strcmp(act, "amend-own"))
		target(op, n, INSTR_RESOLUTION, "1-NQ");
	else if (!strcmp(act, "amend-decision"))
		target(op, n, INSTR_DECISION, "2-QD");
	else if (!strcmp(act, "amend-over"))
		target(op, n, INSTR_RESOLUTION, "2-QD");
	else if (!strcmp(act, "target-draft")) {
		target(op, n, INSTR_PLAN, NULL);
		op->kind = OP_TARGET_DRAFT;
	} else if (!strcmp(act, "register") || !strcmp(act, "register-behalf")) {
		target(op, n, INSTR_REGISTRATION, NULL);
		op->kind = OP_TARGET_REGISTER;
		op->reason = SPAN_LIT("fewer people");
		if (act[8])
			op->on_behalf = SPAN_LIT("telephone");
	} else if (!strcmp(act, "group")) {
		op->kind = OP_GROUP;
		op->group = (struct op_group){ .name = say("G%u", n), .from = day_at(2022, 1, 1) };
	} else if (!strcmp(act, "commend")) {
		op->kind = OP_COMMEND;
		op->commend =
			(struct op_commend){ .period = { day_at(2022, 1, 1), day_at(2022, 8, 31) },
					     .title = say("Bí thư %u", n),
					     .helped = 3 };
	} else if (!strcmp(act, "members")) {
		op->kind = OP_MEMBERS;
		op->members = (struct op_members){ day_at(2021, 1, 1) + (day_t)n, 40 };
	} else if (!strcmp(act, "claim")) {
		snprintf(standing, sizeof(standing), "claim-%u", n);
		op->kind = OP_CLAIM;
		op->claim =
			(struct op_claim){ .id = span_str(standing),
					   .period = { day_at(2022, 1, 1), day_at(2022, 12, 31) },
					   .measure = SPAN_LIT("admitted"),
					   .has_value = true,
					   .value = 5 };
	} else {
		return false;
	}
	return true;
}

static bool register_act(struct op *op, const char *act, unsigned n)
{
	uint64_t device = client_identity(c.client)->device;
	uint8_t *person = !strcmp(act, "case") ? op->open.person : op->step.person;

	if (!strcmp(act, "case")) {
		op->kind = OP_CASE;
		op->open.step = (struct case_step){ .kind = STEP_LIST, .day = day_at(2022, 8, 1) };
		op->open.sealed = SPAN_LIT("sealed");
	} else if (!strcmp(act, "case-step")) {
		op->kind = OP_CASE_STEP;
		op->step.step = (struct case_step){ .kind = STEP_APPLY, .day = day_at(2022, 8, 1) };
		op->step.after = (struct op_id){ 1, 1, n };
	} else if (!strcmp(act, "correct")) {
		static struct op_fix fix = { .field = FIX_FACT, .value = 1 };

		op->kind = OP_CORRECT;
		op->reason = SPAN_LIT("birth certificate");
		op->correct.fixes = &fix;
		op->correct.count = 1;
		person = op->correct.person;
	} else if (!strcmp(act, "forget")) {
		op->kind = OP_FORGET;
		op->reason = SPAN_LIT("asked");
		op->forget.why = FORGET_OWN_RIGHT;
		person = op->forget.person;
	} else if (!strcmp(act, "member")) {
		op->kind = OP_MEMBER;
		op->member.admitted = day_at(2001, 2, 3);
		op->member.sealed = SPAN_LIT("sealed");
		person = op->member.person;
	} else if (!strcmp(act, "member-end")) {
		op->kind = OP_MEMBER_END;
		op->member_end.how = MEMBER_LEFT;
		op->member_end.day = day_at(2022, 1, 1);
		person = op->member_end.person;
	} else if (!strcmp(act, "case-move") || !strcmp(act, "member-move")) {
		static struct moved_step step = { { .kind = STEP_LIST }, { NULL, 0 } };
		bool of_case = act[0] == 'c';

		step.step.day = day_at(2022, 8, 1);
		op->kind = of_case ? OP_CASE_MOVE : OP_MEMBER_MOVE;
		op->move = (struct op_move){ .what = MOVE_SEND,
					     .other = op->unit == 5 ? 6 : 5,
					     .day = day_at(2022, 8, 1),
					     .way = MOVE_OTHER_DIRECT,
					     .as = { 1 },
					     .sealed = SPAN_LIT("sealed") };
		op->move.admitted = of_case ? 0 : day_at(2001, 2, 3);
		if (of_case) {
			op->move.after = (struct op_id){ 1, 1, n };
			op->move.steps = &step;
			op->move.step_count = 1;
		}
		person = op->move.person;
	} else if (!strcmp(act, "names")) {
		op->kind = OP_NAMES_READ;
		op->names = (struct op_names){ NAMES_OPENED, 1 + n };
		return true;
	} else if (!strcmp(act, "unit-key")) {
		op->kind = OP_UNIT_KEY;
		op->unit_key.generation = 1;
		op->unit_key.public_half[0] = 1;
		person = op->unit_key.key;
	} else if (!strcmp(act, "recover")) {
		op->kind = OP_RECOVER;
		op->reason = SPAN_LIT("asked");
		op->recover.device = 1 + n; /* there is none: what comes behind the rights */
		return true;
	} else if (!strcmp(act, "keys-restored")) {
		op->kind = OP_KEYS_RESTORED;
		op->clock.ms = 1663837200000 + n;
		return true;
	} else if (!strcmp(act, "recovery-key")) {
		op->kind = OP_RECOVERY_KEY;
		op->unit_key.generation = 1;
		op->unit_key.public_half[0] = 1;
		person = op->unit_key.key;
	} else {
		return false;
	}
	memcpy(person, &device, sizeof(device)); /* another one for each device ... */
	memcpy(person + 8, &n, sizeof(n));       /* ... and each op */
	person[15] = (uint8_t)op->unit;
	return true;
}

static bool people_act(struct op *op, const char *act, unsigned n)
{
	if (!strcmp(act, "person"))
		person(op, ROLE_CLERK);
	else if (!strcmp(act, "person-operator"))
		person(op, ROLE_OPERATOR);
	else if (!strcmp(act, "enrol-code")) {
		op->kind = OP_ENROL_CODE;
		op->enrol_code = (struct op_enrol_code){ .expires_ms = 1700000000000, .person = n };
	} else if (!strncmp(act, "revoke:", 7)) {
		op->kind = OP_REVOKE;
		op->reason = SPAN_LIT("lost");
		op->device.device = strtoull(act + 7, NULL, 16);
	} else {
		return false;
	}
	return true;
}

static bool tree_act(struct op *op, const char *act, unsigned n)
{
	uint32_t unit = op->unit;
	static char code[24];

	snprintf(code, sizeof(code), "u%u", n);
	if (!strcmp(act, "unit")) {
		op->kind = OP_UNIT;
		op->create = (struct op_unit){ .unit = act_number(c.client),
					       .parent = unit,
					       .code = span_str(code),
					       .name = SPAN_LIT("Mới"),
					       .kind = UNIT_SUB_CELL,
					       .opened = day_at(2022, 9, 1) };
		op->unit = op->create.unit;
	} else if (!strcmp(act, "plan")) {
		op->kind = OP_PLAN;
		op->plan = (struct op_plan){ .form = 1,
					     .period = { day_at(2001, 1, 1), day_at(2001, 1, 31) },
					     .step = PLAN_NONE };
	} else if (!strcmp(act, "act")) {
		op->kind = OP_ACT;
		op->unit = 0;
		change.unit = unit;
		op->act = (struct op_act){ .no = SPAN_LIT("9-QD"),
					   .effective = day_at(2022, 10, 1),
					   .changes = &change,
					   .count = 1 };
	} else if (!strcmp(act, "propose")) {
		op->kind = OP_ACT_PROPOSAL;
		change.unit = unit;
		op->act = (struct op_act){ .no = SPAN_LIT("9-TTr"),
					   .effective = day_at(2022, 10, 1),
					   .changes = &change,
					   .count = 1 };
	} else if (!strcmp(act, "refuse-act")) {
		op->kind = OP_ACT_REFUSAL;
		op->act_refusal.lsn = 1; /* which is no proposal */
		op->reason = SPAN_LIT("not now");
	} else if (!strcmp(act, "close")) {
		op->kind = OP_CLOSE;
		op->close = (struct op_close){ 1, month_of(4, 0) };
	} else if (!strcmp(act, "unlock")) {
		op->kind = OP_UNLOCK;
		op->unlock = (struct op_unlock){ .form = 1,
						 .period = month_of(4, 0),
						 .until_ms = 1695400000000 };
		op->reason = SPAN_LIT("forgotten");
	} else {
		return false;
	}
	return true;
}

/* What holds in the whole store; the unit says where the author claims that it belongs. */
static bool whole_act(struct op *op, const char *act, unsigned n)
{
	static char key[24];

	snprintf(key, sizeof(key), "k%u", n);
	if (!strcmp(act, "setting")) {
		op->kind = OP_SETTING;
		op->setting = (struct op_setting){ span_str(key), SPAN_LIT("v") };
	} else if (!strcmp(act, "header")) { /* of that unit: what its papers say of it */
		op->kind = OP_SETTING;
		op->setting = (struct op_setting){ SPAN_LIT("print.signer"),
						   SPAN_LIT("Nguyễn Văn An") };
	} else if (!strcmp(act, "form")) {
		op->kind = OP_FORM;
		snprintf(text, sizeof(text),
			 "[form]\ncode = f%u\nno = %u\nversion = 1\nvalid_from = 2020-01-01\n"
			 "period = month\nname_vi = x\nname_en = x\n[measure admitted]\nno = 2\n"
			 "kind = flow\nneed = required\nname_vi = a\nname_en = a\n",
			 n, 10 + n % 50);
		op->form.text = span_str(text);
	} else if (!strcmp(act, "calendar")) {
		op->kind = OP_CALENDAR;
		op->calendar = (struct op_calendar){ .form = 1,
						     .from = day_at(2023, 1, 1),
						     .first_day = 1 };
	} else {
		return false;
	}
	return true;
}

static int forge_op(const char *act, uint32_t unit, unsigned n)
{
	struct op op = { .unit = unit };
	char version[VERSION_TEXT_MAX];
	struct op_id id;

	if (!figures_act(&op, act, n) && !target_act(&op, act, n) && !people_act(&op, act, n) &&
	    !register_act(&op, act, n) && !tree_act(&op, act, n) && !whole_act(&op, act, n))
		return wrong(act);
	if (outbox_append(c.client, &op, cli_now(&c), &id, &c.err))
		return wrong(act);
	puts(version_text(version, id));
	return 0;
}

static int forge_ops(void)
{
	char act[64];
	unsigned unit, n;
	int result = 0;

	while (!result && scanf("%63s %u %u", act, &unit, &n) == 3)
		result = forge_op(act, unit, n);
	return result ? result : ferror(stdin) || !feof(stdin);
}

/* ---- questions ---- */

static int forge_query(bool table, uint32_t unit)
{
	struct wire_query q = { .what = table ? WIRE_TABLE : WIRE_TOTALS,
				.unit = unit,
				.from_day = day_at(2022, 1, 1),
				.to_day = day_at(2022, 8, 31) };
	struct online o = { .query = &q };
	int rc = online_run(&c, &o);
	struct span got = buf_span(&o.last.answer);

	if (rc)
		return wrong("query");
	puts(got.len ? "answer" : wire_code_name(o.last.sync.why));
	online_fini(&o);
	return 0;
}

static int forge_receipt(uint64_t lsn)
{
	struct online o = { .receipts = &lsn, .receipt_count = 1 };

	if (online_run(&c, &o))
		return wrong("receipt");
	puts(o.last.receipts[0].len ? "receipt" : "none");
	online_fini(&o);
	return 0;
}

static int verdicts(void)
{
	char version[VERSION_TEXT_MAX];
	size_t count;
	const struct own_op *ops = outbox_ops(c.client, &count);

	for (size_t i = 0; i < count; i++)
		printf("%s %s\n", version_text(version, ops[i].id),
		       ops[i].verdict == VERDICT_ACCEPTED ? "accepted"
		       : ops[i].verdict == VERDICT_NONE   ? "none"
							  : op_code_name(ops[i].code));
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t number = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
	int result = 2;

	c.clocks = (struct clocks){ clock_real, clock_steady };
	c.out = stdout;
	c.arena = arena_new(64 << 20);
	if (argc < 4 || !c.arena || device_dir_open(&c.dir, argv[2], &c.err))
		return wrong(argc < 3 ? "usage" : argv[2]);
	c.client = c.dir.client;
	if (!strcmp(argv[1], "ops"))
		result = forge_ops();
	else if (!strcmp(argv[1], "totals") || !strcmp(argv[1], "table"))
		result = forge_query(argv[1][1] == 'a', (uint32_t)number);
	else if (!strcmp(argv[1], "receipt"))
		result = forge_receipt(number);
	else if (!strcmp(argv[1], "said"))
		result = verdicts();
	device_dir_close(&c.dir);
	arena_free(c.arena);
	return result;
}
