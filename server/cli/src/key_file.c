#include "key_file.h"

#include "store_dir.h"

#include "crypto/seal.h"

#include <stdlib.h>

enum { LABEL = 16, STORE = 16, HEAD = LABEL + STORE };

static const uint8_t label[LABEL] = "ketnap-keys-1";

void own_keys_init(struct own_keys *k)
{
	memset(k, 0, sizeof(*k));
	buf_init(&k->ca_key, KEY_FILE_MAX);
	buf_init(&k->ca, KEY_FILE_MAX);
}

void own_keys_fini(struct own_keys *k)
{
	bytes_wipe(k->log_seed, sizeof(k->log_seed));
	bytes_wipe(k->seal_seed, sizeof(k->seal_seed));
	if (k->ca_key.data)
		bytes_wipe(k->ca_key.data, k->ca_key.len);
	buf_fini(&k->ca_key);
	buf_fini(&k->ca);
}

static struct hash box_key(const struct code *code)
{
	struct code_key key = code_key_of(code);
	struct hash h = hmac_sha256(span_of(key.key.b, HASH_BYTES), SPAN_LIT("ketnap keys v1"));

	bytes_wipe(&key, sizeof(key));
	return h;
}

static int load_seed(uint8_t seed[32], const char *dir, const char *name, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, KEY_FILE_MAX);
	rc = store_dir_get(&b, dir, name, e);
	if (!rc && b.len != 32)
		rc = err_set(e, ERR_CORRUPT, "%s/%s does not hold a key", dir, name);
	if (!rc)
		memcpy(seed, b.data, 32);
	if (b.data)
		bytes_wipe(b.data, b.len);
	buf_fini(&b);
	return rc;
}

int own_keys_load(struct own_keys *out, const char *dir, struct err *e)
{
	int rc = load_seed(out->log_seed, dir, "log.key", e);

	if (!rc)
		rc = load_seed(out->seal_seed, dir, "seal.key", e);
	if (!rc)
		rc = store_dir_get(&out->ca_key, dir, "ca.key", e);
	return rc ? rc : store_dir_get(&out->ca, dir, "ca.pem", e);
}

static int lock(struct buf *out, struct span plain, const struct code *code,
		const uint8_t random[24], struct err *e)
{
	uint8_t *box = malloc(plain.len + BOX_OVERHEAD);
	struct hash key = box_key(code), whole;

	if (!box)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	box_lock(box, key.b, random, span_of(out->data, HEAD), plain);
	bytes_wipe(&key, sizeof(key));
	buf_bytes(out, span_of(random, BOX_NONCE_BYTES));
	buf_bytes(out, span_of(box, plain.len + BOX_OVERHEAD));
	free(box);
	whole = hash_bytes(buf_span(out));
	buf_bytes(out, span_of(whole.b, HASH_BYTES));
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for the keys") : 0;
}

int key_file_make(struct buf *out, const char *dir, const uint8_t store[16],
		  const struct code *code, const uint8_t random[24], struct err *e)
{
	struct own_keys keys;
	struct buf plain;
	int rc;

	own_keys_init(&keys);
	buf_init(&plain, KEY_FILE_MAX / 2);
	rc = own_keys_load(&keys, dir, e);
	buf_bytes(&plain, span_of(keys.log_seed, 32));
	buf_bytes(&plain, span_of(keys.seal_seed, 32));
	buf_u32(&plain, (uint32_t)keys.ca_key.len);
	buf_bytes(&plain, buf_span(&keys.ca_key));
	buf_u32(&plain, (uint32_t)keys.ca.len);
	buf_bytes(&plain, buf_span(&keys.ca));
	buf_reset(out);
	buf_bytes(out, span_of(label, sizeof(label)));
	buf_bytes(out, span_of(store, STORE));
	if (!rc && (plain.failed || out->failed))
		rc = err_set(e, ERR_NOMEM, "no memory for the keys");
	if (!rc)
		rc = lock(out, buf_span(&plain), code, random, e);
	if (plain.data)
		bytes_wipe(plain.data, plain.len);
	buf_fini(&plain);
	own_keys_fini(&keys);
	return rc;
}

static int take(struct own_keys *out, struct span plain, struct err *e)
{
	struct rd r = rd_of(plain);
	struct span log = rd_bytes(&r, 32), seal = rd_bytes(&r, 32), key, ca;

	key = rd_bytes(&r, rd_u32(&r));
	ca = rd_bytes(&r, rd_u32(&r));
	if (!rd_done(&r))
		return err_set(e, ERR_INVALID, "the file of the keys cannot be read");
	memcpy(out->log_seed, log.data, 32);
	memcpy(out->seal_seed, seal.data, 32);
	buf_bytes(&out->ca_key, key);
	buf_bytes(&out->ca, ca);
	return out->ca_key.failed || out->ca.failed
		       ? err_set(e, ERR_NOMEM, "no memory for the keys")
		       : 0;
}

bool key_file_is(struct span file)
{
	return file.len >= LABEL && !memcmp(file.data, label, LABEL);
}

int key_file_open(struct own_keys *out, struct span file, const uint8_t store[16],
		  const struct code *code, struct err *e)
{
	struct hash key, whole;
	size_t len = file.len - HEAD - BOX_NONCE_BYTES - HASH_BYTES;
	struct span box;
	uint8_t *plain;
	int rc;

	if (file.len < HEAD + BOX_NONCE_BYTES + BOX_OVERHEAD + HASH_BYTES || !key_file_is(file))
		return err_set(e, ERR_INVALID, "this file holds no keys of a server");
	whole = hash_bytes(span_of(file.data, file.len - HASH_BYTES));
	if (memcmp(whole.b, file.data + file.len - HASH_BYTES, HASH_BYTES) != 0)
		return err_set(e, ERR_INVALID, "the file of the keys is damaged");
	if (memcmp(file.data + LABEL, store, STORE) != 0)
		return err_set(e, ERR_DENIED, "the keys are those of another store");
	plain = malloc(len);
	if (!plain)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	box = span_of(file.data + HEAD + BOX_NONCE_BYTES, len);
	key = box_key(code);
	rc = box_open(plain, key.b, file.data + HEAD, span_of(file.data, HEAD), box, e);
	if (rc)
		rc = err_set(e, ERR_DENIED, "the code is not that of this file of keys");
	else
		rc = take(out, span_of(plain, len - BOX_OVERHEAD), e);
	bytes_wipe(&key, sizeof(key));
	bytes_wipe(plain, len);
	free(plain);
	return rc;
}
