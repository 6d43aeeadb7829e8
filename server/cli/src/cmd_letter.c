/* letter UNIT: a letter to each unit that is behind, from a template. The letter is Vietnamese whatever language the
 * command speaks, unless its template says otherwise. */
#include "devices_show.h"
#include "laggards.h"

#include "report/letter.h"
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { LETTER_MAX = 256 << 10, VALUES_MAX = 48, ANSWER_DAYS = 15 };

struct letters {
	struct follow *f;
	struct laggard *rows;
	size_t count;
	struct span letter; /* the template */
	struct letter_value values[VALUES_MAX];
	size_t value_count;
	json_t *list;
	struct op *sent; /* --sent: a note for each letter */
	size_t sent_count;
	size_t written; /* units that are not left out */
};

static void value(struct letters *w, const char *name, const char *text)
{
	if (w->value_count < VALUES_MAX)
		w->values[w->value_count++] = (struct letter_value){ name, text };
}

static void number(struct letters *w, const char *name, bool has, int64_t n)
{
	value(w, name, has ? show_number(w->f->c->arena, n) : "");
}

/* ---- words of the letter ---- */

static const char *text_of(const struct letters *w, struct span s)
{
	const char *text = arena_str(w->f->c->arena, s);

	return text ? text : "";
}

static const char *period_words(struct arena *a, struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);
	bool year = from.month == 1 && from.day == 1 && to.month == 12 && to.day == 31;

	if (year && from.year == to.year)
		return arena_printf(a, _("year %d"), from.year);
	if (year)
		return arena_printf(a, _("years %d-%d"), from.year, to.year);
	return arena_printf(a, _("from %s to %s"), show_day(a, p.from), show_day(a, p.to));
}

static const char *instrument_words(const struct letters *w, const struct op_target *t)
{
	static const char *const words[INSTR_COUNT] = {
		[INSTR_NONE] = N_("Document"),
		[INSTR_CONGRESS] = N_("Congress resolution"),
		[INSTR_RESOLUTION] = N_("Resolution"),
		[INSTR_DECISION] = N_("Decision"),
		[INSTR_DIRECTIVE] = N_("Directive"),
		[INSTR_CONCLUSION] = N_("Conclusion"),
		[INSTR_PROGRAMME] = N_("Programme"),
		[INSTR_SCHEME] = N_("Scheme"),
		[INSTR_PLAN] = N_("Plan"),
		[INSTR_LETTER] = N_("Letter"),
		[INSTR_NOTICE] = N_("Notice"),
		[INSTR_REGISTRATION] = N_("Registration"),
		[INSTR_OTHER] = N_("Document"),
	};
	struct arena *a = w->f->c->arena;
	const char *kind = _(words[(unsigned)t->instrument < INSTR_COUNT ? t->instrument : 0]);

	if (!t->doc_no.len)
		return kind;
	return t->doc_date ? arena_printf(a, _("%s No. %s of %s"), kind, text_of(w, t->doc_no),
					  show_day(a, t->doc_date))
			   : arena_printf(a, _("%s No. %s"), kind, text_of(w, t->doc_no));
}

/* The same days a year earlier; -1: not reported. */
static int64_t last_year(const struct follow *f, const struct totals *t)
{
	for (size_t i = 0; i < t->measure_count; i++)
		if (t->prev_year[i].measure == f->measure && t->prev_year[i].count)
			return t->prev_year[i].sum;
	return -1;
}

/* Where the letter is written: the name of the province without what sort of body it is. */
static const char *place_of(const char *name)
{
	static const char *const bodies[] = { "Đảng bộ tỉnh ", "Đảng bộ thành phố ", "Tỉnh ủy ",
					      "Thành ủy ", "Tỉnh " };

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		if (!strncmp(name, bodies[i], strlen(bodies[i])))
			return name + strlen(bodies[i]);
	return name;
}

/* ---- values ---- */

