#include "domain/sheet.h"

#include <criterion/criterion.h>
#include <stdlib.h>

enum { UNIT = 7, OTHER_UNIT = 3 };

/* ---- examples, one sheet and a few hands ---- */

struct hand {
	uint64_t device;
	uint32_t unit;
	bool on_behalf;
};

static const struct hand clerk = { 0x10, UNIT, false };
static const struct hand deputy = { 0x20, UNIT, false };
static const struct hand superior = { 0x30, OTHER_UNIT, true };
static const struct hand amender = { 0x40, OTHER_UNIT, false };

static uint64_t next_lsn = 1;

static struct op_id id_of(struct hand h, uint64_t seq)
{
	return (struct op_id){ h.device, 1, seq };
}

static struct sheet_op sheet_op_of(struct hand h, uint64_t seq)
{
	return (struct sheet_op){ id_of(h, seq), next_lsn++, h.unit, h.on_behalf };
}

/* `h` writes `value` (0: nil, -1: blank) of measure `m`, having seen `seen` of the same measure. */
static enum op_code put(struct sheet *s, struct hand h, uint64_t seq, uint16_t m, int64_t value,
			const struct op_id *seen, size_t seen_count)
{
	struct op_figure f = { .measure = m, .over = UINT64_MAX };
	struct op_sheet w = { .form = 1, .form_version = 1, .figures = &f, .figure_count = 1 };
	struct sheet_op by = sheet_op_of(h, seq);

	f.state = value < 0 ? FIGURE_BLANK : value == 0 ? FIGURE_NIL : FIGURE_VALUE;
	f.value = value < 0 ? 0 : value;
	w.seen = seen;
	w.seen_count = seen_count;
	return sheet_write(s, &w, &by, UNIT);
}

static enum op_code sign(struct sheet *s, struct hand h, uint64_t seq, const struct op_id *seen,
			 size_t seen_count)
{
	struct op_sheet w = {
		.form = 1, .form_version = 1, .seen = seen, .seen_count = seen_count
	};
	struct sheet_op by = sheet_op_of(h, seq);

	w.sign = (struct op_sign){ .how = SIGN_OWN, .covers = UINT64_MAX };
	return sheet_write(s, &w, &by, UNIT);
}

static void expect(const struct sheet *s, uint16_t m, size_t count, int64_t value)
{
	struct figure f = sheet_figure(s, m, UNIT);

	cr_assert_eq(f.count, count, "measure %u: %zu values", m, f.count);
	if (count)
		cr_assert_eq(f.winner->value, value, "measure %u: %lld counts", m,
			     (long long)f.winner->value);
}

Test(sheet, an_empty_sheet_has_nothing)
{
	struct sheet s;

	sheet_clear(&s);
	cr_assert_eq(sheet_status(&s), SHEET_EMPTY);
	cr_assert_not(sheet_counts(&s));
	cr_assert_eq(sheet_contested(&s, UNIT), 0);
	expect(&s, 1, 0, 0);
}

Test(sheet, a_write_replaces_what_it_names)
{
	struct sheet s;
	struct op_id first = id_of(clerk, 1);

	sheet_clear(&s);
	cr_assert_eq(put(&s, clerk, 1, 2, 5, NULL, 0), CODE_OK);
	expect(&s, 2, 1, 5);
	cr_assert_eq(put(&s, clerk, 2, 2, 6, &first, 1), CODE_OK);
	expect(&s, 2, 1, 6);
	cr_assert_eq(s.op_count, 1, "an op without versions leaves");
	cr_assert_eq(sheet_status(&s), SHEET_DRAFT);
}

Test(sheet, two_apart_are_contested_until_one_names_both)
{
	struct sheet s;
	struct op_id both[2] = { id_of(deputy, 1), id_of(clerk, 1) };

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	put(&s, deputy, 1, 2, 6, NULL, 0);
	expect(&s, 2, 2, 6); /* the greater op id counts meanwhile */
	cr_assert_eq(sheet_contested(&s, UNIT), 1);
	put(&s, clerk, 2, 2, 7, both, 2);
	expect(&s, 2, 1, 7);
	cr_assert_eq(sheet_contested(&s, UNIT), 0);
}

Test(sheet, equal_values_are_one_value_of_several_authors)
{
	struct sheet s;
	struct figure f;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	put(&s, deputy, 1, 2, 5, NULL, 0);
	f = sheet_figure(&s, 2, UNIT);
	cr_assert_eq(f.count, 1);
	cr_assert_eq(f.run, 2);
	cr_assert_eq(sheet_contested(&s, UNIT), 0);
}

