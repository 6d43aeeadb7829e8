/* One sheet as it is seen now: what stands, what was typed, what the months beside it have, and what the
 * rules say of it. */
#include "api_sheet.h"

#include "base/num.h"
#include "client/overlay.h"
#include "crypto/hash.h"
#include "domain/rights.h"
#include "ledger/part.h"
#include "ledger/query.h"

enum { YEAR_PERIODS_MAX = 12 };

/* ---- what stood on the screen ---- */

void seen_put(struct buf *b, uint16_t measure, struct op_id id)
{
	buf_u16(b, measure);
	buf_u64(b, id.device);
	buf_u32(b, id.epoch);
	buf_u64(b, id.seq);
}

const char *seen_name(struct arena *a, const struct buf *b)
{
	char hex[HASH_HEX_MAX];
	struct hash h = hash_bytes(buf_span(b));

	hex_encode(hex, h.b, sizeof(h.b));
	hex[16] = 0;
	return arena_printf(a, "%s", hex);
}

static void put_draft(struct buf *b, const struct draft *d)
{
	for (size_t i = 0; i < d->figure_count; i++) {
		buf_u16(b, d->figures[i].measure);
		buf_u8(b, (uint8_t)d->figures[i].state);
		buf_u64(b, (uint64_t)d->figures[i].value);
	}
}

const char *draft_seen(struct arena *a, const struct draft *d)
{
	const char *name;
	struct buf b;

	buf_init(&b, SEEN_MAX);
	put_draft(&b, d);
	name = seen_name(a, &b);
	buf_fini(&b);
	return name ? name : "";
}

const char *sheet_seen(struct arena *a, const struct entry_sheet *s, uint16_t measure)
{
	const struct sheet *sheet = entry_seen(s);
	const char *name;
	struct buf b;

	buf_init(&b, SEEN_MAX);
	for (size_t i = 0; i < sheet->version_count; i++)
		if (!measure || sheet->versions[i].measure == measure)
			seen_put(&b, sheet->versions[i].measure,
				 sheet->ops[sheet->versions[i].op].id);
	if (!measure) {
		buf_u64(&b, sheet->sign_covers);
		put_draft(&b, entry_draft(s));
	}
	name = seen_name(a, &b);
	buf_fini(&b);
	return name ? name : "";
}

/* ---- beside it ---- */

/* A period before, with what was typed for it. */
static int beside(struct call *k, const struct sheet_name *n, struct period p, struct beside **out)
{
	struct beside *b = arena_alloc(k->a, sizeof(*b));
	struct draft_key key = { n->unit->unit, n->form->no, p };
	int rc;

	*out = b;
	if (!b)
		return err_set(k->e, ERR_NOMEM, "no memory for a sheet");
	b->period = p;
	rc = overlay_sheet(k->c, n->unit->unit, n->form->no, p, &b->sheet, k->e);
	if (!rc || rc == -ERR_NOTFOUND)
		rc = drafts_get(k->c, &key, &b->draft, k->e);
	err_clear(k->e);
	return rc == -ERR_NOTFOUND ? 0 : rc;
}

static bool beside_value(const struct beside *b, uint32_t unit, uint16_t measure, int64_t *out)
{
	const struct op_figure *typed = b ? draft_figure(&b->draft, measure) : NULL;
	struct figure f;

	if (!b)
		return false;
	if (typed) {
		*out = typed->value;
		return typed->state != FIGURE_BLANK;
	}
	f = sheet_figure(&b->sheet, measure, unit);
	if (!f.winner || f.winner->state == FIGURE_BLANK)
		return false;
	*out = f.winner->value;
	return true;
}

/* What the same period of a year ago is compared with. */
enum past {
	PAST_OWN,      /* the unit's own sheet */
	PAST_COMPUTED, /* the sum of all that the unit was made of */
	PAST_UNKNOWN   /* not all of that is held here, or it was not whole */
};

