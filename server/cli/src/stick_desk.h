/* What it takes to read what came by stick and to answer it, when no server runs that has it all. */
#ifndef SERVER_STICK_DESK_H
#define SERVER_STICK_DESK_H

#include "answers_dir.h"
#include "codes_dir.h"
#include "cli.h"
#include "server_keys.h"

struct stick_desk {
	struct server_cert cert;
	struct p256_key *ca_key;
	struct seal_key seal;
	uint8_t mark_key[32];
	char address[512];
	struct codes_dir *codes;
	struct answers_dir *answers;
	struct devices *devices;
	struct enroller *enroller;
	struct sticks *sticks;
	struct keys_dir *keys;
};

/* Of the open store. Where devices reach the server is as it last served, or as --address says. */
int stick_desk_open(struct stick_desk *d, struct cli *c);
void stick_desk_close(struct stick_desk *d);

/* What entries are marked with, from the log key. */
void stick_mark_key(uint8_t out[32], const struct store_dir *s);
/* One job, in a batch of its own; it comes back answered. */
int stick_run(struct cli *c, const struct stick_desk *d, struct job **j);
#endif
