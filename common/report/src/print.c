/* What all formats of a paper have: its hash, its number, how wide it is. */
#include "print_data.h"

#include "base/lang.h"
#include "base/text.h"
#include "crypto/hash.h"

#include <qrencode.h>
#include <stdlib.h>

static const char *const names[PRINT_KINDS] = {
	[PRINT_TABLE] = "table",         [PRINT_TOTALS] = "totals",
	[PRINT_RANK] = "rank",           [PRINT_LAGGARDS] = "laggards",
	[PRINT_MONTHS] = "months",       [PRINT_SOURCES] = "sources",
	[PRINT_SYNTHESIS] = "synthesis", [PRINT_FORM] = "form",
	[PRINT_SHEET] = "sheet",         [PRINT_BLANK] = "blank",
	[PRINT_COMMENDED] = "commended",
};

const char *print_kind_name(enum print_kind k)
{
	return (unsigned)k < PRINT_KINDS ? names[k] : "";
}

enum print_kind print_kind_parse(const char *name)
{
	enum print_kind k = 0;

	while (k < PRINT_KINDS && strcmp(names[k], name) != 0)
		k++;
	return k;
}

/* ---- what it says, and the hash of that ---- */

static json_t *footnotes(const struct paper *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->table_count; i++)
		for (size_t k = 0; k < p->tables[i].footnote_count; k++)
			json_array_append_new(list, json_string(p->tables[i].footnotes[k]));
	return list;
}

static json_t *content(const struct paper *p)
{
	json_t *j = paper_json(p);

	if (!j)
		return NULL;
	json_object_set_new(j, "id", json_string(p->id ? p->id : ""));
	json_object_set_new(j, "subtitle", json_string(p->subtitle ? p->subtitle : ""));
	json_object_set_new(j, "footnotes", footnotes(p));
	json_object_set_new(j, "illustrative", p->mark ? json_string(p->mark) : json_false());
	return j;
}

const char *print_hash(const struct paper *p)
{
	json_t *j = p ? content(p) : NULL;
	char *text = json_whole(j, JSON_COMPACT | JSON_SORT_KEYS), hex[HASH_HEX_MAX];
	const char *out = NULL;

	if (text)
		out = arena_printf(p->arena, "%s",
				   hex_encode(hex, hash_bytes(span_str(text)).b, HASH_BYTES));
	free(text);
	json_decref(j);
	return out ? out : "";
}

json_t *print_json(const struct paper *p)
{
	json_t *j = p ? content(p) : NULL;

	if (j)
		json_object_set_new(j, "hash", json_string(print_hash(p)));
	return j;
}

const char *print_short_hash(const struct paper *p)
{
	const char *text = arena_printf(p->arena, "%.*s", PRINT_HASH_SHOWN, print_hash(p));

	return text ? text : "";
}

const char *print_proof(const struct paper *p)
{
	const char *text = arena_printf(p->arena, "KETNAP %s %s", p->id ? p->id : "",
					print_short_hash(p));

	return text ? text : "";
}

size_t print_qr(uint8_t out[PRINT_QR_MAX * PRINT_QR_MAX], const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	size_t side = code ? (size_t)code->width : 0;

	if (side > PRINT_QR_MAX)
		side = 0;
	for (size_t i = 0; i < side * side; i++)
		out[i] = code->data[i] & 1;
	QRcode_free(code);
	return side;
}

/* ---- texts ---- */

struct print_signer print_signer(const struct paper *p, const struct print_head *h)
{
	bool chief = p->statistical && (*h->chief || !*h->authority);

	return chief ? (struct print_signer){ "", h->chief_title, h->chief }
		     : (struct print_signer){ h->authority, h->title, h->signer };
}

const char *print_number(const struct paper *p, const struct print_head *h)
{
	const char *text = arena_printf(p->arena, _("No. %s-%s"), *h->doc_no ? h->doc_no : "…",
					h->symbol);

	return text ? text : "";
}

const char *print_upper(const struct paper *p, const char *text)
{
	size_t room = 2 * strlen(text) + 4; /* no letter of ours grows by more */
	char *out = arena_alloc(p->arena, room);

	return out && !text_upper(out, room, NULL, span_str(text), NULL) ? out : text;
}

bool print_line(struct span *line, const char **rest)
{
	size_t len;

	if (!*rest || !**rest)
		return false;
	len = strcspn(*rest, "|");
	*line = span_of(*rest, len);
	*rest += len + ((*rest)[len] == '|');
	while (line->len && line->data[0] == ' ')
		*line = span_of(line->data + 1, line->len - 1);
	while (line->len && line->data[line->len - 1] == ' ')
		line->len--;
	return true;
}

/* ---- shape ---- */

bool print_lies(const struct paper *p)
{
	enum { LABEL = 6, TEXT = 4, OTHER = 2, UPRIGHT = 22 };
	bool lies = false;

	for (size_t i = 0; i < p->table_count; i++) {
		const struct paper_part *t = &p->tables[i];
		size_t width = LABEL + t->numbered;

		for (size_t k = 0; k < t->column_count; k++)
			width += t->columns[k].kind == PAPER_TEXT ? TEXT : OTHER;
		lies |= width > UPRIGHT;
	}
	return lies;
}

bool print_grouped(const struct paper_part *t)
{
	for (size_t i = 0; i < t->column_count; i++)
		if (t->columns[i].group)
			return true;
	return false;
}

size_t print_group_width(const struct paper_part *t, size_t at)
{
	size_t end = at + 1;

	while (t->columns[at].group && end < t->column_count &&
	       t->columns[end].group == t->columns[at].group)
		end++;
	return end - at;
}

/* ---- files ---- */

static bool ends_in(const char *name, const char *ending)
{
	size_t len = strlen(name), tail = strlen(ending);

	return len > tail && !strcmp(name + len - tail, ending);
}

int print_file(struct buf *out, const char *name, const struct paper *p, const struct print_head *h,
	       struct err *e)
{
	if (ends_in(name, ".html"))
		return print_html(out, p, h, e);
	if (ends_in(name, ".xlsx"))
		return print_xlsx(out, p, h, e);
	if (ends_in(name, ".csv"))
		return print_csv(out, p, e);
	return err_set(e, ERR_INVALID, "a file ends in .html, .xlsx or .csv, not %s", name);
}
