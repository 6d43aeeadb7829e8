/* The verdict on an op: point lookups in the state, no clock but the receive time it is given. */
#include "internal.h"

#include <stdio.h>

struct deciding {
	struct ledger *l;
	const struct op *op;
	const struct asker *by;
	day_t today;
	struct arena *a;
	struct decision *out;
	struct err *e;
};

static int refuse_span(struct deciding *d, enum op_code code, struct span detail)
{
	size_t len = detail.len < sizeof(d->out->detail) ? detail.len : sizeof(d->out->detail) - 1;

	while (len && len < detail.len && (detail.data[len] & 0xc0) == 0x80)
		len--; /* cut between characters */
	d->out->verdict = VERDICT_REFUSED;
	d->out->code = code;
	memset(d->out->detail, 0, sizeof(d->out->detail));
	if (len)
		memcpy(d->out->detail, detail.data, len);
	return 0;
}

static int refuse(struct deciding *d, enum op_code code, const char *detail)
{
	return refuse_span(d, code, span_str(detail ? detail : ""));
}

static int accept(struct deciding *d)
{
	d->out->verdict = VERDICT_ACCEPTED;
	d->out->code = CODE_OK;
	d->out->detail[0] = 0;
	return 0;
}

static bool console(const struct deciding *d)
{
	return d->by->id.device == 0;
}

/* ---- sheets ---- */

static int check_rights(struct deciding *d, enum right right, day_t day, bool *go_on)
{
	enum unit_relation relation = rights_relation(d->l->tree, d->by->author_unit, d->op->unit,
						      day, UINT64_MAX);
	enum right_answer answer;

	*go_on = true;
	if (console(d)) /* set-up and scripts on the server; named in `source` */
		return 0;
	answer = rights_ask(right, d->by->role, relation);
	if (answer == RIGHT_NO || (answer == RIGHT_ON_BEHALF && !d->op->on_behalf.len)) {
		*go_on = false;
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	}
	return 0;
}

static int check_unit(struct deciding *d, day_t day, bool *go_on)
{
	const struct unit *u = tree_get(d->l->tree, d->op->unit);

	*go_on = u && unit_alive(u, day);
	if (!u)
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	if (!unit_alive(u, day))
		return refuse(d, CODE_UNIT_CLOSED, u->code);
	return 0;
}

static int check_figures(struct deciding *d, const struct form *f, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;

	*go_on = false;
	for (size_t i = 0; i < w->figure_count; i++) {
		char no[16];

		snprintf(no, sizeof(no), "%u", w->figures[i].measure);
		if (!form_measure(f, w->figures[i].measure))
			return refuse(d, CODE_MEASURE_UNKNOWN, no);
		if (w->figures[i].value < -FIGURE_VALUE_MAX ||
		    w->figures[i].value > FIGURE_VALUE_MAX)
			return refuse(d, CODE_VALUE_RANGE, no);
	}
	*go_on = true;
	return 0;
}

/* A flash sheet runs from the first day of the month to its day, and answers a request of that day made
 * of a subtree that holds the unit; the unit must be the one that reports that month. */
