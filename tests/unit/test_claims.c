/* The claims of five published documents, with the verdicts worked out by hand, and one of each kind. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/text.h"
#include "internal.h"
#include "ledger/query.h"

#include "build.h"

static struct world w;

static struct span file(const char *name)
{
	char path[512], *text = arena_alloc(w.a, 1 << 20);
	FILE *f;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", KETNAP_TREE, name);
	f = fopen(path, "rb");
	cr_assert_not_null(f, "%s", path);
	len = fread(text, 1, 1 << 20, f);
	fclose(f);
	return span_of(text, len);
}

/* Call `each` with the fields of every row, copied. */
static void rows(const char *name, const struct csv_column *columns, size_t count,
		 void (*each)(struct span *f))
{
	struct csv *c;
	struct span f[32];

	must(csv_open(&c, file(name), columns, count, &w.e), &w.e, name);
	while (must(csv_next(c, f, &w.e), &w.e, name)) {
		for (size_t i = 0; i < count; i++)
			f[i] = arena_copy(w.a, f[i]);
		each(f);
	}
	csv_close(c);
}

static day_t a_day(struct span s)
{
	day_t d = 0;

	if (s.len)
		must(day_parse(&d, NULL, s, &w.e), &w.e, "a day");
	return d;
}

static int64_t a_count(struct span s)
{
	int64_t v = 0;

	if (s.len)
		must(text_count(&v, NULL, s, &w.e), &w.e, "a count");
	return v;
}

static uint32_t a_unit(struct span code)
{
	const struct unit *u = tree_by_code(ledger_tree(w.l), code);

	return u ? u->unit : 0;
}

static const struct csv_column tree_columns[] = {
	{ "code", true, false },  { "parent", true, true },   { "kind", true, false },
	{ "name", true, false },  { "reports", true, false }, { "opened", true, false },
	{ "closed", true, true }, { "order", false, true },   { "tags", false, true },
};

static void tree_row(struct span *f)
{
	static uint32_t next;
	struct op op = { .kind = OP_UNIT, .unit = ++next };

	op.create = (struct op_unit){ .unit = next,
				      .code = f[0],
				      .parent = a_unit(f[1]),
				      .kind = unit_kind_parse(f[2]),
				      .name = f[3],
				      .reports = span_eq(f[4], SPAN_LIT("yes")) ? 1 : 0,
				      .opened = a_day(f[5]),
				      .closed = a_day(f[6]),
				      .tags = f[8] };
	world_act(&w, &op);
}

static const struct csv_column members_columns[] = {
	{ "unit", true, false },
	{ "date", true, false },
	{ "members", true, false },
};

static void members_row(struct span *f)
{
	struct op op = build_members(a_unit(f[0]), a_day(f[1]), a_count(f[2]));

	world_act(&w, &op);
}

static const struct csv_column target_columns[] = {
	{ "unit", true, false },       { "period", true, false },     { "measure", true, false },
	{ "group", true, true },       { "instrument", true, false }, { "doc_no", true, true },
	{ "doc_date", true, true },    { "type", true, false },       { "value", true, true },
	{ "value_max", true, true },   { "rate", true, true },        { "base_date", true, true },
	{ "base_value", true, true },  { "issuer", false, true },     { "per", false, true },
	{ "supersedes", false, true }, { "reason", false, true },
};

static void target_row(struct span *f)
{
	struct op op = { .kind = OP_TARGET, .unit = a_unit(f[0]), .reason = f[16] };
	struct op_target *t = &op.target;
	unsigned decimals = 0;

	*t = (struct op_target){ .measure = f[2],
				 .group = f[3],
				 .instrument = instrument_parse(f[4]),
				 .doc_no = f[5],
				 .doc_date = a_day(f[6]),
				 .type = target_type_parse(f[7]),
				 .value = a_count(f[8]),
				 .value_max = a_count(f[9]),
				 .base_date = a_day(f[11]),
				 .has_base = f[12].len > 0,
				 .base_value = a_count(f[12]),
				 .issuer = f[13],
				 .per_year = span_eq(f[14], SPAN_LIT("year")),
				 .supersedes = f[15] };
	must(period_parse(&t->period, f[1], &w.e), &w.e, "a period");
	if (f[10].len)
		must(text_percent(&t->rate_digits, &decimals, NULL, f[10], &w.e), &w.e, "a rate");
	t->rate_decimals = (uint8_t)decimals;
	world_act(&w, &op);
}

static const struct csv_column figure_columns[] = {
	{ "unit", true, false },  { "form", true, false },    { "from", true, false },
	{ "to", true, false },    { "measure", true, false }, { "value", true, true },
	{ "approx", true, true }, { "source", false, true },
};

/* One sheet is several rows, one after the other. */
static struct sheet_draft draft;

static void send_draft(void)
{
	struct op plan;

	if (!draft.op.unit)
		return;
	plan = build_plan(draft.op.unit, (uint8_t)draft.op.sheet.form, draft.op.sheet.period,
			  PLAN_WHOLE);
	world_act(&w, &plan);
	draft_sign(&draft, SIGN_IMPORT, 0);
	world_act(&w, draft_op(&draft));
	draft.op.unit = 0;
}

