/* One op of every kind that has a payload, every field set to something of its own, and a text of an
 * op that shows every field: two ops with the same text are the same. For test_codec and the vectors. */
#ifndef TESTS_PROTO_SAMPLES_H
#define TESTS_PROTO_SAMPLES_H

#include <inttypes.h>

#include "base/buf.h"
#include "domain/case_count.h"
#include "domain/op.h"

enum { SAMPLES = 63, SAMPLE_DAY = 19258 /* 2022-09-22 */ };

static inline void sample_bytes(uint8_t *to, size_t len, uint8_t first)
{
	for (size_t i = 0; i < len; i++)
		to[i] = (uint8_t)(first + i);
}

static const struct op_id sample_seen[] = {
	{ 0x1122334455667788, 3, 41 },
	{ 0, 0, 7 },
	{ UINT64_MAX, UINT32_MAX, UINT64_MAX },
};

/* The usual month: nothing seen, figures plain. */
static const struct op_figure sample_plain[] = {
	{ .measure = 1, .state = FIGURE_VALUE, .value = 71087 },
	{ .measure = 2, .state = FIGURE_VALUE, .value = 3 },
	{ .measure = 14, .state = FIGURE_NIL },
	{ .measure = 300, .state = FIGURE_VALUE, .value = 128 },
};

/* Every state, and every reason for which a figure is not plain. */
static const struct op_figure sample_mixed[] = {
	{ .measure = 1, .state = FIGURE_VALUE, .value = 1336, .over = 5 },
	{ .measure = 2, .state = FIGURE_VALUE, .value = 12 },
	{ .measure = 3, .state = FIGURE_BLANK, .over = 2 },
	{ .measure = 4, .state = FIGURE_NIL, .over = 1 },
	{ .measure = 9, .state = FIGURE_NIL },
	{ .measure = 11, .state = FIGURE_VALUE, .value = 3100, .approx = true },
	{ .measure = 4095, .state = FIGURE_VALUE, .value = 999999999 },
};

static inline struct op_sheet sample_sheet(bool mixed)
{
	struct op_sheet s = { .form = 1,
			      .form_version = 2,
			      .period = { SAMPLE_DAY - 52, SAMPLE_DAY - 22 } };

	s.figures = mixed ? sample_mixed : sample_plain;
	s.figure_count = mixed ? ARRAY_LEN(sample_mixed) : ARRAY_LEN(sample_plain);
	s.sign.how = mixed ? SIGN_PAPER : SIGN_OWN;
	s.sign.signer = SPAN_LIT("Trần Thị B");
	if (!mixed)
		return s;
	s.seen = sample_seen;
	s.seen_count = ARRAY_LEN(sample_seen);
	s.request = 77;
	s.sign.paper_day = SAMPLE_DAY;
	s.sign.covers = 3;
	s.sign.preparer = SPAN_LIT("Nguyễn Văn A");
	s.sign.title = SPAN_LIT("Bí thư");
	return s;
}

static inline struct op_target sample_target(void)
{
	return (struct op_target){
		.period = { 18993, 19357 },
		.measure = SPAN_LIT("admitted"),
		.group = SPAN_LIT("src_student"),
		.instrument = INSTR_DECISION,
		.doc_no = SPAN_LIT("426-QĐ/TU"),
		.issuer = SPAN_LIT("Tỉnh ủy"),
		.doc_date = 19010,
		.type = TARGET_RANGE,
		.value = 1640,
		.value_max = 1700,
		.rate_digits = 0,
		.base_date = 18992,
		.has_base = true,
		.base_value = 0,
		.per_year = true,
		.supersedes = SPAN_LIT("425-QĐ/TU"),
		.draft = 8123,
	};
}

static inline struct op_target sample_answer(void)
{
	return (struct op_target){
		.period = { 18993, 19357 },
		.measure = SPAN_LIT("admitted"),
		.instrument = INSTR_REGISTRATION,
		.doc_no = SPAN_LIT("12-CV/ĐU"),
		.type = TARGET_EXACT,
		.value = 17,
		.draft = 8123,
	};
}

static inline struct op_claim sample_claim(void)
{
	return (struct op_claim){
		.id = SPAN_LIT("S4-1"),
		.source = SPAN_LIT("S4"),
		.doc_no = SPAN_LIT("426-QĐ/TU"),
		.period = { 18993, SAMPLE_DAY },
		.measure = SPAN_LIT("admitted"),
		.has_value = true,
		.value = 1336,
		.has_percent = true,
		.percent_digits = 8146,
		.percent_decimals = 2,
		.of = CLAIM_OF_MEASURE,
		.of_measure = SPAN_LIT("members_end"),
		.instrument = INSTR_DECISION,
		.of_date = 18992,
		.approx = CLAIM_NEARLY,
		.how = CLAIM_MEAN,
	};
}

static inline struct op_unit sample_unit(void)
{
	return (struct op_unit){
		.code = SPAN_LIT("tam-ky"),
		.name = SPAN_LIT("Thành ủy Tam Kỳ"),
		.act = SPAN_LIT("12-QĐ/TU"),
		.contact = SPAN_LIT("Lê Văn C"),
		.phone = SPAN_LIT("0235 1234567"),
		.tags = SPAN_LIT("đô thị"),
		.unit = 2,
		.parent = 1,
		.kind = UNIT_DIRECT,
		.order = 1,
		.opened = 10000,
		.closed = 20269,
		.reports = 1,
	};
}

