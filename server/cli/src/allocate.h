/* Shared by the parts of `allocate`: what was asked, what it is shared by, and how it is shown. */
#ifndef SERVER_ALLOCATE_H
#define SERVER_ALLOCATE_H

#include "show.h"

#include "domain/allocate.h"

struct allocation {
	struct cli *c;
	const struct unit *top;
	const struct unit **units; /* the units directly below, in official order */
	size_t count;
	struct period period;
	const char *measure;
	bool has_source; /* the total is that of a target of the unit itself */
	struct op_target source;
	bool limit; /* what is shared out is not to be exceeded: --limit, or the target is one */
	struct alloc_ask ask;
	struct alloc_row *rows;
	struct alloc_share *shares;
	struct alloc_sums sums;
	bool has_floor; /* so many per cent of the members on floor_day */
	int64_t floor_digits;
	uint8_t floor_decimals;
	day_t floor_day;
	/* --instrument: what the shares would be published as */
	enum target_instrument instrument;
	struct span doc_no;
	day_t doc_date, answer_by;
};

/* What each unit's share goes by (--base), and what its floor is of. */
int allocation_bases(struct allocation *al);

/* Everything as CONTRACT.md describes it; `refused` NULL when it could be shared out. */
json_t *allocation_json(const struct allocation *al, const struct err *refused);
void allocation_words(const struct allocation *al, const json_t *j);
/* targets.csv: what --csv prints and --publish imports. A unit that is left out has no row. */
void allocation_csv(const struct allocation *al, struct buf *out);

/* --draft: the shares as drafts, and what was drafted for units that are left out taken back. */
int allocation_drafts(const struct allocation *al, struct op **ops, size_t *count);
#endif
