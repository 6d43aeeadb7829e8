#include "base/csv.h"

#include "base/buf.h"
#include "base/text.h"
#include "nearest.h"
#include "utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	COLUMNS_MAX = 64,
	ROW_BYTES_MAX = 1 << 20,
	NFC_GROWTH_MAX = 3,
	LABEL_MAX = 24,
	MEANT_MAX = 160
};

enum fault { ROW_READ, ROW_NONE, ROW_OPEN_QUOTE, ROW_AFTER_QUOTE, ROW_STRAY_QUOTE };

struct csv {
	struct span text;
	const struct csv_column *columns;
	size_t count;
	uint8_t delimiter;
	struct span raw[COLUMNS_MAX];  /* as they stand in the file, without the quotes around */
	size_t column_of[COLUMNS_MAX]; /* field of the file -> columns[] */
	size_t fields;                 /* in the header */
	size_t at, line;               /* where the next row begins */
	size_t row_line;
	struct arena *arena;
};

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

static bool line_ends(struct span text, size_t at)
{
	return at >= text.len || text.data[at] == '\n' ||
	       (text.data[at] == '\r' && at + 1 < text.len && text.data[at + 1] == '\n');
}

static size_t line_after(struct span text, size_t at)
{
	const uint8_t *end = at < text.len ? memchr(text.data + at, '\n', text.len - at) : NULL;

	return end ? (size_t)(end - text.data) + 1 : text.len;
}

/* One field from *at on, up to the delimiter or the end of its line. */
static enum fault field_read(struct csv *c, size_t *at, struct span *out)
{
	const uint8_t *d = c->text.data;
	size_t i = *at, begin;

	while (i < c->text.len && is_blank(d[i]))
		i++;
	begin = i;
	if (i == c->text.len || d[i] != '"') {
		for (; !line_ends(c->text, i) && d[i] != c->delimiter; i++)
			if (d[i] == '"')
				return ROW_STRAY_QUOTE;
		*out = span_of(d + begin, i - begin);
		*at = i;
		return ROW_READ;
	}
	for (begin = ++i; i < c->text.len; i++) {
		c->line += d[i] == '\n';
		if (d[i] != '"')
			continue;
		if (i + 1 == c->text.len || d[i + 1] != '"')
			break;
		i++; /* doubled */
	}
	if (i == c->text.len)
		return ROW_OPEN_QUOTE;
	*out = span_of(d + begin, i - begin);
	for (i++; i < c->text.len && is_blank(d[i]); i++)
		;
	*at = i;
	return line_ends(c->text, i) || d[i] == c->delimiter ? ROW_READ : ROW_AFTER_QUOTE;
}

/* The next row into raw[]; *count may exceed what raw[] holds, or is the field at fault. After a
 * fault reading goes on behind the row's first line: where a quote is wrong, nobody knows how many
 * lines were meant to be inside. */
static enum fault row_read(struct csv *c, size_t *count)
{
	size_t at = c->at, first_line = c->line;

	*count = 0;
	c->row_line = first_line;
	if (at >= c->text.len)
		return ROW_NONE;
	for (;;) {
		struct span field;
		enum fault fault = field_read(c, &at, &field);

		if (fault) {
			c->at = line_after(c->text, c->at);
			c->line = first_line + 1;
			return fault;
		}
		if (*count < COLUMNS_MAX)
			c->raw[*count] = field;
		(*count)++;
		if (line_ends(c->text, at))
			break;
		at++;
	}
	c->at = line_after(c->text, at);
	c->line++;
	return ROW_READ;
}

