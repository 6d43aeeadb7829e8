#include "store_files.h"

#include "crypto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int store_dir_path(char out[STORE_PATH_MAX], const char *dir, const char *name, struct err *e)
{
	int n = snprintf(out, STORE_PATH_MAX, "%s/%s", dir, name);

	return n > 0 && n < STORE_PATH_MAX
		       ? 0
		       : err_set(e, ERR_INVALID, "%s: the path is too long", dir);
}

int path_error(struct err *e, const char *path)
{
	int was = errno;
	enum err_code code = was == ENOENT                                   ? ERR_NOTFOUND
			     : was == EACCES || was == EPERM || was == EROFS ? ERR_DENIED
			     : was == ENOSPC || was == EDQUOT                ? ERR_FULL
									     : ERR_IO;

	return err_set(e, code, "%s: %s", path, strerror(was));
}

int store_dir_folder(char out[STORE_PATH_MAX], const char *dir, const char *name, struct err *e)
{
	int rc = store_dir_path(out, dir, name, e);

	if (!rc && mkdir(out, 0700) && errno != EEXIST)
		rc = path_error(e, out);
	return rc;
}

int path_read(uint8_t **out, size_t *len, const char *path, size_t max, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;
	size_t cap = 1 << 16, got = 0;
	uint8_t *bytes;

	*out = NULL;
	*len = 0;
	if (fd < 0)
		return path_error(e, path);
	bytes = malloc(cap);
	while (bytes && !rc) {
		ssize_t n = read(fd, bytes + got, cap - got);

		if (n < 0)
			rc = path_error(e, path);
		if (n <= 0)
			break;
		got += (size_t)n;
		if (got > max)
			rc = err_set(e, ERR_RANGE, "%s: larger than %zu bytes", path, max);
		if (got == cap) {
			uint8_t *grown = realloc(bytes, cap * 2);

			if (!grown)
				rc = err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
			else
				bytes = grown;
			cap *= 2;
		}
	}
	close(fd);
	if (!bytes)
		return err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
	if (rc) {
		free(bytes);
		return rc;
	}
	*out = bytes;
	*len = got;
	return 0;
}

int store_dir_get(struct buf *out, const char *dir, const char *name, struct err *e)
{
	char path[STORE_PATH_MAX];
	uint8_t *bytes = NULL;
	size_t len = 0;
	int rc = store_dir_path(path, dir, name, e);

	if (!rc)
		rc = path_read(&bytes, &len, path, out->max - out->len, e);
	if (rc)
		return rc;
	buf_bytes(out, span_of(bytes, len));
	bytes_wipe(bytes, len);
	free(bytes);
	return out->failed ? err_set(e, ERR_NOMEM, "%s: no memory to read it", path) : 0;
}

bool fd_write(int fd, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno != EINTR)
			return false;
		at += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

int store_dir_new(const char *dir, const char *name, struct span bytes, unsigned mode,
		  struct err *e)
{
	char path[STORE_PATH_MAX];
	int fd, rc = store_dir_path(path, dir, name, e);

	if (rc)
		return rc;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
	if (fd < 0)
		return path_error(e, path);
	if (!fd_write(fd, bytes.data, bytes.len) || fsync(fd))
		rc = path_error(e, path);
	close(fd);
	return rc;
}

int store_dir_sync(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;

	if (fd < 0 || fsync(fd))
		rc = path_error(e, path);
	if (fd >= 0)
		close(fd);
	return rc;
}

int store_dir_put(const char *dir, const char *name, struct span bytes, unsigned mode,
		  struct err *e)
{
	char part[STORE_PATH_MAX], path[STORE_PATH_MAX], part_name[256];
	int rc;

	snprintf(part_name, sizeof(part_name), "%s.part", name);
	rc = store_dir_path(part, dir, part_name, e);
	if (!rc)
		rc = store_dir_path(path, dir, name, e);
	if (rc)
		return rc;
	unlink(part); /* of a process that was cut off */
	rc = store_dir_new(dir, part_name, bytes, mode, e);
	if (!rc && rename(part, path))
		rc = path_error(e, path);
	if (rc)
		unlink(part);
	return rc ? rc : store_dir_sync(dir, e);
}
