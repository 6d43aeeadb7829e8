/* Totals as JSON. */
#include "internal.h"

#include "crypto/hash.h"
#include "report/names.h"

#include <stdlib.h>

const char *basis_name(enum query_basis basis)
{
	return basis == BASIS_ACCEPTED ? "accepted" : basis == BASIS_CLOSED ? "closed" : "signed";
}

static json_t *number_or_null(bool known, int64_t n)
{
	return known ? json_integer(n) : json_null();
}

static json_t *json_measures(struct ledger *l, const struct totals *t)
{
	json_t *j = json_object();

	for (size_t i = 0; i < t->measure_count; i++)
		json_object_set_new(j, measure_code_of(l, t->measures[i].measure),
				    number_or_null(t->measures[i].count > 0, t->measures[i].sum));
	return j;
}

static json_t *json_prev_year(struct ledger *l, const struct totals *t)
{
	json_t *j = json_object();

	for (size_t i = 0; i < t->measure_count; i++) {
		const struct measure_total *m = &t->prev_year[i];

		json_object_set_new(j, measure_code_of(l, m->measure),
				    json_pack("{s:o, s:b}", "value",
					      number_or_null(m->count > 0, m->sum), "computed",
					      t->prev_year_merged));
	}
	return j;
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

static json_t *json_reporting(const struct totals *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "expected", (json_int_t)t->reporting.expected,
			 "reported", (json_int_t)t->reporting.reported, "accepted",
			 (json_int_t)t->reporting.accepted, "late", (json_int_t)t->reporting.late,
			 "contested", (json_int_t)t->reporting.contested);
}

static json_t *json_sheets(const struct totals *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "expected",
			 (json_int_t)t->sheets.expected, "signed", (json_int_t)t->sheets.signed_,
			 "accepted", (json_int_t)t->sheets.accepted, "late",
			 (json_int_t)t->sheets.late, "missing", (json_int_t)t->sheets.missing,
			 "nil", (json_int_t)t->sheets.nil, "on_behalf",
			 (json_int_t)t->sheets.on_behalf, "changed", (json_int_t)t->sheets.changed,
			 "broken", (json_int_t)t->sheets.broken);
}

static json_t *json_totals(struct ledger *l, const struct totals *t, const struct question *asked)
{
	const struct query *q = &t->asked;

	return json_pack(
		"{s:s, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:b, s:o, s:o, s:o}",
		"unit", unit_code_of(l, q->unit), "from", json_day(q->period.from), "to",
		json_day(q->period.to), "known_at", json_known(l, t->known_lsn, t->known_time_ms),
		"tree", q->tree == TREE_AS_IS ? "as-is" : "as-was", "basis", basis_name(q->basis),
		"illustrative", mark_json(mark_of(l)), "members",
		number_or_null(t->has_members, t->members), "members_from",
		t->has_members ? json_string(t->members_from) : json_null(), "units",
		json_unit_kinds(t), "measures", json_measures(l, t), "prev_year",
		json_prev_year(l, t), "reporting", json_reporting(t), "sheets", json_sheets(t),
		"covered", t->covered, "targets", json_targets(t, asked), "instruments_differ",
		t->instruments_differ, "differences", json_differences(l, t, 0), "sum_below",
		number_or_null(t->has_sum_below, t->sum_below), "questions", json_questions(t));
}

/* What is closed prints again byte for byte: a hash of the report says so. */
static int put_hash(json_t *j, bool closed, struct err *e)
{
	char hex[HASH_HEX_MAX],
		*text = closed ? json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	struct hash h;

	if (closed && !text)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	if (closed)
		h = hash_bytes(span_str(text));
	json_object_set_new(j, "hash",
			    closed ? json_string(hex_encode(hex, h.b, HASH_BYTES)) : json_null());
	free(text);
	return 0;
}

int report_totals(json_t **out, struct ledger *l, const struct question *q, struct arena *a,
		  struct err *e)
{
	struct totals *t = arena_alloc(a, sizeof(*t));
	struct query asked = q->q;
	json_t *missing = NULL;
	int rc = t ? 0 : err_set(e, ERR_NOMEM, "no memory for totals");

	*out = NULL;
	asked.late = true;
	if (!rc)
		rc = query_totals(t, l, &asked, a, e);
	if (rc)
		return rc;
	*out = json_totals(l, t, q);
	if (!*out)
		return err_set(e, ERR_NOMEM, "no memory for totals");
	rc = put_hash(*out, t->asked.basis == BASIS_CLOSED, e);
	if (!rc && t->asked.basis == BASIS_CLOSED)
		rc = json_missing(&missing, l, t, a, e);
	if (!rc)
		json_object_set_new(*out, "missing_sheets", missing ? missing : json_null());
	if (rc) {
		json_decref(*out);
		*out = NULL;
	}
	return rc;
}
