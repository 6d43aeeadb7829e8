/* Memory that OpenSSL does not get, at its start and later: an error that says so, not a crash, and no verdict on what
 * was looked at. */
#include "check.h"
#include "crypto/cert.h"
#include "crypto/provider.h"
#include "no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const int64_t made_ms = 1663837200000;

/* --- what is done -------------------------------------------------------------------------------- */

struct piece {
	uint8_t bytes[CERT_PEM_MAX];
	size_t len;
};

/* Made by another process: these have not used OpenSSL before. */
static struct things {
	struct piece ca, leaf, other_ca, cert_pem, two_pem, request, key_pem, key_der, sig;
	struct p256_public key;
	uint8_t secret[P256_SECRET_BYTES];
} * things;

static struct span of(const struct piece *p)
{
	return span_of(p->bytes, p->len);
}

/* A copy with the last byte changed: of what is signed that is the signature. */
static struct span changed(struct piece *to, const struct piece *p)
{
	*to = *p;
	to->bytes[to->len - 1] ^= 1;
	return of(to);
}

static bool is_ours(const struct p256_public *k)
{
	return p256_public_eq(k, &things->key);
}

static int loaded(int rc, struct p256_key *k)
{
	struct p256_public public;

	if (rc)
		return rc;
	public = p256_public_of(k);
	p256_free(k);
	return is_ours(&public) ? 0 : -ERR_CORRUPT;
}

/* Loaded before anything fails. */
static int own_key(struct p256_key **out, struct err *e)
{
	static struct p256_key *own;
	int rc = own ? 0 : p256_load_pem(&own, of(&things->key_pem), e);

	*out = own;
	return rc;
}

static int sign(struct err *e)
{
	struct p256_key *key;
	struct p256_sig sig;
	int rc = own_key(&key, e);

	if (!rc)
		rc = p256_sign(key, SPAN_LIT("message"), &sig, e);
	return rc ? rc : p256_verify(&things->key, SPAN_LIT("message"), span_of(sig.b, sig.len), e);
}

/* The half that is told is the half that signs. */
static int make_key(struct err *e)
{
	struct p256_public public;
	struct p256_key *key;
	struct p256_sig sig;
	int rc = p256_generate(&key, e);

	if (rc)
		return rc;
	public = p256_public_of(key);
	rc = p256_sign(key, SPAN_LIT("message"), &sig, e);
	if (!rc)
		rc = p256_verify(&public, SPAN_LIT("message"), span_of(sig.b, sig.len), e);
	p256_free(key);
	return rc;
}

static int load_pem(struct err *e)
{
	struct p256_key *k;
	int rc = p256_load_pem(&k, of(&things->key_pem), e);

	return loaded(rc, k);
}

static int load_der(struct err *e)
{
	struct p256_key *k;
	int rc = p256_load_der(&k, of(&things->key_der), e);

	return loaded(rc, k);
}

static int load_no_key(struct err *e)
{
	struct p256_key *k;
	int rc = p256_load_pem(&k, of(&things->cert_pem), e);

	return loaded(rc, k);
}

static int load_other_half(struct err *e)
{
	uint8_t other[P256_SECRET_BYTES];
	struct p256_key *k;
	int rc;

	memcpy(other, things->secret, sizeof(other));
	other[31] ^= 1;
	rc = p256_load_secret(&k, other, &things->key, e);
	return loaded(rc, k);
}

static int save_key(struct err *e)
{
	uint8_t secret[P256_SECRET_BYTES];
	struct p256_key *k;
	int rc = p256_load_secret(&k, things->secret, &things->key, e);

	if (rc)
		return rc;
	rc = p256_save_secret(k, secret, e);
	p256_free(k);
	return rc || !memcmp(secret, things->secret, sizeof(secret)) ? rc : -ERR_CORRUPT;
}

static int public_key(struct err *e)
{
	struct p256_public k;
	int rc = p256_public_load(&k, span_of(things->key.point, P256_POINT_BYTES), e);

	return rc || is_ours(&k) ? rc : -ERR_CORRUPT;
}

