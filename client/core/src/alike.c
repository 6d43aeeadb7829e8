#include "client/alike.h"

#include "base/text.h"
#include "cases_internal.h"
#include "client/names.h"

struct looking {
	struct alike *out;
	const struct case_writer *w;
	const struct person_fields *f;
	const uint8_t *but;
	char folded[2 * NAME_MAX_BYTES];
};

static void compare(struct looking *l, const struct person_fields *theirs, const uint8_t *person,
		    bool is_case)
{
	char folded[2 * NAME_MAX_BYTES];
	struct err ignored = { 0 };
	const struct span *mine = l->f->at, *at = theirs->at;
	enum alike_how how = ALIKE_NOBODY;

	if (l->but && !memcmp(l->but, person, PERSON_ID))
		return;
	if (mine[PF_BIRTH].len && span_eq(mine[PF_BIRTH], at[PF_BIRTH]) &&
	    !text_fold(folded, sizeof(folded), NULL, at[PF_NAME], &ignored) &&
	    !strcmp(folded, l->folded))
		how = ALIKE_PERSON;
	else if (mine[PF_CARD].len && span_eq(mine[PF_CARD], at[PF_CARD]))
		how = ALIKE_CARD;
	if (how <= l->out->how)
		return;
	*l->out = (struct alike){ .how = how, .is_case = is_case };
	memcpy(l->out->person, person, PERSON_ID);
}

static int look_at_members(struct looking *l, struct err *e)
{
	const struct case_writer *w = l->w;
	char card[NAME_MAX_BYTES + 1] = "";
	struct names_asked asked = { .folded = l->folded, .card = card };
	struct names_found found;
	struct roll *roll = NULL;
	int rc;

	if (l->f->at[PF_CARD].len && l->f->at[PF_CARD].len < sizeof(card))
		memcpy(card, l->f->at[PF_CARD].data, l->f->at[PF_CARD].len);
	rc = names_search(&found, w->c, w->keys, &asked, w->a, e);
	if (rc == -ERR_CORRUPT) /* the index cannot be made: all are looked at */
		rc = roll_load(&roll, w->c, e);
	else if (!rc)
		rc = roll_load_some(&roll, w->c, (const uint8_t(*)[PERSON_ID])found.at, found.count,
				    e);
	for (size_t i = 0; !rc && i < roll_count(roll); i++) {
		const struct register_member *m = roll_at(roll, i);
		struct person_fields theirs;
		struct err ignored = { 0 };

		if (m->how == MEMBER_STAYS && m->gone.state == HANDOVER_NONE &&
		    !roll_open(&theirs, w->c, w->keys, m, w->a, &ignored))
			compare(l, &theirs, m->person, false);
	}
	roll_free(roll);
	return rc;
}

static int load_like(struct cases **out, const struct looking *l, struct err *e)
{
	const struct case_writer *w = l->w;
	char card[NAME_MAX_BYTES + 1] = "";
	struct names_asked asked = { .of = NAMES_OF_CASES, .folded = l->folded, .card = card };
	int rc;

	if (l->f->at[PF_CARD].len && l->f->at[PF_CARD].len < sizeof(card))
		memcpy(card, l->f->at[PF_CARD].data, l->f->at[PF_CARD].len);
	rc = cases_search(out, w->c, w->keys, &asked, NULL, w->a, e);
	return rc == -ERR_CORRUPT ? cases_load(out, w->c, e) : rc;
}

static int look_at_cases(struct looking *l, struct err *e)
{
	const struct case_writer *w = l->w;
	struct cases *cases = NULL;
	int rc = load_like(&cases, l, e);

	for (size_t i = 0; !rc && i < cases_count(cases); i++) {
		const struct case_record *r = cases_at(cases, i);
		struct person_fields theirs;
		struct err ignored = { 0 };
		struct case_state st;

		case_record_state(&st, r);
		if (r->unit == w->c->id.unit && !r->forgotten_lsn && !case_is_over(st.stage) &&
		    r->gone.state == HANDOVER_NONE &&
		    !case_open_record(&theirs, w->c, w->keys, r, w->a, &ignored))
			compare(l, &theirs, r->person, true);
	}
	cases_free(cases);
	return rc;
}

