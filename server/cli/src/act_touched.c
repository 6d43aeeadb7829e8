/* What an act touches: units, and on each its targets, open sheets, devices and people. */
#include "act_touched.h"

#include "devices_show.h"

#include "ledger/feed.h"
#include "ledger/follow.h"
#include "ledger/months.h"
#include "ledger/register.h"

enum { YEAR_DAYS = 366 };

static const char *role_name(enum person_role r)
{
	static const char *const names[] = { "",        "clerk",   "approver", "operator",
					     "auditor", "console", "standby" };

	return (unsigned)r < ARRAY_LEN(names) ? names[r] : "";
}

static bool changed_since(const struct unit *u, uint64_t before)
{
	return u->names[u->name_count - 1].lsn > before ||
	       u->edges[u->edge_count - 1].lsn > before ||
	       u->kinds[u->kind_count - 1].lsn > before ||
	       (u->life_count && u->lives[u->life_count - 1].lsn > before) ||
	       (u->link_count && u->links[u->link_count - 1].lsn > before);
}

static struct touched_unit *find(const struct touched *t, uint32_t unit)
{
	size_t low = 0, high = t->count; /* they ascend */

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->units[mid].unit < unit)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->count && t->units[low].unit == unit ? &t->units[low] : NULL;
}

int touched_note(struct touched *out, struct cli *c, const struct act_file *f, uint64_t before)
{
	const struct tree *t = ledger_tree(c->store.ledger);
	bool *named = arena_array(c->arena, tree_max(t) + 1, sizeof(*named));

	*out = (struct touched){ .units = arena_array(c->arena, tree_count(t),
						      sizeof(*out->units)) };
	if (!out->units || !named)
		return err_set(&c->err, ERR_NOMEM, "no memory for what an act touches");
	for (size_t i = 0; i < f->count; i++)
		if (f->changes[i].unit <= tree_max(t))
			named[f->changes[i].unit] = true;
	for (size_t i = 0; i < tree_count(t); i++) {
		const struct unit *u = tree_at(t, i);

		if (u->created_lsn <= before && (named[u->unit] || changed_since(u, before)))
			out->units[out->count++].unit = u->unit;
	}
	for (size_t i = 0; i < f->count; i++) {
		struct touched_unit *u = find(out, f->changes[i].unit);

		if (u)
			u->whats |= 1u << f->changes[i].what;
	}
	return 0;
}

/* Sheets of periods that begin before the act, back for a year, and are not settled. */
static int count_sheets(struct touched *t, struct cli *c, day_t effective)
{
	struct months_query q = { .unit = tree_root(ledger_tree(c->store.ledger)),
				  .period = { effective - YEAR_DAYS, day_month_last(effective) },
				  .known_at = UINT64_MAX,
				  .now_ms = cli_now(c) };
	const struct month_cell *cells;
	size_t count;
	int rc = query_months(&cells, &count, c->store.ledger, &q, c->arena, &c->err);

	for (size_t i = 0; i < count && !rc; i++) {
		struct touched_unit *u = find(t, cells[i].unit);

		if (!u || cells[i].period.from >= effective || cells[i].closed_lsn)
			continue;
		u->waiting += cells[i].work == WORK_SENT;
		u->unsent += cells[i].work == WORK_BLANK || cells[i].work == WORK_DRAFT ||
			     cells[i].work == WORK_RETURNED;
	}
	return rc;
}

static int count_devices(struct touched *t, struct cli *c)
{
	const struct device_shown *d;
	size_t count;
	int rc = cli_devices(c, &d, &count);

	for (size_t i = 0; i < count && !rc; i++) {
		struct touched_unit *u = d[i].revoked ? NULL : find(t, d[i].unit);

		if (!u)
			continue;
		u->devices++;
		u->drafts += d[i].drafts;
		u->held += d[i].held;
	}
	return rc;
}

static int count_case(void *touched, const struct case_record *r, struct err *e)
{
	struct touched_unit *u = r->forgotten_lsn ? NULL : find(touched, r->unit);
	struct case_state state;

	(void)e;
	if (!u)
		return 0;
	case_record_state(&state, r);
	u->cases += state.stage < CASE_RECOGNISED || state.stage == CASE_RESTING;
	return 0;
}

static json_t *name_of(struct cli *c, uint64_t lsn)
{
	json_t *name = NULL;
	struct err ignored = { 0 };
	struct entry en;
	struct buf b;
	struct op op;

	buf_init(&b, ENTRY_MAX);
	if (!ledger_entry(c->store.ledger, lsn, &b, &ignored) &&
	    !entry_decode(&en, buf_span(&b), c->arena, &ignored) &&
	    op_decode(&op, en.body, c->arena, &ignored) == CODE_OK && op.kind == OP_PERSON)
		name = json_span(op.person.name);
	buf_fini(&b);
	return name ? name : json_string("");
}

