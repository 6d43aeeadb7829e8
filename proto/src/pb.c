#include "pb.h"

#include <assert.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5, FIELD_MAX = (1 << 29) - 1 };

/* The largest varint a field of this type may carry; zigzag keeps the bound. */
static uint64_t varint_max(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_BOOL:
		return 1;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return UINT32_MAX;
	default:
		return UINT64_MAX;
	}
}

static unsigned wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_FIXED64:
		return WIRE_64;
	case PROTOBUF_C_TYPE_FIXED32:
		return WIRE_32;
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return WIRE_BYTES;
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SINT64:
		return WIRE_VARINT;
	default:
		assert(false); /* a type that the schema does not use */
		return WIRE_VARINT;
	}
}

struct value {
	unsigned wire;
	uint64_t number;   /* WIRE_VARINT */
	struct span bytes; /* the others */
};

static bool take_value(struct rd *r, struct value *v)
{
	switch (v->wire) {
	case WIRE_VARINT:
		v->number = rd_varint(r);
		break;
	case WIRE_64:
		v->bytes = rd_bytes(r, 8);
		break;
	case WIRE_BYTES:
		v->bytes = rd_lenspan(r);
		break;
	case WIRE_32:
		v->bytes = rd_bytes(r, 4);
		break;
	default: /* groups and reserved types */
		return false;
	}
	return !r->failed;
}

static bool take_tag(struct rd *r, unsigned *field, unsigned *wire)
{
	uint64_t tag = rd_varint(r);

	*wire = (unsigned)(tag & 7);
	*field = (unsigned)(tag >> 3);
	return !r->failed && tag >> 3 >= 1 && tag >> 3 <= FIELD_MAX;
}

/* How many elements a packed run holds; false when it is not one. */
static bool packed_count(struct span run, ProtobufCType type, size_t *count)
{
	struct rd r = rd_of(run);
	struct value v = { .wire = wire_type_of(type) };

	for (*count = 0; rd_left(&r) > 0; ++*count)
		if (!take_value(&r, &v) || (!v.wire && v.number > varint_max(type)))
			return false;
	return true;
}

static size_t bound_of(const ProtobufCMessageDescriptor *d, unsigned field,
		       const struct pb_bound *bounds, size_t bound_count)
{
	for (size_t i = 0; i < bound_count; i++)
		if (bounds[i].in == d && bounds[i].field == field)
			return bounds[i].max;
	return 0;
}

/* One value of a known field: its wire type, its range, and how many elements it adds. */
static enum pb_scan scan_value(const ProtobufCFieldDescriptor *f, const struct value *v,
			       size_t *adds, const struct pb_bound *bounds, size_t bound_count)
{
	unsigned wire = wire_type_of(f->type);

	*adds = 1;
	if (f->label == PROTOBUF_C_LABEL_REPEATED && wire != WIRE_BYTES && v->wire == WIRE_BYTES)
		return packed_count(v->bytes, f->type, adds) ? PB_FINE : PB_BAD;
	if (v->wire != wire)
		return PB_BAD;
	if (wire == WIRE_VARINT && v->number > varint_max(f->type))
		return PB_BAD;
	if (f->type == PROTOBUF_C_TYPE_MESSAGE)
		return pb_scan(v->bytes, f->descriptor, bounds, bound_count);
	return PB_FINE;
}

/* Recursion goes as deep as the schema, which has no recursive types. */
enum pb_scan pb_scan(struct span bytes, const ProtobufCMessageDescriptor *d,
		     const struct pb_bound *bounds, size_t bound_count)
{
	enum { FIELDS_MAX = 64 };
	size_t count[FIELDS_MAX] = { 0 };
	struct rd r = rd_of(bytes);
	bool unknown = false;

	assert(d->n_fields <= FIELDS_MAX);
	while (rd_left(&r) > 0) {
		const ProtobufCFieldDescriptor *f;
		struct value v = { 0 };
		enum pb_scan got;
		unsigned field;
		size_t adds, max, *n;

		if (!take_tag(&r, &field, &v.wire) || !take_value(&r, &v))
			return PB_BAD;
		f = protobuf_c_message_descriptor_get_field(d, field);
		if (!f) {
			unknown = true;
			continue;
		}
		got = scan_value(f, &v, &adds, bounds, bound_count);
		if (got == PB_BAD)
			return PB_BAD;
		unknown |= got == PB_UNKNOWN;
		max = f->label == PROTOBUF_C_LABEL_REPEATED
			      ? bound_of(d, field, bounds, bound_count)
			      : 1;
		n = &count[f - d->fields];
		if (adds > max - *n)
			return PB_BAD;
		*n += adds;
	}
	return r.failed ? PB_BAD : unknown ? PB_UNKNOWN : PB_FINE;
}

uint32_t pb_peek_u32(struct span bytes, unsigned field)
{
	struct rd r = rd_of(bytes);

	while (rd_left(&r) > 0) {
		struct value v = { 0 };
		unsigned number;

		if (!take_tag(&r, &number, &v.wire) || !take_value(&r, &v))
			return 0;
		if (number == field)
			return v.wire == WIRE_VARINT && v.number <= UINT32_MAX ? (uint32_t)v.number
									       : 0;
	}
	return 0;
}

struct memory {
	struct arena *arena;
	bool failed;
};

static void *memory_alloc(void *data, size_t size)
{
	struct memory *m = data;
	void *p = arena_alloc(m->arena, size);

	if (!p)
		m->failed = true;
	return p;
}

static void memory_free(void *data, void *p)
{
	/* The arena is dropped as a whole. */
	(void)data;
	(void)p;
}

ProtobufCMessage *pb_unpack(const ProtobufCMessageDescriptor *d, struct span bytes, struct arena *a,
			    bool *nomem)
{
	struct memory memory = { a, false };
	ProtobufCAllocator allocator = { memory_alloc, memory_free, &memory };
	ProtobufCMessage *m;

	m = protobuf_c_message_unpack(d, &allocator, bytes.len,
				      bytes.len ? bytes.data : (const uint8_t *)"");
	*nomem = memory.failed;
	return m;
}

struct packer {
	ProtobufCBuffer base;
	struct buf *to;
};

static void packer_append(ProtobufCBuffer *base, size_t len, const uint8_t *data)
{
	struct packer *p = (struct packer *)base;

	buf_bytes(p->to, span_of(data, len));
}

void pb_pack(struct buf *b, const void *message)
{
	struct packer p = { { packer_append }, b };

	protobuf_c_message_pack_to_buffer(message, &p.base);
}

uint64_t pb_num(struct pb_in *in, uint64_t value, uint64_t max)
{
	if (value <= max)
		return value;
	in->bad = true;
	return 0;
}

void pb_fixed(struct pb_in *in, uint8_t *to, size_t len, protobuf_c_boolean has,
	      ProtobufCBinaryData from)
{
	memset(to, 0, len);
	if (!has)
		return;
	if (from.len == len)
		memcpy(to, from.data, len);
	else
		in->bad = true;
}

struct span pb_span(ProtobufCBinaryData from)
{
	return span_of(from.data, from.len);
}

ProtobufCBinaryData pb_bin(const void *data, size_t len)
{
	/* protobuf-c's type has no const; packing only reads. */
	return (ProtobufCBinaryData){ len, (uint8_t *)data };
}

bool pb_zero(const uint8_t *bytes, size_t len)
{
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= bytes[i];
	return !any;
}
