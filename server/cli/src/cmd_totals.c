/* totals UNIT: what is known of a range of days, in words or in the keys that CONTRACT.md promises. */
#include "show.h"
#include "totals_show.h"

#include <stdlib.h>

static int parse_known(struct cli *c, struct query *q)
{
	const char *text = options.known_at;
	char *end;
	int64_t ms;
	int rc;

	q->known_at = UINT64_MAX;
	if (!text)
		return 0;
	if (strspn(text, "0123456789") == strlen(text) && *text) {
		q->known_at = strtoull(text, &end, 10);
		return 0;
	}
	rc = cli_misused(c, instant_parse(&ms, span_str(text), &c->err));
	if (!rc)
		rc = query_lsn_at(&q->known_at, c->store.ledger, ms, &c->err);
	return rc ? err_wrap(&c->err, rc, "--known-at %s", text) : 0;
}

static int parse_view(struct cli *c, struct query *q)
{
	if (options.tree && !strcmp(options.tree, "as-is"))
		q->tree = TREE_AS_IS;
	else if (options.tree && strcmp(options.tree, "as-was"))
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "--tree as-was or as-is, not %s", options.tree));
	q->tree_day = day_of_instant(cli_now(c));
	if (options.basis && !strcmp(options.basis, "accepted"))
		q->basis = BASIS_ACCEPTED;
	else if (options.basis && strcmp(options.basis, "signed"))
		return cli_misused(c, err_set(&c->err, ERR_INVALID,
					      "--basis signed or accepted, not %s", options.basis));
	return 0;
}

int parse_unit(struct cli *c, const char *code, const struct unit **out)
{
	*out = tree_by_code(ledger_tree(c->store.ledger), span_str(code));
	return *out ? 0 : err_set(&c->err, ERR_NOTFOUND, "there is no unit %s", code);
}

int parse_query(struct cli *c, const char *unit, struct query *q)
{
	const struct unit *u;
	int rc = parse_unit(c, unit, &u);

	memset(q, 0, sizeof(*q));
	if (rc)
		return rc;
	q->unit = u->unit;
	if (options.period)
		rc = period_parse(&q->period, span_str(options.period), &c->err);
	else if (options.from && options.to)
		rc = day_parse(&q->period.from, NULL, span_str(options.from), &c->err)
			     ?: day_parse(&q->period.to, NULL, span_str(options.to), &c->err);
	else
		rc = err_set(&c->err, ERR_INVALID, "--from DAY --to DAY, or --period PERIOD");
	cli_misused(c, rc);
	if (!rc)
		rc = parse_known(c, q);
	return rc ? rc : parse_view(c, q);
}

/* ---- JSON ---- */

static json_t *json_measures(struct cli *c, const struct totals *t)
{
	json_t *j = json_object();

	for (size_t i = 0; i < t->measure_count; i++)
		json_object_set_new(j, measure_code(c, t->measures[i].measure),
				    t->measures[i].count ? json_integer(t->measures[i].sum)
							 : json_null());
	return j;
}

static json_t *json_prev_year(struct cli *c, const struct totals *t)
{
	json_t *j = json_object();

	for (size_t i = 0; i < t->measure_count; i++)
		json_object_set_new(j, measure_code(c, t->prev_year[i].measure),
				    json_pack("{s:o, s:b}", "value",
					      t->prev_year[i].count
						      ? json_integer(t->prev_year[i].sum)
						      : json_null(),
					      "computed", 1));
	return j;
}

static json_t *json_units(const struct totals *t)
{
	json_t *j = json_object();

	for (enum unit_kind k = UNIT_NONE + 1; k < UNIT_KINDS; k++)
		json_object_set_new(j, unit_kind_name(k), json_integer((json_int_t)t->units[k]));
	return j;
}

json_t *json_target(struct cli *c, const struct target_line *t)
{
	char period[PERIOD_TEXT_MAX];
	const char *attained = t->has_goal && t->has_attained
				       ? json_percent(c, t->attained, t->goal)
				       : NULL;
	const char *excess = t->has_goal && t->has_attained ? json_percent(c, t->excess, t->goal)
							    : NULL;
	bool rate = t->target.type == TARGET_RATE;

	return json_pack(
		"{s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:s?, s:o, s:s?}", "instrument",
		instrument_name(t->target.instrument), "doc_no", json_span(t->target.doc_no),
		"issuer", json_span(t->target.issuer), "period",
		period_text(period, t->target.period), "type", target_type_name(t->target.type),
		"value", rate ? json_null() : json_integer(t->target.value), "value_max",
		t->target.type == TARGET_RANGE ? json_integer(t->target.value_max) : json_null(),
		"goal", t->has_goal ? json_integer(t->goal) : json_null(), "attained",
		t->has_attained ? json_integer(t->attained) : json_null(), "attained_percent",
		attained, "excess",
		t->has_goal && t->has_attained ? json_integer(t->excess) : json_null(),
		"excess_percent", excess);
}

