/* A bit of a device's store turned over: flip.h. What a clerk typed, what waits to be sent, what the server said of it and
 * what came from there is given out as it was put, or refused, or (where a page of the store's own tree was hit) not
 * there; and what a contact with the server then brings into its log are ops that were made here, each as it was made.
 * flip_device [FLIPS OF EACH KIND OF PAGE, 0: every byte of the file [SEED]] */
#include "client_world.h"

#include "flip.h"
#include "ledger/part.h"

#include <assert.h>
#include <unistd.h>
#include <zlib.h>

enum { UNIT = 6, ADMITTED = 2, END = 14, LEFT = 15, MONTHS = 32, SENT = 12, SIGNED = 24 };
enum { MAP = 16 << 20, OPS_MAX = 64, LSNS_MAX = 256 };

static struct world w;
static struct desk desk;
static char dir[] = "/tmp/ketnap-flip-desk.XXXXXX";
static struct kv *disk;
static struct err e;

static struct op_id ops[OPS_MAX]; /* of the whole store */
static struct hash bodies[OPS_MAX];
static size_t op_count;

static struct period month(int n)
{
	return month_of(2020 + n / 12, n % 12 + 1);
}

/* ---- the store ---- */

static void live(struct rng *r)
{
	struct entry_how how = { .how = SIGN_OWN, .signer = "Trần Thị B", .old_ok = true };

	for (int n = 0; n < MONTHS; n++) {
		int admitted = 1 + (int)rng_below(r, 90);

		desk_type(&desk, UNIT, "short", month(n), ADMITTED, admitted, END, 2000 + admitted,
			  LEFT, 0, 0);
		if (n < SIGNED)
			must(desk_submit(&desk, UNIT, "short", month(n), &how, NULL), &desk.e,
			     "submit a month");
		if (n == SENT - 1)
			desk_sync(&desk);
	}
}

static void to_disk(void)
{
	struct kv_open how = { .dir = dir, .map_bytes = MAP, .tables = CLIENT_TABLES };

	CHECK(mkdtemp(dir));
	must(kv_lmdb_open(&disk, &how, &e), &e, "a store");
	desk_copy_to(&desk, disk);
}

static void learn_ops(void)
{
	struct arena *a = arena_new(8 << 20);
	const struct own_op *own = outbox_ops(desk.c, &op_count);

	static_assert((int)SIGNED <= (int)OPS_MAX, "all are listed");
	CHECK(op_count == SIGNED);
	for (size_t i = 0; i < op_count; i++) {
		struct own_bytes bytes;

		ops[i] = own[i].id;
		must(outbox_read(desk.c, ops[i], &bytes, a, &e), &e, "an own op");
		bodies[i] = hash_bytes(bytes.body);
	}
	arena_free(a);
}

/* As KEYS.md has it: behind each value its checksum, of a row of the device's own with its place. */
static bool checks(uint8_t table, struct span key, struct span value)
{
	uint8_t head[3] = { table, (uint8_t)(key.len >> 8), (uint8_t)key.len };
	unsigned long sum = crc32(0, NULL, 0);
	const uint8_t *end;

	if (value.len < 5)
		return false;
	end = value.data + value.len - 4;
	if (value.data[0] == 2)
		sum = crc32(crc32(sum, head, sizeof(head)), key.data, (unsigned)key.len);
	sum = crc32(sum, value.data, (unsigned)value.len - 4);
	return sum == ((unsigned long)end[0] << 24 | (unsigned long)end[1] << 16 |
		       (unsigned long)end[2] << 8 | end[3]);
}

/* ---- what the programs ask ---- */

static void say_op(struct asking *k, const struct own_op *op)
{
	flip_say(k, op->id.seq + ((uint64_t)op->id.epoch << 32));
	flip_say(k, op->unit + ((uint64_t)op->form << 32));
	flip_say(k, (uint32_t)op->period.from + ((uint64_t)(uint32_t)op->period.to << 32));
	flip_say(k, op->lsn + ((uint64_t)op->verdict << 56));
	flip_say(k, (uint64_t)op->pulled + 2u * op->aside + 4u * op->dropped + 8u * op->twin);
}

