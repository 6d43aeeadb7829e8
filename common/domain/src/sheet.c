#include "domain/sheet.h"

#include <assert.h>

static_assert(SHEET_OPS_MAX == 64, "sets of ops are the bits of a uint64_t");

/* One op more than a sheet may keep, and its figures: what it replaces leaves only afterwards. */
enum { WORK_OPS = SHEET_OPS_MAX + 1, WORK_VERSIONS = SHEET_VERSIONS_MAX + MEASURES_MAX };

/* A sheet while one op is folded into it. Sets of ops are arrays here, since 65 do not fit 64 bits. */
struct work {
	struct sheet_op ops[WORK_OPS]; /* the new one last */
	uint64_t seen[WORK_OPS];       /* which of the new op's `seen` are this op */
	size_t op_count;
	struct version versions[WORK_VERSIONS];
	size_t version_count;
	bool covered[WORK_OPS]; /* by the signature that stands */
	size_t sign_op;         /* whose signature stands; WORK_OPS: nobody's */
	enum sign_how sign_how;
	bool sign_nil;
};

void sheet_clear(struct sheet *s)
{
	/* The arrays stay as they are: clearing ten kilobytes would dominate a scan of a year's sheets. */
	memset(s, 0, offsetof(struct sheet, ops));
}

void sheet_copy(struct sheet *to, const struct sheet *from)
{
	memcpy(to, from, offsetof(struct sheet, ops));
	if (from->op_count)
		memcpy(to->ops, from->ops, from->op_count * sizeof(*to->ops));
	if (from->version_count)
		memcpy(to->versions, from->versions, from->version_count * sizeof(*to->versions));
}

/* The ops that have versions, as a set of bits. Most sheets are of one op. */
static uint64_t ops_used(const struct sheet *s)
{
	uint64_t used = 0;

	if (s->op_count == 1)
		return s->version_count != 0;
	for (size_t i = 0; i < s->version_count; i++)
		used |= UINT64_C(1) << s->versions[i].op;
	return used;
}

static bool has_op(const struct sheet *s, struct op_id id)
{
	for (size_t i = 0; i < s->op_count; i++) {
		if (op_id_cmp(s->ops[i].id, id) == 0)
			return true;
	}
	return false;
}

static void work_start(struct work *k, const struct sheet *s, const struct op_sheet *w,
		       const struct sheet_op *by)
{
	assert(s->op_count <= SHEET_OPS_MAX);
	k->op_count = s->op_count + 1;
	k->version_count = 0;
	k->sign_op = WORK_OPS;
	k->sign_how = s->sign_how;
	k->sign_nil = s->sign_nil;
	for (size_t i = 0; i < s->op_count; i++) {
		k->ops[i] = s->ops[i];
		k->covered[i] = s->sign_covers >> i & 1;
		k->seen[i] = 0;
		for (size_t j = 0; j < w->seen_count; j++) {
			if (op_id_cmp(w->seen[j], s->ops[i].id) == 0)
				k->seen[i] |= UINT64_C(1) << j;
		}
		if (s->sign_lsn && s->ops[i].lsn == s->sign_lsn)
			k->sign_op = i;
	}
	k->ops[s->op_count] = *by;
	k->seen[s->op_count] = 0;
	k->covered[s->op_count] = false;
}

static void add_version(struct work *k, const struct version *v)
{
	assert(k->version_count < WORK_VERSIONS);
	k->versions[k->version_count++] = *v;
}

static struct version version_of(const struct op_figure *f, size_t op)
{
	struct version v = { .measure = f->measure, .op = (uint8_t)op, .state = f->state };

	if (f->state == FIGURE_VALUE && f->value == 0)
		v.state = FIGURE_NIL; /* 0 and "-" are the same */
	if (v.state == FIGURE_VALUE) {
		v.value = f->value;
		v.approx = f->approx;
	}
	return v;
}

/* One measure: `run` are its versions so far, ascending by op id. Firm versions are those not on
 * behalf: once there is one, there is one for ever (only a firm one may replace it), and that makes
 * the outcome the same whichever side comes first. */
static void fold_figure(struct work *k, const struct version *run, size_t count,
			const struct op_figure *f)
{
	size_t fresh = k->op_count - 1;
	const struct sheet_op *by = &k->ops[fresh];
	struct version v = version_of(f, fresh);
	bool placed = false, firm = false;

	for (size_t i = 0; i < count; i++)
		firm = firm || !k->ops[run[i].op].on_behalf;
	if (by->on_behalf && firm) {
		for (size_t i = 0; i < count; i++)
			add_version(k, &run[i]);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const struct sheet_op *old = &k->ops[run[i].op];

		if ((f->over & k->seen[run[i].op]) || (!by->on_behalf && old->on_behalf))
			continue;
		if (!placed && op_id_cmp(by->id, old->id) < 0) {
			add_version(k, &v);
			placed = true;
		}
		add_version(k, &run[i]);
	}
	if (!placed)
		add_version(k, &v);
}

