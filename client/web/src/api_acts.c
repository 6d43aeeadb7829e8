/* Acts of reorganisation: put together in a form, tried dry, proposed by a unit, carried out or refused by an operator. */
#include "acts.h"

#include "client/act.h"
#include "domain/rights.h"
#include "ledger/query.h"
#include "report/act_file.h"
#include "report/acts.h"

/* Everything is held here: the judgement is the server's own. */
static bool holds_all(struct call *k)
{
	return client_identity(k->c)->unit == tree_root(ledger_tree(k->base));
}

/* ---- what there is ---- */

/* Own acts and proposals that the server has not confirmed. */
static size_t count_waiting(struct call *k)
{
	size_t count, waiting = 0;
	const struct own_op *ops = outbox_ops(k->c, &count);

	for (size_t i = 0; i < count; i++)
		waiting += (ops[i].kind == OP_ACT || ops[i].kind == OP_ACT_PROPOSAL ||
			    ops[i].kind == OP_ACT_REFUSAL) &&
			   !ops[i].pulled && !ops[i].dropped && ops[i].verdict == VERDICT_NONE;
	return waiting;
}

static bool may(struct call *k, enum right right)
{
	uint32_t own = client_identity(k->c)->unit;
	enum unit_relation r = rights_relation(ledger_tree(k->base), own, own,
					       day_of_instant(k->now_ms), UINT64_MAX);

	return rights_ask(right, client_role(k->c), r) == RIGHT_YES;
}

static json_t *json_kinds(day_t day)
{
	json_t *list = json_array();

	for (enum unit_kind kind = UNIT_PROVINCE; kind < UNIT_KINDS; kind++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "kind", unit_kind_name(kind),
						      "name", _(kind_label(kind, day))));
	return list;
}

static void add_name(struct call *k, json_t *names, const char *code, day_t day)
{
	const struct unit *u = tree_by_code(ledger_tree(k->base), span_str(code));
	const char *name = u ? unit_name_of(k->base, u->unit, day, UINT64_MAX) : "";

	if (*name && !json_object_get(names, code))
		json_object_set_new(names, code, json_string(name));
}

/* What the units of proposals were called on the day before, also those that are no more: {code: name}. */
static json_t *json_names(struct call *k, const json_t *proposals)
{
	json_t *names = json_object();
	const json_t *p, *c, *into;
	size_t i, n, m;

	json_array_foreach(proposals, i, p)
	{
		day_t day = 0;

		if (day_parse(&day, NULL, span_str(text_at(p, "effective")), NULL))
			continue;
		add_name(k, names, text_at(p, "unit"), day - 1);
		json_array_foreach(json_object_get(p, "changes"), n, c)
		{
			add_name(k, names, text_at(c, "unit"), day - 1);
			add_name(k, names, text_at(c, "parent"), day - 1);
			json_array_foreach(json_object_get(c, "into"), m, into)
				add_name(k, names, json_string_value(into), day - 1);
		}
	}
	return names;
}

int api_acts(struct call *k)
{
	json_t *list;
	int rc = report_proposals(&list, k->base, k->a, k->e);

	if (rc)
		return rc;
	json_object_set_new(k->out, "names", json_names(k, list));
	json_object_update_new(k->out,
			       json_pack("{s:o, s:b, s:b, s:b, s:I, s:o}", "proposals", list,
					 "may_propose", may(k, RIGHT_PROPOSE), "may_act",
					 may(k, RIGHT_ACT), "whole", holds_all(k), "waiting",
					 (json_int_t)count_waiting(k), "kinds",
					 json_kinds(day_of_instant(k->now_ms))));
	return 0;
}

static json_t *json_target(const struct target_line *t)
{
	json_t *j = report_target(t);

	json_object_set_new(j, "lsn", json_integer((json_int_t)t->lsn));
	json_object_set_new(j, "name", json_string(_(instrument_label(t->target.instrument))));
	json_object_set_new(j, "goal", t->has_goal ? json_integer(t->goal) : json_null());
	return j;
}

