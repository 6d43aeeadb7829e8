#include "base/text.h"

#include "utf8.h"

#include <utf8proc.h>

/* The marks of Vietnamese: three shape a letter, five are tones in the order of dictionaries. */
enum shape { SHAPE_NONE, SHAPE_BREVE, SHAPE_CIRCUMFLEX, SHAPE_HORN, SHAPE_STROKE };
enum tone { TONE_NONE, TONE_HUYEN, TONE_HOI, TONE_NGA, TONE_SAC, TONE_NANG };

static const struct {
	int32_t mark;
	enum shape shape;
	enum tone tone;
} marks[] = {
	{ 0x0302, SHAPE_CIRCUMFLEX, TONE_NONE }, { 0x0306, SHAPE_BREVE, TONE_NONE },
	{ 0x031B, SHAPE_HORN, TONE_NONE },       { 0x0300, SHAPE_NONE, TONE_HUYEN },
	{ 0x0309, SHAPE_NONE, TONE_HOI },        { 0x0303, SHAPE_NONE, TONE_NGA },
	{ 0x0301, SHAPE_NONE, TONE_SAC },        { 0x0323, SHAPE_NONE, TONE_NANG },
};

/* The 29 letters, and f j w z in their Latin places. */
static const struct {
	char base;
	enum shape shape;
} letters[] = {
	{ 'a', SHAPE_NONE },   { 'a', SHAPE_BREVE },      { 'a', SHAPE_CIRCUMFLEX },
	{ 'b', SHAPE_NONE },   { 'c', SHAPE_NONE },       { 'd', SHAPE_NONE },
	{ 'd', SHAPE_STROKE }, { 'e', SHAPE_NONE },       { 'e', SHAPE_CIRCUMFLEX },
	{ 'f', SHAPE_NONE },   { 'g', SHAPE_NONE },       { 'h', SHAPE_NONE },
	{ 'i', SHAPE_NONE },   { 'j', SHAPE_NONE },       { 'k', SHAPE_NONE },
	{ 'l', SHAPE_NONE },   { 'm', SHAPE_NONE },       { 'n', SHAPE_NONE },
	{ 'o', SHAPE_NONE },   { 'o', SHAPE_CIRCUMFLEX }, { 'o', SHAPE_HORN },
	{ 'p', SHAPE_NONE },   { 'q', SHAPE_NONE },       { 'r', SHAPE_NONE },
	{ 's', SHAPE_NONE },   { 't', SHAPE_NONE },       { 'u', SHAPE_NONE },
	{ 'u', SHAPE_HORN },   { 'v', SHAPE_NONE },       { 'w', SHAPE_NONE },
	{ 'x', SHAPE_NONE },   { 'y', SHAPE_NONE },       { 'z', SHAPE_NONE },
};

/* Signs and digits stand before letters as in ASCII, other scripts behind. */
enum { RANK_LETTERS = 0x200, RANK_OTHERS = 0x400, CP_BROKEN = 0x110000, PARTS_MAX = 16 };

/* A letter with all its marks, as far as order is concerned. */
struct glyph {
	uint32_t rank;
	enum tone tone;
	uint32_t others; /* sum of all marks: tells apart what the fields above do not */
	bool upper;
};

static int32_t cp_at(struct span text, size_t *step)
{
	int32_t cp = 0;

	*step = utf8_step(&cp, text.data, text.len);
	if (!*step) { /* not text: any fixed place will do */
		cp = CP_BROKEN + text.data[0];
		*step = 1;
	}
	return cp;
}

static bool is_blank(int32_t cp)
{
	return cp == ' ' || cp == '\t' || cp == '\n' || cp == 0xA0;
}

static bool is_mark(int32_t cp)
{
	return cp >= 0x300 && cp < CP_BROKEN &&
	       (utf8proc_category(cp) == UTF8PROC_CATEGORY_MN ||
		utf8proc_get_property(cp)->combining_class);
}

/* A word taken apart: whether it came composed or not makes no difference from here on. */
struct walk {
	struct span left;
	int32_t parts[PARTS_MAX];
	utf8proc_ssize_t count, at;
};

