/* enter: figures into a draft, kept here. One sheet on the command line, many from a file. */
#include "ask.h"
#include "enter_file.h"

static int set_one(struct cli *c, struct entry_sheet *s, const char *text)
{
	const char *equals = strchr(text, '=');
	const struct form *f = entry_form(s);
	const struct measure *m;
	enum figure_state state;
	int64_t value;
	int rc;

	if (!equals)
		return err_set(&c->err, ERR_INVALID, "measure=value, not %s", text);
	m = form_measure_code(f, span_of(text, (size_t)(equals - text)));
	if (!m)
		return err_set(&c->err, ERR_NOTFOUND, "form %s has no measure %.*s", f->code,
			       (int)(equals - text), text);
	rc = ask_value(c, equals + 1, &state, &value);
	if (rc)
		return err_wrap(&c->err, rc, "%s", m->code);
	if (options.cumulative && state != FIGURE_BLANK)
		rc = entry_set_cumulative(s, m->no, value, &c->err);
	else
		rc = entry_set(s, m->no, state, value, &c->err);
	return rc;
}

static json_t *json_figures(struct entry_sheet *s)
{
	const struct form *f = entry_form(s);
	json_t *j = json_object();

	for (size_t i = 0; i < f->measure_count; i++) {
		struct entry_figure g = entry_figure(s, f->measures[i].no);

		if (g.known && g.state != FIGURE_BLANK)
			json_object_set_new(j, f->measures[i].code, json_integer(g.value));
	}
	return j;
}

static int show_entered(struct cli *c, struct entry_sheet *s, const struct unit *u, struct period p,
			int typed)
{
	const struct form *f = entry_form(s);
	struct entry_judgement j;
	int rc = entry_judge(s, &j, &c->err);

	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:s, s:s, s:i, s:b, s:o, s:o}", "unit",
					      u->code, "form", f->code, "period",
					      show_period(c->arena, p), "state", "draft", "typed",
					      typed, "on_behalf", entry_on_behalf(s), "figures",
					      json_figures(s), "judged", json_judgement(c, f, &j)));
	lang_print(
		c->out,
		_("%s %s %s: %d figures kept as a draft; it counts nowhere until it is signed\n"),
		u->code, f->code, show_period(c->arena, p), typed);
	tell_judgement(c, f, &j, c->out);
	return 0;
}

static int enter_sheet(struct cli *c, int argc, char **argv)
{
	struct entry_sheet *s = NULL;
	const struct unit *u;
	struct period p;
	bool old_ok;
	int rc = ask_unit(c, options.unit, &u);

	if (!rc)
		rc = ask_period(c, argv[2], &p);
	if (!rc)
		rc = ask_open(c, &s, u, argv[1], p);
	if (!rc)
		rc = ask_age(c, s, &old_ok);
	for (int i = 3; i < argc && !rc; i++)
		rc = set_one(c, s, argv[i]);
	if (!rc)
		rc = entry_save(s, old_ok, &c->err);
	if (!rc)
		rc = show_entered(c, s, u, p, argc - 3);
	entry_close(s);
	return rc;
}

int cmd_enter(struct cli *c, int argc, char **argv)
{
	if (options.file) {
		if (argc > 1)
			return cli_usage(c,
					 _("either FORM PERIOD measure=value ..., or --file FILE"));
		return enter_file(c, options.file);
	}
	if (options.on_behalf || options.from || options.reason)
		return cli_usage(
			c, _("--on-behalf, --from and --reason are said when the sheet is signed: "
			     "`ketnap submit`; or with --file"));
	if (argc < 4)
		return cli_usage(c, _("enter FORM PERIOD measure=value ..., or --file FILE"));
	return enter_sheet(c, argc, argv);
}
