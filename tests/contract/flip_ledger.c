/* One bit of a store turned over, anywhere: is it noticed? A small store is made, a bit of its file flipped, and two
 * children look at what is left: one runs verify, the other reads every row there was by its key. What is read is the
 * truth, or an error, or (where a page of the store's own tree was hit) missing, and whatever is missing or cannot be
 * read verify must find: it may pass only over a store that still gives every row. A child that stops has noticed too:
 * LMDB 0.9 has no checksums of its own and looks at its pages by assertions.
 * A third child asks what the programs ask: entries, devices, persons, heads, sheets and totals, by the ledger's own getters
 * and queries. An entry, a row or a sheet is the truth or refused; a sum may miss what a page of the store's own tree
 * lost, when verify finds it.
 * flip_ledger [FLIPS OF EACH KIND OF PAGE, 0: every byte of the file [SEED]] */
#include "story.h"

#include "crypto/hash.h"
#include "internal.h"
#include "ledger/query.h"
#include "ledger/verify.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(99);                                                  \
		}                                                                  \
	} while (0)

enum { PAGE = 4096, STEPS = 260, ROWS_MAX = 20000, PAGES_MAX = 4096, CHILD_S = 20, MAP = 64 << 20 };
enum kind { META, BRANCH, LEAF, OVERFLOW, UNUSED, KINDS };
static const char *const kind_names[] = { "meta", "branch", "leaf", "overflow", "unused" };

static char dir[64], file[96], lock[96];
static uint8_t *image;
static size_t image_len;
static struct row {
	uint8_t table;
	struct span key, value; /* of the image that is whole */
} rows[ROWS_MAX];
static size_t row_count;
static uint32_t units[STORY_UNITS];
static size_t unit_count;
static uint64_t devices[STORY_DEVICES];
static uint32_t persons[STORY_DEVICES];
static size_t device_count;

/* ---- the store ---- */

static int open_copy(struct kv **kv)
{
	struct kv_open how = { .dir = dir, .map_bytes = MAP, .tables = LEDGER_TABLES };
	struct err e = { 0 };

	return kv_lmdb_open(kv, &how, &e);
}

static struct span keep(struct span s)
{
	uint8_t *bytes = malloc(s.len ? s.len : 1);

	CHECK(bytes);
	if (s.len)
		memcpy(bytes, s.data, s.len);
	return span_of(bytes, s.len);
}

static void list_rows(void)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_txn *txn;
	struct err e = { 0 };
	struct kv *kv;

	CHECK(!open_copy(&kv));
	CHECK(!kv_begin(&txn, kv, KV_READ, &e));
	for (unsigned t = 0; t < LEDGER_TABLES; t++) {
		struct kv_cursor *c;

		CHECK(!kv_walk(&c, txn, (uint8_t)t, none, none, false, &e));
		while (kv_next(c, &key, &value, &e) == 1) {
			CHECK(row_count < ROWS_MAX);
			rows[row_count++] = (struct row){ (uint8_t)t, keep(key), keep(value) };
		}
		kv_walk_end(c);
	}
	kv_abort(&txn);
	kv_close(kv);
}

static void make_image(uint64_t seed)
{
	struct story *s = calloc(1, sizeof(*s));
	struct err e = { 0 };
	struct stat st;
	struct op op;
	FILE *f;

	CHECK(s);
	story_open(s, seed, true);
	op = build_form(&s->w, "monthly"); /* long enough for pages of its own */
	CHECK(!story_act(s, &op));
	while (s->step_count < STEPS)
		story_step(s);
	story_commit(s);
	for (size_t i = 0; i < s->unit_count; i++)
		units[unit_count++] = s->units[i].unit;
	for (size_t i = 0; i < s->device_count; i++, device_count++) {
		devices[i] = s->devices[i].d.device;
		persons[i] = s->devices[i].d.person;
	}
	snprintf(dir, sizeof(dir), "/tmp/ketnap-flip.XXXXXX");
	CHECK(mkdtemp(dir));
	CHECK(!kv_copy(s->w.kv, dir, &e));
	story_close(s);
	free(s);
	snprintf(file, sizeof(file), "%s/data.mdb", dir);
	snprintf(lock, sizeof(lock), "%s/lock.mdb", dir);
	CHECK(!stat(file, &st));
	image_len = (size_t)st.st_size;
	image = malloc(image_len);
	f = fopen(file, "rb");
	CHECK(image && f && fread(image, 1, image_len, f) == image_len);
	fclose(f);
	list_rows();
}

