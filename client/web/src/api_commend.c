/* Whom units put forward for a commendation: by name where this device may open it, else by title; put forward, taken
 * back. */
#include "persons.h"

#include "client/commend.h"
#include "domain/rights.h"

#include <stdlib.h>

struct book {
	struct persons d;
	const struct commend_line *lines;
	const char **names; /* NULL: nobody is named, or sealed here */
	size_t count;
};

/* Of `unit` and those below it, for days within `period`. */
static int book_read(struct book *b, uint32_t unit, struct period period)
{
	struct call *k = b->d.k;
	int rc = commend_load(&b->lines, &b->count, k->c, b->d.keys, unit, period, b->d.today, k->a,
			      k->e);

	b->names = arena_array(k->a, b->count + 1, sizeof(*b->names));
	if (!rc && !b->names)
		rc = err_set(k->e, ERR_NOMEM, "no memory for proposals");
	for (size_t i = 0; i < b->count && !rc; i++) {
		struct err ignored = { 0 };
		struct person_fields f;

		if (!commend_open(&f, k->c, b->d.keys, &b->lines[i].of, k->a, &ignored))
			b->names[i] = arena_str(k->a, f.at[PF_NAME]);
	}
	return rc;
}

/* ---- list ---- */

static json_t *json_line(const struct book *b, size_t i)
{
	const struct commend_line *l = &b->lines[i];
	const struct op_commend *m = &l->of.commend;
	struct call *k = b->d.k;
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, m->person, PERSON_ID);
	return json_pack("{s:s, s:s, s:s?, s:b, s:s?, s:s?, s:o, s:o, s:I, s:o, s:o, s:b, s:b}",
			 "unit", unit_code_of(k->base, l->of.unit), "unit_name",
			 unit_name_of(k->base, l->of.unit, b->d.today, UINT64_MAX), "person",
			 b->names[i], "named", m->named, "number", m->named ? hex : NULL, "body",
			 m->body ? unit_code_of(k->base, m->body) : NULL, "title",
			 json_span(m->title), "period", json_period(m->period), "helped",
			 (json_int_t)m->helped, "reason", json_span(l->of.reason), "lsn",
			 l->of.lsn ? json_integer((json_int_t)l->of.lsn) : json_null(), "delivered",
			 !l->unsent, "own", l->of.unit == client_identity(k->c)->unit);
}

static json_t *json_lines(const struct book *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->count; i++)
		json_array_append_new(list, json_line(b, i));
	return list;
}

/* Names that were opened are told to the log of the unit whose they are. */
static int tell_opened(struct book *b)
{
	int rc = 0;

	for (size_t i = 0; i < b->count && !rc; i++) {
		uint32_t opened = 0;
		bool first = true;

		for (size_t k = 0; k < b->count; k++) {
			if (b->lines[k].of.unit != b->lines[i].of.unit)
				continue;
			first &= k >= i;
			opened += b->names[k] != NULL;
		}
		if (first && opened)
			rc = persons_listed(&b->d, PERSONS_COMMENDED, b->lines[i].of.unit, opened);
	}
	return rc;
}

/* The units above, for which a name may be sealed too. */
static json_t *json_bodies(const struct call *k, day_t today)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(ledger_tree(k->base), client_identity(k->c)->unit, today,
				 UINT64_MAX, path);
	json_t *list = json_array();

	for (size_t i = 1; i < depth; i++)
		json_array_append_new(
			list, json_pack("{s:s, s:s}", "unit", unit_code_of(k->base, path[i]),
					"name", unit_name_of(k->base, path[i], today, UINT64_MAX)));
	return list;
}

