/* A standby follows the server by its own protocol, and is promoted when that one is destroyed, or while it still
 * serves some devices. In the end the server of before is let loose once more: a device that has met the new one stops
 * it for good. */
#include "sim.h"

#include "internal.h"
#include "server/promoted.h"

#include <inttypes.h>
#include <stdlib.h>

enum { STANDBY = 0x57a2db, STANDBY_PERSON = 90, TURNS = 60 };

static const uint8_t standby_nonce[16] = { 0x57 };

/* ---- it is enrolled ---- */

static void act_now(struct sim *s, struct op *op)
{
	op->source = SPAN_LIT("console:sim");
	must(ledger_act(s->l, op, sim_server_now(s).wall_ms, NULL, &s->e), &s->e, "an act");
}

static void open_stores(struct sim *s)
{
	struct standby *n = &s->standby;
	struct keystore_setup ks = { .rewrite = NULL };

	must(kv_mem_open(&n->kv, LEDGER_TABLES, &s->e), &s->e, "a standby's store");
	must(kv_mem_open(&ks.kv, KEYSTORE_TABLES, &s->e), &s->e, "a standby's keys");
	n->key_kv = ks.kv;
	must(keystore_new(&n->keys, &ks, &s->e), &s->e, "a standby's key store");
}

void promote_begin(struct sim *s)
{
	struct op person = build_person(STANDBY_PERSON, 1, ROLE_STANDBY),
		  device = build_device(STANDBY, 1, STANDBY_PERSON, 1);

	if (!s->follows)
		return;
	keys_of_device(s->b, &device);
	memcpy(device.device.nonce, standby_nonce, 16);
	must(ledger_begin(s->l, &s->e), &s->e, "begin");
	act_now(s, &person);
	act_now(s, &device);
	must(ledger_commit(s->l, &s->b->w.key, NULL, &s->e), &s->e, "commit");
	post_told(s);
	open_stores(s);
}

static void close_stores(struct standby *n)
{
	ledger_close(n->l);
	keystore_free(n->keys);
	kv_close(n->kv);
	n->l = NULL;
	n->keys = NULL;
	n->kv = NULL;
}

void promote_close(struct sim *s)
{
	promote_server_gone(s);
	close_stores(&s->standby);
	kv_close(s->before_kv);
}

/* ---- it follows ---- */

static int renewed(void *ctx, struct span certificate, struct err *e)
{
	(void)ctx;
	(void)certificate;
	(void)e;
	return 0;
}

static struct session_peer peer_of(const struct sim *s, uint64_t device, const struct hash *spki)
{
	struct session_peer p = { .verdict = CERT_GOOD };

	p.cert.subject = (struct cert_subject){ .role = CERT_DEVICE, .device = device };
	p.cert.spki_hash = *spki;
	p.cert.not_before_ms = s->wall_ms - 86400000;
	p.cert.not_after_ms = s->wall_ms + INT64_C(86400000) * 300;
	return p;
}

void promote_server_gone(struct sim *s)
{
	session_free(s->standby.session);
	s->standby.session = NULL;
}

bool promote_done(struct sim *s, struct job **j)
{
	if (!s->standby.session || s->standby.conn != (*j)->conn)
		return false;
	session_done(s->standby.session, j, sim_server_now(s));
	return true;
}

/* What both have said, to and fro. False: nothing moved. */
static bool talk(struct sim *s, struct follower *f, struct buf *unread)
{
	struct session *x = s->standby.session;
	struct span out = follower_output(f);
	struct job *j;
	bool moved = out.len > 0;
	size_t used;

	buf_bytes(unread, out);
	follower_taken(f, out.len, sim_server_now(s));
	used = session_input(x, buf_span(unread), NULL, sim_server_now(s));
	memmove(unread->data, unread->data + used, unread->len - used);
	unread->len -= used;
	while ((j = session_job(x))) {
		writer_put(s->writer, &j);
		moved = true;
	}
	post_run(s);
	if (s->up)
		post_deliver(s, SIZE_MAX);
	if (!s->standby.session) /* the server fell over it */
		return false;
	out = session_output(s->standby.session);
	if (!out.len)
		return moved;
	roster_bytes(s, out, "on its way to a standby");
	(void)follower_receive(f, out, sim_server_now(s));
	session_sent(s->standby.session, out.len, sim_server_now(s));
	return true;
}

