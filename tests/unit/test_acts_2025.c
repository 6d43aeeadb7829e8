/* The real thing: on 1/7/2025 all districts of the generated province end, its grassroots organisations are merged
 * three to one and rise to stand directly under the province, while 200 devices without a line hold months from
 * before. Everything of the province's ledger is one process; the devices are whole clients. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "client_world.h"
#include "ledger/acts.h"
#include "ledger/verify.h"
#include "province.h"

enum { DESKS = 200, AT_ONCE = 96, NEW_MAX = PROVINCE_GRASSROOTS / 3 + PROVINCE_DIRECT };

static struct world w;
static struct province *p;
static struct desk *desks;
static uint32_t at[DESKS];      /* where each desk stands */
static int64_t typed[DESKS][3]; /* admitted in May, June and July */
static uint32_t made[NEW_MAX];  /* communes of the act */
static size_t made_count;
static uint32_t into[PROVINCE_UNITS + 1]; /* which of them a unit went into */

static uint32_t number_of(size_t unit)
{
	return (uint32_t)unit + 1;
}

static void put_figures(struct sheet_draft *d, size_t unit, int year, int month)
{
	struct province_figure figures[PROVINCE_FIGURES_MAX];
	size_t count = province_month(p, unit, year, month, figures);

	draft_init(d, number_of(unit), 1, month_of(year, month));
	for (size_t i = 0; i < count; i++)
		draft_put(d, ledger_measure(w.l, span_str(figures[i].measure)), figures[i].value,
			  0);
}

static void import_month(size_t unit, int year, int month)
{
	struct sheet_draft d;

	put_figures(&d, unit, year, month);
	draft_sign(&d, SIGN_IMPORT, 0);
	world_act(&w, draft_op(&d));
}

static bool has_desk(size_t reporter)
{
	return reporter % 5 == 2 && reporter / 5 < DESKS;
}

static void build_province(void)
{
	const size_t *reporters = province_reporters(p);
	struct op op;

	world_begin(&w);
	op = build_form(&w, "monthly");
	world_act(&w, &op);
	for (size_t i = 0; i < province_unit_count(p); i++) {
		const struct province_unit *u = province_unit(p, i);

		op = build_unit(number_of(i), u->parent < 0 ? 0 : number_of((size_t)u->parent),
				unit_kind_parse(span_str(u->kind)), u->code, u->reports ? 1 : 0);
		op.create.name = span_str(u->name);
		op.create.order = u->order;
		op.create.opened = province_opened(p);
		world_act(&w, &op);
	}
	for (size_t i = 0; i < PROVINCE_GRASSROOTS; i++) {
		import_month(reporters[i], 2024, 7);
		import_month(reporters[i], 2025, 4);
		if (has_desk(i))
			continue; /* they hold May and June */
		import_month(reporters[i], 2025, 5);
		import_month(reporters[i], 2025, 6);
	}
	world_commit(&w);
}

/* Typed and signed at a device, without a line. */
static int64_t month_at(struct desk *k, size_t unit, uint32_t number, int month)
{
	struct period days = month_of(2025, month);
	struct entry_how how = { .how = SIGN_OWN, .signer = "Trần Thị B", .old_ok = true };
	struct province_figure figures[PROVINCE_FIGURES_MAX];
	size_t count = province_month(p, unit, 2025, month, figures);
	struct entry_sheet *s = desk_entry(k, number, "monthly", days);
	int64_t admitted = 0;

	for (size_t i = 0; i < count; i++) {
		uint16_t no = ledger_measure(client_base(k->c), span_str(figures[i].measure));

		must(entry_set(s, no, figures[i].value ? FIGURE_VALUE : FIGURE_NIL,
			       figures[i].value, &k->e),
		     &k->e, "type a figure");
		if (!strcmp(figures[i].measure, "admitted"))
			admitted = figures[i].value;
	}
	must(entry_save(s, true, &k->e), &k->e, "keep a draft");
	entry_close(s);
	must(desk_submit(k, number, "monthly", days, &how, NULL), &k->e, "sign a month");
	return admitted;
}

/* ---- figures ---- */

