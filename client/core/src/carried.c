/* Rows of table 32: "carry" and the bundle's id for what is known of it; "cb", "ca", the id and a number
 * for the pieces of bundle and answer, since a row is bounded. */
#include "client/carried.h"

#include "internal.h"
#include "proto/file.h"

#include <stdlib.h>

enum { PIECE = 512 << 10, PIECES_MAX = WIRE_FILE_MAX / PIECE, LIST_BUDGET = 1 << 20 };

const char *carried_state_name(enum carried_state s)
{
	static const char *const names[] = { "none", "waiting", "answered", "refused" };

	return (unsigned)s < ARRAY_LEN(names) ? names[s] : "?";
}

static struct ckey key_of(const char *what, const struct hash *id, int piece)
{
	struct ckey k = ckey_name(what);

	memcpy(k.b + k.len, id->b, HASH_BYTES);
	k.len += HASH_BYTES;
	if (piece >= 0)
		k.b[k.len++] = (uint8_t)piece;
	return k;
}

/* ---- pieces ---- */

static int put_file(struct client *c, const char *what, const struct hash *id, struct span file,
		    struct err *e)
{
	int rc = 0;

	for (int i = 0; file.len && !rc; i++) {
		struct ckey k = key_of(what, id, i);
		size_t len = file.len < PIECE ? file.len : PIECE;

		rc = part_put(c->base, CT_IDENTITY, ckey_span(&k), span_of(file.data, len), e);
		file = span_of(file.data + len, file.len - len);
	}
	return rc;
}

static int del_file(struct client *c, const char *what, const struct hash *id, uint32_t bytes,
		    struct err *e)
{
	int rc = 0;

	for (uint32_t i = 0; i * PIECE < bytes && !rc; i++) {
		struct ckey k = key_of(what, id, (int)i);

		rc = part_del(c->base, CT_IDENTITY, ckey_span(&k), e);
	}
	return rc;
}

static int get_file(struct client *c, const char *what, const struct hash *id, uint32_t bytes,
		    struct buf *out, struct err *e)
{
	struct buf piece;
	size_t got = 0;
	int rc = 0;

	buf_init(&piece, 2 * PIECE);
	for (int i = 0; got < bytes && !rc; i++) {
		struct ckey k = key_of(what, id, i);

		rc = part_get(c->base, CT_IDENTITY, ckey_span(&k), &piece, e);
		if (!rc && (!piece.len || piece.len > bytes - got))
			rc = err_set(e, ERR_CORRUPT, "a carried file cannot be read");
		if (rc)
			break;
		got += piece.len;
		buf_bytes(out, buf_span(&piece));
	}
	buf_fini(&piece);
	return rc || !out->failed ? rc : err_set(e, ERR_NOMEM, "no memory for a carried file");
}

/* ---- what is known ---- */

static int put_row(struct client *c, const struct carried *r, struct err *e)
{
	struct ckey k = key_of("carry", &r->id, -1);

	buf_reset(&c->row);
	buf_u64(&c->row, r->device);
	buf_u8(&c->row, (uint8_t)r->state);
	buf_u32(&c->row, r->bundle_bytes);
	buf_u32(&c->row, r->answer_bytes);
	buf_zigzag(&c->row, r->taken_ms);
	buf_zigzag(&c->row, r->answered_ms);
	return client_put_row(c, CT_IDENTITY, &k, e);
}

static int read_row(struct carried *out, struct span key, struct span payload, struct err *e)
{
	const size_t prefix = strlen("carry");
	struct rd r = rd_of(payload);

	*out = (struct carried){ .device = rd_u64(&r) };
	out->state = (enum carried_state)rd_u8(&r);
	out->bundle_bytes = rd_u32(&r);
	out->answer_bytes = rd_u32(&r);
	out->taken_ms = rd_zigzag(&r);
	out->answered_ms = rd_zigzag(&r);
	if (!rd_done(&r) || key.len != prefix + HASH_BYTES)
		return err_set(e, ERR_CORRUPT, "what is carried cannot be read");
	memcpy(out->id.b, key.data + prefix, HASH_BYTES);
	return 0;
}

static int get_row(struct client *c, const struct hash *id, struct carried *out, struct err *e)
{
	struct ckey k = key_of("carry", id, -1);
	int rc = part_get(c->base, CT_IDENTITY, ckey_span(&k), &c->row, e);

	return rc ? rc : read_row(out, ckey_span(&k), buf_span(&c->row), e);
}

static int drop(struct client *c, const struct carried *r, struct err *e)
{
	struct ckey k = key_of("carry", &r->id, -1);
	int rc = del_file(c, "cb", &r->id, r->bundle_bytes, e);

	if (!rc)
		rc = del_file(c, "ca", &r->id, r->answer_bytes, e);
	return rc ? rc : part_del(c->base, CT_IDENTITY, ckey_span(&k), e);
}

struct listing {
	struct carried *rows;
	size_t count;
};

static int list_one(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct listing *l = ctx;

	if (l->count == 2 * CARRIED_MAX)
		return err_set(e, ERR_CORRUPT, "more is carried than can be");
	return read_row(&l->rows[l->count++], key, payload, e);
}

static int older(const void *a, const void *b)
{
	const struct carried *x = a, *y = b;

	return x->taken_ms != y->taken_ms ? (x->taken_ms < y->taken_ms ? -1 : 1)
					  : memcmp(x->id.b, y->id.b, HASH_BYTES);
}

int carried_list(struct client *c, const struct carried **out, size_t *count, struct arena *a,
		 struct err *e)
{
	struct listing l = { .rows = arena_array(a, 2 * CARRIED_MAX, sizeof(*l.rows)) };
	int rc = l.rows ? part_walk(c->base, CT_IDENTITY, SPAN_LIT("carry"), list_one, &l, e)
			: err_set(e, ERR_NOMEM, "no memory for what is carried");