Test(sheet, zero_is_nil_and_blank_is_neither)
{
	struct op_figure zero = { .measure = 2, .state = FIGURE_VALUE };
	struct op_sheet w = { .form_version = 1, .figures = &zero, .figure_count = 1 };
	struct sheet_op by = sheet_op_of(deputy, 1);
	struct sheet s;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 0, NULL, 0);
	sheet_write(&s, &w, &by, UNIT);
	cr_assert_eq(sheet_figure(&s, 2, UNIT).count, 1);
	cr_assert_eq(sheet_figure(&s, 2, UNIT).winner->state, FIGURE_NIL);
	put(&s, amender, 1, 2, -1, NULL, 0);
	cr_assert_eq(sheet_figure(&s, 2, UNIT).count, 2, "blank differs from nil");
}

Test(sheet, about_so_many_is_not_so_many)
{
	struct op_figure f = { .measure = 2, .state = FIGURE_VALUE, .value = 3100, .approx = true };
	struct op_sheet w = { .form_version = 1, .figures = &f, .figure_count = 1 };
	struct sheet_op by = sheet_op_of(deputy, 1);
	struct sheet s;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 3100, NULL, 0);
	sheet_write(&s, &w, &by, UNIT);
	cr_assert_eq(sheet_figure(&s, 2, UNIT).count, 2);
}

Test(sheet, own_unit_counts_before_a_greater_stranger)
{
	struct sheet s;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	put(&s, amender, 1, 2, 6, NULL, 0);
	expect(&s, 2, 2, 5);
}

Test(sheet, on_behalf_gives_way_in_either_order)
{
	struct sheet s;
	struct op_id own = id_of(clerk, 1);

	sheet_clear(&s);
	put(&s, superior, 1, 2, 6, NULL, 0);
	expect(&s, 2, 1, 6);
	cr_assert(sheet_provisional(&s));
	put(&s, clerk, 1, 2, 5, NULL, 0);
	expect(&s, 2, 1, 5);
	cr_assert_not(sheet_provisional(&s));

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	put(&s, superior, 1, 2, 6, &own, 1); /* names it, and still does not replace it */
	expect(&s, 2, 1, 5);
	cr_assert_eq(s.op_count, 1);
}

Test(sheet, signed_while_one_signature_covers_it_all)
{
	struct sheet s;
	struct op_id seen[2] = { id_of(clerk, 1), id_of(clerk, 2) };

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	cr_assert_not(sheet_counts(&s));
	sign(&s, clerk, 2, seen, 1);
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED);
	cr_assert_eq(s.op_count, 2, "the signature's own op stays");
	put(&s, deputy, 1, 3, 1, NULL, 0);
	cr_assert_eq(sheet_status(&s), SHEET_CHANGED);
	cr_assert(sheet_counts(&s), "from signing on it counts");
	/* whoever signs without having seen that does not cover it */
	sign(&s, clerk, 3, seen, 2);
	cr_assert_eq(sheet_status(&s), SHEET_CHANGED);
}

Test(sheet, a_signature_that_misses_something_does_not_displace_a_whole_one)
{
	struct sheet s;
	struct op_id seen[2] = { id_of(clerk, 1), id_of(deputy, 1) };
	uint64_t signed_lsn;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	put(&s, deputy, 1, 3, 5, NULL, 0);
	sign(&s, clerk, 2, seen, 2);
	signed_lsn = s.sign_lsn;
	sign(&s, deputy, 2, seen + 1, 1);
	cr_assert_eq(sheet_status(&s), SHEET_SIGNED);
	cr_assert_eq(s.sign_lsn, signed_lsn);
	sign(&s, superior, 1, seen, 2); /* nor does one on behalf */
	cr_assert_eq(s.sign_lsn, signed_lsn);
	cr_assert_not(s.sign_on_behalf);
	sign(&s, deputy, 3, seen, 2);
	cr_assert_neq(s.sign_lsn, signed_lsn, "an equally whole, later one does");
}

static bool nil_after(struct hand first, bool first_nil, struct hand then, bool then_nil)
{
	const struct hand hands[2] = { first, then };
	const bool nil[2] = { first_nil, then_nil };
	struct sheet s;

	sheet_clear(&s);
	for (int i = 0; i < 2; i++) {
		struct op_figure f = { .measure = 2, .state = FIGURE_NIL };
		struct op_sheet w = {
			.form = 1, .form_version = 1, .figures = &f, .figure_count = 1
		};
		struct sheet_op by = sheet_op_of(hands[i], 1);

		w.sign = (struct op_sign){ .how = SIGN_OWN, .nil = nil[i] };
		cr_assert_eq(sheet_write(&s, &w, &by, UNIT), CODE_OK);
		if (!i)
			cr_assert_eq(sheet_nil(&s), nil[0]);
	}
	cr_assert(sheet_counts(&s));
	return sheet_nil(&s);
}

