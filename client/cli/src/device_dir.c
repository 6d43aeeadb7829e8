#include "device_dir.h"

#include "again.h"

#include "crypto/random.h"

#include <stdlib.h>
#include <stdio.h>

enum { SMALL_MAX = 64 << 10 };
static const size_t map_bytes = (size_t)1 << 30;
static const char version_text[] = "ketnap device 1\n";

/* ---- small files ---- */

int device_dir_read(struct device_dir *d, const char *name, struct buf *out, struct err *e)
{
	char path[PATH_BYTES];
	int rc = path_join(path, d->path, name, e);

	return rc ? rc : whole_read(out, path, SMALL_MAX, e);
}

int device_dir_write(struct device_dir *d, const char *name, struct span bytes, bool secret,
		     struct err *e)
{
	char path[PATH_BYTES];
	int rc = path_join(path, d->path, name, e);

	return rc ? rc : whole_write(path, bytes, secret, e);
}

void device_dir_remove(struct device_dir *d, const char *name)
{
	char path[PATH_BYTES];

	if (!path_join(path, d->path, name, NULL))
		whole_remove(path);
}

static bool has(const char *dir, const char *name)
{
	char path[PATH_BYTES];

	return !path_join(path, dir, name, NULL) && path_there(path);
}

/* ---- opening ---- */

static int check_version(struct device_dir *d, struct err *e)
{
	struct buf text;
	size_t len;
	int rc;

	buf_init(&text, SMALL_MAX);
	rc = device_dir_read(d, "VERSION", &text, e);
	len = text.len && text.data[text.len - 1] == '\n' ? text.len - 1 : text.len;
	if (rc == -ERR_NOTFOUND)
		rc = err_set(e, ERR_NOTFOUND,
			     "%s holds no enrolled device; `ketnap enroll` makes one", d->path);
	else if (!rc && !span_eq(buf_span(&text), span_str(version_text)))
		rc = err_set(e, ERR_VERSION,
			     "%s was made by another program or version, \"%.*s\"; this one reads "
			     "\"%.*s\": name the folder of this device, or ask who set up this "
			     "computer for the version that made it",
			     d->path, (int)(len < 80 ? len : 80), (const char *)text.data,
			     (int)strcspn(version_text, "\n"), version_text);
	buf_fini(&text);
	return rc;
}

static int take_lock(struct device_dir *d, struct err *e)
{
	char path[PATH_BYTES];
	int rc = path_join(path, d->path, "lock", e);

	return rc ? rc : file_lock_take(&d->lock, path, e);
}

static int open_kv(struct device_dir *d, struct err *e)
{
	char path[PATH_BYTES];
	struct kv_open how = { .dir = path, .map_bytes = map_bytes, .tables = CLIENT_TABLES };
	int rc = path_join(path, d->path, "store", e);

	if (!rc)
		rc = folder_make(path, e);
	return rc ? rc : kv_lmdb_open(&d->kv, &how, e);
}

int device_dir_open(struct device_dir *d, const char *path, struct err *e)
{
	int rc;

	*d = (struct device_dir){ .path = path };
	rc = check_version(d, e);
	if (!rc)
		rc = take_lock(d, e);
	if (!rc)
		rc = open_kv(d, e);
	if (!rc)
		rc = client_open(&d->client, d->kv, e);
	if (rc == -ERR_NOTFOUND && d->kv)
		rc = err_set(e, ERR_CORRUPT, "%s/store/data.mdb holds nothing", path);
	if (rc == -ERR_CORRUPT)
		err_wrap(e, rc,
			 "the store in %s is damaged; keep the folder as it is, and put back a "
			 "copy of it or enrol into another one with a new code: what was sent "
			 "comes back from the server, what was not has to be typed again",
			 path);
	if (!rc)
		rc = again_finish(d, e);
	if (rc)
		device_dir_close(d);
	if (rc == -ERR_DENIED)
		err_wrap(e, rc,
			 "%s is not this user's to write: sign in as the one who enrolled it, or "
			 "ask who set up this computer",
			 path);
	return rc;
}

