/* Targets out of drafts: as drafted or as units registered, some otherwise, some left out; tried dry first. */
#include "web_internal.h"

#include "client/act.h"
#include "report/drafts.h"

static int read_changes(struct call *k, struct publish_ask *p)
{
	json_t *rows = json_object_get(k->in, "rows"), *row;
	size_t count = json_object_size(rows);
	struct publish_change *list = arena_array(k->a, count + 1, sizeof(*list));
	const char *code;

	if (!list)
		return err_set(k->e, ERR_NOMEM, "no memory for a list");
	p->changes = list;
	json_object_foreach(rows, code, row)
	{
		const struct unit *u = tree_by_code(ledger_tree(k->base), span_str(code));
		struct publish_change *c = &list[p->change_count];
		const char *value = text_at(row, "value");
		enum text_grouping style;
		int rc = 0;

		*c = (struct publish_change){ .leave_out = json_is_true(
						      json_object_get(row, "left_out")) };
		if (!c->leave_out && !*value)
			continue;
		if (!u)
			return err_set(k->e, ERR_NOTFOUND,
				       "there is no unit %s in the part of this device", code);
		if (!c->leave_out)
			rc = text_count(&c->value, &style, span_str(value), k->e);
		if (rc)
			return err_wrap(k->e, rc, "%s", code);
		c->unit = u->unit;
		p->change_count++;
	}
	return 0;
}

static int read_document(struct call *k, struct publish_ask *p)
{
	p->instrument = instrument_parse(span_str(text_at(k->in, "instrument")));
	p->doc_no = span_str(text_at(k->in, "doc_no"));
	p->take = strcmp(text_at(k->in, "take"), "registered") ? TAKE_DRAFT : TAKE_REGISTERED;
	if (p->instrument == INSTR_NONE || !p->doc_no.len || !*text_at(k->in, "day"))
		return err_set(k->e, ERR_INVALID,
			       "a target has a document: its kind, number and day");
	return day_parse(&p->doc_date, NULL, span_str(text_at(k->in, "day")), k->e);
}

static int make_ops(struct call *k, struct op **ops, size_t *count)
{
	struct drafts_ask ask = { .unit = client_identity(k->c)->unit,
				  .measure = SPAN_LIT("admitted"),
				  .known_at = UINT64_MAX };
	struct publish_ask p = { .tree = ledger_tree(k->base), .measure = ask.measure };
	struct drafts_table t;
	int rc = read_document(k, &p);

	if (!rc)
		rc = period_parse(&ask.period, span_str(text_at(k->in, "period")), k->e);
	if (!rc)
		rc = read_changes(k, &p);
	if (!rc)
		rc = query_drafts_table(&t, k->base, &ask, k->a, k->e);
	if (rc)
		return rc;
	p.table = &t;
	p.period = ask.period;
	p.issuer = span_str(unit_name_of(k->base, ask.unit, ask.period.from, UINT64_MAX));
	return drafts_publish(ops, count, &p, k->a, k->e);
}

/* Of targets that are to be: those taken back are none. */
static void tell(struct call *k, const struct op *ops, size_t count)
{
	json_int_t targets = 0, sum = 0;

	for (size_t i = 0; i < count; i++)
		if (ops[i].kind == OP_TARGET) {
			targets++;
			sum += (json_int_t)ops[i].target.value;
		}
	json_object_update_new(k->out, json_pack("{s:I, s:I, s:I}", "targets", targets, "sum", sum,
						 "taken_back", (json_int_t)count - targets));
}

/* All are judged before one is queued: all or none. */
int api_publish(struct call *k)
{
	enum op_code code = CODE_OK;
	struct op *ops = NULL;
	struct op_id id;
	size_t count = 0, at = 0;
	int rc = make_ops(k, &ops, &count);

	if (rc)
		return rc;
	for (; at < count && !rc; at++)
		rc = act_judge(k->c, &ops[at], k->now_ms, &code, k->e);
	if (rc && code != CODE_OK)
		return rc;
	tell(k, ops, count);
	if (rc || call_said_yes(k, "dry_run"))
		return rc;
	rc = client_begin(k->c, k->e);
	if (rc)
		return rc;
	for (size_t i = 0; i < count && !rc; i++)
		rc = act_queue(k->c, &ops[i], k->now_ms, &id, &code, k->e);
	if (!rc)
		return client_commit(k->c, k->e);
	client_abort(k->c);
	return rc;
}
