#include "again.h"

#include "crypto/random.h"

#include <assert.h>

enum { SMALL_MAX = 4096, KEPT_MAX = 16384 };
static_assert((int)KEPT_MAX >= (int)CERT_PEM_MAX && (int)KEPT_MAX >= (int)P256_FILE_MAX,
	      "what is put in place fits");

static int new_key(struct device_dir *d, struct p256_key **out, struct err *e)
{
	struct buf pem;
	int rc;

	buf_init(&pem, P256_FILE_MAX);
	rc = device_dir_read(d, "again.key", &pem, e);
	if (!rc) {
		rc = p256_load_pem(out, buf_span(&pem), e);
	} else if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		buf_reset(&pem);
		rc = p256_generate(out, e);
		if (!rc)
			rc = p256_save_pem(*out, &pem, e);
		if (!rc)
			rc = device_dir_write(d, "again.key", buf_span(&pem), true, e);
	}
	if (pem.len)
		bytes_wipe(pem.data, pem.len);
	buf_fini(&pem);
	return rc;
}

static int new_seal(struct device_dir *d, struct seal_key *out, struct err *e)
{
	uint8_t seed[SEAL_SEED_BYTES];
	struct buf file;
	int rc;

	buf_init(&file, SMALL_MAX);
	rc = device_dir_read(d, "again.seal", &file, e);
	if (!rc && file.len == sizeof(seed)) {
		memcpy(seed, file.data, sizeof(seed));
	} else if (!rc) {
		rc = err_set(e, ERR_CORRUPT, "it does not hold a key");
	} else if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		rc = crypto_random(seed, sizeof(seed), e);
		if (!rc)
			rc = device_dir_write(d, "again.seal", span_of(seed, sizeof(seed)), true,
					      e);
	}
	if (!rc)
		seal_key_init(out, seed);
	bytes_wipe(seed, sizeof(seed));
	buf_fini(&file);
	return rc;
}

int again_keys(struct device_dir *d, struct device_keys *k, struct err *e)
{
	int rc = device_dir_keys(d, k, e); /* the number of the installation stays */

	if (rc)
		return rc;
	p256_free(k->key);
	seal_key_fini(&k->seal);
	k->key = NULL;
	rc = new_key(d, &k->key, e);
	if (!rc)
		rc = new_seal(d, &k->seal, e);
	if (rc)
		device_keys_fini(k);
	return rc;
}

static int reopen(struct device_dir *d, struct err *e)
{
	client_close(d->client);
	d->client = NULL;
	return client_open(&d->client, d->kv, e);
}

int again_keep(struct device_dir *d, const struct enrolled *what, uint64_t *aside, struct err *e)
{
	struct buf pem;
	int rc, opened;

	buf_init(&pem, CERT_PEM_MAX);
	rc = cert_pem_save(&pem, CERT_PEM_CERTIFICATE,
			   span_of(what->certificate, what->certificate_len), e);
	if (!rc)
		rc = device_dir_write(d, "again.pem", buf_span(&pem), false, e);
	buf_fini(&pem);
	if (rc)
		return rc;
	rc = client_again(d->client, &what->id, what->epoch, aside, e);
	opened = reopen(d, rc ? NULL : e);
	return rc ? rc : opened ? opened : again_finish(d, e);
}

/* Is again.pem of the device that the store is by now? */
static int is_taken(struct device_dir *d, bool *taken, struct err *e)
{
	struct buf pem, der;
	struct cert_info info;
	int rc;

	*taken = false;
	buf_init(&pem, CERT_PEM_MAX);
	buf_init(&der, CERT_BYTES_MAX);
	rc = device_dir_read(d, "again.pem", &pem, e);
	if (!rc)
		rc = cert_pem_load(&der, CERT_PEM_CERTIFICATE, buf_span(&pem), e);
	if (!rc)
		rc = cert_parse(&info, buf_span(&der), e);
	if (!rc)
		*taken = info.subject.device == client_identity(d->client)->device;
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		rc = 0;
	}
	buf_fini(&pem);
	buf_fini(&der);
	return rc;
}

static int put_in_place(struct device_dir *d, const char *from, const char *to, bool secret,
			struct err *e)
{
	struct buf bytes;
	int rc;

	buf_init(&bytes, KEPT_MAX);
	rc = device_dir_read(d, from, &bytes, e);
	if (!rc) {
		rc = device_dir_write(d, to, buf_span(&bytes), secret, e);
	} else if (rc == -ERR_NOTFOUND) { /* it was, before the cut */
		err_clear(e);
		rc = 0;
	}
	if (bytes.len)
		bytes_wipe(bytes.data, bytes.len);
	buf_fini(&bytes);
	return rc;
}

int again_finish(struct device_dir *d, struct err *e)
{
	static const char *const done[] = { "session",       "later",      "server",
					    "enrol.request", "enrol.code", "again.key",
					    "again.seal",    "again.pem" };
	bool taken;
	int rc = is_taken(d, &taken, e);

	if (rc || !taken)
		return rc;
	rc = put_in_place(d, "again.key", "device.key", true, e);
	if (!rc)
		rc = put_in_place(d, "again.seal", "seal.key", true, e);
	if (!rc)
		rc = put_in_place(d, "again.pem", "device.pem", false, e);
	for (size_t i = 0; i < ARRAY_LEN(done) && !rc; i++)
		device_dir_remove(d, done[i]);
	return rc;
}
