/* Persons on their way to membership: who stands where, what is due and until when a step is safe, a person's own page,
 * and steps of one or of many in one go. Names only where this device may open them. */
#include "persons.h"

#include "client/alike.h"
#include "domain/deadline.h"
#include "domain/members.h"
#include "ledger/register.h"
#include "report/rule.h"

#include <stdlib.h>

enum { REMIND_DAYS = 30 };

/* ---- the desk ---- */

int persons_open(struct persons *d, struct call *k)
{
	const struct web_register *r = k->w->config.reg;
	bool on = false;
	int rc;

	*d = (struct persons){ .k = k, .today = day_of_instant(k->now_ms) };
	rc = register_on(k->base, &on, k->e);
	if (!rc && (!on || !r))
		rc = err_set(
			k->e, ERR_STATE,
			"this province keeps no register of persons; figures are typed as before");
	if (!rc)
		rc = r->keys(r->ctx, &d->keys, k->e);
	if (!rc)
		rc = cases_load(&d->cases, k->c, k->e);
	if (!rc)
		d->writer = (struct case_writer){ k->c, d->keys, k->a, k->now_ms, r->random };
	return rc;
}

void persons_close(struct persons *d)
{
	cases_free(d->cases);
	keyring_free(d->keys);
}

/* NULL without memory. */
static struct web_told *told_of(struct web *w, enum persons_list list, uint32_t unit)
{
	struct web_told *grown;

	for (size_t i = 0; i < w->told_count; i++)
		if (w->told[i].list == list && w->told[i].unit == unit)
			return &w->told[i];
	grown = realloc(w->told, (w->told_count + 1) * sizeof(*grown));
	if (!grown)
		return NULL;
	w->told = grown;
	w->told[w->told_count] = (struct web_told){ .list = list, .unit = unit };
	return &w->told[w->told_count++];
}

int persons_listed(struct persons *d, enum persons_list list, uint32_t unit, uint32_t count)
{
	struct web_told *t = told_of(d->k->w, list, unit);
	int rc;

	if (!t)
		return err_set(d->k->e, ERR_NOMEM, "no memory for a list");
	if (t->day == d->today && count <= t->count)
		return 0;
	rc = case_write_read(&d->writer, unit, NAMES_OPENED, count, d->k->e);
	if (!rc) { /* else it is told the next time: names are not shown before */
		t->day = d->today;
		t->count = count;
	}
	return rc;
}

struct span persons_text(const struct persons *d, const char *key)
{
	return span_str(text_at(d->k->in, key));
}

int persons_day(const struct persons *d, const char *key, day_t *out)
{
	const char *text = text_at(d->k->in, key);

	*out = d->today;
	return *text ? day_parse(out, NULL, span_str(text), d->k->e) : 0;
}

static int find_case(struct persons *d, const char *id, const struct case_record **out)
{
	char hex[2 * PERSON_ID + 1];

	for (size_t i = 0; i < cases_count(d->cases); i++) {
		*out = cases_at(d->cases, i);
		hex_encode(hex, (*out)->person, PERSON_ID);
		if (!strcmp(hex, id) && case_is_open_here(d->k->c, *out))
			return 0;
	}
	return err_set(d->k->e, ERR_NOTFOUND, "no case that this device may open goes by %s", id);
}

/* ---- the list ---- */

static json_t *coded(const char *code, const char *text)
{
	return json_pack("{s:s, s:s}", "code", code, "text", _(text));
}

static json_t *json_dues(struct persons *d, const struct case_state *st)
{
	const struct web_register *r = d->k->w->config.reg;
	struct due dues[DUE_MAX];
	json_t *list = json_array();
	size_t n = r->rules ? deadlines_due(dues, r->rules, d->k->w->config.holidays, st, d->today)
			    : 0;

	for (size_t i = 0; i < n; i++)
		if (due_remind(&dues[i], REMIND_DAYS))
			json_array_append_new(list,
					      json_pack("{s:o, s:b, s:o, s:b, s:i, s:s}", "step",
							coded(case_step_code(dues[i].step),
							      case_step_text(dues[i].step)),
							"lapse", dues[i].what == DUE_LAPSE, "due",
							json_day(dues[i].due), "late", dues[i].late,
							"days_left", dues[i].days_left, "source",
							rule_source_words(dues[i].rule)));
	return list;
}

