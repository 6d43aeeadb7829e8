/* How an allocation looks: JSON, words made of it, and the file of targets that it would be. */
#include "allocate.h"

#include "base/buf.h"
#include "base/csv.h"
#include "report/report.h"

static json_t *json_quota(const struct alloc_quota *q)
{
	return q->den ? json_pack("{s:I, s:I, s:I}", "whole", (json_int_t)q->whole, "num",
				  (json_int_t)q->num, "den", (json_int_t)q->den)
		      : json_null();
}

static json_t *json_optional(bool has, int64_t n)
{
	return has ? json_integer(n) : json_null();
}

static json_t *json_share(const struct allocation *al, size_t i, bool shared)
{
	const struct alloc_row *r = &al->rows[i];
	const struct alloc_share *s = &al->shares[i];
	bool by_base = shared && s->given && s->why == ALLOC_BY_BASE;

	return json_pack(
		"{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "unit",
		al->units[i]->code, "name", unit_name_at(al->units[i], al->period.from, UINT64_MAX),
		"base", json_optional(!r->left_out, r->base), "first", json_quota(&s->first),
		"last", json_quota(&s->last), "floor_asked",
		json_optional(s->has_floor, s->floor_asked), "floor",
		json_optional(s->has_floor, s->floor), "cap", json_optional(r->has_cap, r->cap),
		"lock", json_optional(r->has_lock, r->lock), "why",
		shared || !s->given ? json_string(alloc_why_name(s->why)) : json_null(),
		"remainder_rank", json_optional(by_base, s->remainder_rank), "plus_one",
		by_base && s->plus_one, "share", json_optional(shared && s->given, s->share));
}

static const char *floor_text(const struct allocation *al)
{
	static const int64_t tens[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };
	int64_t ten = tens[al->floor_decimals];

	if (!al->floor_decimals)
		return arena_printf(al->c->arena, "%lld", (long long)al->floor_digits);
	return arena_printf(al->c->arena, "%lld.%0*lld", (long long)(al->floor_digits / ten),
			    (int)al->floor_decimals, (long long)(al->floor_digits % ten));
}

json_t *allocation_json(const struct allocation *al, const struct err *refused)
{
	const struct alloc_sums *sums = &al->sums;
	char period[PERIOD_TEXT_MAX];
	json_t *j = json_object(), *rows = json_array();

	for (size_t i = 0; i < al->count; i++)
		json_array_append_new(rows, json_share(al, i, !refused));
	json_object_set_new(j, "unit", json_string(al->top->code));
	json_object_set_new(j, "period", json_string(period_text(period, al->period)));
	json_object_set_new(j, "measure", json_string(al->measure));
	json_object_set_new(j, "total_asked", json_integer(al->ask.total));
	json_object_set_new(j, "total_of", options.of ? json_string(options.of) : json_null());
	json_object_set_new(j, "total", json_optional(!refused, sums->total));
	json_object_set_new(j, "base", json_string(options.base ? options.base : "members"));
	json_object_set_new(j, "base_sum", json_integer(sums->base));
	json_object_set_new(j, "floor", al->has_floor ? json_string(floor_text(al)) : json_null());
	json_object_set_new(j, "floor_day", al->has_floor ? json_day(al->floor_day) : json_null());
	json_object_set_new(j, "floors_asked", json_integer(sums->floors_asked));
	json_object_set_new(j, "floors", json_integer(sums->floors));
	json_object_set_new(j, "locked", json_integer(sums->locked));
	json_object_set_new(j, "impossible", json_boolean(sums->impossible));
	json_object_set_new(j, "choice", json_string(alloc_choice_name(al->ask.choice)));
	json_object_set_new(j, "given", json_integer((json_int_t)sums->given));
	json_object_set_new(j, "left_out", json_integer((json_int_t)sums->left_out));
	json_object_set_new(j, "refused", refused ? json_string(refused->msg) : json_null());
	json_object_set_new(j, "rows", rows);
	return j;
}

