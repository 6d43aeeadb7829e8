#include "report/question.h"

#include "ledger/part.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char default_measure[] = "admitted";

static int read_days(struct period *out, const struct question_words *w, struct err *e)
{
	int rc;

	if (w->period)
		return period_parse(out, span_str(w->period), e);
	if (!w->from || !w->to)
		return err_set(e, ERR_INVALID, "--from DAY --to DAY, or --period PERIOD");
	rc = day_parse(&out->from, NULL, span_str(w->from), e);
	return rc ? rc : day_parse(&out->to, NULL, span_str(w->to), e);
}

static int read_known(struct question *out, const char *text, struct err *e)
{
	int rc = 0;

	out->q.known_at = UINT64_MAX;
	if (!text)
		return 0;
	if (*text && strspn(text, "0123456789") == strlen(text)) {
		errno = 0;
		out->q.known_at = strtoull(text, NULL, 10);
		if (errno) /* "now" is the greatest number */
			rc = err_set(e, ERR_RANGE, "%s is no entry of the log", text);
	} else {
		rc = instant_parse(&out->known_ms, span_str(text), e);
		out->has_known_ms = !rc;
	}
	return rc ? err_wrap(e, rc, "--known-at %s", text) : 0;
}

static int read_view(struct query *q, const struct question_words *w, day_t today, struct err *e)
{
	if (w->tree && !strcmp(w->tree, "as-is"))
		q->tree = TREE_AS_IS;
	else if (w->tree && strcmp(w->tree, "as-was"))
		return err_set(e, ERR_INVALID, "--tree as-was or as-is, not %s", w->tree);
	q->tree_day = today;
	if (w->basis && !strcmp(w->basis, "accepted"))
		q->basis = BASIS_ACCEPTED;
	else if (w->basis && !strcmp(w->basis, "closed"))
		q->basis = BASIS_CLOSED;
	else if (w->basis && strcmp(w->basis, "signed"))
		return err_set(e, ERR_INVALID, "--basis signed, accepted or closed, not %s",
			       w->basis);
	return 0;
}

static const char *const steps[] = { [PLAN_MONTH] = "month",
				     [PLAN_QUARTER] = "quarter",
				     [PLAN_HALF] = "half",
				     [PLAN_YEAR] = "year" };

const char *question_each(enum plan_step each)
{
	return each > PLAN_NONE && each <= PLAN_YEAR ? steps[each] : "";
}

