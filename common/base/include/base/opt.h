/* Command lines and configuration from one table of rows, from which --help and --check-config are
 * made too. */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum opt_type { OPT_FLAG, OPT_TEXT, OPT_NUMBER };

struct opt {
	const char *name; /* "listen": --listen VALUE, --listen=VALUE; in a file `listen = VALUE` */
	enum opt_type type;
	void *value;      /* bool *, const char **, int64_t *: set to the default beforehand */
	int64_t min, max; /* OPT_NUMBER */
	const char *arg;  /* "HOST:PORT" in help, a msgid where it has words */
	const char *help; /* one line, a msgid */
	bool config;      /* may stand in the configuration file */
	bool seen;        /* given on the command line; not set by a file, which may be reread */
};

/* Take the options out of argv: what is left, in order, is argv[0..*argc), argv[0] untouched. "--"
 * ends options. Unknown or repeated option, a missing or bad value: -ERR_INVALID naming it (with the
 * nearest known name). Values lend from argv. */
int opt_parse(struct opt *opts, size_t count, int *argc, char **argv, struct err *e);

/* Read an INI file (sections are ignored but may stand); options given on the command line win.
 * Errors name file and line. Values are copied and live as long as the process. */
int opt_file(struct opt *opts, size_t count, const char *path, struct err *e);

/* A row for each option. */
void opt_help(const struct opt *opts, size_t count, FILE *to);

/* Lines of --help have at most HELP_COLUMNS columns; texts begin in column HELP_TEXT, or before
 * where the widest name allows. */
enum { HELP_COLUMNS = 100, HELP_TEXT = 36 };

struct help_row {
	const char *name, *args, *text; /* in the reader's language; "" none */
	unsigned name_columns; /* args begin behind so many, and lines of them go on there */
};

/* What stands before the text and does not fit there has the text on lines of its own. */
void help_row(FILE *to, const struct help_row *r, unsigned text_from);
#endif
