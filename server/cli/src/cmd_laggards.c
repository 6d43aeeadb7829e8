/* laggards UNIT: who is behind and why, whom to call, and what was done about it. */
#include "answers.h"
#include "laggards.h"

#include "base/csv.h"
#include "report/csv_out.h"
#include "report/report.h"

struct list {
	struct follow *f;
	struct laggard *rows;
	size_t count;
};

/* ---- JSON ---- */

static json_t *json_officer(const struct unit_follow *u)
{
	const struct op_officer *o = &u->officer;

	if (!u->has_officer)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "name", json_span(o->name), "title",
			 json_span(o->title), "phone", json_span(o->phone), "doc_no",
			 json_span(o->doc_no), "from", json_day(o->from), "to",
			 o->to ? json_day(o->to) : json_null());
}

static json_t *json_notes(const struct unit_follow *u)
{
	json_t *list = json_array();

	for (size_t i = 0; i < u->note_count; i++) {
		const struct follow_note *n = &u->notes[i];

		json_array_append_new(
			list,
			json_pack("{s:I, s:o, s:o, s:o, s:o, s:s}", "lsn", (json_int_t)n->lsn,
				  "time", json_instant(n->time_ms), "day", json_day(n->note.day),
				  "who", json_span(n->note.who), "text", json_span(n->note.text),
				  "step", urge_step_name((enum urge_step)n->note.step)));
	}
	return list;
}

/* The steps of urging that were taken, the first first. */
static json_t *json_steps(const struct unit_follow *u)
{
	json_t *list = json_array();

	for (size_t i = 0; i < u->step_count; i++)
		json_array_append_new(list, json_pack("{s:I, s:o, s:s}", "lsn",
						      (json_int_t)u->steps[i].lsn, "day",
						      json_day(u->steps[i].day), "step",
						      urge_step_name(u->steps[i].step)));
	return list;
}

static json_t *json_next(const struct laggard *g, day_t today)
{
	const struct urge_state *s = &g->urge;

	if (!s->has_next)
		return json_null();
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:o, s:b, s:s, s:s}", "step",
			 urge_step_name(s->next.step), "number", (json_int_t)s->number, "place",
			 (json_int_t)s->taken + 1, "of", (json_int_t)g->ladder->count, "after_days",
			 (json_int_t)s->next.after_days, "due", json_day(s->due), "overdue",
			 s->due < today, "kind", s->next.kind, "source", s->next.source);
}

static json_t *json_row(const struct list *l, const struct laggard *g)
{
	const struct follow_row *r = g->row;
	const struct unit *u = r->unit;
	bool has = r->target != NULL, due = has && !follow_is_limit(r);
	json_t *j = json_pack(
		"{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}", "unit", u->code, "name",
		follow_name(l->f, r), "cause", lag_cause_name(g->cause), "value",
		follow_json(r->has_value, r->value), "goal",
		follow_json(has, has ? r->target->goal : 0), "attained_percent",
		due && r->has_value ? json_percent(r->value, r->target->goal) : json_null(),
		"by_now", follow_json(due, r->pace.by_now), "missing",
		follow_json(due, r->pace.missing), "per_month", follow_json(due, r->pace.per_month),
		"days_left", (json_int_t)r->pace.days_left, "sheets_missing",
		(json_int_t)r->missing);

	json_object_set_new(j, "contact", json_string(u->contact ? u->contact : ""));
	json_object_set_new(j, "phone", json_string(u->phone ? u->phone : ""));
	json_object_set_new(
		j, "devices",
		json_pack("{s:I, s:o, s:I, s:I, s:o}", "count", (json_int_t)g->devices.count,
			  "last_seen", json_instant(g->devices.last_seen_ms), "held",
			  (json_int_t)g->devices.held, "drafts", (json_int_t)g->devices.drafts,
			  "oldest", json_instant(g->devices.oldest_ms)));
	json_object_set_new(j, "officer", json_officer(&g->follow));
	json_object_set_new(j, "notes", json_notes(&g->follow));
	json_object_set_new(j, "steps", json_steps(&g->follow));
	json_object_set_new(j, "next_step", json_next(g, day_of_instant(cli_now(l->f->c))));
	json_object_set_new(j, "note_count", json_integer((json_int_t)g->follow.notes_all));
	return j;
}

