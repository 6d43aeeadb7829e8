/* A letter from a template: text with places that are filled in. The template is the office's own and may be any
 * text; the one that ships with the program is letters/urge.txt.
 *
 *	{name}       the value; {name:40} with blanks up to 40 columns
 *	{?name}      at the beginning of a line: the line stays only where the value is not empty
 *	{!name}      the opposite
 *	{{           a brace
 *	;            a line that begins with it is a remark and left out
 */
#ifndef REPORT_LETTER_H
#define REPORT_LETTER_H

#include "base/buf.h"
#include "base/err.h"

struct letter_value {
	const char *name, *text;
};

/* -ERR_NOTFOUND with the line and the name of a place that nobody fills, -ERR_INVALID (a brace without its other
 * one, a width that is none, text that is not UTF-8), -ERR_NOMEM. */
int letter_fill(struct buf *out, struct span letter, const struct letter_value *values,
		size_t count, struct err *e);
#endif
