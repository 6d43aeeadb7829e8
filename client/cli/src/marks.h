/* What recall, return, accept and their like share. */
#ifndef CLIENT_CLI_MARKS_H
#define CLIENT_CLI_MARKS_H

#include "ask.h"

/* A form's number by the code that was typed. */
int ask_form(struct cli *c, const char *code, uint8_t *no);
#endif
