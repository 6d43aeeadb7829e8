#include "form_lines.h"
#include "form_parts.h"

#include "base/text.h"
#include "domain/unit.h"

#include <assert.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* The sections as written. Numbers and words (an index into the list of words) are unsigned here. */
struct form_draft {
	unsigned no, version, period;
	day_t valid_from;
	char *code, *name_vi, *name_en, *number, *source, *sheets;
};

struct measure_draft {
	unsigned no, kind, additive, need;
	char *code, *parent, *exclusive, *row, *from, *name_vi, *name_en;
};

struct rule_draft {
	unsigned level, at;
	char *code, *check, *text_vi, *text_en, *source;
};

enum key_how { KEY_TEXT, KEY_CODE, KEY_NUMBER, KEY_WORD, KEY_DAY };

struct key {
	const char *name;
	enum key_how how;
	bool required;
	size_t offset;
	unsigned max; /* bytes of a text, greatest number (the least is 1) */
	const char *const *words;
};

static const char *const period_words[] = {
	"month", "quarter", "half", "year", "day", "whole", NULL
};
static_assert(FORM_MONTH == 0 && FORM_WHOLE == 5, "period_words follows enum form_period");
static const char *const kind_words[] = { "flow", "stock", NULL };
static_assert(MEASURE_FLOW == 0 && MEASURE_STOCK == 1, "kind_words follows enum measure_kind");
static const char *const additive_words[] = { "yes", "no", NULL }; /* absent is the first: yes */
static const char *const need_words[] = { "required", "parent", "computed", "optional", NULL };
static_assert(NEED_REQUIRED == 0 && NEED_OPTIONAL == 3, "need_words follows enum measure_need");
static const char *const level_words[] = { "warn", "block", NULL };
static_assert(RULE_WARN == 0 && RULE_BLOCK == 1, "level_words follows enum rule_level");

static const char *const at_words[] = { "any", "direct", "province", NULL };
static_assert(RULE_AT_ANY == 0 && RULE_AT_PROVINCE == 2, "at_words follows enum rule_at");

#define AT(draft, member) offsetof(struct draft##_draft, member)

static const struct key form_keys[] = {
	{ "code", KEY_CODE, true, AT(form, code), CODE_MAX, NULL },
	{ "no", KEY_NUMBER, true, AT(form, no), FORM_NO_MAX, NULL },
	{ "version", KEY_NUMBER, true, AT(form, version), UINT16_MAX, NULL },
	{ "valid_from", KEY_DAY, true, AT(form, valid_from), 0, NULL },
	{ "period", KEY_WORD, true, AT(form, period), 0, period_words },
	{ "name_vi", KEY_TEXT, true, AT(form, name_vi), NAME_MAX_BYTES, NULL },
	{ "name_en", KEY_TEXT, true, AT(form, name_en), NAME_MAX_BYTES, NULL },
	{ "number", KEY_TEXT, false, AT(form, number), DOC_NO_MAX, NULL },
	{ "source", KEY_TEXT, false, AT(form, source), REASON_MAX, NULL },
	{ "sheets", KEY_CODE, false, AT(form, sheets), CODE_MAX, NULL },
};

static const struct key measure_keys[] = {
	{ "no", KEY_NUMBER, true, AT(measure, no), MEASURE_NO_MAX, NULL },
	{ "kind", KEY_WORD, true, AT(measure, kind), 0, kind_words },
	{ "additive", KEY_WORD, false, AT(measure, additive), 0, additive_words },
	{ "need", KEY_WORD, true, AT(measure, need), 0, need_words },
	{ "parent", KEY_CODE, false, AT(measure, parent), CODE_MAX, NULL },
	{ "exclusive", KEY_CODE, false, AT(measure, exclusive), CODE_MAX, NULL },
	{ "row", KEY_TEXT, false, AT(measure, row), DOC_NO_MAX, NULL },
	{ "from", KEY_TEXT, false, AT(measure, from), REASON_MAX, NULL },
	{ "name_vi", KEY_TEXT, true, AT(measure, name_vi), NAME_MAX_BYTES, NULL },
	{ "name_en", KEY_TEXT, true, AT(measure, name_en), NAME_MAX_BYTES, NULL },
};

