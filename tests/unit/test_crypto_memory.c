/* Memory that OpenSSL does not get, at its start and later: an error that says so, not a crash, and no verdict on what
 * was looked at. */
#include "crypto/cert.h"
#include "crypto/provider.h"
#include "no_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(1);                                                   \
		}                                                                  \
	} while (0)

static const int64_t made_ms = 1663837200000;

/* --- what is done -------------------------------------------------------------------------------- */

struct piece {
	uint8_t bytes[CERT_BYTES_MAX];
	size_t len;
};

/* Made by another process: these have not used OpenSSL before. */
static struct things {
	struct piece ca, leaf;
} * things;

static struct span of(const struct piece *p)
{
	return span_of(p->bytes, p->len);
}

static int make_key(struct err *e)
{
	struct p256_key *key;
	int rc = p256_generate(&key, e);

	if (!rc)
		p256_free(key);
	return rc;
}

/* A year past its end: something to be found. */
static int verify(struct err *e)
{
	enum cert_verdict verdict;
	int rc = cert_verify(NULL, &verdict, of(&things->leaf), of(&things->ca), CERT_SERVER,
			     made_ms + (CERT_LEAF_DAYS + 366) * INT64_C(86400000), e);

	return verdict == CERT_EXPIRED ? 0 : rc;
}

static int start_provider(struct err *e)
{
	struct ossl_lib_ctx_st *out;

	return provider_small(&out, e);
}

static const struct {
	const char *name;
	int (*act)(struct err *e);
	bool warm; /* OpenSSL was started before */
	long most; /* of its points; 0: all */
} acts[] = {
	{ "start by a key", make_key, false, 100 }, /* behind that it has started */
	{ "start by a certificate", verify, false, 100 },
	{ "start by the provider", start_provider, false, 100 },
	{ "verify a certificate", verify, true, 0 },
};

/* --- each point ---------------------------------------------------------------------------------- */

enum { NOT_MET = 0, MET = 1, WRONG = 2 };

static int child(size_t act, long n, bool good)
{
	struct err e = { 0 };
	int rc;

	fail_from(n, good);
	rc = acts[act].act(&e);
	if (asked >= n && rc && rc != -ERR_NOMEM)
		fprintf(stderr, "%s\n", e.msg);
	if (asked >= n)
		return !rc || (rc == -ERR_NOMEM && e.code == ERR_NOMEM) ? MET : WRONG;
	return rc ? WRONG : NOT_MET;
}

static int status_of(size_t act, long n, bool good)
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0);
	if (!pid)
		_exit(child(act, n, good));
	CHECK(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : WRONG;
}

static int sweep(size_t act, bool good)
{
	int wrong = 0, status = MET;
	long n;

	for (n = 1; status != NOT_MET && n != acts[act].most; n++) {
		status = status_of(act, n, good);
		if (status == MET || status == NOT_MET)
			continue;
		wrong++;
		fprintf(stderr, "%s: call %ld fails%s\n", acts[act].name, n,
			good ? " and all behind it" : "");
	}
	printf("%s: %ld calls failed%s\n", acts[act].name, n - 1,
	       good ? ", and all behind each" : "");
	CHECK(n > 2);
	return wrong;
}

/* In a process of its own, since this one must not have used OpenSSL. */
static void play(size_t act)
{
	struct err e = { 0 };

	CHECK(!acts[act].warm || !acts[act].act(&e));
	CHECK(!sweep(act, false));
	CHECK(acts[act].warm || !sweep(act, true));
}

static void keep(struct piece *out, struct buf *made)
{
	CHECK(!made->failed && made->len <= sizeof(out->bytes));
	memcpy(out->bytes, made->data, made->len);
	out->len = made->len;
	buf_fini(made);
}

static void make_things(size_t act)
{
	static const uint8_t id[CERT_SERVER_ID_BYTES] = { 1 }, serial[CERT_SERIAL_BYTES] = { 2 };
	struct cert_subject subject = { .role = CERT_SERVER };
	struct buf ca, leaf;
	struct p256_public public;
	struct p256_key *key;
	struct err e = { 0 };

	(void)act;
	buf_init(&ca, CERT_BYTES_MAX);
	buf_init(&leaf, CERT_BYTES_MAX);
	memcpy(subject.server, id, sizeof(subject.server));
	CHECK(!p256_generate(&key, &e));
	public = p256_public_of(key);
	CHECK(!cert_make_ca(&ca, key, id, serial, made_ms, &e));
	CHECK(!cert_make(&leaf, buf_span(&ca), key, &subject, &public, serial, made_ms, &e));
	keep(&things->ca, &ca);
	keep(&things->leaf, &leaf);
	p256_free(key);
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

int main(void)
{
	things = mmap(NULL, sizeof(*things), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	CHECK(things != MAP_FAILED);
	apart(make_things, 0);
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		apart(play, i);
	return 0;
}