static json_t *json_targets(struct cli *c, const struct totals *t)
{
	json_t *j = json_array();

	for (size_t i = 0; i < t->target_count; i++)
		json_array_append_new(j, json_target(c, &t->targets[i]));
	return j;
}

static json_t *json_totals(struct cli *c, const struct totals *t)
{
	json_t *j = json_object();

	json_object_set_new(
		j, "unit",
		json_string(tree_get(ledger_tree(c->store.ledger), t->asked.unit)->code));
	json_object_set_new(j, "from", json_day(t->asked.period.from));
	json_object_set_new(j, "to", json_day(t->asked.period.to));
	json_object_set_new(j, "known_at", json_known(c, t->known_lsn, t->known_time_ms));
	json_object_set_new(j, "tree",
			    json_string(t->asked.tree == TREE_AS_IS ? "as-is" : "as-was"));
	json_object_set_new(j, "basis",
			    json_string(t->asked.basis == BASIS_ACCEPTED ? "accepted" : "signed"));
	json_object_set_new(j, "illustrative",
			    ledger_info(c->store.ledger).illustrative
				    ? json_string(illustrative_mark)
				    : json_false());
	json_object_set_new(j, "members", t->has_members ? json_integer(t->members) : json_null());
	json_object_set_new(j, "members_from",
			    t->has_members ? json_string(t->members_from) : json_null());
	json_object_set_new(j, "units", json_units(t));
	json_object_set_new(j, "measures", json_measures(c, t));
	json_object_set_new(j, "prev_year", json_prev_year(c, t));
	json_object_set_new(j, "reporting",
			    json_pack("{s:I, s:I, s:I, s:I, s:I}", "expected",
				      (json_int_t)t->reporting.expected, "reported",
				      (json_int_t)t->reporting.reported, "accepted",
				      (json_int_t)t->reporting.accepted, "late",
				      (json_int_t)t->reporting.late, "contested",
				      (json_int_t)t->reporting.contested));
	json_object_set_new(
		j, "sheets",
		json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "expected",
			  (json_int_t)t->sheets.expected, "signed", (json_int_t)t->sheets.signed_,
			  "accepted", (json_int_t)t->sheets.accepted, "late",
			  (json_int_t)t->sheets.late, "missing", (json_int_t)t->sheets.missing,
			  "nil", (json_int_t)t->sheets.nil, "on_behalf",
			  (json_int_t)t->sheets.on_behalf));
	json_object_set_new(j, "covered", json_boolean(t->covered));
	json_object_set_new(j, "targets", json_targets(c, t));
	json_object_set_new(j, "instruments_differ", json_boolean(t->instruments_differ));
	json_object_set_new(j, "sum_below",
			    t->has_sum_below ? json_integer(t->sum_below) : json_null());
	return j;
}

/* ---- words ---- */

const char *measure_code(struct cli *c, uint16_t no)
{
	const struct measure *m = measure_of(c, no);

	return m ? m->code : "?";
}

const struct measure *measure_of(struct cli *c, uint16_t no)
{
	for (unsigned f = 1; f <= FORM_NO_MAX; f++) {
		const struct form *form = ledger_form_newest(c->store.ledger, (uint8_t)f, &c->err);
		const struct measure *m = form ? form_measure(form, no) : NULL;

		if (m)
			return m;
	}
	return NULL;
}

const char *instrument_words(struct cli *c, const struct op_target *t)
{
	return arena_printf(c->arena, "%s%s%.*s", _(instrument_label(t->instrument)),
			    t->doc_no.len ? " " : "", (int)t->doc_no.len,
			    t->doc_no.data ? (const char *)t->doc_no.data : "");
}

const char *instrument_label(enum target_instrument i)
{
	static const char *const labels[INSTR_COUNT] = {
		[INSTR_NONE] = N_("target"),
		[INSTR_CONGRESS] = N_("congress resolution"),
		[INSTR_RESOLUTION] = N_("resolution"),
		[INSTR_DECISION] = N_("decision"),
		[INSTR_DIRECTIVE] = N_("directive"),
		[INSTR_CONCLUSION] = N_("conclusion"),
		[INSTR_PROGRAMME] = N_("programme"),
		[INSTR_SCHEME] = N_("scheme"),
		[INSTR_PLAN] = N_("plan"),
		[INSTR_LETTER] = N_("letter"),
		[INSTR_NOTICE] = N_("notice"),
		[INSTR_REGISTRATION] = N_("registration"),
		[INSTR_OTHER] = N_("other target"),
	};

	return (unsigned)i < INSTR_COUNT ? labels[i] : labels[INSTR_NONE];
}

