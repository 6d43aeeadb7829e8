/* What a server put into its store (put_trace), through LMDB alone: same tables, keys, values and flags, same batches, each
 * committed to the disk, into a store as it was before. What no program with this store can be faster than.
 *
 * usage: put_replay --store DIR --trace FILE [--warm N]
 * --warm: this many entries of the log are not counted (0): what came before the load was at work. */
#include "bench.h"
#include "put_trace.h"
#include "rows.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES = 64, TABLE_LOG = 1, PATH_BYTES = 4096 };
static const size_t map_bytes = (size_t)64 << 30, trace_max = (size_t)8 << 30;

static const char *store, *trace;
static int64_t warm;

static struct opt options[] = {
	ROW_TEXT("store", store, "DIR", "as it was before the trace began; written to"),
	ROW_TEXT("trace", trace, "FILE", "from put_trace"),
	ROW_NUMBER("warm", warm, 0, 1000000000, "N", "entries that are not counted (0)"),
};

struct counts {
	uint64_t entries, commits, puts, bytes;
};

static MDB_env *env;
static MDB_dbi tables[TABLES];
static bool opened[TABLES];
static struct counts done;

static void must(int rc, const char *what)
{
	if (rc)
		bench_fail("%s: %s", what, mdb_strerror(rc));
}

static MDB_val val(const uint8_t *data, size_t len)
{
	return (MDB_val){ .mv_size = len, .mv_data = (void *)(uintptr_t)data };
}

static struct put_row row_at(struct span *rest)
{
	struct put_row row;

	if (rest->len < sizeof(row))
		bench_fail("%s is cut off", trace);
	memcpy(&row, rest->data, sizeof(row));
	*rest = span_of(rest->data + sizeof(row), rest->len - sizeof(row));
	if (rest->len < row.key_len || rest->len - row.key_len < row.value_len ||
	    row.table >= TABLES)
		bench_fail("%s is not a trace", trace);
	return row;
}

/* As the product opens it: every commit is on the disk when it returns. All tables before anything is timed. */
static void open_store(struct span rest)
{
	MDB_txn *t;
	char name[8];

	must(mdb_env_create(&env), "an environment");
	must(mdb_env_set_mapsize(env, map_bytes), "an environment");
	must(mdb_env_set_maxdbs(env, TABLES), "an environment");
	must(mdb_env_open(env, store, MDB_NOTLS | MDB_NORDAHEAD, 0600), store);
	must(mdb_txn_begin(env, NULL, 0, &t), "begin");
	while (rest.len) {
		struct put_row row = row_at(&rest);
		size_t skip = (size_t)row.key_len + row.value_len;

		rest = span_of(rest.data + skip, rest.len - skip);
		if (row.kind == PUT_COMMIT || opened[row.table])
			continue;
		snprintf(name, sizeof(name), "%02u", row.table);
		must(mdb_dbi_open(t, name, MDB_CREATE, &tables[row.table]), name);
		opened[row.table] = true;
	}
	must(mdb_txn_commit(t), "commit");
}

static void put(MDB_txn *t, const struct put_row *row, const uint8_t *bytes)
{
	MDB_val key = val(bytes, row->key_len), value = val(bytes + row->key_len, row->value_len);
	MDB_dbi table = tables[row->table];

	if (row->kind == PUT_DELETE) {
		int rc = mdb_del(t, table, &key, NULL);

		must(rc == MDB_NOTFOUND ? 0 : rc, "delete");
	} else {
		must(mdb_put(t, table, &key, &value, row->flags), "put");
		done.entries += row->table == TABLE_LOG;
	}
	done.puts++;
	done.bytes += (uint64_t)row->key_len + row->value_len;
}

/* One transaction. */
static struct span batch(struct span rest)
{
	struct put_row row = { .kind = 0 };
	MDB_txn *t;

	must(mdb_txn_begin(env, NULL, 0, &t), "begin");
	while (row.kind != PUT_COMMIT) {
		size_t skip;

		row = row_at(&rest);
		if (row.kind != PUT_COMMIT)
			put(t, &row, rest.data);
		skip = (size_t)row.key_len + row.value_len;
		rest = span_of(rest.data + skip, rest.len - skip);
	}
	must(mdb_txn_commit(t), "commit");
	done.commits++;
	return rest;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct samples commits = { NULL, 0, 0 };
	double t0, c0, busy, seconds, own, n;
	struct span all, rest;

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &e), &e, "put_replay");
	if (!store || !trace)
		bench_fail("usage: put_replay --store DIR --trace FILE");
	all = rest = bench_read(trace, trace_max);
	open_store(rest);
	while (rest.len && done.entries < (uint64_t)warm)
		rest = batch(rest);
	done = (struct counts){ .entries = 0 };
	t0 = bench_now_s();
	c0 = bench_cpu_s();
	busy = bench_machine_s();
	while (rest.len) {
		double b0 = bench_now_s();

		rest = batch(rest);
		samples_add(&commits, bench_now_s() - b0);
	}
	seconds = bench_now_s() - t0;
	own = bench_cpu_s() - c0;
	busy = bench_machine_s() - busy - own;
	n = done.entries ? (double)done.entries : 1;
	printf("replay entries=%llu commits=%llu mean_batch=%.1f puts=%.2f bytes=%.0f rate=%.0f cpu_us=%.1f "
	       "commit_ms=%.2f commit_p99_ms=%.2f foreign_percent=%.0f\n",
	       (unsigned long long)done.entries, (unsigned long long)done.commits,
	       done.commits ? n / (double)done.commits : 0, (double)done.puts / n,
	       (double)done.bytes / n, n / seconds, own / n * 1e6, samples_at(&commits, 0.5) * 1e3,
	       samples_at(&commits, 0.99) * 1e3, busy > 0 ? busy / seconds * 100 : 0);
	samples_fini(&commits);
	mdb_env_close(env);
	free((void *)(uintptr_t)all.data);
	return 0;
}
