/* Corrections of one record by two devices: what is contested, and until when anybody is asked about it. */
#include "keyring_rig.h"

#include "client/corrections.h"
#include "client/outbox.h"

TestSuite(corrections, .init = begin, .fini = end);

static void both_read(void)
{
	for (int i = 0; i < 2; i++) {
		desk_sync(&a);
		exchange(&a, ka);
		desk_sync(&b);
		exchange(&b, kb);
	}
}

static void correct_phone(struct desk *k, struct keyring *ring, struct span phone)
{
	struct case_writer with = { k->c, ring, NULL, k->now_ms, draw };
	struct correct_ask ask = { .reason = SPAN_LIT("nghe nhầm") };
	struct correct_whom whom = { .unit = 4 };
	struct op_id id;
	struct cases *cs;

	with.a = arena_new(1 << 20);
	memcpy(whom.person, person, PERSON_ID);
	ask.given[PF_PHONE] = true;
	ask.text[PF_PHONE] = phone;
	must(cases_load(&cs, k->c, &e), &e, "cases");
	for (size_t i = 0; i < cases_count(cs); i++)
		if (!memcmp(cases_at(cs, i)->person, person, PERSON_ID))
			whom.r = cases_at(cs, i);
	must(correct_write(&with, &whom, &ask, &id, &e), &e, "correct");
	cases_free(cs);
	arena_free(with.a);
}

static size_t contests(struct desk *k)
{
	size_t count;

	must(corrections_contests(k->c, &count, &e), &e, "contests");
	return count;
}

static void forget(struct desk *k, uint64_t confirms)
{
	struct op op = { .kind = OP_FORGET,
			 .unit = 4,
			 .reason = SPAN_LIT("người đó đề nghị"),
			 .forget = { .why = FORGET_OWN_RIGHT, .confirms = confirms } };
	struct op_id id;

	memcpy(op.forget.person, person, PERSON_ID);
	must(outbox_append(k->c, &op, k->now_ms, &id, &e), &e, "forget");
	desk_sync(k);
}

Test(corrections, contested_until_settled_or_forgotten)
{
	open_case();
	both_read();
	correct_phone(&a, ka, SPAN_LIT("0900000001"));
	correct_phone(&b, kb, SPAN_LIT("0900000002"));
	both_read();
	cr_assert_eq(contests(&a), 1);
	cr_assert_eq(contests(&b), 1);
	correct_phone(&b, kb, SPAN_LIT("0900000002"));
	cr_assert_eq(contests(&b), 0, "settled here already");
	both_read();
	cr_assert_eq(contests(&a), 0, "and there");
	correct_phone(&a, ka, SPAN_LIT("0900000003"));
	correct_phone(&b, kb, SPAN_LIT("0900000004"));
	both_read();
	cr_assert_eq(contests(&a), 1);
	forget(&a, 0);
	forget(&b, ledger_info(w.l).lsn);
	both_read();
	cr_assert_eq(contests(&a), 0, "nobody can settle it any more");
	cr_assert_eq(contests(&b), 0);
}

/* Every value that a field in clear may have is written and read in the same words. */
Test(corrections, words_of_every_value)
{
	int64_t least, most, got;
	char text[FIX_TEXT_MAX];
	size_t fields = 0;

	for (unsigned field = FIX_FACT; field < FIX_ADMITTED; field++) {
		if (!fix_bounds(field, &least, &most))
			continue;
		fields++;
		for (int64_t v = least; v <= most; v++) {
			struct span words = span_str(fix_text(text, field, v));

			must(fix_parse(&got, field, words, &e), &e, fix_code(field));
			cr_assert_eq(got, v, "%s: %s", fix_code(field), words.data);
		}
		cr_assert_eq(fix_parse(&got, field, SPAN_LIT("poet"), &e), -ERR_INVALID);
	}
	cr_assert_eq(fields, 15);
	must(fix_parse(&got, FIX_RECOGNISED, SPAN_LIT(""), &e), &e, "in probation after all");
	cr_assert_eq(got, 0);
	cr_assert_neq(fix_parse(&got, FIX_ADMITTED, SPAN_LIT(""), &e), 0);
}
