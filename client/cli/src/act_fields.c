#include "act_fields.h"
#include "show.h"

#include "client/act.h"
#include "domain/target.h"

#include <stddef.h>

/* What a column's text becomes, at `offset` of the op. */
typedef int field_fn(struct cli *c, struct op *op, size_t offset, const char *text);

struct field {
	const char *name;
	field_fn *read;
	size_t offset;
};

#define AT(member) offsetof(struct op, member)

static void *at(struct op *op, size_t offset)
{
	return (char *)op + offset;
}

static int wrong_word(struct cli *c, const char *text)
{
	return err_set(&c->err, ERR_INVALID, "%s is not a word for this column", text);
}

/* ---- values ---- */

static int read_text(struct cli *c, struct op *op, size_t offset, const char *text)
{
	(void)c;
	*(struct span *)at(op, offset) = span_str(text);
	return 0;
}

static int read_count(struct cli *c, struct op *op, size_t offset, const char *text)
{
	enum text_grouping grouping;

	return text_count(at(op, offset), &grouping, span_str(text), &c->err);
}

static int read_number(struct cli *c, struct op *op, size_t offset, const char *text)
{
	int64_t value = 0;
	enum text_grouping grouping;
	int rc = text_count(&value, &grouping, span_str(text), &c->err);

	if (!rc && (value < 0 || value > UINT32_MAX))
		rc = err_set(&c->err, ERR_RANGE, "%s is too large a number", text);
	*(uint32_t *)at(op, offset) = (uint32_t)value;
	return rc;
}

static int read_entry(struct cli *c, struct op *op, size_t offset, const char *text)
{
	int64_t value = 0;
	enum text_grouping grouping;
	int rc = text_count(&value, &grouping, span_str(text), &c->err);

	*(uint64_t *)at(op, offset) = (uint64_t)value;
	return rc;
}

static int read_day(struct cli *c, struct op *op, size_t offset, const char *text)
{
	return ask_day(c, text, at(op, offset));
}

static int read_period(struct cli *c, struct op *op, size_t offset, const char *text)
{
	return cli_misused(c, period_parse(at(op, offset), span_str(text), &c->err));
}

static int read_unit(struct cli *c, struct op *op, size_t offset, const char *text)
{
	const struct unit *u;
	int rc = ask_unit(c, text, &u);

	if (!rc)
		*(uint32_t *)at(op, offset) = u->unit;
	return rc;
}

static int read_form(struct cli *c, struct op *op, size_t offset, const char *text)
{
	const struct form *f = ledger_form_code(client_base(c->client), span_str(text), &c->err);

	if (!f)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", text);
	*(uint8_t *)at(op, offset) = f->no;
	return 0;
}

static int read_reports(struct cli *c, struct op *op, size_t offset, const char *text)
{
	if (!strcmp(text, "no"))
		return 0;
	return strcmp(text, "yes") ? wrong_word(c, text) : read_form(c, op, offset, "monthly");
}

/* ---- words ---- */

/* An array of words that ends with NULL: the index is the value. */
static int read_word(struct cli *c, const char *const *words, const char *text, unsigned *out)
{
	*out = 0;
	for (unsigned i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*out = i;
			return 0;
		}
	}
	return wrong_word(c, text);
}

static int read_instrument(struct cli *c, struct op *op, size_t offset, const char *text)
{
	enum target_instrument i = instrument_parse(span_str(text));

	*(enum target_instrument *)at(op, offset) = i;
	return i == INSTR_NONE ? wrong_word(c, text) : 0;
}

static int read_type(struct cli *c, struct op *op, size_t offset, const char *text)
{
	enum target_type t = target_type_parse(span_str(text));

	*(enum target_type *)at(op, offset) = t;
	return t == TARGET_NONE ? wrong_word(c, text) : 0;
}

static int read_kind(struct cli *c, struct op *op, size_t offset, const char *text)
{
	enum unit_kind k = unit_kind_parse(span_str(text));

	*(enum unit_kind *)at(op, offset) = k;
	return k == UNIT_NONE ? wrong_word(c, text) : 0;
}

