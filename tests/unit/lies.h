/* A device of ours that lies. Each row is one lie in an otherwise true conversation: what it changes, the section of
 * PROTOCOL.md that says what becomes of it, what it is answered, and what it leaves in the log. Told by test_lies.c. */
#ifndef LIES_H
#define LIES_H

#include "server_one.h"

static struct dev honest, elsewhere; /* of units 5 and 6; the liar, `d`, is of unit 4 */

enum { TRUE_OPS = 3, CENTURY_DAYS = 36525 };
static const int64_t century_ms = INT64_C(86400000) * CENTURY_DAYS;

/* ---- a conversation, true until a row changes it ---- */

/* What the lie is in: everything before it is true, and nothing is said after it. */
enum place { IN_HELLO, IN_OP, IN_SUBMIT, IN_PULL, IN_RECEIPT, IN_PROVE, IN_QUERY, IN_OLD };
enum left { NOTHING, THE_OP, THE_REFUSAL, AN_EPOCH, A_SUSPENSION };

struct talk {
	struct wire_hello hello;
	struct sheet_draft draft; /* the next op: April of unit 4, signed */
	struct op other;          /* instead of the draft, where its kind is set */
	struct envelope env;
	struct span body;
	struct wire_submit submit; /* with that op alone */
	struct wire_pull pull;
	struct wire_receipt_get receipt;
	struct wire_prove prove;
	struct wire_query query;
	struct wire_old old;
	unsigned times;     /* said so often */
	bool behind_the_op; /* a request said behind an op that is not answered yet */
};

struct lie {
	const char *what, *section;
	enum place place;
	void (*tell)(struct talk *t);
	const char *answer;
	enum left left;
};

/* ---- section 4: Hello ---- */

static void of_another_store(struct talk *t)
{
	t->hello.store[3] ^= 1;
}

static void of_another_device(struct talk *t)
{
	t->hello.device = honest.d.device;
}

static void of_no_version(struct talk *t)
{
	t->hello.version_min = t->hello.version_max = 77;
}

static void acked_what_was_never_sent(struct talk *t)
{
	t->hello.acked_seq = TRUE_OPS + 5;
	t->hello.next_seq = TRUE_OPS + 6;
}

static void acked_what_was_never_made(struct talk *t)
{
	t->hello.acked_seq = t->hello.next_seq;
}

static void acked_everything_there_could_be(struct talk *t)
{
	t->hello.acked_seq = UINT64_MAX - 1;
	t->hello.next_seq = UINT64_MAX;
}

static void acked_by_another_chain(struct talk *t)
{
	t->hello.acked_seq = 2;
	t->hello.acked_chain = d.chain[1];
}

static void made_another_chain(struct talk *t)
{
	t->hello.chain.b[7] ^= 1;
}

static void made_less_than_it_sent(struct talk *t)
{
	t->hello.acked_seq = 1;
	t->hello.next_seq = 2;
	t->hello.acked_chain = t->hello.chain = d.chain[1];
}

static void epoch_zero(struct talk *t)
{
	t->hello.epoch = 0;
}

static void epoch_of_the_future(struct talk *t)
{
	t->hello.epoch = d.d.epoch + 9;
}

static void epoch_of_the_future_and_a_cursor_of_before(struct talk *t)
{
	epoch_of_the_future(t);
	memset(t->hello.cursor.incarnation, 0x77, WIRE_ID);
}

static void epoch_of_the_past(struct talk *t)
{
	t->hello.epoch = 1;
}

static void epoch_of_the_past_elsewhere(struct talk *t)
{
	epoch_of_the_past(t);
	memset(t->hello.nonce, 0x99, sizeof(t->hello.nonce));
}

static void another_nonce(struct talk *t)
{
	memset(t->hello.nonce, 0x99, sizeof(t->hello.nonce));
}

/* A head that no server signed: larger than the log, under a key of the liar's. */
static void a_head_of_its_own(struct talk *t)
{
	static uint8_t bytes[HEAD_BYTES];
	struct ed25519_sig sig;
	struct head head;

	must(ledger_head(r.w.l, &head, &sig, &r.e), &r.e, "a head");
	head.size += 1000;
	head_encode(bytes, &head);
	sig.b[0] ^= 1;
	t->hello.head = wire_head_of(bytes, &sig);
	t->hello.head.signature = arena_copy(r.w.a, t->hello.head.signature);
}

static void hello_a_century_ahead(struct talk *t)
{
	t->hello.device_time_ms = r.now.wall_ms + century_ms;
	t->hello.oldest_ms = INT64_MAX;
}

