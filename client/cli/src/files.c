#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int io_error(struct err *e, const char *path)
{
	int was = errno;
	enum err_code code = was == ENOENT || was == ENOTDIR                 ? ERR_NOTFOUND
			     : was == EACCES || was == EPERM || was == EROFS ? ERR_DENIED
			     : was == ENOSPC || was == EDQUOT                ? ERR_FULL
			     : was == EEXIST                                 ? ERR_EXISTS
									     : ERR_IO;

	if (code == ERR_FULL)
		return err_set(e, code, "%s: %s; make room on the disk, then do it again", path,
			       strerror(was));
	return err_set(e, code, "%s: %s", path, strerror(was));
}

int path_join(char out[PATH_BYTES], const char *dir, const char *name, struct err *e)
{
	int n = snprintf(out, PATH_BYTES, "%s/%s", dir, name);

	/* room for what whole_write() puts behind it */
	return n > 0 && n < PATH_BYTES - 8
		       ? 0
		       : err_set(e, ERR_INVALID, "%s: the path is too long", dir);
}

bool path_there(const char *path)
{
	return !access(path, F_OK);
}

int folder_make(const char *path, struct err *e)
{
	if (!mkdir(path, 0700) || errno == EEXIST)
		return 0;
	return io_error(e, path);
}

int folder_each(const char *path, int (*each)(void *ctx, const char *name), void *ctx,
		struct err *e)
{
	struct dirent **names = NULL;
	int count = scandir(path, &names, NULL, alphasort), rc = 0;

	if (count < 0)
		return io_error(e, path);
	for (int i = 0; i < count; i++) {
		if (!rc && names[i]->d_name[0] != '.')
			rc = each(ctx, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return rc;
}

uint64_t folder_number(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : (uint64_t)st.st_ino;
}

int whole_read(struct buf *out, const char *path, size_t max, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	uint8_t block[16384];
	ssize_t n;

	buf_reset(out);
	if (fd < 0)
		return io_error(e, path);
	while ((n = read(fd, block, sizeof(block))) > 0 && !rc) {
		if ((size_t)n > max - out->len)
			rc = err_set(e, ERR_RANGE, "%s: larger than %zu bytes", path, max);
		else
			buf_bytes(out, span_of(block, (size_t)n));
	}
	if (n < 0)
		rc = io_error(e, path);
	if (!rc && out->failed)
		rc = err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
	close(fd);
	return rc;
}

/* A rename holds only once its folder is on the disk too. */
static int flush_folder_of(const char *path, struct err *e)
{
	char folder[PATH_BYTES];
	const char *slash = strrchr(path, '/');
	int fd, rc = 0;

	if (!slash)
		snprintf(folder, sizeof(folder), ".");
	else
		snprintf(folder, sizeof(folder), "%.*s", slash > path ? (int)(slash - path) : 1,
			 path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		rc = io_error(e, folder);
	if (fd >= 0)
		close(fd);
	return rc;
}

int whole_write(const char *path, struct span bytes, bool secret, struct err *e)
{
	char beside[PATH_BYTES + 8];
	size_t done = 0;
	int fd, rc = 0;

	snprintf(beside, sizeof(beside), "%s.new", path);
	unlink(beside); /* of an attempt that was cut off; its mode may be another */
	fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
	if (fd < 0)
		return io_error(e, path);
	while (done < bytes.len && !rc) {
		ssize_t n = write(fd, bytes.data + done, bytes.len - done);

		if (n < 0)
			rc = io_error(e, path);
		else
			done += (size_t)n;
	}
	if (!rc && fsync(fd))
		rc = io_error(e, path);
	close(fd);
	if (!rc && rename(beside, path))
		rc = io_error(e, path);
	if (rc)
		unlink(beside);
	return rc ? rc : flush_folder_of(path, e);
}

void whole_remove(const char *path)
{
	unlink(path);
}

/* ---- locks ---- */

struct file_lock {
	int fd;
};

static int note_owner(int fd, const char *path, struct err *e)
{
	char owner[32];

	snprintf(owner, sizeof(owner), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) || pwrite(fd, owner, strlen(owner), 0) < 0)
		return io_error(e, path);
	return 0;
}

int file_lock_take(struct file_lock **out, const char *path, struct err *e)
{
	struct file_lock *l = malloc(sizeof(*l));
	char owner[32] = "";
	int rc = 0;

	*out = NULL;
	if (!l)
		return err_set(e, ERR_NOMEM, "no memory for a lock");
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->fd < 0) {
		rc = io_error(e, path);
	} else if (flock(l->fd, LOCK_EX | LOCK_NB)) {
		ssize_t n = pread(l->fd, owner, sizeof(owner) - 1, 0);

		owner[n > 0 ? n : 0] = 0;
		owner[strcspn(owner, "\n")] = 0;
		rc = err_set(e, ERR_BUSY, "%s is held by process %s; close it, or try again later",
			     path, owner[0] ? owner : "?");
	} else {
		rc = note_owner(l->fd, path, e);
	}
	if (rc) {
		file_lock_drop(l);
		return rc;
	}
	*out = l;
	return 0;
}

void file_lock_drop(struct file_lock *l)
{
	if (!l)
		return;
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

/* ---- where we are ---- */

const char *share_folder(char out[PATH_BYTES], const char *below)
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_BYTES - 1);
	char *slash = NULL;
	size_t len;

	out[n > 0 ? n : 0] = 0;
	for (int up = 0; up < 2; up++) {
		slash = strrchr(out, '/');
		if (slash)
			*slash = 0;
	}
	len = slash ? strlen(out) : PATH_BYTES;
	if (len + strlen(below) + 8 > PATH_BYTES)
		snprintf(out, PATH_BYTES, "/usr/share/%s", below);
	else
		snprintf(out + len, PATH_BYTES - len, "/share/%s", below);
	return out;
}

bool stream_is_terminal(int number)
{
	return isatty(number);
}
