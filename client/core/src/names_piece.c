/* Pieces of the index of names: how they are sealed and read. */
#include "names_internal.h"

#include "crypto/hash.h"
#include "keyring_internal.h"

#include <stdlib.h>

struct ckey names_piece_key(enum names_kind kind, uint32_t piece)
{
	struct ckey k = { .len = 3 };

	k.b[0] = (uint8_t)kind;
	k.b[1] = (uint8_t)(piece >> 8);
	k.b[2] = (uint8_t)piece;
	return k;
}

struct ckey names_pending_key(uint32_t unit, const uint8_t person[PERSON_ID])
{
	struct ckey k = { .b = { 'p' }, .len = 1 + PERSON_ID + 4 };

	memcpy(k.b + 1, person, PERSON_ID);
	key_put_be(k.b + 1 + PERSON_ID, unit, 4);
	return k;
}

/* ---- state ---- */

int names_state_get(struct names_state *out, struct client *c, struct err *e)
{
	struct ckey k = ckey_name("s");
	struct buf b;
	struct rd r;
	uint8_t format;
	int rc;

	buf_init(&b, 64);
	rc = part_get(c->base, CT_NAMES, ckey_span(&k), &b, e);
	r = rd_of(buf_span(&b));
	format = rd_u8(&r);
	out->device = rd_u64(&r);
	out->unit = rd_u32(&r);
	out->bits = rd_u8(&r);
	out->count = rd_varint(&r);
	if (!rc && (format != NAMES_FORMAT || !rd_done(&r) || out->bits > NAMES_BITS_MAX ||
		    out->device != c->id.device || out->unit != c->id.unit))
		rc = err_set(e, ERR_NOTFOUND, "the index of names is of another time");
	buf_fini(&b);
	return rc;
}

int names_state_put(struct client *c, const struct names_state *st, struct err *e)
{
	struct ckey k = ckey_name("s");

	buf_reset(&c->row);
	buf_u8(&c->row, NAMES_FORMAT);
	buf_u64(&c->row, st->device);
	buf_u32(&c->row, st->unit);
	buf_u8(&c->row, st->bits);
	buf_varint(&c->row, st->count);
	return client_put_row(c, CT_NAMES, &k, e);
}

/* ---- one row ---- */

/* Where a row belongs: bound to it, so that none stands for another. */
static struct span place_of(uint8_t out[16], const struct names_state *st, enum names_kind kind,
			    uint32_t piece)
{
	memcpy(out, "names", 5);
	out[5] = NAMES_FORMAT;
	out[6] = (uint8_t)kind;
	out[7] = st->bits;
	for (unsigned i = 0; i < 4; i++) {
		out[8 + i] = (uint8_t)(st->unit >> (24 - 8 * i));
		out[12 + i] = (uint8_t)(piece >> (24 - 8 * i));
	}
	return span_of(out, 16);
}

int names_open(struct buf *out, const struct names_key *key, const struct names_state *st,
	       enum names_kind kind, uint32_t piece, struct span sealed, struct err *e)
{
	uint8_t place[16];
	size_t len;

	if (sealed.len < BOX_NONCE_BYTES + BOX_OVERHEAD)
		return err_set(e, ERR_INVALID, "a piece of the index of names is too short");
	len = sealed.len - BOX_NONCE_BYTES - BOX_OVERHEAD;
	if (out->cap < len + 1) { /* room that is never copied about */
		free(out->data);
		out->data = malloc(len + 1);
		out->cap = out->data ? len + 1 : 0;
	}
	out->len = 0;
	if (!out->data)
		return err_set(e, ERR_NOMEM, "no memory for the index of names");
	if (box_open(out->data, key->b, sealed.data, place_of(place, st, kind, piece),
		     span_of(sealed.data + BOX_NONCE_BYTES, sealed.len - BOX_NONCE_BYTES), e))
		return -ERR_DENIED;
	out->data[len] = 0;
	out->len = len;
	return 0;
}

static int put_row(struct client *c, const struct names_key *key, const struct names_state *st,
		   enum names_kind kind, uint32_t piece, struct buf *plain, keyring_draw *draw,
		   struct err *e)
{
	struct ckey k = names_piece_key(kind, piece);
	uint8_t place[16], nonce[BOX_NONCE_BYTES], *box;
	int rc = draw(nonce, sizeof(nonce), e);

	while (!plain->failed && (plain->len % NAMES_PAD || !plain->len))
		buf_u8(plain, 0);
	if (!rc && plain->failed)
		rc = err_set(e, ERR_NOMEM, "no memory for the index of names");
	box = malloc(plain->len + BOX_OVERHEAD);
	if (!rc && !box)
		rc = err_set(e, ERR_NOMEM, "no memory for the index of names");
	if (!rc) {
		box_lock(box, key->b, nonce, place_of(place, st, kind, piece), buf_span(plain));
		buf_reset(&c->row);
		buf_bytes(&c->row, span_of(nonce, sizeof(nonce)));
		buf_bytes(&c->row, span_of(box, plain->len + BOX_OVERHEAD));
		rc = client_put_row(c, CT_NAMES, &k, e);
	}
	free(box);
	return rc;
}

