/* The messages of schema/wire.proto as plain structs. Names and meaning: PROTOCOL.md. Decoding takes
 * an arena with a budget; spans and lists of the result lend from it. A span or hash that is absent is
 * empty or all zero. Encoding needs the arena for the time of the call. */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "crypto/head.h"
#include "domain/limits.h"
#include "proto/frame.h"

enum {
	WIRE_VERSION_MIN = 1,
	WIRE_VERSION = 1,
	WIRE_ID = 16,            /* store, incarnation, nonce, code id, mark */
	WIRE_ITEMS_MAX = 1024,   /* ops of one Submit, verdicts of one Ack */
	WIRE_ENTRIES_MAX = 2048, /* of one Page */
	WIRE_LINE_MAX = 32,      /* incarnations in one HelloAck */
	WIRE_ARGS_MAX = 6,
	WIRE_PAGES_MAX = 64,                    /* of one answer file */
	WIRE_BUNDLE_ITEMS_MAX = WIRE_ITEMS_MAX, /* one Ack answers a bundle */
	WIRE_FILE_MAX = 4 << 20,                /* bundle and answer files */
	WIRE_PROGRAM_MAX = 64,
	WIRE_KEYS_MAX = 512, /* wraps of one message */
	WIRE_WRAP_MAX = 128,
	WIRE_KEY_NAME = 41,      /* what, person, key, to: which wrap it is */
	WIRE_KEY_BOXES_MAX = 16, /* of one answer file */
	WIRE_KEY_BOX_MAX = 1 << 17,
	WIRE_CERT_MAX = 2048,
	WIRE_PROOF_MAX = 64 * 32, /* nodes joined */
	WIRE_ARENA = 1 << 20 /* a fresh arena of this budget holds any message that fits a frame */
};

/* Why not. PROTOCOL.md, section 15; numbered for ever. */
enum wire_code {
	WIRE_OK = 0,
	WIRE_NEW_EPOCH = 1,
	WIRE_SUSPENDED = 2,
	WIRE_REVOKED = 3,
	WIRE_RENEW_FIRST = 4,
	WIRE_VERSION_NONE = 5,
	WIRE_WRONG_STORE = 6,
	WIRE_DEVICE_UNKNOWN = 7,
	WIRE_SERVER_BEHIND = 8,
	WIRE_STANDBY = 9,
	WIRE_BUSY = 16,
	WIRE_STORE_FULL = 17,
	WIRE_STOPPING = 18,
	WIRE_BATCH_ABORTED = 19,
	WIRE_GAP = 20,
	WIRE_RECOVERING = 21,
	WIRE_HELD = 22,
	WIRE_CHAIN = 23,
	WIRE_BASE = 24,
	WIRE_MALFORMED = 32,
	WIRE_TOO_LARGE = 33,
	WIRE_UNEXPECTED = 34,
	WIRE_CREDIT = 35,
	WIRE_TIMEOUT = 36,
	WIRE_HASH = 37,
	WIRE_CERTIFICATE_NEEDED = 38,
	WIRE_ENROL_REFUSED = 48,
	WIRE_ENROL_LATER = 49,
	WIRE_CSR_INVALID = 50,
	WIRE_NOT_ALLOWED = 64,
	WIRE_NOT_FOUND = 65,
	WIRE_ANSWER_TOO_LARGE = 66,
	WIRE_INTERNAL = 67,
	WIRE_BUNDLE_INVALID = 68,
	WIRE_CODES = 69
};
const char *wire_code_name(uint32_t code); /* "new-epoch"; NULL unknown */

/* `code` and the like are kept as numbers: a newer peer may send one without a name here. */

struct wire_head {
	struct span signed_bytes; /* HEAD_BYTES, or empty: no head */
	struct span signature;    /* ED25519_SIG_BYTES */
};

struct wire_cursor {
	uint8_t incarnation[WIRE_ID];
	uint64_t lsn, authority;
};

struct wire_item {
	struct span envelope, body;
	bool withdrawn;
};

struct wire_branch {
	uint8_t id[WIRE_ID], parent[WIRE_ID];
	uint64_t branch_lsn;
	struct span cause;
};

struct wire_hello {
	uint32_t version_min, version_max;
	struct span program;
	uint8_t store[WIRE_ID];
	uint64_t device;
	uint32_t epoch;
	uint64_t acked_seq, next_seq;
	struct hash acked_chain, chain;
	uint8_t nonce[WIRE_ID];
	struct wire_cursor cursor;
	struct wire_head head;
	uint32_t held_drafts, held_queued;
	int64_t oldest_ms, device_time_ms;
	uint32_t frame_max;
	bool left;
};

