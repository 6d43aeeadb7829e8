/* A standby and the server it follows, both in one thread: what it takes, what it does not believe, and how the server
 * before knows that it was promoted. */
#include <criterion/criterion.h>

#include "server_rig.h"

#include "domain/rights.h"
#include "ledger/verify.h"
#include "server/follower.h"
#include "server/promoted.h"

struct copy {
	struct kv *kv;
	struct ledger *l;
	struct keystore *keys;
	struct follower_setup setup;
	struct follower_state last;
	struct follower *f;
	struct wired c;
};

static struct rig r;
static struct dev standby, clerk;
static struct copy n;

static int renewed(void *ctx, struct span certificate, struct err *e)
{
	(void)ctx, (void)certificate, (void)e;
	return 0;
}

static void copy_open(struct copy *k)
{
	struct keystore_setup ks = { .ctx = k };

	memset(k, 0, sizeof(*k));
	must(kv_mem_open(&k->kv, LEDGER_TABLES, &r.e), &r.e, "a store");
	must(kv_mem_open(&ks.kv, KEYSTORE_TABLES, &r.e), &r.e, "a store of keys");
	must(keystore_new(&k->keys, &ks, &r.e), &r.e, "a key store");
	k->setup = (struct follower_setup){ .kv = k->kv,
					    .ledger = &k->l,
					    .keys = k->keys,
					    .program = SPAN_LIT("a standby"),
					    .poll_ms = 500,
					    .renewed = renewed };
	k->setup.who.device = standby.d.device;
	k->setup.who.epoch = standby.d.epoch;
	memcpy(k->setup.who.nonce, standby.nonce, 16);
	memcpy(k->setup.who.store, r.w.birth.store, 16);
	memcpy(k->setup.who.log_key, r.w.birth.log_key, 32);
}

static void copy_close(struct copy *k)
{
	ledger_close(k->l);
	keystore_free(k->keys);
	kv_close(k->kv);
}

/* To and fro until neither has anything to say. `spoil` (may be NULL) sees what the server says. */
static void talk(struct copy *k, void (*spoil)(struct buf *said))
{
	bool more = true;

	while (more) {
		struct span out = follower_output(k->f);

		more = out.len != 0;
		if (more) {
			say_bytes(&k->c, out);
			follower_taken(k->f, out.len, r.now);
		}
		rig_run(&r, &k->c);
		if (k->c.got.len > k->c.got_at) {
			if (spoil)
				spoil(&k->c.got);
			follower_receive(
				k->f,
				span_of(k->c.got.data + k->c.got_at, k->c.got.len - k->c.got_at),
				r.now);
			k->c.got_at = k->c.got.len;
			more = true;
		}
	}
	k->last = *follower_state(k->f);
}

static void meet(struct copy *k, void (*spoil)(struct buf *said))
{
	wire_up(&r, &k->c, &standby);
	must(follower_new(&k->f, &k->setup, r.now, &r.e), &r.e, "a follower");
	talk(k, spoil);
}

static void part(struct copy *k)
{
	follower_free(k->f);
	wire_down(&k->c);
}

static void work(size_t count)
{
	struct wired c;
	struct wire_submit s;
	union wire_any m;
	uint64_t first = clerk.made + 1;

	while (count--)
		dev_make(&r, &clerk);
	s = dev_submit(&r, &clerk, first, clerk.made);
	wire_up(&r, &c, &clerk);
	greet(&c, &clerk);
	say(&c, FRAME_SUBMIT, &s);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &m);
	cr_assert_eq(m.ack.acked_seq, clerk.made);
	clerk.acked = clerk.made;
	wire_down(&c);
}

static void open_both(void)
{
	rig_open(&r);
	rig_device(&r, &standby, 1, ROLE_STANDBY);
	rig_device(&r, &clerk, 4, ROLE_CLERK);
	copy_open(&n);
	work(3);
}

static void close_both(void)
{
	copy_close(&n);
	rig_close(&r);
}

static void same_log(void)
{
	struct verify_report here, there;

	must(ledger_verify(&there, r.w.l, NULL, NULL, &r.e), &r.e, "the server's log");
	must(ledger_verify(&here, n.l, NULL, NULL, &r.e), &r.e, "the standby's log");
	cr_assert_eq(here.entries, there.entries);
	cr_assert_eq(here.rows, there.rows);
	cr_assert(hash_eq(&here.root, &there.root));
}

