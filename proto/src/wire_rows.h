/* Each message of schema/wire.proto as rows: which field stands where in its plain struct, and what
 * holds of it. Reading and writing walk the same rows. Not seen outside proto/src. */
#ifndef PROTO_WIRE_ROWS_H
#define PROTO_WIRE_ROWS_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

#include "pb.h"

enum wire_shape {
	SHAPE_NONE,
	SHAPE_U32,
	SHAPE_I32,
	SHAPE_U64,
	SHAPE_I64,
	SHAPE_BOOL,
	SHAPE_FIXED, /* an array of bytes, all of them or absent (zeros) */
	SHAPE_SPAN,
	SHAPE_TEXT,    /* a span of UTF-8 */
	SHAPE_MESSAGE, /* a struct within the struct */
	SHAPE_SPANS,   /* pointer to const struct span, and a size_t */
	SHAPE_LIST     /* pointer to const structs, and a size_t */
};

struct wire_rows;

struct wire_row {
	unsigned field;
	enum wire_shape shape;
	size_t offset, size; /* of the member */
	size_t count_offset; /* of the size_t of a list */
	uint64_t max; /* of a number (0: any), of a span's length, of a list's span's length */
	size_t unit;  /* a span's length is a multiple of it; 0: any */
	const struct wire_rows *sub;
};

struct wire_rows {
	const ProtobufCMessageDescriptor *descriptor;
	size_t size; /* of the plain struct */
	const struct wire_row *rows;
	size_t count;
};

/* By frame_type or wire_message. NULL: there is none. */
const struct wire_rows *wire_rows_of(unsigned message);

/* How often the repeated fields may occur. */
extern const struct pb_bound wire_bounds[];
extern const size_t wire_bound_count;
#endif
