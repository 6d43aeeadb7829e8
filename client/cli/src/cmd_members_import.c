/* members import: what another program kept, shown first, then taken whole or not at all. */
#include "members_cmd.h"

#include "client/alike.h"
#include "domain/members.h"

enum { FILE_MAX = 64 << 20, ROWS_SHOWN = 5, PROBLEMS_SHOWN = 20 };

static void tell_problems(struct cli *c, const struct member_list *list)
{
	char text[1024];

	for (size_t i = 0; i < list->problem_count && i < MEMBER_PROBLEMS_MAX && i < PROBLEMS_SHOWN;
	     i++)
		lang_print(stderr, _("ketnap: line %zu: %s\n"), list->problems[i].line,
			   lang_err(&list->problems[i].why, text, sizeof(text)));
	(void)c;
}

/* Rows of another unit: this device keeps the register of its own. */
static int check_units(struct book *r, const struct member_list *list)
{
	struct cli *c = r->desk.c;
	const char *own = unit_code(c, client_identity(c->client)->unit);

	for (size_t i = 0; i < list->count; i++)
		if (list->rows[i].unit.len && !span_eq(list->rows[i].unit, span_str(own)))
			return err_set(&c->err, ERR_INVALID,
				       "line %zu: %.*s is not the unit of this device (%s)",
				       list->rows[i].line, (int)list->rows[i].unit.len,
				       list->rows[i].unit.data, own);
	return 0;
}

/* The card number of another person is never taken, whatever is said of those who are alike. */
static int check_cards(const struct alike_row *here, const struct member_list *list, struct cli *c)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		if (here[i].how == ALIKE_CARD && count++ < PROBLEMS_SHOWN)
			lang_print(stderr,
				   here[i].in
					   ? _("ketnap: line %zu: card: a case here has another "
					       "person with this number\n")
					   : _("ketnap: line %zu: card: a member here is another "
					       "person with this number\n"),
				   list->rows[i].line);
	return count ? err_set(&c->err, ERR_INVALID, "%zu rows cannot be taken; nothing was", count)
		     : 0;
}

static void tell_alike(struct cli *c, const struct member_row *row, const struct alike_row *here)
{
	if (row->like != LIKE_NONE)
		lang_print(stderr, _("ketnap: line %zu: like line %zu\n"), row->line,
			   row->like_line);
	if (here->how == ALIKE_PERSON && here->in)
		lang_print(stderr,
			   _("ketnap: line %zu: case %s of %s has the same name and birth date; it "
			     "stands at: %s\n"),
			   row->line, case_id_text(c, here->in->r), unit_code(c, here->in->r->unit),
			   _(case_stage_text(here->in->stage)));
	else if (here->how == ALIKE_PERSON && row->like == LIKE_NONE)
		lang_print(stderr, _("ketnap: line %zu: is here already\n"), row->line);
}

/* Who is like somebody else, in the file or here: for a person to decide, by the word behind the file. */
static int check_alike(struct book *r, const struct case_writer *w, const struct member_list *list,
		       bool *alike, bool take)
{
	struct cli *c = r->desk.c;
	struct alike_row *here = arena_array(c->arena, list->count + 1, sizeof(*here));
	struct alike_cases open;
	size_t count = 0;
	int rc;

	if (!here)
		return err_set(&c->err, ERR_NOMEM, "no memory for %zu members", list->count);
	rc = alike_cases_open(&open, w, r->desk.cases, &c->err);
	for (size_t i = 0; !rc && i < list->count; i++)
		here[i] = alike_row_find(r->at, r->count, &open, &list->rows[i]);
	if (!rc)
		rc = check_cards(here, list, c);
	if (rc)
		return rc;
	for (size_t i = 0; i < list->count; i++) {
		const struct member_row *row = &list->rows[i];

		alike[i] = row->like != LIKE_NONE || here[i].how == ALIKE_PERSON;
		if (alike[i] && count++ < PROBLEMS_SHOWN)
			tell_alike(c, row, &here[i]);
	}
	if (!count || take)
		return 0;
	return err_set(
		&c->err, ERR_EXISTS,
		"%zu rows have the name and birth date, or the card number, of somebody else; "
		"write alike=skip or alike=take",
		count);
}

static void show_rows(struct cli *c, const struct member_list *list)
{
	for (size_t i = 0; i < list->count && i < ROWS_SHOWN; i++) {
		const struct member_row *row = &list->rows[i];

		fprintf(c->out, "  %.*s, %s, %.*s, %s\n", (int)row->name.len, row->name.data,
			show_day(c->arena, row->birth), (int)row->card.len, row->card.data,
			show_day(c->arena, row->admitted));
	}
}

static int take_list(struct book *r, const struct member_list *list, const char *alike_word,
		     const char *encoding)
{
	struct cli *c = r->desk.c;
	struct case_writer w = desk_writer(&r->desk);
	bool *alike = arena_array(c->arena, list->count + 1, sizeof(*alike));
	bool skip = alike_word && !strcmp(alike_word, "skip");
	bool take = alike_word && !strcmp(alike_word, "take");
	size_t count = 0;
	int rc = alike ? check_units(r, list) : err_set(&c->err, ERR_NOMEM, "out of memory");

	if (!rc)
		rc = check_alike(r, &w, list, alike, skip || take || options.dry_run);
	for (size_t i = 0; i < list->count && !rc; i++) {
		alike[i] = alike[i] && skip;
		count += !alike[i];
	}
	if (!rc && list->encoding && !options.dry_run &&
	    (!encoding || strcmp(encoding, list->encoding)))
		rc = err_set(
			&c->err, ERR_STATE,
			"the text was converted from %s: look at it with --dry-run, then write "
			"encoding=%s",
			list->encoding, list->encoding);
	if (!rc && !c->json)
		show_rows(c, list);
	if (!rc && !options.dry_run)
		rc = case_write_members(&w, list, alike, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c,
				 json_pack("{s:I, s:I, s:s?, s:b}", "rows", (json_int_t)list->count,
					   "taken", (json_int_t)count, "encoding", list->encoding,
					   "dry_run", options.dry_run));
	lang_print(c->out,
		   options.dry_run ? _("%zu members could be taken; nothing was written\n")
				   : _("%zu members are queued here\n"),
		   count);
	return 0;
}

int members_import(struct book *r, int argc, char **argv)
{
	struct cli *c = r->desk.c;
	const char *alike = NULL, *encoding = NULL;
	struct member_list list;
	struct buf bytes;
	int rc = members_role(c);

	for (int i = 3; i < argc && !rc; i++)
		if (!is_pair(argv[i], "alike", &alike) && !is_pair(argv[i], "encoding", &encoding))
			rc = cli_usage(c, _("members import: write FILE [alike=skip|take] "
					    "[encoding=TCVN3|VNI]"));
	buf_init(&bytes, FILE_MAX);
	if (!rc)
		rc = whole_read(&bytes, argv[2], FILE_MAX, &c->err);
	if (!rc)
		rc = members_parse(&list, buf_span(&bytes), r->desk.today, c->arena, &c->err);
	if (!rc && list.problem_count) {
		tell_problems(c, &list);
		rc = err_set(&c->err, ERR_INVALID, "%zu rows cannot be taken; nothing was",
			     list.problem_count);
	}
	if (!rc)
		rc = take_list(r, &list, alike, encoding);
	buf_fini(&bytes);
	return rc;
}
