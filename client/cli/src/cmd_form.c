/* form UNIT FORM: a form whose figures come from elsewhere, of a half-year or a year, of units that are held here. */
#include "answers.h"
#include "ask.h"

#include "ledger/acts.h"
#include "report/form.h"
#include "report/print.h"

int answer_form(struct cli *c, const char *unit, const char *form, json_t **out)
{
	struct question_words words = { .period = options.period,
					.known_at = options.known_at,
					.basis = options.basis };
	struct ledger *l = client_base(c->client);
	const struct unit *u;
	struct question q;
	char text[1024];
	int rc = ask_unit(c, unit, &u);

	if (!rc && !options.period)
		return cli_usage(c, _("--period PERIOD is needed"));
	if (!rc && question_read(&q, &words, day_of_instant(cli_now(c)), &c->err))
		return cli_usage(c, "%s", lang_err(&c->err, text, sizeof(text)));
	if (!rc)
		rc = question_known(&q, l, &c->err);
	if (rc)
		return rc;
	q.q.unit = u->unit;
	if (!tree_inside(ledger_tree(l), u->unit, client_identity(c->client)->unit, q.q.period.to,
			 UINT64_MAX))
		return err_set(&c->err, ERR_DENIED, "%s is outside this device's scope", u->code);
	if (!query_held(l, &q.q))
		return err_set(
			&c->err, ERR_DENIED,
			"not all of %s is held here for these days, only the server can tell it",
			u->code);
	return report_form(out, l, &q, form, c->arena, &c->err);
}

int cmd_form(struct cli *c, int argc, char **argv)
{
	struct paper *p = NULL;
	json_t *j = NULL;
	int rc = answer_form(c, argv[1], argv[2], &j);

	(void)argc;
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	if (device_mark(c) == MARK_YES)
		json_object_set_new(j, "illustrative", mark_json(MARK_YES));
	rc = print_paper(&p, PRINT_FORM, j, client_base(c->client), c->arena, &c->err);
	if (!rc)
		rc = paper_words(p, c->out, &c->err);
	json_decref(j);
	return rc;
}