Test(sheet, two_signatures_apart_are_no_nil_month_whoever_came_last)
{
	cr_assert_not(nil_after(clerk, true, deputy, false));
	cr_assert_not(nil_after(deputy, false, clerk, true));
}

Test(sheet, own_signature_displaces_one_on_behalf)
{
	struct sheet s;
	struct op_id seen = id_of(superior, 1);

	sheet_clear(&s);
	put(&s, superior, 1, 2, 5, NULL, 0);
	sign(&s, superior, 2, &seen, 1);
	cr_assert(s.sign_on_behalf);
	sign(&s, clerk, 1, NULL, 0);
	cr_assert_not(s.sign_on_behalf);
	cr_assert_eq(sheet_status(&s), SHEET_CHANGED, "it does not cover what it never saw");
}

Test(sheet, recall_takes_the_signature_and_leaves_the_figures)
{
	struct sheet s;
	struct op_id seen = id_of(deputy, 1);

	sheet_clear(&s);
	put(&s, deputy, 1, 2, 5, NULL, 0);
	sign(&s, clerk, 2, &seen, 1);
	s.accepted_lsn = 9;
	s.broken = true;
	sheet_recall(&s, 77);
	cr_assert_eq(sheet_status(&s), SHEET_DRAFT);
	cr_assert_eq(s.op_count, 1);
	cr_assert_eq(s.last_lsn, 77);
	cr_assert_eq(s.accepted_lsn, 0);
	cr_assert_not(s.broken);
	expect(&s, 2, 1, 5);
	cr_assert_eq(op_id_cmp(s.ops[s.versions[0].op].id, seen), 0, "bits were moved along");
}

Test(sheet, an_acceptance_is_of_what_stood_there)
{
	struct sheet s;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	sign(&s, clerk, 2, NULL, 0);
	sheet_accept(&s, 9, true);
	cr_assert(s.accepted_lsn == 9 && s.last_lsn == 9 && s.in_time);
	put(&s, clerk, 3, 3, 1, NULL, 0);
	cr_assert(!s.accepted_lsn && !s.in_time && sheet_counts(&s));
}

Test(sheet, a_return_stands_until_the_next_signature)
{
	struct sheet s;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	sign(&s, clerk, 2, NULL, 0);
	sheet_accept(&s, 9, false);
	sheet_return(&s, 10);
	cr_assert(s.returned_lsn == 10 && !s.accepted_lsn && sheet_status(&s) == SHEET_DRAFT);
	put(&s, clerk, 3, 3, 1, NULL, 0);
	cr_assert_eq(s.returned_lsn, 10);
	sign(&s, clerk, 4, NULL, 0);
	cr_assert(!s.returned_lsn && sheet_counts(&s));
}

Test(sheet, an_op_that_stands_is_not_folded_twice)
{
	struct sheet s;

	sheet_clear(&s);
	put(&s, clerk, 1, 2, 5, NULL, 0);
	cr_assert_eq(put(&s, clerk, 1, 2, 6, NULL, 0), CODE_EXISTS);
	expect(&s, 2, 1, 5);
}

Test(sheet, the_form_version_is_the_newest_that_wrote)
{
	struct op_sheet w = { .form_version = 3, .sign.how = SIGN_IMPORT };
	struct sheet_op by = sheet_op_of(clerk, 1);
	struct sheet s;

	sheet_clear(&s);
	sheet_write(&s, &w, &by, UNIT);
	put(&s, clerk, 2, 2, 5, NULL, 0);
	cr_assert_eq(s.form_version, 3);
}

/* ---- stored form ---- */

static struct span encode(struct buf *b, const struct sheet *s)
{
	buf_init(b, 1 << 20);
	sheet_encode(b, s);
	cr_assert_not(b->failed);
	return buf_span(b);
}

static bool same_bytes(const struct sheet *a, const struct sheet *b)
{
	struct buf left, right;
	bool same = span_eq(encode(&left, a), encode(&right, b));

	buf_fini(&left);
	buf_fini(&right);
	return same;
}

