/* log, status, verify, clock. */
#include "devices_show.h"
#include "show.h"
#include "standby_dir.h"
#include "words.h"

#include "domain/act_rule.h"
#include "ledger/recovery.h"
#include "ledger/verify.h"
#include "report/words.h"
#include "server/own_clock.h"

#include <sys/statvfs.h>
#include <unistd.h>

/* ---- log ---- */

static const char *verdict_name(enum op_verdict v)
{
	static const char *const names[] = { "none", "accepted", "late", "refused" };

	return (unsigned)v < ARRAY_LEN(names) ? names[v] : "?";
}

enum { LOG_KIND_WIDTH = 22 };

struct logging {
	struct cli *c;
	json_t *list;
};

/* What the verdict says of the rule, in the reader's language. */
static const char *refusal(struct cli *c, const struct entry *en)
{
	char text[ERR_TEXT_MAX];
	struct err e = { 0 };

	refusal_err(&e, ERR_INVALID, en->code, en->detail);
	return arena_printf(c->arena, "%s", lang_err(&e, text, sizeof(text)));
}

/* What was missing, of a closing: the number that its detail begins with. */
static const char *accepted_words(struct cli *c, const struct entry *en)
{
	const char *text = "";
	size_t digits = 0;

	while (digits < en->detail.len && en->detail.data[digits] != ' ')
		digits++;
	if (digits)
		text = arena_printf(c->arena, _("sheets missing: %.*s"), (int)digits,
				    (const char *)en->detail.data);
	return text ? text : "";
}

static int log_each(void *ctx, const struct entry *en, const struct op *op)
{
	struct logging *g = ctx;
	const char *kind = op ? op_kind_name(op->kind) : NULL;
	struct span source = op ? op->source : (struct span){ NULL, 0 }, by = source_words(source);
	char device[20], when[INSTANT_TEXT_MAX];
	const char *said;

	snprintf(device, sizeof(device), "%016llx", (unsigned long long)en->device);
	if (g->list) {
		json_array_append_new(
			g->list,
			json_pack("{s:I, s:o, s:s, s:s, s:s?, s:s, s:s, s:o, s:I, s:o, s:o, s:o}",
				  "lsn", (json_int_t)en->lsn, "time", json_instant(en->time_ms),
				  "unit", unit_code_of(g->c->store.ledger, en->unit), "device",
				  device, "kind", kind, "verdict", verdict_name(en->verdict),
				  "code", op_code_name(en->code), "detail", json_span(en->detail),
				  "author", (json_int_t)en->author, "source", json_span(source),
				  "reason", json_span(op ? op->reason : (struct span){ NULL, 0 }),
				  "on_behalf",
				  json_span(op ? op->on_behalf : (struct span){ NULL, 0 })));
		return 0;
	}
	fprintf(g->c->out, "%8llu  %s  %-14s ", (unsigned long long)en->lsn,
		instant_words(when, en->time_ms), unit_code_of(g->c->store.ledger, en->unit));
	grid_padded(g->c->out, op ? kind_words(op->kind) : "?", LOG_KIND_WIDTH);
	said = en->verdict == VERDICT_ACCEPTED ? accepted_words(g->c, en) : refusal(g->c, en);
	fprintf(g->c->out, " %s%s%s  %.*s", verdict_words(en->verdict), *said ? ": " : "", said,
		(int)by.len, by.data ? (const char *)by.data : "");
	aside_words(g->c->out, en->device, op);
	fputc('\n', g->c->out);
	return 0;
}

int cmd_log(struct cli *c, int argc, char **argv)
{
	struct logging g = { .c = c, .list = c->json ? json_array() : NULL };
	const struct unit *u = NULL;
	int rc = options.unit ? parse_unit(c, options.unit, &u) : 0;

	(void)argc;
	(void)argv;
	if (!rc)
		rc = query_log(c->store.ledger, 1, u ? u->unit : 0, u != NULL, log_each, &g,
			       &c->err);
	if (!c->json)
		return rc;
	if (rc) {
		json_decref(g.list);
		return rc;
	}
	return show_json(c, g.list);
}

/* ---- status ---- */

/* How far a standby is behind the server it follows: in entries, and since when it has not had all of them. */
struct lag {
	struct standby s;
	struct standby_contact k;
	uint64_t entries;
	int64_t seconds; /* -1: it never had all */
	bool any;        /* it is a standby at all */
};