static int read_per(struct cli *c, struct op *op, size_t offset, const char *text)
{
	static const char *const words[] = { "period", "year", NULL };
	unsigned word;
	int rc = read_word(c, words, text, &word);

	if (!rc)
		*(bool *)at(op, offset) = word;
	return rc;
}

static int read_step(struct cli *c, struct op *op, size_t offset, const char *text)
{
	static const char *const words[] = { "none", "month", "quarter", "half",
					     "year", "whole", NULL };
	unsigned word;
	int rc = read_word(c, words, text, &word);

	if (!rc)
		*(enum plan_step *)at(op, offset) = (enum plan_step)word;
	return rc;
}

static int read_role(struct cli *c, struct op *op, size_t offset, const char *text)
{
	static const char *const words[] = { "", "clerk", "approver", "operator", "auditor", NULL };
	unsigned word;
	int rc = *text ? read_word(c, words, text, &word) : wrong_word(c, text);

	if (!rc)
		*(enum person_role *)at(op, offset) = (enum person_role)word;
	return rc;
}

static int read_percent(struct cli *c, const char *text, int64_t *digits, uint8_t *decimals)
{
	unsigned count = 0;
	bool comma;
	int rc = text_percent(digits, &count, &comma, span_str(text), &c->err);

	*decimals = (uint8_t)count;
	return rc;
}

static int read_rate(struct cli *c, struct op *op, size_t offset, const char *text)
{
	(void)offset;
	return read_percent(c, text, &op->target.rate_digits, &op->target.rate_decimals);
}

static int read_base(struct cli *c, struct op *op, size_t offset, const char *text)
{
	op->target.has_base = true;
	return read_count(c, op, offset, text);
}

static int read_claim_value(struct cli *c, struct op *op, size_t offset, const char *text)
{
	op->claim.has_value = true;
	return read_count(c, op, offset, text);
}

static int read_claim_percent(struct cli *c, struct op *op, size_t offset, const char *text)
{
	(void)offset;
	op->claim.has_percent = true;
	return read_percent(c, text, &op->claim.percent_digits, &op->claim.percent_decimals);
}

static int read_of(struct cli *c, struct op *op, size_t offset, const char *text)
{
	(void)c;
	(void)offset;
	op->claim.of = !strcmp(text, "target")    ? CLAIM_OF_TARGET
		       : !strcmp(text, "members") ? CLAIM_OF_MEMBERS
						  : CLAIM_OF_MEASURE;
	if (op->claim.of == CLAIM_OF_MEASURE)
		op->claim.of_measure = span_str(text);
	return 0;
}

static int read_approx(struct cli *c, struct op *op, size_t offset, const char *text)
{
	static const char *const words[] = { "", "over", "nearly", "about", NULL };
	unsigned word;
	int rc = read_word(c, words, text, &word);

	if (!rc)
		*(enum claim_approx *)at(op, offset) = (enum claim_approx)word;
	return rc;
}

static int read_how(struct cli *c, struct op *op, size_t offset, const char *text)
{
	static const char *const words[] = { "sum", "mean", "difference", "count", NULL };
	unsigned word;
	int rc = read_word(c, words, text, &word);

	if (!rc)
		*(enum claim_how *)at(op, offset) = (enum claim_how)word;
	return rc;
}

/* ---- kinds ---- */

