/* progress: the own targets, how far they are, and whether the pace is enough. */
#include "show.h"

#include "base/num.h"
#include "client/outbox.h"
#include "client/overlay.h"
#include "domain/sheet.h"
#include "report/report.h"

struct pace {
	int64_t unsent;    /* in own sheets that the server has not confirmed: counted apart */
	int64_t by_now;    /* of the goal, had it come evenly */
	int64_t per_month; /* from now on, to reach it */
	int64_t days_left;
	const char *
		word; /* "reached", "on-pace", "behind", "over" (the period is), "kept", "exceeded" */
};

/* What own ops not in base yet would add to the measure within the target's days. */
static int unsent_of(struct cli *c, const struct target_line *t, struct period days,
		     uint16_t measure, int64_t *sum)
{
	struct sheet *s = arena_array(c->arena, 2, sizeof(*s));
	size_t count;
	const struct own_op *ops = outbox_ops(c->client, &count);

	*sum = 0;
	if (!s)
		return err_set(&c->err, ERR_NOMEM, "no memory for sheets");
	for (size_t i = 0; i < count; i++) {
		const struct own_op *op = &ops[i];
		struct figure with, without;
		bool met = false;
		int rc;

		for (size_t k = 0; k < i && !met; k++) /* each sheet once */
			met = !ops[k].pulled && ops[k].unit == op->unit &&
			      ops[k].form == op->form && ops[k].period.from == op->period.from &&
			      ops[k].period.to == op->period.to;
		if (met || op->pulled || op->kind != OP_SHEET || op->unit != t->unit ||
		    op->period.from == op->period.to || !period_inside(op->period, days))
			continue;
		rc = overlay_sheet(c->client, op->unit, op->form, op->period, &s[0], &c->err);
		if (rc && rc != -ERR_NOTFOUND)
			return rc;
		rc = ledger_sheet(client_base(c->client), op->unit, op->form, op->period, &s[1],
				  &c->err);
		if (rc && rc != -ERR_NOTFOUND)
			return rc;
		with = sheet_figure(&s[0], measure, op->unit);
		without = sheet_figure(&s[1], measure, op->unit);
		if (with.count && sheet_counts(&s[0]))
			*sum += with.winner->value;
		if (without.count && sheet_counts(&s[1]))
			*sum -= without.winner->value;
	}
	err_clear(&c->err);
	return 0;
}

static struct pace pace_of(const struct target_line *t, struct period p, int64_t unsent,
			   day_t today)
{
	int64_t days = p.to - p.from + 1, gone = today - p.from + 1, missing, product;
	struct pace out = { .unsent = unsent, .word = "on-pace" };

	if (gone < 0)
		gone = 0;
	if (gone > days)
		gone = days;
	out.days_left = days - gone;
	if (target_is_limit(&t->target)) {
		out.word = t->attained > t->goal ? "exceeded" : "kept";
		return out;
	}
	missing = t->goal - t->attained;
	if (num_mul(&product, t->goal, gone))
		out.by_now = product / days;
	if (missing > 0 && out.days_left && num_mul(&product, missing, 365))
		out.per_month = (product + out.days_left * 12 - 1) / (out.days_left * 12);
	if (missing <= 0)
		out.word = "reached";
	else if (!out.days_left)
		out.word = "over";
	else if (t->attained < out.by_now)
		out.word = "behind";
	if (out.per_month > missing && missing > 0)
		out.per_month = missing; /* less than a month is left */
	return out;
}

static const char *pace_words(const char *word)
{
	static const char *const words[][2] = {
		{ "reached", N_("reached") },
		{ "on-pace", N_("on pace") },
		{ "behind", N_("behind the pace") },
		{ "over", N_("the period is over") },
		{ "kept", N_("kept") },
		{ "exceeded", N_("exceeded") },
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(words[i][0], word))
			return _(words[i][1]);
	return word;
}

