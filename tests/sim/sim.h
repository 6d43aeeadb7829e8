/* A province in one process: a server, devices and the links between them, on virtual time, all drawn
 * from one seed. Two witnesses stand beside it and share nothing with what they watch: the naive model,
 * told every entry of the log, and a note of what each person typed and each device was told. */
#ifndef SIM_H
#define SIM_H

#include "build.h"
#include "naive.h"

#include "client/conflicts.h"
#include "client/entry.h"
#include "client/outbox.h"
#include "client/overlay.h"
#include "client/sync.h"
#include "ledger/part.h"
#include "ledger/query.h"
#include "ledger/verify.h"
#include "server/follower.h"
#include "server/keystore.h"
#include "server/session.h"
#include "server/stick.h"
#include "server/writer.h"

enum {
	HOLDERS_MAX = 256, /* devices, copies of devices included */
	LINES_MAX = 320,
	BASE_UNITS = 2048,
	SMALL_UNITS = 256, /* no more in worlds of other shapes */
	BASE_DEVICES = 1792,
	TYPED_MAX = 12, /* figures of one draft */
	OVER_MAX = 24,  /* versions that one figure may have stood over, as far as is noted */
	SHAPES = 6,     /* small provinces; one more is large, and one as large as they are */
	SHAPE_PROVINCE = SHAPES + 1,
	STEPS_DEFAULT = 220,
	STEPS_PROVINCE = 500,
	STICKS_MAX = 12, /* on their way at once */
	PARKED_MAX = 4,
	ACTS_MAX = 256,
	CLOSED_MAX = 64,
	OWED_HOLDERS = 4,
	PERSONS_NAME = 40,
	TOLD_AGAIN = 4, /* every so many small worlds: in another order of their devices */
};

/* In every name of the register of persons, so that one search finds any of them in clear. */
#define PERSONS_MARK "Zợt Ảo"

/* What went wrong or against the grain, counted. A batch in which one never happened proves nothing. */
enum fault {
	F_CUT,
	F_CUT_MID_FRAME,
	F_HALF_OPEN,
	F_STALL,
	F_DEADLINE,
	F_REPLAY,
	F_STALE,
	F_SERVER_CRASH,
	F_SERVER_CRASH_UNTOLD,
	F_SERVER_STOP,
	F_CLIENT_CRASH,
	F_COMMIT_LOST,
	F_COMMIT_LANDED,
	F_BATCH_ABORTED,
	F_SERVER_FULL,
	F_CLIENT_FULL,
	F_CLIENT_COMMIT_LOST,
	F_CLIENT_COMMIT_LANDED,
	F_CLIENT_RESTORED,
	F_CLIENT_CLONED,
	F_SUSPENDED,
	F_SERVER_RESTORED,
	F_RESTORED_UNTOLD,
	F_RESTORED_FROM_BEFORE,
	F_BEHIND,
	F_CLOCK_WRONG,
	F_SERVER_CLOCK_BACK,
	F_SERVER_DAY_BACK,
	F_CONTESTED,
	F_RESOLVED,
	F_PULLED_BETWEEN,
	F_MIXED_ADDED,
	F_MIXED_REMOVED,
	F_NEWER_OP,
	F_OUTSIDER,
	F_REVOKED,
	F_AUTHORITY,
	F_NEW_EPOCH,
	F_SET_ASIDE,
	F_REMADE,
	F_DROPPED,
	F_REFUSED,
	F_ON_BEHALF,
	F_FLASH,
	F_AMENDED,
	F_NIL,
	F_REQUEST,
	F_SAME_OP_AGAIN,
	F_TINY_LIMITS,
	F_UNIT_MADE,
	F_PLAN_CHANGED,
	F_ROLE_CHANGED,
	F_PERSON_ENDED,
	F_RIGHT_ENDED,
	F_NIGHT,
	F_INTERLEAVED,
	F_RENEWED,
	F_EXPIRED,
	F_ENROLLED,
	F_ENROLLED_AGAIN,
	F_BUSY,
	F_JITTER,
	F_TAKEN_DOWN,
	F_PARKED,
	F_BROUGHT_BACK,
	F_BROUGHT_FOR_OTHERS,
	F_CLOSING_WAITED,
	F_ACT_CREATE,
	F_ACT_RENAME,
	F_ACT_MOVE,
	F_ACT_MERGE,
	F_ACT_SPLIT,
	F_ACT_DISSOLVE,
	F_ACT_DUE,
	F_LATE_SUCCESSOR,
	F_LATE_MAPPED,
	F_CLOSED,
	F_CLOSED_REPORT,
	F_LATE,
	F_LATE_COUNTED,
	F_LATE_DECLINED,
	F_UNLOCKED,
	F_ACCEPTED,
	F_RETURNED,
	F_RECALLED,
	F_STICK_MADE,
	F_STICK_BROUGHT,
	F_STICK_CARRIED,
	F_STICK_CUT,
	F_STICK_LATE,
	F_STICK_TWICE,
	F_STICK_OVERTAKEN,
	F_STICK_ONLINE_TOO,
	F_STICK_DAMAGED,
	F_STICK_ANSWERED,
	F_STICK_ACKED,
	F_STICK_ANSWER_LATE,
	F_STICK_ANSWER_TWICE,
	F_STICK_ANSWER_LOST,
	F_CASE_OPENED,
	F_CASE_STEP,
	F_CASE_SETTLED,
	F_CASE_SENT,
	F_MEMBER_ENTERED,
	F_MEMBER_ENDED,
	F_MEMBER_SENT,
	F_MOVE_TAKEN,
	F_MOVE_REFUSED,
	F_MOVE_RECALLED,
	F_CORRECTED,
	F_CORRECTED_TWICE,
	F_FORGOTTEN,
	F_KEY_RENEWED,
	F_UNIT_LOST,
	F_RECOVERY_AGREED,
	F_RECOVERED,
	F_GOAL_DRAFTED,
	F_GOAL_WITHDRAWN,
	F_GOAL_ANSWERED,
	F_GOAL_CROSSED,
	F_GOAL_UNASKED,
	F_GOAL_PUBLISHED,
	F_STANDBY_LEVEL,
	F_PROMOTED,
	F_PROMOTED_BEHIND,
	F_BEFORE_STOPPED,
	FAULTS
};
extern const char *const fault_names[FAULTS];

