/* commend UNIT: units that meet stated rules, put forward. Who is commended, people decide. */
#include "follow.h"

#include "domain/commend.h"

struct proposal {
	struct follow *f;
	struct commend_rule rule;
	struct commend_place *places;
};

static int judge(struct proposal *p)
{
	struct follow *f = p->f;
	struct cli *c = f->c;
	struct commend_row *rows = arena_array(c->arena, f->count + 1, sizeof(*rows));

	p->places = arena_array(c->arena, f->count + 1, sizeof(*p->places));
	if (!rows || !p->places)
		return err_set(&c->err, ERR_NOMEM, "no memory for a table");
	p->rule = (struct commend_rule){ .percent = (unsigned)options.percent,
					 .small = options.small,
					 .on_time = options.on_time,
					 .per_group = (unsigned)options.per_group };
	for (size_t i = 0; i < f->count; i++) {
		rows[i].row = follow_rank_row(&f->rows[i]);
		rows[i].late = f->rows[i].late;
	}
	return commend_rows(p->places, rows, f->count, &p->rule, &c->err);
}

/* ---- JSON ---- */

static json_t *json_row(const struct proposal *p, size_t i)
{
	const struct follow_row *r = &p->f->rows[i];
	const struct commend_place *place = &p->places[i];
	bool has = r->target != NULL;

	return json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "unit", r->unit->code, "name",
		follow_name(p->f, r), "group", r->group, "proposed", place->why == COMMEND_YES,
		"in_group", follow_json(place->in_group > 0, place->in_group), "why",
		place->why == COMMEND_YES ? json_null() : json_string(commend_why_name(place->why)),
		"apart",
		place->why == COMMEND_APART ? json_string(rank_apart_name(place->apart))
					    : json_null(),
		"value", follow_json(r->has_value, r->value), "goal",
		follow_json(has, has ? r->target->goal : 0), "attained_percent",
		has && r->has_value ? json_percent(r->value, r->target->goal) : json_null());
}

static json_t *json_proposal(const struct proposal *p)
{
	json_t *j = follow_json_head(p->f), *rows = json_array();

	for (size_t i = 0; i < p->f->count; i++)
		json_array_append_new(rows, json_row(p, i));
	json_object_set_new(j, "percent", json_integer(p->rule.percent));
	json_object_set_new(j, "per_group", json_integer(p->rule.per_group));
	json_object_set_new(j, "on_time", json_boolean(p->rule.on_time));
	json_object_set_new(j, "small", json_integer(p->rule.small));
	json_object_set_new(j, "rows", rows);
	return j;
}

/* ---- words ---- */

static const char *why_words(const struct proposal *p, size_t i)
{
	switch (p->places[i].why) {
	case COMMEND_YES:
		return _("proposed");
	case COMMEND_APART:
		return follow_apart(p->f->c, &p->f->rows[i], p->places[i].apart);
	case COMMEND_LATE:
		return _("a sheet came late");
	case COMMEND_BEYOND:
		return _("others of the group come first");
	default:
		return _("below the percentage");
	}
}

static void rule_words(const struct proposal *p)
{
	FILE *out = p->f->c->out;

	fprintf(out, _("rules: at least %u%% of the target, targets of %lld and more"),
		p->rule.percent, (long long)p->rule.small);
	if (p->rule.on_time)
		fprintf(out, _("; every sheet in time"));
	if (p->rule.per_group)
		fprintf(out, _("; the first %u of each group and their equals"), p->rule.per_group);
	fprintf(out, "\n");
}

static int proposal_words(const struct proposal *p)
{
	const struct follow *f = p->f;
	struct cli *c = f->c;
	struct grid *g = grid_new(c->arena, 6);

	follow_head_words(f);
	rule_words(p);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("so far"), true);
	grid_cell(g, _("target"), true);
	grid_cell(g, _("attained"), true);
	grid_cell(g, _("group"), false);
	grid_cell(g, "", false);
	grid_rule(g);
	for (size_t i = 0; i < f->count; i++) {
		const struct follow_row *r = &f->rows[i];
		bool has = r->target && r->has_value;

		grid_cell(g, follow_name(f, r), false);
		grid_cell(g, r->has_value ? show_number(c->arena, r->value) : "", true);
		grid_cell(g, r->target ? show_number(c->arena, r->target->goal) : "", true);
		grid_cell(g, has ? follow_percent(f, r->value, r->target->goal) : "", true);
		grid_cell(g, follow_group(r->group), false);
		grid_cell(g, why_words(p, i), false);
	}
	return grid_print(g, c->out, &c->err);
}

int cmd_commend(struct cli *c, int argc, char **argv)
{
	struct proposal p = { .f = follow_new(c) };
	int rc = p.f ? follow_read(p.f, argv[1], false) : -ERR_NOMEM;

	(void)argc;
	if (!rc)
		rc = judge(&p);
	if (rc)
		return rc;
	return c->json ? show_json(c, json_proposal(&p)) : proposal_words(&p);
}
