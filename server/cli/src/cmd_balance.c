/* balance: members from day to day. openings: with how many members units begin that took others over. */
#include "devices_show.h"
#include "show.h"

#include "ledger/part.h"
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

struct opening {
	uint32_t unit;
	int64_t members;
	bool known;
	bool stands; /* the base of the day before says so already */
};

/* Members of the unit itself at the end of `day`: its sheet of that day, else its latest base. */
static int members_at(struct cli *c, uint32_t unit, day_t day, int64_t *out, bool *known)
{
	const struct form *f = ledger_form_code(c->store.ledger, SPAN_LIT("monthly"), &c->err);
	struct query q = { .unit = unit, .known_at = UINT64_MAX };
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	struct calendar calendar;
	int rc = f && t ? part_calendar(c->store.ledger, f->no, &calendar, &c->err)
			: err_set(&c->err, ERR_NOTFOUND, "there is no form %s", "monthly");

	*known = false;
	if (rc)
		return rc;
	q.period = (struct period){ calendar_month(&calendar, day).from, day };
	rc = query_totals(t, c->store.ledger, &q, c->arena, &c->err);
	*known = !rc && t->has_members;
	*out = *known ? t->members : 0;
	return rc;
}

/* Its own, where it was there the day before, and those of everybody who went over into it as a whole. */
static int add_up(struct cli *c, const struct unit *u, day_t day, struct opening *o)
{
	const struct tree *t = ledger_tree(c->store.ledger);
	int64_t members = 0;
	bool known = false;
	int rc = 0;

	o->known = true;
	if (unit_alive(u, day - 1)) {
		rc = members_at(c, u->unit, day - 1, &members, &known);
		o->known &= known;
		o->members += members;
	}
	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		const struct unit *from = tree_at(t, i);

		for (size_t k = 0; k < from->link_count && !rc; k++) {
			if (from->links[k].into != u->unit || from->links[k].from != day)
				continue;
			rc = members_at(c, from->unit, day - 1, &members, &known);
			o->known &= known && from->links[k].merged; /* of a part nobody can tell */
			o->members += members;
		}
	}
	return rc;
}

static int list_openings(struct cli *c, day_t day, struct opening *list, size_t *count)
{
	const struct tree *t = ledger_tree(c->store.ledger);
	int rc = 0;

	for (size_t i = 0; i < tree_count(t) && !rc; i++) {
		const struct unit *u = tree_at(t, i);
		struct opening o = { .unit = u->unit };
		int64_t stands;

		if (!unit_alive(u, day) || !part_took_over(c->store.ledger, u->unit, day))
			continue;
		rc = add_up(c, u, day, &o);
		if (!rc && o.known)
			o.stands = !part_members_on(c->store.ledger, u->unit, day - 1, &stands,
						    NULL) &&
				   stands == o.members;
		list[(*count)++] = o;
	}
	return rc;
}

static int write_openings(struct cli *c, day_t day, const struct opening *list, size_t count,
			  size_t *written)
{
	int rc = ledger_begin(c->store.ledger, &c->err);

	for (size_t i = 0; i < count && !rc; i++) {
		struct op op = { .kind = OP_MEMBERS,
				 .unit = list[i].unit,
				 .source = span_str(c->by),
				 .reason = SPAN_LIT("computed from those that were taken over"),
				 .members = { day - 1, list[i].members } };
		uint64_t lsn;

		if (!list[i].known || list[i].stands)
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
		unknown += !list[i].known;
		json_array_append_new(
			units, json_pack("{s:s, s:o, s:b}", "unit",
					 unit_code_of(c->store.ledger, list[i].unit), "members",
					 list[i].known ? json_integer((json_int_t)list[i].members)
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
	struct opening *list;
	size_t count = 0, written = 0;
	day_t day;
	int rc;

	(void)argc;
	(void)argv;
	if (!options.effective)
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "openings needs --effective DAY: of which acts"));
	rc = cli_misused(c, day_parse(&day, NULL, span_str(options.effective), &c->err));
	list = arena_array(c->arena, tree_count(ledger_tree(c->store.ledger)) + 1, sizeof(*list));
	if (!rc && !list)
		rc = err_set(&c->err, ERR_NOMEM, "no memory for openings");
	if (!rc)
		rc = list_openings(c, day, list, &count);
	if (!rc)
		rc = write_openings(c, day, list, count, &written);
	return rc ? rc : show_openings(c, day, list, count, written);
}
