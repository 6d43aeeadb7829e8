/* One connection, as a state machine: which frame may come now, how much may be unanswered, until when
 * the next thing must happen. Both ends drive the same machine with the frames that pass; it reads and
 * writes nothing, and time is an argument. PROTOCOL.md, section 3. */
#ifndef PROTO_LINK_H
#define PROTO_LINK_H

#include "proto/frame.h"
#include "proto/wire.h"

enum link_side { LINK_SERVER, LINK_CLIENT };

/* Zero is the end, so a gap in the table fails safe. */
enum link_state {
	LINK_DONE,
	LINK_START,   /* TLS is up, nothing passed yet */
	LINK_JUDGING, /* Hello passed; the client may send the rest of its first flight */
	LINK_OPEN,
	LINK_LIMITED, /* the certificate has expired: renewing only */
	LINK_REFUSED, /* what came behind Hello is answered "not now" */
	LINK_ENROLLING,
	LINK_ENDING, /* what is still owed, and no more */
	LINK_STATES
};

enum {
	LINK_SUBMITS_MAX = 16,  /* Submit frames unanswered */
	LINK_REQUESTS_MAX = 16, /* bound of credit_requests */
	LINK_FLIGHT_OPS = 256,  /* always allowed before HelloAck */

	LINK_FIRST_MS = 10000,
	LINK_JUDGING_MS = 30000,
	LINK_JUDGED_MS = 60000, /* server, client */
	LINK_FRAME_MS = 60000,
	LINK_IDLE_MS = 120000,
	LINK_OWED_MS = 60000,
	LINK_AWAITED_MS = 120000, /* server, client */
	LINK_DRAIN_MS = 60000
};

struct link_credits {
	uint32_t ops, bytes, requests, frame_max;
};

/* What the machine needs to know of a frame besides its type. */
struct link_load {
	size_t bytes;                /* of the payload */
	size_t ops;                  /* Submit: items; Ack: verdicts */
	uint32_t code;               /* HelloAck */
	uint32_t of;                 /* Busy, Error: the request answered, 0 none */
	bool fatal;                  /* Error */
	struct link_credits credits; /* HelloAck; of Hello only frame_max */
};

/* From a decoded message, or from one about to be sent. */
struct link_load link_load_of(unsigned type, const union wire_any *m, size_t payload_bytes);

struct link {
	enum link_side side;
	enum link_state state;
	bool certified;
	enum wire_code why; /* of the end: WIRE_OK for an orderly one */
	uint64_t now_ms, state_ms, moved_ms;
	bool partial, pending;
	uint64_t partial_ms, pending_ms;
	struct link_credits credits;
	uint32_t client_frame_max;
	size_t flight_bytes;
	/* Submits and requests unanswered, oldest first. */
	struct {
		size_t ops, bytes;
	} submit[LINK_SUBMITS_MAX];
	size_t submits, ops, bytes;
	uint8_t request[LINK_REQUESTS_MAX];
	size_t ops_before[LINK_REQUESTS_MAX]; /* ops a Pull waits for */
	size_t requests;
};

/* `certified`: the client has shown a certificate of ours. After the TLS handshake. */
void link_init(struct link *l, enum link_side side, bool certified, uint64_t now_ms);

/* WIRE_OK, or why a frame of this type may not come from the peer now. */
enum wire_code link_refuses(const struct link *l, unsigned type);

/* A frame_limit for frame_decode(): the same, with the size. When frame_decode() fails, tell the peer
 * what link_refuses() says of the type, and WIRE_TOO_LARGE if that is nothing; then link_breach(). */
long link_limit(const void *link, unsigned type, struct err *e);

/* The connection is beyond repair; `why` is told to the peer where there is still a way. */
void link_breach(struct link *l, enum wire_code why);

/* A whole frame came and was decoded. False: a breach, l->why says which; the link is done. */
bool link_received(struct link *l, unsigned type, const struct link_load *load, uint64_t now_ms);

/* May this frame be sent now? The answer for a Submit or a request can change from false to true when
 * answers come. */
bool link_may_send(const struct link *l, unsigned type, const struct link_load *load);
/* It was handed to the transport. Only after link_may_send(). */
void link_sent(struct link *l, unsigned type, const struct link_load *load, uint64_t now_ms);

/* Should the transport read? Not while Hello is judged (server), nor after the end. */
bool link_reads(const struct link *l);

/* After each turn: are there bytes of an unfinished frame; is output waiting for the peer. */
void link_partial(struct link *l, bool partial, uint64_t now_ms);
void link_pending(struct link *l, bool pending, uint64_t now_ms);

/* When something must have happened; UINT64_MAX when done. Absolute: bytes that finish nothing do not
 * move it. */
uint64_t link_deadline(const struct link *l);
/* False once the deadline has passed: the link is done, l->why is WIRE_TIMEOUT. */
bool link_tick(struct link *l, uint64_t now_ms);

/* Ending, and nothing is owed any more: flush and close. */
bool link_finished(const struct link *l);

/* Whose answer the next request's answer must be: the oldest one's type, 0 none. */
unsigned link_next_request(const struct link *l);
/* May that one be answered now? A Pull waits for the ops sent before it. */
bool link_request_ready(const struct link *l);
#endif