static int find_lag(struct cli *c, struct lag *lag)
{
	uint64_t lsn = ledger_info(c->store.ledger).lsn;
	int64_t since_ms;
	int rc;

	lag->any = store_dir_is_standby(c->store.path);
	if (!lag->any)
		return 0;
	rc = standby_load(&lag->s, c->store.path, &c->err);
	if (!rc)
		rc = standby_contact_load(&lag->k, c->store.path, &c->err);
	lag->entries = lag->k.server_lsn > lsn ? lag->k.server_lsn - lsn : 0;
	since_ms = c->now_ms() - lag->k.level_ms;
	lag->seconds = !lag->k.level_ms ? -1 : since_ms > 0 ? since_ms / 1000 : 0;
	return rc;
}

static json_t *lag_json(const struct lag *lag)
{
	char device[20];

	if (!lag->any)
		return json_null();
	snprintf(device, sizeof(device), "%016llx", (unsigned long long)lag->s.who.device);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "server", lag->s.address,
			 "device", device, "state", lag->k.state, "reason", lag->k.reason,
			 "server_lsn", (json_int_t)lag->k.server_lsn, "proven",
			 (json_int_t)lag->k.proven, "lag_entries", (json_int_t)lag->entries,
			 "lag_seconds", (json_int_t)lag->seconds, "contact",
			 lag->k.contact_ms ? json_instant(lag->k.contact_ms) : json_null());
}

static const char *lag_words(const char *state)
{
	return !strcmp(state, "level")       ? _("has all that it had")
	       : !strcmp(state, "following") ? _("is catching up")
	       : !strcmp(state, "stopped")   ? _("has stopped")
					     : _("does not reach it now");
}

static void lag_print(struct cli *c, const struct lag *lag)
{
	if (!lag->any)
		return;
	lang_print(c->out, _("standby of the server at %s: %s\n"), lag->s.address,
		   lag_words(lag->k.state));
	lang_print(c->out, _("behind it: %llu entries of %llu, as it last said on %s\n"),
		   (unsigned long long)lag->entries, (unsigned long long)lag->k.server_lsn,
		   lag->k.contact_ms ? show_instant(c->arena, lag->k.contact_ms) : "-");
	if (*lag->k.reason)
		lang_print(c->out, _("why: %s\n"), _(lag->k.reason));
}

/* Where the store is, bytes; -1: not known. The map may be larger than what the disk has left. */
static int64_t disk_free(const struct cli *c)
{
	struct statvfs fs;

	return statvfs(c->store.path, &fs) ? -1 : (int64_t)(fs.f_bavail * fs.f_frsize);
}

int cmd_status(struct cli *c, int argc, char **argv)
{
	int64_t free_bytes = disk_free(c);
	struct ledger_info info = ledger_info(c->store.ledger);
	struct kv_health h;
	char hex[HASH_HEX_MAX];
	json_t *devices = NULL, *standbys = NULL;
	bool recovering = false;
	int64_t ahead = info.illustrative ? 0 : own_clock_leap_days(info.time_ms, c->now_ms());
	struct lag lag;
	int rc;

	standby_init(&lag.s);
	rc = find_lag(c, &lag);
	standby_fini(&lag.s);
	if (!rc)
		rc = kv_health(c->store.kv, &h, &c->err);

	(void)argc;
	(void)argv;
	if (!rc)
		rc = ledger_recovering(c->store.ledger, &recovering, &c->err);
	if (!rc && c->json)
		rc = devices_json(c, &devices);
	if (!rc && c->json)
		rc = standbys_json(c, &standbys);
	if (rc)
		return rc;
	if (c->json)
		return show_json(
			c,
			json_pack(
				"{s:I, s:o, s:s, s:o, s:I, s:o, s:I, s:I, s:o, s:b, s:b, s:b, s:b, s:I, s:o, s:o}",
				"lsn", (json_int_t)info.lsn, "time", json_instant(info.time_ms),
				"incarnation", hex_encode(hex, info.incarnation, 16),
				"illustrative", mark_json(mark_of(c->store.ledger)), "units",
				(json_int_t)tree_count(ledger_tree(c->store.ledger)), "devices",
				devices, "map_used", (json_int_t)h.used_bytes, "map_size",
				(json_int_t)h.map_bytes, "disk_free",
				free_bytes < 0 ? json_null() : json_integer(free_bytes), "serving",
				c->desk != NULL, "behind", store_dir_is_behind(&c->store),
				"succeeded", store_dir_is_succeeded(&c->store), "recovering",
				recovering, "log_ahead_days", (json_int_t)ahead, "standby",
				lag_json(&lag), "standbys", standbys));
	lang_print(c->out, _("entries: %llu, the last %s\n"), (unsigned long long)info.lsn,
		   show_instant(c->arena, info.time_ms));
	if (ahead)
		fprintf(c->out,
			_("the newest entry is of a day %s days after the clock of this computer: until "
			  "that day everything is received at that time, and late by it\n"),
			show_number(c->arena, ahead));
	fprintf(c->out, _("store: %s\n"), hex_encode(hex, info.store, 16));
	lang_print(c->out, _("units: %zu\n"), tree_count(ledger_tree(c->store.ledger)));
	lag_print(c, &lag);
	rc = standbys_print(c);
	if (rc)
		return rc;
	if (store_dir_is_succeeded(&c->store))
		fprintf(c->out,
			_("nothing is written: a standby of this store was promoted and goes on in "
			  "its place\n"));
	else if (store_dir_is_behind(&c->store))
		fprintf(c->out,
			_("nothing is written: this log lacks entries that this server has signed; "
			  "`ketnapd restore` declares that an older copy was put back\n"));
	if (recovering)
		fprintf(c->out,
			_("recovering: devices bring back what the copy lacked; when all have been "
			  "here, `ketnapd restore --end`\n"));
	fprintf(c->out, _("room: %s of %s MiB used\n"),
		show_number(c->arena, (int64_t)(h.used_bytes >> 20)),
		show_number(c->arena, (int64_t)(h.map_bytes >> 20)));
	if (free_bytes >= 0)
		fprintf(c->out, _("free on its disk: %s MiB\n"),
			show_number(c->arena, free_bytes >> 20));
	return 0;
}

