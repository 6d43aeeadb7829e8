/* A device was shut out: the unit's next key, made once by one that remains, and persons wrapped with it. */
#include "keyring_internal.h"
#include "keyring_rig.h"
#include "kv/rewrite.h"

#include <stdlib.h>

static struct desk later;
static struct keyring *klater;

static void end_renew(void)
{
	keyring_free(klater);
	if (later.c)
		desk_close(&later);
	end();
}

TestSuite(renew, .init = begin, .fini = end_renew);

static void shut_out(const struct desk *k)
{
	struct op op = { .kind = OP_REVOKE,
			 .unit = 4,
			 .reason = SPAN_LIT("mất máy"),
			 .source = SPAN_LIT("console:test"),
			 .device.device = k->d.device };

	world_act_now(&w, &op);
}

static size_t keys_of_unit(struct register_key keys[4])
{
	size_t count;

	must(register_unit_keys(w.l, 4, keys, 4, &count, &e), &e, "keys");
	return count;
}

static bool renew(struct desk *k, struct keyring *ring)
{
	bool made;

	desk_sync(k);
	must(keyring_renew(ring, k->c, k->now_ms, &made, &e), &e, "renew");
	desk_sync(k);
	exchange(k, ring);
	return made;
}

/* Both devices have the unit's key and the person. */
static void both_have_it(void)
{
	body_makes_its_key();
	open_case();
	desk_sync(&a);
	exchange(&a, ka);
	desk_sync(&b);
	exchange(&b, kb);
	cr_assert_eq(opens(&b, kb), 0);
}

Test(renew, once_by_a_device_that_remains)
{
	struct register_key keys[4], newest;

	both_have_it();
	cr_assert_not(renew(&a, ka), "nobody was shut out");
	shut_out(&b);
	cr_assert(renew(&a, ka));
	cr_assert_not(renew(&a, ka), "once");
	cr_assert_eq(keys_of_unit(keys), 2);
	must(register_unit_key(w.l, 4, &newest, &e), &e, "key");
	cr_assert_eq(newest.generation, 2);
	cr_assert_eq(newest.device, a.d.device);
	cr_assert_eq(opens(&a, ka), 0);
}

Test(renew, before_its_op_came_back_it_is_not_made_again)
{
	bool made;

	both_have_it();
	shut_out(&b);
	desk_sync(&a);
	must(keyring_renew(ka, a.c, a.now_ms, &made, &e), &e, "renew");
	cr_assert(made);
	must(keyring_renew(ka, a.c, a.now_ms, &made, &e), &e, "renew");
	cr_assert_not(made);
}

/* A log that was lost had a revocation under a number that this one gives to another: it is not the one that a key was made
 * for. Before, nothing new was made, and what was shut out opened all that was sealed from then on. */
Test(renew, the_number_of_a_revocation_that_was_lost_is_given_anew)
{
	static const uint8_t lost[16] = { 0x2d };
	struct register_key keys[4];
	struct kv_txn *txn;

	both_have_it();
	exchange(&a, ka);
	must(kv_begin(&txn, ka->setup.kv, KV_WRITE, &e), &e, "begin");
	must(keyring_meta_put(txn, "renewed", ledger_info(w.l).lsn + 1, &e), &e, "made there");
	must(kv_put(txn, KR_META, SPAN_LIT("incarnation"), span_of(lost, 16), &e), &e, "of it");
	must(kv_commit(&txn, &e), &e, "commit");
	exchange(&a, ka);
	shut_out(&b);
	cr_assert_eq(row_of(&b).revoked_lsn, ledger_info(w.l).lsn);
	cr_assert(renew(&a, ka));
	cr_assert_eq(keys_of_unit(keys), 2);
}

/* What the device that was shut out may still have, against what the key store has now. */
Test(renew, what_is_shut_out_gets_nothing_new)
{
	struct device_row row;
	struct wire_key_page page;
	struct register_key keys[4], newest;
	uint8_t got[BOX_KEY_BYTES];
	size_t persons = 0, taken;

	both_have_it();
	row = row_of(&b);
	shut_out(&b);
	cr_assert(renew(&a, ka));
	exchange(&a, ka);
	must(register_unit_key(w.l, 4, &newest, &e), &e, "key");
	cr_assert_eq(keys_of_unit(keys), 2);
	must(keystore_page(store, &row, 0, &page, w.a, &e), &e, "page");
	for (size_t i = 0; i < page.count; i++) {
		if (page.rows[i].what == WIRE_KEY_DEVICE)
			cr_assert(memcmp(page.rows[i].key, newest.key, PERSON_ID));
		if (page.rows[i].what != WIRE_KEY_PERSON)
			continue;
		persons++;
		cr_assert(!memcmp(page.rows[i].key, newest.key, PERSON_ID), "the earlier is kept");
	}
	cr_assert_eq(persons, 1);
	/* with all of that in hand it opens nothing any more but what it had itself */
	must(keyring_take(kb, b.c, &page, &taken, &e), &e, "take");
	cr_assert_lt(keyring_person(kb, person, got, &e), 0);
}