/* Both stores have these rows, and no others. */
static void same_rows(struct sim *s, struct kv *standby, struct kv *server, uint8_t from,
		      uint8_t to)
{
	struct span none = { NULL, 0 }, key, value, its_key, its_value;
	struct kv_txn *ours, *theirs;
	struct kv_cursor *a, *b;

	must(kv_begin(&ours, standby, KV_READ, &s->e), &s->e, "read");
	must(kv_begin(&theirs, server, KV_READ, &s->e), &s->e, "read");
	for (uint8_t table = from; table < to; table++) {
		bool more = true, also;

		must(kv_walk(&a, ours, table, none, none, false, &s->e), &s->e, "walk");
		must(kv_walk(&b, theirs, table, none, none, false, &s->e), &s->e, "walk");
		while (more) {
			more = must(kv_next(a, &key, &value, &s->e), &s->e, "walk") != 0;
			also = must(kv_next(b, &its_key, &its_value, &s->e), &s->e, "walk") != 0;
			if (more != also ||
			    (more && (!span_eq(key, its_key) || !span_eq(value, its_value))))
				sim_fail(s, "a standby that is level has other rows in table %u",
					 table);
		}
		kv_walk_end(a);
		kv_walk_end(b);
	}
	kv_abort(&ours);
	kv_abort(&theirs);
}

static void look_at(struct sim *s, const struct follower_state *is)
{
	struct standby *n = &s->standby;

	if (is->end == FOLLOWER_FAILED)
		sim_fail(s, "a standby fails: %s", is->err.msg);
	/* what it has is no part of a log that was set back behind it */
	if (is->end == FOLLOWER_STOPPED && n->restores == s->restores)
		sim_fail(s, "a standby does not believe its server: %s", is->err.msg);
	n->proven = is->proven > n->proven ? is->proven : n->proven;
	n->stopped = is->end == FOLLOWER_STOPPED;
	if (!is->level)
		return;
	n->restores = s->restores;
	sim_count(s, F_STANDBY_LEVEL);
	/* row 0 of the key store says who it is of */
	if (s->up && s->reg && n->l && is->lsn == s->log_count &&
	    keystore_newest(n->keys) == keystore_newest(s->keystore))
		same_rows(s, n->key_kv, s->key_kv, 1, KEYSTORE_TABLES);
}

static void follow(struct sim *s)
{
	struct standby *n = &s->standby;
	struct session_peer peer = peer_of(s, STANDBY, &s->b->device_spki);
	unsigned turns = rng_chance(&s->r, 30) ? 1 + rng_below(&s->r, 8) : TURNS;
	struct follower_setup how = { .kv = n->kv,
				      .ledger = &n->l,
				      .keys = n->keys,
				      .program = SPAN_LIT("a standby"),
				      .proven = n->proven,
				      .poll_ms = 500,
				      .renewed = renewed };
	struct follower *f;
	struct buf unread;

	memcpy(how.who.store, s->b->w.birth.store, 16);
	memcpy(how.who.log_key, s->b->w.birth.log_key, 32);
	memcpy(how.who.nonce, standby_nonce, 16);
	how.who.device = STANDBY;
	how.who.epoch = 1;
	n->conn = ++s->conns;
	buf_init(&unread, 8 << 20);
	must(session_new(&n->session, &s->sv, n->conn, &peer, sim_server_now(s), &s->e), &s->e,
	     "a session");
	must(follower_new(&f, &how, sim_server_now(s), &s->e), &s->e, "a follower");
	while (turns-- && talk(s, f, &unread))
		;
	look_at(s, follower_state(f));
	follower_free(f);
	promote_server_gone(s);
	buf_fini(&unread);
}

/* ---- it is promoted ---- */

