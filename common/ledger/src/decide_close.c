/* Verdicts on closings and unlocks, on what is to become of late ops, on summaries and calendars. */
#include "decide.h"

/* Closings are read below the unit that they close, and above it. From below that an act may have taken the author's unit
 * since, and the closing with it: a device of before rule 8 of PROTOCOL, section 8, has not got it. */
static bool reads_closing(const struct deciding *d, uint32_t top)
{
	const struct tree *t = d->l->tree;
	uint32_t from = d->by->author_unit;

	return tree_inside(t, from, top, d->today, d->by->base->lsn) ||
	       tree_inside(t, top, from, d->today, d->by->base->lsn);
}

int closing_met(struct deciding *d, uint32_t unit, uint8_t form, struct period p,
		enum op_verdict *answer, bool *unread)
{
	struct closed c;
	int rc = closed_get(d->l, unit, form, p, UINT64_MAX, d->now_ms, &c, d->e);

	*answer = VERDICT_NONE;
	if (!rc && c.lsn && !c.open)
		*answer = d->by->base && d->by->base->lsn < c.lsn ? VERDICT_LATE : VERDICT_ACCEPTED;
	if (unread)
		*unread = *answer == VERDICT_ACCEPTED && !console(d) && d->by->base &&
			  !d->by->as_before && !reads_closing(d, c.top);
	return rc;
}

/* Do these days begin and end with periods of the form? */
static int check_whole(struct deciding *d, uint8_t form, struct period p, bool *go_on)
{
	static const enum plan_step steps[] = {
		[FORM_MONTH] = PLAN_MONTH, [FORM_QUARTER] = PLAN_QUARTER, [FORM_HALF] = PLAN_HALF,
		[FORM_YEAR] = PLAN_YEAR,   [FORM_DAY] = PLAN_MONTH,       [FORM_WHOLE] = PLAN_WHOLE
	};
	const struct form *f = ledger_form_newest(d->l, form, d->e);
	struct calendar calendar;
	int rc;

	*go_on = false;
	if (!f)
		return refuse(d, CODE_FORM_UNKNOWN, NULL);
	rc = calendar_get(d->l, form, &calendar, d->e);
	if (rc)
		return rc;
	if (calendar_period(&calendar, steps[f->period], p.from, p).from != p.from ||
	    calendar_period(&calendar, steps[f->period], p.to, p).to != p.to)
		return refuse(d, CODE_PERIOD_WRONG, NULL);
	*go_on = true;
	return 0;
}

static bool holds(const struct closing_row *row, struct period p)
{
	for (size_t i = 0; i < row->count; i++)
		if (period_inside(p, row->closings[i].period))
			return true;
	return false;
}

/* Is all of it closed already, here or from above? */
static int check_not_closed(struct deciding *d, bool *go_on)
{
	const struct op_close *c = &d->op->close;
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(d->l->tree, d->op->unit, c->period.to, UINT64_MAX, path);

	*go_on = false;
	for (size_t i = 0; i < depth; i++) {
		struct closing_row row;
		int rc = closing_get(d->l, c->form, path[i], &row, d->a, d->e);

		if (rc)
			return rc;
		if (holds(&row, c->period))
			return refuse(d, CODE_NOTHING_TO_DO, NULL);
		if (!i && row.count == CLOSINGS_MAX)
			return refuse(d, CODE_PERIOD_WRONG, "too many closings");
	}
	*go_on = true;
	return 0;
}

int decide_close(struct deciding *d)
{
	const struct op_close *c = &d->op->close;
	bool go_on;
	int rc = check_unit(d, c->period.to, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_CLOSE, c->period.to, &go_on);
	if (!rc && go_on)
		rc = check_whole(d, c->form, c->period, &go_on);
	if (rc || !go_on)
		return rc;
	if (c->period.to > d->today)
		return refuse(d, CODE_PERIOD_WRONG, "not over");
	rc = check_not_closed(d, &go_on);
	if (!rc && go_on)
		rc = accept(d);
	if (rc || !go_on || d->l->scope) /* a part does not know who all is below */
		return rc;
	static_assert(sizeof(d->out->detail) >= LACKS_TEXT_MAX, "what is missing fits an entry");
	d->out->detail_new = true;
	return closing_lacks(d->out->detail, d->l, d->op->unit, c->form, c->period,
			     d->by->as_before, d->e);
}

/* ---- unlock ---- */

