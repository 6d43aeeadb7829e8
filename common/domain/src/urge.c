#include "domain/urge.h"

#include "base/csv.h"
#include "base/lang.h"
#include "base/text.h"

#include <assert.h>

static const struct {
	const char *name, *text;
} steps[] = {
	[URGE_NONE] = { "", "" },
	[URGE_LETTER] = { "letter", N_("letter of reminder") },
	[URGE_TELEPHONE] = { "telephone", N_("telephone call by who follows the unit") },
	[URGE_REPORT] = { "report", N_("report to the standing committee") },
};
static_assert(ARRAY_LEN(steps) == URGE_STEPS, "every step has a name");

const char *urge_step_name(enum urge_step s)
{
	return steps[(unsigned)s < URGE_STEPS ? s : URGE_NONE].name;
}

const char *urge_step_text(enum urge_step s)
{
	return steps[(unsigned)s < URGE_STEPS ? s : URGE_NONE].text;
}

enum urge_step urge_step_parse(struct span text)
{
	for (unsigned i = URGE_NONE + 1; i < URGE_STEPS; i++)
		if (span_eq(text, span_str(steps[i].name)))
			return (enum urge_step)i;
	return URGE_NONE;
}

/* ---- reading ---- */

static int read_step(struct urge_rule *r, struct span step, struct span days, struct err *e)
{
	enum text_grouping grouping;
	int64_t n;
	int rc;

	r->step = urge_step_parse(step);
	if (r->step == URGE_NONE)
		return err_set(e, ERR_INVALID, "'%.*s' is no step: letter, telephone or report",
			       (int)step.len, (const char *)step.data);
	rc = text_count(&n, &grouping, days, e);
	if (!rc && (n < 0 || n > URGE_DAYS_MAX))
		rc = err_set(e, ERR_RANGE, "days are between 0 and %d", URGE_DAYS_MAX);
	r->after_days = rc ? 0 : (uint32_t)n;
	return rc;
}

enum { COL_FROM, COL_PLACE, COL_STEP, COL_DAYS, COL_KIND, COL_SOURCE, COLS };
static const struct csv_column columns[COLS] = {
	[COL_FROM] = { "from", true, false }, [COL_PLACE] = { "place", true, false },
	[COL_STEP] = { "step", true, false }, [COL_DAYS] = { "after_days", true, false },
	[COL_KIND] = { "kind", true, false }, [COL_SOURCE] = { "source", true, false },
};

struct reading {
	struct urge_ladder *out;
	day_t day, from; /* of the ladder that is being taken */
	struct arena *a;
};

/* Rows of a ladder stand together, from its first place on; a later ladder in force takes the place of it. */
static int take_row(struct reading *k, const struct span *c, struct err *e)
{
	struct urge_ladder *l = k->out;
	enum text_grouping grouping;
	struct urge_rule rule;
	int64_t place;
	day_t from;
	int rc = day_parse(&from, NULL, c[COL_FROM], e);

	if (!rc)
		rc = text_count(&place, &grouping, c[COL_PLACE], e);
	if (!rc)
		rc = read_step(&rule, c[COL_STEP], c[COL_DAYS], e);
	if (rc || from > k->day || from < k->from)
		return rc;
	if (from > k->from)
		l->count = 0;
	k->from = from;
	if (place != (int64_t)l->count + 1 || l->count == URGE_ROWS_MAX)
		return err_set(e, ERR_INVALID, "places of a ladder are 1, 2, 3, at most %d",
			       URGE_ROWS_MAX);
	rule.kind = arena_str(k->a, c[COL_KIND]);
	rule.source = arena_str(k->a, c[COL_SOURCE]);
	if (!rule.kind || !rule.source)
		return err_set(e, ERR_NOMEM, "no memory for rules");
	l->rows[l->count++] = rule;
	return 0;
}

int urge_ladder_parse(struct urge_ladder *out, struct span csv, day_t day, struct arena *a,
		      struct err *e)
{
	struct reading k = { .out = out, .day = day, .a = a };
	struct span fields[COLS];
	struct csv *c;
	int rc = csv_open(&c, csv, columns, COLS, e);

	out->count = 0;
	if (rc)
		return rc;
	while ((rc = csv_next(c, fields, e)) == 1) {
		rc = take_row(&k, fields, e);
		if (rc) {
			rc = err_wrap(e, rc, "line %zu", csv_line(c));
			break;
		}
	}
	csv_close(c);
	return rc;
}

/* The next word, and what stands after it. */
static struct span word(struct span *rest)
{
	size_t from = 0, to;

	while (from < rest->len && (rest->data[from] == ' ' || rest->data[from] == ','))
		from++;
	for (to = from; to < rest->len && rest->data[to] != ' ' && rest->data[to] != ',';)
		to++;
	*rest = span_of(rest->data + to, rest->len - to);
	return span_of(rest->data - (to - from), to - from);
}

int urge_ladder_words(struct urge_ladder *out, struct span words, struct err *e)
{
	out->count = 0;
	for (struct span step = word(&words); step.len; step = word(&words)) {
		struct urge_rule *r = &out->rows[out->count];
		int rc;

		if (out->count == URGE_ROWS_MAX)
			return err_set(e, ERR_INVALID, "a ladder has at most %d steps",
				       URGE_ROWS_MAX);
		*r = (struct urge_rule){ .kind = "setting", .source = "urge-steps" };
		rc = read_step(r, step, word(&words), e);
		if (rc)
			return rc;
		out->count++;
	}
	return 0;
}

/* ---- where a unit is ---- */

static unsigned number_of(const struct urge_ladder *l, size_t place)
{
	unsigned n = 0;

	for (size_t i = 0; i <= place; i++)
		n += l->rows[i].step == l->rows[place].step;
	return n;
}

void urge_judge(struct urge_state *out, const struct urge_ladder *l, const struct urge_taken *taken,
		size_t count, day_t seen)
{
	*out = (struct urge_state){ 0 };
	for (size_t i = 0; i < count; i++) {
		size_t at = out->taken;

		while (at < l->count && l->rows[at].step != taken[i].step)
			at++;
		if (at == l->count)
			continue;
		out->taken = at + 1;
		out->last = taken[i].day;
	}
	out->has_next = out->taken < l->count;
	if (!out->has_next)
		return;
	out->next = l->rows[out->taken];
	out->number = number_of(l, out->taken);
	out->due = (out->last ? out->last : seen) + (day_t)out->next.after_days;
}