	if (!rc)
		qsort(l.rows, l.count, sizeof(*l.rows), older);
	*out = l.rows;
	*count = l.count;
	return rc;
}

int carried_bundle(struct client *c, const struct carried *k, struct buf *out, struct err *e)
{
	return get_file(c, "cb", &k->id, k->bundle_bytes, out, e);
}

int carried_answer(struct client *c, const struct carried *k, struct buf *out, struct err *e)
{
	return get_file(c, "ca", &k->id, k->answer_bytes, out, e);
}

/* ---- taking one ---- */

/* A device that base does not know yet may still be below; the server knows. Whose units are read here follows from the
 * log, not from this computer's clock. */
static int check_below(struct client *c, uint64_t device, struct err *e)
{
	day_t day = day_of_instant(ledger_info(c->base).time_ms);
	struct device_row row;
	int rc = ledger_device(c->base, device, &row, e);

	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	if (row.revoked_lsn)
		return err_set(e, ERR_DENIED, "the device of this bundle is revoked");
	if (!tree_inside_later(ledger_tree(c->base), row.unit, c->id.unit, day))
		return err_set(
			e, ERR_DENIED,
			"this bundle is not of a unit below this one: somebody else carries it");
	return 0;
}

static int check_bundle(struct client *c, const struct file_head *h, struct err *e)
{
	if (h->kind != FILE_BUNDLE)
		return err_set(e, ERR_INVALID, "this file is no bundle");
	if (memcmp(h->store, c->id.store, sizeof(c->id.store)))
		return err_set(e, ERR_DENIED, "this bundle is for the server of another store");
	if (h->device == c->id.device)
		return err_set(
			e, ERR_DENIED,
			"this is this device's own bundle: another one carries it, or it goes to the server by `ketnapd bundle`");
	return check_below(c, h->device, e);
}

/* Answered and refused ones give way, the oldest first. In a batch. */
static int make_room(struct client *c, uint64_t device, struct err *e)
{
	struct arena *a = arena_new(LIST_BUDGET);
	const struct carried *list;
	size_t count, waiting = 0, left;
	int rc = a ? carried_list(c, &list, &count, a, e) : err_set(e, ERR_NOMEM, "no memory");

	left = rc ? 0 : count;
	for (size_t i = 0; !rc && i < count; i++)
		waiting += list[i].device == device && list[i].state == CARRIED_WAITING;
	for (size_t i = 0; !rc && i < count && left >= CARRIED_MAX; i++) {
		if (list[i].state == CARRIED_WAITING)
			continue;
		rc = drop(c, &list[i], e);
		left--;
	}
	if (!rc && (left >= CARRIED_MAX || waiting >= CARRIED_PER_DEVICE))
		rc = err_set(e, ERR_FULL, "too many bundles wait here to be carried: sync first");
	arena_free(a);
	return rc;
}

int carried_take(struct client *c, struct span file, int64_t now_ms, struct carried *out,
		 struct err *e)
{
	struct file_head h;
	struct span content;
	bool mine;
	int rc = file_read(&h, &content, &out->id, file, e);

	if (!rc)
		rc = check_bundle(c, &h, e);
	if (rc)
		return rc;
	rc = get_row(c, &out->id, out, e);
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(e);
	*out = (struct carried){ .id = out->id,
				 .device = h.device,
				 .state = CARRIED_WAITING,
				 .bundle_bytes = (uint32_t)file.len,
				 .taken_ms = now_ms };
	rc = client_enter(c, &mine, e);
	if (rc)
		return rc;
	rc = make_room(c, h.device, e);
	if (!rc)
		rc = put_file(c, "cb", &out->id, file, e);
	if (!rc)
		rc = put_row(c, out, e);
	return client_leave(c, mine, rc, e);
}

/* ---- what came of it ---- */

/* A later answer tells all that an earlier one told. In a batch. */
static int drop_older(struct client *c, const struct carried *than, struct err *e)
{
	struct arena *a = arena_new(LIST_BUDGET);
	const struct carried *list;
	size_t count = 0;
	int rc = a ? carried_list(c, &list, &count, a, e) : err_set(e, ERR_NOMEM, "no memory");

	for (size_t i = 0; !rc && i < count; i++)
		if (list[i].device == than->device && list[i].state != CARRIED_WAITING &&
		    !hash_eq(&list[i].id, &than->id))
			rc = drop(c, &list[i], e);
	arena_free(a);
	return rc;
}

static int end(struct client *c, const struct hash *id, enum carried_state state, struct span file,
	       int64_t now_ms, struct err *e)
{
	struct carried r;
	bool mine;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	rc = get_row(c, id, &r, e);
	if (!rc)
		rc = drop_older(c, &r, e);
	if (!rc)
		rc = del_file(c, "cb", id, r.bundle_bytes, e);
	r.state = state;
	r.bundle_bytes = 0;
	r.answer_bytes = (uint32_t)file.len;
	r.answered_ms = now_ms;
	if (!rc)
		rc = put_file(c, "ca", id, file, e);
	if (!rc)
		rc = put_row(c, &r, e);
	return client_leave(c, mine, rc, e);
}

int carried_answered(struct client *c, const struct hash *id, struct span file, int64_t now_ms,
		     struct err *e)
{
	return end(c, id, CARRIED_ANSWERED, file, now_ms, e);
}

int carried_refused(struct client *c, const struct hash *id, int64_t now_ms, struct err *e)
{
	return end(c, id, CARRIED_REFUSED, (struct span){ NULL, 0 }, now_ms, e);
}