static int head_values(struct letters *w)
{
	struct follow *f = w->f;
	struct cli *c = f->c;
	struct arena *a = c->arena;
	day_t today = day_of_instant(cli_now(c)), answer = today + ANSWER_DAYS;
	struct ymd d = day_to_ymd(today);
	const struct follow_row *top = &f->top;
	uint32_t above = unit_parent(top->unit, today, UINT64_MAX);
	const struct unit *root = tree_get(ledger_tree(c->store.ledger),
					   tree_root(ledger_tree(c->store.ledger)));
	bool has = top->target && top->has_value;

	if (options.due && cli_misused(c, day_parse(&answer, NULL, span_str(options.due), &c->err)))
		return -(int)c->err.code;
	value(w, "issuer", follow_name(f, top));
	value(w, "superior", unit_name_of(c->store.ledger, above, today, UINT64_MAX));
	value(w, "number", options.doc_no ? options.doc_no : "......");
	value(w, "place", root ? place_of(unit_name_at(root, today, UINT64_MAX)) : "");
	value(w, "day", arena_printf(a, "%02d", d.day));
	/* Numbers that a pen could lengthen have a zero in front, as on every paper. */
	value(w, "month", arena_printf(a, d.month < 3 ? "%02d" : "%d", d.month));
	value(w, "year", arena_printf(a, "%d", d.year));
	value(w, "period", show_period(a, f->period));
	value(w, "period_words", period_words(a, f->period));
	value(w, "to", show_day(a, f->day));
	value(w, "deadline", show_day(a, f->period.to));
	value(w, "answer_by", show_day(a, answer));
	number(w, "total_value", top->has_value, top->value);
	number(w, "total_goal", top->target != NULL, top->target ? top->target->goal : 0);
	value(w, "total_attained", has ? follow_percent(f, top->value, top->target->goal) : "");
	return 0;
}

static void cause_values(struct letters *w, const struct laggard *g)
{
	static const struct {
		const char *name;
		enum lag_cause cause;
	} causes[] = {
		{ "not_reported", LAG_NOT_REPORTED }, { "low", LAG_LOW },
		{ "no_source", LAG_NO_SOURCE },       { "late_dossiers", LAG_LATE_DOSSIERS },
		{ "exceeded", LAG_EXCEEDED },
	};

	value(w, "cause", laggard_cause(g->cause));
	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		value(w, causes[i].name,
		      g->cause == causes[i].cause ? laggard_cause(g->cause) : "");
}

/* Which letter this is, and what the ladder has after it. */
static void step_values(struct letters *w, const struct laggard *g)
{
	struct arena *a = w->f->c->arena;
	unsigned letters = 1;
	struct urge_state after;

	for (size_t i = 0; i < g->follow.step_count; i++)
		letters += g->follow.steps[i].step == URGE_LETTER;
	laggard_after_letter(&after, g, day_of_instant(cli_now(w->f->c)));
	number(w, "letter_no", letters > 1, (int64_t)letters);
	value(w, "next_step", after.has_next ? laggard_step(a, after.next.step, after.number) : "");
	value(w, "next_step_day", after.has_next ? show_day(a, after.due) : "");
}

static void follow_values(struct letters *w, const struct laggard *g)
{
	const struct unit_follow *u = &g->follow;
	struct arena *a = w->f->c->arena;
	const char *name = u->has_officer ? text_of(w, u->officer.name) : "";
	const char *line = name;

	if (u->has_officer && u->officer.title.len)
		line = arena_printf(a, "%s, %s", line, text_of(w, u->officer.title));
	if (u->has_officer && u->officer.phone.len)
		line = arena_printf(a, _("%s, telephone %s"), line, text_of(w, u->officer.phone));
	value(w, "officer", line);
	value(w, "officer_name", name);
	value(w, "officer_doc_no", u->has_officer ? text_of(w, u->officer.doc_no) : "");
	number(w, "reminders", u->notes_all > 0, (int64_t)u->notes_all);
	value(w, "escalate", u->notes_all > 1 ? show_number(a, (int64_t)u->notes_all) : "");
	step_values(w, g);
	value(w, "last_reminder", u->note_count ? show_day(a, u->notes[0].note.day) : "");
}

