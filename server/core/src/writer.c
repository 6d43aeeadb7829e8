/* Queue, batches, and how large they are. */
#include "ledger/acts.h"
#include "ledger/recovery.h"
#include "stick_impl.h"
#include "writer_work.h"

#include <assert.h>
#include <stdlib.h>

struct writer {
	struct writer_setup setup;
	struct work work;
	struct job_list queue, done;
	size_t enrols; /* in the queue, of strangers */
	size_t batch_ops;
	bool full, stopping;
	uint64_t seen_ms; /* when what was seen of devices was last kept */
	bool cut;         /* the last batch left jobs behind: a larger one would have been of use */
};

int writer_new(struct writer **out, const struct writer_setup *setup, struct err *e)
{
	struct writer *w = calloc(1, sizeof(*w));

	*out = w;
	if (!w)
		return err_set(e, ERR_NOMEM, "no memory for the writer");
	w->setup = *setup;
	w->work.setup = &w->setup;
	w->work.behind = setup->behind;
	w->work.succeeded = setup->succeeded;
	memcpy(w->work.behind_of, ledger_info(setup->ledger).incarnation, 16);
	w->batch_ops = WRITER_BATCH_FIRST;
	job_list_init(&w->queue);
	job_list_init(&w->done);
	if (!writer_look(w, e))
		return 0;
	writer_free(w);
	*out = NULL;
	return -(int)(e && e->code ? e->code : ERR_IO);
}

void writer_free(struct writer *w)
{
	if (!w)
		return;
	job_list_fini(&w->queue);
	job_list_fini(&w->done);
	server_line_fini(&w->work.line);
	old_set_fini(&w->work.old);
	free(w);
}

/* WIRE_OK, or why this one is not even queued. What the operator does on the spot is queued also
 * when devices are turned away: a full store still takes a revocation. */
static enum wire_code turned_away(const struct writer *w, const struct job *j)
{
	bool of_operator = j->kind >= JOB_CODE;

	if (w->stopping)
		return WIRE_STOPPING;
	if (w->full && !of_operator)
		return WIRE_STORE_FULL;
	if (j->kind == JOB_ENROL && w->enrols == WRITER_ENROLS_MAX)
		return WIRE_BUSY;
	if (!of_operator &&
	    (w->queue.count >= WRITER_JOBS_MAX || job_bytes(j) > WRITER_BYTES_MAX - w->queue.bytes))
		return WIRE_BUSY;
	return WIRE_OK;
}

void writer_put(struct writer *w, struct job **job)
{
	struct job *j = *job;
	enum wire_code why;

	*job = NULL;
	if (j->kind == JOB_SEEN) {
		(void)devices_seen(w->setup.devices, j->device, &j->seen, j->at.wall_ms, NULL);
		job_free(j);
		return;
	}
	if (j->kind == JOB_READ) {
		devices_read(w->setup.devices, j->device, &j->read);
		job_free(j);
		return;
	}
	if (stick_at_once(&w->work, j)) {
		job_list_put(&w->done, &j);
		return;
	}
	why = turned_away(w, j);
	if (why)
		work_failed(&w->work, j, why);
	else if (j->kind == JOB_ENROL)
		w->enrols++;
	job_list_put(why ? &w->done : &w->queue, &j);
}

bool writer_due(const struct writer *w)
{
	return w->queue.count > 0;
}

struct job *writer_take(struct writer *w)
{
	return job_list_take(&w->done);
}

/* ---- a batch ---- */

static void gather(struct writer *w, struct job_list *batch)
{
	while (w->queue.first) {
		struct job *j = w->queue.first;

		if (batch->count && (batch->ops + job_ops_count(j) > w->batch_ops ||
				     batch->bytes + job_bytes(j) > WRITER_BATCH_BYTES))
			break;
		j = job_list_take(&w->queue);
		if (j->kind == JOB_ENROL)
			w->enrols--;
		job_list_put(batch, &j);
	}
	w->cut = w->queue.first != NULL;
}

