/* What commands answer with --json, for `print`: from the words of the options, a new reference in *out. */
#ifndef CLIENT_CLI_ANSWERS_H
#define CLIENT_CLI_ANSWERS_H

#include "cli.h"

#include <jansson.h>

/* NULL for the device's own unit. From the server where it stands above the part that is held here. */
int answer_totals(struct cli *c, const char *unit, json_t **out);
int answer_table(struct cli *c, const char *unit, json_t **out);
/* Names that may be opened here, and told to the log of their units. */
int answer_commended(struct cli *c, const char *unit, json_t **out);
int answer_months(struct cli *c, const char *unit, json_t **out);
/* Of that form; of units that are held here alone. */
int answer_form(struct cli *c, const char *unit, const char *form, json_t **out);
#endif
