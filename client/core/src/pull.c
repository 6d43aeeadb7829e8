/* Entries into base: checked for gaps, applied in order, in one commit with the cursor. */
#include "internal.h"

#include <stdlib.h>

struct taking {
	const struct pulled *p;
	enum feed_trouble trouble;
	uint64_t lsn;
	bool forked; /* an own identity with another body */
	bool anew; /* whether something is missing can be told when all is read: into a base beside */
	struct odd {
		uint32_t unit;
		uint64_t lsn;
	} * odd; /* units whose chain does not fit */
	size_t odd_count;
};

static int stop(struct taking *t, enum feed_trouble trouble, uint64_t lsn, struct err *e)
{
	t->trouble = trouble;
	t->lsn = lsn;
	return err_set(e, ERR_PROTO, "entry %llu: %s", (unsigned long long)lsn,
		       feed_trouble_name(trouble));
}

/* Failures of the store and of memory are no fault of the feed. */
static bool store_failed(int rc)
{
	return rc == -ERR_NOMEM || rc == -ERR_IO || rc == -ERR_FULL || rc == -ERR_FATAL ||
	       rc == -ERR_BUSY;
}

/* What it says; OP_NONE where that is not to be read. */
static enum op_kind kind_of(const struct entry *en, struct arena *a)
{
	struct op op = { .kind = OP_NONE };

	return en->body.data && op_decode(&op, en->body, a, NULL) == CODE_OK ? op.kind : OP_NONE;
}

/* Of units elsewhere: handed over (a target, a late op), addressed to this one, or for everybody. */
static bool handed_here(const struct entry *en, struct arena *a)
{
	enum op_kind kind = kind_of(en, a);

	return en->verdict == VERDICT_LATE || kind == OP_TARGET || kind == OP_UNIT_KEY ||
	       kind == OP_CASE_MOVE || kind == OP_MEMBER_MOVE;
}

/* What is told of the days on which a unit stood here that has left since (PROTOCOL.md, section 8, rule 8). */
static bool told_of_left(const struct entry *en, struct arena *a)
{
	enum op_kind kind = kind_of(en, a);

	return (kind >= OP_SHEET && kind <= OP_LATE_DECISION) || kind == OP_MEMBERS ||
	       kind == OP_CLOSE || kind == OP_UNLOCK;
}

/* Read from the beginning, an own entry, one handed over, a plan that those who took the unit over are told, or what the
 * unit reported here comes without the rest of its chain where that unit was moved out of this part; the act that moved
 * it is read later. So it is asked again when all is read. */
static int of_elsewhere(const struct client *c, const struct entry *en, struct arena *a,
			struct taking *t, struct err *e)
{
	struct odd *more;

	if (en->device != c->id.device && !handed_here(en, a) && kind_of(en, a) != OP_PLAN &&
	    !told_of_left(en, a))
		return 0;
	t->anew = !c->st.staging;
	if (t->anew)
		return 0;
	for (size_t i = 0; i < t->odd_count; i++)
		if (t->odd[i].unit == en->unit)
			return 1;
	more = realloc(t->odd, (t->odd_count + 1) * sizeof(*more));
	if (!more)
		return err_set(e, ERR_NOMEM, "no memory");
	t->odd = more;
	t->odd[t->odd_count++] = (struct odd){ en->unit, en->lsn };
	return 1;
}

static int check_odd(struct client *c, struct taking *t, struct err *e)
{
	int64_t ms = ledger_info(c->base).time_ms;
	day_t day = day_of_instant(c->st.server_ms > ms ? c->st.server_ms : ms);

	for (size_t i = 0; i < t->odd_count; i++)
		if (tree_inside_later(ledger_tree(c->base), t->odd[i].unit, c->id.unit, day))
			return stop(t, FEED_GAP, t->odd[i].lsn, e);
	return 0;
}

/* The links of the unit's chain and of the own one leave no room for a missing entry. */
static int check_links(struct client *c, const struct entry *en, struct arena *a, struct taking *t,
		       struct err *e)
{
	struct ledger_info info = ledger_info(c->base);
	uint64_t head;
	int rc;

