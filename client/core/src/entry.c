/* Opening a sheet as it is seen now, and typing. */
#include "entry_internal.h"

#include "base/num.h"
#include "client/overlay.h"

#include <stdio.h>
#include <stdlib.h>

int seen_open(struct client *c, const struct draft_key *k, struct seen_sheet *out, struct err *e)
{
	int rc = overlay_sheet(c, k->unit, k->form, k->period, &out->sheet, e);

	if (!rc || rc == -ERR_NOTFOUND)
		rc = drafts_get(c, k, &out->draft, e);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

struct operand seen_operand(const struct seen_sheet *s, uint32_t unit, uint16_t measure)
{
	const struct op_figure *typed = draft_figure(&s->draft, measure);
	struct figure f;

	if (typed)
		return (struct operand){ typed->state != FIGURE_BLANK, typed->value };
	f = sheet_figure(&s->sheet, measure, unit);
	if (!f.winner || f.winner->state == FIGURE_BLANK)
		return (struct operand){ .known = false };
	return (struct operand){ true, f.winner->value };
}

int period_before(struct client *c, uint32_t unit, const struct form *f, struct period p,
		  struct period *out, bool *any, struct err *e)
{
	struct calendar calendar;
	enum plan_step step = PLAN_NONE;
	struct period whole;
	int rc;

	*any = false;
	if (f->period == FORM_DAY)
		return 0;
	rc = part_step(c->base, unit, f->no, p.from - 1, &step, &whole, e);
	if (!rc && step != PLAN_NONE)
		rc = part_calendar(c->base, f->no, &calendar, e);
	if (rc || step == PLAN_NONE)
		return rc;
	*out = calendar_planned(&calendar, step, p.from - 1, whole);
	*any = true;
	return 0;
}

/* ---- opening ---- */

static int check_flash(struct entry_sheet *s, struct period *p, struct err *e)
{
	int rc = part_flash(s->c->base, s->key.unit, s->form->no, p->to, p, e);

	if (rc)
		return rc;
	rc = part_request(s->c->base, s->key.unit, s->form->no, p->to, &s->request, e);
	if (!rc && !s->request)
		rc = err_set(e, ERR_RANGE, "nobody has asked this unit for figures to that day");
	return rc;
}

static int check_period(struct entry_sheet *s, struct period *p, struct err *e)
{
	const struct unit *u = tree_get(ledger_tree(s->c->base), s->key.unit);
	char text[PERIOD_TEXT_MAX];
	bool planned;
	int rc;

	if (p->to < u->opened)
		return err_set(e, ERR_RANGE, "%s is not there yet on the last day of the period",
			       u->code);
	if (!unit_alive(u, p->to))
		return err_set(e, ERR_RANGE, "%s is no longer there on the last day of the period",
			       u->code);
	if (s->form->period == FORM_DAY)
		return check_flash(s, p, e);
	rc = ledger_planned(s->c->base, s->key.unit, s->form->no, *p, &planned, e);
	if (!rc && !planned)
		rc = err_set(e, ERR_RANGE, "%s does not report %s for %s by the plan", u->code,
			     s->form->code, period_text(text, *p));
	return rc;
}

/* *p: to the period before it. Where the unit does not report any more, by the steps in which it did. */
static int step_back(struct entry_sheet *s, const struct calendar *calendar, struct period *p,
		     struct err *e)
{
	enum plan_step step = PLAN_MONTH;
	struct period days = { 0, 0 };
	int rc = 0;

	if (s->form->period != FORM_DAY) {
		rc = part_step(s->c->base, s->key.unit, s->form->no, p->from - 1, &step, &days, e);
		if (!rc && step != PLAN_NONE) {
			*p = calendar_planned(calendar, step, p->from - 1, days);
			return 0;
		}
		if (!rc)
			rc = part_step(s->c->base, s->key.unit, s->form->no, s->key.period.to,
				       &step, &days, e);
		if (step == PLAN_WHOLE) /* says nothing of other days */
			step = PLAN_NONE;
	}
	if (!rc && step != PLAN_NONE)
		*p = calendar_period(calendar, step, p->from - 1, days);
	return rc;
}

/* The period of today and the two before it are open; older ones are asked about. */
static int find_age(struct entry_sheet *s, struct err *e)
{
	day_t today = day_of_instant(s->now_ms);
	struct period p = { today + 1, today + 1 };
	struct calendar calendar;
	int rc;

	s->age = ENTRY_FUTURE;
	if (s->key.period.from > today)
		return 0;
	s->age = ENTRY_OPEN;
	rc = part_calendar(s->c->base, s->form->no, &calendar, e);
	for (int back = 0; back < 3 && !rc; back++)
		rc = step_back(s, &calendar, &p, e);
	if (!rc && s->key.period.from < p.from)
		s->age = ENTRY_OLD;
	return rc;
}

static int open_period(struct entry_sheet *s, struct period p, struct err *e)
{
	struct draft_key before;
	int rc = check_period(s, &p, e);

	s->key.period = p;
	if (!rc)
		rc = find_age(s, e);
	if (!rc)
		rc = seen_open(s->c, &s->key, &s->seen, e);
	if (!rc)
		rc = period_before(s->c, s->key.unit, s->form, p, &s->prev_period, &s->has_prev, e);
	before = s->key;
	before.period = s->prev_period;
	if (!rc && s->has_prev)
		rc = seen_open(s->c, &before, &s->prev, e);
	return rc ? rc : entry_read_from(s, e);
}

/* Nothing is read of the period yet. */
static int begin(struct entry_sheet **out, struct client *c, uint32_t unit, const char *form_code,
		 struct period p, struct err *e)
{
	const struct tree *t = ledger_tree(c->base);
	struct entry_sheet *s;

	*out = NULL;
	if (!tree_get(t, unit))
		return err_set(e, ERR_NOTFOUND, "this device knows no such unit");
	if (!tree_inside(t, unit, c->id.unit, p.to, UINT64_MAX))
		return err_set(e, ERR_DENIED, "%s is outside this device's scope",
			       tree_get(t, unit)->code);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for a sheet");
	s->c = c;
	s->form = ledger_form_code(c->base, span_str(form_code), e);
	s->key.unit = unit;
	s->on_behalf = unit != c->id.unit;
	if (!s->form) {
		entry_close(s);
		return err_set(e, ERR_NOTFOUND, "there is no form %s", form_code);
	}
	s->key.form = s->form->no;
	*out = s;
	return 0;
}

int entry_open(struct entry_sheet **out, struct client *c, uint32_t unit, const char *form_code,
	       struct period p, int64_t now_ms, struct err *e)
{
	int rc = begin(out, c, unit, form_code, p, e);

	if (rc)
		return rc;
	(*out)->now_ms = now_ms;
	rc = open_period(*out, p, e);
	if (rc) {
		entry_close(*out);
		*out = NULL;
	}
	return rc;
}

int entry_opens(struct client *c, uint32_t unit, const char *form_code, struct period p,
		struct err *e)
{
	struct entry_sheet *s;
	int rc = begin(&s, c, unit, form_code, p, e);

	if (!rc)
		rc = check_period(s, &p, e);
	entry_close(s);
	return rc;
}

void entry_close(struct entry_sheet *s)
{
	free(s);
}

enum entry_age entry_age(const struct entry_sheet *s)
{
	return s->age;
}

const struct form *entry_form(const struct entry_sheet *s)
{
	return s->form;
}

const struct sheet *entry_seen(const struct entry_sheet *s)
{
	return &s->seen.sheet;
}

const struct draft *entry_draft(const struct entry_sheet *s)
{
	return &s->seen.draft;
}

bool entry_on_behalf(const struct entry_sheet *s)
{
	return s->on_behalf;
}

/* ---- figures ---- */

struct operand entry_prev(struct entry_sheet *s, uint16_t measure)
{
	const struct measure *m = form_measure(s->form, measure);
	bool members = m && !strcmp(m->code, "members_end") && s->form->period != FORM_DAY;
	struct operand o = { .known = false };

	/* with others taken over on its first day, a period begins with what was computed for the day before */
	if (part_took_over(s->c->base, s->key.unit, s->key.period.from)) {
		o.known = members && !part_members_on(s->c->base, s->key.unit,
						      s->key.period.from - 1, &o.value, NULL);
		return o;
	}
	if (s->has_prev)
		o = seen_operand(&s->prev, s->key.unit, measure);
	if (!o.known && members)
		o.known = !part_members(s->c->base, s->key.unit, s->key.period.from - 1, &o.value,
					NULL);
	return o;
}

/* A computed measure comes from other sheets, or is one for which the form says `m = prev(x)`. */
static struct operand compute(const struct entry_sheet *s, const struct measure *m)
{
	if (m->from != FROM_TYPED)
		return entry_from(s, m);
	for (size_t i = 0; i < s->form->rule_count; i++) {
		const struct rule *r = &s->form->rules[i];

		if (r->compare == RULE_EQ && r->left_count == 1 && r->right_count == 1 &&
		    r->left[0].function == TERM_MEASURE && r->left[0].measure == m->no &&
		    r->left[0].factor == 1 && r->right[0].function == TERM_PREV &&
		    r->right[0].factor == 1)
			return entry_prev((struct entry_sheet *)s, r->right[0].measure);
	}
	return (struct operand){ .known = false };
}

static bool is_computed(const struct measure *m)
{
	return m->need == NEED_COMPUTED || m->from == FROM_UNIT;
}

struct entry_figure entry_figure(const struct entry_sheet *s, uint16_t measure)
{
	const struct op_figure *typed = draft_figure(&s->seen.draft, measure);
	struct figure f = sheet_figure(&s->seen.sheet, measure, s->key.unit);
	const struct measure *m = form_measure(s->form, measure);
	struct entry_figure out = { .values = f.count };

	if (typed) {
		out.typed = out.known = true;
		out.state = typed->state;
		out.value = typed->value;
	} else if (f.winner) { /* what stands is never covered over by what is computed */
		out.known = true;
		out.state = f.winner->state;
		out.value = f.winner->value;
	} else if (m && is_computed(m)) {
		struct operand o = compute(s, m);

		out.known = out.computed = o.known;
		out.value = o.value;
		out.state = !o.known ? FIGURE_BLANK : o.value ? FIGURE_VALUE : FIGURE_NIL;
	}
	return out;
}

size_t entry_versions(const struct entry_sheet *s, uint16_t measure,
		      struct op_id out[SHEET_OPS_MAX])
{
	struct figure f = sheet_figure(&s->seen.sheet, measure, s->key.unit);
	size_t count = 0;

	for (size_t i = 0; i < f.run && count < SHEET_OPS_MAX; i++)
		out[count++] = s->seen.sheet.ops[f.first[i].op].id;
	return count;
}

int entry_check_computed(const struct entry_sheet *s, const struct measure *m,
			 enum figure_state state, int64_t value, struct err *e)
{
	struct operand o = { .known = false };

	if (is_computed(m))
		o = compute(s, m);
	if (m->from == FROM_MEAN)
		return err_set(e, ERR_INVALID,
			       "%s is printed from a sum and a count, and not typed", m->code);
	if (!o.known || (state != FIGURE_BLANK && value == o.value))
		return 0;
	if (m->from != FROM_TYPED)
		return err_set(e, ERR_INVALID,
			       "%s follows from the sheets of the form %s, where it comes to %lld: "
			       "if that is wrong, correct it there",
			       m->code, s->form->sheets, (long long)o.value);
	if (state == FIGURE_BLANK)
		return err_set(e, ERR_INVALID, "%s is computed and not to be left out: it is %lld",
			       m->code, (long long)o.value);
	return err_set(e, ERR_INVALID,
		       "%s is computed and need not be typed: by the period before, or the opening "
		       "figure, it is %lld and not %lld; if that is wrong, correct it there",
		       m->code, (long long)o.value, (long long)value);
}

int entry_set(struct entry_sheet *s, uint16_t measure, enum figure_state state, int64_t value,
	      struct err *e)
{
	const struct measure *m = form_measure(s->form, measure);
	struct op_id over[SHEET_OPS_MAX];
	bool stands;
	int rc;

	if (!m)
		return err_set(e, ERR_NOTFOUND, "form %s has no measure %u", s->form->code,
			       measure);
	if (value < 0 || value > FIGURE_VALUE_MAX)
		return err_set(e, ERR_RANGE,
			       "%s: a figure is a whole number from 0 to 1,000,000,000,000",
			       m->code);
	stands = entry_versions(s, measure, over) > 0;
	if (state != FIGURE_BLANK || stands) {
		rc = entry_check_computed(s, m, state, value, e);
		if (rc)
			return rc;
	}
	if (is_computed(m) && !stands && compute(s, m).known)
		state = FIGURE_BLANK; /* it says what is computed anyway, and follows that */
	return entry_put(s, measure, state, value, e);
}

int entry_put(struct entry_sheet *s, uint16_t measure, enum figure_state state, int64_t value,
	      struct err *e)
{
	struct op_id over[SHEET_OPS_MAX];
	size_t count = entry_versions(s, measure, over);
	int rc;

	if (state == FIGURE_BLANK && !count) {
		draft_untype(&s->seen.draft,
			     measure); /* nothing stands that a blank would replace */
		rc = 0;
	} else {
		rc = draft_type(&s->seen.draft, measure, state, value, over, count, e);
	}
	if (!s->seen.draft.first_ms)
		s->seen.draft.first_ms = s->now_ms;
	s->seen.draft.last_ms = s->now_ms;
	return rc;
}

int entry_set_cumulative(struct entry_sheet *s, uint16_t measure, int64_t total, struct err *e)
{
	const struct measure *m = form_measure(s->form, measure);
	int year = day_to_ymd(s->key.period.to).year;
	struct seen_sheet *before = calloc(1, sizeof(*before));
	struct draft_key k = s->key;
	int64_t sum = 0, value = 0;
	bool any = true;
	int rc = before ? 0 : err_set(e, ERR_NOMEM, "no memory for a sheet");

	if (!rc && !m)
		rc = err_set(e, ERR_NOTFOUND, "form %s has no measure %u", s->form->code, measure);
	if (!rc && m->kind != MEASURE_FLOW)
		rc = err_set(e, ERR_INVALID, "%s is a stock: it is never cumulative", m->code);
	while (!rc) {
		char text[PERIOD_TEXT_MAX];
		struct operand o;

		rc = period_before(s->c, k.unit, s->form, k.period, &k.period, &any, e);
		if (rc || !any || day_to_ymd(k.period.to).year != year)
			break;
		rc = seen_open(s->c, &k, before, e);
		memset(&o, 0, sizeof(o));
		if (!rc)
			o = seen_operand(before, k.unit, measure);
		if (!rc && !o.known)
			rc = err_set(e, ERR_STATE,
				     "%s: no figure for %s, so the total since 1 January "
				     "cannot be split",
				     m->code, period_text(text, k.period));
		if (!rc && !num_add(&sum, sum, o.value))
			rc = err_set(e, ERR_RANGE, "%s: the sum is too large", m->code);
	}
	if (!rc && (!num_sub(&value, total, sum) || value < 0))
		rc = err_set(e, ERR_RANGE, "%s: the months before already have %lld", m->code,
			     (long long)sum);
	free(before);
	return rc ? rc : entry_set(s, measure, FIGURE_VALUE, value, e);
}

int entry_check_age(const struct entry_sheet *s, bool old_ok, struct err *e)
{
	char text[PERIOD_TEXT_MAX], clock[DAY_TEXT_MAX], signed_on[DAY_TEXT_MAX];
	day_t server = day_of_instant(s->c->st.server_ms);

	if (s->age == ENTRY_FUTURE && server >= s->key.period.from &&
	    !ledger_info(s->c->base).illustrative)
		return err_set(
			e, ERR_STATE,
			"%s has begun, but the clock of this computer says %s, while the server signed "
			"something on %s: put the day right",
			period_text(text, s->key.period), day_iso(clock, day_of_instant(s->now_ms)),
			day_iso(signed_on, server));
	if (s->age == ENTRY_FUTURE)
		return err_set(e, ERR_STATE, "%s has not begun yet",
			       period_text(text, s->key.period));
	if (s->age == ENTRY_OLD && !old_ok)
		return err_set(e, ERR_STATE,
			       "%s is older than the two periods before this one: is it "
			       "meant?",
			       period_text(text, s->key.period));
	return 0;
}

int entry_save(struct entry_sheet *s, bool old_ok, struct err *e)
{
	int rc = entry_check_age(s, old_ok, e);

	return rc ? rc : drafts_put(s->c, &s->key, &s->seen.draft, e);
}

/* ---- names of versions ---- */

const char *version_text(char out[VERSION_TEXT_MAX], struct op_id id)
{
	snprintf(out, VERSION_TEXT_MAX, "%016llx-%u-%llu", (unsigned long long)id.device, id.epoch,
		 (unsigned long long)id.seq);
	return out;
}

static bool number(const char **text, int base, uint64_t *out, char stop)
{
	char *end;

	if (**text == '-' || **text == '+' || **text == ' ' || !**text)
		return false;
	*out = strtoull(*text, &end, base);
	if (end == *text || *end != stop)
		return false;
	*text = end + (stop != 0);
	return true;
}

bool version_parse(struct op_id *out, const char *text)
{
	uint64_t device, epoch, seq;

	if (!number(&text, 16, &device, '-') || !number(&text, 10, &epoch, '-') ||
	    !number(&text, 10, &seq, 0) || epoch > UINT32_MAX)
		return false;
	*out = (struct op_id){ device, (uint32_t)epoch, seq };
	return true;
}
