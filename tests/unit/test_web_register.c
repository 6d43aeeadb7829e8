/* Persons on pages: opened, stepped one by one and many at once, listed, and members brought in; with the keys of a real
 * keyring in a folder of the test. All names are invented. */
#include <stdlib.h>
#include <unistd.h>

#include "client/outbox.h"
#include "crypto/random.h"
#include "web_face.h"

static struct world w;
static struct desk k, district;
static char folder[] = "/tmp/ketnap-web-register-XXXXXX";

static int open_keys(void *ctx, struct keyring **out, struct err *e)
{
	struct kv_open how = { .dir = folder, .map_bytes = 64 << 20, .tables = KEYRING_TABLES };
	struct keyring_setup setup = { .random = crypto_random };
	uint8_t seed[SEAL_SEED_BYTES];
	struct seal_key seal;
	int rc;

	(void)ctx;
	memset(seed, 7, sizeof(seed));
	seal_key_init(&seal, seed);
	setup.seal = &seal;
	rc = kv_lmdb_open(&setup.kv, &how, e);
	return rc ? rc : keyring_new(out, &setup, e);
}

static const struct web_register reg = { .keys = open_keys, .random = crypto_random };

static void sit_at(struct desk *d)
{
	face_open(d, (struct web_config){ .reg = &reg });
}

static void begin(void)
{
	site_open(&w);
	cr_assert_not_null(mkdtemp(folder));
	desk_open(&k, &w, 4, ROLE_CLERK);
	desk_open(&district, &w, 2, ROLE_AUDITOR);
	desk_sync(&k);
	desk_sync(&district);
	sit_at(&k);
}

static void end(void)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	char path[80];

	face_close();
	desk_close(&district);
	desk_close(&k);
	world_close(&w);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
		(void)unlink(path); /* a test that opened no keyring has none */
	}
	cr_assert_eq(rmdir(folder), 0);
}

TestSuite(web_register, .init = begin, .fini = end);

static size_t queued(void)
{
	size_t count;

	(void)outbox_ops(at->c, &count);
	return count;
}

static const json_t *case_at(size_t i)
{
	return json_array_get(json_object_get(answer, "cases"), i);
}

static void introduce(const char *name, char id[2 * PERSON_ID + 1])
{
	char body[400];

	snprintf(body, sizeof(body),
		 "{\"fields\":{\"name\":\"%s\",\"birth\":\"04/03/1999\",\"sex\":\"f\"},"
		 "\"sources\":[\"student\"],\"facts\":[\"union\"],\"education\":4,"
		 "\"day\":\"2022-01-10\"}",
		 name);
	good("/api/case_open", body);
	snprintf(id, 2 * PERSON_ID + 1, "%s", text_at(answer, "case"));
}

static int step(const char *ids, const char *what, const char *more)
{
	char body[400];

	snprintf(body, sizeof(body), "{\"cases\":[%s],\"step\":\"%s\",\"day\":\"20/01/2022\"%s}",
		 ids, what, more);
	return post("/api/case_step", body);
}

