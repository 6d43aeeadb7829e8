/* What the author sees: base, with the own ops that base does not have yet folded on top in their order.
 * Made when asked, never written. */
#ifndef CLIENT_OVERLAY_H
#define CLIENT_OVERLAY_H

#include "client/client.h"

/* A sheet as it will stand once the own ops have their entries. -ERR_NOTFOUND: empty. */
int overlay_sheet(struct client *c, uint32_t unit, uint8_t form, struct period p, struct sheet *out,
		  struct err *e);
/* Does some own op that base does not have yet concern this sheet? */
bool overlay_touches(const struct client *c, uint32_t unit, uint8_t form, struct period p);
#endif
