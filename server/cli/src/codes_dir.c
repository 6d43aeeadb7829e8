#include "codes_dir.h"

#include "server/enrol.h"
#include "store_dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROW_VERSION = 1, ROW_MAX = 256, NAME_BYTES = 2 * CODE_ID_BYTES };

struct codes_dir {
	char path[STORE_PATH_MAX];
};

int codes_dir_open(struct codes_dir **out, const char *dir, struct err *e)
{
	struct codes_dir *d = calloc(1, sizeof(*d));
	int rc;

	*out = NULL;
	if (!d)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = store_dir_folder(d->path, dir, "codes", e);
	if (rc)
		codes_dir_close(d);
	else
		*out = d;
	return rc;
}

void codes_dir_close(struct codes_dir *d)
{
	free(d);
}

static char *name_of(char out[HASH_HEX_MAX], const uint8_t id[CODE_ID_BYTES])
{
	hex_encode(out, id, CODE_ID_BYTES);
	return out;
}

/* ---- a row: version, fields, SHA-256 of all before ---- */

static void put_row(struct buf *b, const struct code_row *row)
{
	struct hash sum;

	buf_u8(b, ROW_VERSION);
	buf_bytes(b, span_of(row->key.id, CODE_ID_BYTES));
	buf_bytes(b, span_of(row->key.key.b, HASH_BYTES));
	buf_u64(b, (uint64_t)row->expires_ms);
	buf_u32(b, row->unit);
	buf_u32(b, row->person);
	buf_u64(b, row->device);
	buf_bytes(b, span_of(row->request.b, HASH_BYTES));
	buf_u64(b, (uint64_t)row->used_ms);
	sum = hash_bytes(buf_span(b));
	buf_bytes(b, span_of(sum.b, HASH_BYTES));
}

static void take(struct rd *r, uint8_t *to, size_t len)
{
	struct span s = rd_bytes(r, len);

	if (s.len == len)
		memcpy(to, s.data, len);
}

static bool read_row(struct code_row *row, struct span bytes)
{
	struct rd r = rd_of(bytes);
	struct hash sum, stored;
	bool ok = rd_u8(&r) == ROW_VERSION;

	*row = (struct code_row){ .unit = 0 };
	take(&r, row->key.id, CODE_ID_BYTES);
	take(&r, row->key.key.b, HASH_BYTES);
	row->expires_ms = (int64_t)rd_u64(&r);
	row->unit = rd_u32(&r);
	row->person = rd_u32(&r);
	row->device = rd_u64(&r);
	take(&r, row->request.b, HASH_BYTES);
	row->used_ms = (int64_t)rd_u64(&r);
	memset(&stored, 0, sizeof(stored));
	take(&r, stored.b, HASH_BYTES);
	if (!ok || !rd_done(&r))
		return false;
	sum = hash_bytes(span_of(bytes.data, bytes.len - HASH_BYTES));
	return hash_eq(&sum, &stored);
}

/* ---- the store ---- */

static int load(struct codes_dir *d, const char *name, struct code_row *out, struct err *e)
{
	char path[STORE_PATH_MAX];
	uint8_t *bytes;
	size_t len;
	int rc = store_dir_path(path, d->path, name, e);

	if (!rc)
		rc = path_read(&bytes, &len, path, ROW_MAX, e);
	if (rc)
		return rc;
	if (!read_row(out, span_of(bytes, len)))
		rc = err_set(e, ERR_CORRUPT, "%s is damaged", path);
	bytes_wipe(bytes, len);
	free(bytes);
	return rc;
}

static int get(void *ctx, const uint8_t id[CODE_ID_BYTES], struct code_row *out, struct err *e)
{
	char name[HASH_HEX_MAX];

	return load(ctx, name_of(name, id), out, e);
}

static int put(void *ctx, const struct code_row *row, struct err *e)
{
	struct codes_dir *d = ctx;
	char name[HASH_HEX_MAX];
	struct buf b;
	int rc;

	buf_init(&b, ROW_MAX);
	put_row(&b, row);
	rc = b.failed ? err_set(e, ERR_NOMEM, "out of memory")
		      : store_dir_put(d->path, name_of(name, row->key.id), buf_span(&b), 0600, e);
	if (b.data)
		bytes_wipe(b.data, b.len);
	buf_fini(&b);
	return rc;
}

static int drop(struct codes_dir *d, const char *name, struct err *e)
{
	char path[STORE_PATH_MAX];
	int rc = store_dir_path(path, d->path, name, e);

	if (!rc && unlink(path) && errno != ENOENT)
		rc = err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
	return rc;
}

static int del(void *ctx, const uint8_t id[CODE_ID_BYTES], struct err *e)
{
	char name[HASH_HEX_MAX];

	return drop(ctx, name_of(name, id), e);
}

struct code_store codes_dir_store(struct codes_dir *d)
{
	return (struct code_store){ .ctx = d, .get = get, .put = put, .del = del };
}

/* ---- tidying ---- */

static bool is_over(const struct code_row *row, struct ledger *l, int64_t wall_ms)
{
	struct device_row device;

	if (!row->device || ledger_device(l, row->device, &device, NULL))
		return wall_ms >= row->expires_ms;
	return wall_ms - row->used_ms >= ENROL_AGAIN_MS;
}

int codes_dir_tidy(struct codes_dir *d, struct ledger *l, int64_t wall_ms, struct err *e)
{
	DIR *dir = opendir(d->path);
	struct dirent *at;
	int rc = 0;

	if (!dir)
		return err_set(e, ERR_IO, "%s: %s", d->path, strerror(errno));
	while (!rc && (at = readdir(dir))) {
		struct code_row row;

		if (strlen(at->d_name) != NAME_BYTES || load(d, at->d_name, &row, NULL))
			continue;
		if (is_over(&row, l, wall_ms))
			rc = drop(d, at->d_name, e);
		bytes_wipe(&row, sizeof(row));
	}
	closedir(dir);
	return rc;
}
