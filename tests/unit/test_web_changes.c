/* What the pages about reorganisation, the ends of months, drafts and forecasts ask, without a browser: judged as the
 * server will judge it, and nothing is queued that would be refused. */
#include "web_face.h"

static struct world w;
static struct desk k, operator, second, district;

/* What the server said the last time; NULL: nothing yet. */
static bool is_asked;
static const char *kept_answer;

static bool kept(void *ctx, const struct wire_query *q, json_t **out, int64_t *at_ms)
{
	(void)ctx;
	(void)q;
	*at_ms = at->now_ms;
	*out = kept_answer ? json_loads(kept_answer, 0, NULL) : NULL;
	return kept_answer != NULL;
}

static const struct web_asked asked = { .kept = kept };

static void sit_at(struct desk *d)
{
	face_open(d, (struct web_config){ .asked = is_asked ? &asked : NULL });
}

static void begin(void)
{
	site_open(&w);
	desk_open(&k, &w, 4, ROLE_APPROVER);
	desk_open(&operator, & w, 1, ROLE_OPERATOR);
	desk_open(&second, &w, 1, ROLE_OPERATOR);
	desk_open(&district, &w, 2, ROLE_APPROVER);
	desk_sync(&k);
	desk_sync(&operator);
	desk_sync(&second);
	desk_sync(&district);
	sit_at(&operator);
}

static void end(void)
{
	face_close();
	desk_close(&district);
	desk_close(&second);
	desk_close(&operator);
	desk_close(&k);
	world_close(&w);
}

TestSuite(web_changes, .init = begin, .fini = end);

static const char *error_text(void)
{
	return text_at(json_object_get(answer, "error"), "text");
}

static const json_t *list(const char *key)
{
	return json_object_get(answer, key);
}

#define PAPER \
	"\"no\":\"77-QD\",\"signed\":\"2022-09-01\",\"signer\":\"T\",\"effective\":\"01/10/2022\""
#define ACT(changes) "{" PAPER ",\"changes\":[" changes "]}"
#define PROPOSE(changes) "{\"propose\":true," PAPER ",\"changes\":[" changes "]}"

/* ---- acts ---- */

Test(web_changes, an_act_tried_and_sent)
{
	static const char body[] = ACT(
		"{\"change\":\"create\",\"unit\":\"N\",\"name\":\"New\",\"parent\":\"D1\","
		"\"kind\":\"base_committee\",\"reports\":true},"
		"{\"change\":\"merge\",\"unit\":\"C1\",\"into\":[\"N\"]}");
	const json_t *touched;

	good("/api/act_try", body);
	touched = json_array_get(list("touched"), 0);
	cr_assert_eq(json_array_size(list("touched")), 1);
	cr_expect_str_eq(text_at(touched, "unit"), "C1");
	cr_expect_str_eq(json_string_value(json_array_get(json_object_get(touched, "changes"), 0)),
			 "merge");
	cr_expect_eq(number_at(touched, "devices"), 1);
	cr_expect_eq(json_array_size(json_object_get(touched, "people")), 1);
	cr_expect_gt(number_at(touched, "unsent"), 0, "sheets that nobody sent are told");
	cr_expect_eq(desk_status(&operator).queued, 0, "nothing is written");
	good("/api/act_send", body);
	cr_expect_eq(desk_status(&operator).queued, 1);
	good("/api/acts", "{}");
	cr_expect_eq(number_at(answer, "waiting"), 1);
	desk_sync(&operator);
	good("/api/tree", "{\"on\":\"2022-10-01\"}");
	cr_expect_not_null(tree_by_code(ledger_tree(client_base(operator.c)), span_str("N")));
	good("/api/acts", "{}");
	cr_expect_eq(number_at(answer, "waiting"), 0);
}