Test(renew, a_later_device_opens_old_and_new)
{
	uint8_t old[PERSON_ID], new_key[BOX_KEY_BYTES], got[BOX_KEY_BYTES];
	struct unit_key unit;
	struct keyring_person made;

	both_have_it();
	memcpy(old, person, sizeof(old));
	shut_out(&b);
	renew(&a, ka);
	exchange(&a, ka);
	must(keyring_unit_key(ka, a.c, &unit, &e), &e, "unit key");
	must(keyring_persons_new(ka, a.c, &unit, &made, 1, &e), &e, "person");
	memcpy(new_key, made.key, sizeof(new_key));
	desk_open(&later, &w, 4, ROLE_CLERK);
	klater = ring(&later, 17);
	desk_sync(&later);
	desk_sync(&a);
	exchange(&a, ka);
	exchange(&later, klater);
	cr_assert_eq(opens(&later, klater), 0);
	must(keyring_person(klater, made.person, got, &e), &e, "new person");
	cr_assert_arr_eq(got, new_key, sizeof(got));
}

/* The op that tells of a unit's key was refused (or dropped by a person, or parked): persons are wrapped with that key
 * all the same, and nobody hands on what the log does not know. */
Test(renew, a_key_that_nothing_tells_of_is_told_again)
{
	struct op role = build_person(a.d.person, 4, ROLE_AUDITOR);
	struct register_key keys[4];
	struct unit_key u;
	bool made;

	world_act_now(&w, &role); /* while it was away */
	must(keyring_make(ka, a.c, a.now_ms, &u, &e), &e, "unit key");
	desk_sync(&a);
	cr_assert_eq(keys_of_unit(keys), 0, "refused");
	must(keyring_renew(ka, a.c, a.now_ms, &made, &e), &e, "renew");
	cr_assert_not(made, "it still may not");
	role.person.role = ROLE_CLERK;
	world_act_now(&w, &role);
	cr_assert(renew(&a, ka), "told again");
	cr_assert_eq(keys_of_unit(keys), 1);
	cr_assert_eq(memcmp(keys[0].key, u.id, sizeof(u.id)), 0, "the same key");
	cr_assert_not(renew(&a, ka), "once");
	desk_sync(&b);
	exchange(&b, kb);
	must(keyring_unit_key(kb, b.c, &u, &e), &e, "it was handed over");
}

/* It was made, and then there was no room for the op that tells of it: whatever is sealed with it from now on opens at
 * the unit's other devices all the same. */
Test(renew, a_key_whose_op_found_no_room_is_told)
{
	struct register_key keys[4];
	struct unit_key u;

	kv_mem_limit(a.kv, 1);
	cr_assert_eq(keyring_make(ka, a.c, a.now_ms, &u, &e), -ERR_FULL);
	kv_mem_limit(a.kv, 0);
	must(keyring_unit_key(ka, a.c, &u, &e), &e, "it is here");
	must(keyring_person_new(ka, a.c, &u, person, key, &e), &e, "person");
	cr_assert(renew(&a, ka), "told");
	cr_assert_eq(keys_of_unit(keys), 1);
	cr_assert_eq(memcmp(keys[0].key, u.id, sizeof(u.id)), 0, "the same key");
	cr_assert_not(renew(&a, ka), "once");
	desk_sync(&b);
	exchange(&b, kb);
	cr_assert_eq(keyring_person(kb, person, key, &e), 0);
}

/* A restored server has lost the entry of a key, and nobody tells of it again: whoever has the key wraps anew. */
Test(renew, persons_of_a_key_that_the_log_lost_are_wrapped_anew)
{
	struct op role = build_person(a.d.person, 4, ROLE_AUDITOR);
	struct unit_key lost;

	both_have_it();
	desk_sync(&a);
	world_act_now(&w, &role);
	must(keyring_make(ka, a.c, a.now_ms, &lost, &e), &e, "unit key");
	must(keyring_person_new(ka, a.c, &lost, person, key, &e), &e, "person");
	desk_sync(&a); /* refused */
	exchange(&a, ka);
	exchange(&b, kb);
	cr_assert_eq(keyring_person(kb, person, key, &e), 0);
}

