/* Rows of the register as structs, and the walk over those of one unit or of all. */
#include "internal.h"

void buf_op(struct buf *b, struct op_id id)
{
	buf_u64(b, id.device);
	buf_varint(b, id.epoch);
	buf_varint(b, id.seq);
}

struct op_id rd_op(struct rd *r)
{
	struct op_id id;

	id.device = rd_u64(r);
	id.epoch = (uint32_t)rd_varint(r);
	id.seq = rd_varint(r);
	return id;
}

void rd_into(struct rd *r, void *out, size_t len)
{
	struct span s = rd_bytes(r, len);

	if (s.len == len)
		memcpy(out, s.data, len);
}

static void write_end(struct buf *b, const struct move_end *m)
{
	buf_u8(b, (uint8_t)m->state);
	if (m->state == HANDOVER_NONE)
		return;
	buf_u8(b, (uint8_t)m->way);
	buf_varint(b, m->unit);
	buf_bytes(b, span_of(m->person, PERSON_ID));
	buf_zigzag(b, m->sent);
	buf_zigzag(b, m->taken);
}

static void read_end(struct rd *r, struct move_end *m)
{
	memset(m, 0, sizeof(*m));
	m->state = (enum handover)rd_u8(r);
	if (m->state == HANDOVER_NONE)
		return;
	m->way = (enum case_move)rd_u8(r);
	m->unit = (uint32_t)rd_varint(r);
	rd_into(r, m->person, PERSON_ID);
	m->sent = (day_t)rd_zigzag(r);
	m->taken = (day_t)rd_zigzag(r);
	if (m->state >= HANDOVERS || m->way > MOVE_OUTSIDE)
		r->failed = true;
}

static void write_held(struct buf *b, const struct case_held *h)
{
	buf_op(b, h->id);
	buf_op(b, h->after);
	buf_u8(b, h->also_count);
	for (size_t i = 0; i < h->also_count; i++)
		buf_op(b, h->also[i]);
	buf_varint(b, h->lsn);
	buf_varint(b, h->author_unit);
	buf_varint(b, h->to);
	buf_u8(b, (uint8_t)h->step.kind);
	buf_zigzag(b, h->step.day);
	buf_u8(b, (uint8_t)h->step.reason);
	buf_varint(b, h->step.votes_for);
	buf_varint(b, h->step.votes_of);
	buf_u8(b, h->step.exception_count);
	for (size_t i = 0; i < h->step.exception_count; i++) {
		buf_u8(b, h->step.exceptions[i].rule);
		buf_u8(b, h->step.exceptions[i].ground);
	}
}

static bool read_held(struct rd *r, struct case_held *h)
{
	memset(h, 0, sizeof(*h));
	h->id = rd_op(r);
	h->after = rd_op(r);
	h->also_count = rd_u8(r);
	if (h->also_count > CASE_ALSO_MAX)
		return false;
	for (size_t i = 0; i < h->also_count; i++)
		h->also[i] = rd_op(r);
	h->lsn = rd_varint(r);
	h->author_unit = (uint32_t)rd_varint(r);
	h->to = (uint32_t)rd_varint(r);
	h->step.kind = (enum case_step_kind)rd_u8(r);
	h->step.day = (day_t)rd_zigzag(r);
	h->step.reason = (enum case_reason)rd_u8(r);
	h->step.votes_for = (uint16_t)rd_varint(r);
	h->step.votes_of = (uint16_t)rd_varint(r);
	h->step.exception_count = rd_u8(r);
	if (h->step.kind >= STEP_KINDS || h->step.exception_count > CASE_EXCEPTIONS_MAX)
		return false;
	for (size_t i = 0; i < h->step.exception_count; i++) {
		h->step.exceptions[i].rule = rd_u8(r);
		h->step.exceptions[i].ground = rd_u8(r);
	}
	return !r->failed;
}

