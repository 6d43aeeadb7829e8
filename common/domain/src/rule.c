#include "form_parts.h"

#include "base/num.h"

enum {
	TERMS_MAX = MEASURES_MAX, /* of one side */
	CHECK_NUMBER_MAX = 1000000000,
};

struct check {
	const char *at;
	const struct rule *rule;
	const struct form *form;
	struct arena *arena;
	struct err *e;
};

static void skip_blanks(struct check *c)
{
	while (*c->at == ' ' || *c->at == '\t')
		c->at++;
}

static bool is_word(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_' || ch == '-' ||
	       ch == '.';
}

/* A number, a measure or the name of a function; codes may hold a minus, so as a sign it needs blanks. */
static struct span next_word(struct check *c)
{
	const char *from;

	skip_blanks(c);
	from = c->at;
	while (is_word(*c->at))
		c->at++;
	return span_of(from, (size_t)(c->at - from));
}

static bool take(struct check *c, char ch)
{
	skip_blanks(c);
	if (*c->at != ch)
		return false;
	c->at++;
	return true;
}

/* Both or neither: the text may end behind the first. */
static bool take_both(struct check *c, const char pair[static 2])
{
	skip_blanks(c);
	if (c->at[0] != pair[0] || c->at[1] != pair[1])
		return false;
	c->at += 2;
	return true;
}

static bool all_digits(struct span word)
{
	for (size_t i = 0; i < word.len; i++) {
		if (word.data[i] < '0' || word.data[i] > '9')
			return false;
	}
	return word.len > 0;
}

static int parse_number(struct check *c, struct span word, int64_t *out)
{
	int64_t n = 0;

	for (size_t i = 0; i < word.len; i++) {
		n = n * 10 + (word.data[i] - '0');
		if (n > CHECK_NUMBER_MAX)
			return err_set(c->e, ERR_RANGE, "[rule %s] check: a number over %d",
				       c->rule->code, CHECK_NUMBER_MAX);
	}
	*out = n;
	return 0;
}

static int parse_measure(struct check *c, struct span word, struct rule_term *t)
{
	const struct measure *m = form_measure_code(c->form, word);

	if (!m && !word.len)
		return err_set(c->e, ERR_INVALID,
			       "[rule %s] check: a measure or a number is missing before '%.20s'",
			       c->rule->code, c->at);
	if (!m)
		return err_set(c->e, ERR_INVALID,
			       "[rule %s] check: no measure is called '%.*s' (a minus needs blanks "
			       "around it)",
			       c->rule->code, (int)word.len, (const char *)word.data);
	t->measure = m->no;
	return 0;
}

static int parse_operand(struct check *c, struct span word, struct rule_term *t)
{
	static const struct {
		const char *name;
		enum rule_function function;
	} functions[] = {
		{ "prev", TERM_PREV },
		{ "max12", TERM_MAX12 },
		{ "below", TERM_BELOW },
	};
	int rc;

	t->function = TERM_MEASURE;
	if (!take(c, '('))
		return parse_measure(c, word, t);
	for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
		if (span_eq(word, span_str(functions[i].name)))
			t->function = functions[i].function;
	}
	if (t->function == TERM_MEASURE)
		return err_set(c->e, ERR_INVALID,
			       "[rule %s] check: '%.*s' is no function: write prev, max12 or below",
			       c->rule->code, (int)word.len, (const char *)word.data);
	rc = parse_measure(c, next_word(c), t);
	if (rc)
		return rc;
	if (!take(c, ')'))
		return err_set(c->e, ERR_INVALID, "[rule %s] check: a ')' is missing",
			       c->rule->code);
	return 0;
}

static int parse_term(struct check *c, bool negative, struct rule_term *t)
{
	struct span word = next_word(c);
	int64_t number = 1;
	int rc;

	if (all_digits(word)) {
		rc = parse_number(c, word, &number);
		if (rc)
			return rc;
		if (!take(c, '*')) {
			*t = (struct rule_term){ .function = TERM_NUMBER };
			t->factor = negative ? -number : number;
			return 0;
		}
		word = next_word(c);
	}
	t->factor = negative ? -number : number;
	return parse_operand(c, word, t);
}

/* [+|-] term { +|- term } */
static int parse_sum(struct check *c, struct rule_term **out, size_t *out_count)
{
	struct rule_term terms[TERMS_MAX];
	size_t count = 0;
	bool negative = take(c, '-'), more = true;

	if (!negative)
		take(c, '+');
	while (more) {
		int rc;

		if (count == TERMS_MAX)
			return err_set(c->e, ERR_RANGE, "[rule %s] check: more than %d terms",
				       c->rule->code, TERMS_MAX);
		terms[count] = (struct rule_term){ 0 };
		rc = parse_term(c, negative, &terms[count++]);
		if (rc)
			return rc;
		negative = take(c, '-');
		more = negative || take(c, '+');
	}
	*out = arena_array(c->arena, count, sizeof(**out));
	if (!*out)
		return err_set(c->e, ERR_NOMEM, "no memory for the form");
	memcpy(*out, terms, count * sizeof(**out));
	*out_count = count;
	return 0;
}

int rule_parse(struct rule *r, const char *check, const struct form *f, struct arena *a,
	       struct err *e)
{
	struct check c = { check, r, f, a, e };
	int rc = parse_sum(&c, &r->left, &r->left_count);

