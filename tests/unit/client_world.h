/* Devices and a server for tests of the client: the server's side is a whole ledger and proto's encoders,
 * nothing of the server's own code. What it should say wrongly is told beforehand. */
#ifndef CLIENT_WORLD_H
#define CLIENT_WORLD_H

#include "build.h"

#include "client/entry.h"
#include "client/outbox.h"
#include "client/overlay.h"
#include "client/sync.h"
#include "crypto/seal.h"

#include "proto/link.h"

/* It acks ops of the device and stores something else in their place. */
struct liar {
	uint32_t from_seq; /* from this one on */
	uint64_t
		beyond; /* acked as entries so far behind the log's end, under a head of that size; 0: as the newest */
	uint64_t acked; /* what it says in HelloAck; lasts over contacts */
	struct hash chain;
};

/* What the server does besides the ordinary; zero is ordinary. */
struct script {
	uint32_t hello_code;   /* HelloAck with this code */
	bool succeeded;        /* ... and this word */
	uint32_t epoch;        /* with WIRE_NEW_EPOCH */
	uint32_t not_now_from; /* ops from this seq on are "not now" ... */
	uint32_t not_now_why;  /* ... for this reason */
	uint64_t hide_lsn;     /* left out of pages */
	uint64_t forge_lsn;    /* another entry in pages, in the same place of every chain */
	uint64_t back_to;      /* Pull answered by restart there, with the authority there is */
	bool no_proofs;        /* Prove is refused */
	bool forge_head;       /* heads of another root */
	bool unsigned_head;    /* heads of another key */
	bool wrong_chain;      /* HelloAck.chain of another history */
	bool no_marks;
	bool no_heads;     /* in pages */
	size_t page_bytes; /* 0: the default */
	bool restart_once; /* Pull answered by restart with this authority */
	uint64_t authority;
	const struct wire_branch *line;
	size_t line_count;
	bool recovering;
	bool busy;        /* Busy instead of HelloAck */
	bool forge_hello; /* the head of HelloAck alone */
	bool grows;       /* somebody else writes between HelloAck and what follows */
	uint32_t jitter_ms;
	struct liar *liar;      /* NULL: an honest one */
	uint32_t other_verdict; /* acks say this one, whatever was stored */
	uint64_t other_lsn;     /* ... and so much less as their number */
	bool late_page;   /* the first one is sent behind the Ack to what comes after its Pull */
	bool rebase;      /* judge ops of another incarnation as if made on this one */
	bool old_refused; /* old entries, all of them, for good */
	bool old_unread;  /* no page behind them */
	struct carry_side *carry; /* bundles of others; NULL: not spoken */
};

/* A bundle that a carrier brings in pieces, and the answer to it. */
struct carry_side {
	struct buf got;       /* lasts over contacts */
	struct span answer;   /* for AnswerGet; empty: there is none yet */
	uint32_t code;        /* of each BundleAck */
	size_t stalls;        /* so many pieces that are not kept */
	size_t part;          /* AnswerPart holds so much at most */
	size_t pieces, parts; /* asked for */
};

struct side {
	struct world *w;
	struct device *d;
	struct script script;
	struct buf in, out, late;
	bool hello_good, closed, restarted;
	uint64_t hellos, submits, pulls, olds, proves, ops_in, old_entries, submits_before_old,
		busy_left;
	struct wire_hello hello;
	uint8_t other_root[32];
	uint8_t old_of[4][16]; /* the incarnations of the first Olds */
	bool forging;
	uint64_t phantom; /* heads say this size */
};

struct desk { /* one device with its person */
	struct world *w;
	struct device d;
	struct kv *kv;
	struct client *c;
	uint8_t nonce[16];
	int64_t now_ms;
	struct side s;
	struct sync_result r;           /* of the last sync */
	struct buf receipt;             /* the first one of the last sync */
	struct buf certificate, answer; /* of the last sync */
	struct err e;
};

/* A province, two districts, four grassroots organisations; the real monthly form for C1 (4) and C2 (5),
 * the real flash form, form 101 for the others. */
void site_open(struct world *w);
/* The same with a monthly form of a few measures. */
void site_open_small(struct world *w);

/* What bundles are sealed to. */
struct seal_key site_seal(void);

void desk_open(struct desk *k, struct world *w, uint32_t unit, enum person_role role);
void desk_close(struct desk *k);
/* All rows of the device's store into an empty one. */
void desk_copy_to(struct desk *k, struct kv *other);
void desk_reopen(struct desk *k); /* the client, over the same store */
/* The same device over a copy of its store, beside a copy of the server's. */
void desk_clone(struct desk *to, struct world *tw, const struct desk *from);
void world_clone(struct world *to, const struct world *from); /* in memory; to be closed as any */
/* The device's server is `from` now, an older copy that goes on as another incarnation and says so. `branch`, which
 * lasts as long as that is told, is filled. */
void desk_restored(struct desk *d, struct world *from, struct wire_branch *branch);
/* The same where there are several: the new incarnation's id is 16 of these bytes. */
void desk_restored_as(struct desk *d, struct world *from, struct wire_branch *branch, uint8_t id);
/* Release what desk_clone and world_clone made. */
void desk_clone_close(struct desk *k, struct world *w);

/* One contact. `cut`: the line breaks after so many bytes, both ways together (SIZE_MAX: it holds).
 * Returns the bytes that passed. The result is k->r. */
size_t desk_sync_cut(struct desk *k, size_t cut);
/* One that must end SYNC_DONE. */
void desk_sync(struct desk *k);
enum sync_end desk_try(struct desk *k); /* whatever it ends with */
enum sync_end desk_receipt(struct desk *k, uint64_t lsn);
/* One with these wishes. */
enum sync_end desk_ask(struct desk *k, struct sync_ask *ask);
/* Told when a contact enters and leaves the client's own code; NULL: nobody is. */
extern void (*desk_product)(bool begins);

/* The server's side is handed bytes, and answers into s->out. */
void side_hear(struct side *s, struct span bytes);

/* ---- short words ---- */
struct period month22(int month);
/* Open, or fail the test. */
struct entry_sheet *desk_entry(struct desk *k, uint32_t unit, const char *form, struct period p);
/* Type and keep some figures: measure, value, measure, value, 0. */
void desk_type(struct desk *k, uint32_t unit, const char *form, struct period p, ...);
/* Submit as typed; 0 or the error. */
int desk_submit(struct desk *k, uint32_t unit, const char *form, struct period p,
		const struct entry_how *how, struct op_id *id);
/* A month of form 101 at `unit`: admitted, members_end, signed own. */
struct op_id desk_month(struct desk *k, uint32_t unit, int month, int64_t admitted, int64_t end);
struct client_status desk_status(struct desk *k);
/* Another device of that unit signs a month of 50 members and sends it; the number of its entry. */
uint64_t somebody_writes(struct world *w, uint32_t unit, int month);
/* The value that counts on the server, INT64_MIN none. */
int64_t server_value(struct world *w, uint32_t unit, uint8_t form, struct period p,
		     uint16_t measure);
int64_t client_value(struct desk *k, uint32_t unit, uint8_t form, struct period p,
		     uint16_t measure);
/* Entries of this device in the server's log; fails on one identity with two bodies. */
uint64_t server_own_entries(struct world *w, uint64_t device);
#endif
