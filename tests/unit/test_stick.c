#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "proto/file.h"
#include "server/stick.h"
#include "server_rig.h"

/* A village (unit 4) with a real key and certificate, a district (2) above it that carries, and another
 * district (3) that does not. */
enum { UNIT_VILLAGE = 4, UNIT_ABOVE = 2, UNIT_ELSEWHERE = 3 };

static struct rig r;
static struct dev village, above, elsewhere;
static struct p256_key *own;
static struct seal_key server_seal, own_seal;
static struct buf cert, file;
static struct answers_mem *answers;
static struct sticks *sticks;
static struct wired c;

static void fill(void *ctx, void *out, size_t len)
{
	static uint8_t n;

	(void)ctx;
	memset(out, ++n, len);
}

static void certify(int64_t at_ms)
{
	const uint8_t serial[CERT_SERIAL_BYTES] = { 7 };
	struct cert_subject subject = { .role = CERT_DEVICE, .device = village.d.device };
	struct p256_public key = p256_public_of(own);

	buf_reset(&cert);
	must(cert_make(&cert, buf_span(&r.ca), r.ca_key, &subject, &key, serial, at_ms, &r.e), &r.e,
	     "a certificate");
}

/* The device as enrolment would have made it: its keys stand in the ledger. */
static void register_keys(void)
{
	struct op op = build_device(village.d.device, UNIT_VILLAGE, village.d.person, 1);
	struct p256_public key = p256_public_of(own);

	village.spki = p256_spki_hash(&key);
	memcpy(op.device.spki_hash, village.spki.b, HASH_BYTES);
	memcpy(op.device.seal_key, own_seal.public.b, sizeof(op.device.seal_key));
	world_act_now(&r.w, &op);
}

static void open_all(void)
{
	const uint8_t one[SEAL_SEED_BYTES] = { 1 }, two[SEAL_SEED_BYTES] = { 2 };
	struct sticks_setup setup = { .seal = &server_seal,
				      .mark_key =
					      (const uint8_t *)"0123456789abcdef0123456789abcdef",
				      .program = SPAN_LIT("ketnapd"),
				      .random = { NULL, fill } };
	struct writer_setup writer;

	rig_open(&r);
	rig_device(&r, &village, UNIT_VILLAGE, ROLE_APPROVER);
	rig_device(&r, &above, UNIT_ABOVE, ROLE_CLERK);
	rig_device(&r, &elsewhere, UNIT_ELSEWHERE, ROLE_CLERK);
	seal_key_init(&server_seal, one);
	seal_key_init(&own_seal, two);
	must(p256_generate(&own, &r.e), &r.e, "a key");
	buf_init(&cert, CERT_BYTES_MAX);
	buf_init(&file, WIRE_FILE_MAX);
	certify(r.now.wall_ms);
	register_keys();
	must(answers_mem_new(&answers, &r.e), &r.e, "answers");
	setup.ca = buf_span(&r.ca);
	setup.answers = answers_mem_store(answers);
	must(sticks_new(&sticks, &setup, &r.e), &r.e, "sticks");
	writer = (struct writer_setup){ .ledger = r.w.l,
					.log_key = &r.w.key,
					.enroller = r.enroller,
					.devices = r.devices,
					.sticks = sticks };
	writer_free(r.writer);
	must(writer_new(&r.writer, &writer, &r.e), &r.e, "a writer");
	for (int i = 0; i < 3; i++)
		dev_make(&r, &village);
}

static void close_all(void)
{
	if (c.s)
		wire_down(&c);
	rig_close(&r);
	sticks_free(sticks);
	answers_mem_free(answers);
	p256_free(own);
	buf_fini(&cert);
	buf_fini(&file);
}

/* ---- bundles ---- */

static void body_of(struct wire_bundle_body *b, uint64_t last)
{
	struct wire_submit m = dev_submit(&r, &village, village.acked + 1, last);

	*b = (struct wire_bundle_body){ .hello = dev_hello(&r, &village),
					.items = m.items,
					.item_count = m.item_count };
	b->trailer = (struct wire_trailer){ (uint32_t)m.item_count, village.chain[last],
					    last < village.made };
}

