/* What may stand in a field of a record that is in clear, as words. */
#include "client/corrections.h"

#include "domain/case_count.h"

#include <stdio.h>

bool fix_many(unsigned field)
{
	return field == FIX_SOURCES || field == FIX_MARKS;
}

static const char *in_list(const char *word, unsigned value)
{
	return value ? word : "";
}

const char *fix_choice(unsigned field, unsigned value)
{
	static const char *const sources[CASE_SOURCES] = {
		[SOURCE_VETERAN] = "veteran", [SOURCE_STUDENT] = "student",
		[SOURCE_ARMED] = "armed",     [SOURCE_PRIVATE] = "private",
		[SOURCE_AGENCY] = "agency",   [SOURCE_RURAL] = "rural",
		[SOURCE_OTHER] = "other",
	};
	static const char *const yes_no[] = { "no", "yes" };
	static const char *const levels[] = { "0", "1", "2", "3", "4" };
	int64_t least, most;

	if (fix_is_sealed(field) || field >= FIX_ADMITTED || !fix_bounds(field, &least, &most))
		return NULL;
	if (field == FIX_SOURCES)
		return value < CASE_SOURCES ? sources[value] : NULL;
	if (field == FIX_MARKS)
		return (1 << value) <= PERSON_MARKS_ALL ? person_mark_code(value) : NULL;
	if (value > most)
		return NULL;
	switch (field) {
	case FIX_AGE:
		return age_band_code((enum age_band)value);
	case FIX_EDUCATION:
		return levels[value];
	case FIX_OCCUPATION:
		return in_list(person_occupation_code(value), value);
	case FIX_DEGREE:
		return in_list(person_degree_code(value), value);
	case FIX_TITLE:
		return in_list(person_title_code(value), value);
	default:
		return yes_no[value];
	}
}

/* -1: there is no such word. */
static int find_choice(unsigned field, struct span word)
{
	const char *known;

	for (unsigned i = 0; (known = fix_choice(field, i)); i++)
		if (span_eq(span_str(known), word))
			return (int)i;
	return -1;
}

static int no_word(unsigned field, struct span word, struct err *e)
{
	char band[FIX_TEXT_MAX];

	if (field >= FIX_FACT && field <= FIX_FACT_LAST)
		return err_set(e, ERR_INVALID, "%s: write yes or no", fix_code(field));
	if (field == FIX_EDUCATION)
		return err_set(e, ERR_INVALID, "education: write 0 to 4");
	if (field == FIX_AGE) {
		snprintf(band, sizeof(band), "%.*s", (int)word.len, (const char *)word.data);
		return err_set(e, ERR_INVALID, "age: there is no band %s", band);
	}
	return err_set(e, ERR_INVALID, "there is no word %.*s for this", (int)word.len,
		       (const char *)word.data);
}

static int parse_many(int64_t *out, unsigned field, struct span text, struct err *e)
{
	size_t at = 0;

	*out = 0;
	while (at < text.len) {
		const uint8_t *from = text.data + at, *comma = memchr(from, ',', text.len - at);
		struct span word = span_of(from, comma ? (size_t)(comma - from) : text.len - at);
		int bit = find_choice(field, word);

		if (bit < 0)
			return no_word(field, word, e);
		*out |= INT64_C(1) << bit;
		at += word.len + 1;
	}
	return 0;
}

int fix_parse(int64_t *out, unsigned field, struct span text, struct err *e)
{
	day_t day;
	int value, rc;

	*out = 0;
	if (field == FIX_RECOGNISED && !text.len) /* in probation after all */
		return 0;
	if (field >= FIX_ADMITTED) {
		rc = day_parse(&day, NULL, text, e);
		*out = rc ? 0 : day;
		return rc;
	}
	if (fix_many(field))
		return parse_many(out, field, text, e);
	value = find_choice(field, text);
	*out = value;
	return value < 0 ? no_word(field, text, e) : 0;
}

const char *fix_text(char out[FIX_TEXT_MAX], unsigned field, int64_t value)
{
	const char *word;

	*out = 0;
	if (field >= FIX_ADMITTED)
		return value ? day_iso(out, (day_t)value) : out;
	if (!fix_many(field)) {
		word = fix_choice(field, (unsigned)value);
		return word ? word : "";
	}
	for (unsigned i = 0; (word = fix_choice(field, i)); i++)
		if (value >> i & 1)
			snprintf(out + strlen(out), FIX_TEXT_MAX - strlen(out), "%s%s",
				 *out ? "," : "", word);
	return out;
}
