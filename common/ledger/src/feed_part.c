#include "feed_part.h"

#include "internal.h"

#include "ledger/query.h"

#include <stdlib.h>

enum { LINEAGE_MAX = 16 }; /* one after another */

/* Of acts whose day is still to come both trees hold: entries of units on either side are told, so that no
 * set grows on that day. It shrinks then, and the first entry of the day says so. */
bool part_within(const struct tree *t, uint32_t unit, uint32_t top, day_t today)
{
	return tree_moves(t) ? tree_inside_later(t, unit, top, today)
			     : tree_inside(t, unit, top, today, UINT64_MAX);
}

bool part_left(const struct tree *t, uint32_t unit, uint32_t top, day_t today)
{
	day_t last;

	return tree_moves(t) && !part_within(t, unit, top, today) &&
	       tree_inside_last(t, unit, top, &last);
}

typedef bool part_of(const struct tree *, uint32_t unit, uint32_t top, day_t today);

static bool over_into(const struct tree *t, uint32_t unit, uint32_t top, day_t today, part_of *one,
		      int depth)
{
	const struct unit *u = tree_links(t) ? tree_get(t, unit) : NULL;

	for (size_t i = 0; u && i < u->link_count; i++)
		if (one(t, u->links[i].into, top, today) ||
		    (depth && over_into(t, u->links[i].into, top, today, one, depth - 1)))
			return true;
	return false;
}

bool part_came_over(const struct tree *t, uint32_t unit, uint32_t top, day_t today)
{
	return over_into(t, unit, top, today, part_within, LINEAGE_MAX);
}

bool part_left_over(const struct tree *t, uint32_t unit, uint32_t top, day_t today)
{
	return tree_moves(t) && over_into(t, unit, top, today, part_left, LINEAGE_MAX);
}

bool part_read_by(const struct tree *t, uint32_t unit, uint32_t top, day_t today, bool left)
{
	return part_within(t, unit, top, today) || part_within(t, top, unit, today) ||
	       part_came_over(t, unit, top, today) ||
	       (left && (part_left(t, unit, top, today) || part_left(t, top, unit, today) ||
			 part_left_over(t, unit, top, today)));
}

/* ---- who can be in the part: below its unit or above it on whatever day, and what went over into one of those
 * below. Some of them are met more than once, and some are not in it today. ---- */

enum met { MET_ABOVE, MET_BELOW, MET_TAKEN };

struct walk {
	struct ledger *l;
	const struct tree *t;
	void (*meet)(struct walk *, const struct unit *, enum met);
	uint32_t top;
	day_t today;
	uint64_t lsn;    /* the newest change, where that is looked for */
	bool left;       /* somebody below or above it was that and is no more */
	bool takes_left; /* and the device takes what is told of them */
	int rc;          /* of looking */
	struct err *e;
	uint32_t *units; /* else those that were met; NULL: only counted */
	size_t count;
};

static void walk_taken(struct walk *w, uint32_t into, int depth)
{
	const struct unit *v;

	for (size_t i = 0; depth && (v = tree_taken(w->t, into, i)); i++) {
		w->meet(w, v, MET_TAKEN);
		walk_taken(w, v->unit, depth - 1);
	}
}

static void walk_below(struct walk *w, uint32_t unit, int depth)
{
	const struct unit *v;

	walk_taken(w, unit, LINEAGE_MAX);
	for (size_t i = 0; depth && (v = tree_ever_child(w->t, unit, i)); i++) {
		w->meet(w, v, MET_BELOW);
		walk_below(w, v->unit, depth - 1);
	}
}

static void walk_above(struct walk *w, uint32_t unit, int depth)
{
	const struct unit *v = tree_get(w->t, unit);

	if (!v)
		return;
	w->meet(w, v, MET_ABOVE);
	for (size_t i = 0; depth && i < v->edge_count; i++)
		walk_above(w, v->edges[i].parent, depth - 1);
}

static void walk(struct walk *w)
{
	walk_above(w, w->top, UNIT_DEPTH_MAX); /* the unit itself first */
	walk_below(w, w->top, UNIT_DEPTH_MAX);
}

/* ---- its units ---- */

