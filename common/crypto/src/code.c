#include "crypto/code.h"

#include <assert.h>

enum { DATA_SYMBOLS = CODE_GROUP_SYMBOLS - 1, SYMBOLS = CODE_GROUPS * DATA_SYMBOLS };

static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

static_assert(sizeof(alphabet) == 32 + 1, "one symbol for each five bits");
static_assert(SYMBOLS * 5 == 140 && SYMBOLS * 5 <= CODE_SECRET_BYTES * 8, "bits of secret");
static_assert(CODE_TEXT_MAX == CODE_GROUPS * CODE_GROUP_SYMBOLS + (CODE_GROUPS - 1) + 1, "text");

static uint8_t twice(uint8_t v) /* in GF(32), x^5 + x^2 + 1 */
{
	return (uint8_t)((v << 1 & 31) ^ (v & 16 ? 5 : 0));
}

/* Horner: the weights are 2, 4, 8 and 16, all different and none that of the check symbol itself
 * (1), so every exchange of two symbols shows; the group's number goes in last, so every group has
 * its own checks. */
static uint8_t check_of(const uint8_t data[DATA_SYMBOLS], unsigned group)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < DATA_SYMBOLS; i++)
		sum = twice(sum ^ data[i]);
	return sum ^ (uint8_t)group;
}

static uint8_t secret_get(const struct code *c, unsigned symbol)
{
	unsigned v = 0;

	for (unsigned bit = symbol * 5; bit < symbol * 5 + 5; bit++)
		v = v << 1 | (unsigned)(c->secret[bit / 8] >> (7 - bit % 8) & 1);
	return (uint8_t)v;
}

