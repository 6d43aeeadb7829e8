/* Targets by unit and instrument, who is behind and why, places, and what was done about it. A row is a
 * unit directly below (or a grassroots one), a column one instrument of the unit above. */
#include "targets_board.h"

#include "ledger/follow.h"
#include "ledger/part.h"
#include "report/report.h"

static int64_t of_measure(const struct totals *t, uint16_t measure, bool *any)
{
	*any = false;
	for (size_t i = 0; i < t->measure_count; i++)
		if (t->measures[i].measure == measure && t->measures[i].count) {
			*any = true;
			return t->measures[i].sum;
		}
	return 0;
}

static int read_totals(struct board *b, struct row *r, const struct unit *u)
{
	struct query q = b->q.q;

	r->unit = u;
	r->totals = arena_alloc(b->k->a, sizeof(*r->totals));
	if (!r->totals)
		return err_set(b->k->e, ERR_NOMEM, "no memory for a table");
	q.unit = u->unit;
	q.measure = b->measure;
	return query_totals(r->totals, b->k->base, &q, b->k->a, b->k->e);
}

void board_match(struct board *b, struct row *r, const struct target_line *lines, size_t count)
{
	struct target_set own = { lines, count },
			  above = { b->top.totals->targets, b->top.totals->target_count };

	for (size_t i = 0; i < b->head_count; i++)
		r->targets[i] = target_answering(own, &b->heads[i]->target, above,
						 b->q.q.period.to);
}

/* Of who has reported something what counts towards a term may not be known. */
static bool is_judged(const struct row *r, const struct target_line *t)
{
	return t && t->has_goal && (t->has_attained || !r->has_value);
}

static int64_t towards(const struct row *r, const struct target_line *t)
{
	return t && t->has_attained ? t->attained : r->value;
}

void board_judge(struct board *b, struct row *r)
{
	for (size_t i = 0; i < b->head_count; i++) {
		const struct target_line *t = r->targets[i];
		struct pace_ask ask = { .day = b->q.q.period.to };

		if (t)
			ask = (struct pace_ask){ .period = target_days(&t->target,
								       b->q.q.period.to),
						 .day = b->q.q.period.to,
						 .has_goal = is_judged(r, t),
						 .has_attained = t->has_attained,
						 .limit = target_is_limit(&t->target),
						 .goal = t->goal,
						 .attained = t->attained };
		pace_judge(&r->pace[i], &ask);
	}
}

static bool no_source(struct board *b, const struct totals *t)
{
	uint16_t cells = ledger_measure(b->k->base, SPAN_LIT("cells"));
	uint16_t left = ledger_measure(b->k->base, SPAN_LIT("no_source_left"));
	bool any, both;
	int64_t of = cells ? of_measure(t, cells, &any) : 0;

	return of > 0 && left && of_measure(t, left, &both) >= of && both;
}

bool board_began_before(const struct board *b, const struct op_target *t)
{
	return target_days(t, b->q.q.period.to).from < b->q.q.period.from;
}

/* What counts towards the number of a term: from its first day on, not of this year alone. */
static int read_term(struct board *b, struct row *r, size_t head)
{
	struct call *k = b->k;
	struct query q = b->q.q;
	struct totals *t = arena_alloc(k->a, sizeof(*t));
	uint64_t lsn = r->targets[head]->lsn;
	int rc;

	if (!t)
		return err_set(k->e, ERR_NOMEM, "no memory for a table");
	q.unit = r->unit->unit;
	q.measure = b->measure;
	q.period.from = target_days(&r->targets[head]->target, q.period.to).from;
	rc = query_totals(t, k->base, &q, k->a, k->e);
	for (size_t i = 0; !rc && i < t->target_count; i++)
		if (t->targets[i].lsn == lsn)
			r->targets[head] = &t->targets[i];
	return rc;
}

