/* print KIND [UNIT]: a paper with the Party header, or a spreadsheet, into a file. header: what the unit's papers say. */
#include "answers.h"
#include "ask.h"
#include "files.h"

#include "client/act.h"
#include "client/overlay.h"
#include "report/print.h"

struct print_job {
	struct cli *c;
	enum print_kind kind;
	const struct unit *unit;
	const char *form;
	json_t *answer; /* the paper lends from it */
	struct print_head head;
	struct paper *paper;
};

/* ---- a sheet ---- */

/* With what was not sent yet. NULL in *out: there is none. */
static int read_sheet(struct print_job *j, const struct form *form, struct period p,
		      const struct sheet **out)
{
	struct cli *c = j->c;
	struct sheet *s = arena_alloc(c->arena, sizeof(*s));
	int rc = s ? overlay_sheet(c->client, j->unit->unit, form->no, p, s, &c->err)
		   : err_set(&c->err, ERR_NOMEM, "no memory for a report");

	*out = rc ? NULL : s;
	if (rc == -ERR_NOTFOUND) {
		err_clear(&c->err);
		rc = 0;
	}
	return rc;
}

static int read_draft(struct print_job *j, struct print_sheet *s)
{
	struct draft_key key = { j->unit->unit, s->form->no, s->period };
	struct draft *d = arena_alloc(j->c->arena, sizeof(*d));
	int rc = d ? drafts_get(j->c->client, &key, d, &j->c->err)
		   : err_set(&j->c->err, ERR_NOMEM, "no memory for a report");

	if (!rc) {
		s->typed = d->figures;
		s->typed_count = d->figure_count;
	} else if (rc == -ERR_NOTFOUND) {
		err_clear(&j->c->err);
		rc = 0;
	}
	return rc;
}

static int paper_of_sheet(struct print_job *j)
{
	struct cli *c = j->c;
	struct ledger *l = client_base(c->client);
	struct print_sheet s = { .unit = j->unit->unit, .known_at = UINT64_MAX };
	int rc;

	s.form = ledger_form_code(l, span_str(j->form), &c->err);
	if (!s.form)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", j->form);
	if (!options.period)
		return cli_usage(c, _("print sheet and print blank need --period PERIOD"));
	rc = ask_period(c, options.period, &s.period);
	if (!rc)
		rc = read_sheet(j, s.form, s.period, &s.now);
	if (!rc)
		rc = read_sheet(j, s.form, print_period_before(s.period), &s.before);
	if (!rc)
		rc = read_draft(j, &s);
	return rc ? rc : print_sheet(&j->paper, &s, j->kind == PRINT_BLANK, l, c->arena, &c->err);
}

/* ---- all kinds ---- */

static int paper_of(struct print_job *j)
{
	static int (*const answers[PRINT_KINDS])(struct cli *, const char *, json_t **) = {
		[PRINT_TABLE] = answer_table,
		[PRINT_TOTALS] = answer_totals,
		[PRINT_MONTHS] = answer_months,
		[PRINT_COMMENDED] = answer_commended,
	};
	struct cli *c = j->c;
	int rc;

	if (j->kind == PRINT_SHEET || j->kind == PRINT_BLANK)
		return paper_of_sheet(j);
	if (!answers[j->kind] && j->kind != PRINT_FORM)
		return err_set(&c->err, ERR_UNSUPPORTED, "%s is printed at the server alone",
			       print_kind_name(j->kind));
	if (j->form && j->kind != PRINT_FORM)
		return cli_usage(c, _("only form, sheet and blank take a form"));
	if (!j->form && j->kind == PRINT_FORM)
		return cli_usage(c, _("print form needs the code of the form"));
	rc = j->form ? answer_form(c, j->unit->code, j->form, &j->answer)
		     : answers[j->kind](c, j->unit->code, &j->answer);
	if (rc)
		return rc;
	/* as json_print() does: no command can leave it out */
	if (device_mark(c) == MARK_YES)
		json_object_set_new(j->answer, "illustrative", mark_json(MARK_YES));
	return print_paper(&j->paper, j->kind, j->answer, client_base(c->client), c->arena,
			   &c->err);
}

