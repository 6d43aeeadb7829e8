/* close, unlock, late, decide-late, calendar, months: month ends, at the server. */
#include "answers.h"
#include "devices_show.h"
#include "show.h"

#include "ledger/months.h"
#include "report/months.h"
#include "report/question.h"

#include <stdlib.h>

static int ask_form(struct cli *c, const char *code, uint8_t *no)
{
	const struct form *f = ledger_form_code(c->store.ledger, span_str(code), &c->err);

	if (!f)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", code);
	*no = f->no;
	return 0;
}

static int ask_entry(struct cli *c, const char *text, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !*out)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "%s is no entry of the log", text));
	return 0;
}

/* Do it, and say which entry it became. */
static int done(struct cli *c, struct op *op, const char *words)
{
	uint64_t lsn;
	bool stands;
	int rc;

	op->source = span_str(c->by);
	op->reason = span_str(options.reason ? options.reason : "");
	rc = act_once(c, op, &lsn, &stands);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:I, s:s, s:s, s:b}", "lsn", (json_int_t)lsn,
					      "kind", op_kind_name(op->kind), "unit",
					      unit_code_of(c->store.ledger, op->unit), "stands",
					      stands));
	fprintf(c->out, "%s\n", words);
	if (stands)
		show_stands(c, lsn);
	else
		lang_print(c->out, _("entry %llu\n"), (unsigned long long)lsn);
	return 0;
}

/* ---- close, unlock ---- */

int cmd_close(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_CLOSE };
	const struct unit *u = NULL;
	int rc;

	(void)argc;
	if (!options.scope)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "close needs --scope UNIT: it and all below"));
	rc = parse_unit(c, options.scope, &u);
	if (!rc)
		rc = ask_form(c, argv[1], &op.close.form);
	if (!rc)
		rc = cli_misused(c, period_parse(&op.close.period, span_str(argv[2]), &c->err));
	if (rc)
		return rc;
	op.unit = u->unit;
	return done(c, &op, _("closed: what comes from now on is an amendment, or late"));
}

static int confirm_unlock(struct cli *c, struct op *op)
{
	uint64_t lsn;
	int rc = ask_entry(c, options.confirm, &lsn);

	if (!rc)
		rc = query_asked(op, c->store.ledger, lsn, c->arena, &c->err);
	if (rc)
		return rc;
	op->unlock.confirms = lsn;
	return done(c, op, _("unlocked for this unit, until the end that was asked for"));
}

int cmd_unlock(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_UNLOCK };
	const struct unit *u = NULL;
	int rc;

	if (!options.reason)
		return cli_misused(c, err_set(&c->err, ERR_INVALID, "unlock needs --reason TEXT"));
	if (options.confirm)
		return confirm_unlock(c, &op);
	if (argc != 3 || !options.unit || !options.until)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID,
					   "unlock needs FORM PERIOD --unit UNIT --until TIME, or "
					   "--confirm ENTRY by a second person"));
	rc = parse_unit(c, options.unit, &u);
	if (!rc)
		rc = ask_form(c, argv[1], &op.unlock.form);
	if (!rc)
		rc = cli_misused(c, period_parse(&op.unlock.period, span_str(argv[2]), &c->err));
	if (!rc)
		rc = cli_misused(
			c, instant_parse(&op.unlock.until_ms, span_str(options.until), &c->err));
	if (!rc && op.unlock.until_ms <= cli_now(c))
		rc = err_set(&c->err, ERR_RANGE, "--until %s is over already", options.until);
	if (rc)
		return rc;
	op.unit = u->unit;
	return done(c, &op, _("asked for; a second person confirms it with --confirm ENTRY"));
}

/* ---- late ---- */

