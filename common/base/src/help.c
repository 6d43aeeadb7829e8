/* Rows of --help in lines that a terminal and a page of paper hold. */
#include "base/opt.h"
#include "base/text.h"

#include <string.h>

static unsigned blanks(FILE *to, unsigned at, unsigned until)
{
	for (; at < until; at++)
		fputc(' ', to);
	return at;
}

/* Word by word from column `at` on, on new lines from column `from` on. */
static unsigned put_words(FILE *to, const char *text, unsigned at, unsigned from)
{
	char word[256];

	for (size_t len; *text; text += len + (text[len] == ' ')) {
		unsigned columns;

		len = strcspn(text, " ");
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		columns = text_columns(word);
		if (at > from && at + 1 + columns > HELP_COLUMNS) {
			fputc('\n', to);
			at = blanks(to, 0, from);
		} else if (at > from) {
			fputc(' ', to);
			at++;
		}
		fprintf(to, "%.*s", (int)len, text);
		at += columns;
	}
	return at;
}

void help_row(FILE *to, const struct help_row *r, unsigned text_from)
{
	unsigned at = 2 + text_columns(r->name), args_from = 2 + r->name_columns + 1, end = at;

	fprintf(to, "  %s", r->name);
	if (*r->args) {
		args_from = args_from > at ? args_from : at + 1;
		end = args_from + text_columns(r->args);
		at = put_words(to, r->args, blanks(to, at, args_from), args_from);
	}
	if (end + 2 > text_from) {
		fputc('\n', to);
		at = 0;
	}
	put_words(to, r->text, blanks(to, at, text_from), text_from);
	fputc('\n', to);
}