static void unit_values(struct letters *w, const struct laggard *g)
{
	const struct follow *f = w->f;
	const struct follow_row *r = g->row;
	const struct pace *p = &r->pace;
	day_t today = day_of_instant(cli_now(f->c));
	bool has = r->target != NULL, both = has && r->has_value, limit = follow_is_limit(r);
	int64_t before = last_year(f, r->totals);

	value(w, "recipient", unit_name_at(r->unit, today, UINT64_MAX));
	value(w, "recipient_code", r->unit->code);
	value(w, "level", _(level_label(unit_kind_at(r->unit, today, UINT64_MAX), today)));
	value(w, "contact", r->unit->contact ? r->unit->contact : "");
	value(w, "phone", r->unit->phone ? r->unit->phone : "");
	value(w, "measure",
	      measure_name_of(f->c->store.ledger, arena_str(f->c->arena, f->question.measure)));
	value(w, "instrument",
	      has || f->head ? instrument_words(w, has ? &r->target->target : f->head) : "");
	number(w, "goal", has, has ? r->target->goal : 0);
	number(w, "value", r->has_value, r->value);
	value(w, "attained", both && !limit ? follow_percent(f, r->value, r->target->goal) : "");
	number(w, "missing", has && !limit, p->missing);
	number(w, "due", has && !limit, p->by_now);
	number(w, "behind", both && p->ahead < 0, -p->ahead);
	number(w, "per_month", has && p->missing > 0, p->per_month);
	number(w, "over_limit", p->status == PACE_EXCEEDED, p->excess);
	number(w, "days_left", true, p->days_left);
	value(w, "last_year",
	      before < 0 ? ""
	      : r->totals->prev_year_merged
		      ? arena_printf(f->c->arena,
				     _("%s (computed from the units that it was made of)"),
				     show_number(f->c->arena, before))
		      : show_number(f->c->arena, before));
	number(w, "sheets_missing", r->missing > 0, (int64_t)r->missing);
	cause_values(w, g);
	follow_values(w, g);
}

/* ---- where they go ---- */

/* Told as a note, unless one of that day says the same already. */
static int note_sent(struct letters *w, const struct laggard *g)
{
	struct cli *c = w->f->c;
	day_t day = day_of_instant(cli_now(c));
	const char *text = options.doc_no
				   ? arena_printf(c->arena, _("letter of reminder No. %s sent"),
						  options.doc_no)
				   : _("letter of reminder sent");
	struct op *op = &w->sent[w->sent_count];

	if (!text)
		return err_set(&c->err, ERR_NOMEM, "no memory for a letter");
	if (options.day && cli_misused(c, day_parse(&day, NULL, span_str(options.day), &c->err)))
		return -(int)c->err.code;
	for (size_t i = 0; i < g->follow.note_count; i++)
		if (g->follow.notes[i].note.day == day &&
		    span_eq(g->follow.notes[i].note.text, span_str(text)))
			return 0;
	*op = (struct op){ .kind = OP_NOTE, .unit = g->row->unit->unit };
	op->note = (struct op_note){ day, span_str(options.who ? options.who : c->by),
				     span_str(text), URGE_LETTER };
	w->sent_count++;
	if (c->json)
		json_array_append_new(w->list,
				      json_pack("{s:s, s:s, s:s, s:s}", "unit", g->row->unit->code,
						"cause", lag_cause_name(g->cause), "file", "",
						"text", text));
	return 0;
}

/* All of them, or none; said when it is durable. */
static int write_sent(struct letters *w)
{
	struct cli *c = w->f->c;
	int rc = w->sent_count ? act_all(c, w->sent, w->sent_count, false) : 0;

	for (size_t i = 0; i < w->sent_count && !rc && !c->json; i++)
		fprintf(c->out, "%s: %.*s\n", unit_code_of(c->store.ledger, w->sent[i].unit),
			(int)w->sent[i].note.text.len, (const char *)w->sent[i].note.text.data);
	return rc;
}

/* --due-only: whoever has a letter as the next step, and by today. */
static bool is_due(const struct letters *w, const struct laggard *g)
{
	return !options.due_only || (g->urge.has_next && g->urge.next.step == URGE_LETTER &&
				     g->urge.due <= day_of_instant(cli_now(w->f->c)));
}

static int deliver(struct letters *w, const struct laggard *g, const struct buf *text)
{
	struct cli *c = w->f->c;
	const char *code = g->row->unit->code, *path = "";
	int rc = 0;

	if (options.out) {
		path = arena_printf(c->arena, "%s/%s.txt", options.out, code);
		rc = path ? cli_give(c, path, buf_span(text), false)
			  : err_set(&c->err, ERR_NOMEM, "no memory for a letter");
	}
	if (rc)
		return rc;
	if (c->json)
		json_array_append_new(w->list, json_pack("{s:s, s:s, s:s, s:o}", "unit", code,
							 "cause", lag_cause_name(g->cause), "file",
							 path, "text", json_span(buf_span(text))));
	else if (options.out)
		fprintf(c->out, "%s\n", path);
	else
		fprintf(c->out, "%.*s\f\n", (int)text->len, (const char *)text->data);
	return 0;
}

