/* ui: the pages, on 127.0.0.1 until a signal. Sending and receiving goes on between two requests, and
 * requests are answered while it goes on: nobody who types waits for a line. */
#include "marks.h"
#include "online.h"
#include "enrol_file.h"
#include "files.h"
#include "kept.h"
#include "keys_dir.h"
#include "show.h"
#include "stick_desk.h"
#include "ui_door.h"

#include "client/web_server.h"
#include "crypto/random.h"

#include <stdlib.h>

struct serving {
	struct cli *c;
	struct web *web;
	struct web_server *server;
	struct ui_door *door;
	struct buf letter, letter_limit, rule_text;
	struct case_rules rules;
	struct web_register reg;
	struct web_stick stick;
	struct web_asked asked;
	struct web_newcomer newcomer;
	bool stop;
};

static int64_t device_clock(void *arg)
{
	return cli_now(arg);
}

/* No other address: the pages are for whoever sits at this computer. */
static int read_listen(struct cli *c, uint16_t *port)
{
	static const char host[] = "127.0.0.1:";
	const char *text = options.listen;
	char *end = NULL;
	long number = 0;

	*port = 0;
	if (!text)
		return 0;
	if (!strncmp(text, host, sizeof(host) - 1) && text[sizeof(host) - 1] >= '0' &&
	    text[sizeof(host) - 1] <= '9')
		number = strtol(text + sizeof(host) - 1, &end, 10);
	if (!end || *end || number < 0 || number > UINT16_MAX)
		return err_set(&c->err, ERR_INVALID,
			       "--listen 127.0.0.1:PORT: the pages are served to this computer "
			       "alone, not %s",
			       text);
	*port = (uint16_t)number;
	return 0;
}

static void meanwhile(void *ctx, const struct sync_result *so_far)
{
	struct serving *s = ctx;

	if (so_far)
		web_sync_progress(s->web, so_far);
	if (!web_server_turn(s->server, false))
		s->stop = true;
}

static bool stopped(void *ctx)
{
	struct serving *s = ctx;

	return s->stop || web_sync_stopped(s->web);
}

static void contact_server(struct serving *s)
{
	struct online o = { .carry = true, .meanwhile = meanwhile, .stopped = stopped, .ctx = s };
	const char *typed = web_sync_server(s->web), *before = options.server;
	int rc;

	err_clear(&s->c->err);
	if (typed)
		options.server = typed;
	o.query = web_sync_query(s->web);
	web_sync_began(s->web);
	ui_door_busy(s->door, true);
	rc = online_run(s->c, &o);
	options.server = before;
	if (!rc && o.query)
		rc = kept_take(s->c, o.query, &o.last, NULL);
	ui_door_busy(s->door, false);
	web_sync_ended(s->web, &o.sum, rc, &s->c->err);
	online_fini(&o);
	err_clear(&s->c->err);
}

/* ---- what the pages need of the folder ---- */

static int make_stick(void *ctx, struct buf *file, struct bundle_made *made, struct err *e)
{
	struct cli *c = ctx;
	int rc = stick_make(c, file, made);

	if (rc)
		*e = c->err;
	return rc;
}

static int take_stick(void *ctx, struct span file, struct sync_result *out, struct err *why,
		      struct err *e)
{
	struct cli *c = ctx;
	int rc = stick_take(c, file, out);

	if (rc)
		*e = c->err;
	else
		(void)contact_words(out, client_state(c->client), why);
	return rc;
}

static int enrol(void *ctx, const char *address, const char *code, struct client **out,
		 struct err *e)
{
	struct serving *s = ctx;
	struct cli *c = s->c;
	int rc;

	err_clear(&c->err);
	rc = enroll_here(c, address, code);
	if (!rc)
		rc = ui_door_enrolled(s->door, &c->err);
	*out = c->client;
	if (rc)
		*e = c->err;
	return rc;
}

/* The templates of letters stand beside the program; without one there are none of its kind. */
static struct span read_letter(struct buf *out, const char *file)
{
	enum { LETTER_FILE_MAX = 256 << 10 };
	struct err ignored = { 0 };
	char path[PATH_BYTES];

