/* Keys of the register between devices by way of the server's key store: who gets what, and that nobody else opens
 * anything with all of it in hand. */
#include "keyring_rig.h"

#include "client/commend.h"
#include "keyring_internal.h"

TestSuite(keyring, .init = begin, .fini = end);

Test(keyring, a_case_is_delivered_once_its_keys_are)
{
	size_t waiting;

	open_case();
	cr_assert_eq(opens(&a, ka), 0, "before anything was sent");
	desk_sync(&a);
	must(keyring_waiting(ka, person, &waiting, &e), &e, "waiting");
	cr_assert_eq(waiting, 1);
	cr_assert_eq(exchange(&a, ka), 0);
	must(keyring_waiting(ka, NULL, &waiting, &e), &e, "waiting");
	cr_assert_eq(waiting, 0);
	cr_assert_eq(opens(&a, ka), 0);
}

Test(keyring, the_units_devices_and_the_body_and_nobody_else)
{
	bool lacks;

	body_makes_its_key();
	open_case();
	desk_sync(&a);
	exchange(&a, ka);
	desk_sync(&b);
	cr_assert_eq(opens(&b, kb), -ERR_NOTFOUND);
	must(keyring_lacks(kb, b.c, &lacks, &e), &e, "lacks");
	cr_assert(lacks);
	exchange(&b, kb);
	cr_assert_eq(opens(&b, kb), 0);
	must(keyring_lacks(kb, b.c, &lacks, &e), &e, "lacks");
	cr_assert_not(lacks);
	desk_sync(&body);
	exchange(&body, kbody);
	cr_assert_eq(opens(&body, kbody), 0);
	desk_sync(&sibling);
	exchange(&sibling, ksibling);
	cr_assert_eq(opens(&sibling, ksibling), -ERR_NOTFOUND);
	must(keyring_lacks(ksibling, sibling.c, &lacks, &e), &e, "lacks");
	cr_assert_not(lacks, "it has no part in it, and asks for nothing");
}

/* The sibling has every row of the key store: none of them opens with its own keys. */
Test(keyring, all_wraps_in_hand_open_nothing)
{
	struct device_row row, thief = row_of(&sibling);
	struct wire_key_page page;
	uint8_t got[BOX_KEY_BYTES];
	size_t taken = 0;

	body_makes_its_key();
	open_case();
	desk_sync(&a);
	exchange(&a, ka);
	for (size_t i = 0; i < 3; i++) {
		row = row_of(i == 0 ? &a : i == 1 ? &b : &body);
		must(keystore_page(store, &row, 0, &page, w.a, &e), &e, "page");
		cr_assert_gt(page.count, 0);
		for (size_t k = 0; k < page.count; k++) { /* as if they were its own */
			struct wire_key *r = (struct wire_key *)(uintptr_t)&page.rows[k];

			r->unit = r->what == WIRE_KEY_BODY ? r->unit : thief.unit;
			r->to = r->what == WIRE_KEY_DEVICE ? thief.device : thief.unit;
		}
		must(keyring_take(ksibling, sibling.c, &page, &taken, &e), &e, "take");
	}
	cr_assert_lt(keyring_person(ksibling, person, got, &e), 0);
	row = row_of(&sibling);
	must(keystore_page(store, &row, 0, &page, w.a, &e), &e, "page");
	cr_assert_eq(page.count, 0, "and the server gives it none");
}

/* ---- the first person of a unit ---- */

static int introduce(uint8_t who[PERSON_ID])
{
	struct case_writer by = {
		.c = a.c, .keys = ka, .a = w.a, .now_ms = a.now_ms, .random = draw
	};
	struct person_fields f = { .at = { [PF_NAME] = SPAN_LIT(name) } };
	struct person_codes codes = { .facts = 0 };
	struct case_step first = { .kind = STEP_INTRODUCE, .day = day_of_instant(a.now_ms) - 9 };

	return case_write_open(&by, &f, &codes, &first, who, &e);
}

