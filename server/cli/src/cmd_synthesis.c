/* synthesis UNIT --year YEAR: what a committee reports to its standing committee at the end of a year. The figures are
 * those of closed months, as they were when the last of these was closed, so that it prints the same again. */
#include "answers.h"
#include "laggards.h"

#include "domain/commend.h"
#include "ledger/months.h"
#include "report/csv_out.h"
#include "report/names.h"
#include "report/paper.h"
#include "report/public.h"
#include "report/report.h"

struct synthesis {
	struct cli *c;
	struct follow *f;
	struct paper *paper;
	int year;
	uint64_t known_at;       /* of the closing of the last month that counts; UINT64_MAX: now */
	unsigned closed, months; /* in a row from January; those that count */
	/* For outside: of these totals, what is left out. */
	const struct totals *outside_of;
	struct public_figure *now, *before;
};

/* ---- months ---- */

static struct period month_of(int year, unsigned month)
{
	struct period p = { 0, 0 };

	(void)day_from_ymd(&p.from, year, (int)month, 1);
	p.to = day_month_last(p.from);
	return p;
}

static int find_closed(struct synthesis *s, uint32_t unit)
{
	struct cli *c = s->c;
	struct ledger *l = c->store.ledger;
	const struct form *form = ledger_form_code(l, SPAN_LIT("monthly"), &c->err);
	uint64_t lsn = 1;
	int rc = 0;

	if (!form)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", "monthly");
	s->known_at = 0;
	while (s->closed < 12 && !rc && lsn) {
		rc = query_closed(&lsn, l, unit, form->no, month_of(s->year, s->closed + 1),
				  UINT64_MAX, &c->err);
		s->closed += lsn != 0;
		if (lsn > s->known_at)
			s->known_at = lsn;
	}
	return rc;
}

/* Without a closed month there is nothing to report, unless open ones are asked for. */
static int choose_months(struct synthesis *s, const struct unit *u)
{
	struct cli *c = s->c;
	day_t today = day_of_instant(cli_now(c)), to;
	int rc = find_closed(s, u->unit);

	if (rc)
		return rc;
	s->months = s->closed;
	if (options.open_months) {
		s->known_at = UINT64_MAX;
		/* whole months: a flash has only some of the measures, and parts would not add up */
		for (s->months = 0; s->months < 12; s->months++)
			if (month_of(s->year, s->months + 1).to >= today)
				break;
	}
	if (!s->months)
		return err_set(
			&c->err, ERR_STATE,
			"no month of %1d is closed for %s; --open-months counts open ones that are "
			"over, and says so",
			s->year, u->code);
	to = month_of(s->year, s->months).to;
	options.period = options.year;
	options.to = arena_printf(c->arena, "%s", day_iso((char[DAY_TEXT_MAX]){ 0 }, to));
	if (s->known_at != UINT64_MAX)
		options.known_at = arena_printf(c->arena, "%llu", (unsigned long long)s->known_at);
	return 0;
}

/* ---- figures ---- */

struct figure_pair {
	int64_t now, before; /* -1: not reported */
};

static struct figure_pair figure_of(const struct follow *f, const struct totals *t,
				    const char *code)
{
	uint16_t no = ledger_measure(f->c->store.ledger, span_str(code));
	struct figure_pair p = { -1, -1 };

	for (size_t i = 0; no && i < t->measure_count; i++) {
		if (t->measures[i].measure == no && t->measures[i].count)
			p.now = t->measures[i].sum;
		if (t->prev_year[i].measure == no && t->prev_year[i].count)
			p.before = t->prev_year[i].sum;
	}
	return p;
}

static int leave_out(struct public_figure **out, struct synthesis *s,
		     const struct measure_total *of, size_t count)
{
	struct cli *c = s->c;
	struct public_figure *f = arena_array(c->arena, count + 1, sizeof(*f));

	if (!f)
		return err_set(&c->err, ERR_NOMEM, "no memory to leave out small numbers");
	for (size_t i = 0; i < count; i++)
		f[i] = (struct public_figure){ .code = measure_code_of(c->store.ledger,
								       of[i].measure),
					       .known = of[i].count > 0,
					       .value = of[i].sum };
	*out = f;
	return public_figures(f, count, c->store.ledger, c->arena, &c->err);
}

/* With --public, before figures of these totals are written. */
static int look_outside(struct synthesis *s, const struct totals *t)
{
	int rc;

	if (!options.public_)
		return 0;
	s->outside_of = t;
	rc = leave_out(&s->now, s, t->measures, t->measure_count);
	return rc ? rc : leave_out(&s->before, s, t->prev_year, t->measure_count);
}

