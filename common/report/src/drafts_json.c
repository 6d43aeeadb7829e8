/* Drafts of targets as JSON. */
#include "report/drafts.h"

#include "base/buf.h"
#include "base/text.h"
#include "report/names.h"
#include "report/report.h"

static json_t *json_optional(bool has, int64_t n)
{
	return has ? json_integer(n) : json_null();
}

static const struct op_target *subject_of(const struct draft_line *row)
{
	return row->draft.lsn ? &row->draft.target : &row->answer.target;
}

json_t *report_rate(const struct op_target *t)
{
	int64_t ten = 1;
	struct buf b;
	json_t *j;

	for (unsigned i = 0; i < t->rate_decimals; i++)
		ten *= 10;
	buf_init(&b, 64);
	buf_printf(&b, "%lld", (long long)(t->rate_digits / ten));
	if (t->rate_decimals)
		buf_printf(&b, ".%0*lld", (int)t->rate_decimals, (long long)(t->rate_digits % ten));
	j = json_span(buf_span(&b));
	buf_fini(&b);
	return j;
}

/* `of`: whose days and measure these are, where the row itself has nothing. */
static json_t *json_row(struct ledger *l, const struct draft_line *row, const struct op_target *of)
{
	const struct draft_number *d = &row->draft, *r = &row->answer, *g = &row->given;
	bool drafted = row->state > DRAFT_WITHDRAWN, both = d->has_goal && r->has_goal && drafted;
	bool given = g->lsn != 0;
	char period[PERIOD_TEXT_MAX];
	json_t *j = json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:s, s:b}", "unit",
			      unit_code_of(l, row->unit), "name",
			      unit_name_of(l, row->unit, of->period.from, UINT64_MAX), "period",
			      period_text(period, of->period), "measure", json_span(of->measure),
			      "group", json_span(of->group), "per_year", of->per_year, "state",
			      draft_state_name(row->state), "answered", row->answered);

	json_object_set_new(j, "type",
			    drafted ? json_string(target_type_name(d->target.type)) : json_null());
	json_object_set_new(j, "draft", json_optional(drafted && d->has_goal, d->goal));
	json_object_set_new(
		j, "draft_max",
		json_optional(drafted && d->target.type == TARGET_RANGE, d->target.value_max));
	json_object_set_new(j, "draft_rate",
			    drafted && target_is_rate(&d->target) ? report_rate(&d->target)
								  : json_null());
	json_object_set_new(j, "draft_lsn", json_optional(d->lsn != 0, (int64_t)d->lsn));
	json_object_set_new(j, "answer_by",
			    drafted && d->target.answer_by ? json_day(d->target.answer_by)
							   : json_null());
	json_object_set_new(j, "registered", json_optional(r->has_goal, r->goal));
	json_object_set_new(j, "registered_lsn", json_optional(r->lsn != 0, (int64_t)r->lsn));
	json_object_set_new(j, "registered_at", json_instant(r->time_ms));
	json_object_set_new(j, "difference", json_optional(both, r->goal - d->goal));
	json_object_set_new(j, "reason", json_span(r->reason));
	json_object_set_new(j, "on_behalf", json_span(r->on_behalf));
	json_object_set_new(j, "given", json_optional(given && g->has_goal, g->goal));
	json_object_set_new(j, "doc_no", given ? json_span(g->target.doc_no) : json_null());
	return j;
}

int report_drafts(json_t **out, struct ledger *l, uint32_t unit, uint64_t known_at, struct arena *a,
		  struct err *e)
{
	const struct draft_line *lines;
	size_t count;
	int rc = query_drafts(&lines, &count, l, unit, known_at, a, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_array();
	for (size_t i = 0; i < count; i++)
		if (lines[i].draft.lsn || lines[i].answer.lsn)
			json_array_append_new(*out, json_row(l, &lines[i], subject_of(&lines[i])));
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for drafts");
}

int report_drafts_table(json_t **out, struct ledger *l, const struct drafts_ask *ask,
			struct arena *a, struct err *e)
{
	struct op_target of = { .period = ask->period,
				.measure = ask->measure,
				.group = ask->group };
	struct drafts_table t;
	char period[PERIOD_TEXT_MAX];
	json_t *rows, *seen;
	int rc = json_seen(&seen, l, ask->known_at, a, e);

