/* What kv.c and the two implementations share. kv.c checks arguments, counts calls, makes them fail
 * when a test asks, and remembers a transaction's first failure; an implementation only stores. */
#ifndef KV_IMPL_H
#define KV_IMPL_H

#include <stdatomic.h>

#include "kv/kv.h"

/* Every operation describes its failure in `e`, except -ERR_NOTFOUND, which kv.c describes. */
struct kv_ops {
	void (*close)(struct kv *kv);
	int (*begin)(struct kv_txn **out, struct kv *kv, enum kv_mode mode, struct err *e);
	/* Write transactions; frees txn. -ERR_FATAL: sets kv.stopped before the next writer gets in. */
	int (*commit)(struct kv_txn *txn, struct err *e);
	void (*abort)(struct kv_txn *txn); /* either mode; frees txn */
	int (*get)(struct kv_txn *txn, uint8_t table, struct span key, struct span *value,
		   struct err *e);
	int (*put)(struct kv_txn *txn, uint8_t table, struct span key, struct span value,
		   bool append, struct err *e);
	int (*del)(struct kv_txn *txn, uint8_t table, struct span key, struct err *e);
	/* seek: the first key >= `key`; for a walk down the last one <= `key`, or with at_end the last of
	 * the table. Then one step at a time. 1, 0 past the end, or an error. */
	int (*cursor)(struct kv_cursor **out, struct kv_txn *txn, uint8_t table, struct err *e);
	int (*seek)(struct kv_cursor *c, struct span key, struct span *found, struct span *value,
		    struct err *e);
	int (*step)(struct kv_cursor *c, struct span *found, struct span *value, struct err *e);
	void (*cursor_end)(struct kv_cursor *c); /* frees c */
	int (*health)(struct kv *kv, struct kv_health *out, struct err *e);
	int (*reap)(struct kv *kv, unsigned *dropped, struct err *e);
	int (*copy)(struct kv *kv, const char *dir, struct err *e);
};

/* The first member of an implementation's own struct, which it allocates zeroed and frees. */
struct kv {
	const struct kv_ops *ops;
	uint8_t tables;
	bool read_only;
	atomic_bool stopped;     /* a commit ended -ERR_FATAL: nothing begins here any more */
	atomic_uintptr_t writer; /* which thread holds the write transaction; 0: none */
	atomic_uint open_txns;
	atomic_uint_fast64_t calls;
	atomic_uint_fast64_t fail_at;
	atomic_int fail_code; /* an err_code */
	atomic_bool fail_land;
};

struct kv_txn {
	struct kv *kv;
	enum kv_mode mode;
	int failed; /* the first failure, described in `first` */
	struct err first;
	struct kv_work work;
	unsigned cursors;
};

struct kv_cursor {
	struct kv_txn *txn;
	uint8_t table;
	bool down, started, ended;
	bool at_end; /* going down: start from the last key of the table, there is no bound above */
	bool below;  /* going down: the bound itself is not part of the walk */
	uint16_t prefix_len, start_len;
	uint8_t prefix[KV_KEY_MAX], start[KV_KEY_MAX];
};
#endif
