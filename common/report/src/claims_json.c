/* Published figures held against the store, as JSON. */
#include "internal.h"

#include "report/names.h"

/* As printed: its decimals count. */
static json_t *printed_percent(struct arena *a, const struct op_claim *k)
{
	const char *text;
	int64_t scale = 1;

	for (unsigned i = 0; i < k->percent_decimals; i++)
		scale *= 10;
	if (!k->percent_decimals)
		text = arena_printf(a, "%lld", (long long)k->percent_digits);
	else
		text = arena_printf(a, "%lld.%0*lld", (long long)(k->percent_digits / scale),
				    (int)k->percent_decimals,
				    (long long)(k->percent_digits % scale));
	return text ? json_string(text) : NULL;
}

static json_t *json_figure(bool has_value, int64_t value, json_t *percent)
{
	return json_pack("{s:o, s:o}", "value", has_value ? json_integer(value) : json_null(),
			 "percent", percent);
}

static json_t *json_claim(struct ledger *l, const struct claim_line *line, struct arena *a)
{
	const struct claim_result *r = &line->result;
	const struct op_claim *k = &line->claim;
	json_t *explained = json_array();

	for (size_t i = 0; i < r->explained_count; i++)
		json_array_append_new(explained, json_string(r->explained_by[i]));
	return json_pack("{s:o, s:s, s:o, s:o, s:s, s:o, s:o, s:o}", "id", json_span(k->id), "unit",
			 unit_code_of(l, line->unit), "printed",
			 json_figure(k->has_value, k->value,
				     k->has_percent ? printed_percent(a, k) : json_null()),
			 "computed",
			 json_figure(r->has_value, r->value,
				     r->percent[0] ? json_string(r->percent) : json_null()),
			 "verdict", claim_verdict_name(r->verdict), "difference",
			 k->has_value && r->has_value ? json_integer(r->difference) : json_null(),
			 "explained_by", explained, "illustrative", mark_json(mark_of(l)));
}

int report_claims(json_t **out, struct ledger *l, struct arena *a, struct err *e)
{
	const struct claim_line *lines;
	size_t count;
	int rc = query_claims(&lines, &count, l, a, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_array();
	for (size_t i = 0; i < count && !rc; i++)
		rc = json_array_append_new(*out, json_claim(l, &lines[i], a));
	if (*out && !rc)
		return 0;
	json_decref(*out);
	*out = NULL;
	return err_set(e, ERR_NOMEM, "no memory for claims");
}
