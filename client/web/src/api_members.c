/* The register of the unit's members: listed, searched, brought in from another program's CSV after a look at it, ended. */
#include "persons.h"

#include "client/alike.h"
#include "client/names.h"
#include "client/outbox.h"
#include "domain/members.h"
#include "ledger/register.h"

#include <stdlib.h>

enum { PROBLEMS_SHOWN = 50, ROWS_SHOWN = 20, LIST_SHOWN = 2000 };

struct book {
	struct persons d;
	struct roll *roll;
	struct roll_known *at;
	size_t count, all;
};

static int by_name(const void *a, const void *b)
{
	const struct roll_known *x = a, *y = b;

	if (x->opened != y->opened)
		return x->opened ? -1 : 1;
	return x->opened ? member_name_cmp(x->fields.at[PF_NAME], y->fields.at[PF_NAME]) : 0;
}

static int book_read(struct book *b, bool open)
{
	struct call *k = b->d.k;
	int rc = roll_read(&b->at, b->roll, open, k->c, b->d.keys, k->a, k->e);

	b->count = rc ? 0 : roll_count(b->roll);
	if (!rc)
		qsort(b->at, b->count, sizeof(*b->at), by_name);
	return rc;
}

static int book_open(struct book *b, struct call *k)
{
	int rc = persons_open(&b->d, k);

	b->roll = NULL;
	b->count = 0;
	if (!rc)
		rc = roll_load(&b->roll, k->c, k->e);
	b->all = b->roll ? roll_count(b->roll) : 0;
	return rc;
}

/* What is looked for in the index of names: of the roll these alone are left. Where the index cannot be made, all. */
static int book_narrow(struct book *b, const char *folded, const char *typed)
{
	struct call *k = b->d.k;
	struct names_asked asked = { .folded = folded, .card = typed };
	struct names_found found;
	struct roll *some = NULL;
	int rc = names_search(&found, k->c, b->d.keys, &asked, k->a, k->e);

	if (rc == -ERR_CORRUPT) {
		err_clear(k->e);
		return 0;
	}
	if (!rc)
		rc = roll_load_some(&some, k->c, (const uint8_t(*)[PERSON_ID])found.at, found.count,
				    k->e);
	if (rc)
		return rc;
	roll_free(b->roll);
	b->roll = some;
	return 0;
}

static void book_close(struct book *b)
{
	roll_free(b->roll);
	persons_close(&b->d);
}

/* ---- list, search ---- */

static json_t *field(const struct roll_known *n, enum person_field f)
{
	return n->opened && n->fields.at[f].len ? json_span(n->fields.at[f]) : json_null();
}

static json_t *json_member(const struct book *b, const struct roll_known *n)
{
	struct register_asked asked = { .lsn = 0 };
	char hex[2 * PERSON_ID + 1];
	struct err ignored = { 0 };

	(void)register_member_forgotten(b->d.k->base, n->m->unit, n->m->person, &asked, &ignored);
	hex_encode(hex, n->m->person, PERSON_ID);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:I, s:b, s:b}", "member", hex,
			 "name", field(n, PF_NAME), "birth", field(n, PF_BIRTH), "card",
			 field(n, PF_CARD), "admitted", json_day(n->m->admitted), "recognised",
			 n->m->recognised ? json_day(n->m->recognised) : json_null(), "state",
			 member_end_code(n->m->how), "ended",
			 n->m->how == MEMBER_STAYS ? json_null() : json_day(n->m->ended),
			 "forget_asked", (json_int_t)asked.asked_lsn, "forgotten", asked.lsn > 0,
			 "delivered", !roll_unsent(b->roll, n->index));
}

static bool is_wanted(const struct roll_known *n, const char *folded, const char *typed)
{
	return !*folded || (n->folded && strstr(n->folded, folded)) ||
	       (n->opened && n->fields.at[PF_CARD].len &&
		span_eq(n->fields.at[PF_CARD], span_str(typed)));
}

