/* Whole stores pass; each kind of tampering is found and named. The store is a copy in memory, so that
 * whoever tampers may write what he likes, with checksums that fit. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "internal.h"
#include "ledger/verify.h"
#include "story.h"

static struct story *s;

static void setup(void)
{
	struct op op;

	s = calloc(1, sizeof(*s));
	story_open(s, 99, false);
	for (size_t i = 0; i < 200; i++)
		story_step(s);
	op = build_members(1, day(2022, 1, 1), 70);
	story_act(s, &op);
	story_commit(s);
}

static void teardown(void)
{
	story_close(s);
	free(s);
}

TestSuite(verify, .init = setup, .fini = teardown);

/* A row's payload, changed: 1 to write it back, 0 to leave it, -1 to delete it. */
typedef int change(struct buf *payload, struct span key);

/* Change the first row of a table that `by` wants to; with a fitting checksum unless `clumsy`. */
static bool tamper(struct kv *kv, enum table t, change *by, bool clumsy)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_txn *txn;
	struct kv_cursor *c;
	struct err e = { 0 };
	struct key found = { .len = 0 };
	struct buf row;
	int what = 0;

	buf_init(&row, KV_VALUE_MAX);
	must(kv_begin(&txn, kv, KV_WRITE, &e), &e, "begin");
	must(kv_walk(&c, txn, (uint8_t)t, none, none, false, &e), &e, "walk");
	while (!what && must(kv_next(c, &key, &value, &e), &e, "next")) {
		buf_reset(&row);
		buf_bytes(&row, span_of(value.data, value.len - 4));
		what = by(&row, key);
		found.len = key.len;
		memcpy(found.b, key.data, key.len);
	}
	kv_walk_end(c);
	if (what > 0) {
		buf_u32(&row, (uint32_t)crc32(0, row.data, (unsigned)row.len) + (clumsy ? 1 : 0));
		must(kv_put(txn, (uint8_t)t, key_span(&found), buf_span(&row), &e), &e, "put");
	} else if (what < 0) {
		must(kv_del(txn, (uint8_t)t, key_span(&found), &e), &e, "del");
	}
	must(kv_commit(&txn, &e), &e, "commit");
	buf_fini(&row);
	return what != 0;
}

/* Open and verify the store; what the failure says, or "". */
static struct err judged(struct kv *kv, struct verify_report *r)
{
	struct err e = { 0 };
	struct ledger *l;

	memset(r, 0, sizeof(*r));
	if (ledger_open(&l, kv, 0, &e))
		return e;
	if (!ledger_verify(r, l, NULL, NULL, &e))
		err_clear(&e); /* what was looked for in vain on the way */
	ledger_close(l);
	return e;
}

Test(verify, stories_pass)
{
	struct verify_report r;
	struct err e = judged(s->w.kv, &r);

	cr_assert_eq(e.code, ERR_NONE, "%s", e.msg);
	cr_assert_eq(r.entries, naive_lsn(s->n));
	cr_assert_eq(r.entries, r.accepted + r.late + r.refused);
	cr_assert_gt(r.rows, 100);
	cr_assert_gt(r.refused, 20);
}

/* ---- one row each ---- */

static int last_byte(struct buf *b, struct span key)
{
	(void)key;
	b->data[b->len - 1] ^= 1;
	return 1;
}

static int gone(struct buf *b, struct span key)
{
	(void)b;
	(void)key;
	return -1;
}

/* The entry in the middle, and what stands in it. */
static uint64_t target_lsn;

static int entry_gone(struct buf *b, struct span key)
{
	(void)b;
	return key_read_u64(key, 0) == target_lsn ? -1 : 0;
}

static int entry_byte(struct buf *b, struct span key)
{
	if (key_read_u64(key, 0) != target_lsn)
		return 0;
	b->data[b->len / 2] ^= 0x10;
	return 1;
}

/* Rewrite entry target_lsn through `edit`. */
static void (*edit)(struct entry *en);

static int entry_edit(struct buf *b, struct span key)
{
	struct arena *a;
	struct entry en;
	struct buf again;
	struct err e = { 0 };

	if (key_read_u64(key, 0) != target_lsn)
		return 0;
	a = arena_new(OP_DECODE_ARENA);
	must(entry_decode(&en, span_of(b->data + 1, b->len - 1), a, &e), &e, "decode");
	edit(&en);
	buf_init(&again, ENTRY_MAX);
	entry_encode(&again, &en);
	b->len = 1;
	buf_bytes(b, buf_span(&again));
	buf_fini(&again);
	arena_free(a);
	return 1;
}

