/* beside: what the register of persons comes to below a unit, beside what was typed. Counts alone. */
#include "show.h"

#include "report/question.h"
#include "report/register.h"

int cmd_beside(struct cli *c, int argc, char **argv)
{
	const struct unit *u = NULL;
	struct period p;
	json_t *j;
	int rc = parse_unit(c, argv[1], &u);

	(void)argc;
	if (!rc && !options.period)
		return cli_misused(c, err_set(&c->err, ERR_INVALID, "--period PERIOD is needed"));
	if (!rc)
		rc = cli_misused(c, period_parse(&p, span_str(options.period), &c->err));
	if (!rc)
		rc = report_register(&j, c->store.ledger, u->unit, p, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	register_words(c->out, j, c->store.ledger);
	json_decref(j);
	return 0;
}
