/* The balance of members over some days: where they began, what the sheets tell of increase and decrease, whole
 * organisations that came and went by acts on lines of their own, and where they end. */
#include "internal.h"

#include "base/lang.h"
#include "base/num.h"
#include "ledger/part.h"
#include "report/acts.h"
#include "report/grid.h"
#include "report/names.h"
#include "report/words.h"

#include <stdlib.h>

struct balancing {
	struct ledger *l;
	uint32_t unit;
	struct period days;
	uint64_t known;
	const struct form *form;
	const struct rule *rule; /* members_end = members_begin + ... */
	uint16_t end, begin;     /* measures */
	struct totals *t;        /* of the days */
	int64_t opening, closing, flows, taken, given;
	bool has_opening, has_closing;
	json_t *flow_list, *handed;
	struct arena *a;
	struct err *e;
};

/* The rule of the form that makes the end out of the beginning. */
static int find_rule(struct balancing *b)
{
	b->form = ledger_form_code(b->l, SPAN_LIT("monthly"), b->e);
	b->end = ledger_measure(b->l, SPAN_LIT("members_end"));
	b->begin = ledger_measure(b->l, SPAN_LIT("members_begin"));
	for (size_t i = 0; b->form && i < b->form->rule_count; i++) {
		const struct rule *r = &b->form->rules[i];

		if (r->compare == RULE_EQ && r->left_count == 1 && r->right_count > 2 &&
		    r->left[0].function == TERM_MEASURE && r->left[0].measure == b->end)
			b->rule = r;
	}
	return b->rule ? 0 : err_set(b->e, ERR_NOTFOUND, "no form has a balance of members");
}

static int ask(struct balancing *b, struct period days, struct totals **out)
{
	struct query q = {
		.unit = b->unit, .period = days, .known_at = b->known, .measure = b->end
	};

	*out = arena_alloc(b->a, sizeof(**out));
	return *out ? query_totals(*out, b->l, &q, b->a, b->e)
		    : err_set(b->e, ERR_NOMEM, "no memory for a balance");
}

/* The month, or what an act left of it, that ends on `day`. */
static int month_to(struct balancing *b, day_t day, struct period *out)
{
	struct calendar calendar;
	int rc = part_calendar(b->l, b->form->no, &calendar, b->e);

	*out = (struct period){ rc ? day : calendar_month(&calendar, day).from, day };
	return rc;
}

static const struct measure_total *total_of(const struct totals *t, uint16_t measure)
{
	for (size_t i = 0; i < t->measure_count; i++)
		if (t->measures[i].measure == measure && t->measures[i].count)
			return &t->measures[i];
	return NULL;
}

static bool sum_of(const struct totals *t, uint16_t measure, int64_t *out)
{
	const struct measure_total *m = total_of(t, measure);

	if (m)
		*out = m->sum;
	return m != NULL;
}

/* Members at the end of the last of these days, where everybody who reports on that day has said how many. */
static int members_at_end(struct balancing *b, const struct totals *t, bool *has, int64_t *members)
{
	const struct measure_total *m = total_of(t, b->end);
	day_t last = t->asked.period.to;
	struct totals *on;
	int rc = m ? ask(b, (struct period){ last, last }, &on) : 0;

	*has = m && !rc && m->count == on->reporting.expected;
	*members = *has ? m->sum : 0;
	return rc;
}

/* What the sheets of the month before end with, or else what was told of that very day. */
static int fill_opening(struct balancing *b)
{
	const struct unit *u = tree_get(ledger_tree(b->l), b->unit);
	day_t day = b->days.from - 1;
	struct totals *before;
	struct period month;
	int rc = month_to(b, day, &month);

	b->has_opening = !unit_alive_at(u, day, b->known); /* it begins with what it takes over */
	if (b->has_opening)
		return rc;
	if (!rc)
		rc = ask(b, month, &before);
	if (!rc)
		rc = members_at_end(b, before, &b->has_opening, &b->opening);
	if (rc || b->has_opening)
		return rc;
	b->has_opening = before->has_members && before->members_on == day;
	b->opening = b->has_opening ? before->members : 0;
	return 0;
}

static int fill_ends(struct balancing *b)
{
	int rc = fill_opening(b);

	if (!rc)
		rc = ask(b, b->days, &b->t);
	return rc ? rc : members_at_end(b, b->t, &b->has_closing, &b->closing);
}

