/* The naive model: sheets, their figures and rules. */
#include "naive_internal.h"

#include <stddef.h>

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

/* The sheet that entry `t` puts the op of `w` into. */
static struct naive_key key_in(const struct told *t, const struct told *w)
{
	struct naive_key k = key_of(w);

	if (t->op.kind != OP_LATE_DECISION)
		return k;
	k.unit = t->op.unit;
	if (t->op.late.as_period.to)
		k.period = t->op.late.as_period;
	return k;
}

/* Which of `out` is this key? The place of none of them, where it is to be noted, otherwise. */
enum { KEY_SLOTS = 4 * NAIVE_KEYS };
struct key_slot {
	uint64_t turn; /* of another one it is empty */
	size_t at;
};

static struct key_slot *slot_of(struct key_slot *slots, uint64_t turn, const struct naive_key *out,
				struct naive_key k)
{
	uint32_t at = k.unit * 2654435761u + (uint32_t)k.period.from * 40503u +
		      (uint32_t)k.period.to * 97u + k.form;

	for (;; at++) {
		struct key_slot *slot = &slots[at % KEY_SLOTS];

		if (slot->turn != turn || same_key(out[slot->at], k))
			return slot;
	}
}

size_t naive_keys(const struct naive *n, uint64_t known, struct naive_key *out, size_t max)
{
	static struct key_slot slots[KEY_SLOTS];
	static uint64_t turn;
	size_t count = 0;

	turn++;
	for (size_t i = 0, all = naive_count_of(n, OF_SHEETS, known); i < all; i++) {
		const struct told *t = &n->told[n->of[OF_SHEETS].v[i].at],
				  *w = naive_sheet_of(n, t);
		struct key_slot *slot;

		if (!w)
			continue;
		slot = slot_of(slots, turn, out, key_in(t, w));
		if (slot->turn == turn)
			continue;
		if (count == max || count == NAIVE_KEYS)
			naive_no_good("too many sheets");
		*slot = (struct key_slot){ turn, count };
		out[count++] = key_in(t, w);
	}
	return count;
}

/* The decision of entries before `before` that made the late op count for `unit`; NULL: it does not. */
static const struct told *decided(const struct naive *n, const struct told *late, uint32_t unit,
				  uint64_t before)
{
	for (size_t i = 0; i < n->of[OF_DECISIONS].count; i++) {
		const struct told *t = &n->told[n->of[OF_DECISIONS].v[i].at];

		if (t->en.lsn < before && t->op.late.lsn == late->en.lsn && t->op.late.counts &&
		    t->op.unit == unit)
			return t;
	}
	return NULL;
}

/* What an op's place in a sheet is: of the late one that a decision lets count, the decision's. */
struct place {
	const struct told *t; /* whose figures */
	uint32_t unit;        /* whose sheet: a successor's, when a decision says so */
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
	for (size_t i = 0; i < n->of[OF_REFUSED].count; i++) {
		const struct told *t = &n->told[n->of[OF_REFUSED].v[i].at];
		const struct op_sheet *w = &t->op.sheet;

		if (!same_id(naive_id_of(t), name))
			continue;
		if (t->en.verdict == VERDICT_LATE && decided(n, t, at.unit, at.lsn))
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
		naive_no_good("too many versions");
	s->v[s->count++] = (struct naive_version){ .measure = f->measure,
						   .id = naive_id_of(t),
						   .author_unit = t->en.author_unit,
						   .on_behalf = on_behalf,
						   .approx = f->approx,
						   .state = f->state,
						   .value = f->value };
}

static bool covers(const struct told *t, struct op_id id)
{
	const struct op_sheet *w = &t->op.sheet;

	if (same_id(naive_id_of(t), id))
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
const struct told *naive_sheet_of(const struct naive *n, const struct told *t)
{
	if (naive_accepted(t, OP_SHEET))
		return t;
	if (!naive_accepted(t, OP_LATE_DECISION) || !t->op.late.counts)
		return NULL;
	return &n->told[t->op.late.lsn - 1];
}

static bool is_mark(const struct told *t)
{
	return naive_accepted(t, OP_RECALL) || naive_accepted(t, OP_RETURN) ||
	       naive_accepted(t, OP_ACCEPT);
}

void naive_sheet(const struct naive *n, struct naive_key k, uint64_t known, struct naive_sheet *s)
{
	const struct told *sign = NULL;
	uint64_t sign_lsn = 0;

	memset((uint8_t *)s + offsetof(struct naive_sheet, count), 0,
	       sizeof(*s) - offsetof(struct naive_sheet, count));
	for (size_t i = 0, all = naive_count_of(n, OF_SHEETS, known); i < all; i++) {
		const struct one_of *o = &n->of[OF_SHEETS].v[i];
		const struct told *t = &n->told[o->at], *w, *was = sign;

		if (o->unit != k.unit)
			continue;
		w = naive_sheet_of(n, t);
		if (is_mark(t) && same_key(key_of(t), k)) {
			s->accepted = t->op.kind == OP_ACCEPT;
			s->in_time = s->accepted && t->op.mark.in_time;
			s->returned = t->op.kind == OP_RETURN;
			if (!s->accepted)
				sign = NULL;
		}
		if (!w || !same_key(key_in(t, w), k))
			continue;
		s->accepted = s->in_time = false;
		if (w->op.sheet.sign.how != SIGN_NONE)
			s->returned = false;
		for (size_t f = 0; f < w->op.sheet.figure_count; f++)
			fold_figure(n, s, (struct place){ w, k.unit, t->en.lsn },
				    &w->op.sheet.figures[f]);
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
bool naive_first_of_measure(const struct naive_sheet *s, size_t i)
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
		if (naive_first_of_measure(s, i) &&
		    naive_figure(s, s->v[i].measure, unit, &values, &w))
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
	static struct naive_sheet s;
	struct naive_key before = r->key;

	if (function == TERM_MEASURE)
		return figure_operand(r->now, measure, r->key.unit);
	if (function != TERM_PREV || naive_form_newest(r->n, r->key.form)->period != FORM_MONTH)
		return (struct operand){ .known = false };
	if (naive_took_over(r->n, r->key.unit, r->key.period.from))
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
	const struct form *f = naive_form_of(n, k.form, s->form_version);
	struct ruling r = { n, k, s };

	for (size_t i = 0; f && s->sign_lsn && i < f->rule_count; i++)
		if (f->rules[i].level == RULE_BLOCK && breaks(&r, &f->rules[i]))
			return true;
	return false;
}