	if (rc)
		return rc;
	if (take(&c, '='))
		r->compare = RULE_EQ;
	else if (take_both(&c, "<="))
		r->compare = RULE_LE;
	else if (take_both(&c, ">="))
		r->compare = RULE_GE;
	else if (take_both(&c, "!~"))
		r->compare = RULE_UNSWAPPED;
	else
		return err_set(e, ERR_INVALID,
			       "[rule %s] check: two sums with =, <=, >= or !~ between them",
			       r->code);
	rc = parse_sum(&c, &r->right, &r->right_count);
	if (rc)
		return rc;
	skip_blanks(&c);
	if (*c.at)
		return err_set(e, ERR_INVALID, "[rule %s] check: cannot read '%.20s'", r->code,
			       c.at);
	return 0;
}

static bool judge_sum(const struct rule_term *terms, size_t count, const struct rule_source *s,
		      int64_t *sum)
{
	int64_t part;

	*sum = 0;
	for (size_t i = 0; i < count; i++) {
		part = terms[i].factor;
		if (terms[i].function != TERM_NUMBER) {
			struct operand o = s->get(s->ctx, terms[i].function, terms[i].measure);

			if (!o.known || !num_mul(&part, part, o.value))
				return false;
		}
		if (!num_add(sum, *sum, part))
			return false;
	}
	return true;
}

bool rule_is_for(const struct rule *r, enum unit_kind kind)
{
	switch (r->at) {
	case RULE_AT_DIRECT:
		return kind == UNIT_COUNTRY || kind == UNIT_PROVINCE || kind == UNIT_DIRECT;
	case RULE_AT_PROVINCE:
		return kind == UNIT_COUNTRY || kind == UNIT_PROVINCE;
	default:
		return true;
	}
}

/* Is one the other with two neighbouring digits changed over: 1043 and 1034? */
static bool digits_swapped(int64_t a, int64_t b)
{
	int last_a = -1, last_b = -1, swaps = 0;

	if (a < 10 || b < 10)
		return false;
	while (a && b) {
		int da = (int)(a % 10), db = (int)(b % 10);

		if (last_a >= 0) { /* the pair behind must be made good by this one */
			if (da != last_b || db != last_a)
				return false;
			last_a = last_b = -1;
			swaps++;
		} else if (da != db) {
			last_a = da;
			last_b = db;
		}
		a /= 10;
		b /= 10;
	}
	return !a && !b && last_a < 0 && swaps == 1;
}

enum rule_result rule_judge(const struct rule *r, const struct rule_source *s, int64_t *left,
			    int64_t *right)
{
	int64_t l, g;
	bool holds = false;

	if (!judge_sum(r->left, r->left_count, s, &l) ||
	    !judge_sum(r->right, r->right_count, s, &g))
		return RULE_NOT_JUDGED;
	if (left)
		*left = l;
	if (right)
		*right = g;
	switch (r->compare) {
	case RULE_EQ:
		holds = l == g;
		break;
	case RULE_LE:
		holds = l <= g;
		break;
	case RULE_GE:
		holds = l >= g;
		break;
	case RULE_UNSWAPPED:
		holds = !digits_swapped(l, g);
		break;
	}
	return holds ? RULE_HOLDS : RULE_BROKEN;
}

/* As the words say it: the parts, then what they are held against. */
static int make_sides(struct rule *r, const struct measure *parent, size_t parts, struct arena *a,
		      struct err *e)
{
	r->level = RULE_BLOCK;
	r->left = arena_array(a, parts, sizeof(*r->left));
	r->right = arena_array(a, 1, sizeof(*r->right));
	r->source = arena_str(a, SPAN_LIT(""));
	if (!r->left || !r->right || !r->source || !r->code || !r->text_vi || !r->text_en)
		return err_set(e, ERR_NOMEM, "no memory for the form");
	r->right_count = 1;
	r->right[0] = (struct rule_term){ 1, TERM_MEASURE, parent->no };
	return 0;
}

int rule_make_within(struct rule *r, const struct form *f, const struct measure *part,
		     struct arena *a, struct err *e)
{
	const struct measure *parent = form_measure(f, part->parent);
	int rc;

	r->compare = RULE_LE;
	r->code = arena_printf(a, "within:%s", part->code);
	r->text_vi = arena_printf(a, "“%s” không được lớn hơn “%s”", part->name_vi,
				  parent->name_vi);
	r->text_en = arena_printf(a, "“%s” cannot be more than “%s”", part->name_en,
				  parent->name_en);
	rc = make_sides(r, parent, 1, a, e);
	if (rc)
		return rc;
	r->left_count = 1;
	r->left[0] = (struct rule_term){ 1, TERM_MEASURE, part->no };
	return 0;
}

int rule_make_adds_up(struct rule *r, const struct form *f, const struct measure *first,
		      struct arena *a, struct err *e)
{
	const struct measure *parent = form_measure(f, first->parent);
	int rc;

	r->compare = RULE_EQ;
	r->code = arena_printf(a, "adds-up:%s", first->exclusive);
	r->text_vi = arena_printf(a, "“%s” và các mục cùng nhóm cộng lại phải bằng “%s”",
				  first->name_vi, parent->name_vi);
	r->text_en = arena_printf(a, "“%s” and the others of its group must add up to “%s”",
				  first->name_en, parent->name_en);
	rc = make_sides(r, parent, f->measure_count, a, e);
	if (rc)
		return rc;
	for (size_t i = 0; i < f->measure_count; i++) {
		if (strcmp(f->measures[i].exclusive, first->exclusive) == 0)
			r->left[r->left_count++] = (struct rule_term){ 1, TERM_MEASURE,
								       f->measures[i].no };
	}
	return 0;
}
