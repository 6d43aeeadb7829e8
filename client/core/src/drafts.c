#include "internal.h"

int drafts_get(struct client *c, const struct draft_key *k, struct draft *out, struct err *e)
{
	struct ckey key = ckey_sheet(k);
	int rc = part_get(c->base, CT_DRAFT, ckey_span(&key), &c->row, e);

	if (!rc && !draft_decode(out, buf_span(&c->row)))
		rc = err_set(e, ERR_CORRUPT, "a draft cannot be read");
	if (rc)
		memset(out, 0, sizeof(*out));
	return rc;
}

int drafts_put(struct client *c, const struct draft_key *k, const struct draft *d, struct err *e)
{
	struct ckey key = ckey_sheet(k);
	bool mine;
	int rc = client_enter(c, &mine, e);

	if (rc)
		return rc;
	buf_reset(&c->row);
	draft_encode(&c->row, d);
	if (!d->figure_count)
		rc = part_del(c->base, CT_DRAFT, ckey_span(&key), e);
	else
		rc = client_put_row(c, CT_DRAFT, &key, e);
	return client_leave(c, mine, rc, e);
}

int drafts_drop(struct client *c, const struct draft_key *k, struct err *e)
{
	static const struct draft none;

	return drafts_put(c, k, &none, e);
}

struct walking {
	int (*each)(void *ctx, const struct draft_key *k, const struct draft *d, struct err *e);
	void *ctx;
};

static int walk_draft(void *ctx, struct span key, struct span payload, struct err *e)
{
	struct walking *w = ctx;
	struct draft_key k;
	struct draft d;

	if (!ckey_sheet_read(&k, key) || !draft_decode(&d, payload))
		return err_set(e, ERR_CORRUPT, "a draft cannot be read");
	return w->each(w->ctx, &k, &d, e);
}

int drafts_each(struct client *c,
		int (*each)(void *ctx, const struct draft_key *k, const struct draft *d,
			    struct err *e),
		void *ctx, struct err *e)
{
	struct walking w = { each, ctx };

	return part_walk(c->base, CT_DRAFT, (struct span){ NULL, 0 }, walk_draft, &w, e);
}

const struct op_figure *draft_figure(const struct draft *d, uint16_t measure)
{
	for (size_t i = 0; i < d->figure_count; i++)
		if (d->figures[i].measure == measure)
			return &d->figures[i];
	return NULL;
}

/* Names that no figure uses any more make room. */
static void forget_unused(struct draft *d)
{
	uint64_t used = 0;
	size_t at = 0;

	for (size_t i = 0; i < d->figure_count; i++)
		used |= d->figures[i].over;
	for (size_t i = 0; i < d->seen_count; i++) {
		if (!(used >> i & 1))
			continue;
		for (size_t f = 0; f < d->figure_count && at != i; f++) {
			uint64_t *over = &d->figures[f].over;

			if (*over >> i & 1)
				*over = (*over & ~(UINT64_C(1) << i)) | UINT64_C(1) << at;
		}
		d->seen[at++] = d->seen[i];
	}
	d->seen_count = at;
}

void draft_untype(struct draft *d, uint16_t measure)
{
	size_t at = 0;

	for (size_t i = 0; i < d->figure_count; i++)
		if (d->figures[i].measure != measure)
			d->figures[at++] = d->figures[i];
	d->figure_count = at;
	forget_unused(d);
}

static bool see(struct draft *d, struct op_id id, uint64_t *over)
{
	size_t i = 0;

	while (i < d->seen_count && op_id_cmp(d->seen[i], id))
		i++;
	if (i == SHEET_OPS_MAX)
		return false;
	if (i == d->seen_count)
		d->seen[d->seen_count++] = id;
	*over |= UINT64_C(1) << i;
	return true;
}

int draft_type(struct draft *d, uint16_t measure, enum figure_state state, int64_t value,
	       const struct op_id *over, size_t over_count, struct err *e)
{
	struct draft before = *d;
	struct op_figure f = { .measure = measure, .state = state };
	size_t i;

	if (state == FIGURE_VALUE && !value)
		f.state = FIGURE_NIL; /* 0 and "-" are the same */
	f.value = f.state == FIGURE_VALUE ? value : 0;
	draft_untype(d, measure);
	for (i = 0; i < over_count; i++)
		if (!see(d, over[i], &f.over))
			break;
	if (i < over_count || d->figure_count == MEASURES_MAX) {
		*d = before;
		return err_set(e, ERR_FULL, "the draft names more than %d versions: send it first",
			       SHEET_OPS_MAX);
	}
	for (i = d->figure_count++; i && d->figures[i - 1].measure > measure; i--)
		d->figures[i] = d->figures[i - 1];
	d->figures[i] = f;
	return 0;
}