/* "members 2021-12-31" and "sheets 2022-09-30" are keys of the JSON; people read a day as they write it. */
static const char *members_from_words(struct cli *c, const char *from)
{
	const char *iso = strchr(from, ' ');
	day_t d;

	if (!iso || day_parse(&d, NULL, span_str(iso + 1), NULL))
		return from;
	return arena_printf(c->arena,
			    !strncmp(from, "sheets ", 7) ? _("sheets %s") : _("members %s"),
			    show_day(c, d));
}

static void show_head(struct cli *c, const struct totals *t)
{
	const struct unit *u = tree_get(ledger_tree(c->store.ledger), t->asked.unit);

	fprintf(c->out, _("%s (%s), from %s to %s\n"),
		unit_name_at(u, t->asked.period.to, t->known_lsn), u->code,
		show_day(c, t->asked.period.from), show_day(c, t->asked.period.to));
	fprintf(c->out, _("known at entry %llu, %s; tree %s; sheets %s\n"),
		(unsigned long long)t->known_lsn, show_instant(c, t->known_time_ms),
		t->asked.tree == TREE_AS_IS ? _("as-is") : _("as-was"),
		t->asked.basis == BASIS_ACCEPTED ? _("accepted") : _("signed"));
}

static void show_targets(struct cli *c, const struct totals *t)
{
	for (size_t i = 0; i < t->target_count; i++) {
		const struct target_line *l = &t->targets[i];

		fprintf(c->out, "  %s: ", instrument_words(c, &l->target));
		if (!l->has_goal)
			fprintf(c->out, _("no number to reach: the base is not known\n"));
		else if (!l->has_attained)
			fprintf(c->out, _("%s to reach\n"), show_number(c, l->goal));
		else if (l->excess >= 0)
			fprintf(c->out, _("%s to reach, attained %s, %s over\n"),
				show_number(c, l->goal), show_percent(c, l->attained, l->goal),
				show_number(c, l->excess));
		else
			fprintf(c->out, _("%s to reach, attained %s, %s still missing\n"),
				show_number(c, l->goal), show_percent(c, l->attained, l->goal),
				show_number(c, -l->excess));
	}
	if (t->has_sum_below)
		fprintf(c->out, _("  targets of the units directly below add up to %s\n"),
			show_number(c, t->sum_below));
}

static void show_totals(struct cli *c, const struct totals *t)
{
	struct grid *g = grid_new(c, 3);

	show_head(c, t);
	fprintf(c->out,
		_("reported: %llu of %llu units, %llu of %llu sheets, %llu nil, %llu figures with two values\n"),
		(unsigned long long)t->reporting.reported,
		(unsigned long long)t->reporting.expected, (unsigned long long)t->sheets.signed_,
		(unsigned long long)t->sheets.expected, (unsigned long long)t->sheets.nil,
		(unsigned long long)t->reporting.contested);
	if (t->has_members)
		fprintf(c->out, _("members: %s (%s)\n"), show_number(c, t->members),
			members_from_words(c, t->members_from));
	for (size_t i = 0; i < t->measure_count; i++) {
		const struct measure *m = measure_of(c, t->measures[i].measure);

		if (!t->measures[i].count && !t->prev_year[i].count)
			continue;
		grid_cell(g, lang_now() == TEXT_VI ? m->name_vi : m->name_en, false);
		grid_cell(g, t->measures[i].count ? show_number(c, t->measures[i].sum) : "", true);
		grid_cell(g,
			  t->prev_year[i].count ? arena_printf(c->arena, _("year before %s"),
							       show_number(c, t->prev_year[i].sum))
						: "",
			  false);
	}
	grid_print(g);
	show_targets(c, t);
}

int cmd_totals(struct cli *c, int argc, char **argv)
{
	struct totals *t = arena_alloc(c->arena, sizeof(*t));
	struct query q;
	int rc = t ? parse_query(c, argv[1], &q)
		   : err_set(&c->err, ERR_NOMEM, "no memory for totals");

	(void)argc;
	if (!rc)
		rc = query_totals(t, c->store.ledger, &q, c->arena, &c->err);
	if (rc)
		return rc;
	if (c->json)
		return show_json(c, json_totals(c, t));
	show_totals(c, t);
	return 0;
}
