/* The stored form of a sheet:
 *
 *	u8 format, u8 flags, form_version, last_lsn, last_lsn - first_lsn, accepted_lsn, returned_lsn,
 *	signed: sign_lsn, covers
 *	count, ops:      u64 device, epoch, seq, lsn, unit_of_author * 2 + on_behalf
 *	count, versions: measure - the one before, u8 op * 4 + state, value of states 2 and 3
 *
 * Numbers are varints unless a size is given. Decoding takes only what encoding makes, so equal sheets
 * are equal bytes and a changed bit in the store does not pass for another sheet by accident. */
#include "domain/sheet.h"

#include <assert.h>

enum {
	FORMAT = 1,
	FLAG_HOW = 3, /* two bits of enum sign_how */
	FLAG_NIL = 4,
	FLAG_ON_BEHALF = 8,
	FLAG_BROKEN = 16,
	FLAG_IN_TIME = 32,
	FLAGS_ALL = 63,
	FLAGS_OF_SIGNATURE = FLAG_HOW | FLAG_NIL | FLAG_ON_BEHALF,
	STATE_APPROX = 3, /* after the three of enum figure_state: a value, "over" or "about" */
};

void sheet_encode(struct buf *b, const struct sheet *s)
{
	uint16_t measure = 0;

	assert(s->op_count <= SHEET_OPS_MAX && s->version_count <= SHEET_VERSIONS_MAX);
	assert(s->first_lsn <= s->last_lsn);
	buf_u8(b, FORMAT);
	buf_u8(b, (uint8_t)((unsigned)s->sign_how | (s->sign_nil ? FLAG_NIL : 0u) |
			    (s->sign_on_behalf ? FLAG_ON_BEHALF : 0u) |
			    (s->broken ? FLAG_BROKEN : 0u) | (s->in_time ? FLAG_IN_TIME : 0u)));
	buf_varint(b, s->form_version);
	buf_varint(b, s->last_lsn);
	buf_varint(b, s->last_lsn - s->first_lsn);
	buf_varint(b, s->accepted_lsn);
	buf_varint(b, s->returned_lsn);
	if (s->sign_how != SIGN_NONE) {
		buf_varint(b, s->sign_lsn);
		buf_varint(b, s->sign_covers);
	}
	buf_varint(b, s->op_count);
	for (size_t i = 0; i < s->op_count; i++) {
		const struct sheet_op *op = &s->ops[i];

		buf_u64(b, op->id.device);
		buf_varint(b, op->id.epoch);
		buf_varint(b, op->id.seq);
		buf_varint(b, op->lsn);
		buf_varint(b, (uint64_t)op->unit_of_author * 2 + op->on_behalf);
	}
	buf_varint(b, s->version_count);
	for (size_t i = 0; i < s->version_count; i++) {
		const struct version *v = &s->versions[i];
		unsigned state = v->approx ? STATE_APPROX : (unsigned)v->state;

		buf_varint(b, (uint64_t)(v->measure - measure));
		measure = v->measure;
		buf_u8(b, (uint8_t)(v->op * 4u + state));
		if (state >= FIGURE_VALUE)
			buf_zigzag(b, v->value);
	}
}

static bool decode_head(struct sheet *s, struct rd *r)
{
	unsigned flags;
	uint64_t version, age;

	sheet_clear(s);
	if (rd_u8(r) != FORMAT)
		return false;
	flags = rd_u8(r);
	version = rd_varint(r);
	s->last_lsn = rd_varint(r);
	age = rd_varint(r);
	s->accepted_lsn = rd_varint(r);
	s->returned_lsn = rd_varint(r);
	if (flags & ~(unsigned)FLAGS_ALL || version > UINT16_MAX || age > s->last_lsn)
		return false;
	s->first_lsn = s->last_lsn - age;
	s->form_version = (uint16_t)version;
	s->broken = flags & FLAG_BROKEN;
	s->in_time = flags & FLAG_IN_TIME;
	s->sign_how = (enum sign_how)(flags & FLAG_HOW);
	s->sign_nil = flags & FLAG_NIL;
	s->sign_on_behalf = flags & FLAG_ON_BEHALF;
	if (s->sign_how == SIGN_NONE)
		return !(flags & FLAGS_OF_SIGNATURE) && !s->accepted_lsn;
	s->sign_lsn = rd_varint(r);
	s->sign_covers = rd_varint(r);
	return s->sign_lsn != 0 && !s->returned_lsn && (s->accepted_lsn || !s->in_time);
}

