/* Codes for new devices: one, or one for each unit of a subtree. */
#ifndef SERVER_ENROLL_H
#define SERVER_ENROLL_H

#include "cli.h"

#include "server/enrol.h"

/* What --role says; a clerk without it. */
int enroll_role(struct cli *c, enum person_role *role);
const char *enroll_role_name(int64_t role); /* "clerk" */
/* Where devices reach the server, as far as it is known; "" otherwise. */
const char *enroll_address(struct cli *c);

/* `enroll --subtree UNIT --out FOLDER`: cards for all units that report or have one below that does, and where no device
 * is in use. One commit. Cards that are made in a running server go to whoever asked, who writes them. */
int enroll_subtree(struct cli *c, struct enroller *en, const struct unit *top);
/* What the running server made, into --out. */
int enroll_cards(struct cli *c, struct span made);
#endif
