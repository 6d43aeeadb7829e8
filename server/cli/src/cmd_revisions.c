/* revisions: each closed month as it was closed, as it was known at every later closing, and as it is known
 * now: what came afterwards, month by month. */
#include "show.h"

#include "ledger/months.h"
#include "ledger/part.h"

enum { MONTHS_MAX = 24 };

struct revisions {
	struct cli *c;
	const struct unit *unit;
	uint8_t form;
	uint16_t measure;
	struct {
		struct period period;
		uint64_t closed; /* lsn, 0: not closed */
	} months[MONTHS_MAX];
	size_t count;
	struct known {
		uint64_t lsn;
		struct measure_total figures[MONTHS_MAX]; /* count 0: nobody had reported it */
	} known[MONTHS_MAX + 1]; /* the closings, each once, and last what is known now */
	size_t known_count;
};

static int add_month(struct revisions *r, struct period p)
{
	struct cli *c = r->c;

	if (r->count == MONTHS_MAX)
		return err_set(&c->err, ERR_RANGE, "more than %d months at once", MONTHS_MAX);
	r->months[r->count].period = p;
	return query_closed(&r->months[r->count++].closed, c->store.ledger, r->unit->unit, r->form,
			    p, UINT64_MAX, &c->err);
}

static int list_months(struct revisions *r, struct period days)
{
	struct calendar calendar;
	int rc = part_calendar(r->c->store.ledger, r->form, &calendar, &r->c->err);

	for (day_t d = days.from; d <= days.to && !rc;) {
		struct period p = calendar_month(&calendar, d);

		d = p.to + 1;
		if (period_inside(p, days))
			rc = add_month(r, p);
	}
	return rc;
}

/* The figures of all months as known at an entry, in one walk. */
static int ask_months(struct revisions *r, struct known *k)
{
	struct cli *c = r->c;
	struct query q = { .unit = r->unit->unit, .known_at = k->lsn };
	struct period periods[MONTHS_MAX];
	struct series s;
	int rc;

	for (size_t i = 0; i < r->count; i++)
		periods[i] = r->months[i].period;
	rc = query_series(&s, c->store.ledger, &q, periods, r->count, c->arena, &c->err);
	for (size_t i = 0; i < r->count && !rc; i++)
		for (size_t m = 0; m < s.parts[i].measure_count; m++)
			if (s.parts[i].measures[m].measure == r->measure)
				k->figures[i] = s.parts[i].measures[m];
	return rc;
}

static bool asked(const struct revisions *r, uint64_t lsn)
{
	for (size_t i = 0; i < r->known_count; i++)
		if (r->known[i].lsn == lsn)
			return true;
	return false;
}

/* At every closing, in the order of their months, and now. */
static int ask_all(struct revisions *r)
{
	int rc = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->months[i].closed && !asked(r, r->months[i].closed))
			r->known[r->known_count++].lsn = r->months[i].closed;
	r->known[r->known_count++].lsn = UINT64_MAX;
	for (size_t i = 0; i < r->known_count && !rc; i++)
		rc = ask_months(r, &r->known[i]);
	return rc;
}

/* null when nobody had reported it. */
static json_t *value_at(const struct known *k, size_t month)
{
	const struct measure_total *t = &k->figures[month];

	return t->count ? json_integer((json_int_t)t->sum) : json_null();
}

static void month_row(struct revisions *r, size_t month, json_t *rows)
{
	const struct known *now = &r->known[r->known_count - 1];
	char period[PERIOD_TEXT_MAX];
	json_t *at = json_array();
	uint64_t closed = r->months[month].closed;

	for (const struct known *k = r->known; k < now && closed; k++)
		if (k->lsn >= closed)
			json_array_append_new(at, json_pack("{s:I, s:o}", "lsn", (json_int_t)k->lsn,
							    "value", value_at(k, month)));
	json_array_append_new(rows,
			      json_pack("{s:s, s:o, s:o, s:o}", "period",
					period_text(period, r->months[month].period), "closed",
					closed ? json_integer((json_int_t)closed) : json_null(),
					"at", at, "now", value_at(now, month)));
}

static const char *figure(struct arena *a, const json_t *value)
{
	return json_is_integer(value) ? show_number(a, json_integer_value(value)) : "";
}

static int tell(struct cli *c, const json_t *rows)
{
	struct grid *g = grid_new(c->arena, 4);
	const json_t *row;
	size_t i;

	grid_cell(g, _("period"), false);
	grid_cell(g, _("as closed"), true);
	grid_cell(g, _("as known now"), true);
	grid_cell(g, _("difference"), true);
	grid_rule(g);
	json_array_foreach(rows, i, row)
	{
		const json_t *now = json_object_get(row, "now");
		const json_t *closed =
			json_object_get(json_array_get(json_object_get(row, "at"), 0), "value");
		bool both = json_is_integer(now) && json_is_integer(closed);

		grid_cell(g, text_at(row, "period"), false);
		grid_cell(g, figure(c->arena, closed), true);
		grid_cell(g, figure(c->arena, now), true);
		grid_cell(g,
			  both ? show_number(c->arena,
					     json_integer_value(now) - json_integer_value(closed))
			       : "",
			  true);
	}
	return grid_print(g, c->out, &c->err);
}

static int ask(struct cli *c, char **argv, struct revisions *r)
{
	const struct form *f = ledger_form_code(c->store.ledger, SPAN_LIT("monthly"), &c->err);
	const char *measure = options.measure ? options.measure : "admitted";
	struct period days;
	int rc = parse_unit(c, argv[1], &r->unit);

	if (!rc && !options.period)
		rc = cli_misused(c,
				 err_set(&c->err, ERR_INVALID, "revisions needs --period PERIOD"));
	if (!rc)
		rc = cli_misused(c, period_parse(&days, span_str(options.period), &c->err));
	if (!rc && !f)
		rc = err_set(&c->err, ERR_NOTFOUND, "there is no form %s", "monthly");
	if (rc)
		return rc;
	r->form = f->no;
	r->measure = ledger_measure(c->store.ledger, span_str(measure));
	if (!r->measure)
		return err_set(&c->err, ERR_NOTFOUND, "there is no measure %s", measure);
	return list_months(r, days);
}

int cmd_revisions(struct cli *c, int argc, char **argv)
{
	struct revisions r = { .c = c };
	json_t *rows;
	int rc = ask(c, argv, &r);

	(void)argc;
	if (rc)
		return rc;
	rc = ask_all(&r);
	rows = json_array();
	for (size_t i = 0; i < r.count && !rc; i++)
		month_row(&r, i, rows);
	if (!rc && c->json)
		return show_json(c,
				 json_pack("{s:s, s:s, s:s, s:o}", "unit", r.unit->code, "measure",
					   measure_code_of(c->store.ledger, r.measure), "period",
					   options.period, "rows", rows));
	if (!rc)
		rc = tell(c, rows);
	json_decref(rows);
	return rc;
}