int alike_find(struct alike *out, const struct case_writer *w, const struct person_fields *f,
	       const uint8_t *but, struct err *e)
{
	struct looking l = { .out = out, .w = w, .f = f, .but = but };
	int rc = text_fold(l.folded, sizeof(l.folded), NULL, f->at[PF_NAME], e);

	*out = (struct alike){ .how = ALIKE_NOBODY };
	if (!rc)
		rc = look_at_members(&l, e);
	return rc ? rc : look_at_cases(&l, e);
}

int alike_cases_open(struct alike_cases *out, const struct case_writer *w,
		     const struct cases *cases, struct err *e)
{
	size_t count = cases_count(cases);

	*out = (struct alike_cases){ .at = arena_array(w->a, count + 1, sizeof(*out->at)) };
	if (!out->at)
		return err_set(e, ERR_NOMEM, "no memory for %zu cases", count);
	for (size_t i = 0; i < count; i++) {
		struct alike_case *one = &out->at[out->count];
		char folded[2 * NAME_MAX_BYTES];
		struct err ignored = { 0 };
		struct case_state st;

		*one = (struct alike_case){ .r = cases_at(cases, i) };
		case_record_state(&st, one->r);
		one->stage = st.stage;
		one->own = one->r->unit == w->c->id.unit;
		if (case_is_over(st.stage) || !case_is_open_here(w->c, one->r) ||
		    case_open_record(&one->f, w->c, w->keys, one->r, w->a, &ignored) ||
		    text_fold(folded, sizeof(folded), NULL, one->f.at[PF_NAME], &ignored))
			continue;
		one->folded = arena_str(w->a, span_str(folded));
		if (!one->folded)
			return err_set(e, ERR_NOMEM, "no memory for %zu cases", count);
		out->count++;
	}
	return 0;
}

enum alike_how alike_cases_find(const struct alike_case **out, const struct alike_cases *open,
				const char *folded, struct span birth, struct span card)
{
	enum alike_how how = ALIKE_NOBODY;

	for (size_t i = 0; i < open->count; i++) {
		const struct alike_case *one = &open->at[i];

		if (birth.len && span_eq(birth, one->f.at[PF_BIRTH]) &&
		    !strcmp(folded, one->folded)) {
			*out = one;
			return ALIKE_PERSON;
		}
		if (how == ALIKE_NOBODY && one->own && card.len &&
		    span_eq(card, one->f.at[PF_CARD])) {
			*out = one;
			how = ALIKE_CARD;
		}
	}
	return how;
}

struct alike_row alike_row_find(const struct roll_known *members, size_t count,
				const struct alike_cases *open, const struct member_row *row)
{
	struct alike_row like = { .how = ALIKE_NOBODY };
	const struct alike_case *in = NULL;
	enum alike_how how;
	char birth[DAY_TEXT_MAX];

	day_iso(birth, row->birth);
	for (size_t i = 0; i < count; i++) {
		const struct roll_known *n = &members[i];

		if (!n->folded || n->m->how != MEMBER_STAYS)
			continue;
		if (!strcmp(n->folded, row->folded) &&
		    span_eq(n->fields.at[PF_BIRTH], span_str(birth)))
			return (struct alike_row){ .how = ALIKE_PERSON };
		if (row->card.len && span_eq(row->card, n->fields.at[PF_CARD]))
			like.how = ALIKE_CARD;
	}
	how = alike_cases_find(&in, open, row->folded, span_str(birth), row->card);
	if (how == ALIKE_PERSON || like.how == ALIKE_NOBODY)
		like = (struct alike_row){ .how = how, .in = in };
	return like;
}

int alike_refuse_card(const struct case_writer *w, const struct person_fields *f,
		      const uint8_t *but, struct err *e)
{
	struct alike like;
	int rc;

	if (!f->at[PF_CARD].len)
		return 0;
	rc = alike_find(&like, w, f, but, e);
	if (rc || like.how != ALIKE_CARD)
		return rc;
	return err_set(e, ERR_EXISTS,
		       like.is_case ? "card: a case here has another person with this number"
				    : "card: a member here is another person with this number");
}
