/* conflicts: figures, and fields of persons' records, with two values. differences: those on behalf that gave way. aside: ops that only a person may send again. */
#include "ask.h"
#include "correct_cmd.h"

#include "client/conflicts.h"
#include "client/lost.h"
#include "client/outbox.h"
#include "report/report.h"

struct listing {
	struct cli *c;
	json_t *list;
	size_t count;
};

/* "Nguyễn Văn A, D.A": two people of one unit are told apart. Without a name here, by number. */
static const char *author_words(struct cli *c, const struct conflict_version *v)
{
	const char *unit = unit_code(c, v->unit_of_author);
	char name[NAME_MAX_BYTES + 1] = "";

	if (!v->author)
		return unit;
	(void)client_name_of(c->client, v->author, name, NULL);
	if (name[0])
		return arena_printf(c->arena, "%s, %s", name, unit);
	return arena_printf(c->arena, _("person %u, %s"), v->author, unit);
}

static json_t *json_version(struct cli *c, const struct conflict_version *v)
{
	char text[VERSION_TEXT_MAX];

	return json_pack("{s:s, s:o, s:s, s:I, s:b, s:b, s:o, s:I}", "version",
			 version_text(text, v->id), "value",
			 v->state == FIGURE_BLANK ? json_null() : json_integer(v->value), "by_unit",
			 unit_code(c, v->unit_of_author), "by_person", (json_int_t)v->author,
			 "on_behalf", v->on_behalf, "counts", v->wins, "time",
			 json_instant(v->time_ms), "lsn", (json_int_t)v->lsn);
}

static const char *value_words(struct cli *c, const struct conflict_version *v)
{
	return v->state == FIGURE_BLANK ? _("blank")
	       : v->state == FIGURE_NIL ? "0"
					: show_number(c->arena, v->value);
}

static int each_conflict(void *ctx, const struct conflict *k, struct err *e)
{
	struct listing *g = ctx;
	struct cli *c = g->c;
	const char *measure = measure_code(c, k->measure);
	char text[VERSION_TEXT_MAX];
	json_t *versions = json_array();

	(void)e;
	g->count++;
	if (!c->json)
		fprintf(c->out, "%s %s %s %s (%s)\n", unit_code(c, k->unit), form_code(c, k->form),
			show_period(c->arena, k->period), measure, measure_name(c, measure));
	for (size_t i = 0; i < k->version_count; i++) {
		const struct conflict_version *v = &k->versions[i];

		json_array_append_new(versions, json_version(c, v));
		if (c->json)
			continue;
		fprintf(c->out, _("  %s by %s, %s: keep:%s%s\n"), value_words(c, v),
			author_words(c, v), show_minute(c->arena, v->time_ms),
			version_text(text, v->id), v->wins ? _(" (counts meanwhile)") : "");
	}
	json_array_append_new(g->list,
			      json_pack("{s:s, s:s, s:s, s:s, s:o}", "unit", unit_code(c, k->unit),
					"form", form_code(c, k->form), "period",
					show_period(c->arena, k->period), "measure", measure,
					"versions", versions));
	return 0;
}

/* What gave way is no contest, and easily overlooked: said here too, in its own words. */
static int tell_differences(struct cli *c)
{
	json_t *list = NULL;
	int rc = report_differences(&list, client_base(c->client), 0, false, c->arena, &c->err);

	if (!rc && json_array_size(list))
		lang_print(
			c->out,
			_("%zu figures entered on behalf gave way to other values of the unit's own: "
			  "`ketnap differences`\n"),
			json_array_size(list));
	json_decref(list);
	return rc;
}

int cmd_differences(struct cli *c, int argc, char **argv)
{
	const struct unit *u = NULL;
	json_t *list = NULL;
	int rc = options.unit ? ask_unit(c, options.unit, &u) : 0;

	(void)argc;
	(void)argv;
	if (!rc)
		rc = report_differences(&list, client_base(c->client), u ? u->unit : 0, u != NULL,
					c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	differences_words(c->out, list, client_base(c->client), c->arena);
	json_decref(list);
	return 0;
}

int cmd_conflicts(struct cli *c, int argc, char **argv)
{
	struct listing g = { .c = c, .list = json_array() };
	size_t records = 0;
	int rc = conflicts_each(c->client, each_conflict, &g, &c->err);

	(void)argc;
	(void)argv;
	if (!rc)
		rc = corrections_conflicts(c, g.list, &records);
	if (!rc && c->json)
		return show_json(c, g.list);
	json_decref(g.list);
	if (!rc && !g.count && !records)
		fprintf(c->out, _("no figure has two values\n"));
	return rc ? rc : tell_differences(c);
}

/* ---- aside ---- */

static bool is_aside(const struct own_op *op)
{
	return op->aside && op->verdict == VERDICT_NONE && !op->dropped && !op->remade_seq;
}

static int tell_aside(struct cli *c, const struct own_op *op, json_t *list)
{
	const char *now = unit_code(c, op->unit), *form = form_code(c, op->form);
	char version[VERSION_TEXT_MAX];
	struct lost_unit lost;
	int rc = lost_unit_of(&lost, c->client, op, &c->err);

	if (rc)
		return rc;
	version_text(version, op->id);
	if (c->json) {
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "op", version, "unit",
					lost.is ? lost.code : now, "form", form, "period",
					show_period(c->arena, op->period), "made",
					json_instant(op->made_ms), "lost",
					lost.is ? json_pack("{s:I, s:s}", "number",
							    (json_int_t)op->unit, "now", now)
						: json_null()));
		return 0;
	}
	fprintf(c->out, _("%s  %s %s %s, of %s\n"), version,
		lost.is ? lost_unit_words(c->arena, lost.code, op->unit, now) : now, form,
		show_period(c->arena, op->period), show_minute(c->arena, op->made_ms));
	return 0;
}

static int list_aside(struct cli *c)
{
	json_t *list = json_array();
	size_t count, found = 0;
	const struct own_op *ops = outbox_ops(c->client, &count);
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++) {
		if (!is_aside(&ops[i]))
			continue;
		found++;
		rc = tell_aside(c, &ops[i], list);
	}
	if (!rc && c->json)
		return show_json(c, list);
	json_decref(list);
	if (!rc && !found)
		fprintf(c->out, _("nothing waits for a decision\n"));
	else if (!rc)
		fprintf(c->out,
			_("`ketnap aside again OP` sends one anew, `ketnap aside drop OP` leaves it out\n"));
	return rc;
}

static int decide_aside(struct cli *c, const char *text, bool again)
{
	struct op_id id, remade;

	if (!version_parse(&id, text))
		return err_set(&c->err, ERR_INVALID, "%s names no entry; `ketnap aside` shows them",
			       text);
	return again ? outbox_remake(c->client, id, cli_now(c), &remade, &c->err)
		     : outbox_drop(c->client, id, &c->err);
}

int cmd_aside(struct cli *c, int argc, char **argv)
{
	bool again = argc > 1 && !strcmp(argv[1], "again");
	int rc;

	if (argc == 1)
		return list_aside(c);
	if (argc == 2 || (!again && strcmp(argv[1], "drop")))
		return cli_usage(c, _("aside, aside again OP ..., or aside drop OP ..."));
	rc = client_begin(c->client, &c->err);
	if (rc)
		return rc;
	for (int i = 2; i < argc && !rc; i++)
		rc = decide_aside(c, argv[i], again);
	if (rc)
		client_abort(c->client);
	else
		rc = client_commit(c->client, &c->err);
	return rc ? rc : list_aside(c);
}
