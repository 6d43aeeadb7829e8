/* Drafts of targets: a superior says what a unit is to be given, the unit registers a number, the superior publishes
 * either; or drafts anew, while an answer to the one before is on its way. What stands is made out of the log in the
 * simplest way, and the server and every device that reads the unit are to tell just that. */
#include "sim.h"

#include "ledger/drafts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { GOALS_ARENA = 64 << 20, FIRST_YEAR = 2022, YEARS = 2, PUBLISHED_MAX = 6, GOALS_GROW = 64 };

/* ---- what the log says ---- */

static unsigned year_at(const struct op_target *t)
{
	return (unsigned)(day_to_ymd(t->period.from).year - FIRST_YEAR);
}

bool goals_is(const struct op *op)
{
	return op->kind == OP_TARGET || op->kind == OP_TARGET_DRAFT ||
	       op->kind == OP_TARGET_REGISTER;
}

struct stands {
	const struct goal *draft, *answer, *given;
	size_t targets; /* in force */
	bool answered;
	enum draft_state state;
};

static struct stands what_stands(const struct sim *s, uint32_t unit, unsigned year, uint64_t known)
{
	struct stands is = { .targets = 0 };

	for (size_t i = 0; i < s->goal_count && s->goals[i].lsn <= known; i++) {
		const struct goal *g = &s->goals[i];

		if (g->unit != unit || g->year != year)
			continue;
		is.targets += g->kind == OP_TARGET;
		if (g->kind == OP_TARGET_DRAFT)
			is.draft = g;
		else if (g->kind == OP_TARGET_REGISTER)
			is.answer = g;
		else if (g->draft)
			is.given = g;
	}
	is.answered = is.draft && is.answer && is.answer->draft == is.draft->lsn;
	is.state = !is.draft                                      ? DRAFT_NONE
		   : is.given && is.given->draft == is.draft->lsn ? DRAFT_PUBLISHED
		   : is.draft->type == TARGET_NONE                ? DRAFT_WITHDRAWN
		   : is.answered                                  ? DRAFT_ANSWERED
								  : DRAFT_WAITS;
	return is;
}

static const struct goal *draft_named(const struct sim *s, const struct op *op)
{
	for (size_t i = 0; i < s->goal_count; i++) {
		const struct goal *g = &s->goals[i];

		if (g->lsn == op->target.draft && g->kind == OP_TARGET_DRAFT &&
		    g->unit == op->unit && g->year == year_at(&op->target))
			return g;
	}
	return NULL;
}

/* What is against it besides the rights; everything told so far is before it. */
enum op_code goals_answer(const struct sim *s, const struct op *op, uint64_t lsn)
{
	const struct goal *d = draft_named(s, op);
	bool lost = op->target.draft && naive_lost(s->n, lsn, op->target.draft);

	if (lost && op->kind == OP_TARGET_DRAFT)
		return CODE_STATE_WRONG;
	if (op->target.draft && !d && !lost)
		return CODE_TARGET_UNKNOWN;
	if (op->kind == OP_TARGET_REGISTER && !op->reason.len && !lost &&
	    (!d || d->type == TARGET_NONE || d->value != op->target.value))
		return CODE_REASON_NEEDED;
	for (size_t i = 0; op->kind == OP_TARGET && i < s->goal_count; i++)
		if (s->goals[i].kind == OP_TARGET && s->goals[i].unit == op->unit &&
		    s->goals[i].year == year_at(&op->target) &&
		    span_eq(span_str(s->goals[i].doc), op->target.doc_no))
			return CODE_EXISTS;
	return CODE_OK;
}

void goals_heard(struct sim *s, const struct op *op, uint64_t lsn)
{
	struct goal *g;

	if (!goals_is(op) || lsn <= s->b->lsn)
		return;
	if (s->goal_count % GOALS_GROW == 0)
		s->goals = realloc(s->goals, (s->goal_count + GOALS_GROW) * sizeof(*g));
	if (!s->goals)
		abort();
	g = &s->goals[s->goal_count];
	*g = (struct goal){ .lsn = lsn,
			    .kind = op->kind,
			    .unit = op->unit,
			    .year = year_at(&op->target),
			    .type = op->target.type,
			    .value = op->target.value,
			    .draft = op->target.draft };
	snprintf(g->doc, sizeof(g->doc), "%.*s", (int)op->target.doc_no.len,
		 (const char *)op->target.doc_no.data);
	if (op->kind == OP_TARGET_REGISTER && op->target.draft) {
		struct stands now = what_stands(s, g->unit, g->year, lsn - 1);

		sim_count(s, !now.draft || now.draft->lsn != g->draft ? F_GOAL_CROSSED
								      : F_GOAL_ANSWERED);
	} else if (op->kind == OP_TARGET_REGISTER) {
		sim_count(s, F_GOAL_UNASKED);
	} else {
		sim_count(s, op->kind == OP_TARGET            ? F_GOAL_PUBLISHED
			     : op->target.type == TARGET_NONE ? F_GOAL_WITHDRAWN
							      : F_GOAL_DRAFTED);
	}
	s->goal_count++;
}

