/* commend: whom the unit puts forward for a commendation, by a name that is sealed, and the list of them. */
#include "commend_ask.h"

#include "answers.h"

#include "client/commend.h"
#include "domain/calendar.h"
#include "report/grid.h"
#include "report/json.h"
#include "report/print.h"
#include "report/words.h"

#include <stdlib.h>

enum { NAME_COLUMNS = 30 };

/* ---- what there is ---- */

static int load(struct desk *d, uint32_t unit, struct period period, struct book_of_names *b)
{
	struct cli *c = d->c;
	int rc;

	*b = (struct book_of_names){ .desk = d };
	rc = commend_load(&b->lines, &b->count, c->client, d->keys, unit, period, d->today,
			  c->arena, &c->err);
	b->names = arena_array(c->arena, b->count + 1, sizeof(*b->names));
	if (!rc && !b->names)
		rc = err_set(&c->err, ERR_NOMEM, "no memory for proposals");
	for (size_t i = 0; i < b->count && !rc; i++) {
		struct err ignored = { 0 };
		struct person_fields f;

		if (!commend_open(&f, c->client, d->keys, &b->lines[i].of, c->arena, &ignored))
			b->names[i] = arena_str(c->arena, f.at[PF_NAME]);
	}
	return rc;
}

int commend_ask_all(struct desk *d, struct book_of_names *b)
{
	return load(d, client_identity(d->c->client)->unit,
		    (struct period){ .from = DAY_MIN, .to = DAY_MAX }, b);
}

static bool goes_by(const struct book_of_names *b, size_t i, const char *who, const char *folded)
{
	const struct op_commend *m = &b->lines[i].of.commend;
	char hex[2 * PERSON_ID + 1], name[2 * NAME_MAX_BYTES];

	hex_encode(hex, m->person, PERSON_ID);
	if (m->named && strlen(who) >= 4 && !strncmp(hex, who, strlen(who)))
		return true;
	if (!m->named && span_eq(m->title, span_str(who)))
		return true;
	return b->names[i] && !text_fold(name, sizeof(name), NULL, span_str(b->names[i]), NULL) &&
	       strstr(name, folded);
}

int commend_ask_find(struct book_of_names *b, const char *who, const struct commend_line **out)
{
	struct cli *c = b->desk->c;
	char folded[2 * NAME_MAX_BYTES];
	size_t found = 0;
	int rc = text_fold(folded, sizeof(folded), NULL, span_str(who), &c->err);

	for (size_t i = 0; i < b->count && !rc; i++) {
		if (b->lines[i].of.unit != client_identity(c->client)->unit ||
		    !goes_by(b, i, who, folded))
			continue;
		*out = &b->lines[i];
		found++;
	}
	if (rc || found == 1)
		return rc;
	return found ? err_set(&c->err, ERR_INVALID,
			       "%zu who were put forward go by %s; name one by the number", found,
			       who)
		     : err_set(&c->err, ERR_NOTFOUND,
			       "nobody whom this unit put forward goes by %s", who);
}

/* ---- add, back ---- */

static int ask_helped(struct cli *c, const char *text, uint32_t *out)
{
	enum text_grouping style;
	int64_t n;
	int rc = text_count(&n, &style, span_str(text), &c->err);

	if (!rc && (n < 1 || n > UINT32_MAX))
		rc = err_set(&c->err, ERR_RANGE, "helped=%s: at least one was admitted", text);
	*out = rc ? 0 : (uint32_t)n;
	return rc;
}

static int told(struct cli *c, const struct op *op)
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, op->commend.person, PERSON_ID);
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s?, s:o, s:I, s:s}", "unit",
					      unit_code(c, op->unit), "number",
					      op->commend.named ? hex : NULL, "title",
					      json_span(op->commend.title), "helped",
					      (json_int_t)op->commend.helped, "state", "queued"));
	fprintf(c->out, _("it is queued here\n"));
	return 0;
}

static int add(struct desk *d, int argc, char **argv)
{
	struct cli *c = d->c;
	struct case_writer w = desk_writer(d);
	struct op op = { .kind = OP_COMMEND, .unit = client_identity(c->client)->unit };
	const struct unit *body = NULL;
	const char *v;
	int rc = 0;

	for (int i = 3; i < argc && !rc; i++) {
		if (is_pair(argv[i], "title", &v))
			op.commend.title = span_str(v);
		else if (is_pair(argv[i], "period", &v))
			rc = ask_period(c, v, &op.commend.period);
		else if (is_pair(argv[i], "helped", &v))
			rc = ask_helped(c, v, &op.commend.helped);
		else if (is_pair(argv[i], "body", &v))
			rc = ask_unit(c, v, &body);
		else
			rc = cli_usage(c, _("commend add: write NAME title=TITLE period=PERIOD "
					    "helped=N [body=UNIT]"));
	}
	if (!rc && (!op.commend.title.len || !op.commend.helped || !op.commend.period.from))
		rc = cli_usage(c, _("commend add: write NAME title=TITLE period=PERIOD "
				    "helped=N [body=UNIT]"));
	op.commend.body = body ? body->unit : 0;
	if (options.reason)
		op.reason = span_str(options.reason);
	if (!rc)
		rc = commend_write(&w, &op, span_str(argv[2]), &c->err);
	return rc ? rc : told(c, &op);
}

