/* Keys of the register between devices by way of the server's key store: who gets what, and that nobody else opens
 * anything with all of it in hand. */
#include <criterion/criterion.h>

#include <stdio.h>

#include "client/cases.h"
#include "client_world.h"
#include "internal.h"
#include "ledger/register.h"
#include "server/keystore.h"

static struct world w;
static struct desk a, b, body, sibling;
static struct keyring *ka, *kb, *kbody, *ksibling;
static struct keystore *store;
static struct err e;
static uint8_t drawn;

static const char name[] = "Đỗ Bịa Đặt";

/* Never the same twice. */
static int draw(void *out, size_t len, struct err *err)
{
	uint8_t *bytes = out;

	(void)err;
	drawn++;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(drawn * 31 + i * 7 + 1);
	return 0;
}

/* The X25519 key that build_device() gives a device is not one that opens: here each has its own. */
static struct keyring *ring(struct desk *k, uint8_t fill)
{
	struct keyring_setup setup = { .random = draw };
	uint8_t seed[SEAL_SEED_BYTES];
	struct device_row row;
	struct seal_key seal;
	struct keyring *out;
	struct op op;

	memset(seed, fill, sizeof(seed));
	seal_key_init(&seal, seed);
	must(ledger_device(w.l, k->d.device, &row, &e), &e, "device");
	op = build_device(k->d.device, row.unit, row.person, row.epoch);
	memcpy(op.device.nonce, row.nonce, sizeof(row.nonce));
	memcpy(op.device.spki_hash, row.spki_hash, sizeof(row.spki_hash));
	memcpy(op.device.seal_key, seal.public.b, sizeof(seal.public.b));
	world_act_now(&w, &op);
	setup.seal = &seal;
	must(kv_mem_open(&setup.kv, KEYRING_TABLES, &e), &e, "kv");
	must(keyring_new(&out, &setup, &e), &e, "keyring");
	return out;
}

static void begin(void)
{
	struct keystore_setup setup = { .rewrite = NULL };

	site_open(&w);
	desk_open(&a, &w, 4, ROLE_CLERK);
	desk_open(&b, &w, 4, ROLE_APPROVER);
	desk_open(&body, &w, 2, ROLE_APPROVER);
	desk_open(&sibling, &w, 5, ROLE_APPROVER);
	ka = ring(&a, 11);
	kb = ring(&b, 12);
	kbody = ring(&body, 13);
	ksibling = ring(&sibling, 14);
	must(kv_mem_open(&setup.kv, KEYSTORE_TABLES, &e), &e, "kv");
	must(keystore_new(&store, &setup, &e), &e, "key store");
	desk_sync(&a);
	desk_sync(&b);
	desk_sync(&body);
	desk_sync(&sibling);
}

static void end(void)
{
	keystore_free(store);
	keyring_free(ka);
	keyring_free(kb);
	keyring_free(kbody);
	keyring_free(ksibling);
	desk_close(&a);
	desk_close(&b);
	desk_close(&body);
	desk_close(&sibling);
	world_close(&w);
}

TestSuite(keyring, .init = begin, .fini = end);

static struct device_row row_of(const struct desk *k)
{
	struct device_row row;

	must(ledger_device(w.l, k->d.device, &row, &e), &e, "device");
	return row;
}

/* What a contact does with keys. Returns how many rows the server did not take. */
static size_t exchange(struct desk *k, struct keyring *ring)
{
	struct device_row row = row_of(k);
	struct wire_key rows[WIRE_KEYS_MAX];
	uint8_t results[WIRE_KEYS_MAX];
	struct wire_key_page page;
	size_t count, taken, refused = 0;

	must(keyring_due(ring, k->c, &e), &e, "due");
	must(keyring_next(ring, rows, WIRE_KEYS_MAX, 0, &count, w.a, &e), &e, "next");
	must(keystore_put(store, w.l, &row, rows, count, results, &e), &e, "put");
	must(keyring_acked(ring, rows, count, span_of(results, count), &e), &e, "acked");
	for (size_t i = 0; i < count; i++)
		refused += results[i] != WIRE_KEY_TAKEN;
	must(keystore_page(store, &row, keyring_after(ring), &page, w.a, &e), &e, "page");
	must(keyring_take(ring, k->c, &page, &taken, &e), &e, "take");
	return refused;
}

static uint8_t person[PERSON_ID], key[BOX_KEY_BYTES];

/* A case of `a`, with its sealed record, brought to submission to unit 2. */
static void open_case(void)
{
	struct person_place at = { .unit = 4, .set = PERSON_SET_RECORD };
	struct person_fields f = { .at = { [PF_NAME] = SPAN_LIT(name) } };
	static const enum case_step_kind way[] = { STEP_LIST, STEP_APPLY, STEP_CELL, STEP_SUBMIT };
	struct op op = { .kind = OP_CASE, .unit = 4 };
	day_t today = day_of_instant(a.now_ms);
	struct unit_key unit;
	struct op_id last;
	struct buf sealed;

	cr_assert_eq(keyring_unit_key(ka, a.c, &unit, &e), -ERR_NOTFOUND);
	must(keyring_make(ka, a.c, a.now_ms, &unit, &e), &e, "unit key");
	must(keyring_person_new(ka, a.c, &unit, person, key, &e), &e, "person");
	memcpy(at.id, person, PERSON_ID);
	buf_init(&sealed, CASE_SEALED_MAX);
	must(case_seal(&sealed, key, &at, &f, draw, &e), &e, "seal");
	memcpy(op.open.person, person, PERSON_ID);
	op.open.sealed = buf_span(&sealed);
	op.open.step = (struct case_step){ .kind = STEP_INTRODUCE, .day = today - 9 };
	must(outbox_append(a.c, &op, a.now_ms, &last, &e), &e, "case");
	buf_fini(&sealed);
	for (size_t i = 0; i < ARRAY_LEN(way); i++) {
		op = (struct op){ .kind = OP_CASE_STEP, .unit = 4 };
		memcpy(op.step.person, person, PERSON_ID);
		op.step.step = (struct case_step){ .kind = way[i], .day = today - 8 + (day_t)i };
		op.step.after = last;
		op.step.to = way[i] == STEP_SUBMIT ? 2 : 0;
		must(outbox_append(a.c, &op, a.now_ms, &last, &e), &e, "step");
	}
}

static int opens(struct desk *k, struct keyring *ring)
{
	struct person_fields f;
	struct cases *cs;
	int rc = -ERR_NOTFOUND;

	must(cases_load(&cs, k->c, &e), &e, "cases");
	for (size_t i = 0; i < cases_count(cs); i++)
		if (!memcmp(cases_at(cs, i)->person, person, PERSON_ID))
			rc = case_open_record(&f, k->c, ring, cases_at(cs, i), w.a, &e);
	cases_free(cs);
	if (!rc)
		cr_assert(span_eq(f.at[PF_NAME], SPAN_LIT(name)));
	return rc;
}

static void body_makes_its_key(void)
{
	struct unit_key unit;

	must(keyring_make(kbody, body.c, body.now_ms, &unit, &e), &e, "key of the body");
	desk_sync(&body);
	exchange(&body, kbody);
}

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