static const struct key rule_keys[] = {
	{ "level", KEY_WORD, true, AT(rule, level), 0, level_words },
	{ "check", KEY_TEXT, true, AT(rule, check), 2 * REASON_MAX, NULL },
	{ "text_vi", KEY_TEXT, true, AT(rule, text_vi), REASON_MAX, NULL },
	{ "text_en", KEY_TEXT, true, AT(rule, text_en), REASON_MAX, NULL },
	{ "source", KEY_TEXT, false, AT(rule, source), REASON_MAX, NULL },
	{ "at", KEY_WORD, false, AT(rule, at), 0, at_words },
};

enum { VALUE_MAX = 2 * REASON_MAX, WHERE_MAX = 64 };

struct parser {
	struct arena *arena;
	struct err *e;
	int rc; /* the first complaint; nothing more is taken after it */
	struct form_lines lines;

	unsigned section;      /* which section line the keys so far belong to; 0 none yet */
	char where[WHERE_MAX]; /* its name */
	const struct key *keys;
	size_t key_count;
	void *draft;
	uint32_t keys_seen;

	bool in_value; /* a key's value is being gathered, over one line or more */
	char key[WHERE_MAX];
	unsigned key_line;
	char value[VALUE_MAX + 1];
	size_t value_len;

	bool form_seen;
	struct form_draft form;
	struct measure_draft measures[MEASURES_MAX];
	size_t measure_count;
	struct rule_draft rules[RULES_MAX];
	size_t rule_count;
};

static int no_memory(struct parser *p)
{
	return err_set(p->e, ERR_NOMEM, "no memory for the form");
}

/* Codes of forms, measures and groups begin with a letter, so that a check can tell them from numbers. */
static bool code_valid(struct span code)
{
	if (!unit_code_valid(code) || code.data[0] < 'a' || code.data[0] > 'z')
		return false;
	for (size_t i = 0; i < code.len; i++) {
		if (code.data[i] >= 'A' && code.data[i] <= 'Z')
			return false;
	}
	return true;
}

static int take_text(struct parser *p, const struct key *k, void *to)
{
	size_t room = (size_t)VALUE_MAX * 3 + 1, len = 0; /* normalising may lengthen */
	char *nfc = malloc(room), *copy;
	int rc;

	if (!nfc)
		return no_memory(p);
	rc = text_nfc(nfc, room, &len, span_of(p->value, p->value_len), p->e);
	if (rc) {
		free(nfc);
		return err_wrap(p->e, rc, "line %u: [%s] %s", p->key_line, p->where, k->name);
	}
	copy = len <= k->max ? arena_str(p->arena, span_of(nfc, len)) : NULL;
	free(nfc);
	if (len > k->max)
		return err_set(p->e, ERR_RANGE, "line %u: [%s] %s: at most %u bytes", p->key_line,
			       p->where, k->name, k->max);
	if (!copy)
		return no_memory(p);
	if (k->how == KEY_CODE && !code_valid(span_of(copy, len)))
		return err_set(p->e, ERR_INVALID,
			       "line %u: [%s] %s: write a code: a letter first, then a-z 0-9 _ - .",
			       p->key_line, p->where, k->name);
	memcpy(to, &copy, sizeof(copy));
	return 0;
}

static int take_number(struct parser *p, const struct key *k, void *to)
{
	unsigned n = 0;
	bool good = p->value_len > 0;

	for (size_t i = 0; good && i < p->value_len; i++) {
		good = p->value[i] >= '0' && p->value[i] <= '9' && n <= k->max;
		n = n * 10 + (unsigned)(p->value[i] - '0');
	}
	if (!good || !n || n > k->max)
		return err_set(p->e, ERR_INVALID, "line %u: [%s] %s: write a number from 1 to %u",
			       p->key_line, p->where, k->name, k->max);
	memcpy(to, &n, sizeof(n));
	return 0;
}

static int take_word(struct parser *p, const struct key *k, void *to)
{
	char list[80] = "";
	size_t len = 0;

	for (unsigned i = 0; k->words[i]; i++) {
		if (strcmp(p->value, k->words[i]) == 0) {
			memcpy(to, &i, sizeof(i));
			return 0;
		}
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", i ? " or " : "",
					k->words[i]);
		assert(len < sizeof(list));
	}
	return err_set(p->e, ERR_INVALID, "line %u: [%s] %s: write %s", p->key_line, p->where,
		       k->name, list);
}

