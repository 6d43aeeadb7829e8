/* rank UNIT: places by what was reached. Names measure, instrument and day; never says best or worst. */
#include "answers.h"
#include "follow.h"

struct ranking {
	enum rank_by by;
	int64_t small;
	struct rank_place *places;
	size_t *order;
};

static int make_ranking(struct follow *f, struct ranking *k)
{
	struct cli *c = f->c;
	struct rank_row *rows = arena_array(c->arena, f->count + 1, sizeof(*rows));

	k->by = options.order ? rank_by_parse(options.order) : RANK_BY_ATTAINMENT;
	k->small = options.small;
	k->places = arena_array(c->arena, f->count + 1, sizeof(*k->places));
	k->order = arena_array(c->arena, f->count + 1, sizeof(*k->order));
	if (k->by == RANK_BYS)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "--order attainment, rate or count, not %s",
					      options.order));
	if (!rows || !k->places || !k->order)
		return err_set(&c->err, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < f->count; i++)
		rows[i] = follow_rank_row(&f->rows[i]);
	return rank_rows(k->places, k->order, rows, f->count, k->by, k->small, &c->err);
}

static json_t *json_rank_row(const struct follow *f, const struct ranking *k, size_t i)
{
	const struct follow_row *r = &f->rows[i];
	const struct rank_place *p = &k->places[i];
	bool placed = p->apart == RANK_PLACED, has = r->target != NULL;
	const struct totals *t = r->totals;

	return json_pack(
		"{s:o, s:o, s:o, s:o, s:s, s:b, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o}",
		"place", follow_json(placed, p->overall), "of", follow_json(placed, p->overall_of),
		"in_group", follow_json(placed, p->in_group), "in_group_of",
		follow_json(placed, p->in_group_of), "group", r->group, "tied", p->tied, "apart",
		placed ? json_null() : json_string(rank_apart_name(p->apart)), "unit",
		r->unit->code, "name", follow_name(f, r), "value",
		follow_json(r->has_value, r->value), "goal",
		follow_json(has, has ? r->target->goal : 0), "members",
		follow_json(t->has_members, t->members), "attained_percent",
		has && r->has_value && !follow_is_limit(r) ? json_percent(r->value, r->target->goal)
							   : json_null(),
		"rate_percent",
		r->has_value && t->has_members ? json_percent(r->value, t->members) : json_null(),
		"sheets_missing", (json_int_t)t->sheets.missing, "comparable",
		report_comparable(r->target));
}

static json_t *json_ranking(const struct follow *f, const struct ranking *k)
{
	json_t *j = follow_json_head(f), *rows = json_array();

	for (size_t i = 0; i < f->count; i++)
		json_array_append_new(rows, json_rank_row(f, k, k->order[i]));
	json_object_set_new(j, "by", json_string(rank_by_name(k->by)));
	json_object_set_new(j, "small", json_integer(k->small));
	json_object_set_new(j, "rows", rows);
	return j;
}

static void rank_cells(const struct follow *f, const struct ranking *k, struct grid *g, size_t i)
{
	const struct follow_row *r = &f->rows[i];
	const struct rank_place *p = &k->places[i];
	struct arena *a = f->c->arena;
	bool placed = p->apart == RANK_PLACED;
	const char *figure = "";

	if (placed && k->by == RANK_BY_ATTAINMENT)
		figure = follow_percent(f, r->value, r->target->goal);
	else if (placed && k->by == RANK_BY_RATE)
		figure = follow_percent(f, r->value, r->totals->members);
	grid_cell(g, placed ? arena_printf(a, "%u", p->overall) : "", true);
	grid_cell(g, follow_name(f, r), false);
	grid_cell(g, r->has_value ? show_number(a, r->value) : "", true);
	grid_cell(g, r->target ? show_number(a, r->target->goal) : "", true);
	grid_cell(g, figure, true);
	grid_cell(g, follow_group(r->group), false);
	grid_cell(g, placed ? arena_printf(a, "%u/%u", p->in_group, p->in_group_of) : "", true);
	grid_cell(g, follow_apart(f->c, r, p->apart), false);
}

static int rank_words(const struct follow *f, const struct ranking *k)
{
	static const char *const by[RANK_BYS] = {
		[RANK_BY_ATTAINMENT] = N_("ranked by attainment of the target"),
		[RANK_BY_RATE] = N_("ranked by the rate to members"),
		[RANK_BY_COUNT] = N_("ranked by number"),
	};
	struct cli *c = f->c;
	struct grid *g = grid_new(c->arena, 8);
	bool ruled = false;

	follow_head_words(f);
	if (k->by == RANK_BY_RATE)
		follow_members_words(f);
	fprintf(c->out, "%s\n", _(by[(unsigned)k->by < RANK_BYS ? k->by : RANK_BY_COUNT]));
	grid_cell(g, _("place"), true);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("so far"), true);
	grid_cell(g, _("target"), true);
	grid_cell(g, "%", true);
	grid_cell(g, _("group"), false);
	grid_cell(g, _("in the group"), true);
	grid_cell(g, _("without a place"), false);
	grid_rule(g);
	for (size_t i = 0; i < f->count; i++) {
		if (!ruled && k->places[k->order[i]].apart != RANK_PLACED) {
			ruled = true;
			grid_rule(g);
		}
		rank_cells(f, k, g, k->order[i]);
	}
	return follow_print(f, g);
}

int answer_rank(struct cli *c, const char *unit, json_t **out)
{
	struct follow *f = follow_new(c);
	struct ranking k = { 0 };
	int rc = f ? follow_read(f, unit, false) : -ERR_NOMEM;

	if (!rc)
		rc = make_ranking(f, &k);
	if (!rc)
		*out = json_ranking(f, &k);
	return rc;
}

int cmd_rank(struct cli *c, int argc, char **argv)
{
	struct follow *f = follow_new(c);
	struct ranking k = { 0 };
	int rc = f ? follow_read(f, argv[1], false) : -ERR_NOMEM;

	(void)argc;
	if (!rc)
		rc = make_ranking(f, &k);
	if (rc)
		return rc;
	return c->json ? show_json(c, json_ranking(f, &k)) : rank_words(f, &k);
}