static void figure_row(struct span *f)
{
	const struct form *form = ledger_form_code(w.l, f[1], &w.e);
	struct period p = { a_day(f[2]), a_day(f[3]) };
	uint32_t unit = a_unit(f[0]);
	size_t at;

	if (draft.op.unit != unit || draft.op.sheet.period.from != p.from ||
	    draft.op.sheet.period.to != p.to) {
		send_draft();
		draft_init(&draft, unit, form->no, p);
		draft.op.source = f[7];
	}
	at = draft.op.sheet.figure_count;
	draft_put(&draft, form_measure_code(form, f[4])->no, a_count(f[5]), 0);
	draft.figures[at].approx = f[6].len > 0;
}

static const struct csv_column claim_columns[] = {
	{ "id", true, false },     { "unit", true, false },    { "from", true, false },
	{ "to", true, false },     { "measure", true, false }, { "value", true, true },
	{ "percent", true, true }, { "of", true, true },       { "instrument", true, true },
	{ "source", true, false }, { "of_date", false, true }, { "doc_no", false, true },
	{ "approx", false, true }, { "how", false, true },
};

static int word(struct span s, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (span_eq(s, span_str(words[i])))
			return i;
	cr_assert_fail("what is %.*s?", (int)s.len, (const char *)s.data);
	return 0;
}

static void claim_row(struct span *f)
{
	static const char *const of[] = { "", "target", "members", NULL };
	static const char *const approx[] = { "", "over", "nearly", "about", NULL };
	static const char *const how[] = { "sum", "mean", "difference", "count", NULL };
	struct op op = { .kind = OP_CLAIM, .unit = a_unit(f[1]) };
	unsigned decimals = 0;

	op.claim = (struct op_claim){ .id = f[0],
				      .period = { a_day(f[2]), a_day(f[3]) },
				      .measure = f[4],
				      .has_value = f[5].len > 0,
				      .value = a_count(f[5]),
				      .has_percent = f[6].len > 0,
				      .of = (enum claim_of)word(f[7], of),
				      .instrument = f[8].len ? instrument_parse(f[8]) : INSTR_NONE,
				      .source = f[9],
				      .of_date = a_day(f[10]),
				      .doc_no = f[11],
				      .approx = (enum claim_approx)word(f[12], approx),
				      .how = (enum claim_how)word(f[13], how) };
	if (f[6].len)
		must(text_percent(&op.claim.percent_digits, &decimals, NULL, f[6], &w.e), &w.e,
		     "percent");
	op.claim.percent_decimals = (uint8_t)decimals;
	world_act(&w, &op);
}

static const struct claim_line *lines;
static size_t line_count, checked;

static void expected_row(struct span *f)
{
	for (size_t i = 0; i < line_count; i++) {
		const struct claim_result *r = &lines[i].result;
		bool explained = !f[2].len;

		if (!span_eq(lines[i].claim.id, f[0]))
			continue;
		checked++;
		cr_expect(span_eq(span_str(claim_verdict_name(r->verdict)), f[1]),
			  "%.*s: %s, not %.*s", (int)f[0].len, (const char *)f[0].data,
			  claim_verdict_name(r->verdict), (int)f[1].len, (const char *)f[1].data);
		for (size_t k = 0; k < r->explained_count; k++)
			explained |= memmem(r->explained_by[k], strlen(r->explained_by[k]),
					    f[2].data, f[2].len) != NULL;
		cr_expect(explained, "%.*s: nothing explains %.*s", (int)f[0].len,
			  (const char *)f[0].data, (int)f[2].len, (const char *)f[2].data);
	}
}

Test(claims, of_the_documents)
{
	static const struct csv_column expected[] = { { "id", true, false },
						      { "verdict", true, false },
						      { "explained_by", true, true } };
	static const char *const forms[] = { "monthly", "yearly", "flash" };
	struct arena *a = arena_new(256 << 20);
	struct op op;

	world_open(&w, false, false);
	w.now_ms = instant_of_day_start(day(2026, 1, 1));
	world_begin(&w);
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		op = build_form(&w, forms[i]);
		world_act(&w, &op);
	}
	rows("scripts/demo/documents/tree.csv", tree_columns, ARRAY_LEN(tree_columns), tree_row);
	rows("scripts/demo/documents/members.csv", members_columns, ARRAY_LEN(members_columns),
	     members_row);
	rows("scripts/demo/documents/targets.csv", target_columns, ARRAY_LEN(target_columns),
	     target_row);
	rows("scripts/demo/documents/figures.csv", figure_columns, ARRAY_LEN(figure_columns),
	     figure_row);
	send_draft();
	rows("scripts/demo/documents/claims.csv", claim_columns, ARRAY_LEN(claim_columns),
	     claim_row);
	world_commit(&w);
	must(query_claims(&lines, &line_count, w.l, a, &w.e), &w.e, "claims");
	rows("tests/unit/data/expected-verdicts.csv", expected, ARRAY_LEN(expected), expected_row);
	cr_assert_eq(checked, 26);
	cr_assert_eq(line_count, 26);
	for (size_t i = 1; i < line_count; i++)
		cr_assert_lt(lines[i - 1].lsn, lines[i].lsn, "in the order of their entries");
	arena_free(a);
	world_close(&w);
}

