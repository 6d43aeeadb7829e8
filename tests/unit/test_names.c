/* The index of names against opening every record: the same persons, whatever changed in between; and what is left of
 * it when somebody was forgotten. */
#include "keyring_rig.h"

#include "base/text.h"
#include "client/names.h"
#include "client/roll.h"
#include "keyring_internal.h"
#include "names_internal.h"

#include <stdlib.h>

TestSuite(names, .init = begin, .fini = end);

static const char *const people[] = { "Nguyễn Bịa Một", "Trần Bịa Hai", "Lê Đặt Ba", "Đỗ Ước Bốn" };
static uint32_t drawn_many;

static int draw_many(void *out, size_t len, struct err *err)
{
	struct hash h;
	uint8_t *to = out;

	(void)err;
	for (size_t i = 0; i < len; i += HASH_BYTES) {
		drawn_many++;
		h = hash_bytes(span_of(&drawn_many, sizeof(drawn_many)));
		memcpy(to + i, h.b, len - i < HASH_BYTES ? len - i : HASH_BYTES);
	}
	return 0;
}

struct made {
	uint8_t person[PERSON_ID], key[BOX_KEY_BYTES];
	struct op_id record;
};

static void put_member(struct made *m, const char *called, const char *card, struct op_id over)
{
	struct person_place at = { .unit = 4, .set = PERSON_SET_RECORD };
	struct person_fields f = {
		.at = { [PF_NAME] = span_str(called), [PF_CARD] = span_str(card) }
	};
	struct op op = { .kind = OP_MEMBER,
			 .unit = 4,
			 .member = { .admitted = day_of_instant(a.now_ms) - 400, .over = over } };
	struct buf sealed;

	memcpy(at.id, m->person, PERSON_ID);
	buf_init(&sealed, CASE_SEALED_MAX);
	must(case_seal(&sealed, m->key, &at, &f, draw_many, &e), &e, "seal");
	memcpy(op.member.person, m->person, PERSON_ID);
	op.member.sealed = buf_span(&sealed);
	must(outbox_append(a.c, &op, a.now_ms, &m->record, &e), &e, "member");
	buf_fini(&sealed);
}

static void add(struct made *m, const char *called, const char *card)
{
	struct keyring_person p;
	struct unit_key u;
	int rc;

	ka->setup.random = draw_many;
	rc = keyring_unit_key(ka, a.c, &u, &e);
	if (rc == -ERR_NOTFOUND)
		rc = keyring_make(ka, a.c, a.now_ms, &u, &e);
	must(rc, &e, "unit key");
	must(keyring_persons_new(ka, a.c, &u, &p, 1, &e), &e, "person");
	memcpy(m->person, p.person, PERSON_ID);
	memcpy(m->key, p.key, BOX_KEY_BYTES);
	put_member(m, called, card, (struct op_id){ 0 });
}

/* A case of `a`, once it has a key. */
static void add_case(const char *called)
{
	struct person_place at = { .unit = 4, .set = PERSON_SET_RECORD };
	struct person_fields f = { .at = { [PF_NAME] = span_str(called) } };
	struct op op = { .kind = OP_CASE, .unit = 4 };
	struct keyring_person p;
	struct unit_key u;
	struct buf sealed;
	struct op_id id;

	ka->setup.random = draw_many;
	must(keyring_unit_key(ka, a.c, &u, &e), &e, "unit key");
	must(keyring_persons_new(ka, a.c, &u, &p, 1, &e), &e, "person");
	memcpy(at.id, p.person, PERSON_ID);
	memcpy(op.open.person, p.person, PERSON_ID);
	op.open.step = (struct case_step){ .kind = STEP_INTRODUCE,
					   .day = day_of_instant(a.now_ms) - 9 };
	buf_init(&sealed, CASE_SEALED_MAX);
	must(case_seal(&sealed, p.key, &at, &f, draw_many, &e), &e, "seal");
	op.open.sealed = buf_span(&sealed);
	must(outbox_append(a.c, &op, a.now_ms, &id, &e), &e, "case");
	buf_fini(&sealed);
}

