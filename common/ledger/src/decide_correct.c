/* Verdicts on corrections of persons' records. */
#include "decide.h"

#include <stdlib.h>

static int unknown(struct deciding *d, bool *go_on)
{
	*go_on = false;
	return refuse(d, CODE_CASE_UNKNOWN, NULL);
}

/* Somebody on the way has two records, and what is corrected in one would not be in the other. */
static int check_here(struct deciding *d, bool here, const struct move_end *gone, bool *go_on)
{
	*go_on = here && gone->state == HANDOVER_NONE;
	return *go_on ? 0 : refuse(d, CODE_STEP_INVALID, case_step_code(STEP_MOVE));
}

static int check_case(struct deciding *d, struct case_record *r, bool *found, bool *go_on)
{
	int rc = case_get(d->l, d->op->unit, d->op->correct.person, r, d->e);

	*found = !rc;
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	if (!r->forgotten_lsn)
		return check_here(d, case_record_here(r), &r->gone, go_on);
	*go_on = false;
	return refuse(d, CODE_FORGOTTEN, NULL);
}

static int check_member(struct deciding *d, bool of_case, bool *go_on)
{
	const uint8_t *person = d->op->correct.person;
	struct register_asked asked;
	struct register_member m;
	int rc = member_get(d->l, d->op->unit, person, &m, d->e);

	if (rc == -ERR_NOTFOUND)
		return of_case ? 0 : unknown(d, go_on);
	if (!rc && m.undone) /* a case like any other */
		return 0;
	if (!rc)
		rc = asked_get(d->l, OP_FORGET, d->op->unit, person, &asked, d->e);
	if (rc)
		return rc;
	if (!asked.lsn)
		return check_here(d, member_here(&m), &m.gone, go_on);
	*go_on = false;
	return refuse(d, CODE_FORGOTTEN, NULL);
}

/* The days of a case are those of its steps. */
static int check_days(struct deciding *d, bool of_case, bool *go_on)
{
	const struct op_correct *c = &d->op->correct;

	for (size_t i = 0; i < c->count && *go_on; i++) {
		if (c->fixes[i].field < FIX_ADMITTED)
			continue;
		if (of_case) {
			*go_on = false;
			return refuse(d, CODE_VALUE_RANGE, fix_code(c->fixes[i].field));
		}
		*go_on = c->fixes[i].value <= d->today;
		if (!*go_on)
			return refuse(d, CODE_DATE_INVALID, fix_code(c->fixes[i].field));
	}
	return 0;
}

/* Every correction named must be one that somebody wrote in this unit. */
static int check_over(struct deciding *d, const struct person_fixes *f, bool *go_on)
{
	const struct op_correct *c = &d->op->correct;

	for (size_t i = 0; i < c->count; i++) {
		for (size_t k = 0; k < c->fixes[i].over_count; k++) {
			enum op_verdict verdict;
			uint64_t lsn;
			int rc;

			if (fixes_have(fixes_of(f, c->fixes[i].field), c->fixes[i].over[k]))
				continue;
			rc = walk_find(d->l, d->op->unit, c->fixes[i].over[k], &verdict, &lsn,
				       d->e);
			if (rc < 0)
				return rc;
			if (rc)
				continue;
			*go_on = false;
			return refuse(d, CODE_VERSION_UNKNOWN, fix_code(c->fixes[i].field));
		}
	}
	return 0;
}

static int judge(struct deciding *d, struct case_record *r, struct person_fixes *f)
{
	bool of_case, go_on = true;
	enum op_code code;
	int rc = check_case(d, r, &of_case, &go_on);

	if (!rc && go_on)
		rc = check_member(d, of_case, &go_on);
	if (!rc && go_on)
		rc = check_days(d, of_case, &go_on);
	if (rc || !go_on)
		return rc;
	rc = fixes_get(d->l, d->op->unit, d->op->correct.person, f, d->e);
	if (!rc || rc == -ERR_NOTFOUND)
		rc = check_over(d, f, &go_on);
	if (rc || !go_on)
		return rc;
	code = fixes_take(f, &d->op->correct, d->by->id, 1);
	return code ? refuse(d, code, NULL) : accept(d);
}

int decide_correct(struct deciding *d)
{
	struct person_fixes *f = NULL;
	struct case_record *r = NULL;
	bool go_on;
	int rc = check_register(d, RIGHT_REGISTER, &go_on);

	if (rc || !go_on)
		return rc;
	f = calloc(1, sizeof(*f));
	r = calloc(1, sizeof(*r));
	rc = f && r ? judge(d, r, f) : err_set(d->e, ERR_NOMEM, "no memory for corrections");
	free(f);
	free(r);
	return rc;
}

/* Sealed for the receiver from a record in which these did not stand yet. */
int check_sent_whole(struct deciding *d, const uint8_t *person, bool *go_on)
{
	static const char since[] = "corrected"; /* a word of the protocol */
	struct person_fixes *f = calloc(1, sizeof(*f));
	int rc = f ? fixes_get(d->l, d->op->unit, person, f, d->e)
		   : err_set(d->e, ERR_NOMEM, "no memory for corrections");
	bool unread = false;

	for (size_t i = 0; i < (rc ? 0 : f->count); i++)
		for (size_t k = 0; k < f->fields[i].count; k++)
			unread |= f->fields[i].at[k].id.device != d->by->id.device && d->by->base &&
				  f->fields[i].at[k].lsn > d->by->base->lsn;
	free(f);
	*go_on = !unread;
	if (rc)
		return rc == -ERR_NOTFOUND ? 0 : rc;
	return unread ? refuse(d, CODE_STEP_INVALID, since) : 0;
}
