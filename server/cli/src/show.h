/* How figures look: to people in their language, to scripts as JSON. */
#ifndef SERVER_SHOW_H
#define SERVER_SHOW_H

#include "cli.h"

#include <jansson.h>

/* "Số liệu minh họa: ..." on everything that comes from an illustrative store; cannot be switched off. */
extern const char illustrative_mark[];
void show_mark(struct cli *c);

const char *show_number(struct cli *c, int64_t v); /* lends from the arena */
/* "81,46%" (vi) or "81.46%" (en), half up with two decimals; "" when den <= 0. */
const char *show_percent(struct cli *c, int64_t num, int64_t den);
const char *show_day(struct cli *c, day_t d);        /* 22/09/2022, or ISO in English */
const char *show_instant(struct cli *c, int64_t ms); /* 22/09/2022 16:05:09, or ISO in English */
const char *instant_words(char out[INSTANT_TEXT_MAX], int64_t ms); /* the same, without the arena */
unsigned show_width(const char *text);                             /* in columns of a terminal */
void show_padded(FILE *to, const char *text, unsigned width);      /* left-aligned */
/* "81.46", for JSON; NULL when den <= 0. */
const char *json_percent(struct cli *c, int64_t num, int64_t den);

/* A table on the terminal: cells are text, numbers right-aligned; widths count characters. */
struct grid;
struct grid *grid_new(struct cli *c, size_t columns);
void grid_cell(struct grid *g, const char *text, bool number);
void grid_rule(struct grid *g); /* a line across before the next row */
void grid_print(struct grid *g);

/* Print and release. */
int show_json(struct cli *c, json_t *j);
json_t *json_span(struct span s);
json_t *json_day(day_t d);
json_t *json_instant(int64_t ms);
json_t *json_known(struct cli *c, uint64_t lsn, int64_t ms);
#endif