static int take_day(struct parser *p, const struct key *k, void *to)
{
	day_t day = 0;
	int rc = day_parse(&day, NULL, span_of(p->value, p->value_len), p->e);

	if (rc)
		return err_wrap(p->e, rc, "line %u: [%s] %s", p->key_line, p->where, k->name);
	memcpy(to, &day, sizeof(day));
	return 0;
}

static int take_value(struct parser *p, const struct key *k)
{
	void *to = (char *)p->draft + k->offset;

	switch (k->how) {
	case KEY_TEXT:
	case KEY_CODE:
		return take_text(p, k, to);
	case KEY_NUMBER:
		return take_number(p, k, to);
	case KEY_WORD:
		return take_word(p, k, to);
	case KEY_DAY:
		return take_day(p, k, to);
	}
	return 0;
}

/* The value in hand is whole: the next key, section or the end was seen. */
static int end_value(struct parser *p)
{
	if (!p->in_value)
		return 0;
	p->in_value = false;
	for (size_t i = 0; i < p->key_count; i++) {
		if (strcmp(p->keys[i].name, p->key) != 0)
			continue;
		if (p->keys_seen >> i & 1)
			return err_set(p->e, ERR_EXISTS, "line %u: [%s] %s: written twice",
				       p->key_line, p->where, p->key);
		p->keys_seen |= UINT32_C(1) << i;
		if (!p->value_len && p->keys[i].required)
			return err_set(p->e, ERR_INVALID, "line %u: [%s] %s: nothing is written",
				       p->key_line, p->where, p->key);
		return p->value_len ? take_value(p, &p->keys[i]) : 0;
	}
	return err_set(p->e, ERR_INVALID, "line %u: [%s] knows no key '%s'", p->key_line, p->where,
		       p->key);
}

static int end_section(struct parser *p)
{
	int rc = end_value(p);

	if (rc || !p->section)
		return rc;
	for (size_t i = 0; i < p->key_count; i++) {
		if (p->keys[i].required && !(p->keys_seen >> i & 1))
			return err_set(p->e, ERR_INVALID, "[%s] %s: is missing", p->where,
				       p->keys[i].name);
	}
	return 0;
}

static void use_keys(struct parser *p, const struct key *keys, size_t count, void *draft)
{
	p->keys = keys;
	p->key_count = count;
	p->draft = draft;
	p->keys_seen = 0;
}

/* The code in "[measure admitted]": what stands behind the word and a blank. */
static const char *code_behind(const char *section, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(section, word, len) != 0 || section[len] != ' ')
		return NULL;
	section += len;
	while (*section == ' ')
		section++;
	return section;
}

static int take_code(struct parser *p, const char *code, char **to)
{
	if (!code_valid(span_str(code)))
		return err_set(p->e, ERR_INVALID,
			       "line %u: [%s]: a code is a letter, then a-z 0-9 _ - ., at most %d",
			       p->lines.line, p->where, CODE_MAX);
	*to = arena_str(p->arena, span_str(code));
	return *to ? 0 : no_memory(p);
}

static int begin_measure(struct parser *p, const char *code)
{
	struct measure_draft *m = &p->measures[p->measure_count];

	for (size_t i = 0; i < p->measure_count; i++) {
		if (strcmp(p->measures[i].code, code) == 0)
			return err_set(p->e, ERR_EXISTS, "line %u: [%s]: written twice",
				       p->lines.line, p->where);
	}
	if (p->measure_count == MEASURES_MAX)
		return err_set(p->e, ERR_RANGE, "line %u: more than %d measures", p->lines.line,
			       MEASURES_MAX);
	p->measure_count++;
	use_keys(p, measure_keys, ARRAY_LEN(measure_keys), m);
	return take_code(p, code, &m->code);
}

