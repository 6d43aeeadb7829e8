/* The gate: who may ask, what there is, and how an answer looks. */
#include "paper.h"

#include "crypto/hash.h"
#include "proto/wire.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BUDGET = 256 << 20, ANSWER_MAX = 8 << 20 };

const struct web_header web_headers[] = {
	{ "Cache-Control", "no-store" },
	{ "Content-Security-Policy",
	  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
	  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
	  "require-trusted-types-for 'script'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ NULL, NULL },
};

static const struct api apis[] = {
	{ "/api/door", api_door, .outside = true, .idle = true },
	{ "/api/enter", api_enter, .outside = true },
	{ "/api/leave", api_leave, .outside = true, .idle = true },
	{ "/api/password", api_password, false, false },
	{ "/api/state", api_state, .idle = true },
	{ "/api/sync", api_sync, false, false },
	{ "/api/sync_stop", api_sync_stop, false, false },
	{ "/api/enrol", api_enrol, .outside = true },
	{ "/api/stick", api_stick, false, false },
	{ "/api/stick_make", api_stick_make, false, false },
	{ "/api/stick_answer", api_stick_answer, false, false },
	{ "/api/stick_part", api_stick_part, false, false },
	{ "/api/stick_take", api_stick_take, false, false },
	{ "/api/home", api_home, false, false },
	{ "/api/map", api_map, false, false },
	{ "/api/sheet", api_sheet, false, false },
	{ "/api/type", api_type, false, false },
	{ "/api/submit", api_submit, false, false },
	{ "/api/stuck", api_stuck, false, false },
	{ "/api/discard", api_discard, false, false },
	{ "/api/conflicts", api_conflicts, false, false },
	{ "/api/resolve", api_resolve, false, false },
	{ "/api/grid", api_grid, false, false },
	{ "/api/put", api_put, false, false },
	{ "/api/submit_many", api_submit_many, false, false },
	{ "/api/units", api_units, false, false },
	{ "/api/targets", api_targets, false, false },
	{ "/api/target_months", api_target_months, false, false },
	{ "/api/note", api_note, false, false },
	{ "/api/months", api_months, false, false },
	{ "/api/accept", api_accept, false, false },
	{ "/api/return", api_return, false, false },
	{ "/api/recall", api_recall, false, false },
	{ "/api/request", api_request, false, false },
	{ "/api/summary", api_summary, false, false },
	{ "/api/close", api_close, false, false },
	{ "/api/decide_late", api_decide_late, false, false },
	{ "/api/month_ends", api_month_ends, false, false },
	{ "/api/requests", api_requests, false, false },
	{ "/api/close_many", api_close_many, false, false },
	{ "/api/unlocks", api_unlocks, false, false },
	{ "/api/unlock", api_unlock, false, false },
	{ "/api/acts", api_acts, false, false },
	{ "/api/act_unit", api_act_unit, false, false },
	{ "/api/act_try", api_act_try, false, false },
	{ "/api/act_send", api_act_send, false, false },
	{ "/api/act_refuse", api_act_refuse, false, false },
	{ "/api/tree", api_tree, false, false },
	{ "/api/bridge", api_bridge, false, false },
	{ "/api/balance", api_balance, false, false },
	{ "/api/fill", api_fill, false, false },
	{ "/api/log", api_log, false, false },
	{ "/api/figure", api_figure, false, false },
	{ "/api/drill", api_drill, false, false },
	{ "/api/people", api_people, false, false },
	{ "/api/held", api_held, false, false },
	{ "/api/revoke", api_revoke, false, false },
	{ "/api/person_end", api_person_end, false, false },
	{ "/api/cases", api_cases, false, false },
	{ "/api/case", api_case, false, false },
	{ "/api/case_open", api_case_open, false, false },
	{ "/api/case_step", api_case_step, false, false },
	{ "/api/case_settle", api_case_settle, false, false },
	{ "/api/members", api_members, false, false },
	{ "/api/member", api_member, false, false },
	{ "/api/correct", api_correct, false, false },
	{ "/api/record_contests", api_record_contests, false, false },
	{ "/api/commended", api_commended, false, false },
	{ "/api/commend_add", api_commend_add, false, false },
	{ "/api/commend_back", api_commend_back, false, false },
	{ "/api/members_import", api_members_import, false, false },
	{ "/api/member_end", api_member_end, false, false },
	{ "/api/forget", api_forget, false, false },
	{ "/api/allocate", api_allocate, false, false },
	{ "/api/draft_targets", api_draft_targets, false, false },
	{ "/api/drafts", api_drafts, false, false },
	{ "/api/register", api_register, false, false },
	{ "/api/publish", api_publish, false, false },
	{ "/api/forecast", api_forecast, false, false },
	{ "/api/differences", api_differences, false, false },
	{ "/api/header", api_header, false, false },
	{ "/api/header_set", api_header_set, false, false },
};

static const char paper_path[] = "/paper/", stick_path[] = "/stick/";

/* ---- its life ---- */

int web_new(struct web **out, const struct web_config *config, struct err *e)
{
	struct web *w = calloc(1, sizeof(*w));
	char hex[SECRET_HEX_MAX];

	*out = NULL;
	if (w)
		w->a = arena_new(ARENA_BUDGET);
	if (!w || !w->a) {
		free(w);
		return err_set(e, ERR_NOMEM, "no memory for the pages");
	}
	w->config = *config;
	w->seat.taken = config->client != NULL;
	if (config->door)
		seat_used(w);
	buf_init(&w->body, ANSWER_MAX);
	for (size_t i = 0; i < ARRAY_LEN(w->texts); i++)
		buf_init(&w->texts[i], ANSWER_MAX);
	buf_init(&w->paper, PRINT_FILE_MAX);
	buf_init(&w->stick_out, WIRE_FILE_MAX);
	buf_init(&w->stick_in, WIRE_FILE_MAX);
	snprintf(w->host, sizeof(w->host), "127.0.0.1:%u", config->port);
	snprintf(w->origin, sizeof(w->origin), "http://%s", w->host);
	/* Browsers do not keep the cookies of two ports apart. */
	snprintf(w->cookie_name, sizeof(w->cookie_name), "ketnap_%u", config->port);
	hex_encode(hex, config->token, WEB_SECRET_BYTES);
	snprintf(w->address, sizeof(w->address), "%s/?t=%s", w->origin, hex);
	hex_encode(hex, config->pass, WEB_SECRET_BYTES);
	snprintf(w->set_cookie, sizeof(w->set_cookie), "%s=%s; Path=/; HttpOnly; SameSite=Strict",
		 w->cookie_name, hex);
	*out = w;
	return 0;
}

void web_free(struct web *w)
{
	if (!w)
		return;
	arena_free(w->a);
	home_forget(w);
	free(w->told);
	buf_fini(&w->body);
	for (size_t i = 0; i < ARRAY_LEN(w->texts); i++)
		buf_fini(&w->texts[i]);
	buf_fini(&w->paper);
	buf_fini(&w->stick_out);
	buf_fini(&w->stick_in);
	free(w);
}

const char *web_address(const struct web *w)
{
	return w->address;
}

/* ---- who asks ---- */

/* Of hashes, so that the time it takes says nothing of how much was right. */
static bool is_secret(const uint8_t secret[WEB_SECRET_BYTES], const char *hex, size_t len)
{
	char wanted[SECRET_HEX_MAX];
	struct hash a, b;

	hex_encode(wanted, secret, WEB_SECRET_BYTES);
	a = hash_bytes(span_str(wanted));
	b = hash_bytes(span_of(hex, len));
	return !memcmp(a.b, b.b, sizeof(a.b));
}

static bool has_pass(const struct web *w, const char *cookies)
{
	size_t name = strlen(w->cookie_name);

	while (cookies && *cookies) {
		size_t len;

		cookies += strspn(cookies, "; ");
		len = strcspn(cookies, ";");
		if (len > name && cookies[name] == '=' && !strncmp(cookies, w->cookie_name, name) &&
		    is_secret(w->config.pass, cookies + name + 1, len - name - 1))
			return true;
		cookies += len;
	}
	return false;
}

/* A name that another site has made lead here (DNS rebinding) shows in Host; a page of another site that
 * posts here shows in Origin. */
static bool is_own_page(const struct web *w, const struct web_request *q)
{
	bool site_fits = !q->fetch_site || !strcmp(q->fetch_site, "same-origin") ||
			 (!strcmp(q->fetch_site, "none") && q->method == WEB_GET);

	if (!q->host || strcmp(q->host, w->host) || !site_fits)
		return false;
	if (q->origin ? strcmp(q->origin, w->origin) != 0 : q->method != WEB_GET)
		return false;
	return true;
}

/* ---- answers ---- */

static void say(struct web_response *out, int status, const char *text)
{
	out->status = status;
	out->type = "text/plain; charset=utf-8";
	out->body = span_str(text);
}

const struct asset *web_asset(const char *path)
{
	for (size_t i = 0; i < web_asset_count; i++)
		if (!strcmp(web_assets[i].path, path))
			return &web_assets[i];
	return NULL;
}

const struct api *web_api_of(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(apis); i++)
		if (!strcmp(apis[i].path, path))
			return &apis[i];
	return NULL;
}

