/* Letters to the units that are behind, one to a page, from the same template as those of `ketnapd letter`. They are
 * Vietnamese whatever language the pages speak, as that command's are. */
#include "paper.h"

#include "base/text.h"
#include "report/letter.h"
#include "report/words.h"

enum { LETTER_MAX = 256 << 10, VALUES_MAX = 48, ANSWER_DAYS = 15 };

struct letters {
	struct paper_job *j;
	struct arena *a;
	const json_t *board, *row, *target;
	struct letter_value values[VALUES_MAX];
	size_t count;
	day_t today;
};

static void value(struct letters *w, const char *name, const char *text)
{
	if (w->count < VALUES_MAX)
		w->values[w->count++] = (struct letter_value){ name, text ? text : "" };
}

static void number(struct letters *w, const char *name, const json_t *n)
{
	value(w, name, json_is_integer(n) ? show_number(w->a, json_integer_value(n)) : "");
}

static void above_zero(struct letters *w, const char *name, int64_t n)
{
	value(w, name, n > 0 ? show_number(w->a, n) : "");
}

static const char *percent(struct letters *w, const json_t *decimal)
{
	return json_is_string(decimal) ? show_percent(w->a, json_string_value(decimal)) : "";
}

static const json_t *first_target(const json_t *row)
{
	return json_array_get(json_object_get(row, "targets"), 0);
}

/* A number that is not to be exceeded. */
static bool is_limit(const json_t *target)
{
	const char *type = text_at(target, "type");

	return !strcmp(type, target_type_name(TARGET_MAXIMUM)) ||
	       !strcmp(type, target_type_name(TARGET_RATE_MAXIMUM));
}

static day_t day_at(const json_t *j, const char *key)
{
	day_t day = 0;

	(void)day_parse(&day, NULL, span_str(text_at(j, key)), NULL);
	return day;
}

/* ---- values ---- */

static const char *period_words(struct letters *w, struct period p)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);
	bool year = from.month == 1 && from.day == 1 && to.month == 12 && to.day == 31;

	if (year && from.year == to.year)
		return arena_printf(w->a, _("year %d"), from.year);
	if (year)
		return arena_printf(w->a, _("years %d-%d"), from.year, to.year);
	return arena_printf(w->a, _("from %s to %s"), show_day(w->a, p.from), show_day(w->a, p.to));
}

static void head_values(struct letters *w)
{
	const struct print_head *h = &w->j->head;
	const json_t *total = json_object_get(w->board, "total"), *target = first_target(total);
	const json_t *head = json_array_get(json_object_get(w->board, "instruments"), 0);
	struct period p = { day_at(head, "from"), day_at(head, "to") };
	struct ymd d = day_to_ymd(h->date);
	const char *no = text_at(head, "doc_no");

	if (!head)
		p = (struct period){ day_at(w->board, "from"), day_at(w->board, "to") };
	value(w, "issuer", h->issuer);
	value(w, "number", *h->doc_no ? h->doc_no : "......");
	value(w, "place", *h->place ? h->place : "......");
	value(w, "day", arena_printf(w->a, "%02d", d.day));
	/* numbers that a pen could lengthen */
	value(w, "month", arena_printf(w->a, d.month < 3 ? "%02d" : "%d", d.month));
	value(w, "year", arena_printf(w->a, "%d", d.year));
	value(w, "period_words", period_words(w, p));
	value(w, "to", show_day(w->a, day_at(w->board, "to")));
	value(w, "deadline", show_day(w->a, p.to));
	value(w, "answer_by", show_day(w->a, h->date + ANSWER_DAYS));
	value(w, "instrument",
	      !head ? ""
	      : *no ? arena_printf(w->a, _("%s No. %s"), text_at(head, "name"), no)
		    : text_at(head, "name"));
	number(w, "total_value", json_object_get(total, "value"));
	if (json_is_integer(json_object_get(target, "goal"))) {
		number(w, "total_goal", json_object_get(target, "goal"));
		value(w, "total_attained", percent(w, json_object_get(target, "attained_percent")));
	} else {
		value(w, "total_goal", "–");
		value(w, "total_attained", "–");
	}
}

static void cause_values(struct letters *w)
{
	static const char *const causes[][2] = { { "not_reported", "not-reported" },
						 { "low", "low" },
						 { "no_source", "no-source" },
						 { "late_dossiers", "late-dossiers" } };

	for (size_t i = 0; i < ARRAY_LEN(causes); i++)
		value(w, causes[i][0], !strcmp(text_at(w->row, "cause"), causes[i][1]) ? "x" : "");
}

static void unit_values(struct letters *w, const struct unit *u)
{
	const json_t *note = json_array_get(json_object_get(w->row, "notes"), 0);
	bool limit = is_limit(w->target);
	int64_t notes = number_at(w->row, "note_count");

	value(w, "recipient", unit_name_at(u, w->today, UINT64_MAX));
	value(w, "level", _(level_label(unit_kind_at(u, w->today, UINT64_MAX), w->today)));
	number(w, "goal", json_object_get(w->target, "goal"));
	number(w, "value", json_object_get(w->row, "value"));
	value(w, "measure", text_at(w->board, "measure_name"));
	value(w, "attained",
	      limit ? "" : percent(w, json_object_get(w->target, "attained_percent")));
	number(w, "missing", limit ? NULL : json_object_get(w->target, "missing"));
	number(w, "due", limit ? NULL : json_object_get(w->target, "by_now"));
	above_zero(w, "behind", -number_at(w->target, "ahead"));
	above_zero(w, "over_limit", limit ? number_at(w->target, "excess") : 0);
	above_zero(w, "per_month", number_at(w->target, "per_month"));
	above_zero(w, "days_left", number_at(w->target, "days_left"));
	value(w, "last_year", "");
	/* steps of urging are the server's to count: their lines stay out */
	value(w, "letter_no", "");
	value(w, "next_step", "");
	value(w, "next_step_day", "");
	above_zero(w, "sheets_missing", number_at(w->row, "sheets_missing"));
	cause_values(w);
	value(w, "officer", text_at(w->row, "officer"));
	value(w, "officer_name", text_at(w->row, "officer"));
	above_zero(w, "reminders", notes);
	above_zero(w, "escalate", notes > 1 ? notes : 0);
	value(w, "last_reminder", note ? show_day(w->a, day_at(note, "day")) : "");
}

