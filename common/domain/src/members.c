#include "domain/members.h"

#include "base/buf.h"
#include "base/csv.h"
#include "base/text.h"
#include "domain/limits.h"

#include <stdlib.h>

enum {
	COL_CARD,
	COL_NAME,
	COL_BIRTH,
	COL_SEX,
	COL_ETHNICITY,
	COL_RELIGION,
	COL_UNIT,
	COL_ADMITTED,
	COL_RECOGNISED,
	COL_OCCUPATION,
	COL_EDUCATION,
	COL_DEGREE,
	COLS
};
static const struct csv_column columns[COLS] = {
	[COL_CARD] = { "card", true, true },
	[COL_NAME] = { "name", true, false },
	[COL_BIRTH] = { "birth", true, false },
	[COL_SEX] = { "sex", true, false },
	[COL_ETHNICITY] = { "ethnicity", true, true },
	[COL_RELIGION] = { "religion", true, true },
	[COL_UNIT] = { "unit", true, false },
	[COL_ADMITTED] = { "admitted", true, false },
	[COL_RECOGNISED] = { "recognised", true, true },
	[COL_OCCUPATION] = { "occupation", false, true },
	[COL_EDUCATION] = { "education", false, true },
	[COL_DEGREE] = { "degree", false, true },
};

struct reading {
	struct member_list *out;
	struct arena *a;
	day_t today;
	bool styled[COLS];
	enum day_style style[COLS];
};

static void problem(struct reading *r, size_t line, const struct err *why)
{
	if (r->out->problem_count < MEMBER_PROBLEMS_MAX)
		r->out->problems[r->out->problem_count] = (struct member_problem){ line, *why };
	r->out->problem_count++;
}

static int take_day(struct reading *r, day_t *out, int column, struct span text, struct err *e)
{
	enum day_style style;
	int rc = day_parse(out, &style, text, e);

	if (!rc && *out > r->today)
		rc = err_set(e, ERR_RANGE, "the day is in the future");
	if (!rc && r->styled[column] && style != r->style[column])
		rc = err_set(e, ERR_INVALID, "days are written in two ways in this column");
	r->styled[column] = true;
	r->style[column] = rc ? r->style[column] : style;
	return rc ? err_wrap(e, rc, "%s", columns[column].name) : 0;
}

static int take_sex(enum member_sex *out, struct span text, struct err *e)
{
	static const struct {
		const char *word;
		enum member_sex sex;
	} words[] = { { "nu", SEX_FEMALE }, { "female", SEX_FEMALE }, { "f", SEX_FEMALE },
		      { "nam", SEX_MALE },  { "male", SEX_MALE },     { "m", SEX_MALE } };
	char folded[16];

	if (!text_fold(folded, sizeof(folded), NULL, text, NULL))
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			if (!strcmp(words[i].word, folded)) {
				*out = words[i].sex;
				return 0;
			}
	return err_set(e, ERR_INVALID, "sex '%.*s': write male or female, also in Vietnamese",
		       (int)text.len, (const char *)text.data);
}

static int take_form2(struct member_row *m, const struct span *f, struct err *e)
{
	static const struct {
		int column;
		enum person_list list;
	} lists[] = { { COL_OCCUPATION, LIST_OCCUPATION },
		      { COL_EDUCATION, LIST_EDUCATION },
		      { COL_DEGREE, LIST_DEGREE } };

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct span word = f[lists[i].column];

		if (!person_codes_word(&m->form2, lists[i].list, word))
			return err_set(e, ERR_INVALID, "%s '%.*s': the list has no such word",
				       columns[lists[i].column].name, (int)word.len,
				       (const char *)word.data);
	}
	return 0;
}

static int take_days(struct reading *r, struct member_row *m, const struct span *f, struct err *e)
{
	int rc = take_day(r, &m->birth, COL_BIRTH, f[COL_BIRTH], e);

	if (!rc)
		rc = take_day(r, &m->admitted, COL_ADMITTED, f[COL_ADMITTED], e);
	m->has_recognised = f[COL_RECOGNISED].len > 0;
	if (!rc && m->has_recognised)
		rc = take_day(r, &m->recognised, COL_RECOGNISED, f[COL_RECOGNISED], e);
	if (!rc && m->admitted <= m->birth)
		rc = err_set(e, ERR_RANGE, "admitted before birth");
	if (!rc && m->has_recognised && m->recognised < m->admitted)
		rc = err_set(e, ERR_RANGE, "recognised before admitted");
	return rc;
}

static int take_texts(struct reading *r, struct member_row *m, const struct span *f, struct err *e)
{
	char folded[NAME_MAX_BYTES + 1];
	struct span *const to[] = { &m->card, &m->name, &m->ethnicity, &m->religion, &m->unit };
	static const int from[] = { COL_CARD, COL_NAME, COL_ETHNICITY, COL_RELIGION, COL_UNIT };
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(from); i++) {
		if (f[from[i]].len > NAME_MAX_BYTES)
			return err_set(e, ERR_RANGE, "%s: the text is too long",
				       columns[from[i]].name);
		*to[i] = arena_copy(r->a, f[from[i]]);
		if (f[from[i]].len && !to[i]->data)
			return -ERR_NOMEM;
	}
	if (text_fold(folded, sizeof(folded), &len, m->name, e))
		return -ERR_INVALID;
	m->folded = arena_str(r->a, span_of(folded, len));
	return m->folded ? 0 : -ERR_NOMEM;
}

