#include <criterion/criterion.h>

#include "base/span.h"
#include "domain/form.h"
#include "domain/source.h"

#include <stdio.h>

static const int64_t none[36];

Test(source, dry_months)
{
	static const struct {
		const char *label;
		int64_t months[14];
		size_t count, span;
		enum source_dry want;
	} cases[] = {
		{ "a year of nobody", { 0 }, 14, 12, DRY_YES },
		{ "one in the newest month", { 1 }, 14, 12, DRY_NO },
		{ "one in the twelfth", { [11] = 2 }, 14, 12, DRY_NO },
		{ "one in the thirteenth", { [12] = 2 }, 14, 12, DRY_YES },
		{ "a month is not reported", { [5] = -1 }, 14, 12, DRY_UNKNOWN },
		{ "not reported, but one came", { [5] = -1, [9] = 1 }, 14, 12, DRY_NO },
		{ "not so far back", { 0 }, 11, 12, DRY_UNKNOWN },
		{ "not so far back, but one came", { [3] = 1 }, 11, 12, DRY_NO },
		{ "nothing known", { 0 }, 0, 12, DRY_UNKNOWN },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		cr_assert_eq(source_dry(cases[i].months, cases[i].count, cases[i].span),
			     cases[i].want, "%s", cases[i].label);
	cr_assert_eq(source_dry(none, 36, 36), DRY_YES);
}

static const struct form *load(const char *name, struct arena *a)
{
	static char text[64 << 10];
	char path[512];
	struct err e = { 0 };
	struct form *f = NULL;
	size_t len;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", FORMS_DIR, name);
	in = fopen(path, "rb");
	cr_assert_not_null(in, "%s", path);
	len = fread(text, 1, sizeof(text), in);
	fclose(in);
	cr_assert_eq(form_parse(&f, (struct span){ (const uint8_t *)text, len }, a, &e), 0, "%s",
		     e.msg);
	return f;
}

/* What is a part of something else is never held against it upside down: every measure is there, the part of one
 * form is within the whole, or comes from the monthly form. */
Test(source, rates_name_measures_of_the_forms)
{
	struct arena *a = arena_new(1 << 20);
	const struct form *survey = load("sources.ini", a), *monthly = load("monthly.ini", a);
	size_t count;
	const struct source_rate *r = source_rates(&count);

	for (size_t i = 0; i < count; i++) {
		const struct form *f = r[i].about == SOURCE_ADMITTED ? monthly : survey;

		cr_assert_not_null(form_measure_code(f, span_str(r[i].part)), "%s", r[i].part);
		cr_assert_not_null(form_measure_code(survey, span_str(r[i].whole)), "%s",
				   r[i].whole);
		for (size_t k = 0; k < i; k++)
			cr_assert_str_neq(r[i].code, r[k].code);
	}
	arena_free(a);
}
