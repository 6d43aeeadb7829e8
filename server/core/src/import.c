#include "import_row.h"

#include "base/buf.h"
#include "crypto/hash.h"

#include <stdio.h>

static const struct csv_column tree_columns[] = {
	{ "code", true, false },  { "parent", true, true },   { "kind", true, false },
	{ "name", true, false },  { "reports", true, false }, { "opened", true, false },
	{ "closed", true, true }, { "act", false, true },     { "order", false, true },
	{ "type", false, true },  { "tags", false, true },    { "contact", false, true },
	{ "phone", false, true },
};
static const struct csv_column members_columns[] = {
	{ "unit", true, false },
	{ "date", true, false },
	{ "members", true, false },
};
static const struct csv_column targets_columns[] = {
	{ "unit", true, false },       { "period", true, false },     { "measure", true, false },
	{ "group", true, true },       { "instrument", true, false }, { "doc_no", true, true },
	{ "doc_date", true, true },    { "type", true, false },       { "value", true, true },
	{ "value_max", true, true },   { "rate", true, true },        { "base_date", true, true },
	{ "base_value", true, true },  { "issuer", false, true },     { "per", false, true },
	{ "supersedes", false, true }, { "reason", false, true },
};
static const struct csv_column figures_columns[] = {
	{ "unit", true, false },   { "form", true, false },    { "from", true, false },
	{ "to", true, false },     { "measure", true, false }, { "value", true, true },
	{ "approx", false, true }, { "source", false, true },  { "status", false, true },
};
static const struct csv_column claims_columns[] = {
	{ "id", true, false },     { "unit", true, false },    { "from", true, false },
	{ "to", true, false },     { "measure", true, false }, { "value", true, true },
	{ "percent", true, true }, { "of", true, true },       { "instrument", true, true },
	{ "source", true, true },  { "of_date", false, true }, { "doc_no", false, true },
	{ "approx", false, true }, { "how", false, true },
};

static const struct importer {
	const char *name;
	const struct csv_column *columns;
	size_t count;
} importers[] = {
	[IMPORT_TREE] = { "tree", tree_columns, ARRAY_LEN(tree_columns) },
	[IMPORT_MEMBERS] = { "members", members_columns, ARRAY_LEN(members_columns) },
	[IMPORT_TARGETS] = { "targets", targets_columns, ARRAY_LEN(targets_columns) },
	[IMPORT_FIGURES] = { "figures", figures_columns, ARRAY_LEN(figures_columns) },
	[IMPORT_CLAIMS] = { "claims", claims_columns, ARRAY_LEN(claims_columns) },
};

bool import_kind_parse(enum import_kind *out, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(importers); i++) {
		if (!strcmp(importers[i].name, name)) {
			*out = (enum import_kind)i;
			return true;
		}
	}
	return false;
}

/* ---- problems, cells ---- */

/* Every complaint says where: what is wrong with a row as a whole is said at its first column. */
static int at_column(const struct import *im, size_t line, int column, int rc, struct err *e)
{
	return err_wrap(e, rc, "line %zu, column %s", line,
			im->columns[column < 0 ? 0 : column].name);
}

int problem_add(struct import *im, const struct row *row, int column, const struct err *why)
{
	size_t i = im->out->problem_count++;
	struct err *kept;

	if (i >= IMPORT_PROBLEMS_MAX)
		return 0;
	im->out->problems[i].line = row->line;
	kept = &im->out->problems[i].why;
	*kept = *why;
	at_column(im, row->line, column, -ERR_INVALID, kept);
	return 0;
}

void note_add(struct import *im, const struct err *what)
{
	if (im->out->note_count < IMPORT_NOTES_MAX)
		im->out->notes[im->out->note_count] = *what;
	im->out->note_count++;
}

bool cell_date(struct import *im, const struct row *row, int column, day_t *out)
{
	struct span text = row->cells[column];
	enum day_style style;
	struct err why = { 0 };

	*out = 0;
	if (!text.len)
		return true;
	if (day_parse(out, &style, text, &why)) {
		problem_add(im, row, column, &why);
		return false;
	}
	if (im->date_style[column] >= 0 && im->date_style[column] != (int)style) {
		problem(im, row, column,
			"two ways to write a date in one column; use one throughout");
		return false;
	}
	im->date_style[column] = (int)style;
	return true;
}

