/* What came late, in totals: held against the board of months, cell by cell. */
#include <criterion/criterion.h>

#include "build.h"
#include "ledger/months.h"
#include "ledger/query.h"

static struct world w;
static struct device of[8], operator, superior;
static struct sheet_draft d;
static const struct period asked = { 19358, 19630 }; /* 2023-01-01 to 2023-09-30 */

static struct op calendar(uint8_t days)
{
	return (struct op){ .kind = OP_CALENDAR,
			    .calendar = { .form = FORM_SHORT,
					  .from = day(2023, 1, 1),
					  .first_day = 1,
					  .due_days = { days, (uint8_t)(days + 1),
							(uint8_t)(days + 2) } } };
}

static void sign(uint32_t unit, int month, int on)
{
	struct period p = month_of(2023, month);

	w.now_ms = instant_of_day_end(p.to + on) - 3600000;
	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 2, month, 0);
	draft_sign(&d, SIGN_OWN, 0);
	draft_op(&d);
	cr_assert_eq(world_submit_now(&w, &of[unit], &d.op).code, CODE_OK);
}

/* Unit by unit another day after the month: from 1 to 8, five are in time. */
static void setup(void)
{
	struct op op = calendar(5);

	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	for (uint32_t unit = 4; unit <= 7; unit++)
		of[unit] = world_device(&w, unit, ROLE_APPROVER);
	operator= world_device(&w, 1, ROLE_OPERATOR);
	superior = world_device(&w, 2, ROLE_APPROVER);
	world_commit(&w);
	w.now_ms = instant_of_day_end(day(2023, 1, 15));
	world_act_now(&w, &op);
	for (int month = 1; month <= 9; month++)
		for (int on = 1; on <= 8; on++)
			for (uint32_t unit = 4; unit <= 7; unit++)
				if ((int)((unit * 5 + (uint32_t)month * 3) % 9) ==
				    on) /* 0: never */
					sign(unit, month, on);
}

static void teardown(void)
{
	world_close(&w);
}

TestSuite(lateness, .init = setup, .fini = teardown);

static struct totals totals(uint32_t unit, uint64_t known, enum query_basis basis)
{
	struct query q = {
		.unit = unit, .period = asked, .known_at = known, .late = true, .basis = basis
	};
	struct totals t;

	must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
	return t;
}

static void board(uint32_t unit, uint64_t *sheets, uint64_t *units)
{
	struct months_query q = {
		.unit = unit, .period = asked, .known_at = UINT64_MAX, .now_ms = w.now_ms
	};
	const struct month_cell *cells;
	uint32_t last = 0;
	size_t count;

	*sheets = *units = 0;
	must(query_months(&cells, &count, w.l, &q, w.a, &w.e), &w.e, "months");
	for (size_t i = 0; i < count; i++) {
		if (cells[i].time != TIME_LATE)
			continue;
		++*sheets;
		*units += cells[i].unit != last;
		last = cells[i].unit;
	}
}

static void compare(void)
{
	for (uint32_t unit = 1; unit <= 7; unit++) {
		struct totals t = totals(unit, UINT64_MAX, BASIS_SIGNED);
		uint64_t sheets, units;

		board(unit, &sheets, &units);
		cr_assert_eq(t.sheets.late, sheets, "unit %u: %d sheets, the board says %d", unit,
			     (int)t.sheets.late, (int)sheets);
		cr_assert_eq(t.reporting.late, units);
	}
}

Test(lateness, as_the_board_says)
{
	struct query q = { .unit = 1, .period = asked, .known_at = UINT64_MAX };
	struct totals t = totals(1, UINT64_MAX, BASIS_SIGNED);
	struct op op = { .kind = OP_ACCEPT, .unit = 4, .reason = SPAN_LIT("no line") };
	uint64_t late = t.sheets.late;
	bool accepted = false;

	cr_assert(late > 3 && late < t.sheets.signed_);
	compare();
	must(query_totals(&t, w.l, &q, w.a, &w.e), &w.e, "totals");
	cr_assert_eq(t.sheets.late, 0); /* nobody asked */
	/* signed in time, received late: recognised by name, and late no more */
	for (int month = 1; month <= 9 && !accepted; month++) {
		if ((4 * 5 + month * 3) % 9 < 6)
			continue;
		op.mark = (struct op_mark){ FORM_SHORT, month_of(2023, month), ledger_info(w.l).lsn,
					    true };
		cr_assert_eq(world_submit_now(&w, &superior, &op).code, CODE_OK);
		accepted = true;
	}
	cr_assert(accepted);
	cr_assert_eq(totals(1, UINT64_MAX, BASIS_SIGNED).sheets.late, late - 1);
	compare();
}

/* Other deadlines, set later: what was said before stays said. */
Test(lateness, as_it_was_known)
{
	uint64_t before = ledger_info(w.l).lsn, late = totals(1, before, BASIS_SIGNED).sheets.late;
	struct op op = calendar(9), close;

	close = (struct op){ .kind = OP_CLOSE,
			     .unit = 1,
			     .close = { FORM_SHORT, month_of(2023, 3) } };
	for (int month = 1; month <= 9; month++) {
		close.close.period = month_of(2023, month);
		close.author = 0;
		cr_assert_eq(world_submit_now(&w, &operator, & close).code, CODE_OK);
	}
	cr_assert_eq(totals(1, UINT64_MAX, BASIS_CLOSED).sheets.late, late);
	cr_assert_eq(world_submit_now(&w, &operator, & op).code, CODE_OK);
	cr_assert_eq(totals(1, UINT64_MAX, BASIS_SIGNED).sheets.late, 0);
	cr_assert_eq(totals(1, before, BASIS_SIGNED).sheets.late, late);
	cr_assert_eq(totals(1, UINT64_MAX, BASIS_CLOSED).sheets.late, late);
	compare();
}
