#include "store_dir.h"

#include "crypto/cert.h"
#include "crypto/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = STORE_PATH_MAX };
static const size_t map_bytes = (size_t)64 << 30;
static const char version_text[] = "ketnap data 1\n";

/* Whoever may open it may use the directory. */
static int open_lock(struct store_dir *s, char path[PATH_BYTES], bool create, struct err *e)
{
	int rc = store_dir_path(path, s->path, "lock", e);

	if (rc)
		return rc;
	s->lock_fd = open(path, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0600);
	return s->lock_fd < 0 ? path_error(e, path) : 0;
}

static int take_lock(struct store_dir *s, bool create, struct err *e)
{
	char path[PATH_BYTES], owner[32] = "";
	int rc = open_lock(s, path, create, e);

	if (rc)
		return rc;
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB)) {
		ssize_t n = read(s->lock_fd, owner, sizeof(owner) - 1);

		owner[n > 0 ? n : 0] = 0;
		owner[strcspn(owner, "\n")] = 0;
		close(s->lock_fd);
		s->lock_fd = -1;
		return err_set(e, ERR_BUSY,
			       "%s is in use by process %s; stop it, or try again later", s->path,
			       owner[0] ? owner : "?");
	}
	snprintf(owner, sizeof(owner), "%ld\n", (long)getpid());
	if (ftruncate(s->lock_fd, 0) || write(s->lock_fd, owner, strlen(owner)) < 0)
		return path_error(e, path);
	return 0;
}

static int open_kv(struct store_dir *s, bool beside, struct err *e)
{
	char path[PATH_BYTES];
	struct kv_open how = {
		.dir = path, .map_bytes = map_bytes, .tables = LEDGER_TABLES, .read_only = beside
	};
	int rc = store_dir_path(path, s->path, "store", e);

	return rc ? rc : kv_lmdb_open(&s->kv, &how, e);
}

/* ---- making one ---- */

static int make_keys(struct store_dir *s, struct ledger_birth *b, int64_t now_ms, struct err *e)
{
	uint8_t seed[ED25519_SEED_BYTES], serial[CERT_SERIAL_BYTES];
	struct p256_key *ca = NULL;
	struct buf pem, der;
	int rc = crypto_random(seed, sizeof(seed), e);

	buf_init(&pem, 1 << 16);
	buf_init(&der, 1 << 16);
	if (!rc)
		rc = crypto_random(serial, sizeof(serial), e);
	if (!rc)
		rc = crypto_random(b->store, sizeof(b->store), e);
	if (!rc)
		rc = crypto_random(b->incarnation, sizeof(b->incarnation), e);
	if (!rc)
		rc = store_dir_new(s->path, "log.key", span_of(seed, sizeof(seed)), 0600, e);
	if (!rc) {
		ed25519_key_init(&s->log_key, seed);
		memcpy(b->log_key, s->log_key.public.b, sizeof(b->log_key));
		rc = p256_generate(&ca, e);
	}
	if (!rc)
		rc = p256_save_pem(ca, &pem, e);
	if (!rc)
		rc = store_dir_new(s->path, "ca.key", buf_span(&pem), 0600, e);
	if (!rc)
		rc = cert_make_ca(&der, ca, b->store, serial, now_ms, e);
	buf_reset(&pem);
	if (!rc)
		rc = cert_pem_save(&pem, CERT_PEM_CERTIFICATE, buf_span(&der), e);
	if (!rc)
		rc = store_dir_new(s->path, "ca.pem", buf_span(&pem), 0644, e);
	bytes_wipe(seed, sizeof(seed));
	p256_free(ca);
	buf_fini(&pem);
	buf_fini(&der);
	return rc;
}

