#include "keys_dir.h"

#include "crypto/random.h"
#include "kv/rewrite.h"
#include "ledger/register.h"

static const size_t map_bytes = (size_t)1 << 30;

static int how_of(struct cli *c, struct kv_open *how, char path[PATH_BYTES], struct err *e)
{
	int rc = path_join(path, c->dir.path, "keys", e);

	*how = (struct kv_open){ .dir = path, .map_bytes = map_bytes, .tables = KEYRING_TABLES };
	return rc;
}

static int rewrite(void *ctx, struct kv **kv, struct err *e)
{
	char path[PATH_BYTES];
	struct kv_open how;
	int rc = how_of(ctx, &how, path, e);

	return rc ? rc : kv_rewrite(kv, &how, e);
}

int keys_dir_open(struct cli *c, struct keyring **out)
{
	struct keyring_setup setup = { .rewrite = rewrite, .ctx = c, .random = crypto_random };
	struct device_keys keys;
	char path[PATH_BYTES];
	struct kv_open how;
	int rc = device_dir_keys(&c->dir, &keys, &c->err);

	*out = NULL;
	if (rc)
		return rc;
	setup.seal = &keys.seal;
	rc = how_of(c, &how, path, &c->err);
	if (!rc)
		rc = folder_make(path, &c->err);
	if (!rc)
		rc = kv_rewrite_open(&setup.kv, &how, &c->err);
	if (!rc)
		rc = keyring_new(out, &setup, &c->err);
	if (rc == -ERR_CORRUPT)
		err_wrap(&c->err, rc,
			 "the keys in %s are damaged; move that folder away: those that were sent "
			 "come back from the server at the next contact",
			 path);
	if (!rc && c->card)
		keyring_card(*out, c->card);
	device_keys_fini(&keys);
	return rc;
}

int keys_dir_open_some(struct cli *c, struct keyring **out)
{
	uint32_t unit = client_identity(c->client)->unit;
	char path[PATH_BYTES];
	size_t count = 0;
	enum keyring_need need = KEY_NOT_NEEDED;
	int rc = path_join(path, c->dir.path, "keys", &c->err);

	*out = NULL;
	if (!rc && !path_there(path))
		rc = register_unit_keys(client_base(c->client), unit, NULL, 0, &count, &c->err);
	if (!rc && !count && !path_there(path))
		rc = keyring_needed(c->client, &need, &c->err);
	if (rc || (!count && need == KEY_NOT_NEEDED && !path_there(path)))
		return rc;
	return keys_dir_open(c, out);
}
