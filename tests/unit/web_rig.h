/* The face of a browser over the devices of a small site, without sockets: what its tests begin with. The device in front is
 * C1's (unit 4), of an approver; a second one belongs to a clerk, a third to a clerk of the district above. */
#ifndef TESTS_WEB_RIG_H
#define TESTS_WEB_RIG_H

#include "base/lang.h"
#include "web_face.h"

static struct world w;
static struct desk k, clerk, district;

static inline void sit_at(struct desk *d)
{
	struct web_config config = { .client = NULL };

	memset(config.token, 0x31, sizeof(config.token));
	memset(config.pass, 0x32, sizeof(config.pass));
	face_open(d, config);
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
	face_close();
	desk_close(&district);
	desk_close(&clerk);
	desk_close(&k);
	world_close(&w);
}

static inline bool body_has(const char *text)
{
	return memmem(r.body.data, r.body.len, text, strlen(text)) != NULL;
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
