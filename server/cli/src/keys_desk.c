#include "keys_desk.h"

#include "key_paper.h"

#include "crypto/cert.h"

#include <stdlib.h>

/* The word that opens the keys: never on the command line, where others on this machine could read it. */
static int read_code(struct cli *c, struct code *code)
{
	char line[256];
	int rc;

	if (!fgets(line, sizeof(line), stdin))
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "the code of the keys is read from standard input"));
	line[strcspn(line, "\r\n")] = 0;
	rc = code_parse(code, NULL, span_str(line), &c->err);
	bytes_wipe(line, sizeof(line));
	return rc;
}

int keys_ask(struct own_keys *out, struct cli *c, const char *path, const uint8_t store[16])
{
	uint8_t *file = NULL;
	struct code code;
	struct buf typed;
	size_t len = 0;
	int rc = path_read(&file, &len, path, KEY_FILE_MAX, &c->err);
	bool paper = !rc && !key_file_is(span_of(file, len));

	buf_init(&typed, KEY_PAPER_MAX);
	if (paper) /* before the code is asked for: a mistyped line is mended first */
		rc = key_paper_read(&typed, span_of(file, len), &c->err);
	if (!rc)
		rc = read_code(c, &code);
	if (!rc)
		rc = paper ? key_paper_open(out, buf_span(&typed), store, &code, &c->err)
			   : key_file_open(out, span_of(file, len), store, &code, &c->err);
	bytes_wipe(&code, sizeof(code));
	buf_fini(&typed);
	free(file);
	return rc;
}

int keys_check(const struct own_keys *k, struct cli *c, struct span ca_der)
{
	struct p256_key *ca = NULL;
	struct p256_public public;
	struct ed25519_key log;
	struct cert_info info;
	int rc;

	ed25519_key_init(&log, k->log_seed);
	rc = memcmp(log.public.b, ledger_info(c->store.ledger).log_key, sizeof(log.public.b))
		     ? err_set(&c->err, ERR_DENIED, "the keys are not those of this store")
		     : 0;
	ed25519_key_fini(&log);
	if (!rc)
		rc = p256_load_pem(&ca, buf_span(&k->ca_key), &c->err);
	if (!rc)
		rc = cert_parse(&info, ca_der, &c->err);
	if (!rc) {
		public = p256_public_of(ca);
		if (!p256_public_eq(&public, &info.key))
			rc = err_set(&c->err, ERR_DENIED,
				     "the key is not that of the CA of this store");
	}
	p256_free(ca);
	return rc;
}

int keys_put(const struct own_keys *k, struct cli *c)
{
	const char *dir = c->store.path;
	int rc = store_dir_put(dir, "log.key", span_of(k->log_seed, 32), 0600, &c->err);

	if (!rc)
		rc = store_dir_put(dir, "seal.key", span_of(k->seal_seed, 32), 0600, &c->err);
	if (!rc)
		rc = store_dir_put(dir, "ca.pem", buf_span(&k->ca), 0644, &c->err);
	if (!rc)
		rc = store_dir_put(dir, "ca.key", buf_span(&k->ca_key), 0600, &c->err);
	return rc ? rc : store_dir_take_log_key(&c->store, &c->err);
}
