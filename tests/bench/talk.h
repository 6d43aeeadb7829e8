/* What the load programs check of every answer, and how they read a server's CPU. */
#ifndef BENCH_TALK_H
#define BENCH_TALK_H

#include "clients.h"
#include "dial.h"

/* What one client still waits for. */
struct talk {
	struct client *who;
	bool greeted;          /* HelloAck with code 0 came */
	uint64_t acked_seq;    /* verdicts came up to this one, each accepted */
	uint64_t last_lsn;     /* of the newest verdict */
	uint64_t head_size;    /* of the newest head: commits are told apart by it */
	bool paged;            /* a Page came */
	size_t answers;        /* an Answer or a Proof came, so often */
	size_t answer_bytes;   /* of all of them */
	unsigned requests_max; /* that may be unanswered */
	struct buf *kept;      /* NULL, or where each Answer goes, a line for each */
	const char *wrong;     /* what should not have come; ends the conversation */
};

void talk_begin(struct talk *t, struct client *who);
/* A frame that came. `a` is used for the time of the call. How many ops it acked. */
size_t talk_hear(struct talk *t, const struct frame *f, struct arena *a);
/* All that its flight asked for is there, and the server's chain is ours. */
bool talk_done(const struct talk *t);

/* ---- a run's costs: this program's, the server's, and whoever else's ---- */
struct costs {
	double now_s, cpu_s, server_s, machine_s;
};
struct costs costs_now(pid_t server); /* 0: not asked about */
struct costs costs_since(const struct costs *then, pid_t server);
/* What others used of one processor's time, in per cent. */
double costs_foreign_percent(const struct costs *spent);
#endif
