/* case list, show, due: what is here of persons, with names only where they may be opened; each such opening is told
 * to the log of the unit that they belong to. */
#include "case_cmd.h"
#include "correct_cmd.h"
#include "members_cmd.h"

#include "domain/deadline.h"
#include "domain/members.h"
#include "report/grid.h"

#include <stdlib.h>

enum { REMIND_DAYS = 30, NAME_COLUMNS = 28 };

/* One case on a list, with what was opened of it. */
struct line {
	const struct case_record *r;
	struct case_state state;
	struct person_fields fields;
	const char *name;
	bool opened, waiting;
};

static void fill(struct desk *d, size_t i, struct line *l)
{
	*l = (struct line){ .r = cases_at(d->cases, i),
			    .waiting = cases_waiting(d->cases, i, d->keys) };
	case_record_state(&l->state, l->r);
	l->name = desk_name(d, l->r, &l->fields);
	l->opened = l->fields.at[PF_NAME].len > 0;
}

static int by_name(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->opened != y->opened)
		return x->opened ? -1 : 1;
	return x->opened ? member_name_cmp(x->fields.at[PF_NAME], y->fields.at[PF_NAME]) : 0;
}

static int lines_of(struct desk *d, struct line **out, size_t *count)
{
	size_t n = cases_count(d->cases);
	struct line *lines = arena_array(d->c->arena, n + 1, sizeof(*lines));

	*count = n;
	*out = lines;
	if (!lines)
		return err_set(&d->c->err, ERR_NOMEM, "no memory for %zu cases", n);
	for (size_t i = 0; i < n; i++)
		fill(d, i, &lines[i]);
	qsort(lines, n, sizeof(*lines), by_name);
	return 0;
}

/* One entry for each unit whose names were opened. */
static int tell_opened(struct desk *d, const struct line *lines, size_t count, enum names_how how)
{
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++) {
		uint32_t opened = 0;
		bool before = false;

		for (size_t k = 0; k < i; k++)
			before |= lines[k].opened && lines[k].r->unit == lines[i].r->unit;
		if (before || !lines[i].opened)
			continue;
		for (size_t k = i; k < count; k++)
			opened += lines[k].opened && lines[k].r->unit == lines[i].r->unit;
		rc = tell_names(d->c, lines[i].r->unit, how, opened);
	}
	return rc;
}

static json_t *line_json(struct cli *c, const struct line *l)
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, l->r->person, PERSON_ID);
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o, s:I, s:b, s:b, s:s?, s:s?, s:b}", "case",
			 hex, "unit", unit_code(c, l->r->unit), "name",
			 l->opened ? json_span(l->fields.at[PF_NAME]) : json_null(), "birth",
			 l->opened && l->fields.at[PF_BIRTH].len ? json_span(l->fields.at[PF_BIRTH])
								 : json_null(),
			 "stage", case_stage_code(l->state.stage), "since", json_day(l->state.last),
			 "rivals", (json_int_t)l->r->rival_count, "forgotten",
			 l->r->forgotten_lsn != 0, "delivered", !l->waiting, "came_from",
			 l->r->came.state != HANDOVER_NONE ? unit_word(c, l->r->came.unit) : NULL,
			 "sent_to",
			 l->r->gone.state != HANDOVER_NONE ? unit_word(c, l->r->gone.unit) : NULL,
			 "offered", l->r->came.state == HANDOVER_OPEN);
}

static void show_line(struct cli *c, const struct line *l)
{
	fprintf(c->out, "%s  %-12s ", case_id_text(c, l->r), unit_code(c, l->r->unit));
	grid_padded(c->out, l->name,
		    NAME_COLUMNS + 1); /* by columns: bytes are more than letters */
	fprintf(c->out, "%-10s  %s%s%s", show_day(c->arena, l->state.last),
		_(case_stage_text(l->state.stage)),
		l->r->rival_count ? _(" - two outcomes, to be settled") : "",
		l->waiting ? _(" - not sent yet") : "");
	if (l->r->came.state == HANDOVER_OPEN)
		fprintf(c->out, _(" - offered by %s: accept or refuse it"),
			unit_word(c, l->r->came.unit));
	if (l->r->gone.state != HANDOVER_NONE)
		fprintf(c->out, " -> %s", unit_word(c, l->r->gone.unit));
	fputc('\n', c->out);
}

