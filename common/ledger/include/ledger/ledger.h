/* The ledger: an append-only log of entries, and state that is a function of it. decide() gives the
 * verdict on an op and runs only where the ledger is whole (the server); apply() takes the verdict from
 * the entry and runs everywhere. Neither reads a clock, draws randomness or sees where a batch ends.
 * One writer; queries read through views. Tables and budget: KEYS.md. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "crypto/head.h"
#include "crypto/merkle.h"
#include "domain/form.h"
#include "domain/op.h"
#include "domain/sheet.h"
#include "kv/kv.h"
#include "proto/codec.h"

enum { LEDGER_TABLES = 41, LEDGER_FORMAT = 1 };

struct ledger;
struct holidays;

/* What a new store is told; ids and keys are random bytes that the caller drew. */
struct ledger_birth {
	uint8_t store[16], incarnation[16];
	uint8_t log_key[32]; /* Ed25519 public key of signed heads */
	bool illustrative; /* own clock, and a mark on every table and JSON that cannot be switched off */
	const char *by; /* "console:root" */
	int64_t now_ms;
};

/* Write format, the incarnation entry and its head into an empty store. `key` signs heads; its public
 * half is log_key. -ERR_EXISTS when not empty. */
int ledger_create(struct kv *kv, const struct ledger_birth *b, const struct ed25519_key *key,
		  struct err *e);

/* `scope`: 0 for the whole ledger, else the unit at the top of the part that is held. The kv must
 * outlive it. -ERR_NOTFOUND (no store), -ERR_VERSION (older or newer format, both numbers named),
 * -ERR_CORRUPT. */
int ledger_open(struct ledger **out, struct kv *kv, uint32_t scope, struct err *e);
void ledger_close(struct ledger *l);

struct ledger_info {
	uint64_t lsn;    /* newest entry */
	int64_t time_ms; /* its receive time */
	uint8_t store[16], incarnation[16], log_key[32];
	bool illustrative;
	int64_t clock_ms; /* illustrative: what ledger_clock set last, else 0 */
};
struct ledger_info ledger_info(const struct ledger *l);

/* Deadlines in working days are counted by these; without them (NULL, at first) they are not known. They are no state
 * and must outlive the ledger. */
void ledger_holidays(struct ledger *l, const struct holidays *h);

/* ---- writing: begin, any number of submits and acts, then commit or abort ---- */

int ledger_begin(struct ledger *l, struct err *e);

struct submission {
	uint64_t device; /* who the connection says it is; never 0 */
	struct span envelope;
	struct span body; /* data NULL: withdrawn, only its hash came */
	bool parked;      /* it took the server down before: refused unread, its body not kept */
	bool recovering; /* what lacks context is "not now": judgement.code says what it would be */
	bool brought; /* it was in the log before a restore: what became of its device is all one */
	bool refused; /* and had been refused there */
	bool taken; /* if its author had read more there: it names a unit whose number is another's here */
};
#define UNIT_TAKEN "the number of another unit" /* the refusal's detail then */
struct judgement {
	enum op_verdict verdict;
	enum op_code code;
	char detail[64];
	uint64_t lsn;
	struct op_id id;
	bool repeated; /* the stored verdict of an op that was here before */
};
/* Judge, append, apply. 0 with *out final, or: -ERR_STATE "not now" (a gap in seq, another epoch, a
 * base beyond the tip or of an unknown incarnation, or what is recovering; nothing stored), -ERR_DENIED (unknown, revoked or
 * suspended device), -ERR_PROTO (malformed envelope: close the connection), or a failure of the store:
 * abort the batch. `now_ms` is the clock; the receive time is max(previous, now). */
int ledger_submit(struct ledger *l, const struct submission *s, int64_t now_ms,
		  struct judgement *out, struct err *e);

/* An act of the server itself. A refused act is an error (its text says why) and leaves no entry. */
int ledger_act(struct ledger *l, const struct op *op, int64_t now_ms, uint64_t *lsn, struct err *e);
/* The same, and why it was refused: CODE_OK when that is not what failed. */
int ledger_act_told(struct ledger *l, const struct op *op, int64_t now_ms, uint64_t *lsn,
		    enum op_code *code, struct err *e);

/* The entry by which what `op` says stands already, to the letter: entered once more, it would change nothing. lsn 0:
 * none, and so of every kind that op_same_matter() knows nothing of. While a server that was restored recovers there
 * is none either: what is said then also stands against what comes back. Inside a batch with what that made. */
struct op_standing {
	uint64_t lsn;
	struct op_id id;
};
int ledger_stands(struct op_standing *out, struct ledger *l, const struct op *op, struct err *e);

/* Put an entry as received from the feed (clients) or from a log (verify); applied, not judged. */
int ledger_put_entry(struct ledger *l, struct span entry_bytes, struct err *e);