/* ---- verify ---- */

static void verify_progress(void *ctx, uint64_t lsn)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%llu", (unsigned long long)lsn);
}

int cmd_verify(struct cli *c, int argc, char **argv)
{
	struct verify_report r;
	char hex[HASH_HEX_MAX];
	int rc = ledger_verify(&r, c->store.ledger, verify_progress, NULL, &c->err);

	(void)argc;
	(void)argv;
	if (isatty(STDERR_FILENO) && r.entries >= 2000)
		fprintf(stderr, "\n");
	if (c->json)
		show_json(c, json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:s}", "ok",
				       rc == 0, "entries", (json_int_t)r.entries, "accepted",
				       (json_int_t)r.accepted, "late", (json_int_t)r.late,
				       "refused", (json_int_t)r.refused, "rows", (json_int_t)r.rows,
				       "closings", (json_int_t)r.closings, "root",
				       hex_encode(hex, r.root.b, HASH_BYTES), "first_bad",
				       (json_int_t)r.lsn, "error", rc ? c->err.msg : ""));
	else if (!rc)
		lang_print(
			c->out,
			_("verified: %llu entries replayed (%llu accepted, %llu late, %llu refused), %llu rows "
			  "compared, root %.16s, signature good\n"),
			(unsigned long long)r.entries, (unsigned long long)r.accepted,
			(unsigned long long)r.late, (unsigned long long)r.refused,
			(unsigned long long)r.rows, hex_encode(hex, r.root.b, HASH_BYTES));
	if (!c->json && !rc && r.closings)
		lang_print(c->out, _("of %llu closings what was missing is as they said\n"),
			   (unsigned long long)r.closings);
	return rc;
}

/* ---- clock ---- */

int cmd_clock(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_CLOCK, .source = span_str(c->by) };
	struct ledger_info info = ledger_info(c->store.ledger);
	char when[INSTANT_TEXT_MAX];
	int rc = cli_misused(c, instant_parse(&op.clock.ms, span_str(argv[1]), &c->err));

	(void)argc;
	if (rc)
		return rc;
	if (!info.illustrative)
		return err_set(&c->err, ERR_INVALID, "%s", op_code_text(CODE_NOT_ILLUSTRATIVE));
	if (op.clock.ms <
	    info.time_ms) /* set before, or never set while entries came in by the real one */
		return err_set(&c->err, ERR_INVALID,
			       "the clock does not go back: the newest entry is of %s",
			       show_instant(c->arena, info.time_ms));
	rc = ledger_begin(c->store.ledger, &c->err);
	if (rc)
		return rc;
	rc = ledger_act(c->store.ledger, &op, op.clock.ms, NULL, &c->err);
	if (rc) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	rc = ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
	if (rc)
		return rc;
	instant_iso(when, op.clock.ms);
	if (c->json)
		return show_json(c, json_pack("{s:s, s:I}", "clock", when, "lsn",
					      (json_int_t)ledger_info(c->store.ledger).lsn));
	fprintf(c->out, _("the clock of this store shows %s\n"),
		show_instant(c->arena, op.clock.ms));
	return 0;
}
