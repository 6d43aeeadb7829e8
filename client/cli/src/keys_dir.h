/* The folder `keys` of a device's data directory: its keyring, which is written anew whenever somebody was
 * forgotten. */
#ifndef CLIENT_CLI_KEYS_DIR_H
#define CLIENT_CLI_KEYS_DIR_H

#include "cli.h"

#include "client/keyring.h"

/* Made where it is missing. */
int keys_dir_open(struct cli *c, struct keyring **out);
/* NULL in *out where neither this device nor its unit has any keys: a contact need not speak of them. */
int keys_dir_open_some(struct cli *c, struct keyring **out);
#endif
