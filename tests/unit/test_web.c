/* Who is let in, what a page may ask, and the first page with what comes along with it. */
#include "web_rig.h"

#define JSON "application/json"

TestSuite(web, .init = begin, .fini = end);

/* ---- the gate ---- */

enum sender { PAGE, NO_COOKIE };

/* `type` and `body` are of a post. */
static const struct gate_case {
	const char *label;
	enum web_method method;
	const char *target, *host, *origin, *site, *type, *body;
	enum sender by;
	int want;
} gate[] = {
	{ "the page", WEB_GET, "/", host, NULL, NULL, NULL, "", PAGE, 200 },
	{ "typed into the bar", WEB_GET, "/", host, NULL, "none", NULL, "", PAGE, 200 },
	{ "no cookie", WEB_GET, "/", host, NULL, NULL, NULL, "", NO_COOKIE, 403 },
	{ "a script", WEB_GET, "/main.js", host, NULL, NULL, NULL, "", NO_COOKIE, 403 },
	{ "no host", WEB_GET, "/", NULL, NULL, NULL, NULL, "", PAGE, 403 },
	{ "another host", WEB_GET, "/", "evil:8123", NULL, NULL, NULL, "", PAGE, 403 },
	{ "another port", WEB_GET, "/", "127.0.0.1:8124", NULL, NULL, NULL, "", PAGE, 403 },
	{ "a name", WEB_GET, "/", "localhost:8123", NULL, NULL, NULL, "", PAGE, 403 },
	{ "host and more", WEB_GET, "/", "127.0.0.1:8123.evil", NULL, NULL, NULL, "", PAGE, 403 },
	{ "a wrong token", WEB_GET, "/?t=00", host, NULL, NULL, NULL, "", NO_COOKIE, 403 },
	{ "no such page", WEB_GET, "/nothing", host, NULL, NULL, NULL, "", PAGE, 404 },
	{ "a path trick", WEB_GET, "/../app.css", host, NULL, NULL, NULL, "", PAGE, 404 },
	{ "a whole address", WEB_GET, "http://evil/", host, NULL, NULL, NULL, "", PAGE, 404 },
	{ "from elsewhere", WEB_GET, "/", host, NULL, "cross-site", NULL, "", PAGE, 403 },
	{ "no origin at all", WEB_GET, "/app.css", host, "null", NULL, NULL, "", PAGE, 403 },
	{ "another method", WEB_OTHER, "/", host, origin, NULL, NULL, "", PAGE, 405 },
	{ "a question", WEB_POST, "/api/state", host, origin, NULL, JSON, "{}", PAGE, 200 },
	{ "no origin", WEB_POST, "/api/state", host, NULL, NULL, JSON, "{}", PAGE, 403 },
	{ "a bare post", WEB_POST, "/api/state", host, origin, "none", JSON, "{}", PAGE, 403 },
	{ "another site", WEB_POST, "/api/state", host, "http://evil", NULL, JSON, "{}", PAGE,
	  403 },
	{ "a form", WEB_POST, "/api/state", host, origin, NULL, "text/plain", "{}", PAGE, 415 },
	{ "no type", WEB_POST, "/api/state", host, origin, NULL, NULL, "{}", PAGE, 415 },
	{ "a stranger", WEB_POST, "/api/state", host, origin, NULL, JSON, "{}", NO_COOKIE, 403 },
	{ "no JSON", WEB_POST, "/api/state", host, origin, NULL, JSON, "{", PAGE, 400 },
	{ "no object", WEB_POST, "/api/state", host, origin, NULL, JSON, "[]", PAGE, 400 },
	{ "nothing", WEB_POST, "/api/state", host, origin, NULL, JSON, "", PAGE, 400 },
	{ "no question", WEB_POST, "/api/nothing", host, origin, NULL, JSON, "{}", PAGE, 404 },
};

Test(web, gate)
{
	for (size_t i = 0; i < ARRAY_LEN(gate); i++) {
		const struct gate_case *c = &gate[i];
		struct web_request q = { .method = c->method,
					 .target = c->target,
					 .host = c->host,
					 .origin = c->origin,
					 .fetch_site = c->site,
					 .content_type = c->type,
					 .cookie = c->by == PAGE ? cookie : NULL,
					 .body = span_str(c->body) };

		cr_expect_eq(ask_as(q), c->want, "%s: %d", c->label, r.status);
	}
}

Test(web, sizes)
{
	char *text = calloc(1, WEB_BODY_MAX + 2), *path = calloc(1, WEB_TARGET_MAX + 2);
	struct web_request q = { .method = WEB_POST,
				 .target = "/api/state",
				 .host = host,
				 .origin = origin,
				 .cookie = cookie,
				 .content_type = JSON };

	memset(text, ' ', WEB_BODY_MAX + 1);
	memset(path, '/', WEB_TARGET_MAX + 1);
	memcpy(text, "{}", 2);
	q.body = span_of(text, WEB_BODY_MAX);
	cr_expect_eq(ask_as(q), 200);
	q.body.len++;
	cr_expect_eq(ask_as(q), 413);
	q.target = path;
	q.body.len = 2;
	cr_expect_eq(ask_as(q), 414);
	free(text);
	free(path);
}

