/* The published test vectors, as text: what make_vectors writes into vectors/ and test_wire compares.
 * Keys, ids and times are fixed, so the text is the same on every machine. Certificates and requests
 * for them stand as words, since ECDSA signatures are never the same twice. */
#ifndef TESTS_PROTO_VECTORS_H
#define TESTS_PROTO_VECTORS_H

#include <assert.h>

#include "crypto/code.h"
#include "crypto/head.h"
#include "crypto/merkle.h"
#include "proto/codec.h"
#include "proto/file.h"
#include "proto/wire.h"
#include "proto_messages.h"
#include "proto_samples.h"

static inline void must(int rc)
{
	assert(rc == 0);
}

static inline void put_hex(struct buf *b, struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		buf_printf(b, "%02x", s.data[i]);
	buf_printf(b, "\n");
}

/* ---- messages.txt ---- */

static inline void vectors_messages(struct buf *out)
{
	struct arena *a = arena_new(WIRE_ARENA);
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_printf(
		out,
		"# Each message of schema/wire.proto with every field set: name, payload. Read them\n"
		"# with: xxd -r -p | protoc --decode=ketnap.wire.Hello wire.proto\n");
	for (size_t i = 0; i < ARRAY_LEN(sample_messages); i++) {
		const struct sample_message *m = &sample_messages[i];

		buf_reset(&b);
		must(wire_encode(&b, m->message, &m->any, a, NULL));
		if (m->message < FRAME_TYPES)
			buf_printf(out, "\n%s, frame type %u\n", m->name, m->message);
		else
			buf_printf(out, "\n%s\n", m->name);
		put_hex(out, buf_span(&b));
	}
	buf_fini(&b);
	arena_free(a);
}

/* ---- ops.txt ---- */

static inline void vectors_chain(struct buf *out)
{
	struct hash h = { { 0 } };

	buf_printf(
		out,
		"\n# The chain h(n) = SHA-256(h(n-1) | n as u64 | SHA-256(body n)) over three bodies:"
		" \"a\", \"b\", \"\"\n");
	for (uint8_t n = 1; n <= 3; n++) {
		const uint8_t seq[8] = { 0, 0, 0, 0, 0, 0, 0, n };
		struct hash body = hash_bytes(span_of(&"ab"[n - 1], n < 3));

		h = hash_bytes3(span_of(h.b, 32), span_of(seq, 8), span_of(body.b, 32));
		buf_printf(out, "h(%u)\n", n);
		put_hex(out, span_of(h.b, 32));
	}
}

static inline struct envelope vector_envelope(uint64_t seq, uint64_t lsn, struct span body)
{
	struct envelope v = { .epoch = 1, .seq = seq, .base.lsn = lsn };
	struct hash h = hash_bytes(body);

	sample_bytes(v.base.incarnation, sizeof(v.base.incarnation), 1);
	memcpy(v.body_hash, h.b, sizeof(v.body_hash));
	return v;
}

static inline void vectors_ops(struct buf *out)
{
	struct envelope v;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_printf(
		out,
		"# Bodies of ops (schema/op.proto, Body): what is in it, its bytes.\n"
		"# Figures as measure:state:value:approx:over, sign as how:paper_day:nil:covers.\n");
	for (size_t i = 0; i < SAMPLES; i++) {
		struct op op = sample_op(i);

		buf_reset(&b);
		must(op_encode(&b, &op, NULL));
		buf_printf(out, "\n%s: ", op_kind_name(op.kind));
		op_dump(out, &op);
		buf_printf(out, "\n");
		put_hex(out, buf_span(&b));
	}
	v = vector_envelope(7, 812, SPAN_LIT("body"));
	buf_reset(&b);
	envelope_encode(&b, &v);
	buf_printf(out, "\n# Envelope: epoch 1, seq 7, base {0102..10, 812}, body \"body\"\n");
	put_hex(out, buf_span(&b));
	vectors_chain(out);
	buf_fini(&b);
}

/* ---- session.txt: a device enrols, connects, delivers a month and pulls ---- */

