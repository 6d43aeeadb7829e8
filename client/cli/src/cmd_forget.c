/* forget: the keys to what is sealed of a person are destroyed, once two persons want it. */
#include "act_fields.h"
#include "commend_ask.h"

#include "client/roll.h"

#include <limits.h>

/* What the rule of the day says of keeping; the province may have set another term. */
static int told_rule(struct desk *d, const char **source, unsigned *months)
{
	struct field_rules rules = { .holidays = NULL };
	const struct case_rule *rule = NULL;
	int rc = field_rules_read(d->c, &rules);

	if (!rc)
		rc = register_keep_months(client_base(d->c->client), months, &d->c->err);
	if (!rc)
		rule = case_rule_at(&rules.rules, CASE_RULE_KEEP_MONTHS, d->today);
	*source = rule && rule->value == *months ? rule->source
						 : _("the setting register.keep-months");
	field_rules_fini(&rules);
	return rc;
}

/* Refused here with the rule and its source; the server refuses the same with a code alone. */
static int check_kept(struct desk *d, const struct register_member *m)
{
	char day[DAY_TEXT_MAX];
	const char *source;
	unsigned months;
	day_t until;
	int rc = m->how == MEMBER_MISTAKE ? 0 : told_rule(d, &source, &months);

	if (rc || m->how == MEMBER_MISTAKE)
		return rc;
	if (m->how == MEMBER_STAYS)
		return err_set(
			&d->c->err, ERR_STATE,
			"not queued: a member's record is kept while the membership lasts, and "
			"%u months after it (%s)",
			months, source);
	until = months_after(m->ended, months <= INT_MAX ? (int)months : INT_MAX);
	if (d->today >= until)
		return 0;
	day_iso(day, until);
	return err_set(&d->c->err, ERR_STATE,
		       "not queued: this record is kept until %s, %u months after the membership "
		       "ended (%s)",
		       day, months, source);
}

static bool goes_by(struct desk *d, const struct register_member *m, const char *who,
		    const char *folded)
{
	char hex[2 * PERSON_ID + 1], name[2 * NAME_MAX_BYTES];
	struct err ignored = { 0 };
	struct person_fields f;

	hex_encode(hex, m->person, PERSON_ID);
	if (strlen(who) >= 4 && !strncmp(hex, who, strlen(who)))
		return true;
	if (roll_open(&f, d->c->client, d->keys, m, d->c->arena, &ignored))
		return false;
	return span_eq(f.at[PF_CARD], span_str(who)) ||
	       (!text_fold(name, sizeof(name), NULL, f.at[PF_NAME], &ignored) &&
		strstr(name, folded));
}

static int find_member(struct desk *d, struct roll *roll, const char *who,
		       const struct register_member **out)
{
	char folded[2 * NAME_MAX_BYTES];
	size_t found = 0;
	int rc = text_fold(folded, sizeof(folded), NULL, span_str(who), &d->c->err);

	for (size_t i = 0; i < roll_count(roll) && !rc; i++) {
		if (!goes_by(d, roll_at(roll, i), who, folded))
			continue;
		*out = roll_at(roll, i);
		found++;
	}
	if (rc || found == 1)
		return rc;
	return found ? err_set(&d->c->err, ERR_INVALID,
			       "%zu members go by %s; name one by the number", found, who)
		     : err_set(&d->c->err, ERR_NOTFOUND,
			       "no case and no member that this device may open goes by %s", who);
}

static int name_member(struct desk *d, const char *who, struct op *op)
{
	const struct register_member *m = NULL;
	struct roll *roll = NULL;
	int rc = roll_load(&roll, d->c->client, &d->c->err);

	if (!rc)
		rc = find_member(d, roll, who, &m);
	if (!rc)
		rc = check_kept(d, m);
	if (!rc) {
		op->unit = m->unit;
		op->forget.why = FORGET_OWN_RIGHT;
		memcpy(op->forget.person, m->person, PERSON_ID);
	}
	roll_free(roll);
	return rc;
}

/* Whoever was put forward by name: nothing keeps that. */
static int name_commended(struct desk *d, const char *who, struct op *op)
{
	const struct commend_line *line = NULL;
	struct book_of_names b;
	int rc = commend_ask_all(d, &b);

	if (!rc)
		rc = commend_ask_find(&b, who, &line);
	if (!rc && !line->of.commend.named)
		rc = err_set(&d->c->err, ERR_NOTFOUND, "nobody is named there");
	if (rc)
		return rc;
	op->unit = line->of.unit;
	op->forget.why = FORGET_OWN_RIGHT;
	memcpy(op->forget.person, line->of.commend.person, PERSON_ID);
	return 0;
}

/* A case, else a member, else somebody put forward. */
static int name_person(struct desk *d, const char *who, struct op *op)
{
	const struct case_record *r;
	size_t index = 0;
	bool known = false;
	int rc = desk_find(d, who, &index);

	if (rc == -ERR_NOTFOUND) {
		err_clear(&d->c->err);
		rc = name_member(d, who, op);
		if (rc != -ERR_NOTFOUND)
			return rc;
		err_clear(&d->c->err);
		return name_commended(d, who, op);
	}
	if (rc)
		return rc;
	r = cases_at(d->cases, index);
	rc = register_has_case(client_base(d->c->client), r->unit, r->person, &known, &d->c->err);
	if (!rc && !known) /* by the server: it cannot forget what it has not heard of */
		rc = err_set(&d->c->err, ERR_STATE,
			     "not queued: this case has not been sent yet; `ketnap sync` first");
	if (rc)
		return rc;
	op->unit = r->unit;
	memcpy(op->forget.person, r->person, PERSON_ID);
	return 0;
}

int cmd_forget(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_FORGET, .forget.why = FORGET_NOT_ADMITTED };
	const char *why;
	struct desk d;
	int rc;

	if (!options.reason)
		return cli_usage(c, _("forget needs --reason TEXT"));
	if (argc > 2 && is_pair(argv[2], "why", &why) && !strcmp(why, "own-right"))
		op.forget.why = FORGET_OWN_RIGHT;
	/* the second person names what the first asked; who they are the server knows */
	rc = options.confirm ? ask_entry(c, options.confirm, &op.forget.confirms) : 0;
	if (rc)
		return rc;
	rc = desk_open(&d, c);
	if (!rc)
		rc = name_person(&d, argv[1], &op);
	if (!rc)
		rc = act_send(c, &op);
	desk_close(&d);
	return rc;
}
