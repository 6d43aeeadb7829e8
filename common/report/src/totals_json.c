/* Totals as JSON. */
#include "internal.h"
#include "json_text.h"

#include "crypto/hash.h"
#include "ledger/months.h"
#include "report/names.h"

#include <stdlib.h>

enum { TOTALS_BYTES_MAX = 64 << 20 };

const char *basis_name(enum query_basis basis)
{
	return basis == BASIS_ACCEPTED ? "accepted" : basis == BASIS_CLOSED ? "closed" : "signed";
}

static json_t *number_or_null(bool known, int64_t n)
{
	return known ? json_integer(n) : json_null();
}

static void put_measures(struct buf *b, struct ledger *l, const struct totals *t)
{
	json_text_key(b, "measures");
	json_text_open(b, '{');
	for (size_t i = 0; i < t->measure_count; i++) {
		json_text_key(b, measure_code_of(l, t->measures[i].measure));
		json_text_int_or_null(b, t->measures[i].count > 0, t->measures[i].sum);
	}
	json_text_close(b, '}');
}

static void put_prev_year(struct buf *b, struct ledger *l, const struct totals *t)
{
	json_text_key(b, "prev_year");
	json_text_open(b, '{');
	for (size_t i = 0; i < t->measure_count; i++) {
		const struct measure_total *m = &t->prev_year[i];

		json_text_key(b, measure_code_of(l, m->measure));
		json_text_open(b, '{');
		json_text_key(b, "value");
		json_text_int_or_null(b, m->count > 0, m->sum);
		json_text_key(b, "computed");
		json_text_bool(b, t->prev_year_merged);
		json_text_close(b, '}');
	}
	json_text_close(b, '}');
}

json_t *json_unit_kinds(const struct totals *t)
{
	json_t *j = json_object();

	for (enum unit_kind k = UNIT_NONE + 1; k < UNIT_KINDS; k++)
		json_object_set_new(j, unit_kind_name(k), json_integer((json_int_t)t->units[k]));
	return j;
}

/* What was attained where the unit stood when the target was given to it; null where that is where it stands. */
json_t *report_comparable(const struct target_line *t)
{
	const struct comparable *c = t ? &t->comparable : NULL;

	if (!c || !t->has_attained || !c->changed)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "day", json_day(c->day), "attained",
			 number_or_null(c->known, c->sum), "attained_percent",
			 c->known && t->has_goal && !target_is_limit(&t->target)
				 ? json_percent(c->sum, t->goal)
				 : json_null(),
			 "excess", number_or_null(c->known && t->has_goal, c->sum - t->goal));
}

json_t *report_target(const struct target_line *t)
{
	bool known = t->has_goal && t->has_attained, rate = target_is_rate(&t->target);
	bool limit = target_is_limit(&t->target); /* no part of it is attained: it is kept or not */
	char period[PERIOD_TEXT_MAX];
	json_t *j;

	j = json_pack("{s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "instrument",
		      instrument_name(t->target.instrument), "doc_no", json_span(t->target.doc_no),
		      "issuer", json_span(t->target.issuer), "period",
		      period_text(period, t->target.period), "type",
		      target_type_name(t->target.type), "value",
		      number_or_null(!rate, t->target.value), "value_max",
		      number_or_null(t->target.type == TARGET_RANGE, t->target.value_max), "goal",
		      number_or_null(t->has_goal, t->goal), "attained",
		      number_or_null(t->has_attained, t->attained), "attained_percent",
		      known && !limit ? json_percent(t->attained, t->goal) : json_null(), "excess",
		      number_or_null(known, t->excess), "excess_percent",
		      known && !limit ? json_percent(t->excess, t->goal) : json_null());
	if (!j)
		return NULL;
	json_object_set_new(j, "measure", json_span(t->target.measure));
	json_object_set_new(j, "group", json_span(t->target.group));
	json_object_set_new(j, "per", json_string(t->target.per_year ? "year" : "period"));
	json_object_set_new(j, "rate", rate ? report_rate(&t->target) : json_null());
	json_object_set_new(j, "base_value",
			    number_or_null(t->target.has_base, t->target.base_value));
	json_object_set_new(j, "base_date",
			    t->target.base_date ? json_day(t->target.base_date) : json_null());
	json_object_set_new(j, "comparable", report_comparable(t));
	json_object_set_new(j, "kept", known && limit ? json_boolean(t->excess <= 0) : json_null());
	json_object_set_new(j, "sum_below", number_or_null(t->has_below, t->below));
	json_object_set_new(j, "superseded_by",
			    number_or_null(t->superseded_by != 0, (int64_t)t->superseded_by));
	return j;
}