/* ---- words ---- */

static const char *why_words(const struct alloc_share *s)
{
	switch (s->why) {
	case ALLOC_LEFT_OUT:
		return _("no target given");
	case ALLOC_AT_FLOOR:
		return _("at its floor");
	case ALLOC_AT_CAP:
		return _("at its cap");
	case ALLOC_LOCKED:
		return _("locked");
	case ALLOC_BY_BASE:
		break;
	}
	return s->plus_one ? _("by the base, and one for the remainder") : _("by the base");
}

static void head_words(const struct allocation *al)
{
	const struct alloc_sums *sums = &al->sums;
	struct cli *c = al->c;

	lang_print(c->out, _("%s (%s), %s: %s to hand down to %zu units\n"),
		   unit_name_at(al->top, al->period.from, UINT64_MAX), al->top->code,
		   show_period(c->arena, al->period), show_number(c->arena, al->ask.total),
		   sums->given);
	if (al->has_floor)
		fprintf(c->out,
			_("floors of %s of the members on %s, each rounded up: %s in all, by unit below\n"),
			show_percent(c->arena, floor_text(al)), show_day(c->arena, al->floor_day),
			show_number(c->arena, sums->floors_asked));
	if (sums->locked)
		fprintf(c->out, _("locked shares: %s in all\n"),
			show_number(c->arena, sums->locked));
	if (sums->impossible)
		fprintf(c->out, _("that is more than there is to hand down, by %s\n"),
			show_number(c->arena, sums->locked + sums->floors_asked - al->ask.total));
}

enum { SPREAD_YEARS = 3 };

/* What floors and locks would need by that choice. */
static const char *needed(const struct allocation *al, enum alloc_choice choice)
{
	struct alloc_share *shares = arena_array(al->c->arena, al->count, sizeof(*shares));
	struct alloc_ask ask = al->ask;
	struct alloc_sums sums = { 0 };
	struct err ignored = { 0 };

	ask.choice = choice;
	ask.years = SPREAD_YEARS;
	ask.year = 1;
	if (shares)
		(void)allocate(shares, &sums, &ask, &ignored); /* the sums are told in any case */
	return show_number(al->c->arena, sums.locked + sums.floors);
}

/* The four ways out, told with what they come to. */
static void choices_words(const struct allocation *al)
{
	FILE *out = al->c->out;

	fprintf(out, _("what can be done, and what would then be needed:\n"));
	fprintf(out, _("  --floors raise          hand down %s\n"), needed(al, ALLOC_RAISE));
	fprintf(out, _("  --floors lower          lower the floors in proportion: %s\n"),
		needed(al, ALLOC_LOWER));
	fprintf(out, _("  --floors down           round the floors down: %s\n"),
		needed(al, ALLOC_ROUND_DOWN));
	fprintf(out,
		_("  --floors spread:1/3     keep a floor under one person over three years: %s\n"),
		needed(al, ALLOC_SPREAD));
}

static bool same_quota(const struct alloc_quota *a, const struct alloc_quota *b)
{
	return a->whole == b->whole && a->num == b->num && a->den == b->den;
}

