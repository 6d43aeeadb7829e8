/* project UNIT: targets of the years ahead, every assumption told beside them. Nothing is written. */
#include "show.h"

#include "base/text.h"
#include "domain/project.h"

#include <stdlib.h>

struct projection {
	struct cli *c;
	const struct unit *unit;
	int first_year;
	size_t count;
	struct project_rule rule;
	bool has_day; /* the base is the members on that day */
	day_t base_day;
	struct project_year years[PROJECT_YEARS_MAX];
};

static int wrong(struct cli *c, const char *option, const char *text)
{
	return cli_misused(
		c, err_set(&c->err, ERR_INVALID, "--%s %s is not understood", option, text));
}

static int read_count(struct cli *c, const char *option, const char *text, int64_t *out)
{
	enum text_grouping style;

	return !text || !text_count(out, &style, span_str(text), NULL) ? 0 : wrong(c, option, text);
}

static int read_percent(struct cli *c, const char *option, const char *text, int64_t *digits,
			uint8_t *decimals)
{
	unsigned places;
	bool comma;

	if (text_percent(digits, &places, &comma, span_str(text), NULL))
		return wrong(c, option, text);
	*decimals = (uint8_t)places;
	return 0;
}

/* "5", or "0.4%" of each year's base. */
static int read_losses(struct projection *p)
{
	const char *text = options.losses;
	size_t len = text ? strlen(text) : 0;
	char *rate;

	if (!len || text[len - 1] != '%')
		return read_count(p->c, "losses", text, &p->rule.losses);
	rate = arena_str(p->c->arena, span_of(text, len - 1));
	return rate ? read_percent(p->c, "losses", rate, &p->rule.loss_digits,
				   &p->rule.loss_decimals)
		    : err_set(&p->c->err, ERR_NOMEM, "out of memory");
}

static int read_rounding(struct projection *p)
{
	const char *text = options.rounding ? options.rounding : "half-up";

	for (unsigned r = 0; r < PROJECT_ROUNDINGS; r++) {
		if (!strcmp(project_rounding_name(r), text)) {
			p->rule.rounding = r;
			return 0;
		}
	}
	return wrong(p->c, "rounding", text);
}

static int read_years(struct projection *p)
{
	struct period period;
	struct cli *c = p->c;
	struct ymd from, to;
	int rc = options.period ? period_parse(&period, span_str(options.period), &c->err)
				: err_set(&c->err, ERR_INVALID, "--period PERIOD");

	if (rc)
		return cli_misused(c, rc);
	from = day_to_ymd(period.from);
	to = day_to_ymd(period.to);
	if (from.month != 1 || from.day != 1 || to.month != 12 || to.day != 31 ||
	    to.year - from.year >= PROJECT_YEARS_MAX)
		return wrong(c, "period", options.period);
	p->first_year = from.year;
	p->count = (size_t)(to.year - from.year) + 1;
	p->base_day = period.from - 1;
	return 0;
}

/* A number, or the members on a day: that before the first year unless another is named. */
static int read_base(struct projection *p)
{
	static const char members[] = "members";
	const char *text = options.base ? options.base : members;
	struct query q = { .unit = p->unit->unit, .known_at = UINT64_MAX };
	struct cli *c = p->c;
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	size_t len = sizeof(members) - 1;
	struct ymd at;
	int rc = 0;

	if (strncmp(text, members, len) != 0)
		return read_count(c, "base", text, &p->rule.base);
	if (text[len] == ':')
		rc = cli_misused(c,
				 day_parse(&p->base_day, NULL, span_str(text + len + 1), &c->err));
	else if (text[len])
		rc = wrong(c, "base", text);
	if (rc)
		return rc;
	at = day_to_ymd(p->base_day);
	if (!t || !day_from_ymd(&q.period.from, at.year, at.month, 1))
		return err_set(&c->err, ERR_NOMEM, "no memory for totals");
	q.period.to = p->base_day;
	rc = query_totals(t, c->store.ledger, &q, c->arena, &c->err);
	if (!rc && !t->has_members) {
		char day[DAY_TEXT_MAX];

		rc = err_set(&c->err, ERR_NOTFOUND, "%s: no members are known on %s", p->unit->code,
			     day_iso(day, p->base_day));
	}
	p->has_day = true;
	p->rule.base = rc ? 0 : t->members;
	return rc;
}

static int read_words(struct projection *p, const char *unit)
{
	struct cli *c = p->c;
	int rc = parse_unit(c, unit, &p->unit);

	if (!rc && !options.rate)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID, "--rate PERCENT"));
	if (!rc)
		rc = read_percent(c, "rate", options.rate, &p->rule.rate_digits,
				  &p->rule.rate_decimals);
	if (!rc)
		rc = read_years(p) ?: read_rounding(p) ?: read_losses(p)
				?: read_count(c, "first", options.first, &p->rule.first);
	p->rule.has_first = options.first != NULL;
	p->rule.fixed_base = options.fixed_base;
	return rc ? rc : read_base(p);
}

