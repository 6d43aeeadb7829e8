#include "wthread.h"

#include "base/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 1000, TIDY_MS = 3600000 };

struct wthread {
	struct wthread_setup setup;
	pthread_t thread;
	struct writer *writer;
	struct server_mood told;
	bool behind, succeeded; /* have been kept on disk */
	int64_t looked_ms, tidied_ms;

	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t due;
	struct job_list in;
	struct wcall *calls, **calls_end;
	bool ending;
};

/* Nobody knows whether the last batch is on the disk. Whoever waits for its answer gets none and asks
 * again after the restart, when the store itself knows. */
static _Noreturn void stop_dead(const struct err *e)
{
	log_error("event=fatal error=\"%s\"", e->msg);
	_exit(1);
}

/* ---- how full it is ---- */

/* The map is far larger than most disks: what the disk can still take counts as well. */
static void look_for_room(struct wthread *w, struct writer_measure *m)
{
	struct kv_health h;
	struct statvfs disk;
	uint64_t left;

	if (kv_health(w->setup.serve->kv, &h, NULL))
		return;
	m->map_used = h.used_bytes;
	m->map_size = h.map_bytes;
	if (statvfs(w->setup.serve->dir, &disk))
		return;
	left = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (left < m->map_size - m->map_used)
		m->map_size = m->map_used + left;
}

static void measure(struct wthread *w, uint64_t commit_us)
{
	int64_t now_ms = clock_now_ms(&clock_steady);
	struct writer_measure m = { .commit_us = commit_us };

	if (now_ms - w->looked_ms >= LOOK_MS) {
		w->looked_ms = now_ms;
		look_for_room(w, &m);
	}
	writer_measured(w->writer, &m);
	if (now_ms - w->tidied_ms >= TIDY_MS) {
		w->tidied_ms = now_ms;
		w->setup.serve->tidy(w->setup.serve->ctx, hours_at(w->setup.hours, now_ms));
	}
}

static void keep_behind(struct wthread *w)
{
	struct server_mood mood = writer_mood(w->writer);

	if (w->behind == mood.behind && w->succeeded == mood.succeeded)
		return;
	w->behind = mood.behind;
	w->succeeded = mood.succeeded;
	if (!mood.behind) {
		log_info("event=declared a restore was declared: the server writes again");
		return;
	}
	if (mood.succeeded)
		log_error("event=succeeded a standby of this store was promoted and goes on in its "
			  "place: nothing is written here any more");
	else
		log_error(
			"event=behind a device holds a signed head of this store that its log lacks: "
			"was an older copy put back? nothing is written until `ketnapd restore` says so");
	w->setup.serve->fell_behind(w->setup.serve->ctx, writer_successor(w->writer));
}

static void say_mood(const struct server_mood *was, const struct server_mood *is)
{
	if (was->full != is->full && is->full)
		log_error("event=full the store or its disk is full: figures are not taken");
	else if (was->full != is->full)
		log_info("event=room the store takes figures again");
	if (was->busy != is->busy)
		log_warn("event=busy on=%d", is->busy);
}

/* ---- a round ---- */

static void hand_out(struct wthread *w)
{
	struct server_mood mood = writer_mood(w->writer);
	struct job_list done[SERVE_THREADS_MAX];
	bool any = memcmp(&mood, &w->told, sizeof(mood)) != 0;
	struct job *j;

	for (size_t i = 0; i < SERVE_THREADS_MAX; i++)
		job_list_init(&done[i]);
	while ((j = writer_take(w->writer))) {
		job_list_put(&done[conn_thread(j->conn) % SERVE_THREADS_MAX], &j);
		any = true;
	}
	if (!any)
		return;
	say_mood(&w->told, &mood);
	w->told = mood;
	w->setup.deliver(w->setup.ctx, done, &mood);
	for (size_t i = 0; i < SERVE_THREADS_MAX; i++)
		job_list_fini(&done[i]);
}

static struct moment now_of(const struct wthread *w)
{
	return hours_at(w->setup.hours, clock_now_ms(&clock_steady));
}

static void forget(struct wthread *w)
{
	struct err e = { 0 };
	size_t count;

	if (writer_forget(w->writer, &count, &e))
		log_error("event=forget error=\"%s\"", e.msg);
	else if (count)
		log_info("event=forget persons=%zu", count);
}

static void run_batch(struct wthread *w)
{
	struct moment now = now_of(w);
	struct err e = { 0 };

	if (writer_run(w->writer, now, &e) == -ERR_FATAL)
		stop_dead(&e);
	forget(w);
	measure(w, ((uint64_t)clock_now_ms(&clock_steady) - now.mono_ms) * 1000);
	keep_behind(w);
}

static void keep_seen(struct wthread *w, bool now_or_never)
{
	struct err e = { 0 };
	int rc = writer_keep_seen(w->writer, now_of(w), now_or_never, &e);

	if (rc == -ERR_FATAL)
		stop_dead(&e);
	if (rc)
		log_warn("event=seen error=\"%s\"", e.msg);
}