Test(web_register, one_and_many)
{
	char a[2 * PERSON_ID + 1], b[2 * PERSON_ID + 1], ids[160];
	size_t before;

	introduce("Đỗ Bịa Đặt", a);
	introduce("Lê Bịa Ấn", b);
	good("/api/cases", "{}");
	cr_assert_str_eq(text_at(case_at(0), "name"), "Lê Bịa Ấn", "by the given name");
	cr_assert_str_eq(text_at(json_object_get(case_at(1), "stage"), "code"), "introduced");
	before = queued();
	good("/api/cases", "{}");
	cr_assert_eq(queued(), before, "names of a list are told once a day");
	snprintf(ids, sizeof(ids), "\"%s\"", a);
	cr_assert_eq(step(ids, "list", ",\"no\":\"6-NQ\""), 200);
	cr_assert_eq(step(ids, "list", ""), 422, "it is listed already, in the words of the case");
	cr_assert_eq(step(ids, "apply", ""), 200);
	before = queued();
	cr_assert_eq(step(ids, "cell", ",\"dry_run\":true,\"votes\":\"5/9\""), 200, "%.*s",
		     (int)r.body.len, (const char *)r.body.data);
	cr_assert_gt(json_array_size(json_object_get(answer, "findings")), 0, "papers are missing");
	cr_assert_eq(queued(), before, "nothing was written");
	snprintf(ids, sizeof(ids), "\"%s\",\"%s\"", b, a);
	cr_assert_eq(step(ids, "list", ""), 422);
	cr_assert_eq(queued(), before, "all or none");
	cr_assert_eq(step(ids, "send", ""), 200, "a class");
	cr_assert_eq(number_at(answer, "steps"), 2);
	snprintf(ids, sizeof(ids), "{\"case\":\"%s\"}", a);
	good("/api/case", ids);
	cr_assert_eq(json_array_size(json_object_get(answer, "taken")), 4);
	cr_assert_str_eq(text_at(json_array_get(json_object_get(answer, "taken"), 1), "no"),
			 "6-NQ");
	cr_assert_str_eq(text_at(json_object_get(answer, "fields"), "birth"), "1999-03-04");
}

Test(web_register, refused)
{
	static const char *const bad[] = {
		"{\"fields\":{\"name\":\"\"}}",
		"{\"fields\":{\"name\":\"Lê Bịa\",\"zodiac\":\"cat\"}}",
		"{\"fields\":{\"name\":\"Lê Bịa\",\"birth\":\"yesterday\"}}",
		"{\"fields\":{\"name\":\"Lê Bịa\",\"birth\":\"2031-01-01\"}}",
		"{\"fields\":{\"name\":\"Lê Bịa\"},\"day\":\"2031-01-01\"}",
		"{\"fields\":{\"name\":\"Lê Bịa\"},\"education\":7}",
	};
	char a[2 * PERSON_ID + 1], ids[160];

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		cr_assert_eq(post("/api/case_open", bad[i]), 422, "%s", bad[i]);
	cr_assert_eq(queued(), 0);
	introduce("Đỗ Bịa Đặt", a);
	cr_assert_eq(post("/api/case_open", "{\"fields\":{\"name\":\"do bia dat\","
					    "\"birth\":\"1999-03-04\"}}"),
		     409, "somebody like this is here");
	snprintf(ids, sizeof(ids), "\"%s\",\"%s\"", a, a);
	cr_assert_eq(step(ids, "list", ""), 422, "each once");
	cr_assert_eq(step("", "list", ""), 422);
	cr_assert_eq(step("\"00\"", "list", ""), 404);
	snprintf(ids, sizeof(ids), "\"%s\"", a);
	cr_assert_eq(step(ids, "dance", ""), 422);
	cr_assert_eq(step(ids, "list", ",\"votes\":\"9/5\""), 422);
	snprintf(ids, sizeof(ids), "{\"case\":\"%s\",\"keep\":0,\"reason\":\"x\"}", a);
	cr_assert_eq(post("/api/case_settle", ids), 422, "there is one outcome");
	sit_at(&district);
	cr_assert_eq(post("/api/case_open", "{\"fields\":{\"name\":\"Lê Bịa\"}}"), 403);
	cr_assert_eq(post("/api/members_import", "{\"text\":\"\"}"), 403);
}

static const char list[] = "card,name,birth,sex,ethnicity,religion,admitted,recognised,unit\\n"
			   "0101,Lê Bịa Ba,1980-02-03,m,Kinh,Không,2010-05-06,2011-05-06,C1\\n"
			   "0102,Đỗ Bịa Bốn,1985-02-03,f,Kinh,Không,2012-05-06,,C1\\n";

static int import(const char *text, const char *more)
{
	char body[1000];

	snprintf(body, sizeof(body), "{\"text\":\"%s\"%s}", text, more);
	return post("/api/members_import", body);
}

