/* One sync as the device sees it: bytes in, bytes out, deadlines. What it learns is committed before it
 * goes on, so it may be cut at any byte and begun again. PROTOCOL.md, sections 3 to 12. */
#ifndef CLIENT_SYNC_H
#define CLIENT_SYNC_H

#include "client/client.h"
#include "client/keyring.h"

struct sync;

struct sync_now {
	uint64_t mono_ms; /* never goes back: deadlines */
	int64_t wall_ms;  /* the device's clock: shown */
};

struct sync_ask {
	uint8_t nonce[16];        /* of the installation, kept outside the store */
	struct span csr;          /* to send when the server asks to renew; empty: do not */
	struct span seal_key;     /* with it, when it changes */
	const uint64_t *receipts; /* lsns whose receipts to fetch */
	size_t receipt_count;
	const struct wire_query *query; /* NULL none */
	uint32_t held_extra;  /* drafts held elsewhere (pages of the face), told to the server */
	struct keyring *keys; /* of the register; NULL: this contact is not about them */
	bool carry;           /* bring the bundles of others, and fetch their answers */
};

/* How a contact ended, or goes on. */
enum sync_end {
	SYNC_GOING,
	SYNC_DONE,    /* all sent and read, closed in order */
	SYNC_LATER,   /* busy, stopping, or something is "not now": see retry_after_ms */
	SYNC_CUT,     /* the line broke or a deadline passed */
	SYNC_HALTED,  /* see client_state().halt */
	SYNC_RENEW,   /* the certificate has expired, and there was no request to send */
	SYNC_TROUBLE, /* see client_state().trouble */
	SYNC_BREACH,  /* the server broke the protocol */
	SYNC_FAILED,  /* the own store failed: see sync_error() */
	SYNC_ENDS
};
const char *sync_end_name(enum sync_end end); /* "later" */

struct sync_result {
	enum sync_end end;
	uint64_t sent, acked, refused, late, pulled, rounds, bytes_in, bytes_out;
	uint64_t not_now;   /* ops that stay queued though they were sent */
	uint64_t set_aside; /* ops put to a person in this contact */
	uint64_t old_sent;  /* entries brought back to a restored server, own ones too */
	/* bundles of others: answered, found no good by the server, still to be brought */
	uint64_t carry_answered, carry_refused, carry_left;
	uint64_t keys_sent, keys_got, keys_refused; /* wraps of the register */
	uint64_t keys_recovered;                    /* unit keys that opened for others */
	uint32_t why;                               /* enum wire_code of the last refusal, 0 none */
	uint32_t retry_after_ms, jitter_ms;
	bool new_epoch, restarted, recovering, renew_wanted;
};

/* Begin: TLS is up and the server's certificate was checked. Everything lent must outlive the sync; the
 * client is not used otherwise meanwhile, except between calls. */
int sync_new(struct sync **out, struct client *c, const struct sync_ask *ask, struct sync_now now,
	     struct err *e);
void sync_free(struct sync *s);

/* Bytes to send, and how many of them the transport took. */
struct span sync_output(const struct sync *s);
void sync_taken(struct sync *s, size_t bytes, struct sync_now now);
/* Bytes that came. False: the contact is over, close once the output is flushed. */
bool sync_receive(struct sync *s, struct span bytes, struct sync_now now);
/* The transport has ended, however. */
void sync_cut(struct sync *s);
uint64_t sync_deadline(const struct sync *s); /* mono_ms */
bool sync_tick(struct sync *s, struct sync_now now);

const struct sync_result *sync_result(const struct sync *s);
const struct err *sync_error(const struct sync *s);

/* Renewed certificate (DER), the query's answer, receipts as bytes of their message (data NULL: not got). */
struct span sync_certificate(const struct sync *s);
struct span sync_answer(const struct sync *s);
struct span sync_receipt(const struct sync *s, size_t i);
#endif
