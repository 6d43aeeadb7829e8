/* Keys of the register in a bundle and in its answer. PROTOCOL.md, sections 13 and 16. */
#include "stick_impl.h"

#include "server/keystore.h"

static void name_of(uint8_t out[WIRE_KEY_NAME], const struct wire_key *k)
{
	out[0] = (uint8_t)k->what;
	memcpy(out + 1, k->person, WIRE_ID);
	memcpy(out + 1 + WIRE_ID, k->key, WIRE_ID);
	for (size_t i = 0; i < 8; i++)
		out[1 + 2 * WIRE_ID + i] = (uint8_t)(k->to >> (56 - 8 * i));
}

static int put(struct wire_answer_body *out, struct work *w, const struct stick_taken *t,
	       struct arena *a, struct err *e)
{
	const struct wire_bundle_body *b = &t->body;
	uint8_t *results = arena_array(a, b->key_count + 1, 1);
	uint8_t *had = arena_array(a, b->key_count + 1, WIRE_KEY_NAME);
	size_t count = 0;
	int rc = results && had ? keystore_put(w->setup->keys, w->setup->ledger, &t->row, b->keys,
					       b->key_count, results, e)
				: err_set(e, ERR_NOMEM, "no memory for the keys");

	for (size_t i = 0; i < b->key_count && !rc; i++)
		if (results[i] == WIRE_KEY_TAKEN)
			name_of(had + count++ * WIRE_KEY_NAME, &b->keys[i]);
	out->keys_had = span_of(had, count * WIRE_KEY_NAME);
	return rc;
}

static int box(struct span *out, struct work *w, const struct stick_taken *t,
	       const struct wire_key_page *page, struct arena *a, struct err *e)
{
	const struct sticks_setup *setup = &w->setup->sticks->setup;
	uint8_t random[SEAL_SEED_BYTES], *sealed = NULL;
	struct seal_public to;
	struct buf plain;
	int rc;

	buf_init(&plain, WIRE_KEY_BOX_MAX - SEAL_OVERHEAD);
	rc = wire_encode(&plain, FRAME_KEY_PAGE, page, a, e);
	if (!rc && !(sealed = arena_alloc(a, plain.len + SEAL_OVERHEAD)))
		rc = err_set(e, ERR_NOMEM, "no memory for the keys");
	memcpy(to.b, t->body.key_to, sizeof(to.b));
	setup->random.fill(setup->random.ctx, random, sizeof(random));
	if (!rc)
		rc = seal_to(sealed, &to, buf_span(&plain), random, e);
	*out = span_of(sealed, plain.len + SEAL_OVERHEAD);
	bytes_wipe(random, sizeof(random));
	buf_fini(&plain);
	return rc;
}

static int fill(struct wire_answer_body *out, struct work *w, const struct stick_taken *t,
		size_t *left, struct arena *a, struct err *e)
{
	struct span *boxes = arena_array(a, WIRE_KEY_BOXES_MAX, sizeof(*boxes));
	struct wire_key_page page = { .next = t->body.key_after, .more = true };
	int rc = boxes ? 0 : err_set(e, ERR_NOMEM, "no memory for the keys");

	out->key_boxes = boxes;
	while (!rc && page.more &&
	       out->key_box_count<WIRE_KEY_BOXES_MAX && * left> 4 * WIRE_KEY_BOX_MAX) {
		rc = keystore_page(w->setup->keys, &t->row, page.next, &page, a, e);
		if (rc || !page.count)
			break;
		rc = box(&boxes[out->key_box_count], w, t, &page, a, e);
		*left -= rc ? 0 : boxes[out->key_box_count++].len;
	}
	return rc;
}

int stick_keys(struct wire_answer_body *out, struct work *w, const struct stick_taken *t,
	       size_t *left, struct arena *a, struct err *e)
{
	static const uint8_t nothing[sizeof(t->body.key_to)];
	struct err why = { 0 };
	int rc;

	if (!w->setup->keys || !memcmp(t->body.key_to, nothing, sizeof(nothing)))
		return 0;
	rc = put(out, w, t, a, e);
	if (rc)
		return rc;
	rc = fill(out, w, t, left, a, &why);
	if (rc == -ERR_INVALID) { /* a key that would make the boxes readable to anybody */
		out->key_box_count = 0;
		return 0;
	}
	if (rc)
		*e = why;
	return rc;
}
