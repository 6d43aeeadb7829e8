/* Corrections of a person's record, field by field, as the log makes them. Each field is a register of its own: what
 * stands are the corrections that no other one names. Two that say different things stand side by side until a
 * person settles it by one that names both; meanwhile the one of the greatest op counts. Pure: decide(), apply() and
 * the device that has own corrections still to be sent fold with it, and come to the same in whatever order corrections
 * of different devices arrive. */
#ifndef DOMAIN_FIXES_H
#define DOMAIN_FIXES_H

#include "domain/op.h"

/* A correction that stands. */
struct fix_version {
	struct op_id id;
	uint64_t lsn;
	uint8_t tag[FIX_TAG];
	int64_t value;
};

struct fix_state {
	uint8_t field, count;
	struct fix_version at[FIX_VERSIONS_MAX];
};

struct person_fixes {
	/* As the record has it that was opened or written anew. */
	struct person_codes codes;
	day_t admitted, recognised;
	uint32_t corrected; /* how many corrections there were */
	size_t count;
	struct fix_state fields[FIXES_MAX]; /* ascending; only those that have any */
};

bool fix_is_sealed(unsigned field);
/* False: there is no such field. Of a sealed one both are 0. */
bool fix_bounds(unsigned field, int64_t *least, int64_t *most);
/* Where a category is that is one number of its own; NULL: the field is none of those. */
uint8_t *fix_category(struct person_codes *c, unsigned field);
/* "name", "sources", "minority": as on the command line and in JSON. */
const char *fix_code(unsigned field);

/* CODE_OK, or CODE_SHEET_FULL where too many stand side by side and `f` is unchanged. */
enum op_code fixes_take(struct person_fixes *f, const struct op_correct *c, struct op_id id,
			uint64_t lsn);
/* NULL: never corrected. */
const struct fix_state *fixes_of(const struct person_fixes *f, unsigned field);
bool fixes_have(const struct fix_state *s, struct op_id id);
/* The one that counts; NULL where nothing was corrected. */
const struct fix_version *fix_counts(const struct fix_state *s);
/* Do two of them say different things? */
bool fix_contested(const struct fix_state *s);
size_t fixes_contested(const struct person_fixes *f); /* fields */
/* What the corrections make of categories and days. */
void fixes_codes(const struct person_fixes *f, struct person_codes *codes, day_t *admitted,
		 day_t *recognised);
#endif
