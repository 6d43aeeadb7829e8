/* receipt: proof that a sheet's signature is in the log; --check needs no server, only the log key
 * that was pinned at enrolment. */
#include "ask.h"
#include "online.h"

#include "client/overlay.h"
#include "client/receipt.h"
#include "domain/sheet.h"

enum { FETCHES_MAX = 3 };

static int read_log_key(struct cli *c, uint8_t key[32])
{
	if (options.log_key) {
		if (hex_decode(key, 32, span_str(options.log_key)))
			return 0;
		return err_set(&c->err, ERR_INVALID, "--log-key takes 64 hex digits");
	}
	if (!options.data)
		return cli_usage(
			c,
			_("receipt --check FILE needs --data DIR of a device, or --log-key HEX: without "
			  "the pinned key a receipt proves nothing"));
	if (device_dir_open(&c->dir, options.data, &c->err))
		return -(int)c->err.code;
	c->client = c->dir.client;
	if (!c->json)
		mark_print(c->out, device_mark(c));
	memcpy(key, client_identity(c->client)->log_key, 32);
	return 0;
}

/* ---- what it proves ---- */

static json_t *json_proven(struct cli *c, const struct receipt *r, const struct op *op,
			   enum receipt_stands stands)
{
	char hex[HASH_HEX_MAX], period[PERIOD_TEXT_MAX] = "", device[20];
	json_t *figures = json_object();

	snprintf(device, sizeof(device), "%016llx", (unsigned long long)r->entry.device);
	if (op && op->kind == OP_SHEET) {
		period_text(period, op->sheet.period);
		for (size_t i = 0; i < op->sheet.figure_count; i++) {
			const struct op_figure *f = &op->sheet.figures[i];
			const char *code = c->client ? measure_code(c, f->measure)
						     : arena_printf(c->arena, "%u", f->measure);

			json_object_set_new(figures, code,
					    f->state == FIGURE_BLANK ? json_null()
								     : json_integer(f->value));
		}
	}
	return json_pack("{s:b, s:I, s:o, s:s, s:s, s:I, s:s, s:o, s:s, s:I, s:o, s:o}", "ok", 1,
			 "lsn", (json_int_t)r->entry.lsn, "time", json_instant(r->entry.time_ms),
			 "device", device, "verdict",
			 r->entry.verdict == VERDICT_ACCEPTED ? "accepted"
			 : r->entry.verdict == VERDICT_LATE   ? "late"
							      : "refused",
			 "unit_number", (json_int_t)r->entry.unit, "period", period, "figures",
			 figures, "incarnation", hex_encode(hex, r->head.incarnation, 16),
			 "head_size", (json_int_t)r->head.size, "head_time",
			 json_instant(r->head.time_ms), "stands",
			 stands == RECEIPT_CANNOT_TELL ? json_null()
						       : json_boolean(stands == RECEIPT_STANDS));
}

/* "D.A 2022-08"; where no device says how the unit is called, its number. */
static const char *of_what(struct cli *c, const struct receipt *r, const struct op *op)
{
	const char *unit = c->client && tree_get(ledger_tree(client_base(c->client)), r->entry.unit)
				   ? unit_code(c, r->entry.unit)
				   : show_text(c->arena, _("unit number %u"), r->entry.unit);

	return op && op->kind == OP_SHEET ? arena_printf(c->arena, "%s %s", unit,
							 show_period(c->arena, op->sheet.period))
					  : unit;
}

/* What it does not prove, so that nobody reads it as more. */
static void tell_limits(struct cli *c, const struct receipt *r, enum receipt_stands stands)
{
	if (r->entry.verdict == VERDICT_REFUSED)
		lang_print(c->out, _("  it was refused, and counts nowhere\n"));
	if (r->entry.verdict == VERDICT_LATE)
		lang_print(c->out,
			   _("  it was late: that it counts would be another entry, which is not "
			     "proven here\n"));
	if (stands == RECEIPT_LEFT)
		lang_print(
			c->out,
			_("  that was the log of then: the server was restored or replaced since, and its "
			  "log of today has another entry under this number, or none. What was brought "
			  "there again has another number: `ketnap receipt` fetches its receipt\n"));
	else if (stands == RECEIPT_OTHERWISE)
		lang_print(
			c->out,
			_("  this device has read another entry of this number in that same log: the "
			  "server has told two histories. Keep both, and report it\n"));
	else if (stands == RECEIPT_CANNOT_TELL && c->client)
		lang_print(c->out,
			   _("  whether the server's log of today has it this device cannot tell: "
			     "`ketnap receipt` fetches what stands there\n"));
}

