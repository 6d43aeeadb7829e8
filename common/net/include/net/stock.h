/* Memory set aside for a thread that turns another library's loop over libevent (evhttp): 2.1.12 does not survive that
 * there is none for a connection that it takes, or for the next request of one.
 *
 * Where the heap has no block of up to STOCK_BYTES, libevent is given one of the thread's stock. A request takes some
 * fifty, so a turn in which memory lacks may serve several. */
#ifndef NET_STOCK_H
#define NET_STOCK_H

#include "base/err.h"

enum { STOCK_BLOCKS = 256, STOCK_BYTES = 1024 };

/* Before anything of libevent is made on this thread, and before each turn. -ERR_NOMEM: it is not full, and no turn
 * should be made. */
int stock_fill(void);
/* A moment, until memory is looked for again. */
void stock_wait(void);
void stock_drop(void);
#endif
