/* enter: figures into a draft, kept here. One sheet on the command line, many from a file. */
#include "counting.h"
#include "forming.h"
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

struct entered {
	const struct unit *unit;
	struct period period;
	int typed;
	size_t filled; /* from the register */
};

static int show_entered(struct cli *c, struct entry_sheet *s, const struct entered *n)
{
	const struct form *f = entry_form(s);
	struct entry_judgement j;
	struct counting k;
	struct forming m;
	bool beside, forms;
	int rc = entry_judge(s, &j, &c->err);

	if (rc)
		return rc;
	beside = counting_beside(&k, c, n->unit, s, n->period);
	forms = forming_beside(&m, c, n->unit, s, n->period);
	if (c->json) {
		rc = show_json(
			c, json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:b, s:o, s:o, s:o, s:o}",
				     "unit", n->unit->code, "form", f->code, "period",
				     show_period(c->arena, n->period), "state", "draft", "typed",
				     n->typed, "filled", (json_int_t)n->filled, "on_behalf",
				     entry_on_behalf(s), "figures", json_figures(s), "judged",
				     json_judgement(c, f, &j), "differ",
				     beside  ? counting_json(&k)
				     : forms ? forming_json(&m)
					     : json_array(),
				     "origins", forms ? forming_origins(&m) : json_object()));
	} else {
		lang_print(c->out,
			   _("%s %s %s: %d figures kept as a draft; it counts nowhere until it is "
			     "signed\n"),
			   n->unit->code, f->code, show_period(c->arena, n->period), n->typed);
		if (n->filled)
			fprintf(c->out, _("  %zu more from the register\n"), n->filled);
		tell_judgement(c, f, &j, c->out);
		if (beside)
			counting_tell(&k, c->out);
		if (forms)
			forming_tell(&m, c, c->out);
	}
	if (beside)
		counting_close(&k);
	return rc;
}

/* What is blank, from the register; after what was typed, so that it is never written over. */
static int fill(struct cli *c, struct entry_sheet *s, struct entered *n)
{
	struct counting k;
	struct forming m;
	int rc;

	if (forming_beside(&m, c, n->unit, s, n->period))
		return forming_fill(&m, s, &n->filled, &c->err);
	if (!counting_beside(&k, c, n->unit, s, n->period))
		return err_set(&c->err, ERR_NOTFOUND,
			       "the register here has nobody to fill this sheet from");
	rc = counting_fill(&k, s, &n->filled);
	counting_close(&k);
	return rc;
}

static int enter_sheet(struct cli *c, int argc, char **argv)
{
	struct entered n = { .typed = argc - 3 };
	struct entry_sheet *s = NULL;
	bool old_ok;
	int rc = ask_unit(c, options.unit, &n.unit);

	if (!rc)
		rc = ask_period(c, argv[2], &n.period);
	if (!rc)
		rc = ask_open(c, &s, n.unit, argv[1], n.period);
	if (!rc)
		rc = ask_age(c, s, &old_ok);
	for (int i = 3; i < argc && !rc; i++)
		rc = set_one(c, s, argv[i]);
	if (!rc && options.from_register)
		rc = fill(c, s, &n);
	if (!rc)
		rc = entry_save(s, old_ok, &c->err);
	if (!rc)
		rc = show_entered(c, s, &n);
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
	if (argc < (options.from_register ? 3 : 4))
		return cli_usage(c, _("enter FORM PERIOD measure=value ..., or --file FILE"));
	return enter_sheet(c, argc, argv);
}