static int fill(struct board *b, struct row *r, const struct unit *u)
{
	int rc = read_totals(b, r, u);

	if (rc)
		return rc;
	r->value = of_measure(r->totals, b->measure, &r->has_value);
	board_match(b, r, r->totals->targets, r->totals->target_count);
	for (size_t k = 0; k < b->head_count && !rc; k++)
		if (r->targets[k] && board_began_before(b, &r->targets[k]->target))
			rc = read_term(b, r, k);
	if (rc)
		return rc;
	board_judge(b, r);
	r->facts = (struct lag_facts){ .pace = &r->pace[0],
				       .attained = towards(r, r->targets[0]),
				       .missing = r->totals->sheets.missing,
				       .no_source = no_source(b, r->totals) };
	rank_group(r->group, u->tags ? u->tags : "");
	return 0;
}

/* The instruments of the unit above make the columns; where it has none, those of the first below that has. The year's
 * first: by the first one units are ranked, and behind. */
static void take_heads(struct board *b, const struct target_line *lines, size_t count)
{
	for (int terms = 0; terms < 2; terms++)
		for (size_t i = 0; i < count && b->head_count < INSTRUMENTS_MAX; i++)
			if (lines[i].has_goal && !lines[i].target.group.len &&
			    board_began_before(b, &lines[i].target) == terms &&
			    ledger_measure(b->k->base, lines[i].target.measure) == b->measure)
				b->heads[b->head_count++] = &lines[i];
}

static int take_heads_below(struct board *b)
{
	struct call *k = b->k;
	const struct unit **children;
	size_t count = 0;
	int rc = tree_children(ledger_tree(k->base), b->top.unit->unit, b->q.q.period.to,
			       UINT64_MAX, &children, &count, k->e);

	for (size_t i = 0; !rc && i < count && !b->head_count; i++) {
		const struct target_line *lines;
		size_t n = 0;

		rc = query_goals(&lines, &n, k->base, children[i]->unit, b->q.q.period, UINT64_MAX,
				 k->a, k->e);
		if (!rc)
			take_heads(b, lines, n);
	}
	return rc;
}

static int list_units(struct board *b, const struct unit ***units, size_t *count)
{
	const struct tree *t = ledger_tree(b->k->base);
	day_t day = b->q.q.period.to;

	if (b->q.level == LEVEL_DIRECT)
		return tree_children(t, b->top.unit->unit, day, UINT64_MAX, units, count, b->k->e);
	*units = arena_array(b->k->a, tree_count(t) + 1, sizeof(**units));
	*count = 0;
	if (!*units)
		return err_set(b->k->e, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < tree_count(t) && *count < ROWS_MAX; i++) {
		const struct unit *u = tree_at(t, i);

		if (unit_alive(u, day) && unit_kind_grassroots(unit_kind_at(u, day, UINT64_MAX)) &&
		    tree_inside(t, u->unit, b->top.unit->unit, day, UINT64_MAX))
			(*units)[(*count)++] = u;
	}
	return 0;
}

static int rank(struct board *b, enum rank_by by)
{
	struct rank_row *rows = arena_array(b->k->a, b->count + 1, sizeof(*rows));
	struct rank_place *places = arena_array(b->k->a, b->count + 1, sizeof(*places));
	int rc;

	b->order = arena_array(b->k->a, b->count + 1, sizeof(*b->order));
	if (!rows || !places || !b->order)
		return err_set(b->k->e, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < b->count; i++) {
		const struct row *r = &b->rows[i];
		const struct target_line *t = r->targets[0];

		rows[i] = (struct rank_row){ .group = r->group,
					     .has_value = r->has_value,
					     .has_goal = is_judged(r, t),
					     .has_members = r->totals->has_members,
					     .no_source = r->facts.no_source,
					     .limit = t && target_is_limit(&t->target),
					     .value = by == RANK_BY_ATTAINMENT ? towards(r, t)
									       : r->value,
					     .goal = t ? t->goal : 0,
					     .members = r->totals->members,
					     .missing = r->totals->sheets.missing };
	}
	rc = rank_rows(places, b->order, rows, b->count, by, RANK_SMALL_TARGET_DEFAULT, b->k->e);
	for (size_t i = 0; !rc && i < b->count; i++)
		b->rows[i].place = places[i];
	return rc;
}