	buf_init(out, LETTER_FILE_MAX);
	if (whole_read(out, share_folder(path, file), LETTER_FILE_MAX, &ignored))
		buf_reset(out);
	return buf_span(out);
}

static bool kept(void *ctx, const struct wire_query *q, json_t **answer, int64_t *at_ms)
{
	return kept_get(ctx, q, answer, at_ms);
}

static int open_keys(void *ctx, struct keyring **out, struct err *e)
{
	struct cli *c = ctx;
	int rc = keys_dir_open(c, out);

	if (rc)
		*e = c->err;
	return rc;
}

/* The rules stand beside the program too; without them no term is known, and all else goes on. */
static void read_rules(struct serving *s)
{
	enum { RULE_FILE_MAX = 1 << 20 };
	struct err ignored = { 0 };
	char path[PATH_BYTES];

	s->reg = (struct web_register){ .ctx = s->c, .keys = open_keys, .random = crypto_random };
	buf_init(&s->rule_text, RULE_FILE_MAX);
	if (!whole_read(&s->rule_text, share_folder(path, "ketnap/rules/admission.csv"),
			RULE_FILE_MAX, &ignored) &&
	    !case_rules_parse(&s->rules, buf_span(&s->rule_text), s->c->arena, &ignored))
		s->reg.rules = &s->rules;
}

static int open_pages(struct serving *s)
{
	struct cli *c = s->c;
	struct web_config config = { .now = { device_clock, c }, .steady = c->clocks.steady };
	const char *name, *unit;
	bool password = false;
	uint16_t port;
	int rc = read_listen(c, &port);

	if (!rc)
		rc = ui_door_new(&s->door, c, &c->err);
	if (rc)
		return rc;
	config.door = ui_door_web(s->door);
	if (config.door->count == 1)
		config.door->who(config.door->ctx, 0, &name, &unit, &password);
	/* Whoever has no password comes in by the printed address alone. */
	config.client = password ? NULL : c->client;
	if (c->client && !c->json)
		mark_print(c->out, device_mark(c));
	if (!rc)
		rc = crypto_random(config.token, sizeof(config.token), &c->err);
	if (!rc)
		rc = crypto_random(config.pass, sizeof(config.pass), &c->err);
	if (!rc)
		rc = web_server_new(&s->server, port, &c->err);
	if (rc)
		return rc;
	config.holidays = c->holidays;
	config.letter = read_letter(&s->letter, "ketnap/letters/urge.txt");
	config.letter_limit = read_letter(&s->letter_limit, "ketnap/letters/limit.txt");
	read_rules(s);
	config.reg = &s->reg;
	s->stick = (struct web_stick){ c, make_stick, take_stick };
	config.stick = &s->stick;
	s->asked = (struct web_asked){ c, kept };
	config.asked = &s->asked;
	s->newcomer = (struct web_newcomer){ s, enrol };
	if (!config.door->count)
		config.newcomer = &s->newcomer;
	config.port = web_server_port(s->server);
	rc = web_new(&s->web, &config, &c->err);
	if (!rc)
		web_server_use(s->server, s->web);
	return rc;
}

int cmd_ui(struct cli *c, int argc, char **argv)
{
	struct serving s = { .c = c };
	int rc = open_pages(&s);

	(void)argc;
	(void)argv;
	if (!rc) {
		fprintf(c->out, "ready %s\n", web_address(s.web));
		fflush(c->out);
		if (c->terminal)
			fprintf(stderr,
				_("open this address in the browser; Ctrl+C ends the pages\n"));
		web_warm(s.web);
	}
	while (!rc && !s.stop && web_server_turn(s.server, !web_sync_wanted(s.web)))
		if (web_sync_wanted(s.web))
			contact_server(&s);
	web_server_free(s.server);
	web_free(s.web);
	ui_door_free(s.door);
	buf_fini(&s.letter);
	buf_fini(&s.letter_limit);
	buf_fini(&s.rule_text);
	return rc;
}