/* Each with the unit and the rule; nothing of it is queued. */
static const struct bad_act {
	const char *body, *says;
} bad_acts[] = {
	{ "{" PAPER ",\"changes\":[]}", "nothing is changed yet" },
	{ "{\"no\":\"1\",\"changes\":[{\"change\":\"dissolve\",\"unit\":\"C1\"}]}",
	  "a decision has" },
	{ ACT("{\"change\":\"rename\",\"unit\":\"X9\",\"name\":\"N\"}"),
	  "change 1: there is no unit X9" },
	{ ACT("{\"change\":\"vanish\",\"unit\":\"C1\"}"), "there is no change vanish" },
	{ ACT("{\"change\":\"kind\",\"unit\":\"C1\",\"kind\":\"tribe\"}"), "there is no kind" },
	{ ACT("{\"change\":\"create\",\"unit\":\"a b\",\"name\":\"N\",\"parent\":\"D1\","
	      "\"kind\":\"base_cell\"}"),
	  "a code of its own" },
	{ ACT("{\"change\":\"split\",\"unit\":\"C1\",\"into\":[\"C2\"],\"parts\":[]}"),
	  "one part" },
	{ ACT("{\"change\":\"split\",\"unit\":\"C1\",\"into\":[\"C2\"],\"parts\":[-1]}"),
	  "one part" },
	{ ACT("{\"change\":\"move\",\"unit\":\"D1\",\"parent\":\"C1\"}"),
	  "D1: would stand under itself" },
	{ ACT("{\"change\":\"dissolve\",\"unit\":\"P\"}"), "P: is the root" },
	{ ACT("{\"change\":\"create\",\"unit\":\"N\",\"name\":\"N\",\"parent\":\"D1\","
	      "\"kind\":\"base_cell\"}"),
	  "N: a path without a reporter" },
	{ ACT("{\"change\":\"create\",\"unit\":\"N\",\"name\":\"N\",\"parent\":\"C1\","
	      "\"kind\":\"sub_cell\",\"reports\":true}"),
	  "N: a path with two reporters" },
};

Test(web_changes, acts_that_do_not_hold)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_acts); i++) {
		int status = post("/api/act_try", bad_acts[i].body);

		cr_expect(status == 422 || status == 404, "%s: %d", bad_acts[i].says, status);
		cr_expect(strstr(error_text(), bad_acts[i].says), "%s, not %s", error_text(),
			  bad_acts[i].says);
		cr_expect_neq(post("/api/act_send", bad_acts[i].body), 200, "%s", bad_acts[i].says);
	}
	cr_expect_eq(desk_status(&operator).queued, 0);
}

Test(web_changes, a_proposal_and_its_answers)
{
	const json_t *p;
	char body[256];

	sit_at(&district);
	cr_expect_eq(post("/api/act_send",
			  ACT("{\"change\":\"rename\",\"unit\":\"C1\",\"name\":\"X\"}")),
		     403, "an act is the operator's");
	good("/api/act_send",
	     PROPOSE("{\"change\":\"rename\",\"unit\":\"C1\",\"name\":\"Other\"}"));
	good("/api/act_send",
	     PROPOSE("{\"change\":\"rename\",\"unit\":\"C2\",\"name\":\"Other\"}"));
	desk_sync(&district);
	desk_sync(&operator);
	sit_at(&operator);
	good("/api/acts", "{}");
	cr_assert_eq(json_array_size(list("proposals")), 2);
	p = json_array_get(list("proposals"), 0);
	cr_expect_str_eq(text_at(p, "state"), "waiting");
	snprintf(body, sizeof(body), "{\"lsn\":%lld}", (long long)number_at(p, "lsn"));
	cr_expect_eq(post("/api/act_refuse", body), 422, "a reason is needed");
	good("/api/acts", "{}");
	p = json_array_get(list("proposals"), 0);
	snprintf(body, sizeof(body), "{\"proposal\":%lld,\"no\":\"9-QD\"}",
		 (long long)number_at(p, "lsn"));
	good("/api/act_try", body);
	good("/api/act_send", body);
	good("/api/acts", "{}");
	p = json_array_get(list("proposals"), 1);
	snprintf(body, sizeof(body), "{\"lsn\":%lld,\"reason\":\"no\"}",
		 (long long)number_at(p, "lsn"));
	good("/api/act_refuse", body);
	cr_expect_eq(post("/api/act_refuse", "{\"lsn\":1,\"reason\":\"no\"}"), 404);
	desk_sync(&operator);
	good("/api/acts", "{}");
	cr_expect_str_eq(text_at(json_array_get(list("proposals"), 0), "state"), "carried-out");
	cr_expect_str_neq(text_at(list("names"), "C1"), "Other", "called as on the day before");
	cr_expect(*text_at(list("names"), "C1"));
	cr_expect_str_eq(text_at(json_array_get(list("proposals"), 1), "state"), "refused");
}

