/* A device's own ops, the line of incarnations, roots and proofs: what judging a Hello asks for. */
#include "internal.h"

#include "ledger/feed.h"

#include <stdio.h>

static int read_own(struct ledger *l, uint64_t lsn, struct entry *en, struct envelope *env,
		    struct arena *scratch, struct err *e)
{
	struct span bytes;
	int rc;

	arena_reset(scratch);
	rc = log_get(l, lsn, &bytes, e);
	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_CORRUPT, "entry %llu is named by a later one, but missing",
			       (unsigned long long)lsn);
	if (!rc)
		rc = entry_decode(en, bytes, scratch, e);
	return rc ? rc : envelope_decode(env, en->envelope, scratch, e);
}

static void own_of(struct feed_own *out, const struct entry *en, const struct envelope *env)
{
	*out = (struct feed_own){
		.seq = env->seq, .lsn = en->lsn, .verdict = en->verdict, .code = en->code
	};
	memcpy(out->body_hash.b, env->body_hash, HASH_BYTES);
	snprintf(out->detail, sizeof(out->detail), "%.*s", (int)en->detail.len,
		 en->detail.data ? (const char *)en->detail.data : "");
}

static int walk_own(struct feed_own *rows, size_t count, struct ledger *l,
		    const struct chain_row *chain, struct err *e)
{
	struct arena *scratch = arena_new(OP_DECODE_ARENA);
	uint64_t lsn = chain->lsn;
	int rc = scratch ? 0 : err_set(e, ERR_NOMEM, "no memory for a device's ops");

	for (size_t left = count; left && !rc; left--) {
		struct envelope env;
		struct entry en;

		rc = read_own(l, lsn, &en, &env, scratch, e);
		if (!rc && (env.epoch != chain->epoch || env.seq != chain->seq - (count - left)))
			rc = err_set(e, ERR_CORRUPT,
				     "entry %llu is not the one before in its device's chain",
				     (unsigned long long)lsn);
		if (rc)
			break;
		own_of(&rows[left - 1], &en, &env);
		lsn = en.prev_device;
	}
	arena_free(scratch);
	return rc;
}

int feed_own(const struct feed_own **out, size_t *count, struct ledger *l, uint64_t device,
	     uint64_t first, size_t max, struct arena *a, struct err *e)
{
	struct feed_own *rows;
	struct chain_row chain;
	int rc = read_enter(l, e);

	*out = NULL;
	*count = 0;
	if (rc)
		return rc;
	assert(first);
	rc = ledger_chain(l, device, &chain, e);
	if (!rc && first <= chain.seq) {
		if (chain.seq - first >= max) {
			rc = err_set(e, ERR_RANGE, "%llu ops since op %llu",
				     (unsigned long long)(chain.seq - first + 1),
				     (unsigned long long)first);
		} else {
			*count = (size_t)(chain.seq - first + 1);
			rows = arena_array(a, *count, sizeof(*rows));
			rc = rows ? walk_own(rows, *count, l, &chain, e)
				  : err_set(e, ERR_NOMEM, "no memory for a device's ops");
			*out = rows;
		}
	}
	read_leave(l);
	return rc;
}

/* ---- lists ---- */

static size_t count_keys(struct kv_cursor *c, struct err *e, int *rc)
{
	struct span key, value;
	size_t count = 0;

	while ((*rc = kv_next(c, &key, &value, e)) == 1)
		count++;
	return count;
}

static int list_devices(uint64_t **out, size_t *count, struct ledger *l, struct arena *a,
			struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	size_t at = 0;
	int rc = kv_walk(&c, l->txn, T_DEVICE, none, none, false, e);

	if (!rc)
		*count = count_keys(c, e, &rc);
	kv_walk_end(c);
	if (rc)
		return rc;
	*out = arena_array(a, *count, sizeof(**out));
	if (*count && !*out)
		return err_set(e, ERR_NOMEM, "no memory for a list of devices");
	rc = kv_walk(&c, l->txn, T_DEVICE, none, none, false, e);
	while (!rc && at < *count && (rc = kv_next(c, &key, &value, e)) == 1) {
		(*out)[at++] = key_read_u64(key, 0);
		rc = 0;
	}
	kv_walk_end(c);
	return rc;
}