static inline struct op_device sample_device(void)
{
	struct op_device d = { .device = 0x1122334455667788, .epoch = 2, .person = 5 };

	sample_bytes(d.spki_hash, sizeof(d.spki_hash), 1);
	sample_bytes(d.seal_key, sizeof(d.seal_key), 64);
	sample_bytes(d.nonce, sizeof(d.nonce), 128);
	return d;
}

static inline struct op_incarnation sample_incarnation(void)
{
	struct op_incarnation n = { .branch_lsn = 9000,
				    .cause = SPAN_LIT("restored from backup"),
				    .illustrative = true };

	sample_bytes(n.id, sizeof(n.id), 1);
	sample_bytes(n.parent, sizeof(n.parent), 33);
	sample_bytes(n.store, sizeof(n.store), 65);
	sample_bytes(n.log_key, sizeof(n.log_key), 97);
	return n;
}

static const uint16_t sample_summary_measures[] = { 1, 2, 300 };
static const int64_t sample_summary_values[] = { 71087, 1336, 0 };

static inline struct op_summary sample_summary(void)
{
	struct op_summary s = { .form = 1,
				.period = { SAMPLE_DAY - 52, SAMPLE_DAY - 22 },
				.seen_lsn = 16294,
				.expected = 74,
				.signed_ = 73,
				.accepted = 70,
				.measures = sample_summary_measures,
				.values = sample_summary_values,
				.count = ARRAY_LEN(sample_summary_measures),
				.preparer = SPAN_LIT("Nguyễn Văn A"),
				.signer = SPAN_LIT("Trần Thị B"),
				.title = SPAN_LIT("Trưởng ban") };

	sample_bytes(s.hash, sizeof(s.hash), 17);
	return s;
}

static const uint32_t sample_into[] = { 31, 32 };
static const uint32_t sample_shares[] = { 600000, 400000 };
static const int64_t sample_values[] = { 5, 0 };

/* One change of every sort, each field set to something of its own. */
static const struct op_change sample_changes[] = {
	{ .what = CHANGE_CREATE,
	  .unit = 31,
	  .parent = 1,
	  .order = 4,
	  .kind = UNIT_DIRECT,
	  .code = SPAN_LIT("de-gi"),
	  .name = SPAN_LIT("Đảng bộ xã Đề Gi"),
	  .reports = 1 },
	{ .what = CHANGE_RENAME, .unit = 7, .name = SPAN_LIT("Đảng ủy xã Cát Minh") },
	{ .what = CHANGE_KIND, .unit = 8, .kind = UNIT_BASE_COMMITTEE },
	{ .what = CHANGE_MOVE, .unit = 9, .parent = 31, .order = 2 },
	{ .what = CHANGE_MERGE, .unit = 10, .into = sample_into, .into_count = 1 },
	{ .what = CHANGE_SPLIT,
	  .unit = 11,
	  .into = sample_into,
	  .into_count = 2,
	  .shares = sample_shares,
	  .ends = true },
	{ .what = CHANGE_DISSOLVE, .unit = 12 },
	{ .what = CHANGE_REOPEN, .unit = 13 },
	{ .what = CHANGE_LEAVE, .unit = 14 },
	{ .what = CHANGE_TARGET,
	  .unit = 11,
	  .into = sample_into,
	  .into_count = 2,
	  .values = sample_values,
	  .target_lsn = 44 },
};

static inline struct case_step sample_step(enum case_step_kind kind)
{
	struct case_step s = { .kind = kind, .day = SAMPLE_DAY };

	if (kind == STEP_CELL) {
		s.votes_for = 19;
		s.votes_of = 21;
		s.exceptions[s.exception_count++] = (struct case_exception){ CASE_RULE_AGE_MAX,
									     GROUND_CONSENT };
		s.exceptions[s.exception_count++] =
			(struct case_exception){ CASE_RULE_HELPER_MONTHS, GROUND_OTHER };
	}
	if (kind == STEP_RETURN)
		s.reason = REASON_PAPERS;
	return s;
}

static inline void sample_move(struct op *op, size_t i)
{
	static struct moved_step steps[2];

	op->kind = i == 52 ? OP_MEMBER_MOVE : OP_CASE_MOVE;
	op->move = (struct op_move){ .what = i == 53 ? MOVE_REFUSE : MOVE_SEND,
				     .other = 31,
				     .day = SAMPLE_DAY };
	sample_bytes(op->move.person, PERSON_ID, 160);
	sample_bytes(op->move.as, PERSON_ID, 60);
	if (i == 53)
		return;
	op->move.way = i == 51 ? MOVE_OTHER_DIRECT : MOVE_SAME_DIRECT;
	op->move.codes = (struct person_codes){
		.facts = FACT_WOMAN, .sources = 1 << SOURCE_ARMED, .age = AGE_31_35, .education = 3
	};
	op->move.sealed = SPAN_LIT("sealed anew");
	op->move.letter = SPAN_LIT("sealed letter");
	if (i == 52) {
		op->move.admitted = SAMPLE_DAY - 900;
		op->move.recognised = SAMPLE_DAY - 500;
		return;
	}
	op->move.after = sample_seen[0];
	steps[0] = (struct moved_step){ sample_step(STEP_INTRODUCE), SPAN_LIT("sealed paper") };
	steps[1] = (struct moved_step){ sample_step(STEP_CELL), { NULL, 0 } };
	op->move.steps = steps;
	op->move.step_count = 2;
}

