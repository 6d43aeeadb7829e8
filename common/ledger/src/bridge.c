/* What a change of tree makes of a series, and of a unit's attainment: by going through the sheets that count. */
#include "feed_part.h"
#include "internal.h"

#include "base/num.h"
#include "ledger/acts.h"
#include "ledger/part.h"

#include <stdlib.h>

/* ---- the sheets that count ---- */

/* Sheets of the range as totals count them, each with its form of that version. A flash comes last, and only where
 * no planned sheet of its unit and of the same things reaches the last day. */
struct sheets {
	struct ledger *l;
	const struct query *q;
	uint64_t known;
	struct flash {
		struct sheet_key key;
	} * ends, *flashes; /* planned ones that end on the last day; flashes of that day */
	size_t end_count, end_cap, flash_count, flash_cap;
	int (*each)(void *ctx, const struct sheet_key *k, const struct form *f,
		    const struct sheet *s, struct err *e);
	void *ctx;
	struct err *e;
};

static int note(struct flash **list, size_t *count, size_t *cap, const struct sheet_key *k,
		struct err *e)
{
	if (*count == *cap) {
		size_t more = *cap ? *cap * 2 : 256;
		struct flash *grown = realloc(*list, more * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for %zu sheets", more);
		*list = grown;
		*cap = more;
	}
	(*list)[(*count)++].key = *k;
	return 0;
}

static int give(struct sheets *s, const struct sheet_key *k, const struct sheet *sheet)
{
	const struct form *f = ledger_form(s->l, k->form, sheet->form_version, s->e);

	return f ? s->each(s->ctx, k, f, sheet, s->e) : 0;
}

static int take(struct sheets *s, const struct sheet_key *k, struct rd *r)
{
	const struct form *f = ledger_form_newest(s->l, k->form, s->e);
	struct sheet sheet;
	int rc;

	if (!f || !query_asks(s->q, f) || k->period.from < s->q->period.from)
		return 0;
	if (f->period == FORM_DAY && k->period.to != s->q->period.to)
		return 0;
	rc = sheet_decode(&sheet, rd_bytes(r, rd_left(r)), s->e);
	if (!rc && sheet.last_lsn > s->known)
		rc = query_sheet_at(s->l, k->unit, k->form, k->period, s->known, &sheet, s->e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	if (!sheet_counts(&sheet))
		return 0;
	if (f->period != FORM_DAY && k->period.to == s->q->period.to)
		rc = note(&s->ends, &s->end_count, &s->end_cap, k, s->e);
	if (rc || (s->q->basis == BASIS_ACCEPTED && !sheet.accepted_lsn))
		return rc;
	if (f->period == FORM_DAY)
		return note(&s->flashes, &s->flash_count, &s->flash_cap, k, s->e);
	return give(s, k, &sheet);
}

static bool reached(const struct sheets *s, const struct sheet_key *flash)
{
	for (size_t i = 0; i < s->end_count; i++)
		if (s->ends[i].key.unit == flash->unit &&
		    duty_answers(s->l, flash->form, true, s->ends[i].key.form))
			return true;
	return false;
}

static int give_flashes(struct sheets *s)
{
	int rc = 0;

	for (size_t i = 0; i < s->flash_count && !rc; i++) {
		const struct sheet_key *k = &s->flashes[i].key;
		struct sheet sheet;

		/* of several of one unit the last one stands */
		if (reached(s, k) ||
		    (i + 1 < s->flash_count && s->flashes[i + 1].key.unit == k->unit))
			continue;
		rc = query_sheet_at(s->l, k->unit, k->form, k->period, s->known, &sheet, s->e);
		if (!rc)
			rc = give(s, k, &sheet);
	}
	return rc;
}

static int each_sheet(struct sheets *s)
{
	struct key from = key_day(s->q->period.from);
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, s->l->txn, T_SHEET, none, key_span(&from), false, s->e);

	while (!rc && (rc = kv_next(c, &key, &value, s->e)) == 1) {
		struct sheet_key k;
		struct rd r;

		rc = sheet_key_read(&k, key) ? row_open(&r, T_SHEET, value, s->e)
					     : err_set(s->e, ERR_CORRUPT, "a sheet's key is wrong");
		if (!rc && k.period.to > s->q->period.to)
			break;
		if (!rc)
			rc = take(s, &k, &r);
	}
	kv_walk_end(c);
	if (!rc)
		rc = give_flashes(s);
	free(s->ends);
	free(s->flashes);
	return rc;
}

/* Each figure of the sheet that is part of a total over the range. */
static int each_figure(const struct query *q, const struct sheet_key *k, const struct form *f,
		       const struct sheet *sheet,
		       int (*add)(void *ctx, uint16_t measure, int64_t value, struct err *e),
		       void *ctx, struct err *e)
{
	int rc = 0;

	for (size_t i = 0; i < sheet->version_count && !rc;) {
		struct figure g = sheet_figure(sheet, sheet->versions[i].measure, k->unit);
		const struct measure *m = form_measure(f, sheet->versions[i].measure);

		i += g.run ? g.run : 1;
		if (m && m->additive && g.winner && g.winner->state != FIGURE_BLANK &&
		    measure_counts(m, k->period, q->period))
			rc = add(ctx, m->no, g.winner->value, e);
	}
	return rc;
}

/* ---- which act ---- */

struct bridging {
	struct ledger *l;
	struct query was, is;
	uint64_t known;
	day_t *days; /* on which some unit changed, ascending, each once */
	size_t day_count;
	struct bridge_line *lines;
	size_t count, cap;
	struct measure_total
		*sums; /* of each line `measures` of them, in the order of the totals */
	uint16_t places[MEASURE_NO_MAX + 1]; /* of a measure in them */
	size_t measures, at;                 /* `at`: the line that is added to */
	int sign;
};

static int by_day(const void *a, const void *b)
{
	day_t x = *(const day_t *)a, y = *(const day_t *)b;

	return x < y ? -1 : x > y;
}

static size_t changes_of(const struct unit *u)
{
	return u->edge_count + u->life_count + u->link_count;
}

static int list_days(struct bridging *b, struct err *e)
{
	const struct tree *t = b->l->tree;
	size_t all = 1, kept = 0;

	for (size_t i = 0; i < tree_count(t); i++)
		all += changes_of(tree_at(t, i));
	b->days = calloc(all, sizeof(*b->days));
	if (!b->days)
		return err_set(e, ERR_NOMEM, "no memory for a bridge");
	for (size_t i = 0; i < tree_count(t); i++) {
		const struct unit *u = tree_at(t, i);

		for (size_t k = 1; k < u->edge_count; k++)
			b->days[b->day_count++] = u->edges[k].from;
		for (size_t k = 0; k < u->life_count; k++)
			b->days[b->day_count++] = u->lives[k].from;
		for (size_t k = 0; k < u->link_count; k++)
			b->days[b->day_count++] = u->links[k].from;
	}
	qsort(b->days, b->day_count, sizeof(*b->days), by_day);
	for (size_t i = 0; i < b->day_count; i++)
		if (!kept || b->days[kept - 1] != b->days[i])
			b->days[kept++] = b->days[i];
	b->day_count = kept;
	return 0;
}

static bool inside_on(const struct bridging *b, uint32_t unit, day_t day)
{
	struct query q = b->is;

	q.tree_day = day;
	return query_inside(b->l, &q, unit, day, b->known);
}

/* The newest entry that changed one of these units on that day. */
static void newest_on(const struct bridging *b, uint32_t unit, day_t day, day_t tree, uint64_t *lsn)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(b->l->tree, tree_successor(b->l->tree, unit, tree, b->known), tree,
				 b->known, path);

