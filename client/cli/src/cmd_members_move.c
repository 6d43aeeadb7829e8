/* members move, accept, refuse, recall: a member between two units. */
#include "members_cmd.h"

#include "client/moves.h"

static int told(struct book *r, const struct roll_known *k, const char *move, uint32_t other,
		day_t day)
{
	struct cli *c = r->desk.c;
	char hex[2 * PERSON_ID + 1];

	hex_encode(hex, k->m->person, PERSON_ID);
	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:s, s:o, s:s}", "member", hex, "move",
					      move, "other", unit_word(c, other), "day",
					      json_day(day), "state", "queued"));
	fprintf(c->out, _("it is queued here\n"));
	return 0;
}

static int send_off(struct book *r, int argc, char **argv)
{
	struct cli *c = r->desk.c;
	struct move_ask ask = { .now_ms = cli_now(c) };
	struct roll_known *k = NULL;
	const char *no = "";
	int rc;

	if (argc < 5 || argc > 6 || (argc == 6 && !is_pair(argv[5], "no", &no)))
		return cli_usage(c, _("members move: write MEMBER UNIT DAY [no=N]"));
	rc = book_find(r, argv[2], &k);
	if (!rc)
		rc = ask_receiver(c, argv[3], &ask.to);
	if (!rc)
		rc = ask_day(c, argv[4], &ask.day);
	if (rc)
		return rc;
	ask.letter = span_str(no);
	if (options.reason)
		ask.reason = span_str(options.reason);
	rc = move_member(c->client, r->desk.keys, k->m, &ask, c->arena, &c->err);
	return rc ? rc : told(r, k, "sent", ask.to.unit, ask.day);
}

static int answered(struct book *r, int argc, char **argv, enum move_what what, const char *word)
{
	struct cli *c = r->desk.c;
	struct move_answer w = { .what = what, .now_ms = cli_now(c) };
	struct roll_known *k = NULL;
	struct unit_key own;
	int rc;

	if (argc != 4)
		return cli_usage(c, _("write MEMBER DAY"));
	if (what == MOVE_REFUSE && !options.reason)
		return cli_usage(c, _("refuse needs --reason TEXT"));
	rc = book_find(r, argv[2], &k);
	if (!rc)
		rc = ask_day(c, argv[3], &w.day);
	if (!rc)
		rc = desk_unit_key(&r->desk, &own);
	if (rc)
		return rc;
	if (options.reason)
		w.reason = span_str(options.reason);
	rc = answer_member(c->client, r->desk.keys, k->m, &w, &own, &c->err);
	key_wipe(&own, sizeof(own));
	if (rc)
		return rc;
	return told(r, k, word, what == MOVE_RECALL ? k->m->gone.unit : k->m->came.unit, w.day);
}

bool members_move(struct book *r, int argc, char **argv, int *rc)
{
	if (!strcmp(argv[1], "move"))
		*rc = send_off(r, argc, argv);
	else if (!strcmp(argv[1], "accept"))
		*rc = answered(r, argc, argv, MOVE_TAKE, "taken");
	else if (!strcmp(argv[1], "refuse"))
		*rc = answered(r, argc, argv, MOVE_REFUSE, "refused");
	else if (!strcmp(argv[1], "recall"))
		*rc = answered(r, argc, argv, MOVE_RECALL, "recalled");
	else
		return false;
	return true;
}