static void take_note(struct walk *w, const struct unit *v, enum met met)
{
	(void)met;
	if (w->units)
		w->units[w->count] = v->unit;
	w->count++;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

size_t part_guess(const struct tree *t, uint32_t top)
{
	struct walk w = { .t = t, .meet = take_note, .top = top };

	walk(&w);
	return w.count;
}

void part_units(const uint32_t **out, size_t *count, const struct tree *t, uint32_t top,
		struct arena *a)
{
	struct walk w = { .t = t, .meet = take_note, .top = top };
	size_t kept = 0;

	*count = 0;
	*out = w.units = arena_array(a, part_guess(t, top) + 1, sizeof(*w.units));
	if (!w.units)
		return;
	walk(&w);
	qsort(w.units, w.count, sizeof(*w.units), by_number);
	for (size_t i = 0; i < w.count; i++)
		if (!kept || w.units[kept - 1] != w.units[i])
			w.units[kept++] = w.units[i];
	*count = kept;
}

/* ---- the newest act that changed what is in it ---- */

/* The first entry of that day, or of one behind it; 0: there is none yet. Once found it stays. */
static uint64_t first_on(struct walk *w, day_t day)
{
	struct ledger *l = w->l;
	uint64_t lsn = 0;

	for (size_t i = 0; i < ARRAY_LEN(l->first_on); i++)
		if (l->first_on[i].lsn && l->first_on[i].day == day)
			return l->first_on[i].lsn;
	if (day > w->today || w->rc)
		return 0;
	w->rc = query_lsn_at(&lsn, l, instant_of_day_start(day) - 1, w->e);
	if (w->rc)
		return 0;
	l->first_on[l->first_on_next].day = day;
	l->first_on[l->first_on_next].lsn = ++lsn;
	l->first_on_next = (l->first_on_next + 1) % ARRAY_LEN(l->first_on);
	return lsn;
}

/* A move told before its day: what left the part with it was read until then. */
static uint64_t left_by(struct walk *w, const struct tree_edge *is)
{
	uint64_t due = first_on(w, is->from);

	return due > is->lsn ? due : is->lsn;
}

/* Does it change who stood here of those that have left: at a unit that was still here on its day? */
static bool moved_those_left(const struct walk *w, const struct unit *v, size_t i)
{
	const struct tree_edge *was = &v->edges[i - 1], *is = &v->edges[i];
	day_t last;

	return w->takes_left &&
	       ((tree_inside_last(w->t, was->parent, w->top, &last) && last >= is->from) ||
		(tree_inside_last(w->t, is->parent, w->top, &last) && last >= is->from) ||
		(tree_inside_last(w->t, w->top, v->unit, &last) && last >= is->from));
}

/* The moves of `v` that changed what is below the top, or who is above it. */
static uint64_t moved(struct walk *w, const struct unit *v)
{
	bool below = part_within(w->t, w->top, v->unit, w->today);
	uint64_t lsn = 0, by;

	for (size_t i = 1; i < v->edge_count; i++) {
		const struct tree_edge *was = &v->edges[i - 1], *is = &v->edges[i];
		bool here = part_within(w->t, was->parent, w->top, w->today),
		     there = part_within(w->t, is->parent, w->top, w->today);

		if (here == there && !below && (here || !moved_those_left(w, v, i)))
			continue;
		by = there && !below ? is->lsn : left_by(w, is);
		if (by > lsn)
			lsn = by;
	}
	return lsn;
}

/* The newest act by which `v` came over into the part. */
static uint64_t came_by(const struct walk *w, const struct unit *v)
{
	uint64_t lsn = 0;

	for (size_t i = 0; i < v->link_count; i++)
		if (v->links[i].lsn > lsn &&
		    (part_within(w->t, v->links[i].into, w->top, w->today) ||
		     part_came_over(w->t, v->links[i].into, w->top, w->today) ||
		     (w->takes_left && (part_left(w->t, v->links[i].into, w->top, w->today) ||
					part_left_over(w->t, v->links[i].into, w->top, w->today)))))
			lsn = v->links[i].lsn;
	return lsn;
}

static void note_change(struct walk *w, const struct unit *v, enum met met)
{
	uint64_t lsn = met == MET_TAKEN ? came_by(w, v) : moved(w, v);

	if (lsn > w->lsn)
		w->lsn = lsn;
	/* Who stands below one that left left with it, and that one is met too. */
	if (met == MET_ABOVE)
		w->left |= part_left(w->t, w->top, v->unit, w->today);
	else if (met == MET_BELOW && v->edge_count > 1)
		w->left |= part_left(w->t, v->unit, w->top, w->today);
}

int feed_standby(bool *standby, struct ledger *l, const struct device_row *row, struct err *e)
{
	struct person_row person;
	int rc = ledger_person(l, row->person, &person, e);

	*standby = !rc && person.role == ROLE_STANDBY && row->unit == tree_root(l->tree);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int feed_scope(struct feed_scope *out, struct ledger *l, uint64_t device, bool left, struct err *e)
{
	struct device_row row = { 0 };
	int rc = ledger_device(l, device, &row, e);
	day_t today = day_of_instant(l->info.time_ms);
	struct walk w = { .l = l,
			  .t = l->tree,
			  .meet = note_change,
			  .top = row.unit,
			  .today = today,
			  .lsn = row.enrolled_lsn,
			  .takes_left = left,
			  .e = e };

	*out = (struct feed_scope){
		.device = device, .unit = row.unit, .today = today, .left = left
	};
	if (!rc)
		rc = feed_standby(&out->all, l, &row, e);
	if (!rc && !out->all)
		rc = handed_get(l, e);
	for (size_t i = 0; i < l->handed_count && !rc && !out->all; i++)
		if (l->handed[i].by_lsn > w.lsn &&
		    ((!l->handed[i].stays &&
		      part_within(l->tree, l->handed[i].into, row.unit, today)) ||
		     (left && part_left(l->tree, l->handed[i].into, row.unit, today))))
			w.lsn = l->handed[i].by_lsn;
	if (!rc && !out->all && (tree_moves(l->tree) || tree_links(l->tree)))
		walk(&w);
	out->authority = w.left && w.takes_left ? w.lsn | FEED_LEFT : w.lsn;
	return rc ? rc : w.rc;
}