void device_dir_close(struct device_dir *d)
{
	client_close(d->client);
	kv_close(d->kv);
	file_lock_drop(d->lock);
	d->client = NULL;
	d->kv = NULL;
	d->lock = NULL;
}

/* ---- enrolling ---- */

int device_dir_begin(struct device_dir *d, const char *path, struct err *e)
{
	int rc;

	*d = (struct device_dir){ .path = path };
	rc = folder_make(path, e);
	if (!rc && has(path, "VERSION")) {
		rc = check_version(d, e);
		return rc ? rc
			  : err_set(e, ERR_EXISTS, "%s holds an enrolled device already", path);
	}
	if (!rc)
		rc = take_lock(d, e);
	if (rc)
		device_dir_close(d);
	if (rc == -ERR_DENIED)
		err_wrap(e, rc,
			 "this user may not write to %s: name another folder, or ask who set up "
			 "this computer",
			 path);
	return rc;
}

static void drop_store(struct device_dir *d)
{
	kv_close(d->kv);
	d->kv = NULL;
	device_dir_remove(d, "store/data.mdb");
	device_dir_remove(d, "store/lock.mdb");
}

bool device_dir_is_whole(struct device_dir *d)
{
	struct err ignored = { 0 };
	bool whole;

	if (!has(d->path, "device.pem") || !has(d->path, "store/data.mdb") || open_kv(d, &ignored))
		return false;
	whole = !client_open(&d->client, d->kv, &ignored);
	if (!whole) {
		kv_close(d->kv);
		d->kv = NULL;
	}
	return whole;
}

int device_dir_keep_certificate(struct device_dir *d, struct span der, struct err *e)
{
	struct buf pem;
	int rc;

	buf_init(&pem, CERT_PEM_MAX);
	rc = cert_pem_save(&pem, CERT_PEM_CERTIFICATE, der, e);
	if (!rc)
		rc = device_dir_write(d, "device.pem", buf_span(&pem), false, e);
	buf_fini(&pem);
	if (!rc)
		device_dir_remove(d, "session"); /* it stands for the certificate before */
	return rc;
}

int device_dir_keep(struct device_dir *d, const struct enrolled *what, struct err *e)
{
	int rc = device_dir_keep_certificate(d, span_of(what->certificate, what->certificate_len),
					     e);

	if (!rc)
		rc = open_kv(d, e);
	if (rc == -ERR_CORRUPT) { /* its making was cut off; nothing was in it */
		drop_store(d);
		rc = open_kv(d, e);
	}
	if (!rc)
		rc = client_create(d->kv, &what->id, what->epoch, what->incarnation, e);
	if (!rc)
		rc = client_open(&d->client, d->kv, e);
	return rc;
}

int device_dir_finish(struct device_dir *d, struct err *e)
{
	int rc = device_dir_write(d, "VERSION", span_str(version_text), false, e);

	if (rc)
		return rc;
	device_dir_remove(d, "enrol.request");
	device_dir_remove(d, "enrol.code");
	return 0;
}

/* ---- keys ---- */

void device_keys_fini(struct device_keys *k)
{
	p256_free(k->key);
	seal_key_fini(&k->seal);
	bytes_wipe(k, sizeof(*k));
}

static int tls_key(struct device_dir *d, struct device_keys *k, struct err *e)
{
	struct buf pem;
	int rc;

	buf_init(&pem, P256_FILE_MAX);
	rc = device_dir_read(d, "device.key", &pem, e);
	if (!rc) {
		rc = p256_load_pem(&k->key, buf_span(&pem), e);
	} else if (rc == -ERR_NOTFOUND && !d->client) {
		buf_reset(&pem);
		rc = p256_generate(&k->key, e);
		if (!rc)
			rc = p256_save_pem(k->key, &pem, e);
		if (!rc)
			rc = device_dir_write(d, "device.key", buf_span(&pem), true, e);
	}
	if (pem.len)
		bytes_wipe(pem.data, pem.len);
	buf_fini(&pem);
	return rc ? err_wrap(e, rc, "device.key") : 0;
}