/* ---- JSON ---- */

static json_t *json_target(const struct row *r, size_t i)
{
	const struct pace *p = &r->pace[i];
	json_t *j;

	if (!r->targets[i])
		return json_null();
	j = report_target(r->targets[i]);
	json_object_update_new(
		j, json_pack("{s:I, s:I, s:I, s:I, s:I, s:s}", "by_now", (json_int_t)p->by_now,
			     "ahead", (json_int_t)p->ahead, "missing", (json_int_t)p->missing,
			     "per_month", (json_int_t)p->per_month, "days_left",
			     (json_int_t)p->days_left, "pace", pace_status_name(p->status)));
	return j;
}

static json_t *json_notes(const struct unit_follow *f)
{
	enum { SHOWN = 5 };
	json_t *list = json_array();

	for (size_t i = 0; i < f->note_count && i < SHOWN; i++)
		json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "day",
						      json_day(f->notes[i].note.day), "who",
						      json_span(f->notes[i].note.who), "text",
						      json_span(f->notes[i].note.text)));
	return list;
}

/* Whom to call, what was done, and when the last of it came: of those that are behind. */
static int add_follow(struct board *b, const struct row *r, json_t *j)
{
	struct call *k = b->k;
	struct unit_follow f;
	int64_t heard_ms = 0;
	int rc = query_follow(&f, k->base, r->unit->unit, b->q.q.period.from,
			      day_of_instant(k->now_ms), UINT64_MAX, k->a, k->e);

	if (!rc)
		rc = board_last_heard(k, r->unit->unit, &heard_ms);
	if (rc)
		return rc;
	json_object_set_new(j, "last_entry", heard_ms ? json_instant(heard_ms) : json_null());
	json_object_set_new(j, "notes", json_notes(&f));
	json_object_set_new(j, "note_count", json_integer((json_int_t)f.notes_all));
	json_object_set_new(j, "officer",
			    f.has_officer ? json_span(f.officer.name) : json_string(""));
	return 0;
}

static int json_row(struct board *b, const struct row *r, bool top, json_t **out)
{
	const struct unit *u = r->unit;
	bool placed = !top && r->place.apart == RANK_PLACED;
	enum lag_cause cause = lag_judge(&r->facts);
	json_t *targets = json_array();
	bool behind;

	if (!top && cause == LAG_NONE && r->facts.missing)
		cause = LAG_NOT_REPORTED;
	behind = !top && cause != LAG_NONE;
	for (size_t i = 0; i < b->head_count; i++)
		json_array_append_new(targets, json_target(r, i));
	*out = json_pack(
		"{s:s, s:s, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:I, s:s, s:s, s:s, s:s, s:s}",
		"unit", u->code, "name",
		unit_name_of(b->k->base, u->unit, b->q.q.period.to, UINT64_MAX), "value",
		r->has_value ? json_integer(r->value) : json_null(), "members",
		r->totals->has_members ? json_integer(r->totals->members) : json_null(), "reported",
		(json_int_t)r->totals->reporting.reported, "expected",
		(json_int_t)r->totals->reporting.expected, "sheets_missing",
		(json_int_t)r->totals->sheets.missing, "targets", targets, "place",
		placed ? json_integer(r->place.overall) : json_null(), "of",
		(json_int_t)r->place.overall_of, "group", r->group, "apart",
		top ? "" : rank_apart_name(r->place.apart), "cause",
		top ? "" : lag_cause_name(cause), "contact", u->contact ? u->contact : "", "phone",
		u->phone ? u->phone : "");
	return behind ? add_follow(b, r, *out) : 0;
}

static json_t *json_instruments(const struct board *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->head_count; i++) {
		const struct op_target *t = &b->heads[i]->target;

		json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:o}", "instrument",
						      instrument_name(t->instrument), "name",
						      _(instrument_label(t->instrument)), "doc_no",
						      json_span(t->doc_no), "from",
						      json_day(t->period.from), "to",
						      json_day(t->period.to)));
	}
	return list;
}

