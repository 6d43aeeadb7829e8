/* Bundles of other devices: kept whole or not at all, brought to the server in pieces over as many contacts as it
 * takes, and their answers brought back, byte for byte. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "client_post.h"
#include "internal.h"

static struct world w;
static struct desk village, district, elsewhere;
static struct post p;
static struct carry_side server;
static struct arena *a;

static void begin(void)
{
	site_open(&w);
	desk_open(&village, &w, 6, ROLE_APPROVER);
	desk_open(&district, &w, 3, ROLE_CLERK);
	desk_open(&elsewhere, &w, 2, ROLE_CLERK);
	desk_sync(&village);
	desk_sync(&district);
	desk_sync(&elsewhere);
	post_open(&p, &village);
	buf_init(&server.got, WIRE_FILE_MAX);
	district.s.script.carry = &server;
	a = arena_new(8 << 20);
}

static void end(void)
{
	arena_free(a);
	buf_fini(&server.got);
	post_close(&p);
	desk_close(&village);
	desk_close(&district);
	desk_close(&elsewhere);
	world_close(&w);
}

TestSuite(client_carry, .init = begin, .fini = end, .timeout = 110);

static struct span bundle(void)
{
	cr_assert_eq(post_bundle(&p, &village), 0, "%s", village.e.msg);
	return buf_span(&p.bundle);
}

static int take(struct desk *k, struct span file, struct carried *out)
{
	err_clear(&k->e);
	return carried_take(k->c, file, k->now_ms, out, &k->e);
}

static struct carried taken(struct span file)
{
	struct carried out;

	cr_assert_eq(take(&district, file, &out), 0, "%s", district.e.msg);
	return out;
}

static const struct carried *list(struct desk *k, size_t want)
{
	const struct carried *all;
	size_t count;

	cr_assert_eq(carried_list(k->c, &all, &count, a, &k->e), 0, "%s", k->e.msg);
	cr_assert_eq(count, want);
	return all;
}

static void same_file(int (*get)(struct client *, const struct carried *, struct buf *,
				 struct err *),
		      const struct carried *c, struct span want)
{
	struct buf b;

	buf_init(&b, WIRE_FILE_MAX);
	cr_assert_eq(get(district.c, c, &b, &district.e), 0, "%s", district.e.msg);
	cr_assert(span_eq(buf_span(&b), want));
	buf_fini(&b);
}

static void contact(size_t want_answered, size_t want_left)
{
	struct sync_ask ask = { .carry = true };

	desk_ask(&district, &ask);
	cr_assert_eq(district.r.carry_answered, want_answered, "%s", district.e.msg);
	cr_assert_eq(district.r.carry_left, want_left);
}

/* Brings it, and the answer back to the village. */
static void brought_home(uint64_t ops)
{
	const struct carried *c;
	struct buf answer;
	struct client_status s;

	contact(1, 0);
	cr_assert_eq(district.r.end, SYNC_DONE);
	cr_assert(span_eq(buf_span(&server.got), buf_span(&p.bundle)));
	c = list(&district, 1);
	cr_assert_eq(c->state, CARRIED_ANSWERED);
	cr_assert_eq(c->bundle_bytes, 0, "it needs no room any more");
	same_file(carried_answer, c, server.answer);
	buf_init(&answer, WIRE_FILE_MAX);
	cr_assert_eq(carried_answer(district.c, c, &answer, &district.e), 0);
	cr_assert_eq(post_read(&p, &village, buf_span(&answer)), 0, "%s", village.e.msg);
	cr_assert_eq(village.r.end, SYNC_DONE);
	buf_fini(&answer);
	s = desk_status(&village);
	cr_assert_eq(s.acked, ops);
	cr_assert_eq(s.queued, 0);
	cr_assert_eq(server_own_entries(&w, village.d.device), ops);
}

/* What the server will answer, once it has all of it. */
static void judged(void)
{
	post_take(&p, buf_span(&p.bundle));
	server.answer = buf_span(&p.answer);
}