static void give_back(struct writer *w, struct job *j)
{
	job_list_put(&w->done, &j);
}

static void fail_all(struct writer *w, struct job_list *batch, enum wire_code why)
{
	struct job *j;

	while ((j = job_list_take(batch))) {
		work_failed(&w->work, j, why);
		give_back(w, j);
	}
}

static enum wire_code why_of(int rc)
{
	return rc == -ERR_FULL ? WIRE_STORE_FULL : WIRE_BATCH_ABORTED;
}

/* 0, or the failure of the job *at. */
static int do_each(struct writer *w, struct job_list *batch, const struct job **at,
		   struct moment now, struct err *e)
{
	for (struct job *j = batch->first; j; j = j->next) {
		int rc = work_do(&w->work, j, now, e);

		if (rc) {
			*at = j;
			return rc;
		}
	}
	return 0;
}

/* One that cannot be done must not take the others down with it: it is left out, they go again. */
static void leave_out(struct writer *w, struct job_list *batch, const struct job *bad,
		      enum wire_code why, const struct err *e)
{
	struct job_list rest;
	struct job *j;

	job_list_init(&rest);
	while ((j = job_list_take(batch))) {
		if (j == bad) {
			work_failed(&w->work, j, why);
			if (j->kind < JOB_CODE)
				j->err = *e;
			give_back(w, j);
		} else {
			job_list_put(&rest, &j);
		}
	}
	while ((j = job_list_take(&rest)))
		job_list_put(batch, &j);
}

/* Beside what is committed anyway; a full store has better uses for its last page. */
static int put_seen(struct writer *w, struct moment now, struct err *e)
{
	if (w->full || w->work.behind || now.mono_ms - w->seen_ms < WRITER_SEEN_MS)
		return 0;
	return devices_put(w->setup.devices, w->setup.ledger, WRITER_SEEN_MAX, e);
}

static int commit(struct writer *w, struct moment now, struct err *e)
{
	int rc = ledger_commit(w->setup.ledger, w->setup.log_key, NULL, e);

	if (!rc && devices_was_put(w->setup.devices))
		w->seen_ms = now.mono_ms;
	return rc;
}

static int try_batch(struct writer *w, struct job_list *batch, struct moment now, struct err *e)
{
	bool behind = w->work.behind;
	const struct job *bad;
	int rc;

	while (batch->count) {
		rc = ledger_begin(w->setup.ledger, e);
		if (rc)
			return rc;
		bad = NULL;
		rc = do_each(w, batch, &bad, now, e);
		if (!rc)
			rc = put_seen(w, now, e);
		if (!rc)
			return commit(w, now, e);
		ledger_abort(w->setup.ledger);
		old_set_fini(&w->work.old);
		w->work.behind = behind;
		if (!bad)
			return rc;
		if (rc == -ERR_FULL || rc == -ERR_FATAL)
			return rc;
		leave_out(w, batch, bad, why_of(rc), e);
	}
	return 0;
}

/* What follows from the batch by itself, in a commit of its own; not while the store is full or behind. */
static int follow(struct writer *w, struct moment now, struct err *e)
{
	size_t made;
	int rc;

	if (w->full || w->work.behind || w->work.recovering || !ledger_follow_due(w->setup.ledger))
		return 0;
	rc = ledger_follow(w->setup.ledger, false, w->setup.log_key, now.wall_ms, &made, e);
	return rc == -ERR_FATAL ? rc : 0; /* else another time */
}