static void tell_line(struct cli *c, const json_t *j)
{
	const json_t *goal = json_object_get(j, "goal");

	fprintf(c->out, "%s (%s, %s)\n", target_words(c->arena, j), text_at(j, "period"),
		measure_name(c, text_at(j, "measure")));
	if (!json_is_integer(goal)) {
		fprintf(c->out, _("  no number to reach: the base is not known\n"));
		return;
	}
	if (json_is_boolean(json_object_get(j, "kept"))) {
		fprintf(c->out, _("  at most %s, %s so far; %s\n"), number_words(c->arena, goal),
			number_words(c->arena, json_object_get(j, "attained")),
			pace_words(text_at(j, "pace")));
		return;
	}
	fprintf(c->out, _("  %s to reach, %s attained (%s), %s missing; %s\n"),
		number_words(c->arena, goal),
		number_words(c->arena, json_object_get(j, "attained")),
		show_percent(c->arena, json_string_value(json_object_get(j, "attained_percent"))),
		number_words(c->arena, json_object_get(j, "missing")),
		pace_words(text_at(j, "pace")));
	if (number_at(j, "unsent"))
		fprintf(c->out, _("  with what is signed here and not confirmed: %s more\n"),
			number_words(c->arena, json_object_get(j, "unsent")));
	if (number_at(j, "per_month") > 0)
		fprintf(c->out, _("  %s a month from now on; evenly it would be %s by now\n"),
			number_words(c->arena, json_object_get(j, "per_month")),
			number_words(c->arena, json_object_get(j, "by_now")));
}

static int judge(struct cli *c, const struct target_line *t, day_t today, json_t **out)
{
	struct target_line line = *t;
	struct period days = target_days(&t->target, today);
	uint16_t measure = ledger_measure(
		client_base(c->client), t->target.group.len ? t->target.group : t->target.measure);
	struct pace p = { .word = "" };
	int64_t unsent = 0, missing;
	int rc = unsent_of(c, t, days, measure, &unsent);

	if (rc)
		return rc;
	if (line.has_goal &&
	    !line.has_attained) { /* nobody has reported anything: none attained yet */
		line.attained = 0;
		line.excess = -line.goal;
		line.has_attained = true;
	}
	*out = report_target(&line);
	if (line.has_goal)
		p = pace_of(&line, days, unsent, today);
	missing = line.goal > line.attained ? line.goal - line.attained : 0;
	json_object_set_new(*out, "unit", json_string(unit_code(c, t->unit)));
	json_object_set_new(*out, "measure", json_span(t->target.measure));
	json_object_set_new(*out, "missing",
			    line.has_goal && !target_is_limit(&line.target) ? json_integer(missing)
									    : json_null());
	json_object_set_new(*out, "unsent", json_integer(p.unsent));
	json_object_set_new(*out, "by_now", json_integer(p.by_now));
	json_object_set_new(*out, "per_month", json_integer(p.per_month));
	json_object_set_new(*out, "days_left", json_integer(p.days_left));
	json_object_set_new(*out, "pace", json_string(p.word));
	return 0;
}

/* Attained by today within each target's own period, or this year of it. */
static int progress_of(struct cli *c, const struct target_line *in_force, day_t today, json_t *list)
{
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	struct query q = { .unit = in_force->unit,
			   .period = target_days(&in_force->target, today),
			   .known_at = UINT64_MAX };
	json_t *j = NULL;
	int rc;

	if (!t)
		return err_set(&c->err, ERR_NOMEM, "no memory for totals");
	rc = query_totals(t, client_base(c->client), &q, c->arena, &c->err);
	for (size_t i = 0; i < t->target_count && !rc && !j; i++)
		if (t->targets[i].lsn == in_force->lsn)
			rc = judge(c, &t->targets[i], today, &j);
	if (!rc && !j)
		rc = judge(c, in_force, today, &j);
	if (!rc)
		json_array_append_new(list, j);
	return rc;
}

int cmd_progress(struct cli *c, int argc, char **argv)
{
	uint32_t own = client_identity(c->client)->unit;
	day_t today = day_of_instant(cli_now(c));
	const struct target_line *targets;
	json_t *list = json_array(), *each;
	size_t count, i;
	int rc = query_goals(&targets, &count, client_base(c->client), own,
			     (struct period){ today, today }, UINT64_MAX, c->arena, &c->err);

	(void)argc;
	(void)argv;
	for (i = 0; !rc && i < count; i++)
		rc = progress_of(c, &targets[i], today, list);
	if (rc) {
		json_decref(list);
		return rc;
	}
	if (c->json)
		return show_json(c, list);
	json_array_foreach(list, i, each) tell_line(c, each);
	if (!count)
		fprintf(c->out, _("no target is set for this unit today\n"));
	json_decref(list);
	return 0;
}