/* The next step of the usual way, and the last day on which it still leaves time for all others this year. */
static json_t *json_safe(struct persons *d, const struct case_state *st)
{
	const struct web_register *r = d->k->w->config.reg;
	struct ymd now = day_to_ymd(d->today);
	struct deadline list[STEP_KINDS];
	struct err ignored = { 0 };
	size_t count = 0;
	day_t cut_off;

	if (!r->rules || case_is_over(st->stage) || case_is_member(st->stage) ||
	    st->stage == CASE_RESTING || !day_from_ymd(&cut_off, now.year, 12, 31) ||
	    deadlines_before(list, &count, r->rules, d->k->w->config.holidays, st->standing,
			     DEADLINE_CEREMONY, cut_off, d->today, &ignored) ||
	    !count)
		return json_null();
	return json_pack(
		"{s:o, s:o, s:b}", "step",
		coded(case_step_code(list[count - 1].step), case_step_text(list[count - 1].step)),
		"last", json_day(list[count - 1].last), "late", list[count - 1].late);
}

struct line {
	const struct case_record *r;
	struct case_state st;
	struct person_fields f;
	bool opened, waiting;
};

static void read_line(struct persons *d, size_t i, struct line *l)
{
	struct err ignored = { 0 };

	*l = (struct line){ .r = cases_at(d->cases, i),
			    .waiting = cases_waiting(d->cases, i, d->keys) };
	case_record_state(&l->st, l->r);
	l->opened = !l->r->forgotten_lsn &&
		    !case_open_record(&l->f, d->k->c, d->keys, l->r, d->k->a, &ignored);
}

static json_t *json_line(struct persons *d, const struct line *l)
{
	struct call *k = d->k;
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, l->r->person, PERSON_ID);
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:b, s:I, s:b, s:o, s:o}",
			 "case", hex, "unit", unit_code_of(k->base, l->r->unit), "unit_name",
			 unit_name_of(k->base, l->r->unit, d->today, UINT64_MAX), "name",
			 l->opened ? json_span(l->f.at[PF_NAME]) : json_null(), "birth",
			 l->opened && l->f.at[PF_BIRTH].len ? json_span(l->f.at[PF_BIRTH])
							    : json_null(),
			 "stage", coded(case_stage_code(l->st.stage), case_stage_text(l->st.stage)),
			 "since", json_day(l->st.last), "rivals", (json_int_t)l->r->rival_count,
			 "forgotten", l->r->forgotten_lsn != 0, "forget_asked",
			 (json_int_t)l->r->forget_asked_lsn, "delivered", !l->waiting, "dues",
			 json_dues(d, &l->st), "safe", json_safe(d, &l->st));
}

static int by_name(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->opened != y->opened)
		return x->opened ? -1 : 1;
	return x->opened ? member_name_cmp(x->f.at[PF_NAME], y->f.at[PF_NAME]) : 0;
}

/* One entry for each unit whose names were shown. */
static int tell_lines(struct persons *d, const struct line *lines, size_t count)
{
	int rc = 0;

	for (size_t i = 0; i < count && !rc; i++) {
		uint32_t opened = 0;
		bool before = false;

		for (size_t k = 0; k < i; k++)
			before |= lines[k].opened && lines[k].r->unit == lines[i].r->unit;
		for (size_t k = i; k < count; k++)
			opened += lines[k].opened && lines[k].r->unit == lines[i].r->unit;
		if (!before && lines[i].opened)
			rc = persons_listed(d, PERSONS_CASES, lines[i].r->unit, opened);
	}
	return rc;
}

static int list_cases(struct persons *d)
{
	size_t n = cases_count(d->cases), count = 0;
	struct line *lines = arena_array(d->k->a, n + 1, sizeof(*lines));
	json_t *list = json_array(), *steps = json_array();
	int rc;

	json_object_set_new(d->k->out, "cases", list);
	json_object_set_new(d->k->out, "steps", steps);
	if (!lines)
		return err_set(d->k->e, ERR_NOMEM, "no memory for %zu cases", n);
	for (size_t i = 0; i < n; i++)
		if (case_is_open_here(d->k->c, cases_at(d->cases, i)))
			read_line(d, i, &lines[count++]);
	qsort(lines, count, sizeof(*lines), by_name);
	rc = tell_lines(d, lines, count);
	if (!rc)
		rc = persons_contested(d);
	for (size_t i = 0; i < count && !rc; i++)
		json_array_append_new(list, json_line(d, &lines[i]));
	for (int s = STEP_NONE + 1; s < STEP_KINDS; s++)
		json_array_append_new(steps, coded(case_step_code((enum case_step_kind)s),
						   case_step_text((enum case_step_kind)s)));
	return rc;
}

