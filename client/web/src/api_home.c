/* The first page of a unit: its own sheets of these months, its targets, what it is asked for. */
#include "web_internal.h"

#include "client/drafts.h"
#include "domain/pace.h"
#include "ledger/part.h"
#include "ledger/query.h"
#include "report/report.h"

enum { MONTHS_SHOWN = 3, FORMS_MAX = 64, ASKED_MAX = 20 };

/* ---- own sheets ---- */

static int has_draft(struct call *k, const struct draft_key *key, bool *out)
{
	struct draft *d = arena_alloc(k->a, sizeof(*d));
	int rc = d ? drafts_get(k->c, key, d, k->e)
		   : err_set(k->e, ERR_NOMEM, "no memory for a sheet");

	*out = !rc && d->figure_count;
	err_clear(k->e);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int add_sheet(struct call *k, const struct form *f, struct period p, json_t *list,
		     json_t *more)
{
	struct draft_key key = { client_identity(k->c)->unit, f->no, p };
	enum sheet_word word;
	bool draft = false;
	json_t *j;
	int rc = has_draft(k, &key, &draft);

	if (!rc)
		rc = sheet_word_of(k, key.unit, f->no, p, &word);
	if (rc) {
		json_decref(more);
		return rc;
	}
	if (draft && word == WORD_EMPTY)
		word = WORD_DRAFT;
	j = json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:b}", "form", f->code, "form_name",
		      json_both(f->name_vi, f->name_en), "period",
		      f->period == FORM_DAY ? json_day(p.to) : json_period(p), "from",
		      json_day(p.from), "to", json_day(p.to), "word", sheet_word_name(word),
		      "draft", draft);
	if (more)
		json_object_update_new(j, more);
	json_array_append_new(list, j);
	return 0;
}

/* The period of today and those before it that may still be typed. */
static int add_form(struct call *k, const struct form *f, json_t *list)
{
	uint32_t own = client_identity(k->c)->unit;
	struct period p = { 0, day_of_instant(k->now_ms) };
	day_t at = p.to;
	bool any = true;
	int rc = 0;

	for (int i = 0; i < MONTHS_SHOWN && !rc && any; i++) {
		rc = period_at(k, own, f, at, &p, &any);
		if (!rc && any)
			rc = add_sheet(k, f, p, list, NULL);
		at = p.from - 1;
	}
	return rc;
}

static int add_months(struct call *k)
{
	json_t *list = json_array();
	int rc = 0;

	json_object_set_new(k->out, "months", list);
	for (uint8_t no = 1; no < FORMS_MAX && !rc; no++) {
		const struct form *f = ledger_form_newest(k->base, no, k->e);

		if (f && f->period != FORM_DAY)
			rc = add_form(k, f, list);
	}
	if (!rc)
		err_clear(k->e);
	return rc;
}

/* ---- what is asked for ---- */

struct asked {
	struct call *k;
	json_t *list;
	uint32_t own;
	int rc;
};

static int each_entry(void *ctx, const struct entry *en, const struct op *op)
{
	struct asked *g = ctx;
	struct call *k = g->k;
	const struct op_request *q = op ? &op->request : NULL;
	const struct tree *t = ledger_tree(k->base);
	struct period days;
	const struct form *f;

	if (!op || op->kind != OP_REQUEST || en->verdict != VERDICT_ACCEPTED ||
	    !tree_inside(t, g->own, op->unit, q->day, UINT64_MAX))
		return 0;
	f = ledger_form_newest(k->base, q->form, k->e);
	if (!f || json_array_size(g->list) >= ASKED_MAX)
		return 0;
	g->rc = part_flash(k->base, g->own, f->no, q->day, &days, k->e);
	if (!g->rc)
		g->rc = add_sheet(k, f, days, g->list,
				  json_pack("{s:s, s:o}", "by",
					    unit_name_of(k->base, op->unit, q->day, UINT64_MAX),
					    "due", json_instant(q->due_ms)));
	return g->rc;
}

/* Requests are of this unit or of one above it, and stand in that unit's entries. */
static int add_asked(struct call *k)
{
	struct asked g = { .k = k, .list = json_array(), .own = client_identity(k->c)->unit };
	uint32_t path[UNIT_DEPTH_MAX];
	size_t count = tree_path(ledger_tree(k->base), g.own, day_of_instant(k->now_ms), UINT64_MAX,
				 path);
	int rc = 0;

	json_object_set_new(k->out, "asked", g.list);
	for (size_t i = 0; i < count && !rc; i++)
		rc = query_log(k->base, 1, path[i], true, each_entry, &g, k->e);
	if (!rc)
		err_clear(k->e);
	return rc;
}

/* ---- targets ---- */