/* ---- the document ---- */

static void put_text(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.data[i]) {
		case '&':
			buf_printf(out, "&amp;");
			break;
		case '<':
			buf_printf(out, "&lt;");
			break;
		default:
			buf_bytes(out, span_of(text.data + i, 1));
		}
	}
}

/* The template lays out by blanks, for a typewriter's letters, which have no Vietnamese ones in most computers. What
 * they mean is kept: two columns, the middle, a paragraph's first line. */
static void put_line(struct buf *out, struct span line)
{
	enum { MIDDLE = 16, GAP = 3 };
	size_t lead = 0, from;

	while (lead < line.len && line.data[lead] == ' ')
		lead++;
	line = span_of(line.data + lead, line.len - lead);
	for (from = 0; from + GAP < line.len; from++)
		if (!memcmp(line.data + from, "   ", GAP))
			break;
	if (from + GAP < line.len) {
		size_t to = from;

		while (to < line.len && line.data[to] == ' ')
			to++;
		buf_printf(out, "<p class=two><span>");
		put_text(out, span_of(line.data, from));
		buf_printf(out, "</span><span>");
		put_text(out, span_of(line.data + to, line.len - to));
		buf_printf(out, "</span></p>");
		return;
	}
	buf_printf(out, !line.len        ? "<p>&nbsp;"
			: lead >= MIDDLE ? "<p class=middle>"
			: lead           ? "<p class=first>"
					 : "<p>");
	put_text(out, line);
	buf_printf(out, "</p>");
}

static void put_lines(struct buf *out, struct span text)
{
	while (text.len) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) : text.len;

		put_line(out, span_of(text.data, len));
		len += end != NULL;
		text = span_of(text.data + len, text.len - len);
	}
}

static int put_letter(struct letters *w, const struct unit *u, size_t heads)
{
	struct call *k = w->j->k;
	struct buf text, *out = &k->w->paper;
	struct span letter = k->w->config.letter;
	int rc;

	w->target = first_target(w->row);
	if (is_limit(w->target))
		letter = k->w->config.letter_limit;
	if (!letter.len)
		return err_set(k->e, ERR_NOTFOUND, "there is no template of letters here");
	w->count = heads;
	unit_values(w, u);
	buf_init(&text, LETTER_MAX);
	rc = letter_fill(&text, letter, w->values, w->count, k->e);
	if (!rc) {
		buf_printf(out, "<section>");
		if (mark_of(k->base) == MARK_YES) /* each may lie about without the others */
			buf_printf(out, "<p class=mark>%s</p>", illustrative_mark);
		put_lines(out, buf_span(&text));
		buf_printf(out, "</section>");
	}
	buf_fini(&text);
	return rc;
}

/* As the page lists them. */
static bool is_behind(const struct letters *w, const char *code)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(w->board, "lagging"), i, one)
	{
		if (!strcmp(json_string_value(one), code))
			return true;
	}
	return false;
}

static int put_all(struct letters *w, size_t *count)
{
	const char *only = text_at(w->j->k->in, "only");
	const json_t *row;
	size_t heads, i;
	int rc = 0;

	head_values(w);
	heads = w->count;
	json_array_foreach(json_object_get(w->board, "rows"), i, row)
	{
		const char *code = text_at(row, "unit");
		const struct unit *u = tree_by_code(ledger_tree(w->j->k->base), span_str(code));

		if (rc || !u || (*only ? strcmp(only, code) != 0 : !is_behind(w, code)))
			continue;
		w->row = row;
		rc = put_letter(w, u, heads);
		++*count;
	}
	return rc;
}

int paper_letters(struct paper_job *j)
{
	static const char head[] =
		"<!doctype html><html lang=vi><head><meta charset=utf-8><title>Thư đôn đốc</title>"
		"<style>@page{size:A4;margin:20mm 15mm 20mm 25mm}body{margin:0;color:#000;"
		"background:#fff}section{break-after:page;padding:4mm}section:last-child{"
		"break-after:auto}body{font:13.5pt/1.35 'Times New Roman','Liberation Serif',"
		"'DejaVu Serif',serif}section{max-width:170mm;margin:0 auto}p{margin:0}"
		".middle{text-align:center}.first{text-indent:10mm}.two{display:flex;gap:10mm}"
		".two span{flex:1}.two span+span{text-align:center}.mark{border:1px solid #000;"
		"text-align:center;font-style:italic;padding:1mm}</style></head><body>";
	struct call board = *j->k;
	struct letters w = { .j = j, .a = j->k->a, .today = day_of_instant(j->k->now_ms) };
	struct buf *out = &j->k->w->paper;
	size_t count = 0;
	int rc;

	board.out = json_object();
	lang_use(TEXT_VI); /* names of measures and instruments too */
	rc = api_targets(&board);
	w.board = board.out;
	buf_printf(out, "%s", head);
	if (!rc)
		rc = put_all(&w, &count);
	if (!rc && !count)
		rc = err_set(j->k->e, ERR_NOTFOUND, "nobody is behind: no letter");
	buf_printf(out, "</body></html>");
	json_decref(board.out);
	return rc;
}