Test(standby, gets_every_entry_and_goes_on)
{
	open_both();
	meet(&n, NULL);
	cr_assert_eq(n.last.end, FOLLOWER_GOING, "%s", n.last.err.msg);
	cr_assert(n.last.met && n.last.level);
	cr_assert_eq(n.last.lsn, rig_lsn(&r));
	cr_assert_eq(n.last.proven, rig_lsn(&r));
	same_log();
	work(2);
	cr_assert(n.last.lsn < rig_lsn(&r));
	rig_wait(&r, 500);
	cr_assert(follower_tick(n.f, r.now));
	talk(&n, NULL);
	cr_assert_eq(n.last.lsn, rig_lsn(&r), "%s", n.last.err.msg);
	part(&n);
	work(2);
	meet(&n, NULL); /* a line of its own each time */
	cr_assert(n.last.level);
	same_log();
	part(&n);
	close_both();
}

Test(standby, only_what_is_its_own_role_gets_all)
{
	struct entry elsewhere = { .lsn = 2, .unit = 999 }; /* of a unit that is below nobody now */
	struct arena *a = arena_new(1 << 20);
	struct feed_scope s;
	struct dev operator;

	open_both();
	must(feed_scope(&s, r.w.l, standby.d.device, true, &r.e), &r.e, "a scope");
	cr_assert(s.all);
	cr_assert_eq(feed_sees(r.w.l, &s, &elsewhere, a, &r.e), 1);
	rig_device(&r, &operator, 1, ROLE_OPERATOR);
	must(feed_scope(&s, r.w.l, operator.d.device, true, &r.e), &r.e, "a scope");
	cr_assert(!s.all);
	cr_assert_eq(feed_sees(r.w.l, &s, &elsewhere, a, &r.e), 0);
	must(feed_scope(&s, r.w.l, clerk.d.device, true, &r.e), &r.e, "a scope");
	cr_assert(!s.all);
	arena_free(a);
	close_both();
}

static enum op_code said_by(const struct dev *d, const struct op *op)
{
	struct op_base base = { .lsn = rig_lsn(&r) };
	struct op_id id = { d->d.device, d->d.epoch, 1 };

	memcpy(base.incarnation, r.w.birth.incarnation, 16);
	return ledger_decide(r.w.l, op, id, 1, &base, r.now.wall_ms, &r.e);
}

Test(standby, is_made_by_the_server_alone_and_has_no_right)
{
	struct dev operator;
	struct op op;

	open_both();
	rig_device(&r, &operator, 1, ROLE_OPERATOR);
	op = build_person(9, 1, ROLE_AUDITOR);
	op.author = operator.d.person;
	cr_assert_eq(said_by(&operator, & op), CODE_OK);
	op.person.role = ROLE_STANDBY;
	cr_assert_eq(said_by(&operator, & op), CODE_NOT_ALLOWED);
	op = build_person(9, 4, ROLE_STANDBY);
	cr_assert_lt(world_try(&r.w, &op), 0, "only the root's: it gets the whole log");
	op = build_person(9, 1, ROLE_STANDBY);
	cr_assert_eq(world_try(&r.w, &op), 0);
	for (int right = 0; right < RIGHTS; right++)
		for (int relation = 0; relation < RELATIONS; relation++)
			cr_assert_eq(rights_ask((enum right)right, ROLE_STANDBY,
						(enum unit_relation)relation),
				     RIGHT_NO);
	close_both();
}

static bool spoilt;

/* A byte of the body of the newest entry, in the middle of a page. */
static void spoil_entry(struct buf *said)
{
	const struct packed *p = &clerk.op[clerk.made];

	for (size_t i = 0; i + p->body.len <= said->len && !spoilt; i++)
		if (!memcmp(said->data + i, p->body.data, p->body.len)) {
			said->data[i + p->body.len - 1] ^= 1;
			spoilt = true;
		}
}

Test(standby, an_entry_that_was_changed_is_not_kept)
{
	open_both();
	meet(&n, NULL);
	part(&n);
	work(1);
	spoilt = false;
	meet(&n, spoil_entry);
	cr_assert(spoilt);
	cr_assert_eq(n.last.end, FOLLOWER_STOPPED);
	cr_assert(ledger_info(n.l).lsn < rig_lsn(&r), "nothing of that page is kept");
	part(&n);
	meet(&n, NULL);
	cr_assert(n.last.level, "%s", n.last.err.msg);
	same_log();
	part(&n);
	close_both();
}

static struct merkle_proof proof;