static struct span write_it(const struct wire_bundle_body *b, const struct file_head *h,
			    const struct p256_key *by, const struct seal_public *to)
{
	const uint8_t random[SEAL_SEED_BYTES] = { 9, (uint8_t)file.len };
	struct buf body;

	buf_init(&body, WIRE_FILE_MAX);
	buf_reset(&file);
	must(wire_encode(&body, WIRE_BUNDLE_BODY, b, r.w.a, &r.e), &r.e, "a body");
	must(bundle_write(&file, h, buf_span(&body), buf_span(&cert), by, to, random, r.w.a, &r.e),
	     &r.e, "a bundle");
	buf_fini(&body);
	return buf_span(&file);
}

static struct file_head head_of_village(void)
{
	struct file_head h = { .kind = FILE_BUNDLE, .device = village.d.device };

	memcpy(h.store, r.w.birth.store, sizeof(h.store));
	return h;
}

static struct span bundle(void)
{
	struct file_head h = head_of_village();
	struct wire_bundle_body b;

	body_of(&b, village.made);
	return write_it(&b, &h, own, &server_seal.public);
}

static struct job *take(struct span bytes)
{
	struct job *j = job_new(JOB_BUNDLE, 0, r.now);

	j->stick.file = bytes;
	return rig_job(&r, j);
}

static enum wire_code code_of(struct span bytes)
{
	struct job *j = take(bytes);
	enum wire_code code = j->code;

	job_free(j);
	return code;
}

/* What the device reads in it; lends from the world's arena. */
static struct wire_answer_body open_it(struct span bytes)
{
	struct ed25519_public log_key = r.w.key.public;
	struct wire_answer_body b;
	struct file_head h;
	struct span content, body;

	must(file_read(&h, &content, NULL, bytes, &r.e), &r.e, "an answer");
	cr_assert_eq(h.kind, FILE_ANSWER);
	cr_assert_eq(h.device, village.d.device);
	cr_assert_arr_eq(h.about.b, file.data + file.len - HASH_BYTES, HASH_BYTES);
	must(answer_open(&body, &h, content, &own_seal, &log_key, r.w.a, &r.e), &r.e, "its seal");
	must(wire_decode(&b, WIRE_ANSWER_BODY, body, r.w.a, &r.e), &r.e, "its body");
	return b;
}

static struct wire_answer_body answered(struct span bytes)
{
	struct job *j = take(bytes);
	struct wire_answer_body b;

	cr_assert_eq(j->code, WIRE_OK, "%s", j->err.msg);
	b = open_it(j->stick.answer);
	job_free(j);
	return b;
}

Test(stick, a_bundle_is_taken_and_answered)
{
	struct wire_answer_body b;
	uint64_t before;

	open_all();
	before = rig_lsn(&r);
	b = answered(bundle());
	cr_assert_eq(rig_lsn(&r), before + 3);
	cr_assert_eq(b.hello_ack.code, WIRE_OK);
	cr_assert_eq(b.hello_ack.acked_seq, 3);
	cr_assert(hash_eq(&b.hello_ack.chain, &village.chain[3]));
	cr_assert_eq(b.ack.verdict_count, 3);
	for (size_t i = 0; i < 3; i++) {
		cr_assert_eq(b.ack.verdicts[i].seq, i + 1);
		cr_assert_eq(b.ack.verdicts[i].verdict, VERDICT_ACCEPTED);
		cr_assert_eq(b.ack.verdicts[i].lsn, before + 1 + i);
	}
	cr_assert_eq(b.page_count, 1);
	cr_assert_eq(b.pages[0].next.lsn, before + 3);
	cr_assert(!b.pages[0].more);
	cr_assert_geq(b.pages[0].entry_count, 3);
	cr_assert_eq(b.pages[0].marks.len, b.pages[0].entry_count * 16);
	close_all();
}