/* ---- what the log is noted to hold ---- */

struct made {
	struct op_id id;
	struct hash body;
};
struct logged {
	struct op_id id; /* device 0: the server's act */
	struct hash body;
	enum op_verdict verdict;
	enum op_code code;
	uint32_t unit;
	bool for_all_below;  /* of a unit above, and read by those below all the same */
	bool for_successors; /* of a unit that went over into others, and read by those */
	enum {
		TOLD_NOT,    /* to those whom the unit has left */
		TOLD_OF_DAY, /* if it stood there on that day */
		TOLD_FROM,   /* if it stood there on it or later */
		TOLD_ALWAYS
	} told;
	day_t told_day;
	bool closes;
	bool writes; /* accepted, and changes the sheet `key` */
	struct naive_key key;
	uint32_t unit_changed; /* its plan is another, or it is new; 0: no */
	bool act;              /* of reorganisation */
	bool of_register;      /* about a person, and accepted */
	bool corrects;         /* a record of the register, and accepted */
	bool addressed;        /* to this unit, 0: to everybody */
	uint32_t addressed_to;
	int64_t time_ms;
	uint64_t lsn;
	size_t loss; /* with which of the lost logs it went */
	bool back; /* a closing that was brought back out of it, while the server was recovering */
};

/* ---- what is made once and copied for every seed ---- */

struct base_unit {
	uint32_t unit, parent;
	day_t opened, closed;
	bool reports;
	uint64_t lsn; /* made in the run by this entry; 0 before it */
};
struct base_device {
	uint64_t device;
	uint32_t unit, person;
	enum person_role role;
};
struct base {
	struct world w;
	struct naive *n;
	unsigned used; /* seeds run on this model; it is made anew now and then */
	uint64_t lsn;
	struct logged *log; /* of the entries up to there */
	struct base_unit units[BASE_UNITS];
	size_t unit_count;
	struct base_device devices[BASE_DEVICES];
	size_t device_count;
	struct buf ca;
	struct p256_key *ca_key;
	int64_t ca_from_ms;
	struct p256_key *device_key; /* of every device that is there from the beginning */
	struct hash device_spki;
	struct seal_key server_seal, seals[2]; /* each device has one of the two, then the other */
	const struct base_device *newer;       /* stands for newer and dishonest programs */
};
struct base *base_get(unsigned shape); /* SHAPES: the large one; SHAPE_PROVINCE */
void bases_free(void);

