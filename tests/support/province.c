/* The tree of the province, and what its sheets say: counted from the events. */
#include "province.h"

#include <assert.h>
#include <stdlib.h>

#include "province_internal.h"

enum { ARENA_BUDGET = 8 << 20, SECTION_CELLS = 4, TARGET_FLOOR = 8 };

/* ---- the tree ---- */

/* The next unit, filled in but for its name; order is its place among its siblings so far. */
static struct province_unit *add_unit(struct province *p, int parent, const char *kind,
				      uint32_t order)
{
	struct province_unit *u = &p->units[p->unit_count];

	assert(p->unit_count < PROVINCE_UNITS);
	p->place_of[p->unit_count++] = -1;
	*u = (struct province_unit){ .kind = kind,
				     .parent = parent,
				     .order = order,
				     .tags = "",
				     .contact = "",
				     .phone = "" };
	return u;
}

/* Seven digits after the province's 0235, of which the first is 0: no such subscriber. */
static const char *phone(struct province *p)
{
	size_t serial = p->unit_count * 37 % 100000; /* 37 has no factor in common: never twice */

	return arena_printf(p->arena, "0235.0%02zu.%03zu", serial / 1000, serial % 1000);
}

/* Cells below a committee, `count` of them; some stand under its section where it has one. */
static bool add_sub_cells(struct province *p, size_t committee, const struct naming *n,
			  bool mountain, unsigned count, unsigned salt)
{
	const char *code = p->units[committee].code;
	const char *section = name_section(p->units[committee].name);
	unsigned inside = section ? SECTION_CELLS : 0;
	int above = (int)committee;

	if (section) {
		struct province_unit *u = add_unit(p, above, "section", 1);

		u->code = arena_printf(p->arena, "%s.BP", code);
		u->name = section;
		u->contact = "Bí thư Đảng ủy bộ phận";
		if (!u->code)
			return false;
		above = (int)p->unit_count - 1;
	}
	for (unsigned i = 0; i < count; i++) {
		uint32_t order = i < inside ? i + 1 : i - inside + (section ? 2 : 1);
		struct province_unit *u = add_unit(p, i < inside ? above : (int)committee,
						   "sub_cell", order);

		u->code = arena_printf(p->arena, "%s.%02u", code, i + 1);
		u->name = name_sub_cell(n->trade, mountain, n->place, i, count, salt, p->arena);
		u->contact = "Bí thư Chi bộ";
		if (!u->code || !u->name)
			return false;
	}
	return true;
}

/* How many cells stand below each committee, in the order of committees; two at least. */
static void draw_sub_cells(const struct province *p, int64_t counts[PROVINCE_COMMITTEES])
{
	struct chance c = chance_of(p->seed, FOR_SUB_CELLS);
	uint64_t weights[PROVINCE_COMMITTEES];
	size_t at = 0;

	for (size_t d = 0; d < PROVINCE_DIRECT; d++) {
		const struct direct_row *row = &direct_rows[d];

		for (unsigned i = 0; i < row->committees; i++)
			weights[at++] = (*row->place ? 9u : 5u) * chance_between(&c, 60, 140);
	}
	assert(at == PROVINCE_COMMITTEES);
	share_out(counts, weights, PROVINCE_COMMITTEES,
		  PROVINCE_SUB_CELLS - 2 * PROVINCE_COMMITTEES);
	for (size_t i = 0; i < PROVINCE_COMMITTEES; i++)
		counts[i] += 2;
}

static size_t add_org(struct province *p, size_t *place, size_t direct, int above, uint32_t order,
		      const struct naming *n, bool committee)
{
	struct province_unit *u = add_unit(p, above, committee ? "base_committee" : "base_cell",
					   order);
	size_t unit = p->unit_count - 1;

	u->code = arena_printf(p->arena, "%s.%03u", direct_rows[direct].code, order);
	u->name = n->name;
	u->tags = trade_tags[n->trade];
	u->contact = n->contact;
	u->phone = phone(p);
	u->reports = true;
	p->orgs[*place] = (struct org){ .unit = unit,
					.direct = (uint8_t)direct,
					.trade = n->trade,
					.committee = committee,
					.mountain = direct_rows[direct].mountain };
	p->place_of[unit] = (int)*place;
	p->reporters[(*place)++] = unit;
	return u->code && u->phone ? unit : 0;
}

