#include <assert.h>
#include <inttypes.h>

#include "kv_impl.h"

static_assert(KV_KEY_MAX <= UINT16_MAX, "key lengths are kept in 16 bits");

/* Its address tells threads apart without a thread library. */
static _Thread_local char this_thread;

static int call_counted(struct kv *kv, struct err *e)
{
	uint64_t n = atomic_fetch_add(&kv->calls, 1) + 1;
	uint64_t at = atomic_load(&kv->fail_at);

	if (!at || n < at)
		return 0;
	return err_set(e, (enum err_code)kv->fail_code, "store call %" PRIu64 " made to fail", n);
}

void kv_fail_at(struct kv *kv, uint64_t nth_call, enum err_code code, bool land)
{
	atomic_store(&kv->fail_at, 0);
	kv->fail_code = code;
	kv->fail_land = land && code == ERR_FATAL;
	atomic_store(&kv->fail_at, code ? nth_call : 0);
}

uint64_t kv_calls(const struct kv *kv)
{
	return atomic_load(&kv->calls);
}

void kv_close(struct kv *kv)
{
	if (!kv)
		return;
	assert(!atomic_load(&kv->open_txns)); /* its pages would go away under a reader */
	kv->ops->close(kv);
}

static int stopped(struct err *e)
{
	return err_set(e, ERR_FATAL, "the store stopped after a commit of unknown outcome");
}

int kv_begin(struct kv_txn **out, struct kv *kv, enum kv_mode mode, struct err *e)
{
	uintptr_t self = (uintptr_t)&this_thread;
	int rc;

	*out = NULL;
	rc = call_counted(kv, e);
	if (rc)
		return rc;
	if (mode == KV_WRITE && kv->read_only)
		return err_set(e, ERR_DENIED, "the store is open for reading only");
	if (atomic_load(&kv->stopped))
		return stopped(e);
	/* Waiting for oneself would be for ever. */
	assert(mode != KV_WRITE || atomic_load(&kv->writer) != self);
	rc = kv->ops->begin(out, kv, mode, e);
	if (rc)
		return rc;
	(*out)->kv = kv;
	(*out)->mode = mode;
	atomic_fetch_add(&kv->open_txns, 1);
	if (mode == KV_READ)
		return 0;
	atomic_store(&kv->writer, self);
	if (atomic_load(&kv->stopped)) { /* by the writer that this one waited for */
		kv_abort(out);
		return stopped(e);
	}
	return 0;
}

/* The implementation's own end of a write transaction lets the next writer in, so what names the
 * holder is cleared before. */
static void leave(struct kv_txn *txn)
{
	assert(!txn->cursors); /* an open walk would read freed memory */
	if (txn->mode == KV_WRITE)
		atomic_store(&txn->kv->writer, 0);
	atomic_fetch_sub(&txn->kv->open_txns, 1);
}

void kv_abort(struct kv_txn **txn)
{
	struct kv_txn *t = *txn;

	if (!t)
		return;
	*txn = NULL;
	leave(t);
	t->kv->ops->abort(t);
}

static int repeat_first(const struct kv_txn *txn, struct err *e)
{
	if (e)
		*e = txn->first;
	return txn->failed;
}

int kv_commit(struct kv_txn **txn, struct err *e)
{
	struct kv_txn *t = *txn;
	struct kv *kv = t->kv;
	int made_to_fail = call_counted(kv, e);
	int rc = made_to_fail;

	if (t->failed)
		rc = repeat_first(t, e);
	if (t->mode == KV_READ || t->failed || (made_to_fail && !kv->fail_land)) {
		/* Set before the end, which lets in a writer that waits. */
		if (t->mode == KV_WRITE && rc == -ERR_FATAL)
			atomic_store(&kv->stopped, true);
		kv_abort(txn);
		return rc;
	}
	*txn = NULL;
	if (made_to_fail)
		atomic_store(&kv->stopped, true);
	leave(t);
	if (made_to_fail) { /* the data lands and nobody is told */
		kv->ops->commit(t, NULL);
		return rc;
	}
	return kv->ops->commit(t, e);
}

