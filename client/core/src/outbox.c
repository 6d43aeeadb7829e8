/* Own ops: packed once, kept for ever, their verdicts beside them. */
#include "client/lost.h"
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- in memory, ascending by id ---- */

static struct own_op *lower_bound(struct client *c, struct op_id id)
{
	size_t low = 0, high = c->own.count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (op_id_cmp(c->own.ops[mid].id, id) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return c->own.ops + low;
}

struct own_op *own_find(struct client *c, struct op_id id)
{
	struct own_op *at;

	if (!c->own.count)
		return NULL;
	at = lower_bound(c, id);
	return at < c->own.ops + c->own.count && !op_id_cmp(at->id, id) ? at : NULL;
}

const struct own_op *outbox_find(const struct client *c, struct op_id id)
{
	return own_find((struct client *)c, id);
}

const struct own_op *outbox_ops(const struct client *c, size_t *count)
{
	*count = c->own.count;
	return c->own.ops;
}

static int own_add(struct client *c, const struct own_op *op, struct err *e)
{
	size_t at;

	if (c->own.count == c->own.cap) {
		size_t cap = c->own.cap ? c->own.cap * 2 : 64;
		struct own_op *grown = realloc(c->own.ops, cap * sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for %zu own ops", cap);
		c->own.ops = grown;
		c->own.cap = cap;
	}
	at = (size_t)(lower_bound(c, op->id) - c->own.ops);
	memmove(c->own.ops + at + 1, c->own.ops + at, (c->own.count - at) * sizeof(*op));
	c->own.ops[at] = *op;
	c->own.count++;
	return 0;
}

/* ---- rows ---- */

struct outbox_row {
	struct own_op op; /* what does not change */
	struct own_bytes bytes;
};

static void outbox_encode(struct buf *b, const struct outbox_row *r)
{
	buf_varint(b, (uint64_t)r->op.kind);
	buf_varint(b, r->op.unit);
	buf_u8(b, r->op.form);
	buf_zigzag(b, r->op.period.from);
	buf_zigzag(b, r->op.period.to);
	buf_zigzag(b, r->op.made_ms);
	buf_bytes(b, span_of(r->bytes.chain.b, HASH_BYTES));
	buf_lenspan(b, r->bytes.envelope);
	buf_lenspan(b, r->bytes.body);
}

static int outbox_row_read(struct outbox_row *out, struct op_id id, struct span payload,
			   struct err *e)
{
	struct rd r = rd_of(payload);

	memset(out, 0, sizeof(*out));
	out->op.id = id;
	out->op.kind = (enum op_kind)rd_varint(&r);
	out->op.unit = (uint32_t)rd_varint(&r);
	out->op.form = rd_u8(&r);
	out->op.period.from = (day_t)rd_zigzag(&r);
	out->op.period.to = (day_t)rd_zigzag(&r);
	out->op.made_ms = rd_zigzag(&r);
	rd_raw(&r, out->bytes.chain.b, HASH_BYTES);
	out->bytes.envelope = rd_lenspan(&r);
	out->bytes.body = rd_lenspan(&r);
	return rd_done(&r) ? 0
			   : err_set(e, ERR_CORRUPT, "own op %llu cannot be read",
				     (unsigned long long)id.seq);
}

enum { V_PULLED = 1, V_ASIDE = 2, V_DROPPED = 4, V_TWIN = 8, V_GIVEN = 16 };

static bool is_given(const struct own_op *op)
{
	static const uint8_t none[sizeof(op->given)];

	return memcmp(op->given, none, sizeof(none)) != 0;
}

static int put_verdict(struct client *c, const struct own_op *op, struct span detail, struct err *e)
{
	struct ckey k = ckey_op(op->id);

	buf_reset(&c->row);
	buf_u8(&c->row, (uint8_t)op->verdict);
	buf_varint(&c->row, (uint64_t)op->code);
	buf_varint(&c->row, op->lsn);
	buf_u8(&c->row, (uint8_t)((op->pulled ? V_PULLED : 0) | (op->aside ? V_ASIDE : 0) |
				  (op->dropped ? V_DROPPED : 0) | (op->twin ? V_TWIN : 0) |
				  (is_given(op) ? V_GIVEN : 0)));
	buf_varint(&c->row, op->remade_epoch);
	buf_varint(&c->row, op->remade_seq);
	buf_lenspan(&c->row, detail);
	if (is_given(op))
		buf_bytes(&c->row, span_of(op->given, sizeof(op->given)));
	if ((op->kind == OP_MEMBER || op->kind == OP_MEMBER_MOVE) &&
	    (op->verdict == VERDICT_REFUSED || op->aside || op->dropped)) {
		int rc = names_drop(c, e); /* what it said does not stand */

		if (rc)
			return rc;
	}
	return client_put_row(c, CT_VERDICT, &k, e);
}

static bool verdict_read(struct own_op *op, struct span *detail, struct span payload)
{
	struct rd r = rd_of(payload);
	uint8_t flags;

	op->verdict = rd_u8(&r);
	op->code = (enum op_code)rd_varint(&r);
	op->lsn = rd_varint(&r);
	flags = rd_u8(&r);
	op->pulled = flags & V_PULLED;
	op->aside = flags & V_ASIDE;
	op->dropped = flags & V_DROPPED;
	op->twin = flags & V_TWIN;
	op->remade_epoch = (uint32_t)rd_varint(&r);
	op->remade_seq = rd_varint(&r);
	*detail = rd_lenspan(&r);
	if (flags & V_GIVEN)
		rd_raw(&r, op->given, sizeof(op->given));
	return rd_done(&r) && (unsigned)op->verdict <= VERDICT_REFUSED;
}

/* Those of an epoch are numbered from 1 on without a gap, and none is ever deleted. */
static bool is_next(const struct client *c, struct op_id id)
{
	const struct own_op *last = c->own.count ? &c->own.ops[c->own.count - 1] : NULL;

	if (last && last->id.device == id.device && last->id.epoch == id.epoch)
		return id.seq == last->id.seq + 1;
	return id.seq == 1 && (!last || op_id_cmp(last->id, id) < 0);
}

static int lost_op(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "the store has lost an own op");
}

static int load_op(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct outbox_row row;
	int rc = outbox_row_read(&row, ckey_op_read(key), payload, e);

	if (!rc && !is_next(ctx, row.op.id))
		rc = lost_op(e);
	return rc ? rc : own_add(ctx, &row.op, e);
}

/* The state says which is the newest of its epoch. */
static bool is_last_there(struct client *c)
{
	struct op_id id = { c->id.device, c->st.epoch, c->st.next_seq - 1 };

	return !id.seq || own_find(c, id);
}

static int load_verdict(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct own_op *op = own_find(ctx, ckey_op_read(key));
	struct span detail;

	if (!op || !verdict_read(op, &detail, payload))
		return err_set(e, ERR_CORRUPT, "the verdict on an own op cannot be read");
	return 0;
}

/* All up to acked_seq have one. */
static bool are_verdicts_there(struct client *c)
{
	struct op_id id = { c->id.device, c->st.epoch, 0 };

	while (id.seq < c->st.acked_seq) {
		const struct own_op *op;

		id.seq++;
		op = own_find(c, id);
		if (!op || op->verdict == VERDICT_NONE)
			return false;
	}
	return true;
}

int own_load(struct client *c, struct err *e)
{
	struct span none = { NULL, 0 };
	int rc;

	c->own.count = 0;
	rc = part_walk(c->base, CT_OUTBOX, none, load_op, c, e);
	if (!rc && !is_last_there(c))
		rc = lost_op(e);
	if (!rc)
		rc = part_walk(c->base, CT_VERDICT, none, load_verdict, c, e);
	if (!rc && !are_verdicts_there(c))
		rc = err_set(e, ERR_CORRUPT, "the store has lost the verdict on an own op");
	return rc;
}

int outbox_read(struct client *c, struct op_id id, struct own_bytes *out, struct arena *a,
		struct err *e)
{
	struct ckey k = ckey_op(id);
	struct outbox_row row;
	struct own_op ignored = { .kind = OP_NONE };
	int rc = part_get(c->base, CT_OUTBOX, ckey_span(&k), &c->row, e);