/* C1 is merged into C2 in the middle of a month of which C1 has typed something without a line. */
Test(web_changes, a_draft_that_an_act_cut_away_is_shown_and_dropped)
{
	static const uint32_t to_c2[] = { 5 };
	static const struct op_change taken[] = {
		{ .what = CHANGE_MERGE, .unit = 4, .into = to_c2, .into_count = 1 },
	};
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("9-QĐ"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2022, 9, 1),
				  .effective = day(2022, 9, 16),
				  .changes = taken,
				  .count = ARRAY_LEN(taken) } };
	const json_t *row, *figure;
	char august[256], body[256];

	sit_at(&k);
	desk_type(&k, 4, "monthly", month22(8), 2, (int64_t)1, 0);
	desk_type(&k, 4, "monthly", month22(9), 2, (int64_t)3, 0);
	good("/api/stuck", "{}");
	cr_expect_eq(json_array_size(list("stuck")), 0, "both may still be signed");
	world_act_now(&w, &op);
	desk_sync(&k);
	good("/api/stuck", "{}");
	cr_assert_eq(json_array_size(list("stuck")), 1);
	row = json_array_get(list("stuck"), 0);
	cr_expect_str_eq(text_at(row, "unit"), "C1");
	cr_expect(*text_at(row, "unit_name"));
	cr_expect_str_eq(text_at(row, "form"), "monthly");
	cr_expect_str_eq(text_at(row, "period"), "2022-09");
	cr_expect(strstr(text_at(row, "why"), "C1 is no longer there"));
	figure = json_array_get(json_object_get(row, "figures"), 0);
	cr_expect_str_eq(text_at(figure, "measure"), "admitted");
	cr_expect_eq(number_at(figure, "value"), 3);
	snprintf(body, sizeof(body),
		 "{\"unit\":\"C1\",\"form\":\"monthly\",\"period\":\"2022-09\",\"seen\":\"%s\"}",
		 text_at(row, "seen"));
	snprintf(august, sizeof(august),
		 "{\"unit\":\"C1\",\"form\":\"monthly\",\"period\":\"2022-08\",\"seen\":\"%s\"}",
		 text_at(row, "seen"));
	cr_expect_eq(post("/api/discard", august), 409, "that one can be sent");
	cr_expect_eq(post("/api/discard", "{\"unit\":\"C1\",\"form\":\"monthly\","
					  "\"period\":\"2022-09\",\"seen\":\"00\"}"),
		     409, "what was not shown is not dropped");
	cr_expect_eq(json_array_size(list("stuck")), 1, "as it stands");
	cr_expect_eq(desk_status(&k).drafts, 2);
	good("/api/discard", body);
	cr_expect_eq(json_array_size(list("stuck")), 0);
	cr_expect_eq(desk_status(&k).drafts, 1, "the other one stays");
	cr_expect_eq(post("/api/discard", body), 409, "it was dropped");
}

Test(web_changes, trees_and_bridges)
{
	good("/api/tree", "{\"on\":\"2022-09-01\"}");
	cr_expect_eq(json_array_size(list("units")), 7);
	cr_expect(*text_at(json_array_get(list("units"), 1), "kind_name"));
	good("/api/bridge", "{\"from\":\"2022-01-01\",\"to\":\"2022-09-01\"}");
	cr_expect_eq(json_array_size(list("lines")), 0);
	good("/api/balance", "{\"from\":\"2022-01-01\",\"to\":\"2022-08-31\"}");
	cr_expect(json_is_object(list("names")));
	sit_at(&district);
	cr_expect_eq(post("/api/bridge", "{\"from\":\"2022-01-01\",\"to\":\"2022-09-01\"}"), 422,
		     "a part cannot tell it");
	good("/api/balance", "{\"from\":\"2022-01-01\",\"to\":\"2022-08-31\"}");
}

