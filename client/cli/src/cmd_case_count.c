/* case count: what a period's cases and members come to, beside what was typed; for the units above as well, without
 * names. */
#include "case_cmd.h"
#include "counting.h"

static const char *counts_word(const struct counting *k)
{
	return k->how.counts == COUNTS_CEREMONY ? "ceremony" : "decision";
}

static int show_counted_json(const struct counting *k)
{
	json_t *counted = json_object(), *funnel = json_object();

	for (int m = 0; m < CASE_MEASURES; m++)
		json_object_set_new(counted, case_measure_code((enum case_measure)m),
				    json_integer(k->counted[m]));
	for (int s = CASE_NONE + 1; s < CASE_STAGES; s++)
		json_object_set_new(funnel, case_stage_code((enum case_stage)s),
				    json_integer(k->funnel[s]));
	return show_json(k->c,
			 json_pack("{s:s, s:o, s:o, s:s, s:I, s:I, s:o, s:o, s:o}", "unit",
				   unit_code(k->c, k->unit->unit), "from",
				   json_day(k->how.period.from), "to", json_day(k->how.period.to),
				   "admitted_by", counts_word(k), "cases", (json_int_t)k->cases,
				   "members", (json_int_t)k->member_count, "counted", counted,
				   "stages", funnel, "differ", counting_json(k)));
}

static void show_counted(const struct counting *k)
{
	struct cli *c = k->c;

	lang_print(c->out, _("%s, %s: %zu cases; admitted by the day of the %s\n"),
		   unit_code(c, k->unit->unit), show_period(c->arena, k->how.period), k->cases,
		   k->how.counts == COUNTS_CEREMONY ? _("ceremony") : _("decision"));
	for (int m = 0; m < CASE_MEASURES; m++) {
		const char *code = case_measure_code((enum case_measure)m);

		if (!k->counted[m] && !k->typed[m].known)
			continue;
		fprintf(c->out, "  %8s  %s", show_number(c->arena, k->counted[m]),
			measure_name(c, code));
		if (k->typed[m].known)
			fprintf(c->out, _("; typed %s"), show_number(c->arena, k->typed[m].value));
		fputc('\n', c->out);
	}
	counting_tell(k, c->out);
	for (int s = CASE_NONE + 1; s < CASE_STAGES; s++)
		if (k->funnel[s])
			fprintf(c->out, _("  %8s  now at: %s\n"),
				show_number(c->arena, k->funnel[s]),
				_(case_stage_text((enum case_stage)s)));
}

int case_count_month(struct desk *d, int argc, char **argv)
{
	const struct unit *u;
	struct counting k;
	struct period p;
	int rc;

	if (argc < 1)
		return cli_usage(d->c, _("case count: write PERIOD"));
	rc = ask_unit(d->c, options.unit, &u);
	if (!rc)
		rc = ask_period(d->c, argv[0], &p);
	if (rc)
		return rc;
	rc = counting_open(&k, d->c, u, p);
	if (!rc)
		counting_look(&k);
	if (!rc && d->c->json)
		rc = show_counted_json(&k);
	else if (!rc)
		show_counted(&k);
	counting_close(&k);
	return rc;
}
