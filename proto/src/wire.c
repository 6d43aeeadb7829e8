#include "proto/wire.h"

#include <assert.h>

#include "base/text.h"
#include "wire_rows.h"

static const char *const code_names[WIRE_CODES] = {
	[WIRE_OK] = "ok",
	[WIRE_NEW_EPOCH] = "new-epoch",
	[WIRE_SUSPENDED] = "suspended",
	[WIRE_REVOKED] = "revoked",
	[WIRE_RENEW_FIRST] = "renew-first",
	[WIRE_VERSION_NONE] = "version",
	[WIRE_WRONG_STORE] = "wrong-store",
	[WIRE_DEVICE_UNKNOWN] = "device-unknown",
	[WIRE_SERVER_BEHIND] = "server-behind",
	[WIRE_STANDBY] = "standby",
	[WIRE_BUSY] = "busy",
	[WIRE_STORE_FULL] = "store-full",
	[WIRE_STOPPING] = "stopping",
	[WIRE_BATCH_ABORTED] = "batch-aborted",
	[WIRE_GAP] = "gap",
	[WIRE_RECOVERING] = "recovering",
	[WIRE_HELD] = "held",
	[WIRE_CHAIN] = "chain",
	[WIRE_BASE] = "base",
	[WIRE_MALFORMED] = "malformed",
	[WIRE_TOO_LARGE] = "too-large",
	[WIRE_UNEXPECTED] = "unexpected",
	[WIRE_CREDIT] = "credit",
	[WIRE_TIMEOUT] = "timeout",
	[WIRE_HASH] = "hash",
	[WIRE_CERTIFICATE_NEEDED] = "certificate-needed",
	[WIRE_ENROL_REFUSED] = "enrol-refused",
	[WIRE_ENROL_LATER] = "enrol-later",
	[WIRE_CSR_INVALID] = "csr-invalid",
	[WIRE_NOT_ALLOWED] = "not-allowed",
	[WIRE_NOT_FOUND] = "not-found",
	[WIRE_ANSWER_TOO_LARGE] = "answer-too-large",
	[WIRE_INTERNAL] = "internal",
	[WIRE_BUNDLE_INVALID] = "bundle-invalid",
};

const char *wire_code_name(uint32_t code)
{
	return code < WIRE_CODES ? code_names[code] : NULL;
}

/* A member of a generated or a plain struct, by its offset. The bytes are copied, never cast. */
#define GET(from, offset, to) memcpy(&(to), (const char *)(from) + (offset), sizeof(to))
#define SET(to, offset, from) memcpy((char *)(to) + (offset), &(from), sizeof(from))

/* Why one message was not read or written: the first reason. */
struct walk {
	struct arena *arena;
	bool nomem;
	const ProtobufCMessageDescriptor *in; /* where a field did not fit */
	unsigned field;
};

static bool misfit(struct walk *w, const struct wire_rows *rows, const struct wire_row *r)
{
	w->in = rows->descriptor;
	w->field = r->field;
	return false;
}

static bool no_memory(struct walk *w)
{
	w->nomem = true;
	return false;
}

static bool span_fits(const struct wire_row *r, struct span s)
{
	if (s.len > r->max || (r->unit && s.len % r->unit))
		return false;
	return r->shape != SHAPE_TEXT || !s.len || text_valid(s, NULL);
}

/* ---- reading ---- */

static bool read_message(struct walk *w, const struct wire_rows *rows, const ProtobufCMessage *m,
			 void *out);

static bool read_number(const struct wire_row *r, const ProtobufCFieldDescriptor *f,
			const ProtobufCMessage *m, void *out)
{
	protobuf_c_boolean flag;
	uint32_t narrow;
	uint64_t wide;
	bool truth;

	switch (r->shape) {
	case SHAPE_U32:
	case SHAPE_I32:
		assert(r->size == sizeof(narrow));
		GET(m, f->offset, narrow);
		SET(out, r->offset, narrow);
		return !r->max || narrow <= r->max;
	case SHAPE_U64:
	case SHAPE_I64:
		assert(r->size == sizeof(wide));
		GET(m, f->offset, wide);
		SET(out, r->offset, wide);
		return true;
	default:
		assert(r->shape == SHAPE_BOOL && r->size == sizeof(truth));
		GET(m, f->offset, flag);
		truth = flag;
		SET(out, r->offset, truth);
		return true;
	}
}

