#include "server_keys.h"

#include "crypto/random.h"
#include "store_dir.h"

#include <stdlib.h>

enum { FILE_MAX = 8192 };

static void wipe(struct buf *b)
{
	if (b->data)
		bytes_wipe(b->data, b->len);
	buf_fini(b);
}

static int load_key(struct p256_key **out, const char *dir, const char *name, struct err *e)
{
	struct buf pem;
	int rc;

	*out = NULL;
	buf_init(&pem, FILE_MAX);
	rc = store_dir_get(&pem, dir, name, e);
	if (!rc)
		rc = p256_load_pem(out, buf_span(&pem), e);
	wipe(&pem);
	return rc && rc != -ERR_NOTFOUND ? err_wrap(e, rc, "%s", name) : rc;
}

int server_ca_key(struct p256_key **out, const char *dir, struct err *e)
{
	return load_key(out, dir, "ca.key", e);
}

static int make_key(struct p256_key **out, const char *dir, const char *name, struct err *e)
{
	struct buf pem;
	int rc = p256_generate(out, e);

	buf_init(&pem, FILE_MAX);
	if (!rc)
		rc = p256_save_pem(*out, &pem, e);
	if (!rc)
		rc = store_dir_put(dir, name, buf_span(&pem), 0600, e);
	wipe(&pem);
	return rc;
}

static int load_cert(struct buf *der, const char *dir, const char *name, struct err *e)
{
	struct buf pem;
	int rc;

	buf_init(&pem, FILE_MAX);
	rc = store_dir_get(&pem, dir, name, e);
	if (!rc) {
		rc = cert_pem_load(der, CERT_PEM_CERTIFICATE, buf_span(&pem), e);
		rc = rc ? err_wrap(e, rc, "%s", name) : 0;
	}
	buf_fini(&pem);
	return rc;
}

static int make_cert(struct server_cert *out, const char *dir, const uint8_t store[16],
		     const struct p256_key *key, int64_t real_ms, int64_t known_ms, struct err *e)
{
	struct cert_subject subject = { .role = CERT_SERVER };
	struct p256_public public = p256_public_of(key);
	uint8_t serial[CERT_SERIAL_BYTES] = { 0 };
	struct p256_key *ca_key = NULL;
	struct buf pem;
	int rc = server_ca_key(&ca_key, dir, e);

	buf_init(&pem, FILE_MAX);
	memcpy(subject.server, store, sizeof(subject.server));
	if (!rc)
		rc = crypto_random(serial, sizeof(serial), e);
	serial[0] |= 1; /* never all zero */
	buf_reset(&out->cert);
	if (!rc)
		rc = cert_make_known(&out->cert, buf_span(&out->ca), ca_key, &subject, &public,
				     serial, real_ms, known_ms, e);
	if (!rc)
		rc = cert_pem_save(&pem, CERT_PEM_CERTIFICATE, buf_span(&out->cert), e);
	if (!rc)
		rc = store_dir_put(dir, "server.pem", buf_span(&pem), 0644, e);
	p256_free(ca_key);
	buf_fini(&pem);
	return rc;
}

/* Good for half its life to come, of this very key, and beyond the log? 1, 0 or -ERR_NOMEM. */
static int still_good(struct server_cert *c, const struct p256_key *key, int64_t real_ms,
		      int64_t known_ms, struct err *e)
{
	struct p256_public public = p256_public_of(key);
	struct cert_info info, ca;
	int rc = cert_verify(&info, NULL, buf_span(&c->cert), buf_span(&c->ca), CERT_SERVER,
			     real_ms, e);

	if (!rc)
		rc = cert_parse(&ca, buf_span(&c->ca), e);
	if (rc == -ERR_NOMEM)
		return rc;
	err_clear(e);
	if (rc || !p256_public_eq(&info.key, &public))
		return 0;
	c->renew_ms = info.not_before_ms + (info.not_after_ms - info.not_before_ms) / 2;
	return real_ms < c->renew_ms &&
	       (known_ms < info.not_after_ms || info.not_after_ms == ca.not_after_ms);
}

