#include "flip.h"

#include "build.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

enum { PAGE = 4096, ROWS_MAX = 20000, PAGES_MAX = 4096, CHILD_S = 20, MAP = 64 << 20 };
enum kind { META, BRANCH, LEAF, OVERFLOW, UNUSED, KINDS };
static const char *const kind_names[] = { "meta", "branch", "leaf", "overflow", "unused" };

static const struct flipping *flipping;
static char dir[64], file[96], lock[96];
static uint8_t *image;
static size_t image_len;
struct flip_row flip_rows[ROWS_MAX];
size_t flip_row_count;

/* ---- the store ---- */

int flip_open(struct kv **kv)
{
	struct kv_open how = { .dir = dir, .map_bytes = MAP, .tables = flipping->tables };
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

	CHECK(!flip_open(&kv));
	CHECK(!kv_begin(&txn, kv, KV_READ, &e));
	for (unsigned t = 0; t < flipping->tables; t++) {
		struct kv_cursor *c;

		CHECK(!kv_walk(&c, txn, (uint8_t)t, none, none, false, &e));
		while (kv_next(c, &key, &value, &e) == 1) {
			CHECK(flip_row_count < ROWS_MAX);
			flip_rows[flip_row_count++] = (struct flip_row){ (uint8_t)t, keep(key),
									 keep(value) };
		}
		kv_walk_end(c);
	}
	kv_abort(&txn);
	kv_close(kv);
}

static void make_image(struct kv *whole)
{
	struct err e = { 0 };
	struct stat st;
	FILE *f;

	snprintf(dir, sizeof(dir), "/tmp/ketnap-flip.XXXXXX");
	CHECK(mkdtemp(dir));
	CHECK(!kv_copy(whole, dir, &e));
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

static int read_child(void)
{
	struct err e = { 0 };
	struct kv_txn *txn;
	struct kv *kv;
	int saw = SAW_SAME;

	if (flip_open(&kv) || kv_begin(&txn, kv, KV_READ, &e))
		return SAW_ERROR;
	for (size_t i = 0; i < flip_row_count; i++) {
		struct span value;
		int rc = kv_get(txn, flip_rows[i].table, flip_rows[i].key, &value, &e);
		int now = rc == -ERR_NOTFOUND ? SAW_MISSING : rc ? SAW_ERROR : SAW_SAME;

		if (!rc && !span_eq(value, flip_rows[i].value))
			now = flipping->checks(flip_rows[i].table, flip_rows[i].key, value)
				      ? SAW_LIE
				      : SAW_RAW_LIE;
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

/* The next answer, as gathered in k->b. */
void flip_answered(struct asking *k, int rc, bool sum)
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
void flip_say(struct asking *k, uint64_t n)
{
	buf_bytes(&k->b, span_of(&n, sizeof(n)));
}

static int ask_child(void)
{
	return flipping->ask(false);
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
	int verify = SAW_SAME, reading, asked = SAW_SAME;

	if (flipping->verify) {
		put_image(at, (uint8_t)(1u << bit));
		verify = ask(flipping->verify);
	}
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
	if ((flipping->verify && verify == SAW_SAME &&
	     (reading != SAW_SAME || asked != SAW_SAME)) ||
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
	       image_len, flip_row_count, truth_count, "page", "flips", "harmless", "verify: error",
	       "stopped", "same", "error", "missing", "checksum", "stopped", "a lie", "same",
	       "error", "missing", "less", "stopped", "a lie");
	for (int k = 0; k < KINDS; k++) {
		if (told[k].flips)
			report_kind(k);
		flips += told[k].flips;
		unnoticed += told[k].unnoticed;
		raw += told[k].read[SAW_RAW_LIE];
		refused += told[k].asked[SAW_ERROR];
		if (!told[k].flips && k != UNUSED && (k != OVERFLOW || flipping->overflow)) {
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

void flip_asked(struct asking *k)
{
	if (k->learn)
		truth_count = k->at;
}

int flip_run(const struct flipping *how, struct kv *whole, unsigned count, uint64_t seed)
{
	struct rng r = { seed };
	int rc;

	flipping = how;
	make_image(whole);
	find_kinds();
	CHECK(how->ask(true) == SAW_SAME);
	CHECK(!how->verify || ask(how->verify) == SAW_SAME);
	CHECK(ask(read_child) == SAW_SAME && ask(ask_child) == SAW_SAME);
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
