/* A store of either kind for one test, and short words for what tests do with it. Whatever these
 * cannot do fails the test. */
#ifndef KV_WORLD_H
#define KV_WORLD_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "kv/kv.h"

enum kind { LMDB, MEM };
enum { TABLES = 4, MAP_BYTES = 16 << 20 };

struct world {
	enum kind kind;
	struct kv *kv;
	struct err e;
	char dir[64]; /* LMDB: in /tmp */
};

void world_open(struct world *w, enum kind kind);
void world_close(struct world *w);
void world_reopen(struct world *w); /* as after a restart of the process */

/* With TABLES tables and MAP_BYTES. */
int open_dir(struct kv **out, const char *dir, bool read_only, struct err *e);
void remove_store(const char *dir);

struct kv_txn *begin(struct world *w, enum kv_mode mode);
void commit(struct world *w, struct kv_txn *txn);
void put(struct world *w, struct kv_txn *txn, uint8_t table, const char *key, const char *value);
void put_now(struct world *w, uint8_t table, const char *key, const char *value);

/* `want` NULL: absent. */
void expect_in(struct kv_txn *txn, uint8_t table, const char *key, const char *want);
void expect(struct world *w, uint8_t table, const char *key, const char *want);

/* How many pairs a walk gave, or the error; `digest` depends on their bytes and order. */
int walk_digest(struct kv_txn *txn, uint8_t table, struct span prefix, struct span from, bool down,
		uint64_t *digest);

/* A test of the contract: CONTRACT(name) { ... uses w ... } runs once with each kind. */
struct criterion_test_params both(void);
#define CONTRACT(name)                              \
	static void name(struct world *w);          \
	ParameterizedTestParameters(kv, name)       \
	{                                           \
		return both();                      \
	}                                           \
	ParameterizedTest(int *kind, kv, name)      \
	{                                           \
		struct world w;                     \
                                                    \
		world_open(&w, (enum kind) * kind); \
		name(&w);                           \
		world_close(&w);                    \
	}                                           \
	static void name(struct world *w)
#endif
