#include "standby_dir.h"

#include "crypto/random.h"
#include "report/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 64 << 10 };

static const char identity_name[] = "standby/identity.json", key_name[] = "standby/key.pem",
		  cert_name[] = "standby/cert.pem", nonce_name[] = "standby/nonce",
		  contact_name[] = "standby/contact.json";

void standby_init(struct standby *s)
{
	memset(s, 0, sizeof(*s));
	buf_init(&s->ca, FILE_MAX);
	buf_init(&s->cert, FILE_MAX);
	buf_init(&s->key, FILE_MAX);
}

void standby_fini(struct standby *s)
{
	if (s->key.data)
		bytes_wipe(s->key.data, s->key.len);
	buf_fini(&s->ca);
	buf_fini(&s->cert);
	buf_fini(&s->key);
}

static int load_json(json_t **out, const char *dir, const char *name, struct err *e)
{
	struct buf text;
	int rc;

	buf_init(&text, FILE_MAX);
	rc = store_dir_get(&text, dir, name, e);
	*out = rc ? NULL : json_loadb((const char *)text.data, text.len, 0, NULL);
	buf_fini(&text);
	if (!rc && !*out)
		rc = err_set(e, ERR_CORRUPT, "%s/%s cannot be read", dir, name);
	return rc;
}

/* Takes `o`. */
static int save_json(json_t *o, const char *dir, const char *name, struct err *e)
{
	char *text = json_whole(o, JSON_INDENT(1) | JSON_SORT_KEYS);
	int rc = text ? store_dir_put(dir, name, span_str(text), 0600, e)
		      : err_set(e, ERR_NOMEM, "out of memory");

	free(text);
	json_decref(o);
	return rc;
}

static bool read_hex(uint8_t *out, size_t bytes, json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));

	return text && strlen(text) == 2 * bytes && hex_decode(out, bytes, span_str(text));
}

static int load_pem(struct buf *der, const char *dir, const char *name, struct err *e)
{
	struct buf pem;
	int rc;

	buf_init(&pem, FILE_MAX);
	rc = store_dir_get(&pem, dir, name, e);
	if (!rc)
		rc = cert_pem_load(der, CERT_PEM_CERTIFICATE, buf_span(&pem), e);
	buf_fini(&pem);
	return rc;
}

static int save_pem(const struct buf *der, const char *dir, const char *name, struct err *e)
{
	struct buf pem;
	int rc;

	buf_init(&pem, FILE_MAX);
	rc = cert_pem_save(&pem, CERT_PEM_CERTIFICATE, buf_span(der), e);
	if (!rc)
		rc = store_dir_put(dir, name, buf_span(&pem), 0644, e);
	buf_fini(&pem);
	return rc;
}

int standby_load(struct standby *s, const char *dir, struct err *e)
{
	uint8_t device[8];
	const char *address;
	json_t *o;
	int rc = load_json(&o, dir, identity_name, e);

	if (rc)
		return rc;
	address = json_string_value(json_object_get(o, "server"));
	if (!address || strlen(address) >= sizeof(s->address) ||
	    !read_hex(s->who.store, sizeof(s->who.store), o, "store") ||
	    !read_hex(s->who.log_key, sizeof(s->who.log_key), o, "log_key") ||
	    !read_hex(s->who.nonce, sizeof(s->who.nonce), o, "nonce") ||
	    !read_hex(device, sizeof(device), o, "device"))
		rc = err_set(e, ERR_CORRUPT, "%s/%s cannot be read", dir, identity_name);
	if (!rc) {
		snprintf(s->address, sizeof(s->address), "%s", address);
		s->who.epoch = (uint32_t)json_integer_value(json_object_get(o, "epoch"));
		s->who.device = 0;
		for (size_t i = 0; i < sizeof(device); i++)
			s->who.device = s->who.device << 8 | device[i];
		rc = load_pem(&s->ca, dir, "ca.pem", e);
	}
	json_decref(o);
	if (!rc)
		rc = load_pem(&s->cert, dir, cert_name, e);
	return rc ? rc : store_dir_get(&s->key, dir, key_name, e);
}

