/* case count: what a month's cases come to, beside what was typed; for the units above as well, without names. */
#include "case_cmd.h"

#include "domain/case_count.h"
#include "ledger/register.h"

#include <stdlib.h>

enum { BEHIND_SHOWN = 20 };

struct counting {
	struct desk *d;
	const struct unit *unit;
	struct case_counting how;
	struct case_entry *entries;
	size_t count,
		cases; /* who went over is counted for what was here, and is a case elsewhere */
	int64_t counted[CASE_MEASURES], funnel[CASE_STAGES];
	struct operand typed[CASE_MEASURES];
	bool has_sheet;
};

static int take_entries(struct counting *k)
{
	struct ledger *l = client_base(k->d->c->client);
	size_t n = cases_count(k->d->cases);

	k->entries = arena_array(k->d->c->arena, n + 1, sizeof(*k->entries));
	if (!k->entries)
		return err_set(&k->d->c->err, ERR_NOMEM, "no memory for %zu cases", n);
	for (size_t i = 0; i < n; i++) {
		const struct case_record *r = cases_at(k->d->cases, i);
		struct case_step *steps;

		if (!tree_inside(ledger_tree(l), r->unit, k->unit->unit, k->how.period.to,
				 UINT64_MAX))
			continue;
		steps = arena_array(k->d->c->arena, r->count, sizeof(*steps));
		if (!steps)
			return err_set(&k->d->c->err, ERR_NOMEM, "no memory for %zu cases", n);
		if (!case_record_entry(&k->entries[k->count], steps, r))
			continue;
		k->entries[k->count++].id = i;
		k->cases += r->gone.state != HANDOVER_DONE;
	}
	return 0;
}

