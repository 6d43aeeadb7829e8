#include <criterion/criterion.h>

#include "build.h"
#include "ledger/feed.h"
#include "ledger/query.h"

#include <stdio.h>

enum { ROUNDS = 400, UNITS = 7 };

/* build_small_tree(): who stands under whom. */
static const uint32_t parents[UNITS + 1] = { 0, 0, 1, 1, 2, 2, 3, 3 };

struct story {
	struct world w;
	struct device of[UNITS + 1]; /* a device of each unit */
	struct device moved;         /* of unit 4, then of unit 5 */
	struct feed_scope scope;
	struct arena *a, *scratch;
};

static bool under(uint32_t unit, uint32_t top)
{
	while (unit && unit != top)
		unit = parents[unit];
	return unit == top;
}

static uint8_t flash_no(struct world *w)
{
	const struct form *f = ledger_form_code(w->l, SPAN_LIT("flash"), &w->e);

	cr_assert(f);
	return f->no;
}

static void write_sheet(struct world *w, struct device *d, uint32_t unit, int month, int64_t value)
{
	struct sheet_draft draft;

	draft_init(&draft, unit, FORM_SHORT, month_of(2021, month));
	draft_put(&draft, 2, value, 0);
	draft.op.on_behalf = unit == d->unit ? SPAN_LIT("") : SPAN_LIT("telephone, Mr A");
	draft.op.reason = draft.op.on_behalf;
	draft_op(&draft);
	world_submit(w, d, &draft.op); /* refused ones are entries too */
}

/* Somebody of the unit, who is then sent to another one. */
static void member_moves(struct world *w, struct device *d, uint32_t to, struct rng *g)
{
	struct op op = { .kind = OP_MEMBER,
			 .unit = d->unit,
			 .member = { .admitted = day(2001, 2, 3), .sealed = SPAN_LIT("sealed") } };
	uint8_t person[PERSON_ID] = { 1 };
	uint64_t drawn = rng_next(g);

	memcpy(person + 1, &drawn, sizeof(drawn));
	memcpy(op.member.person, person, PERSON_ID);
	world_submit(w, d, &op);
	op = (struct op){ .kind = OP_MEMBER_MOVE,
			  .unit = d->unit,
			  .move = { .what = MOVE_SEND,
				    .other = to,
				    .day = day(2021, 1, 2),
				    .way = MOVE_OTHER_DIRECT,
				    .sealed = SPAN_LIT("sealed anew"),
				    .admitted = day(2001, 2, 3) } };
	memcpy(op.move.person, person, PERSON_ID);
	person[0] = 2;
	memcpy(op.move.as, person, PERSON_ID);
	world_submit(w, d, &op); /* refused where it is the same unit, or an operator's */
}

static void key_made(struct world *w, struct device *d, struct rng *g)
{
	struct op op = { .kind = OP_UNIT_KEY, .unit = d->unit, .unit_key.generation = 1 };
	uint64_t drawn = rng_next(g) | 1;

	memcpy(op.unit_key.key, &drawn, sizeof(drawn));
	op.unit_key.public_half[0] = 1;
	world_submit(w, d, &op);
}

static void one_round(struct story *t, struct rng *g)
{
	uint32_t unit = 1 + rng_below(g, UNITS), other = 1 + rng_below(g, UNITS);
	struct world *w = &t->w;
	char doc_no[32];
	struct op op;

	switch (rng_below(g, 10)) {
	case 0:
		op = build_members(unit, day(2020, 1, 1) + (day_t)rng_below(g, 900), 5);
		world_act(w, &op);
		break;
	case 1:
		op = build_request(unit, flash_no(w), day(2022, 9, 22));
		world_act(w, &op);
		break;
	case 2:
		snprintf(doc_no, sizeof(doc_no), "%u-TU", (unsigned)(rng_next(g) % 1000000000));
		op = build_target(unit, year_of(2022), "admitted", doc_no, 7);
		world_act(w, &op);
		break;
	case 3:
		op = (struct op){ .kind = OP_SETTING,
				  .setting = { SPAN_LIT("rounding"), SPAN_LIT("2") } };
		world_act(w, &op);
		break;
	case 4:
		write_sheet(w, &t->moved, t->moved.unit, 1 + (int)rng_below(g, 12), 3);
		break;
	case 5:
		member_moves(w, &t->of[unit], other, g);
		break;
	case 6:
		key_made(w, &t->of[unit], g);
		break;
	default:
		write_sheet(w, &t->of[unit], other, 1 + (int)rng_below(g, 12), 4);
	}
}