/* "3.25" */
static const char *decimal(const struct projection *p, int64_t digits, unsigned decimals)
{
	int64_t ten = 1;

	for (unsigned i = 0; i < decimals; i++)
		ten *= 10;
	return decimals ? arena_printf(p->c->arena, "%lld.%0*lld", (long long)(digits / ten),
				       (int)decimals, (long long)(digits % ten))
			: arena_printf(p->c->arena, "%lld", (long long)digits);
}

static json_t *json_projection(const struct projection *p)
{
	json_t *j = json_object(), *rows = json_array();

	for (size_t i = 0; i < p->count; i++) {
		const struct project_year *y = &p->years[i];

		json_array_append_new(
			rows,
			json_pack("{s:i, s:I, s:{s:I, s:I, s:I}, s:I, s:I, s:I, s:I}", "year",
				  p->first_year + (int)i, "base", (json_int_t)y->base, "quota",
				  "whole", (json_int_t)y->whole, "num", (json_int_t)y->num, "den",
				  (json_int_t)y->den, "by_rule", (json_int_t)y->by_rule, "target",
				  (json_int_t)y->target, "losses", (json_int_t)y->losses, "end",
				  (json_int_t)y->end));
	}
	json_object_set_new(j, "unit", json_string(p->unit->code));
	json_object_set_new(j, "rate",
			    json_string(decimal(p, p->rule.rate_digits, p->rule.rate_decimals)));
	json_object_set_new(j, "rounding", json_string(project_rounding_name(p->rule.rounding)));
	json_object_set_new(j, "base", json_integer(p->rule.base));
	json_object_set_new(j, "base_day", p->has_day ? json_day(p->base_day) : json_null());
	json_object_set_new(j, "fixed_base", json_boolean(p->rule.fixed_base));
	json_object_set_new(j, "losses", json_integer(p->rule.losses));
	json_object_set_new(j, "losses_percent",
			    json_string(decimal(p, p->rule.loss_digits, p->rule.loss_decimals)));
	json_object_set_new(j, "first",
			    p->rule.has_first ? json_integer(p->rule.first) : json_null());
	json_object_set_new(j, "rows", rows);
	return j;
}

static const char *rounding_words(enum project_rounding r)
{
	return r == PROJECT_UP     ? _("rounded up")
	       : r == PROJECT_DOWN ? _("rounded down")
				   : _("rounded half up");
}

static int projection_words(const struct projection *p)
{
	struct cli *c = p->c;
	struct grid *g = grid_new(c->arena, 6);

	fprintf(c->out, _("%s: %s of the members, %s\n"), p->unit->code,
		show_percent(c->arena, decimal(p, p->rule.rate_digits, p->rule.rate_decimals)),
		rounding_words(p->rule.rounding));
	if (p->has_day)
		fprintf(c->out, _("base: %s members on %s\n"), show_number(c->arena, p->rule.base),
			show_day(c->arena, p->base_day));
	fprintf(c->out, "%s; ",
		p->rule.fixed_base ? _("the same base every year")
				   : _("whoever is to be admitted joins the next year's base"));
	if (options.losses)
		fprintf(c->out, _("%s assumed lost each year\n"), options.losses);
	else
		fprintf(c->out, _("no losses assumed\n"));
	grid_cell(g, _("year"), true);
	grid_cell(g, _("base"), true);
	grid_cell(g, _("exactly"), true);
	grid_cell(g, _("by the rule"), true);
	grid_cell(g, _("target"), true);
	grid_cell(g, _("lost"), true);
	grid_rule(g);
	for (size_t i = 0; i < p->count; i++) {
		const struct project_year *y = &p->years[i];

		grid_cell(g, arena_printf(c->arena, "%d", p->first_year + (int)i), true);
		grid_cell(g, show_number(c->arena, y->base), true);
		grid_cell(g,
			  arena_printf(c->arena, "%s %lld/%lld", show_number(c->arena, y->whole),
				       (long long)y->num, (long long)y->den),
			  true);
		grid_cell(g, show_number(c->arena, y->by_rule), true);
		grid_cell(g, show_number(c->arena, y->target), true);
		grid_cell(g, show_number(c->arena, y->losses), true);
	}
	return grid_print(g, c->out, &c->err);
}

int cmd_project(struct cli *c, int argc, char **argv)
{
	struct projection *p = arena_alloc(c->arena, sizeof(*p));
	int rc;

	(void)argc;
	if (!p)
		return err_set(&c->err, ERR_NOMEM, "no memory for totals");
	p->c = c;
	rc = read_words(p, argv[1]);
	if (!rc)
		rc = project_years(p->years, p->count, &p->rule, &c->err);
	if (rc)
		return rc;
	return c->json ? show_json(c, json_projection(p)) : projection_words(p);
}
