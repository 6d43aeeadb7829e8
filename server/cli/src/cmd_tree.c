/* tree: the units of a day, as they stood; bridge: what another tree makes of a series. */
#include "show.h"

#include "report/acts.h"
#include "report/question.h"

/* An option that both trees and bridges have; today when it is not said. */
static int ask_on(struct cli *c, day_t *out)
{
	*out = day_of_instant(cli_now(c));
	if (!options.on)
		return 0;
	return cli_misused(c, day_parse(out, NULL, span_str(options.on), &c->err));
}

static int ask_known(struct cli *c, uint64_t *known)
{
	struct question_words words = { .known_at = options.known_at, .period = "2000" };
	struct question q;
	int rc = cli_misused(c, question_read(&q, &words, 0, &c->err));

	if (!rc)
		rc = question_known(&q, c->store.ledger, &c->err);
	*known = q.q.known_at;
	return rc;
}

int cmd_tree(struct cli *c, int argc, char **argv)
{
	const struct unit *top = NULL;
	uint64_t known;
	day_t on;
	json_t *j;
	int rc = argc > 1 ? parse_unit(c, argv[1], &top) : 0;

	if (!rc)
		rc = ask_on(c, &on);
	if (!rc)
		rc = ask_known(c, &known);
	if (!rc)
		rc = report_tree(&j, c->store.ledger, top ? top->unit : 0, on, known, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = tree_words(c->out, j, c->arena, &c->err);
	json_decref(j);
	return rc;
}

int cmd_bridge(struct cli *c, int argc, char **argv)
{
	struct question_words words = { .from = options.from,
					.to = options.to,
					.period = options.period,
					.known_at = options.known_at,
					.basis = options.basis,
					.each = options.each,
					.tree = "as-is" };
	const char *measure = options.measure ? options.measure : "admitted";
	const struct unit *u = NULL;
	struct question q;
	day_t on;
	json_t *j;
	int rc = parse_unit(c, argv[1], &u);

	(void)argc;
	if (!rc)
		rc = ask_on(c, &on);
	if (!rc)
		rc = cli_misused(c, question_read(&q, &words, on, &c->err));
	if (!rc && q.q.basis == BASIS_CLOSED)
		rc = cli_misused(c, err_set(&c->err, ERR_INVALID,
					    "bridge has no basis closed: signed or accepted"));
	if (!rc && !ledger_measure(c->store.ledger, span_str(measure)))
		rc = err_set(&c->err, ERR_NOTFOUND, "there is no measure %s", measure);
	if (!rc)
		rc = question_known(&q, c->store.ledger, &c->err);
	if (rc)
		return rc;
	q.q.unit = u->unit;
	rc = report_bridge(&j, c->store.ledger, &q, c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	if (mark_of(c->store.ledger) == MARK_YES)
		json_object_set_new(j, "illustrative", json_string(illustrative_mark));
	rc = c->csv ? bridge_csv(c->out, j, measure, &c->err)
		    : bridge_words(c->out, j, c->store.ledger, measure, REPORT_STORE, c->arena,
				   &c->err);
	json_decref(j);
	return rc;
}
