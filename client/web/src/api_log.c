/* Who changed what: the entries that this device holds, and the way from a total down to the units, their
 * sheets, the versions of one figure, and what the server said to each. */
#include "web_internal.h"

#include "client/overlay.h"
#include "ledger/query.h"
#include "report/words.h"

#include <stdio.h>

enum { LOG_SHOWN = 200, FORMS_MAX = 64, PERIODS_MAX = 40 };

static const char *verdict_name(enum op_verdict v)
{
	static const char *const names[] = { "none", "accepted", "late", "refused" };

	return (unsigned)v < ARRAY_LEN(names) ? names[v] : "none";
}

static json_t *json_author(struct call *k, uint32_t author)
{
	char name[NAME_MAX_BYTES + 1] = "";

	if (author && client_name_of(k->c, author, name, k->e))
		err_clear(k->e);
	return json_string(name);
}

static json_t *json_what(struct call *k, const struct op *op)
{
	const struct form *f = NULL;
	struct period p = { 0, 0 };
	uint8_t form = 0;

	if (op && op->kind == OP_SHEET) {
		form = (uint8_t)op->sheet.form;
		p = op->sheet.period;
	} else if (op &&
		   (op->kind == OP_ACCEPT || op->kind == OP_RETURN || op->kind == OP_RECALL)) {
		form = (uint8_t)op->mark.form;
		p = op->mark.period;
	} else if (op && op->kind == OP_CLOSE) {
		form = op->close.form;
		p = op->close.period;
	}
	if (form)
		f = ledger_form_newest(k->base, form, k->e);
	err_clear(k->e);
	return json_pack("{s:s, s:s, s:s, s:o}", "kind", op ? op_kind_name(op->kind) : "",
			 "kind_text", op ? _(op_kind_text(op->kind)) : "", "form", f ? f->code : "",
			 "period",
			 !f                      ? json_null()
			 : f->period == FORM_DAY ? json_day(p.to)
						 : json_period(p));
}

static json_t *json_entry(struct call *k, const struct entry *en, const struct op *op)
{
	struct span none = { NULL, 0 };
	char device[20];
	json_t *j;

	snprintf(device, sizeof(device), "%016llx", (unsigned long long)en->device);
	j = json_pack(
		"{s:I, s:o, s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "lsn",
		(json_int_t)en->lsn, "time", json_instant(en->time_ms), "unit",
		unit_code_of(k->base, en->unit), "unit_name",
		unit_name_of(k->base, en->unit, day_of_instant(en->time_ms), UINT64_MAX), "author",
		json_author(k, en->author), "device", device, "verdict", verdict_name(en->verdict),
		"why", en->verdict == VERDICT_ACCEPTED ? "" : call_refusal(k, en->code, en->detail),
		"reason", json_span(op ? entry_reason(en->device, op) : none), "on_behalf",
		json_span(op ? op->on_behalf : none), "source", json_span(op ? op->source : none));
	json_object_update_new(j, json_what(k, op));
	return j;
}

/* ---- the newest entries ---- */

struct newest {
	struct call *k;
	uint64_t before;          /* only entries with a smaller number */
	uint64_t lsns[LOG_SHOWN]; /* a ring */
	size_t count;
	json_t *list;
};

static int note_lsn(void *ctx, const struct entry *en, const struct op *op)
{
	struct newest *n = ctx;

	(void)op;
	if (en->lsn < n->before)
		n->lsns[n->count++ % LOG_SHOWN] = en->lsn;
	return 0;
}

static int list_entry(void *ctx, const struct entry *en, const struct op *op)
{
	struct newest *n = ctx;

	if (en->lsn < n->before)
		json_array_append_new(n->list, json_entry(n->k, en, op));
	return 0;
}

int api_log(struct call *k)
{
	struct newest n = { .k = k, .before = UINT64_MAX, .list = json_array() };
	int64_t before = number_at(k->in, "before");
	bool one = *text_at(k->in, "unit") != 0;
	uint32_t unit = 0;
	uint64_t from = 1;
	int rc = one ? call_unit(k, &unit) : 0;

	json_object_set_new(k->out, "entries", n.list);
	if (before > 0)
		n.before = (uint64_t)before;
	if (!rc)
		rc = query_log(k->base, 1, unit, one, note_lsn, &n, k->e);
	if (!rc && n.count > LOG_SHOWN)
		from = n.lsns[n.count % LOG_SHOWN];
	if (!rc)
		rc = query_log(k->base, from, unit, one, list_entry, &n, k->e);
	json_object_set_new(k->out, "more", json_boolean(n.count > LOG_SHOWN));
	return rc;
}

/* ---- one figure ---- */

struct figure_log {
	struct call *k;
	const struct sheet_name *n;
	const struct measure *m;
	const struct sheet *now;
	json_t *list;
};

static const struct op_figure *figure_in(const struct op_sheet *w, uint16_t measure)
{
	for (size_t i = 0; i < w->figure_count; i++)
		if (w->figures[i].measure == measure)
			return &w->figures[i];
	return NULL;
}