static void story_begin(struct story *t, uint64_t seed)
{
	struct rng g = { seed };
	struct op op;

	memset(t, 0, sizeof(*t));
	world_open(&t->w, false, false);
	build_small_tree(&t->w);
	t->a = arena_new(64 << 20);
	t->scratch = arena_new(OP_DECODE_ARENA);
	world_begin(&t->w);
	op = build_form(&t->w, "flash");
	world_act(&t->w, &op);
	for (uint32_t u = 1; u <= UNITS; u++)
		t->of[u] = world_device(&t->w, u, u == 1 ? ROLE_OPERATOR : ROLE_CLERK);
	t->moved = world_device(&t->w, 4, ROLE_CLERK);
	for (int i = 0; i < ROUNDS; i++) {
		if (i == ROUNDS / 2) {
			op = build_person(t->moved.person, 5, ROLE_CLERK);
			world_act(&t->w, &op);
			op = build_device(t->moved.device, 5, t->moved.person, 1);
			world_act(&t->w, &op);
			t->moved.unit = 5;
		}
		one_round(t, &g);
	}
	world_commit(&t->w);
}

static void story_end(struct story *t)
{
	arena_free(t->scratch);
	arena_free(t->a);
	world_close(&t->w);
}

/* PROTOCOL.md, section 8, from the text: not from the code. */
static bool may_see(const struct device *d, const struct entry *en, const struct op *op)
{
	if (!en->unit || under(en->unit, d->unit) || en->device == d->device)
		return true;
	if (op && en->verdict == VERDICT_ACCEPTED &&
	    (op->kind == 73 || (op->kind == 68 && under(op->move.other, d->unit))))
		return true;
	return under(d->unit, en->unit) && op &&
	       (op->kind == 7 || op->kind == 32 || op->kind == 33 || op->kind == 38 ||
		op->kind == 39 || op->kind == 73);
}

struct wanted {
	const struct device *d;
	uint64_t lsn[2048];
	size_t count;
};

static int want_each(void *ctx, const struct entry *en, const struct op *op)
{
	struct wanted *w = ctx;

	if (may_see(w->d, en, op))
		w->lsn[w->count++] = en->lsn;
	return 0;
}

static uint64_t lsn_of(struct story *t, struct span bytes)
{
	struct entry en;

	arena_reset(t->scratch);
	cr_assert_eq(entry_decode(&en, bytes, t->scratch, &t->w.e), 0);
	return en.lsn;
}

/* All pages from nothing: exactly what is wanted, once, in order. */
static void read_all(struct story *t, const struct device *d, const struct wanted *want,
		     struct feed_ask ask)
{
	size_t at = 0;
	bool more = true;

	cr_assert_eq(feed_scope(&t->scope, t->w.l, d->device, true, &t->w.e), 0);
	while (more) {
		struct feed_page p;
		size_t bytes = 0;

		arena_reset(t->a);
		cr_assert_eq(feed_page(&p, t->w.l, &t->scope, &ask, t->a, &t->w.e), 0, "%s",
			     t->w.e.msg);
		for (size_t i = 0; i < p.count; i++, at++) {
			cr_assert_lt(at, want->count, "unit %u: more than its part", d->unit);
			cr_assert_eq(lsn_of(t, p.entries[i]), want->lsn[at], "unit %u", d->unit);
			bytes += p.entries[i].len + ask.each_bytes;
		}
		cr_assert(p.count <= 1 || bytes <= ask.bytes_max);
		cr_assert_leq(p.count, ask.count_max);
		cr_assert_geq(p.next, ask.after);
		cr_assert(p.next > ask.after || !p.more);
		ask.after = p.next;
		more = p.more;
	}
	cr_assert_eq(at, want->count, "unit %u: %zu of %zu", d->unit, at, want->count);
	cr_assert_eq(ask.after, ledger_info(t->w.l).lsn);
}

static void read_every_way(struct story *t, const struct device *d)
{
	static const size_t budgets[] = { 1, 700, 5000, 1 << 20 };
	struct wanted want = { .d = d };

	cr_assert_eq(query_log(t->w.l, 1, 0, false, want_each, &want, &t->w.e), 0);
	cr_assert_gt(want.count, 10);
	for (size_t i = 0; i < ARRAY_LEN(budgets); i++)
		for (enum feed_way way = FEED_BEST; way <= FEED_SCAN; way++)
			read_all(t, d, &want,
				 (struct feed_ask){ .bytes_max = budgets[i],
						    .count_max = 50,
						    .each_bytes = 24,
						    .way = way });
}

Test(feed, every_device_gets_its_part_and_nothing_else)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct story t;

		story_begin(&t, seed);
		for (uint32_t u = 1; u <= UNITS; u++)
			read_every_way(&t, &t.of[u]);
		read_every_way(&t, &t.moved);
		story_end(&t);
	}
}

