/* Totals by scanning the sheets whose last day lies in the range: exact for any range, instant and
 * tree; what is asked every day comes from totals_fast.c, the same to the last digit. A unit counts as
 * reported only when its sheets tile the days for which it had to report. Several stretches of days, a year's
 * months for instance, are answered in one walk. */
#include "internal.h"

#include "base/num.h"

#include <stdlib.h>

enum { NARROW_MAX = 32 }; /* so few units */

/* One sheet that counts towards the answer. */
struct piece {
	uint32_t unit;
	uint8_t form;
	struct period period;
	bool day, signed_, accepted, nil, on_behalf, changed, broken;
	uint32_t contested;
};

/* What is gathered of one stretch of days. */
struct stretch {
	struct scan_part *part;
	struct piece *pieces;
	size_t count, cap, at;
	struct duty duty; /* of the unit in hand */
	uint64_t due;     /* sheets of it */
};

struct scan {
	struct ledger *l;
	const struct query *q;
	struct stretch *stretches; /* in the order of their days */
	size_t count;
	const uint16_t
		*places; /* of a measure in the sums, by its number; NULL: the number itself */
	struct period all;
	bool still;          /* nobody moved within all these days */
	uint8_t *inside;     /* by unit number, while nobody moved: 0 not asked yet, 1 in, 2 out */
	uint32_t *narrow;    /* who can count in the answer, ascending */
	size_t narrow_count; /* 0: most of all units */
	size_t narrow_at;    /* after the last one that was found */
	struct sheet_then
		*later; /* changed since they were asked for: read back from the log at the end */
	size_t later_count, later_cap;
	/* Most units have one and the same plan: what it comes to in each stretch need not be made out again. */
	struct plan_interval plan[PLAN_INTERVALS_MAX];
	size_t plan_count;
	day_t plan_closed; /* the unit's end */
	bool plan_kept;
	struct arena *a;
	struct err *e;
};

/* Into one that this part of the log does not know: it stands elsewhere. */
static bool went_over(const struct ledger *l, uint32_t unit, day_t day, uint64_t known)
{
	const struct unit *u = l->scope ? tree_get(l->tree, unit) : NULL;

	for (size_t i = 0; u && i < u->link_count && !unit_alive_at(u, day, known); i++)
		if (u->links[i].merged && u->links[i].lsn <= known && u->links[i].from <= day)
			return true;
	return false;
}

bool query_inside(const struct ledger *l, const struct query *q, uint32_t unit, day_t last,
		  uint64_t known)
{
	day_t day = q->tree == TREE_AS_IS ? q->tree_day : last;

	if (q->tree == TREE_AS_IS) {
		unit = tree_successor(l->tree, unit, day, known);
		if (went_over(l, unit, day, known))
			return false;
	}
	return tree_inside(l->tree, unit, q->unit, day, known);
}

/* Who stands where is asked of thousands of sheets: once for each unit, while nobody moves. A unit in the tree as it was
 * stands where its parent does. */
static bool in_scope(const struct scan *s, const struct scan_part *p, uint32_t unit, day_t last)
{
	uint8_t *mark = s->inside && unit <= tree_max(s->l->tree) ? &s->inside[unit] : NULL;
	const struct unit *u = mark && !*mark && s->q->tree == TREE_AS_WAS && unit != s->q->unit
				       ? tree_get(s->l->tree, unit)
				       : NULL;
	uint32_t parent = u ? unit_parent(u, last, p->known) : 0;

	if (mark && *mark)
		return *mark == 1;
	if (parent)
		*mark = u->created_lsn <= p->known && in_scope(s, p, parent, last) ? 1 : 2;
	else if (mark)
		*mark = query_inside(s->l, s->q, unit, last, p->known) ? 1 : 2;
	return mark ? *mark == 1 : query_inside(s->l, s->q, unit, last, p->known);
}

