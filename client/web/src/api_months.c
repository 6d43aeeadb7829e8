/* How the months below stand, and what a superior does about them: accept, return, ask, count what came
 * late, sign the summary, close. Each act is judged here as the server will judge it, then queued. */
#include "web_internal.h"

#include "client/act.h"
#include "domain/rights.h"
#include "ledger/months.h"
#include "report/months.h"

enum { UNITS_MAX = 6000 };

/* ---- the board ---- */

static int questions(struct call *k, const struct month_cell *c, json_t *row)
{
	const struct unit *u = tree_get(ledger_tree(k->base), c->unit);
	const struct form *f = ledger_form_newest(k->base, c->form, k->e);
	struct entry_judgement j;
	struct entry_sheet *s;
	int rc;

	if (c->work != WORK_SENT || !u || !f)
		return 0;
	rc = entry_open(&s, k->c, u->unit, f->code, c->period, k->now_ms, k->e);
	if (!rc)
		rc = entry_judge(s, &j, k->e);
	if (!rc && j.question_count) {
		const struct rule *r = j.questions[0].rule;

		json_object_set_new(row, "look", json_both(r->text_vi, r->text_en));
	}
	entry_close(s);
	err_clear(k->e);
	return rc == -ERR_NOMEM ? rc : 0;
}

/* Own marks that the server has not confirmed: they are not in the board yet. */
static const char *queued_mark(struct call *k, const struct month_cell *c)
{
	size_t count;
	const struct own_op *ops = outbox_ops(k->c, &count);

	for (size_t i = count; i-- > 0;) {
		struct op op;

		if ((ops[i].kind != OP_ACCEPT && ops[i].kind != OP_RETURN) || ops[i].pulled ||
		    ops[i].dropped || ops[i].unit != c->unit || ops[i].verdict == VERDICT_REFUSED ||
		    outbox_decode(k->c, ops[i].id, &op, k->a, k->e))
			continue;
		if (op.mark.form == c->form && op.mark.period.to == c->period.to &&
		    op.mark.period.from == c->period.from)
			return op_kind_name(op.kind);
	}
	return "";
}

static int add_more(struct call *k, const struct months_query *q, json_t *rows)
{
	const struct month_cell *cells;
	size_t count;
	int rc = query_months(&cells, &count, k->base, q, k->a, k->e);

	for (size_t i = 0; !rc && i < count && i < json_array_size(rows); i++) {
		json_t *row = json_array_get(rows, i);
		const struct unit *u = tree_get(ledger_tree(k->base), cells[i].unit);

		json_object_set_new(row, "queued", json_string(queued_mark(k, &cells[i])));
		json_object_set_new(row, "contact", json_string(u && u->contact ? u->contact : ""));
		json_object_set_new(row, "phone", json_string(u && u->phone ? u->phone : ""));
		json_object_set_new(row, "own",
				    json_boolean(cells[i].unit == client_identity(k->c)->unit));
		rc = questions(k, &cells[i], row);
	}
	return rc;
}

static json_t *json_summary(const struct summary_state *s)
{
	return json_pack("{s:I, s:I, s:I, s:o, s:o, s:o}", "expected", (json_int_t)s->expected,
			 "sent", (json_int_t)s->signed_, "accepted", (json_int_t)s->accepted,
			 "signed", s->lsn ? json_integer((json_int_t)s->lsn) : json_null(),
			 "signer", s->lsn ? json_span(s->said.signer) : json_null(), "changed",
			 s->lsn ? json_integer((json_int_t)s->changed) : json_null());
}

/* May whoever sits here decide on what came late from this unit? */
static bool may_decide(struct call *k, uint32_t unit)
{
	enum unit_relation r = rights_relation(ledger_tree(k->base), client_identity(k->c)->unit,
					       unit, day_of_instant(k->now_ms), UINT64_MAX);

	return rights_ask(RIGHT_ACCEPT, client_role(k->c), r) == RIGHT_YES;
}

/* What people call the units and the figures of what came late. */
static void name_late(struct call *k, json_t *late)
{
	json_t *each, *figures, *names;
	const char *code;
	size_t i;

	json_array_foreach(late, i, each)
	{
		const struct unit *u = tree_by_code(ledger_tree(k->base),
						    span_str(text_at(each, "unit")));
		json_t *value;

		names = json_object();
		figures = json_object_get(each, "figures");
		json_object_foreach(figures, code, value) json_object_set_new(
			names, code, json_string(measure_name_of(k->base, code)));
		json_object_set_new(each, "names", names);
		json_object_set_new(each, "may", json_boolean(u && may_decide(k, u->unit)));
		json_object_set_new(
			each, "unit_name",
			json_string(u ? unit_name_of(k->base, u->unit, day_of_instant(k->now_ms),
						     UINT64_MAX)
				      : ""));
	}
}

