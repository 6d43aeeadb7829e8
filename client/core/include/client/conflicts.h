/* Contested figures in scope, with all their versions: read from the ledger, not from verdicts. */
#ifndef CLIENT_CONFLICTS_H
#define CLIENT_CONFLICTS_H

#include "client/client.h"
#include "domain/sheet.h"

struct conflict_version {
	struct op_id id;
	enum figure_state state;
	bool approx;
	int64_t value;
	uint32_t unit_of_author;
	uint32_t author; /* person; 0 unknown here */
	bool on_behalf;
	bool wins;       /* counts meanwhile */
	int64_t time_ms; /* receipt; an own op not received yet: device time */
	uint64_t lsn;    /* 0: not received yet */
};

struct conflict {
	uint32_t unit;
	uint8_t form;
	struct period period;
	uint16_t measure;
	const struct conflict_version *versions;
	size_t version_count;
};

/* Everything lends from the call: copy what is to be kept. `each` returns 0, 1 to stop, or an error. */
int conflicts_each(struct client *c,
		   int (*each)(void *ctx, const struct conflict *k, struct err *e), void *ctx,
		   struct err *e);
#endif