/* Samples from 38 on. */
static inline void sample_register(struct op *op, size_t i)
{
	static uint8_t person[PERSON_ID];

	sample_bytes(person, sizeof(person), 160);
	switch (i) {
	case 38:
		op->kind = OP_NAMES_READ;
		op->names = (struct op_names){ NAMES_EXPORTED, 300 };
		break;
	case 39:
	case 40:
		op->kind = OP_CASE;
		op->open = (struct op_case){
			.codes = { .facts = FACT_WOMAN | FACT_READMITTED,
				   .sources = 1 << SOURCE_RURAL,
				   .age = AGE_31_35,
				   .education = 4 },
			.sealed = SPAN_LIT("sealed bytes"),
		};
		memcpy(op->open.person, person, sizeof(person));
		if (i == 39)
			op->open.step = sample_step(STEP_INTRODUCE);
		else
			op->open.over = sample_seen[0];
		break;
	case 41:
	case 42:
		op->kind = OP_CASE_STEP;
		memcpy(op->step.person, person, sizeof(person));
		if (i == 41) {
			op->step.step = sample_step(STEP_CELL);
			op->step.after = sample_seen[0];
			op->step.sealed = SPAN_LIT("6-KND, sealed");
		} else {
			op->step.settles = sample_seen;
			op->step.settle_count = ARRAY_LEN(sample_seen);
			op->step.keep = sample_seen[2];
		}
		break;
	case 43:
		op->kind = OP_FORGET;
		op->forget = (struct op_forget){ { 0 }, FORGET_OWN_RIGHT, 9003 };
		memcpy(op->forget.person, person, sizeof(person));
		break;
	case 48:
	case 49:
		op->kind = OP_MEMBER;
		op->member = (struct op_member){
			.codes = { .facts = FACT_WOMAN | FACT_MINORITY,
				   .age = AGE_56_60,
				   .education = 2 },
			.admitted = SAMPLE_DAY - 900,
			.recognised = i == 48 ? SAMPLE_DAY - 500 : 0,
			.sealed = SPAN_LIT("sealed bytes of a member"),
		};
		memcpy(op->member.person, person, sizeof(person));
		if (i == 49)
			op->member.over = sample_seen[0];
		break;
	case 50:
		op->kind = OP_MEMBER_END;
		op->member_end = (struct op_member_end){ .how = MEMBER_STRUCK_OFF,
							 .day = SAMPLE_DAY };
		memcpy(op->member_end.person, person, sizeof(person));
		break;
	case 51:
	case 52:
	case 53:
		sample_move(op, i);
		break;
	case 54:
		op->kind = OP_RECOVERY_KEY;
		op->unit = 0;
		sample_bytes(op->unit_key.key, sizeof(op->unit_key.key), 6);
		sample_bytes(op->unit_key.public_half, sizeof(op->unit_key.public_half), 41);
		op->unit_key.generation = 3;
		break;
	case 56:
		op->kind = OP_KEYS_RESTORED;
		op->unit = 0;
		op->clock.ms = 1663837200000;
		break;
	case 59: /* with all that form 2 asks for */
		op->kind = OP_CASE;
		op->open = (struct op_case){
			.codes = { .age = AGE_OVER_60,
				   .education = 4,
				   .occupation = OCCUPATION_OTHER,
				   .degree = DEGREE_DOCTOR,
				   .title = TITLE_PROFESSOR,
				   .marks = PERSON_MARKS_ALL },
			.step = sample_step(STEP_INTRODUCE),
			.sealed = SPAN_LIT("sealed bytes"),
		};
		memcpy(op->open.person, person, sizeof(person));
		break;
	case 55:
		op->kind = OP_RECOVER;
		op->recover = (struct op_recover){ 0xfeedbeef01020304, 9004 };
		break;
	default:
		op->kind = OP_UNIT_KEY;
		op->unit_key.code = SPAN_LIT("QNA.TK.001");
		op->unit_key.direct = 3;
		sample_bytes(op->unit_key.key, sizeof(op->unit_key.key), 5);
		sample_bytes(op->unit_key.public_half, sizeof(op->unit_key.public_half), 40);
		op->unit_key.generation = 2;
		break;
	}
}