/* ---- a piece ---- */

static void line(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_u8(b, text.data[i] == '\n' || !text.data[i] ? ' ' : text.data[i]);
	buf_u8(b, '\n');
}

void names_id_read(struct names_row *out, const uint8_t *at)
{
	struct rd r = rd_of(span_of(at, NAMES_ID_BYTES));

	memcpy(out->person, at, PERSON_ID);
	(void)rd_bytes(&r, PERSON_ID);
	out->unit = rd_u32(&r);
	out->is = rd_u8(&r);
}

int names_piece_put(struct client *c, const struct names_key *key, const struct names_state *st,
		    uint32_t piece, const struct names_piece *p, keyring_draw *draw, struct err *e)
{
	static const enum names_kind kinds[] = { NAMES_NAME, NAMES_CARD, NAMES_ID };
	struct buf plain;
	int rc = 0;

	buf_init(&plain, NAMES_PIECE_MAX);
	for (size_t n = 0; n < ARRAY_LEN(kinds) && !rc; n++) {
		buf_reset(&plain);
		for (size_t i = 0; i < p->count; i++) {
			const struct names_row *row = &p->rows[i];

			if (kinds[n] != NAMES_ID) {
				line(&plain, kinds[n] == NAMES_NAME ? row->name : row->card);
				continue;
			}
			buf_bytes(&plain, span_of(row->person, PERSON_ID));
			buf_u32(&plain, row->unit);
			buf_u8(&plain, row->is);
		}
		rc = put_row(c, key, st, kinds[n], piece, &plain, draw, e);
	}
	if (plain.data)
		key_wipe(plain.data, plain.cap);
	buf_fini(&plain);
	return rc;
}

int names_piece_add(struct names_piece *p, const struct names_row *row, struct arena *a,
		    struct err *e)
{
	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : NAMES_PER_PIECE;
		struct names_row *grown = arena_array(a, room, sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for the index of names");
		if (p->count)
			memcpy(grown, p->rows, p->count * sizeof(*grown));
		p->rows = grown;
		p->room = room;
	}
	p->rows[p->count++] = *row;
	return 0;
}

static int read_row(struct span *out, struct buf *sealed, struct buf *plain, struct client *c,
		    const struct names_key *key, const struct names_state *st, enum names_kind kind,
		    uint32_t piece, struct arena *a, struct err *e)
{
	struct ckey k = names_piece_key(kind, piece);
	int rc = part_get(c->base, CT_NAMES, ckey_span(&k), sealed, e);

	if (!rc)
		rc = names_open(plain, key, st, kind, piece, buf_span(sealed), e);
	if (rc)
		return rc;
	*out = arena_copy(a, buf_span(plain));
	return out->data ? 0 : err_set(e, ERR_NOMEM, "no memory for the index of names");
}

/* The next line; false: there is none. */
static bool cut_line(struct span *out, struct span *rest)
{
	const uint8_t *end = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;

	if (!end)
		return false;
	*out = span_of(rest->data, (size_t)(end - rest->data));
	*rest = span_of(end + 1, rest->len - out->len - 1);
	return true;
}

int names_piece_get(struct names_piece *out, struct client *c, const struct names_key *key,
		    const struct names_state *st, uint32_t piece, struct arena *a, struct err *e)
{
	struct span names = { NULL, 0 }, cards = names, ids = names;
	struct buf sealed, plain;
	struct names_row row;
	int rc;

	*out = (struct names_piece){ .count = 0 };
	buf_init(&sealed, NAMES_PIECE_MAX + 1024);
	buf_init(&plain, NAMES_PIECE_MAX);
	rc = read_row(&names, &sealed, &plain, c, key, st, NAMES_NAME, piece, a, e);
	if (!rc)
		rc = read_row(&cards, &sealed, &plain, c, key, st, NAMES_CARD, piece, a, e);
	if (!rc)
		rc = read_row(&ids, &sealed, &plain, c, key, st, NAMES_ID, piece, a, e);
	while (!rc && cut_line(&row.name, &names)) {
		if (!cut_line(&row.card, &cards) || ids.len < NAMES_ID_BYTES) {
			rc = err_set(e, ERR_CORRUPT, "a piece of the index of names is cut off");
			break;
		}
		names_id_read(&row, ids.data);
		ids = span_of(ids.data + NAMES_ID_BYTES, ids.len - NAMES_ID_BYTES);
		rc = names_piece_add(out, &row, a, e);
	}
	if (plain.data)
		key_wipe(plain.data, plain.cap);
	buf_fini(&plain);
	buf_fini(&sealed);
	return rc;
}
