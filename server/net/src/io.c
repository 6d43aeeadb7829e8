#include "io.h"

#include <stdlib.h>

struct moment io_now(struct io *io)
{
	return hours_at(io->common->hours, loop_now_ms(io->loop));
}

/* ---- from the writer ---- */

static void on_wake(struct loop_task *t)
{
	struct io *io = (struct io *)(void *)((char *)t - offsetof(struct io, wake));
	struct job_list done;
	struct job *j;

	pthread_mutex_lock(&io->lock);
	io->posted = false;
	done = io->inbox;
	if (!done.count)
		done.last = &done.first;
	job_list_init(&io->inbox);
	io->server.mood = io->mood;
	pthread_mutex_unlock(&io->lock);
	io->server.mood.stopping |= io->stopping;
	while ((j = job_list_take(&done)))
		visit_done(io, &j);
}

void io_deliver(struct io *io, struct job_list *done, const struct server_mood *mood)
{
	struct job *j;

	pthread_mutex_lock(&io->lock);
	while ((j = job_list_take(done)))
		job_list_put(&io->inbox, &j);
	io->mood = *mood;
	/* A loop that has ended takes nothing more: then nobody waits for these. */
	if (!io->posted)
		io->posted = loop_post(io->loop, &io->wake);
	pthread_mutex_unlock(&io->lock);
}

/* ---- to the writer ---- */

/* All of a turn's jobs at once: one by one they would each wake the writer, and in a surge nearly each would
 * get a commit of its own. A thread with little to do has short turns, so nobody waits long for company. */
static void on_give(struct loop_task *t)
{
	struct io *io = (struct io *)(void *)((char *)t - offsetof(struct io, give));

	if (io->common->writer)
		wthread_put(io->common->writer, &io->asked);
	job_list_fini(&io->asked);
	job_list_init(&io->asked);
}

void io_ask(struct io *io, struct job **job)
{
	job_list_put(&io->asked, job);
	loop_at_turn_end(io->loop, &io->give);
}

/* ---- stopping ---- */

static void each_visit(struct io *io, void (*act)(struct visit *v))
{
	for (size_t i = 0; i < io->table_room; i++)
		if (io->table[i])
			act(io->table[i]);
}

static void on_give_up(void *arg)
{
	struct io *io = arg;

	if (io->open)
		log_warn("event=stop thread=%u cut_off=%zu", io->index, io->open);
	each_visit(io, visit_abort);
}

static void on_stop(struct loop_task *t)
{
	struct io *io = (struct io *)(void *)((char *)t - offsetof(struct io, stop));

	io->stopping = true;
	io->server.mood.stopping = true;
	listener_close(io->listener);
	io->listener = NULL;
	loop_timer_set(io->give_up, loop_now_ms(io->loop) + SERVE_STOP_MS);
	each_visit(io, visit_stop);
	if (!io->open)
		loop_stop(io->loop);
}

void io_stop(struct io *io)
{
	loop_post(io->loop, &io->stop);
}

/* ---- making ---- */

static void on_accept(struct accepted *a, void *arg)
{
	visit_accept(arg, a);
}

int io_listen(struct io *io, const struct addr *at, bool share, struct err *e)
{
	struct listener_config c = { .loop = io->loop,
				     .quota = io->common->quota,
				     .share_port = share,
				     .on_accept = on_accept,
				     .arg = io };

	return listener_open(&io->listener, &c, at, e);
}

static void *run(void *arg)
{
	struct io *io = arg;
	struct err e = { 0 };

	if (loop_run(io->loop, &e))
		log_error("event=thread thread=%u error=\"%s\"", io->index, e.msg);
	io->common->ended(io->common->ctx);
	return NULL;
}

int io_start(struct io *io, struct err *e)
{
	if (pthread_create(&io->thread, NULL, run, io))
		return err_set(e, ERR_NOMEM, "no thread could be made");
	io->running = true;
	return 0;
}

static int make_table(struct io *io, struct err *e)
{
	io->table_room = io->common->setup->connections_max;
	io->table = calloc(io->table_room, sizeof(struct visit *));
	io->generation = calloc(io->table_room, sizeof(uint32_t));
	io->free_slots = calloc(io->table_room, sizeof(uint32_t));
	if (!io->table || !io->generation || !io->free_slots)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = io->table_room; i; i--)
		io->free_slots[io->free_count++] = (uint32_t)(i - 1);
	return 0;
}

static int make_server(struct io *io, struct err *e)
{
	const struct serve_setup *setup = io->common->setup;
	int rc = ledger_open(&io->ledger, setup->kv, 0, e);

	if (!rc)
		rc = server_init(&io->server, io->ledger, e);
	if (rc)
		return rc;
	io->server.program = setup->program;
	io->server.threads = setup->threads;
	io->server.limits.jitter_max_ms = setup->jitter_max_ms;
	io->server.mark_key = setup->mark_key;
	io->server.query = setup->query;
	io->server.query_ctx = setup->query_ctx;
	return 0;
}

int io_new(struct io **out, const struct io_common *common, unsigned index, struct err *e)
{
	struct io *io = calloc(1, sizeof(*io));
	int rc;

	*out = io;
	if (!io)
		return err_set(e, ERR_NOMEM, "out of memory");
	io->common = common;
	io->index = index;
	io->wake.run = on_wake;
	io->stop.run = on_stop;
	io->give.run = on_give;
	job_list_init(&io->asked);
	pthread_mutex_init(&io->lock, NULL);
	job_list_init(&io->inbox);
	rc = loop_new(&io->loop, clock_steady, e);
	if (!rc)
		rc = loop_timer_new(&io->give_up, io->loop, clock_steady, on_give_up, io, e);
	if (!rc)
		rc = make_table(io, e);
	return rc ? rc : make_server(io, e);
}

void io_join(struct io *io)
{
	if (io->running)
		pthread_join(io->thread, NULL);
	io->running = false;
}

void io_free(struct io *io)
{
	if (!io)
		return;
	io_join(io);
	listener_close(io->listener);
	if (io->table)
		each_visit(io, visit_abort);
	loop_timer_free(io->give_up);
	io->stopping = false; /* its loop has stopped */
	if (io->loop)
		loop_free(io->loop); /* tells what is left of the connections */
	job_list_fini(&io->inbox);
	job_list_fini(&io->asked);
	if (io->server.ledger)
		server_fini(&io->server);
	ledger_close(io->ledger);
	free(io->table);
	free(io->generation);
	free(io->free_slots);
	pthread_mutex_destroy(&io->lock);
	free(io);
}
