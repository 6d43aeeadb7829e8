/* The board of months and what came late, as JSON. */
#include "report/months.h"

#include "proto/codec.h"
#include "report/names.h"

static json_t *json_marks(uint32_t marks)
{
	json_t *list = json_array();

	for (enum month_mark m = 0; m < MARKS; m++)
		if (marks >> m & 1)
			json_array_append_new(list, json_string(month_mark_name(m)));
	return list;
}

/* Who said "signed in time, received late", and why; null where nobody did. */
static json_t *json_in_time(struct ledger *l, const struct month_cell *c, uint64_t known,
			    struct arena *a)
{
	json_t *j = NULL;
	struct buf bytes;
	struct sheet s;
	struct entry en;
	struct op op;

	buf_init(&bytes, ENTRY_MAX);
	if (c->marks >> MARK_IN_TIME & 1 &&
	    !query_sheet_at(l, c->unit, c->form, c->period, known, &s, NULL) && s.accepted_lsn &&
	    !ledger_entry(l, s.accepted_lsn, &bytes, NULL) &&
	    !entry_decode(&en, buf_span(&bytes), a, NULL) &&
	    op_decode(&op, en.body, a, NULL) == CODE_OK)
		j = json_pack("{s:s, s:s, s:o, s:I}", "by", person_name_of(l, en.author, a), "unit",
			      unit_code_of(l, en.author_unit), "reason", json_span(op.reason),
			      "lsn", (json_int_t)en.lsn);
	buf_fini(&bytes);
	return j ? j : json_null();
}

static json_t *json_cell(struct ledger *l, const struct month_cell *c, uint64_t known,
			 struct arena *a)
{
	char period[PERIOD_TEXT_MAX];

	return json_pack(
		"{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "unit",
		unit_code_of(l, c->unit), "name", unit_name_of(l, c->unit, c->period.to, known),
		"form", form_code_of(l, c->form), "period", period_text(period, c->period), "from",
		json_day(c->period.from), "to", json_day(c->period.to), "state",
		month_work_name(c->work), "time", month_time_name(c->time), "due",
		c->has_due ? json_day(c->due) : json_null(), "received",
		json_instant(c->received_ms), "device_time", json_instant(c->device_ms), "closed",
		c->closed_lsn ? json_integer((json_int_t)c->closed_lsn) : json_null(), "marks",
		json_marks(c->marks), "in_time", json_in_time(l, c, known, a));
}

int report_months(json_t **out, struct ledger *l, const struct months_query *q, struct arena *a,
		  struct err *e)
{
	const struct month_cell *cells;
	json_t *rows, *seen;
	size_t count, sent = 0, missing = 0;
	int rc = json_seen(&seen, l, q->known_at, a, e);

	*out = NULL;
	if (!rc)
		rc = query_months(&cells, &count, l, q, a, e);
	if (rc) {
		json_decref(seen);
		return rc;
	}
	rows = json_array();
	for (size_t i = 0; i < count; i++) {
		sent += cells[i].sign_lsn != 0;
		missing += cells[i].time == TIME_MISSING;
		json_array_append_new(rows, json_cell(l, &cells[i], q->known_at, a));
	}
	*out = json_pack("{s:s, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:o}", "unit",
			 unit_code_of(l, q->unit), "from", json_day(q->period.from), "to",
			 json_day(q->period.to), "known_at", seen, "illustrative",
			 mark_json(mark_of(l)), "expected", (json_int_t)count, "sent",
			 (json_int_t)sent, "missing", (json_int_t)missing, "rows", rows);
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for months");
}

static json_t *json_figures(struct ledger *l, const struct op_sheet *w)
{
	json_t *j = json_object();

	for (size_t i = 0; i < w->figure_count; i++)
		json_object_set_new(j, measure_code_of(l, w->figures[i].measure),
				    w->figures[i].state == FIGURE_BLANK
					    ? json_null()
					    : json_integer(w->figures[i].value));
	return j;
}

/* Where it can count; empty for what only a closing made late, which counts where it was sent for. */
static int json_places(json_t **out, struct ledger *l, const struct late_line *v, struct arena *a,
		       struct err *e)
{
	const struct late_place *places;
	char period[PERIOD_TEXT_MAX];
	size_t count = 0;
	int rc = 0;