Test(client_carry, there_and_back)
{
	struct carried c;

	desk_month(&village, 6, 9, 1, 49);
	c = taken(bundle());
	cr_assert_eq(c.state, CARRIED_WAITING);
	cr_assert_eq(c.device, village.d.device);
	cr_assert(hash_eq(&c.id, &p.made.id));
	cr_assert_eq(c.bundle_bytes, p.bundle.len);
	same_file(carried_bundle, list(&district, 1), buf_span(&p.bundle));
	judged();
	server.part = 100;
	brought_home(1);
	cr_assert_geq(server.pieces, 2, "first it asks how far it has come");
	cr_assert_geq(server.parts, server.answer.len / 100);
	contact(0, 0); /* nothing waits */
}

/* Large enough for several rows of the store and several pieces on the line; the server does not open it here. */
Test(client_carry, a_large_one_goes_in_pieces)
{
	struct file_head h = { .kind = FILE_BUNDLE, .device = village.d.device };
	size_t len = 3 << 19;
	uint8_t *content = malloc(len);
	struct buf file;

	buf_init(&file, WIRE_FILE_MAX);
	for (size_t i = 0; i < len; i++)
		content[i] = (uint8_t)(i * 2654435761u >> 13);
	memcpy(h.store, w.birth.store, sizeof(h.store));
	must(file_write(&file, &h, span_of(content, len), &w.e), &w.e, "a file");
	taken(buf_span(&file));
	desk_reopen(&district);
	same_file(carried_bundle, list(&district, 1), buf_span(&file));
	server.stalls = 1; /* one piece is lost on the way in */
	contact(0, 1);
	cr_assert(span_eq(buf_span(&server.got), buf_span(&file)));
	cr_assert_gt(server.pieces, 12);
	cr_assert_eq(list(&district, 1)->state, CARRIED_WAITING, "no answer yet");
	buf_fini(&file);
	free(content);
}

Test(client_carry, again_changes_nothing)
{
	char where[96];
	struct kv *before;

	desk_month(&village, 6, 9, 1, 49);
	taken(bundle());
	must(kv_mem_clone(&before, district.kv, &w.e), &w.e, "a copy");
	district.now_ms += 60000;
	taken(buf_span(&p.bundle));
	cr_assert_eq(kv_differ(district.kv, before, where), 0, "%s", where);
	kv_close(before);
	judged();
	brought_home(1);
	cr_assert_eq(taken(buf_span(&p.bundle)).state, CARRIED_ANSWERED);
	list(&district, 1);
}

/* ---- what is not taken ---- */

Test(client_carry, damage_at_any_byte_is_refused)
{
	char where[96];
	struct carried out;
	struct kv *before;

	desk_month(&village, 6, 9, 1, 49);
	bundle();
	must(kv_mem_clone(&before, district.kv, &w.e), &w.e, "a copy");
	for (size_t i = 0; i < p.bundle.len; i++) {
		int rc;

		p.bundle.data[i] ^= 0x20;
		rc = take(&district, buf_span(&p.bundle), &out);
		cr_assert(rc == -ERR_CORRUPT || rc == -ERR_INVALID || rc == -ERR_VERSION,
			  "byte %zu: %d", i, rc);
		p.bundle.data[i] ^= 0x20;
	}
	for (size_t len = 0; len < p.bundle.len; len++)
		cr_assert_lt(take(&district, span_of(p.bundle.data, len), &out), 0, "cut at %zu",
			     len);
	cr_assert_eq(kv_differ(district.kv, before, where), 0, "%s", where);
	kv_close(before);
	taken(buf_span(&p.bundle));
}

