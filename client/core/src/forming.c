#include "client/forming.h"

#include "client/roll.h"
#include "domain/case_rule.h"

#include <stdlib.h>

struct persons {
	struct forming *k;
	const struct forming_from *from;
	const struct unit *unit;
	struct case_counting how;
	struct roll *roll;
};

static struct ledger *base(const struct persons *p)
{
	return client_base(p->from->c);
}

static bool inside(const struct persons *p, uint32_t unit)
{
	return tree_inside(ledger_tree(base(p)), unit, p->unit->unit, p->how.period.to, UINT64_MAX);
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

static int add_cases(struct persons *p, struct err *e)
{
	struct case_step *steps = calloc(CASE_STEPS_MAX, sizeof(*steps));
	const struct forming_from *from = p->from;
	int rc = 0;

	if (!steps)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < cases_count(from->cases) && !rc; i++) {
		const struct case_record *r = cases_at(from->cases, i);
		struct err ignored = { 0 };
		struct person_fields f;
		struct case_entry entry;
		day_t day;
		bool opened, mistake;

		if (!inside(p, r->unit) || !case_record_entry(&entry, steps, r))
			continue;
		p->k->has_register = true;
		rc = roll_is_mistake(p->roll, from->c, r, &mistake, e);
		if (rc || mistake)
			continue;
		if (!case_admitted_in(&entry, &p->how, &day))
			continue;
		opened = !case_open_record(&f, from->c, from->keys, r, from->a, &ignored);
		add_person(p, &r->codes, opened ? &f : NULL, day);
	}
	free(steps);
	return rc;
}

static int add_member(struct persons *p, const struct register_member *m, bool own, struct err *e)
{
	const struct forming_from *from = p->from;
	struct err ignored = { 0 };
	struct member_entry entry;
	struct person_fields f;
	bool opened;
	day_t day;
	int rc;

	if (!inside(p, m->unit) || !member_entry_of(&entry, m))
		return 0;
	p->k->has_register = true;
	rc = register_has_case(base(p), m->unit, m->person, &entry.of_case, e);
	if (rc || !member_admitted_in(&entry, &p->how, &day))
		return rc;
	opened = own && !roll_open(&f, from->c, from->keys, m, from->a, &ignored);
	add_person(p, &m->codes, opened ? &f : NULL, day);
	return 0;
}

static int each_below(void *ctx, const struct register_member *m, struct err *e)
{
	struct persons *p = ctx;

	/* the own ones come with what is not sent yet */
	return m->unit == client_identity(p->from->c)->unit ? 0 : add_member(p, m, false, e);
}

static int add_members(struct persons *p, struct err *e)
{
	int rc = register_members(base(p), 0, each_below, p, e);

	for (size_t i = 0; !rc && i < roll_count(p->roll); i++)
		rc = add_member(p, roll_at(p->roll, i), true, e);
	return rc;
}

/* A sheet never waits for the register: without one, everything is typed. */
static void count_persons(struct forming *k, const struct forming_from *from, const struct unit *u,
			  struct period period)
{
	struct persons p = { .k = k, .from = from, .unit = u, .how.period = period };
	struct err ignored = { 0 };
	int rc = register_counts_by(base(&p), period.to, &p.how.counts, &ignored);

	if (!rc)
		rc = roll_load(&p.roll, from->c, &ignored);
	if (!rc)
		rc = add_cases(&p, &ignored);
	if (!rc)
		rc = add_members(&p, &ignored);
	roll_free(p.roll);
	if (rc)
		k->has_register = false;
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

bool forming_has(const struct form *f)
{
	return f->sheets[0] != 0;
}

bool forming_of_persons(const struct form *f)
{
	for (size_t i = 0; i < f->measure_count; i++)
		if (f->measures[i].from == FROM_REGISTER)
			return forming_has(f);
	return false;
}

void forming_read(struct forming *k, const struct forming_from *from, const struct unit *u,
		  const struct entry_sheet *s, struct period p)
{
	*k = (struct forming){ .form = entry_form(s) };
	if (from)
		count_persons(k, from, u, p);
	for (size_t i = 0; i < k->form->measure_count; i++) {
		k->cells[i].m = &k->form->measures[i];
		form_cell(k, &k->cells[i], s);
	}
}

int forming_fill(const struct forming *k, struct entry_sheet *s, size_t *filled, struct err *e)
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
			       cell->counted.value, e);
		*filled += !rc;
	}
	if (!rc && of_persons && !k->has_register)
		rc = err_set(e, ERR_NOTFOUND,
			     "the register here has nobody to fill this sheet from");
	return rc;
}
