#include "paper_data.h"

#include "base/csv.h"
#include "base/num.h"
#include "base/text.h"
#include "report/grid.h"
#include "report/json.h"
#include "report/words.h"

enum { FIRST_ROWS = 32 };

struct paper *paper_new(struct arena *a, const char *title)
{
	struct paper *p = arena_alloc(a, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct paper){ .arena = a, .title = title };
	return p;
}

void paper_note(struct paper *p, const char *text)
{
	if (p && p->note_count < PAPER_NOTES_MAX)
		p->notes[p->note_count++] = text;
	else if (p)
		p->failed = true;
}

void paper_table(struct paper *p, const char *code, const char *title)
{
	if (p && p->table_count < PAPER_TABLES_MAX)
		p->tables[p->table_count++] = (struct paper_part){ .code = code, .title = title };
	else if (p)
		p->failed = true;
}

/* The table that is being written; NULL: there is none, or something failed before. */
static struct paper_part *current(struct paper *p)
{
	return p && p->table_count && !p->failed ? &p->tables[p->table_count - 1] : NULL;
}

void paper_column(struct paper *p, const char *code, const char *title, enum paper_kind kind)
{
	struct paper_part *t = current(p);

	if (t && t->column_count < PAPER_COLUMNS_MAX)
		t->columns[t->column_count++] = (struct paper_head){ code, title, t->group, kind };
	else if (p)
		p->failed = true;
}

static bool grow(struct paper *p, struct paper_part *t)
{
	size_t cap = t->row_cap ? 2 * t->row_cap : FIRST_ROWS;
	struct paper_line *more = arena_array(p->arena, cap, sizeof(*more));

	if (!more)
		return false;
	if (t->row_count)
		memcpy(more, t->rows, t->row_count * sizeof(*more));
	t->rows = more;
	t->row_cap = cap;
	return true;
}

void paper_row(struct paper *p, const char *code, const char *label)
{
	struct paper_part *t = current(p);
	struct paper_cell *cells;

	if (!t || (t->row_count == t->row_cap && !grow(p, t))) {
		if (p)
			p->failed = true;
		return;
	}
	cells = arena_array(p->arena, t->column_count + 1, sizeof(*cells));
	if (!cells) {
		p->failed = true;
		return;
	}
	t->rows[t->row_count++] =
		(struct paper_line){ .code = code, .label = label, .cells = cells };
	t->cell = 0;
}

/* The row that is being written. */
static struct paper_line *current_row(struct paper *p)
{
	struct paper_part *t = current(p);

	if (t && t->row_count)
		return &t->rows[t->row_count - 1];
	if (p)
		p->failed = true;
	return NULL;
}

void paper_total(struct paper *p)
{
	struct paper_line *r = current_row(p);

	if (r)
		r->total = true;
}

void paper_indent(struct paper *p, unsigned depth)
{
	struct paper_line *r = current_row(p);

	if (r)
		r->indent = depth;
}

void paper_label(struct paper *p, const char *title, bool numbered)
{
	struct paper_part *t = current(p);

	if (t) {
		t->label = title;
		t->numbered = numbered;
	} else if (p) {
		p->failed = true;
	}
}

void paper_group(struct paper *p, const char *title)
{
	struct paper_part *t = current(p);

	if (t)
		t->group = title;
	else if (p)
		p->failed = true;
}

void paper_footnote(struct paper *p, const char *text)
{
	struct paper_part *t = current(p);

	if (t && t->footnote_count < PAPER_FOOTNOTES_MAX)
		t->footnotes[t->footnote_count++] = text;
	else if (p)
		p->failed = true;
}

void paper_about(struct paper *p, const char *id, const char *subtitle)
{
	if (!p)
		return;
	p->id = id;
	p->subtitle = subtitle;
	p->failed |= !id || !subtitle;
}

void paper_form(struct paper *p, const char *number)
{
	if (!p)
		return;
	p->form = number;
	p->statistical = true;
}

void paper_mark(struct paper *p, const char *mark)
{
	if (p)
		p->mark = mark;
}