static void run_call(struct wthread *w, struct wcall *c)
{
	uint8_t successor[16] = { 0 };
	bool behind = false;
	struct serve_desk desk = { .devices = w->setup.serve->devices,
				   .mood = writer_mood(w->writer),
				   .now = now_of(w),
				   .behind = &behind,
				   .successor = successor };
	struct err e = { 0 };

	if (c->run(c, &desk, &e) == -ERR_FATAL)
		stop_dead(&e);
	if (behind)
		writer_fell_behind(w->writer, successor);
	if (writer_look(w->writer, &e))
		log_error("event=look error=\"%s\"", e.msg);
	keep_behind(w);
	hours_look(w->setup.hours, w->setup.serve->ledger);
}

/* Waits until there is something to do. False: all is done and nothing more will come. */
static bool wait_for_work(struct wthread *w, struct job_list *jobs, struct wcall **calls)
{
	struct timespec until;
	bool go_on;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOK_MS / 1000;
	pthread_mutex_lock(&w->lock);
	/* A full store must be noticed to have room again though nothing is asked of it. */
	if (!w->in.count && !w->calls && !w->ending && !writer_due(w->writer))
		pthread_cond_timedwait(&w->due, &w->lock, &until);
	*jobs = w->in;
	if (!jobs->count)
		jobs->last = &jobs->first;
	job_list_init(&w->in);
	*calls = w->calls;
	w->calls = NULL;
	w->calls_end = &w->calls;
	go_on = jobs->count || *calls || !w->ending || writer_due(w->writer);
	pthread_mutex_unlock(&w->lock);
	return go_on;
}

static void *run(void *arg)
{
	struct wthread *w = arg;
	struct job_list jobs;
	struct wcall *calls;

	forget(w);
	while (wait_for_work(w, &jobs, &calls)) {
		struct job *j;

		while ((j = job_list_take(&jobs)))
			writer_put(w->writer, &j);
		while (calls) {
			struct wcall *c = calls;

			calls = c->next; /* running gives it away */
			run_call(w, c);
		}
		if (writer_due(w->writer)) {
			run_batch(w);
		} else {
			keep_seen(w, false);
			measure(w, 0);
		}
		hand_out(w);
	}
	keep_seen(w, true);
	return NULL;
}

/* ---- from other threads ---- */

void wthread_put(struct wthread *w, struct job_list *jobs)
{
	struct job *j;

	pthread_mutex_lock(&w->lock);
	while ((j = job_list_take(jobs)))
		job_list_put(&w->in, &j);
	pthread_cond_signal(&w->due);
	pthread_mutex_unlock(&w->lock);
}

void wthread_call(struct wthread *w, struct wcall *c)
{
	pthread_mutex_lock(&w->lock);
	c->next = NULL;
	*w->calls_end = c;
	w->calls_end = &c->next;
	pthread_cond_signal(&w->due);
	pthread_mutex_unlock(&w->lock);
}

static void wthread_free(struct wthread *w)
{
	writer_free(w->writer);
	job_list_fini(&w->in);
	pthread_cond_destroy(&w->due);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

static void init_due(pthread_cond_t *due)
{
	pthread_condattr_t how;

	pthread_condattr_init(&how);
	pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	pthread_cond_init(due, &how);
	pthread_condattr_destroy(&how);
}

int wthread_start(struct wthread **out, const struct wthread_setup *setup, struct err *e)
{
	const struct serve_setup *serve = setup->serve;
	struct writer_setup how = { .ledger = serve->ledger,
				    .log_key = serve->log_key,
				    .enroller = setup->enroller,
				    .devices = serve->devices,
				    .sticks = serve->sticks,
				    .keys = serve->keys,
				    .hands = serve->hands,
				    .behind = serve->behind,
				    .succeeded = serve->succeeded };
	struct wthread *w = calloc(1, sizeof(*w));
	int rc;

	*out = NULL;
	if (!w)
		return err_set(e, ERR_NOMEM, "out of memory");
	w->setup = *setup;
	w->behind = serve->behind;
	w->succeeded = serve->succeeded;
	w->looked_ms = w->tidied_ms = INT64_MIN / 2;
	job_list_init(&w->in);
	w->calls_end = &w->calls;
	pthread_mutex_init(&w->lock, NULL);
	init_due(&w->due);
	rc = writer_new(&w->writer, &how, e);
	if (!rc)
		hand_out(w); /* known before the first device comes */
	if (!rc && pthread_create(&w->thread, NULL, run, w))
		rc = err_set(e, ERR_NOMEM, "no thread could be made");
	if (rc)
		wthread_free(w);
	else
		*out = w;
	return rc;
}

void wthread_end(struct wthread *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->due);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	wthread_free(w);
}
