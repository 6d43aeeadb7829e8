#include "power.h"

#include "base/err.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

enum { SECTOR = 512, PATH = 160 };

unsigned power_flags;
static uint64_t random_state;

void power_seed(uint64_t seed)
{
	random_state = seed;
}

unsigned power_below(unsigned n)
{
	random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)(random_state >> 33) % n;
}

/* --- what the disk was told --- */

enum what { WRITE, SYNC_WRITE, SYNC, ACK };

static struct event {
	enum what what;
	size_t at, len;
	uint8_t *bytes; /* of a write */
	unsigned acked;
} * events;
static size_t event_count, event_room;
static bool recording;
static dev_t device;
static ino_t inode;

static bool is_ours(int fd)
{
	struct stat st;

	return recording && !fstat(fd, &st) && st.st_dev == device && st.st_ino == inode;
}

static void note(enum what what, size_t at, const void *bytes, size_t len, unsigned acked)
{
	if (event_count == event_room) {
		event_room = event_room ? 2 * event_room : 4096;
		events = realloc(events, event_room * sizeof(*events));
		POWER_CHECK(events);
	}
	events[event_count] = (struct event){ what, at, len, NULL, acked };
	if (bytes) {
		events[event_count].bytes = malloc(len);
		POWER_CHECK(events[event_count].bytes);
		memcpy(events[event_count].bytes, bytes, len);
	}
	event_count++;
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
	bool synchronous = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
	ssize_t done = syscall(SYS_pwrite64, fd, buf, len, at);

	if (!is_ours(fd))
		return done;
	POWER_CHECK(done == (ssize_t)len);
	note(synchronous ? SYNC_WRITE : WRITE, (size_t)at, buf, len, 0);
	return done;
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	off_t at = lseek(fd, 0, SEEK_CUR);
	ssize_t done = syscall(SYS_writev, fd, iov, (long)count);
	bool ours = is_ours(fd);

	for (int i = 0; ours && i < count; i++) {
		note(WRITE, (size_t)at, iov[i].iov_base, iov[i].iov_len, 0);
		at += (off_t)iov[i].iov_len;
	}
	return done;
}

int fdatasync(int fd)
{
	if (is_ours(fd))
		note(SYNC, 0, NULL, 0, 0);
	return 0;
}

/* The product's own code with nothing changed but a flag on its way. */
int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
	int (*real)(MDB_env *, const char *, unsigned, mdb_mode_t);

	*(void **)&real = dlsym(RTLD_NEXT, "mdb_env_open");
	POWER_CHECK(real && flags == (MDB_NOTLS | MDB_NORDAHEAD)); /* and nothing else */
	return real(env, path, flags | power_flags, mode);
}

/* --- the disk --- */

struct disk {
	uint8_t *bytes;
	size_t len;
};
static struct disk begun, kept, image; /* at the start; what must be there; what may be */
static size_t room;                    /* of each: as long as the file ever was */

static void read_begin(const char *file)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	POWER_CHECK(fd >= 0 && !fstat(fd, &st));
	device = st.st_dev, inode = st.st_ino;
	begun.len = (size_t)st.st_size;
	free(begun.bytes);
	begun.bytes = malloc(begun.len);
	POWER_CHECK(begun.bytes && read(fd, begun.bytes, begun.len) == (ssize_t)begun.len);
	close(fd);
}

void power_record(const char *dir)
{
	char file[PATH];

	power_forget();
	snprintf(file, sizeof(file), "%s/data.mdb", dir);
	read_begin(file);
	recording = true;
}

void power_ack(unsigned n)
{
	note(ACK, 0, NULL, 0, n);
}

void power_stop(void)
{
	recording = false;
	room = begun.len;
	for (size_t i = 0; i < event_count; i++)
		if (room < events[i].at + events[i].len)
			room = events[i].at + events[i].len;
	kept.bytes = realloc(kept.bytes, room);
	image.bytes = realloc(image.bytes, room);
	POWER_CHECK(kept.bytes && image.bytes);
}

void power_forget(void)
{
	while (event_count)
		free(events[--event_count].bytes);
}

static void apply(struct disk *to, const struct event *ev, size_t from, size_t count)
{
	memcpy(to->bytes + ev->at + from, ev->bytes + from, count);
	if (to->len < ev->at + from + count)
		to->len = ev->at + from + count;
}

