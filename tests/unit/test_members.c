#include "domain/members.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HEAD "card,name,birth,sex,ethnicity,religion,unit,admitted,recognised\n"

static struct arena *arena;
static struct member_list list;

static day_t iso(const char *text)
{
	day_t out = 0;

	cr_assert_eq(day_parse(&out, NULL, span_str(text), NULL), 0, "%s", text);
	return out;
}

static int parse(const char *csv, struct err *e)
{
	arena_free(arena);
	arena = arena_new(4 << 20);
	return members_parse(&list, span_str(csv), iso("2026-01-15"), arena, e);
}

static void parse_well(const char *csv)
{
	struct err e = { 0 };

	cr_assert_eq(parse(csv, &e), 0, "%s", e.msg);
	cr_assert_eq(list.problem_count, 0, "%s",
		     list.problem_count ? list.problems[0].why.msg : "");
}

static void end(void)
{
	arena_free(arena);
}

TestSuite(members, .fini = end);

Test(members, one_row)
{
	const struct member_row *m;

	parse_well(HEAD
		   "38.012345,Trần Thị Đào,02/09/1990,nữ,Kinh,không,TK.01,19/05/2021,19/05/2022\n");
	cr_assert_eq(list.count, 1);
	m = list.rows;
	cr_assert(span_eq(m->card, SPAN_LIT("38.012345")));
	cr_assert(span_eq(m->name, SPAN_LIT("Trần Thị Đào")));
	cr_assert_str_eq(m->folded, "tran thi dao");
	cr_assert_eq(m->birth, iso("1990-09-02"));
	cr_assert_eq(m->admitted, iso("2021-05-19"));
	cr_assert(m->has_recognised && m->recognised == iso("2022-05-19"));
	cr_assert_eq(m->sex, SEX_FEMALE);
	cr_assert_eq(m->line, 2);
	cr_assert_null(list.encoding);
}

Test(members, columns_in_any_order)
{
	parse_well("name;recognised;unit;sex;birth;religion;admitted;card;ethnicity\n"
		   "Lê Văn An;;TK.02;Nam;1980-01-31;;2025-12-28;;Tày\n");
	cr_assert_eq(list.rows[0].sex, SEX_MALE);
	cr_assert(span_eq(list.rows[0].ethnicity, SPAN_LIT("Tày")));
	cr_assert_not(list.rows[0].has_recognised, "in probation");
	cr_assert_eq(list.rows[0].card.len, 0);
}

Test(members, old_encodings_are_converted_and_told)
{
	parse_well(HEAD "1,Nguy\xD4n V\xA8n \xA7\xF8"
			"c,1980-01-31,nam,Kinh,kh\xABng,H\xB5 N\xE9i,2001-02-03,\n");
	cr_assert_str_eq(list.encoding, "TCVN3");
	cr_assert(span_eq(list.rows[0].name, span_str("Nguyễn Văn Đức")));
	parse_well(HEAD "1,Nguye\xE3n Va\xEAn \xD1\xF6\xF9"
			"c,1980-01-31,nam,Kinh,kho\xE2ng,Ha\xF8 No\xE4i,2001-02-03,\n");
	cr_assert_str_eq(list.encoding, "VNI");
	cr_assert(span_eq(list.rows[0].name, span_str("Nguyễn Văn Đức")));
	cr_assert(span_eq(list.rows[0].unit, span_str("Hà Nội")));
	cr_assert_str_eq(list.rows[0].folded, "nguyen van duc");
}

static const struct {
	const char *label, *rows, *says;
	size_t line, problems;
} bad[] = {
	{ "born in the future", "1,A B,2026-01-16,nam,,,U,2026-01-17,\n",
	  "birth: the day is in the future", 2, 1 },
	{ "no such day", "1,A B,1980-02-30,nam,,,U,2001-01-01,\n", "birth", 2, 1 },
	{ "no name", "1,,1980-02-20,nam,,,U,2001-01-01,\n", "name", 2, 1 },
	{ "sex unknown", "1,A B,1980-02-20,x,,,U,2001-01-01,\n", "sex 'x'", 2, 1 },
	{ "admitted before birth", "1,A B,1980-02-20,nam,,,U,1979-01-01,\n", "before birth", 2, 1 },
	{ "recognised before admitted", "1,A B,1980-02-20,nam,,,U,2001-01-01,2000-01-01\n",
	  "before admitted", 2, 1 },
	{ "too few fields", "1,A B\n2,C D,1980-02-20,nam,,,U,2001-01-01,\n", "line 2", 2, 1 },
	{ "two styles of days",
	  "1,A B,1980-02-20,nam,,,U,2001-01-01,\n2,C D,20/02/1980,nam,,,U,2001-01-01,\n",
	  "two ways", 3, 1 },
	{ "a card of two people",
	  "7,A B,1980-02-20,nam,,,U,2001-01-01,\n8,E F,1980-02-20,nam,,,U,2001-01-01,\n"
	  "7,C D,1980-02-20,nam,,,U,2001-01-01,\n",
	  "line 2 has another person", 4, 1 },
	{ "two wrong rows", "1,A B,1980-02-20,x,,,U,2001-01-01,\n2,C D,x,nam,,,U,2001-01-01,\n",
	  "sex", 2, 2 },
};