/* Those behind first, whoever has least of what is due. */
static int json_lagging(struct board *b, json_t *list)
{
	struct lag_facts *facts = arena_array(b->k->a, b->count + 1, sizeof(*facts));
	size_t *places = arena_array(b->k->a, b->count + 1, sizeof(*places)), listed = 0;
	int rc;

	if (!facts || !places)
		return err_set(b->k->e, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < b->count; i++)
		facts[i] = b->rows[i].facts;
	rc = lag_list(places, &listed, facts, b->count, b->k->e);
	for (size_t i = 0; !rc && i < listed; i++)
		json_array_append_new(list, json_string(b->rows[places[i]].unit->code));
	for (size_t i = 0; !rc && i < b->count; i++)
		if (lag_judge(&facts[i]) == LAG_NONE && facts[i].missing)
			json_array_append_new(list, json_string(b->rows[i].unit->code));
	return rc;
}

static int answer(struct board *b)
{
	struct call *k = b->k;
	json_t *rows = json_array(), *lagging = json_array(), *places = json_array(), *row;
	int rc = 0;

	json_object_set_new(k->out, "rows", rows);
	json_object_set_new(k->out, "lagging", lagging);
	json_object_set_new(k->out, "places", places);
	for (size_t i = 0; !rc && i < b->count; i++) {
		rc = json_row(b, &b->rows[i], false, &row);
		json_array_append_new(rows, row);
		json_array_append_new(places, json_string(b->rows[b->order[i]].unit->code));
	}
	if (!rc)
		rc = json_lagging(b, lagging);
	if (!rc)
		rc = json_row(b, &b->top, true, &row);
	if (!rc)
		json_object_set_new(k->out, "total", row);
	json_object_update_new(
		k->out, json_pack("{s:o, s:o, s:s, s:s, s:o, s:o}", "from",
				  json_day(b->q.q.period.from), "to", json_day(b->q.q.period.to),
				  "measure", measure_code_of(k->base, b->measure), "measure_name",
				  measure_name_of(k->base, measure_code_of(k->base, b->measure)),
				  "instruments", json_instruments(b), "known",
				  json_known(k->base, b->top.totals->known_lsn,
					     b->top.totals->known_time_ms)));
	return rc;
}

/* ---- the question ---- */

/* From 1 January to the day asked for, by default the last day of a month that is over. */
static int read_period(struct call *k, struct period *out)
{
	const char *to = text_at(k->in, "to");
	struct ymd d;
	int rc = 0;

	out->to = call_last_month(k);
	if (*to)
		rc = day_parse(&out->to, NULL, span_str(to), k->e);
	d = day_to_ymd(out->to);
	if (!rc && !day_from_ymd(&out->from, d.year, 1, 1))
		rc = err_set(k->e, ERR_RANGE, "%s is no day", to);
	return rc;
}

day_t call_last_month(struct call *k)
{
	struct ymd d = day_to_ymd(day_of_instant(k->now_ms));
	day_t first = 0;

	(void)day_from_ymd(&first, d.year, d.month, 1);
	/* in January the year that is over is what people look at */
	return first - 1;
}

static int prepare(struct board *b)
{
	struct call *k = b->k;
	const char *unit = text_at(k->in, "unit"), *measure = text_at(k->in, "measure");
	const struct tree *t = ledger_tree(k->base);
	int rc = read_period(k, &b->q.q.period);

	if (rc)
		return rc;
	b->q.q.known_at = UINT64_MAX;
	b->q.level = !strcmp(text_at(k->in, "level"), "grassroots") ? LEVEL_GRASSROOTS
								    : LEVEL_DIRECT;
	b->measure = ledger_measure(k->base, span_str(*measure ? measure : "admitted"));
	b->top.unit = *unit ? tree_by_code(t, span_str(unit))
			    : tree_get(t, client_identity(k->c)->unit);
	if (!b->top.unit || !tree_inside(t, b->top.unit->unit, client_identity(k->c)->unit,
					 b->q.q.period.to, UINT64_MAX))
		return err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			       unit);
	if (!b->measure)
		return err_set(k->e, ERR_NOTFOUND, "no form has a measure %s", measure);
	rc = read_totals(b, &b->top, b->top.unit);
	if (!rc)
		take_heads(b, b->top.totals->targets, b->top.totals->target_count);
	if (!rc && !b->head_count)
		rc = take_heads_below(b);
	return rc ? rc : fill(b, &b->top, b->top.unit);
}

