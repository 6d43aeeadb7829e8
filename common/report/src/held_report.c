/* What devices declared at their last contact that they still held: observations of the server's, told to whoever stands
 * above them today. */
#include "internal.h"

#include "ledger/seen.h"
#include "report/names.h"
#include "report/report.h"

struct telling {
	struct ledger *l;
	struct seen_row *rows;
	size_t count, room;
	struct arena *a;
};

/* Noted first: what is asked of each reads the store again. */
static int note(void *ctx, const struct seen_row *row, struct err *e)
{
	struct telling *t = ctx;

	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct seen_row *grown = arena_array(t->a, room, sizeof(*grown));

		if (!grown)
			return err_set(e, ERR_NOMEM, "no memory for a list");
		if (t->count)
			memcpy(grown, t->rows, t->count * sizeof(*grown));
		t->rows = grown;
		t->room = room;
	}
	t->rows[t->count++] = *row;
	return 0;
}

static json_t *row_json(struct ledger *l, const struct seen_row *s, uint32_t unit)
{
	char id[20];

	snprintf(id, sizeof(id), "%016llx", (unsigned long long)s->device);
	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o}", "id", id, "unit", unit_code_of(l, unit),
			 "last_seen", s->last_ms ? json_instant(s->last_ms) : json_null(), "drafts",
			 (json_int_t)s->drafts, "held", (json_int_t)s->held, "oldest",
			 s->oldest_ms ? json_instant(s->oldest_ms) : json_null());
}

int report_held(json_t **out, struct ledger *l, uint32_t unit, uint32_t scope, day_t today,
		struct arena *a, struct err *e)
{
	const struct tree *tree = ledger_tree(l);
	struct ledger_info info = ledger_info(l);
	struct telling t = { .l = l, .a = a };
	json_t *list = json_array();
	int rc = seen_each(l, note, &t, e);

	for (size_t i = 0; i < t.count && !rc; i++) {
		struct device_row d;

		rc = ledger_device(l, t.rows[i].device, &d, e);
		if (!rc && tree_inside(tree, d.unit, unit, today, UINT64_MAX) &&
		    (!scope || tree_inside(tree, d.unit, scope, today, UINT64_MAX)))
			json_array_append_new(list, row_json(l, &t.rows[i], d.unit));
		if (rc == -ERR_NOTFOUND) { /* seen, and its enrolment is not here */
			err_clear(e);
			rc = 0;
		}
	}
	*out = rc ? NULL
		  : json_pack("{s:s, s:o, s:O}", "unit", unit_code_of(l, unit), "known_at",
			      json_known(l, info.lsn, info.time_ms), "devices", list);
	json_decref(list);
	return rc || *out ? rc : err_set(e, ERR_NOMEM, "no memory for a list");
}