/* ---- what persons typed ---- */

struct typed {
	uint16_t measure;
	enum figure_state state;
	int64_t value;
	struct op_id over[OVER_MAX];
	size_t over_count;
};
struct noted_draft {
	struct draft_key key;
	struct typed figures[TYPED_MAX];
	size_t count;
	uint64_t cursor_lsn; /* of base when it was typed */
};
struct noted_op {
	struct op_id id;
	struct hash body;
	struct naive_key key;
	enum op_verdict verdict; /* as this holder was told */
	uint64_t lsn;
	bool aside_seen;
};
struct notes {
	struct noted_draft *drafts;
	size_t draft_count, draft_cap;
	struct noted_op *ops;
	size_t op_count, op_cap;
};

/* ---- a device ---- */

struct held_cert {
	struct hash spki;
	int64_t not_before_ms, not_after_ms;
	struct p256_key *key; /* the base's, or of the run */
	uint8_t der
		[CERT_BYTES_MAX]; /* as the server gave it; those of the base are made when asked for */
	size_t der_len;
};

struct holder {
	size_t index;
	const struct base_device *d;
	uint8_t nonce[16];
	struct kv *kv;
	struct client *c;
	struct line *line; /* the contact that is going on */
	struct held_cert cert;
	bool renew;       /* it was told to */
	uint8_t csr[512]; /* what it asks with */
	size_t csr_len;
	struct p256_key *csr_key;
	int64_t skew_ms; /* its clock against the server's */
	bool off;        /* a copy that was thrown away, or a device given up */
	bool copied;     /* there is or was another installation of this device */
	bool restored;
	bool revoked;
	bool full;
	struct notes notes;
	/* an older state of its disk */
	struct kv *old_kv;
	struct notes old_notes;
	uint64_t calls_of_submit, calls_of_save, calls_of_receive;
	struct noted_draft trying; /* what was being kept when its store failed */
	bool try_draft, try_op;
	uint16_t try_untype;
	uint64_t restored_at; /* server's restores when its disk was last put back */
	bool by_stick;        /* hardly ever a line */
	bool carries;         /* bundles of others wait here */
	int64_t carried_ms;   /* answers of before were looked at */
	uint64_t not_before_ms;
	enum sync_end last_end;
	struct sync_result last;
	/* the register: keys on a disk of their own */
	struct seal_key seal;
	struct keyring *keys;
	struct kv *key_kv, *old_key_kv;
	uint64_t
		keys_at; /* how many keys had moved in the world when a contact began that moved none */
};

/* ---- a connection ---- */

struct pipe {
	struct buf raw; /* as produced, not yet looked at (mixed versions only) */
	struct buf bytes;
	size_t at;
};
struct line {
	bool used;
	struct holder *h;
	const struct base_device *d;
	struct sync *sync;               /* NULL: the device's end is gone */
	struct session *session;         /* NULL: the server's end is gone */
	bool client_told, server_told;   /* of the other's end */
	bool client_blind, server_blind; /* never will be: half open */
	bool stalled, mixed, replay, expired, carry;
	struct pipe up, down;
	struct buf unread; /* at the server, not consumed */
	struct buf tape;   /* all that was sent up */
	uint64_t conn, passed, cut_at;
	uint64_t keys_began; /* how many keys had moved in the world when it was opened */
	uint64_t restores_began;
};

/* Somebody with a card, on the way to be a device. */
struct enrolment {
	bool used, again;
	struct code_key code;
	struct p256_key *key;
	uint8_t nonce[16], request[1024];
	size_t request_len;
	struct hash binding;
	uint64_t conn, asked_at, first_ms, device; /* the one it made, by the log */
	uint32_t unit;
	struct session *session;
};

/* A file in somebody's pocket: a bundle, or the answer to one. */
struct stick {
	bool used, answer, damaged;
	uint64_t device, order, made_ms;
	uint32_t unit, epoch;
	uint64_t first_seq;
	size_t count;     /* ops */
	struct hash spki; /* of the key that it was signed with */
	struct hash id;
	unsigned times;  /* that it went somewhere */
	uint64_t astray; /* the device that brought it when the unit was no longer below its own */
	uint8_t *bytes;
	size_t len;
};

