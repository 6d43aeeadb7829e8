/* What the files of this room share. */
#ifndef CLIENT_INTERNAL_H
#define CLIENT_INTERNAL_H

#include "client/client.h"
#include "client/drafts.h"
#include "client/outbox.h"
#include "ledger/part.h"

#include <assert.h>

enum client_table {
	CT_IDENTITY = PART_TABLE,
	CT_OUTBOX,
	CT_VERDICT,
	CT_DRAFT,
	CT_HEAD,
	CT_OLD,
	CT_STAGE,
	CT_MARK,
	CT_NAMES,
	CT_END /* numbered for ever: KEYS.md */
};
static_assert((int)CT_END <= (int)LEDGER_TABLES,
	      "the client's tables are those behind the ledger's");

enum {
	MARK_BYTES = WIRE_ID,
	DECODE_BUDGET = 2 << 20,
	LINE_BUDGET = 4 << 20, /* of incarnations */
	ROW_MAX = 256 << 10
};

struct own_ops {
	struct own_op *ops;
	size_t count, cap;
};

struct client {
	struct kv *kv;
	struct ledger *base;
	struct identity id;
	struct client_state st;
	struct own_ops own;
	bool in_batch;
	struct client_state st_before; /* what an abort goes back to */
	struct own_ops own_before;
	struct buf row; /* rows are built and read here */
	/* The last head whose signature was checked: in one contact the same comes with Hello, acks and pages. */
	struct {
		struct head head;
		struct ed25519_sig sig;
	} checked; /* of size 0: none */
	uint64_t changes;
	struct {
		uint64_t changes, count; /* changes 0: not counted yet */
	} contested;
};

/* Begin a batch if none is open; *mine says so. client_end commits or aborts it when it was. */
int client_enter(struct client *c, bool *mine, struct err *e);
int client_leave(struct client *c, bool mine, int rc, struct err *e);

/* Keep c->id in the batch. */
int client_put_identity(struct client *c, struct err *e);
/* Keep c->st in the batch. */
int client_put_state(struct client *c, struct err *e);

/* ---- rows.c ---- */
enum { CLIENT_KEY_MAX = 40 };
struct ckey;
/* Put c->row, as it was built; -ERR_NOMEM when it is not whole. */
int client_put_row(struct client *c, uint8_t table, const struct ckey *k, struct err *e);
struct ckey {
	uint8_t b[CLIENT_KEY_MAX];
	size_t len;
};
static inline struct span ckey_span(const struct ckey *k)
{
	return (struct span){ k->b, k->len };
}
struct ckey ckey_name(const char *name);
struct ckey ckey_op(struct op_id id);
struct op_id ckey_op_read(struct span key);
struct ckey ckey_sheet(const struct draft_key *k);
bool ckey_sheet_read(struct draft_key *out, struct span key);
struct ckey ckey_head(const uint8_t incarnation[16], uint64_t size);
struct ckey ckey_lsn(uint64_t lsn);
uint64_t ckey_lsn_read(struct span key);
struct ckey ckey_old(const uint8_t incarnation[16], uint64_t lsn);

void identity_encode(struct buf *b, const struct identity *id);
bool identity_decode(struct identity *id, struct span bytes);
void state_encode(struct buf *b, const struct client_state *st);
bool state_decode(struct client_state *st, struct span bytes);
void draft_encode(struct buf *b, const struct draft *d);
bool draft_decode(struct draft *d, struct span bytes);

void buf_id(struct buf *b, struct op_id id);
struct op_id rd_id(struct rd *r);
void rd_raw(struct rd *r, void *out, size_t len);

/* ---- outbox.c ---- */
int own_load(struct client *c, struct err *e);
struct own_op *own_find(struct client *c, struct op_id id);
/* A new epoch: ops of older ones without a verdict are set aside. Returns how many were. In a batch. */
int own_set_aside(struct client *c, uint64_t *count, struct err *e);
/* The log has another op under the identity of this one, which is aside. In a batch. */
int own_twin(struct client *c, struct op_id id, struct err *e);
/* Base went back to `lsn`: what came after it is not in base; ops of the present epoch from `first_seq`
 * on are queued again (0: that epoch is no more either), older ones set aside. In a batch. */