static int take_back(struct desk *d, const char *who)
{
	struct cli *c = d->c;
	struct case_writer w = desk_writer(d);
	struct op op = { .kind = OP_COMMEND, .unit = client_identity(c->client)->unit };
	const struct commend_line *line = NULL;
	struct book_of_names b;
	int rc = commend_ask_all(d, &b);

	if (!rc)
		rc = commend_ask_find(&b, who, &line);
	if (rc)
		return rc;
	op.commend = line->of.commend;
	op.commend.helped = 0;
	op.commend.sealed = (struct span){ NULL, 0 };
	op.commend.body = 0;
	if (options.reason)
		op.reason = span_str(options.reason);
	rc = commend_write(&w, &op, (struct span){ NULL, 0 }, &c->err);
	return rc ? rc : told(c, &op);
}

/* ---- list ---- */

static json_t *line_json(const struct book_of_names *b, size_t i)
{
	const struct commend_line *l = &b->lines[i];
	const struct op_commend *m = &l->of.commend;
	struct cli *c = b->desk->c;
	struct ledger *base = client_base(c->client);
	char period[PERIOD_TEXT_MAX], hex[2 * PERSON_ID + 1];

	hex_encode(hex, m->person, PERSON_ID);
	return json_pack("{s:s, s:s, s:s?, s:b, s:s?, s:s?, s:o, s:s, s:I, s:o, s:o, s:b}", "unit",
			 unit_code(c, l->of.unit), "name",
			 unit_name_of(base, l->of.unit, b->desk->today, UINT64_MAX), "person",
			 b->names[i], "named", m->named, "number", m->named ? hex : NULL, "body",
			 m->body ? unit_code(c, m->body) : NULL, "title", json_span(m->title),
			 "period", period_text(period, m->period), "helped", (json_int_t)m->helped,
			 "reason", json_span(l->of.reason), "lsn",
			 l->of.lsn ? json_integer((json_int_t)l->of.lsn) : json_null(), "delivered",
			 !l->unsent);
}

static json_t *lines_json(const struct book_of_names *b)
{
	json_t *list = json_array();

	for (size_t i = 0; i < b->count; i++)
		json_array_append_new(list, line_json(b, i));
	return list;
}

/* Names that were opened are told to the log of the unit whose they are. */
static int tell_all(const struct book_of_names *b, enum names_how how)
{
	struct cli *c = b->desk->c;
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
		if (first)
			rc = tell_names(c, b->lines[i].of.unit, how, opened);
	}
	return rc;
}

static int this_year(struct period *out, day_t today)
{
	int year = day_to_ymd(today).year;

	(void)day_from_ymd(&out->from, year, 1, 1);
	(void)day_from_ymd(&out->to, year, 12, 31);
	return 0;
}

static int answer(struct cli *c, const char *unit, enum names_how how, json_t **out)
{
	struct period period;
	struct ledger_info info = ledger_info(client_base(c->client));
	struct book_of_names b = { .count = 0 };
	char text[PERIOD_TEXT_MAX];
	const struct unit *u;
	struct desk d;
	int rc = desk_open(&d, c);

	*out = NULL;
	if (!rc)
		rc = ask_unit(c, unit, &u);
	if (!rc)
		rc = options.period ? ask_period(c, options.period, &period)
				    : this_year(&period, d.today);
	if (!rc)
		rc = load(&d, u->unit, period, &b);
	if (!rc)
		rc = tell_all(&b, how);
	if (!rc)
		*out = json_pack("{s:s, s:s, s:o, s:o}", "unit", u->code, "period",
				 period_text(text, period), "known_at",
				 json_known(client_base(c->client), info.lsn, info.time_ms),
				 "people", lines_json(&b));
	desk_close(&d);
	return rc;
}

int answer_commended(struct cli *c, const char *unit, json_t **out)
{
	return answer(c, unit, NAMES_PRINTED, out);
}

static void show_line(struct cli *c, const json_t *one)
{
	const char *person = json_string_value(json_object_get(one, "person"));
	const char *body = json_string_value(json_object_get(one, "body"));
	bool named = json_is_true(json_object_get(one, "named"));

	fprintf(c->out, "%-12s ", json_string_value(json_object_get(one, "unit")));
	grid_padded(c->out, person ? person : named ? _("(sealed)") : "", NAME_COLUMNS + 1);
	grid_padded(c->out, json_string_value(json_object_get(one, "title")), NAME_COLUMNS + 1);
	lang_print(c->out, "%4lld", (long long)json_integer_value(json_object_get(one, "helped")));
	if (body)
		fprintf(c->out, _(" - %s can read the name too"), body);
	if (!json_is_true(json_object_get(one, "delivered")))
		fprintf(c->out, "%s", _(" - not sent yet"));
	fputc('\n', c->out);
}

static int list(struct cli *c, const char *unit)
{
	json_t *j, *one;
	size_t i;
	int rc = answer(c, unit, NAMES_OPENED, &j);

	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	json_array_foreach(json_object_get(j, "people"), i, one) show_line(c, one);
	lang_print(c->out, _("%zu people put forward\n"),
		   json_array_size(json_object_get(j, "people")));
	json_decref(j);
	return 0;
}

int cmd_commend(struct cli *c, int argc, char **argv)
{
	struct desk d;
	int rc;

	if (!strcmp(argv[1], "list") && argc <= 3)
		return list(c, argc > 2 ? argv[2] : options.unit);
	if (strcmp(argv[1], "add") != 0 && (strcmp(argv[1], "back") != 0 || argc != 3))
		return cli_usage(c, _("commend: write add NAME, back WHO or list [UNIT]"));
	if (argc < 3)
		return cli_usage(c, _("commend add: write NAME title=TITLE period=PERIOD "
				      "helped=N [body=UNIT]"));
	rc = desk_open(&d, c);
	if (!rc)
		rc = strcmp(argv[1], "add") ? take_back(&d, argv[2]) : add(&d, argc, argv);
	desk_close(&d);
	return rc;
}
