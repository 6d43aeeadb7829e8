#include "returned_show.h"

#include "client/overlay.h"
#include "domain/sheet.h"
#include "ledger/part.h"

enum { RETURNED_MAX = 1024 };

struct returning {
	struct cli *c;
	struct returned *list;
	size_t count;
};

static const char *reason_of(struct cli *c, uint64_t lsn)
{
	struct arena *a = arena_new(OP_DECODE_ARENA);
	const char *reason = NULL;
	struct entry en;
	struct buf bytes;
	struct op op;

	buf_init(&bytes, ENTRY_MAX);
	if (a && !ledger_entry(client_base(c->client), lsn, &bytes, &c->err) &&
	    !entry_decode(&en, buf_span(&bytes), a, &c->err) && en.body.data &&
	    op_decode(&op, en.body, a, NULL) == CODE_OK)
		reason = arena_str(c->arena, op.reason);
	err_clear(&c->err);
	buf_fini(&bytes);
	arena_free(a);
	return reason ? reason : "";
}

static int each_sheet(void *ctx, uint32_t unit, uint8_t form, struct period p,
		      const struct sheet *base, struct err *e)
{
	struct returning *r = ctx;
	const struct sheet *s = base;
	struct sheet seen;

	if (unit != client_identity(r->c->client)->unit || !base->returned_lsn ||
	    r->count == RETURNED_MAX)
		return 0;
	if (overlay_touches(r->c->client, unit, form, p)) { /* signed again, and not sent yet */
		int rc = overlay_sheet(r->c->client, unit, form, p, &seen, e);

		if (rc)
			return rc == -ERR_NOTFOUND ? 0 : rc;
		s = &seen;
	}
	if (s->returned_lsn)
		r->list[r->count++] =
			(struct returned){ .form = form, .period = p, .lsn = s->returned_lsn };
	return 0;
}

int returned_list(struct cli *c, const struct returned **out, size_t *count)
{
	struct returning r = { .c = c,
			       .list = arena_array(c->arena, RETURNED_MAX, sizeof(*r.list)) };
	int rc = r.list ? part_sheets(client_base(c->client), each_sheet, &r, &c->err)
			: err_set(&c->err, ERR_NOMEM, "no memory for a list");

	for (size_t i = 0; i < r.count; i++)
		r.list[i].reason = reason_of(c, r.list[i].lsn);
	*out = r.list;
	*count = r.count;
	return rc;
}

json_t *json_returned(struct cli *c, const struct returned *list, size_t count)
{
	json_t *j = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(j,
				      json_pack("{s:s, s:s, s:s, s:I, s:s}", "unit",
						unit_code(c, client_identity(c->client)->unit),
						"form", form_code(c, list[i].form), "period",
						show_period(c->arena, list[i].period), "lsn",
						(json_int_t)list[i].lsn, "reason", list[i].reason));
	return j;
}

void show_returned(struct cli *c, const struct returned *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		fprintf(c->out, _("  sent back: %s %s %s: %s; put it right and submit it again\n"),
			unit_code(c, client_identity(c->client)->unit), form_code(c, list[i].form),
			show_period(c->arena, list[i].period), list[i].reason);
}
