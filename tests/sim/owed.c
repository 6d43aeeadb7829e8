/* A server that is put back from an older copy gets back what devices have read of the lost part. */
#include "sim.h"

#include "internal.h"
#include "ledger/part.h"
#include "ledger/recovery.h"

#include <inttypes.h>
#include <stdlib.h>

enum { T_CLIENT_MARK = PART_TABLE + 7 }; /* KEYS.md */

/* Only with the server's mark for it can an entry be brought back; an older server gives none. */
static bool has_mark(struct sim *s, const struct holder *h, struct kv_txn *txn, struct key k)
{
	struct span value;
	bool has = !kv_get(txn, T_CLIENT_MARK, key_span(&k), &value, &s->e);

	if (!has && !s->marks_removed)
		sim_fail(s, "device %" PRIx64 " has no mark of an entry that it has read",
			 h->d->device);
	return has;
}

/* Who stands in the log that is going to be lost, and has read this entry of it? */
static void note_readers(struct sim *s, struct owed *o, uint64_t lsn)
{
	struct ledger_info info = ledger_info(s->l);
	struct key k = key_u64(lsn);

	for (size_t i = 0; i < s->holder_count && o->count < OWED_HOLDERS; i++) {
		struct holder *h = &s->holders[i];
		const struct client_state *st = client_state(h->c);
		struct kv_txn *txn;
		struct span value;

		if (h->off || st->cursor.lsn < lsn || st->trouble != FEED_FINE ||
		    memcmp(st->cursor.incarnation, info.incarnation, 16) != 0)
			continue;
		must(kv_begin(&txn, h->kv, KV_READ, &s->e), &s->e, "read");
		if (!kv_get(txn, T_LOG, key_span(&k), &value, &s->e) &&
		    (h->d->device == o->id.device || has_mark(s, h, txn, k)))
			o->holders[o->count++] = i;
		kv_abort(&txn);
	}
}

void owed_note(struct sim *s, uint64_t branch)
{
	for (uint64_t lsn = branch + 1; lsn <= s->log_count; lsn++) {
		const struct logged *g = &s->log[lsn - 1];
		struct owed o = { .id = g->id, .body = g->body, .restores = s->restores + 1 };

		if (!g->id.device)
			continue;
		note_readers(s, &o, lsn);
		if (!o.count)
			continue;
		s->owed = realloc(s->owed, (s->owed_count + 1) * sizeof(*s->owed));
		if (!s->owed)
			abort();
		s->owed[s->owed_count++] = o;
	}
}

static void closing_brought(struct sim *s, const struct entry *en, enum wire_old_result result)
{
	struct hash body = hash_bytes(en->body);
	bool recovering;

	if (result == WIRE_OLD_NOT_NOW)
		sim_count(s, F_CLOSING_WAITED);
	must(ledger_recovering(s->l, &recovering, &s->e), &s->e, "is it recovering");
	if (result != WIRE_OLD_TAKEN || !recovering)
		return;
	for (size_t i = 0; i < s->lost_count; i++)
		s->lost[i].back |= s->lost[i].lsn == en->lsn && hash_eq(&s->lost[i].body, &body);
}

void owed_count(struct sim *s, const struct job *j)
{
	struct arena *a = arena_new(1 << 20);
	struct entry en;
	struct op op;

	for (size_t i = 0; !j->code && i < j->old.count; i++) {
		enum wire_old_result result = j->old.entries[i].result;

		arena_reset(a);
		if ((result != WIRE_OLD_TAKEN && result != WIRE_OLD_NOT_NOW) ||
		    must(entry_decode(&en, j->old.entries[i].bytes, a, &s->e), &s->e, "an entry"))
			continue;
		if (op_decode(&op, en.body, a, NULL) == CODE_OK && op.kind == OP_CLOSE &&
		    en.verdict == VERDICT_ACCEPTED)
			closing_brought(s, &en, result);
		if (result != WIRE_OLD_TAKEN)
			continue;
		sim_count(s, F_BROUGHT_BACK);
		if (en.device != j->device && en.device)
			sim_count(s, F_BROUGHT_FOR_OTHERS);
	}
	arena_free(a);
}