static bool same_sheet(const struct sheet *a, const struct sheet *b)
{
	bool same = a->op_count == b->op_count && a->version_count == b->version_count &&
		    a->sign_lsn == b->sign_lsn && a->sign_covers == b->sign_covers &&
		    a->sign_how == b->sign_how && a->sign_nil == b->sign_nil &&
		    a->sign_on_behalf == b->sign_on_behalf && a->last_lsn == b->last_lsn &&
		    a->first_lsn == b->first_lsn && a->accepted_lsn == b->accepted_lsn &&
		    a->form_version == b->form_version && a->returned_lsn == b->returned_lsn &&
		    a->in_time == b->in_time && a->broken == b->broken;

	for (size_t i = 0; same && i < a->op_count; i++)
		same = op_id_cmp(a->ops[i].id, b->ops[i].id) == 0 &&
		       a->ops[i].lsn == b->ops[i].lsn &&
		       a->ops[i].unit_of_author == b->ops[i].unit_of_author &&
		       a->ops[i].on_behalf == b->ops[i].on_behalf;
	for (size_t i = 0; same && i < a->version_count; i++)
		same = a->versions[i].measure == b->versions[i].measure &&
		       a->versions[i].op == b->versions[i].op &&
		       a->versions[i].state == b->versions[i].state &&
		       a->versions[i].approx == b->versions[i].approx &&
		       a->versions[i].value == b->versions[i].value;
	return same;
}

Test(sheet, full_of_ops_refuses_and_changes_nothing)
{
	struct hand h = clerk;
	struct op_id seen[SHEET_OPS_MAX];
	struct sheet s, before;

	sheet_clear(&s);
	for (uint64_t i = 0; i < SHEET_OPS_MAX; i++) {
		h.device = 100 + i;
		seen[i] = id_of(h, 1);
		cr_assert_eq(put(&s, h, 1, 2, 5 + (int64_t)i, NULL, 0), CODE_OK);
	}
	expect(&s, 2, SHEET_OPS_MAX, 5 + SHEET_OPS_MAX - 1);
	before = s;
	cr_assert_eq(put(&s, clerk, 1, 2, 4, NULL, 0), CODE_SHEET_FULL);
	cr_assert(same_bytes(&s, &before));
	/* room is judged after what it replaces has left */
	cr_assert_eq(put(&s, clerk, 1, 2, 4, seen, SHEET_OPS_MAX), CODE_OK);
	expect(&s, 2, 1, 4);
	cr_assert_eq(s.op_count, 1);
}

Test(sheet, full_of_versions_refuses_and_changes_nothing)
{
	struct op_figure f[64];
	struct op_sheet w = { .form_version = 1, .figures = f, .figure_count = 64 };
	struct hand h = clerk;
	struct sheet s, before;

	sheet_clear(&s);
	for (uint64_t i = 0; i < 8; i++) {
		struct sheet_op by;

		for (uint16_t m = 0; m < 64; m++)
			f[m] = (struct op_figure){ .measure = (uint16_t)(m + 1),
						   .state = FIGURE_VALUE,
						   .value = 1 + (int64_t)i };
		h.device = 100 + i;
		by = sheet_op_of(h, 1);
		cr_assert_eq(sheet_write(&s, &w, &by, UNIT), CODE_OK);
	}
	cr_assert_eq(s.version_count, SHEET_VERSIONS_MAX);
	cr_assert_eq(sheet_contested(&s, UNIT), 64);
	before = s;
	cr_assert_eq(put(&s, clerk, 1, 65, 4, NULL, 0), CODE_SHEET_FULL);
	cr_assert(same_bytes(&s, &before));
}

Test(sheet, more_figures_than_a_form_has_are_refused)
{
	static struct op_figure f[MEASURES_MAX + 1];
	struct op_sheet w = { .form_version = 1, .figures = f, .figure_count = MEASURES_MAX + 1 };
	struct sheet_op by = sheet_op_of(clerk, 1);
	struct sheet s;

	for (uint16_t m = 0; m <= MEASURES_MAX; m++)
		f[m] = (struct op_figure){ .measure = (uint16_t)(m + 1), .state = FIGURE_NIL };
	sheet_clear(&s);
	cr_assert_eq(sheet_write(&s, &w, &by, UNIT), CODE_SHEET_FULL);
	cr_assert_eq(sheet_status(&s), SHEET_EMPTY);
	w.figure_count = MEASURES_MAX;
	cr_assert_eq(sheet_write(&s, &w, &by, UNIT), CODE_OK);
}

