/* Forms are data: a versioned text file says which measures a sheet has and which rules judge it. A
 * changed rule or a new form is a file, not a build. Row names follow forms 1 and 2 of guidance
 * 11-HD/BTCTW (2021); the files are in forms/.
 *
 *	[form]
 *	code = monthly      no = 1        version = 1     valid_from = 2020-01-01
 *	period = month      (month quarter half year day whole)
 *	name_vi = ...       name_en = ...
 *	number = Biểu 2-BTCTW                source = the document that sets the form
 *	sheets = monthly    (the form whose sheets some of its figures follow from)
 *	[measure admitted]
 *	no = 2              kind = flow   (flow stock)    additive = yes
 *	need = required     (required parent computed optional)
 *	parent = CODE       exclusive = GROUP             row = 1.B1
 *	from = sheets CODE + CODE            (where its figure comes from, see below)
 *	name_vi = ...       name_en = ...
 *	[rule balance]
 *	level = block       (block warn)  check = members_end = members_begin + admitted - died
 *	text_vi = ...       text_en = ... source = ...
 *	at = province       (any direct province)
 *
 * A check compares two sums (= <= >=), or says with !~ that the one is not the other with two neighbouring
 * digits changed over (1043 and 1034 are; numbers below 10 never). A term is a whole number, MEASURE, N*MEASURE, or a function of a
 * measure: prev(m) the same unit's sheet of the period before; max12(m) the largest of the unit's 12
 * periods before; below(m) the sum over direct children. Of-which measures (parent set, no exclusive
 * group) are never summed; those of one exclusive group add up to their parent.
 *
 * `from` says where a figure comes from, so that nobody types what is known already; without it, it is typed.
 *	sheets CODE + CODE ...   those measures of the form `sheets`, in the unit's sheets that tile the period: flows
 *	                         are summed, of stocks the last counts
 *	first CODE               a stock of the first of these sheets
 *	register WORD            persons admitted in the period, by a word of form_word() below; where the unit keeps no
 *	                         register it is typed
 *	unit WORD                1 or 0 of the unit itself: `organisation` `committee` `cell`; of its sheets since 1 January:
 *	                         `admitting` `admitted-none` (`admitted`), `none-left` (`no_source_left` is all `cells`)
 *	mean SUM COUNT           of two measures of this form; additive = no: never written, only printed
 *
 * A stock is that of the last day, but for one from which a rule counts on to another, `END = BEGIN + IN - OUT` with
 * flows alone beside it, or which is `first`: that one is of the first day.
 *
 * `at` says from which kind of unit up a rule is judged: one about what is below it holds for the whole of a
 * direct committee, or only of a province. Such rules are judged on totals too.
 *
 * Comments begin a line with # or ; and indented lines continue the value above. Codes of forms,
 * measures, groups and rules begin with a letter and are lower case; a minus in a check has a blank on
 * each side, since codes may hold one. N* may stand before a function too. additive, parent, exclusive,
 * row, from, number, source, sheets and at may be left out (yes, none, any). */
#ifndef DOMAIN_FORM_H
#define DOMAIN_FORM_H

#include "base/arena.h"
#include "base/dates.h"
#include "domain/limits.h"
#include "domain/unit.h"

enum form_period { FORM_MONTH, FORM_QUARTER, FORM_HALF, FORM_YEAR, FORM_DAY, FORM_WHOLE };
enum measure_kind { MEASURE_FLOW, MEASURE_STOCK };
enum measure_need { NEED_REQUIRED, NEED_PARENT, NEED_COMPUTED, NEED_OPTIONAL };

enum measure_from { FROM_TYPED, FROM_SHEETS, FROM_FIRST, FROM_REGISTER, FROM_UNIT, FROM_MEAN };
enum { FROM_TERMS_MAX = 8 };

struct measure {
	uint16_t no;
	enum measure_kind kind;
	enum measure_need need;
	bool additive, opening;                           /* opening: a stock of the first day */
	char *code, *row, *exclusive, *name_vi, *name_en; /* exclusive, row: "" when none */
	uint16_t parent;                                  /* a number, 0 none */
	enum measure_from from;
	char *terms[FROM_TERMS_MAX]; /* codes of measures, or a word */
	size_t term_count;
};
const char *measure_from_code(enum measure_from from); /* "sheets" */

enum rule_level { RULE_WARN, RULE_BLOCK };
enum rule_at { RULE_AT_ANY, RULE_AT_DIRECT, RULE_AT_PROVINCE };
enum rule_compare { RULE_EQ, RULE_LE, RULE_GE, RULE_UNSWAPPED };
enum rule_function { TERM_NUMBER, TERM_MEASURE, TERM_PREV, TERM_MAX12, TERM_BELOW };
struct rule_term {
	int64_t factor; /* sign and multiple; the number itself for TERM_NUMBER */
	enum rule_function function;
	uint16_t measure; /* 0 for TERM_NUMBER */
};
struct rule {
	enum rule_level level;
	enum rule_compare compare;
	enum rule_at at;
	struct rule_term *left, *right;
	size_t left_count, right_count;
	char *code, *text_vi, *text_en, *source;
};

struct form {
	char *code, *name_vi, *name_en;
	char *number, *source, *sheets; /* "" none */
	uint8_t no;
	uint16_t version;
	day_t valid_from;
	enum form_period period;
	struct measure *measures;
	size_t measure_count; /* ascending by number */
	struct rule *rules;
	size_t rule_count; /* in the order of the file */
};

/* Everything lends from `a`. Errors name section, key and what to write instead. Refused: a code or
 * number twice, an unknown parent, a cycle of parents, a check that does not parse or names an unknown
 * measure, sizes over limits.h, text that is not UTF-8. */
int form_parse(struct form **out, struct span text, struct arena *a, struct err *e);

const struct measure *form_measure(const struct form *f, uint16_t no); /* NULL unknown */
const struct measure *form_measure_code(const struct form *f, struct span code);

/* Is a figure of a sheet of the days `sheet`, which lie in `range`, part of a total over it? Flows add up; a stock is that
 * of the sheets that end with the range, an opening one that of those that begin with it. */
bool measure_counts(const struct measure *m, struct period sheet, struct period range);

/* A figure as the rules see it: blank when nobody wrote it. Nil is a value of 0. */
struct operand {
	bool known;
	int64_t value;
};

/* Is the rule judged at a unit of this kind? */
bool rule_is_for(const struct rule *r, enum unit_kind kind);

/* Where a rule's operands come from. prev, max12 and below answer "unknown" where they cannot know. */
struct rule_source {
	void *ctx;
	struct operand (*get)(void *ctx, enum rule_function function, uint16_t measure);
};

enum rule_result { RULE_HOLDS, RULE_BROKEN, RULE_NOT_JUDGED }; /* not judged: an operand is blank */

/* *left and *right are the two sums when judged (may be NULL). Overflow counts as not judged. */
enum rule_result rule_judge(const struct rule *r, const struct rule_source *s, int64_t *left,
			    int64_t *right);

/* Besides the form's own rules: each of-which measure is within its parent, each exclusive group adds
 * up to its parent once all of it is known; made at form_parse and appended to `rules` with codes
 * "within:CODE" and "adds-up:GROUP", level block. */
#endif
