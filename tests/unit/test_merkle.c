#include "crypto/merkle.h"

#include <criterion/criterion.h>

enum { LEAVES = 200, LEVELS = 9 };

/* A store of full nodes, as the ledger keeps one. */
struct nodes {
	struct hash at[LEVELS][LEAVES];
	bool has[LEVELS][LEAVES];
	unsigned gets, fail_put_at, puts;
};

static struct nodes nodes;
static struct hash leaf[LEAVES];

static int put(void *arg, unsigned level, uint64_t index, const struct hash *node, struct err *e)
{
	struct nodes *n = arg;

	if (++n->puts == n->fail_put_at)
		return err_set(e, ERR_FULL, "full");
	cr_assert_lt(level, LEVELS);
	cr_assert_lt(index, LEAVES);
	n->at[level][index] = *node;
	n->has[level][index] = true;
	return 0;
}

static int get(void *arg, unsigned level, uint64_t index, struct hash *node, struct err *e)
{
	struct nodes *n = arg;

	n->gets++;
	if (level >= LEVELS || index >= LEAVES || !n->has[level][index])
		return err_set(e, ERR_NOTFOUND, "node %u/%llu", level, (unsigned long long)index);
	*node = n->at[level][index];
	return 0;
}

/* RFC 9162, 2.1.1, word for word. */
static struct hash naive(unsigned from, unsigned count)
{
	struct hash left, right;
	uint8_t text[1 + 2 * HASH_BYTES] = { 1 };
	unsigned k = 1;

	if (count == 0)
		return hash_bytes((struct span){ 0 });
	if (count == 1)
		return leaf[from];
	while (2 * k < count)
		k *= 2;
	left = naive(from, k);
	right = naive(from + k, count - k);
	memcpy(text + 1, left.b, HASH_BYTES);
	memcpy(text + 1 + HASH_BYTES, right.b, HASH_BYTES);
	return hash_bytes(span_of(text, sizeof(text)));
}

/* 2.1.3.1 and 2.1.4.1, word for word; the path grows leaf first. */
static void naive_path(struct merkle_proof *p, unsigned m, unsigned from, unsigned count)
{
	unsigned k = 1;

	if (count == 1)
		return;
	while (2 * k < count)
		k *= 2;
	if (m < k) {
		naive_path(p, m, from, k);
		p->node[p->count++] = naive(from + k, count - k);
	} else {
		naive_path(p, m - k, from + k, count - k);
		p->node[p->count++] = naive(from, k);
	}
}

static void naive_subproof(struct merkle_proof *p, unsigned m, unsigned from, unsigned count,
			   bool b)
{
	unsigned k = 1;

	if (m == count) {
		if (!b)
			p->node[p->count++] = naive(from, count);
		return;
	}
	while (2 * k < count)
		k *= 2;
	if (m <= k) {
		naive_subproof(p, m, from, k, b);
		p->node[p->count++] = naive(from + k, count - k);
	} else {
		naive_subproof(p, m - k, from + k, count - k, false);
		p->node[p->count++] = naive(from, k);
	}
}

static bool proof_eq(const struct merkle_proof *a, const struct merkle_proof *b)
{
	return a->count == b->count && !memcmp(a->node, b->node, a->count * sizeof(a->node[0]));
}

static struct merkle_frontier grow(unsigned count)
{
	struct merkle_frontier f = { 0 };
	struct err e = { 0 };

	for (unsigned i = 0; i < count; i++) {
		leaf[i] = merkle_leaf(span_of(&i, sizeof(i)));
		cr_assert_eq(merkle_append(&f, &leaf[i], put, &nodes, &e), 0, "%s", e.msg);
	}
	return f;
}