static void explain_words(const struct allocation *al, size_t i)
{
	const struct alloc_share *s = &al->shares[i];
	struct cli *c = al->c;

	fprintf(c->out, "%s: ", al->units[i]->code);
	if (!s->given) {
		fprintf(c->out, _("left out; no target given, which is not zero\n"));
		return;
	}
	if (s->why == ALLOC_LOCKED) {
		fprintf(c->out, _("locked at %s\n"), show_number(c->arena, s->share));
		return;
	}
	if (s->first.den)
		lang_print(c->out, _("base %s, by base alone %s %lld/%lld; "),
			   show_number(c->arena, al->rows[i].base),
			   show_number(c->arena, s->first.whole), (long long)s->first.num,
			   (long long)s->first.den);
	if (s->has_floor)
		fprintf(c->out, _("floor %s; "), show_number(c->arena, s->floor));
	if (al->rows[i].has_cap)
		fprintf(c->out, _("cap %s; "), show_number(c->arena, al->rows[i].cap));
	if (s->why == ALLOC_BY_BASE && s->last.den && !same_quota(&s->first, &s->last))
		lang_print(c->out, _("of what the others leave %s %lld/%lld; "),
			   show_number(c->arena, s->last.whole), (long long)s->last.num,
			   (long long)s->last.den);
	if (s->remainder_rank)
		lang_print(c->out, _("remainder no. %u; "), s->remainder_rank);
	fprintf(c->out, _("share %s, %s\n"), show_number(c->arena, s->share), why_words(s));
}

void allocation_words(const struct allocation *al, const json_t *j)
{
	struct cli *c = al->c;
	struct grid *g = grid_new(c->arena, 6);
	bool shared = json_is_null(json_object_get(j, "refused"));
	int64_t sum = 0;

	head_words(al);
	if (!shared && al->sums.impossible)
		choices_words(al);
	grid_cell(g, _("no."), true);
	grid_cell(g, _("unit"), false);
	grid_cell(g, _("base"), true);
	grid_cell(g, _("floor"), true);
	grid_cell(g, _("share"), true);
	grid_cell(g, "", false);
	grid_rule(g);
	for (size_t i = 0; i < al->count; i++) {
		const struct alloc_share *s = &al->shares[i];

		grid_cell(g, arena_printf(c->arena, "%zu", i + 1), true);
		grid_cell(g, unit_name_at(al->units[i], al->period.from, UINT64_MAX), false);
		grid_cell(g, s->given ? show_number(c->arena, al->rows[i].base) : "", true);
		grid_cell(g,
			  s->has_floor ? show_number(c->arena, shared ? s->floor : s->floor_asked)
				       : "",
			  true);
		grid_cell(g, shared && s->given ? show_number(c->arena, s->share) : "", true);
		grid_cell(g, shared || !s->given ? why_words(s) : "", false);
		sum += s->share;
	}
	grid_rule(g);
	grid_cell(g, "", true);
	grid_cell(g, _("in all"), false);
	grid_cell(g, show_number(c->arena, al->sums.base), true);
	grid_cell(g, al->has_floor ? show_number(c->arena, al->sums.floors) : "", true);
	grid_cell(g, shared ? show_number(c->arena, sum) : "", true);
	grid_cell(g, "", false);
	(void)grid_print(g, c->out, &c->err);
	for (size_t i = 0; shared && options.explain && i < al->count; i++)
		explain_words(al, i);
}

/* ---- CSV ---- */

static void csv_text(struct buf *out, const char *text)
{
	csv_field(out, span_str(text), false);
}

void allocation_csv(const struct allocation *al, struct buf *out)
{
	char period[PERIOD_TEXT_MAX], day[DAY_TEXT_MAX];

	buf_printf(out,
		   "unit,period,measure,group,instrument,doc_no,doc_date,type,value,value_max,rate,"
		   "base_date,base_value,issuer\n");
	period_text(period, al->period);
	for (size_t i = 0; i < al->count; i++) {
		if (!al->shares[i].given)
			continue;
		csv_field(out, span_str(al->units[i]->code), true);
		csv_text(out, period);
		csv_text(out, al->measure);
		csv_text(out, "");
		csv_text(out, instrument_name(al->instrument));
		csv_field(out, al->doc_no, false);
		csv_text(out, al->doc_date ? day_iso(day, al->doc_date) : "");
		buf_printf(out, ",%s,%lld,,,,", al->limit ? "maximum" : "exact",
			   (long long)al->shares[i].share);
		csv_text(out, unit_name_at(al->top, al->period.from, UINT64_MAX));
		buf_printf(out, "\n");
	}
}
