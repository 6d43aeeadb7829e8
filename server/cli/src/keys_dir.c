#include "keys_dir.h"

#include "store_dir.h"

#include "kv/rewrite.h"

#include <stdlib.h>

static const size_t map_bytes = (size_t)4 << 30; /* some 10 million wraps */

struct keys_dir {
	char path[STORE_PATH_MAX];
	struct keystore *store;
};

struct kv_open keys_dir_how(const char *path)
{
	return (struct kv_open){ .dir = path, .map_bytes = map_bytes, .tables = KEYSTORE_TABLES };
}

static int rewrite(void *ctx, struct kv **kv, struct err *e)
{
	struct kv_open how = keys_dir_how(((const struct keys_dir *)ctx)->path);

	return kv_rewrite(kv, &how, e);
}

static void say_what_to_do(const char *dir, const char *path, struct err *e)
{
	if (store_dir_is_standby(dir))
		err_wrap(e, -ERR_CORRUPT,
			 "the keys in %s are damaged; move that folder away: the standby takes "
			 "them from its server again",
			 path);
	else
		err_wrap(e, -ERR_CORRUPT,
			 "the keys in %s are damaged; move that folder away, then `ketnapd keys "
			 "--restore COPY`, or where there is no copy `ketnapd keys --lost`",
			 path);
}

int keys_dir_open(struct keys_dir **out, const char *dir, struct err *e)
{
	struct keys_dir *k = calloc(1, sizeof(*k));
	struct keystore_setup setup = { .rewrite = rewrite, .ctx = k };
	struct kv_open how;
	int rc;

	*out = NULL;
	if (!k)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = store_dir_folder(k->path, dir, "keys", e);
	how = keys_dir_how(k->path);
	if (!rc)
		rc = kv_rewrite_open(&setup.kv, &how, e);
	if (!rc)
		rc = keystore_new(&k->store, &setup, e);
	if (rc == -ERR_CORRUPT)
		say_what_to_do(dir, k->path, e);
	if (rc)
		keys_dir_close(k);
	else
		*out = k;
	return rc;
}

void keys_dir_close(struct keys_dir *k)
{
	if (!k)
		return;
	keystore_free(k->store);
	free(k);
}

struct keystore *keys_dir_store(const struct keys_dir *k)
{
	return k->store;
}