static int seal_key_of(struct device_dir *d, struct device_keys *k, struct err *e)
{
	uint8_t seed[SEAL_SEED_BYTES];
	struct buf file;
	int rc;

	buf_init(&file, SMALL_MAX);
	rc = device_dir_read(d, "seal.key", &file, e);
	if (!rc && file.len != sizeof(seed)) {
		rc = err_set(e, ERR_CORRUPT, "it does not hold a key");
	} else if (!rc) {
		memcpy(seed, file.data, sizeof(seed));
	} else if (rc == -ERR_NOTFOUND && !d->client) {
		rc = crypto_random(seed, sizeof(seed), e);
		if (!rc)
			rc = device_dir_write(d, "seal.key", span_of(seed, sizeof(seed)), true, e);
	}
	if (!rc)
		seal_key_init(&k->seal, seed);
	bytes_wipe(seed, sizeof(seed));
	buf_fini(&file);
	return rc ? err_wrap(e, rc, "seal.key") : 0;
}

enum { NONCE_BYTES = 16, NONCE_HEX = 2 * NONCE_BYTES };

static int draw_nonce(struct device_dir *d, uint8_t nonce[NONCE_BYTES], uint64_t folder,
		      struct err *e)
{
	char hex[NONCE_HEX + 1], text[NONCE_HEX + 32];
	int rc = crypto_random(nonce, NONCE_BYTES, e), n;

	if (rc)
		return rc;
	n = snprintf(text, sizeof(text), "%s %llu\n", hex_encode(hex, nonce, NONCE_BYTES),
		     (unsigned long long)folder);
	return device_dir_write(d, "install", span_of(text, (size_t)n), false, e);
}

/* Does the file say that it was drawn for another folder? One that names none is good anywhere. */
static bool of_another(struct span file, uint64_t folder)
{
	struct span rest = span_of(file.data + NONCE_HEX, file.len - NONCE_HEX);
	uint64_t number = 0;

	for (size_t i = 0; i < rest.len; i++)
		if (rest.data[i] >= '0' && rest.data[i] <= '9')
			number = number * 10 + (uint64_t)(rest.data[i] - '0');
	return number && folder && number != folder;
}

static int nonce_of(struct device_dir *d, uint8_t nonce[NONCE_BYTES], struct err *e)
{
	uint64_t folder = folder_number(d->path);
	struct buf file;
	int rc;

	buf_init(&file, SMALL_MAX);
	rc = device_dir_read(d, "install", &file, e);
	if (!rc && (file.len < NONCE_HEX ||
		    !hex_decode(nonce, NONCE_BYTES, span_of(file.data, NONCE_HEX))))
		rc = err_set(e, ERR_CORRUPT, "it does not hold the number of an installation");
	else if (rc == -ERR_NOTFOUND || (!rc && of_another(buf_span(&file), folder)))
		rc = draw_nonce(d, nonce, folder, e);
	buf_fini(&file);
	/* other failures name the file themselves */
	return rc == -ERR_CORRUPT ? err_wrap(e, rc, "%s/install", d->path) : rc;
}

int device_dir_installation(struct device_dir *d, char out[INSTALLATION_TEXT], struct err *e)
{
	uint8_t nonce[NONCE_BYTES];
	int rc = nonce_of(d, nonce, e);

	if (!rc)
		hex_encode(out, nonce, (INSTALLATION_TEXT - 1) / 2);
	return rc;
}

int device_dir_keys(struct device_dir *d, struct device_keys *k, struct err *e)
{
	int rc;

	memset(k, 0, sizeof(*k));
	rc = tls_key(d, k, e);
	if (!rc)
		rc = seal_key_of(d, k, e);
	if (!rc)
		rc = nonce_of(d, k->nonce, e);
	if (rc)
		device_keys_fini(k);
	return rc;
}
