/* keys --backup, --restore, --prune: copies of the key store, apart from those of the log and for some days only. */
#include "keys_copy.h"

#include "devices_show.h"
#include "keys_dir.h"
#include "show.h"

#include "kv/rewrite.h"
#include "report/words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAYS_DEFAULT = 30, MS_A_DAY = 86400000 };

/* Where a copy is made, or laid to be read: in the data directory, so that a running server needs no other folder. */
struct place {
	const char *folder, *data, *lock;
};

static int place_of(struct cli *c, struct place *p)
{
	p->folder = arena_printf(c->arena, "%s/keys.copy", options.data);
	p->data = arena_printf(c->arena, "%s/keys.copy/data.mdb", options.data);
	p->lock = arena_printf(c->arena, "%s/keys.copy/lock.mdb", options.data);
	return p->folder && p->data && p->lock
		       ? 0
		       : err_set(&c->err, ERR_NOMEM, "no memory for a copy");
}

static int io_error(struct cli *c, const char *path)
{
	int was = errno;

	return err_set(&c->err, was == ENOSPC ? ERR_FULL : ERR_IO, "%s: %s", path, strerror(was));
}

/* Zeros over the whole of it before it goes: wraps are not to be left in free blocks. */
static int erase(struct cli *c, const char *path)
{
	static const uint8_t zeros[64 << 10];
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : io_error(c, path);
	if (fstat(fd, &st))
		rc = io_error(c, path);
	for (off_t at = 0; !rc && at < st.st_size;) {
		size_t want = (size_t)(st.st_size - at);
		ssize_t n = pwrite(fd, zeros, want < sizeof(zeros) ? want : sizeof(zeros), at);

		if (n <= 0)
			rc = io_error(c, path);
		else
			at += n;
	}
	if (!rc && fsync(fd))
		rc = io_error(c, path);
	close(fd);
	if (!rc && unlink(path))
		rc = io_error(c, path);
	return rc;
}

/* Gone, or never there. */
static int removed(struct cli *c, int failed, const char *path)
{
	return failed && errno != ENOENT ? io_error(c, path) : 0;
}

/* What a pruning that was cut off in the middle of its rewriting left beside the copy: as kv_rewrite() names it. */
static int rewriting_clear(struct cli *c, const struct place *p)
{
	const char *before = arena_printf(c->arena, "%s/data.old", p->folder);
	const char *fresh = arena_printf(c->arena, "%s/fresh", p->folder);
	const char *data = arena_printf(c->arena, "%s/fresh/data.mdb", p->folder);
	const char *lock = arena_printf(c->arena, "%s/fresh/lock.mdb", p->folder);
	int rc = before && fresh && data && lock
			 ? 0
			 : err_set(&c->err, ERR_NOMEM, "no memory for a copy");

	if (!rc)
		rc = erase(c, before);
	if (!rc)
		rc = erase(c, data);
	if (!rc)
		rc = removed(c, unlink(lock), lock);
	return rc ? rc : removed(c, rmdir(fresh), fresh);
}

static int place_clear(struct cli *c, const struct place *p)
{
	int rc = erase(c, p->data);

	if (!rc)
		rc = rewriting_clear(c, p);
	if (!rc)
		rc = removed(c, unlink(p->lock), p->lock);
	return rc ? rc : removed(c, rmdir(p->folder), p->folder);
}

static int place_make(struct cli *c, struct place *p)
{
	int rc = place_of(c, p);

	if (!rc)
		rc = place_clear(c, p); /* of one that was cut short */
	if (!rc && mkdir(p->folder, 0700))
		rc = io_error(c, p->folder);
	return rc;
}

