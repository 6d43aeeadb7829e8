/* The own bundle. */
#include "client/stick.h"

#include "internal.h"
#include "proto/file.h"
#include "stick_internal.h"

enum { BUDGET = 16 << 20, OVERHEAD = 16 << 10, ITEM_EXTRA = 24, KEY_ROOM = 256 };

/* ---- bundles that wait for their answer: row "bundles" of table 32 ---- */

static void put_sent(struct buf *b, const struct sent_bundle *s)
{
	buf_bytes(b, span_of(s->id.b, HASH_BYTES));
	buf_u32(b, s->epoch);
	buf_u64(b, s->cursor_lsn);
	buf_u64(b, s->head_size);
}

static int read_sent(struct client *c, struct sent_list *out, struct err *e)
{
	struct ckey k = ckey_name("bundles");
	struct rd r;
	int rc = part_get(c->base, CT_IDENTITY, ckey_span(&k), &c->row, e);

	out->count = 0;
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	r = rd_of(buf_span(&c->row));
	for (size_t n = rd_u8(&r); n && out->count < SENT_MAX; n--) {
		struct sent_bundle *s = &out->at[out->count++];

		rd_raw(&r, s->id.b, HASH_BYTES);
		s->epoch = rd_u32(&r);
		s->cursor_lsn = rd_u64(&r);
		s->head_size = rd_u64(&r);
	}
	return rd_done(&r) ? 0 : err_set(e, ERR_CORRUPT, "the row of bundles cannot be read");
}

int sent_find(struct client *c, const struct hash *id, struct sent_bundle *out, struct err *e)
{
	struct sent_list list;
	int rc = read_sent(c, &list, e);

	if (rc)
		return rc;
	for (size_t i = 0; i < list.count; i++)
		if (hash_eq(&list.at[i].id, id)) {
			*out = list.at[i];
			return 0;
		}
	return -ERR_NOTFOUND;
}

int sent_of_before(struct client *c, struct err *e)
{
	struct ckey k = ckey_name("bundles");
	struct sent_list list;
	int rc = read_sent(c, &list, e);

	if (rc || !list.count)
		return rc;
	buf_reset(&c->row);
	buf_u8(&c->row, (uint8_t)list.count);
	for (size_t i = 0; i < list.count; i++) {
		list.at[i].head_size = 0;
		put_sent(&c->row, &list.at[i]);
	}
	return client_put_row(c, CT_IDENTITY, &k, e);
}

/* The newest first; the oldest is forgotten. */
static int sent_add(struct client *c, const struct sent_bundle *s, struct err *e)
{
	struct ckey k = ckey_name("bundles");
	struct sent_list list;
	bool mine;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	rc = read_sent(c, &list, e);
	if (list.count == SENT_MAX)
		list.count--;
	buf_reset(&c->row);
	buf_u8(&c->row, (uint8_t)(list.count + 1));
	put_sent(&c->row, s);
	for (size_t i = 0; i < list.count; i++)
		put_sent(&c->row, &list.at[i]);
	if (!rc)
		rc = client_put_row(c, CT_IDENTITY, &k, e);
	return client_leave(c, mine, rc, e);
}

int stick_enrolled(struct client *c, const struct hash *request, struct err *e)
{
	struct sent_bundle s = { .id = *request, .epoch = c->st.epoch };

	return sent_add(c, &s, e);
}

/* ---- making one ---- */

