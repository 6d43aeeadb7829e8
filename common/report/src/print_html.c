/* A paper as one document for A4: no script, nothing from elsewhere, all text escaped, no colour. */
#include "print_data.h"

#include "base/lang.h"

void print_escaped(struct buf *out, struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		switch (text.data[i]) {
		case '&':
			buf_printf(out, "&amp;");
			break;
		case '<':
			buf_printf(out, "&lt;");
			break;
		case '>':
			buf_printf(out, "&gt;");
			break;
		case '"':
			buf_printf(out, "&quot;");
			break;
		case '\'':
			buf_printf(out, "&#39;");
			break;
		default:
			buf_u8(out, text.data[i]);
		}
	}
}

static void put(struct buf *out, const char *text)
{
	print_escaped(out, span_str(text));
}

/* <p class="CLASS">, the lines of it, </p>; nothing of nothing. */
static void paragraph(struct buf *out, const char *class, const char *text)
{
	struct span line;
	bool first = true;

	if (!text || !*text)
		return;
	buf_printf(out, "<p class=\"%s\">", class);
	while (print_line(&line, &text)) {
		if (!first)
			buf_printf(out, "<br>");
		print_escaped(out, line);
		first = false;
	}
	buf_printf(out, "</p>\n");
}

/* A string of a style sheet: what could end it, or the sheet, is written by number. */
static void css_string(struct buf *out, const char *text)
{
	buf_u8(out, '"');
	for (; *text; text++) {
		if (strchr("\\\"<>&\n\r", *text))
			buf_printf(out, "\\%x ", (unsigned)(unsigned char)*text);
		else
			buf_u8(out, (uint8_t)*text);
	}
	buf_u8(out, '"');
}

/* ---- the style ---- */

static const char style[] =
	"*{box-sizing:border-box}"
	"body{font:13pt/1.25 'Times New Roman','Liberation Serif','DejaVu Serif',serif;color:#000;"
	"background:#fff;margin:0 auto;padding:8mm;max-width:180mm}"
	"body.lies{max-width:267mm}"
	"p,h1,h2{margin:0}"
	".mark{border:1px solid #000;text-align:center;font-style:italic;padding:1mm;"
	"margin-bottom:3mm}"
	"header{display:flex;justify-content:space-between;text-align:center;margin-bottom:5mm}"
	"header>div{flex:1}"
	".issuer,.party,.form,.authority,.title,.name{font-weight:bold}"
	".party{display:inline-block;border-bottom:1px solid #000;padding:0 1mm 1mm}"
	".date{font-style:italic;margin-top:2mm;white-space:nowrap;font-size:12.5pt}"
	".secrecy{display:inline-block;border:2px solid #000;font-weight:bold;padding:0 3mm;"
	"margin-top:2mm}"
	".form{text-align:right;font-size:11pt}"
	"h1{font-size:14pt;text-align:center;text-transform:uppercase}"
	".sub{text-align:center;font-weight:bold}"
	".note{text-align:center;font-style:italic;font-size:11pt}"
	"h2{font-size:12pt;margin-top:5mm}"
	"table{width:100%;border-collapse:collapse;margin-top:3mm;font-size:11pt}"
	".lies table{font-size:10pt}"
	"th,td{border:1px solid #000;padding:.7mm 1.2mm;vertical-align:top}"
	"th{text-align:center;vertical-align:middle;background:#eee}"
	"thead{display:table-header-group}"
	"tr{break-inside:avoid}"
	"td{overflow-wrap:break-word}"
	"td.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}"
	"td.c{text-align:center;white-space:nowrap}"
	"tr.total td{font-weight:bold;border-top:2px solid #000}"
	".lies .i0{min-width:42mm}"
	".i1{padding-left:6mm}.i2{padding-left:11mm}.i3{padding-left:16mm}"
	".foot{margin-top:2mm;font-size:10.5pt}"
	".foot p{margin-top:.5mm}"
	".sign{display:flex;justify-content:space-between;margin-top:7mm;break-inside:avoid}"
	".sign>div{width:46%}"
	".right{text-align:center}"
	".left.center{text-align:center}"
	".to{text-decoration:underline}"
	".list{font-size:11pt}"
	".how{font-style:italic;font-size:11pt}"
	".room{height:27mm}"
	".proof{display:flex;align-items:center;gap:3mm;margin-top:5mm;font-size:9pt;"
	"break-inside:avoid}"
	".proof svg{width:22mm;height:22mm;flex:none}"
	".proof p{overflow-wrap:anywhere}"
	"@media print{body{padding:0;max-width:none}}";