/* Remember the first failure; -ERR_NOTFOUND is an answer, not a failure. */
static int settle(struct kv_txn *txn, int rc, struct err *e)
{
	if (rc >= 0)
		return rc;
	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND, "no such key");
	txn->failed = rc;
	return repeat_first(txn, e);
}

/* What every call inside a transaction asks first. Non-zero: already settled, return it. */
static int enter(struct kv_txn *txn, uint8_t table, struct err *e)
{
	int rc = call_counted(txn->kv, txn->failed ? NULL : &txn->first);

	if (txn->failed)
		return repeat_first(txn, e);
	if (!rc && table >= txn->kv->tables)
		rc = err_set(&txn->first, ERR_INVALID, "the store has no table %u",
			     (unsigned)table);
	return rc ? settle(txn, rc, e) : 0;
}

static int key_check(struct span key, struct err *e)
{
	if (key.len < 1 || key.len > KV_KEY_MAX)
		return err_set(e, ERR_INVALID, "a store key of %zu bytes", key.len);
	return 0;
}

int kv_get(struct kv_txn *txn, uint8_t table, struct span key, struct span *value, struct err *e)
{
	int rc;

	*value = (struct span){ 0 };
	rc = enter(txn, table, e);
	if (rc)
		return rc;
	rc = key_check(key, &txn->first);
	if (!rc)
		rc = txn->kv->ops->get(txn, table, key, value, &txn->first);
	if (!rc)
		rc = kv_sums_take(txn->kv, table, key, value, &txn->first);
	return settle(txn, rc, e);
}

static int write_check(const struct kv_txn *txn, struct span key, struct err *e)
{
	if (txn->mode != KV_WRITE)
		return err_set(e, ERR_INVALID, "a write in a read transaction");
	return key_check(key, e);
}

static int write_pair(struct kv_txn *txn, uint8_t table, struct span key, struct span value,
		      bool append, struct err *e)
{
	uint8_t room[KV_SUMS_ROOM];
	int rc = enter(txn, table, e);

	if (rc)
		return rc;
	rc = write_check(txn, key, &txn->first);
	if (!rc && value.len > KV_VALUE_MAX)
		rc = err_set(&txn->first, ERR_INVALID, "a store value of %zu bytes", value.len);
	if (!rc)
		rc = kv_sums_give(txn->kv, table, key, value, room, &value, &txn->first);
	if (!rc)
		rc = txn->kv->ops->put(txn, table, key, value, append, &txn->first);
	if (!rc) {
		txn->work.puts++;
		txn->work.bytes += key.len + value.len;
	}
	return settle(txn, rc, e);
}

int kv_put(struct kv_txn *txn, uint8_t table, struct span key, struct span value, struct err *e)
{
	return write_pair(txn, table, key, value, false, e);
}

int kv_append(struct kv_txn *txn, uint8_t table, struct span key, struct span value, struct err *e)
{
	return write_pair(txn, table, key, value, true, e);
}

int kv_del(struct kv_txn *txn, uint8_t table, struct span key, struct err *e)
{
	int rc = enter(txn, table, e);

	if (rc)
		return rc;
	rc = write_check(txn, key, &txn->first);
	if (!rc)
		rc = txn->kv->ops->del(txn, table, key, &txn->first);
	return settle(txn, rc, e);
}

static bool begins_with(struct span key, const uint8_t *prefix, size_t len)
{
	return key.len >= len && (!len || !memcmp(key.data, prefix, len));
}

static void copy_in(uint8_t *to, uint16_t *to_len, struct span from)
{
	if (from.len)
		memcpy(to, from.data, from.len);
	*to_len = (uint16_t)from.len;
}

/* Down from the end of a prefix: start below the least key that is greater than all that begin with
 * it. A prefix of 0xff bytes, or none, has no such key: start at the end of the table. */
