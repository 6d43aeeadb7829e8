/* Papers to print and files to keep: GET /paper/KIND.ENDING?name=value&... A page opens it in a window of its own; it has
 * no script and asks for nothing. The same papers as `ketnap print` makes. */
#include "paper.h"

#include "base/lang.h"
#include "client/overlay.h"
#include "ledger/acts.h"
#include "ledger/months.h"
#include "report/form.h"
#include "report/months.h"
#include "report/public.h"
#include "report/report.h"

enum { QUERY_VALUE_MAX = 256 };

/* ---- the question, out of an address ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Of one name or value. False: cut off, too long, or a control character. */
static bool unescape(char out[QUERY_VALUE_MAX], const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '%') {
			int high = len - i < 3 ? -1 : hex_digit(text[i + 1]);
			int low = high < 0 ? -1 : hex_digit(text[i + 2]);

			if (low < 0)
				return false;
			c = (unsigned char)((unsigned)high << 4 | (unsigned)low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		if (c < ' ' || n + 1 >= QUERY_VALUE_MAX)
			return false;
		out[n++] = (char)c;
	}
	out[n] = 0;
	return true;
}

/* NULL: it cannot be read. */
static json_t *read_query(const char *text)
{
	char name[QUERY_VALUE_MAX], value[QUERY_VALUE_MAX];
	json_t *in = json_object();

	while (in && text && *text) {
		size_t len = strcspn(text, "&"), eq = strcspn(text, "=&");
		size_t from = eq < len ? eq + 1 : len;

		if (!unescape(name, text, eq) || !unescape(value, text + from, len - from) ||
		    json_object_set_new(in, name, json_string(value))) {
			json_decref(in);
			return NULL;
		}
		text += len + (text[len] == '&');
	}
	return in;
}

/* ---- answers of commands ---- */

static struct question_words words_of(const struct call *k)
{
	return (struct question_words){ .from = call_given(k, "from"),
					.to = call_given(k, "to"),
					.period = call_given(k, "period"),
					.known_at = call_given(k, "known_at"),
					.tree = call_given(k, "tree"),
					.measure = call_given(k, "measure"),
					.of = call_given(k, "of"),
					.level = call_given(k, "level"),
					.order = call_given(k, "order") };
}

int paper_of_answer(struct paper_job *j, enum print_kind kind)
{
	struct call *k = j->k;

	/* as json_print() does: no way leaves it out */
	if (mark_of(k->base) == MARK_YES)
		json_object_set_new(j->answer, "illustrative", mark_json(MARK_YES));
	return print_paper(&j->paper, kind, j->answer, k->base, k->a, k->e);
}

/* Up to which entry is asked. What is not all held here is not printed from a part of it. */
static int know(struct paper_job *j, struct question *q)
{
	struct call *k = j->k;
	int rc = question_known(q, k->base, k->e);

	if (!rc && !query_held(k->base, &q->q))
		rc = err_set(
			k->e, ERR_DENIED,
			"not all of %s is held here for these days, only the server can tell it",
			j->unit->code);
	return rc;
}

static int give_table(struct paper_job *j)
{
	struct question_words words = words_of(j->k);
	struct call *k = j->k;
	struct question q;
	int rc = question_read_table(&q, &words, day_of_instant(k->now_ms), k->e);

	q.q.unit = j->unit->unit;
	if (!rc)
		rc = know(j, &q);
	if (!rc)
		rc = report_table(&j->answer, k->base, &q, k->a, k->e);
	if (!rc && call_given(k, "public"))
		rc = public_table(j->answer, q.order != ORDER_OFFICIAL, k->base, k->a, k->e);
	return rc ? rc : paper_of_answer(j, PRINT_TABLE);
}

static int give_totals(struct paper_job *j)
{
	struct question_words words = words_of(j->k);
	struct call *k = j->k;
	struct question q;
	int rc = question_read(&q, &words, day_of_instant(k->now_ms), k->e);

	q.q.unit = j->unit->unit;
	if (!rc)
		rc = know(j, &q);
	if (!rc)
		rc = report_totals(&j->answer, k->base, &q, k->a, k->e);
	if (!rc && call_given(k, "public"))
		rc = public_totals(j->answer, k->base, k->a, k->e);
	return rc ? rc : paper_of_answer(j, PRINT_TOTALS);
}