/* Nearly the cookie, and the cookie among others. */
Test(web, cookies)
{
	struct web_request q = page;
	char text[600];

	snprintf(text, sizeof(text), "a=b; %s; c=d", cookie);
	q.cookie = text;
	cr_expect_eq(ask_as(q), 200);
	snprintf(text, sizeof(text), "x%s", cookie);
	cr_expect_eq(ask_as(q), 403);
	snprintf(text, sizeof(text), "%.*s", (int)strlen(cookie) - 1, cookie);
	cr_expect_eq(ask_as(q), 403);
	snprintf(text, sizeof(text), "%s0", cookie);
	cr_expect_eq(ask_as(q), 403);
	snprintf(text, sizeof(text), "ketnap_8123=; ketnap_8123");
	cr_expect_eq(ask_as(q), 403);
	q.target = strchr(web_address(web) + strlen("http://"), '/');
	q.cookie = NULL;
	cr_assert_eq(ask_as(q), 303);
	cr_expect(strstr(r.cookie, "; HttpOnly; SameSite=Strict"));
	cr_expect_str_eq(r.location, "/");
	cr_expect_null(strstr(web_address(web), strchr(cookie, '=') + 1),
		       "the cookie is no address");
}

/* What a browser is told to refuse by itself. */
Test(web, headers)
{
	bool policy = false, allows = false;

	for (const struct web_header *h = web_headers; h->name; h++) {
		policy = policy ||
			 (!strcmp(h->name, "Content-Security-Policy") &&
			  strstr(h->value, "default-src 'none'") && !strstr(h->value, "unsafe"));
		allows = allows || !strncmp(h->name, "Access-Control-", 15);
	}
	cr_expect(policy);
	cr_expect(!allows);
}

/* ---- the first page ---- */

Test(web, state)
{
	good("/api/state", "{}");
	cr_expect_str_eq(text_at(answer, "unit"), "C1");
	cr_expect_str_eq(text_at(answer, "role"), "approver");
	cr_expect(json_is_true(json_object_get(answer, "known")));
	cr_expect(json_is_false(json_object_get(answer, "superior")));
	cr_expect(json_is_false(json_object_get(answer, "mark")));
	sit_at(&district);
	good("/api/state", "{}");
	cr_expect(json_is_true(json_object_get(answer, "superior")));
}

/* What came with the page, as the page reads it. */
static void first_page_of(const char *lang)
{
	static const char begins[] = "id=\"first\">";
	struct web_request q = page;
	char text[400];
	const char *from, *to;

	snprintf(text, sizeof(text), "%s%s", lang, cookie);
	q.cookie = text;
	cr_assert_eq(ask_as(q), 200);
	from = memmem(r.body.data, r.body.len, begins, sizeof(begins) - 1);
	cr_assert_not_null(from);
	from += sizeof(begins) - 1;
	to = memchr(from, '<', r.body.len - (size_t)(from - (const char *)r.body.data));
	cr_assert_not_null(to);
	cr_assert_eq(memcmp(to, "</script>", 9), 0, "no text ends it earlier");
	json_decref(answer);
	answer = json_loadb(from, (size_t)(to - from), 0, NULL);
	cr_assert_not_null(answer);
}

/* What came as `home` becomes the answer. */
static void show_home(void)
{
	json_t *whole = answer;

	answer = json_incref(json_object_get(whole, "home"));
	json_decref(whole);
}

/* The first page has what it would ask for, in its language, as it stands now. */
Test(web, first_page)
{
	struct op op = build_target(4, (struct period){ day(2022, 1, 1), day(2022, 12, 31) },
				    "admitted", "</script><b>", 8);
	const json_t *t;

	first_page_of("");
	cr_expect_str_eq(text_at(answer, "lang"), "vi");
	cr_expect_str_eq(text_at(json_object_get(answer, "state"), "unit"), "C1");
	cr_expect_eq(json_array_size(json_object_get(json_object_get(answer, "home"), "targets")),
		     0);
	cr_expect_str_eq(text_at(json_object_get(answer, "texts"), "cancel"), "Thôi");
	world_act_now(&w, &op);
	desk_sync(&k);
	first_page_of("");
	cr_expect_eq(json_array_size(json_object_get(json_object_get(answer, "home"), "targets")),
		     1, "what was counted before holds no more");
	first_page_of("a=b; lang=en; ");
	cr_expect_str_eq(text_at(answer, "lang"), "en");
	cr_expect_str_eq(text_at(json_object_get(answer, "texts"), "cancel"), "Cancel");
	t = json_array_get(json_object_get(json_object_get(answer, "home"), "targets"), 0);
	cr_expect_str_eq(text_at(t, "doc_no"), "</script><b>");
	sit_at(&district);
	first_page_of("xlang=en; ");
	cr_expect_str_eq(text_at(answer, "lang"), "vi");
	cr_expect_str_eq(text_at(json_object_get(answer, "state"), "unit"), "D1");
}