/* On a disk where each flush takes a second somebody waits for each commit. */
Test(keyring, the_first_person_is_one_commit_of_keys_and_one_of_ops)
{
	struct kv *keys = ka->setup.kv;
	uint64_t changes = client_changes(a.c);
	struct unit_key unit;
	size_t before, count, failed = 0;
	int rc;

	(void)outbox_ops(a.c, &before);
	for (;;) {
		kv_fail_at(keys, kv_calls(keys) + failed + 1, ERR_FULL, false);
		rc = introduce(person);
		kv_fail_at(keys, 0, ERR_NONE, false);
		(void)outbox_ops(a.c, &count);
		if (!rc)
			break;
		failed++;
		cr_assert_eq(rc, -ERR_FULL, "%s", e.msg);
		cr_assert_eq(count, before, "call %zu: nothing is queued", failed);
		cr_assert_eq(keyring_unit_key(ka, a.c, &unit, &e), -ERR_NOTFOUND,
			     "call %zu: all of the keys or none", failed);
	}
	cr_assert_gt(failed, 4);
	cr_assert_eq(count, before + 2, "the unit's key is told of, and the case");
	cr_assert_eq(client_changes(a.c), changes + 1, "in one commit");
	must(keyring_person(ka, person, key, &e), &e, "the person's key");
}

/* ---- people put forward by name ---- */

/* What the device reads of the only one that unit 4 put forward. */
static int reads(struct desk *k, struct keyring *ring)
{
	const struct commend_line *lines;
	struct person_fields f;
	size_t count;
	int rc;

	must(commend_load(&lines, &count, k->c, ring, 4, (struct period){ DAY_MIN, DAY_MAX },
			  day_of_instant(k->now_ms), w.a, &e),
	     &e, "load");
	cr_assert_eq(count, 1);
	cr_assert(span_eq(lines[0].of.commend.title, SPAN_LIT("Bí thư")));
	rc = commend_open(&f, k->c, ring, &lines[0].of, w.a, &e);
	if (!rc)
		cr_assert(span_eq(f.at[PF_NAME], SPAN_LIT(name)));
	return rc;
}

static void put_forward(uint32_t to)
{
	struct case_writer by = {
		.c = b.c, .keys = kb, .a = w.a, .now_ms = b.now_ms, .random = draw
	};
	day_t today = day_of_instant(b.now_ms);
	struct op op = { .kind = OP_COMMEND, .unit = 4 };

	op.commend.title = SPAN_LIT("Bí thư");
	op.commend.period = (struct period){ today - 9, today - 1 };
	op.commend.helped = 2;
	op.commend.body = to;
	must(commend_write(&by, &op, SPAN_LIT(name), &e), &e, "put forward");
	desk_sync(&b);
	exchange(&b, kb);
}

static void all_meet(void)
{
	desk_sync(&a);
	exchange(&a, ka);
	desk_sync(&b);
	exchange(&b, kb);
	desk_sync(&a);
	exchange(&a, ka);
	desk_sync(&body);
	exchange(&body, kbody);
}

Test(keyring, put_forward_for_one_body)
{
	bool lacks;

	body_makes_its_key();
	desk_sync(&b);
	put_forward(2);
	desk_sync(&body);
	cr_assert_eq(reads(&body, kbody), -ERR_NOTFOUND);
	must(keyring_lacks(kbody, body.c, &lacks, &e), &e, "lacks");
	cr_assert(lacks);
	all_meet();
	cr_assert_eq(reads(&a, ka), 0, "another device of the unit");
	cr_assert_eq(reads(&b, kb), 0);
	cr_assert_eq(reads(&body, kbody), 0);
	must(keyring_lacks(kbody, body.c, &lacks, &e), &e, "lacks");
	cr_assert_not(lacks);
}

