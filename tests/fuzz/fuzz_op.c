/* Bodies, envelopes and entries from strangers: what decodes to a good op encodes again and means the same. */
#include "fuzz.h"

#include "base/err.h"
#include "proto/codec.h"

static void body(struct span bytes, struct arena *a)
{
	struct err e = { 0 };
	struct op op, again;
	struct buf b;

	if (op_decode(&op, bytes, a, &e) != CODE_OK)
		return;
	assert(op_check(&op, NULL) == CODE_OK);
	buf_init(&b, OP_FORM_BODY_MAX + 1024);
	if (!op_encode(&b, &op, &e)) {
		assert(op_decode(&again, buf_span(&b), a, &e) == CODE_OK);
		assert(again.kind == op.kind && again.unit == op.unit);
	}
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(4 << 20);
	struct err e = { 0 };
	struct envelope env;
	struct entry en;

	assert(a);
	body(span_of(data, size), a);
	if (!envelope_decode(&env, span_of(data, size), a, &e))
		assert(env.seq);
	if (!entry_decode(&en, span_of(data, size), a, &e))
		body(en.body, a);
	arena_free(a);
	return 0;
}
