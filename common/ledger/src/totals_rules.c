/* Rules about what is below a unit, judged on its totals: moves in and out inside a direct committee, or a
 * province, must match once everybody has reported. */
#include "internal.h"

static struct operand below(void *ctx, enum rule_function function, uint16_t measure)
{
	const struct measure_total *sums = ctx;

	if (function != TERM_BELOW || !sums[measure].count)
		return (struct operand){ .known = false };
	return (struct operand){ .known = true, .value = sums[measure].sum };
}

static int ask(struct totals *out, const struct rule *r, const struct rule_source *source,
	       struct arena *a, struct err *e)
{
	struct total_question *list, q = { .rule = r };

	if (rule_judge(r, source, &q.left, &q.right) != RULE_BROKEN)
		return 0;
	list = arena_array(a, out->question_count + 1, sizeof(*list));
	if (!list)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	if (out->question_count)
		memcpy(list, out->questions, out->question_count * sizeof(*list));
	list[out->question_count++] = q;
	out->questions = list;
	return 0;
}

int fill_questions(struct totals *out, struct ledger *l, struct measure_total *sums,
		   struct arena *a, struct err *e)
{
	const struct unit *u = tree_get(l->tree, out->asked.unit);
	enum unit_kind kind = unit_kind_at(u, out->asked.period.to, out->known_lsn);
	struct rule_source source = { .ctx = sums, .get = below };
	int rc = 0;

	if (!out->covered) /* who has not reported may be where the others went */
		return 0;
	for (size_t i = 0; i < l->form_count && !rc; i++) {
		const struct form *f = l->forms[i].form;

		if (f != ledger_form_newest(l, f->no, e))
			continue;
		for (size_t k = 0; k < f->rule_count && !rc; k++)
			if (f->rules[k].at != RULE_AT_ANY && rule_is_for(&f->rules[k], kind))
				rc = ask(out, &f->rules[k], &source, a, e);
	}
	return rc;
}