static bool read_bytes(const struct wire_row *r, const ProtobufCFieldDescriptor *f,
		       const ProtobufCMessage *m, void *out)
{
	protobuf_c_boolean has;
	ProtobufCBinaryData bin;
	struct span s;

	GET(m, f->quantifier_offset, has);
	if (!has)
		return true;
	GET(m, f->offset, bin);
	s = pb_span(bin);
	if (r->shape == SHAPE_FIXED) {
		if (s.len != r->size)
			return false;
		memcpy((char *)out + r->offset, s.data, s.len);
		return true;
	}
	assert(r->size == sizeof(s));
	SET(out, r->offset, s);
	return span_fits(r, s);
}

static bool read_spans(struct walk *w, const struct wire_rows *rows, const struct wire_row *r,
		       const ProtobufCFieldDescriptor *f, const ProtobufCMessage *m, void *out)
{
	const ProtobufCBinaryData *from;
	struct span *to;
	size_t count;

	GET(m, f->quantifier_offset, count);
	GET(m, f->offset, from);
	if (!count)
		return true;
	to = arena_array(w->arena, count, sizeof(*to));
	if (!to)
		return no_memory(w);
	for (size_t i = 0; i < count; i++) {
		to[i] = pb_span(from[i]);
		if (!span_fits(r, to[i]))
			return misfit(w, rows, r);
	}
	SET(out, r->offset, to);
	SET(out, r->count_offset, count);
	return true;
}

static bool read_list(struct walk *w, const struct wire_row *r, const ProtobufCFieldDescriptor *f,
		      const ProtobufCMessage *m, void *out)
{
	ProtobufCMessage *const *from;
	size_t count;
	char *to;

	GET(m, f->quantifier_offset, count);
	GET(m, f->offset, from);
	if (!count)
		return true;
	to = arena_array(w->arena, count, r->sub->size);
	if (!to)
		return no_memory(w);
	for (size_t i = 0; i < count; i++)
		if (!read_message(w, r->sub, from[i], to + i * r->sub->size))
			return false;
	SET(out, r->offset, to);
	SET(out, r->count_offset, count);
	return true;
}

static bool read_row(struct walk *w, const struct wire_rows *rows, const struct wire_row *r,
		     const ProtobufCMessage *m, void *out)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field(rows->descriptor, r->field);
	const ProtobufCMessage *sub;
	bool fits;

	switch (r->shape) {
	case SHAPE_MESSAGE:
		assert(r->size == r->sub->size);
		GET(m, f->offset, sub);
		return !sub || read_message(w, r->sub, sub, (char *)out + r->offset);
	case SHAPE_SPANS:
		return read_spans(w, rows, r, f, m, out);
	case SHAPE_LIST:
		return read_list(w, r, f, m, out);
	case SHAPE_FIXED:
	case SHAPE_SPAN:
	case SHAPE_TEXT:
		fits = read_bytes(r, f, m, out);
		break;
	default:
		fits = read_number(r, f, m, out);
		break;
	}
	return fits || misfit(w, rows, r);
}

/* `out` is zeroed. Recursion goes as deep as the schema. */
static bool read_message(struct walk *w, const struct wire_rows *rows, const ProtobufCMessage *m,
			 void *out)
{
	for (size_t i = 0; i < rows->count; i++)
		if (!read_row(w, rows, &rows->rows[i], m, out))
			return false;
	return true;
}

