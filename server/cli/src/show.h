/* Printing for the server's commands: what they answer out of, and the words of their options. */
#ifndef SERVER_SHOW_H
#define SERVER_SHOW_H

#include "cli.h"

#include "report/grid.h"
#include "report/json.h"
#include "report/names.h"
#include "report/words.h"

/* Print and release, with the mark where the store is illustrative. */
int show_json(struct cli *c, json_t *j);

int parse_unit(struct cli *c, const char *code, const struct unit **out);
#endif