/* Samples from 26 on. */
static inline void sample_months(struct op *op, size_t i)
{
	static const struct period month = { SAMPLE_DAY - 52, SAMPLE_DAY - 22 };

	switch (i) {
	case 26:
		op->kind = OP_SUMMARY;
		op->summary = sample_summary();
		break;
	case 27:
	case 28:
		op->kind = OP_LATE_DECISION;
		op->late = (struct op_late){ .lsn = 9001, .counts = i == 27 };
		if (i == 27) {
			op->late.as_unit = 31;
			op->late.as_period = (struct period){ SAMPLE_DAY - 52, SAMPLE_DAY - 37 };
		}
		break;
	case 29:
		op->kind = OP_CLOSE;
		op->close = (struct op_close){ 1, month };
		break;
	case 30:
		op->kind = OP_UNLOCK;
		op->unlock = (struct op_unlock){ 1, month, 1663923600000, 9002 };
		break;
	case 31:
		op->kind = OP_CALENDAR;
		op->calendar = (struct op_calendar){ 1, SAMPLE_DAY, 16, { 3, 5, 10 }, true };
		break;
	case 32:
	case 33:
		op->kind = i == 32 ? OP_ACT : OP_ACT_PROPOSAL;
		op->act = (struct op_act){ SPAN_LIT("1679/NQ-UBTVQH15"),
					   SPAN_LIT("Trần Thị B"),
					   SAMPLE_DAY - 15,
					   SAMPLE_DAY,
					   sample_changes,
					   ARRAY_LEN(sample_changes),
					   i == 32 ? 4711 : 0 };
		break;
	case 34:
		op->kind = OP_TARGET_REGISTER;
		op->target = sample_answer();
		break;
	case 35:
		op->kind = OP_ACCEPT;
		op->mark = (struct op_mark){ 1, month, 812, true };
		break;
	case 36:
		op->kind = OP_NOTE;
		op->note = (struct op_note){ SAMPLE_DAY, SPAN_LIT("Võ Thị E"),
					     SPAN_LIT("gọi điện, hẹn gửi ngày 25"), 2 };
		break;
	case 45:
		op->kind = OP_TARGET_DRAFT;
		op->target = sample_target();
		op->target.supersedes.len = 0;
		op->target.draft = 0;
		op->target.answer_by = SAMPLE_DAY + 10;
		break;
	case 46:
		op->kind = OP_GROUP;
		op->group = (struct op_group){ SPAN_LIT("miền núi"), SPAN_LIT("7-QĐ/BTC"),
					       SAMPLE_DAY, SAMPLE_DAY + 99 };
		break;
	case 47:
		op->kind = OP_COMMEND;
		op->commend = (struct op_commend){ .period = month,
						   .title = SPAN_LIT("Bí thư chi bộ thôn 3"),
						   .helped = 2 };
		break;
	case 58:
		op->kind = OP_COMMEND;
		op->commend = (struct op_commend){ .period = month,
						   .title = SPAN_LIT("Bí thư chi bộ thôn 3"),
						   .helped = 2,
						   .named = true,
						   .sealed = SPAN_LIT("sealed"),
						   .body = 1 };
		sample_bytes(op->commend.person, PERSON_ID, 7);
		break;
	case 37:
		op->kind = OP_OFFICER;
		op->officer = (struct op_officer){ SPAN_LIT("Đặng Văn G"),
						   SPAN_LIT("Ủy viên Ban Thường vụ"),
						   SPAN_LIT("0905 111111"),
						   SPAN_LIT("31-QĐ/TU"),
						   SAMPLE_DAY,
						   SAMPLE_DAY + 99 };
		break;
	case 51:
		op->kind = OP_ACT_REFUSAL;
		op->act_refusal.lsn = 4711;
		break;
	default:
		sample_register(op, i);
		break;
	}
}

static inline void sample_people(struct op *op, size_t i)
{
	static const enum op_kind device_kinds[] = { OP_DEVICE, OP_REVOKE, OP_EPOCH, OP_SUSPEND };

	switch (i) {
	case 17:
		op->kind = OP_PERSON;
		op->person = (struct op_person){ 5,
						 ROLE_OPERATOR,
						 SPAN_LIT("Phạm Thị D"),
						 SPAN_LIT("Phó ban"),
						 SPAN_LIT("0905 000000"),
						 10000,
						 20000 };
		break;
	case 18:
		op->kind = OP_ENROL_CODE;
		op->enrol_code = (struct op_enrol_code){ { 0 }, 1663837200000, 5 };
		sample_bytes(op->enrol_code.code_hash, 32, 9);
		break;
	case 19:
	case 20:
	case 21:
	case 22:
		op->kind = device_kinds[i - 19];
		op->device = sample_device();
		break;
	case 23:
		op->kind = OP_INCARNATION;
		op->incarnation = sample_incarnation();
		break;
	case 24:
		op->kind = OP_START;
		break;
	case 25:
		op->kind = OP_CLOCK;
		op->clock.ms = 1663837200000;
		break;
	default:
		sample_months(op, i);
		break;
	}
}

static inline void sample_tree(struct op *op, size_t i)
{
	static const struct period year = { 18993, 19357 };

	switch (i) {
	case 11:
	case 12:
		op->kind = OP_TARGET;
		op->target = sample_target();
		if (i == 11)
			break;
		op->target.type = TARGET_RATE; /* the fields that a range leaves empty */
		op->target.value = op->target.value_max = 0;
		op->target.rate_digits = 35;
		op->target.rate_decimals = 1;
		op->target.base_value = 70314;
		break;
	case 13:
		op->kind = OP_UNIT;
		op->create = sample_unit();
		break;
	case 14:
		op->kind = OP_PLAN;
		op->plan = (struct op_plan){ 1, year, PLAN_MONTH };
		break;
	case 15:
		op->kind = OP_FORM;
		op->form.text = SPAN_LIT("[form]\ncode = monthly\n");
		break;
	case 16:
		op->kind = OP_SETTING;
		op->setting = (struct op_setting){ SPAN_LIT("rounding"), SPAN_LIT("half-up 2") };
		break;
	default:
		sample_people(op, i);
		break;
	}
}

static inline void sample_correct(struct op *op)
{
	static const struct op_id over[] = { { 0xfeedbeef01020304, 1, 7 }, { 3, 2, 9 } };
	static struct op_fix fixes[] = {
		{ .field = 2,
		  .sealed = SPAN_LIT("a birth date, sealed"),
		  .over = over,
		  .over_count = 2 },
		{ .field = FIX_FACT, .value = 1 },
		{ .field = FIX_RECOGNISED, .value = SAMPLE_DAY, .over = over, .over_count = 1 },
	};

	sample_bytes(fixes[0].tag, FIX_TAG, 12);
	op->kind = OP_CORRECT;
	op->correct.fixes = fixes;
	op->correct.count = ARRAY_LEN(fixes);
	sample_bytes(op->correct.person, PERSON_ID, 77);
}

