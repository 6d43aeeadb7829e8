/* Names of versions, replaced: naming a version of a refused op counts as naming what that op named. */
#include "internal.h"

struct renaming {
	struct op_id *seen;
	size_t count;
	struct op_figure *figures;
	uint64_t covers;
};

static bool bit_of(struct renaming *r, struct op_id id, uint64_t *bit)
{
	size_t i = 0;

	while (i < r->count && op_id_cmp(r->seen[i], id))
		i++;
	if (i == SHEET_OPS_MAX)
		return false;
	if (i == r->count)
		r->seen[r->count++] = id;
	*bit = UINT64_C(1) << i;
	return true;
}

static uint64_t over_of(const struct op_sheet *w, uint16_t measure)
{
	for (size_t i = 0; i < w->figure_count; i++)
		if (w->figures[i].measure == measure)
			return w->figures[i].over;
	return 0;
}

/* Bit `i` gives way to what `other` named for each measure. */
static bool replace(struct renaming *r, const struct op_sheet *w, size_t i,
		    const struct op_sheet *other)
{
	for (size_t f = 0; f < w->figure_count; f++) {
		uint64_t over = over_of(other, w->figures[f].measure), bit;

		if (!(r->figures[f].over >> i & 1))
			continue;
		for (size_t b = 0; b < other->seen_count; b++) {
			if (!(over >> b & 1))
				continue;
			if (!bit_of(r, other->seen[b], &bit))
				return false;
			r->figures[f].over |= bit;
		}
	}
	return true;
}

/* Names that went away leave holes: move the bits of those that stay together. */
static uint64_t close_up(uint64_t bits, const bool *gone, size_t count)
{
	uint64_t out = 0;
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (gone[i])
			continue;
		out |= (bits >> i & 1) << at;
		at++;
	}
	return out;
}

static void drop_gone(struct renaming *r, size_t figures, const bool *gone)
{
	size_t at = 0;

	for (size_t f = 0; f < figures; f++)
		r->figures[f].over = close_up(r->figures[f].over, gone, r->count);
	r->covers = close_up(r->covers, gone, r->count);
	for (size_t i = 0; i < r->count; i++)
		if (!gone[i])
			r->seen[at++] = r->seen[i];
	r->count = at;
}

int rename_seen(struct op_sheet *w, rename_fn *what, void *ctx, struct arena *a, struct err *e)
{
	struct renaming r = { .count = w->seen_count, .covers = w->sign.covers };
	bool gone[SHEET_OPS_MAX] = { false };

	r.seen = arena_array(a, SHEET_OPS_MAX, sizeof(*r.seen));
	r.figures = arena_array(a, w->figure_count + 1, sizeof(*r.figures));
	if (!r.seen || !r.figures)
		return err_set(e, ERR_NOMEM, "no memory for a sheet");
	if (w->seen_count)
		memcpy(r.seen, w->seen, w->seen_count * sizeof(*r.seen));
	if (w->figure_count)
		memcpy(r.figures, w->figures, w->figure_count * sizeof(*r.figures));
	/* the list grows by names that may have to be replaced in turn */
	for (size_t i = 0; i < r.count; i++) {
		const struct op_sheet *instead = NULL;
		struct op_id by;
		int rc = what(ctx, r.seen[i], &by, &instead, e);

		if (rc < 0)
			return rc;
		if (rc == 1)
			r.seen[i] = by;
		gone[i] = instead != NULL;
		if (instead && !replace(&r, w, i, instead))
			return err_set(e, ERR_FULL, "more than %d versions are named",
				       SHEET_OPS_MAX);
	}
	drop_gone(&r, w->figure_count, gone);
	w->seen = r.seen;
	w->seen_count = r.count;
	w->figures = r.figures;
	w->sign.covers = r.covers;
	return 0;
}
