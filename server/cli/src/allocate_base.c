/* What a total is shared by: members on a day, what was reached in the year before, a measure of any
 * period (sources, say), or weights of a file. */
#include "allocate.h"

#include "base/csv.h"
#include "base/text.h"
#include "domain/limits.h"

#include <stdlib.h>

enum { WEIGHTS_FILE_MAX = 4 << 20 };

/* Of the month that ends on `day`, or of a members.csv before it. */
static int members_on(struct allocation *al, const struct unit *u, day_t day, int64_t *members)
{
	struct ymd at = day_to_ymd(day);
	struct query q = { .unit = u->unit, .known_at = UINT64_MAX };
	struct cli *c = al->c;
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	char text[DAY_TEXT_MAX];
	int rc;

	if (!t || !day_from_ymd(&q.period.from, at.year, at.month, 1))
		return err_set(&c->err, ERR_NOMEM, "no memory for totals");
	q.period.to = day;
	rc = query_totals(t, c->store.ledger, &q, c->arena, &c->err);
	if (!rc && !t->has_members)
		rc = err_set(&c->err, ERR_NOTFOUND, "%s: no members are known on %s", u->code,
			     day_iso(text, day));
	*members = rc ? 0 : t->members;
	return rc;
}

/* On the territory that the unit has when the target is given: what its predecessors reached is its own. */
static int measured(struct allocation *al, const struct unit *u, uint16_t measure, struct period p,
		    int64_t *value, bool *known)
{
	struct query q = { .unit = u->unit,
			   .period = p,
			   .known_at = UINT64_MAX,
			   .tree = TREE_AS_IS,
			   .tree_day = al->period.from };
	struct cli *c = al->c;
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	int rc = t ? query_totals(t, c->store.ledger, &q, c->arena, &c->err)
		   : err_set(&c->err, ERR_NOMEM, "no memory for totals");

	*value = 0;
	*known = false;
	for (size_t i = 0; !rc && i < t->measure_count; i++) {
		if (t->measures[i].measure != measure || !t->measures[i].count)
			continue;
		*value = t->measures[i].sum;
		*known = true;
	}
	return rc;
}

static int by_members(struct allocation *al, const char *text)
{
	day_t day = al->period.from - 1;
	int rc = *text ? day_parse(&day, NULL, span_str(text), &al->c->err) : 0;

	cli_misused(al->c, rc);
	al->floor_day = day;
	for (size_t i = 0; !rc && i < al->count; i++)
		rc = al->rows[i].left_out ? 0
					  : members_on(al, al->units[i], day, &al->rows[i].base);
	return rc;
}

static int by_measure(struct allocation *al, const char *code, struct period p)
{
	struct cli *c = al->c;
	uint16_t no = ledger_measure(c->store.ledger, span_str(code));
	int rc = no ? 0 : err_set(&c->err, ERR_NOTFOUND, "no form has a measure %s", code);

	for (size_t i = 0; !rc && i < al->count; i++) {
		struct alloc_row *r = &al->rows[i];
		char days[PERIOD_TEXT_MAX];
		bool known;

		rc = measured(al, al->units[i], no, p, &r->base, &known);
		if (!rc && !known && !r->left_out && !r->has_lock) /* which is not zero */
			rc = err_set(
				&c->err, ERR_NOTFOUND,
				"%s: nobody reported %s in %s; leave it out, or lock its share",
				r->code, code, period_text(days, p));
	}
	return rc;
}

/* The same days a year earlier. */
static struct period year_before(struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);

	/* 29 February has no day a year earlier. */
	if (!day_from_ymd(&p.from, from.year - 1, from.month, from.day))
		day_from_ymd(&p.from, from.year - 1, from.month, from.day - 1);
	if (!day_from_ymd(&p.to, to.year - 1, to.month, to.day))
		day_from_ymd(&p.to, to.year - 1, to.month, to.day - 1);
	return p;
}

/* *column: where it goes wrong. */
static int read_weight(struct allocation *al, const struct span fields[2], bool *seen, int *column)
{
	enum text_grouping style;
	struct cli *c = al->c;
	size_t i = 0;

	*column = 0;
	while (i < al->count && !span_eq(span_str(al->units[i]->code), fields[0]))
		i++;
	if (i == al->count)
		return err_set(&c->err, ERR_NOTFOUND, "%.*s is not directly below %s",
			       (int)fields[0].len, (const char *)fields[0].data, al->top->code);
	if (seen[i])
		return err_set(&c->err, ERR_EXISTS, "%s stands there twice", al->units[i]->code);
	seen[i] = true;
	*column = 1;
	return text_count(&al->rows[i].base, &style, fields[1], &c->err);
}