static const struct field target_fields[] = {
	{ "unit", read_unit, AT(unit) },
	{ "period", read_period, AT(target.period) },
	{ "measure", read_text, AT(target.measure) },
	{ "group", read_text, AT(target.group) },
	{ "instrument", read_instrument, AT(target.instrument) },
	{ "doc_no", read_text, AT(target.doc_no) },
	{ "doc_date", read_day, AT(target.doc_date) },
	{ "type", read_type, AT(target.type) },
	{ "value", read_count, AT(target.value) },
	{ "value_max", read_count, AT(target.value_max) },
	{ "rate", read_rate, 0 },
	{ "base_date", read_day, AT(target.base_date) },
	{ "base_value", read_base, AT(target.base_value) },
	{ "issuer", read_text, AT(target.issuer) },
	{ "per", read_per, AT(target.per_year) },
	{ "supersedes", read_text, AT(target.supersedes) },
	{ "draft", read_entry, AT(target.draft) },
	{ NULL, NULL, 0 },
};
static const struct field members_fields[] = {
	{ "unit", read_unit, AT(unit) },
	{ "date", read_day, AT(members.day) },
	{ "members", read_count, AT(members.members) },
	{ NULL, NULL, 0 },
};
static const struct field claim_fields[] = {
	{ "id", read_text, AT(claim.id) },
	{ "unit", read_unit, AT(unit) },
	{ "from", read_day, AT(claim.period.from) },
	{ "to", read_day, AT(claim.period.to) },
	{ "measure", read_text, AT(claim.measure) },
	{ "value", read_claim_value, AT(claim.value) },
	{ "percent", read_claim_percent, 0 },
	{ "of", read_of, 0 },
	{ "instrument", read_instrument, AT(claim.instrument) },
	{ "source", read_text, AT(claim.source) },
	{ "of_date", read_day, AT(claim.of_date) },
	{ "doc_no", read_text, AT(claim.doc_no) },
	{ "approx", read_approx, AT(claim.approx) },
	{ "how", read_how, AT(claim.how) },
	{ NULL, NULL, 0 },
};
static const struct field unit_fields[] = {
	{ "code", read_text, AT(create.code) },
	{ "parent", read_unit, AT(create.parent) },
	{ "kind", read_kind, AT(create.kind) },
	{ "name", read_text, AT(create.name) },
	{ "reports", read_reports, AT(create.reports) },
	{ "opened", read_day, AT(create.opened) },
	{ "closed", read_day, AT(create.closed) },
	{ "act", read_text, AT(create.act) },
	{ "order", read_number, AT(create.order) },
	{ "tags", read_text, AT(create.tags) },
	{ "contact", read_text, AT(create.contact) },
	{ "phone", read_text, AT(create.phone) },
	{ NULL, NULL, 0 },
};
static const struct field plan_fields[] = {
	{ "unit", read_unit, AT(unit) },
	{ "form", read_form, AT(plan.form) },
	{ "from", read_day, AT(plan.period.from) },
	{ "to", read_day, AT(plan.period.to) },
	{ "step", read_step, AT(plan.step) },
	{ NULL, NULL, 0 },
};
static const struct field setting_fields[] = {
	{ "key", read_text, AT(setting.key) },
	{ "value", read_text, AT(setting.value) },
	{ NULL, NULL, 0 },
};
static const struct field person_fields[] = {
	{ "unit", read_unit, AT(unit) },
	{ "person", read_number, AT(person.person) },
	{ "role", read_role, AT(person.role) },
	{ "name", read_text, AT(person.name) },
	{ "title", read_text, AT(person.title) },
	{ "phone", read_text, AT(person.phone) },
	{ "from", read_day, AT(person.from) },
	{ "to", read_day, AT(person.to) },
	{ NULL, NULL, 0 },
};

static const struct field draft_fields[] = {
	{ "unit", read_unit, AT(unit) },
	{ "period", read_period, AT(target.period) },
	{ "measure", read_text, AT(target.measure) },
	{ "group", read_text, AT(target.group) },
	{ "instrument", read_instrument, AT(target.instrument) },
	{ "doc_no", read_text, AT(target.doc_no) },
	{ "type", read_type, AT(target.type) },
	{ "value", read_count, AT(target.value) },
	{ "value_max", read_count, AT(target.value_max) },
	{ "rate", read_rate, 0 },
	{ "base_date", read_day, AT(target.base_date) },
	{ "base_value", read_base, AT(target.base_value) },
	{ "issuer", read_text, AT(target.issuer) },
	{ "per", read_per, AT(target.per_year) },
	{ "answer_by", read_day, AT(target.answer_by) },
	{ NULL, NULL, 0 },
};
static const struct field group_fields[] = {
	{ "unit", read_unit, AT(unit) },           { "name", read_text, AT(group.name) },
	{ "from", read_day, AT(group.from) },      { "to", read_day, AT(group.to) },
	{ "doc_no", read_text, AT(group.doc_no) }, { NULL, NULL, 0 },
};
static const struct field commend_fields[] = {
	{ "unit", read_unit, AT(unit) },
	{ "period", read_period, AT(commend.period) },
	{ "title", read_text, AT(commend.title) },
	{ "helped", read_number, AT(commend.helped) },
	{ NULL, NULL, 0 },
};