/* Of one lost log: did the sheet count there before this closing came? */
static bool stood_before(const struct sim *s, const struct logged *sheet,
			 const struct logged *closing)
{
	for (size_t i = 0; i < s->lost_count; i++) {
		const struct logged *c = &s->lost[i];

		if (!c->back || !hash_eq(&c->body, &closing->body))
			continue;
		for (size_t k = 0; k < s->lost_count; k++)
			if (s->lost[k].loss == c->loss && s->lost[k].lsn < c->lsn &&
			    s->lost[k].verdict == VERDICT_ACCEPTED &&
			    !op_id_cmp(s->lost[k].id, sheet->id) &&
			    hash_eq(&s->lost[k].body, &sheet->body))
				return true;
	}
	return false;
}

/* A closing that came back in its place leaves nothing late that stood before it. */
static void check_places(struct sim *s)
{
	for (size_t i = 0; i < s->log_count && !s->marks_removed; i++) {
		const struct logged *g = &s->log[i];
		uint64_t by;

		if (g->verdict != VERDICT_LATE || g->code != CODE_CLOSED || g->lsn <= s->b->lsn)
			continue;
		by = naive_closed(s->n, g->key, g->time_ms, g->lsn - 1);
		if (by && stood_before(s, g, &s->log[by - 1]))
			sim_fail(s,
				 "entry %" PRIu64 " is late behind closing %" PRIu64
				 ", before which it stood in the log that was lost",
				 g->lsn, by);
	}
}

/* Of a number that was lost too another op may have been made since: then nothing follows it. */
static bool is_what_it_was(const struct sim *s, const struct logged *g)
{
	bool known = false, same = false;

	for (size_t i = 0; i < s->lost_count; i++) {
		if (op_id_cmp(s->lost[i].id, g->id) != 0)
			continue;
		known = true;
		same |= hash_eq(&s->lost[i].body, &g->body);
	}
	return !known || same;
}

/* The place of an op in its device's order can be taken by another, or its epoch be over since the device was put
 * back too, and then it cannot come back: its person decides on it. */
static bool place_is_free(struct sim *s, const struct owed *o)
{
	struct device_row row;
	bool before = o->id.seq == 1;

	if (ledger_device(s->l, o->id.device, &row, &s->e) || row.epoch > o->id.epoch)
		return false;
	for (size_t i = 0; i < s->log_count; i++) {
		const struct op_id *id = &s->log[i].id;

		if (id->device != o->id.device)
			continue;
		if (id->epoch > o->id.epoch ||
		    (!op_id_cmp(*id, o->id) && !hash_eq(&s->log[i].body, &o->body)))
			return false;
		before |= id->epoch == o->id.epoch && id->seq + 1 == o->id.seq &&
			  is_what_it_was(s, &s->log[i]);
	}
	return before;
}

static bool somebody_came(const struct sim *s, const struct owed *o)
{
	for (size_t i = 0; i < o->count; i++) {
		const struct holder *h = &s->holders[o->holders[i]];

		if (has_read_all(s, h) && !(h->restored && h->restored_at >= o->restores))
			return true;
	}
	return false;
}

void owed_check(struct sim *s)
{
	check_places(s);
	for (size_t i = 0; i < s->owed_count; i++) {
		const struct owed *o = &s->owed[i];
		unsigned times = 0;

		if (!somebody_came(s, o))
			continue;
		for (size_t k = 0; k < s->log_count; k++)
			times += !op_id_cmp(s->log[k].id, o->id) &&
				 hash_eq(&s->log[k].body, &o->body);
		if (times > 1 || (!times && place_is_free(s, o)))
			sim_fail(
				s,
				"op %" PRIu64 "-%u of device %" PRIx64
				", which a device had read before the restore, is %u times in the log",
				o->id.seq, o->id.epoch, o->id.device, times);
	}
}