/* -ERR_NOMEM ends the reading, everything else is a problem of the row. */
static int take_row(struct reading *r, const struct span *f, size_t line)
{
	struct member_row *m = &r->out->rows[r->out->count];
	struct err why = { 0 };
	int rc;

	*m = (struct member_row){ .line = line };
	rc = take_texts(r, m, f, &why);
	if (rc == -ERR_NOMEM)
		return rc;
	if (!rc)
		rc = take_days(r, m, f, &why);
	if (!rc)
		rc = take_sex(&m->sex, f[COL_SEX], &why);
	if (!rc)
		rc = take_form2(m, f, &why);
	if (rc)
		problem(r, line, &why);
	else
		r->out->count++;
	return 0;
}

/* ---- rows that are like another ---- */

static int by_person(const void *a, const void *b)
{
	const struct member_row *l = *(const struct member_row *const *)a;
	const struct member_row *r = *(const struct member_row *const *)b;
	int diff = strcmp(l->folded, r->folded);

	if (diff)
		return diff;
	if (l->birth != r->birth)
		return l->birth < r->birth ? -1 : 1;
	return (l->line > r->line) - (l->line < r->line);
}

static int by_card(const void *a, const void *b)
{
	const struct member_row *l = *(const struct member_row *const *)a;
	const struct member_row *r = *(const struct member_row *const *)b;
	int diff = span_cmp(l->card, r->card);

	return diff ? diff : (l->line > r->line) - (l->line < r->line);
}

static bool same_person(const struct member_row *l, const struct member_row *r)
{
	return l->birth == r->birth && !strcmp(l->folded, r->folded);
}

static void mark_alike(struct member_row **order, size_t count)
{
	size_t first = 0; /* of the run of one folded name and birth date */

	for (size_t i = 1; i < count; i++) {
		struct member_row *m = order[i];

		if (!same_person(order[first], m)) {
			first = i;
			continue;
		}
		m->like = LIKE_FOLDED;
		m->like_line = order[first]->line;
		for (size_t k = first; k < i && m->like != LIKE_EXACT; k++)
			if (span_eq(order[k]->name, m->name)) {
				m->like = LIKE_EXACT;
				m->like_line = order[k]->line;
			}
	}
}

static void refuse_shared_cards(struct reading *r, struct member_row **order, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct err why = { 0 };

		if (!order[i]->card.len || !span_eq(order[i - 1]->card, order[i]->card) ||
		    same_person(order[i - 1], order[i]))
			continue;
		err_set(&why, ERR_EXISTS, "card: line %zu has another person with this number",
			order[i - 1]->line);
		problem(r, order[i]->line, &why);
	}
}

static int compare_rows(struct reading *r, struct err *e)
{
	size_t count = r->out->count;
	struct member_row **order = arena_array(r->a, count + 1, sizeof(struct member_row *));

	if (!order)
		return err_set(e, ERR_NOMEM, "no memory for the members");
	for (size_t i = 0; i < count; i++)
		order[i] = &r->out->rows[i];
	qsort(order, count, sizeof(struct member_row *), by_person);
	mark_alike(order, count);
	qsort(order, count, sizeof(struct member_row *), by_card);
	refuse_shared_cards(r, order, count);
	return 0;
}

/* ---- the file ---- */

static int to_utf8(struct member_list *out, struct span *csv, struct arena *a, struct err *e)
{
	struct buf converted;
	int rc;

	out->encoding = text_guess_legacy(*csv);
	if (!out->encoding)
		return 0;
	buf_init(&converted, csv->len * 5 + 1);
	rc = text_from_legacy(&converted, *csv, out->encoding, e);
	if (!rc) {
		*csv = arena_copy(a, buf_span(&converted));
		if (!csv->data)
			rc = err_set(e, ERR_NOMEM, "no memory to convert the text");
	}
	buf_fini(&converted);
	return rc;
}

static size_t lines_of(struct span text)
{
	size_t count = 1;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\n';
	return count;
}

static int read_rows(struct reading *r, struct span csv, struct err *e)
{
	struct csv *reader = NULL;
	struct span fields[COLS];
	int rc = csv_open(&reader, csv, columns, COLS, e);

	while (!rc) {
		struct err why = { 0 };

		rc = csv_next(reader, fields, &why);
		if (!rc)
			break;
		if (rc > 0)
			rc = take_row(r, fields, csv_line(reader));
		else if (rc != -ERR_NOMEM)
			problem(r, csv_line(reader), &why);
		if (rc == -ERR_NOMEM)
			err_set(e, ERR_NOMEM, "no memory for the members");
		else
			rc = 0;
	}
	csv_close(reader);
	return rc;
}

int members_parse(struct member_list *out, struct span csv, day_t today, struct arena *a,
		  struct err *e)
{
	struct reading r = { .out = out, .a = a, .today = today };
	size_t lines;
	int rc;

	*out = (struct member_list){ 0 };
	rc = to_utf8(out, &csv, a, e);
	lines = lines_of(csv);
	if (!rc && lines > MEMBERS_MAX)
		rc = err_set(e, ERR_RANGE, "more than %d rows", MEMBERS_MAX);
	if (rc)
		return rc;
	out->rows = arena_array(a, lines, sizeof(*out->rows));
	out->problems = arena_array(a, MEMBER_PROBLEMS_MAX, sizeof(*out->problems));
	if (!out->rows || !out->problems)
		return err_set(e, ERR_NOMEM, "no memory for the members");
	rc = read_rows(&r, csv, e);
	return rc ? rc : compare_rows(&r, e);
}

static struct span given_name(struct span name)
{
	size_t at = name.len;

	while (at && name.data[at - 1] != ' ')
		at--;
	return span_of(name.data + at, name.len - at);
}

int member_name_cmp(struct span a, struct span b)
{
	int diff = text_vi_cmp(given_name(a), given_name(b));

	return diff ? diff : text_vi_cmp(a, b);
}