/* The periods of this year before this one, newest first, and the same one a year ago. */
struct around {
	struct beside *before[YEAR_PERIODS_MAX]; /* of this year */
	size_t before_count;
	struct beside *last; /* the period before, of whichever year */
	struct beside *year_ago;
	enum past past;
	struct operand *sums; /* PAST_COMPUTED: by place in the form */
	bool whole;           /* before[] reaches back to 1 January */
};

static int look_back(struct call *k, const struct sheet_name *n, struct around *r)
{
	int year = day_to_ymd(n->period.to).year, rc = 0;
	struct period p = n->period;
	struct ymd first;
	bool any = true;

	while (!rc && r->before_count < YEAR_PERIODS_MAX) {
		struct beside *b;

		rc = period_at(k, n->unit->unit, n->form, p.from - 1, &p, &any);
		if (rc || !any)
			break;
		rc = beside(k, n, p, &b);
		if (!r->last)
			r->last = b;
		if (day_to_ymd(p.to).year != year)
			break;
		r->before[r->before_count++] = b;
	}
	first = day_to_ymd(p.from); /* the earliest that there is a plan for */
	r->whole = first.year < year || (first.month == 1 && first.day == 1);
	return rc;
}

enum { PREDECESSORS_MAX = 64 };

/* What the unit was made of since, of which each was there on its own a year ago; false: not all of it can be told
 * apart, since a part was split off. */
static bool made_of(const struct tree *t, const struct unit *u, struct period earlier, day_t to,
		    uint32_t *out, size_t *count)
{
	uint32_t taken[PREDECESSORS_MAX];
	size_t all = tree_predecessors(t, u->unit, to, UINT64_MAX, taken, PREDECESSORS_MAX);
	const struct unit *from;

	*count = 0;
	for (size_t i = 0; i < u->link_count; i++)
		if (!u->links[i].merged && u->links[i].from > earlier.from &&
		    u->links[i].from <= to)
			return false;
	for (size_t i = 0; (from = tree_taken(t, u->unit, i)); i++)
		for (size_t n = 0; n < from->link_count; n++)
			if (from->links[n].into == u->unit && !from->links[n].merged &&
			    from->links[n].from > earlier.from && from->links[n].from <= to)
				return false;
	for (size_t i = 0; i < all && i < PREDECESSORS_MAX; i++)
		if (unit_alive(tree_get(t, taken[i]), earlier.to) &&
		    !tree_inside(t, taken[i], u->unit, earlier.to, UINT64_MAX))
			out[(*count)++] = taken[i];
	return all <= PREDECESSORS_MAX;
}

/* Of one of them: whole only where everybody due has reported. */
static int add_past(struct call *k, const struct sheet_name *n, uint32_t unit, struct period p,
		    struct around *r)
{
	struct query q = { .unit = unit, .period = p, .known_at = UINT64_MAX };
	struct totals *t = arena_alloc(k->a, sizeof(*t));
	int rc = t ? 0 : err_set(k->e, ERR_NOMEM, "no memory for totals");

	if (!rc &&
	    !tree_inside(ledger_tree(k->base), unit, client_identity(k->c)->unit, p.to, UINT64_MAX))
		r->past = PAST_UNKNOWN; /* its sheets are not held here */
	if (rc || r->past == PAST_UNKNOWN)
		return rc;
	q.measure = n->form->measures[0].no;
	rc = query_totals(t, k->base, &q, k->a, k->e);
	if (!rc && (!t->covered || t->reporting.reported < t->reporting.expected))
		r->past = PAST_UNKNOWN;
	for (size_t i = 0; !rc && i < n->form->measure_count; i++) {
		const struct measure_total *m = NULL;

		for (size_t at = 0; at < t->measure_count && !m; at++)
			if (t->measures[at].measure == n->form->measures[i].no)
				m = &t->measures[at];
		r->sums[i].known = r->sums[i].known && m && m->count &&
				   num_add(&r->sums[i].value, r->sums[i].value, m->sum);
	}
	return rc;
}