	memset(out, 0, sizeof(*out));
	if (!rc)
		rc = outbox_row_read(&row, id, buf_span(&c->row), e);
	if (rc)
		return rc;
	out->chain = row.bytes.chain;
	out->envelope = arena_copy(a, row.bytes.envelope);
	out->body = arena_copy(a, row.bytes.body);
	if (!out->envelope.data || !out->body.data)
		return err_set(e, ERR_NOMEM, "no memory for an own op");
	rc = part_get(c->base, CT_VERDICT, ckey_span(&k), &c->row, e);
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	if (!verdict_read(&ignored, &out->detail, buf_span(&c->row)))
		return err_set(e, ERR_CORRUPT, "the verdict on an own op cannot be read");
	out->detail = arena_copy(a, out->detail);
	return 0;
}

int outbox_decode(struct client *c, struct op_id id, struct op *out, struct arena *a, struct err *e)
{
	struct own_bytes bytes;
	enum op_code code;
	int rc = outbox_read(c, id, &bytes, a, e);

	if (rc)
		return rc;
	code = op_decode(out, bytes.body, a, e);
	if (code == CODE_NO_VERDICT)
		return -ERR_NOMEM;
	return code == CODE_OK ? 0
			       : err_set(e, ERR_CORRUPT, "own op %llu does not decode",
					 (unsigned long long)id.seq);
}

int outbox_chain(struct client *c, uint64_t seq, struct hash *out, struct err *e)
{
	struct op_id id = { c->id.device, c->st.epoch, seq };
	struct ckey k = ckey_op(id);
	struct outbox_row row;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!seq)
		return 0;
	if (seq == c->st.next_seq - 1) {
		*out = c->st.chain;
		return 0;
	}
	rc = part_get(c->base, CT_OUTBOX, ckey_span(&k), &c->row, e);
	if (!rc)
		rc = outbox_row_read(&row, id, buf_span(&c->row), e);
	if (!rc)
		*out = row.bytes.chain;
	return rc;
}

