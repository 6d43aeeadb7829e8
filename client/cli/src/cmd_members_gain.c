/* members arrive, restore: who comes onto the list and was not admitted here, with the paper and its day. */
#include "members_cmd.h"

#include "client/outbox.h"
#include "crypto/random.h"

struct gaining {
	struct op op;
	struct person_fields fields, paper;
	const struct roll_known *from;
};

static int take_from(struct book *r, struct gaining *g, const char *who)
{
	struct roll_known *k = NULL;
	int rc = book_find(r, who, &k);

	if (rc)
		return rc;
	if (!k->opened)
		return err_set(&r->desk.c->err, ERR_NOTFOUND,
			       "the key to this member has not come yet: send and receive first");
	if (k->m->how != MEMBER_EXPELLED && k->m->how != MEMBER_STRUCK_OFF &&
	    k->m->how != MEMBER_LEFT)
		return err_set(&r->desk.c->err, ERR_STATE,
			       "only a membership that was taken away is restored");
	g->from = k;
	for (unsigned i = 1; i < PF_PAPER_NO; i++)
		if (!g->fields.at[i].len)
			g->fields.at[i] = k->fields.at[i];
	g->op.member.codes = k->m->codes;
	if (!g->op.member.admitted)
		g->op.member.admitted = k->m->admitted;
	if (!g->op.member.recognised)
		g->op.member.recognised = k->m->recognised;
	return 0;
}

static int take_pair(struct book *r, struct gaining *g, const char *arg)
{
	struct cli *c = r->desk.c;
	struct op_member *m = &g->op.member;
	const char *value, *eq = strchr(arg, '=');
	enum person_field f;

	if (!eq)
		return cli_usage(c, _("members: write FIELD=VALUE, not %s"), arg);
	if (is_pair(arg, "day", &value))
		return ask_day(c, value, &m->gained);
	if (is_pair(arg, "admitted", &value))
		return ask_day(c, value, &m->admitted);
	if (is_pair(arg, "recognised", &value))
		return ask_day(c, value, &m->recognised);
	if (m->gain == GAIN_RESTORED && is_pair(arg, "from", &value))
		return take_from(r, g, value);
	if (!person_field_parse(&f, span_of(arg, (size_t)(eq - arg))))
		return cli_usage(c, _("members: there is no field %.*s"), (int)(eq - arg), arg);
	if (f == PF_PAPER_DAY)
		return cli_usage(c, _("members: there is no field %.*s"), (int)(eq - arg), arg);
	(f >= PF_PAPER_NO ? &g->paper : &g->fields)->at[f] = span_str(eq + 1);
	return 0;
}

static int check(struct book *r, struct gaining *g)
{
	const struct op_member *m = &g->op.member;
	struct err *e = &r->desk.c->err;
	day_t birth;
	int rc = members_role(r->desk.c);

	if (!rc)
		rc = person_fields_days(&g->fields, r->desk.c->arena, e);
	if (!rc)
		rc = person_fields_check(&g->fields, e);
	if (rc)
		return rc;
	if (!m->admitted || !m->gained)
		return err_set(e, ERR_INVALID,
			       "write admitted=DAY, and day=DAY from which they are here");
	if (!g->paper.at[PF_PAPER_NO].len)
		return err_set(e, ERR_INVALID, "write no=NUMBER of the paper they came with");
	if (m->admitted > r->desk.today || m->gained > r->desk.today ||
	    m->recognised > r->desk.today)
		return err_set(e, ERR_RANGE, "that day is still to come");
	if (m->gained < m->admitted)
		return err_set(e, ERR_RANGE, "that day is before the admission");
	if (m->recognised && m->recognised < m->admitted)
		return err_set(e, ERR_RANGE, "recognised: before the admission");
	if (g->from && m->gained <= g->from->m->ended)
		return err_set(e, ERR_RANGE, "that day is not after the one on which it ended");
	if (person_fields_birth(&g->fields, &birth) && birth >= m->admitted)
		return err_set(e, ERR_RANGE, "the birth date is not before the admission");
	return 0;
}

/* What is counted, from what is sealed. */
static void code_fields(struct gaining *g, day_t today)
{
	struct person_codes *codes = &g->op.member.codes;
	day_t birth;

	codes->facts &= (uint8_t) ~(FACT_WOMAN | FACT_MINORITY | FACT_RELIGIOUS);
	codes->facts |= person_fields_facts(&g->fields);
	if (person_fields_birth(&g->fields, &birth))
		codes->age = age_band_of(birth, today);
}

