/* The board of months, and what came late. */
#include "ledger/months.h"

#include "base/lang.h"
#include "ledger/query.h"

#include "internal.h"

#include <stdlib.h>

struct word {
	const char *name, *text;
};

/* The words of the field, in Vietnamese in the catalogue: chưa nhập, đang nhập, đã gửi, ... */
static const struct word works[WORKS] = {
	[WORK_BLANK] = { "blank", N_("nothing entered") },
	[WORK_DRAFT] = { "draft", N_("being entered") },
	[WORK_SENT] = { "sent", N_("sent") },
	[WORK_ACCEPTED] = { "accepted", N_("accepted by the superior") },
	[WORK_CLOSED] = { "closed", N_("closed") },
	[WORK_RETURNED] = { "returned", N_("returned") },
};
static const struct word times[TIMES] = {
	[TIME_NO_DEADLINE] = { "no-deadline", N_("no deadline") },
	[TIME_NOT_DUE] = { "not-due", N_("not due yet") },
	[TIME_ON_TIME] = { "on-time", N_("on time") },
	[TIME_LATE] = { "late", N_("sent late") },
	[TIME_MISSING] = { "missing", N_("not sent") },
};
static const struct word marks[MARKS] = {
	[MARK_NIL] = { "nil", N_("nil month") },
	[MARK_CONTESTED] = { "contested", N_("two values") },
	[MARK_ON_BEHALF] = { "on-behalf", N_("on behalf") },
	[MARK_PROVISIONAL] = { "provisional", N_("provisional") },
	[MARK_AMENDED] = { "amended", N_("amended after the closing") },
	[MARK_CHANGED] = { "changed", N_("changed since signing") },
	[MARK_BROKEN] = { "rule-broken", N_("figures do not agree") },
	[MARK_IN_TIME] = { "in-time", N_("signed in time, received late") },
	[MARK_WAITS] = { "late-waits", N_("a late change waits for a decision") },
	[MARK_UNLOCKED] = { "unlocked", N_("unlocked") },
};

static struct word word_of(const struct word *list, size_t count, unsigned i)
{
	return i < count ? list[i] : (struct word){ "?", "?" };
}

const char *month_work_name(enum month_work w)
{
	return word_of(works, WORKS, w).name;
}

const char *month_work_text(enum month_work w)
{
	return word_of(works, WORKS, w).text;
}

const char *month_time_name(enum month_time t)
{
	return word_of(times, TIMES, t).name;
}

const char *month_time_text(enum month_time t)
{
	return word_of(times, TIMES, t).text;
}

const char *month_mark_name(enum month_mark m)
{
	return word_of(marks, MARKS, m).name;
}

const char *month_mark_text(enum month_mark m)
{
	return word_of(marks, MARKS, m).text;
}

/* ---- late ops ---- */

struct gathering {
	struct ledger *l;
	uint32_t unit; /* 0: all */
	bool waiting;
	uint64_t known;
	struct arena *a;
	struct late_line *list;
	size_t count, cap;
};

static struct late_line *late_room(struct gathering *g)
{
	if (g->count == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 16;
		struct late_line *grown = arena_array(g->a, cap, sizeof(*grown));

		if (!grown)
			return NULL;
		if (g->count)
			memcpy(grown, g->list, g->count * sizeof(*grown));
		g->list = grown;
		g->cap = cap;
	}
	return &g->list[g->count];
}

