/* tree: the units of a day, as they stood. */
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