static void give_asset(const struct web_request *q, struct web_response *out)
{
	const struct asset *a = web_asset(q->target);

	if (!a) {
		say(out, 404, _("there is no such page\n"));
		return;
	}
	out->status = 200;
	out->type = a->type;
	out->body = span_of(a->bytes, a->len);
}

/* The printed address is exchanged for the cookie, and does not stay in the address bar. */
static bool exchange(struct web *w, const struct web_request *q, struct web_response *out)
{
	if (q->method != WEB_GET || strncmp(q->target, "/?t=", 4))
		return false;
	if (!is_secret(w->config.token, q->target + 4, strlen(q->target + 4)))
		return false;
	seat_by_address(w);
	out->cookie = w->set_cookie;
	out->location = "/";
	say(out, 303, "");
	return true;
}

static int status_of(int rc)
{
	switch (-rc) {
	case ERR_NONE:
		return 200;
	case ERR_DENIED:
		return 403;
	case ERR_NOTFOUND:
		return 404;
	case ERR_EXISTS:
	case ERR_INVALID:
	case ERR_RANGE:
	case ERR_STATE:
		return 422;
	case ERR_BUSY:
	case ERR_FULL:
		return 503;
	default:
		return 500;
	}
}

static int append(const char *text, size_t len, void *arg)
{
	struct buf *b = arg;

	buf_bytes(b, span_of(text, len));
	return b->failed ? -1 : 0;
}

