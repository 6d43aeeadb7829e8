#include "laggards.h"

#include "devices_show.h"

static void add_devices(const struct follow *f, struct laggard *g, const struct device_shown *d,
			size_t count)
{
	const struct tree *tree = ledger_tree(f->c->store.ledger);
	uint32_t unit = g->row->unit->unit;

	for (size_t i = 0; i < count; i++) {
		struct lag_devices *to = &g->devices;

		if (d[i].revoked ||
		    !tree_inside(tree, d[i].unit, unit, f->day, f->question.q.known_at))
			continue;
		to->held += d[i].held;
		to->drafts += d[i].drafts;
		if (d[i].oldest_ms && (!to->oldest_ms || d[i].oldest_ms < to->oldest_ms))
			to->oldest_ms = d[i].oldest_ms;
		if (d[i].unit != unit)
			continue;
		to->count++;
		if (d[i].last_seen_ms > to->last_seen_ms)
			to->last_seen_ms = d[i].last_seen_ms;
	}
}

static int fill(struct follow *f, struct laggard *g, const struct device_shown *d, size_t count)
{
	day_t today = day_of_instant(cli_now(f->c));

	add_devices(f, g, d, count);
	return query_follow(&g->follow, f->c->store.ledger, g->row->unit->unit, f->period.from,
			    today, f->question.q.known_at, f->c->arena, &f->c->err);
}

/* Those behind their target in the order of lag_list(), then those who only owe a sheet. */
static int order(struct follow *f, struct laggard *out, size_t *count)
{
	struct arena *a = f->c->arena;
	struct lag_facts *facts = arena_array(a, f->count + 1, sizeof(*facts));
	size_t *places = arena_array(a, f->count + 1, sizeof(*places));
	int rc;

	*count = 0;
	if (!facts || !places)
		return err_set(&f->c->err, ERR_NOMEM, "no memory for a table");
	for (size_t i = 0; i < f->count; i++)
		facts[i] = (struct lag_facts){ .pace = &f->rows[i].pace,
					       .attained = f->rows[i].value,
					       .missing = f->rows[i].missing,
					       .no_source = f->rows[i].no_source };
	rc = lag_list(places, count, facts, f->count, &f->c->err);
	if (rc)
		return rc;
	for (size_t i = 0; i < *count; i++)
		out[i] = (struct laggard){ .row = &f->rows[places[i]],
					   .cause = lag_judge(&facts[places[i]]) };
	for (size_t i = 0; i < f->count; i++)
		if (lag_judge(&facts[i]) == LAG_NONE && facts[i].missing)
			out[(*count)++] = (struct laggard){ .row = &f->rows[i],
							    .cause = LAG_NOT_REPORTED };
	return 0;
}

int laggards_find(struct laggard **out, size_t *count, struct follow *f)
{
	const struct device_shown *devices;
	size_t device_count;
	int rc;

	*out = arena_array(f->c->arena, f->count + 1, sizeof(**out));
	if (!*out)
		return err_set(&f->c->err, ERR_NOMEM, "no memory for a table");
	rc = order(f, *out, count);
	if (!rc)
		rc = cli_devices(f->c, &devices, &device_count);
	for (size_t i = 0; i < *count && !rc; i++)
		rc = fill(f, &(*out)[i], devices, device_count);
	return rc;
}

const char *laggard_cause(enum lag_cause c)
{
	static const char *const words[LAG_CAUSES] = {
		[LAG_NONE] = "",
		[LAG_NOT_REPORTED] = N_("sheets missing"),
		[LAG_NO_SOURCE] = N_("no eligible people left"),
		[LAG_LATE_DOSSIERS] = N_("dossiers wait"),
		[LAG_LOW] = N_("too few so far"),
		[LAG_EXCEEDED] = N_("the limit is exceeded"),
	};

	return c > LAG_NONE && c < LAG_CAUSES ? _(words[c]) : "";
}