/* figure_of(), without what is left out. */
static struct figure_pair shown_of(const struct synthesis *s, const struct totals *t,
				   const char *code)
{
	struct figure_pair p = figure_of(s->f, t, code);

	for (size_t i = 0; s->outside_of == t && t && i < t->measure_count; i++) {
		if (s->now[i].hidden && !strcmp(s->now[i].code, code))
			p.now = -1;
		if (s->before[i].hidden && !strcmp(s->before[i].code, code))
			p.before = -1;
	}
	return p;
}

/* A number not reported, where the column is a number. */
static void number(struct synthesis *s, int64_t n)
{
	paper_number(s->paper, n >= 0, n);
}

static void number_columns(struct synthesis *s)
{
	paper_column(s->paper, "value", _("this year"), PAPER_NUMBER);
	paper_column(s->paper, "last_year", _("last year"), PAPER_NUMBER);
	paper_column(s->paper, "of_last_year", _("to last year"), PAPER_PERCENT);
}

static void number_cells(struct synthesis *s, struct figure_pair p)
{
	number(s, p.now);
	number(s, p.before);
	paper_percent(s->paper, p.now >= 0 && p.before > 0, p.now, p.before);
}

static int64_t left_of(const struct follow *f, const struct totals *t, bool before)
{
	static const char *const codes[] = { "expelled", "struck_off", "left" };
	int64_t sum = -1;

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct figure_pair p = figure_of(f, t, codes[i]);
		int64_t n = before ? p.before : p.now;

		if (n >= 0)
			sum = (sum < 0 ? 0 : sum) + n;
	}
	return sum;
}

/* ---- tables ---- */

static bool any_computed(const struct follow *f)
{
	bool any = f->top.totals->prev_year_merged;

	for (size_t i = 0; i < f->count; i++)
		any |= f->rows[i].totals->prev_year_merged;
	return any;
}

static void unit_row(struct synthesis *s, const struct follow_row *r, const char *label)
{
	struct paper *p = s->paper;
	bool has = r->target != NULL;

	paper_row(p, r->unit->code, label);
	number_cells(s, figure_of(s->f, r->totals, "admitted"));
	paper_number(p, has, has ? r->target->goal : 0);
	paper_percent(p, has && r->has_value && !follow_is_limit(r), r->value,
		      has ? r->target->goal : 0);
	paper_number(p, r->totals->has_members, r->totals->members);
	paper_percent(p, r->has_value && r->totals->has_members, r->value, r->totals->members);
	number(s, left_of(s->f, r->totals, false));
	if (any_computed(s->f))
		paper_text(p, r->totals->prev_year_merged ? _("last year computed") : "");
}

static void units(struct synthesis *s)
{
	struct paper *p = s->paper;

	paper_table(p, "units", _("Admissions by unit"));
	paper_label(p, _("Unit"), true);
	number_columns(s);
	paper_column(p, "goal", _("target"), PAPER_NUMBER);
	paper_column(p, "attained", _("attained"), PAPER_PERCENT);
	paper_column(p, "members", _("members"), PAPER_NUMBER);
	paper_column(p, "rate", _("rate to members"), PAPER_PERCENT);
	paper_column(p, "removed", _("left the Party"), PAPER_NUMBER);
	if (any_computed(s->f))
		paper_column(p, "last_year_how", "", PAPER_TEXT);
	for (size_t i = 0; i < s->f->count; i++)
		unit_row(s, &s->f->rows[i], follow_name(s->f, &s->f->rows[i]));
	unit_row(s, &s->f->top, _("whole unit"));
	paper_total(p);
	if (s->f->top.totals->prev_year_merged) /* in all tables */
		paper_note(
			p,
			_("Last year's figures of the whole unit are computed: the sums of the units "
			  "that it was made of"));
}

static const char *target_label(const struct synthesis *s, const struct op_target *t)
{
	struct arena *a = s->c->arena;
	const char *no = arena_str(a, t->doc_no);

	return arena_printf(a, "%s%s%s, %s", _(instrument_label(t->instrument)),
			    t->doc_no.len ? " " : "", no ? no : "", show_period(a, t->period));
}

