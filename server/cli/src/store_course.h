/* How far the log of this folder has come, kept beside the store and not in it: so that an older copy in the
 * store's place is known for one before anything is written behind it, however often the server was started. */
#ifndef SERVER_STORE_COURSE_H
#define SERVER_STORE_COURSE_H

#include "store_dir.h"

/* Before a process writes for the first time. *older: the log lacks what this folder has had; it stays so until
 * a restore is declared, or the newest copy is put back. A folder that knows of no course (keys and a copy on
 * another computer) takes the log as it stands for the beginning of one. -ERR_DENIED, -ERR_FULL, -ERR_IO. */
int course_check(const struct store_dir *s, bool *older, struct err *e);

/* The log as it stands has been had. Does nothing while it is older. */
int course_note(const struct store_dir *s, struct err *e);

/* Up to which entry is the log certainly what it was, since nothing was written before that was looked at?
 * 0: nothing speaks against the whole of it. */
uint64_t course_sure(const struct store_dir *s);

/* Another incarnation has begun. */
int course_declared(const struct store_dir *s, struct err *e);
#endif