struct wire_hello_ack {
	uint32_t version, version_min, version_max;
	struct span program;
	uint32_t code, epoch;
	uint64_t acked_seq;
	struct hash chain;
	struct wire_head head;
	uint8_t incarnation[WIRE_ID];
	uint64_t authority;
	const struct wire_branch *line;
	size_t line_count;
	int64_t time_ms;
	uint32_t frame_max, credit_ops, credit_bytes, credit_requests, page_max;
	uint32_t jitter_ms, retry_after_ms;
	bool renew, recovering;
	uint64_t archived_through;
	bool succeeded; /* with WIRE_SERVER_BEHIND: a promoted standby goes on in its place */
};

struct wire_submit {
	uint32_t epoch;
	uint64_t first_seq;
	struct hash chain;
	const struct wire_item *items;
	size_t item_count;
};

struct wire_verdict {
	uint64_t seq, lsn;
	uint32_t verdict; /* 0: not now; else enum op_verdict */
	uint32_t code;
	struct span detail;
	uint32_t not_now, retry_after_ms;
};

struct wire_ack {
	uint32_t epoch;
	const struct wire_verdict *verdicts;
	size_t verdict_count;
	uint64_t acked_seq;
	struct hash chain;
	struct wire_head head;
};

struct wire_pull {
	struct wire_cursor cursor;
	uint32_t max_bytes;
	uint64_t prove_from;
};

struct wire_page {
	const struct span *entries;
	size_t entry_count;
	struct wire_cursor next;
	bool more, restart;
	struct wire_head head;
	struct span proof, marks;
};

struct wire_receipt_get {
	uint64_t lsn;
};

struct wire_receipt {
	struct span entry, path;
	struct wire_head head;
};

struct wire_prove {
	uint64_t old_size, size;
};

struct wire_proof {
	uint64_t old_size;
	struct span nodes;
	struct wire_head head;
};

enum wire_what { WIRE_TOTALS = 1, WIRE_TABLE = 2, WIRE_BRIDGE = 3, WIRE_DEVICES = 4 };

struct wire_query {
	uint32_t what, unit;
	int32_t from_day, to_day;
	uint64_t known_lsn;
	int64_t known_ms;
	uint32_t tree;
	int32_t tree_day;
	uint32_t basis;
	struct span measure;
	uint32_t instrument;
	struct span doc_no;
	uint32_t level, order;
	uint32_t each; /* a plan_step; 0: one answer */
};

struct wire_answer {
	uint8_t incarnation[WIRE_ID];
	uint64_t lsn;
	int64_t time_ms;
	struct span json;
};

struct wire_renew {
	struct span csr, seal_key;
};

struct wire_renew_ack {
	struct span certificate;
};

struct wire_old {
	uint8_t incarnation[WIRE_ID];
	const struct span *entries;
	size_t entry_count;
	struct span marks;
};

enum wire_old_result { WIRE_OLD_TAKEN = 1, WIRE_OLD_KNOWN, WIRE_OLD_REFUSED, WIRE_OLD_NOT_NOW };

struct wire_old_ack {
	uint32_t taken, known, refused;
	struct span results; /* a byte for each entry */
};

struct wire_bundle_part { /* Bundle, AnswerPart; without total and data AnswerGet */
	struct hash id;
	uint32_t total, offset;
	struct span data;
};

struct wire_bundle_ack {
	struct hash id;
	uint32_t have, code, retry_after_ms;
};

enum wire_key_what { /* PROTOCOL.md, section 16 */
		     WIRE_KEY_PERSON = 1,
		     WIRE_KEY_DEVICE = 2,
		     WIRE_KEY_RECOVERY = 3,
		     WIRE_KEY_BODY = 4,
		     WIRE_KEY_WHATS = 5
};

struct wire_key {
	uint32_t what, unit;
	uint8_t person[WIRE_ID], key[WIRE_ID];
	uint64_t to;
	struct span wrap;
	uint64_t seq;
};

struct wire_key_put {
	const struct wire_key *rows;
	size_t count;
};

enum wire_key_result { WIRE_KEY_TAKEN = 1, WIRE_KEY_REFUSED = 2 };

struct wire_key_ack {
	struct span results; /* a byte for each row */
};

struct wire_key_get {
	uint64_t after;
	uint32_t unit; /* of which keys are to be recovered; 0: what the device itself may open */
};