static int late_line(struct gathering *g, uint64_t lsn, const struct late_row *row, struct err *e)
{
	struct op_late named = { .lsn = lsn };
	struct late_line *line = late_room(g);
	struct entry en;
	struct op_id id;
	int rc;

	if (!line)
		return err_set(e, ERR_NOMEM, "no memory for late ops");
	*line = (struct late_line){ .lsn = lsn, .unit = row->unit };
	rc = late_open(g->l, &named, lsn, &en, &id, &line->op, g->a, e);
	if (rc)
		return rc;
	if (g->unit &&
	    !tree_inside(g->l->tree, row->unit, g->unit, line->op.sheet.period.to, UINT64_MAX))
		return 0;
	if (row->decided_lsn && row->decided_lsn <= g->known) {
		line->decided_lsn = row->decided_lsn;
		line->counts = row->counts;
	}
	line->time_ms = en.time_ms;
	line->device_ms = line->op.device_time_ms;
	line->author = en.author;
	line->device = en.device;
	line->code = en.code;
	g->count++;
	return 0;
}

static int gather_late(struct gathering *g, struct err *e)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, g->l->txn, T_LATE, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		uint64_t lsn = key_read_u64(key, 0);
		struct late_row row;

		rc = late_get(g->l, lsn, &row, e);
		if (!rc && lsn <= g->known &&
		    (!g->waiting || !row.decided_lsn || row.decided_lsn > g->known))
			rc = late_line(g, lsn, &row, e);
	}
	kv_walk_end(c);
	return rc;
}

int query_late(const struct late_line **out, size_t *count, struct ledger *l, uint32_t unit,
	       bool waiting, struct arena *a, struct err *e)
{
	struct gathering g = {
		.l = l, .unit = unit, .waiting = waiting, .known = UINT64_MAX, .a = a
	};
	int rc = read_enter(l, e);

	*count = 0;
	if (rc)
		return rc;
	rc = gather_late(&g, e);
	read_leave(l);
	*out = g.list;
	*count = rc ? 0 : g.count;
	return rc;
}

/* ---- the board ---- */

struct board {
	struct ledger *l;
	const struct months_query *q;
	uint64_t known;
	struct calendar calendar;
	struct gathering late;
	struct month_cell *cells;
	size_t count, cap;
	struct arena *a;    /* the answer's */
	struct arena *work; /* of one unit */
	struct err *e;
};

static bool same_sheet(const struct month_cell *c, const struct late_line *l)
{
	return l->unit == c->unit && l->op.sheet.form == c->form &&
	       l->op.sheet.period.from == c->period.from && l->op.sheet.period.to == c->period.to;
}

static uint32_t bit(bool yes, enum month_mark m)
{
	return yes ? UINT32_C(1) << m : 0;
}

static uint32_t marks_of(const struct board *b, const struct month_cell *c, const struct sheet *s,
			 bool open)
{
	bool amended = false, waits = false;

	for (size_t i = 0; i < s->op_count && c->closed_lsn; i++)
		amended |= s->ops[i].lsn > c->closed_lsn;
	for (size_t i = 0; i < b->late.count; i++)
		waits |= same_sheet(c, &b->late.list[i]);
	return bit(sheet_nil(s), MARK_NIL) | bit(sheet_contested(s, c->unit) > 0, MARK_CONTESTED) |
	       bit(sheet_counts(s) && s->sign_on_behalf, MARK_ON_BEHALF) |
	       bit(sheet_provisional(s), MARK_PROVISIONAL) | bit(amended, MARK_AMENDED) |
	       bit(sheet_status(s) == SHEET_CHANGED, MARK_CHANGED) |
	       bit(sheet_counts(s) && s->broken, MARK_BROKEN) | bit(s->in_time, MARK_IN_TIME) |
	       bit(waits, MARK_WAITS) | bit(open && c->closed_lsn, MARK_UNLOCKED);
}

static enum month_work work_of(const struct sheet *s, bool closed)
{
	if (sheet_counts(s))
		return closed ? WORK_CLOSED : s->accepted_lsn ? WORK_ACCEPTED : WORK_SENT;
	if (s->returned_lsn)
		return WORK_RETURNED;
	return sheet_status(s) == SHEET_EMPTY ? WORK_BLANK : WORK_DRAFT;
}

