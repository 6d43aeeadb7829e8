/* The log replayed into memory, every verdict given again, every derived row compared. */
#include "ledger/verify.h"

#include "internal.h"

enum { BATCH_ENTRIES = 2000 };

struct verifying {
	struct ledger *l;    /* the store under suspicion */
	struct ledger *twin; /* made again from its log */
	struct kv *kv;
	struct arena *a;
	struct verify_report *out;
	struct err *e;
};

static int wrong(struct verifying *v, uint64_t lsn, const char *what)
{
	v->out->lsn = lsn;
	return err_set(v->e, ERR_CORRUPT, "entry %llu: %s", (unsigned long long)lsn, what);
}

static int check_links(struct verifying *v, const struct entry *en, const struct envelope *env)
{
	struct chain_row chain = { .lsn = 0 };
	uint64_t prev_unit = 0;
	int rc = unit_head_get(v->twin, en->unit, &prev_unit, v->e);

	if (!rc)
		rc = ledger_chain(v->twin, en->device, &chain, v->e);
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	if (en->prev_unit != prev_unit)
		return wrong(v, en->lsn, "the link to its unit's entry before is wrong");
	if (en->prev_device != chain.lsn)
		return wrong(v, en->lsn, "the link to its device's entry before is wrong");
	if (!en->device && chain.epoch && env->epoch != chain.epoch)
		return 0; /* of before a restore, brought back, its chain is another; or a restore begins one */
	if (env->seq != chain.seq + 1 || (en->device && env->epoch != chain.epoch))
		return wrong(v, en->lsn, "its device's chain has a gap");
	return 0;
}

static bool is_given(const struct entry *en, const struct decision *d)
{
	return d->verdict == en->verdict && d->code == en->code &&
	       (span_eq(span_str(d->detail), en->detail) || (d->detail_new && !en->detail.len));
}

static int check_verdict(struct verifying *v, const struct entry *en, const struct envelope *env)
{
	struct decision d;
	int rc = rejudge(v->twin, en, env, false, &d, v->e);

	if (!rc && !is_given(en, &d))
		rc = rejudge(v->twin, en, env, true, &d, v->e);
	if (rc)
		return rc;
	if (!is_given(en, &d))
		return wrong(v, en->lsn, "its verdict is not what decide() gives");
	v->out->closings += d.detail_new && en->detail.len;
	v->out->accepted += en->verdict == VERDICT_ACCEPTED;
	v->out->late += en->verdict == VERDICT_LATE;
	v->out->refused += en->verdict == VERDICT_REFUSED;
	return 0;
}

static int replay_one(struct verifying *v, uint64_t lsn, struct span bytes)
{
	struct envelope env;
	struct entry en;
	struct hash h;
	int rc;

	arena_reset(v->a);
	rc = entry_decode(&en, bytes, v->a, v->e);
	if (!rc)
		rc = envelope_decode(&env, en.envelope, v->a, v->e);
	if (rc)
		return rc == -ERR_NOMEM ? rc : wrong(v, lsn, "it cannot be read");
	if (en.lsn != lsn)
		return wrong(v, lsn, "it bears another number");
	if (en.time_ms < v->twin->info.time_ms)
		return wrong(v, lsn, "its receive time goes back");
	h = hash_bytes(en.body);
	if (en.body.data && memcmp(h.b, env.body_hash, HASH_BYTES))
		return wrong(v, lsn, "its body does not match its hash");
	rc = check_links(v, &en, &env);
	if (!rc)
		rc = check_verdict(v, &en, &env);
	if (!rc)
		rc = ledger_put_entry(v->twin, bytes, v->e);
	if (rc)
		v->out->lsn = lsn;
	return rc;
}

/* What a walk comes past is not always found by its key: a damaged branch of the store's own tree leads elsewhere, and
 * whoever asks for the row is told that there is none. */
static int findable(struct verifying *v, enum table t, struct span key, struct span value)
{
	struct span found;
	int rc = kv_get(v->l->txn, (uint8_t)t, key, &found, v->e);

	if (rc == -ERR_NOTFOUND || (!rc && !span_eq(found, value)))
		return err_set(v->e, ERR_CORRUPT, "table %s: a row is not found by its key",
			       table_name(t));
	return rc;
}

static int replay(struct verifying *v, void (*progress)(void *ctx, uint64_t lsn), void *ctx)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, v->l->txn, T_LOG, none, none, false, v->e);

	while (!rc && (rc = kv_next(c, &key, &value, v->e)) == 1) {
		uint64_t lsn = key_read_u64(key, 0);
		struct rd r;

		if (lsn != v->out->entries + 1) {
			rc = wrong(v, v->out->entries + 1, "it is missing");
			break;
		}
		rc = findable(v, T_LOG, key, value);
		if (rc)
			break;
		rc = row_open(&r, T_LOG, value, v->e);
		if (rc)
			rc = wrong(v, lsn, "its row does not match its checksum");
		if (!rc)
			rc = replay_one(v, lsn, rd_bytes(&r, rd_left(&r)));
		v->out->entries += !rc;
		if (!rc && lsn % BATCH_ENTRIES == 0) {
			rc = ledger_commit(v->twin, NULL, NULL, v->e);
			if (!rc)
				rc = ledger_begin(v->twin, v->e);
			if (progress)
				progress(ctx, lsn);
		}
	}
	kv_walk_end(c);
	if (!rc && v->out->entries != v->l->info.lsn)
		rc = wrong(v, v->out->entries + 1, "it is missing");
	return rc;
}

/* Rows that stand for themselves: the log was compared by replaying it, the head by its signature. */
static bool primary(enum table t, struct span key)
{
	return t == T_LOG || (t == T_META && span_eq(key, SPAN_LIT("head")));
}

