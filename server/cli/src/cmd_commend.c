/* commend UNIT: units that meet stated rules, and people whom units put forward. Who is commended, people decide. */
#include "answers.h"
#include "follow.h"

#include "ledger/emulate.h"

#include <stdlib.h>

#include "domain/commend.h"

struct proposal {
	struct follow *f;
	struct commend_rule rule;
	struct commend_place *places;
	struct commended
		*people; /* of the units below and their own, who helped most people first */
	size_t people_count;
};

/* ---- people ---- */

static int by_helped(const void *pa, const void *pb)
{
	const struct commended *a = pa, *b = pb;

	if (a->commend.helped != b->commend.helped)
		return a->commend.helped > b->commend.helped ? -1 : 1;
	return (a->lsn > b->lsn) - (a->lsn < b->lsn);
}

static int add_people(struct proposal *p, uint32_t unit, size_t *cap)
{
	struct cli *c = p->f->c;
	const struct commended *list;
	size_t count;
	int rc = query_commended(&list, &count, c->store.ledger, unit, p->f->period,
				 p->f->question.q.known_at, c->arena, &c->err);

	if (rc || !count)
		return rc;
	if (p->people_count + count > *cap) {
		size_t room = 2 * (p->people_count + count);
		struct commended *grown = arena_array(c->arena, room, sizeof(*grown));

		if (!grown)
			return err_set(&c->err, ERR_NOMEM, "no memory for a table");
		if (p->people_count)
			memcpy(grown, p->people, p->people_count * sizeof(*grown));
		p->people = grown;
		*cap = room;
	}
	memcpy(p->people + p->people_count, list, count * sizeof(*list));
	p->people_count += count;
	return 0;
}

/* Of the unit itself and all below, on the day. */
static int find_people(struct proposal *p)
{
	const struct follow *f = p->f;
	const struct tree *tree = ledger_tree(f->c->store.ledger);
	size_t cap = 0;
	int rc = 0;

	for (size_t i = 0; i < tree_count(tree) && !rc; i++) {
		uint32_t unit = tree_at(tree, i)->unit;

		if (tree_inside(tree, unit, f->top.unit->unit, f->day, f->question.q.known_at))
			rc = add_people(p, unit, &cap);
	}
	if (p->people_count)
		qsort(p->people, p->people_count, sizeof(*p->people), by_helped);
	return rc;
}

static json_t *json_people(const struct proposal *p)
{
	struct ledger *l = p->f->c->store.ledger;
	json_t *list = json_array();
	char period[PERIOD_TEXT_MAX];

	for (size_t i = 0; i < p->people_count; i++) {
		const struct commended *one = &p->people[i];
		const struct op_commend *m = &one->commend;

		/* nobody here can open a name */
		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:n, s:b, s:o, s:o, s:s, s:I, s:o, s:I}", "unit",
				  unit_code_of(l, one->unit), "name",
				  unit_name_of(l, one->unit, p->f->day, UINT64_MAX), "person",
				  "named", m->named, "body",
				  m->body ? json_string(unit_code_of(l, m->body)) : json_null(),
				  "title", json_span(m->title), "period",
				  period_text(period, m->period), "helped", (json_int_t)m->helped,
				  "reason", json_span(one->reason), "lsn", (json_int_t)one->lsn));
	}
	return list;
}

static int people_words(const struct proposal *p)
{
	struct cli *c = p->f->c;
	struct grid *g = grid_new(c->arena, 5);

	if (!p->people_count)
		return 0;
	fprintf(c->out, "\n%s\n", _("people whom units put forward:"));
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("name"), false);
	grid_cell(g, _("office held"), false);
	grid_cell(g, _("helped, and admitted"), true);
	grid_cell(g, _("reason"), false);
	grid_rule(g);
	for (size_t i = 0; i < p->people_count; i++) {
		const struct commended *one = &p->people[i];
		const char *title = arena_str(c->arena, one->commend.title);
		const char *reason = arena_str(c->arena, one->reason);

		grid_cell(g, unit_name_of(c->store.ledger, one->unit, p->f->day, UINT64_MAX),
			  false);
		grid_cell(g, one->commend.named ? _("(sealed)") : "", false);
		grid_cell(g, title, false);
		grid_cell(g, show_number(c->arena, one->commend.helped), true);
		grid_cell(g, reason, false);
	}
	return grid_print(g, c->out, &c->err);
}

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
	json_object_set_new(j, "people", json_people(p));
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

	lang_print(out, _("rules: at least %u%% of the target, targets of %lld and more"),
		   p->rule.percent, (long long)p->rule.small);
	if (p->rule.on_time)
		fprintf(out, _("; every sheet in time"));
	if (p->rule.per_group)
		lang_print(out, _("; the first %u of each group and their equals"),
			   p->rule.per_group);
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
	return grid_print(g, c->out, &c->err) ?: people_words(p);
}

static int read_proposal(struct proposal *p, struct cli *c, const char *unit)
{
	int rc = -ERR_NOMEM;

	*p = (struct proposal){ .f = follow_new(c) };
	if (p->f)
		rc = follow_read(p->f, unit, false);
	if (!rc)
		rc = judge(p);
	return rc ? rc : find_people(p);
}

int answer_commended(struct cli *c, const char *unit, json_t **out)
{
	struct proposal p;
	int rc = read_proposal(&p, c, unit);

	if (!rc)
		*out = json_proposal(&p);
	return rc;
}

int cmd_commend(struct cli *c, int argc, char **argv)
{
	struct proposal p;
	int rc = read_proposal(&p, c, argv[1]);

	(void)argc;
	if (rc)
		return rc;
	return c->json ? show_json(c, json_proposal(&p)) : proposal_words(&p);
}