static void flip_verdict(struct entry *en)
{
	bool accepted = en->verdict == VERDICT_ACCEPTED;

	en->verdict = accepted ? VERDICT_REFUSED : VERDICT_ACCEPTED;
	en->code = accepted ? CODE_NOT_ALLOWED : CODE_OK;
	en->detail = (struct span){ NULL, 0 };
}

static void earlier(struct entry *en)
{
	en->time_ms -= INT64_C(1000) * 86400 * 900;
}

static void other_link(struct entry *en)
{
	en->prev_unit = en->prev_unit > 1 ? en->prev_unit - 1 : 1;
}

static void other_device_link(struct entry *en)
{
	en->prev_device = en->prev_device > 1 ? en->prev_device - 1 : 1;
}

static void other_number(struct entry *en)
{
	en->lsn++;
}

static void other_body(struct entry *en)
{
	static uint8_t body[OP_BODY_MAX];

	memcpy(body, en->body.data, en->body.len);
	body[en->body.len - 1] ^= 1;
	en->body.data = body;
}

static void other_author_unit(struct entry *en)
{
	en->author_unit++;
}

struct tampering {
	const char *label;
	enum table t;
	change *by;
	void (*edit)(struct entry *en);
	bool clumsy, accepted; /* the entry in question: an accepted one */
	const char *says;      /* what the failure must name */
};

static const struct tampering tamperings[] = {
	{ "entry's bytes", T_LOG, entry_byte, NULL, true, true, "entry %u: its row does" },
	{ "entry's bytes, checksum made to fit", T_LOG, entry_byte, NULL, false, true,
	  "entry %u: " },
	{ "entry removed", T_LOG, entry_gone, NULL, false, true, "entry %u: it is missing" },
	{ "accepted made refused", T_LOG, entry_edit, flip_verdict, false, true,
	  "entry %u: its verdict" },
	{ "refused made accepted", T_LOG, entry_edit, flip_verdict, false, false,
	  "entry %u: its verdict" },
	{ "time set back", T_LOG, entry_edit, earlier, false, true, "entry %u: its receive time" },
	{ "unit's chain broken", T_LOG, entry_edit, other_link, false, true,
	  "entry %u: the link to its unit" },
	{ "device's chain broken", T_LOG, entry_edit, other_device_link, false, true,
	  "entry %u: the link to its device" },
	{ "entry renumbered", T_LOG, entry_edit, other_number, false, true,
	  "entry %u: it bears another" },
	{ "body changed", T_LOG, entry_edit, other_body, false, true, "entry %u: its body" },
	{ "author's unit changed", T_LOG, entry_edit, other_author_unit, false, true,
	  "entry %u: its verdict" },
	{ "meta row", T_META, last_byte, NULL, false, false, "format 0" },
	{ "node row", T_NODE, last_byte, NULL, false, false, "node" },
	{ "device row", T_DEVICE, last_byte, NULL, false, false, "table device" },
	{ "chain row", T_CHAIN, last_byte, NULL, false, false, "table chain" },
	{ "chain row removed", T_CHAIN, gone, NULL, false, false, "table chain" },
	{ "person row", T_PERSON, last_byte, NULL, false, false, "table person" },
	{ "unit row", T_UNIT, last_byte, NULL, false, false, "table unit" },
	{ "unit head row", T_UNIT_HEAD, last_byte, NULL, false, false, "table unit head" },
	{ "plan row", T_PLAN, last_byte, NULL, false, false, "table plan" },
	{ "plan row removed", T_PLAN, gone, NULL, false, false, "table plan" },
	{ "form row removed", T_FORM, gone, NULL, false, false, "table form" },
	{ "sheet row", T_SHEET, last_byte, NULL, false, false, "table sheet" },
	{ "sheet row, clumsily", T_SHEET, last_byte, NULL, true, false, "table sheet" },
	{ "sheet row removed", T_SHEET, gone, NULL, false, false, "table sheet" },
	{ "aggregate row", T_AGGREGATE, last_byte, NULL, false, false, "table aggregate" },
	{ "aggregate row removed", T_AGGREGATE, gone, NULL, false, false, "table aggregate" },
	{ "members row", T_MEMBERS, last_byte, NULL, false, false, "table members" },
	{ "target row", T_TARGET, last_byte, NULL, false, false, "table target" },
	{ "request row", T_REQUEST, last_byte, NULL, false, false, "table request" },
};