/* Every document side by side, those of a term with what was reached since it began. */
static int instruments(struct synthesis *s)
{
	struct follow *f = s->f;
	struct paper *p = s->paper;
	const struct totals *t = f->top.totals;

	paper_table(p, "instruments", _("Targets of the year and of the term"));
	paper_column(p, "value", _("admitted"), PAPER_NUMBER);
	paper_column(p, "goal", _("target"), PAPER_NUMBER);
	paper_column(p, "attained", _("attained"), PAPER_PERCENT);
	paper_column(p, "excess", _("over or missing"), PAPER_NUMBER);
	paper_column(p, "sum_below", _("given to units below"), PAPER_NUMBER);
	for (size_t i = 0; i < t->target_count; i++) {
		const struct target_line *line = &t->targets[i];
		struct query q = f->question.q;
		struct totals *term = arena_alloc(s->c->arena, sizeof(*term));
		struct figure_pair n;
		int rc;

		if (!term)
			return err_set(&s->c->err, ERR_NOMEM, "no memory for totals");
		if (!line->has_goal || line->target.group.len ||
		    ledger_measure(s->c->store.ledger, line->target.measure) != f->measure)
			continue;
		if (!line->target.per_year)
			q.period.from = line->target.period.from;
		q.measure = f->measure;
		rc = query_totals(term, s->c->store.ledger, &q, s->c->arena, &s->c->err);
		if (rc)
			return rc;
		n = figure_of(f, term, "admitted");
		paper_row(p, instrument_name(line->target.instrument),
			  target_label(s, &line->target));
		number(s, n.now);
		paper_number(p, true, line->goal);
		paper_percent(p, n.now >= 0 && !target_is_limit(&line->target), n.now, line->goal);
		paper_number(p, n.now >= 0, n.now - line->goal);
		paper_number(p, line->has_below, line->below);
	}
	return 0;
}

/* What documents that stand side by side differ by: computed, not forced to agree. */
static void differences(struct synthesis *s)
{
	const struct totals *t = s->f->top.totals;
	struct paper *p = s->paper;

	paper_table(p, "differences", _("Where targets differ"));
	paper_column(p, "of", _("this document"), PAPER_NUMBER);
	paper_column(p, "less", _("the other one"), PAPER_NUMBER);
	paper_column(p, "difference", _("difference"), PAPER_NUMBER);
	for (size_t i = 0; i < t->difference_count; i++) {
		const struct target_difference *d = &t->differences[i];
		const struct target_line *of = &t->targets[d->a], *less = &t->targets[d->b];

		if (ledger_measure(s->c->store.ledger, of->target.measure) != s->f->measure)
			continue;
		paper_row(p, instrument_name(of->target.instrument),
			  arena_printf(s->c->arena, "%s / %s", target_label(s, &of->target),
				       target_label(s, &less->target)));
		paper_number(p, true, of->goal);
		paper_number(p, true, less->goal);
		paper_number(p, true, d->more);
	}
}

/* What the form divides admissions into: exclusive groups are sources, the rest of-which. */
static void parts(struct synthesis *s, bool sources)
{
	struct cli *c = s->c;
	const struct form *f = ledger_form_code(c->store.ledger, SPAN_LIT("monthly"), &c->err);
	const struct measure *whole = f ? form_measure_code(f, SPAN_LIT("admitted")) : NULL;
	int64_t admitted = figure_of(s->f, s->f->top.totals, "admitted").now;

	paper_table(s->paper, sources ? "sources" : "of-which",
		    sources ? _("Admissions by source") : _("Admissions: of these"));
	number_columns(s);
	paper_column(s->paper, "share", _("part of all"), PAPER_PERCENT);
	for (size_t i = 0; whole && i < f->measure_count; i++) {
		const struct measure *m = &f->measures[i];
		struct figure_pair n;

		if (m->parent != whole->no || (*m->exclusive != 0) != sources)
			continue;
		n = shown_of(s, s->f->top.totals, m->code);
		paper_row(s->paper, m->code, measure_name_of(c->store.ledger, m->code));
		number_cells(s, n);
		paper_percent(s->paper, n.now >= 0 && admitted > 0, n.now, admitted);
	}
}

static void rows_of(struct synthesis *s, const struct totals *t, const char *const *codes,
		    size_t count)
{
	number_columns(s);
	for (size_t i = 0; i < count; i++) {
		paper_row(s->paper, codes[i], measure_name_of(s->c->store.ledger, codes[i]));
		number_cells(s, shown_of(s, t, codes[i]));
	}
}

static void removals(struct synthesis *s)
{
	static const char *const codes[] = { "admitted",   "restored", "died",       "expelled",
					     "struck_off", "left",     "members_end" };

	paper_table(s->paper, "gains-and-losses", _("Gains and losses"));
	rows_of(s, s->f->top.totals, codes, ARRAY_LEN(codes));
}

