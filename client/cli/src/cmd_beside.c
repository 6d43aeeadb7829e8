/* beside: what the register of persons comes to in the part of this device, beside what units typed. */
#include "ask.h"

#include "report/register.h"

int cmd_beside(struct cli *c, int argc, char **argv)
{
	const struct unit *u;
	struct period p;
	json_t *j;
	int rc = ask_unit(c, argc > 1 ? argv[1] : NULL, &u);

	if (!rc && !options.period)
		return cli_usage(c, _("--period PERIOD is needed"));
	if (!rc)
		rc = ask_period(c, options.period, &p);
	if (!rc)
		rc = report_register(&j, client_base(c->client), u->unit, p, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	register_words(c->out, j, client_base(c->client));
	json_decref(j);
	return 0;
}