/* A unit that others were merged into since: its own sheet of a year ago would say less than the truth. */
static int restate(struct call *k, const struct sheet_name *n, struct period earlier,
		   struct around *r)
{
	const struct tree *t = ledger_tree(k->base);
	uint32_t units[PREDECESSORS_MAX + 1];
	size_t count;
	int rc = 0;

	if (!made_of(t, n->unit, earlier, n->period.to, units, &count))
		r->past = PAST_UNKNOWN;
	else if (count)
		r->past = PAST_COMPUTED;
	if (r->past != PAST_COMPUTED)
		return 0;
	if (unit_alive(n->unit, earlier.to))
		units[count++] = n->unit->unit;
	r->sums = arena_array(k->a, n->form->measure_count + 1, sizeof(*r->sums));
	if (!r->sums)
		return err_set(k->e, ERR_NOMEM, "no memory for a sheet");
	for (size_t i = 0; i < n->form->measure_count; i++)
		r->sums[i] = (struct operand){ true, 0 };
	for (size_t i = 0; i < count && !rc && r->past == PAST_COMPUTED; i++)
		rc = add_past(k, n, units[i], earlier, r);
	return rc;
}

static bool year_earlier(struct period p, struct period *out)
{
	struct ymd from = day_to_ymd(p.from), to = day_to_ymd(p.to);

	if (!day_from_ymd(&out->from, from.year - 1, from.month, from.day > 28 ? 28 : from.day) ||
	    !day_from_ymd(&out->to, to.year - 1, to.month, to.day > 28 ? 28 : to.day))
		return false;
	if (p.to == day_month_last(p.to))
		out->to = day_month_last(out->to);
	else if (to.day > 28)
		out->to = out->to + (to.day - 28); /* 29 and 30 of a month that has them */
	return true;
}

static int look_around(struct call *k, const struct sheet_name *n, struct around *r)
{
	struct ymd end = day_to_ymd(n->period.to);
	struct period p;
	day_t day;
	bool any = false;
	int rc;

	memset(r, 0, sizeof(*r));
	if (n->form->period == FORM_DAY)
		return 0;
	rc = look_back(k, n, r);
	if (!rc && year_earlier(n->period, &p))
		rc = restate(k, n, p, r);
	if (r->past != PAST_OWN)
		return rc;
	if (!rc && day_from_ymd(&day, end.year - 1, end.month, end.day > 28 ? 28 : end.day))
		rc = period_at(k, n->unit->unit, n->form, day, &p, &any);
	return !rc && any ? beside(k, n, p, &r->year_ago) : rc;
}

static json_t *json_beside(const struct beside *b, uint32_t unit, uint16_t measure)
{
	int64_t value;

	return beside_value(b, unit, measure, &value) ? json_integer(value) : json_null();
}

static json_t *json_year_ago(const struct around *r, const struct sheet_name *n,
			     const struct measure *m)
{
	size_t at = (size_t)(m - n->form->measures);

	if (r->past == PAST_OWN)
		return json_beside(r->year_ago, n->unit->unit, m->no);
	return r->past == PAST_COMPUTED && r->sums[at].known ? json_integer(r->sums[at].value)
							     : json_null();
}

/* Of the months before in this year; *gap when one of them has no figure. */
static json_t *json_year(const struct around *r, uint32_t unit, const struct measure *m, bool *gap)
{
	int64_t sum = 0, value;

	*gap = !r->whole;
	if (m->kind != MEASURE_FLOW)
		return json_null();
	for (size_t i = 0; i < r->before_count; i++) {
		if (beside_value(r->before[i], unit, m->no, &value))
			sum += value; /* twelve times FIGURE_VALUE_MAX fits by far */
		else
			*gap = true;
	}
	return json_integer(sum);
}

