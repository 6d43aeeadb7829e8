/* backup: a verified copy of the store, made beside a server that runs; in a folder of copies the newest are kept. */
#include "devices_show.h"

#include "ledger/verify.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void verify_progress(void *ctx, uint64_t lsn)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%llu", (unsigned long long)lsn);
}

/* What a copy in the making leaves behind; the folder goes when nothing else is in it. */
static void drop_copy(const char *folder, const char *copy, const char *lock)
{
	unlink(copy);
	unlink(lock);
	rmdir(folder);
}

/* Who makes a copy holds its folder until it is there: -1 where somebody does, or where it cannot be had. */
static int hold_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Of a backup that was cut short: of one that is being made nothing is touched. */
static bool drop_cut_short(struct cli *c, const char *folder)
{
	const char *copy = arena_printf(c->arena, "%s/data.mdb", folder);
	const char *lock = arena_printf(c->arena, "%s/lock.mdb", folder);
	int fd = hold_folder(folder);

	if (fd < 0)
		return errno != EWOULDBLOCK; /* what else is there, making the folder will tell */
	if (copy && lock)
		drop_copy(folder, copy, lock);
	close(fd);
	return true;
}

/* Open the copy as a store and verify it: an unverified copy is no backup. */
static int check_copy(struct cli *c, const char *folder, struct verify_report *r)
{
	struct kv_open how = { .dir = folder,
			       .map_bytes = (size_t)64 << 30,
			       .tables = LEDGER_TABLES };
	struct ledger *copy = NULL;
	struct kv *kv = NULL;
	int rc = kv_lmdb_open(&kv, &how, &c->err);

	if (!rc)
		rc = ledger_open(&copy, kv, 0, &c->err);
	if (!rc)
		rc = ledger_verify(r, copy, verify_progress, NULL, &c->err);
	ledger_close(copy);
	kv_close(kv);
	return rc;
}