/* The next op: a change of the first month with a reason, as who had read all of this log. */
static void make_amendment(void)
{
	struct op_id id = { village.d.device, village.d.epoch, village.made + 1 };
	struct sheet_draft draft;

	draft_init(&draft, UNIT_VILLAGE, FORM_SHORT, month_of(2021, 1));
	draft_put(&draft, 2, 9, draft_see(&draft, (struct op_id){ id.device, id.epoch, 1 }));
	draft.op.author = village.d.person;
	draft.op.reason = SPAN_LIT("counted again");
	dev_keep(&r, &village, pack(&r.w, id, draft_op(&draft), rig_lsn(&r)));
}

static void declare_restore(uint64_t branch)
{
	struct op op = { .kind = OP_INCARNATION, .source = SPAN_LIT("console:test") };

	memcpy(op.incarnation.parent, r.w.birth.incarnation, 16);
	memset(op.incarnation.id, 0x2c, 16);
	memcpy(op.incarnation.store, r.w.birth.store, 16);
	memcpy(op.incarnation.log_key, r.w.birth.log_key, 32);
	op.incarnation.branch_lsn = branch;
	op.incarnation.cause = SPAN_LIT("disk");
	world_act_now(&r.w, &op);
	must(writer_look(r.writer, &r.e), &r.e, "look");
}

static void end_recovery(void)
{
	struct op op = { .kind = OP_SETTING, .source = SPAN_LIT("console:test") };
	char hex[HASH_HEX_MAX];

	op.setting.key = SPAN_LIT("recovered");
	op.setting.value = span_str(hex_encode(hex, ledger_info(r.w.l).incarnation, 16));
	world_act_now(&r.w, &op);
	must(writer_look(r.writer, &r.e), &r.e, "look");
}

/* Its author may have known the month to be closed: before the closing comes back it would count as if in time. What
 * was reported before it is taken, and the device is told; brought again, the same; at the end all of it. */
Test(stick, what_changes_a_month_waits_while_the_server_recovers)
{
	struct wire_answer_body b;
	uint64_t lsn;

	open_all();
	lsn = rig_lsn(&r);
	world_act_now(&r.w, &(struct op){ .kind = OP_START });
	dev_make(&r, &village);
	make_amendment();
	dev_make(&r, &village);
	declare_restore(lsn);
	lsn = rig_lsn(&r);
	bundle();
	for (int times = 0; times < 2; times++) {
		b = answered(buf_span(&file));
		cr_assert_eq(rig_lsn(&r), lsn + 4);
		cr_assert(b.hello_ack.recovering);
		cr_assert_eq(b.hello_ack.acked_seq, 4);
		cr_assert_eq(b.ack.verdict_count, 6);
		for (size_t i = 0; i < 4; i++)
			cr_assert_eq(b.ack.verdicts[i].verdict, VERDICT_ACCEPTED);
		for (size_t i = 4; i < 6; i++) {
			cr_assert_eq(b.ack.verdicts[i].verdict, VERDICT_NONE);
			cr_assert_eq(b.ack.verdicts[i].not_now, WIRE_RECOVERING);
		}
	}
	end_recovery();
	b = answered(buf_span(&file));
	cr_assert(!b.hello_ack.recovering);
	cr_assert_eq(b.hello_ack.acked_seq, 6);
	cr_assert_eq(b.ack.verdicts[5].verdict, VERDICT_ACCEPTED);
	close_all();
}

/* Who had read no further than the branch cannot have known of a closing that is lost. */
Test(stick, what_changes_a_month_in_a_log_that_is_here_does_not_wait)
{
	struct wire_answer_body b;

	open_all();
	make_amendment();
	declare_restore(rig_lsn(&r));
	b = answered(bundle());
	cr_assert_eq(b.hello_ack.acked_seq, 4);
	cr_assert_eq(b.ack.verdicts[3].verdict, VERDICT_ACCEPTED);
	close_all();
}

