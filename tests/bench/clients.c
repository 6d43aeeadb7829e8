#include "clients.h"

#include "bench.h"
#include "ledger/ledger.h"
#include "proto/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20, LIST_MAX = 64 << 20, P256_SCALAR = 32 };

static BIO *open_pem(const char *dir, uint64_t device, const char *ending)
{
	char name[64];
	BIO *b;

	snprintf(name, sizeof(name), "%016" PRIx64 ".%s", device, ending);
	b = BIO_new_file(bench_path(dir, name), "rb");
	if (!b)
		bench_fail("%s/%s cannot be read", dir, name);
	return b;
}

/* The scalar of a P-256 key in PKCS#8, as make_clients writes it: the octets behind these. */
static const uint8_t *scalar_of(const uint8_t *der, size_t len)
{
	static const uint8_t before[] = { 0x02, 0x01, 0x01, 0x04, P256_SCALAR };

	for (size_t i = 0; i + sizeof(before) + P256_SCALAR <= len; i++)
		if (!memcmp(der + i, before, sizeof(before)))
			return der + i + sizeof(before);
	return NULL;
}

/* Not by OpenSSL's decoders, which take 300 us for a key: of 52,000 that is longer than the surge itself takes to
 * begin. The public half is the certificate's, and whether both belong together is seen when they are used. */
static EVP_PKEY *make_key(const uint8_t *der, size_t len, const X509 *cert)
{
	const ASN1_BIT_STRING *point = X509_get0_pubkey_bitstr(cert);
	const uint8_t *scalar = scalar_of(der, len);
	EVP_PKEY_CTX *ctx = bench_have(EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL));
	BIGNUM *number = scalar ? BN_bin2bn(scalar, P256_SCALAR, NULL) : NULL;
	uint8_t native[P256_SCALAR];
	OSSL_PARAM parts[] = {
		OSSL_PARAM_construct_utf8_string("group", (char[]){ "prime256v1" }, 0),
		OSSL_PARAM_construct_octet_string("pub", point->data, (size_t)point->length),
		OSSL_PARAM_construct_BN("priv", native, sizeof(native)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	if (!number || BN_bn2nativepad(number, native, sizeof(native)) != sizeof(native) ||
	    EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, parts) != 1)
		bench_fail("a client's key cannot be read");
	BN_free(number);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static void load_keys(struct client *c, const char *dir)
{
	BIO *b = open_pem(dir, c->author.device, "pem");
	char *name, *header;
	uint8_t *der;
	long len;

	c->cert = bench_have(PEM_read_bio_X509(b, NULL, NULL, NULL));
	BIO_free(b);
	b = open_pem(dir, c->author.device, "key");
	if (PEM_read_bio(b, &name, &header, &der, &len) != 1)
		bench_fail("%s: the key of %016" PRIx64 " cannot be read", dir, c->author.device);
	c->key = make_key(der, (size_t)len, c->cert);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	BIO_free(b);
}

static long any_limit(const void *arg, unsigned type, struct err *e)
{
	(void)arg;
	(void)e;
	return (long)frame_payload_max(type);
}

/* Where the chain stands after the ops of a Submit. */
static void follow(struct client *c, struct span payload, struct arena *a)
{
	struct wire_submit submit;
	struct envelope env;
	struct err e = { 0 };

	bench_must(wire_decode(&submit, FRAME_SUBMIT, payload, a, &e), &e, "a flight's Submit");
	for (size_t i = 0; i < submit.item_count; i++) {
		struct hash before = c->author.chain;

		bench_must(envelope_decode(&env, submit.items[i].envelope, a, &e), &e,
			   "a flight's op");
		c->author.chain = chain_next(&before, env.seq, env.body_hash);
		c->author.seq = env.seq;
		c->author.base = env.base;
		c->ops++;
	}
}

static void load_flight(struct client *c, const char *dir, struct arena *a)
{
	char name[64];
	struct span rest;

	snprintf(name, sizeof(name), "%016" PRIx64 ".flight", c->author.device);
	rest = c->flight = bench_read(bench_path(dir, name), FILE_MAX);
	while (rest.len) {
		struct frame f;
		size_t need;
		struct err e = { 0 };

		arena_reset(a);
		if (bench_must(frame_decode(&f, &need, rest, any_limit, NULL, &e), &e, name) !=
		    FRAME_READY)
			bench_fail("%s: cut off", name);
		if (f.type == FRAME_HELLO)
			c->hello_bytes = need;
		else if (f.type == FRAME_SUBMIT)
			follow(c, f.payload, a);
		else
			c->pulls = c->pulls || f.type == FRAME_PULL;
		rest = span_of(rest.data + need, rest.len - need);
	}
}

static void load_one(struct client *c, const char *row, const char *dir, struct arena *a)
{
	char nonce[64];

	if (sscanf(row, "%" SCNx64 ",%" SCNu32 ",%" SCNu32 ",%" SCNu32 ",%zu,%u,%63[0-9a-f]",
		   &c->author.device, &c->author.epoch, &c->author.unit, &c->author.person,
		   &c->author.reporter, &c->month, nonce) != 7)
		bench_fail("%s/clients.csv: a row that cannot be read: %.60s", dir, row);
	load_keys(c, dir);
	load_flight(c, dir, a);
}

void clients_load(struct clients *c, const char *dir, size_t skip, size_t max)
{
	struct span text = bench_read(bench_path(dir, "clients.csv"), LIST_MAX);
	struct arena *a = bench_have(arena_new(WIRE_ARENA));
	const char *row = strchr((const char *)text.data, '\n');
	size_t cap = 0, at = 0;

	memset(c, 0, sizeof(*c));
	snprintf(c->ca, sizeof(c->ca), "%s", bench_path(dir, "ca.pem"));
	for (; row && row[1] && (!max || at < max); at++, row = strchr(row + 1, '\n')) {
		if (at < skip)
			continue;
		if (c->count == cap) {
			cap = cap ? cap * 2 : 64;
			c->list = bench_have(realloc(c->list, cap * sizeof(*c->list)));
		}
		c->list[c->count] = (struct client){ .month = 0 };
		load_one(&c->list[c->count++], row + 1, dir, a);
	}
	if (!c->count || (max && at < max))
		bench_fail("%s: %zu clients, %zu are needed", dir, at, max ? max : skip + 1);
	arena_free(a);
	free((void *)(uintptr_t)text.data);
}

void clients_free(struct clients *c)
{
	for (size_t i = 0; i < c->count; i++) {
		X509_free(c->list[i].cert);
		EVP_PKEY_free(c->list[i].key);
		free((void *)(uintptr_t)c->list[i].flight.data);
	}
	free(c->list);
}
