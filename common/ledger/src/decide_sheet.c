/* Verdicts on figures, signatures and requests for figures. */
#include "decide.h"

#include "ledger/recovery.h"

#include <stdio.h>

static int check_figures(struct deciding *d, const struct form *f, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;

	*go_on = false;
	for (size_t i = 0; i < w->figure_count; i++) {
		const struct op_figure *g = &w->figures[i];
		bool known = form_measure(f, g->measure) != NULL;
		char no[16];

		if (known && g->value >= -FIGURE_VALUE_MAX && g->value <= FIGURE_VALUE_MAX)
			continue;
		snprintf(no, sizeof(no), "%u", g->measure);
		return refuse(d, known ? CODE_VALUE_RANGE : CODE_MEASURE_UNKNOWN, no);
	}
	*go_on = true;
	return 0;
}

static bool in_plan(const struct plan_row *plan, const struct form *f,
		    const struct calendar *calendar, struct period p)
{
	const struct plan_interval *v;
	bool inside = false;

	if (f->period != FORM_DAY) {
		v = plan_find(plan, f->no, p);
		return v && plan_is_period(calendar, v, p);
	}
	for (size_t i = 0; i < plan->count; i++)
		inside |= period_inside(p, plan->intervals[i].period);
	return inside;
}

/* Was this a period of the unit's plan as the author had read it (of a flash: inside one), and did an act cut it
 * since? Then a person says for which part the figures count: nothing that was typed offline is lost to a date. */
static int check_cut(struct deciding *d, const struct form *f, const struct plan_row *now,
		     const struct calendar *calendar, bool *cut)
{
	struct period p = d->op->sheet.period;
	uint64_t act_lsn = UINT64_MAX;
	struct plan_row was, is;
	int rc;

	*cut = false;
	if (console(d) || !d->by->base || now->changed_lsn <= d->by->base->lsn)
		return 0;
	rc = plan_at(d->l, d->op->unit, d->by->base->lsn, &was, d->a, d->e);
	if (rc || !in_plan(&was, f, calendar, p))
		return rc;
	while (!rc && !*cut) { /* one act after another, the newest first */
		rc = plan_kept(&is, &act_lsn, now, act_lsn - 1, d->a, d->e);
		if (rc || act_lsn <= d->by->base->lsn)
			break;
		rc = plan_at(d->l, d->op->unit, act_lsn - 1, &was, d->a, d->e);
		*cut = !rc && in_plan(&was, f, calendar, p) && !in_plan(&is, f, calendar, p);
	}
	return rc;
}

static int refuse_plan(struct deciding *d, const struct form *f, const struct plan_row *plan,
		       const struct calendar *calendar, enum op_code code)
{
	bool cut;
	int rc = check_cut(d, f, plan, calendar, &cut);

	if (rc)
		return rc;
	rc = refuse(d, cut ? CODE_PERIOD_CUT : code, NULL);
	if (cut)
		d->out->verdict = VERDICT_LATE;
	return rc;
}

/* The unit stood below the one that the request was made of, by what is known now or by what its author had read: an
 * act that moved it since takes nothing back. */
static bool asked_of(const struct deciding *d, uint32_t scope)
{
	day_t day = d->op->sheet.period.to;

	return tree_inside(d->l->tree, d->op->unit, scope, day, UINT64_MAX) ||
	       (!console(d) && d->by->base &&
		tree_inside(d->l->tree, d->op->unit, scope, day, d->by->base->lsn));
}

struct asking {
	uint64_t after;
	uint32_t form;
	day_t day;
	bool found;
};

static int ask_each(void *ctx, const struct entry *en, const struct envelope *env,
		    const struct op *op, struct err *e)
{
	struct asking *k = ctx;

	(void)env;
	(void)e;
	if (en->lsn <= k->after)
		return 1;
	k->found = op && op->kind == OP_REQUEST && en->verdict == VERDICT_ACCEPTED &&
		   op->request.form == k->form && op->request.day == k->day;
	return k->found;
}

/* The request that the author answered was lost: has it come back, under another number, or was it made once more? By the
 * units' chains: a walk over the table does not see this batch. */
static int asked_again(struct deciding *d, uint64_t known, bool *found)
{
	const struct op_sheet *w = &d->op->sheet;
	struct asking k = { .after = d->by->base->lsn, .form = w->form, .day = w->period.to };
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(d->l->tree, d->op->unit, w->period.to, known, path);
	uint64_t head;
	int rc = 0;

	for (size_t i = 0; i < depth && !rc && !k.found; i++) {
		rc = unit_head_get(d->l, path[i], &head, d->e);
		if (!rc)
			rc = walk_unit(d->l, head, d->a, ask_each, &k, d->e);
	}
	*found = k.found;
	return rc;
}

