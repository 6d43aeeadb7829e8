/* How a contact ended, as an error in words for a clerk. */
#ifndef CLIENT_NET_WORDS_H
#define CLIENT_NET_WORDS_H

#include "client/sync.h"
#include "net/conn.h"

/* What this computer's clock shows, and the newest time that the server has signed here, 0 none.
 * Certificates are judged by the later. */
struct words_clock {
	int64_t here_ms, store_ms;
};
/* The line: -ERR_BUSY, -ERR_DENIED or -ERR_STATE. `before`: where the device was last served, NULL: nowhere. */
int words_line(const struct conn_end *end, const char *address, const char *before,
	       struct words_clock clock, struct err *e);
/* The same as one word for scripts: "no-line", "clock"; CONTRACT.md lists them. */
const char *words_line_name(const struct conn_end *end);
/* The sync; 0 when it is done. `line`: what words_line() says of a sync that was cut. */
int words_sync(const struct sync_result *r, const struct client_state *st, const struct err *own,
	       struct err *e);
/* Why an Enrol was refused. */
int words_enrol(uint32_t code, uint64_t wait_ms, struct err *e);
#endif
