#include "server_one.h"

Test(writer, the_batch_follows_what_a_commit_costs)
{
	size_t first;

	open_all();
	first = writer_batch(r.writer);
	writer_measured(r.writer, &(struct writer_measure){ .commit_us = 100 });
	cr_assert_eq(writer_batch(r.writer), first, "nothing was left waiting: no need to grow");
	for (int i = 0; i < 100; i++)
		writer_measured(r.writer, &(struct writer_measure){ .commit_us = 50000 });
	cr_assert_eq(writer_batch(r.writer), WRITER_BATCH_MIN);
	close_all();
}

static struct job *act_job(void)
{
	struct job *j = job_new(JOB_ACT, 0, r.now);

	j->act = (struct op){ .kind = OP_SETTING,
			      .setting = { SPAN_LIT("rounding"), SPAN_LIT("2") } };
	return j;
}

Test(writer, a_large_queue_is_done_in_batches_that_grow)
{
	size_t first, batches = 0;
	struct job *j;

	open_all();
	first = writer_batch(r.writer);
	for (int i = 0; i < 2000; i++) {
		j = act_job();
		writer_put(r.writer, &j);
	}
	for (; writer_due(r.writer); batches++) {
		must(writer_run(r.writer, r.now, &r.e), &r.e, "a batch");
		writer_measured(r.writer, &(struct writer_measure){ .commit_us = 100 });
	}
	cr_assert_gt(writer_batch(r.writer), first);
	cr_assert(batches > 3 && batches < 2000 / first, "%zu", batches);
	while ((j = writer_take(r.writer))) {
		cr_assert_eq(j->code, WIRE_OK);
		job_free(j);
	}
	close_all();
}

Test(writer, a_full_queue_answers_at_once)
{
	struct job *j;
	size_t busy = 0;

	open_all();
	for (size_t i = 0; i < WRITER_JOBS_MAX + 5; i++) {
		j = job_new(JOB_RENEW, 0, r.now);
		writer_put(r.writer, &j);
	}
	cr_assert(writer_mood(r.writer).busy);
	for (; (j = writer_take(r.writer)); busy++) {
		cr_assert_eq(j->code, WIRE_BUSY);
		job_free(j);
	}
	cr_assert_eq(busy, 5);
	j = act_job(); /* the operator on the spot is heard all the same */
	writer_put(r.writer, &j);
	cr_assert_null(writer_take(r.writer));
	close_all();
}

Test(writer, a_nearly_full_store_takes_no_ops_but_a_revocation)
{
	open_all();
	make(1);
	greet(&c, &d);
	writer_measured(r.writer, &(struct writer_measure){ .map_used = 899, .map_size = 1000 });
	cr_assert(!writer_mood(r.writer).full);
	writer_measured(r.writer, &(struct writer_measure){ .map_used = 900, .map_size = 1000 });
	cr_assert(writer_mood(r.writer).full);
	submit_done(1, 1);
	cr_assert_eq(m.ack.verdicts[0].not_now, WIRE_STORE_FULL);
	revoke();
	close_all();
}

/* An act that the ledger refuses is told to who asked, and stops nobody. */
Test(writer, a_refused_act_is_an_answer)
{
	struct job *bad = job_new(JOB_ACT, 7, r.now), *good;

	open_all();
	bad->act = build_unit(9, 99, UNIT_BASE_CELL, "C9", 0);
	good = act_job();
	writer_put(r.writer, &bad);
	writer_put(r.writer, &good);
	must(writer_run(r.writer, r.now, &r.e), &r.e, "a batch");
	bad = writer_take(r.writer);
	good = writer_take(r.writer);
	cr_assert_eq(bad->code, WIRE_NOT_ALLOWED);
	cr_assert_eq(bad->conn, 7);
	cr_assert_neq(bad->err.msg[0], 0);
	cr_assert_eq(good->code, WIRE_OK);
	cr_assert_eq(good->lsn, rig_lsn(&r));
	job_free(bad);
	job_free(good);
	close_all();
}

/* A job that cannot be done is left out; those beside it are done. */
Test(writer, one_failure_does_not_take_the_others_down)
{
	struct job *j;

	open_all();
	for (int i = 0; i <= 9; i++) { /* the rig keeps 8 codes */
		j = i == 9 ? act_job() : job_new(JOB_CODE, 0, r.now);
		if (i < 9) {
			j->make.unit = 5;
			j->make.role = ROLE_CLERK;
			j->make.name = SPAN_LIT("Lê Thị C");
		}
		j->tag = (uint64_t)i;
		writer_put(r.writer, &j);
	}
	must(writer_run(r.writer, r.now, &r.e), &r.e, "a batch");
	cr_assert(!writer_mood(r.writer).full, "it is not the log's store that is full");
	for (int i = 0; i <= 9; i++) {
		j = writer_take(r.writer);
		cr_assert_eq(j->code, j->tag == 8 ? WIRE_BATCH_ABORTED : WIRE_OK, "job %u",
			     (unsigned)j->tag);
		job_free(j);
	}
	cr_assert_null(writer_take(r.writer));
	close_all();
}

Test(writer, an_unknown_outcome_tells_nobody_anything)
{
	struct job *j;

	open_all();
	j = act_job();
	writer_put(r.writer, &j);
	for (uint64_t n = 1; n < 200; n++) { /* wherever it strikes */
		kv_fail_at(r.w.kv, kv_calls(r.w.kv) + n, ERR_FATAL, true);
		if (writer_run(r.writer, r.now, &r.e) == -ERR_FATAL)
			break;
		while ((j = writer_take(r.writer)))
			job_free(j);
		j = act_job();
		writer_put(r.writer, &j);
	}
	cr_assert_eq(r.e.code, ERR_FATAL);
	cr_assert_null(writer_take(r.writer));
	close_all();
}
