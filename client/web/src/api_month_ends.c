/* The end of months, many at once: how the last ones stand, closing several, opening one again by two persons, and
 * what was asked for with n of N. */
#include "web_internal.h"

#include "client/act.h"
#include "ledger/months.h"
#include "ledger/query.h"
#include "report/requests.h"

enum { MONTHS_SHOWN = 13, CLOSINGS_MAX_ASKED = 2000, UNLOCKS_MAX = 500, NAMED = 8 };

/* ---- the last months ---- */

struct month_sum {
	struct period period;
	size_t expected, sent, accepted, returned, missing, look;
};

static const uint32_t look_marks = 1u << MARK_CONTESTED | 1u << MARK_CHANGED | 1u << MARK_BROKEN |
				   1u << MARK_WAITS | 1u << MARK_PROVISIONAL;

static void add_cell(struct month_sum *sums, size_t count, const struct month_cell *c)
{
	for (size_t i = 0; i < count; i++) {
		struct month_sum *s = &sums[i];

		if (!period_inside(c->period, s->period))
			continue;
		s->expected++;
		s->sent += c->sign_lsn != 0;
		s->accepted += c->work == WORK_ACCEPTED;
		s->returned += c->work == WORK_RETURNED;
		s->missing += !c->sign_lsn;
		s->look += c->sign_lsn && c->marks & look_marks;
	}
}

static int json_sum(struct call *k, const struct sheet_name *n, const struct month_sum *s,
		    json_t *list)
{
	uint64_t closed = 0;
	int rc = query_closed(&closed, k->base, n->unit->unit, n->form->no, s->period, UINT64_MAX,
			      k->e);

	if (rc)
		return rc;
	json_array_append_new(list,
			      json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "period",
					json_period(s->period), "expected", (json_int_t)s->expected,
					"sent", (json_int_t)s->sent, "accepted",
					(json_int_t)s->accepted, "returned",
					(json_int_t)s->returned, "missing", (json_int_t)s->missing,
					"look", (json_int_t)s->look, "closed", closed != 0));
	return 0;
}

/* Months that are over, the newest first. */
int api_month_ends(struct call *k)
{
	struct month_sum sums[MONTHS_SHOWN] = { 0 };
	json_t *list = json_array();
	const struct month_cell *cells;
	struct months_query q = { .known_at = UINT64_MAX,
				  .now_ms = k->now_ms,
				  .holidays = k->w->config.holidays };
	struct sheet_name n;
	size_t count;
	day_t to = call_last_month(k);
	int rc = call_unit_form(k, &n);

	json_object_set_new(k->out, "months", list);
	if (rc)
		return rc;
	for (size_t i = 0; i < MONTHS_SHOWN; i++) {
		sums[i].period = (struct period){ to - day_to_ymd(to).day + 1, to };
		to = sums[i].period.from - 1;
	}
	q.unit = n.unit->unit;
	q.form = n.form->no;
	q.period = (struct period){ to + 1, sums[0].period.to };
	rc = query_months(&cells, &count, k->base, &q, k->a, k->e);
	for (size_t i = 0; i < count && !rc; i++)
		add_cell(sums, MONTHS_SHOWN, &cells[i]);
	for (size_t i = 0; i < MONTHS_SHOWN && !rc; i++)
		if (sums[i].expected)
			rc = json_sum(k, &n, &sums[i], list);
	return rc;
}

/* What was asked for, of the own unit's part: n of N. */
int api_requests(struct call *k)
{
	json_t *list, *each, *code, *names;
	size_t i, n;
	int rc = report_requests(&list, k->base, client_identity(k->c)->unit, k->now_ms, k->a,
				 k->e);

	if (rc)
		return rc;
	json_array_foreach(list, i, each)
	{
		names = json_array();
		json_array_foreach(json_object_get(each, "missing"), n, code)
		{
			const struct unit *u =
				n < NAMED ? tree_by_code(ledger_tree(k->base),
							 span_str(json_string_value(code)))
					  : NULL;

			if (u)
				json_array_append_new(
					names, json_string(unit_name_of(k->base, u->unit,
									day_of_instant(k->now_ms),
									UINT64_MAX)));
		}
		json_object_set_new(each, "missing_names", names);
	}
	json_object_set_new(k->out, "requests", list);
	return 0;
}

/* ---- closing many ---- */

static int close_one(struct call *k, struct op *op, const char *unit, const char *period,
		     json_t *done, json_t *left)
{
	const struct unit *u = tree_by_code(ledger_tree(k->base), span_str(unit));
	enum op_code why = CODE_OK;
	char text[ERR_TEXT_MAX];
	struct op_id id;
	int rc = u ? period_parse(&op->close.period, span_str(period), k->e)
		   : err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			     unit);

	op->unit = u ? u->unit : 0;
	if (!rc)
		rc = act_queue(k->c, op, k->now_ms, &id, &why, k->e);
	if (!rc) {
		json_array_append_new(done,
				      json_pack("{s:s, s:s}", "unit", unit, "period", period));
		return 0;
	}
	if (why == CODE_OK && rc != -ERR_NOTFOUND && rc != -ERR_INVALID)
		return rc;
	json_array_append_new(left, json_pack("{s:s, s:s, s:s}", "unit", unit, "period", period,
					      "text", lang_err(k->e, text, sizeof(text))));
	err_clear(k->e);
	return 0;
}

