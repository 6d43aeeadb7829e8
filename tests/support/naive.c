#include "naive.h"

#include <stdio.h>
#include <stdlib.h>

struct told {
	struct entry en;
	struct envelope env;
	struct op op;
	bool readable;
	struct form *form; /* of an accepted OP_FORM */
};

/* A unit and what acts said of it, in their order. */
enum { ROWS = 32, TREE_UNITS = 512 };
struct grown {
	const struct op_unit *u;
	struct {
		day_t from;
		uint32_t parent;
	} edges[ROWS];
	struct {
		day_t from;
		bool open;
	} lives[ROWS];
	struct {
		day_t from;
		uint32_t into;
	} merged[ROWS];
	struct {
		day_t from;
		enum unit_kind kind;
	} kinds[ROWS];
	size_t edge_count, life_count, merged_count, kind_count;
};

struct naive {
	struct grown *tree; /* as after `tree_upto` entries: made anew for other questions */
	size_t tree_count, tree_upto;
	struct arena *a;
	struct told *told;
	size_t count, cap;
};

static void no_good(const char *what)
{
	fprintf(stderr, "the naive model: %s\n", what);
	abort();
}

struct naive *naive_new(void)
{
	struct naive *n = calloc(1, sizeof(*n));

	if (!n || !(n->a = arena_new((size_t)1 << 30)) ||
	    !(n->tree = calloc(TREE_UNITS, sizeof(*n->tree))))
		no_good("no memory");
	return n;
}

void naive_free(struct naive *n)
{
	arena_free(n->a);
	free(n->tree);
	free(n->told);
	free(n);
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
			no_good("no memory");
	}
	t = &n->told[n->count];
	memset(t, 0, sizeof(*t));
	if (entry_decode(&t->en, mine, n->a, &e) ||
	    envelope_decode(&t->env, t->en.envelope, n->a, &e))
		no_good(e.msg);
	if (t->en.lsn != n->count + 1)
		no_good("an entry is missing");
	t->readable = op_decode(&t->op, t->en.body, n->a, NULL) == CODE_OK;
	if (t->readable && t->op.kind == OP_FORM && t->en.verdict == VERDICT_ACCEPTED &&
	    form_parse(&t->form, t->op.form.text, n->a, &e))
		no_good(e.msg);
	n->count++;
}

void naive_forget(struct naive *n, uint64_t lsn)
{
	n->tree_upto = 0;
	if (n->count > lsn)
		n->count = (size_t)lsn;
}

uint64_t naive_lsn(const struct naive *n)
{
	return n->count;
}

static size_t upto(const struct naive *n, uint64_t known)
{
	return known < n->count ? (size_t)known : n->count;
}

static bool accepted(const struct told *t, enum op_kind kind)
{
	return t->readable && t->en.verdict == VERDICT_ACCEPTED && t->op.kind == kind;
}

static struct op_id id_of(const struct told *t)
{
	return (struct op_id){ t->en.device, t->env.epoch, t->env.seq };
}

static bool same_id(struct op_id a, struct op_id b)
{
	return a.device == b.device && a.epoch == b.epoch && a.seq == b.seq;
}

static bool id_less(struct op_id a, struct op_id b)
{
	if (a.device != b.device)
		return a.device < b.device;
	if (a.epoch != b.epoch)
		return a.epoch < b.epoch;
	return a.seq < b.seq;
}

/* ---- forms ---- */

static const struct form *form_newest(const struct naive *n, uint8_t no)
{
	const struct form *best = NULL;

	for (size_t i = 0; i < n->count; i++)
		if (n->told[i].form && n->told[i].form->no == no &&
		    (!best || n->told[i].form->version > best->version))
			best = n->told[i].form;
	return best;
}

static const struct form *form_of(const struct naive *n, uint8_t no, uint16_t version)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->told[i].form && n->told[i].form->no == no &&
		    n->told[i].form->version == version)
			return n->told[i].form;
	return NULL;
}

static const struct measure *measure_in(const struct form *f, uint16_t no)
{
	for (size_t i = 0; f && i < f->measure_count; i++)
		if (f->measures[i].no == no)
			return &f->measures[i];
	return NULL;
}

static bool common(const struct form *a, const struct form *b)
{
	for (size_t i = 0; a && i < a->measure_count; i++)
		if (measure_in(b, a->measures[i].no))
			return true;
	return false;
}

/* ---- sheets ---- */

static bool same_key(struct naive_key a, struct naive_key b)
{
	return a.unit == b.unit && a.form == b.form && a.period.from == b.period.from &&
	       a.period.to == b.period.to;
}

static struct naive_key key_of(const struct told *t)
{
	if (t->op.kind == OP_SHEET)
		return (struct naive_key){ t->op.unit, (uint8_t)t->op.sheet.form,
					   t->op.sheet.period };
	return (struct naive_key){ t->op.unit, (uint8_t)t->op.mark.form, t->op.mark.period };
}

static const struct told *sheet_of(const struct naive *n, const struct told *t);
static struct naive_key place_of(const struct told *t, const struct told *w);

size_t naive_keys(const struct naive *n, uint64_t known, struct naive_key *out, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < upto(n, known); i++) {
		const struct told *w = sheet_of(n, &n->told[i]);
		bool have = false;

		if (!w)
			continue;
		for (size_t k = 0; k < count && !have; k++)
			have = same_key(out[k], place_of(&n->told[i], w));
		if (have)
			continue;
		if (count == max)
			no_good("too many sheets");
		out[count++] = place_of(&n->told[i], w);
	}
	return count;
}