/* Whatever it has is what the server has. */
static void check_prefix(struct sim *s)
{
	struct span none = { NULL, 0 }, key, value, theirs;
	struct kv_txn *ours, *server;
	struct kv_cursor *c;

	must(kv_begin(&ours, s->standby.kv, KV_READ, &s->e), &s->e, "read");
	must(kv_begin(&server, s->kv, KV_READ, &s->e), &s->e, "read");
	must(kv_walk(&c, ours, T_LOG, none, none, false, &s->e), &s->e, "walk");
	while (must(kv_next(c, &key, &value, &s->e), &s->e, "walk"))
		if (kv_get(server, T_LOG, key, &theirs, &s->e) || !span_eq(value, theirs))
			sim_fail(s, "a standby has an entry that its server has not");
	kv_walk_end(c);
	kv_abort(&ours);
	kv_abort(&server);
}

static uint64_t branch_of(const struct standby *n)
{
	struct ed25519_sig sig;
	struct head head;
	uint64_t at = n->proven, lsn = ledger_info(n->l).lsn;

	if (!ledger_head(n->l, &head, &sig, NULL) && head.size > at)
		at = head.size;
	return at > lsn ? lsn : at ? at : 1;
}

/* The two acts of `ketnapd promote`, on the standby's own store. */
static void declare(struct sim *s)
{
	struct standby *n = &s->standby;
	struct ledger_info was = ledger_info(n->l);
	struct op begins = { .kind = OP_INCARNATION, .source = SPAN_LIT("console:sim") },
		  revoke = { .kind = OP_REVOKE,
			     .unit = 1,
			     .source = SPAN_LIT("console:sim"),
			     .reason = SPAN_LIT("promoted"),
			     .device.device = STANDBY };
	uint8_t drawn[PROMOTED_RANDOM];
	struct device_row row;

	for (size_t i = 0; i < sizeof(drawn); i++)
		drawn[i] = (uint8_t)rng_below(&s->r, 256);
	promoted_id(begins.incarnation.id, was.incarnation, drawn);
	memcpy(s->promoted_of, was.incarnation, 16);
	memcpy(begins.incarnation.parent, was.incarnation, 16);
	memcpy(begins.incarnation.store, was.store, 16);
	memcpy(begins.incarnation.log_key, was.log_key, 32);
	begins.incarnation.branch_lsn = branch_of(n);
	begins.incarnation.cause = SPAN_LIT("a standby was promoted");
	must(ledger_begin(n->l, &s->e), &s->e, "begin");
	must(ledger_act(n->l, &begins, sim_server_now(s).wall_ms, NULL, &s->e), &s->e, "promote");
	if (!ledger_device(n->l, STANDBY, &row, &s->e)) /* or its enrolment went with a disk */
		must(ledger_act(n->l, &revoke, sim_server_now(s).wall_ms, NULL, &s->e), &s->e,
		     "revoke");
	must(ledger_commit(n->l, &s->b->w.key, NULL, &s->e), &s->e, "commit");
}

static void promote(struct sim *s)
{
	struct standby *n = &s->standby;
	uint64_t had = ledger_info(n->l).lsn;

	check_prefix(s);
	if (had < s->log_count)
		sim_count(s, F_PROMOTED_BEHIND);
	else
		same_rows(s, n->kv, s->kv, T_LOG, T_LEDGER_END);
	owed_note(s, had);
	must(kv_mem_clone(&s->before_kv, s->kv, &s->e), &s->e, "the server of before");
	declare(s);
	sim_count(s, F_PROMOTED);
	post_promoted(s, n->kv, s->reg ? n->key_kv : NULL, had);
	s->promoted_at = s->restores;
	close_stores(n);
	s->follows = false;
}

void promote_step(struct sim *s)
{
	struct standby *n = &s->standby;

	if (!s->follows || !s->up || s->healing || s->behind || s->undeclared)
		return;
	if (rng_chance(&s->r, 8) && !n->stopped)
		follow(s);
	if (s->follows && s->up && n->l && s->step > s->steps / 3 && rng_chance(&s->r, 2) &&
	    n->restores == s->restores && ledger_info(n->l).lsn > s->b->lsn + 2 && !s->behind)
		promote(s);
}

/* ---- the server of before ---- */

struct before {
	struct kv *kv;
	struct ledger *l;
	struct server sv;
	struct writer *writer;
	struct devices *devices;
};

