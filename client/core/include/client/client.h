/* What a device holds: base (entries that the feed brought), its own ops with their verdicts, and drafts.
 * Everything is in one store and every change is one commit. No sockets, no clock, no randomness: time and
 * bytes are arguments. One thread at a time. Tables: the client's page of common/ledger/KEYS.md. */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include "ledger/ledger.h"
#include "proto/wire.h"

enum { CLIENT_TABLES = LEDGER_TABLES, CLIENT_ADDRESS_MAX = 255 };

struct client;

/* Who this device is: pinned at enrolment, kept for its life. */
struct identity {
	uint64_t device;
	uint32_t unit, person;
	enum person_role role; /* at enrolment; client_role() knows the present one */
	uint8_t store[16];
	uint8_t log_key[32];
	uint8_t seal_key[32]; /* of the server */
	uint8_t ca[WIRE_CERT_MAX];
	size_t ca_len;
	char address[CLIENT_ADDRESS_MAX + 1];
};

/* Why nothing is sent. Typing goes on in each of them. */
enum client_halt {
	HALT_NONE,
	HALT_SUSPENDED, /* two installations of one device: the operator decides */
	HALT_REVOKED,
	HALT_UNKNOWN,     /* the server does not know this device */
	HALT_WRONG_STORE, /* another province's server */
	HALT_FORKED,      /* two histories of this device: a person must look */
	HALT_BEHIND,      /* the server lacks what it once signed: its operator must act */
	HALT_VERSION,     /* no common version of the protocol */
	HALT_SUCCEEDED,   /* the server says that another goes on in its place */
	HALTS
};
const char *client_halt_name(enum client_halt h); /* "suspended"; "" for none */

/* Why the feed is not read further. What is held stays; each contact tries again. */
enum feed_trouble {
	FEED_FINE,
	FEED_GAP,       /* something was left out or changed */
	FEED_HISTORIES, /* two signed heads that cannot both be true */
	FEED_NEWER,     /* an entry that needs a newer program */
	FEED_UNREADABLE,
	FEED_NOT_AS_ACKED, /* an own op was acked, and is not in the log, or not as the ack said */
	FEED_TROUBLES
};
const char *feed_trouble_name(enum feed_trouble t); /* "gap"; "" for none */

struct client_state {
	uint32_t epoch;
	uint64_t next_seq;         /* of the next op */
	struct hash chain;         /* h(next_seq - 1) */
	uint64_t acked_seq;        /* 1..acked_seq of this epoch have verdicts */
	struct wire_cursor cursor; /* how far base has read; all zero: nothing yet */
	uint64_t own_lsn;          /* the last own entry in base */
	bool staging;              /* a new base is being fetched beside the old one */
	struct wire_cursor staged; /* how far that one has read */
	enum client_halt halt;
	enum feed_trouble trouble;
	uint64_t trouble_lsn;     /* FEED_NOT_AS_ACKED: as what the op was acked, else read up to */
	struct hash ours, theirs; /* HALT_FORKED: the two values of h() */
	uint64_t archived_through;
	int64_t contact_ms; /* device time of the last HelloAck, 0 never */
	int64_t server_ms;  /* newest time the server signed */
	uint64_t ack_lsn;   /* of the last verdict under a verified head, 0 none */
	int64_t ack_ms;     /* that head's time */
};

/* Make the store of a device just enrolled. `epoch` and `incarnation` are of EnrolAnswer. One commit.
 * -ERR_EXISTS when there is one. */
int client_create(struct kv *kv, const struct identity *id, uint32_t epoch,
		  const uint8_t incarnation[16], struct err *e);

/* The same store as another device of the same province, after the one before was revoked: base is empty
 * again, every own op without a verdict is put to a person, drafts stay. When the server did not know the
 * device (HALT_UNKNOWN) it has none of its ops, and those with a verdict are put to a person too. One
 * commit; close and open it again afterwards, whatever it returned. *aside: how many wait for a person.
 * -ERR_DENIED: the new device is of another store. */
int client_again(struct client *c, const struct identity *id, uint32_t epoch, uint64_t *aside,
		 struct err *e);

/* The kv must outlive it. -ERR_NOTFOUND (not enrolled), -ERR_VERSION, -ERR_CORRUPT. */
int client_open(struct client **out, struct kv *kv, struct err *e);
void client_close(struct client *c);

const struct identity *client_identity(const struct client *c);
const struct client_state *client_state(const struct client *c);
/* Base, for queries. Lent until the client next takes in a page. */
struct ledger *client_base(const struct client *c);
/* As base knows it now, else as at enrolment. */
enum person_role client_role(const struct client *c);
/* Name of the device's person, as base knows it; "" unknown. Copied. */
/* Any person whose entry this device holds; empty: not here. */
int client_name_of(struct client *c, uint32_t person, char out[NAME_MAX_BYTES + 1], struct err *e);
int client_person_name(struct client *c, char out[NAME_MAX_BYTES + 1], struct err *e);

/* Many acts in one commit. Each function that changes something begins and commits by itself when no
 * batch is open. After a failure the batch must be aborted: then nothing of it has happened. */
int client_begin(struct client *c, struct err *e);
int client_commit(struct client *c, struct err *e);
void client_abort(struct client *c);
/* Another number after every commit: what was worked out under the same one still holds. Never 0. */
uint64_t client_changes(const struct client *c);

struct client_status {
	uint64_t drafts;
	uint64_t queued; /* own ops without a verdict */
	uint64_t aside;  /* of them: of an epoch that is no more, waiting for a person */
	uint64_t acked, refused, late; /* own ops by their verdict */
	uint64_t contested;            /* figures */
	int64_t oldest_unsent_ms;      /* device time of the oldest draft or queued op, 0 none */
	int64_t last_contact_ms;
	uint64_t last_ack_lsn;
	int64_t last_ack_ms;
	enum client_halt halt;
	enum feed_trouble trouble;
};
int client_status(struct client *c, struct client_status *out, struct err *e);
#endif
