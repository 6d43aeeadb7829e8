/* Forms whose figures come from elsewhere: beside each cell what it comes from, and what is blank filled from there. */
#include "api_sheet.h"
#include "persons.h"

#include "client/forming.h"

static const char *from_word(const struct measure *m)
{
	switch (m->from) {
	case FROM_SHEETS:
	case FROM_FIRST:
		return "sheets";
	case FROM_REGISTER:
		return "register";
	case FROM_UNIT:
		return "unit";
	case FROM_MEAN:
		return "mean";
	default:
		return "typed";
	}
}

/* NULL in *out: the form has no such figures. Lends from the call. */
static int beside(struct call *k, const struct sheet_name *n, const struct entry_sheet *s,
		  struct forming **out)
{
	struct forming_from from = { .c = k->c, .a = k->a };
	struct err kept = *k->e;
	struct persons d = { .k = k };
	bool open;

	*out = NULL;
	if (!forming_has(n->form))
		return 0;
	*out = arena_alloc(k->a, sizeof(**out));
	if (!*out)
		return err_set(k->e, ERR_NOMEM, "no memory for a sheet");
	open = forming_of_persons(n->form) && !persons_open(&d, k);
	from.keys = d.keys;
	from.cases = d.cases;
	forming_read(*out, open ? &from : NULL, n->unit, s, n->period);
	persons_close(&d);
	*k->e = kept; /* without a register everything is typed */
	return 0;
}

int call_form_beside(struct call *k, const struct sheet_name *n, const struct entry_sheet *s,
		     json_t *measures)
{
	struct forming *f;
	int rc = beside(k, n, s, &f);

	for (size_t i = 0; !rc && f && i < n->form->measure_count; i++) {
		const struct formed *cell = &f->cells[i];

		json_object_update_new(json_array_get(measures, i),
				       json_pack("{s:s, s:s, s:o, s:b}", "from", from_word(cell->m),
						 "origin", cell->origin, "counted",
						 cell->counted.known
							 ? json_integer(cell->counted.value)
							 : json_null(),
						 "differs", cell->differs));
	}
	return rc;
}

static int fill(struct call *k, const struct sheet_name *n, struct entry_sheet *s)
{
	struct forming *f;
	size_t filled = 0;
	int rc;

	if (strcmp(text_at(k->in, "seen"), sheet_seen(k->a, s, 0)) != 0) {
		rc = call_show_sheet(k, n, s);
		return rc ? rc : call_changed(k);
	}
	rc = beside(k, n, s, &f);
	if (!rc && !f)
		rc = err_set(k->e, ERR_NOTFOUND,
			     "the register here has nobody to fill this sheet from");
	if (!rc)
		rc = forming_fill(f, s, &filled, k->e);
	if (!rc && filled)
		rc = entry_save(s, call_said_yes(k, "old_ok"), k->e);
	json_object_set_new(k->out, "filled", json_integer((json_int_t)filled));
	return rc;
}

int api_fill(struct call *k)
{
	struct entry_sheet *s;
	struct sheet_name n;
	int rc = call_open_sheet(k, &n, &s);

	if (!rc)
		rc = fill(k, &n, s);
	if (!rc)
		rc = call_show_sheet(k, &n, s);
	entry_close(s);
	return rc;
}
