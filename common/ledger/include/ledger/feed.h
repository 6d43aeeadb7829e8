/* What a device gets to read of the log, in pages, and the other reads that serving devices needs.
 * PROTOCOL.md, section 8. Reads only; time and limits are arguments. */
#ifndef LEDGER_FEED_H
#define LEDGER_FEED_H

#include "ledger/ledger.h"

enum {
	FEED_STEPS_MAX = 20000, /* entries looked at for one page, by either way */
};

/* Whose part of the log: the device, its unit, and the tree of which day says what is below. All of it follows from
 * the log alone: whoever reads as far reads the same, whatever a clock says. */
struct feed_scope {
	uint64_t device;
	uint32_t unit;
	day_t today; /* that of the newest entry */
	uint64_t
		authority; /* lsn of the last entry that changed what is in this part; of units that left, FEED_LEFT */
	bool all;  /* a standby's: every entry there is */
	bool left; /* the device takes what is told of units that have left */
};

/* In the authority of a part that units have left, where the device takes what is told of them. */
#define FEED_LEFT ((uint64_t)1 << 63)

/* Of a device that is enrolled; whether it still may read is the caller's question. `left`: does it say in Hello that
 * it takes entries of units that have left? -ERR_NOTFOUND. */
int feed_scope(struct feed_scope *out, struct ledger *l, uint64_t device, bool left, struct err *e);

/* Is the device a standby? PROTOCOL.md, section 17. */
int feed_standby(bool *standby, struct ledger *l, const struct device_row *row, struct err *e);

enum { FEED_SEES_ARENA = 2 * OP_DECODE_ARENA + ENTRY_MAX };

/* Is this entry in the part? 1, 0, or an error. The only place where this is decided: a receipt and
 * both ways of finding a page ask it. `scratch` holds FEED_SEES_ARENA and is not reset. */
int feed_sees(struct ledger *l, const struct feed_scope *s, const struct entry *en,
	      struct arena *scratch, struct err *e);

/* Back along the links of the few chains in the part, or through the log: whichever looks at fewer
 * entries. Both give the same entries. */
enum feed_way { FEED_BEST, FEED_WALK, FEED_SCAN };

struct feed_ask {
	uint64_t after;    /* the cursor */
	size_t bytes_max;  /* of entries together; one always fits */
	size_t count_max;  /* above 0 */
	size_t each_bytes; /* what the message needs for an entry besides its bytes */
	enum feed_way way;
};

struct feed_page {
	const struct span *entries;
	size_t count;
	uint64_t next;  /* everything in the part up to here has been given */
	bool more;      /* else `next` is the newest entry of the log */
	uint64_t steps; /* entries looked at: at most 2 * FEED_STEPS_MAX + 2 * count_max */
	size_t units; /* looked at for it by their links: around the own one, however large the tree; 0: none */
};

/* The entries of the part after the cursor, ascending; copies that live in `a`. A page may be empty and
 * still say `more`: the bound on work was reached first. -ERR_RANGE for a cursor beyond the log. */
int feed_page(struct feed_page *out, struct ledger *l, const struct feed_scope *s,
	      const struct feed_ask *ask, struct arena *a, struct err *e);

/* ---- one device's own ops ---- */

struct feed_own {
	uint64_t seq, lsn;
	struct hash body_hash;
	enum op_verdict verdict;
	enum op_code code;
	char detail[64];
};

/* Ops first..newest of the device's present epoch, ascending, in `a`. -ERR_RANGE when there are more
 * than `max`. *count 0 when `first` is beyond the newest. */
int feed_own(const struct feed_own **out, size_t *count, struct ledger *l, uint64_t device,
	     uint64_t first, size_t max, struct arena *a, struct err *e);

/* ---- lists ---- */

/* Every device that was ever enrolled, ascending; in `a`. */
int ledger_devices(const uint64_t **out, size_t *count, struct ledger *l, struct arena *a,
		   struct err *e);
/* The next number that no person has, also inside a batch. */
int ledger_person_free(struct ledger *l, uint32_t *person, struct err *e);

/* ---- incarnations and heads ---- */

struct feed_branch {
	uint8_t id[16], parent[16];
	uint64_t branch_lsn;
	struct span cause;
};

/* The line of incarnations, oldest first, the present one last; in `a`. */
int feed_line(const struct feed_branch **out, size_t *count, struct ledger *l, struct arena *a,
	      struct err *e);

/* Root of the first `size` entries. -ERR_RANGE beyond the log. */
int ledger_root_at(struct ledger *l, uint64_t size, struct hash *out, struct err *e);
/* That the log of `size` entries begins with that of `old_size`. -ERR_RANGE. */
int ledger_prove_prefix(struct ledger *l, uint64_t old_size, uint64_t size,
			struct merkle_proof *out, struct err *e);

/* ---- a ledger that only reads, beside the one that writes ---- */

/* Take in what was committed since: tip, and tree and forms where an entry changed them. Cheap when
 * nothing was. For a ledger whose batches are made by another one over the same store, and harmless
 * for that one between its batches. What was lent from the tree or the forms ends here. */
int ledger_refresh(struct ledger *l, struct err *e);
#endif