static int by_id(const void *x, const void *y)
{
	return memcmp(x, y, PERSON_ID);
}

/* How many there are: the index, which must be the same persons as without it. */
static size_t search(struct desk *k, struct keyring *ring, const char *wanted)
{
	struct names_asked asked = { .folded = wanted };
	char folded[2 * NAME_MAX_BYTES];
	struct names_found got;
	uint8_t(*want)[PERSON_ID];
	struct roll *roll;
	size_t count = 0;

	must(names_search(&got, k->c, ring, &asked, w.a, &e), &e, "search");
	must(roll_load(&roll, k->c, &e), &e, "roll");
	want = calloc(roll_count(roll) + 1, sizeof(*want));
	for (size_t i = 0; i < roll_count(roll); i++) {
		struct person_fields f;

		if (roll_open(&f, k->c, ring, roll_at(roll, i), w.a, &e))
			continue;
		must(text_fold(folded, sizeof(folded), NULL, f.at[PF_NAME], &e), &e, "fold");
		if (strstr(folded, wanted))
			memcpy(want[count++], roll_at(roll, i)->person, PERSON_ID);
	}
	roll_free(roll);
	cr_assert_eq(got.count, count, "%s: %zu, opened %zu", wanted, got.count, count);
	if (count) {
		qsort(want, count, sizeof(*want), by_id);
		qsort(got.at, count, sizeof(*want), by_id);
		cr_assert(!memcmp(want, got.at, count * sizeof(*want)), "%s", wanted);
	}
	free(want);
	return count;
}

/* The same of cases. */
static size_t search_cases(struct desk *k, struct keyring *ring, const char *wanted)
{
	struct names_asked asked = { .of = NAMES_OF_CASES, .folded = wanted };
	size_t count[2] = { 0, 0 };
	struct cases *found[2];

	must(cases_search(&found[0], k->c, ring, &asked, NULL, w.a, &e), &e, "search");
	must(cases_load(&found[1], k->c, &e), &e, "all");
	for (size_t n = 0; n < 2; n++) {
		for (size_t i = 0; i < cases_count(found[n]); i++) {
			char folded[2 * NAME_MAX_BYTES];
			struct person_fields f;

			if (case_open_record(&f, k->c, ring, cases_at(found[n], i), w.a, &e))
				continue;
			must(text_fold(folded, sizeof(folded), NULL, f.at[PF_NAME], &e), &e,
			     "fold");
			count[n] += strstr(folded, wanted) != NULL;
		}
		cases_free(found[n]);
	}
	cr_assert_eq(count[0], count[1], "%s: %zu, opened %zu", wanted, count[0], count[1]);
	return count[0];
}

static size_t by_number(struct desk *k, struct keyring *ring, const char *hex)
{
	struct names_asked asked = { .of = NAMES_OF_CASES, .folded = "khong ai" };
	struct cases *found;
	size_t count;

	must(cases_search(&found, k->c, ring, &asked, hex, w.a, &e), &e, "search");
	count = cases_count(found);
	cases_free(found);
	return count;
}

static size_t pending(struct desk *k)
{
	struct kv_cursor *c;
	struct kv_txn *txn;
	struct span key_at, value, none = { NULL, 0 };
	size_t count = 0;

	must(kv_begin(&txn, k->kv, KV_READ, &e), &e, "begin");
	must(kv_walk(&c, txn, CT_NAMES, SPAN_LIT("p"), none, false, &e), &e, "walk");
	while (kv_next(c, &key_at, &value, &e) == 1)
		count++;
	kv_walk_end(c);
	kv_abort(&txn);
	return count;
}

