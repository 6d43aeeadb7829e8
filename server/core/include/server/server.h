/* What the sessions of one I/O thread share, and the two clocks they are told.
 *
 * Who owns what. Each I/O thread has one `struct server`: its own reading ledger over the common store,
 * a copy of the writer's mood, and its sessions. One thread has the `struct writer` with the writing
 * ledger, the enroller and the table of devices. Between them travel `struct job`s, each owned by one
 * side at a time, and moods by value; nothing else is shared. In one thread (the simulator) the server
 * may read through the writer's own ledger. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "ledger/feed.h"
#include "proto/wire.h"

/* Read once per turn. Deadlines are of the first, receive times of the second. An illustrative store
 * has a clock of its own; certificates, which the other side judges by the world's, are of the third (0:
 * the second). */
struct moment {
	uint64_t mono_ms;
	int64_t wall_ms;
	int64_t real_ms;
};

static inline int64_t moment_real_ms(struct moment m)
{
	return m.real_ms ? m.real_ms : m.wall_ms;
}

struct server_limits {
	uint32_t frame_max, credit_ops, credit_bytes, credit_requests, page_max;
	uint32_t retry_ms; /* with "not now" and Busy: at least so long */
	/* Told in HelloAck: so much for each other connection in hand, up to the most. Whoever comes alone is
	 * told none. */
	uint32_t jitter_each_ms, jitter_max_ms;
};
extern const struct server_limits server_limits_default;

/* How it stands with the writer, as it told last. */
struct server_mood {
	bool busy;       /* the queue is nearly full: new Hellos are sent away */
	bool full;       /* the store is: ops are not taken */
	bool behind;     /* a device showed a head that the log lacks: nothing is written */
	bool succeeded;  /* and for good: a promoted standby goes on instead */
	bool recovering; /* after a declared restore, until the operator ends it */
	bool stopping;
};

/* JSON for a Query. `above`: the unit lies above the device's: totals without units or names of others.
 * `scope`: the device's unit. -ERR_NOTFOUND, -ERR_DENIED, -ERR_RANGE (too large) become Errors; anything else is "internal". */
typedef int server_query(void *ctx, struct ledger *l, const struct wire_query *q, bool above,
			 uint32_t scope, struct buf *json, struct err *e);

/* The line of incarnations, read again when a new one begins. */
struct server_line {
	struct arena *a;
	const struct feed_branch *at;
	size_t count;
	uint8_t of[16];
};
int server_line_load(struct server_line *line, struct ledger *l, struct err *e);
void server_line_fini(struct server_line *line);
/* Its place in the line, -1: not in it. */
int server_line_find(const struct server_line *line, const uint8_t incarnation[16]);
/* The last lsn that the present log shares with the log of that incarnation; UINT64_MAX for the
 * present one, 0 for one outside the line. */
uint64_t server_line_shared(const struct server_line *line, const uint8_t incarnation[16]);
/* As a device is told it, from the child of the incarnation that it knows to the present one; all of it when it knows one
 * that is not in the line, nothing when it knows none. Of more than WIRE_LINE_MAX the newest, and causes only of the newest
 * that together leave room in HelloAck. Lends from the line. How many. */
size_t server_line_since(const struct server_line *line, const uint8_t known[16],
			 struct wire_branch out[WIRE_LINE_MAX]);
/* Is it of another part than the device reads now? Its authority is a number of its incarnation's log: behind the branch
 * another act has that. A standby reads all, whatever is told of its authority. */
bool server_other_part(const struct server_line *line, const struct wire_cursor *c,
		       const struct feed_scope *scope);

struct server {
	struct ledger *ledger; /* this thread's */
	struct server_limits limits;
	struct server_mood mood;
	unsigned sessions;       /* open ones, of this thread */
	unsigned threads;        /* that have sessions; 0 is one */
	struct span program;     /* "ketnapd 0.1.0" */
	const uint8_t *mark_key; /* 32 bytes, from the log key; NULL: pages carry no marks */
	server_query *query;     /* NULL: questions are not answered */
	void *query_ctx;
	struct server_line line;
	struct arena *scratch; /* one message's making */
};

/* The ledger must outlive it. Limits are the default ones. */
int server_init(struct server *sv, struct ledger *l, struct err *e);
void server_fini(struct server *sv);

/* Take in what was committed since. Before each answer that reads. */
int server_refresh(struct server *sv, struct err *e);

/* 16 bytes by which we know an entry again that we gave out, should we lose it. */
void server_mark(uint8_t out[16], const uint8_t key[32], struct span entry);

/* What devices are asked to spread over that nobody waits for: a crowd now is one at the same hour the
 * next time. */
uint32_t server_jitter_ms(const struct server *sv);

/* Later the higher the number of the connection, so that a crowd sent away does not come back at once. */
uint32_t server_retry_ms(const struct server *sv, uint64_t conn);
#endif