int own_unpull(struct client *c, uint64_t lsn, uint64_t first_seq, struct err *e);

/* ---- names_keep.c: the index of names, in a batch ---- */
/* This op stands now, queued here or in base: who it may name otherwise is taken in by the next search. */
int names_touch(struct client *c, const struct op *op, struct err *e);
/* Make it anew at the next search. */
int names_drop(struct client *c, struct err *e);

/* ---- rename.c ---- */
/* Copy `w` into `a` with names replaced: `what` returns 0 to keep a name, 1 to put `*by` there, or the
 * op_sheet (lent) whose own names count instead. -ERR_FULL over SHEET_OPS_MAX names. */
typedef int rename_fn(void *ctx, struct op_id id, struct op_id *by, const struct op_sheet **instead,
		      struct err *e);
int rename_seen(struct op_sheet *w, rename_fn *what, void *ctx, struct arena *a, struct err *e);

/* ---- heads.c ---- */
/* The newest proven head of an incarnation. -ERR_NOTFOUND. */
int heads_newest(struct client *c, const uint8_t incarnation[16], struct head *out,
		 struct ed25519_sig *sig, struct err *e);
/* The newest that the log behind the cursor can be proven from: behind a restore one that goes no further than the branch.
 * -ERR_NOTFOUND. */
int heads_behind(struct client *c, struct head *out, struct ed25519_sig *sig, struct err *e);
/* Decode and check the signature. -ERR_NOTFOUND: there is none; -ERR_CORRUPT: not signed by the log. */
int heads_read(struct client *c, const struct wire_head *w, struct head *out,
	       struct ed25519_sig *sig, struct err *e);
/* Keep it as the newest of its incarnation, in a batch. */
int heads_keep(struct client *c, const struct head *h, const struct ed25519_sig *sig,
	       struct err *e);
/* The log goes on as incarnation `to`, of which there is no head yet, and is the one read here up to `lsn`: the first one
 * of `to` has to continue the newest head of before that goes no further, as far as those are kept. In a batch. */
int heads_carry(struct client *c, const uint8_t to[16], uint64_t lsn, struct err *e);
/* Keep one that contradicts another, as evidence; in a batch. */
int heads_evidence(struct client *c, const struct head *h, const struct ed25519_sig *sig,
		   struct err *e);

/* ---- pull.c ---- */
/* Take in one page. */
struct pulled {
	const struct wire_page *page;
	const struct head *head; /* verified and proven; NULL: none to keep */
	const struct ed25519_sig *sig;
	/* Own ops 1..acked_seq of the present epoch are in the log of the page, by the server's word. */
	uint64_t acked_seq;
	uint64_t count;            /* out: entries taken in */
	enum feed_trouble trouble; /* out: nothing of the page was taken, and this was noted */
	uint64_t trouble_lsn;
	bool anew; /* out: nothing of the page was taken, the part is to be read from its beginning */
};
/* In one commit with the cursor. Negative: the store failed. */
int pull_take(struct client *c, struct pulled *p, struct err *e);
/* The server said to begin again with `next`. */
int pull_restart(struct client *c, const struct wire_cursor *next, struct err *e);
/* stick.c; in a batch: the heads that own bundles showed are of a log that is no more, and proofs that begin there prove
 * nothing any more. */
int sent_of_before(struct client *c, struct err *e);
/* The present incarnation branched off at `lsn`: keep what is beyond as old, set base back, and queue the
 * own ops from `first_seq` on again (0: there is a new epoch, none of this one are sent). From there on
 * base is one of incarnation `id`. */
int pull_branch(struct client *c, const uint8_t id[16], uint64_t lsn, uint64_t first_seq,
		struct err *e);
/* What to ask for next. */
struct wire_cursor pull_cursor(const struct client *c);
/* *same: base has no entry of this lsn, or just these bytes. */
int pull_same(struct client *c, uint64_t lsn, struct span bytes, bool *same, struct err *e);
int pull_note(struct client *c, enum feed_trouble trouble, uint64_t lsn, struct err *e);

