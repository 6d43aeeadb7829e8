/* What progress, rank and commend print alike. */
#include "follow.h"

#include "base/num.h"
#include "report/words.h"

json_t *follow_json(bool has, int64_t n)
{
	return has ? json_integer(n) : json_null();
}

const char *follow_name(const struct follow *f, const struct follow_row *r)
{
	return unit_name_at(r->unit, f->day, f->question.q.known_at);
}

json_t *follow_json_head(const struct follow *f)
{
	char period[PERIOD_TEXT_MAX];
	const struct totals *t = f->top.totals;
	json_t *j = json_object();

	json_object_set_new(j, "unit", json_string(f->top.unit->code));
	json_object_set_new(j, "period", json_string(period_text(period, f->period)));
	json_object_set_new(j, "to", json_day(f->day));
	json_object_set_new(j, "known_at",
			    json_known(f->c->store.ledger, t->known_lsn, t->known_time_ms));
	json_object_set_new(j, "measure", json_span(f->question.measure));
	json_object_set_new(j, "instrument",
			    f->head ? json_string(instrument_name(f->head->instrument))
				    : json_null());
	json_object_set_new(j, "doc_no", f->head ? json_span(f->head->doc_no) : json_null());
	json_object_set_new(j, "superseded_by",
			    follow_json(f->head && f->top.target->superseded_by,
					f->head ? (int64_t)f->top.target->superseded_by : 0));
	return j;
}

/* What rates are of; below, each unit's own of the same day. */
void follow_members_words(const struct follow *f)
{
	const struct totals *t = f->top.totals;
	struct arena *a = f->c->arena;

	if (t->has_members)
		fprintf(f->c->out, _("members: %s (%s)\n"), show_number(a, t->members),
			members_from_words(a, t->members_from));
}

struct follow *follow_new(struct cli *c)
{
	struct follow *f = arena_alloc(c->arena, sizeof(*f));

	if (f)
		f->c = c;
	else
		err_set(&c->err, ERR_NOMEM, "no memory for a table");
	return f;
}

const char *follow_percent(const struct follow *f, int64_t num, int64_t den)
{
	char text[NUM_PERCENT_MAX];

	return num_percent(text, sizeof(text), num, den, 2, NUM_HALF_UP)
		       ? ""
		       : show_percent(f->c->arena, text);
}

void follow_head_words(const struct follow *f)
{
	struct arena *a = f->c->arena;
	const char *code = arena_str(a, f->question.measure);

	fprintf(f->c->out, _("%s (%s): %s of %s, to %s\n"), follow_name(f, &f->top),
		f->top.unit->code, code ? measure_name_of(f->c->store.ledger, code) : "",
		show_period(a, f->period), show_day(a, f->day));
	if (f->head)
		fprintf(f->c->out, _("by %s%s%.*s"), _(instrument_label(f->head->instrument)),
			f->head->doc_no.len ? " " : "", (int)f->head->doc_no.len,
			f->head->doc_no.len ? (const char *)f->head->doc_no.data : "");
	if (f->head && f->top.target->superseded_by)
		fprintf(f->c->out, _(", amended by entry %lld"),
			(long long)f->top.target->superseded_by);
	if (f->head)
		fputc('\n', f->c->out);
	else if (f->question.of != INSTR_NONE)
		fprintf(f->c->out, _("by %s%s%.*s, of which %s itself has no target\n"),
			_(instrument_label(f->question.of)), f->question.of_doc.len ? " " : "",
			(int)f->question.of_doc.len,
			f->question.of_doc.len ? (const char *)f->question.of_doc.data : "",
			f->top.unit->code);
}

int64_t follow_pipeline(const struct follow_row *r)
{
	const struct case_forecast *f = &r->pipeline.forecast;
	int64_t admitted = r->has_value && r->value > f->admitted ? r->value : f->admitted;

	return admitted + f->can_make_it;
}

bool follow_is_limit(const struct follow_row *r)
{
	return r->target && target_is_limit(&r->target->target);
}

static const char *follow_limit(const struct follow_row *r)
{
	if (!r->has_value)
		return _("a limit");
	return r->value > r->target->goal ? _("a limit, exceeded") : _("a limit, kept");
}

const char *follow_apart(struct cli *c, const struct follow_row *r, enum rank_apart apart)
{
	switch (apart) {
	case RANK_NO_SOURCE:
		return _("no eligible people left");
	case RANK_SHEET_MISSING:
		return show_text(c->arena, _("%llu due sheets missing"),
				 (unsigned long long)r->totals->sheets.missing);
	case RANK_NOT_REPORTED:
		return _("not reported");
	case RANK_NO_TARGET:
		return _("no target");
	case RANK_LIMIT:
		return follow_limit(r);
	case RANK_SMALL_TARGET:
		return !r->target ? ""
				  : show_text(c->arena, _("small target: %lld/%lld"),
					      (long long)r->value, (long long)r->target->goal);
	case RANK_NO_MEMBERS:
		return _("no members known");
	default:
		return "";
	}
}

/* Locality, bloc, armed: words of ours. Names that the province gave stay. */
const char *follow_group(const char *group)
{
	static const char *const words[][2] = {
		{ "locality", N_("localities") },
		{ "bloc", N_("blocs and bodies") },
		{ "armed", N_("army, police, border guard") },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i][0], group))
			return _(words[i][1]);
	return group;
}

struct rank_row follow_rank_row(const struct follow_row *r)
{
	return (struct rank_row){ .group = r->group,
				  .has_value = r->has_value,
				  .value = r->value,
				  .no_source = r->no_source,
				  .has_goal = r->target != NULL,
				  .goal = r->target ? r->target->goal : 0,
				  .limit = follow_is_limit(r),
				  .has_members = r->totals->has_members,
				  .members = r->totals->members,
				  .missing = r->totals->sheets.missing };
}

int follow_print(const struct follow *f, const struct grid *g)
{
	struct cli *c = f->c;
	int rc = grid_print(g, c->out, &c->err);

	for (size_t i = 0; i <= f->count && !rc; i++) {
		const struct follow_row *r = i < f->count ? &f->rows[i] : &f->top;
		json_t *comparable = report_comparable(r->target);

		comparable_words(c->out, r->unit->code, comparable, c->arena);
		json_decref(comparable);
	}
	return rc;
}