/* Whoever is with a unit as it ends is sent on one by one, and nobody else can: it is said until nobody is left. */
Test(web_register, who_is_still_with_a_unit_that_has_ended)
{
	const uint32_t into[] = { 5 };
	struct op_change merge = { .what = CHANGE_MERGE, .unit = 4, .into = into, .into_count = 1 };
	struct op act = { .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("01-QĐ"),
				   .signed_day = day_of_instant(w.now_ms) - 2,
				   .effective = day_of_instant(w.now_ms) - 1,
				   .changes = &merge,
				   .count = 1 } };
	char id[2 * PERSON_ID + 1];
	const json_t *left;

	introduce("Đỗ Bịa Đặt", id);
	cr_assert_eq(import(list, ""), 200);
	desk_sync(&k);
	good("/api/state", "{}");
	cr_assert(json_is_null(json_object_get(answer, "left_behind")), "it goes on");
	world_act_now(&w, &act);
	desk_sync(&k);
	good("/api/state", "{}");
	left = json_object_get(answer, "left_behind");
	cr_assert_eq(number_at(left, "members"), 2);
	cr_assert_eq(number_at(left, "cases"), 1);
	cr_assert_str_eq(text_at(left, "into"), "", "a sibling is not told here");
}

/* Somebody on the way in is here too, and the row says which case and where it stands. */
Test(web_register, members_with_a_case)
{
	static const char one[] = "card,name,birth,sex,ethnicity,religion,admitted,recognised,unit"
				  "\\n0103,Do Bia Dat,1999-03-04,f,Kinh,Không,2022-05-06,,C1\\n";
	char id[2 * PERSON_ID + 1];
	const json_t *same;
	size_t before;

	introduce("Đỗ Bịa Đặt", id);
	before = queued();
	cr_assert_eq(import(one, ""), 422);
	same = json_array_get(json_object_get(answer, "alike"), 0);
	cr_assert_str_eq(text_at(same, "case"), id);
	cr_assert_str_eq(text_at(same, "unit"), "C1");
	cr_assert_str_eq(text_at(same, "stage"), "outstanding person, introduced");
	cr_assert(json_is_true(json_object_get(same, "here")));
	cr_assert_eq(queued(), before, "nothing was written");
	cr_assert_eq(import(one, ",\"alike\":\"skip\""), 200);
	cr_assert_eq(number_at(answer, "taken"), 0);
	cr_assert_eq(import(one, ",\"alike\":\"take\""), 200);
	cr_assert_eq(number_at(answer, "taken"), 1);
}

/* And a member is, when a case is opened. */
Test(web_register, a_case_of_a_member)
{
	cr_assert_eq(import(list, ""), 200);
	cr_assert_eq(post("/api/case_open", "{\"fields\":{\"name\":\"le bia ba\","
					    "\"birth\":\"1980-02-03\"}}"),
		     409);
	cr_assert_eq(json_array_size(json_object_get(answer, "alike")), 1);
	cr_assert_eq(post("/api/case_open", "{\"fields\":{\"name\":\"le bia ba\","
					    "\"birth\":\"1980-02-04\"}}"),
		     200, "%.*s", (int)r.body.len, (const char *)r.body.data);
}

Test(web_register, members)
{
	char body[200], id[2 * PERSON_ID + 1];
	size_t before;

	cr_assert_eq(import(list, ",\"dry_run\":true"), 200);
	cr_assert_eq(json_array_size(json_object_get(answer, "rows")), 2);
	cr_assert_eq(queued(), 0, "only looked at");
	cr_assert_eq(import(list, ""), 200);
	cr_assert_eq(number_at(answer, "taken"), 2);
	before = queued();
	cr_assert_eq(import(list, ""), 422, "they are here already");
	cr_assert_eq(json_array_size(json_object_get(answer, "alike")), 2);
	cr_assert_eq(import(list, ",\"alike\":\"skip\""), 200);
	cr_assert_eq(queued(), before);
	cr_assert_eq(import("card,name\\n1,x\\n", ""), 422);
	good("/api/members", "{\"text\":\"do bia\"}");
	cr_assert_eq(number_at(answer, "found"), 1);
	snprintf(id, sizeof(id), "%s",
		 text_at(json_array_get(json_object_get(answer, "members"), 0), "member"));
	snprintf(body, sizeof(body), "{\"member\":\"%s\",\"how\":\"left\",\"day\":\"2000-01-01\"}",
		 id);
	cr_assert_eq(post("/api/member_end", body), 422, "before the admission");
	snprintf(body, sizeof(body), "{\"member\":\"%s\",\"how\":\"mistake\"}", id);
	cr_assert_eq(post("/api/member_end", body), 422, "why?");
	snprintf(body, sizeof(body), "{\"member\":\"%s\",\"how\":\"left\",\"day\":\"01/02/2022\"}",
		 id);
	good("/api/member_end", body);
	cr_assert_eq(post("/api/member_end", body), 422, "once");
}