static bool walk_peek(struct walk *w, int32_t *cp)
{
	if (w->at == w->count) {
		int boundary = 0;
		size_t step;

		if (!w->left.len)
			return false;
		*cp = cp_at(w->left, &step);
		w->left = span_of(w->left.data + step, w->left.len - step);
		w->at = 0;
		w->count = *cp < CP_BROKEN ? utf8proc_decompose_char(*cp, w->parts, PARTS_MAX,
								     UTF8PROC_DECOMPOSE, &boundary)
					   : 0;
		if (w->count < 1 || w->count > PARTS_MAX) {
			w->parts[0] = *cp;
			w->count = 1;
		}
	}
	*cp = w->parts[w->at];
	return true;
}

static uint32_t rank_of(int32_t base, enum shape shape)
{
	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if (letters[i].base == base && letters[i].shape == shape)
			return (uint32_t)(RANK_LETTERS + i);
	return base < 0x80 ? (uint32_t)base : (uint32_t)(RANK_OTHERS + base);
}

static void mark_add(struct glyph *g, enum shape *shape, int32_t mark)
{
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (marks[i].mark != mark)
			continue;
		/* The greatest counts, and all are summed, so that the order of marks does not. */
		if (marks[i].shape > *shape)
			*shape = marks[i].shape;
		if (marks[i].tone > g->tone)
			g->tone = marks[i].tone;
	}
	g->others += (uint32_t)mark;
}

/* Take the next letter of the word with its marks; false at the end. */
static bool glyph_next(struct walk *w, struct glyph *g)
{
	enum shape shape = SHAPE_NONE;
	int32_t cp, base = 0;

	*g = (struct glyph){ 0 };
	if (!walk_peek(w, &cp))
		return false;
	if (!is_mark(cp)) {
		base = cp < CP_BROKEN ? utf8proc_tolower(cp) : cp;
		g->upper = cp != base;
		w->at++;
	}
	for (; walk_peek(w, &cp) && is_mark(cp); w->at++)
		mark_add(g, &shape, cp);
	if (base == 0x111 || base == 0xF0 || base == 0x256) { /* eth and African d look like đ */
		base = 'd';
		shape = SHAPE_STROKE;
	}
	g->rank = rank_of(base, shape);
	return true;
}

static bool word_next(struct span *text, struct span *word)
{
	size_t step;

	for (; text->len && is_blank(cp_at(*text, &step)); text->len -= step)
		text->data += step;
	*word = span_of(text->data, 0);
	for (; text->len && !is_blank(cp_at(*text, &step)); text->len -= step) {
		text->data += step;
		word->len += step;
	}
	return word->len > 0;
}

static void note(int *order, uint32_t a, uint32_t b)
{
	if (!*order)
		*order = (a > b) - (a < b);
}

/* A syllable has one tone, and people differ in the letter that bears it (hòa, hoà): the tones
 * are compared before their places. */
static int word_cmp(struct span a, struct span b, int *upper)
{
	struct walk walk_a = { .left = a }, walk_b = { .left = b };
	enum tone tone_a = TONE_NONE, tone_b = TONE_NONE;
	int tone = 0, place = 0, others = 0;

	for (;;) {
		struct glyph x, y;
		bool more_a = glyph_next(&walk_a, &x), more_b = glyph_next(&walk_b, &y);

		if (!more_a && !more_b)
			break;
		if (!more_a || !more_b)
			return more_a ? 1 : -1;
		if (x.rank != y.rank)
			return x.rank < y.rank ? -1 : 1;
		if (!tone_a)
			tone_a = x.tone;
		if (!tone_b)
			tone_b = y.tone;
		note(&place, x.tone, y.tone);
		note(&others, x.others, y.others);
		note(upper, x.upper, y.upper);
	}
	note(&tone, tone_a, tone_b);
	return tone ? tone : place ? place : others;
}

int text_vi_cmp(struct span a, struct span b)
{
	struct span word_a, word_b;
	int upper = 0;

	for (;;) {
		bool more_a = word_next(&a, &word_a), more_b = word_next(&b, &word_b);
		int order;

		if (!more_a || !more_b)
			return more_a ? 1 : more_b ? -1 : upper;
		order = word_cmp(word_a, word_b, &upper);
		if (order)
			return order;
	}
}
