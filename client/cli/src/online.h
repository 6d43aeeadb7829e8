/* Contacts with the server, for commands: keys and session out of the data directory, what the
 * contact left back into it, waiting as the server asks. */
#ifndef CLIENT_CLI_ONLINE_H
#define CLIENT_CLI_ONLINE_H

#include "cli.h"

struct online {
	const struct wire_query *query; /* NULL none */
	const uint64_t *receipts;       /* at most CONTACT_RECEIPTS_MAX */
	size_t receipt_count;
	bool patient; /* nobody waits: come at a moment that suits the server */
	bool carry;   /* bring the bundles of others, too */
	/* Of somebody who does other work meanwhile (NULL: nobody): called now and then, and told how far it
	 * is. Nothing is waited for then; a server that wants to be left alone is -ERR_BUSY at once. */
	void (*meanwhile)(void *ctx, const struct sync_result *so_far);
	bool (*stopped)(
		void *ctx); /* with it: true once nobody wants the contact any more; -ERR_BUSY */
	void *ctx;
	/* What came of it, over all contacts that it took. */
	struct sync_result sum;
	uint64_t wire_in, wire_out;
	bool renewed, resumed;
	struct contact_result last; /* the newest contact */
};

/* 0 when all is sent and read; -ERR_BUSY: later. The sums hold in either case. */
int online_run(struct cli *c, struct online *o);
void online_fini(struct online *o);

/* Where it was served last, or is to be: as it was enrolled, until `sync --server` was served elsewhere. Lives with the
 * command. */
const char *online_address(struct cli *c);

/* "nothing is lost: 2 sheets wait here to be sent", after a failure; "" when nothing waits. */
const char *online_comfort(struct cli *c);
#endif