static int check_flash(struct deciding *d, const struct form *f, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;
	struct request_row request;
	struct calendar calendar;
	struct plan_row plan;
	bool reports = false;
	int rc;

	*go_on = false;
	if (console(d) && !w->request)
		memset(&request, 0, sizeof(request));
	else {
		rc = request_get(d->l, w->request, &request, d->e);
		if (rc && rc != -ERR_NOTFOUND)
			return rc;
		if (rc || request.form != f->no || request.day != w->period.to ||
		    !tree_inside(d->l->tree, d->op->unit, request.unit, w->period.to, UINT64_MAX))
			return refuse(d, CODE_NO_REQUEST, NULL);
	}
	rc = calendar_get(d->l, f->no, &calendar, d->e);
	if (rc)
		return rc;
	if (calendar_month(&calendar, w->period.to).from != w->period.from)
		return refuse(d, CODE_PERIOD_WRONG, NULL);
	rc = plan_get(d->l, d->op->unit, &plan, d->a, d->e);
	if (rc)
		return rc;
	for (size_t i = 0; i < plan.count && !reports; i++)
		reports = period_inside(w->period, plan.intervals[i].period);
	if (!reports)
		return refuse(d, CODE_OUTSIDE_PLAN, NULL);
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
		return refuse(d, CODE_PERIOD_WRONG, "future");
	if (f->period == FORM_DAY)
		return check_flash(d, f, go_on);
	rc = plan_get(d->l, d->op->unit, &plan, d->a, d->e);
	if (!rc)
		rc = calendar_get(d->l, f->no, &calendar, d->e);
	if (rc)
		return rc;
	v = plan_find(&plan, f->no, w->period);
	if (!v)
		return refuse(d, CODE_OUTSIDE_PLAN, NULL);
	if (!calendar_is_period(&calendar, v->step, w->period, v->period))
		return refuse(d, CODE_PERIOD_WRONG, NULL);
	*go_on = true;
	return 0;
}

