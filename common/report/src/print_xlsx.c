/* A paper as a spreadsheet: one sheet as it is printed, and the figures of each table plain. Every text goes in as a
 * text, so that nothing anybody typed becomes a formula. */
#include "print_data.h"

#include "base/lang.h"
#include "base/num.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

enum { XLSX_BYTES_MAX = 64 << 20, A4 = 9, DAY_SECONDS = 86400, QR_SCALE = 4, SIGN_ROWS = 5 };
enum {
	LABEL_WIDTH = 38,
	WIDE_LABEL_WIDTH = 56,
	TEXT_WIDTH = 18,
	FIGURE_WIDTH = 11,
	LINE_POINTS = 15
};

enum look {
	LOOK_TEXT,
	LOOK_HEAD,
	LOOK_CELL,
	LOOK_NUMBER,
	LOOK_PERCENT,
	LOOK_MEAN,
	LOOK_DAY,
	LOOK_CENTRE,
	LOOK_BOLD, /* in the middle */
	LOOK_NOTE, /* slanted, in the middle */
	LOOK_TOTAL_CELL,
	LOOK_TOTAL_NUMBER,
	LOOK_TOTAL_PERCENT,
	LOOK_TOTAL_DAY,
	LOOKS
};

struct xlsx {
	const struct paper *p;
	const struct print_head *h;
	lxw_workbook *book;
	lxw_format *looks[LOOKS];
	lxw_worksheet *sheet; /* that is being written */
	lxw_row_t row;
	lxw_col_t wide; /* columns of the sheet to print */
	uint8_t *qr;
	bool bad;
};

static lxw_format *look_new(lxw_workbook *book, enum look l)
{
	lxw_format *f = workbook_add_format(book);
	bool total = l >= LOOK_TOTAL_CELL;
	bool cell = total || (l >= LOOK_HEAD && l <= LOOK_DAY);

	if (!f)
		return NULL;
	format_set_font_name(f, "Times New Roman");
	format_set_font_size(f, cell ? 11 : 13);
	format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
	if (cell)
		format_set_border(f, LXW_BORDER_THIN);
	if (total || l == LOOK_HEAD || l == LOOK_BOLD)
		format_set_bold(f);
	if (l == LOOK_HEAD || l == LOOK_CENTRE || l == LOOK_BOLD || l == LOOK_NOTE)
		format_set_align(f, LXW_ALIGN_CENTER);
	if (l == LOOK_NOTE)
		format_set_italic(f);
	if (l == LOOK_MEAN)
		format_set_num_format(f, "#,##0.00");
	if (l == LOOK_NUMBER || l == LOOK_TOTAL_NUMBER)
		format_set_num_format(f, "#,##0");
	if (l == LOOK_PERCENT || l == LOOK_TOTAL_PERCENT)
		format_set_num_format(f, "0.00%");
	if (l == LOOK_DAY || l == LOOK_TOTAL_DAY)
		format_set_num_format(f, "dd/mm/yyyy");
	if (l == LOOK_HEAD || l == LOOK_CELL || l == LOOK_TOTAL_CELL || l == LOOK_TEXT ||
	    l == LOOK_BOLD || l == LOOK_CENTRE || l == LOOK_NOTE)
		format_set_text_wrap(f);
	return f;
}

/* ---- cells ---- */

static void check(struct xlsx *x, lxw_error rc)
{
	x->bad |= rc != LXW_NO_ERROR;
}

static void put(struct xlsx *x, lxw_row_t row, lxw_col_t col, const char *text, enum look l)
{
	if (text && *text)
		check(x, worksheet_write_string(x->sheet, row, col, text, x->looks[l]));
	else
		check(x, worksheet_write_blank(x->sheet, row, col, x->looks[l]));
}

/* Over the columns from..to, both included. */
static void across(struct xlsx *x, lxw_row_t row, lxw_col_t from, lxw_col_t to, const char *text,
		   enum look l)
{
	if (from >= to)
		put(x, row, from, text, l);
	else
		check(x, worksheet_merge_range(x->sheet, row, from, row, to, text ? text : "",
					       x->looks[l]));
}