static int add_piece(struct stretch *t, const struct piece *p, struct err *e)
{
	if (t->count == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct piece *grown = realloc(t->pieces, cap * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for %zu sheets", cap);
		t->pieces = grown;
		t->cap = cap;
	}
	t->pieces[t->count++] = *p;
	return 0;
}

/* ---- sheets ---- */

static int add_figures(struct scan *s, struct scan_part *part, const struct sheet_key *k,
		       const struct sheet *sheet)
{
	const struct form *f = ledger_form(s->l, k->form, sheet->form_version, s->e);
	size_t at = 0; /* measures ascend in both */

	for (size_t i = 0; f && i < sheet->version_count;) {
		struct figure g = sheet_figure_at(sheet, i, k->unit);
		const struct measure *m;
		struct measure_total *sum;

		while (at < f->measure_count && f->measures[at].no < sheet->versions[i].measure)
			at++;
		m = at < f->measure_count && f->measures[at].no == sheet->versions[i].measure
			    ? &f->measures[at]
			    : NULL;
		i += g.run;
		if (!m || !m->additive || !g.winner || g.winner->state == FIGURE_BLANK ||
		    !measure_counts(m, k->period, part->period))
			continue;
		sum = &part->sums[s->places ? s->places[m->no] : m->no];
		if (!num_add(&sum->sum, sum->sum, g.winner->value))
			return err_set(s->e, ERR_RANGE, "%s: the sum is too large", m->code);
		sum->count++;
	}
	return 0;
}

static bool counts(const struct scan *s, const struct sheet *sheet)
{
	return sheet_counts(sheet) && (s->q->basis != BASIS_ACCEPTED || sheet->accepted_lsn);
}

/* Up to which entry this sheet is asked for; 0: it is not. */
static int known_of(const struct scan *s, const struct scan_part *part, const struct sheet_key *k,
		    uint64_t *known)
{
	struct closed closed;
	int rc;

	*known = part->known;
	if (s->q->basis != BASIS_CLOSED)
		return 0;
	rc = closed_get(s->l, k->unit, k->form, k->period, part->known, 0, &closed, s->e);
	*known = closed.lsn;
	return rc;
}

static int take_sheet(struct scan *s, struct stretch *t, const struct sheet_key *k,
		      const struct sheet *sheet)
{
	const struct form *f = ledger_form_newest(s->l, k->form, s->e);
	struct piece p = { .unit = k->unit, .form = k->form, .period = k->period };
	int rc = 0;

	p.day = f && f->period == FORM_DAY;
	p.signed_ = sheet_counts(sheet);
	p.accepted = sheet->accepted_lsn != 0;
	p.nil = sheet_nil(sheet);
	p.on_behalf = p.signed_ && sheet_provisional(sheet);
	p.changed = sheet_status(sheet) == SHEET_CHANGED;
	p.broken = p.signed_ && sheet->broken;
	p.contested = (uint32_t)sheet_contested(sheet, k->unit);
	if (counts(s, sheet) && !p.day)
		rc = add_figures(s, t->part, k, sheet);
	return rc ? rc : add_piece(t, &p, s->e);
}

/* One that was changed since: what it was then is in the log. */
static int note_later(struct scan *s, const struct sheet_key *k, uint64_t first_lsn, uint64_t known,
		      size_t stretch)
{
	if (s->later_count == s->later_cap) {
		size_t cap = s->later_cap ? s->later_cap * 2 : 64;
		struct sheet_then *grown = realloc(s->later, cap * sizeof(*grown));

		if (!grown)
			return err_set(s->e, ERR_NOMEM, "no memory for %zu sheets", cap);
		s->later = grown;
		s->later_cap = cap;
	}
	s->later[s->later_count++] = (struct sheet_then){
		.key = *k, .first_lsn = first_lsn, .known = known, .asked_as = stretch
	};
	return 0;
}

static int later_cmp(const void *pa, const void *pb)
{
	const struct sheet_then *a = pa, *b = pb;

	if (a->key.unit != b->key.unit)
		return a->key.unit < b->key.unit ? -1 : 1;
	if (a->known != b->known)
		return a->known < b->known ? -1 : 1;
	return (a->first_lsn > b->first_lsn) - (a->first_lsn < b->first_lsn);
}

static int take_later(void *ctx, const struct sheet_then *w, const struct sheet *sheet,
		      struct err *e)
{
	struct scan *s = ctx;

	(void)e;
	return take_sheet(s, &s->stretches[w->asked_as], &w->key, sheet);
}

/* Of each unit in one walk back through its chain. */
static int scan_later(struct scan *s)
{
	int rc = 0;

	if (s->later_count)
		qsort(s->later, s->later_count, sizeof(*s->later), later_cmp);
	for (size_t i = 0, next; i < s->later_count && !rc; i = next) {
		for (next = i + 1; next < s->later_count; next++)
			if (s->later[next].key.unit != s->later[i].key.unit ||
			    s->later[next].known != s->later[i].known)
				break;
		rc = sheets_then(s->l, s->later + i, next - i, take_later, s, s->e);
	}
	free(s->later);
	s->later = NULL;
	return rc;
}

static int scan_sheet(struct scan *s, size_t at, const struct sheet_key *k, struct rd *r)
{
	struct stretch *t = &s->stretches[at];
	const struct form *f = ledger_form_newest(s->l, k->form, s->e);
	struct sheet sheet;
	struct span bytes;
	uint64_t known;
	int rc;

	if (!f || !query_asks(s->q, f) || k->period.from < t->part->period.from ||
	    !in_scope(s, t->part, k->unit, k->period.to))
		return 0;
	if (f->period == FORM_DAY && k->period.to != t->part->period.to)
		return 0; /* a flash counts in totals that end on its day, and nowhere else */
	rc = known_of(s, t->part, k, &known);
	if (rc || !known)
		return rc;
	bytes = rd_bytes(r, rd_left(r));
	if (sheet_decode_first(bytes) > known)
		return 0; /* begun since */
	rc = sheet_decode(&sheet, bytes, s->e);
	if (rc)
		return rc;
	return sheet.last_lsn > known ? note_later(s, k, sheet.first_lsn, known, at)
				      : take_sheet(s, t, k, &sheet);
}

/* The stretch that holds the last day, or the next one; both go on only. */
static size_t stretch_of(const struct scan *s, size_t at, day_t last)
{
	while (at < s->count && s->stretches[at].part->period.to < last)
		at++;
	return at;
}

static int walk_sheets(struct scan *s)
{
	struct key from = key_day(s->all.from);
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	size_t at = 0;
	int rc = kv_walk(&c, s->l->txn, T_SHEET, none, key_span(&from), false, s->e);

	while (!rc && (rc = kv_next(c, &key, &value, s->e)) == 1) {
		struct sheet_key k;
		struct rd r;

		rc = sheet_key_read(&k, key) ? 0
					     : err_set(s->e, ERR_CORRUPT, "a sheet's key is wrong");
		at = rc ? at : stretch_of(s, at, k.period.to);
		if (!rc && at == s->count)
			break;
		if (!rc)
			rc = row_open(&r, T_SHEET, value, s->e);
		if (!rc)
			rc = scan_sheet(s, at, &k, &r);
	}
	kv_walk_end(c);
	return rc;
}

/* The first of the units asked about that is not below this one; narrow_count: none. */
static size_t narrow_from(struct scan *s, uint32_t unit)
{
	size_t low = 0, high = s->narrow_count;

	if (s->narrow_at < high && s->narrow[s->narrow_at] == unit) /* mostly the one after */
		return s->narrow_at++;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->narrow[mid] < unit)
			low = mid + 1;
		else
			high = mid;
	}
	s->narrow_at = low + 1;
	return low;
}

