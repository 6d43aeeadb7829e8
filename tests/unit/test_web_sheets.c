/* Figures typed at the pages, of one unit and of many, signed, and settled where there are two. */
#include "web_rig.h"

TestSuite(web_sheets, .init = begin, .fini = end);

Test(web_sheets, typing)
{
	const json_t *m;

	cr_assert_eq(type("admitted", "1.203"), 200);
	m = measure("admitted");
	cr_expect_eq(number_at(m, "value"), 1203);
	cr_expect_str_eq(text_at(m, "word"), "draft");
	desk_reopen(&k); /* it was kept before it was answered */
	sit_at(&k);
	good("/api/sheet", "{\"period\":\"2022-08\"}");
	cr_expect_eq(number_at(measure("admitted"), "value"), 1203);
	cr_assert_eq(type("died", "-"), 200);
	cr_expect_str_eq(text_at(measure("died"), "state"), "nil");
	cr_assert_eq(type("died", ""), 200);
	cr_expect_str_eq(text_at(measure("died"), "state"), "blank");
	cr_expect_eq(type("died", "1,5"), 422);
	cr_expect_eq(type("died", "1x"), 422);
	cr_expect_eq(type_over("nothing", "1", ""), 404);
	cr_expect_eq(post("/api/sheet", "{\"period\":\"2022-13\"}"), 422);
	cr_expect_eq(post("/api/sheet", "{\"period\":\"2022-08\",\"unit\":\"X\"}"), 404);
	cr_expect_eq(post("/api/sheet", "{\"period\":\"2022-08\",\"form\":\"x\"}"), 404);
	cr_expect_eq(post("/api/sheet", "{\"period\":7}"), 422);
}

/* What the page has not shown is never written over. */
Test(web_sheets, changed_meanwhile)
{
	char seen[64];

	good("/api/sheet", "{\"period\":\"2022-08\"}");
	snprintf(seen, sizeof(seen), "%s", text_at(measure("admitted"), "seen"));
	desk_type(&clerk, 4, "monthly", month22(8), 2, (int64_t)5, 0);
	cr_assert_eq(desk_submit(&clerk, 4, "monthly", month22(8),
				 &(struct entry_how){ .how = SIGN_NONE }, NULL),
		     0);
	desk_sync(&clerk);
	desk_sync(&k);
	cr_expect_eq(type_over("admitted", "7", seen), 409);
	cr_expect_eq(number_at(measure("admitted"), "value"), 5, "the sheet as it is now");
	cr_expect_eq(desk_status(&k).drafts, 0);
	cr_expect_eq(type("admitted", "7"), 200);
}

Test(web_sheets, signing)
{
	cr_assert_eq(type("members_begin", "40"), 200);
	cr_assert_eq(type("admitted", "0"), 200);
	cr_expect_eq(submit(""), 422, "blank is not nil");
	cr_expect_gt(json_array_size(json_object_get(json_object_get(answer, "judged"), "blank")),
		     0);
	cr_assert_eq(type("members_end", "41"), 200);
	cr_expect_eq(submit(",\"blanks_nil\":true,\"old_ok\":true"), 422, "it does not add up");
	cr_assert_eq(type("members_end", "40"), 200);
	cr_expect_eq(post("/api/submit", "{\"period\":\"2022-08\",\"seen\":\"00\"}"), 409);
	cr_expect_eq(desk_status(&k).queued, 0);
}

Test(web_sheets, nil_month)
{
	cr_assert_eq(type("members_begin", "40"), 200);
	cr_assert_eq(type("members_end", "40"), 200);
	cr_assert_eq(submit(",\"nil\":true"), 200, "%s",
		     text_at(json_object_get(answer, "error"), "text"));
	cr_expect_eq(desk_status(&k).queued, 1);
	good("/api/home", "{}");
	cr_expect_str_eq(month_word("2022-08"), "queued");
	desk_sync(&k);
	good("/api/home", "{}");
	cr_expect_str_eq(month_word("2022-08"), "nil");
}

