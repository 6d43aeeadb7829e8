/* A sheet: one unit, one form, one period. Each figure is a multi-value register: a write names the
 * versions it saw (`over`), current are the accepted versions that no accepted version names. Pure
 * values: the same ops give the same figures in every order in which causes come before effects. */
#ifndef DOMAIN_SHEET_H
#define DOMAIN_SHEET_H

#include "base/buf.h"
#include "domain/form.h"
#include "domain/op.h"

/* An accepted op that has versions or a signature in this sheet. Recorded then, never judged again. */
struct sheet_op {
	struct op_id id;
	uint64_t lsn;
	uint32_t unit_of_author; /* the device's unit; the server's acts: the sheet's unit */
	bool on_behalf;          /* by a superior, provisional */
};

struct version {
	uint16_t measure;
	uint8_t op; /* index into ops */
	enum figure_state state;
	bool approx;
	int64_t value;
};

struct sheet {
	size_t op_count, version_count; /* of the arrays at the end */
	/* The latest signature: ops covered, as a bit set over `ops`. */
	uint64_t sign_lsn; /* 0: never signed, or recalled */
	uint64_t sign_covers;
	enum sign_how sign_how;
	bool sign_nil, sign_on_behalf;
	uint64_t first_lsn;    /* the entry that began this sheet: before it there was none */
	uint64_t last_lsn;     /* the last entry that changed this sheet, or what is said of it */
	uint64_t accepted_lsn; /* a superior accepted it as it stands; 0 not, or changed since */
	uint64_t returned_lsn; /* a superior sent it back, and it was not signed again; 0 not */
	bool in_time;          /* with the acceptance: signed in time, received late */
	uint16_t form_version;
	bool broken; /* signed, and a blocking rule does not hold after merging */
	/* Fifteen kilobytes: last, so that what stands above is cleared and copied without them. */
	struct sheet_op ops[SHEET_OPS_MAX];
	struct version
		versions[SHEET_VERSIONS_MAX]; /* current ones only, ascending (measure, op id) */
};

/* An empty sheet. Array elements beyond the counts mean nothing and are not set. */
void sheet_clear(struct sheet *s);
/* As an assignment, without what means nothing. */
void sheet_copy(struct sheet *to, const struct sheet *from);

/* Fold one accepted OP_SHEET in, each op once (by->lsn above 0). CODE_OK, CODE_VERSION_UNKNOWN is never
 * returned here (the ledger knows who named what), CODE_SHEET_FULL, CODE_EXISTS for an op that still
 * stands in the sheet. On refusal nothing changes. Names in `seen` that no longer stand are passed over.
 * On behalf gives way: a write that is not on behalf replaces versions on behalf whether or not it names
 * them, and a write on behalf changes nothing where another stands (one author may blank a figure, and a
 * blank stands like a value).
 * The signature that stands is the latest, but one on behalf never displaces the unit's own, and one
 * that misses a current version never displaces one that covers them all. An op stays in `ops` while it
 * has a current version or its signature stands; `ops` ascend by id. */
enum op_code sheet_write(struct sheet *s, const struct op_sheet *w, const struct sheet_op *by,
			 uint32_t sheet_unit);
/* The signature is gone, and the acceptance and mark that hung on it. */
void sheet_recall(struct sheet *s, uint64_t lsn);
/* The same by a superior. */
void sheet_return(struct sheet *s, uint64_t lsn);
/* The sheet is signed, and accepted as it stands: until the next write. */
void sheet_accept(struct sheet *s, uint64_t lsn, bool in_time);

/* What stands for one measure. `count` current versions with different values (equal ones are one):
 * 0 nobody wrote it, 1 plain, more: contested, and *winner counts meanwhile: own unit's before others,
 * then the greater op id. */
struct figure {
	size_t count;
	const struct version *winner;
	const struct version *first; /* its versions: versions[first .. first+run) */
	size_t run;
};
struct figure sheet_figure(const struct sheet *s, uint16_t measure, uint32_t sheet_unit);
/* Of the measure whose versions begin at this index. */
struct figure sheet_figure_at(const struct sheet *s, size_t first, uint32_t sheet_unit);

enum sheet_status { SHEET_EMPTY, SHEET_DRAFT, SHEET_SIGNED, SHEET_CHANGED /* since signing */ };
enum sheet_status sheet_status(const struct sheet *s);

/* From signing on a sheet counts, changed since or not. */
bool sheet_counts(const struct sheet *s);
/* A month without events: the signature that covers all of it says so. One that misses something says
 * nothing of the whole; which of two such stands depends on which came last. */
bool sheet_nil(const struct sheet *s);
size_t sheet_contested(const struct sheet *s, uint32_t sheet_unit);
bool sheet_provisional(const struct sheet *s); /* some current version is on behalf */

/* The stored form; the same sheet always gives the same bytes, and nothing else decodes:
 * -ERR_CORRUPT, with `s` empty then. */
void sheet_encode(struct buf *b, const struct sheet *s);
int sheet_decode(struct sheet *s, struct span bytes, struct err *e);
/* first_lsn of a stored sheet, without reading on; 0 of what does not decode. */
uint64_t sheet_decode_first(struct span bytes);
#endif
