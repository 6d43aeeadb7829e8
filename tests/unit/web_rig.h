/* The face of a browser over the devices of a small site, without sockets: what its tests begin with. The device in front is
 * C1's (unit 4), of an approver; a second one belongs to a clerk, a third to a clerk of the district above. */
#ifndef TESTS_WEB_RIG_H
#define TESTS_WEB_RIG_H

#include <criterion/criterion.h>

#include "base/lang.h"
#include "client/web.h"
#include "client_world.h"
#include "report/json.h"

enum { PORT = 8123 };

static struct world w;
static struct desk k, clerk, district;
static struct web *web;
static struct desk *at; /* whose clock */
static struct web_response r;
static json_t *answer;
static char cookie[256], host[] = "127.0.0.1:8123", origin[] = "http://127.0.0.1:8123";

static inline int64_t desk_clock(void *arg)
{
	(void)arg;
	return at->now_ms;
}

static const struct web_request page = { .method = WEB_GET, .target = "/", .host = host };

static inline int ask_as(struct web_request q)
{
	web_answer(web, &q, &r);
	return r.status;
}

/* The faces of two devices one after the other, in one browser that has the cookie. */
static inline void sit_at(struct desk *d)
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

static inline void begin(void)
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

static inline void end(void)
{
	json_decref(answer);
	web_free(web);
	desk_close(&district);
	desk_close(&clerk);
	desk_close(&k);
	world_close(&w);
}

static inline bool body_has(const char *text)
{
	return memmem(r.body.data, r.body.len, text, strlen(text)) != NULL;
}

/* Post `body` as the page does. */
static inline int post(const char *path, const char *body)
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

static inline void good(const char *path, const char *body)
{
	int status = post(path, body);

	cr_assert_eq(status, 200, "%s %s: %d %.*s", path, body, status, (int)r.body.len,
		     (const char *)r.body.data);
	cr_assert_not_null(answer);
}

static inline const json_t *measure(const char *code)
{
	const json_t *list = json_object_get(json_object_get(answer, "sheet"), "measures"), *m;
	size_t i;

	json_array_foreach(list, i, m) if (!strcmp(text_at(m, "code"), code)) return m;
	cr_assert_fail("no measure %s", code);
	return NULL;
}

static const char august[] = "\"period\":\"2022-08\"";

static inline int type_over(const char *code, const char *text, const char *seen)
{
	char body[512];

	snprintf(body, sizeof(body), "{%s,\"measure\":\"%s\",\"text\":\"%s\",\"seen\":\"%s\"}",
		 august, code, text, seen);
	return post("/api/type", body);
}

static inline int type(const char *code, const char *text)
{
	char seen[64];

	good("/api/sheet", "{\"period\":\"2022-08\"}");
	snprintf(seen, sizeof(seen), "%s", text_at(measure(code), "seen"));
	return type_over(code, text, seen);
}

/* Of the first page's list. */
static inline const char *month_word(const char *period)
{
	const json_t *m;
	size_t i;

	json_array_foreach(json_object_get(answer, "months"), i,
			   m) if (!strcmp(text_at(m, "period"), period)) return text_at(m, "word");
	return "not there";
}

static inline int submit(const char *more)
{
	char body[512];

	good("/api/sheet", "{\"period\":\"2022-08\"}");
	snprintf(body, sizeof(body), "{%s,\"seen\":\"%s\"%s}", august,
		 text_at(json_object_get(answer, "sheet"), "seen"), more);
	return post("/api/submit", body);
}

/* Of the grid's rows, or of those that a writing question answers with. */
static inline const json_t *row(const char *unit)
{
	const json_t *list = json_object_get(answer, "rows"), *each;
	size_t i;

	json_array_foreach(list, i, each) if (!strcmp(text_at(each, "unit"), unit)) return each;
	cr_assert_fail("no row %s", unit);
	return NULL;
}

static inline int get_paper(const char *target)
{
	struct web_request q = page;

	q.target = target;
	q.cookie = cookie;
	q.fetch_site = "same-origin";
	return ask_as(q);
}
#endif
