/* print KIND UNIT: a paper with the Party header, or a spreadsheet, into a file. header UNIT: what its papers say of it. */
#include "answers.h"
#include "devices_show.h"
#include "show.h"

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

/* NULL in *out: there is none. */
static int read_sheet(struct print_job *j, const struct form *form, struct period p,
		      const struct sheet **out)
{
	struct cli *c = j->c;
	struct sheet *s = arena_alloc(c->arena, sizeof(*s));
	int rc = s ? ledger_sheet(c->store.ledger, j->unit->unit, form->no, p, s, &c->err)
		   : err_set(&c->err, ERR_NOMEM, "no memory for a report");

	*out = rc ? NULL : s;
	if (rc == -ERR_NOTFOUND) {
		err_clear(&c->err);
		rc = 0;
	}
	return rc;
}

static int paper_of_sheet(struct print_job *j)
{
	struct cli *c = j->c;
	struct ledger *l = c->store.ledger;
	struct print_sheet s = { .unit = j->unit->unit, .known_at = UINT64_MAX };
	int rc;

	s.form = ledger_form_code(l, span_str(j->form), &c->err);
	if (!s.form)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", j->form);
	if (!options.period)
		return cli_misused(c, err_set(&c->err, ERR_INVALID, "--period PERIOD"));
	rc = cli_misused(c, period_parse(&s.period, span_str(options.period), &c->err));
	if (!rc)
		rc = read_sheet(j, s.form, s.period, &s.now);
	if (!rc)
		rc = read_sheet(j, s.form, print_period_before(s.period), &s.before);
	return rc ? rc : print_sheet(&j->paper, &s, j->kind == PRINT_BLANK, l, c->arena, &c->err);
}

/* ---- all kinds ---- */

static int paper_of(struct print_job *j)
{
	static int (*const answers[PRINT_KINDS])(struct cli *, const char *, json_t **) = {
		[PRINT_TABLE] = answer_table,         [PRINT_TOTALS] = answer_totals,
		[PRINT_RANK] = answer_rank,           [PRINT_LAGGARDS] = answer_laggards,
		[PRINT_MONTHS] = answer_months,       [PRINT_SOURCES] = answer_sources,
		[PRINT_COMMENDED] = answer_commended,
	};
	struct cli *c = j->c;
	int rc;

	if (j->kind == PRINT_SHEET || j->kind == PRINT_BLANK)
		return paper_of_sheet(j);
	if (j->form && j->kind != PRINT_FORM)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "only form, sheet and blank take a form"));
	if (!j->form && j->kind == PRINT_FORM)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "print form needs the code of the form"));
	if (j->kind == PRINT_SYNTHESIS)
		return answer_synthesis(c, j->unit->code, &j->paper);
	rc = j->form ? answer_form(c, j->unit->code, j->form, &j->answer)
		     : answers[j->kind](c, j->unit->code, &j->answer);
	if (rc)
		return rc;
	/* as json_print() does: no command can leave it out */
	json_object_set_new(j->answer, "illustrative", mark_json(mark_of(c->store.ledger)));
	return print_paper(&j->paper, j->kind, j->answer, c->store.ledger, c->arena, &c->err);
}

static int read_head(struct print_job *j)
{
	struct cli *c = j->c;
	day_t day = day_of_instant(cli_now(c));
	int rc = !options.day
			 ? 0
			 : cli_misused(c, day_parse(&day, NULL, span_str(options.day), &c->err));

	if (!rc)
		rc = print_head_read(&j->head, c->store.ledger, j->unit->unit, day, c->arena,
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
	if (rc == -ERR_INVALID)
		c->misused = true;
	if (!rc)
		rc = cli_give(c, options.out, buf_span(&file), false);
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
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID,
				   "print table, totals, rank, laggards, months, "
				   "sources, synthesis, form, commended, sheet or blank, not %s",
				   argv[1]));
	if (!options.out && !c->json)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID,
					   "print needs --out FILE.html, FILE.xlsx or FILE.csv"));
	if (options.public_ && j.kind != PRINT_TABLE && j.kind != PRINT_TOTALS &&
	    j.kind != PRINT_SYNTHESIS)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "print: --public goes with table, totals and "
					      "synthesis"));
	j.form = argc > 3 ? argv[3] : NULL;
	if (!j.form && (j.kind == PRINT_SHEET || j.kind == PRINT_BLANK))
		j.form = "monthly";
	rc = parse_unit(c, argv[2], &j.unit);
	if (!rc)
		rc = run_job(&j);
	json_decref(j.answer);
	return rc;
}

/* ---- header ---- */

/* A field that says so already stays as it is. */
static int set_field(struct cli *c, const struct op *typed)
{
	struct op op = *typed;
	uint64_t lsn;
	bool stands;
	int rc;

	op.source = span_str(c->by);
	rc = act_once(c, &op, &lsn, &stands);
	if (!rc && stands && !c->json)
		show_stands(c, lsn);
	return rc;
}

static int show_head(struct cli *c, const struct print_head *h)
{
	json_t *j = print_head_json(h), *value;
	const char *key;

	if (c->json)
		return show_json(c, j);
	json_object_foreach(j, key, value)
	{
		fprintf(c->out, "%-12s %s\n", key, json_string_value(value));
	}
	json_decref(j);
	return 0;
}

int cmd_header(struct cli *c, int argc, char **argv)
{
	day_t today = day_of_instant(cli_now(c));
	struct print_head h;
	const struct unit *u;
	struct op op;
	int rc = parse_unit(c, argv[1], &u);

	for (int i = 2; i < argc && !rc; i++) /* all are read before one is written */
		rc = cli_misused(c, print_head_typed(&op, u->unit, argv[i], &c->err));
	for (int i = 2; i < argc && !rc; i++) {
		rc = print_head_typed(&op, u->unit, argv[i], &c->err);
		if (!rc)
			rc = set_field(c, &op);
	}
	if (!rc)
		rc = print_head_read(&h, c->store.ledger, u->unit, today, c->arena, &c->err);
	return rc ? rc : show_head(c, &h);
}
