#include "domain/case_record.h"

bool case_step_is_outcome(enum case_step_kind k)
{
	static const uint32_t outcomes =
		CASE_BIT(STEP_CELL) | CASE_BIT(STEP_COMMITTEE) | CASE_BIT(STEP_SUBMIT) |
		CASE_BIT(STEP_ASK) | CASE_BIT(STEP_RETURN) | CASE_BIT(STEP_AGREE) |
		CASE_BIT(STEP_DECIDE) | CASE_BIT(STEP_CEREMONY) | CASE_BIT(STEP_REVIEW) |
		CASE_BIT(STEP_RECOGNISE) | CASE_BIT(STEP_STRIKE_OFF) | CASE_BIT(STEP_END) |
		CASE_BIT(STEP_REFUSE) | CASE_BIT(STEP_WITHDRAW) | CASE_BIT(STEP_REST) |
		CASE_BIT(STEP_RESUME) | CASE_BIT(STEP_MOVE) | CASE_BIT(STEP_MOVED) |
		CASE_BIT(STEP_BACK);

	return (unsigned)k < STEP_KINDS && outcomes & CASE_BIT(k);
}

bool case_step_is_of_body(enum case_step_kind k)
{
	static const uint32_t own = CASE_BIT(STEP_ASK) | CASE_BIT(STEP_RETURN) |
				    CASE_BIT(STEP_AGREE) | CASE_BIT(STEP_DECIDE) |
				    CASE_BIT(STEP_REFUSE) | CASE_BIT(STEP_RECOGNISE) |
				    CASE_BIT(STEP_STRIKE_OFF);

	return (unsigned)k < STEP_KINDS && own & CASE_BIT(k);
}

static bool same(struct op_id a, struct op_id b)
{
	return !op_id_cmp(a, b);
}

enum op_code case_record_open(struct case_record *r, const struct op *op, struct op_id id,
			      uint64_t lsn, uint32_t author_unit)
{
	struct case_state st = { .stage = CASE_NONE };

	if (case_apply(&st, &op->open.step, NULL))
		return CODE_STEP_INVALID;
	memset(r, 0, sizeof(*r));
	memcpy(r->person, op->open.person, PERSON_ID);
	r->unit = op->unit;
	r->opened_lsn = r->record_lsn = lsn;
	r->record = id;
	r->codes = op->open.codes;
	r->steps[r->count++] = (struct case_held){
		.id = id, .lsn = lsn, .step = op->open.step, .author_unit = author_unit
	};
	return CODE_OK;
}

/* Two that write the record apart from each other: the later one stands, the earlier one stays in the log. */
enum op_code case_record_over(struct case_record *r, const struct op *op, struct op_id id,
			      uint64_t lsn)
{
	r->record = id;
	r->record_lsn = lsn;
	r->codes = op->open.codes;
	return CODE_OK;
}

static void replay(struct case_state *out, const struct case_record *r, size_t count)
{
	*out = (struct case_state){ .stage = CASE_NONE };
	for (size_t i = 0; i < count; i++)
		(void)case_apply(out, &r->steps[i].step, NULL);
}

void case_record_state(struct case_state *out, const struct case_record *r)
{
	replay(out, r, r->count);
}

struct op_id case_record_last(const struct case_record *r)
{
	return r->steps[r->count - 1].id;
}

/* How many steps stood when the author looked; count + 1: it names none of them. */
static bool goes_by(const struct case_held *h, struct op_id id)
{
	bool yes = same(h->id, id);

	for (size_t i = 0; i < h->also_count; i++)
		yes |= same(h->also[i], id);
	return yes;
}

static size_t seen(const struct case_record *r, struct op_id after)
{
	for (size_t i = r->count; i-- > 0;)
		if (goes_by(&r->steps[i], after))
			return i + 1;
	return r->count + 1;
}

static bool is_rival(const struct case_record *r, struct op_id id)
{
	for (size_t i = 0; i < r->rival_count; i++)
		if (same(r->rivals[i].id, id))
			return true;
	return false;
}

static enum op_code stand_beside(struct case_record *r, const struct case_held *h)
{
	if (r->rival_count == CASE_RIVALS_MAX)
		return CODE_SHEET_FULL;
	r->rivals[r->rival_count++] = *h;
	return CODE_OK;
}

static enum op_code follow_on(struct case_record *r, const struct case_held *h)
{
	struct case_state st;

	if (r->count == CASE_STEPS_MAX)
		return CODE_SHEET_FULL;
	case_record_state(&st, r);
	if (case_apply(&st, &h->step, NULL))
		return CODE_STEP_INVALID;
	r->steps[r->count++] = *h;
	if (h->step.kind == STEP_SUBMIT)
		r->body = h->to;
	return CODE_OK;
}