static int begin_rule(struct parser *p, const char *code)
{
	struct rule_draft *r = &p->rules[p->rule_count];

	for (size_t i = 0; i < p->rule_count; i++) {
		if (strcmp(p->rules[i].code, code) == 0)
			return err_set(p->e, ERR_EXISTS, "line %u: [%s]: written twice",
				       p->lines.line, p->where);
	}
	if (p->rule_count == RULES_MAX)
		return err_set(p->e, ERR_RANGE, "line %u: more than %d rules", p->lines.line,
			       RULES_MAX);
	p->rule_count++;
	use_keys(p, rule_keys, ARRAY_LEN(rule_keys), r);
	return take_code(p, code, &r->code);
}

static int begin_section(struct parser *p, const char *section)
{
	const char *code;
	int rc = end_section(p);

	if (rc)
		return rc;
	if (p->lines.sections > p->section + 1)
		return err_set(p->e, ERR_INVALID, "line %u: a section without keys stands before",
			       p->lines.line);
	p->section = p->lines.sections;
	snprintf(p->where, sizeof(p->where), "%s", section);
	if (strcmp(section, "form") == 0) {
		if (p->form_seen)
			return err_set(p->e, ERR_EXISTS, "line %u: [form]: written twice",
				       p->lines.line);
		p->form_seen = true;
		use_keys(p, form_keys, ARRAY_LEN(form_keys), &p->form);
		return 0;
	}
	code = code_behind(section, "measure");
	if (code)
		return begin_measure(p, code);
	code = code_behind(section, "rule");
	if (code)
		return begin_rule(p, code);
	return err_set(p->e, ERR_INVALID,
		       "line %u: section [%s]: write [form], [measure CODE] or [rule CODE]",
		       p->lines.line, section);
}

static int add_to_value(struct parser *p, const char *piece)
{
	size_t len = strlen(piece), gap = p->value_len && len ? 1 : 0;

	if (p->value_len + gap + len > VALUE_MAX)
		return err_set(p->e, ERR_RANGE, "line %u: [%s] %s: at most %d bytes", p->key_line,
			       p->where, p->key, VALUE_MAX);
	if (gap)
		p->value[p->value_len++] = ' ';
	memcpy(p->value + p->value_len, piece, len + 1);
	p->value_len += len;
	return 0;
}

static int on_value(struct parser *p, const char *section, const char *key, const char *value)
{
	int rc;

	if (!p->lines.sections)
		return err_set(p->e, ERR_INVALID, "line %u: a key before the first section",
			       p->lines.line);
	if (p->lines.sections != p->section) {
		rc = begin_section(p, section);
		if (rc)
			return rc;
	} else if (p->lines.indented && p->in_value) {
		return add_to_value(p, value);
	}
	rc = end_value(p);
	if (rc)
		return rc;
	p->in_value = true;
	p->key_line = p->lines.line;
	p->value_len = 0;
	p->value[0] = '\0';
	snprintf(p->key, sizeof(p->key), "%s", key);
	return add_to_value(p, value);
}

/* inih goes on after a handler's refusal, so the first complaint is kept and the rest not listened to;
 * the reader of lines ends the file then. */
static int on_pair(void *user, const char *section, const char *key, const char *value)
{
	struct parser *p = user;

	if (!p->rc && !p->lines.rc)
		p->rc = on_value(p, section, key, value);
	if (p->rc)
		p->lines.rc = p->rc;
	return 1;
}

/* ini_parse_stream() gives its reader and its handler one pointer each; both are the parser's. */
static int read_text(struct parser *p, struct span text)
{
	int bad;

	if (text.len > OP_FORM_BODY_MAX)
		return err_set(p->e, ERR_RANGE, "a form's text has at most %d bytes",
			       OP_FORM_BODY_MAX);
	form_lines_start(&p->lines, text, p->e);
	bad = ini_parse_stream(form_lines_next, &p->lines, on_pair, p);
	if (p->rc || p->lines.rc)
		return p->rc ? p->rc : p->lines.rc;
	if (bad)
		return err_set(p->e, ERR_INVALID,
			       "an indented line continues nothing (the %d. that is not empty or "
			       "a comment)",
			       bad);
	p->rc = end_section(p);
	if (p->rc)
		return p->rc;
	if (p->lines.sections > p->section)
		return err_set(p->e, ERR_INVALID, "the last section has no keys");
	if (!p->form_seen)
		return err_set(p->e, ERR_INVALID, "the section [form] is missing");
	if (!p->measure_count)
		return err_set(p->e, ERR_INVALID, "a form needs at least one [measure CODE]");
	return 0;
}

