#ifndef CLIENT_CLI_ENROL_FILE_H
#define CLIENT_CLI_ENROL_FILE_H

#include "cli.h"

/* The answer to a request to enrol, as it came by stick. */
int import_enrolment(struct cli *c, struct span file);
#endif