enum { V_DEVICE = 0x0102, V_ENTRIES = 5 };
static const int64_t v_time = INT64_C(1663837200000); /* 2022-09-22 16:00 in Vietnam */

struct v_session {
	struct buf *out, b, entry[V_ENTRIES];
	struct arena *arena;
	struct merkle_frontier tree;
	struct ed25519_key key;
	uint8_t head[HEAD_BYTES];
	struct ed25519_sig sig;
	struct span entries[V_ENTRIES];
	size_t count;
};

static inline void v_say(struct v_session *s, const char *who, enum frame_type type, const void *m)
{
	buf_reset(&s->b);
	must(wire_frame(&s->b, type, m, s->arena, NULL));
	buf_printf(s->out, "%s %s\n", who, frame_type_name(type));
	put_hex(s->out, buf_span(&s->b));
}

static inline void v_append(struct v_session *s, uint64_t device, struct span envelope,
			    struct span body, uint32_t unit, uint64_t prev_unit,
			    uint64_t prev_device)
{
	struct buf *b = &s->entry[s->count];
	struct entry en = { .lsn = s->count + 1,
			    .time_ms = v_time + (int64_t)s->count,
			    .device = device,
			    .envelope = envelope,
			    .body = body,
			    .verdict = VERDICT_ACCEPTED,
			    .unit = unit,
			    .author = device ? 1 : 0,
			    .author_unit = device ? unit : 0,
			    .prev_unit = prev_unit,
			    .prev_device = prev_device };
	struct hash leaf;

	buf_init(b, ENTRY_MAX);
	entry_encode(b, &en);
	leaf = merkle_leaf(buf_span(b));
	must(merkle_append(&s->tree, &leaf, NULL, NULL, NULL));
	s->entries[s->count++] = buf_span(b);
}

/* The server's own acts have an envelope as well, in its own epoch 1. */
static inline void v_act(struct v_session *s, struct op op, uint64_t prev_unit)
{
	struct buf body, envelope;
	struct envelope v;

	buf_init(&body, OP_BODY_MAX);
	buf_init(&envelope, ENVELOPE_MAX);
	op.author = 0;
	op.source = SPAN_LIT("console:root");
	must(op_encode(&body, &op, NULL));
	v = vector_envelope(s->count + 1, s->count, buf_span(&body));
	envelope_encode(&envelope, &v);
	v_append(s, 0, buf_span(&envelope), buf_span(&body), op.unit, prev_unit, s->count);
	buf_fini(&body);
	buf_fini(&envelope);
}

static inline struct wire_head v_head(struct v_session *s)
{
	struct head h = { .size = s->count, .time_ms = v_time + 10, .root = merkle_root(&s->tree) };

	sample_bytes(h.incarnation, sizeof(h.incarnation), 1);
	head_encode(s->head, &h);
	s->sig = head_sign(&h, &s->key);
	return wire_head_of(s->head, &s->sig);
}

static inline void v_log(struct v_session *s)
{
	struct op op = { .kind = OP_INCARNATION };

	sample_bytes(op.incarnation.id, 16, 1);
	sample_bytes(op.incarnation.store, 16, 0x51);
	memcpy(op.incarnation.log_key, s->key.public.b, 32);
	v_act(s, op, 0);
	op = (struct op){ .kind = OP_UNIT, .unit = 1 };
	op.create = (struct op_unit){ .code = SPAN_LIT("qn"),
				      .name = SPAN_LIT("Đảng bộ tỉnh"),
				      .unit = 1,
				      .kind = UNIT_PROVINCE,
				      .order = 1,
				      .opened = 10000 };
	v_act(s, op, 0);
	op.unit = 2;
	op.create = (struct op_unit){ .code = SPAN_LIT("tam-ky"),
				      .name = SPAN_LIT("Thành ủy Tam Kỳ"),
				      .unit = 2,
				      .parent = 1,
				      .kind = UNIT_DIRECT,
				      .order = 1,
				      .opened = 10000,
				      .reports = 1 };
	v_act(s, op, 0);
	op = (struct op){ .kind = OP_DEVICE, .unit = 2 };
	op.device = (struct op_device){ .device = V_DEVICE, .epoch = 1, .person = 1 };
	sample_bytes(op.device.spki_hash, 32, 0x60);
	sample_bytes(op.device.seal_key, 32, 0x80);
	sample_bytes(op.device.nonce, 16, 0x40);
	v_act(s, op, 3);
}