/* Does what this op wrote still stand? */
static bool stands(const struct sheet *s, uint16_t measure, uint64_t lsn)
{
	for (size_t i = 0; i < s->version_count; i++)
		if (s->versions[i].measure == measure && s->ops[s->versions[i].op].lsn == lsn)
			return true;
	return false;
}

static bool same_period(struct period a, struct period b)
{
	return a.from == b.from && a.to == b.to;
}

static int figure_entry(void *ctx, const struct entry *en, const struct op *op)
{
	struct figure_log *g = ctx;
	const struct op_figure *f = NULL;
	bool sheet = op && op->kind == OP_SHEET && op->sheet.form == g->n->form->no &&
		     same_period(op->sheet.period, g->n->period);
	bool mark = op &&
		    (op->kind == OP_ACCEPT || op->kind == OP_RETURN || op->kind == OP_RECALL) &&
		    op->mark.form == g->n->form->no && same_period(op->mark.period, g->n->period);
	json_t *j;

	if (sheet)
		f = figure_in(&op->sheet, g->m->no);
	if (!mark && !f && !(sheet && op->sheet.sign.how != SIGN_NONE))
		return 0;
	j = json_entry(g->k, en, op);
	json_object_set_new(j, "device_time", json_instant(op->device_time_ms));
	json_object_set_new(j, "writes", json_boolean(f != NULL));
	json_object_set_new(j, "value",
			    f && f->state != FIGURE_BLANK ? json_integer(f->value) : json_null());
	json_object_set_new(j, "signs", json_boolean(sheet && op->sheet.sign.how != SIGN_NONE));
	json_object_set_new(j, "signer",
			    json_span(sheet ? op->sheet.sign.signer : (struct span){ NULL, 0 }));
	json_object_set_new(j, "stands", json_boolean(f && stands(g->now, g->m->no, en->lsn)));
	json_array_append_new(g->list, j);
	return 0;
}

/* Own ops that have no entry here yet. */
static void add_waiting(struct figure_log *g)
{
	struct call *k = g->k;
	size_t count;
	const struct own_op *ops = outbox_ops(k->c, &count);

	for (size_t i = 0; i < count; i++) {
		const struct op_figure *f;
		struct op op;

		if (ops[i].pulled || ops[i].dropped || ops[i].kind != OP_SHEET ||
		    ops[i].unit != g->n->unit->unit || ops[i].form != g->n->form->no ||
		    !same_period(ops[i].period, g->n->period) ||
		    outbox_decode(k->c, ops[i].id, &op, k->a, k->e))
			continue;
		f = figure_in(&op.sheet, g->m->no);
		json_array_append_new(
			g->list,
			json_pack("{s:n, s:o, s:s, s:s, s:b, s:o, s:b, s:o}", "lsn", "device_time",
				  json_instant(ops[i].made_ms), "verdict",
				  verdict_name(ops[i].verdict), "why",
				  ops[i].verdict == VERDICT_NONE ? "" : own_refusal(k, &ops[i]),
				  "writes", f != NULL, "value",
				  f && f->state != FIGURE_BLANK ? json_integer(f->value)
								: json_null(),
				  "signs", op.sheet.sign.how != SIGN_NONE, "reason",
				  json_span(op.reason)));
	}
	err_clear(k->e);
}

int api_figure(struct call *k)
{
	struct sheet *now = arena_alloc(k->a, sizeof(*now));
	struct figure_log g = { .k = k, .list = json_array(), .now = now };
	const char *code = text_at(k->in, "measure");
	struct sheet_name n;
	int rc = call_sheet_name(k, &n);

	json_object_set_new(k->out, "versions", g.list);
	if (!now)
		return err_set(k->e, ERR_NOMEM, "no memory for a sheet");
	if (rc)
		return rc;
	g.n = &n;
	g.m = form_measure_code(n.form, span_str(code));
	if (!g.m)
		return err_set(k->e, ERR_NOTFOUND, "form %s has no measure %s", n.form->code, code);
	rc = overlay_sheet(k->c, n.unit->unit, n.form->no, n.period, now, k->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	err_clear(k->e);
	rc = query_log(k->base, 1, n.unit->unit, true, figure_entry, &g, k->e);
	if (rc)
		return rc;
	add_waiting(&g);
	json_object_update_new(
		k->out, json_pack("{s:s, s:s, s:o, s:o, s:s}", "unit", n.unit->code, "name",
				  unit_name_of(k->base, n.unit->unit, n.period.to, UINT64_MAX),
				  "measure_name", json_both(g.m->name_vi, g.m->name_en), "period",
				  json_period(n.period), "form", n.form->code));
	return 0;
}

/* ---- from a total down ---- */

struct drill {
	struct call *k;
	const struct unit *unit;
	uint16_t measure;
	struct period period;
	struct sheet *sheet;
};

static int value_of(struct drill *d, uint32_t unit, json_t **out)
{
	struct totals *t = arena_alloc(d->k->a, sizeof(*t));
	struct query q = {
		.unit = unit, .period = d->period, .known_at = UINT64_MAX, .measure = d->measure
	};
	int rc = t ? query_totals(t, d->k->base, &q, d->k->a, d->k->e)
		   : err_set(d->k->e, ERR_NOMEM, "no memory for totals");

	*out = NULL;
	for (size_t i = 0; !rc && i < t->measure_count; i++)
		if (t->measures[i].measure == d->measure && t->measures[i].count)
			*out = json_integer(t->measures[i].sum);
	if (!*out)
		*out = json_null();
	return rc;
}

static int add_children(struct drill *d, json_t *list)
{
	struct call *k = d->k;
	const struct unit **children;
	size_t count = 0;
	int rc = tree_children(ledger_tree(k->base), d->unit->unit, d->period.to, UINT64_MAX,
			       &children, &count, k->e);

	for (size_t i = 0; !rc && i < count; i++) {
		json_t *value;

		rc = value_of(d, children[i]->unit, &value);
		json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "unit", children[i]->code,
						      "name",
						      unit_name_of(k->base, children[i]->unit,
								   d->period.to, UINT64_MAX),
						      "value", value));
	}
	return rc;
}