/* ---- who looks ---- */

/* In the order in which the worst of several is told. */
enum saw { SAW_SAME, SAW_ERROR, SAW_MISSING, SAW_LESS, SAW_LIE, SAW_RAW_LIE, SAW_STOPPED };

static int verify_child(void)
{
	struct verify_report r;
	struct err e = { 0 };
	struct ledger *l;
	struct kv *kv;

	if (open_copy(&kv) || ledger_open(&l, kv, 0, &e) || ledger_verify(&r, l, NULL, NULL, &e))
		return SAW_ERROR;
	return SAW_SAME;
}

/* As every row of the ledger is looked at before it is believed: KEYS.md. */
static bool checks(struct span value)
{
	uint32_t sum;

	if (value.len < 5 || value.data[0] != 1)
		return false;
	sum = (uint32_t)value.data[value.len - 4] << 24 |
	      (uint32_t)value.data[value.len - 3] << 16 | (uint32_t)value.data[value.len - 2] << 8 |
	      value.data[value.len - 1];
	return crc32(0, value.data, (unsigned)value.len - 4) == sum;
}

static int read_child(void)
{
	struct err e = { 0 };
	struct kv_txn *txn;
	struct kv *kv;
	int saw = SAW_SAME;

	if (open_copy(&kv) || kv_begin(&txn, kv, KV_READ, &e))
		return SAW_ERROR;
	for (size_t i = 0; i < row_count; i++) {
		struct span value;
		int rc = kv_get(txn, rows[i].table, rows[i].key, &value, &e);
		int now = rc == -ERR_NOTFOUND ? SAW_MISSING : rc ? SAW_ERROR : SAW_SAME;

		if (!rc && !span_eq(value, rows[i].value))
			now = checks(value) ? SAW_LIE : SAW_RAW_LIE;
		if (now > saw)
			saw = now;
	}
	return saw;
}

/* ---- what the programs ask ---- */

enum { ANSWERS_MAX = 4096 };
static struct answer {
	bool sum; /* over rows, by a walk: what the store's tree lost is not in it */
	int rc;
	struct hash what;
} truth[ANSWERS_MAX];
static size_t truth_count;

struct asking {
	struct ledger *l;
	struct arena *a;
	struct buf b;
	size_t at;
	bool learn;
	int saw;
};

/* The next answer, as gathered in k->b. */
static void answered(struct asking *k, int rc, bool sum)
{
	struct answer *t = &truth[k->at];
	int now = SAW_SAME;

	CHECK(k->at < ANSWERS_MAX && !k->b.failed);
	if (k->learn)
		*t = (struct answer){ sum, rc, hash_bytes(buf_span(&k->b)) };
	else if (rc == -ERR_NOTFOUND && t->rc == 0)
		now = SAW_MISSING;
	else if (rc < 0 && rc != -ERR_NOTFOUND)
		now = SAW_ERROR;
	else if (rc != t->rc ||
		 (!rc && memcmp(hash_bytes(buf_span(&k->b)).b, t->what.b, HASH_BYTES)))
		now = t->sum ? SAW_LESS : SAW_LIE;
	k->saw = now > k->saw ? now : k->saw;
	k->at++;
	buf_reset(&k->b);
}

/* One number after another. */
static void say(struct asking *k, uint64_t n)
{
	buf_bytes(&k->b, span_of(&n, sizeof(n)));
}