static void start_below_successor(struct kv_cursor *c, struct span prefix)
{
	while (prefix.len && prefix.data[prefix.len - 1] == 0xff)
		prefix.len--;
	c->at_end = !prefix.len;
	c->below = true;
	copy_in(c->start, &c->start_len, prefix);
	if (prefix.len)
		c->start[prefix.len - 1]++;
}

int kv_walk(struct kv_cursor **out, struct kv_txn *txn, uint8_t table, struct span prefix,
	    struct span from, bool down, struct err *e)
{
	struct kv_cursor *c;
	int rc;

	*out = NULL;
	rc = enter(txn, table, e);
	if (rc)
		return rc;
	if (prefix.len > KV_KEY_MAX || from.len > KV_KEY_MAX ||
	    (from.len && !begins_with(from, prefix.data, prefix.len)))
		rc = err_set(&txn->first, ERR_INVALID, "a walk from outside of its prefix");
	if (!rc)
		rc = txn->kv->ops->cursor(&c, txn, table, &txn->first);
	if (rc)
		return settle(txn, rc, e);
	c->txn = txn;
	c->table = table;
	c->down = down;
	copy_in(c->prefix, &c->prefix_len, prefix);
	if (down && !from.len)
		start_below_successor(c, prefix);
	else
		copy_in(c->start, &c->start_len, from.len ? from : prefix);
	txn->cursors++;
	*out = c;
	return 0;
}

/* 1 with a pair, 0 at the end of the table. */
static int advance(struct kv_cursor *c, struct span *key, struct span *value, struct err *e)
{
	const struct kv_ops *ops = c->txn->kv->ops;
	struct span start = span_of(c->start, c->start_len);
	int rc;

	if (c->started)
		return ops->step(c, key, value, e);
	c->started = true;
	rc = ops->seek(c, start, key, value, e);
	if (rc == 1 && c->below && !c->at_end && span_eq(*key, start))
		rc = ops->step(c, key, value, e);
	return rc;
}

int kv_next(struct kv_cursor *c, struct span *key, struct span *value, struct err *e)
{
	int rc;

	*key = *value = (struct span){ 0 };
	rc = enter(c->txn, c->table, e);
	if (rc || c->ended)
		return rc;
	do
		rc = advance(c, key, value, &c->txn->first);
	while (rc == 1 && kv_sums_hidden(c->txn->kv, c->table, *key));
	if (rc == 1 && begins_with(*key, c->prefix, c->prefix_len)) {
		rc = kv_sums_take(c->txn->kv, c->table, *key, value, &c->txn->first);
		if (!rc)
			return 1;
	}
	c->ended = true;
	*key = *value = (struct span){ 0 };
	return rc < 0 ? settle(c->txn, rc, e) : 0;
}

void kv_walk_end(struct kv_cursor *c)
{
	if (!c)
		return;
	c->txn->cursors--;
	c->txn->kv->ops->cursor_end(c);
}

int kv_health(struct kv *kv, struct kv_health *out, struct err *e)
{
	int rc;

	*out = (struct kv_health){ 0 };
	rc = call_counted(kv, e);
	return rc ? rc : kv->ops->health(kv, out, e);
}

int kv_reap_readers(struct kv *kv, unsigned *dropped, struct err *e)
{
	int rc;

	*dropped = 0;
	rc = call_counted(kv, e);
	return rc ? rc : kv->ops->reap(kv, dropped, e);
}

int kv_copy(struct kv *kv, const char *dir, struct err *e)
{
	int rc = call_counted(kv, e);

	if (rc)
		return rc;
	if (atomic_load(&kv->stopped))
		return stopped(e);
	/* The copy holds writers up for a moment at its start: it would wait for its own thread. */
	assert(atomic_load(&kv->writer) != (uintptr_t)&this_thread);
	return kv->ops->copy(kv, dir, e);
}

struct kv_work kv_txn_work(const struct kv_txn *txn)
{
	return txn->work;
}