static void spoil_proof(struct buf *said)
{
	for (size_t i = 0; proof.count && i + HASH_BYTES <= said->len && !spoilt; i++)
		if (!memcmp(said->data + i, proof.node[0].b, HASH_BYTES)) {
			said->data[i] ^= 1;
			spoilt = true;
		}
}

/* Of a page that ends before its head nothing but the proof speaks. */
Test(standby, a_proof_that_does_not_hold_stops_it)
{
	uint64_t had;

	open_both();
	meet(&n, NULL);
	part(&n);
	had = n.last.lsn;
	work(4);
	must(ledger_prove_prefix(r.w.l, had, rig_lsn(&r), &proof, &r.e), &r.e, "a proof");
	spoilt = false;
	meet(&n, spoil_proof);
	cr_assert(spoilt);
	cr_assert_eq(n.last.end, FOLLOWER_STOPPED);
	cr_assert_eq(ledger_info(n.l).lsn, had);
	part(&n);
	close_both();
}

Test(standby, another_history_stops_it_and_all_is_kept)
{
	struct rig first;
	uint64_t had;

	open_both();
	meet(&n, NULL);
	part(&n);
	had = n.last.lsn;
	first = r;
	/* the same store, devices and keys again, but other work */
	rig_open(&r);
	rig_wait(&r, 7000);
	rig_device(&r, &standby, 1, ROLE_STANDBY);
	rig_device(&r, &clerk, 4, ROLE_CLERK);
	work(5);
	cr_assert(rig_lsn(&r) > had);
	n.setup.who.device = standby.d.device;
	meet(&n, NULL);
	cr_assert_eq(n.last.end, FOLLOWER_STOPPED);
	cr_assert_eq(ledger_info(n.l).lsn, had);
	part(&n);
	copy_close(&n);
	rig_close(&r);
	r = first;
	rig_close(&r);
}

static void declare(const uint8_t id[16], const uint8_t parent[16], uint64_t branch)
{
	struct op op = { .kind = OP_INCARNATION, .source = SPAN_LIT("console:test") };

	memcpy(op.incarnation.id, id, 16);
	memcpy(op.incarnation.parent, parent, 16);
	memcpy(op.incarnation.store, r.w.birth.store, 16);
	memcpy(op.incarnation.log_key, r.w.birth.log_key, 32);
	op.incarnation.branch_lsn = branch;
	op.incarnation.cause = SPAN_LIT("disk");
	world_act_now(&r.w, &op);
}

Test(standby, a_declared_restore_behind_what_it_has_stops_it)
{
	static const uint8_t id[16] = { 0x2c, 1 };

	open_both();
	meet(&n, NULL);
	part(&n);
	declare(id, r.w.birth.incarnation, rig_lsn(&r)); /* nothing was lost: it goes on */
	meet(&n, NULL);
	cr_assert(n.last.level, "%s", n.last.err.msg);
	cr_assert_eq(ledger_info(n.l).incarnation[0], 0x2c);
	part(&n);
	declare((const uint8_t[16]){ 0x2d }, id, 3);
	meet(&n, NULL);
	cr_assert_eq(n.last.end, FOLLOWER_STOPPED);
	cr_assert_eq(ledger_info(n.l).incarnation[0], 0x2c, "everything as it was");
	part(&n);
	close_both();
}

/* ---- the server before ---- */

static bool told_succeeded;

/* What a device is told that shows a head of that incarnation; `peer`: as who it comes. */
static uint32_t shown_by(const struct dev *d, const struct session_peer *peer,
			 const uint8_t incarnation[16], bool signed_by_us)
{
	static uint8_t bytes[HEAD_BYTES];
	static struct ed25519_sig sig;
	struct head head = { .size = 4, .time_ms = 1 };
	struct wire_hello h = dev_hello(&r, d);
	union wire_any m;
	struct wired c;
	uint32_t code;

	memcpy(head.incarnation, incarnation, 16);
	head_encode(bytes, &head);
	sig = head_sign(&head, &r.w.key);
	if (!signed_by_us)
		sig.b[5] ^= 1;
	h.head = wire_head_of(bytes, &sig);
	wire_up_peer(&r, &c, peer);
	say(&c, FRAME_HELLO, &h);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	code = m.hello_ack.code;
	told_succeeded = m.hello_ack.succeeded;
	wire_down(&c);
	return code;
}

static uint32_t shown(const uint8_t incarnation[16], bool signed_by_us)
{
	struct session_peer peer = peer_of_dev(&r, &clerk);

	return shown_by(&clerk, &peer, incarnation, signed_by_us);
}