static json_t *json_list(const struct list *l)
{
	json_t *j = follow_json_head(l->f), *rows = json_array();

	for (size_t i = 0; i < l->count; i++)
		json_array_append_new(rows, json_row(l, &l->rows[i]));
	json_object_set_new(j, "of", json_integer((json_int_t)l->f->count));
	json_object_set_new(j, "rows", rows);
	return j;
}

/* ---- CSV ---- */

static void csv_text(struct buf *out, const char *text)
{
	csv_field(out, span_str(text ? text : ""), false);
}

static void csv_number(struct buf *out, bool has, int64_t n)
{
	buf_printf(out, has ? ",%lld" : ",", (long long)n);
}

static void csv_row(const struct list *l, const struct laggard *g, struct buf *out)
{
	const struct follow_row *r = g->row;
	const struct unit_follow *u = &g->follow;
	char seen[INSTANT_TEXT_MAX] = "", day[DAY_TEXT_MAX] = "";
	bool has = r->target != NULL, due = has && !follow_is_limit(r);

	csv_field(out, span_str(r->unit->code), true);
	csv_text(out, follow_name(l->f, r));
	csv_text(out, lag_cause_name(g->cause));
	csv_number(out, r->has_value, r->value);
	csv_number(out, has, has ? r->target->goal : 0);
	csv_number(out, due, r->pace.by_now);
	csv_number(out, due, r->pace.missing);
	csv_number(out, due, r->pace.per_month);
	csv_number(out, true, r->pace.days_left);
	csv_number(out, true, (int64_t)r->missing);
	csv_text(out, r->unit->contact);
	csv_text(out, r->unit->phone);
	if (g->devices.last_seen_ms)
		instant_iso(seen, g->devices.last_seen_ms);
	csv_text(out, seen);
	csv_number(out, true, (int64_t)g->devices.held);
	csv_number(out, true, (int64_t)g->devices.drafts);
	csv_field(out, u->has_officer ? u->officer.name : SPAN_LIT(""), false);
	if (u->note_count)
		day_iso(day, u->notes[0].note.day);
	csv_text(out, day);
	csv_field(out, u->note_count ? u->notes[0].note.who : SPAN_LIT(""), false);
	csv_field(out, u->note_count ? u->notes[0].note.text : SPAN_LIT(""), false);
	csv_text(out, g->urge.has_next ? urge_step_name(g->urge.next.step) : "");
	csv_text(out, g->urge.has_next ? day_iso(day, g->urge.due) : "");
	buf_printf(out, "\n");
}

static int list_csv(const struct list *l)
{
	struct cli *c = l->f->c;
	struct buf out;

	csv_begin(&out, mark_of(c->store.ledger) == MARK_YES ? illustrative_mark : NULL);
	buf_printf(&out, "unit,name,cause,value,goal,by_now,missing,per_month,days_left,"
			 "sheets_missing,contact,phone,last_seen,held,drafts,officer,note_day,"
			 "note_who,note,next_step,next_due\n");
	for (size_t i = 0; i < l->count; i++)
		csv_row(l, &l->rows[i], &out);
	return csv_end(&out, c->out, &c->err);
}

/* ---- words ---- */

static const char *text_of(struct arena *a, struct span s)
{
	const char *text = arena_str(a, s);

	return text ? text : "";
}

static const char *owed_words(struct arena *a, const struct laggard *g)
{
	const char *cause = laggard_cause(g->cause);

	return g->row->missing
		       ? arena_printf(a, "%s (%s)", cause, show_number(a, (int64_t)g->row->missing))
		       : cause;
}

/* "letter of reminder no. 2, 07/10/2022", or that all was done. */
static const char *next_words(const struct list *l, const struct laggard *g)
{
	struct arena *a = l->f->c->arena;
	const struct urge_state *s = &g->urge;

	if (!s->has_next)
		return g->ladder->count ? _("all steps are taken") : "";
	return arena_printf(a, "%s, %s", laggard_step(a, s->next.step, s->number),
			    show_day(a, s->due));
}