static void put_figure(struct xlsx *x, lxw_row_t row, lxw_col_t col, const struct paper_head *head,
		       const struct paper_cell *c, bool total)
{
	static const enum look of[][2] = {
		[PAPER_TEXT] = { LOOK_CELL, LOOK_TOTAL_CELL },
		[PAPER_NUMBER] = { LOOK_NUMBER, LOOK_TOTAL_NUMBER },
		[PAPER_PERCENT] = { LOOK_PERCENT, LOOK_TOTAL_PERCENT },
		[PAPER_DAY] = { LOOK_DAY, LOOK_TOTAL_DAY },
	};
	enum look l = of[head->kind][total];
	lxw_format *f = x->looks[l];
	lxw_datetime at = { 0 };
	struct ymd d;

	if (!c->has || head->kind == PAPER_TEXT) {
		put(x, row, col, c->has ? c->text : "", l);
	} else if (paper_is_mean(head, c)) {
		int64_t digits = num_percent_digits(c->num, 100 * c->den, 2, NUM_HALF_UP);

		check(x, worksheet_write_number(x->sheet, row, col, (double)digits / 100,
						x->looks[LOOK_MEAN]));
	} else if (head->kind == PAPER_NUMBER) {
		check(x, worksheet_write_number(x->sheet, row, col, (double)c->num, f));
	} else if (head->kind == PAPER_PERCENT) {
		/* rounded as everywhere, so that 99.996 does not show as 100 */
		int64_t digits = num_percent_digits(c->num, c->den, 2, NUM_HALF_UP);

		check(x, worksheet_write_number(x->sheet, row, col, (double)digits / 10000, f));
	} else {
		d = day_to_ymd((day_t)c->num);
		at.year = d.year;
		at.month = d.month;
		at.day = d.day;
		check(x, worksheet_write_datetime(x->sheet, row, col, &at, f));
	}
}

static const char *indented(const struct xlsx *x, const struct paper_line *r)
{
	const char *text = arena_printf(x->p->arena, "%*s%s", (int)(4 * r->indent), "", r->label);

	return text ? text : r->label;
}

/* ---- the sheet to print ---- */

static lxw_col_t first_figure(const struct paper_part *t)
{
	return (lxw_col_t)(t->numbered + 1);
}

/* Where there are few columns a page has room for whole names. */
static double label_width(const struct paper_part *t)
{
	return t->column_count > 4 ? LABEL_WIDTH : WIDE_LABEL_WIDTH;
}

static unsigned lines_of(const char *text, size_t width)
{
	return text ? (text_columns(text) + (unsigned)width - 1) / (unsigned)width : 1;
}

/* Spreadsheets do not make room for a merged cell by themselves. */
static void head_heights(struct xlsx *x, const struct paper_part *t, lxw_row_t top, lxw_row_t low)
{
	unsigned upper = 1, lower = 1;

	for (size_t i = 0; i < t->column_count; i++) {
		size_t width = t->columns[i].kind == PAPER_TEXT ? TEXT_WIDTH : FIGURE_WIDTH;
		unsigned lines = lines_of(t->columns[i].title, width - 1);

		lower = lines > lower ? lines : lower;
		lines = lines_of(t->columns[i].group, width * print_group_width(t, i) - 1);
		upper = lines > upper ? lines : upper;
	}
	if (top != low)
		check(x, worksheet_set_row(x->sheet, top, LINE_POINTS * upper, NULL));
	check(x, worksheet_set_row(x->sheet, low, LINE_POINTS * lower, NULL));
}

static void print_heads(struct xlsx *x, const struct paper_part *t)
{
	bool grouped = print_grouped(t);
	lxw_row_t top = x->row, low = x->row + grouped;
	lxw_col_t col = 0;

	for (lxw_col_t c = 0; c < first_figure(t) + t->column_count; c++) {
		put(x, top, c, "", LOOK_HEAD);
		put(x, low, c, "", LOOK_HEAD);
	}
	if (t->numbered)
		put(x, low, col++, _("no."), LOOK_HEAD);
	put(x, low, col, t->label, LOOK_HEAD);
	for (size_t i = 0; i < t->column_count; i++) {
		lxw_col_t at = (lxw_col_t)(first_figure(t) + i);
		size_t width = print_group_width(t, i);

		put(x, low, at, t->columns[i].title, LOOK_HEAD);
		if (t->columns[i].group && (!i || t->columns[i - 1].group != t->columns[i].group))
			across(x, top, at, (lxw_col_t)(at + width - 1), t->columns[i].group,
			       LOOK_HEAD);
	}
	if (x->p->table_count == 1) /* on every page */
		check(x, worksheet_repeat_rows(x->sheet, top, low));
	head_heights(x, t, top, low);
	x->row = low + 1;
}

