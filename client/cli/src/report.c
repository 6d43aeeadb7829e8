#include "report.h"

#include "online.h"

#include <stdlib.h>

/* ---- the question ---- */

static int read_known(struct cli *c, struct question *out)
{
	const char *text = options.known_at;
	int rc;

	out->q.known_at = UINT64_MAX;
	if (!text)
		return 0;
	if (*text && strspn(text, "0123456789") == strlen(text)) {
		out->q.known_at = strtoull(text, NULL, 10);
		return 0;
	}
	rc = instant_parse(&out->known_ms, span_str(text), &c->err);
	out->has_known_ms = !rc;
	if (!rc && out->here)
		rc = query_lsn_at(&out->q.known_at, client_base(c->client), out->known_ms, &c->err);
	return rc ? err_wrap(&c->err, rc, "--known-at %s", text) : 0;
}

static int read_view(struct cli *c, struct query *q)
{
	if (options.tree && !strcmp(options.tree, "as-is"))
		q->tree = TREE_AS_IS;
	else if (options.tree && strcmp(options.tree, "as-was"))
		return err_set(&c->err, ERR_INVALID, "--tree as-was or as-is, not %s",
			       options.tree);
	q->tree_day = day_of_instant(cli_now(c));
	if (options.basis && !strcmp(options.basis, "accepted"))
		q->basis = BASIS_ACCEPTED;
	else if (options.basis && strcmp(options.basis, "signed"))
		return err_set(&c->err, ERR_INVALID, "--basis signed or accepted, not %s",
			       options.basis);
	return 0;
}

static int read_days(struct cli *c, struct period *p)
{
	if (options.period)
		return period_parse(p, span_str(options.period), &c->err);
	if (!options.from || !options.to)
		return err_set(&c->err, ERR_INVALID, "--from DAY --to DAY, or --period PERIOD");
	if (day_parse(&p->from, NULL, span_str(options.from), &c->err) ||
	    day_parse(&p->to, NULL, span_str(options.to), &c->err))
		return -(int)c->err.code;
	return 0;
}

int question_read(struct cli *c, const char *unit, struct question *out)
{
	const struct tree *t = ledger_tree(client_base(c->client));
	uint32_t own = client_identity(c->client)->unit;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!tree_count(t))
		return err_set(&c->err, ERR_STATE,
			       "forms and units are not here yet: `ketnap sync` brings them");
	out->unit = unit ? tree_by_code(t, span_str(unit)) : tree_get(t, own);
	if (!out->unit)
		return err_set(&c->err, ERR_NOTFOUND,
			       "there is no unit %s in the part of this device", unit ? unit : "?");
	out->q.unit = out->unit->unit;
	rc = read_days(c, &out->q.period);
	if (rc)
		return rc;
	out->here = tree_inside(t, out->q.unit, own, out->q.period.to, UINT64_MAX);
	rc = read_known(c, out);
	return rc ? rc : read_view(c, &out->q);
}

/* ---- the server's answer ---- */

int ask_server(struct cli *c, const struct question *q, struct wire_query *w, json_t **out)
{
	struct online o = { .query = w };
	struct span got;
	json_error_t bad;
	int rc;

	*out = NULL;
	w->unit = q->q.unit;
	w->from_day = q->q.period.from;
	w->to_day = q->q.period.to;
	w->known_lsn = q->has_known_ms || q->q.known_at == UINT64_MAX ? 0 : q->q.known_at;
	w->known_ms = q->has_known_ms ? q->known_ms : 0;
	w->tree = q->q.tree;
	w->tree_day = q->q.tree_day;
	w->basis = q->q.basis;
	rc = online_run(c, &o);
	got = buf_span(&o.last.answer);
	if (!rc && !got.len)
		rc = o.last.sync.why == WIRE_NOT_ALLOWED
			     ? err_set(&c->err, ERR_DENIED,
				       "the server does not show %s to this device", q->unit->code)
			     : err_set(&c->err, ERR_NOTFOUND,
				       "the server has no answer about %s (%s)", q->unit->code,
				       wire_code_name(o.last.sync.why)
					       ? wire_code_name(o.last.sync.why)
					       : "?");
	if (!rc) {
		*out = json_loadb((const char *)got.data, got.len, 0, &bad);
		if (!*out)
			rc = err_set(&c->err, ERR_PROTO, "the server's answer cannot be read");
	} else if (rc == -ERR_BUSY) {
		err_wrap(&c->err, rc,
			 "%s stands above the part that is held here, only the server can answer",
			 q->unit->code);
	}
	online_fini(&o);
	return rc;
}

