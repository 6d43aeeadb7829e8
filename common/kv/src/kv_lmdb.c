#include <assert.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "kv_impl.h"

enum {
	FILE_MODE = 0600, /* names and figures: nobody else's business */
	LOCK_FILE_BYTES = 8192,
	/* Less than this left on the disk and a write that came out short found it full. LMDB writes
	 * at most 64 pages, or one value, at a time. */
	SHORT_WRITE_BYTES = KV_VALUE_MAX + 4096,
};

struct lmdb_kv {
	struct kv base;
	MDB_env *env;
	/* LMDB has a lock of its own, but lets the next writer in before its commit returns, and so
	 * before anybody could see that the commit failed and nothing may follow it. */
	pthread_mutex_t write_lock;
	int dir_fd; /* kept open: while it is, no other folder gets the same inode number */
	dev_t dev;
	ino_t ino;
	struct lmdb_kv *next; /* in the registry */
	MDB_dbi dbi[KV_TABLES_MAX];
	bool present[KV_TABLES_MAX]; /* read only: a table nobody has created yet is empty */
};

struct lmdb_txn {
	struct kv_txn base;
	MDB_txn *txn;
};

struct lmdb_cursor {
	struct kv_cursor base;
	MDB_cursor *cursor; /* NULL for an absent table */
};

static const struct kv_ops lmdb_ops;

/* A second environment over the same files in one process succeeds silently and, once closed, takes
 * the first one's file locks with it. */
static struct lmdb_kv *registry;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

static bool registry_claim(struct lmdb_kv *kv)
{
	bool taken = false;

	pthread_mutex_lock(&registry_lock);
	for (const struct lmdb_kv *k = registry; k; k = k->next)
		taken = taken || (k->dev == kv->dev && k->ino == kv->ino);
	if (!taken) {
		kv->next = registry;
		registry = kv;
	}
	pthread_mutex_unlock(&registry_lock);
	return !taken;
}

static void registry_release(struct lmdb_kv *kv)
{
	pthread_mutex_lock(&registry_lock);
	for (struct lmdb_kv **at = &registry; *at; at = &(*at)->next)
		if (*at == kv) {
			*at = kv->next;
			break;
		}
	pthread_mutex_unlock(&registry_lock);
}

static struct lmdb_kv *lmdb_of(struct kv *kv)
{
	return (struct lmdb_kv *)kv;
}

static bool disk_full(int rc)
{
	return rc == ENOSPC || rc == EDQUOT || rc == EFBIG;
}

static enum err_code code_of(int rc)
{
	switch (rc) {
	case MDB_MAP_FULL:
		return ERR_FULL;
	case MDB_TXN_FULL: /* too many pages changed at once */
	case ENOMEM:
		return ERR_NOMEM;
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INCOMPATIBLE:
		return ERR_CORRUPT;
	case MDB_VERSION_MISMATCH:
		return ERR_VERSION;
	case MDB_PANIC:
		return ERR_FATAL;
	case MDB_READERS_FULL:
	case EAGAIN:
	case EBUSY:
		return ERR_BUSY;
	case MDB_MAP_RESIZED: /* another process gave it a greater map: open again */
		return ERR_STATE;
	default:
		return disk_full(rc) ? ERR_FULL : ERR_IO;
	}
}

static int fail(struct err *e, int rc, const char *what)
{
	return err_set(e, code_of(rc), "%s: %s", what, mdb_strerror(rc));
}

static MDB_val val_of(struct span s)
{
	return (MDB_val){ .mv_size = s.len, .mv_data = (void *)(uintptr_t)s.data };
}

static struct span span_of_val(MDB_val v)
{
	return span_of(v.mv_data, v.mv_size);
}

/* --- transactions --- */

