/* Text of before Unicode that somebody has already saved as UTF-8, each byte taken for a letter of Western
 * Europe: TCVN3 "Đảng bộ" then reads "§¶ng bé", VNI's "Ñaûng boä". It is well-formed, so only the words tell:
 * those with a sign that Vietnamese does not write, and that are syllables once read the right way. */
#include "base/text.h"

#include "base/buf.h"
#include "utf8.h"

#include <utf8proc.h>

/* So many different signs prove something in one field; spread over several they do in so many words of a text
 * that has no letter which only Unicode has. One alone may be somebody's name (Thaï) or a unit (µm). */
enum { SIGNS_MIN = 2, WORDS_MIN = 3, WORD_MAX = 16, SYLLABLE_MAX = 12 };

enum { TCVN3, VNI, LEGACY };
static const char *const legacy_names[LEGACY] = { "TCVN3", "VNI" };

/* ---- syllables ---- */

/* Letters as one byte each: A ă, B â, D đ, E ê, O ô, P ơ, U ư; the tones apart. */
struct syllable {
	char letters[SYLLABLE_MAX + 1];
	size_t count;
	unsigned tones;
};

static const char *const initials[] = { "",   "b",  "c", "ch", "d",  "D",  "g",   "gh", "gi", "h",
					"k",  "kh", "l", "m",  "n",  "ng", "ngh", "nh", "p",  "ph",
					"qu", "r",  "s", "t",  "th", "tr", "v",   "x" };
/* Vowels by what may stand behind them: anything or nothing, nothing, or always a consonant. */
static const char *const nuclei[] = { "a", "e", "E", "i",  "o",  "O",  "P",
				      "u", "U", "y", "oa", "oe", "uE", "uy" };
static const char *const open_nuclei[] = {
	"ai",  "ao",  "au",  "ay",  "Bu",  "By",  "eo",  "Eu",  "ia",  "iu",  "oi",
	"Oi",  "Pi",  "ua",  "ui",  "uP",  "Ua",  "Ui",  "Uu",  "iEu", "yEu", "oai",
	"oao", "oay", "oeo", "uao", "uBy", "uOi", "uya", "uyu", "UPi", "UPu", "uEu",
};
static const char *const closed_nuclei[] = { "A",  "B",  "iE", "yE", "oo",
					     "UP", "uO", "oA", "uB", "uyE" };
static const char *const finals[] = { "c", "ch", "m", "n", "ng", "nh", "p", "t" };

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Is it one of the finals? Those with h stand behind bright vowels alone. */
static bool is_final(const char *rest, char vowel)
{
	for (size_t i = 0; i < ARRAY_LEN(finals); i++)
		if (!strcmp(rest, finals[i]))
			return finals[i][1] != 'h' || strchr("aEiy", vowel);
	return false;
}

static bool is_rhyme(const char *text, const char *const *list, size_t count, bool open,
		     bool closed)
{
	for (size_t i = 0; i < count; i++) {
		const char *rest = text + strlen(list[i]);

		if (begins(text, list[i]) &&
		    ((open && !*rest) || (closed && is_final(rest, rest[-1]))))
			return true;
	}
	return false;
}

static bool is_syllable(const struct syllable *s)
{
	if (s->tones > 1)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(initials); i++) {
		const char *rest = s->letters + strlen(initials[i]);

		if (begins(s->letters, initials[i]) &&
		    (is_rhyme(rest, nuclei, ARRAY_LEN(nuclei), true, true) ||
		     is_rhyme(rest, open_nuclei, ARRAY_LEN(open_nuclei), true, false) ||
		     is_rhyme(rest, closed_nuclei, ARRAY_LEN(closed_nuclei), false, true)))
			return true;
	}
	return false;
}

