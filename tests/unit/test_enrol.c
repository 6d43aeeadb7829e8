#include <criterion/criterion.h>
#include <stdlib.h>

#include "server/guesses.h"
#include "server_rig.h"

static struct rig r;
static struct wired c;
static union wire_any m;

/* A card, and who holds it. */
struct holder {
	struct code_key key;
	struct p256_key *own;
	struct wire_enrol_request q;
	struct buf csr;
	struct session_peer peer;
	uint64_t device; /* once enrolled */
};
static struct holder h;

static struct code_key card(uint32_t unit, int64_t expires_ms)
{
	struct job *j = job_new(JOB_CODE, 0, r.now);
	struct code_key key;
	char text[CODE_TEXT_MAX];
	struct code typed;

	j->make.unit = unit;
	j->make.role = ROLE_CLERK;
	j->make.name = SPAN_LIT("Lê Thị C");
	j->make.expires_ms = expires_ms;
	j->by = SPAN_LIT("console:test");
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_OK, "%s", j->err.msg);
	code_text(text, &j->make.secret);
	cr_assert_eq(code_parse(&typed, NULL, span_str(text), &r.e), 0);
	key = code_key_of(&typed);
	job_free(j);
	return key;
}

static void holder_init(struct holder *who, const struct code_key *key)
{
	memset(who, 0, sizeof(*who));
	who->key = *key;
	must(p256_generate(&who->own, &r.e), &r.e, "a key");
	buf_init(&who->csr, CERT_BYTES_MAX);
	must(cert_make_request(&who->csr, who->own, &r.e), &r.e, "a request");
	who->q = (struct wire_enrol_request){ .version_min = 1,
					      .version_max = 1,
					      .csr = buf_span(&who->csr) };
	memcpy(who->q.code_id, key->id, sizeof(who->q.code_id));
	memset(who->q.seal_key, 0x41, sizeof(who->q.seal_key));
	memset(who->q.nonce, 0x42, sizeof(who->q.nonce));
	memset(who->peer.binding.b, 0x43, HASH_BYTES);
	memset(who->peer.address, 0x44, sizeof(who->peer.address));
}

static void holder_fini(struct holder *who)
{
	p256_free(who->own);
	buf_fini(&who->csr);
}

static void open_all(void)
{
	struct code_key key;

	rig_open(&r);
	key = card(5, 0);
	holder_init(&h, &key);
}

static void close_all(void)
{
	wire_down(&c);
	holder_fini(&h);
	rig_close(&r);
}

/* Say Enrol on a connection of its own; the code of the answer, WIRE_OK with `t` filled. */
static uint32_t enrol_with(struct holder *who, const struct code_key *proven_by,
			   struct wire_enrol_answer *t)
{
	struct wire_proved p;
	struct buf b;
	unsigned got;

	if (c.s)
		wire_down(&c);
	wire_up_peer(&r, &c, &who->peer);
	buf_init(&b, FRAME_SMALL_MAX);
	must(wire_encode(&b, WIRE_ENROL_REQUEST, &who->q, c.a, &r.e), &r.e, "a request");
	p.message = arena_copy(c.a, buf_span(&b));
	buf_fini(&b);
	p.proof = code_proof(proven_by, CODE_CLIENT, &who->peer.binding, p.message);
	say(&c, FRAME_ENROL, &p);
	rig_run(&r, &c);
	got = hear_next(&c, &m);
	if (got == FRAME_BUSY)
		return m.busy.code;
	if (got == FRAME_ERROR) {
		cr_assert(m.error.fatal);
		cr_assert_eq(m.error.of, FRAME_ENROL);
		return m.error.code;
	}
	cr_assert_eq(got, FRAME_ENROL_ACK);
	cr_assert_eq(code_proof_check(&who->key, CODE_SERVER, &who->peer.binding, m.proved.message,
				      &m.proved.proof, &r.e),
		     0);
	must(wire_decode(t, WIRE_ENROL_ANSWER, m.proved.message, c.a, &r.e), &r.e, "an answer");
	who->device = t->device;
	return WIRE_OK;
}

static uint32_t enrol(struct wire_enrol_answer *t)
{
	return enrol_with(&h, &h.key, t);
}