Test(sheet, a_usual_month_is_small)
{
	struct op_figure f[46];
	struct op_sheet w = { .form_version = 1, .figures = f, .figure_count = 46 };
	struct sheet_op by = { { UINT64_MAX, 1, 400 }, 1000000, 1400, false };
	struct sheet s;
	struct buf b;

	for (uint16_t m = 0; m < 46; m++)
		f[m] = (struct op_figure){ .measure = (uint16_t)(m + 1),
					   .state = m % 3 ? FIGURE_NIL : FIGURE_VALUE,
					   .value = m % 3 ? 0 : 60 };
	w.sign.how = SIGN_PAPER;
	sheet_clear(&s);
	sheet_write(&s, &w, &by, UNIT);
	cr_assert_lt(encode(&b, &s).len, 200);
	buf_fini(&b);
}

/* ---- properties: any ops, any order in which causes come before effects ---- */

enum { OPS_MAX = 40, MEASURES = 3, AUTHORS = 5 };

struct made {
	struct hand by;
	struct op_id id;
	struct op_sheet sheet;
	struct op_id seen[OPS_MAX];
	size_t seen_index[OPS_MAX];
	struct op_figure figures[MEASURES];
	uint64_t after; /* ops that must come before, as bits */
};

static struct made made[OPS_MAX];
static size_t made_count;
static uint64_t seed_state;

static uint64_t draw(uint64_t below)
{
	seed_state ^= seed_state << 13;
	seed_state ^= seed_state >> 7;
	seed_state ^= seed_state << 17;
	return (seed_state >> 11) % below;
}

static const struct hand authors[AUTHORS] = {
	{ 0x50, UNIT, false },      { 0x20, UNIT, false },       { 0x30, OTHER_UNIT, true },
	{ 0x60, OTHER_UNIT, true }, { 0x40, OTHER_UNIT, false },
};

enum signers { SIGNERS_ALL, SIGNERS_ONE };

/* The one signer's screen only grows, as a real one does; the others see any part of what was made. */
static bool saw_before(const struct made *op, size_t j)
{
	for (size_t i = made_count; i > 0; i--) {
		if (made[i - 1].by.device == op->by.device)
			return i - 1 == j || (made[i - 1].after >> j & 1);
	}
	return false;
}

static bool sees(const struct made *op, size_t author, size_t j, enum signers signers)
{
	return (signers == SIGNERS_ONE && author == 0 && saw_before(op, j)) || draw(2);
}

static void make_figures(struct made *op)
{
	for (uint16_t m = 1; m <= MEASURES; m++) {
		struct op_figure *f = &op->figures[op->sheet.figure_count];

		if (draw(2))
			continue;
		*f = (struct op_figure){ .measure = m, .state = (enum figure_state)draw(3) };
		f->over = draw(3) ? draw(UINT64_MAX) : UINT64_MAX;
		if (f->state == FIGURE_VALUE)
			f->value = 1 + (int64_t)draw(2);
		op->sheet.figure_count++;
	}
}

static void make_op(enum signers signers)
{
	struct made *op = &made[made_count];
	size_t author = draw(AUTHORS);

	*op = (struct made){ .by = authors[author] };
	op->id = (struct op_id){ op->by.device, 1, made_count + 1 };
	op->sheet.form = op->sheet.form_version = 1;
	for (size_t j = 0; j < made_count; j++) {
		bool own = made[j].by.device == op->by.device;

		if (own) /* one device's ops arrive in its order */
			op->after |= UINT64_C(1) << j;
		if (!sees(op, author, j, signers))
			continue;
		op->after |= UINT64_C(1) << j;
		op->seen_index[op->sheet.seen_count] = j;
		op->seen[op->sheet.seen_count++] = made[j].id;
	}
	op->sheet.seen = op->seen;
	op->sheet.figures = op->figures;
	make_figures(op);
	if (signers == SIGNERS_ALL ? !draw(3) : author == 0 && !draw(2)) {
		op->sheet.sign.how = SIGN_OWN;
		op->sheet.sign.covers = signers == SIGNERS_ONE ? UINT64_MAX : draw(UINT64_MAX);
	}
	made_count++;
}

static void make_world(uint64_t seed, size_t count, enum signers signers)
{
	seed_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	made_count = 0;
	while (made_count < count)
		make_op(signers);
}

static const struct op_figure *wrote(const struct made *op, uint16_t m)
{
	for (size_t i = 0; i < op->sheet.figure_count; i++) {
		if (op->figures[i].measure == m)
			return &op->figures[i];
	}
	return NULL;
}