/* An epoch that was given in a log that is lost: what was said in the one before may still come back in front of it. */
Test(stick, an_epoch_that_was_lost_is_there_again_at_the_end)
{
	struct wire_answer_body b;
	struct device_row row;
	struct dev before;
	uint64_t lsn;

	open_all();
	declare_restore(rig_lsn(&r));
	before = village;
	village.d.epoch = 2;
	village.made = 0;
	memset(village.nonce, 0x21, sizeof(village.nonce));
	for (int i = 0; i < 2; i++)
		dev_make(&r, &village);
	lsn = rig_lsn(&r);
	b = answered(bundle());
	cr_assert_eq(rig_lsn(&r), lsn);
	for (int ended = 0; ended < 2; ended++) {
		cr_assert_eq(b.hello_ack.code, WIRE_OK);
		cr_assert_eq(b.hello_ack.epoch, 2);
		cr_assert_eq(b.hello_ack.acked_seq, ended ? 2 : 0);
		cr_assert(hash_eq(&b.hello_ack.chain, &village.chain[ended ? 2 : 0]));
		cr_assert_eq(b.ack.verdict_count, 2);
		for (size_t i = 0; i < 2; i++) {
			cr_assert_eq(b.ack.verdicts[i].verdict,
				     ended ? VERDICT_ACCEPTED : VERDICT_NONE);
			cr_assert_eq(b.ack.verdicts[i].not_now, ended ? 0 : WIRE_RECOVERING);
		}
		if (!ended) {
			end_recovery();
			b = answered(buf_span(&file));
		}
	}
	cr_assert_eq(rig_lsn(&r), lsn + 4, "the end, the epoch, two ops");
	must(ledger_device(r.w.l, village.d.device, &row, &r.e), &r.e, "a device");
	cr_assert_arr_eq(row.nonce, village.nonce, sizeof(row.nonce));
	village = before;
	b = answered(bundle());
	cr_assert_eq(b.hello_ack.code, WIRE_SUSPENDED, "the other installation");
	close_all();
}

Test(stick, twice_changes_nothing)
{
	struct wire_answer_body b;
	uint64_t lsn;

	open_all();
	answered(bundle());
	lsn = rig_lsn(&r);
	b = answered(buf_span(&file));
	cr_assert_eq(rig_lsn(&r), lsn);
	cr_assert_eq(b.ack.verdict_count, 3);
	cr_assert_eq(b.ack.verdicts[2].lsn, lsn);
	close_all();
}

Test(stick, damage_at_any_byte_is_refused, .timeout = 120)
{
	uint64_t lsn;

	open_all();
	bundle();
	lsn = rig_lsn(&r);
	for (size_t i = 0; i < file.len; i++) {
		struct hash end;

		file.data[i] ^= 0x20;
		cr_assert_eq(code_of(buf_span(&file)), WIRE_BUNDLE_INVALID, "byte %zu", i);
		if (i + HASH_BYTES < file.len) { /* somebody who knows how the file ends */
			uint8_t kept[HASH_BYTES], *at = file.data + file.len - HASH_BYTES;

			memcpy(kept, at, HASH_BYTES);
			end = hash_bytes(span_of(file.data, file.len - HASH_BYTES));
			memcpy(at, end.b, HASH_BYTES);
			cr_assert_eq(code_of(buf_span(&file)), WIRE_BUNDLE_INVALID, "byte %zu", i);
			memcpy(at, kept, HASH_BYTES);
		}
		file.data[i] ^= 0x20;
	}
	for (size_t len = 0; len < file.len; len += 7)
		cr_assert_eq(code_of(span_of(file.data, len)), WIRE_BUNDLE_INVALID, "cut at %zu",
			     len);
	cr_assert_eq(rig_lsn(&r), lsn);
	cr_assert_eq(code_of(buf_span(&file)), WIRE_OK);
	close_all();
}

