/* balance: members from day to day. openings: with how many members units begin that took others over. */
#include "devices_show.h"
#include "show.h"

#include "report/acts.h"
#include "report/question.h"

int cmd_balance(struct cli *c, int argc, char **argv)
{
	struct question_words words = { .from = options.from,
					.to = options.to,
					.period = options.period,
					.known_at = options.known_at };
	const struct unit *u = NULL;
	struct question q;
	json_t *j;
	int rc = parse_unit(c, argv[1], &u);

	(void)argc;
	if (!rc)
		rc = cli_misused(c, question_read(&q, &words, day_of_instant(cli_now(c)), &c->err));
	if (!rc)
		rc = question_known(&q, c->store.ledger, &c->err);
	if (!rc)
		rc = report_balance(&j, c->store.ledger, u->unit, q.q.period, q.q.known_at,
				    c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	rc = balance_words(c->out, j, c->store.ledger, c->arena, &c->err);
	json_decref(j);
	return rc;
}

/* ---- openings ---- */

/* Who gives the command takes the latest numbers that there are. */
static bool usable(const struct opening *o)
{
	return o->known || o->old;
}

static int write_openings(struct cli *c, day_t day, const struct opening *list, size_t count,
			  size_t *written)
{
	int rc = ledger_begin(c->store.ledger, &c->err);

	for (size_t i = 0; i < count && !rc; i++) {
		struct op op = { .kind = OP_MEMBERS,
				 .unit = list[i].unit,
				 .source = span_str(c->by),
				 .reason = span_str(opening_reason),
				 .members = { day - 1, list[i].members } };
		uint64_t lsn;

		if (!usable(&list[i]) || list[i].stands)
			continue;
		rc = ledger_act(c->store.ledger, &op, cli_now(c), &lsn, &c->err);
		++*written;
	}
	if (rc || options.dry_run) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	return ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
}

static int show_openings(struct cli *c, day_t day, const struct opening *list, size_t count,
			 size_t written)
{
	json_t *units = json_array();
	size_t unknown = 0;

	for (size_t i = 0; i < count; i++) {
		unknown += !usable(&list[i]);
		json_array_append_new(
			units,
			json_pack("{s:s, s:o, s:b}", "unit",
				  unit_code_of(c->store.ledger, list[i].unit), "members",
				  usable(&list[i]) ? json_integer((json_int_t)list[i].members)
						   : json_null(),
				  "stands", list[i].stands));
	}
	if (c->json)
		return show_json(c, json_pack("{s:o, s:o, s:I, s:I, s:b}", "effective",
					      json_day(day), "units", units, "written",
					      (json_int_t)written, "unknown", (json_int_t)unknown,
					      "dry_run", options.dry_run));
	json_decref(units);
	lang_print(c->out,
		   _("%zu units took others over on %s: %zu begin with another number now, of %zu "
		     "it is not known\n"),
		   count, show_day(c->arena, day), written, unknown);
	return 0;
}

int cmd_openings(struct cli *c, int argc, char **argv)
{
	const struct opening *list;
	size_t count = 0, written = 0;
	day_t day;
	int rc;

	(void)argc;
	(void)argv;
	if (!options.effective)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "openings needs --effective DAY: of which acts"));
	rc = cli_misused(c, day_parse(&day, NULL, span_str(options.effective), &c->err));
	if (!rc)
		rc = query_openings(&list, &count, c->store.ledger, day, c->arena, &c->err);
	if (!rc)
		rc = write_openings(c, day, list, count, &written);
	return rc ? rc : show_openings(c, day, list, count, written);
}
