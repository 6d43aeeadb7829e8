/* Loaded in front of a program (LD_PRELOAD): remembers every put, deletion and commit of the LMDB environment whose folder's
 * name is KETNAP_TRACE_STORE, and writes them to KETNAP_TRACE_FILE (put_trace.h) when the program ends. It keeps them
 * in memory until then: what is traced must not wait for another disk. One thread writes a store at a time. */
#include "put_trace.h"

#include <dlfcn.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLES = 256 };

static uint8_t *bytes;
static size_t len, kept, cap; /* kept: up to the last commit */
static uint8_t table_of[TABLES];
static MDB_txn *writing;

static void *next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		_exit(127);
	return f;
}

static int ours(MDB_txn *txn)
{
	const char *path = NULL, *name = getenv("KETNAP_TRACE_STORE"), *last;

	if (!name || mdb_env_get_path(mdb_txn_env(txn), &path) || !path)
		return 0;
	last = strrchr(path, '/');
	return !strcmp(last ? last + 1 : path, name);
}

static void keep(const void *data, size_t n)
{
	while (cap - len < n) {
		cap = cap ? cap * 2 : (size_t)64 << 20;
		bytes = realloc(bytes, cap);
		if (!bytes)
			_exit(127);
	}
	if (n)
		memcpy(bytes + len, data, n);
	len += n;
}

static void note(enum put_kind kind, MDB_dbi dbi, unsigned flags, const MDB_val *key,
		 const MDB_val *value)
{
	struct put_row row = { .kind = (uint8_t)kind,
			       .table = table_of[dbi % TABLES],
			       .flags = flags };

	row.key_len = key ? (uint16_t)key->mv_size : 0;
	row.value_len = value ? (uint32_t)value->mv_size : 0;
	keep(&row, sizeof(row));
	keep(key ? key->mv_data : NULL, row.key_len);
	keep(value ? value->mv_data : NULL, row.value_len);
}

int mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
	int (*real)(MDB_env *, MDB_txn *, unsigned, MDB_txn **) =
		(int (*)(MDB_env *, MDB_txn *, unsigned, MDB_txn **))next("mdb_txn_begin");
	int rc = real(env, parent, flags, txn);

	if (!rc && !(flags & MDB_RDONLY) && ours(*txn))
		writing = *txn;
	return rc;
}

/* Tables have numbers for names. */
int mdb_dbi_open(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi)
{
	int (*real)(MDB_txn *, const char *, unsigned, MDB_dbi *) =
		(int (*)(MDB_txn *, const char *, unsigned, MDB_dbi *))next("mdb_dbi_open");
	int rc = real(txn, name, flags, dbi);

	if (!rc && name && ours(txn))
		table_of[*dbi % TABLES] = (uint8_t)strtoul(name, NULL, 10);
	return rc;
}

int mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value, unsigned flags)
{
	static int (*real)(MDB_txn *, MDB_dbi, MDB_val *, MDB_val *, unsigned);

	if (!real)
		real = (int (*)(MDB_txn *, MDB_dbi, MDB_val *, MDB_val *, unsigned))next("mdb_put");
	if (txn == writing)
		note(PUT_PUT, dbi, flags, key, value);
	return real(txn, dbi, key, value, flags);
}

int mdb_del(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value)
{
	int (*real)(MDB_txn *, MDB_dbi, MDB_val *,
		    MDB_val *) = (int (*)(MDB_txn *, MDB_dbi, MDB_val *, MDB_val *))next("mdb_del");

	if (txn == writing)
		note(PUT_DELETE, dbi, 0, key, NULL);
	return real(txn, dbi, key, value);
}

/* Before the real ones: another thread may begin to write as soon as they are done. */
int mdb_txn_commit(MDB_txn *txn)
{
	int (*real)(MDB_txn *) = (int (*)(MDB_txn *))next("mdb_txn_commit");
	int rc;

	if (txn != writing)
		return real(txn);
	if (len != kept)
		note(PUT_COMMIT, 0, 0, NULL, NULL);
	kept = len;
	writing = NULL;
	rc = real(txn);
	if (rc)
		_exit(127); /* a trace of what failed is none */
	return rc;
}

void mdb_txn_abort(MDB_txn *txn)
{
	void (*real)(MDB_txn *) = (void (*)(MDB_txn *))next("mdb_txn_abort");

	if (txn && txn == writing) {
		len = kept;
		writing = NULL;
	}
	real(txn);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("KETNAP_TRACE_FILE");
	FILE *f = path && kept ? fopen(path, "wb") : NULL;

	if (f && fwrite(bytes, 1, kept, f) != kept)
		_exit(127);
	if (f)
		fclose(f);
}
