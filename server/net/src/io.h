/* One I/O thread: its loop, its listener on the common port, its reading ledger and its connections. */
#ifndef SERVER_NET_IO_H
#define SERVER_NET_IO_H

#include "net/listener.h"
#include "net/loop.h"
#include "server/session.h"
#include "server_net/serve.h"

#include "gate.h"
#include "hours.h"
#include "say.h"
#include "wthread.h"

#include <pthread.h>

/* What all I/O threads share; outlives them. */
struct io_common {
	const struct serve_setup *setup;
	struct hours *hours;
	struct quota *quota;
	struct gate *gate;
	struct tls *tls;
	struct wthread *writer;   /* there while threads run */
	void (*ended)(void *ctx); /* on the I/O thread: it has nothing left to do */
	void *ctx;
};

struct visit;

struct io {
	const struct io_common *common;
	unsigned index;
	pthread_t thread;
	bool running;
	struct loop *loop;
	struct listener *listener;
	struct ledger *ledger;
	struct server server;
	struct visit **table; /* by slot; NULL: free */
	size_t table_room, open;
	uint32_t *generation; /* of each slot, so that an answer never finds another's connection */
	uint32_t *free_slots;
	size_t free_count;
	struct say say;
	struct loop_timer *give_up; /* at the end */
	bool stopping;
	struct loop_task stop;
	struct job_list asked; /* of the writer in this turn */
	struct loop_task give;

	pthread_mutex_t lock; /* guards what follows */
	struct job_list inbox;
	struct server_mood mood;
	bool posted;
	struct loop_task wake;
};

/* Ready, but neither listening nor running. */
int io_new(struct io **out, const struct io_common *common, unsigned index, struct err *e);
int io_listen(struct io *io, const struct addr *at, bool share, struct err *e);
int io_start(struct io *io, struct err *e); /* its thread */
void io_join(struct io *io); /* its thread, which must have ended or been told to stop */
void io_free(struct io *io); /* NULL is fine */

/* From any thread. */
void io_deliver(struct io *io, struct job_list *done, const struct server_mood *mood);
void io_stop(struct io *io); /* once */

struct moment io_now(struct io *io);
/* For the writer, at the end of the turn. Takes the job. */
void io_ask(struct io *io, struct job **job);

/* ---- visit.c ---- */
void visit_accept(struct io *io, struct accepted *a);
void visit_done(struct io *io, struct job **job);
void visit_stop(struct visit *v);
void visit_abort(struct visit *v);
#endif
