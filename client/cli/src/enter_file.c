#include "enter_file.h"

#include "base/csv.h"

#include <stdlib.h>

enum { FILE_MAX = 64 << 20 };
enum { F_UNIT, F_FORM, F_FROM, F_TO, F_MEASURE, F_VALUE, F_APPROX, F_SOURCE, F_STATUS, F_COLUMNS };

/* As the server's import reads it. */
static const struct csv_column columns[F_COLUMNS] = {
	{ "unit", true, false },   { "form", true, false },    { "from", true, false },
	{ "to", true, false },     { "measure", true, false }, { "value", true, true },
	{ "approx", false, true }, { "source", false, true },  { "status", false, true },
};

struct row {
	size_t line;
	struct span cells[F_COLUMNS];
};

struct entering {
	struct cli *c;
	const char *path;
	struct row *rows;
	size_t count;
	int date_style[F_COLUMNS],
		grouping;         /* -1 unknown: the style a column was written in first */
	struct draft_key *sheets; /* met so far */
	size_t *sheet_line;
	size_t sheet_count, figures, nil_months;
	bool nil; /* a row of the sheet in hand says that nothing happened */
	struct entry_how how;
	const char *source; /* "enter --file august.csv" */
	struct err problems[ENTER_PROBLEMS_MAX], say;
	size_t problem_count;
};

/* Note a problem, a msgid and its arguments; false. Reading goes on to name the others. */
#define problem(en, row, column, ...) \
	problem_add(en, row, column, (err_set(&(en)->say, ERR_INVALID, __VA_ARGS__), &(en)->say))

static bool problem_add(struct entering *en, const struct row *row, int column,
			const struct err *why)
{
	size_t i = en->problem_count++;

	if (i >= ENTER_PROBLEMS_MAX)
		return false;
	en->problems[i] = *why;
	err_wrap(&en->problems[i], -ERR_INVALID, "line %zu, column %s", row->line,
		 columns[column].name);
	return false;
}

/* ---- reading ---- */

static int add_row(struct entering *en, const struct span *cells, size_t line)
{
	struct arena *a = en->c->arena;
	struct row *row;

	if (en->count == ENTER_ROWS_MAX)
		return err_wrap(&en->c->err,
				err_set(&en->c->err, ERR_RANGE,
					"more than %d rows; divide the file", ENTER_ROWS_MAX),
				"line %zu, column %s", line, columns[0].name);
	row = &en->rows[en->count++];
	row->line = line;
	for (size_t i = 0; i < F_COLUMNS; i++) {
		row->cells[i] = arena_copy(a, cells[i]);
		if (cells[i].len && !row->cells[i].data)
			return err_set(&en->c->err, ERR_NOMEM, "no memory for %zu rows", en->count);
	}
	return 0;
}

static int read_rows(struct entering *en, struct span text)
{
	struct span cells[F_COLUMNS];
	struct csv *csv;
	int rc = csv_open(&csv, text, columns, F_COLUMNS, &en->c->err);

	while (!rc) {
		struct err why = { 0 };

		rc = csv_next(csv, cells, &why);
		if (!rc)
			break;
		if (rc == -ERR_NOMEM) {
			en->c->err = why;
			break;
		}
		if (rc < 0) {
			if (en->problem_count < ENTER_PROBLEMS_MAX)
				en->problems[en->problem_count] = why;
			rc = ++en->problem_count > ENTER_ROWS_MAX;
			continue;
		}
		rc = add_row(en, cells, csv_line(csv));
	}
	if (!rc && !en->count && !en->problem_count)
		rc = err_wrap(
			&en->c->err,
			err_set(&en->c->err, ERR_INVALID, "the file has a header and no rows"),
			"line %zu, column %s", csv_line(csv), columns[0].name);
	csv_close(csv);
	return rc > 0 ? 0 : rc;
}

static bool together(const struct row *a, const struct row *b)
{
	for (int i = F_UNIT; i <= F_TO; i++)
		if (!span_eq(a->cells[i], b->cells[i]))
			return false;
	return true;
}

/* ---- cells ---- */