Test(client_carry, of_whom_and_for_whom)
{
	struct file_head h = { .kind = FILE_BUNDLE, .device = village.d.device };
	struct op op = { .kind = OP_REVOKE, .unit = 6, .reason = SPAN_LIT("lost") };
	struct carried out;
	struct buf file;

	bundle();
	cr_assert_eq(take(&village, buf_span(&p.bundle), &out), -ERR_DENIED, "its own");
	cr_assert_eq(take(&elsewhere, buf_span(&p.bundle), &out), 0,
		     "it does not know that device: the server does");
	judged();
	cr_assert_eq(take(&district, buf_span(&p.answer), &out), -ERR_INVALID, "no bundle");
	buf_init(&file, WIRE_FILE_MAX);
	memcpy(h.store, w.birth.store, sizeof(h.store));
	h.store[5] ^= 1;
	must(file_write(&file, &h, SPAN_LIT("sealed"), &w.e), &w.e, "a file");
	cr_assert_eq(take(&district, buf_span(&file), &out), -ERR_DENIED, "of another store");
	h.store[5] ^= 1;
	h.device = elsewhere.d.device;
	buf_reset(&file);
	must(file_write(&file, &h, SPAN_LIT("sealed"), &w.e), &w.e, "a file");
	cr_assert_eq(take(&village, buf_span(&file), &out), 0, "not known here either");
	buf_fini(&file);
	op.device.device = village.d.device;
	world_act_now(&w, &op);
	desk_sync(&district);
	cr_assert_eq(take(&district, buf_span(&p.bundle), &out), -ERR_DENIED, "revoked");
	list(&district, 0);
}

Test(client_carry, a_colleagues_and_one_that_is_not_known_here)
{
	struct desk other;
	struct carried out;
	struct post q;

	desk_open(&other, &w, 3, ROLE_CLERK); /* of the district itself, which the district knows */
	desk_sync(&other);
	desk_sync(&district);
	post_open(&q, &other);
	cr_assert_eq(post_bundle(&q, &other), 0, "%s", other.e.msg);
	cr_assert_eq(take(&district, buf_span(&q.bundle), &out), 0, "a colleague's: %s",
		     district.e.msg);
	cr_assert_eq(take(&village, buf_span(&q.bundle), &out), 0, "not known in the village");
	list(&village, 1);
	post_close(&q);
	desk_close(&other);
}

/* Which units are below is told by what the device has read: a battery that is flat sets its clock to long before. */
Test(client_carry, whatever_the_clock_says)
{
	struct op_change moves = { .what = CHANGE_MOVE, .unit = 6, .parent = 2 };
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .changes = &moves,
				  .count = 1 } };
	struct carried out;
	struct span file = bundle();

	op.act.signed_day = op.act.effective = day_of_instant(w.now_ms);
	world_act_now(&w, &op);
	elsewhere.s.script.restart_once = true;
	elsewhere.s.script.authority = ledger_info(w.l).lsn;
	desk_sync(&elsewhere);
	elsewhere.now_ms = 0;
	cr_assert_eq(take(&elsewhere, file, &out), 0, "%s", elsewhere.e.msg);
}

Test(client_carry, four_of_a_device_wait_at_most)
{
	struct carried out;

	for (int i = 0; i < CARRIED_PER_DEVICE; i++)
		taken(bundle());
	bundle();
	cr_assert_eq(take(&district, buf_span(&p.bundle), &out), -ERR_FULL);
	list(&district, CARRIED_PER_DEVICE);
}

Test(client_carry, those_that_are_answered_give_way)
{
	struct file_head h = { .kind = FILE_BUNDLE };
	struct carried first = { .device = 0 }, out;
	struct buf file;

	memcpy(h.store, w.birth.store, sizeof(h.store));
	buf_init(&file, WIRE_FILE_MAX);
	for (uint64_t i = 0; i <= CARRIED_MAX; i++) {
		h.device = 0x7000 + i; /* of devices that are not known here */
		buf_reset(&file);
		must(file_write(&file, &h, SPAN_LIT("sealed"), &w.e), &w.e, "a file");
		district.now_ms++;
		cr_assert_eq(take(&district, buf_span(&file), &out),
			     i < CARRIED_MAX ? 0 : -ERR_FULL, "%d", (int)i);
		if (!i)
			first = out;
	}
	cr_assert_eq(carried_refused(district.c, &first.id, district.now_ms, &w.e), 0);
	taken(buf_span(&file));
	cr_assert_neq(list(&district, CARRIED_MAX)->device, first.device, "it gave way");
	buf_fini(&file);
}