/* closings: [{unit, period}]; what cannot be closed is named, the others are. */
int api_close_many(struct call *k)
{
	const json_t *closings = json_object_get(k->in, "closings"), *each;
	json_t *done = json_array(), *left = json_array();
	struct op op = { .kind = OP_CLOSE };
	struct sheet_name n;
	size_t i;
	int rc = call_unit_form(k, &n);

	json_object_set_new(k->out, "done", done);
	json_object_set_new(k->out, "left", left);
	if (!rc && (!json_array_size(closings) || json_array_size(closings) > CLOSINGS_MAX_ASKED))
		rc = err_set(k->e, ERR_INVALID, "no month is named");
	if (rc)
		return rc;
	op.close.form = n.form->no;
	rc = client_begin(k->c, k->e);
	if (rc)
		return rc;
	json_array_foreach(closings, i, each)
	{
		if (!rc)
			rc = close_one(k, &op, text_at(each, "unit"), text_at(each, "period"), done,
				       left);
	}
	if (!rc)
		return client_commit(k->c, k->e);
	client_abort(k->c);
	return rc;
}

/* ---- opened again by two persons ---- */

struct unlocks {
	struct call *k;
	struct asked_unlock {
		uint64_t lsn, confirmed;
		uint32_t unit, author;
		uint8_t form;
		struct period period;
		int64_t until_ms;
		const char *reason;
	} list[UNLOCKS_MAX];
	size_t count;
};

static int each_unlock(void *ctx, const struct entry *en, const struct op *op)
{
	struct unlocks *u = ctx;

	if (!op || op->kind != OP_UNLOCK || en->verdict != VERDICT_ACCEPTED)
		return 0;
	for (size_t i = 0; i < u->count && op->unlock.confirms; i++)
		if (u->list[i].lsn == op->unlock.confirms)
			u->list[i].confirmed = en->lsn;
	if (op->unlock.confirms || u->count == UNLOCKS_MAX)
		return 0;
	u->list[u->count++] = (struct asked_unlock){ .lsn = en->lsn,
						     .unit = op->unit,
						     .author = op->author,
						     .form = op->unlock.form,
						     .period = op->unlock.period,
						     .until_ms = op->unlock.until_ms,
						     .reason = arena_str(u->k->a, op->reason) };
	return 0;
}

static int json_unlock(struct call *k, const struct asked_unlock *u, json_t *list)
{
	char name[NAME_MAX_BYTES + 1] = "";
	bool over = u->until_ms <= k->now_ms;
	int rc = u->author ? client_name_of(k->c, u->author, name, k->e) : 0;

	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	err_clear(k->e);
	json_array_append_new(
		list,
		json_pack("{s:I, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:b, s:s}", "lsn",
			  (json_int_t)u->lsn, "unit", unit_code_of(k->base, u->unit), "name",
			  unit_name_of(k->base, u->unit, u->period.to, UINT64_MAX), "form",
			  form_code_of(k->base, u->form), "period", json_period(u->period), "until",
			  json_instant(u->until_ms), "reason", u->reason ? u->reason : "", "by",
			  name, "own", u->author == client_identity(k->c)->person, "state",
			  over           ? "over"
			  : u->confirmed ? "open"
					 : "waits"));
	return 0;
}

/* Those that were asked for, the newest first. */
int api_unlocks(struct call *k)
{
	struct unlocks *u = arena_alloc(k->a, sizeof(*u));
	json_t *list = json_array();
	int rc;

	json_object_set_new(k->out, "unlocks", list);
	if (!u)
		return err_set(k->e, ERR_NOMEM, "no memory for a list");
	u->k = k;
	u->count = 0;
	rc = query_log(k->base, 1, 0, false, each_unlock, u, k->e);
	for (size_t i = u->count; i-- > 0 && !rc;)
		rc = json_unlock(k, &u->list[i], list);
	return rc;
}

/* The first person says which month, until when and why; the second names the first one's entry. */
int api_unlock(struct call *k)
{
	int64_t confirms = number_at(k->in, "confirms");
	struct op op = { .kind = OP_UNLOCK };
	struct sheet_name n;
	int rc;

	if (!*text_at(k->in, "reason"))
		return err_set(k->e, ERR_INVALID, "a reason is needed");
	if (confirms > 0) {
		rc = query_asked(&op, k->base, (uint64_t)confirms, k->a, k->e);
		op.unlock.confirms = (uint64_t)confirms;
		return rc ? rc : call_queue(k, &op);
	}
	rc = call_sheet_name(k, &n);
	if (!rc)
		rc = instant_parse(&op.unlock.until_ms, span_str(text_at(k->in, "until")), k->e);
	if (rc)
		return rc;
	op.unit = n.unit->unit;
	op.unlock.form = n.form->no;
	op.unlock.period = n.period;
	return call_queue(k, &op);
}