/* ---- a new op ---- */

static void base_of(const struct client *c, struct op_base *base)
{
	struct ledger_info info = ledger_info(c->base);

	base->lsn = c->st.cursor.lsn;
	memcpy(base->incarnation, base->lsn ? c->st.cursor.incarnation : info.incarnation, 16);
}

static int pack(struct client *c, const struct op *op, struct op_id id, struct buf *envelope,
		struct buf *body, struct hash *chain, struct err *e)
{
	struct envelope v = { .epoch = id.epoch, .seq = id.seq };
	struct hash h;
	int rc = op_encode(body, op, e);

	if (rc)
		return rc;
	if (body->len > (op->kind == OP_FORM ? OP_FORM_BODY_MAX : OP_BODY_MAX))
		return err_set(e, ERR_RANGE, "what was typed is too long to be sent: %zu bytes",
			       body->len);
	h = hash_bytes(buf_span(body));
	base_of(c, &v.base);
	memcpy(v.body_hash, h.b, HASH_BYTES);
	envelope_encode(envelope, &v);
	*chain = chain_next(&c->st.chain, id.seq, v.body_hash);
	return envelope->failed ? err_set(e, ERR_NOMEM, "no memory for an op") : 0;
}

static int keep(struct client *c, const struct outbox_row *row, struct err *e)
{
	struct ckey k = ckey_op(row->op.id);
	int rc = own_add(c, &row->op, e);

	if (rc)
		return rc;
	buf_reset(&c->row);
	outbox_encode(&c->row, row);
	rc = client_put_row(c, CT_OUTBOX, &k, e);
	if (rc)
		return rc;
	c->st.next_seq = row->op.id.seq + 1;
	c->st.chain = row->bytes.chain;
	return client_put_state(c, e);
}

struct remaking {
	struct client *c;
	struct arena *a;
	bool again; /* of an op that was made when there was no twin of what it names */
};

/* The server has never seen an op set aside, so a name of one is replaced: by the op it was made again as,
 * else by what it named itself. */
