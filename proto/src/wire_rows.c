#include "wire_rows.h"

#include "proto/wire.h"
#include "wire.pb-c.h"

#define ROW(no, kind, s, member, ...)                                                       \
	{                                                                                   \
		.field = (no), .shape = SHAPE_##kind, .offset = offsetof(struct s, member), \
		.size = sizeof(((struct s *)0)->member), __VA_ARGS__                        \
	}
#define LIST_ROW(no, kind, s, member, members, ...) \
	ROW(no, kind, s, member, .count_offset = offsetof(struct s, members), __VA_ARGS__)
#define ROWS(name, message, s)                                                         \
	static const struct wire_rows name = { &ketnap__wire__##message##__descriptor, \
					       sizeof(struct s), name##_list,          \
					       ARRAY_LEN(name##_list) }

static const struct wire_row head_list[] = {
	ROW(1, SPAN, wire_head, signed_bytes, .max = HEAD_BYTES, .unit = HEAD_BYTES),
	ROW(2, SPAN, wire_head, signature, .max = ED25519_SIG_BYTES, .unit = ED25519_SIG_BYTES),
};
ROWS(head, head, wire_head);

static const struct wire_row cursor_list[] = {
	ROW(1, FIXED, wire_cursor, incarnation),
	ROW(2, U64, wire_cursor, lsn),
	ROW(3, U64, wire_cursor, authority),
};
ROWS(cursor, cursor, wire_cursor);

static const struct wire_row item_list[] = {
	ROW(1, SPAN, wire_item, envelope, .max = FRAME_MAX),
	ROW(2, SPAN, wire_item, body, .max = FRAME_MAX),
	ROW(3, BOOL, wire_item, withdrawn),
};
ROWS(item, item, wire_item);

static const struct wire_row branch_list[] = {
	ROW(1, FIXED, wire_branch, id),
	ROW(2, FIXED, wire_branch, parent),
	ROW(3, U64, wire_branch, branch_lsn),
	ROW(4, TEXT, wire_branch, cause, .max = REASON_MAX),
};
ROWS(branch, branch, wire_branch);

static const struct wire_row hello_list[] = {
	ROW(1, U32, wire_hello, version_min),
	ROW(2, U32, wire_hello, version_max),
	ROW(3, TEXT, wire_hello, program, .max = WIRE_PROGRAM_MAX),
	ROW(4, FIXED, wire_hello, store),
	ROW(5, U64, wire_hello, device),
	ROW(6, U32, wire_hello, epoch),
	ROW(7, U64, wire_hello, acked_seq),
	ROW(8, FIXED, wire_hello, acked_chain),
	ROW(9, U64, wire_hello, next_seq),
	ROW(10, FIXED, wire_hello, chain),
	ROW(11, FIXED, wire_hello, nonce),
	ROW(12, MESSAGE, wire_hello, cursor, .sub = &cursor),
	ROW(13, MESSAGE, wire_hello, head, .sub = &head),
	ROW(14, U32, wire_hello, held_drafts),
	ROW(15, U32, wire_hello, held_queued),
	ROW(16, I64, wire_hello, oldest_ms),
	ROW(17, I64, wire_hello, device_time_ms),
	ROW(18, U32, wire_hello, frame_max),
	ROW(19, BOOL, wire_hello, left),
};
ROWS(hello, hello, wire_hello);

static const struct wire_row hello_ack_list[] = {
	ROW(1, U32, wire_hello_ack, version),
	ROW(2, U32, wire_hello_ack, version_min),
	ROW(3, U32, wire_hello_ack, version_max),
	ROW(4, TEXT, wire_hello_ack, program, .max = WIRE_PROGRAM_MAX),
	ROW(5, U32, wire_hello_ack, code),
	ROW(6, U32, wire_hello_ack, epoch),
	ROW(7, U64, wire_hello_ack, acked_seq),
	ROW(8, FIXED, wire_hello_ack, chain),
	ROW(9, MESSAGE, wire_hello_ack, head, .sub = &head),
	ROW(10, FIXED, wire_hello_ack, incarnation),
	ROW(11, U64, wire_hello_ack, authority),
	LIST_ROW(12, LIST, wire_hello_ack, line, line_count, .sub = &branch),
	ROW(13, I64, wire_hello_ack, time_ms),
	ROW(14, U32, wire_hello_ack, frame_max),
	ROW(15, U32, wire_hello_ack, credit_ops),
	ROW(16, U32, wire_hello_ack, credit_bytes),
	ROW(17, U32, wire_hello_ack, credit_requests),
	ROW(18, U32, wire_hello_ack, page_max),
	ROW(19, U32, wire_hello_ack, jitter_ms),
	ROW(20, U32, wire_hello_ack, retry_after_ms),
	ROW(21, BOOL, wire_hello_ack, renew),
	ROW(22, BOOL, wire_hello_ack, recovering),
	ROW(23, U64, wire_hello_ack, archived_through),
	ROW(24, BOOL, wire_hello_ack, succeeded),
};
ROWS(hello_ack, hello_ack, wire_hello_ack);

static const struct wire_row submit_list[] = {
	ROW(1, U32, wire_submit, epoch),
	ROW(2, U64, wire_submit, first_seq),
	ROW(3, FIXED, wire_submit, chain),
	LIST_ROW(4, LIST, wire_submit, items, item_count, .sub = &item),
};
ROWS(submit, submit, wire_submit);

static const struct wire_row verdict_list[] = {
	ROW(1, U64, wire_verdict, seq),
	ROW(2, U64, wire_verdict, lsn),
	ROW(3, U32, wire_verdict, verdict, .max = 3),
	ROW(4, U32, wire_verdict, code),
	ROW(5, TEXT, wire_verdict, detail, .max = NAME_MAX_BYTES),
	ROW(6, U32, wire_verdict, not_now),
	ROW(7, U32, wire_verdict, retry_after_ms),
};
ROWS(verdict, verdict, wire_verdict);

static const struct wire_row ack_list[] = {
	ROW(1, U32, wire_ack, epoch),
	LIST_ROW(2, LIST, wire_ack, verdicts, verdict_count, .sub = &verdict),
	ROW(3, U64, wire_ack, acked_seq),
	ROW(4, FIXED, wire_ack, chain),
	ROW(5, MESSAGE, wire_ack, head, .sub = &head),
};
ROWS(ack, ack, wire_ack);

static const struct wire_row pull_list[] = {
	ROW(1, MESSAGE, wire_pull, cursor, .sub = &cursor),
	ROW(2, U32, wire_pull, max_bytes),
	ROW(3, U64, wire_pull, prove_from),
};
ROWS(pull, pull, wire_pull);

static const struct wire_row page_list[] = {
	LIST_ROW(1, SPANS, wire_page, entries, entry_count, .max = FRAME_MAX),
	ROW(2, MESSAGE, wire_page, next, .sub = &cursor),
	ROW(3, BOOL, wire_page, more),
	ROW(4, MESSAGE, wire_page, head, .sub = &head),
	ROW(5, SPAN, wire_page, proof, .max = WIRE_PROOF_MAX, .unit = HASH_BYTES),
	ROW(6, BOOL, wire_page, restart),
	ROW(7, SPAN, wire_page, marks, .max = WIRE_ENTRIES_MAX * WIRE_ID, .unit = WIRE_ID),
};
ROWS(page, page, wire_page);

static const struct wire_row receipt_get_list[] = {
	ROW(1, U64, wire_receipt_get, lsn),
};
ROWS(receipt_get, receipt_get, wire_receipt_get);

static const struct wire_row receipt_list[] = {
	ROW(1, SPAN, wire_receipt, entry, .max = FRAME_RECEIPT_MAX),
	ROW(2, SPAN, wire_receipt, path, .max = WIRE_PROOF_MAX, .unit = HASH_BYTES),
	ROW(3, MESSAGE, wire_receipt, head, .sub = &head),
};
ROWS(receipt, receipt, wire_receipt);

static const struct wire_row prove_list[] = {
	ROW(1, U64, wire_prove, old_size),
	ROW(2, U64, wire_prove, size),
};
ROWS(prove, prove, wire_prove);

static const struct wire_row proof_list[] = {
	ROW(1, U64, wire_proof, old_size),
	ROW(2, SPAN, wire_proof, nodes, .max = WIRE_PROOF_MAX, .unit = HASH_BYTES),
	ROW(3, MESSAGE, wire_proof, head, .sub = &head),
};
ROWS(proof, proof, wire_proof);

static const struct wire_row query_list[] = {
	ROW(1, U32, wire_query, what, .max = WIRE_DEVICES),
	ROW(2, U32, wire_query, unit),
	ROW(3, I32, wire_query, from_day),
	ROW(4, I32, wire_query, to_day),
	ROW(5, U64, wire_query, known_lsn),
	ROW(6, I64, wire_query, known_ms),
	ROW(7, U32, wire_query, tree, .max = 1),
	ROW(8, I32, wire_query, tree_day),
	ROW(9, U32, wire_query, basis, .max = 2),
	ROW(10, TEXT, wire_query, measure, .max = CODE_MAX),
	ROW(11, U32, wire_query, instrument, .max = 12),
	ROW(12, TEXT, wire_query, doc_no, .max = DOC_NO_MAX),
	ROW(13, U32, wire_query, level, .max = 1),
	ROW(14, U32, wire_query, order, .max = 3),
	ROW(15, U32, wire_query, each, .max = 4),
};
ROWS(query, query, wire_query);

static const struct wire_row answer_list[] = {
	ROW(1, FIXED, wire_answer, incarnation),
	ROW(2, U64, wire_answer, lsn),
	ROW(3, I64, wire_answer, time_ms),
	ROW(4, TEXT, wire_answer, json, .max = FRAME_MAX),
};
ROWS(answer, answer, wire_answer);

static const struct wire_row renew_list[] = {
	ROW(1, SPAN, wire_renew, csr, .max = WIRE_CERT_MAX),
	ROW(2, SPAN, wire_renew, seal_key, .max = 32, .unit = 32),
};
ROWS(renew, renew, wire_renew);

static const struct wire_row renew_ack_list[] = {
	ROW(1, SPAN, wire_renew_ack, certificate, .max = WIRE_CERT_MAX),
};
ROWS(renew_ack, renew_ack, wire_renew_ack);

static const struct wire_row old_list[] = {
	ROW(1, FIXED, wire_old, incarnation),
	LIST_ROW(2, SPANS, wire_old, entries, entry_count, .max = FRAME_MAX),
	ROW(3, SPAN, wire_old, marks, .max = WIRE_ENTRIES_MAX * WIRE_ID, .unit = WIRE_ID),
};
ROWS(old, old, wire_old);

static const struct wire_row old_ack_list[] = {
	ROW(1, U32, wire_old_ack, taken),
	ROW(2, U32, wire_old_ack, known),
	ROW(3, U32, wire_old_ack, refused),
	ROW(4, SPAN, wire_old_ack, results, .max = WIRE_ENTRIES_MAX),
};
ROWS(old_ack, old_ack, wire_old_ack);

static const struct wire_row part_list[] = {
	ROW(1, FIXED, wire_bundle_part, id),
	ROW(2, U32, wire_bundle_part, total, .max = WIRE_FILE_MAX),
	ROW(3, U32, wire_bundle_part, offset, .max = WIRE_FILE_MAX),
	ROW(4, SPAN, wire_bundle_part, data, .max = FRAME_MAX),
};
ROWS(part, bundle, wire_bundle_part);
static const struct wire_rows answer_part = { &ketnap__wire__answer_part__descriptor,
					      sizeof(struct wire_bundle_part), part_list,
					      ARRAY_LEN(part_list) };

static const struct wire_row answer_get_list[] = {
	ROW(1, FIXED, wire_bundle_part, id),
	ROW(2, U32, wire_bundle_part, offset, .max = WIRE_FILE_MAX),
};
ROWS(answer_get, answer_get, wire_bundle_part);

static const struct wire_row bundle_ack_list[] = {
	ROW(1, FIXED, wire_bundle_ack, id),
	ROW(2, U32, wire_bundle_ack, have, .max = WIRE_FILE_MAX),
	ROW(3, U32, wire_bundle_ack, code),
	ROW(4, U32, wire_bundle_ack, retry_after_ms),
};
ROWS(bundle_ack, bundle_ack, wire_bundle_ack);

static const struct wire_row key_list[] = {
	ROW(1, U32, wire_key, what, .max = WIRE_KEY_WHATS - 1),
	ROW(2, U32, wire_key, unit),
	ROW(3, FIXED, wire_key, person),
	ROW(4, FIXED, wire_key, key),
	ROW(5, U64, wire_key, to),
	ROW(6, SPAN, wire_key, wrap, .max = WIRE_WRAP_MAX),
	ROW(7, U64, wire_key, seq),
};
ROWS(key, key_row, wire_key);

static const struct wire_row key_put_list[] = {
	LIST_ROW(1, LIST, wire_key_put, rows, count, .sub = &key),
};
ROWS(key_put, key_put, wire_key_put);

static const struct wire_row key_ack_list[] = {
	ROW(1, SPAN, wire_key_ack, results, .max = WIRE_KEYS_MAX),
};
ROWS(key_ack, key_ack, wire_key_ack);

static const struct wire_row key_get_list[] = {
	ROW(1, U64, wire_key_get, after),
	ROW(2, U32, wire_key_get, unit),
};
ROWS(key_get, key_get, wire_key_get);

static const struct wire_row key_page_list[] = {
	LIST_ROW(1, LIST, wire_key_page, rows, count, .sub = &key),
	ROW(2, U64, wire_key_page, next),
	ROW(3, BOOL, wire_key_page, more),
};
ROWS(key_page, key_page, wire_key_page);

static const struct wire_row proved_list[] = {
	ROW(1, SPAN, wire_proved, message, .max = FRAME_MEDIUM_MAX),
	ROW(2, FIXED, wire_proved, proof),
};
ROWS(proved, enrol, wire_proved);
static const struct wire_rows enrol_ack = { &ketnap__wire__enrol_ack__descriptor,
					    sizeof(struct wire_proved), proved_list,
					    ARRAY_LEN(proved_list) };

static const struct wire_row enrol_request_list[] = {
	ROW(1, U32, wire_enrol_request, version_min),
	ROW(2, U32, wire_enrol_request, version_max),
	ROW(3, TEXT, wire_enrol_request, program, .max = WIRE_PROGRAM_MAX),
	ROW(4, FIXED, wire_enrol_request, code_id),
	ROW(5, SPAN, wire_enrol_request, csr, .max = WIRE_CERT_MAX),
	ROW(6, FIXED, wire_enrol_request, seal_key),
	ROW(7, FIXED, wire_enrol_request, nonce),
};
ROWS(enrol_request, enrol_request, wire_enrol_request);

static const struct wire_row enrol_answer_list[] = {
	ROW(1, U32, wire_enrol_answer, version),
	ROW(2, FIXED, wire_enrol_answer, store),
	ROW(3, U64, wire_enrol_answer, device),
	ROW(4, U32, wire_enrol_answer, epoch),
	ROW(5, U32, wire_enrol_answer, unit),
	ROW(6, U32, wire_enrol_answer, person),
	ROW(7, U32, wire_enrol_answer, role),
	ROW(8, SPAN, wire_enrol_answer, ca, .max = WIRE_CERT_MAX),
	ROW(9, SPAN, wire_enrol_answer, certificate, .max = WIRE_CERT_MAX),
	ROW(10, FIXED, wire_enrol_answer, log_key),
	ROW(11, FIXED, wire_enrol_answer, incarnation),
	ROW(12, FIXED, wire_enrol_answer, seal_key),
	ROW(13, I64, wire_enrol_answer, time_ms),
	ROW(14, TEXT, wire_enrol_answer, address, .max = NAME_MAX_BYTES),
};
ROWS(enrol_answer, enrol_answer, wire_enrol_answer);

static const struct wire_row busy_list[] = {
	ROW(1, U32, wire_busy, code),
	ROW(2, U32, wire_busy, retry_after_ms),
	ROW(3, U32, wire_busy, of),
};
ROWS(busy, busy, wire_busy);

static const struct wire_row error_list[] = {
	ROW(1, U32, wire_error, code),
	LIST_ROW(2, SPANS, wire_error, args, arg_count, .max = NAME_MAX_BYTES),
	ROW(3, U32, wire_error, of),
	ROW(4, BOOL, wire_error, fatal),
};
ROWS(error, error, wire_error);

static const struct wire_row close_rows_list[] = {
	ROW(1, U32, wire_close, code),
	ROW(2, U32, wire_close, retry_after_ms),
};
ROWS(close_rows, close, wire_close);

static const struct wire_row bundle_inside_list[] = {
	ROW(1, SPAN, wire_bundle_inside, body, .max = WIRE_FILE_MAX),
	ROW(2, SPAN, wire_bundle_inside, signature, .max = P256_SIG_MAX),
	ROW(3, SPAN, wire_bundle_inside, certificate, .max = WIRE_CERT_MAX),
};
ROWS(bundle_inside, bundle_inside, wire_bundle_inside);

static const struct wire_row trailer_list[] = {
	ROW(1, U32, wire_trailer, count),
	ROW(2, FIXED, wire_trailer, chain),
	ROW(3, BOOL, wire_trailer, more),
};
ROWS(trailer, trailer, wire_trailer);

static const struct wire_row bundle_body_list[] = {
	ROW(1, MESSAGE, wire_bundle_body, hello, .sub = &hello),
	LIST_ROW(2, LIST, wire_bundle_body, items, item_count, .sub = &item),
	ROW(3, MESSAGE, wire_bundle_body, trailer, .sub = &trailer),
	LIST_ROW(4, LIST, wire_bundle_body, keys, key_count, .sub = &key),
	ROW(5, U64, wire_bundle_body, key_after),
	ROW(6, FIXED, wire_bundle_body, key_to),
};
ROWS(bundle_body, bundle_body, wire_bundle_body);

static const struct wire_row answer_inside_list[] = {
	ROW(1, SPAN, wire_answer_inside, body, .max = WIRE_FILE_MAX),
	ROW(2, SPAN, wire_answer_inside, signature, .max = ED25519_SIG_BYTES,
	    .unit = ED25519_SIG_BYTES),
};
ROWS(answer_inside, answer_inside, wire_answer_inside);

static const struct wire_row answer_body_list[] = {
	ROW(1, MESSAGE, wire_answer_body, hello_ack, .sub = &hello_ack),
	ROW(2, MESSAGE, wire_answer_body, ack, .sub = &ack),
	LIST_ROW(3, LIST, wire_answer_body, pages, page_count, .sub = &page),
	ROW(4, SPAN, wire_answer_body, keys_had, .max = WIRE_KEYS_MAX * WIRE_KEY_NAME,
	    .unit = WIRE_KEY_NAME),
	LIST_ROW(5, SPANS, wire_answer_body, key_boxes, key_box_count, .max = WIRE_KEY_BOX_MAX),
};
ROWS(answer_body, answer_body, wire_answer_body);

static const struct wire_rows *const by_message[WIRE_MESSAGES] = {
	[FRAME_HELLO] = &hello,
	[FRAME_HELLO_ACK] = &hello_ack,
	[FRAME_SUBMIT] = &submit,
	[FRAME_ACK] = &ack,
	[FRAME_PULL] = &pull,
	[FRAME_PAGE] = &page,
	[FRAME_RECEIPT_GET] = &receipt_get,
	[FRAME_RECEIPT] = &receipt,
	[FRAME_PROVE] = &prove,
	[FRAME_PROOF] = &proof,
	[FRAME_QUERY] = &query,
	[FRAME_ANSWER] = &answer,
	[FRAME_RENEW] = &renew,
	[FRAME_RENEW_ACK] = &renew_ack,
	[FRAME_OLD] = &old,
	[FRAME_OLD_ACK] = &old_ack,
	[FRAME_BUNDLE] = &part,
	[FRAME_BUNDLE_ACK] = &bundle_ack,
	[FRAME_ANSWER_GET] = &answer_get,
	[FRAME_ANSWER_PART] = &answer_part,
	[FRAME_KEY_PUT] = &key_put,
	[FRAME_KEY_ACK] = &key_ack,
	[FRAME_KEY_GET] = &key_get,
	[FRAME_KEY_PAGE] = &key_page,
	[FRAME_ENROL] = &proved,
	[FRAME_ENROL_ACK] = &enrol_ack,
	[FRAME_BUSY] = &busy,
	[FRAME_ERROR] = &error,
	[FRAME_CLOSE] = &close_rows,
	[WIRE_ENROL_REQUEST] = &enrol_request,
	[WIRE_ENROL_ANSWER] = &enrol_answer,
	[WIRE_BUNDLE_INSIDE] = &bundle_inside,
	[WIRE_BUNDLE_BODY] = &bundle_body,
	[WIRE_ANSWER_INSIDE] = &answer_inside,
	[WIRE_ANSWER_BODY] = &answer_body,
};

const struct wire_rows *wire_rows_of(unsigned message)
{
	return message < WIRE_MESSAGES ? by_message[message] : NULL;
}

const struct pb_bound wire_bounds[] = {
	{ &ketnap__wire__hello_ack__descriptor, 12, WIRE_LINE_MAX },
	{ &ketnap__wire__submit__descriptor, 4, WIRE_ITEMS_MAX },
	{ &ketnap__wire__ack__descriptor, 2, WIRE_ITEMS_MAX },
	{ &ketnap__wire__page__descriptor, 1, WIRE_ENTRIES_MAX },
	{ &ketnap__wire__old__descriptor, 2, WIRE_ENTRIES_MAX },
	{ &ketnap__wire__key_put__descriptor, 1, WIRE_KEYS_MAX },
	{ &ketnap__wire__key_page__descriptor, 1, WIRE_KEYS_MAX },
	{ &ketnap__wire__error__descriptor, 2, WIRE_ARGS_MAX },
	{ &ketnap__wire__bundle_body__descriptor, 2, WIRE_BUNDLE_ITEMS_MAX },
	{ &ketnap__wire__bundle_body__descriptor, 4, WIRE_KEYS_MAX },
	{ &ketnap__wire__answer_body__descriptor, 3, WIRE_PAGES_MAX },
	{ &ketnap__wire__answer_body__descriptor, 5, WIRE_KEY_BOXES_MAX },
};
const size_t wire_bound_count = ARRAY_LEN(wire_bounds);
