#include "report/letter.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { PLACE_MAX = 64, WIDTH_MAX = 200 };

struct filling {
	struct buf *out;
	const struct letter_value *values;
	size_t count, line; /* from 1 */
	struct err *e;
};

static int find(const struct filling *f, struct span name, const char **text)
{
	for (size_t i = 0; i < f->count; i++) {
		if (!span_eq(name, span_str(f->values[i].name)))
			continue;
		*text = f->values[i].text ? f->values[i].text : "";
		return 0;
	}
	return err_set(f->e, ERR_NOTFOUND, "line %zu: there is no place called %.*s", f->line,
		       (int)(name.len < PLACE_MAX ? name.len : PLACE_MAX), (const char *)name.data);
}

static int bad(const struct filling *f)
{
	return err_set(f->e, ERR_INVALID, "line %zu: a place is {name} or {name:40}; a brace is {{",
		       f->line);
}

/* What stands between braces, and how far the text goes on after them. */
static int place(const struct filling *f, struct span at, struct span *inside, size_t *used)
{
	const uint8_t *end = memchr(at.data, '}', at.len);

	if (!end || end == at.data + 1)
		return bad(f);
	*inside = span_of(at.data + 1, (size_t)(end - at.data - 1));
	*used = inside->len + 2;
	return memchr(inside->data, '{', inside->len) ? bad(f) : 0;
}

static int put_value(struct filling *f, struct span inside)
{
	const uint8_t *colon = memchr(inside.data, ':', inside.len);
	struct span name = inside;
	const char *text;
	unsigned width = 0, have;
	int rc;

	if (colon) {
		name.len = (size_t)(colon - inside.data);
		if (name.len + 1 == inside.len)
			return bad(f);
		for (size_t i = name.len + 1; i < inside.len; i++) {
			if (inside.data[i] < '0' || inside.data[i] > '9')
				return bad(f);
			width = width * 10 + (unsigned)(inside.data[i] - '0');
			if (width > WIDTH_MAX)
				return bad(f);
		}
	}
	rc = find(f, name, &text);
	if (rc)
		return rc;
	buf_bytes(f->out, span_str(text));
	for (have = text_columns(text); have < width; have++)
		buf_u8(f->out, ' ');
	return 0;
}

static int put_line(struct filling *f, struct span line)
{
	size_t at = 0;

	while (at < line.len) {
		struct span rest = span_of(line.data + at, line.len - at), inside;
		size_t used;
		int rc;

		if (rest.data[0] == '}')
			return bad(f);
		if (rest.data[0] != '{' || (rest.len > 1 && rest.data[1] == '{')) {
			buf_u8(f->out, rest.data[0]);
			at += rest.data[0] == '{' ? 2 : 1;
			continue;
		}
		rc = place(f, rest, &inside, &used);
		if (!rc)
			rc = put_value(f, inside);
		if (rc)
			return rc;
		at += used;
	}
	buf_u8(f->out, '\n');
	return 0;
}

/* Lines on conditions: each {?name} or {!name} at the beginning is taken off, and all of them must hold. Their
 * names are looked at in any case, so that a wrong one is told. */
static int conditions(struct filling *f, struct span *line, bool *stays)
{
	*stays = true;
	while (line->len > 1 && line->data[0] == '{' &&
	       (line->data[1] == '?' || line->data[1] == '!')) {
		bool wanted = line->data[1] == '?';
		struct span inside;
		const char *text;
		size_t used;
		int rc = place(f, *line, &inside, &used);

		if (!rc)
			rc = find(f, span_of(inside.data + 1, inside.len - 1), &text);
		if (rc)
			return rc;
		*stays &= (*text != 0) == wanted;
		*line = span_of(line->data + used, line->len - used);
	}
	return 0;
}

/* A line that goes is gone over too: into a buffer nobody reads. */
static int check_line(struct filling *f, struct span line)
{
	struct buf unseen, *out = f->out;
	int rc;

	buf_init(&unseen, 64 << 10);
	f->out = &unseen;
	rc = put_line(f, line);
	f->out = out;
	buf_fini(&unseen);
	return rc;
}

int letter_fill(struct buf *out, struct span letter, const struct letter_value *values,
		size_t count, struct err *e)
{
	struct filling f = { .out = out, .values = values, .count = count, .e = e };

	if (letter.len >= 3 && !memcmp(letter.data, "\xef\xbb\xbf", 3))
		letter = span_of(letter.data + 3, letter.len - 3);
	while (letter.len) {
		const uint8_t *end = memchr(letter.data, '\n', letter.len);
		struct span line = { letter.data, end ? (size_t)(end - letter.data) : letter.len };
		bool stays;
		int rc;

		letter = span_of(letter.data + line.len, letter.len - line.len);
		if (end)
			letter = span_of(letter.data + 1, letter.len - 1);
		if (line.len && line.data[line.len - 1] == '\r')
			line.len--;
		f.line++;
		if (!text_valid(line, NULL))
			return err_set(e, ERR_INVALID, "line %zu: this is not UTF-8 text", f.line);
		if (line.len && line.data[0] == ';')
			continue;
		rc = conditions(&f, &line, &stays);
		if (!rc)
			rc = stays ? put_line(&f, line) : check_line(&f, line);
		if (rc)
			return rc;
	}
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a letter") : 0;
}
