/* Whom the unit put forward, for `commend` and `forget`. */
#ifndef CLIENT_CLI_COMMEND_ASK_H
#define CLIENT_CLI_COMMEND_ASK_H

#include "case_ask.h"

#include "client/commend.h"

struct book_of_names {
	struct desk *desk;
	const struct commend_line *lines;
	const char **names; /* NULL: nobody is named, or not to be opened here */
	size_t count;
};

/* Of the device's own unit, whenever. Lends from the arena of the command. */
int commend_ask_all(struct desk *d, struct book_of_names *b);
/* One alone, by the beginning of the number, part of the name without diacritics, or a title without a name. */
int commend_ask_find(struct book_of_names *b, const char *who, const struct commend_line **out);
#endif
