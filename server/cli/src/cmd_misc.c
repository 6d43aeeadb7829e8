/* log, status, verify, backup, clock. */
#include "devices_show.h"
#include "show.h"
#include "words.h"

#include "ledger/recovery.h"
#include "ledger/verify.h"
#include "report/words.h"
#include "server/own_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
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

static int log_each(void *ctx, const struct entry *en, const struct op *op)
{
	struct logging *g = ctx;
	const char *kind = op ? op_kind_name(op->kind) : NULL;
	struct span source = op ? op->source : (struct span){ NULL, 0 }, by = source_words(source);
	char device[20], when[INSTANT_TEXT_MAX];

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
	fprintf(g->c->out, " %s%s%.*s  %.*s", verdict_words(en->verdict), en->detail.len ? " " : "",
		(int)en->detail.len, en->detail.data ? (const char *)en->detail.data : "",
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

int cmd_status(struct cli *c, int argc, char **argv)
{
	struct ledger_info info = ledger_info(c->store.ledger);
	struct kv_health h;
	char hex[HASH_HEX_MAX];
	json_t *devices = NULL;
	bool recovering = false;
	int64_t ahead = info.illustrative ? 0 : own_clock_leap_days(info.time_ms, c->now_ms());
	int rc = kv_health(c->store.kv, &h, &c->err);

	(void)argc;
	(void)argv;
	if (!rc)
		rc = ledger_recovering(c->store.ledger, &recovering, &c->err);
	if (!rc && c->json)
		rc = devices_json(c, &devices);
	if (rc)
		return rc;
	if (c->json)
		return show_json(
			c,
			json_pack("{s:I, s:o, s:s, s:o, s:I, s:o, s:I, s:I, s:b, s:b, s:b, s:I}",
				  "lsn", (json_int_t)info.lsn, "time", json_instant(info.time_ms),
				  "incarnation", hex_encode(hex, info.incarnation, 16),
				  "illustrative", mark_json(mark_of(c->store.ledger)), "units",
				  (json_int_t)tree_count(ledger_tree(c->store.ledger)), "devices",
				  devices, "map_used", (json_int_t)h.used_bytes, "map_size",
				  (json_int_t)h.map_bytes, "serving", c->desk != NULL, "behind",
				  store_dir_is_behind(&c->store), "recovering", recovering,
				  "log_ahead_days", (json_int_t)ahead));
	lang_print(c->out, _("entries: %llu, the last %s\n"), (unsigned long long)info.lsn,
		   show_instant(c->arena, info.time_ms));
	if (ahead)
		fprintf(c->out,
			_("the newest entry is of a day %s days after the clock of this computer: until "
			  "that day everything is received at that time, and late by it\n"),
			show_number(c->arena, ahead));
	fprintf(c->out, _("store: %s\n"), hex_encode(hex, info.store, 16));
	lang_print(c->out, _("units: %zu\n"), tree_count(ledger_tree(c->store.ledger)));
	if (store_dir_is_behind(&c->store))
		fprintf(c->out,
			_("nothing is written: a device holds a signed head that this log lacks; "
			  "`ketnapd restore` declares that an older copy was put back\n"));
	if (recovering)
		fprintf(c->out,
			_("recovering: devices bring back what the copy lacked; when all have been "
			  "here, `ketnapd restore --end`\n"));
	fprintf(c->out, _("room: %s of %s MiB used\n"),
		show_number(c->arena, (int64_t)(h.used_bytes >> 20)),
		show_number(c->arena, (int64_t)(h.map_bytes >> 20)));
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
		show_json(c, json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:s, s:I, s:s}", "ok",
				       rc == 0, "entries", (json_int_t)r.entries, "accepted",
				       (json_int_t)r.accepted, "late", (json_int_t)r.late,
				       "refused", (json_int_t)r.refused, "rows", (json_int_t)r.rows,
				       "root", hex_encode(hex, r.root.b, HASH_BYTES), "first_bad",
				       (json_int_t)r.lsn, "error", rc ? c->err.msg : ""));
	else if (!rc)
		lang_print(
			c->out,
			_("verified: %llu entries replayed (%llu accepted, %llu late, %llu refused), %llu rows "
			  "compared, root %.16s, signature good\n"),
			(unsigned long long)r.entries, (unsigned long long)r.accepted,
			(unsigned long long)r.late, (unsigned long long)r.refused,
			(unsigned long long)r.rows, hex_encode(hex, r.root.b, HASH_BYTES));
	return rc;
}

/* ---- backup ---- */

/* What a copy in the making leaves behind; the folder goes when nothing else is in it. */
static void drop_copy(const char *folder, const char *copy, const char *lock)
{
	unlink(copy);
	unlink(lock);
	rmdir(folder);
}

/* Open the copy as a store and verify it: an unverified copy is no backup. */
static int check_copy(struct cli *c, const char *folder, struct verify_report *r)
{
	struct kv_open how = { .dir = folder,
			       .map_bytes = (size_t)64 << 30,
			       .tables = LEDGER_TABLES };
	struct ledger *copy = NULL;
	struct kv *kv = NULL;
	int rc = kv_lmdb_open(&kv, &how, &c->err);

	if (!rc)
		rc = ledger_open(&copy, kv, 0, &c->err);
	if (!rc)
		rc = ledger_verify(r, copy, verify_progress, NULL, &c->err);
	ledger_close(copy);
	kv_close(kv);
	return rc;
}

/* A rename holds only when its folder is on the disk too. */
static int sync_folder_of(struct cli *c, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *folder = !slash ? "."
			     : slash == file
				     ? "/"
				     : arena_printf(c->arena, "%.*s", (int)(slash - file), file);
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, rc = 0;

	if (fd < 0 || fsync(fd))
		rc = err_set(&c->err, ERR_IO, "%s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Made in a folder beside FILE and moved there when it is good. */
int cmd_backup(struct cli *c, int argc, char **argv)
{
	const char *file = argv[1], *folder = arena_printf(c->arena, "%s.part", file);
	const char *copy = arena_printf(c->arena, "%s/data.mdb", folder);
	const char *lock = arena_printf(c->arena, "%s/lock.mdb", folder);
	struct verify_report r;
	char hex[HASH_HEX_MAX];
	int rc;

	(void)argc;
	if (!folder || !copy || !lock)
		return err_set(&c->err, ERR_NOMEM, "no memory for a backup");
	if (!access(file, F_OK))
		return err_set(&c->err, ERR_EXISTS,
			       "%s is there already; a backup takes a new name", file);
	drop_copy(folder, copy, lock); /* of a backup that was cut short */
	if (mkdir(folder, 0700))
		return err_set(&c->err, ERR_IO, "%s: %s", folder, strerror(errno));
	rc = kv_copy(c->store.kv, folder, &c->err);
	if (!rc)
		rc = check_copy(c, folder, &r);
	if (!rc && rename(copy, file))
		rc = err_set(&c->err, ERR_IO, "%s: %s", file, strerror(errno));
	if (!rc)
		rc = sync_folder_of(c, file);
	drop_copy(folder, copy, lock);
	if (rc)
		return err_wrap(&c->err, rc, "no backup was made");
	if (c->json)
		return show_json(c,
				 json_pack("{s:s, s:I, s:s, s:b}", "file", file, "entries",
					   (json_int_t)r.entries, "root",
					   hex_encode(hex, r.root.b, HASH_BYTES), "verified", 1));
	lang_print(c->out, _("%s: a copy of %llu entries, verified\n"), file,
		   (unsigned long long)r.entries);
	return 0;
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
