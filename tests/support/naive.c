#include "naive_internal.h"

#include <stdio.h>
#include <stdlib.h>

void naive_no_good(const char *what)
{
	fprintf(stderr, "the naive model: %s\n", what);
	abort();
}

struct naive *naive_new(void)
{
	struct naive *n = calloc(1, sizeof(*n));

	if (!n || !(n->a = arena_new((size_t)1 << 30)) ||
	    !(n->tree = calloc(TREE_UNITS, sizeof(*n->tree))) ||
	    !(n->runs = calloc(KEPT, sizeof(*n->runs))))
		naive_no_good("no memory");
	return n;
}

void naive_free(struct naive *n)
{
	arena_free(n->a);
	for (int k = 0; k < KINDS_OF; k++)
		free(n->of[k].v);
	free(n->tree);
	free(n->runs);
	free(n->told);
	free(n);
}

static void add_of(struct naive *n, enum kind_of kind, uint32_t unit)
{
	struct all_of *all = &n->of[kind];

	if (all->count == all->cap) {
		all->cap = all->cap ? all->cap * 2 : 64;
		all->v = realloc(all->v, all->cap * sizeof(*all->v));
		if (!all->v)
			naive_no_good("no memory");
	}
	all->v[all->count++] = (struct one_of){ (uint32_t)n->count, unit };
}

/* The newest entry goes where it will be looked for. */
static void sort_in(struct naive *n, const struct told *t)
{
	switch (t->accepted) {
	case OP_LATE_DECISION:
		add_of(n, OF_DECISIONS, t->op.unit);
		add_of(n, OF_SHEETS, t->op.unit);
		break;
	case OP_SHEET:
	case OP_RECALL:
	case OP_RETURN:
	case OP_ACCEPT:
		add_of(n, OF_SHEETS, t->op.unit);
		break;
	case OP_UNIT:
		add_of(n, OF_PLANS, t->op.create.unit);
		add_of(n, OF_TREE, 0);
		break;
	case OP_PLAN:
		add_of(n, OF_PLANS, t->op.unit);
		break;
	case OP_ACT:
		add_of(n, OF_PLANS, 0);
		add_of(n, OF_TREE, 0);
		break;
	case OP_CLOSE:
	case OP_UNLOCK:
		add_of(n, OF_CLOSINGS, t->op.unit);
		break;
	default:
		break;
	}
	if (t->readable && t->op.kind == OP_SHEET && !t->accepted)
		add_of(n, OF_REFUSED, t->op.unit);
	if (t->readable && t->en.verdict == VERDICT_LATE)
		add_of(n, OF_LATE, t->op.unit);
}

