/* A closing says which sheets were missing when it came: it can be proved later, the hash of the closed report covers
 * it, and closings of before this was so stand as they stood. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "internal.h"

#include "ledger/months.h"
#include "ledger/verify.h"
#include "report/config.h"
#include "report/question.h"
#include "report/report.h"

/* P (1); D1 (2) with C1 (4) and C2 (5); D2 (3) with C3 (6) and C4 (7). It is October. */
static struct world w;
static struct arena *a;
static struct period september;
static uint64_t closing;

static void sign_in(struct period p, uint32_t unit, int64_t value)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 2, value, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.reason = SPAN_LIT("found in the drawer");
	world_act_now(&w, draft_op(&d));
}

static void sign(uint32_t unit, int64_t value)
{
	sign_in(september, unit, value);
}

/* C1 has sent, C2 has entered and not signed, the others nothing; then all of September is closed. */
static void setup(void)
{
	struct op op = { .kind = OP_CLOSE };
	struct sheet_draft d;

	world_open(&w, false, false);
	build_small_tree(&w);
	a = arena_new(32 << 20);
	september = month_of(2022, 9);
	sign(4, 3);
	draft_init(&d, 5, FORM_SHORT, september);
	draft_put(&d, 2, 1, 0);
	d.op.reason = SPAN_LIT("by telephone");
	world_act_now(&w, draft_op(&d));
	op.unit = 1;
	op.close = (struct op_close){ FORM_SHORT, september };
	closing = world_act_now(&w, &op);
}

static void teardown(void)
{
	arena_free(a);
	world_close(&w);
}

TestSuite(closings, .init = setup, .fini = teardown);

static const char *detail_of(struct ledger *l, uint64_t lsn)
{
	struct entry en;
	struct buf b;

	buf_init(&b, ENTRY_MAX);
	must(ledger_entry(l, lsn, &b, &w.e), &w.e, "entry");
	must(entry_decode(&en, arena_copy(a, buf_span(&b)), a, &w.e), &w.e, "entry");
	buf_fini(&b);
	return arena_str(a, en.detail);
}

/* "N digits" of the lines. */
static const char *said(size_t count, const char *lines)
{
	char hex[HASH_HEX_MAX];
	struct hash h = hash_bytes(span_str(lines));

	return arena_printf(a, "%zu %.40s", count, hex_encode(hex, h.b, HASH_BYTES));
}

static json_t *report(struct ledger *l)
{
	struct question_words words = { .period = "2022-09", .basis = "closed" };
	struct question q;
	json_t *j;

	must(question_read(&q, &words, day(2022, 10, 15), &w.e), &w.e, "question");
	q.q.unit = 1;
	must(report_totals(&j, l, &q, a, &w.e), &w.e, "report");
	return j;
}

static const char *text(json_t *j)
{
	char *t = json_dumps(j, JSON_COMPACT | JSON_SORT_KEYS);
	const char *kept = arena_str(a, span_str(t));

	free(t);
	return kept;
}

static const char *hash_without(json_t *j, const char *const *keys)
{
	char hex[HASH_HEX_MAX];
	json_t *copy = json_copy(j);
	struct hash h;

	for (; *keys; keys++)
		json_object_del(copy, *keys);
	h = hash_bytes(span_str(text(copy)));
	json_decref(copy);
	return arena_printf(a, "%s", hex_encode(hex, h.b, HASH_BYTES));
}