static int no_public_key(struct err *e)
{
	struct p256_public k = things->key;

	k.point[P256_POINT_BYTES - 1] ^= 1;
	return p256_public_load(&k, span_of(k.point, P256_POINT_BYTES), e);
}

static int signature(struct err *e)
{
	return p256_verify(&things->key, SPAN_LIT("message"), of(&things->sig), e);
}

static int other_message(struct err *e)
{
	return p256_verify(&things->key, SPAN_LIT("massage"), of(&things->sig), e);
}

static int no_signature(struct err *e)
{
	return p256_verify(&things->key, SPAN_LIT("message"), SPAN_LIT("none"), e);
}

static int request(struct err *e)
{
	struct p256_public k;
	int rc = cert_check_request(&k, of(&things->request), e);

	return rc || is_ours(&k) ? rc : -ERR_CORRUPT;
}

static int changed_request(struct err *e)
{
	struct p256_public k;
	struct piece p;

	return cert_check_request(&k, changed(&p, &things->request), e);
}

static int no_request(struct err *e)
{
	struct p256_public k;

	return cert_check_request(&k, of(&things->leaf), e);
}

static int parse(struct err *e)
{
	struct cert_info info;
	int rc = cert_parse(&info, of(&things->leaf), e);

	return rc || is_ours(&info.key) ? rc : -ERR_CORRUPT;
}

/* What is said twice is the same: a verdict stands only beside its error. */
static int verified(struct span cert, const struct piece *ca, int64_t at_ms, struct err *e)
{
	enum cert_verdict verdict;
	int rc = cert_verify(NULL, &verdict, cert, of(ca), CERT_SERVER, at_ms, e);

	return (rc == -ERR_NOMEM) == (verdict == CERT_UNCHECKED) ? rc : -ERR_CORRUPT;
}

static int verify(struct err *e)
{
	return verified(of(&things->leaf), &things->ca, made_ms, e);
}

static int verify_expired(struct err *e)
{
	return verified(of(&things->leaf), &things->ca,
			made_ms + (CERT_LEAF_DAYS + 366) * INT64_C(86400000), e);
}

static int verify_foreign(struct err *e)
{
	return verified(of(&things->leaf), &things->other_ca, made_ms, e);
}

static int verify_changed(struct err *e)
{
	struct piece p;

	return verified(changed(&p, &things->leaf), &things->ca, made_ms, e);
}

static int pem(const struct piece *from, struct err *e)
{
	struct buf der;
	int rc;

	buf_init(&der, CERT_BYTES_MAX);
	rc = cert_pem_load(&der, CERT_PEM_CERTIFICATE, of(from), e);
	if (!rc)
		rc = verified(buf_span(&der), &things->ca, made_ms, e);
	buf_fini(&der);
	return rc;
}

static int read_pem(struct err *e)
{
	return pem(&things->cert_pem, e);
}

static int read_two(struct err *e)
{
	return pem(&things->two_pem, e);
}

static int read_other(struct err *e)
{
	return pem(&things->key_pem, e);
}

static int start_provider(struct err *e)
{
	struct ossl_lib_ctx_st *out;

	return provider_small(&out, e);
}

static int issue(struct buf *out, struct err *e)
{
	static const uint8_t serial[CERT_SERIAL_BYTES] = { 3 };
	struct cert_subject subject = { .role = CERT_SERVER, .server = { 1 } };
	struct p256_key *key;
	int rc = own_key(&key, e);

	if (!rc)
		rc = cert_make(out, of(&things->ca), key, &subject, &things->key, serial, made_ms,
			       e);
	return rc;
}

static int make_cert(struct err *e)
{
	struct buf der;
	int rc;

	buf_init(&der, CERT_BYTES_MAX);
	rc = issue(&der, e);
	if (!rc)
		rc = verified(buf_span(&der), &things->ca, made_ms, e);
	buf_fini(&der);
	return rc;
}