static void hello_a_century_behind(struct talk *t)
{
	t->hello.device_time_ms = r.now.wall_ms - century_ms;
	t->hello.oldest_ms = INT64_MIN;
}

static void held_more_than_there_is(struct talk *t)
{
	t->hello.held_drafts = t->hello.held_queued = UINT32_MAX;
}

static void cursor_of_the_future_in_hello(struct talk *t)
{
	t->hello.cursor.lsn = t->hello.cursor.authority = UINT64_MAX;
}

static void frames_of_no_size(struct talk *t)
{
	t->hello.frame_max = 1;
}

static void frames_without_end(struct talk *t)
{
	t->hello.frame_max = UINT32_MAX;
}

/* ---- section 5: identity and chain ---- */

static void number(struct talk *t, uint64_t seq)
{
	t->env.seq = t->submit.first_seq = seq;
	if (seq && seq <= TRUE_OPS)
		t->submit.chain = d.chain[seq - 1];
}

static void a_gap(struct talk *t)
{
	number(t, TRUE_OPS + 2);
}

static void other_bytes_again(struct talk *t)
{
	number(t, 2);
}

static void number_zero(struct talk *t)
{
	number(t, 0);
}

static void the_last_number(struct talk *t)
{
	number(t, UINT64_MAX);
}

static void a_number_beside_the_frames(struct talk *t)
{
	t->env.seq++;
}

static void another_chain_before(struct talk *t)
{
	t->submit.chain.b[0] ^= 1;
}

/* As if its second op had been another. */
static void a_forked_chain(struct talk *t)
{
	struct hash at = chain_next(&d.chain[1], 2, t->env.body_hash);
	struct envelope third;
	struct arena *a = arena_new(OP_DECODE_ARENA);

	must(envelope_decode(&third, d.op[3].envelope, a, &r.e), &r.e, "an envelope");
	t->submit.chain = chain_next(&at, 3, third.body_hash);
	arena_free(a);
}

static void another_body(struct talk *t)
{
	t->body = d.op[1].body;
}

static void another_body_hash(struct talk *t)
{
	t->env.body_hash[31] ^= 1;
}

static void submit_of_the_future(struct talk *t)
{
	t->env.epoch = t->submit.epoch = d.d.epoch + 1;
}

static void submit_of_the_past(struct talk *t)
{
	t->env.epoch = t->submit.epoch = 1;
}

static void base_of_the_future(struct talk *t)
{
	t->env.base.lsn = rig_lsn(&r) + 1;
}

static void base_without_end(struct talk *t)
{
	t->env.base.lsn = UINT64_MAX;
}

static void base_of_another_store(struct talk *t)
{
	memset(t->env.base.incarnation, 0x77, WIRE_ID);
}

/* ---- section 3: credits ---- */

/* One that the server has: sending twice is the same as once. */
static void an_op_again(struct talk *t)
{
	number(t, 1);
	must(envelope_decode(&t->env, d.op[1].envelope, r.w.a, &r.e), &r.e, "an envelope");
	t->body = d.op[1].body;
}

static void more_frames_than_allowed(struct talk *t)
{
	an_op_again(t);
	t->times = LINK_SUBMITS_MAX + 1;
}

static void a_frame_of_nothing(struct talk *t)
{
	t->submit.item_count = 0;
}

static void more_requests_than_allowed(struct talk *t)
{
	an_op_again(t);
	t->times = r.sv.limits.credit_requests + 1;
	t->behind_the_op = true;
}

/* ---- sections 6 and 7: what the op says ---- */

static void over(struct talk *t, struct op_id id)
{
	draft_init(&t->draft, 4, FORM_SHORT, month_of(2021, 4));
	draft_put(&t->draft, 2, 1000, draft_see(&t->draft, id));
	draft_sign(&t->draft, SIGN_PAPER, 0);
	t->draft.op.author = d.d.person;
}

static void over_nothing(struct talk *t)
{
	over(t, (struct op_id){ UINT64_C(0xd0000000dead0000), 1, 1 });
}

static void over_another_units(struct talk *t)
{
	over(t, (struct op_id){ honest.d.device, honest.d.epoch, 1 });
}

static void over_a_later_one(struct talk *t)
{
	over(t, (struct op_id){ d.d.device, d.d.epoch, TRUE_OPS + 2 });
}

static void over_itself(struct talk *t)
{
	over(t, (struct op_id){ d.d.device, d.d.epoch, TRUE_OPS + 1 });
}

