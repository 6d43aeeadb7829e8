#include "forming.h"

#include "client/roll.h"
#include "domain/case_rule.h"

#include <stdlib.h>

struct persons {
	struct forming *k;
	struct desk desk;
	const struct unit *unit;
	struct case_counting how;
};

static struct ledger *base(const struct forming *k)
{
	return client_base(k->c->client);
}

static bool inside(const struct persons *p, uint32_t unit)
{
	return tree_inside(ledger_tree(base(p->k)), unit, p->unit->unit, p->how.period.to,
			   UINT64_MAX);
}

static void add_person(struct persons *p, const struct person_codes *codes,
		       const struct person_fields *f, day_t admitted)
{
	struct form_person one = { .codes = *codes };
	day_t birth;

	one.age_known = f && person_fields_birth(f, &birth) && birth < admitted;
	if (one.age_known)
		one.age = months_between(birth, admitted) / 12;
	form_count_person(&p->k->n, &one);
}

static int add_cases(struct persons *p)
{
	struct case_step *steps = calloc(CASE_STEPS_MAX, sizeof(*steps));
	struct cli *c = p->k->c;

	if (!steps)
		return err_set(&c->err, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < cases_count(p->desk.cases); i++) {
		const struct case_record *r = cases_at(p->desk.cases, i);
		struct err ignored = { 0 };
		struct person_fields f;
		struct case_entry entry;
		day_t day;
		bool opened;

		if (!inside(p, r->unit) || !case_record_entry(&entry, steps, r))
			continue;
		p->k->has_register = true;
		if (!case_admitted_in(&entry, &p->how, &day))
			continue;
		opened = !case_open_record(&f, c->client, p->desk.keys, r, c->arena, &ignored);
		add_person(p, &r->codes, opened ? &f : NULL, day);
	}
	free(steps);
	return 0;
}

static int add_member(struct persons *p, const struct register_member *m, bool own, struct err *e)
{
	struct cli *c = p->k->c;
	struct err ignored = { 0 };
	struct member_entry entry;
	struct person_fields f;
	bool opened;
	day_t day;
	int rc;

	if (!inside(p, m->unit) || !member_entry_of(&entry, m))
		return 0;
	p->k->has_register = true;
	rc = register_has_case(base(p->k), m->unit, m->person, &entry.of_case, e);
	if (rc || !member_admitted_in(&entry, &p->how, &day))
		return rc;
	opened = own && !roll_open(&f, c->client, p->desk.keys, m, c->arena, &ignored);
	add_person(p, &m->codes, opened ? &f : NULL, day);
	return 0;
}

static int each_below(void *ctx, const struct register_member *m, struct err *e)
{
	struct persons *p = ctx;

	/* the own ones come with what is not sent yet */
	return m->unit == client_identity(p->k->c->client)->unit ? 0 : add_member(p, m, false, e);
}

static int add_members(struct persons *p)
{
	struct cli *c = p->k->c;
	struct roll *roll = NULL;
	int rc = register_members(base(p->k), 0, each_below, p, &c->err);

	if (!rc)
		rc = roll_load(&roll, c->client, &c->err);
	for (size_t i = 0; !rc && i < roll_count(roll); i++)
		rc = add_member(p, roll_at(roll, i), true, &c->err);
	roll_free(roll);
	return rc;
}

/* A sheet never waits for the register: without one, everything is typed. */
static void count_persons(struct forming *k, const struct unit *u, struct period period)
{
	struct persons p = { .k = k, .unit = u, .how.period = period };
	struct err kept = k->c->err;
	int rc = desk_open(&p.desk, k->c);

	if (!rc)
		rc = register_counts_by(base(k), period.to, &p.how.counts, &k->c->err);
	if (!rc)
		rc = add_cases(&p);
	if (!rc)
		rc = add_members(&p);
	if (rc)
		k->has_register = false;
	desk_close(&p.desk);
	k->c->err = kept;
}

static void form_cell(struct forming *k, struct formed *cell, const struct entry_sheet *s)
{
	const struct measure *m = cell->m;
	struct entry_figure f = entry_figure(s, m->no);
	unsigned word = 0;

	cell->typed = (struct operand){ f.known && f.state != FIGURE_BLANK, f.value };
	if (m->from == FROM_SHEETS || m->from == FROM_FIRST || m->from == FROM_UNIT)
		cell->counted = entry_expected(s, m->no);
	else if (m->from == FROM_REGISTER && k->has_register &&
		 form_word(&word, span_str(m->terms[0])) && form_count_knows(&k->n, word))
		cell->counted = (struct operand){ true, k->n.at[word] };
	cell->differs = cell->typed.known && cell->counted.known &&
			cell->typed.value != cell->counted.value;
	cell->origin = !cell->typed.known                      ? ""
		       : !cell->counted.known || cell->differs ? "typed"
		       : m->from == FROM_REGISTER              ? "register"
							       : "sheets";
}

bool forming_beside(struct forming *k, struct cli *c, const struct unit *u,
		    const struct entry_sheet *s, struct period p)
{
	bool of_persons = false;

	*k = (struct forming){ .c = c, .form = entry_form(s) };
	if (!k->form->sheets[0])
		return false;
	for (size_t i = 0; i < k->form->measure_count; i++)
		of_persons |= k->form->measures[i].from == FROM_REGISTER;
	if (of_persons)
		count_persons(k, u, p);
	for (size_t i = 0; i < k->form->measure_count; i++) {
		k->cells[i].m = &k->form->measures[i];
		form_cell(k, &k->cells[i], s);
	}
	return true;
}

void forming_close(struct forming *k)
{
	k->form = NULL; /* all else lends from the command's arena */
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

static void tell_unknown(const struct forming *k, FILE *to)
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
				show_number(k->c->arena, k->n.unknown[g]),
				show_number(k->c->arena, k->n.persons), _(what[g]));
}

void forming_tell(const struct forming *k, FILE *to)
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
				measure_name(k->c, cell->m->code),
				show_number(k->c->arena, cell->typed.value),
				show_number(k->c->arena, cell->counted.value));
		else
			fprintf(to,
				_("  please compare: %s: here %s, the other sheets come to %s\n"),
				measure_name(k->c, cell->m->code),
				show_number(k->c->arena, cell->typed.value),
				show_number(k->c->arena, cell->counted.value));
	}
	fprintf(to, _("  figures from other sheets: %zu, from the register: %zu, typed: %zu\n"),
		sheets, people, typed);
	tell_unknown(k, to);
}

int forming_fill(const struct forming *k, struct entry_sheet *s, size_t *filled)
{
	bool of_persons = false;
	int rc = 0;

	*filled = 0;
	for (size_t i = 0; i < k->form->measure_count && !rc; i++) {
		const struct formed *cell = &k->cells[i];
		bool people = cell->m->from == FROM_REGISTER;

		of_persons |= people;
		if (!cell->counted.known || (people ? cell->typed.known : !cell->differs))
			continue;
		rc = entry_set(s, cell->m->no, cell->counted.value ? FIGURE_VALUE : FIGURE_NIL,
			       cell->counted.value, &k->c->err);
		*filled += !rc;
	}
	if (!rc && of_persons && !k->has_register)
		rc = err_set(&k->c->err, ERR_NOTFOUND,
			     "the register here has nobody to fill this sheet from");
	return rc;
}
