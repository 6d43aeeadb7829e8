/* The store across power cuts. A long history of commits runs once, with every write and sync that
 * LMDB makes written down. Then the power is cut at a random place, many times: what a disk must
 * have kept is kept (everything before the last finished fdatasync, and synchronous writes), of the
 * rest a random part; a child process opens what is left and compares it with the commits
 * acknowledged before the cut. The same with a setting known to be unsafe must lose commits, or
 * this proves nothing.   cut_kv [CUTS [SEED]] */
#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kv/kv.h"
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#define CHECK(cond)                                                                \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			exit(99); /* in a child: none of its verdicts */           \
		}                                                                  \
	} while (0)

enum {
	COMMITS = 400,
	KEYS = 200,
	LOG_KEPT = 60, /* older log entries are deleted, so that pages are used again */
	SECTOR = 512,
	IMAGE_MAX = 8 << 20,
	EVENTS_MAX = 1 << 16,
};

static uint64_t random_state;

static unsigned random_below(unsigned n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(random_state >> 33) % n;
}

/* --- what the disk was told --- */

enum what { WRITE, SYNC_WRITE, SYNC, ACK };

static struct event {
	enum what what;
	size_t at, len;
	uint8_t *bytes;  /* of a write */
	unsigned commit; /* of an ACK */
} events[EVENTS_MAX];
static size_t event_count;
static bool recording;
static unsigned extra_flags; /* of the environment: how the control differs */

static void note(enum what what, size_t at, const void *bytes, size_t len, unsigned commit)
{
	struct event *ev = &events[event_count];

	if (!recording)
		return;
	CHECK(event_count < EVENTS_MAX);
	*ev = (struct event){ what, at, len, NULL, commit };
	if (bytes) {
		ev->bytes = malloc(len);
		CHECK(ev->bytes);
		memcpy(ev->bytes, bytes, len);
	}
	event_count++;
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
	bool synchronous = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
	ssize_t done = syscall(SYS_pwrite64, fd, buf, len, at);

	CHECK(done == (ssize_t)len);
	note(synchronous ? SYNC_WRITE : WRITE, (size_t)at, buf, len, 0);
	return done;
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t done = syscall(SYS_writev, fd, iov, (long)count);

	for (int i = 0; i < count; i++) {
		note(WRITE, (size_t)at, iov[i].iov_base, iov[i].iov_len, 0);
		at += (off_t)iov[i].iov_len;
	}
	return done;
}

/* Whether this machine's disk really syncs makes no difference here. */
int fdatasync(int fd)
{
	(void)fd;
	note(SYNC, 0, NULL, 0, 0);
	return 0;
}

/* The product's own code with nothing changed but a flag on its way. */
int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
	int (*real)(MDB_env *, const char *, unsigned, mdb_mode_t);

	*(void **)&real = dlsym(RTLD_NEXT, "mdb_env_open");
	CHECK(real && flags == (MDB_NOTLS | MDB_NORDAHEAD)); /* and nothing else */
	return real(env, path, flags | extra_flags, mode);
}

/* --- a history, and what must be there after its n-th commit --- */

static char dir[64], copy_dir[80];

static int open_at(struct kv **kv, const char *path)
{
	struct kv_open how = { path, IMAGE_MAX, 3, false };

	return kv_lmdb_open(kv, &how, NULL);
}

static uint32_t mixed(uint32_t n)
{
	n = (n ^ (n >> 16)) * UINT32_C(0x45d9f3b);
	return n ^ (n >> 13);
}

/* Which keys commit n writes: up to eight, the same whenever asked. */
static unsigned key_of(unsigned commit, unsigned i)
{
	return mixed(commit * 8 + i) % KEYS;
}

static struct span value_of(unsigned commit, unsigned key, uint8_t *buf)
{
	size_t len = 8 + mixed(commit + key * 7919) % (key % 50 == 0 ? 9000 : 300);

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(commit * 31 + key + i);
	memcpy(buf, &commit, sizeof(commit));
	return span_of(buf, len);
}

static struct span log_key(unsigned commit, uint8_t buf[4])
{
	for (int i = 0; i < 4; i++)
		buf[i] = (uint8_t)(commit >> (24 - 8 * i));
	return span_of(buf, 4);
}