int case_list(struct desk *d, int argc, char **argv)
{
	json_t *list = d->c->json ? json_array() : NULL;
	struct line *lines;
	size_t count, shown = 0;
	int rc = lines_of(d, &lines, &count);

	(void)argc;
	(void)argv;
	if (!rc)
		rc = tell_opened(d, lines, count, NAMES_OPENED);
	for (size_t i = 0; i < count && !rc; i++) {
		/* of the units below only what came here; their counts are asked for by `case count` */
		if (!case_is_open_here(d->c->client, lines[i].r) && !lines[i].r->forgotten_lsn)
			continue;
		if (list)
			json_array_append_new(list, line_json(d->c, &lines[i]));
		else
			show_line(d->c, &lines[i]);
		shown++;
	}
	if (rc) {
		json_decref(list);
		return rc;
	}
	if (list)
		return show_json(d->c, list);
	lang_print(d->c->out, _("%zu cases\n"), shown);
	return 0;
}

/* Those whose name has the text in it, without diacritics. */
int case_search(struct desk *d, int argc, char **argv)
{
	char folded[2 * NAME_MAX_BYTES], name[2 * NAME_MAX_BYTES];
	json_t *list = d->c->json ? json_array() : NULL;
	struct line *lines = NULL;
	size_t count = 0, found = 0;
	int rc = argc == 1 ? text_fold(folded, sizeof(folded), NULL, span_str(argv[0]), &d->c->err)
			   : cli_usage(d->c, _("case search: write TEXT"));

	if (!rc)
		rc = lines_of(d, &lines, &count);
	for (size_t i = 0; i < count && !rc; i++)
		if (lines[i].opened &&
		    !text_fold(name, sizeof(name), NULL, lines[i].fields.at[PF_NAME], NULL) &&
		    strstr(name, folded))
			lines[found++] = lines[i];
	if (!rc)
		rc = tell_opened(d, lines, found, NAMES_SEARCHED);
	for (size_t i = 0; i < found && !rc; i++) {
		if (list)
			json_array_append_new(list, line_json(d->c, &lines[i]));
		else
			show_line(d->c, &lines[i]);
	}
	if (rc) {
		json_decref(list);
		return rc;
	}
	if (list)
		return show_json(d->c, list);
	lang_print(d->c->out, _("%zu cases\n"), found);
	return 0;
}

/* ---- case show ---- */

static void show_step(struct desk *d, const struct case_record *r, const struct case_held *h,
		      size_t index, bool rival)
{
	struct person_fields paper = { .at = { { NULL, 0 } } };
	struct cli *c = d->c;
	struct err ignored = { 0 };

	fprintf(c->out, "  %-10s  %s", show_day(c->arena, h->step.day),
		_(case_step_text(h->step.kind)));
	if (h->step.reason != REASON_NONE)
		fprintf(c->out, ": %s", _(case_reason_text(h->step.reason)));
	if (h->step.votes_of)
		fprintf(c->out, ", %u/%u", h->step.votes_for, h->step.votes_of);
	if (h->to)
		fprintf(c->out, " -> %s", unit_word(c, h->to));
	if (h->author_unit != r->unit)
		fprintf(c->out, " (%s)", unit_word(c, h->author_unit));
	if (!rival && !case_open_paper(&paper, c->client, d->keys, r, index, c->arena, &ignored) &&
	    paper.at[PF_PAPER_NO].len)
		fprintf(c->out, ", %s", arena_str(c->arena, paper.at[PF_PAPER_NO]));
	fputc('\n', c->out);
}