/* ---- JSON from the own ledger: the keys of CONTRACT.md ---- */

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
	bool known = t->has_goal && t->has_attained, rate = t->target.type == TARGET_RATE;

	return json_pack(
		"{s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:s?, s:o, s:s?}", "instrument",
		instrument_name(t->target.instrument), "doc_no", json_span(t->target.doc_no),
		"issuer", json_span(t->target.issuer), "period", period_words(c, t->target.period),
		"type", target_type_name(t->target.type), "value",
		rate ? json_null() : json_integer(t->target.value), "value_max",
		t->target.type == TARGET_RANGE ? json_integer(t->target.value_max) : json_null(),
		"goal", t->has_goal ? json_integer(t->goal) : json_null(), "attained",
		t->has_attained ? json_integer(t->attained) : json_null(), "attained_percent",
		known ? json_percent(c, t->attained, t->goal) : NULL, "excess",
		known ? json_integer(t->excess) : json_null(), "excess_percent",
		known ? json_percent(c, t->excess, t->goal) : NULL);
}

static json_t *json_targets(struct cli *c, const struct totals *t)
{
	json_t *j = json_array();

	for (size_t i = 0; i < t->target_count; i++)
		json_array_append_new(j, json_target(c, &t->targets[i]));
	return j;
}

static json_t *json_reporting(const struct totals *t)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "expected", (json_int_t)t->reporting.expected,
			 "reported", (json_int_t)t->reporting.reported, "accepted",
			 (json_int_t)t->reporting.accepted, "late", (json_int_t)t->reporting.late,
			 "contested", (json_int_t)t->reporting.contested);
}

static json_t *json_sheets(const struct totals *t)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "expected", (json_int_t)t->sheets.expected,
		"signed", (json_int_t)t->sheets.signed_, "accepted", (json_int_t)t->sheets.accepted,
		"late", (json_int_t)t->sheets.late, "missing", (json_int_t)t->sheets.missing, "nil",
		(json_int_t)t->sheets.nil, "on_behalf", (json_int_t)t->sheets.on_behalf);
}

json_t *json_totals(struct cli *c, const struct totals *t)
{
	json_t *j = json_object();

	json_object_set_new(j, "unit", json_string(unit_code(c, t->asked.unit)));
	json_object_set_new(j, "from", json_day(t->asked.period.from));
	json_object_set_new(j, "to", json_day(t->asked.period.to));
	json_object_set_new(j, "known_at", json_known(c, t->known_lsn, t->known_time_ms));
	json_object_set_new(j, "tree",
			    json_string(t->asked.tree == TREE_AS_IS ? "as-is" : "as-was"));
	json_object_set_new(j, "basis",
			    json_string(t->asked.basis == BASIS_ACCEPTED ? "accepted" : "signed"));
	json_object_set_new(j, "illustrative",
			    is_illustrative(c) ? json_string(illustrative_mark) : json_false());
	json_object_set_new(j, "members", t->has_members ? json_integer(t->members) : json_null());
	json_object_set_new(j, "members_from",
			    t->has_members ? json_string(t->members_from) : json_null());
	json_object_set_new(j, "units", json_units(t));
	json_object_set_new(j, "measures", json_measures(c, t));
	json_object_set_new(j, "prev_year", json_prev_year(c, t));
	json_object_set_new(j, "reporting", json_reporting(t));
	json_object_set_new(j, "sheets", json_sheets(t));
	json_object_set_new(j, "covered", json_boolean(t->covered));
	json_object_set_new(j, "targets", json_targets(c, t));
	json_object_set_new(j, "instruments_differ", json_boolean(t->instruments_differ));
	json_object_set_new(j, "sum_below",
			    t->has_sum_below ? json_integer(t->sum_below) : json_null());
	return j;
}

/* ---- words from JSON ---- */

const char *text_at(const json_t *j, const char *key)
{
	const char *text = json_string_value(json_object_get(j, key));

	return text ? text : "";
}

int64_t number_at(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

const char *number_words(struct cli *c, const json_t *n)
{
	return json_is_integer(n) ? show_number(c, json_integer_value(n)) : "";
}

static const char *instrument_label(const char *name)
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
	enum target_instrument i = instrument_parse(span_str(name));

	return (unsigned)i < INSTR_COUNT ? labels[i] : labels[INSTR_NONE];
}

const char *target_words(struct cli *c, const json_t *target)
{
	const char *no = text_at(target, "doc_no");

	return arena_printf(c->arena, "%s%s%s", _(instrument_label(text_at(target, "instrument"))),
			    *no ? " " : "", no);
}

void tell_known(struct cli *c, const json_t *j, bool here)
{
	const json_t *k = json_object_get(j, "known_at");
	int64_t ms = 0;
	unsigned long long lsn = (unsigned long long)number_at(k, "lsn");

	instant_parse(&ms, span_str(text_at(k, "time")), NULL);
	if (here)
		fprintf(c->out, _("known here at entry %llu, %s\n"), lsn, show_instant(c, ms));
	else
		fprintf(c->out, _("known to the server at entry %llu, %s\n"), lsn,
			show_instant(c, ms));
}
