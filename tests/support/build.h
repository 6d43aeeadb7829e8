/* A ledger for one test, and short words for making ops, devices and batches. Whatever these cannot do
 * ends the program with a line on stderr: a test that could not be set up has failed. */
#ifndef SUPPORT_BUILD_H
#define SUPPORT_BUILD_H

#include "base/arena.h"
#include "ledger/ledger.h"

/* ---- chance from a seed ---- */
struct rng {
	uint64_t state;
};
uint64_t rng_next(struct rng *r);
uint32_t rng_below(struct rng *r, uint32_t n); /* 0..n-1; n above 0 */
bool rng_chance(struct rng *r, uint32_t percent);

/* ---- a store ---- */
struct world {
	struct kv *kv;
	struct ledger *l;
	struct ed25519_key key;
	struct ledger_birth birth;
	int64_t now_ms;  /* handed to every act and submission; moves by hand */
	struct arena *a; /* what the builders lend lives here, as long as the world */
	char dir[64];    /* empty: in memory */
	struct err e;
};

/* Fail with what `e` says unless rc is 0 (or more). Returns rc. */
int must(int rc, const struct err *e, const char *what);

void world_open(struct world *w, bool lmdb, bool illustrative); /* created, opened, no batch */
void world_close(struct world *w);                              /* the folder goes too */
void world_reopen(struct world *w);                             /* the ledger, over the same kv */
struct kv *world_kv_new(struct world *w);                       /* an empty one in memory */
void world_birth(struct ledger_birth *b, struct ed25519_key *key);

void world_begin(struct world *w);
void world_commit(struct world *w);
/* An act within the batch; the lsn it got. */
uint64_t world_act(struct world *w, const struct op *op);
/* begin, act, commit */
uint64_t world_act_now(struct world *w, const struct op *op);
/* begin, act; the negative error of a refused act, the batch aborted; or 0, committed. */
int world_try(struct world *w, const struct op *op);

/* ---- ops; texts must outlive them ---- */
enum { FORM_SHORT = 101, FORM_QUARTERLY = 102 }; /* build_form_* below; real ones: 1, 2, 3 */
day_t day(int year, int month, int d);
struct period month_of(int year, int month);
struct period year_of(int year);
struct op build_form(struct world *w,
		     const char *name); /* "monthly", "flash", "yearly": the real file */
struct op build_form_text(const char *text);
/* Monthly, the measures admitted (2), members_end (14), admitted_women (15, of admitted) and note (900,
 * not additive); blocking rules: at most prev(members_end) + admitted, and the of-which one. */
extern const char form_short_text[];
/* Quarterly, measures 901 (flow) and 902 (stock), shared with no other form. */
extern const char form_quarterly_text[];
/* The monthly form with one measure or rule of each sort: where every allocation of reading it is to fail, and 46
 * measures ask for the same ones again and again. */
extern const char form_small_monthly_text[];

struct op build_unit(uint32_t unit, uint32_t parent, enum unit_kind kind, const char *code,
		     uint8_t reports);
struct op build_plan(uint32_t unit, uint8_t form, struct period p, enum plan_step step);
struct op build_person(uint32_t person, uint32_t unit, enum person_role role);
struct op build_device(uint64_t device, uint32_t unit, uint32_t person, uint32_t epoch);
struct op build_members(uint32_t unit, day_t on, int64_t members);
struct op build_target(uint32_t unit, struct period p, const char *measure, const char *doc_no,
		       int64_t value);
struct op build_request(uint32_t unit, uint8_t form, day_t on);

/* A sheet op in one place: fill `figures` and `seen` through the calls. */
struct sheet_draft {
	struct op op;
	struct op_figure figures[MEASURES_MAX];
	struct op_id seen[SHEET_OPS_MAX];
};
void draft_init(struct sheet_draft *d, uint32_t unit, uint8_t form, struct period p);
/* The bit of `id` in seen, added when new; 0 when seen is full. */
uint64_t draft_see(struct sheet_draft *d, struct op_id id);
/* One measure, kept in order; value 0 is nil. */
void draft_put(struct sheet_draft *d, uint16_t measure, int64_t value, uint64_t over);
void draft_blank(struct sheet_draft *d, uint16_t measure, uint64_t over);
void draft_sign(struct sheet_draft *d, enum sign_how how, uint64_t covers);
/* d->op with its arrays pointing here; valid while `d` stays where it is. */
const struct op *draft_op(struct sheet_draft *d);

/* ---- devices ---- */
struct device {
	uint64_t device;
	uint32_t unit, person, epoch;
	uint64_t seq;    /* of the last op sent */
	uint64_t behind; /* the newest entries that it has not read */
};

/* An op as it crosses the wire; lends from `a`. */
struct packed {
	struct span envelope, body;
};
struct packed pack(struct world *w, struct op_id id, const struct op *op, uint64_t base_lsn);
struct packed pack_body(struct world *w, struct op_id id, struct span body, uint64_t base_lsn);

/* Enrol a new device and its person (acts in the batch that is open). */
struct device world_device(struct world *w, uint32_t unit, enum person_role role);
/* The device's next op, base = what is committed or made so far; in the open batch. The author is the
 * device's person. Fails the test on anything but a verdict. */
struct judgement world_submit(struct world *w, struct device *d, struct op *op);
/* begin, submit, commit */
struct judgement world_submit_now(struct world *w, struct device *d, struct op *op);
struct op_id device_id(const struct device *d); /* of the last op sent */

/* ---- behind a restore ---- */
/* The log goes on from `branch` as another incarnation; what pack() makes is still of the first. */
void world_restore(struct world *w, uint64_t branch);
/* What verify says of `before`, the rows as they were before entry `lsn`, with that entry judged so. */
int world_verify_as(struct world *w, const struct kv *before, uint64_t lsn, enum op_verdict verdict,
		    enum op_code code, const char *detail);

/* ---- whole stores ---- */
/* 0 when both hold the same bytes; else the number of the table + 1, and *where its name and row. */
int kv_differ(struct kv *a, struct kv *b, char where[96]);
uint64_t kv_rows(struct kv *kv, uint8_t table);

/* A province (1), two districts (2, 3), each with two grassroots organisations (4, 5; 6, 7) that report
 * FORM_SHORT monthly from 2020 on. */
void build_small_tree(struct world *w);
#endif