/* A clerk names who signed on paper; a superior from whom the figures come. */
Test(web_sheets, roles)
{
	sit_at(&clerk);
	cr_assert_eq(type("members_begin", "40"), 200);
	cr_assert_eq(type("members_end", "40"), 200);
	cr_expect_eq(submit(",\"nil\":true"), 403);
	cr_expect_eq(submit(",\"nil\":true,\"signer\":\"An\",\"paper_day\":\"2022-09-01\""), 200);
	sit_at(&district);
	cr_expect_eq(post("/api/sheet", "{\"period\":\"2022-08\",\"unit\":\"P\"}"), 403);
	good("/api/sheet", "{\"period\":\"2022-08\",\"unit\":\"C1\"}");
	cr_expect(json_is_true(json_object_get(
		json_object_get(json_object_get(answer, "sheet"), "rights"), "on_behalf")));
}

/* A superior's figures go out only with who told them, and why. */
Test(web_sheets, on_behalf)
{
	char body[512];

	sit_at(&district);
	desk_type(&district, 4, "monthly", month22(8), 1, (int64_t)40, 14, (int64_t)40, 0);
	good("/api/sheet", "{\"period\":\"2022-08\",\"unit\":\"C1\"}");
	snprintf(body, sizeof(body), "{%s,\"unit\":\"C1\",\"nil\":true,\"seen\":\"%s\"}", august,
		 text_at(json_object_get(answer, "sheet"), "seen"));
	cr_expect_eq(post("/api/submit", body), 422);
	cr_expect_eq(desk_status(&district).queued, 0);
	body[strlen(body) - 1] = 0;
	strcat(body, ",\"from\":\"telephone, An\",\"reason\":\"no line\"}");
	good("/api/submit", body);
	desk_sync(&district);
	good("/api/map", "{}");
	cr_expect(body_has("\"provisional\""));
}

Test(web_sheets, two_figures)
{
	const json_t *c;
	char body[512], keep[VERSION_TEXT_MAX];

	desk_type(&clerk, 4, "monthly", month22(8), 2, (int64_t)5, 0);
	desk_type(&k, 4, "monthly", month22(8), 2, (int64_t)6, 0);
	cr_assert_eq(desk_submit(&clerk, 4, "monthly", month22(8),
				 &(struct entry_how){ .how = SIGN_NONE }, NULL),
		     0);
	cr_assert_eq(desk_submit(&k, 4, "monthly", month22(8),
				 &(struct entry_how){ .how = SIGN_NONE }, NULL),
		     0);
	desk_sync(&clerk);
	desk_sync(&k);
	good("/api/conflicts", "{}");
	c = json_array_get(json_object_get(answer, "conflicts"), 0);
	cr_assert_eq(json_array_size(json_object_get(c, "versions")), 2);
	snprintf(keep, sizeof(keep), "%s",
		 text_at(json_array_get(json_object_get(c, "versions"), 0), "version"));
	snprintf(body, sizeof(body),
		 "{%s,\"measure\":\"admitted\",\"keep\":\"%s\",\"seen\":\"%s\",\"reason\":\"\"}",
		 august, keep, text_at(c, "seen"));
	cr_expect_eq(post("/api/resolve", body), 422, "a reason is asked for");
	good("/api/conflicts", "{}");
	c = json_array_get(json_object_get(answer, "conflicts"), 0);
	snprintf(body, sizeof(body),
		 "{%s,\"measure\":\"admitted\",\"keep\":\"%s\",\"seen\":\"00\",\"reason\":\"r\"}",
		 august, keep);
	cr_expect_eq(post("/api/resolve", body), 409, "what was not shown is not settled");
	good("/api/conflicts", "{}");
	c = json_array_get(json_object_get(answer, "conflicts"), 0);
	snprintf(body, sizeof(body),
		 "{%s,\"measure\":\"admitted\",\"text\":\"9\",\"seen\":\"%s\",\"reason\":\"r\"}",
		 august, text_at(c, "seen"));
	good("/api/resolve", body);
	desk_sync(&k);
	good("/api/conflicts", "{}");
	cr_expect_eq(json_array_size(json_object_get(answer, "conflicts")), 0);
	cr_expect_eq(server_value(&w, 4, 1, month22(8), 2), 9);
}

