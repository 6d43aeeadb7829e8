/* Dossiers in a forecast: what each is worth by its stage, and how that is told. */
#include "follow.h"

enum { WORKING_DAYS_OF_MONTH = 21 };

/* ---- what is known ---- */

void follow_chances(struct follow *f, const struct case_rules *rules)
{
	static const enum case_rule_code plans[] = { CASE_RULE_PLAN_COMMITTEE,
						     CASE_RULE_PLAN_SUBMIT, CASE_RULE_PLAN_SCREEN,
						     CASE_RULE_PLAN_DECIDE };
	unsigned days = 0;

	for (unsigned s = 0; s < PIPELINE_STAGES; s++)
		f->chances[s] = case_rule_at(
			rules, (enum case_rule_code)(CASE_RULE_CHANCE_CELL + s), f->day);
	for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
		const struct case_rule *r = case_rule_at(rules, plans[i], f->day);

		days += r ? r->value : 0;
	}
	f->lead_months = (days + WORKING_DAYS_OF_MONTH / 2) / WORKING_DAYS_OF_MONTH;
	if (f->lead_months > PACE_MONTHS)
		f->lead_months = PACE_MONTHS;
}

static struct forecast_stage stage_of(const struct pipeline_stage *s, unsigned percent)
{
	return (struct forecast_stage){
		.count = s->count, .percent = percent, .tried = s->tried, .made = s->made
	};
}

/* Of the whole unit by the rule; of one below by what the whole has seen. */
static unsigned percent_of(const struct follow *f, const struct follow_row *r, size_t stage)
{
	const struct case_rule *rule = f->chances[stage];
	unsigned percent = 100 * rule->value / rule->of;
	struct forecast_stage whole = stage_of(&f->top.pipeline.stages[stage], percent);

	return r == &f->top ? percent : (forecast_chance(&whole) + 5) / 10;
}

void follow_dossiers(struct forecast_ask *a, struct forecast_stage stages[PIPELINE_STAGES],
		     const struct follow *f, const struct follow_row *r)
{
	if (!r->has_pipeline)
		return;
	for (size_t s = 0; s < PIPELINE_STAGES; s++) {
		if (!f->chances[s])
			return;
		stages[s] = stage_of(&r->pipeline.stages[s], percent_of(f, r, s));
	}
	a->stages = stages;
	a->stage_count = PIPELINE_STAGES;
	a->lead_months = f->lead_months;
	a->came = r->pipeline.came;
	a->fresh = r->pipeline.fresh;
	a->by_cases = r->pipeline.forecast.admitted;
}

static unsigned chance_tenths(const struct follow *f, const struct follow_row *r, size_t stage)
{
	struct forecast_stage s = stage_of(&r->pipeline.stages[stage], percent_of(f, r, stage));

	return forecast_chance(&s);
}

static const char *stage_code(size_t stage)
{
	return case_stage_code((enum case_stage)(CASE_CELL + stage));
}

/* ---- JSON ---- */

json_t *follow_dossiers_json(const struct follow *f, const struct follow_row *r)
{
	json_t *list;

	if (!r->has_forecast || !r->forecast.has_pipeline)
		return json_null();
	list = json_array();
	for (size_t s = 0; s < PIPELINE_STAGES; s++) {
		const struct pipeline_stage *p = &r->pipeline.stages[s];

		json_array_append_new(
			list,
			json_pack("{s:s, s:I, s:o, s:I, s:I, s:i, s:s}", "stage", stage_code(s),
				  "count", (json_int_t)p->count, "chance_percent",
				  json_percent(chance_tenths(f, r, s), 1000), "tried",
				  (json_int_t)p->tried, "made", (json_int_t)p->made, "rule_percent",
				  (int)(100 * f->chances[s]->value / f->chances[s]->of), "source",
				  f->chances[s]->source));
	}
	return json_pack("{s:o, s:I, s:I, s:I}", "stages", list, "no_dossier",
			 (json_int_t)r->forecast.no_dossier, "came", (json_int_t)r->pipeline.came,
			 "fresh", (json_int_t)r->pipeline.fresh);
}

/* ---- words ---- */

static const char *one_words(struct arena *a, const struct forecast_one *one)
{
	return arena_printf(a, "%s (80%%: %s-%s)", show_number(a, one->value),
			    show_number(a, one->eighty.low), show_number(a, one->eighty.high));
}

static const char *percent_words(struct arena *a, unsigned tenths)
{
	char text[16];

	snprintf(text, sizeof(text), tenths % 10 ? "%u.%u" : "%u", tenths / 10, tenths % 10);
	return show_percent(a, text);
}

static void method_words(const struct follow *f)
{
	const struct follow_row *r = &f->top;
	struct arena *a = f->c->arena;
	FILE *out = f->c->out;

	fprintf(out, "%s\n",
		_("forecast by dossiers: those in hand, each by the chance of its stage, and by months "
		  "those who have none yet; used where cases hold nine in ten of those reported"));
	for (size_t s = 0; s < PIPELINE_STAGES; s++) {
		const struct pipeline_stage *p = &r->pipeline.stages[s];

		if (!p->count)
			continue;
		fprintf(out, _("  %s: %s dossiers, %s each"),
			_(case_stage_text((enum case_stage)(CASE_CELL + s))),
			show_number(a, p->count), percent_words(a, chance_tenths(f, r, s)));
		if (p->tried)
			fprintf(out, _(" (past years on this day: %s of %s)"),
				show_number(a, p->made), show_number(a, p->tried));
		else
			fprintf(out, " (%s)", f->chances[s]->source);
		fputc('\n', out);
	}
}

void follow_dossiers_words(const struct follow *f, const struct follow_row *r)
{
	struct arena *a = f->c->arena;
	FILE *out = f->c->out;

	if (!r->has_forecast || !r->forecast.has_pipeline)
		return;
	fprintf(out, _("%s, forecast by dossiers: %s"), r->unit->code,
		one_words(a, &r->forecast.by_dossiers));
	if (r->forecast.has_months)
		fprintf(out, _("; by months: %s"), one_words(a, &r->forecast.by_months));
	fprintf(out, "; %s%s\n",
		r->forecast.used == FORECAST_BY_DOSSIERS ? _("used: dossiers") : _("used: months"),
		r->forecast.differ ? _("; the two do not meet: something is new this year") : "");
	if (r == &f->top)
		method_words(f);
}