	if (en->lsn <= info.lsn || en->time_ms < info.time_ms)
		return stop(t, FEED_GAP, en->lsn, e);
	/* Of units above only some kinds come, of those elsewhere what was handed over: their chains have holes.
	 * The entry that makes a unit, of whichever, is the first of its chain. An own entry may be of a unit that
	 * was moved away. */
	if (!en->unit ||
	    (!tree_get(ledger_tree(c->base), en->unit) && en->device != c->id.device &&
	     !handed_here(en, a)) ||
	    tree_inside(ledger_tree(c->base), en->unit, c->id.unit, day_of_instant(en->time_ms),
			UINT64_MAX)) {
		rc = part_unit_head(c->base, en->unit, &head, e);
		if (rc)
			return rc;
		rc = en->prev_unit == head ? 1 : of_elsewhere(c, en, a, t, e);
		if (rc < 0)
			return rc;
		if (!rc)
			return stop(t, FEED_GAP, en->lsn, e);
	}
	if (en->device == c->id.device && en->prev_device != c->st.own_lsn)
		return stop(t, FEED_GAP, en->lsn, e);
	return 0;
}

/* *op is what it says; OP_NONE where it was not accepted. */
static int check_readable(struct op *op, const struct entry *en, struct arena *a, struct taking *t,
			  struct err *e)
{
	enum op_code code;

	op->kind = OP_NONE;
	if (en->verdict != VERDICT_ACCEPTED)
		return 0;
	code = op_decode(op, en->body, a, e);
	if (code == CODE_NO_VERDICT)
		return -ERR_NOMEM;
	if (code != CODE_OK || !part_knows(op->kind))
		return stop(t, FEED_NEWER, en->lsn, e);
	return 0;
}

/* ---- own ops that the server acked ---- */

/* Was it acked in the log that the page is of? In another one, before a restore, its number and its verdict may have been
 * others. */
static bool acked_here(const struct own_op *op, const struct wire_page *page)
{
	return op->verdict != VERDICT_NONE && !op->pulled &&
	       !memcmp(op->given, page->next.incarnation, sizeof(op->given));
}

static bool as_acked(const struct own_op *op, const struct entry *en, const struct pulled *p)
{
	return !acked_here(op, p->page) ||
	       (op->lsn == en->lsn && op->verdict == en->verdict && op->code == en->code);
}

/* Everything up to page.next has come. */
static bool is_absent(const struct client *c, const struct own_op *op, const struct pulled *p)
{
	if (op->id.device != c->id.device || op->pulled)
		return false;
	if (acked_here(op, p->page) && op->lsn <= p->page->next.lsn)
		return true;
	return !p->page->more && op->id.epoch == c->st.epoch && op->id.seq <= p->acked_seq;
}

static int check_acked(struct client *c, struct taking *t, struct err *e)
{
	for (size_t i = 0; i < c->own.count; i++) {
		const struct own_op *op = &c->own.ops[i];

		if (is_absent(c, op, t->p))
			return stop(t, FEED_NOT_AS_ACKED, op->lsn ? op->lsn : t->p->page->next.lsn,
				    e);
	}
	return 0;
}

/* Into a base from the beginning: what was here before came again too. */
static int check_kept(struct client *c, struct taking *t, struct err *e)
{
	for (size_t i = 0; i < c->own.count; i++) {
		const struct own_op *op = &c->own.ops[i];
		int rc;

		if (op->id.device != c->id.device || !op->pulled)
			continue;
		buf_reset(&c->row);
		rc = ledger_entry(c->base, op->lsn, &c->row, e);
		if (rc == -ERR_NOTFOUND)
			return stop(t, FEED_NOT_AS_ACKED, op->lsn, e);
		if (rc)
			return rc;
	}
	return 0;
}

/* An own op comes back: this is its verdict for good. `op` is what the entry says. */
static int take_own(struct client *c, const struct entry *en, const struct op *op, struct arena *a,
		    struct taking *t, struct err *e)
{
	struct envelope env;
	const struct own_op *own;
	struct own_bytes bytes;
	struct op_id id;
	struct hash h;
	int rc = envelope_decode(&env, en->envelope, a, e);

	if (rc)
		return rc;
	c->st.own_lsn = en->lsn;
	id = (struct op_id){ en->device, env.epoch, env.seq };
	own = own_find(c, id);
	if (!own) /* made by a copy of this store that is lost */
		return names_touch(c, op, e);
	rc = outbox_read(c, id, &bytes, a, e);
	if (rc)
		return rc;
	h = hash_bytes(bytes.body);
	if (memcmp(h.b, env.body_hash, HASH_BYTES)) {
		if (own->aside) { /* this store was restored: the log's op is of the lost copy */
			rc = own_twin(c, id, e);
			return rc ? rc : names_touch(c, op, e);
		}
		t->forked = true;
		return err_set(e, ERR_PROTO, "op %llu: another body stands in the log",
			       (unsigned long long)id.seq);
	}
	if (!as_acked(own, en, t->p))
		return stop(t, FEED_NOT_AS_ACKED, own->lsn, e);
	return outbox_verdict(c, id, en->verdict, en->code, en->detail, en->lsn, NULL, e);
}

