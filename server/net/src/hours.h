/* The clocks of a running server. Deadlines count by the steady one; receive times are of the real one,
 * save in an illustrative store, where they are what was set last. Any thread. */
#ifndef SERVER_NET_HOURS_H
#define SERVER_NET_HOURS_H

#include "ledger/ledger.h"
#include "net/clock.h"
#include "server/server.h"

#include <stdatomic.h>

struct hours {
	struct clock real;
	_Atomic int64_t ledger_ms; /* of an illustrative store; 0: the real clock */
};

/* After everything that may have set the store's clock. */
static inline void hours_look(struct hours *h, const struct ledger *l)
{
	struct ledger_info info = ledger_info(l);

	atomic_store(&h->ledger_ms, info.illustrative ? info.clock_ms : 0);
}

static inline struct moment hours_at(const struct hours *h, int64_t steady_ms)
{
	int64_t ledger_ms = atomic_load(&h->ledger_ms), real_ms = clock_now_ms(&h->real);

	return (struct moment){ .mono_ms = (uint64_t)steady_ms,
				.wall_ms = ledger_ms ? ledger_ms : real_ms,
				.real_ms = real_ms };
}
#endif