/* Does `later` name `earlier` for measure m? */
static bool names(const struct made *later, size_t earlier, uint16_t m)
{
	const struct op_figure *f = wrote(later, m);

	for (size_t i = 0; f && i < later->sheet.seen_count; i++) {
		if (later->seen_index[i] == earlier && (f->over >> i & 1))
			return true;
	}
	return false;
}

/* The definition, with all ops at hand and no order: the versions in force are those of the firm ones
 * (not on behalf) if there are any, and of those the ones that none of them names. */
static bool is_current(size_t op, uint16_t m)
{
	bool firm = false;

	if (!wrote(&made[op], m))
		return false;
	for (size_t i = 0; i < made_count; i++)
		firm = firm || (wrote(&made[i], m) && !made[i].by.on_behalf);
	if (firm && made[op].by.on_behalf)
		return false;
	for (size_t i = 0; i < made_count; i++) {
		if (made[i].by.on_behalf != firm && names(&made[i], op, m))
			return false;
	}
	return true;
}

static bool covered_by(size_t signature, size_t op)
{
	const struct made *s = &made[signature];

	for (size_t i = 0; i < s->sheet.seen_count; i++) {
		if (s->seen_index[i] == op && (s->sheet.sign.covers >> i & 1))
			return true;
	}
	return signature == op;
}

static enum sheet_status model_status(void)
{
	bool any = false, firm = false, whole_one = false, written = false;

	for (size_t i = 0; i < made_count; i++)
		firm = firm || (made[i].sheet.sign.how && !made[i].by.on_behalf);
	for (size_t i = 0; i < made_count; i++) {
		bool whole = true;

		for (uint16_t m = 1; m <= MEASURES; m++)
			written = written || wrote(&made[i], m);
		if (!made[i].sheet.sign.how || (firm && made[i].by.on_behalf))
			continue;
		any = true;
		for (size_t j = 0; j < made_count; j++) {
			for (uint16_t m = 1; m <= MEASURES; m++)
				whole = whole && (!is_current(j, m) || covered_by(i, j));
		}
		whole_one = whole_one || whole;
	}
	if (!any)
		return written ? SHEET_DRAFT : SHEET_EMPTY;
	return whole_one ? SHEET_SIGNED : SHEET_CHANGED;
}

struct outcome {
	size_t count[MEASURES + 1], run[MEASURES + 1], winner[MEASURES + 1], contested;
	enum sheet_status status;
};

static void model(struct outcome *out)
{
	*out = (struct outcome){ .status = model_status() };
	for (uint16_t m = 1; m <= MEASURES; m++) {
		bool known[3][4] = { { false } };
		size_t best = OPS_MAX;

		for (size_t i = 0; i < made_count; i++) {
			const struct op_figure *f = wrote(&made[i], m);
			bool own = made[i].by.unit == UNIT, best_own;

			if (!is_current(i, m))
				continue;
			out->run[m]++;
			out->count[m] += !known[f->state][f->value];
			known[f->state][f->value] = true;
			best_own = best < OPS_MAX && made[best].by.unit == UNIT;
			if (best == OPS_MAX || own > best_own ||
			    (own == best_own && op_id_cmp(made[i].id, made[best].id) > 0))
				best = i;
		}
		out->winner[m] = best;
		out->contested += out->count[m] > 1;
	}
}

static void compare(const struct sheet *s, const struct outcome *want, uint64_t seed)
{
	for (uint16_t m = 1; m <= MEASURES; m++) {
		struct figure f = sheet_figure(s, m, UNIT);

		cr_assert_eq(f.count, want->count[m], "seed %zu measure %u", (size_t)seed, m);
		cr_assert_eq(f.run, want->run[m], "seed %zu measure %u", (size_t)seed, m);
		if (f.count)
			cr_assert_eq(op_id_cmp(s->ops[f.winner->op].id, made[want->winner[m]].id),
				     0, "seed %zu measure %u: another winner", (size_t)seed, m);
	}
	cr_assert_eq(sheet_contested(s, UNIT), want->contested, "seed %zu", (size_t)seed);
	cr_assert_eq(sheet_status(s), want->status, "seed %zu", (size_t)seed);
}

static void fold(struct sheet *s, size_t op, uint64_t lsn)
{
	struct sheet_op by = { made[op].id, lsn, made[op].by.unit, made[op].by.on_behalf };

	cr_assert_eq(sheet_write(s, &made[op].sheet, &by, UNIT), CODE_OK);
}

/* Every order; `first` takes the bytes of the first one, all lsns made equal. */
struct every {
	struct outcome want;
	struct sheet first;
	bool compare_bytes, have_first;
	uint64_t seed;
	size_t orders;
};

