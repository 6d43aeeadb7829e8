/* Memory for libevent 2.1.12 where it does not survive that there is none: a bufferevent that it could not make to
 * the end it frees as if it were whole, or leaves without the callback by which output is noticed.
 *
 * Between spare_begin() and spare_end() each of the first SPARE_BLOCKS allocations that libevent makes on this
 * thread, up to SPARE_BYTES large, is met: where the heap gives none, by a block set aside before. What came of it
 * is as good as any other and is freed as any other. Not met are arrays that grow; a call that needs one of these
 * says that it failed. */
#ifndef NET_SPARE_H
#define NET_SPARE_H

#include "base/err.h"

enum { SPARE_BLOCKS = 8, SPARE_BYTES = 1024 };

struct spare {
	size_t count;
	void *blocks[SPARE_BLOCKS];
};

/* Before anything of libevent is made. */
void spare_install(void);
/* A block of the thread's stock, or NULL: net/stock.h. */
void *stock_take(size_t bytes);

/* -ERR_NOMEM: nothing has begun, and nothing must be made. `s` stays where it is until spare_end(); sections do not
 * nest. */
int spare_begin(struct spare *s);
/* What was not needed is free again. */
void spare_end(struct spare *s);
#endif
