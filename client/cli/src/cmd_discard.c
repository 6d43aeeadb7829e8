/* discard: drop a draft, of a sheet that can be opened or not. What was typed is told once more. */
#include "ask.h"
#include "stuck_show.h"

struct wanted {
	struct draft_key key; /* as it was asked for, then as it is kept */
	struct draft draft;
	bool found;
};

/* A flash is asked for by its day, and kept from the first of the month. */
static int each_draft(void *ctx, const struct draft_key *k, const struct draft *d, struct err *e)
{
	struct wanted *w = ctx;
	struct period asked = w->key.period;

	(void)e;
	if (w->found || k->unit != w->key.unit || k->form != w->key.form ||
	    k->period.to != asked.to || (asked.from != asked.to && k->period.from != asked.from))
		return 0;
	w->key = *k;
	w->draft = *d;
	w->found = true;
	return 0;
}

static int find(struct cli *c, struct wanted *w, const char *form, const char *period)
{
	const struct form *f = ledger_form_code(client_base(c->client), span_str(form), &c->err);
	const struct unit *u = NULL;
	int rc = f ? ask_unit(c, options.unit, &u)
		   : err_set(&c->err, ERR_NOTFOUND, "there is no form %s", form);

	if (!rc)
		rc = ask_period(c, period, &w->key.period);
	if (rc)
		return rc;
	w->key.unit = u->unit;
	w->key.form = f->no;
	rc = drafts_each(c->client, each_draft, w, &c->err);
	if (!rc && !w->found)
		rc = err_set(&c->err, ERR_NOTFOUND, "there is no draft of %s %s %s", u->code, form,
			     period);
	return rc;
}

static json_t *json_figures(struct cli *c, const struct draft *d)
{
	json_t *j = json_object();

	for (size_t i = 0; i < d->figure_count; i++)
		json_object_set_new(j, measure_code(c, d->figures[i].measure),
				    d->figures[i].state == FIGURE_BLANK
					    ? json_null()
					    : json_integer(d->figures[i].value));
	return j;
}

static void show_dropped(struct cli *c, const struct wanted *w)
{
	fprintf(c->out, _("%s %s %s: the draft is dropped; it said"), unit_code(c, w->key.unit),
		form_code(c, w->key.form), draft_period(c, &w->key));
	for (size_t i = 0; i < w->draft.figure_count; i++) {
		const struct op_figure *f = &w->draft.figures[i];

		fprintf(c->out, "%s %s=%s", i ? "," : "", measure_code(c, f->measure),
			f->state == FIGURE_BLANK ? "" : show_number(c->arena, f->value));
	}
	fputc('\n', c->out);
}

int cmd_discard(struct cli *c, int argc, char **argv)
{
	struct wanted *w = arena_alloc(c->arena, sizeof(*w));
	int rc;

	(void)argc;
	if (!w)
		return err_set(&c->err, ERR_NOMEM, "no memory for a sheet");
	*w = (struct wanted){ .found = false };
	rc = find(c, w, argv[1], argv[2]);
	if (!rc)
		rc = drafts_drop(c->client, &w->key, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:s, s:o}", "unit",
					      unit_code(c, w->key.unit), "form",
					      form_code(c, w->key.form), "period",
					      draft_period(c, &w->key), "figures",
					      json_figures(c, &w->draft)));
	show_dropped(c, w);
	return 0;
}
