/* Frames, and every message: the first byte picks the message, the rest is its bytes. What decodes encodes,
 * and decodes again to the same bytes. */
#include "fuzz.h"

#include "proto/wire.h"

static long any_length(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	return frame_payload_max(type) ? (long)frame_payload_max(type)
				       : err_set(e, ERR_PROTO, "no frame of type %u", type);
}

static void frames(struct span in)
{
	struct err e = { 0 };
	struct frame f;
	size_t need;

	while (in.len) {
		int rc = frame_decode(&f, &need, in, any_length, NULL, &e);

		if (rc != FRAME_READY) {
			assert(rc < 0 || need > in.len);
			return;
		}
		assert(need >= FRAME_HEADER && need <= in.len);
		in = span_of(in.data + need, in.len - need);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(WIRE_ARENA);
	static union wire_any any, again;
	struct err e = { 0 };
	struct buf one, two;

	unsigned message = size ? data[0] % WIRE_MESSAGES : 0;

	assert(a);
	frames(span_of(data, size));
	if (message < FRAME_TYPES && !frame_payload_max(message))
		message = FRAME_HELLO; /* numbers between are no messages: the caller's promise */
	buf_init(&one, WIRE_FILE_MAX);
	buf_init(&two, WIRE_FILE_MAX);
	if (size && !wire_decode(&any, message, span_of(data + 1, size - 1), a, &e) &&
	    !wire_encode(&one, message, &any, a, &e)) {
		assert(!wire_decode(&again, message, buf_span(&one), a, &e) || e.code == ERR_NOMEM);
		if (e.code != ERR_NOMEM && !wire_encode(&two, message, &again, a, &e))
			assert(span_eq(buf_span(&one), buf_span(&two)));
	}
	buf_fini(&one);
	buf_fini(&two);
	arena_free(a);
	return 0;
}
