/* Certificates of the province's own CA. Everything is P-256 with SHA-256, one level deep: the CA
 * signs servers and devices, nobody else signs anything. Time and serial numbers are arguments;
 * the signatures draw on OpenSSL's generator (see sign.h), so making one twice gives different
 * bytes.
 *
 * Subjects, exactly these two parts in this order:
 *   O=Ketnap, CN=ca:<32 hex, server id>        basicConstraints CA, path length 0
 *   O=Ketnap, CN=server:<32 hex, server id>    extKeyUsage serverAuth alone
 *   O=Ketnap, CN=device:<16 hex, device id>    extKeyUsage clientAuth alone
 *
 * A certificate holds from not_before_ms up to, but not including, not_after_ms, whole seconds
 * both. All certificates and requests are DER unless a function says PEM; functions append to
 * `out`. -ERR_NOMEM of any of them says nothing of what was looked at. */
#ifndef CRYPTO_CERT_H
#define CRYPTO_CERT_H

#include "crypto/sign.h"

enum {
	CERT_SERVER_ID_BYTES = 16,
	CERT_SERIAL_BYTES = 16,
	CERT_BYTES_MAX = 2048, /* DER */
	CERT_PEM_MAX = 4096,
	CERT_CA_DAYS = 7305,    /* 20 years */
	CERT_LEAF_DAYS = 730,   /* 2 years */
	CERT_BACKDATE_DAYS = 1, /* for peers whose clock is behind */
};

enum cert_role { CERT_NOBODY, CERT_CA, CERT_SERVER, CERT_DEVICE };

struct cert_subject {
	enum cert_role role;
	uint8_t server[CERT_SERVER_ID_BYTES]; /* CERT_CA, CERT_SERVER */
	uint64_t device;                      /* CERT_DEVICE */
};

struct cert_info {
	struct cert_subject subject;
	struct p256_public key;
	struct hash spki_hash; /* what an identity is bound to; a renewed certificate may keep it */
	int64_t not_before_ms, not_after_ms;
	uint8_t serial[CERT_SERIAL_BYTES]; /* big-endian, zeros in front */
};

/* The CA's own certificate. `serial` is fresh random bytes, not all zero, here and below.
 * -ERR_RANGE for a time before 1970 or after 9000. */
int cert_make_ca(struct buf *out, const struct p256_key *ca_key,
		 const uint8_t server_id[CERT_SERVER_ID_BYTES],
		 const uint8_t serial[CERT_SERIAL_BYTES], int64_t now_ms, struct err *e);

/* A server's or device's certificate for the public key `key`, which the caller has from
 * cert_check_request(): from `now_ms` to two years after the later of that and `known_ms`, the newest
 * time that who judges it may go by (0: no other). It never outlives the CA's. -ERR_INVALID when `ca` is
 * no CA certificate or `ca_key` is not its key, -ERR_STATE when it does not hold at `now_ms`. */
int cert_make_known(struct buf *out, struct span ca, const struct p256_key *ca_key,
		    const struct cert_subject *subject, const struct p256_public *key,
		    const uint8_t serial[CERT_SERIAL_BYTES], int64_t now_ms, int64_t known_ms,
		    struct err *e);
/* The same where there is no other time than `now_ms`. */
int cert_make(struct buf *out, struct span ca, const struct p256_key *ca_key,
	      const struct cert_subject *subject, const struct p256_public *key,
	      const uint8_t serial[CERT_SERIAL_BYTES], int64_t now_ms, struct err *e);

/* A request (CSR) for an own key. It says nothing but the key, and that who sends it holds it. */
int cert_make_request(struct buf *out, const struct p256_key *key, struct err *e);
/* The key that is asked for. -ERR_INVALID when this is no request for a P-256 key, -ERR_DENIED when
 * it is not signed by that very key. */
int cert_check_request(struct p256_public *key, struct span request, struct err *e);

/* Is half of its life over, or has it not begun, since a clock ran ahead when it was made? */
bool cert_renewal_due(const struct cert_info *c, int64_t now_ms);

/* What a certificate says. That it is in the form above is checked (-ERR_INVALID), not who signed
 * it nor when it holds: for that cert_verify(). */
int cert_parse(struct cert_info *out, struct span cert, struct err *e);

/* Zero is not good. */
enum cert_verdict {
	CERT_UNREADABLE, /* -ERR_INVALID: no certificate in our form, or the CA's is not */
	CERT_GOOD,       /* 0 */
	CERT_FOREIGN,    /* -ERR_DENIED: another CA's, or changed */
	CERT_WRONG_ROLE, /* -ERR_DENIED: a device's where a server's is expected, and so on */
	CERT_EARLY,      /* -ERR_STATE: not yet valid at that time */
	CERT_EXPIRED,    /* -ERR_STATE */
	CERT_UNCHECKED,  /* -ERR_NOMEM */
};

/* Was `cert` issued by the CA of `ca` to a `role` (CERT_SERVER or CERT_DEVICE), and does it hold
 * at `at_ms`? The verdicts are looked for in the order of the list, so one that is early or
 * expired is otherwise good, and `*info` is filled for it (a device may renew long after); for all
 * but those and CERT_GOOD `*info` is zero. `info` and `verdict` may be NULL. Whether the id is the
 * one expected, and whether it was revoked, is for the caller to ask. */
int cert_verify(struct cert_info *info, enum cert_verdict *verdict, struct span cert,
		struct span ca, enum cert_role role, int64_t at_ms, struct err *e);

/* Between DER and PEM. Loading takes the one block of that kind that the text holds, at most
 * CERT_PEM_MAX bytes; -ERR_INVALID for none, another kind, or more than one. */
enum cert_pem { CERT_PEM_CERTIFICATE, CERT_PEM_REQUEST };

int cert_pem_save(struct buf *out, enum cert_pem kind, struct span der, struct err *e);
int cert_pem_load(struct buf *out, enum cert_pem kind, struct span pem, struct err *e);
#endif
