#include "domain/case_rule.h"

#include "base/csv.h"
#include "base/lang.h"
#include "base/num.h"

#include <stdlib.h>

enum { RULE_ROWS_MAX = 512, RULE_VALUE_MAX = 10000 };

static const struct {
	const char *code, *text;
	enum case_rule_unit unit;
} codes[CASE_RULES] = {
	[CASE_RULE_AGE_MIN] = { "age-min", N_("lowest age"), UNIT_MONTHS },
	[CASE_RULE_AGE_MAX] = { "age-max", N_("highest age"), UNIT_MONTHS },
	[CASE_RULE_EDUCATION] = { "education", N_("general education"), UNIT_LEVEL },
	[CASE_RULE_CERTIFICATE_MONTHS] = { "certificate-months",
					   N_("validity of the class certificate"), UNIT_MONTHS },
	[CASE_RULE_HELPER_MONTHS] = { "helper-months", N_("time of help by members"), UNIT_MONTHS },
	[CASE_RULE_VERIFY_DAYS] = { "verify-days", N_("term of a verification"),
				    UNIT_WORKING_DAYS },
	[CASE_RULE_VERIFY_ABROAD_DAYS] = { "verify-abroad-days",
					   N_("term of a verification abroad"), UNIT_WORKING_DAYS },
	[CASE_RULE_VERIFY_MONTHS] = { "verify-months", N_("validity of a verification"),
				      UNIT_MONTHS },
	[CASE_RULE_VOTES] = { "votes", N_("share of votes"), UNIT_SHARE },
	[CASE_RULE_DECISION_DAYS] = { "decision-days", N_("term of the decision"),
				      UNIT_WORKING_DAYS },
	[CASE_RULE_EXTENSION_DAYS] = { "extension-days", N_("extended term of the decision"),
				       UNIT_WORKING_DAYS },
	[CASE_RULE_CEREMONY_DAYS] = { "ceremony-days", N_("term of the ceremony"),
				      UNIT_WORKING_DAYS },
	[CASE_RULE_PROBATION_MONTHS] = { "probation-months", N_("length of probation"),
					 UNIT_MONTHS },
	[CASE_RULE_REVIEW_DAYS] = { "review-days", N_("term of the review after probation"),
				    UNIT_WORKING_DAYS },
	[CASE_RULE_RECOGNITION_DAYS] = { "recognition-days",
					 N_("term of the decision on recognition"),
					 UNIT_WORKING_DAYS },
	[CASE_RULE_READMISSION_MONTHS] = { "readmission-months",
					   N_("time out of the Party before readmission"),
					   UNIT_MONTHS },
	[CASE_RULE_READMISSIONS] = { "readmissions", N_("number of readmissions"), UNIT_TIMES },
	[CASE_RULE_PLAN_COMMITTEE] = { "plan-committee",
				       N_("time planned for the committee's resolution"),
				       UNIT_WORKING_DAYS },
	[CASE_RULE_PLAN_SUBMIT] = { "plan-submit", N_("time planned for submitting the dossier"),
				    UNIT_WORKING_DAYS },
	[CASE_RULE_PLAN_SCREEN] = { "plan-screen", N_("time planned for the screening"),
				    UNIT_WORKING_DAYS },
	[CASE_RULE_PLAN_DECIDE] = { "plan-decide", N_("time planned for deciding"),
				    UNIT_WORKING_DAYS },
	[CASE_RULE_PLAN_CLASS] = { "plan-class", N_("time planned for the class"),
				   UNIT_WORKING_DAYS },
	[CASE_RULE_KEEP_MONTHS] = { "keep-months", N_("how long a member's record is kept"),
				    UNIT_MONTHS },
	[CASE_RULE_CHANCE_CELL] = { "chance-cell", N_("dossiers that are admitted"), UNIT_SHARE },
	[CASE_RULE_CHANCE_COMMITTEE] = { "chance-committee", N_("dossiers that are admitted"),
					 UNIT_SHARE },
	[CASE_RULE_CHANCE_SUBMITTED] = { "chance-submitted", N_("dossiers that are admitted"),
					 UNIT_SHARE },
	[CASE_RULE_CHANCE_TO_ASK] = { "chance-to-ask", N_("dossiers that are admitted"),
				      UNIT_SHARE },
	[CASE_RULE_CHANCE_RETURNED] = { "chance-returned", N_("dossiers that are admitted"),
					UNIT_SHARE },
	[CASE_RULE_CHANCE_AGREED] = { "chance-agreed", N_("dossiers that are admitted"),
				      UNIT_SHARE },
	[CASE_RULE_CHANCE_DECIDED] = { "chance-decided", N_("dossiers that are admitted"),
				       UNIT_SHARE },
};