int api_cases(struct call *k)
{
	struct persons d;
	int rc = persons_open(&d, k);

	if (!rc)
		rc = list_cases(&d);
	persons_close(&d);
	return rc;
}

/* ---- one person ---- */

static json_t *json_step(struct persons *d, const struct case_record *r, const struct case_held *h,
			 size_t index, bool rival)
{
	struct person_fields paper = { .at = { { NULL, 0 } } };
	struct err ignored = { 0 };
	const struct ledger *l = d->k->base;

	if (!rival)
		(void)case_open_paper(&paper, d->k->c, d->keys, r, index, d->k->a, &ignored);
	return json_pack("{s:o, s:o, s:s, s:I, s:I, s:s, s:s, s:o, s:o}", "step",
			 coded(case_step_code(h->step.kind), case_step_text(h->step.kind)), "day",
			 json_day(h->step.day), "reason",
			 h->step.reason != REASON_NONE ? _(case_reason_text(h->step.reason)) : "",
			 "votes_for", (json_int_t)h->step.votes_for, "votes_of",
			 (json_int_t)h->step.votes_of, "by",
			 unit_name_of(l, h->author_unit, d->today, UINT64_MAX), "to",
			 h->to ? unit_name_of(l, h->to, d->today, UINT64_MAX) : "", "no",
			 json_span(paper.at[PF_PAPER_NO]), "signer",
			 json_span(paper.at[PF_PAPER_SIGNER]));
}

/* Steps that may follow, with what each asks for. */
static json_t *json_next(const struct case_state *st)
{
	json_t *list = json_array();

	for (int s = STEP_NONE + 1; s < STEP_KINDS; s++) {
		enum case_step_kind kind = (enum case_step_kind)s;
		uint32_t bits = case_step_reasons(kind);
		json_t *reasons = json_array();
		enum case_stage next;

		if (!case_may(st->stage, kind, &next)) {
			json_decref(reasons);
			continue;
		}
		for (int r = REASON_NONE + 1; r < CASE_REASONS; r++)
			if (bits & UINT32_C(1) << r)
				json_array_append_new(reasons,
						      coded(case_reason_code((enum case_reason)r),
							    case_reason_text((enum case_reason)r)));
		json_array_append_new(list, json_pack("{s:s, s:s, s:o}", "code",
						      case_step_code(kind), "text",
						      _(case_step_text(kind)), "reasons", reasons));
	}
	return list;
}

static void show_fields(const struct line *l, json_t *out)
{
	for (unsigned f = 1; f < PF_PAPER_NO; f++)
		if (l->f.at[f].len && person_field_code((enum person_field)f))
			json_object_set_new(out, person_field_code((enum person_field)f),
					    json_span(l->f.at[f]));
}

static int show_case(struct persons *d, const char *id)
{
	json_t *fields = json_object(), *steps = json_array(), *beside = json_array(), *j;
	struct correct_whom whom = { .m = NULL };
	const struct case_record *r = NULL;
	struct line l;
	size_t i = 0;
	int rc = find_case(d, id, &r);

	json_object_set_new(d->k->out, "fields", fields);
	json_object_set_new(d->k->out, "taken", steps);
	json_object_set_new(d->k->out, "beside", beside);
	if (rc)
		return rc;
	while (cases_at(d->cases, i) != r)
		i++;
	read_line(d, i, &l);
	show_fields(&l, fields);
	for (i = 0; i < r->count; i++)
		json_array_append_new(steps, json_step(d, r, &r->steps[i], i, false));
	for (i = 0; i < r->rival_count; i++)
		json_array_append_new(beside, json_step(d, r, &r->rivals[i], i, true));
	j = json_line(d, &l);
	json_object_update(d->k->out, j);
	json_decref(j);
	json_object_set_new(d->k->out, "next", json_next(&l.st));
	memcpy(whom.person, r->person, PERSON_ID);
	whom.unit = r->unit;
	whom.r = r;
	rc = persons_record(d, &whom, l.opened ? &l.f : NULL, d->k->out);
	if (rc)
		return rc;
	return case_write_read(&d->writer, r->unit, NAMES_OPENED, l.opened, d->k->e);
}

int api_case(struct call *k)
{
	struct persons d;
	int rc = persons_open(&d, k);

	if (!rc)
		rc = show_case(&d, text_at(k->in, "case"));
	persons_close(&d);
	return rc;
}

/* ---- a person introduced ---- */