static bool cell_date(struct entering *en, const struct row *row, int column, day_t *out)
{
	struct err why = { 0 };
	enum day_style style;

	if (day_parse(out, &style, row->cells[column], &why))
		return problem_add(en, row, column, &why);
	if (en->date_style[column] >= 0 && en->date_style[column] != (int)style)
		return problem(en, row, column,
			       "two ways to write a date in one column; use one throughout");
	en->date_style[column] = (int)style;
	return true;
}

static bool cell_value(struct entering *en, const struct row *row, enum figure_state *state,
		       int64_t *value)
{
	struct span text = row->cells[F_VALUE];
	enum text_grouping grouping;
	struct err why = { 0 };

	*value = 0;
	*state = FIGURE_BLANK;
	if (!text.len)
		return true;
	*state = FIGURE_NIL;
	if (span_eq(text, SPAN_LIT("-")))
		return true;
	if (text_count(value, &grouping, text, &why))
		return problem_add(en, row, F_VALUE, &why);
	if (grouping != TEXT_PLAIN && en->grouping >= 0 && en->grouping != (int)grouping)
		return problem(en, row, F_VALUE,
			       "two ways to group digits in one column; use one throughout");
	if (grouping != TEXT_PLAIN)
		en->grouping = (int)grouping;
	if (*value)
		*state = FIGURE_VALUE;
	return true;
}

/* ---- one sheet ---- */

static bool read_head(struct entering *en, const struct row *row, const struct unit **u,
		      struct period *p)
{
	struct span code = row->cells[F_UNIT];
	struct cli *c = en->c;
	bool ok = true;

	*u = tree_by_code(ledger_tree(client_base(c->client)), code);
	if (!*u)
		ok = problem(en, row, F_UNIT, "there is no unit %.*s in the part of this device",
			     (int)code.len, (const char *)code.data);
	else if (!options.on_behalf && (*u)->unit != client_identity(c->client)->unit)
		ok = problem(en, row, F_UNIT,
			     "another unit than the device's own: --on-behalf says from whom "
			     "the figures come");
	if (!ledger_form_code(client_base(c->client), row->cells[F_FORM], &c->err))
		ok = problem(en, row, F_FORM, "there is no form %.*s", (int)row->cells[F_FORM].len,
			     (const char *)row->cells[F_FORM].data);
	ok &= cell_date(en, row, F_FROM, &p->from);
	ok &= cell_date(en, row, F_TO, &p->to);
	if (ok && p->to < p->from)
		ok = problem(en, row, F_TO, "the last day is before the first");
	return ok;
}

/* A row `nil` stands for a whole month: signed as one act, with the flows nil and the stocks as they were. */
static bool say_nil(struct entering *en, const struct row *row)
{
	if (en->nil)
		return problem(en, row, F_MEASURE, "this sheet says nil twice");
	if (row->cells[F_VALUE].len)
		return problem(en, row, F_VALUE, "a nil month has no value");
	if (!options.submit)
		return problem(en, row, F_MEASURE,
			       "a nil month is signed as it is entered: add --submit");
	en->nil = true;
	en->nil_months++;
	return true;
}

static bool set_figure(struct entering *en, struct entry_sheet *s, const struct row *row,
		       const struct row *first)
{
	struct span code = row->cells[F_MEASURE];
	const struct measure *m = form_measure_code(entry_form(s), code);
	struct err why = { 0 };
	enum figure_state state;
	int64_t value;

	if (span_eq(code, SPAN_LIT("nil")))
		return say_nil(en, row);
	if (!m)
		return problem(en, row, F_MEASURE, "form %s has no measure %.*s",
			       entry_form(s)->code, (int)code.len, (const char *)code.data);
	for (const struct row *r = first; r < row; r++)
		if (span_eq(r->cells[F_MEASURE], code))
			return problem(en, row, F_MEASURE, "%s stands on line %zu too", m->code,
				       r->line);
	if (row->cells[F_APPROX].len)
		return problem(en, row, F_APPROX,
			       "a sheet has exact figures; what is only about so much is "
			       "imported at the server, with its source");
	if (!cell_value(en, row, &state, &value))
		return false;
	if (entry_set(s, m->no, state, value, &why))
		return problem_add(en, row, F_VALUE, &why);
	en->figures++;
	return true;
}

