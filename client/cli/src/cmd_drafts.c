/* drafts, register, publish: what is drafted for a unit, what it answers, and what is made of it. */
#include "act_fields.h"

#include "client/act.h"
#include "report/drafts.h"

static int ask_measure(struct cli *c, struct span *out)
{
	*out = span_str(options.measure ? options.measure : "admitted");
	return ledger_measure(client_base(c->client), *out)
		       ? 0
		       : err_set(&c->err, ERR_NOTFOUND, "no form has a measure %s",
				 options.measure);
}

/* ---- drafts ---- */

/* Without --period: what there is for the unit itself. With it: the table of those directly below. */
static int read_drafts(struct cli *c, const struct unit *u, json_t **out)
{
	struct drafts_ask ask = { .unit = u->unit,
				  .known_at = UINT64_MAX,
				  .sort = options.limit ? DRAFTS_LIMITS : DRAFTS_ANY };
	struct ledger *l = client_base(c->client);
	int rc;

	if (!options.period)
		return report_drafts(out, l, u->unit, UINT64_MAX, c->arena, &c->err);
	rc = ask_period(c, options.period, &ask.period);
	if (!rc)
		rc = ask_measure(c, &ask.measure);
	return rc ? rc : report_drafts_table(out, l, &ask, c->arena, &c->err);
}

int cmd_drafts(struct cli *c, int argc, char **argv)
{
	const struct unit *u;
	json_t *j;
	int rc = ask_unit(c, argc > 1 ? argv[1] : options.unit, &u);

	if (!rc)
		rc = read_drafts(c, u, &j);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = c->csv ? drafts_csv(c->out, j, device_mark(c), &c->err)
		    : drafts_words(c->out, j, c->arena, &c->err);
	json_decref(j);
	return rc;
}

/* ---- register ---- */

/* The draft that stands for these days, if there is one: what is registered answers it. Of a number and a limit the
 * number, unless the limit is asked for. */
static int find_draft(struct cli *c, uint32_t unit, struct op_target *t)
{
	const struct draft_line *lines;
	size_t count;
	int rc = query_drafts(&lines, &count, client_base(c->client), unit, UINT64_MAX, c->arena,
			      &c->err);

	for (size_t i = 0; i < count && !rc; i++) {
		const struct op_target *d = &lines[i].draft.target;

		if (!lines[i].draft.lsn || d->period.from != t->period.from ||
		    d->period.to != t->period.to || !span_eq(d->measure, t->measure) ||
		    d->group.len ||
		    (lines[i].limit != options.limit && (options.limit || lines[i].beside)))
			continue;
		t->draft = lines[i].draft.lsn;
		t->per_year = d->per_year;
		t->type = lines[i].limit ? TARGET_MAXIMUM : TARGET_EXACT; /* a limit by a limit */
		break;
	}
	if (!rc && options.limit && !t->draft)
		rc = err_set(&c->err, ERR_NOTFOUND, "no limit is drafted for these days");
	return rc;
}

static int from_whom(struct cli *c, struct op *op)
{
	if (!options.on_behalf)
		return 0;
	if (!options.from || !options.reason)
		return cli_usage(c, _("on behalf needs --from WHO and --reason TEXT"));
	op->on_behalf = span_str(options.from);
	return 0;
}

int cmd_register(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_TARGET_REGISTER,
			 .target = { .instrument = INSTR_REGISTRATION, .type = TARGET_EXACT } };
	enum text_grouping style;
	const struct unit *u;
	int rc = ask_unit(c, options.unit, &u);

	(void)argc;
	if (!rc)
		rc = ask_period(c, argv[1], &op.target.period);
	if (!rc)
		rc = text_count(&op.target.value, &style, span_str(argv[2]), &c->err);
	if (!rc)
		rc = ask_measure(c, &op.target.measure);
	if (!rc)
		rc = from_whom(c, &op);
	if (!rc)
		rc = find_draft(c, u->unit, &op.target);
	if (rc)
		return rc;
	op.unit = u->unit;
	return act_send(c, &op);
}

/* ---- publish ---- */

static int read_document(struct cli *c, struct publish_ask *p)
{
	size_t len;

	if (!options.instrument || !options.day)
		return cli_usage(c, _("publish needs --instrument INSTRUMENT:DOC_NO and --day DAY: "
				      "a target has a document"));
	len = strcspn(options.instrument, ":");
	p->instrument = instrument_parse(span_of(options.instrument, len));
	p->doc_no = span_str(options.instrument[len] ? options.instrument + len + 1 : "");
	if (p->instrument == INSTR_NONE)
		return err_set(&c->err, ERR_INVALID, "--instrument %s: there is no such instrument",
			       options.instrument);
	if (options.take && strcmp(options.take, "draft") && strcmp(options.take, "registered"))
		return err_set(&c->err, ERR_INVALID, "--take draft or registered, not %s",
			       options.take);
	p->take = options.take && !strcmp(options.take, "registered") ? TAKE_REGISTERED
								      : TAKE_DRAFT;
	return ask_day(c, options.day, &p->doc_date);
}

/* Judged all before one is queued, as far as this device has read. */
static int queue_all(struct cli *c, struct op *ops, size_t count)
{
	enum op_code code;
	struct op_id id;
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++)
		rc = act_judge(c->client, &ops[i], cli_now(c), &code, &c->err);
	for (size_t i = 0; i < count && !rc && !options.dry_run; i++)
		rc = act_queue(c->client, &ops[i], cli_now(c), &id, &code, &c->err);
	if (!rc || code == CODE_OK)
		return rc;
	show_not_queued(c);
	return rc;
}

static int make_ops(struct cli *c, const struct unit *u, struct op **ops, size_t *count)
{
	struct ledger *l = client_base(c->client);
	struct drafts_ask ask = { .unit = u->unit,
				  .known_at = UINT64_MAX,
				  .sort = options.limit ? DRAFTS_LIMITS : DRAFTS_ANY };
	struct publish_ask p = { .change_count = 0 };
	struct publish_change *changes;
	struct drafts_table t;
	int rc = read_document(c, &p);

	if (!rc && !options.period)
		return cli_usage(c, "%s", _("publish needs --period PERIOD"));
	if (!rc)
		rc = ask_period(c, options.period, &ask.period);
	if (!rc)
		rc = ask_measure(c, &ask.measure);
	if (!rc)
		rc = drafts_changes(&changes, &p.change_count, l, options.set, options.leave_out,
				    c->arena, &c->err);
	if (!rc)
		rc = query_drafts_table(&t, l, &ask, c->arena, &c->err);
	if (rc)
		return rc;
	p.tree = ledger_tree(l);
	p.table = &t;
	p.period = ask.period;
	p.measure = ask.measure;
	p.changes = changes;
	p.issuer = span_str(unit_name(c, u->unit, ask.period.from));
	return drafts_publish(ops, count, &p, c->arena, &c->err);
}

int cmd_publish(struct cli *c, int argc, char **argv)
{
	const struct unit *u;
	struct op *ops = NULL;
	size_t count = 0;
	int rc = ask_unit(c, argc > 1 ? argv[1] : options.unit, &u);

	if (!rc)
		rc = make_ops(c, u, &ops, &count);
	if (!rc)
		rc = queue_all(c, ops, count);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:I, s:b}", "unit", u->code, "ops",
					      (json_int_t)count, "dry_run", options.dry_run));
	lang_print(c->out,
		   options.dry_run
			   ? _("%zu targets would be written\n")
			   : _("%zu targets are queued here; they count once the server has "
			       "confirmed them (`ketnap sync`)\n"),
		   count);
	return 0;
}