static int take_one(struct client *c, const struct entry *en, struct span bytes, struct span mark,
		    struct arena *a, struct taking *t, bool put, struct err *e)
{
	struct ckey k = ckey_lsn(en->lsn);
	struct op op = { .kind = OP_NONE };
	int rc = check_links(c, en, a, t, e);

	if (!rc)
		rc = check_readable(&op, en, a, t, e);
	if (!rc && put) {
		rc = ledger_put_entry(c->base, bytes, e);
		if (rc && !store_failed(rc))
			return stop(t, rc == -ERR_VERSION ? FEED_NEWER : FEED_UNREADABLE, en->lsn,
				    e);
	}
	if (!rc && mark.len)
		rc = part_put(c->base, CT_MARK, ckey_span(&k), mark, e);
	if (!rc && en->device == c->id.device)
		return take_own(c, en, &op, a, t, e);
	return rc ? rc : names_touch(c, &op, e);
}

static struct span mark_of(const struct wire_page *p, size_t i)
{
	return p->marks.len == p->entry_count * MARK_BYTES
		       ? span_of(p->marks.data + i * MARK_BYTES, MARK_BYTES)
		       : (struct span){ NULL, 0 };
}

static int keep_head(struct client *c, const struct pulled *p, struct err *e)
{
	return p->head ? heads_keep(c, p->head, p->sig, e) : 0;
}

static int take_direct(struct client *c, struct pulled *p, struct taking *t, struct arena *a,
		       struct err *e)
{
	int rc = client_begin(c, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < p->page->entry_count && !rc; i++) {
		struct entry en;

		arena_reset(a);
		rc = entry_decode(&en, p->page->entries[i], a, e);
		if (rc && !store_failed(rc))
			rc = stop(t, rc == -ERR_VERSION ? FEED_NEWER : FEED_UNREADABLE,
				  c->st.cursor.lsn, e);
		if (!rc)
			rc = take_one(c, &en, p->page->entries[i], mark_of(p->page, i), a, t, true,
				      e);
	}
	if (!rc)
		rc = check_acked(c, t, e);
	c->st.cursor = p->page->next;
	if (c->st.trouble != FEED_HISTORIES)
		c->st.trouble = FEED_FINE;
	if (!rc)
		rc = keep_head(c, p, e);
	if (!rc)
		rc = client_put_state(c, e);
	return client_leave(c, true, rc, e);
}

/* ---- a new base beside the old one ---- */

struct keys {
	uint64_t *lsns;
	size_t count, cap;
};

