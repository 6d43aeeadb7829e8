/* One connection of a device or of a stranger who enrols, sans I/O: bytes, finished jobs and the time
 * in; bytes, jobs and the wish to end out. Belongs to one I/O thread. PROTOCOL.md is its contract.
 *
 * A turn of the driver:
 *   - while session_reads(): session_input() with all unread bytes, drop what was consumed
 *   - session_job() until NULL: give each to the writer's queue
 *   - a finished job of this connection: session_done(), then session_input() again: the session may
 *     read on now, though nothing new came
 *   - session_output(), session_sent() with what the transport took
 *   - session_over(): close; else wait no longer than session_deadline(), then session_tick() */
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include "crypto/cert.h"
#include "server/job.h"

/* What the transport found out before the first byte. */
struct session_peer {
	enum cert_verdict
		verdict;       /* CERT_GOOD, _EXPIRED, _EARLY, or CERT_UNREADABLE: showed none */
	struct cert_info cert; /* of the first two */
	struct hash binding;   /* TLS exporter, for enrolment */
	uint8_t address[16];   /* of the peer, cut to what one household shares */
};

struct session;

/* After the TLS handshake. `sv` must outlive it; `conn` is its name in jobs and logs. */
int session_new(struct session **out, struct server *sv, uint64_t conn,
		const struct session_peer *peer, struct moment now, struct err *e);
void session_free(struct session *s);

/* Consumes whole frames only; returns how many bytes. The rest is offered again with what follows it.
 * *need (may be NULL): how many bytes there must be before it is worth calling again. */
size_t session_input(struct session *s, struct span bytes, size_t *need, struct moment now);
/* The peer has ended its stream; the same as a Close. */
void session_input_ended(struct session *s, struct moment now);
bool session_reads(const struct session *s);

struct span session_output(const struct session *s);
void session_sent(struct session *s, size_t bytes, struct moment now);

/* The next job for the writer, or NULL. Owned by the caller. */
struct job *session_job(struct session *s);
/* A finished one; takes it. */
void session_done(struct session *s, struct job **job, struct moment now);

/* The server stops: Close after the last Ack it owes. */
void session_stop(struct session *s, struct moment now);

uint64_t session_deadline(const struct session *s); /* of the monotonic clock */
void session_tick(struct session *s, struct moment now);

/* Close the connection now. */
bool session_over(const struct session *s);

/* For the log. */
uint64_t session_device(const struct session *s); /* 0: nobody's */
enum wire_code session_why(
	const struct session *s); /* how it ended, or stands: HelloAck's code, a breach */
#endif
