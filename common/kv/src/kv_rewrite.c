#include "kv/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kv_impl.h"

enum { NAME_BYTES = PATH_MAX };

struct names {
	char data[NAME_BYTES], old[NAME_BYTES], fresh_dir[NAME_BYTES], fresh[NAME_BYTES],
		fresh_lock[NAME_BYTES];
};

static int io_error(struct err *e, const char *path)
{
	int was = errno;

	return err_set(e, was == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", path, strerror(was));
}

static int names_of(struct names *n, const char *dir, struct err *e)
{
	struct {
		char *to;
		const char *name;
	} all[] = { { n->data, "data.mdb" },
		    { n->old, "data.old" },
		    { n->fresh_dir, "fresh" },
		    { n->fresh, "fresh/data.mdb" },
		    { n->fresh_lock, "fresh/lock.mdb" } };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		int len = snprintf(all[i].to, NAME_BYTES, "%s/%s", dir, all[i].name);

		if (len < 0 || len >= NAME_BYTES)
			return err_set(e, ERR_INVALID, "%s: the path is too long", dir);
	}
	return 0;
}

static int sync_dir(const char *dir, struct err *e)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? io_error(e, dir) : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

/* Zeros over the whole file, on the disk, then away with it. */
static int destroy(const char *path, struct err *e)
{
	static const uint8_t zeros[64 << 10];
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : io_error(e, path);
	if (fstat(fd, &st))
		rc = io_error(e, path);
	for (off_t at = 0; !rc && at < st.st_size;) {
		size_t want = (size_t)(st.st_size - at);
		ssize_t n = pwrite(fd, zeros, want < sizeof(zeros) ? want : sizeof(zeros), at);

		if (n <= 0)
			rc = io_error(e, path);
		else
			at += n;
	}
	if (!rc && fsync(fd))
		rc = io_error(e, path);
	close(fd);
	if (!rc && unlink(path))
		rc = io_error(e, path);
	return rc;
}

/* Wherever it was cut off: one whole file stands under its name, and no other. Whoever calls this flushes the folder, or
 * opens the store, which does. */
static int mend(const struct names *n, struct err *e)
{
	int rc = 0;

	if (access(n->data, F_OK) && !access(n->old, F_OK) && rename(n->old, n->data))
		rc = io_error(e, n->old);
	if (!rc)
		rc = destroy(n->old, e);
	if (!rc)
		rc = destroy(n->fresh, e);
	if (!rc && unlink(n->fresh_lock) && errno != ENOENT)
		rc = io_error(e, n->fresh_lock);
	if (!rc && rmdir(n->fresh_dir) && errno != ENOENT)
		rc = io_error(e, n->fresh_dir);
	return rc;
}

static int copy_table(struct kv_txn *from, struct kv_txn *to, uint8_t table, struct err *e)
{
	struct span key, value, none = { NULL, 0 };
	struct kv_cursor *c = NULL;
	int rc = kv_walk(&c, from, table, none, none, false, e);

	while (!rc && (rc = kv_next(c, &key, &value, e)) == 1)
		rc = kv_append(to, table, key, value, e);
	kv_walk_end(c);
	return rc;
}

static int copy_all(struct kv *kv, const struct kv_open *how, const char *dir, struct err *e)
{
	struct kv_open fresh_how = *how;
	struct kv_txn *from = NULL, *to = NULL;
	struct kv *fresh = NULL;
	int rc;

	fresh_how.dir = dir;
	rc = kv_lmdb_open(&fresh, &fresh_how, e);
	if (!rc)
		rc = kv_begin(&from, kv, KV_READ, e);
	if (!rc) {
		kv_sums_like(fresh, kv);
		rc = kv_begin(&to, fresh, KV_WRITE, e);
	}
	for (uint8_t t = 0; t < how->tables && !rc; t++)
		rc = copy_table(from, to, t, e);
	if (!rc)
		rc = kv_sums_mark(to, e);
	if (!rc)
		rc = kv_commit(&to, e);
	kv_abort(&to);
	kv_abort(&from);
	kv_close(fresh);
	return rc;
}

int kv_rewrite_open(struct kv **out, const struct kv_open *how, struct err *e)
{
	struct names *n = malloc(sizeof(*n));
	int rc;

	*out = NULL;
	if (!n)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = names_of(n, how->dir, e);
	if (!rc && !how->read_only)
		rc = mend(n, e);
	free(n);
	return rc ? rc : kv_lmdb_open(out, how, e);
}

static int put_in_place(const struct names *n, const char *dir, struct err *e)
{
	if (rename(n->data, n->old))
		return io_error(e, n->data);
	if (rename(n->fresh, n->data)) {
		int rc = io_error(e, n->fresh);

		(void)rename(n->old, n->data);
		return rc;
	}
	return sync_dir(dir, e);
}

int kv_rewrite(struct kv **kv, const struct kv_open *how, struct err *e)
{
	struct names *n = malloc(sizeof(*n));
	struct kv sums = { .sums = false };
	struct err ignored = { 0 };
	int rc, again;

	if (!n)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = names_of(n, how->dir, e);
	if (!rc)
		rc = mend(n, e);
	if (!rc)
		rc = sync_dir(how->dir, e);
	if (!rc && mkdir(n->fresh_dir, 0700))
		rc = io_error(e, n->fresh_dir);
	if (!rc)
		rc = copy_all(*kv, how, n->fresh_dir, e);
	if (!rc) {
		kv_sums_like(&sums, *kv);
		kv_close(*kv);
		*kv = NULL;
		rc = put_in_place(n, how->dir, e);
	}
	free(n);
	if (*kv)
		return rc;
	again = kv_rewrite_open(kv, how, rc ? &ignored : e); /* it destroys the old one */
	if (!again)
		kv_sums_like(*kv, &sums);
	return rc ? rc : again;
}
