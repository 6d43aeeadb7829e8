/* What a sheet costs the store, and about how many a second; the time is printed, never judged. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "build.h"

static void sheet_of_22(struct sheet_draft *d, uint32_t unit, struct period p)
{
	draft_init(d, unit, 1, p);
	for (uint16_t m = 2; m <= 23; m++)
		draft_put(d, m, m == 14 ? 61 : m % 5, 0);
	draft_sign(d, SIGN_OWN, 0);
	draft_op(d);
}

Test(ledger, write_budget)
{
	struct world w;
	struct device dev;
	struct sheet_draft d;
	struct judgement j;
	struct kv_work work;
	uint64_t puts = 0, bytes = 0, most = 0;
	enum { MONTHS = 30 };
	struct op op;

	world_open(&w, false, false);
	w.now_ms = instant_of_day_start(day(2023, 1, 1));
	op = build_form(&w, "monthly");
	world_act_now(&w, &op);
	op = build_unit(1, 0, UNIT_PROVINCE, "P", 0);
	world_act_now(&w, &op);
	op = build_unit(2, 1, UNIT_DIRECT, "D", 0);
	world_act_now(&w, &op);
	op = build_unit(3, 2, UNIT_BASE_COMMITTEE, "C", 1);
	world_act_now(&w, &op);
	world_begin(&w);
	dev = world_device(&w, 3, ROLE_APPROVER);
	world_commit(&w);
	for (int m = 0; m < MONTHS; m++) {
		sheet_of_22(&d, 3, month_of(2020 + m / 12, 1 + m % 12));
		world_begin(&w);
		j = world_submit(&w, &dev, &d.op);
		cr_assert_eq(j.code, CODE_OK);
		must(ledger_commit(w.l, &w.key, &work, &w.e), &w.e, "commit");
		puts += work.puts;
		bytes += work.bytes;
		most = work.bytes > most ? work.bytes : most;
		cr_assert_leq(work.puts, 10); /* 8, and a node or two each sixteenth time */
		cr_assert_leq(work.bytes, 2048);
	}
	printf("one monthly sheet of 22 figures alone in its batch: %.2f puts, %.0f bytes, at most %" PRIu64
	       " bytes\n",
	       (double)puts / MONTHS, (double)bytes / MONTHS, most);
	cr_assert_leq(puts, 9 * MONTHS);
	world_close(&w);
}

Test(ledger, rate_on_disk)
{
	enum { UNITS = 300, MONTHS = 10, BATCH = 1000 };
	static struct device devices[UNITS];
	static struct packed ops[UNITS * MONTHS];
	struct timespec t0, t1;
	struct sheet_draft d;
	struct world w;
	struct op op;
	double seconds;
	size_t made = 0;

	world_open(&w, true, false);
	op = build_form(&w, "monthly");
	world_begin(&w);
	world_act(&w, &op);
	op = build_unit(1, 0, UNIT_PROVINCE, "P", 0);
	world_act(&w, &op);
	for (uint32_t i = 0; i < UNITS; i++) {
		if (i % 30 == 0) {
			op = build_unit(2 + i + i / 30, 1, UNIT_DIRECT, arena_printf(w.a, "D%u", i),
					0);
			world_act(&w, &op);
		}
		op = build_unit(3 + i + i / 30, 2 + i / 30 * 31, UNIT_BASE_CELL,
				arena_printf(w.a, "C%u", i), 1);
		world_act(&w, &op);
		devices[i] = world_device(&w, 3 + i + i / 30, ROLE_APPROVER);
	}
	world_commit(&w);
	for (int m = 0; m < MONTHS; m++) {
		for (uint32_t i = 0; i < UNITS; i++) {
			sheet_of_22(&d, devices[i].unit, month_of(2021, 1 + m));
			d.op.author = devices[i].person;
			devices[i].seq++;
			ops[made++] = pack(&w, device_id(&devices[i]), &d.op, 1);
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (size_t i = 0; i < made; i++) {
		struct submission s = { .device = devices[i % UNITS].device,
					.envelope = ops[i].envelope,
					.body = ops[i].body };
		struct judgement j;

		if (i % BATCH == 0)
			world_begin(&w);
		must(ledger_submit(w.l, &s, w.now_ms, &j, &w.e), &w.e, "submit");
		cr_assert_eq(j.code, CODE_OK);
		if ((i + 1) % BATCH == 0)
			world_commit(&w);
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	seconds = (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9;
	printf("%zu sheets of 22 figures in batches of %d: %.0f a second\n", made, BATCH,
	       (double)made / seconds);
	world_close(&w);
}
