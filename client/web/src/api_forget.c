/* forget: the keys to what is sealed of a person are destroyed, once two persons want it. */
#include "persons.h"

#include "ledger/register.h"

static bool is_meant(const uint8_t person[PERSON_ID], const char *want)
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, person, PERSON_ID);
	return !strcmp(hex, want);
}

static int name_case(struct persons *d, const char *want, struct op *op)
{
	for (size_t i = 0; i < cases_count(d->cases); i++) {
		const struct case_record *r = cases_at(d->cases, i);

		if (!is_meant(r->person, want))
			continue;
		op->unit = r->unit;
		memcpy(op->forget.person, r->person, PERSON_ID);
		op->forget.confirms = r->forget_asked_lsn;
		return 0;
	}
	return -ERR_NOTFOUND;
}

static int name_member(struct persons *d, const char *want, struct op *op)
{
	struct call *k = d->k;
	struct register_asked asked;
	struct roll *roll = NULL;
	int rc = roll_load(&roll, k->c, k->e);

	for (size_t i = 0; !rc && i < roll_count(roll) && !op->unit; i++) {
		const struct register_member *m = roll_at(roll, i);

		if (!is_meant(m->person, want))
			continue;
		op->unit = m->unit;
		op->forget.why = FORGET_OWN_RIGHT;
		memcpy(op->forget.person, m->person, PERSON_ID);
		rc = register_member_forgotten(k->base, m->unit, m->person, &asked, k->e);
		op->forget.confirms = rc ? 0 : asked.asked_lsn;
	}
	roll_free(roll);
	if (!rc && !op->unit)
		rc = err_set(k->e, ERR_NOTFOUND, "no case that this device may open goes by %s",
			     want);
	return rc;
}

/* confirm: as the second person; else it is asked for. What the page showed must be what stands. */
static int forget(struct persons *d)
{
	struct call *k = d->k;
	struct op op = { .kind = OP_FORGET, .forget.why = FORGET_NOT_ADMITTED };
	const char *want = text_at(k->in, "person");
	bool confirm = call_said_yes(k, "confirm");
	int rc;

	if (!strcmp(text_at(k->in, "why"), "own-right"))
		op.forget.why = FORGET_OWN_RIGHT;
	if (!*text_at(k->in, "reason"))
		return err_set(k->e, ERR_INVALID, "a reason is needed");
	rc = name_case(d, want, &op);
	if (rc)
		rc = name_member(d, want, &op);
	if (rc)
		return rc;
	if (confirm != (op.forget.confirms != 0))
		return call_changed(k);
	return call_queue(k, &op);
}

int api_forget(struct call *k)
{
	struct persons d;
	int rc = persons_open(&d, k);

	if (!rc)
		rc = forget(&d);
	persons_close(&d);
	return rc;
}