/* Takes sheets from `from` on as long as they are of units asked about. *from: where the next one can be. 1: go on. */
static int seek_run(struct scan *s, struct key *from, size_t *at)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, s->l->txn, T_SHEET, none, key_span(from), false, s->e);

	while (!rc && (rc = kv_next(c, &key, &value, s->e)) == 1) {
		struct sheet_key k;
		struct rd r;
		size_t i;

		if (!sheet_key_read(&k, key)) {
			rc = err_set(s->e, ERR_CORRUPT, "a sheet's key is wrong");
			break;
		}
		*at = stretch_of(s, *at, k.period.to);
		i = narrow_from(s, k.unit);
		if (*at == s->count || i == s->narrow_count || s->narrow[i] != k.unit) {
			rc = *at < s->count;
			*from = key_sheet(k.period, k.form,
					  i < s->narrow_count ? s->narrow[i] : UINT32_MAX);
			if (i == s->narrow_count)
				from->b[from->len++] = 0; /* greater than every unit's */
			break;
		}
		rc = row_open(&r, T_SHEET, value, s->e);
		if (!rc)
			rc = scan_sheet(s, *at, &k, &r);
	}
	kv_walk_end(c);
	return rc;
}

/* From one unit asked about to the next, past everybody else's sheets. */
static int seek_sheets(struct scan *s)
{
	struct key from = key_day(s->all.from);
	size_t at = 0;
	int rc = 1;

	while (rc == 1)
		rc = seek_run(s, &from, &at);
	return rc;
}