/* From the newest half-year that has ended by the day. */
static int sources_left(struct synthesis *s)
{
	static const char *const codes[] = { "eligible",          "listed",
					     "hamlets",           "hamlets_no_cell",
					     "hamlets_no_member", "hamlets_losing",
					     "private_units",     "private_party",
					     "discharged",        "discharged_received" };
	struct cli *c = s->c;
	struct query q = s->f->question.q;
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	int rc;

	if (!t)
		return err_set(&c->err, ERR_NOMEM, "no memory for totals");
	if (s->f->day < month_of(s->year, 6).to) /* the one of the year before */
		q.period = (struct period){ month_of(s->year - 1, 7).from,
					    month_of(s->year - 1, 12).to };
	else if (s->f->day < month_of(s->year, 12).to)
		q.period.to = month_of(s->year, 6).to;
	q.measure = ledger_measure(c->store.ledger, SPAN_LIT("eligible"));
	if (!q.measure)
		return 0;
	rc = query_totals(t, c->store.ledger, &q, c->arena, &c->err);
	if (!rc)
		rc = look_outside(s, t);
	if (rc)
		return rc;
	paper_table(s->paper, "sources-left",
		    arena_printf(c->arena, _("Sources left, survey to %s"),
				 show_day(c->arena, q.period.to)));
	rows_of(s, t, codes, ARRAY_LEN(codes));
	return 0;
}

static int behind(struct synthesis *s)
{
	struct paper *p = s->paper;
	struct arena *a = s->c->arena;
	struct laggard *rows;
	size_t count;
	int rc = laggards_find(&rows, &count, s->f);

	if (rc)
		return rc;
	paper_table(p, "laggards", _("Units that are behind"));
	paper_column(p, "cause", _("cause"), PAPER_TEXT);
	paper_column(p, "value", _("so far"), PAPER_NUMBER);
	paper_column(p, "goal", _("target"), PAPER_NUMBER);
	paper_column(p, "missing", _("missing"), PAPER_NUMBER);
	paper_column(p, "officer", _("followed by"), PAPER_TEXT);
	paper_column(p, "notes", _("reminders"), PAPER_NUMBER);
	for (size_t i = 0; i < count; i++) {
		const struct laggard *g = &rows[i];
		bool has = g->row->target != NULL;

		paper_row(p, g->row->unit->code, follow_name(s->f, g->row));
		paper_text(p, laggard_cause(g->cause));
		paper_number(p, g->row->has_value, g->row->value);
		paper_number(p, has, has ? g->row->target->goal : 0);
		paper_number(p, has, g->row->pace.missing);
		paper_text(p, g->follow.has_officer ? arena_str(a, g->follow.officer.name) : "");
		paper_number(p, true, (int64_t)g->follow.notes_all);
	}
	return 0;
}

static int commendations(struct synthesis *s)
{
	struct follow *f = s->f;
	struct cli *c = s->c;
	struct commend_rule rule = { .percent = (unsigned)options.percent,
				     .small = options.small,
				     .on_time = options.on_time,
				     .per_group = (unsigned)options.per_group };
	struct commend_row *rows = arena_array(c->arena, f->count + 1, sizeof(*rows));
	struct commend_place *places = arena_array(c->arena, f->count + 1, sizeof(*places));
	int rc;

	if (!rows || !places)
		return err_set(&c->err, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < f->count; i++) {
		rows[i].row = follow_rank_row(&f->rows[i]);
		rows[i].late = f->rows[i].late;
	}
	rc = commend_rows(places, rows, f->count, &rule, &c->err);
	if (rc)
		return rc;
	paper_table(s->paper, "commendations",
		    arena_printf(c->arena,
				 _("Put forward for a commendation: from %u%% of the target on"),
				 rule.percent));
	paper_column(s->paper, "value", _("so far"), PAPER_NUMBER);
	paper_column(s->paper, "goal", _("target"), PAPER_NUMBER);
	paper_column(s->paper, "attained", _("attained"), PAPER_PERCENT);
	for (size_t i = 0; i < f->count; i++) {
		const struct follow_row *r = &f->rows[i];

		if (places[i].why != COMMEND_YES)
			continue;
		paper_row(s->paper, r->unit->code, follow_name(f, r));
		paper_number(s->paper, true, r->value);
		paper_number(s->paper, true, r->target->goal);
		paper_percent(s->paper, true, r->value, r->target->goal);
	}
	return 0;
}