static int add_form_sheets(struct drill *d, const struct form *f, json_t *list)
{
	struct call *k = d->k;
	day_t at = d->period.to;
	bool any = true;
	int rc = 0;

	for (int i = 0; i < PERIODS_MAX && !rc && any && at >= d->period.from; i++) {
		struct figure g;
		struct period p;

		rc = period_at(k, d->unit->unit, f, at, &p, &any);
		if (rc || !any)
			break;
		at = p.from - 1;
		if (!period_inside(p, d->period))
			continue;
		rc = overlay_sheet(k->c, d->unit->unit, f->no, p, d->sheet, k->e);
		if (rc && rc != -ERR_NOTFOUND)
			break;
		err_clear(k->e);
		g = sheet_figure(d->sheet, d->measure, d->unit->unit);
		json_array_append_new(list,
				      json_pack("{s:o, s:s, s:o, s:b, s:I}", "period",
						json_period(p), "form", f->code, "value",
						!rc && g.winner && g.winner->state != FIGURE_BLANK
							? json_integer(g.winner->value)
							: json_null(),
						"counts", !rc && sheet_counts(d->sheet), "values",
						(json_int_t)(rc ? 0 : g.count)));
		rc = 0;
	}
	return rc;
}

static int read_drill(struct drill *d)
{
	struct call *k = d->k;
	const char *code = text_at(k->in, "measure"), *unit = text_at(k->in, "unit");
	const struct tree *t = ledger_tree(k->base);
	int rc = day_parse(&d->period.from, NULL, span_str(text_at(k->in, "from")), k->e);

	if (!rc)
		rc = day_parse(&d->period.to, NULL, span_str(text_at(k->in, "to")), k->e);
	if (rc)
		return rc;
	d->measure = ledger_measure(k->base, span_str(code));
	d->unit = *unit ? tree_by_code(t, span_str(unit))
			: tree_get(t, client_identity(k->c)->unit);
	d->sheet = arena_alloc(k->a, sizeof(*d->sheet));
	if (!d->sheet)
		return err_set(k->e, ERR_NOMEM, "no memory for a sheet");
	if (!d->measure)
		return err_set(k->e, ERR_NOTFOUND, "no form has a measure %s", code);
	if (!d->unit ||
	    !tree_inside(t, d->unit->unit, client_identity(k->c)->unit, d->period.to, UINT64_MAX))
		return err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			       unit);
	return 0;
}

int api_drill(struct call *k)
{
	json_t *children = json_array(), *sheets = json_array(), *value = NULL;
	struct drill d = { .k = k };
	int rc = read_drill(&d);

	json_object_set_new(k->out, "children", children);
	json_object_set_new(k->out, "sheets", sheets);
	if (!rc)
		rc = value_of(&d, d.unit->unit, &value);
	if (!rc)
		rc = add_children(&d, children);
	for (uint8_t no = 1; no < FORMS_MAX && !rc; no++) {
		const struct form *f = ledger_form_newest(k->base, no, k->e);

		if (f && f->period != FORM_DAY && form_measure(f, d.measure))
			rc = add_form_sheets(&d, f, sheets);
	}
	if (rc) {
		json_decref(value);
		return rc;
	}
	err_clear(k->e);
	json_object_update_new(
		k->out,
		json_pack("{s:s, s:s, s:o, s:s, s:s, s:o, s:o}", "unit", d.unit->code, "name",
			  unit_name_of(k->base, d.unit->unit, d.period.to, UINT64_MAX), "value",
			  value, "measure", text_at(k->in, "measure"), "measure_name",
			  measure_name_of(k->base, text_at(k->in, "measure")), "from",
			  json_day(d.period.from), "to", json_day(d.period.to)));
	return 0;
}