/* The decision of entries before `before` that made the late op count for `unit`; NULL: it does not. */
static const struct told *decided(const struct naive *n, const struct told *late, uint32_t unit,
				  uint64_t before)
{
	for (size_t i = 0; i < n->count && n->told[i].en.lsn < before; i++)
		if (accepted(&n->told[i], OP_LATE_DECISION) &&
		    n->told[i].op.late.lsn == late->en.lsn && n->told[i].op.late.counts &&
		    n->told[i].op.unit == unit)
			return &n->told[i];
	return NULL;
}

/* What an op's place in a sheet is: of the late one that a decision lets count, the decision's. */
struct place {
	const struct told *t; /* whose figures */
	uint64_t lsn;
};

/* Does naming `name` for `measure` amount to naming `id`? Yes when they are one, or when `name` was
 * refused, or late and not counting yet, and itself named it, by whatever way round. */
static bool amounts_to(const struct naive *n, struct op_id name, uint16_t measure, struct op_id id,
		       struct place at, unsigned depth)
{
	if (same_id(name, id))
		return true;
	if (depth > 64)
		return false;
	for (size_t i = 0; i < n->count; i++) {
		const struct told *t = &n->told[i];
		const struct op_sheet *w = &t->op.sheet;

		if (!same_id(id_of(t), name) || t->en.verdict == VERDICT_ACCEPTED || !t->readable ||
		    t->op.kind != OP_SHEET)
			continue;
		if (t->en.verdict == VERDICT_LATE && decided(n, t, at.t->op.unit, at.lsn))
			continue;
		for (size_t f = 0; f < w->figure_count; f++)
			for (size_t b = 0; b < w->seen_count; b++)
				if (w->figures[f].measure == measure &&
				    (w->figures[f].over >> b & 1) &&
				    amounts_to(n, w->seen[b], measure, id, at, depth + 1))
					return true;
	}
	return false;
}

static void fold_figure(const struct naive *n, struct naive_sheet *s, struct place at,
			const struct op_figure *f)
{
	const struct told *t = at.t;
	const struct op_sheet *w = &t->op.sheet;
	bool on_behalf = t->op.on_behalf.len > 0;
	size_t kept = 0;

	for (size_t i = 0; on_behalf && i < s->count; i++)
		if (s->v[i].measure == f->measure && !s->v[i].on_behalf)
			return; /* nothing on behalf where somebody wrote for himself */
	for (size_t i = 0; i < s->count; i++) {
		bool gone = false;

		if (s->v[i].measure == f->measure) {
			gone = !on_behalf && s->v[i].on_behalf;
			for (size_t b = 0; b < w->seen_count; b++)
				gone |= (f->over >> b & 1) &&
					amounts_to(n, w->seen[b], f->measure, s->v[i].id, at, 0);
		}
		if (!gone)
			s->v[kept++] = s->v[i];
	}
	s->count = kept;
	if (s->count == NAIVE_VERSIONS)
		no_good("too many versions");
	s->v[s->count++] = (struct naive_version){ .measure = f->measure,
						   .id = id_of(t),
						   .author_unit = t->en.author_unit,
						   .on_behalf = on_behalf,
						   .approx = f->approx,
						   .state = f->state,
						   .value = f->value };
}

static bool covers(const struct told *t, struct op_id id)
{
	const struct op_sheet *w = &t->op.sheet;

	if (same_id(id_of(t), id))
		return true;
	for (size_t b = 0; b < w->seen_count; b++)
		if ((w->sign.covers >> b & 1) && same_id(w->seen[b], id))
			return true;
	return false;
}

static bool covers_all(const struct told *t, const struct naive_sheet *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!covers(t, s->v[i].id))
			return false;
	return true;
}

static const struct told *fold_sign(const struct naive_sheet *s, const struct told *standing,
				    const struct told *t)
{
	bool was, is;

	if (t->op.sheet.sign.how == SIGN_NONE)
		return standing;
	if (!standing)
		return t;
	was = standing->op.on_behalf.len > 0;
	is = t->op.on_behalf.len > 0;
	if (was != is)
		return was ? t : standing;
	return covers_all(standing, s) && !covers_all(t, s) ? standing : t;
}

/* The sheet op that entry `t` puts into a sheet, if it does: its own, or the late one it decides on. */
static const struct told *sheet_of(const struct naive *n, const struct told *t)
{
	if (accepted(t, OP_SHEET))
		return t;
	if (!accepted(t, OP_LATE_DECISION) || !t->op.late.counts)
		return NULL;
	return &n->told[t->op.late.lsn - 1];
}

/* The sheet that entry `t` writes to, `w` being whose figures: a decision may say another place. */
static struct naive_key place_of(const struct told *t, const struct told *w)
{
	struct naive_key k = key_of(w);

	if (t != w && t->op.late.as_unit)
		k.unit = t->op.late.as_unit;
	if (t != w && t->op.late.as_period.to)
		k.period = t->op.late.as_period;
	return k;
}

static bool is_mark(const struct told *t)
{
	return accepted(t, OP_RECALL) || accepted(t, OP_RETURN) || accepted(t, OP_ACCEPT);
}

