/* What the storm and the object it preloads into ketnapd share: one mapped page that outlives the
 * server. The storm writes where the server is to die, the object what the server was doing. */
#ifndef STORM_WATCH_H
#define STORM_WATCH_H

#include <stdatomic.h>
#include <stdint.h>

enum watch_point {
	WATCH_ANY, /* the storm kills it after a random time */
	WATCH_BEFORE_COMMIT,
	WATCH_COMMITTED, /* and nobody has been told yet */
	WATCH_HELLO,
	WATCH_RESUMED,
	WATCH_POINTS
};

/* Each point is met in two ways:
 * BEFORE_COMMIT  0: before the data pages are synced      1: before the meta page that commits them
 * COMMITTED      0: right after the meta page is written  1: an Ack with a new lsn is about to be sent
 * HELLO          0: Hello has come                        1: HelloAck is about to be sent
 * RESUMED        0: ops have come on a resumed session    1: their Ack is about to be sent */
struct watch_page {
	_Atomic uint32_t want, way, countdown; /* die at the countdown-th time; WATCH_ANY: never */
	_Atomic uint32_t
		unanswered; /* ops the server has read on open connections, and not answered */
	_Atomic uint32_t resumed;   /* sessions resumed so far */
	_Atomic uint32_t died_at;   /* the point, when it died by itself */
	_Atomic uint64_t ready_lsn; /* what it began with; told by the storm before `want` */
	_Atomic uint64_t told_lsn;  /* the highest lsn in an Ack that was handed to TLS */
};

#endif
