/* Frames: length u32 | type u16 | payload. The decoder owns nothing and copies nothing; it answers
 * one of three things: need more, here is a whole frame, or this is wrong. */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"

/* PROTOCOL.md, section 2. */
enum frame_type {
	FRAME_NONE = 0,
	FRAME_HELLO = 1,
	FRAME_HELLO_ACK = 2,
	FRAME_SUBMIT = 3,
	FRAME_ACK = 4,
	FRAME_PULL = 5,
	FRAME_PAGE = 6,
	FRAME_RECEIPT_GET = 7,
	FRAME_RECEIPT = 8,
	FRAME_PROVE = 9,
	FRAME_PROOF = 10,
	FRAME_QUERY = 11,
	FRAME_ANSWER = 12,
	FRAME_RENEW = 13,
	FRAME_RENEW_ACK = 14,
	FRAME_OLD = 15,
	FRAME_OLD_ACK = 16,
	FRAME_BUNDLE = 17,
	FRAME_BUNDLE_ACK = 18,
	FRAME_ANSWER_GET = 19,
	FRAME_ANSWER_PART = 20,
	FRAME_KEY_PUT = 21,
	FRAME_KEY_ACK = 22,
	FRAME_KEY_GET = 23,
	FRAME_KEY_PAGE = 24,
	FRAME_ENROL = 33,
	FRAME_ENROL_ACK = 34,
	FRAME_BUSY = 64,
	FRAME_ERROR = 65,
	FRAME_CLOSE = 66,
	FRAME_TYPES = 67
};
const char *frame_type_name(unsigned type); /* "hello-ack"; NULL unknown */

enum {
	FRAME_HEADER = 6,
	FRAME_SMALL_MAX = 4096,  /* requests, errors, everything before Hello is judged */
	FRAME_MEDIUM_MAX = 8192, /* HelloAck, EnrolAck, Proof */
	FRAME_RECEIPT_MAX = 128 << 10,
	FRAME_MAX = 256 << 10,
	FRAME_FLIGHT_MAX = 64 << 10 /* headers included: all that may be sent before HelloAck */
};

/* The most a payload of this type ever holds; 0 for a type that does not exist. */
size_t frame_payload_max(unsigned type);

struct frame {
	uint16_t type;
	struct span payload; /* lends from the input */
};

enum { FRAME_NEED_MORE = 0, FRAME_READY = 1 };

/* How long a payload of this type may be at this moment, or negative when such a frame may not come
 * now at all: an err_code. */
typedef long frame_limit(const void *arg, unsigned type, struct err *e);

/* Look at the front of `in`. *need: FRAME_READY, the bytes this frame takes up; FRAME_NEED_MORE, how
 * many there must be before it is worth asking again. `limit` is asked as soon as the header is there,
 * before the payload is waited for. -ERR_PROTO, or what `limit` said: the connection is beyond repair.
 * out->type is set as soon as the header is there, else FRAME_NONE. */
int frame_decode(struct frame *out, size_t *need, struct span in, frame_limit *limit,
		 const void *arg, struct err *e);

/* Header and payload. -ERR_RANGE over the type's limit, with nothing written; -ERR_NOMEM. */
int frame_encode(struct buf *b, enum frame_type type, struct span payload, struct err *e);
#endif
