/* A checksum behind each value of a store whose rows have none of their own: a small store of keys, say. What LMDB keeps
 * has no checksums; a bit that a disk turned over would be given out as it stands. */
#ifndef KV_SUMS_H
#define KV_SUMS_H

#include "kv/kv.h"

enum { KV_SUMS_BYTES = 5, KV_SUMS_MARK_MAX = 16, KV_SUMS_VALUE_MAX = 8192 };

/* From now on every value of this kv is written with a checksum of its table, its key and itself behind it, which is
 * not seen by those who get it back: a row that does not fit is -ERR_CORRUPT. Values are then at most KV_SUMS_VALUE_MAX
 * bytes. The row `mark` of `table`, which nobody else sees or writes from then on, says so of the store: where it is not
 * there the rows are of a time before, and get theirs now, in one commit (-ERR_CORRUPT: some have theirs). A store
 * without it that is open for reading only is read as it is. `table`, which should be a small one, is looked through now.
 * To be called before anything else is done with the store; kv_rewrite() keeps it so. */
int kv_sums(struct kv *kv, uint8_t table, struct span mark, struct err *e);
#endif
