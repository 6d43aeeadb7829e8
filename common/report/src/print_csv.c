/* A paper as the spreadsheet of a Vietnamese office opens it by double click: `;` between cells, a decimal comma. */
#include "print_data.h"

#include "base/lang.h"
#include "base/num.h"
#include "base/text.h"

/* Always quoted: then neither `;` nor a line break in a name can part it. What begins as a formula does gets an
 * apostrophe, which the spreadsheet shows, and nothing is run. */
static void text_cell(struct buf *out, const char *text)
{
	buf_u8(out, '"');
	if (*text && strchr("=+-@\t\r\n", *text))
		buf_u8(out, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_u8(out, '"');
		buf_u8(out, (uint8_t)*text);
	}
	buf_u8(out, '"');
}

static void text_line(struct buf *out, const char *text)
{
	if (!text || !*text)
		return;
	text_cell(out, text);
	buf_printf(out, "\r\n");
}

static void put_cell(struct buf *out, const struct paper *p, const struct paper_head *column,
		     const struct paper_cell *c)
{
	char day[DAY_TEXT_MAX];

	buf_u8(out, ';');
	if (!c->has)
		return;
	switch (column->kind) {
	case PAPER_NUMBER:
	case PAPER_PERCENT:
		if (column->kind == PAPER_NUMBER && !paper_is_mean(column, c)) {
			buf_printf(out, "%lld", (long long)c->num);
			break;
		}
		for (const char *t = paper_decimal(p, column, c); *t; t++)
			buf_u8(out, *t == '.' ? ',' : (uint8_t)*t);
		break;
	case PAPER_DAY:
		buf_printf(out, "%s", day_slash(day, (day_t)c->num));
		break;
	default:
		text_cell(out, c->text);
	}
}

static void put_heads(struct buf *out, const struct paper *p, const struct paper_part *t)
{
	if (t->numbered) {
		text_cell(out, _("no."));
		buf_u8(out, ';');
	}
	text_cell(out, t->label ? t->label : "");
	for (size_t i = 0; i < t->column_count; i++) {
		const struct paper_head *c = &t->columns[i];
		const char *sign = c->kind == PAPER_PERCENT ? " (%)" : "";
		const char *head = c->group ? arena_printf(p->arena, "%s: %s%s", c->group, c->title,
							   sign)
					    : arena_printf(p->arena, "%s%s", c->title, sign);

		buf_u8(out, ';');
		text_cell(out, head ? head : "");
	}
	buf_printf(out, "\r\n");
}

static void put_table(struct buf *out, const struct paper *p, const struct paper_part *t)
{
	size_t no = 0;

	buf_printf(out, "\r\n");
	text_line(out, t->title);
	put_heads(out, p, t);
	for (size_t i = 0; i < t->row_count; i++) {
		const struct paper_line *r = &t->rows[i];

		if (t->numbered && r->total)
			buf_u8(out, ';');
		else if (t->numbered)
			buf_printf(out, "%zu;", ++no);
		text_cell(out, r->label);
		for (size_t k = 0; k < t->column_count; k++)
			put_cell(out, p, &t->columns[k], &r->cells[k]);
		buf_printf(out, "\r\n");
	}
	for (size_t i = 0; i < t->footnote_count; i++)
		text_line(out, t->footnotes[i]);
}

int print_csv(struct buf *out, const struct paper *p, struct err *e)
{
	int rc = paper_whole(p, e);

	if (rc)
		return rc;
	buf_printf(out, "\xef\xbb\xbf"); /* taken for UTF-8 by this mark */
	text_line(out, p->mark);
	text_line(out, p->title);
	text_line(out, p->subtitle);
	for (size_t i = 0; i < p->note_count; i++)
		text_line(out, p->notes[i]);
	for (size_t i = 0; i < p->table_count; i++)
		put_table(out, p, &p->tables[i]);
	buf_printf(out, "\r\n");
	text_line(out, print_proof(p));
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a report") : 0;
}