/* Sample `i`, 0..SAMPLES-1. Spans lend from static memory. */
static inline struct op sample_op(size_t i)
{
	static const enum op_kind marks[] = { OP_RECALL, OP_RETURN, OP_ACCEPT };
	struct op op = { .kind = OP_SHEET,
			 .unit = 2,
			 .author = 5,
			 .device_time_ms = 1663837200123,
			 .source = SPAN_LIT("telephone log") };

	if (i != 0) { /* sample 0 is the usual month */
		op.reason = SPAN_LIT("số liệu bổ sung");
		op.on_behalf = SPAN_LIT("điện thoại, ông Hai");
	}
	switch (i) {
	case 0:
	case 1:
	case 2:
	case 3:
		op.sheet = sample_sheet(i == 1);
		if (i >= 2)
			op.sheet.figure_count = 0, op.sheet.figures = NULL; /* a signature alone */
		if (i == 3)
			op.device_time_ms = -1, op.sheet.sign.nil = true;
		break;
	case 4:
	case 5:
	case 6:
		op.kind = marks[i - 4];
		op.mark = (struct op_mark){ 1, { SAMPLE_DAY - 52, SAMPLE_DAY - 22 }, 812, false };
		break;
	case 7:
		op.kind = OP_REQUEST;
		op.request = (struct op_request){ 9, SAMPLE_DAY, 1663837200000 };
		break;
	case 8:
		op.kind = OP_MEMBERS;
		op.members = (struct op_members){ SAMPLE_DAY, 71087 };
		break;
	case 9:
	case 10:
		op.kind = OP_CLAIM;
		op.claim = sample_claim();
		if (i == 10) /* printed 0 %, and no value: not the same as 0 */
			op.claim.has_value = false, op.claim.value = 0, op.claim.percent_digits = 0;
		break;
	case 60:
		sample_correct(&op);
		break;
	case 61: /* restored, with the decision */
		op.kind = OP_MEMBER;
		op.member = (struct op_member){
			.codes = { .facts = FACT_WOMAN, .age = AGE_56_60, .education = 2 },
			.admitted = SAMPLE_DAY - 900,
			.sealed = SPAN_LIT("sealed bytes of a member"),
			.gain = GAIN_RESTORED,
			.gained = SAMPLE_DAY - 9,
			.letter = SPAN_LIT("a decision, sealed")
		};
		sample_bytes(op.member.person, PERSON_ID, 78);
		break;
	case 62: /* with the decision */
		op.kind = OP_MEMBER_END;
		op.member_end = (struct op_member_end){ .how = MEMBER_EXPELLED,
							.day = SAMPLE_DAY,
							.sealed = SPAN_LIT("a decision, sealed") };
		sample_bytes(op.member_end.person, PERSON_ID, 79);
		break;
	default:
		sample_tree(&op, i);
		break;
	}
	return op;
}

static inline void dump_span(struct buf *b, const char *name, struct span s)
{
	if (s.len)
		buf_printf(b, " %s=\"%.*s\"", name, (int)s.len, (const char *)s.data);
}

static inline void dump_hex(struct buf *b, const char *name, const uint8_t *bytes, size_t len)
{
	buf_printf(b, " %s=", name);
	for (size_t i = 0; i < len; i++)
		buf_printf(b, "%02x", bytes[i]);
}

static inline void dump_num(struct buf *b, const char *name, int64_t v)
{
	buf_printf(b, " %s=%" PRId64, name, v);
}

static inline void dump_period(struct buf *b, struct period p)
{
	buf_printf(b, " period=%d..%d", p.from, p.to);
}

static inline void dump_sheet(struct buf *b, const struct op_sheet *s)
{
	dump_num(b, "form", s->form);
	dump_num(b, "form_version", s->form_version);
	dump_period(b, s->period);
	buf_printf(b, " request=%" PRIu64, s->request);
	for (size_t i = 0; i < s->seen_count; i++)
		buf_printf(b, " seen=%" PRIx64 ".%" PRIu32 ".%" PRIu64, s->seen[i].device,
			   s->seen[i].epoch, s->seen[i].seq);
	for (size_t i = 0; i < s->figure_count; i++)
		buf_printf(b, " figure=%u:%u:%" PRId64 ":%u:%" PRIx64, s->figures[i].measure,
			   (unsigned)s->figures[i].state, s->figures[i].value, s->figures[i].approx,
			   s->figures[i].over);
	buf_printf(b, " sign=%u:%d:%u:%" PRIx64, (unsigned)s->sign.how, s->sign.paper_day,
		   s->sign.nil, s->sign.covers);
	dump_span(b, "preparer", s->sign.preparer);
	dump_span(b, "signer", s->sign.signer);
	dump_span(b, "title", s->sign.title);
}

static inline void dump_target(struct buf *b, const struct op_target *t)
{
	dump_period(b, t->period);
	dump_span(b, "measure", t->measure);
	dump_span(b, "group", t->group);
	dump_num(b, "instrument", t->instrument);
	dump_span(b, "doc_no", t->doc_no);
	dump_span(b, "issuer", t->issuer);
	dump_num(b, "doc_date", t->doc_date);
	dump_num(b, "type", t->type);
	dump_num(b, "value", t->value);
	dump_num(b, "value_max", t->value_max);
	dump_num(b, "rate_digits", t->rate_digits);
	dump_num(b, "rate_decimals", t->rate_decimals);
	dump_num(b, "base_date", t->base_date);
	dump_num(b, "has_base", t->has_base);
	dump_num(b, "base_value", t->base_value);
	dump_num(b, "per_year", t->per_year);
	dump_span(b, "supersedes", t->supersedes);
	dump_num(b, "draft", (int64_t)t->draft);
	dump_num(b, "answer_by", t->answer_by);
}