/* A sheet op of a device, about the middle of the log, with one of its device and unit before it. */
static uint64_t an_entry(bool accepted)
{
	for (size_t i = s->op_count / 2; i < s->op_count; i++) {
		struct arena *a = arena_new(OP_DECODE_ARENA);
		struct entry en;
		struct buf b;
		struct err e = { 0 };
		bool fits;

		buf_init(&b, ENTRY_MAX);
		must(ledger_entry(s->w.l, s->ops[i].lsn, &b, &e), &e, "entry");
		must(entry_decode(&en, buf_span(&b), a, &e), &e, "entry");
		fits = (en.verdict == VERDICT_ACCEPTED) == accepted && en.device &&
		       en.prev_device > 1 && en.prev_unit > 1 &&
		       (accepted || en.code == CODE_OUTSIDE_PLAN);
		buf_fini(&b);
		arena_free(a);
		if (fits)
			return s->ops[i].lsn;
	}
	cr_assert_fail("no such entry in this story");
	return 0;
}

ParameterizedTestParameters(verify, tampering)
{
	static size_t index[ARRAY_LEN(tamperings)];

	for (size_t i = 0; i < ARRAY_LEN(tamperings); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_LEN(tamperings));
}

ParameterizedTest(size_t *index, verify, tampering)
{
	const struct tampering *t = &tamperings[*index];
	struct verify_report r;
	struct kv *copy;
	struct err e;
	const char *at;
	char says[64];

	target_lsn = t->t == T_LOG ? an_entry(t->accepted) : 0;
	edit = t->edit;
	must(kv_mem_clone(&copy, s->w.kv, &s->w.e), &s->w.e, "clone");
	cr_assert(tamper(copy, t->t, t->by, t->clumsy), "%s: nothing to change", t->label);
	e = judged(copy, &r);
	cr_assert_neq(e.code, ERR_NONE, "%s: not noticed", t->label);
	at = strstr(t->says, "%u");
	if (at)
		snprintf(says, sizeof(says), "entry %u%s", (unsigned)target_lsn, at + 2);
	else
		snprintf(says, sizeof(says), "%s", t->says);
	cr_assert_not_null(strstr(e.msg, says), "%s: %s", t->label, e.msg);
	kv_close(copy);
}

/* ---- more than a row ---- */

static void put_raw(struct kv *kv, enum table t, struct key key, struct span payload)
{
	struct kv_txn *txn;
	struct err e = { 0 };
	struct buf row;

	buf_init(&row, KV_VALUE_MAX);
	buf_u8(&row, ROW_VERSION);
	buf_bytes(&row, payload);
	buf_u32(&row, (uint32_t)crc32(0, row.data, (unsigned)row.len));
	must(kv_begin(&txn, kv, KV_WRITE, &e), &e, "begin");
	must(kv_put(txn, (uint8_t)t, key_span(&key), buf_span(&row), &e), &e, "put");
	must(kv_commit(&txn, &e), &e, "commit");
	buf_fini(&row);
}

Test(verify, a_row_too_many)
{
	struct verify_report r;
	struct kv *copy;
	struct err e;

	must(kv_mem_clone(&copy, s->w.kv, &s->w.e), &s->w.e, "clone");
	put_raw(copy, T_SETTING, key_text(SPAN_LIT("rounding")), SPAN_LIT("\1\1x"));
	e = judged(copy, &r);
	cr_assert_not_null(strstr(e.msg, "table setting"), "%s", e.msg);
	kv_close(copy);
}

static void put_head(struct kv *kv, const struct head *h, const struct ed25519_key *key)
{
	struct ed25519_sig sig = head_sign(h, key);
	uint8_t bytes[HEAD_BYTES + ED25519_SIG_BYTES];

	head_encode(bytes, h);
	memcpy(bytes + HEAD_BYTES, sig.b, sizeof(sig.b));
	put_raw(kv, T_META, key_text(SPAN_LIT("head")), span_of(bytes, sizeof(bytes)));
}