static int gather_key(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct keys *k = ctx;

	(void)payload;
	if (k->count == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 256;
		uint64_t *grown = realloc(k->lsns, cap * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory to clear %zu rows", cap);
		k->lsns = grown;
		k->cap = cap;
	}
	k->lsns[k->count++] = ckey_lsn_read(key);
	return 0;
}

static int clear_stage(struct client *c, struct err *e)
{
	struct keys k = { .count = 0 };
	int rc = part_walk(c->base, CT_STAGE, (struct span){ NULL, 0 }, gather_key, &k, e);

	for (size_t i = 0; i < k.count && !rc; i++) {
		struct ckey key = ckey_lsn(k.lsns[i]);

		rc = part_del(c->base, CT_STAGE, ckey_span(&key), e);
	}
	free(k.lsns);
	return rc;
}

int pull_same(struct client *c, uint64_t lsn, struct span bytes, bool *same, struct err *e)
{
	int rc;

	*same = true;
	if (lsn > ledger_info(c->base).lsn)
		return 0;
	buf_reset(&c->row);
	rc = ledger_entry(c->base, lsn, &c->row, e);
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (!rc && c->row.failed)
		rc = err_set(e, ERR_NOMEM, "no memory for an entry");
	*same = rc || span_eq(buf_span(&c->row), bytes);
	return rc;
}

/* What was read is read again, because the part is another one. No other check would notice that it is told otherwise, for
 * the head above it may be the true one. */
static int check_held(struct client *c, uint64_t lsn, struct span bytes, struct taking *t,
		      struct err *e)
{
	bool same;
	int rc = pull_same(c, lsn, bytes, &same, e);

	return rc || same ? rc : stop(t, FEED_HISTORIES, lsn, e);
}

static int stage(struct client *c, struct pulled *p, struct taking *t, struct arena *a,
		 struct err *e)
{
	uint64_t last = c->st.staged.lsn;
	int rc = client_begin(c, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < p->page->entry_count && !rc; i++) {
		static const uint8_t unmarked[MARK_BYTES];
		struct span mark = mark_of(p->page, i);
		struct ckey k;
		struct entry en;

		arena_reset(a);
		rc = entry_decode(&en, p->page->entries[i], a, e);
		if (rc && !store_failed(rc))
			rc = stop(t, rc == -ERR_VERSION ? FEED_NEWER : FEED_UNREADABLE, last, e);
		if (!rc && en.lsn <= last)
			rc = stop(t, FEED_GAP, en.lsn, e);
		if (!rc)
			rc = check_held(c, en.lsn, p->page->entries[i], t, e);
		if (rc)
			break;
		last = en.lsn;
		k = ckey_lsn(en.lsn);
		buf_reset(&c->row);
		buf_bytes(&c->row, mark.len ? mark : span_of(unmarked, MARK_BYTES));
		buf_bytes(&c->row, p->page->entries[i]);
		rc = client_put_row(c, CT_STAGE, &k, e);
	}
	c->st.staged = p->page->next;
	if (!rc)
		rc = client_put_state(c, e);
	return client_leave(c, true, rc, e);
}

struct unstaging {
	struct pulled *p;
	struct taking *t;
	struct arena *a;
	bool begun;
};

static int unstage_each(struct client *c, void *ctx, const struct entry *en, struct span bytes,
			struct span before, bool beyond, struct err *e)
{
	static const uint8_t unmarked[MARK_BYTES];
	struct unstaging *u = ctx;

	(void)beyond;
	if (!u->begun)
		c->st.own_lsn = 0;
	u->begun = true;
	arena_reset(u->a);
	if (!memcmp(before.data, unmarked, MARK_BYTES))
		before.len = 0;
	return take_one(c, en, bytes, before, u->a, u->t, false, e);
}

static int unstage_extra(struct client *c, void *ctx, struct err *e)
{
	struct unstaging *u = ctx;
	int rc = check_odd(c, u->t, e);

	if (!rc)
		rc = check_acked(c, u->t, e);
	if (!rc)
		rc = check_kept(c, u->t, e);
	if (!rc)
		rc = clear_stage(c, e);
	if (!rc)
		rc = names_drop(c, e);
	if (!u->begun)
		c->st.own_lsn = 0;
	c->st.cursor = c->st.staged;
	c->st.staging = false;
	memset(&c->st.staged, 0, sizeof(c->st.staged));
	if (c->st.trouble != FEED_HISTORIES)
		c->st.trouble = FEED_FINE;
	if (!rc)
		rc = keep_head(c, u->p, e);
	return rc ? rc : client_put_state(c, e);
}

static int unstage(struct client *c, struct pulled *p, struct taking *t, struct arena *a,
		   struct err *e)
{
	struct part_source from = { .table = CT_STAGE, .skip = MARK_BYTES, .through = UINT64_MAX };
	struct unstaging u = { .p = p, .t = t, .a = a };
	struct rebuilding r = { unstage_each, unstage_extra, &u };
	int rc = client_rebuild(c, &from, &r, e);

	if (rc && !store_failed(rc) && t->trouble == FEED_FINE && !t->forked)
		rc = stop(t, FEED_UNREADABLE, c->st.staged.lsn, e);
	return rc;
}

/* What was fetched does not hold together: fetch it again. */
static int unstage_again(struct client *c, struct err *e)
{
	int rc = client_begin(c, e);

	if (rc)
		return rc;
	rc = clear_stage(c, e);
	c->st.staged.lsn = 0;
	if (!rc)
		rc = client_put_state(c, e);
	return client_leave(c, true, rc, e);
}

/* From the beginning, into a base beside this one. */
static int begin_anew(struct client *c, struct err *e)
{
	int rc = client_begin(c, e);

	if (rc)
		return rc;
	rc = clear_stage(c, e);
	c->st.staging = true;
	c->st.staged = c->st.cursor;
	c->st.staged.lsn = 0;
	if (!rc)
		rc = client_put_state(c, e);
	return client_leave(c, true, rc, e);
}

/* ---- what the sync asks for ---- */

/* `p`: its head is kept though its entries are not; NULL: none is. */
static int note(struct client *c, enum feed_trouble trouble, uint64_t lsn, const struct pulled *p,
		struct err *e)
{
	int rc = client_begin(c, e);

	if (rc)
		return rc;
	if (c->st.trouble != FEED_HISTORIES) {
		c->st.trouble = trouble;
		c->st.trouble_lsn = lsn;
	}
	rc = client_put_state(c, e);
	if (!rc && p)
		rc = keep_head(c, p, e);
	return client_leave(c, true, rc, e);
}

int pull_note(struct client *c, enum feed_trouble trouble, uint64_t lsn, struct err *e)
{
	return note(c, trouble, lsn, NULL, e);
}

static int note_fork(struct client *c, struct err *e)
{
	int rc = client_begin(c, e);

	if (rc)
		return rc;
	c->st.halt = HALT_FORKED;
	rc = client_put_state(c, e);
	return client_leave(c, true, rc, e);
}

int pull_take(struct client *c, struct pulled *p, struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	struct taking t = { .p = p, .trouble = FEED_FINE };
	int rc;

	p->count = 0;
	p->anew = false;
	p->trouble = FEED_FINE;
	if (!a)
		return err_set(e, ERR_NOMEM, "no memory for a page");
	if (c->st.staging) {
		rc = stage(c, p, &t, a, e);
		if (!rc && !p->page->more)
			rc = unstage(c, p, &t, a, e);
	} else {
		rc = take_direct(c, p, &t, a, e);
	}
	arena_free(a);
	free(t.odd);
	if (!rc) {
		p->count = p->page->entry_count;
		return 0;
	}
	p->trouble = t.trouble;
	p->trouble_lsn = t.lsn;
	if (t.forked)
		return note_fork(c, e);
	if (t.anew) {
		p->trouble = FEED_FINE;
		p->anew = true;
		return begin_anew(c, e);
	}
	if (t.trouble != FEED_FINE && c->st.staging) {
		rc = unstage_again(c, e);
		if (rc)
			return rc;
	}
	if (t.trouble == FEED_FINE)
		return rc;
	/* the server signed that this is its log: it cannot put the op into it afterwards */
	return note(c, t.trouble, t.lsn, t.trouble == FEED_NOT_AS_ACKED ? p : NULL, e);
}

struct wire_cursor pull_cursor(const struct client *c)
{
	return c->st.staging ? c->st.staged : c->st.cursor;
}

int pull_restart(struct client *c, const struct wire_cursor *next, struct err *e)
{
	int rc;

	if (next->lsn && next->lsn < c->st.cursor.lsn && next->authority == c->st.cursor.authority)
		return pull_branch(c, c->st.cursor.incarnation, next->lsn, c->st.next_seq, e);
	rc = client_begin(c, e);
	if (rc)
		return rc;
	rc = clear_stage(c, e);
	/* an empty base needs no other beside it */
	c->st.staging = ledger_info(c->base).lsn != 0;
	memset(&c->st.staged, 0, sizeof(c->st.staged));
	if (c->st.staging)
		c->st.staged = *next;
	else
		c->st.cursor = *next;
	if (!rc)
		rc = client_put_state(c, e);
	return client_leave(c, true, rc, e);
}

struct branching {
	uint64_t lsn, first_seq;
	uint8_t incarnation[16]; /* that base was read in */
	const uint8_t *id;       /* the one that goes on */
	uint64_t own_lsn;
};

static int branch_each(struct client *c, void *ctx, const struct entry *en, struct span bytes,
		       struct span before, bool beyond, struct err *e)
{
	struct branching *b = ctx;

	(void)before;
	if (beyond)
		return old_keep(c, b->incarnation, en, bytes, e);
	if (en->device == c->id.device)
		b->own_lsn = en->lsn;
	return 0;
}

static int branch_extra(struct client *c, void *ctx, struct err *e)
{
	struct branching *b = ctx;
	int rc = clear_stage(c, e);

	c->st.staging = false;
	memset(&c->st.staged, 0, sizeof(c->st.staged));
	c->st.own_lsn = b->own_lsn;
	if (c->st.cursor.lsn > b->lsn)
		c->st.cursor.lsn = b->lsn;
	memcpy(c->st.cursor.incarnation, b->id, 16);
	if (b->first_seq && c->st.acked_seq >= b->first_seq)
		c->st.acked_seq = b->first_seq - 1;
	if (!rc)
		rc = names_drop(c, e);
	if (!rc)
		rc = sent_of_before(c, e);
	if (!rc)
		rc = old_left(c, b->incarnation, e);
	if (!rc)
		rc = own_unpull(c, b->lsn, b->first_seq, e);
	return rc ? rc : client_put_state(c, e);
}

int pull_branch(struct client *c, const uint8_t id[16], uint64_t lsn, uint64_t first_seq,
		struct err *e)
{
	struct part_source from = { .through = lsn };
	struct branching b = { .lsn = lsn, .first_seq = first_seq, .id = id };
	struct rebuilding r = { branch_each, branch_extra, &b };

	memcpy(b.incarnation, c->st.cursor.incarnation, 16);
	return client_rebuild(c, &from, &r, e);
}