void print_style(struct buf *out, const struct paper *p)
{
	const char *foot = arena_printf(p->arena, "%s · %s", p->id ? p->id : "",
					print_short_hash(p));

	buf_printf(out, "<style>%s@page{size:A4 %s;margin:%s;", style,
		   print_lies(p) ? "landscape" : "portrait",
		   print_lies(p) ? "15mm 12mm 15mm 18mm" : "15mm 12mm 15mm 20mm");
	buf_printf(out, "@bottom-right{font:9pt serif;content:");
	css_string(out, _("page "));
	buf_printf(out, " counter(page) \"/\" counter(pages)}@bottom-left{font:9pt serif;content:");
	css_string(out, foot ? foot : "");
	buf_printf(out, "}");
	if (p->mark) { /* on every sheet: they part */
		buf_printf(out, "@top-center{font:italic 9pt serif;white-space:nowrap;content:");
		css_string(out, p->mark);
		buf_printf(out, "}");
	}
	buf_printf(out, "}</style>\n");
}

/* ---- head and foot ---- */

void print_top(struct buf *out, const struct paper *p, const struct print_head *h)
{
	if (p->mark)
		paragraph(out, "mark", p->mark);
	buf_printf(out, "<header>\n<div>\n");
	paragraph(out, "superior", print_upper(p, h->superior));
	paragraph(out, "issuer", print_upper(p, h->issuer));
	buf_printf(out, "<p>*</p>\n");
	paragraph(out, "number", print_number(p, h));
	paragraph(out, "secrecy", print_upper(p, h->secrecy));
	buf_printf(out, "</div>\n<div>\n");
	paragraph(out, "party", _("COMMUNIST PARTY OF VIET NAM"));
	paragraph(out, "date", print_date_line(p->arena, h->place, h->date));
	buf_printf(out, "</div>\n</header>\n");
	paragraph(out, "form", p->form);
	buf_printf(out, "<h1>");
	put(out, p->title);
	buf_printf(out, "</h1>\n");
	paragraph(out, "sub", p->subtitle);
	for (size_t i = 0; i < p->note_count; i++)
		paragraph(out, "note", p->notes[i]);
}

static void put_preparer(struct buf *out, const struct paper *p, const struct print_head *h)
{
	const char *phone = *h->phone ? arena_printf(p->arena, _("telephone %s"), h->phone) : "";

	buf_printf(out, "<div class=\"left center\">\n");
	paragraph(out, "title", print_upper(p, _("Prepared by")));
	paragraph(out, "how", _("(signature, full name, telephone)"));
	buf_printf(out, "<div class=\"room\"></div>\n");
	paragraph(out, "name", h->preparer);
	paragraph(out, "phone", phone);
	buf_printf(out, "</div>\n");
}

static void put_recipients(struct buf *out, const struct print_head *h)
{
	const char *rest = h->recipients;
	struct span line;

	buf_printf(out, "<div class=\"left\">\n<p class=\"to\">");
	put(out, _("Sent to:"));
	buf_printf(out, "</p>\n");
	while (print_line(&line, &rest)) {
		buf_printf(out, "<p class=\"list\">- ");
		print_escaped(out, line);
		buf_printf(out, "</p>\n");
	}
	buf_printf(out, "</div>\n");
}

static void put_signer(struct buf *out, const struct paper *p, const struct print_head *h)
{
	struct print_signer s = print_signer(p, h);

	buf_printf(out, "<div class=\"right\">\n");
	paragraph(out, "authority", print_upper(p, s.authority));
	paragraph(out, "title", print_upper(p, s.title));
	if (p->statistical)
		paragraph(out, "how", _("(signature, stamp)"));
	buf_printf(out, "<div class=\"room\"></div>\n");
	paragraph(out, "name", s.name);
	buf_printf(out, "</div>\n");
}

static void put_proof(struct buf *out, const struct paper *p)
{
	uint8_t dark[PRINT_QR_MAX * PRINT_QR_MAX];
	size_t side = print_qr(dark, print_proof(p));

	buf_printf(out, "<div class=\"proof\">\n");
	if (side) {
		buf_printf(out,
			   "<svg role=\"img\" aria-label=\"QR\" viewBox=\"-2 -2 %zu %zu\" "
			   "shape-rendering=\"crispEdges\"><path d=\"",
			   side + 4, side + 4);
		for (size_t i = 0; i < side * side; i++)
			if (dark[i])
				buf_printf(out, "M%zu %zuh1v1h-1z", i % side, i / side);
		buf_printf(out, "\"/></svg>\n");
	}
	buf_printf(out, "<div>\n<p class=\"id\">");
	put(out, p->id ? p->id : "");
	buf_printf(out, "</p>\n<p class=\"hash\">");
	put(out, print_short_hash(p));
	buf_printf(out, "</p>\n</div>\n</div>\n");
}