/* What is asked of a unit and compared: every sum, and who reported. */
struct picture {
	int64_t sum[MEASURE_NO_MAX + 1];
	uint64_t count[MEASURE_NO_MAX + 1];
	uint64_t signed_, nil;
	bool has_members;
	int64_t members;
};

static void take(struct picture *out, uint32_t unit, struct period days, enum query_tree tree)
{
	struct query q = { .unit = unit,
			   .period = days,
			   .known_at = UINT64_MAX,
			   .tree = tree,
			   .tree_day = day(2025, 7, 1) };
	struct totals t;

	arena_reset(w.a);
	must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < t.measure_count; i++) {
		out->sum[t.measures[i].measure] = t.measures[i].sum;
		out->count[t.measures[i].measure] = t.measures[i].count;
	}
	out->signed_ = t.sheets.signed_;
	out->nil = t.sheets.nil;
	out->has_members = t.has_members;
	out->members = t.members;
}

static int64_t admitted(uint32_t unit, int month, enum query_tree tree)
{
	static struct picture pic;

	take(&pic, unit, month_of(2025, month), tree);
	return pic.sum[ledger_measure(w.l, SPAN_LIT("admitted"))];
}

/* Of the province, every district and some grassroots organisations, month by month. */
enum { WATCHED = 1 + PROVINCE_DIRECT + 64, SERIES = 2 };
static const int series[SERIES] = { 4, 5 };
static struct picture before[WATCHED][SERIES];

static uint32_t watched(size_t i)
{
	size_t direct = 0;

	if (!i)
		return 1;
	for (size_t u = 1; i <= PROVINCE_DIRECT && u < province_unit_count(p); u++)
		if (province_unit(p, u)->parent == 0 && ++direct == i)
			return number_of(u);
	return number_of(province_reporters(p)[(i * 17) % PROVINCE_GRASSROOTS]);
}

static void watch(bool first)
{
	static struct picture now;

	for (size_t i = 0; i < WATCHED; i++)
		for (size_t m = 0; m < SERIES; m++) {
			take(first ? &before[i][m] : &now, watched(i), month_of(2025, series[m]),
			     TREE_AS_WAS);
			cr_assert(first || !memcmp(&before[i][m], &now, sizeof(now)),
				  "unit %u, month %d: not what it was", watched(i), series[m]);
		}
}

/* ---- the act ---- */

static struct op_change changes[2 * PROVINCE_GRASSROOTS + PROVINCE_DIRECT];
static size_t change_count;
static char codes[NEW_MAX][8], names[NEW_MAX][24];

/* Three by three within each district; what is left over makes a smaller one. */
static void write_act(void)
{
	uint32_t next = tree_max(ledger_tree(w.l)) + 1;

	for (size_t d = 1; d < province_unit_count(p); d++) {
		size_t n = 0;

		if (province_unit(p, d)->parent)
			continue;
		for (size_t u = d + 1; u < province_unit_count(p); u++) {
			if (province_unit(p, u)->parent != (int)d || !province_unit(p, u)->reports)
				continue;
			if (n++ % 3 == 0) {
				snprintf(codes[made_count], sizeof(codes[0]), "X%zu", made_count);
				snprintf(names[made_count], sizeof(names[0]), "Đảng bộ xã %zu",
					 made_count);
				made[made_count] = next++;
				changes[change_count++] =
					(struct op_change){ .what = CHANGE_CREATE,
							    .unit = made[made_count],
							    .parent = 1,
							    .kind = UNIT_COMMUNE,
							    .code = span_str(codes[made_count]),
							    .name = span_str(names[made_count]) };
				made_count++;
			}
			into[number_of(u)] = made[made_count - 1];
			changes[change_count++] = (struct op_change){ .what = CHANGE_MERGE,
								      .unit = number_of(u),
								      .into = &into[number_of(u)],
								      .into_count = 1 };
		}
	}
	for (size_t d = 1; d < province_unit_count(p); d++)
		if (!province_unit(p, d)->parent)
			changes[change_count++] = (struct op_change){ .what = CHANGE_DISSOLVE,
								      .unit = number_of(d) };
}