static const struct act_kind {
	const char *name;
	enum op_kind kind;
	const struct field *fields;
} kinds[] = {
	{ "target", OP_TARGET, target_fields }, { "members", OP_MEMBERS, members_fields },
	{ "claim", OP_CLAIM, claim_fields },    { "unit", OP_UNIT, unit_fields },
	{ "plan", OP_PLAN, plan_fields },       { "setting", OP_SETTING, setting_fields },
	{ "person", OP_PERSON, person_fields }, { "draft", OP_TARGET_DRAFT, draft_fields },
	{ "group", OP_GROUP, group_fields },    { "commend", OP_COMMEND, commend_fields },
};

const char *act_kinds(struct cli *c)
{
	const char *list = kinds[0].name;

	for (size_t i = 1; i < ARRAY_LEN(kinds); i++)
		list = arena_printf(c->arena, "%s, %s", list, kinds[i].name);
	return list;
}

static int read_field(struct cli *c, const struct act_kind *k, const char *pair, struct op *op)
{
	const char *equals = strchr(pair, '=');
	size_t len = equals ? (size_t)(equals - pair) : 0;
	int rc;

	if (!equals)
		return err_set(&c->err, ERR_INVALID, "column=value, not %s", pair);
	for (const struct field *f = k->fields; f->name; f++) {
		if (strlen(f->name) != len || memcmp(f->name, pair, len))
			continue;
		rc = equals[1] ? f->read(c, op, f->offset, equals + 1) : 0;
		return rc ? err_wrap(&c->err, rc, "%s", f->name) : 0;
	}
	return err_set(&c->err, ERR_NOTFOUND, "%s has no column %.*s", k->name, (int)len, pair);
}

/* What the machine knows: the numbers it gives, and from when somebody is there. */
static void fill_in(struct cli *c, struct op *op)
{
	if (op->kind == OP_UNIT)
		op->unit = op->create.unit = act_number(c->client);
	if (op->kind == OP_TARGET_DRAFT && op->target.instrument == INSTR_NONE)
		op->target.instrument = INSTR_PLAN;
	if (op->kind == OP_GROUP && !op->group.from)
		op->group.from = day_of_instant(cli_now(c));
	if (op->kind != OP_PERSON)
		return;
	if (!op->person.person)
		op->person.person = act_number(c->client);
	if (!op->person.from)
		op->person.from = day_of_instant(cli_now(c));
}

/* What is seen without the log is said with the unit and the rule; the rest when it is judged. */
static int check_target(struct cli *c, const struct op *op)
{
	const char *rule = op->kind == OP_TARGET || op->kind == OP_TARGET_DRAFT
				   ? target_broken_rule(&op->target)
				   : NULL;

	if (!rule)
		return 0;
	return err_set(&c->err, ERR_INVALID, "%s: %s", op->unit ? unit_code(c, op->unit) : "?",
		       rule);
}

int act_read(struct cli *c, const char *kind, int argc, char **argv, struct op *op)
{
	int rc = 0;

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		if (strcmp(kinds[k].name, kind))
			continue;
		*op = (struct op){ .kind = kinds[k].kind };
		for (int i = 0; i < argc && !rc; i++)
			rc = read_field(c, &kinds[k], argv[i], op);
		fill_in(c, op);
		return rc ? rc : check_target(c, op);
	}
	return err_set(&c->err, ERR_NOTFOUND, "%s is no act; there are %s", kind, act_kinds(c));
}