bool cell_count(struct import *im, const struct row *row, int column, int64_t *out)
{
	struct span text = row->cells[column];
	enum text_grouping grouping;
	struct err why = { 0 };

	*out = 0;
	if (!text.len)
		return true;
	if (text_count(out, &grouping, text, &why)) {
		problem_add(im, row, column, &why);
		return false;
	}
	if (grouping == TEXT_PLAIN) /* fits beside any other style */
		return true;
	if (im->grouping[column] >= 0 && im->grouping[column] != (int)grouping) {
		problem(im, row, column,
			"two ways to group digits in one column; use one throughout");
		return false;
	}
	im->grouping[column] = (int)grouping;
	return true;
}

bool cell_percent(struct import *im, const struct row *row, int column, int64_t *digits,
		  uint8_t *decimals)
{
	struct span text = row->cells[column];
	struct err why = { 0 };
	unsigned count;
	bool comma;

	*digits = 0;
	*decimals = 0;
	if (!text.len)
		return true;
	if (text_percent(digits, &count, &comma, text, &why)) {
		problem_add(im, row, column, &why);
		return false;
	}
	*decimals = (uint8_t)count;
	if (!count)
		return true;
	if (im->percent_comma[column] >= 0 && im->percent_comma[column] != comma) {
		problem(im, row, column,
			"decimal point and decimal comma in one column; use one throughout");
		return false;
	}
	im->percent_comma[column] = comma;
	return true;
}

bool cell_unit(struct import *im, const struct row *row, int column, const struct unit **out)
{
	struct span code = row->cells[column];

	*out = tree_by_code(ledger_tree(im->l), code);
	if (!*out)
		problem(im, row, column, "there is no unit %.*s", (int)code.len,
			(const char *)code.data);
	return *out != NULL;
}

bool cell_measure(struct import *im, const struct row *row, int column)
{
	struct span code = row->cells[column];

	if (!code.len || ledger_measure(im->l, code))
		return true;
	problem(im, row, column, "no form has a measure %.*s", (int)code.len,
		(const char *)code.data);
	return false;
}

/* What op_check() complains of, "target.doc_no" or "reason", by the column it was read from; -1: of none. */
static int column_of_field(const struct import *im, const struct err *why)
{
	static const struct {
		const char *field, *column;
	} others[] = {
		{ "members.day", "date" },
		{ "claim.of_measure", "of" },
		{ "claim.period", "from" },
		{ "unit.unit", "code" },
	};
	const char *field = why->parts && why->part[0].argc ? why->args + why->part[0].arg_at[0]
							    : "";
	const char *dot = strchr(field, '.'), *name = dot ? dot + 1 : field;

	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(others[i].field, field))
			name = others[i].column;
	for (size_t i = 0; i < im->column_count; i++)
		if (!strncmp(name, im->columns[i].name, strcspn(name, " ")) &&
		    !im->columns[i].name[strcspn(name, " ")])
			return (int)i;
	return -1;
}

int row_act(struct import *im, const struct row *row, const struct op *op, const uint8_t *columns)
{
	enum op_code code;
	struct err why = { 0 };
	int rc;

	/* What a cell may hold and an entry may not, a line break for one: once in the log, it could not be
	 * read back. */
	if (op_check(op, &why) != CODE_OK) {
		problem_add(im, row, column_of_field(im, &why), &why);
		return 0;
	}
	rc = ledger_act_told(im->l, op, im->how->now_ms, NULL, &code, &why);
	if (!rc) {
		im->out->entries++;
		return 0;
	}
	if (rc == -ERR_INVALID || rc == -ERR_EXISTS || rc == -ERR_RANGE) {
		if (op->kind == OP_TARGET) /* whose it is, beside the rule */
			err_wrap(&why, rc, "%s", tree_get(ledger_tree(im->l), op->unit)->code);
		if (code == CODE_REASON_NEEDED && op->kind == OP_SHEET) /* no column is for it */
			err_wrap(&why, rc, "say it of the whole file by --reason TEXT");
		problem_add(im, row, columns[code] - 1, &why);
		return 0;
	}
	*im->e = why;
	return rc;
}

/* ---- reading ---- */