struct wire_key_page {
	const struct wire_key *rows;
	size_t count;
	uint64_t next;
	bool more;
};

struct wire_proved { /* Enrol: an EnrolRequest; EnrolAck: an EnrolAnswer; each with its proof */
	struct span message;
	struct hash proof;
};

struct wire_enrol_request {
	uint32_t version_min, version_max;
	struct span program;
	uint8_t code_id[WIRE_ID];
	struct span csr;
	uint8_t seal_key[32];
	uint8_t nonce[WIRE_ID];
};

struct wire_enrol_answer {
	uint32_t version;
	uint8_t store[WIRE_ID];
	uint64_t device;
	uint32_t epoch, unit, person, role;
	struct span ca, certificate;
	uint8_t log_key[32];
	uint8_t incarnation[WIRE_ID];
	uint8_t seal_key[32];
	int64_t time_ms;
	struct span address;
};

struct wire_busy {
	uint32_t code, retry_after_ms, of;
};

struct wire_error {
	uint32_t code;
	const struct span *args;
	size_t arg_count;
	uint32_t of;
	bool fatal;
};

struct wire_close {
	uint32_t code, retry_after_ms;
};

/* Inside files; see bundle.h. */
struct wire_bundle_inside {
	struct span body, signature, certificate;
};

struct wire_trailer {
	uint32_t count;
	struct hash chain;
	bool more;
};

struct wire_bundle_body {
	struct wire_hello hello;
	const struct wire_item *items;
	size_t item_count;
	struct wire_trailer trailer;
	const struct wire_key *keys;
	size_t key_count;
	uint64_t key_after;
	uint8_t key_to[32]; /* zeros: no keys are asked for */
};

struct wire_answer_inside {
	struct span body, signature;
};

struct wire_answer_body {
	struct wire_hello_ack hello_ack;
	struct wire_ack ack;
	const struct wire_page *pages;
	size_t page_count;
	struct span keys_had; /* WIRE_KEY_NAME each */
	const struct span *key_boxes;
	size_t key_box_count;
};

/* Messages that are no frame of their own, by numbers above all frame types. */
enum wire_message {
	WIRE_ENROL_REQUEST = FRAME_TYPES,
	WIRE_ENROL_ANSWER,
	WIRE_BUNDLE_INSIDE,
	WIRE_BUNDLE_BODY,
	WIRE_ANSWER_INSIDE,
	WIRE_ANSWER_BODY,
	WIRE_MESSAGES
};

/* Any message as the largest struct: what a decoder of frames hands on. */
union wire_any {
	struct wire_hello hello;
	struct wire_hello_ack hello_ack;
	struct wire_submit submit;
	struct wire_ack ack;
	struct wire_pull pull;
	struct wire_page page;
	struct wire_receipt_get receipt_get;
	struct wire_receipt receipt;
	struct wire_prove prove;
	struct wire_proof proof;
	struct wire_query query;
	struct wire_answer answer;
	struct wire_renew renew;
	struct wire_renew_ack renew_ack;
	struct wire_old old;
	struct wire_old_ack old_ack;
	struct wire_bundle_part part;
	struct wire_bundle_ack bundle_ack;
	struct wire_key_put key_put;
	struct wire_key_ack key_ack;
	struct wire_key_get key_get;
	struct wire_key_page key_page;
	struct wire_proved proved;
	struct wire_enrol_request enrol_request;
	struct wire_enrol_answer enrol_answer;
	struct wire_busy busy;
	struct wire_error error;
	struct wire_close close;
	struct wire_bundle_inside bundle_inside;
	struct wire_bundle_body bundle_body;
	struct wire_answer_inside answer_inside;
	struct wire_answer_body answer_body;
};

/* `message` is a frame_type or a wire_message; `in` and `out` point to its struct (a union wire_any is
 * always large enough). Decoding: -ERR_PROTO malformed, -ERR_NOMEM. A field that a newer peer added
 * is ignored. Encoding: -ERR_NOMEM, or -ERR_RANGE for a struct that breaks a limit of its own message:
 * the writer's mistake, found before the peer sees it. */
int wire_decode(void *out, unsigned message, struct span bytes, struct arena *a, struct err *e);
int wire_encode(struct buf *b, unsigned message, const void *in, struct arena *a, struct err *e);

/* The same as a whole frame. */
int wire_frame(struct buf *b, enum frame_type type, const void *in, struct arena *a, struct err *e);

struct wire_head wire_head_of(const uint8_t bytes[HEAD_BYTES], const struct ed25519_sig *sig);
#endif