static void tell_figures(struct cli *c, const struct op *op)
{
	for (size_t i = 0; i < op->sheet.figure_count; i++)
		if (op->sheet.figures[i].state != FIGURE_BLANK)
			fprintf(c->out, "  %s: %s\n",
				measure_name(c, measure_code(c, op->sheet.figures[i].measure)),
				show_number(c->arena, op->sheet.figures[i].value));
}

static int tell_proven(struct cli *c, const struct receipt *r, const char *path)
{
	struct op op;
	struct arena *a = arena_new(OP_DECODE_ARENA);
	bool readable = a && r->entry.body.data &&
			op_decode(&op, r->entry.body, a, NULL) == CODE_OK;
	enum receipt_stands stands = RECEIPT_CANNOT_TELL;
	int rc = c->client ? receipt_stands(&stands, c->client, r, &c->err) : 0;

	if (!rc && c->json) {
		rc = show_json(c, json_proven(c, r, readable ? &op : NULL, stands));
	} else if (!rc) {
		const char *what = of_what(c, r, readable ? &op : NULL);

		lang_print(
			c->out,
			_("%s: proven: entry %llu, %s, received on %s, was in the log of %llu entries that "
			  "the server signed on %s\n"),
			path, (unsigned long long)r->entry.lsn, what,
			show_minute(c->arena, r->entry.time_ms), (unsigned long long)r->head.size,
			show_minute(c->arena, r->head.time_ms));
		tell_limits(c, r, stands);
		if (readable && op.kind == OP_SHEET && c->client)
			tell_figures(c, &op);
	}
	arena_free(a);
	return rc;
}

static int check_file(struct cli *c, const char *path)
{
	struct arena *a = arena_new(WIRE_ARENA);
	struct receipt r;
	uint8_t key[32];
	struct buf file;
	int rc = a ? read_log_key(c, key) : err_set(&c->err, ERR_NOMEM, "no memory for a receipt");

	buf_init(&file, RECEIPT_FILE_MAX);
	if (!rc)
		rc = whole_read(&file, path, RECEIPT_FILE_MAX, &c->err);
	if (!rc) {
		rc = receipt_file_check(&r, buf_span(&file), key, a, &c->err);
		if (rc)
			err_wrap(&c->err, rc, "%s proves nothing", path);
	}
	if (!rc)
		rc = tell_proven(c, &r, path);
	buf_fini(&file);
	arena_free(a);
	return rc;
}

/* ---- getting one ---- */

/* What was written by the entry that a sheet names. */
struct written {
	uint64_t lsn;
	uint32_t unit; /* that wrote it */
	bool signs;
};

/* Of a sheet that was late the sheet names the decision that it counts: the figures are in what that names. */
static int read_written(struct cli *c, uint64_t lsn, bool late, struct written *out)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);
	struct entry en;
	struct buf bytes;
	struct op op = { .kind = OP_NONE };
	int rc = a ? 0 : err_set(&c->err, ERR_NOMEM, "no memory for a receipt");

	buf_init(&bytes, ENTRY_MAX);
	if (!rc)
		rc = ledger_entry(client_base(c->client), lsn, &bytes, &c->err);
	if (!rc)
		rc = entry_decode(&en, buf_span(&bytes), a, &c->err);
	if (!rc && (!en.body.data || op_decode(&op, en.body, a, NULL) != CODE_OK))
		op.kind = OP_NONE;
	if (!rc)
		*out = (struct written){ .lsn = lsn,
					 .unit = en.unit,
					 .signs = op.kind == OP_SHEET && op.sheet.sign.how };
	buf_fini(&bytes);
	arena_free(a);
	if (rc || late || op.kind != OP_LATE_DECISION)
		return rc;
	return read_written(c, op.late.lsn, true, out);
}

/* The signature that stands; where it is of another unit, whose late sheet was decided to count here, the newest of the
 * unit's own beside it, if there is any. */
static int find_own(struct cli *c, uint32_t unit, const struct sheet *s, uint64_t *lsn)
{
	struct written stands, own = { .lsn = 0 };
	int rc = read_written(c, s->sign_lsn, false, &stands);

	for (size_t i = 0; i < s->op_count && !rc && stands.unit != unit; i++) {
		struct written w;

		rc = read_written(c, s->ops[i].lsn, false, &w);
		if (!rc && w.unit == unit && w.signs && w.lsn > own.lsn)
			own = w;
	}
	*lsn = own.lsn ? own.lsn : rc ? 0 : stands.lsn;
	return rc;
}

/* Of a unit that went over into this one its name is read here, and nothing that it reported. */
static bool is_read_here(struct cli *c, uint32_t unit)
{
	struct ledger *l = client_base(c->client);

	return tree_inside(ledger_tree(l), unit, client_identity(c->client)->unit,
			   day_of_instant(ledger_info(l).time_ms), UINT64_MAX);
}

