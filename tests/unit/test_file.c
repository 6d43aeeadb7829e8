#include <criterion/criterion.h>
#include <stdlib.h>

#include "proto/codec.h"
#include "proto/file.h"

enum { OPS = 3, DAY_MS = 86400000 };
static const int64_t now_ms = INT64_C(1663837200000);
static const uint8_t random_bytes[SEAL_SEED_BYTES] = { 42 };

/* A CA, a server and a device, and a bundle of three ops. */
struct world {
	struct arena *arena;
	struct buf ca, cert, body, file;
	struct p256_key *ca_key, *key;
	struct seal_key server, device;
	struct ed25519_key log_key;
	struct file_head head;
	struct buf envelopes[OPS];
	struct wire_item items[OPS];
	struct wire_bundle_body bundle;
	struct err e;
};

static void make_keys(struct world *w)
{
	const uint8_t serial[CERT_SERIAL_BYTES] = { 9 }, id[CERT_SERVER_ID_BYTES] = { 7 };
	const struct cert_subject subject = { .role = CERT_DEVICE, .device = 0x1234 };
	const uint8_t seed[SEAL_SEED_BYTES] = { 1 }, other[SEAL_SEED_BYTES] = { 2 };
	struct p256_public public;

	cr_assert_eq(p256_generate(&w->ca_key, &w->e), 0);
	cr_assert_eq(p256_generate(&w->key, &w->e), 0);
	public = p256_public_of(w->key);
	cr_assert_eq(cert_make_ca(&w->ca, w->ca_key, id, serial, now_ms, &w->e), 0, "%s", w->e.msg);
	cr_assert_eq(cert_make(&w->cert, buf_span(&w->ca), w->ca_key, &subject, &public, serial,
			       now_ms, &w->e),
		     0, "%s", w->e.msg);
	seal_key_init(&w->server, seed);
	seal_key_init(&w->device, other);
	ed25519_key_init(&w->log_key, seed);
}

static void make_body(struct world *w)
{
	static const struct span bodies[OPS] = { SPAN_LIT("one"), SPAN_LIT("two"), SPAN_LIT("") };
	struct hash chain = { { 5 } };

	w->bundle.hello = (struct wire_hello){ .epoch = 2, .acked_seq = 10, .acked_chain = chain };
	for (size_t i = 0; i < OPS; i++) {
		const uint8_t seq[8] = { 0, 0, 0, 0, 0, 0, 0, (uint8_t)(11 + i) };
		struct envelope v = { .epoch = 2, .seq = 11 + i };
		struct hash h = hash_bytes(bodies[i]);

		memcpy(v.body_hash, h.b, 32);
		buf_init(&w->envelopes[i], ENVELOPE_MAX);
		envelope_encode(&w->envelopes[i], &v);
		w->items[i] = (struct wire_item){ buf_span(&w->envelopes[i]), bodies[i], i == 2 };
		chain = hash_bytes3(span_of(chain.b, 32), span_of(seq, 8), span_of(h.b, 32));
	}
	w->bundle.items = w->items;
	w->bundle.item_count = OPS;
	w->bundle.trailer = (struct wire_trailer){ OPS, chain, false };
	cr_assert_eq(wire_encode(&w->body, WIRE_BUNDLE_BODY, &w->bundle, w->arena, &w->e), 0);
}

static struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	w->arena = arena_new(8 << 20);
	buf_init(&w->ca, 1 << 16);
	buf_init(&w->cert, 1 << 16);
	buf_init(&w->body, 1 << 20);
	buf_init(&w->file, WIRE_FILE_MAX);
	w->head = (struct file_head){ .kind = FILE_BUNDLE, .store = { 7 }, .device = 0x1234 };
	make_keys(w);
	make_body(w);
	return w;
}