Test(keyring, put_forward_for_the_unit_alone)
{
	const struct commended_person *who;
	uint8_t handed[HAND_BYTES] = { 1 }, result;
	struct device_row row = row_of(&b);
	struct wire_key gift = { .what = WIRE_KEY_BODY,
				 .unit = 4,
				 .key = { 1 },
				 .to = 2,
				 .wrap = { handed, sizeof(handed) } };
	size_t count;
	bool lacks;

	body_makes_its_key();
	desk_sync(&b);
	put_forward(0);
	all_meet();
	cr_assert_eq(reads(&a, ka), 0);
	cr_assert_eq(reads(&body, kbody), -ERR_DENIED);
	must(keyring_lacks(kbody, body.c, &lacks, &e), &e, "lacks");
	cr_assert_not(lacks);
	/* nor does the server take a key for whom the log does not name */
	must(query_commended_persons(&who, &count, w.l, 4, w.a, &e), &e, "persons");
	cr_assert_eq(count, 1);
	memcpy(gift.person, who[0].person, PERSON_ID);
	must(keystore_put(store, w.l, &row, &gift, 1, &result, &e), &e, "put");
	cr_assert_eq(result, WIRE_KEY_REFUSED);
}

/* A device puts wraps of its own unit alone, to whom the log says. */
Test(keyring, what_the_server_does_not_take)
{
	struct device_row row = row_of(&a);
	uint8_t wrap[WRAP_BYTES] = { 1 }, handed[HAND_BYTES] = { 1 }, results[8];
	struct wire_key good = {
		.what = WIRE_KEY_PERSON, .unit = 4, .person = { 1 }, .key = { 1 }
	};
	struct wire_key rows[8];

	good.wrap = span_of(wrap, sizeof(wrap));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		rows[i] = good;
	rows[1].unit = 5;
	rows[2].wrap.len--;
	memset(rows[3].person, 0, sizeof(rows[3].person));
	rows[4] = (struct wire_key){ .what = WIRE_KEY_DEVICE,
				     .unit = 4,
				     .key = { 1 },
				     .to = sibling.d.device,
				     .wrap = { handed, sizeof(handed) } };
	rows[5] = (struct wire_key){ .what = WIRE_KEY_BODY,
				     .unit = 4,
				     .person = { 1 },
				     .key = { 1 },
				     .to = 2,
				     .wrap = { handed, sizeof(handed) } };
	rows[6] = (struct wire_key){ .what = WIRE_KEY_RECOVERY,
				     .unit = 4,
				     .key = { 1 },
				     .to = 5,
				     .wrap = { handed, sizeof(handed) } };
	rows[7].what = 0;
	must(keystore_put(store, w.l, &row, rows, ARRAY_LEN(rows), results, &e), &e, "put");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_assert_eq(results[i], i ? WIRE_KEY_REFUSED : WIRE_KEY_TAKEN, "row %zu", i);
}

static bool anywhere(struct span bytes)
{
	return span_find(bytes, SPAN_LIT("Bịa")) || span_find(bytes, span_of(key, sizeof(key)));
}

/* Everything that leaves a device for the server, as bytes: op bodies and rows of keys. */
Test(keyring, nothing_in_clear_leaves_the_device)
{
	struct wire_key rows[WIRE_KEYS_MAX];
	const struct own_op *ops;
	size_t count, looked = 0;

	body_makes_its_key();
	desk_sync(&a);
	open_case();
	ops = outbox_ops(a.c, &count);
	for (size_t i = 0; i < count; i++) {
		struct own_bytes bytes;

		must(outbox_read(a.c, ops[i].id, &bytes, w.a, &e), &e, "read");
		cr_assert_not(anywhere(bytes.body), "op %zu", i);
		looked++;
	}
	cr_assert_geq(looked, 6);
	desk_sync(&a);
	must(keyring_due(ka, a.c, &e), &e, "due");
	must(keyring_next(ka, rows, WIRE_KEYS_MAX, 0, &count, w.a, &e), &e, "next");
	cr_assert_geq(count, 4, "person, two devices, the unit above, the body");
	for (size_t i = 0; i < count; i++)
		cr_assert_not(anywhere(rows[i].wrap), "row %zu", i);
	cr_assert(anywhere(SPAN_LIT(name)), "the search finds what is in clear");
}

static uint64_t forget(struct desk *k, uint64_t confirms)
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