static void over_an_epoch_to_come(struct talk *t)
{
	over(t, (struct op_id){ d.d.device, d.d.epoch + 1, 1 });
}

static void covers_another_units(struct talk *t)
{
	struct op_id id = { elsewhere.d.device, elsewhere.d.epoch, 1 };

	draft_sign(&t->draft, SIGN_PAPER, draft_see(&t->draft, id));
}

static void of_the_unit_beside(struct talk *t)
{
	t->draft.op.unit = 5;
}

static void of_the_unit_above(struct talk *t)
{
	t->draft.op.unit = 2;
}

static void of_no_unit(struct talk *t)
{
	t->draft.op.unit = 4444;
}

static void on_behalf_of_the_unit_beside(struct talk *t)
{
	of_the_unit_beside(t);
	t->draft.op.on_behalf = t->draft.op.reason = SPAN_LIT("telephone, Mr A");
}

static void of_another_person(struct talk *t)
{
	t->draft.op.author = honest.d.person;
}

static void of_the_console(struct talk *t)
{
	t->other = (struct op){ .kind = OP_SETTING,
				.source = SPAN_LIT("console:root"),
				.setting = { SPAN_LIT("rounding"), SPAN_LIT("3") } };
}

static void op_a_century_ahead(struct talk *t)
{
	t->draft.op.device_time_ms = r.now.wall_ms + century_ms;
	t->draft.op.sheet.sign = (struct op_sign){ .how = SIGN_NONE }; /* it counts nothing yet */
}

static void op_a_century_behind(struct talk *t)
{
	op_a_century_ahead(t);
	t->draft.op.device_time_ms = r.now.wall_ms - century_ms;
}

static void a_month_of_the_next_century(struct talk *t)
{
	t->draft.op.device_time_ms = r.now.wall_ms + century_ms;
	t->draft.op.sheet.period = month_of(2121, 4);
	t->draft.op.sheet.sign.paper_day = t->draft.op.sheet.period.to;
}

/* ---- sections 8 to 10 and 12: requests ---- */

static void cursor_beyond_the_log(struct talk *t)
{
	t->pull.cursor.lsn = rig_lsn(&r) + 1;
}

static void cursor_without_end(struct talk *t)
{
	t->pull.cursor.lsn = UINT64_MAX;
}

static void cursor_backwards(struct talk *t)
{
	t->pull.cursor.lsn = 1;
}

static void cursor_of_another_scope(struct talk *t)
{
	t->pull.cursor.authority++;
}

static void cursor_of_another_incarnation(struct talk *t)
{
	memset(t->pull.cursor.incarnation, 0x77, WIRE_ID);
}

static void proven_from_the_future(struct talk *t)
{
	t->pull.prove_from = UINT64_MAX;
}

static void receipt_of_another_unit(struct talk *t)
{
	struct chain_row chain;

	must(ledger_chain(r.w.l, elsewhere.d.device, &chain, &r.e), &r.e, "a chain");
	t->receipt.lsn = chain.lsn;
}

static void receipt_of_the_future(struct talk *t)
{
	t->receipt.lsn = UINT64_MAX;
}

static void proof_of_the_future(struct talk *t)
{
	t->prove.size = rig_lsn(&r) + 1;
}

static void proof_backwards(struct talk *t)
{
	t->prove.old_size = t->prove.size;
	t->prove.size = 1;
}

static void question_beside(struct talk *t)
{
	t->query.unit = 5;
}

static void question_above(struct talk *t)
{
	t->query.unit = 2;
}

static void question_of_no_unit(struct talk *t)
{
	t->query.unit = 4444;
}

/* An entry that the server is to have lost: the honest one's next, which that never made. */
static void an_entry_of_its_own(struct talk *t)
{
	static const uint8_t mark[WIRE_ID] = { 1 };
	struct op_id id = { honest.d.device, honest.d.epoch, TRUE_OPS + 1 };
	struct packed p = pack(&r.w, id, draft_op(&t->draft), 1);
	struct entry en = { .lsn = rig_lsn(&r) + 9,
			    .time_ms = r.now.wall_ms,
			    .device = honest.d.device,
			    .envelope = p.envelope,
			    .body = p.body,
			    .verdict = VERDICT_ACCEPTED,
			    .unit = 5,
			    .author = honest.d.person,
			    .author_unit = 5 };
	struct span *entries = arena_array(r.w.a, 1, sizeof(*entries));
	struct buf b;

	buf_init(&b, ENTRY_MAX);
	entry_encode(&b, &en);
	entries[0] = arena_copy(r.w.a, buf_span(&b));
	buf_fini(&b);
	t->old = (struct wire_old){ .entries = entries, .entry_count = 1 };
	t->old.marks = span_of(mark, WIRE_ID);
	memset(t->old.incarnation, 0x77, WIRE_ID);
}