static bool same_person(const struct deciding *d, const struct entry *en, const struct op *first)
{
	if (d->by->id.device || en->device)
		return d->by->id.device && en->device && d->op->author == first->author;
	return span_eq(d->op->source, first->source); /* two at the console are told by name */
}

static int check_confirms(struct deciding *d, const struct closing_row *row, bool *go_on)
{
	const struct op_unlock *u = &d->op->unlock;
	struct span bytes;
	struct entry en;
	struct op first;
	int rc = log_get(d->l, u->confirms, &bytes, d->e);

	*go_on = false;
	if (!rc)
		rc = entry_decode(&en, bytes, d->a, d->e);
	if (rc)
		return rc == -ERR_NOTFOUND ? refuse(d, CODE_STATE_WRONG, NULL) : rc;
	rc = en.verdict == VERDICT_ACCEPTED ? body_open(&first, en.body, d->a, d->e) : 0;
	if (rc < 0)
		return rc;
	if (!rc || first.kind != OP_UNLOCK || first.unit != d->op->unit || first.unlock.confirms ||
	    first.unlock.form != u->form || first.unlock.period.from != u->period.from ||
	    first.unlock.period.to != u->period.to || first.unlock.until_ms != u->until_ms)
		return refuse(d, CODE_STATE_WRONG, NULL);
	if (same_person(d, &en, &first))
		return refuse(d, CODE_SECOND_PERSON, NULL);
	for (size_t i = 0; i < row->unlock_count; i++)
		if (row->unlocks[i].asked_lsn == u->confirms)
			return refuse(d, CODE_NOTHING_TO_DO, NULL);
	*go_on = true;
	return 0;
}