static int make_folders(const char *path, struct err *e)
{
	char inner[PATH_BYTES];
	int rc = store_dir_path(inner, path, "VERSION", e);

	if (rc)
		return rc;
	if (!access(inner, F_OK))
		return err_set(e, ERR_EXISTS, "%s is a data directory already", path);
	if (mkdir(path, 0700) && errno != EEXIST) {
		rc = path_error(e, path);
		return rc != -ERR_DENIED
			       ? rc
			       : err_wrap(e, rc,
					  "this user may make no folder there: name another");
	}
	rc = store_dir_path(inner, path, "store", e);
	if (rc)
		return rc;
	if (mkdir(inner, 0700))
		return errno == EEXIST
			       ? err_set(e, ERR_EXISTS,
					 "%s is not empty: name a new folder, or an empty one",
					 path)
			       : path_error(e, inner);
	return 0;
}

void store_dir_remove(const char *path)
{
	static const char *const names[] = { "store/data.mdb", "store/lock.mdb", "log.key",
					     "ca.key",         "ca.pem",         "seal.key",
					     "lock",           "course",         "VERSION" };
	char inner[PATH_BYTES];
	struct err ignored = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (!store_dir_path(inner, path, names[i], &ignored))
			unlink(inner);
	if (!store_dir_path(inner, path, "store", &ignored))
		rmdir(inner);
	rmdir(path); /* only when it is empty */
}

int store_dir_create(struct store_dir *s, const char *path, const struct store_birth *b,
		     struct err *e)
{
	struct ledger_birth birth = { .illustrative = b->illustrative,
				      .by = b->by,
				      .now_ms = b->ledger_ms };
	int rc;

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->lock_fd = -1;
	rc = make_folders(path, e);
	if (rc)
		return rc;
	rc = take_lock(s, true, e);
	if (!rc)
		rc = make_keys(s, &birth, b->now_ms, e);
	if (!rc)
		rc = open_kv(s, false, e);
	if (!rc)
		rc = ledger_create(s->kv, &birth, &s->log_key, e);
	if (!rc)
		rc = ledger_open(&s->ledger, s->kv, 0, e);
	if (rc) {
		store_dir_close(s);
		store_dir_remove(path);
	}
	return rc;
}

int store_dir_made(const char *path, struct err *e)
{
	int rc = store_dir_new(path, "VERSION", span_str(version_text), 0644, e);

	return rc ? rc : store_dir_sync(path, e);
}

/* ---- opening one ---- */

static int check_version(const char *dir, struct err *e)
{
	char path[PATH_BYTES];
	uint8_t *text;
	size_t len;
	int rc = store_dir_path(path, dir, "VERSION", e);

	if (!rc)
		rc = path_read(&text, &len, path, 64, e);
	if (rc == -ERR_NOTFOUND)
		return err_set(e, ERR_NOTFOUND,
			       "%s is not a data directory; `ketnapd init` makes one", dir);
	if (rc)
		return rc;
	if (!span_eq(span_of(text, len), span_str(version_text)))
		rc = err_set(e, ERR_VERSION,
			     "%s was made by another version of this program, \"%.*s\"; this one "
			     "reads \"%.*s\": use the version it was made with, or a newer one",
			     dir, (int)(len && text[len - 1] == 10 ? len - 1 : len), (char *)text,
			     (int)sizeof(version_text) - 2, version_text);
	free(text);
	return rc;
}

static int load_log_key(struct store_dir *s, struct err *e)
{
	char path[PATH_BYTES];
	uint8_t *seed;
	size_t len;
	struct ledger_info info = ledger_info(s->ledger);
	int rc = store_dir_path(path, s->path, "log.key", e);

	if (!rc)
		rc = path_read(&seed, &len, path, 4096, e);
	if (rc)
		return rc;
	if (len != ED25519_SEED_BYTES) {
		rc = err_set(e, ERR_CORRUPT, "%s does not hold a key", path);
	} else {
		ed25519_key_init(&s->log_key, seed);
		if (memcmp(s->log_key.public.b, info.log_key, sizeof(info.log_key)))
			rc = err_set(e, ERR_CORRUPT, "%s is not the key of this store", path);
	}
	bytes_wipe(seed, len);
	free(seed);
	return rc;
}

