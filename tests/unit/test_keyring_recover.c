/* A unit's devices are lost: those above hand its keys to a new one, once two persons agreed on it. */
#include "keyring_rig.h"

static struct desk second, fresh;
static struct keyring *ksecond, *kfresh;

static void begin_lost(void)
{
	begin();
	desk_open(&second, &w, 2, ROLE_CLERK);
	ksecond = ring(&second, 15);
	desk_sync(&second);
}

static void end_lost(void)
{
	keyring_free(kfresh);
	keyring_free(ksecond);
	if (fresh.c)
		desk_close(&fresh);
	desk_close(&second);
	end();
}

TestSuite(recover, .init = begin_lost, .fini = end_lost);

/* Everything of unit 4 is delivered, its devices are gone, and another one is enrolled. */
static void lose_all(void)
{
	open_case();
	desk_sync(&a);
	exchange(&a, ka);
	desk_open(&fresh, &w, 4, ROLE_CLERK);
	kfresh = ring(&fresh, 16);
	desk_sync(&fresh);
	exchange(&fresh, kfresh);
	cr_assert_eq(opens(&fresh, kfresh), -ERR_NOTFOUND);
	desk_sync(&body);
	desk_sync(&second);
}

/* *lsn may be NULL. Returns the code. */
static enum op_code say(struct desk *k, uint64_t confirms, uint64_t *lsn)
{
	struct op op = { .kind = OP_RECOVER,
			 .unit = 4,
			 .reason = SPAN_LIT("cháy máy"),
			 .recover = { fresh.d.device, confirms } };
	struct op_id id;

	must(outbox_append(k->c, &op, k->now_ms, &id, &e), &e, "recover");
	desk_sync(k);
	if (lsn)
		*lsn = outbox_find(k->c, id)->lsn;
	return outbox_find(k->c, id)->code;
}

/* What the contact of a device above does about it. Returns how many keys opened. */
static size_t recover(struct desk *k, struct keyring *ring)
{
	struct device_row row = row_of(k);
	struct wire_key_page page;
	size_t handed = 0;
	uint32_t unit;

	desk_sync(k);
	exchange(k, ring);
	must(keyring_recoverable(ring, k->c, 0, &unit, &e), &e, "recoverable");
	if (!unit)
		return 0;
	cr_assert_eq(unit, 4);
	must(keystore_recovery(store, w.l, &row, unit, 0, &page, w.a, &e), &e, "page");
	must(keyring_recover(ring, k->c, unit, &page, &handed, &e), &e, "recover");
	cr_assert_eq(exchange(k, ring), 0);
	must(keyring_recoverable(ring, k->c, 0, &unit, &e), &e, "recoverable");
	cr_assert_eq(unit, 0, "once");
	return handed;
}

Test(recover, by_two_persons_of_the_unit_above)
{
	struct device_row row = row_of(&body), of_sibling = row_of(&sibling);
	struct wire_key_page page;
	uint64_t asked;

	body_makes_its_key();
	desk_sync(&second);
	exchange(&second, ksecond);
	lose_all();
	must(keystore_recovery(store, w.l, &row, 4, 0, &page, w.a, &e), &e, "page");
	cr_assert_eq(page.count, 0, "nobody agreed on anything");
	cr_assert_eq(say(&body, 0, &asked), CODE_OK);
	cr_assert_eq(recover(&body, kbody), 0, "one person alone recovers nothing");
	must(keystore_recovery(store, w.l, &row, 4, 0, &page, w.a, &e), &e, "page");
	cr_assert_eq(page.count, 0);
	cr_assert_eq(say(&body, asked, NULL), CODE_SECOND_PERSON);
	cr_assert_eq(say(&second, asked + 1, NULL), CODE_NOTHING_TO_DO);
	cr_assert_eq(say(&sibling, 0, NULL), CODE_NOT_ALLOWED);
	cr_assert_eq(say(&fresh, 0, NULL), CODE_NOT_ALLOWED, "nor the unit itself");
	cr_assert_eq(say(&second, asked, NULL), CODE_OK);
	cr_assert_eq(say(&second, 0, NULL), CODE_NOTHING_TO_DO, "it stands");
	must(keystore_recovery(store, w.l, &of_sibling, 4, 0, &page, w.a, &e), &e, "page");
	cr_assert_eq(page.count, 0, "a sibling gets none of it");
	cr_assert_eq(opens(&fresh, kfresh), -ERR_NOTFOUND);
	cr_assert_eq(recover(&body, kbody), 1);
	exchange(&fresh, kfresh);
	cr_assert_eq(opens(&fresh, kfresh), 0);
}