bool target_asked(const struct question *q, const struct op_target *t)
{
	return (q->of == INSTR_NONE || t->instrument == q->of) &&
	       (!q->of_doc.len || span_eq(t->doc_no, q->of_doc));
}

static json_t *json_targets(const struct totals *t, const struct question *asked)
{
	json_t *j = json_array();

	for (size_t i = 0; i < t->target_count; i++)
		if (target_asked(asked, &t->targets[i].target))
			json_array_append_new(j, report_target(&t->targets[i]));
	return j;
}

static json_t *json_document(const struct target_line *t)
{
	return json_pack("{s:s, s:o, s:o, s:I}", "instrument",
			 instrument_name(t->target.instrument), "doc_no",
			 json_span(t->target.doc_no), "issuer", json_span(t->target.issuer), "goal",
			 (json_int_t)t->goal);
}

json_t *json_differences(struct ledger *l, const struct totals *t, uint16_t measure)
{
	json_t *j = json_array();

	for (size_t i = 0; i < t->difference_count; i++) {
		const struct target_difference *d = &t->differences[i];
		const struct op_target *of = &t->targets[d->a].target;

		if (measure && ledger_measure(l, of->measure) != measure)
			continue;
		json_array_append_new(j, json_pack("{s:o, s:o, s:o, s:o, s:I}", "measure",
						   json_span(of->measure), "group",
						   json_span(of->group), "of",
						   json_document(&t->targets[d->a]), "less",
						   json_document(&t->targets[d->b]), "difference",
						   (json_int_t)d->more));
	}
	return j;
}

static json_t *json_questions(const struct totals *t)
{
	json_t *j = json_array();

	for (size_t i = 0; i < t->question_count; i++)
		json_array_append_new(j, json_pack("{s:s, s:s, s:s, s:I, s:I}", "rule",
						   t->questions[i].rule->code, "text_vi",
						   t->questions[i].rule->text_vi, "text_en",
						   t->questions[i].rule->text_en, "left",
						   (json_int_t)t->questions[i].left, "right",
						   (json_int_t)t->questions[i].right));
	return j;
}

struct count {
	const char *key;
	uint64_t n;
};

static void put_counts(struct buf *b, const char *key, const struct count *counts, size_t count)
{
	json_text_key(b, key);
	json_text_open(b, '{');
	for (size_t i = 0; i < count; i++) {
		json_text_key(b, counts[i].key);
		json_text_int(b, (int64_t)counts[i].n);
	}
	json_text_close(b, '}');
}

static void put_reporting(struct buf *b, const struct totals *t)
{
	const struct count reporting[] = {
		{ "expected", t->reporting.expected },   { "reported", t->reporting.reported },
		{ "accepted", t->reporting.accepted },   { "late", t->reporting.late },
		{ "contested", t->reporting.contested },
	};
	const struct count sheets[] = {
		{ "expected", t->sheets.expected },   { "signed", t->sheets.signed_ },
		{ "accepted", t->sheets.accepted },   { "late", t->sheets.late },
		{ "missing", t->sheets.missing },     { "nil", t->sheets.nil },
		{ "on_behalf", t->sheets.on_behalf }, { "changed", t->sheets.changed },
		{ "broken", t->sheets.broken },
	};

	put_counts(b, "reporting", reporting, ARRAY_LEN(reporting));
	put_counts(b, "sheets", sheets, ARRAY_LEN(sheets));
}

static void put_head(struct buf *b, struct ledger *l, const struct totals *t)
{
	const struct query *q = &t->asked;

	json_text_key(b, "unit");
	json_text_string(b, unit_code_of(l, q->unit));
	json_text_key(b, "from");
	json_text_day(b, q->period.from);
	json_text_key(b, "to");
	json_text_day(b, q->period.to);
	json_text_key(b, "known_at");
	json_text_value(b, json_known(l, t->known_lsn, t->known_time_ms));
	json_text_key(b, "tree");
	json_text_string(b, q->tree == TREE_AS_IS ? "as-is" : "as-was");
	json_text_key(b, "basis");
	json_text_string(b, basis_name(q->basis));
	json_text_key(b, "illustrative");
	json_text_value(b, mark_json(mark_of(l)));
	json_text_key(b, "members");
	json_text_int_or_null(b, t->has_members, t->members);
	json_text_key(b, "members_from");
	json_text_string(b, t->has_members ? t->members_from : NULL);
	json_text_key(b, "units");
	json_text_value(b, json_unit_kinds(t));
}

