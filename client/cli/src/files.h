/* What the program needs of the file system, behind one header: only files.c knows the system.
 * Codes: -ERR_NOTFOUND, -ERR_DENIED, -ERR_FULL (disk or quota), -ERR_EXISTS, -ERR_IO, -ERR_RANGE.
 */
#ifndef CLIENT_CLI_FILES_H
#define CLIENT_CLI_FILES_H

#include "base/buf.h"
#include "base/err.h"

enum { PATH_BYTES = 4096 };

/* DIR/NAME. */
int path_join(char out[PATH_BYTES], const char *dir, const char *name, struct err *e);
bool path_there(const char *path);
int folder_make(const char *path, struct err *e); /* 0 when it is there already */

/* Each folder in `path`, by name; what begins with a dot is left out. In order of bytes. `each` returns 0 to go
 * on, or an error. */
int folder_each(const char *path, int (*each)(void *ctx, const char *name), void *ctx,
		struct err *e);

/* A number that a folder keeps while it is moved about on its disk, and that a copy does not have. 0: the
 * system knows none. */
uint64_t folder_number(const char *path);

/* All of a file, at most `max` bytes; `out` is reset first. */
int whole_read(struct buf *out, const char *path, size_t max, struct err *e);
/* Replace or make, all of it or nothing, also when the power goes: written beside, flushed,
 * renamed. `secret`: for nobody but its owner. */
int whole_write(const char *path, struct span bytes, bool secret, struct err *e);
void whole_remove(const char *path); /* absent is fine */

/* Held until the process ends or lets it go. -ERR_BUSY names the process that has it. */
struct file_lock;
int file_lock_take(struct file_lock **out, const char *path, struct err *e);
void file_lock_drop(struct file_lock *l);

/* PREFIX/bin/program -> PREFIX/share/BELOW, wherever the two were put. Returns `out`. */
const char *share_folder(char out[PATH_BYTES], const char *below);
bool stream_is_terminal(int number); /* 0, 1, 2 */
#endif