/* The check a device makes: prev_unit of an entry of its units is the last one it holds of that unit. */
Test(feed, back_links_of_own_units_have_no_gap)
{
	struct story t;
	uint64_t last[UNITS + 1] = { 0 };
	struct feed_ask ask = { .bytes_max = 3000, .count_max = 100 };
	struct feed_page p = { .more = true };

	story_begin(&t, 7);
	cr_assert_eq(feed_scope(&t.scope, t.w.l, t.of[2].device, true, &t.w.e), 0);
	while (p.more) {
		cr_assert_eq(feed_page(&p, t.w.l, &t.scope, &ask, t.a, &t.w.e), 0);
		for (size_t i = 0; i < p.count; i++) {
			struct entry en;

			arena_reset(t.scratch);
			cr_assert_eq(entry_decode(&en, p.entries[i], t.scratch, &t.w.e), 0);
			if (!en.unit || under(en.unit, 2))
				cr_assert_eq(en.prev_unit, last[en.unit]);
			last[en.unit] = en.lsn;
		}
		ask.after = p.next;
	}
	story_end(&t);
}

Test(feed, a_cursor_beyond_the_log_is_told)
{
	struct story t;
	struct feed_page p;
	struct feed_ask ask = { .bytes_max = 1000, .count_max = 10 };

	story_begin(&t, 2);
	cr_assert_eq(feed_scope(&t.scope, t.w.l, t.of[4].device, true, &t.w.e), 0);
	ask.after = ledger_info(t.w.l).lsn;
	cr_assert_eq(feed_page(&p, t.w.l, &t.scope, &ask, t.a, &t.w.e), 0);
	cr_assert(!p.count && !p.more && p.next == ask.after);
	ask.after++;
	cr_assert_eq(feed_page(&p, t.w.l, &t.scope, &ask, t.a, &t.w.e), -ERR_RANGE);
	cr_assert_eq(feed_scope(&t.scope, t.w.l, 12345, true, &t.w.e), -ERR_NOTFOUND);
	story_end(&t);
}

/* A small unit far behind walks its few links; the whole province looks through the log. */
Test(feed, work_follows_what_is_sent)
{
	struct story t;
	struct feed_page p;
	struct feed_ask ask = { .bytes_max = 1 << 20, .count_max = 2000 };
	uint64_t all;

	story_begin(&t, 4);
	all = ledger_info(t.w.l).lsn;
	cr_assert_eq(feed_scope(&t.scope, t.w.l, t.of[6].device, true, &t.w.e), 0);
	ask.after = all - 20;
	cr_assert_eq(feed_page(&p, t.w.l, &t.scope, &ask, t.a, &t.w.e), 0);
	cr_assert_leq(p.steps, 80);
	cr_assert_eq(p.units, 3, "itself and those above, not the tree: %zu", p.units);
	cr_assert_eq(feed_scope(&t.scope, t.w.l, t.of[1].device, true, &t.w.e), 0);
	ask = (struct feed_ask){ .bytes_max = 3000, .count_max = 2000 };
	cr_assert_eq(feed_page(&p, t.w.l, &t.scope, &ask, t.a, &t.w.e), 0);
	cr_assert(p.more);
	cr_assert_leq(p.steps, p.count + 1, "one page of the province, not all of it");
	story_end(&t);
}

/* ---- the other reads ---- */

Test(feed, own_ops_in_order)
{
	struct story t;
	const struct feed_own *own;
	struct hash at = { { 0 } };
	struct chain_row chain;
	size_t count;

	story_begin(&t, 5);
	cr_assert_eq(ledger_chain(t.w.l, t.of[5].device, &chain, &t.w.e), 0);
	cr_assert_gt(chain.seq, 5);
	cr_assert_eq(feed_own(&own, &count, t.w.l, t.of[5].device, 1, 1000, t.a, &t.w.e), 0);
	cr_assert_eq(count, chain.seq);
	for (size_t i = 0; i < count; i++) {
		cr_assert_eq(own[i].seq, i + 1);
		cr_assert_neq(own[i].verdict, VERDICT_NONE);
		at = chain_next(&at, own[i].seq, own[i].body_hash.b);
	}
	cr_assert(hash_eq(&at, &chain.hash));
	cr_assert_eq(own[count - 1].lsn, chain.lsn);
	cr_assert_eq(
		feed_own(&own, &count, t.w.l, t.of[5].device, chain.seq + 1, 1000, t.a, &t.w.e), 0);
	cr_assert_eq(count, 0);
	cr_assert_eq(feed_own(&own, &count, t.w.l, t.of[5].device, 1, 3, t.a, &t.w.e), -ERR_RANGE);
	story_end(&t);
}

