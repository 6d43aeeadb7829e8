#include "import_show.h"
#include "show.h"

#include <stdlib.h>
#include <unistd.h>

enum { FILE_MAX = 256 << 20 };

static void show_progress(void *ctx, size_t done, size_t all)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu/%zu%s", done, all, done == all ? "\n" : "");
}

static int show_result_json(struct cli *c, const struct import_result *r, bool ok)
{
	json_t *problems = json_array(), *notes = json_array();

	for (size_t i = 0; i < r->problem_count && i < IMPORT_PROBLEMS_MAX; i++)
		json_array_append_new(problems, json_pack("{s:I, s:s}", "line",
							  (json_int_t)r->problems[i].line, "text",
							  r->problems[i].why.msg));
	for (size_t i = 0; i < r->note_count && i < IMPORT_NOTES_MAX; i++)
		json_array_append_new(notes, json_string(r->notes[i].msg));
	return show_json(
		c, json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:b, s:I, s:o, s:I, s:o}", "ok", ok,
			     "rows", (json_int_t)r->rows, "entries", (json_int_t)r->entries,
			     "skipped", (json_int_t)r->skipped, "stands", (json_int_t)r->stands,
			     "done_line", (json_int_t)r->done_line, "dry_run", options.dry_run,
			     "problem_count", (json_int_t)r->problem_count, "problems", problems,
			     "note_count", (json_int_t)r->note_count, "notes", notes));
}

static void show_result(struct cli *c, const struct import_result *r, const char *path)
{
	char text[ERR_TEXT_MAX];

	for (size_t i = 0; options.dry_run && i < r->preview_count; i++)
		fprintf(c->out, "  %s\n", r->preview[i]);
	for (size_t i = 0; i < r->note_count && i < IMPORT_NOTES_MAX; i++)
		fprintf(c->out, "  %s\n", lang_err(&r->notes[i], text, sizeof(text)));
	if (r->note_count > IMPORT_NOTES_MAX)
		lang_print(c->out, _("  and %zu more of this kind\n"),
			   r->note_count - IMPORT_NOTES_MAX);
	if (r->skipped)
		lang_print(c->out, _("%s: %zu rows had been written before\n"), path, r->skipped);
	if (r->stands)
		lang_print(c->out, _("%s: %zu rows stand already and make no entry\n"), path,
			   r->stands);
	if (options.dry_run)
		lang_print(c->out, _("%s: %zu rows understood, %zu entries would be written\n"),
			   path, r->rows, r->entries);
	else
		lang_print(c->out, _("%s: %zu rows, %zu entries\n"), path, r->rows, r->entries);
}

/* The rows, one by one, then what is in the store now. */
static void show_problems(struct cli *c, const struct import_result *r, const char *path)
{
	char text[ERR_TEXT_MAX];

	for (size_t i = 0; i < r->problem_count && i < IMPORT_PROBLEMS_MAX; i++)
		fprintf(c->say, "%s: %s\n", path,
			lang_err(&r->problems[i].why, text, sizeof(text)));
	if (r->problem_count > IMPORT_PROBLEMS_MAX)
		lang_print(c->say, _("%s: and %zu more\n"), path,
			   r->problem_count - IMPORT_PROBLEMS_MAX);
	if (r->done_line)
		lang_print(
			c->say,
			_("ketnapd: %s: written up to line %zu and no further; put right what follows and "
			  "import it as a file of its own\n"),
			path, r->done_line);
	else
		fprintf(c->say, _("ketnapd: %s: nothing was written\n"), path);
}

int import_file(struct cli *c, enum import_kind kind, const char *path)
{
	struct import_how how = { .by = c->by,
				  .file = path,
				  .reason = options.reason,
				  .now_ms = cli_now(c),
				  .dry_run = options.dry_run,
				  .chunked = options.chunked,
				  .key = &c->store.log_key,
				  .progress = c->desk ? NULL : show_progress };
	struct import_result *r = arena_alloc(c->arena, sizeof(*r));
	uint8_t *text;
	size_t len;
	int rc = cli_file(c, &text, &len, path, FILE_MAX);

	if (rc)
		return rc;
	how.file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	rc = r ? import_csv(r, c->store.ledger, kind, span_of(text, len), &how, c->arena, &c->err)
	       : err_set(&c->err, ERR_NOMEM, "no memory to import");
	free(text);
	if (r && c->json && (!rc || r->problem_count)) {
		int shown = show_result_json(c, r, !rc);

		rc = shown ? shown : rc;
	} else if (!rc)
		show_result(c, r, path);
	if (rc && r && r->problem_count) {
		show_problems(c, r, path);
		c->err_printed = true;
	}
	if (rc && r && r->done_line) /* by chunks, and some of them are there */
		return err_wrap(&c->err, rc, "%s: not all of it was written", path);
	return rc ? err_wrap(&c->err, rc, "%s: nothing was written", path) : 0;
}

int cmd_import(struct cli *c, int argc, char **argv)
{
	enum import_kind kind;

	(void)argc;
	if (!strcmp(argv[1], "form"))
		return import_form(c, argv[2]);
	if (!import_kind_parse(&kind, argv[1]))
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID,
				   "%s cannot be imported; tree, members, targets, figures, "
				   "claims or form",
				   argv[1]));
	if (options.reason && kind != IMPORT_FIGURES)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "--reason TEXT goes with figures alone"));
	return import_file(c, kind, argv[2]);
}
