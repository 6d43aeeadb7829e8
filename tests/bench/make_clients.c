/* Make many enrolled devices, so that load programs can appear as them (clients.h says what is written).
 *
 * usage: make_clients --out DIR --clients N                           a CA and a server for null_server
 *        make_clients --out DIR --clients N --data DIR --history M    beside a new data directory for
 *                                     ketnapd: the province, M months of sheets, the devices enrolled
 *        make_clients --out DIR --clients N --data DIR --there        for who only asks: auditors of the whole tree of
 *                                     a data directory that is there already; their flights are a Hello
 * Client i reports for organisation i mod 1153 the month after the history, the next month for the next
 * 1,153, and so on, so that no two write one sheet. --pull adds a Pull to each flight: a usual month. */
#include "field.h"

#include "bench.h"
#include "rows.h"
#include "crypto/cert.h"
#include "crypto/random.h"
#include "proto/wire.h"
#include "ledger/feed.h"
#include "store_dir.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FIRST_YEAR = 2020, LAST_YEAR = 2025, BATCH = 4000 };

static const char *out_dir, *data_dir;
static int64_t count, history;
static bool pull, there;

static struct opt options[] = {
	ROW_TEXT("out", out_dir, "DIR", "the clients' folder"),
	ROW_NUMBER("clients", count, 1, 55000, "N", "how many"),
	ROW_TEXT("data", data_dir, "DIR", "also make a data directory in which they are enrolled"),
	ROW_NUMBER("history", history, 0, 60, "MONTHS", "sheets that are there before"),
	ROW_FLAG("pull", pull, "each flight ends with a Pull"),
	ROW_FLAG("there", there, "the data directory is there already; they only ask"),
};

struct making {
	struct sheets sheets;
	struct store_dir store; /* ledger NULL: for the null server */
	struct field field;
	uint8_t store_id[WIRE_ID], incarnation[WIRE_ID];
	struct p256_key *ca_key;
	struct buf ca; /* DER */
	int64_t now_ms;
	struct head head;
	struct ed25519_sig head_sig;
	struct arena *a;
	struct made {
		struct p256_key *key;
		uint8_t nonce[WIRE_ID];
		struct author author;
		uint64_t authority;
		unsigned month;
	} * list;
	struct err e;
};

static void draw(struct making *m, void *to, size_t len)
{
	bench_must(crypto_random(to, len, &m->e), &m->e, "random bytes");
}

static void write_named(uint64_t device, const char *ending, struct span bytes)
{
	char name[64];

	snprintf(name, sizeof(name), "%016" PRIx64 ".%s", device, ending);
	bench_write(bench_path(out_dir, name), bytes);
}

/* ---- certificates ---- */

static void own_ca(struct making *m)
{
	uint8_t serial[CERT_SERIAL_BYTES];
	struct buf pem;

	draw(m, serial, sizeof(serial));
	buf_init(&pem, CERT_PEM_MAX);
	bench_must(p256_generate(&m->ca_key, &m->e), &m->e, "a CA key");
	bench_must(cert_make_ca(&m->ca, m->ca_key, m->store_id, serial, m->now_ms, &m->e), &m->e,
		   "a CA");
	bench_must(cert_pem_save(&pem, CERT_PEM_CERTIFICATE, buf_span(&m->ca), &m->e), &m->e,
		   "a CA");
	bench_write(bench_path(out_dir, "ca.pem"), buf_span(&pem));
	buf_fini(&pem);
}

static void certify(struct making *m, const struct cert_subject *subject,
		    const struct p256_key *key, struct buf *pem)
{
	struct p256_public public = p256_public_of(key);
	uint8_t serial[CERT_SERIAL_BYTES];
	struct buf der;

	draw(m, serial, sizeof(serial));
	buf_init(&der, CERT_BYTES_MAX);
	bench_must(cert_make(&der, buf_span(&m->ca), m->ca_key, subject, &public, serial, m->now_ms,
			     &m->e),
		   &m->e, "a certificate");
	bench_must(cert_pem_save(pem, CERT_PEM_CERTIFICATE, buf_span(&der), &m->e), &m->e,
		   "a certificate");
	buf_fini(&der);
}

