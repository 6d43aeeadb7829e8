/* A server that lacks memory while it looks at what others signed: "not now", never a verdict on them. */
#include "check.h"
#include "no_memory.h"
#include "server_rig.h"

#include "proto/file.h"
#include "server_keys.h"
#include "store_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct rig r;
static struct dev d;
static struct p256_key *key;
static struct err e;

/* --- a certificate is asked for ------------------------------------------------------------------ */

static struct buf csr, bad_csr;

static int renew_with(const struct buf *asked_with)
{
	struct job *j = job_new(JOB_RENEW, 0, r.now);
	int code;

	if (!j)
		return -ERR_NOMEM;
	j->device = d.d.device;
	j->renew.csr = buf_span(asked_with);
	writer_put(r.writer, &j);
	CHECK(!writer_run(r.writer, r.now, &e));
	j = writer_take(r.writer);
	code = (int)j->code;
	job_free(j);
	return code >= WIRE_BUSY && code < WIRE_MALFORMED ? -ERR_NOMEM : code;
}

static int renew(void)
{
	return renew_with(&csr);
}

static int renew_badly(void)
{
	return renew_with(&bad_csr);
}

/* --- a bundle ------------------------------------------------------------------------------------ */

static struct buf bundle, bad_bundle;
static struct seal_key mine;

static int open_bundle(const struct buf *file)
{
	struct arena *a = arena_new(1 << 20);
	struct span content, body;
	struct cert_info by;
	struct file_head h;
	int rc = a ? file_read(&h, &content, NULL, buf_span(file), &e) : -ERR_NOMEM;

	if (!rc)
		rc = bundle_open(&body, &by, &h, content, &mine, buf_span(&r.ca), r.now.wall_ms, a,
				 &e);
	arena_free(a);
	return rc;
}

static int take_bundle(void)
{
	return open_bundle(&bundle);
}

static int take_other(void)
{
	return open_bundle(&bad_bundle);
}

/* --- its own certificate ------------------------------------------------------------------------- */

static char dir[] = "/tmp/ketnap-memory-XXXXXX";
static const uint8_t store_id[16] = "a store";

static int own_certificate(void)
{
	static uint8_t first[CERT_BYTES_MAX];
	static size_t first_len;
	struct server_cert c;
	int rc = server_cert_load(&c, dir, store_id, r.now.wall_ms, 0, &e);

	if (rc)
		return rc;
	if (!first_len) {
		first_len = c.cert.len;
		memcpy(first, c.cert.data, first_len);
	}
	/* Not made anew for want of memory. */
	rc = span_eq(buf_span(&c.cert), span_of(first, first_len)) ? 0 : -ERR_CORRUPT;
	server_cert_fini(&c);
	return rc;
}

/* --- all of them --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int (*act)(void);
	int right;
} acts[] = {
	{ "a renewal", renew, WIRE_OK },
	{ "a renewal that is none", renew_badly, WIRE_CSR_INVALID },
	{ "a bundle", take_bundle, 0 },
	{ "another's bundle", take_other, -ERR_DENIED },
	{ "the server's certificate", own_certificate, 0 },
};

/* The first calls one by one, then each so-many-th. */
enum { EACH = 100, STEP = 61 };

static void sweep(size_t act, bool good)
{
	bool met = true;
	long n, count = 0;

	for (n = 1; met; n += n < EACH ? 1 : STEP, count++) {
		int rc;

		e = (struct err){ 0 };
		fail_from(n, good);
		rc = acts[act].act();
		met = asked >= n;
		fail_from(0, false);
		if (rc != acts[act].right && (rc != -ERR_NOMEM || !met)) {
			fprintf(stderr, "%s: call %ld fails%s: %d %s\n", acts[act].name, n,
				good ? " and all behind it" : "", rc, e.msg);
			exit(1);
		}
		CHECK(acts[act].act() == acts[act].right);
	}
	printf("%s: of %ld calls %ld failed%s\n", acts[act].name, n, count,
	       good ? ", and all behind each" : "");
	CHECK(count > EACH);
}

static void make_bundle(struct buf *out, struct span cert, const struct p256_key *by)
{
	static const uint8_t random[SEAL_SEED_BYTES] = { 5 };
	struct file_head h = { .kind = FILE_BUNDLE, .store = { 7 }, .device = d.d.device };
	struct arena *a = arena_new(1 << 20);

	buf_init(out, WIRE_FILE_MAX);
	must(bundle_write(out, &h, SPAN_LIT("body"), cert, by, &mine.public, random, a, &e), &e,
	     "a bundle");
	arena_free(a);
}

static void put_pem(const char *name, const struct buf *pem)
{
	must(store_dir_put(dir, name, buf_span(pem), 0600, &e), &e, name);
}

static void put_ca(void)
{
	static const uint8_t serial[CERT_SERIAL_BYTES] = { 1 };
	struct buf der, pem;

	CHECK(mkdtemp(dir));
	buf_init(&der, CERT_BYTES_MAX);
	buf_init(&pem, P256_FILE_MAX);
	must(p256_save_pem(key, &pem, &e), &e, "a key");
	put_pem("ca.key", &pem);
	buf_reset(&pem);
	must(cert_make_ca(&der, key, store_id, serial, r.now.wall_ms, &e), &e, "a CA");
	must(cert_pem_save(&pem, CERT_PEM_CERTIFICATE, buf_span(&der), &e), &e, "a CA");
	put_pem("ca.pem", &pem);
	buf_fini(&der);
	buf_fini(&pem);
}

static void begin(void)
{
	static const uint8_t serial[CERT_SERIAL_BYTES] = { 3 }, seed[SEAL_SEED_BYTES] = { 4 };
	struct cert_subject subject = { .role = CERT_DEVICE };
	struct p256_public public;
	struct p256_key *other;
	struct buf cert;

	rig_open(&r);
	rig_device(&r, &d, 5, ROLE_CLERK);
	must(p256_generate(&key, &e), &e, "a key");
	must(p256_generate(&other, &e), &e, "a key");
	public = p256_public_of(key);
	buf_init(&csr, CERT_BYTES_MAX);
	buf_init(&bad_csr, CERT_BYTES_MAX);
	must(cert_make_request(&csr, key, &e), &e, "a request");
	buf_bytes(&bad_csr, buf_span(&csr));
	bad_csr.data[bad_csr.len - 1] ^= 1;
	seal_key_init(&mine, seed);
	subject.device = d.d.device;
	buf_init(&cert, CERT_BYTES_MAX);
	must(cert_make(&cert, buf_span(&r.ca), r.ca_key, &subject, &public, serial, r.now.wall_ms,
		       &e),
	     &e, "a certificate");
	make_bundle(&bundle, buf_span(&cert), key);
	make_bundle(&bad_bundle, buf_span(&cert), other);
	buf_fini(&cert);
	p256_free(other);
	put_ca();
}

static void end(void)
{
	static const char *const names[] = { "ca.key", "ca.pem", "server.key", "server.pem" };
	char path[64];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	CHECK(!rmdir(dir));
	buf_fini(&csr);
	buf_fini(&bad_csr);
	buf_fini(&bundle);
	buf_fini(&bad_bundle);
	p256_free(key);
	rig_close(&r);
}

int main(void)
{
	begin();
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		CHECK(acts[i].act() == acts[i].right);
		for (int good = 0; good < 2; good++)
			sweep(i, good);
	}
	end();
	return 0;
}
