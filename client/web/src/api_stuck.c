/* Drafts whose sheet can be signed here no more: shown with what was typed, and dropped when somebody says so. */
#include "api_sheet.h"

#include "client/stuck.h"

#include <string.h>

static json_t *json_typed(const struct form *f, const struct draft *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->figure_count; i++) {
		const struct op_figure *typed = &d->figures[i];
		const struct measure *m = form_measure(f, typed->measure);

		json_array_append_new(
			list, json_pack("{s:s, s:o, s:o}", "measure", m ? m->code : "?", "name",
					m ? json_both(m->name_vi, m->name_en) : json_both("?", "?"),
					"value",
					typed->state == FIGURE_BLANK ? json_null()
								     : json_integer(typed->value)));
	}
	return list;
}

static int add_stuck(struct call *k, const struct stuck *s, json_t *list)
{
	const struct form *f = ledger_form_newest(k->base, s->key.form, k->e);
	struct draft *d = arena_alloc(k->a, sizeof(*d));
	struct period p = s->key.period;
	char why[ERR_TEXT_MAX];
	int rc;

	if (!f || !d)
		return f ? err_set(k->e, ERR_NOMEM, "no memory for a sheet") : -ERR_NOTFOUND;
	rc = drafts_get(k->c, &s->key, d, k->e);
	if (rc)
		return rc;
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o}", "unit",
				unit_code_of(k->base, s->key.unit), "unit_name",
				unit_name_of(k->base, s->key.unit, p.to, UINT64_MAX), "form",
				f->code, "form_name", json_both(f->name_vi, f->name_en), "period",
				f->period == FORM_DAY ? json_day(p.to) : json_period(p), "why",
				lang_err(&s->why, why, sizeof(why)), "seen", draft_seen(k->a, d),
				"figures", json_typed(f, d)));
	return 0;
}

/* As `stuck` of the answer, in the order of *found. */
static int list_stuck(struct call *k, const struct stuck **found, json_t **list)
{
	size_t count;
	int rc = stuck_list(found, &count, k->c, k->a, k->e);

	*list = json_array();
	json_object_set_new(k->out, "stuck", *list);
	for (size_t i = 0; i < count && !rc; i++)
		rc = add_stuck(k, &(*found)[i], *list);
	return rc;
}

int api_stuck(struct call *k)
{
	const struct stuck *found;
	json_t *list;

	return list_stuck(k, &found, &list);
}

/* What the page has shown, and nothing that was typed since. */
static bool is_meant(const json_t *row, const json_t *in)
{
	static const char *const keys[] = { "unit", "form", "period", "seen" };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(text_at(row, keys[i]), text_at(in, keys[i])) != 0)
			return false;
	return true;
}

int api_discard(struct call *k)
{
	const struct stuck *found;
	json_t *list;
	size_t at = 0;
	int rc = list_stuck(k, &found, &list);

	if (rc)
		return rc;
	while (at < json_array_size(list) && !is_meant(json_array_get(list, at), k->in))
		at++;
	if (at == json_array_size(list))
		return call_changed(k);
	rc = drafts_drop(k->c, &found[at].key, k->e);
	if (!rc)
		json_array_remove(list, at);
	return rc;
}
