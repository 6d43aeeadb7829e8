#ifndef CLIENT_CLI_ENROL_FILE_H
#define CLIENT_CLI_ENROL_FILE_H

#include "cli.h"

/* The answer to a request to enrol with this hash, as it came by stick, and the file behind it (may be empty). */
int import_enrolment(struct cli *c, const struct hash *request, struct span file, struct span log);
/* With the words of a card, in the folder of --data, without a contact: c->client is open then. */
int enroll_here(struct cli *c, const char *address, const char *text);
#endif