static int failed(const struct walk *w, enum err_code misfit_code, struct err *e)
{
	if (w->nomem)
		return err_set(e, ERR_NOMEM, "message: out of memory");
	if (w->in)
		return err_set(e, misfit_code, "%s: field %u is out of its bounds", w->in->name,
			       w->field);
	return err_set(e, misfit_code, "message: malformed");
}

int wire_decode(void *out, unsigned message, struct span bytes, struct arena *a, struct err *e)
{
	const struct wire_rows *rows = wire_rows_of(message);
	struct walk w = { .arena = a };
	const ProtobufCMessage *m = NULL;

	assert(rows);
	memset(out, 0, rows->size);
	if (pb_scan(bytes, rows->descriptor, wire_bounds, wire_bound_count) != PB_BAD)
		m = pb_unpack(rows->descriptor, bytes, a, &w.nomem);
	if (m && read_message(&w, rows, m, out))
		return 0;
	memset(out, 0, rows->size);
	return failed(&w, ERR_PROTO, e);
}

/* ---- writing ---- */

static ProtobufCMessage *make_message(struct walk *w, const struct wire_rows *rows, const void *in);

static bool make_number(const struct wire_row *r, const ProtobufCFieldDescriptor *f, const void *in,
			ProtobufCMessage *m)
{
	protobuf_c_boolean has;
	uint32_t narrow;
	uint64_t wide;
	bool truth;

	switch (r->shape) {
	case SHAPE_U32:
	case SHAPE_I32:
		GET(in, r->offset, narrow);
		SET(m, f->offset, narrow);
		has = narrow != 0;
		break;
	case SHAPE_U64:
	case SHAPE_I64:
		GET(in, r->offset, wide);
		SET(m, f->offset, wide);
		has = wide != 0;
		narrow = 0;
		break;
	default:
		GET(in, r->offset, truth);
		has = truth;
		SET(m, f->offset, has);
		narrow = 0;
		break;
	}
	SET(m, f->quantifier_offset, has);
	return !r->max || narrow <= r->max;
}

static bool make_bytes(const struct wire_row *r, const ProtobufCFieldDescriptor *f, const void *in,
		       ProtobufCMessage *m)
{
	ProtobufCBinaryData bin;
	protobuf_c_boolean has;
	struct span s;

	if (r->shape == SHAPE_FIXED) {
		s = span_of((const char *)in + r->offset, r->size);
		has = !pb_zero(s.data, s.len);
	} else {
		GET(in, r->offset, s);
		has = s.len > 0;
		if (!span_fits(r, s))
			return false;
	}
	bin = pb_bin(s.data, s.len);
	SET(m, f->offset, bin);
	SET(m, f->quantifier_offset, has);
	return true;
}

static bool make_spans(struct walk *w, const struct wire_rows *rows, const struct wire_row *r,
		       const ProtobufCFieldDescriptor *f, const void *in, ProtobufCMessage *m)
{
	const struct span *from;
	ProtobufCBinaryData *to;
	size_t count;

	GET(in, r->offset, from);
	GET(in, r->count_offset, count);
	if (!count)
		return true;
	to = arena_array(w->arena, count, sizeof(*to));
	if (!to)
		return no_memory(w);
	for (size_t i = 0; i < count; i++) {
		if (!span_fits(r, from[i]))
			return misfit(w, rows, r);
		to[i] = pb_bin(from[i].data, from[i].len);
	}
	SET(m, f->offset, to);
	SET(m, f->quantifier_offset, count);
	return true;
}

static bool make_list(struct walk *w, const struct wire_row *r, const ProtobufCFieldDescriptor *f,
		      const void *in, ProtobufCMessage *m)
{
	ProtobufCMessage **to;
	const char *from;
	size_t count;

	GET(in, r->offset, from);
	GET(in, r->count_offset, count);
	if (!count)
		return true;
	to = arena_array(w->arena, count, sizeof(*to));
	if (!to)
		return no_memory(w);
	for (size_t i = 0; i < count; i++) {
		to[i] = make_message(w, r->sub, from + i * r->sub->size);
		if (!to[i])
			return false;
	}
	SET(m, f->offset, to);
	SET(m, f->quantifier_offset, count);
	return true;
}