static inline void v_proved(struct v_session *s, const char *who, enum frame_type type,
			    unsigned message, const void *inside, enum code_side by)
{
	static const uint8_t random[CODE_RANDOM_BYTES] = { 1,  2,  3,  4,  5,  6,  7,  8,  9,
							   10, 11, 12, 13, 14, 15, 16, 17, 0xf0 };
	struct code code = code_make(random);
	struct code_key key = code_key_of(&code);
	struct hash binding = hash_bytes(SPAN_LIT("exporter"));
	struct wire_proved m;
	struct buf b;

	buf_init(&b, FRAME_MEDIUM_MAX);
	must(wire_encode(&b, message, inside, s->arena, NULL));
	m.message = buf_span(&b);
	m.proof = code_proof(&key, by, &binding, m.message);
	v_say(s, who, type, &m);
	buf_fini(&b);
}

static inline void v_enrol(struct v_session *s)
{
	struct wire_enrol_request rq = { .version_min = 1,
					 .version_max = 1,
					 .program = SPAN_LIT("ketnap 0.1.0"),
					 .csr = SPAN_LIT("<PKCS#10, DER>") };
	struct wire_enrol_answer an = { .version = 1,
					.device = V_DEVICE,
					.epoch = 1,
					.unit = 2,
					.person = 1,
					.role = ROLE_APPROVER,
					.ca = SPAN_LIT("<CA, DER>"),
					.certificate = SPAN_LIT("<certificate, DER>"),
					.time_ms = v_time,
					.address = SPAN_LIT("localhost:7000") };
	static const uint8_t random[CODE_RANDOM_BYTES] = { 1,  2,  3,  4,  5,  6,  7,  8,  9,
							   10, 11, 12, 13, 14, 15, 16, 17, 0xf0 };
	struct code code = code_make(random);
	struct code_key key = code_key_of(&code);
	char text[CODE_TEXT_MAX];

	memcpy(rq.code_id, key.id, sizeof(rq.code_id));
	sample_bytes(rq.seal_key, 32, 0x80);
	sample_bytes(rq.nonce, 16, 0x40);
	sample_bytes(an.store, 16, 0x51);
	sample_bytes(an.incarnation, 16, 1);
	sample_bytes(an.seal_key, 32, 0xc0);
	memcpy(an.log_key, s->key.public.b, 32);
	buf_printf(s->out,
		   "\n# Enrolment, without a certificate. The code on the card is\n# %s\n"
		   "# and the TLS exporter gives SHA-256(\"exporter\").\n",
		   code_text(text, &code));
	v_proved(s, "device", FRAME_ENROL, WIRE_ENROL_REQUEST, &rq, CODE_CLIENT);
	v_proved(s, "server", FRAME_ENROL_ACK, WIRE_ENROL_ANSWER, &an, CODE_SERVER);
}

