/* What commands answer with --json, for `print`: from the words of the options, a new reference in *out, without the mark
 * where the command adds it while printing. */
#ifndef SERVER_ANSWERS_H
#define SERVER_ANSWERS_H

#include "cli.h"

#include <jansson.h>

int answer_totals(struct cli *c, const char *unit, json_t **out);
int answer_table(struct cli *c, const char *unit, json_t **out);
int answer_rank(struct cli *c, const char *unit, json_t **out);
int answer_laggards(struct cli *c, const char *unit, json_t **out);
int answer_months(struct cli *c, const char *unit, json_t **out);
/* A paper by itself; with --year. */
struct paper;
int answer_synthesis(struct cli *c, const char *unit, struct paper **out);
int answer_commended(struct cli *c, const char *unit, json_t **out);
/* Of that form. */
int answer_form(struct cli *c, const char *unit, const char *form, json_t **out);
int answer_sources(struct cli *c, const char *unit, json_t **out);
#endif