/* Meanwhile the others have a wrap that they cannot open: they go on asking. */
Test(renew, a_wrap_whose_key_is_not_here_is_lacking)
{
	uint8_t wrap[WRAP_BYTES] = { 1 }, results[1];
	struct wire_key row = { .what = WIRE_KEY_PERSON, .unit = 4, .key = { 9 } };
	struct device_row by;
	bool lacks;

	both_have_it();
	must(keyring_lacks(kb, b.c, &lacks, &e), &e, "lacks");
	cr_assert_not(lacks);
	by = row_of(&a);
	memcpy(row.person, person, PERSON_ID);
	row.wrap = span_of(wrap, sizeof(wrap));
	must(keystore_put(store, w.l, &by, &row, 1, results, &e), &e, "put");
	exchange(&b, kb);
	cr_assert_eq(opens(&b, kb), -ERR_NOTFOUND);
	must(keyring_lacks(kb, b.c, &lacks, &e), &e, "lacks");
	cr_assert(lacks);
}

/* ---- the salt of the index of names, on a real file ---- */

static char folder[] = "/tmp/ketnap-salt.XXXXXX";
static struct kv_open on_file = { .dir = folder, .map_bytes = 16 << 20, .tables = KEYRING_TABLES };
static bool cut_off;

static int written_anew(void *ctx, struct kv **kv, struct err *why)
{
	(void)ctx;
	return cut_off ? err_set(why, ERR_IO, "cut off here") : kv_rewrite(kv, &on_file, why);
}

/* `a` with its keys in a file. */
static void open_on_file(void)
{
	struct keyring_setup setup = { .random = draw, .rewrite = written_anew };
	uint8_t seed[SEAL_SEED_BYTES];
	struct seal_key seal;

	keyring_free(ka);
	ka = NULL;
	memset(seed, 11, sizeof(seed)); /* as in begin() */
	seal_key_init(&seal, seed);
	setup.seal = &seal;
	must(kv_rewrite_open(&setup.kv, &on_file, &e), &e, "file");
	must(keyring_new(&ka, &setup, &e), &e, "keyring");
}

static void salt_of(uint8_t out[32])
{
	struct kv_txn *txn;
	struct span value;

	must(kv_begin(&txn, ka->setup.kv, KV_READ, &e), &e, "begin");
	must(kv_get(txn, KR_META, SPAN_LIT("names"), &value, &e), &e, "salt");
	memcpy(out, value.data + WIRE_ID, 32);
	kv_abort(&txn);
}

static bool in_file(const uint8_t salt[32])
{
	char path[sizeof(folder) + 16];
	static uint8_t bytes[1 << 20];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), "%s/data.mdb", folder);
	f = fopen(path, "rb");
	cr_assert_not_null(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	cr_assert_lt(len, sizeof(bytes));
	for (size_t i = 0; i + 32 <= len; i++)
		if (!memcmp(bytes + i, salt, 32))
			return true;
	return false;
}

/* end_renew() comes after it. */
static void end_on_file(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert_eq(system(command), 0);
}

/* What the index was sealed with goes with the key that it was made beside; cut off in between, the next search ends it. */
Test(renew, the_salt_beside_the_key_before_leaves_the_file, .fini = end_on_file)
{
	uint8_t names[BOX_KEY_BYTES], before[32], after[32];
	struct unit_key u;
	bool fresh;

	cr_assert_not_null(mkdtemp(folder));
	open_on_file();
	must(keyring_make(ka, a.c, a.now_ms, &u, &e), &e, "unit key");
	desk_sync(&a);
	exchange(&a, ka);
	must(keyring_names_key(ka, a.c, names, &fresh, &e), &e, "names");
	cr_assert(fresh);
	salt_of(before);
	cr_assert(in_file(before));
	shut_out(&b);
	cr_assert(renew(&a, ka));
	cut_off = true;
	cr_assert_eq(keyring_names_key(ka, a.c, names, &fresh, &e), -ERR_IO);
	cr_assert(in_file(before), "what the test is about");
	cut_off = false;
	open_on_file();
	must(keyring_names_key(ka, a.c, names, &fresh, &e), &e, "names");
	cr_assert(fresh);
	cr_assert_not(in_file(before));
	salt_of(after);
	cr_assert(in_file(after));
	must(keyring_names_key(ka, a.c, names, &fresh, &e), &e, "names");
	cr_assert_not(fresh, "once");
}
