/* totals, table, bridge: asked of the own ledger where all of the unit's subtree is held, of the server above
 * it. Either way the answer is the JSON of CONTRACT.md, and what people see is made of that. */
#include "answers.h"
#include "kept.h"
#include "online.h"
#include "show.h"

#include "report/acts.h"
#include "report/public.h"

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

/* `*here`: all of it is within the part that this device holds. */
static int read_question(struct cli *c, const char *code, uint32_t what, struct question *q,
			 const struct unit **unit, bool *here)
{
	struct question_words words = typed_words();
	const struct tree *t = ledger_tree(client_base(c->client));
	uint32_t own = client_identity(c->client)->unit;
	day_t today = day_of_instant(cli_now(c));
	struct question asked;
	char text[1024];
	int rc;

	if (!tree_count(t))
		return err_set(&c->err, ERR_STATE,
			       "forms and units are not here yet: `ketnap sync` brings them");
	*unit = code ? tree_by_code(t, span_str(code)) : tree_get(t, own);
	if (!*unit)
		return err_set(&c->err, ERR_NOTFOUND,
			       "there is no unit %s in the part of this device", code ? code : "?");
	rc = 0;
	if (what == WIRE_BRIDGE && options.on)
		rc = day_parse(&today, NULL, span_str(options.on), &c->err);
	if (what == WIRE_BRIDGE)
		words.tree = "as-is";
	if (!rc)
		rc = what == WIRE_TABLE ? question_read_table(q, &words, today, &c->err)
					: question_read(q, &words, today, &c->err);
	if (!rc && what == WIRE_BRIDGE && q->q.basis == BASIS_CLOSED)
		rc = err_set(&c->err, ERR_INVALID,
			     "bridge has no basis closed: signed or accepted");
	if (rc)
		return cli_usage(c, "%s", lang_err(&c->err, text, sizeof(text)));
	q->q.unit = (*unit)->unit;
	/* what came in by an act stands outside of what is held here: a bridge is the server's to tell */
	*here = what != WIRE_BRIDGE && tree_inside(t, q->q.unit, own, q->q.period.to, UINT64_MAX);
	asked = *q;
	rc = *here ? question_known(q, client_base(c->client), &c->err) : 0;
	*here = *here && (rc || query_held(client_base(c->client), &q->q));
	if (!*here)
		*q = asked; /* of a time the server has a later entry than this part */
	return rc;
}

/* What the server answered the last time: better than nothing, as long as nobody takes it for today's. */
static bool take_kept(struct cli *c, const struct wire_query *w, json_t **out)
{
	int64_t at_ms;

	if (!kept_get(c, w, out, &at_ms))
		return false;
	json_object_set_new(*out, "kept", json_instant(at_ms));
	fprintf(stderr,
		_("ketnap: the server cannot be asked now; this is what it answered on %s\n"),
		show_minute(c->arena, at_ms));
	err_clear(&c->err);
	return true;
}

static int ask_server(struct cli *c, const struct unit *unit, const struct wire_query *w,
		      json_t **out)
{
	struct online o = { .query = w };
	int rc = online_run(c, &o);

	if (!rc) {
		rc = kept_take(c, w, &o.last, out);
	} else if (rc == -ERR_BUSY && take_kept(c, w, out)) {
		rc = 0;
	} else if (rc == -ERR_BUSY &&
		   tree_inside(ledger_tree(client_base(c->client)), unit->unit,
			       client_identity(c->client)->unit, (day_t)w->to_day, UINT64_MAX)) {
		err_wrap(&c->err, rc,
			 "not all of %s is held here for these days, only the server can tell it",
			 unit->code);
	} else if (rc == -ERR_BUSY) {
		err_wrap(&c->err, rc,
			 "%s stands above the part that is held here, only the server can answer",
			 unit->code);
	}
	online_fini(&o);
	return rc;
}

static int answer_here(struct cli *c, const struct question *q, uint32_t what, json_t **out)
{
	struct ledger *l = client_base(c->client);

	if (what == WIRE_TABLE)
		return (q->each ? report_table_each : report_table)(out, l, q, c->arena, &c->err);
	return q->each ? report_series(out, l, q, c->arena, &c->err)
		       : report_totals(out, l, q, c->arena, &c->err);
}