/* Each breaks one thing that the device itself would have had to say. */
static void break_store(struct wire_bundle_body *b, struct file_head *h)
{
	h->store[3] ^= 1;
	b->hello.store[3] ^= 1;
}
static void break_hello_store(struct wire_bundle_body *b, struct file_head *h)
{
	(void)h;
	b->hello.store[3] ^= 1;
}
static void break_device(struct wire_bundle_body *b, struct file_head *h)
{
	h->device = b->hello.device = above.d.device;
}
static void break_unknown(struct wire_bundle_body *b, struct file_head *h)
{
	h->device = b->hello.device = 0x4242;
}
static void break_count(struct wire_bundle_body *b, struct file_head *h)
{
	(void)h;
	b->trailer.count--;
}
static void break_chain(struct wire_bundle_body *b, struct file_head *h)
{
	(void)h;
	b->trailer.chain.b[0] ^= 1;
}
static void break_start(struct wire_bundle_body *b, struct file_head *h)
{
	(void)h;
	b->hello.acked_chain.b[0] ^= 1;
}
static void break_left_out(struct wire_bundle_body *b, struct file_head *h)
{
	(void)h;
	b->item_count--;
	b->trailer.count--;
	b->trailer.chain = village.chain[2];
}
static void break_order(struct wire_bundle_body *b, struct file_head *h)
{
	struct wire_item *items = (struct wire_item *)b->items, first = items[0];

	(void)h;
	items[0] = items[1];
	items[1] = first;
}
static void break_body(struct wire_bundle_body *b, struct file_head *h)
{
	(void)h;
	((struct wire_item *)b->items)[1].body = SPAN_LIT("another");
}
static void break_version(struct wire_bundle_body *b, struct file_head *h)
{
	(void)h;
	b->hello.version_min = b->hello.version_max = 9;
}

static const struct broken {
	const char *label;
	void (*how)(struct wire_bundle_body *b, struct file_head *h);
} broken[] = {
	{ "of another store", break_store },
	{ "Hello of another store", break_hello_store },
	{ "of another device", break_device },
	{ "of an unknown device", break_unknown },
	{ "another count", break_count },
	{ "another end of the chain", break_chain },
	{ "another begin of the chain", break_start },
	{ "an op left out", break_left_out },
	{ "two ops changed over", break_order },
	{ "another body", break_body },
	{ "another version", break_version },
};

ParameterizedTestParameters(stick, what_does_not_hold_is_refused)
{
	static size_t index[ARRAY_LEN(broken)];

	for (size_t i = 0; i < ARRAY_LEN(broken); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(broken));
}

ParameterizedTest(size_t *index, stick, what_does_not_hold_is_refused)
{
	const struct broken *k = &broken[*index];
	struct file_head h;
	struct wire_bundle_body b;
	uint64_t lsn;

	open_all();
	h = head_of_village();
	body_of(&b, village.made);
	k->how(&b, &h);
	lsn = rig_lsn(&r);
	cr_assert_eq(code_of(write_it(&b, &h, own, &server_seal.public)), WIRE_BUNDLE_INVALID, "%s",
		     k->label);
	cr_assert_eq(rig_lsn(&r), lsn, "%s", k->label);
	close_all();
}

Test(stick, another_signature_or_seal_is_refused)
{
	struct file_head h;
	struct wire_bundle_body b;
	struct p256_key *other;

	open_all();
	h = head_of_village();
	body_of(&b, village.made);
	must(p256_generate(&other, &r.e), &r.e, "a key");
	cr_assert_eq(code_of(write_it(&b, &h, other, &server_seal.public)), WIRE_BUNDLE_INVALID);
	cr_assert_eq(code_of(write_it(&b, &h, own, &own_seal.public)), WIRE_BUNDLE_INVALID);
	cr_assert_eq(code_of(write_it(&b, &h, own, &server_seal.public)), WIRE_OK);
	p256_free(other);
	close_all();
}

Test(stick, a_certificate_may_have_expired_but_not_been_revoked)
{
	const int64_t year_ms = INT64_C(365) * 86400000;
	struct op op = { .kind = OP_REVOKE, .unit = UNIT_VILLAGE, .reason = SPAN_LIT("lost") };
	uint64_t lsn;

	open_all();
	bundle();
	r.now.wall_ms += 8 * year_ms; /* two of them good, six of them not */
	cr_assert_eq(code_of(buf_span(&file)), WIRE_BUNDLE_INVALID);
	r.now.wall_ms -= 2 * year_ms;
	cr_assert_eq(code_of(buf_span(&file)), WIRE_OK);
	op.device.device = village.d.device;
	r.w.now_ms = r.now.wall_ms;
	world_act_now(&r.w, &op);
	lsn = rig_lsn(&r);
	cr_assert_eq(code_of(buf_span(&file)), WIRE_BUNDLE_INVALID);
	cr_assert_eq(rig_lsn(&r), lsn);
	close_all();
}