/* An op of the log that was lost with the server's disk, and who had read it. */
struct owed {
	struct op_id id;
	struct hash body;
	uint64_t restores;
	size_t holders[OWED_HOLDERS], count;
};

struct heard_act {
	uint64_t lsn;
	day_t effective;
	bool moves;
};
/* A target, a draft of one or a registration, as the log has it. */
struct goal {
	uint64_t lsn;
	enum op_kind kind;
	uint32_t unit;
	unsigned year; /* from the first one that is drawn */
	enum target_type type;
	int64_t value;
	uint64_t draft; /* the one that it names */
	char doc[16];
};
/* A closing, and what its report said when it was made. */
struct closed_report {
	uint64_t lsn;
	uint32_t unit;
	struct period period;
	bool kept;
	struct hash report, pinned;
};

/* ---- the server ---- */

struct sim {
	uint64_t seed;
	struct rng r;
	bool loud, large;
	bool marks_removed; /* somebody read pages of a server that gives no marks */
	bool province;      /* of that shape; large as well */
	size_t units_max;
	unsigned step, steps;
	uint64_t faults[FAULTS];
	uint64_t mono_ms;
	int64_t wall_ms; /* true time */
	int64_t server_skew_ms;
	struct err e;

	struct base *b;
	struct naive *n;
	struct kv *kv;
	struct ledger *l;
	struct server sv;
	struct writer *writer;
	struct devices *devices;
	struct enroller *enroller;
	struct sticks *stick_desk;
	struct answers_mem *answers;
	struct codes_mem *codes;
	struct enrolment enrolments[4];
	struct p256_key **keys; /* made in the run */
	size_t key_count;
	struct told_key {
		uint64_t device, lsn;
		struct hash spki;
	} * told_keys; /* of devices, by the log, oldest first; without the first ones of the base */
	size_t told_key_count;
	struct stick sticks[STICKS_MAX];
	struct heard_act acts[ACTS_MAX];
	size_t acts_count, acts_checked;
	day_t awaited; /* that of an act soon to come: nights pass quicker until then */
	struct {
		uint32_t from, into;
	} taken_over[ACTS_MAX * 2];
	size_t taken_over_count;
	struct {
		uint32_t from, into;
		uint64_t late_lsn, lsn; /* of the late op, of the decision */
	} mapped[ACTS_MAX];             /* late ops of one unit that count for another */
	size_t mapped_count;
	bool ever_moved;
	struct goal *goals; /* in the order of the log */
	size_t goal_count, goals_checked;
	struct closed_report closed[CLOSED_MAX];
	size_t closed_count;
	struct op
		asked_unlock; /* what one person asked for and another may confirm; until_ms 0: nothing */
	uint64_t confirmed; /* the asking that was last confirmed */
	uint32_t unlocked;  /* a unit, just now; it is looked at when the whole batch is told */
	uint64_t busy_until_ms;
	struct {
		struct op_id id;
		unsigned crashes;
	} heavy[PARKED_MAX]; /* ops that take the server down */
	size_t heavy_count;
	struct owed *owed;
	size_t owed_count;
	uint64_t stick_order;
	size_t card_count; /* codes that are being made */
	struct base_device enrolled[8];
	size_t enrolled_count;
	bool up, ever_restored;
	bool ever_untold;
	bool undeclared;       /* an older copy runs, and nobody has said so */
	bool declaring;        /* the operator is about to */
	bool behind;           /* the server has noticed */
	uint8_t behind_of[16]; /* in this incarnation */
	uint64_t branch;       /* where that copy ended */
	uint64_t conns, calls_of_commit;
	struct kv *old_kv; /* an older copy of the server's disk */
	uint64_t restores;
	uint64_t released_at; /* store calls when the last op of a batch was judged */
	struct logged *log;   /* by lsn - 1 */
	size_t log_count, log_cap;
	struct logged *lost; /* what was in the log before an older copy was put back */
	size_t lost_count, losses;
	struct made *made; /* every op any person ever made */
	size_t made_count, made_cap;
	bool newer_out;           /* an op of the newer program is with the writer */
	enum op_code newer_wants; /* what is to come of it; OK: what the model says */
	bool limited;
	struct server_limits limits;
	uint32_t in_hand_twice;

