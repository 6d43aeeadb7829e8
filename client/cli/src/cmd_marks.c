/* recall, return, accept: what is said of a signed sheet, one or all below at once. */
#include "act_fields.h"
#include "marks.h"

#include "client/act.h"
#include "client/outbox.h"
#include "domain/sheet.h"
#include "ledger/months.h"

int ask_form(struct cli *c, const char *code, uint8_t *no)
{
	const struct form *f = ledger_form_code(client_base(c->client), span_str(code), &c->err);

	if (!f)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", code);
	*no = f->no;
	return 0;
}

/* The sheet as this device has read it. */
static int make_mark(struct cli *c, enum op_kind kind, char **argv, struct op *op)
{
	const struct unit *u;
	uint8_t form = 0;
	int rc = ask_unit(c, options.unit, &u);

	*op = (struct op){ .kind = kind };
	if (!rc)
		rc = ask_form(c, argv[1], &form);
	if (!rc)
		rc = ask_period(c, argv[2], &op->mark.period);
	if (rc)
		return rc;
	op->unit = u->unit;
	op->mark.form = form;
	op->mark.seen_lsn = client_state(c->client)->cursor.lsn;
	op->mark.in_time = kind == OP_ACCEPT && options.in_time;
	return 0;
}

int cmd_recall(struct cli *c, int argc, char **argv)
{
	struct op op;
	int rc = make_mark(c, OP_RECALL, argv, &op);

	(void)argc;
	return rc ? rc : act_send(c, &op);
}

int cmd_return(struct cli *c, int argc, char **argv)
{
	struct op op;
	int rc;

	(void)argc;
	if (!options.unit || !options.reason)
		return cli_usage(c, _("return needs --unit UNIT and --reason TEXT"));
	rc = make_mark(c, OP_RETURN, argv, &op);
	return rc ? rc : act_send(c, &op);
}

/* ---- all below at once ---- */

struct below {
	struct cli *c;
	const char *form; /* as typed */
	struct op op;     /* of the next one */
	json_t *accepted, *left;
};

/* What a superior should look at first. */
static const char *reason_left(struct below *b, const struct month_cell *cell)
{
	static const enum month_mark look[] = { MARK_CONTESTED, MARK_CHANGED,     MARK_BROKEN,
						MARK_WAITS,     MARK_PROVISIONAL, MARK_ON_BEHALF };

	(void)b;
	if (cell->work != WORK_SENT)
		return month_work_text(cell->work);
	for (size_t i = 0; i < ARRAY_LEN(look); i++)
		if (cell->marks >> look[i] & 1)
			return month_mark_text(look[i]);
	return NULL;
}

/* The form's rules, as the author had them: a warning is for a person to look at. */
static int judged(struct below *b, const struct month_cell *cell, const char **why)
{
	struct cli *c = b->c;
	const struct unit *u = tree_get(ledger_tree(client_base(c->client)), cell->unit);
	struct entry_judgement j;
	struct entry_sheet *s;
	int rc = ask_open(c, &s, u, b->form, cell->period);

	*why = NULL;
	if (rc)
		return rc;
	rc = entry_judge(s, &j, &c->err);
	if (!rc && entry_draft(s)->figure_count)
		*why = _("figures for it are typed here, and not sent");
	else if (!rc && j.question_count)
		*why = rule_words(j.questions[0].rule);
	else if (!rc && j.blank_count)
		*why = _("required figures are blank");
	entry_close(s);
	return rc;
}

static int queued_already(struct below *b, const struct month_cell *cell, bool *yes)
{
	size_t count;
	const struct own_op *ops = outbox_ops(b->c->client, &count);
	int rc = 0;

	*yes = false;
	for (size_t i = 0; i < count && !rc && !*yes; i++) {
		struct op op;

		if (ops[i].kind != OP_ACCEPT || ops[i].unit != cell->unit || ops[i].pulled ||
		    ops[i].verdict == VERDICT_REFUSED)
			continue;
		rc = outbox_decode(b->c->client, ops[i].id, &op, b->c->arena, &b->c->err);
		*yes = !rc && op.mark.form == cell->form &&
		       op.mark.period.from == cell->period.from &&
		       op.mark.period.to == cell->period.to;
	}
	return rc;
}