Test(keyring, forgotten_everywhere)
{
	struct device_row row = row_of(&b);
	struct wire_key_page page;
	size_t persons;
	uint64_t asked;

	body_makes_its_key();
	open_case();
	desk_sync(&a);
	exchange(&a, ka);
	desk_sync(&b);
	exchange(&b, kb);
	asked = forget(&a, 0);
	must(keystore_forget(store, w.l, &persons, &e), &e, "forget");
	cr_assert_eq(persons, 0, "one person alone forgets nobody");
	desk_sync(&b);
	forget(&b, asked);
	must(keystore_forget(store, w.l, &persons, &e), &e, "forget");
	cr_assert_eq(persons, 1);
	must(keystore_forget(store, w.l, &persons, &e), &e, "forget");
	cr_assert_eq(persons, 0, "once");
	must(keystore_page(store, &row, 0, &page, w.a, &e), &e, "page");
	for (size_t i = 0; i < page.count; i++)
		cr_assert(memcmp(page.rows[i].person, person, PERSON_ID));
	desk_sync(&a);
	cr_assert_eq(keyring_person(ka, person, key, &e), 0, "until it has read of it");
	exchange(&a, ka);
	exchange(&b, kb);
	cr_assert_eq(keyring_person(ka, person, key, &e), -ERR_NOTFOUND);
	cr_assert_eq(keyring_person(kb, person, key, &e), -ERR_NOTFOUND);
	cr_assert_eq(opens(&a, ka), -ERR_STATE);
}

/* A unit that has left the body's part: whom it forgets is told there to nobody, and the key of the dossier that the body had
 * was kept for good. */
Test(keyring, the_body_keeps_no_key_of_a_unit_that_has_left)
{
	struct op_change move = { .what = CHANGE_MOVE, .unit = 4, .parent = 3, .order = 9 };
	struct op act = { .kind = OP_ACT,
			  .source = SPAN_LIT("console:test"),
			  .act = { .no = SPAN_LIT("9-QĐ"),
				   .signer = SPAN_LIT("Người Ký"),
				   .signed_day = day_of_instant(a.now_ms) - 2,
				   .effective = day_of_instant(a.now_ms),
				   .changes = &move,
				   .count = 1 } };

	body_makes_its_key();
	open_case();
	desk_sync(&a);
	exchange(&a, ka);
	exchange(&a, ka);
	desk_sync(&body);
	exchange(&body, kbody);
	must(keyring_left(kbody, body.c, &e), &e, "left");
	cr_assert_eq(opens(&body, kbody), 0);
	world_act_now(&w, &act);
	desk_sync(&body);
	exchange(&body, kbody);
	must(keyring_left(kbody, body.c, &e), &e, "left");
	cr_assert_eq(keyring_person(kbody, person, key, &e), -ERR_NOTFOUND);
	desk_sync(&a);
	must(keyring_left(ka, a.c, &e), &e, "left");
	cr_assert_eq(opens(&a, ka), 0, "and the unit its own");
	w.now_ms += 86400000;
	act.act.effective++;
	act.act.no = SPAN_LIT("10-QĐ");
	move.parent = 2;
	world_act_now(&w, &act);
	desk_sync(&body);
	exchange(&body, kbody);
	must(keyring_left(kbody, body.c, &e), &e, "left");
	cr_assert_eq(opens(&body, kbody), 0, "it is back, and fetched again");
}

/* All wraps again to a server that was restored: what its key store has is not known. */
Test(keyring, a_restored_server_gets_everything_again)
{
	struct wire_key rows[WIRE_KEYS_MAX];
	size_t before, count;

	open_case();
	desk_sync(&a);
	must(keyring_due(ka, a.c, &e), &e, "due");
	must(keyring_next(ka, rows, WIRE_KEYS_MAX, 0, &before, w.a, &e), &e, "next");
	exchange(&a, ka);
	must(keyring_next(ka, rows, WIRE_KEYS_MAX, 0, &count, w.a, &e), &e, "next");
	cr_assert_eq(count, 0);
	((struct ledger *)(uintptr_t)client_base(a.c))->info.incarnation[0] ^= 1;
	must(keyring_due(ka, a.c, &e), &e, "due");
	must(keyring_next(ka, rows, WIRE_KEYS_MAX, 0, &count, w.a, &e), &e, "next");
	cr_assert_eq(count, before);
}

