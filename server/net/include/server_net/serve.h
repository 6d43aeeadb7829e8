/* A running server: I/O threads with a loop each, one thread for the writer, and the caller's thread for
 * signals and local commands. What is decided is decided in server_core; this carries it out. */
#ifndef SERVER_NET_SERVE_H
#define SERVER_NET_SERVE_H

#include "net/conn.h"
#include "server/session.h"
#include "server/writer.h"

enum {
	SERVE_THREADS_MAX = 16,
	SERVE_STOP_MS = 5000, /* how long the last Acks may take when it stops */
};

struct serve;

/* What a local command finds when it runs: on the writer's thread, between two batches, so that it may
 * write to the ledger as if it were alone. */
struct serve_desk {
	struct devices *devices;
	struct server_mood mood;
	struct moment now;
	bool *behind; /* set: what was brought holds a signed head that the log lacks */
	uint8_t *
		successor; /* 16 bytes, zero: the promoted standby's incarnation, when it was its head */
};

struct serve_setup {
	struct kv *kv;
	/* The writing ledger with its key: the writer's thread's, from serve_open() to serve_close(). */
	struct ledger *ledger;
	const struct ed25519_key *log_key;
	struct devices *devices; /* likewise */
	struct sticks *sticks;   /* likewise; NULL: nothing comes by stick */
	struct keystore *keys;   /* likewise; NULL: no keys of the register */
	struct writer_hands hands;
	bool behind, succeeded;
	struct tls_config tls; /* lent for the call */
	struct addr at;        /* port 0 picks one */
	unsigned threads, connections_max, per_host_max;
	uint32_t jitter_max_ms;    /* see server_jitter_ms(); 0: none */
	struct conn_limits limits; /* zero: as conn.h says */
	struct span program;
	uint8_t mark_key[32]; /* by which entries are known that were given out: see server.h */
	struct clock real;
	server_query *query; /* on any I/O thread */
	void *query_ctx;
	const char *dir; /* where the socket for local commands is made */
	void *ctx;       /* of what follows */
	/* Once it is known where it listens, before anybody is served. The enroller stays the caller's, and
	 * is the writer's thread's from then on. */
	int (*listening)(void *ctx, const struct addr *at, struct enroller **enroller,
			 struct err *e);
	/* On the writer's thread. The answer is whatever the asker understands. -ERR_FATAL: as of a batch;
	 * everything else is in the answer. */
	int (*command)(void *ctx, const struct serve_desk *desk, struct span request,
		       struct buf *answer, struct err *e);
	/* On the writer's thread: a device has shown a head that the log lacks. To be kept on disk before
	 * this returns. `successor`: the incarnation of the promoted standby whose head it is, NULL else. */
	void (*fell_behind)(void *ctx, const uint8_t successor[16]);
	/* On the writer's thread, when it starts and about once an hour. */
	void (*tidy)(void *ctx, struct moment now);
	/* On the caller's thread: about once a minute; at SIGHUP. May call serve_reload(). */
	void (*minute)(void *ctx, struct serve *s);
	void (*hangup)(void *ctx, struct serve *s);
};

/* Name of the socket for local commands, in `dir`. */
#define SERVE_SOCKET "control"

/* Listens and serves when it returns. -ERR_BUSY (the port, or another server in `dir`), -ERR_DENIED,
 * -ERR_NOTFOUND (no such address), -ERR_IO, -ERR_NOMEM; or what the store said. */
int serve_open(struct serve **out, const struct serve_setup *setup, struct err *e);
struct addr serve_addr(const struct serve *s); /* with the port that was picked */

/* Until SIGTERM, SIGINT or serve_stop(). Everything acked is committed then. A store whose commit has an
 * unknown outcome ends the process at once, from within, with nobody answered. */
int serve_run(struct serve *s, struct err *e);
/* From any thread. */
void serve_stop(struct serve *s);
void serve_close(struct serve *s); /* after serve_run(), or instead of it */

/* Other certificates, for handshakes from now on. From any thread. */
int serve_reload(struct serve *s, const struct tls_config *tls, struct err *e);
#endif