static int write_one(struct letters *w, const struct laggard *g, size_t heads)
{
	struct cli *c = w->f->c;
	struct buf text;
	int rc;

	buf_init(&text, 4 * LETTER_MAX);
	if (mark_of(c->store.ledger) == MARK_YES)
		buf_printf(&text, "%s\n\n",
			   illustrative_mark); /* it may lie about without the store */
	w->value_count = heads;
	unit_values(w, g);
	rc = letter_fill(&text, w->letter, w->values, w->value_count, &c->err);
	if (!rc)
		rc = deliver(w, g, &text);
	buf_fini(&text);
	return rc;
}

static int write_all(struct letters *w)
{
	struct cli *c = w->f->c;
	size_t heads;
	int rc = head_values(w);

	heads = w->value_count;
	if (!rc && options.sent && options.out)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID,
					    "--sent says that letters were sent, and writes none: "
					    "without --out"));
	if (!rc && options.out && mkdir(options.out, 0777) && errno != EEXIST)
		rc = path_error(&c->err, options.out);
	for (size_t i = 0; i < w->count && !rc; i++) {
		if (!is_due(w, &w->rows[i]))
			continue;
		w->written++;
		rc = options.sent ? note_sent(w, &w->rows[i]) : write_one(w, &w->rows[i], heads);
	}
	return rc;
}

static int find_all(struct letters *w, const char *unit)
{
	struct cli *c = w->f->c;
	bool any = false;
	int rc = options.of ? 0
			    : cli_misused(c, err_set(&c->err, ERR_INVALID,
						     "letter needs --of INSTRUMENT[:DOC_NO]"));

	if (!rc)
		rc = follow_read(w->f, unit, false);
	for (size_t i = 0; !rc && i < w->f->count; i++)
		any |= w->f->rows[i].target != NULL;
	if (!rc && !any)
		rc = err_set(&c->err, ERR_NOTFOUND, "%s has no target of %s", unit, options.of);
	if (!rc)
		rc = laggards_find(&w->rows, &w->count, w->f);
	if (!rc) {
		w->sent = arena_array(c->arena, w->count + 1, sizeof(*w->sent));
		rc = w->sent ? 0 : err_set(&c->err, ERR_NOMEM, "no memory for a letter");
	}
	return rc;
}

/* As the first target says: by one document they are of a kind. */
static bool is_of_limit(const struct follow *f)
{
	if (f->head)
		return target_is_limit(f->head);
	for (size_t i = 0; i < f->count; i++)
		if (f->rows[i].target)
			return target_is_limit(&f->rows[i].target->target);
	return false;
}

int cmd_letter(struct cli *c, int argc, char **argv)
{
	struct letters *w = arena_alloc(c->arena, sizeof(*w));
	enum text_lang before = lang_now();
	const char *path = options.template;
	uint8_t *text = NULL;
	size_t len = 0;
	int rc;

	(void)argc;
	if (!w)
		return err_set(&c->err, ERR_NOMEM, "no memory for a letter");
	w->f = follow_new(c);
	rc = w->f ? find_all(w, argv[1]) : -ERR_NOMEM;
	if (!rc && !path) /* a number to reach, or one not to be exceeded */
		path = arena_printf(c->arena, "%s/letters/%s.txt", c->share,
				    is_of_limit(w->f) ? "limit" : "urge");
	if (!rc && !path)
		rc = err_set(&c->err, ERR_NOMEM, "no memory for a letter");
	if (!rc)
		rc = path_read(&text, &len, path, LETTER_MAX, &c->err);
	if (rc)
		return rc;
	w->letter = span_of(text, len);
	w->list = c->json ? json_array() : NULL;
	lang_use(TEXT_VI);
	rc = write_all(w);
	lang_use(before);
	if (!rc)
		rc = write_sent(w);
	if (!rc && !w->written && !c->json)
		fprintf(c->out, w->count ? _("no letter is due by the steps of urging\n")
					 : _("nobody is behind: no letter\n"));
	free(text);
	if (rc)
		json_decref(w->list);
	if (rc)
		return err_wrap(&c->err, rc, "letter %s", path);
	return c->json ? show_json(c, w->list) : 0;
}