static void world_free(struct world *w)
{
	p256_free(w->ca_key);
	p256_free(w->key);
	arena_free(w->arena);
	buf_fini(&w->ca);
	buf_fini(&w->cert);
	buf_fini(&w->body);
	buf_fini(&w->file);
	for (size_t i = 0; i < OPS; i++)
		buf_fini(&w->envelopes[i]);
	free(w);
}

static void write_bundle(struct world *w)
{
	buf_reset(&w->file);
	cr_assert_eq(bundle_write(&w->file, &w->head, buf_span(&w->body), buf_span(&w->cert),
				  w->key, &w->server.public, random_bytes, w->arena, &w->e),
		     0, "%s", w->e.msg);
}

static int open_bundle(struct world *w, struct span *body, int64_t at_ms)
{
	struct file_head h;
	struct cert_info by;
	struct span content;
	int rc = file_read(&h, &content, NULL, buf_span(&w->file), &w->e);

	if (rc)
		return rc;
	return bundle_open(body, &by, &h, content, &w->server, buf_span(&w->ca), at_ms, w->arena,
			   &w->e);
}

Test(file, a_bundle_arrives_whole)
{
	struct world *w = world_new();
	struct wire_bundle_body got;
	struct span body;

	write_bundle(w);
	cr_assert_eq(open_bundle(w, &body, now_ms), 0, "%s", w->e.msg);
	cr_assert(span_eq(body, buf_span(&w->body)));
	cr_assert_eq(wire_decode(&got, WIRE_BUNDLE_BODY, body, w->arena, &w->e), 0);
	cr_assert_eq(bundle_check(&got, w->arena, &w->e), 0, "%s", w->e.msg);
	cr_assert_eq(got.item_count, OPS);
	cr_assert_eq(memmem(w->file.data, w->file.len, "two", 3), NULL, "a carrier could read it");
	world_free(w);
}

Test(file, a_damaged_copy_shows_wherever_it_is)
{
	struct world *w = world_new();
	struct file_head h;
	struct span content;

	write_bundle(w);
	for (size_t i = 0; i < w->file.len; i++) {
		w->file.data[i] ^= 0x20;
		cr_assert(file_read(&h, &content, NULL, buf_span(&w->file), &w->e) < 0, "byte %zu",
			  i);
		w->file.data[i] ^= 0x20;
	}
	for (size_t len = 0; len < w->file.len; len++)
		cr_assert(file_read(&h, &content, NULL, span_of(w->file.data, len), &w->e) < 0,
			  "cut at %zu", len);
	buf_u8(&w->file, 0);
	cr_assert_eq(file_read(&h, &content, NULL, buf_span(&w->file), &w->e), -ERR_CORRUPT);
	world_free(w);
}

/* Somebody who can mend the hash at the end still cannot change what it says. */
Test(file, a_carrier_cannot_change_it)
{
	struct world *w = world_new();
	struct file_head h;
	struct span content, body;
	struct cert_info by;

	write_bundle(w);
	cr_assert_eq(file_read(&h, &content, NULL, buf_span(&w->file), &w->e), 0);
	h.device++;
	cr_assert_eq(bundle_open(&body, &by, &h, content, &w->server, buf_span(&w->ca), now_ms,
				 w->arena, &w->e),
		     -ERR_DENIED);
	h.device--;
	h.store[3] ^= 1;
	cr_assert_eq(bundle_open(&body, &by, &h, content, &w->server, buf_span(&w->ca), now_ms,
				 w->arena, &w->e),
		     -ERR_DENIED);
	h.store[3] ^= 1;
	cr_assert_eq(bundle_open(&body, &by, &h, content, &w->device, buf_span(&w->ca), now_ms,
				 w->arena, &w->e),
		     -ERR_DENIED, "another one's seal key");
	content.len--;
	cr_assert_eq(bundle_open(&body, &by, &h, content, &w->server, buf_span(&w->ca), now_ms,
				 w->arena, &w->e),
		     -ERR_DENIED);
	world_free(w);
}

