#include "domain/person_fields.h"

#include "base/lang.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/register.h"
#include "op_check.h"

static const char *const codes[PERSON_FIELDS] = {
	[PF_NAME] = "name",           [PF_BIRTH] = "birth",           [PF_SEX] = "sex",
	[PF_ETHNICITY] = "ethnicity", [PF_RELIGION] = "religion",     [PF_CARD] = "card",
	[PF_PHONE] = "phone",         [PF_ADDRESS] = "address",       [PF_NOTE] = "note",
	[PF_LEFT] = "left",           [PF_READMITTED] = "readmitted", [PF_PAPER_NO] = "no",
	[PF_PAPER_SIGNER] = "signer", [PF_PAPER_DAY] = "dated",
};

const char *person_field_code(enum person_field f)
{
	return (unsigned)f < PERSON_FIELDS ? codes[f] : NULL;
}

const char *person_field_text(enum person_field f)
{
	static const char *const texts[PERSON_FIELDS] = {
		[PF_NAME] = N_("name"),
		[PF_BIRTH] = N_("birth date"),
		[PF_SEX] = N_("sex"),
		[PF_ETHNICITY] = N_("ethnicity"),
		[PF_RELIGION] = N_("religion"),
		[PF_CARD] = N_("number of the card or identity paper"),
		[PF_PHONE] = N_("telephone"),
		[PF_ADDRESS] = N_("address"),
		[PF_NOTE] = N_("remark"),
		[PF_LEFT] = N_("left the Party before, on"),
		[PF_READMITTED] = N_("admitted again so often"),
		[PF_PAPER_NO] = N_("number of the paper"),
		[PF_PAPER_SIGNER] = N_("signer of the paper"),
		[PF_PAPER_DAY] = N_("day of the paper"),
	};

	return (unsigned)f < PERSON_FIELDS ? texts[f] : NULL;
}

bool person_field_parse(enum person_field *out, struct span code)
{
	for (unsigned f = 0; f < PERSON_FIELDS; f++) {
		if (!codes[f] || !span_eq(code, span_str(codes[f])))
			continue;
		*out = (enum person_field)f;
		return true;
	}
	return false;
}

void person_fields_write(struct buf *b, const struct person_fields *f)
{
	for (unsigned i = 1; i < PERSON_FIELDS; i++) {
		if (!f->at[i].len)
			continue;
		buf_u8(b, (uint8_t)i);
		buf_lenspan(b, f->at[i]);
	}
}

int person_fields_read(struct person_fields *out, struct span bytes, struct err *e)
{
	struct rd r = rd_of(bytes);
	unsigned last = 0;

	memset(out, 0, sizeof(*out));
	while (rd_left(&r) && !r.failed) {
		unsigned no = rd_u8(&r);
		struct span value = rd_lenspan(&r);

		if (no <= last)
			r.failed = true;
		last = no;
		if (no < PERSON_FIELDS && !r.failed)
			out->at[no] = value;
	}
	return r.failed ? err_set(e, ERR_INVALID, "a person's record that cannot be read") : 0;
}

static bool says_other(struct span text, const char *folded_word)
{
	char folded[2 * NAME_MAX_BYTES];

	return text.len && (text_fold(folded, sizeof(folded), NULL, text, NULL) ||
			    strcmp(folded, folded_word) != 0);
}

uint8_t person_fields_facts(const struct person_fields *f)
{
	uint8_t facts = span_eq(f->at[PF_SEX], SPAN_LIT("f")) ? FACT_WOMAN : 0;

	facts |= says_other(f->at[PF_ETHNICITY], "kinh") ? FACT_MINORITY : 0;
	facts |= says_other(f->at[PF_RELIGION], "khong") ? FACT_RELIGIOUS : 0;
	return facts;
}

bool person_fields_birth(const struct person_fields *f, day_t *birth)
{
	return f->at[PF_BIRTH].len && !day_parse(birth, NULL, f->at[PF_BIRTH], NULL);
}

bool person_fields_left(const struct person_fields *f, day_t *left)
{
	return f->at[PF_LEFT].len && !day_parse(left, NULL, f->at[PF_LEFT], NULL);
}

int person_fields_days(struct person_fields *f, struct arena *a, struct err *e)
{
	static const enum person_field days[] = { PF_BIRTH, PF_LEFT, PF_PAPER_DAY };

	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		struct span *text = &f->at[days[i]];
		day_t day;
		char *iso;

		if (!text->len || day_parse(&day, NULL, *text, NULL))
			continue;
		iso = arena_alloc(a, DAY_TEXT_MAX);
		if (!iso)
			return err_set(e, ERR_NOMEM, "no memory for a record");
		*text = span_str(day_iso(iso, day));
	}
	return 0;
}

int person_fields_check(const struct person_fields *f, struct err *e)
{
	struct span times = f->at[PF_READMITTED];
	day_t birth, left;

	for (unsigned i = 1; i < PERSON_FIELDS; i++)
		if (!op_is_line(f->at[i],
				i == PF_NOTE || i == PF_ADDRESS ? REASON_MAX / 2 : NAME_MAX_BYTES))
			return err_set(e, ERR_INVALID, "%s: not text of one line, or too long",
				       codes[i] ? codes[i] : "?");
	if (!f->at[PF_NAME].len)
		return err_set(e, ERR_INVALID, "a name is missing");
	if (f->at[PF_BIRTH].len && !person_fields_birth(f, &birth))
		return err_set(e, ERR_INVALID, "birth: write a day as 2000-09-22");
	if (f->at[PF_LEFT].len && !person_fields_left(f, &left))
		return err_set(e, ERR_INVALID, "left: write a day as 2000-09-22");
	if (times.len && (times.len > 1 || times.data[0] < '0' || times.data[0] > '9'))
		return err_set(e, ERR_INVALID, "readmitted: write how often, 0 to 9");
	if (f->at[PF_SEX].len && !span_eq(f->at[PF_SEX], SPAN_LIT("f")) &&
	    !span_eq(f->at[PF_SEX], SPAN_LIT("m")))
		return err_set(e, ERR_INVALID, "sex: write f or m");
	return 0;
}
