/* What a standby's directory has besides the store and its lock: who it is, as a device of the server that it follows,
 * and how its last contact went.
 *
 *	standby/identity.json   whom it follows and what it was told when it enrolled; there once it is enrolled
 *	standby/key.pem         its own P-256 key, 0600; cert.pem its certificate
 *	standby/nonce           of its installation
 *	standby/contact.json    how far it has come: for `status` and `promote`
 *	standby/promoting       the incarnation that a promotion begins, while it is going on
 *	ca.pem                  the province's CA, certificate alone */
#ifndef SERVER_STANDBY_DIR_H
#define SERVER_STANDBY_DIR_H

#include "crypto/cert.h"
#include "net/addr.h"
#include "server_net/follow.h"
#include "store_dir.h"

struct standby {
	struct follower_who who;
	char address[ADDR_NAME_MAX + 8];
	struct buf ca, cert, key; /* DER, DER, PEM */
};

void standby_init(struct standby *s);
void standby_fini(struct standby *s); /* wipes */
/* -ERR_NOTFOUND: not enrolled yet. */
int standby_load(struct standby *s, const char *dir, struct err *e);
/* The key and the nonce it enrols with: made, or those of an attempt before whose answer was lost. */
int standby_prepare(struct standby *s, struct p256_key **key, const char *dir, struct err *e);
/* It is enrolled, as `s` says. */
int standby_save(const struct standby *s, const char *dir, struct err *e);
int standby_save_cert(const struct standby *s, const char *dir, struct err *e);

/* The incarnation that begins with its promotion, kept before it is declared. False: none is kept. */
bool standby_promoting(uint8_t id[16], const char *dir);
int standby_promote(const uint8_t id[16], const char *dir, struct err *e);

struct standby_contact {
	char state[16]; /* "following", "level", "away", "stopped" */
	char reason[512];
	uint64_t lsn, server_lsn, proven;
	int64_t contact_ms; /* when the server was last heard; 0 never */
	int64_t level_ms;   /* when it last had all that the server had; 0 never */
};
/* Zero when there was none. */
int standby_contact_load(struct standby_contact *k, const char *dir, struct err *e);
int standby_contact_save(const struct standby_contact *k, const char *dir, struct err *e);
#endif