/* A mark of quality changes the letter before it; false for what Vietnamese does not write. */
static bool add_mark(struct syllable *s, int32_t mark)
{
	static const struct {
		int32_t mark;
		char plain, marked;
	} qualities[] = {
		{ 0x302, 'a', 'B' }, { 0x302, 'e', 'E' }, { 0x302, 'o', 'O' },
		{ 0x306, 'a', 'A' }, { 0x31B, 'o', 'P' }, { 0x31B, 'u', 'U' },
	};
	char *last = s->count ? &s->letters[s->count - 1] : NULL;

	if (mark == 0x300 || mark == 0x301 || mark == 0x303 || mark == 0x309 || mark == 0x323) {
		s->tones++;
		return last && strchr("aABeEioOPuUy", *last);
	}
	for (size_t i = 0; last && i < ARRAY_LEN(qualities); i++) {
		if (qualities[i].mark == mark && qualities[i].plain == *last) {
			*last = qualities[i].marked;
			return true;
		}
	}
	return false;
}

static bool add_letter(struct syllable *s, int32_t cp)
{
	int32_t lower = utf8proc_tolower(cp);

	if (lower >= 0x300 && lower < 0x370)
		return add_mark(s, lower);
	if (lower == 0x111)
		lower = 'D';
	else if (lower < 'a' || lower > 'z')
		return false;
	if (s->count == SYLLABLE_MAX)
		return false;
	s->letters[s->count++] = (char)lower;
	return true;
}

/* `text` is UTF-8 of one word. */
static bool reads_as_syllable(struct span text)
{
	struct syllable s = { .count = 0 };
	size_t at = 0;

	while (at < text.len) {
		utf8proc_int32_t parts[8];
		int boundary = 0;
		int32_t cp;
		size_t step = utf8_step(&cp, text.data + at, text.len - at);
		utf8proc_ssize_t count;

		if (!step)
			return false;
		at += step;
		count = utf8proc_decompose_char(cp, parts, ARRAY_LEN(parts), UTF8PROC_DECOMPOSE,
						&boundary);
		for (utf8proc_ssize_t i = 0; i < count; i++)
			if (!add_letter(&s, parts[i]))
				return false;
	}
	return is_syllable(&s);
}

/* ---- words and fields ---- */

/* Above ASCII, and a letter neither of Vietnamese nor above what one byte can hold. */
static bool is_strange(int32_t cp)
{
	return cp > 0xA0 && cp <= 0xFF &&
	       !memchr("\xC0\xC1\xC2\xC3\xC8\xC9\xCA\xCC\xCD\xD2\xD3\xD4\xD5\xD9\xDA\xDD"
		       "\xE0\xE1\xE2\xE3\xE8\xE9\xEA\xEC\xED\xF2\xF3\xF4\xF5\xF9\xFA\xFD",
		       cp, 32);
}

/* Letters that no byte of an old font became: somebody wrote Unicode here. */
static bool is_unicode_letter(int32_t cp)
{
	return (cp >= 0x100 && cp < 0x250) || (cp >= 0x300 && cp < 0x370) ||
	       (cp >= 0x1E00 && cp < 0x1F00);
}

struct word {
	uint8_t bytes[WORD_MAX]; /* as the old font had them */
	size_t count;
	bool too_long;
};

struct signs {
	uint8_t bytes[LEGACY][16]; /* each once */
	size_t count[LEGACY];
};

struct misread {
	struct word word;
	struct signs field, text; /* strange ones in words that read well */
	size_t words[LEGACY];     /* of these, in the text */
	size_t field_at, first_at[LEGACY];
	bool field_unicode, text_unicode; /* there are letters that only Unicode has */
};

/* A sign that Vietnamese does not write, or a capital that stands behind a small letter. */
static bool strange_at(const struct word *w, size_t i)
{
	uint8_t byte = w->bytes[i], before = i ? w->bytes[i - 1] : 0;

	return is_strange(byte) || (byte >= 0xC0 && byte <= 0xDE && before >= 'a' && before <= 'z');
}

/* Ñ and ñ are letters of peoples of the highlands; VNI's đ proves nothing alone. */
static bool proves(size_t legacy, const struct word *w, size_t i)
{
	return strange_at(w, i) && (legacy != VNI || (w->bytes[i] | 0x20) != 0xF1);
}

