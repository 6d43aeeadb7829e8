#include "crypto/merkle.h"

#include <assert.h>

static_assert(sizeof(struct merkle_frontier) == 8 + MERKLE_LEVELS * HASH_BYTES, "no padding");

struct hash merkle_leaf(struct span entry)
{
	static const uint8_t prefix = 0;

	return hash_bytes2(span_of(&prefix, 1), entry);
}

struct hash merkle_node(const struct hash *left, const struct hash *right)
{
	static const uint8_t prefix = 1;

	return hash_bytes3(span_of(&prefix, 1), span_of(left->b, HASH_BYTES),
			   span_of(right->b, HASH_BYTES));
}

struct hash merkle_empty_root(void)
{
	return hash_bytes((struct span){ 0 });
}

int merkle_append(struct merkle_frontier *f, const struct hash *leaf, merkle_put *put, void *arg,
		  struct err *e)
{
	struct hash node = *leaf;
	unsigned level = 0;
	int rc;

	if (f->size >= MERKLE_SIZE_MAX)
		return err_set(e, ERR_RANGE, "the log is as long as it can be");
	for (;; level++) {
		rc = put ? put(arg, level, f->size >> level, &node, e) : 0;
		if (rc)
			return rc;
		if (!(f->size >> level & 1))
			break;
		node = merkle_node(&f->node[level], &node);
	}
	memset(f->node, 0, level * sizeof(f->node[0]));
	f->node[level] = node;
	f->size++;
	return 0;
}

struct hash merkle_root(const struct merkle_frontier *f)
{
	struct hash root = merkle_empty_root();
	bool any = false;

	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (!(f->size >> level & 1))
			continue;
		root = any ? merkle_node(&f->node[level], &root) : f->node[level];
		any = true;
	}
	return root;
}

/* Where the node of level `level` on the right edge of a tree of `size` leaves begins. */
static uint64_t edge_index(uint64_t size, unsigned level)
{
	return (size >> level) - 1;
}

int merkle_frontier_at(struct merkle_frontier *out, uint64_t size, merkle_get *get, void *arg,
		       struct err *e)
{
	int rc;

	memset(out, 0, sizeof(*out));
	if (size > MERKLE_SIZE_MAX)
		return err_set(e, ERR_RANGE, "no log is that long");
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (!(size >> level & 1))
			continue;
		rc = get(arg, level, edge_index(size, level), &out->node[level], e);
		if (rc)
			return rc;
	}
	out->size = size;
	return 0;
}

int merkle_root_at(struct hash *out, uint64_t size, merkle_get *get, void *arg, struct err *e)
{
	struct merkle_frontier f;
	int rc = merkle_frontier_at(&f, size, get, arg, e);

	if (!rc)
		*out = merkle_root(&f);
	return rc;
}