static int time_of(struct board *b, struct month_cell *c, const struct sheet *s)
{
	const struct unit *u = tree_get(b->l->tree, c->unit);
	bool beyond, in_time;
	int64_t due_ms, received = 0, device;
	uint64_t judged;
	int rc = c->sign_lsn ? sign_receipt(b->l, c->sign_lsn, b->work, &c->received_ms,
					    &c->device_ms, b->e)
			     : 0;

	if (rc)
		return rc;
	c->has_due = calendar_due(&b->calendar, b->q->holidays, c->period,
				  due_level_of(unit_kind_at(u, c->period.to, b->known)), &c->due,
				  &beyond);
	if (!c->has_due)
		return 0;
	due_ms = instant_of_day_end(c->due);
	if (!c->sign_lsn) {
		c->time = b->q->now_ms <= due_ms ? TIME_NOT_DUE : TIME_MISSING;
		return 0;
	}
	rc = sign_judged(b->l, c->unit, c->form, c->period, s, c->closed_lsn, &judged, &in_time,
			 b->e);
	if (!rc)
		rc = sign_receipt(b->l, judged, b->work, &received, &device, b->e);
	c->time = received <= due_ms || in_time ? TIME_ON_TIME : TIME_LATE;
	return rc;
}

static int fill_cell(struct board *b, struct month_cell *c)
{
	struct sheet s;
	struct closed closed;
	int rc = query_sheet_at(b->l, c->unit, c->form, c->period, b->known, &s, b->e);

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	rc = closed_get(b->l, c->unit, c->form, c->period, b->known, b->q->now_ms, &closed, b->e);
	if (rc)
		return rc;
	c->closed_lsn = closed.lsn;
	c->sign_lsn = s.sign_lsn;
	c->work = work_of(&s, closed.lsn && !closed.open);
	c->marks = marks_of(b, c, &s, closed.open);
	return time_of(b, c, &s);
}

static struct month_cell *new_cell(struct board *b)
{
	if (b->count == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 64;
		struct month_cell *grown = arena_array(b->a, cap, sizeof(*grown));

		if (!grown)
			return NULL;
		if (b->count)
			memcpy(grown, b->cells, b->count * sizeof(*grown));
		b->cells = grown;
		b->cap = cap;
	}
	return &b->cells[b->count++];
}

/* Every period of an interval of the plan that lies in the days asked; of a month that an act cut, each piece. Whoever had
 * the unit below it on a period's last day has that period. */
static int interval_cells(struct board *b, const struct unit *u, const struct plan_interval *v)
{
	const struct form *f = ledger_form_newest(b->l, v->form, b->e);
	struct period days = v->period;
	int rc = calendar_get(b->l, v->form, &b->calendar, b->e);

	if (!f || f->period == FORM_DAY || (b->q->form && b->q->form != v->form) ||
	    !period_meet(v->period, b->q->period))
		return rc;
	days.from = days.from > b->q->period.from ? days.from : b->q->period.from;
	days.to = days.to < b->q->period.to ? days.to : b->q->period.to;
	for (day_t d = days.from; d <= days.to && !rc;) {
		struct period p = calendar_planned(&b->calendar, v->step, d, v->period);
		struct month_cell *c;

		d = p.to + 1;
		if (!period_inside(p, days) || !unit_alive_at(u, p.to, b->known) ||
		    !tree_inside(b->l->tree, u->unit, b->q->unit, p.to, b->known))
			continue;
		c = new_cell(b);
		if (!c)
			return err_set(b->e, ERR_NOMEM, "no memory for months");
		*c = (struct month_cell){ .unit = u->unit, .form = v->form, .period = p };
		rc = fill_cell(b, c);
	}
	return rc;
}

static int unit_cells(struct board *b, const struct unit *u)
{
	struct plan_row plan;
	int rc;

	arena_reset(b->work);
	rc = plan_at(b->l, u->unit, b->known, &plan, b->work, b->e);
	for (size_t i = 0; i < plan.count && !rc; i++)
		rc = interval_cells(b, u, &plan.intervals[i]);
	return rc;
}

