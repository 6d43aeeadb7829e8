/* progress UNIT: how far the targets are, against the time gone and to the end of the year. */
#include "follow.h"

/* ---- JSON ---- */

static json_t *json_range(struct forecast_range r)
{
	return json_pack("[I, I]", (json_int_t)r.low, (json_int_t)r.high);
}

static json_t *json_one(bool has, const struct forecast_one *one)
{
	if (!has)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o}", "value", (json_int_t)one->value, "in_50",
			 json_range(one->half), "in_80", json_range(one->eighty), "in_95",
			 json_range(one->ninety_five));
}

static json_t *json_forecast(const struct follow *all, const struct follow_row *r)
{
	const struct forecast *f = &r->forecast;

	if (!r->has_forecast)
		return json_null();
	return json_pack(
		"{s:I, s:o, s:o, s:o, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "value",
		(json_int_t)f->value, "in_50", json_range(f->half), "in_80", json_range(f->eighty),
		"in_95", json_range(f->ninety_five), "used", forecast_used_name(f->used), "differ",
		f->differ, "by_months", json_one(f->has_months, &f->by_months), "by_dossiers",
		json_one(f->has_pipeline, &f->by_dossiers), "dossiers",
		follow_dossiers_json(all, r), "by_pace", follow_json(f->has_pace, f->by_pace),
		"by_history", follow_json(f->has_history, f->by_history), "by_pipeline",
		follow_json(r->has_pipeline, follow_pipeline(r)), "reach_percent",
		follow_json(r->target != NULL, f->reach_percent), "past_computed",
		r->past_computed);
}

/* How the cases make up by_pipeline. */
static json_t *json_pipeline(const struct follow_row *r)
{
	const struct case_forecast *f = &r->pipeline.forecast;

	if (!r->has_pipeline)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "value",
			 (json_int_t)follow_pipeline(r), "cases", (json_int_t)r->pipeline.cases,
			 "admitted", (json_int_t)f->admitted, "can_make_it",
			 (json_int_t)f->can_make_it, "too_late", (json_int_t)f->too_late,
			 "decision_late", (json_int_t)r->pipeline.late, "doubtful", f->doubtful);
}

static json_t *json_progress_row(const struct follow *f, const struct follow_row *r)
{
	const struct pace *p = &r->pace;
	const struct totals *t = r->totals;
	bool has = r->target != NULL, limit = follow_is_limit(r), both = has && r->has_value;
	bool rate = r->has_value && t->has_members && t->members > 0;
	json_t *j = json_object();

	json_object_set_new(j, "unit", json_string(r->unit->code));
	json_object_set_new(j, "name", json_string(follow_name(f, r)));
	json_object_set_new(j, "value", follow_json(r->has_value, r->value));
	json_object_set_new(j, "goal", follow_json(has, has ? r->target->goal : 0));
	json_object_set_new(j, "attained_percent",
			    both && !limit ? json_percent(r->value, r->target->goal) : json_null());
	json_object_set_new(j, "excess", follow_json(both, p->excess));
	json_object_set_new(j, "missing", follow_json(has && !limit, p->missing));
	json_object_set_new(j, "members", follow_json(t->has_members, t->members));
	json_object_set_new(j, "members_from",
			    t->has_members ? json_string(t->members_from) : json_null());
	json_object_set_new(j, "rate_percent",
			    rate ? json_percent(r->value, t->members) : json_null());
	json_object_set_new(j, "by_now", follow_json(has && !limit, p->by_now));
	json_object_set_new(j, "ahead", follow_json(both && !limit, p->ahead));
	json_object_set_new(j, "per_month", follow_json(has && !limit, p->per_month));
	json_object_set_new(j, "days_left", json_integer(p->days_left));
	json_object_set_new(j, "status", json_string(pace_status_name(p->status)));
	json_object_set_new(j, "cause",
			    r->cause ? json_string(lag_cause_name(r->cause)) : json_null());
	json_object_set_new(j, "sheets_missing", json_integer((json_int_t)r->missing));
	json_object_set_new(
		j, "kept", both && limit ? json_boolean(r->value <= r->target->goal) : json_null());
	json_object_set_new(j, "comparable", report_comparable(r->target));
	json_object_set_new(j, "forecast", json_forecast(f, r));
	json_object_set_new(j, "pipeline", json_pipeline(r));
	return j;
}

static json_t *json_progress(const struct follow *f)
{
	json_t *j = follow_json_head(f), *rows = json_array();

	for (size_t i = 0; i < f->count; i++)
		json_array_append_new(rows, json_progress_row(f, &f->rows[i]));
	json_object_set_new(j, "season", json_string(f->seasonal ? "learned" : "linear"));
	json_object_set_new(j, "past_years", json_integer((json_int_t)f->past_years));
	json_object_set_new(j, "past_computed", json_boolean(f->top.past_computed));
	json_object_set_new(j, "due_percent",
			    json_percent(f->top.pace.due.num, f->top.pace.due.den));
	json_object_set_new(j, "rows", rows);
	json_object_set_new(j, "total", json_progress_row(f, &f->top));
	return j;
}

/* ---- words ---- */

static const char *status_words(enum pace_status s)
{
	static const char *const words[PACE_STATUSES] = {
		[PACE_NO_TARGET] = N_("no target"),
		[PACE_NOT_REPORTED] = N_("not reported"),
		[PACE_REACHED] = N_("reached"),
		[PACE_NOT_BEGUN] = N_("not begun"),
		[PACE_ON] = N_("on pace"),
		[PACE_BEHIND] = N_("behind the pace"),
		[PACE_FAR_BEHIND] = N_("far behind the pace"),
		[PACE_OVER] = N_("the period is over"),
		[PACE_KEPT] = N_("kept"),
		[PACE_EXCEEDED] = N_("exceeded"),
	};

	return _(words[(unsigned)s < PACE_STATUSES ? s : PACE_NO_TARGET]);
}

