/* Cards with codes for new devices: somebody cuts them apart and hands them out, and whoever gets one has nothing else
 * to read. */
#include "print_data.h"

#include "base/lang.h"

static const char style[] =
	"<style>.cards{display:grid;grid-template-columns:1fr 1fr;gap:4mm;margin-top:5mm}"
	".card{border:1px dashed #000;padding:4mm;break-inside:avoid;font-size:11pt}"
	".card p{overflow-wrap:anywhere}"
	".card .for{font-weight:bold;font-size:12.5pt;margin-bottom:2mm}"
	".card .code{font:bold 13pt 'DejaVu Sans Mono','Courier New',monospace;margin:2mm 0;"
	"border:1px solid #000;padding:2mm;text-align:center}"
	".card ol{margin:2mm 0 0;padding-left:6mm;font-size:10.5pt}</style>\n";

static const char *const steps[] = {
	N_("At the new computer open Ketnap."),
	N_("Type the server and the code; capital or small letters, with or without dashes."),
	N_("Wait until the forms have come, then choose the month."),
};

static void line(struct buf *out, const char *class, const char *label, const char *text)
{
	buf_printf(out, "<p class=\"%s\">", class);
	print_escaped(out, span_str(label));
	print_escaped(out, span_str(text));
	buf_printf(out, "</p>\n");
}

static const char *address_of(const struct print_card *c)
{
	return *c->address ? c->address
			   : _("(whoever hands this out writes it here: ..................)");
}

static void put_card(struct buf *out, const struct paper *p, const struct print_card *c)
{
	const char *name = arena_printf(p->arena, "%s (%s)", c->unit_name, c->unit);

	buf_printf(out, "<div class=\"card\">\n");
	line(out, "for", "", name ? name : c->unit);
	line(out, "server", _("Server: "), address_of(c));
	line(out, "code", "", c->code);
	line(out, "role", _("Role: "), c->role);
	line(out, "until", _("Good for one computer, until "), c->until);
	buf_printf(out, "<ol>\n");
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		buf_printf(out, "<li>");
		print_escaped(out, span_str(_(steps[i])));
		buf_printf(out, "</li>\n");
	}
	buf_printf(out, "</ol>\n</div>\n");
}

int print_cards_html(struct buf *out, const struct paper *p, const struct print_head *h,
		     const struct print_card *cards, size_t count, struct err *e)
{
	int rc = paper_whole(p, e);

	if (rc)
		return rc;
	print_begin(out, p);
	buf_printf(out, "%s</head>\n<body>\n", style);
	print_top(out, p, h);
	buf_printf(out, "<div class=\"cards\">\n");
	for (size_t i = 0; i < count; i++)
		put_card(out, p, &cards[i]);
	buf_printf(out, "</div>\n</body>\n</html>\n");
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a report") : 0;
}

int print_cards_text(struct buf *out, const struct paper *p, const struct print_card *cards,
		     size_t count, struct err *e)
{
	int rc = paper_whole(p, e);

	if (rc)
		return rc;
	if (p->mark)
		buf_printf(out, "%s\n\n", p->mark);
	for (size_t i = 0; i < count; i++) {
		const struct print_card *c = &cards[i];

		buf_printf(out, "%s (%s)\n", c->unit_name, c->unit);
		buf_printf(out, "  %s%s\n  %s\n", _("Server: "), address_of(c), c->code);
		buf_printf(out, "  %s%s; %s%s\n", _("Role: "), c->role,
			   _("Good for one computer, until "), c->until);
		for (size_t n = 0; n < ARRAY_LEN(steps); n++)
			buf_printf(out, "  %zu. %s\n", n + 1, _(steps[n]));
		buf_printf(out,
			   "- - - - - - - - - - - - - - - - - - - - - - - - - - - - - - - -\n");
	}
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a report") : 0;
}
