/* One contact with the server over the network. Each function blocks its caller until the contact
 * is over, on a loop of its own; nothing else of the client may be used meanwhile. What happened is
 * an error in words for the person at the device: -ERR_BUSY when trying again later is enough (no
 * line, a busy server), any other code when somebody must act first. Whatever happens, what was
 * typed stays. */
#ifndef CLIENT_CONTACT_H
#define CLIENT_CONTACT_H

#include "client/enrolment.h"
#include "client/sync.h"
#include "net/clock.h"

struct contact {
	struct clock steady, real;
	struct clock shown;    /* what people are shown as the time of the contact; zero: `real` */
	const char *address;   /* HOST:PORT */
	const char *before;    /* where it was served before, when `address` is another; or NULL */
	struct span cert, key; /* the device's; not used to enrol */
	struct span session;   /* of the last contact, tls_session_save(); empty: from scratch */
	struct sync_ask ask;
	/* Called now and then while a sync goes on; may be NULL. */
	void (*progress)(void *ctx, const struct sync_result *so_far);
	void *ctx;
	/* With `often`: true once somebody wants no more of it (NULL: nobody does). The line is cut then, which loses
	 * nothing: what was confirmed is, the rest stays queued. -ERR_BUSY. */
	bool (*stopped)(void *ctx);
	bool often; /* progress is called every 50 ms too, with NULL before there is a sync: for who has
		     * other work to do. It may use the client, which is between two calls then. */
};

enum { CONTACT_SESSION_MAX = 16384, CONTACT_RECEIPTS_MAX = 64 };

struct contact_result {
	struct sync_result sync;
	bool reached; /* TLS was up, with the server that was pinned */
	bool resumed;
	const char *
		line; /* NULL: the contact went to its end; else what became of the line: "no-line" */
	uint64_t wire_in, wire_out;                /* TCP payload, handshake included */
	struct buf session;                        /* for the next contact; empty: there is none */
	struct buf certificate;                    /* renewed, checked; empty: not renewed */
	struct buf answer;                         /* JSON */
	struct buf receipts[CONTACT_RECEIPTS_MAX]; /* in the order asked; empty: not got */
};
void contact_result_init(struct contact_result *r);
void contact_result_fini(struct contact_result *r);

/* Certificates are judged by the later of the device's clock and the newest time the server signed.
 */
int contact_sync(struct contact_result *out, struct client *c, const struct contact *how,
		 struct err *e);

/* How a contact ended, or an answer that came by stick, as an error in words; 0 when all is done. */
int contact_words(const struct sync_result *r, const struct client_state *st, struct err *e);

/* Enrol over the network: PROTOCOL.md, section 11. `request` is what enrol_request() made. */
int contact_enrol(struct enrolled *out, const struct contact *how, struct span request,
		  const struct code_key *code, const struct p256_public *mine, struct err *e);

/* Wait; for a server that said when to come back. */
int contact_wait(struct clock steady, int64_t ms, struct err *e);
#endif
