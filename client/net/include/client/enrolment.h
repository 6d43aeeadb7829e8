/* Enrolment as the device sees it, over the network and by stick: what is asked, and what of the
 * answer may be believed. Decides only; bytes in, bytes out. PROTOCOL.md, sections 11 and 13. */
#ifndef CLIENT_ENROLMENT_H
#define CLIENT_ENROLMENT_H

#include "client/client.h"
#include "crypto/seal.h"
#include "proto/enrol_answer.h"

enum { ENROL_FILE_MAX = 64 << 10 };

/* Bytes of an EnrolRequest. Asking again after a lost answer: the same key, nonce and code. */
int enrol_request(struct buf *out, const struct code_key *code, const struct p256_key *key,
		  const struct seal_public *seal, const uint8_t nonce[16], struct err *e);

/* What a device is from now on. */
struct enrolled {
	struct identity id;
	uint32_t epoch;
	uint8_t incarnation[16];
	uint8_t certificate[CERT_BYTES_MAX]; /* DER */
	size_t certificate_len;
};

/* Believe the bytes of an EnrolAnswer? Errors are enrol_answer_check()'s. */
int enrol_check(struct enrolled *out, struct span answer, const struct hash *proof,
		const struct enrol_asked *asked, struct err *e);

/* The request as a file, and its answer. */
int enrol_file_write(struct buf *out, struct span request, const struct code_key *code,
		     struct err *e);
int enrol_file_check(struct enrolled *out, struct span file, struct span request,
		     const struct code_key *code, const struct p256_public *mine, int64_t now_ms,
		     struct err *e);

/* A renewed certificate: of the pinned CA, for this device and this key, and valid now. */
int renewed_check(struct span cert, const struct identity *id, const struct p256_public *mine,
		  int64_t now_ms, struct err *e);
#endif