/* The eight entries that Certificate Transparency implementations are tested with. */
Test(merkle, known_roots)
{
	static const struct {
		const char *entry, *root;
	} known[] = {
		{ "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "5051525354555657",
		  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "606162636465666768696a6b6c6d6e6f",
		  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	struct merkle_frontier f = { 0 };
	char text[HASH_HEX_MAX];
	struct hash root = merkle_root(&f);

	cr_assert_str_eq(hex_encode(text, root.b, HASH_BYTES),
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		uint8_t entry[16];
		size_t len = strlen(known[i].entry) / 2;
		struct hash h;

		cr_assert(hex_decode(entry, len, span_str(known[i].entry)));
		h = merkle_leaf(span_of(entry, len));
		cr_assert_eq(merkle_append(&f, &h, NULL, NULL, NULL), 0);
		root = merkle_root(&f);
		cr_assert_str_eq(hex_encode(text, root.b, HASH_BYTES), known[i].root, "%zu", i + 1);
	}
}

Test(merkle, a_leaf_is_never_a_node)
{
	struct hash a = merkle_leaf(SPAN_LIT("a")), b = merkle_leaf(SPAN_LIT("b"));
	struct hash node = merkle_node(&a, &b), swapped = merkle_node(&b, &a), as_leaf;
	uint8_t text[2 * HASH_BYTES];

	memcpy(text, a.b, HASH_BYTES);
	memcpy(text + HASH_BYTES, b.b, HASH_BYTES);
	as_leaf = merkle_leaf(span_of(text, sizeof(text)));
	cr_assert(!hash_eq(&node, &as_leaf));
	cr_assert(!hash_eq(&node, &swapped));
}

Test(merkle, roots_and_frontiers_of_all_sizes)
{
	struct merkle_frontier f = { 0 };
	struct err e = { 0 };

	grow(LEAVES);
	for (unsigned n = 0; n <= LEAVES; n++) {
		struct hash want = naive(0, n), got = merkle_root(&f);
		struct merkle_frontier back;

		cr_assert_eq(f.size, n);
		cr_assert(hash_eq(&want, &got), "root of %u", n);
		memset(&got, 0, sizeof(got));
		cr_assert_eq(merkle_root_at(&got, n, get, &nodes, &e), 0, "%s", e.msg);
		cr_assert(hash_eq(&want, &got), "root at %u", n);
		cr_assert_eq(merkle_frontier_at(&back, n, get, &nodes, &e), 0, "%s", e.msg);
		cr_assert(!memcmp(&back, &f, sizeof(f)), "frontier at %u", n);
		if (n < LEAVES)
			cr_assert_eq(merkle_append(&f, &leaf[n], NULL, NULL, &e), 0);
	}
}

Test(merkle, every_leaf_of_every_size_is_proven)
{
	grow(LEAVES);
	for (unsigned n = 1; n <= LEAVES; n++) {
		struct hash root = naive(0, n);

		for (unsigned m = 0; m < n; m++) {
			struct merkle_proof p, want = { 0 };
			struct err e = { 0 };

			cr_assert_eq(merkle_prove_leaf(&p, m, n, get, &nodes, &e), 0,
				     "%u of %u: %s", m, n, e.msg);
			naive_path(&want, m, 0, n);
			cr_assert(proof_eq(&p, &want), "%u of %u", m, n);
			cr_assert_eq(merkle_check_leaf(&p, m, n, &leaf[m], &root, &e), 0,
				     "%u of %u: %s", m, n, e.msg);
		}
	}
}

Test(merkle, every_prefix_of_every_size_is_proven)
{
	grow(LEAVES);
	for (unsigned n = 0; n <= LEAVES; n++) {
		struct hash root = naive(0, n);

		for (unsigned m = 0; m <= n; m++) {
			struct hash old = naive(0, m);
			struct merkle_proof p, want = { 0 };
			struct err e = { 0 };

			cr_assert_eq(merkle_prove_prefix(&p, m, n, get, &nodes, &e), 0,
				     "%u of %u: %s", m, n, e.msg);
			if (m)
				naive_subproof(&want, m, 0, n, true);
			cr_assert(proof_eq(&p, &want), "%u of %u", m, n);
			cr_assert_eq(merkle_check_prefix(&p, m, n, &old, &root, &e), 0,
				     "%u of %u: %s", m, n, e.msg);
		}
	}
}

Test(merkle, a_changed_proof_of_a_leaf_is_refused)
{
	grow(70);
	for (unsigned n = 1; n <= 70; n++) {
		struct hash root = naive(0, n), wrong = hash_bytes(SPAN_LIT("wrong"));

		for (unsigned m = 0; m < n; m++) {
			struct merkle_proof p, bad;

			cr_assert_eq(merkle_prove_leaf(&p, m, n, get, &nodes, NULL), 0);
			cr_assert_eq(merkle_check_leaf(&p, m, n, &wrong, &root, NULL),
				     -ERR_CORRUPT);
			cr_assert_eq(merkle_check_leaf(&p, m, n, &leaf[m], &wrong, NULL),
				     -ERR_CORRUPT);
			for (unsigned i = 0; i < p.count; i++) {
				bad = p;
				bad.node[i].b[31] ^= 1;
				cr_assert_eq(merkle_check_leaf(&bad, m, n, &leaf[m], &root, NULL),
					     -ERR_CORRUPT, "%u of %u, node %u", m, n, i);
			}
			for (unsigned other = 0; other < n; other++)
				cr_assert((merkle_check_leaf(&p, other, n, &leaf[m], &root, NULL) ==
					   0) == (other == m),
					  "%u as %u of %u", m, other, n);
			bad = p;
			bad.count++;
			cr_assert_eq(merkle_check_leaf(&bad, m, n, &leaf[m], &root, NULL),
				     -ERR_INVALID);
			if (p.count) {
				bad.count = p.count - 1;
				cr_assert_eq(merkle_check_leaf(&bad, m, n, &leaf[m], &root, NULL),
					     -ERR_INVALID);
			}
		}
	}
}

Test(merkle, a_changed_history_is_refused)
{
	grow(70);
	for (unsigned n = 2; n <= 70; n++) {
		struct hash root = naive(0, n), wrong = hash_bytes(SPAN_LIT("wrong"));

		for (unsigned m = 1; m < n; m++) {
			struct hash old = naive(0, m);
			struct merkle_proof p, bad;

			cr_assert_eq(merkle_prove_prefix(&p, m, n, get, &nodes, NULL), 0);
			cr_assert_eq(merkle_check_prefix(&p, m, n, &wrong, &root, NULL),
				     -ERR_CORRUPT);
			cr_assert_eq(merkle_check_prefix(&p, m, n, &old, &wrong, NULL),
				     -ERR_CORRUPT);
			for (unsigned i = 0; i < p.count; i++) {
				bad = p;
				bad.node[i].b[0] ^= 0x80;
				cr_assert_eq(merkle_check_prefix(&bad, m, n, &old, &root, NULL),
					     -ERR_CORRUPT, "%u of %u, node %u", m, n, i);
			}
			bad = p;
			bad.count++;
			cr_assert_eq(merkle_check_prefix(&bad, m, n, &old, &root, NULL),
				     -ERR_INVALID);
			bad.count = p.count - 1;
			cr_assert_eq(merkle_check_prefix(&bad, m, n, &old, &root, NULL),
				     -ERR_INVALID, "%u of %u", m, n);
		}
	}
}

Test(merkle, sizes_at_the_edges)
{
	struct merkle_proof none = { 0 }, one = { .count = 1 },
			    over = { .count = MERKLE_PROOF_MAX + 1 };
	struct hash empty = merkle_empty_root(), x = hash_bytes(SPAN_LIT("x")),
		    y = merkle_leaf(SPAN_LIT("y"));
	struct merkle_proof p;

	cr_assert_eq(merkle_check_leaf(&none, 0, 0, &x, &x, NULL), -ERR_INVALID);
	cr_assert_eq(merkle_check_leaf(&none, 1, 1, &x, &x, NULL), -ERR_INVALID);
	cr_assert_eq(merkle_check_leaf(&none, 0, 1, &x, &x, NULL), 0);
	cr_assert_eq(merkle_check_leaf(&over, 0, MERKLE_SIZE_MAX, &x, &x, NULL), -ERR_INVALID);
	cr_assert_eq(merkle_check_leaf(&none, 0, UINT64_MAX, &x, &x, NULL), -ERR_INVALID);
	/* from nothing and to itself */
	cr_assert_eq(merkle_check_prefix(&none, 0, 0, &empty, &empty, NULL), 0);
	cr_assert_eq(merkle_check_prefix(&none, 0, 0, &x, &x, NULL), -ERR_CORRUPT);
	cr_assert_eq(merkle_check_prefix(&none, 0, 5, &empty, &x, NULL), 0);
	cr_assert_eq(merkle_check_prefix(&none, 0, 5, &x, &x, NULL), -ERR_CORRUPT);
	cr_assert_eq(merkle_check_prefix(&one, 0, 5, &empty, &x, NULL), -ERR_INVALID);
	cr_assert_eq(merkle_check_prefix(&none, 5, 5, &x, &x, NULL), 0);
	cr_assert_eq(merkle_check_prefix(&none, 5, 5, &x, &y, NULL), -ERR_CORRUPT);
	cr_assert_eq(merkle_check_prefix(&one, 5, 5, &x, &x, NULL), -ERR_INVALID);
	cr_assert_eq(merkle_check_prefix(&none, 6, 5, &x, &x, NULL), -ERR_INVALID);
	cr_assert_eq(merkle_check_prefix(&over, 1, MERKLE_SIZE_MAX, &x, &x, NULL), -ERR_INVALID);
	cr_assert_eq(merkle_prove_leaf(&p, 0, 0, get, &nodes, NULL), -ERR_RANGE);
	cr_assert_eq(merkle_prove_leaf(&p, 5, 5, get, &nodes, NULL), -ERR_RANGE);
	cr_assert_eq(merkle_prove_leaf(&p, 0, UINT64_MAX, get, &nodes, NULL), -ERR_RANGE);
	cr_assert_eq(merkle_prove_prefix(&p, 6, 5, get, &nodes, NULL), -ERR_RANGE);
	cr_assert_eq(merkle_prove_prefix(&p, 6, UINT64_MAX, get, &nodes, NULL), -ERR_RANGE);
	cr_assert_eq(merkle_root_at(&x, UINT64_MAX, get, &nodes, NULL), -ERR_RANGE);
}

Test(merkle, failures_below_come_through)
{
	struct merkle_frontier f = grow(7), before = f;
	struct merkle_proof p;
	struct hash h = hash_bytes(SPAN_LIT("leaf"));

	for (unsigned i = 1; i <= 4; i++) { /* the eighth leaf fills four nodes */
		nodes.puts = 0;
		nodes.fail_put_at = i;
		cr_assert_eq(merkle_append(&f, &h, put, &nodes, NULL), -ERR_FULL);
		cr_assert(!memcmp(&f, &before, sizeof(f)), "put %u", i);
	}
	nodes.puts = 0;
	nodes.fail_put_at = 5;
	cr_assert_eq(merkle_append(&f, &h, put, &nodes, NULL), 0);
	cr_assert_eq(nodes.puts, 4);
	memset(nodes.has, 0, sizeof(nodes.has));
	cr_assert_eq(merkle_prove_leaf(&p, 3, 8, get, &nodes, NULL), -ERR_NOTFOUND);
	cr_assert_eq(merkle_prove_prefix(&p, 3, 8, get, &nodes, NULL), -ERR_NOTFOUND);
	cr_assert_eq(merkle_root_at(&h, 8, get, &nodes, NULL), -ERR_NOTFOUND);
}

/* A tree whose leaves are all the same has one node for each level, so it can be as large as one
 * likes. */
static struct hash level_node[MERKLE_LEVELS];

static int get_same(void *arg, unsigned level, uint64_t index, struct hash *node, struct err *e)
{
	(void)arg;
	(void)e;
	cr_assert_lt(level, MERKLE_LEVELS);
	cr_assert_leq(index, MERKLE_SIZE_MAX >> level);
	*node = level_node[level];
	return 0;
}

Test(merkle, as_long_as_it_can_be)
{
	static const uint64_t sizes[] = {
		2,
		1u << 20,
		(1ull << 32) - 1,
		(1ull << 32) + 1,
		(1ull << 62) - 1,
		1ull << 62,
		(1ull << 62) + 1,
		MERKLE_SIZE_MAX - 1,
		MERKLE_SIZE_MAX,
	};
	struct merkle_frontier f;
	struct merkle_proof p;
	struct err e = { 0 };

	level_node[0] = merkle_leaf(SPAN_LIT("same"));
	for (unsigned l = 1; l < MERKLE_LEVELS; l++)
		level_node[l] = merkle_node(&level_node[l - 1], &level_node[l - 1]);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		uint64_t n = sizes[i], some[] = { 0, 1, n / 3, n / 2, n - 2, n - 1 };
		struct hash root, old;

		cr_assert_eq(merkle_root_at(&root, n, get_same, NULL, &e), 0);
		for (size_t j = 0; j < ARRAY_LEN(some); j++) {
			uint64_t m = some[j];

			cr_assert_eq(merkle_prove_leaf(&p, m, n, get_same, NULL, &e), 0, "%s",
				     e.msg);
			cr_assert_eq(merkle_check_leaf(&p, m, n, &level_node[0], &root, &e), 0,
				     "%s", e.msg);
			cr_assert_eq(merkle_root_at(&old, m, get_same, NULL, &e), 0);
			cr_assert_eq(merkle_prove_prefix(&p, m, n, get_same, NULL, &e), 0, "%s",
				     e.msg);
			cr_assert_eq(merkle_check_prefix(&p, m, n, &old, &root, &e), 0, "%s",
				     e.msg);
		}
	}
	cr_assert_eq(merkle_frontier_at(&f, MERKLE_SIZE_MAX - 1, get_same, NULL, &e), 0);
	cr_assert_eq(merkle_append(&f, &level_node[0], NULL, NULL, &e), 0, "%s", e.msg);
	cr_assert_eq(merkle_append(&f, &level_node[0], NULL, NULL, &e), -ERR_RANGE);
	cr_assert_eq(f.size, MERKLE_SIZE_MAX);
}