static int check_request(struct deciding *d, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;
	struct request_row request;
	bool lost;
	int rc;

	*go_on = console(d) && !w->request;
	if (*go_on)
		return 0;
	rc = number_lost(d, w->request, &lost);
	if (!rc && lost) {
		rc = asked_again(d, UINT64_MAX, go_on);
		if (!rc && !*go_on)
			rc = asked_again(d, d->by->base->lsn, go_on);
	} else if (!rc) {
		rc = request_get(d->l, w->request, &request, d->e);
		*go_on = !rc && request.form == w->form && request.day == w->period.to &&
			 asked_of(d, request.unit);
	}
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	return *go_on ? 0 : refuse(d, CODE_NO_REQUEST, NULL);
}

/* A flash sheet runs from the first day of the month, or of the plan that begins within it, to its day, and answers a request of that day made
 * of a subtree that holds the unit; the unit must be the one that reports that month. */
static int check_flash(struct deciding *d, const struct form *f, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;
	struct period month = w->period;
	struct calendar calendar;
	struct plan_row plan;
	bool reports = false;
	int rc = check_request(d, go_on);

	if (rc || !*go_on)
		return rc;
	*go_on = false;
	rc = calendar_get(d->l, f->no, &calendar, d->e);
	if (!rc)
		rc = plan_get(d->l, d->op->unit, &plan, d->a, d->e);
	if (rc)
		return rc;
	month.from = calendar_month(&calendar, w->period.to).from;
	if (month.from != w->period.from &&
	    (d->by->as_before || plan_flash_from(&plan, month) != w->period.from))
		return refuse(d, CODE_PERIOD_WRONG, NULL);
	for (size_t i = 0; i < plan.count && !reports; i++)
		reports = period_inside(w->period, plan.intervals[i].period);
	if (!reports)
		return refuse_plan(d, f, &plan, &calendar, CODE_OUTSIDE_PLAN);
	*go_on = true;
	return 0;
}

static int check_plan(struct deciding *d, const struct form *f, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;
	const struct plan_interval *v;
	struct calendar calendar;
	struct plan_row plan;
	int rc;

	*go_on = false;
	if (w->period.from > d->today)
		return refuse(d, CODE_PERIOD_WRONG, NULL);
	if (f->period == FORM_DAY)
		return check_flash(d, f, go_on);
	rc = plan_get(d->l, d->op->unit, &plan, d->a, d->e);
	if (!rc)
		rc = calendar_get(d->l, f->no, &calendar, d->e);
	if (rc)
		return rc;
	v = plan_find(&plan, f->no, w->period);
	if (!v)
		return refuse_plan(d, f, &plan, &calendar, CODE_OUTSIDE_PLAN);
	if (!plan_is_period(&calendar, v, w->period))
		return refuse_plan(d, f, &plan, &calendar, CODE_PERIOD_WRONG);
	*go_on = true;
	return 0;
}

/* The author saw figures of a late op that count by a decision which the server has not got back yet: a signature over
 * them would stand there as one that had not seen them. */
static int comes_to_count(struct deciding *d, uint64_t lsn, bool *comes)
{
	struct late_row row;
	int rc = ledger_recovering(d->l, comes, d->e);

	if (rc || !*comes)
		return rc;
	rc = late_get(d->l, lsn, &row, d->e);
	*comes = !rc && !row.decided_lsn;
	return rc;
}

struct handing {
	struct deciding *d;
	struct op_id id;
	struct late_sheet_op late;
	bool found;
};

static int handing_each(void *ctx, const struct entry *en, const struct envelope *env,
			const struct op *op, struct err *e)
{
	struct handing *h = ctx;
	const struct op_sheet *w;
	struct op_id id;
	int rc = sheet_written(&w, &id, h->d, en, env, op, &h->late);

	(void)e;
	h->found = !rc && w && !op_id_cmp(id, h->id);
	return rc ? rc : h->found;
}

/* An op of a unit that went over into this one stands in that one's chain; in this one's stands that it counts here. */
static int was_handed_over(struct deciding *d, struct op_id id, bool *found)
{
	struct handing h = { .d = d, .id = id, .late.a = arena_new(SCRATCH_BUDGET) };
	uint64_t head;
	int rc = h.late.a ? unit_head_get(d->l, d->op->unit, &head, d->e)
			  : err_set(d->e, ERR_NOMEM, "no memory to look for an op");

	if (!rc)
		rc = walk_unit(d->l, head, d->a, handing_each, &h, d->e);
	arena_free(h.late.a);
	*found = h.found;
	return rc;
}

