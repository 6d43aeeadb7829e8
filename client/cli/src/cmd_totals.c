/* totals: what a unit and all below it add up to. */
#include "report.h"

static void tell_target(struct cli *c, const json_t *t)
{
	const char *percent = json_string_value(json_object_get(t, "attained_percent"));
	const json_t *goal = json_object_get(t, "goal");
	int64_t excess = number_at(t, "excess");

	fprintf(c->out, "  %s: ", target_words(c, t));
	if (!json_is_integer(goal))
		fprintf(c->out, _("no number to reach: the base is not known\n"));
	else if (!percent)
		fprintf(c->out, _("%s to reach\n"), number_words(c, goal));
	else if (excess >= 0)
		fprintf(c->out, _("%s to reach, attained %s, %s over\n"), number_words(c, goal),
			show_percent(c, percent), show_number(c, excess));
	else
		fprintf(c->out, _("%s to reach, attained %s, %s still missing\n"),
			number_words(c, goal), show_percent(c, percent), show_number(c, -excess));
}

/* "members 2021-12-31", "sheets 2022-09-30": a day as people write it. */
static const char *members_from_words(struct cli *c, const char *from)
{
	const char *iso = strchr(from, ' ');

	if (!iso || !*show_iso_day(c, iso + 1))
		return from;
	return arena_printf(c->arena,
			    !strncmp(from, "sheets ", 7) ? _("sheets %s") : _("members %s"),
			    show_iso_day(c, iso + 1));
}

static void tell_measures(struct cli *c, const json_t *j)
{
	struct grid *g = grid_new(c, 3);
	json_t *before = json_object_get(j, "prev_year"), *value;
	const char *code;

	json_object_foreach(json_object_get(j, "measures"), code, value)
	{
		json_t *prev = json_object_get(json_object_get(before, code), "value");

		if (!json_is_integer(value) && !json_is_integer(prev))
			continue;
		grid_cell(g, measure_name(c, code), false);
		grid_cell(g, number_words(c, value), true);
		grid_cell(g,
			  json_is_integer(prev) ? arena_printf(c->arena, _("year before %s"),
							       number_words(c, prev))
						: "",
			  false);
	}
	grid_print(g);
}

static void tell_totals(struct cli *c, const struct question *q, const json_t *j)
{
	const json_t *reporting = json_object_get(j, "reporting"),
		     *sheets = json_object_get(j, "sheets");
	json_t *target;
	size_t i;

	fprintf(c->out, _("%s (%s), from %s to %s\n"), unit_name(c, q->q.unit, q->q.period.to),
		q->unit->code, show_iso_day(c, text_at(j, "from")),
		show_iso_day(c, text_at(j, "to")));
	tell_known(c, j, q->here);
	fprintf(c->out,
		_("reported: %lld of %lld units, %lld of %lld sheets, %lld nil, %lld figures with two values\n"),
		(long long)number_at(reporting, "reported"),
		(long long)number_at(reporting, "expected"), (long long)number_at(sheets, "signed"),
		(long long)number_at(sheets, "expected"), (long long)number_at(sheets, "nil"),
		(long long)number_at(reporting, "contested"));
	if (json_is_integer(json_object_get(j, "members")))
		fprintf(c->out, _("members: %s (%s)\n"),
			number_words(c, json_object_get(j, "members")),
			members_from_words(c, text_at(j, "members_from")));
	tell_measures(c, j);
	json_array_foreach(json_object_get(j, "targets"), i, target) tell_target(c, target);
	if (json_is_integer(json_object_get(j, "sum_below")))
		fprintf(c->out, _("  targets of the units directly below add up to %s\n"),
			number_words(c, json_object_get(j, "sum_below")));
}

int cmd_totals(struct cli *c, int argc, char **argv)
{
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	struct wire_query w = { .what = WIRE_TOTALS };
	struct question q;
	json_t *j = NULL;
	int rc = t ? question_read(c, argc > 1 ? argv[1] : NULL, &q)
		   : err_set(&c->err, ERR_NOMEM, "no memory for totals");

	if (rc)
		return rc;
	if (!q.here) {
		rc = ask_server(c, &q, &w, &j);
	} else {
		rc = query_totals(t, client_base(c->client), &q.q, c->arena, &c->err);
		if (!rc)
			j = json_totals(c, t);
	}
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	tell_totals(c, &q, j);
	json_decref(j);
	return 0;
}
