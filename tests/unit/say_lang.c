/* Says a few texts in the language of its arguments: what the tests of base/lang.h look at from outside.
 * usage: say_lang DIR [LANG] */
#include "base/lang.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct err e = { 0 };
	char text[ERR_TEXT_MAX];
	int rc = lang_init(argc > 2 ? argv[2] : NULL, argv[1], &e);

	if (rc)
		printf("%s\n", lang_err(&e, text, sizeof(text)));
	printf("%d %d\n", -rc, (int)lang_now());
	printf("%s\n", lang_tr("out of memory"));
	rc = err_set(&e, ERR_INVALID,
		     "option '%s': '%s' is not a number from %" PRId64 " to %" PRId64, "port",
		     "eighty four", INT64_C(1), INT64_MAX);
	err_wrap(&e, rc, "%s, line %d", "ketnapd.ini", 3);
	printf("%s\n", lang_err(&e, text, sizeof(text)));
	err_set(&e, ERR_IO, "%s: %s", "form", strerror(ENOENT));
	printf("%s\n%s\n", lang_err(&e, text, sizeof(text)), e.msg);
	printf("%s|%s|%.1f\n", lang_tr(""), lang_tr("no such text"), 0.5);
	return 0;
}