static int list_members(struct book *b)
{
	struct call *k = b->d.k;
	const char *text = text_at(k->in, "text");
	char folded[2 * NAME_MAX_BYTES] = "";
	json_t *list = json_array();
	uint32_t opened = 0, found = 0, own = client_identity(k->c)->unit;
	int rc = *text ? text_fold(folded, sizeof(folded), NULL, span_str(text), k->e) : 0;

	json_object_set_new(k->out, "members", list);
	if (!rc && *folded)
		rc = book_narrow(b, folded, text);
	if (!rc)
		rc = book_read(b, true);
	for (size_t i = 0; !rc && i < b->count; i++) {
		if (!is_wanted(&b->at[i], folded, text) || found++ >= LIST_SHOWN)
			continue;
		opened += b->at[i].opened;
		json_array_append_new(list, json_member(b, &b->at[i]));
	}
	json_object_set_new(k->out, "found", json_integer(found));
	json_object_set_new(k->out, "all", json_integer((json_int_t)b->all));
	if (!rc)
		rc = persons_contested(&b->d);
	if (rc)
		return rc;
	return *text ? case_write_read(&b->d.writer, own, NAMES_SEARCHED, opened, k->e)
		     : persons_listed(&b->d, PERSONS_MEMBERS, own, opened);
}

int api_members(struct call *k)
{
	struct book b;
	int rc = book_open(&b, k);

	if (!rc)
		rc = list_members(&b);
	book_close(&b);
	return rc;
}

/* ---- import ---- */

static void add_problem(struct book *b, size_t line, const char *text)
{
	json_t *list = json_object_get(b->d.k->out, "problems");

	if (json_array_size(list) < PROBLEMS_SHOWN)
		json_array_append_new(
			list, json_pack("{s:I, s:s}", "line", (json_int_t)line, "text", text));
}

static int check_rows(struct book *b, const struct member_list *list, struct alike_row *here)
{
	struct call *k = b->d.k;
	const char *own = unit_code_of(k->base, client_identity(k->c)->unit);
	char text[ERR_TEXT_MAX];
	size_t wrong = list->problem_count;
	struct alike_cases open;
	int rc = alike_cases_open(&open, &b->d.writer, b->d.cases, k->e);

	if (rc)
		return rc;
	for (size_t i = 0; i < list->problem_count && i < MEMBER_PROBLEMS_MAX; i++)
		add_problem(b, list->problems[i].line,
			    lang_err(&list->problems[i].why, text, sizeof(text)));
	for (size_t i = 0; i < list->count; i++) {
		const struct member_row *row = &list->rows[i];

		here[i] = alike_row_find(b->at, b->count, &open, row);
		if (here[i].how == ALIKE_CARD) {
			add_problem(b, row->line,
				    here[i].in
					    ? _("card: a case here has another person with this "
						"number")
					    : _("card: a member here is another person with this "
						"number"));
			wrong++;
		}
		if (!row->unit.len || span_eq(row->unit, span_str(own)))
			continue;
		add_problem(b, row->line,
			    arena_printf(k->a, _("%.*s is not the unit of this device (%s)"),
					 (int)row->unit.len, (const char *)row->unit.data, own));
		wrong++;
	}
	return wrong ? err_set(k->e, ERR_INVALID, "%zu rows cannot be taken; nothing was", wrong)
		     : 0;
}

static json_t *alike_json(struct book *b, const struct member_row *row,
			  const struct alike_row *here)
{
	bool is_case = here->how == ALIKE_PERSON && here->in;
	char hex[2 * PERSON_ID + 1];
	json_t *j = json_pack("{s:I, s:o, s:b}", "line", (json_int_t)row->line, "name",
			      json_span(row->name), "here", row->like == LIKE_NONE || is_case);

	if (!is_case)
		return j;
	hex_encode(hex, here->in->r->person, PERSON_ID);
	json_object_set_new(j, "case", json_string(hex));
	json_object_set_new(j, "unit", json_string(unit_code_of(b->d.k->base, here->in->r->unit)));
	json_object_set_new(j, "stage", json_string(_(case_stage_text(here->in->stage))));
	return j;
}

/* The first rows as they were understood, and all that is like somebody else. */
static size_t show_rows(struct book *b, const struct member_list *list,
			const struct alike_row *here, bool *alike)
{
	json_t *rows = json_object_get(b->d.k->out, "rows");
	json_t *same = json_object_get(b->d.k->out, "alike");
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct member_row *row = &list->rows[i];

		alike[i] = row->like != LIKE_NONE || here[i].how == ALIKE_PERSON;
		count += alike[i];
		if (alike[i] && json_array_size(same) < PROBLEMS_SHOWN)
			json_array_append_new(same, alike_json(b, row, &here[i]));
		if (i < ROWS_SHOWN)
			json_array_append_new(rows, json_pack("{s:o, s:o, s:o, s:o}", "name",
							      json_span(row->name), "birth",
							      json_day(row->birth), "card",
							      json_span(row->card), "admitted",
							      json_day(row->admitted)));
	}
	return count;
}

