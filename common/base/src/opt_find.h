/* What the command line and the configuration file share. */
#ifndef BASE_OPT_FIND_H
#define BASE_OPT_FIND_H

#include "base/opt.h"
#include "base/span.h"

struct opt *opt_find(struct opt *opts, size_t count, struct span name);
int opt_unknown(const struct opt *opts, size_t count, struct span name, struct err *e);

/* Read a value for an OPT_TEXT or OPT_NUMBER; a text is lent. */
int opt_take(const struct opt *o, const char *text, struct err *e);
#endif
