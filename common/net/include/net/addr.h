/* Network addresses, and how people write them: HOST:PORT, with an IPv6 address in brackets. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>

#include "base/err.h"
#include "base/span.h"

enum { ADDR_TEXT_MAX = 64, ADDR_HOST_BYTES = 16, ADDR_FOUND_MAX = 8, ADDR_NAME_MAX = 253 };

/* The system's form; zero is no address. */
struct addr {
	_Alignas(8) uint8_t bytes[28];
	unsigned len;
	bool both; /* the IPv6 wildcard that takes IPv4 as well */
};

/* Is it written as one, whoever stands there? Asks nobody. -ERR_INVALID: no. */
int addr_check(struct span text, bool to_listen, struct err *e);

/* `127.0.0.1:7000`, `[::1]:7000`, `name:7000`. For listening also `:7000` and `*:7000`, which are
 * all addresses of both kinds. Names are asked of the system, which may take seconds: never on a
 * loop that serves. Up to ADDR_FOUND_MAX addresses in the order in which they should be tried.
 * -ERR_INVALID when the text is no such thing, -ERR_NOTFOUND when nobody knows the name,
 * -ERR_BUSY when that could not be found out now. */
int addr_parse(struct addr out[ADDR_FOUND_MAX], size_t *count, struct span text, bool to_listen,
	       struct err *e);

/* "127.0.0.1:7000", "[::1]:7000", or "-" for none. Returns `out`. */
char *addr_text(char out[ADDR_TEXT_MAX], const struct addr *a);

/* What limits per address are counted by: the IPv4 address, or the /64 of an IPv6 address, since
 * whoever has one address of it has them all. */
void addr_host(uint8_t out[ADDR_HOST_BYTES], const struct addr *a);
#endif