/* Asked in a contact of its own, once; what came is told with when it came, until it is asked anew. */
Test(web_changes, a_part_asks_the_server)
{
	static const char days[] = "{\"from\":\"2022-01-01\",\"to\":\"2022-09-01\"}",
			  ask[] = "{\"from\":\"2022-01-01\",\"to\":\"2022-09-01\",\"ask\":true}";
	const struct sync_result sum = { .sent = 0 };
	const struct wire_query *q;

	is_asked = true;
	sit_at(&district);
	good("/api/bridge", days);
	cr_assert(json_is_null(list("kept")));
	cr_assert_not(web_sync_wanted(web), "a look asks nothing");
	good("/api/bridge", ask);
	cr_assert(json_is_true(list("asked")));
	cr_assert(web_sync_wanted(web));
	cr_assert_eq(post("/api/bridge", ask), 503, "one at a time");
	q = web_sync_query(web);
	cr_assert_not_null(q);
	cr_assert_eq(q->what, WIRE_BRIDGE);
	cr_assert_eq(q->unit, client_identity(district.c)->unit);
	web_sync_began(web);
	cr_assert_eq(post("/api/bridge", ask), 503);
	web_sync_ended(web, &sum, 0, NULL);
	cr_assert_null(web_sync_query(web), "the next contact does not ask again");
	kept_answer = "{\"lines\":[],\"on\":\"2022-09-01\"}";
	good("/api/bridge", days);
	cr_assert(json_is_array(list("lines")));
	cr_assert(json_is_string(list("kept")));
	is_asked = false;
	kept_answer = NULL;
}

/* A post is handed over by those above, never by the unit itself; the name stays as it was written. */
Test(web_changes, a_post_is_left)
{
	char body[160];

	snprintf(body, sizeof(body),
		 "{\"device\":\"%016llx\",\"day\":\"30/09/2022\",\"reason\":\"retired\"}",
		 (unsigned long long)k.d.device);
	sit_at(&k);
	cr_expect_neq(post("/api/person_end", body), 200, "not by oneself");
	sit_at(&district);
	cr_expect_eq(post("/api/person_end",
			  "{\"device\":\"0\",\"day\":\"30/09/2022\",\"reason\":\"x\"}"),
		     404);
	good("/api/person_end", body);
	desk_sync(&district);
	cr_expect_eq(desk_status(&district).refused, 0);
	good("/api/people", "{}");
	for (size_t i = 0; i < json_array_size(list("devices")); i++) {
		const json_t *d = json_array_get(list("devices"), i);

		if (strcmp(text_at(d, "unit"), "C1") != 0)
			continue;
		cr_expect_str_eq(text_at(d, "to"), "2022-09-30");
		cr_expect(json_is_false(json_object_get(d, "may_end")));
		return;
	}
	cr_assert_fail("no device of C1");
}

/* ---- the ends of months ---- */

Test(web_changes, many_months_closed)
{
	good("/api/month_ends", "{}");
	cr_assert_gt(json_array_size(list("months")), 0);
	cr_expect_str_eq(text_at(json_array_get(list("months"), 0), "period"), "2022-09");
	good("/api/close_many", "{\"closings\":[{\"unit\":\"P\",\"period\":\"2022-06\"},"
				"{\"unit\":\"P\",\"period\":\"2022-07\"},"
				"{\"unit\":\"P\",\"period\":\"2023-07\"},"
				"{\"unit\":\"X9\",\"period\":\"2022-07\"}]}");
	cr_expect_eq(json_array_size(list("done")), 2);
	cr_expect_eq(json_array_size(list("left")), 2, "the others are named");
	cr_expect_eq(desk_status(&operator).queued, 2);
	cr_expect_eq(post("/api/close_many", "{\"closings\":[]}"), 422);
	desk_sync(&operator);
	good("/api/month_ends", "{}");
	cr_expect(json_is_true(json_object_get(json_array_get(list("months"), 2), "closed")));
	cr_expect(json_is_false(json_object_get(json_array_get(list("months"), 0), "closed")));
	sit_at(&district);
	good("/api/close_many", "{\"closings\":[{\"unit\":\"D1\",\"period\":\"2022-08\"}]}");
	cr_assert_eq(json_array_size(list("left")), 1, "an approver closes nothing");
	cr_expect(strstr(text_at(json_array_get(list("left"), 0), "text"), "D1: "),
		  "the unit is named");
}