static void without_lsns(struct sheet *s)
{
	for (size_t i = 0; i < s->op_count; i++)
		s->ops[i].lsn = 1;
	s->sign_lsn = s->sign_lsn != 0;
	s->first_lsn = s->last_lsn = 1;
}

static void at_the_end(struct every *k, struct sheet *s)
{
	k->orders++;
	compare(s, &k->want, k->seed);
	if (!k->compare_bytes)
		return;
	without_lsns(s);
	if (k->have_first)
		cr_assert(same_bytes(s, &k->first), "seed %zu: other bytes", (size_t)k->seed);
	else
		k->first = *s;
	k->have_first = true;
}

static void every_order(struct every *k, const struct sheet *s, uint64_t done)
{
	struct sheet next;

	if (done == (UINT64_C(1) << made_count) - 1) {
		next = *s;
		at_the_end(k, &next);
		return;
	}
	for (size_t i = 0; i < made_count; i++) {
		if ((done >> i & 1) || (made[i].after & ~done))
			continue;
		next = *s;
		fold(&next, i, (uint64_t)__builtin_popcountll(done) + 1);
		every_order(k, &next, done | UINT64_C(1) << i);
	}
}

static size_t all_orders(uint64_t seed, size_t ops, enum signers signers)
{
	struct every k = { .seed = seed, .compare_bytes = signers == SIGNERS_ONE };
	struct sheet s;

	make_world(seed, ops, signers);
	model(&k.want);
	sheet_clear(&s);
	memset(&s.ops, 0, sizeof(s.ops)); /* copied as a whole below */
	memset(&s.versions, 0, sizeof(s.versions));
	every_order(&k, &s, 0);
	return k.orders;
}

Test(sheet, every_order_of_few_ops_gives_the_same, .timeout = 100)
{
	size_t orders = 0;

	for (uint64_t seed = 1; seed <= 400; seed++)
		orders += all_orders(seed, 5, SIGNERS_ALL);
	for (uint64_t seed = 1000; seed <= 1400; seed++)
		orders += all_orders(seed, 5, SIGNERS_ONE);
	for (uint64_t seed = 2000; seed <= 2060; seed++)
		orders += all_orders(seed, 7, seed & 1 ? SIGNERS_ALL : SIGNERS_ONE);
	cr_assert_gt(orders, 5000, "only %zu orders: the worlds are too strict", orders);
}

static void any_order(struct sheet *s)
{
	uint64_t done = 0;

	sheet_clear(s);
	for (size_t n = 0; n < made_count; n++) {
		size_t i = draw(made_count);

		while ((done >> i & 1) || (made[i].after & ~done))
			i = (i + 1) % made_count;
		fold(s, i, n + 1);
		done |= UINT64_C(1) << i;
	}
}

Test(sheet, any_order_of_many_ops_gives_the_same, .timeout = 100)
{
	for (uint64_t seed = 5000; seed < 5200; seed++) {
		struct every k = { .seed = seed, .compare_bytes = seed & 1 };

		make_world(seed, 8 + seed % (OPS_MAX - 8), seed & 1 ? SIGNERS_ONE : SIGNERS_ALL);
		model(&k.want);
		for (size_t order = 0; order < 20; order++) {
			struct sheet s;

			any_order(&s);
			at_the_end(&k, &s);
		}
	}
}

Test(sheet, decoding_gives_back_what_was_encoded)
{
	for (uint64_t seed = 9000; seed < 9300; seed++) {
		struct sheet s, back;
		struct err e = { 0 };
		struct buf b;

		make_world(seed, 1 + seed % OPS_MAX, SIGNERS_ALL);
		any_order(&s);
		if (s.sign_lsn) {
			s.accepted_lsn = draw(3);
			s.in_time = s.accepted_lsn && draw(2);
		} else {
			s.returned_lsn = draw(3);
		}
		s.broken = draw(2);
		s.sign_nil = s.sign_lsn && draw(2);
		if (s.version_count && s.versions[0].state == FIGURE_VALUE)
			s.versions[0].approx = true;
		memset(&back, 0xa5, sizeof(back));
		cr_assert_eq(sheet_decode(&back, encode(&b, &s), &e), 0, "%s", e.msg);
		cr_assert_eq(sheet_decode_first(buf_span(&b)), s.first_lsn);
		cr_assert(same_sheet(&s, &back), "seed %zu", (size_t)seed);
		cr_assert(same_bytes(&s, &back));
		memset(&back, 0x5a, sizeof(back));
		sheet_copy(&back, &s);
		cr_assert(same_sheet(&s, &back), "seed %zu, copied", (size_t)seed);
		cr_assert(same_bytes(&s, &back));
		buf_fini(&b);
	}
}

