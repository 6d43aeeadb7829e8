/* The people of one computer, for `ketnap ui`: a device directory each, and in it the hash of a password
 * (`sign-in`). --data names one such directory, or a folder that holds several. */
#ifndef CLIENT_CLI_UI_DOOR_H
#define CLIENT_CLI_UI_DOOR_H

#include "cli.h"

#include "client/web.h"

struct ui_door;

/* Look who there is. The only one is let in at once when there is no password: c->client is then open. A
 * computer of several people, or one with a password, has c->client NULL until somebody signs in. */
/* No folder yet, or one without a device: nobody, until ui_door_enrolled(). */
int ui_door_new(struct ui_door **out, struct cli *c, struct err *e);
/* --data is a device now: its person is let in. */
int ui_door_enrolled(struct ui_door *d, struct err *e);
void ui_door_free(struct ui_door *d); /* the device that is open is the caller's to close */

/* For the pages; lent until ui_door_free(). `busy`: a contact is under way, nobody else comes in. */
const struct web_door *ui_door_web(const struct ui_door *d);
void ui_door_busy(struct ui_door *d, bool busy);
#endif