/* `each`: days after days may be asked for. */
static int answer(struct cli *c, const char *code, uint32_t what, bool each, json_t **out,
		  enum report_from *from)
{
	const struct unit *unit = NULL;
	struct question q = { .each = PLAN_NONE };
	struct wire_query w;
	bool here = false;
	int rc = read_question(c, code, what, &q, &unit, &here);

	*out = NULL;
	if (rc)
		return rc;
	q.each = each ? q.each : PLAN_NONE;
	*from = here ? REPORT_HERE : REPORT_SERVER;
	w = question_to_wire(&q, what);
	rc = here ? answer_here(c, &q, what, out) : ask_server(c, unit, &w, out);
	if (!rc && options.public_)
		rc = what == WIRE_TABLE
			     ? public_table(*out, q.order != ORDER_OFFICIAL, client_base(c->client),
					    c->arena, &c->err)
			     : public_totals(*out, client_base(c->client), c->arena, &c->err);
	if (rc) {
		json_decref(*out);
		*out = NULL;
	} else if (!json_object_get(*out, "kept")) {
		json_object_set_new(*out, "kept", json_null());
	}
	return rc;
}

int answer_totals(struct cli *c, const char *unit, json_t **out)
{
	enum report_from from;

	return answer(c, unit, WIRE_TOTALS, false, out, &from);
}

int answer_table(struct cli *c, const char *unit, json_t **out)
{
	enum report_from from;

	return answer(c, unit, WIRE_TABLE, false, out, &from);
}

int cmd_totals(struct cli *c, int argc, char **argv)
{
	enum report_from from;
	json_t *j;
	int rc;

	if (c->csv && !options.each)
		return cli_usage(c, "totals: --csv goes with --each");
	if (options.public_ && options.each)
		return cli_usage(c, _("totals: --public goes without --each"));
	rc = answer(c, argc > 1 ? argv[1] : NULL, WIRE_TOTALS, true, &j, &from);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	if (!options.each)
		rc = totals_words(c->out, j, client_base(c->client), from, c->arena, &c->err);
	else
		rc = c->csv ? series_csv(c->out, j, &c->err)
			    : series_words(c->out, j, client_base(c->client), from, c->arena,
					   &c->err);
	json_decref(j);
	return rc;
}

int cmd_bridge(struct cli *c, int argc, char **argv)
{
	struct ledger *l = client_base(c->client);
	const char *measure = options.measure ? options.measure : "admitted";
	enum report_from from;
	json_t *j;
	int rc = answer(c, argc > 1 ? argv[1] : NULL, WIRE_BRIDGE, true, &j, &from);

	if (!rc && !ledger_measure(l, span_str(measure))) {
		rc = err_set(&c->err, ERR_NOTFOUND, "there is no measure %s", measure);
		json_decref(j);
	}
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	if (mark_of(l) == MARK_YES)
		json_object_set_new(j, "illustrative", json_string(illustrative_mark));
	rc = c->csv ? bridge_csv(c->out, j, measure, &c->err)
		    : bridge_words(c->out, j, l, measure, from, c->arena, &c->err);
	json_decref(j);
	return rc;
}

int cmd_table(struct cli *c, int argc, char **argv)
{
	enum report_from from;
	json_t *j;
	int rc;

	if (options.public_ && options.each)
		return cli_usage(c, _("table: --public goes without --each"));
	rc = answer(c, argc > 1 ? argv[1] : NULL, WIRE_TABLE, true, &j, &from);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, j);
	if (options.each)
		rc = c->csv ? table_each_csv(c->out, j, &c->err)
			    : table_each_words(c->out, j, client_base(c->client), from, c->arena,
					       &c->err);
	else
		rc = c->csv ? table_csv(c->out, j, &c->err)
			    : table_words(c->out, j, client_base(c->client), from, c->arena,
					  &c->err);
	json_decref(j);
	return rc;
}