int query_months(const struct month_cell **out, size_t *count, struct ledger *l,
		 const struct months_query *q, struct arena *a, struct err *e)
{
	struct board b = { .l = l, .q = q, .known = q->known_at, .a = a, .e = e };
	uint32_t *below = NULL; /* on whatever day; which days is asked of each period */
	size_t units = 0;
	int rc;

	*count = 0;
	if (!tree_get(l->tree, q->unit))
		return err_set(e, ERR_NOTFOUND, "there is no unit number %u", q->unit);
	b.late = (struct gathering){
		.l = l, .unit = q->unit, .waiting = true, .known = q->known_at, .a = a
	};
	b.work = arena_new(SCRATCH_BUDGET);
	rc = b.work ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for months");
	if (!rc) {
		rc = gather_late(&b.late, e);
		if (!rc)
			rc = tree_subtree(l->tree, q->unit, &below, &units, e);
		for (size_t i = 0; i < units && !rc; i++)
			rc = unit_cells(&b, tree_get(l->tree, below[i]));
		read_leave(l);
	}
	free(below);
	arena_free(b.work);
	*out = b.cells;
	*count = rc ? 0 : b.count;
	return rc;
}

/* ---- closings and summaries ---- */

int query_closed(uint64_t *lsn, struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		 uint64_t known_at, struct err *e)
{
	struct closed c;
	int rc = read_enter(l, e);

	*lsn = 0;
	if (rc)
		return rc;
	rc = closed_get(l, unit, form, p, known_at, 0, &c, e);
	*lsn = c.lsn;
	read_leave(l);
	return rc;
}

int query_pinned(uint8_t hash[32], struct ledger *l, uint64_t closing, uint32_t unit, uint8_t form,
		 struct period p, struct err *e)
{
	struct hash h;
	struct agg row;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = agg_pinned(l, closing, unit, form, p, &row, e);
	if (!rc && agg_is_zero(&row))
		rc = -ERR_NOTFOUND;
	if (!rc)
		rc = agg_hash(&row, &h, e);
	if (!rc)
		memcpy(hash, h.b, HASH_BYTES);
	read_leave(l);
	return rc;
}

static int said_before(struct summary_state *out, struct ledger *l, struct arena *a, struct err *e)
{
	struct span bytes;
	struct entry en;
	struct op op;
	int rc = log_get(l, out->lsn, &bytes, e);

	if (rc)
		return rc;
	bytes = arena_copy(a, bytes);
	if (!bytes.data)
		return err_set(e, ERR_NOMEM, "no memory for a summary");
	rc = entry_decode(&en, bytes, a, e);
	if (!rc)
		rc = body_of(OP_SUMMARY, &op, &en, a, e);
	if (!rc)
		out->said = op.summary;
	return rc;
}

/* Figures that only one of the two has, or has otherwise. */
static size_t differ(const struct summary_state *s)
{
	size_t i = 0, k = 0, count = 0;

	while (i < s->count || k < s->said.count) {
		bool now = i < s->count &&
			   (k == s->said.count || s->measures[i] <= s->said.measures[k]),
		     then = k < s->said.count &&
			    (i == s->count || s->said.measures[k] <= s->measures[i]);

		count += now != then || s->values[i] != s->said.values[k];
		i += now;
		k += then;
	}
	return count;
}

/* What a piece says of its own beginning or end is not of the whole. */
static void leave_whole(struct agg *row, const struct form *f, struct period piece, struct period p)
{
	size_t kept = 0;

	for (size_t i = 0; i < row->measure_count; i++) {
		const struct measure *m = form_measure(f, row->measures[i].measure);

		if (m && measure_counts(m, piece, p))
			row->measures[kept++] = row->measures[i];
	}
	row->measure_count = kept;
}