	*out = NULL;
	if (!rc)
		rc = query_drafts_table(&t, l, ask, a, e);
	if (rc) {
		json_decref(seen);
		return rc;
	}
	rows = json_array();
	for (size_t i = 0; i < t.count; i++)
		json_array_append_new(rows, json_row(l, &t.rows[i],
						     t.rows[i].draft.lsn || t.rows[i].answer.lsn
							     ? subject_of(&t.rows[i])
							     : &of));
	*out = json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
		"unit", unit_code_of(l, ask->unit), "period", period_text(period, ask->period),
		"measure", json_span(ask->measure), "group", json_span(ask->group), "known_at",
		seen, "limits", t.limits, "beside", (json_int_t)t.beside, "units",
		(json_int_t)t.count, "drafted", (json_int_t)t.drafted, "answered",
		(json_int_t)t.answered, "published", (json_int_t)t.published, "draft",
		(json_int_t)t.sum_draft, "registered", (json_int_t)t.sum_registered, "difference",
		(json_int_t)(t.sum_both[1] - t.sum_both[0]), "answer_by",
		t.answer_by ? json_day(t.answer_by) : json_null(), "rows", rows);
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for drafts");
}

/* ---- what is to be otherwise ---- */

struct reading {
	struct publish_change *list;
	size_t count;
	struct ledger *l;
	struct err *e;
};

static int read_item(struct reading *r, struct span item, bool leave_out)
{
	const uint8_t *equals = memchr(item.data, '=', item.len);
	struct span code = { item.data, equals ? (size_t)(equals - item.data) : item.len };
	const struct unit *u = tree_by_code(ledger_tree(r->l), code);
	struct publish_change *c = &r->list[r->count];
	enum text_grouping style;
	int rc = 0;

	if (!u)
		return err_set(r->e, ERR_NOTFOUND, "there is no unit %.*s", (int)code.len,
			       (const char *)code.data);
	*c = (struct publish_change){ .unit = u->unit, .leave_out = leave_out };
	for (size_t i = 0; i < r->count; i++)
		if (r->list[i].unit == u->unit)
			return err_set(r->e, ERR_EXISTS, "%s stands there twice", u->code);
	if (leave_out ? equals != NULL : equals == NULL)
		return err_set(r->e, ERR_INVALID,
			       "%.*s: UNIT=NUMBER to set, UNIT to leave out, with commas between",
			       (int)item.len, (const char *)item.data);
	if (!leave_out)
		rc = text_count(&c->value, &style, span_of(equals + 1, item.len - code.len - 1),
				r->e);
	r->count += !rc;
	return rc;
}

static int read_list(struct reading *r, const char *list, bool leave_out)
{
	int rc = 0;

	while (!rc && list && *list) {
		size_t len = strcspn(list, ",");

		rc = read_item(r, span_of(list, len), leave_out);
		list += len + (list[len] == ',');
	}
	return rc;
}

static size_t commas(const char *list)
{
	size_t n = 1;

	for (; list && *list; list++)
		n += *list == ',';
	return n;
}

int drafts_changes(struct publish_change **out, size_t *count, struct ledger *l, const char *set,
		   const char *leave_out, struct arena *a, struct err *e)
{
	struct reading r = { .l = l, .e = e };
	int rc;

	r.list = arena_array(a, commas(set) + commas(leave_out), sizeof(*r.list));
	if (!r.list)
		return err_set(e, ERR_NOMEM, "no memory for a list");
	rc = read_list(&r, set, false);
	if (!rc)
		rc = read_list(&r, leave_out, true);
	*out = r.list;
	*count = rc ? 0 : r.count;
	return rc;
}