static int make_request(struct err *e)
{
	struct p256_key *key;
	struct p256_public k;
	struct buf der;
	int rc = own_key(&key, e);

	buf_init(&der, CERT_BYTES_MAX);
	if (!rc)
		rc = cert_make_request(&der, key, e);
	if (!rc)
		rc = cert_check_request(&k, buf_span(&der), e);
	buf_fini(&der);
	return rc;
}

static const struct {
	const char *name;
	int (*act)(struct err *e);
	int right;  /* what it answers when nothing lacks */
	bool first; /* also as the first use of OpenSSL in a process */
} acts[] = {
	{ "a new key", make_key, 0, true },
	{ "a private key", load_pem, 0, false },
	{ "a private key as DER", load_der, 0, false },
	{ "no private key", load_no_key, -ERR_INVALID, false },
	{ "two halves", load_other_half, -ERR_INVALID, false },
	{ "a key's number", save_key, 0, false },
	{ "to sign", sign, 0, false },
	{ "a public key", public_key, 0, false },
	{ "no public key", no_public_key, -ERR_INVALID, false },
	{ "a signature", signature, 0, false },
	{ "another message", other_message, -ERR_DENIED, false },
	{ "no signature", no_signature, -ERR_INVALID, false },
	{ "a request", request, 0, false },
	{ "a changed request", changed_request, -ERR_DENIED, false },
	{ "no request", no_request, -ERR_INVALID, false },
	{ "a certificate as text", read_pem, 0, true },
	{ "two certificates as text", read_two, -ERR_INVALID, false },
	{ "no certificate as text", read_other, -ERR_INVALID, false },
	{ "a certificate's words", parse, 0, false },
	{ "a certificate", verify, 0, false },
	{ "an old certificate", verify_expired, -ERR_STATE, false },
	{ "another CA's certificate", verify_foreign, -ERR_DENIED, false },
	{ "a changed certificate", verify_changed, -ERR_DENIED, false },
	{ "a new certificate", make_cert, 0, false },
	{ "a new request", make_request, 0, false },
	{ "the provider", start_provider, 0, true },
};

/* --- each point ---------------------------------------------------------------------------------- */

static bool lacked(int rc, const struct err *e)
{
	return rc == -ERR_NOMEM && e->code == ERR_NOMEM;
}

/* What failed at a point and behind it. */
static bool wrong(size_t act, long n, bool good, const char *when, int rc, const struct err *e)
{
	fprintf(stderr, "%s: call %ld fails%s: %s%d %s\n", acts[act].name, n,
		good ? " and all behind it" : "", when, rc, e->msg);
	return false;
}

static bool calm(size_t act, struct err *e, int *rc)
{
	fail_from(0, false);
	*e = (struct err){ 0 };
	*rc = acts[act].act(e);
	return *rc == acts[act].right;
}

/* *met: there was an n-th call. It is told as what it is, and then nothing lacks any more: the answer is the right
 * one. In a process that had not used OpenSSL before, it may be that it never starts. */
static bool point(bool *met, size_t act, long n, bool good, bool cold)
{
	struct err e = { 0 };
	int rc;

	fail_from(n, good);
	rc = acts[act].act(&e);
	*met = asked >= n;
	if (rc != acts[act].right && (!*met || !lacked(rc, &e)))
		return wrong(act, n, good, "", rc, &e);
	if (!calm(act, &e, &rc) && !(cold && lacked(rc, &e)))
		return wrong(act, n, good, "and then ", rc, &e);
	return true;
}

/* The first calls are failed one by one, then each so-many-th. */
enum { EACH = 100, FORKS = 11 };
static long step = 61; /* the program's argument; 1: every call */

static void say(size_t act, long n, long count, bool good, const char *when)
{
	printf("%s%s: of %ld calls %ld failed%s\n", acts[act].name, when, n, count,
	       good ? ", and all behind each" : "");
}