	if (depth < UNIT_DEPTH_MAX)
		path[depth++] = unit;
	for (size_t i = 0; i < depth; i++) {
		const struct unit *u = tree_get(b->l->tree, path[i]);

		for (size_t k = 1; k < u->edge_count; k++)
			if (u->edges[k].from == day && u->edges[k].lsn <= b->known &&
			    u->edges[k].lsn > *lsn)
				*lsn = u->edges[k].lsn;
		for (size_t k = 0; k < u->link_count; k++)
			if (u->links[k].from == day && u->links[k].lsn <= b->known &&
			    u->links[k].lsn > *lsn)
				*lsn = u->links[k].lsn;
		for (size_t k = 0; k < u->life_count; k++)
			if (u->lives[k].from == day && u->lives[k].lsn <= b->known &&
			    u->lives[k].lsn > *lsn)
				*lsn = u->lives[k].lsn;
	}
}

/* By which act a sheet of `last` stands elsewhere on the day of the tree: the last one on the way there that took it
 * in or out. */
static uint64_t act_of(const struct bridging *b, uint32_t unit, day_t last, bool was)
{
	day_t on = b->is.tree_day, turned = 0;
	bool now = was;
	uint64_t lsn = 0;

	for (size_t i = 0; i < b->day_count && on > last; i++)
		if (b->days[i] > last && b->days[i] <= on &&
		    inside_on(b, unit, b->days[i]) != now) {
			now = !now;
			turned = b->days[i];
		}
	for (size_t i = b->day_count; i-- > 0 && on < last;)
		if (b->days[i] > on && b->days[i] <= last &&
		    inside_on(b, unit, b->days[i] - 1) != now) {
			now = !now;
			turned = b->days[i];
		}
	newest_on(b, unit, turned, turned, &lsn);
	newest_on(b, unit, turned, turned - 1, &lsn);
	return lsn;
}

