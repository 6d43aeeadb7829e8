/* What a stick brings to the server's side of client_world.h, and back: the file is opened with the server's keys,
 * what it says is handed to that side as frames, and its answers become an answer file. */
#ifndef CLIENT_POST_H
#define CLIENT_POST_H

#include "client_world.h"

#include "client/carried.h"
#include "client/stick.h"
#include "crypto/cert.h"
#include "crypto/seal.h"
#include "proto/file.h"

/* A device's keys and certificate, and those of the server that it speaks to. */
struct post {
	struct desk *k;
	struct p256_key *ca_key, *key;
	struct seal_key seal;
	struct buf ca, cert;
	struct buf bundle; /* the last one made */
	struct bundle_made made;
	struct buf answer; /* the last one written */
	uint8_t draws;
};

void post_open(struct post *p, struct desk *k);
void post_close(struct post *p);

/* p->bundle, by the product; 0 or the error. */
int post_bundle(struct post *p, struct desk *k);
/* The server takes a bundle and writes p->answer; fails the test when it cannot be opened. */
void post_take(struct post *p, struct span bundle);
/* The same as if an empty one with this id had come: what goes with the answer to a request to enrol. */
void post_first(struct post *p, const struct hash *id);
/* An answer with this head and content, signed by `by` and sealed to `to` (NULL: as it should be). */
void post_write(struct post *p, const struct file_head *h, const struct wire_answer_body *b,
		const struct ed25519_key *by, const struct seal_public *to);
/* The device takes an answer in, by the product; k->r is what came of it. */
int post_read(struct post *p, struct desk *k, struct span answer);
#endif
