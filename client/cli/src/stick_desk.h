/* What goes and comes by stick, with the keys of the folder that is open. */
#ifndef CLIENT_CLI_STICK_DESK_H
#define CLIENT_CLI_STICK_DESK_H

#include "cli.h"

#include "client/stick.h"

/* The device's own bundle, appended. */
int stick_make(struct cli *c, struct buf *file, struct bundle_made *made);
/* The answer to one. What came of it is in *out, in words by contact_words(). */
int stick_take(struct cli *c, struct span file, struct sync_result *out);
#endif