static const char *key(json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

static const char three[] = "C2 2022-09-01 2022-09-30\n"
			    "C3 2022-09-01 2022-09-30\n"
			    "C4 2022-09-01 2022-09-30\n";

static const char *listed(json_t *j)
{
	struct buf b;
	const char *lines;
	json_t *row;
	size_t i;

	buf_init(&b, 4096);
	json_array_foreach(json_object_get(j, "missing_sheets"), i, row)
		buf_printf(&b, "%s %s %s\n", key(row, "unit"), key(row, "from"), key(row, "to"));
	lines = arena_str(a, buf_span(&b));
	buf_fini(&b);
	return lines;
}

Test(closings, it_says_what_was_missing)
{
	json_t *j = report(w.l);

	cr_assert_str_eq(detail_of(w.l, closing), said(3, three));
	cr_assert_str_eq(listed(j), three);
	json_decref(j);
}

Test(closings, the_hash_of_the_report_covers_it)
{
	static const char *const hash[] = { "hash", NULL };
	json_t *j = report(w.l), *list = json_object_get(j, "missing_sheets");

	cr_assert_str_eq(key(j, "hash_of"), "all");
	cr_assert_str_eq(key(j, "hash"), hash_without(j, hash));
	json_array_remove(list, 0);
	cr_assert_str_neq(key(j, "hash"), hash_without(j, hash));
	json_decref(j);
}

/* C2 and C3 come afterwards; C4, which sent nothing, is said to have ended before the month did; C3 has another name. */
Test(closings, nothing_of_later_changes_it)
{
	static const struct op_change changes[] = {
		{ .what = CHANGE_DISSOLVE, .unit = 7 },
		{ .what = CHANGE_RENAME, .unit = 6, .name = { (const uint8_t *)"Mới", 5 } },
	};
	struct op act = { .kind = OP_ACT,
			  .act = { .no = SPAN_LIT("1-QĐ/TU"),
				   .signer = SPAN_LIT("A"),
				   .signed_day = day(2022, 9, 15),
				   .effective = day(2022, 9, 15),
				   .changes = changes,
				   .count = ARRAY_LEN(changes) } };
	json_t *before = report(w.l), *after;

	world_act_now(&w, &act);
	sign(5, 1);
	after = report(w.l);
	cr_assert_str_eq(text(before), text(after));
	json_decref(before);
	json_decref(after);
}

static uint64_t august_closed(uint32_t unit)
{
	struct closed c;

	must(read_enter(w.l, &w.e), &w.e, "read");
	must(closed_get(w.l, unit, FORM_SHORT, month_of(2022, 8), UINT64_MAX, w.now_ms, &c, &w.e),
	     &w.e, "closed");
	read_leave(w.l);
	return c.lsn;
}

/* V, with C5 in it, stood below D1 in August and is below D2 by now; C3 came from there. D1's August is closed. */
Test(closings, of_those_who_stood_there_then)
{
	static const struct op_change changes[] = {
		{ .what = CHANGE_MOVE, .unit = 8, .parent = 3 },
		{ .what = CHANGE_MOVE, .unit = 6, .parent = 2 },
	};
	static const struct op_change heard_of[] = {
		{ .what = CHANGE_MOVE, .unit = 5, .parent = 3 },
		{ .what = CHANGE_MOVE, .unit = 7, .parent = 2 },
	};
	struct period august = month_of(2022, 8);
	struct op act = { .kind = OP_ACT,
			  .act = { .no = SPAN_LIT("2-QĐ/TU"),
				   .signer = SPAN_LIT("A"),
				   .signed_day = day(2022, 9, 20),
				   .effective = day(2022, 10, 1),
				   .changes = changes,
				   .count = ARRAY_LEN(changes) } };
	struct op close = { .kind = OP_CLOSE, .unit = 2, .close = { FORM_SHORT, august } };
	struct op there[] = { build_unit(8, 2, UNIT_INTERMEDIATE, "V", 0),
			      build_unit(9, 8, UNIT_BASE_CELL, "C5", FORM_SHORT) };
	uint8_t before[32], after[32];
	uint64_t lsn;

	for (size_t i = 0; i < ARRAY_LEN(there); i++)
		world_act_now(&w, &there[i]);
	sign_in(august, 9, 4);
	world_act_now(&w, &act);
	lsn = world_act_now(&w, &close);
	cr_assert_str_eq(detail_of(w.l, lsn),
			 said(2, "C1 2022-08-01 2022-08-31\nC2 2022-08-01 2022-08-31\n"));
	cr_assert_eq(august_closed(4), lsn);
	cr_assert_eq(august_closed(9), lsn);
	cr_assert_eq(august_closed(6), 0);
	cr_assert_eq(query_pinned(before, w.l, lsn, 8, FORM_SHORT, august, &w.e), 0);
	sign_in(august, 9, 9);
	cr_assert_eq(query_pinned(after, w.l, lsn, 8, FORM_SHORT, august, &w.e), 0);
	cr_assert_eq(memcmp(before, after, 32), 0);
	/* and no act that is heard of later changes of whom it was */
	act.act.no = SPAN_LIT("3-QĐ/TU");
	act.act.effective = day(2022, 8, 10);
	act.act.changes = heard_of;
	act.act.count = ARRAY_LEN(heard_of);
	world_act_now(&w, &act);
	cr_assert_eq(august_closed(5), lsn);
	cr_assert_eq(august_closed(7), 0);
}

/* ---- the same log as others may have it ---- */

/* `says`: what the closing says there; NULL as it does. */
static struct ledger *retold(const char *says, struct kv **kv)
{
	struct ledger *l;

	*kv = world_kv_new(&w);
	must(ledger_new(&l, *kv, 0, &w.e), &w.e, "new");
	must(ledger_begin(l, &w.e), &w.e, "begin");
	must(ledger_blank(l, &w.e), &w.e, "blank");
	for (uint64_t lsn = 1; lsn <= ledger_info(w.l).lsn; lsn++) {
		struct entry en;
		struct buf b;

		buf_init(&b, ENTRY_MAX);
		must(ledger_entry(w.l, lsn, &b, &w.e), &w.e, "entry");
		must(entry_decode(&en, arena_copy(a, buf_span(&b)), a, &w.e), &w.e, "entry");
		if (lsn == closing && says)
			en.detail = span_str(says);
		buf_reset(&b);
		entry_encode(&b, &en);
		must(ledger_put_entry(l, buf_span(&b), &w.e), &w.e, "put");
		buf_fini(&b);
	}
	must(ledger_commit(l, &w.key, NULL, &w.e), &w.e, "commit");
	return l;
}

static int verified(struct ledger *l, struct verify_report *r, struct err *e)
{
	memset(r, 0, sizeof(*r));
	*e = (struct err){ .code = ERR_NONE };
	return ledger_verify(r, l, NULL, NULL, e);
}

/* Its devices have read all of the log that is theirs, and that closing is not. */
Test(closings, who_was_taken_out_from_below_has_not_read_of_it)
{
	static const struct op_change away = { .what = CHANGE_MOVE, .unit = 4, .parent = 3 };
	struct op close = { .kind = OP_CLOSE,
			    .unit = 2,
			    .close = { FORM_SHORT, month_of(2022, 8) } },
		  act = { .kind = OP_ACT,
			  .act = { .no = SPAN_LIT("2-QĐ/TU"),
				   .signer = SPAN_LIT("A"),
				   .signed_day = day(2022, 9, 20),
				   .effective = day(2022, 9, 1),
				   .changes = &away,
				   .count = 1 } };
	struct device by[2];
	struct sheet_draft d;
	struct judgement j;
	struct op op;
	struct kv *before;

	world_act_now(&w, &close);
	world_begin(&w);
	for (uint32_t i = 0; i < 2; i++)
		by[i] = world_device(&w, 4 + i, ROLE_CLERK);
	world_commit(&w);
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 8));
	draft_put(&d, 2, 7, 0);
	op = *draft_op(&d);
	j = world_submit_now(&w, &by[0], &op);
	cr_assert_eq(j.code, CODE_REASON_NEEDED, "it has read of it");
	world_act_now(&w, &act);
	must(kv_mem_clone(&before, w.kv, &w.e), &w.e, "copy");
	op = *draft_op(&d);
	j = world_submit_now(&w, &by[0], &op);
	cr_assert_eq(j.verdict, VERDICT_LATE);
	cr_assert_eq(j.code, CODE_CLOSED);
	cr_assert_eq(world_verify_as(&w, before, j.lsn, VERDICT_REFUSED, CODE_REASON_NEEDED, NULL),
		     0, "what was judged so before stands");
	kv_close(before);
	d.op.reason = SPAN_LIT("an amendment");
	op = *draft_op(&d);
	j = world_submit_now(&w, &by[0], &op);
	cr_assert_eq(j.verdict, VERDICT_ACCEPTED);
	draft_init(&d, 5, FORM_SHORT, month_of(2022, 8));
	draft_put(&d, 2, 7, 0);
	op = *draft_op(&d);
	j = world_submit_now(&w, &by[1], &op);
	cr_assert_eq(j.code, CODE_REASON_NEEDED, "who stayed below");
}