static void before_open(struct sim *s, struct before *b)
{
	struct writer_setup how = { .log_key = &s->b->w.key };

	memset(b, 0, sizeof(*b));
	must(kv_mem_clone(&b->kv, s->before_kv, &s->e), &s->e, "the server of before");
	must(ledger_open(&b->l, b->kv, 0, &s->e), &s->e, "its ledger");
	must(server_init(&b->sv, b->l, &s->e), &s->e, "a server");
	must(devices_new(&b->devices, &s->e), &s->e, "devices");
	how.ledger = b->l;
	how.devices = b->devices;
	must(writer_new(&b->writer, &how, &s->e), &s->e, "a writer");
	b->sv.mood = writer_mood(b->writer);
}

static void before_close(struct before *b)
{
	writer_free(b->writer);
	devices_free(b->devices);
	server_fini(&b->sv);
	ledger_close(b->l);
	kv_close(b->kv);
}

/* A contact of the device's copy, so that the device itself knows nothing of it. */
static enum client_halt contact(struct sim *s, struct before *b, const struct holder *h)
{
	struct session_peer peer = peer_of(s, h->d->device, &h->cert.spki);
	struct sync_ask ask = { .receipt_count = 0 };
	enum client_halt halt;
	struct session *x;
	struct client *c;
	struct sync *y;
	struct kv *kv;

	memcpy(ask.nonce, h->nonce, 16);
	must(kv_mem_clone(&kv, h->kv, &s->e), &s->e, "copy a device");
	must(client_open(&c, kv, &s->e), &s->e, "open it");
	must(session_new(&x, &b->sv, 1, &peer, sim_server_now(s), &s->e), &s->e, "a session");
	must(sync_new(&y, c, &ask, holder_now(s, h), &s->e), &s->e, "a contact");
	for (int turn = 0; turn < 20; turn++) {
		struct span out = sync_output(y);
		struct job *j;

		(void)session_input(x, out, NULL, sim_server_now(s));
		sync_taken(y, out.len, holder_now(s, h));
		while ((j = session_job(x)))
			writer_put(b->writer, &j);
		while (writer_due(b->writer))
			must(writer_run(b->writer, sim_server_now(s), &s->e), &s->e, "a batch");
		b->sv.mood = writer_mood(b->writer);
		while ((j = writer_take(b->writer)))
			session_done(x, &j, sim_server_now(s));
		out = session_output(x);
		if (!sync_receive(y, out, holder_now(s, h)))
			break;
		session_sent(x, out.len, sim_server_now(s));
	}
	sync_free(y);
	session_free(x);
	halt = client_state(c)->halt;
	client_close(c);
	kv_close(kv);
	return halt;
}

/* The first that has met the new one stops it; nothing is written there afterwards, whoever comes. */
void promote_check_end(struct sim *s)
{
	struct before b;
	uint64_t lsn;
	bool stopped = false;

	if (!s->before_kv || s->promoted_at != s->restores)
		return;
	before_open(s, &b);
	if (memcmp(ledger_info(b.l).incarnation, s->promoted_of, 16) != 0) {
		before_close(&b);
		return;
	}
	for (size_t i = 0; i < s->holder_count; i++) {
		const struct holder *h = &s->holders[i];
		struct device_row row;

		if (!has_read_all(s, h) || ledger_device(b.l, h->d->device, &row, &s->e) ||
		    memcmp(row.spki_hash, h->cert.spki.b, HASH_BYTES) != 0 || row.revoked_lsn ||
		    row.suspended_lsn)
			continue;
		lsn = ledger_info(b.l).lsn;
		if (contact(s, &b, h) != HALT_SUCCEEDED)
			sim_fail(s, "device %zu is not told that the server was replaced", i);
		if (!writer_successor(b.writer) || ledger_info(b.l).lsn != lsn)
			sim_fail(s, "the server that was replaced goes on: %" PRIu64 " entries",
				 ledger_info(b.l).lsn);
		stopped = true;
	}
	if (stopped)
		sim_count(s, F_BEFORE_STOPPED);
	before_close(&b);
}