Test(names, found_as_if_all_were_opened)
{
	struct made m[ARRAY_LEN(people)];

	cr_assert_eq(search(&a, ka, "bia"), 0, "a unit without a key");
	for (size_t i = 0; i < ARRAY_LEN(people); i++)
		add(&m[i], people[i], "");
	cr_assert_eq(search(&a, ka, "bia"), 2);
	cr_assert_eq(search(&a, ka, "uoc bon"), 1);
	cr_assert_eq(search(&a, ka, "ba"), 1);
	cr_assert_eq(search(&a, ka, "nguyen bia mot tran"), 0, "not across two of them");
	cr_assert_eq(search(&a, ka, ""), 4);
	desk_sync(&a);
	exchange(&a, ka);
	cr_assert_eq(search(&a, ka, "bia"), 2, "delivered");
}

Test(names, kept_in_the_commit_that_changes_a_record)
{
	struct made m[3];

	add(&m[0], people[0], "0123");
	cr_assert_eq(search(&a, ka, "bia"), 1);
	cr_assert_eq(pending(&a), 0);
	add(&m[1], people[1], "0124");
	cr_assert_eq(pending(&a), 1, "in the store with the op");
	must(client_begin(a.c, &e), &e, "begin");
	add(&m[2], people[2], "");
	client_abort(a.c);
	cr_assert_eq(pending(&a), 1, "and not without it");
	cr_assert_eq(search(&a, ka, "bia"), 2);
	cr_assert_eq(pending(&a), 0);
	put_member(&m[0], "Nguyễn Khác Một", "0123", m[0].record);
	cr_assert_eq(search(&a, ka, "bia"), 1, "the name before is found no more");
	cr_assert_eq(search(&a, ka, "khac"), 1);
	desk_sync(&a);
	cr_assert_eq(search(&a, ka, "khac"), 1);
	cr_assert_eq(pending(&a), 0, "its own ops coming back change nothing");
}

Test(names, by_card_whole)
{
	struct names_asked asked = { .card = "0124" };
	struct names_found got;
	struct made m[2];

	add(&m[0], people[0], "01245");
	add(&m[1], people[1], "0124");
	must(names_search(&got, a.c, ka, &asked, w.a, &e), &e, "search");
	cr_assert_eq(got.count, 1);
	cr_assert_arr_eq(got.at[0], m[1].person, PERSON_ID);
	asked.folded = "bia";
	must(names_search(&got, a.c, ka, &asked, w.a, &e), &e, "search");
	cr_assert_eq(got.count, 2, "each once");
}

/* What another device of the unit made: its records come first, their keys later. */
Test(names, keys_that_come_later)
{
	struct made m;

	add(&m, people[0], "");
	desk_sync(&a);
	desk_sync(&b);
	cr_assert_eq(search(&b, kb, "bia"), 0);
	exchange(&a, ka);
	desk_sync(&a);
	exchange(&a, ka);
	exchange(&b, kb);
	cr_assert_eq(search(&b, kb, "bia"), 1);
	add(&m, people[1], "");
	desk_sync(&a);
	desk_sync(&b);
	cr_assert_eq(search(&b, kb, "bia"), 1, "the second cannot be opened yet");
	cr_assert_eq(pending(&b), 1, "and is not lost sight of");
	exchange(&a, ka);
	exchange(&b, kb);
	cr_assert_eq(search(&b, kb, "bia"), 2);
}

Test(names, many_in_pieces_and_more_of_them)
{
	struct names_state st;
	char called[64];
	struct made m;

	for (int i = 0; i < 700; i++) {
		snprintf(called, sizeof(called), "%s %d", people[i % 4], i);
		add(&m, called, "");
	}
	cr_assert_eq(search(&a, ka, "bia"), 350);
	must(names_state_get(&st, a.c, &e), &e, "state");
	cr_assert_eq(st.bits, 2);
	cr_assert_eq(st.count, 700);
	for (int i = 700; i < 760; i++) {
		snprintf(called, sizeof(called), "%s %d", people[i % 4], i);
		add(&m, called, "");
	}
	cr_assert_eq(search(&a, ka, "bia"), 380);
	cr_assert_eq(search(&a, ka, "mot 744"), 1);
	must(names_state_get(&st, a.c, &e), &e, "state");
	cr_assert_eq(st.count, 760);
}