static bool first_time(struct entering *en, const struct row *row, struct draft_key k)
{
	for (size_t i = 0; i < en->sheet_count; i++)
		if (en->sheets[i].unit == k.unit && en->sheets[i].form == k.form &&
		    en->sheets[i].period.from == k.period.from &&
		    en->sheets[i].period.to == k.period.to)
			return problem(en, row, F_UNIT,
				       "the rows of this sheet stand apart: it begins on line "
				       "%zu; put them together",
				       en->sheet_line[i]);
	en->sheet_line[en->sheet_count] = row->line;
	en->sheets[en->sheet_count++] = k;
	return true;
}

/* A failure that is the sheet's own becomes a problem, said at `column` of its first row; others end the whole. */
static int of_sheet(struct entering *en, const struct row *row, int column, int rc,
		    const struct err *why)
{
	switch (rc) {
	case 0:
		return 0;
	case -ERR_INVALID:
	case -ERR_STATE:
	case -ERR_DENIED:
	case -ERR_RANGE:
	case -ERR_NOTFOUND:
		problem_add(en, row, column, why);
		return 0;
	default:
		en->c->err = *why;
		return rc;
	}
}

static int keep_sheet(struct entering *en, struct entry_sheet *s, const struct row *row)
{
	struct entry_how how = en->how;
	struct entry_judgement j = { .blocking = 0 };
	struct err why = { 0 };
	struct op_id id;
	int rc;

	if (!options.submit)
		return of_sheet(en, row, F_FROM, entry_save(s, options.old, &why), &why);
	how.nil_month = en->nil;
	if (row->cells[F_SOURCE].len)
		how.source = arena_str(en->c->arena, row->cells[F_SOURCE]);
	sign_as_told(en->c, s, &how);
	rc = entry_submit(s, &how, cli_now(en->c), &id, &j, &why);
	rc = judged_words(en->c, entry_form(s), &j, rc, &why);
	return of_sheet(en, row,
			j.blank_count ? F_MEASURE
			: j.blocking  ? F_VALUE
				      : F_FROM,
			rc, &why);
}

static int enter_group(struct entering *en, const struct row *first, const struct row *last)
{
	char form[CODE_MAX + 1] = "";
	struct entry_sheet *s = NULL;
	const struct unit *u = NULL;
	struct period p = { 0, 0 };
	struct err why = { 0 };
	bool ok = read_head(en, first, &u, &p);
	int rc = 0;

	en->nil = false;
	if (!ok || first->cells[F_FORM].len > CODE_MAX)
		return 0;
	memcpy(form, first->cells[F_FORM].data, first->cells[F_FORM].len);
	rc = entry_open(&s, en->c->client, u->unit, form, p, cli_now(en->c), &why);
	if (rc)
		return of_sheet(en, first, F_FROM, rc, &why);
	ok = first_time(en, first, (struct draft_key){ u->unit, entry_form(s)->no, p });
	for (const struct row *r = first; ok && r <= last; r++)
		ok = set_figure(en, s, r, first) && ok;
	if (ok)
		rc = keep_sheet(en, s, first);
	entry_close(s);
	return rc;
}

/* ---- all or none ---- */

static int enter_all(struct entering *en)
{
	int rc = client_begin(en->c->client, &en->c->err);

	if (rc)
		return rc;
	for (size_t i = 0; i < en->count && !rc;) {
		size_t last = i;

		while (last + 1 < en->count && together(&en->rows[i], &en->rows[last + 1]))
			last++;
		rc = enter_group(en, &en->rows[i], &en->rows[last]);
		i = last + 1;
	}
	if (rc || en->problem_count || options.dry_run) {
		client_abort(en->c->client);
		return rc;
	}
	return client_commit(en->c->client, &en->c->err);
}