/* ---- the paper ---- */

static void head(struct synthesis *s)
{
	struct arena *a = s->c->arena;
	const struct totals *t = s->f->top.totals;

	s->paper = paper_new(a, arena_printf(a, _("%s: admission of members, %d, to %s"),
					     follow_name(s->f, &s->f->top), s->year,
					     show_day(a, s->f->day)));
	if (s->closed == 12)
		paper_note(s->paper, _("all months of the year are closed"));
	else if (s->closed)
		paper_note(s->paper,
			   arena_printf(a, _("closed are the months 1 to %u; not closed: %u to 12"),
					s->closed, s->closed + 1));
	else
		paper_note(
			s->paper,
			_("January is not closed: no month counts as closed that one before it is not"));
	if (s->months > s->closed)
		paper_note(s->paper, _("figures of months that are not closed may still change"));
	paper_note(s->paper,
		   show_text(a, _("known at entry %llu, %s; reported by %s of %s units"),
			     (unsigned long long)t->known_lsn, show_minute(a, t->known_time_ms),
			     show_number(a, (int64_t)t->reporting.reported),
			     show_number(a, (int64_t)t->reporting.expected)));
	if (options.public_)
		paper_note(s->paper, public_says());
}

static int write_paper(struct synthesis *s)
{
	int rc;

	head(s);
	units(s);
	rc = instruments(s);
	if (rc)
		return rc;
	rc = look_outside(s, s->f->top.totals);
	if (rc)
		return rc;
	differences(s);
	parts(s, true);
	parts(s, false);
	removals(s);
	rc = sources_left(s);
	if (!rc)
		rc = behind(s);
	return rc ? rc : commendations(s);
}

static int print(struct synthesis *s)
{
	struct cli *c = s->c;
	struct buf out;
	json_t *j;
	int rc;

	if (c->json) {
		j = paper_json(s->paper);
		if (j)
			json_object_set_new(j, "unit", json_string(s->f->top.unit->code));
		if (j)
			json_object_set_new(j, "year", json_integer(s->year));
		if (j)
			json_object_set_new(j, "to", json_day(s->f->day));
		if (j)
			json_object_set_new(j, "closed_months", json_integer(s->closed));
		if (j && options.public_)
			json_object_set_new(j, "public", json_true());
		return show_json(c, j);
	}
	if (!c->csv)
		return paper_words(s->paper, c->out, &c->err);
	csv_begin(&out, mark_of(c->store.ledger) == MARK_YES ? illustrative_mark : NULL);
	if (options.public_)
		buf_printf(&out, "# %s\n", public_says());
	rc = paper_csv(s->paper, &out, &c->err);
	if (!rc)
		return csv_end(&out, c->out, &c->err);
	buf_fini(&out);
	return rc;
}

static int make(struct synthesis *s, const char *unit)
{
	struct cli *c = s->c;
	struct period year;
	const struct unit *u = NULL;
	int rc = parse_unit(c, unit, &u);

	if (!rc && (!options.year || strlen(options.year) != 4))
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID, "synthesis needs --year YEAR"));
	if (!rc)
		rc = cli_misused(c, period_parse(&year, span_str(options.year), &c->err));
	if (rc)
		return rc;
	s->year = day_to_ymd(year.from).year;
	s->f = follow_new(c);
	rc = s->f ? choose_months(s, u) : -ERR_NOMEM;
	if (!rc)
		rc = follow_read(s->f, unit, false);
	if (!rc && options.public_ &&
	    public_is_breakdown(c->store.ledger, measure_code_of(c->store.ledger, s->f->measure)))
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID,
					    "synthesis --public is about all who were admitted"));
	return rc ? rc : write_paper(s);
}

int answer_synthesis(struct cli *c, const char *unit, struct paper **out)
{
	struct synthesis s = { .c = c };
	int rc = make(&s, unit);

	if (rc)
		return rc;
	*out = s.paper;
	paper_about(s.paper,
		    arena_printf(c->arena, "synthesis %s %d %llu", unit, s.year,
				 (unsigned long long)s.f->top.totals->known_lsn),
		    follow_name(s.f, &s.f->top));
	paper_mark(s.paper, mark_of(c->store.ledger) == MARK_YES ? illustrative_mark : NULL);
	return 0;
}

int cmd_synthesis(struct cli *c, int argc, char **argv)
{
	struct synthesis s = { .c = c };
	int rc = make(&s, argv[1]);

	(void)argc;
	return rc ? rc : print(&s);
}