static int say_what_to_do(const char *path, struct err *e)
{
	return store_dir_is_standby(path)
		       ? err_wrap(
				 e, -ERR_CORRUPT,
				 "the store of the standby in %s is damaged: `ketnapd follow` with "
				 "a new code makes another one, in a new folder",
				 path)
		       : err_wrap(e, -ERR_CORRUPT,
				  "the store in %s is damaged; keep the folder as it is, and make "
				  "another one from a copy: `ketnapd rebuild COPY KEYS`",
				  path);
}

bool store_dir_has_key(const char *dir)
{
	char path[PATH_BYTES];

	return !store_dir_path(path, dir, "log.key", NULL) && !access(path, F_OK);
}

static int open_store(struct store_dir *s, bool beside, struct err *e)
{
	int rc = open_kv(s, beside, e);

	if (!rc)
		rc = ledger_open(&s->ledger, s->kv, 0, e);
	if (rc == -ERR_NOTFOUND && s->kv && store_dir_has_key(s->path))
		rc = err_set(e, ERR_CORRUPT, "%s/store/data.mdb holds nothing", s->path);
	return rc == -ERR_CORRUPT ? say_what_to_do(s->path, e) : rc;
}

/* `beside` whoever has the lock, or soon will: to read, without the key. */
static int open_dir(struct store_dir *s, const char *path, bool beside, struct err *e)
{
	char lock[PATH_BYTES];
	int rc;

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->lock_fd = -1;
	rc = check_version(path, e);
	if (!rc && !beside && store_dir_is_standby(path))
		rc = err_set(e, ERR_BUSY,
			     "%s is a standby: it follows a server and serves and writes nothing "
			     "itself; `ketnapd promote` makes it the server",
			     path);
	if (!rc)
		rc = beside ? open_lock(s, lock, false, e) : take_lock(s, false, e);
	if (!rc)
		rc = open_store(s, beside, e);
	if (!rc && !beside)
		rc = load_log_key(s, e);
	if (rc)
		store_dir_close(s);
	if (rc == -ERR_DENIED)
		err_wrap(e, rc,
			 "this user may not use %s: run it as the user that the folder belongs to",
			 path);
	return rc;
}

/* ---- a standby's ---- */

/* Its first file to be there for good, and the last to go. */
static const char standby_mark[] = "standby/identity.json";

bool store_dir_is_standby(const char *path)
{
	char mark[PATH_BYTES];

	return !store_dir_path(mark, path, standby_mark, NULL) && !access(mark, F_OK);
}

bool store_dir_is_keyless(const char *path)
{
	char key[PATH_BYTES], version[PATH_BYTES];

	return !store_dir_path(key, path, "log.key", NULL) && access(key, F_OK) &&
	       !store_dir_path(version, path, "VERSION", NULL) && !access(version, F_OK);
}

static int open_unkeyed(struct store_dir *s, struct err *e)
{
	int rc = open_kv(s, false, e);

	if (!rc)
		rc = ledger_open(&s->ledger, s->kv, 0, e);
	if (rc == -ERR_NOTFOUND && s->kv) {
		err_clear(e);
		rc = 0;
	}
	return rc == -ERR_CORRUPT ? say_what_to_do(s->path, e) : rc;
}

int store_dir_open_standby(struct store_dir *s, const char *path, struct err *e)
{
	int rc;

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->lock_fd = -1;
	rc = check_version(path, e);
	if (!rc && !store_dir_is_standby(path))
		rc = err_set(e, ERR_STATE, "%s is not a standby's", path);
	if (!rc)
		rc = take_lock(s, false, e);
	if (!rc)
		rc = open_unkeyed(s, e);
	if (rc)
		store_dir_close(s);
	return rc;
}

