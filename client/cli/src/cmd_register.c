/* case, class, meeting: the desk that the register's commands work at. */
#include "act_fields.h"
#include "case_cmd.h"

#include "client/outbox.h"

#include "base/csv.h"

#include <stdlib.h>

enum { LIST_MAX = 1 << 20, LIST_ROWS_MAX = 1024 };

int cmd_case(struct cli *c, int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(struct desk *d, int argc, char **argv);
		enum { ALL, OF_ONE, NO_CASE } reads; /* OF_ONE: whom the first word may mean */
	} parts[] = { { "open", case_open, NO_CASE },      { "step", case_step, OF_ONE },
		      { "correct", case_correct, OF_ONE }, { "settle", case_settle, OF_ONE },
		      { "list", case_list, ALL },          { "search", case_search, OF_ONE },
		      { "show", case_show, OF_ONE },       { "due", case_due, ALL },
		      { "key", case_key, NO_CASE },        { "count", case_count_month, NO_CASE },
		      { "move", case_move, OF_ONE },       { "accept", case_accept, OF_ONE },
		      { "refuse", case_refuse, OF_ONE },   { "recall", case_recall, OF_ONE } };
	struct desk d;
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (strcmp(parts[i].word, argv[1]))
			continue;
		if (parts[i].reads == OF_ONE && argc > 2)
			rc = desk_open_who(&d, c, argv[2]);
		else
			rc = parts[i].reads == ALL ? desk_open(&d, c) : desk_open_none(&d, c);
		if (!rc)
			rc = parts[i].run(&d, argc - 2, argv + 2);
		desk_close(&d);
		return rc;
	}
	return cli_usage(
		c,
		_("case: write open, step, correct, settle, list, search, show, due, count, key, move, "
		  "accept, refuse or recall"));
}

/* ---- many at once: a class, a meeting ---- */

/* A row of the list: whose step, which one, and what stands beside it. */
struct listed {
	size_t line, index;
	struct op op;
	struct person_fields paper;
};

static const struct csv_column list_columns[] = {
	{ "case", true, false }, { "step", true, false },   { "day", true, false },
	{ "no", false, true },   { "signer", false, true }, { "votes", false, true },
	{ "why", false, true },  { "to", false, true },
};
enum { COLUMN_CASE, COLUMN_STEP, COLUMN_DAY, COLUMN_DETAILS };

static int take_row(struct desk *d, struct listed *row, const struct span *fields)
{
	struct arena *a = d->c->arena;
	enum case_step_kind kind;
	day_t day;
	int rc = desk_find(d, arena_str(a, fields[COLUMN_CASE]), &row->index);

	if (!rc)
		rc = step_parse(d->c, arena_str(a, fields[COLUMN_STEP]), &kind);
	if (!rc)
		rc = day_parse(&day, NULL, fields[COLUMN_DAY], &d->c->err);
	if (rc)
		return rc;
	row->op = case_write_step_of(cases_at(d->cases, row->index), kind, day);
	for (size_t i = COLUMN_DETAILS; i < ARRAY_LEN(list_columns) && !rc; i++)
		if (fields[i].len)
			rc = step_detail(d, &row->op, &row->paper,
					 arena_printf(a, "%s=%.*s", list_columns[i].name,
						      (int)fields[i].len, fields[i].data));
	return rc;
}

static int read_list(struct desk *d, const char *path, struct listed **out, size_t *count)
{
	struct span fields[ARRAY_LEN(list_columns)], text;
	struct csv *csv = NULL;
	struct buf bytes;
	int rc;

	*count = 0;
	*out = arena_array(d->c->arena, LIST_ROWS_MAX, sizeof(**out));
	buf_init(&bytes, LIST_MAX);
	rc = *out ? whole_read(&bytes, path, LIST_MAX, &d->c->err)
		  : err_set(&d->c->err, ERR_NOMEM, "no memory for a list");
	text = rc ? (struct span){ NULL, 0 } : arena_copy(d->c->arena, buf_span(&bytes));
	buf_fini(&bytes);
	if (!rc)
		rc = csv_open(&csv, text, list_columns, ARRAY_LEN(list_columns), &d->c->err);
	while (!rc && (rc = csv_next(csv, fields, &d->c->err)) == 1) {
		struct listed *row = &(*out)[*count];

		rc = *count == LIST_ROWS_MAX
			     ? err_set(&d->c->err, ERR_RANGE, "more than %d rows", LIST_ROWS_MAX)
			     : take_row(d, row, fields);
		row->line = csv_line(csv);
		(*count)++;
		if (rc && d->c->err.code)
			rc = err_wrap(&d->c->err, rc, "line %zu", row->line);
	}
	csv_close(csv);
	return rc;
}