static int list(struct book *b)
{
	struct call *k = b->d.k;
	uint32_t unit = client_identity(k->c)->unit;
	struct period period;
	int rc = *text_at(k->in, "unit") ? call_unit(k, &unit) : 0;

	if (!rc)
		rc = period_parse(&period, persons_text(&b->d, "period"), k->e);
	if (!rc)
		rc = book_read(b, unit, period);
	if (!rc)
		rc = tell_opened(b);
	if (rc)
		return rc;
	json_object_set_new(k->out, "people", json_lines(b));
	json_object_set_new(k->out, "bodies", json_bodies(k, b->d.today));
	json_object_set_new(k->out, "may",
			    json_boolean(rights_ask(RIGHT_COMMEND, client_role(k->c),
						    RELATION_SELF) == RIGHT_YES));
	return 0;
}

static int with_book(struct call *k, int (*run)(struct book *b))
{
	struct book b = { .count = 0 };
	int rc = persons_open(&b.d, k);

	if (!rc)
		rc = run(&b);
	persons_close(&b.d);
	return rc;
}

int api_commended(struct call *k)
{
	return with_book(k, list);
}

/* ---- add, back ---- */

static struct op op_of(struct call *k)
{
	return (struct op){ .kind = OP_COMMEND,
			    .unit = client_identity(k->c)->unit,
			    .reason = span_str(text_at(k->in, "reason")) };
}

static int add(struct book *b)
{
	struct call *k = b->d.k;
	struct op op = op_of(k);
	const struct unit *body = NULL;
	enum text_grouping grouping;
	int64_t helped = 0;
	int rc = period_parse(&op.commend.period, persons_text(&b->d, "period"), k->e);

	if (!rc)
		rc = text_count(&helped, &grouping, persons_text(&b->d, "helped"), k->e);
	if (!rc && (helped < 1 || helped > UINT32_MAX))
		rc = err_set(k->e, ERR_RANGE, "helped=%s: at least one was admitted",
			     text_at(k->in, "helped"));
	if (!rc && *text_at(k->in, "body")) {
		body = tree_by_code(ledger_tree(k->base), persons_text(&b->d, "body"));
		if (!body)
			rc = err_set(k->e, ERR_NOTFOUND,
				     "there is no unit %s in the part of this device",
				     text_at(k->in, "body"));
	}
	if (rc)
		return rc;
	op.commend.title = persons_text(&b->d, "title");
	op.commend.helped = (uint32_t)helped;
	op.commend.body = body ? body->unit : 0;
	return commend_write(&b->d.writer, &op, persons_text(&b->d, "name"), k->e);
}

int api_commend_add(struct call *k)
{
	return with_book(k, add);
}

/* By the number, or by title and period where nobody is named. */
static const struct commend_line *find(const struct book *b, const char *number, const char *title,
				       struct period period)
{
	uint32_t own = client_identity(b->d.k->c)->unit;
	char hex[2 * PERSON_ID + 1];

	for (size_t i = 0; i < b->count; i++) {
		const struct commend_line *l = &b->lines[i];
		const struct op_commend *m = &l->of.commend;

		hex_encode(hex, m->person, PERSON_ID);
		if (l->of.unit != own || m->named != (*number != 0))
			continue;
		if (m->named ? !strcmp(hex, number)
			     : span_eq(m->title, span_str(title)) &&
				       m->period.from == period.from && m->period.to == period.to)
			return l;
	}
	return NULL;
}

static int back(struct book *b)
{
	struct call *k = b->d.k;
	const char *number = text_at(k->in, "number"), *title = text_at(k->in, "title");
	const struct commend_line *line = NULL;
	struct op op = op_of(k);
	struct period period;
	int rc = period_parse(&period, persons_text(&b->d, "period"), k->e);

	if (!rc)
		rc = book_read(b, op.unit, period);
	if (!rc && !(line = find(b, number, title, period)))
		rc = err_set(k->e, ERR_NOTFOUND, "nobody whom this unit put forward goes by %s",
			     *number ? number : title);
	if (rc)
		return rc;
	op.commend = line->of.commend;
	op.commend.helped = 0;
	op.commend.sealed = (struct span){ NULL, 0 };
	op.commend.body = 0;
	return commend_write(&b->d.writer, &op, (struct span){ NULL, 0 }, k->e);
}

int api_commend_back(struct call *k)
{
	return with_book(k, back);
}