static inline void dump_claim(struct buf *b, const struct op_claim *c)
{
	dump_span(b, "id", c->id);
	dump_span(b, "source", c->source);
	dump_span(b, "doc_no", c->doc_no);
	dump_period(b, c->period);
	dump_span(b, "measure", c->measure);
	dump_num(b, "has_value", c->has_value);
	dump_num(b, "value", c->value);
	dump_num(b, "has_percent", c->has_percent);
	dump_num(b, "percent_digits", c->percent_digits);
	dump_num(b, "percent_decimals", c->percent_decimals);
	dump_num(b, "of", c->of);
	dump_span(b, "of_measure", c->of_measure);
	dump_num(b, "instrument", c->instrument);
	dump_num(b, "of_date", c->of_date);
	dump_num(b, "approx", c->approx);
	dump_num(b, "how", c->how);
}

static inline void dump_unit(struct buf *b, const struct op_unit *u)
{
	dump_num(b, "number", u->unit);
	dump_span(b, "code", u->code);
	dump_num(b, "parent", u->parent);
	dump_num(b, "unit_kind", u->kind);
	dump_span(b, "name", u->name);
	dump_num(b, "order", u->order);
	dump_num(b, "opened", u->opened);
	dump_num(b, "closed", u->closed);
	dump_span(b, "act", u->act);
	dump_span(b, "contact", u->contact);
	dump_span(b, "phone", u->phone);
	dump_span(b, "tags", u->tags);
	dump_num(b, "reports", u->reports);
}

static inline void dump_people(struct buf *b, const struct op *op)
{
	switch (op->kind) {
	case OP_DEVICE:
	case OP_REVOKE:
	case OP_EPOCH:
	case OP_SUSPEND:
		buf_printf(b, " device=%" PRIx64, op->device.device);
		dump_num(b, "epoch", op->device.epoch);
		dump_num(b, "person", op->device.person);
		dump_hex(b, "spki_hash", op->device.spki_hash, 32);
		dump_hex(b, "seal_key", op->device.seal_key, 32);
		dump_hex(b, "nonce", op->device.nonce, 16);
		break;
	case OP_PERSON:
		dump_num(b, "person", op->person.person);
		dump_num(b, "role", op->person.role);
		dump_span(b, "name", op->person.name);
		dump_span(b, "title", op->person.title);
		dump_span(b, "phone", op->person.phone);
		dump_num(b, "from", op->person.from);
		dump_num(b, "to", op->person.to);
		break;
	case OP_ENROL_CODE:
		dump_hex(b, "code_hash", op->enrol_code.code_hash, 32);
		dump_num(b, "expires_ms", op->enrol_code.expires_ms);
		dump_num(b, "person", op->enrol_code.person);
		break;
	case OP_INCARNATION:
		dump_hex(b, "id", op->incarnation.id, 16);
		dump_hex(b, "parent", op->incarnation.parent, 16);
		dump_num(b, "branch_lsn", (int64_t)op->incarnation.branch_lsn);
		dump_span(b, "cause", op->incarnation.cause);
		dump_hex(b, "store", op->incarnation.store, 16);
		dump_num(b, "illustrative", op->incarnation.illustrative);
		dump_hex(b, "log_key", op->incarnation.log_key, 32);
		break;
	case OP_CLOCK:
	case OP_KEYS_RESTORED:
		dump_num(b, "ms", op->clock.ms);
		break;
	default:
		break;
	}
}

static inline void dump_change(struct buf *b, const struct op_change *c)
{
	dump_num(b, "what", c->what);
	dump_num(b, "number", c->unit);
	dump_num(b, "parent", c->parent);
	dump_num(b, "order", c->order);
	dump_num(b, "unit_kind", c->kind);
	dump_span(b, "code", c->code);
	dump_span(b, "name", c->name);
	dump_num(b, "reports", c->reports);
	for (size_t i = 0; i < c->into_count; i++) {
		dump_num(b, "into", c->into[i]);
		dump_num(b, "share", c->shares ? (int64_t)c->shares[i] : -1);
		dump_num(b, "value", c->values ? c->values[i] : -1);
	}
	dump_num(b, "ends", c->ends);
	dump_num(b, "target_lsn", (int64_t)c->target_lsn);
}

static inline void dump_summary(struct buf *b, const struct op_summary *s)
{
	dump_num(b, "form", s->form);
	dump_period(b, s->period);
	dump_num(b, "seen_lsn", (int64_t)s->seen_lsn);
	dump_num(b, "expected", s->expected);
	dump_num(b, "signed", s->signed_);
	dump_num(b, "accepted", s->accepted);
	for (size_t i = 0; i < s->count; i++)
		buf_printf(b, " total=%u:%" PRId64, s->measures[i], s->values[i]);
	dump_hex(b, "hash", s->hash, 32);
	dump_span(b, "preparer", s->preparer);
	dump_span(b, "signer", s->signer);
	dump_span(b, "title", s->title);
}

static inline void dump_id(struct buf *b, const char *name, struct op_id id)
{
	buf_printf(b, " %s=%" PRIx64 "-%" PRIu32 "-%" PRIu64, name, id.device, id.epoch, id.seq);
}