static int ends(const uint8_t person[PERSON_ID], day_t on)
{
	char body[200], hex[2 * PERSON_ID + 1], day[DAY_TEXT_MAX];

	snprintf(body, sizeof(body), "{\"member\":\"%s\",\"how\":\"died\",\"day\":\"%s\"}",
		 hex_encode(hex, person, PERSON_ID), day_iso(day, on));
	return post("/api/member_end", body);
}

/* Who is on the way here, or came on a later day: the page refuses what the server would. */
Test(web_register, nobody_ends_before_they_came)
{
	struct op op = { .kind = OP_MEMBER,
			 .unit = 5,
			 .member = { .person = { 7 }, .sealed = SPAN_LIT("sealed there") } };
	struct device sender, taker;
	uint8_t as[PERSON_ID] = { 8 };
	day_t today = day_of_instant(w.now_ms);
	size_t before;

	world_begin(&w);
	sender = world_device(&w, 5, ROLE_CLERK);
	taker = world_device(&w, 4, ROLE_CLERK);
	world_commit(&w);
	op.member.admitted = today - 900;
	cr_assert_eq(world_submit_now(&w, &sender, &op).code, CODE_OK);
	op = (struct op){ .kind = OP_MEMBER_MOVE,
			  .unit = 5,
			  .move = { .person = { 7 },
				    .what = MOVE_SEND,
				    .other = 4,
				    .way = MOVE_SAME_DIRECT,
				    .sealed = SPAN_LIT("sealed anew") } };
	op.move.day = today - 9;
	op.move.admitted = today - 900;
	memcpy(op.move.as, as, PERSON_ID);
	cr_assert_eq(world_submit_now(&w, &sender, &op).code, CODE_OK);
	desk_sync(&k);
	before = queued();
	cr_assert_eq(ends(as, today), 422, "not here yet");
	op = (struct op){
		.kind = OP_MEMBER_MOVE,
		.unit = 4,
		.move = { .person = { 7 }, .what = MOVE_TAKE, .other = 5, .day = today - 3 }
	};
	memcpy(op.move.as, as, PERSON_ID);
	cr_assert_eq(world_submit_now(&w, &taker, &op).code, CODE_OK);
	desk_sync(&k);
	cr_assert_eq(ends(as, today - 4), 422, "before they came");
	cr_assert_eq(queued(), before);
	cr_assert_eq(ends(as, today - 3), 200);
}

/* ---- corrections ---- */

static const json_t *field_named(const char *name)
{
	const json_t *fields = json_object_get(json_object_get(answer, "record"), "fields");
	const json_t *one;
	size_t i;

	json_array_foreach(fields, i, one)
	{
		if (!strcmp(text_at(one, "field"), name))
			return one;
	}
	return NULL;
}

static int correct(const char *id, const char *fields)
{
	char body[600];

	snprintf(body, sizeof(body), "{\"person\":\"%s\",\"fields\":{%s},\"reason\":\"sai\"}", id,
		 fields);
	return post("/api/correct", body);
}