static int read_head(struct print_job *j)
{
	struct cli *c = j->c;
	day_t day = day_of_instant(cli_now(c));
	int rc = options.day ? ask_day(c, options.day, &day) : 0;

	if (!rc)
		rc = print_head_read(&j->head, client_base(c->client), j->unit->unit, day, c->arena,
				     &c->err);
	if (j->kind == PRINT_BLANK && !options.day)
		j->head.date = 0; /* written when it is filled in */
	if (!rc && options.doc_no)
		j->head.doc_no = options.doc_no;
	if (!rc && options.secrecy)
		j->head.secrecy = options.secrecy;
	return rc;
}

static int give_file(struct print_job *j)
{
	struct cli *c = j->c;
	struct buf file;
	int rc;

	buf_init(&file, PRINT_FILE_MAX);
	rc = print_file(&file, options.out, j->paper, &j->head, &c->err);
	if (!rc)
		rc = whole_write(options.out, buf_span(&file), false, &c->err);
	buf_fini(&file);
	return rc;
}

static int run_job(struct print_job *j)
{
	struct cli *c = j->c;
	int rc = read_head(j);

	if (!rc)
		rc = paper_of(j);
	if (!rc && options.form_no)
		paper_form(j->paper, options.form_no);
	if (!rc && options.out)
		rc = give_file(j);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, print_json(j->paper));
	fprintf(c->out, _("%s: hash of this report: %s\n"), options.out, print_hash(j->paper));
	return 0;
}

int cmd_print(struct cli *c, int argc, char **argv)
{
	struct print_job j = { .c = c, .kind = print_kind_parse(argv[1]) };
	int rc;

	if (j.kind == PRINT_KINDS)
		return cli_usage(
			c,
			_("print table, totals, months, form, commended, sheet or blank, not %s"),
			argv[1]);
	if (!options.out && !c->json)
		return cli_usage(c, _("print needs --out FILE.html, FILE.xlsx or FILE.csv"));
	if (options.public_ && j.kind != PRINT_TABLE && j.kind != PRINT_TOTALS)
		return cli_usage(c, _("print: --public goes with table and totals"));
	j.form = argc > 3 ? argv[3] : NULL;
	if (!j.form && (j.kind == PRINT_SHEET || j.kind == PRINT_BLANK))
		j.form = "monthly";
	rc = ask_unit(c, argc > 2 ? argv[2] : NULL, &j.unit);
	if (!rc)
		rc = run_job(&j);
	json_decref(j.answer);
	return rc;
}

/* ---- header ---- */

/* All or none, but for those that say so already. */
static int queue_fields(struct cli *c, const struct unit *u, int argc, char **argv, int *queued)
{
	enum op_code code = CODE_OK;
	struct acted done;
	int rc = client_begin(c->client, &c->err);

	for (int i = 1; i < argc && !rc; i++) {
		struct op op;

		rc = print_head_typed(&op, u->unit, argv[i], &c->err);
		if (!rc)
			rc = act_once(c->client, &op, cli_now(c), &done, &code, &c->err);
		*queued += !rc && done.state != ACT_STANDS;
	}
	if (!rc)
		rc = client_commit(c->client, &c->err);
	if (rc)
		client_abort(c->client);
	if (rc && code != CODE_OK)
		show_not_queued(c);
	return rc;
}

static int show_head(struct cli *c, const struct print_head *h, int queued)
{
	json_t *j = print_head_json(h), *value;
	const char *key;

	json_object_set_new(j, "queued", json_integer(queued));
	if (c->json)
		return show_json(c, j);
	json_object_foreach(j, key, value)
	{
		if (json_is_string(value))
			fprintf(c->out, "%-12s %s\n", key, json_string_value(value));
	}
	if (queued)
		lang_print(
			c->out,
			_("%d fields are queued here; they hold once the server has confirmed them (`ketnap sync`)\n"),
			queued);
	json_decref(j);
	return 0;
}

int cmd_header(struct cli *c, int argc, char **argv)
{
	struct print_head h;
	const struct unit *u;
	struct op op;
	char text[1024];
	int queued = 0, rc = ask_unit(c, options.unit, &u);

	for (int i = 1; i < argc && !rc; i++)
		if (print_head_typed(&op, u->unit, argv[i], &c->err))
			return cli_usage(c, "%s", lang_err(&c->err, text, sizeof(text)));
	if (!rc && argc > 1)
		rc = queue_fields(c, u, argc, argv, &queued);
	if (!rc)
		rc = print_head_read(&h, client_base(c->client), u->unit,
				     day_of_instant(cli_now(c)), c->arena, &c->err);
	return rc ? rc : show_head(c, &h, queued);
}
