#include "keystore_internal.h"

#include "ledger/emulate.h"

#include <stdlib.h>

void keystore_put_be(uint8_t *to, uint64_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
}

uint64_t keystore_get_be(const uint8_t *from, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | from[i];
	return v;
}

/* Who may have it: the unit's devices, one device, or for recovery a unit above (0: who has the printed key). */
void keystore_key_for(uint8_t out[FOR_BYTES], const struct wire_key *k, uint64_t seq)
{
	static const uint8_t classes[WIRE_KEY_WHATS] = { [WIRE_KEY_PERSON] = 'U',
							 [WIRE_KEY_DEVICE] = 'D',
							 [WIRE_KEY_RECOVERY] = 'R',
							 [WIRE_KEY_BODY] = 'U' };

	out[0] = classes[k->what];
	keystore_put_be(out + 1, k->what == WIRE_KEY_PERSON ? k->unit : k->to, 8);
	keystore_put_be(out + 9, seq, 8);
}

void keystore_key_of(uint8_t out[OF_BYTES], const struct wire_key *k)
{
	memcpy(out, k->person, WIRE_ID);
	out[WIRE_ID] = (uint8_t)k->what;
	keystore_put_be(out + WIRE_ID + 1, k->unit, 4);
	memcpy(out + WIRE_ID + 5, k->key, WIRE_ID);
	keystore_put_be(out + OF_BYTES - 8, k->to, 8);
}

void keystore_row_write(struct buf *b, const struct wire_key *k)
{
	buf_reset(b);
	buf_u8(b, (uint8_t)k->what);
	buf_u32(b, k->unit);
	buf_bytes(b, span_of(k->person, WIRE_ID));
	buf_bytes(b, span_of(k->key, WIRE_ID));
	buf_u64(b, k->to);
	buf_lenspan(b, k->wrap);
}

bool keystore_row_read(struct wire_key *k, struct span value)
{
	struct rd r = rd_of(value);
	struct span person, key;

	k->what = rd_u8(&r);
	k->unit = rd_u32(&r);
	person = rd_bytes(&r, WIRE_ID);
	key = rd_bytes(&r, WIRE_ID);
	k->to = rd_u64(&r);
	k->wrap = rd_lenspan(&r);
	if (!rd_done(&r) || !k->what || k->what >= WIRE_KEY_WHATS)
		return false;
	memcpy(k->person, person.data, WIRE_ID);
	memcpy(k->key, key.data, WIRE_ID);
	return true;
}

static int meta_get(struct kv_txn *txn, const char *name, uint64_t *v, struct err *e)
{
	struct span value;
	int rc = kv_get(txn, KS_META, span_str(name), &value, e);

	*v = !rc && value.len == 8 ? keystore_get_be(value.data, 8) : 0;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

int keystore_meta_put(struct kv_txn *txn, const char *name, uint64_t v, struct err *e)
{
	uint8_t bytes[8];

	keystore_put_be(bytes, v, sizeof(bytes));
	return kv_put(txn, KS_META, span_str(name), span_of(bytes, sizeof(bytes)), e);
}

int keystore_new(struct keystore **out, const struct keystore_setup *setup, struct err *e)
{
	struct keystore *ks = calloc(1, sizeof(*ks));
	struct kv_txn *txn = NULL;
	int rc;

	*out = NULL;
	if (!ks) {
		kv_close(setup->kv);
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	}
	ks->setup = *setup;
	buf_init(&ks->row, ROW_BUDGET);
	rc = kv_sums(setup->kv, KS_META, KEYSTORE_CHECKED, e);
	if (!rc)
		rc = kv_begin(&txn, setup->kv, KV_READ, e);
	if (!rc)
		rc = meta_get(txn, "seq", &ks->seq, e);
	if (!rc)
		rc = meta_get(txn, "forgot", &ks->forgot, e);
	kv_abort(&txn);
	if (rc)
		keystore_free(ks);
	else
		*out = ks;
	return rc;
}

void keystore_free(struct keystore *ks)
{
	if (!ks)
		return;
	kv_close(ks->setup.kv);
	buf_fini(&ks->row);
	free(ks);
}

/* ---- taking ---- */

static bool zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i])
			return false;
	return true;
}