static inline void v_deliver(struct v_session *s)
{
	struct wire_hello hello = { .version_min = 1,
				    .version_max = 1,
				    .device = V_DEVICE,
				    .epoch = 1,
				    .program = SPAN_LIT("ketnap 0.1.0"),
				    .next_seq = 2,
				    .held_queued = 1,
				    .oldest_ms = v_time - 1000,
				    .device_time_ms = v_time,
				    .frame_max = FRAME_MAX };
	struct wire_hello_ack hello_ack = { .version = 1,
					    .version_min = 1,
					    .version_max = 1,
					    .program = SPAN_LIT("ketnapd 0.1.0"),
					    .epoch = 1,
					    .authority = 4,
					    .time_ms = v_time,
					    .frame_max = FRAME_MAX,
					    .credit_ops = 256,
					    .credit_bytes = FRAME_MAX,
					    .credit_requests = 4,
					    .page_max = 128 << 10,
					    .jitter_ms = 30000 };
	static const uint8_t seq[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	struct wire_submit submit = { .epoch = 1, .first_seq = 1 };
	struct wire_verdict verdict = { .seq = 1, .lsn = 5, .verdict = VERDICT_ACCEPTED };
	struct wire_ack ack = {
		.epoch = 1, .verdicts = &verdict, .verdict_count = 1, .acked_seq = 1
	};
	struct wire_pull pull = { .max_bytes = 128 << 10 };
	struct wire_page page = { .entries = s->entries };
	struct buf body, envelope;
	struct op op = sample_op(0);
	struct wire_item item;
	struct envelope v;
	struct hash h;

	buf_init(&body, OP_BODY_MAX);
	buf_init(&envelope, ENVELOPE_MAX);
	must(op_encode(&body, &op, NULL));
	v = vector_envelope(1, 4, buf_span(&body));
	envelope_encode(&envelope, &v);
	item = (struct wire_item){ buf_span(&envelope), buf_span(&body), false };
	submit.items = &item;
	submit.item_count = 1;
	h = hash_bytes3(span_of(submit.chain.b, 32), span_of(seq, 8), span_of(v.body_hash, 32));
	hello.chain = ack.chain = h;
	sample_bytes(hello.store, 16, 0x51);
	sample_bytes(hello.nonce, 16, 0x40);
	sample_bytes(hello_ack.incarnation, 16, 1);
	buf_printf(s->out,
		   "\n# A month, in one flight each way: ops.txt, first body, based on lsn 4.\n");
	v_say(s, "device", FRAME_HELLO, &hello);
	v_say(s, "device", FRAME_SUBMIT, &submit);
	v_say(s, "device", FRAME_PULL, &pull);
	hello_ack.head = v_head(s);
	v_say(s, "server", FRAME_HELLO_ACK, &hello_ack);
	v_append(s, V_DEVICE, buf_span(&envelope), buf_span(&body), 2, 4, 0);
	ack.head = v_head(s);
	v_say(s, "server", FRAME_ACK, &ack);
	page.entry_count = s->count;
	memcpy(page.next.incarnation, hello_ack.incarnation, 16);
	page.next.lsn = 5;
	page.next.authority = 4;
	page.head = v_head(s);
	v_say(s, "server", FRAME_PAGE, &page);
	buf_fini(&body);
	buf_fini(&envelope);
}

static inline void vectors_session(struct buf *out)
{
	static const uint8_t seed[ED25519_SEED_BYTES] = { 7 };
	struct wire_receipt_get get = { .lsn = 1 };
	struct wire_close close_frame = { 0 };
	struct v_session s = { .out = out, .arena = arena_new(WIRE_ARENA) };

	assert(s.arena);
	buf_init(&s.b, 1 << 20);
	ed25519_key_init(&s.key, seed);
	buf_printf(out, "# One device's first day: whole frames, who sends, what, the bytes.\n"
			"# The log key is the Ed25519 key of the seed 07 00 .. 00. Public:\n");
	put_hex(out, span_of(s.key.public.b, 32));
	v_log(&s);
	v_enrol(&s);
	v_deliver(&s);
	buf_printf(out, "\n# Asking for a receipt, and the end.\n");
	v_say(&s, "device", FRAME_RECEIPT_GET, &get);
	/* Leaf 0 of five: its sibling, the pair beside them, the fifth leaf alone. */
	{
		struct hash leaf[V_ENTRIES], path[3];
		struct wire_receipt receipt = { .entry = s.entries[0], .head = v_head(&s) };

		for (size_t i = 0; i < V_ENTRIES; i++)
			leaf[i] = merkle_leaf(s.entries[i]);
		path[0] = leaf[1];
		path[1] = merkle_node(&leaf[2], &leaf[3]);
		path[2] = leaf[4];
		receipt.path = span_of(path, sizeof(path));
		v_say(&s, "server", FRAME_RECEIPT, &receipt);
	}
	v_say(&s, "device", FRAME_CLOSE, &close_frame);
	v_say(&s, "server", FRAME_CLOSE, &close_frame);
	for (size_t i = 0; i < s.count; i++)
		buf_fini(&s.entry[i]);
	buf_fini(&s.b);
	arena_free(s.arena);
}

/* ---- sticks.txt: an answer to a request to enrol, with the device's first answer file behind it ---- */

/* Head and line as in session.txt; `name` is H(request). */
static inline void v_first_answer(struct v_session *s, const struct hash *name, struct buf *file)
{
	static const uint8_t seed[SEAL_SEED_BYTES] = { 9 }, random[SEAL_SEED_BYTES] = { 11 };
	struct wire_page page = { .entries = s->entries, .entry_count = s->count };
	struct wire_answer_body body = { .hello_ack = { .version = 1,
							.version_min = 1,
							.version_max = 1,
							.program = SPAN_LIT("ketnapd 0.1.0"),
							.epoch = 1,
							.authority = 4,
							.time_ms = v_time },
					 .ack = { .epoch = 1 },
					 .pages = &page,
					 .page_count = 1 };
	struct file_head h = { .kind = FILE_ANSWER, .device = V_DEVICE, .about = *name };
	struct seal_key mine;

	seal_key_init(&mine, seed);
	sample_bytes(h.store, sizeof(h.store), 0x51);
	sample_bytes(body.hello_ack.incarnation, 16, 1);
	memcpy(page.next.incarnation, body.hello_ack.incarnation, 16);
	page.next.lsn = s->count;
	page.next.authority = 4;
	page.head = body.hello_ack.head = body.ack.head = v_head(s);
	buf_reset(&s->b);
	must(wire_encode(&s->b, WIRE_ANSWER_BODY, &body, s->arena, NULL));
	must(answer_write(file, &h, buf_span(&s->b), &s->key, &mine.public, random, s->arena,
			  NULL));
	buf_printf(s->out,
		   "\n# AnswerBody of the second file. It is sealed to the X25519 key of the seed"
		   " 09 00 .. 00\n# and signed with the Ed25519 key of the seed 07 00 .. 00.\n");
	put_hex(s->out, buf_span(&s->b));
}

static inline void vectors_sticks(struct buf *out)
{
	static const uint8_t seed[ED25519_SEED_BYTES] = { 7 };
	struct v_session s = { .out = out, .arena = arena_new(WIRE_ARENA) };
	struct wire_proved ack = { .message = SPAN_LIT("<EnrolAnswer>") };
	struct hash request = hash_bytes(SPAN_LIT("<EnrolRequest>"));
	struct file_head h = { .kind = FILE_ENROL_ACK, .about = request };
	struct buf file;

	assert(s.arena);
	buf_init(&s.b, 1 << 20);
	buf_init(&file, 1 << 20);
	ed25519_key_init(&s.key, seed);
	v_log(&s);
	must(wire_encode(&s.b, FRAME_ENROL_ACK, &ack, s.arena, NULL));
	must(file_write(&file, &h, buf_span(&s.b), NULL));
	buf_printf(out,
		   "# By stick: two files, one behind the other. The request is the text"
		   " \"<EnrolRequest>\",\n# its answer \"<EnrolAnswer>\" with a proof of zeros.\n"
		   "# EnrolAck, content of the first file\n");
	put_hex(out, buf_span(&s.b));
	v_first_answer(&s, &request, &file);
	buf_printf(out, "\n# Both files\n");
	put_hex(out, buf_span(&file));
	for (size_t i = 0; i < s.count; i++)
		buf_fini(&s.entry[i]);
	buf_fini(&file);
	buf_fini(&s.b);
	arena_free(s.arena);
}

struct vector_file {
	const char *name;
	void (*write)(struct buf *out);
};

static const struct vector_file vector_files[] = {
	{ "messages.txt", vectors_messages },
	{ "ops.txt", vectors_ops },
	{ "session.txt", vectors_session },
	{ "sticks.txt", vectors_sticks },
};
#endif
