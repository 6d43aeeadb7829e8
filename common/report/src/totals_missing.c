/* Which sheets a closed report lacks, by name: what nobody signed before the closing is not zero. */
#include "internal.h"

#include "base/lang.h"
#include "ledger/months.h"
#include "report/names.h"
#include "report/words.h"

#include <string.h>

static int put_missing(json_t *list, struct ledger *l, const struct month_cell *c, struct err *e)
{
	char period[PERIOD_TEXT_MAX];
	struct sheet s;
	json_t *row;
	int rc = query_sheet_at(l, c->unit, c->form, c->period, c->closed_lsn, &s, e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (!rc && sheet_counts(&s))
		return 0;
	err_clear(e);
	row = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "unit", unit_code_of(l, c->unit), "name",
			unit_name_of(l, c->unit, c->period.to, c->closed_lsn), "form",
			form_code_of(l, c->form), "period", period_text(period, c->period), "from",
			json_day(c->period.from), "to", json_day(c->period.to));
	return json_array_append_new(list, row) ? err_set(e, ERR_NOMEM, "no memory for totals") : 0;
}

int json_missing(json_t **out, struct ledger *l, const struct totals *t, struct arena *a,
		 struct err *e)
{
	struct months_query q = { .unit = t->asked.unit,
				  .period = t->asked.period,
				  .known_at = t->known_lsn,
				  .now_ms = t->known_time_ms };
	const struct month_cell *cells;
	size_t count = 0;
	json_t *list;
	int rc = query_months(&cells, &count, l, &q, a, e);

	*out = NULL;
	if (rc)
		return rc;
	list = json_array();
	for (size_t i = 0; i < count && !rc; i++)
		rc = cells[i].closed_lsn ? put_missing(list, l, &cells[i], e) : 0;
	if (!rc && !list)
		rc = err_set(e, ERR_NOMEM, "no memory for totals");
	if (rc)
		json_decref(list);
	else
		*out = list;
	return rc;
}

void missing_lines(FILE *to, const json_t *list)
{
	const json_t *row, *before = NULL;
	size_t i;

	json_array_foreach(list, i, row)
	{
		bool same = before && !strcmp(text_at(before, "unit"), text_at(row, "unit")) &&
			    !strcmp(text_at(before, "form"), text_at(row, "form"));

		if (same)
			fprintf(to, ", %s", text_at(row, "period"));
		else
			fprintf(to, _("%s  not sent: %s (%s), %s %s"), before ? "\n" : "",
				text_at(row, "name"), text_at(row, "unit"), text_at(row, "form"),
				text_at(row, "period"));
		before = row;
	}
	if (before)
		fputc('\n', to);
}