Test(file, a_bundle_signed_by_another_key)
{
	struct world *w = world_new();
	struct p256_key *other, *mine = w->key;
	struct span body;

	cr_assert_eq(p256_generate(&other, &w->e), 0);
	w->key = other;
	write_bundle(w);
	cr_assert_eq(open_bundle(w, &body, now_ms), -ERR_DENIED);
	w->key = mine;
	p256_free(other);
	world_free(w);
}

Test(file, an_expired_certificate_is_forgiven_for_five_years)
{
	struct world *w = world_new();
	int64_t end = now_ms + (int64_t)CERT_LEAF_DAYS * DAY_MS;
	struct span body;

	write_bundle(w);
	cr_assert_eq(open_bundle(w, &body, end + DAY_MS), 0, "%s", w->e.msg);
	cr_assert_eq(open_bundle(w, &body, end + (int64_t)(FILE_EXPIRED_DAYS - 2) * DAY_MS), 0);
	cr_assert_eq(open_bundle(w, &body, end + (int64_t)(FILE_EXPIRED_DAYS + 2) * DAY_MS),
		     -ERR_STATE);
	world_free(w);
}

Test(file, ops_that_do_not_follow_one_another)
{
	struct world *w = world_new();
	struct wire_item swap;

	w->bundle.trailer.count++;
	cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), -ERR_PROTO, "count");
	w->bundle.trailer.count--;
	w->bundle.trailer.chain.b[0] ^= 1;
	cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), -ERR_PROTO, "chain");
	w->bundle.trailer.chain.b[0] ^= 1;
	w->bundle.hello.acked_seq++;
	cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), -ERR_PROTO, "seq");
	w->bundle.hello.acked_seq--;
	w->bundle.hello.epoch++;
	cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), -ERR_PROTO, "epoch");
	w->bundle.hello.epoch--;
	{
		struct envelope v = { .epoch = 2,
				      .seq = 99 }; /* the chain does not look at this seq */
		struct hash h = hash_bytes(SPAN_LIT("two"));
		struct span good = w->items[1].envelope;

		memcpy(v.body_hash, h.b, 32);
		buf_reset(&w->file);
		envelope_encode(&w->file, &v);
		w->items[1].envelope = buf_span(&w->file);
		cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), -ERR_PROTO, "seq alone");
		w->items[1].envelope = good;
	}
	w->items[1].body = SPAN_LIT("twp");
	cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), -ERR_PROTO, "body");
	w->items[1].body = SPAN_LIT("two");
	swap = w->items[0];
	w->items[0] = w->items[1];
	w->items[1] = swap;
	cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), -ERR_PROTO, "order");
	w->items[1] = w->items[0];
	w->items[0] = swap;
	cr_assert_eq(bundle_check(&w->bundle, w->arena, &w->e), 0, "%s", w->e.msg);
	world_free(w);
}

Test(file, an_answer_comes_back)
{
	struct world *w = world_new();
	struct file_head h = {
		.kind = FILE_ANSWER, .store = { 7 }, .device = 0x1234, .about = { { 3 } }
	};
	struct ed25519_key forger;
	struct span content, body;
	const uint8_t seed[32] = { 99 };

	cr_assert_eq(answer_write(&w->file, &h, SPAN_LIT("answer"), &w->log_key, &w->device.public,
				  random_bytes, w->arena, &w->e),
		     0, "%s", w->e.msg);
	memset(&h, 0, sizeof(h));
	cr_assert_eq(file_read(&h, &content, NULL, buf_span(&w->file), &w->e), 0);
	cr_assert_eq(h.kind, FILE_ANSWER);
	cr_assert(h.device == 0x1234 && h.about.b[0] == 3 && h.store[0] == 7);
	cr_assert_eq(
		answer_open(&body, &h, content, &w->device, &w->log_key.public, w->arena, &w->e), 0,
		"%s", w->e.msg);
	cr_assert(span_eq(body, SPAN_LIT("answer")));
	ed25519_key_init(&forger, seed);
	cr_assert_eq(answer_open(&body, &h, content, &w->device, &forger.public, w->arena, &w->e),
		     -ERR_DENIED);
	h.about.b[0]++;
	cr_assert_eq(
		answer_open(&body, &h, content, &w->device, &w->log_key.public, w->arena, &w->e),
		-ERR_DENIED, "the answer to another bundle");
	world_free(w);
}