/* The form's and the period's; without a period the last month that is over. */
static int read_ask(struct call *k, struct sheet_name *n)
{
	int rc;

	if (*text_at(k->in, "period"))
		return call_sheet_name(k, n);
	rc = call_unit_form(k, n);
	n->period.to = call_last_month(k);
	n->period.from = day_to_ymd(n->period.to).day
				 ? n->period.to - day_to_ymd(n->period.to).day + 1
				 : n->period.to;
	return rc;
}

int api_months(struct call *k)
{
	struct sheet_name n;
	struct months_query q = { .known_at = UINT64_MAX,
				  .now_ms = k->now_ms,
				  .holidays = k->w->config.holidays };
	struct summary_state sum;
	json_t *board, *late;
	int rc = read_ask(k, &n);

	if (rc)
		return rc;
	q.unit = n.unit->unit;
	q.form = n.form->no;
	q.period = n.period;
	rc = report_months(&board, k->base, &q, k->a, k->e);
	if (rc)
		return rc;
	rc = add_more(k, &q, json_object_get(board, "rows"));
	json_object_set_new(k->out, "board", board);
	if (!rc)
		rc = report_late(&late, k->base, n.unit->unit, false, k->a, k->e);
	if (!rc) {
		name_late(k, late);
		json_object_set_new(k->out, "late", late);
	}
	if (!rc)
		rc = query_summary(&sum, k->base, n.unit->unit, n.form->no, n.period, k->a, k->e);
	if (rc)
		return rc;
	json_object_update_new(k->out,
			       json_pack("{s:o, s:s, s:o, s:o}", "period", json_period(n.period),
					 "form", n.form->code, "form_name",
					 json_both(n.form->name_vi, n.form->name_en), "summary",
					 json_summary(&sum)));
	return 0;
}

/* ---- marks, one for each unit ---- */

static int mark_one(struct call *k, struct op *op, const char *code, json_t *done, json_t *left)
{
	const struct unit *u = tree_by_code(ledger_tree(k->base), span_str(code));
	enum op_code why = CODE_OK;
	char text[ERR_TEXT_MAX];
	struct op_id id;
	int rc;

	op->unit = u ? u->unit : 0;
	rc = u ? act_queue(k->c, op, k->now_ms, &id, &why, k->e)
	       : err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			 code);
	if (!rc) {
		json_array_append_new(done, json_string(code));
		return 0;
	}
	if (why == CODE_OK && rc != -ERR_NOTFOUND && rc != -ERR_INVALID)
		return rc;
	json_array_append_new(left, json_pack("{s:s, s:s}", "unit", code, "text",
					      lang_err(k->e, text, sizeof(text))));
	err_clear(k->e);
	return 0;
}

/* Accept or return what the named units have sent; what cannot be is named, the others go. */
static int mark(struct call *k, enum op_kind kind)
{
	json_t *done = json_array(), *left = json_array(), *units = json_object_get(k->in, "units");
	struct op op = { .kind = kind, .reason = span_str(text_at(k->in, "reason")) };
	struct sheet_name n;
	const json_t *unit;
	size_t i;
	int rc = call_sheet_name(k, &n);

	json_object_set_new(k->out, "done", done);
	json_object_set_new(k->out, "left", left);
	if (!rc && (!json_array_size(units) || json_array_size(units) > UNITS_MAX))
		rc = err_set(k->e, ERR_INVALID, "no unit is named");
	if (!rc && kind == OP_RETURN && !op.reason.len)
		rc = err_set(k->e, ERR_INVALID, "a reason is needed");
	if (rc)
		return rc;
	op.mark.form = n.form->no;
	op.mark.period = n.period;
	op.mark.seen_lsn = client_state(k->c)->cursor.lsn;
	op.mark.in_time = kind == OP_ACCEPT && call_said_yes(k, "in_time");
	rc = client_begin(k->c, k->e);
	if (rc)
		return rc;
	json_array_foreach(units, i, unit)
	{
		const char *code = json_string_value(unit);

		if (!rc)
			rc = mark_one(k, &op, code ? code : "", done, left);
	}
	if (!rc)
		return client_commit(k->c, k->e);
	client_abort(k->c);
	return rc;
}