/* What the certificate that is there was made to outlive; 0 when it is none of ours. One that is not valid
 * yet or any more says it all the same. -ERR_NOMEM. */
static int was_known(int64_t *ms, const struct server_cert *c, const struct p256_key *key,
		     struct err *e)
{
	struct p256_public public = p256_public_of(key);
	enum cert_verdict verdict;
	struct cert_info info;
	int rc = cert_verify(&info, &verdict, buf_span(&c->cert), buf_span(&c->ca), CERT_SERVER, 0,
			     e);

	*ms = 0;
	if (rc == -ERR_NOMEM)
		return rc;
	err_clear(e);
	if ((verdict != CERT_GOOD && verdict != CERT_EARLY && verdict != CERT_EXPIRED) ||
	    !p256_public_eq(&info.key, &public))
		return 0;
	*ms = info.not_after_ms - CERT_LEAF_DAYS * INT64_C(86400000);
	return 0;
}

static int load_or_make(struct server_cert *out, const char *dir, const uint8_t store[16],
			const struct p256_key *key, int64_t real_ms, int64_t known_ms,
			struct err *e)
{
	int64_t was_ms = 0;
	int rc = load_cert(&out->cert, dir, "server.pem", e);

	if (!rc)
		rc = was_known(&was_ms, out, key, e);
	if (!rc)
		rc = still_good(out, key, real_ms, known_ms, e);
	if (rc == 1 || rc == -ERR_NOMEM)
		return rc < 0 ? rc : 0;
	err_clear(e);
	rc = make_cert(out, dir, store, key, real_ms, was_ms > known_ms ? was_ms : known_ms, e);
	if (!rc)
		rc = still_good(out, key, real_ms, known_ms, e);
	if (!rc)
		return err_set(e, ERR_CORRUPT, "%s: the CA's certificate and its key do not fit",
			       dir);
	return rc < 0 ? rc : 0;
}

int server_cert_load(struct server_cert *out, const char *dir, const uint8_t store[16],
		     int64_t real_ms, int64_t known_ms, struct err *e)
{
	struct p256_key *key = NULL;
	int rc;

	*out = (struct server_cert){ .renew_ms = 0 };
	buf_init(&out->ca, FILE_MAX);
	buf_init(&out->cert, FILE_MAX);
	buf_init(&out->key, FILE_MAX);
	rc = load_cert(&out->ca, dir, "ca.pem", e);
	if (!rc)
		rc = load_key(&key, dir, "server.key", e);
	if (rc == -ERR_NOTFOUND && out->ca.len) {
		err_clear(e);
		rc = make_key(&key, dir, "server.key", e);
	}
	if (!rc)
		rc = load_or_make(out, dir, store, key, real_ms, known_ms, e);
	if (!rc)
		rc = p256_save_pem(key, &out->key, e);
	p256_free(key);
	if (rc)
		server_cert_fini(out);
	return rc;
}

void server_cert_fini(struct server_cert *c)
{
	buf_fini(&c->ca);
	buf_fini(&c->cert);
	wipe(&c->key);
}

int server_seal_key(struct seal_key *out, const char *dir, struct err *e)
{
	uint8_t seed[SEAL_SEED_BYTES];
	struct buf b;
	int rc;

	buf_init(&b, FILE_MAX);
	rc = store_dir_get(&b, dir, "seal.key", e);
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		rc = crypto_random(seed, sizeof(seed), e);
		if (!rc)
			rc = store_dir_put(dir, "seal.key", span_of(seed, sizeof(seed)), 0600, e);
		buf_bytes(&b, span_of(seed, sizeof(seed)));
	}
	if (!rc && b.len != SEAL_SEED_BYTES)
		rc = err_set(e, ERR_CORRUPT, "%s/seal.key does not hold a key", dir);
	if (!rc)
		seal_key_init(out, b.data);
	bytes_wipe(seed, sizeof(seed));
	wipe(&b);
	return rc;
}