static void ask_ops(struct asking *k, struct client *c)
{
	size_t count, others = 0;
	const struct own_op *own = outbox_ops(c, &count);

	for (size_t i = 0; i < op_count; i++) {
		const struct own_op *op = outbox_find(c, ops[i]);
		struct own_bytes bytes = { .envelope = { NULL, 0 } };
		int rc = op ? outbox_read(c, ops[i], &bytes, k->a, &e) : -ERR_NOTFOUND;

		if (!rc) {
			say_op(k, op);
			buf_bytes(&k->b, bytes.envelope);
			buf_bytes(&k->b, bytes.body);
			buf_bytes(&k->b, span_of(bytes.chain.b, HASH_BYTES));
		}
		flip_answered(k, rc, false);
	}
	for (size_t i = 0; i < count; i++) {
		size_t same = 0;

		while (same < op_count && op_id_cmp(own[i].id, ops[same]))
			same++;
		others += same == op_count;
	}
	flip_say(k, others);
	flip_answered(k, 0, false); /* none that was never made */
}

struct drafts {
	struct {
		struct draft_key key;
		struct hash what;
	} found[MONTHS];
	size_t count, others;
};

static int gather_draft(void *ctx, const struct draft_key *key, const struct draft *d,
			struct err *ignored)
{
	struct drafts *all = ctx;
	struct buf b;

	(void)ignored;
	if (all->count == MONTHS) {
		all->others++;
		return 0;
	}
	buf_init(&b, 4096);
	for (size_t i = 0; i < d->figure_count; i++) {
		buf_u32(&b, d->figures[i].measure);
		buf_u64(&b, (uint64_t)d->figures[i].value);
		buf_u64(&b, d->figures[i].over);
	}
	buf_u64(&b, (uint64_t)d->first_ms);
	buf_u64(&b, (uint64_t)d->last_ms);
	CHECK(!b.failed);
	all->found[all->count].key = *key;
	all->found[all->count++].what = hash_bytes(buf_span(&b));
	buf_fini(&b);
	return 0;
}

static void ask_drafts(struct asking *k, struct client *c)
{
	static struct drafts all;
	size_t mine = 0;
	int rc;

	memset(&all, 0, sizeof(all));
	rc = drafts_each(c, gather_draft, &all, &e);
	for (int n = SIGNED; n < MONTHS; n++) {
		const struct period p = month(n);
		bool found = false;

		for (size_t i = 0; i < all.count; i++) {
			const struct draft_key *key = &all.found[i].key;

			if (key->unit != UNIT || key->form != FORM_SHORT ||
			    key->period.from != p.from || key->period.to != p.to)
				continue;
			buf_bytes(&k->b, span_of(all.found[i].what.b, HASH_BYTES));
			found = true;
			mine++;
		}
		flip_answered(k, found ? 0 : rc ? rc : -ERR_NOTFOUND, false);
	}
	flip_say(k, all.count + all.others - mine);
	flip_answered(k, 0, false); /* none that nobody typed */
}

static void ask_months(struct asking *k, struct client *c)
{
	for (int n = 0; n < MONTHS; n++) {
		struct sheet *s = arena_alloc(k->a, sizeof(*s));
		struct draft_key key = { UNIT, FORM_SHORT, month(n) };
		struct draft *d = arena_alloc(k->a, sizeof(*d));
		int rc;

		CHECK(s && d);
		rc = drafts_get(c, &key, d, &e);
		for (size_t i = 0; !rc && i < d->figure_count; i++)
			flip_say(k, (uint64_t)d->figures[i].value);
		flip_answered(k, rc, false);
		rc = overlay_sheet(c, UNIT, FORM_SHORT, month(n), s, &e);
		if (!rc)
			sheet_encode(&k->b, s);
		flip_answered(k, rc, false);
		rc = ledger_sheet(client_base(c), UNIT, FORM_SHORT, month(n), s, &e);
		if (!rc)
			sheet_encode(&k->b, s);
		flip_answered(k, rc, false);
		arena_reset(k->a);
	}
}

