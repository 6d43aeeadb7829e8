/* The face as a browser meets it, without sockets: who is let in, what a page may ask, what it is told.
 * The device is C1's (unit 4), of an approver; a second one belongs to a clerk. */
#include <criterion/criterion.h>

#include "base/lang.h"
#include "client/web.h"
#include "client_world.h"
#include "report/json.h"

#define JSON "application/json"

enum { PORT = 8123 };

static struct world w;
static struct desk k, clerk, district;
static struct web *web;
static struct desk *at; /* whose clock */
static struct web_response r;
static json_t *answer;
static char cookie[256], host[] = "127.0.0.1:8123", origin[] = "http://127.0.0.1:8123";

static int64_t desk_clock(void *arg)
{
	(void)arg;
	return at->now_ms;
}

static const struct web_request page = { .method = WEB_GET, .target = "/", .host = host };

static int ask_as(struct web_request q)
{
	web_answer(web, &q, &r);
	return r.status;
}

/* The faces of two devices one after the other, in one browser that has the cookie. */
static void sit_at(struct desk *d)
{
	struct web_config config = { .client = d->c, .now = { desk_clock, NULL }, .port = PORT };
	struct web_request q = page;

	web_free(web);
	at = d;
	memset(config.token, 0x31, sizeof(config.token));
	memset(config.pass, 0x32, sizeof(config.pass));
	must(web_new(&web, &config, &d->e), &d->e, "a face");
	q.target = strchr(web_address(web) + strlen("http://"), '/');
	cr_assert_eq(ask_as(q), 303);
	cr_assert_not_null(r.cookie);
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(r.cookie, ";"), r.cookie);
}

static void begin(void)
{
	struct op op;

	site_open(&w);
	op = build_members(4, day(2022, 8, 31), 40);
	world_act_now(&w, &op);
	desk_open(&k, &w, 4, ROLE_APPROVER);
	desk_open(&clerk, &w, 4, ROLE_CLERK);
	desk_open(&district, &w, 2, ROLE_CLERK);
	desk_sync(&k);
	desk_sync(&clerk);
	desk_sync(&district);
	sit_at(&k);
}

static void end(void)
{
	json_decref(answer);
	web_free(web);
	desk_close(&district);
	desk_close(&clerk);
	desk_close(&k);
	world_close(&w);
}

TestSuite(web, .init = begin, .fini = end);

static bool body_has(const char *text)
{
	return memmem(r.body.data, r.body.len, text, strlen(text)) != NULL;
}

/* Post `body` as the page does. */
static int post(const char *path, const char *body)
{
	struct web_request q = { .method = WEB_POST,
				 .target = path,
				 .host = host,
				 .origin = origin,
				 .cookie = cookie,
				 .content_type = "application/json",
				 .fetch_site = "same-origin",
				 .lang = "en",
				 .body = span_str(body) };
	int status = ask_as(q);

	json_decref(answer);
	answer = json_loadb((const char *)r.body.data, r.body.len, 0, NULL);
	return status;
}

static void good(const char *path, const char *body)
{
	int status = post(path, body);

	cr_assert_eq(status, 200, "%s %s: %d %.*s", path, body, status, (int)r.body.len,
		     (const char *)r.body.data);
	cr_assert_not_null(answer);
}

static const json_t *measure(const char *code)
{
	const json_t *list = json_object_get(json_object_get(answer, "sheet"), "measures"), *m;
	size_t i;

	json_array_foreach(list, i, m) if (!strcmp(text_at(m, "code"), code)) return m;
	cr_assert_fail("no measure %s", code);
	return NULL;
}

static const char august[] = "\"period\":\"2022-08\"";

static int type_over(const char *code, const char *text, const char *seen)
{
	char body[512];

	snprintf(body, sizeof(body), "{%s,\"measure\":\"%s\",\"text\":\"%s\",\"seen\":\"%s\"}",
		 august, code, text, seen);
	return post("/api/type", body);
}

static int type(const char *code, const char *text)
{
	char seen[64];

	good("/api/sheet", "{\"period\":\"2022-08\"}");
	snprintf(seen, sizeof(seen), "%s", text_at(measure(code), "seen"));
	return type_over(code, text, seen);
}

