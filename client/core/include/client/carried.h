/* Bundles of other devices that this one carries to the server, and the answers it brings back. It can
 * neither read nor change them. */
#ifndef CLIENT_CARRIED_H
#define CLIENT_CARRIED_H

#include "client/client.h"

enum {
	CARRIED_MAX = 64,       /* of all devices; those that are answered give way first */
	CARRIED_PER_DEVICE = 4, /* waiting */
};

enum carried_state {
	CARRIED_NONE,
	CARRIED_WAITING,
	CARRIED_ANSWERED,
	CARRIED_REFUSED, /* the server says that it is not good */
};
const char *carried_state_name(enum carried_state s); /* "waiting" */

struct carried {
	struct hash id;
	uint64_t device;
	enum carried_state state;
	uint32_t bundle_bytes, answer_bytes;
	int64_t taken_ms, answered_ms; /* device time */
};

/* Keep the bundle in this file. Again changes nothing. -ERR_DENIED: of another store, of this device
 * itself, or of a unit that is not below. -ERR_FULL: too many wait already. */
int carried_take(struct client *c, struct span file, int64_t now_ms, struct carried *out,
		 struct err *e);

/* The oldest first; in `a`. */
int carried_list(struct client *c, const struct carried **out, size_t *count, struct arena *a,
		 struct err *e);
/* The files, appended. */
int carried_bundle(struct client *c, const struct carried *k, struct buf *out, struct err *e);
int carried_answer(struct client *c, const struct carried *k, struct buf *out, struct err *e);

/* What came of it. An answered bundle needs no room any more, nor do older answers for its device. */
int carried_answered(struct client *c, const struct hash *id, struct span file, int64_t now_ms,
		     struct err *e);
int carried_refused(struct client *c, const struct hash *id, int64_t now_ms, struct err *e);
#endif