/* ---- figures ---- */

const char *figure_word(struct call *k, const struct entry_sheet *s, uint16_t measure,
			uint64_t closed)
{
	const struct sheet *sheet = entry_seen(s);
	struct figure f = sheet_figure(sheet, measure, 0);
	struct entry_figure g = entry_figure(s, measure);
	const struct sheet_op *by = f.winner ? &sheet->ops[f.winner->op] : NULL;
	const struct own_op *own = by ? outbox_find(k->c, by->id) : NULL;

	if (g.typed)
		return "draft";
	if (g.values > 1)
		return "contested";
	if (own && own->verdict == VERDICT_NONE)
		return "queued";
	if (!by)
		return g.computed ? "computed" : "empty";
	if (by->on_behalf)
		return "provisional";
	if (closed)
		return by->lsn > closed ? "amended" : "locked";
	return "acked";
}

static json_t *json_measure(struct call *k, const struct entry_sheet *s, const struct sheet_name *n,
			    const struct measure *m, const struct around *r, uint64_t closed)
{
	static const char *const needs[] = { "required", "parent", "computed", "optional" };
	static const char *const states[] = { "blank", "nil", "value" };
	struct entry_figure g = entry_figure(s, m->no);
	const struct measure *parent = m->parent ? form_measure(n->form, m->parent) : NULL;
	uint32_t unit = n->unit->unit;
	bool gap = false;
	json_t *year = json_year(r, unit, m, &gap);

	return json_pack(
		"{s:s, s:o, s:s, s:s, s:s?, s:s?, s:s, s:s, s:o, s:b, s:I, s:s, s:s, s:o, s:o, "
		"s:o, s:b}",
		"code", m->code, "name", json_both(m->name_vi, m->name_en), "kind",
		m->kind == MEASURE_FLOW ? "flow" : "stock", "need", needs[m->need], "parent",
		parent ? parent->code : NULL, "group", *m->exclusive ? m->exclusive : NULL, "row",
		m->row ? m->row : "", "state", states[g.state], "value",
		g.state == FIGURE_BLANK ? json_null() : json_integer(g.value), "typed", g.typed,
		"values", (json_int_t)g.values, "word", figure_word(k, s, m->no, closed), "seen",
		sheet_seen(k->a, s, m->no), "before", json_beside(r->last, unit, m->no), "year_ago",
		json_year_ago(r, n, m), "year", year, "gap", gap);
}

/* ---- judging ---- */

static json_t *json_rule(const struct form *f, const struct entry_question *q)
{
	json_t *measures = json_array();

	/* What the rule says something of; the rest of a long sum would only be noise. */
	for (size_t i = 0; i < q->rule->left_count; i++) {
		const struct rule_term *t = &q->rule->left[i];
		const struct measure *m = t->function == TERM_MEASURE ? form_measure(f, t->measure)
								      : NULL;

		if (m)
			json_array_append_new(measures, json_string(m->code));
	}
	return json_pack("{s:s, s:s, s:o, s:I, s:I, s:o}", "rule", q->rule->code, "level",
			 q->rule->level == RULE_BLOCK ? "block" : "warn", "text",
			 json_both(q->rule->text_vi, q->rule->text_en), "left", (json_int_t)q->left,
			 "right", (json_int_t)q->right, "measures", measures);
}

json_t *json_judged(const struct form *f, const struct entry_judgement *j)
{
	json_t *questions = json_array(), *blank = json_array();

	for (size_t i = 0; i < j->question_count; i++)
		json_array_append_new(questions, json_rule(f, &j->questions[i]));
	for (size_t i = 0; i < j->blank_count; i++)
		json_array_append_new(blank, json_string(form_measure(f, j->blank[i])->code));
	return json_pack("{s:o, s:o, s:I, s:I}", "questions", questions, "blank", blank, "blocking",
			 (json_int_t)j->blocking, "warnings", (json_int_t)j->warnings);
}

