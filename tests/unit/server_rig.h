/* A server in one thread and devices made by hand from the protocol's encoders: no client code, no
 * sockets, time moved by hand. What it cannot do ends the program: the test could not be set up. */
#ifndef SERVER_RIG_H
#define SERVER_RIG_H

#include "build.h"

#include "proto/link.h"
#include "server/session.h"
#include "server/writer.h"

enum { RIG_OPS = 64 };

struct rig {
	struct world w;
	struct ledger
		*reader; /* as an I/O thread has it: over the same store, beside the writer's */
	struct server sv;
	struct devices *devices;
	struct codes_mem *codes;
	struct enroller *enroller;
	struct writer *writer;
	struct p256_key *ca_key;
	struct buf ca;
	struct moment now;
	uint64_t draws, conns;
	int queries; /* how often the callback was asked */
	bool query_above;
	uint32_t query_scope;
	/* the hands */
	struct op_id in_hand;
	struct op_id parks; /* seq 0: none */
	size_t held;
	struct err e;
};

void rig_open(struct rig *r);
void rig_close(struct rig *r);
/* Another server over a copy of what `from` has committed, as after a crash: with no hands, no codes, and the CA, arena
 * and callbacks of `from`, which outlives it. */
void rig_like(struct rig *r, const struct rig *from);
void rig_like_close(struct rig *r);
void rig_wait(struct rig *r, uint64_t ms);
/* Run the writer until nothing is due; finished jobs go to `c`'s session or are dropped. */
struct wired;
void rig_run(struct rig *r, struct wired *c);
/* A job of the operator's, done; the caller frees it. */
struct job *rig_job(struct rig *r, struct job *j);
uint64_t rig_lsn(const struct rig *r);

/* What a device remembers of itself. */
struct dev {
	struct device d;
	uint8_t nonce[16];
	struct hash spki;
	uint64_t acked;
	struct hash chain[RIG_OPS + 1]; /* h(n) */
	struct packed op[RIG_OPS + 1];
	uint64_t made; /* ops made */
};
void rig_device(struct rig *r, struct dev *d, uint32_t unit, enum person_role role);
/* The device's next op, made and kept: a sheet of its unit for month `made`. */
void dev_make(struct rig *r, struct dev *d);
/* One that the test packed itself. */
void dev_keep(struct rig *r, struct dev *d, struct packed p);
void dev_make_body(struct rig *r, struct dev *d, struct span body);
struct wire_hello dev_hello(struct rig *r, const struct dev *d);
/* Ops first..last as a Submit; items live in the world's arena. */
struct wire_submit dev_submit(struct rig *r, const struct dev *d, uint64_t first, uint64_t last);

/* One connection. */
struct wired {
	struct rig *r;
	struct session *s;
	struct buf in;  /* not consumed yet by the session */
	struct buf got; /* from the server, not read yet */
	size_t got_at;
	struct arena *a;
};
void wire_up(struct rig *r, struct wired *c, const struct dev *d); /* a good certificate */
void wire_up_peer(struct rig *r, struct wired *c, const struct session_peer *peer);
struct session_peer peer_of_dev(struct rig *r, const struct dev *d);
void wire_down(struct wired *c);

/* Hand a frame, or bytes, to the session; its jobs stay with it until rig_run(). */
void say(struct wired *c, unsigned type, const void *m);
void say_bytes(struct wired *c, struct span bytes);
/* The next frame of the server; fails the test when it is of another type or there is none. Spans lend
 * from the connection until wire_down(). */
void hear(struct wired *c, unsigned type, void *m);
/* 0: nothing more was said. */
unsigned hear_next(struct wired *c, union wire_any *m);

/* Hello said and judged with code 0. */
struct wire_hello_ack greet(struct wired *c, const struct dev *d);
#endif