static void commit_one(struct kv *kv, unsigned n)
{
	uint8_t buf[16384], key[4];
	struct kv_txn *txn;

	CHECK(!kv_begin(&txn, kv, KV_WRITE, NULL));
	CHECK(!kv_append(txn, 0, log_key(n, key), value_of(n, 1, buf), NULL));
	if (n > LOG_KEPT)
		CHECK(!kv_del(txn, 0, log_key(n - LOG_KEPT, key), NULL));
	for (unsigned i = 0; i < 1 + n % 8; i++) {
		unsigned k = key_of(n, i);

		CHECK(!kv_put(txn, 1, span_of(&k, sizeof(k)), value_of(n, k, buf), NULL));
	}
	CHECK(!kv_put(txn, 2, SPAN_LIT("n"), span_of(&n, sizeof(n)), NULL));
	CHECK(!kv_commit(&txn, NULL));
	note(ACK, 0, NULL, 0, n);
}

static bool log_is(struct kv_txn *txn, unsigned n)
{
	unsigned at = n > LOG_KEPT ? n - LOG_KEPT + 1 : 1;
	struct span none = { 0 }, key, value;
	uint8_t buf[16384], want[4];
	struct kv_cursor *c;
	bool same = true;

	if (kv_walk(&c, txn, 0, none, none, false, NULL))
		return false;
	while (same && kv_next(c, &key, &value, NULL) == 1) {
		same = span_eq(key, log_key(at, want)) && span_eq(value, value_of(at, 1, buf));
		at++;
	}
	kv_walk_end(c);
	return same && at == n + 1;
}

static bool keys_are(struct kv_txn *txn, unsigned n)
{
	unsigned last[KEYS] = { 0 };
	uint8_t buf[16384];

	for (unsigned commit = 1; commit <= n; commit++)
		for (unsigned i = 0; i < 1 + commit % 8; i++)
			last[key_of(commit, i)] = commit;
	for (unsigned k = 0; k < KEYS; k++) {
		struct span value;
		int rc = kv_get(txn, 1, span_of(&k, sizeof(k)), &value, NULL);

		if (last[k] ? rc || !span_eq(value, value_of(last[k], k, buf))
			    : rc != -ERR_NOTFOUND)
			return false;
	}
	return true;
}

enum verdict { KEPT, LOST, UNOPENED, TORN, CRASHED };
enum { VERDICT_STATUS = 40 }; /* a sanitizer ends a crashing child with 1 */

/* In the child: at least `acked` commits are there, each whole, and the store can be written. */
static enum verdict examine(unsigned acked)
{
	struct kv_txn *txn;
	struct span value;
	unsigned n = 0;
	bool whole;
	struct kv *kv;

	if (open_at(&kv, copy_dir) || kv_begin(&txn, kv, KV_READ, NULL))
		return UNOPENED;
	if (!kv_get(txn, 2, SPAN_LIT("n"), &value, NULL) && value.len == sizeof(n))
		memcpy(&n, value.data, sizeof(n));
	whole = log_is(txn, n) && keys_are(txn, n);
	kv_abort(&txn);
	if (!whole)
		return TORN;
	commit_one(kv, n + 1);
	kv_close(kv);
	return n < acked ? LOST : KEPT;
}

/* --- the cut --- */

static uint8_t disk[IMAGE_MAX], image[IMAGE_MAX], begin_disk[IMAGE_MAX];
static size_t disk_len, image_len, begin_len;
static size_t used_len; /* no image was ever longer: beyond it all three are zero */

static void apply(uint8_t *to, size_t *len, const struct event *ev, size_t from, size_t count)
{
	CHECK(ev->at + from + count <= IMAGE_MAX);
	memcpy(to + ev->at + from, ev->bytes + from, count);
	if (*len < ev->at + from + count)
		*len = ev->at + from + count;
	if (used_len < *len)
		used_len = *len;
}

/* Any of the sectors of a write that nobody waited for; `share` in 0..4 of four of them. */
static void apply_some(const struct event *ev, unsigned share)
{
	for (size_t from = 0; from < ev->len;) {
		size_t count = SECTOR - (ev->at + from) % SECTOR;

		if (count > ev->len - from)
			count = ev->len - from;
		if (random_below(4) < share)
			apply(image, &image_len, ev, from, count);
		from += count;
	}
}

/* Leave in `image` what the disk may hold when the power goes before event `cut` has ended. */
static unsigned cut_before(size_t cut)
{
	size_t synced = 0;
	unsigned acked = 0;

	memcpy(disk, begin_disk, used_len);
	disk_len = begin_len;
	for (size_t i = 0; i < cut; i++) {
		if (events[i].what == SYNC)
			synced = i;
		if (events[i].what == ACK)
			acked = events[i].commit;
	}
	for (size_t i = 0; i < cut; i++)
		if (events[i].what == SYNC_WRITE || (events[i].what == WRITE && i < synced))
			apply(disk, &disk_len, &events[i], 0, events[i].len);
	memcpy(image, disk, used_len);
	image_len = disk_len;
	for (size_t i = synced; i <= cut && i < event_count; i++) /* and the one under way */
		if (events[i].what == WRITE || (events[i].what == SYNC_WRITE && i == cut))
			apply_some(&events[i], random_below(5));
	return acked;
}