static char *text_or_empty(struct parser *p, char *text)
{
	return text ? text : arena_str(p->arena, SPAN_LIT(""));
}

static int measure_draft_cmp(const void *a, const void *b)
{
	unsigned left = ((const struct measure_draft *)a)->no;
	unsigned right = ((const struct measure_draft *)b)->no;

	return (left > right) - (left < right);
}

static int build_measures(struct parser *p, struct form *f)
{
	qsort(p->measures, p->measure_count, sizeof(p->measures[0]), measure_draft_cmp);
	f->measures = arena_array(p->arena, p->measure_count, sizeof(*f->measures));
	if (!f->measures)
		return no_memory(p);
	f->measure_count = p->measure_count;
	for (size_t i = 0; i < p->measure_count; i++) {
		const struct measure_draft *d = &p->measures[i];

		if (i && d[-1].no == d->no)
			return err_set(p->e, ERR_EXISTS,
				       "[measure %s] no: %u is the number of [measure %s]", d->code,
				       d->no, d[-1].code);
		f->measures[i] = (struct measure){
			.no = (uint16_t)d->no,
			.kind = (enum measure_kind)d->kind,
			.need = (enum measure_need)d->need,
			.additive = d->additive == 0,
			.code = d->code,
			.row = text_or_empty(p, d->row),
			.exclusive = text_or_empty(p, d->exclusive),
			.name_vi = d->name_vi,
			.name_en = d->name_en,
		};
		if (!f->measures[i].row || !f->measures[i].exclusive)
			return no_memory(p);
	}
	return 0;
}

/* After all measures are known: a mean names two of them. */
static int take_from(struct parser *p, struct form *f)
{
	int rc = 0;

	for (size_t i = 0; i < f->measure_count && !rc; i++)
		if (p->measures[i].from)
			rc = form_from_parse(&f->measures[i], p->measures[i].from, f, p->arena,
					     p->e);
	return rc;
}

static int find_parents(struct parser *p, struct form *f)
{
	for (size_t i = 0; i < f->measure_count; i++) {
		const char *parent = p->measures[i].parent;
		struct measure *m = &f->measures[i];
		const struct measure *found;

		if (!parent) {
			if (m->need == NEED_PARENT || m->exclusive[0])
				return err_set(p->e, ERR_INVALID,
					       "[measure %s] parent: is missing (need = parent and "
					       "exclusive ask for one)",
					       m->code);
			continue;
		}
		found = form_measure_code(f, span_str(parent));
		if (!found)
			return err_set(p->e, ERR_NOTFOUND,
				       "[measure %s] parent: no measure is called '%s'", m->code,
				       parent);
		m->parent = found->no;
	}
	return 0;
}

static int check_parents(const struct parser *p, const struct form *f)
{
	for (size_t i = 0; i < f->measure_count; i++) {
		const struct measure *m = &f->measures[i], *up = m;

		for (size_t steps = 0; up->parent; steps++) {
			if (steps == f->measure_count)
				return err_set(p->e, ERR_INVALID,
					       "[measure %s] parent: leads back to itself",
					       m->code);
			up = form_measure(f, up->parent);
		}
		for (size_t j = 0; j < i; j++) {
			const struct measure *other = &f->measures[j];

			if (m->exclusive[0] && strcmp(m->exclusive, other->exclusive) == 0 &&
			    m->parent != other->parent)
				return err_set(
					p->e, ERR_INVALID,
					"[measure %s] exclusive: [measure %s] is of the same "
					"group, with another parent",
					m->code, other->code);
		}
	}
	return 0;
}

static bool first_of_group(const struct form *f, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(f->measures[i].exclusive, f->measures[j].exclusive) == 0)
			return false;
	}
	return f->measures[i].exclusive[0] != '\0';
}