Test(verify, heads)
{
	uint8_t seed[ED25519_SEED_BYTES] = "somebody else";
	struct ed25519_key other;
	struct ed25519_sig sig;
	struct verify_report r;
	struct head h;
	struct kv *copy;
	struct err e = { 0 };

	ed25519_key_init(&other, seed);
	must(ledger_head(s->w.l, &h, &sig, &e), &e, "head");
	must(kv_mem_clone(&copy, s->w.kv, &e), &e, "clone");
	put_head(copy, &h, &s->w.key);
	e = judged(copy, &r);
	cr_assert_eq(e.code, ERR_NONE, "the same head, signed again: %s", e.msg);
	put_head(copy, &h, &other);
	cr_assert_neq(judged(copy, &r).code, ERR_NONE, "signed by somebody else");
	h.root.b[0] ^= 1;
	put_head(copy, &h, &s->w.key);
	e = judged(copy, &r);
	cr_assert_not_null(strstr(e.msg, "head"), "%s", e.msg);
	h.root.b[0] ^= 1;
	h.size--;
	put_head(copy, &h, &s->w.key);
	e = judged(copy, &r);
	cr_assert_not_null(strstr(e.msg, "head"), "%s", e.msg);
	h.size++;
	h.incarnation[0] ^= 1;
	put_head(copy, &h, &s->w.key);
	e = judged(copy, &r);
	cr_assert_not_null(strstr(e.msg, "head"), "of another incarnation: %s", e.msg);
	kv_close(copy);
}

/* Somebody who can write the store and knows the program, but not the key: he rewrites the log from the
 * end, and everything derived with it. Only the signature stands in his way. */
Test(verify, a_log_cut_short_and_replayed)
{
	uint64_t keep = naive_lsn(s->n) - 3;
	struct kv *cut = world_kv_new(&s->w);
	struct verify_report r;
	struct ledger *l;
	struct head h;
	struct ed25519_sig sig;
	struct err e = { 0 };

	must(ledger_new(&l, cut, 0, &e), &e, "new");
	must(ledger_begin(l, &e), &e, "begin");
	must(ledger_blank(l, &e), &e, "blank");
	for (uint64_t lsn = 1; lsn <= keep; lsn++) {
		struct buf b;

		buf_init(&b, ENTRY_MAX);
		must(ledger_entry(s->w.l, lsn, &b, &e), &e, "entry");
		must(ledger_put_entry(l, buf_span(&b), &e), &e, "put");
		buf_fini(&b);
	}
	must(ledger_commit(l, NULL, NULL, &e), &e, "commit");
	ledger_close(l);
	e = judged(cut, &r);
	cr_assert_not_null(strstr(e.msg, "head"), "without a head: %s", e.msg);
	err_clear(&e);
	must(ledger_head(s->w.l, &h, &sig, &e), &e, "head");
	put_head(cut, &h, &s->w.key); /* the true one, of the longer log */
	e = judged(cut, &r);
	cr_assert_not_null(strstr(e.msg, "head"), "%s", e.msg);
	kv_close(cut);
}

/* It is a store with a hole, not "no store here". */
Test(verify, the_newest_entry_removed)
{
	struct verify_report r;
	struct kv *copy;
	struct err e;

	must(kv_mem_clone(&copy, s->w.kv, &s->w.e), &s->w.e, "clone");
	for (target_lsn = naive_lsn(s->n); target_lsn > naive_lsn(s->n) - 17; target_lsn--) {
		cr_assert(tamper(copy, T_LOG, entry_gone, false));
		e = judged(copy, &r);
		cr_assert_eq(e.code, ERR_CORRUPT, "%s", e.msg);
	}
	kv_close(copy);
}

Test(verify, another_format)
{
	struct verify_report r;
	struct kv *copy;
	struct err e;

	must(kv_mem_clone(&copy, s->w.kv, &s->w.e), &s->w.e, "clone");
	put_raw(copy, T_META, key_text(SPAN_LIT("format")), SPAN_LIT("\2"));
	e = judged(copy, &r);
	cr_assert_eq(e.code, ERR_VERSION);
	cr_assert_not_null(strstr(e.msg, "format 2"), "%s", e.msg);
	kv_close(copy);
}

static uint64_t told;

static void tell(void *ctx, uint64_t lsn)
{
	cr_assert_eq(ctx, &told);
	told = lsn;
}

/* More entries than one batch of the replay. */
Test(verify, a_long_log)
{
	struct verify_report r;
	struct world w;
	struct op op;

	world_open(&w, false, false);
	build_small_tree(&w);
	world_begin(&w);
	for (int i = 0; i < 4500; i++) {
		op = build_members(4, day(2020, 1, 1) + i % 1000, i);
		world_act(&w, &op);
	}
	world_commit(&w);
	must(ledger_verify(&r, w.l, tell, &told, &w.e), &w.e, "verify");
	cr_assert_eq(r.entries, ledger_info(w.l).lsn);
	cr_assert_eq(told, 4000);
	world_close(&w);
}
