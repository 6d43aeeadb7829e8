/* Corrections field by field: what stands after any interleaving of devices, beside a naive model that knows only
 * "what no other one names". */
#include <criterion/criterion.h>

#include "domain/fixes.h"

#include <stdio.h>
#include <stdlib.h>

static struct op_id by(uint64_t device, uint64_t seq)
{
	return (struct op_id){ device, 1, seq };
}

static struct op_fix say(uint8_t field, int64_t value, const struct op_id *over, size_t count)
{
	struct op_fix x = { .field = field, .over = over, .over_count = count };

	if (fix_is_sealed(field)) {
		x.sealed = SPAN_LIT("sealed");
		x.tag[0] = (uint8_t)(value + 1);
	} else {
		x.value = value;
	}
	return x;
}

static enum op_code take(struct person_fixes *f, struct op_fix x, struct op_id id)
{
	struct op_correct c = { .fixes = &x, .count = 1 };

	return fixes_take(f, &c, id, id.seq);
}

Test(fixes, different_fields_both_stand)
{
	struct person_fixes f = { .codes.facts = FACT_WOMAN,
				  .codes.age = AGE_18_30,
				  .codes.education = 4 };
	struct person_codes codes;
	day_t admitted, recognised;

	cr_assert_eq(take(&f, say(2, 1, NULL, 0), by(1, 1)), CODE_OK);
	cr_assert_eq(take(&f, say(FIX_FACT + 1, 1, NULL, 0), by(2, 1)), CODE_OK);
	cr_assert_eq(take(&f, say(FIX_FACT, 0, NULL, 0), by(1, 2)), CODE_OK);
	cr_assert_eq(fixes_contested(&f), 0);
	cr_assert_eq(f.corrected, 3);
	fixes_codes(&f, &codes, &admitted, &recognised);
	cr_assert_eq(codes.facts, FACT_MINORITY);
	cr_assert_eq(codes.age, AGE_18_30);
	cr_assert_eq(codes.education, 4);
}

Test(fixes, one_field_two_values_is_a_contest_until_one_names_both)
{
	const struct op_id both[] = { by(1, 1), by(2, 1) };
	struct person_fixes f = { .count = 0 }, other = { .count = 0 };

	cr_assert_eq(take(&f, say(1, 5, NULL, 0), both[0]), CODE_OK);
	cr_assert_eq(take(&f, say(1, 6, NULL, 0), both[1]), CODE_OK);
	cr_assert_eq(take(&other, say(1, 6, NULL, 0), both[1]), CODE_OK);
	cr_assert_eq(take(&other, say(1, 5, NULL, 0), both[0]), CODE_OK);
	cr_assert_eq(fixes_contested(&f), 1);
	cr_assert_eq(fix_counts(fixes_of(&f, 1))->tag[0], 7, "the greatest op, meanwhile");
	cr_assert_eq(fix_counts(fixes_of(&other, 1))->tag[0], 7, "in whatever order they came");
	cr_assert_eq(take(&f, say(1, 5, both, 1), by(1, 2)), CODE_OK, "it had seen one of them");
	cr_assert_eq(fixes_contested(&f), 1);
	cr_assert_eq(take(&f, say(1, 8, (const struct op_id[]){ by(1, 2), by(2, 1) }, 2), by(1, 3)),
		     CODE_OK);
	cr_assert_eq(fixes_contested(&f), 0);
	cr_assert_eq(fixes_of(&f, 1)->count, 1);
}

Test(fixes, equal_values_are_one)
{
	struct person_fixes f = { .count = 0 };

	cr_assert_eq(take(&f, say(FIX_EDUCATION, 3, NULL, 0), by(1, 1)), CODE_OK);
	cr_assert_eq(take(&f, say(FIX_EDUCATION, 3, NULL, 0), by(2, 1)), CODE_OK);
	cr_assert_eq(fixes_of(&f, FIX_EDUCATION)->count, 2, "of two authors");
	cr_assert_eq(fixes_contested(&f), 0);
}

Test(fixes, too_many_side_by_side_change_nothing)
{
	struct person_fixes f = { .count = 0 }, before;

	for (uint64_t d = 1; d <= FIX_VERSIONS_MAX; d++)
		cr_assert_eq(take(&f, say(2, (int64_t)d, NULL, 0), by(d, 1)), CODE_OK);
	before = f;
	cr_assert_eq(take(&f, say(2, 99, NULL, 0), by(99, 1)), CODE_SHEET_FULL);
	cr_assert(!memcmp(&f, &before, sizeof(f)));
}

Test(fixes, every_field_has_its_word_and_bounds)
{
	size_t count = 0;

	for (unsigned i = 0; i < 64; i++) {
		int64_t least, most;
		bool is = fix_bounds(i, &least, &most);

		cr_assert_eq(is, fix_code(i) != NULL, "field %u", i);
		for (unsigned k = 0; is && k < i; k++)
			cr_assert(!fix_code(k) || strcmp(fix_code(k), fix_code(i)), "%u, %u", i, k);
		count += is;
	}
	cr_assert_eq(count, FIXES_MAX);
}

/* ---- any interleaving ---- */

enum { DEVICES = 3, OPS = 60, FIELDS = 4 };
static const uint8_t fields[FIELDS] = { 1, 2, FIX_FACT + 1, FIX_ADMITTED };

struct written {
	struct op_id id;
	struct op_fix fix[FIELDS];
	struct op_id over[FIELDS][FIX_OVER_MAX];
	size_t count;
	size_t saw; /* entries of the log that its author had read */
};