Test(web_changes, opened_again_by_two)
{
	char body[128];
	long long lsn;

	good("/api/close_many", "{\"closings\":[{\"unit\":\"P\",\"period\":\"2022-07\"}]}");
	desk_sync(&operator);
	cr_expect_eq(post("/api/unlock", "{\"unit\":\"C1\",\"period\":\"2022-07\","
					 "\"until\":\"2030-01-01T00:00\"}"),
		     422, "a reason is needed");
	good("/api/unlock",
	     "{\"unit\":\"C1\",\"period\":\"2022-07\",\"until\":\"2030-01-01T00:00\","
	     "\"reason\":\"one sheet\"}");
	desk_sync(&operator);
	good("/api/unlocks", "{}");
	cr_assert_eq(json_array_size(list("unlocks")), 1);
	cr_expect_str_eq(text_at(json_array_get(list("unlocks"), 0), "state"), "waits");
	cr_expect(json_is_true(json_object_get(json_array_get(list("unlocks"), 0), "own")));
	lsn = (long long)number_at(json_array_get(list("unlocks"), 0), "lsn");
	snprintf(body, sizeof(body), "{\"confirms\":%lld,\"reason\":\"yes\"}", lsn);
	cr_expect_neq(post("/api/unlock", body), 200, "not by the one who asked");
	desk_sync(&second);
	sit_at(&second);
	good("/api/unlock", body);
	desk_sync(&second);
	good("/api/unlocks", "{}");
	cr_expect_str_eq(text_at(json_array_get(list("unlocks"), 0), "state"), "open");
}

Test(web_changes, requests_count_who_answered)
{
	static const char question[] = "{\"form\":\"flash\",\"unit\":\"P\",\"day\":\"2022-09-10\","
				       "\"due\":\"2022-09-10T16:00\"}";
	char op[VERSION_TEXT_MAX];

	for (int i = 0; i < 2; i++) {
		good("/api/request", question);
		cr_expect(json_is_false(json_object_get(answer, "stands")));
		if (!i)
			snprintf(op, sizeof(op), "%s", text_at(answer, "op"));
		cr_expect_str_eq(text_at(answer, "op"), op);
	}
	cr_expect_eq(desk_status(&operator).queued, 1, "asked twice, queued once");
	desk_sync(&operator);
	good("/api/request", question);
	cr_expect(json_is_true(json_object_get(answer, "stands")));
	cr_expect_str_eq(text_at(answer, "op"), op);
	cr_expect_eq(desk_status(&operator).queued, 0);
	good("/api/requests", "{}");
	cr_assert_eq(json_array_size(list("requests")), 1);
	cr_expect_eq(number_at(json_array_get(list("requests"), 0), "answered"), 0);
	cr_expect_gt(number_at(json_array_get(list("requests"), 0), "expected"), 0);
	cr_expect_eq(
		json_array_size(
			json_object_get(json_array_get(list("requests"), 0), "missing_names")),
		json_array_size(json_object_get(json_array_get(list("requests"), 0), "missing")));
}

/* ---- drafts, forecasts, figures on behalf ---- */

Test(web_changes, targets_out_of_drafts)
{
	sit_at(&district);
	cr_expect_eq(post("/api/publish", "{\"period\":\"2023\",\"instrument\":\"decision\","
					  "\"doc_no\":\"9\",\"day\":\"2022-09-01\"}"),
		     422, "there is nothing to publish");
	good("/api/draft_targets",
	     "{\"period\":\"2023\",\"total\":\"10\",\"rows\":{\"C1\":{\"lock\":\"6\"},"
	     "\"C2\":{\"lock\":\"4\"}}}");
	desk_sync(&district);
	cr_expect_eq(post("/api/publish", "{\"period\":\"2023\"}"), 422, "no document is named");
	good("/api/publish",
	     "{\"period\":\"2023\",\"instrument\":\"decision\",\"doc_no\":\"9\","
	     "\"day\":\"2022-09-01\",\"dry_run\":true,\"rows\":{\"C2\":{\"value\":\"5\"}}}");
	cr_expect_eq(number_at(answer, "targets"), 2);
	cr_expect_eq(number_at(answer, "sum"), 11);
	cr_expect_eq(desk_status(&district).queued, 0);
	good("/api/publish", "{\"period\":\"2023\",\"instrument\":\"decision\",\"doc_no\":\"9\","
			     "\"day\":\"2022-09-01\",\"rows\":{\"C2\":{\"left_out\":true}}}");
	cr_expect_eq(number_at(answer, "targets"), 1);
	cr_expect_eq(number_at(answer, "taken_back"), 1);
	cr_expect_eq(desk_status(&district).queued, 2);
	sit_at(&k);
	cr_expect_neq(post("/api/publish", "{\"period\":\"2023\",\"instrument\":\"decision\","
					   "\"doc_no\":\"9\",\"day\":\"2022-09-01\"}"),
		      200);
}

