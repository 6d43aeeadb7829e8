/* A holder of a part of the log has, for its units, the rows of the whole. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "internal.h"
#include "ledger/part.h"
#include "story.h"

static bool in_part(const struct naive *n, const struct entry *en, const struct op *op,
		    uint32_t top)
{
	if (!en->unit || naive_inside(n, en->unit, top, UINT64_MAX))
		return true;
	return naive_inside(n, top, en->unit, UINT64_MAX) && op &&
	       (op->kind == OP_UNIT || op->kind == OP_REQUEST);
}

struct feeding {
	struct story *s;
	struct ledger *part;
	uint32_t top, left;
	struct rng r;
};

static int feed(void *ctx, const struct entry *en, const struct op *op)
{
	struct feeding *f = ctx;
	struct err e = { 0 };
	struct buf b;

	if (!in_part(f->s->n, en, op, f->top))
		return 0;
	buf_init(&b, ENTRY_MAX);
	entry_encode(&b, en);
	must(ledger_put_entry(f->part, buf_span(&b), &e), &e, "put an entry");
	buf_fini(&b);
	if (rng_chance(&f->r, 20)) {
		must(ledger_commit(f->part, NULL, NULL, &e), &e, "commit");
		must(ledger_begin(f->part, &e), &e, "begin");
	}
	return 0;
}

/* Rows of a table that begin with a unit, or end with one: each of the part's is the whole's, and none of
 * the units in scope is missing. */
static void compare_part(struct story *s, struct kv *part, uint32_t top, enum table t,
			 bool unit_last)
{
	struct span none = { NULL, 0 }, key, value, other;
	struct kv_txn *a, *b;
	struct kv_cursor *c;
	struct err e = { 0 };
	uint64_t in_scope = 0;

	must(kv_begin(&a, s->w.kv, KV_READ, &e), &e, "read");
	must(kv_begin(&b, part, KV_READ, &e), &e, "read");
	must(kv_walk(&c, a, (uint8_t)t, none, none, false, &e), &e, "walk");
	while (must(kv_next(c, &key, &value, &e), &e, "walk")) {
		uint32_t unit = key_read_u32(key, unit_last ? key.len - 4 : 0);

		if (!naive_inside(s->n, unit, top, UINT64_MAX))
			continue;
		in_scope++;
		cr_assert_eq(kv_get(b, (uint8_t)t, key, &other, &e), 0,
			     "table %s: unit %u is missing", table_name(t), unit);
		cr_assert(span_eq(value, other), "table %s: unit %u differs", table_name(t), unit);
	}
	kv_walk_end(c);
	kv_abort(&a);
	kv_abort(&b);
	if (t == T_SHEET || t == T_AGGREGATE)
		cr_assert_eq(kv_rows(part, (uint8_t)t), in_scope, "table %s: more than its own",
			     table_name(t));
}

static void part_of(struct story *s, uint32_t top)
{
	static const struct {
		enum table t;
		bool unit_last;
	} tables[] = { { T_SHEET, true },  { T_AGGREGATE, true },  { T_PLAN, false },
		       { T_UNIT, false },  { T_UNIT_HEAD, false }, { T_MEMBERS, false },
		       { T_TARGET, false } };
	struct feeding f = { .s = s, .top = top, .r = { top } };
	struct kv *kv = world_kv_new(&s->w);
	struct err e = { 0 };
	struct ledger *whole = s->w.l;

	must(ledger_new(&f.part, kv, top, &e), &e, "a part");
	must(ledger_begin(f.part, &e), &e, "begin");
	must(ledger_blank(f.part, &e), &e, "blank");
	must(query_log(s->w.l, 1, 0, false, feed, &f, &e), &e, "feed");
	must(ledger_commit(f.part, NULL, NULL, &e), &e, "commit");
	ledger_close(f.part);
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		compare_part(s, kv, top, tables[i].t, tables[i].unit_last);
	cr_assert_eq(kv_rows(kv, T_NODE) + kv_rows(kv, T_CHAIN), 0);
	must(ledger_open(&f.part, kv, top, &e), &e, "open");
	s->w.l = f.part; /* its totals are those of the whole */
	for (int i = 0; i < 3; i++)
		story_check_totals(s, top, story_range(s), UINT64_MAX);
	s->w.l = whole;
	ledger_close(f.part);
	kv_close(kv);
}

Test(ledger, a_part_has_the_rows_of_the_whole)
{
	for (uint64_t seed = 31; seed < 37; seed++) {
		struct story *s = calloc(1, sizeof(*s));

		story_open(s, seed, false);
		for (size_t i = 0; i < 150; i++)
			story_step(s);
		story_commit(s);
		for (uint32_t unit = 1; unit <= s->unit_count; unit += 1 + unit / 4)
			part_of(s, unit);
		story_close(s);
		free(s);
	}
}

static void change(struct kv *kv, struct span key, bool put)
{
	struct kv_txn *txn;
	struct err e = { 0 };

	must(kv_begin(&txn, kv, KV_WRITE, &e), &e, "write");
	must(put ? kv_put(txn, T_UNIT, key, SPAN_LIT("x"), &e) : kv_del(txn, T_UNIT, key, &e), &e,
	     "a row");
	must(kv_commit(&txn, &e), &e, "commit");
}

/* On a disk there may be anything. */
Test(ledger, a_base_with_a_key_of_no_row_is_not_built_anew)
{
	static const uint8_t long_key[KEY_BYTES_MAX + 1];
	struct part_source from = { .through = UINT64_MAX };
	struct part_birth b = { .store = { 1 }, .incarnation = { 2 } };
	struct ledger *l, *was;
	struct kv *kv;
	struct err e = { 0 };

	must(kv_mem_open(&kv, LEDGER_TABLES, &e), &e, "kv");
	must(part_create(kv, &b, NULL, NULL, &e), &e, "an empty part");
	must(ledger_open(&l, kv, 1, &e), &e, "open");
	was = l;
	change(kv, span_of(long_key, sizeof(long_key)), true);
	cr_assert_eq(part_rebuild(&l, &from, NULL, NULL, NULL, &e), -ERR_CORRUPT);
	cr_assert_str_eq(e.msg, "table 6: a key of 97 bytes is none of ours");
	cr_assert_eq(l, was);
	change(kv, span_of(long_key, sizeof(long_key)), false);
	cr_assert_eq(part_rebuild(&l, &from, NULL, NULL, NULL, &e), 0, "%s", e.msg);
	ledger_close(l);
	kv_close(kv);
}