/* ---- the bridge ---- */

static int line_of(struct bridging *b, uint32_t unit, uint64_t act, bool in, struct err *e)
{
	b->at = 0;
	while (b->at < b->count && (b->lines[b->at].unit != unit ||
				    b->lines[b->at].act_lsn != act || b->lines[b->at].in != in))
		b->at++;
	if (b->at < b->count)
		return 0;
	if (b->count == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		void *lines = realloc(b->lines, cap * sizeof(*b->lines)), *sums;

		b->lines = lines ? lines : b->lines;
		sums = lines ? realloc(b->sums, (cap * b->measures + 1) * sizeof(*b->sums)) : NULL;
		b->sums = sums ? sums : b->sums;
		if (!sums)
			return err_set(e, ERR_NOMEM, "no memory for a bridge");
		b->cap = cap;
	}
	b->lines[b->count] = (struct bridge_line){ .unit = unit, .act_lsn = act, .in = in };
	memset(b->sums + b->count * b->measures, 0, b->measures * sizeof(*b->sums));
	b->at = b->count++;
	return 0;
}

static int add_to_line(void *ctx, uint16_t measure, int64_t value, struct err *e)
{
	struct bridging *b = ctx;
	struct measure_total *t = &b->sums[b->at * b->measures + b->places[measure]];

	t->count++;
	return num_add(&t->sum, t->sum, b->sign * value)
		       ? 0
		       : err_set(e, ERR_RANGE, "the sum of a bridge is too large");
}

static int bridge_sheet(void *ctx, const struct sheet_key *k, const struct form *f,
			const struct sheet *s, struct err *e)
{
	struct bridging *b = ctx;
	bool was = query_inside(b->l, &b->was, k->unit, k->period.to, b->known);
	bool is = query_inside(b->l, &b->is, k->unit, k->period.to, b->known);
	int rc;

	if (was == is)
		return 0;
	rc = line_of(b, k->unit, act_of(b, k->unit, k->period.to, was), is, e);
	b->sign = is ? 1 : -1;
	return rc ? rc : each_figure(&b->is, k, f, s, add_to_line, b, e);
}

/* Lines by act, then by unit in the tree's numbers. */
static int line_cmp(const void *pa, const void *pb)
{
	const struct bridge_line *a = pa, *b = pb;

	if (a->act_lsn != b->act_lsn)
		return a->act_lsn < b->act_lsn ? -1 : 1;
	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	return a->in - b->in;
}

static int keep_lines(struct bridge *out, struct bridging *b, struct arena *a, struct err *e)
{
	struct bridge_line *lines = arena_array(a, b->count + 1, sizeof(*lines));

	if (!lines)
		return err_set(e, ERR_NOMEM, "no memory for a bridge");
	for (size_t i = 0; i < b->count; i++) {
		struct measure_total *sums = arena_array(a, out->is.measure_count, sizeof(*sums));

		if (!sums)
			return err_set(e, ERR_NOMEM, "no memory for a bridge");
		for (size_t m = 0; m < out->is.measure_count; m++) {
			sums[m] = b->sums[i * b->measures + m];
			sums[m].measure = out->is.measures[m].measure;
		}
		lines[i] = b->lines[i];
		lines[i].sums = sums;
	}
	qsort(lines, b->count, sizeof(*lines), line_cmp);
	out->lines = lines;
	out->count = b->count;
	return 0;
}

static int bridge_lines(struct bridge *out, struct bridging *b, struct arena *a, struct err *e)
{
	struct sheets s = {
		.l = b->l, .q = &b->is, .known = b->known, .each = bridge_sheet, .ctx = b, .e = e
	};
	int rc = read_enter(b->l, e);

	b->count = 0;
	if (rc)
		return rc;
	rc = each_sheet(&s);
	read_leave(b->l);
	return rc ? rc : keep_lines(out, b, a, e);
}