/* Put forward by name: for the body that the log names, unless they were forgotten since. */
static int of_commended(struct ledger *l, const struct wire_key *k, bool *good, struct err *e)
{
	struct register_asked forgotten = { .lsn = 0 };
	struct commended_person who;
	int rc = query_commended_person(&who, l, k->unit, k->person, e);

	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	rc = register_member_forgotten(l, k->unit, k->person, &forgotten, e);
	*good = !rc && who.body == k->to && !forgotten.lsn;
	return rc;
}

/* A wrap of somebody's: nobody forgotten; for a body: the one that the log names. A case that the log does not know
 * yet may come behind its key. */
static int of_person(struct ledger *l, const struct wire_key *k, bool *good, struct err *e)
{
	struct case_record *r = calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return err_set(e, ERR_NOMEM, "no memory for a case");
	rc = register_case(l, k->unit, k->person, r, e);
	if (rc == -ERR_NOTFOUND && k->what == WIRE_KEY_BODY) {
		rc = register_is_offered(l, k->unit, (uint32_t)k->to, k->person, good, e);
		if (!rc && !*good)
			rc = of_commended(l, k, good, e);
	} else if (rc == -ERR_NOTFOUND) {
		struct register_asked forgotten = { .lsn = 0 };
		bool over = false;

		rc = register_went_over(l, k->unit, k->person, &over, e);
		if (!rc)
			rc = register_member_forgotten(l, k->unit, k->person, &forgotten, e);
		*good = !over && !forgotten.lsn;
	} else if (!rc) {
		*good = !r->forgotten_lsn && r->gone.state != HANDOVER_DONE &&
			r->came.state != HANDOVER_BACK &&
			(k->what == WIRE_KEY_PERSON || r->body == k->to);
	}
	free(r);
	return rc;
}

static bool is_above(struct ledger *l, uint32_t unit, uint32_t above)
{
	return tree_inside(ledger_tree(l), unit, above, day_of_instant(ledger_info(l).time_ms),
			   UINT64_MAX);
}