/* What the form needs to know of one unit: what it is on that day, and the targets that may be handed over. */
int api_act_unit(struct call *k)
{
	day_t day = day_of_instant(k->now_ms);
	const struct target_line *lines;
	const struct unit *u;
	json_t *targets = json_array();
	uint32_t unit;
	size_t count = 0;
	int rc = call_unit(k, &unit);

	json_object_set_new(k->out, "targets", targets);
	if (!rc && *text_at(k->in, "day"))
		rc = day_parse(&day, NULL, span_str(text_at(k->in, "day")), k->e);
	if (!rc)
		rc = query_targets(&lines, &count, k->base, unit, (struct period){ day, DAY_MAX },
				   UINT64_MAX, k->a, k->e);
	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(targets, json_target(&lines[i]));
	u = tree_get(ledger_tree(k->base), unit);
	json_object_update_new(k->out,
			       json_pack("{s:s, s:s, s:s, s:s}", "unit", u->code, "name",
					 unit_name_of(k->base, unit, day, UINT64_MAX), "kind",
					 unit_kind_name(unit_kind_at(u, day, UINT64_MAX)), "parent",
					 unit_code_of(k->base, unit_parent(u, day, UINT64_MAX))));
	return 0;
}

/* ---- judged ---- */

/* Of a part of the tree what does not hold is told, not refused: whoever holds all may see it otherwise. */
static int make_tree(struct call *k, const struct op_act *act, uint64_t lsn, struct tree **after)
{
	const struct tree *t = ledger_tree(k->base);
	char text[ERR_TEXT_MAX];
	int rc = tree_judge(t, act, lsn, k->e);

	if (rc && (rc != -ERR_INVALID || holds_all(k)))
		return rc;
	if (rc)
		json_object_set_new(k->out, "doubt",
				    json_string(lang_err(k->e, text, sizeof(text))));
	err_clear(k->e);
	return tree_after(after, t, act, lsn, NULL, k->e);
}

/* As the server will: of an operator in full. */
static int judge(struct call *k, struct op *op, struct tree **after, uint64_t *lsn)
{
	enum op_code code;
	int rc;

	*lsn = ledger_info(k->base).lsn + 1;
	rc = make_tree(k, &op->act, *lsn, after);
	if (rc)
		return rc;
	op->reason = span_str(text_at(k->in, "reason"));
	return act_judge(k->c, op, k->now_ms, &code, k->e);
}

static int read_act(struct call *k, struct op *op)
{
	bool propose = call_said_yes(k, "propose");

	*op = (struct op){ .kind = propose ? OP_ACT_PROPOSAL : OP_ACT,
			   .unit = propose ? client_identity(k->c)->unit : 0 };
	return acts_read(k, &op->act);
}

/* Nothing is written: what the act would touch, or why it does not hold. */
int api_act_try(struct call *k)
{
	struct tree *after = NULL;
	json_t *touched = NULL;
	struct op op;
	uint64_t lsn;
	int rc = read_act(k, &op);

	if (!rc)
		rc = judge(k, &op, &after, &lsn);
	if (!rc)
		rc = acts_touched(k, after, &op.act, lsn, &touched);
	tree_free(after);
	if (touched)
		json_object_set_new(k->out, "touched", touched);
	json_object_set_new(k->out, "changes", json_integer(rc ? 0 : (json_int_t)op.act.count));
	json_object_set_new(k->out, "whole", json_boolean(holds_all(k)));
	return rc;
}

int api_act_send(struct call *k)
{
	struct tree *after = NULL;
	struct op op;
	uint64_t lsn;
	int rc = read_act(k, &op);

	if (!rc)
		rc = judge(k, &op, &after, &lsn);
	tree_free(after);
	return rc ? rc : call_queue(k, &op);
}

int api_act_refuse(struct call *k)
{
	struct op op = { .kind = OP_ACT_REFUSAL };
	const struct proposal_line *line;
	int64_t lsn = number_at(k->in, "lsn");
	size_t count = 0;
	int rc = 0;

	if (!*text_at(k->in, "reason"))
		return err_set(k->e, ERR_INVALID, "a reason is needed");
	if (lsn > 0)
		rc = query_proposals(&line, &count, k->base, (uint64_t)lsn, k->a, k->e);
	if (!rc && !count)
		rc = err_set(k->e, ERR_NOTFOUND, "entry %llu is no proposal",
			     (unsigned long long)lsn);
	if (rc)
		return rc;
	op.unit = line->op.unit;
	op.act_refusal.lsn = line->lsn;
	return call_queue(k, &op);
}
