/* A server with its threads, a store on disk, and clients made by hand from the protocol's encoders, all in
 * one process over real TLS. What it cannot do ends the program: the test could not be set up. */
#ifndef SERVE_WORLD_H
#define SERVE_WORLD_H

#include "build.h"
#include "check.h"

#include "net/conn.h"
#include "net/loop.h"
#include "server_net/serve.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPS = 24 }; /* of each device */

/* A device and what it remembers. */
struct party {
	struct op_id id; /* of its first op */
	uint32_t unit, person;
	struct buf cert;
	struct tls *tls;
	struct tls_session *session;
	struct packed op[OPS + 1];
	struct hash chain[OPS + 1];
	uint64_t acked;        /* 1..acked */
	uint64_t lsn[OPS + 1]; /* told with each ack */
	struct wire_verdict last;
};

struct place {
	struct world w;
	struct p256_key *ca_key, *key; /* all devices share one key, each has its own certificate */
	struct buf ca, server_cert, server_pem, device_pem;
	struct enroller *enroller;
	struct codes_mem *codes;
	struct devices *devices;
	struct serve_setup setup; /* may be changed before place_serve() */
	struct serve *serve;
	pthread_t thread;
	struct addr at;
	struct party *party;
	size_t parties;
	struct err e;
	atomic_uint commands, tidied;
	int command_rc;
};

void place_open(struct place *p, size_t parties);
void place_serve(struct place *p); /* in a thread of its own */
void place_stop(struct place *p);  /* and wait for its end */
void place_close(struct place *p);

/* One contact: Hello and ops in one flight, then Close. */
struct guest {
	struct place *p;
	struct party *party; /* NULL: no certificate */
	struct conn *conn;
	struct loop *loop;
	uint64_t first, last;         /* ops to send; none when first is beyond last */
	struct span raw;              /* instead: these bytes and nothing more */
	bool up, down, resumed, stay; /* stay: do not close when all is acked */
	unsigned hello_code, error;   /* what the server said; 999: nothing */
	bool closed_by_server;
	uint32_t close_code;
	uint8_t nonce; /* of the installation; 0: the one that was enrolled */
	enum conn_why why;
	void (*on_hello)(struct guest *g); /* HelloAck has come */
	void (*on_end)(struct guest *g);
};
void guest_come(struct guest *g, struct loop *loop);

/* The steady clock. */
int64_t now_ms(void);
void sleep_ms(int ms);
#endif
