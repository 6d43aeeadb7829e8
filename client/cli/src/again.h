/* A folder goes on as another device, after its own was revoked: new keys beside the old ones until the
 * store knows, so that a cut at any moment leaves a device that works or can be asked for again. */
#ifndef CLIENT_CLI_AGAIN_H
#define CLIENT_CLI_AGAIN_H

#include "device_dir.h"

/* The keys of the device to be: drawn and kept (again.key, again.seal) when first asked for. */
int again_keys(struct device_dir *d, struct device_keys *k, struct err *e);
/* Keep what the server answered; the client is opened anew. *aside: entries put to a person. */
int again_keep(struct device_dir *d, const struct enrolled *what, uint64_t *aside, struct err *e);
/* Finish what was cut off: called when a folder is opened. */
int again_finish(struct device_dir *d, struct err *e);
#endif
