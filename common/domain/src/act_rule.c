#include "domain/act_rule.h"

#include "base/lang.h"

#include <assert.h>

static const char *const texts[ACT_RULES] = {
	[RULE_ITSELF] = N_("%s: would stand under itself"),
	[RULE_LATER_ACT] = N_("%s: an act of a later day, or its opening, stands already"),
	[RULE_NO_PARENT] = N_("%s: its parent is not there on that day"),
	[RULE_NO_SUCCESSOR] = N_("%s: goes over into a unit that is not there on that day"),
	[RULE_SHARES] = N_("%s: the shares do not add up to the whole"),
	[RULE_NOT_THERE] = N_("%s: is not there on that day"),
	[RULE_NOT_ENDED] = N_("%s: has not ended"),
	[RULE_ROOT] = N_("%s: is the root"),
	[RULE_LEVELS] = N_("%s: too many levels above it"),
	[RULE_UNDER_ENDED] = N_("%s: would stand under a unit that has ended"),
	[RULE_FIGURES_AFTER] = N_("%s: figures for days after it are there already"),
	[RULE_TWO_REPORTERS] = N_("%s: a path with two reporters"),
	[RULE_NO_REPORTER] = N_("%s: a path without a reporter"),
	[RULE_INTERVALS] = N_("%s: too many intervals of its plan"),
	[RULE_PART_THERE] = N_("%s: that part is there already"),
	[RULE_PARTS_SUM] = N_("%s: the parts do not add up to its target"),
	[RULE_INTO] = N_("%s: goes over into itself, or twice into the same unit"),
};

const char *act_rule_text(enum act_rule r)
{
	return texts[(unsigned)r < ACT_RULES ? r : RULE_ITSELF];
}

/* Fewer letters than these may be left of a rule that was cut; they still tell it from the others. */
enum { RULE_LEFT_MIN = 12 };

/* The rule that `said` is, or begins. */
static const char *find_rule(const char *said)
{
	size_t len = strlen(said);

	for (size_t i = 0; i < ACT_RULES; i++) {
		const char *rule = texts[i] + strlen("%s: ");

		if (!strcmp(rule, said) || (len >= RULE_LEFT_MIN && !strncmp(rule, said, len)))
			return texts[i];
	}
	return NULL;
}

/* Words of which a detail is one: what they mean to people, or nothing that the code does not say. */
static const struct {
	const char *word, *text;
} words[] = {
	{ "base_date", N_("a base after the period it belongs to") },
	{ "value_max", N_("only a range has an upper bound") },
	{ "unit", NULL },
	{ "role", NULL },
	{ "draft", NULL },
	{ "proposal", NULL },
	{ "future", NULL },
	{ "as_unit", NULL },
	{ "as_period", NULL },
};

static bool find_word(const char *said, const char **text)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strcmp(words[i].word, said))
			continue;
		*text = words[i].text;
		return true;
	}
	return false;
}

int refusal_err(struct err *e, enum err_code kind, enum op_code code, struct span detail)
{
	char text[128];
	size_t len = detail.len < sizeof(text) ? detail.len : sizeof(text) - 1;
	const char *what = op_code_text(code), *rule = NULL, *word = NULL;
	char *colon;

	if (len)
		memcpy(text, detail.data, len);
	text[len] = 0;
	if (!len || (find_word(text, &word) && !word))
		return err_set(e, kind, "%s", what);
	if (word)
		return err_set(e, kind, "%s: %s", what, word);
	colon = strstr(text, ": ");
	if (colon)
		rule = find_rule(colon + 2);
	if (!rule)
		return err_set(e, kind, "%s: %s", what, text);
	*colon = 0;
	err_set(e, kind, rule, text);
	return err_wrap(e, -(int)kind, "%s", what);
}
