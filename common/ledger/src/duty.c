/* Who had to report what, and when: from plans, openings and closings. Kept for the questions asked most,
 * since a province has thousands of plans and the answer changes only when a plan, the tree or a form does. */
#include "internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool query_asks(const struct query *q, const struct form *f)
{
	return !q->measure || form_measure(f, q->measure);
}

static bool beside_shorter(const struct duty *d, size_t i)
{
	if (d->step[i] < PLAN_QUARTER)
		return false;
	for (size_t k = 0; k < d->count; k++)
		if (d->step[k] < d->step[i] && period_meet(d->days[k], d->days[i]))
			return true;
	return false;
}

/* Without what is left of a period that begins before the days or ends after them. */
static int cut_whole(struct ledger *l, const struct duty *d, size_t i, struct period *days,
		     struct err *e)
{
	struct calendar calendar;
	struct period p;
	int rc = calendar_get(l, d->form[i], &calendar, e);

	if (rc)
		return rc;
	if (d->step[i] == PLAN_WHOLE && d->cut[i])
		days->to = days->from - 1;
	if (d->step[i] == PLAN_WHOLE)
		return 0;
	p = calendar_period(&calendar, d->step[i], days->from, *days);
	if (p.from < days->from)
		days->from = p.to + 1;
	if (days->from > days->to)
		return 0;
	p = calendar_period(&calendar, d->step[i], days->to, *days);
	if (p.to > days->to)
		days->to = p.from - 1;
	return 0;
}

static int whole_periods(struct ledger *l, struct duty *d, struct err *e)
{
	struct duty was = *d;

	d->count = 0;
	for (size_t i = 0; i < was.count; i++) {
		struct period days = was.days[i];
		int rc = beside_shorter(&was, i) ? cut_whole(l, &was, i, &days, e) : 0;

		if (rc)
			return rc;
		if (days.from > days.to)
			continue;
		d->days[d->count] = days;
		d->step[d->count] = was.step[i];
		d->cut[d->count] = was.cut[i];
		d->form[d->count++] = was.form[i];
	}
	return 0;
}

int duty_of_plan(struct ledger *l, const struct query *q, struct period range, uint64_t known,
		 const struct unit *u, const struct plan_row *plan, struct duty *out, struct err *e)
{
	day_t closed = unit_closed_at(u, known);

	out->count = 0;
	for (size_t i = 0; i < plan->count; i++) {
		const struct plan_interval *v = &plan->intervals[i];
		struct period days = v->period;
		const struct form *f = ledger_form_newest(l, v->form, e);

		if (!f || f->period == FORM_DAY || !query_asks(q, f))
			continue;
		if (days.from < range.from)
			days.from = range.from;
		if (days.to > range.to)
			days.to = range.to;
		if (closed && days.to >= closed)
			days.to = closed - 1;
		if (days.from > days.to || !query_inside(l, q, u->unit, days.to, known))
			continue;
		out->days[out->count] = days;
		out->form[out->count] = v->form;
		out->cut[out->count] = v->period.from < range.from || v->period.to > range.to;
		out->step[out->count++] = v->step;
	}
	return whole_periods(l, out, e);
}

int duty_sheets(struct ledger *l, const struct duty *d, uint64_t *due, struct err *e)
{
	for (size_t i = 0; i < d->count; i++) {
		struct calendar calendar;
		day_t day = d->days[i].from;
		int rc = calendar_get(l, d->form[i], &calendar, e);

		if (rc)
			return rc;
		while (day <= d->days[i].to) {
			day = calendar_period(&calendar, d->step[i], day, d->days[i]).to + 1;
			++*due;
		}
	}
	return 0;
}

bool duty_answers(struct ledger *l, uint8_t form, bool day, uint8_t due)
{
	return form == due || (day && forms_common(ledger_form_newest(l, form, NULL),
						   ledger_form_newest(l, due, NULL)));
}

/* ---- kept ---- */

