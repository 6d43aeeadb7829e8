/* The writer's thread: takes jobs from the I/O threads and local commands from the main one, runs a batch
 * as soon as the one before has ended, and hands the answers back. */
#ifndef SERVER_NET_WTHREAD_H
#define SERVER_NET_WTHREAD_H

#include "server_net/serve.h"

#include "hours.h"

struct wthread;

/* Work between two batches. -ERR_FATAL ends the process. */
struct wcall {
	int (*run)(struct wcall *c, const struct serve_desk *desk, struct err *e);
	struct wcall *next;
};

struct wthread_setup {
	const struct serve_setup *serve;
	struct enroller *enroller;
	struct hours *hours;
	/* Finished jobs by the thread that asked, and how it stands with the writer; empties the lists. */
	void (*deliver)(void *ctx, struct job_list *done, const struct server_mood *mood);
	void *ctx;
};

/* Of its name in jobs, the part that says whose connection it is. */
static inline unsigned conn_thread(uint64_t conn)
{
	return (unsigned)(conn & 0xff);
}

int wthread_start(struct wthread **out, const struct wthread_setup *setup, struct err *e);
/* From any thread. Empties the list. */
void wthread_put(struct wthread *w, struct job_list *jobs);
void wthread_call(struct wthread *w, struct wcall *c);
/* What was put before is done first. Nobody may put any more. */
void wthread_end(struct wthread *w); /* NULL is fine */
#endif