static int fill_flows(struct balancing *b)
{
	b->flow_list = json_object();
	for (size_t i = 0; i < b->rule->right_count; i++) {
		const struct rule_term *term = &b->rule->right[i];
		int64_t sum;

		if (term->function != TERM_MEASURE || term->measure == b->begin ||
		    !sum_of(b->t, term->measure, &sum))
			continue;
		json_object_set_new(b->flow_list, measure_code_of(b->l, term->measure),
				    json_integer((json_int_t)(term->factor * sum)));
		if (!num_add(&b->flows, b->flows, term->factor * sum))
			return err_set(b->e, ERR_RANGE, "the sum of a balance is too large");
	}
	return 0;
}

static int by_day(const void *pa, const void *pb)
{
	day_t x = *(const day_t *)pa, y = *(const day_t *)pb;

	return x < y ? -1 : x > y;
}

/* Days of the range on which some unit moved or went over, each once, ascending. */
static int act_days(struct balancing *b, day_t **out, size_t *count)
{
	const struct tree *t = ledger_tree(b->l);
	size_t all = 1, kept = 0;

	*count = 0;
	for (size_t i = 0; i < tree_count(t); i++)
		all += tree_at(t, i)->edge_count + tree_at(t, i)->link_count;
	*out = arena_array(b->a, all, sizeof(**out));
	if (!*out)
		return err_set(b->e, ERR_NOMEM, "no memory for a balance");
	for (size_t i = 0; i < tree_count(t); i++) {
		const struct unit *u = tree_at(t, i);

		for (size_t k = 1; k < u->edge_count; k++)
			if (u->edges[k].from >= b->days.from && u->edges[k].from <= b->days.to)
				(*out)[(*count)++] = u->edges[k].from;
		for (size_t k = 0; k < u->link_count; k++)
			if (u->links[k].from >= b->days.from && u->links[k].from <= b->days.to)
				(*out)[(*count)++] = u->links[k].from;
	}
	qsort(*out, *count, sizeof(**out), by_day);
	for (size_t i = 0; i < *count; i++)
		if (!kept || (*out)[kept - 1] != (*out)[i])
			(*out)[kept++] = (*out)[i];
	*count = kept;
	return 0;
}

static int add_line(struct balancing *b, const json_t *line, const char *act, const char *effective,
		    int64_t members)
{
	if (members >= 0)
		b->taken += members;
	else
		b->given -= members;
	return json_array_append_new(b->handed,
				     json_pack("{s:O, s:O, s:s, s:s, s:s, s:I}", "unit",
					       json_object_get(line, "unit"), "name",
					       json_object_get(line, "name"), "moved",
					       members >= 0 ? "in" : "out", "act", act, "effective",
					       effective, "members", (json_int_t)members))
		       ? err_set(b->e, ERR_NOMEM, "no memory for a balance")
		       : 0;
}

/* The members at the end of these days of those who stand elsewhere on `on`. */
static int moved_by(struct balancing *b, struct period days, day_t on, json_t **out)
{
	struct question q = { .q = { .unit = b->unit,
				     .period = days,
				     .known_at = b->known,
				     .tree = TREE_AS_IS,
				     .tree_day = on,
				     .measure = b->end } };

	return report_bridge(out, b->l, &q, b->a, b->e);
}

static const json_t *line_of(const json_t *bridge, const char *unit)
{
	const json_t *line;
	size_t i;

	json_array_foreach(json_object_get(bridge, "lines"), i, line)
	{
		if (!strcmp(text_at(line, "unit"), unit) &&
		    json_object_get(json_object_get(line, "figures"), "members_end"))
			return line;
	}
	return NULL;
}

static int64_t members_of(const json_t *line)
{
	return number_at(json_object_get(line, "figures"), "members_end");
}

/* Does the unit report days of before and after `day` in one sheet? */
static bool reports_over(struct balancing *b, const char *unit, struct period month, day_t day)
{
	const struct unit *u = tree_by_code(ledger_tree(b->l), span_str(unit));
	struct period whole;
	enum plan_step step;

	return u && !part_step(b->l, u->unit, b->form->no, day, &step, &whole, NULL) &&
	       step != PLAN_NONE && (whole.from > month.from ? whole.from : month.from) < day;
}

/* Who was moved in the middle of a month reports that month where it stands on its last day: it came, or went, with the
 * members of the month before. */