/* All of the list or nothing of it: one commit. A case twice on the list takes its steps in order. */
static int take_list(struct desk *d, struct listed *rows, size_t count)
{
	struct field_rules rules = { .holidays = NULL };
	struct cli *c = d->c;
	int rc = field_rules_read(c, &rules);

	if (!rc)
		rc = client_begin(c->client, &c->err);
	for (size_t i = 0; i < count && !rc; i++) {
		struct listed *row = &rows[i];

		for (size_t k = 0; k < i && !rc; k++)
			if (rows[k].index == row->index)
				rc = err_set(
					&c->err, ERR_INVALID,
					"lines %zu and %zu are of one case; one step at a time",
					rows[k].line, row->line);
		if (!rc)
			tell_findings(d, &rules, cases_at(d->cases, row->index), &row->op.step.step,
				      stderr);
		if (!rc)
			rc = desk_step(d, row->index, &row->op, &row->paper);
		if (rc)
			rc = err_wrap(&c->err, rc, "line %zu", row->line);
	}
	field_rules_fini(&rules);
	if (rc || options.dry_run) {
		client_abort(c->client);
		return rc;
	}
	return client_commit(c->client, &c->err);
}

static bool all_of(const struct listed *rows, size_t count, uint32_t kinds, size_t *line)
{
	for (size_t i = 0; i < count; i++) {
		*line = rows[i].line;
		if (!(kinds & CASE_BIT(rows[i].op.step.step.kind)))
			return false;
	}
	return true;
}

static int many(struct cli *c, const char *path, uint32_t kinds)
{
	struct listed *rows = NULL;
	struct desk d;
	size_t count = 0, line = 0;
	int rc = desk_open(&d, c);

	if (!rc)
		rc = read_list(&d, path, &rows, &count);
	if (!rc && !all_of(rows, count, kinds, &line))
		rc = err_set(&c->err, ERR_INVALID, "line %zu: that step is not one of this list",
			     line);
	if (!rc)
		rc = take_list(&d, rows, count);
	desk_close(&d);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:I, s:b}", "steps", (json_int_t)count, "dry_run",
					      options.dry_run));
	lang_print(c->out,
		   options.dry_run ? _("%zu steps could be taken; nothing was written\n")
				   : _("%zu steps are queued here, together\n"),
		   count);
	return 0;
}

int cmd_class(struct cli *c, int argc, char **argv)
{
	(void)argc;
	return many(c, argv[1],
		    CASE_BIT(STEP_SEND) | CASE_BIT(STEP_CERTIFY) | CASE_BIT(STEP_NEW_CLASS));
}

/* Of the body that decides, of a committee, of a cell: everything that a meeting resolves. */
int cmd_meeting(struct cli *c, int argc, char **argv)
{
	(void)argc;
	return many(c, argv[1],
		    CASE_BIT(STEP_LIST) | CASE_BIT(STEP_HELPER) | CASE_BIT(STEP_CELL) |
			    CASE_BIT(STEP_COMMITTEE) | CASE_BIT(STEP_SUBMIT) | CASE_BIT(STEP_ASK) |
			    CASE_BIT(STEP_RETURN) | CASE_BIT(STEP_AGREE) | CASE_BIT(STEP_DECIDE) |
			    CASE_BIT(STEP_CEREMONY) | CASE_BIT(STEP_REVIEW) |
			    CASE_BIT(STEP_RECOGNISE) | CASE_BIT(STEP_STRIKE_OFF) |
			    CASE_BIT(STEP_REFUSE));
}
