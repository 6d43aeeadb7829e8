/* Handing a target down: what if, why each share is what it is, and sent down as drafts that the units answer. */
#include "web_internal.h"

#include "client/act.h"
#include "domain/allocate.h"
#include "ledger/acts.h"
#include "ledger/query.h"
#include "report/drafts.h"

struct allocation {
	struct call *k;
	uint32_t top;
	struct period period;
	uint16_t measure;
	struct span measure_code;
	day_t base_day;
	const struct unit **units;
	size_t count;
	struct alloc_row *rows;
	struct alloc_share *shares;
	struct alloc_sums sums;
	struct alloc_ask ask;
	bool limit; /* of at most so many */
};

static int read_number(struct call *k, const char *text, int64_t *out, bool *has)
{
	enum text_grouping style;

	*has = *text != 0;
	return *has ? text_count(out, &style, span_str(text), k->e) : 0;
}

/* ---- what it is shared by ---- */

static int totals_of(struct allocation *al, size_t i, struct query *q, struct totals *t)
{
	q->unit = al->units[i]->unit;
	q->known_at = UINT64_MAX;
	return query_totals(t, al->k->base, q, al->k->a, al->k->e);
}

/* On the territory that the unit has when the target is given: what its predecessors reached is its own. What nobody
 * reported is not zero. */
static int reached(struct allocation *al, size_t i, struct period p, struct totals *t)
{
	struct query q = { .period = p, .tree = TREE_AS_IS, .tree_day = al->period.from };
	struct alloc_row *r = &al->rows[i];
	char days[PERIOD_TEXT_MAX];
	int rc = totals_of(al, i, &q, t);

	if (!rc && !query_held(al->k->base, &q))
		return r->left_out || r->has_lock
			       ? 0
			       : err_set(al->k->e, ERR_NOTFOUND,
					 "%s: not all that was reported there in %s is held here; leave "
					 "it out, or lock its share",
					 r->code, period_text(days, p));
	for (size_t m = 0; !rc && m < t->measure_count; m++) {
		if (t->measures[m].measure != al->measure || !t->measures[m].count)
			continue;
		r->base = t->measures[m].sum;
		return 0;
	}
	if (rc || r->left_out || r->has_lock)
		return rc;
	return err_set(al->k->e, ERR_NOTFOUND,
		       "%s: nobody reported %s in %s; leave it out, or lock its share", r->code,
		       measure_code_of(al->k->base, al->measure), period_text(days, p));
}

/* Members on a day that is past; what was reached in the same days a year before. */
static int read_base(struct allocation *al, bool by_members)
{
	struct call *k = al->k;
	struct totals *t = arena_alloc(k->a, sizeof(*t));
	struct ymd from = day_to_ymd(al->period.from), to = day_to_ymd(al->period.to), b;
	struct period p = al->period;
	day_t over = call_last_month(k);
	int rc = 0;

	al->base_day = p.from - 1 < over ? p.from - 1 : over;
	b = day_to_ymd(al->base_day);
	if (by_members) {
		(void)day_from_ymd(&p.from, b.year, b.month, 1);
		p.to = al->base_day;
	} else {
		(void)day_from_ymd(&p.from, from.year - 1, from.month,
				   from.day > 28 ? 28 : from.day);
		(void)day_from_ymd(&p.to, to.year - 1, to.month, to.day);
	}
	for (size_t i = 0; t && !rc && i < al->count; i++) {
		struct query q = { .period = p };

		rc = by_members ? totals_of(al, i, &q, t) : reached(al, i, p, t);
		if (!rc && by_members)
			al->rows[i].base = t->has_members ? t->members : 0;
	}
	return t ? rc : err_set(k->e, ERR_NOMEM, "no memory for totals");
}

/* rows: {unit: {lock, cap, left_out}}; floor and cap hold for all, but a cap of a unit's own goes before. */
static int read_row(struct allocation *al, struct alloc_row *r, const json_t *j)
{
	int64_t cap;
	bool own_cap;
	int rc = read_number(al->k, text_at(j, "lock"), &r->lock, &r->has_lock);

	if (!rc)
		rc = read_number(al->k, text_at(j, "cap"), &cap, &own_cap);
	if (!rc && own_cap) {
		r->has_cap = true;
		r->cap = cap;
	}
	r->left_out = json_is_true(json_object_get(j, "left_out"));
	return rc;
}

static int read_rows(struct allocation *al)
{
	const json_t *given = json_object_get(al->k->in, "rows");
	int64_t floor = 0, cap = 0;
	bool has_floor, has_cap;
	int rc = read_number(al->k, text_at(al->k->in, "floor"), &floor, &has_floor);

	if (!rc)
		rc = read_number(al->k, text_at(al->k->in, "cap"), &cap, &has_cap);
	for (size_t i = 0; !rc && i < al->count; i++) {
		struct alloc_row *r = &al->rows[i];

		r->code = al->units[i]->code;
		r->has_floor = has_floor;
		r->floor_num = floor;
		r->floor_den = 1;
		r->has_cap = has_cap;
		r->cap = cap;
		rc = read_row(al, r, json_object_get(given, r->code));
	}
	return rc;
}

