/* Keys and rows of the client's tables, built and read here alone. */
#include "internal.h"

static void put(struct ckey *k, uint64_t v, size_t bytes)
{
	for (size_t i = bytes; i-- > 0;)
		k->b[k->len++] = (uint8_t)(v >> (8 * i));
}

static uint64_t take(struct span key, size_t at, size_t bytes)
{
	uint64_t v = 0;

	if (at > key.len || bytes > key.len - at)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		v = v << 8 | key.data[at + i];
	return v;
}

struct ckey ckey_name(const char *name)
{
	struct ckey k = { .len = strlen(name) };

	assert(k.len <= CLIENT_KEY_MAX);
	memcpy(k.b, name, k.len);
	return k;
}

struct ckey ckey_op(struct op_id id)
{
	struct ckey k = { .len = 0 };

	put(&k, id.device, 8);
	put(&k, id.epoch, 4);
	put(&k, id.seq, 8);
	return k;
}

struct op_id ckey_op_read(struct span key)
{
	return (struct op_id){ take(key, 0, 8), (uint32_t)take(key, 8, 4), take(key, 12, 8) };
}

struct ckey ckey_sheet(const struct draft_key *d)
{
	struct ckey k = { .len = 0 };

	put(&k, (uint32_t)d->period.to ^ 0x80000000u, 4);
	put(&k, (uint32_t)d->period.from ^ 0x80000000u, 4);
	put(&k, d->form, 1);
	put(&k, d->unit, 4);
	return k;
}

bool ckey_sheet_read(struct draft_key *out, struct span key)
{
	out->period.to = (day_t)((uint32_t)take(key, 0, 4) ^ 0x80000000u);
	out->period.from = (day_t)((uint32_t)take(key, 4, 4) ^ 0x80000000u);
	out->form = (uint8_t)take(key, 8, 1);
	out->unit = (uint32_t)take(key, 9, 4);
	return key.len == 13;
}

struct ckey ckey_head(const uint8_t incarnation[16], uint64_t size)
{
	struct ckey k = { .len = 16 };

	memcpy(k.b, incarnation, 16);
	put(&k, size, 8); /* 0: the newest; else evidence of that size */
	return k;
}

struct ckey ckey_lsn(uint64_t lsn)
{
	struct ckey k = { .len = 0 };

	put(&k, lsn, 8);
	return k;
}

uint64_t ckey_lsn_read(struct span key)
{
	return take(key, key.len >= 8 ? key.len - 8 : 0, 8);
}

struct ckey ckey_old(const uint8_t incarnation[16], uint64_t lsn)
{
	return ckey_head(incarnation, lsn);
}

void rd_raw(struct rd *r, void *out, size_t len)
{
	struct span s = rd_bytes(r, len);

	if (s.data)
		memcpy(out, s.data, len);
}

void buf_id(struct buf *b, struct op_id id)
{
	buf_u64(b, id.device);
	buf_varint(b, id.epoch);
	buf_varint(b, id.seq);
}

struct op_id rd_id(struct rd *r)
{
	struct op_id id = { .device = rd_u64(r) };

	id.epoch = (uint32_t)rd_varint(r);
	id.seq = rd_varint(r);
	return id;
}

void identity_encode(struct buf *b, const struct identity *id)
{
	buf_u64(b, id->device);
	buf_varint(b, id->unit);
	buf_varint(b, id->person);
	buf_u8(b, (uint8_t)id->role);
	buf_bytes(b, span_of(id->store, sizeof(id->store)));
	buf_bytes(b, span_of(id->log_key, sizeof(id->log_key)));
	buf_bytes(b, span_of(id->seal_key, sizeof(id->seal_key)));
	buf_lenspan(b, span_of(id->ca, id->ca_len));
	buf_lenspan(b, span_str(id->address));
}

bool identity_decode(struct identity *id, struct span bytes)
{
	struct rd r = rd_of(bytes);
	struct span s;

	memset(id, 0, sizeof(*id));
	id->device = rd_u64(&r);
	id->unit = (uint32_t)rd_varint(&r);
	id->person = (uint32_t)rd_varint(&r);
	id->role = rd_u8(&r);
	rd_raw(&r, id->store, sizeof(id->store));
	rd_raw(&r, id->log_key, sizeof(id->log_key));
	rd_raw(&r, id->seal_key, sizeof(id->seal_key));
	s = rd_lenspan(&r);
	if (s.len > sizeof(id->ca))
		return false;
	if (s.len)
		memcpy(id->ca, s.data, s.len);
	id->ca_len = s.len;
	s = rd_lenspan(&r);
	if (s.len > CLIENT_ADDRESS_MAX)
		return false;
	if (s.len)
		memcpy(id->address, s.data, s.len);
	return rd_done(&r);
}

