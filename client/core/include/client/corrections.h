/* Corrections of a person's record on this device: what stands, with own ones that are not in base yet folded on top;
 * writing one; those of before; and fields on which two people said different things. */
#ifndef CLIENT_CORRECTIONS_H
#define CLIENT_CORRECTIONS_H

#include "client/case_write.h"
#include "client/roll.h"
#include "ledger/register.h"

/* What a person asks for: only fields that are `given`. */
struct correct_ask {
	bool given[FIX_END];
	struct span text[FIX_SEALED_LAST + 1]; /* of sealed ones; empty takes the field away */
	int64_t value[FIX_END];
	struct span reason;
};

/* Whose record: the number, in the own unit. */
struct correct_whom {
	uint32_t unit;
	uint8_t person[PERSON_ID];
	const struct case_record *r;     /* a case; NULL: a member */
	const struct register_member *m; /* a member; NULL: a case */
};

/* Queue it. It names what stands on this device. What follows from a sealed field in clear goes along unless it is
 * given too: woman from the sex, the age band from the birth date, minority and religious from what is written there.
 * -ERR_STATE: on the way to another unit, forgotten; -ERR_INVALID: nothing is different, or a field does not hold;
 * -ERR_RANGE: a day to come; -ERR_EXISTS: the card number of another person here; -ERR_DENIED: the role. */
int correct_write(const struct case_writer *w, const struct correct_whom *whom,
		  const struct correct_ask *ask, struct op_id *id, struct err *e);

/* Fields in clear as words, as people type and read them: "yes", "no"; of several "student,rural"; "18-30"; "0" to "4";
 * "farm"; a day. "" is not written down. */
enum { FIX_TEXT_MAX = 64 };
bool fix_many(unsigned field); /* may several words stand there? */
/* The word of a value, of a bit where there may be several; NULL: no more of them, or the field has no list. */
const char *fix_choice(unsigned field, unsigned value);
int fix_parse(int64_t *out, unsigned field, struct span text, struct err *e);
/* Lends `out`, or text that stays. */
const char *fix_text(char out[FIX_TEXT_MAX], unsigned field, int64_t value);

/* What stands. Nothing ever corrected: count 0 and `corrected` 0. */
int fixes_seen(struct person_fixes *out, struct client *c, uint32_t unit,
	       const uint8_t person[PERSON_ID], struct err *e);
/* One value of a sealed field; lends from `a`. */
int fix_open(struct span *out, struct client *c, const uint8_t key[BOX_KEY_BYTES], uint32_t unit,
	     const uint8_t person[PERSON_ID], uint8_t field, const struct fix_version *v,
	     struct arena *a, struct err *e);
/* Put the sealed fields that were corrected into a record that was opened. */
int fixes_open(struct person_fields *io, struct client *c, const uint8_t key[BOX_KEY_BYTES],
	       uint32_t unit, const uint8_t person[PERSON_ID], struct arena *a, struct err *e);

/* One correction, by whom and when. */
struct correction {
	struct op_id id;
	uint64_t lsn; /* 0: not in base yet */
	uint32_t author;
	int64_t time_ms; /* received; of an own one that is not sent, made */
	struct span reason;
	const struct op_correct *what;
};
/* All of one record, the newest first; lent during the call. */
int corrections_each(struct client *c, uint32_t unit, const uint8_t person[PERSON_ID],
		     int (*each)(void *ctx, const struct correction *k, struct err *e), void *ctx,
		     struct err *e);

/* A record as it was before anything was corrected in it: as it was opened, imported, written anew as a whole, or came
 * with the person from another unit. */
struct correct_first {
	uint64_t lsn; /* 0: not in base yet */
	uint32_t author;
	int64_t time_ms; /* as of a correction */
	bool came;       /* from another unit */
	struct person_codes codes;
	day_t admitted, recognised;  /* of a member */
	struct person_fields sealed; /* where `key` was given */
};
/* `key` NULL: sealed here. Lends from `a`. */
int corrections_first(struct correct_first *out, struct client *c, const struct correct_whom *whom,
		      const uint8_t *key, struct arena *a, struct err *e);

/* Everybody of the own unit in whose record a field is contested, but those who were forgotten: nobody can settle that
 * any more. */
int corrections_contested(struct client *c,
			  int (*each)(void *ctx, uint32_t unit, const uint8_t person[PERSON_ID],
				      const struct person_fixes *f, struct err *e),
			  void *ctx, struct err *e);
/* How many fields that is. */
int corrections_contests(struct client *c, size_t *fields, struct err *e);
#endif
