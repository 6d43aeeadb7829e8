#ifndef CLIENT_STICK_INTERNAL_H
#define CLIENT_STICK_INTERNAL_H

#include "internal.h"

enum { SENT_MAX = 16 };

/* What an own bundle said of the device, to understand its answer. */
struct sent_bundle {
	struct hash id;
	uint32_t epoch;
	uint64_t cursor_lsn;
	uint64_t head_size; /* of the head it showed, 0 none */
};
struct sent_list {
	struct sent_bundle at[SENT_MAX];
	size_t count;
};

/* -ERR_NOTFOUND. */
int sent_find(struct client *c, const struct hash *id, struct sent_bundle *out, struct err *e);
#endif