Test(enrol, a_card_makes_a_device_that_may_say_hello)
{
	struct wire_enrol_answer t;
	struct device_row row;
	struct session_peer peer = { .verdict = CERT_UNREADABLE };
	struct wire_hello hello = { .version_min = 1, .version_max = 1, .epoch = 1, .next_seq = 1 };

	open_all();
	cr_assert_eq(enrol(&t), WIRE_OK);
	cr_assert_arr_eq(t.store, r.w.birth.store, 16);
	cr_assert_arr_eq(t.log_key, r.w.birth.log_key, 32);
	cr_assert_arr_eq(t.incarnation, r.w.birth.incarnation, 16);
	cr_assert_eq(t.seal_key[0], 0x5e);
	cr_assert_eq(t.unit, 5);
	cr_assert_eq(t.role, ROLE_CLERK);
	cr_assert_eq(t.epoch, 1);
	cr_assert(span_eq(t.address, SPAN_LIT("ketnap.example:7470")));
	must(ledger_device(r.w.l, t.device, &row, &r.e), &r.e, "the device");
	cr_assert_eq(row.unit, 5);
	cr_assert_eq(row.person, t.person);
	cr_assert_arr_eq(row.nonce, h.q.nonce, 16);
	must(cert_verify(&peer.cert, &peer.verdict, t.certificate, t.ca, CERT_DEVICE, r.now.wall_ms,
			 &r.e),
	     &r.e, "its certificate");
	cr_assert_eq(peer.cert.subject.device, t.device);
	hello.device = t.device;
	memcpy(hello.store, t.store, 16);
	memcpy(hello.nonce, h.q.nonce, 16);
	wire_down(&c);
	wire_up_peer(&r, &c, &peer);
	say(&c, FRAME_HELLO, &hello);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, WIRE_OK);
	close_all();
}

Test(enrol, the_connection_ends_after_the_answer)
{
	struct wire_enrol_answer t;

	open_all();
	cr_assert_eq(enrol(&t), WIRE_OK);
	hear(&c, FRAME_CLOSE, &m);
	cr_assert(session_over(c.s));
	close_all();
}

Test(enrol, the_secret_is_not_in_the_log)
{
	struct wire_enrol_answer t;
	struct buf bytes;

	open_all();
	cr_assert_eq(enrol(&t), WIRE_OK);
	buf_init(&bytes, 1 << 24);
	for (uint64_t lsn = 1; lsn <= rig_lsn(&r); lsn++)
		must(ledger_entry(r.w.l, lsn, &bytes, &r.e), &r.e, "an entry");
	cr_assert_null(span_find(buf_span(&bytes), span_of(h.key.key.b, HASH_BYTES)));
	cr_assert_null(span_find(buf_span(&bytes), span_of(h.key.id, CODE_ID_BYTES)));
	cr_assert_not_null(span_find(buf_span(&bytes), span_of(h.q.nonce, 16)), "the search finds");
	buf_fini(&bytes);
	close_all();
}

/* A wrong proof, an unknown, used or expired code: nobody can tell which. */
Test(enrol, all_refusals_are_alike)
{
	struct wire_enrol_answer t;
	struct code_key other;
	uint64_t before;

	open_all();
	before = rig_lsn(&r);
	other = h.key;
	other.key.b[0] ^= 1;
	cr_assert_eq(enrol_with(&h, &other, &t), WIRE_ENROL_REFUSED, "wrong proof");
	cr_assert_eq(m.error.arg_count, 0);
	h.q.code_id[0] ^= 1;
	cr_assert_eq(enrol(&t), WIRE_ENROL_REFUSED, "unknown");
	h.q.code_id[0] ^= 1;
	cr_assert_eq(rig_lsn(&r), before);
	rig_wait(&r, UINT64_C(86400000) * ENROL_CODE_DAYS);
	cr_assert_eq(enrol(&t), WIRE_ENROL_REFUSED, "expired");
	cr_assert_eq(rig_lsn(&r), before);
	close_all();
	open_all();
	cr_assert_eq(enrol(&t), WIRE_OK);
	before = rig_lsn(&r);
	h.q.nonce[0] ^= 1;
	cr_assert_eq(enrol(&t), WIRE_ENROL_REFUSED, "used");
	cr_assert_eq(rig_lsn(&r), before);
	close_all();
}

