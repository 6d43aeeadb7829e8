/* Enrolment codes on disk: DIR/codes, a file for each, 0600, whole or not at all. */
#ifndef SERVER_CODES_DIR_H
#define SERVER_CODES_DIR_H

#include "ledger/ledger.h"
#include "server/codes.h"

struct codes_dir;

/* Made where it is missing. `dir` must outlive it. */
int codes_dir_open(struct codes_dir **out, const char *dir, struct err *e);
void codes_dir_close(struct codes_dir *d); /* NULL is fine */
struct code_store codes_dir_store(struct codes_dir *d);

/* Delete what nobody can enrol with any more: expired, or used, `l` says so, and not to be answered again. */
int codes_dir_tidy(struct codes_dir *d, struct ledger *l, int64_t wall_ms, struct err *e);
#endif