void naive_sheet(const struct naive *n, struct naive_key k, uint64_t known, struct naive_sheet *s)
{
	const struct told *sign = NULL;
	uint64_t sign_lsn = 0;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < upto(n, known); i++) {
		const struct told *t = &n->told[i], *w = sheet_of(n, t), *was = sign;

		if (is_mark(t) && same_key(key_of(t), k)) {
			s->accepted = t->op.kind == OP_ACCEPT;
			s->in_time = s->accepted && t->op.mark.in_time;
			s->returned = t->op.kind == OP_RETURN;
			if (!s->accepted)
				sign = NULL;
		}
		if (!w || !same_key(place_of(t, w), k))
			continue;
		s->accepted = s->in_time = false;
		if (w->op.sheet.sign.how != SIGN_NONE)
			s->returned = false;
		for (size_t f = 0; f < w->op.sheet.figure_count; f++)
			fold_figure(n, s, (struct place){ w, t->en.lsn }, &w->op.sheet.figures[f]);
		sign = fold_sign(s, sign, w);
		if (sign != was)
			sign_lsn = t->en.lsn;
		if (w->op.sheet.form_version > s->form_version)
			s->form_version = w->op.sheet.form_version;
	}
	if (!sign)
		return;
	s->sign_lsn = sign_lsn;
	s->sign_nil = sign->op.sheet.sign.nil;
	s->sign_on_behalf = sign->op.on_behalf.len > 0;
	s->changed = !covers_all(sign, s);
}

static bool same_value(const struct naive_version *a, const struct naive_version *b)
{
	return a->state == b->state && a->value == b->value && a->approx == b->approx;
}

bool naive_figure(const struct naive_sheet *s, uint16_t measure, uint32_t unit, size_t *values,
		  struct naive_version *winner)
{
	bool any = false, own = false;

	*values = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct naive_version *v = &s->v[i];
		bool mine = v->author_unit == unit && !v->on_behalf, known = false;

		if (v->measure != measure)
			continue;
		for (size_t j = 0; j < i; j++)
			known |= s->v[j].measure == measure && same_value(&s->v[j], v);
		*values += !known;
		if (!any || (mine && !own) || (mine == own && id_less(winner->id, v->id))) {
			*winner = *v;
			own = mine;
		}
		any = true;
	}
	return any;
}

/* To ask once for each measure. */
static bool first_of_measure(const struct naive_sheet *s, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (s->v[k].measure == s->v[i].measure)
			return false;
	return true;
}

size_t naive_contested(const struct naive_sheet *s, uint32_t unit)
{
	size_t contested = 0, values;
	struct naive_version w;

	for (size_t i = 0; i < s->count; i++)
		if (first_of_measure(s, i) && naive_figure(s, s->v[i].measure, unit, &values, &w))
			contested += values > 1;
	return contested;
}

bool naive_provisional(const struct naive_sheet *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->v[i].on_behalf)
			return true;
	return false;
}

struct ruling {
	const struct naive *n;
	struct naive_key key;
	const struct naive_sheet *now;
};

static struct operand figure_operand(const struct naive_sheet *s, uint16_t measure, uint32_t unit)
{
	struct naive_version w;
	size_t values;

	if (!naive_figure(s, measure, unit, &values, &w) || w.state == FIGURE_BLANK)
		return (struct operand){ .known = false };
	return (struct operand){ .known = true, .value = w.value };
}

static struct operand ask(const struct ruling *r, enum rule_function function, uint16_t measure)
{
	struct naive_key before = r->key;
	struct naive_sheet s;

	if (function == TERM_MEASURE)
		return figure_operand(r->now, measure, r->key.unit);
	if (function != TERM_PREV || form_newest(r->n, r->key.form)->period != FORM_MONTH)
		return (struct operand){ .known = false };
	before.period.to = r->key.period.from - 1; /* calendar months alone */
	before.period.from = before.period.to - day_to_ymd(before.period.to).day + 1;
	naive_sheet(r->n, before, UINT64_MAX, &s);
	return figure_operand(&s, measure, r->key.unit);
}

static bool side(const struct ruling *r, const struct rule_term *t, size_t count, int64_t *sum)
{
	*sum = 0;
	for (size_t i = 0; i < count; i++) {
		struct operand o = { .known = true, .value = 1 };

		if (t[i].function != TERM_NUMBER)
			o = ask(r, t[i].function, t[i].measure);
		if (!o.known)
			return false;
		*sum += t[i].factor * o.value;
	}
	return true;
}

static bool breaks(const struct ruling *r, const struct rule *rule)
{
	int64_t left, right;

	if (!side(r, rule->left, rule->left_count, &left) ||
	    !side(r, rule->right, rule->right_count, &right))
		return false; /* not judged */
	return rule->compare == RULE_EQ   ? left != right
	       : rule->compare == RULE_LE ? left > right
					  : left < right;
}

bool naive_broken(const struct naive *n, struct naive_key k, const struct naive_sheet *s)
{
	const struct form *f = form_of(n, k.form, s->form_version);
	struct ruling r = { n, k, s };

	for (size_t i = 0; f && s->sign_lsn && i < f->rule_count; i++)
		if (f->rules[i].level == RULE_BLOCK && breaks(&r, &f->rules[i]))
			return true;
	return false;
}