int standby_prepare(struct standby *s, struct p256_key **key, const char *dir, struct err *e)
{
	struct buf nonce;
	int rc;

	*key = NULL;
	buf_init(&nonce, 64);
	rc = store_dir_get(&nonce, dir, nonce_name, e);
	if (!rc && nonce.len != sizeof(s->who.nonce))
		rc = err_set(e, ERR_CORRUPT, "%s/%s cannot be read", dir, nonce_name);
	if (!rc)
		rc = store_dir_get(&s->key, dir, key_name, e);
	if (!rc) {
		memcpy(s->who.nonce, nonce.data, sizeof(s->who.nonce));
		rc = p256_load_pem(key, buf_span(&s->key), e);
		buf_fini(&nonce);
		return rc;
	}
	buf_fini(&nonce);
	if (rc != -ERR_NOTFOUND)
		return rc;
	err_clear(e);
	rc = crypto_random(s->who.nonce, sizeof(s->who.nonce), e);
	if (!rc)
		rc = p256_generate(key, e);
	if (!rc)
		rc = p256_save_pem(*key, &s->key, e);
	if (!rc)
		rc = store_dir_put(dir, key_name, buf_span(&s->key), 0600, e);
	if (!rc)
		rc = store_dir_put(dir, nonce_name, span_of(s->who.nonce, sizeof(s->who.nonce)),
				   0600, e);
	return rc;
}

int standby_save_cert(const struct standby *s, const char *dir, struct err *e)
{
	return save_pem(&s->cert, dir, cert_name, e);
}

int standby_save(const struct standby *s, const char *dir, struct err *e)
{
	char store[HASH_HEX_MAX], log_key[HASH_HEX_MAX], nonce[HASH_HEX_MAX], device[20];
	int rc = save_pem(&s->ca, dir, "ca.pem", e);

	if (!rc)
		rc = standby_save_cert(s, dir, e);
	snprintf(device, sizeof(device), "%016llx", (unsigned long long)s->who.device);
	return rc ? rc
		  : save_json(json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "server", s->address,
					"store", hex_encode(store, s->who.store, 16), "log_key",
					hex_encode(log_key, s->who.log_key, 32), "nonce",
					hex_encode(nonce, s->who.nonce, 16), "device", device,
					"epoch", (json_int_t)s->who.epoch),
			      dir, identity_name, e);
}

static const char promoting_name[] = "standby/promoting";

bool standby_promoting(uint8_t id[16], const char *dir)
{
	struct buf kept;
	bool whole;

	buf_init(&kept, FILE_MAX);
	whole = !store_dir_get(&kept, dir, promoting_name, NULL) && kept.len == 16;
	if (whole)
		memcpy(id, kept.data, 16);
	buf_fini(&kept);
	return whole;
}

int standby_promote(const uint8_t id[16], const char *dir, struct err *e)
{
	return store_dir_put(dir, promoting_name, span_of(id, 16), 0600, e);
}

int standby_contact_load(struct standby_contact *k, const char *dir, struct err *e)
{
	json_t *o;
	int rc = load_json(&o, dir, contact_name, e);

	memset(k, 0, sizeof(*k));
	snprintf(k->state, sizeof(k->state), "away");
	if (rc == -ERR_NOTFOUND) {
		err_clear(e);
		return 0;
	}
	if (rc)
		return rc;
	snprintf(k->state, sizeof(k->state), "%s",
		 json_is_string(json_object_get(o, "state"))
			 ? json_string_value(json_object_get(o, "state"))
			 : "away");
	snprintf(k->reason, sizeof(k->reason), "%s",
		 json_is_string(json_object_get(o, "reason"))
			 ? json_string_value(json_object_get(o, "reason"))
			 : "");
	k->lsn = (uint64_t)json_integer_value(json_object_get(o, "lsn"));
	k->server_lsn = (uint64_t)json_integer_value(json_object_get(o, "server_lsn"));
	k->proven = (uint64_t)json_integer_value(json_object_get(o, "proven"));
	k->contact_ms = json_integer_value(json_object_get(o, "contact_ms"));
	k->level_ms = json_integer_value(json_object_get(o, "level_ms"));
	json_decref(o);
	return 0;
}

int standby_contact_save(const struct standby_contact *k, const char *dir, struct err *e)
{
	return save_json(json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "state", k->state,
				   "reason", k->reason, "lsn", (json_int_t)k->lsn, "server_lsn",
				   (json_int_t)k->server_lsn, "proven", (json_int_t)k->proven,
				   "contact_ms", (json_int_t)k->contact_ms, "level_ms",
				   (json_int_t)k->level_ms),
			 dir, contact_name, e);
}
