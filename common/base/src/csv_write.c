#include "base/csv.h"

#include "base/buf.h"

static bool is_number(struct span s)
{
	size_t digits = 0;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t byte = s.data[i];
		bool digit = byte >= '0' && byte <= '9';

		digits += digit;
		if (!digit && !(i == 0 && (byte == '-' || byte == '+')) &&
		    !(digits && (byte == '.' || byte == ',' || byte == ' ')))
			return false;
	}
	return digits > 0;
}

static bool runs_as_formula(struct span s)
{
	return s.len && memchr("=+-@\t\r", s.data[0], 6) && !is_number(s);
}

static bool needs_quotes(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (memchr(",;\"\r\n", s.data[i], 5))
			return true;
	/* A reader would trim these. */
	return s.len && (s.data[0] == ' ' || s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t');
}

void csv_field(struct buf *out, struct span field, bool first)
{
	bool quoted = needs_quotes(field);

	if (!first)
		buf_u8(out, ',');
	if (quoted)
		buf_u8(out, '"');
	if (runs_as_formula(field))
		buf_u8(out, '\'');
	while (quoted && field.len) {
		const uint8_t *quote = memchr(field.data, '"', field.len);
		size_t take = quote ? (size_t)(quote - field.data) + 1 : field.len;

		buf_bytes(out, span_of(field.data, take));
		if (quote)
			buf_u8(out, '"');
		field = span_of(field.data + take, field.len - take);
	}
	buf_bytes(out, field);
	if (quoted)
		buf_u8(out, '"');
}