/* Both series are of the same measures in the same order. */
static void begin_bridging(struct bridging *b, const struct series *is)
{
	const struct totals *t = is->parts;

	b->known = t->known_lsn;
	b->measures = t->measure_count;
	for (size_t m = 0; m < t->measure_count; m++)
		b->places[t->measures[m].measure] = (uint16_t)m;
}

static int bridge_all(struct bridge *out, struct bridging *b, const struct period *periods,
		      size_t count, struct arena *a, struct err *e)
{
	struct series was, is;
	int rc = query_series(&was, b->l, &b->was, periods, count, a, e);

	if (!rc)
		rc = query_series(&is, b->l, &b->is, periods, count, a, e);
	if (!rc && count)
		begin_bridging(b, &is);
	if (!rc)
		rc = list_days(b, e);
	for (size_t i = 0; i < count && !rc; i++) {
		b->was.period = b->is.period = periods[i];
		out[i] = (struct bridge){ .was = was.parts[i], .is = is.parts[i] };
		rc = bridge_lines(&out[i], b, a, e);
	}
	return rc;
}

int query_bridges(const struct bridge **out, struct ledger *l, const struct query *q,
		  const struct period *periods, size_t count, struct arena *a, struct err *e)
{
	struct bridging *b = arena_array(a, 1, sizeof(*b));
	struct bridge *list = arena_array(a, count + 1, sizeof(*list));
	int rc;

	*out = list;
	assert(q->tree == TREE_AS_IS && q->basis != BASIS_CLOSED);
	if (!b || !list)
		return err_set(e, ERR_NOMEM, "no memory for a bridge");
	b->l = l;
	b->was = b->is = *q;
	b->was.tree = TREE_AS_WAS;
	rc = bridge_all(list, b, periods, count, a, e);
	free(b->days);
	free(b->lines);
	free(b->sums);
	return rc;
}

int query_bridge(struct bridge *out, struct ledger *l, const struct query *q, struct arena *a,
		 struct err *e)
{
	const struct bridge *list;
	int rc = query_bridges(&list, l, q, &q->period, 1, a, e);

	memset(out, 0, sizeof(*out));
	if (!rc)
		*out = list[0];
	return rc;
}

/* ---- attainment on the territory for which a target was given ---- */

struct territory {
	struct ledger *l;
	uint32_t top;
	day_t day;
	uint64_t known;
	const struct query *q;
	uint16_t measure;
	bool exact;
	int64_t sum;
	uint64_t count;
};

enum { LINEAGE_MAX = 16 };

/* Where on the day were those that the unit is made of on `last`: itself, if it was there yet, and who went over into it
 * since? Bits: 1 inside, 2 outside. */
static unsigned origins(const struct territory *t, uint32_t unit, day_t last, int depth)
{
	const struct tree *tree = t->l->tree;
	const struct unit *u = tree_get(tree, unit), *from;
	bool there = unit_alive_at(u, t->day, t->known) || u->opened <= t->day;
	unsigned where = 0;

	if (there)
		where = tree_inside(tree, unit, t->top, t->day, t->known) ? 1 : 2;
	for (size_t i = 0; depth && (from = tree_taken(tree, unit, i)); i++)
		for (size_t k = 0; k < from->link_count; k++) {
			const struct tree_link *link = &from->links[k];

			if (link->into == unit && link->lsn <= t->known && link->from <= last &&
			    (!there || link->from > t->day))
				where |= origins(t, from->unit, link->from - 1, depth - 1);
		}
	if (!where) /* made of nothing that was there: where it was made */
		where = tree_inside(tree, unit, t->top, u->opened, t->known) ? 1 : 2;
	return where;
}

static int add_comparable(void *ctx, uint16_t measure, int64_t value, struct err *e)
{
	struct territory *t = ctx;

	if (measure != t->measure)
		return 0;
	t->count++;
	return num_add(&t->sum, t->sum, value)
		       ? 0
		       : err_set(e, ERR_RANGE, "the sum on comparable territory is too large");
}