static void break_row(struct desk *k, uint8_t kind, bool drop)
{
	struct ckey at = names_piece_key((enum names_kind)kind, 0);

	must(client_begin(k->c, &e), &e, "begin");
	must(drop ? part_del(k->c->base, CT_NAMES, ckey_span(&at), &e)
		  : part_put(k->c->base, CT_NAMES, ckey_span(&at), SPAN_LIT("nonsense"), &e),
	     &e, "break");
	must(client_commit(k->c, &e), &e, "commit");
}

Test(names, made_anew_when_it_is_damaged)
{
	struct names_state other = { .device = 1, .unit = 4 };
	struct made m[2];

	add(&m[0], people[0], "");
	add(&m[1], people[1], "");
	cr_assert_eq(search(&a, ka, "bia"), 2);
	break_row(&a, NAMES_NAME, false);
	cr_assert_eq(search(&a, ka, "bia"), 2);
	break_row(&a, NAMES_ID, true);
	cr_assert_eq(search(&a, ka, "bia"), 2);
	break_row(&a, NAMES_NAME, true);
	cr_assert_eq(search(&a, ka, "bia"), 2);
	must(client_begin(a.c, &e), &e, "begin");
	must(names_state_put(a.c, &other, &e), &e, "of another device");
	must(client_commit(a.c, &e), &e, "commit");
	cr_assert_eq(search(&a, ka, "bia"), 2);
}

/* The rows of the index, as they lie in the store: of those, how many open with this key. */
static size_t opening(const struct names_key *with, const struct names_state *st, struct kv *kv)
{
	struct kv_cursor *c;
	struct kv_txn *txn;
	struct span key_at, value, none = { NULL, 0 };
	struct buf plain;
	size_t count = 0;

	buf_init(&plain, NAMES_PIECE_MAX);
	must(kv_begin(&txn, kv, KV_READ, &e), &e, "begin");
	must(kv_walk(&c, txn, CT_NAMES, none, none, false, &e), &e, "walk");
	while (kv_next(c, &key_at, &value, &e) == 1) /* version before, CRC-32 behind */
		if (key_at.len == 3)
			count += !names_open(&plain, with, st, (enum names_kind)key_at.data[0], 0,
					     span_of(value.data + 1, value.len - 5), &e);
	kv_walk_end(c);
	kv_abort(&txn);
	buf_fini(&plain);
	return count;
}

static uint64_t ask_to_forget(struct desk *k, uint64_t confirms)
{
	struct op op = { .kind = OP_FORGET,
			 .unit = 4,
			 .reason = SPAN_LIT("đơn"),
			 .forget = { .why = FORGET_OWN_RIGHT, .confirms = confirms } };
	struct op_id id;

	memcpy(op.forget.person, person, PERSON_ID);
	must(outbox_append(k->c, &op, k->now_ms, &id, &e), &e, "forget");
	desk_sync(k);
	cr_assert_eq(outbox_find(k->c, id)->verdict, VERDICT_ACCEPTED);
	return outbox_find(k->c, id)->lsn;
}

/* What the store had before somebody was forgotten, with the unit's key in hand and all that the keyring has after. */
Test(names, nothing_of_before_opens_once_somebody_is_forgotten)
{
	struct names_state st;
	struct names_key before, after;
	struct made m;
	struct kv *copy;
	uint64_t asked;
	bool fresh;

	body_makes_its_key();
	open_case();
	add(&m, people[0], "");
	desk_sync(&a);
	exchange(&a, ka);
	desk_sync(&b);
	cr_assert_eq(search(&a, ka, "bia"), 1);
	must(names_state_get(&st, a.c, &e), &e, "state");
	must(keyring_names_key(ka, a.c, before.b, &fresh, &e), &e, "key");
	cr_assert_not(fresh);
	must(kv_mem_clone(&copy, a.kv, &e), &e, "the store as it was");
	cr_assert_eq(opening(&before, &st, copy), 3, "the control: it opened");
	asked = ask_to_forget(&a, 0);
	desk_sync(&b);
	ask_to_forget(&b, asked);
	desk_sync(&a);
	exchange(&a, ka);
	must(keyring_names_key(ka, a.c, after.b, &fresh, &e), &e, "key");
	cr_assert(fresh, "the salt before is gone");
	cr_assert_eq(opening(&after, &st, copy), 0);
	cr_assert_eq(search(&a, ka, "bia"), 1, "who was not forgotten is found");
	cr_assert_eq(opening(&before, &st, a.kv), 0, "and nothing is sealed as before");
	kv_close(copy);
}