static void ask_people(struct asking *k, size_t i)
{
	struct device_row d = { .device = 0 };
	struct chain_row c = { .epoch = 0 };
	struct person_row p = { .person = 0 };
	struct err e = { 0 };
	int rc = ledger_device(k->l, devices[i], &d, &e);

	say(k, d.unit + ((uint64_t)d.person << 32));
	say(k, d.epoch + (d.enrolled_lsn << 32));
	say(k, d.revoked_lsn + (d.suspended_lsn << 32));
	buf_bytes(&k->b, span_of(d.spki_hash, sizeof(d.spki_hash)));
	answered(k, rc, false);
	rc = ledger_chain(k->l, devices[i], &c, &e);
	say(k, c.epoch + (c.seq << 32));
	say(k, c.lsn);
	buf_bytes(&k->b, span_of(c.hash.b, HASH_BYTES));
	answered(k, rc, false);
	rc = ledger_person(k->l, persons[i], &p, &e);
	say(k, p.unit + ((uint64_t)p.role << 32));
	say(k, (uint32_t)p.from + ((uint64_t)(uint32_t)p.to << 32));
	say(k, p.lsn);
	answered(k, rc, false);
}

static void ask_sheet(struct asking *k, struct span key)
{
	struct sheet *s = arena_alloc(k->a, sizeof(*s));
	struct sheet_key at;
	struct err e = { 0 };
	int rc;

	CHECK(s && sheet_key_read(&at, key));
	rc = ledger_sheet(k->l, at.unit, at.form, at.period, s, &e);
	if (!rc)
		sheet_encode(&k->b, s);
	answered(k, rc, false);
}

static void ask_totals(struct asking *k, uint32_t unit, enum query_basis basis)
{
	struct query q = { .unit = unit,
			   .period = { day(2020, 1, 1), day(2024, 12, 31) },
			   .known_at = UINT64_MAX,
			   .basis = basis };
	struct totals t = { .measure_count = 0 };
	struct err e = { 0 };
	int rc = query_totals(&t, k->l, &q, k->a, &e);

	for (size_t i = 0; !rc && i < t.measure_count; i++) {
		say(k, (uint64_t)t.measures[i].sum);
		say(k, t.measures[i].count + ((uint64_t)t.measures[i].measure << 32));
	}
	for (size_t i = 0; !rc && i < t.target_count; i++)
		say(k, (uint64_t)t.targets[i].goal + (t.targets[i].lsn << 32));
	say(k, (uint64_t)t.members);
	say(k, t.reporting.expected + (t.reporting.reported << 32));
	say(k, t.sheets.signed_ + (t.sheets.accepted << 32));
	answered(k, rc, true);
}

static void ask_head(struct asking *k)
{
	struct ed25519_sig sig = { .b = { 0 } };
	struct head head;
	struct err e = { 0 };
	int rc = ledger_head(k->l, &head, &sig, &e);

	buf_bytes(&k->b, span_of(sig.b, sizeof(sig.b)));
	answered(k, rc, false);
}

/* The questions are those of the store that is whole, whatever this one still knows. */
static int ask_all(bool learn)
{
	struct asking k = { .learn = learn };
	struct err e = { 0 };
	struct kv *kv;

	if (open_copy(&kv) || ledger_open(&k.l, kv, 0, &e))
		return SAW_ERROR;
	k.a = arena_new(64 << 20);
	buf_init(&k.b, 1 << 20);
	for (size_t i = 0; i < row_count; i++) {
		arena_reset(k.a);
		if (rows[i].table == T_SHEET)
			ask_sheet(&k, rows[i].key);
		else if (rows[i].table == T_LOG)
			answered(&k, ledger_entry(k.l, key_read_u64(rows[i].key, 0), &k.b, &e),
				 false);
	}
	for (size_t i = 0; i < device_count; i++)
		ask_people(&k, i);
	for (size_t i = 0; i < unit_count; i++) {
		arena_reset(k.a);
		ask_totals(&k, units[i], i % 2 ? BASIS_ACCEPTED : BASIS_SIGNED);
	}
	ask_head(&k);
	if (learn)
		truth_count = k.at;
	buf_fini(&k.b);
	arena_free(k.a);
	ledger_close(k.l);
	kv_close(kv);
	return k.saw;
}

