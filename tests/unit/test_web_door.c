/* Several people at one computer, their passwords, and nobody there. */
#include "web_rig.h"

TestSuite(web_door, .init = begin, .fini = end);

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

Test(web_door, signing_in)
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
Test(web_door, another_one_who_cannot_come_in)
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

Test(web_door, idle)
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
Test(web_door, address_lets_back_in)
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

Test(web_door, guesses)
{
	sit_behind_door(NULL);
	for (int i = 0; i < 5; i++)
		cr_expect_eq(post("/api/enter", "{\"who\":0,\"password\":\"x\"}"), 403);
	cr_expect_eq(post("/api/enter", "{\"who\":0,\"password\":\"first secret\"}"), 503);
	steady += 30 * 1000;
	good("/api/enter", "{\"who\":0,\"password\":\"first secret\"}");
}
