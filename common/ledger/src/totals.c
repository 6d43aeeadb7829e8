/* Totals by scanning the sheets whose last day lies in the range: exact for any range, instant and
 * tree; what is asked every day comes from totals_fast.c, the same to the last digit. A unit counts as
 * reported only when its sheets tile the days for which it had to report. */
#include "internal.h"

#include "base/num.h"

#include <stdlib.h>

/* One sheet that counts towards the answer. */
struct piece {
	uint32_t unit;
	uint8_t form;
	struct period period;
	bool day, signed_, accepted, nil, on_behalf, changed, broken;
	uint32_t contested;
};

struct scan {
	struct ledger *l;
	const struct query *q;
	struct period period; /* the query's, or a year earlier */
	uint64_t known;
	bool still;                 /* nobody moved within the period */
	struct measure_total *sums; /* by measure number */
	struct piece *pieces;
	size_t count, cap;
	struct arena *a;
	struct err *e;
};

static day_t tree_day(const struct query *q, day_t last)
{
	return q->tree == TREE_AS_IS ? q->tree_day : last;
}

bool query_inside(const struct ledger *l, const struct query *q, uint32_t unit, day_t last,
		  uint64_t known)
{
	day_t day = tree_day(q, last);

	if (q->tree == TREE_AS_IS)
		unit = tree_successor(l->tree, unit, day, known);
	return tree_inside(l->tree, unit, q->unit, day, known);
}

static bool in_scope(const struct scan *s, uint32_t unit, day_t last)
{
	return query_inside(s->l, s->q, unit, last, s->known);
}

static int add_piece(struct scan *s, const struct piece *p)
{
	if (s->count == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 1024;
		struct piece *grown = realloc(s->pieces, cap * sizeof(*grown));

		if (!grown)
			return err_set(s->e, ERR_NOMEM, "no memory for %zu sheets", cap);
		s->pieces = grown;
		s->cap = cap;
	}
	s->pieces[s->count++] = *p;
	return 0;
}

/* A stock is that of the sheet that ends on the last day; flows add up over the range. */
static int add_figures(struct scan *s, const struct sheet_key *k, const struct sheet *sheet)
{
	const struct form *f = ledger_form(s->l, k->form, sheet->form_version, s->e);

	for (size_t i = 0; f && i < sheet->version_count;) {
		struct figure g = sheet_figure(sheet, sheet->versions[i].measure, k->unit);
		const struct measure *m = form_measure(f, sheet->versions[i].measure);

		i += g.run ? g.run : 1;
		if (!m || !m->additive || !g.winner || g.winner->state == FIGURE_BLANK ||
		    (m->kind == MEASURE_STOCK && k->period.to != s->period.to))
			continue;
		if (!num_add(&s->sums[m->no].sum, s->sums[m->no].sum, g.winner->value))
			return err_set(s->e, ERR_RANGE, "%s: the sum is too large", m->code);
		s->sums[m->no].count++;
	}
	return 0;
}

static bool counts(const struct scan *s, const struct sheet *sheet)
{
	return sheet_counts(sheet) && (s->q->basis != BASIS_ACCEPTED || sheet->accepted_lsn);
}

/* Up to which entry this sheet is asked for; 0: it is not. */
static int known_of(const struct scan *s, const struct sheet_key *k, uint64_t *known)
{
	struct closed closed;
	int rc;

	*known = s->known;
	if (s->q->basis != BASIS_CLOSED)
		return 0;
	rc = closed_get(s->l, k->unit, k->form, k->period, s->known, 0, &closed, s->e);
	*known = closed.lsn;
	return rc;
}