/* ---- by either way ---- */

static void by_wire(uint64_t first, uint64_t last)
{
	struct wire_submit m;
	union wire_any got;

	wire_up(&r, &c, &village);
	greet(&c, &village);
	m = dev_submit(&r, &village, first, last);
	say(&c, FRAME_SUBMIT, &m);
	rig_run(&r, &c);
	hear(&c, FRAME_ACK, &got);
	cr_assert_eq(got.ack.acked_seq, last);
	wire_down(&c);
}

Test(stick, wire_then_bundle_and_bundle_then_wire)
{
	uint64_t lsn;

	open_all();
	by_wire(1, 3);
	lsn = rig_lsn(&r);
	cr_assert_eq(answered(bundle()).ack.verdict_count, 3);
	cr_assert_eq(rig_lsn(&r), lsn);
	village.acked = 3;
	dev_make(&r, &village);
	cr_assert_eq(answered(bundle()).ack.acked_seq, 4);
	lsn = rig_lsn(&r);
	village.acked = 0; /* the answer is still on its way */
	by_wire(1, 4);
	cr_assert_eq(rig_lsn(&r), lsn);
	close_all();
}

Test(stick, a_late_bundle_changes_nothing)
{
	struct wire_answer_body b;
	uint64_t lsn;

	open_all();
	bundle();
	dev_make(&r, &village);
	dev_make(&r, &village);
	by_wire(1, 5);
	lsn = rig_lsn(&r);
	b = answered(buf_span(&file));
	cr_assert_eq(rig_lsn(&r), lsn);
	cr_assert_eq(b.hello_ack.code, WIRE_OK);
	cr_assert_eq(b.hello_ack.epoch, 1);
	cr_assert_eq(b.hello_ack.acked_seq, 5);
	cr_assert_eq(b.ack.verdicts[2].verdict, VERDICT_ACCEPTED);
	close_all();
}

Test(stick, a_restored_device_gets_one_new_epoch)
{
	struct wire_answer_body b;
	struct dev copy;
	uint64_t lsn;

	open_all();
	copy = village;
	by_wire(1, 3);
	village.made = 2; /* put back from before op 3, and gone on */
	dev_make_body(&r, &village, SPAN_LIT("another third"));
	cr_assert(!hash_eq(&copy.chain[3], &village.chain[3]));
	lsn = rig_lsn(&r);
	b = answered(bundle());
	cr_assert_eq(b.hello_ack.code, WIRE_NEW_EPOCH);
	cr_assert_eq(b.hello_ack.epoch, 2);
	cr_assert_eq(b.ack.verdicts[0].not_now, WIRE_NEW_EPOCH);
	cr_assert_eq(rig_lsn(&r), lsn + 1);
	b = answered(buf_span(&file));
	cr_assert_eq(b.hello_ack.epoch, 2);
	cr_assert_eq(rig_lsn(&r), lsn + 1);
	close_all();
}

Test(stick, an_old_epoch_suspends_nobody)
{
	struct wire_answer_body b;
	struct device_row row;
	struct op op = { .kind = OP_EPOCH, .unit = UNIT_VILLAGE, .source = SPAN_LIT("hello") };

	open_all();
	bundle();
	op.device.device = village.d.device;
	op.device.epoch = 2;
	memset(op.device.nonce, 0x99, sizeof(op.device.nonce));
	world_act_now(&r.w, &op);
	b = answered(buf_span(&file));
	cr_assert_eq(b.hello_ack.code, WIRE_SUSPENDED);
	cr_assert_eq(b.page_count, 0);
	must(ledger_device(r.w.l, village.d.device, &row, &r.e), &r.e, "the device");
	cr_assert_eq(row.suspended_lsn, 0);
	close_all();
}

