#include "answers_dir.h"

#include "store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* bundle's id - device - when it was made, all in hex */
enum { ID_HEX = 2 * HASH_BYTES, U64_HEX = 16, NAME_BYTES = ID_HEX + 1 + U64_HEX + 1 + U64_HEX };

struct answers_dir {
	char path[STORE_PATH_MAX];
};

int answers_dir_open(struct answers_dir **out, const char *dir, struct err *e)
{
	struct answers_dir *d = calloc(1, sizeof(*d));
	int rc;

	*out = NULL;
	if (!d)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = store_dir_folder(d->path, dir, "answers", e);
	if (rc)
		answers_dir_close(d);
	else
		*out = d;
	return rc;
}

void answers_dir_close(struct answers_dir *d)
{
	free(d);
}

static char *name_of(char out[NAME_BYTES + 1], const struct answer_row *row)
{
	hex_encode(out, row->id.b, HASH_BYTES);
	snprintf(out + ID_HEX, NAME_BYTES + 1 - ID_HEX, "-%016" PRIx64 "-%016" PRIx64, row->device,
		 (uint64_t)row->made_ms);
	return out;
}

/* False: no name of ours, a file that was cut off in the making for instance. */
static bool read_name(struct answer_row *row, const char *name)
{
	char *end;

	*row = (struct answer_row){ .device = 0 };
	if (strlen(name) != NAME_BYTES || name[ID_HEX] != '-' ||
	    !hex_decode(row->id.b, HASH_BYTES, span_of(name, ID_HEX)))
		return false;
	row->device = strtoull(name + ID_HEX + 1, &end, 16);
	if (*end != '-')
		return false;
	row->made_ms = (int64_t)strtoull(end + 1, &end, 16);
	return !*end;
}

static int path_of(char out[STORE_PATH_MAX], const struct answers_dir *d,
		   const struct answer_row *row, struct err *e)
{
	char name[NAME_BYTES + 1];

	return store_dir_path(out, d->path, name_of(name, row), e);
}

static int list(void *ctx, int (*each)(void *to, const struct answer_row *row), void *to,
		struct err *e)
{
	struct answers_dir *d = ctx;
	DIR *dir = opendir(d->path);
	struct dirent *at;
	int rc = 0;

	if (!dir)
		return err_set(e, ERR_IO, "%s: %s", d->path, strerror(errno));
	while (!rc && (at = readdir(dir))) {
		char path[STORE_PATH_MAX];
		struct answer_row row;
		struct stat st;

		if (!read_name(&row, at->d_name) || path_of(path, d, &row, NULL) ||
		    stat(path, &st) || st.st_size > UINT32_MAX)
			continue;
		row.bytes = (uint32_t)st.st_size;
		rc = each(to, &row);
	}
	closedir(dir);
	return rc;
}

static int put(void *ctx, const struct answer_row *row, struct span file, struct err *e)
{
	struct answers_dir *d = ctx;
	char name[NAME_BYTES + 1];

	return store_dir_put(d->path, name_of(name, row), file, 0600, e);
}

static int get(void *ctx, const struct answer_row *row, size_t offset, size_t max, struct buf *out,
	       struct err *e)
{
	char path[STORE_PATH_MAX];
	uint8_t block[16384];
	ssize_t n = 1;
	int fd, rc = path_of(path, ctx, row, e);

	if (rc)
		return rc;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_NOTFOUND, "%s: %s", path, strerror(errno));
	while (!rc && n > 0 && max) {
		n = pread(fd, block, max < sizeof(block) ? max : sizeof(block), (off_t)offset);
		if (n < 0)
			rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
		if (n <= 0)
			break;
		buf_bytes(out, span_of(block, (size_t)n));
		offset += (size_t)n;
		max -= (size_t)n;
	}
	close(fd);
	return rc || !out->failed ? rc : err_set(e, ERR_NOMEM, "%s: no memory to read it", path);
}

static int del(void *ctx, const struct answer_row *row, struct err *e)
{
	char path[STORE_PATH_MAX];
	int rc = path_of(path, ctx, row, e);

	if (!rc && unlink(path) && errno != ENOENT)
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return rc;
}

struct answer_store answers_dir_store(struct answers_dir *d)
{
	return (struct answer_store){ .ctx = d, .list = list, .put = put, .get = get, .del = del };
}
