/* What the register tells of those admitted, for form 2, unit by unit. */
#include "internal.h"

static void add(void *row, const struct person_codes *codes, bool admitted)
{
	struct register_form_count *u = row;

	if (admitted)
		form_count_person(&u->n, &(struct form_person){ .codes = *codes });
}

static void add_case(void *row, const struct case_record *r, const struct case_entry *c,
		     const struct case_counting *how)
{
	day_t day;

	add(row, &r->codes, case_admitted_in(c, how, &day));
}

static void add_member(void *row, const struct register_member *m, const struct member_entry *entry,
		       const struct case_counting *how)
{
	day_t day;

	add(row, &m->codes, member_admitted_in(entry, how, &day));
}

int register_form_counts(struct ledger *l, uint32_t node, const struct case_counting *how,
			 struct register_form_count **out, size_t *count, struct err *e)
{
	static const struct by_unit kind = { sizeof(**out), add_case, add_member };
	void *rows;
	int rc = register_by_unit(l, node, how, &kind, &rows, count, e);

	static_assert(offsetof(struct register_form_count, unit) == 0,
		      "a row begins with its unit");
	*out = rows;
	return rc;
}
