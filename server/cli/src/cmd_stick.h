#ifndef SERVER_CMD_STICK_H
#define SERVER_CMD_STICK_H

#include "cli.h"

/* `enroll --request FILE --answer FILE` */
int enroll_by_stick(struct cli *c);
#endif