int api_targets(struct call *k)
{
	struct board *b = arena_alloc(k->a, sizeof(*b));
	enum rank_by by = rank_by_parse(text_at(k->in, "by"));
	const struct unit **units;
	size_t count = 0;
	int rc;

	if (!b)
		return err_set(k->e, ERR_NOMEM, "no memory for a table");
	memset(b, 0, sizeof(*b));
	b->k = k;
	rc = prepare(b);
	if (!rc)
		rc = list_units(b, &units, &count);
	if (rc)
		return rc;
	b->rows = arena_array(k->a, count + 1, sizeof(*b->rows));
	if (!b->rows)
		return err_set(k->e, ERR_NOMEM, "no memory for a table");
	memset(b->rows, 0, (count + 1) * sizeof(*b->rows));
	if (b->q.level == LEVEL_GRASSROOTS)
		rc = board_leaves(b, units, count);
	for (; !rc && b->count < count; b->count++)
		rc = fill(b, &b->rows[b->count], units[b->count]);
	if (!rc)
		rc = rank(b, by == RANK_BYS ? RANK_BY_ATTAINMENT : by);
	return rc ? rc : answer(b);
}

/* ---- month by month: target, attained, variance ---- */

static int add_month(struct board *b, struct period m, json_t *list)
{
	struct board month = *b;
	struct row r = { 0 };
	json_t *targets = json_array();
	int rc;

	month.q.q.period = m;
	rc = read_totals(&month, &r, b->top.unit);
	if (!rc)
		r.value = of_measure(r.totals, b->measure, &r.has_value);
	for (size_t i = 0; !rc && i < b->head_count; i++) {
		const struct target_line *t = b->heads[i];
		struct pace_ask ask = { .period = target_days(&t->target, m.to),
					.day = m.from - 1,
					.has_goal = true,
					.has_attained = true,
					.goal = t->goal };
		struct pace before, after;

		pace_judge(&before, &ask);
		ask.day = m.to;
		pace_judge(&after, &ask);
		json_array_append_new(targets,
				      json_integer((json_int_t)(after.by_now - before.by_now)));
	}
	json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "period", json_period(m), "value",
					      r.has_value ? json_integer(r.value) : json_null(),
					      "due", targets));
	return rc;
}

int api_target_months(struct call *k)
{
	struct board *b = arena_alloc(k->a, sizeof(*b));
	json_t *list = json_array();
	day_t at;
	int rc;

	json_object_set_new(k->out, "months", list);
	if (!b)
		return err_set(k->e, ERR_NOMEM, "no memory for a table");
	memset(b, 0, sizeof(*b));
	b->k = k;
	rc = prepare(b);
	for (at = b->q.q.period.from; !rc && at <= b->q.q.period.to; at = day_month_last(at) + 1)
		rc = add_month(b, (struct period){ at, day_month_last(at) }, list);
	if (rc)
		return rc;
	json_object_set_new(k->out, "instruments", json_instruments(b));
	json_object_set_new(k->out, "name",
			    json_string(unit_name_of(k->base, b->top.unit->unit, b->q.q.period.to,
						     UINT64_MAX)));
	return 0;
}

/* ---- what was done ---- */

int api_note(struct call *k)
{
	struct op op = { .kind = OP_NOTE };
	char own[NAME_MAX_BYTES + 1] = "";
	int rc = call_unit(k, &op.unit);

	if (!rc)
		rc = client_person_name(k->c, own, k->e);
	if (rc)
		return rc;
	op.note.day = day_of_instant(k->now_ms);
	op.note.who = span_str(own);
	op.note.text = span_str(text_at(k->in, "text"));
	return call_queue(k, &op);
}