static void give_json(struct web *w, json_t *j, int status, struct web_response *out)
{
	buf_reset(&w->body);
	if (!j || json_dump_callback(j, append, &w->body, JSON_COMPACT | JSON_PRESERVE_ORDER)) {
		say(out, 500, _("the answer is too large\n"));
		return;
	}
	out->status = status;
	out->type = "application/json";
	out->body = buf_span(&w->body);
}

json_t *web_run(struct web *w, const struct api *api, const json_t *in, int *status)
{
	struct err e = { 0 };
	struct call k = { .w = w,
			  .c = w->config.client,
			  .base = w->config.client ? client_base(w->config.client) : NULL,
			  .a = w->a,
			  .now_ms = clock_now_ms(&w->config.now),
			  .in = in,
			  .out = json_object(),
			  .e = &e };
	char text[ERR_TEXT_MAX];
	int rc;

	if (!api->outside && !seat_open(w)) {
		k.status = 401;
		rc = err_set(&e, ERR_DENIED, "nobody sits here: sign in");
	} else {
		if (!api->idle || json_is_true(json_object_get(in, "active")))
			seat_used(w);
		rc = api->run(&k);
	}

	if (rc)
		json_object_set_new(k.out, "error",
				    json_pack("{s:s, s:s}", "code", err_code_name(e.code), "text",
					      lang_err(&e, text, sizeof(text))));
	json_object_set_new(k.out, "mark",
			    w->config.client ? mark_json(mark_of(client_base(w->config.client)))
					     : json_false());
	*status = k.status ? k.status : status_of(rc);
	return k.out;
}

