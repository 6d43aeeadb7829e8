/* What a superior looks at and does: targets, months, where a number comes from, devices, handing down. */
#include "web_rig.h"

TestSuite(web_above, .init = begin, .fini = end);

Test(web_above, map)
{
	const json_t *row;

	sit_at(&district);
	good("/api/map", "{}");
	cr_expect_eq(json_array_size(json_object_get(answer, "months")), 12);
	row = json_array_get(json_object_get(answer, "rows"), 0);
	cr_expect_str_eq(text_at(row, "unit"), "C1");
	cr_expect_eq(json_array_size(json_object_get(row, "cells")), 12);
	cr_expect_eq(post("/api/map", "{\"part\":\"P\"}"), 404, "above the own part");
}

static void sign_month_of_c1(void)
{
	desk_type(&k, 4, "monthly", month22(8), 1, (int64_t)40, 14, (int64_t)40, 0);
	cr_assert_eq(submit(",\"nil\":true,\"old_ok\":true"), 200);
	desk_sync(&k);
}

Test(web_above, targets)
{
	struct op op = build_target(4, (struct period){ day(2022, 1, 1), day(2022, 12, 31) },
				    "admitted", "12-NQ", 8);
	const json_t *target;

	world_act_now(&w, &op);
	desk_sync(&district);
	sit_at(&district);
	for (size_t i = 0; i < 2; i++) {
		good("/api/targets", i ? "{\"level\":\"grassroots\",\"to\":\"2022-06-30\"}"
				       : "{\"to\":\"2022-06-30\"}");
		cr_expect_eq(json_array_size(json_object_get(answer, "instruments")), 1,
			     "of a unit below, where there is none above");
		target = json_array_get(json_object_get(row("C1"), "targets"), 0);
		cr_expect_eq(number_at(target, "goal"), 8);
		cr_expect_eq(number_at(target, "by_now"), 3, "half a year of 8, rounded down");
		cr_expect_str_eq(text_at(row("C1"), "cause"), "not-reported");
		cr_expect(json_is_null(json_array_get(json_object_get(row("C2"), "targets"), 0)));
		cr_expect_eq(json_array_size(json_object_get(answer, "lagging")), 2);
	}
	cr_expect_eq(post("/api/targets", "{\"unit\":\"P\"}"), 404, "above the own part");
	good("/api/target_months", "{\"unit\":\"C1\",\"to\":\"2022-03-31\"}");
	cr_expect_eq(json_array_size(json_object_get(answer, "months")), 3);
	good("/api/note", "{\"unit\":\"C1\",\"text\":\"called\"}");
	cr_expect_eq(desk_status(&district).queued, 1);
	desk_sync(&district);
	good("/api/targets", "{}");
	cr_expect_eq(number_at(row("C1"), "note_count"), 1);
}

