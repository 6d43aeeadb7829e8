/* form UNIT FORM: a form whose figures come from elsewhere, of a half-year or a year. */
#include "answers.h"
#include "show.h"

#include "report/form.h"
#include "report/print.h"

int answer_form(struct cli *c, const char *unit, const char *form, json_t **out)
{
	struct question_words words = { .period = options.period,
					.known_at = options.known_at,
					.basis = options.basis };
	const struct unit *u = NULL;
	struct question q;
	int rc = parse_unit(c, unit, &u);

	if (!rc && !options.period)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID, "--period PERIOD"));
	if (!rc)
		rc = cli_misused(c, question_read(&q, &words, day_of_instant(cli_now(c)), &c->err));
	if (!rc)
		rc = question_known(&q, c->store.ledger, &c->err);
	if (rc)
		return rc;
	q.q.unit = u->unit;
	return report_form(out, c->store.ledger, &q, form, c->arena, &c->err);
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
	json_object_set_new(j, "illustrative", mark_json(mark_of(c->store.ledger)));
	rc = print_paper(&p, PRINT_FORM, j, c->store.ledger, c->arena, &c->err);
	if (!rc)
		rc = paper_words(p, c->out, &c->err);
	json_decref(j);
	return rc;
}