static void secret_put(struct code *c, unsigned symbol, uint8_t v)
{
	for (unsigned i = 0; i < 5; i++) {
		unsigned bit = symbol * 5 + i;

		if (v >> (4 - i) & 1)
			c->secret[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
}

struct code code_make(const uint8_t random[CODE_RANDOM_BYTES])
{
	struct code c;

	static_assert(CODE_RANDOM_BYTES == CODE_SECRET_BYTES, "a copy");
	memcpy(c.secret, random, sizeof(c.secret));
	c.secret[CODE_SECRET_BYTES - 1] &= 0xf0;
	return c;
}

char *code_text(char out[CODE_TEXT_MAX], const struct code *c)
{
	char *to = out;

	for (unsigned g = 0; g < CODE_GROUPS; g++) {
		uint8_t data[DATA_SYMBOLS];

		if (g)
			*to++ = '-';
		for (unsigned i = 0; i < DATA_SYMBOLS; i++) {
			data[i] = secret_get(c, g * DATA_SYMBOLS + i);
			*to++ = alphabet[data[i]];
		}
		*to++ = alphabet[check_of(data, g + 1)];
	}
	*to = '\0';
	return out;
}

char code_symbol(unsigned value)
{
	assert(value < 32);
	return alphabet[value];
}

int code_symbol_value(uint8_t c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (uint8_t)(c - 'a' + 'A');
	at = c ? strchr(alphabet, c) : NULL;
	return at ? (int)(at - alphabet) : -1;
}

static int symbol_refuse(unsigned group, uint8_t c, struct err *e)
{
	if (c && strchr("0Oo1Ii", c))
		return err_set(e, ERR_INVALID,
			       "group %u: \"%c\" is not used in codes; look again which"
			       " sign stands there",
			       group, c);
	if (c >= 0x80)
		return err_set(e, ERR_INVALID,
			       "group %u: accented letters are not used in codes; switch"
			       " the Vietnamese keyboard off",
			       group);
	if (c < 0x21 || c > 0x7e)
		return err_set(e, ERR_INVALID, "group %u: a character that is not used in codes",
			       group);
	return err_set(e, ERR_INVALID, "group %u: \"%c\" is not used in codes", group, c);
}

size_t code_separator(const uint8_t *at, size_t left)
{
	if (left && (*at == '-' || *at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
		return 1;
	if (left >= 2 && at[0] == 0xc2 && at[1] == 0xa0)
		return 2;
	if (left >= 3 && at[0] == 0xe2 && at[1] == 0x80 && at[2] >= 0x90 && at[2] <= 0x95)
		return 3;
	return 0;
}

static struct span skip(struct span s)
{
	size_t n;

	while ((n = code_separator(s.data, s.len)) != 0) {
		s.data += n;
		s.len -= n;
	}
	return s;
}

/* Take one group off the front of `s`, up to five symbols or a separator. Its count in *count. */
static int group_take(struct span *s, unsigned group, uint8_t value[CODE_GROUP_SYMBOLS],
		      unsigned *count, struct err *e)
{
	*count = 0;
	while (s->len && *count < CODE_GROUP_SYMBOLS && !code_separator(s->data, s->len)) {
		int v = code_symbol_value(*s->data);

		if (v < 0)
			return symbol_refuse(group, *s->data, e);
		value[(*count)++] = (uint8_t)v;
		s->data++;
		s->len--;
	}
	return 0;
}

static int group_judge(const uint8_t value[CODE_GROUP_SYMBOLS], unsigned group, struct err *e)
{
	if (check_of(value, group) == value[DATA_SYMBOLS])
		return 0;
	for (unsigned other = 1; other <= CODE_GROUPS; other++)
		if (check_of(value, other) == value[DATA_SYMBOLS])
			return err_set(e, ERR_INVALID,
				       "group %u is mistyped, or stands in the place of"
				       " group %u: compare it with the card",
				       group, other);
	return err_set(e, ERR_INVALID, "group %u is mistyped: compare it with the card", group);
}

int code_group_check(unsigned group, struct span typed, struct err *e)
{
	uint8_t value[CODE_GROUP_SYMBOLS];
	struct span s = skip(typed);
	unsigned count;
	int rc;

	assert(group >= 1 && group <= CODE_GROUPS);
	rc = group_take(&s, group, value, &count, e);
	if (rc)
		return rc;
	s = skip(s);
	if (s.len)
		return err_set(e, ERR_INVALID, "group %u has more than five signs", group);
	return count < CODE_GROUP_SYMBOLS ? 1 : group_judge(value, group, e);
}

static int parse_groups(struct code *out, unsigned *group, struct span s, struct err *e)
{
	for (*group = 1; *group <= CODE_GROUPS; ++*group) {
		uint8_t value[CODE_GROUP_SYMBOLS];
		unsigned count;
		int rc;

		s = skip(s);
		if (!s.len) {
			unsigned found = *group - 1;

			*group = 0;
			return err_set(e, ERR_INVALID, "the code has %u groups instead of seven",
				       found);
		}
		rc = group_take(&s, *group, value, &count, e);
		if (rc)
			return rc;
		/* A short group is named before a shifted one would be: what follows is not at
		 * fault. */
		if (count < CODE_GROUP_SYMBOLS)
			return err_set(e, ERR_INVALID, "group %u has %u signs instead of five",
				       *group, count);
		rc = group_judge(value, *group, e);
		if (rc)
			return rc;
		for (unsigned i = 0; i < DATA_SYMBOLS; i++)
			secret_put(out, (*group - 1) * DATA_SYMBOLS + i, value[i]);
	}
	*group = 0;
	if (skip(s).len)
		return err_set(e, ERR_INVALID, "the code has more than seven groups");
	return 0;
}

int code_parse(struct code *out, unsigned *bad_group, struct span text, struct err *e)
{
	struct code c = { 0 };
	unsigned group;
	int rc = parse_groups(&c, &group, text, e);

	if (bad_group)
		*bad_group = group;
	if (!rc)
		*out = c;
	bytes_wipe(&c, sizeof(c));
	return rc;
}