	*out = json_array();
	if (!v->decided_lsn && (v->code == CODE_SUCCESSOR || v->code == CODE_PERIOD_CUT))
		rc = query_late_places(&places, &count, l, v, a, e);
	for (size_t i = 0; i < count && !rc; i++)
		json_array_append_new(*out, json_pack("{s:s, s:s}", "unit",
						      unit_code_of(l, places[i].unit), "period",
						      period_text(period, places[i].period)));
	return rc;
}

int late_decision(struct op *op, struct ledger *l, uint64_t lsn, const struct unit *unit,
		  const struct period *period, struct arena *a, struct err *e)
{
	const struct late_place *places, *found = NULL;
	const struct late_line *lines, *late = NULL;
	char text[PERIOD_TEXT_MAX];
	const char *choice = "";
	size_t count, fits = 0;
	int rc = query_late(&lines, &count, l, 0, false, a, e);

	for (size_t i = 0; i < count && !rc; i++)
		if (lines[i].lsn == lsn)
			late = &lines[i];
	if (rc || !late)
		return rc ? rc : err_set(e, ERR_NOTFOUND, "%s", op_code_text(CODE_LATE_UNKNOWN));
	op->late.lsn = lsn;
	op->unit = late->unit;
	if (!op->late.counts || (late->code != CODE_SUCCESSOR && late->code != CODE_PERIOD_CUT))
		return 0;
	rc = query_late_places(&places, &count, l, late, a, e);
	for (size_t i = 0; i < count && !rc; i++) {
		if ((unit && unit->unit != places[i].unit) ||
		    (period &&
		     (period->from != places[i].period.from || period->to != places[i].period.to)))
			continue;
		found = &places[i];
		fits++;
	}
	for (size_t i = 0; i < count && !rc && fits != 1; i++)
		choice = arena_printf(a, "%s%s%s %s", choice, i ? ", " : "",
				      unit_code_of(l, places[i].unit),
				      period_text(text, places[i].period));
	if (!rc && fits != 1)
		return err_set(e, ERR_INVALID, "say with --unit and --period where it counts: %s",
			       choice);
	if (rc)
		return rc;
	if (found->unit != late->unit)
		op->unit = op->late.as_unit = found->unit;
	op->late.as_period = found->period;
	return 0;
}

static json_t *json_late(struct ledger *l, const struct late_line *v, json_t *places)
{
	const struct op_sheet *w = &v->op.sheet;
	char period[PERIOD_TEXT_MAX], device[20];

	snprintf(device, sizeof(device), "%016llx", (unsigned long long)v->device);
	return json_pack(
		"{s:I, s:o, s:o, s:s, s:s, s:s, s:s, s:I, s:s, s:o, s:b, s:o, s:o, s:o, s:o}",
		"lsn", (json_int_t)v->lsn, "time", json_instant(v->time_ms), "device_time",
		json_instant(v->device_ms), "unit", unit_code_of(l, v->unit), "form",
		form_code_of(l, (uint8_t)w->form), "period", period_text(period, w->period),
		"device", device, "author", (json_int_t)v->author, "code", op_code_name(v->code),
		"figures", json_figures(l, w), "signed", w->sign.how != SIGN_NONE, "reason",
		json_span(v->op.reason), "decided",
		v->decided_lsn ? json_integer((json_int_t)v->decided_lsn) : json_null(), "counts",
		v->decided_lsn ? json_boolean(v->counts) : json_null(), "places", places);
}

int report_late(json_t **out, struct ledger *l, uint32_t unit, bool waiting, struct arena *a,
		struct err *e)
{
	const struct late_line *lines;
	size_t count;
	int rc = query_late(&lines, &count, l, unit, waiting, a, e);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_array();
	for (size_t i = 0; i < count && !rc; i++) {
		json_t *places;

		rc = json_places(&places, l, &lines[i], a, e);
		json_array_append_new(*out, json_late(l, &lines[i], places));
	}
	if (rc) {
		json_decref(*out);
		*out = NULL;
		return rc;
	}
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for late ops");
}
