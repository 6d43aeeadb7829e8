/* Hands a form's text to the INI reader, line by line, and says which line that was. */
#ifndef DOMAIN_FORM_LINES_H
#define DOMAIN_FORM_LINES_H

#include "base/err.h"
#include "base/span.h"

struct form_lines {
	struct span text;  /* what is still to be read */
	struct span rest;  /* of the line in hand */
	unsigned line;     /* number of the line in hand, from 1 */
	unsigned sections; /* section lines so far */
	bool indented;     /* what was handed out last began with a blank: it continues a value */
	int rc;            /* the first complaint */
	struct err *e;
};

void form_lines_start(struct form_lines *l, struct span text, struct err *e);

/* An ini_reader; ends with NULL at the end and at the first complaint. */
char *form_lines_next(char *out, int room, void *lines);
#endif