static bool decode_ops(struct sheet *s, struct rd *r)
{
	uint64_t count = rd_varint(r);

	if (count > SHEET_OPS_MAX)
		return false;
	s->op_count = (size_t)count;
	for (size_t i = 0; i < s->op_count; i++) {
		struct sheet_op *op = &s->ops[i];
		uint64_t epoch, unit;

		op->id.device = rd_u64(r);
		epoch = rd_varint(r);
		op->id.seq = rd_varint(r);
		op->lsn = rd_varint(r);
		unit = rd_varint(r);
		if (r->failed || epoch > UINT32_MAX || unit / 2 > UINT32_MAX || !op->lsn)
			return false;
		op->id.epoch = (uint32_t)epoch;
		op->unit_of_author = (uint32_t)(unit / 2);
		op->on_behalf = unit & 1;
		if (i && op_id_cmp(s->ops[i - 1].id, op->id) >= 0)
			return false;
	}
	return true;
}

static bool decode_version(struct version *v, const struct version *before, struct rd *r)
{
	uint64_t step = rd_varint(r);
	unsigned packed = rd_u8(r), state = packed & 3u;

	*v = (struct version){ .op = (uint8_t)(packed >> 2) };
	if (r->failed || step > MEASURE_NO_MAX ||
	    step + (before ? before->measure : 0u) > MEASURE_NO_MAX)
		return false;
	v->measure = (uint16_t)(step + (before ? before->measure : 0u));
	v->approx = state == STATE_APPROX;
	v->state = v->approx ? FIGURE_VALUE : (enum figure_state)state;
	if (v->state == FIGURE_VALUE) {
		v->value = rd_zigzag(r);
		if (!v->value) /* that is nil */
			return false;
	}
	return v->measure && (!before || step || v->op > before->op);
}

static bool decode_versions(struct sheet *s, struct rd *r, uint64_t *used)
{
	uint64_t count = rd_varint(r);

	if (count > SHEET_VERSIONS_MAX)
		return false;
	s->version_count = (size_t)count;
	for (size_t i = 0; i < s->version_count; i++) {
		struct version *v = &s->versions[i];

		if (!decode_version(v, i ? v - 1 : NULL, r) || v->op >= s->op_count)
			return false;
		*used |= UINT64_C(1) << v->op;
	}
	return true;
}

/* Every op has a version or the signature, and the signature is that of an op. */
static bool ops_belong(const struct sheet *s, uint64_t used)
{
	bool signer = !s->sign_lsn;

	for (size_t i = 0; i < s->op_count; i++) {
		bool signs = s->sign_lsn && s->ops[i].lsn == s->sign_lsn;

		signer = signer || signs;
		if (!signs && !(used >> i & 1))
			return false;
	}
	if (s->op_count < SHEET_OPS_MAX && s->sign_covers >> s->op_count)
		return false;
	return signer;
}

uint64_t sheet_decode_first(struct span bytes)
{
	struct rd r = rd_of(bytes);
	uint64_t last, age;

	if (rd_u8(&r) != FORMAT)
		return 0;
	(void)rd_u8(&r);
	(void)rd_varint(&r); /* of the form */
	last = rd_varint(&r);
	age = rd_varint(&r);
	return r.failed || age > last ? 0 : last - age;
}

int sheet_decode(struct sheet *s, struct span bytes, struct err *e)
{
	struct rd r = rd_of(bytes);
	uint64_t used = 0;

	if (decode_head(s, &r) && decode_ops(s, &r) && decode_versions(s, &r, &used) &&
	    rd_done(&r) && ops_belong(s, used))
		return 0;
	sheet_clear(s); /* counts that were read say nothing about what stands behind them */
	return err_set(e, ERR_CORRUPT, "stored sheet: the bytes do not check out");
}