static void make_server(struct making *m)
{
	struct cert_subject subject = { .role = CERT_SERVER };
	struct p256_key *key;
	struct buf pem;

	memcpy(subject.server, m->store_id, sizeof(subject.server));
	buf_init(&pem, CERT_PEM_MAX);
	bench_must(p256_generate(&key, &m->e), &m->e, "a key");
	certify(m, &subject, key, &pem);
	bench_write(bench_path(out_dir, "server.pem"), buf_span(&pem));
	buf_reset(&pem);
	bench_must(p256_save_pem(key, &pem, &m->e), &m->e, "a key");
	bench_write(bench_path(out_dir, "server.key"), buf_span(&pem));
	buf_fini(&pem);
	p256_free(key);
}

static void write_keys(struct making *m, const struct made *d)
{
	struct cert_subject subject = { .role = CERT_DEVICE, .device = d->author.device };
	struct buf pem;

	buf_init(&pem, CERT_PEM_MAX);
	certify(m, &subject, d->key, &pem);
	write_named(d->author.device, "pem", buf_span(&pem));
	buf_reset(&pem);
	bench_must(p256_save_pem(d->key, &pem, &m->e), &m->e, "a key");
	write_named(d->author.device, "key", buf_span(&pem));
	buf_fini(&pem);
}

/* ---- where they are enrolled ---- */

static void open_data(struct making *m)
{
	struct store_birth birth = { .by = "console:bench",
				     .ledger_ms = m->now_ms,
				     .now_ms = m->now_ms };
	struct ledger_info info;
	struct span pem;

	if (there) {
		bench_must(store_dir_open(&m->store, data_dir, &m->e), &m->e, data_dir);
	} else {
		bench_must(store_dir_create(&m->store, data_dir, &birth, &m->e), &m->e, data_dir);
		bench_must(store_dir_made(data_dir, &m->e), &m->e, data_dir);
	}
	info = ledger_info(m->store.ledger);
	memcpy(m->store_id, info.store, sizeof(m->store_id));
	memcpy(m->incarnation, info.incarnation, sizeof(m->incarnation));
	pem = bench_read(bench_path(data_dir, "ca.key"), P256_FILE_MAX);
	bench_must(p256_load_pem(&m->ca_key, pem, &m->e), &m->e, "ca.key");
	free((void *)(uintptr_t)pem.data);
	pem = bench_read(bench_path(data_dir, "ca.pem"), CERT_PEM_MAX);
	bench_must(cert_pem_load(&m->ca, CERT_PEM_CERTIFICATE, pem, &m->e), &m->e, "ca.pem");
	bench_write(bench_path(out_dir, "ca.pem"), pem);
	free((void *)(uintptr_t)pem.data);
	m->field = (struct field){ .ledger = m->store.ledger,
				   .key = &m->store.log_key,
				   .sheets = &m->sheets,
				   .now_ms = m->now_ms };
	if (there) {
		bench_must(ledger_person_free(m->store.ledger, &m->field.next_person, &m->e), &m->e,
			   "persons");
		m->field.next_person--;
		return;
	}
	field_build(&m->field);
	field_history(&m->field, (unsigned)history);
}

/* What stands directly under the root today, in official order: whose lines a table has. */
static void write_below(struct making *m)
{
	const struct tree *t = ledger_tree(m->store.ledger);
	const struct unit **list;
	size_t units;
	FILE *f = bench_have(fopen(bench_path(out_dir, "below.csv"), "w"));

	bench_must(tree_children(t, tree_root(t), day_of_instant(m->now_ms), UINT64_MAX, &list,
				 &units, &m->e),
		   &m->e, "the tree");
	fprintf(f, "unit,code\n");
	for (size_t i = 0; i < units; i++)
		fprintf(f, "%u,%s\n", list[i]->unit, list[i]->code);
	if (fclose(f))
		bench_fail("below.csv could not be written");
}

static void open_null(struct making *m)
{
	static const uint8_t seed[ED25519_SEED_BYTES] = "nobody checks these heads";
	struct ed25519_key key;

	draw(m, m->store_id, sizeof(m->store_id));
	draw(m, m->incarnation, sizeof(m->incarnation));
	own_ca(m);
	make_server(m);
	ed25519_key_init(&key, seed);
	m->head = (struct head){ .size = 1, .time_ms = m->now_ms };
	memcpy(m->head.incarnation, m->incarnation, sizeof(m->head.incarnation));
	m->head_sig = head_sign(&m->head, &key);
}