/* Somebody who is on the list already is not put on it again. */
static int check_alike(struct book *r, const struct gaining *g)
{
	char folded[2 * NAME_MAX_BYTES];
	struct cli *c = r->desk.c;

	if (text_fold(folded, sizeof(folded), NULL, g->fields.at[PF_NAME], &c->err))
		return -ERR_INVALID;
	for (size_t i = 0; i < r->count; i++) {
		const struct roll_known *k = &r->at[i];
		bool card = k->opened && g->fields.at[PF_CARD].len &&
			    span_eq(k->fields.at[PF_CARD], g->fields.at[PF_CARD]);
		bool name = k->folded && !strcmp(k->folded, folded) &&
			    span_eq(k->fields.at[PF_BIRTH], g->fields.at[PF_BIRTH]);

		if (k->m->how == MEMBER_STAYS && member_here(k->m) && (card || name))
			return err_set(&c->err, ERR_EXISTS,
				       "a member with this card number, or this name and birth "
				       "date, is on the list already");
	}
	return 0;
}

static int queue(struct book *r, struct gaining *g)
{
	struct cli *c = r->desk.c;
	struct person_place at = { .unit = g->op.unit, .set = PERSON_SET_RECORD };
	uint8_t key[BOX_KEY_BYTES];
	struct buf sealed, letter;
	struct unit_key u;
	struct op_id id;
	int rc = desk_unit_key(&r->desk, &u);

	if (rc)
		return rc;
	buf_init(&sealed, CASE_SEALED_MAX);
	buf_init(&letter, PAPER_SEALED_MAX);
	rc = keyring_person_new(r->desk.keys, c->client, &u, g->op.member.person, key, &c->err);
	memcpy(at.id, g->op.member.person, PERSON_ID);
	if (!rc)
		rc = case_seal(&sealed, key, &at, &g->fields, crypto_random, &c->err);
	at.set = PERSON_SET_PAPER;
	if (!rc)
		rc = case_seal(&letter, key, &at, &g->paper, crypto_random, &c->err);
	g->op.member.sealed = buf_span(&sealed);
	g->op.member.letter = buf_span(&letter);
	if (!rc)
		rc = outbox_append(c->client, &g->op, cli_now(c), &id, &c->err);
	key_wipe(key, sizeof(key));
	key_wipe(&u, sizeof(u));
	buf_fini(&sealed);
	buf_fini(&letter);
	return rc;
}

static int gain(struct book *r, int argc, char **argv, enum member_gain how)
{
	struct cli *c = r->desk.c;
	struct gaining g = { .op = { .kind = OP_MEMBER,
				     .unit = client_identity(c->client)->unit,
				     .member = { .gain = how } } };
	char hex[2 * PERSON_ID + 1];
	int rc = 0;

	for (int i = 2; i < argc && !rc; i++)
		rc = take_pair(r, &g, argv[i]);
	if (!rc)
		rc = check(r, &g);
	if (!rc)
		rc = check_alike(r, &g);
	if (rc)
		return rc;
	if (options.reason)
		g.op.reason = span_str(options.reason);
	code_fields(&g, r->desk.today);
	rc = queue(r, &g);
	if (rc)
		return rc;
	hex_encode(hex, g.op.member.person, PERSON_ID);
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:o, s:s}", "member", hex, "gain",
					      member_gain_code(how), "day",
					      json_day(g.op.member.gained), "state", "queued"));
	fprintf(c->out, _("it is queued here\n"));
	return 0;
}

bool members_gain(struct book *r, int argc, char **argv, int *rc)
{
	if (!strcmp(argv[1], "arrive"))
		*rc = gain(r, argc, argv, GAIN_OUTSIDE);
	else if (!strcmp(argv[1], "restore"))
		*rc = gain(r, argc, argv, GAIN_RESTORED);
	else
		return false;
	return true;
}

void gain_show(struct book *r, const struct roll_known *k, json_t *j)
{
	struct cli *c = r->desk.c;
	struct person_fields paper = { .at = { { NULL, 0 } } };
	struct err ignored = { 0 };
	bool any = k->m->gain != GAIN_NONE;

	(void)roll_open_letter(&paper, c->client, r->desk.keys, k->m, c->arena, &ignored);
	if (j) {
		json_object_set_new(j, "gain", json_string(member_gain_code(k->m->gain)));
		json_object_set_new(j, "gained", any ? json_day(k->m->gained) : json_null());
		json_object_set_new(j, "letter",
				    paper.at[PF_PAPER_NO].len ? json_span(paper.at[PF_PAPER_NO])
							      : json_null());
		return;
	}
	if (any)
		fprintf(c->out,
			k->m->gain == GAIN_OUTSIDE
				? _("  arrived from another province on %s, %s\n")
				: _("  membership restored on %s, %s\n"),
			show_day(c->arena, k->m->gained),
			arena_str(c->arena, paper.at[PF_PAPER_NO]));
}
