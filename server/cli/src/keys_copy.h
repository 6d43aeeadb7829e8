/* The parts of `keys` that are about copies. Options say which file. */
#ifndef SERVER_CLI_KEYS_COPY_H
#define SERVER_CLI_KEYS_COPY_H

#include "cli.h"

/* A copy in the data directory; keys_deliver() is whoever asked for it, and takes it to its FILE. */
int keys_backup(struct cli *c);
int keys_deliver(struct cli *c);
/* -ERR_RANGE: older than copies are kept. */
int keys_restore(struct cli *c);
int keys_prune(struct cli *c);
#endif