Test(standby, the_server_before_stops_when_it_is_shown_a_promoted_head)
{
	static const uint8_t drawn[PROMOTED_RANDOM] = "drawn...";
	uint8_t id[16], other[16] = { 9 };

	open_both();
	promoted_id(id, other, drawn);
	cr_assert(!promoted_from(id, r.w.birth.incarnation));
	cr_assert_eq(shown(id, true), WIRE_OK, "of another line: cut off by some restore");
	promoted_id(id, r.w.birth.incarnation, drawn);
	cr_assert(promoted_from(id, r.w.birth.incarnation));
	cr_assert_eq(shown(id, false), WIRE_OK, "anybody can invent one");
	cr_assert_null(writer_successor(r.writer));
	cr_assert(!told_succeeded);
	cr_assert_eq(shown(id, true), WIRE_SERVER_BEHIND);
	cr_assert(told_succeeded, "already the first one hears why");
	cr_assert(r.sv.mood.behind);
	cr_assert_not_null(writer_successor(r.writer));
	cr_assert_eq(memcmp(writer_successor(r.writer), id, 16), 0);
	cr_assert_eq(shown(r.w.birth.incarnation, false), WIRE_SERVER_BEHIND, "nobody is let in");
	cr_assert(told_succeeded);
	close_both();
}

/* A code and a certificate are the successor's to give: whoever lacks one is not sent for it here. */
Test(standby, who_was_succeeded_says_so_to_strangers_too)
{
	static const uint8_t drawn[PROMOTED_RANDOM] = "drawn...";
	struct session_peer late, peer;
	struct dev stranger;
	uint8_t id[16];

	open_both();
	stranger = clerk;
	stranger.d.device = 77;
	peer = peer_of_dev(&r, &stranger);
	late = peer_of_dev(&r, &clerk);
	late.verdict = CERT_EXPIRED;
	late.cert.not_after_ms = r.now.wall_ms - 1000;
	cr_assert_eq(shown_by(&stranger, &peer, r.w.birth.incarnation, false), WIRE_DEVICE_UNKNOWN);
	cr_assert_eq(shown_by(&clerk, &late, r.w.birth.incarnation, false), WIRE_RENEW_FIRST);
	cr_assert(!told_succeeded);
	promoted_id(id, r.w.birth.incarnation, drawn);
	cr_assert_eq(shown(id, true), WIRE_SERVER_BEHIND);
	cr_assert_eq(shown_by(&stranger, &peer, r.w.birth.incarnation, false), WIRE_SERVER_BEHIND);
	cr_assert(told_succeeded);
	cr_assert_eq(shown_by(&clerk, &late, r.w.birth.incarnation, false), WIRE_SERVER_BEHIND);
	cr_assert(told_succeeded);
	meet(&n, NULL);
	cr_assert_eq(n.last.end, FOLLOWER_STOPPED);
	cr_assert(strstr(n.last.err.msg, "`ketnapd follow HOST:PORT`"), "%s", n.last.err.msg);
	part(&n);
	close_both();
}

Test(standby, the_promoted_one_itself_goes_on)
{
	static const uint8_t drawn[PROMOTED_RANDOM] = "drawn...";
	uint8_t id[16];

	open_both();
	promoted_id(id, r.w.birth.incarnation, drawn);
	declare(id, r.w.birth.incarnation, rig_lsn(&r));
	must(writer_look(r.writer, &r.e), &r.e, "look");
	meet(&n, NULL); /* its own head is no stranger's */
	part(&n);
	meet(&n, NULL);
	cr_assert(n.last.level, "%s", n.last.err.msg);
	part(&n);
	close_both();
}

/* ---- keys ---- */

static struct keystore *some_keys(void)
{
	struct keystore_setup ks = { .ctx = NULL };
	struct keystore *out;

	must(kv_mem_open(&ks.kv, KEYSTORE_TABLES, &r.e), &r.e, "a store of keys");
	must(keystore_new(&out, &ks, &r.e), &r.e, "a key store");
	return out;
}

static void key_made(struct dev *by, uint8_t id, uint32_t generation)
{
	struct op op = { .kind = OP_UNIT_KEY,
			 .unit = clerk.d.unit,
			 .unit_key.generation = generation };
	struct judgement j;

	op.unit_key.key[0] = op.unit_key.public_half[0] = id;
	j = world_submit_now(&r.w, &by->d, &op);
	cr_assert_eq(j.code, CODE_OK, "%s", op_code_name(j.code));
}