static const char *const units[] = {
	[UNIT_MONTHS] = "months", [UNIT_WORKING_DAYS] = "working-days",
	[UNIT_LEVEL] = "level",   [UNIT_TIMES] = "times",
	[UNIT_SHARE] = "share",
};
static const char *const kinds[] = {
	[CASE_RULE_UNVERIFIED] = "unverified",
	[CASE_RULE_RULE] = "rule",
	[CASE_RULE_PLAN] = "plan",
};

enum { COL_CODE, COL_FROM, COL_VALUE, COL_UNIT, COL_KIND, COL_SOURCE, COL_SOURCE_VI, COLS };
static const struct csv_column columns[COLS] = {
	[COL_CODE] = { "code", true, false },           [COL_FROM] = { "from", true, false },
	[COL_VALUE] = { "value", true, false },         [COL_UNIT] = { "unit", true, false },
	[COL_KIND] = { "kind", true, false },           [COL_SOURCE] = { "source", true, false },
	[COL_SOURCE_VI] = { "source_vi", false, true },
};

const char *case_rule_code_name(enum case_rule_code code)
{
	return code < CASE_RULES ? codes[code].code : NULL;
}

const char *case_rule_text(enum case_rule_code code)
{
	return code < CASE_RULES && codes[code].text ? codes[code].text : "?";
}

static int number(uint32_t *out, struct span text, struct err *e)
{
	enum text_grouping grouping;
	int64_t v;
	int rc = text_count(&v, &grouping, text, e);

	if (rc)
		return rc;
	if (v < 1 || v > RULE_VALUE_MAX)
		return err_set(e, ERR_RANGE, "a value is between 1 and %d", RULE_VALUE_MAX);
	*out = (uint32_t)v;
	return 0;
}

static int take_value(struct case_rule *r, struct span text, struct err *e)
{
	const uint8_t *slash = text.len ? memchr(text.data, '/', text.len) : NULL;
	size_t at = slash ? (size_t)(slash - text.data) : text.len;
	int rc;

	if ((slash != NULL) != (r->unit == UNIT_SHARE))
		return err_set(e, ERR_INVALID,
			       "value '%.*s': write a share as 2/3, all else as a number",
			       (int)text.len, (const char *)text.data);
	rc = number(&r->value, span_of(text.data, at), e);
	if (!rc && slash)
		rc = number(&r->of, span_of(slash + 1, text.len - at - 1), e);
	if (!rc && slash && r->value > r->of)
		rc = err_set(e, ERR_INVALID, "a share is at most the whole");
	return rc;
}

static int find_word(const char *const *words, size_t count, struct span text, const char *what,
		     struct err *e)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq(span_str(words[i]), text))
			return (int)i;
	return err_set(e, ERR_INVALID, "%s '%.*s' is not known", what, (int)text.len,
		       (const char *)text.data);
}