/* The entry of the signature that is the unit's, as base knows it. */
static int find_entry(struct cli *c, const struct unit *u, struct period p, uint64_t *lsn)
{
	const char *code = options.form ? options.form : "monthly";
	const struct form *f = ledger_form_code(client_base(c->client), span_str(code), &c->err);
	struct sheet s;
	int rc;

	if (!f)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", code);
	rc = ledger_sheet(client_base(c->client), u->unit, f->no, p, &s, &c->err);
	if (!rc && s.sign_lsn)
		return find_own(c, u->unit, &s, lsn);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (overlay_touches(c->client, u->unit, f->no, p))
		return err_set(&c->err, ERR_STATE,
			       "%s %s %s is not confirmed yet: `ketnap sync` first", u->code, code,
			       show_period(c->arena, p));
	if (!is_read_here(c, u->unit))
		return err_set(
			&c->err, ERR_NOTFOUND,
			"whether %s %s %s is signed is not known at this device: the unit's own "
			"devices, and those of units above it, can tell",
			u->code, code, show_period(c->arena, p));
	return err_set(&c->err, ERR_NOTFOUND, "%s %s %s is not signed", u->code, code,
		       show_period(c->arena, p));
}

static int fetch(struct cli *c, uint64_t lsn, struct buf *file, struct receipt *r, struct arena *a)
{
	struct online o = { .receipts = &lsn, .receipt_count = 1 };
	struct wire_receipt m;
	struct span got;
	int rc = online_run(c, &o);

	got = buf_span(&o.last.receipts[0]);
	if (!rc && !got.len)
		rc = err_set(
			&c->err, ERR_NOTFOUND, "the server gives no receipt for entry %llu (%s)",
			(unsigned long long)lsn,
			wire_code_name(o.last.sync.why) ? wire_code_name(o.last.sync.why) : "?");
	if (!rc)
		rc = wire_decode(&m, FRAME_RECEIPT, arena_copy(a, got), a, &c->err);
	if (!rc)
		rc = receipt_verify(r, &m, client_identity(c->client)->log_key, a, &c->err);
	if (!rc && r->entry.lsn != lsn)
		rc = err_set(&c->err, ERR_PROTO, "the server sent the receipt of another entry");
	if (!rc)
		rc = receipt_file_write(file, got, &c->err);
	online_fini(&o);
	return rc;
}

/* In this contact the device may hear that the server was restored: the number that it asked for is another entry's
 * then. So it looks once more what stands. */
static int fetch_standing(struct cli *c, const char *unit, struct period p, struct buf *file,
			  struct receipt *r, struct arena *a)
{
	const struct unit *u;
	uint64_t lsn = 0, now;
	int got = 0;

	for (int i = 0;; i++) {
		int rc = ask_unit(c, unit, &u);

		if (!rc)
			rc = find_entry(c, u, p, &now);
		if (rc || (i && now == lsn))
			return rc ? rc : got;
		if (i == FETCHES_MAX)
			return err_set(&c->err, ERR_BUSY,
				       "it is signed anew again and again: try later");
		lsn = now;
		arena_reset(a);
		buf_reset(file);
		err_clear(&c->err);
		got = fetch(c, lsn, file, r, a);
		if (got && got != -ERR_NOTFOUND) /* the number may be none of the present log */
			return got;
	}
}

static int get(struct cli *c, char **argv)
{
	struct arena *a = arena_new(2 * WIRE_ARENA);
	struct receipt r;
	struct period p;
	struct buf file;
	int rc = a ? device_dir_open(&c->dir, options.data, &c->err)
		   : err_set(&c->err, ERR_NOMEM, "no memory for a receipt");

	c->client = c->dir.client;
	buf_init(&file, RECEIPT_FILE_MAX);
	if (!rc && !c->json)
		mark_print(c->out, device_mark(c));
	if (!rc)
		rc = ask_period(c, argv[2], &p);
	if (!rc)
		rc = fetch_standing(c, argv[1], p, &file, &r, a);
	if (!rc)
		rc = whole_write(argv[3], buf_span(&file), false, &c->err);
	if (!rc)
		rc = tell_proven(c, &r, argv[3]);
	buf_fini(&file);
	arena_free(a);
	return rc;
}

int cmd_receipt(struct cli *c, int argc, char **argv)
{
	if (options.check)
		return argc == 1
			       ? check_file(c, options.check)
			       : cli_usage(c,
					   _("receipt UNIT PERIOD FILE, or receipt --check FILE"));
	if (argc != 4)
		return cli_usage(c, _("receipt UNIT PERIOD FILE, or receipt --check FILE"));
	if (!options.data)
		return cli_usage(c, _("%s needs --data DIR"), argv[0]);
	return get(c, argv);
}