static struct span trim(struct span s)
{
	for (;;) {
		if (s.len && (is_blank(s.data[0]) || s.data[0] == '\n' || s.data[0] == '\r'))
			s = span_of(s.data + 1, s.len - 1);
		else if (s.len > 1 && s.data[0] == 0xC2 && s.data[1] == 0xA0) /* no-break space */
			s = span_of(s.data + 2, s.len - 2);
		else
			break;
	}
	for (;;) {
		const uint8_t *last = s.data + s.len - (s.len > 0);

		if (s.len && (is_blank(*last) || *last == '\n' || *last == '\r'))
			s.len--;
		else if (s.len > 1 && *last == 0xA0 && last[-1] == 0xC2)
			s.len -= 2;
		else
			return s;
	}
}

/* The field's meaning: quotes halved, CR of a line end inside quotes dropped, trimmed, NFC. */
static int field_value(struct csv *c, struct span in, struct span *out, struct err *e)
{
	bool ascii = true;
	size_t room, len = 0;
	char *text;
	int rc;

	if (memchr(in.data, '"', in.len) || memchr(in.data, '\r', in.len)) {
		uint8_t *copy = arena_alloc(c->arena, in.len);

		if (!copy)
			goto too_long;
		for (size_t i = 0; i < in.len; i++) {
			if (in.data[i] != '\r')
				copy[len++] = in.data[i];
			i += in.data[i] == '"';
		}
		in = span_of(copy, len);
	}
	*out = in = trim(in);
	for (size_t i = 0; i < in.len; i++)
		ascii = ascii && in.data[i] < 0x80;
	if (ascii)
		return 0;
	if (in.len > ROW_BYTES_MAX)
		goto too_long;
	room = in.len * NFC_GROWTH_MAX + 1;
	text = arena_alloc(c->arena, room);
	if (!text)
		goto too_long;
	rc = text_nfc(text, room, &len, in, e);
	*out = span_of(text, len);
	return rc;
too_long:
	return err_set(e, ERR_NOMEM, "the row is too long");
}

/* Put the place in front: by the column's name once the header is known, else by its number. */
static int at_field(const struct csv *c, size_t line, size_t field, int rc, struct err *e)
{
	char number[LABEL_MAX];
	const char *name = number;

	snprintf(number, sizeof(number), "%zu", field + 1);
	if (field < c->fields && field < ARRAY_LEN(c->column_of))
		name = c->columns[c->column_of[field]].name;
	return err_wrap(e, rc, "line %zu, column %s", line, name);
}

static int quote_error(enum fault fault, struct err *e)
{
	if (fault == ROW_OPEN_QUOTE)
		return err_set(e, ERR_INVALID, "the quote is never closed");
	if (fault == ROW_AFTER_QUOTE)
		return err_set(e, ERR_INVALID, "text behind the closing quote");
	return err_set(e, ERR_INVALID, "a quote inside a field that does not begin with one");
}

/* The line and field that the byte at `at` is in. */
static size_t field_at(struct csv *c, size_t at, size_t *line)
{
	size_t fields, field = 0;

	do {
		enum fault fault = row_read(c, &fields);

		field = fault ? fields : 0;
		for (size_t i = 0; !fault && i < fields && i < COLUMNS_MAX; i++)
			if (c->raw[i].data <= c->text.data + at)
				field = i;
	} while (c->at <= at && c->at < c->text.len);
	*line = 1;
	for (size_t i = 0; i < at; i++)
		*line += c->text.data[i] == '\n';
	return field;
}

/* The field at `at` as its author meant it, to recognise it by. */
static int misread_error(struct csv *c, size_t at, const char *encoding, struct err *e)
{
	size_t line, field = field_at(c, at, &line), len = 0;
	struct span shown = { NULL, 0 };
	char meant[MEANT_MAX] = "";
	struct buf bytes, utf8;

	buf_init(&bytes, MEANT_MAX);
	buf_init(&utf8, 4 * MEANT_MAX);
	if (field < COLUMNS_MAX)
		shown = c->raw[field];
	for (size_t i = 0; i < shown.len; i += len) {
		int32_t cp;

		len = utf8_step(&cp, shown.data + i, shown.len - i);
		if (!len || cp > 0xFF)
			break;
		buf_u8(&bytes, (uint8_t)cp);
	}
	if (!bytes.failed && !text_from_legacy(&utf8, buf_span(&bytes), encoding, NULL))
		(void)text_nfc(meant, sizeof(meant), NULL, buf_span(&utf8), NULL);
	buf_fini(&bytes);
	buf_fini(&utf8);
	return at_field(
		c, line, field,
		err_set(e, ERR_INVALID,
			"'%.*s' is probably '%s' in %s, saved as if it were UTF-8: convert the "
			"original file to Unicode, then import that",
			(int)shown.len, (const char *)shown.data, meant, encoding),
		e);
}