/* A rename holds only when its folder is on the disk too. */
static int sync_folder_of(struct cli *c, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *folder = !slash ? "."
			     : slash == file
				     ? "/"
				     : arena_printf(c->arena, "%.*s", (int)(slash - file), file);
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, rc = 0;

	if (fd < 0 || fsync(fd))
		rc = err_set(&c->err, ERR_IO, "%s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Made in a folder beside FILE and moved there when it is good. */
static int make_backup(struct cli *c, const char *file, struct verify_report *r)
{
	const char *folder = arena_printf(c->arena, "%s.part", file);
	const char *copy = arena_printf(c->arena, "%s/data.mdb", folder);
	const char *lock = arena_printf(c->arena, "%s/lock.mdb", folder);
	int rc, held;

	if (!folder || !copy || !lock)
		return err_set(&c->err, ERR_NOMEM, "no memory for a backup");
	if (!access(file, F_OK))
		return err_set(&c->err, ERR_EXISTS,
			       "%s is there already; a backup takes a new name", file);
	if (!drop_cut_short(c, folder))
		return err_set(&c->err, ERR_BUSY, "%s: another backup is being made there", folder);
	if (mkdir(folder, 0700))
		return path_error(&c->err, folder);
	held = hold_folder(folder);
	rc = kv_copy(c->store.kv, folder, &c->err);
	if (!rc)
		rc = check_copy(c, folder, r);
	if (!rc && rename(copy, file))
		rc = err_set(&c->err, ERR_IO, "%s: %s", file, strerror(errno));
	if (!rc) {
		rc = sync_folder_of(c, file);
		if (rc)
			unlink(file); /* no backup was made: its name is free again */
	}
	drop_copy(folder, copy, lock);
	if (held >= 0)
		close(held);
	return rc ? err_wrap(&c->err, rc, "no backup was made") : 0;
}

/* ---- a folder of copies ---- */

/* Names begin with the time in UTC, so that their order is that of the copies:
 * ketnap-20261122T145432.123Z-000000001234.mdb, the last number the entries. */
enum { NAME_BYTES = 7 + 20 + 1 + 12 + 4, NUMBER_AT = 7 + 20 + 1, COPIES_MAX = 10000 };

/* With what follows the name, such as that of a folder in which one is made. */
static bool is_copy(const char *name, const char *behind)
{
	static const char form[] = "ketnap-00000000T000000.000Z-000000000000.mdb";

	static_assert(sizeof(form) - 1 == NAME_BYTES, "the form of a name");
	if (strlen(name) < NAME_BYTES || strcmp(name + NAME_BYTES, behind) != 0)
		return false;
	for (size_t i = 0; i < NAME_BYTES; i++)
		if (form[i] == '0' ? name[i] < '0' || name[i] > '9' : name[i] != form[i])
			return false;
	return true;
}

static const char *copy_name(struct cli *c, const char *folder)
{
	int64_t ms = c->now_ms();
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	char when[32];

	if (!gmtime_r(&seconds, &tm) || !strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm))
		return NULL;
	return arena_printf(c->arena, "%s/ketnap-%s.%03dZ-%012llu.mdb", folder, when,
			    (int)(ms % 1000), (unsigned long long)ledger_info(c->store.ledger).lsn);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What is in the folder by such a name and `behind` it, by name. */
static int list_copies(struct cli *c, const char *folder, const char *behind, const char ***names,
		       size_t *count)
{
	DIR *d = opendir(folder);
	struct dirent *en;

	*count = 0;
	*names = arena_array(c->arena, COPIES_MAX, sizeof(**names));
	if (!d)
		return err_set(&c->err, ERR_IO, "%s: %s", folder, strerror(errno));
	while (*names && *count < COPIES_MAX && (en = readdir(d)))
		if (is_copy(en->d_name, behind)) {
			(*names)[*count] = arena_printf(c->arena, "%s", en->d_name);
			if ((*names)[*count])
				++*count;
		}
	closedir(d);
	if (!*names)
		return err_set(&c->err, ERR_NOMEM, "no memory for a backup");
	qsort(*names, *count, sizeof(**names), by_name);
	return 0;
}

/* Before room is needed: each cut short has a name of its own and as much in it as a copy. */
static int drop_all_cut_short(struct cli *c, const char *folder)
{
	const char **names;
	size_t count;
	int rc = list_copies(c, folder, ".part", &names, &count);

	for (size_t i = 0; !rc && i < count; i++) {
		const char *path = arena_printf(c->arena, "%s/%s", folder, names[i]);

		if (path)
			(void)drop_cut_short(c, path); /* another one is being made: it stays */
	}
	return rc;
}

/* Which may go, the oldest first, and the one just made last. A later name than its own was given by a clock that ran
 * ahead, then or now: such a copy counts as older. What has more entries stays, whatever its name, since this log may
 * have been set back: it holds what is lacking here. */
static size_t by_age(const char **out, const char **names, size_t count, const char *made,
		     size_t *beyond)
{
	size_t n = 0;

	*beyond = 0;
	for (int later = 1; later >= 0; later--)
		for (size_t i = 0; i < count; i++) {
			bool more = strcmp(names[i] + NUMBER_AT, made + NUMBER_AT) > 0;

			if ((strcmp(names[i], made) > 0) != later)
				continue;
			if (more)
				++*beyond;
			else
				out[n++] = names[i];
		}
	return n;
}

/* Only once the new one is good, only what has the name of a copy, and never the newest `keep`. */
static int drop_older(struct cli *c, const char *folder, const char *made, json_t *dropped,
		      size_t *beyond)
{
	size_t keep = (size_t)options.keep, count;
	const char **names, **ages = arena_array(c->arena, COPIES_MAX, sizeof(*ages));
	int rc = ages ? list_copies(c, folder, "", &names, &count)
		      : err_set(&c->err, ERR_NOMEM, "no memory for a backup");

	if (rc)
		return rc;
	count = by_age(ages, names, count, made, beyond);
	for (size_t i = 0; !rc && i + keep < count; i++) {
		const char *path = arena_printf(c->arena, "%s/%s", folder, ages[i]);

		if (!path || unlink(path))
			rc = err_set(&c->err, ERR_IO, "%s: %s", ages[i], strerror(errno));
		else if (json_array_append_new(dropped, json_string(ages[i])))
			rc = err_set(&c->err, ERR_NOMEM, "no memory for a backup");
	}
	return rc;
}

static int show_backup(struct cli *c, const char *file, const struct verify_report *r,
		       json_t *dropped, size_t beyond)
{
	char hex[HASH_HEX_MAX];

	if (c->json)
		return show_json(c, json_pack("{s:s, s:I, s:s, s:b, s:O, s:I}", "file", file,
					      "entries", (json_int_t)r->entries, "root",
					      hex_encode(hex, r->root.b, HASH_BYTES), "verified", 1,
					      "dropped", dropped, "beyond", (json_int_t)beyond));
	lang_print(c->out, _("%s: a copy of %llu entries, verified\n"), file,
		   (unsigned long long)r->entries);
	if (json_array_size(dropped))
		lang_print(c->out, _("older copies that went: %zu\n"), json_array_size(dropped));
	if (beyond)
		lang_print(c->out, _("copies with more entries than this one, which stay: %zu\n"),
			   beyond);
	return 0;
}

int cmd_backup(struct cli *c, int argc, char **argv)
{
	struct verify_report r = { .entries = 0 };
	struct stat st;
	bool many = !stat(argv[1], &st) && S_ISDIR(st.st_mode);
	const char *file = many ? copy_name(c, argv[1]) : argv[1];
	size_t beyond = 0;
	json_t *dropped;
	int rc;

	(void)argc;
	if (options.keep && !many)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "--keep is for a folder of backups that is there"));
	dropped = json_array();
	if (!file || !dropped) {
		json_decref(dropped);
		return err_set(&c->err, ERR_NOMEM, "no memory for a backup");
	}
	rc = many ? drop_all_cut_short(c, argv[1]) : 0;
	if (!rc)
		rc = make_backup(c, file, &r);
	if (!rc) {
		if (options.keep)
			rc = drop_older(c, argv[1], strrchr(file, '/') + 1, dropped, &beyond);
		if (rc)
			err_wrap(&c->err, rc, "not every older copy went");
		else
			rc = show_backup(c, file, &r, dropped, beyond);
		if (rc)
			err_wrap(&c->err, rc, "%s is made and verified", file);
	}
	json_decref(dropped);
	return rc;
}