static void slot_free(struct duty_slot *s)
{
	if (!s)
		return;
	free(s->units);
	free(s->groups);
	free(s);
}

void duty_drop(struct ledger *l)
{
	for (size_t i = 0; i < DUTY_SLOTS; i++) {
		slot_free(l->duties[i]);
		l->duties[i] = NULL;
	}
	memset(l->duty_heads, 0, sizeof(l->duty_heads));
	l->duty_units = 0;
	duty_roll_free(l->roll);
	l->roll = NULL;
}

static struct duty_slot **head_of(struct ledger *l, uint32_t node, struct period range)
{
	uint32_t mix = (node * 31 + (uint32_t)range.from) * 31 + (uint32_t)range.to;

	return &l->duty_heads[(mix * UINT32_C(0x9e3779b1)) >> 24];
}
static_assert(DUTY_HEADS == 1 << 8, "a head is told by eight bits");

static void give_way(struct ledger *l)
{
	struct duty_slot *old = l->duties[l->duty_next], **at;

	if (!old)
		return;
	for (at = head_of(l, old->node, old->range); *at != old; at = &(*at)->next)
		;
	*at = old->next;
	l->duty_units -= old->count;
	slot_free(old);
	l->duties[l->duty_next] = NULL;
}

/* In place of the oldest; of all of them, where together they would take too much memory. */
static void keep(struct ledger *l, struct duty_slot *s)
{
	struct duty_slot **head = head_of(l, s->node, s->range);

	if (l->duty_units + s->count > DUTY_UNITS_MAX)
		duty_drop(l);
	give_way(l);
	s->next = *head;
	*head = l->duties[l->duty_next] = s;
	l->duty_units += s->count;
	l->duty_next = (l->duty_next + 1) % DUTY_SLOTS;
}

/* Room was made for all groups; most of it is not needed. */
static void shrink(struct duty_slot *s)
{
	struct duty_group *groups = realloc(s->groups, (s->group_count + 1) * sizeof(*groups));

	if (groups)
		s->groups = groups;
}

static bool same_duty(const struct duty *a, const struct duty *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; i < a->count && same; i++)
		same = a->days[i].from == b->days[i].from && a->days[i].to == b->days[i].to &&
		       a->step[i] == b->step[i] && a->form[i] == b->form[i];
	return same;
}

/* The group of this duty, made when it is new; DUTY_NO_GROUP when there are too many. */
static uint8_t group_of(struct duty_slot *s, const struct duty *d)
{
	uint8_t g = 0;

	while (g < s->group_count && !same_duty(&s->groups[g].duty, d))
		g++;
	if (g == DUTY_GROUPS_MAX)
		return DUTY_NO_GROUP;
	if (g == s->group_count)
		s->groups[s->group_count++] = (struct duty_group){ .duty = *d };
	return g;
}

/* What is due by a plan within the slot's days; its group is found, or made. */
static int find_due(struct ledger *l, struct duty_slot *s, const struct query *q,
		    const struct unit *u, const struct plan_row *plan, struct duty_roll_due *out,
		    struct err *e)
{
	struct duty duty;
	int rc = duty_of_plan(l, q, s->range, UINT64_MAX, u, plan, &duty, e);

	*out = (struct duty_roll_due){ .any = duty.count > 0, .group = DUTY_NO_GROUP };
	if (rc || !out->any)
		return rc;
	out->group = group_of(s, &duty);
	s->usable &= out->group != DUTY_NO_GROUP;
	return duty_sheets(l, &duty, &out->sheets, e);
}