static int lmdb_begin(struct kv_txn **out, struct kv *kv, enum kv_mode mode, struct err *e)
{
	struct lmdb_kv *lk = lmdb_of(kv);
	struct lmdb_txn *t = calloc(1, sizeof(*t));
	int rc;

	if (!t)
		return fail(e, ENOMEM, "the store cannot begin");
	if (mode == KV_WRITE)
		pthread_mutex_lock(&lk->write_lock);
	rc = mdb_txn_begin(lk->env, NULL, mode == KV_READ ? MDB_RDONLY : 0, &t->txn);
	if (rc) {
		if (mode == KV_WRITE)
			pthread_mutex_unlock(&lk->write_lock);
		free(t);
		return fail(e, rc, "the store cannot begin");
	}
	*out = &t->base;
	return 0;
}

static void end_txn(struct lmdb_txn *t)
{
	if (t->base.mode == KV_WRITE)
		pthread_mutex_unlock(&lmdb_of(t->base.kv)->write_lock);
	free(t);
}

static void lmdb_abort(struct kv_txn *txn)
{
	struct lmdb_txn *t = (struct lmdb_txn *)txn;

	mdb_txn_abort(t->txn);
	end_txn(t);
}

/* A failed write of the meta page leaves the environment refusing every begin. */
static bool panicked(MDB_env *env)
{
	MDB_txn *probe;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &probe);

	if (!rc)
		mdb_txn_abort(probe);
	return rc == MDB_PANIC;
}

/* LMDB reports a write that came out short, as the first one on a filling disk does, as EIO. */
static bool short_of_space(int dir_fd)
{
	struct statvfs fs;

	return !fstatvfs(dir_fd, &fs) && (uint64_t)fs.f_bavail * fs.f_frsize < SHORT_WRITE_BYTES;
}

/* A disk that refuses a write or a sync for any other reason than room may have lost more than this
 * transaction, and the process must not go on. A put can meet it too: of a very large transaction
 * LMDB writes pages out before the commit. */
static enum err_code write_code(const struct lmdb_kv *lk, int rc)
{
	if (rc != EIO)
		return code_of(rc);
	return short_of_space(lk->dir_fd) ? ERR_FULL : ERR_FATAL;
}

static int write_failed(struct kv_txn *txn, int rc, const char *what, struct err *e)
{
	return err_set(e, write_code(lmdb_of(txn->kv), rc), "%s: %s", what, mdb_strerror(rc));
}

/* Without a panic the meta page was not written, so nothing happened: the next transaction starts
 * from the last commit. What is not known to be harmless counts as unknown. */
static int commit_failed(struct lmdb_kv *lk, int rc, struct err *e)
{
	enum err_code code = panicked(lk->env) ? ERR_FATAL : write_code(lk, rc);

	if (code != ERR_FULL && code != ERR_NOMEM)
		code = ERR_FATAL;
	return err_set(e, code, "the store cannot commit: %s", mdb_strerror(rc));
}

static int lmdb_commit(struct kv_txn *txn, struct err *e)
{
	struct lmdb_txn *t = (struct lmdb_txn *)txn;
	struct lmdb_kv *lk = lmdb_of(txn->kv);
	int rc = mdb_txn_commit(t->txn);

	if (rc)
		rc = commit_failed(lk, rc, e);
	if (rc == -ERR_FATAL)
		atomic_store(&lk->base.stopped, true);
	end_txn(t);
	return rc;
}

/* --- pairs --- */

static int lmdb_get(struct kv_txn *txn, uint8_t table, struct span key, struct span *value,
		    struct err *e)
{
	const struct lmdb_kv *lk = lmdb_of(txn->kv);
	MDB_val k = val_of(key), v;
	int rc;

	if (!lk->present[table])
		return -ERR_NOTFOUND;
	rc = mdb_get(((struct lmdb_txn *)txn)->txn, lk->dbi[table], &k, &v);
	if (rc == MDB_NOTFOUND)
		return -ERR_NOTFOUND;
	if (rc)
		return fail(e, rc, "the store cannot be read");
	*value = span_of_val(v);
	return 0;
}

