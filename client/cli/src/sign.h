/* How a sheet is signed, as the options say; for submit and enter --submit. */
#ifndef CLIENT_CLI_SIGN_H
#define CLIENT_CLI_SIGN_H

#include "ask.h"

/* Texts lend from the options and the arena. */
int sign_options(struct cli *c, struct entry_how *how);
/* For another unit nobody signs as oneself: what was told counts as its paper, signed by whom it
 * was told, on the day of the call, unless the options say better. */
void sign_as_told(struct cli *c, const struct entry_sheet *s, struct entry_how *how);
#endif
