/* A store written anew, so that nothing of what was deleted is left in its file: an LMDB store keeps the bytes of
 * deleted rows in pages until those are used again. For small stores of secrets. Not while another process has the
 * store open. */
#ifndef KV_REWRITE_H
#define KV_REWRITE_H

#include "kv/kv.h"

/* kv_lmdb_open() for a store that is rewritten now and then: ends first what was cut off in the middle. */
int kv_rewrite_open(struct kv **out, const struct kv_open *how, struct err *e);

/* Copies every row into a file of its own, puts that in the place of the present one, and overwrites the present one
 * with zeros before it goes. `*kv` is the store opened anew; no transaction may be open. After a failure it is as it
 * was, or NULL when it could not be opened again. What the file system or the disk kept of the old blocks elsewhere is
 * beyond it. */
int kv_rewrite(struct kv **kv, const struct kv_open *how, struct err *e);
#endif