void goals_forget(struct sim *s, uint64_t lsn)
{
	while (s->goal_count && s->goals[s->goal_count - 1].lsn > lsn)
		s->goal_count--;
	if (s->goals_checked > s->goal_count)
		s->goals_checked = s->goal_count;
}

/* ---- the persons ---- */

static void queue(struct sim *s, struct holder *h, struct op *op)
{
	struct op_id id;

	must(outbox_append(h->c, op, s->wall_ms + h->skew_ms, &id, &s->e), &s->e, "queue a goal");
	notes_add(s, h, id);
}

/* Where somebody sits who may answer, rather; now and then one further down, for which only operators may. */
static uint32_t child_of(struct sim *s, const struct holder *h)
{
	for (int i = 0; i < (s->province ? 60 : 8); i++) {
		const struct base_device *d =
			s->holders[rng_below(&s->r, (uint32_t)s->holder_count)].d;

		if (s->units[d->unit - 1].parent == h->d->unit ||
		    (d->unit != h->d->unit && sim_below(s, d->unit, h->d->unit) &&
		     rng_chance(&s->r, 10)))
			return d->unit;
	}
	for (int i = 0; i < (s->province ? 400 : 16); i++) {
		const struct base_unit *u = &s->units[rng_below(&s->r, (uint32_t)s->unit_count)];

		if (u->unit && u->parent == h->d->unit)
			return u->unit;
	}
	return 0;
}

static void draft(struct sim *s, struct holder *h, unsigned year)
{
	uint32_t child = child_of(s, h);
	struct op op = build_target(child, year_of(FIRST_YEAR + (int)year), "admitted", "7-KH", 1);

	if (!child)
		return;
	op.kind = OP_TARGET_DRAFT;
	op.target.instrument = INSTR_PLAN;
	op.target.value = 1 + rng_below(&s->r, 30);
	if (rng_chance(&s->r, 15)) { /* taken back: no target, which is not zero */
		op.target.type = TARGET_NONE;
		op.target.value = 0;
	}
	queue(s, h, &op);
}

/* To the draft that this device has read; often it is content. */
static void answer(struct sim *s, struct holder *h, unsigned year, struct arena *a)
{
	struct op op = build_target(h->d->unit, year_of(FIRST_YEAR + (int)year), "admitted", "", 1);
	const struct draft_line *lines;
	size_t count;

	op.kind = OP_TARGET_REGISTER;
	op.target.instrument = INSTR_REGISTRATION;
	op.target.value = 1 + rng_below(&s->r, 30);
	must(query_drafts(&lines, &count, client_base(h->c), h->d->unit, UINT64_MAX, a, &s->e),
	     &s->e, "drafts at a device");
	for (size_t i = 0; i < count; i++)
		if (lines[i].state == DRAFT_WAITS) {
			op.target.period = lines[i].draft.target.period;
			op.target.draft = lines[i].draft.lsn;
			if (rng_chance(&s->r, 50))
				op.target.value = lines[i].draft.target.value;
		}
	if (!op.target.draft && !rng_chance(&s->r, 15))
		return;
	if (rng_chance(&s->r, 80))
		op.reason = SPAN_LIT("so many can be reached");
	queue(s, h, &op);
}

/* Of the log as far as the device has read it, and none that is no more. */
static bool reads_this_log(const struct sim *s, const struct holder *h)
{
	return s->up && !s->ever_restored &&
	       !memcmp(client_state(h->c)->cursor.incarnation, ledger_info(s->l).incarnation, 16);
}

/* What is made of a draft says what was drafted, or registered in answer to just that draft. */
static void check_published(struct sim *s, const struct holder *h, const struct op *op,
			    unsigned year, bool registered)
{
	struct stands is = what_stands(s, op->unit, year, client_state(h->c)->cursor.lsn);
	int64_t want;

	if (!reads_this_log(s, h))
		return;
	if (is.state != DRAFT_WAITS && is.state != DRAFT_ANSWERED)
		sim_fail(s, "device %zu: unit %u is given what nobody drafted", h->index, op->unit);
	want = registered && is.answered ? is.answer->value : is.draft->value;
	if (op->target.draft != is.draft->lsn || op->target.value != want)
		sim_fail(s, "device %zu: unit %u is given %" PRId64 " and not %" PRId64, h->index,
			 op->unit, op->target.value, want);
}