static int lmdb_put(struct kv_txn *txn, uint8_t table, struct span key, struct span value,
		    bool append, struct err *e)
{
	MDB_val k = val_of(key), v = val_of(value);
	int rc = mdb_put(((struct lmdb_txn *)txn)->txn, lmdb_of(txn->kv)->dbi[table], &k, &v,
			 append ? MDB_APPEND : 0);

	if (append && rc == MDB_KEYEXIST)
		return err_set(e, ERR_INVALID, "an appended key is not the greatest");
	return rc ? write_failed(txn, rc, "the store cannot be written", e) : 0;
}

static int lmdb_del(struct kv_txn *txn, uint8_t table, struct span key, struct err *e)
{
	MDB_val k = val_of(key);
	int rc = mdb_del(((struct lmdb_txn *)txn)->txn, lmdb_of(txn->kv)->dbi[table], &k, NULL);

	return rc && rc != MDB_NOTFOUND ? write_failed(txn, rc, "the store cannot delete", e) : 0;
}

/* --- walks --- */

static int lmdb_cursor(struct kv_cursor **out, struct kv_txn *txn, uint8_t table, struct err *e)
{
	const struct lmdb_kv *lk = lmdb_of(txn->kv);
	struct lmdb_cursor *c = calloc(1, sizeof(*c));
	int rc = c ? 0 : ENOMEM;

	if (!rc && lk->present[table])
		rc = mdb_cursor_open(((struct lmdb_txn *)txn)->txn, lk->dbi[table], &c->cursor);
	if (rc) {
		free(c);
		return fail(e, rc, "the store cannot be read through");
	}
	*out = &c->base;
	return 0;
}

static int cursor_get(struct kv_cursor *c, MDB_cursor_op op, MDB_val k, struct span *found,
		      struct span *value, struct err *e)
{
	MDB_val v;
	int rc = mdb_cursor_get(((struct lmdb_cursor *)c)->cursor, &k, &v, op);

	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc)
		return fail(e, rc, "the store cannot be read through");
	*found = span_of_val(k);
	*value = span_of_val(v);
	return 1;
}

static int lmdb_seek(struct kv_cursor *c, struct span key, struct span *found, struct span *value,
		     struct err *e)
{
	MDB_cursor_op op = c->at_end ? MDB_LAST : key.len ? MDB_SET_RANGE : MDB_FIRST;
	int rc;

	if (!((struct lmdb_cursor *)c)->cursor)
		return 0;
	rc = cursor_get(c, op, val_of(key), found, value, e);
	if (!c->down || c->at_end || rc < 0)
		return rc;
	if (!rc)
		return cursor_get(c, MDB_LAST, val_of(key), found, value, e);
	if (span_eq(*found, key))
		return 1;
	return cursor_get(c, MDB_PREV, val_of(key), found, value, e);
}

static int lmdb_step(struct kv_cursor *c, struct span *found, struct span *value, struct err *e)
{
	return cursor_get(c, c->down ? MDB_PREV : MDB_NEXT, (MDB_val){ 0 }, found, value, e);
}

static void lmdb_cursor_end(struct kv_cursor *c)
{
	struct lmdb_cursor *lc = (struct lmdb_cursor *)c;

	if (lc->cursor)
		mdb_cursor_close(lc->cursor);
	free(lc);
}

/* --- care --- */

/* One line per slot in use, beginning with the process number; the heading begins with letters. */
static int count_reader(const char *line, void *ctx)
{
	while (*line == ' ')
		line++;
	*(unsigned *)ctx += isdigit((unsigned char)*line) ? 1U : 0U;
	return 0;
}