static struct keystore *another_store(void)
{
	struct keystore_setup setup = { .rewrite = NULL };
	struct keystore *out;

	must(kv_mem_open(&setup.kv, KEYSTORE_TABLES, &e), &e, "kv");
	must(keystore_new(&out, &setup, &e), &e, "key store");
	return out;
}

static bool has_person(struct keystore *ks)
{
	struct device_row row = row_of(&a);
	struct wire_key_page page;

	must(keystore_page(ks, &row, 0, &page, w.a, &e), &e, "page");
	for (size_t i = 0; i < page.count; i++)
		if (!memcmp(page.rows[i].person, person, PERSON_ID))
			return true;
	return false;
}

/* A copy from before is put back: what it has comes in, but for whom the log says to be forgotten. */
Test(keyring, a_copy_brings_nobody_back)
{
	struct keystore_copy about = { .ms = 77, .store = { 5 } }, read;
	struct keystore *lost;
	struct kv *copy;
	size_t rows, forgotten;
	uint64_t asked;

	open_case();
	desk_sync(&a);
	exchange(&a, ka);
	must(kv_mem_open(&copy, KEYSTORE_TABLES, &e), &e, "kv");
	cr_assert_eq(keystore_copy_read(&read, copy, &e), -ERR_INVALID, "not one yet");
	must(keystore_copy(store, copy, &about, &e), &e, "copy");
	must(keystore_copy_read(&read, copy, &e), &e, "read");
	cr_assert(read.ms == 77 && read.store[0] == 5);
	lost = another_store();
	must(keystore_restore(lost, w.l, copy, &rows, &forgotten, &e), &e, "restore");
	cr_assert_geq(rows, 3);
	cr_assert_eq(forgotten, 0);
	cr_assert(has_person(lost), "what nobody forgot is back");
	must(keystore_restore(lost, w.l, copy, &rows, &forgotten, &e), &e, "restore");
	cr_assert_eq(rows, 0, "twice is the same as once");
	keystore_free(lost);
	desk_sync(&b);
	asked = forget(&a, 0);
	desk_sync(&b);
	forget(&b, asked);
	lost = another_store();
	must(keystore_restore(lost, w.l, copy, &rows, &forgotten, &e), &e, "restore");
	cr_assert_eq(forgotten, 1);
	cr_assert_not(has_person(lost));
	keystore_free(lost);
	kv_close(copy);
}

/* The log says that the key store came from a copy: what that has is not known, so all is put again. */
Test(keyring, a_key_store_from_a_copy_gets_everything_again)
{
	struct op op = { .kind = OP_KEYS_RESTORED,
			 .source = SPAN_LIT("console:test"),
			 .clock.ms = 1663837200000 };
	struct wire_key rows[WIRE_KEYS_MAX];
	size_t before, count;

	open_case();
	desk_sync(&a);
	must(keyring_due(ka, a.c, &e), &e, "due");
	must(keyring_next(ka, rows, WIRE_KEYS_MAX, 0, &before, w.a, &e), &e, "next");
	exchange(&a, ka);
	world_act_now(&w, &op);
	desk_sync(&a);
	must(keyring_due(ka, a.c, &e), &e, "due");
	must(keyring_next(ka, rows, WIRE_KEYS_MAX, 0, &count, w.a, &e), &e, "next");
	cr_assert_eq(count, before);
	cr_assert_eq(keyring_after(ka), 0);
	exchange(&a, ka);
	must(keyring_due(ka, a.c, &e), &e, "due");
	must(keyring_next(ka, rows, WIRE_KEYS_MAX, 0, &count, w.a, &e), &e, "next");
	cr_assert_eq(count, 0, "once");
}