int writer_run(struct writer *w, struct moment now, struct err *e)
{
	struct job_list batch;
	struct err why = { 0 };
	struct job *j;
	int rc;

	job_list_init(&batch);
	gather(w, &batch);
	rc = try_batch(w, &batch, now, &why);
	if (rc == -ERR_FATAL) {
		job_list_fini(&batch); /* nobody may be told what nobody knows */
		if (e)
			*e = why;
		return rc;
	}
	if (rc == -ERR_FULL)
		w->full = true; /* until somebody looks: writer_measured() */
	if (rc) {
		old_set_fini(&w->work.old);
		fail_all(w, &batch, why_of(rc));
	}
	while ((j = job_list_take(&batch))) {
		if (j->kind == JOB_ACT)
			(void)writer_look(
				w,
				NULL); /* it stands in the ledger; what is read fails again later */
		work_done(&w->work, j, now);
		give_back(w, j);
	}
	return follow(w, now, e);
}

/* ---- how it stands ---- */

/* Up by a quarter while commits are quick and there was more to do, down by a quarter when slow. */
static size_t next_batch(size_t ops, uint64_t commit_us, bool cut)
{
	if (commit_us > WRITER_COMMIT_US)
		ops -= ops / 4;
	else if (commit_us < WRITER_COMMIT_US / 2 && cut)
		ops += ops / 4;
	return ops < WRITER_BATCH_MIN   ? WRITER_BATCH_MIN
	       : ops > WRITER_BATCH_MAX ? WRITER_BATCH_MAX
					: ops;
}

void writer_measured(struct writer *w, const struct writer_measure *m)
{
	w->batch_ops = next_batch(w->batch_ops, m->commit_us, w->cut);
	if (m->map_size)
		w->full = m->map_used >= m->map_size / 10 * 9;
}

size_t writer_batch(const struct writer *w)
{
	return w->batch_ops;
}

void writer_stop(struct writer *w)
{
	w->stopping = true;
}

int writer_look(struct writer *w, struct err *e)
{
	struct ledger_info info = ledger_info(w->setup.ledger);

	/* It is declared that another log begins here. */
	if (memcmp(w->work.behind_of, info.incarnation, 16)) {
		w->work.behind = w->work.succeeded = false;
		memset(w->work.successor, 0, sizeof(w->work.successor));
	}
	return ledger_recovering(w->setup.ledger, &w->work.recovering, e);
}

void writer_fell_behind(struct writer *w, const uint8_t successor[16])
{
	struct hello_judged judged = { .act = HELLO_BEHIND };

	if (successor)
		memcpy(judged.successor, successor, sizeof(judged.successor));
	work_fall_behind(&w->work, &judged);
}

const uint8_t *writer_successor(const struct writer *w)
{
	static const uint8_t nobody[16];

	return memcmp(w->work.successor, nobody, sizeof(nobody)) ? w->work.successor : NULL;
}

int writer_keep_seen(struct writer *w, struct moment now, bool now_or_never, struct err *e)
{
	int rc;

	if (!devices_changed(w->setup.devices) || w->full || w->work.behind ||
	    (!now_or_never && now.mono_ms - w->seen_ms < WRITER_SEEN_MS))
		return 0;
	rc = ledger_begin(w->setup.ledger, e);
	if (rc)
		return rc;
	rc = devices_put(w->setup.devices, w->setup.ledger, WRITER_SEEN_MAX, e);
	if (rc) {
		ledger_abort(w->setup.ledger);
		return rc;
	}
	w->seen_ms = now.mono_ms; /* also when it fails: not again at once */
	return commit(w, now, e);
}

int writer_forget(struct writer *w, size_t *count, struct err *e)
{
	int rc;

	*count = 0;
	rc = w->setup.keys ? keystore_forget(w->setup.keys, w->setup.ledger, count, e) : 0;
	return !rc && *count && w->setup.sticks ? sticks_forget(w->setup.sticks, e) : rc;
}

struct server_mood writer_mood(const struct writer *w)
{
	return (struct server_mood){
		.busy = w->queue.count >= WRITER_JOBS_MAX / 4 * 3 ||
			w->queue.bytes >= WRITER_BYTES_MAX / 4 * 3,
		.full = w->full,
		.behind = w->work.behind,
		.succeeded = w->work.succeeded,
		.recovering = w->work.recovering,
		.stopping = w->stopping,
	};
}
