/* A file that a command names, on its way to the server that runs: too large for one request, it is
 * copied into the data directory, which both reach wherever the server lives, and the request names the copy. */
#ifndef SERVER_SPOOL_H
#define SERVER_SPOOL_H

#include "base/err.h"
#include "base/span.h"

enum { SPOOL_NAME_MAX = 32 };

/* Copy `path`, of at most `max` bytes, into `dir` under a new name, for the directory's owner alone. A
 * little memory, whatever its size. On failure nothing is left. -ERR_RANGE, -ERR_FULL, -ERR_IO, -ERR_NOTFOUND. */
int spool_put(char name[SPOOL_NAME_MAX], const char *dir, const char *path, size_t max,
	      struct err *e);
/* Is it a name that spool_put() gives, and nothing that leads elsewhere? */
bool spool_is_name(struct span name);
void spool_drop(const char *dir, const char *name);
/* What was left behind by somebody who was killed. For whoever has the directory. */
void spool_tidy(const char *dir);
#endif
