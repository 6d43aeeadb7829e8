/* close, unlock, late, decide-late, summary, months: month ends. */
#include "act_fields.h"
#include "answers.h"
#include "marks.h"

#include "client/act.h"
#include "ledger/months.h"
#include "report/months.h"

/* ---- close ---- */

int cmd_close(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_CLOSE };
	const struct unit *u;
	int rc = ask_unit(c, options.unit, &u);

	(void)argc;
	if (!rc)
		rc = ask_form(c, argv[1], &op.close.form);
	if (!rc)
		rc = ask_period(c, argv[2], &op.close.period);
	if (rc)
		return rc;
	op.unit = u->unit;
	return act_send(c, &op);
}

/* ---- unlock ---- */

/* The second person names the entry of the first; all else stands there. */
static int confirm_unlock(struct cli *c, struct op *op)
{
	uint64_t lsn;
	int rc = ask_entry(c, options.confirm, &lsn);

	if (!rc)
		rc = query_asked(op, client_base(c->client), lsn, c->arena, &c->err);
	if (rc)
		return rc;
	op->unlock.confirms = lsn;
	return act_send(c, op);
}

int cmd_unlock(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_UNLOCK };
	const struct unit *u;
	int rc;

	if (!options.reason)
		return cli_usage(c, _("unlock needs --reason TEXT"));
	if (options.confirm)
		return confirm_unlock(c, &op);
	if (argc != 3 || !options.unit || !options.until)
		return cli_usage(c, _("unlock needs FORM PERIOD --unit UNIT --until TIME, or "
				      "--confirm ENTRY by a second person"));
	rc = ask_unit(c, options.unit, &u);
	if (!rc)
		rc = ask_form(c, argv[1], &op.unlock.form);
	if (!rc)
		rc = ask_period(c, argv[2], &op.unlock.period);
	if (!rc)
		rc = ask_time(c, options.until, &op.unlock.until_ms);
	if (!rc && op.unlock.until_ms <= cli_now(c))
		rc = err_set(&c->err, ERR_RANGE, "--until %s is over already", options.until);
	if (rc)
		return rc;
	op.unit = u->unit;
	return act_send(c, &op);
}

/* ---- what came late ---- */

int cmd_late(struct cli *c, int argc, char **argv)
{
	json_t *list;
	int rc = report_late(&list, client_base(c->client), client_identity(c->client)->unit, false,
			     c->arena, &c->err);

	(void)argc;
	(void)argv;
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
		return cli_usage(c,
				 _("decide-late needs --counts or --decline, and --reason TEXT"));
	rc = ask_entry(c, argv[1], &lsn);
	if (!rc && options.unit)
		rc = ask_unit(c, options.unit, &u);
	if (!rc && options.period)
		rc = ask_period(c, options.period, &p);
	if (!rc)
		rc = late_decision(&op, client_base(c->client), lsn, u, options.period ? &p : NULL,
				   c->arena, &c->err);
	return rc ? rc : act_send(c, &op);
}

/* ---- summary ---- */

static int show_summary(struct cli *c, const struct summary_state *s)
{
	char hash[65];

	for (size_t i = 0; i < 32; i++)
		snprintf(hash + 2 * i, 3, "%02x", s->hash[i]);
	if (c->json)
		return show_json(
			c,
			json_pack("{s:I, s:I, s:I, s:s, s:o, s:o, s:o}", "expected",
				  (json_int_t)s->expected, "sent", (json_int_t)s->signed_,
				  "accepted", (json_int_t)s->accepted, "hash", hash, "signed",
				  s->lsn ? json_integer((json_int_t)s->lsn) : json_null(), "signer",
				  s->lsn ? json_span(s->said.signer) : json_null(), "changed",
				  s->lsn ? json_integer((json_int_t)s->changed) : json_null()));
	lang_print(c->out, _("%u of %u sheets below sent, %u accepted\n"), s->signed_, s->expected,
		   s->accepted);
	if (!s->lsn)
		fprintf(c->out, _("no summary is signed\n"));
	else
		lang_print(c->out, _("signed by %.*s; %zu figures changed since\n"),
			   (int)s->said.signer.len, (const char *)s->said.signer.data, s->changed);
	return 0;
}

int cmd_summary(struct cli *c, int argc, char **argv)
{
	struct op op = { .kind = OP_SUMMARY };
	struct summary_state s;
	const struct unit *u;
	int rc = ask_unit(c, options.unit, &u);

	(void)argc;
	if (!rc)
		rc = ask_form(c, argv[1], &op.summary.form);
	if (!rc)
		rc = ask_period(c, argv[2], &op.summary.period);
	if (!rc)
		rc = query_summary(&s, client_base(c->client), u->unit, op.summary.form,
				   op.summary.period, c->arena, &c->err);
	if (rc || !options.signer)
		return rc ? rc : show_summary(c, &s);
	op.unit = u->unit;
	op.summary.seen_lsn = client_state(c->client)->cursor.lsn;
	op.summary.expected = s.expected;
	op.summary.signed_ = s.signed_;
	op.summary.accepted = s.accepted;
	op.summary.measures = s.measures;
	op.summary.values = s.values;
	op.summary.count = s.count;
	memcpy(op.summary.hash, s.hash, sizeof(op.summary.hash));
	op.summary.signer = span_str(options.signer);
	op.summary.title = span_str(options.title ? options.title : "");
	op.summary.preparer = span_str(options.preparer ? options.preparer : "");
	return act_send(c, &op);
}

/* ---- the board ---- */

static int ask_days(struct cli *c, struct period *out)
{
	int rc;

	if (options.period)
		return cli_misused(c, period_parse(out, span_str(options.period), &c->err));
	if (!options.from || !options.to)
		return cli_usage(c, _("months needs --from DAY --to DAY, or --period PERIOD"));
	rc = ask_day(c, options.from, &out->from);
	return rc ? rc : ask_day(c, options.to, &out->to);
}

int answer_months(struct cli *c, const char *unit, json_t **out)
{
	struct months_query q = { .known_at = UINT64_MAX, .now_ms = cli_now(c) };
	const struct unit *u;
	int rc = ask_unit(c, unit ? unit : options.unit, &u);

	if (!rc)
		rc = ask_days(c, &q.period);
	if (rc)
		return rc;
	q.unit = u->unit;
	q.holidays = c->holidays;
	return report_months(out, client_base(c->client), &q, c->arena, &c->err);
}

int cmd_months(struct cli *c, int argc, char **argv)
{
	json_t *j;
	int rc = answer_months(c, argc > 1 ? argv[1] : NULL, &j);

	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = c->csv ? months_csv(c->out, j, &c->err) : months_words(c->out, j, c->arena, &c->err);
	json_decref(j);
	return rc;
}
