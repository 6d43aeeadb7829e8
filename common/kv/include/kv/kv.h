/* A small ordered store: tables of byte keys and values, one writer, readers that see one moment.
 * Two implementations behind it: kv_lmdb.c (the real one) and kv_mem.c (tests, simulator). */
#ifndef KV_KV_H
#define KV_KV_H

#include "base/err.h"
#include "base/span.h"

enum { KV_TABLES_MAX = 48, KV_KEY_MAX = 511, KV_VALUE_MAX = 1 << 20 };

struct kv;
struct kv_txn;
struct kv_cursor;

enum kv_mode { KV_READ, KV_WRITE };

struct kv_open {
	const char *dir;  /* an existing folder on a local file system */
	size_t map_bytes; /* reserved address space: 64 GiB server, 1 GiB client, less in tests */
	uint8_t tables;   /* tables 0..tables-1 exist */
	bool read_only;   /* beside the process that writes; tables not made yet are empty */
};

/* Opens, or creates, the store in `dir`. A process opens a store once: a second open is -ERR_BUSY.
 * -ERR_IO (unwritable, missing), -ERR_FULL, -ERR_CORRUPT (not a store, or cut
 * short), -ERR_VERSION, -ERR_BUSY.
 * Where the very first opening of a store was cut off, it may be -ERR_CORRUPT from then on: nothing
 * was in it yet, delete its files. */
int kv_lmdb_open(struct kv **out, const struct kv_open *how, struct err *e);

/* Is the file of an LMDB store, or a copy of one under another name, as long as it must be? -ERR_CORRUPT, with its
 * length and the one it should have: it was cut short. What is not there or not such a file is not judged.
 * kv_lmdb_open() asks for itself. */
int kv_lmdb_whole(const char *file, struct err *e);

/* The same behaviour in memory, for one thread: a store and all its clones share what they hold.
 * A reader keeps the moment at which it began, also beside a writer of the same thread. */
int kv_mem_open(struct kv **out, uint8_t tables, struct err *e);
/* A store of its own with the committed data: what is left after a crash. Its cost does not depend
 * on the size. Limit, faults and a stop after -ERR_FATAL stay behind. */
int kv_mem_clone(struct kv **out, const struct kv *committed, struct err *e);
/* Puts that would take keys and values together beyond it: -ERR_FULL; 0 = none. */
void kv_mem_limit(struct kv *kv, size_t bytes);

/* Every store call of this kv fails from the n-th on with `code` (0 = off); for tests, both kinds.
 * Calls are counted from opening, as kv_calls tells them: everything below that can fail. With code
 * ERR_FATAL at a commit the data may or may not be there afterwards: `land` says which. */
void kv_fail_at(struct kv *kv, uint64_t nth_call, enum err_code code, bool land);
uint64_t kv_calls(const struct kv *kv);

void kv_close(struct kv *kv); /* no transaction may be open; NULL is fine */

/* One write transaction at a time in a process: a second begin waits for the first (of another
 * thread; in the same thread it is an assertion). It ends in the thread that began it.
 * -ERR_DENIED to write in a read-only store, -ERR_BUSY without a free reader slot, -ERR_STATE when
 * another process enlarged the map, -ERR_FATAL once a commit has ended so. */
int kv_begin(struct kv_txn **out, struct kv *kv, enum kv_mode mode, struct err *e);

/* Takes *txn whether or not it succeeds and clears it. A transaction remembers its first failure
 * (other than -ERR_NOTFOUND): later calls do nothing and commit reports it, nothing written.
 * -ERR_FULL: nothing happened, the store is usable. -ERR_FATAL: outcome unknown, stop the process;
 * until it stops every later begin is -ERR_FATAL. */
int kv_commit(struct kv_txn **txn, struct err *e);
void kv_abort(struct kv_txn **txn); /* NULL and cleared ones are fine */

/* *value lends memory valid until the next write in this transaction or its end. -ERR_NOTFOUND
 * leaves *value empty and is not remembered. -ERR_INVALID: table, key or value out of bounds, or a
 * write in a read transaction. Key and value of a write must not be memory lent by its own
 * transaction: it may move before it is copied. */
int kv_get(struct kv_txn *txn, uint8_t table, struct span key, struct span *value, struct err *e);
int kv_put(struct kv_txn *txn, uint8_t table, struct span key, struct span value, struct err *e);
/* As kv_put, for a key that must be greater than every key in the table (-ERR_INVALID otherwise). */
int kv_append(struct kv_txn *txn, uint8_t table, struct span key, struct span value, struct err *e);
int kv_del(struct kv_txn *txn, uint8_t table, struct span key, struct err *e); /* absent is fine */

/* Walk keys that begin with `prefix` (may be empty), upward from the first one >= `from`, or downward
 * from the last one <= `from` (from empty: the last of the prefix). `from`, when given, begins with
 * the prefix. kv_next returns 1, 0 at the end, or an error. Writing in the same transaction during a
 * walk is allowed only to other tables. */
int kv_walk(struct kv_cursor **out, struct kv_txn *txn, uint8_t table, struct span prefix,
	    struct span from, bool down, struct err *e);
int kv_next(struct kv_cursor *c, struct span *key, struct span *value, struct err *e);
void kv_walk_end(struct kv_cursor *c); /* before its transaction ends; NULL is fine */

struct kv_health {
	uint64_t map_bytes, used_bytes; /* used: pages in use or free inside the file */
	unsigned readers;               /* read transactions open now, other processes' included */
};
int kv_health(struct kv *kv, struct kv_health *out, struct err *e);

/* Drop reader slots of dead processes; cheap, call at start and every minute. */
int kv_reap_readers(struct kv *kv, unsigned *dropped, struct err *e);

/* Copy the committed store into the new or empty folder `dir`, files and folder fsynced. Meanwhile
 * writers go on; not from the thread that writes. The caller opens and verifies the copy; after a
 * failure there is none. -ERR_EXISTS (not empty), -ERR_IO, -ERR_FULL. kv_mem: -ERR_UNSUPPORTED. */
int kv_copy(struct kv *kv, const char *dir, struct err *e);

/* What a transaction wrote so far, for the write budget and benches. */
struct kv_work {
	uint64_t puts, bytes; /* keys + values */
};
struct kv_work kv_txn_work(const struct kv_txn *txn);
#endif
