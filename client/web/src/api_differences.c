/* Figures that a superior entered on behalf, beside what the unit itself reported instead. */
#include "web_internal.h"

#include "ledger/query.h"
#include "report/report.h"

enum { DIFFERENCES_MAX = 2000 };

int api_differences(struct call *k)
{
	uint32_t unit = 0;
	json_t *list, *d, *shown = json_array();
	size_t i;
	int rc = *text_at(k->in, "unit") ? call_unit(k, &unit) : 0;

	json_object_set_new(k->out, "differences", shown);
	if (!rc)
		rc = report_differences(&list, k->base, unit, unit != 0, k->a, k->e);
	if (rc)
		return rc;
	json_array_foreach(list, i, d)
	{
		const struct unit *u = tree_by_code(ledger_tree(k->base),
						    span_str(text_at(d, "unit")));
		struct period p = { 0, 0 };

		if (i >= DIFFERENCES_MAX || period_parse(&p, span_str(text_at(d, "period")), k->e))
			err_clear(k->e);
		if (i >= DIFFERENCES_MAX)
			continue;
		json_object_set_new(d, "unit_name",
				    json_string(u ? unit_name_of(k->base, u->unit, p.to, UINT64_MAX)
						  : text_at(d, "unit")));
		json_object_set_new(d, "name",
				    json_string(measure_name_of(k->base, text_at(d, "measure"))));
		json_array_append(shown, d);
	}
	json_object_set_new(k->out, "all", json_integer((json_int_t)json_array_size(list)));
	json_decref(list);
	return 0;
}