/* Somebody in the middle has another exporter on each side. */
Test(enrol, a_proof_from_another_connection_is_worth_nothing)
{
	struct wire_enrol_answer t;
	struct wire_proved p;
	struct buf b;

	open_all();
	wire_up_peer(&r, &c, &h.peer);
	buf_init(&b, FRAME_SMALL_MAX);
	must(wire_encode(&b, WIRE_ENROL_REQUEST, &h.q, c.a, &r.e), &r.e, "a request");
	p.message = buf_span(&b);
	h.peer.binding.b[0] ^= 1;
	p.proof = code_proof(&h.key, CODE_CLIENT, &h.peer.binding, p.message);
	say(&c, FRAME_ENROL, &p);
	rig_run(&r, &c);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_ENROL_REFUSED);
	buf_fini(&b);
	cr_assert_eq(enrol(&t), WIRE_OK);
	close_all();
}

Test(enrol, the_same_request_gets_the_same_device_for_an_hour)
{
	struct wire_enrol_answer t;
	uint64_t device, before;
	struct code_store store;
	struct code_row row;

	open_all();
	cr_assert_eq(enrol(&t), WIRE_OK);
	device = t.device;
	before = rig_lsn(&r);
	rig_wait(&r, ENROL_AGAIN_MS - 1);
	memset(h.peer.binding.b, 0x53, HASH_BYTES); /* another connection */
	cr_assert_eq(enrol(&t), WIRE_OK);
	cr_assert_eq(t.device, device);
	cr_assert_eq(rig_lsn(&r), before, "no second device");
	rig_wait(&r, 1);
	cr_assert_eq(enrol(&t), WIRE_ENROL_REFUSED);
	store = codes_mem_store(r.codes);
	cr_assert_eq(store.get(store.ctx, h.key.id, &row, &r.e), -ERR_NOTFOUND, "the key is gone");
	close_all();
}

/* An older copy of the store was put back, and the card kept: its person's number may be another's. */
Test(enrol, a_card_whose_making_was_lost_makes_no_device)
{
	struct wire_enrol_answer t;
	struct code_store store;
	struct code_row row;
	uint64_t before;

	open_all();
	store = codes_mem_store(r.codes);
	must(store.get(store.ctx, h.key.id, &row, &r.e), &r.e, "the card's row");
	row.key.id[0] ^= 1;
	must(store.put(store.ctx, &row, &r.e), &r.e, "a row that the log knows nothing of");
	h.key = row.key;
	memcpy(h.q.code_id, h.key.id, sizeof(h.q.code_id));
	before = rig_lsn(&r);
	cr_assert_eq(enrol(&t), WIRE_ENROL_REFUSED);
	cr_assert_eq(rig_lsn(&r), before);
	close_all();
}

Test(enrol, a_revoked_device_does_not_come_back_by_its_card)
{
	struct wire_enrol_answer t;
	struct job *j;

	open_all();
	cr_assert_eq(enrol(&t), WIRE_OK);
	j = job_new(JOB_REVOKE, 0, r.now);
	j->device = t.device;
	j->about.reason = SPAN_LIT("lost");
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_OK);
	job_free(j);
	cr_assert_eq(enrol(&t), WIRE_ENROL_REFUSED);
	close_all();
}

/* The batch fails: the code is as good as before. */
Test(enrol, a_failed_commit_uses_up_nothing)
{
	struct wire_enrol_answer t;
	uint64_t before;

	open_all();
	before = rig_lsn(&r);
	kv_mem_limit(r.w.kv, 1);
	cr_assert_eq(enrol(&t), WIRE_STORE_FULL);
	kv_mem_limit(r.w.kv, 0);
	writer_measured(r.writer, &(struct writer_measure){ .map_used = 1, .map_size = 1000 });
	cr_assert_eq(rig_lsn(&r), before);
	h.q.nonce[3] ^= 1; /* not even the same request */
	cr_assert_eq(enrol(&t), WIRE_OK);
	close_all();
}

Test(enrol, two_at_once_with_one_card)
{
	struct wired one, two;
	struct wire_proved p;
	struct holder other;
	struct buf b;
	struct job *j;
	unsigned ok = 0, refused = 0;

	open_all();
	holder_init(&other, &h.key);
	buf_init(&b, FRAME_SMALL_MAX);
	wire_up_peer(&r, &one, &h.peer);
	wire_up_peer(&r, &two, &other.peer);
	for (int i = 0; i < 2; i++) {
		struct holder *who = i ? &other : &h;

		buf_reset(&b);
		must(wire_encode(&b, WIRE_ENROL_REQUEST, &who->q, one.a, &r.e), &r.e, "a request");
		p.message = buf_span(&b);
		p.proof = code_proof(&h.key, CODE_CLIENT, &who->peer.binding, p.message);
		say(i ? &two : &one, FRAME_ENROL, &p);
	}
	while ((j = session_job(one.s)) || (j = session_job(two.s)))
		writer_put(r.writer, &j);
	must(writer_run(r.writer, r.now, &r.e), &r.e, "a batch");
	while ((j = writer_take(r.writer))) {
		ok += j->code == WIRE_OK;
		refused += j->code == WIRE_ENROL_REFUSED;
		job_free(j);
	}
	cr_assert_eq(ok, 1);
	cr_assert_eq(refused, 1);
	buf_fini(&b);
	wire_down(&one);
	wire_down(&two);
	holder_fini(&other);
	close_all();
}

