/* What a session or a local command asks of the writer: one struct, owned by one side at a time. The
 * asker makes it and gives it away; it comes back with the answers filled in, after the commit. A job
 * nobody waits for any more is freed. */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include "crypto/code.h"
#include "server/hello.h"

enum job_kind {
	JOB_OPS,   /* the ops of one Submit */
	JOB_HELLO, /* a Hello whose outcome is an act */
	JOB_RENEW,
	JOB_ENROL,
	JOB_OLD,    /* entries of before a restore, brought back */
	JOB_SEEN,   /* a device was here; never comes back */
	JOB_READ,   /* how far a standby has come; never comes back */
	JOB_PIECE,  /* a piece of a bundle that a device carries */
	JOB_PART,   /* a piece of an answer is asked for */
	JOB_BUNDLE, /* a bundle that was brought to the server itself */
	JOB_KEYS,   /* wraps of the register, put or asked for */
	JOB_CODE,   /* make a one-time code */
	JOB_REVOKE,
	JOB_LIFT, /* end a suspension */
	JOB_ACT,  /* any act of the server */
	JOB_KINDS
};

struct job_op {
	struct span envelope, body; /* body.data NULL: withdrawn */
	uint64_t seq;
	struct hash body_hash;
	/* answered */
	uint64_t lsn;
	enum op_verdict verdict; /* VERDICT_NONE: not now */
	enum op_code code;
	enum wire_code not_now;
	char detail[64];
	bool fork;
};

enum { OLD_NUMBERS = 64 };

/* What a connection has brought back and what waits (PROTOCOL.md, section 12): a closing stays behind what it closes, and
 * in front of the sheets that stood behind it; a device's next epoch stays behind what it said in the one before. And which
 * units the lost log had made whose numbers are others' here. More than there is room for: any may be one of them, as far as
 * it can be. */
struct old_places {
	struct old_closing {
		uint32_t unit;
		uint8_t form;
		struct period period;
	} closings[32];
	uint32_t units[64];
	uint64_t devices[64];
	struct old_number {
		uint32_t number;
		bool same; /* it is who it was in that log */
		uint8_t incarnation
			[16]; /* of the log, as it was read: of two that were lost each gave its own */
	} taken[OLD_NUMBERS],
		persons[OLD_NUMBERS]; /* of units; of persons, of whom more are not known */
	size_t closing_count, unit_count, device_count, taken_count, person_count;
	bool more_closings, more_units, more_devices, more_taken;
};

struct job_ops {
	uint32_t epoch;
	bool regains;      /* an epoch of a lost log, given to */
	uint8_t nonce[16]; /* this installation */
	uint64_t first_seq;
	struct hash chain;
	struct job_op *ops;
	size_t count;
	const struct old_places *places; /* NULL: it has brought nothing */
	/* answered */
	uint32_t acked_epoch;
	uint64_t acked_seq;
	struct hash acked_chain;
};

struct job_hello {
	struct wire_hello hello;
	struct hello_peer peer;
	struct hello_judged judged; /* answered */
};

struct job_renew {
	struct span csr, seal_key;
	struct span certificate; /* answered */
};

struct job_enrol {
	struct span request; /* the bytes of an EnrolRequest */
	struct hash proof, binding;
	uint8_t address[16]; /* whose guesses are counted together */
	bool by_stick;       /* `log` is wanted */
	/* answered, when job.code is WIRE_OK */
	struct span answer;
	struct hash answer_proof;
	struct buf
		log; /* an answer file with what the device may read; empty when it could not be made */
	/* answered always */
	uint32_t wait_ms;
};

struct job_old {
	uint8_t incarnation[16]; /* in which they were read */
	struct job_old_entry {
		struct span bytes;
		bool marked;                 /* its mark is ours */
		enum wire_old_result result; /* answered */
	} * entries;
	size_t count;
	const struct old_places *before; /* what waits of what it brought before */
	struct old_places *places;       /* and with these; answered */
};

struct job_seen {
	uint32_t drafts, held;
	int64_t oldest_ms;
	struct hash spki_hash;
};

/* All that there was at `level_ms` (0: not known), and entries up to `lsn`, as it said at `at_ms`. */
struct job_read {
	uint64_t lsn;
	int64_t at_ms, level_ms; /* of the computer's clock */
};

struct stick_taken;

/* JOB_PIECE and JOB_PART: `part` as it came, Bundle and AnswerGet. JOB_BUNDLE: `file`. */
struct job_stick {
	struct wire_bundle_part part;
	struct span file;
	/* answered */
	uint32_t have;      /* JOB_PIECE: bytes that are here */
	uint32_t total;     /* JOB_PART: of the answer */
	struct span answer; /* JOB_PART: a piece of it; JOB_BUNDLE: the whole file */
	uint64_t device;    /* JOB_BUNDLE: whose it was ... */
	size_t accepted, late, refused, not_now; /* ... and what became of its ops */
	enum wire_code said;                     /* ... and HelloAck's code */
	/* between judging and answering; freed with the job */
	struct stick_taken *taken;
};

/* Either a person who is known, or a new one: name, role. */
struct job_code {
	uint32_t unit, person;
	enum person_role role;
	struct span name, title, phone;
	int64_t expires_ms;
	/* answered */
	uint32_t holder;    /* the person, known or new */
	struct code secret; /* wiped with the job */
	bool drawn;         /* the enroller's */
};

struct job_keys {
	bool get;
	const struct wire_key *rows; /* put */
	size_t count;
	uint64_t after; /* asked for */
	uint32_t unit;  /* ... for recovery of this one's keys, 0: the device's own */
	/* answered */
	uint8_t *results;
	struct wire_key_page page;
};

struct job_device { /* JOB_REVOKE, JOB_LIFT */
	struct span reason;
	uint8_t nonce[16]; /* JOB_LIFT: of the installation that goes on */
	uint32_t epoch;    /* answered: the new one */
};

struct job {
	enum job_kind kind;
	uint64_t conn, tag; /* whose it is: carried along */
	struct arena *a;    /* what its spans lend from; freed with it */
	struct moment at;   /* when it was made */
	uint64_t device;    /* who asks, or who is spoken of */
	struct span by;     /* JOB_CODE to JOB_ACT: "console:root" */
	union {
		struct job_ops ops;
		struct job_hello hello;
		struct job_renew renew;
		struct job_enrol enrol;
		struct job_old old;
		struct job_seen seen;
		struct job_read read;
		struct job_stick stick;
		struct job_keys keys;
		struct job_code make;
		struct job_device about;
		struct op act;
	};
	/* answered */
	enum wire_code code; /* WIRE_OK: done; else why nothing of it was */
	uint64_t lsn;        /* of the entry of JOB_CODE to JOB_ACT */
	struct err
		err; /* why an act was refused, for people; of what a device asked why it could not be done, for the log */
	struct job *next; /* in the list of whoever owns it */
};

/* An empty one with an arena of its own; NULL without memory. */
struct job *job_new(enum job_kind kind, uint64_t conn, struct moment at);
void job_free(struct job *j); /* NULL is fine */

/* How much room it takes in a queue. */
size_t job_ops_count(const struct job *j);
size_t job_bytes(const struct job *j);

struct job_list {
	struct job *first, **last;
	size_t count, ops, bytes;
};
void job_list_init(struct job_list *l);
void job_list_fini(struct job_list *l); /* frees what is in it */
void job_list_put(struct job_list *l, struct job **j);
struct job *job_list_take(struct job_list *l); /* the oldest; NULL when empty */
#endif