static size_t run_length(const struct sheet *s, size_t at)
{
	size_t end = at;

	while (end < s->version_count && s->versions[end].measure == s->versions[at].measure)
		end++;
	return end - at;
}

static void fold_figures(struct work *k, const struct sheet *s, const struct op_sheet *w)
{
	size_t at = 0, f = 0;

	while (at < s->version_count || f < w->figure_count) {
		size_t run = at < s->version_count ? run_length(s, at) : 0;

		if (f == w->figure_count ||
		    (run && s->versions[at].measure < w->figures[f].measure)) {
			for (size_t i = 0; i < run; i++)
				add_version(k, &s->versions[at + i]);
			at += run;
		} else if (!run || w->figures[f].measure < s->versions[at].measure) {
			fold_figure(k, NULL, 0, &w->figures[f++]);
		} else {
			fold_figure(k, &s->versions[at], run, &w->figures[f++]);
			at += run;
		}
	}
}

static bool covers_all(const struct work *k, const bool *covered)
{
	for (size_t i = 0; i < k->version_count; i++) {
		if (!covered[k->versions[i].op])
			return false;
	}
	return true;
}

/* The latest signature stands, but one on behalf never displaces the unit's own, and one that misses
 * something never displaces one that misses nothing: a sheet is signed when one signature covers it
 * all. (Coverage is only ever lost: what comes later was not seen by an earlier signature.) */
static void fold_signature(struct work *k, const struct op_sheet *w)
{
	size_t fresh = k->op_count - 1;
	bool covered[WORK_OPS];

	if (w->sign.how == SIGN_NONE)
		return;
	for (size_t i = 0; i < fresh; i++)
		covered[i] = (w->sign.covers & k->seen[i]) != 0;
	covered[fresh] = true;
	if (k->sign_op != WORK_OPS) {
		bool old_firm = !k->ops[k->sign_op].on_behalf;
		bool new_firm = !k->ops[fresh].on_behalf;

		if (old_firm && !new_firm)
			return;
		if (old_firm == new_firm && covers_all(k, k->covered) && !covers_all(k, covered))
			return;
	}
	for (size_t i = 0; i < k->op_count; i++)
		k->covered[i] = covered[i];
	k->sign_op = fresh;
	k->sign_how = w->sign.how;
	k->sign_nil = w->sign.nil;
}

/* Which ops stay: those with a current version, and the one whose signature stands. An op that a
 * signature covers but that has no current version goes too: whether it was still there when the
 * signature came depends on the order of arrival, and nothing asks for it again. */
static size_t ops_to_keep(const struct work *k, size_t order[WORK_OPS])
{
	bool keep[WORK_OPS] = { false };
	size_t count = 0, fresh = k->op_count - 1;
	bool placed;

	for (size_t i = 0; i < k->version_count; i++)
		keep[k->versions[i].op] = true;
	if (k->sign_op != WORK_OPS)
		keep[k->sign_op] = true;
	placed = !keep[fresh];
	for (size_t i = 0; i < fresh; i++) {
		if (!keep[i])
			continue;
		if (!placed && op_id_cmp(k->ops[fresh].id, k->ops[i].id) < 0) {
			order[count++] = fresh;
			placed = true;
		}
		order[count++] = i;
	}
	if (!placed)
		order[count++] = fresh;
	return count;
}

static void work_finish(struct sheet *s, const struct work *k, const size_t *order, size_t count)
{
	uint8_t now_at[WORK_OPS] = { 0 };

	s->op_count = count;
	s->sign_covers = 0;
	for (size_t i = 0; i < count; i++) {
		now_at[order[i]] = (uint8_t)i;
		s->ops[i] = k->ops[order[i]];
		if (k->sign_op != WORK_OPS && k->covered[order[i]])
			s->sign_covers |= UINT64_C(1) << i;
	}
	s->version_count = k->version_count;
	for (size_t i = 0; i < k->version_count; i++) {
		s->versions[i] = k->versions[i];
		s->versions[i].op = now_at[k->versions[i].op];
	}
	if (k->sign_op != WORK_OPS) {
		s->sign_lsn = k->ops[k->sign_op].lsn;
		s->sign_on_behalf = k->ops[k->sign_op].on_behalf;
		s->sign_how = k->sign_how;
		s->sign_nil = k->sign_nil;
	}
}

