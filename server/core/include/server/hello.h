/* How a Hello is judged: PROTOCOL.md, section 4, the table row by row. Reads the ledger, changes
 * nothing. The session asks it of its own ledger; where the outcome is an act it goes to the writer,
 * which asks again of the ledger as it stands then. */
#ifndef SERVER_HELLO_H
#define SERVER_HELLO_H

#include "server/server.h"

/* What the certificate said. */
struct hello_peer {
	uint64_t device;
	struct hash spki_hash;
	bool expired;
};

enum hello_act {
	HELLO_NO_ACT,
	HELLO_EPOCH,   /* judged.epoch for the Hello's nonce */
	HELLO_SUSPEND, /* for the Hello's nonce */
	HELLO_BEHIND,  /* no entry: the server stops writing */
};

struct hello_judged {
	enum wire_code code; /* of HelloAck */
	unsigned row;        /* of the table, for the log: 1..12 */
	enum hello_act act;
	bool stranger;  /* the ledger has no such device: it is told nothing of the log */
	bool other_key; /* not the key that stands in the ledger: an older one, perhaps superseded */
	bool regains; /* an epoch that was given in a log that is lost: it is to have it here too */
	bool succeeded; /* with WIRE_SERVER_BEHIND, by the writer: a promoted standby goes on instead */
	uint32_t epoch;
	uint64_t acked_seq;
	struct hash chain;
	uint8_t successor
		[16]; /* HELLO_BEHIND: the promoted incarnation whose head was shown; else zero */
};

/* Could a device have sent this at all? Else it is a breach. */
bool hello_sound(const struct wire_hello *h, uint64_t device);

int hello_judge(struct hello_judged *out, struct ledger *l, const struct server_line *line,
		const struct wire_hello *h, const struct hello_peer *peer, struct err *e);

/* "not now" and Error codes of a device: WIRE_OK, unknown, revoked, suspended. `row` is filled for the
 * last three too when it is known. */
int hello_device(enum wire_code *code, struct device_row *row, struct ledger *l, uint64_t device,
		 struct err *e);
#endif