static void enrol(struct making *m, struct made *d, size_t i)
{
	struct field_device device = { .device = UINT64_C(0xb000000000000000) + i };
	struct p256_public public;
	size_t reporter = i % PROVINCE_GRASSROOTS;
	struct hash h;

	bench_must(p256_generate(&d->key, &m->e), &m->e, "a key");
	draw(m, d->nonce, sizeof(d->nonce));
	public = p256_public_of(d->key);
	h = p256_spki_hash(&public);
	memcpy(device.spki_hash, h.b, sizeof(device.spki_hash));
	memcpy(device.nonce, d->nonce, sizeof(device.nonce));
	if (there) {
		field_enrol_at(&m->field, &device, tree_root(ledger_tree(m->store.ledger)),
			       ROLE_AUDITOR, &d->author);
		d->authority = d->author.base.lsn;
		return;
	}
	d->month = (unsigned)(history + (int64_t)(i / PROVINCE_GRASSROOTS));
	if (d->month >= m->sheets.months)
		bench_fail("there are not months enough for %zu clients", i + 1);
	if (m->store.ledger) {
		field_enrol(&m->field, &device, reporter, &d->author);
		d->authority = d->author.base.lsn;
		return;
	}
	d->author = (struct author){
		.device = device.device,
		.epoch = 1,
		.person = (uint32_t)i + 1,
		.reporter = reporter,
		.unit = field_unit(province_reporters(m->sheets.province)[reporter]),
	};
	d->author.base.lsn = d->authority = 1;
	memcpy(d->author.base.incarnation, m->incarnation, sizeof(d->author.base.incarnation));
}

static void enrol_all(struct making *m)
{
	for (int64_t i = 0; i < count; i++) {
		if (m->store.ledger && i % BATCH == 0)
			field_begin(&m->field);
		enrol(m, &m->list[i], (size_t)i);
		if (m->store.ledger && (i % BATCH == BATCH - 1 || i == count - 1))
			field_commit(&m->field, NULL);
	}
	for (int64_t i = 0; i < count && m->store.ledger; i++) /* all have read to the end */
		m->list[i].author.base.lsn = ledger_info(m->store.ledger).lsn;
	if (m->store.ledger)
		bench_must(ledger_head(m->store.ledger, &m->head, &m->head_sig, &m->e), &m->e,
			   "a head");
}

/* ---- flights ---- */

static struct wire_cursor cursor_of(const struct making *m, const struct made *d)
{
	struct wire_cursor c = { .lsn = d->author.base.lsn, .authority = d->authority };

	memcpy(c.incarnation, m->incarnation, sizeof(c.incarnation));
	return c;
}

static void add_hello(struct making *m, const struct made *d, const uint8_t head[HEAD_BYTES],
		      struct buf *out)
{
	struct wire_hello h = {
		.version_min = WIRE_VERSION_MIN,
		.version_max = WIRE_VERSION,
		.program = SPAN_LIT("ketnap bench"),
		.device = d->author.device,
		.epoch = d->author.epoch,
		.next_seq = d->author.seq + 1,
		.chain = d->author.chain,
		.head = wire_head_of(head, &m->head_sig),
		.cursor = cursor_of(m, d),
		.held_queued = 1,
		.oldest_ms = m->now_ms,
		.device_time_ms = m->now_ms,
		.frame_max = FRAME_MAX,
	};

	memcpy(h.store, m->store_id, sizeof(h.store));
	memcpy(h.nonce, d->nonce, sizeof(h.nonce));
	bench_must(wire_frame(out, FRAME_HELLO, &h, m->a, &m->e), &m->e, "a Hello");
}

/* Would the store take it? In a batch that is aborted, so that the first to bring it is the client. */
static void try_op(struct making *m, const struct made *d, const struct wire_item *item)
{
	struct submission s = { .device = d->author.device,
				.envelope = item->envelope,
				.body = item->body };
	struct judgement j;

	bench_must(ledger_submit(m->store.ledger, &s, m->now_ms, &j, &m->e), &m->e,
		   "a flight's op");
	if (j.verdict != VERDICT_ACCEPTED)
		bench_fail("a flight's op would be refused: %s %s", op_code_name(j.code), j.detail);
}

static void write_hello(struct making *m, struct made *d)
{
	uint8_t head[HEAD_BYTES];
	struct buf out;

	buf_init(&out, FRAME_FLIGHT_MAX);
	head_encode(head, &m->head);
	arena_reset(m->a);
	add_hello(m, d, head, &out);
	write_named(d->author.device, "flight", buf_span(&out));
	buf_fini(&out);
}

