/* What kv.c and the two implementations share. kv.c checks arguments, counts calls, makes them fail
 * when a test asks, and remembers a transaction's first failure; an implementation only stores. */
#ifndef KV_IMPL_H
#define KV_IMPL_H

#include <stdatomic.h>

#include "kv/sums.h"

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
	bool sums; /* each value has a checksum behind it; set before the store is shared (kv_sums.c) */
	uint8_t sums_table, sums_mark_len, sums_mark[KV_SUMS_MARK_MAX];
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

/* ---- kv_sums.c ---- */
enum { KV_SUMS_ROOM = KV_SUMS_VALUE_MAX + KV_SUMS_BYTES };
/* Is this row the one that says that there are sums? */
bool kv_sums_hidden(const struct kv *kv, uint8_t table, struct span key);
/* Off with the sum, if values have one: -ERR_CORRUPT when it does not fit. */
int kv_sums_take(const struct kv *kv, uint8_t table, struct span key, struct span *value,
		 struct err *e);
/* *out is `value` with its sum, in `room`; or as it is. */
int kv_sums_give(const struct kv *kv, uint8_t table, struct span key, struct span value,
		 uint8_t room[KV_SUMS_ROOM], struct span *out, struct err *e);
/* As `other` has them. */
void kv_sums_like(struct kv *kv, const struct kv *other);
/* Write the row that says so. */
int kv_sums_mark(struct kv_txn *txn, struct err *e);
#endif