static int tell_problems(struct entering *en)
{
	json_t *list = json_array();
	char text[ERR_TEXT_MAX];
	size_t shown = en->problem_count < ENTER_PROBLEMS_MAX ? en->problem_count
							      : ENTER_PROBLEMS_MAX;
	int rc;

	for (size_t i = 0; i < shown; i++) {
		fprintf(stderr, "%s: %s\n", en->path,
			lang_err(&en->problems[i], text, sizeof(text)));
		json_array_append_new(list, json_string(en->problems[i].msg));
	}
	if (en->problem_count > shown)
		lang_print(stderr, _("%s: and %zu more\n"), en->path, en->problem_count - shown);
	fprintf(stderr, _("ketnap: %s: nothing of it was kept\n"), en->path);
	en->c->err_printed = true;
	rc = err_set(&en->c->err, ERR_INVALID, "%s: %zu problems", en->path, en->problem_count);
	if (!en->c->json) {
		json_decref(list);
		return rc;
	}
	show_json(en->c,
		  json_pack("{s:b, s:I, s:I, s:o}", "ok", 0, "rows", (json_int_t)en->count,
			    "problem_count", (json_int_t)en->problem_count, "problems", list));
	return rc;
}

static int show_entered(struct entering *en)
{
	struct cli *c = en->c;

	if (c->json)
		return show_json(c, json_pack("{s:b, s:I, s:I, s:I, s:I, s:s}", "ok", 1, "rows",
					      (json_int_t)en->count, "sheets",
					      (json_int_t)en->sheet_count, "nil",
					      (json_int_t)en->nil_months, "figures",
					      (json_int_t)en->figures, "state",
					      options.dry_run  ? "dry-run"
					      : options.submit ? "queued"
							       : "draft"));
	if (options.dry_run)
		lang_print(c->out, _("%s: %zu sheets with %zu figures understood, nothing kept\n"),
			   en->path, en->sheet_count, en->figures);
	else if (options.submit)
		lang_print(
			c->out,
			_("%s: %zu sheets signed and queued; they count once the server has confirmed them\n"),
			en->path, en->sheet_count);
	if (!options.dry_run && en->nil_months)
		lang_print(c->out, _("  %zu of them are months without events\n"), en->nil_months);
	if (!options.dry_run && !options.submit)
		lang_print(
			c->out,
			_("%s: %zu sheets kept as drafts; they count nowhere until they are signed\n"),
			en->path, en->sheet_count);
	return 0;
}

static int prepare(struct entering *en, const char *path)
{
	struct cli *c = en->c;
	const char *slash = strrchr(path, '/');
	struct arena *a = c->arena;

	en->path = path;
	en->grouping = -1;
	for (size_t i = 0; i < F_COLUMNS; i++)
		en->date_style[i] = -1;
	en->rows = arena_array(a, ENTER_ROWS_MAX, sizeof(*en->rows));
	en->sheets = arena_array(a, ENTER_ROWS_MAX, sizeof(*en->sheets));
	en->sheet_line = arena_array(a, ENTER_ROWS_MAX, sizeof(*en->sheet_line));
	en->source = arena_printf(a, "enter --file %.200s", slash ? slash + 1 : path);
	if (!en->rows || !en->sheets || !en->sheet_line || !en->source)
		return err_set(&c->err, ERR_NOMEM, "no memory to enter a file");
	if (options.cumulative || options.unit)
		return cli_usage(c,
				 _("--cumulative and --unit go with one sheet, not with --file"));
	if (options.nil)
		return cli_usage(c, _("in a file, rows of measure `nil` say which months are nil"));
	if (options.on_behalf && (!options.from || !options.reason))
		return cli_usage(
			c, _("--on-behalf needs --from \"telephone, who\" and --reason TEXT"));
	if (sign_options(c, &en->how))
		return -(int)c->err.code;
	en->how.source = en->source;
	return 0;
}

int enter_file(struct cli *c, const char *path)
{
	struct entering *en = arena_alloc(c->arena, sizeof(*en));
	const struct unit *own;
	struct buf text;
	int rc;

	if (!en)
		return err_set(&c->err, ERR_NOMEM, "no memory to enter a file");
	en->c = c;
	buf_init(&text, FILE_MAX);
	rc = prepare(en, path);
	if (!rc)
		rc = ask_unit(c, NULL, &own);
	if (!rc)
		rc = whole_read(&text, path, FILE_MAX, &c->err);
	if (!rc) {
		rc = read_rows(en, buf_span(&text));
		if (rc)
			err_wrap(&c->err, rc, "%s: nothing of it was kept", path);
	}
	if (!rc && !en->problem_count)
		rc = enter_all(en);
	buf_fini(&text);
	if (!rc && en->problem_count)
		return tell_problems(en);
	return rc ? rc : show_entered(en);
}