/* ---- tables ---- */

static void put_th(struct buf *out, const char *text, size_t rows, size_t columns)
{
	buf_printf(out, "<th");
	if (rows > 1)
		buf_printf(out, " rowspan=\"%zu\"", rows);
	if (columns > 1)
		buf_printf(out, " colspan=\"%zu\"", columns);
	buf_printf(out, ">");
	put(out, text);
	buf_printf(out, "</th>");
}

static void put_heads(struct buf *out, const struct paper_part *t)
{
	size_t rows = print_grouped(t) ? 2 : 1;

	buf_printf(out, "<thead>\n<tr>");
	if (t->numbered)
		put_th(out, _("no."), rows, 1);
	put_th(out, t->label ? t->label : "", rows, 1);
	for (size_t i = 0; i < t->column_count; i += print_group_width(t, i))
		put_th(out, t->columns[i].group ? t->columns[i].group : t->columns[i].title,
		       t->columns[i].group ? 1 : rows, print_group_width(t, i));
	if (rows > 1) {
		buf_printf(out, "</tr>\n<tr>");
		for (size_t i = 0; i < t->column_count; i++)
			if (t->columns[i].group)
				put_th(out, t->columns[i].title, 1, 1);
	}
	buf_printf(out, "</tr>\n</thead>\n");
}

static void put_row(struct buf *out, const struct paper *p, const struct paper_part *t,
		    const struct paper_line *r, size_t no)
{
	buf_printf(out, r->total ? "<tr class=\"total\" data-row=\"" : "<tr data-row=\"");
	put(out, r->code);
	buf_printf(out, "\">");
	if (t->numbered && r->total)
		buf_printf(out, "<td></td>");
	else if (t->numbered)
		buf_printf(out, "<td class=\"c\">%zu</td>", no);
	buf_printf(out, "<td class=\"i%u\">", r->indent < 3 ? r->indent : 3);
	put(out, r->label);
	buf_printf(out, "</td>");
	for (size_t i = 0; i < t->column_count; i++) {
		buf_printf(out, t->columns[i].kind == PAPER_TEXT ? "<td>" : "<td class=\"n\">");
		put(out, paper_shown(p, &t->columns[i], &r->cells[i]));
		buf_printf(out, "</td>");
	}
	buf_printf(out, "</tr>\n");
}

static void put_table(struct buf *out, const struct paper *p, const struct paper_part *t)
{
	size_t no = 0;

	if (t->title && *t->title) {
		buf_printf(out, "<h2>");
		put(out, t->title);
		buf_printf(out, "</h2>\n");
	}
	buf_printf(out, "<table data-table=\"");
	put(out, t->code);
	buf_printf(out, "\">\n");
	put_heads(out, t);
	buf_printf(out, "<tbody>\n");
	for (size_t i = 0; i < t->row_count; i++) {
		no += !t->rows[i].total;
		put_row(out, p, t, &t->rows[i], no);
	}
	buf_printf(out, "</tbody>\n</table>\n");
	if (!t->footnote_count)
		return;
	buf_printf(out, "<div class=\"foot\">\n");
	for (size_t i = 0; i < t->footnote_count; i++)
		paragraph(out, "f", t->footnotes[i]);
	buf_printf(out, "</div>\n");
}

void print_begin(struct buf *out, const struct paper *p)
{
	buf_printf(out, "<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		   lang_now() == TEXT_VI ? "vi" : "en");
	buf_printf(out,
		   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		   "style-src 'unsafe-inline'\">\n<title>");
	put(out, p->title);
	buf_printf(out, "</title>\n");
	print_style(out, p);
}

int print_html(struct buf *out, const struct paper *p, const struct print_head *h, struct err *e)
{
	int rc = paper_whole(p, e);

	if (rc)
		return rc;
	print_begin(out, p);
	buf_printf(out, "</head>\n<body%s>\n", print_lies(p) ? " class=\"lies\"" : "");
	print_top(out, p, h);
	for (size_t i = 0; i < p->table_count; i++)
		put_table(out, p, &p->tables[i]);
	buf_printf(out, "<div class=\"sign\">\n");
	if (p->statistical)
		put_preparer(out, p, h);
	else
		put_recipients(out, h);
	put_signer(out, p, h);
	buf_printf(out, "</div>\n");
	put_proof(out, p);
	buf_printf(out, "</body>\n</html>\n");
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a report") : 0;
}
