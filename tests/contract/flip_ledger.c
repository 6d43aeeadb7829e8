/* A bit of the server's store turned over: flip.h. The questions are entries, devices, persons, heads, sheets and totals.
 * flip_ledger [FLIPS OF EACH KIND OF PAGE, 0: every byte of the file [SEED]] */
#include "story.h"

#include "flip.h"
#include "internal.h"
#include "ledger/query.h"
#include "ledger/verify.h"

#include <zlib.h>

enum { STEPS = 260 };

static uint32_t units[STORY_UNITS];
static size_t unit_count;
static uint64_t devices[STORY_DEVICES];
static uint32_t persons[STORY_DEVICES];
static size_t device_count;

/* ---- the store ---- */

static struct story *make_store(uint64_t seed)
{
	struct story *s = calloc(1, sizeof(*s));
	struct op op;

	CHECK(s);
	story_open(s, seed, true);
	op = build_form(&s->w, "monthly"); /* long enough for pages of its own */
	CHECK(!story_act(s, &op));
	while (s->step_count < STEPS)
		story_step(s);
	story_commit(s);
	for (size_t i = 0; i < s->unit_count; i++)
		units[unit_count++] = s->units[i].unit;
	for (size_t i = 0; i < s->device_count; i++, device_count++) {
		devices[i] = s->devices[i].d.device;
		persons[i] = s->devices[i].d.person;
	}
	return s;
}

/* ---- who looks ---- */

static int verify_child(void)
{
	struct verify_report r;
	struct err e = { 0 };
	struct ledger *l;
	struct kv *kv;

	if (flip_open(&kv) || ledger_open(&l, kv, 0, &e) || ledger_verify(&r, l, NULL, NULL, &e))
		return SAW_ERROR;
	return SAW_SAME;
}

/* As every row of the ledger is looked at before it is believed: KEYS.md. */
static bool checks(uint8_t table, struct span key, struct span value)
{
	uint32_t sum;

	(void)table;
	(void)key;
	if (value.len < 5 || value.data[0] != 1)
		return false;
	sum = (uint32_t)value.data[value.len - 4] << 24 |
	      (uint32_t)value.data[value.len - 3] << 16 | (uint32_t)value.data[value.len - 2] << 8 |
	      value.data[value.len - 1];
	return crc32(0, value.data, (unsigned)value.len - 4) == sum;
}

/* ---- what the programs ask ---- */

static struct ledger *store; /* the copy that is asked */

static void ask_people(struct asking *k, size_t i)
{
	struct device_row d = { .device = 0 };
	struct chain_row c = { .epoch = 0 };
	struct person_row p = { .person = 0 };
	struct err e = { 0 };
	int rc = ledger_device(store, devices[i], &d, &e);

	flip_say(k, d.unit + ((uint64_t)d.person << 32));
	flip_say(k, d.epoch + (d.enrolled_lsn << 32));
	flip_say(k, d.revoked_lsn + (d.suspended_lsn << 32));
	buf_bytes(&k->b, span_of(d.spki_hash, sizeof(d.spki_hash)));
	flip_answered(k, rc, false);
	rc = ledger_chain(store, devices[i], &c, &e);
	flip_say(k, c.epoch + (c.seq << 32));
	flip_say(k, c.lsn);
	buf_bytes(&k->b, span_of(c.hash.b, HASH_BYTES));
	flip_answered(k, rc, false);
	rc = ledger_person(store, persons[i], &p, &e);
	flip_say(k, p.unit + ((uint64_t)p.role << 32));
	flip_say(k, (uint32_t)p.from + ((uint64_t)(uint32_t)p.to << 32));
	flip_say(k, p.lsn);
	flip_answered(k, rc, false);
}

static void ask_sheet(struct asking *k, struct span key)
{
	struct sheet *s = arena_alloc(k->a, sizeof(*s));
	struct sheet_key at;
	struct err e = { 0 };
	int rc;

	CHECK(s && sheet_key_read(&at, key));
	rc = ledger_sheet(store, at.unit, at.form, at.period, s, &e);
	if (!rc)
		sheet_encode(&k->b, s);
	flip_answered(k, rc, false);
}

static void ask_totals(struct asking *k, uint32_t unit, enum query_basis basis)
{
	struct query q = { .unit = unit,
			   .period = { day(2020, 1, 1), day(2024, 12, 31) },
			   .known_at = UINT64_MAX,
			   .basis = basis };
	struct totals t = { .measure_count = 0 };
	struct err e = { 0 };
	int rc = query_totals(&t, store, &q, k->a, &e);

	for (size_t i = 0; !rc && i < t.measure_count; i++) {
		flip_say(k, (uint64_t)t.measures[i].sum);
		flip_say(k, t.measures[i].count + ((uint64_t)t.measures[i].measure << 32));
	}
	for (size_t i = 0; !rc && i < t.target_count; i++)
		flip_say(k, (uint64_t)t.targets[i].goal + (t.targets[i].lsn << 32));
	flip_say(k, (uint64_t)t.members);
	flip_say(k, t.reporting.expected + (t.reporting.reported << 32));
	flip_say(k, t.sheets.signed_ + (t.sheets.accepted << 32));
	flip_answered(k, rc, true);
}

static void ask_head(struct asking *k)
{
	struct ed25519_sig sig = { .b = { 0 } };
	struct head head;
	struct err e = { 0 };
	int rc = ledger_head(store, &head, &sig, &e);

	buf_bytes(&k->b, span_of(sig.b, sizeof(sig.b)));
	flip_answered(k, rc, false);
}

/* The questions are those of the store that is whole, whatever this one still knows. */
static int ask_all(bool learn)
{
	struct asking k = { .learn = learn };
	struct err e = { 0 };
	struct kv *kv;

	if (flip_open(&kv) || ledger_open(&store, kv, 0, &e))
		return SAW_ERROR;
	k.a = arena_new(64 << 20);
	buf_init(&k.b, 1 << 20);
	for (size_t i = 0; i < flip_row_count; i++) {
		arena_reset(k.a);
		if (flip_rows[i].table == T_SHEET)
			ask_sheet(&k, flip_rows[i].key);
		else if (flip_rows[i].table == T_LOG)
			flip_answered(
				&k,
				ledger_entry(store, key_read_u64(flip_rows[i].key, 0), &k.b, &e),
				false);
	}
	for (size_t i = 0; i < device_count; i++)
		ask_people(&k, i);
	for (size_t i = 0; i < unit_count; i++) {
		arena_reset(k.a);
		ask_totals(&k, units[i], i % 2 ? BASIS_ACCEPTED : BASIS_SIGNED);
	}
	ask_head(&k);
	flip_asked(&k);
	buf_fini(&k.b);
	arena_free(k.a);
	ledger_close(store);
	kv_close(kv);
	return k.saw;
}

int main(int argc, char **argv)
{
	static const struct flipping how = { LEDGER_TABLES, true, checks, verify_child, ask_all };
	unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 60;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	struct story *s = make_store(seed);
	int rc = flip_run(&how, s->w.kv, count, seed);

	story_close(s);
	free(s);
	return rc;
}
