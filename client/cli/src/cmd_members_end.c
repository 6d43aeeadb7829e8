/* members end: how and when somebody ceased to be a member, with the decision. */
#include "members_cmd.h"

#include "client/case_write.h"

static int take_how(struct cli *c, const char *word, enum member_end *out)
{
	for (int how = MEMBER_STAYS + 1; how < MEMBER_WRITTEN; how++) {
		if (strcmp(word, member_end_code((enum member_end)how)))
			continue;
		*out = (enum member_end)how;
		return 0;
	}
	return cli_usage(
		c, _("members end: HOW is died, expelled, struck-off, left, outside or mistake"));
}

static int take_pair(struct cli *c, struct person_fields *decision, const char *arg)
{
	const char *value;
	day_t day;

	if (is_pair(arg, "no", &value)) {
		decision->at[PF_PAPER_NO] = span_str(value);
		return 0;
	}
	if (is_pair(arg, "signer", &value)) {
		decision->at[PF_PAPER_SIGNER] = span_str(value);
		return 0;
	}
	if (is_pair(arg, "dated", &value)) { /* 22/09/2000 too */
		char iso[DAY_TEXT_MAX];
		int rc = ask_day(c, value, &day);

		if (!rc)
			decision->at[PF_PAPER_DAY] =
				span_str(arena_str(c->arena, span_str(day_iso(iso, day))));
		return rc;
	}
	return cli_usage(c, _("members end: %s is not known here"), arg);
}

static int told(struct cli *c, const struct register_member *m, const struct op_member_end *end)
{
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, m->person, PERSON_ID);
	if (c->json)
		return show_json(c,
				 json_pack("{s:s, s:s, s:o}", "member", hex, "state",
					   member_end_code(end->how), "ended", json_day(end->day)));
	fprintf(c->out, _("it is queued here\n"));
	return 0;
}

int members_end(struct book *r, int argc, char **argv)
{
	struct cli *c = r->desk.c;
	struct case_writer w = desk_writer(&r->desk);
	struct person_fields decision = { .at = { { NULL, 0 } } };
	struct op_member_end end = { .how = MEMBER_STAYS };
	struct span reason = options.reason ? span_str(options.reason) : (struct span){ NULL, 0 };
	struct roll_known *k = NULL;
	int rc;

	if (argc < 5)
		return cli_usage(c, _("members end: write MEMBER HOW DAY [no=N] [dated=DAY] "
				      "[signer=N]"));
	rc = take_how(c, argv[3], &end.how);
	for (int i = 5; i < argc && !rc; i++)
		rc = take_pair(c, &decision, argv[i]);
	if (!rc && end.how == MEMBER_MISTAKE && !options.reason)
		return cli_usage(c, _("members end: a mistake needs --reason TEXT"));
	if (!rc)
		rc = members_role(c);
	if (!rc)
		rc = book_find(r, argv[2], &k);
	if (!rc)
		rc = ask_day(c, argv[4], &end.day);
	if (!rc)
		rc = case_write_end(&w, k->m, &end, &decision, reason, &c->err);
	return rc ? rc : told(c, k->m, &end);
}

static json_t *of_paper(const struct person_fields *f, enum person_field at)
{
	return f->at[at].len ? json_span(f->at[at]) : json_null();
}

void end_show(struct book *r, const struct roll_known *k, json_t *j)
{
	struct cli *c = r->desk.c;
	struct person_fields f = { .at = { { NULL, 0 } } };
	struct err ignored = { 0 };
	day_t dated;

	(void)roll_open_end(&f, c->client, r->desk.keys, k->m, c->arena, &ignored);
	if (j) {
		json_object_set_new(j, "decision", of_paper(&f, PF_PAPER_NO));
		json_object_set_new(j, "decision_day", of_paper(&f, PF_PAPER_DAY));
		json_object_set_new(j, "decision_signer", of_paper(&f, PF_PAPER_SIGNER));
		return;
	}
	if (!k->m->end_lsn)
		return;
	fprintf(c->out, "  %s, %s\n", _(member_end_text(k->m->how)),
		show_day(c->arena, k->m->ended));
	if (f.at[PF_PAPER_NO].len)
		fprintf(c->out, _("  decision: %s\n"), arena_str(c->arena, f.at[PF_PAPER_NO]));
	if (f.at[PF_PAPER_DAY].len && !day_parse(&dated, NULL, f.at[PF_PAPER_DAY], &ignored))
		fprintf(c->out, _("  day of the decision: %s\n"), show_day(c->arena, dated));
	if (f.at[PF_PAPER_SIGNER].len)
		fprintf(c->out, _("  signed by: %s\n"), arena_str(c->arena, f.at[PF_PAPER_SIGNER]));
}
