/* The ledger across power cuts (tests/support/power.h): a server's store lives through a random story, or takes a
 * province's months in; after each cut a child opens what is left. Every entry that was acked is there, byte for byte and
 * once; verify finds nothing; the ledger goes on. With settings known to be unsafe, or told before the commit, acked entries
 * must be missing, or this proves nothing.   cut_ledger [--province] [CUTS, 0: at every point [SEED]] */
#include "field.h"
#include "power.h"
#include "story.h"

#include "ledger/verify.h"

#include <inttypes.h>
#include <lmdb.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	STEPS = 300,
	PROVINCE_MONTHS = 2,
	PROVINCE_BATCH = 40,
	STORY_MAP = 256 << 20,
	ENTRIES_MAX = 20000,
};

static char base[] = "/tmp/ketnap-cut-XXXXXX", copy_dir[80];

/* What was recorded: each entry's bytes, and whose key signs the heads. */
struct history {
	struct hash entries[ENTRIES_MAX + 1]; /* by lsn */
	uint64_t count;
	struct ed25519_key key;
	int64_t now_ms;
};
static struct history past;

static struct hash entry_hash(struct ledger *l, uint64_t lsn)
{
	struct err e = { 0 };
	struct buf bytes;
	struct hash h;

	buf_init(&bytes, ENTRY_MAX);
	must(ledger_entry(l, lsn, &bytes, &e), &e, "an entry");
	h = hash_bytes(buf_span(&bytes));
	buf_fini(&bytes);
	return h;
}

static void remember(struct ledger *l, const struct ed25519_key *key, int64_t now_ms)
{
	past.count = ledger_info(l).lsn;
	past.key = *key;
	past.now_ms = now_ms;
	POWER_CHECK(past.count <= ENTRIES_MAX);
	for (uint64_t lsn = 1; lsn <= past.count; lsn++)
		past.entries[lsn] = entry_hash(l, lsn);
}

static struct kv *open_at(const char *dir, struct err *e)
{
	struct kv_open how = { .dir = dir, .map_bytes = STORY_MAP, .tables = LEDGER_TABLES };
	struct kv *kv = NULL;

	return kv_lmdb_open(&kv, &how, e) ? NULL : kv;
}

static bool goes_on(struct ledger *l, struct err *e)
{
	struct op op = { .kind = OP_SETTING, .setting = { SPAN_LIT("rounding"), SPAN_LIT("2") } };
	uint64_t lsn;

	return !ledger_begin(l, e) && !ledger_act(l, &op, past.now_ms, &lsn, e) &&
	       !ledger_commit(l, &past.key, NULL, e);
}

static enum power_verdict look(void *ctx, const char *copy, unsigned acked)
{
	struct verify_report r;
	struct err e = { 0 };
	struct kv *kv = open_at(copy, &e);
	struct ledger *l;
	uint64_t lsn;

	(void)ctx;
	if (!kv || ledger_open(&l, kv, 0, &e))
		return POWER_UNOPENED;
	lsn = ledger_info(l).lsn;
	if (lsn < acked)
		return POWER_LOST;
	for (uint64_t i = 1; i <= lsn; i++) {
		struct hash h = entry_hash(l, i);

		if (i > past.count || !hash_eq(&h, &past.entries[i]))
			return POWER_TORN;
	}
	if (ledger_verify(&r, l, NULL, NULL, &e) || !goes_on(l, &e))
		return POWER_TORN;
	return POWER_KEPT;
}

/* ---- what is recorded ---- */

/* What differs: flags of the store, or acks before the commit. */
struct control {
	const char *name;
	unsigned flags;
	bool too_early;
};

static void begin(struct world *w, const struct control *how)
{
	ledger_close(w->l);
	kv_close(w->kv);
	power_flags = how->flags;
	w->kv = open_at(w->dir, &w->e);
	POWER_CHECK(w->kv);
	power_flags = 0;
	must(ledger_open(&w->l, w->kv, 0, &w->e), &w->e, "open a ledger");
	power_record(w->dir);
	power_ack((unsigned)ledger_info(w->l).lsn);
}