static void leave(struct below *b, const struct month_cell *cell, const char *why)
{
	json_array_append_new(
		b->left, json_pack("{s:s, s:s}", "unit", unit_code(b->c, cell->unit), "why", why));
}

static int accept_one(struct below *b, const struct month_cell *cell)
{
	struct cli *c = b->c;
	const char *why = reason_left(b, cell);
	enum op_code code = CODE_OK;
	struct op_id id;
	bool already;
	int rc = queued_already(b, cell, &already);

	if (rc || already || cell->work == WORK_ACCEPTED)
		return rc;
	if (why)
		why = _(why);
	else
		rc = judged(b, cell, &why);
	if (rc)
		return rc;
	if (!why && !options.dry_run) {
		b->op.unit = cell->unit;
		b->op.mark.period = cell->period; /* of a month that an act cut, a piece */
		rc = act_queue(c->client, &b->op, cli_now(c), &id, &code, &c->err);
		if (rc && code == CODE_OK)
			return rc;
		if (rc)
			why = _(op_code_text(code));
		err_clear(&c->err);
	}
	if (why)
		leave(b, cell, why);
	else
		json_array_append_new(b->accepted, json_string(unit_code(c, cell->unit)));
	return 0;
}

static int accept_all(struct below *b, const struct month_cell *cells, size_t count)
{
	struct cli *c = b->c;
	uint32_t own = client_identity(c->client)->unit;
	int rc = client_begin(c->client, &c->err);

	if (rc)
		return rc;
	for (size_t i = 0; i < count && !rc; i++)
		if (cells[i].unit != own)
			rc = accept_one(b, &cells[i]);
	if (!rc)
		return client_commit(c->client, &c->err);
	client_abort(c->client);
	return rc;
}

static int show_below(struct below *b)
{
	struct cli *c = b->c;
	const json_t *row;
	size_t i;

	if (c->json)
		return show_json(c, json_pack("{s:o, s:o, s:b}", "accepted", b->accepted, "left",
					      b->left, "dry_run", options.dry_run));
	json_array_foreach(b->left, i, row)
		fprintf(c->out, "  %s: %s\n", text_at(row, "unit"), text_at(row, "why"));
	lang_print(c->out,
		   options.dry_run ? _("%zu would be accepted, %zu left for you to look at\n")
				   : _("%zu accepted, %zu left for you to look at\n"),
		   json_array_size(b->accepted), json_array_size(b->left));
	json_decref(b->accepted);
	json_decref(b->left);
	return 0;
}

static int accept_below(struct cli *c, char **argv)
{
	struct below b = { .c = c, .form = argv[1] };
	struct months_query q = { .unit = client_identity(c->client)->unit,
				  .known_at = UINT64_MAX,
				  .now_ms = cli_now(c) };
	const struct month_cell *cells;
	size_t count;
	int rc = make_mark(c, OP_ACCEPT, argv, &b.op);

	if (rc)
		return rc;
	q.form = (uint8_t)b.op.mark.form;
	q.period = b.op.mark.period;
	rc = query_months(&cells, &count, client_base(c->client), &q, c->arena, &c->err);
	if (rc)
		return rc;
	b.accepted = json_array();
	b.left = json_array();
	rc = accept_all(&b, cells, count);
	if (!rc)
		return show_below(&b);
	json_decref(b.accepted);
	json_decref(b.left);
	return rc;
}

int cmd_accept(struct cli *c, int argc, char **argv)
{
	struct op op;
	int rc;

	(void)argc;
	if (options.below ? options.unit || options.in_time : !options.unit)
		return cli_usage(c, _("accept needs --unit UNIT, or --below for all"));
	if (options.in_time && !options.reason)
		return cli_usage(c, _("accept --in-time needs --reason TEXT"));
	if (options.below)
		return accept_below(c, argv);
	rc = make_mark(c, OP_ACCEPT, argv, &op);
	return rc ? rc : act_send(c, &op);
}