/* Handed over by a device of its own unit; or, when two persons agreed on it, by one of a unit above. */
static int of_device(struct ledger *l, const struct device_row *by, const struct wire_key *k,
		     bool *good, struct err *e)
{
	struct register_asked asked = { .lsn = 0 };
	struct device_row row;
	int rc = ledger_device(l, k->to, &row, e);

	*good = !rc && row.unit == k->unit && !row.revoked_lsn;
	if (!rc && *good && by->unit != k->unit) {
		rc = register_recovery(l, k->unit, k->to, &asked, e);
		*good = asked.lsn && is_above(l, k->unit, by->unit);
	}
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* To a key that the log knows, of a unit above or the printed one. */
static int of_recovery(struct ledger *l, const struct wire_key *k, bool *good, struct err *e)
{
	uint32_t generation;
	int rc;

	*good = false;
	if (k->to > UINT32_MAX || (k->to && !is_above(l, k->unit, (uint32_t)k->to)))
		return 0;
	rc = register_key_known(l, (uint32_t)k->to, k->person, &generation, e);
	*good = !rc;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int may_put(struct ledger *l, const struct device_row *by, const struct wire_key *k,
		   bool *good, struct err *e)
{
	size_t bytes = k->what == WIRE_KEY_PERSON ? (size_t)WRAP_BYTES : (size_t)HAND_BYTES;
	bool named = k->what != WIRE_KEY_DEVICE; /* a person, or the key it is sealed to */
	bool to = k->what == WIRE_KEY_DEVICE || k->what == WIRE_KEY_BODY;

	*good = false;
	if (!k->what || k->wrap.len != bytes || zero(k->key, WIRE_ID) ||
	    zero(k->person, WIRE_ID) == named ||
	    (k->what != WIRE_KEY_RECOVERY && to == (k->to == 0)))
		return 0;
	if (k->what == WIRE_KEY_DEVICE)
		return of_device(l, by, k, good, e);
	if (k->unit != by->unit)
		return 0;
	return k->what == WIRE_KEY_RECOVERY ? of_recovery(l, k, good, e) : of_person(l, k, good, e);
}

/* Is the key before of an earlier generation, in what the log knows of both? */
static int is_newer(struct ledger *l, const struct wire_key *k, const uint8_t before[WIRE_ID],
		    bool *newer, struct err *e)
{
	uint32_t now = 0, then = 0;
	int rc = register_key_known(l, k->unit, k->key, &now, e);

	if (!rc)
		rc = register_key_known(l, k->unit, before, &then, e);
	*newer = !rc && now > then;
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* A person wrapped with a later key of the unit: what a device that was shut out could open is not kept. */
static int drop_earlier(size_t *dropped, struct kv_txn *txn, struct ledger *l,
			const struct wire_key *k, struct err *e)
{
	enum { EARLIER_MAX = 64 };
	uint8_t of[OF_BYTES], keys[EARLIER_MAX][OF_BYTES], at[EARLIER_MAX][FOR_BYTES];
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	size_t count = 0;
	int rc;

	keystore_key_of(of, k);
	rc = kv_walk(&c, txn, KS_OF, span_of(of, WIRE_ID + 5), none, false, e);
	while (!rc && count < EARLIER_MAX && (rc = kv_next(c, &key, &value, e)) == 1) {
		bool newer = false;

		rc = key.len == OF_BYTES && value.len == FOR_BYTES
			     ? is_newer(l, k, key.data + WIRE_ID + 5, &newer, e)
			     : err_set(e, ERR_CORRUPT, "a key that cannot be read");
		if (rc || !newer)
			continue;
		memcpy(keys[count], key.data, OF_BYTES);
		memcpy(at[count++], value.data, FOR_BYTES);
	}
	kv_walk_end(c);
	for (size_t i = 0; i < count && !rc; i++) {
		rc = kv_del(txn, KS_FOR, span_of(at[i], FOR_BYTES), e);
		if (!rc)
			rc = kv_del(txn, KS_OF, span_of(keys[i], OF_BYTES), e);
	}
	*dropped = count;
	return rc;
}

/* One that is there already keeps its number, unless earlier ones go only now, since the log has learned which key is the
 * later one: then whoever copies hears of it again. A copy gives the number that it is told. */
static int put_one(struct keystore *ks, struct kv_txn *txn, struct ledger *l,
		   const struct wire_key *k, bool copying, uint64_t *seq, struct err *e)
{
	uint8_t of[OF_BYTES], at[FOR_BYTES], old[FOR_BYTES];
	struct span there;
	size_t dropped = 0;
	int rc = k->what == WIRE_KEY_PERSON ? drop_earlier(&dropped, txn, l, k, e) : 0;

	if (rc)
		return rc;
	keystore_key_of(of, k);
	keystore_key_for(at, k, *seq + 1);
	rc = kv_get(txn, KS_OF, span_of(of, sizeof(of)), &there, e);
	if (!rc && ((!dropped && !copying) || span_eq(there, span_of(at, sizeof(at)))))
		return 0;
	if (!rc && there.len != sizeof(old))
		return err_set(e, ERR_CORRUPT, "a key that cannot be read");
	if (!rc) {
		memcpy(old, there.data, sizeof(old));
		rc = kv_del(txn, KS_FOR, span_of(old, sizeof(old)), e);
	}
	if (rc && rc != -ERR_NOTFOUND)
		return rc;
	++*seq;
	keystore_row_write(&ks->row, k);
	if (ks->row.failed)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	rc = kv_put(txn, KS_FOR, span_of(at, sizeof(at)), buf_span(&ks->row), e);
	return rc ? rc : kv_put(txn, KS_OF, span_of(of, sizeof(of)), span_of(at, sizeof(at)), e);
}

int keystore_put(struct keystore *ks, struct ledger *l, const struct device_row *by,
		 const struct wire_key *rows, size_t count, uint8_t *results, struct err *e)
{
	struct kv_txn *txn = NULL;
	uint64_t seq = ks->seq;
	int rc = kv_begin(&txn, ks->setup.kv, KV_WRITE, e);

	for (size_t i = 0; i < count && !rc; i++) {
		bool good;

		rc = may_put(l, by, &rows[i], &good, e);
		results[i] = good ? WIRE_KEY_TAKEN : WIRE_KEY_REFUSED;
		if (!rc && good)
			rc = put_one(ks, txn, l, &rows[i], false, &seq, e);
	}
	if (!rc)
		rc = keystore_meta_put(txn, "seq", seq, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	if (!rc)
		ks->seq = seq;
	return rc;
}

/* ---- giving ---- */

struct stream {
	struct kv_cursor *c;
	struct span key, value;
	bool any;
};

static int stream_next(struct stream *s, struct err *e)
{
	int rc = kv_next(s->c, &s->key, &s->value, e);

	s->any = rc == 1;
	return rc < 0 ? rc : 0;
}

static int stream_begin(struct stream *s, struct kv_txn *txn, uint8_t class, uint64_t whom,
			uint64_t after, uint8_t from[FOR_BYTES], struct err *e)
{
	int rc;

	from[0] = class;
	keystore_put_be(from + 1, whom, 8);
	keystore_put_be(from + 9, after + 1, 8);
	rc = kv_walk(&s->c, txn, KS_FOR, span_of(from, 9), span_of(from, FOR_BYTES), false, e);
	return rc ? rc : stream_next(s, e);
}

static int take_row(struct wire_key *k, const struct stream *s, struct arena *a, struct err *e)
{
	struct span value = arena_copy(a, s->value);

	if (!value.data)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	if (!keystore_row_read(k, value))
		return err_set(e, ERR_CORRUPT, "a key that cannot be read");
	k->seq = keystore_get_be(s->key.data + 9, 8);
	return 0;
}

struct whose {
	uint8_t class;
	uint64_t whom;
};

/* Two streams as one, ascending by seq; `unit`: only its rows, 0 all. */
static int merge(struct keystore *ks, const struct whose whose[2], uint32_t unit, uint64_t after,
		 struct wire_key_page *out, struct arena *a, struct err *e)
{
	struct wire_key *rows = arena_array(a, WIRE_KEYS_MAX + 1, sizeof(*rows));
	struct stream of[2] = { { .any = false }, { .any = false } };
	uint8_t from[2][FOR_BYTES];
	struct kv_txn *txn = NULL;
	int rc;

	*out = (struct wire_key_page){ .rows = rows, .next = after };
	if (!rows)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	if (after == UINT64_MAX)
		return 0;
	rc = kv_begin(&txn, ks->setup.kv, KV_READ, e);
	if (!rc)
		rc = stream_begin(&of[0], txn, whose[0].class, whose[0].whom, after, from[0], e);
	if (!rc)
		rc = stream_begin(&of[1], txn, whose[1].class, whose[1].whom, after, from[1], e);
	while (!rc && (of[0].any || of[1].any)) {
		bool second = !of[0].any ||
			      (of[1].any && memcmp(of[1].key.data + 9, of[0].key.data + 9, 8) < 0);

		rc = take_row(&rows[out->count], &of[second], a, e);
		if (rc)
			break;
		if (!unit || rows[out->count].unit == unit) {
			out->more = out->count == WIRE_KEYS_MAX;
			if (out->more)
				break;
			out->next = rows[out->count++].seq;
		}
		rc = stream_next(&of[second], e);
	}
	kv_walk_end(of[0].c);
	kv_walk_end(of[1].c);
	kv_abort(&txn);
	return rc;
}

int keystore_page(struct keystore *ks, const struct device_row *by, uint64_t after,
		  struct wire_key_page *out, struct arena *a, struct err *e)
{
	const struct whose whose[2] = { { 'U', by->unit }, { 'D', by->device } };

	return merge(ks, whose, 0, after, out, a, e);
}

struct agreed {
	struct ledger *l;
	bool any;
};

static int agreed_on(void *ctx, uint32_t unit, uint64_t device, const struct register_asked *asked,
		     struct err *e)
{
	struct agreed *g = ctx;
	struct device_row row;
	int rc = asked->lsn ? ledger_device(g->l, device, &row, e) : 0;

	g->any |= asked->lsn && !rc && row.unit == unit && !row.revoked_lsn;
	return rc;
}

int keystore_recovery(struct keystore *ks, struct ledger *l, const struct device_row *by,
		      uint32_t unit, uint64_t after, struct wire_key_page *out, struct arena *a,
		      struct err *e)
{
	const struct whose whose[2] = { { 'R', by->unit }, { 'R', 0 } };
	struct agreed g = { l, false };
	int rc = register_recoveries(l, unit, agreed_on, &g, e);

	*out = (struct wire_key_page){ .next = after };
	return rc || !g.any || !is_above(l, unit, by->unit)
		       ? rc
		       : merge(ks, whose, unit, after, out, a, e);
}

/* ---- forgetting ---- */

struct forgetting {
	struct kv_txn *txn;
	uint64_t through;
	size_t count;
};

static int forget_rows(struct kv_txn *txn, const uint8_t person[PERSON_ID], struct err *e)
{
	for (;;) {
		struct span key = { NULL, 0 }, value = key, none = key;
		uint8_t of[OF_BYTES], at[FOR_BYTES];
		struct kv_cursor *c = NULL;
		int rc = kv_walk(&c, txn, KS_OF, span_of(person, PERSON_ID), none, false, e);

		if (!rc)
			rc = kv_next(c, &key, &value, e);
		if (rc == 1 && (key.len != OF_BYTES || value.len != FOR_BYTES))
			rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
		if (rc == 1) {
			memcpy(of, key.data, sizeof(of));
			memcpy(at, value.data, sizeof(at));
		}
		kv_walk_end(c);
		if (rc != 1)
			return rc;
		rc = kv_del(txn, KS_FOR, span_of(at, sizeof(at)), e);
		if (!rc)
			rc = kv_del(txn, KS_OF, span_of(of, sizeof(of)), e);
		if (rc)
			return rc;
	}
}

static int forget_one(void *ctx, uint64_t lsn, uint32_t unit, const uint8_t person[PERSON_ID],
		      struct err *e)
{
	struct forgetting *f = ctx;

	(void)unit;
	f->through = lsn;
	f->count++;
	return forget_rows(f->txn, person, e);
}

int keystore_forget(struct keystore *ks, struct ledger *l, size_t *count, struct err *e)
{
	struct forgetting f = { .txn = NULL };
	int rc;

	if (ks->forgot > ledger_info(l).lsn)
		ks->forgot = 0; /* the log was set back: its numbers are given anew */
	f.through = ks->forgot;
	*count = 0;
	rc = kv_begin(&f.txn, ks->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = register_forgotten(l, ks->forgot, forget_one, &f, e);
	if (rc || !f.count) {
		kv_abort(&f.txn);
		return rc;
	}
	rc = kv_commit(&f.txn, e);
	kv_abort(&f.txn);
	/* Noted as done once nothing is left of it in the file: cut off before, it is done again. */
	if (!rc && ks->setup.rewrite)
		rc = ks->setup.rewrite(ks->setup.ctx, &ks->setup.kv, e);
	if (!rc)
		rc = kv_begin(&f.txn, ks->setup.kv, KV_WRITE, e);
	if (!rc)
		rc = keystore_meta_put(f.txn, "forgot", f.through, e);
	if (!rc)
		rc = kv_commit(&f.txn, e);
	kv_abort(&f.txn);
	if (!rc) {
		ks->forgot = f.through;
		*count = f.count;
	}
	return rc;
}

/* ---- a standby's copy ---- */

uint64_t keystore_newest(const struct keystore *ks)
{
	return ks->seq;
}

static int by_seq(const void *a, const void *b)
{
	uint64_t x = ((const struct wire_key *)a)->seq, y = ((const struct wire_key *)b)->seq;

	return x < y ? -1 : x > y;
}

/* The rows are in the order of who may have them: of those after the cursor the WIRE_KEYS_MAX smallest are kept. Once
 * there are twice as many the larger half goes, so that each row is sorted a few times at most. */
struct copying {
	struct wire_key *rows;
	size_t count;
	uint64_t after, below; /* none at or above `below` is among the smallest */
	bool more;
};

static void keep_smallest(struct copying *k)
{
	qsort(k->rows, k->count, sizeof(*k->rows), by_seq);
	if (k->count <= WIRE_KEYS_MAX)
		return;
	k->more = true;
	k->count = WIRE_KEYS_MAX;
	k->below = k->rows[k->count - 1].seq;
}

static int gather(struct copying *k, struct kv_txn *txn, struct err *e)
{
	struct span none = { NULL, 0 };
	struct stream s = { .any = false };
	int rc = kv_walk(&s.c, txn, KS_FOR, none, none, false, e);

	if (!rc)
		rc = stream_next(&s, e);
	while (!rc && s.any) {
		uint64_t seq = s.key.len == FOR_BYTES ? keystore_get_be(s.key.data + 9, 8) : 0;

		if (!seq) {
			rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
		} else if (seq > k->after && seq > k->below) {
			k->more = true;
		} else if (seq > k->after) {
			struct wire_key *row = &k->rows[k->count++];

			if (!keystore_row_read(row,
					       s.value)) /* lends from the transaction for now */
				rc = err_set(e, ERR_CORRUPT, "a key that cannot be read");
			row->seq = seq;
			if (k->count == 2 * (size_t)WIRE_KEYS_MAX)
				keep_smallest(k);
		}
		if (!rc)
			rc = stream_next(&s, e);
	}
	kv_walk_end(s.c);
	keep_smallest(k);
	return rc;
}

int keystore_page_all(struct keystore *ks, uint64_t after, struct wire_key_page *out,
		      struct arena *a, struct err *e)
{
	struct copying k = { .after = after, .below = UINT64_MAX };
	struct kv_txn *txn = NULL;
	int rc;

	*out = (struct wire_key_page){ .next = after };
	if (after >= ks->seq)
		return 0;
	k.rows = arena_array(a, 2 * (size_t)WIRE_KEYS_MAX, sizeof(*k.rows));
	if (!k.rows)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	rc = kv_begin(&txn, ks->setup.kv, KV_READ, e);
	if (!rc)
		rc = gather(&k, txn, e);
	for (size_t i = 0; i < k.count && !rc; i++) {
		k.rows[i].wrap = arena_copy(a, k.rows[i].wrap);
		if (!k.rows[i].wrap.data)
			rc = err_set(e, ERR_NOMEM, "no memory for the keys");
	}
	kv_abort(&txn);
	out->rows = k.rows;
	out->count = rc ? 0 : k.count;
	out->more = k.more;
	/* past what was deleted, so that it is not looked for again */
	out->next = k.more ? k.rows[k.count - 1].seq : ks->seq;
	return rc;
}

static int was_forgotten(struct ledger *l, const struct wire_key *k, bool *yes, struct err *e)
{
	bool good = true, of_somebody = k->what == WIRE_KEY_PERSON || k->what == WIRE_KEY_BODY;
	int rc = of_somebody ? of_person(l, k, &good, e) : 0;

	/* of a body's wrap it also says whether the case is still there: only forgetting counts here */
	if (!rc && !good && k->what == WIRE_KEY_BODY) {
		struct wire_key own = *k;

		own.what = WIRE_KEY_PERSON;
		rc = of_person(l, &own, &good, e);
	}
	*yes = !good;
	return rc;
}

static int copy_one(struct keystore *ks, struct kv_txn *txn, struct ledger *l,
		    const struct wire_key *k, struct err *e)
{
	uint64_t before = k->seq - 1;

	if (!k->seq || !k->what || k->what >= WIRE_KEY_WHATS)
		return err_set(e, ERR_PROTO, "a key that cannot be read");
	return put_one(ks, txn, l, k, true, &before, e);
}

int keystore_take_page(struct keystore *ks, struct ledger *l, const struct wire_key_page *page,
		       struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc;

	if (page->next <= ks->seq)
		return 0;
	rc = kv_begin(&txn, ks->setup.kv, KV_WRITE, e);
	for (size_t i = 0; i < page->count && !rc; i++) {
		bool forgotten;

		rc = was_forgotten(l, &page->rows[i], &forgotten, e);
		if (!rc && !forgotten)
			rc = copy_one(ks, txn, l, &page->rows[i], e);
	}
	if (!rc)
		rc = keystore_meta_put(txn, "seq", page->next, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	if (!rc)
		ks->seq = page->next;
	return rc;
}