/* ---- the sheet ---- */

/* Who may do what with it: the page asks for what will be needed, no more. */
static json_t *json_rights(struct call *k, const struct sheet_name *n, const struct entry_sheet *s,
			   bool closed)
{
	enum unit_relation r = rights_relation(ledger_tree(k->base), client_identity(k->c)->unit,
					       n->unit->unit, n->period.to, UINT64_MAX);
	enum person_role role = client_role(k->c);
	bool signed_now = sheet_counts(entry_seen(s));

	return json_pack(
		"{s:b, s:b, s:b, s:b}", "write", rights_ask(RIGHT_WRITE, role, r) != RIGHT_NO,
		"sign_own", rights_ask(RIGHT_SIGN_OWN, role, r) == RIGHT_YES, "on_behalf",
		entry_on_behalf(s), "reason",
		closed || (signed_now && !(entry_seen(s)->sign_on_behalf && !entry_on_behalf(s))));
}

int call_show_sheet(struct call *k, const struct sheet_name *n, struct entry_sheet *s)
{
	static const char *const ages[] = { "open", "old", "future" };
	static const char *const pasts[] = { "own", "computed", "unknown" };
	struct around *r = arena_alloc(k->a, sizeof(*r));
	struct entry_judgement j;
	enum sheet_word word;
	uint64_t closed = 0;
	json_t *measures;
	int rc = r ? look_around(k, n, r) : err_set(k->e, ERR_NOMEM, "no memory for a sheet");

	if (!rc)
		rc = entry_judge(s, &j, k->e);
	if (!rc)
		rc = part_closed(k->base, n->unit->unit, n->form->no, n->period, k->now_ms, &closed,
				 k->e);
	if (!rc)
		rc = sheet_word_of(k, n->unit->unit, n->form->no, n->period, &word);
	if (rc)
		return rc;
	measures = json_array();
	for (size_t i = 0; i < n->form->measure_count; i++)
		json_array_append_new(measures,
				      json_measure(k, s, n, &n->form->measures[i], r, closed));
	rc = call_form_beside(k, n, s, measures);
	if (rc) {
		json_decref(measures);
		return rc;
	}
	json_object_set_new(
		k->out, "sheet",
		json_pack(
			"{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:b, s:o, s:b, s:s, s:o, s:o, "
			"s:s, s:o, s:o}",
			"unit", n->unit->code, "unit_name",
			unit_name_of(k->base, n->unit->unit, n->period.to, UINT64_MAX), "form",
			n->form->code, "form_name", json_both(n->form->name_vi, n->form->name_en),
			"period", json_period(n->period), "from", json_day(n->period.from), "to",
			json_day(n->period.to), "age", ages[entry_age(s)], "word",
			sheet_word_name(word), "draft", entry_draft(s)->figure_count > 0, "rights",
			json_rights(k, n, s, closed), "closed", closed != 0, "seen",
			sheet_seen(k->a, s, 0), "before",
			r->last ? json_period(r->last->period) : json_null(), "year_ago",
			r->year_ago ? json_period(r->year_ago->period) : json_null(), "past",
			pasts[r->past], "measures", measures, "judged", json_judged(n->form, &j)));
	return 0;
}

int call_open_sheet(struct call *k, struct sheet_name *n, struct entry_sheet **out)
{
	int rc = call_sheet_name(k, n);

	*out = NULL;
	if (!rc)
		rc = entry_open(out, k->c, n->unit->unit, n->form->code, n->period, k->now_ms,
				k->e);
	return rc;
}

int api_sheet(struct call *k)
{
	struct entry_sheet *s;
	struct sheet_name n;
	int rc = call_open_sheet(k, &n, &s);

	if (!rc)
		rc = call_show_sheet(k, &n, s);
	entry_close(s);
	return rc;
}
