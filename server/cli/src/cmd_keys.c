/* keys: the printed recovery key, and the page that lies beside it. */
#include "devices_show.h"
#include "keys_copy.h"
#include "show.h"

#include "crypto/person.h"
#include "crypto/random.h"
#include "ledger/register.h"

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

static int new_card(struct cli *c)
{
	uint64_t lsn = 0;
	int rc = ledger_begin(c->store.ledger, &c->err);

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

/* ---- the page ---- */

enum { PAGE_MAX = 1 << 20, UNIT_KEYS_MAX = 64 };

/* Whose key that of the unit is sealed to: the next above that has one, 0 the printed one. */
static int recovered_by(struct cli *c, uint32_t unit, day_t day, uint32_t *by)
{
	uint32_t path[UNIT_DEPTH_MAX];
	size_t depth = tree_path(ledger_tree(c->store.ledger), unit, day, UINT64_MAX, path);
	struct register_key above;
	int rc = -ERR_NOTFOUND;

	*by = 0;
	for (size_t i = 1; i < depth && rc == -ERR_NOTFOUND; i++) {
		rc = register_unit_key(c->store.ledger, path[i], &above, &c->err);
		*by = rc ? 0 : path[i];
	}
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static void page_line(struct cli *c, struct buf *page, const char *format, ...) BASE_PRINTF(3, 4);
static void page_line(struct cli *c, struct buf *page, const char *format, ...)
{
	char line[1024];
	va_list ap;

	(void)c;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	buf_bytes(page, span_str(line));
}

static int page_units(struct cli *c, struct buf *page, day_t day)
{
	const struct tree *t = ledger_tree(c->store.ledger);
	int rc = 0;

	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		const struct unit *u = tree_at(t, i);
		uint32_t by = 0;
		size_t keys = 0;

		rc = register_unit_keys(c->store.ledger, u->unit, NULL, 0, &keys, &c->err);
		if (!rc && keys)
			rc = recovered_by(c, u->unit, day, &by);
		if (!rc && keys)
			page_line(c, page,
				  by ? _("  %s: two persons of %s\n")
				     : _("  %s: two persons above it, or two operators, with the "
					 "card%s\n"),
				  u->code, by ? tree_get(t, by)->code : "");
	}
	return rc;
}

/* Nothing secret stands on it; what is secret is the card that lies beside it. */
static int print_page(struct cli *c)
{
	struct ledger_info info = ledger_info(c->store.ledger);
	char store[HASH_HEX_MAX], log_key[HASH_HEX_MAX], number[HASH_HEX_MAX];
	struct register_key card;
	struct buf page;
	int rc = register_unit_key(c->store.ledger, 0, &card, &c->err);

	if (rc == -ERR_NOTFOUND)
		return err_set(&c->err, ERR_NOTFOUND,
			       "there is no printed recovery key yet: `ketnapd keys --new-card`");
	if (rc)
		return rc;
	buf_init(&page, PAGE_MAX);
	page_line(
		c, &page,
		_("Names of store %s: what is needed when devices or the server are lost\n"
		  "Page made: %s, entry %llu. Log key: %s\n"
		  "To be sealed together with: the card with the recovery key, number %s\n\n"
		  "1. The newest copy of the data directory's log.key, ca.key, ca.pem (kept apart)\n"
		  "2. A backup of the log, and a copy of the key store (ketnapd keys --backup), not older\n"
		  "   than copies may be: ketnapd keys --restore FILE\n"
		  "3. A new device for the unit, then `ketnap recover` by those named here:\n"),
		hex_encode(store, info.store, 16), show_instant(c->arena, info.time_ms),
		(unsigned long long)info.lsn, hex_encode(log_key, info.log_key, 32),
		hex_encode(number, card.public_half, 4));
	rc = page_units(c, &page, day_of_instant(cli_now(c)));
	if (!rc)
		rc = page.failed ? err_set(&c->err, ERR_NOMEM, "no memory for a page")
				 : cli_give(c, options.page, buf_span(&page), true);
	buf_fini(&page);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s}", "page", options.page, "card", number));
	fprintf(c->out, _("%s: to be printed, and sealed in an envelope with the card %s\n"),
		options.page, number);
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
	       : options.page    ? print_page(c)
				 : new_card(c);
}
