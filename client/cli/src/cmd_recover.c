/* recover: those above hand the keys of a unit to a new device of it. */
#include "act_fields.h"
#include "files.h"
#include "online.h"
#include "show.h"

#include "ledger/feed.h"
#include "ledger/register.h"

#include <inttypes.h>

enum { CARD_MAX = 4096 };

/* ---- list ---- */

/* A device of a unit that keeps a register, and how far its recovery is. */
static int show_one(struct cli *c, uint64_t device, json_t *list)
{
	struct ledger *base = (struct ledger *)(uintptr_t)client_base(c->client);
	struct register_asked asked = { .lsn = 0 };
	struct device_row row;
	size_t keys = 0;
	char id[20];
	int rc = ledger_device(base, device, &row, &c->err);

	if (!rc)
		rc = register_unit_keys(base, row.unit, NULL, 0, &keys, &c->err);
	if (!rc)
		rc = register_recovery(base, row.unit, device, &asked, &c->err);
	if (rc || !keys || row.revoked_lsn)
		return rc;
	snprintf(id, sizeof(id), "%016" PRIx64, device);
	if (list)
		json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "id", id, "unit",
						      unit_code(c, row.unit), "person",
						      (json_int_t)row.person, "asked",
						      (json_int_t)asked.asked_lsn, "confirmed",
						      (json_int_t)asked.lsn));
	else if (asked.lsn)
		lang_print(c->out, _("%s  %-14s agreed on by entry %llu\n"), id,
			   unit_code(c, row.unit), (unsigned long long)asked.lsn);
	else if (asked.asked_lsn)
		lang_print(c->out,
			   _("%s  %-14s asked for by entry %llu: another person confirms\n"), id,
			   unit_code(c, row.unit), (unsigned long long)asked.asked_lsn);
	else
		fprintf(c->out, "%s  %s\n", id, unit_code(c, row.unit));
	return 0;
}

static int list(struct cli *c)
{
	json_t *out = c->json ? json_array() : NULL;
	const uint64_t *devices;
	size_t count;
	int rc = ledger_devices(&devices, &count, client_base(c->client), c->arena, &c->err);

	for (size_t i = 0; !rc && i < count; i++)
		rc = show_one(c, devices[i], out);
	if (!rc && out)
		return show_json(c, out);
	json_decref(out);
	return rc;
}

/* ---- the printed key ---- */

static int type_card(struct cli *c, struct buf *text)
{
	char line[256];

	if (c->terminal)
		fputs(_("The seven groups on the card: "), stderr);
	if (!fgets(line, sizeof(line), stdin))
		return err_set(&c->err, ERR_INVALID, "no card was typed");
	buf_bytes(text, span_str(line));
	bytes_wipe(line, sizeof(line));
	return 0;
}

/* The card as it was printed, words and all: its symbols stand on a line of their own, indented. */
static int read_card(struct cli *c, struct code *card)
{
	const char *at, *line;
	struct buf text;
	int rc;

	buf_init(&text, CARD_MAX);
	rc = strcmp(options.card, "-") ? whole_read(&text, options.card, CARD_MAX, &c->err)
				       : type_card(c, &text);
	buf_u8(&text, 0);
	if (!rc && text.failed)
		rc = err_set(&c->err, ERR_RANGE, "%s is no card", options.card);
	at = !rc && text.data ? (const char *)text.data : "";
	line = strstr(at, "\n    ");
	if (!rc)
		rc = code_parse(card, NULL,
				line ? span_of(line + 1, strcspn(line + 1, "\n")) : span_str(at),
				&c->err);
	if (text.data)
		bytes_wipe(text.data, text.len);
	buf_fini(&text);
	return rc;
}

static int with_card(struct cli *c)
{
	struct online o = { .patient = false };
	struct code card;
	uint64_t opened;
	int rc = read_card(c, &card);

	if (rc)
		return rc;
	c->card = &card;
	rc = online_run(c, &o);
	c->card = NULL;
	bytes_wipe((uint8_t *)&card, sizeof(card));
	opened = o.sum.keys_recovered;
	online_fini(&o);
	if (rc)
		return rc;
	if (!opened)
		return err_set(
			&c->err, ERR_NOTFOUND,
			"nothing was recovered: two persons have to agree on it first, and this "
			"has to be the card of the newest recovery key");
	if (c->json)
		return show_json(c, json_pack("{s:I}", "keys", (json_int_t)opened));
	lang_print(
		c->out,
		_("%llu keys were handed over; the device gets them when it next sends and receives\n"),
		(unsigned long long)opened);
	return 0;
}

/* ---- asking, confirming ---- */

int cmd_recover(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_RECOVER };
	int rc;

	if (options.card)
		return with_card(c);
	if (argc < 2)
		return list(c);
	if (!options.reason)
		return cli_usage(c, _("recover needs --reason TEXT"));
	rc = options.confirm ? ask_entry(c, options.confirm, &op.recover.confirms) : 0;
	if (!rc)
		rc = ask_device(c, argv[1], &op.recover.device, &op.unit);
	return rc ? rc : act_send(c, &op);
}
