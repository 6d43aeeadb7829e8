/* Where a figure of a form comes from: the key `from`. */
#include "form_parts.h"

#include "domain/form_count.h"

static const char *const codes[] = {
	[FROM_TYPED] = "typed",       [FROM_SHEETS] = "sheets", [FROM_FIRST] = "first",
	[FROM_REGISTER] = "register", [FROM_UNIT] = "unit",     [FROM_MEAN] = "mean",
};

static const char *const unit_words[] = { "organisation", "committee",     "cell",
					  "admitting",    "admitted-none", "none-left" };

const char *measure_from_code(enum measure_from from)
{
	return (unsigned)from < ARRAY_LEN(codes) ? codes[from] : NULL;
}

static bool next_word(const char **text, struct span *out)
{
	size_t len;

	*text += strspn(*text, " ");
	len = strcspn(*text, " ");
	*out = span_of(*text, len);
	*text += len;
	return len > 0;
}

static int wrong(const struct measure *m, struct span word, const char *what, struct err *e)
{
	return err_set(e, ERR_INVALID, "[measure %s] from: '%.*s': %s", m->code, (int)word.len,
		       (const char *)word.data, what);
}

static bool is_unit_word(struct span word)
{
	for (size_t i = 0; i < ARRAY_LEN(unit_words); i++)
		if (span_eq(word, span_str(unit_words[i])))
			return true;
	return false;
}

/* Measures of the form `sheets` are looked up when its sheets are read: it is another file. */
static int check_term(const struct measure *m, struct span word, const struct form *f,
		      struct err *e)
{
	unsigned known;

	switch (m->from) {
	case FROM_REGISTER:
		return form_word(&known, word) ? 0 : wrong(m, word, "no word of the register", e);
	case FROM_UNIT:
		return is_unit_word(word) ? 0 : wrong(m, word, "no word of a unit", e);
	case FROM_MEAN:
		return form_measure_code(f, word) ? 0
						  : wrong(m, word, "no measure of this form", e);
	default:
		return word.len <= CODE_MAX ? 0 : wrong(m, word, "too long for a code", e);
	}
}

static int check_whole(const struct measure *m, const struct form *f, struct err *e)
{
	size_t want = m->from == FROM_MEAN ? 2 : 1;
	bool sums = m->from == FROM_SHEETS;

	if (m->term_count < want || (!sums && m->term_count > want))
		return want == 2
			       ? err_set(e, ERR_INVALID, "[measure %s] from: %s takes two measures",
					 m->code, codes[m->from])
			       : err_set(e, ERR_INVALID, "[measure %s] from: %s takes one word",
					 m->code, codes[m->from]);
	if ((m->from == FROM_SHEETS || m->from == FROM_FIRST || m->from == FROM_UNIT) &&
	    !f->sheets[0])
		return err_set(e, ERR_INVALID,
			       "[measure %s] from: [form] sheets does not say of which form",
			       m->code);
	if ((m->from == FROM_MEAN) == m->additive)
		return err_set(e, ERR_INVALID,
			       "[measure %s] from: a mean has additive = no, and nothing else",
			       m->code);
	return 0;
}

int form_from_parse(struct measure *m, const char *text, const struct form *f, struct arena *a,
		    struct err *e)
{
	struct span word;
	int rc = 0;

	if (!next_word(&text, &word))
		return 0;
	for (m->from = FROM_SHEETS; m->from <= FROM_MEAN; m->from++)
		if (span_eq(word, span_str(codes[m->from])))
			break;
	if (m->from > FROM_MEAN) {
		m->from = FROM_TYPED;
		return wrong(m, word, "write sheets, first, register, unit or mean", e);
	}
	while (!rc && next_word(&text, &word)) {
		bool plus = m->from == FROM_SHEETS && m->term_count > 0;

		if (plus && (!span_eq(word, SPAN_LIT("+")) || !next_word(&text, &word)))
			return wrong(m, word, "measures are added by ' + '", e);
		if (m->term_count == FROM_TERMS_MAX)
			return wrong(m, word, "too many", e);
		rc = check_term(m, word, f, e);
		m->terms[m->term_count] = arena_str(a, word);
		if (!rc && !m->terms[m->term_count++])
			rc = err_set(e, ERR_NOMEM, "no memory for the form");
	}
	return rc ? rc : check_whole(m, f, e);
}