static int read_ask(struct allocation *al)
{
	struct call *k = al->k;
	const char *measure = text_at(k->in, "measure"), *choice = text_at(k->in, "choice");
	bool has;
	int rc = period_parse(&al->period, span_str(text_at(k->in, "period")), k->e);

	al->top = client_identity(k->c)->unit;
	if (!rc && *text_at(k->in, "unit"))
		rc = call_unit(k, &al->top);
	if (!rc && !tree_inside(ledger_tree(k->base), al->top, client_identity(k->c)->unit,
				day_of_instant(k->now_ms), UINT64_MAX))
		rc = err_set(k->e, ERR_NOTFOUND, "there is no unit %s in the part of this device",
			     text_at(k->in, "unit"));
	al->measure_code = span_str(*measure ? measure : "admitted");
	al->measure = ledger_measure(k->base, al->measure_code);
	if (!rc && !al->measure)
		rc = err_set(k->e, ERR_NOTFOUND, "no form has a measure %s", measure);
	if (!rc)
		rc = read_number(k, text_at(k->in, "total"), &al->ask.total, &has);
	al->limit = call_said_yes(k, "limit");
	al->ask.choice = *choice ? alloc_choice_parse(choice) : ALLOC_REFUSE;
	if (!rc && (al->ask.choice == ALLOC_CHOICES || al->ask.choice == ALLOC_SPREAD))
		rc = err_set(k->e, ERR_INVALID, "there is no choice %s", choice);
	if (!rc)
		rc = tree_children(ledger_tree(k->base), al->top, day_of_instant(k->now_ms),
				   UINT64_MAX, &al->units, &al->count, k->e);
	if (rc)
		return rc;
	al->rows = arena_array(k->a, al->count + 1, sizeof(*al->rows));
	al->shares = arena_array(k->a, al->count + 1, sizeof(*al->shares));
	if (!al->rows || !al->shares)
		return err_set(k->e, ERR_NOMEM, "no memory to share out");
	memset(al->rows, 0, (al->count + 1) * sizeof(*al->rows));
	return read_rows(al);
}

static int share_out(struct allocation *al)
{
	int rc = read_ask(al);

	if (!rc)
		rc = read_base(al, strcmp(text_at(al->k->in, "by"), "last") != 0);
	if (rc)
		return rc;
	al->ask.rows = al->rows;
	al->ask.count = al->count;
	return allocate(al->shares, &al->sums, &al->ask, al->k->e);
}

/* ---- the answer ---- */

static json_t *json_quota(const struct alloc_quota *q)
{
	return json_pack("{s:I, s:I, s:I}", "whole", (json_int_t)q->whole, "num",
			 (json_int_t)q->num, "den", (json_int_t)q->den);
}

static json_t *json_share(const struct allocation *al, size_t i)
{
	const struct alloc_share *s = &al->shares[i];
	const struct alloc_row *r = &al->rows[i];

	return json_pack("{s:s, s:s, s:I, s:o, s:s, s:o, s:o, s:I, s:b, s:o, s:o, s:b}", "unit",
			 r->code, "name",
			 unit_name_of(al->k->base, al->units[i]->unit,
				      day_of_instant(al->k->now_ms), UINT64_MAX),
			 "base", (json_int_t)r->base, "share",
			 s->given ? json_integer((json_int_t)s->share) : json_null(), "why",
			 alloc_why_name(s->why), "first", json_quota(&s->first), "last",
			 json_quota(&s->last), "remainder_rank", (json_int_t)s->remainder_rank,
			 "plus_one", s->plus_one, "lock",
			 r->has_lock ? json_integer((json_int_t)r->lock) : json_null(), "cap",
			 r->has_cap ? json_integer((json_int_t)r->cap) : json_null(), "left_out",
			 r->left_out);
}

int api_allocate(struct call *k)
{
	struct allocation al = { .k = k };
	json_t *rows = json_array();
	int rc = share_out(&al);

	json_object_set_new(k->out, "rows", rows);
	if (rc)
		return rc;
	for (size_t i = 0; i < al.count; i++)
		json_array_append_new(rows, json_share(&al, i));
	json_object_update_new(
		k->out,
		json_pack("{s:I, s:I, s:I, s:I, s:o}", "total", (json_int_t)al.sums.total, "locked",
			  (json_int_t)al.sums.locked, "floors", (json_int_t)al.sums.floors, "base",
			  (json_int_t)al.sums.base, "base_day", json_day(al.base_day)));
	return 0;
}

/* ---- drafts and answers ---- */

static const struct draft_line *drafted_before(const struct drafts_table *t, uint32_t unit)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->rows[i].unit == unit &&
		    (t->rows[i].state == DRAFT_WAITS || t->rows[i].state == DRAFT_ANSWERED))
			return &t->rows[i];
	return NULL;
}