/* ---- the tree ---- */

static struct grown *grown_of(const struct naive *n, uint32_t unit)
{
	for (size_t i = 0; i < n->tree_count; i++)
		if (n->tree[i].u->unit == unit)
			return &n->tree[i];
	return NULL;
}

static void grow_unit(struct naive *n, const struct op_unit *u)
{
	struct grown *g = &n->tree[n->tree_count++];

	if (n->tree_count == TREE_UNITS)
		no_good("too many units");
	memset(g, 0, sizeof(*g));
	g->u = u;
	g->edges[0].from = u->opened;
	g->edges[0].parent = u->parent;
	g->kinds[0].from = u->opened;
	g->kinds[0].kind = u->kind;
	g->edge_count = g->kind_count = 1;
}

static bool alive(const struct grown *g, day_t d)
{
	bool yes = d >= g->u->opened && (!g->u->closed || d < g->u->closed);

	for (size_t i = 0; i < g->life_count; i++)
		if (g->lives[i].from <= d)
			yes = g->lives[i].open;
	return yes;
}

static uint32_t parent_on(const struct grown *g, day_t d)
{
	uint32_t parent = g->edges[0].parent;

	for (size_t i = 1; i < g->edge_count; i++)
		if (g->edges[i].from <= d)
			parent = g->edges[i].parent;
	return parent;
}

static enum unit_kind kind_on(const struct grown *g, day_t d)
{
	enum unit_kind kind = g->kinds[0].kind;

	for (size_t i = 1; i < g->kind_count; i++)
		if (g->kinds[i].from <= d)
			kind = g->kinds[i].kind;
	return kind;
}

static void add_edge(struct grown *g, day_t from, uint32_t parent)
{
	if (g->edge_count == ROWS)
		no_good("too many moves of one unit");
	g->edges[g->edge_count].from = from;
	g->edges[g->edge_count++].parent = parent;
}

static void add_life(struct grown *g, day_t from, bool open)
{
	if (g->life_count == ROWS)
		no_good("too many ends of one unit");
	g->lives[g->life_count].from = from;
	g->lives[g->life_count++].open = open;
}

static bool placed(const struct op_act *a, uint32_t unit)
{
	for (size_t i = 0; i < a->count; i++) {
		enum change_what w = a->changes[i].what;

		if (a->changes[i].unit == unit &&
		    (w == CHANGE_MERGE || w == CHANGE_DISSOLVE || w == CHANGE_LEAVE ||
		     w == CHANGE_MOVE || (w == CHANGE_SPLIT && a->changes[i].ends)))
			return true;
	}
	return false;
}

static void grow_act(struct naive *n, const struct op_act *a)
{
	day_t day = a->effective;

	for (size_t i = 0; i < a->count; i++) {
		const struct op_change *c = &a->changes[i];
		struct grown *g = grown_of(n, c->unit);
		struct op_unit *u;

		switch (c->what) {
		case CHANGE_CREATE:
			u = arena_alloc(n->a, sizeof(*u));
			if (!u)
				no_good("no memory");
			*u = (struct op_unit){ .unit = c->unit,
					       .parent = c->parent,
					       .code = c->code,
					       .name = c->name,
					       .kind = c->kind,
					       .opened = day,
					       .reports = c->reports };
			grow_unit(n, u);
			break;
		case CHANGE_MOVE:
			add_edge(g, day, c->parent);
			break;
		case CHANGE_KIND:
			g->kinds[g->kind_count].from = day;
			g->kinds[g->kind_count++].kind = c->kind;
			break;
		case CHANGE_MERGE:
			for (size_t k = 0; k < n->tree_count; k++)
				if (alive(&n->tree[k], day) &&
				    parent_on(&n->tree[k], day) == c->unit &&
				    !placed(a, n->tree[k].u->unit))
					add_edge(&n->tree[k], day, c->into[0]);
			g->merged[g->merged_count].from = day;
			g->merged[g->merged_count++].into = c->into[0];
			add_life(g, day, false);
			break;
		case CHANGE_SPLIT:
			if (c->ends)
				add_life(g, day, false);
			break;
		case CHANGE_DISSOLVE:
		case CHANGE_LEAVE:
			add_life(g, day, false);
			break;
		case CHANGE_REOPEN:
			add_life(g, day, true);
			break;
		default:
			break;
		}
	}
}

/* The whole tree once more from the first entry, whenever another one is asked for. */
static void grow_tree(const struct naive *model, uint64_t known)
{
	struct naive *n = (struct naive *)model; /* what it keeps is no part of what it was told */
	size_t all = upto(n, known);

	if (n->tree_upto == all)
		return;
	n->tree_count = 0;
	for (size_t i = 0; i < all; i++) {
		const struct told *t = &n->told[i];

		if (accepted(t, OP_UNIT))
			grow_unit(n, &t->op.create);
		else if (accepted(t, OP_ACT))
			grow_act(n, &t->op.act);
	}
	n->tree_upto = all;
}

bool naive_inside_on(const struct naive *n, uint32_t unit, uint32_t top, day_t day, uint64_t known)
{
	grow_tree(n, known);
	while (unit) {
		const struct grown *g = grown_of(n, unit);

		if (!g)
			return false;
		if (unit == top)
			return true;
		unit = parent_on(g, day);
	}
	return false;
}

