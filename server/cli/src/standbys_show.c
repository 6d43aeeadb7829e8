/* How far the standbys of this server have come, as they told it. */
#include "devices_show.h"

#include "ledger/feed.h"
#include "server/promoted.h"

struct come {
	const struct device_shown *d;
	uint64_t behind;
	int64_t seconds; /* since it had all that there was; -1: not known */
	bool heard;
};

static bool is_standby(struct cli *c, const struct device_shown *d)
{
	struct person_row row;

	return !d->revoked && !ledger_person(c->store.ledger, d->person, &row, NULL) &&
	       row.role == ROLE_STANDBY;
}

static struct come come_of(struct cli *c, const struct device_shown *d)
{
	uint64_t lsn = ledger_info(c->store.ledger).lsn;
	int64_t since_ms = c->now_ms() - d->read.level_ms;

	return (struct come){ .d = d,
			      .heard = d->read.at_ms != 0,
			      .behind = d->read.lsn < lsn ? lsn - d->read.lsn : 0,
			      .seconds = !d->read.level_ms ? -1
					 : since_ms > 0    ? since_ms / 1000
							   : 0 };
}

static json_t *come_json(const struct come *k)
{
	char device[20];

	snprintf(device, sizeof(device), "%016llx", (unsigned long long)k->d->device);
	return json_pack("{s:s, s:o, s:o, s:I, s:o}", "device", device, "read_to",
			 k->heard ? json_integer((json_int_t)k->d->read.lsn) : json_null(),
			 "lag_entries",
			 k->heard ? json_integer((json_int_t)k->behind) : json_null(),
			 "lag_seconds", (json_int_t)k->seconds, "contact",
			 k->heard ? json_instant(k->d->read.at_ms) : json_null());
}

static int find(struct cli *c, const struct come **out, size_t *count)
{
	const struct device_shown *d;
	struct come *found;
	size_t all;
	int rc;

	*count = 0;
	*out = NULL;
	if (store_dir_is_standby(c->store.path))
		return 0; /* it would find itself */
	rc = cli_devices(c, &d, &all);
	if (rc)
		return rc;
	found = arena_array(c->arena, all, sizeof(*found));
	if (all && !found)
		return err_set(&c->err, ERR_NOMEM, "no memory for a list of devices");
	for (size_t i = 0; i < all; i++)
		if (is_standby(c, &d[i]))
			found[(*count)++] = come_of(c, &d[i]);
	*out = found;
	return 0;
}

int standbys_json(struct cli *c, json_t **out)
{
	const struct come *k;
	size_t count;
	int rc = find(c, &k, &count);

	*out = NULL;
	if (rc)
		return rc;
	*out = json_array();
	for (size_t i = 0; i < count; i++)
		json_array_append_new(*out, come_json(&k[i]));
	return 0;
}

int standbys_others(struct cli *c, json_t **ids, const char **names)
{
	const struct come *k;
	size_t count;
	int rc = find(c, &k, &count);

	*ids = NULL;
	*names = "";
	if (rc)
		return rc;
	*ids = json_array();
	for (size_t i = 0; i < count; i++) {
		const char *id = arena_printf(c->arena, "%016llx",
					      (unsigned long long)k[i].d->device);

		*names = id ? arena_printf(c->arena, "%s%s%s", *names, i ? ", " : "", id) : NULL;
		if (!*names) {
			json_decref(*ids);
			return err_set(&c->err, ERR_NOMEM, "no memory for a list of devices");
		}
		json_array_append_new(*ids, json_string(id));
	}
	return 0;
}

/* Was this server a standby itself? Then others of its kind may still think that they could take the place of the one
 * before it. */
static int was_promoted(struct cli *c, bool *promoted)
{
	const struct feed_branch *line;
	size_t count;
	int rc = feed_line(&line, &count, c->store.ledger, c->arena, &c->err);

	*promoted = !rc && count && promoted_from(line[count - 1].id, line[count - 1].parent);
	return rc;
}

int standbys_print(struct cli *c)
{
	const struct come *k;
	size_t count;
	bool promoted;
	int rc = c->desk ? find(c, &k, &count) : 0;

	if (!rc && c->desk)
		rc = was_promoted(c, &promoted);
	if (rc || !c->desk)
		return rc;
	for (size_t i = 0; i < count; i++)
		if (k[i].heard)
			lang_print(c->out,
				   _("standby %016llx: lacks %llu entries; asked last on %s\n"),
				   (unsigned long long)k[i].d->device,
				   (unsigned long long)k[i].behind,
				   show_instant(c->arena, k[i].d->read.at_ms));
		else if (promoted)
			lang_print(
				c->out,
				_("standby %016llx: has not followed this server yet. It must not "
				  "be promoted too: the two would never hear of each other\n"),
				(unsigned long long)k[i].d->device);
		else
			lang_print(
				c->out,
				_("standby %016llx: has not asked since this server was started\n"),
				(unsigned long long)k[i].d->device);
	return 0;
}