static int add_row(struct import *im, const struct span *cells, size_t line)
{
	struct row *row;

	if (im->row_count == im->row_cap) {
		size_t cap = im->row_cap ? im->row_cap * 2 : 1024;
		struct row *grown = arena_array(im->a, cap, sizeof(*grown));

		if (!grown)
			return err_set(im->e, ERR_NOMEM, "no memory for %zu rows", cap);
		if (im->row_count)
			memcpy(grown, im->rows, im->row_count * sizeof(*grown));
		im->rows = grown;
		im->row_cap = cap;
	}
	row = &im->rows[im->row_count++];
	row->line = line;
	for (size_t i = 0; i < im->column_count; i++) {
		row->cells[i] = arena_copy(im->a, cells[i]);
		if (cells[i].len && !row->cells[i].data)
			return err_set(im->e, ERR_NOMEM, "no memory for %zu rows", im->row_count);
	}
	return 0;
}

static int preview(struct import *im, const struct row *row)
{
	const char *shown;
	char line[512];
	size_t at = 0;

	if (im->out->preview_count == IMPORT_PREVIEW_ROWS)
		return 0;
	for (size_t i = 0; i < im->column_count && at < sizeof(line); i++) {
		struct span c = row->cells[i];

		if (c.len)
			at += (size_t)snprintf(line + at, sizeof(line) - at, "%s%s=%.*s",
					       at ? " " : "", im->columns[i].name, (int)c.len,
					       (const char *)c.data);
	}
	shown = arena_printf(im->a, "%zu: %s", row->line, line);
	if (!shown)
		return err_set(im->e, ERR_NOMEM, "no memory for %zu rows", im->row_count);
	im->out->preview[im->out->preview_count++] = shown;
	return 0;
}

static int read_rows(struct import *im, struct span text)
{
	struct span cells[COLUMNS_MAX];
	struct csv *csv;
	int rc = csv_open(&csv, text, im->columns, im->column_count, im->e);

	while (!rc) {
		struct err why = { 0 };

		rc = csv_next(csv, cells, &why);
		if (rc == 0)
			break;
		if (rc < 0) {
			if (rc == -ERR_NOMEM) {
				*im->e = why;
				break;
			}
			if (im->out->problem_count < IMPORT_PROBLEMS_MAX)
				im->out->problems[im->out->problem_count] =
					(struct import_problem){ csv_line(csv), why };
			im->out->problem_count++;
			rc = 0;
			if (im->out->problem_count > IMPORT_ROWS_MAX)
				break;
			continue;
		}
		rc = add_row(im, cells, csv_line(csv));
		if (!rc)
			rc = preview(im, &im->rows[im->row_count - 1]);
	}
	if (csv)
		im->end_line = csv_line(csv);
	csv_close(csv);
	im->out->rows = im->row_count + im->out->problem_count; /* all of them */
	return rc;
}

/* ---- all or none ---- */

static int run_rows(struct import *im, enum import_kind kind, size_t from, size_t to)
{
	switch (kind) {
	case IMPORT_TREE:
		return import_tree(im, from, to);
	case IMPORT_MEMBERS:
		return import_members(im, from, to);
	case IMPORT_TARGETS:
		return import_targets(im, from, to);
	case IMPORT_CLAIMS:
		return import_claims(im, from, to);
	case IMPORT_FIGURES:
		break;
	}
	return import_figures(im, from, to);
}

/* By line, however the checks came upon them. */
static void sort_problems(struct import_result *out)
{
	size_t count = out->problem_count < IMPORT_PROBLEMS_MAX ? out->problem_count
								: IMPORT_PROBLEMS_MAX;

	for (size_t i = 1; i < count; i++) {
		struct import_problem p = out->problems[i];
		size_t k = i;

		for (; k && out->problems[k - 1].line > p.line; k--)
			out->problems[k] = out->problems[k - 1];
		out->problems[k] = p;
	}
}

static int refused(struct import *im)
{
	sort_problems(im->out);
	return err_set(im->e, ERR_INVALID,
		       "%zu of %zu rows cannot be taken, nothing of them is written; the first: %s",
		       im->out->problem_count, im->out->rows, im->out->problems[0].why.msg);
}

static int run_chunk(struct import *im, enum import_kind kind, size_t from, size_t to,
		     const struct op *done)
{
	int rc = ledger_begin(im->l, im->e);

	if (rc)
		return rc;
	rc = run_rows(im, kind, from, to);
	if (!rc && im->out->problem_count)
		rc = refused(im);
	if (!rc && done)
		rc = ledger_act(im->l, done, im->how->now_ms, NULL, im->e);
	if (rc || im->how->dry_run) {
		ledger_abort(im->l);
		return rc;
	}
	return ledger_commit(im->l, im->how->key, NULL, im->e);
}