Test(closings, verify_says_it_again)
{
	struct verify_report r;
	struct err e;
	struct kv *kv;
	struct ledger *l = retold(NULL, &kv);

	must(verified(l, &r, &e), &e, "verify");
	cr_assert_eq(r.closings, 1);
	ledger_close(l);
	kv_close(kv);
	/* one fewer, all signed anew by whoever has the log's key */
	l = retold(said(2, three + strlen("C2 2022-09-01 2022-09-30\n")), &kv);
	cr_assert_eq(verified(l, &r, &e), -ERR_CORRUPT);
	cr_assert_eq(r.lsn, closing);
	ledger_close(l);
	kv_close(kv);
}

/* ---- a month that an act cut ---- */

static void sign_piece(struct period p, uint32_t unit, int64_t value, int64_t members)
{
	struct sheet_draft d;

	draft_init(&d, unit, FORM_SHORT, p);
	draft_put(&d, 2, value, 0);
	draft_put(&d, 14, members, 0);
	draft_sign(&d, SIGN_IMPORT, 0);
	d.op.reason = SPAN_LIT("found in the drawer");
	world_act_now(&w, draft_op(&d));
}

static int64_t summed(const struct summary_state *s, uint16_t measure)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->measures[i] == measure)
			return s->values[i];
	return -1;
}

