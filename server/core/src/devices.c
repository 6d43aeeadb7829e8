#include "server/devices.h"

#include "ledger/seen.h"

#include <stdlib.h>

struct seen {
	struct seen_row row;
	struct hash
		spki_hash; /* of the key it came with, in this process: a restored store is behind */
	struct job_read read;
	bool came;
	bool changed; /* since it was last put into the store */
	bool put;     /* in the batch that is open */
};

struct devices {
	struct seen *rows; /* ascending by device */
	size_t count, room;
	size_t changed; /* rows that are */
	bool put;       /* some were put and not yet committed */
	size_t next;    /* where the next round of putting begins */
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

		if (d->rows[mid].row.device < device)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct seen *find(const struct devices *d, uint64_t device)
{
	size_t at = place(d, device);

	return at < d->count && d->rows[at].row.device == device ? &d->rows[at] : NULL;
}

static struct seen *find_or_add(struct devices *d, uint64_t device)
{
	size_t at = place(d, device);

	if (at < d->count && d->rows[at].row.device == device)
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
	d->rows[at] = (struct seen){ .row.device = device };
	return &d->rows[at];
}

/* Also while a batch that has it is open: then it is put again with the next one. */
static void change(struct devices *d, struct seen *row)
{
	d->changed += !row->changed;
	row->changed = true;
	row->put = false;
}

int devices_seen(struct devices *d, uint64_t device, const struct job_seen *seen, int64_t wall_ms,
		 struct err *e)
{
	struct seen *s = find_or_add(d, device);

	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for a table of devices");
	s->row.drafts = seen->drafts;
	s->row.held = seen->held;
	s->row.oldest_ms = seen->oldest_ms;
	s->spki_hash = seen->spki_hash;
	s->came = true;
	s->row.last_ms = wall_ms;
	change(d, s);
	return 0;
}

void devices_read(struct devices *d, uint64_t device, const struct job_read *read)
{
	struct seen *s = find_or_add(d, device);
	int64_t level_ms = s ? s->read.level_ms : 0;

	if (!s)
		return; /* told again in a second */
	s->read = *read;
	if (!s->read.level_ms)
		s->read.level_ms = level_ms;
}

void devices_delivered(struct devices *d, uint64_t device, uint32_t count)
{
	struct seen *s = count ? find(d, device) : NULL;

	if (!s || !s->row.held)
		return;
	s->row.held -= count < s->row.held ? count : s->row.held;
	if (!s->row.held && !s->row.drafts)
		s->row.oldest_ms = 0;
	change(d, s);
}

void devices_fork(struct devices *d, uint64_t device)
{
	struct seen *s = find_or_add(d, device);

	if (!s)
		return;
	s->row.forks++;
	change(d, s);
}

bool devices_used_key(const struct devices *d, uint64_t device, const struct hash *spki_hash)
{
	const struct seen *s = find(d, device);

	return s && s->came && hash_eq(&s->spki_hash, spki_hash);
}

/* ---- in the store ---- */

static int load_each(void *ctx, const struct seen_row *row, struct err *e)
{
	struct seen *s = find_or_add(ctx, row->device);

	if (!s)
		return err_set(e, ERR_NOMEM, "no memory for a table of devices");
	s->row = *row;
	return 0;
}

int devices_load(struct devices *d, struct ledger *l, struct err *e)
{
	return seen_each(l, load_each, d, e);
}

bool devices_changed(const struct devices *d)
{
	return d->changed > 0;
}

int devices_put(struct devices *d, struct ledger *l, size_t max, struct err *e)
{
	size_t count = 0;
	int rc = 0;

	for (size_t i = 0; i < d->count; i++)
		d->rows[i].put = false; /* of a batch that was given up */
	d->put = d->changed > 0;
	for (size_t i = 0; i < d->count && !rc && count < max && count < d->changed; i++) {
		struct seen *s = &d->rows[(d->next + i) % d->count];

		if (!s->changed)
			continue;
		rc = seen_put(l, &s->row, e);
		s->put = !rc;
		count++;
	}
	return rc;
}

bool devices_was_put(struct devices *d)
{
	bool any = d->put;

	for (size_t i = 0; any && i < d->count; i++) {
		if (!d->rows[i].put)
			continue;
		d->rows[i].put = d->rows[i].changed = false;
		d->changed--;
		d->next = i + 1;
	}
	d->put = false;
	return any;
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
		shown[i].last_seen_ms = seen->row.last_ms;
		shown[i].drafts = seen->row.drafts;
		shown[i].held = seen->row.held;
		shown[i].oldest_ms = seen->row.oldest_ms;
		shown[i].forks = seen->row.forks;
		shown[i].read = seen->read;
	}
	*out = shown;
	return 0;
}