Test(enrol, guessing_is_slowed_down_by_code)
{
	struct wire_enrol_answer t;
	struct code_key wrong;

	open_all();
	wrong = h.key;
	wrong.key.b[0] ^= 1;
	for (int i = 0; i < GUESSES_FREE; i++) {
		h.peer.address[0]++; /* from everywhere */
		cr_assert_eq(enrol_with(&h, &wrong, &t), WIRE_ENROL_REFUSED);
	}
	h.peer.address[0]++;
	cr_assert_eq(enrol(&t), WIRE_ENROL_LATER, "even with the right key now");
	cr_assert_eq(m.error.arg_count, 1);
	cr_assert(span_eq(m.error.args[0], SPAN_LIT("10000")));
	rig_wait(&r, GUESSES_WAIT_MS);
	cr_assert_eq(enrol(&t), WIRE_OK);
	close_all();
}

Test(enrol, guessing_is_slowed_down_by_address)
{
	struct wire_enrol_answer t;
	struct code_key second;
	struct holder other;

	open_all();
	second = card(6, 0);
	holder_init(&other, &second);
	for (int i = 0; i < GUESSES_FREE; i++) {
		h.q.code_id[1]++; /* all kinds of codes */
		cr_assert_eq(enrol(&t), WIRE_ENROL_REFUSED);
	}
	cr_assert_eq(enrol_with(&other, &second, &t), WIRE_ENROL_LATER);
	other.peer.address[0]++;
	cr_assert_eq(enrol_with(&other, &second, &t), WIRE_OK, "others are not kept waiting");
	holder_fini(&other);
	close_all();
}

Test(enrol, guesses_are_forgotten)
{
	static struct guesses g;
	uint8_t key[16] = { 7 };
	uint64_t now = 5000000;

	for (int i = 0; i < 40; i++)
		guesses_wrong(&g, key, now);
	cr_assert_eq(guesses_wait(&g, key, now), GUESSES_WAIT_MAX_MS);
	now += GUESSES_WAIT_MAX_MS;
	cr_assert_eq(guesses_wait(&g, key, now), 0);
	guesses_wrong(&g, key, now + 1);
	cr_assert_eq(guesses_wait(&g, key, now + 1), 0, "counted anew");
	for (unsigned i = 0; i < 100000; i++) { /* a table that others fill does not grow */
		memcpy(key, &i, sizeof(i));
		guesses_wrong(&g, key, now + 2);
	}
}

Test(enrol, a_request_that_is_none)
{
	struct wire_enrol_answer t;
	struct wire_proved p = { .message = SPAN_LIT("\xff") };

	open_all();
	h.q.csr = SPAN_LIT("no csr");
	cr_assert_eq(enrol(&t), WIRE_CSR_INVALID);
	h.q.version_min = 2;
	h.q.version_max = 2;
	cr_assert_eq(enrol(&t), WIRE_VERSION_NONE);
	wire_down(&c);
	wire_up_peer(&r, &c, &h.peer);
	say(&c, FRAME_ENROL, &p);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_MALFORMED);
	close_all();
}

Test(enrol, strangers_may_only_enrol_and_devices_may_not)
{
	struct wire_proved p = { .message = SPAN_LIT("x") };
	struct wire_hello hello;
	struct dev d;

	open_all();
	rig_device(&r, &d, 4, ROLE_CLERK);
	hello = dev_hello(&r, &d);
	wire_up_peer(&r, &c, &h.peer);
	say(&c, FRAME_HELLO, &hello);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_CERTIFICATE_NEEDED);
	wire_down(&c);
	wire_up(&r, &c, &d);
	say(&c, FRAME_ENROL, &p);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_CERTIFICATE_NEEDED);
	close_all();
}