/* C4 takes C3 over on 16 August: the pieces are on the board, in the district's summary and in what the closing says. */
Test(closings, of_a_month_that_an_act_cut)
{
	static const uint32_t to_c4[] = { 7 };
	static const struct op_change taken[] = {
		{ .what = CHANGE_MERGE, .unit = 6, .into = to_c4, .into_count = 1 },
	};
	static const char whole[] = "C1 2022-08-01 2022-08-31\nC2 2022-08-01 2022-08-31\n";
	struct period august = month_of(2022, 8), before = { august.from, day(2022, 8, 15) },
		      after = { day(2022, 8, 16), august.to };
	struct months_query q = { .unit = 3, .period = august, .known_at = UINT64_MAX };
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("2-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .signed_day = before.from,
				  .effective = after.from,
				  .changes = taken,
				  .count = ARRAY_LEN(taken) } };
	const struct month_cell *cells;
	struct summary_state s;
	struct verify_report r;
	struct ledger *l;
	struct err e;
	struct kv *kv;
	size_t count;

	world_act_now(&w, &op);
	sign_piece(before, 7, 2, 40);
	must(query_months(&cells, &count, w.l, &q, a, &w.e), &w.e, "months");
	cr_assert_eq(count, 3);
	cr_assert(cells[0].unit == 6 && cells[0].period.to == before.to);
	cr_assert(cells[1].unit == 7 && cells[1].period.to == before.to && cells[1].sign_lsn);
	cr_assert(cells[2].unit == 7 && cells[2].period.from == after.from);
	must(query_summary(&s, w.l, 3, FORM_SHORT, august, a, &w.e), &w.e, "summary");
	cr_assert(s.expected == 3 && s.signed_ == 1);
	cr_assert_eq(summed(&s, 2), 2);
	cr_assert_eq(summed(&s, 14), -1, "nobody has said yet how many there are on the 31st");
	op = (struct op){ .kind = OP_CLOSE, .unit = 1, .close = { FORM_SHORT, august } };
	closing = world_act_now(&w, &op);
	cr_assert_str_eq(detail_of(w.l, closing),
			 said(4, arena_printf(a,
					      "%sC3 2022-08-01 2022-08-15\n"
					      "C4 2022-08-16 2022-08-31\n",
					      whole)));
	l = retold(said(2, whole), &kv); /* as programs said that passed the pieces over */
	must(verified(l, &r, &e), &e, "verify");
	ledger_close(l);
	kv_close(kv);
	sign_piece(after, 7, 1, 71);
	sign_piece(before, 6, 5, 30);
	must(query_summary(&s, w.l, 3, FORM_SHORT, august, a, &w.e), &w.e, "summary");
	cr_assert(s.expected == 3 && s.signed_ == 3);
	cr_assert_eq(summed(&s, 2), 8);
	cr_assert_eq(summed(&s, 14), 71);
}

Test(closings, one_of_before_stands_as_it_stood)
{
	static const char *const then[] = { "hash", "hash_of", "missing_sheets", NULL };
	struct verify_report r;
	struct err e;
	struct kv *kv;
	struct ledger *l = retold("", &kv);
	json_t *j = report(l);

	must(verified(l, &r, &e), &e, "verify");
	cr_assert_eq(r.closings, 0);
	cr_assert_str_eq(key(j, "hash_of"), "figures");
	cr_assert_str_eq(key(j, "hash"), hash_without(j, then));
	cr_assert_str_eq(listed(j), three);
	json_decref(j);
	ledger_close(l);
	kv_close(kv);
}
