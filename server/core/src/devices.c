#include "server/devices.h"

#include <stdlib.h>

struct seen {
	uint64_t device;
	int64_t last_ms;
	struct job_seen told;
	uint64_t forks;
};

struct devices {
	struct seen *rows; /* ascending by device */
	size_t count, room;
};

int devices_new(struct devices **out, struct err *e)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : err_set(e, ERR_NOMEM, "no memory for a table of devices");
}

void devices_free(struct devices *d)
{
	if (!d)
		return;
	free(d->rows);
	free(d);
}

/* The place of `device`, or where it would stand. */
static size_t place(const struct devices *d, uint64_t device)
{
	size_t low = 0, high = d->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (d->rows[mid].device < device)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct seen *find(const struct devices *d, uint64_t device)
{
	size_t at = place(d, device);

	return at < d->count && d->rows[at].device == device ? &d->rows[at] : NULL;
}

static struct seen *find_or_add(struct devices *d, uint64_t device)
{
	size_t at = place(d, device);

	if (at < d->count && d->rows[at].device == device)
		return &d->rows[at];
	if (d->count == d->room) {
		size_t room = d->room ? 2 * d->room : 64;
		struct seen *rows = realloc(d->rows, room * sizeof(*rows));

		if (!rows)
			return NULL;
		d->rows = rows;
		d->room = room;
	}
	memmove(d->rows + at + 1, d->rows + at, (d->count - at) * sizeof(*d->rows));
	d->count++;
	d->rows[at] = (struct seen){ .device = device };
	return &d->rows[at];
}

int devices_seen(struct devices *d, uint64_t device, const struct job_seen *seen, int64_t wall_ms,
		 struct err *e)
{
	struct seen *row = find_or_add(d, device);

	if (!row)
		return err_set(e, ERR_NOMEM, "no memory for a table of devices");
	row->told = *seen;
	row->last_ms = wall_ms;
	return 0;
}

void devices_fork(struct devices *d, uint64_t device)
{
	struct seen *row = find_or_add(d, device);

	if (row)
		row->forks++;
}

bool devices_used_key(const struct devices *d, uint64_t device, const struct hash *spki_hash)
{
	const struct seen *row = find(d, device);

	return row && row->last_ms && hash_eq(&row->told.spki_hash, spki_hash);
}

int devices_show(const struct device_shown **out, size_t *count, const struct devices *d,
		 struct ledger *l, struct arena *a, struct err *e)
{
	struct device_shown *shown;
	const uint64_t *ids;
	int rc = ledger_devices(&ids, count, l, a, e);

	*out = NULL;
	if (rc)
		return rc;
	shown = arena_array(a, *count, sizeof(*shown));
	if (*count && !shown)
		return err_set(e, ERR_NOMEM, "no memory for a list of devices");
	for (size_t i = 0; i < *count; i++) {
		const struct seen *seen = find(d, ids[i]);
		struct device_row row;

		rc = ledger_device(l, ids[i], &row, e);
		if (rc)
			return rc;
		shown[i] = (struct device_shown){ .device = ids[i],
						  .unit = row.unit,
						  .person = row.person,
						  .revoked = row.revoked_lsn != 0,
						  .suspended = row.suspended_lsn != 0 };
		if (!seen)
			continue;
		shown[i].last_seen_ms = seen->last_ms;
		shown[i].drafts = seen->told.drafts;
		shown[i].held = seen->told.held;
		shown[i].oldest_ms = seen->told.oldest_ms;
		shown[i].forks = seen->forks;
	}
	*out = shown;
	return 0;
}