/* ---- who reported ---- */

static int piece_cmp(const void *pa, const void *pb)
{
	const struct piece *a = pa, *b = pb;

	if (a->unit != b->unit)
		return a->unit < b->unit ? -1 : 1;
	if (a->day != b->day)
		return a->day ? 1 : -1;
	if (a->period.from != b->period.from)
		return a->period.from < b->period.from ? -1 : 1;
	return (a->period.to > b->period.to) - (a->period.to < b->period.to);
}

/* Most units are not asked about: their plans need not be read. */
static bool never_in_scope(const struct scan *s, const struct scan_part *p, const struct unit *u)
{
	return s->still && !in_scope(s, p, u->unit, p->period.from) &&
	       !in_scope(s, p, u->unit, p->period.to);
}

static bool same_plan(const struct scan *s, const struct plan_row *plan, day_t closed)
{
	return s->plan_kept && s->plan_closed == closed && plan_same(plan, s->plan, s->plan_count);
}

static void keep_plan(struct scan *s, const struct plan_row *plan, day_t closed)
{
	/* who is in is in for good only while nobody moves */
	s->plan_kept = s->inside && plan->count <= PLAN_INTERVALS_MAX;
	if (!s->plan_kept)
		return;
	if (plan->count)
		memcpy(s->plan, plan->intervals, plan->count * sizeof(*s->plan));
	s->plan_count = plan->count;
	s->plan_closed = closed;
}

static int duty_of(struct scan *s, struct stretch *t, const struct unit *u,
		   const struct plan_row *plan)
{
	int rc = duty_of_plan(s->l, s->q, t->part->period, t->part->known, u, plan, &t->duty, s->e);

	t->due = 0;
	return rc ? rc : duty_sheets(s->l, &t->duty, &t->due, s->e);
}

/* What the unit had to report in each stretch; its plan is read once. *any: in one of them it may count. */
static int duties_of(struct scan *s, const struct unit *u, bool *any)
{
	struct plan_row plan = { .count = 0 };
	uint64_t read = 0; /* the plan is as known then; 0: not read yet */
	int rc = 0;

	*any = false;
	if (s->inside && never_in_scope(s, s->stretches[0].part, u))
		return 0; /* nor in any other */
	for (size_t i = 0; i < s->count && !rc; i++) {
		struct stretch *t = &s->stretches[i];

		if (!t->part->out || !t->part->known || never_in_scope(s, t->part, u)) {
			t->duty.count = 0;
			s->plan_kept = false;
			continue;
		}
		*any = true;
		if (read != t->part->known) {
			day_t closed = unit_closed_at(u, t->part->known);

			arena_reset(s->a);
			rc = plan_at(s->l, u->unit, t->part->known, &plan, s->a, s->e);
			read = t->part->known;
			if (!rc && same_plan(s, &plan, closed))
				return 0;
			keep_plan(s, &plan, closed);
		}
		if (!rc)
			rc = duty_of(s, t, u, &plan);
	}
	return rc;
}

static bool answers(const struct scan *s, const struct piece *p, uint8_t form)
{
	return duty_answers(s->l, p->form, p->day, form);
}

/* Do the unit's pieces, sorted, cover exactly the days of duty? */
static bool tiles(const struct scan *s, const struct duty *d, const struct piece *p, size_t count)
{
	for (size_t i = 0; i < d->count; i++) {
		day_t next = d->days[i].from;

		for (bool moved = true; moved && next <= d->days[i].to;) {
			moved = false;
			for (size_t k = 0; k < count && !moved; k++)
				if (p[k].signed_ && p[k].period.from == next &&
				    answers(s, &p[k], d->form[i]) &&
				    (s->q->basis != BASIS_ACCEPTED || p[k].accepted)) {
					next = p[k].period.to + 1;
					moved = true;
				}
		}
		if (next <= d->days[i].to)
			return false;
	}
	return true;
}