static int moved_within(struct balancing *b, struct period month, day_t day)
{
	json_t *now = NULL, *then = NULL;
	struct period before;
	const json_t *line;
	size_t i;
	int rc = month_to(b, month.from - 1, &before);

	if (!rc)
		rc = moved_by(b, before, day, &now);
	if (!rc)
		rc = moved_by(b, before, day - 1, &then);
	json_array_foreach(json_object_get(now, "lines"), i, line)
	{
		const char *unit = text_at(line, "unit");

		if (!rc && line_of(now, unit) == line && !line_of(then, unit) &&
		    reports_over(b, unit, month, day))
			rc = add_line(b, line, text_at(line, "act"), text_at(line, "effective"),
				      members_of(line));
	}
	json_array_foreach(json_object_get(then, "lines"), i, line)
	{
		const char *unit = text_at(line, "unit");
		char iso[DAY_TEXT_MAX];

		if (!rc && line_of(then, unit) == line && !line_of(now, unit) &&
		    reports_over(b, unit, month, day))
			rc = add_line(b, line, "", day_iso(iso, day), -members_of(line));
	}
	json_decref(now);
	json_decref(then);
	return rc;
}

/* Organisations that came or went on that day, with the members of the day before. */
static int hand_over(struct balancing *b, day_t day)
{
	struct calendar calendar;
	struct period days, month;
	json_t *bridge = NULL, *line;
	size_t i;
	int rc = month_to(b, day - 1, &days);

	if (!rc)
		rc = moved_by(b, days, day, &bridge);
	json_array_foreach(json_object_get(bridge, "lines"), i, line)
	{
		if (!rc && json_object_get(json_object_get(line, "figures"), "members_end"))
			rc = add_line(b, line, text_at(line, "act"), text_at(line, "effective"),
				      members_of(line));
	}
	json_decref(bridge);
	if (!rc)
		rc = part_calendar(b->l, b->form->no, &calendar, b->e);
	if (rc)
		return rc;
	month = calendar_month(&calendar, day);
	return month.from < day ? moved_within(b, month, day) : 0;
}

/* ---- from outside, and to it ---- */

static bool reports(struct balancing *b, uint32_t unit, day_t day)
{
	struct period whole;
	enum plan_step step;

	return !part_step(b->l, unit, b->form->no, day, &step, &whole, NULL) && step != PLAN_NONE;
}

static int add_whole(struct balancing *b, const struct unit *u, day_t day, uint64_t lsn,
		     int64_t members)
{
	struct act_named act;
	int rc = act_name(&act, b->l, lsn, b->a, b->e);

	if (rc)
		return rc;
	if (members >= 0)
		b->taken += members;
	else
		b->given -= members;
	json_array_append_new(b->handed,
			      json_pack("{s:s, s:s, s:s, s:s, s:o, s:I}", "unit", u->code, "name",
					unit_name_of(b->l, u->unit, day, b->known), "moved",
					members >= 0 ? "in" : "out", "act", act.no, "effective",
					json_day(day), "members", (json_int_t)members));
	return 0;
}

/* It ended, and nobody took it over: it went to another province, the army, the centre. */
static int went_out(struct balancing *b, const struct unit *u, const struct tree_life *end)
{
	struct query q = { .unit = u->unit, .known_at = b->known };
	struct totals *last = arena_alloc(b->a, sizeof(*last));
	int64_t members = 0;
	int rc = last ? month_to(b, end->from - 1, &q.period)
		      : err_set(b->e, ERR_NOMEM, "no memory for a balance");

	if (!rc)
		rc = query_totals(last, b->l, &q, b->a, b->e);
	if (rc || !sum_of(last, b->end, &members) || !members)
		return rc;
	return add_whole(b, u, end->from, end->lsn, -members);
}

static bool was_linked(const struct unit *u, day_t day)
{
	for (size_t i = 0; i < u->link_count; i++)
		if (u->links[i].from == day)
			return true;
	return false;
}

static bool in_days(const struct balancing *b, day_t day)
{
	return day >= b->days.from && day <= b->days.to;
}

/* Organisations with which no other of the tree ends or begins. */
static int fill_outside(struct balancing *b)
{
	const struct tree *t = ledger_tree(b->l);
	int64_t members;
	int rc = 0;

	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		const struct unit *u = tree_at(t, i);

		for (size_t k = 0; k < u->life_count && !rc; k++) {
			const struct tree_life *end = &u->lives[k];

			if (!end->open && end->lsn <= b->known && in_days(b, end->from) &&
			    !was_linked(u, end->from) && u->unit != b->unit &&
			    tree_inside(t, u->unit, b->unit, end->from - 1, b->known) &&
			    reports(b, u->unit, end->from - 1))
				rc = went_out(b, u, end);
		}
		if (!rc && u->created_lsn <= b->known && in_days(b, u->opened) &&
		    !tree_took_over(t, u->unit, u->opened) && u->unit != b->unit &&
		    tree_inside(t, u->unit, b->unit, u->opened, b->known) &&
		    reports(b, u->unit, u->opened) &&
		    !part_members_on(b->l, u->unit, u->opened - 1, &members, NULL) && members)
			rc = add_whole(b, u, u->opened, u->created_lsn, members);
	}
	return rc;
}