/* Bytes from one file to a new one, for its owner alone, on the disk. */
static int carry(struct cli *c, const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, rc = 0;
	static uint8_t piece[1 << 16];
	ssize_t n = 0;

	if (in < 0)
		return errno == ENOENT
			       ? err_set(&c->err, ERR_NOTFOUND, "%s: there is no such file", from)
			       : io_error(c, from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		rc = errno == EEXIST ? err_set(&c->err, ERR_EXISTS,
					       "%s is there already; it is not written over", to)
				     : io_error(c, to);
	while (!rc && (n = read(in, piece, sizeof(piece))) > 0)
		if (!fd_write(out, piece, (size_t)n))
			rc = io_error(c, to);
	if (!rc && n < 0)
		rc = io_error(c, from);
	if (!rc && fsync(out))
		rc = io_error(c, to);
	close(in);
	if (out >= 0)
		close(out);
	if (rc && out >= 0)
		unlink(to);
	return rc;
}

/* ---- backup ---- */

static int copy_into(struct cli *c, struct keystore *store, const struct place *p)
{
	struct ledger_info info = ledger_info(c->store.ledger);
	struct keystore_copy about = { .ms = cli_now(c) };
	struct kv_open how = keys_dir_how(p->folder);
	struct kv *kv = NULL;
	int rc = kv_lmdb_open(&kv, &how, &c->err);

	memcpy(about.store, info.store, sizeof(about.store));
	if (!rc)
		rc = keystore_copy(store, kv, &about, &c->err);
	kv_close(kv);
	return rc;
}

int keys_backup(struct cli *c)
{
	struct keys_dir *mine = NULL;
	struct place p;
	int rc = place_make(c, &p);

	if (!rc && !c->keys)
		rc = keys_dir_open(&mine, options.data, &c->err);
	if (!rc)
		rc = copy_into(c, keys_dir_store(c->keys ? c->keys : mine), &p);
	keys_dir_close(mine);
	return rc;
}

/* Under its name last, when nothing is left that can fail: what was refused can be said again. */
int keys_deliver(struct cli *c)
{
	const char *fresh = arena_printf(c->arena, "%s.part", options.backup);
	struct place p;
	int rc = place_of(c, &p);

	if (!rc && !fresh)
		rc = err_set(&c->err, ERR_NOMEM, "no memory for a copy");
	if (rc)
		return rc;
	unlink(fresh); /* of one that was cut short */
	rc = carry(c, p.data, fresh);
	if (!rc)
		rc = place_clear(c, &p);
	if (!rc && !access(options.backup, F_OK))
		rc = err_set(&c->err, ERR_EXISTS, "%s is there already; it is not written over",
			     options.backup);
	if (!rc && rename(fresh, options.backup))
		rc = io_error(c, options.backup);
	if (rc) {
		unlink(fresh);
		return rc;
	}
	if (c->json)
		return show_json(c, json_pack("{s:s}", "file", options.backup));
	fprintf(c->out,
		_("%s: a copy of the keys. Keep it apart from those of the log, and not for long\n"),
		options.backup);
	return 0;
}

/* ---- what is in a copy ---- */

static int days_kept(struct cli *c, unsigned *days)
{
	struct buf value;
	int rc;

	buf_init(&value, REASON_MAX);
	rc = ledger_setting(c->store.ledger, SPAN_LIT("keys.copy-days"), &value, &c->err);
	buf_u8(&value, 0);
	*days = DAYS_DEFAULT;
	if (!rc && !value.failed && value.data[0] >= '0' && value.data[0] <= '9')
		*days = (unsigned)strtoul((const char *)value.data, NULL, 10);
	buf_fini(&value);
	if (rc == -ERR_NOTFOUND)
		err_clear(&c->err);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

/* Of this store, and not older than copies may be; *old: it is, which is for the caller to say. */
static int judge_copy(struct cli *c, struct kv *copy, struct keystore_copy *about, unsigned *days,
		      bool *old)
{
	int rc = keystore_copy_read(about, copy, &c->err);

	if (!rc)
		rc = days_kept(c, days);
	if (!rc && memcmp(about->store, ledger_info(c->store.ledger).store, sizeof(about->store)))
		rc = err_set(&c->err, ERR_DENIED, "this copy is of another store");
	*old = !rc && cli_now(c) - about->ms > (int64_t)*days * MS_A_DAY;
	return rc;
}

static int open_copy(struct cli *c, const char *file, struct place *p, struct kv **kv)
{
	struct kv_open how;
	int rc = place_make(c, p);

	if (!rc)
		rc = kv_lmdb_whole(file, &c->err);
	if (!rc)
		rc = carry(c, file, p->data);
	how = keys_dir_how(p->folder);
	return rc ? rc : kv_lmdb_open(kv, &how, &c->err);
}

static int too_old(struct cli *c, const struct keystore_copy *about, unsigned days)
{
	return err_set(
		&c->err, ERR_RANGE,
		"this copy is of %s: copies of the keys are kept for %u days, because they bring "
		"back who was forgotten since; `ketnapd keys --prune FILE` does away with it",
		show_instant(c->arena, about->ms), days);
}

/* ---- restore ---- */

static int restore_rows(struct cli *c, struct kv *copy, size_t *rows, size_t *forgotten)
{
	struct keys_dir *mine = NULL;
	int rc = keys_dir_open(&mine, options.data, &c->err);

	if (!rc)
		rc = keystore_restore(keys_dir_store(mine), c->store.ledger, copy, rows, forgotten,
				      &c->err);
	keys_dir_close(mine);
	return rc;
}

int keys_restore(struct cli *c)
{
	struct op op = { .kind = OP_KEYS_RESTORED, .source = span_str(c->by) };
	struct keystore_copy about;
	size_t rows = 0, forgotten = 0;
	struct place p;
	struct kv *copy = NULL;
	unsigned days;
	uint64_t lsn = 0;
	bool old;
	int rc = open_copy(c, options.restore, &p, &copy), cleared;

	if (!rc)
		rc = judge_copy(c, copy, &about, &days, &old);
	if (!rc && old)
		rc = too_old(c, &about, days);
	if (!rc)
		rc = restore_rows(c, copy, &rows, &forgotten);
	kv_close(copy);
	if (!rc) {
		op.clock.ms = about.ms;
		rc = act_alone(c, &op, &lsn);
	}
	if (rc) {
		struct err why = c->err;

		(void)place_clear(c, &p);
		c->err = why;
		return rc;
	}
	cleared = place_clear(c, &p);
	if (cleared)
		return cleared;
	if (c->json)
		return show_json(c,
				 json_pack("{s:I, s:I, s:I, s:o}", "lsn", (json_int_t)lsn, "rows",
					   (json_int_t)rows, "forgotten", (json_int_t)forgotten,
					   "made", json_instant(about.ms)));
	lang_print(c->out,
		   _("%zu keys came back from the copy of %s; devices bring the rest at their next "
		     "contact\n"),
		   rows, show_instant(c->arena, about.ms));
	if (forgotten)
		lang_print(c->out, _("%zu persons were forgotten, and stay so\n"), forgotten);
	return 0;
}

/* ---- prune ---- */

struct pruning {
	struct kv_open how;
};

static int rewrite_copy(void *ctx, struct kv **kv, struct err *e)
{
	struct pruning *g = ctx;

	return kv_rewrite(kv, &g->how, e);
}

/* Takes the copy over. Who was forgotten since is taken out of it. */
static int forget_in_copy(struct cli *c, const struct place *p, struct kv **copy, size_t *forgotten)
{
	struct pruning g = { .how = keys_dir_how(p->folder) };
	struct keystore_setup setup = { .kv = *copy, .rewrite = rewrite_copy, .ctx = &g };
	struct keystore *ks;
	int rc;

	*copy = NULL;
	rc = keystore_new(&ks, &setup, &c->err);
	if (!rc)
		rc = keystore_forget(ks, c->store.ledger, forgotten, &c->err);
	keystore_free(ks);
	return rc;
}

/* Beside the copy while it is pruned: the new one, and the one before that is to be erased. */
static int names_beside(struct cli *c, const char *file, const char **fresh, const char **before)
{
	*fresh = arena_printf(c->arena, "%s.part", file);
	*before = arena_printf(c->arena, "%s.erase", file);
	return *fresh && *before ? 0 : err_set(&c->err, ERR_NOMEM, "no memory for a copy");
}

/* The pruned one in the place of the file that was: whenever it is cut off, one of the two is there, whole. */
static int put_back(struct cli *c, const struct place *p, const char *file)
{
	const char *fresh, *before;
	int rc = names_beside(c, file, &fresh, &before);

	if (!rc)
		rc = carry(c, p->data, fresh);
	if (!rc && rename(file, before))
		rc = io_error(c, file);
	if (!rc && rename(fresh, file))
		rc = io_error(c, file);
	return rc ? rc : erase(c, before);
}

/* Of one that was cut off: what stands under the name stays, and nothing beside it. */
static int end_pruning(struct cli *c, const char *file)
{
	const char *fresh, *before;
	int rc = names_beside(c, file, &fresh, &before);

	if (!rc && !access(before, F_OK) && access(file, F_OK) && rename(fresh, file))
		rc = io_error(c, file);
	if (!rc)
		rc = erase(c, before);
	return rc ? rc : erase(c, fresh);
}

int keys_prune(struct cli *c)
{
	const char *file = options.prune;
	struct keystore_copy about = { .ms = 0 };
	size_t forgotten = 0;
	struct kv *copy = NULL;
	struct place p;
	unsigned days = 0;
	bool old = false;
	int rc = end_pruning(c, file);

	if (rc)
		return rc;
	rc = open_copy(c, file, &p, &copy);
	if (!rc)
		rc = judge_copy(c, copy, &about, &days, &old);
	if (!rc && old)
		rc = erase(c, file);
	else if (!rc)
		rc = forget_in_copy(c, &p, &copy, &forgotten);
	kv_close(copy);
	if (!rc && !old && forgotten)
		rc = put_back(c, &p, file);
	if (rc) {
		struct err why = c->err;

		(void)place_clear(c, &p);
		c->err = why;
		return rc;
	}
	rc = place_clear(c, &p);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:o, s:b, s:I}", "file", file, "made",
					      json_instant(about.ms), "destroyed", old, "forgotten",
					      (json_int_t)forgotten));
	if (old)
		fprintf(c->out, _("%s: of %s, older than %u days; destroyed\n"), file,
			show_instant(c->arena, about.ms), days);
	else
		lang_print(c->out,
			   _("%s: of %s, kept; %zu persons forgotten since were taken out\n"), file,
			   show_instant(c->arena, about.ms), forgotten);
	return 0;
}
