/* The tree of a day, and what a change of it makes of figures: as it was and as it is, line by line. */
#include "web_internal.h"

#include "report/acts.h"
#include "report/question.h"

/* From the topmost unit that this device holds, or from `unit`. */
int api_tree(struct call *k)
{
	uint32_t path[UNIT_DEPTH_MAX], top = client_identity(k->c)->unit;
	day_t on = day_of_instant(k->now_ms);
	json_t *tree, *units, *u;
	size_t depth, i;
	int rc = 0;

	if (*text_at(k->in, "on"))
		rc = day_parse(&on, NULL, span_str(text_at(k->in, "on")), k->e);
	if (!rc && *text_at(k->in, "unit")) {
		rc = call_unit(k, &top);
	} else if (!rc) {
		depth = tree_path(ledger_tree(k->base), top, on, UINT64_MAX, path);
		top = depth ? path[depth - 1] : top;
	}
	if (!rc)
		rc = report_tree(&tree, k->base, top, on, UINT64_MAX, k->e);
	if (rc)
		return rc;
	units = json_object_get(tree, "units");
	json_array_foreach(units, i, u)
	{
		enum unit_kind kind = unit_kind_parse(span_str(text_at(u, "kind")));

		json_object_set_new(u, "kind_name", json_string(_(kind_label(kind, on))));
	}
	json_object_update_new(k->out, tree);
	return 0;
}

static int read_days(struct call *k, struct period *out)
{
	int rc = day_parse(&out->from, NULL, span_str(text_at(k->in, "from")), k->e);

	return rc ? rc : day_parse(&out->to, NULL, span_str(text_at(k->in, "to")), k->e);
}

/* What came into a part by an act stands outside of what a device of that part holds: whoever does not hold all asks the
 * server. */
int api_bridge(struct call *k)
{
	struct question q = { .q = { .known_at = UINT64_MAX,
				     .tree = TREE_AS_IS,
				     .tree_day = day_of_instant(k->now_ms) } };
	uint32_t own = client_identity(k->c)->unit;
	const char *basis = text_at(k->in, "basis");
	json_t *answer = NULL;
	int rc = 0;

	q.q.unit = own;
	if (*text_at(k->in, "unit"))
		rc = call_unit(k, &q.q.unit);
	if (!rc)
		rc = read_days(k, &q.q.period);
	if (!rc && *text_at(k->in, "on"))
		rc = day_parse(&q.q.tree_day, NULL, span_str(text_at(k->in, "on")), k->e);
	q.q.basis = strcmp(basis, "accepted") ? BASIS_SIGNED : BASIS_ACCEPTED;
	if (!rc && own != tree_root(ledger_tree(k->base))) {
		struct wire_query w = question_to_wire(&q, WIRE_BRIDGE);

		return call_server(k, &w);
	}
	if (!rc)
		rc = report_bridge(&answer, k->base, &q, k->a, k->e);
	if (!rc)
		json_object_update_new(k->out, answer);
	return rc;
}

int api_balance(struct call *k)
{
	uint32_t unit = client_identity(k->c)->unit;
	json_t *answer = NULL, *names, *sum;
	struct period days;
	const char *code;
	int rc = *text_at(k->in, "unit") ? call_unit(k, &unit) : 0;

	if (!rc)
		rc = read_days(k, &days);
	if (!rc)
		rc = report_balance(&answer, k->base, unit, days, UINT64_MAX, k->a, k->e);
	if (rc)
		return rc;
	names = json_object();
	json_object_foreach(json_object_get(answer, "flows"), code, sum)
		json_object_set_new(names, code, json_string(measure_name_of(k->base, code)));
	json_object_set_new(answer, "names", names);
	json_object_update_new(k->out, answer);
	return 0;
}