static int fill_handed(struct balancing *b)
{
	day_t *days;
	size_t count;
	int rc = act_days(b, &days, &count);

	b->handed = json_array();
	for (size_t i = 0; i < count && !rc; i++)
		rc = hand_over(b, days[i]);
	return rc ? rc : fill_outside(b);
}

static json_t *or_null(bool has, int64_t n)
{
	return has ? json_integer((json_int_t)n) : json_null();
}

int report_balance(json_t **out, struct ledger *l, uint32_t unit, struct period days,
		   uint64_t known, struct arena *a, struct err *e)
{
	struct balancing b = { .l = l, .unit = unit, .days = days, .known = known, .a = a, .e = e };
	int rc = find_rule(&b);
	int64_t reached;
	bool whole;

	*out = NULL;
	if (!rc)
		rc = fill_ends(&b);
	if (!rc)
		rc = fill_flows(&b);
	if (!rc)
		rc = fill_handed(&b);
	reached = b.opening + b.flows + b.taken - b.given;
	whole = !rc && b.has_opening && b.has_closing &&
		b.t->reporting.reported == b.t->reporting.expected;
	if (!rc)
		*out = json_pack(
			"{s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:O, s:O, s:I, s:I, s:o, s:o}", "unit",
			unit_code_of(l, unit), "from", json_day(days.from), "to", json_day(days.to),
			"known_at", json_known(l, b.t->known_lsn, b.t->known_time_ms), "expected",
			(json_int_t)b.t->reporting.expected, "reported",
			(json_int_t)b.t->reporting.reported, "opening",
			or_null(b.has_opening, b.opening), "flows", b.flow_list, "handed", b.handed,
			"taken_over", (json_int_t)b.taken, "handed_over", (json_int_t)b.given,
			"closing", or_null(b.has_closing, b.closing), "difference",
			or_null(whole, b.closing - reached));
	json_decref(b.flow_list);
	json_decref(b.handed);
	return rc || *out ? rc : err_set(e, ERR_NOMEM, "no memory for a balance");
}

static void row(struct grid *g, const char *what, const char *number)
{
	grid_cell(g, what, false);
	grid_cell(g, number, true);
}

static const char *with_sign(struct arena *a, int64_t n)
{
	return n > 0 ? arena_printf(a, "+%s", show_number(a, n)) : show_number(a, n);
}

int balance_words(FILE *to, const json_t *j, struct ledger *names, struct arena *a, struct err *e)
{
	struct grid *g = grid_new(a, 2);
	const char *code;
	const json_t *line;
	json_t *flow;
	size_t i;

	fprintf(to, _("%s, from %s to %s: members\n"), text_at(j, "unit"),
		show_iso_day(a, text_at(j, "from")), show_iso_day(a, text_at(j, "to")));
	fprintf(to, _("Reported by %s of %s units"),
		number_words(a, json_object_get(j, "reported")),
		number_words(a, json_object_get(j, "expected")));
	fputc('\n', to);
	row(g, _("at the beginning"), number_words(a, json_object_get(j, "opening")));
	json_object_foreach(json_object_get(j, "flows"), code, flow)
	{
		if (json_integer_value(flow))
			row(g, measure_name_of(names, code),
			    with_sign(a, json_integer_value(flow)));
	}
	json_array_foreach(json_object_get(j, "handed"), i, line)
	{
		bool in = !strcmp(text_at(line, "moved"), "in");
		const char *day = show_iso_day(a, text_at(line, "effective"));

		row(g,
		    arena_printf(a, "%s: %s (%s, %s)",
				 in ? _("whole organisation taken over")
				    : _("whole organisation handed over"),
				 text_at(line, "name"), text_at(line, "act"), day),
		    with_sign(a, number_at(line, "members")));
	}
	grid_rule(g);
	row(g, _("at the end"), number_words(a, json_object_get(j, "closing")));
	if (number_at(j, "difference"))
		row(g, _("not explained"), with_sign(a, number_at(j, "difference")));
	return grid_print(g, to, e);
}