Test(stick, one_op_that_waits_keeps_the_whole_bundle_out)
{
	struct job *j;
	struct op_id id;
	struct arena *a = arena_new(OP_DECODE_ARENA);
	struct envelope env;
	uint64_t lsn;

	open_all();
	id = (struct op_id){ village.d.device, 1, 4 };
	village.op[4] = pack_body(&r.w, id, SPAN_LIT("x"),
				  rig_lsn(&r) + 1000); /* read beyond our log */
	must(envelope_decode(&env, village.op[4].envelope, a, &r.e), &r.e, "an envelope");
	village.chain[4] = chain_next(&village.chain[3], 4, env.body_hash);
	village.made = 4;
	lsn = rig_lsn(&r);
	j = take(bundle());
	cr_assert_eq(j->code, WIRE_BUSY);
	cr_assert_eq(j->stick.said, WIRE_BASE);
	cr_assert_eq(rig_lsn(&r), lsn, "none of the three before it");
	job_free(j);
	arena_free(a);
	close_all();
}

/* ---- carried ---- */

static struct wire_bundle_ack piece(const struct hash *id, uint32_t offset, size_t len)
{
	struct wire_bundle_part m = { .id = *id,
				      .total = (uint32_t)file.len,
				      .offset = offset,
				      .data = span_of(file.data + offset, len) };
	union wire_any got;

	say(&c, FRAME_BUNDLE, &m);
	rig_run(&r, &c);
	hear(&c, FRAME_BUNDLE_ACK, &got);
	cr_assert(hash_eq(&got.bundle_ack.id, id));
	return got.bundle_ack;
}

static struct hash id_of_file(void)
{
	struct hash id;

	memcpy(id.b, file.data + file.len - HASH_BYTES, HASH_BYTES);
	return id;
}

static void carried_by(const struct dev *d)
{
	if (c.s)
		wire_down(&c);
	wire_up(&r, &c, d);
	greet(&c, d);
}

Test(stick, pieces_go_on_after_a_broken_line_and_the_answer_is_fetched)
{
	struct wire_bundle_part get = { .offset = 0 };
	union wire_any m;
	struct wire_bundle_ack ack;
	struct hash id;
	uint64_t lsn;
	struct buf got;

	open_all();
	bundle();
	id = get.id = id_of_file();
	lsn = rig_lsn(&r);
	carried_by(&above);
	ack = piece(&id, 0, 0);
	cr_assert_eq(ack.have, 0);
	ack = piece(&id, 0, 100);
	cr_assert_eq(ack.have, 100);
	cr_assert_eq(piece(&id, 50, 100).have, 100, "not in order: told where to go on");
	carried_by(&above); /* the line broke */
	cr_assert_eq(piece(&id, 0, 0).have, 100);
	ack = piece(&id, 100, file.len - 100);
	cr_assert_eq(ack.code, WIRE_OK);
	cr_assert_eq(ack.have, file.len);
	cr_assert_eq(rig_lsn(&r), lsn + 3);
	cr_assert_eq(piece(&id, 0, 0).have, file.len, "answered: nothing is carried twice");
	buf_init(&got, WIRE_FILE_MAX);
	do {
		get.offset = (uint32_t)got.len;
		say(&c, FRAME_ANSWER_GET, &get);
		rig_run(&r, &c);
		hear(&c, FRAME_ANSWER_PART, &m);
		cr_assert_eq(m.part.offset, got.len);
		cr_assert_gt(m.part.data.len, 0);
		buf_bytes(&got, m.part.data);
	} while (got.len < m.part.total);
	cr_assert_eq(open_it(buf_span(&got)).ack.verdict_count, 3);
	buf_fini(&got);
	close_all();
}

Test(stick, who_is_not_above_carries_nothing)
{
	struct wire_bundle_part get = { .offset = 0 };
	union wire_any m;
	struct hash id;
	uint64_t lsn;

	open_all();
	bundle();
	id = get.id = id_of_file();
	lsn = rig_lsn(&r);
	carried_by(&elsewhere);
	cr_assert_eq(piece(&id, 0, file.len).code, WIRE_BUNDLE_INVALID);
	cr_assert_eq(piece(&id, 0, 30).code, WIRE_BUNDLE_INVALID, "too little to know whose");
	cr_assert_eq(rig_lsn(&r), lsn);
	carried_by(&above);
	cr_assert_eq(piece(&id, 0, file.len).code, WIRE_OK);
	carried_by(&elsewhere);
	say(&c, FRAME_ANSWER_GET, &get);
	rig_run(&r, &c);
	cr_assert_eq(hear_next(&c, &m), FRAME_ERROR);
	cr_assert_eq(m.error.code, WIRE_NOT_FOUND);
	cr_assert(!m.error.fatal);
	close_all();
}