/* Age is counted of those admitted: a member's is that of the day, not of the one on which a list was brought in. */
Test(web_register, the_age_of_a_member_is_that_of_the_admission)
{
	char id[2 * PERSON_ID + 1], body[100], fields[100];

	cr_assert_eq(import(list, ""), 200);
	good("/api/members", "{\"text\":\"le bia ba\"}");
	snprintf(id, sizeof(id), "%s",
		 text_at(json_array_get(json_object_get(answer, "members"), 0), "member"));
	snprintf(body, sizeof(body), "{\"member\":\"%s\"}", id);
	good("/api/member", body);
	cr_assert_str_eq(text_at(field_named("age"), "value"), "18-30");
	snprintf(fields, sizeof(fields), "\"birth\":{\"value\":\"03/02/1979\",\"seen\":\"%s\"}",
		 text_at(field_named("birth"), "seen"));
	cr_assert_eq(correct(id, fields), 200);
	good("/api/member", body);
	cr_assert_str_eq(text_at(field_named("age"), "value"), "31-35");
}

Test(web_register, a_record_is_corrected_over_what_was_shown)
{
	char id[2 * PERSON_ID + 1], body[100], fields[400], seen[80];
	const json_t *one;
	size_t before;

	introduce("Nguyễn Bịa Sai", id);
	snprintf(body, sizeof(body), "{\"case\":\"%s\"}", id);
	good("/api/case", body);
	cr_assert_eq(json_array_size(json_object_get(json_object_get(answer, "record"), "fields")),
		     26, "all but the days of a member");
	cr_assert_str_eq(text_at(field_named("source"), "value"), "student");
	cr_assert_str_eq(text_at(field_named("union"), "value"), "yes");
	snprintf(seen, sizeof(seen), "%s", text_at(field_named("name"), "seen"));
	before = queued();
	snprintf(fields, sizeof(fields),
		 "\"name\":{\"value\":\"Nguyễn Bịa Đúng\",\"seen\":\"%s\"},"
		 "\"birth\":{\"value\":\"05/03/1999\",\"seen\":\"%s\"},"
		 "\"occupation\":{\"value\":\"farm\",\"seen\":\"%s\"}",
		 seen, seen, seen);
	cr_assert_eq(correct(id, fields), 200);
	cr_assert_eq(queued(), before + 1, "one correction of three fields");
	cr_assert_eq(correct(id, fields), 409, "it stood otherwise on that screen");
	cr_assert_eq(queued(), before + 1);
	good("/api/case", body);
	one = json_array_get(json_object_get(json_object_get(answer, "record"), "corrections"), 0);
	cr_assert_str_eq(text_at(one, "reason"), "sai");
	cr_assert_str_eq(text_at(json_object_get(one, "values"), "name"), "Nguyễn Bịa Đúng");
	cr_assert_str_eq(text_at(json_object_get(one, "values"), "birth"), "1999-03-05");
	one = json_object_get(json_object_get(answer, "record"), "first");
	cr_assert_eq(json_object_size(json_object_get(one, "values")), 3, "what was corrected");
	cr_assert_str_eq(text_at(json_object_get(one, "values"), "name"), "Nguyễn Bịa Sai");
	cr_assert_str_eq(text_at(json_object_get(one, "values"), "birth"), "1999-03-04");
	cr_assert_str_eq(text_at(json_object_get(one, "values"), "occupation"), "");
	cr_assert(json_is_false(json_object_get(one, "came")));
	cr_assert_str_eq(text_at(field_named("name"), "value"), "Nguyễn Bịa Đúng");
	cr_assert_str_eq(text_at(field_named("occupation"), "value"), "farm");
	cr_assert_eq(json_array_size(json_object_get(field_named("name"), "contested")), 0);
	good("/api/record_contests", "{}");
	cr_assert_eq(json_array_size(json_object_get(answer, "records")), 0);
}

