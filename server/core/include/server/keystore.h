/* The wraps of the register of persons: what devices put, given out to those who may open them, destroyed when
 * somebody is forgotten. A store of its own, outside log, bundles and backups; its tables are the server's page of
 * common/ledger/KEYS.md. Of the writer's thread. Nothing in it opens here: the server has none of the keys. */
#ifndef SERVER_KEYSTORE_H
#define SERVER_KEYSTORE_H

#include "ledger/ledger.h"
#include "proto/wire.h"

enum { KEYSTORE_TABLES = 3 };

struct keystore;

struct keystore_setup {
	struct kv *kv; /* taken over: closed with the key store */
	/* Write it anew without what was deleted; NULL: in memory, where nothing is left. */
	int (*rewrite)(void *ctx, struct kv **kv, struct err *e);
	void *ctx;
};

/* Takes over setup->kv, also when it fails. */
int keystore_new(struct keystore **out, const struct keystore_setup *setup, struct err *e);
void keystore_free(struct keystore *ks);

/* What a device puts: durable when it returns 0; results[i] is an enum wire_key_result. */
int keystore_put(struct keystore *ks, struct ledger *l, const struct device_row *by,
		 const struct wire_key *rows, size_t count, uint8_t *results, struct err *e);

/* Rows after `after` that this device may open, ascending by seq; they lend from `a`. */
int keystore_page(struct keystore *ks, const struct device_row *by, uint64_t after,
		  struct wire_key_page *out, struct arena *a, struct err *e);

/* The same for recovery: what was sealed of the keys of `unit` to the device's unit, or to the printed key. None unless
 * two persons of units above agreed on it in the log, for a device that is not shut out. */
int keystore_recovery(struct keystore *ks, struct ledger *l, const struct device_row *by,
		      uint32_t unit, uint64_t after, struct wire_key_page *out, struct arena *a,
		      struct err *e);
/* ---- a standby's copy: PROTOCOL.md, section 17 ---- */

/* Rows after `after`, whoever may open them, ascending by seq. Looks at every row when there is one: for a standby
 * alone. */
int keystore_page_all(struct keystore *ks, uint64_t after, struct wire_key_page *out,
		      struct arena *a, struct err *e);
/* Put rows of another server's page as they are, with their seq; those of who was forgotten are left out. Durable when
 * it returns 0. */
int keystore_take_page(struct keystore *ks, struct ledger *l, const struct wire_key_page *page,
		       struct err *e);
/* The newest seq it has seen. */
uint64_t keystore_newest(const struct keystore *ks);

/* Destroy the wraps of everybody forgotten since it was last done. *count: of how many. */
int keystore_forget(struct keystore *ks, struct ledger *l, size_t *count, struct err *e);
/* ---- a copy of it, kept apart from those of the log ---- */

/* When a copy was made, and of which store. */
struct keystore_copy {
	int64_t ms;
	uint8_t store[16];
};
/* Every row into the new and empty `to`, which stays the caller's, in one commit; nothing of what was deleted. */
int keystore_copy(struct keystore *ks, struct kv *to, const struct keystore_copy *about,
		  struct err *e);
/* -ERR_INVALID: that is no copy of a key store. */
int keystore_copy_read(struct keystore_copy *out, struct kv *copy, struct err *e);
/* What the copy has and this key store lacks, in one commit; then everybody whom the log says to be forgotten is
 * destroyed again. *rows: how many came, *forgotten: of how many persons nothing may be here. */
int keystore_restore(struct keystore *ks, struct ledger *l, struct kv *copy, size_t *rows,
		     size_t *forgotten, struct err *e);
#endif