static int take_row(struct case_rule *r, const struct span *f, struct arena *a, struct err *e)
{
	int rc = day_parse(&r->from, NULL, f[COL_FROM], e), found;

	if (rc)
		return rc;
	for (int i = CASE_RULE_NONE + 1; i < CASE_RULES; i++)
		if (span_eq(span_str(codes[i].code), f[COL_CODE]))
			r->code = (enum case_rule_code)i;
	if (r->code == CASE_RULE_NONE)
		return err_set(e, ERR_INVALID, "code '%.*s' is not known", (int)f[COL_CODE].len,
			       (const char *)f[COL_CODE].data);
	found = find_word(units, ARRAY_LEN(units), f[COL_UNIT], "unit", e);
	if (found < 0)
		return found;
	r->unit = (enum case_rule_unit)found;
	if (r->unit != codes[r->code].unit)
		return err_set(e, ERR_INVALID, "%s is counted in %s", codes[r->code].code,
			       units[codes[r->code].unit]);
	found = find_word(kinds, ARRAY_LEN(kinds), f[COL_KIND], "kind", e);
	if (found < 0)
		return found;
	r->kind = (enum case_rule_kind)found;
	r->source = arena_str(a, f[COL_SOURCE]);
	r->source_vi = f[COL_SOURCE_VI].len ? arena_str(a, f[COL_SOURCE_VI]) : r->source;
	if (!r->source || !r->source_vi)
		return err_set(e, ERR_NOMEM, "no memory for the rules");
	return take_value(r, f[COL_VALUE], e);
}

static int row_cmp(const void *a, const void *b)
{
	const struct case_rule *l = a, *r = b;

	if (l->code != r->code)
		return l->code < r->code ? -1 : 1;
	return (l->from > r->from) - (l->from < r->from);
}

static int put_in_order(struct case_rules *out, struct err *e)
{
	char iso[DAY_TEXT_MAX];

	if (!out->count)
		return err_set(e, ERR_INVALID, "the file has no rows");
	qsort(out->rows, out->count, sizeof(*out->rows), row_cmp);
	for (size_t i = 1; i < out->count; i++)
		if (!row_cmp(&out->rows[i - 1], &out->rows[i]))
			return err_set(e, ERR_EXISTS, "%s stands there twice from %s",
				       codes[out->rows[i].code].code,
				       day_iso(iso, out->rows[i].from));
	return 0;
}

int case_rules_parse(struct case_rules *out, struct span csv, struct arena *a, struct err *e)
{
	struct csv *reader = NULL;
	struct span fields[COLS];
	int rc;

	*out = (struct case_rules){ .rows = arena_array(a, RULE_ROWS_MAX, sizeof(*out->rows)) };
	if (!out->rows)
		return err_set(e, ERR_NOMEM, "no memory for the rules");
	rc = csv_open(&reader, csv, columns, COLS, e);
	while (!rc && (rc = csv_next(reader, fields, e)) == 1) {
		rc = out->count < RULE_ROWS_MAX
			     ? take_row(&out->rows[out->count++], fields, a, e)
			     : err_set(e, ERR_RANGE, "more than %d rows", RULE_ROWS_MAX);
		if (rc)
			err_wrap(e, rc, "line %zu", csv_line(reader));
	}
	csv_close(reader);
	if (!rc)
		rc = put_in_order(out, e);
	if (rc)
		out->count = 0;
	return rc ? err_wrap(e, rc, "rules of admission") : 0;
}

const struct case_rule *case_rule_at(const struct case_rules *r, enum case_rule_code code,
				     day_t day)
{
	const struct case_rule *found = NULL;

	for (size_t i = 0; i < r->count; i++)
		if (r->rows[i].code == code && r->rows[i].from <= day)
			found = &r->rows[i];
	return found;
}

day_t months_after(day_t d, int months)
{
	struct ymd ymd = day_to_ymd(d);
	int count = ymd.year * 12 + ymd.month - 1 + months;
	int last;
	day_t first;

	if (!day_from_ymd(&first, count / 12, count % 12 + 1, 1))
		return months < 0 ? DAY_MIN : DAY_MAX;
	last = day_to_ymd(day_month_last(first)).day;
	return first + (ymd.day < last ? ymd.day : last) - 1;
}

day_t months_back(day_t to, int months)
{
	day_t d = months_after(to, -months) + 3; /* 28 to 31 may all end on the 28th */

	while (months_after(d, months) > to)
		d--;
	return d;
}

unsigned months_between(day_t a, day_t b)
{
	struct ymd from = day_to_ymd(a), to = day_to_ymd(b);
	int months = (to.year - from.year) * 12 + to.month - from.month;

	if (b < a)
		return 0;
	while (months > 0 && months_after(a, months) > b)
		months--;
	return (unsigned)months;
}
