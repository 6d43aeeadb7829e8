/* The page as it is first loaded: what it would ask for first comes along, so that it can be used at once. */
#include "web_internal.h"

#include <stdlib.h>

static const char here[] = "<!--first-->";

static bool wants_english(const char *cookies)
{
	static const char want[] = "lang=en";

	while (cookies && *cookies) {
		size_t len;

		cookies += strspn(cookies, "; ");
		len = strcspn(cookies, ";");
		if (len == sizeof(want) - 1 && !strncmp(cookies, want, len))
			return true;
		cookies += len;
	}
	return false;
}

static void add_answer(struct web *w, json_t *first, const char *name, const char *path)
{
	json_t *in = json_object(), *answer;
	int status;

	answer = web_run(w, web_api_of(path), in, &status);
	if (status == 200)
		json_object_set(first, name, answer);
	json_decref(answer);
	json_decref(in);
}

static void add_texts(json_t *first, const char *lang)
{
	const struct asset *a = web_asset("/texts.json");
	json_t *all = a ? json_loadb((const char *)a->bytes, a->len, 0, NULL) : NULL;
	json_t *texts = json_object(), *both;
	const char *name;

	json_object_foreach(all, name, both)
		json_object_set(texts, name, json_object_get(both, lang));
	json_object_set_new(first, "texts", texts);
	json_decref(all);
}

/* Within <script> nothing but these two characters could end it or begin a comment; in JSON they stand in
 * texts alone. */
static int append_inside(const char *text, size_t len, void *arg)
{
	struct buf *b = arg;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '<' || text[i] == '>')
			buf_printf(b, "\\u%04x", text[i]);
		else
			buf_u8(b, (uint8_t)text[i]);
	}
	return b->failed ? -1 : 0;
}

static void put_first(struct web *w, const char *lang)
{
	json_t *first = json_pack("{s:s}", "lang", lang);

	lang_use(!strcmp(lang, "en") ? TEXT_EN : TEXT_VI);
	add_answer(w, first, "door", "/api/door");
	if (seat_open(w)) {
		add_answer(w, first, "state", "/api/state");
		add_answer(w, first, "home", "/api/home");
	}
	add_texts(first, lang);
	buf_bytes(&w->body, SPAN_LIT("<script type=\"application/json\" id=\"first\">"));
	(void)json_dump_callback(first, append_inside, &w->body,
				 JSON_COMPACT | JSON_PRESERVE_ORDER);
	buf_bytes(&w->body, SPAN_LIT("</script>"));
	json_decref(first);
}

void first_page(struct web *w, const struct web_request *q, struct web_response *out)
{
	const struct asset *a = web_asset("/index.html");
	const char *page = (const char *)a->bytes;
	size_t at = 0;

	while (at + sizeof(here) - 1 <= a->len && memcmp(page + at, here, sizeof(here) - 1) != 0)
		at++;
	buf_reset(&w->body);
	buf_bytes(&w->body, span_of(page, at));
	put_first(w, wants_english(q->cookie) ? "en" : "vi");
	if (at + sizeof(here) - 1 <= a->len)
		buf_bytes(&w->body,
			  span_of(page + at + sizeof(here) - 1, a->len - at - (sizeof(here) - 1)));
	out->status = w->body.failed ? 500 : 200;
	out->type = a->type;
	out->body = buf_span(&w->body);
}
