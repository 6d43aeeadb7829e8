/* A browser in front of a device, without sockets: what it asks, and what comes back. Where its devices are from is the test's. */
#ifndef TESTS_WEB_FACE_H
#define TESTS_WEB_FACE_H

#include <criterion/criterion.h>

#include "client/web.h"
#include "client_world.h"
#include "report/json.h"

enum { PORT = 8123 };

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

/* The pages of `d` in place of those that were open, in one browser, which gets the cookie. */
static inline void face_open(struct desk *d, struct web_config config)
{
	struct web_request q = page;

	config.client = d->c;
	config.now = (struct clock){ desk_clock, NULL };
	config.port = PORT;
	web_free(web);
	at = d;
	must(web_new(&web, &config, &d->e), &d->e, "a face");
	q.target = strchr(web_address(web) + strlen("http://"), '/');
	cr_assert_eq(ask_as(q), 303);
	cr_assert_not_null(r.cookie);
	snprintf(cookie, sizeof(cookie), "%.*s", (int)strcspn(r.cookie, ";"), r.cookie);
}

static inline void face_close(void)
{
	json_decref(answer);
	web_free(web);
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
#endif