static void put(struct paper *p, enum paper_kind kind, struct paper_cell cell)
{
	struct paper_part *t = current(p);

	if (!t || !t->row_count || t->cell >= t->column_count || t->columns[t->cell].kind != kind) {
		if (p)
			p->failed = true;
		return;
	}
	t->rows[t->row_count - 1].cells[t->cell++] = cell;
}

void paper_text(struct paper *p, const char *text)
{
	put(p, PAPER_TEXT, (struct paper_cell){ .has = text && *text, .text = text });
}

void paper_number(struct paper *p, bool has, int64_t n)
{
	put(p, PAPER_NUMBER, (struct paper_cell){ .has = has, .num = n });
}

void paper_mean(struct paper *p, bool has, int64_t sum, int64_t count)
{
	put(p, PAPER_NUMBER,
	    (struct paper_cell){ .has = has && count > 0, .num = sum, .den = count });
}

void paper_percent(struct paper *p, bool has, int64_t num, int64_t den)
{
	put(p, PAPER_PERCENT, (struct paper_cell){ .has = has && den > 0, .num = num, .den = den });
}

void paper_day(struct paper *p, bool has, day_t day)
{
	put(p, PAPER_DAY, (struct paper_cell){ .has = has, .num = day });
}

void paper_decimal_percent(struct paper *p, const char *decimal)
{
	int64_t digits = 0;
	unsigned decimals = 0;
	struct paper_cell c = { .has = decimal && !text_percent(&digits, &decimals, NULL,
								span_str(decimal), NULL) };

	c.num = digits;
	for (c.den = 100; decimals > 0; decimals--)
		c.den *= 10;
	put(p, PAPER_PERCENT, c);
}

static int failed(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for a report");
}

int paper_whole(const struct paper *p, struct err *e)
{
	return !p || p->failed ? failed(e) : 0;
}

bool paper_is_mean(const struct paper_head *column, const struct paper_cell *c)
{
	return column->kind == PAPER_NUMBER && c->has && c->den > 0;
}

const char *paper_decimal(const struct paper *p, const struct paper_head *column,
			  const struct paper_cell *c)
{
	char text[NUM_PERCENT_MAX];
	int64_t den = paper_is_mean(column, c) ? 100 * c->den : c->den;

	return num_percent(text, sizeof(text), c->num, den, 2, NUM_HALF_UP)
		       ? ""
		       : arena_printf(p->arena, "%s", text);
}

/* ---- words ---- */

const char *paper_shown(const struct paper *p, const struct paper_head *column,
			const struct paper_cell *c)
{
	if (!c->has)
		return "";
	if (paper_is_mean(column, c))
		return show_decimal(p->arena, paper_decimal(p, column, c));
	switch (column->kind) {
	case PAPER_NUMBER:
		return show_number(p->arena, c->num);
	case PAPER_PERCENT:
		return show_percent(p->arena, paper_decimal(p, column, c));
	case PAPER_DAY:
		return show_day(p->arena, (day_t)c->num);
	default:
		return c->text;
	}
}

static int table_words_of(const struct paper *p, const struct paper_part *t, size_t no, FILE *to,
			  struct err *e)
{
	struct grid *g = grid_new(p->arena, t->column_count + 1);

	if (*t->title)
		fprintf(to, "\n%zu. %s\n", no, t->title);
	else
		fputc('\n', to);
	grid_cell(g, "", false);
	for (size_t i = 0; i < t->column_count; i++)
		grid_cell(g, t->columns[i].title, t->columns[i].kind != PAPER_TEXT);
	grid_rule(g);
	for (size_t r = 0; r < t->row_count; r++) {
		grid_cell(g, t->rows[r].label, false);
		for (size_t i = 0; i < t->column_count; i++)
			grid_cell(g, paper_shown(p, &t->columns[i], &t->rows[r].cells[i]),
				  t->columns[i].kind != PAPER_TEXT);
	}
	return grid_print(g, to, e);
}