	struct holder holders[HOLDERS_MAX];
	size_t holder_count;
	struct line lines[LINES_MAX];
	struct buf tape; /* a session kept for replay */
	const struct base_device *tape_of;
	struct held_cert tape_cert;
	bool tape_whole;
	uint32_t fault_percent[FAULTS]; /* in thousandths, for those that are drawn */
	struct {
		uint64_t lsn;
		uint32_t unit;
		day_t day;
	} requests[16];
	size_t request_count;
	struct base_unit units[BASE_UNITS]; /* of the base and of the run, by number - 1 */
	size_t unit_count;
	uint64_t touched_from; /* naive has been compared up to here */
	bool healing;
	bool follows; /* a standby does, and may be promoted */
	struct standby {
		struct kv *kv, *key_kv; /* the second is lent to `keys` */
		struct ledger *l;
		struct keystore *keys;
		struct session *session; /* while a contact goes on */
		uint64_t conn, proven, restores;
		bool stopped;
	} standby;
	struct kv *before_kv; /* the server that a standby was promoted in the place of */
	uint8_t promoted_of[16];
	uint64_t promoted_at; /* how many restores there were then */
	bool aims;            /* a world with drafts of targets */
	bool reg;             /* a world with a register of persons */
	struct keystore *keystore;
	struct kv *key_kv,
		*key_disk; /* lent to the key store; what is there while the server is not */
	struct known_person {
		uint8_t id[PERSON_ID];
		uint32_t who;
	} * people;
	size_t people_count;
	uint32_t who_count, lost_unit;
	uint64_t keys_moved; /* to and from the key store, of all devices */
};

/* Ends the run, telling seed and step. */
_Noreturn void sim_fail(const struct sim *s, const char *format, ...) BASE_PRINTF(2, 3);
void sim_say(const struct sim *s, const char *format, ...) BASE_PRINTF(2, 3);
void sim_count(struct sim *s, enum fault f);
bool sim_draw(struct sim *s, enum fault f); /* by the seed's own odds; never while healing */
struct moment sim_server_now(const struct sim *s);

/* world.c */
struct sim_how {
	unsigned steps; /* 0: as the seed draws */
	bool loud, province;
};
void sim_open(struct sim *s, uint64_t seed, const struct sim_how *how);
void sim_run(struct sim *s);
void sim_close(struct sim *s);

/* post.c: the server's process */
void post_open(struct sim *s);  /* over s->kv */
void post_close(struct sim *s); /* in order, or as a crash */
void post_crash(struct sim *s, bool told);
void post_restart(struct sim *s);
void post_run(struct sim *s); /* one batch, if due */
void post_deliver(struct sim *s, size_t most);
void post_act(struct sim *s, const struct op *op);
void post_device_act(struct sim *s, enum job_kind kind, uint64_t device, const uint8_t nonce[16]);
void post_newer(struct sim *s); /* what a newer or dishonest program sends */
void post_told(struct sim *s);  /* tell the witnesses what the log now has */
void post_declare(struct sim *s);
void post_recovered(struct sim *s); /* the operator ends the recovery */
void post_restore(struct sim *s);   /* an older copy is brought back, and declared */
void post_keep_copy(struct sim *s);

/* judge.c: is the verdict on a device's entry the one that the rules as written give? */
void judge_check(struct sim *s, const struct entry *en, const struct envelope *env,
		 const struct logged *g, struct arena *a);

/* broken.c: worlds broken on purpose must be noticed */
void broken_do(struct sim *s); /* when all is quiet, before it is checked */
bool broken_order(void);       /* also orders in which nobody had read what they name */
int broken_all(void (*play)(uint64_t seed));

/* digest.c: what the world came to, when all is quiet; and whether that depends on it alone */
struct hash sim_digest(struct sim *s);
int digest_same(struct hash (*play)(uint64_t seed));

/* chance.c: what OpenSSL draws from now on */
void chance_fix(uint64_t seed);
void chance_sha256(uint8_t out[32], const void *bytes, size_t len);