/* Every version named must be one that somebody wrote here. */
static int check_seen(struct deciding *d, const struct sheet *s, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;

	*go_on = true;
	for (size_t i = 0; i < w->seen_count; i++) {
		enum op_verdict verdict;
		uint64_t lsn;
		bool here = false, lacks = false;
		int rc;

		for (size_t o = 0; o < s->op_count && !here; o++)
			here = !op_id_cmp(s->ops[o].id, w->seen[i]);
		if (here)
			continue;
		rc = walk_find(d->l, d->op->unit, w->seen[i], &verdict, &lsn, d->e);
		if (rc > 0) {
			rc = verdict == VERDICT_LATE ? comes_to_count(d, lsn, &lacks) : 0;
		} else if (!rc) {
			rc = was_handed_over(d, w->seen[i], &here);
			lacks = !here;
		}
		if (rc < 0)
			return rc;
		if (lacks) {
			*go_on = false;
			return refuse(d, CODE_VERSION_UNKNOWN, NULL);
		}
	}
	return 0;
}

/* Had the author seen the signature that stands: pulled it, named it, or made it on the same device?
 * What another device signed meanwhile must not decide: the figures would depend on who came first. */
static bool saw_signature(const struct deciding *d, const struct sheet *s)
{
	const struct op_sheet *w = &d->op->sheet;

	if (!sheet_counts(s))
		return false;
	if (console(d) || !d->by->base || s->sign_lsn <= d->by->base->lsn)
		return true;
	for (size_t o = 0; o < s->op_count; o++) {
		if (s->ops[o].lsn != s->sign_lsn)
			continue;
		if (s->ops[o].id.device == d->by->id.device)
			return true;
		for (size_t i = 0; i < w->seen_count; i++)
			if (!op_id_cmp(s->ops[o].id, w->seen[i]))
				return true;
	}
	return false;
}

