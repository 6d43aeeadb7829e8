/* Codes made, devices enrolled, certificates renewed: PROTOCOL.md, section 11. Belongs to the writer's
 * thread; the functions that answer work inside its batch. */
#ifndef SERVER_ENROL_H
#define SERVER_ENROL_H

#include "crypto/cert.h"
#include "server/codes.h"
#include "server/job.h"

enum {
	ENROL_AGAIN_MS = 3600000, /* how long the same request gets the same answer */
	ENROL_CODE_DAYS = 30,     /* how long a code holds when nobody says */
};

struct server_random {
	void *ctx;
	void (*fill)(void *ctx, void *out,
		     size_t len); /* does not fail: main ends where it would */
};

struct enrol_setup {
	struct span ca; /* DER */
	const struct p256_key *ca_key;
	uint8_t seal_key[32]; /* public, of the server */
	struct span address;  /* told to devices: "host:port" */
	struct code_store codes;
	struct server_random random;
};

struct enroller;

/* What `setup` points to must outlive it. */
int enroller_new(struct enroller **out, const struct enrol_setup *setup, struct err *e);
void enroller_free(struct enroller *en);

/* Each fills the job's answers and job.code. Negative only when the batch cannot go on. */
int enrol_make_code(struct enroller *en, struct ledger *l, struct job *j, int64_t wall_ms,
		    struct err *e);
/* The batch came to nothing: so did the code. */
void enrol_unmake_code(struct enroller *en, struct job *j);
int enrol_answer(struct enroller *en, struct ledger *l, struct job *j, struct moment now,
		 struct err *e);
int enrol_renew(struct enroller *en, struct ledger *l, struct job *j, int64_t wall_ms,
		struct err *e);
#endif