Test(file, every_kind)
{
	struct err e = { 0 };

	for (enum file_kind k = FILE_NONE + 1; k < FILE_KINDS; k++) {
		struct file_head in = { .kind = k }, out;
		struct span content;
		struct hash id;
		struct buf b;

		buf_init(&b, 4096);
		cr_assert_eq(file_write(&b, &in, SPAN_LIT("content"), &e), 0);
		cr_assert_eq(file_read(&out, &content, &id, buf_span(&b), &e), 0, "%s", e.msg);
		cr_assert_eq(out.kind, k);
		cr_assert(span_eq(content, SPAN_LIT("content")));
		cr_assert_arr_eq(id.b, b.data + b.len - 32, 32);
		buf_fini(&b);
	}
}

/* Two files of any kinds, one behind the other, and every beginning of that. */
Test(file, one_behind_another)
{
	struct span got, rest;
	struct err e = { 0 };

	for (enum file_kind k = FILE_NONE + 1; k < FILE_KINDS; k++) {
		struct file_head first = { .kind = k }, second = { .kind = FILE_ANSWER }, out;
		struct span content;
		struct buf b;
		size_t end;

		buf_init(&b, 4096);
		cr_assert_eq(file_write(&b, &first, SPAN_LIT("one"), &e), 0);
		end = b.len;
		cr_assert_eq(file_write(&b, &second, SPAN_LIT("two"), &e), 0);
		for (size_t len = 0; len <= b.len; len++) {
			got = file_first(span_of(b.data, len), &rest);
			cr_assert_eq(got.data, b.data);
			cr_assert_eq(got.len, len < end ? len : end, "kind %d, %zu bytes", k, len);
			cr_assert_eq(rest.len, len - got.len);
			cr_assert_eq(file_read(&out, &content, NULL, got, &e) == 0, len >= end,
				     "%zu", len);
		}
		cr_assert_eq(file_read(&out, &content, NULL, rest, &e), 0);
		cr_assert_eq(out.kind, FILE_ANSWER);
		cr_assert(span_eq(content, SPAN_LIT("two")));
		buf_fini(&b);
	}
	got = file_first(SPAN_LIT("PK\3\4 no file of ours"), &rest);
	cr_assert(got.len == 20 && !rest.len);
}

Test(file, not_ours_or_of_another_version)
{
	struct file_head h;
	struct span content;
	struct err e = { 0 };

	cr_assert_eq(
		file_read(&h, &content, NULL, SPAN_LIT("PK\3\4 something else altogether"), &e),
		-ERR_INVALID);
	cr_assert_eq(file_read(&h, &content, NULL, SPAN_LIT("ketnap-bundle-2\0and so on"), &e),
		     -ERR_VERSION);
	cr_assert_eq(file_read(&h, &content, NULL, SPAN_LIT(""), &e), -ERR_INVALID);
}

Test(file, every_failing_allocation)
{
	struct world *w = world_new();
	size_t failures = 0;
	bool passed = false;

	write_bundle(w);
	for (size_t budget = 64; !passed && budget < 1 << 20; budget += 256) {
		struct arena *a = arena_new(budget), *whole = w->arena;
		struct span body;
		int rc;

		if (!a)
			continue;
		w->arena = a;
		rc = open_bundle(w, &body, now_ms);
		w->arena = whole;
		arena_free(a);
		cr_assert(rc == 0 || rc == -ERR_NOMEM, "%d: %s", rc, w->e.msg);
		passed = rc == 0;
		failures += !passed;
	}
	cr_assert(passed && failures > 3, "%zu", failures);
	world_free(w);
}