/* A flash is used where no planned sheet of its unit and of the same things reaches the last day. */
static int use_flash(struct scan *s, struct scan_part *part, const struct piece *p, size_t count,
		     bool *used)
{
	const struct piece *flash = NULL;

	*used = false;
	for (size_t i = 0; i < count; i++)
		if (p[i].day)
			flash = &p[i];
	for (size_t i = 0; i < count && flash; i++)
		if (!p[i].day && p[i].signed_ && p[i].period.to == part->period.to &&
		    answers(s, flash, p[i].form))
			return 0;
	if (flash && flash->signed_ && (s->q->basis != BASIS_ACCEPTED || flash->accepted)) {
		struct sheet_key k = { .period = flash->period,
				       .form = flash->form,
				       .unit = flash->unit };
		struct sheet sheet;
		uint64_t known;
		int rc = known_of(s, part, &k, &known);

		if (!rc)
			rc = query_sheet_at(s->l, k.unit, k.form, k.period, known, &sheet, s->e);

		*used = true;
		return rc ? rc : add_figures(s, part, &k, &sheet);
	}
	return 0;
}

static void count_pieces(struct totals *out, const struct piece *p, size_t count, bool flash_used)
{
	for (size_t i = 0; i < count; i++) {
		if (p[i].day && !flash_used)
			continue; /* beside the month's sheet it stands for nothing */
		out->sheets.signed_ += p[i].signed_;
		out->sheets.accepted += p[i].accepted;
		out->sheets.nil += p[i].nil;
		out->sheets.on_behalf += p[i].on_behalf;
		out->sheets.changed += p[i].changed;
		out->sheets.broken += p[i].broken;
		out->reporting.contested += p[i].contested;
	}
}

/* Sums into the part's sums; counts into its `out` when given. */
static int count_stretch(struct scan *s, struct stretch *t, const struct unit *u, bool due)
{
	struct totals *out = t->part->out;
	const struct piece *p;
	size_t first, count;
	bool flash_used;
	int rc;

	while (t->at < t->count && t->pieces[t->at].unit < u->unit)
		t->at++;
	first = t->at;
	while (t->at < t->count && t->pieces[t->at].unit == u->unit)
		t->at++;
	p = t->count ? t->pieces + first : NULL;
	count = t->at - first;
	due = due && t->duty.count;
	if (!count && !due)
		return 0;
	rc = use_flash(s, t->part, p, count, &flash_used);
	if (rc || !out)
		return rc;
	if (due) {
		out->reporting.expected++;
		out->reporting.reported += tiles(s, &t->duty, p, count);
		out->sheets.expected += t->due;
	}
	count_pieces(out, p, count, flash_used);
	return rc;
}

static int count_unit(struct scan *s, const struct unit *u)
{
	bool due = false;
	int rc = u ? duties_of(s, u, &due) : 0;

	for (size_t i = 0; i < s->count && u && !rc; i++)
		rc = count_stretch(s, &s->stretches[i], u, due);
	return rc;
}

/* ---- the walk ---- */

static bool known_alike(const struct scan *s)
{
	for (size_t i = 1; i < s->count; i++)
		if (s->stretches[i].part->known != s->stretches[0].part->known)
			return false;
	return true;
}