/* Say where and what the byte at `bad` is. */
static int encoding_error(struct csv *c, size_t bad, struct err *e)
{
	const char *guess = text_guess_legacy(c->text);
	size_t line, field = field_at(c, bad, &line);
	int32_t cp;
	int rc;

	if (guess)
		rc = err_set(e, ERR_INVALID, "not UTF-8 but probably %s: save the file as UTF-8",
			     guess);
	else if (utf8_step(&cp, c->text.data + bad, c->text.len - bad))
		rc = err_set(e, ERR_INVALID, "control character 0x%02x", (unsigned)cp);
	else
		rc = err_set(e, ERR_INVALID, "byte 0x%02x is not UTF-8: save the file as UTF-8",
			     (unsigned)c->text.data[bad]);
	return at_field(c, line, field, rc, e);
}

/* Whichever of the two the header has more of, outside quotes. */
static uint8_t find_delimiter(struct span text, size_t at)
{
	size_t commas = 0, semicolons = 0;
	bool quoted = false;

	for (; at < text.len && (quoted || text.data[at] != '\n'); at++) {
		quoted ^= text.data[at] == '"';
		commas += !quoted && text.data[at] == ',';
		semicolons += !quoted && text.data[at] == ';';
	}
	return semicolons > commas ? ';' : ',';
}

static int unknown_column(const struct csv *c, struct span name, struct err *e)
{
	struct nearest n = nearest_to(name);

	if (!name.len)
		return err_set(e, ERR_INVALID, "the column has no name");
	for (size_t i = 0; i < c->count; i++)
		nearest_try(&n, c->columns[i].name);
	if (n.name)
		return err_set(e, ERR_INVALID, "unknown column '%.*s', perhaps '%s'", (int)name.len,
			       (const char *)name.data, n.name);
	return err_set(
		e, ERR_INVALID,
		"unknown column '%.*s': take it out, or give it the name of a column of this "
		"file",
		(int)name.len, (const char *)name.data);
}

/* The column of field `field`; it must not have come before. */
static int match_field(struct csv *c, size_t field, struct err *e)
{
	struct span name;
	size_t column = 0;
	int rc = field_value(c, c->raw[field], &name, e);

	if (rc)
		return rc;
	while (column < c->count && !span_eq(name, span_str(c->columns[column].name)))
		column++;
	if (column == c->count)
		return unknown_column(c, name, e);
	for (size_t before = 0; before < field; before++)
		if (c->column_of[before] == column)
			return err_set(e, ERR_INVALID, "column '%s' stands twice",
				       c->columns[column].name);
	c->column_of[field] = column;
	return 0;
}

static int header_read(struct csv *c, struct err *e)
{
	size_t count;
	enum fault fault = row_read(c, &count);

	if (fault == ROW_NONE)
		return at_field(c, c->row_line, 0,
				err_set(e, ERR_INVALID, "there is no header row"), e);
	if (fault)
		return at_field(c, c->row_line, count, quote_error(fault, e), e);
	if (count > COLUMNS_MAX)
		return at_field(c, c->row_line, COLUMNS_MAX,
				err_set(e, ERR_INVALID, "more than %d columns", COLUMNS_MAX), e);
	for (size_t i = 0; i < count; i++) {
		int rc = match_field(c, i, e);

		if (rc)
			return at_field(c, c->row_line, i, rc, e);
	}
	for (size_t column = 0; column < c->count; column++) {
		bool found = !c->columns[column].required;

		for (size_t i = 0; i < count; i++)
			found |= c->column_of[i] == column;
		if (!found)
			return err_wrap(e, err_set(e, ERR_INVALID, "the column is missing"),
					"line %zu, column %s", c->row_line,
					c->columns[column].name);
	}
	c->fields = count;
	return 0;
}

