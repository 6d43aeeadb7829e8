/* plan FORM: all who report the form that its figures follow from, or the monthly one, report this one too. */
#include "cli.h"
#include "show.h"

#include "ledger/part.h"

static enum plan_step step_of(const struct form *f)
{
	static const enum plan_step steps[] = {
		[FORM_MONTH] = PLAN_MONTH, [FORM_QUARTER] = PLAN_QUARTER, [FORM_HALF] = PLAN_HALF,
		[FORM_YEAR] = PLAN_YEAR,   [FORM_DAY] = PLAN_NONE,        [FORM_WHOLE] = PLAN_WHOLE,
	};

	return steps[f->period];
}

static int reports(struct cli *c, const struct unit *u, const struct form *f, day_t day, bool *yes)
{
	enum plan_step step = PLAN_NONE;
	struct period whole;
	int rc = part_step(c->store.ledger, u->unit, f->no, day, &step, &whole, &c->err);

	*yes = step != PLAN_NONE;
	return rc;
}

/* The first batch asks who is to report, since no question is asked inside one that writes. */
static int find_units(struct cli *c, const struct form *f, const struct form *like, day_t from,
		      uint32_t *units, size_t *count)
{
	const struct tree *t = ledger_tree(c->store.ledger);
	int rc = 0;

	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		const struct unit *u = tree_at(t, i);
		bool asked = false, already = false;

		if (!unit_alive(u, from))
			continue;
		rc = reports(c, u, like, from, &asked);
		if (!rc && asked)
			rc = reports(c, u, f, from, &already);
		if (!rc && asked && !already)
			units[(*count)++] = u->unit;
	}
	return rc;
}

static int write_all(struct cli *c, const struct op *plan, const uint32_t *units, size_t count)
{
	int rc = ledger_begin(c->store.ledger, &c->err);

	for (size_t i = 0; i < count && !rc; i++) {
		struct op op = *plan;
		uint64_t lsn;

		op.unit = units[i];
		rc = ledger_act(c->store.ledger, &op, cli_now(c), &lsn, &c->err);
	}
	if (rc || options.dry_run) {
		ledger_abort(c->store.ledger);
		return rc;
	}
	return ledger_commit(c->store.ledger, &c->store.log_key, NULL, &c->err);
}

int cmd_plan(struct cli *c, int argc, char **argv)
{
	struct ledger *l = c->store.ledger;
	const struct form *f = ledger_form_code(l, span_str(argv[1]), &c->err), *like;
	uint32_t *units = arena_array(c->arena, tree_count(ledger_tree(l)) + 1, sizeof(*units));
	struct op op = { .kind = OP_PLAN, .source = span_str(c->by) };
	size_t count = 0;
	int rc;

	(void)argc;
	if (!f)
		return err_set(&c->err, ERR_NOTFOUND, "there is no form %s", argv[1]);
	if (!options.from)
		return cli_misused(c, err_set(&c->err, ERR_INVALID, "plan needs --from DAY"));
	rc = cli_misused(c, day_parse(&op.plan.period.from, NULL, span_str(options.from), &c->err));
	like = ledger_form_code(l, f->sheets[0] ? span_str(f->sheets) : SPAN_LIT("monthly"),
				&c->err);
	op.plan.form = f->no;
	op.plan.step = step_of(f);
	if (!rc && (!like || like == f || op.plan.step == PLAN_NONE))
		rc = err_set(&c->err, ERR_INVALID, "%s is not reported by such a plan", f->code);
	if (!rc && !units)
		rc = err_set(&c->err, ERR_NOMEM, "no memory for a plan");
	if (!rc)
		rc = find_units(c, f, like, op.plan.period.from, units, &count);
	if (!rc)
		rc = write_all(c, &op, units, count);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_pack("{s:s, s:o, s:I, s:b}", "form", f->code, "from",
					      json_day(op.plan.period.from), "units",
					      (json_int_t)count, "dry_run", options.dry_run));
	lang_print(c->out, _("%zu units report %s from %s on\n"), count, f->code,
		   show_day(c->arena, op.plan.period.from));
	return 0;
}
