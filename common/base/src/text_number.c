#include "base/text.h"

#include "scan.h"

#include <inttypes.h>
#include <stdio.h>

enum { PERCENT_DECIMALS_MAX = 6 };

const char *text_number(char *out, int64_t v, enum text_lang lang)
{
	char digits[24];
	uint64_t size = v < 0 ? -(uint64_t)v : (uint64_t)v;
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, size);
	size_t used = 0;

	if (v < 0)
		out[used++] = '-';
	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			out[used++] = lang == TEXT_EN ? ',' : '.';
		out[used++] = digits[i];
	}
	out[used] = '\0';
	return out;
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/* Downwards, since the lowest int64 has no positive twin. */
static bool push_digit(int64_t *v, uint8_t digit)
{
	return !__builtin_mul_overflow(*v, 10, v) && !__builtin_sub_overflow(*v, digit - '0', v);
}

static int group_error(struct err *e, uint8_t mark, size_t digits)
{
	return err_set(
		e, ERR_INVALID,
		"%zu digits follow '%c' where a group has three, and a count has no decimals",
		digits, mark);
}

/* Whether digits and groups are right from `at` on; *mark is the separator, 0 for none. */
static int count_check(struct span text, size_t at, uint8_t *mark, struct err *e)
{
	size_t first = at, run = 0;

	*mark = 0;
	for (; at < text.len; at++) {
		uint8_t byte = text.data[at];

		if (is_digit(byte)) {
			run++;
			continue;
		}
		if (byte != '.' && byte != ',' && byte != ' ')
			return err_set(e, ERR_INVALID,
				       "only digits and group marks may stand in it");
		if (*mark && byte != *mark)
			return err_set(e, ERR_INVALID, "it has two kinds of group marks");
		if (*mark && run != 3)
			return group_error(e, *mark, run);
		if (!*mark && (run < 1 || run > 3))
			return err_set(e, ERR_INVALID,
				       "its first group is not one to three digits");
		*mark = byte;
		run = 0;
	}
	if (*mark && run != 3)
		return group_error(e, *mark, run);
	if (!*mark && !run)
		return err_set(e, ERR_INVALID, "it has no digits");
	if (*mark && text.data[first] == '0')
		return err_set(e, ERR_INVALID, "a grouped count does not begin with 0");
	return 0;
}

int text_count(int64_t *out, enum text_grouping *grouping, struct span text, struct err *e)
{
	bool negative = text.len && text.data[0] == '-';
	int64_t v = 0;
	uint8_t mark;
	int rc = count_check(text, negative, &mark, e);

	if (rc)
		return err_wrap(e, rc, "'%.*s' is not a count", scan_shown(text),
				(const char *)text.data);
	for (size_t i = negative; i < text.len; i++)
		if (is_digit(text.data[i]) && !push_digit(&v, text.data[i]))
			return err_set(e, ERR_RANGE, "'%.*s' is too large", scan_shown(text),
				       (const char *)text.data);
	if (!negative && v == INT64_MIN)
		return err_set(e, ERR_RANGE, "'%.*s' is too large", scan_shown(text),
			       (const char *)text.data);
	*out = negative ? v : -v;
	if (grouping)
		*grouping = mark == '.'   ? TEXT_DOT
			    : mark == ',' ? TEXT_COMMA
			    : mark == ' ' ? TEXT_SPACE
					  : TEXT_PLAIN;
	return 0;
}

int text_percent(int64_t *digits, unsigned *decimals, bool *comma, struct span text, struct err *e)
{
	bool negative = text.len && text.data[0] == '-';
	size_t before = 0, after = 0;
	uint8_t point = 0;
	int64_t v = 0;

	for (size_t i = negative; i < text.len; i++) {
		uint8_t byte = text.data[i];

		if (!is_digit(byte)) {
			if ((byte != '.' && byte != ',') || point || !before)
				goto wrong;
			point = byte;
			continue;
		}
		*(point ? &after : &before) += 1;
		if (!push_digit(&v, byte))
			return err_set(e, ERR_RANGE, "'%.*s' is too large", scan_shown(text),
				       (const char *)text.data);
	}
	if (!before || (point && !after) || after > PERCENT_DECIMALS_MAX)
		goto wrong;
	if (!negative && v == INT64_MIN)
		return err_set(e, ERR_RANGE, "'%.*s' is too large", scan_shown(text),
			       (const char *)text.data);
	*digits = negative ? v : -v;
	if (decimals)
		*decimals = (unsigned)after;
	if (comma)
		*comma = point == ',';
	return 0;
wrong:
	return err_set(
		e, ERR_INVALID,
		"'%.*s' is not a percentage: digits, and at most six decimals after one point "
		"or comma, without percent sign or group marks",
		scan_shown(text), (const char *)text.data);
}