static int may_write(struct call *k)
{
	enum person_role role = client_role(k->c);

	return role == ROLE_CLERK || role == ROLE_APPROVER
		       ? 0
		       : err_set(k->e, ERR_DENIED, "the role of this person does not allow it");
}

/* alike: "skip" or "take" rows that are like somebody else; with neither it is refused when there are any. */
static int take_list(struct book *b, const struct member_list *list)
{
	struct call *k = b->d.k;
	bool *alike = arena_array(k->a, list->count + 1, sizeof(*alike));
	struct alike_row *here = arena_array(k->a, list->count + 1, sizeof(*here));
	const char *word = text_at(k->in, "alike");
	bool skip = !strcmp(word, "skip"), dry = call_said_yes(k, "dry_run");
	size_t count = 0, same;
	int rc = alike && here ? check_rows(b, list, here)
			       : err_set(k->e, ERR_NOMEM, "out of memory");

	if (rc)
		return rc;
	same = show_rows(b, list, here, alike);
	for (size_t i = 0; i < list->count; i++) {
		alike[i] = alike[i] && skip;
		count += !alike[i];
	}
	json_object_set_new(k->out, "count", json_integer((json_int_t)list->count));
	json_object_set_new(k->out, "encoding",
			    list->encoding ? json_string(list->encoding) : json_null());
	if (dry)
		return 0;
	if (same && !skip && strcmp(word, "take") != 0)
		return err_set(k->e, ERR_EXISTS,
			       "%zu rows are like somebody else: skip or take them", same);
	rc = case_write_members(&b->d.writer, list, alike, k->e);
	json_object_set_new(k->out, "taken", json_integer(rc ? 0 : (json_int_t)count));
	return rc;
}

/* A file in another encoding than UTF-8 is no text yet: its bytes come as hex. */
static int read_file(struct call *k, struct span *out)
{
	const char *hex = text_at(k->in, "hex");
	size_t len = strlen(hex) / 2;
	uint8_t *bytes;

	*out = span_str(text_at(k->in, "text"));
	if (!*hex)
		return 0;
	bytes = arena_alloc(k->a, len + 1);
	if (!bytes)
		return err_set(k->e, ERR_NOMEM, "no memory for a file");
	*out = span_of(bytes, len);
	return strlen(hex) % 2 == 0 && hex_decode(bytes, len, span_str(hex))
		       ? 0
		       : err_set(k->e, ERR_INVALID, "this is no part of a file");
}

int api_members_import(struct call *k)
{
	struct member_list list;
	struct span file;
	struct book b;
	int rc;

	for (size_t i = 0; i < 3; i++)
		json_object_set_new(k->out, (const char *const[]){ "problems", "rows", "alike" }[i],
				    json_array());
	rc = book_open(&b, k);
	if (!rc)
		rc = book_read(&b, true);
	if (!rc)
		rc = may_write(k);
	if (!rc)
		rc = read_file(k, &file);
	if (!rc)
		rc = members_parse(&list, file, b.d.today, k->a, k->e);
	if (!rc)
		rc = take_list(&b, &list);
	book_close(&b);
	return rc;
}

/* ---- end ---- */

static int end_one(struct book *b)
{
	struct call *k = b->d.k;
	struct op_member_end end = { .how = MEMBER_STAYS };
	const struct roll_known *n = NULL;
	char hex[2 * PERSON_ID + 1];
	int rc = may_write(k);

	for (size_t i = 0; i < b->count && !n; i++) {
		hex_encode(hex, b->at[i].m->person, PERSON_ID);
		if (!strcmp(hex, text_at(k->in, "member")))
			n = &b->at[i];
	}
	for (int how = MEMBER_STAYS + 1; how < MEMBER_WRITTEN; how++)
		if (!strcmp(text_at(k->in, "how"), member_end_code((enum member_end)how)))
			end.how = (enum member_end)how;
	if (!rc && !n)
		rc = err_set(k->e, ERR_NOTFOUND, "no member here goes by %s",
			     text_at(k->in, "member"));
	if (!rc && end.how == MEMBER_STAYS)
		rc = err_set(k->e, ERR_INVALID, "say how the membership ended");
	if (!rc)
		rc = persons_day(&b->d, "day", &end.day);
	return rc ? rc
		  : case_write_end(&b->d.writer, n->m, &end, NULL,
				   span_str(text_at(k->in, "reason")), k->e);
}

int api_member_end(struct call *k)
{
	struct book b;
	int rc = book_open(&b, k);

	if (!rc)
		rc = book_read(&b, false); /* named by the number alone */
	if (!rc)
		rc = end_one(&b);
	book_close(&b);
	return rc;
}
