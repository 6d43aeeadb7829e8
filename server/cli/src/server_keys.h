/* What a server is known by: its CA, its own certificate, the key that things are sealed to. Made when they
 * are missing; the certificate is made anew once half its life has passed, or the log has run past it. */
#ifndef SERVER_KEYS_H
#define SERVER_KEYS_H

#include "crypto/cert.h"
#include "crypto/seal.h"

struct server_cert {
	struct buf ca, cert, key; /* DER, DER, PEM */
	int64_t renew_ms;         /* when half its life has passed */
};

/* Of the data directory `dir`, whose store is `store`, by the world's clock. The key stays the same. The
 * certificate outlives `known_ms`, the newest time that devices may have heard of, and holds no shorter
 * than the one before it: they judge by the later of their clock and the newest head. */
int server_cert_load(struct server_cert *out, const char *dir, const uint8_t store[16],
		     int64_t real_ms, int64_t known_ms, struct err *e);
void server_cert_fini(struct server_cert *c); /* wipes */

int server_ca_key(struct p256_key **out, const char *dir, struct err *e);
int server_seal_key(struct seal_key *out, const char *dir, struct err *e);
#endif