static int add_items(struct client *c, struct wire_bundle_body *b, struct arena *a, struct err *e)
{
	struct wire_item *items = arena_array(a, WIRE_BUNDLE_ITEMS_MAX, sizeof(*items));
	size_t room = WIRE_FILE_MAX - OVERHEAD - b->key_count * KEY_ROOM;
	uint64_t seq = c->st.acked_seq + 1, held = c->st.next_seq;
	int rc = items ? old_holds(c, &held, e) : err_set(e, ERR_NOMEM, "no memory for a bundle");

	b->items = items;
	b->trailer.chain = b->hello.acked_chain;
	if (c->st.halt != HALT_NONE) {
		b->trailer.more = seq < c->st.next_seq;
		return rc;
	}
	for (; !rc && seq < c->st.next_seq && seq < held && b->item_count < WIRE_BUNDLE_ITEMS_MAX;
	     seq++) {
		struct op_id id = { c->id.device, c->st.epoch, seq };
		struct own_bytes own;
		size_t bytes;

		rc = outbox_read(c, id, &own, a, e);
		bytes = own.envelope.len + own.body.len + ITEM_EXTRA;
		if (rc || bytes > room)
			break;
		room -= bytes;
		items[b->item_count++] = (struct wire_item){ own.envelope, own.body, false };
		b->trailer.chain = own.chain;
	}
	b->trailer.count = (uint32_t)b->item_count;
	b->trailer.more = seq < c->st.next_seq;
	return rc;
}

static int write_bundle(struct buf *out, struct client *c, const struct bundle_how *how,
			const struct wire_bundle_body *b, struct arena *a, struct err *e)
{
	struct file_head h = { .kind = FILE_BUNDLE, .device = c->id.device };
	struct seal_public to;
	struct buf body;
	int rc;

	memcpy(h.store, c->id.store, sizeof(h.store));
	memcpy(to.b, c->id.seal_key, sizeof(to.b));
	buf_init(&body, WIRE_FILE_MAX);
	rc = wire_encode(&body, WIRE_BUNDLE_BODY, b, a, e);
	if (!rc)
		rc = bundle_write(out, &h, buf_span(&body), how->certificate, how->key, &to,
				  how->random, a, e);
	buf_fini(&body);
	return rc;
}

static void describe(struct sent_bundle *s, const struct wire_hello *h, struct span file)
{
	struct head held = { .size = 0 };

	*s = (struct sent_bundle){ .epoch = h->epoch, .cursor_lsn = h->cursor.lsn };
	if (h->head.signed_bytes.len && !head_decode(&held, h->head.signed_bytes, NULL))
		s->head_size = held.size;
	memcpy(s->id.b, file.data + file.len - HASH_BYTES, HASH_BYTES);
}

/* Another key of the unit where one is due, wraps that wait, and what to seal the answer's to. */
static int add_keys(struct client *c, struct wire_bundle_body *b, const struct bundle_how *how,
		    struct arena *a, struct err *e)
{
	bool made;
	int rc;

	if (!how->keys || c->st.halt != HALT_NONE)
		return 0;
	rc = keyring_renew(how->keys, c, how->now_ms, &made, e);
	if (!rc)
		rc = keyring_due(how->keys, c, e);
	return rc ? rc : keyring_by_stick(how->keys, c, b, a, e);
}

int stick_bundle(struct buf *out, struct bundle_made *made, struct client *c,
		 const struct bundle_how *how, struct err *e)
{
	struct wire_bundle_body b = { .item_count = 0 };
	struct sent_bundle sent;
	struct arena *a;
	int rc;

	if (c->st.halt == HALT_REVOKED)
		return err_set(e, ERR_STATE,
			       "this device is revoked: ask the operator for a new code");
	a = arena_new(BUDGET);
	rc = a ? add_keys(c, &b, how, a, e) : err_set(e, ERR_NOMEM, "no memory for a bundle");
	if (!rc)
		rc = client_hello(&b.hello, c, how->nonce, how->held_extra, how->now_ms, a, e);
	if (!rc)
		rc = client_hello_by_stick(&b.hello, c, a, e);
	if (!rc)
		rc = add_items(c, &b, a, e);
	if (!rc)
		rc = write_bundle(out, c, how, &b, a, e);
	if (!rc) {
		describe(&sent, &b.hello, buf_span(out));
		rc = sent_add(c, &sent, e);
		*made = (struct bundle_made){ sent.id, b.item_count, b.trailer.more, b.key_count };
	}
	arena_free(a);
	return rc;
}