static void print_table(struct xlsx *x, const struct paper_part *t)
{
	size_t no = 0;

	x->row++;
	if (t->title && *t->title)
		across(x, x->row++, 0, x->wide - 1, t->title, LOOK_BOLD);
	print_heads(x, t);
	for (size_t i = 0; i < t->row_count; i++, x->row++) {
		const struct paper_line *r = &t->rows[i];
		unsigned lines = lines_of(indented(x, r), (size_t)label_width(t));
		lxw_col_t col = 0;

		if (lines > 1)
			check(x, worksheet_set_row(x->sheet, x->row, LINE_POINTS * lines, NULL));
		no += !r->total;
		if (t->numbered && r->total)
			put(x, x->row, col++, "", LOOK_TOTAL_CELL);
		else if (t->numbered)
			check(x, worksheet_write_number(x->sheet, x->row, col++, (double)no,
							x->looks[LOOK_NUMBER]));
		put(x, x->row, col++, indented(x, r), r->total ? LOOK_TOTAL_CELL : LOOK_CELL);
		for (size_t k = 0; k < t->column_count; k++)
			put_figure(x, x->row, col++, &t->columns[k], &r->cells[k], r->total);
	}
	for (size_t i = 0; i < t->footnote_count; i++)
		across(x, x->row++, 0, x->wide - 1, t->footnotes[i], LOOK_TEXT);
}

/* Lines of `text` on the left or right half, from `row` on; returns the row behind them. */
static lxw_row_t half(struct xlsx *x, lxw_row_t row, bool right, const char *text, enum look l)
{
	lxw_col_t middle = x->wide / 2;
	struct span line;

	while (print_line(&line, &text)) {
		const char *s = arena_str(x->p->arena, line);

		across(x, row++, right ? middle : 0, right ? x->wide - 1 : middle - 1, s ? s : "",
		       l);
	}
	return row;
}

static lxw_row_t later(lxw_row_t a, lxw_row_t b)
{
	return a > b ? a : b;
}

static void print_head(struct xlsx *x)
{
	const struct paper *p = x->p;
	const struct print_head *h = x->h;
	lxw_row_t left, right;

	if (p->mark)
		across(x, x->row++, 0, x->wide - 1, p->mark, LOOK_NOTE);
	left = half(x, x->row, false, print_upper(p, h->superior), LOOK_CENTRE);
	left = half(x, left, false, print_upper(p, h->issuer), LOOK_BOLD);
	left = half(x, left, false, "*", LOOK_CENTRE);
	left = half(x, left, false, print_number(p, h), LOOK_CENTRE);
	left = half(x, left, false, print_upper(p, h->secrecy), LOOK_BOLD);
	right = half(x, x->row, true, _("COMMUNIST PARTY OF VIET NAM"), LOOK_BOLD);
	right = half(x, right, true, "———————————", LOOK_CENTRE);
	right = half(x, right, true, print_date_line(p->arena, h->place, h->date), LOOK_NOTE);
	x->row = later(left, right);
	if (p->form)
		across(x, x->row++, 0, x->wide - 1, p->form, LOOK_BOLD);
	x->row++;
	across(x, x->row++, 0, x->wide - 1, print_upper(p, p->title), LOOK_BOLD);
	across(x, x->row++, 0, x->wide - 1, p->subtitle, LOOK_BOLD);
	for (size_t i = 0; i < p->note_count; i++)
		across(x, x->row++, 0, x->wide - 1, p->notes[i], LOOK_NOTE);
}

static void print_foot(struct xlsx *x)
{
	const struct paper *p = x->p;
	const struct print_head *h = x->h;
	struct print_signer s = print_signer(p, h);
	bool form = p->statistical;
	lxw_row_t left, right;

	x->row++;
	left = half(x, x->row, false, form ? print_upper(p, _("Prepared by")) : _("Sent to:"),
		    form ? LOOK_BOLD : LOOK_TEXT);
	right = half(x, x->row, true, print_upper(p, s.authority), LOOK_BOLD);
	right = half(x, right, true, print_upper(p, s.title), LOOK_BOLD);
	if (!form)
		left = half(x, left, false, h->recipients, LOOK_TEXT);
	x->row = form ? later(left, right) + SIGN_ROWS : right + SIGN_ROWS;
	right = half(x, x->row, true, s.name, LOOK_BOLD);
	if (form) {
		left = half(x, x->row, false, h->preparer, LOOK_BOLD);
		left = half(x, left, false, h->phone, LOOK_CENTRE);
	}
	x->row = later(left, right) + 1;
}

/* ---- the code ---- */