int api_accept(struct call *k)
{
	return mark(k, OP_ACCEPT);
}

int api_return(struct call *k)
{
	return mark(k, OP_RETURN);
}

int api_recall(struct call *k)
{
	struct op op = { .kind = OP_RECALL };
	struct sheet_name n;
	int rc = call_sheet_name(k, &n);

	if (rc)
		return rc;
	op.unit = n.unit->unit;
	op.mark.form = n.form->no;
	op.mark.period = n.period;
	op.mark.seen_lsn = client_state(k->c)->cursor.lsn;
	return call_queue(k, &op);
}

/* ---- the level's own ---- */

/* A superior asks those directly below it; who may ask all asks the unit itself with all below. */
static int request_below(struct call *k, struct op *op, uint32_t unit)
{
	const struct unit **children;
	size_t count = 0;
	int rc = tree_children(ledger_tree(k->base), unit, day_of_instant(k->now_ms), UINT64_MAX,
			       &children, &count, k->e);

	if (!rc)
		rc = client_begin(k->c, k->e);
	if (rc)
		return rc;
	for (size_t i = 0; i < count && !rc; i++) {
		op->unit = children[i]->unit;
		rc = call_queue(k, op);
	}
	if (!rc)
		return client_commit(k->c, k->e);
	client_abort(k->c);
	return rc;
}

int api_request(struct call *k)
{
	uint32_t own = client_identity(k->c)->unit;
	struct op op = { .kind = OP_REQUEST };
	struct sheet_name n;
	enum unit_relation r;
	int rc = call_unit_form(k, &n);

	if (!rc)
		rc = day_parse(&op.request.day, NULL, span_str(text_at(k->in, "day")), k->e);
	if (!rc)
		rc = instant_parse(&op.request.due_ms, span_str(text_at(k->in, "due")), k->e);
	if (rc)
		return rc;
	op.unit = n.unit->unit;
	op.request.form = n.form->no;
	r = rights_relation(ledger_tree(k->base), own, op.unit, op.request.day, UINT64_MAX);
	if (rights_ask(RIGHT_REQUEST, client_role(k->c), r) != RIGHT_YES && op.unit == own)
		return request_below(k, &op, own);
	return call_queue(k, &op);
}

int api_summary(struct call *k)
{
	struct op op = { .kind = OP_SUMMARY };
	struct summary_state s;
	struct sheet_name n;
	int rc = call_sheet_name(k, &n);

	if (!rc)
		rc = query_summary(&s, k->base, n.unit->unit, n.form->no, n.period, k->a, k->e);
	if (rc)
		return rc;
	op.unit = n.unit->unit;
	op.summary = (struct op_summary){ .form = n.form->no,
					  .period = n.period,
					  .seen_lsn = client_state(k->c)->cursor.lsn,
					  .expected = s.expected,
					  .signed_ = s.signed_,
					  .accepted = s.accepted,
					  .measures = s.measures,
					  .values = s.values,
					  .count = s.count,
					  .signer = span_str(text_at(k->in, "signer")),
					  .title = span_str(text_at(k->in, "title")),
					  .preparer = span_str(text_at(k->in, "preparer")) };
	memcpy(op.summary.hash, s.hash, sizeof(op.summary.hash));
	return call_queue(k, &op);
}

int api_close(struct call *k)
{
	struct op op = { .kind = OP_CLOSE };
	struct sheet_name n;
	int rc = call_sheet_name(k, &n);

	if (rc)
		return rc;
	op.unit = n.unit->unit;
	op.close.form = n.form->no;
	op.close.period = n.period;
	return call_queue(k, &op);
}

/* Where an act leaves more than one place for the figures, `unit` and `period` say which. */
int api_decide_late(struct call *k)
{
	struct op op = { .kind = OP_LATE_DECISION,
			 .late = { .counts = call_said_yes(k, "counts") } };
	const struct unit *u = tree_by_code(ledger_tree(k->base), span_str(text_at(k->in, "unit")));
	struct period p = { 0, 0 };
	bool has_period = *text_at(k->in, "period") != 0;
	int rc = has_period ? period_parse(&p, span_str(text_at(k->in, "period")), k->e) : 0;

	if (!rc && !*text_at(k->in, "reason"))
		rc = err_set(k->e, ERR_INVALID, "a reason is needed");
	if (!rc)
		rc = late_decision(&op, k->base, (uint64_t)number_at(k->in, "lsn"), u,
				   has_period ? &p : NULL, k->a, k->e);
	return rc ? rc : call_queue(k, &op);
}