Test(feed, roots_and_prefixes)
{
	struct story t;
	struct merkle_proof proof;
	struct ed25519_sig sig;
	struct hash old, now;
	struct head head;
	uint64_t all;

	story_begin(&t, 6);
	all = ledger_info(t.w.l).lsn;
	cr_assert_eq(ledger_head(t.w.l, &head, &sig, &t.w.e), 0);
	cr_assert_eq(ledger_root_at(t.w.l, all, &now, &t.w.e), 0);
	cr_assert(hash_eq(&now, &head.root));
	cr_assert_eq(ledger_root_at(t.w.l, 37, &old, &t.w.e), 0);
	cr_assert_eq(ledger_prove_prefix(t.w.l, 37, all, &proof, &t.w.e), 0);
	cr_assert_eq(merkle_check_prefix(&proof, 37, all, &old, &now, &t.w.e), 0);
	cr_assert_eq(ledger_root_at(t.w.l, all + 1, &now, &t.w.e), -ERR_RANGE);
	cr_assert_eq(ledger_prove_prefix(t.w.l, 37, all + 1, &proof, &t.w.e), -ERR_RANGE);
	story_end(&t);
}

Test(feed, the_line_grows_with_each_incarnation)
{
	struct story t;
	const struct feed_branch *line;
	size_t count;
	struct op op = { .kind = OP_INCARNATION, .source = SPAN_LIT("console:test") };

	story_begin(&t, 8);
	cr_assert_eq(feed_line(&line, &count, t.w.l, t.a, &t.w.e), 0);
	cr_assert_eq(count, 1);
	cr_assert_arr_eq(line[0].id, t.w.birth.incarnation, 16);
	memcpy(op.incarnation.parent, t.w.birth.incarnation, 16);
	memset(op.incarnation.id, 0x2c, 16);
	memcpy(op.incarnation.store, t.w.birth.store, 16);
	memcpy(op.incarnation.log_key, t.w.birth.log_key, 32);
	op.incarnation.branch_lsn = ledger_info(t.w.l).lsn;
	op.incarnation.cause = SPAN_LIT("restored from Tuesday's copy");
	world_act_now(&t.w, &op);
	cr_assert_eq(feed_line(&line, &count, t.w.l, t.a, &t.w.e), 0);
	cr_assert_eq(count, 2);
	cr_assert_arr_eq(line[1].id, op.incarnation.id, 16);
	cr_assert_eq(line[1].branch_lsn, op.incarnation.branch_lsn);
	cr_assert(span_eq(line[1].cause, op.incarnation.cause));
	story_end(&t);
}

/* A second ledger over the same store follows the one that writes. */
Test(feed, a_reader_follows_the_writer)
{
	struct story t;
	struct ledger *reader;
	struct op op = build_unit(8, 3, UNIT_BASE_CELL, "C5", FORM_SHORT);
	struct hash root, same;

	story_begin(&t, 9);
	cr_assert_eq(ledger_open(&reader, t.w.kv, 0, &t.w.e), 0);
	world_begin(&t.w);
	write_sheet(&t.w, &t.of[4], 4, 5, 9);
	world_commit(&t.w);
	cr_assert_lt(ledger_info(reader).lsn, ledger_info(t.w.l).lsn);
	cr_assert_eq(ledger_refresh(reader, &t.w.e), 0);
	cr_assert_eq(ledger_info(reader).lsn, ledger_info(t.w.l).lsn);
	cr_assert_null(tree_get(ledger_tree(reader), 8));
	world_act_now(&t.w, &op);
	cr_assert_eq(ledger_refresh(reader, &t.w.e), 0);
	cr_assert_not_null(tree_get(ledger_tree(reader), 8));
	cr_assert_eq(ledger_root_at(reader, ledger_info(reader).lsn, &root, &t.w.e), 0);
	cr_assert_eq(ledger_root_at(t.w.l, ledger_info(t.w.l).lsn, &same, &t.w.e), 0);
	cr_assert(hash_eq(&root, &same));
	ledger_close(reader);
	story_end(&t);
}

Test(feed, lists_of_devices_and_free_numbers_of_persons)
{
	struct story t;
	const uint64_t *ids;
	size_t count;
	uint32_t free_no, next;
	struct op op;

	story_begin(&t, 10);
	cr_assert_eq(ledger_devices(&ids, &count, t.w.l, t.a, &t.w.e), 0);
	cr_assert_eq(count, UNITS + 1);
	for (size_t i = 1; i < count; i++)
		cr_assert_lt(ids[i - 1], ids[i]);
	world_begin(&t.w);
	cr_assert_eq(ledger_person_free(t.w.l, &free_no, &t.w.e), 0);
	op = build_person(free_no, 4, ROLE_CLERK);
	world_act(&t.w, &op);
	cr_assert_eq(ledger_person_free(t.w.l, &next, &t.w.e), 0);
	cr_assert_eq(next, free_no + 1, "not yet committed, but given");
	ledger_abort(t.w.l);
	story_end(&t);
}
