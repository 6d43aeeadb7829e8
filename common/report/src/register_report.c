#include "report/register.h"

#include "base/lang.h"
#include "internal.h"
#include "ledger/register.h"
#include "report/names.h"
#include "report/words.h"

#include <stdlib.h>

struct comparing {
	struct ledger *l;
	struct case_counting how;
	uint8_t form;
	uint16_t measures[CASE_MEASURES];
	json_t *differ;
	size_t units, cases, members, in_transit;
	int64_t counted[CASE_MEASURES];
};

/* What the unit's sheet of the period says: its figures that stand, signed or not. */
static int typed_of(struct comparing *k, uint32_t unit, struct operand typed[CASE_MEASURES],
		    bool *any, struct err *e)
{
	struct sheet *s = calloc(1, sizeof(*s));
	int rc = s ? ledger_sheet(k->l, unit, k->form, k->how.period, s, e)
		   : err_set(e, ERR_NOMEM, "no memory for a sheet");

	*any = !rc;
	for (size_t m = 0; m < CASE_MEASURES; m++) {
		struct figure f = { .winner = NULL };

		if (!rc && k->measures[m])
			f = sheet_figure(s, k->measures[m], unit);
		typed[m].known = f.winner && f.winner->state != FIGURE_BLANK;
		typed[m].value = typed[m].known ? f.winner->value : 0;
	}
	free(s);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int compare_unit(struct comparing *k, const struct register_unit_count *u, struct err *e)
{
	struct operand typed[CASE_MEASURES];
	struct case_difference diff[CASE_MEASURES];
	bool any;
	size_t n;
	int rc = typed_of(k, u->unit, typed, &any, e);

	k->cases += u->cases;
	k->members += u->members;
	k->in_transit += u->in_transit;
	for (size_t m = 0; m < CASE_MEASURES; m++)
		k->counted[m] += u->counted[m];
	if (rc || !any)
		return rc;
	k->units++;
	typed[CM_OVERDUE].known = false; /* judged by rules, which are the unit's device's */
	n = case_compare_known(diff, case_compare(diff, typed, u->counted), u->cases, u->members);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(k->differ, json_pack("{s:s, s:s, s:I, s:I}", "unit",
							   unit_code_of(k->l, u->unit), "measure",
							   case_measure_code(diff[i].measure),
							   "typed", (json_int_t)diff[i].typed,
							   "counted", (json_int_t)diff[i].counted));
	return 0;
}

static json_t *all_of(const struct comparing *k, uint32_t unit)
{
	json_t *counted = json_object();

	for (size_t m = 0; m < CASE_MEASURES; m++)
		if (m != CM_OVERDUE)
			json_object_set_new(counted, case_measure_code((enum case_measure)m),
					    json_integer(k->counted[m]));
	return json_pack("{s:s, s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:o, s:O}", "unit",
			 unit_code_of(k->l, unit), "from", json_day(k->how.period.from), "to",
			 json_day(k->how.period.to), "admitted_by",
			 k->how.counts == COUNTS_CEREMONY ? "ceremony" : "decision", "units",
			 (json_int_t)k->units, "cases", (json_int_t)k->cases, "members",
			 (json_int_t)k->members, "in_transit", (json_int_t)k->in_transit, "counted",
			 counted, "differ", k->differ);
}

int report_register(json_t **out, struct ledger *l, uint32_t unit, struct period period,
		    struct err *e)
{
	struct comparing k = { .l = l, .how.period = period, .differ = json_array() };
	const struct form *form = ledger_form_code(l, SPAN_LIT("monthly"), e);
	struct register_unit_count *units = NULL;
	size_t count = 0;
	uint32_t left;
	int rc = form ? register_counts_by(l, period.to, &k.how.counts, e)
		      : err_set(e, ERR_NOTFOUND, "there is no form %s", "monthly");

	*out = NULL;
	if (!rc && !register_is_held(l, unit, period.to, &left))
		rc = err_set(
			e, ERR_DENIED,
			"%s stood here in that period and has left since: its register is read "
			"where it stands now",
			unit_code_of(l, left));
	if (!rc)
		rc = register_count_units(l, unit, &k.how, &units, &count, e);
	k.form = form ? form->no : 0;
	for (size_t m = 0; m < CASE_MEASURES; m++)
		k.measures[m] = ledger_measure(l,
					       span_str(case_measure_code((enum case_measure)m)));
	for (size_t i = 0; i < count && !rc; i++)
		rc = compare_unit(&k, &units[i], e);
	if (!rc) {
		*out = all_of(&k, unit);
		rc = *out ? 0 : err_set(e, ERR_NOMEM, "no memory for a report");
	}
	json_decref(k.differ);
	free(units);
	return rc;
}

static long long number(const json_t *j, const char *key)
{
	return (long long)json_integer_value(json_object_get(j, key));
}

void register_words(FILE *to, const json_t *j, struct ledger *names)
{
	const json_t *differ = json_object_get(j, "differ");
	json_t *counted = json_object_get(j, "counted"), *value;
	const char *code;
	size_t i;

	fprintf(to, _("%s: %lld cases, %lld members, %lld on the way between units\n"),
		text_at(j, "unit"), number(j, "cases"), number(j, "members"),
		number(j, "in_transit"));
	json_object_foreach(counted, code, value) if (json_integer_value(value))
		fprintf(to, "  %8lld  %s\n", (long long)json_integer_value(value),
			measure_name_of(names, code));
	json_array_foreach(differ, i, value)
		fprintf(to, _("  please compare: %s, %s: typed %lld, the register counts %lld\n"),
			text_at(value, "unit"), measure_name_of(names, text_at(value, "measure")),
			number(value, "typed"), number(value, "counted"));
	if (!json_array_size(differ))
		fprintf(to, _("no figure differs from what the register counts\n"));
}
