#include "forming.h"

bool forming_beside(struct forming *k, struct cli *c, const struct unit *u,
		    const struct entry_sheet *s, struct period p)
{
	struct forming_from from = { .c = c->client, .a = c->arena };
	struct err kept = c->err;
	struct desk d = { .c = c };
	bool open;

	if (!forming_has(entry_form(s)))
		return false;
	open = forming_of_persons(entry_form(s)) && !desk_open(&d, c);
	from.keys = d.keys;
	from.cases = d.cases;
	forming_read(k, open ? &from : NULL, u, s, p);
	desk_close(&d);
	c->err = kept;
	return true;
}

json_t *forming_json(const struct forming *k)
{
	json_t *differ = json_array();

	for (size_t i = 0; i < k->form->measure_count; i++)
		if (k->cells[i].differs)
			json_array_append_new(
				differ, json_pack("{s:s, s:I, s:I, s:[], s:[]}", "measure",
						  k->cells[i].m->code, "typed",
						  (json_int_t)k->cells[i].typed.value, "counted",
						  (json_int_t)k->cells[i].counted.value, "cases",
						  "members"));
	return differ;
}

json_t *forming_origins(const struct forming *k)
{
	json_t *origins = json_object();

	for (size_t i = 0; i < k->form->measure_count; i++)
		if (*k->cells[i].origin)
			json_object_set_new(origins, k->cells[i].m->code,
					    json_string(k->cells[i].origin));
	return origins;
}

static void tell_unknown(const struct forming *k, const struct cli *c, FILE *to)
{
	static const char *const what[FORM_GROUPS] = {
		[GROUP_OCCUPATION] = N_("occupation"),
		[GROUP_AGE] = N_("birth date that can be opened here"),
		[GROUP_EDUCATION] = N_("general education"),
		[GROUP_DEGREE] = N_("degree"),
	};

	for (int g = 0; g < FORM_GROUPS; g++)
		if (k->n.unknown[g] && what[g])
			fprintf(to,
				_("  %s of the %s persons admitted have no %s in the register: type "
				  "these cells, or complete the register\n"),
				show_number(c->arena, k->n.unknown[g]),
				show_number(c->arena, k->n.persons), _(what[g]));
}

void forming_tell(const struct forming *k, struct cli *c, FILE *to)
{
	size_t sheets = 0, people = 0, typed = 0;

	for (size_t i = 0; i < k->form->measure_count; i++) {
		const struct formed *cell = &k->cells[i];

		sheets += !strcmp(cell->origin, "sheets");
		people += !strcmp(cell->origin, "register");
		typed += !strcmp(cell->origin, "typed");
		if (!cell->differs)
			continue;
		if (cell->m->from == FROM_REGISTER)
			fprintf(to, _("  please compare: %s: typed %s, the register counts %s\n"),
				measure_name(c, cell->m->code),
				show_number(c->arena, cell->typed.value),
				show_number(c->arena, cell->counted.value));
		else
			fprintf(to,
				_("  please compare: %s: here %s, the other sheets come to %s\n"),
				measure_name(c, cell->m->code),
				show_number(c->arena, cell->typed.value),
				show_number(c->arena, cell->counted.value));
	}
	fprintf(to, _("  figures from other sheets: %zu, from the register: %zu, typed: %zu\n"),
		sheets, people, typed);
	tell_unknown(k, c, to);
}