int cmd_late(struct cli *c, int argc, char **argv)
{
	const struct unit *u = NULL;
	json_t *list;
	int rc = options.unit ? parse_unit(c, options.unit, &u) : 0;

	(void)argc;
	(void)argv;
	if (!rc)
		rc = report_late(&list, c->store.ledger, u ? u->unit : 0, false, c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	rc = late_words(c->out, list, c->arena, &c->err);
	json_decref(list);
	return rc;
}

int cmd_decide_late(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_LATE_DECISION, .late = { .counts = options.counts } };
	const struct unit *u = NULL;
	struct period p;
	uint64_t lsn;
	int rc;

	(void)argc;
	if (options.counts == options.decline || !options.reason)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID,
				   "decide-late needs --counts or --decline, and --reason TEXT"));
	rc = ask_entry(c, argv[1], &lsn);
	if (!rc && options.unit)
		rc = parse_unit(c, options.unit, &u);
	if (!rc && options.period)
		rc = cli_misused(c, period_parse(&p, span_str(options.period), &c->err));
	if (!rc)
		rc = late_decision(&op, c->store.ledger, lsn, u, options.period ? &p : NULL,
				   c->arena, &c->err);
	if (rc)
		return rc;
	return done(c, &op,
		    options.counts ? _("it counts from now on")
				   : _("declined; it stays in the log"));
}

/* ---- calendar ---- */

/* "5,8,10": grassroots, direct, province. */
static int read_due(struct cli *c, const char *text, uint8_t out[DUE_LEVELS])
{
	for (int level = 0; level < DUE_LEVELS; level++) {
		char *end;
		unsigned long days = strtoul(text, &end, 10);

		if (*text < '0' || *text > '9' || days > UINT8_MAX ||
		    *end != (level + 1 < DUE_LEVELS ? ',' : 0))
			return cli_misused(
				c, err_set(&c->err, ERR_INVALID,
					   "--due-days N,N,N: days for the grassroots, the direct "
					   "committees, the province"));
		out[level] = (uint8_t)days;
		text = end + 1;
	}
	return 0;
}

int cmd_calendar(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_CALENDAR,
			 .calendar = {
				 .first_day = (uint8_t)(options.first_day ? options.first_day : 1),
				 .working_days = options.working_days } };
	int rc;

	(void)argc;
	if (!options.from || !options.due_days)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "calendar needs --from DAY and --due-days N,N,N"));
	rc = ask_form(c, argv[1], &op.calendar.form);
	if (!rc)
		rc = cli_misused(
			c, day_parse(&op.calendar.from, NULL, span_str(options.from), &c->err));
	if (!rc)
		rc = read_due(c, options.due_days, op.calendar.due_days);
	return rc ? rc : done(c, &op, _("this calendar holds from that day on"));
}

/* ---- the board ---- */

static int ask_days(struct cli *c, struct period *out)
{
	int rc;

	if (options.period)
		return cli_misused(c, period_parse(out, span_str(options.period), &c->err));
	if (!options.from || !options.to)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID,
					   "months needs --from DAY --to DAY, or --period PERIOD"));
	rc = cli_misused(c, day_parse(&out->from, NULL, span_str(options.from), &c->err));
	return rc ? rc : cli_misused(c, day_parse(&out->to, NULL, span_str(options.to), &c->err));
}

static int ask_known(struct cli *c, struct months_query *q)
{
	struct question_words words = { .known_at = options.known_at, .period = "2000" };
	struct question known;
	int rc = cli_misused(c, question_read(&known, &words, 0, &c->err));

	if (!rc)
		rc = question_known(&known, c->store.ledger, &c->err);
	q->known_at = known.q.known_at;
	return rc;
}

int answer_months(struct cli *c, const char *unit, json_t **out)
{
	struct months_query q = { .known_at = UINT64_MAX, .now_ms = cli_now(c) };
	const struct unit *u = NULL;
	int rc = parse_unit(c, unit, &u);

	if (!rc)
		rc = ask_days(c, &q.period);
	if (!rc)
		rc = ask_known(c, &q);
	if (rc)
		return rc;
	q.unit = u->unit;
	q.holidays = c->holidays;
	return report_months(out, c->store.ledger, &q, c->arena, &c->err);
}

int cmd_months(struct cli *c, int argc, char **argv)
{
	json_t *j;
	int rc = answer_months(c, argv[1], &j);

	(void)argc;
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = c->csv ? months_csv(c->out, j, &c->err) : months_words(c->out, j, c->arena, &c->err);
	json_decref(j);
	return rc;
}
