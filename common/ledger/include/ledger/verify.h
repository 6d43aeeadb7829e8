/* Has anyone touched it? Replays the whole log into memory and compares. */
#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include "ledger/ledger.h"

struct verify_report {
	uint64_t entries, rows; /* replayed, compared */
	uint64_t lsn;           /* where the first difference is, when it has one */
	struct hash root;
	uint64_t accepted, late, refused;
	uint64_t closings; /* that say which sheets were missing, rightly */
};

/* Checks, in this order: every row's checksum; entries contiguous from 1, times never decreasing, back
 * links, device chains, body hashes; decide() gives each stored verdict again (what was missing at a closing too,
 * where its entry says so); apply() gives every
 * derived row again, byte for byte; the Merkle root equals the signed head, whose signature holds;
 * aggregates equal a recomputation from the sheets. -ERR_CORRUPT names the first that fails.
 * `progress` (may be NULL) is called now and then. */
int ledger_verify(struct verify_report *out, struct ledger *l,
		  void (*progress)(void *ctx, uint64_t lsn), void *ctx, struct err *e);
#endif