static int scan_sheet(struct scan *s, const struct sheet_key *k, struct rd *r)
{
	const struct form *f = ledger_form_newest(s->l, k->form, s->e);
	struct piece p = { .unit = k->unit, .form = k->form, .period = k->period };
	struct sheet sheet;
	uint64_t known;
	int rc;

	if (!f || !query_asks(s->q, f) || k->period.from < s->period.from ||
	    !in_scope(s, k->unit, k->period.to))
		return 0;
	p.day = f->period == FORM_DAY;
	if (p.day && k->period.to != s->period.to)
		return 0; /* a flash counts in totals that end on its day, and nowhere else */
	rc = known_of(s, k, &known);
	if (rc || !known)
		return rc;
	rc = sheet_decode(&sheet, rd_bytes(r, rd_left(r)), s->e);
	if (!rc && sheet.first_lsn > known)
		return 0; /* begun since */
	if (!rc && sheet.last_lsn > known)
		rc = query_sheet_at(s->l, k->unit, k->form, k->period, known, &sheet, s->e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	p.signed_ = sheet_counts(&sheet);
	p.accepted = sheet.accepted_lsn != 0;
	p.nil = sheet_nil(&sheet);
	p.on_behalf = p.signed_ && sheet_provisional(&sheet);
	p.changed = sheet_status(&sheet) == SHEET_CHANGED;
	p.broken = p.signed_ && sheet.broken;
	p.contested = (uint32_t)sheet_contested(&sheet, k->unit);
	if (counts(s, &sheet) && !p.day)
		rc = add_figures(s, k, &sheet);
	return rc ? rc : add_piece(s, &p);
}

static int scan_sheets(struct scan *s)
{
	struct key from = key_day(s->period.from);
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, s->l->txn, T_SHEET, none, key_span(&from), false, s->e);

	while (!rc && (rc = kv_next(c, &key, &value, s->e)) == 1) {
		struct sheet_key k;
		struct rd r;

		rc = sheet_key_read(&k, key) ? row_open(&r, T_SHEET, value, s->e)
					     : err_set(s->e, ERR_CORRUPT, "a sheet's key is wrong");
		if (!rc && k.period.to > s->period.to)
			break;
		if (!rc)
			rc = scan_sheet(s, &k, &r);
	}
	kv_walk_end(c);
	return rc;
}

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
static bool never_in_scope(const struct scan *s, const struct unit *u)
{
	return s->still && !in_scope(s, u->unit, s->period.from) &&
	       !in_scope(s, u->unit, s->period.to);
}

