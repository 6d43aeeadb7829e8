/* Devices of one unit, of the body above it and of a sibling, each with its keys, and the server's key store between
 * them: what the tests of the keyring begin with. */
#ifndef TESTS_KEYRING_RIG_H
#define TESTS_KEYRING_RIG_H

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
static inline int draw(void *out, size_t len, struct err *err)
{
	uint8_t *bytes = out;

	(void)err;
	drawn++;
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(drawn * 31 + i * 7 + 1);
	return 0;
}

/* The X25519 key that build_device() gives a device is not one that opens: here each has its own. */
static inline struct keyring *ring(struct desk *k, uint8_t fill)
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

static inline void begin(void)
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

static inline void end(void)
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

static inline struct device_row row_of(const struct desk *k)
{
	struct device_row row;

	must(ledger_device(w.l, k->d.device, &row, &e), &e, "device");
	return row;
}

/* What a contact does with keys. Returns how many rows the server did not take. */
static inline size_t exchange(struct desk *k, struct keyring *ring)
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
static inline void open_case(void)
{
	struct person_place at = { .unit = 4, .set = PERSON_SET_RECORD };
	struct person_fields f = {
		.at = { [PF_NAME] = SPAN_LIT(name), [PF_BIRTH] = SPAN_LIT("22/09/2000") }
	};
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

static inline int opens(struct desk *k, struct keyring *ring)
{
	struct person_fields f;
	struct cases *cs;
	int rc = -ERR_NOTFOUND;

	must(cases_load(&cs, k->c, &e), &e, "cases");
	for (size_t i = 0; i < cases_count(cs); i++)
		if (!memcmp(cases_at(cs, i)->person, person, PERSON_ID))
			rc = case_open_record(&f, k->c, ring, cases_at(cs, i), w.a, &e);
	cases_free(cs);
	if (!rc) {
		cr_assert(span_eq(f.at[PF_NAME], SPAN_LIT(name)));
		cr_assert(span_eq(f.at[PF_BIRTH], SPAN_LIT("2000-09-22")),
			  "sealed as it was typed, by a program of before");
	}
	return rc;
}

static inline void body_makes_its_key(void)
{
	struct unit_key unit;

	must(keyring_make(kbody, body.c, body.now_ms, &unit, &e), &e, "key of the body");
	desk_sync(&body);
	exchange(&body, kbody);
}
#endif
