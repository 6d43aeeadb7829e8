#include "stuck_show.h"

const char *draft_period(struct cli *c, const struct draft_key *k)
{
	struct err ignored = { 0 };
	const struct form *f = ledger_form_newest(client_base(c->client), k->form, &ignored);

	char day[DAY_TEXT_MAX];

	if (!f || f->period != FORM_DAY)
		return show_period(c->arena, k->period);
	return arena_printf(c->arena, "%s", day_iso(day, k->period.to));
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
