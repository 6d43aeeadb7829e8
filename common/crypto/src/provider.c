#include "crypto/provider.h"

#include "ossl.h"

#include <openssl/core_dispatch.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <strings.h>

enum { ALGORITHMS_MAX = 32 };

/* What is kept of an operation of the default provider; ends with an empty row. */
struct kept {
	int operation;
	const char *names[3];
	OSSL_ALGORITHM rows[ALGORITHMS_MAX + 1];
};

/* HMAC counts as a key where a session is taken up again. */
static struct kept kept[] = {
	{ .operation = OSSL_OP_KEYMGMT, .names = { "EC", "X25519", "HMAC" } },
	{ .operation = OSSL_OP_DECODER, .names = { "EC", "DER" } },
};
static OSSL_PROVIDER *whole;
static OSSL_LIB_CTX *small;

/* `names` is a list with colons. */
static bool is_named(const char *names, const char *name)
{
	size_t len = strlen(name);

	for (; names; names = strchr(names, ':')) {
		names += *names == ':';
		if (!strncasecmp(names, name, len) && (!names[len] || names[len] == ':'))
			return true;
	}
	return false;
}

static bool is_kept(const struct kept *k, const OSSL_ALGORITHM *row)
{
	for (size_t i = 0; i < ARRAY_LEN(k->names); i++)
		if (k->names[i] && is_named(row->algorithm_names, k->names[i]))
			return true;
	return false;
}

/* False when the default provider is not as it is known to be. */
static bool fill(struct kept *k)
{
	int no_store = 0;
	const OSSL_ALGORITHM *row = OSSL_PROVIDER_query_operation(whole, k->operation, &no_store);
	size_t count = 0;

	for (; row && row->algorithm_names; row++) {
		if (!is_kept(k, row))
			continue;
		if (count == ALGORITHMS_MAX)
			return false;
		k->rows[count++] = *row;
	}
	return count > 0 && !no_store;
}

/* ---- the provider: its functions are those of the default one, whose context they are given ---- */

static const OSSL_ALGORITHM *query(void *ctx, int operation, int *no_store)
{
	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (kept[i].operation == operation) {
			*no_store = 0;
			return kept[i].rows;
		}
	return OSSL_PROVIDER_query_operation(whole, operation, no_store);
}

/* The groups of TLS, of which it then leaves out those whose keys are not here. */
static int get_capabilities(void *ctx, const char *capability, OSSL_CALLBACK *each, void *arg)
{
	(void)ctx;
	return OSSL_PROVIDER_get_capabilities(whole, capability, each, arg);
}

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
		 void **ctx)
{
	static const OSSL_DISPATCH functions[] = {
		{ OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
		{ OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))get_capabilities },
		{ 0, NULL },
	};

	(void)handle, (void)in;
	*out = functions;
	*ctx = OSSL_PROVIDER_get0_provider_ctx(whole);
	return 1;
}

static bool fill_all(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		if (!fill(&kept[i]))
			return false;
	return true;
}

static void make(void)
{
	OSSL_LIB_CTX *made = OSSL_LIB_CTX_new();

	whole = OSSL_PROVIDER_load(NULL, "default");
	if (made && whole && fill_all() && OSSL_PROVIDER_add_builtin(made, "ketnap", start) &&
	    OSSL_PROVIDER_load(made, "ketnap"))
		small = made;
	else
		OSSL_LIB_CTX_free(made);
}

/* ---- memory ---- */

static _Thread_local unsigned long refused;

static void *counted(void *got, size_t bytes)
{
	refused += !got && bytes;
	return got;
}

static void *get(size_t bytes, const char *file, int line)
{
	(void)file, (void)line;
	return bytes ? counted(malloc(bytes), bytes) : NULL;
}

static void *get_again(void *was, size_t bytes, const char *file, int line)
{
	(void)file, (void)line;
	return counted(realloc(was, bytes), bytes);
}

static void give_back(void *was, const char *file, int line)
{
	(void)file, (void)line;
	free(was);
}

static void count_memory(void)
{
	CRYPTO_set_mem_functions(get, get_again, give_back);
}

unsigned long provider_refused(void)
{
	return refused;
}

static int not_started(struct err *e)
{
	return err_set(e, ERR_NOMEM, "OpenSSL could not be started (%s)", ossl_reason());
}

/* Asked once, where the answer is yes. */
static int start_of(OSSL_LIB_CTX *library, atomic_bool *known, struct err *e)
{
	if (atomic_load(known))
		return 0;
	if (!ossl_knows(library))
		return not_started(e);
	ERR_clear_error();
	atomic_store(known, true);
	return 0;
}

int ossl_ready(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static atomic_bool known;

	pthread_once(&once, count_memory);
	if (OSSL_LIB_CTX_get0_global_default())
		return start_of(NULL, &known, e);
	return err_set(e, ERR_NOMEM, "out of memory");
}

int provider_lacked(unsigned long before, int rc, struct err *e)
{
	if (!rc || refused == before)
		return rc;
	err_clear(e);
	return err_set(e, ERR_NOMEM, "out of memory");
}

int provider_small(struct ossl_lib_ctx_st **out, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	static atomic_bool known;
	int rc = ossl_ready(e);

	*out = NULL;
	if (rc)
		return rc;
	pthread_once(&once, make);
	rc = small ? start_of(small, &known, e) : not_started(e);
	if (!rc)
		*out = small;
	return rc;
}
