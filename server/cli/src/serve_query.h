/* What devices ask of a server: the JSON that `totals --json` and `table --json` print. */
#ifndef SERVER_SERVE_QUERY_H
#define SERVER_SERVE_QUERY_H

#include "cli.h"

/* A server_query; `ctx` is the struct cli that a server's commands begin with. Any thread. */
int serve_query(void *ctx, struct ledger *l, const struct wire_query *q, bool above,
		struct buf *json, struct err *e);
#endif