Test(names, another_key_of_the_unit_makes_it_anew)
{
	struct op op = { .kind = OP_REVOKE,
			 .unit = 4,
			 .reason = SPAN_LIT("mất máy"),
			 .source = SPAN_LIT("console:test"),
			 .device.device = b.d.device };
	struct names_state st;
	struct names_key before;
	struct made m;
	bool fresh, made;

	add(&m, people[0], "");
	desk_sync(&a);
	exchange(&a, ka);
	cr_assert_eq(search(&a, ka, "bia"), 1);
	must(names_state_get(&st, a.c, &e), &e, "state");
	must(keyring_names_key(ka, a.c, before.b, &fresh, &e), &e, "key");
	world_act_now(&w, &op);
	desk_sync(&a);
	must(keyring_renew(ka, a.c, a.now_ms, &made, &e), &e, "renew");
	cr_assert(made);
	desk_sync(&a);
	exchange(&a, ka);
	cr_assert_eq(search(&a, ka, "bia"), 1);
	cr_assert_eq(opening(&before, &st, a.kv), 0);
}

/* Own cases, and those that were submitted here, and nobody else's; beside the members. */
Test(names, cases_are_found_as_if_all_were_opened)
{
	char hex[2 * PERSON_ID + 1];
	struct made m;
	uint64_t asked;

	body_makes_its_key();
	open_case();
	cr_assert_eq(search_cases(&a, ka, "bia dat"), 1, "not sent yet");
	cr_assert_eq(search(&a, ka, "bia"), 0, "no member");
	add(&m, people[0], "");
	cr_assert_eq(search(&a, ka, "bia"), 1);
	cr_assert_eq(search_cases(&a, ka, "bia"), 1, "no case");
	add_case("Vũ Bịa Mới");
	cr_assert_eq(search_cases(&a, ka, "bia moi"), 1, "opened since the index was made");
	hex_encode(hex, person, PERSON_ID);
	hex[6] = '\0';
	cr_assert_eq(by_number(&a, ka, hex), 1, "not sent yet");
	desk_sync(&a);
	cr_assert_eq(search_cases(&a, ka, "bia"), 2);
	cr_assert_eq(by_number(&a, ka, hex), 1);
	cr_assert_eq(by_number(&a, ka, "ffffffff"), 0);
	cr_assert_eq(search_cases(&body, kbody, "bia"), 0, "not heard of");
	desk_sync(&body);
	cr_assert_eq(search_cases(&body, kbody, "bia"), 0, "its key has not come");
	exchange(&a, ka);
	exchange(&body, kbody);
	cr_assert_eq(search_cases(&body, kbody, "bia"), 1, "what was submitted here");
	cr_assert_eq(search_cases(&sibling, ksibling, "bia"), 0);
	desk_sync(&b);
	asked = ask_to_forget(&a, 0);
	desk_sync(&b);
	ask_to_forget(&b, asked);
	desk_sync(&a);
	desk_sync(&body);
	exchange(&a, ka);
	exchange(&body, kbody);
	cr_assert_eq(search_cases(&a, ka, "bia"), 1, "the other one");
	cr_assert_eq(search_cases(&body, kbody, "bia"), 0);
	cr_assert_eq(search(&a, ka, "bia"), 1, "the member stays");
}
