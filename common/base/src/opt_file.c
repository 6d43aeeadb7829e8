#include "opt_find.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>

struct reading {
	struct opt *opts;
	size_t count;
	bool *given; /* in this file */
	FILE *file;
	int line;
	bool cut; /* the last line read was too long, or had a NUL in it */
	int rc;
	int rc_line;
	struct err *e;
};

/* A value lives as long as the process: whoever read the option before a reload still points to the
 * old text. The list keeps all of them reachable. */
struct kept {
	struct kept *next;
	char text[];
};
static struct kept *kept_texts;

static const char *keep(const char *text)
{
	size_t bytes = strlen(text) + 1;
	struct kept *k = malloc(sizeof(*k) + bytes);

	if (!k)
		return NULL;
	memcpy(k->text, text, bytes);
	k->next = kept_texts;
	kept_texts = k;
	return k->text;
}

static int take_flag(const struct opt *o, const char *text, struct err *e)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = { { "yes", true }, { "true", true },   { "on", true },   { "1", true },
		      { "no", false }, { "false", false }, { "off", false }, { "0", false } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!strcmp(words[i].word, text)) {
			*(bool *)o->value = words[i].value;
			return 0;
		}
	}
	return err_set(e, ERR_INVALID, "option '%s': '%s' is neither yes nor no", o->name, text);
}

static int take(struct reading *r, const char *name, const char *text)
{
	struct opt *o = opt_find(r->opts, r->count, span_str(name));

	if (!o)
		return opt_unknown(r->opts, r->count, span_str(name), r->e);
	if (!o->config)
		return err_set(r->e, ERR_INVALID, "option '%s' is for the command line only",
			       o->name);
	if (r->given[o - r->opts])
		return err_set(r->e, ERR_INVALID, "option '%s' is given twice", o->name);
	r->given[o - r->opts] = true;
	if (o->seen) { /* checked all the same */
		bool flag;
		int64_t number;
		const char *lent;
		struct opt aside = *o;

		aside.value = o->type == OPT_FLAG   ? (void *)&flag
			      : o->type == OPT_TEXT ? (void *)&lent
						    : (void *)&number;
		return o->type == OPT_FLAG ? take_flag(&aside, text, r->e)
					   : opt_take(&aside, text, r->e);
	}
	if (o->type == OPT_FLAG)
		return take_flag(o, text, r->e);
	if (o->type == OPT_TEXT && *text) {
		text = keep(text);
		if (!text)
			return err_set(r->e, ERR_NOMEM, "out of memory");
	}
	return opt_take(o, text, r->e);
}

static void note(struct reading *r, int rc)
{
	if (rc && !r->rc) {
		r->rc = rc;
		r->rc_line = r->line;
	}
}

static int on_value(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;

	(void)section;
	if (!r->rc && !r->cut)
		note(r, take(r, name, value));
	return 1;
}

/* One line for the parser. Blanks in front go, since it would take the line for a continuation of the
 * one above; lines are counted here, since it does not tell its handler where it is. */
static char *read_line(char *out, int room, void *stream)
{
	struct reading *r = stream;
	bool begun = false, any = false;
	int used = 0, c;

	r->line++;
	r->cut = false;
	while ((c = getc(r->file)) != EOF) {
		any = true;
		if (!begun && (c == ' ' || c == '\t'))
			continue;
		begun = true;
		if (c == '\0' || used >= room - 1)
			r->cut = true;
		else
			out[used++] = (char)c;
		if (c == '\n')
			break;
	}
	out[used] = '\0';
	if (r->cut && !r->rc)
		note(r, err_set(r->e, ERR_INVALID, "the line is too long or not text"));
	return any ? out : NULL;
}

int opt_file(struct opt *opts, size_t count, const char *path, struct err *e)
{
	struct reading r = { .opts = opts, .count = count, .e = e };
	int bad_line;

	r.file = fopen(path, "rb");
	if (!r.file)
		return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO, "%s: %s", path,
			       strerror(errno));
	r.given = calloc(count ? count : 1, sizeof(*r.given));
	if (!r.given) {
		fclose(r.file);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	bad_line = ini_parse_stream(read_line, &r, on_value, &r);
	if (!r.rc && ferror(r.file)) {
		r.rc = err_set(e, ERR_IO, "%s", strerror(EIO));
		r.rc_line = r.line;
	} else if (bad_line > 0 && (!r.rc || bad_line < r.rc_line)) {
		r.rc = err_set(e, ERR_INVALID, "neither [section] nor name = value");
		r.rc_line = bad_line;
	} else if (bad_line < 0 && !r.rc) {
		r.rc = err_set(e, ERR_NOMEM, "out of memory");
		r.rc_line = r.line;
	}
	free(r.given);
	fclose(r.file);
	return r.rc ? err_wrap(e, r.rc, "%s, line %d", path, r.rc_line) : 0;
}
