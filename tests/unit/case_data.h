/* The data files of the source tree, for the tests of cases and deadlines. */
#ifndef TESTS_CASE_DATA_H
#define TESTS_CASE_DATA_H

#include "domain/case_rule.h"

#include <criterion/criterion.h>
#include <stdio.h>

static inline struct span data_file(struct arena *a, const char *path)
{
	enum { MAX = 1 << 16 };
	uint8_t *bytes = arena_alloc(a, MAX);
	FILE *f = fopen(path, "rb");
	size_t len;

	cr_assert_not_null(f, "%s", path);
	cr_assert_not_null(bytes);
	len = fread(bytes, 1, MAX, f);
	cr_assert_lt(len, MAX, "%s is larger than expected", path);
	fclose(f);
	return span_of(bytes, len);
}

static inline day_t iso(const char *text)
{
	day_t out = 0;

	cr_assert_eq(day_parse(&out, NULL, span_str(text), NULL), 0, "%s", text);
	return out;
}

struct case_data {
	struct arena *arena;
	struct holidays *holidays;
	struct case_rules rules;
};

static inline struct case_data case_data(void)
{
	struct case_data d = { .arena = arena_new(1 << 20) };
	struct err e = { 0 };

	cr_assert_not_null(d.arena);
	cr_assert_eq(holidays_parse(&d.holidays, data_file(d.arena, HOLIDAYS_FILE), &e), 0, "%s",
		     e.msg);
	cr_assert_eq(case_rules_parse(&d.rules, data_file(d.arena, RULES_FILE), d.arena, &e), 0,
		     "%s", e.msg);
	return d;
}

static inline void case_data_free(struct case_data *d)
{
	holidays_free(d->holidays);
	arena_free(d->arena);
}
#endif