static void write_image(void)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "%s/lock.mdb", copy_dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/data.mdb", copy_dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && write(fd, image, image_len) == (ssize_t)image_len && !close(fd));
}

static enum verdict judge(unsigned acked)
{
	int status;
	pid_t pid;

	write_image();
	pid = fork();
	if (!pid) {
		int quiet = open("/dev/null", O_WRONLY);

		dup2(quiet, STDERR_FILENO); /* an assertion of LMDB's is an answer here, */
		signal(SIGSEGV, SIG_DFL);   /* and a torn file's crash no find of a sanitizer */
		signal(SIGBUS, SIG_DFL);
#ifdef __SANITIZE_ADDRESS__ /* nor a page of it read beyond its end: a report in a file fails the stage */
		__sanitizer_set_report_path("stderr");
#endif
		extra_flags = 0;
		recording = false;
		_exit(VERDICT_STATUS + (int)examine(acked));
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) < VERDICT_STATUS ||
	    WEXITSTATUS(status) >= VERDICT_STATUS + CRASHED)
		return CRASHED;
	return (enum verdict)(WEXITSTATUS(status) - VERDICT_STATUS);
}

/* --- a world: record once, cut often --- */

static void read_begin(void)
{
	char path[80];
	int fd;
	ssize_t got;

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	memset(begin_disk, 0, IMAGE_MAX);
	got = read(fd, begin_disk, IMAGE_MAX);
	CHECK(fd >= 0 && got > 0 && !close(fd));
	begin_len = (size_t)got;
	if (used_len < begin_len)
		used_len = begin_len;
}

static void remove_files(const char *where)
{
	static const char *const names[] = { "data.mdb", "lock.mdb" };
	char path[100];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", where, names[i]);
		unlink(path);
	}
}

static void record(unsigned flags)
{
	struct kv *kv;

	while (event_count)
		free(events[--event_count].bytes);
	remove_files(dir);
	extra_flags = 0; /* the empty store is made safely in either case */
	CHECK(!open_at(&kv, dir));
	kv_close(kv);
	read_begin();
	extra_flags = flags;
	CHECK(!open_at(&kv, dir));
	recording = true;
	for (unsigned n = 1; n <= COMMITS; n++)
		commit_one(kv, n);
	recording = false;
	kv_close(kv);
}

static unsigned many_cuts(const char *name, unsigned cuts, unsigned tally[CRASHED + 1])
{
	for (unsigned i = 0; i < cuts; i++)
		tally[judge(cut_before(random_below((unsigned)event_count + 1)))]++;
	printf("%s: %u cuts, %zu events: %u kept, %u lost a commit, %u would not open, %u torn, "
	       "%u crashed\n",
	       name, cuts, event_count, tally[KEPT], tally[LOST], tally[UNOPENED], tally[TORN],
	       tally[CRASHED]);
	fflush(stdout); /* a child must not print it again */
	return cuts - tally[KEPT];
}

int main(int argc, char **argv)
{
	unsigned cuts = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 500;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
	unsigned safe[CRASHED + 1] = { 0 }, meta[CRASHED + 1] = { 0 }, none[CRASHED + 1] = { 0 };
	unsigned bad;

	printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
	random_state = seed;
	strcpy(dir, "/tmp/ketnap-cut-XXXXXX");
	CHECK(mkdtemp(dir));
	snprintf(copy_dir, sizeof(copy_dir), "%s/copy", dir);
	CHECK(!mkdir(copy_dir, 0700));
	record(0);
	bad = many_cuts("as opened", cuts, safe);
	record(MDB_NOMETASYNC);
	many_cuts("control without meta sync", cuts / 2, meta);
	record(MDB_NOSYNC);
	many_cuts("control without any sync", cuts / 4, none);
	remove_files(copy_dir);
	remove_files(dir);
	CHECK(!rmdir(copy_dir) && !rmdir(dir));
	while (event_count)
		free(events[--event_count].bytes);
	if (meta[LOST] < cuts / 20 || none[KEPT] == cuts / 4) {
		fprintf(stderr, "the controls lost too little: the cuts do not cut\n");
		return 1;
	}
	return bad ? 1 : 0;
}