static int read_weights(struct allocation *al, struct span text, bool *seen)
{
	static const struct csv_column columns[] = { { "unit", true, false },
						     { "weight", true, false } };
	struct span fields[ARRAY_LEN(columns)];
	struct err *e = &al->c->err;
	struct csv *csv = NULL;
	int rc = csv_open(&csv, text, columns, ARRAY_LEN(columns), e), more;

	while (!rc && (more = csv_next(csv, fields, e)) != 0) {
		int column;

		rc = more < 0 ? more : read_weight(al, fields, seen, &column);
		if (rc && more > 0)
			err_wrap(e, rc, "line %zu, column %s", csv_line(csv), columns[column].name);
	}
	csv_close(csv);
	return rc;
}

static int by_weights(struct allocation *al, const char *path)
{
	struct cli *c = al->c;
	bool *seen = arena_array(c->arena, al->count, sizeof(*seen));
	uint8_t *text = NULL;
	size_t len;
	int rc = seen ? cli_file(c, &text, &len, path, WEIGHTS_FILE_MAX)
		      : err_set(&c->err, ERR_NOMEM, "no memory to share out");

	if (!rc)
		rc = read_weights(al, span_of(text, len), seen);
	if (rc && text)
		err_wrap(&c->err, rc, "%s", path);
	free(text);
	for (size_t i = 0; !rc && i < al->count; i++)
		if (!seen[i] && !al->rows[i].left_out && !al->rows[i].has_lock)
			rc = err_set(&c->err, ERR_NOTFOUND,
				     "%s: %s has no weight; leave it out, or give it one", path,
				     al->units[i]->code);
	return rc;
}

/* "measure:CODE:PERIOD" */
static int by_any_measure(struct allocation *al, const char *text)
{
	const char *colon = strchr(text, ':');
	struct period p;
	char *code;
	int rc = colon ? period_parse(&p, span_str(colon + 1), &al->c->err)
		       : err_set(&al->c->err, ERR_INVALID, "--base measure:CODE:PERIOD");

	if (rc)
		return cli_misused(al->c, rc);
	code = arena_str(al->c->arena, span_of(text, (size_t)(colon - text)));
	return code ? by_measure(al, code, p) : err_set(&al->c->err, ERR_NOMEM, "out of memory");
}

static bool begins(const char *text, const char *with, const char **rest)
{
	size_t len = strlen(with);

	*rest = text + len;
	return !strncmp(text, with, len);
}

static int set_floors(struct allocation *al)
{
	int64_t den = 100, members;
	int rc = 0;

	for (unsigned i = 0; i < al->floor_decimals; i++)
		den *= 10;
	for (size_t i = 0; !rc && al->has_floor && i < al->count; i++) {
		struct alloc_row *r = &al->rows[i];

		if (r->left_out)
			continue;
		rc = members_on(al, al->units[i], al->floor_day, &members);
		r->has_floor = true;
		r->floor_den = den;
		if (!rc && (members > FIGURE_VALUE_MAX / 100000000 || al->floor_digits > 100000000))
			rc = err_set(&al->c->err, ERR_RANGE, "rate x base: out of range");
		if (!rc)
			r->floor_num = members * al->floor_digits;
	}
	return rc;
}

int allocation_bases(struct allocation *al)
{
	const char *base = options.base ? options.base : "members", *rest;
	int rc;

	al->floor_day = al->period.from - 1;
	if (!strcmp(base, "members"))
		rc = by_members(al, "");
	else if (begins(base, "members:", &rest))
		rc = by_members(al, rest);
	else if (!strcmp(base, "last"))
		rc = by_measure(al, al->measure, year_before(al->period));
	else if (begins(base, "weights:", &rest))
		rc = by_weights(al, rest);
	else if (begins(base, "measure:", &rest))
		rc = by_any_measure(al, rest);
	else
		rc = cli_misused(al->c,
				 err_set(&al->c->err, ERR_INVALID,
					 "--base members[:DAY], last, measure:CODE:PERIOD or "
					 "weights:FILE, not %s",
					 base));
	return rc ? rc : set_floors(al);
}