Test(web_register, what_is_no_correction_is_refused_with_the_field)
{
	char id[2 * PERSON_ID + 1], body[100], fields[400], seen[80];
	size_t before;

	introduce("Trần Bịa Tư", id);
	snprintf(body, sizeof(body), "{\"case\":\"%s\"}", id);
	good("/api/case", body);
	snprintf(seen, sizeof(seen), "%s", text_at(field_named("name"), "seen"));
	before = queued();
	for (size_t i = 0; i < 5; i++) {
		static const char *const bad[][2] = { { "education", "9" },
						      { "birth", "32/13/1999" },
						      { "name", "Trần Bịa Tư" },
						      { "admitted", "2022-01-02" },
						      { "zodiac", "cat" } };

		snprintf(fields, sizeof(fields), "\"%s\":{\"value\":\"%s\",\"seen\":\"%s\"}",
			 bad[i][0], bad[i][1], seen);
		cr_assert_eq(correct(id, fields), 422, "%s", bad[i][0]);
	}
	snprintf(fields, sizeof(fields), "\"address\":{\"value\":null,\"seen\":\"%s\"}", seen);
	cr_assert_eq(correct(id, fields), 422, "what could not be read is not written over");
	snprintf(fields, sizeof(fields), "\"birth\":{\"seen\":\"%s\"}", seen);
	cr_assert_eq(correct(id, fields), 422);
	cr_assert_eq(post("/api/correct", "{\"person\":\"00\"}"), 404);
	cr_assert_eq(queued(), before);
}

/* ---- put forward ---- */

static const json_t *put_forward(size_t i)
{
	return json_array_get(json_object_get(answer, "people"), i);
}

Test(web_register, people_put_forward_and_taken_back)
{
	char body[200];
	struct desk head;
	const char *code;
	size_t before;

	desk_open(&head, &w, 4, ROLE_APPROVER);
	desk_sync(&head);
	sit_at(&head);
	good("/api/commended", "{\"period\":\"2022\"}");
	cr_assert_eq(json_array_size(json_object_get(answer, "people")), 0);
	cr_assert(json_is_true(json_object_get(answer, "may")));
	cr_assert_gt(json_array_size(json_object_get(answer, "bodies")), 0);
	before = queued();
	cr_assert_eq(post("/api/commend_add", "{\"name\":\"Lê Bịa Ba\",\"title\":\"Bí thư\","
					      "\"period\":\"2030\",\"helped\":\"3\"}"),
		     422);
	cr_assert(strstr(text_at(json_object_get(answer, "error"), "text"),
			 ": the period ends on 2030-12-31"));
	cr_assert_eq(post("/api/commend_add", "{\"name\":\"Lê Bịa Ba\",\"title\":\"Bí thư\","
					      "\"period\":\"2021\",\"helped\":\"0\"}"),
		     422);
	cr_assert_eq(queued(), before, "nothing of it was kept");
	good("/api/commend_add", "{\"name\":\"Lê Bịa Ba\",\"title\":\"Bí thư\","
				 "\"period\":\"2021\",\"helped\":\"3\"}");
	good("/api/commended", "{\"period\":\"2021\"}");
	cr_assert_str_eq(text_at(put_forward(0), "person"), "Lê Bịa Ba");
	cr_assert_str_eq(text_at(put_forward(0), "period"), "2021");
	cr_assert(json_is_false(json_object_get(put_forward(0), "delivered")));
	snprintf(body, sizeof(body), "{\"number\":\"%s\",\"period\":\"2021\"}",
		 text_at(put_forward(0), "number"));
	good("/api/commend_back", body);
	cr_assert_eq(post("/api/commend_back", body), 404, "once");
	good("/api/commended", "{\"period\":\"2021\"}");
	cr_assert_eq(json_array_size(json_object_get(answer, "people")), 0);
	sit_at(&k); /* a clerk may not, and is told which unit it was */
	good("/api/commended", "{\"period\":\"2021\"}");
	cr_assert(json_is_false(json_object_get(answer, "may")));
	cr_assert_eq(post("/api/commend_add", "{\"name\":\"\",\"title\":\"Bí thư\","
					      "\"period\":\"2021\",\"helped\":\"3\"}"),
		     403);
	code = tree_get(ledger_tree(client_base(k.c)), 4)->code;
	cr_assert_not_null(memmem(r.body.data, r.body.len, code, strlen(code)), "%.*s",
			   (int)r.body.len, (const char *)r.body.data);
	desk_close(&head);
}

