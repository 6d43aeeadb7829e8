/* What --check-config prints, of both programs. */
#ifndef REPORT_CONFIG_H
#define REPORT_CONFIG_H

#include "base/opt.h"

enum { CONFIG_PROBLEMS_MAX = 8 };

struct config_check {
	const char *file; /* NULL: only the command line */
	struct err problems[CONFIG_PROBLEMS_MAX];
	size_t problem_count;
};

/* Note what a check of ours says; rc is its result, 0 for nothing to note. */
void config_note(struct config_check *check, int rc, const struct err *why);

/* The options that may stand in the file, with the values that hold, as a file that says the same; or as
 * JSON {ok, file, options, problems}. */
int config_print(FILE *to, const struct config_check *check, const struct opt *rows, size_t count,
		 bool json, struct err *e);
#endif