/* A limit stays one: as a draft, in the answer of the unit, as a target. */
Test(web_changes, limits_handed_down)
{
	sit_at(&district);
	good("/api/draft_targets", "{\"period\":\"2023\",\"total\":\"10\",\"limit\":true,"
				   "\"rows\":{\"C1\":{\"lock\":\"6\"},\"C2\":{\"lock\":\"4\"}}}");
	desk_sync(&district);
	desk_sync(&k);
	sit_at(&k);
	good("/api/drafts", "{}");
	cr_assert_eq(json_array_size(list("own")), 1);
	cr_expect_str_eq(text_at(json_array_get(list("own"), 0), "type"), "maximum");
	good("/api/register", "{\"period\":\"2023\",\"value\":\"6\"}");
	desk_sync(&k);
	cr_expect_eq(desk_status(&k).refused, 0, "answered by a limit");
	desk_sync(&district);
	sit_at(&district);
	good("/api/publish", "{\"period\":\"2023\",\"instrument\":\"decision\",\"doc_no\":\"9\","
			     "\"day\":\"2022-09-01\",\"take\":\"registered\"}");
	desk_sync(&district);
	good("/api/targets", "{\"to\":\"2023-01-31\"}");
	cr_expect_str_eq(
		text_at(json_array_get(json_object_get(json_array_get(list("rows"), 0), "targets"),
				       0),
			"type"),
		"maximum");
}

/* What nobody reported is not zero. */
Test(web_changes, shares_by_what_nobody_reported)
{
	sit_at(&district);
	cr_expect_eq(
		post("/api/allocate", "{\"period\":\"2023\",\"total\":\"10\",\"by\":\"last\"}"),
		404);
	cr_expect(strstr(error_text(), "C1: nobody reported"), "%s", error_text());
	good("/api/allocate",
	     "{\"period\":\"2023\",\"total\":\"10\",\"by\":\"last\",\"rows\":{\"C1\":"
	     "{\"lock\":\"6\"},\"C2\":{\"lock\":\"4\"}}}");
}

/* C3 of another district goes over into C2: what it reached last year is C2's in the tree as it is, and is not told to this
 * district's device. */
Test(web_changes, shares_by_what_came_from_elsewhere)
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

	world_act_now(&w, &op);
	desk_sync(&district);
	sit_at(&district);
	cr_expect_eq(post("/api/allocate", "{\"period\":\"2023\",\"total\":\"10\",\"by\":\"last\","
					   "\"rows\":{\"C1\":{\"lock\":\"6\"}}}"),
		     404);
	cr_expect(strstr(error_text(), "C2: not all that was reported there"), "%s", error_text());
	good("/api/allocate",
	     "{\"period\":\"2023\",\"total\":\"10\",\"by\":\"last\",\"rows\":{\"C1\":"
	     "{\"lock\":\"6\"},\"C2\":{\"lock\":\"4\"}}}");
}

/* ---- a year ago ---- */

static const json_t *sheet_of(const char *unit, const char *period)
{
	char body[96];

	snprintf(body, sizeof(body), "{\"unit\":\"%s\",\"period\":\"%s\"}", unit, period);
	good("/api/sheet", body);
	return json_object_get(answer, "sheet");
}

static const json_t *admitted_of(const json_t *sheet)
{
	const json_t *m;
	size_t i;

	json_array_foreach(json_object_get(sheet, "measures"), i,
			   m) if (!strcmp(text_at(m, "code"), "admitted")) return m;
	cr_assert_fail("a sheet without admissions");
	return NULL;
}