static inline void dump_step(struct buf *b, const struct case_step *s)
{
	dump_num(b, "step", s->kind);
	dump_num(b, "day", s->day);
	dump_num(b, "why", s->reason);
	dump_num(b, "for", s->votes_for);
	dump_num(b, "of", s->votes_of);
	for (size_t i = 0; i < s->exception_count; i++) {
		dump_num(b, "rule", s->exceptions[i].rule);
		dump_num(b, "ground", s->exceptions[i].ground);
	}
}

static inline void dump_form2(struct buf *b, const struct person_codes *c)
{
	if (!c->occupation && !c->degree && !c->title && !c->marks)
		return;
	dump_num(b, "occupation", c->occupation);
	dump_num(b, "degree", c->degree);
	dump_num(b, "title", c->title);
	dump_num(b, "marks", c->marks);
}

static inline void dump_register(struct buf *b, const struct op *op)
{
	switch (op->kind) {
	case OP_NAMES_READ:
		dump_num(b, "how", op->names.how);
		dump_num(b, "count", op->names.count);
		break;
	case OP_CASE:
		dump_hex(b, "person", op->open.person, PERSON_ID);
		dump_num(b, "facts", op->open.codes.facts);
		dump_num(b, "sources", op->open.codes.sources);
		dump_num(b, "age", op->open.codes.age);
		dump_num(b, "education", op->open.codes.education);
		dump_form2(b, &op->open.codes);
		dump_step(b, &op->open.step);
		dump_span(b, "sealed", op->open.sealed);
		dump_id(b, "over", op->open.over);
		break;
	case OP_CASE_STEP:
		dump_hex(b, "person", op->step.person, PERSON_ID);
		dump_step(b, &op->step.step);
		dump_id(b, "after", op->step.after);
		dump_num(b, "to", op->step.to);
		dump_span(b, "sealed", op->step.sealed);
		for (size_t i = 0; i < op->step.settle_count; i++)
			dump_id(b, "settles", op->step.settles[i]);
		dump_id(b, "keep", op->step.keep);
		break;
	case OP_MEMBER:
		dump_hex(b, "person", op->member.person, PERSON_ID);
		dump_num(b, "facts", op->member.codes.facts);
		dump_num(b, "age", op->member.codes.age);
		dump_num(b, "education", op->member.codes.education);
		dump_form2(b, &op->member.codes);
		dump_num(b, "admitted", op->member.admitted);
		dump_num(b, "recognised", op->member.recognised);
		dump_span(b, "sealed", op->member.sealed);
		dump_id(b, "over", op->member.over);
		if (op->member.gain != GAIN_NONE) {
			dump_num(b, "gain", op->member.gain);
			dump_num(b, "gained", op->member.gained);
			dump_span(b, "letter", op->member.letter);
		}
		break;
	case OP_MEMBER_END:
		dump_hex(b, "person", op->member_end.person, PERSON_ID);
		dump_num(b, "how", op->member_end.how);
		dump_num(b, "day", op->member_end.day);
		dump_span(b, "sealed", op->member_end.sealed);
		break;
	case OP_CASE_MOVE:
	case OP_MEMBER_MOVE:
		dump_num(b, "what", op->move.what);
		dump_num(b, "other", op->move.other);
		dump_hex(b, "person", op->move.person, PERSON_ID);
		dump_hex(b, "as", op->move.as, PERSON_ID);
		dump_num(b, "day", op->move.day);
		dump_num(b, "way", op->move.way);
		dump_num(b, "facts", op->move.codes.facts);
		dump_num(b, "sources", op->move.codes.sources);
		dump_num(b, "age", op->move.codes.age);
		dump_num(b, "education", op->move.codes.education);
		dump_form2(b, &op->move.codes);
		dump_span(b, "sealed", op->move.sealed);
		dump_span(b, "letter", op->move.letter);
		dump_id(b, "after", op->move.after);
		for (size_t i = 0; i < op->move.step_count; i++) {
			dump_step(b, &op->move.steps[i].step);
			dump_span(b, "sealed", op->move.steps[i].sealed);
		}
		dump_num(b, "admitted", op->move.admitted);
		dump_num(b, "recognised", op->move.recognised);
		break;
	case OP_FORGET:
		dump_hex(b, "person", op->forget.person, PERSON_ID);
		dump_num(b, "why", op->forget.why);
		dump_num(b, "confirms", (int64_t)op->forget.confirms);
		break;
	case OP_CORRECT:
		dump_hex(b, "person", op->correct.person, PERSON_ID);
		for (size_t i = 0; i < op->correct.count; i++) {
			const struct op_fix *f = &op->correct.fixes[i];

			dump_num(b, "field", f->field);
			dump_span(b, "sealed", f->sealed);
			if (f->sealed.len)
				dump_hex(b, "tag", f->tag, FIX_TAG);
			dump_num(b, "value", f->value);
			for (size_t k = 0; k < f->over_count; k++)
				dump_id(b, "over", f->over[k]);
		}
		break;
	case OP_RECOVER:
		dump_num(b, "device", (int64_t)op->recover.device);
		dump_num(b, "confirms", (int64_t)op->recover.confirms);
		break;
	case OP_UNIT_KEY:
	case OP_RECOVERY_KEY:
		dump_hex(b, "key", op->unit_key.key, PERSON_ID);
		dump_hex(b, "public", op->unit_key.public_half, 32);
		dump_num(b, "generation", op->unit_key.generation);
		dump_span(b, "code", op->unit_key.code);
		dump_num(b, "direct", op->unit_key.direct);
		break;
	default:
		dump_people(b, op);
		break;
	}
}

