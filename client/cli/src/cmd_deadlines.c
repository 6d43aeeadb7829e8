/* deadlines: how late each step of an admission may still be taken. It reads the rules and holidays beside
 * the program and nothing else: it knows no person and opens no store. */
#include "case_ask.h"
#include "show.h"

#include "domain/deadline.h"
#include "report/rule.h"

enum { DAYS_SHOWN = 8 };

struct asked {
	enum case_stage stage;
	enum deadline_goal goal;
	day_t on, cut_off;
};

struct answer {
	struct field_rules field;
	struct deadline steps[STEP_KINDS];
	struct due dues[DUE_MAX];
	size_t step_count, due_count;
};

static const struct {
	const char *code, *text;
} goals[DEADLINE_GOALS] = {
	[DEADLINE_DECISION] = { "decision", N_("decision to admit") },
	[DEADLINE_CEREMONY] = { "ceremony", N_("ceremony of admission") },
	[DEADLINE_DOSSIER] = { "dossier", N_("submission of the dossier") },
};

static bool take_goal(enum deadline_goal *out, const char *code)
{
	if (!code)
		return true;
	for (int i = 0; i < DEADLINE_GOALS; i++) {
		if (strcmp(goals[i].code, code))
			continue;
		*out = (enum deadline_goal)i;
		return true;
	}
	return false;
}

static int take_options(struct cli *c, struct asked *q)
{
	int rc = 0;

	if (!options.cut_off)
		return cli_usage(c, _("deadlines needs --cut-off DAY"));
	if (options.from && !case_stage_parse(&q->stage, span_str(options.from)))
		return cli_usage(c, _("--from: there is no stage %s"), options.from);
	if (q->stage != CASE_NONE && deadline_step_of(q->stage) == STEP_NONE)
		return cli_usage(c, _("--from: from the stage %s nothing leads further"),
				 options.from);
	if (!take_goal(&q->goal, options.goal))
		return cli_usage(c, _("--goal: write decision, ceremony or dossier"));
	q->on = day_of_instant(cli_now(c));
	if (options.on)
		rc = day_parse(&q->on, NULL, span_str(options.on), &c->err);
	if (rc)
		return err_wrap(&c->err, cli_misused(c, rc), "--on");
	rc = day_parse(&q->cut_off, NULL, span_str(options.cut_off), &c->err);
	return rc ? err_wrap(&c->err, cli_misused(c, rc), "--cut-off") : 0;
}

/* The case is taken to have reached its stage on the day asked. */
static int judge(struct cli *c, struct answer *a, const struct asked *q)
{
	struct case_state state = { .stage = q->stage, .standing = deadline_standing(q->stage) };
	enum case_step_kind step = deadline_step_of(q->stage);

	if (step != STEP_NONE) {
		state.seen = CASE_BIT(step);
		state.days[step] = q->on;
	}
	a->due_count = deadlines_due(a->dues, &a->field.rules, a->field.holidays, &state, q->on);
	return deadlines_before(a->steps, &a->step_count, &a->field.rules, a->field.holidays,
				state.standing, q->goal, q->cut_off, q->on, &c->err);
}

/* ---- JSON ---- */

static const char *kind_word(const struct case_rule *r)
{
	return r->kind == CASE_RULE_RULE   ? "rule"
	       : r->kind == CASE_RULE_PLAN ? "plan"
					   : "unverified";
}

static json_t *days_json(const struct holidays *h, struct period counted)
{
	day_t days[64];
	size_t count = holidays_unverified(h, counted, days, ARRAY_LEN(days));
	json_t *list = json_array();

	for (size_t i = 0; i < count && i < ARRAY_LEN(days); i++)
		json_array_append_new(list, json_day(days[i]));
	return list;
}

static void put_rule(json_t *j, const struct case_rule *r)
{
	bool months = r && r->unit == UNIT_MONTHS;

	json_object_set_new(j, "rule", r ? json_string(case_rule_code_name(r->code)) : json_null());
	json_object_set_new(j, "value", r ? json_integer(r->value) : json_null());
	json_object_set_new(j, "value_in",
			    r ? json_string(months ? "months" : "working-days") : json_null());
	json_object_set_new(j, "kind", r ? json_string(kind_word(r)) : json_null());
	json_object_set_new(j, "source", r ? json_string(r->source) : json_null());
}

static json_t *step_json(const struct answer *a, const struct deadline *d)
{
	json_t *j = json_object();

	json_object_set_new(j, "step", json_string(case_step_code(d->step)));
	json_object_set_new(j, "last_safe", json_day(d->last));
	json_object_set_new(j, "late", json_boolean(d->late));
	json_object_set_new(j, "before",
			    d->then == STEP_NONE ? json_null()
						 : json_string(case_step_code(d->then)));
	put_rule(j, d->rule);
	json_object_set_new(j, "unverified_days", days_json(a->field.holidays, d->counted));
	json_object_set_new(j, "beyond", json_boolean(d->beyond));
	return j;
}