/* All but the end: the bracket is still open. */
static void put_totals(struct buf *b, struct ledger *l, const struct totals *t,
		       const struct question *asked)
{
	json_text_open(b, '{');
	put_head(b, l, t);
	put_measures(b, l, t);
	put_prev_year(b, l, t);
	put_reporting(b, t);
	json_text_key(b, "covered");
	json_text_bool(b, t->covered);
	json_text_key(b, "targets");
	json_text_value(b, json_targets(t, asked));
	json_text_key(b, "instruments_differ");
	json_text_bool(b, t->instruments_differ);
	json_text_key(b, "differences");
	json_text_value(b, json_differences(l, t, 0));
	json_text_key(b, "sum_below");
	json_text_int_or_null(b, t->has_sum_below, t->sum_below);
	json_text_key(b, "questions");
	json_text_value(b, json_questions(t));
}

/* Of the object as it is at this moment. */
static int put_hash(json_t *j, struct err *e)
{
	char hex[HASH_HEX_MAX], *text = json_whole(j, JSON_COMPACT | JSON_SORT_KEYS);
	struct hash h;

	if (!text)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	h = hash_bytes(span_str(text));
	json_object_set_new(j, "hash", json_string(hex_encode(hex, h.b, HASH_BYTES)));
	free(text);
	return 0;
}

static void put_open(json_t *j)
{
	json_object_set_new(j, "hash", json_null());
	json_object_set_new(j, "hash_of", json_null());
	json_object_set_new(j, "missing_sheets", json_null());
}

/* What is closed prints again byte for byte: a hash of the report says so. Where the newest closing is of before
 * closings said what was missing, the hash is the one that was printed then, of the figures alone. */
static int put_closed(json_t *j, struct ledger *l, const struct totals *t, struct arena *a,
		      struct err *e)
{
	json_t *missing = NULL;
	bool all = false;
	int rc = query_closing_says(&all, l, t->known_lsn, e);

	if (!rc && !all)
		rc = put_hash(j, e);
	if (!rc)
		rc = json_missing(&missing, l, t, a, e);
	if (rc)
		return rc;
	json_object_set_new(j, "missing_sheets", missing);
	json_object_set_new(j, "hash_of", json_string(all ? "all" : "figures"));
	return all ? put_hash(j, e) : 0;
}

static int ask(struct totals **out, struct ledger *l, const struct question *q, struct arena *a,
	       struct err *e)
{
	struct query asked = q->q;

	*out = arena_alloc(a, sizeof(**out));
	asked.late = true;
	return *out ? query_totals(*out, l, &asked, a, e)
		    : err_set(e, ERR_NOMEM, "no memory for totals");
}

static json_t *json_totals(struct ledger *l, const struct totals *t, const struct question *q)
{
	struct buf text;
	json_t *j = NULL;

	buf_init(&text, TOTALS_BYTES_MAX);
	put_totals(&text, l, t, q);
	json_text_close(&text, '}');
	if (!text.failed)
		j = json_loadb((const char *)text.data, text.len, 0, NULL);
	buf_fini(&text);
	return j;
}

int totals_text(struct buf *b, struct ledger *l, const struct question *q, struct arena *a,
		struct err *e)
{
	struct totals *t;
	json_t *j;
	int rc;

	if (q->q.basis == BASIS_CLOSED) {
		rc = report_totals(&j, l, q, a, e);
		if (!rc)
			json_text_value(b, j);
		return rc;
	}
	rc = ask(&t, l, q, a, e);
	if (rc)
		return rc;
	put_totals(b, l, t, q);
	json_text_key(b, "hash");
	json_text_null(b);
	json_text_key(b, "hash_of");
	json_text_null(b);
	json_text_key(b, "missing_sheets");
	json_text_null(b);
	json_text_close(b, '}');
	return 0;
}

int report_totals(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e)
{
	struct totals *t;
	int rc = ask(&t, l, q, a, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_totals(l, t, q);
	if (!*out)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	if (t->asked.basis == BASIS_CLOSED)
		rc = put_closed(*out, l, t, a, e);
	else
		put_open(*out);
	if (rc) {
		json_decref(*out);
		*out = NULL;
	}
	return rc;
}