/* Of unit `i`; kind OP_NONE: nothing is to be said to it. A draft of a unit that is left out now is taken back. */
static struct op draft_of(const struct allocation *al, size_t i, const struct drafts_table *before,
			  day_t answer_by)
{
	struct op op = { .kind = OP_TARGET_DRAFT, .unit = al->units[i]->unit };
	const struct draft_line *was = drafted_before(before, op.unit);
	bool given = al->shares[i].given;

	op.target = (struct op_target){ .period = al->period,
					.measure = al->measure_code,
					.instrument = INSTR_NOTICE,
					.issuer = span_str(unit_name_of(
						al->k->base, al->top, day_of_instant(al->k->now_ms),
						UINT64_MAX)),
					.type = !given      ? TARGET_NONE
						: al->limit ? TARGET_MAXIMUM
							    : TARGET_EXACT,
					.value = given ? al->shares[i].share : 0,
					.answer_by = given ? answer_by : 0 };
	if (!given && !was)
		op.kind = OP_NONE;
	else if (!given && was->beside)
		op.target.draft = was->draft.lsn;
	return op;
}

/* What was shared out, one draft for each unit: all or none. */
int api_draft_targets(struct call *k)
{
	struct allocation al = { .k = k };
	struct drafts_ask ask = { .known_at = UINT64_MAX };
	struct drafts_table before;
	enum op_code code = CODE_OK;
	size_t sent = 0;
	day_t answer_by = 0;
	int rc = share_out(&al);

	ask.unit = al.top;
	ask.period = al.period;
	ask.measure = al.measure_code;
	ask.sort = al.limit ? DRAFTS_LIMITS : DRAFTS_NUMBERS;
	if (!rc)
		rc = query_drafts_table(&before, k->base, &ask, k->a, k->e);

	if (!rc && *text_at(k->in, "answer_by"))
		rc = day_parse(&answer_by, NULL, span_str(text_at(k->in, "answer_by")), k->e);
	if (!rc)
		rc = client_begin(k->c, k->e);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < al.count; i++) {
		struct op op = draft_of(&al, i, &before, answer_by);
		struct op_id id;

		if (op.kind == OP_NONE)
			continue;
		rc = act_queue(k->c, &op, k->now_ms, &id, &code, k->e);
		sent++;
	}
	if (!rc)
		rc = client_commit(k->c, k->e);
	if (rc)
		client_abort(k->c);
	json_object_set_new(k->out, "sent", json_integer((json_int_t)sent));
	return rc;
}

/* Of the own unit: what it is to be given. With a period: the table of those directly below. */
int api_drafts(struct call *k)
{
	uint32_t unit = client_identity(k->c)->unit;
	struct drafts_ask ask = { .unit = unit,
				  .measure = SPAN_LIT("admitted"),
				  .known_at = UINT64_MAX };
	json_t *own = NULL, *table = NULL;
	int rc = report_drafts(&own, k->base, unit, UINT64_MAX, k->a, k->e);

	json_object_set_new(k->out, "own", rc ? json_array() : own);
	if (rc || !*text_at(k->in, "period"))
		return rc;
	rc = period_parse(&ask.period, span_str(text_at(k->in, "period")), k->e);
	if (!rc)
		rc = report_drafts_table(&table, k->base, &ask, k->a, k->e);
	json_object_set_new(k->out, "below", rc ? json_null() : table);
	return rc;
}

/* The draft that stands for these days, if there is one: what is registered answers it. */
static int find_draft(struct call *k, uint32_t unit, struct op_target *t)
{
	const struct draft_line *lines;
	size_t count;
	int rc = query_drafts(&lines, &count, k->base, unit, UINT64_MAX, k->a, k->e);

	for (size_t i = 0; i < count && !rc; i++) {
		const struct op_target *d = &lines[i].draft.target;

		if (!lines[i].draft.lsn || !target_same_subject(d, t) ||
		    (lines[i].limit && lines[i].beside)) /* the page asks for the number */
			continue;
		t->draft = lines[i].draft.lsn;
		t->per_year = d->per_year;
		if (target_is_limit(d)) /* answered by a limit */
			t->type = TARGET_MAXIMUM;
		break;
	}
	return rc;
}

int api_register(struct call *k)
{
	struct op op = { .kind = OP_TARGET_REGISTER,
			 .unit = client_identity(k->c)->unit,
			 .target = { .instrument = INSTR_REGISTRATION,
				     .type = TARGET_EXACT,
				     .measure = SPAN_LIT("admitted") } };
	bool has = false;
	int rc = period_parse(&op.target.period, span_str(text_at(k->in, "period")), k->e);

	if (!rc)
		rc = read_number(k, text_at(k->in, "value"), &op.target.value, &has);
	if (!rc && !has)
		rc = err_set(k->e, ERR_INVALID, "say how many");
	if (!rc)
		rc = find_draft(k, op.unit, &op.target);
	return rc ? rc : call_queue(k, &op);
}
