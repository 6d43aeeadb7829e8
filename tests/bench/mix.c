#include "mix.h"

#include "bench.h"

#include <assert.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

enum { MONTHS = 12, FIGURES = 40, LEVELS = 5, LOG_BYTES = 300, RECORD_BYTES = 300 };

struct record {
	int32_t figure[FIGURES];
	char more[RECORD_BYTES - FIGURES * sizeof(int32_t)];
};
static_assert(sizeof(struct record) == RECORD_BYTES, "a record is as large as it is said to be");

struct sums {
	int64_t figure[FIGURES];
};

struct mix {
	struct mix_shape shape;
	char dir[4096];
	MDB_env *env;
	MDB_dbi log, records, cursors, nodes;
	uint32_t width[LEVELS]; /* units of each level, the country first */
	uint32_t first[LEVELS]; /* number of the first one */
	uint32_t node_count;
	uint64_t seq, chance;
	/* of the transaction at hand */
	struct sums *delta; /* by node */
	bool *touched;
	uint32_t *order;
	size_t order_count;
};

static void must(int rc, const char *what)
{
	if (rc)
		bench_fail("%s: %s", what, mdb_strerror(rc));
}

static MDB_val val(const void *data, size_t len)
{
	return (MDB_val){ .mv_size = len, .mv_data = (void *)(uintptr_t)data };
}

static void key_u32(uint8_t *at, uint32_t v)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void key_month(uint8_t key[8], uint32_t month, uint32_t node)
{
	key_u32(key, month);
	key_u32(key + 4, node);
}

/* ---- filling ---- */

static void fill(MDB_txn *t, MDB_dbi table, uint32_t count, const void *bytes, size_t len)
{
	uint8_t key[8];

	for (uint32_t month = 0; month < MONTHS; month++)
		for (uint32_t i = 0; i < count; i++) {
			MDB_val k = val(key, sizeof(key)), v = val(bytes, len);

			key_month(key, month, i);
			must(mdb_put(t, table, &k, &v, MDB_APPEND), "fill the store");
		}
}

static void fill_cursors(struct mix *m, MDB_txn *t)
{
	uint64_t cursor[3] = { 0 };
	uint8_t key[4];

	for (uint32_t i = 0; i < m->shape.orgs; i++) {
		MDB_val k = val(key, sizeof(key)), v = val(cursor, sizeof(cursor));

		key_u32(key, i);
		must(mdb_put(t, m->cursors, &k, &v, MDB_APPEND), "fill the store");
	}
}

static void fill_all(struct mix *m)
{
	struct record record = { .figure = { 0 } };
	struct sums sums;
	MDB_txn *t;

	for (int i = 0; i < FIGURES; i++) {
		record.figure[i] = i + 1;
		sums.figure[i] = 1000 + i;
	}
	must(mdb_txn_begin(m->env, NULL, 0, &t), "begin");
	must(mdb_dbi_open(t, "log", MDB_CREATE, &m->log), "a table");
	must(mdb_dbi_open(t, "records", MDB_CREATE, &m->records), "a table");
	must(mdb_dbi_open(t, "cursors", MDB_CREATE, &m->cursors), "a table");
	must(mdb_dbi_open(t, "nodes", MDB_CREATE, &m->nodes), "a table");
	fill(t, m->records, m->shape.orgs, &record, sizeof(record));
	fill(t, m->nodes, m->node_count, &sums, sizeof(sums));
	fill_cursors(m, t);
	must(mdb_txn_commit(t), "commit");
}

static void lay_out(struct mix *m)
{
	/* for each org of a country of 52,000: 3,300 communes, 340 districts, 34 provinces */
	static const uint32_t of_52000[LEVELS] = { 1, 34, 340, 3300, 52000 };

	for (int i = 0; i < LEVELS; i++) {
		uint64_t width = (uint64_t)of_52000[i] * m->shape.orgs / 52000;

		m->width[i] = width ? (uint32_t)width : 1;
		m->first[i] = m->node_count;
		m->node_count += m->width[i];
	}
}

struct mix *mix_open(const char *dir, const struct mix_shape *shape)
{
	struct mix *m = bench_have(calloc(1, sizeof(*m)));

	m->shape = *shape;
	m->chance = 7;
	lay_out(m);
	m->delta = bench_have(calloc(m->node_count, sizeof(*m->delta)));
	m->touched = bench_have(calloc(m->node_count, sizeof(*m->touched)));
	m->order = bench_have(calloc(m->node_count, sizeof(*m->order)));
	snprintf(m->dir, sizeof(m->dir), "%s", bench_path(dir, "mix"));
	bench_remove_store(m->dir);
	bench_folder(m->dir);
	must(mdb_env_create(&m->env), "an environment");
	must(mdb_env_set_mapsize(m->env, (size_t)16 << 30), "an environment");
	must(mdb_env_set_maxdbs(m->env, 8), "an environment");
	/* as the product opens it: every commit is on the disk when it returns */
	must(mdb_env_open(m->env, m->dir, MDB_NOTLS | MDB_NORDAHEAD, 0600), m->dir);
	fill_all(m);
	return m;
}

