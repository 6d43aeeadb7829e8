/* Files of a data directory: their paths, read whole, put whole. Errors of the system come as -ERR_NOTFOUND, -ERR_DENIED,
 * -ERR_FULL or -ERR_IO, with the path. */
#ifndef SERVER_STORE_FILES_H
#define SERVER_STORE_FILES_H

#include "base/buf.h"

enum { STORE_PATH_MAX = 4096 };
/* DIR/NAME. -ERR_INVALID: too long. */
int store_dir_path(char out[STORE_PATH_MAX], const char *dir, const char *name, struct err *e);
/* The same of a folder of the server's own, made where it is missing. */
int store_dir_folder(char out[STORE_PATH_MAX], const char *dir, const char *name, struct err *e);
/* A file of the directory, new or in place of another: the whole of it or nothing, after a power cut
 * too. */
int store_dir_put(const char *dir, const char *name, struct span bytes, unsigned mode,
		  struct err *e);
/* A file that is not there yet; it lasts once store_dir_sync() of the directory has been called. */
int store_dir_new(const char *dir, const char *name, struct span bytes, unsigned mode,
		  struct err *e);
int store_dir_sync(const char *path, struct err *e);

/* Appends a whole file of the directory, as far as `out` has room (-ERR_RANGE: larger). What was read on the way is wiped. */
int store_dir_get(struct buf *out, const char *dir, const char *name, struct err *e);

/* Read a whole file of at most `max` bytes. The caller frees *out. -ERR_RANGE: larger. */
int path_read(uint8_t **out, size_t *len, const char *path, size_t max, struct err *e);
/* All of it: where a part alone fits, errno says why the rest does not. */
bool fd_write(int fd, const void *bytes, size_t len);
/* What errno says of a path. */
int path_error(struct err *e, const char *path);
#endif