/* One step after the other; told whenever a batch has ended, or at once. */
static void record_story(uint64_t seed, const struct control *how)
{
	struct story *s = calloc(1, sizeof(*s));

	POWER_CHECK(s);
	story_open(s, seed, true);
	story_commit(s);
	begin(&s->w, how);
	while (s->step_count < STEPS) {
		story_step(s);
		if (!s->in_batch || how->too_early)
			power_ack((unsigned)ledger_info(s->w.l).lsn);
	}
	story_commit(s);
	power_stop();
	remember(s->w.l, &s->w.key, s->w.now_ms);
	story_close(s);
	free(s);
}

static void import_months(struct field *f, const struct control *how)
{
	const size_t *reporters = province_reporters(f->sheets->province);
	struct typed_sheet *made = malloc(sizeof(*made));
	struct err e = { 0 };
	uint64_t lsn = 0;

	POWER_CHECK(made);
	for (size_t i = 0; i < (size_t)PROVINCE_MONTHS * PROVINCE_GRASSROOTS; i++) {
		size_t who = i % PROVINCE_GRASSROOTS;

		if (i % PROVINCE_BATCH == 0)
			field_begin(f);
		sheets_import(f->sheets, made, who, field_unit(reporters[who]),
			      (unsigned)(i / PROVINCE_GRASSROOTS));
		must(ledger_act(f->ledger, &made->op, f->now_ms, &lsn, &e), &e, "a sheet");
		if (how->too_early)
			power_ack((unsigned)lsn);
		if (i % PROVINCE_BATCH == PROVINCE_BATCH - 1 ||
		    i + 1 == (size_t)PROVINCE_MONTHS * PROVINCE_GRASSROOTS) {
			field_commit(f, NULL);
			power_ack((unsigned)lsn);
		}
	}
	free(made);
}

static void record_province(uint64_t seed, const struct control *how)
{
	struct sheets *sheets = calloc(1, sizeof(*sheets));
	struct world w;
	struct field f;

	(void)seed;
	POWER_CHECK(sheets);
	sheets_open(sheets, 2020, 2025);
	world_open(&w, true, false);
	f = (struct field){ .ledger = w.l, .key = &w.key, .sheets = sheets, .now_ms = w.now_ms };
	field_build(&f);
	begin(&w, how);
	f.ledger = w.l;
	import_months(&f, how);
	power_stop();
	remember(w.l, &w.key, w.now_ms);
	world_close(&w);
	sheets_close(sheets);
	free(sheets);
}

int main(int argc, char **argv)
{
	static const struct control as_opened = { "as opened", 0, false };
	static const struct control unsafe[] = {
		{ "control without meta sync", MDB_NOMETASYNC, false },
		{ "control without any sync", MDB_NOSYNC, false },
		{ "control told before the commit", 0, true },
	};
	bool province = argc > 1 && !strcmp(argv[1], "--province");
	void (*record)(uint64_t, const struct control *) = province ? record_province
								    : record_story;
	unsigned cuts, tally[POWER_CRASHED + 1], bad;
	uint64_t seed;

	argc -= province, argv += province;
	cuts = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100;
	seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
	printf("seed %" PRIu64 "\n", seed);
	power_seed(seed);
	POWER_CHECK(mkdtemp(base));
	snprintf(copy_dir, sizeof(copy_dir), "%s/copy", base);
	POWER_CHECK(!mkdir(copy_dir, 0700));
	record(seed, &as_opened);
	bad = power_cuts(as_opened.name, copy_dir, cuts, look, NULL, tally);
	for (size_t i = 0; i < ARRAY_LEN(unsafe); i++) {
		record(seed, &unsafe[i]);
		if (!power_cuts(unsafe[i].name, copy_dir, cuts / 4 + 20, look, NULL, tally)) {
			fprintf(stderr, "%s: nothing is lost, the cuts do not cut\n",
				unsafe[i].name);
			bad++;
		}
	}
	power_forget();
	power_remove(copy_dir);
	rmdir(base);
	return bad ? 1 : 0;
}