static void skip_empty_lines(struct csv *c)
{
	while (c->at < c->text.len && line_ends(c->text, c->at)) {
		c->at = line_after(c->text, c->at);
		c->line++;
	}
}

int csv_open(struct csv **out, struct span text, const struct csv_column *columns, size_t count,
	     struct err *e)
{
	struct csv *c = calloc(1, sizeof(*c));
	const char *misread;
	size_t bad = 0;
	bool sound;
	int rc = 0;

	*out = NULL;
	if (c)
		c->arena = arena_new(ROW_BYTES_MAX);
	if (!c || !c->arena) {
		csv_close(c);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	if (text.len >= 3 && !memcmp(text.data, "\xEF\xBB\xBF", 3))
		text = span_of(text.data + 3, text.len - 3);
	c->text = text;
	c->columns = columns;
	c->count = count;
	c->line = c->row_line = 1;
	skip_empty_lines(c);
	c->delimiter = find_delimiter(text, c->at);
	sound = utf8_check(text, true, &bad);
	if (sound || bad >= line_after(text, c->at))
		rc = header_read(c, e);
	if (!rc && !sound)
		rc = encoding_error(c, bad, e);
	misread = rc ? NULL : text_guess_misread(text, &bad);
	if (misread)
		rc = misread_error(c, bad, misread, e);
	if (rc)
		csv_close(c);
	else
		*out = c;
	return rc;
}

void csv_close(struct csv *c)
{
	if (!c)
		return;
	arena_free(c->arena);
	free(c);
}

static bool row_empty(const struct csv *c, size_t count)
{
	for (size_t i = 0; i < count && i < COLUMNS_MAX; i++)
		if (trim(c->raw[i]).len)
			return false;
	return true;
}

/* A number of fields other than the header's: said at the first that is missing or too many. */
static int width_error(const struct csv *c, size_t count, struct err *e)
{
	int rc;

	if (count < c->fields)
		rc = err_set(e, ERR_INVALID, "the row ends after %zu of %zu fields", count,
			     c->fields);
	else
		rc = err_set(e, ERR_INVALID, "the row has %zu fields, the header %zu", count,
			     c->fields);
	return at_field(c, c->row_line, count < c->fields ? count : c->fields, rc, e);
}

int csv_next(struct csv *c, struct span *fields, struct err *e)
{
	size_t count;

	do {
		enum fault fault = row_read(c, &count);

		if (fault == ROW_NONE)
			return 0;
		if (fault)
			return at_field(c, c->row_line, count, quote_error(fault, e), e);
	} while (row_empty(c, count));
	if (count != c->fields)
		return width_error(c, count, e);
	arena_reset(c->arena);
	for (size_t i = 0; i < c->count; i++)
		fields[i] = span_of(NULL, 0);
	for (size_t i = 0; i < count; i++) {
		const struct csv_column *column = &c->columns[c->column_of[i]];
		struct span *value = &fields[c->column_of[i]];
		int rc = field_value(c, c->raw[i], value, e);

		if (!rc && !value->len && column->required && !column->may_be_empty)
			rc = err_set(e, ERR_INVALID, "the field is empty");
		if (rc)
			return at_field(c, c->row_line, i, rc, e);
	}
	return 1;
}

size_t csv_line(const struct csv *c)
{
	return c->row_line;
}