/* The day that makes a person admitted: `admitted-by.YEAR`, else `admitted-by`, else the decision. */
static int which_day(struct counting *k)
{
	struct ledger *l = client_base(k->d->c->client);
	char key[32];
	struct buf value;
	int rc;

	buf_init(&value, REASON_MAX);
	snprintf(key, sizeof(key), "admitted-by.%d", day_to_ymd(k->how.period.to).year);
	rc = ledger_setting(l, span_str(key), &value, &k->d->c->err);
	if (rc == -ERR_NOTFOUND)
		rc = ledger_setting(l, SPAN_LIT("admitted-by"), &value, &k->d->c->err);
	k->how.counts = !rc && span_eq(buf_span(&value), SPAN_LIT("ceremony")) ? COUNTS_CEREMONY
									       : COUNTS_DECISION;
	buf_fini(&value);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* A unit that reports the month itself has a sheet to hold it against. */
static int take_typed(struct counting *k)
{
	struct ledger *l = client_base(k->d->c->client);
	struct entry_sheet *s = NULL;
	struct err none = { 0 };

	if (entry_open(&s, k->d->c->client, k->unit->unit, "monthly", k->how.period,
		       cli_now(k->d->c), &none))
		return 0;
	k->has_sheet = true;
	for (int m = 0; m < CASE_MEASURES; m++) {
		uint16_t no = ledger_measure(l, span_str(case_measure_code((enum case_measure)m)));
		struct entry_figure f = { .known = false };

		if (no)
			f = entry_figure(s, no);
		k->typed[m] = (struct operand){ f.known && f.state != FIGURE_BLANK, f.value };
	}
	entry_close(s);
	return 0;
}

static const char *counts_word(const struct counting *k)
{
	return k->how.counts == COUNTS_CEREMONY ? "ceremony" : "decision";
}

static json_t *behind_json(struct counting *k, enum case_measure m)
{
	uint64_t ids[BEHIND_SHOWN];
	size_t n = case_behind(ids, BEHIND_SHOWN, k->entries, k->count, &k->how, m);
	json_t *list = json_array();

	for (size_t i = 0; i < n && i < BEHIND_SHOWN; i++)
		if (case_is_open_here(k->d->c->client, cases_at(k->d->cases, (size_t)ids[i])))
			json_array_append_new(
				list, json_string(case_id_text(
					      k->d->c, cases_at(k->d->cases, (size_t)ids[i]))));
	return list;
}

static int show_counted_json(struct counting *k)
{
	struct case_difference diff[CASE_MEASURES];
	size_t n = k->has_sheet ? case_compare(diff, k->typed, k->counted) : 0;
	json_t *counted = json_object(), *funnel = json_object(), *differ = json_array();

	for (int m = 0; m < CASE_MEASURES; m++)
		json_object_set_new(counted, case_measure_code((enum case_measure)m),
				    json_integer(k->counted[m]));
	for (int s = CASE_NONE + 1; s < CASE_STAGES; s++)
		json_object_set_new(funnel, case_stage_code((enum case_stage)s),
				    json_integer(k->funnel[s]));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(differ, json_pack("{s:s, s:I, s:I, s:o}", "measure",
							case_measure_code(diff[i].measure), "typed",
							(json_int_t)diff[i].typed, "counted",
							(json_int_t)diff[i].counted, "cases",
							behind_json(k, diff[i].measure)));
	return show_json(k->d->c,
			 json_pack("{s:s, s:o, s:o, s:s, s:I, s:o, s:o, s:o}", "unit",
				   unit_code(k->d->c, k->unit->unit), "from",
				   json_day(k->how.period.from), "to", json_day(k->how.period.to),
				   "admitted_by", counts_word(k), "cases", (json_int_t)k->cases,
				   "counted", counted, "stages", funnel, "differ", differ));
}

static void show_counted(struct counting *k)
{
	struct cli *c = k->d->c;

	lang_print(c->out, _("%s, %s: %zu cases; admitted by the day of the %s\n"),
		   unit_code(c, k->unit->unit), show_period(c->arena, k->how.period), k->cases,
		   k->how.counts == COUNTS_CEREMONY ? _("ceremony") : _("decision"));
	for (int m = 0; m < CASE_MEASURES; m++) {
		const char *code = case_measure_code((enum case_measure)m);
		bool differs = k->typed[m].known && k->typed[m].value != k->counted[m];

		if (!k->counted[m] && !differs)
			continue;
		fprintf(c->out, "  %8s  %s", show_number(c->arena, k->counted[m]),
			measure_name(c, code));
		if (k->typed[m].known)
			fprintf(c->out, _("; typed %s%s"), show_number(c->arena, k->typed[m].value),
				differs ? _(" - please compare") : "");
		fputc('\n', c->out);
	}
	for (int s = CASE_NONE + 1; s < CASE_STAGES; s++)
		if (k->funnel[s])
			fprintf(c->out, _("  %8s  now at: %s\n"),
				show_number(c->arena, k->funnel[s]),
				_(case_stage_text((enum case_stage)s)));
}

int case_count_month(struct desk *d, int argc, char **argv)
{
	struct counting k = { .d = d };
	struct field_rules rules = { .holidays = NULL };
	int rc;

	if (argc < 1)
		return cli_usage(d->c, _("case count: write PERIOD"));
	rc = ask_unit(d->c, options.unit, &k.unit);
	if (!rc)
		rc = ask_period(d->c, argv[0], &k.how.period);
	if (!rc)
		rc = which_day(&k);
	if (!rc)
		rc = field_rules_read(d->c, &rules);
	k.how.rules = &rules.rules;
	k.how.holidays = rules.holidays;
	if (!rc)
		rc = take_entries(&k);
	if (!rc)
		rc = take_typed(&k);
	if (!rc) {
		(void)case_count(k.counted, k.entries, k.count, &k.how);
		case_funnel(k.funnel, k.entries, k.count, k.how.period.to);
	}
	if (!rc && d->c->json)
		rc = show_counted_json(&k);
	else if (!rc)
		show_counted(&k);
	field_rules_fini(&rules);
	return rc;
}
