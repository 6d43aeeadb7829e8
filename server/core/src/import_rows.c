/* members.csv, targets.csv, claims.csv: one act a row. */
#include "import_row.h"

#include "domain/calendar.h"

#include <stdlib.h>

static code_columns members_at = {
	[CODE_UNIT_CLOSED] = AT_COLUMN(MEMBERS_DATE),
	[CODE_DATE_INVALID] = AT_COLUMN(MEMBERS_DATE),
	[CODE_VALUE_RANGE] = AT_COLUMN(MEMBERS_MEMBERS),
};

struct base_row {
	uint32_t unit;
	day_t day;
	size_t index;
};

static int base_cmp(const void *pa, const void *pb)
{
	const struct base_row *a = pa, *b = pb;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

/* Another file may correct a number; within one of them the second row would silently win. */
static int find_twins(struct import *im, size_t from, size_t to)
{
	struct base_row *list = arena_array(im->a, im->row_count + 1, sizeof(*list));
	size_t count = 0;

	if (!list)
		return err_set(im->e, ERR_NOMEM, "no memory for %zu rows", im->row_count);
	for (size_t i = 0; i < im->row_count; i++) {
		const struct span *cells = im->rows[i].cells;
		const struct unit *u = tree_by_code(ledger_tree(im->l), cells[MEMBERS_UNIT]);
		struct base_row *b = &list[count];
		struct err none = { 0 };

		if (!u || day_parse(&b->day, NULL, cells[MEMBERS_DATE], &none))
			continue; /* named elsewhere */
		b->unit = u->unit;
		b->index = i;
		count++;
	}
	qsort(list, count, sizeof(*list), base_cmp);
	for (size_t i = 1; i < count; i++) {
		const struct base_row *a = &list[i - 1], *b = &list[i];

		if (a->unit == b->unit && a->day == b->day && b->index >= from && b->index < to)
			problem(im, &im->rows[b->index], MEMBERS_DATE,
				"this unit and day stand on line %zu too", im->rows[a->index].line);
	}
	return 0;
}

int import_members(struct import *im, size_t from, size_t to)
{
	const struct calendar months = { .count = 0 };
	struct period month = calendar_month(&months, day_of_instant(im->how->now_ms));
	int rc = find_twins(im, from, to);

	for (size_t i = from; i < to && !rc; i++) {
		const struct row *row = &im->rows[i];
		struct op op = { .kind = OP_MEMBERS, .source = im->source };
		struct op_standing standing;
		const struct unit *u;
		bool ok = cell_unit(im, row, MEMBERS_UNIT, &u);

		ok &= cell_date(im, row, MEMBERS_DATE, &op.members.day);
		ok &= cell_count(im, row, MEMBERS_MEMBERS, &op.members.members);
		if (ok && op.members.members < 0)
			ok = problem(im, row, MEMBERS_MEMBERS, "fewer than none");
		if (ok && op.members.day > month.to)
			ok = problem(im, row, MEMBERS_DATE,
				     "the day is after this month: nobody has been counted then");
		if (!ok)
			continue;
		op.unit = u->unit;
		rc = ledger_stands(&standing, im->l, &op, im->e);
		im->out->stands += standing.lsn != 0;
		if (!rc && !standing.lsn)
			rc = row_act(im, row, &op, members_at);
	}
	return rc;
}

static bool read_instrument(struct import *im, const struct row *row, int column,
			    enum target_instrument *out)
{
	struct span text = row->cells[column];

	*out = instrument_parse(text);
	if (*out != INSTR_NONE || !text.len)
		return true;
	return problem(im, row, column,
		       "%.*s is not an instrument; use congress, resolution, decision, directive, "
		       "conclusion, programme, scheme, plan, letter, notice, registration or other",
		       (int)text.len, (const char *)text.data);
}

static bool read_period(struct import *im, const struct row *row, int column, struct period *out)
{
	struct err why = { 0 };

	if (!period_parse(out, row->cells[column], &why))
		return true;
	return problem_add(im, row, column, &why);
}

static bool read_type(struct import *im, const struct row *row, struct op_target *t)
{
	struct span text = row->cells[TARGET_TYPE];

	t->type = target_type_parse(text);
	switch (t->type) {
	case TARGET_NONE:
	case TARGET_TYPES:
		return problem(im, row, TARGET_TYPE,
			       "exact, minimum, range, rate, maximum or rate-maximum");
	case TARGET_RATE:
	case TARGET_RATE_MAXIMUM:
		if (!row->cells[TARGET_RATE_COLUMN].len)
			return problem(im, row, TARGET_RATE_COLUMN, "a rate is needed");
		return true;
	case TARGET_RANGE:
		if (!row->cells[TARGET_VALUE_MAX].len)
			return problem(im, row, TARGET_VALUE_MAX, "a range needs its upper bound");
		if (t->value_max < t->value)
			return problem(im, row, TARGET_VALUE_MAX, "the range is upside down (%.*s)",
				       (int)row->cells[TARGET_UNIT].len,
				       (const char *)row->cells[TARGET_UNIT].data);
		break;
	case TARGET_EXACT:
	case TARGET_MINIMUM:
	case TARGET_MAXIMUM:
		if (row->cells[TARGET_VALUE_MAX].len)
			return problem(im, row, TARGET_VALUE_MAX,
				       "only a range has an upper bound");
		break;
	}
	if (!row->cells[TARGET_VALUE].len)
		return problem(im, row, TARGET_VALUE, "a number is needed");
	return true;
}

static bool read_per(struct import *im, const struct row *row, bool *per_year)
{
	struct span per = row->cells[TARGET_PER];

	*per_year = span_eq(per, SPAN_LIT("year"));
	if (*per_year || !per.len || span_eq(per, SPAN_LIT("period")))
		return true;
	return problem(im, row, TARGET_PER, "period or year");
}

static bool read_target(struct import *im, const struct row *row, struct op_target *t)
{
	const struct span *c = row->cells;
	bool ok = read_period(im, row, TARGET_PERIOD, &t->period);

	t->measure = c[TARGET_MEASURE];
	t->group = c[TARGET_GROUP];
	t->doc_no = c[TARGET_DOC_NO];
	t->issuer = c[TARGET_ISSUER];
	t->supersedes = c[TARGET_SUPERSEDES];
	t->has_base = c[TARGET_BASE_VALUE].len > 0;
	ok &= cell_measure(im, row, TARGET_MEASURE);
	ok &= cell_measure(im, row, TARGET_GROUP);
	ok &= read_instrument(im, row, TARGET_INSTRUMENT, &t->instrument);
	ok &= cell_date(im, row, TARGET_DOC_DATE, &t->doc_date);
	ok &= cell_count(im, row, TARGET_VALUE, &t->value);
	ok &= cell_count(im, row, TARGET_VALUE_MAX, &t->value_max);
	ok &= cell_percent(im, row, TARGET_RATE_COLUMN, &t->rate_digits, &t->rate_decimals);
	ok &= cell_date(im, row, TARGET_BASE_DATE, &t->base_date);
	ok &= cell_count(im, row, TARGET_BASE_VALUE, &t->base_value);
	ok &= read_per(im, row, &t->per_year);
	ok = ok && read_type(im, row, t);
	if (ok && t->base_date && t->base_date > t->period.to)
		ok = problem(im, row, TARGET_BASE_DATE,
			     "a base after the period it belongs to (%.*s)",
			     (int)c[TARGET_UNIT].len, (const char *)c[TARGET_UNIT].data);
	return ok;
}

static code_columns targets_at = {
	[CODE_UNIT_CLOSED] = AT_COLUMN(TARGET_UNIT),
	[CODE_MEASURE_UNKNOWN] = AT_COLUMN(TARGET_MEASURE),
	[CODE_PERIOD_WRONG] = AT_COLUMN(TARGET_PERIOD),
	[CODE_TARGET_INVALID] = AT_COLUMN(TARGET_VALUE),
	[CODE_DATE_INVALID] = AT_COLUMN(TARGET_DOC_DATE),
	[CODE_EXISTS] = AT_COLUMN(TARGET_DOC_NO),
	[CODE_REASON_NEEDED] = AT_COLUMN(TARGET_REASON),
	[CODE_TARGET_UNKNOWN] = AT_COLUMN(TARGET_SUPERSEDES),
};

int import_targets(struct import *im, size_t from, size_t to)
{
	int rc = 0;

	for (size_t i = from; i < to && !rc; i++) {
		const struct row *row = &im->rows[i];
		struct op op = { .kind = OP_TARGET,
				 .source = im->source,
				 .reason = row->cells[TARGET_REASON] };
		const struct unit *u;
		bool ok = cell_unit(im, row, TARGET_UNIT, &u);

		ok &= read_target(im, row, &op.target);
		if (!ok)
			continue;
		op.unit = u->unit;
		rc = row_act(im, row, &op, targets_at);
	}
	return rc;
}

/* One of a few words, given as an array that ends with NULL; empty is the first. */
static bool read_word(struct import *im, const struct row *row, int column,
		      const char *const *words, unsigned *out)
{
	struct span text = row->cells[column];

	*out = 0;
	if (!text.len)
		return true;
	for (unsigned i = 0; words[i]; i++) {
		if (span_eq(text, span_str(words[i]))) {
			*out = i;
			return true;
		}
	}
	return problem(im, row, column, "%.*s is not a word for this column", (int)text.len,
		       (const char *)text.data);
}

static bool read_of(struct import *im, const struct row *row, struct op_claim *c)
{
	struct span of = row->cells[CLAIM_OF_COLUMN];

	c->of = CLAIM_OF_NOTHING;
	if (!of.len)
		return true;
	if (span_eq(of, SPAN_LIT("target"))) {
		c->of = CLAIM_OF_TARGET;
		return true;
	}
	if (span_eq(of, SPAN_LIT("members"))) {
		c->of = CLAIM_OF_MEMBERS;
		return true;
	}
	c->of = CLAIM_OF_MEASURE;
	c->of_measure = of;
	return cell_measure(im, row, CLAIM_OF_COLUMN);
}

static bool read_claim(struct import *im, const struct row *row, struct op_claim *c)
{
	static const char *const approx[] = { "", "over", "nearly", "about", NULL };
	static const char *const how[] = { "sum", "mean", "difference", "count", NULL };
	const struct span *cells = row->cells;
	unsigned word;
	bool ok;

	c->id = cells[CLAIM_ID];
	c->source = cells[CLAIM_SOURCE];
	c->doc_no = cells[CLAIM_DOC_NO];
	c->measure = cells[CLAIM_MEASURE];
	c->has_value = cells[CLAIM_VALUE].len > 0;
	c->has_percent = cells[CLAIM_PERCENT].len > 0;
	ok = cell_date(im, row, CLAIM_FROM, &c->period.from);
	ok &= cell_date(im, row, CLAIM_TO, &c->period.to);
	ok &= cell_count(im, row, CLAIM_VALUE, &c->value);
	ok &= cell_percent(im, row, CLAIM_PERCENT, &c->percent_digits, &c->percent_decimals);
	ok &= read_of(im, row, c);
	ok &= read_instrument(im, row, CLAIM_INSTRUMENT, &c->instrument);
	ok &= cell_date(im, row, CLAIM_OF_DATE, &c->of_date);
	ok &= read_word(im, row, CLAIM_APPROX_COLUMN, approx, &word);
	c->approx = (enum claim_approx)word;
	ok &= read_word(im, row, CLAIM_HOW_COLUMN, how, &word);
	c->how = (enum claim_how)word;
	if (c->how == CLAIM_COUNT && unit_kind_parse(c->measure) == UNIT_NONE)
		ok = problem(im, row, CLAIM_MEASURE, "a count needs a kind of unit here");
	if (c->how != CLAIM_COUNT)
		ok &= cell_measure(im, row, CLAIM_MEASURE);
	if (ok && c->period.to < c->period.from)
		ok = problem(im, row, CLAIM_TO, "the last day is before the first");
	if (ok && !c->has_value && !c->has_percent)
		ok = problem(im, row, CLAIM_VALUE, "a claim needs a value or a percentage");
	if (ok && c->has_percent && c->of == CLAIM_OF_NOTHING)
		ok = problem(im, row, CLAIM_OF_COLUMN, "of what is this a percentage?");
	return ok;
}

static code_columns claims_at = {
	[CODE_EXISTS] = AT_COLUMN(CLAIM_ID),
	[CODE_MEASURE_UNKNOWN] = AT_COLUMN(CLAIM_MEASURE),
	[CODE_UNIT_CLOSED] = AT_COLUMN(CLAIM_UNIT),
	[CODE_PERIOD_WRONG] = AT_COLUMN(CLAIM_TO),
	[CODE_CLAIM_INVALID] = AT_COLUMN(CLAIM_VALUE),
};

int import_claims(struct import *im, size_t from, size_t to)
{
	int rc = 0;

	for (size_t i = from; i < to && !rc; i++) {
		const struct row *row = &im->rows[i];
		struct op op = { .kind = OP_CLAIM, .source = im->source };
		const struct unit *u;
		bool ok = cell_unit(im, row, CLAIM_UNIT, &u);

		ok &= read_claim(im, row, &op.claim);
		if (!ok)
			continue;
		op.unit = u->unit;
		rc = row_act(im, row, &op, claims_at);
	}
	return rc;
}
