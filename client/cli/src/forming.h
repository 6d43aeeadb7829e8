/* Forms 1 and 2 on the command line: client/forming.h over the register as this device opens it. */
#ifndef CLIENT_CLI_FORMING_H
#define CLIENT_CLI_FORMING_H

#include "case_ask.h"

#include "client/forming.h"

/* False where the form has no such figures. */
bool forming_beside(struct forming *k, struct cli *c, const struct unit *u,
		    const struct entry_sheet *s, struct period p);
/* {measure, typed, counted, cases, members} of each difference, the lists empty. */
json_t *forming_json(const struct forming *k);
json_t *forming_origins(const struct forming *k); /* {measure: origin} of what stands */
void forming_tell(const struct forming *k, struct cli *c, FILE *to);
#endif
