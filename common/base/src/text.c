#include "base/text.h"

#include "utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

/* Composition shortens a text by less than this factor. */
enum { NFC_SHRINK_MAX = 3 };

bool text_valid(struct span text, size_t *bad_at)
{
	return utf8_check(text, false, bad_at);
}

static int check(struct span text, struct err *e)
{
	size_t at = 0;

	if (!text_valid(text, &at))
		return err_set(e, ERR_INVALID, "not well-formed text: byte 0x%02x at offset %zu",
			       (unsigned)text.data[at], at);
	return 0;
}

static int too_long(size_t out_len, struct err *e)
{
	return err_set(e, ERR_RANGE, "text of more than %zu bytes", out_len ? out_len - 1 : 0);
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] >= 0x80)
			return false;
	return true;
}

static int give(char *out, size_t out_len, size_t *len, const void *text, size_t text_len,
		struct err *e)
{
	if (text_len >= out_len)
		return too_long(out_len, e);
	if (text_len)
		memmove(out, text, text_len);
	out[text_len] = '\0';
	if (len)
		*len = text_len;
	return 0;
}

int text_nfc(char *out, size_t out_len, size_t *len, struct span text, struct err *e)
{
	utf8proc_uint8_t *composed = NULL;
	utf8proc_ssize_t got;
	int rc = check(text, e);

	if (rc)
		return rc;
	if (is_ascii(text))
		return give(out, out_len, len, text.data, text.len, e);
	if (text.len / NFC_SHRINK_MAX >= out_len)
		return too_long(out_len, e); /* before memory is spent on it */
	got = utf8proc_map(text.data, (utf8proc_ssize_t)text.len, &composed,
			   UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	if (got < 0)
		return err_set(e, got == UTF8PROC_ERROR_NOMEM ? ERR_NOMEM : ERR_INVALID,
			       "text cannot be normalised");
	rc = give(out, out_len, len, composed, (size_t)got, e);
	free(composed);
	return rc;
}

static bool is_blank(int32_t cp)
{
	utf8proc_category_t category;

	if (cp < 0x80)
		return cp == ' ' || cp == '\t' || cp == '\n';
	category = utf8proc_category(cp);
	return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
	       category == UTF8PROC_CATEGORY_ZP;
}

/* One character as what a search compares. The stroke of đ is no mark that Unicode would take off,
 * and eth and African d look the same, so converted files have them in its place. */
static size_t fold_char(uint8_t out[64], int32_t cp)
{
	int32_t parts[16];
	int boundary = 0;
	size_t len = 0;
	utf8proc_ssize_t count = utf8proc_decompose_char(
		cp, parts, 16,
		UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
		&boundary);

	for (utf8proc_ssize_t i = 0; i < count && i < 16; i++) {
		int32_t part = parts[i];

		if (part == 0x111 || part == 0xF0 || part == 0x256)
			part = 'd';
		len += (size_t)utf8proc_encode_char(part, out + len);
	}
	return len;
}

int text_fold(char *out, size_t out_len, size_t *len, struct span text, struct err *e)
{
	size_t used = 0, step;
	bool blank = false;
	int rc = check(text, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < text.len; i += step) {
		uint8_t folded[64];
		size_t folded_len;
		int32_t cp = 0;

		step = utf8_step(&cp, text.data + i, text.len - i);
		if (is_blank(cp)) {
			blank = used > 0;
			continue;
		}
		folded_len = fold_char(folded, cp);
		if (!folded_len)
			continue;
		if (used + blank + folded_len >= out_len)
			return too_long(out_len, e);
		if (blank)
			out[used++] = ' ';
		blank = false;
		memcpy(out + used, folded, folded_len);
		used += folded_len;
	}
	return give(out, out_len, len, out, used, e);
}

int text_upper(char *out, size_t out_len, size_t *len, struct span text, struct err *e)
{
	size_t used = 0, step;
	int rc = check(text, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < text.len; i += step) {
		uint8_t letter[4];
		size_t letter_len;
		int32_t cp = 0;

		step = utf8_step(&cp, text.data + i, text.len - i);
		letter_len = (size_t)utf8proc_encode_char(utf8proc_toupper(cp), letter);
		if (used + letter_len >= out_len)
			return too_long(out_len, e);
		memcpy(out + used, letter, letter_len);
		used += letter_len;
	}
	return give(out, out_len, len, out, used, e);
}

unsigned text_columns(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text);
	unsigned columns = 0;

	while (left) {
		int32_t cp;
		size_t took = utf8_step(&cp, at, left);
		int width = took ? utf8proc_charwidth(cp) : 1; /* not UTF-8: a mark for each byte */

		columns += width > 0 ? (unsigned)width : 0;
		at += took ? took : 1;
		left -= took ? took : 1;
	}
	return columns;
}
