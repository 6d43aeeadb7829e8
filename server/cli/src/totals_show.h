/* Shared by totals, table and claims. */
#ifndef SERVER_TOTALS_SHOW_H
#define SERVER_TOTALS_SHOW_H

#include "show.h"

int parse_unit(struct cli *c, const char *code, const struct unit **out);
/* UNIT and the options --period or --from --to, --known-at, --tree, --basis. */
int parse_query(struct cli *c, const char *unit, struct query *q);
const struct measure *measure_of(struct cli *c, uint16_t no);
const char *measure_code(struct cli *c, uint16_t no);
const char *instrument_label(enum target_instrument i); /* a msgid */
const char *instrument_words(struct cli *c, const struct op_target *t);
json_t *json_target(struct cli *c, const struct target_line *t);
#endif