/* Found once for all with the same plan; apart for a unit that ends within these days, or whose plan is not in the roll. */
static int add_unit(struct ledger *l, struct duty_slot *s, const struct query *q,
		    const struct duty_roll_unit *u, struct arena *a, struct err *e)
{
	bool ends = u->closed && u->closed <= s->range.to, in_roll = u->plan != ROLL_PLAN_ROW;
	struct duty_roll_plan *plan = in_roll ? &l->roll->plans[u->plan - 1] : NULL;
	struct duty_roll_due own, *due = plan && !ends ? &plan->due : &own;
	struct plan_row row;
	int rc = 0;

	if (!plan) {
		arena_reset(a);
		rc = plan_get(l, u->unit, &row, a, e);
	}
	if (!rc && (due == &own || plan->found != l->roll->asked))
		rc = find_due(l, s, q, tree_get(l->tree, u->unit), plan ? &plan->row : &row, due,
			      e);
	if (due != &own)
		plan->found = l->roll->asked;
	if (rc)
		return rc;
	s->units[s->count++] = (struct duty_unit){ u->unit, due->group };
	if (due->group != DUTY_NO_GROUP)
		s->groups[due->group].units++;
	s->expected += due->any;
	s->sheets_due += due->sheets;
	return 0;
}

static void count_kind(struct ledger *l, struct duty_slot *s, const struct duty_roll_unit *u)
{
	const struct unit *full = u->changed ? tree_get(l->tree, u->unit) : NULL;
	day_t day = s->range.to;

	if (full ? unit_alive(full, day) : day >= u->opened && (!u->closed || day < u->closed))
		s->kinds[full ? unit_kind_at(full, day, UINT64_MAX) : u->kind]++;
}

static int number_cmp(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

/* Those who ever had a plan, to the front, in order of their numbers: mostly they are so already. */
static size_t keep_planned(const struct duty_roll *r, size_t count)
{
	size_t kept = 0;
	bool ordered = true;

	for (size_t i = 0; i < count; i++) {
		if (!r->units[r->met[i]].plan)
			continue;
		ordered = ordered && (!kept || r->met[kept - 1] < r->met[i]);
		r->met[kept++] = r->met[i];
	}
	if (!ordered)
		qsort(r->met, kept, sizeof(*r->met), number_cmp);
	return kept;
}

static int fill_slot(struct ledger *l, struct duty_slot *s, const struct query *q, struct arena *a,
		     struct err *e)
{
	size_t count;
	int rc = l->roll ? 0 : duty_roll_make(&l->roll, l, e);

	if (rc)
		return rc;
	/* a tree that changed on the way: who is in or out goes by each sheet's last day, the scan's */
	s->usable = !duty_roll_moved_in(l->roll, s->range.from, s->range.to);
	if (!s->usable)
		return 0;
	l->roll->asked++;
	count = duty_roll_below(l->roll, l->tree, s->node, s->range.to);
	for (size_t i = 0; i < count; i++)
		count_kind(l, s, &l->roll->units[l->roll->met[i]]);
	count = keep_planned(l->roll, count);
	s->units = calloc(count + 1, sizeof(*s->units));
	if (!s->units)
		return err_set(e, ERR_NOMEM, "no memory for a plan");
	for (size_t i = 0; i < count && !rc; i++)
		rc = add_unit(l, s, q, &l->roll->units[l->roll->met[i]], a, e);
	return rc;
}

int duty_get(const struct duty_slot **out, struct ledger *l, const struct query *q,
	     struct period range, struct err *e)
{
	struct duty_slot *s;
	struct arena *a;
	int rc;

	for (s = *head_of(l, q->unit, range); s; s = s->next) {
		*out = s;
		if (s->node == q->unit && s->measure == q->measure && s->range.from == range.from &&
		    s->range.to == range.to)
			return 0;
	}
	*out = NULL;
	s = calloc(1, sizeof(*s));
	a = arena_new(SCRATCH_BUDGET);
	if (s) {
		s->node = q->unit;
		s->measure = q->measure;
		s->range = range;
		s->groups = calloc(DUTY_GROUPS_MAX, sizeof(*s->groups));
	}
	rc = s && a && s->groups ? fill_slot(l, s, q, a, e)
				 : err_set(e, ERR_NOMEM, "no memory for a plan");
	arena_free(a);
	if (rc) {
		slot_free(s);
		return rc;
	}
	shrink(s);
	keep(l, s);
	*out = s;
	return 0;
}