static int comparable_sheet(void *ctx, const struct sheet_key *k, const struct form *f,
			    const struct sheet *s, struct err *e)
{
	struct territory *t = ctx;
	uint32_t unit = tree_successor(t->l->tree, k->unit, t->day, t->known);
	unsigned where = origins(t, unit, k->period.to, LINEAGE_MAX);

	t->exact &= where != 3;
	return where & 1 ? each_figure(t->q, k, f, s, add_comparable, t, e) : 0;
}

static bool between(day_t day, uint64_t lsn, day_t then, day_t now, uint64_t known)
{
	return day > then && day <= now && lsn <= known;
}

/* Did any unit move or go over in these days? Mostly none did. */
static bool tree_changed(const struct tree *t, day_t then, day_t now, uint64_t known)
{
	for (size_t i = 0; i < tree_count(t); i++) {
		const struct unit *u = tree_at(t, i);

		for (size_t k = 1; k < u->edge_count; k++)
			if (between(u->edges[k].from, u->edges[k].lsn, then, now, known))
				return true;
		for (size_t k = 0; k < u->link_count; k++)
			if (between(u->links[k].from, u->links[k].lsn, then, now, known))
				return true;
	}
	return false;
}

/* Does some unit stand inside on one of these days and not on the other? */
static bool territory_changed(const struct ledger *l, uint32_t top, day_t then, day_t now,
			      uint64_t known)
{
	for (size_t i = 0; i < tree_count(l->tree); i++) {
		const struct unit *u = tree_at(l->tree, i);
		uint32_t later = tree_successor(l->tree, u->unit, now, known);

		if (u->created_lsn > known || u->unit == top ||
		    (!unit_alive_at(u, then, known) && !unit_alive_at(u, now, known)))
			continue;
		if ((unit_alive_at(u, then, known) &&
		     tree_inside(l->tree, u->unit, top, then, known)) !=
		    tree_inside(l->tree, later, top, now, known))
			return true;
	}
	return false;
}

/* Did it stand here on each of these days? One that has left may have been elsewhere before. */
static bool stood_here(const struct ledger *l, uint32_t unit, struct period days)
{
	while (tree_inside(l->tree, unit, l->scope, days.to, UINT64_MAX)) {
		day_t since = tree_still(l->tree, days.to).from;

		if (since <= days.from)
			return true;
		days.to = since - 1;
	}
	return false;
}

/* Is what the unit, and whoever it went over into, reported in these days in this part of the log? */
static bool is_held(const struct ledger *l, uint32_t unit, struct period days, int depth)
{
	day_t today = day_of_instant(l->info.time_ms);
	const struct unit *u = tree_get(l->tree, unit);

	if (!u || (!part_within(l->tree, unit, l->scope, today) && !stood_here(l, unit, days)))
		return false;
	for (size_t i = 0; depth && i < u->link_count; i++) {
		day_t from = u->links[i].from;
		struct period rest = { from > days.from ? from : days.from, days.to };

		if (from <= days.to && !is_held(l, u->links[i].into, rest, depth - 1))
			return false;
	}
	return true;
}

/* Is all that was reported since on the territory of `then`? Of what has left it a part does not know how it went on. */
static bool territory_held(const struct ledger *l, uint32_t top, day_t then, day_t to,
			   uint64_t known)
{
	for (size_t i = 0; l->scope && i < tree_count(l->tree); i++) {
		const struct unit *u = tree_at(l->tree, i);
		struct period days = { u->opened > then ? u->opened : then, to };

		if (days.from <= to && unit_alive_at(u, days.from, known) &&
		    tree_inside(l->tree, u->unit, top, days.from, known) &&
		    !is_held(l, u->unit, days, LINEAGE_MAX))
			return false;
	}
	return true;
}

int query_comparable(struct comparable *out, struct ledger *l, uint32_t unit, struct period period,
		     day_t since, day_t day, uint16_t measure, uint64_t known, struct err *e)
{
	struct query q = { .unit = unit, .period = period, .known_at = known, .measure = measure };
	struct territory t = { .l = l,
			       .top = unit,
			       .day = day,
			       .known = known,
			       .q = &q,
			       .measure = measure,
			       .exact = true };
	struct sheets s = {
		.l = l, .q = &q, .known = known, .each = comparable_sheet, .ctx = &t, .e = e
	};
	int rc;

	*out = (struct comparable){ .day = day };
	if ((!tree_moves(l->tree) && !tree_links(l->tree)) ||
	    !tree_changed(l->tree, since, period.to, known) ||
	    !territory_changed(l, unit, since, period.to, known))
		return 0;
	rc = read_enter(l, e);
	if (rc)
		return rc;
	rc = each_sheet(&s);
	read_leave(l);
	out->changed = true;
	out->known = t.exact && t.count && territory_held(l, unit, day, period.to, known) &&
		     (since == day || !l->scope || l->scope == tree_root(l->tree));
	out->sum = t.sum;
	return rc;
}