static const struct lie lies[] = {
	{ "another store", "4", IN_HELLO, of_another_store, "hello: wrong-store", NOTHING },
	{ "another device's number", "4", IN_HELLO, of_another_device, "breach: malformed",
	  NOTHING },
	{ "a version nobody has", "4", IN_HELLO, of_no_version, "hello: version", NOTHING },
	{ "acks of what was never sent", "4 rule 6", IN_HELLO, acked_what_was_never_sent,
	  "hello: server-behind", NOTHING },
	{ "acks of all numbers there are", "4 rule 6", IN_HELLO, acked_everything_there_could_be,
	  "hello: server-behind", NOTHING },
	{ "acks of what it says is not made", "4", IN_HELLO, acked_what_was_never_made,
	  "breach: malformed", NOTHING },
	{ "acked under another chain", "4 rule 8", IN_HELLO, acked_by_another_chain,
	  "hello: new-epoch", AN_EPOCH },
	{ "another chain in Hello", "4 rule 8", IN_HELLO, made_another_chain, "hello: new-epoch",
	  AN_EPOCH },
	{ "less made than was sent", "4 rule 8", IN_HELLO, made_less_than_it_sent,
	  "hello: new-epoch", AN_EPOCH },
	{ "epoch 0", "4", IN_HELLO, epoch_zero, "breach: malformed", NOTHING },
	{ "an epoch to come", "4 rule 6", IN_HELLO, epoch_of_the_future, "hello: server-behind",
	  NOTHING },
	{ "an epoch to come, a cursor of before", "4 rule 5", IN_HELLO,
	  epoch_of_the_future_and_a_cursor_of_before, "hello: ok", NOTHING },
	{ "an epoch that is over", "4 rule 11", IN_HELLO, epoch_of_the_past, "hello: new-epoch",
	  AN_EPOCH },
	{ "an epoch that is over, elsewhere", "4 rule 12", IN_HELLO, epoch_of_the_past_elsewhere,
	  "hello: suspended", A_SUSPENSION },
	{ "another nonce", "4 rule 9", IN_HELLO, another_nonce, "hello: new-epoch", AN_EPOCH },
	{ "a head of its own making", "4 rule 4", IN_HELLO, a_head_of_its_own, "hello: ok",
	  NOTHING },
	{ "Hello a century ahead", "4", IN_HELLO, hello_a_century_ahead, "hello: ok", NOTHING },
	{ "Hello a century behind", "4", IN_HELLO, hello_a_century_behind, "hello: ok", NOTHING },
	{ "four milliards of drafts", "4", IN_HELLO, held_more_than_there_is, "hello: ok",
	  NOTHING },
	{ "a cursor without end in Hello", "4", IN_HELLO, cursor_of_the_future_in_hello,
	  "hello: ok", NOTHING },
	{ "frames of one byte", "3", IN_HELLO, frames_of_no_size, "hello: ok", NOTHING },
	{ "frames without end", "3", IN_HELLO, frames_without_end, "hello: ok", NOTHING },

	{ "a gap", "5", IN_SUBMIT, a_gap, "not now: gap", NOTHING },
	{ "other bytes under a number", "5", IN_SUBMIT, other_bytes_again, "refused: fork",
	  NOTHING },
	{ "number 0", "5", IN_SUBMIT, number_zero, "breach: malformed", NOTHING },
	{ "the last number there is", "5", IN_SUBMIT, the_last_number, "not now: gap", NOTHING },
	{ "a number beside its frame's", "5", IN_SUBMIT, a_number_beside_the_frames,
	  "breach: malformed", NOTHING },
	{ "another hash before it", "5", IN_SUBMIT, another_chain_before, "not now: chain",
	  NOTHING },
	{ "a chain that forked", "5", IN_SUBMIT, a_forked_chain, "not now: chain", NOTHING },
	{ "another body", "5", IN_SUBMIT, another_body, "breach: hash", NOTHING },
	{ "another hash of the body", "5", IN_SUBMIT, another_body_hash, "breach: hash", NOTHING },
	{ "ops of an epoch to come", "5", IN_SUBMIT, submit_of_the_future, "not now: new-epoch",
	  NOTHING },
	{ "ops of an epoch that is over", "5", IN_SUBMIT, submit_of_the_past, "not now: new-epoch",
	  NOTHING },
	{ "a base one beyond the log", "5", IN_SUBMIT, base_of_the_future, "not now: base",
	  NOTHING },
	{ "a base without end", "5", IN_SUBMIT, base_without_end, "not now: base", NOTHING },
	{ "a base of another store", "5", IN_SUBMIT, base_of_another_store, "not now: base",
	  NOTHING },
	{ "a frame too many", "3", IN_SUBMIT, more_frames_than_allowed, "breach: credit", NOTHING },
	{ "a frame without ops", "3", IN_SUBMIT, a_frame_of_nothing, "breach: malformed", NOTHING },
	{ "a request too many", "3", IN_PULL, more_requests_than_allowed, "breach: credit",
	  NOTHING },

	{ "over an op of nobody", "6", IN_OP, over_nothing, "refused: version-unknown",
	  THE_REFUSAL },
	{ "over an op of another unit", "6", IN_OP, over_another_units, "refused: version-unknown",
	  THE_REFUSAL },
	{ "over an op to come", "6", IN_OP, over_a_later_one, "refused: version-unknown",
	  THE_REFUSAL },
	{ "over itself", "6", IN_OP, over_itself, "refused: version-unknown", THE_REFUSAL },
	{ "over an epoch to come", "6", IN_OP, over_an_epoch_to_come, "refused: version-unknown",
	  THE_REFUSAL },
	{ "covers an op of another unit", "6", IN_OP, covers_another_units,
	  "refused: version-unknown", THE_REFUSAL },
	{ "figures of the unit beside", "6", IN_OP, of_the_unit_beside, "refused: not-allowed",
	  THE_REFUSAL },
	{ "figures of the unit above", "6", IN_OP, of_the_unit_above, "refused: not-allowed",
	  THE_REFUSAL },
	{ "figures of no unit", "6", IN_OP, of_no_unit, "refused: unit-unknown", THE_REFUSAL },
	{ "on behalf of the unit beside", "6", IN_OP, on_behalf_of_the_unit_beside,
	  "refused: not-allowed", THE_REFUSAL },
	{ "by a person of another unit", "7", IN_OP, of_another_person, "refused: person-unknown",
	  THE_REFUSAL },
	{ "an act of the console", "7", IN_OP, of_the_console, "refused: not-allowed",
	  THE_REFUSAL },
	{ "a clock a century ahead", "7", IN_OP, op_a_century_ahead, "accepted", THE_OP },
	{ "a clock a century behind", "7", IN_OP, op_a_century_behind, "accepted", THE_OP },
	{ "a month of the next century", "6", IN_OP, a_month_of_the_next_century,
	  "refused: period-wrong", THE_REFUSAL },

	{ "a cursor one beyond the log", "8", IN_PULL, cursor_beyond_the_log,
	  "error: server-behind", NOTHING },
	{ "a cursor without end", "8", IN_PULL, cursor_without_end, "error: server-behind",
	  NOTHING },
	{ "a cursor that went back", "8", IN_PULL, cursor_backwards, "page", NOTHING },
	{ "a cursor of another scope", "8", IN_PULL, cursor_of_another_scope, "page: restart",
	  NOTHING },
	{ "a cursor of another store", "8", IN_PULL, cursor_of_another_incarnation, "page: restart",
	  NOTHING },
	{ "a head of a log to come", "9", IN_PULL, proven_from_the_future, "page", NOTHING },
	{ "a receipt of another unit", "9", IN_RECEIPT, receipt_of_another_unit,
	  "error: not-allowed", NOTHING },
	{ "a receipt of what is to come", "9", IN_RECEIPT, receipt_of_the_future,
	  "error: not-found", NOTHING },
	{ "a proof of what is to come", "9", IN_PROVE, proof_of_the_future, "error: not-found",
	  NOTHING },
	{ "a proof backwards", "9", IN_PROVE, proof_backwards, "error: not-found", NOTHING },
	{ "a question about the unit beside", "10", IN_QUERY, question_beside, "error: not-allowed",
	  NOTHING },
	{ "a question about names above", "10", IN_QUERY, question_above, "error: not-allowed",
	  NOTHING },
	{ "a question about no unit", "10", IN_QUERY, question_of_no_unit, "error: not-found",
	  NOTHING },
	{ "an entry that was never lost", "12", IN_OLD, an_entry_of_its_own, "old: refused",
	  NOTHING },
};
#endif
