/* What every codec here needs of protobuf-c: strict reading of the bytes before they are unpacked,
 * an arena as its allocator, packing into a buf. Not seen outside proto/src. */
#ifndef PROTO_PB_H
#define PROTO_PB_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

/* How often a repeated field may occur; one that no row names may not occur at all. */
struct pb_bound {
	const ProtobufCMessageDescriptor *in;
	unsigned field;
	size_t max;
};

enum pb_scan {
	PB_FINE,
	PB_UNKNOWN, /* well formed, with fields that the schema does not have, at some level */
	PB_BAD /* malformed; a singular field twice; a number too large for its field; too many */
};

/* Look through the whole message without allocating. protobuf-c by itself would cut a 64-bit varint
 * to 32 bits, let the last of two values win and merge two sub-messages: holders of the same bytes
 * would agree only as long as all of them use the same library. */
enum pb_scan pb_scan(struct span bytes, const ProtobufCMessageDescriptor *d,
		     const struct pb_bound *bounds, size_t bound_count);

/* The first value of a varint field at the top level, as far as the bytes can be read; else 0. */
uint32_t pb_peek_u32(struct span bytes, unsigned field);

/* Scanned bytes as a message in the arena; never to be freed by itself. NULL: *nomem says whether
 * the arena was exhausted. */
ProtobufCMessage *pb_unpack(const ProtobufCMessageDescriptor *d, struct span bytes, struct arena *a,
			    bool *nomem);

void pb_pack(struct buf *b, const void *message);

/* Reading numbers and bytes out of a message; remembers the first that does not fit. */
struct pb_in {
	struct arena *arena;
	bool bad, nomem;
};
uint64_t pb_num(struct pb_in *in, uint64_t value, uint64_t max);
/* Absent: zeros. Present: exactly `len` bytes. */
void pb_fixed(struct pb_in *in, uint8_t *to, size_t len, protobuf_c_boolean has,
	      ProtobufCBinaryData from);
struct span pb_span(ProtobufCBinaryData from);
ProtobufCBinaryData pb_bin(const void *data, size_t len);
bool pb_zero(const uint8_t *bytes, size_t len);

/* Zero and empty are not written: absent means the same. */
#define PB_PUT(m, field, v) ((m)->has_##field = ((m)->field = (v)) != 0)
#define PB_PUT_SPAN(m, field, s) \
	((m)->field = pb_bin((s).data, (s).len), (m)->has_##field = (s).len > 0)
#define PB_PUT_FIXED(m, field, bytes)               \
	((m)->field = pb_bin(bytes, sizeof(bytes)), \
	 (m)->has_##field = !pb_zero(bytes, sizeof(bytes)))
#endif