/* keys.c: certificates, codes and enrolment */
void keys_make_ca(struct base *b);
void keys_open(struct sim *s);
void keys_server_gone(struct sim *s);
void keys_close(struct sim *s);
void keys_first(struct sim *s, struct holder *h);
void keys_ask(struct sim *s, struct holder *h, struct sync_ask *ask);
struct span keys_certificate(struct sim *s, struct holder *h);
void keys_over(struct sim *s, struct holder *h, const struct sync *sync);
void keys_make_code(struct sim *s, uint32_t unit);            /* 0: of any */
void keys_of_device(const struct base *b, struct op *device); /* as the ledger first has it */
void keys_make_devices(struct base *b);
void keys_code_made(struct sim *s, const struct job *j);
void keys_step(struct sim *s);
void keys_forget(struct sim *s, uint64_t lsn); /* what was told behind this entry */
/* Was that key told in an entry that went with a disk, and has not come back? */
bool keys_gone(const struct sim *s, uint64_t device, const struct hash *spki);
void keys_new_seal(struct sim *s, const struct base_device *d); /* its authority is another then */
void keys_heard(struct sim *s, const struct op *op, uint64_t lsn); /* of a device, in the log */
bool post_parked(const struct sim *s, struct op_id id);
void post_mood(struct sim *s);
bool keys_done(struct sim *s, struct job **j); /* true: it was for an enrolment, and is taken */

/* stick.c */
void sticks_step(struct sim *s);
void sticks_job_done(struct sim *s, const struct job *j); /* one brought to the server itself */
/* The server wants nothing of what this carrier brings. */
void sticks_turned_away(struct sim *s, const struct base_device *by, const struct hash *id);
/* `carried`: the contact was to bring what others gave it. */
void sticks_contact_over(struct sim *s, struct holder *h, bool carried);
void sticks_drop_all(struct sim *s);

/* owed.c: what a restored server has lost, and gets back */
void owed_note(struct sim *s, uint64_t branch); /* before the older copy is put in place */
void owed_count(struct sim *s, const struct job *j);
void owed_check(struct sim *s);

/* reorg.c */
void reorg_draw(struct sim *s);
uint32_t reorg_district(struct sim *s); /* whatever stands directly under the province */
void reorg_heard(struct sim *s, const struct op *op, uint64_t lsn);
void reorg_day(struct sim *s, day_t was, day_t is); /* that of the newest entry */
void reorg_check(struct sim *s);                    /* what was before the newest acts */

/* months.c */
void months_draw(struct sim *s);
bool months_settle(struct sim *s, unsigned round); /* true: nobody has to decide on anything */
void months_heard(struct sim *s, const struct op *op, const struct entry *en, struct logged *g);
void months_pin(struct sim *s);   /* the reports of the newest closings */
void months_check(struct sim *s); /* they are what they were */
void months_forget(struct sim *s, uint64_t lsn);

/* goals.c: drafts of targets. Nothing of it happens in worlds without them. */
void goals_act(struct sim *s, struct holder *h);
bool goals_is(const struct op *op);
enum op_code goals_answer(const struct sim *s, const struct op *op,
			  uint64_t lsn); /* rights are not looked at */
void goals_heard(struct sim *s, const struct op *op, uint64_t lsn);
void goals_forget(struct sim *s, uint64_t lsn);
void goals_check(struct sim *s); /* what was told since the last time */
void goals_check_end(struct sim *s);
/* What this device answers by itself: the server says the same. */
void answers_check(struct sim *s, struct holder *h);

/* promote.c */
void promote_begin(struct sim *s);
void promote_close(struct sim *s);
void promote_step(struct sim *s);
void promote_server_gone(struct sim *s);
bool promote_done(struct sim *s, struct job **j); /* true: it was the standby's, and is taken */
void promote_check_end(struct sim *s);
/* post.c: another disk in the place of the server's, which had `lsn` entries in common with it */
void post_promoted(struct sim *s, const struct kv *disk, const struct kv *keys, uint64_t lsn);

/* persons.c: the register at the devices. Nothing of it happens in worlds without one. */
void persons_seed(const struct sim *s);
void persons_begin(struct sim *s);
void persons_holder_new(struct sim *s, struct holder *h, const uint8_t seed[SEAL_SEED_BYTES]);
void persons_holder_again(struct sim *s, struct holder *h, const struct kv *from);
void persons_holder_copy(struct sim *s, struct holder *h);
void persons_holder_close(struct holder *h);
void persons_note_own(struct sim *s, struct holder *h);
void persons_act(struct sim *s, struct holder *h);
/* fixing.c: a field or two of this record, as the program writes them; its error. */
struct case_writer;
struct case_record;
struct register_member;
int fixing_write(struct sim *s, struct holder *h, const struct case_writer *w,
		 const struct case_record *r, const struct register_member *m);