static bool add_direct(struct province *p, size_t direct, size_t *place, const int64_t *sub_cells,
		       struct chance *villages)
{
	const struct direct_row *row = &direct_rows[direct];
	struct province_unit *u = add_unit(p, 0, "direct", (uint32_t)direct + 1);
	int above = (int)p->unit_count - 1;
	struct naming n;
	size_t unit;

	u->code = row->code;
	u->name = row->name;
	u->tags = row->tag;
	u->contact = *row->place ? "Ban Tổ chức" : "Phòng Công tác đảng";
	u->phone = phone(p);
	p->direct_first[direct] = *place;
	for (unsigned i = 0; i < row->committees; i++) {
		if (!name_committee(&n, row, i, p->arena))
			return false;
		unit = add_org(p, place, direct, above, i + 1, &n, true);
		if (!unit || !add_sub_cells(p, unit, &n, row->mountain, (unsigned)sub_cells[i],
					    chance_below(villages, 144)))
			return false;
	}
	for (unsigned i = 0; i < row->cells; i++)
		if (!name_cell(&n, row, i, p->arena) ||
		    !add_org(p, place, direct, above, row->committees + i + 1, &n, false))
			return false;
	p->direct_first[direct + 1] = *place;
	return u->phone != NULL;
}

static int make_tree(struct province *p, struct err *e)
{
	struct chance villages = chance_of(p->seed, FOR_VILLAGES);
	int64_t sub_cells[PROVINCE_COMMITTEES];
	struct province_unit *u = add_unit(p, -1, "province", 1);
	size_t place = 0, committee = 0;

	u->code = "QNA";
	u->name = "Đảng bộ tỉnh Quảng Nam";
	u->contact = "Ban Tổ chức Tỉnh ủy";
	u->phone = phone(p);
	draw_sub_cells(p, sub_cells);
	for (size_t d = 0; d < PROVINCE_DIRECT; d++) {
		if (!add_direct(p, d, &place, sub_cells + committee, &villages))
			return err_set(e, ERR_NOMEM, "no memory for the province");
		committee += direct_rows[d].committees;
	}
	assert(place == PROVINCE_GRASSROOTS && p->unit_count == PROVINCE_UNITS);
	return u->phone ? 0 : err_set(e, ERR_NOMEM, "no memory for the province");
}

/* ---- targets ---- */

static void add_target(struct province *p, size_t unit, bool decision, int64_t value)
{
	p->targets[p->target_count++] = (struct province_target){
		.unit = unit,
		.instrument = decision ? "decision" : "resolution",
		.doc_no = decision ? "426-QĐ/TU" : "",
		.doc_date = decision ? "2022-01-25" : "",
		.issuer = decision ? "Ban Thường vụ Tỉnh ủy Quảng Nam" : "Tỉnh ủy Quảng Nam",
		.reason = unit ? "Số liệu minh họa" : "Tính ngược từ tỷ lệ đã công bố",
		.value = value,
	};
}

/* The decision by each one's prospects as the province sees them, the resolution in the same
 * proportions. */
static void make_targets(struct province *p)
{
	struct chance c = chance_of(p->seed, FOR_TARGETS);
	uint64_t weights[PROVINCE_DIRECT] = { 0 };
	int64_t decision[PROVINCE_DIRECT], resolution[PROVINCE_DIRECT];
	size_t directs[PROVINCE_DIRECT], found = 0;

	if (p->first_year > 2022 || p->last_year < 2022)
		return;
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++)
		weights[p->orgs[i].direct] += p->orgs[i].prospect;
	for (size_t i = 1; i < p->unit_count; i++)
		if (p->units[i].parent == 0)
			directs[found++] = i;
	for (size_t i = 0; i < PROVINCE_DIRECT; i++)
		weights[i] = weights[i] / 100 * chance_between(&c, 90, 110);
	share_out(decision, weights, PROVINCE_DIRECT,
		  PROVINCE_DECISION - TARGET_FLOOR * PROVINCE_DIRECT);
	for (size_t i = 0; i < PROVINCE_DIRECT; i++) {
		decision[i] += TARGET_FLOOR;
		weights[i] = (uint64_t)decision[i];
	}
	share_out(resolution, weights, PROVINCE_DIRECT, PROVINCE_RESOLUTION);
	add_target(p, 0, true, PROVINCE_DECISION);
	add_target(p, 0, false, PROVINCE_RESOLUTION);
	for (size_t i = 0; i < PROVINCE_DIRECT; i++) {
		add_target(p, directs[i], true, decision[i]);
		add_target(p, directs[i], false, resolution[i]);
	}
}