static void admitted(struct period month, int64_t n)
{
	struct sheet_draft d;

	draft_init(&d, 4, 1, month);
	draft_put(&d, 2, n, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.source = SPAN_LIT("test");
	must(world_try(&w, draft_op(&d)), &w.e, "a sheet");
}

/* A number for each year is this year's; one for the term stands beside it and is held against all that came since. */
Test(web_above, targets_of_a_term)
{
	struct period term = { day(2020, 1, 1), day(2025, 12, 31) };
	struct op op = build_target(4, term, "admitted", "1-NQ", 60);
	const json_t *target;

	world_act_now(&w, &op);
	op = build_target(4, term, "admitted", "2-NQ", 8);
	op.target.per_year = true;
	world_act_now(&w, &op);
	admitted(month_of(2021, 8), 40);
	admitted(month_of(2022, 8), 3);
	desk_sync(&k);
	desk_sync(&district);
	sit_at(&district);
	for (size_t i = 0; i < 2; i++) {
		good("/api/targets", i ? "{\"level\":\"grassroots\",\"to\":\"2022-08-31\"}"
				       : "{\"to\":\"2022-08-31\"}");
		target = json_array_get(json_object_get(row("C1"), "targets"), 0);
		cr_expect_str_eq(text_at(target, "doc_no"), "2-NQ");
		cr_expect_eq(number_at(target, "by_now"), 5, "eight months of 8");
		cr_expect_eq(number_at(target, "days_left"), 122);
		target = json_array_get(json_object_get(row("C1"), "targets"), 1);
		cr_expect_eq(number_at(target, "goal"), 60);
		cr_expect_str_eq(text_at(target, "attained_percent"), i ? "" : "71.67");
	}
	good("/api/target_months", "{\"unit\":\"C1\",\"to\":\"2022-12-31\"}");
	sit_at(&k);
	good("/api/home", "{}");
	target = json_array_get(json_object_get(answer, "targets"), 1);
	cr_expect_str_eq(text_at(target, "doc_no"), "2-NQ");
	cr_expect_eq(number_at(target, "attained"), 3);
	cr_expect_eq(number_at(target, "missing"), 5);
}

/* One below was given another number by a document of its own: the board goes by that. */
Test(web_above, a_target_that_was_amended_below)
{
	struct period year = { day(2022, 1, 1), day(2022, 12, 31) };
	struct op op = build_target(2, year, "admitted", "1-KH", 20);

	world_act_now(&w, &op);
	op = build_target(4, year, "admitted", "1-KH", 8);
	world_act_now(&w, &op);
	op = build_target(4, year, "admitted", "2-KH", 6);
	op.target.supersedes = SPAN_LIT("1-KH");
	op.reason = SPAN_LIT("fewer");
	world_act_now(&w, &op);
	desk_sync(&district);
	sit_at(&district);
	for (size_t i = 0; i < 2; i++) {
		const json_t *target;

		good("/api/targets", i ? "{\"level\":\"grassroots\",\"to\":\"2022-06-30\"}"
				       : "{\"to\":\"2022-06-30\"}");
		cr_expect_eq(json_array_size(json_object_get(answer, "instruments")), 1);
		target = json_array_get(json_object_get(row("C1"), "targets"), 0);
		cr_expect_eq(number_at(target, "goal"), 6);
		cr_expect_str_eq(text_at(target, "doc_no"), "2-KH");
	}
}

Test(web_above, months)
{
	const json_t *board, *first;

	sign_month_of_c1();
	desk_sync(&district);
	sit_at(&district);
	good("/api/months", "{\"period\":\"2022-08\"}");
	board = json_object_get(answer, "board");
	first = json_array_get(json_object_get(board, "rows"), 0);
	cr_expect_str_eq(text_at(first, "state"), "sent");
	cr_expect_str_eq(text_at(first, "queued"), "");
	cr_expect_eq(post("/api/return", "{\"period\":\"2022-08\",\"units\":[\"C1\"]}"), 422,
		     "a reason is asked for");
	good("/api/accept", "{\"period\":\"2022-08\",\"units\":[\"C1\"]}");
	cr_expect_eq(json_array_size(json_object_get(answer, "left")), 1,
		     "a clerk accepts nothing");
	cr_expect_eq(desk_status(&district).queued, 0);
	cr_expect_eq(post("/api/close", "{\"period\":\"2022-08\"}"), 403);
	cr_expect_eq(post("/api/accept", "{\"period\":\"2022-08\",\"units\":[]}"), 422);
}

Test(web_above, months_of_an_approver)
{
	struct desk approver;
	const json_t *first;

	sign_month_of_c1();
	desk_open(&approver, &w, 2, ROLE_APPROVER);
	desk_sync(&approver);
	sit_at(&approver);
	good("/api/accept", "{\"period\":\"2022-08\",\"units\":[\"C1\",\"C2\"]}");
	cr_expect_eq(json_array_size(json_object_get(answer, "done")), 1);
	cr_expect_eq(json_array_size(json_object_get(answer, "left")), 1, "C2 has sent nothing");
	cr_expect_eq(desk_status(&approver).queued, 1);
	good("/api/months", "{\"period\":\"2022-08\"}");
	first = json_array_get(json_object_get(json_object_get(answer, "board"), "rows"), 0);
	cr_expect_str_eq(text_at(first, "queued"), "accept", "it is not accepted twice");
	good("/api/request",
	     "{\"form\":\"flash\",\"day\":\"2022-09-10\",\"due\":\"2022-09-10T16:00\"}");
	cr_expect_eq(desk_status(&approver).queued, 3, "each of the two below is asked");
	desk_sync(&approver);
	good("/api/months", "{\"period\":\"2022-08\"}");
	first = json_array_get(json_object_get(json_object_get(answer, "board"), "rows"), 0);
	cr_expect_str_eq(text_at(first, "state"), "accepted");
	web_free(web);
	web = NULL;
	desk_close(&approver);
	sit_at(&k);
}

/* From a total to the entry that wrote it. */
Test(web_above, where_a_number_comes_from)
{
	const json_t *list;
	char body[64];
	int64_t last;

	sign_month_of_c1();
	good("/api/drill",
	     "{\"measure\":\"members_end\",\"from\":\"2022-08-01\",\"to\":\"2022-08-31\"}");
	list = json_object_get(answer, "sheets");
	cr_assert_eq(json_array_size(list), 1);
	cr_expect_eq(number_at(json_array_get(list, 0), "value"), 40);
	good("/api/figure", "{\"period\":\"2022-08\",\"measure\":\"members_end\"}");
	list = json_object_get(answer, "versions");
	cr_assert_eq(json_array_size(list), 1);
	cr_expect(json_is_true(json_object_get(json_array_get(list, 0), "stands")));
	cr_expect_gt(number_at(json_array_get(list, 0), "lsn"), 0);
	good("/api/log", "{\"unit\":\"C1\"}");
	list = json_object_get(answer, "entries");
	cr_assert_gt(json_array_size(list), 1);
	last = number_at(json_array_get(list, json_array_size(list) - 1), "lsn");
	cr_expect_lt(number_at(json_array_get(list, 0), "lsn"), last, "the oldest first");
	snprintf(body, sizeof(body), "{\"unit\":\"C1\",\"before\":%lld}", (long long)last);
	good("/api/log", body);
	list = json_object_get(answer, "entries");
	cr_expect_lt(number_at(json_array_get(list, json_array_size(list) - 1), "lsn"), last);
	cr_expect_eq(post("/api/log", "{\"unit\":\"P9\"}"), 404);
	cr_expect_eq(post("/api/drill",
			  "{\"unit\":\"P\",\"measure\":\"admitted\",\"from\":\"2022-08-01\","
			  "\"to\":\"2022-08-31\"}"),
		     404);
}

Test(web_above, devices)
{
	const json_t *d, *list;
	char body[128];
	size_t i;

	sit_at(&district);
	good("/api/people", "{}");
	list = json_object_get(answer, "devices");
	cr_expect_eq(json_array_size(list), 3);
	json_array_foreach(list, i, d) cr_expect(json_is_false(json_object_get(d, "may_revoke")));
	snprintf(body, sizeof(body), "{\"device\":\"%s\",\"reason\":\"lost\"}",
		 text_at(json_array_get(list, 0), "id"));
	cr_expect_eq(post("/api/revoke", body), 403, "a clerk revokes nothing");
	cr_expect_eq(post("/api/revoke", "{\"device\":\"00\",\"reason\":\"lost\"}"), 404);
	cr_expect_eq(desk_status(&district).queued, 0);
}

/* ---- handing down ---- */

static int64_t share_of(const char *unit)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer, "rows"), i, row)
	{
		if (!strcmp(text_at(row, "unit"), unit))
			return number_at(row, "share");
	}
	return -1;
}

