/* Log lines that peers can cause, so many in ten seconds and no more. One per thread. */
#ifndef SERVER_NET_SAY_H
#define SERVER_NET_SAY_H

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

enum { SAY_LINES = 50, SAY_SPAN_MS = 10000 };

struct say {
	int64_t since_ms;
	unsigned said, unsaid;
};

/* May another line be written now? Tells first how many were left out before. */
bool say_may(struct say *s, int64_t now_ms);
#endif
