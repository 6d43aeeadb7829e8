/* totals UNIT, table UNIT, claims, differences: what the store knows, in words or as CONTRACT.md promises. */
#include "answers.h"
#include "show.h"

#include "report/public.h"
#include "report/report.h"

static struct question_words typed_words(void)
{
	return (struct question_words){ .from = options.from,
					.to = options.to,
					.period = options.period,
					.known_at = options.known_at,
					.tree = options.tree,
					.basis = options.basis,
					.each = options.each,
					.measure = options.measure,
					.of = options.of,
					.level = options.level,
					.order = options.order };
}

static int ask(struct cli *c, const char *code, bool table, struct question *q)
{
	struct question_words words = typed_words();
	day_t today = day_of_instant(cli_now(c));
	const struct unit *u;
	int rc = parse_unit(c, code, &u);

	if (rc)
		return rc;
	rc = cli_misused(c, table ? question_read_table(q, &words, today, &c->err)
				  : question_read(q, &words, today, &c->err));
	q->q.unit = u->unit;
	return rc ? rc : question_known(q, c->store.ledger, &c->err);
}

int answer_totals(struct cli *c, const char *unit, json_t **out)
{
	struct question q;
	int rc = ask(c, unit, false, &q);

	if (!rc)
		rc = report_totals(out, c->store.ledger, &q, c->arena, &c->err);
	if (!rc && options.public_)
		rc = public_totals(*out, c->store.ledger, c->arena, &c->err);
	return rc;
}

int answer_table(struct cli *c, const char *unit, json_t **out)
{
	struct question q;
	int rc = ask(c, unit, true, &q);

	if (!rc)
		rc = report_table(out, c->store.ledger, &q, c->arena, &c->err);
	if (!rc && options.public_)
		rc = public_table(*out, q.order != ORDER_OFFICIAL, c->store.ledger, c->arena,
				  &c->err);
	return rc;
}

static int series(struct cli *c, const char *unit)
{
	struct question q;
	json_t *j = NULL;
	int rc = ask(c, unit, false, &q);

	if (!rc)
		rc = report_series(&j, c->store.ledger, &q, c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = c->csv ? series_csv(c->out, j, &c->err)
		    : series_words(c->out, j, c->store.ledger, REPORT_STORE, c->arena, &c->err);
	json_decref(j);
	return rc;
}

int cmd_totals(struct cli *c, int argc, char **argv)
{
	json_t *j = NULL;
	int rc;

	(void)argc;
	if (options.each && options.public_)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "totals: --public goes without --each"));
	if (options.each)
		return series(c, argv[1]);
	if (c->csv)
		return cli_misused(c,
				   err_set(&c->err, ERR_INVALID, "totals: --csv goes with --each"));
	rc = answer_totals(c, argv[1], &j);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = totals_words(c->out, j, c->store.ledger, REPORT_STORE, c->arena, &c->err);
	json_decref(j);
	return rc;
}

static int table_each(struct cli *c, const char *unit)
{
	struct question q;
	json_t *j = NULL;
	int rc = ask(c, unit, true, &q);

	if (!rc)
		rc = report_table_each(&j, c->store.ledger, &q, c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = c->csv ? table_each_csv(c->out, j, &c->err)
		    : table_each_words(c->out, j, c->store.ledger, REPORT_STORE, c->arena, &c->err);
	json_decref(j);
	return rc;
}

int cmd_table(struct cli *c, int argc, char **argv)
{
	json_t *j = NULL;
	int rc;

	(void)argc;
	if (options.each && options.public_)
		return cli_misused(
			c, err_set(&c->err, ERR_INVALID, "table: --public goes without --each"));
	if (options.each)
		return table_each(c, argv[1]);
	rc = answer_table(c, argv[1], &j);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = c->csv ? table_csv(c->out, j, &c->err)
		    : table_words(c->out, j, c->store.ledger, REPORT_STORE, c->arena, &c->err);
	json_decref(j);
	return rc;
}

int cmd_claims(struct cli *c, int argc, char **argv)
{
	json_t *list = NULL;
	int rc = report_claims(&list, c->store.ledger, c->arena, &c->err);

	(void)argc;
	(void)argv;
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	rc = claims_words(c->out, list, c->arena, &c->err);
	json_decref(list);
	return rc;
}

int cmd_differences(struct cli *c, int argc, char **argv)
{
	const struct unit *u = NULL;
	json_t *list = NULL;
	int rc = options.unit ? parse_unit(c, options.unit, &u) : 0;

	(void)argc;
	(void)argv;
	if (!rc)
		rc = report_differences(&list, c->store.ledger, u ? u->unit : 0, u != NULL,
					c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, list);
	differences_words(c->out, list, c->store.ledger, c->arena);
	json_decref(list);
	return 0;
}
