#include "crypto/merkle.h"

#include <assert.h>

/* Largest power of two below `n`, as its exponent; n is at least 2. */
static unsigned split_level(uint64_t n)
{
	return 63u - (unsigned)__builtin_clzll(n - 1);
}

/* The hash over leaves [from, from + count), where `from` is a multiple of every full node inside:
 * true of each range that splitting a tree gives. Folds from the right, as a root does. */
static int range_hash(struct hash *out, uint64_t from, uint64_t count, merkle_get *get, void *arg,
		      struct err *e)
{
	bool any = false;

	assert(count > 0);
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		struct hash node;
		int rc;

		if (!(count >> level & 1))
			continue;
		rc = get(arg, level, ((from + count) >> level) - 1, &node, e);
		if (rc)
			return rc;
		*out = any ? merkle_node(&node, out) : node;
		any = true;
		count -= (uint64_t)1 << level; /* the next node ends where this one began */
	}
	return 0;
}

static int proof_add(struct merkle_proof *p, uint64_t from, uint64_t count, merkle_get *get,
		     void *arg, struct err *e)
{
	assert(p->count < MERKLE_PROOF_MAX);
	return range_hash(&p->node[p->count++], from, count, get, arg, e);
}

/* Built from the root down, written from the leaf up. */
static void proof_reverse(struct merkle_proof *p)
{
	for (unsigned i = 0, j = p->count; i + 1 < j; i++) {
		struct hash swap = p->node[i];

		p->node[i] = p->node[--j];
		p->node[j] = swap;
	}
}

int merkle_prove_leaf(struct merkle_proof *out, uint64_t index, uint64_t size, merkle_get *get,
		      void *arg, struct err *e)
{
	uint64_t from = 0, count = size;
	int rc;

	memset(out, 0, sizeof(*out));
	if (size > MERKLE_SIZE_MAX || index >= size)
		return err_set(e, ERR_RANGE, "entry %llu is not among the first %llu",
			       (unsigned long long)index, (unsigned long long)size);
	while (count > 1) {
		uint64_t left = (uint64_t)1 << split_level(count);

		if (index - from < left) {
			rc = proof_add(out, from + left, count - left, get, arg, e);
			count = left;
		} else {
			rc = proof_add(out, from, left, get, arg, e);
			from += left;
			count -= left;
		}
		if (rc)
			return rc;
	}
	proof_reverse(out);
	return 0;
}

int merkle_prove_prefix(struct merkle_proof *out, uint64_t old_size, uint64_t size, merkle_get *get,
			void *arg, struct err *e)
{
	uint64_t from = 0, count = size;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	if (size > MERKLE_SIZE_MAX || old_size > size)
		return err_set(e, ERR_RANGE, "%llu entries do not begin with %llu",
			       (unsigned long long)size, (unsigned long long)old_size);
	if (old_size == 0 || old_size == size)
		return 0;
	/* SUBPROOF of the RFC: down until the old tree's right edge is the right edge here. */
	while (old_size != from + count) {
		uint64_t left = (uint64_t)1 << split_level(count);

		if (old_size - from <= left) {
			rc = proof_add(out, from + left, count - left, get, arg, e);
			count = left;
		} else {
			rc = proof_add(out, from, left, get, arg, e);
			from += left;
			count -= left;
		}
		if (rc)
			return rc;
	}
	if (from) /* else what is left is the old tree itself, whose root the reader has */
		rc = proof_add(out, from, count, get, arg, e);
	if (!rc)
		proof_reverse(out);
	return rc;
}

static int misfit(struct err *e)
{
	return err_set(e, ERR_INVALID, "the proof does not fit a log of this length");
}

int merkle_check_leaf(const struct merkle_proof *proof, uint64_t index, uint64_t size,
		      const struct hash *leaf, const struct hash *root, struct err *e)
{
	uint64_t at = index, last = size - 1;
	struct hash h = *leaf;

	if (index >= size || size > MERKLE_SIZE_MAX || proof->count > MERKLE_PROOF_MAX)
		return misfit(e);
	/* RFC 9162, 2.1.3.2: `last` follows the right edge, where a level without a sibling is
	 * skipped. */
	for (unsigned i = 0; i < proof->count; i++) {
		const struct hash *side = &proof->node[i];

		if (last == 0)
			return misfit(e);
		if (!(at & 1) && at != last) {
			h = merkle_node(&h, side);
		} else {
			h = merkle_node(side, &h);
			for (; !(at & 1) && at; at >>= 1)
				last >>= 1;
		}
		at >>= 1;
		last >>= 1;
	}
	if (last != 0)
		return misfit(e);
	if (!hash_eq(&h, root))
		return err_set(e, ERR_CORRUPT,
			       "the proof leads to another root: the entry is not that"
			       " which the log holds");
	return 0;
}

static int other_history(struct err *e)
{
	return err_set(e, ERR_CORRUPT,
		       "the longer log does not begin with the shorter one: history"
		       " was changed");
}

/* RFC 9162, 2.1.4.2, for 0 < old_size < size. */
static int check_prefix_path(const struct merkle_proof *proof, uint64_t old_size, uint64_t size,
			     const struct hash *old_root, const struct hash *root, struct err *e)
{
	uint64_t at = old_size - 1, last = size - 1;
	struct hash was, is;
	unsigned i = 0;

	for (; at & 1; at >>= 1)
		last >>= 1;
	if (at == 0)
		was = *old_root; /* the old tree is one full node and begins the path itself */
	else if (proof->count)
		was = proof->node[i++];
	else
		return misfit(e);
	is = was;
	for (; i < proof->count; i++) {
		const struct hash *side = &proof->node[i];

		if (last == 0)
			return misfit(e);
		if ((at & 1) || at == last) {
			was = merkle_node(side, &was);
			is = merkle_node(side, &is);
			for (; !(at & 1) && at; at >>= 1)
				last >>= 1;
		} else {
			is = merkle_node(&is, side);
		}
		at >>= 1;
		last >>= 1;
	}
	if (last != 0)
		return misfit(e);
	return hash_eq(&was, old_root) && hash_eq(&is, root) ? 0 : other_history(e);
}

int merkle_check_prefix(const struct merkle_proof *proof, uint64_t old_size, uint64_t size,
			const struct hash *old_root, const struct hash *root, struct err *e)
{
	struct hash empty = merkle_empty_root();

	if (old_size > size || size > MERKLE_SIZE_MAX || proof->count > MERKLE_PROOF_MAX)
		return misfit(e);
	if (old_size && old_size < size)
		return check_prefix_path(proof, old_size, size, old_root, root, e);
	if (proof->count)
		return misfit(e);
	/* Nothing to prove but that the given roots are what they must be. */
	if (old_size == 0 && !hash_eq(old_root, &empty))
		return other_history(e);
	if (old_size == size && !hash_eq(old_root, root))
		return other_history(e);
	return 0;
}