/* A device above puts wraps for others only where that was agreed on. */
Test(recover, nobody_above_hands_out_a_key_unasked)
{
	uint8_t handed[HAND_BYTES] = { 1 }, result;
	struct device_row row = row_of(&body);
	struct wire_key bad = {
		.what = WIRE_KEY_DEVICE, .unit = 4, .key = { 1 }, .wrap = { handed, sizeof(handed) }
	};
	uint64_t asked;

	body_makes_its_key();
	lose_all();
	bad.to = fresh.d.device;
	must(keystore_put(store, w.l, &row, &bad, 1, &result, &e), &e, "put");
	cr_assert_eq(result, WIRE_KEY_REFUSED);
	cr_assert_eq(say(&body, 0, &asked), CODE_OK);
	cr_assert_eq(say(&second, asked, NULL), CODE_OK);
	must(keystore_put(store, w.l, &row, &bad, 1, &result, &e), &e, "put");
	cr_assert_eq(result, WIRE_KEY_TAKEN);
	bad.to = b.d.device; /* of the same unit, but nobody agreed on that one */
	must(keystore_put(store, w.l, &row, &bad, 1, &result, &e), &e, "put");
	cr_assert_eq(result, WIRE_KEY_REFUSED);
	bad.to = fresh.d.device;
	row = row_of(&sibling);
	bad.key[0]++;
	must(keystore_put(store, w.l, &row, &bad, 1, &result, &e), &e, "put");
	cr_assert_eq(result, WIRE_KEY_REFUSED, "a sibling");
}

static struct code print_card(uint8_t fill, uint32_t generation)
{
	uint8_t drawn_for[CODE_RANDOM_BYTES];
	struct op op = { .kind = OP_RECOVERY_KEY, .source = SPAN_LIT("console:test") };
	struct seal_key pair;
	struct code card;

	memset(drawn_for, fill, sizeof(drawn_for));
	card = code_make(drawn_for);
	recovery_pair(&pair, &card);
	memcpy(op.unit_key.key, pair.public.b, sizeof(op.unit_key.key));
	memcpy(op.unit_key.public_half, pair.public.b, sizeof(op.unit_key.public_half));
	op.unit_key.generation = generation;
	world_act_now(&w, &op);
	return card;
}

/* No unit above has a key: what is printed opens it, in the hands of those above. */
Test(recover, with_the_printed_key_where_nobody_above_has_one)
{
	struct code lost = print_card(40, 1), card, other;
	uint64_t asked;

	desk_sync(&a);
	lose_all();
	desk_sync(&a); /* a was there when the card was made anew */
	card = print_card(41, 2);
	desk_sync(&a);
	exchange(&a, ka);
	cr_assert_eq(say(&body, 0, &asked), CODE_OK);
	cr_assert_eq(say(&second, asked, NULL), CODE_OK);
	cr_assert_eq(recover(&body, kbody), 0, "without the card");
	memset(&other, 7, sizeof(other));
	other.secret[CODE_SECRET_BYTES - 1] = 0;
	keyring_card(ksecond, &other);
	desk_sync(&second);
	{
		struct device_row row = row_of(&second);
		struct wire_key_page page;
		size_t handed;

		must(keystore_recovery(store, w.l, &row, 4, 0, &page, w.a, &e), &e, "page");
		cr_assert_eq(page.count, 2, "sealed to the card before and to this one");
		must(keyring_recover(ksecond, second.c, 4, &page, &handed, &e), &e, "recover");
		cr_assert_eq(handed, 0, "another card");
	}
	keyring_card(kbody, &card);
	cr_assert_eq(recover(&body, kbody), 1);
	exchange(&fresh, kfresh);
	cr_assert_eq(opens(&fresh, kfresh), 0);
	(void)lost;
}

Test(recover, the_printed_key_is_the_servers_to_name)
{
	struct op op = { .kind = OP_RECOVERY_KEY, .unit_key.generation = 9 };
	struct op_id id;

	memset(op.unit_key.key, 1, sizeof(op.unit_key.key));
	memset(op.unit_key.public_half, 1, sizeof(op.unit_key.public_half));
	must(outbox_append(body.c, &op, body.now_ms, &id, &e), &e, "op");
	desk_sync(&body);
	cr_assert_eq(outbox_find(body.c, id)->code, CODE_NOT_ALLOWED);
}
