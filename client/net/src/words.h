/* How a contact ended, as an error in words for a clerk. */
#ifndef CLIENT_NET_WORDS_H
#define CLIENT_NET_WORDS_H

#include "client/sync.h"
#include "net/conn.h"

/* The line: -ERR_BUSY, -ERR_DENIED or -ERR_STATE. `now_ms`: the clock by which certificates were
 * judged. */
int words_line(const struct conn_end *end, const char *address, int64_t now_ms, struct err *e);
/* The sync; 0 when it is done. `line`: what words_line() says of a sync that was cut. */
int words_sync(const struct sync_result *r, const struct client_state *st, const struct err *own,
	       struct err *e);
/* Why an Enrol was refused. */
int words_enrol(uint32_t code, uint64_t wait_ms, struct err *e);
#endif