static void wrapped(struct keystore *ks, uint8_t key)
{
	uint8_t wrap[72] = { key }, results[1];
	struct device_row by = { .device = clerk.d.device, .unit = clerk.d.unit };
	struct wire_key k = { .what = WIRE_KEY_PERSON,
			      .unit = clerk.d.unit,
			      .wrap = span_of(wrap, sizeof(wrap)) };

	k.key[0] = key;
	k.person[0] = 1;
	must(keystore_put(ks, r.w.l, &by, &k, 1, results, &r.e), &r.e, "a wrap");
	cr_assert_eq(results[0], WIRE_KEY_TAKEN);
}

static void copied(struct keystore *to, struct keystore *from, struct arena *a)
{
	struct wire_key_page page;

	arena_reset(a);
	must(keystore_page_all(from, keystore_newest(to), &page, a, &r.e), &r.e, "a page");
	must(keystore_take_page(to, r.w.l, &page, &r.e), &r.e, "a copy");
}

/* A wrap can come before the log has its key: which one is later is learned when it is put again, and what goes then goes
 * at the standby too. */
Test(standby, what_an_earlier_key_opened_goes_there_too)
{
	struct device_row by;
	struct arena *a = arena_new(1 << 20);
	struct keystore *from, *to;
	struct wire_key_page page;
	struct dev maker;

	open_both();
	by = (struct device_row){ .device = clerk.d.device, .unit = clerk.d.unit };
	from = some_keys();
	to = some_keys();
	rig_device(&r, &maker, 4, ROLE_CLERK);
	key_made(&maker, 1, 1);
	wrapped(from, 1);
	wrapped(from, 2);
	copied(to, from, a);
	key_made(&maker, 2, 2);
	wrapped(from, 2);
	copied(to, from, a);
	for (int i = 0; i < 2; i++) {
		arena_reset(a);
		must(keystore_page(i ? to : from, &by, 0, &page, a, &r.e), &r.e, "a page");
		cr_assert_eq(page.count, 1, "%zu at the %s", page.count, i ? "standby" : "server");
		cr_assert_eq(page.rows[0].key[0], 2);
		cr_assert_eq(page.rows[0].seq, 3);
	}
	keystore_free(from);
	keystore_free(to);
	arena_free(a);
}

enum { WRAPS = 1400 };

Test(standby, every_wrap_is_copied_in_order_whoever_it_is_for)
{
	struct keystore *from, *to;
	struct arena *a = arena_new(4 << 20);
	struct wire_key_page page = { .more = true };
	struct device_row by = { .device = 1 };
	uint8_t wrap[72] = { 7 }, results[1];
	size_t got = 0, pages = 0;
	uint64_t after = 0;

	open_both();
	from = some_keys();
	to = some_keys();
	for (unsigned i = 0; i < WRAPS; i++) {
		struct wire_key k = { .what = WIRE_KEY_PERSON,
				      .unit = 1 + i * 7 % 5,
				      .wrap = span_of(wrap, sizeof(wrap)) };

		k.key[0] = 1;
		k.person[0] = 1;
		k.person[1] = (uint8_t)(i >> 8);
		k.person[2] = (uint8_t)i;
		by.unit = k.unit;
		must(keystore_put(from, r.w.l, &by, &k, 1, results, &r.e), &r.e, "a wrap");
		cr_assert_eq(results[0], WIRE_KEY_TAKEN);
	}
	while (page.more) {
		arena_reset(a);
		must(keystore_page_all(from, after, &page, a, &r.e), &r.e, "a page");
		for (size_t i = 0; i < page.count; i++)
			cr_assert_eq(page.rows[i].seq, ++got, "in order, none left out");
		after = page.next;
		must(keystore_take_page(to, r.w.l, &page, &r.e), &r.e, "a copy");
		pages++;
	}
	cr_assert_eq(got, WRAPS);
	cr_assert_eq(pages, 3);
	cr_assert_eq(keystore_newest(to), WRAPS);
	for (unsigned unit = 1; unit <= 5; unit++) {
		by.unit = unit;
		arena_reset(a);
		must(keystore_page(to, &by, 0, &page, a, &r.e), &r.e, "a page");
		cr_assert_eq(page.count, WRAPS / 5, "they open where they did");
	}
	keystore_free(from);
	keystore_free(to);
	arena_free(a);
	close_both();
}