static int remade_name(void *ctx, struct op_id id, struct op_id *by,
		       const struct op_sheet **instead, struct err *e)
{
	struct remaking *r = ctx;
	const struct own_op *op = own_find(r->c, id);
	struct op *decoded;
	int rc;

	if (!op || !op->aside || (op->twin && !r->again))
		return 0;
	if (op->remade_seq) {
		*by = (struct op_id){ r->c->id.device, op->remade_epoch, op->remade_seq };
		return 1;
	}
	decoded = arena_alloc(r->a, sizeof(*decoded));
	if (!decoded)
		return err_set(e, ERR_NOMEM, "no memory to make an op again");
	rc = outbox_decode(r->c, id, decoded, r->a, e);
	if (!rc && decoded->kind == OP_SHEET)
		*instead = &decoded->sheet;
	return rc;
}

static bool any_aside(const struct client *c)
{
	for (size_t i = 0; i < c->own.count; i++)
		if (c->own.ops[i].aside)
			return true;
	return false;
}

static int append(struct client *c, struct op *op, bool again, int64_t now_ms, struct op_id *id,
		  struct err *e)
{
	bool renames = op->kind == OP_SHEET && any_aside(c);
	struct arena *a = renames ? arena_new(DECODE_BUDGET) : NULL;
	struct remaking r = { .c = c, .a = a, .again = again };
	struct outbox_row row = { .op = { .kind = op->kind, .unit = op->unit, .made_ms = now_ms } };
	struct buf envelope, body;
	bool mine;
	int rc;

	op->author = c->id.person;
	op->device_time_ms = now_ms;
	if (a)
		rc = rename_seen(&op->sheet, remade_name, &r, a, e);
	else
		rc = renames ? err_set(e, ERR_NOMEM, "no memory for an op") : 0;
	if (!rc && op_check(op, e) != CODE_OK)
		rc = -ERR_INVALID;
	if (!rc)
		rc = client_enter(c, &mine, e);
	if (rc) {
		arena_free(a);
		return rc;
	}
	row.op.id = (struct op_id){ c->id.device, c->st.epoch, c->st.next_seq };
	if (op->kind == OP_SHEET) {
		row.op.form = (uint8_t)op->sheet.form;
		row.op.period = op->sheet.period;
	}
	buf_init(&body, OP_FORM_BODY_MAX + 1024);
	buf_init(&envelope, 2 * ENVELOPE_MAX);
	rc = pack(c, op, row.op.id, &envelope, &body, &row.bytes.chain, e);
	row.bytes.envelope = buf_span(&envelope);
	row.bytes.body = buf_span(&body);
	if (!rc)
		rc = keep(c, &row, e);
	if (!rc)
		rc = names_touch(c, op, e);
	buf_fini(&envelope);
	buf_fini(&body);
	arena_free(a);
	*id = row.op.id;
	return client_leave(c, mine, rc, e);
}

int outbox_append(struct client *c, struct op *op, int64_t now_ms, struct op_id *id, struct err *e)
{
	return append(c, op, false, now_ms, id, e);
}

/* ---- verdicts ---- */

/* All up to acked_seq have verdicts; whatever is known beyond it moves it on. */
static void advance_acked(struct client *c)
{
	struct op_id id = { c->id.device, c->st.epoch, c->st.acked_seq + 1 };
	const struct own_op *op;

	while ((op = own_find(c, id)) && op->verdict != VERDICT_NONE) {
		c->st.acked_seq = id.seq;
		id.seq++;
	}
}

int outbox_verdict(struct client *c, struct op_id id, enum op_verdict verdict, enum op_code code,
		   struct span detail, uint64_t lsn, const uint8_t given[16], struct err *e)
{
	struct own_op *op;
	bool mine, pulled = !given;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	op = own_find(c, id);
	if (!op)
		rc = err_set(e, ERR_NOTFOUND, "op %llu was not made here",
			     (unsigned long long)id.seq);
	if (!rc && (op->verdict == VERDICT_NONE || (pulled && !op->pulled))) {
		op->verdict = verdict;
		op->code = code;
		op->lsn = lsn;
		memset(op->given, 0, sizeof(op->given));
		if (given)
			memcpy(op->given, given, sizeof(op->given));
		op->pulled = op->pulled || pulled;
		op->aside = false;
		rc = put_verdict(c, op, detail, e);
		if (!rc) {
			advance_acked(c);
			rc = client_put_state(c, e);
		}
	}
	return client_leave(c, mine, rc, e);
}

