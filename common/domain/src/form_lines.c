#include "form_lines.h"

#include "base/text.h"

/* The INI reader of the system takes lines of 198 bytes and reads the rest of a longer one as a line of
 * its own, and it cuts a value at the first blank with a semicolon behind it. A Vietnamese sentence
 * passes the one limit easily and a cut text would go unnoticed, so long lines are handed over in
 * pieces, as indented lines that continue the value, and a semicolon behind a blank is refused. */

void form_lines_start(struct form_lines *l, struct span text, struct err *e)
{
	static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };

	*l = (struct form_lines){ .text = text, .e = e };
	if (text.len >= sizeof(bom) && memcmp(text.data, bom, sizeof(bom)) == 0)
		l->text = span_of(text.data + sizeof(bom), text.len - sizeof(bom));
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct span cut_line(struct form_lines *l)
{
	const uint8_t *end = memchr(l->text.data, '\n', l->text.len);
	size_t len = end ? (size_t)(end - l->text.data) : l->text.len;
	struct span line = span_of(l->text.data, len);

	l->text = span_of(l->text.data + len + (end ? 1 : 0), l->text.len - len - (end ? 1 : 0));
	if (line.len && line.data[line.len - 1] == '\r')
		line.len--;
	while (line.len && is_blank(line.data[line.len - 1]))
		line.len--;
	l->line++;
	return line;
}

static int check_line(struct form_lines *l, struct span line, size_t begin)
{
	if (!text_valid(line, NULL))
		return err_set(l->e, ERR_INVALID, "line %u: not UTF-8 text", l->line);
	if (line.data[begin] == '[') {
		if (begin || line.data[line.len - 1] != ']')
			return err_set(l->e, ERR_INVALID,
				       "line %u: write a section as [name], alone and at the "
				       "beginning of the line",
				       l->line);
		l->sections++;
	}
	if (line.data[begin] != '[' && !begin && !memchr(line.data, '=', line.len))
		return err_set(l->e, ERR_INVALID,
			       "line %u: write [section], key = value, or # and a comment",
			       l->line);
	for (size_t i = 1; i < line.len; i++) {
		if (line.data[i] == ';' && is_blank(line.data[i - 1]))
			return err_set(l->e, ERR_INVALID,
				       "line %u: a semicolon behind a blank would begin a comment: "
				       "put comments on lines of their own",
				       l->line);
	}
	return 0;
}

/* The next line with something in it; comments are as good as empty. */
static bool next_line(struct form_lines *l)
{
	while (l->text.len) {
		struct span line = cut_line(l);
		size_t begin = 0;

		while (begin < line.len && is_blank(line.data[begin]))
			begin++;
		if (begin == line.len || line.data[begin] == ';' || line.data[begin] == '#')
			continue;
		l->rc = check_line(l, line, begin);
		l->rest = line;
		return l->rc == 0;
	}
	return false;
}

/* Where to cut so that `room` bytes are enough: at a blank after which no comment sign stands. */
static size_t cut_at(struct span rest, size_t room)
{
	if (rest.len <= room)
		return rest.len;
	for (size_t i = room; i > 0; i--) {
		size_t next = i;

		while (is_blank(rest.data[next])) /* a line never ends with one */
			next++;
		if (next > i && rest.data[next] != '#')
			return i;
	}
	return 0;
}

char *form_lines_next(char *out, int room, void *lines)
{
	struct form_lines *l = lines;
	size_t prefix, cut;

	if (l->rc)
		return NULL;
	prefix = l->rest.len ? 1 : 0;
	if (!l->rest.len && !next_line(l))
		return NULL;
	cut = cut_at(l->rest, (size_t)room - 2 - prefix);
	if (!cut) {
		l->rc = err_set(l->e, ERR_RANGE, "line %u: over %d bytes without a blank", l->line,
				room - 3);
		return NULL;
	}
	out[0] = ' ';
	memcpy(out + prefix, l->rest.data, cut);
	out[prefix + cut] = '\n';
	out[prefix + cut + 1] = '\0';
	l->indented = is_blank((uint8_t)out[0]);
	while (cut < l->rest.len && is_blank(l->rest.data[cut]))
		cut++;
	l->rest = span_of(l->rest.data + cut, l->rest.len - cut);
	return out;
}