static void put_u32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (8 * i));
}

/* A BMP of one bit a pixel, from below upwards, each line in whole words. */
static uint8_t *bitmap(const uint8_t *dark, size_t side, size_t *len)
{
	enum { HEADER = 62, QUIET = 2 };
	size_t pixels = (side + 2 * QUIET) * QR_SCALE, line = (pixels + 31) / 32 * 4;
	uint8_t *b;

	*len = HEADER + line * pixels;
	b = calloc(1, *len);
	if (!b)
		return NULL;
	memcpy(b, "BM", 2);
	put_u32(b + 2, (uint32_t)*len);
	put_u32(b + 10, HEADER);
	put_u32(b + 14, 40);
	put_u32(b + 18, (uint32_t)pixels);
	put_u32(b + 22, (uint32_t)pixels);
	b[26] = 1;
	b[28] = 1;
	put_u32(b + 34, (uint32_t)(line * pixels));
	put_u32(b + 38, 3780);
	put_u32(b + 42, 3780);
	put_u32(b + 46, 2);
	put_u32(b + 58, 0xffffff); /* 0 black, 1 white */
	for (size_t y = 0; y < pixels; y++) {
		for (size_t i = 0; i < pixels; i++) {
			size_t row = (pixels - 1 - y) / QR_SCALE, col = i / QR_SCALE;
			bool in = row >= QUIET && col >= QUIET && row < side + QUIET &&
				  col < side + QUIET;

			if (!in || !dark[(row - QUIET) * side + col - QUIET])
				b[HEADER + y * line + i / 8] |= (uint8_t)(0x80 >> i % 8);
		}
	}
	return b;
}

static void print_code(struct xlsx *x)
{
	uint8_t dark[PRINT_QR_MAX * PRINT_QR_MAX];
	const char *proof = print_proof(x->p);
	size_t side = print_qr(dark, proof), len;
	lxw_image_options small = { .x_scale = 0.6, .y_scale = 0.6 };

	across(x, x->row++, 0, x->wide - 1, proof, LOOK_TEXT);
	x->qr = side ? bitmap(dark, side, &len) : NULL;
	if (x->qr) /* lent until the book is closed */
		check(x,
		      worksheet_insert_image_buffer_opt(x->sheet, x->row, 0, x->qr, len, &small));
}

static void widths(struct xlsx *x)
{
	const struct paper *p = x->p;
	double width[PAPER_COLUMNS_MAX + 2] = { 0 };

	for (size_t i = 0; i < p->table_count; i++) {
		const struct paper_part *t = &p->tables[i];
		size_t at = first_figure(t);

		if (t->numbered)
			width[0] = width[0] > 6 ? width[0] : 6;
		if (label_width(t) > width[at - 1])
			width[at - 1] = label_width(t);
		for (size_t k = 0; k < t->column_count; k++) {
			double want = t->columns[k].kind == PAPER_TEXT ? TEXT_WIDTH : FIGURE_WIDTH;

			width[at + k] = width[at + k] > want ? width[at + k] : want;
		}
	}
	for (lxw_col_t c = 0; c < x->wide; c++)
		check(x, worksheet_set_column(x->sheet, c, c,
					      width[c] > 0 ? width[c] : FIGURE_WIDTH, NULL));
}

static void sheet_to_print(struct xlsx *x)
{
	const struct paper *p = x->p;
	const char *foot = arena_printf(p->arena, "&L%s · %s&R%s&P/&N", p->id ? p->id : "",
					print_short_hash(p), _("page "));
	const char *mark = p->mark ? arena_printf(p->arena, "&C&I%s", p->mark) : NULL;

	x->wide = 4;
	for (size_t i = 0; i < p->table_count; i++) {
		size_t columns = first_figure(&p->tables[i]) + p->tables[i].column_count;

		x->wide = columns > x->wide ? (lxw_col_t)columns : x->wide;
	}
	x->sheet = workbook_add_worksheet(x->book, _("Print"));
	if (!x->sheet || !foot || (p->mark && !mark)) {
		x->bad = true;
		return;
	}
	worksheet_set_paper(x->sheet, A4);
	if (print_lies(p))
		worksheet_set_landscape(x->sheet);
	worksheet_set_margins(x->sheet, 0.75, 0.5, 0.75, 0.75);
	worksheet_fit_to_pages(x->sheet, 1, 0);
	check(x, worksheet_set_footer(x->sheet, foot));
	if (mark)
		check(x, worksheet_set_header(x->sheet, mark));
	widths(x);
	print_head(x);
	for (size_t i = 0; i < p->table_count; i++)
		print_table(x, &p->tables[i]);
	print_foot(x);
	print_code(x);
}