static json_t *step_json(struct desk *d, const struct case_record *r, const struct case_held *h,
			 size_t index, bool rival)
{
	struct person_fields paper = { .at = { { NULL, 0 } } };
	struct err ignored = { 0 };

	if (!rival)
		(void)case_open_paper(&paper, d->c->client, d->keys, r, index, d->c->arena,
				      &ignored);
	return json_pack("{s:s, s:o, s:s?, s:I, s:I, s:s, s:s?, s:o}", "step",
			 case_step_code(h->step.kind), "day", json_day(h->step.day), "reason",
			 h->step.reason != REASON_NONE ? case_reason_code(h->step.reason) : NULL,
			 "votes_for", (json_int_t)h->step.votes_for, "votes_of",
			 (json_int_t)h->step.votes_of, "by", unit_word(d->c, h->author_unit), "to",
			 h->to ? unit_word(d->c, h->to) : NULL, "no",
			 paper.at[PF_PAPER_NO].len ? json_span(paper.at[PF_PAPER_NO])
						   : json_null());
}

static json_t *fields_json(const struct person_fields *f)
{
	json_t *j = json_object();

	for (unsigned i = 1; i < PF_PAPER_NO; i++)
		if (f->at[i].len && person_field_code((enum person_field)i))
			json_object_set_new(j, person_field_code((enum person_field)i),
					    json_span(f->at[i]));
	return j;
}

static int show_one_json(struct desk *d, const struct line *l)
{
	json_t *j = line_json(d->c, l), *steps = json_array(), *rivals = json_array();
	struct person_fields letter = { .at = { { NULL, 0 } } };
	struct err ignored = { 0 };
	int rc;

	for (size_t i = 0; i < l->r->count; i++)
		json_array_append_new(steps, step_json(d, l->r, &l->r->steps[i], i, false));
	for (size_t i = 0; i < l->r->rival_count; i++)
		json_array_append_new(rivals, step_json(d, l->r, &l->r->rivals[i], i, true));
	(void)case_open_letter(&letter, d->c->client, d->keys, l->r, d->c->arena, &ignored);
	json_object_set_new(j, "letter",
			    letter.at[PF_PAPER_NO].len ? json_span(letter.at[PF_PAPER_NO])
						       : json_null());
	json_object_set_new(j, "fields", fields_json(&l->fields));
	json_object_set_new(j, "steps", steps);
	json_object_set_new(j, "beside", rivals);
	json_object_set_new(j, "asked_to_forget", json_integer((json_int_t)l->r->forget_asked_lsn));
	rc = corrections_show(d, l->r->unit, l->r->person, l->opened, j);
	if (rc) {
		json_decref(j);
		return rc;
	}
	return show_json(d->c, j);
}

static void show_one(struct desk *d, const struct line *l)
{
	struct person_fields letter = { .at = { { NULL, 0 } } };
	struct err ignored = { 0 };
	struct cli *c = d->c;

	show_line(c, l);
	show_person_fields(c, &l->fields);
	if (!case_open_letter(&letter, c->client, d->keys, l->r, c->arena, &ignored) &&
	    letter.at[PF_PAPER_NO].len)
		fprintf(c->out, _("  letter from %s: %s\n"), unit_word(c, l->r->came.unit),
			arena_str(c->arena, letter.at[PF_PAPER_NO]));
	for (size_t i = 0; i < l->r->count; i++)
		show_step(d, l->r, &l->r->steps[i], i, false);
	if (l->r->rival_count)
		fprintf(c->out,
			_("Somebody else wrote, not having seen this (keep=0 is what stands "
			  "above):\n"));
	for (size_t i = 0; i < l->r->rival_count; i++) {
		fprintf(c->out, "  keep=%zu", i + 1);
		show_step(d, l->r, &l->r->rivals[i], i, true);
	}
}