int province_new(struct province **out, uint64_t seed, int first_year, int last_year, struct err *e)
{
	struct province *p;
	int rc;

	*out = NULL;
	if (first_year < PROVINCE_YEAR_MIN || last_year > PROVINCE_YEAR_MAX ||
	    first_year > last_year)
		return err_set(e, ERR_RANGE, "years %d to %d: the province has %d to %d",
			       first_year, last_year, PROVINCE_YEAR_MIN, PROVINCE_YEAR_MAX);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_set(e, ERR_NOMEM, "no memory for the province");
	p->seed = seed;
	p->first_year = first_year;
	p->last_year = last_year;
	p->arena = arena_new(ARENA_BUDGET);
	rc = p->arena ? make_tree(p, e) : err_set(e, ERR_NOMEM, "no memory for the province");
	if (!rc)
		rc = events_make(p, e);
	if (rc) {
		province_free(p);
		return rc;
	}
	make_targets(p);
	*out = p;
	return 0;
}

void province_free(struct province *p)
{
	if (!p)
		return;
	arena_free(p->arena);
	free(p);
}

size_t province_unit_count(const struct province *p)
{
	return p->unit_count;
}

const struct province_unit *province_unit(const struct province *p, size_t unit)
{
	return unit < p->unit_count ? &p->units[unit] : NULL;
}

const size_t *province_reporters(const struct province *p)
{
	return p->reporters;
}

size_t province_targets(const struct province *p, const struct province_target **out)
{
	*out = p->targets;
	return p->target_count;
}

day_t province_opened(const struct province *p)
{
	day_t day = 0;

	day_from_ymd(&day, p->first_year - 1, 12, 31);
	return day;
}

day_t province_last(const struct province *p)
{
	day_t day = 0;

	day_from_ymd(&day, p->last_year, 12, 31);
	return day;
}

/* ---- counting ---- */

static int64_t members_of_org(const struct province *p, const struct org *o, day_t day)
{
	const struct event *ev = p->events + o->first;
	int64_t members = o->opening;

	for (size_t i = 0; i < o->count && ev[i].day <= day; i++)
		members += happening_sign(ev[i].what);
	return members;
}

int64_t province_members(const struct province *p, size_t unit, day_t day)
{
	int64_t sum = 0;
	size_t direct;

	if (unit >= p->unit_count || day < province_opened(p) || day > province_last(p))
		return -1;
	if (p->place_of[unit] >= 0)
		return members_of_org(p, &p->orgs[p->place_of[unit]], day);
	if (p->units[unit].parent > 0)
		return -1;
	direct = p->units[unit].order - 1;
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++)
		if (!unit || p->orgs[i].direct == direct)
			sum += members_of_org(p, &p->orgs[i], day);
	return sum;
}

/* What happened in one organisation in some days. */
struct tally {
	int64_t what[HAPPENINGS], marks[MARKS], struck[2], sources[SOURCES], members_end;
	bool any;
};

static struct tally tally_up(const struct province *p, const struct org *o, struct period days)
{
	const struct event *ev = p->events + o->first;
	struct tally t = { .members_end = o->opening };