static int number_cmp(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

/* The few units that can count in the answer; whoever went over into them, too. Over NARROW_MAX: they are not few. */
static size_t find_few(const struct scan *s, bool merged, uint32_t few[NARROW_MAX])
{
	const struct tree *t = s->l->tree;
	uint64_t known = s->stretches[0].part->known;
	uint32_t gone[NARROW_MAX];
	size_t count = tree_ever_below(t, s->q->unit, few, 0, NARROW_MAX);

	for (size_t i = 0; merged && i < count && count <= NARROW_MAX; i++) {
		size_t more = tree_predecessors(t, few[i], s->q->tree_day, known, gone, NARROW_MAX);

		if (more > NARROW_MAX)
			return more;
		for (size_t k = 0; k < more && count <= NARROW_MAX; k++)
			count = tree_ever_below(t, gone[k], few, count, NARROW_MAX);
	}
	return count;
}

/* Who can count in the answer, unless that is most of all units: then everybody's sheets are walked past. */
static int find_narrow(struct scan *s)
{
	const struct tree *t = s->l->tree;
	bool merged = s->q->tree == TREE_AS_IS && tree_links(t);
	uint32_t few[NARROW_MAX];
	size_t count;
	int rc = 0;

	if (s->l->in_batch || s->l->scan_only || (merged && !known_alike(s)))
		return 0; /* a look-up sees what lies in the batch, a walk does not */
	count = find_few(s, merged, few);
	if (count <= NARROW_MAX) {
		s->narrow = malloc((count + 1) * sizeof(*s->narrow));
		if (!s->narrow)
			return err_set(s->e, ERR_NOMEM, "no memory for totals");
		memcpy(s->narrow, few, count * sizeof(*few));
		qsort(s->narrow, count, sizeof(*s->narrow), number_cmp);
		s->narrow_count = count;
	} else if (!merged) {
		rc = tree_subtree(t, s->q->unit, &s->narrow, &s->narrow_count, s->e);
		if (s->narrow_count > tree_count(t) / 2)
			s->narrow_count = 0;
	}
	return rc;
}

/* Mostly they are in order as they were met. */
static void sort_pieces(struct stretch *t)
{
	size_t i = 1;

	while (i < t->count && piece_cmp(&t->pieces[i - 1], &t->pieces[i]) <= 0)
		i++;
	if (i < t->count)
		qsort(t->pieces, t->count, sizeof(*t->pieces), piece_cmp);
}

static int count_all(struct scan *s)
{
	const struct tree *t = s->l->tree;
	int rc = 0;

	for (size_t i = 0; i < s->count; i++)
		sort_pieces(&s->stretches[i]);
	for (size_t i = 0; i < s->narrow_count && !rc; i++)
		rc = count_unit(s, tree_get(t, s->narrow[i]));
	for (size_t i = 0; !s->narrow_count && i < tree_count(t) && !rc; i++)
		rc = count_unit(s, tree_at(t, i));
	return rc;
}

static int scan_stretches(struct scan *s)
{
	int rc = find_narrow(s);

	if (rc)
		return rc;
	s->still = !tree_moved_in(s->l->tree, s->all.from, s->all.to);
	if ((!s->narrow_count || s->narrow_count > NARROW_MAX) && s->still && known_alike(s))
		s->inside = calloc((size_t)tree_max(s->l->tree) + 1, 1); /* NULL: just slower */
	rc = s->narrow_count ? seek_sheets(s) : walk_sheets(s);
	if (!rc)
		rc = scan_later(s);
	if (!rc)
		rc = count_all(s);
	free(s->inside);
	free(s->narrow);
	free(s->later);
	return rc;
}

int totals_scan_parts(struct ledger *l, const struct query *q, struct scan_part *parts,
		      size_t count, const uint16_t *places, struct err *e)
{
	struct scan s = { .l = l, .q = q, .count = count, .places = places, .e = e };
	int rc;

	if (!count)
		return 0;
	s.all = (struct period){ parts[0].period.from, parts[count - 1].period.to };
	s.stretches = calloc(count, sizeof(*s.stretches));
	s.a = arena_new(SCRATCH_BUDGET);
	rc = s.stretches && s.a ? 0 : err_set(e, ERR_NOMEM, "no memory for totals");
	for (size_t i = 0; i < count && !rc; i++) {
		assert(!i || parts[i - 1].period.to < parts[i].period.from);
		s.stretches[i].part = &parts[i];
	}
	if (!rc)
		rc = scan_stretches(&s);
	for (size_t i = 0; i < count && s.stretches; i++)
		free(s.stretches[i].pieces);
	free(s.stretches);
	arena_free(s.a);
	return rc;
}

int totals_scan(struct ledger *l, const struct query *q, struct period period, uint64_t known,
		struct totals *out, struct measure_total **sums, struct arena *a, struct err *e)
{
	struct scan_part part = { .period = period, .known = known, .out = out };
	int rc;

	*sums = part.sums = arena_array(a, measure_room(l), sizeof(*part.sums));
	if (!part.sums)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	rc = totals_fast(l, q, period, known, out, part.sums, e);
	if (rc)
		return rc < 0 ? rc : 0;
	/* what it had gathered before it gave up */
	memset(part.sums, 0, measure_room(l) * sizeof(*part.sums));
	return totals_scan_parts(l, q, &part, 1, NULL, e);
}