int decide_unlock(struct deciding *d)
{
	const struct op_unlock *u = &d->op->unlock;
	struct closing_row row;
	struct closed closed;
	bool go_on;
	int rc = check_unit(d, u->period.to, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_UNLOCK, u->period.to, &go_on);
	if (!rc && go_on)
		rc = closed_get(d->l, d->op->unit, u->form, u->period, UINT64_MAX, d->now_ms,
				&closed, d->e);
	if (rc || !go_on)
		return rc;
	if (!closed.lsn)
		return refuse(d, CODE_NOTHING_TO_DO, NULL);
	if (u->until_ms <= d->now_ms)
		return refuse(d, CODE_DATE_INVALID, NULL);
	rc = closing_get(d->l, u->form, d->op->unit, &row, d->a, d->e);
	if (!rc && row.unlock_count == CLOSINGS_MAX)
		return refuse(d, CODE_PERIOD_WRONG, "too many unlocks");
	if (!rc && u->confirms)
		rc = check_confirms(d, &row, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* ---- what came late ---- */

/* It counts as if it were written now: does the sheet have room for it? */
static int check_fits(struct deciding *d, const struct entry *late, const struct op_id *id,
		      const struct op *op, bool *go_on)
{
	struct sheet s;
	enum op_code code;
	int rc = sheet_get(d->l, op->unit, (uint8_t)op->sheet.form, op->sheet.period, &s, d->e);

	*go_on = false;
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	rc = fold_sheet(d->l, &s, late, id, op, &code, d->e);
	if (rc)
		return rc;
	*go_on = code == CODE_OK;
	return *go_on ? 0 : refuse(d, code, NULL);
}

/* What it was written over and that is late too is decided on first: counted later, it would come back
 * beside what replaced it, and no signature would cover it. */
static int check_named(struct deciding *d, uint32_t unit, const struct op *op, bool *go_on)
{
	*go_on = true;
	for (size_t i = 0; i < op->sheet.seen_count; i++) {
		enum op_verdict verdict;
		struct late_row row;
		uint64_t lsn;
		int rc = walk_find(d->l, unit, op->sheet.seen[i], &verdict, &lsn, d->e);

		if (rc < 0)
			return rc;
		if (!rc || verdict != VERDICT_LATE)
			continue;
		rc = late_get(d->l, lsn, &row, d->e);
		if (rc)
			return rc;
		if (!row.decided_lsn) {
			*go_on = false;
			return refuse(d, CODE_STATE_WRONG, "one that it names waits too");
		}
	}
	return 0;
}

/* Did the unit of the late op go over into the one that the decision names? */
static bool handed_over(const struct deciding *d, uint32_t from, uint32_t into)
{
	const struct unit *u = tree_get(d->l->tree, from);

	for (size_t i = 0; u && i < u->link_count; i++)
		if (u->links[i].into == into)
			return true;
	return tree_successor(d->l->tree, from, DAY_MAX, UINT64_MAX) == into;
}

/* Only a unit that is there on those days and reports them can have the figures. An act may have cut the
 * period since they were sent. Who is asked for a flash was judged when it came. */
static int check_place(struct deciding *d, const struct op *op, bool *go_on)
{
	const struct form *f = ledger_form_newest(d->l, (uint8_t)op->sheet.form, d->e);
	const struct unit *u = tree_get(d->l->tree, op->unit);
	const struct plan_interval *v;
	struct calendar calendar;
	struct plan_row plan;
	int rc;

	*go_on = false;
	if (!u || !unit_alive(u, op->sheet.period.to))
		return refuse(d, CODE_UNIT_CLOSED, u ? u->code : NULL);
	*go_on = true;
	if (!d->op->late.as_unit && !d->op->late.as_period.to && f && f->period == FORM_DAY)
		return 0;
	rc = plan_get(d->l, op->unit, &plan, d->a, d->e);
	if (!rc)
		rc = calendar_get(d->l, (uint8_t)op->sheet.form, &calendar, d->e);
	if (rc)
		return rc;
	v = plan_find(&plan, (uint8_t)op->sheet.form, op->sheet.period);
	*go_on = v && plan_is_period(&calendar, v, op->sheet.period);
	return *go_on ? 0 : refuse(d, CODE_OUTSIDE_PLAN, u->code);
}

int decide_late(struct deciding *d)
{
	const struct op_late *w = &d->op->late;
	struct op_late as_sent = { .lsn = w->lsn };
	struct period sent;
	struct late_row row;
	struct entry late;
	struct op_id id;
	struct op op;
	bool go_on, lost;
	int rc = number_lost(d, w->lsn, &lost);

	if (!rc && lost) /* what was looked at may be here too, as another entry */
		return refuse(d, CODE_LATE_UNKNOWN, NULL);
	if (!rc)
		rc = late_get(d->l, w->lsn, &row, d->e);
	if (rc == -ERR_NOTFOUND ||
	    (!rc && row.unit != d->op->unit &&
	     !(w->as_unit == d->op->unit && handed_over(d, row.unit, w->as_unit))))
		return refuse(d, CODE_LATE_UNKNOWN, NULL);
	if (!rc)
		rc = late_open(d->l, &as_sent, 0, &late, &id, &op, d->a, d->e);
	sent = rc ? (struct period){ 0, 0 } : op.sheet.period;
	if (!rc)
		rc = late_open(d->l, w, d->l->info.lsn + 1, &late, &id, &op, d->a, d->e);
	if (!rc)
		rc = check_rights(d, RIGHT_ACCEPT, op.sheet.period.to, &go_on);
	if (rc || !go_on)
		return rc;
	if (row.decided_lsn)
		return refuse(d, CODE_LATE_UNKNOWN, "decided on");
	if (w->as_unit && w->as_unit != d->op->unit) /* only where its unit went over into others */
		return refuse(d, CODE_UNIT_UNKNOWN, "as_unit");
	if (w->as_period.to && !period_inside(w->as_period, sent))
		return refuse(d, CODE_PERIOD_WRONG, "as_period");
	if (w->counts)
		rc = check_named(d, row.unit, &op, &go_on);
	if (w->counts && !rc && go_on)
		rc = check_place(d, &op, &go_on);
	if (w->counts && !rc && go_on)
		rc = check_fits(d, &late, &id, &op, &go_on);
	return rc || !go_on ? rc : accept(d);
}

/* ---- summary ---- */

int decide_summary(struct deciding *d)
{
	const struct op_summary *s = &d->op->summary;
	const struct unit **below;
	size_t count = 0;
	bool go_on;
	int rc = check_unit(d, s->period.to, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_SUMMARY, s->period.to, &go_on);
	if (!rc && go_on)
		rc = check_whole(d, s->form, s->period, &go_on);
	if (rc || !go_on)
		return rc;
	if (s->period.from > d->today)
		return refuse(d, CODE_PERIOD_WRONG, "future");
	if (!s->signer.len)
		return refuse(d, CODE_SIGNATURE_INCOMPLETE, NULL);
	rc = tree_children(d->l->tree, d->op->unit, s->period.to, UINT64_MAX, &below, &count, d->e);
	if (rc)
		return rc;
	/* it is of what is below, as the signer had read it */
	if (!count || (d->by->base && s->seen_lsn > d->by->base->lsn))
		return refuse(d, CODE_STATE_WRONG, NULL);
	return accept(d);
}

/* ---- calendar ---- */

/* Do months begin on another day than before? */
static bool recuts(const struct calendar *was, const struct op_calendar *c)
{
	struct period before = { c->from - 1, c->from - 1 };
	const struct calendar_row *row = calendar_rule(was, before);

	return (row ? row->first_day : 1) != c->first_day;
}

/* A month that has begun keeps its days: its sheets are known by them. The console alone may say how
 * months were cut before, when it sets a store up. */
static bool cuts_begun(const struct deciding *d, const struct calendar *was)
{
	const struct op_calendar *c = &d->op->calendar;

	if (!recuts(was, c))
		return calendar_month(was, c->from).from != c->from;
	return !console(d) && c->from <= calendar_month(was, d->today).to;
}

struct recutting {
	struct deciding *d;
	uint32_t unit;
	const struct plan_row *plan;
	const struct calendar *is;
	const struct op_calendar *c;
	struct late_sheet_op late;
	bool found;
};

static int cut_each(void *ctx, const struct entry *en, const struct envelope *env,
		    const struct op *op, struct err *e)
{
	struct recutting *k = ctx;
	const struct plan_interval *v;
	const struct op_sheet *w;
	struct sheet s;
	struct op_id id;
	int rc = sheet_written(&w, &id, k->d, en, env, op, &k->late);

	if (rc || !w || w->form != k->c->form || w->period.to < k->c->from)
		return rc;
	v = plan_find(k->plan, k->c->form, w->period);
	if (!v || plan_is_period(k->is, v, w->period))
		return 0;
	rc = sheet_get(k->d->l, k->unit, k->c->form, w->period, &s, e);
	k->found = !rc && sheet_status(&s) != SHEET_EMPTY;
	return rc ? rc : k->found;
}

/* Figures of days that would be cut otherwise would belong to no period, and stand beside those of the new ones. By
 * the units' chains: a walk over the table does not see this batch. */
static int check_cut(struct deciding *d, const struct calendar *is, bool *go_on)
{
	const struct tree *t = d->l->tree;
	struct arena *a = arena_new(SCRATCH_BUDGET);
	struct recutting k = {
		.d = d, .is = is, .c = &d->op->calendar, .late.a = arena_new(SCRATCH_BUDGET)
	};
	const struct unit *u = NULL;
	int rc = a && k.late.a ? 0 : err_set(d->e, ERR_NOMEM, "no memory for a calendar");

	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		struct plan_row plan;
		uint64_t head;

		u = tree_at(t, i);
		arena_reset(a);
		arena_reset(d->a);
		k.plan = &plan;
		k.unit = u->unit;
		rc = plan_get(d->l, u->unit, &plan, d->a, d->e);
		if (!rc && plan.count)
			rc = unit_head_get(d->l, u->unit, &head, d->e);
		if (!rc && plan.count)
			rc = walk_unit(d->l, head, a, cut_each, &k, d->e);
	}
	arena_free(k.late.a);
	arena_free(a);
	*go_on = !k.found;
	return rc < 0 || !k.found ? rc
				  : refuse(d, CODE_CALENDAR_INVALID, "figures are there already");
}

int decide_calendar(struct deciding *d)
{
	const struct op_calendar *c = &d->op->calendar;
	struct calendar was, is;
	bool go_on;
	int rc = check_rights_at(d, RIGHT_CALENDAR, 0, d->today, &go_on);

	if (rc || !go_on)
		return rc;
	if (d->op->unit)
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	if (!ledger_form_newest(d->l, c->form, d->e))
		return refuse(d, CODE_FORM_UNKNOWN, NULL);
	rc = calendar_get(d->l, c->form, &was, d->e);
	if (rc)
		return rc;
	if (was.count && c->from < was.rows[was.count - 1].from)
		return refuse(d, CODE_CALENDAR_INVALID, "before the one that stands");
	if (was.count && c->from == was.rows[was.count - 1].from)
		was.count--;
	if (was.count == ARRAY_LEN(was.rows))
		return refuse(d, CODE_CALENDAR_INVALID, "too many");
	if (cuts_begun(d, &was))
		return refuse(d, CODE_CALENDAR_INVALID, "a month that has begun");
	is = was;
	is.rows[is.count++] = (struct calendar_row){ .from = c->from, .first_day = c->first_day };
	if (recuts(&was, c) && console(d)) /* who may cut what is over, but not what was reported */
		rc = check_cut(d, &is, &go_on);
	return rc || !go_on ? rc : accept(d);
}