static void row_cells(const struct list *l, struct grid *t, const struct laggard *g)
{
	const struct follow_row *r = g->row;
	struct arena *a = l->f->c->arena;
	const struct unit *u = r->unit;
	bool has = r->target != NULL, due = has && !follow_is_limit(r);

	grid_cell(t, follow_name(l->f, r), false);
	grid_cell(t, owed_words(a, g), false);
	grid_cell(t, r->has_value ? show_number(a, r->value) : "", true);
	grid_cell(t, due ? show_number(a, r->pace.by_now) : "", true);
	grid_cell(t, has ? show_number(a, r->target->goal) : "", true);
	grid_cell(t, due ? show_number(a, r->pace.per_month) : "", true);
	grid_cell(t,
		  arena_printf(a, "%s %s", u->contact ? u->contact : "", u->phone ? u->phone : ""),
		  false);
	grid_cell(t, g->devices.last_seen_ms ? show_minute(a, g->devices.last_seen_ms) : "-",
		  false);
	grid_cell(t, show_number(a, (int64_t)g->devices.held), true);
	grid_cell(t, g->follow.has_officer ? text_of(a, g->follow.officer.name) : "", false);
	grid_cell(t, next_words(l, g), false);
}

static void notes_words(const struct list *l)
{
	struct cli *c = l->f->c;
	bool any = false;

	for (size_t i = 0; i < l->count; i++) {
		const struct unit_follow *u = &l->rows[i].follow;

		if (u->notes_all && !any)
			fprintf(c->out, "\n%s\n", _("what was done:"));
		any |= u->notes_all > 0;
		for (size_t k = 0; k < u->note_count; k++)
			fprintf(c->out, "  %s  %s  %s: %s\n",
				show_day(c->arena, u->notes[k].note.day),
				l->rows[i].row->unit->code, text_of(c->arena, u->notes[k].note.who),
				text_of(c->arena, u->notes[k].note.text));
	}
}

static int list_words(const struct list *l)
{
	struct cli *c = l->f->c;
	struct grid *t = grid_new(c->arena, 11);
	int rc;

	follow_head_words(l->f);
	fprintf(c->out, _("%s of %s units are behind; %s days are left\n"),
		show_number(c->arena, (int64_t)l->count),
		show_number(c->arena, (int64_t)l->f->count),
		show_number(c->arena, l->f->top.pace.days_left));
	if (!l->count)
		return 0;
	grid_cell(t, _("unit"), false);
	grid_cell(t, _("cause"), false);
	grid_cell(t, _("so far"), true);
	grid_cell(t, _("due"), true);
	grid_cell(t, _("target"), true);
	grid_cell(t, _("a month"), true);
	grid_cell(t, _("contact"), false);
	grid_cell(t, _("last seen"), false);
	grid_cell(t, _("held"), true);
	grid_cell(t, _("followed by"), false);
	grid_cell(t, _("next step"), false);
	grid_rule(t);
	for (size_t i = 0; i < l->count; i++)
		row_cells(l, t, &l->rows[i]);
	rc = grid_print(t, c->out, &c->err);
	notes_words(l);
	return rc;
}

int answer_laggards(struct cli *c, const char *unit, json_t **out)
{
	struct list l = { .f = follow_new(c) };
	int rc = l.f ? follow_read(l.f, unit, false) : -ERR_NOMEM;

	if (!rc)
		rc = laggards_find(&l.rows, &l.count, l.f);
	if (!rc)
		*out = json_list(&l);
	return rc;
}

int cmd_laggards(struct cli *c, int argc, char **argv)
{
	struct list l = { .f = follow_new(c) };
	int rc = l.f ? follow_read(l.f, argv[1], false) : -ERR_NOMEM;

	(void)argc;
	if (!rc)
		rc = laggards_find(&l.rows, &l.count, l.f);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_list(&l));
	return c->csv ? list_csv(&l) : list_words(&l);
}