static int next_row(struct kv_cursor *c, enum table t, struct span *key, struct span *value,
		    struct err *e)
{
	int rc;

	do
		rc = kv_next(c, key, value, e);
	while (rc == 1 && primary(t, *key));
	return rc;
}

static int compare_table(struct verifying *v, struct kv_txn *twin, enum table t)
{
	struct span none = { NULL, 0 }, key_a, key_b, value_a, value_b;
	struct kv_cursor *a = NULL, *b = NULL;
	int rc = kv_walk(&a, v->l->txn, (uint8_t)t, none, none, false, v->e), more;

	if (!rc)
		rc = kv_walk(&b, twin, (uint8_t)t, none, none, false, v->e);
	while (!rc) {
		rc = next_row(a, t, &key_a, &value_a, v->e);
		more = rc < 0 ? rc : next_row(b, t, &key_b, &value_b, v->e);
		if (rc < 0 || more < 0 || (!rc && !more)) {
			rc = rc < 0 ? rc : more;
			break;
		}
		v->out->rows++;
		rc = rc != more || !span_eq(key_a, key_b) || !span_eq(value_a, value_b)
			     ? err_set(v->e, ERR_CORRUPT,
				       "table %s: row %llu differs from the log's replay",
				       table_name(t), (unsigned long long)v->out->rows)
			     : findable(v, t, key_a, value_a);
	}
	kv_walk_end(a);
	kv_walk_end(b);
	return rc;
}

static int compare(struct verifying *v)
{
	struct kv_txn *twin;
	int rc = kv_begin(&twin, v->kv, KV_READ, v->e);

	for (enum table t = 0; t < T_LEDGER_END && !rc; t++)
		rc = compare_table(v, twin, t);
	kv_abort(&twin);
	return rc;
}

struct recomputed {
	struct verifying *v;
	uint64_t rows;
};

static int is_kept(void *ctx, uint32_t node, uint8_t form, struct period p, const struct agg *sum)
{
	struct recomputed *r = ctx;
	struct agg kept;
	int rc = agg_get(r->v->twin, node, form, p, &kept, r->v->e);

	r->rows++;
	return rc || agg_equal(&kept, sum)
		       ? rc
		       : err_set(r->v->e, ERR_CORRUPT,
				 "table %s: the row of unit %u is not what its sheets add up to",
				 table_name(T_AGGREGATE), node);
}

/* Aggregates once more, from the sheets as they are and nothing else; and no others are there. */
static int recompute(struct verifying *v)
{
	struct span none = { NULL, 0 }, key, value;
	struct recomputed r = { .v = v };
	struct kv_cursor *c = NULL;
	uint64_t rows = 0;
	int rc = read_enter(v->twin, v->e);

	if (rc)
		return rc;
	rc = agg_recompute(v->twin, is_kept, &r, v->e);
	if (!rc)
		rc = kv_walk(&c, v->twin->txn, T_AGGREGATE, none, none, false, v->e);
	while (!rc && (rc = kv_next(c, &key, &value, v->e)) == 1) {
		rows++;
		rc = 0;
	}
	kv_walk_end(c);
	read_leave(v->twin);
	if (!rc && rows != r.rows)
		rc = err_set(v->e, ERR_CORRUPT, "table %s: %llu rows, %llu by the sheets",
			     table_name(T_AGGREGATE), (unsigned long long)rows,
			     (unsigned long long)r.rows);
	return rc;
}

static int check_head(struct verifying *v)
{
	struct ed25519_public by;
	struct ed25519_sig sig;
	struct head head;
	int rc = ledger_head(v->l, &head, &sig, v->e);

	v->out->root = merkle_root(&v->twin->frontier);
	if (rc == -ERR_NOTFOUND)
		return err_set(v->e, ERR_CORRUPT, "the store has no signed head");
	if (rc)
		return rc;
	if (head.size != v->out->entries || !hash_eq(&head.root, &v->out->root) ||
	    memcmp(head.incarnation, v->twin->info.incarnation, sizeof(head.incarnation)))
		return err_set(v->e, ERR_CORRUPT,
			       "the signed head speaks of another log than this one");
	memcpy(by.b, v->twin->info.log_key,
	       sizeof(by.b)); /* as the log says, not as the row does */
	return head_verify(&head, &sig, &by, v->e);
}

static int verify_inside(struct verifying *v, void (*progress)(void *ctx, uint64_t lsn), void *ctx)
{
	int rc = ledger_begin(v->twin, v->e);

	if (!rc)
		rc = ledger_blank(v->twin, v->e);
	if (!rc)
		rc = replay(v, progress, ctx);
	if (rc) {
		ledger_abort(v->twin);
		return rc;
	}
	rc = ledger_commit(v->twin, NULL, NULL, v->e);
	if (!rc)
		rc = compare(v);
	if (!rc)
		rc = check_head(v);
	return rc ? rc : recompute(v);
}

int ledger_verify(struct verify_report *out, struct ledger *l,
		  void (*progress)(void *ctx, uint64_t lsn), void *ctx, struct err *e)
{
	struct verifying v = { .l = l, .out = out, .e = e };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = kv_mem_open(&v.kv, LEDGER_TABLES, e);
	if (rc)
		return rc;
	v.a = arena_new(SCRATCH_BUDGET);
	rc = v.a ? ledger_new(&v.twin, v.kv, 0, e) : err_set(e, ERR_NOMEM, "no memory to verify");
	if (!rc) {
		rc = read_enter(l, e);
		if (!rc) {
			rc = verify_inside(&v, progress, ctx);
			read_leave(l);
		}
		ledger_close(v.twin);
	}
	arena_free(v.a);
	kv_close(v.kv);
	return rc;
}
