/* What a closing says of the sheets that were missing when it came: how many, and a hash of which. It stands in its
 * entry, so whoever has that entry or a receipt of it can prove or disprove a list; verify says it again. */
#include "internal.h"

#include "ledger/months.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX = 64, DIGITS = 40 };

struct lacking {
	struct ledger *l;
	uint32_t top;
	struct period within;
	const struct form *form;
	bool as_before; /* without the pieces of months that acts cut */
	struct calendar calendar;
	struct hasher lines;
	size_t count;
	struct err *e;
};

static int name_if_missing(struct lacking *k, const struct unit *u, struct period p)
{
	char from[DAY_TEXT_MAX], to[DAY_TEXT_MAX], line[LINE_MAX + 2 * DAY_TEXT_MAX];
	struct sheet s;
	int rc = sheet_get(k->l, u->unit, k->form->no, p, &s, k->e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (!rc && sheet_counts(&s))
		return 0;
	snprintf(line, sizeof(line), "%s %s %s\n", u->code, day_iso(from, p.from),
		 day_iso(to, p.to));
	hasher_add(&k->lines, span_str(line));
	k->count++;
	return 0;
}

static int of_interval(struct lacking *k, const struct unit *u, const struct plan_interval *v)
{
	struct period days = v->period;
	int rc = 0;

	if (v->form != k->form->no || !period_meet(days, k->within))
		return 0;
	days.from = days.from > k->within.from ? days.from : k->within.from;
	days.to = days.to < k->within.to ? days.to : k->within.to;
	for (day_t d = days.from; d <= days.to && !rc;) {
		struct period p = calendar_planned(&k->calendar, v->step, d, v->period);
		bool cut = !calendar_is_period(&k->calendar, v->step, p, v->period);

		d = p.to + 1;
		if (period_inside(p, days) && !(cut && k->as_before) && unit_alive(u, p.to) &&
		    tree_inside(k->l->tree, u->unit, k->top, p.to, UINT64_MAX))
			rc = name_if_missing(k, u, p);
	}
	return rc;
}

static int of_unit(struct lacking *k, const struct unit *u, struct arena *a)
{
	struct plan_row plan;
	int rc;

	arena_reset(a);
	rc = plan_get(k->l, u->unit, &plan, a, k->e);
	for (size_t i = 0; i < plan.count && !rc; i++)
		rc = of_interval(k, u, &plan.intervals[i]);
	return rc;
}

int closing_lacks(char out[LACKS_TEXT_MAX], struct ledger *l, uint32_t top, uint8_t form,
		  struct period within, bool as_before, struct err *e)
{
	struct lacking k = { .l = l,
			     .top = top,
			     .within = within,
			     .form = ledger_form_newest(l, form, e),
			     .as_before = as_before,
			     .e = e };
	struct arena *a = arena_new(SCRATCH_BUDGET);
	uint32_t *below = NULL;
	char hex[HASH_HEX_MAX];
	size_t count = 0;
	struct hash h;
	int rc = a ? calendar_get(l, form, &k.calendar, e)
		   : err_set(e, ERR_NOMEM, "no memory for a closing");

	hasher_init(&k.lines);
	if (!rc && k.form && k.form->period != FORM_DAY) /* ascending, as the lines go */
		rc = tree_subtree(l->tree, top, &below, &count, e);
	for (size_t i = 0; i < count && !rc; i++)
		rc = of_unit(&k, tree_get(l->tree, below[i]), a);
	free(below);
	arena_free(a);
	h = hasher_end(&k.lines);
	snprintf(out, LACKS_TEXT_MAX, "%zu %.*s", k.count, DIGITS,
		 hex_encode(hex, h.b, HASH_BYTES));
	return rc;
}

int query_closing_says(bool *says, struct ledger *l, uint64_t lsn, struct err *e)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);
	struct span bytes;
	struct entry en;
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for an entry");

	*says = false;
	if (!rc) {
		rc = log_get(l, lsn, &bytes, e);
		if (!rc)
			rc = entry_decode(&en, bytes, a, e);
		if (!rc)
			*says = en.detail.len > 0;
		read_leave(l);
	}
	arena_free(a);
	return rc;
}