/* ---- one of each kind, on the small tree ---- */

static struct claim_result judged(struct op_claim claim, struct arena *a)
{
	static int n;
	struct op op = { .kind = OP_CLAIM, .unit = 2, .claim = claim };
	const struct claim_line *got;
	size_t count;

	op.claim.id = span_str(arena_printf(w.a, "claim-%d", ++n));
	if (!op.claim.period.from)
		op.claim.period = year_of(2021);
	if (!op.claim.measure.len)
		op.claim.measure = SPAN_LIT("admitted");
	world_act_now(&w, &op);
	must(query_claims(&got, &count, w.l, a, &w.e), &w.e, "claims");
	return got[count - 1].result;
}

Test(claims, of_each_kind)
{
	struct arena *a = arena_new(256 << 20);
	struct claim_result r;
	struct sheet_draft d;
	struct op op;

	world_open(&w, false, false);
	build_small_tree(&w);
	for (uint32_t unit = 4; unit <= 5; unit++) {
		for (int month = 1; month <= 12; month++) {
			draft_init(&d, unit, FORM_SHORT, month_of(2021, month));
			draft_put(&d, 2, 2, 0);
			draft_put(&d, 15, 1, 0);
			draft_sign(&d, SIGN_IMPORT, 0);
			world_act_now(&w, draft_op(&d));
		}
	}
	op = build_target(2, year_of(2021), "admitted", "1-QD", 50);
	world_act_now(&w, &op);
	op = build_target(2, year_of(2021), "admitted", "2-QD", 40);
	op.target.instrument = INSTR_RESOLUTION;
	world_act_now(&w, &op);
	op = build_members(2, day(2020, 12, 31), 1000);
	world_act_now(&w, &op);

	r = judged((struct op_claim){ .has_value = true, .value = 48 }, a);
	cr_assert_eq(r.verdict, CLAIM_AGREES);
	r = judged((struct op_claim){ .has_value = true, .value = 47 }, a);
	cr_assert_eq(r.verdict, CLAIM_CONTRADICTS);
	cr_assert_eq(r.difference, -1);
	r = judged((struct op_claim){ .has_value = true, .value = 4, .how = CLAIM_MEAN }, a);
	cr_assert_eq(r.verdict, CLAIM_CONTRADICTS); /* of years, not of months */
	r = judged((struct op_claim){ .has_value = true,
				      .value = 48,
				      .has_percent = true,
				      .percent_digits = 96,
				      .of = CLAIM_OF_TARGET,
				      .instrument = INSTR_DECISION },
		   a);
	cr_assert_eq(r.verdict, CLAIM_AGREES);
	r = judged((struct op_claim){ .has_value = true,
				      .value = 48,
				      .has_percent = true,
				      .percent_digits = 120,
				      .of = CLAIM_OF_TARGET,
				      .instrument = INSTR_DECISION },
		   a);
	cr_assert_eq(r.verdict, CLAIM_CONTRADICTS);
	cr_assert_gt(r.explained_count, 0, "the resolution says 40");
	cr_assert_not_null(strstr(r.explained_by[0], "40"));
	r = judged((struct op_claim){ .has_value = true,
				      .value = 48,
				      .has_percent = true,
				      .percent_digits = 48,
				      .percent_decimals = 1,
				      .of = CLAIM_OF_MEMBERS },
		   a);
	cr_assert_eq(r.verdict, CLAIM_AGREES);
	r = judged((struct op_claim){ .has_value = true,
				      .value = 24,
				      .has_percent = true,
				      .percent_digits = 50,
				      .of = CLAIM_OF_MEASURE,
				      .of_measure = SPAN_LIT("admitted"),
				      .measure = SPAN_LIT("admitted_women") },
		   a);
	cr_assert_eq(r.verdict, CLAIM_AGREES);
	r = judged((struct op_claim){ .has_value = true,
				      .value = 1,
				      .how = CLAIM_COUNT,
				      .measure = SPAN_LIT("base_cell") },
		   a);
	cr_assert_eq(r.verdict, CLAIM_AGREES);
	r = judged((struct op_claim){ .has_value = true,
				      .value = 10,
				      .how = CLAIM_DIFFERENCE,
				      .instrument = INSTR_DECISION,
				      .doc_no = SPAN_LIT("1-QD - 2-QD") },
		   a);
	cr_assert_eq(r.verdict, CLAIM_AGREES);
	r = judged((struct op_claim){ .has_value = true, .value = 48, .period = year_of(2020) }, a);
	cr_assert_eq(r.verdict, CLAIM_UNKNOWN);
	r = judged((struct op_claim){ .has_value = true,
				      .value = 48,
				      .period = { day(2021, 1, 1), day(2022, 1, 31) } },
		   a);
	cr_assert_eq(r.verdict, CLAIM_UNKNOWN, "a month of it nobody reported");
	arena_free(a);
	world_close(&w);
}