bool naive_inside(const struct naive *n, uint32_t unit, uint32_t top, uint64_t known)
{
	return naive_inside_on(n, unit, top, DAY_MAX, known);
}

/* As it is on that day: where the last one stands that it was merged into. */
static bool inside_as(const struct naive *n, const struct naive_view *v, uint32_t unit,
		      uint32_t top, day_t last, uint64_t known)
{
	day_t day = v->as_is ? v->day : last;

	grow_tree(n, known);
	for (int hops = 0; v->as_is && hops < 64; hops++) {
		const struct grown *g = grown_of(n, unit);
		uint32_t into = 0;

		for (size_t i = 0; g && !alive(g, day) && i < g->merged_count; i++)
			if (g->merged[i].from <= day)
				into = g->merged[i].into;
		if (!into)
			break;
		unit = into;
	}
	return naive_inside_on(n, unit, top, day, known);
}

size_t naive_units(const struct naive *n, uint64_t known, const struct op_unit **out, size_t max)
{
	grow_tree(n, known);
	for (size_t i = 0; i < n->tree_count; i++) {
		if (i == max)
			no_good("too many units");
		out[i] = n->tree[i].u;
	}
	return n->tree_count;
}

/* ---- closings ---- */

static bool inside(struct period p, struct period whole)
{
	return p.from >= whole.from && p.to <= whole.to;
}

uint64_t naive_closed(const struct naive *n, struct naive_key k, int64_t ms, uint64_t known)
{
	uint64_t lsn = 0;

	for (size_t i = upto(n, known); i-- > 0;) {
		const struct told *t = &n->told[i];

		if (accepted(t, OP_UNLOCK) && t->op.unlock.confirms && t->op.unit == k.unit &&
		    t->op.unlock.form == k.form && inside(k.period, t->op.unlock.period) &&
		    ms <= t->op.unlock.until_ms)
			return 0;
		if (accepted(t, OP_CLOSE) && t->op.close.form == k.form &&
		    inside(k.period, t->op.close.period) &&
		    naive_inside_on(n, k.unit, t->op.unit, k.period.to, t->en.lsn))
			lsn = t->en.lsn;
	}
	return lsn;
}

size_t naive_late(const struct naive *n, uint64_t *out, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < n->count; i++) {
		bool open = n->told[i].readable && n->told[i].en.verdict == VERDICT_LATE;

		for (size_t k = i; k < n->count && open; k++)
			open = !accepted(&n->told[k], OP_LATE_DECISION) ||
			       n->told[k].op.late.lsn != n->told[i].en.lsn;
		if (open && count < max)
			out[count++] = n->told[i].en.lsn;
	}
	return count;
}

/* ---- people and devices ---- */

const struct op *naive_person(const struct naive *n, uint32_t person, uint64_t known)
{
	for (size_t i = upto(n, known); i-- > 0;)
		if (accepted(&n->told[i], OP_PERSON) && n->told[i].op.person.person == person)
			return &n->told[i].op;
	return NULL;
}

const struct op *naive_device(const struct naive *n, uint64_t device, uint64_t known)
{
	for (size_t i = upto(n, known); i-- > 0;)
		if (accepted(&n->told[i], OP_DEVICE) && n->told[i].op.device.device == device)
			return &n->told[i].op;
	return NULL;
}

/* ---- sums ---- */

enum { KEYS_MAX = 2048, UNITS_MAX = 256 };

void naive_agg(const struct naive *n, uint32_t node, uint8_t form, struct period p,
	       struct naive_agg *out)
{
	static struct naive_key keys[KEYS_MAX];
	size_t count = naive_keys(n, UINT64_MAX, keys, KEYS_MAX);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		struct naive_sheet s;

		if (keys[i].form != form || keys[i].period.from != p.from ||
		    keys[i].period.to != p.to || keys[i].unit == node ||
		    !naive_inside_on(n, keys[i].unit, node, p.to, UINT64_MAX))
			continue;
		naive_sheet(n, keys[i], UINT64_MAX, &s);
		out->sheets += s.count || s.sign_lsn;
		out->contested += naive_contested(&s, keys[i].unit);
		if (!s.sign_lsn)
			continue;
		out->signed_++;
		out->accepted += s.accepted;
		out->nil += s.sign_nil && !s.changed;
		out->on_behalf += naive_provisional(&s);
		out->changed += s.changed;
		out->broken += naive_broken(n, keys[i], &s);
		for (size_t v = 0; v < s.count; v++) {
			struct naive_version w;
			size_t values;

			if (!first_of_measure(&s, v) ||
			    !naive_figure(&s, s.v[v].measure, keys[i].unit, &values, &w) ||
			    w.state == FIGURE_BLANK)
				continue;
			out->sum[w.measure] += w.value;
			out->count[w.measure]++;
		}
	}
}

/* ---- totals ---- */

/* What the plan said of one day, statement after statement. */
struct said {
	struct {
		uint8_t form;
		enum plan_step step;
		uint64_t lsn;
	} v[16];
	size_t count;
};

static enum plan_step step_of(const struct form *f)
{
	return f->period == FORM_MONTH     ? PLAN_MONTH
	       : f->period == FORM_QUARTER ? PLAN_QUARTER
	       : f->period == FORM_HALF    ? PLAN_HALF
					   : PLAN_YEAR;
}