struct run {
	struct written ops[OPS];
	size_t count, sent[DEVICES], pulled[DEVICES], own[DEVICES];
	size_t mine[DEVICES][OPS]; /* ops of each device, in its order */
	size_t log[OPS], log_count;
	uint64_t state;
};

static unsigned draw(struct run *r, unsigned below)
{
	r->state = r->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((r->state >> 33) % below);
}

static void fold(struct person_fixes *f, struct run *r, size_t op)
{
	struct op_correct c = { .fixes = r->ops[op].fix, .count = r->ops[op].count };

	cr_assert_eq(fixes_take(f, &c, r->ops[op].id, 1), CODE_OK);
}

static void screen(struct person_fixes *f, struct run *r, unsigned d)
{
	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < r->pulled[d]; i++)
		fold(f, r, r->log[i]);
	for (size_t i = 0; i < r->own[d]; i++) {
		bool there = false;

		for (size_t k = 0; k < r->pulled[d]; k++)
			there |= r->log[k] == r->mine[d][i];
		if (!there)
			fold(f, r, r->mine[d][i]);
	}
}

static void write_one(struct run *r, unsigned d)
{
	struct written *w = &r->ops[r->count];
	struct person_fixes f;

	screen(&f, r, d);
	*w = (struct written){ .id = by(d + 1, r->own[d] + 1), .saw = r->pulled[d] };
	for (size_t i = 0; i < FIELDS; i++) {
		const struct fix_state *s = fixes_of(&f, fields[i]);
		size_t over = 0;

		if (draw(r, 2))
			continue;
		for (size_t k = 0; s && k < s->count; k++)
			w->over[i][over++] = s->at[k].id;
		w->fix[w->count++] = say(fields[i], draw(r, 2), w->over[i], over);
	}
	if (!w->count)
		return;
	r->mine[d][r->own[d]++] = r->count++;
}

static void play(struct run *r, uint64_t seed)
{
	memset(r, 0, sizeof(*r));
	r->state = seed;
	for (unsigned n = 0; n < 400; n++) {
		unsigned d = draw(r, DEVICES), what = draw(r, 3);

		if (!what && r->count < OPS)
			write_one(r, d);
		else if (what == 1 && r->sent[d] < r->own[d])
			r->log[r->log_count++] = r->mine[d][r->sent[d]++];
		else
			r->pulled[d] = r->log_count;
	}
	for (unsigned d = 0; d < DEVICES; d++)
		while (r->sent[d] < r->own[d])
			r->log[r->log_count++] = r->mine[d][r->sent[d]++];
}

/* Another order in which the same ops might have reached the log: each behind those its author had read. */
static void shuffle(size_t order[OPS], struct run *r)
{
	bool done[OPS] = { false };
	size_t next[DEVICES] = { 0 };

	for (size_t n = 0; n < r->log_count;) {
		unsigned d = draw(r, DEVICES);
		bool ready = next[d] < r->own[d];
		size_t op = ready ? r->mine[d][next[d]] : 0;

		for (size_t i = 0; ready && i < r->ops[op].saw; i++)
			ready &= done[r->log[i]];
		if (!ready)
			continue;
		done[op] = true;
		next[d]++;
		order[n++] = op;
	}
}

/* What no other one names, and nothing else. */
static void against_naive(const struct person_fixes *f, struct run *r)
{
	for (size_t op = 0; op < r->count; op++) {
		for (size_t i = 0; i < r->ops[op].count; i++) {
			const struct op_fix *x = &r->ops[op].fix[i];
			bool named = false;

			for (size_t o = 0; o < r->count; o++)
				for (size_t k = 0; k < r->ops[o].count; k++)
					for (size_t v = 0; v < r->ops[o].fix[k].over_count; v++)
						named |= r->ops[o].fix[k].field == x->field &&
							 !op_id_cmp(r->ops[o].fix[k].over[v],
								    r->ops[op].id);
			cr_assert_eq(fixes_have(fixes_of(f, x->field), r->ops[op].id), !named,
				     "op %zu, field %u: lost, or there twice", op, x->field);
		}
	}
}

Test(fixes, any_interleaving_comes_to_the_same_and_loses_nothing)
{
	static struct run r;
	size_t contests = 0, orders = 0;

	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct person_fixes log = { .count = 0 }, again = { .count = 0 }, seen;
		size_t order[OPS];

		play(&r, seed);
		cr_assert_eq(r.log_count, r.count);
		for (size_t i = 0; i < r.log_count; i++)
			fold(&log, &r, r.log[i]);
		against_naive(&log, &r);
		shuffle(order, &r);
		orders += memcmp(order, r.log, r.log_count * sizeof(order[0])) != 0;
		for (size_t i = 0; i < r.log_count; i++)
			fold(&again, &r, order[i]);
		cr_assert(!memcmp(&log, &again, sizeof(log)), "seed %llu: another order",
			  (unsigned long long)seed);
		for (unsigned d = 0; d < DEVICES; d++) {
			r.pulled[d] = r.log_count;
			screen(&seen, &r, d);
			cr_assert(!memcmp(&log, &seen, sizeof(log)), "seed %llu: device %u",
				  (unsigned long long)seed, d);
		}
		contests += fixes_contested(&log) > 0;
	}
	cr_assert_gt(contests, 100, "contests did happen: %zu", contests);
	cr_assert_gt(orders, 200, "and other orders: %zu", orders);
}
