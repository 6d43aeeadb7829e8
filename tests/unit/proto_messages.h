/* One message of every kind with every field set. A number is 100 + its field's number in wire.proto
 * where the field allows it, a fixed run of bytes begins with that number, a text says it: so
 * test_wire can check, without the tables of the product, that each member stands in its field. */
#ifndef TESTS_PROTO_MESSAGES_H
#define TESTS_PROTO_MESSAGES_H

#include "proto/wire.h"

static const uint8_t run_of_bytes[512] = {
	1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17
};

static inline struct span some_bytes(size_t len)
{
	return span_of(run_of_bytes, len);
}

/* 16 bytes: the field's number, then 15 of its own. */
#define ID16(n)                                                                                  \
	{                                                                                        \
		n, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, \
			0xae, 0xaf                                                               \
	}
#define ID32(n)                                                                                  \
	{                                                                                        \
		n, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, \
			0xbe, 0xbf, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9,  \
			0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf                                       \
	}
#define HASH32(n)       \
	{               \
		ID32(n) \
	}
#define CURSOR                    \
	{                         \
		ID16(1), 102, 103 \
	}
#define HEAD_SAMPLE                      \
	{                                \
		{ run_of_bytes, 80 },    \
		{                        \
			run_of_bytes, 64 \
		}                        \
	}

static const struct wire_item some_items[] = {
	{ SPAN_LIT("f1"), SPAN_LIT("f2"), false },
	{ SPAN_LIT("f1"), { 0 }, true },
};
static const struct wire_verdict some_verdicts[] = {
	{ 101, 102, 3, 104, SPAN_LIT("f5"), 106, 107 },
	{ 101, 102, 1, 0, { 0 }, 0, 0 },
};
static const struct wire_branch some_line[] = {
	{ ID16(1), ID16(2), 103, SPAN_LIT("f4") },
	{ ID16(1), { 0 }, 103, SPAN_LIT("f4") },
};
static const struct span some_spans[] = { SPAN_LIT("f1"), SPAN_LIT("f1") };
static const struct span some_args[] = { SPAN_LIT("f2"), SPAN_LIT("f2") };

#define HELLO_SAMPLE                                                                               \
	{                                                                                          \
		.version_min = 101, .version_max = 102, .program = SPAN_LIT("f3"),                 \
		.store = ID16(4), .device = 105, .epoch = 106, .acked_seq = 107,                   \
		.acked_chain = HASH32(8), .next_seq = 109, .chain = HASH32(10), .nonce = ID16(11), \
		.cursor = CURSOR, .head = HEAD_SAMPLE, .held_drafts = 114, .held_queued = 115,     \
		.oldest_ms = 116, .device_time_ms = 117, .frame_max = 118                          \
	}
#define HELLO_ACK_SAMPLE                                                                           \
	{                                                                                          \
		.version = 101, .version_min = 102, .version_max = 103, .program = SPAN_LIT("f4"), \
		.code = 105, .epoch = 106, .acked_seq = 107, .chain = HASH32(8),                   \
		.head = HEAD_SAMPLE, .incarnation = ID16(10), .authority = 111, .line = some_line, \
		.line_count = 2, .time_ms = 113, .frame_max = 114, .credit_ops = 115,              \
		.credit_bytes = 116, .credit_requests = 117, .page_max = 118, .jitter_ms = 119,    \
		.retry_after_ms = 120, .renew = true, .recovering = true, .archived_through = 123, \
		.succeeded = true                                                                  \
	}
#define ACK_SAMPLE                                                                             \
	{                                                                                      \
		.epoch = 101, .verdicts = some_verdicts, .verdict_count = 2, .acked_seq = 103, \
		.chain = HASH32(4), .head = HEAD_SAMPLE                                        \
	}
#define PAGE_SAMPLE                                                                             \
	{                                                                                       \
		.entries = some_spans, .entry_count = 2, .next = CURSOR, .more = true,          \
		.head = HEAD_SAMPLE, .proof = { run_of_bytes, 64 }, .restart = true, .marks = { \
			run_of_bytes,                                                           \
			32                                                                      \
		}                                                                               \
	}

static const struct wire_page some_pages[] = { PAGE_SAMPLE, { .more = true } };

static const struct wire_key some_keys[] = {
	{ WIRE_KEY_PERSON, 102, ID16(3), ID16(4), 0, { run_of_bytes, 72 }, 107 },
	{ .what = WIRE_KEY_DEVICE, .unit = 102, .key = ID16(4), .to = 105 },
};

struct sample_message {
	const char *name;
	unsigned message;
	union wire_any any;
};

static const struct span some_boxes[] = { SPAN_LIT("f5"), SPAN_LIT("f5") };