static void carry_out(void)
{
	struct op op = { .kind = OP_ACT,
			 .source = SPAN_LIT("console:test"),
			 .act = { .no = SPAN_LIT("1659/NQ-UBTVQH15"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = day(2025, 6, 16),
				  .effective = day(2025, 7, 1) } };

	world_begin(&w);
	for (size_t from = 0; from < change_count;) {
		size_t to = change_count - from > AT_ONCE ? from + AT_ONCE : change_count;

		while (to < change_count && changes[to].what != CHANGE_CREATE &&
		       changes[to].what != CHANGE_DISSOLVE)
			to--;
		op.act.changes = changes + from;
		op.act.count = to - from;
		world_act(&w, &op);
		from = to;
	}
	world_commit(&w);
}

/* ---- the story ---- */

static void open_desks(void)
{
	const size_t *reporters = province_reporters(p);

	desks = calloc(DESKS, sizeof(*desks));
	cr_assert_not_null(desks);
	for (size_t i = 0; i < DESKS; i++) {
		size_t unit = reporters[5 * i + 2];

		at[i] = number_of(unit);
		desk_open(&desks[i], &w, at[i], ROLE_APPROVER);
		desk_sync(&desks[i]);
		typed[i][0] = month_at(&desks[i], unit, at[i], 5);
		typed[i][1] = month_at(&desks[i], unit, at[i], 6);
		if (i % 4 == 0) /* and these do not know that July is not theirs any more */
			typed[i][2] = month_at(&desks[i], unit, at[i], 7);
	}
}

static int64_t typed_in(int which, size_t each)
{
	int64_t sum = 0;

	for (size_t i = 0; i < DESKS; i += each)
		sum += typed[i][which];
	return sum;
}

/* They come one after another: everything they hold is judged, nothing waits, nobody is stuck. */
static void all_come(void)
{
	for (size_t i = 0; i < DESKS; i++) {
		struct client_status s;

		desk_sync(&desks[i]);
		s = desk_status(&desks[i]);
		cr_assert_eq(s.queued, 0, "desk %zu holds %" PRIu64, i, s.queued);
		cr_assert_eq(s.acked, 2, "desk %zu: May and June, not %" PRIu64, i, s.acked);
		cr_assert_eq(s.late, i % 4 == 0 ? 1 : 0, "desk %zu: July waits", i);
		cr_assert_eq(s.refused, 0);
		cr_assert_eq(s.trouble, FEED_FINE);
		cr_assert_eq(s.halt, HALT_NONE);
		cr_assert_eq(server_own_entries(&w, desks[i].d.device), i % 4 == 0 ? 3 : 2);
	}
}

static size_t place_in_province(uint32_t unit)
{
	for (size_t i = 0; i < made_count; i++)
		if (made[i] == unit)
			return i;
	return SIZE_MAX;
}

/* What came for July of units that are no more, to the one that each went into, by a person. */
static void settle_late(void)
{
	const struct late_line *lines;
	size_t count;

	arena_reset(w.a);
	must(query_late(&lines, &count, w.l, 0, true, w.a, &w.e), &w.e, "late");
	cr_assert_eq(count, DESKS / 4);
	for (size_t i = 0; i < count; i++) {
		const struct late_place *places;
		size_t place_count;
		struct op op = { .kind = OP_LATE_DECISION,
				 .reason = SPAN_LIT("by telephone"),
				 .late = { .lsn = lines[i].lsn, .counts = true } };

		must(query_late_places(&places, &place_count, w.l, &lines[i], w.a, &w.e), &w.e,
		     "places");
		cr_assert_eq(place_count, 1, "one successor, one July");
		cr_assert_eq(places[0].unit, into[lines[i].unit]);
		op.unit = op.late.as_unit = places[0].unit;
		op.late.as_period = places[0].period;
		world_act_now(&w, &op);
	}
}

/* What `ketnapd openings` enters: the members of the day before, of all that went into a commune. */
static int64_t enter_opening(uint32_t commune)
{
	uint16_t end = ledger_measure(w.l, SPAN_LIT("members_end"));
	int64_t sum = 0;
	struct op op;

	for (uint32_t unit = 1; unit <= PROVINCE_UNITS; unit++)
		if (into[unit] == commune)
			sum += server_value(&w, unit, 1, month_of(2025, 6), end);
	op = build_members(commune, day(2025, 6, 30), sum);
	world_act_now(&w, &op);
	return sum;
}

/* New devices of some communes begin where those before left off, and are told what came to them. */
static void successors_go_on(void)
{
	size_t computed = 0;

	for (size_t i = 0; i < made_count; i += 40) {
		struct desk k;
		struct entry_sheet *s;
		struct client_status status;
		struct entry_figure begin;
		int64_t members = enter_opening(made[i]);

		desk_open(&k, &w, made[i], ROLE_APPROVER);
		desk_sync(&k);
		s = desk_entry(&k, made[i], "monthly", month_of(2025, 7));
		begin = entry_figure(s,
				     ledger_measure(client_base(k.c), SPAN_LIT("members_begin")));
		if (begin.computed) { /* else what came late for July stands there already */
			cr_assert_eq(begin.value, members);
			computed++;
		}
		cr_assert(begin.known, "nobody types what the machine knows");
		must(entry_set(s, ledger_measure(client_base(k.c), SPAN_LIT("admitted")),
			       FIGURE_VALUE, 1, &k.e),
		     &k.e, "type a figure");
		must(entry_save(s, true, &k.e), &k.e, "keep a draft");
		entry_close(s);
		cr_assert_neq(
			entry_open(&s, k.c, made[i], "monthly", month_of(2025, 6), k.now_ms, &k.e),
			0, "June is not theirs");
		desk_sync(&k);
		status = desk_status(&k);
		cr_assert_eq(status.trouble, FEED_FINE);
		cr_assert_eq(status.drafts, 1);
		desk_close(&k);
	}
	cr_assert_gt(computed, 3, "%zu begin with what was computed", computed);
}

Test(acts_2025, all_districts_end, .timeout = 300)
{
	struct verify_report report;
	int64_t april, june;

	world_open(&w, false, false);
	w.now_ms = instant_of_day_start(day(2025, 7, 3));
	must(province_new(&p, 2025, 2024, 2025, &w.e), &w.e, "a province");
	build_province();
	open_desks();
	watch(true);
	april = admitted(1, 4, TREE_AS_WAS);
	june = admitted(1, 6, TREE_AS_WAS);
	write_act();
	cr_assert_geq(made_count, PROVINCE_GRASSROOTS / 3);
	carry_out();
	watch(false);
	cr_assert_eq(admitted(1, 4, TREE_AS_WAS), april);
	cr_assert_eq(admitted(1, 4, TREE_AS_IS), april, "restated the province is the same");
	all_come();
	cr_assert_eq(admitted(1, 6, TREE_AS_WAS), june + typed_in(1, 1), "nothing is lost");
	cr_assert_eq(admitted(1, 6, TREE_AS_IS), june + typed_in(1, 1));
	for (size_t i = 0; i < PROVINCE_DIRECT; i++) { /* April is as it was; May has come since */
		static struct picture now;

		take(&now, watched(1 + i), month_of(2025, 4), TREE_AS_WAS);
		cr_assert(!memcmp(&before[1 + i][0], &now, sizeof(now)));
	}
	cr_assert_eq(admitted(1, 7, TREE_AS_WAS), 0, "July waits for a person");
	settle_late();
	cr_assert_eq(admitted(1, 7, TREE_AS_WAS), typed_in(2, 4));
	successors_go_on();
	for (size_t i = 0; i < DESKS; i++) { /* and again: the decision reached them, too */
		desk_sync(&desks[i]);
		cr_assert_eq(desk_status(&desks[i]).trouble, FEED_FINE);
		cr_assert_neq(place_in_province(into[at[i]]), SIZE_MAX);
		desk_close(&desks[i]);
	}
	must(ledger_verify(&report, w.l, NULL, NULL, &w.e), &w.e, "verify");
	free(desks);
	province_free(p);
	world_close(&w);
}