static int show_as(struct desk *d, const char *who, enum names_how how)
{
	struct line l;
	size_t index = 0;
	int rc = desk_find(d, who, &index);

	if (rc)
		return rc;
	fill(d, index, &l);
	if (l.opened)
		rc = tell_names(d->c, l.r->unit, how, 1);
	if (rc)
		return rc;
	if (d->c->json || how == NAMES_EXPORTED)
		return show_one_json(d, &l);
	show_one(d, &l);
	return corrections_show(d, l.r->unit, l.r->person, l.opened, NULL);
}

int case_show(struct desk *d, int argc, char **argv)
{
	if (argc != 1)
		return cli_usage(d->c, _("case show: write CASE"));
	return show_as(d, argv[0], NAMES_OPENED);
}

/* Everything that is kept about one person, for that person: sealed fields, codes, steps. */
int cmd_person(struct cli *c, int argc, char **argv)
{
	struct desk d;
	int rc;

	if (argc != 3 || strcmp(argv[1], "export"))
		return cli_usage(c, _("person: write export CASE or MEMBER"));
	rc = desk_open_who(&d, c, argv[2]);
	if (!rc)
		rc = show_as(&d, argv[2], NAMES_EXPORTED);
	desk_close(&d);
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(&c->err);
	return members_export(c, argv[2]); /* no case: a member of the register */
}

/* ---- case due ---- */

static json_t *due_json(struct cli *c, const struct line *l, const struct due *u)
{
	json_t *j = line_json(c, l);

	json_object_set_new(j, "step", json_string(case_step_code(u->step)));
	json_object_set_new(j, "what", json_string(u->what == DUE_LAPSE ? "lapse" : "step"));
	json_object_set_new(j, "due", json_day(u->due));
	json_object_set_new(j, "late", json_boolean(u->late));
	json_object_set_new(j, "days_left", json_integer(u->days_left));
	json_object_set_new(j, "source", json_string(u->rule->source));
	return j;
}

static void show_due(struct cli *c, const struct line *l, const struct due *u)
{
	fprintf(c->out, "%-10s  %s  ", show_day(c->arena, u->due), case_id_text(c, l->r));
	grid_padded(c->out, l->name, NAME_COLUMNS + 1);
	fprintf(c->out, "%s%s%s\n", _(case_step_text(u->step)),
		u->what == DUE_LAPSE ? _(" - holds until then") : "", u->late ? _(" - late") : "");
}

static int walk_dues(struct desk *d, const struct field_rules *rules, const struct line *lines,
		     size_t count, day_t on, json_t *list)
{
	size_t shown = 0;

	for (size_t i = 0; i < count; i++) {
		struct due dues[DUE_MAX];
		size_t n;

		if (!case_is_open_here(d->c->client, lines[i].r) || !case_record_here(lines[i].r))
			continue;
		n = deadlines_due(dues, &rules->rules, rules->holidays, &lines[i].state, on);
		for (size_t k = 0; k < n; k++) {
			if (!due_remind(&dues[k], REMIND_DAYS))
				continue;
			shown++;
			if (list)
				json_array_append_new(list, due_json(d->c, &lines[i], &dues[k]));
			else
				show_due(d->c, &lines[i], &dues[k]);
		}
	}
	if (list)
		return show_json(d->c, list);
	if (!shown)
		lang_print(d->c->out, _("nothing is due within %d days\n"), REMIND_DAYS);
	return 0;
}

int case_due(struct desk *d, int argc, char **argv)
{
	struct field_rules rules = { .holidays = NULL };
	struct line *lines;
	day_t on = d->today;
	size_t count;
	int rc = field_rules_read(d->c, &rules);

	(void)argc;
	(void)argv;
	if (!rc && options.on)
		rc = ask_day(d->c, options.on, &on);
	if (!rc)
		rc = lines_of(d, &lines, &count);
	if (!rc)
		rc = tell_opened(d, lines, count, NAMES_OPENED);
	if (!rc)
		rc = walk_dues(d, &rules, lines, count, on, d->c->json ? json_array() : NULL);
	field_rules_fini(&rules);
	return rc;
}