static size_t read_list(struct rd *r, struct case_held *to, size_t max)
{
	uint64_t count = rd_varint(r);

	for (uint64_t i = 0; i < count; i++)
		if (i == max || !read_held(r, &to[i])) {
			r->failed = true;
			return 0;
		}
	return (size_t)count;
}

/* Four bytes, as they always were; with what form 2 asks for, the highest bit of education says that four more follow. */
enum { CODES_MORE = 0x80 };

void codes_write(struct buf *b, const struct person_codes *c)
{
	bool more = c->occupation || c->degree || c->title || c->marks;

	buf_u8(b, c->facts);
	buf_u8(b, c->sources);
	buf_u8(b, (uint8_t)c->age);
	buf_u8(b, (uint8_t)(c->education | (more ? CODES_MORE : 0)));
	if (!more)
		return;
	buf_u8(b, c->occupation);
	buf_u8(b, c->degree);
	buf_u8(b, c->title);
	buf_u8(b, c->marks);
}

void codes_read(struct rd *r, struct person_codes *c)
{
	uint8_t education;

	memset(c, 0, sizeof(*c));
	c->facts = rd_u8(r);
	c->sources = rd_u8(r);
	c->age = (enum age_band)rd_u8(r);
	education = rd_u8(r);
	c->education = education & (CODES_MORE - 1);
	if (education & CODES_MORE) {
		c->occupation = rd_u8(r);
		c->degree = rd_u8(r);
		c->title = rd_u8(r);
		c->marks = rd_u8(r);
	}
	if (!person_codes_hold(c))
		r->failed = true;
}

int case_read(struct rd *r, struct case_record *out, struct err *e)
{
	out->opened_lsn = rd_varint(r);
	out->record = rd_op(r);
	out->record_lsn = rd_varint(r);
	codes_read(r, &out->codes);
	out->corrected = (uint32_t)rd_varint(r);
	out->body = (uint32_t)rd_varint(r);
	out->forget_asked_lsn = rd_varint(r);
	out->forgotten_lsn = rd_varint(r);
	read_end(r, &out->came);
	read_end(r, &out->gone);
	out->count = read_list(r, out->steps, CASE_STEPS_MAX);
	out->rival_count = read_list(r, out->rivals, CASE_RIVALS_MAX);
	if (!r->failed && !out->count)
		r->failed = true;
	return row_done(r, T_CASE, e);
}

int case_get(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
	     struct case_record *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_CASE, key_person(unit, person), &r, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	memcpy(out->person, person, PERSON_ID);
	out->unit = unit;
	return case_read(&r, out, e);
}

int case_put(struct ledger *l, const struct case_record *r, struct err *e)
{
	struct buf *b = row_begin(l);

	buf_varint(b, r->opened_lsn);
	buf_op(b, r->record);
	buf_varint(b, r->record_lsn);
	codes_write(b, &r->codes);
	buf_varint(b, r->corrected);
	buf_varint(b, r->body);
	buf_varint(b, r->forget_asked_lsn);
	buf_varint(b, r->forgotten_lsn);
	write_end(b, &r->came);
	write_end(b, &r->gone);
	buf_varint(b, r->count);
	for (size_t i = 0; i < r->count; i++)
		write_held(b, &r->steps[i]);
	buf_varint(b, r->rival_count);
	for (size_t i = 0; i < r->rival_count; i++)
		write_held(b, &r->rivals[i]);
	return row_put(l, T_CASE, key_person(r->unit, r->person), e);
}

int funnel_get(struct ledger *l, uint32_t unit, int64_t out[CASE_STAGES], struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_FUNNEL, key_u32(unit), &r, e);
	uint64_t count;

	memset(out, 0, CASE_STAGES * sizeof(*out));
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	count = rd_varint(&r);
	for (uint64_t i = 0; i < count; i++) {
		uint8_t stage = rd_u8(&r);
		int64_t cases = rd_zigzag(&r);

		if (stage >= CASE_STAGES || r.failed)
			return err_set(e, ERR_CORRUPT, "a funnel with a stage of its own");
		out[stage] = cases;
	}
	return row_done(&r, T_FUNNEL, e);
}