static inline void dump_months(struct buf *b, const struct op *op)
{
	switch (op->kind) {
	case OP_SUMMARY:
		dump_summary(b, &op->summary);
		break;
	case OP_LATE_DECISION:
		dump_num(b, "lsn", (int64_t)op->late.lsn);
		dump_num(b, "counts", op->late.counts);
		dump_num(b, "as_unit", op->late.as_unit);
		dump_num(b, "as_from", op->late.as_period.from);
		dump_num(b, "as_to", op->late.as_period.to);
		break;
	case OP_CLOSE:
		dump_num(b, "form", op->close.form);
		dump_period(b, op->close.period);
		break;
	case OP_UNLOCK:
		dump_num(b, "form", op->unlock.form);
		dump_period(b, op->unlock.period);
		dump_num(b, "until_ms", op->unlock.until_ms);
		dump_num(b, "confirms", (int64_t)op->unlock.confirms);
		break;
	case OP_CALENDAR:
		dump_num(b, "form", op->calendar.form);
		dump_num(b, "from", op->calendar.from);
		dump_num(b, "first_day", op->calendar.first_day);
		for (int i = 0; i < DUE_LEVELS; i++)
			dump_num(b, "due", op->calendar.due_days[i]);
		dump_num(b, "working_days", op->calendar.working_days);
		break;
	case OP_ACT:
	case OP_ACT_PROPOSAL:
		dump_span(b, "no", op->act.no);
		dump_span(b, "signer", op->act.signer);
		dump_num(b, "signed_day", op->act.signed_day);
		dump_num(b, "effective", op->act.effective);
		dump_num(b, "proposal", (int64_t)op->act.proposal);
		for (size_t i = 0; i < op->act.count; i++)
			dump_change(b, &op->act.changes[i]);
		break;
	case OP_ACT_REFUSAL:
		dump_num(b, "lsn", (int64_t)op->act_refusal.lsn);
		break;
	case OP_NOTE:
		dump_num(b, "day", op->note.day);
		dump_span(b, "who", op->note.who);
		dump_span(b, "text", op->note.text);
		dump_num(b, "step", op->note.step);
		break;
	case OP_OFFICER:
		dump_span(b, "name", op->officer.name);
		dump_span(b, "title", op->officer.title);
		dump_span(b, "phone", op->officer.phone);
		dump_span(b, "doc_no", op->officer.doc_no);
		dump_num(b, "from", op->officer.from);
		dump_num(b, "to", op->officer.to);
		break;
	case OP_GROUP:
		dump_span(b, "name", op->group.name);
		dump_num(b, "from", op->group.from);
		dump_num(b, "to", op->group.to);
		dump_span(b, "doc_no", op->group.doc_no);
		break;
	case OP_COMMEND:
		dump_period(b, op->commend.period);
		dump_span(b, "title", op->commend.title);
		dump_num(b, "helped", op->commend.helped);
		if (op->commend.named)
			dump_hex(b, "person", op->commend.person, PERSON_ID);
		if (op->commend.sealed.len)
			dump_span(b, "sealed", op->commend.sealed);
		if (op->commend.body)
			dump_num(b, "body", op->commend.body);
		break;
	default:
		dump_register(b, op);
		break;
	}
}

static inline void dump_rest(struct buf *b, const struct op *op)
{
	switch (op->kind) {
	case OP_REQUEST:
		dump_num(b, "form", op->request.form);
		dump_num(b, "day", op->request.day);
		dump_num(b, "due_ms", op->request.due_ms);
		break;
	case OP_MEMBERS:
		dump_num(b, "day", op->members.day);
		dump_num(b, "members", op->members.members);
		break;
	case OP_PLAN:
		dump_num(b, "form", op->plan.form);
		dump_period(b, op->plan.period);
		dump_num(b, "step", op->plan.step);
		break;
	case OP_FORM:
		dump_num(b, "text_len", (int64_t)op->form.text.len);
		dump_span(b, "text", op->form.text);
		break;
	case OP_SETTING:
		dump_span(b, "key", op->setting.key);
		dump_span(b, "value", op->setting.value);
		break;
	default:
		dump_months(b, op);
		break;
	}
}

static inline void op_dump(struct buf *b, const struct op *op)
{
	buf_printf(b, "kind=%u unit=%" PRIu32 " author=%" PRIu32, (unsigned)op->kind, op->unit,
		   op->author);
	dump_num(b, "device_time_ms", op->device_time_ms);
	dump_span(b, "reason", op->reason);
	dump_span(b, "on_behalf", op->on_behalf);
	dump_span(b, "source", op->source);
	switch (op->kind) {
	case OP_SHEET:
		dump_sheet(b, &op->sheet);
		break;
	case OP_RECALL:
	case OP_RETURN:
	case OP_ACCEPT:
		dump_num(b, "form", op->mark.form);
		dump_period(b, op->mark.period);
		dump_num(b, "seen_lsn", (int64_t)op->mark.seen_lsn);
		dump_num(b, "in_time", op->mark.in_time);
		break;
	case OP_TARGET:
	case OP_TARGET_REGISTER:
	case OP_TARGET_DRAFT:
		dump_target(b, &op->target);
		break;
	case OP_CLAIM:
		dump_claim(b, &op->claim);
		break;
	case OP_UNIT:
		dump_unit(b, &op->create);
		break;
	default:
		dump_rest(b, op);
		break;
	}
}
#endif