/* How many rows of this very file earlier runs have written: a setting named after its hash. */
static int rows_done(struct import *im, const char *key, size_t *done)
{
	struct buf value;
	int64_t count = 0;
	enum text_grouping grouping;
	int rc;

	buf_init(&value, 64);
	rc = ledger_setting(im->l, span_str(key), &value, im->e);
	if (!rc)
		rc = text_count(&count, &grouping, buf_span(&value), im->e);
	buf_fini(&value);
	*done = (size_t)count;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static size_t chunk_end(const struct import *im, enum import_kind kind, size_t from)
{
	size_t to = im->row_count - from > IMPORT_ROWS_MAX ? from + IMPORT_ROWS_MAX : im->row_count;

	while (kind == IMPORT_FIGURES && to < im->row_count && to > from + 1 &&
	       figures_together(im, to - 1))
		to--;
	return to;
}

static int run_chunks(struct import *im, enum import_kind kind, struct span text)
{
	char key[CODE_MAX + 1], hex[HASH_HEX_MAX], count[24];
	struct op done = { .kind = OP_SETTING, .source = im->source };
	struct hash h = hash_bytes(text);
	size_t at;
	int rc;

	snprintf(key, sizeof(key), "import.%s",
		 hex_encode(hex, h.b, 8)); /* a setting's key is a code */
	rc = rows_done(im, key, &at);
	if (!rc && at > im->row_count)
		rc = err_set(im->e, ERR_CORRUPT,
			     "the store says that %zu rows of this file are written", at);
	im->out->skipped = at;
	im->out->done_line = !rc && at ? im->rows[at - 1].line : 0;
	while (!rc && at < im->row_count) {
		size_t to = chunk_end(im, kind, at);

		snprintf(count, sizeof(count), "%zu", to);
		done.setting.key = span_str(key);
		done.setting.value = span_str(count);
		rc = run_chunk(im, kind, at, to, &done);
		at = to;
		if (!rc && !im->how->dry_run)
			im->out->done_line = im->rows[to - 1].line;
		if (!rc && im->how->progress)
			im->how->progress(im->how->ctx, at, im->row_count);
	}
	return rc;
}

int import_csv(struct import_result *out, struct ledger *l, enum import_kind kind, struct span text,
	       const struct import_how *how, struct arena *a, struct err *e)
{
	struct import im = { .l = l,
			     .how = how,
			     .out = out,
			     .a = a,
			     .e = e,
			     .columns = importers[kind].columns,
			     .column_count = importers[kind].count };
	const char *source = arena_printf(a, "%s: import %s %s", how->by, importers[kind].name,
					  how->file);
	int rc;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		im.date_style[i] = im.grouping[i] = im.percent_comma[i] = -1;
	if (!source)
		return err_set(e, ERR_NOMEM, "no memory to import");
	im.source = span_str(source);
	if (im.source.len > REASON_MAX)
		im.source.len = REASON_MAX;
	while (im.source.len && (source[im.source.len] & 0xC0) == 0x80)
		im.source.len--; /* not inside a character */
	rc = read_rows(&im, text);
	if (rc)
		return rc;
	if (!out->rows && !out->problem_count)
		return at_column(&im, im.end_line, 0,
				 err_set(e, ERR_INVALID, "the file has a header and no rows"), e);
	/* a row that cannot be read does not hide what is wrong with the others; units hang on each other */
	if (out->problem_count)
		return kind == IMPORT_TREE || out->rows > IMPORT_ROWS_MAX
			       ? refused(&im)
			       : run_chunk(&im, kind, 0, im.row_count, NULL);
	/* a tree that is tried dry hangs together: what no chunk leaves behind, the next one cannot stand on */
	if (how->chunked && !(kind == IMPORT_TREE && how->dry_run))
		return run_chunks(&im, kind, text);
	if (out->rows > IMPORT_ROWS_MAX && !how->chunked)
		return at_column(&im, im.rows[IMPORT_ROWS_MAX].line, 0,
				 err_set(e, ERR_RANGE, "%zu rows are more than %d; use --chunked",
					 out->rows, IMPORT_ROWS_MAX),
				 e);
	return run_chunk(&im, kind, 0, im.row_count, NULL);
}