static int duty_of(struct scan *s, const struct unit *u, struct duty *out)
{
	struct plan_row plan;
	int rc;

	if (never_in_scope(s, u)) {
		out->count = 0;
		return 0;
	}
	arena_reset(s->a);
	rc = plan_at(s->l, u->unit, s->known, &plan, s->a, s->e);
	return rc ? rc : duty_of_plan(s->l, s->q, s->period, s->known, u, &plan, out, s->e);
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
static int use_flash(struct scan *s, const struct piece *p, size_t count, bool *used)
{
	const struct piece *flash = NULL;

	*used = false;
	for (size_t i = 0; i < count; i++)
		if (p[i].day)
			flash = &p[i];
	for (size_t i = 0; i < count && flash; i++)
		if (!p[i].day && p[i].signed_ && p[i].period.to == s->period.to &&
		    answers(s, flash, p[i].form))
			return 0;
	if (flash && flash->signed_ && (s->q->basis != BASIS_ACCEPTED || flash->accepted)) {
		struct sheet_key k = { .period = flash->period,
				       .form = flash->form,
				       .unit = flash->unit };
		struct sheet sheet;
		uint64_t known;
		int rc = known_of(s, &k, &known);

		if (!rc)
			rc = query_sheet_at(s->l, k.unit, k.form, k.period, known, &sheet, s->e);

		*used = true;
		return rc ? rc : add_figures(s, &k, &sheet);
	}
	return 0;
}

static int count_unit(struct scan *s, struct totals *out, const struct unit *u, size_t *at)
{
	const struct piece *p;
	struct duty duty = { .count = 0 };
	size_t first, count;
	bool flash_used;
	int rc = out ? duty_of(s, u, &duty) : 0;

	if (rc)
		return rc;
	while (*at < s->count && s->pieces[*at].unit < u->unit)
		++*at;
	first = *at;
	while (*at < s->count && s->pieces[*at].unit == u->unit)
		++*at;
	p = s->count ? s->pieces + first : NULL;
	count = *at - first;
	rc = use_flash(s, p, count, &flash_used);
	if (rc || !out)
		return rc;
	if (duty.count) {
		out->reporting.expected++;
		out->reporting.reported += tiles(s, &duty, p, count);
		rc = duty_sheets(s->l, &duty, &out->sheets.expected, s->e);
	}
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
	return rc;
}

/* Sums into s->sums; counts into `out` when given. */
static int scan_all(struct scan *s, struct totals *out)
{
	size_t at = 0;
	int rc = scan_sheets(s);

	s->still = !tree_moved_in(s->l->tree, s->period.from, s->period.to);
	if (!rc && s->count)
		qsort(s->pieces, s->count, sizeof(*s->pieces), piece_cmp);
	for (size_t i = 0; i < tree_count(s->l->tree) && !rc; i++)
		rc = count_unit(s, out, tree_at(s->l->tree, i), &at);
	free(s->pieces);
	s->pieces = NULL;
	s->count = s->cap = 0;
	return rc;
}

int totals_scan(struct ledger *l, const struct query *q, struct period period, uint64_t known,
		struct totals *out, struct measure_total **sums, struct arena *a, struct err *e)
{
	struct scan s = { .l = l, .q = q, .period = period, .known = known, .e = e };
	int rc;

	*sums = s.sums = arena_array(a, MEASURE_NO_MAX + 1, sizeof(*s.sums));
	if (!s.sums)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	rc = totals_fast(l, q, period, known, out, s.sums, e);
	if (rc)
		return rc < 0 ? rc : 0;
	memset(s.sums, 0,
	       (MEASURE_NO_MAX + 1) * sizeof(*s.sums)); /* what it had gathered before it gave up */
	s.a = arena_new(SCRATCH_BUDGET);
	rc = s.a ? scan_all(&s, out) : err_set(e, ERR_NOMEM, "no memory for totals");
	arena_free(s.a);
	return rc;
}

/* ---- members ---- */

static int members_row(struct ledger *l, uint32_t unit, day_t day, uint64_t known, int64_t *members,
		       day_t *on, struct err *e)
{
	struct key prefix = key_u32(unit), from = key_members(unit, day);
	struct kv_cursor *c = NULL;
	struct span key, value;
	bool found = false;
	int rc = kv_walk(&c, l->txn, T_MEMBERS, key_span(&prefix), key_span(&from), true, e);

	while (!rc && !found && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct rd r;

		rc = row_open(&r, T_MEMBERS, value, e);
		*members = rd_zigzag(&r);
		*on = key_read_day(key, 4);
		if (!rc && rd_varint(&r) > known) { /* corrected since: what was there before? */
			rc = members_at(l, unit, *on, known, members, e);
			found = !rc;
			rc = rc == -ERR_NOTFOUND ? 0 : rc;
		} else {
			found = !rc;
		}
	}
	kv_walk_end(c);
	return rc < 0 ? rc : found ? 0 : -ERR_NOTFOUND;
}

static int members_told(const struct totals *out, struct err *e)
{
	return out->members_from ? 0 : err_set(e, ERR_NOMEM, "no memory for totals");
}

/* A unit that was made by a merger opens with the members of those it was made of. */
static int members_of_predecessors(struct totals *out, struct ledger *l, struct arena *a,
				   struct err *e)
{
	uint32_t units[64];
	size_t count = tree_predecessors(l->tree, out->asked.unit, out->asked.period.to,
					 out->known_lsn, units, ARRAY_LEN(units));
	int64_t sum = 0, members;
	day_t on;

	if (!count || count > ARRAY_LEN(units))
		return 0;
	for (size_t i = 0; i < count; i++) {
		const struct unit *u = tree_get(l->tree, units[i]);
		int rc;

		if (u->links[u->link_count - 1].into != out->asked.unit)
			continue; /* counted with the one that it went over into first */
		rc = members_row(l, units[i], out->asked.period.to, out->known_lsn, &members, &on,
				 e);

		if (rc == -ERR_NOTFOUND)
			return 0; /* a part would pass for the whole */
		if (rc)
			return rc;
		if (!num_add(&sum, sum, members))
			return err_set(e, ERR_RANGE, "the sum of predecessors is too large");
	}
	out->has_members = true;
	out->members = sum;
	out->members_from = arena_printf(a, "predecessors");
	return members_told(out, e);
}

static int fill_members(struct totals *out, struct ledger *l, const struct measure_total *sums,
			struct arena *a, struct err *e)
{
	uint16_t no = ledger_measure(l, SPAN_LIT("members_end"));
	char iso[DAY_TEXT_MAX];
	day_t on = 0;
	int rc;

	if (no && sums[no].count && sums[no].count == out->reporting.expected) {
		out->has_members = true;
		out->members = sums[no].sum;
		out->members_from = arena_printf(a, "sheets %s",
						 day_iso(iso, out->asked.period.to));
		return members_told(out, e);
	}
	rc = members_row(l, out->asked.unit, out->asked.period.to, out->known_lsn, &out->members,
			 &on, e);
	if (rc == -ERR_NOTFOUND)
		return members_of_predecessors(out, l, a, e);
	if (!rc) {
		out->has_members = true;
		out->members_from = arena_printf(a, "members %s", day_iso(iso, on));
		return members_told(out, e);
	}
	return rc;
}

int query_members(struct ledger *l, uint32_t unit, day_t day, uint64_t known, int64_t *members,
		  day_t *on, struct err *e)
{
	return members_row(l, unit, day, known, members, on, e);
}

/* ---- the whole answer ---- */

static void list_measures(struct totals *out, struct ledger *l, const struct measure_total *now,
			  const struct measure_total *before, struct measure_total *list,
			  struct measure_total *list_before)
{
	for (unsigned n = 1; n <= MEASURE_NO_MAX; n++) {
		uint16_t no = (uint16_t)n;
		bool known = false;

		for (size_t i = 0; i < l->form_count && !known; i++) {
			const struct measure *m = form_measure(l->forms[i].form, no);

			known = m && m->additive;
		}
		if (!known)
			continue;
		list[out->measure_count] = now[no];
		list[out->measure_count].measure = no;
		list_before[out->measure_count] = before[no];
		list_before[out->measure_count++].measure = no;
	}
}

static void count_kinds(struct totals *out, struct ledger *l)
{
	day_t day = tree_day(&out->asked, out->asked.period.to);
	bool filled = false;

	for (size_t i = 0; i < UNIT_KINDS; i++)
		filled |= out->units[i] > 0; /* by totals_fast, with who has to report */
	for (size_t i = 0; i < tree_count(l->tree) && !filled; i++) {
		const struct unit *u = tree_at(l->tree, i);

		if (u->created_lsn <= out->known_lsn && unit_alive_at(u, day, out->known_lsn) &&
		    tree_inside(l->tree, u->unit, out->asked.unit, day, out->known_lsn))
			out->units[unit_kind_at(u, day, out->known_lsn)]++;
	}
}

static int totals_inside(struct totals *out, struct ledger *l, struct arena *a, struct err *e)
{
	struct measure_total *now, *before, *list, *list_before;
	int rc;

	rc = totals_scan(l, &out->asked, out->asked.period, out->known_lsn, out, &now, a, e);
	if (!rc)
		rc = totals_year_before(out, l, &before, a, e);
	if (rc)
		return rc;
	list = arena_array(a, MEASURE_NO_MAX, sizeof(*list));
	list_before = arena_array(a, MEASURE_NO_MAX, sizeof(*list_before));
	if (!list || !list_before)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	list_measures(out, l, now, before, list, list_before);
	out->measures = list;
	out->prev_year = list_before;
	out->sheets.missing = out->sheets.expected > out->sheets.signed_
				      ? out->sheets.expected - out->sheets.signed_
				      : 0;
	out->covered = out->reporting.expected &&
		       out->reporting.reported == out->reporting.expected;
	count_kinds(out, l);
	rc = fill_late(out, l, a, e);
	if (!rc)
		rc = fill_members(out, l, now, a, e);
	if (!rc)
		rc = fill_questions(out, l, now, a, e);
	return rc ? rc : fill_targets(out, l, now, a, e);
}

/* The newest of the first closings of what the unit's forms ask for in these days. */
static int last_closing(struct ledger *l, const struct query *q, uint64_t *known, struct err *e)
{
	uint64_t newest = 0;

	for (size_t i = 0; i < l->form_count; i++) {
		struct periods_walk w = { .form = l->forms[i].form,
					  .within = q->period,
					  .next = q->period.from };
		struct period p;
		int rc = calendar_get(l, l->forms[i].no, &w.calendar, e);

		while (!rc && w.form->period != FORM_DAY && periods_next(&w, &p)) {
			struct closed closed;

			rc = closed_get(l, q->unit, l->forms[i].no, p, *known, 0, &closed, e);
			newest = closed.lsn > newest ? closed.lsn : newest;
		}
		if (rc)
			return rc;
	}
	*known = newest;
	return newest ? 0 : err_set(e, ERR_NOTFOUND, "nothing of these days is closed");
}

static int known_time(struct ledger *l, uint64_t lsn, int64_t *ms, struct arena *a, struct err *e)
{
	struct span bytes;
	struct entry en;
	int rc = lsn ? log_get(l, lsn, &bytes, e) : -ERR_NOTFOUND;

	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	rc = entry_decode(&en, bytes, a, e);
	if (!rc)
		*ms = en.time_ms;
	return rc;
}

int query_totals(struct totals *out, struct ledger *l, const struct query *q, struct arena *a,
		 struct err *e)
{
	const struct unit *u = tree_get(l->tree, q->unit);
	int rc;

	memset(out, 0, sizeof(*out));
	out->asked = *q;
	out->known_lsn = q->known_at == UINT64_MAX ? l->info.lsn : q->known_at;
	if (!u)
		return err_set(e, ERR_NOTFOUND, "there is no unit number %u", q->unit);
	if (q->period.from > q->period.to)
		return err_set(e, ERR_RANGE, "the range ends before it begins");
	if (out->known_lsn > l->info.lsn)
		return err_set(e, ERR_RANGE, "entry %llu is asked for, the log ends at %llu",
			       (unsigned long long)out->known_lsn, (unsigned long long)l->info.lsn);
	rc = read_enter(l, e);
	if (rc)
		return rc;
	if (q->basis == BASIS_CLOSED)
		rc = last_closing(l, q, &out->known_lsn, e);
	if (!rc)
		rc = known_time(l, out->known_lsn, &out->known_time_ms, a, e);
	if (!rc)
		rc = totals_inside(out, l, a, e);
	read_leave(l);
	return rc;
}

int query_sum(struct ledger *l, uint32_t unit, struct period p, uint16_t measure, uint64_t known,
	      struct measure_total *sum, bool *covered, struct arena *a, struct err *e)
{
	struct query q = { .unit = unit, .period = p, .known_at = known };
	struct measure_total *sums;
	struct totals *t = arena_alloc(a, sizeof(*t));
	int rc = t ? totals_scan(l, &q, p, known, t, &sums, a, e)
		   : err_set(e, ERR_NOMEM, "no memory");

	if (rc)
		return rc;
	*sum = sums[measure];
	*covered = t->reporting.expected && t->reporting.reported == t->reporting.expected;
	return 0;
}