int paper_words(const struct paper *p, FILE *to, struct err *e)
{
	int rc = 0;

	if (!p || p->failed)
		return failed(e);
	fprintf(to, "%s\n", p->title);
	if (p->subtitle)
		fprintf(to, "%s\n", p->subtitle);
	for (size_t i = 0; i < p->note_count; i++)
		fprintf(to, "%s\n", p->notes[i]);
	for (size_t i = 0; i < p->table_count && !rc; i++)
		rc = table_words_of(p, &p->tables[i], i + 1, to, e);
	return rc;
}

/* ---- CSV ---- */

int paper_csv(const struct paper *p, struct buf *out, struct err *e)
{
	if (!p || p->failed)
		return failed(e);
	buf_printf(out, "table,row,label,column,value\n");
	for (size_t i = 0; i < p->table_count; i++) {
		const struct paper_part *t = &p->tables[i];

		for (size_t r = 0; r < t->row_count; r++) {
			for (size_t k = 0; k < t->column_count; k++) {
				const struct paper_cell *c = &t->rows[r].cells[k];

				if (!c->has)
					continue;
				csv_field(out, span_str(t->code), true);
				csv_field(out, span_str(t->rows[r].code), false);
				csv_field(out, span_str(t->rows[r].label), false);
				csv_field(out, span_str(t->columns[k].code), false);
				if (paper_is_mean(&t->columns[k], c))
					buf_printf(out, ",%s", paper_decimal(p, &t->columns[k], c));
				else if (t->columns[k].kind == PAPER_NUMBER)
					buf_printf(out, ",%lld", (long long)c->num);
				else if (t->columns[k].kind == PAPER_DAY)
					buf_printf(
						out, ",%s",
						day_iso((char[DAY_TEXT_MAX]){ 0 }, (day_t)c->num));
				else if (t->columns[k].kind == PAPER_PERCENT)
					buf_printf(out, ",%s", paper_decimal(p, &t->columns[k], c));
				else
					csv_field(out, span_str(c->text), false);
				buf_printf(out, "\n");
			}
		}
	}
	return out->failed ? failed(e) : 0;
}

/* ---- JSON ---- */

static json_t *json_cells(const struct paper *p, const struct paper_part *t,
			  const struct paper_line *r)
{
	json_t *cells = json_object();

	for (size_t i = 0; i < t->column_count; i++) {
		const struct paper_cell *c = &r->cells[i];
		json_t *v = !c->has ? json_null()
			    : paper_is_mean(&t->columns[i], c)
				    ? json_string(paper_decimal(p, &t->columns[i], c))
			    : t->columns[i].kind == PAPER_NUMBER  ? json_integer(c->num)
			    : t->columns[i].kind == PAPER_DAY     ? json_day((day_t)c->num)
			    : t->columns[i].kind == PAPER_PERCENT ? json_percent(c->num, c->den)
								  : json_string(c->text);

		json_object_set_new(cells, t->columns[i].code, v);
	}
	return cells;
}

static json_t *json_table_of(const struct paper *p, const struct paper_part *t)
{
	json_t *columns = json_array(), *rows = json_array();

	for (size_t i = 0; i < t->column_count; i++)
		json_array_append_new(columns, json_pack("{s:s, s:s}", "code", t->columns[i].code,
							 "title", t->columns[i].title));
	for (size_t i = 0; i < t->row_count; i++)
		json_array_append_new(rows, json_pack("{s:s, s:s, s:o}", "code", t->rows[i].code,
						      "label", t->rows[i].label, "cells",
						      json_cells(p, t, &t->rows[i])));
	return json_pack("{s:s, s:s, s:o, s:o}", "code", t->code, "title", t->title, "columns",
			 columns, "rows", rows);
}

json_t *paper_json(const struct paper *p)
{
	json_t *notes, *tables;

	if (!p || p->failed)
		return NULL;
	notes = json_array();
	tables = json_array();
	for (size_t i = 0; i < p->note_count; i++)
		json_array_append_new(notes, json_string(p->notes[i]));
	for (size_t i = 0; i < p->table_count; i++)
		json_array_append_new(tables, json_table_of(p, &p->tables[i]));
	return json_pack("{s:s, s:o, s:o}", "title", p->title, "notes", notes, "tables", tables);
}
