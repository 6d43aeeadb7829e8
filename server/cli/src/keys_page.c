#include "keys_page.h"

#include "devices_show.h"
#include "key_paper.h"
#include "server_keys.h"
#include "show.h"

#include "crypto/random.h"
#include "crypto/seal.h"
#include "ledger/register.h"

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
	char line[2048];
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

/* What the page had drawn for it. */
struct printed {
	char code[CODE_TEXT_MAX]; /* empty: the server's own keys are not in this directory */
	unsigned lines;
	char card[HASH_HEX_MAX]; /* its number; empty: there is none */
};

static int paper_lines(struct cli *c, struct buf *out, struct printed *p)
{
	uint8_t drawn[CODE_RANDOM_BYTES], nonce[24];
	struct own_keys keys;
	struct seal_key seal;
	struct code code;
	int rc = crypto_random(drawn, sizeof(drawn), &c->err);

	own_keys_init(&keys);
	if (!rc)
		rc = crypto_random(nonce, sizeof(nonce), &c->err);
	if (!rc)
		rc = server_seal_key(&seal, c->store.path,
				     &c->err); /* made where it never served */
	if (!rc) {
		seal_key_fini(&seal);
		code = code_make(drawn);
		rc = own_keys_load(&keys, c->store.path, &c->err);
	}
	if (!rc)
		rc = key_paper_make(out, &p->lines, &keys, ledger_info(c->store.ledger).store,
				    &code, nonce, &c->err);
	if (!rc)
		code_text(p->code, &code);
	bytes_wipe(drawn, sizeof(drawn));
	bytes_wipe(&code, sizeof(code));
	own_keys_fini(&keys);
	return rc;
}

static int page_server(struct cli *c, struct buf *page, struct printed *p)
{
	if (!store_dir_has_key(c->store.path)) {
		page_line(
			c, page,
			_("The server's own keys are not on this page: they are not in this data\n"
			  "directory. Print it at the server.\n\n"));
		return 0;
	}
	page_line(
		c, page,
		_("A. THE SERVER'S OWN KEYS, SEALED\n"
		  "With the lines below, their code and a backup of the store any machine becomes the\n"
		  "server that devices know; all three are needed. The code was shown once when this page\n"
		  "was printed and does not stand here. Keep it in another envelope, in another place: who\n"
		  "has the page and the code can take the server's place. An older page, with its own\n"
		  "code, is as good as this one.\n\n"));
	page_line(
		c, page,
		_("To bring the server back: type the lines into a text file, numbers and groups (small\n"
		  "letters and other blanks do not matter; a scanner may read them). Each line has its own\n"
		  "check: a mistyped one is told by its number. Then, with the code on standard input:\n"
		  "    ketnapd rebuild BACKUP FILE --data DIR\n"
		  "    ketnapd verify --data DIR; ketnapd restore --data DIR; ketnapd serve --data DIR\n"
		  "or at a standby: ketnapd promote FILE --reason TEXT --data DIR\n\n"));
	return paper_lines(c, page, p);
}

static int page_names(struct cli *c, struct buf *page, struct printed *p)
{
	struct register_key card;
	int rc = register_unit_key(c->store.ledger, 0, &card, &c->err);

	if (rc == -ERR_NOTFOUND) {
		err_clear(&c->err);
		page_line(
			c, page,
			_("\nB. NAMES OF PERSONS\nThere is no printed recovery key yet: `ketnapd keys "
			  "--new-card`.\n"));
		return 0;
	}
	if (rc)
		return rc;
	hex_encode(p->card, card.public_half, 4);
	page_line(
		c, page,
		_("\nB. NAMES OF PERSONS\n"
		  "To be sealed together with: the card with the recovery key, number %s\n"
		  "1. The server, as above\n"
		  "2. A copy of the key store (ketnapd keys --backup), not older than copies may be:\n"
		  "   ketnapd keys --restore FILE\n"
		  "3. A new device for the unit, then `ketnap recover` by those named here:\n"),
		p->card);
	return page_units(c, page, day_of_instant(cli_now(c)));
}

static int print_page(struct cli *c, struct buf *page, struct printed *p)
{
	struct ledger_info info = ledger_info(c->store.ledger);
	char store[HASH_HEX_MAX], log_key[HASH_HEX_MAX];
	int rc;

	page_line(c, page,
		  _("Store %s: what is needed when the server or devices are lost\n"
		    "Page made: %s, entry %llu. Log key: %s\n\n"),
		  hex_encode(store, info.store, 16), show_instant(c->arena, info.time_ms),
		  (unsigned long long)info.lsn, hex_encode(log_key, info.log_key, 32));
	rc = page_server(c, page, p);
	if (!rc)
		rc = page_names(c, page, p);
	if (rc)
		return rc;
	return page->failed ? err_set(&c->err, ERR_NOMEM, "no memory for a page")
			    : cli_give(c, options.page, buf_span(page), true);
}

static int show(struct cli *c, const struct printed *p)
{
	const char *code = *p->code ? p->code : NULL, *card = *p->card ? p->card : NULL;

	if (c->json)
		return show_json(c, json_pack("{s:s, s:s?, s:s?, s:i}", "page", options.page,
					      "card", card, "code", code, "lines", (int)p->lines));
	if (card)
		fprintf(c->out,
			_("%s: to be printed, and sealed in an envelope with the card %s\n"),
			options.page, card);
	else
		fprintf(c->out, _("%s: to be printed, and sealed in an envelope\n"), options.page);
	if (code)
		fprintf(c->out,
			_("code: %s\nWrite the code on paper, put it into another envelope, and keep "
			  "it elsewhere than the page: the two together are the server.\n"),
			code);
	return 0;
}

int keys_page(struct cli *c)
{
	struct printed p = { .lines = 0 };
	struct buf page;
	int rc;

	buf_init(&page, PAGE_MAX);
	rc = print_page(c, &page, &p);
	if (!rc)
		rc = show(c, &p);
	bytes_wipe(&p, sizeof(p));
	buf_fini(&page);
	return rc;
}
