/* The folder `keys` of a data directory: the key store of the register of persons, which is written anew whenever
 * somebody was forgotten. */
#ifndef SERVER_KEYS_DIR_H
#define SERVER_KEYS_DIR_H

#include "server/keystore.h"

struct keys_dir;

int keys_dir_open(struct keys_dir **out, const char *dir, struct err *e);
void keys_dir_close(struct keys_dir *k);
/* How an environment of keys in that folder is opened; lends `path`. */
struct kv_open keys_dir_how(const char *path);
struct keystore *keys_dir_store(const struct keys_dir *k); /* lives as long */
#endif
