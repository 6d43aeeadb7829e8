/* Papers out of the pages. */
#include "web_rig.h"

TestSuite(web_papers, .init = begin, .fini = end);

Test(web_papers, papers)
{
	good("/api/header_set", "{\"fields\":{\"place\":\"Quảng Nam\",\"chief_title\":\"<b>\"}}");
	cr_assert_eq(number_at(answer, "queued"), 2);
	cr_assert_eq(get_paper("/paper/totals.html?from=2022-01-01&to=2022-08-31&day=2022-09-05"),
		     200);
	cr_assert_str_eq(r.type, "text/html; charset=utf-8");
	cr_assert(strstr(r.policy, "default-src 'none'") && !r.file);
	cr_assert(body_has("Quảng Nam, "), "what waits is on the paper");
	cr_assert(!body_has("<b>"), "and is text");
	cr_assert_eq(get_paper("/paper/totals.html?period=2022-08&lang=en&doc_no=7%2B+8"), 200);
	cr_assert(body_has("7+ 8"), "as the address has it");
	cr_assert_eq(get_paper("/paper/sheet.xlsx?period=2022-08"), 200);
	cr_assert(!memcmp(r.body.data, "PK", 2) && !strcmp(r.file, "sheet-C1-2022-08.xlsx"), "%s",
		  r.file);
	cr_assert_eq(get_paper("/paper/blank.html?period=2022-08"), 200);
	cr_assert(body_has("……"), "no day of today");
	cr_assert_eq(get_paper("/paper/laggards.csv?unit=C1"), 200);
	cr_assert_eq(get_paper("/paper/months.html?period=2022-08"), 200);
	cr_assert_eq(get_paper("/paper/totals.html?period=2022-08&lang=en"), 200);
	cr_assert(!body_has("For outside"));
	cr_assert_eq(get_paper("/paper/totals.html?period=2022-08&lang=en&public=yes"), 200);
	cr_assert(body_has("For outside"), "and says so");
	cr_assert_eq(get_paper("/paper/table.csv?period=2022-08&lang=en&public=yes"), 200);
	cr_assert(body_has("For outside"));
}

Test(web_papers, papers_refused)
{
	static const struct {
		const char *target;
		int status;
	} bad[] = {
		{ "/paper/", 404 },
		{ "/paper/totals", 404 },
		{ "/paper/totals.", 404 },
		{ "/paper/totals.htm?period=2022", 404 },
		{ "/paper/sheets.html?period=2022", 404 },
		{ "/paper/totals.html", 422 },
		{ "/paper/totals.html?period=%", 422 },
		{ "/paper/totals.html?period=%0a", 422 },
		{ "/paper/totals.html?period=%ff", 422 },
		{ "/paper/totals.html?period=2022&unit=D", 404 },
		{ "/paper/totals.html?period=2022&unit=../x", 404 },
		{ "/paper/sheet.html?period=2022-08&form=none", 404 },
		{ "/paper/sheet.html?period=2022-08&public=yes", 422 },
		{ "/paper/form.html?period=2022-08&form=monthly", 422 },
	};
	struct web_request q = page;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cr_assert_eq(get_paper(bad[i].target), bad[i].status, "%s: %d %.*s", bad[i].target,
			     r.status, (int)r.body.len, (const char *)r.body.data);
		cr_assert(!r.policy && !r.file);
	}
	q.target = "/paper/totals.html?period=2022";
	cr_assert_eq(ask_as(q), 403, "without the cookie");
	q.cookie = cookie;
	q.fetch_site = "cross-site";
	cr_assert_eq(ask_as(q), 403, "from another site's page");
	good("/api/header", "{}");
	cr_assert_eq(post("/api/header_set", "{\"fields\":{\"place\":\"x\",\"nobody\":\"y\"}}"),
		     422);
	good("/api/header", "{}");
	cr_assert_eq(number_at(answer, "queued"), 0, "all or none");
}

/* C3 of another district goes over into C2: in the tree as it is its figures are the district's, and they are not here. */
Test(web_papers, what_is_not_all_held_here_is_not_printed)
{
	static const uint32_t to_c2[] = { 5 };
	static const struct op_change taken[] = {
		{ .what = CHANGE_MERGE, .unit = 6, .into = to_c2, .into_count = 1 },
	};
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("9-QĐ"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2022, 9, 1),
				  .effective = day(2022, 9, 1),
				  .changes = taken,
				  .count = ARRAY_LEN(taken) } };
	static const char *const as_is[] = {
		"/paper/totals.html?period=2022-08&tree=as-is",
		"/paper/table.csv?period=2022-08&tree=as-is",
	};

	sit_at(&district);
	for (int told = 0; told < 2; told++) {
		if (told)
			world_act_now(&w, &op);
		desk_sync(&district);
		for (size_t i = 0; i < ARRAY_LEN(as_is); i++)
			cr_expect_eq(get_paper(as_is[i]), told ? 403 : 200, "%s", as_is[i]);
		cr_expect_eq(get_paper("/paper/totals.html?period=2022-08"), 200, "as it was");
	}
}