static int read_each(struct question *out, const char *text, struct err *e)
{
	if (!text)
		return 0;
	for (enum plan_step s = PLAN_MONTH; s <= PLAN_YEAR; s++) {
		if (!strcmp(text, steps[s])) {
			out->each = s;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "--each month, quarter, half or year, not %s", text);
}

static int read_of(struct question *out, const char *text, struct err *e)
{
	const char *colon = text ? strchr(text, ':') : NULL;

	if (!text)
		return 0;
	out->of = instrument_parse(colon ? span_of(text, (size_t)(colon - text)) : span_str(text));
	if (out->of == INSTR_NONE)
		return err_set(e, ERR_INVALID, "--of INSTRUMENT[:DOC_NO], not %s", text);
	if (colon)
		out->of_doc = span_str(colon + 1);
	out->q.of = out->of; /* also a version that is in force no more */
	out->q.of_doc = out->of_doc;
	return 0;
}

int question_read(struct question *out, const struct question_words *w, day_t today, struct err *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_days(&out->q.period, w, e);
	if (!rc)
		rc = read_known(out, w->known_at, e);
	if (!rc)
		rc = read_of(out, w->of, e);
	if (!rc)
		rc = read_each(out, w->each, e);
	return rc ? rc : read_view(&out->q, w, today, e);
}

int question_periods(const struct period **out, size_t *count, const struct question *q,
		     struct ledger *l, struct arena *a, struct err *e)
{
	const struct form *f = ledger_form_code(l, SPAN_LIT("monthly"), NULL);
	struct period *list = arena_array(a, QUESTION_PERIODS_MAX, sizeof(*list));
	struct calendar calendar = { .count = 0 };
	day_t day = q->q.period.from;
	int rc = list ? 0 : err_set(e, ERR_NOMEM, "no memory for a series");

	*out = list;
	*count = 0;
	if (!rc && day > q->q.period.to)
		return err_set(e, ERR_RANGE, "the range ends before it begins");
	if (!rc && f)
		rc = part_calendar(l, f->no, &calendar, e);
	while (!rc && day <= q->q.period.to) {
		struct period p = calendar_period(&calendar, q->each, day, q->q.period);

		if (*count == QUESTION_PERIODS_MAX)
			return err_set(e, ERR_RANGE, "a series of more than %d periods",
				       QUESTION_PERIODS_MAX);
		p.from = day;
		if (p.to > q->q.period.to)
			p.to = q->q.period.to;
		list[(*count)++] = p;
		day = p.to + 1;
	}
	return rc;
}

/* ---- of a table ---- */

static int read_level(struct question *out, const char *text, struct err *e)
{
	if (text && !strcmp(text, "grassroots"))
		out->level = LEVEL_GRASSROOTS;
	else if (text && strcmp(text, "direct"))
		return err_set(e, ERR_INVALID, "--level direct or grassroots, not %s", text);
	return 0;
}

static int read_order(struct question *out, const char *text, struct err *e)
{
	static const char *const names[ORDERS] = { "official", "attainment", "rate", "count" };

	if (!text)
		return 0;
	for (unsigned i = 0; i < ORDERS; i++) {
		if (!strcmp(text, names[i])) {
			out->order = i;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "--order official, attainment, rate or count, not %s", text);
}

int question_read_table(struct question *out, const struct question_words *w, day_t today,
			struct err *e)
{
	int rc = question_read(out, w, today, e);

	out->measure = span_str(w->measure ? w->measure : default_measure);
	out->all_measures = out->each && !w->measure;
	if (!rc && out->each && (w->of || w->level || w->order))
		rc = err_set(e, ERR_INVALID,
			     "table: --each goes without --of, --level and --order");
	if (!rc)
		rc = read_level(out, w->level, e);
	return rc ? rc : read_order(out, w->order, e);
}

/* ---- when ---- */

int question_known(struct question *q, struct ledger *l, struct err *e)
{
	uint64_t newest = ledger_info(l).lsn;
	char text[INSTANT_TEXT_MAX];
	int rc;

	if (!q->has_known_ms && q->q.known_at != UINT64_MAX && q->q.known_at > newest)
		return err_set(e, ERR_NOTFOUND, "entry %llu is asked for, the log ends at %llu",
			       (unsigned long long)q->q.known_at, (unsigned long long)newest);
	if (!q->has_known_ms)
		return 0;
	rc = query_lsn_at(&q->q.known_at, l, q->known_ms, e);
	if (rc)
		return err_wrap(e, rc, "--known-at %s", instant_iso(text, q->known_ms));
	q->has_known_ms = false;
	return 0;
}

/* ---- the wire ---- */

struct wire_query question_to_wire(const struct question *q, uint32_t what)
{
	struct wire_query w = { .what = what,
				.unit = q->q.unit,
				.from_day = q->q.period.from,
				.to_day = q->q.period.to,
				.tree = q->q.tree,
				.tree_day = q->q.tree_day,
				.basis = q->q.basis,
				.each = q->each };

	if (q->has_known_ms)
		w.known_ms = q->known_ms;
	else if (q->q.known_at != UINT64_MAX)
		w.known_lsn = q->q.known_at;
	w.instrument = q->of;
	w.doc_no = q->of_doc;
	if (what == WIRE_TABLE) {
		w.measure = q->all_measures ? span_of(NULL, 0) : q->measure;
		w.level = q->level;
		w.order = q->order;
	}
	return w;
}

/* A table of days after days has no targets and no order but the official one. */
static bool each_holds(const struct wire_query *w)
{
	if (w->what != WIRE_TABLE || !w->each)
		return w->each <= PLAN_YEAR;
	return w->each <= PLAN_YEAR && !w->instrument && !w->doc_no.len && !w->level && !w->order;
}

static bool days_hold(const struct wire_query *w)
{
	return w->from_day >= DAY_MIN && w->from_day <= DAY_MAX && w->to_day >= DAY_MIN &&
	       w->to_day <= DAY_MAX && w->tree_day >= DAY_MIN && w->tree_day <= DAY_MAX &&
	       w->known_ms >= instant_of_day_start(DAY_MIN) &&
	       w->known_ms <= instant_of_day_end(DAY_MAX);
}

int question_from_wire(struct question *out, const struct wire_query *w, day_t today, struct err *e)
{
	if (w->what < WIRE_TOTALS || w->what > WIRE_BRIDGE || w->tree > TREE_AS_IS ||
	    w->basis > BASIS_CLOSED || !each_holds(w) ||
	    (w->what == WIRE_BRIDGE && w->basis == BASIS_CLOSED) || w->instrument >= INSTR_COUNT ||
	    w->level >= LEVELS || w->order >= ORDERS || !days_hold(w))
		return err_set(e, ERR_INVALID, "a question with a number that means nothing");
	*out = (struct question){
		.q = { .unit = w->unit,
		       .period = { w->from_day, w->to_day },
		       .known_at = w->known_lsn ? w->known_lsn : UINT64_MAX,
		       .tree = (enum query_tree)w->tree,
		       .tree_day = w->tree == TREE_AS_IS && w->tree_day ? w->tree_day : today,
		       .basis = (enum query_basis)w->basis,
		       .of = (enum target_instrument)w->instrument,
		       .of_doc = w->doc_no },
		.has_known_ms = !w->known_lsn && w->known_ms,
		.known_ms = w->known_ms,
		.each = (enum plan_step)w->each,
		.all_measures = w->each && !w->measure.len,
		.measure = w->measure.len ? w->measure : span_str(default_measure),
		.of = (enum target_instrument)w->instrument,
		.of_doc = w->doc_no,
		.level = (enum table_level)w->level,
		.order = (enum table_order)w->order,
	};
	return 0;
}