/* ---- old.c: entries of an incarnation that is no more ---- */
int old_keep(struct client *c, const uint8_t incarnation[16], const struct entry *en,
	     struct span bytes, struct err *e); /* in a batch */
/* In a batch: entries of it were kept, and it was read last of all. */
int old_left(struct client *c, const uint8_t incarnation[16], struct err *e);
/* Those (own ones and the server's own acts too) that were not yet brought back, of one incarnation, up to the
 * bounds, behind the last batch: first all of the one read last, which has in their places those that it took of
 * the ones before. Lend from `a`; count 0: none are left. */
enum { OLD_KEY_BYTES = 16 + 8, OLD_LEFT_MAX = 32 };
struct old_batch {
	uint8_t left[OLD_LEFT_MAX][16]; /* the one read last first */
	size_t left_count, at; /* at: the one whose turn it is; left_count: that of all others */
	bool ordered;
	uint8_t incarnation[16];
	struct span entries[256];
	uint64_t lsns[256];
	uint8_t marks[256 * MARK_BYTES];
	size_t count;
	uint8_t past[OLD_KEY_BYTES]; /* key of the last one looked at in this turn */
	bool begun;
	struct buf told; /* result u8 and key of each that was answered */
};
struct old_batch *old_batch_new(void); /* NULL: no memory */
void old_batch_free(struct old_batch *b);
int old_next(struct client *c, struct old_batch *out, size_t bytes_max, struct arena *a,
	     struct err *e);
/* `results` of OldAck: all but those that are "not now" the server has by its word. Kept in `b`, until ... */
int old_told(struct old_batch *b, struct span results, struct err *e);
/* ... the log was read to its end behind them: a server that is put back once more before that would have lost them with
 * nobody left who brings them. They need not be sent to this incarnation again. */
int old_settle(struct client *c, struct old_batch *b, struct err *e);
/* In a batch: the server goes on as another incarnation. What one took is brought again, save what was refused for good:
 * it may be of a unit that is read here no more. */
int old_again(struct client *c, struct err *e);
/* *any: is there something to be brought? */
int old_waits(struct client *c, bool *any, struct err *e);
/* Units that these made, where they were accepted, until `each` returns something else than 0. `code` is lent for the call. */
struct old_unit {
	uint32_t unit;
	struct span code;
};
int old_units(struct client *c,
	      int (*each)(void *ctx, const uint8_t incarnation[16], uint64_t lsn,
			  const struct old_unit *made),
	      void *ctx, struct err *e);
/* By stick none of them goes along. While the server recovers: before which own op of this epoch a bundle ends, since it
 * stood behind a closing that is not here; UINT64_MAX: before none. */
int old_holds(struct client *c, uint64_t *seq, struct err *e);

/* ---- hello.c ---- */
/* Heads lend from `a`. */
int client_hello(struct wire_hello *h, struct client *c, const uint8_t nonce[16],
		 uint32_t held_extra, int64_t now_ms, struct arena *a, struct err *e);
/* The proof in the answer begins at the head that a bundle shows: behind a restore not the newest one. */
int client_hello_by_stick(struct wire_hello *h, struct client *c, struct arena *a, struct err *e);

/* ---- client.c ---- */
/* As client_role(), where something rests on it: a base that cannot be read is an error. */
int client_role_now(const struct client *c, enum person_role *role, struct err *e);
/* Base built anew in one commit: `each` is told every entry before it is put (or left out: `beyond`),
 * `extra` writes what else belongs to the commit. Both find the new ledger as c->base, in a batch. */
struct rebuilding {
	int (*each)(struct client *c, void *ctx, const struct entry *en, struct span bytes,
		    struct span before, bool beyond, struct err *e);
	int (*extra)(struct client *c, void *ctx, struct err *e);
	void *ctx;
};
int client_rebuild(struct client *c, const struct part_source *from, const struct rebuilding *r,
		   struct err *e);
/* Drafts, queued ops and the oldest of them, without looking at sheets. */
int client_held(struct client *c, struct client_status *out, struct err *e);
#endif