void mix_close(struct mix *m)
{
	mdb_env_close(m->env);
	bench_remove_store(m->dir);
	free(m->delta);
	free(m->touched);
	free(m->order);
	free(m);
}

/* ---- one submission ---- */

static void add_node(struct mix *m, MDB_txn *t, uint32_t node, const struct sums *add)
{
	uint8_t key[8] = { 0 };
	MDB_val k = val(key, sizeof(key)), v;
	struct sums sums;

	key_month(key, MONTHS - 1, node);
	must(mdb_get(t, m->nodes, &k, &v), "read a node");
	memcpy(&sums, v.mv_data, sizeof(sums));
	for (int i = 0; i < FIGURES; i++)
		sums.figure[i] += add->figure[i];
	v = val(&sums, sizeof(sums));
	must(mdb_put(t, m->nodes, &k, &v, 0), "write a node");
}

static void note_node(struct mix *m, uint32_t node, const struct sums *add)
{
	if (!m->touched[node]) {
		m->touched[node] = true;
		m->order[m->order_count++] = node;
		memset(&m->delta[node], 0, sizeof(m->delta[node]));
	}
	for (int i = 0; i < FIGURES; i++)
		m->delta[node].figure[i] += add->figure[i];
}

static void add_up(struct mix *m, MDB_txn *t, uint32_t org, const struct sums *add)
{
	for (int level = LEVELS - 1; level >= 0; level--) {
		uint32_t node = m->first[level] +
				(uint32_t)((uint64_t)org * m->width[level] / m->width[LEVELS - 1]);

		if (m->shape.plain)
			add_node(m, t, node, add);
		else
			note_node(m, node, add);
	}
}

static void submit(struct mix *m, MDB_txn *t, uint32_t org)
{
	uint8_t key[8], log[LOG_BYTES], seq[8] = { 0 };
	uint64_t cursor[3] = { m->seq, org, 0 };
	MDB_val k = val(seq, sizeof(seq)), v = val(log, sizeof(log));
	struct record record;
	struct sums add;

	m->seq++;
	key_u32(seq, (uint32_t)(m->seq >> 32));
	key_u32(seq + 4, (uint32_t)m->seq);
	memset(log, (int)(m->seq & 0xff), sizeof(log));
	must(mdb_put(t, m->log, &k, &v, MDB_APPEND), "append");
	key_month(key, MONTHS - 1, org);
	k = val(key, sizeof(key));
	must(mdb_get(t, m->records, &k, &v), "read a record");
	memcpy(&record, v.mv_data, sizeof(record));
	for (int i = 0; i < FIGURES; i++) {
		int32_t figure = (int32_t)((m->seq * 31 + (uint64_t)i) & 1023);

		add.figure[i] = figure - record.figure[i];
		record.figure[i] = figure;
	}
	v = val(&record, sizeof(record));
	must(mdb_put(t, m->records, &k, &v, 0), "write a record");
	k = val(key + 4, 4);
	v = val(cursor, sizeof(cursor));
	must(mdb_put(t, m->cursors, &k, &v, 0), "write a cursor");
	if (!m->shape.no_tables)
		add_up(m, t, org, &add);
}

static int by_number(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

static void transaction(struct mix *m, uint32_t batch)
{
	MDB_txn *t;

	must(mdb_txn_begin(m->env, NULL, 0, &t), "begin");
	m->order_count = 0;
	for (uint32_t i = 0; i < batch; i++)
		submit(m, t, draw_below(&m->chance, m->shape.orgs));
	qsort(m->order, m->order_count, sizeof(*m->order), by_number);
	for (size_t i = 0; i < m->order_count; i++) {
		add_node(m, t, m->order[i], &m->delta[m->order[i]]);
		m->touched[m->order[i]] = false;
	}
	must(mdb_txn_commit(t), "commit");
}

struct mix_result mix_run(struct mix *m, uint32_t batch, uint64_t ops)
{
	struct mix_result out = { 0, 0, 0, 0 };
	struct samples commits = { NULL, 0, 0 };
	double t0 = bench_now_s(), c0 = bench_cpu_s();

	for (; out.ops < ops; out.ops += batch) {
		double b0 = bench_now_s();

		transaction(m, batch);
		samples_add(&commits, bench_now_s() - b0);
	}
	out.seconds = bench_now_s() - t0;
	out.cpu_s = bench_cpu_s() - c0;
	out.commit_p99_s = samples_at(&commits, 0.99);
	samples_fini(&commits);
	return out;
}
