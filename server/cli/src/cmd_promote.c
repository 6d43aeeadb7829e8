/* server-keys: the server's own keys into a file that a code opens. promote: with them a standby becomes the server.
 * PROTOCOL.md, section 17. */
#include "devices_show.h"

#include "keys_desk.h"
#include "server_keys.h"
#include "standby_dir.h"

#include "crypto/random.h"
#include "ledger/feed.h"
#include "server/promoted.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- server-keys ---- */

int cmd_server_keys(struct cli *c, int argc, char **argv)
{
	uint8_t drawn[CODE_RANDOM_BYTES], nonce[24];
	char text[CODE_TEXT_MAX];
	struct seal_key seal;
	struct code code;
	struct buf file;
	int rc = crypto_random(drawn, sizeof(drawn), &c->err);

	(void)argc;
	buf_init(&file, KEY_FILE_MAX);
	if (!rc)
		rc = crypto_random(nonce, sizeof(nonce), &c->err);
	if (!rc)
		rc = server_seal_key(&seal, c->store.path,
				     &c->err); /* made where it never served */
	if (!rc) {
		seal_key_fini(&seal);
		code = code_make(drawn);
		rc = key_file_make(&file, c->store.path, ledger_info(c->store.ledger).store, &code,
				   nonce, &c->err);
	}
	if (!rc)
		rc = cli_give(c, argv[1], buf_span(&file), true);
	if (!rc) {
		code_text(text, &code);
		if (c->json)
			rc = show_json(c, json_pack("{s:s, s:s}", "file", argv[1], "code", text));
		else
			fprintf(c->out,
				_("%s: the server's own keys, sealed\ncode: %s\nWrite the code on paper, put "
				  "it into an envelope, and keep it elsewhere than the file: the two "
				  "together are the server.\n"),
				argv[1], text);
		bytes_wipe(text, sizeof(text));
	}
	bytes_wipe(drawn, sizeof(drawn));
	bytes_wipe(&code, sizeof(code));
	buf_fini(&file);
	return rc;
}

/* ---- promote ---- */

struct promoting {
	struct cli *c;
	struct standby s;
	struct standby_contact contact;
	struct own_keys keys;
	uint8_t id[16]; /* of the incarnation that begins */
	uint64_t branch, lsn;
	char incarnation[HASH_HEX_MAX], parent[HASH_HEX_MAX];
	struct err left; /* of the standby's files */
};

/* What was proven last: what is beyond came from the server too, but nobody has signed for it. */
static uint64_t find_branch(struct promoting *p)
{
	struct ledger *l = p->c->store.ledger;
	uint64_t at = p->contact.proven, lsn = ledger_info(l).lsn;
	struct ed25519_sig sig;
	struct head head;

	if (!ledger_head(l, &head, &sig, NULL) && head.size > at)
		at = head.size;
	return at > lsn ? lsn : at ? at : 1;
}

/* The id of what begins is kept before it is declared: cut off behind its commit, a promotion is only finished. */
static int choose_id(struct promoting *p, bool *declared)
{
	struct cli *c = p->c;
	struct ledger_info info = ledger_info(c->store.ledger);
	uint8_t drawn[PROMOTED_RANDOM];
	int rc;

	*declared = standby_promoting(p->id, c->store.path) &&
		    !memcmp(p->id, info.incarnation, sizeof(p->id));
	if (*declared)
		return 0;
	rc = crypto_random(drawn, sizeof(drawn), &c->err);
	if (rc)
		return rc;
	promoted_id(p->id, info.incarnation, drawn);
	return standby_promote(p->id, c->store.path, &c->err);
}

static int find_declared(struct promoting *p)
{
	const struct feed_branch *line;
	size_t count;
	int rc = feed_line(&line, &count, p->c->store.ledger, p->c->arena, &p->c->err);

	if (rc || !count)
		return rc;
	p->branch = line[count - 1].branch_lsn;
	hex_encode(p->parent, line[count - 1].parent, 16);
	return 0;
}