static json_t *json_target(struct call *k, const struct target_line *t, day_t today)
{
	struct pace_ask ask = { .period = target_days(&t->target, today),
				.day = today,
				.has_goal = t->has_goal,
				.has_attained = true,
				.limit = target_is_limit(&t->target),
				.goal = t->goal,
				.attained = t->has_attained ? t->attained : 0 };
	struct target_line line = *t;
	struct pace p;
	json_t *j;

	if (line.has_goal && !line.has_attained) { /* nobody has reported: none is attained yet */
		line.has_attained = true;
		line.attained = 0;
		line.excess = -line.goal;
	}
	pace_judge(&p, &ask);
	j = report_target(&line);
	json_object_update_new(
		j, json_pack("{s:s, s:o, s:s, s:o, s:o, s:I, s:I, s:I, s:I, s:s}", "unit",
			     unit_code_of(k->base, t->unit), "measure",
			     json_span(t->target.measure), "measure_name",
			     measure_name_of(k->base, arena_str(k->a, t->target.measure)), "from",
			     json_day(t->target.period.from), "to", json_day(t->target.period.to),
			     "missing", (json_int_t)p.missing, "by_now", (json_int_t)p.by_now,
			     "per_month", (json_int_t)p.per_month, "days_left",
			     (json_int_t)p.days_left, "pace", pace_status_name(p.status)));
	json_object_set_new(j, "instrument_name",
			    json_string(_(instrument_label(t->target.instrument))));
	return j;
}

/* Of one period once, however many targets it has. */
struct counted {
	struct period period;
	struct totals *totals; /* NULL: none yet */
};

static int sum_up(struct call *k, struct counted *c, uint32_t unit, struct period p)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX };
	int rc;

	if (c->totals && c->period.from == p.from && c->period.to == p.to)
		return 0;
	c->period = p;
	c->totals = arena_alloc(k->a, sizeof(*c->totals));
	rc = c->totals ? query_totals(c->totals, k->base, &q, k->a, k->e)
		       : err_set(k->e, ERR_NOMEM, "no memory for totals");
	return rc;
}

/* Who has reported of the months that are over: of the one that runs nobody has. */
static int add_reporting(struct call *k, const struct target_line *in_force, json_t **out)
{
	struct counted c = { .totals = NULL };
	day_t to = call_last_month(k), from = in_force->target.period.from;
	char period[PERIOD_TEXT_MAX];
	int rc;

	if (to - day_to_ymd(to).day + 1 > from)
		from = to - day_to_ymd(to).day + 1;
	if (*out || to < from)
		return 0;
	rc = sum_up(k, &c, in_force->unit, (struct period){ from, to });
	if (!rc)
		*out = json_pack("{s:s, s:I, s:I}", "period",
				 period_text(period, (struct period){ from, to }), "expected",
				 (json_int_t)c.totals->reporting.expected, "reported",
				 (json_int_t)c.totals->reporting.reported);
	return rc;
}

static int add_target(struct call *k, const struct target_line *in_force, day_t today,
		      struct counted *c, json_t *list)
{
	const struct target_line *line = in_force;
	int rc = sum_up(k, c, in_force->unit, target_days(&in_force->target, today));

	for (size_t i = 0; !rc && i < c->totals->target_count; i++)
		if (c->totals->targets[i].lsn == in_force->lsn)
			line = &c->totals->targets[i];
	if (!rc)
		json_array_append_new(list, json_target(k, line, today));
	return rc;
}

static int add_targets(struct call *k)
{
	day_t today = day_of_instant(k->now_ms);
	const struct target_line *targets;
	struct counted c = { .totals = NULL };
	json_t *list = json_array(), *reporting = NULL;
	size_t count = 0;
	int rc = query_goals(&targets, &count, k->base, client_identity(k->c)->unit,
			     (struct period){ today, today }, UINT64_MAX, k->a, k->e);

	json_object_set_new(k->out, "targets", list);
	for (size_t i = 0; !rc && i < count; i++) {
		rc = add_target(k, &targets[i], today, &c, list);
		if (!rc)
			rc = add_reporting(k, &targets[i], &reporting);
	}
	if (reporting)
		json_object_set_new(k->out, "reporting", reporting);
	return rc;
}

/* ---- the page ---- */

static void forget(struct web_home *h)
{
	json_decref(h->answer);
	*h = (struct web_home){ .client = NULL };
}

void home_forget(struct web *w)
{
	for (size_t i = 0; i < ARRAY_LEN(w->home); i++)
		forget(&w->home[i]);
}

static int work_out(struct call *k)
{
	int rc = tree_count(ledger_tree(k->base))
			 ? 0
			 : err_set(k->e, ERR_STATE,
				   "forms and units are not here yet: send and receive first");

	if (!rc)
		rc = add_months(k);
	if (!rc)
		rc = add_asked(k);
	if (!rc)
		rc = add_targets(k);
	return rc;
}

int api_home(struct call *k)
{
	struct web_home *h = &k->w->home[lang_now() == TEXT_EN];
	struct web_home now = { .client = k->c,
				.changes = client_changes(k->c),
				.today = day_of_instant(k->now_ms) };
	int rc;

	if (h->answer && h->client == now.client && h->changes == now.changes &&
	    h->today == now.today) {
		json_object_update(k->out, h->answer);
		return 0;
	}
	forget(h);
	rc = work_out(k);
	if (!rc) {
		*h = now;
		h->answer = json_copy(k->out);
	}
	return rc;
}