static bool make_row(struct walk *w, const struct wire_rows *rows, const struct wire_row *r,
		     const void *in, ProtobufCMessage *m)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field(rows->descriptor, r->field);
	ProtobufCMessage *sub;
	bool fits;

	switch (r->shape) {
	case SHAPE_MESSAGE:
		sub = make_message(w, r->sub, (const char *)in + r->offset);
		if (!sub)
			return false;
		if (protobuf_c_message_get_packed_size(sub) > 0)
			SET(m, f->offset, sub);
		return true;
	case SHAPE_SPANS:
		return make_spans(w, rows, r, f, in, m);
	case SHAPE_LIST:
		return make_list(w, r, f, in, m);
	case SHAPE_FIXED:
	case SHAPE_SPAN:
	case SHAPE_TEXT:
		fits = make_bytes(r, f, in, m);
		break;
	default:
		fits = make_number(r, f, in, m);
		break;
	}
	return fits || misfit(w, rows, r);
}

static ProtobufCMessage *make_message(struct walk *w, const struct wire_rows *rows, const void *in)
{
	ProtobufCMessage *m = arena_alloc(w->arena, rows->descriptor->sizeof_message);

	if (!m) {
		w->nomem = true;
		return NULL;
	}
	protobuf_c_message_init(rows->descriptor, m);
	for (size_t i = 0; i < rows->count; i++)
		if (!make_row(w, rows, &rows->rows[i], in, m))
			return NULL;
	return m;
}

/* A list longer than its reader takes is the one thing the rows do not see. */
static bool lists_fit(const ProtobufCMessage *m)
{
	for (size_t i = 0; i < wire_bound_count; i++) {
		const ProtobufCFieldDescriptor *f;
		size_t count;

		if (wire_bounds[i].in != m->descriptor)
			continue;
		f = protobuf_c_message_descriptor_get_field(m->descriptor, wire_bounds[i].field);
		GET(m, f->quantifier_offset, count);
		if (count > wire_bounds[i].max)
			return false;
	}
	return true;
}

int wire_encode(struct buf *b, unsigned message, const void *in, struct arena *a, struct err *e)
{
	const struct wire_rows *rows = wire_rows_of(message);
	struct walk w = { .arena = a };
	const ProtobufCMessage *m;

	assert(rows);
	m = make_message(&w, rows, in);
	if (!m)
		return failed(&w, ERR_RANGE, e);
	if (!lists_fit(m))
		return err_set(e, ERR_RANGE, "%s: a list is too long", rows->descriptor->name);
	if (message < FRAME_TYPES &&
	    protobuf_c_message_get_packed_size(m) > frame_payload_max(message))
		return err_set(e, ERR_RANGE, "%s frame is too large", frame_type_name(message));
	pb_pack(b, m);
	return b->failed ? err_set(e, ERR_NOMEM, "message: no room to write it") : 0;
}

int wire_frame(struct buf *b, enum frame_type type, const void *in, struct arena *a, struct err *e)
{
	size_t at = b->len, len;
	int rc;

	buf_u32(b, 0);
	buf_u16(b, (uint16_t)type);
	rc = b->failed ? err_set(e, ERR_NOMEM, "frame: no room to write it")
		       : wire_encode(b, type, in, a, e);
	if (rc) {
		b->len = at; /* nothing of it stays */
		return rc;
	}
	len = b->len - at - FRAME_HEADER;
	for (size_t i = 0; i < 4; i++)
		b->data[at + i] = (uint8_t)(len >> (24 - 8 * i));
	return 0;
}

struct wire_head wire_head_of(const uint8_t bytes[HEAD_BYTES], const struct ed25519_sig *sig)
{
	return (struct wire_head){ span_of(bytes, HEAD_BYTES), span_of(sig->b, sizeof(sig->b)) };
}
