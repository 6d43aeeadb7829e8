/* Acts as people type them: kinds, and for each the columns it has, named as in the CSV files. */
#ifndef CLIENT_CLI_ACT_FIELDS_H
#define CLIENT_CLI_ACT_FIELDS_H

#include "ask.h"

/* Read `column=value ...` into `op`, which lends from the arguments and the arena. `kind` is a word of the
 * table ("target"); -ERR_NOTFOUND for another one, or for a column that the kind does not have. */
int act_read(struct cli *c, const char *kind, int argc, char **argv, struct op *op);
/* Judge and queue an op with the reason that was typed, and say so. */
int act_send(struct cli *c, struct op *op);
/* "members, claim, unit": for messages. */
const char *act_kinds(struct cli *c);
#endif
