#include "carried_show.h"

const char *device_text(struct cli *c, uint64_t device)
{
	return arena_printf(c->arena, "%016llx", (unsigned long long)device);
}

bool device_is_unknown(struct cli *c, uint64_t device)
{
	struct device_row row;

	return ledger_device(client_base(c->client), device, &row, NULL) == -ERR_NOTFOUND;
}

const char *unit_of_device(struct cli *c, uint64_t device)
{
	struct device_row row;

	return ledger_device(client_base(c->client), device, &row, NULL) ? "?"
									 : unit_code(c, row.unit);
}

static int list(struct cli *c, const struct carried **out, size_t *count)
{
	*count = 0;
	return carried_list(c->client, out, count, c->arena, &c->err);
}

/* ---- picking an answer ---- */

static bool is_meant(struct cli *c, const struct carried *k, const char *who)
{
	return !strcmp(device_text(c, k->device), who) ||
	       !strcmp(unit_of_device(c, k->device), who);
}

int carried_pick(struct cli *c, const char *who, struct carried *out)
{
	const struct carried *rows, *best = NULL, *any = NULL;
	size_t count;
	int rc = list(c, &rows, &count);

	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		if (!is_meant(c, &rows[i], who))
			continue;
		if (any && any->device != rows[i].device)
			return err_set(
				&c->err, ERR_INVALID,
				"bundles of several devices of %s are here: name the device, as `ketnap status` shows it",
				who);
		any = &rows[i];
		if (rows[i].state == CARRIED_ANSWERED)
			best = &rows[i];
	}
	if (!any)
		return err_set(&c->err, ERR_NOTFOUND, "nothing is carried here for %s", who);
	if (!best && any->state == CARRIED_REFUSED && device_is_unknown(c, any->device))
		return err_set(
			&c->err, ERR_STATE,
			"the server did not take the bundle of %s from this device: it must go "
			"through a unit above its own, or to the server itself",
			who);
	if (!best && any->state == CARRIED_REFUSED)
		return err_set(&c->err, ERR_STATE,
			       "the server found the bundle of %s no good: let it be made anew",
			       who);
	if (!best)
		return err_set(&c->err, ERR_STATE,
			       "the bundle of %s has no answer yet: `ketnap sync` carries it", who);
	*out = *best;
	return 0;
}

/* ---- status ---- */

json_t *json_carried(struct cli *c)
{
	const struct carried *rows;
	json_t *out = json_array();
	char id[HASH_HEX_MAX];
	size_t count;

	if (list(c, &rows, &count))
		count = 0;
	for (size_t i = 0; i < count; i++)
		json_array_append_new(out,
				      json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "bundle",
						hex_encode(id, rows[i].id.b, HASH_BYTES), "device",
						device_text(c, rows[i].device), "unit",
						unit_of_device(c, rows[i].device), "state",
						carried_state_name(rows[i].state), "taken",
						json_instant(rows[i].taken_ms), "answered",
						json_instant(rows[i].answered_ms)));
	return out;
}

void show_carried_line(struct cli *c, const struct carried *k)
{
	const char *device = device_text(c, k->device), *unit = unit_of_device(c, k->device);

	switch (k->state) {
	case CARRIED_WAITING:
		fprintf(c->out, _("carried for device %s of %s: waits for the next sync\n"), device,
			unit);
		break;
	case CARRIED_ANSWERED:
		fprintf(c->out,
			_("carried for device %s of %s: the answer is here, `ketnap export FILE --answer-for %s`\n"),
			device, unit, device);
		break;
	default:
		if (device_is_unknown(c, k->device)) {
			fprintf(c->out,
				_("carried for device %s, which is not known here: the server did not take it from this device; it must go through a unit above its own, or to the server itself\n"),
				device);
			break;
		}
		fprintf(c->out,
			_("carried for device %s of %s: the server found it no good, let it be made anew\n"),
			device, unit);
	}
}

void show_carried(struct cli *c)
{
	const struct carried *rows;
	size_t count;

	if (list(c, &rows, &count))
		return;
	for (size_t i = 0; i < count; i++)
		show_carried_line(c, &rows[i]);
}
