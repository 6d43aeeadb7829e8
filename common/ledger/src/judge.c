/* A signed sheet that breaks a blocking rule after merging counts, marked: the server judges every
 * sheet again as derived state. Only rules whose operands are the sheet's own and the period before are
 * judged here; max12 and below answer "unknown", so rules that use them are not judged. */
#include "internal.h"

#include "ledger/part.h"

struct judging {
	struct ledger *l;
	const struct form *form;
	const struct sheet *now;
	struct sheet *before; /* NULL: none */
	uint32_t unit;
	struct period period;
	int rc;
	struct err *e;
};

static struct operand of_sheet(const struct sheet *s, uint16_t measure, uint32_t unit)
{
	struct figure f = sheet_figure(s, measure, unit);

	if (!f.winner || f.winner->state == FIGURE_BLANK)
		return (struct operand){ .known = false };
	return (struct operand){ .known = true, .value = f.winner->value };
}

static struct operand get(void *ctx, enum rule_function function, uint16_t measure)
{
	struct judging *j = ctx;

	if (function == TERM_MEASURE)
		return of_sheet(j->now, measure, j->unit);
	if (function == TERM_PREV && j->before)
		return of_sheet(j->before, measure, j->unit);
	return (struct operand){ .known = false };
}

int sheet_judge(struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		const struct sheet *s, bool *broken, struct err *e)
{
	struct judging j = { .l = l, .now = s, .unit = unit, .period = p, .e = e };
	struct rule_source source = { .ctx = &j, .get = get };
	struct sheet before;
	struct calendar calendar;
	struct period earlier;
	int rc;

	*broken = false;
	j.form = ledger_form(l, form, s->form_version, e);
	if (!j.form)
		return 0; /* refused before it came here */
	rc = calendar_get(l, form, &calendar, e);
	if (rc)
		return rc;
	/* a unit that takes others over begins with their members too: its own end of before says nothing */
	if (j.form->period == FORM_MONTH && !part_took_over(l, unit, p.from)) {
		earlier = calendar_month(&calendar, p.from - 1);
		rc = sheet_get(l, unit, form, earlier, &before, e);
		if (rc && rc != -ERR_NOTFOUND)
			return rc;
		j.before = rc ? NULL : &before;
	}
	for (size_t i = 0; i < j.form->rule_count && !*broken; i++)
		if (j.form->rules[i].level == RULE_BLOCK)
			*broken = rule_judge(&j.form->rules[i], &source, NULL, NULL) == RULE_BROKEN;
	return 0;
}

int sheet_judge_again(struct ledger *l, uint32_t unit, uint8_t form, day_t day, struct err *e)
{
	struct calendar calendar;
	struct period month;
	struct sheet was, is;
	int rc = calendar_get(l, form, &calendar, e);

	if (rc)
		return rc;
	month = calendar_month(&calendar, day);
	rc = sheet_get(l, unit, form, month, &was, e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	sheet_copy(&is, &was);
	rc = sheet_judge(l, unit, form, month, &is, &is.broken, e);
	if (rc || is.broken == was.broken)
		return rc;
	rc = agg_move(l, unit, form, month, &was, &is, e);
	return rc ? rc : sheet_put(l, unit, form, month, &is, e);
}
