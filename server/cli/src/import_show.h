#ifndef SERVER_IMPORT_SHOW_H
#define SERVER_IMPORT_SHOW_H

#include "cli.h"
#include "server/import.h"

/* A form's file, as one entry. */
int import_form(struct cli *c, const char *path);
/* Import one file and tell what happened: rows and entries, or each bad row by line and column. */
int import_file(struct cli *c, enum import_kind kind, const char *path);
#endif