/* August of 2021, signed: so many admitted, all of them from villages. */
static void reported(struct desk *d, uint32_t unit, int64_t admitted)
{
	static const struct {
		const char *code;
		int64_t value;
		bool per_head;
	} figures[] = { { "members_begin", 20, false },
			{ "members_end", 20, true },
			{ "admitted", 0, true },
			{ "src_rural", 0, true } };
	struct entry_how how = { .how = SIGN_OWN, .blanks_are_nil = true, .old_ok = true };
	struct period august;
	struct entry_sheet *s;
	struct op_id id;

	must(period_parse(&august, span_str("2021-08"), &d->e), &d->e, "a month");
	s = desk_entry(d, unit, "monthly", august);
	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		const struct measure *m = form_measure_code(entry_form(s),
							    span_str(figures[i].code));
		int64_t value = figures[i].value + (figures[i].per_head ? admitted : 0);

		must(entry_set(s, m->no, FIGURE_VALUE, value, &d->e), &d->e, "a figure");
	}
	must(entry_submit(s, &how, d->now_ms, &id, NULL, &d->e), &d->e, "signing");
	entry_close(s);
	desk_sync(d);
}

static void past_is(struct desk *d, const char *period, const char *past, int64_t admitted)
{
	const json_t *sheet, *value;

	desk_sync(d);
	sit_at(d);
	sheet = sheet_of("C2", period);
	cr_expect_str_eq(text_at(sheet, "past"), past);
	value = json_object_get(admitted_of(sheet), "year_ago");
	if (admitted < 0)
		cr_expect(json_is_null(value), "%lld", json_integer_value(value));
	else
		cr_expect_eq(json_integer_value(value), admitted);
}

Test(web_changes, a_year_ago_of_what_was_merged)
{
	struct desk c2;

	desk_open(&c2, &w, 5, ROLE_APPROVER);
	desk_sync(&c2);
	reported(&c2, 5, 4);
	past_is(&c2, "2022-08", "own", 4);
	sit_at(&operator);
	good("/api/act_send",
	     "{\"no\":\"77-QD\",\"signed\":\"2022-07-01\",\"signer\":\"T\",\"effective\":"
	     "\"2022-08-01\",\"changes\":[{\"change\":\"merge\",\"unit\":\"C1\",\"into\":"
	     "[\"C2\"]}]}");
	desk_sync(&operator);
	past_is(&district, "2022-08", "unknown", -1); /* C1 has not reported it */
	past_is(&c2, "2022-08", "unknown", -1);
	reported(&k, 4, 3);
	past_is(&district, "2022-08", "computed", 7);
	past_is(&district, "2022-07", "own", -1); /* of before: its own, which nobody typed */
	past_is(&c2, "2022-08", "unknown", -1);   /* C1's sheets were never its own to read */
	desk_close(&c2);
}

Test(web_changes, a_forecast_or_none)
{
	good("/api/forecast", "{\"below\":true}");
	cr_expect(json_is_null(list("own")), "nobody has reported anything");
	cr_expect_eq(json_object_size(list("rows")), 2);
	cr_expect_eq(post("/api/forecast", "{\"measure\":\"nonsense\"}"), 404);
}

Test(web_changes, nobody_differs)
{
	good("/api/differences", "{}");
	cr_expect_eq(json_array_size(list("differences")), 0);
	cr_expect_eq(post("/api/differences", "{\"unit\":\"X9\"}"), 404);
}

/* What waits for a person behind a restore is shown as of the unit that it was of, and leads to no sheet of another one. */
Test(web_changes, what_was_of_a_lost_unit_is_shown_as_that)
{
	struct op lost = build_unit(90, 2, UNIT_BASE_COMMITTEE, "NN", 0),
		  other = build_unit(90, 2, UNIT_BASE_COMMITTEE, "MM", 0),
		  typed = build_members(90, day(2022, 8, 31), 7);
	struct wire_branch branch;
	struct world backup;
	const json_t *waits;
	struct op_id id;

	world_clone(&backup, &w);
	world_act_now(&w, &lost);
	desk_sync(&district);
	must(outbox_append(district.c, &typed, district.now_ms, &id, &district.e), &district.e,
	     "typed");
	desk_restored(&district, &backup, &branch);
	world_act_now(&backup, &other);
	district.s.script.hello_code = WIRE_NEW_EPOCH;
	district.s.script.epoch = 2;
	desk_sync(&district);
	district.s.script.line_count = 0;
	sit_at(&district);
	good("/api/state", "{}");
	waits = json_array_get(list("waiting"), 0);
	cr_assert(json_is_true(json_object_get(waits, "lost")));
	cr_assert_str_eq(text_at(waits, "unit"), "NN");
	cr_assert_str_eq(text_at(waits, "unit_name"),
			 "NN of the log that was lost (its number is MM now)");
	district.w = &w;
	world_close(&backup);
}