/* The row of the period, and of the pieces into which acts cut it for some units. */
static int add_rows(struct agg *row, struct ledger *l, uint32_t unit, uint8_t form, struct period p,
		    const struct month_cell *cells, size_t count, struct err *e)
{
	const struct form *f = ledger_form_newest(l, form, e);
	int rc = agg_get(l, unit, form, p, row, e);

	for (size_t i = 0; i < count && f && !rc; i++) {
		struct period piece = cells[i].period;
		bool before = piece.from == p.from && piece.to == p.to;
		struct agg more;

		for (size_t k = 0; k < i && !before; k++)
			before = cells[k].period.from == piece.from &&
				 cells[k].period.to == piece.to;
		if (before)
			continue;
		rc = agg_get(l, unit, form, piece, &more, e);
		if (rc)
			break;
		leave_whole(&more, f, piece, p);
		rc = agg_add(row, &more, 1, e);
	}
	return rc;
}

static int summary_inside(struct summary_state *out, struct ledger *l, uint32_t unit, uint8_t form,
			  struct period p, const struct month_cell *cells, size_t cell_count,
			  struct arena *a, struct err *e)
{
	uint16_t *measures;
	int64_t *values;
	struct agg row;
	struct hash h;
	int rc = add_rows(&row, l, unit, form, p, cells, cell_count, e);

	if (!rc)
		rc = agg_hash(&row, &h, e);
	if (rc)
		return rc;
	memcpy(out->hash, h.b, HASH_BYTES);
	out->signed_ = (uint32_t)row.counts[AGG_SIGNED];
	out->accepted = (uint32_t)row.counts[AGG_ACCEPTED];
	measures = arena_array(a, row.measure_count + 1, sizeof(*measures));
	values = arena_array(a, row.measure_count + 1, sizeof(*values));
	if (!measures || !values)
		return err_set(e, ERR_NOMEM, "no memory for a summary");
	for (size_t i = 0; i < row.measure_count; i++) {
		measures[i] = row.measures[i].measure;
		values[i] = row.measures[i].sum;
	}
	out->measures = measures;
	out->values = values;
	out->count = row.measure_count;
	rc = summary_get(l, unit, form, p, &out->lsn, e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	rc = said_before(out, l, a, e);
	out->changed = rc ? 0 : differ(out);
	return rc;
}

int query_summary(struct summary_state *out, struct ledger *l, uint32_t unit, uint8_t form,
		  struct period p, struct arena *a, struct err *e)
{
	struct months_query q = { .unit = unit, .form = form, .period = p, .known_at = UINT64_MAX };
	const struct month_cell *cells;
	size_t count;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = query_months(&cells, &count, l, &q, a, e);
	for (size_t i = 0; i < count && !rc; i++)
		out->expected += cells[i].unit != unit;
	if (!rc)
		rc = read_enter(l, e);
	if (rc)
		return rc;
	rc = summary_inside(out, l, unit, form, p, cells, count, a, e);
	read_leave(l);
	if (out->expected < out->signed_) /* who signed though the plan does not ask any more */
		out->expected = out->signed_;
	return rc;
}

int query_asked(struct op *out, struct ledger *l, uint64_t lsn, struct arena *a, struct err *e)
{
	struct span bytes;
	struct entry en;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = log_get(l, lsn, &bytes, e);
	if (!rc)
		bytes = arena_copy(a, bytes);
	if (!rc)
		rc = bytes.data ? entry_decode(&en, bytes, a, e)
				: err_set(e, ERR_NOMEM, "no memory for an entry");
	if (!rc)
		rc = body_open(out, en.body, a, e);
	read_leave(l);
	if (rc < 0 && rc != -ERR_NOTFOUND)
		return rc;
	if (rc < 1 || out->kind != OP_UNLOCK || out->unlock.confirms)
		return err_set(e, ERR_NOTFOUND, "entry %llu asks for no unlock",
			       (unsigned long long)lsn);
	return 0;
}