static int give_months(struct paper_job *j)
{
	struct call *k = j->k;
	struct months_query q = { .unit = j->unit->unit,
				  .known_at = UINT64_MAX,
				  .now_ms = k->now_ms,
				  .holidays = k->w->config.holidays };
	struct sheet_name n;
	int rc = call_sheet_name(k, &n);

	if (rc)
		return rc;
	q.form = n.form->no;
	q.period = n.period;
	rc = report_months(&j->answer, k->base, &q, k->a, k->e);
	return rc ? rc : paper_of_answer(j, PRINT_MONTHS);
}

/* Forms 1 and 2, of a unit and all below it. */
static int give_form(struct paper_job *j)
{
	struct question_words words = words_of(j->k);
	struct call *k = j->k;
	struct question q;
	int rc = question_read(&q, &words, day_of_instant(k->now_ms), k->e);

	q.q.unit = j->unit->unit;
	if (!rc)
		rc = know(j, &q);
	if (!rc)
		rc = report_form(&j->answer, k->base, &q, text_at(k->in, "form"), k->a, k->e);
	return rc ? rc : paper_of_answer(j, PRINT_FORM);
}

/* ---- a sheet ---- */

/* With what was not sent yet. NULL in *out: there is none. */
static int read_sheet(struct paper_job *j, const struct form *form, struct period p,
		      const struct sheet **out)
{
	struct call *k = j->k;
	struct sheet *s = arena_alloc(k->a, sizeof(*s));
	int rc = s ? overlay_sheet(k->c, j->unit->unit, form->no, p, s, k->e)
		   : err_set(k->e, ERR_NOMEM, "no memory for a report");

	*out = rc ? NULL : s;
	if (rc == -ERR_NOTFOUND) {
		err_clear(k->e);
		rc = 0;
	}
	return rc;
}

static int read_draft(struct paper_job *j, struct print_sheet *s)
{
	struct draft_key key = { j->unit->unit, s->form->no, s->period };
	struct call *k = j->k;
	struct draft *d = arena_alloc(k->a, sizeof(*d));
	int rc = d ? drafts_get(k->c, &key, d, k->e)
		   : err_set(k->e, ERR_NOMEM, "no memory for a report");

	if (!rc) {
		s->typed = d->figures;
		s->typed_count = d->figure_count;
	} else if (rc == -ERR_NOTFOUND) {
		err_clear(k->e);
		rc = 0;
	}
	return rc;
}

static int sheet_or_blank(struct paper_job *j, bool blank)
{
	struct call *k = j->k;
	struct print_sheet s = { .unit = j->unit->unit, .known_at = UINT64_MAX };
	struct sheet_name n;
	int rc = call_sheet_name(k, &n);

	if (rc)
		return rc;
	s.form = n.form;
	s.period = n.period;
	rc = read_sheet(j, s.form, s.period, &s.now);
	if (!rc)
		rc = read_sheet(j, s.form, print_period_before(s.period), &s.before);
	if (!rc)
		rc = read_draft(j, &s);
	return rc ? rc : print_sheet(&j->paper, &s, blank, k->base, k->a, k->e);
}

static int give_sheet(struct paper_job *j)
{
	return sheet_or_blank(j, false);
}

static int give_blank(struct paper_job *j)
{
	return sheet_or_blank(j, true);
}

/* ---- all kinds ---- */

static const struct page_paper {
	const char *name;
	int (*make)(
		struct paper_job *j); /* fills in paper, or for a document of its own `document` */
	bool for_pen;                 /* filled in by hand: without today's date */
} kinds[] = {
	{ "table", give_table, false },        { "totals", give_totals, false },
	{ "months", give_months, false },      { "form", give_form, false },
	{ "laggards", paper_laggards, false }, { "letters", paper_letters, false },
	{ "sheet", give_sheet, false },        { "blank", give_blank, true },
};

static const struct {
	const char *ending, *type;
} formats[] = {
	{ "html", "text/html; charset=utf-8" },
	{ "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
	{ "csv", "text/csv; charset=utf-8" },
};

/* A unit whose figures this device holds. */
static int find_unit(struct paper_job *j)
{
	struct call *k = j->k;
	const struct tree *t = ledger_tree(k->base);
	uint32_t own = client_identity(k->c)->unit;
	const char *code = text_at(k->in, "unit");

	j->unit = *code ? tree_by_code(t, span_str(code)) : tree_get(t, own);
	if (!j->unit)
		return err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			       code);
	for (size_t i = 0; i < 2; i++) { /* now, or on the day before an act moved it away */
		day_t day = i ? 0 : day_of_instant(k->now_ms);

		if (i)
			(void)day_parse(&day, NULL, span_str(text_at(k->in, "to")), NULL);
		if (day && tree_inside(t, j->unit->unit, own, day, UINT64_MAX))
			return 0;
	}
	return err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device", code);
}