static const struct sample_message sample_messages[] = {
	{ "hello", FRAME_HELLO, { .hello = HELLO_SAMPLE } },
	{ "hello-ack", FRAME_HELLO_ACK, { .hello_ack = HELLO_ACK_SAMPLE } },
	{ "submit", FRAME_SUBMIT, { .submit = { 101, 102, HASH32(3), some_items, 2 } } },
	{ "ack", FRAME_ACK, { .ack = ACK_SAMPLE } },
	{ "pull", FRAME_PULL, { .pull = { CURSOR, 102, 103 } } },
	{ "page", FRAME_PAGE, { .page = PAGE_SAMPLE } },
	{ "receipt-get", FRAME_RECEIPT_GET, { .receipt_get = { 101 } } },
	{ "receipt",
	  FRAME_RECEIPT,
	  { .receipt = { SPAN_LIT("f1"), { run_of_bytes, 96 }, HEAD_SAMPLE } } },
	{ "prove", FRAME_PROVE, { .prove = { 101, 102 } } },
	{ "proof", FRAME_PROOF, { .proof = { 101, { run_of_bytes, 96 }, HEAD_SAMPLE } } },
	{ "query",
	  FRAME_QUERY,
	  { .query = { .what = 2,
		       .unit = 102,
		       .from_day = 103,
		       .to_day = 104,
		       .known_lsn = 105,
		       .known_ms = 106,
		       .tree = 1,
		       .tree_day = 108,
		       .basis = 1,
		       .measure = SPAN_LIT("f10"),
		       .instrument = 11,
		       .doc_no = SPAN_LIT("f12"),
		       .level = 1,
		       .order = 3,
		       .each = 4 } } },
	{ "answer", FRAME_ANSWER, { .answer = { ID16(1), 102, 103, SPAN_LIT("f4") } } },
	{ "renew", FRAME_RENEW, { .renew = { SPAN_LIT("f1"), { run_of_bytes, 32 } } } },
	{ "renew-ack", FRAME_RENEW_ACK, { .renew_ack = { SPAN_LIT("f1") } } },
	{ "old", FRAME_OLD, { .old = { ID16(1), some_args, 2, { run_of_bytes, 32 } } } },
	{ "old-ack", FRAME_OLD_ACK, { .old_ack = { 101, 102, 103, { run_of_bytes, 4 } } } },
	{ "bundle", FRAME_BUNDLE, { .part = { HASH32(1), 102, 103, SPAN_LIT("f4") } } },
	{ "bundle-ack", FRAME_BUNDLE_ACK, { .bundle_ack = { HASH32(1), 102, 103, 104 } } },
	{ "answer-get", FRAME_ANSWER_GET, { .part = { .id = HASH32(1), .offset = 102 } } },
	{ "answer-part", FRAME_ANSWER_PART, { .part = { HASH32(1), 102, 103, SPAN_LIT("f4") } } },
	{ "key-put", FRAME_KEY_PUT, { .key_put = { some_keys, 2 } } },
	{ "key-ack", FRAME_KEY_ACK, { .key_ack = { { run_of_bytes, 4 } } } },
	{ "key-get", FRAME_KEY_GET, { .key_get = { 101, 102 } } },
	{ "key-page", FRAME_KEY_PAGE, { .key_page = { some_keys, 2, 102, true } } },
	{ "enrol", FRAME_ENROL, { .proved = { SPAN_LIT("f1"), HASH32(2) } } },
	{ "enrol-ack", FRAME_ENROL_ACK, { .proved = { SPAN_LIT("f1"), HASH32(2) } } },
	{ "busy", FRAME_BUSY, { .busy = { 101, 102, 103 } } },
	{ "error", FRAME_ERROR, { .error = { 101, some_args, 2, 103, true } } },
	{ "close", FRAME_CLOSE, { .close = { 101, 102 } } },
	{ "enrol-request",
	  WIRE_ENROL_REQUEST,
	  { .enrol_request = { 101, 102, SPAN_LIT("f3"), ID16(4), SPAN_LIT("f5"), ID32(6),
			       ID16(7) } } },
	{ "enrol-answer",
	  WIRE_ENROL_ANSWER,
	  { .enrol_answer = { 101, ID16(2), 103, 104, 105, 106, 107, SPAN_LIT("f8"), SPAN_LIT("f9"),
			      ID32(10), ID16(11), ID32(12), 113, SPAN_LIT("f14") } } },
	{ "bundle-inside",
	  WIRE_BUNDLE_INSIDE,
	  { .bundle_inside = { SPAN_LIT("f1"), SPAN_LIT("f2"), SPAN_LIT("f3") } } },
	{ "bundle-body",
	  WIRE_BUNDLE_BODY,
	  { .bundle_body = { .hello = HELLO_SAMPLE,
			     .items = some_items,
			     .item_count = 2,
			     .trailer = { 101, HASH32(2), true } } } },
	{ "answer-inside",
	  WIRE_ANSWER_INSIDE,
	  { .answer_inside = { SPAN_LIT("f1"), { run_of_bytes, 64 } } } },
	{ "answer-body",
	  WIRE_ANSWER_BODY,
	  { .answer_body = { .hello_ack = HELLO_ACK_SAMPLE,
			     .ack = ACK_SAMPLE,
			     .pages = some_pages,
			     .page_count = 2 } } },
	{ "bundle-body-keys",
	  WIRE_BUNDLE_BODY,
	  { .bundle_body = { HELLO_SAMPLE,
			     some_items,
			     2,
			     { 101, HASH32(2), true },
			     some_keys,
			     2,
			     105,
			     ID32(6) } } },
	{ "answer-body-keys",
	  WIRE_ANSWER_BODY,
	  { .answer_body = { HELLO_ACK_SAMPLE,
			     ACK_SAMPLE,
			     some_pages,
			     2,
			     { run_of_bytes, WIRE_KEY_NAME },
			     some_boxes,
			     2 } } },
};
#endif
