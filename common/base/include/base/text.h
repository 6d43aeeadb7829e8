/* Vietnamese text: valid UTF-8 in NFC, found without diacritics, sorted the Vietnamese way; numbers
 * as people write them. The order and folding are a table of ours, since a bare machine has no
 * Vietnamese locale and C libraries sort đ after z. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/err.h"
#include "base/span.h"

enum text_lang { TEXT_VI, TEXT_EN };

/* Whole, well-formed UTF-8 without NUL and without control characters other than tab and newline.
 * *bad_at is the offset of the first bad byte (may be NULL). */
bool text_valid(struct span text, size_t *bad_at);

/* What an invalid text probably is: "TCVN3", "VNI", "UTF-16", or NULL when nothing fits. */
const char *text_guess_legacy(struct span text);

/* Valid UTF-8 made of old text whose bytes were taken for Western letters ("§¶ng bé" or "Ñaûng boä" for "Đảng
 * bộ"): "TCVN3" or "VNI", and *at where the first field (between commas, semicolons, quotes, tabs, line ends) begins
 * that shows it. NULL for what is none, a foreign name or sign among Vietnamese included. */
const char *text_guess_misread(struct span text, size_t *at);

/* Append what `text` says in "TCVN3" or "VNI" (as guessed above) as UTF-8, not composed: text_nfc() and the CSV
 * reader do that. Capitals of TCVN3 live in fonts of their own (.VnTimeH), which the bytes do not tell: such a
 * letter comes out small. -ERR_INVALID at a byte that is no letter, -ERR_UNSUPPORTED for another encoding. */
struct buf;
int text_from_legacy(struct buf *out, struct span text, const char *encoding, struct err *e);

/* Copy into `out` as NFC, NUL-terminated. -ERR_INVALID when not valid UTF-8, -ERR_RANGE when it
 * does not fit. *len without the NUL, may be NULL. */
int text_nfc(char *out, size_t out_len, size_t *len, struct span text, struct err *e);

/* Lower case, no diacritics, đ as d, runs of blanks as one: what a search compares. Same returns. */
int text_fold(char *out, size_t out_len, size_t *len, struct span text, struct err *e);

/* Capitals, letter by letter. Same returns. */
int text_upper(char *out, size_t out_len, size_t *len, struct span text, struct err *e);

/* Compare as a Vietnamese dictionary does: word by word; in a word first by the 29 letters
 * a ă â b c d đ e ê g h i k l m n o ô ơ p q r s t u ư v x y (f j w z in their Latin places), then by
 * tone (none, huyền, hỏi, ngã, sắc, nặng). Only texts that are the same in all words are told apart
 * by their case, lower before upper. NFC and NFD are equal.
 * <0, 0, >0. */
int text_vi_cmp(struct span a, struct span b);

/* How many columns of a terminal it takes: marks that combine take none, wide letters two. */
unsigned text_columns(const char *text);

/* "1.336" (vi) or "1,336" (en). `out` holds TEXT_NUMBER_MAX bytes. Returns out. */
enum { TEXT_NUMBER_MAX = 48 };
const char *text_number(char *out, int64_t v, enum text_lang lang);

/* The style in which a count was written; two styles in one column are refused. */
enum text_grouping { TEXT_PLAIN, TEXT_DOT, TEXT_COMMA, TEXT_SPACE };

/* A count: `1336`, or `1.336`, `1,336`, `1 336` only where every group has three digits; an optional
 * leading minus. *grouping says which. -ERR_INVALID with the reason, -ERR_RANGE beyond int64. */
int text_count(int64_t *out, enum text_grouping *grouping, struct span text, struct err *e);

/* A printed percentage `81.46` or `81,46` with 0..6 decimals, as an integer of `decimals` digits
 * after the point (8146, 2). *comma says which point was used, false without decimals. */
int text_percent(int64_t *digits, unsigned *decimals, bool *comma, struct span text, struct err *e);
#endif