/* What was worked out ahead is the same page, and still follows what is typed. */
Test(web, worked_out_ahead)
{
	json_t *asked;

	first_page_of("");
	asked = json_incref(answer);
	sit_at(&k);
	lang_use(TEXT_EN);
	web_warm(web);
	cr_assert_eq(lang_now(), TEXT_EN, "the terminal goes on in its language");
	first_page_of("");
	cr_expect(json_equal(answer, asked));
	json_decref(asked);
	cr_assert_eq(type("admitted", "3"), 200);
	first_page_of("");
	show_home();
	cr_expect_str_eq(month_word("2022-08"), "draft");
}

/* The browser is told of files that there are, and of each only once. */
Test(web, wanted_next)
{
	char *all;
	int count = 0;

	first_page_of("");
	cr_assert_not_null(r.link);
	all = strdup(r.link);
	for (char *rest = all, *one; (one = strsep(&rest, ",")); count++) {
		struct web_request q = page;
		char name[64];

		cr_assert_eq(sscanf(one, " <%63[^>]>; rel=", name), 1, "%s", one);
		q.target = name;
		q.cookie = cookie;
		cr_expect_eq(ask_as(q), 200, "%s", name);
		cr_expect_null(r.link);
	}
	free(all);
	cr_expect_eq(count, 2, "its code is one file");
}

Test(web, asked_and_targets)
{
	struct op op = build_request(2, 2, day(2022, 9, 10));
	const json_t *first;

	world_act_now(&w, &op);
	op = build_target(4, (struct period){ day(2022, 1, 1), day(2022, 12, 31) }, "admitted",
			  "12-NQ", 8);
	world_act_now(&w, &op);
	desk_sync(&k);
	good("/api/home", "{}");
	first = json_array_get(json_object_get(answer, "asked"), 0);
	cr_expect_str_eq(text_at(first, "period"), "2022-09-10");
	cr_expect_str_eq(text_at(first, "word"), "empty");
	cr_expect_str_eq(text_at(first, "form"), "flash");
	first = json_array_get(json_object_get(answer, "targets"), 0);
	cr_expect_eq(number_at(first, "goal"), 8);
	cr_expect_eq(number_at(first, "missing"), 8);
	cr_expect_str_eq(text_at(first, "doc_no"), "12-NQ");
	cr_expect_str_eq(text_at(json_object_get(answer, "reporting"), "period"), "2022-09");
	good("/api/sheet", "{\"period\":\"2022-09-10\",\"form\":\"flash\"}");
}

Test(web, sync_is_the_programs)
{
	struct sync_result sum = { .sent = 2, .acked = 1 };
	struct err why = { 0 };

	cr_expect(!web_sync_wanted(web));
	good("/api/sync", "{}");
	cr_expect(web_sync_wanted(web));
	cr_expect_null(web_sync_server(web));
	web_sync_began(web);
	good("/api/sync", "{}");
	cr_expect(!web_sync_wanted(web), "one at a time");
	cr_expect(json_is_true(json_object_get(json_object_get(answer, "line"), "running")));
	err_set(&why, ERR_BUSY, "no line to %s", "there");
	web_sync_ended(web, &sum, -ERR_BUSY, &why);
	good("/api/state", "{}");
	cr_expect(json_is_false(json_object_get(json_object_get(answer, "line"), "ok")));
	cr_expect_str_eq(text_at(json_object_get(answer, "line"), "why"), "no line to there");
	cr_expect_eq(number_at(json_object_get(answer, "line"), "acked"), 1);
	cr_expect(json_is_false(json_object_get(json_object_get(answer, "line"), "halted")));
	sum.end = SYNC_HALTED;
	web_sync_ended(web, &sum, -ERR_STATE, &why);
	good("/api/state", "{}");
	cr_expect(json_is_true(json_object_get(json_object_get(answer, "line"), "halted")));
}

Test(web, where_a_server_is_now_holds_for_the_contact_that_it_was_said_for)
{
	char text[CLIENT_ADDRESS_MAX + 20];
	struct sync_result sum = { .sent = 0 };
	const char *server;

	good("/api/sync", "{\"server\":\"10.0.0.9:7441\"}");
	server = web_sync_server(web);
	web_sync_began(web);
	good("/api/sync", "{\"server\":\"10.0.0.8:7441\"}");
	cr_expect_str_eq(server, "10.0.0.9:7441", "lent while the contact goes on");
	web_sync_ended(web, &sum, 0, NULL);
	cr_expect_null(web_sync_server(web));
	good("/api/sync", "{\"server\":\"10.0.0.9:7441\"}");
	good("/api/sync_stop", "{}");
	good("/api/sync", "{}");
	cr_expect_null(web_sync_server(web), "stopped before it began");
	good("/api/sync_stop", "{}");
	snprintf(text, sizeof(text), "{\"server\":\"%0*d\"}", CLIENT_ADDRESS_MAX + 1, 1);
	cr_expect_eq(post("/api/sync", text), 422);
	cr_expect(!web_sync_wanted(web));
}
