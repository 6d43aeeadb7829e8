/* What a batch has written so far: the newest value of each key, in memory. Reads look here first;
 * a commit pours it out sorted, so that each row is put once and pages are touched in order. */
#ifndef LEDGER_OVERLAY_H
#define LEDGER_OVERLAY_H

#include "kv/kv.h"

struct overlay;

int overlay_new(struct overlay **out, size_t budget, struct err *e);
void overlay_free(struct overlay *o);
void overlay_clear(struct overlay *o);

/* 1 and the value (lent until the next put of this key), 0 when the batch has not touched the key. A
 * deleted key gives 1 and data NULL. */
int overlay_get(const struct overlay *o, uint8_t table, struct span key, struct span *value);
/* -ERR_NOMEM over the budget. data NULL deletes. */
int overlay_put(struct overlay *o, uint8_t table, struct span key, struct span value,
		struct err *e);
/* Put everything into `txn`, ascending by table and key; `append_table` goes through kv_append. */
int overlay_pour(struct overlay *o, struct kv_txn *txn, uint8_t append_table, struct err *e);
/* The keys of one table that were put, in no order that may be relied on; until `each` returns other than 0,
 * which is passed on. */
int overlay_each(const struct overlay *o, uint8_t table, int (*each)(void *ctx, struct span key),
		 void *ctx);
size_t overlay_count(const struct overlay *o);
#endif