/* Whose units a carrier has is told by the log: a clock that is put back a day does not undo an act. */
Test(stick, a_clock_put_back_is_no_carrier)
{
	const int64_t day_ms = 86400000;
	struct op_change moves = { .what = CHANGE_MOVE,
				   .unit = UNIT_VILLAGE,
				   .parent = UNIT_ELSEWHERE };
	struct op op = { .kind = OP_ACT,
			 .act = { .no = SPAN_LIT("1-QĐ/TU"),
				  .signer = SPAN_LIT("A"),
				  .changes = &moves,
				  .count = 1 } };
	struct hash id;

	open_all();
	bundle();
	id = id_of_file();
	op.act.signed_day = op.act.effective = day_of_instant(r.now.wall_ms);
	r.w.now_ms = r.now.wall_ms;
	world_act_now(&r.w, &op);
	r.now.wall_ms -= 2 * day_ms;
	carried_by(&above);
	cr_assert_eq(piece(&id, 0, file.len).code, WIRE_BUNDLE_INVALID);
	carried_by(&elsewhere);
	cr_assert_eq(piece(&id, 0, file.len).code, WIRE_OK);
	close_all();
}

Test(stick, what_was_damaged_on_the_way_is_begun_anew)
{
	struct hash id;

	open_all();
	bundle();
	id = id_of_file();
	carried_by(&above);
	file.data[100] ^= 1;
	cr_assert_eq(piece(&id, 0, file.len).code, WIRE_BUNDLE_INVALID);
	file.data[100] ^= 1;
	cr_assert_eq(piece(&id, 0, 0).have, 0);
	cr_assert_eq(piece(&id, 0, file.len).code, WIRE_OK);
	close_all();
}

Test(stick, a_carriers_third_bundle_costs_it_the_first)
{
	struct hash id[3];

	open_all();
	bundle();
	carried_by(&above);
	for (unsigned i = 0; i < 3; i++) {
		id[i] = id_of_file();
		id[i].b[0] ^= (uint8_t)(i + 1); /* names of bundles that never become whole */
		cr_assert_eq(piece(&id[i], 0, 100).have, 100);
	}
	cr_assert_eq(piece(&id[0], 0, 0).have, 0);
	cr_assert_eq(piece(&id[1], 0, 0).have, 100);
	cr_assert_eq(piece(&id[2], 0, 0).have, 100);
	close_all();
}

static int count_row(void *to, const struct answer_row *row)
{
	(void)row;
	++*(size_t *)to;
	return 0;
}

static size_t kept(void)
{
	struct answer_store s = answers_mem_store(answers);
	size_t n = 0;

	s.list(s.ctx, count_row, &n, &r.e);
	return n;
}

Test(stick, answers_are_bounded_and_kept_for_a_year)
{
	const int64_t day_ms = 86400000;

	open_all();
	for (unsigned i = 0; i < STICK_ANSWERS_PER_DEVICE + 3; i++) {
		village.nonce[15] = 0; /* the same Hello; another file, by its seal */
		cr_assert_eq(code_of(bundle()), WIRE_OK);
		rig_wait(&r, 1000);
		dev_make(&r, &village);
		cr_assert_leq(kept(), STICK_ANSWERS_PER_DEVICE);
	}
	cr_assert_eq(kept(), STICK_ANSWERS_PER_DEVICE);
	must(sticks_tidy(sticks, r.now.wall_ms + 360 * day_ms, &r.e), &r.e, "tidying");
	cr_assert_eq(kept(), STICK_ANSWERS_PER_DEVICE);
	must(sticks_tidy(sticks, r.now.wall_ms + 367 * day_ms, &r.e), &r.e, "tidying");
	cr_assert_eq(kept(), 0);
	close_all();
}
