/* Files that travel by stick. Three ways in: the input as a file; as a file whose hash at the end is made to
 * fit, so that what stands behind it is reached; and as what was sealed in a bundle, an answer or a request
 * by somebody who holds the keys. */
#include "fuzz.h"

#include "proto/file.h"

#include <string.h>

static const uint8_t seed[SEAL_SEED_BYTES] = { 1 };

static void open_content(const struct file_head *h, struct span content, struct arena *a)
{
	struct ed25519_public log_key = { { 3 } };
	struct wire_proved p;
	struct cert_info by;
	struct seal_key mine;
	struct span body;
	struct err e = { 0 };

	seal_key_init(&mine, seed);
	if (h->kind == FILE_BUNDLE)
		(void)bundle_open(&body, &by, h, content, &mine, SPAN_LIT("no CA"), 1, a, &e);
	else if (h->kind == FILE_ANSWER)
		(void)answer_open(&body, h, content, &mine, &log_key, a, &e);
	else
		(void)wire_decode(&p, h->kind == FILE_ENROL ? FRAME_ENROL : FRAME_ENROL_ACK,
				  content, a, &e);
}

static void as_file(struct span in, struct arena *a)
{
	struct file_head h;
	struct span content;
	struct hash id;
	struct buf again;
	struct err e = { 0 };

	if (file_read(&h, &content, &id, in, &e))
		return;
	assert(h.kind > FILE_NONE && h.kind < FILE_KINDS);
	buf_init(&again, WIRE_FILE_MAX);
	if (!file_write(&again, &h, content, &e)) /* one file has one form */
		assert(span_eq(buf_span(&again), in));
	buf_fini(&again);
	open_content(&h, content, a);
}

/* What stands behind it is read as what came by itself. */
static void as_two(struct span in, struct arena *a)
{
	struct span rest, first = file_first(in, &rest);

	assert(first.len + rest.len == in.len);
	as_file(first, a);
	if (rest.len)
		as_file(rest, a);
}

static void with_hash(struct span in, struct arena *a)
{
	struct hash end = hash_bytes(in);
	struct buf b;

	buf_init(&b, WIRE_FILE_MAX);
	buf_bytes(&b, in);
	buf_bytes(&b, span_of(end.b, HASH_BYTES));
	if (!b.failed)
		as_file(buf_span(&b), a);
	buf_fini(&b);
}

static void as_inside(struct span in, struct arena *a)
{
	struct wire_bundle_inside inside;
	struct wire_bundle_body body;
	struct wire_answer_body answer;
	struct err e = { 0 };

	if (!wire_decode(&inside, WIRE_BUNDLE_INSIDE, in, a, &e) && inside.body.len)
		in = inside.body;
	if (!wire_decode(&body, WIRE_BUNDLE_BODY, in, a, &e) && !bundle_check(&body, a, &e))
		assert(body.trailer.count == body.item_count);
	if (!wire_decode(&answer, WIRE_ANSWER_BODY, in, a, &e))
		assert(answer.page_count <= WIRE_PAGES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_of(data, size);
	struct arena *a = arena_new(32 << 20);

	assert(a);
	as_two(in, a);
	arena_reset(a);
	with_hash(in, a);
	arena_reset(a);
	as_inside(in, a);
	arena_free(a);
	return 0;
}
