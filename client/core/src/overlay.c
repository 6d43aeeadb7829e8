/* Base plus the own ops that base does not have yet. An op acked but not pulled is folded like a queued
 * one: until its own entry comes, base does not hold it. */
#include "client/overlay.h"

#include "internal.h"

/* Own ops have no lsn yet; they come after everything that has one, in their order. */
#define OVERLAY_LSN (UINT64_C(1) << 62)

static bool here(const struct own_op *op, uint32_t unit, uint8_t form, struct period p)
{
	return op->kind == OP_SHEET && !op->pulled && !op->aside && op->unit == unit &&
	       op->form == form && op->period.from == p.from && op->period.to == p.to;
}

bool overlay_touches(const struct client *c, uint32_t unit, uint8_t form, struct period p)
{
	for (size_t i = 0; i < c->own.count; i++)
		if (here(&c->own.ops[i], unit, form, p))
			return true;
	return false;
}

struct folding {
	struct client *c;
	struct arena *a;
};

/* Refused, but base does not have the refusal yet. */
static int refused_name(void *ctx, struct op_id id, struct op_id *by,
			const struct op_sheet **instead, struct err *e)
{
	struct folding *f = ctx;
	const struct own_op *op = own_find(f->c, id);
	struct op *decoded;
	int rc;

	(void)by;
	if (!op || op->pulled || (op->verdict != VERDICT_REFUSED && op->verdict != VERDICT_LATE))
		return 0;
	decoded = arena_alloc(f->a, sizeof(*decoded));
	if (!decoded)
		return err_set(e, ERR_NOMEM, "no memory for a sheet");
	rc = outbox_decode(f->c, id, decoded, f->a, e);
	if (!rc && decoded->kind == OP_SHEET)
		*instead = &decoded->sheet;
	return rc;
}

static int fold_own(struct client *c, const struct own_op *own, uint64_t lsn, struct sheet *s,
		    struct arena *a, struct err *e)
{
	struct folding f = { c, a };
	struct op_id id = own->id;
	enum op_code code;
	struct op op;
	int rc = outbox_decode(c, id, &op, a, e);

	if (!rc)
		rc = rename_seen(&op.sheet, refused_name, &f, a, e);
	if (rc == -ERR_FULL)
		return 0; /* the server will refuse it too */
	/* what will not fit is left out: the server refuses it, and then it is shown as refused */
	return rc ? rc : part_fold(c->base, s, c->id.unit, lsn, &id, &op, &code, e);
}

/* Made before base had read of the closing: the server will find it late, and it will not count. */
static int will_be_late(struct client *c, const struct own_op *own, uint64_t closed_lsn, bool *yes,
			struct arena *a, struct err *e)
{
	struct own_bytes bytes;
	struct envelope env;
	int rc;

	*yes = false;
	if (!closed_lsn || own->verdict != VERDICT_NONE)
		return 0;
	rc = outbox_read(c, own->id, &bytes, a, e);
	if (!rc)
		rc = envelope_decode(&env, bytes.envelope, a, e);
	*yes = !rc && env.base.lsn < closed_lsn;
	return rc;
}

int overlay_sheet(struct client *c, uint32_t unit, uint8_t form, struct period p, struct sheet *out,
		  struct err *e)
{
	struct arena *a;
	uint64_t closed_lsn = 0;
	int rc = ledger_sheet(c->base, unit, form, p, out, e);
	bool any = !rc;

	if ((rc && rc != -ERR_NOTFOUND) || !overlay_touches(c, unit, form, p))
		return rc;
	a = arena_new(DECODE_BUDGET);
	rc = a ? part_closed(c->base, unit, form, p, c->st.server_ms, &closed_lsn, e)
	       : err_set(e, ERR_NOMEM, "no memory for a sheet");
	for (size_t i = 0; i < c->own.count && !rc; i++) {
		const struct own_op *own = &c->own.ops[i];
		bool late;

		if (!here(own, unit, form, p) || own->verdict == VERDICT_REFUSED ||
		    own->verdict == VERDICT_LATE)
			continue;
		arena_reset(a);
		rc = will_be_late(c, own, closed_lsn, &late, a, e);
		if (rc || late)
			continue;
		rc = fold_own(c, own, OVERLAY_LSN + i, out, a, e);
		any = true;
	}
	arena_free(a);
	return rc ? rc : any ? 0 : -ERR_NOTFOUND;
}
