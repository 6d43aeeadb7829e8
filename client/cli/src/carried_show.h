/* Bundles that this device carries for others, as people and scripts see them. */
#ifndef CLIENT_CLI_CARRIED_SHOW_H
#define CLIENT_CLI_CARRIED_SHOW_H

#include "show.h"

#include "client/carried.h"

const char *device_text(struct cli *c, uint64_t device); /* 16 hex digits */
/* Nothing here says whose device it is: below this one it would be known, once both were in a sync. */
bool device_is_unknown(struct cli *c, uint64_t device);
const char *unit_of_device(struct cli *c, uint64_t device); /* its code; "?" when not known here */

/* The answer meant by `who`, a device or the code of its unit. -ERR_NOTFOUND, -ERR_STATE: no answer yet, or
 * the bundle was found no good; -ERR_INVALID: several devices of that unit. */
int carried_pick(struct cli *c, const char *who, struct carried *out);

json_t *json_carried(struct cli *c);
void show_carried(struct cli *c);
void show_carried_line(struct cli *c, const struct carried *k);
#endif