static uint32_t bits_of(const json_t *list, const char *const *words, size_t count)
{
	const json_t *word;
	uint32_t bits = 0;
	size_t i;

	json_array_foreach(list, i, word)
	{
		for (size_t w = 0; w < count; w++)
			if (json_is_string(word) && !strcmp(json_string_value(word), words[w]))
				bits |= UINT32_C(1) << w;
	}
	return bits;
}

static int read_person(struct persons *d, struct person_fields *f, struct person_codes *codes)
{
	static const char *const sources[CASE_SOURCES] = { "veteran", "student", "armed", "private",
							   "agency",  "rural",   "other" };
	/* in the order of their bits, behind FACT_WOMAN, which follows from the sex */
	static const char *const facts[] = { "",      "minority", "religious",   "union",
					     "owner", "fdi",      "weak-hamlet", "readmitted" };
	const json_t *in = d->k->in, *fields = json_object_get(in, "fields"), *value;
	const char *name;
	int rc;

	json_object_foreach((json_t *)fields, name, value)
	{
		enum person_field at;

		if (!person_field_parse(&at, span_str(name)) || at >= PF_PAPER_NO)
			return err_set(d->k->e, ERR_INVALID, "case open: there is no field %s",
				       name);
		f->at[at] = span_str(json_string_value(value) ? json_string_value(value) : "");
	}
	rc = person_fields_days(f, d->k->a, d->k->e);
	if (rc)
		return rc;
	codes->sources = (uint8_t)bits_of(json_object_get(in, "sources"), sources, CASE_SOURCES);
	codes->facts = (uint8_t)bits_of(json_object_get(in, "facts"), facts, ARRAY_LEN(facts)) &
		       0xfe;
	codes->education = (uint8_t)(number_at(in, "education") & 7);
	return codes->education <= 4 ? 0 : err_set(d->k->e, ERR_INVALID, "education: write 0 to 4");
}

/* Whose case or membership is here already by this name and birth date: said, for a person to decide. */
static json_t *alike(struct persons *d, const struct person_fields *f)
{
	char mine[2 * NAME_MAX_BYTES], theirs[2 * NAME_MAX_BYTES], hex[2 * PERSON_ID + 1];
	json_t *list = json_array();
	struct err ignored = { 0 };
	struct alike member;
	struct line l;

	if (text_fold(mine, sizeof(mine), NULL, f->at[PF_NAME], &ignored))
		return list;
	for (size_t i = 0; i < cases_count(d->cases); i++) {
		if (!case_is_open_here(d->k->c, cases_at(d->cases, i)))
			continue;
		read_line(d, i, &l);
		if (!l.opened || !span_eq(l.f.at[PF_BIRTH], f->at[PF_BIRTH]) ||
		    text_fold(theirs, sizeof(theirs), NULL, l.f.at[PF_NAME], &ignored) ||
		    strcmp(mine, theirs) != 0)
			continue;
		hex_encode(hex, l.r->person, PERSON_ID);
		json_array_append_new(list, json_string(hex));
	}
	if (!alike_find(&member, &d->writer, f, NULL, &ignored) && member.how == ALIKE_PERSON &&
	    !member.is_case) {
		hex_encode(hex, member.person, PERSON_ID);
		json_array_append_new(list, json_string(hex));
	}
	return list;
}

static int open_case(struct persons *d)
{
	struct case_step first = { .kind = STEP_INTRODUCE };
	struct person_fields f = { .at = { { NULL, 0 } } };
	struct person_codes codes = { .facts = 0 };
	uint8_t person[PERSON_ID];
	char hex[2 * PERSON_ID + 1];
	json_t *same;
	int rc = read_person(d, &f, &codes);

	if (!rc)
		rc = persons_day(d, "day", &first.day);
	if (rc)
		return rc;
	same = alike(d, &f);
	json_object_set_new(d->k->out, "alike", same);
	if (json_array_size(same) && !call_said_yes(d->k, "alike_ok")) {
		d->k->status = 409;
		return err_set(d->k->e, ERR_EXISTS,
			       "somebody of this name and birth date is here already");
	}
	rc = case_write_open(&d->writer, &f, &codes, &first, person, d->k->e);
	hex_encode(hex, person, PERSON_ID);
	if (!rc)
		json_object_set_new(d->k->out, "case", json_string(hex));
	return rc;
}

int api_case_open(struct call *k)
{
	struct persons d;
	int rc = persons_open(&d, k);

	if (!rc)
		rc = open_case(&d);
	persons_close(&d);
	return rc;
}
