#include "domain/fixes.h"

#include "domain/case_count.h"
#include "domain/case_rule.h"
#include "domain/person_fields.h"

#include <assert.h>

static_assert((int)FIX_SEALED_FIRST == PF_NAME && (int)FIX_SEALED_LAST == PF_READMITTED,
	      "numbers of sealed fields");

bool fix_is_sealed(unsigned field)
{
	return field >= FIX_SEALED_FIRST && field <= FIX_SEALED_LAST;
}

bool fix_bounds(unsigned field, int64_t *least, int64_t *most)
{
	*least = *most = 0;
	if (fix_is_sealed(field))
		return true;
	if (field >= FIX_FACT && field <= FIX_FACT_LAST)
		*most = 1;
	else if (field == FIX_SOURCES)
		*most = (1 << CASE_SOURCES) - 1;
	else if (field == FIX_AGE)
		*most = AGE_BANDS - 1;
	else if (field == FIX_EDUCATION)
		*most = EDUCATION_UPPER_SECONDARY;
	else if (field == FIX_OCCUPATION)
		*most = OCCUPATIONS - 1;
	else if (field == FIX_DEGREE)
		*most = DEGREES - 1;
	else if (field == FIX_TITLE)
		*most = TITLES - 1;
	else if (field == FIX_MARKS)
		*most = PERSON_MARKS_ALL;
	else if (field != FIX_ADMITTED && field != FIX_RECOGNISED)
		return false;
	if (field < FIX_ADMITTED)
		return true;
	*least = DAY_MIN;
	*most = DAY_MAX;
	return true;
}

const char *fix_code(unsigned field)
{
	static const char *const codes[FIX_END] = {
		[FIX_FACT] = "woman",
		[FIX_FACT + 1] = "minority",
		[FIX_FACT + 2] = "religious",
		[FIX_FACT + 3] = "union",
		[FIX_FACT + 4] = "owner",
		[FIX_FACT + 5] = "fdi",
		[FIX_FACT + 6] = "weak-hamlet",
		[FIX_FACT + 7] = "readmitted-fact",
		[FIX_SOURCES] = "source",
		[FIX_AGE] = "age",
		[FIX_EDUCATION] = "education",
		[FIX_OCCUPATION] = "occupation",
		[FIX_DEGREE] = "degree",
		[FIX_TITLE] = "title",
		[FIX_MARKS] = "marks",
		[FIX_ADMITTED] = "admitted",
		[FIX_RECOGNISED] = "recognised",
	};

	if (fix_is_sealed(field))
		return person_field_code((enum person_field)field);
	return field < FIX_END ? codes[field] : NULL;
}

uint8_t *fix_category(struct person_codes *c, unsigned field)
{
	switch (field) {
	case FIX_SOURCES:
		return &c->sources;
	case FIX_EDUCATION:
		return &c->education;
	case FIX_OCCUPATION:
		return &c->occupation;
	case FIX_DEGREE:
		return &c->degree;
	case FIX_TITLE:
		return &c->title;
	case FIX_MARKS:
		return &c->marks;
	default:
		return NULL;
	}
}

const struct fix_state *fixes_of(const struct person_fixes *f, unsigned field)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->fields[i].field == field)
			return &f->fields[i];
	return NULL;
}

bool fixes_have(const struct fix_state *s, struct op_id id)
{
	for (size_t i = 0; s && i < s->count; i++)
		if (!op_id_cmp(s->at[i].id, id))
			return true;
	return false;
}

static bool says_the_same(const struct fix_version *a, const struct fix_version *b)
{
	return a->value == b->value && !memcmp(a->tag, b->tag, FIX_TAG);
}

static bool names(const struct op_fix *x, struct op_id id)
{
	for (size_t i = 0; i < x->over_count; i++)
		if (!op_id_cmp(x->over[i], id))
			return true;
	return false;
}

/* In order of their ops: a row is the same in whatever order they came. */
static enum op_code take_one(struct fix_state *s, const struct op_fix *x, struct op_id id,
			     uint64_t lsn)
{
	struct fix_version v = { .id = id, .lsn = lsn, .value = x->value };
	size_t kept = 0, at;

	memcpy(v.tag, x->tag, FIX_TAG);
	for (size_t i = 0; i < s->count; i++)
		if (!names(x, s->at[i].id))
			s->at[kept++] = s->at[i];
	memset(&s->at[kept], 0, (s->count - kept) * sizeof(s->at[0]));
	s->count = (uint8_t)kept;
	if (kept == FIX_VERSIONS_MAX)
		return CODE_SHEET_FULL;
	for (at = kept; at && op_id_cmp(s->at[at - 1].id, id) > 0; at--)
		s->at[at] = s->at[at - 1];
	s->at[at] = v;
	s->count++;
	return CODE_OK;
}

static struct fix_state *make_room(struct person_fixes *f, uint8_t field)
{
	size_t i = 0;

	while (i < f->count && f->fields[i].field < field)
		i++;
	if (i < f->count && f->fields[i].field == field)
		return &f->fields[i];
	if (f->count == FIXES_MAX)
		return NULL;
	memmove(&f->fields[i + 1], &f->fields[i], (f->count - i) * sizeof(f->fields[0]));
	f->fields[i] = (struct fix_state){ .field = field };
	f->count++;
	return &f->fields[i];
}

enum op_code fixes_take(struct person_fixes *f, const struct op_correct *c, struct op_id id,
			uint64_t lsn)
{
	struct person_fixes was = *f;

	for (size_t i = 0; i < c->count; i++) {
		struct fix_state *s = make_room(f, c->fixes[i].field);

		if (!s || take_one(s, &c->fixes[i], id, lsn)) {
			*f = was;
			return CODE_SHEET_FULL;
		}
	}
	f->corrected++;
	return CODE_OK;
}

const struct fix_version *fix_counts(const struct fix_state *s)
{
	return s && s->count ? &s->at[s->count - 1] : NULL;
}

bool fix_contested(const struct fix_state *s)
{
	for (size_t i = 1; s && i < s->count; i++)
		if (!says_the_same(&s->at[i - 1], &s->at[i]))
			return true;
	return false;
}

size_t fixes_contested(const struct person_fixes *f)
{
	size_t count = 0;

	for (size_t i = 0; i < f->count; i++)
		count += fix_contested(&f->fields[i]);
	return count;
}

void fixes_codes(const struct person_fixes *f, struct person_codes *codes, day_t *admitted,
		 day_t *recognised)
{
	*codes = f->codes;
	*admitted = f->admitted;
	*recognised = f->recognised;
	for (size_t i = 0; i < f->count; i++) {
		const struct fix_version *v = fix_counts(&f->fields[i]);
		unsigned field = f->fields[i].field;

		if (!v || fix_is_sealed(field))
			continue;
		if (field >= FIX_FACT && field <= FIX_FACT_LAST) {
			uint8_t bit = (uint8_t)(1u << (field - FIX_FACT));

			codes->facts = v->value ? codes->facts | bit : codes->facts & ~bit;
		} else if (fix_category(codes, field)) {
			*fix_category(codes, field) = (uint8_t)v->value;
		} else if (field == FIX_AGE) {
			codes->age = (enum age_band)v->value;
		} else if (field == FIX_ADMITTED) {
			*admitted = (day_t)v->value;
		} else if (field == FIX_RECOGNISED) {
			*recognised = (day_t)v->value;
		}
	}
}