/* OpenSSL has what it keeps. */
static void warm(size_t act)
{
	for (int good = 0; good < 2; good++) {
		struct err e;
		bool met = true, well = true;
		long n, count = 0;
		int rc;

		CHECK(calm(act, &e, &rc));
		for (n = 1; met; n += n < EACH ? 1 : step, count++)
			well = point(&met, act, n, good, false) && well;
		say(act, n, count, good, "");
		CHECK(count > 4 || acts[act].act == start_provider);
		CHECK(well);
	}
}

enum { WELL = 0, LAST = 1, WRONG = 2 };

static int status_of(size_t act, long n, bool good)
{
	pid_t pid = fork();
	int status;
	bool met;

	CHECK(pid >= 0);
	if (!pid)
		_exit(!point(&met, act, n, good, true) ? WRONG : met ? WELL : LAST);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status))
		fprintf(stderr, "%s: call %ld fails: ends by signal\n", acts[act].name, n);
	return WIFEXITED(status) ? WEXITSTATUS(status) : WRONG;
}

/* Each in a process that has not used OpenSSL. */
static void cold(size_t act)
{
	for (int good = 0; good < 2; good++) {
		int status = WELL;
		bool well = true;
		long n, count = 0;

		for (n = 1; status != LAST; n += n < EACH ? 1 : FORKS * step, count++) {
			status = status_of(act, n, good);
			well = well && status != WRONG;
		}
		say(act, n, count, good, ", the first");
		CHECK(well);
	}
}

static void keep(struct piece *out, struct buf *made)
{
	CHECK(!made->failed && made->len && made->len <= sizeof(out->bytes));
	memcpy(out->bytes, made->data, made->len);
	out->len = made->len;
	buf_fini(made);
}

static void make_ca(struct piece *out, const struct p256_key *key)
{
	static const uint8_t id[CERT_SERVER_ID_BYTES] = { 1 }, serial[CERT_SERIAL_BYTES] = { 2 };
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, CERT_BYTES_MAX);
	CHECK(!cert_make_ca(&b, key, id, serial, made_ms, &e));
	keep(out, &b);
}

static void make_things(size_t act)
{
	struct p256_key *key, *other;
	struct err e = { 0 };
	struct p256_sig sig;
	struct buf b;

	(void)act;
	CHECK(!p256_generate(&key, &e) && !p256_generate(&other, &e));
	things->key = p256_public_of(key);
	CHECK(!p256_save_secret(key, things->secret, &e));
	buf_init(&b, P256_FILE_MAX);
	CHECK(!p256_save_pem(key, &b, &e));
	keep(&things->key_pem, &b);
	buf_init(&b, P256_FILE_MAX);
	CHECK(!p256_save_der(key, &b, &e));
	keep(&things->key_der, &b);
	make_ca(&things->ca, key);
	make_ca(&things->other_ca, other);
	buf_init(&b, CERT_BYTES_MAX);
	CHECK(!issue(&b, &e));
	keep(&things->leaf, &b);
	buf_init(&b, CERT_PEM_MAX);
	CHECK(!cert_pem_save(&b, CERT_PEM_CERTIFICATE, of(&things->leaf), &e));
	keep(&things->cert_pem, &b);
	buf_init(&b, CERT_PEM_MAX);
	buf_bytes(&b, of(&things->cert_pem));
	buf_bytes(&b, of(&things->cert_pem));
	keep(&things->two_pem, &b);
	buf_init(&b, CERT_BYTES_MAX);
	CHECK(!cert_make_request(&b, key, &e));
	keep(&things->request, &b);
	CHECK(!p256_sign(key, SPAN_LIT("message"), &sig, &e));
	memcpy(things->sig.bytes, sig.b, sig.len);
	things->sig.len = sig.len;
	p256_free(key);
	p256_free(other);
}

static void apart(void (*what)(size_t act), size_t act)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		what(act);
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		step = strtol(argv[1], NULL, 10);
	CHECK(step > 0);
	things = mmap(NULL, sizeof(*things), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	CHECK(things != MAP_FAILED);
	apart(make_things, 0);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
		if (acts[i].first)
			apart(cold, i);
		apart(warm, i);
	}
	return 0;
}
