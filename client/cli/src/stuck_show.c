#include "stuck_show.h"

#include "client/entry.h"

const char *draft_period(struct cli *c, const struct draft_key *k)
{
	struct err ignored = { 0 };
	const struct form *f = ledger_form_newest(client_base(c->client), k->form, &ignored);

	char day[DAY_TEXT_MAX];

	if (!f || f->period != FORM_DAY)
		return show_period(c->arena, k->period);
	return arena_printf(c->arena, "%s", day_iso(day, k->period.to));
}

struct finding {
	struct stuck *list; /* NULL: they are only counted */
	size_t count;
};

static int each_draft(void *ctx, const struct draft_key *k, const struct draft *d, struct err *e)
{
	struct finding *f = ctx;

	(void)d;
	(void)e;
	if (f->list)
		f->list[f->count] = (struct stuck){ .key = *k };
	f->count++;
	return 0;
}

/* Can its sheet be opened, to be signed or blanked? Where forms or units have not been read yet it may still. */
static int try_open(struct cli *c, struct stuck *s, bool *opens)
{
	struct entry_sheet *sheet = NULL;
	int rc = entry_open(&sheet, c->client, s->key.unit, form_code(c, s->key.form),
			    s->key.period, cli_now(c), &s->why);

	entry_close(sheet);
	*opens = rc != -ERR_RANGE && rc != -ERR_DENIED;
	if (!*opens || !rc || rc == -ERR_NOTFOUND)
		return 0;
	c->err = s->why;
	return rc;
}

int stuck_list(struct cli *c, const struct stuck **out, size_t *count)
{
	struct finding f = { .count = 0 };
	size_t kept = 0;
	int rc = drafts_each(c->client, each_draft, &f, &c->err);

	if (!rc) {
		f.list = arena_array(c->arena, f.count + 1, sizeof(*f.list));
		f.count = 0;
		rc = f.list ? drafts_each(c->client, each_draft, &f, &c->err)
			    : err_set(&c->err, ERR_NOMEM, "no memory for a list");
	}
	for (size_t i = 0; i < f.count && !rc; i++) {
		bool opens;

		rc = try_open(c, &f.list[i], &opens);
		if (!rc && !opens)
			f.list[kept++] = f.list[i];
	}
	*out = f.list;
	*count = rc ? 0 : kept;
	return rc;
}

json_t *json_stuck(struct cli *c, const struct stuck *list, size_t count)
{
	json_t *j = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(
			j, json_pack("{s:s, s:s, s:s, s:s}", "unit", unit_code(c, list[i].key.unit),
				     "form", form_code(c, list[i].key.form), "period",
				     draft_period(c, &list[i].key), "reason", list[i].why.msg));
	return j;
}

void show_stuck(struct cli *c, const struct stuck *list, size_t count)
{
	char text[ERR_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		const char *unit = unit_code(c, list[i].key.unit),
			   *form = form_code(c, list[i].key.form),
			   *period = draft_period(c, &list[i].key);

		fprintf(c->out,
			_("  a draft that cannot be sent any more: %s %s %s: %s; it is kept until "
			  "`ketnap discard %s %s --unit %s` drops it\n"),
			unit, form, period, lang_err(&list[i].why, text, sizeof(text)), form,
			period, unit);
	}
}