static void ask_base(struct asking *k, struct client *c)
{
	uint64_t last = ledger_info(w.l).lsn;

	CHECK(last < LSNS_MAX);
	for (uint64_t lsn = 1; lsn <= last; lsn++) {
		int rc = ledger_entry(client_base(c), lsn, &k->b, &e);

		if (rc)
			buf_reset(&k->b);
		flip_answered(k, rc, false);
	}
}

static void ask_state(struct asking *k, struct client *c)
{
	const struct client_state *st = client_state(c);
	const struct identity *id = client_identity(c);

	flip_say(k, st->epoch + (st->next_seq << 32));
	flip_say(k, st->acked_seq + (st->cursor.lsn << 32));
	flip_say(k, id->device);
	flip_say(k, id->unit + ((uint64_t)id->person << 32));
	buf_bytes(&k->b, span_of(st->chain.b, HASH_BYTES));
	buf_bytes(&k->b, span_of(id->log_key, 32));
	flip_answered(k, 0, false);
}

/* What the server's log has of this device after a contact: nothing else than was made. */
static void ask_server(struct asking *k, struct client *c)
{
	struct ledger_info info;
	size_t others = 0;
	struct buf b;

	desk.c = c;
	if (!k->learn)
		desk_try(&desk);
	desk.c = NULL;
	info = ledger_info(w.l);
	buf_init(&b, ENTRY_MAX);
	for (uint64_t lsn = 1; lsn <= info.lsn; lsn++) {
		struct envelope env;
		struct entry en;
		size_t i = 0;

		arena_reset(k->a);
		buf_reset(&b);
		must(ledger_entry(w.l, lsn, &b, &e), &e, "an entry");
		must(entry_decode(&en, buf_span(&b), k->a, &e), &e, "an entry");
		if (en.device != desk.d.device)
			continue;
		must(envelope_decode(&env, en.envelope, k->a, &e), &e, "an envelope");
		while (i < op_count && (ops[i].seq != env.seq || ops[i].epoch != env.epoch))
			i++;
		others += i == op_count || en.verdict != VERDICT_ACCEPTED ||
			  !span_eq(span_of(hash_bytes(en.body).b, HASH_BYTES),
				   span_of(bodies[i].b, HASH_BYTES));
	}
	buf_fini(&b);
	flip_say(k, others);
	flip_answered(k, 0, false);
}

static int ask_device(bool learn)
{
	struct asking k = { .learn = learn };
	struct client *c;
	struct kv *kv;

	if (flip_open(&kv) || client_open(&c, kv, &e))
		return SAW_ERROR;
	k.a = arena_new(16 << 20);
	buf_init(&k.b, 1 << 20);
	CHECK(k.a);
	ask_state(&k, c);
	ask_ops(&k, c);
	ask_drafts(&k, c);
	ask_months(&k, c);
	ask_base(&k, c);
	ask_server(&k, c);
	flip_asked(&k);
	buf_fini(&k.b);
	arena_free(k.a);
	client_close(c);
	kv_close(kv);
	return k.saw;
}

int main(int argc, char **argv)
{
	static const struct flipping how = { CLIENT_TABLES, true, checks, NULL, ask_device };
	unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 60;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct rng r = { seed };
	char path[96];
	int rc;

	site_open(&w);
	desk_open(&desk, &w, UNIT, ROLE_APPROVER);
	desk_sync(&desk);
	live(&r);
	learn_ops();
	to_disk();
	client_close(desk.c);
	desk.c = NULL;
	rc = flip_run(&how, disk, count, seed);
	desk_close(&desk);
	kv_close(disk);
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, i ? "lock.mdb" : "data.mdb");
		unlink(path);
	}
	rmdir(dir);
	world_close(&w);
	return rc;
}