static void say(const struct naive *n, struct said *s, uint8_t form, enum plan_step step,
		uint64_t lsn)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->v[i].form != form &&
		    !common(form_newest(n, s->v[i].form), form_newest(n, form)))
			s->v[kept++] = s->v[i];
	s->count = kept;
	if (step == PLAN_NONE)
		return;
	s->v[s->count].form = form;
	s->v[s->count].step = step;
	s->v[s->count++].lsn = lsn;
}

/* The entries that say something of the unit's plan: asked of day by day, they are looked for once. */
struct sayings {
	const struct told *v[64];
	size_t count;
};

static bool act_names(const struct op_act *a, uint32_t unit)
{
	for (size_t i = 0; i < a->count; i++) {
		if (a->changes[i].unit == unit)
			return true;
		for (size_t k = 0; k < a->changes[i].into_count; k++)
			if (a->changes[i].into[k] == unit)
				return true;
	}
	return false;
}

static struct sayings sayings_of(const struct naive *n, uint32_t unit, uint64_t known)
{
	struct sayings out = { .count = 0 };

	for (size_t i = 0; i < upto(n, known); i++) {
		const struct told *t = &n->told[i];

		if (!(accepted(t, OP_UNIT) && t->op.create.unit == unit && t->op.create.reports) &&
		    !(accepted(t, OP_PLAN) && t->op.unit == unit) &&
		    !(accepted(t, OP_ACT) && act_names(&t->op.act, unit)))
			continue;
		if (out.count == 64)
			no_good("too many statements of one plan");
		out.v[out.count++] = t;
	}
	return out;
}

static struct said plan_on(const struct naive *n, uint32_t unit, const struct sayings *all,
			   day_t d);

/* Of one unit on one day, by one act. */
static void say_act(const struct naive *n, struct said *s, uint32_t unit, const struct told *t,
		    day_t d)
{
	const struct op_act *a = &t->op.act;
	bool made = false, begins = false;

	for (size_t i = 0; i < a->count && d >= a->effective; i++) {
		const struct op_change *c = &a->changes[i];
		bool over = c->what == CHANGE_MERGE || c->what == CHANGE_SPLIT, takes = false;

		if (c->unit == unit && c->what == CHANGE_CREATE) {
			made = true;
			begins = c->reports != 0;
			if (begins)
				say(n, s, c->reports, step_of(form_newest(n, c->reports)),
				    t->en.lsn);
		}
		for (size_t k = 0; over && k < c->into_count; k++)
			takes |= c->into[k] == unit;
		if (takes) { /* what it took over from said of that day before the act */
			struct sayings before = sayings_of(n, c->unit, t->en.lsn - 1);
			struct said old = plan_on(n, c->unit, &before, d);

			for (size_t k = 0; k < old.count; k++) {
				if (made && !begins) {
					say(n, s, old.v[k].form, old.v[k].step, t->en.lsn);
					continue;
				}
				for (size_t m = 0; !made && m < s->count; m++)
					if (s->v[m].form == old.v[k].form)
						s->v[m].lsn = t->en.lsn; /* another period */
			}
		}
		if (c->unit == unit && (c->what == CHANGE_MERGE || c->what == CHANGE_DISSOLVE ||
					c->what == CHANGE_LEAVE || (over && c->ends)))
			s->count = 0;
	}
}

static struct said plan_on(const struct naive *n, uint32_t unit, const struct sayings *all, day_t d)
{
	struct said s = { .count = 0 };

	for (size_t i = 0; i < all->count; i++) {
		const struct told *t = all->v[i];
		const struct op_unit *c = &t->op.create;
		const struct op_plan *p = &t->op.plan;

		if (t->op.kind == OP_UNIT) {
			if (d >= c->opened && (!c->closed || d < c->closed))
				say(n, &s, c->reports, step_of(form_newest(n, c->reports)),
				    t->en.lsn);
		} else if (t->op.kind == OP_ACT) {
			say_act(n, &s, unit, t, d);
		} else if (d >= p->period.from && (!p->period.to || d <= p->period.to)) {
			say(n, &s, p->form, p->step, t->en.lsn);
		}
	}
	return s;
}

bool naive_planned(const struct naive *n, uint32_t unit, uint8_t form, struct period p,
		   uint64_t known)
{
	struct sayings all = sayings_of(n, unit, known);
	struct said first = plan_on(n, unit, &all, p.from);

	for (size_t i = 0; i < first.count; i++) {
		bool holds = !form || first.v[i].form == form;

		for (day_t d = p.from + 1; d <= p.to && holds; d++) {
			struct said s = plan_on(n, unit, &all, d);

			holds = false;
			for (size_t k = 0; k < s.count; k++)
				holds |= s.v[k].lsn == first.v[i].lsn &&
					 s.v[k].form == first.v[i].form;
		}
		if (holds)
			return true;
	}
	return false;
}

/* The last day of the period that holds `d`. */
static day_t period_end(enum plan_step step, day_t d, day_t whole)
{
	int months = step == PLAN_MONTH ? 1 : step == PLAN_QUARTER ? 3 : step == PLAN_HALF ? 6 : 12;
	struct ymd y = day_to_ymd(d);
	day_t out = d;

	if (step == PLAN_WHOLE)
		return whole;
	y.month = (y.month - 1) / months * months + months;
	day_from_ymd(&out, y.year, y.month, 1);
	return day_month_last(out);
}