int own_twin(struct client *c, struct op_id id, struct err *e)
{
	struct own_op *op = own_find(c, id);

	op->twin = true;
	return put_verdict(c, op, (struct span){ NULL, 0 }, e);
}

int own_set_aside(struct client *c, uint64_t *count, struct err *e)
{
	int rc = 0;

	*count = 0;
	for (size_t i = 0; i < c->own.count && !rc; i++) {
		struct own_op *op = &c->own.ops[i];

		if (op->verdict != VERDICT_NONE || op->aside || op->dropped || op->remade_seq ||
		    (op->id.device == c->id.device && op->id.epoch == c->st.epoch))
			continue;
		op->aside = true;
		++*count;
		rc = put_verdict(c, op, (struct span){ NULL, 0 }, e);
	}
	return rc;
}

int own_unpull(struct client *c, uint64_t lsn, uint64_t first_seq, struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	int rc = a ? 0 : err_set(e, ERR_NOMEM, "no memory for own ops");

	for (size_t i = 0; i < c->own.count && !rc; i++) {
		struct own_op *op = &c->own.ops[i];
		bool present = op->id.device == c->id.device && op->id.epoch == c->st.epoch &&
			       first_seq;
		bool again = present && op->id.seq >= first_seq, lost = !present && op->lsn > lsn;
		struct own_bytes bytes;

		if (op->verdict == VERDICT_NONE || (op->lsn <= lsn && !again))
			continue;
		arena_reset(a);
		rc = outbox_read(c, op->id, &bytes, a, e);
		op->pulled = op->pulled && op->lsn <= lsn;
		if (again || lost) {      /* the server has lost its verdict with the entry */
			op->aside = lost; /* of an older epoch: it cannot be sent again as it is */
			op->verdict = VERDICT_NONE;
			op->code = CODE_OK;
			op->lsn = 0;
			memset(op->given, 0, sizeof(op->given));
			op->pulled = false;
		}
		if (!rc)
			rc = put_verdict(c, op, bytes.detail, e);
	}
	arena_free(a);
	return rc;
}

/* ---- set aside ---- */

static int aside_check(struct own_op *op, struct err *e)
{
	if (!op)
		return err_set(e, ERR_NOTFOUND, "this device made no such op");
	if (!op->aside || op->dropped || op->remade_seq)
		return err_set(e, ERR_STATE, "this op does not wait for a decision");
	return 0;
}

int outbox_drop(struct client *c, struct op_id id, struct err *e)
{
	struct own_op *op;
	bool mine;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	op = own_find(c, id);
	rc = aside_check(op, e);
	if (!rc) {
		op->dropped = true;
		rc = put_verdict(c, op, (struct span){ NULL, 0 }, e);
	}
	return client_leave(c, mine, rc, e);
}

/* Sent anew it would be said of whoever has the unit's number now. */
static int unit_check(struct client *c, const struct own_op *op, struct err *e)
{
	struct lost_unit lost;
	int rc = lost_unit_of(&lost, c, op, e);

	return !rc && lost.is && lost.code[0]
		       ? err_set(e, ERR_STATE,
				 "this is of %s in a log that is no more, and would be said of the "
				 "unit that has its number now: enter it for the unit that is "
				 "meant, and drop this",
				 lost.code)
		       : rc;
}

int outbox_remake(struct client *c, struct op_id id, int64_t now_ms, struct op_id *again,
		  struct err *e)
{
	struct arena *a = arena_new(DECODE_BUDGET);
	struct own_op *op;
	struct op body;
	bool mine;
	int rc = a ? client_enter(c, &mine, e)
		   : err_set(e, ERR_NOMEM, "no memory to make an op again");

	if (rc) {
		arena_free(a);
		return rc;
	}
	rc = aside_check(own_find(c, id), e);
	if (!rc)
		rc = unit_check(c, own_find(c, id), e);
	if (!rc)
		rc = outbox_decode(c, id, &body, a, e);
	if (!rc)
		rc = append(c, &body, true, now_ms, again, e);
	op = rc ? NULL : own_find(c, id);
	if (op) {
		op->remade_epoch = again->epoch;
		op->remade_seq = again->seq;
		rc = put_verdict(c, op, (struct span){ NULL, 0 }, e);
	}
	arena_free(a);
	return client_leave(c, mine, rc, e);
}
