#include "opt_find.h"

#include "base/lang.h"
#include "base/text.h"
#include "nearest.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct opt *opt_find(struct opt *opts, size_t count, struct span name)
{
	for (size_t i = 0; i < count; i++)
		if (span_eq(name, span_str(opts[i].name)))
			return &opts[i];
	return NULL;
}

int opt_unknown(const struct opt *opts, size_t count, struct span name, struct err *e)
{
	struct nearest n = nearest_to(name);

	for (size_t i = 0; i < count; i++)
		nearest_try(&n, opts[i].name);
	if (n.name)
		return err_set(e, ERR_INVALID, "unknown option '%.*s', perhaps '%s'", (int)name.len,
			       (const char *)name.data, n.name);
	return err_set(e, ERR_INVALID, "unknown option '%.*s'", (int)name.len,
		       (const char *)name.data);
}

/* strtoll() alone would take leading blanks and a plus sign. */
static bool read_number(const char *text, int64_t *out)
{
	const char *digits = text + (*text == '-');
	char *end;
	long long v;

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	v = strtoll(text, &end, 10);
	*out = v;
	return !errno && !*end;
}

int opt_take(const struct opt *o, const char *text, struct err *e)
{
	int64_t v;

	if (!*text)
		return err_set(e, ERR_INVALID, "option '%s' needs a value", o->name);
	if (o->type == OPT_TEXT) {
		*(const char **)o->value = text;
		return 0;
	}
	if (!read_number(text, &v) || v < o->min || v > o->max)
		return err_set(e, ERR_INVALID,
			       "option '%s': '%s' is not a number from %" PRId64 " to %" PRId64,
			       o->name, text, o->min, o->max);
	*(int64_t *)o->value = v;
	return 0;
}

/* One option and, where it has one, its value; *next is the argument behind. */
static int parse_one(struct opt *opts, size_t count, int argc, char **argv, int *next,
		     struct err *e)
{
	const char *text = argv[*next] + 2, *equals = strchr(text, '=');
	struct span name = span_of(text, equals ? (size_t)(equals - text) : strlen(text));
	struct opt *o = opt_find(opts, count, name);

	(*next)++;
	if (!o)
		return opt_unknown(opts, count, name, e);
	if (o->seen)
		return err_set(e, ERR_INVALID, "option '%s' is given twice", o->name);
	o->seen = true;
	if (o->type == OPT_FLAG) {
		if (equals)
			return err_set(e, ERR_INVALID, "option '%s' takes no value", o->name);
		*(bool *)o->value = true;
		return 0;
	}
	if (equals)
		return opt_take(o, equals + 1, e);
	/* `--data --listen x` is a forgotten value; one that does begin so goes behind `=`. */
	if (*next >= argc || !strncmp(argv[*next], "--", 2))
		return err_set(e, ERR_INVALID, "option '%s' needs a value", o->name);
	return opt_take(o, argv[(*next)++], e);
}

/* `-` and negative numbers are arguments, and so is anything without a leading dash. */
static bool is_option(const char *arg)
{
	return arg[0] == '-' && arg[1] && !(arg[1] >= '0' && arg[1] <= '9');
}

int opt_parse(struct opt *opts, size_t count, int *argc, char **argv, struct err *e)
{
	int kept = 1, at = 1;

	while (at < *argc) {
		int rc;

		if (!strcmp(argv[at], "--")) {
			at++;
			break;
		}
		if (!is_option(argv[at])) {
			argv[kept++] = argv[at++];
			continue;
		}
		if (argv[at][1] != '-')
			return err_set(e, ERR_INVALID, "unknown option '%s'", argv[at]);
		rc = parse_one(opts, count, *argc, argv, &at, e);
		if (rc)
			return rc;
	}
	while (at < *argc)
		argv[kept++] = argv[at++];
	if (kept < *argc)
		argv[kept] = NULL;
	*argc = kept < *argc ? kept : *argc;
	return 0;
}

static const char *arg_label(const struct opt *o)
{
	return o->type != OPT_FLAG && o->arg ? _(o->arg) : NULL;
}

void opt_help(const struct opt *opts, size_t count, FILE *to)
{
	unsigned widest = 0;

	for (size_t i = 0; i < count; i++) {
		const char *arg = arg_label(&opts[i]);
		unsigned width = 2 + text_columns(opts[i].name) + (arg ? 1 + text_columns(arg) : 0);

		if (width > widest)
			widest = width;
	}
	for (size_t i = 0; i < count; i++) {
		const char *arg = arg_label(&opts[i]);
		char name[64];

		snprintf(name, sizeof(name), "--%s", opts[i].name);
		help_row(to,
			 &(struct help_row){ .name = name,
					     .args = arg ? arg : "",
					     .text = opts[i].help ? _(opts[i].help) : "" },
			 widest + 4 < HELP_TEXT ? widest + 4 : HELP_TEXT);
	}
}