static int declare(struct promoting *p)
{
	struct cli *c = p->c;
	struct ledger_info was = ledger_info(c->store.ledger);
	struct op ops[2] = { { .kind = OP_INCARNATION, .source = span_str(c->by) },
			     { .kind = OP_REVOKE,
			       .source = span_str(c->by),
			       .reason = span_str(promoted_reason) } };
	struct op_incarnation *in = &ops[0].incarnation;
	struct device_row row = { .device = 0 };
	bool revoke = !ledger_device(c->store.ledger, p->s.who.device, &row, NULL) &&
		      !row.revoked_lsn;

	p->branch = find_branch(p);
	memcpy(in->id, p->id, sizeof(in->id));
	memcpy(in->parent, was.incarnation, 16);
	memcpy(in->store, was.store, 16);
	memcpy(in->log_key, was.log_key, 32);
	in->illustrative = was.illustrative;
	in->branch_lsn = p->branch;
	in->cause = span_str(arena_printf(c->arena, "a standby was promoted: %s", options.reason));
	ops[1].unit = row.unit;
	ops[1].device.device = p->s.who.device;
	hex_encode(p->parent, was.incarnation, 16);
	return act_all(c, ops, revoke ? 2 : 1, false);
}

static int promote(struct promoting *p, const char *path)
{
	struct cli *c = p->c;
	bool declared;
	int rc = store_dir_open_standby(&c->store, options.data, &c->err);

	if (!rc)
		rc = standby_load(&p->s, options.data, &c->err);
	if (!rc)
		rc = standby_contact_load(&p->contact, options.data, &c->err);
	if (!rc && !c->store.ledger)
		rc = err_set(&c->err, ERR_STATE, "this standby has not got an entry yet");
	if (!rc && !c->json)
		mark_print(c->out, mark_of(c->store.ledger));
	if (!rc)
		rc = keys_ask(&p->keys, c, path, p->s.who.store);
	if (!rc)
		rc = keys_check(&p->keys, c, buf_span(&p->s.ca));
	if (!rc)
		rc = keys_put(&p->keys, c);
	if (!rc)
		rc = choose_id(p, &declared);
	if (!rc)
		rc = declared ? find_declared(p) : declare(p);
	if (!rc)
		rc = store_dir_stand_up(options.data, &p->left, &c->err);
	if (!rc) {
		p->lsn = ledger_info(c->store.ledger).lsn;
		hex_encode(p->incarnation, ledger_info(c->store.ledger).incarnation, 16);
	}
	return rc;
}

static int show(struct promoting *p)
{
	struct cli *c = p->c;
	const char *names;
	json_t *others;
	int rc = standbys_others(c, &others, &names);

	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:I, s:s, s:s, s:I, s:s, s:I, s:b, s:o}", "lsn",
					      (json_int_t)p->lsn, "incarnation", p->incarnation,
					      "parent", p->parent, "branch", (json_int_t)p->branch,
					      "server", p->s.address, "server_lsn",
					      (json_int_t)p->contact.server_lsn, "recovering", 1,
					      "others", others));
	json_decref(others);
	lang_print(
		c->out,
		_("promoted: the log goes on from entry %llu as incarnation %s, in the place of the "
		  "server at %s, which must not come back. `ketnapd serve` serves; tell the devices the "
		  "new address (`ketnap sync --server HOST:PORT`); when all have been here, `ketnapd "
		  "restore --end`\n"),
		(unsigned long long)p->branch, p->incarnation, p->s.address);
	if (*names)
		lang_print(
			c->out,
			_("Other standbys of that server: %s. None of them may be promoted too: two that "
			  "were never hear of each other, and each goes on with its own devices. Let them "
			  "follow this one: `ketnapd follow HOST:PORT`\n"),
			names);
	return 0;
}

int cmd_promote(struct cli *c, int argc, char **argv)
{
	struct promoting p = { .c = c };
	char text[1024];
	int rc;

	(void)argc;
	if (!options.reason)
		return cli_misused(c, err_set(&c->err, ERR_INVALID, "promote needs --reason TEXT"));
	standby_init(&p.s);
	own_keys_init(&p.keys);
	rc = promote(&p, argv[1]);
	if (!rc)
		rc = show(&p);
	if (p.left.code)
		fprintf(c->say,
			_("ketnapd: promoted; of the standby's files something is left: %s\n"),
			lang_err(&p.left, text, sizeof(text)));
	own_keys_fini(&p.keys);
	standby_fini(&p.s);
	return rc;
}