/* Added to how the membership ended: undone. */
enum { MEMBER_UNDONE = 0x80 };

int member_read(struct rd *r, struct register_member *m, struct err *e)
{
	unsigned how;

	codes_read(r, &m->codes);
	m->admitted = (day_t)rd_zigzag(r);
	m->recognised = (day_t)rd_zigzag(r);
	m->record = rd_op(r);
	m->record_lsn = rd_varint(r);
	m->corrected = (uint32_t)rd_varint(r);
	m->gain = (enum member_gain)rd_u8(r);
	m->gained = (day_t)rd_zigzag(r);
	how = rd_u8(r);
	m->how = (enum member_end)(how & (MEMBER_UNDONE - 1u));
	m->undone = (how & MEMBER_UNDONE) != 0;
	m->ended = (day_t)rd_zigzag(r);
	read_end(r, &m->came);
	read_end(r, &m->gone);
	if (rd_left(r)) {
		m->end = rd_op(r);
		m->end_lsn = rd_varint(r);
	}
	if (m->how >= MEMBER_ENDS || m->gain >= MEMBER_GAINS)
		r->failed = true;
	return row_done(r, T_MEMBER, e);
}

int member_get(struct ledger *l, uint32_t unit, const uint8_t person[PERSON_ID],
	       struct register_member *out, struct err *e)
{
	struct rd r;
	int rc = row_get(l, T_MEMBER, key_person(unit, person), &r, e);

	memset(out, 0, sizeof(*out));
	if (rc)
		return rc;
	memcpy(out->person, person, PERSON_ID);
	out->unit = unit;
	return member_read(&r, out, e);
}

int member_put(struct ledger *l, const struct register_member *m, struct err *e)
{
	struct buf *b = row_begin(l);

	codes_write(b, &m->codes);
	buf_zigzag(b, m->admitted);
	buf_zigzag(b, m->recognised);
	buf_op(b, m->record);
	buf_varint(b, m->record_lsn);
	buf_varint(b, m->corrected);
	buf_u8(b, (uint8_t)m->gain);
	buf_zigzag(b, m->gained);
	buf_u8(b, (uint8_t)((unsigned)m->how | (m->undone ? MEMBER_UNDONE : 0u)));
	buf_zigzag(b, m->ended);
	write_end(b, &m->came);
	write_end(b, &m->gone);
	if (m->end_lsn) {
		buf_op(b, m->end);
		buf_varint(b, m->end_lsn);
	}
	return row_put(l, T_MEMBER, key_person(m->unit, m->person), e);
}

int unit_key_read(struct rd *r, struct register_key *out, struct err *e)
{
	struct span code;

	out->generation = (uint32_t)rd_varint(r);
	rd_into(r, out->public_half, sizeof(out->public_half));
	out->device = rd_u64(r);
	out->lsn = rd_varint(r);
	out->direct = (uint32_t)rd_varint(r);
	code = rd_lenspan(r);
	if (code.len < sizeof(out->code))
		memcpy(out->code, code.data, code.len);
	else
		r->failed = true;
	out->code[r->failed ? 0 : code.len] = 0;
	return row_done(r, T_UNIT_KEY, e);
}

int walk_persons(struct ledger *l, enum table t, uint32_t unit, person_row *each, void *ctx,
		 struct err *e)
{
	struct key prefix = key_u32(unit);
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = read_enter(l, e);

	if (rc)
		return rc;
	rc = kv_walk(&c, l->txn, (uint8_t)t, unit ? key_span(&prefix) : none, none, false, e);
	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1) {
		struct rd payload;

		rc = key.len == 4 + PERSON_ID
			     ? row_open(&payload, t, value, e)
			     : err_set(e, ERR_CORRUPT, "table %s: a row without a person or a key",
				       table_name(t));
		if (!rc)
			rc = each(ctx, key_read_u32(key, 0), key.data + 4, &payload, e);
	}
	kv_walk_end(c);
	read_leave(l);
	return rc < 0 ? rc : 0;
}
