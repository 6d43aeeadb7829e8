#include "proto/frame.h"

struct type_row {
	const char *name;
	size_t max;
};

static const struct type_row types[FRAME_TYPES] = {
	[FRAME_HELLO] = { "hello", FRAME_SMALL_MAX },
	[FRAME_HELLO_ACK] = { "hello-ack", FRAME_MEDIUM_MAX },
	[FRAME_SUBMIT] = { "submit", FRAME_MAX },
	[FRAME_ACK] = { "ack", FRAME_MAX },
	[FRAME_PULL] = { "pull", FRAME_SMALL_MAX },
	[FRAME_PAGE] = { "page", FRAME_MAX },
	[FRAME_RECEIPT_GET] = { "receipt-get", FRAME_SMALL_MAX },
	[FRAME_RECEIPT] = { "receipt", FRAME_RECEIPT_MAX },
	[FRAME_PROVE] = { "prove", FRAME_SMALL_MAX },
	[FRAME_PROOF] = { "proof", FRAME_MEDIUM_MAX },
	[FRAME_QUERY] = { "query", FRAME_SMALL_MAX },
	[FRAME_ANSWER] = { "answer", FRAME_MAX },
	[FRAME_RENEW] = { "renew", FRAME_SMALL_MAX },
	[FRAME_RENEW_ACK] = { "renew-ack", FRAME_SMALL_MAX },
	[FRAME_OLD] = { "old", FRAME_MAX },
	[FRAME_OLD_ACK] = { "old-ack", FRAME_SMALL_MAX },
	[FRAME_BUNDLE] = { "bundle", FRAME_MAX },
	[FRAME_BUNDLE_ACK] = { "bundle-ack", FRAME_SMALL_MAX },
	[FRAME_ANSWER_GET] = { "answer-get", FRAME_SMALL_MAX },
	[FRAME_ANSWER_PART] = { "answer-part", FRAME_MAX },
	[FRAME_KEY_PUT] = { "key-put", FRAME_MAX },
	[FRAME_KEY_ACK] = { "key-ack", FRAME_SMALL_MAX },
	[FRAME_KEY_GET] = { "key-get", FRAME_SMALL_MAX },
	[FRAME_KEY_PAGE] = { "key-page", FRAME_MAX },
	[FRAME_ENROL] = { "enrol", FRAME_SMALL_MAX },
	[FRAME_ENROL_ACK] = { "enrol-ack", FRAME_MEDIUM_MAX },
	[FRAME_BUSY] = { "busy", FRAME_SMALL_MAX },
	[FRAME_ERROR] = { "error", FRAME_SMALL_MAX },
	[FRAME_CLOSE] = { "close", FRAME_SMALL_MAX },
};

const char *frame_type_name(unsigned type)
{
	return type < FRAME_TYPES ? types[type].name : NULL;
}

size_t frame_payload_max(unsigned type)
{
	return type < FRAME_TYPES ? types[type].max : 0;
}

int frame_decode(struct frame *out, size_t *need, struct span in, frame_limit *limit,
		 const void *arg, struct err *e)
{
	struct rd r = rd_of(in);
	uint32_t len;
	uint16_t type;
	long max;

	*out = (struct frame){ 0 };
	*need = FRAME_HEADER;
	if (in.len < FRAME_HEADER)
		return FRAME_NEED_MORE;
	len = rd_u32(&r);
	type = out->type = rd_u16(&r);
	if (!frame_payload_max(type))
		return err_set(e, ERR_PROTO, "frame of unknown type %u", (unsigned)type);
	max = limit(arg, type, e);
	if (max < 0)
		return (int)max;
	if (len > frame_payload_max(type) || len > (unsigned long)max)
		return err_set(e, ERR_PROTO, "%s frame of %u bytes is too large",
			       frame_type_name(type), (unsigned)len);
	*need = FRAME_HEADER + (size_t)len;
	if (in.len < *need)
		return FRAME_NEED_MORE;
	out->payload = rd_bytes(&r, len);
	return FRAME_READY;
}

int frame_encode(struct buf *b, enum frame_type type, struct span payload, struct err *e)
{
	if (payload.len > frame_payload_max(type))
		return err_set(e, ERR_RANGE, "%s frame of %zu bytes is too large",
			       frame_type_name(type), payload.len);
	buf_u32(b, (uint32_t)payload.len);
	buf_u16(b, (uint16_t)type);
	buf_bytes(b, payload);
	return b->failed ? err_set(e, ERR_NOMEM, "frame: no room to write it") : 0;
}