Test(enrol, strangers_do_not_fill_the_queue)
{
	struct job *j;

	open_all();
	for (int i = 0; i < WRITER_ENROLS_MAX + 1; i++) {
		j = job_new(JOB_ENROL, 0, r.now);
		writer_put(r.writer, &j);
	}
	j = writer_take(r.writer);
	cr_assert_eq(j->code, WIRE_BUSY);
	job_free(j);
	cr_assert_null(writer_take(r.writer));
	must(writer_run(r.writer, r.now, &r.e), &r.e, "a batch");
	while ((j = writer_take(r.writer)))
		job_free(j);
	j = job_new(JOB_ENROL, 0, r.now);
	writer_put(r.writer, &j);
	cr_assert_null(writer_take(r.writer), "there is room again");
	close_all();
}

/* The device hears that the server is busy; whoever reads the log has to know that it will not pass by itself. */
Test(enrol, why_it_could_not_be_done_is_for_the_log)
{
	struct job *j;
	struct buf b;

	open_all();
	memset(r.ca.data, 0, r.ca.len);
	j = job_new(JOB_ENROL, 0, r.now);
	buf_init(&b, FRAME_SMALL_MAX);
	must(wire_encode(&b, WIRE_ENROL_REQUEST, &h.q, j->a, &r.e), &r.e, "a request");
	j->enrol.request = arena_copy(j->a, buf_span(&b));
	buf_fini(&b);
	j->enrol.binding = h.peer.binding;
	j->enrol.proof = code_proof(&h.key, CODE_CLIENT, &h.peer.binding, j->enrol.request);
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_BATCH_ABORTED);
	cr_assert_not_null(strstr(j->err.msg, "certificate"), "%s", j->err.msg);
	job_free(j);
	close_all();
}

/* ---- making codes ---- */

Test(code, for_a_person_who_is_known)
{
	struct wire_enrol_answer t;
	struct job *j;

	open_all();
	cr_assert_eq(enrol(&t), WIRE_OK);
	j = job_new(JOB_CODE, 0, r.now);
	j->make.unit = 5;
	j->make.person = t.person;
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_OK, "%s", j->err.msg);
	job_free(j);
	j = job_new(JOB_CODE, 0, r.now);
	j->make.unit = 6;
	j->make.person = t.person;
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_NOT_FOUND, "of another unit");
	job_free(j);
	j = job_new(JOB_CODE, 0, r.now);
	j->make.unit = 99;
	j->make.role = ROLE_CLERK;
	j->make.name = SPAN_LIT("Lê Thị C");
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_NOT_ALLOWED, "of no unit");
	cr_assert_neq(j->err.msg[0], 0);
	job_free(j);
	close_all();
}

Test(code, no_code_is_told_when_the_batch_failed)
{
	static const struct code zero;
	struct job *j;

	open_all();
	j = job_new(JOB_CODE, 0, r.now);
	j->make.unit = 5;
	j->make.role = ROLE_CLERK;
	j->make.name = SPAN_LIT("Lê Thị C");
	kv_mem_limit(r.w.kv, 1);
	j = rig_job(&r, j);
	cr_assert_eq(j->code, WIRE_STORE_FULL);
	cr_assert_arr_eq(j->make.secret.secret, zero.secret, sizeof(zero.secret));
	job_free(j);
	close_all();
}

/* ---- renewal ---- */

struct renewing {
	struct session_peer peer;
	struct wire_hello hello;
	struct wire_enrol_answer t;
	struct device_row row;
};
static struct renewing n;

static void read_row(void)
{
	must(ledger_device(r.w.l, n.t.device, &n.row, &r.e), &r.e, "the device");
}

static void take_certificate(struct session_peer *peer, struct span der, int64_t at_ms)
{
	memset(peer, 0, sizeof(*peer));
	(void)cert_verify(&peer->cert, &peer->verdict, der, buf_span(&r.ca), CERT_DEVICE, at_ms,
			  &r.e);
}

static void hello_as(const struct session_peer *peer, uint32_t want)
{
	wire_down(&c);
	wire_up_peer(&r, &c, peer);
	say(&c, FRAME_HELLO, &n.hello);
	rig_run(&r, &c);
	hear(&c, FRAME_HELLO_ACK, &m);
	cr_assert_eq(m.hello_ack.code, want, "%s", wire_code_name(m.hello_ack.code));
}