/* Whatever decodes is a sheet, and these bytes are its only ones. */
static bool decode_strictly(struct span bytes)
{
	struct sheet s;
	struct buf b;
	bool decoded = sheet_decode(&s, bytes, NULL) == 0;

	if (decoded) {
		cr_assert_eq(sheet_decode_first(bytes), s.first_lsn);
		cr_assert(span_eq(encode(&b, &s), bytes));
		buf_fini(&b);
		sheet_status(&s);
		sheet_contested(&s, UNIT);
		sheet_provisional(&s);
	} else {
		cr_assert_eq(sheet_status(&s), SHEET_EMPTY);
	}
	return decoded;
}

Test(sheet, damaged_bytes_decode_to_nothing_else, .timeout = 100)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct sheet s;
		struct buf b;
		struct span bytes;
		uint8_t *exact;

		make_world(seed, 1 + seed % 12, SIGNERS_ALL);
		any_order(&s);
		bytes = encode(&b, &s);
		for (size_t len = 0; len < bytes.len; len++) {
			exact = malloc(len + 1); /* so that a step over the end is seen */
			memcpy(exact + 1, bytes.data, len);
			cr_assert_not(decode_strictly(span_of(exact + 1, len)));
			free(exact);
		}
		for (size_t at = 0; at < bytes.len * 8; at++) {
			b.data[at / 8] ^= (uint8_t)(1u << at % 8);
			decode_strictly(bytes);
			b.data[at / 8] ^= (uint8_t)(1u << at % 8);
		}
		cr_assert(decode_strictly(bytes));
		buf_u8(&b, 0);
		cr_assert_not(decode_strictly(buf_span(&b)), "nothing may follow");
		buf_fini(&b);
	}
}

/* Two ops, one of them signing; then one thing that folding never makes. */
enum { SPOILS = 12 };

static void spoil(struct sheet *s, size_t how)
{
	struct sheet_op op = s->ops[0];
	struct version v = s->versions[0];

	switch (how) {
	case 0:
		s->versions[0].value = 0;
		break; /* that is nil */
	case 1:
		s->ops[0] = s->ops[1];
		s->ops[1] = op;
		break;
	case 2:
		s->ops[1].id = s->ops[0].id;
		break;
	case 3:
		s->versions[0] = s->versions[1];
		s->versions[1] = v;
		break;
	case 4:
		s->versions[1] = s->versions[0];
		break;
	case 5:
		s->versions[0].measure = 0;
		break;
	case 6:
		s->versions[2].measure = MEASURE_NO_MAX + 1;
		break;
	case 7:
		s->versions[2].op = 2;
		break;
	case 8:
		s->version_count = 1;
		break; /* an op with neither version nor signature */
	case 9:
		s->sign_lsn = 99;
		break;
	case 10:
		s->sign_covers = 4;
		break;
	case 11:
		s->ops[0].lsn = 0;
		break;
	default:
		cr_assert_fail("no such spoil");
	}
}

Test(sheet, what_folding_never_makes_is_refused)
{
	for (size_t how = 0; how <= SPOILS; how++) {
		struct sheet s, back;
		struct buf b;

		sheet_clear(&s);
		put(&s, clerk, 1, 2, 5, NULL, 0);
		put(&s, deputy, 1, 2, 6, NULL, 0);
		put(&s, amender, 1, 4, 6, NULL, 0);
		s.op_count = 2; /* the last measure becomes the second op's */
		s.versions[2].op = 1;
		s.sign_lsn = s.ops[0].lsn;
		s.sign_how = SIGN_OWN;
		s.sign_covers = 1;
		if (how < SPOILS)
			spoil(&s, how);
		cr_assert_eq(sheet_decode(&back, encode(&b, &s), NULL),
			     how < SPOILS ? -ERR_CORRUPT : 0, "spoil %zu", how);
		buf_fini(&b);
	}
}

Test(sheet, random_bytes_are_no_trouble)
{
	uint8_t bytes[96];

	seed_state = 77;
	for (size_t round = 0; round < 200000; round++) {
		size_t len = draw(sizeof(bytes));

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(draw(3) ? draw(8) : draw(256));
		if (len)
			bytes[0] = 1;
		decode_strictly(span_of(bytes, len));
	}
}
