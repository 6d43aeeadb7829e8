/* What the files of the key store share. */
#ifndef SERVER_KEYSTORE_INTERNAL_H
#define SERVER_KEYSTORE_INTERNAL_H

#include "server/keystore.h"

#include "crypto/person.h"
#include "kv/sums.h"
#include "ledger/register.h"

enum keystore_table { KS_META, KS_FOR, KS_OF };
enum { FOR_BYTES = 1 + 8 + 8, OF_BYTES = WIRE_ID + 1 + 4 + WIRE_ID + 8, ROW_BUDGET = 4096 };

/* The row of KS_META that says that rows have checksums; before the others in the order of keys. */
#define KEYSTORE_CHECKED SPAN_LIT("checked")

struct keystore {
	struct keystore_setup setup;
	uint64_t seq, forgot; /* as committed */
	struct buf row;
};

void keystore_put_be(uint8_t *to, uint64_t v, size_t bytes);
uint64_t keystore_get_be(const uint8_t *from, size_t bytes);
void keystore_key_for(uint8_t out[FOR_BYTES], const struct wire_key *k, uint64_t seq);
void keystore_key_of(uint8_t out[OF_BYTES], const struct wire_key *k);
void keystore_row_write(struct buf *b, const struct wire_key *k);
bool keystore_row_read(struct wire_key *k, struct span value);
int keystore_meta_put(struct kv_txn *txn, const char *name, uint64_t v, struct err *e);
#endif
