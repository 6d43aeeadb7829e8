/* case move, accept, refuse, recall: a case between two units. */
#include "case_cmd.h"

#include "client/moves.h"

static int told(struct desk *d, size_t index, const char *move, uint32_t other, day_t day)
{
	struct cli *c = d->c;
	const char *id = case_id_text(c, cases_at(d->cases, index));

	if (c->json)
		return show_json(c, json_pack("{s:s, s:s, s:s, s:o, s:s}", "case", id, "move", move,
					      "other", unit_word(c, other), "day", json_day(day),
					      "state", "queued"));
	fprintf(c->out, _("it is queued here\n"));
	return 0;
}

int case_move(struct desk *d, int argc, char **argv)
{
	struct cli *c = d->c;
	struct move_ask ask = { .now_ms = cli_now(c), .day = d->today };
	const char *no = "";
	size_t index = 0;
	int rc;

	if (argc < 3 || argc > 4 || (argc == 4 && !is_pair(argv[3], "no", &no)))
		return cli_usage(c, _("case move: write CASE UNIT DAY [no=N]"));
	rc = desk_find(d, argv[0], &index);
	if (!rc)
		rc = ask_receiver(c, argv[1], &ask.to);
	if (!rc)
		rc = ask_day(c, argv[2], &ask.day);
	if (rc)
		return rc;
	ask.letter = span_str(no);
	if (options.reason)
		ask.reason = span_str(options.reason);
	rc = move_case(c->client, d->keys, cases_at(d->cases, index), &ask, c->arena, &c->err);
	return rc ? rc : told(d, index, "sent", ask.to.unit, ask.day);
}

/* What comes next for it, so that the rules are judged as for that step, here and on that day. */
static enum case_step_kind next_step(enum case_stage stage)
{
	if (stage == CASE_DECIDED)
		return STEP_CEREMONY;
	if (stage == CASE_PROBATION || stage == CASE_REVIEWED)
		return STEP_REVIEW;
	return stage == CASE_CELL || stage == CASE_COMMITTEE ? STEP_SUBMIT : STEP_CELL;
}

/* Validity is judged again where it arrives. */
static int judge_again(struct desk *d, const struct case_record *r, day_t day)
{
	struct field_rules rules = { .holidays = NULL };
	struct case_step next = { .kind = STEP_NONE, .day = day };
	struct case_state st;
	int rc = field_rules_read(d->c, &rules);

	case_record_state(&st, r);
	next.kind = next_step(st.stage);
	if (!rc)
		tell_findings(d, &rules, r, &next, stderr);
	if (!rc && (st.stage == CASE_CELL || st.stage == CASE_COMMITTEE))
		fprintf(stderr,
			_("  please check: the resolution came along from the unit before\n"));
	field_rules_fini(&rules);
	return rc;
}

static int answered(struct desk *d, int argc, char **argv, enum move_what what)
{
	static const char *const words[MOVE_WHATS] = {
		[MOVE_TAKE] = "taken", [MOVE_REFUSE] = "refused", [MOVE_RECALL] = "recalled"
	};
	struct cli *c = d->c;
	struct move_answer w = { .what = what, .now_ms = cli_now(c) };
	const struct case_record *r;
	struct unit_key own;
	size_t index = 0;
	uint32_t other;
	int rc;

	if (argc != 2)
		return cli_usage(c, _("write CASE DAY"));
	if (what == MOVE_REFUSE && !options.reason)
		return cli_usage(c, _("refuse needs --reason TEXT"));
	rc = desk_find(d, argv[0], &index);
	if (!rc)
		rc = ask_day(c, argv[1], &w.day);
	if (!rc)
		rc = desk_unit_key(d, &own);
	if (rc)
		return rc;
	if (options.reason)
		w.reason = span_str(options.reason);
	r = cases_at(d->cases, index);
	other = what == MOVE_RECALL ? r->gone.unit : r->came.unit;
	rc = answer_case(c->client, d->keys, r, &w, &own, &c->err);
	key_wipe(&own, sizeof(own));
	if (!rc && what == MOVE_TAKE)
		rc = judge_again(d, r, w.day);
	return rc ? rc : told(d, index, words[what], other, w.day);
}

int case_accept(struct desk *d, int argc, char **argv)
{
	return answered(d, argc, argv, MOVE_TAKE);
}

int case_refuse(struct desk *d, int argc, char **argv)
{
	return answered(d, argc, argv, MOVE_REFUSE);
}

int case_recall(struct desk *d, int argc, char **argv)
{
	return answered(d, argc, argv, MOVE_RECALL);
}
