/* Printing for the client's commands: codes and names as its own ledger has them, and the words of all
 * reports. */
#ifndef CLIENT_CLI_SHOW_H
#define CLIENT_CLI_SHOW_H

#include "cli.h"

#include "client/outbox.h"
#include "domain/person_fields.h"
#include "report/grid.h"
#include "report/json.h"
#include "report/names.h"
#include "report/words.h"

/* Of the device's ledger; unknown where the command opens none. */
enum mark device_mark(const struct cli *c);

/* Print and release, with the mark where the store is illustrative. */
int show_json(struct cli *c, json_t *j);

/* Why an op was not queued, as c->err describes it; said once. */
void show_not_queued(struct cli *c);
/* What a refusal says, with the unit and the rule where `detail` of the verdict names them. */
const char *refusal_words(struct cli *c, enum op_code code, struct span detail);
/* Of an own op. */
const char *show_refusal(struct cli *c, const struct own_op *op);

/* Each on a line of its own, in the reader's words; nothing of papers. */
void show_person_fields(struct cli *c, const struct person_fields *f);

const char *unit_code(struct cli *c, uint32_t unit);
const char *unit_name(struct cli *c, uint32_t unit, day_t day);
const char *form_code(struct cli *c, uint8_t form);
const char *measure_code(struct cli *c, uint16_t measure);
const char *measure_name(struct cli *c, const char *code);
#endif