static int lmdb_health(struct kv *kv, struct kv_health *out, struct err *e)
{
	MDB_env *env = lmdb_of(kv)->env;
	MDB_envinfo info;
	MDB_stat stat;
	int rc = mdb_env_info(env, &info);

	if (!rc)
		rc = mdb_env_stat(env, &stat);
	if (rc)
		return fail(e, rc, "the store cannot be measured");
	out->map_bytes = info.me_mapsize;
	out->used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	rc = mdb_reader_list(env, count_reader, &out->readers);
	return rc < 0 ? fail(e, rc, "the store cannot be measured") : 0;
}

static int lmdb_reap(struct kv *kv, unsigned *dropped, struct err *e)
{
	int dead = 0;
	int rc = mdb_reader_check(lmdb_of(kv)->env, &dead);

	*dropped = (unsigned)dead;
	return rc ? fail(e, rc, "the store cannot let go of dead readers") : 0;
}

static int fail_at_path(struct err *e, int rc, const char *path)
{
	return err_set(e, code_of(rc), "%s: %s", path, strerror(rc));
}

static int folder_empty(const char *dir, struct err *e)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	bool empty = true;

	if (!d)
		return fail_at_path(e, errno, dir);
	while ((entry = readdir(d)))
		empty = empty && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."));
	closedir(d);
	return empty ? 0 : err_set(e, ERR_EXISTS, "%s: not empty", dir);
}