static int check_signature(struct deciding *d, const struct sheet *s, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;
	bool on_behalf = d->op->on_behalf.len > 0, saw = saw_signature(d, s);

	*go_on = false;
	/* of a sheet that was sent back, or taken back, in the lost log nobody asked for a reason */
	if (saw && !d->op->reason.len && !console(d) && !read_lost(d) &&
	    !(s->sign_on_behalf &&
	      !on_behalf)) /* the unit's own replaces a provisional one freely */
		return refuse(d, CODE_REASON_NEEDED, NULL);
	if (on_behalf && saw && !s->sign_on_behalf)
		return refuse(d, CODE_ON_BEHALF_SIGNED, NULL);
	if (w->sign.how == SIGN_IMPORT && !console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	if (w->sign.how == SIGN_PAPER && (!w->sign.signer.len || !w->sign.paper_day))
		return refuse(d, CODE_SIGNATURE_INCOMPLETE, NULL);
	*go_on = true;
	return 0;
}

/* After a closing that the author had read, a change is an amendment and says why; what was made without
 * knowing of it is late. */
static int check_closing(struct deciding *d, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;
	enum op_verdict met;
	bool unread;
	int rc = closing_met(d, d->op->unit, (uint8_t)w->form, w->period, &met, &unread);

	*go_on = !rc && met == VERDICT_NONE;
	if (rc || *go_on)
		return rc;
	if (met == VERDICT_ACCEPTED && !d->op->reason.len && (unread || read_lost(d)))
		met = VERDICT_LATE; /* it was open there: never closed, or unlocked and not closed again */
	if (met == VERDICT_LATE) {
		d->out->verdict = VERDICT_LATE;
		d->out->code = CODE_CLOSED;
		return 0;
	}
	if (!d->op->reason.len)
		return refuse(d, CODE_REASON_NEEDED, NULL);
	*go_on = true;
	return 0;
}

/* The unit has gone over into others by an act that the author had not read: a person says where it belongs. */
static bool gone_over(const struct deciding *d, uint32_t *into)
{
	const struct unit *u = tree_get(d->l->tree, d->op->unit);
	day_t day = d->op->sheet.period.to;

	if (!u || unit_alive(u, day) || console(d) || !d->by->base)
		return false;
	for (size_t i = u->link_count; i-- > 0;)
		if (u->links[i].from <= day && u->links[i].lsn > d->by->base->lsn) {
			*into = u->links[i].into;
			return true;
		}
	return false;
}

static int decide_gone_over(struct deciding *d, uint32_t into)
{
	const struct op_sheet *w = &d->op->sheet;
	const struct unit *u = tree_get(d->l->tree, into);
	const struct form *f = ledger_form(d->l, (uint8_t)w->form, w->form_version, d->e);
	bool go_on;
	int rc;

	if (!f || w->form > FORM_NO_MAX)
		return refuse(d, CODE_FORM_UNKNOWN, NULL);
	rc = check_figures(d, f, &go_on);
	if (!rc && go_on)
		rc = check_rights(d, w->sign.how == SIGN_OWN ? RIGHT_SIGN_OWN : RIGHT_WRITE,
				  w->period.to, &go_on);
	if (rc || !go_on)
		return rc;
	rc = refuse(d, CODE_SUCCESSOR, u ? u->code : NULL);
	d->out->verdict = VERDICT_LATE;
	return rc;
}

int decide_sheet(struct deciding *d)
{
	const struct op_sheet *w = &d->op->sheet;
	const struct form *f = ledger_form(d->l, (uint8_t)w->form, w->form_version, d->e);
	struct op_id id = d->by->id;
	struct entry as_if = { .author_unit = d->by->author_unit };
	struct sheet s;
	enum op_code code;
	uint32_t into;
	bool go_on;
	int rc;

	if (gone_over(d, &into))
		return decide_gone_over(d, into);
	rc = check_unit(d, w->period.to, &go_on);
	if (!rc && go_on && (!f || w->form > FORM_NO_MAX)) {
		go_on = false;
		rc = refuse(d, CODE_FORM_UNKNOWN, NULL);
	}
	if (!rc && go_on)
		rc = check_figures(d, f, &go_on);
	if (!rc && go_on)
		rc = check_rights(d, w->sign.how == SIGN_OWN ? RIGHT_SIGN_OWN : RIGHT_WRITE,
				  w->period.to, &go_on);
	if (!rc && go_on)
		rc = check_plan(d, f, &go_on);
	if (rc || !go_on)
		return rc;
	rc = sheet_get(d->l, d->op->unit, f->no, w->period, &s, d->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	rc = check_seen(d, &s, &go_on);
	if (!rc && go_on)
		rc = check_signature(d, &s, &go_on);
	if (!rc && go_on)
		rc = check_closing(d, &go_on);
	if (rc || !go_on)
		return rc;
	as_if.lsn = d->l->info.lsn + 1;
	rc = fold_sheet(d->l, &s, &as_if, &id, d->op, &code, d->e);
	if (rc)
		return rc;
	return code == CODE_OK ? accept(d) : refuse(d, code, NULL);
}

int decide_mark(struct deciding *d)
{
	static const enum right rights[] = {
		[OP_RECALL] = RIGHT_RECALL, [OP_RETURN] = RIGHT_RETURN, [OP_ACCEPT] = RIGHT_ACCEPT
	};
	const struct op_mark *m = &d->op->mark;
	enum op_verdict met = VERDICT_NONE;
	uint64_t seen = m->seen_lsn;
	struct sheet s;
	bool go_on;
	int rc = check_unit(d, m->period.to, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, rights[d->op->kind], m->period.to, &go_on);
	if (!rc && go_on)
		rc = closing_met(d, d->op->unit, (uint8_t)m->form, m->period, &met, NULL);
	if (rc || !go_on)
		return rc;
	if (met != VERDICT_NONE)
		return refuse(d, CODE_CLOSED, NULL);
	rc = sheet_get(d->l, d->op->unit, (uint8_t)m->form, m->period, &s, d->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (!sheet_counts(&s))
		return refuse(d, CODE_NOTHING_TO_DO, NULL);
	/* A superior must not accept or return what the superior has not seen. Past the base, which ends where the log was
	 * left that was read, the number is another entry's. */
	if (d->by->base && !d->by->as_before && seen > d->by->base->lsn)
		seen = d->by->base->lsn;
	if (d->op->kind != OP_RECALL && s.last_lsn > seen)
		return refuse(d, CODE_STATE_WRONG, NULL);
	/* accepted, a superior may still say that it was signed in time */
	if (s.accepted_lsn && d->op->kind != OP_RETURN && !(m->in_time && !s.in_time))
		return refuse(d, CODE_STATE_WRONG, NULL);
	if (d->op->kind == OP_ACCEPT && sheet_status(&s) != SHEET_SIGNED)
		return refuse(d, CODE_STATE_WRONG, NULL); /* changed since: sign first */
	return accept(d);
}

int decide_request(struct deciding *d)
{
	const struct op_request *q = &d->op->request;
	const struct form *f = ledger_form_newest(d->l, q->form, d->e);
	bool go_on;
	int rc = check_unit(d, q->day, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_REQUEST, q->day, &go_on);
	if (rc || !go_on)
		return rc;
	return f && f->period == FORM_DAY ? accept(d) : refuse(d, CODE_FORM_UNKNOWN, NULL);
}
