/* Receipts: fetched in a contact, checked without one, and where they stand in what was read. */
#include <criterion/criterion.h>

#include "client/receipt.h"
#include "client_world.h"

static struct world w;
static struct desk k;

static void begin(void)
{
	site_open(&w);
	desk_open(&k, &w, 6, ROLE_APPROVER);
}

static void end(void)
{
	desk_close(&k);
	world_close(&w);
}

TestSuite(sync_receipt, .init = begin, .fini = end);

Test(sync_receipt, a_receipt_is_checked_without_the_server)
{
	struct op_id id;
	struct receipt r;
	struct arena *a = arena_new(4 << 20);
	struct buf file;

	desk_sync(&k);
	id = desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	cr_assert_eq(desk_receipt(&k, outbox_find(k.c, id)->lsn), SYNC_DONE, "%s",
		     sync_end_name(k.r.end));
	cr_assert_gt(k.receipt.len, 0);
	cr_assert_leq(k.receipt.len, 1200);
	buf_init(&file, RECEIPT_FILE_MAX);
	must(receipt_file_write(&file, buf_span(&k.receipt), &k.e), &k.e, "write a receipt");
	cr_assert_eq(receipt_file_check(&r, buf_span(&file), w.birth.log_key, a, &k.e), 0, "%s",
		     k.e.msg);
	cr_assert_eq(r.entry.lsn, outbox_find(k.c, id)->lsn);
	cr_assert_eq(r.entry.unit, 6);
	for (size_t i = 0; i < file.len; i++) {
		arena_reset(a);
		file.data[i] ^= 0x20;
		cr_assert_neq(receipt_file_check(&r, buf_span(&file), w.birth.log_key, a, &k.e), 0,
			      "a changed byte %zu", i);
		file.data[i] ^= 0x20;
		arena_reset(a);
		cr_assert_neq(
			receipt_file_check(&r, span_of(file.data, i), w.birth.log_key, a, &k.e), 0);
	}
	w.birth.log_key[0] ^= 1;
	cr_assert_neq(receipt_file_check(&r, buf_span(&file), w.birth.log_key, a, &k.e), 0);
	buf_fini(&file);
	arena_free(a);
}

/* What a device says of a receipt, that somebody else may have fetched. */
static enum receipt_stands stands(struct desk *at, const struct buf *receipt)
{
	struct arena *a = arena_new(4 << 20);
	enum receipt_stands got;
	struct wire_receipt m;
	struct receipt r;

	must(wire_decode(&m, FRAME_RECEIPT, buf_span(receipt), a, &at->e), &at->e, "decode");
	must(receipt_verify(&r, &m, w.birth.log_key, a, &at->e), &at->e, "a receipt");
	must(receipt_stands(&got, at->c, &r, &at->e), &at->e, "where it stands");
	arena_free(a);
	return got;
}

/* Fetched by `from`, into `out`. */
static void fetch(struct buf *out, struct desk *from, uint64_t lsn)
{
	cr_assert_eq(desk_receipt(from, lsn), SYNC_DONE, "%s", sync_end_name(from->r.end));
	buf_init(out, FRAME_RECEIPT_MAX);
	buf_bytes(out, buf_span(&from->receipt));
}

Test(sync_receipt, a_receipt_of_a_log_that_was_left)
{
	struct world backup;
	struct wire_branch branch;
	struct desk late, far;
	struct buf before, behind, again;
	struct op_id id;
	uint64_t lsn;

	desk_open(&late, &w, 6, ROLE_APPROVER);
	desk_open(&far, &w, 7, ROLE_APPROVER);
	desk_sync(&k);
	desk_sync(&late);
	id = desk_month(&k, 6, 6, 3, 40);
	desk_sync(&k);
	fetch(&before, &k, outbox_find(k.c, id)->lsn);
	world_clone(&backup, &w);
	id = desk_month(&k, 6, 7, 3, 43);
	desk_sync(&k);
	lsn = outbox_find(k.c, id)->lsn;
	fetch(&behind, &k, lsn);
	cr_assert_eq(stands(&k, &behind), RECEIPT_STANDS);
	cr_assert_eq(stands(&late, &behind), RECEIPT_CANNOT_TELL, "it has not read so far");
	desk_sync(&late);
	desk_sync(&far);
	cr_assert_eq(stands(&far, &behind), RECEIPT_STANDS, "not in its part, and under its head");

	desk_restored(&k, &backup, &branch);
	desk_sync(&k);
	cr_assert_eq(stands(&k, &before), RECEIPT_STANDS, "both logs have it");
	cr_assert_eq(stands(&k, &behind), RECEIPT_LEFT);
	fetch(&again, &k, outbox_find(k.c, id)->lsn);
	cr_assert_neq(outbox_find(k.c, id)->lsn, lsn);
	cr_assert_eq(stands(&k, &again), RECEIPT_STANDS);
	cr_assert_eq(stands(&late, &again), RECEIPT_CANNOT_TELL, "a log that it has not met");
	buf_fini(&before);
	buf_fini(&behind);
	buf_fini(&again);
	desk_close(&late);
	desk_close(&far);
	k.w = &w;
	world_close(&backup);
}

/* Shown to another device, the receipt says what the server told this one otherwise. */
Test(sync_receipt, a_receipt_that_tells_two_histories)
{
	struct desk other;
	struct buf receipt;
	uint64_t lsn;

	desk_open(&other, &w, 6, ROLE_APPROVER);
	desk_sync(&k);
	lsn = somebody_writes(&w, 6, 3);
	k.s.script.forge_lsn = lsn;
	desk_sync(&k);
	desk_sync(&other);
	fetch(&receipt, &other, lsn);
	cr_assert_eq(stands(&other, &receipt), RECEIPT_STANDS);
	cr_assert_eq(stands(&k, &receipt), RECEIPT_OTHERWISE);
	buf_fini(&receipt);
	desk_close(&other);
}

/* The message itself changed, and the file made around it anew: the signature is what holds. */
Test(sync_receipt, a_receipt_of_another_entry_is_refused)
{
	struct arena *a = arena_new(8 << 20);
	struct wire_receipt m;
	struct receipt r;
	struct buf entry;

	desk_sync(&k);
	desk_month(&k, 6, 9, 3, 40);
	desk_sync(&k);
	cr_assert_eq(desk_receipt(&k, 3), SYNC_DONE);
	must(wire_decode(&m, FRAME_RECEIPT, buf_span(&k.receipt), a, &k.e), &k.e, "decode");
	cr_assert_eq(receipt_verify(&r, &m, w.birth.log_key, a, &k.e), 0);
	buf_init(&entry, ENTRY_MAX);
	must(ledger_entry(w.l, 4, &entry, &k.e), &k.e, "an entry");
	m.entry = buf_span(&entry);
	cr_assert_neq(receipt_verify(&r, &m, w.birth.log_key, a, &k.e), 0);
	buf_fini(&entry);
	arena_free(a);
}