/* The new folder's own name is durable only after its parent is synced. */
static int sync_parent(int dir_fd)
{
	int fd = openat(dir_fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? errno : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

static int copy_into(MDB_env *env, int dir_fd, bool made)
{
	/* Opened here, not by mdb_env_copy2, which would leave the file to the umask. */
	int fd = openat(dir_fd, "data.mdb", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	int rc;

	if (fd < 0)
		return errno;
	rc = mdb_env_copyfd2(env, fd, 0);
	if (!rc && fsync(fd))
		rc = errno;
	if (close(fd) && !rc)
		rc = errno;
	if (!rc && fsync(dir_fd))
		rc = errno;
	if (!rc && made)
		rc = sync_parent(dir_fd);
	if (rc)
		unlinkat(dir_fd, "data.mdb", 0); /* half a copy must not pass for one */
	return rc;
}

static int lmdb_copy(struct kv *kv, const char *dir, struct err *e)
{
	bool made = !mkdir(dir, 0700);
	int rc = made || errno == EEXIST ? 0 : errno;
	int dir_fd;

	if (rc)
		return fail_at_path(e, rc, dir);
	if (!made) {
		rc = folder_empty(dir, e);
		if (rc)
			return rc;
	}
	dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = dir_fd < 0 ? errno : copy_into(lmdb_of(kv)->env, dir_fd, made);
	if (dir_fd >= 0)
		close(dir_fd);
	if (!rc)
		return 0;
	if (made)
		rmdir(dir);
	return err_set(e, code_of(rc), "copy to %s: %s", dir, mdb_strerror(rc));
}

/* --- opening --- */

static int open_table(struct lmdb_kv *lk, MDB_txn *txn, uint8_t table)
{
	char name[4];
	int rc;

	snprintf(name, sizeof(name), "%02u", (unsigned)table);
	rc = mdb_dbi_open(txn, name, lk->base.read_only ? 0 : MDB_CREATE, &lk->dbi[table]);
	lk->present[table] = !rc;
	return rc == MDB_NOTFOUND && lk->base.read_only ? 0 : rc;
}

/* Where all tables exist already this writes nothing. */
static int open_tables(struct lmdb_kv *lk)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(lk->env, NULL, lk->base.read_only ? MDB_RDONLY : 0, &txn);

	if (rc)
		return rc;
	for (uint8_t i = 0; i < lk->base.tables && !rc; i++)
		rc = open_table(lk, txn, i);
	if (!rc)
		return mdb_txn_commit(txn); /* keeps the handles */
	mdb_txn_abort(txn);
	return rc;
}

/* LMDB maps the lock file and writes to it: with no room behind it a SIGBUS, not an error. */
static int reserve_lock_file(int dir_fd)
{
	int fd = openat(dir_fd, "lock.mdb", O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	int rc;

	if (fd < 0)
		return errno;
	rc = posix_fallocate(fd, 0, LOCK_FILE_BYTES);
	close(fd);
	return rc;
}

static int open_env(struct lmdb_kv *lk, const struct kv_open *how)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (how->read_only ? MDB_RDONLY : 0);
	int rc = mdb_env_create(&lk->env);

	if (!rc)
		rc = mdb_env_set_maxdbs(lk->env, KV_TABLES_MAX);
	if (!rc)
		rc = mdb_env_set_mapsize(lk->env, (how->map_bytes - 1) / page * page + page);
	if (!rc)
		rc = reserve_lock_file(lk->dir_fd);
	if (rc == EROFS && how->read_only) /* nobody writes there: LMDB does without */
		rc = 0;
	if (!rc)
		rc = mdb_env_open(lk->env, how->dir, flags, FILE_MODE);
	if (!rc)
		rc = open_tables(lk);
	/* Each time: the process that created the files may have died before it came to this. */
	if (!rc && !how->read_only && fsync(lk->dir_fd))
		rc = errno;
	return rc;
}

static void lmdb_free(struct lmdb_kv *lk)
{
	if (lk->env)
		mdb_env_close(lk->env);
	registry_release(lk);
	if (lk->dir_fd >= 0)
		close(lk->dir_fd);
	pthread_mutex_destroy(&lk->write_lock);
	free(lk);
}

static void lmdb_close(struct kv *kv)
{
	lmdb_free(lmdb_of(kv));
}

static int claim_folder(struct lmdb_kv *lk, const char *dir, struct err *e)
{
	struct stat st;

	lk->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lk->dir_fd < 0 || fstat(lk->dir_fd, &st))
		return fail_at_path(e, errno, dir);
	lk->dev = st.st_dev;
	lk->ino = st.st_ino;
	return registry_claim(lk) ? 0
				  : err_set(e, ERR_BUSY, "%s: open already in this process", dir);
}

static int check_length(const char *dir, struct err *e)
{
	char file[PATH_MAX];
	int len = snprintf(file, sizeof(file), "%s/data.mdb", dir);

	return len < 0 || len >= (int)sizeof(file) ? 0
						   : kv_lmdb_whole(file, e); /* LMDB refuses it */
}

int kv_lmdb_open(struct kv **out, const struct kv_open *how, struct err *e)
{
	struct lmdb_kv *lk;
	int rc;

	*out = NULL;
	if (how->tables > KV_TABLES_MAX || !how->tables || !how->map_bytes)
		return err_set(e, ERR_INVALID, "a store of %u tables and %zu bytes",
			       (unsigned)how->tables, how->map_bytes);
	lk = calloc(1, sizeof(*lk));
	if (!lk)
		return fail(e, ENOMEM, how->dir);
	lk->base.ops = &lmdb_ops;
	lk->base.tables = how->tables;
	lk->base.read_only = how->read_only;
	lk->dir_fd = -1;
	pthread_mutex_init(&lk->write_lock, NULL);
	rc = claim_folder(lk, how->dir, e);
	if (!rc)
		rc = check_length(how->dir, e);
	if (!rc) {
		rc = open_env(lk, how);
		rc = rc ? fail(e, rc, how->dir) : 0;
	}
	if (rc) {
		lmdb_free(lk);
		return rc;
	}
	*out = &lk->base;
	return 0;
}

static const struct kv_ops lmdb_ops = {
	.close = lmdb_close,
	.begin = lmdb_begin,
	.commit = lmdb_commit,
	.abort = lmdb_abort,
	.get = lmdb_get,
	.put = lmdb_put,
	.del = lmdb_del,
	.cursor = lmdb_cursor,
	.seek = lmdb_seek,
	.step = lmdb_step,
	.cursor_end = lmdb_cursor_end,
	.health = lmdb_health,
	.reap = lmdb_reap,
	.copy = lmdb_copy,
};
