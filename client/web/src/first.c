/* The page as it is first loaded: what it would ask for first comes along, so that it can be used at once. */
#include "web_internal.h"

#include <stdlib.h>

static const char here[] = "<!--first-->";

/* Told ahead of the page, so that the browser asks for them before it reads its first line. */
static const char wanted_next[] =
	"</app.css>; rel=preload; as=style, </main.js>; rel=modulepreload";

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

/* The same in every page, so made once. */
static const struct buf *texts_in(struct web *w, enum text_lang lang)
{
	const struct asset *a = web_asset("/texts.json");
	struct buf *out = &w->texts[lang == TEXT_EN];
	json_t *all, *texts, *both;
	const char *name;

	if (out->len)
		return out;
	all = a ? json_loadb((const char *)a->bytes, a->len, 0, NULL) : NULL;
	texts = json_object();
	json_object_foreach(all, name, both)
		json_object_set(texts, name, json_object_get(both, lang == TEXT_EN ? "en" : "vi"));
	(void)json_dump_callback(texts, append_inside, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(texts);
	json_decref(all);
	return out;
}

static void put_first(struct web *w, enum text_lang lang)
{
	json_t *first = json_pack("{s:s}", "lang", lang == TEXT_EN ? "en" : "vi");

	lang_use(lang);
	add_answer(w, first, "door", "/api/door");
	if (seat_open(w)) {
		add_answer(w, first, "state", "/api/state");
		add_answer(w, first, "home", "/api/home");
	}
	buf_bytes(&w->body, SPAN_LIT("<script type=\"application/json\" id=\"first\">{"));
	(void)json_dump_callback(first, append_inside, &w->body,
				 JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_EMBED);
	buf_bytes(&w->body, SPAN_LIT(",\"texts\":"));
	buf_bytes(&w->body, buf_span(texts_in(w, lang)));
	buf_bytes(&w->body, SPAN_LIT("}</script>"));
	json_decref(first);
}

void web_warm(struct web *w)
{
	enum text_lang own = lang_now(); /* of the terminal */

	arena_reset(w->a);
	buf_reset(&w->body);
	put_first(w, TEXT_VI);
	buf_reset(&w->body);
	lang_use(own);
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
	put_first(w, wants_english(q->cookie) ? TEXT_EN : TEXT_VI);
	if (at + sizeof(here) - 1 <= a->len)
		buf_bytes(&w->body,
			  span_of(page + at + sizeof(here) - 1, a->len - at - (sizeof(here) - 1)));
	out->link = wanted_next;
	out->status = w->body.failed ? 500 : 200;
	out->type = a->type;
	out->body = buf_span(&w->body);
}