Test(web_above, what_if)
{
	static const char *const bad[] = {
		"{\"period\":\"2023\",\"total\":\"x\"}",
		"{\"period\":\"23\",\"total\":\"9\"}",
		"{\"period\":\"2023\",\"total\":\"9\",\"choice\":\"spread\"}",
		"{\"period\":\"2023\",\"total\":\"9\",\"floor\":\"1000\"}",
		"{\"period\":\"2023\",\"total\":\"9\",\"cap\":\"2\"}",
		"{\"period\":\"2023\",\"total\":\"9\",\"rows\":{\"C1\":{\"cap\":\"2\"}}}",
		"{\"period\":\"2023\",\"total\":\"9\",\"rows\":{\"C1\":{\"cap\":\"x\"}}}",
	};

	sit_at(&district);
	good("/api/allocate", "{\"period\":\"2023\",\"total\":\"9\",\"floor\":\"1\"}");
	cr_assert_eq(number_at(answer, "total"), 9);
	cr_assert_geq(share_of("C1"), 1);
	good("/api/allocate", "{\"period\":\"2023\",\"total\":\"9\",\"floor\":\"1\","
			      "\"rows\":{\"C1\":{\"lock\":\"8\"}}}");
	cr_assert_eq(share_of("C1"), 8, "fixed");
	good("/api/allocate", "{\"period\":\"2023\",\"total\":\"9\",\"cap\":\"2\","
			      "\"rows\":{\"C1\":{\"cap\":\"9\"}}}");
	cr_assert_eq(share_of("C1"), 9, "its own limit, not that of all");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_eq(post("/api/allocate", bad[i]), 422, "%s", bad[i]);
	cr_assert_eq(post("/api/allocate", "{\"period\":\"2023\",\"total\":\"9\",\"unit\":\"P\"}"),
		     404);
	cr_assert_eq(
		post("/api/draft_targets", "{\"period\":\"2023\",\"total\":\"9\",\"floor\":\"1\"}"),
		403, "a clerk drafts no targets");
	good("/api/drafts", "{\"period\":\"2023\"}");
	cr_assert_eq(number_at(json_object_get(answer, "below"), "drafted"), 0, "none of them");
	good("/api/state", "{}");
	cr_assert_eq(number_at(json_object_get(answer, "counts"), "queued"), 0);
}

Test(web_above, registering)
{
	cr_assert_eq(post("/api/register", "{\"period\":\"2023\",\"value\":\"3\"}"), 422,
		     "why so many?");
	good("/api/register", "{\"period\":\"2023\",\"value\":\"3\",\"reason\":\"as agreed\"}");
	good("/api/state", "{}");
	cr_assert_eq(number_at(json_object_get(answer, "counts"), "queued"), 1);
	cr_assert_eq(post("/api/register", "{\"period\":\"2023\",\"value\":\"\"}"), 422);
	cr_assert_eq(post("/api/register", "{\"period\":\"2023\",\"value\":\"-3\"}"), 422);
	good("/api/drafts", "{}");
	cr_assert(json_is_array(json_object_get(answer, "own")));
	cr_assert_eq(get_paper("/paper/letters.html"), 404, "no template in this program");
}