static void cursor_encode(struct buf *b, const struct wire_cursor *c)
{
	buf_bytes(b, span_of(c->incarnation, sizeof(c->incarnation)));
	buf_varint(b, c->lsn);
	buf_varint(b, c->authority);
}

static void cursor_decode(struct wire_cursor *c, struct rd *r)
{
	rd_raw(r, c->incarnation, sizeof(c->incarnation));
	c->lsn = rd_varint(r);
	c->authority = rd_varint(r);
}

void state_encode(struct buf *b, const struct client_state *st)
{
	buf_varint(b, st->epoch);
	buf_varint(b, st->next_seq);
	buf_bytes(b, span_of(st->chain.b, HASH_BYTES));
	buf_varint(b, st->acked_seq);
	cursor_encode(b, &st->cursor);
	buf_varint(b, st->own_lsn);
	buf_u8(b, st->staging);
	cursor_encode(b, &st->staged);
	buf_u8(b, (uint8_t)st->halt);
	buf_u8(b, (uint8_t)st->trouble);
	buf_varint(b, st->trouble_lsn);
	buf_bytes(b, span_of(st->ours.b, HASH_BYTES));
	buf_bytes(b, span_of(st->theirs.b, HASH_BYTES));
	buf_varint(b, st->archived_through);
	buf_zigzag(b, st->contact_ms);
	buf_zigzag(b, st->server_ms);
	buf_varint(b, st->ack_lsn);
	buf_zigzag(b, st->ack_ms);
}

bool state_decode(struct client_state *st, struct span bytes)
{
	struct rd r = rd_of(bytes);

	memset(st, 0, sizeof(*st));
	st->epoch = (uint32_t)rd_varint(&r);
	st->next_seq = rd_varint(&r);
	rd_raw(&r, st->chain.b, HASH_BYTES);
	st->acked_seq = rd_varint(&r);
	cursor_decode(&st->cursor, &r);
	st->own_lsn = rd_varint(&r);
	st->staging = rd_u8(&r);
	cursor_decode(&st->staged, &r);
	st->halt = rd_u8(&r);
	st->trouble = rd_u8(&r);
	st->trouble_lsn = rd_varint(&r);
	rd_raw(&r, st->ours.b, HASH_BYTES);
	rd_raw(&r, st->theirs.b, HASH_BYTES);
	st->archived_through = rd_varint(&r);
	st->contact_ms = rd_zigzag(&r);
	st->server_ms = rd_zigzag(&r);
	st->ack_lsn = rd_varint(&r);
	st->ack_ms = rd_zigzag(&r);
	return rd_done(&r) && (unsigned)st->halt < HALTS && (unsigned)st->trouble < FEED_TROUBLES;
}

void draft_encode(struct buf *b, const struct draft *d)
{
	buf_zigzag(b, d->first_ms);
	buf_zigzag(b, d->last_ms);
	buf_varint(b, d->seen_count);
	for (size_t i = 0; i < d->seen_count; i++)
		buf_id(b, d->seen[i]);
	buf_varint(b, d->figure_count);
	for (size_t i = 0; i < d->figure_count; i++) {
		buf_varint(b, d->figures[i].measure);
		buf_u8(b, (uint8_t)d->figures[i].state);
		buf_zigzag(b, d->figures[i].value);
		buf_u8(b, d->figures[i].approx);
		buf_u64(b, d->figures[i].over);
	}
}

bool draft_decode(struct draft *d, struct span bytes)
{
	struct rd r = rd_of(bytes);
	uint64_t count;

	memset(d, 0, sizeof(*d));
	d->first_ms = rd_zigzag(&r);
	d->last_ms = rd_zigzag(&r);
	count = rd_varint(&r);
	if (count > SHEET_OPS_MAX)
		return false;
	for (; d->seen_count < count; d->seen_count++)
		d->seen[d->seen_count] = rd_id(&r);
	count = rd_varint(&r);
	if (count > MEASURES_MAX)
		return false;
	for (; d->figure_count < count; d->figure_count++) {
		struct op_figure *f = &d->figures[d->figure_count];

		f->measure = (uint16_t)rd_varint(&r);
		f->state = rd_u8(&r);
		f->value = rd_zigzag(&r);
		f->approx = rd_u8(&r);
		f->over = rd_u64(&r);
	}
	return rd_done(&r);
}

/* ---- putting ---- */

int client_put_row(struct client *c, uint8_t table, const struct ckey *k, struct err *e)
{
	return c->row.failed ? err_set(e, ERR_NOMEM, "no memory for the device's own rows")
			     : part_put(c->base, table, ckey_span(k), buf_span(&c->row), e);
}