/* The status, and the numbers it rests on. */
static const char *reason_words(struct arena *a, const struct follow_row *r)
{
	const struct pace *p = &r->pace;
	const char *status = status_words(p->status);
	int64_t goal = r->target ? r->target->goal : 0;

	switch (p->status) {
	case PACE_REACHED:
		return p->excess ? arena_printf(a, _("%s, %s over"), status,
						show_number(a, p->excess))
				 : status;
	case PACE_ON:
	case PACE_BEHIND:
	case PACE_FAR_BEHIND:
		return arena_printf(a, _("%s: %s due by now, %s a month still needed"), status,
				    show_number(a, p->by_now), show_number(a, p->per_month));
	case PACE_OVER:
		return arena_printf(a, _("%s, %s still missing"), status,
				    show_number(a, p->missing));
	case PACE_KEPT:
		return arena_printf(a, _("%s: at most %s, %s left"), status, show_number(a, goal),
				    show_number(a, goal - r->value));
	case PACE_EXCEEDED:
		return arena_printf(a, _("%s: at most %s, %s over"), status, show_number(a, goal),
				    show_number(a, p->excess));
	default:
		return status;
	}
}

static const char *forecast_words(struct arena *a, const struct follow_row *r)
{
	if (!r->has_forecast)
		return "";
	return arena_printf(a, "%s (%s-%s)", show_number(a, r->forecast.value),
			    show_number(a, r->forecast.eighty.low),
			    show_number(a, r->forecast.eighty.high));
}

static void progress_cells(const struct follow *f, struct grid *g, const struct follow_row *r,
			   const char *no)
{
	struct arena *a = f->c->arena;
	const struct totals *t = r->totals;

	grid_cell(g, no, true);
	grid_cell(g, follow_name(f, r), false);
	grid_cell(g, r->has_value ? show_number(a, r->value) : "", true);
	grid_cell(g, r->target ? show_number(a, r->target->goal) : "", true);
	grid_cell(g,
		  r->target && r->has_value && !follow_is_limit(r)
			  ? follow_percent(f, r->value, r->target->goal)
			  : "",
		  true);
	grid_cell(g, r->has_value && t->has_members ? follow_percent(f, r->value, t->members) : "",
		  true);
	grid_cell(g, forecast_words(a, r), true);
	grid_cell(g,
		  r->cause == LAG_NOT_REPORTED && r->missing
			  ? show_text(a, _("%s; %llu due sheets missing"), reason_words(a, r),
				      (unsigned long long)r->missing)
			  : reason_words(a, r),
		  false);
}

static void pipeline_words(const struct follow *f, const struct follow_row *r)
{
	const struct case_forecast *p = &r->pipeline.forecast;
	struct arena *a = f->c->arena;
	int64_t all = follow_pipeline(r);

	if (!r->has_pipeline)
		return;
	fprintf(f->c->out, _("%s, by cases: %s admitted + %s that can still make it = %s"),
		r->unit->code, show_number(a, all - p->can_make_it), show_number(a, p->can_make_it),
		show_number(a, all));
	if (p->too_late)
		fprintf(f->c->out, _("; too late by the rules: %s"), show_number(a, p->too_late));
	if (r->pipeline.late)
		fprintf(f->c->out, _("; decision overdue: %s"), show_number(a, r->pipeline.late));
	fprintf(f->c->out, "%s\n", p->doubtful ? _(" (counted over days not verified)") : "");
}

static int progress_words(const struct follow *f)
{
	struct cli *c = f->c;
	struct grid *g = grid_new(c->arena, 8);
	int rc;

	follow_head_words(f);
	follow_members_words(f);
	lang_print(c->out,
		   f->seasonal
			   ? _("%s of the year's work is usually done by now (%zu years before)\n")
			   : _("%s of the time has gone\n"),
		   follow_percent(f, f->top.pace.due.num, f->top.pace.due.den), f->past_years);
	grid_cell(g, _("no."), true);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("so far"), true);
	grid_cell(g, _("target"), true);
	grid_cell(g, _("attained"), true);
	grid_cell(g, _("of members"), true);
	grid_cell(g, _("forecast (80%)"), true);
	grid_cell(g, _("status"), false);
	grid_rule(g);
	for (size_t i = 0; i < f->count; i++)
		progress_cells(f, g, &f->rows[i], arena_printf(c->arena, "%zu", i + 1));
	grid_rule(g);
	progress_cells(f, g, &f->top, "");
	rc = follow_print(f, g);
	for (size_t i = 0; i <= f->count && !rc; i++) {
		const struct follow_row *r = i < f->count ? &f->rows[i] : &f->top;

		pipeline_words(f, r);
		if (r->past_computed)
			fprintf(c->out,
				r->past_part
					? _("%s: past years are computed, its part of what was split\n")
					: _("%s: past years are computed, the sums of the units that it "
					    "was made of\n"),
				r->unit->code);
		follow_dossiers_words(f, r);
	}
	return rc;
}

int cmd_progress(struct cli *c, int argc, char **argv)
{
	struct follow *f = follow_new(c);
	int rc = f ? follow_read(f, argv[1], true) : -ERR_NOMEM;

	(void)argc;
	if (rc)
		return rc;
	return c->json ? show_json(c, json_progress(f)) : progress_words(f);
}