static void put_one_forward(struct desk *d, uint32_t unit, const char *name)
{
	char body[200];

	desk_open(d, &w, unit, ROLE_APPROVER);
	desk_sync(d);
	sit_at(d);
	snprintf(body, sizeof(body),
		 "{\"name\":\"%s\",\"title\":\"Bí thư\",\"period\":\"2021\",\"helped\":\"3\","
		 "\"body\":\"D1\"}",
		 name);
	good("/api/commend_add", body);
	desk_sync(d);
}

/* An entry for each unit whose names were shown, and no more on the same day, however many units there are. */
Test(web_register, names_of_several_units_are_told_once_a_day)
{
	struct desk one, two;
	size_t before;

	put_one_forward(&one, 4, "Lê Bịa Ba");
	put_one_forward(&two, 5, "Trần Bịa Tư");
	desk_sync(&district);
	sit_at(&district);
	before = queued();
	good("/api/commended", "{\"period\":\"2021\"}");
	cr_assert_str_eq(text_at(put_forward(0), "person"), "Lê Bịa Ba");
	cr_assert_str_eq(text_at(put_forward(1), "person"), "Trần Bịa Tư");
	cr_assert_eq(queued(), before + 2);
	good("/api/commended", "{\"period\":\"2021\"}");
	cr_assert_eq(queued(), before + 2);
	desk_close(&two);
	desk_close(&one);
}

/* The record of somebody who came by a case is the case's; that they are a member no more stands on the list. */
Test(web_register, the_end_of_a_member_whose_case_is_here)
{
	char id[2 * PERSON_ID + 1], ids[80], body[120];
	struct desk above;

	desk_open(&above, &w, 2, ROLE_APPROVER);
	desk_sync(&above);
	introduce("Đỗ Bịa Đặt", id);
	snprintf(ids, sizeof(ids), "\"%s\"", id);
	cr_assert_eq(step(ids, "list", ""), 200);
	cr_assert_eq(step(ids, "apply", ""), 200);
	cr_assert_eq(step(ids, "cell", ",\"votes\":\"9/9\""), 200);
	cr_assert_eq(step(ids, "submit", ",\"unit\":\"D1\""), 200, "%.*s", (int)r.body.len,
		     (const char *)r.body.data);
	desk_sync(&k);
	desk_sync(&above);
	sit_at(&above);
	cr_assert_eq(step(ids, "agree", ""), 200, "%.*s", (int)r.body.len,
		     (const char *)r.body.data);
	cr_assert_eq(step(ids, "decide", ",\"no\":\"7-QĐ\",\"signer\":\"Lê Bịa Ký\""), 200, "%.*s",
		     (int)r.body.len, (const char *)r.body.data);
	desk_sync(&above);
	desk_sync(&k);
	sit_at(&k);
	cr_assert_eq(step(ids, "ceremony", ""), 200, "%.*s", (int)r.body.len,
		     (const char *)r.body.data);
	cr_assert_eq(step(ids, "review", ",\"votes\":\"9/9\""), 200, "%.*s", (int)r.body.len,
		     (const char *)r.body.data);
	desk_sync(&k);
	desk_sync(&above);
	sit_at(&above);
	cr_assert_eq(step(ids, "recognise", ",\"no\":\"8-QĐ\",\"signer\":\"Lê Bịa Ký\""), 200,
		     "%.*s", (int)r.body.len, (const char *)r.body.data);
	desk_sync(&above);
	desk_sync(&k);
	sit_at(&k);
	snprintf(body, sizeof(body), "{\"member\":\"%s\",\"how\":\"died\",\"day\":\"01/02/2022\"}",
		 id);
	good("/api/member_end", body);
	snprintf(body, sizeof(body), "{\"member\":\"%s\"}", id);
	good("/api/member", body);
	cr_assert(json_is_true(json_object_get(answer, "case")));
	cr_assert_str_eq(text_at(answer, "state"), "died");
	cr_assert_str_eq(text_at(answer, "ended"), "2022-02-01");
	desk_close(&above);
}