size_t naive_count_of(const struct naive *n, enum kind_of kind, uint64_t known)
{
	const struct all_of *all = &n->of[kind];
	size_t low = 0, high = all->count;

	if (known >= n->count)
		return high;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (all->v[mid].at < known)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void forget_tree(struct naive *n)
{
	n->tree_upto = n->tree_count = 0;
	memset(n->place, 0, sizeof(n->place));
	n->move_count = 0;
}

void naive_tell(struct naive *n, struct span entry_bytes)
{
	struct span mine = arena_copy(n->a, entry_bytes);
	struct err e = { 0 };
	struct told *t;

	if (n->count == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 256;
		n->told = realloc(n->told, n->cap * sizeof(*n->told));
		if (!n->told)
			naive_no_good("no memory");
		forget_tree(n); /* what was grown points to where they were */
	}
	t = &n->told[n->count];
	memset(t, 0, sizeof(*t));
	if (entry_decode(&t->en, mine, n->a, &e) ||
	    envelope_decode(&t->env, t->en.envelope, n->a, &e))
		naive_no_good(e.msg);
	if (t->en.lsn != n->count + 1)
		naive_no_good("an entry is missing");
	t->readable = op_decode(&t->op, t->en.body, n->a, NULL) == CODE_OK;
	if (t->readable && t->en.verdict == VERDICT_ACCEPTED)
		t->accepted = t->op.kind;
	if (t->accepted == OP_FORM) {
		if (form_parse(&t->form, t->op.form.text, n->a, &e))
			naive_no_good(e.msg);
		if (n->form_count == FORMS_TOLD)
			naive_no_good("too many forms");
		n->forms[n->form_count++] = n->count;
	}
	sort_in(n, t);
	n->count++;
}

void naive_forget(struct naive *n, uint64_t lsn)
{
	forget_tree(n);
	n->age++;
	if (n->count > lsn)
		n->count = (size_t)lsn;
	for (int k = 0; k < KINDS_OF; k++)
		while (n->of[k].count && n->of[k].v[n->of[k].count - 1].at >= n->count)
			n->of[k].count--;
	while (n->form_count && n->forms[n->form_count - 1] >= n->count)
		n->form_count--;
}

uint64_t naive_lsn(const struct naive *n)
{
	return n->count;
}

bool naive_lost(const struct naive *n, uint64_t lsn, uint64_t number)
{
	const struct op_base *base = &n->told[lsn - 1].env.base;
	uint64_t here = base->lsn, newest = base->lsn;
	bool found = false;

	for (size_t i = 0; i + 1 < lsn; i++) {
		const struct op_incarnation *in = &n->told[i].op.incarnation;

		if (n->told[i].accepted != OP_INCARNATION)
			continue;
		newest = in->branch_lsn;
		if (found && in->branch_lsn < here)
			here = in->branch_lsn;
		found |= !memcmp(in->id, base->incarnation, sizeof(in->id));
	}
	if (!found && newest < here)
		here = newest;
	return here < base->lsn && number > here;
}

size_t naive_upto(const struct naive *n, uint64_t known)
{
	return known < n->count ? (size_t)known : n->count;
}

struct op_id naive_id_of(const struct told *t)
{
	return (struct op_id){ t->en.device, t->env.epoch, t->env.seq };
}

/* ---- forms ---- */

const struct form *naive_form_newest(const struct naive *n, uint8_t no)
{
	const struct form *best = NULL;

	for (size_t i = 0; i < n->form_count; i++) {
		const struct form *f = n->told[n->forms[i]].form;

		if (f->no == no && (!best || f->version > best->version))
			best = f;
	}
	return best;
}

const struct form *naive_form_of(const struct naive *n, uint8_t no, uint16_t version)
{
	for (size_t i = 0; i < n->form_count; i++) {
		const struct form *f = n->told[n->forms[i]].form;

		if (f->no == no && f->version == version)
			return f;
	}
	return NULL;
}

static const struct measure *measure_in(const struct form *f, uint16_t no)
{
	for (size_t i = 0; f && i < f->measure_count; i++)
		if (f->measures[i].no == no)
			return &f->measures[i];
	return NULL;
}

bool naive_forms_share(const struct form *a, const struct form *b)
{
	for (size_t i = 0; a && i < a->measure_count; i++)
		if (measure_in(b, a->measures[i].no))
			return true;
	return false;
}

/* ---- people and devices ---- */

const struct op *naive_person(const struct naive *n, uint32_t person, uint64_t known)
{
	for (size_t i = naive_upto(n, known); i-- > 0;)
		if (naive_accepted(&n->told[i], OP_PERSON) && n->told[i].op.person.person == person)
			return &n->told[i].op;
	return NULL;
}

const struct op *naive_device(const struct naive *n, uint64_t device, uint64_t known)
{
	for (size_t i = naive_upto(n, known); i-- > 0;)
		if (naive_accepted(&n->told[i], OP_DEVICE) && n->told[i].op.device.device == device)
			return &n->told[i].op;
	return NULL;
}

uint64_t naive_lsn_at(const struct naive *n, int64_t ms)
{
	uint64_t lsn = 0;

	for (size_t i = 0; i < n->count; i++)
		if (n->told[i].en.time_ms <= ms)
			lsn = n->told[i].en.lsn;
	return lsn;
}