Test(members, problems_name_their_row)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char csv[1024];
		struct err e = { 0 };

		snprintf(csv, sizeof(csv), "%s%s", HEAD, bad[i].rows);
		cr_assert_eq(parse(csv, &e), 0, "%s: %s", bad[i].label, e.msg);
		cr_assert_eq(list.problem_count, bad[i].problems, "%s: %zu", bad[i].label,
			     list.problem_count);
		cr_assert_eq(list.problems[0].line, bad[i].line, "%s: line %zu", bad[i].label,
			     list.problems[0].line);
		cr_assert_not_null(strstr(list.problems[0].why.msg, bad[i].says), "%s: %s",
				   bad[i].label, list.problems[0].why.msg);
	}
}

Test(members, files_that_cannot_be_read)
{
	struct err e = { 0 };

	cr_assert_lt(parse("card,name\n1,A\n", &e), 0, "columns are missing");
	cr_assert_lt(parse(HEAD "1,\xFF\xFE,1980-02-20,nam,,,U,2001-01-01,\n", &e), 0);
	cr_assert_lt(parse("", &e), 0);
	arena_free(arena);
	arena = arena_new(200000);
	cr_assert_eq(members_parse(&list, span_str(HEAD "1,A B,1980-02-20,nam,,,U,2001-01-01,\n"),
				   iso("2026-01-15"), arena, &e),
		     0);
	arena_free(arena);
	arena = arena_new(300);
	cr_assert_eq(members_parse(&list, span_str(HEAD), iso("2026-01-15"), arena, &e),
		     -ERR_NOMEM);
}

Test(members, many_problems_are_counted_and_some_kept)
{
	char csv[16384] = HEAD;

	for (int i = 0; i < MEMBER_PROBLEMS_MAX + 10; i++)
		strcat(csv, "1,A B,1980-02-20,x,,,U,2001-01-01,\n");
	cr_assert_eq(parse(csv, NULL), 0);
	cr_assert_eq(list.problem_count, MEMBER_PROBLEMS_MAX + 10);
	cr_assert_eq(list.count, 0);
}

Test(members, those_alike_are_shown_for_decision)
{
	parse_well(HEAD "1,Nguyễn Văn Đức,1980-02-20,nam,,,U,2001-01-01,\n"   /* 2 */
			"2,Nguyen Van Duc,1980-02-20,nam,,,U,2001-01-01,\n"   /* 3: as 2, folded */
			"3,Nguyễn Văn Đức,1980-02-21,nam,,,U,2001-01-01,\n"   /* 4: another day */
			"4,Nguyễn Văn Đức,1980-02-20,nam,,,V,2001-01-01,\n"   /* 5: as 2, exact */
			"1,Nguyễn Văn Đức,1980-02-20,nam,,,U,2001-01-01,\n"   /* 6: the same card */
			"6,Nguyễn Văn Dục,1980-02-20,nam,,,U,2001-01-01,\n"); /* 7: as 2, folded */
	cr_assert_eq(list.rows[0].like, LIKE_NONE);
	cr_assert_eq(list.rows[1].like, LIKE_FOLDED);
	cr_assert_eq(list.rows[1].like_line, 2);
	cr_assert_eq(list.rows[2].like, LIKE_NONE);
	cr_assert_eq(list.rows[3].like, LIKE_EXACT);
	cr_assert_eq(list.rows[3].like_line, 2);
	cr_assert_eq(list.rows[4].like, LIKE_EXACT);
	cr_assert_eq(list.rows[5].like, LIKE_FOLDED);
}

Test(members, sorted_by_the_given_name)
{
	static const char *const order[] = {
		"Trần Văn An", "Lê Thị Ánh", "Nguyễn Bích", "Đỗ Văn Chi",
		"Phạm Dung",   "Lê Đào",     "Trần Đào",    "Vũ Đạt",
	};

	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		for (size_t k = 0; k < ARRAY_LEN(order); k++) {
			int got = member_name_cmp(span_str(order[i]), span_str(order[k]));

			cr_assert_eq((got > 0) - (got < 0), (i > k) - (i < k), "%s, %s", order[i],
				     order[k]);
		}
}