/* Every version named must be one that somebody wrote here. */
static int check_seen(struct deciding *d, const struct sheet *s, bool *go_on)
{
	const struct op_sheet *w = &d->op->sheet;

	*go_on = true;
	for (size_t i = 0; i < w->seen_count; i++) {
		enum op_verdict verdict;
		uint64_t lsn;
		bool here = false;
		int rc;

		for (size_t o = 0; o < s->op_count && !here; o++)
			here = !op_id_cmp(s->ops[o].id, w->seen[i]);
		if (here)
			continue;
		rc = walk_find(d->l, d->op->unit, w->seen[i], &verdict, &lsn, d->e);
		if (rc < 0)
			return rc;
		if (!rc) {
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
	if (saw && !d->op->reason.len && !console(d) &&
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

static int decide_sheet(struct deciding *d)
{
	const struct op_sheet *w = &d->op->sheet;
	const struct form *f = ledger_form(d->l, (uint8_t)w->form, w->form_version, d->e);
	struct op_id id = d->by->id;
	struct entry as_if = { .author_unit = d->by->author_unit };
	struct sheet s;
	enum op_code code;
	bool go_on;
	int rc = check_unit(d, w->period.to, &go_on);

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
	if (rc || !go_on)
		return rc;
	as_if.lsn = d->l->info.lsn + 1;
	rc = fold_sheet(d->l, &s, &as_if, &id, d->op, &code, d->e);
	if (rc)
		return rc;
	return code == CODE_OK ? accept(d) : refuse(d, code, NULL);
}

static int decide_recall(struct deciding *d)
{
	const struct op_mark *m = &d->op->mark;
	struct sheet s;
	bool go_on;
	int rc = check_unit(d, m->period.to, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_RECALL, m->period.to, &go_on);
	if (rc || !go_on)
		return rc;
	rc = sheet_get(d->l, d->op->unit, (uint8_t)m->form, m->period, &s, d->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (!sheet_counts(&s) || s.accepted_lsn)
		return refuse(d, CODE_NOTHING_TO_DO, NULL);
	return accept(d);
}

/* ---- targets, bases, claims ---- */

struct looking {
	const struct op_target *t;
	bool found;
};

static int look_each(void *ctx, const struct entry *en, const struct envelope *env,
		     const struct op *op, struct err *e)
{
	struct looking *k = ctx;

	(void)env;
	(void)e;
	k->found = op && op->kind == OP_TARGET && en->verdict == VERDICT_ACCEPTED &&
		   span_eq(op->target.doc_no, k->t->supersedes) &&
		   span_eq(op->target.measure, k->t->measure) &&
		   span_eq(op->target.group, k->t->group) &&
		   period_inside(op->target.period, k->t->period);
	return k->found;
}

static int decide_target(struct deciding *d)
{
	const struct op_target *t = &d->op->target;
	struct looking k = { .t = t };
	struct arena *a;
	uint64_t head;
	bool go_on;
	int rc = check_unit(d, t->period.from, &go_on);

	if (!rc && go_on)
		rc = check_rights(d, RIGHT_TARGET, t->period.from, &go_on);
	if (rc || !go_on)
		return rc;
	if (!ledger_measure(d->l, t->measure))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, t->measure);
	if (t->group.len && !ledger_measure(d->l, t->group))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, t->group);
	if (!t->supersedes.len)
		return accept(d);
	if (!d->op->reason.len)
		return refuse(d, CODE_REASON_NEEDED, NULL);
	a = arena_new(SCRATCH_BUDGET);
	rc = a ? unit_head_get(d->l, d->op->unit, &head, d->e)
	       : err_set(d->e, ERR_NOMEM, "no memory for a target");
	if (!rc)
		rc = walk_unit(d->l, head, a, look_each, &k, d->e);
	arena_free(a);
	if (rc)
		return rc;
	return k.found ? accept(d) : refuse_span(d, CODE_TARGET_UNKNOWN, t->supersedes);
}

static int decide_members(struct deciding *d)
{
	bool go_on;
	int rc = check_unit(d, d->op->members.day, &go_on);

	if (rc || !go_on)
		return rc;
	return console(d) ? accept(d) : refuse(d, CODE_NOT_ALLOWED, NULL);
}

static int decide_claim(struct deciding *d)
{
	const struct op_claim *c = &d->op->claim;
	struct rd r;
	bool go_on = tree_get(d->l->tree, d->op->unit) != NULL;
	int rc;

	if (!go_on)
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	rc = check_rights(d, RIGHT_CLAIM, c->period.to, &go_on);
	if (rc || !go_on)
		return rc;
	if (c->how == CLAIM_COUNT ? unit_kind_parse(c->measure) == UNIT_NONE
				  : !ledger_measure(d->l, c->measure))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, c->measure);
	if (c->of == CLAIM_OF_MEASURE && !ledger_measure(d->l, c->of_measure))
		return refuse_span(d, CODE_MEASURE_UNKNOWN, c->of_measure);
	rc = row_get(d->l, T_CLAIM, key_text(c->id), &r, d->e);
	if (!rc)
		return refuse_span(d, CODE_EXISTS, c->id);
	return rc == -ERR_NOTFOUND ? accept(d) : rc;
}

/* ---- tree, plan, forms ---- */

/* Does some unit on the way up from `unit` (itself left out), or some unit below it, report the same
 * things in these days? */
static int other_reporter(struct deciding *d, uint32_t unit, const struct plan_interval *in,
			  const struct unit **other)
{
	const struct form *form = ledger_form_newest(d->l, in->form, d->e);

	*other = NULL;
	for (size_t i = 0; i < tree_count(d->l->tree) && !*other; i++) {
		const struct unit *u = tree_at(d->l->tree, i);
		day_t day = in->period.from > u->opened ? in->period.from : u->opened;
		struct plan_row plan;
		int rc;

		if (u->unit == unit || (!tree_inside(d->l->tree, u->unit, unit, day, UINT64_MAX) &&
					!tree_inside(d->l->tree, unit, u->unit, day, UINT64_MAX)))
			continue;
		arena_reset(d->a); /* a province has a thousand plans */
		rc = plan_get(d->l, u->unit, &plan, d->a, d->e);
		if (rc)
			return rc;
		for (size_t v = 0; v < plan.count && !*other; v++) {
			const struct plan_interval *have = &plan.intervals[v];

			if (period_meet(have->period, in->period) &&
			    (have->form == in->form ||
			     forms_share(form, ledger_form_newest(d->l, have->form, d->e))))
				*other = u;
		}
	}
	return 0;
}

/* For a unit just made: only the way up can hold another reporter. */
static int reporter_above(struct deciding *d, uint32_t parent, const struct plan_interval *in,
			  const struct unit **other)
{
	const struct form *form = ledger_form_newest(d->l, in->form, d->e);
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(d->l->tree, parent, in->period.from, UINT64_MAX, path);

	*other = NULL;
	for (size_t i = 0; i < depth && !*other; i++) {
		struct plan_row plan;
		int rc = plan_get(d->l, path[i], &plan, d->a, d->e);

		if (rc)
			return rc;
		for (size_t v = 0; v < plan.count && !*other; v++)
			if (period_meet(plan.intervals[v].period, in->period) &&
			    (plan.intervals[v].form == in->form ||
			     forms_share(form,
					 ledger_form_newest(d->l, plan.intervals[v].form, d->e))))
				*other = tree_get(d->l->tree, path[i]);
	}
	return 0;
}

static int decide_unit(struct deciding *d)
{
	const struct op_unit *c = &d->op->create;
	const struct tree *t = d->l->tree;
	struct plan_interval in;
	const struct unit *other;
	int rc;

	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	if (d->op->unit != c->unit)
		return refuse(d, CODE_TREE_INVALID, "another unit's number");
	if (tree_by_code(t, c->code) || c->unit <= tree_max(t))
		return refuse_span(d, CODE_EXISTS, c->code);
	if (!c->parent && tree_root(t))
		return refuse(d, CODE_TREE_INVALID, "a second root");
	if (c->parent && !tree_get(t, c->parent))
		return refuse(d, CODE_TREE_INVALID, "no such parent");
	if (c->parent && tree_path(t, c->parent, c->opened, UINT64_MAX,
				   (uint32_t[UNIT_DEPTH_MAX]){ 0 }) >= UNIT_DEPTH_MAX)
		return refuse(d, CODE_TREE_INVALID, "too deep");
	if (c->reports) {
		if (!ledger_form_newest(d->l, c->reports, d->e))
			return refuse(d, CODE_FORM_UNKNOWN, NULL);
		if (!plan_of_unit(d->l, c, 0, &in))
			return refuse(d, CODE_PLAN_INVALID, "a form of single days");
		rc = reporter_above(d, c->parent, &in, &other);
		if (rc)
			return rc;
		if (other)
			return refuse(d, CODE_PLAN_INVALID, other->code);
	}
	return accept(d);
}

struct reported {
	struct deciding *d;
	const struct plan_interval *in;
	bool found;
};

/* A sheet that would stand outside the plan afterwards, and be counted beside another's. */
static int reported_each(void *ctx, const struct entry *en, const struct envelope *env,
			 const struct op *op, struct err *e)
{
	struct reported *k = ctx;
	struct ledger *l = k->d->l;
	const struct plan_interval *in = k->in;
	struct calendar calendar;
	struct sheet s;
	int rc;

	(void)env;
	if (!op || op->kind != OP_SHEET || en->verdict != VERDICT_ACCEPTED ||
	    !period_meet(op->sheet.period, in->period) ||
	    (op->sheet.form != in->form &&
	     !forms_share(ledger_form_newest(l, in->form, e),
			  ledger_form_newest(l, (uint8_t)op->sheet.form, e))))
		return 0;
	rc = sheet_get(l, op->unit, (uint8_t)op->sheet.form, op->sheet.period, &s, e);
	if (!rc)
		rc = calendar_get(l, in->form, &calendar, e);
	if (rc)
		return rc;
	k->found = sheet_status(&s) != SHEET_EMPTY &&
		   !(op->sheet.form == in->form && period_inside(op->sheet.period, in->period) &&
		     calendar_is_period(&calendar, in->step, op->sheet.period, in->period));
	return k->found;
}

static int check_reported(struct deciding *d, const struct plan_interval *in, bool *go_on)
{
	struct reported k = { .d = d, .in = in };
	uint64_t head;
	int rc = unit_head_get(d->l, d->op->unit, &head, d->e);

	if (!rc)
		rc = walk_unit(d->l, head, d->a, reported_each, &k, d->e);
	*go_on = !k.found;
	if (rc || !k.found)
		return rc;
	return refuse(d, CODE_PLAN_INVALID, "figures are there already");
}

static int decide_plan(struct deciding *d)
{
	const struct op_plan *p = &d->op->plan;
	struct plan_interval in = plan_of_op(p, 0);
	struct plan_row was, is;
	const struct unit *other;
	bool go_on;
	int rc;

	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	if (!tree_get(d->l->tree, d->op->unit))
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	if (!ledger_form_newest(d->l, p->form, d->e))
		return refuse(d, CODE_FORM_UNKNOWN, NULL);
	rc = check_reported(d, &in, &go_on);
	if (rc || !go_on)
		return rc;
	arena_reset(d->a);
	rc = plan_get(d->l, d->op->unit, &was, d->a, d->e);
	if (!rc)
		rc = plan_with(d->l, &was, &in, &is, d->a, d->e);
	if (rc)
		return rc;
	if (is.count > PLAN_INTERVALS_MAX)
		return refuse(d, CODE_PLAN_INVALID, "too many intervals");
	if (p->step == PLAN_NONE)
		return accept(d);
	rc = other_reporter(d, d->op->unit, &in, &other);
	if (rc)
		return rc;
	return other ? refuse(d, CODE_PLAN_INVALID, other->code) : accept(d);
}

static int decide_form(struct deciding *d)
{
	struct form *form;
	struct err why = { 0 };
	int rc;

	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	if (d->l->form_count == FORMS_MAX)
		return refuse(d, CODE_FORM_INVALID, "too many forms");
	rc = form_parse(&form, d->op->form.text, d->a, &why);
	if (rc == -ERR_NOMEM)
		return err_set(d->e, ERR_NOMEM, "no memory for a form");
	if (rc)
		return refuse(d, CODE_FORM_INVALID, why.msg);
	if (ledger_form(d->l, form->no, form->version, d->e))
		return refuse(d, CODE_EXISTS, form->code);
	for (size_t i = 0; i < d->l->form_count; i++) {
		const struct form *f = d->l->forms[i].form;

		if ((f->no == form->no) != !strcmp(f->code, form->code))
			return refuse(d, CODE_FORM_INVALID,
				      "a form's number and code belong together");
		for (size_t m = 0; m < form->measure_count; m++) {
			const struct measure *have = form_measure(f, form->measures[m].no);
			const struct measure *named =
				form_measure_code(f, span_str(form->measures[m].code));

			if ((have && strcmp(have->code, form->measures[m].code)) ||
			    (named && named->no != form->measures[m].no))
				return refuse(d, CODE_FORM_INVALID, form->measures[m].code);
		}
	}
	return accept(d);
}

static int decide_request(struct deciding *d)
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

/* ---- people, devices, the store: acts of the server ---- */

static int decide_by_server(struct deciding *d)
{
	return console(d) ? accept(d) : refuse(d, CODE_NOT_ALLOWED, NULL);
}

static int decide_device(struct deciding *d)
{
	struct device_row row;
	int rc;

	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	rc = ledger_device(d->l, d->op->device.device, &row, d->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (rc && d->op->kind != OP_DEVICE)
		return refuse(d, CODE_DEVICE_UNKNOWN, NULL);
	if (d->op->kind == OP_REVOKE && row.revoked_lsn)
		return refuse(d, CODE_NOTHING_TO_DO, NULL);
	/* an epoch never comes back: its seqs are taken, and an identity names one op for ever */
	if ((d->op->kind == OP_EPOCH && d->op->device.epoch <= row.epoch) ||
	    (d->op->kind == OP_DEVICE && d->op->device.epoch < row.epoch))
		return refuse(d, CODE_EXISTS, "an epoch of before");
	if (d->op->kind == OP_DEVICE && !tree_get(d->l->tree, d->op->unit))
		return refuse(d, CODE_UNIT_UNKNOWN, NULL);
	return accept(d);
}

static int decide_person(struct deciding *d)
{
	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	return tree_get(d->l->tree, d->op->unit) ? accept(d) : refuse(d, CODE_UNIT_UNKNOWN, NULL);
}

static int decide_clock(struct deciding *d)
{
	if (!console(d))
		return refuse(d, CODE_NOT_ALLOWED, NULL);
	return d->l->info.illustrative ? accept(d) : refuse(d, CODE_NOT_ILLUSTRATIVE, NULL);
}

typedef int decide_fn(struct deciding *);

static decide_fn *const table[OP_KIND_MAX + 1] = {
	[OP_SHEET] = decide_sheet,
	[OP_RECALL] = decide_recall,
	[OP_REQUEST] = decide_request,
	[OP_TARGET] = decide_target,
	[OP_MEMBERS] = decide_members,
	[OP_CLAIM] = decide_claim,
	[OP_UNIT] = decide_unit,
	[OP_PLAN] = decide_plan,
	[OP_FORM] = decide_form,
	[OP_SETTING] = decide_by_server,
	[OP_PERSON] = decide_person,
	[OP_ENROL_CODE] = decide_person,
	[OP_DEVICE] = decide_device,
	[OP_REVOKE] = decide_device,
	[OP_EPOCH] = decide_device,
	[OP_SUSPEND] = decide_device,
	[OP_INCARNATION] = decide_by_server,
	[OP_START] = decide_by_server,
	[OP_CLOCK] = decide_clock,
};

int decide(struct ledger *l, const struct op *op, const struct asker *by, int64_t time_ms,
	   struct decision *out, struct err *e)
{
	struct deciding d = {
		.l = l, .op = op, .by = by, .today = day_of_instant(time_ms), .out = out, .e = e
	};
	int rc;

	memset(out, 0, sizeof(*out));
	if (op->kind <= OP_NONE || op->kind > OP_KIND_MAX || !table[op->kind] ||
	    !apply_knows(op->kind))
		return refuse(&d, CODE_UNSUPPORTED, op_kind_name(op->kind));
	d.a = arena_new(SCRATCH_BUDGET);
	if (!d.a)
		return err_set(e, ERR_NOMEM, "no memory to judge an op");
	rc = table[op->kind](&d);
	arena_free(d.a);
	assert(rc || out->verdict != VERDICT_NONE);
	return rc;
}

int ledger_reporter(struct ledger *l, uint32_t unit, const struct op_plan *plan,
		    const struct unit **other, struct err *e)
{
	struct deciding d = { .l = l, .e = e, .a = arena_new(SCRATCH_BUDGET) };
	struct plan_interval in = { .form = plan->form,
				    .period = plan->period,
				    .step = plan->step };
	int rc = d.a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	*other = NULL;
	if (!in.period.to)
		in.period.to = DAY_MAX;
	if (!rc) {
		rc = other_reporter(&d, unit, &in, other);
		read_leave(l);
	}
	arena_free(d.a);
	return rc;
}

int ledger_planned(struct ledger *l, uint32_t unit, uint8_t form, struct period p, bool *planned,
		   struct err *e)
{
	struct arena *a = arena_new(SCRATCH_BUDGET);
	const struct plan_interval *v;
	struct calendar calendar;
	struct plan_row plan;
	int rc = a ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a plan");

	*planned = false;
	if (!rc) {
		rc = plan_get(l, unit, &plan, a, e);
		if (!rc)
			rc = calendar_get(l, form, &calendar, e);
		v = rc ? NULL : plan_find(&plan, form, p);
		*planned = v && calendar_is_period(&calendar, v->step, p, v->period);
		read_leave(l);
	}
	arena_free(a);
	return rc;
}