static int ask_child(void)
{
	return ask_all(false);
}

/* A child that falls over a flipped bit in the store's library is an answer here, and no find of a sanitizer, whose
 * report in a file would fail the stage. */
static void quiet_crashes(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGABRT };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		signal(signals[i], SIG_DFL);
#ifdef __SANITIZE_ADDRESS__
	__sanitizer_set_report_path("stderr");
#endif
}

static int ask(int (*look)(void))
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0);
	if (!pid) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(99);
		quiet_crashes();
		alarm(CHILD_S);
		_exit(look());
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	unlink(lock);
	CHECK(!WIFEXITED(status) || WEXITSTATUS(status) != 99);
	return WIFEXITED(status) && WEXITSTATUS(status) <= SAW_STOPPED ? WEXITSTATUS(status)
								       : SAW_STOPPED;
}

/* ---- the flips ---- */

static struct {
	unsigned flips, harmless, verify_error, verify_stopped, read[SAW_STOPPED + 1],
		asked[SAW_STOPPED + 1], unnoticed;
} told[KINDS];

static enum kind kinds[PAGES_MAX];

/* A value of several pages has a head on the first alone, which says how many. */
static void find_kinds(void)
{
	size_t pages = image_len / PAGE, more = 0;

	CHECK(pages <= PAGES_MAX);
	for (size_t i = 0; i < pages; i++) {
		const uint8_t *page = image + i * PAGE;
		unsigned flags = page[10] | (unsigned)page[11] << 8;

		if (more) {
			kinds[i] = OVERFLOW;
			more--;
			continue;
		}
		if (flags & 0x04)
			more = (page[12] | (size_t)page[13] << 8) - 1;
		kinds[i] = flags & 0x08   ? META
			   : flags & 0x04 ? OVERFLOW
			   : flags & 0x01 ? BRANCH
			   : flags & 0x02 ? LEAF
					  : UNUSED;
	}
}

static enum kind kind_of(size_t at)
{
	return kinds[at / PAGE];
}

/* The whole file each time: whoever opens a store may also write to it. */
static void put_image(size_t at, uint8_t mask)
{
	FILE *f = fopen(file, "wb");

	image[at] ^= mask;
	CHECK(f && fwrite(image, 1, image_len, f) == image_len && !fclose(f));
	image[at] ^= mask;
}

static void flip(enum kind kind, size_t at, unsigned bit)
{
	int verify, reading, asked = SAW_SAME;

	put_image(at, (uint8_t)(1u << bit));
	verify = ask(verify_child);
	put_image(at, (uint8_t)(1u << bit));
	reading = ask(read_child);
	if (verify != SAW_SAME || reading != SAW_SAME || !(told[kind].flips % 4)) {
		put_image(at, (uint8_t)(1u << bit));
		asked = ask(ask_child);
		told[kind].asked[asked]++;
	}
	told[kind].flips++;
	told[kind].harmless += verify == SAW_SAME && reading == SAW_SAME;
	told[kind].verify_error += verify == SAW_ERROR;
	told[kind].verify_stopped += verify == SAW_STOPPED;
	told[kind].read[reading]++;
	if ((verify == SAW_SAME && (reading != SAW_SAME || asked != SAW_SAME)) ||
	    reading == SAW_LIE || asked == SAW_LIE) {
		told[kind].unnoticed++;
		fprintf(stderr, "%s page, byte %zu, bit %u: verify %d, read %d, asked %d\n",
			kind_names[kind], at, bit, verify, reading, asked);
	}
}

/* In the head of a page and its table of places, or in what stands there; not in the room between them, which says
 * nothing. */
