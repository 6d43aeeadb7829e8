#include "show.h"

#include "base/num.h"

const char illustrative_mark[] = "Số liệu minh họa: chỉ số toàn tỉnh là số đã công bố";

enum { GRID_COLUMNS_MAX = 24, GRID_ROWS_MAX = 4000 };

struct grid {
	struct cli *c;
	size_t columns, cells, cap;
	struct grid_cell {
		const char *text;
		unsigned width;
		bool number, rule;
	} * cell;
};

void show_mark(struct cli *c)
{
	if (ledger_info(c->store.ledger).illustrative)
		fprintf(c->out, "%s\n", illustrative_mark);
}

const char *show_number(struct cli *c, int64_t v)
{
	char text[TEXT_NUMBER_MAX];

	return arena_printf(c->arena, "%s", text_number(text, v, lang_now()));
}

const char *json_percent(struct cli *c, int64_t num, int64_t den)
{
	char text[NUM_PERCENT_MAX];

	if (den <= 0 || num_percent(text, sizeof(text), num, den, 2, NUM_HALF_UP))
		return NULL;
	return arena_printf(c->arena, "%s", text);
}

const char *show_percent(struct cli *c, int64_t num, int64_t den)
{
	const char *plain = json_percent(c, num, den);
	char *text = plain ? arena_printf(c->arena, "%s%%", plain) : NULL;
	char *point = text ? strchr(text, '.') : NULL;

	if (point && lang_now() == TEXT_VI)
		*point = ',';
	return text ? text : "";
}

const char *show_day(struct cli *c, day_t d)
{
	char text[DAY_TEXT_MAX];

	return arena_printf(c->arena, "%s",
			    lang_now() == TEXT_VI ? day_slash(text, d) : day_iso(text, d));
}

const char *instant_words(char out[INSTANT_TEXT_MAX], int64_t ms)
{
	char day[DAY_TEXT_MAX], iso[INSTANT_TEXT_MAX];

	instant_iso(iso, ms); /* 2022-09-22T16:05:09.000+07:00 */
	if (lang_now() == TEXT_VI)
		snprintf(out, INSTANT_TEXT_MAX, "%s %.8s", day_slash(day, day_of_instant(ms)),
			 iso + 11);
	else
		memcpy(out, iso, sizeof(iso));
	return out;
}

const char *show_instant(struct cli *c, int64_t ms)
{
	char text[INSTANT_TEXT_MAX];

	return arena_printf(c->arena, "%s", instant_words(text, ms));
}

unsigned show_width(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80; /* NFC Vietnamese: one column a character */
	return n;
}

void show_padded(FILE *to, const char *text, unsigned width)
{
	unsigned n = show_width(text);

	fprintf(to, "%s%*s", text, n < width ? (int)(width - n) : 0, "");
}

/* ---- grid ---- */

struct grid *grid_new(struct cli *c, size_t columns)
{
	struct grid *g = arena_alloc(c->arena, sizeof(*g));

	if (!g || columns > GRID_COLUMNS_MAX)
		return NULL;
	g->c = c;
	g->columns = columns;
	g->cap = columns * GRID_ROWS_MAX;
	g->cell = arena_array(c->arena, g->cap, sizeof(*g->cell));
	return g->cell ? g : NULL;
}

void grid_cell(struct grid *g, const char *text, bool number)
{
	if (!g || g->cells == g->cap)
		return;
	g->cell[g->cells].text = text ? text : "";
	g->cell[g->cells].width = show_width(g->cell[g->cells].text);
	g->cell[g->cells++].number = number;
}

void grid_rule(struct grid *g)
{
	if (g && g->cells < g->cap)
		g->cell[g->cells].rule = true;
}

static void print_cell(FILE *out, const struct grid_cell *cell, unsigned width, bool last)
{
	unsigned pad = width - cell->width;

	if (cell->number)
		fprintf(out, "%*s%s", (int)pad, "", cell->text);
	else
		fprintf(out, "%s%*s", cell->text, last ? 0 : (int)pad, "");
	fputs(last ? "\n" : "  ", out);
}

void grid_print(struct grid *g)
{
	unsigned width[GRID_COLUMNS_MAX] = { 0 }, total = 0;

	if (!g)
		return;
	for (size_t i = 0; i < g->cells; i++)
		if (g->cell[i].width > width[i % g->columns])
			width[i % g->columns] = g->cell[i].width;
	for (size_t i = 0; i < g->columns; i++)
		total += width[i] + (i ? 2 : 0);
	for (size_t i = 0; i < g->cells; i++) {
		if (g->cell[i].rule) {
			for (unsigned k = 0; k < total; k++)
				fputc('-', g->c->out);
			fputc('\n', g->c->out);
		}
		print_cell(g->c->out, &g->cell[i], width[i % g->columns],
			   i % g->columns == g->columns - 1);
	}
}

/* ---- JSON ---- */

/* Nothing from an illustrative store goes without the mark: an object bears it, or each of a list. */
static void mark_json(struct cli *c, json_t *j)
{
	json_t *each;
	size_t i;

	if (json_is_object(j) && !json_object_get(j, "illustrative"))
		json_object_set_new(j, "illustrative",
				    ledger_info(c->store.ledger).illustrative
					    ? json_string(illustrative_mark)
					    : json_false());
	json_array_foreach(j, i, each) mark_json(c, each);
}

int show_json(struct cli *c, json_t *j)
{
	int bad;

	mark_json(c, j);
	bad = !j || json_dumpf(j, c->out, JSON_INDENT(1) | JSON_PRESERVE_ORDER);

	json_decref(j);
	fputc('\n', c->out);
	return bad ? err_set(&c->err, ERR_NOMEM, "no memory to print") : 0;
}

json_t *json_span(struct span s)
{
	return json_stringn(s.data ? (const char *)s.data : "", s.len);
}

json_t *json_day(day_t d)
{
	char text[DAY_TEXT_MAX];

	return json_string(day_iso(text, d));
}

json_t *json_instant(int64_t ms)
{
	char text[INSTANT_TEXT_MAX];

	return json_string(instant_iso(text, ms));
}

json_t *json_known(struct cli *c, uint64_t lsn, int64_t ms)
{
	struct ledger_info info = ledger_info(c->store.ledger);
	char hex[HASH_HEX_MAX];

	return json_pack("{s:s, s:I, s:o}", "incarnation", hex_encode(hex, info.incarnation, 16),
			 "lsn", (json_int_t)lsn, "time", json_instant(ms));
}