static bool says_the_same(const struct case_held *a, const struct case_held *b)
{
	return a->step.kind == b->step.kind && a->step.day == b->step.day &&
	       a->step.reason == b->step.reason && a->to == b->to;
}

/* Somebody wrote steps since the author looked. */
static enum op_code meet(struct case_record *r, const struct case_held *h, size_t at)
{
	bool contradicts = false;
	struct case_state st;

	for (size_t i = at; i < r->count; i++) {
		if (says_the_same(&r->steps[i], h)) {
			if (r->steps[i].also_count < CASE_ALSO_MAX)
				r->steps[i].also[r->steps[i].also_count++] = h->id;
			return CODE_OK;
		}
		contradicts |= r->steps[i].step.kind == h->step.kind ||
			       (case_step_is_outcome(h->step.kind) &&
				case_step_is_outcome(r->steps[i].step.kind));
	}
	if (!contradicts && follow_on(r, h) == CODE_OK)
		return CODE_OK;
	replay(&st, r, at);
	if (case_apply(&st, &h->step, NULL))
		return CODE_STEP_INVALID;
	return stand_beside(r, h);
}

/* What the kept one came after stands; outcomes that were written there since go, and what its author wrote
 * behind it comes along. */
static enum op_code put_in_place(struct case_record *r, const struct case_held *rivals,
				 size_t rival_count, struct op_id keep)
{
	struct case_record was = *r;
	struct op_id last = keep;
	enum op_code code;

	for (size_t i = 0; i < rival_count; i++) {
		const struct case_held *h = &rivals[i];

		if (same(h->id, keep)) {
			r->count = seen(r, h->after);
			if (r->count > was.count)
				return CODE_VERSION_UNKNOWN;
			was.rival_count = r->count;
		} else if (!same(h->after, last)) {
			continue;
		}
		code = follow_on(r, h);
		if (code)
			return code;
		last = h->id;
	}
	for (size_t i = was.rival_count; i < was.count; i++)
		if (!case_step_is_outcome(was.steps[i].step.kind))
			(void)follow_on(r, &was.steps[i]);
	return CODE_OK;
}

static void find_body(struct case_record *r)
{
	r->body = 0;
	for (size_t i = 0; i < r->count; i++)
		if (r->steps[i].step.kind == STEP_SUBMIT)
			r->body = r->steps[i].to;
}

/* The other unit has been told of a sending, or has taken over: that is called back there, not settled here. */
static bool may_keep(const struct case_record *r, struct op_id keep)
{
	struct case_state st;

	case_record_state(&st, r);
	if (st.stage == CASE_IN_TRANSIT || st.stage == CASE_MOVED)
		return false;
	for (size_t i = 0; i < r->rival_count; i++)
		if (same(r->rivals[i].id, keep) && r->rivals[i].step.kind >= STEP_WRITTEN)
			return false;
	return true;
}

static enum op_code settle(struct case_record *r, const struct op_case_step *s)
{
	struct case_held rivals[CASE_RIVALS_MAX];
	size_t rival_count = r->rival_count;
	bool kept_rival = is_rival(r, s->keep);

	memcpy(rivals, r->rivals, sizeof(rivals));
	if (!kept_rival && seen(r, s->keep) > r->count)
		return CODE_VERSION_UNKNOWN;
	if (kept_rival && !may_keep(r, s->keep))
		return CODE_STEP_INVALID;
	r->rival_count = 0;
	for (size_t i = 0; i < rival_count; i++) {
		bool named = false;

		for (size_t k = 0; k < s->settle_count; k++)
			named |= same(rivals[i].id, s->settles[k]) ||
				 same(rivals[i].after, s->settles[k]);
		if (!named) /* its author came later than whoever settles looked */
			r->rivals[r->rival_count++] = rivals[i];
	}
	return kept_rival ? put_in_place(r, rivals, rival_count, s->keep) : CODE_OK;
}

enum op_code case_record_step(struct case_record *r, const struct op *op, struct op_id id,
			      uint64_t lsn, uint32_t author_unit)
{
	const struct op_case_step *s = &op->step;
	struct case_held h = { .id = id,
			       .after = s->after,
			       .lsn = lsn,
			       .step = s->step,
			       .author_unit = author_unit,
			       .to = s->to };
	struct case_record was;
	enum op_code code;
	size_t at;

	if (!case_record_here(r))
		return CODE_STEP_INVALID;
	if (s->settle_count) {
		was = *r;
		code = settle(r, s);
		if (code)
			*r = was;
		find_body(r);
		return code;
	}
	at = seen(r, s->after);
	if (at == r->count)
		return follow_on(r, &h);
	if (at < r->count)
		return meet(r, &h, at);
	return is_rival(r, s->after) ? stand_beside(r, &h) : CODE_VERSION_UNKNOWN;
}
