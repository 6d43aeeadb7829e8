#include "client/conflicts.h"

#include "client/overlay.h"
#include "internal.h"

struct looking {
	struct client *c;
	int (*each)(void *ctx, const struct conflict *k, struct err *e);
	void *ctx;
	struct arena *a;
	struct buf entry;
};

static int describe(struct looking *k, const struct sheet *s, const struct version *v,
		    struct conflict_version *out, struct err *e)
{
	const struct sheet_op *op = &s->ops[v->op];
	const struct own_op *own = own_find(k->c, op->id);
	struct entry en;
	int rc;

	*out = (struct conflict_version){ .id = op->id,
					  .state = v->state,
					  .approx = v->approx,
					  .value = v->value,
					  .unit_of_author = op->unit_of_author,
					  .on_behalf = op->on_behalf };
	if (own && !own->pulled && !own->aside) {
		out->author = k->c->id.person;
		out->time_ms = own->made_ms;
		return 0;
	}
	out->lsn = op->lsn;
	buf_reset(&k->entry);
	rc = ledger_entry(k->c->base, op->lsn, &k->entry, e);
	if (!rc)
		rc = entry_decode(&en, buf_span(&k->entry), k->a, e);
	if (!rc) {
		out->author = en.author;
		out->time_ms = en.time_ms;
	}
	return rc;
}

static int contested(struct looking *k, uint32_t unit, uint8_t form, struct period p,
		     const struct sheet *s, struct figure f, struct err *e)
{
	struct conflict_version *list;
	struct conflict out = {
		.unit = unit, .form = form, .period = p, .measure = f.first->measure
	};
	int rc = 0;

	arena_reset(k->a);
	list = arena_array(k->a, f.run, sizeof(*list));
	if (!list)
		return err_set(e, ERR_NOMEM, "no memory for a contested figure");
	for (size_t i = 0; i < f.run && !rc; i++) {
		rc = describe(k, s, &f.first[i], &list[i], e);
		list[i].wins = &f.first[i] == f.winner;
	}
	out.versions = list;
	out.version_count = f.run;
	return rc ? rc : k->each(k->ctx, &out, e);
}

static int each_sheet(void *ctx, uint32_t unit, uint8_t form, struct period p,
		      const struct sheet *base, struct err *e)
{
	struct looking *k = ctx;
	const struct sheet *s = base;
	struct sheet seen;
	int rc = 0;

	if (overlay_touches(k->c, unit, form, p)) {
		rc = overlay_sheet(k->c, unit, form, p, &seen, e);
		s = &seen;
		if (rc)
			return rc == -ERR_NOTFOUND ? 0 : rc;
	}
	for (size_t i = 0; i < s->version_count && !rc;) {
		struct figure f = sheet_figure(s, s->versions[i].measure, unit);

		if (f.count > 1)
			rc = contested(k, unit, form, p, s, f, e);
		i += f.run ? f.run : 1;
	}
	return rc;
}

int conflicts_each(struct client *c,
		   int (*each)(void *ctx, const struct conflict *k, struct err *e), void *ctx,
		   struct err *e)
{
	struct looking k = { .c = c, .each = each, .ctx = ctx, .a = arena_new(DECODE_BUDGET) };
	int rc;

	buf_init(&k.entry, ENTRY_MAX);
	rc = k.a ? part_sheets(c->base, each_sheet, &k, e)
		 : err_set(e, ERR_NOMEM, "no memory for contested figures");
	buf_fini(&k.entry);
	arena_free(k.a);
	return rc;
}