static void publish(struct sim *s, struct holder *h, unsigned year, struct arena *a)
{
	struct drafts_ask ask = { .unit = h->d->unit,
				  .period = year_of(FIRST_YEAR + (int)year),
				  .measure = SPAN_LIT("admitted"),
				  .known_at = UINT64_MAX };
	struct drafts_table table;
	struct publish_ask how = { .tree = ledger_tree(client_base(h->c)),
				   .table = &table,
				   .period = ask.period,
				   .measure = ask.measure,
				   .take = rng_chance(&s->r, 75) ? TAKE_REGISTERED : TAKE_DRAFT,
				   .instrument = INSTR_DECISION };
	char doc[16];
	struct op *ops;
	size_t count;
	int rc;

	snprintf(doc, sizeof(doc), "%u-QĐ", 1 + rng_below(&s->r, 2));
	how.doc_no = span_str(doc);
	rc = query_drafts_table(&table, client_base(h->c), &ask, a, &s->e);
	if (rc == -ERR_NOTFOUND) /* nothing is read yet */
		return;
	must(rc, &s->e, "drafts below");
	rc = drafts_publish(&ops, &count, &how, a, &s->e);
	if (rc == -ERR_STATE)
		return;
	must(rc, &s->e, "publish");
	for (size_t i = 0; i < count && i < PUBLISHED_MAX; i++) {
		check_published(s, h, &ops[i], year, how.take == TAKE_REGISTERED);
		queue(s, h, &ops[i]);
	}
}

static bool has_children(const struct sim *s, uint32_t unit)
{
	for (size_t i = 0; i < s->unit_count; i++)
		if (s->units[i].unit && s->units[i].parent == unit)
			return true;
	return false;
}

void goals_act(struct sim *s, struct holder *h)
{
	enum person_role role = client_role(h->c);
	unsigned year = rng_chance(&s->r, 25), what = rng_below(&s->r, 10);
	struct arena *a;

	/* a clerk's program would not; another's may */
	if (h->full || (role != ROLE_APPROVER && role != ROLE_OPERATOR && !rng_chance(&s->r, 15)))
		return;
	a = arena_new(GOALS_ARENA);
	if (what < 2 || !has_children(s, h->d->unit))
		answer(s, h, year, a);
	else if (what < 6)
		draft(s, h, year);
	else
		publish(s, h, year, a);
	arena_free(a);
}

/* ---- what must hold ---- */

static bool same_number(const struct draft_number *n, const struct goal *g)
{
	return g ? n->lsn == g->lsn && n->target.type == g->type && n->target.value == g->value &&
			       n->target.draft == g->draft
		 : !n->lsn;
}

static void check_line(struct sim *s, const struct draft_line *line, const struct stands *is,
		       const char *where)
{
	if (line->state != is->state || line->answered != is->answered ||
	    !same_number(&line->draft, is->draft) || !same_number(&line->answer, is->answer) ||
	    !same_number(&line->given, is->given))
		sim_fail(s, "unit %u %s: a draft is %s, by the log %s", line->unit, where,
			 draft_state_name(line->state), draft_state_name(is->state));
}

static void check_unit(struct sim *s, struct ledger *l, uint32_t unit, uint64_t known,
		       const char *where)
{
	struct arena *a = arena_new(GOALS_ARENA);
	const struct target_line *targets;
	const struct draft_line *lines;
	size_t count, target_count;

	must(query_drafts(&lines, &count, l, unit, known, a, &s->e), &s->e, "drafts");
	for (unsigned year = 0; year < YEARS; year++) {
		struct stands is = what_stands(s, unit, year, known);
		const struct draft_line none = { .unit = unit }, *line = &none;

		for (size_t i = 0; i < count; i++) {
			const struct draft_line *at = &lines[i];

			if (year_at(at->draft.lsn    ? &at->draft.target
				    : at->answer.lsn ? &at->answer.target
						     : &at->given.target) == year)
				line = at;
		}
		check_line(s, line, &is, where);
		must(query_targets(&targets, &target_count, l, unit,
				   year_of(FIRST_YEAR + (int)year), known, a, &s->e),
		     &s->e, "targets");
		if (target_count != is.targets)
			sim_fail(s, "unit %u %s has %zu targets of a year, by the log %zu", unit,
				 where, target_count, is.targets);
	}
	arena_free(a);
}

/* The units named since this was last asked, as they stand now and as was known before. */
void goals_check(struct sim *s)
{
	if (!s->up)
		return;
	for (; s->goals_checked < s->goal_count; s->goals_checked++) {
		const struct goal *g = &s->goals[s->goals_checked];

		check_unit(s, s->l, g->unit, UINT64_MAX, "at the server");
		check_unit(s, s->l, g->unit, g->lsn - 1, "as was known before");
	}
}

void goals_check_end(struct sim *s)
{
	goals_check(s);
	for (size_t i = 0; i < s->holder_count && s->goal_count; i++)
		for (size_t u = 0; u < s->unit_count; u++) {
			const struct holder *h = &s->holders[i];
			uint32_t unit = s->units[u].unit;

			if (unit && has_read_all(s, h) &&
			    naive_inside_later(s->n, unit, h->d->unit, sim_log_day(s)))
				check_unit(s, client_base(h->c), unit, UINT64_MAX, "at a device");
		}
}