void persons_know(struct sim *s, const uint8_t id[PERSON_ID], uint32_t who);
uint32_t persons_who(const struct sim *s, const uint8_t id[PERSON_ID]); /* 0: nobody */
struct span persons_name(char room[PERSONS_NAME], uint32_t who);

/* roster.c: the register at the server, and what must hold of it */
void roster_open(struct sim *s);
void roster_server_gone(struct sim *s);
void roster_close(struct sim *s);
void roster_step(struct sim *s);
void roster_put(struct sim *s, const struct job *j);
void roster_contact_over(struct sim *s, struct holder *h, uint64_t began);
void roster_heard(struct sim *s, const struct op *op, const struct entry *en, struct logged *g);
void roster_bytes(struct sim *s, struct span bytes, const char *where); /* that leave somebody */
void roster_check(struct sim *s);
void roster_check_keys(struct sim *s);
void roster_check_end(struct sim *s);
/* On purpose: a name in clear in the key store, or a key of somebody who is gone. */
void roster_break(struct sim *s, bool name);

/* interleave.c: one line with everything that totals say */
void sim_put_totals(struct sim *s, struct ledger *l, const struct query *q, struct buf *b);

/* interleave.c: the log again, in another order of its devices */
void interleave_check(struct sim *s);

/* changes.c: what an operator changes of the province while people work */
void changes_draw(struct sim *s);

/* line.c */
struct line *line_open(struct sim *s, struct holder *h);
void line_replay(struct sim *s);
bool line_move(struct sim *s, struct line *l); /* some bytes one way; false: nothing to move */
void line_cut(struct sim *s, struct line *l, bool tell_client, bool tell_server);
void line_tick(struct sim *s, struct line *l);
void line_server_gone(struct sim *s, struct line *l, bool told);
void line_done(struct sim *s, struct line *l, struct job *j);
void line_offer(struct sim *s, struct line *l);
uint64_t line_deadline(const struct line *l);
void line_sweep(struct sim *s, struct line *l); /* free what both ends have left */
void line_free(struct line *l);
void line_client_died(struct sim *s, struct line *l);
/* mixed.c: whole frames of `raw` into `out`, changed as the table says */
void mixed_pass(struct sim *s, struct buf *raw, struct buf *out, bool up);

/* holder.c: the device's process, and the person before it */
void holder_open(struct sim *s, struct holder *h, const struct base_device *d,
		 const uint8_t nonce[16]);
void holder_close(struct holder *h);
void holder_crash(struct sim *s, struct holder *h);
void holder_keep_copy(struct sim *s, struct holder *h);
void holder_restore(struct sim *s, struct holder *h);
void holder_clone(struct sim *s, struct holder *h);
void holder_act(struct sim *s, struct holder *h);              /* one thing that a person does */
void holder_decide(struct sim *s, struct holder *h, bool all); /* about ops set aside */
void holder_contact_over(struct sim *s, struct holder *h);
struct sync_now holder_now(const struct sim *s, const struct holder *h);

/* notes.c */
void notes_free(struct notes *n);
void notes_copy(struct notes *to, const struct notes *from);
struct noted_draft *notes_draft(struct notes *n, const struct draft_key *k, bool make);
void notes_drop_draft(struct notes *n, const struct draft_key *k);
struct noted_op *notes_op(struct notes *n, struct op_id id);
void notes_add(struct sim *s, struct holder *h, struct op_id id);
/* Does the store hold what was typed, and what the server said what the log says? */
void notes_check(struct sim *s, struct holder *h);
/* Is this draft what was noted, each figure with what it stood over? */
bool notes_same(const struct noted_draft *n, const struct draft *d);
void notes_check_acks(struct sim *s, struct holder *h);

/* check.c */
void check_touched(struct sim *s); /* what entries since the last call wrote to */
void check_all(struct sim *s);
void check_totals(struct sim *s);
void check_holder_base(struct sim *s, struct holder *h);          /* when it has read to the end */
bool sim_below(const struct sim *s, uint32_t unit, uint32_t top); /* today */
day_t sim_log_day(const struct sim *s); /* of the newest entry, which no clock takes back */
bool has_read_all(const struct sim *s, const struct holder *h);
void check_pairs(struct sim *s); /* devices of one unit that have read equally far */
void check_end(struct sim *s);
#endif
