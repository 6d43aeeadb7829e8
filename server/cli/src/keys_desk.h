/* The server's own keys out of their file, with the code that somebody types, into a data directory. */
#ifndef SERVER_KEYS_DESK_H
#define SERVER_KEYS_DESK_H

#include "cli.h"
#include "key_file.h"

/* The code is the first line of standard input. */
int keys_ask(struct own_keys *out, struct cli *c, const char *path, const uint8_t store[16]);
/* Are they those that devices know the open store by? `ca`: the CA's certificate, DER. */
int keys_check(const struct own_keys *k, struct cli *c, struct span ca);
/* Into the directory, and the log key to hand. */
int keys_put(const struct own_keys *k, struct cli *c);
#endif
