/* The whole log in the hands of one who does not write it: a standby. Entries are put by ledger_put_entry(), in
 * batches as all else; heads are the writer's, kept when they say the same as the entries. PROTOCOL.md, section 17. */
#ifndef LEDGER_COPY_H
#define LEDGER_COPY_H

#include "ledger/ledger.h"

/* Make a store in the empty `kv` that holds entry 1 alone, in one commit; ledger_open() opens it. -ERR_EXISTS;
 * -ERR_CORRUPT: it is not the entry that begins a log of `store` whose heads `log_key` signs. */
int copy_create(struct kv *kv, struct span entry, const uint8_t store[16],
		const uint8_t log_key[32], struct err *e);

/* Root of all entries, those of the batch at hand too. */
struct hash copy_root(const struct ledger *l);

/* In a batch: keep the writer's signed head, which must be of just the entries there are now. -ERR_STATE: it is of
 * another number of entries; -ERR_CORRUPT: of other entries, or another incarnation. */
int copy_head(struct ledger *l, const struct head *h, const struct ed25519_sig *sig, struct err *e);

/* May an accepted entry be applied by this program? -ERR_VERSION: a newer one is needed. `scratch` holds
 * OP_DECODE_ARENA. */
int copy_readable(const struct entry *en, struct arena *scratch, struct err *e);
#endif