/* Who stood there on that day as was known then: are their figures of it told here today? */
static bool day_held(const struct ledger *l, uint32_t top, day_t day, uint64_t known)
{
	day_t today = day_of_instant(l->info.time_ms);

	for (size_t i = 0; i < tree_count(l->tree); i++) {
		uint32_t unit = tree_at(l->tree, i)->unit;

		if (tree_inside(l->tree, unit, top, day, known) &&
		    !part_within(l->tree, unit, l->scope, today) &&
		    !tree_inside(l->tree, unit, l->scope, day, UINT64_MAX))
			return false;
	}
	return true;
}

/* Does it report itself on that day? Then nobody below it does. */
static bool reports_itself(struct ledger *l, uint32_t unit, day_t day)
{
	enum plan_step step = PLAN_NONE;
	struct err ignored = { 0 };
	struct period whole;

	for (size_t i = 0; i < l->form_count && step == PLAN_NONE; i++)
		if (part_step(l, unit, l->forms[i].no, day, &step, &whole, &ignored))
			return false;
	return step != PLAN_NONE;
}

static struct period days_of(const struct unit *u, struct period days)
{
	if (u->opened > days.from)
		days.from = u->opened;
	if (u->closed && u->closed <= days.to)
		days.to = u->closed - 1;
	return days;
}

/* Neither it nor anybody above it ever moved: so it is with most. */
static bool always_here(const struct ledger *l, const struct unit *u)
{
	while (u && u->unit != l->scope && u->edge_count == 1)
		u = tree_get(l->tree, u->edges[0].parent);
	return u && u->unit == l->scope;
}

bool as_was_whole(struct ledger *l, uint32_t unit, struct period days)
{
	const struct unit *u = l->scope && tree_moves(l->tree) ? tree_get(l->tree, unit) : NULL;

	if (!u || always_here(l, u))
		return true;
	days = days_of(u, days);
	return days.from > days.to || stood_here(l, unit, days) ||
	       (reports_itself(l, unit, days.from) && reports_itself(l, unit, days.to));
}

static bool as_was_held(struct ledger *l, const struct query *q, uint64_t known)
{
	bool held = as_was_whole(l, q->unit, q->period);
	day_t day = q->period.to;

	while (known < l->info.lsn && held && day >= q->period.from) {
		held = day_held(l, q->unit, day, known);
		day = tree_still(l->tree, day).from;
		if (day <= q->period.from)
			break;
		day--;
	}
	return held;
}

/* Who came from elsewhere and ended going over into one of here is read there, with what it had reported. */
bool as_is_held(const struct ledger *l, const struct query *q, struct period days, uint64_t known)
{
	day_t today = day_of_instant(l->info.time_ms);

	for (size_t i = 0; l->scope && i < tree_count(l->tree); i++) {
		const struct unit *u = tree_at(l->tree, i);
		struct period own = days_of(u, days);

		if (own.from <= own.to && query_inside(l, q, u->unit, own.to, known) &&
		    !part_within(l->tree, u->unit, l->scope, today) && !stood_here(l, u->unit, own))
			return false;
	}
	return true;
}

/* Closings of those that stood above it then: of one that came in since they are not told here. */
static bool closings_held(const struct ledger *l, const struct query *q)
{
	const struct unit *u = tree_get(l->tree, q->unit);
	struct period days = u ? days_of(u, q->period) : q->period;

	return !u || days.from > days.to || always_here(l, u) || stood_here(l, q->unit, days);
}

bool query_held(struct ledger *l, const struct query *q)
{
	struct err ignored = { 0 };
	uint64_t known;

	if (!l->scope || (!tree_moves(l->tree) && !tree_links(l->tree)) || read_enter(l, &ignored))
		return true;
	if (query_known(&known, l, q, &ignored))
		known = l->info.lsn;
	read_leave(l);
	if (q->basis == BASIS_CLOSED && !closings_held(l, q))
		return false;
	return q->tree == TREE_AS_IS ? as_is_held(l, q, q->period, known)
				     : as_was_held(l, q, known);
}