/* Any of the sectors of a write that nobody waited for; `share` in 0..4 of four of them. */
static void apply_some(const struct event *ev, unsigned share)
{
	for (size_t from = 0; from < ev->len;) {
		size_t count = SECTOR - (ev->at + from) % SECTOR;

		if (count > ev->len - from)
			count = ev->len - from;
		if (power_below(4) < share)
			apply(&image, ev, from, count);
		from += count;
	}
}

/* Leave in `image` what the disk may hold when the power goes before event `cut` has ended. */
static unsigned cut_before(size_t cut)
{
	size_t synced = 0;
	unsigned acked = 0;

	memset(kept.bytes, 0, room); /* what was never written reads as zero */
	memcpy(kept.bytes, begun.bytes, begun.len);
	kept.len = begun.len;
	for (size_t i = 0; i < cut; i++) {
		if (events[i].what == SYNC)
			synced = i;
		if (events[i].what == ACK)
			acked = events[i].acked;
	}
	for (size_t i = 0; i < cut; i++)
		if (events[i].what == SYNC_WRITE || (events[i].what == WRITE && i < synced))
			apply(&kept, &events[i], 0, events[i].len);
	memcpy(image.bytes, kept.bytes, room);
	image.len = kept.len;
	for (size_t i = synced; i <= cut && i < event_count; i++) /* and the one under way */
		if (events[i].what == WRITE || (events[i].what == SYNC_WRITE && i == cut))
			apply_some(&events[i], power_below(5));
	return acked;
}

/* --- who looks at what is left --- */

static void write_image(const char *copy)
{
	char path[PATH];
	int fd;

	snprintf(path, sizeof(path), "%s/lock.mdb", copy);
	unlink(path);
	snprintf(path, sizeof(path), "%s/data.mdb", copy);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	POWER_CHECK(fd >= 0 && write(fd, image.bytes, image.len) == (ssize_t)image.len &&
		    !close(fd));
}

enum { VERDICT_STATUS = 40 }; /* a sanitizer ends a crashing child with 1 */

static enum power_verdict judge(const char *copy, unsigned acked, power_look *look, void *ctx)
{
	int status;
	pid_t pid;

	write_image(copy);
	pid = fork();
	if (!pid) {
		int quiet = open("/dev/null", O_WRONLY);

		dup2(quiet, STDERR_FILENO); /* an assertion of LMDB's is an answer here, */
		signal(SIGSEGV, SIG_DFL);   /* and a torn file's crash no find of a sanitizer */
		signal(SIGBUS, SIG_DFL);
#ifdef __SANITIZE_ADDRESS__ /* nor a page of it read beyond its end: a report in a file fails the stage */
		__sanitizer_set_report_path("stderr");
#endif
		power_flags = 0;
		_exit(VERDICT_STATUS + (int)look(ctx, copy, acked));
	}
	POWER_CHECK(waitpid(pid, &status, 0) == pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) < VERDICT_STATUS ||
	    WEXITSTATUS(status) >= VERDICT_STATUS + POWER_CRASHED)
		return POWER_CRASHED;
	return (enum power_verdict)(WEXITSTATUS(status) - VERDICT_STATUS);
}

unsigned power_cuts(const char *name, const char *copy, unsigned cuts, power_look *look, void *ctx,
		    unsigned tally[POWER_CRASHED + 1])
{
	bool every = !cuts;

	memset(tally, 0, (POWER_CRASHED + 1) * sizeof(*tally));
	fflush(NULL); /* a child must not print it again */
	if (every)
		cuts = (unsigned)event_count + 1;
	for (unsigned i = 0; i < cuts; i++) {
		unsigned at = every ? i : power_below((unsigned)event_count + 1);
		unsigned acked = cut_before(at);

		tally[judge(copy, acked, look, ctx)]++;
	}
	printf("%s: %u cuts, %zu events: %u kept, %u lost what was acked, %u would not open, %u torn, %u crashed\n",
	       name, cuts, event_count, tally[POWER_KEPT], tally[POWER_LOST], tally[POWER_UNOPENED],
	       tally[POWER_TORN], tally[POWER_CRASHED]);
	return cuts - tally[POWER_KEPT];
}

void power_remove(const char *dir)
{
	static const char *const names[] = { "data.mdb", "lock.mdb" };
	char path[PATH];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}
