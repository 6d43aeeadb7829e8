/* figures.csv into drafts, or with --submit into signed sheets: every row understood before
 * anything is kept, all of them or none, in one commit. Columns and styles: CONTRACT.md. */
#ifndef CLIENT_CLI_ENTER_FILE_H
#define CLIENT_CLI_ENTER_FILE_H

#include "sign.h"

enum { ENTER_ROWS_MAX = 20000, ENTER_PROBLEMS_MAX = 50 };

int enter_file(struct cli *c, const char *path);
#endif