static int read_head(struct paper_job *j, bool for_pen)
{
	struct call *k = j->k;
	day_t day = day_of_instant(k->now_ms);
	const char *typed = text_at(k->in, "day");
	int rc = *typed ? day_parse(&day, NULL, span_str(typed), k->e) : 0;

	if (!rc)
		rc = call_head(k, j->unit->unit, day, &j->head);
	if (rc)
		return rc;
	if (for_pen && !*typed)
		j->head.date = 0;
	j->head.doc_no = text_at(k->in, "doc_no");
	if (call_given(k, "secrecy"))
		j->head.secrecy = text_at(k->in, "secrecy");
	return 0;
}

static int make(struct paper_job *j, const struct page_paper *kind, const char *file)
{
	struct call *k = j->k;
	bool counts = kind->make == give_table || kind->make == give_totals;
	int rc = find_unit(j);

	if (!rc && call_given(k, "public") && !counts)
		rc = err_set(k->e, ERR_INVALID, "only tables and totals are made for outside");
	if (!rc)
		rc = read_head(j, kind->for_pen);
	if (!rc)
		rc = kind->make(j);
	if (!rc && j->paper && call_given(k, "form_no"))
		paper_form(j->paper, text_at(k->in, "form_no"));
	return rc || !j->paper ? rc : print_file(&k->w->paper, file, j->paper, &j->head, k->e);
}

/* "table.xlsx?..." after /paper/; -1: there is no such paper. */
static int read_name(const char *name, const struct page_paper **kind, size_t *format)
{
	size_t len = strcspn(name, "?");

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		size_t n = strlen(kinds[i].name);

		if (n >= len || memcmp(kinds[i].name, name, n) != 0 || name[n] != '.')
			continue;
		for (*format = 0; *format < ARRAY_LEN(formats); ++*format) {
			const char *ending = formats[*format].ending;

			*kind = &kinds[i];
			if (strlen(ending) == len - n - 1 &&
			    !memcmp(ending, name + n + 1, len - n - 1))
				return 0;
		}
	}
	return -1;
}

/* Named as somebody looks for it later, in letters that every file system takes. */
static const char *file_name(struct call *k, const struct paper_job *j, const char *kind,
			     const char *ending)
{
	const char *period = text_at(k->in, *text_at(k->in, "period") ? "period" : "to");
	char *name = j->unit ? arena_printf(k->a, "%s-%s-%s.%s", kind, j->unit->code, period,
					    ending)
			     : arena_printf(k->a, "%s.%s", kind, ending);

	for (char *c = name; c && *c; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._",
			    *c))
			*c = '_';
	return name ? name : "ketnap";
}

int paper_status(struct call *k, const char *name, struct web_response *out)
{
	static const char policy[] =
		"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
		"form-action 'none'; frame-ancestors 'none'";
	const struct page_paper *kind = NULL;
	size_t format = 0, query = strcspn(name, "?");
	struct paper_job j = { .k = k };
	json_t *in = NULL;
	char file[16];
	int rc;

	if (read_name(name, &kind, &format) || (format && kind->make == paper_letters))
		return err_set(k->e, ERR_NOTFOUND, "there is no such page");
	in = read_query(name[query] ? name + query + 1 : "");
	if (!in)
		return err_set(k->e, ERR_INVALID, "the address cannot be read");
	k->in = in;
	lang_use(!strcmp(text_at(in, "lang"), "en") ? TEXT_EN : TEXT_VI);
	snprintf(file, sizeof(file), "paper.%s", formats[format].ending);
	rc = make(&j, kind, file);
	if (!rc) {
		out->status = 200;
		out->type = formats[format].type;
		out->policy = policy;
		out->file = format ? file_name(k, &j, kind->name, formats[format].ending) : NULL;
		out->body = buf_span(&k->w->paper);
	}
	json_decref(j.answer);
	json_decref(in);
	k->in = NULL;
	return rc;
}