	for (size_t i = 0; i < o->count && ev[i].day <= days.to; i++) {
		t.members_end += happening_sign(ev[i].what);
		if (ev[i].day < days.from)
			continue;
		t.any = true;
		t.what[ev[i].what]++;
		if (ev[i].what == ADMITTED) {
			t.sources[ev[i].source]++;
			for (size_t m = 0; m < MARKS; m++)
				t.marks[m] += ev[i].marks >> m & 1;
		}
		for (size_t m = 0; ev[i].what == STRUCK_OFF && m < ARRAY_LEN(t.struck); m++)
			t.struck[m] += ev[i].marks >> m & 1;
	}
	return t;
}

/* The organisation of a reporting unit when there are figures for these days, else NULL. */
static const struct org *org_of(const struct province *p, size_t unit, struct period days)
{
	if (unit >= p->unit_count || p->place_of[unit] < 0 || days.from <= province_opened(p) ||
	    days.to > province_last(p))
		return NULL;
	return &p->orgs[p->place_of[unit]];
}

static bool month_of(struct period *out, int year, int month)
{
	if (!day_from_ymd(&out->from, year, month, 1))
		return false;
	out->to = day_month_last(out->from);
	return true;
}

struct writing {
	struct province_figure *out;
	size_t count;
};

static void put(struct writing *w, const char *measure, int64_t value)
{
	assert(w->count < PROVINCE_FIGURES_MAX);
	w->out[w->count++] = (struct province_figure){ measure, value };
}

static void put_all(struct writing *w, const char *const *measures, const int64_t *values,
		    size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(w, measures[i], values[i]);
}

static const char *const mark_names[MARKS] = {
	"admitted_women",       "admitted_minority",    "admitted_religious",
	"admitted_youth_union", "admitted_age_18_30",   "admitted_owner",
	"admitted_fdi",         "admitted_weak_hamlet", "admitted_readmitted",
};

size_t province_month(const struct province *p, size_t unit, int year, int month,
		      struct province_figure out[PROVINCE_FIGURES_MAX])
{
	static const char *const balance[] = {
		"admitted",
		"restored",
		"moved_in_same_direct",
		"moved_in_other_direct",
		"moved_in_outside",
		"died",
		"expelled",
		"struck_off",
		"left",
		"moved_out_same_direct",
		"moved_out_other_direct",
		"moved_out_outside",
	};
	static const char *const struck[] = { "struck_off_probationary", "struck_off_dropped" };
	static const char *const sources[SOURCES] = {
		"src_veteran", "src_student", "src_armed", "src_private",
		"src_agency",  "src_rural",   "src_other",
	};
	static_assert(ARRAY_LEN(balance) == RECOGNISED, "the balance comes first");
	struct writing w = { .out = out };
	struct period days;
	const struct org *o = month_of(&days, year, month) ? org_of(p, unit, days) : NULL;
	struct tally t;

	if (!o)
		return 0;
	t = tally_up(p, o, days);
	put_all(&w, balance, t.what, ARRAY_LEN(balance));
	put(&w, "members_end", t.members_end);
	if (t.what[ADMITTED])
		put_all(&w, mark_names, t.marks, MARKS);
	if (t.what[STRUCK_OFF])
		put_all(&w, struck, t.struck, ARRAY_LEN(struck));
	if (t.what[ADMITTED])
		put_all(&w, sources, t.sources, SOURCES);
	if (t.what[RECOGNISED])
		put(&w, "recognised", t.what[RECOGNISED]);
	return w.count;
}

size_t province_flash(const struct province *p, size_t unit, day_t day,
		      struct province_figure out[PROVINCE_FIGURES_MAX])
{
	struct writing w = { .out = out };
	struct period days = { day - day_to_ymd(day).day + 1, day };
	const struct org *o = org_of(p, unit, days);
	struct tally t;

	if (!o)
		return 0;
	t = tally_up(p, o, days);
	put(&w, "admitted", t.what[ADMITTED]);
	put(&w, "members_end", t.members_end);
	if (t.what[ADMITTED]) /* the form has the first four marks only */
		put_all(&w, mark_names, t.marks, MARK_YOUTH_UNION + 1);
	return w.count;
}

bool province_nil(const struct province *p, size_t unit, int year, int month)
{
	struct period days;
	const struct org *o = month_of(&days, year, month) ? org_of(p, unit, days) : NULL;

	return o && !tally_up(p, o, days).any;
}
