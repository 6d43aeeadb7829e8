/* How figures look: to people in their language, to scripts as JSON. */
#ifndef CLIENT_CLI_SHOW_H
#define CLIENT_CLI_SHOW_H

#include "cli.h"

#include <jansson.h>

/* On everything that comes from an illustrative store; cannot be switched off. */
extern const char illustrative_mark[];
void show_mark(struct cli *c);
bool is_illustrative(const struct cli *c);

/* All lend from the arena. */
const char *show_number(struct cli *c, int64_t v);
const char *show_percent(struct cli *c,
			 const char *plain); /* "81.46" -> "81,46%" (vi); NULL gives "" */
const char *json_percent(struct cli *c, int64_t num, int64_t den); /* NULL when den <= 0 */
const char *show_day(struct cli *c, day_t d);             /* 22/09/2022, or ISO in English */
const char *show_instant(struct cli *c, int64_t ms);      /* 22/09/2022 16:05 */
const char *show_iso_day(struct cli *c, const char *iso); /* from JSON */
const char *unit_code(struct cli *c, uint32_t unit);
const char *unit_name(struct cli *c, uint32_t unit, day_t day);
const char *form_code(struct cli *c, uint8_t form);
const char *measure_code(struct cli *c, uint16_t measure);
const char *measure_name(struct cli *c, const char *code);
const char *period_words(struct cli *c, struct period p);

unsigned show_width(const char *text); /* in columns of a terminal */

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
json_t *json_instant(int64_t ms); /* null for 0 */
json_t *json_known(struct cli *c, uint64_t lsn, int64_t ms);
#endif
