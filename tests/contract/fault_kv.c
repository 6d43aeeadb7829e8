/* The store on a disk that refuses. The program takes over the calls through which LMDB reaches the
 * disk, makes the n-th one fail, and looks at what a commit says and what is there afterwards. A
 * plain program: it forks, and its symbols must win over the C library's (exported symbols). */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kv/kv.h"

#define CHECK(cond)                                                                           \
	do {                                                                                  \
		if (!(cond)) {                                                                \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, label, #cond); \
			exit(1);                                                              \
		}                                                                             \
	} while (0)

static char label[160] = "setting up"; /* what is being tried */

/* --- the disk --- */

enum point { NEVER, DATA, META, SYNC, COPY, FSYNC, RESERVE };
enum manner { REFUSE, CUT_SHORT, LAND }; /* LAND: the bytes arrive, the call fails all the same */

static struct {
	enum point point;
	unsigned nth;
	int error;
	enum manner manner;
	bool no_undo; /* LMDB writes the old meta page back after a failure: refuse that too */
	bool no_room; /* what statvfs says; else there is plenty */
	bool real_room;
} plan;
static unsigned seen;
static bool struck;

static bool strikes(enum point point)
{
	if (plan.point != point || ++seen != plan.nth)
		return false;
	struck = true;
	errno = plan.error;
	return true;
}

static bool is_meta(int fd)
{
	return (fcntl(fd, F_GETFL) & O_DSYNC) != 0; /* LMDB's second descriptor */
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
	bool meta = is_meta(fd);
	bool undo = struck && plan.point == META && !meta;

	if (undo && plan.no_undo) {
		errno = plan.error;
		return -1;
	}
	if (!undo && strikes(meta ? META : DATA)) {
		if (plan.manner == CUT_SHORT)
			return syscall(SYS_pwrite64, fd, buf, len / 2, at);
		if (plan.manner == LAND)
			syscall(SYS_pwrite64, fd, buf, len, at);
		errno = plan.error;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, buf, len, at);
}

ssize_t writev(int fd, const struct iovec *iov, int count)
{
	if (strikes(DATA)) {
		if (plan.manner == CUT_SHORT)
			return syscall(SYS_writev, fd, iov, 1L);
		if (plan.manner == LAND)
			syscall(SYS_writev, fd, iov, (long)count);
		errno = plan.error;
		return -1;
	}
	return syscall(SYS_writev, fd, iov, (long)count);
}