enum op_code sheet_write(struct sheet *s, const struct op_sheet *w, const struct sheet_op *by,
			 uint32_t sheet_unit)
{
	struct work k;
	size_t order[WORK_OPS], keep;

	(void)sheet_unit; /* who is firm stands in `by`; whose value wins is asked by the reader */
	assert(by->lsn > 0);
	if (has_op(s, by->id))
		return CODE_EXISTS;
	if (w->figure_count > MEASURES_MAX || w->seen_count > SHEET_OPS_MAX)
		return CODE_SHEET_FULL;
	work_start(&k, s, w, by);
	fold_figures(&k, s, w);
	fold_signature(&k, w);
	keep = ops_to_keep(&k, order);
	if (keep > SHEET_OPS_MAX || k.version_count > SHEET_VERSIONS_MAX)
		return CODE_SHEET_FULL;
	work_finish(s, &k, order, keep);
	if (!s->first_lsn)
		s->first_lsn = by->lsn;
	s->last_lsn = by->lsn;
	s->accepted_lsn = 0; /* what was accepted was the sheet before */
	s->in_time = false;
	if (w->sign.how != SIGN_NONE)
		s->returned_lsn = 0;
	if (w->form_version > s->form_version)
		s->form_version = w->form_version;
	return CODE_OK;
}

void sheet_recall(struct sheet *s, uint64_t lsn)
{
	uint64_t used = ops_used(s);
	uint8_t now_at[SHEET_OPS_MAX] = { 0 };
	size_t count = 0;

	for (size_t i = 0; i < s->op_count; i++) {
		if (!(used >> i & 1))
			continue;
		now_at[i] = (uint8_t)count;
		s->ops[count++] = s->ops[i];
	}
	s->op_count = count;
	for (size_t i = 0; i < s->version_count; i++)
		s->versions[i].op = now_at[s->versions[i].op];
	s->sign_lsn = 0;
	s->sign_covers = 0;
	s->sign_how = SIGN_NONE;
	s->sign_nil = false;
	s->sign_on_behalf = false;
	s->accepted_lsn = 0;
	s->in_time = false;
	s->broken = false;
	s->last_lsn = lsn;
}

void sheet_return(struct sheet *s, uint64_t lsn)
{
	sheet_recall(s, lsn);
	s->returned_lsn = lsn;
}

void sheet_accept(struct sheet *s, uint64_t lsn, bool in_time)
{
	assert(sheet_counts(s));
	s->accepted_lsn = s->last_lsn = lsn;
	s->in_time = in_time;
}

static bool same_value(const struct version *a, const struct version *b)
{
	return a->state == b->state && a->value == b->value && a->approx == b->approx;
}

static bool is_own(const struct sheet *s, const struct version *v, uint32_t sheet_unit)
{
	const struct sheet_op *op = &s->ops[v->op];

	return op->unit_of_author == sheet_unit && !op->on_behalf;
}

static struct figure figure_of_run(const struct sheet *s, size_t at, size_t run,
				   uint32_t sheet_unit)
{
	const struct version *v = &s->versions[at];
	struct figure f = { .first = v, .run = run, .winner = v, .count = run == 1 };

	if (run == 1)
		return f;
	for (size_t i = 0; i < run; i++) {
		bool known = false;

		for (size_t j = 0; j < i; j++)
			known = known || same_value(&v[i], &v[j]);
		f.count += !known;
		/* the run ascends by op id, so the later one of two equals in standing wins */
		if (is_own(s, &v[i], sheet_unit) >= is_own(s, f.winner, sheet_unit))
			f.winner = &v[i];
	}
	return f;
}

struct figure sheet_figure(const struct sheet *s, uint16_t measure, uint32_t sheet_unit)
{
	size_t low = 0, high = s->version_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->versions[mid].measure < measure)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == s->version_count || s->versions[low].measure != measure)
		return (struct figure){ 0 };
	return figure_of_run(s, low, run_length(s, low), sheet_unit);
}

struct figure sheet_figure_at(const struct sheet *s, size_t first, uint32_t sheet_unit)
{
	assert(first < s->version_count);
	return figure_of_run(s, first, run_length(s, first), sheet_unit);
}

enum sheet_status sheet_status(const struct sheet *s)
{
	if (!s->sign_lsn)
		return s->version_count ? SHEET_DRAFT : SHEET_EMPTY;
	return ops_used(s) & ~s->sign_covers ? SHEET_CHANGED : SHEET_SIGNED;
}

bool sheet_counts(const struct sheet *s)
{
	return s->sign_lsn != 0;
}

bool sheet_nil(const struct sheet *s)
{
	return s->sign_nil && sheet_status(s) == SHEET_SIGNED;
}

size_t sheet_contested(const struct sheet *s, uint32_t sheet_unit)
{
	size_t contested = 0, run;

	if (s->op_count == 1) /* which says each thing once */
		return 0;
	for (size_t at = 0; at < s->version_count; at += run) {
		run = run_length(s, at);
		contested += figure_of_run(s, at, run, sheet_unit).count > 1;
	}
	return contested;
}

bool sheet_provisional(const struct sheet *s)
{
	uint64_t used = ops_used(s);

	for (size_t i = 0; i < s->op_count; i++) {
		if (s->ops[i].on_behalf && used >> i & 1)
			return true;
	}
	return false;
}