int store_dir_create_standby(struct store_dir *s, const char *path, struct err *e)
{
	static const char *const folders[] = { "store", "standby" };
	char inner[PATH_BYTES];
	int rc = 0;

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->lock_fd = -1;
	if (mkdir(path, 0700) && errno != EEXIST)
		return path_error(e, path);
	rc = store_dir_path(inner, path, "ca.key", e);
	if (!rc && !access(inner, F_OK))
		rc = err_set(e, ERR_EXISTS, "%s is a server's data directory", path);
	for (size_t i = 0; i < ARRAY_LEN(folders) && !rc; i++)
		rc = store_dir_folder(inner, path, folders[i], e);
	if (!rc)
		rc = take_lock(s, true, e);
	if (!rc)
		rc = store_dir_put(path, "VERSION", span_str(version_text), 0644, e);
	if (!rc)
		rc = open_unkeyed(s, e);
	if (!rc && s->ledger)
		rc = err_set(e, ERR_EXISTS, "%s has a store that is not a standby's", path);
	if (rc)
		store_dir_close(s);
	return rc;
}

static int copy_file(const char *to_dir, const char *name, const char *from, struct err *e)
{
	char to[PATH_BYTES], bytes[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC), out = -1, rc;
	ssize_t n = 0;

	if (in < 0)
		return path_error(e, from);
	rc = store_dir_path(to, to_dir, name, e);
	out = rc ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (!rc && out < 0)
		rc = path_error(e, to);
	while (!rc && (n = read(in, bytes, sizeof(bytes))) > 0)
		if (!fd_write(out, bytes, (size_t)n))
			rc = path_error(e, to);
	if (!rc && n < 0)
		rc = path_error(e, from);
	if (!rc && fsync(out))
		rc = path_error(e, to);
	close(in);
	if (out >= 0)
		close(out);
	return rc;
}

static int unfit_copy(const char *copy, struct err *e)
{
	return err_wrap(e, -ERR_CORRUPT, "nothing was made of %s; take another copy", copy);
}

int store_dir_rebuild(struct store_dir *s, const char *path, const char *copy, struct err *e)
{
	int rc;

	memset(s, 0, sizeof(*s));
	s->path = path;
	s->lock_fd = -1;
	rc = kv_lmdb_whole(copy, e);
	if (rc)
		return unfit_copy(copy, e);
	rc = make_folders(path, e);
	if (rc)
		return rc;
	rc = copy_file(path, "store/data.mdb", copy, e);
	if (!rc)
		rc = take_lock(s, true, e);
	if (!rc)
		rc = open_kv(s, false, e);
	if (!rc)
		rc = ledger_open(&s->ledger, s->kv, 0, e);
	if (rc == -ERR_NOTFOUND && s->kv)
		rc = err_set(e, ERR_CORRUPT, "it holds no store");
	if (rc == -ERR_CORRUPT)
		unfit_copy(copy, e);
	if (rc) {
		store_dir_close(s);
		store_dir_remove(path);
	}
	return rc;
}

int store_dir_take_log_key(struct store_dir *s, struct err *e)
{
	return load_log_key(s, e);
}

/* Without the mark it is none any more; the others say nothing without it. */
int store_dir_stand_up(const char *path, struct err *left, struct err *e)
{
	static const char *const names[] = { standby_mark,           "standby/key.pem",
					     "standby/cert.pem",     "standby/nonce",
					     "standby/contact.json", "standby/promoting" };
	char inner[PATH_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct err *told = i ? left : e;
		int rc = store_dir_path(inner, path, names[i], told);

		if (!rc && unlink(inner) && errno != ENOENT)
			rc = path_error(told, inner);
		if (rc && !i)
			return rc;
	}
	if (!store_dir_path(inner, path, "standby", left))
		rmdir(inner);
	(void)store_dir_sync(path, left);
	return 0;
}

/* ---- whoever has it ---- */

int store_dir_open(struct store_dir *s, const char *path, struct err *e)
{
	return open_dir(s, path, false, e);
}

int store_dir_open_beside(struct store_dir *s, const char *path, struct err *e)
{
	return open_dir(s, path, true, e);
}

int64_t store_dir_known_ms(const struct store_dir *s)
{
	struct ledger_info info = ledger_info(s->ledger);

	return info.illustrative ? INT64_MAX : info.time_ms;
}

void store_dir_close(struct store_dir *s)
{
	ledger_close(s->ledger);
	kv_close(s->kv);
	ed25519_key_fini(&s->log_key);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	s->ledger = NULL;
	s->kv = NULL;
	s->lock_fd = -1;
}
