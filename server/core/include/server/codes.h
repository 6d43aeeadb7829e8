/* Where the secret half of enrolment codes is kept. Not in the log: who has `key` can enrol with it. A
 * row is written before the batch that speaks of it; whether that batch came to be is asked of the
 * ledger. */
#ifndef SERVER_CODES_H
#define SERVER_CODES_H

#include "crypto/code.h"

struct code_row {
	struct code_key key;
	int64_t expires_ms;
	uint32_t unit, person;
	/* Once somebody came with it: the device it made, if the ledger has that device. */
	uint64_t device;
	struct hash request; /* of key and nonce: who may come again within the hour */
	int64_t used_ms;
};

struct code_store {
	void *ctx;
	int (*get)(void *ctx, const uint8_t id[CODE_ID_BYTES], struct code_row *out,
		   struct err *e);                                        /* -ERR_NOTFOUND */
	int (*put)(void *ctx, const struct code_row *row, struct err *e); /* new, or in its place */
	/* Absent is fine. The store may drop by itself what has expired, and what was used, an hour ago. */
	int (*del)(void *ctx, const uint8_t id[CODE_ID_BYTES], struct err *e);
};

/* In memory, for tests and the simulator. At most `max` rows: -ERR_FULL. */
struct codes_mem;
int codes_mem_new(struct codes_mem **out, size_t max, struct err *e);
void codes_mem_free(struct codes_mem *m); /* wipes */
struct code_store codes_mem_store(struct codes_mem *m);
#endif