/* ---- plain sheets ---- */

static void plain_heads(struct xlsx *x, const struct paper_part *t)
{
	put(x, x->row, 0, _("Code"), LOOK_HEAD);
	put(x, x->row, 1, t->label, LOOK_HEAD);
	for (size_t i = 0; i < t->column_count; i++) {
		const struct paper_head *c = &t->columns[i];
		const char *head = c->group
					   ? arena_printf(x->p->arena, "%s: %s", c->group, c->title)
					   : c->title;

		put(x, x->row, (lxw_col_t)(i + 2), head, LOOK_HEAD);
	}
	x->row++;
	worksheet_freeze_panes(x->sheet, x->row, 2);
}

static void plain_sheet(struct xlsx *x, const struct paper_part *t, size_t no)
{
	const char *name = no ? arena_printf(x->p->arena, "%s %zu", _("Data"), no + 1) : _("Data");

	x->sheet = name ? workbook_add_worksheet(x->book, name) : NULL;
	x->row = 0;
	if (!x->sheet) {
		x->bad = true;
		return;
	}
	check(x, worksheet_set_column(x->sheet, 0, 0, 16, NULL));
	check(x, worksheet_set_column(x->sheet, 1, 1, 38, NULL));
	check(x, worksheet_set_column(x->sheet, 2, (lxw_col_t)(t->column_count + 2), 14, NULL));
	if (x->p->mark)
		put(x, x->row++, 0, x->p->mark, LOOK_TEXT);
	plain_heads(x, t);
	for (size_t i = 0; i < t->row_count; i++, x->row++) {
		put(x, x->row, 0, t->rows[i].code, LOOK_CELL);
		put(x, x->row, 1, t->rows[i].label, LOOK_CELL);
		for (size_t k = 0; k < t->column_count; k++)
			put_figure(x, x->row, (lxw_col_t)(k + 2), &t->columns[k],
				   &t->rows[i].cells[k], false);
	}
}

/* ---- the book ---- */

/* The library writes to a path alone. */
static int make_book(const char *path, const struct paper *p, const struct print_head *h,
		     struct err *e)
{
	struct xlsx x = { .p = p, .h = h, .book = workbook_new(path) };
	lxw_doc_properties about = { .title = (char *)(uintptr_t)p->title,
				     .company = (char *)(uintptr_t)h->issuer,
				     .created = ((time_t)h->date + 1) * DAY_SECONDS };
	lxw_error rc;

	if (!x.book)
		return err_set(e, ERR_NOMEM, "no memory for a report");
	for (enum look l = 0; l < LOOKS; l++) {
		x.looks[l] = look_new(x.book, l);
		x.bad |= !x.looks[l];
	}
	check(&x,
	      workbook_set_properties(x.book, &about)); /* without a day it would ask the clock */
	sheet_to_print(&x);
	for (size_t i = 0; i < p->table_count; i++)
		plain_sheet(&x, &p->tables[i], i);
	rc = workbook_close(x.book);
	free(x.qr);
	if (rc)
		return err_set(e, ERR_IO, "a spreadsheet could not be written: %s",
			       lxw_strerror(rc));
	return x.bad ? err_set(e, ERR_INVALID, "a spreadsheet cannot hold this report") : 0;
}

static int take_file(struct buf *out, const char *path, struct err *e)
{
	uint8_t part[16384];
	FILE *f = fopen(path, "rb");
	size_t got;
	bool bad = !f;

	while (f && (got = fread(part, 1, sizeof(part), f)) > 0)
		buf_bytes(out, span_of(part, got));
	bad |= f && ferror(f);
	if (f)
		fclose(f);
	if (bad)
		return err_set(e, ERR_IO, "a spreadsheet could not be written: %s", path);
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a report") : 0;
}

int print_xlsx(struct buf *out, const struct paper *p, const struct print_head *h, struct err *e)
{
	char path[] = "/tmp/ketnap-XXXXXX";
	int rc = paper_whole(p, e), fd = rc ? -1 : mkstemp(path);

	if (rc)
		return rc;
	if (fd < 0)
		return err_set(e, ERR_IO, "a spreadsheet could not be written: %s", path);
	close(fd);
	rc = make_book(path, p, h, e);
	if (!rc)
		rc = take_file(out, path, e);
	unlink(path);
	return rc;
}