/* ---- what the server says ---- */

Test(client_carry, not_good)
{
	uint64_t rows = kv_rows(district.kv, CT_IDENTITY);
	const struct carried *c;

	taken(bundle());
	server.code = WIRE_BUNDLE_INVALID;
	contact(0, 0);
	cr_assert_eq(district.r.carry_refused, 1);
	cr_assert_eq(kv_rows(district.kv, CT_IDENTITY), rows + 1, "no piece is left of it");
	c = list(&district, 1);
	cr_assert_eq(c->state, CARRIED_REFUSED);
	cr_assert_eq(c->answer_bytes, 0);
	cr_assert_eq(c->bundle_bytes, 0);
	contact(0, 0); /* it is not brought again */
	cr_assert_eq(server.pieces, 1);
}

Test(client_carry, come_back_later)
{
	desk_month(&village, 6, 9, 1, 49);
	taken(bundle());
	server.code = WIRE_BUSY;
	contact(0, 1);
	cr_assert_eq(district.r.retry_after_ms, 700);
	cr_assert_eq(list(&district, 1)->state, CARRIED_WAITING);
	server.code = WIRE_OK;
	contact(0, 1); /* taken, and there is no answer yet */
	judged();
	brought_home(1);
}

/* An answer that is not about this bundle is a breach, and is not kept. */
Test(client_carry, another_ones_answer)
{
	struct file_head h = { .kind = FILE_ANSWER, .device = village.d.device };
	struct sync_ask ask = { .carry = true };
	struct buf file;

	taken(bundle());
	memcpy(h.store, w.birth.store, sizeof(h.store));
	h.about.b[0] = 0x5a;
	buf_init(&file, WIRE_FILE_MAX);
	must(file_write(&file, &h, SPAN_LIT("sealed"), &w.e), &w.e, "a file");
	server.answer = buf_span(&file);
	cr_assert_eq(desk_ask(&district, &ask), SYNC_BREACH);
	cr_assert_eq(list(&district, 1)->state, CARRIED_WAITING);
	buf_fini(&file);
}

/* ---- faults ---- */

/* Wherever the store of the carrier fails, the bundle is there whole or not at all, and gets there in the end. */
Test(client_carry, every_call_of_the_store_may_fail)
{
	struct sync_ask ask = { .carry = true };
	struct carried out;
	uint64_t failed = 0;
	int rc = -1;

	desk_month(&village, 6, 9, 1, 49);
	bundle();
	for (uint64_t call = 1; rc; call++) {
		kv_fail_at(district.kv, kv_calls(district.kv) + call, ERR_FULL, false);
		rc = take(&district, buf_span(&p.bundle), &out);
		kv_fail_at(district.kv, 0, ERR_NONE, false);
		desk_reopen(&district);
		cr_assert(!rc || rc == -ERR_FULL, "call %llu: %d", (unsigned long long)call, rc);
		failed += rc != 0;
		list(&district, rc ? 0 : 1);
	}
	cr_assert_gt(failed, 3);
	judged();
	rc = SYNC_FAILED;
	failed = 0;
	for (uint64_t call = 1; rc == SYNC_FAILED; call++) {
		kv_fail_at(district.kv, kv_calls(district.kv) + call, ERR_FULL, false);
		rc = (int)desk_ask(&district, &ask);
		kv_fail_at(district.kv, 0, ERR_NONE, false);
		failed += rc == SYNC_FAILED;
		if (rc == SYNC_FAILED)
			desk_reopen(&district);
	}
	cr_assert_gt(failed, 10);
	cr_assert_eq(rc, SYNC_DONE, "%s", district.e.msg);
	same_file(carried_answer, list(&district, 1), server.answer);
}
