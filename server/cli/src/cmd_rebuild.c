/* rebuild: a data directory out of a copy of the store and the file of the server's own keys. */
#include "show.h"

#include "keys_desk.h"

#include "crypto/cert.h"

static int take_keys(struct cli *c, const char *path)
{
	struct ledger_info info = ledger_info(c->store.ledger);
	struct own_keys keys;
	struct buf ca;
	int rc;

	own_keys_init(&keys);
	buf_init(&ca, CERT_BYTES_MAX);
	rc = keys_ask(&keys, c, path, info.store);
	if (!rc)
		rc = cert_pem_load(&ca, CERT_PEM_CERTIFICATE, buf_span(&keys.ca), &c->err);
	if (!rc)
		rc = keys_check(&keys, c, buf_span(&ca));
	if (!rc)
		rc = keys_put(&keys, c);
	own_keys_fini(&keys);
	buf_fini(&ca);
	return rc;
}

int cmd_rebuild(struct cli *c, int argc, char **argv)
{
	struct ledger_info info;
	char hex[HASH_HEX_MAX];
	int rc = store_dir_rebuild(&c->store, options.data, argv[1], &c->err);

	if (rc)
		return rc;
	if (!c->json)
		mark_print(c->out, mark_of(c->store.ledger));
	rc = argc > 2 ? take_keys(c, argv[2]) : 0;
	if (!rc)
		rc = store_dir_made(options.data, &c->err);
	if (rc) { /* nothing half made stays behind */
		store_dir_close(&c->store);
		store_dir_remove(options.data);
		return rc;
	}
	info = ledger_info(c->store.ledger);
	if (c->json)
		return show_json(c,
				 json_pack("{s:s, s:I}", "store", hex_encode(hex, info.store, 16),
					   "lsn", (json_int_t)info.lsn));
	if (argc < 3)
		lang_print(
			c->out,
			_("store %s with %llu entries in %s, without the server's own keys: to be read, "
			  "nothing else\n"),
			hex_encode(hex, info.store, 16), (unsigned long long)info.lsn,
			options.data);
	else
		lang_print(
			c->out,
			_("store %s with %llu entries in %s. Before it serves: `ketnapd verify`, then `ketnapd "
			  "restore`\n"),
			hex_encode(hex, info.store, 16), (unsigned long long)info.lsn,
			options.data);
	return 0;
}