struct counted {
	struct naive_key key;
	struct naive_sheet s;
	bool flash, used;
};

/* Sheets of one unit in the range; a flash only when it ends on the last day. */
static size_t sheets_of(const struct naive *n, uint32_t unit, struct period range, uint64_t known,
			struct counted *out, size_t max)
{
	static struct naive_key keys[KEYS_MAX];
	size_t all = naive_keys(n, known, keys, KEYS_MAX), count = 0;

	for (size_t i = 0; i < all; i++) {
		struct counted *c = &out[count];

		if (keys[i].unit != unit || keys[i].period.from < range.from ||
		    keys[i].period.to > range.to)
			continue;
		c->key = keys[i];
		c->flash = form_newest(n, keys[i].form)->period == FORM_DAY;
		c->used = !c->flash;
		if (c->flash && keys[i].period.to != range.to)
			continue;
		naive_sheet(n, keys[i], known, &c->s);
		if (++count == max)
			no_good("too many sheets of one unit");
	}
	for (size_t i = 0; i < count; i++) {
		struct counted *c = &out[i];

		if (!c->flash)
			continue;
		c->used = c->s.sign_lsn !=
			  0; /* unless a sheet of the same things reaches the day */
		for (size_t k = 0; k < count; k++)
			if (!out[k].flash && out[k].s.sign_lsn &&
			    out[k].key.period.to == range.to &&
			    common(form_newest(n, out[k].key.form), form_newest(n, c->key.form)))
				c->used = false;
	}
	return count;
}

static void add_sheet(const struct naive *n, const struct counted *c, struct period range,
		      struct naive_totals *out)
{
	const struct form *f = form_of(n, c->key.form, c->s.form_version);

	for (size_t i = 0; f && i < f->measure_count; i++) {
		const struct measure *m = &f->measures[i];
		struct naive_version w;
		size_t values;

		if (!m->additive || (m->kind == MEASURE_STOCK && c->key.period.to != range.to) ||
		    !naive_figure(&c->s, m->no, c->key.unit, &values, &w) ||
		    w.state == FIGURE_BLANK)
			continue;
		out->sum[m->no] += w.value;
		out->count[m->no]++;
	}
}

/* Days in a row on which one statement of the plan held. */
struct run {
	uint8_t form;
	enum plan_step step;
	struct period days;
	uint64_t lsn;
};

static size_t runs_of(const struct naive *n, const struct op_unit *u, struct period range,
		      uint64_t known, struct run *out, size_t max)
{
	struct {
		struct run run;
		uint64_t lsn;
	} open[16];
	struct sayings all = sayings_of(n, u->unit, known);
	size_t count = 0, open_count = 0;

	for (day_t d = range.from; d <= range.to + 1; d++) {
		struct said s = { .count = 0 };
		size_t kept = 0;

		if (d <= range.to && (!u->closed || d < u->closed))
			s = plan_on(n, u->unit, &all, d);
		for (size_t i = 0; i < open_count; i++) {
			bool goes_on = false;

			for (size_t k = 0; k < s.count; k++)
				goes_on |= s.v[k].lsn == open[i].lsn &&
					   s.v[k].form == open[i].run.form;
			if (goes_on) {
				open[kept] = open[i];
				open[kept++].run.days.to = d;
			} else if (count == max) {
				no_good("too many intervals");
			} else {
				out[count++] = open[i].run;
			}
		}
		open_count = kept;
		for (size_t k = 0; k < s.count; k++) {
			bool have = false;

			for (size_t i = 0; i < open_count; i++)
				have |= open[i].lsn == s.v[k].lsn &&
					open[i].run.form == s.v[k].form;
			if (have || form_newest(n, s.v[k].form)->period == FORM_DAY)
				continue;
			open[open_count].run =
				(struct run){ s.v[k].form, s.v[k].step, { d, d }, s.v[k].lsn };
			open[open_count++].lsn = s.v[k].lsn;
		}
	}
	return count;
}

static bool said_on(const struct naive *n, uint32_t unit, const struct sayings *all,
		    const struct run *r, day_t d)
{
	struct said s = plan_on(n, unit, all, d);
	bool said = false;

	for (size_t k = 0; k < s.count; k++)
		said |= s.v[k].lsn == r->lsn && s.v[k].form == r->form;
	return said;
}

/* Beside a run of shorter periods one of longer ones counts whole periods alone. */
static size_t whole_runs(const struct naive *n, uint32_t unit, struct period range, uint64_t known,
			 struct run *runs, size_t count)
{
	struct sayings all = sayings_of(n, unit, known);
	struct run was[64];
	size_t kept = 0;

	memcpy(was, runs, count * sizeof(*runs));
	for (size_t i = 0; i < count; i++) {
		struct run r = was[i];
		bool beside = false;

		for (size_t k = 0; k < count; k++)
			beside |= was[k].step < r.step && was[k].days.from <= r.days.to &&
				  r.days.from <= was[k].days.to;
		if (beside && r.step == PLAN_WHOLE) {
			if ((r.days.from == range.from &&
			     said_on(n, unit, &all, &r, range.from - 1)) ||
			    (r.days.to == range.to && said_on(n, unit, &all, &r, range.to + 1)))
				continue;
			beside = false;
		}
		while (beside && r.days.from <= r.days.to &&
		       period_end(r.step, r.days.from - 1, 0) != r.days.from - 1)
			r.days.from++;
		while (beside && r.days.from <= r.days.to &&
		       period_end(r.step, r.days.to, 0) != r.days.to)
			r.days.to--;
		if (r.days.from <= r.days.to)
			runs[kept++] = r;
	}
	return kept;
}

