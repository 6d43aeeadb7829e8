/* What each kind of stranger says (says.c), and how a server is looked at from outside. */
#ifndef STRANGERS_H
#define STRANGERS_H

#include "clients.h"

#include "proto/wire.h"

/* How far a stranger goes as any device does, before it does what it came for. */
enum way {
	WAY_RAW,    /* connected */
	WAY_OLD,    /* a handshake of an older TLS, no further */
	WAY_NOBODY, /* TLS without a certificate */
	WAY_TLS,    /* TLS with a device's certificate */
	WAY_GREETED /* Hello was answered */
};

struct said {
	struct buf *out;
	const struct client *who;
	uint64_t *draws;
	size_t at_once; /* a drip's bytes that go at once, the others one by one */
};

struct kind {
	const char *name;
	enum way way;
	void (*say)(struct said *s);  /* all at once */
	void (*drip)(struct said *s); /* byte by byte */
	bool again;                   /* who has ended begins anew */
	bool leaves;                  /* ends itself once greeted */
	bool stays;                   /* nobody is to be ended */
	bool deaf;                    /* reads nothing any more */
	bool told;                    /* Error, or an answer, comes before the end */
	unsigned ended_ms;            /* the server ends each in so long; 0: not asked */
	unsigned each_kib;            /* what one may cost at most; 0: the usual */
};

void nothing(struct said *s);
void random_bytes(struct said *s);
void first_hello(struct said *s); /* of TLS */
void own_hello(struct said *s);   /* the protocol's */
void half_submit(struct said *s);
void pulls(struct said *s);
void wrong_enrol(struct said *s);
void too_long(struct said *s);
void nested(struct said *s);

struct weight {
	double kib; /* of its own: a mapped store's pages are the system's */
	unsigned files;
};
/* Fails the program when there is no such process. */
struct weight weigh(pid_t pid);
#endif
