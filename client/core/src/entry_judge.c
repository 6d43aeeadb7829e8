/* The form's rules on what the author sees. */
#include "entry_internal.h"

#include "base/num.h"

#include <stdlib.h>

struct judging {
	struct entry_sheet *s;
	int rc;
	struct err *e;
};

/* The largest of the unit's twelve periods before; unknown when none of them says anything. */
static struct operand max12(struct judging *j, uint16_t measure)
{
	struct entry_sheet *s = j->s;
	struct seen_sheet *before = calloc(1, sizeof(*before));
	struct draft_key k = s->key;
	struct operand most = { .known = false };
	bool any = true;

	if (!before)
		j->rc = err_set(j->e, ERR_NOMEM, "no memory for a sheet");
	for (int i = 0; i < 12 && !j->rc && any; i++) {
		struct operand o;

		j->rc = period_before(s->c, k.unit, s->form, k.period, &k.period, &any, j->e);
		if (!j->rc && any)
			j->rc = seen_open(s->c, &k, before, j->e);
		if (j->rc || !any)
			break;
		o = seen_operand(before, k.unit, measure);
		if (o.known && (!most.known || o.value > most.value))
			most = o;
	}
	free(before);
	if (!most.value)
		most.known =
			false; /* most months are nil: a multiple of nothing measures nothing */
	return most;
}

/* Over the direct children in scope; unknown while one of them says nothing. */
static struct operand below(struct judging *j, uint16_t measure)
{
	struct entry_sheet *s = j->s;
	struct seen_sheet *child = calloc(1, sizeof(*child));
	struct operand sum = { .known = false };
	const struct unit **children = NULL;
	struct draft_key k = s->key;
	size_t count = 0;

	j->rc = child ? tree_children(ledger_tree(s->c->base), s->key.unit, s->key.period.to,
				      UINT64_MAX, &children, &count, j->e)
		      : err_set(j->e, ERR_NOMEM, "no memory for a sheet");
	for (size_t i = 0; i < count && !j->rc; i++) {
		struct operand o;

		k.unit = children[i]->unit;
		j->rc = seen_open(s->c, &k, child, j->e);
		o = j->rc ? sum : seen_operand(child, k.unit, measure);
		sum.known = o.known && num_add(&sum.value, sum.value, o.value);
		if (!sum.known)
			break;
	}
	free(child);
	return sum;
}

static struct operand get(void *ctx, enum rule_function function, uint16_t measure)
{
	struct judging *j = ctx;
	struct entry_figure f;

	switch (function) {
	case TERM_PREV:
		return entry_prev(j->s, measure);
	case TERM_MAX12:
		return max12(j, measure);
	case TERM_BELOW:
		return below(j, measure);
	default:
		f = entry_figure(j->s, measure);
		return (struct operand){ f.known && f.state != FIGURE_BLANK, f.value };
	}
}

static void judge_level(struct judging *j, enum rule_level level, struct entry_judgement *out)
{
	struct rule_source source = { .ctx = j, .get = get };
	const struct unit *u = tree_get(ledger_tree(j->s->c->base), j->s->key.unit);
	enum unit_kind kind = u ? unit_kind_at(u, j->s->key.period.to, UINT64_MAX) : UNIT_NONE;

	for (size_t i = 0; i < j->s->form->rule_count && !j->rc; i++) {
		const struct rule *r = &j->s->form->rules[i];
		int64_t left, right;

		if (r->level != level || !rule_is_for(r, kind) ||
		    rule_judge(r, &source, &left, &right) != RULE_BROKEN || j->rc)
			continue;
		if (level == RULE_BLOCK)
			out->blocking++;
		else
			out->warnings++;
		if (out->question_count < ENTRY_QUESTIONS)
			out->questions[out->question_count++] = (struct entry_question){ r, left,
											 right };
	}
}

static bool needed(struct entry_sheet *s, const struct measure *m)
{
	struct entry_figure parent;

	if (m->need == NEED_REQUIRED)
		return true;
	if (m->need ==
	    NEED_COMPUTED) /* from sheets of which one is not there: no figure of it is known */
		return m->from != FROM_TYPED;
	if (m->need != NEED_PARENT || !m->parent)
		return false;
	parent = entry_figure(s, m->parent);
	return parent.known && parent.value > 0;
}

int entry_judge(struct entry_sheet *s, struct entry_judgement *out, struct err *e)
{
	struct judging j = { .s = s, .e = e };

	memset(out, 0, sizeof(*out));
	judge_level(&j, RULE_BLOCK, out);
	judge_level(&j, RULE_WARN, out);
	for (size_t i = 0; i < s->form->measure_count; i++) {
		const struct measure *m = &s->form->measures[i];
		struct entry_figure f = entry_figure(s, m->no);

		if ((!f.known || f.state == FIGURE_BLANK) && needed(s, m))
			out->blank[out->blank_count++] = m->no;
	}
	return j.rc;
}
