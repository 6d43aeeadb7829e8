/* A standby's side of one contact with the server it follows: what it asks, what it believes, what it keeps.
 * PROTOCOL.md, section 17. Bytes, records and the time in, bytes out; the loop and a simulator drive the same code. */
#ifndef SERVER_FOLLOWER_H
#define SERVER_FOLLOWER_H

#include "ledger/ledger.h"
#include "proto/wire.h"
#include "server/keystore.h"
#include "server/server.h"

struct follower;

/* What it was told when it was enrolled. */
struct follower_who {
	uint8_t store[16], log_key[32], nonce[16];
	uint64_t device;
	uint32_t epoch;
};

enum follower_end {
	FOLLOWER_GOING,
	FOLLOWER_LATER,   /* the line, a busy server, a full disk: come again */
	FOLLOWER_STOPPED, /* what it follows is no continuation of what it has: a person must look */
	FOLLOWER_FAILED,  /* its own store: nothing more can be done with it; see err */
};

struct follower_state {
	enum follower_end end;
	struct err err; /* why, when it is not FOLLOWER_GOING */
	uint32_t retry_ms;
	bool met;   /* the server has let it in */
	bool level; /* it has all that the server had when it last said so */
	uint64_t lsn,
		proven; /* entries it has; how many of them a signed head was proven to begin with */
	uint64_t server_lsn; /* of the newest head it was shown */
	int64_t server_ms;   /* when that was signed */
};

struct follower_setup {
	struct kv *kv;
	struct ledger **
		ledger; /* *ledger NULL: `kv` is empty; opened when entry 1 has come. The caller's. */
	struct keystore *keys;
	struct follower_who who;
	struct span program, csr; /* lent; csr: what a renewed certificate is asked with */
	uint64_t proven;          /* of before */
	uint64_t poll_ms;         /* how soon it asks again when it has everything */
	/* A certificate came in place of the old one, DER. */
	int (*renewed)(void *ctx, struct span certificate, struct err *e);
	void *ctx;
};

/* TLS is up, with the server that was pinned. */
int follower_new(struct follower **out, const struct follower_setup *setup, struct moment now,
		 struct err *e);
void follower_free(struct follower *f);

/* All that came. False: it is over, the state says how; what is still to be sent may be. */
bool follower_receive(struct follower *f, struct span bytes, struct moment now);
struct span follower_output(const struct follower *f);
void follower_taken(struct follower *f, size_t bytes, struct moment now);
/* When follower_tick() is wanted; its false is as of follower_receive(). */
uint64_t follower_deadline(const struct follower *f);
bool follower_tick(struct follower *f, struct moment now);
/* The line is gone. */
void follower_cut(struct follower *f);

const struct follower_state *follower_state(const struct follower *f);
#endif