/* Of the first page's list. */
static const char *month_word(const char *period)
{
	const json_t *m;
	size_t i;

	json_array_foreach(json_object_get(answer, "months"), i,
			   m) if (!strcmp(text_at(m, "period"), period)) return text_at(m, "word");
	return "not there";
}

static int submit(const char *more)
{
	char body[512];

	good("/api/sheet", "{\"period\":\"2022-08\"}");
	snprintf(body, sizeof(body), "{%s,\"seen\":\"%s\"%s}", august,
		 text_at(json_object_get(answer, "sheet"), "seen"), more);
	return post("/api/submit", body);
}

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

/* ---- questions ---- */

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

Test(web, typing)
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
Test(web, changed_meanwhile)
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

Test(web, signing)
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

Test(web, nil_month)
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

/* A clerk names who signed on paper; a superior from whom the figures come. */
Test(web, roles)
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
Test(web, on_behalf)
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
	good("/api/sheet", "{\"period\":\"2022-09-10\",\"form\":\"flash\"}");
}

Test(web, two_figures)
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

Test(web, map)
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

/* Of the grid's rows, or of those that a writing question answers with. */
static const json_t *row(const char *unit)
{
	const json_t *list = json_object_get(answer, "rows"), *each;
	size_t i;

	json_array_foreach(list, i, each) if (!strcmp(text_at(each, "unit"), unit)) return each;
	cr_assert_fail("no row %s", unit);
	return NULL;
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
Test(web, many_units)
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
Test(web, cumulative)
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

Test(web, sync_is_the_programs)
{
	struct sync_result sum = { .sent = 2, .acked = 1 };
	struct err why = { 0 };

	cr_expect(!web_sync_wanted(web));
	good("/api/sync", "{}");
	cr_expect(web_sync_wanted(web));
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
}

/* ---- what a superior looks at and does ---- */

static void sign_month_of_c1(void)
{
	desk_type(&k, 4, "monthly", month22(8), 1, (int64_t)40, 14, (int64_t)40, 0);
	cr_assert_eq(submit(",\"nil\":true,\"old_ok\":true"), 200);
	desk_sync(&k);
}

Test(web, targets)
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

Test(web, months)
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

Test(web, months_of_an_approver)
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
Test(web, where_a_number_comes_from)
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

Test(web, devices)
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

/* ---- several people, passwords, nobody there ---- */

static int64_t steady;
static const char *passwords[2] = { "first secret", "" };
static struct desk *desks[2];

static int64_t steady_clock(void *arg)
{
	(void)arg;
	return steady;
}

static void door_who(void *ctx, size_t i, const char **name, const char **unit, bool *password)
{
	(void)ctx;
	*name = i ? "B" : "A";
	*unit = "C1";
	*password = *passwords[i] != 0;
}

static bool elsewhere; /* the device is in another program's hands */

static int door_enter(void *ctx, size_t i, const char *password, struct client **out, struct err *e)
{
	(void)ctx;
	if (strcmp(password, passwords[i]))
		return err_set(e, ERR_DENIED, "no");
	*out = elsewhere ? NULL : desks[i]->c;
	return elsewhere ? err_set(e, ERR_BUSY, "another program has it") : 0;
}

static int door_change(void *ctx, const char *old, const char *new, struct err *e)
{
	(void)ctx;
	(void)old;
	(void)new;
	(void)e;
	return 0;
}

static const struct web_door door = { NULL, 2, door_who, door_enter, door_change };

static void sit_behind_door(struct client *c)
{
	struct web_config config = { .client = c,
				     .door = &door,
				     .steady = { steady_clock, NULL },
				     .now = { desk_clock, NULL },
				     .port = PORT };

	web_free(web);
	at = &k;
	desks[0] = &k;
	desks[1] = &clerk;
	memset(config.token, 0x31, sizeof(config.token));
	memset(config.pass, 0x32, sizeof(config.pass));
	must(web_new(&web, &config, &k.e), &k.e, "a face");
}

static int open_address(void)
{
	struct web_request q = page;

	q.target = strchr(web_address(web) + strlen("http://"), '/');
	return ask_as(q);
}

Test(web, signing_in)
{
	sit_behind_door(NULL);
	cr_expect_eq(post("/api/state", "{}"), 401, "nobody sits here");
	good("/api/door", "{}");
	cr_expect(json_is_true(json_object_get(answer, "locked")));
	cr_expect_eq(json_array_size(json_object_get(answer, "people")), 2);
	cr_expect_eq(post("/api/enter", "{\"who\":0,\"password\":\"x\"}"), 403);
	cr_expect_eq(post("/api/enter", "{\"who\":7,\"password\":\"x\"}"), 404);
	cr_expect_eq(post("/api/state", "{}"), 401);
	good("/api/enter", "{\"who\":0,\"password\":\"first secret\"}");
	good("/api/state", "{}");
	cr_expect_str_eq(text_at(answer, "role"), "approver");
	good("/api/enter", "{\"who\":1,\"password\":\"\"}");
	good("/api/state", "{}");
	cr_expect_str_eq(text_at(answer, "role"), "clerk", "another person's device");
	cr_expect_eq(post("/api/password", "{\"new\":\"short\"}"), 422);
	good("/api/password", "{\"new\":\"long enough\"}");
}

/* The device of the one before is closed by then: nothing of it is asked any more. */
Test(web, another_one_who_cannot_come_in)
{
	sit_behind_door(NULL);
	good("/api/enter", "{\"who\":0,\"password\":\"first secret\"}");
	cr_expect_eq(post("/api/enter", "{\"who\":0,\"password\":\"x\"}"), 403);
	good("/api/state", "{}");
	elsewhere = true;
	cr_expect_eq(post("/api/enter", "{\"who\":1}"), 503);
	cr_expect_eq(post("/api/state", "{}"), 401, "nobody sits here");
	elsewhere = false;
	good("/api/enter", "{\"who\":0,\"password\":\"first secret\"}");
	good("/api/home", "{}");
}

Test(web, idle)
{
	sit_behind_door(NULL);
	good("/api/enter", "{\"who\":0,\"password\":\"first secret\"}");
	steady += WEB_IDLE_MS - 1;
	good("/api/state", "{}"); /* a page asks that by itself */
	steady += 1;
	cr_expect_eq(post("/api/state", "{}"), 401);
	cr_expect_eq(open_address(), 303);
	cr_expect_eq(post("/api/state", "{}"), 401, "the address is no password");
	good("/api/enter", "{\"who\":0,\"password\":\"first secret\"}");
	steady += WEB_IDLE_MS - 1;
	good("/api/state", "{\"active\":true}");
	steady += WEB_IDLE_MS - 1;
	good("/api/home", "{}");
	good("/api/leave", "{}");
	cr_expect_eq(post("/api/home", "{}"), 401);
}

/* Without a password the printed address is what lets in, and back in. */
Test(web, address_lets_back_in)
{
	desks[0] = &k;
	passwords[0] = "";
	sit_behind_door(k.c);
	good("/api/state", "{}");
	steady += WEB_IDLE_MS;
	cr_expect_eq(post("/api/state", "{}"), 401);
	cr_expect_eq(post("/api/enter", "{\"who\":0}"), 403);
	cr_expect_eq(open_address(), 303);
	good("/api/state", "{}");
}

Test(web, guesses)
{
	sit_behind_door(NULL);
	for (int i = 0; i < 5; i++)
		cr_expect_eq(post("/api/enter", "{\"who\":0,\"password\":\"x\"}"), 403);
	cr_expect_eq(post("/api/enter", "{\"who\":0,\"password\":\"first secret\"}"), 503);
	steady += 30 * 1000;
	good("/api/enter", "{\"who\":0,\"password\":\"first secret\"}");
}

/* ---- papers ---- */

static int get_paper(const char *target)
{
	struct web_request q = page;

	q.target = target;
	q.cookie = cookie;
	q.fetch_site = "same-origin";
	return ask_as(q);
}

Test(web, papers)
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

Test(web, papers_refused)
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

Test(web, what_if)
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

Test(web, registering)
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
