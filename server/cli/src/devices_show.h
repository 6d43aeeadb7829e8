#ifndef SERVER_DEVICES_SHOW_H
#define SERVER_DEVICES_SHOW_H

#include "show.h"

#include "server/enrol.h"

/* The list that `status` and `devices` print. The caller owns *out. */
int devices_json(struct cli *c, json_t **out);

/* Random bytes for keys and codes; ends the program where it cannot. */
void cli_draw(void *ctx, void *out, size_t len);

/* One act of the console in a batch of its own. */
int act_alone(struct cli *c, const struct op *op, uint64_t *lsn);
#endif