int ledger_devices(const uint64_t **out, size_t *count, struct ledger *l, struct arena *a,
		   struct err *e)
{
	uint64_t *list = NULL;
	int rc;

	assert(!l->in_batch); /* rows of a batch are not in the store yet */
	*count = 0;
	rc = read_enter(l, e);
	if (rc)
		return rc;
	rc = list_devices(&list, count, l, a, e);
	read_leave(l);
	*out = list;
	return rc;
}

int ledger_person_free(struct ledger *l, uint32_t *person, struct err *e)
{
	struct span key = { NULL, 0 }, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	struct person_row row;
	int rc = read_enter(l, e);

	*person = 1;
	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, T_PERSON, none, none, true, e);
	if (!rc)
		rc = kv_next(c, &key, &value, e);
	if (rc == 1)
		*person = key_read_u32(key, 0) + 1;
	kv_walk_end(c);
	rc = rc < 0 ? rc : 0;
	while (!rc && !(rc = ledger_person(l, *person, &row, e)))
		++*person; /* given earlier in this batch */
	read_leave(l);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* ---- incarnations ---- */

enum { LINE_MAX = 1024 };

struct lining {
	struct ledger *l;
	struct feed_branch *line; /* newest first */
	size_t count, max;
	struct arena *a;
};

static int line_each(void *ctx, const struct entry *en, const struct envelope *env,
		     const struct op *op, struct err *e)
{
	struct lining *n = ctx;
	const struct feed_branch *child = n->count ? &n->line[n->count - 1] : NULL;
	static const uint8_t none[16];
	struct feed_branch *b;

	(void)env;
	if (!op || op->kind != OP_INCARNATION || en->verdict != VERDICT_ACCEPTED)
		return 0;
	if (child && memcmp(child->parent, op->incarnation.id, 16))
		return err_set(e, ERR_CORRUPT, "entry %llu breaks the line of incarnations",
			       (unsigned long long)en->lsn);
	if (n->count == n->max)
		return err_set(e, ERR_RANGE, "more than %zu incarnations", n->max);
	assert(n->line);
	b = &n->line[n->count++];
	memcpy(b->id, op->incarnation.id, 16);
	memcpy(b->parent, op->incarnation.parent, 16);
	b->branch_lsn = op->incarnation.branch_lsn;
	b->cause = arena_copy(n->a, op->incarnation.cause);
	return !memcmp(b->parent, none, 16); /* the first of the line: nothing before it */
}

int feed_line(const struct feed_branch **out, size_t *count, struct ledger *l, struct arena *a,
	      struct err *e)
{
	struct arena *scratch = arena_new(SCRATCH_BUDGET);
	struct lining n = { .l = l, .max = LINE_MAX, .a = a };
	uint64_t head;
	int rc;

	*out = NULL;
	*count = 0;
	n.line = arena_array(a, LINE_MAX, sizeof(*n.line));
	rc = scratch && n.line ? read_enter(l, e) : err_set(e, ERR_NOMEM, "no memory for a line");
	if (!rc) {
		rc = unit_head_get(l, 0, &head, e);
		if (!rc)
			rc = walk_unit(l, head, scratch, line_each, &n, e);
		read_leave(l);
	}
	arena_free(scratch);
	for (size_t i = 0; i < n.count / 2; i++) {
		struct feed_branch swap = n.line[i];

		n.line[i] = n.line[n.count - 1 - i];
		n.line[n.count - 1 - i] = swap;
	}
	*out = n.line;
	*count = n.count;
	return rc;
}

/* ---- roots and proofs ---- */

int ledger_root_at(struct ledger *l, uint64_t size, struct hash *out, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = size > l->info.lsn ? err_set(e, ERR_RANGE, "the log has not %llu entries",
					  (unsigned long long)size)
				: merkle_root_at(out, size, log_node, l, e);
	read_leave(l);
	return rc;
}

int ledger_prove_prefix(struct ledger *l, uint64_t old_size, uint64_t size,
			struct merkle_proof *out, struct err *e)
{
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = old_size > size || size > l->info.lsn
		     ? err_set(e, ERR_RANGE, "the first %llu entries of %llu",
			       (unsigned long long)old_size, (unsigned long long)size)
		     : merkle_prove_prefix(out, old_size, size, log_node, l, e);
	read_leave(l);
	return rc;
}
