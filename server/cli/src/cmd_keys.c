/* keys: the printed recovery key, and what is said of the key store. */
#include "devices_show.h"
#include "keys_copy.h"
#include "keys_page.h"
#include "show.h"

#include "crypto/person.h"
#include "crypto/random.h"
#include "ledger/register.h"

#include <stdlib.h>
#include <unistd.h>

enum { CARD_MAX = 4096 };

/* What is on the card: words for a person who finds it years later, and the symbols. */
static const char *card_words(struct cli *c, const struct code *card, const uint8_t public[32])
{
	char symbols[CODE_TEXT_MAX], store[HASH_HEX_MAX], number[HASH_HEX_MAX];
	const char *text = arena_printf(
		c->arena,
		_("Recovery key of store %s, number %s\n"
		  "\n"
		  "    %s\n"
		  "\n"
		  "Keep it on paper, in a sealed envelope, away from the server. With it and the server's key\n"
		  "store, two persons bring back the names that the topmost unit could open. It is kept nowhere\n"
		  "else; if it is lost or was seen, `ketnapd keys --new-card` makes another one.\n"),
		hex_encode(store, ledger_info(c->store.ledger).store, 16),
		hex_encode(number, public, 4), code_text(symbols, card));

	key_wipe(symbols, sizeof(symbols));
	return text;
}

/* On the screen unless there is a file; never among the JSON that a script may keep. */
static int give_card(struct cli *c, const char *text)
{
	if (options.card)
		return cli_give(c, options.card, span_str(text), true);
	fputs(text, c->json ? c->say : c->out);
	return 0;
}

int recovery_card_make(struct cli *c, uint64_t *lsn)
{
	struct op op = { .kind = OP_RECOVERY_KEY, .source = span_str(c->by) };
	uint8_t drawn[CODE_RANDOM_BYTES];
	struct register_key before;
	struct seal_key pair;
	struct code card;
	const char *text;
	int rc = register_unit_key(c->store.ledger, 0, &before, &c->err);

	op.unit_key.generation = rc ? 1 : before.generation + 1;
	if (!rc || rc == -ERR_NOTFOUND)
		rc = crypto_random(drawn, sizeof(drawn), &c->err);
	if (rc)
		return rc;
	card = code_make(drawn);
	recovery_pair(&pair, &card);
	memcpy(op.unit_key.public_half, pair.public.b, sizeof(op.unit_key.public_half));
	memcpy(op.unit_key.key, pair.public.b, sizeof(op.unit_key.key));
	rc = ledger_act(c->store.ledger, &op, cli_now(c), lsn, &c->err);
	text = rc ? NULL : card_words(c, &card, pair.public.b);
	if (!rc)
		rc = text ? give_card(c, text)
			  : err_set(&c->err, ERR_NOMEM, "no memory for a card");
	if (text)
		key_wipe((char *)(uintptr_t)text, strlen(text));
	seal_key_fini(&pair);
	key_wipe(&card, sizeof(card));
	key_wipe(drawn, sizeof(drawn));
	return rc;
}

/* The symbols stand on a line of their own, indented. False: it is no card. */
static bool card_read(struct code *card, struct span text)
{
	for (size_t at = 0; at < text.len;) {
		const uint8_t *line = text.data + at, *end = memchr(line, '\n', text.len - at);
		size_t len = end ? (size_t)(end - line) : text.len - at;

		if (len > 4 && !memcmp(line, "    ", 4) &&
		    !code_parse(card, NULL, span_of(line + 4, len - 4), NULL))
			return true;
		at += len + 1;
	}
	return false;
}

/* Is the file there already? A card is written before its key counts, so that no key counts without a card: cut off in
 * between, the file is left. What is in it is said; it is neither written over nor taken. */
static int check_card_file(struct cli *c)
{
	struct register_key now = { .lsn = 0 };
	uint32_t generation;
	struct seal_key pair;
	struct code card;
	uint8_t *text;
	size_t len;
	bool known, counts;
	int rc;

	if (!options.card ||
	    (!c->given.data && !c->spooled && (c->made || access(options.card, F_OK))))
		return 0;
	rc = cli_file(c, &text, &len, options.card, CARD_MAX);
	if (rc)
		return rc;
	known = card_read(&card, span_of(text, len));
	key_wipe((char *)text, len);
	free(text);
	if (!known)
		return err_set(&c->err, ERR_EXISTS, "%s is there already; it is not written over",
			       options.card);
	recovery_pair(&pair, &card);
	key_wipe(&card, sizeof(card));
	known = !register_key_known(c->store.ledger, 0, pair.public.b, &generation, NULL);
	counts = known && !register_unit_key(c->store.ledger, 0, &now, NULL) &&
		 !memcmp(now.key, pair.public.b, sizeof(now.key));
	seal_key_fini(&pair);
	if (counts)
		return err_set(
			&c->err, ERR_EXISTS,
			"%s is the card of the key that counts, since entry %llu; for another "
			"one name another file",
			options.card, (unsigned long long)now.lsn);
	return known ? err_set(&c->err, ERR_EXISTS,
			       "%s is a card of before, which another one has replaced; it is not "
			       "written over",
			       options.card)
		     : err_set(&c->err, ERR_EXISTS,
			       "%s is a card whose key is not in this log: its making was cut off "
			       "before it counted, or it is another store's. The card before still "
			       "counts. Destroy the file, and say this again",
			       options.card);
}

static int new_card(struct cli *c)
{
	uint64_t lsn = 0;
	int rc = check_card_file(c);

	if (!rc)
		rc = ledger_begin(c->store.ledger, &c->err);
	if (rc)
		return rc;
	rc = recovery_card_make(c, &lsn);
	if (rc)
		ledger_abort(c->store.ledger);
	else
		rc = ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(
			c, json_pack("{s:I, s:s?}", "lsn", (json_int_t)lsn, "card", options.card));
	fprintf(c->out,
		_("devices seal to the new one at their next contact; destroy the card before when they have\n"));
	return 0;
}

/* The same entry as of a copy that was put back: devices that read of it put all they have again, and ask from the
 * beginning, since a new key store numbers its rows from 1. */
static int say_lost(struct cli *c)
{
	struct op op = { .kind = OP_KEYS_RESTORED, .source = span_str(c->by) };
	uint64_t lsn = 0;
	int rc;

	op.clock.ms = cli_now(c);
	rc = act_alone(c, &op, &lsn);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:I}", "lsn", (json_int_t)lsn));
	fprintf(c->out,
		_("devices put the keys that they hold at their next contact; a unit all of whose "
		  "devices are gone gets its own from a copy alone\n"));
	return 0;
}

int cmd_keys(struct cli *c, int argc, char **argv)
{
	int parts = !!options.backup + !!options.restore + !!options.prune + !!options.page +
		    options.new_card + options.lost;

	(void)argc;
	(void)argv;
	if (parts != 1)
		return cli_misused(
			c,
			err_set(&c->err, ERR_INVALID,
				"keys: say one of --backup, --restore, --lost, --prune, --print, "
				"--new-card"));
	return options.backup    ? keys_backup(c)
	       : options.restore ? keys_restore(c)
	       : options.lost    ? say_lost(c)
	       : options.prune   ? keys_prune(c)
	       : options.page    ? keys_page(c)
				 : new_card(c);
}