static void enrolled(void)
{
	open_all();
	cr_assert_eq(enrol(&n.t), WIRE_OK);
	take_certificate(&n.peer, n.t.certificate, r.now.wall_ms);
	n.hello = (struct wire_hello){
		.version_min = 1, .version_max = 1, .epoch = 1, .next_seq = 1, .device = n.t.device
	};
	memcpy(n.hello.store, n.t.store, 16);
	memcpy(n.hello.nonce, h.q.nonce, 16);
	read_row();
}

static void renew_with(struct p256_key *key, struct span seal_key, struct session_peer *out)
{
	struct buf csr;
	struct wire_renew q = { .seal_key = seal_key };

	buf_init(&csr, CERT_BYTES_MAX);
	must(cert_make_request(&csr, key, &r.e), &r.e, "a request");
	q.csr = buf_span(&csr);
	say(&c, FRAME_RENEW, &q);
	rig_run(&r, &c);
	hear(&c, FRAME_RENEW_ACK, &m);
	take_certificate(out, m.renew_ack.certificate, r.now.wall_ms);
	cr_assert_eq(out->verdict, CERT_GOOD);
	cr_assert_eq(out->cert.subject.device, n.t.device);
	buf_fini(&csr);
}

Test(renew, the_same_key_is_no_entry)
{
	struct session_peer next;
	uint64_t before;

	enrolled();
	hello_as(&n.peer, WIRE_OK);
	before = rig_lsn(&r);
	rig_wait(&r, 1000000);
	hello_as(&n.peer, WIRE_OK);
	renew_with(h.own, (struct span){ NULL, 0 }, &next);
	cr_assert_gt(next.cert.not_after_ms, n.peer.cert.not_after_ms);
	cr_assert_eq(rig_lsn(&r), before);
	hello_as(&next, WIRE_OK);
	hello_as(&n.peer, WIRE_OK);
	close_all();
}

Test(renew, the_old_key_works_until_the_new_one_was_used)
{
	struct p256_key *key;
	struct session_peer next;
	uint8_t seal_key[32] = { 9 };
	struct device_row was;
	uint64_t before;

	enrolled();
	hello_as(&n.peer, WIRE_OK);
	before = rig_lsn(&r);
	was = n.row;
	must(p256_generate(&key, &r.e), &r.e, "a key");
	renew_with(key, span_of(seal_key, 32), &next);
	cr_assert_eq(rig_lsn(&r), before + 1);
	read_row();
	cr_assert_arr_eq(n.row.spki_hash, next.cert.spki_hash.b, 32);
	cr_assert_arr_eq(n.row.seal_key, seal_key, 32);
	cr_assert_eq(n.row.unit, was.unit);
	cr_assert_eq(n.row.person, was.person);
	cr_assert_eq(n.row.epoch, was.epoch);
	cr_assert_eq(n.row.enrolled_lsn, was.enrolled_lsn, "its part of the log is the same");
	cr_assert_arr_eq(n.row.nonce, was.nonce, 16);
	hello_as(&n.peer, WIRE_OK);
	hello_as(&next, WIRE_OK);
	hello_as(&n.peer, WIRE_DEVICE_UNKNOWN);
	hello_as(&next, WIRE_OK);
	p256_free(key);
	close_all();
}

Test(renew, an_expired_device_renews_and_comes_back)
{
	struct session_peer expired, next;
	int64_t end;

	enrolled();
	end = n.peer.cert.not_after_ms;
	rig_wait(&r, (uint64_t)(end - r.now.wall_ms) + 1000);
	take_certificate(&expired, n.t.certificate, r.now.wall_ms);
	cr_assert_eq(expired.verdict, CERT_EXPIRED);
	hello_as(&expired, WIRE_RENEW_FIRST);
	renew_with(h.own, (struct span){ NULL, 0 }, &next);
	hello_as(&next, WIRE_OK);
	close_all();
}

Test(renew, a_request_that_is_none_ends_nothing)
{
	struct wire_renew q = { .csr = SPAN_LIT("no csr") };
	struct wire_pull pull = { .max_bytes = 10000 };

	enrolled();
	hello_as(&n.peer, WIRE_OK);
	say(&c, FRAME_RENEW, &q);
	say(&c, FRAME_PULL, &pull);
	cr_assert_eq(hear_next(&c, &m), 0, "answers come in order");
	rig_run(&r, &c);
	hear(&c, FRAME_ERROR, &m);
	cr_assert_eq(m.error.code, WIRE_CSR_INVALID);
	cr_assert_eq(m.error.of, FRAME_RENEW);
	cr_assert(!m.error.fatal);
	hear(&c, FRAME_PAGE, &m);
	close_all();
}