static const char *row_seen(const char *unit)
{
	static char seen[4][64];
	static size_t next;
	char *out = seen[next++ % 4];

	snprintf(out, sizeof(seen[0]), "%s", text_at(row(unit), "seen"));
	return out;
}

/* {period, rows: two units with cells of their own} and `more`. */
static int many(const char *path, const char *seen1, const char *cells1, const char *seen2,
		const char *cells2, const char *more)
{
	char body[1024];

	snprintf(body, sizeof(body),
		 "{%s,\"rows\":[{\"unit\":\"C1\",\"seen\":\"%s\",\"cells\":{%s}},"
		 "{\"unit\":\"C2\",\"seen\":\"%s\",\"cells\":{%s}}]%s}",
		 august, seen1, cells1, seen2, cells2, more);
	return post(path, body);
}

/* All rows or none, and only over what the page has shown. */
Test(web_sheets, many_units)
{
	const char *c1, *c2;

	sit_at(&district);
	good("/api/grid", "{\"period\":\"2022-08\"}");
	cr_expect_eq(json_array_size(json_object_get(answer, "rows")), 2);
	c1 = row_seen("C1");
	c2 = row_seen("C2");
	cr_expect_eq(many("/api/put", c1, "\"admitted\":\"2\"", c2, "\"admitted\":\"2x\"", ""),
		     422);
	cr_expect_str_eq(text_at(json_array_get(json_object_get(answer, "problems"), 0), "unit"),
			 "C2");
	cr_expect_str_eq(text_at(json_array_get(json_object_get(answer, "problems"), 0), "measure"),
			 "admitted");
	cr_expect_eq(desk_status(&district).drafts, 0, "none of it");
	cr_expect_eq(many("/api/put", "00", "", c2, "\"admitted\":\"2\"", ""), 409);
	cr_expect_eq(desk_status(&district).drafts, 0);
	cr_expect_eq(many("/api/put", c1, "\"members_end\":\"40\"", c2,
			  "\"admitted\":\"2\",\"died\":\"-\"", ""),
		     200);
	cr_expect_eq(desk_status(&district).drafts, 2);
	cr_expect(json_is_array(json_array_get(json_object_get(row("C2"), "cells"), 1)));
	c1 = row_seen("C1");
	c2 = row_seen("C2");
	cr_expect_eq(many("/api/submit_many", c1, "", c2, "",
			  ",\"nil\":true,\"from\":\"An\",\"reason\":\"r\""),
		     422, "C2 has admitted two");
	cr_expect_eq(desk_status(&district).queued, 0, "none of it");
	cr_expect_eq(post("/api/put", "{\"period\":\"2022-08\"}"), 422);
	cr_expect_eq(post("/api/grid", "{\"period\":\"2022-08\",\"unit\":\"P\"}"), 403);
	good("/api/units", "{}");
	cr_expect_eq(json_array_size(json_object_get(answer, "units")), 2);
}

/* A total since January becomes the month's figure. */
Test(web_sheets, cumulative)
{
	char body[256];

	cr_assert_eq(type("admitted", "3"), 200);
	good("/api/sheet", "{\"period\":\"2022-09\"}");
	snprintf(
		body, sizeof(body),
		"{\"period\":\"2022-09\",\"measure\":\"admitted\",\"text\":\"5\",\"cumulative\":true,"
		"\"seen\":\"%s\"}",
		text_at(measure("admitted"), "seen"));
	cr_expect_eq(post("/api/type", body), 422, "months before August have no figure");
	cr_expect_eq(desk_status(&k).drafts, 1);
}
