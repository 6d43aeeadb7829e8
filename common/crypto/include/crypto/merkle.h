/* The Merkle tree over the log's entries, hashed as RFC 9162 section 2.1 says.
 *
 * A node (level, index) covers the 2^level leaves from index * 2^level on; level 0 is a leaf. Only
 * full nodes exist: they never change once made, so they can be kept for ever. */
#ifndef CRYPTO_MERKLE_H
#define CRYPTO_MERKLE_H

#include "base/err.h"
#include "crypto/hash.h"

enum { MERKLE_LEVELS = 63, MERKLE_PROOF_MAX = 64 };
#define MERKLE_SIZE_MAX ((uint64_t)INT64_MAX)

struct hash merkle_leaf(struct span entry);                                 /* 0x00 | entry */
struct hash merkle_node(const struct hash *left, const struct hash *right); /* 0x01 | l | r */
struct hash merkle_empty_root(void);                                        /* SHA-256 of nothing */

/* All that is needed to go on appending: the full nodes along the right edge. All zero is the empty
 * tree. node[l] counts only where bit l of `size` is set; the others stay zero, so two frontiers of
 * the same leaves are the same bytes. */
struct merkle_frontier {
	uint64_t size;
	struct hash node[MERKLE_LEVELS];
};

/* Told every node that becomes full, leaf first. A negative return ends the append with it. */
typedef int merkle_put(void *arg, unsigned level, uint64_t index, const struct hash *node,
		       struct err *e);
/* Asked for a full node. Returns 0 or a negative err_code. */
typedef int merkle_get(void *arg, unsigned level, uint64_t index, struct hash *node, struct err *e);

/* `put` may be NULL. On failure the frontier is as it was (what `put` stored before is of no harm:
 * the same append stores the same again). -ERR_RANGE at MERKLE_SIZE_MAX. */
int merkle_append(struct merkle_frontier *f, const struct hash *leaf, merkle_put *put, void *arg,
		  struct err *e);
struct hash merkle_root(const struct merkle_frontier *f);

/* Root of the first `size` leaves, from at most 63 nodes. */
int merkle_root_at(struct hash *out, uint64_t size, merkle_get *get, void *arg, struct err *e);

/* The frontier of the first `size` leaves. */
int merkle_frontier_at(struct merkle_frontier *out, uint64_t size, merkle_get *get, void *arg,
		       struct err *e);

/* A path, the node nearest the leaves first. */
struct merkle_proof {
	unsigned count;
	struct hash node[MERKLE_PROOF_MAX];
};

/* That leaf `index` is in the tree of `size` leaves. -ERR_RANGE unless index < size. */
int merkle_prove_leaf(struct merkle_proof *out, uint64_t index, uint64_t size, merkle_get *get,
		      void *arg, struct err *e);
/* That the tree of `size` leaves begins with the one of `old_size`. -ERR_RANGE unless
 * old_size <= size. From nothing, and to the same size, the proof is empty. */
int merkle_prove_prefix(struct merkle_proof *out, uint64_t old_size, uint64_t size, merkle_get *get,
			void *arg, struct err *e);

/* 0; -ERR_INVALID when the proof cannot fit these sizes (wrong length, index outside the tree);
 * -ERR_CORRUPT when it fits but leads to another root. */
int merkle_check_leaf(const struct merkle_proof *proof, uint64_t index, uint64_t size,
		      const struct hash *leaf, const struct hash *root, struct err *e);
int merkle_check_prefix(const struct merkle_proof *proof, uint64_t old_size, uint64_t size,
			const struct hash *old_root, const struct hash *root, struct err *e);
#endif
