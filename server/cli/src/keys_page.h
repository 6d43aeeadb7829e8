/* keys --print: the page for the envelope. The server's own keys, sealed, to be typed back in; who can recover which
 * unit's names; and how. Nothing on it is secret without the code, which is shown once and lies elsewhere. */
#ifndef SERVER_KEYS_PAGE_H
#define SERVER_KEYS_PAGE_H

#include "cli.h"

int keys_page(struct cli *c);
#endif
