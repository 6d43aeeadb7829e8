/* Devices that are enrolled already, as a folder: what the load programs need to appear as many clients.
 * make_clients writes it, for the null server or beside a store that it makes for ketnapd.
 *
 *	ca.pem                    what the server's certificate must come from
 *	server.pem, server.key    for null_server alone
 *	clients.csv               device,epoch,unit,person,reporter,month,nonce: one row per client, numbers
 *	                          decimal but for device and nonce (hex); `reporter` is the place among
 *	                          the province's organisations, `month` (from January of the first year) is
 *	                          the one that the flight reports
 *	store.txt                 store id, incarnation, lsn that all had read: hex, hex, decimal
 *	<device>.pem, .key        certificate; private key, PKCS#8, no passphrase
 *	<device>.flight           the bytes to send once TLS is up: Hello, Submit with one op (seq 1 of the
 *	                          epoch), and with --pull a Pull; with --there only Hello
 *	below.csv                 with --there: unit,code of what stands directly under the root, numbers decimal */
#ifndef BENCH_CLIENTS_H
#define BENCH_CLIENTS_H

#include "sheets.h"

#include "ossl.h"

struct client {
	struct author author; /* as after its flight: the op in it is made */
	unsigned month;
	X509 *cert;
	EVP_PKEY *key;
	struct span flight;
	size_t hello_bytes; /* of the flight's first frame */
	unsigned ops;       /* in the flight */
	bool pulls;
};

struct clients {
	struct client *list;
	size_t count;
	char ca[4096]; /* path */
};

/* The first `max` of them, 0 all, without the `skip` at the front, whose keys nobody waits for. Fails the program on
 * anything that is not as above. */
void clients_load(struct clients *c, const char *dir, size_t skip, size_t max);
void clients_free(struct clients *c);
#endif