static int list_people(struct touched *t, struct cli *c, day_t day)
{
	uint32_t end = 0;
	int rc = ledger_person_free(c->store.ledger, &end, &c->err);

	for (uint32_t no = 1; no < end && !rc; no++) {
		struct touched_unit *u;
		struct person_row row;

		rc = ledger_person(c->store.ledger, no, &row, &c->err);
		if (rc == -ERR_NOTFOUND) {
			rc = 0;
			continue;
		}
		u = rc ? NULL : find(t, row.unit);
		if (!u || (row.to && row.to < day))
			continue;
		if (!u->people)
			u->people = json_array();
		json_array_append_new(u->people,
				      json_pack("{s:I, s:s, s:o}", "person", (json_int_t)no, "role",
						role_name(row.role), "name", name_of(c, row.lsn)));
	}
	return rc;
}

int touched_fill(struct touched *t, struct cli *c, day_t effective)
{
	int rc = count_sheets(t, c, effective);

	if (!rc)
		rc = count_devices(t, c);
	if (!rc)
		rc = register_cases(c->store.ledger, 0, count_case, t, &c->err);
	if (!rc)
		rc = list_people(t, c, effective);
	for (size_t i = 0; i < t->count && !rc; i++) {
		const struct target_line *lines;
		struct unit_follow follow;

		rc = query_targets(&lines, &t->units[i].targets, c->store.ledger, t->units[i].unit,
				   (struct period){ DAY_MIN, DAY_MAX }, UINT64_MAX, c->arena,
				   &c->err);
		if (!rc)
			rc = query_follow(&follow, c->store.ledger, t->units[i].unit, effective,
					  effective, UINT64_MAX, c->arena, &c->err);
		if (!rc && follow.has_officer)
			t->units[i].officer = arena_str(c->arena, follow.officer.name);
	}
	return rc;
}

void touched_free(struct touched *t)
{
	for (size_t i = 0; i < t->count; i++)
		json_decref(t->units[i].people);
	t->count = 0;
}

static json_t *whats_json(uint32_t whats)
{
	json_t *list = json_array();

	for (enum change_what w = CHANGE_CREATE; w < CHANGES; w++)
		if (whats >> w & 1)
			json_array_append_new(list, json_string(change_word(w)));
	return list;
}

json_t *touched_json(const struct touched *t, struct cli *c, day_t effective)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->count; i++) {
		const struct touched_unit *u = &t->units[i];

		json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
				  "unit", unit_code_of(c->store.ledger, u->unit), "name",
				  unit_name_of(c->store.ledger, u->unit, effective - 1, UINT64_MAX),
				  "changes", whats_json(u->whats), "targets",
				  (json_int_t)u->targets, "unsent", (json_int_t)u->unsent,
				  "waiting", (json_int_t)u->waiting, "devices",
				  (json_int_t)u->devices, "drafts", (json_int_t)u->drafts, "held",
				  (json_int_t)u->held, "cases", (json_int_t)u->cases, "people",
				  u->people ? json_incref(u->people) : json_array(), "officer",
				  u->officer ? json_string(u->officer) : json_null()));
	}
	return list;
}

static const char *whats_words(struct cli *c, uint32_t whats)
{
	const char *text = NULL;

	for (enum change_what w = CHANGE_CREATE; w < CHANGES; w++)
		if (whats >> w & 1)
			text = text ? arena_printf(c->arena, "%s, %s", text, _(change_label(w)))
				    : _(change_label(w));
	return text ? text : _("goes along");
}

static const char *people_words(struct cli *c, const struct touched_unit *u)
{
	const char *text = "";
	const json_t *p;
	size_t i;

	json_array_foreach(u->people, i, p)
		text = arena_printf(c->arena, "%s%s%s", text, *text ? ", " : "",
				    *text_at(p, "name") ? text_at(p, "name") : text_at(p, "role"));
	return u->officer ? arena_printf(c->arena, _("%s%sfollowed by %s"), text, *text ? "; " : "",
					 u->officer)
			  : text;
}

int touched_words(const struct touched *t, struct cli *c, day_t effective)
{
	struct grid *g = grid_new(c->arena, 9);

	grid_cell(g, _("unit"), false);
	grid_cell(g, _("name"), false);
	grid_cell(g, _("what happens to it"), false);
	grid_cell(g, _("targets"), true);
	grid_cell(g, _("not sent"), true);
	grid_cell(g, _("not accepted"), true);
	grid_cell(g, _("devices"), true);
	grid_cell(g, _("cases"), true);
	grid_cell(g, _("people"), false);
	grid_rule(g);
	for (size_t i = 0; i < t->count; i++) {
		const struct touched_unit *u = &t->units[i];

		grid_cell(g, unit_code_of(c->store.ledger, u->unit), false);
		grid_cell(g, unit_name_of(c->store.ledger, u->unit, effective - 1, UINT64_MAX),
			  false);
		grid_cell(g, whats_words(c, u->whats), false);
		grid_cell(g, show_number(c->arena, (int64_t)u->targets), true);
		grid_cell(g, show_number(c->arena, (int64_t)u->unsent), true);
		grid_cell(g, show_number(c->arena, (int64_t)u->waiting), true);
		grid_cell(g,
			  u->held + u->drafts ? show_text(c->arena, _("%zu (holding %zu)"),
							  u->devices, u->held + u->drafts)
					      : show_number(c->arena, (int64_t)u->devices),
			  true);
		grid_cell(g, show_number(c->arena, (int64_t)u->cases), true);
		grid_cell(g, people_words(c, u), false);
	}
	return grid_print(g, c->out, &c->err);
}
