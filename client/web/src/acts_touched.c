/* What an act touches, as far as this device holds it: units, and on each its targets, sheets that are not settled,
 * devices, cases and people. */
#include "acts.h"

#include "ledger/feed.h"
#include "ledger/follow.h"
#include "ledger/months.h"
#include "ledger/query.h"
#include "ledger/register.h"
#include "report/act_file.h"

enum { YEAR_DAYS = 366 };

struct touched_unit {
	uint32_t unit;
	uint32_t whats; /* bits by enum change_what; 0: it only goes along */
	size_t targets, unsent, waiting, devices, cases;
	json_t *people;
	const char *officer;
};

struct touched {
	struct call *k;
	struct touched_unit *units; /* ascending */
	size_t count;
	day_t day; /* of the act */
};

static struct touched_unit *find(const struct touched *t, uint32_t unit)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->units[mid].unit < unit)
			low = mid + 1;
		else
			high = mid;
	}
	return low < t->count && t->units[low].unit == unit ? &t->units[low] : NULL;
}

static int list_units(struct touched *t, const struct tree *after, const struct op_act *act,
		      uint64_t lsn)
{
	const struct tree *now = ledger_tree(t->k->base);

	t->units = arena_array(t->k->a, tree_count(now) + 1, sizeof(*t->units));
	if (!t->units)
		return err_set(t->k->e, ERR_NOMEM, "no memory for what an act touches");
	for (size_t i = 0; i < tree_count(now); i++) {
		uint32_t unit = tree_at(now, i)->unit, whats = 0;

		for (size_t n = 0; n < act->count; n++)
			whats |= act->changes[n].unit == unit ? 1u << act->changes[n].what : 0;
		if (whats || unit_changed_by(tree_get(after, unit), lsn))
			t->units[t->count++] = (struct touched_unit){ .unit = unit,
								      .whats = whats };
	}
	return 0;
}

/* Of periods that begin before the act, back for a year. */
static int count_sheets(struct touched *t)
{
	struct call *k = t->k;
	struct months_query q = { .unit = client_identity(k->c)->unit,
				  .period = { t->day - YEAR_DAYS, day_month_last(t->day) },
				  .known_at = UINT64_MAX,
				  .now_ms = k->now_ms,
				  .holidays = k->w->config.holidays };
	const struct month_cell *cells;
	size_t count;
	int rc = query_months(&cells, &count, k->base, &q, k->a, k->e);

	for (size_t i = 0; i < count && !rc; i++) {
		struct touched_unit *u = find(t, cells[i].unit);

		if (!u || cells[i].period.from >= t->day || cells[i].closed_lsn)
			continue;
		u->waiting += cells[i].work == WORK_SENT;
		u->unsent += cells[i].work == WORK_BLANK || cells[i].work == WORK_DRAFT ||
			     cells[i].work == WORK_RETURNED;
	}
	return rc;
}

static int count_devices(struct touched *t)
{
	struct call *k = t->k;
	const uint64_t *devices;
	size_t count;
	int rc = ledger_devices(&devices, &count, k->base, k->a, k->e);

	for (size_t i = 0; i < count && !rc; i++) {
		struct device_row row;
		struct touched_unit *u;

		rc = ledger_device(k->base, devices[i], &row, k->e);
		u = rc || row.revoked_lsn ? NULL : find(t, row.unit);
		if (u)
			u->devices++;
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

static int add_person(struct touched *t, uint32_t no)
{
	struct call *k = t->k;
	char name[NAME_MAX_BYTES + 1] = "";
	struct touched_unit *u;
	struct person_row row;
	int rc = ledger_person(k->base, no, &row, k->e);

	u = rc ? NULL : find(t, row.unit);
	if (u && (!row.to || row.to >= t->day)) {
		rc = client_name_of(k->c, no, name, k->e);
		json_array_append_new(u->people, json_string(name));
	}
	if (rc == -ERR_NOTFOUND)
		err_clear(k->e);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static int list_people(struct touched *t)
{
	uint32_t end = 0;
	int rc = ledger_person_free(t->k->base, &end, t->k->e);

	for (size_t i = 0; i < t->count; i++)
		t->units[i].people = json_array();
	for (uint32_t no = 1; no < end && !rc; no++)
		rc = add_person(t, no);
	return rc;
}

static int add_rest(struct touched *t, struct touched_unit *u)
{
	struct call *k = t->k;
	const struct target_line *lines;
	struct unit_follow follow;
	int rc = query_targets(&lines, &u->targets, k->base, u->unit,
			       (struct period){ DAY_MIN, DAY_MAX }, UINT64_MAX, k->a, k->e);

	if (!rc)
		rc = query_follow(&follow, k->base, u->unit, t->day, t->day, UINT64_MAX, k->a,
				  k->e);
	if (!rc && follow.has_officer)
		u->officer = arena_str(k->a, follow.officer.name);
	return rc;
}

static json_t *json_unit(const struct touched *t, const struct touched_unit *u)
{
	struct ledger *l = t->k->base;
	json_t *whats = json_array();

	for (enum change_what w = CHANGE_CREATE; w < CHANGES; w++)
		if (u->whats >> w & 1)
			json_array_append_new(whats, json_string(change_word(w)));
	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:O, s:s}", "unit",
			 unit_code_of(l, u->unit), "name",
			 unit_name_of(l, u->unit, t->day - 1, UINT64_MAX), "changes", whats,
			 "targets", (json_int_t)u->targets, "unsent", (json_int_t)u->unsent,
			 "waiting", (json_int_t)u->waiting, "devices", (json_int_t)u->devices,
			 "cases", (json_int_t)u->cases, "people", u->people, "officer",
			 u->officer ? u->officer : "");
}

int acts_touched(struct call *k, const struct tree *after, const struct op_act *act, uint64_t lsn,
		 json_t **out)
{
	struct touched t = { .k = k, .day = act->effective };
	int rc = list_units(&t, after, act, lsn);

	*out = json_array();
	if (!rc)
		rc = list_people(&t);
	if (!rc)
		rc = count_sheets(&t);
	if (!rc)
		rc = count_devices(&t);
	if (!rc)
		rc = register_cases(k->base, 0, count_case, &t, k->e);
	for (size_t i = 0; i < t.count; i++) {
		if (!rc)
			rc = add_rest(&t, &t.units[i]);
		if (!rc)
			json_array_append_new(*out, json_unit(&t, &t.units[i]));
		json_decref(t.units[i].people);
	}
	return rc;
}