int fdatasync(int fd)
{
	return strikes(SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	return strikes(FSYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

ssize_t write(int fd, const void *buf, size_t len)
{
	return fd > 2 && strikes(COPY) ? -1 : syscall(SYS_write, fd, buf, len);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
	return strikes(RESERVE) ? plan.error : syscall(SYS_fallocate, fd, 0, at, len) ? errno : 0;
}

int fstatvfs(int fd, struct statvfs *out)
{
	struct statfs real;

	*out = (struct statvfs){ .f_frsize = 4096, .f_bavail = plan.no_room ? 3 : 1 << 20 };
	if (!plan.real_room)
		return 0;
	if (fstatfs(fd, &real))
		return -1;
	out->f_frsize = (unsigned long)real.f_frsize;
	out->f_bavail = real.f_bavail;
	return 0;
}

static void disk_heals(void)
{
	memset(&plan, 0, sizeof(plan));
	seen = 0;
	struck = false;
}

/* --- the store --- */

static char dir[64];

static int store_open(struct kv **kv, struct err *e)
{
	struct kv_open how = { dir, 64 << 20, 2, false };

	return kv_lmdb_open(kv, &how, e);
}

static void store_remove(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock.mdb", dir);
	unlink(path);
}

static int store_write(struct kv *kv, unsigned generation, unsigned keys, struct err *e)
{
	static uint8_t value[3000];
	struct kv_txn *txn;
	int rc = kv_begin(&txn, kv, KV_WRITE, e);

	memset(value, (int)generation, sizeof(value));
	for (unsigned i = 0; i < keys && !rc; i++)
		rc = kv_put(txn, 0, span_of(&i, sizeof(i)), span_of(value, sizeof(value)), e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

/* The generation that all keys carry; -1 when they differ, one is missing, or it cannot be read. */
static int store_generation(struct kv *kv, unsigned keys)
{
	struct kv_txn *txn;
	struct span v;
	int generation = -1;

	if (kv_begin(&txn, kv, KV_READ, NULL))
		return -1;
	for (unsigned i = 0; i < keys; i++) {
		if (kv_get(txn, 0, span_of(&i, sizeof(i)), &v, NULL) || v.len != 3000 ||
		    (i && v.data[0] != generation) || memcmp(v.data, v.data + 1, v.len - 1)) {
			generation = -1;
			break;
		}
		generation = v.data[0];
	}
	kv_abort(&txn);
	return generation;
}

/* --- commits on a failing disk --- */

static const struct fault {
	const char *what;
	enum point point;
	int error;
	enum manner manner;
	bool no_undo, no_room;
	int want;
	bool may_land;
} faults[] = {
	{ "ENOSPC on a data page", DATA, ENOSPC, REFUSE, false, false, -ERR_FULL, false },
	{ "ENOSPC after a data page", DATA, ENOSPC, LAND, false, false, -ERR_FULL, false },
	{ "EDQUOT on a data page", DATA, EDQUOT, REFUSE, false, false, -ERR_FULL, false },
	{ "EFBIG on a data page", DATA, EFBIG, REFUSE, false, false, -ERR_FULL, false },
	{ "a short write, disk full", DATA, 0, CUT_SHORT, false, true, -ERR_FULL, false },
	{ "a short write, room left", DATA, 0, CUT_SHORT, false, false, -ERR_FATAL, false },
	{ "EIO on a data page", DATA, EIO, REFUSE, false, false, -ERR_FATAL, false },
	{ "EIO on fdatasync", SYNC, EIO, REFUSE, false, false, -ERR_FATAL, false },
	{ "ENOSPC on fdatasync", SYNC, ENOSPC, REFUSE, false, false, -ERR_FULL, false },
	{ "EIO on the meta page", META, EIO, REFUSE, false, false, -ERR_FATAL, false },
	{ "ENOSPC on the meta page", META, ENOSPC, REFUSE, false, true, -ERR_FATAL, false },
	{ "EIO after the meta page", META, EIO, LAND, false, false, -ERR_FATAL, false },
	{ "EIO after the meta page, for good", META, EIO, LAND, true, false, -ERR_FATAL, true },
	{ "a short meta page", META, 0, CUT_SHORT, false, true, -ERR_FATAL, false },
};

static void after_full(struct kv *kv, unsigned keys)
{
	struct err e = { 0 };

	CHECK(store_generation(kv, keys) == 1);
	CHECK(!store_write(kv, 3, keys, &e));
	CHECK(store_generation(kv, keys) == 3);
}

static void after_fatal(struct kv *kv)
{
	struct kv_txn *txn;

	CHECK(kv_begin(&txn, kv, KV_WRITE, NULL) == -ERR_FATAL && !txn);
	CHECK(kv_begin(&txn, kv, KV_READ, NULL) == -ERR_FATAL && !txn);
}

/* One commit with the n-th call of its kind failing. False: it had fewer, and succeeded. */
static bool try_commit(const struct fault *f, unsigned keys, unsigned nth, bool *landed)
{
	struct err e = { 0 };
	struct kv *kv;
	int rc, generation;

	snprintf(label, sizeof(label), "%s, %u keys, call %u", f->what, keys, nth);
	disk_heals();
	store_remove();
	CHECK(!store_open(&kv, &e) && !store_write(kv, 1, keys, &e));
	plan.point = f->point;
	plan.nth = nth;
	plan.error = f->error;
	plan.manner = f->manner;
	plan.no_undo = f->no_undo;
	plan.no_room = f->no_room;
	rc = store_write(kv, 2, keys, &e);
	if (!struck) {
		CHECK(!rc && store_generation(kv, keys) == 2);
		kv_close(kv);
		return false;
	}
	disk_heals();
	CHECK(rc == f->want && (int)e.code == -rc);
	if (rc == -ERR_FULL)
		after_full(kv, keys);
	else
		after_fatal(kv);
	kv_close(kv);
	CHECK(!store_open(&kv, &e));
	generation = store_generation(kv, keys);
	*landed = *landed || generation == 2;
	CHECK(generation == (rc == -ERR_FULL ? 3 : 1) || (f->may_land && generation == 2));
	CHECK(!store_write(kv, 4, keys, &e) && store_generation(kv, keys) == 4);
	kv_close(kv);
	return true;
}

static unsigned commits(void)
{
	static const unsigned sizes[] = { 1, 300 };
	unsigned tried = 0;

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		bool landed = false;
		unsigned before = tried;

		for (size_t s = 0; s < ARRAY_LEN(sizes); s++)
			for (unsigned nth = 1; try_commit(&faults[i], sizes[s], nth, &landed);
			     nth++)
				tried++;
		CHECK(tried - before >= 2);          /* the fault did happen, in both sizes */
		CHECK(landed == faults[i].may_land); /* and the doubtful outcome is a real one */
	}
	return tried;
}

/* --- opening and copying --- */

static const struct {
	enum point point;
	int error, want;
} openings[] = {
	{ DATA, ENOSPC, -ERR_FULL },    { DATA, EIO, -ERR_IO },  { META, EIO, -ERR_IO },
	{ SYNC, EIO, -ERR_IO },         { FSYNC, EIO, -ERR_IO }, { RESERVE, ENOSPC, -ERR_FULL },
	{ RESERVE, EDQUOT, -ERR_FULL },
};

/* A new store on a failing disk; once the disk has room again it opens as if for the first time. */
static unsigned opens(void)
{
	unsigned tried = 0;

	for (size_t i = 0; i < ARRAY_LEN(openings); i++)
		for (unsigned nth = 1;; nth++) {
			struct err e = { 0 };
			struct kv *kv;
			int rc;

			snprintf(label, sizeof(label), "opening %zu, call %u", i, nth);
			disk_heals();
			store_remove();
			plan.point = openings[i].point;
			plan.error = openings[i].error;
			plan.nth = nth;
			rc = store_open(&kv, &e);
			if (!struck) {
				CHECK(!rc && nth > 1);
				kv_close(kv);
				break;
			}
			tried++;
			disk_heals();
			CHECK(rc == openings[i].want && !kv && (int)e.code == -rc);
			CHECK(!store_open(&kv, &e) && !store_write(kv, 1, 3, &e));
			CHECK(store_generation(kv, 3) == 1);
			kv_close(kv);
		}
	return tried;
}

static unsigned copies(void)
{
	static const struct {
		enum point point;
		int error, want;
		unsigned calls; /* at least; fsync: the file, its folder, the folder's parent */
	} cases[] = {
		{ COPY, ENOSPC, -ERR_FULL, 2 },
		{ COPY, EIO, -ERR_IO, 2 },
		{ FSYNC, EIO, -ERR_IO, 3 },
	};
	char to[80], file[100];
	struct err e = { 0 };
	unsigned tried = 0;
	struct kv *kv;

	strcpy(label, "copy");
	disk_heals();
	store_remove();
	snprintf(to, sizeof(to), "%s/copy", dir);
	snprintf(file, sizeof(file), "%s/data.mdb", to);
	CHECK(!store_open(&kv, &e) && !store_write(kv, 1, 1000, &e));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (unsigned nth = 1;; nth++) {
			int rc;

			snprintf(label, sizeof(label), "copy %zu, call %u", i, nth);
			disk_heals();
			plan.point = cases[i].point;
			plan.error = cases[i].error;
			plan.nth = nth;
			rc = kv_copy(kv, to, &e);
			if (!struck) {
				CHECK(!rc && nth > cases[i].calls && !unlink(file) && !rmdir(to));
				break;
			}
			tried++;
			CHECK(rc == cases[i].want);
			CHECK(access(to, F_OK)); /* no half copy is left */
			disk_heals();
			CHECK(store_generation(kv, 1000) == 1 && !store_write(kv, 1, 1000, &e));
		}
	kv_close(kv);
	return tried;
}

/* --- a real full disk --- */

/* Not a byte left, not even for the lock file. */
static int open_without_room(void)
{
	static const char zeros[4096];
	struct err e = { 0 };
	struct kv *kv;
	char path[80];
	int fd;

	store_remove();
	snprintf(path, sizeof(path), "%s/ballast", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, zeros, sizeof(zeros)) > 0)
		;
	close(fd);
	strcat(dir, "/new");
	if (mkdir(dir, 0700) || store_open(&kv, &e) != -ERR_FULL)
		return 5;
	if (unlink(path) || store_open(&kv, &e))
		return 6;
	kv_close(kv);
	return 0;
}

static int fill_and_look(void)
{
	struct err e = { 0 };
	unsigned generation = 1;
	struct kv *kv;
	int rc;

	plan.real_room = true;
	if (store_open(&kv, &e))
		return 1;
	for (unsigned keys = 64; !(rc = store_write(kv, generation, keys, &e)); keys += 64)
		generation++;
	if (rc != -ERR_FULL)
		return 2;
	for (int again = 0; again < 3; again++) /* full for larger ones, usable for small ones */
		if (store_write(kv, 200, 2000, &e) != -ERR_FULL || store_write(kv, 100, 1, &e))
			return 3;
	rc = store_generation(kv, 1) == 100 && store_generation(kv, 1000) == -1 ? 0 : 4;
	kv_close(kv);
	return rc ? rc : open_without_room();
}

/* In a mount namespace of its own, 4 MB of memory as a disk. False without the right to mount. */
static bool real_full_disk(void)
{
	int status;
	pid_t pid = fork();

	strcpy(label, "a real full disk");
	disk_heals();
	if (!pid) {
		if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("tmpfs", dir, "tmpfs", 0, "size=4m"))
			_exit(77);
		_exit(fill_and_look());
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		return false;
	snprintf(label, sizeof(label), "a real full disk: step %d", WEXITSTATUS(status));
	CHECK(WEXITSTATUS(status) == 0);
	return true;
}

int main(void)
{
	unsigned a, b, c;
	bool real;

	strcpy(dir, "/tmp/ketnap-fault-XXXXXX");
	CHECK(mkdtemp(dir));
	a = commits();
	b = opens();
	c = copies();
	store_remove();
	real = real_full_disk();
	CHECK(!rmdir(dir));
	printf("%u failing commits, %u openings, %u copies, full disk %s\n", a, b, c,
	       real ? "tried" : "skipped: may not mount");
	return 0;
}