static void add_sign(struct signs *s, size_t legacy, uint8_t byte)
{
	size_t *count = &s->count[legacy];

	if (*count < sizeof(s->bytes[legacy]) && !memchr(s->bytes[legacy], byte, *count))
		s->bytes[legacy][(*count)++] = byte;
}

static void note_signs(struct misread *m, size_t legacy)
{
	bool proof = false;

	for (size_t i = 0; i < m->word.count; i++) {
		uint8_t byte = m->word.bytes[i];

		if (!proves(legacy, &m->word, i))
			continue;
		proof = true;
		add_sign(&m->field, legacy, byte);
		add_sign(&m->text, legacy, byte);
	}
	if (proof && !m->words[legacy]++)
		m->first_at[legacy] = m->field_at;
}

static void word_ends(struct misread *m)
{
	struct word *w = &m->word;
	bool strange = false;

	for (size_t i = 0; i < w->count; i++)
		strange |= strange_at(w, i);
	/* one sign alone is a sign: a half, a bullet */
	for (size_t k = 0; strange && !w->too_long && w->count > 1 && k < LEGACY; k++) {
		struct buf utf8;

		buf_init(&utf8, 8 * WORD_MAX);
		if (!text_from_legacy(&utf8, span_of(w->bytes, w->count), legacy_names[k], NULL) &&
		    reads_as_syllable(buf_span(&utf8)))
			note_signs(m, k);
		buf_fini(&utf8);
	}
	*w = (struct word){ .count = 0 };
}

/* Enough different signs, and more than the other encoding would explain? */
static const char *judge(const struct signs *s)
{
	for (size_t k = 0; k < LEGACY; k++)
		if (s->count[k] >= SIGNS_MIN && s->count[k] >= s->count[!k])
			return legacy_names[k];
	return NULL;
}

static const char *field_ends(struct misread *m, size_t *at)
{
	const char *found;

	word_ends(m);
	found = m->field_unicode ? NULL : judge(&m->field);
	if (found)
		*at = m->field_at;
	m->text_unicode |= m->field_unicode;
	m->field_unicode = false;
	m->field.count[TCVN3] = m->field.count[VNI] = 0;
	return found;
}

/* Signs that are too few in each field. */
static const char *text_ends(const struct misread *m, size_t *at)
{
	const char *found = m->text_unicode ? NULL : judge(&m->text);
	size_t k = found == legacy_names[VNI] ? VNI : TCVN3;

	if (!found || m->words[k] < WORDS_MIN)
		return NULL;
	*at = m->first_at[k];
	return found;
}

static void take(struct misread *m, int32_t cp)
{
	struct word *w = &m->word;

	m->field_unicode |= is_unicode_letter(cp);
	if (cp > 0xFF) {
		w->too_long = true; /* of no old font */
	} else if ((cp >= 'A' && cp <= 'Z') || (cp >= 'a' && cp <= 'z') || cp > 0xA0) {
		if (w->count < WORD_MAX)
			w->bytes[w->count++] = (uint8_t)cp;
		else
			w->too_long = true;
	} else {
		word_ends(m);
	}
}

const char *text_guess_misread(struct span text, size_t *at)
{
	struct misread m = { .field_at = 0 };
	const char *found = NULL;
	size_t i = 0;

	while (i < text.len && !found) {
		int32_t cp;
		size_t step = utf8_step(&cp, text.data + i, text.len - i);

		if (!step)
			return NULL; /* not UTF-8: text_guess_legacy() is the one to ask */
		if (cp == ',' || cp == ';' || cp == '\n' || cp == '\t' || cp == '"') {
			found = field_ends(&m, at);
			m.field_at = i + step;
		} else {
			take(&m, cp);
		}
		i += step;
	}
	if (!found)
		found = field_ends(&m, at);
	return found ? found : text_ends(&m, at);
}