static size_t place_in(enum kind kind, const uint8_t *page, bool rows_of_it, struct rng *r)
{
	uint32_t lower = page[12] | (uint32_t)page[13] << 8,
		 upper = page[14] | (uint32_t)page[15] << 8;

	if ((kind != LEAF && kind != BRANCH) || lower > upper || upper >= PAGE || !lower)
		return rng_below(r, rows_of_it ? PAGE : 96);
	return rows_of_it ? upper + rng_below(r, PAGE - upper) : rng_below(r, lower);
}

static void some_of(enum kind kind, unsigned count, struct rng *r)
{
	size_t pages = image_len / PAGE, *mine = calloc(pages + 1, sizeof(*mine)), found = 0;

	CHECK(mine);
	for (size_t i = 0; i < pages; i++)
		if (kind_of(i * PAGE) == kind)
			mine[found++] = i * PAGE;
	for (unsigned i = 0; found && i < count; i++) {
		size_t page = mine[rng_below(r, (uint32_t)found)];

		flip(kind, page + place_in(kind, image + page, i % 2, r), rng_below(r, 8));
	}
	free(mine);
}

static void report_kind(int k)
{
	printf("%-9s %6u %9u %14u %14u | %12u %6u %8u %8u %8u %6u | %8u %6u %8u %6u %8u %6u\n",
	       kind_names[k], told[k].flips, told[k].harmless, told[k].verify_error,
	       told[k].verify_stopped, told[k].read[SAW_SAME], told[k].read[SAW_ERROR],
	       told[k].read[SAW_MISSING], told[k].read[SAW_RAW_LIE], told[k].read[SAW_STOPPED],
	       told[k].read[SAW_LIE], told[k].asked[SAW_SAME], told[k].asked[SAW_ERROR],
	       told[k].asked[SAW_MISSING], told[k].asked[SAW_LESS], told[k].asked[SAW_STOPPED],
	       told[k].asked[SAW_LIE]);
}

static int report(void)
{
	unsigned unnoticed = 0, raw = 0, refused = 0, flips = 0, none = 0;

	printf("%zu bytes, %zu rows, %zu questions\n%-9s %6s %9s %14s %14s | read: %6s %6s %8s %8s "
	       "%8s %6s | asked: %s %6s %8s %6s %8s %6s\n",
	       image_len, row_count, truth_count, "page", "flips", "harmless", "verify: error",
	       "stopped", "same", "error", "missing", "checksum", "stopped", "a lie", "same",
	       "error", "missing", "less", "stopped", "a lie");
	for (int k = 0; k < KINDS; k++) {
		if (told[k].flips)
			report_kind(k);
		flips += told[k].flips;
		unnoticed += told[k].unnoticed;
		raw += told[k].read[SAW_RAW_LIE];
		refused += told[k].asked[SAW_ERROR];
		if (!told[k].flips && k != UNUSED) {
			fprintf(stderr, "no %s page was there to flip\n", kind_names[k]);
			none++;
		}
	}
	/* The controls: without the checksum these would have been served, and were not. */
	if (!raw || !refused) {
		fprintf(stderr, "no row was changed in any flip: this shows nothing\n");
		return 1;
	}
	printf("%u flips, %u unnoticed; %u rows would have been served without their checksum\n",
	       flips, unnoticed, raw);
	return unnoticed || none;
}

int main(int argc, char **argv)
{
	unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 60;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct rng r;
	int rc;

	r = (struct rng){ seed };
	make_image(seed);
	find_kinds();
	CHECK(ask_all(true) == SAW_SAME);
	CHECK(ask(verify_child) == SAW_SAME && ask(read_child) == SAW_SAME &&
	      ask(ask_child) == SAW_SAME);
	for (int k = 0; k < KINDS && count; k++)
		some_of((enum kind)k, count, &r);
	for (size_t at = 0; at < image_len && !count; at++)
		flip(kind_of(at), at, rng_below(&r, 8));
	rc = report();
	unlink(file);
	unlink(lock);
	rmdir(dir);
	return rc;
}