static json_t *due_json(const struct answer *a, const struct due *d)
{
	json_t *j = json_object();

	json_object_set_new(j, "step", json_string(case_step_code(d->step)));
	json_object_set_new(j, "what", json_string(d->what == DUE_LAPSE ? "lapse" : "step"));
	json_object_set_new(j, "opens", json_day(d->opens));
	json_object_set_new(j, "due", json_day(d->due));
	json_object_set_new(j, "extended", d->extended ? json_day(d->extended) : json_null());
	json_object_set_new(j, "days_left", json_integer(d->days_left));
	put_rule(j, d->rule);
	json_object_set_new(j, "unverified_days", days_json(a->field.holidays, d->counted));
	json_object_set_new(j, "beyond", json_boolean(d->beyond));
	return j;
}

static int show_as_json(struct cli *c, const struct answer *a, const struct asked *q)
{
	json_t *j = json_object(), *steps = json_array(), *dues = json_array();

	for (size_t i = a->step_count; i--;)
		json_array_append_new(steps, step_json(a, &a->steps[i]));
	for (size_t i = 0; i < a->due_count; i++)
		json_array_append_new(dues, due_json(a, &a->dues[i]));
	json_object_set_new(j, "from", json_string(case_stage_code(q->stage)));
	json_object_set_new(j, "on", json_day(q->on));
	json_object_set_new(j, "cut_off", json_day(q->cut_off));
	json_object_set_new(j, "goal", json_string(goals[q->goal].code));
	json_object_set_new(j, "steps", steps);
	json_object_set_new(j, "due", dues);
	return show_json(c, j);
}

/* ---- for people ---- */

static void tell_rule(struct cli *c, const struct case_rule *r, enum case_step_kind then)
{
	const char *mark = r->kind == CASE_RULE_PLAN         ? _(" (planned, no text sets it)")
			   : r->kind == CASE_RULE_UNVERIFIED ? _(" (source not verified)")
							     : "";

	fprintf(c->out, "              ");
	if (then == STEP_NONE)
		fprintf(c->out, "%s: ", _(case_rule_text(r->code)));
	else
		fprintf(c->out, _("before \"%s\": "), _(case_step_text(then)));
	if (r->unit == UNIT_MONTHS)
		lang_print(c->out, _("%u months"), r->value);
	else
		lang_print(c->out, _("%u working days"), r->value);
	fprintf(c->out, "%s; %s\n", mark, rule_source_words(r));
}

static void tell_doubts(struct cli *c, const struct answer *a, struct period counted, bool beyond)
{
	day_t days[DAYS_SHOWN];
	size_t count = holidays_unverified(a->field.holidays, counted, days, DAYS_SHOWN);

	if (count) {
		lang_print(c->out, _("              counted over holidays not verified: %zu ("),
			   count);
		for (size_t i = 0; i < count && i < DAYS_SHOWN; i++)
			fprintf(c->out, "%s%s", i ? ", " : "", show_day(c->arena, days[i]));
		fprintf(c->out, "%s)\n", count > DAYS_SHOWN ? ", ..." : "");
	}
	if (beyond)
		fprintf(c->out, _("              holidays of these days are not known yet\n"));
}

static void tell_steps(struct cli *c, const struct answer *a)
{
	for (size_t i = a->step_count; i--;) {
		const struct deadline *d = &a->steps[i];

		fprintf(c->out, "  %-10s  %s%s\n", show_day(c->arena, d->last),
			_(case_step_text(d->step)), d->late ? _(" - too late") : "");
		if (d->rule)
			tell_rule(c, d->rule, d->then);
		tell_doubts(c, a, d->counted, d->beyond);
	}
	if (!a->step_count)
		fprintf(c->out, _("  nothing more has to be done for it\n"));
}

static void tell_dues(struct cli *c, const struct answer *a)
{
	if (a->due_count)
		fprintf(c->out, _("Due, counted from that day:\n"));
	for (size_t i = 0; i < a->due_count; i++) {
		const struct due *d = &a->dues[i];

		fprintf(c->out, "  %-10s  %s%s\n", show_day(c->arena, d->due),
			_(case_step_text(d->step)),
			d->what == DUE_LAPSE ? _(" - holds until then") : "");
		if (d->extended)
			fprintf(c->out, _("              with the one extension %s\n"),
				show_day(c->arena, d->extended));
		tell_rule(c, d->rule, STEP_NONE);
		tell_doubts(c, a, d->counted, d->beyond);
	}
}

static void tell(struct cli *c, const struct answer *a, const struct asked *q)
{
	fprintf(c->out, _("On %s the case stands at: %s\n"), show_day(c->arena, q->on),
		_(case_stage_text(q->stage)));
	fprintf(c->out, _("Last safe days, so that this still comes by %s: %s\n"),
		show_day(c->arena, q->cut_off), _(goals[q->goal].text));
	tell_steps(c, a);
	tell_dues(c, a);
}

int cmd_deadlines(struct cli *c, int argc, char **argv)
{
	struct answer a = { .step_count = 0 };
	struct asked q = { .stage = CASE_NONE };
	int rc = take_options(c, &q);

	(void)argc;
	(void)argv;
	if (!rc)
		rc = field_rules_read(c, &a.field);
	if (!rc)
		rc = judge(c, &a, &q);
	if (!rc && c->json)
		rc = show_as_json(c, &a, &q);
	else if (!rc)
		tell(c, &a, &q);
	field_rules_fini(&a.field);
	return rc;
}