static void write_flight(struct making *m, struct made *d)
{
	struct typed_sheet *typed = bench_have(malloc(sizeof(*typed)));
	struct wire_submit submit = { .epoch = d->author.epoch, .first_seq = 1, .item_count = 1 };
	struct wire_item item = { .withdrawn = false };
	uint8_t head[HEAD_BYTES];
	struct buf envelope, body, out;

	buf_init(&envelope, ENVELOPE_MAX);
	buf_init(&body, OP_BODY_MAX);
	buf_init(&out, FRAME_FLIGHT_MAX);
	head_encode(head, &m->head);
	sheets_make(&m->sheets, typed, &d->author, d->month, NULL);
	author_pack(&d->author, &typed->op, &envelope, &body);
	item.envelope = buf_span(&envelope);
	item.body = buf_span(&body);
	submit.items = &item;
	if (m->store.ledger)
		try_op(m, d, &item);
	arena_reset(m->a);
	add_hello(m, d, head, &out);
	bench_must(wire_frame(&out, FRAME_SUBMIT, &submit, m->a, &m->e), &m->e, "a Submit");
	if (pull) {
		struct wire_pull p = { .cursor = cursor_of(m, d), .max_bytes = FRAME_MAX };

		bench_must(wire_frame(&out, FRAME_PULL, &p, m->a, &m->e), &m->e, "a Pull");
	}
	write_named(d->author.device, "flight", buf_span(&out));
	buf_fini(&envelope);
	buf_fini(&body);
	buf_fini(&out);
	free(typed);
}

static void write_list(const struct making *m)
{
	FILE *f = bench_have(fopen(bench_path(out_dir, "clients.csv"), "w"));
	char hex[HASH_HEX_MAX], more[HASH_HEX_MAX];

	fprintf(f, "device,epoch,unit,person,reporter,month,nonce\n");
	for (int64_t i = 0; i < count; i++) {
		const struct made *d = &m->list[i];

		fprintf(f, "%016" PRIx64 ",%u,%u,%u,%zu,%u,%s\n", d->author.device, d->author.epoch,
			d->author.unit, d->author.person, d->author.reporter, d->month,
			hex_encode(hex, d->nonce, sizeof(d->nonce)));
	}
	if (fclose(f))
		bench_fail("clients.csv could not be written");
	f = bench_have(fopen(bench_path(out_dir, "store.txt"), "w"));
	fprintf(f, "%s %s %" PRIu64 "\n", hex_encode(hex, m->store_id, sizeof(m->store_id)),
		hex_encode(more, m->incarnation, sizeof(m->incarnation)),
		m->list[0].author.base.lsn);
	fclose(f);
}

int main(int argc, char **argv)
{
	struct making *m = bench_have(calloc(1, sizeof(*m)));

	bench_must(opt_parse(options, ARRAY_LEN(options), &argc, argv, &m->e), &m->e,
		   "make_clients");
	if (!out_dir || !count)
		bench_fail(
			"usage: make_clients --out DIR --clients N [--data DIR (--history MONTHS | --there)] [--pull]");
	bench_folder(out_dir);
	m->now_ms = (int64_t)time(NULL) * 1000;
	m->a = bench_have(arena_new(WIRE_ARENA));
	m->list = bench_have(calloc((size_t)count, sizeof(*m->list)));
	buf_init(&m->ca, CERT_BYTES_MAX);
	sheets_open(&m->sheets, FIRST_YEAR, LAST_YEAR);
	if (data_dir)
		open_data(m);
	else
		open_null(m);
	enrol_all(m);
	if (m->store.ledger)
		field_begin(&m->field);
	for (int64_t i = 0; i < count; i++) {
		write_keys(m, &m->list[i]);
		(there ? write_hello : write_flight)(m, &m->list[i]);
		p256_free(m->list[i].key);
	}
	write_list(m);
	if (there)
		write_below(m);
	if (m->store.ledger) {
		ledger_abort(m->store.ledger);
		store_dir_close(&m->store);
	}
	sheets_close(&m->sheets);
	p256_free(m->ca_key);
	buf_fini(&m->ca);
	arena_free(m->a);
	free(m->list);
	free(m);
	return 0;
}