static int add_made_rules(struct parser *p, struct form *f)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < f->measure_count; i++) {
		const struct measure *m = &f->measures[i];
		bool group = first_of_group(f, i);

		if (!group && (!m->parent || m->exclusive[0]))
			continue;
		if (f->rule_count == RULES_MAX)
			return err_set(p->e, ERR_RANGE,
				       "more than %d rules, with those made for parents and groups",
				       RULES_MAX);
		if (group)
			rc = rule_make_adds_up(&f->rules[f->rule_count++], f, m, p->arena, p->e);
		else
			rc = rule_make_within(&f->rules[f->rule_count++], f, m, p->arena, p->e);
	}
	return rc;
}

static int build_rules(struct parser *p, struct form *f)
{
	f->rules = arena_array(p->arena, RULES_MAX, sizeof(*f->rules));
	if (!f->rules)
		return no_memory(p);
	for (size_t i = 0; i < p->rule_count; i++) {
		const struct rule_draft *d = &p->rules[i];
		struct rule *r = &f->rules[f->rule_count++];
		int rc;

		r->level = (enum rule_level)d->level;
		r->at = (enum rule_at)d->at;
		r->code = d->code;
		r->text_vi = d->text_vi;
		r->text_en = d->text_en;
		r->source = text_or_empty(p, d->source);
		if (!r->source)
			return no_memory(p);
		rc = rule_parse(r, d->check, f, p->arena, p->e);
		if (rc)
			return rc;
	}
	return add_made_rules(p, f);
}

/* The one stock from which a rule counts on to another, by flows alone; NULL: it does nothing of the sort. */
static struct measure *counted_from(const struct form *f, const struct rule *r)
{
	struct measure *begin = NULL;
	const struct measure *end = form_measure(f, r->left[0].measure);

	if (r->compare != RULE_EQ || r->left_count != 1 || r->right_count < 2 ||
	    r->left[0].function != TERM_MEASURE || end->kind != MEASURE_STOCK)
		return NULL;
	for (size_t i = 0; i < r->right_count; i++) {
		const struct rule_term *t = &r->right[i];
		const struct measure *m = t->function == TERM_MEASURE ? form_measure(f, t->measure)
								      : NULL;

		if (!m || (m->kind == MEASURE_STOCK && (begin || t->factor != 1)))
			return NULL;
		if (m->kind == MEASURE_STOCK)
			begin = &f->measures[m - f->measures];
	}
	return begin;
}

static void mark_opening(struct form *f)
{
	for (size_t i = 0; i < f->measure_count; i++)
		f->measures[i].opening = f->measures[i].from == FROM_FIRST;
	for (size_t i = 0; i < f->rule_count; i++) {
		struct measure *m = counted_from(f, &f->rules[i]);

		if (m)
			m->opening = true;
	}
}

static int build(struct parser *p, struct form **out)
{
	struct form *f = arena_alloc(p->arena, sizeof(*f));
	int rc;

	if (!f)
		return no_memory(p);
	f->code = p->form.code;
	f->name_vi = p->form.name_vi;
	f->name_en = p->form.name_en;
	f->number = text_or_empty(p, p->form.number);
	f->source = text_or_empty(p, p->form.source);
	f->sheets = text_or_empty(p, p->form.sheets);
	if (!f->number || !f->source || !f->sheets)
		return no_memory(p);
	f->no = (uint8_t)p->form.no;
	f->version = (uint16_t)p->form.version;
	f->valid_from = p->form.valid_from;
	f->period = (enum form_period)p->form.period;
	rc = build_measures(p, f);
	if (!rc)
		rc = take_from(p, f);
	if (!rc)
		rc = find_parents(p, f);
	if (!rc)
		rc = check_parents(p, f);
	if (!rc)
		rc = build_rules(p, f);
	if (!rc) {
		mark_opening(f);
		*out = f;
	}
	return rc;
}

int form_parse(struct form **out, struct span text, struct arena *a, struct err *e)
{
	struct parser *p = calloc(1, sizeof(*p));
	int rc;

	*out = NULL;
	if (!p)
		return err_set(e, ERR_NOMEM, "no memory for the form");
	p->arena = a;
	p->e = e;
	rc = read_text(p, text);
	if (!rc)
		rc = build(p, out);
	free(p);
	return rc ? err_wrap(e, rc, "form") : 0;
}