static bool run_tiled(const struct naive *n, const struct run *r, const struct counted *c,
		      size_t count)
{
	day_t next = r->days.from;

	while (next <= r->days.to) {
		size_t i = 0;

		for (; i < count; i++)
			if (c[i].used && c[i].s.sign_lsn && c[i].key.period.from == next &&
			    (c[i].flash ? common(form_newest(n, c[i].key.form),
						 form_newest(n, r->form))
					: c[i].key.form == r->form))
				break;
		if (i == count)
			return false;
		next = c[i].key.period.to + 1;
	}
	return true;
}

static void total_unit(const struct naive *n, const struct naive_view *view, uint32_t top,
		       const struct op_unit *u, struct period range, uint64_t known,
		       struct naive_totals *out)
{
	static struct counted c[64];
	struct run runs[64];
	size_t count = sheets_of(n, u->unit, range, known, c, ARRAY_LEN(c));
	size_t run_count = runs_of(n, u, range, known, runs, ARRAY_LEN(runs));
	bool reported;
	size_t kept = 0;

	run_count = whole_runs(n, u->unit, range, known, runs, run_count);
	for (size_t i = 0; i < count; i++)
		c[i].used &= inside_as(n, view, u->unit, top, c[i].key.period.to, known);
	for (size_t i = 0; i < run_count; i++)
		if (inside_as(n, view, u->unit, top, runs[i].days.to, known))
			runs[kept++] = runs[i];
	run_count = kept;
	reported = run_count > 0;
	for (size_t i = 0; i < count; i++) {
		if (!c[i].used)
			continue;
		out->contested += naive_contested(&c[i].s, u->unit);
		if (!c[i].s.sign_lsn)
			continue;
		add_sheet(n, &c[i], range, out);
		out->signed_++;
		out->nil += c[i].s.sign_nil && !c[i].s.changed;
		out->on_behalf += naive_provisional(&c[i].s);
		out->changed += c[i].s.changed;
		out->broken += naive_broken(n, c[i].key, &c[i].s);
	}
	for (size_t i = 0; i < run_count; i++) {
		reported &= run_tiled(n, &runs[i], c, count);
		for (day_t d = runs[i].days.from; d <= runs[i].days.to;
		     d = period_end(runs[i].step, d, runs[i].days.to) + 1)
			out->sheets_expected++;
	}
	out->expected += run_count > 0;
	out->reported += reported;
}

static void total_members(const struct naive *n, uint32_t top, struct period range, uint64_t known,
			  struct naive_totals *out)
{
	day_t best = 0;

	if (out->count[14] && out->count[14] == out->expected) { /* members_end */
		out->has_members = true;
		out->members = out->sum[14];
		return;
	}
	for (size_t i = 0; i < upto(n, known); i++) {
		const struct told *t = &n->told[i];

		if (!accepted(t, OP_MEMBERS) || t->op.unit != top || t->op.members.day > range.to ||
		    (out->has_members && t->op.members.day < best))
			continue;
		out->has_members = true;
		best = t->op.members.day;
		out->members = t->op.members.members;
	}
}

void naive_totals_in(const struct naive *n, const struct naive_view *view, uint32_t top,
		     struct period range, uint64_t known, struct naive_totals *out)
{
	const struct op_unit *units[TREE_UNITS];
	size_t count = naive_units(n, known, units, TREE_UNITS);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < count; i++) {
		const struct op_unit *u = units[i];
		day_t day = view->as_is ? view->day : range.to;
		const struct grown *g;

		if (naive_inside_on(n, u->unit, top, day, known)) {
			g = grown_of(n, u->unit);
			if (alive(g, day))
				out->units[kind_on(g, day)]++;
		}
		total_unit(n, view, top, u, range, known, out);
	}
	if (out->sheets_expected > out->signed_)
		out->missing = out->sheets_expected - out->signed_;
	out->covered = out->expected && out->reported == out->expected;
	total_members(n, top, range, known, out);
}

void naive_totals(const struct naive *n, uint32_t top, struct period range, uint64_t known,
		  struct naive_totals *out)
{
	static const struct naive_view as_was;

	naive_totals_in(n, &as_was, top, range, known, out);
}

struct period naive_year_before(struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);
	struct period out;

	while (!day_from_ymd(&out.from, from.year - 1, from.month, from.day))
		from.day--;
	if (p.to == day_month_last(p.to)) {
		day_from_ymd(&out.to, to.year - 1, to.month, 1);
		out.to = day_month_last(out.to);
	} else {
		while (!day_from_ymd(&out.to, to.year - 1, to.month, to.day))
			to.day--;
	}
	return out;
}

uint64_t naive_lsn_at(const struct naive *n, int64_t ms)
{
	uint64_t lsn = 0;

	for (size_t i = 0; i < n->count; i++)
		if (n->told[i].en.time_ms <= ms)
			lsn = n->told[i].en.lsn;
	return lsn;
}