/* Everything of the batch in one store transaction, with a head signed by `key` (NULL: no head is kept;
 * clients and replays). `work` may be NULL. -ERR_FULL: nothing happened; -ERR_FATAL: stop. */
int ledger_commit(struct ledger *l, const struct ed25519_key *key, struct kv_work *work,
		  struct err *e);
void ledger_abort(struct ledger *l);

/* Who would judge so: for dry runs and tests; appends nothing. CODE_NO_VERDICT: it could not be judged,
 * `e` says why. What would be refused is described in `e` too: -ERR_DENIED (outside the table of rights),
 * -ERR_EXISTS, -ERR_INVALID (anything else). */
enum op_code ledger_decide(struct ledger *l, const struct op *op, struct op_id id,
			   uint32_t author_unit, const struct op_base *base, int64_t now_ms,
			   struct err *e);

/* ---- reading what was committed (or, inside a batch, what it made) ---- */

/* Until ledger_let_go() everything read is of one moment, the tip too, whatever another process or ledger
 * commits meanwhile; for answers made of many reads. Not in a batch, and not for long beside a writer: what
 * it frees is not reused as long. What was lent from the tree or the forms before ends here. */
int ledger_hold(struct ledger *l, struct err *e);
void ledger_let_go(struct ledger *l);

const struct tree *ledger_tree(const struct ledger *l);
/* NULL when there is no such form. Lives as long as the ledger. */
const struct form *ledger_form(struct ledger *l, uint8_t form, uint16_t version, struct err *e);
const struct form *ledger_form_newest(struct ledger *l, uint8_t form, struct err *e);
const struct form *ledger_form_code(struct ledger *l, struct span code, struct err *e);
/* A measure's number by its code in any form, 0 unknown. */
uint16_t ledger_measure(struct ledger *l, struct span code);

/* Copy an entry's bytes into `out`. -ERR_NOTFOUND. */
int ledger_entry(struct ledger *l, uint64_t lsn, struct buf *out, struct err *e);
int ledger_sheet(struct ledger *l, uint32_t unit, uint8_t form, struct period p, struct sheet *out,
		 struct err *e); /* -ERR_NOTFOUND: cleared */

/* Does the plan say that `unit` reports exactly this period of this form? */
int ledger_planned(struct ledger *l, uint32_t unit, uint8_t form, struct period p, bool *planned,
		   struct err *e);
/* Would `plan` take away days for which the unit has to report otherwise: by other periods of the same form,
 * or by another form of the same things whose days are not over for good? */
int ledger_plan_in_way(struct ledger *l, uint32_t unit, const struct op_plan *plan, int64_t now_ms,
		       bool *in_way, struct err *e);
/* The unit above or below that would report the same things in some of these days; NULL none. */
int ledger_reporter(struct ledger *l, uint32_t unit, const struct op_plan *plan,
		    const struct unit **other, struct err *e);

/* The value of a setting of the province, copied into `out`. -ERR_NOTFOUND. */
int ledger_setting(struct ledger *l, struct span key, struct buf *out, struct err *e);
/* The same of one unit. */
int ledger_setting_of(struct ledger *l, uint32_t unit, struct span key, struct buf *out,
		      struct err *e);

struct device_row {
	uint64_t device;
	uint32_t unit, person, epoch;
	uint8_t spki_hash[32], seal_key[32], nonce[16];
	uint64_t enrolled_lsn, revoked_lsn, suspended_lsn;
};
int ledger_device(struct ledger *l, uint64_t device, struct device_row *out, struct err *e);

struct chain_row {
	uint32_t epoch;
	uint64_t seq;
	struct hash hash;
	uint64_t lsn;
};
int ledger_chain(struct ledger *l, uint64_t device, struct chain_row *out, struct err *e);

struct person_row {
	uint32_t person, unit;
	enum person_role role;
	day_t from, to;
	uint64_t lsn;
};
int ledger_person(struct ledger *l, uint32_t person, struct person_row *out, struct err *e);

/* Does the log have the making of the one-time code whose hash this is? Also inside a batch. */
int ledger_code_made(struct ledger *l, const uint8_t code_hash[32], bool *made, struct err *e);

/* The newest signed head. -ERR_NOTFOUND where none is kept. */
int ledger_head(struct ledger *l, struct head *out, struct ed25519_sig *sig, struct err *e);
/* That entry `lsn` is in the log that `size` entries make up: the path from leaf to root. */
int ledger_prove(struct ledger *l, uint64_t lsn, uint64_t size, struct merkle_proof *out,
		 struct err *e);

/* h(n) = SHA-256(h(n-1) | seq as 8 bytes big-endian | body hash); h(0) is all zero. */
struct hash chain_next(const struct hash *before, uint64_t seq, const uint8_t body_hash[32]);
#endif
