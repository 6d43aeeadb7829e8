#include "spool.h"

#include "crypto/random.h"
#include "store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STEP_BYTES = 1 << 16, DIGITS = 16 };

static const char prefix[] = "given.";

bool spool_is_name(struct span name)
{
	size_t len = sizeof(prefix) - 1;

	if (name.len != len + DIGITS || memcmp(name.data, prefix, len))
		return false;
	for (size_t i = len; i < name.len; i++)
		if (!memchr("0123456789abcdef", name.data[i], 16))
			return false;
	return true;
}

static int failed(struct err *e, const char *path)
{
	return err_set(e,
		       errno == ENOENT                      ? ERR_NOTFOUND
		       : errno == ENOSPC || errno == EDQUOT ? ERR_FULL
							    : ERR_IO,
		       "%s: %s", path, strerror(errno));
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno != EINTR)
			return -1;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int copy(int to, const char *to_path, int from, const char *from_path, size_t max,
		struct err *e)
{
	uint8_t *step = malloc(STEP_BYTES);
	size_t total = 0;
	ssize_t n = 0;
	int rc = step ? 0 : err_set(e, ERR_NOMEM, "%s: no memory to read it", from_path);

	while (!rc) {
		n = read(from, step, STEP_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		total += (size_t)n;
		if (total > max)
			rc = err_set(e, ERR_RANGE, "%s: larger than %zu bytes", from_path, max);
		else if (write_all(to, step, (size_t)n))
			rc = failed(e, to_path);
	}
	if (!rc && n < 0)
		rc = failed(e, from_path);
	free(step);
	return rc;
}

/* The superuser asks a server that runs as somebody else: the copy is that one's. */
static int give_to_owner(int fd, const char *dir, struct err *e)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	return stat(dir, &st) || fchown(fd, st.st_uid, st.st_gid) ? failed(e, dir) : 0;
}

int spool_put(char name[SPOOL_NAME_MAX], const char *dir, const char *path, size_t max,
	      struct err *e)
{
	char to_path[STORE_PATH_MAX];
	uint64_t number;
	int from = open(path, O_RDONLY | O_CLOEXEC), to = -1, rc;

	if (from < 0)
		return failed(e, path);
	rc = crypto_random(&number, sizeof(number), e);
	snprintf(name, SPOOL_NAME_MAX, "%s%016llx", prefix, (unsigned long long)number);
	if (!rc)
		rc = store_dir_path(to_path, dir, name, e);
	if (!rc) {
		to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		rc = to < 0 ? failed(e, to_path) : give_to_owner(to, dir, e);
	}
	if (!rc)
		rc = copy(to, to_path, from, path, max, e);
	close(from);
	if (to >= 0) {
		if (close(to) && !rc)
			rc = failed(e, to_path);
		if (rc)
			unlink(to_path);
	}
	return rc;
}

void spool_drop(const char *dir, const char *name)
{
	char path[STORE_PATH_MAX];
	struct err ignored = { 0 };

	if (!store_dir_path(path, dir, name, &ignored))
		unlink(path);
}

void spool_tidy(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *each;

	while (d && (each = readdir(d)))
		if (spool_is_name(span_str(each->d_name)))
			spool_drop(dir, each->d_name);
	if (d)
		closedir(d);
}