static void run_api(struct web *w, const struct api *api, const json_t *in,
		    struct web_response *out)
{
	int status;
	json_t *answer = web_run(w, api, in, &status);

	give_json(w, answer, status, out);
	json_decref(answer);
}

/* In a window of its own: a failure is told in words. */
static void give_paper(struct web *w, const char *name, struct web_response *out)
{
	struct err e = { 0 };
	struct call k = { .w = w,
			  .c = w->config.client,
			  .base = w->config.client ? client_base(w->config.client) : NULL,
			  .a = w->a,
			  .now_ms = clock_now_ms(&w->config.now),
			  .e = &e };
	char text[ERR_TEXT_MAX];
	int rc;

	if (!seat_open(w)) {
		say(out, 401, _("nobody sits here: sign in"));
		return;
	}
	seat_used(w);
	rc = paper_status(&k, name, out);
	if (!rc)
		return;
	buf_reset(&w->body);
	buf_printf(&w->body, "%s\n", lang_err(&e, text, sizeof(text)));
	say(out, status_of(rc), "");
	out->body = buf_span(&w->body);
}

static void give_stick(struct web *w, const char *name, struct web_response *out)
{
	if (!seat_open(w))
		say(out, 401, _("nobody sits here: sign in"));
	else if (!stick_file(w, name, out))
		say(out, 404, _("there is no such page\n"));
}

static bool is_json(const char *type)
{
	static const char want[] = "application/json";
	size_t len = sizeof(want) - 1;

	return type && !strncmp(type, want, len) && (!type[len] || type[len] == ';');
}

static void post(struct web *w, const struct web_request *q, struct web_response *out)
{
	const struct api *api = web_api_of(q->target);
	json_error_t bad;
	json_t *in;

	if (!api) {
		say(out, 404, _("there is no such page\n"));
		return;
	}
	if (!is_json(q->content_type)) {
		say(out, 415, "application/json\n");
		return;
	}
	in = json_loadb((const char *)q->body.data, q->body.len, JSON_REJECT_DUPLICATES, &bad);
	if (json_is_object(in))
		run_api(w, api, in, out);
	else
		say(out, 400, "a JSON object\n");
	json_decref(in);
}

void web_answer(struct web *w, const struct web_request *q, struct web_response *out)
{
	memset(out, 0, sizeof(*out));
	arena_reset(w->a);
	buf_fini(&w->paper); /* it may have been large */
	buf_init(&w->paper, PRINT_FILE_MAX);
	lang_use(q->lang && !strcmp(q->lang, "en") ? TEXT_EN : TEXT_VI);
	if (q->method == WEB_OTHER)
		say(out, 405, "GET, POST\n");
	else if (strlen(q->target) > WEB_TARGET_MAX)
		say(out, 414, "the address is too long\n");
	else if (q->body.len > WEB_BODY_MAX)
		say(out, 413, "the request is too large\n");
	else if (!is_own_page(w, q))
		say(out, 403, _("only the page itself may ask here\n"));
	else if (exchange(w, q, out))
		return;
	else if (!has_pass(w, q->cookie))
		say(out, 403,
		    _("open the whole address that `ketnap ui` has printed, with what follows t=\n"));
	else if (q->method == WEB_GET && !strncmp(q->target, paper_path, strlen(paper_path)))
		give_paper(w, q->target + strlen(paper_path), out);
	else if (q->method == WEB_GET && !strncmp(q->target, stick_path, strlen(stick_path)))
		give_stick(w, q->target + strlen(stick_path), out);
	else if (q->method == WEB_GET && !strcmp(q->target, "/"))
		first_page(w, q, out);
	else if (q->method == WEB_GET)
		give_asset(q, out);
	else
		post(w, q, out);
}
