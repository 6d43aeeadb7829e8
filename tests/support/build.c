#include "build.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "domain/rights.h"
#include "ledger/verify.h"

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	return (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

bool rng_chance(struct rng *r, uint32_t percent)
{
	return rng_below(r, 100) < percent;
}

int must(int rc, const struct err *e, const char *what)
{
	if (rc >= 0)
		return rc;
	fprintf(stderr, "%s: %s (%s)\n", what, e->msg, err_code_name((enum err_code) - rc));
	abort();
}

static void *have(void *p)
{
	if (!p) {
		fprintf(stderr, "no memory for a test\n");
		abort();
	}
	return p;
}

/* ---- a store ---- */

void world_birth(struct ledger_birth *b, struct ed25519_key *key)
{
	uint8_t seed[ED25519_SEED_BYTES] = "a seed for nothing but tests";

	ed25519_key_init(key, seed);
	*b = (struct ledger_birth){ .by = "console:test", .now_ms = INT64_C(1577836800000) };
	memset(b->store, 0x51, sizeof(b->store));
	memset(b->incarnation, 0x1c, sizeof(b->incarnation));
	memcpy(b->log_key, key->public.b, sizeof(b->log_key));
}

static void open_kv(struct world *w, bool lmdb)
{
	struct kv_open how = { .dir = w->dir, .map_bytes = 256 << 20, .tables = LEDGER_TABLES };

	if (!lmdb) {
		must(kv_mem_open(&w->kv, LEDGER_TABLES, &w->e), &w->e, "open a store in memory");
		return;
	}
	snprintf(w->dir, sizeof(w->dir), "/tmp/ketnap-ledger-XXXXXX");
	have(mkdtemp(w->dir));
	must(kv_lmdb_open(&w->kv, &how, &w->e), &w->e, "open a store");
}

void world_open(struct world *w, bool lmdb, bool illustrative)
{
	memset(w, 0, sizeof(*w));
	world_birth(&w->birth, &w->key);
	w->birth.illustrative = illustrative;
	w->now_ms = instant_of_day_start(day(2022, 10, 15));
	w->a = have(arena_new((size_t)1 << 30));
	open_kv(w, lmdb);
	must(ledger_create(w->kv, &w->birth, &w->key, &w->e), &w->e, "create a ledger");
	must(ledger_open(&w->l, w->kv, 0, &w->e), &w->e, "open a ledger");
}

void world_close(struct world *w)
{
	char path[96];

	ledger_close(w->l);
	kv_close(w->kv);
	arena_free(w->a);
	if (!w->dir[0])
		return;
	snprintf(path, sizeof(path), "%s/data.mdb", w->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/lock.mdb", w->dir);
	unlink(path);
	rmdir(w->dir);
}

void world_reopen(struct world *w)
{
	ledger_close(w->l);
	must(ledger_open(&w->l, w->kv, 0, &w->e), &w->e, "open a ledger again");
}

struct kv *world_kv_new(struct world *w)
{
	struct kv *kv;

	must(kv_mem_open(&kv, LEDGER_TABLES, &w->e), &w->e, "open a store in memory");
	return kv;
}

void world_begin(struct world *w)
{
	must(ledger_begin(w->l, &w->e), &w->e, "begin a batch");
}

void world_commit(struct world *w)
{
	must(ledger_commit(w->l, &w->key, NULL, &w->e), &w->e, "commit a batch");
}

uint64_t world_act(struct world *w, const struct op *op)
{
	uint64_t lsn = 0;

	must(ledger_act(w->l, op, w->now_ms, &lsn, &w->e), &w->e, op_kind_name(op->kind));
	return lsn;
}

uint64_t world_act_now(struct world *w, const struct op *op)
{
	uint64_t lsn;

	world_begin(w);
	lsn = world_act(w, op);
	world_commit(w);
	return lsn;
}

int world_try(struct world *w, const struct op *op)
{
	int rc;

	world_begin(w);
	err_clear(&w->e);
	rc = ledger_act(w->l, op, w->now_ms, NULL, &w->e);
	if (rc)
		ledger_abort(w->l);
	else
		world_commit(w);
	return rc;
}

/* ---- ops ---- */

day_t day(int year, int month, int d)
{
	day_t out = 0;

	if (!day_from_ymd(&out, year, month, d))
		abort();
	return out;
}

struct period month_of(int year, int month)
{
	day_t first = day(year, month, 1);

	return (struct period){ first, day_month_last(first) };
}

struct period year_of(int year)
{
	return (struct period){ day(year, 1, 1), day(year, 12, 31) };
}

const char form_short_text[] =
	"[form]\ncode = short\nno = 101\nversion = 1\nvalid_from = 2020-01-01\nperiod = month\n"
	"name_vi = Ngắn\nname_en = Short\n"
	"[measure admitted]\nno = 2\nkind = flow\nneed = required\nname_vi = a\nname_en = a\n"
	"[measure members_end]\nno = 14\nkind = stock\nneed = required\nname_vi = b\nname_en = b\n"
	"[measure admitted_women]\nno = 15\nkind = flow\nparent = admitted\nneed = parent\n"
	"name_vi = c\nname_en = c\n"
	"[measure note]\nno = 900\nkind = flow\nadditive = no\nneed = optional\n"
	"name_vi = d\nname_en = d\n"
	"[rule growth]\nlevel = block\ncheck = members_end <= prev(members_end) + admitted\n"
	"text_vi = e\ntext_en = e\nsource = f\n";

const char form_quarterly_text[] =
	"[form]\ncode = quarterly\nno = 102\nversion = 1\nvalid_from = 2020-01-01\nperiod = quarter\n"
	"name_vi = Quý\nname_en = Quarter\n"
	"[measure meetings]\nno = 901\nkind = flow\nneed = required\nname_vi = a\nname_en = a\n"
	"[measure rooms]\nno = 902\nkind = stock\nneed = required\nname_vi = b\nname_en = b\n";

const char form_small_monthly_text[] =
	"[form]\ncode = monthly\nno = 1\nversion = 1\nvalid_from = 2020-01-01\nperiod = month\n"
	"name_vi = Báo cáo tháng\nname_en = Monthly report\n"
	"[measure members_begin]\nno = 1\nkind = stock\nadditive = yes\nneed = computed\nrow = 1.A\n"
	"name_vi = Số đảng viên đầu kỳ\nname_en = a\n"
	"[measure admitted]\nno = 2\nkind = flow\nadditive = yes\nneed = required\nrow = 1.B1 2.I\n"
	"name_vi = Đảng viên mới kết nạp\nname_en = b\n"
	"[measure moved_in_same_direct]\nno = 4\nkind = flow\nadditive = yes\nneed = required\n"
	"name_vi = c\nname_en = c\n"
	"[measure members_end]\nno = 14\nkind = stock\nadditive = yes\nneed = required\nrow = 1.D\n"
	"name_vi = d\nname_en = d\n"
	"[measure admitted_women]\nno = 15\nkind = flow\nadditive = yes\nparent = admitted\n"
	"need = parent\nname_vi = e\nname_en = e\n"
	"[measure src_veteran]\nno = 28\nkind = flow\nadditive = yes\nparent = admitted\nneed = parent\n"
	"exclusive = source\nname_vi = f\nname_en = f\n"
	"[measure src_other]\nno = 34\nkind = flow\nadditive = yes\nparent = admitted\nneed = parent\n"
	"exclusive = source\nname_vi = g\nname_en = g\n"
	"[rule balance]\nlevel = block\n"
	"check = members_end = members_begin + admitted + moved_in_same_direct\n"
	"text_vi = h\ntext_en = h\nsource = h\n"
	"[rule swapped]\nlevel = warn\ncheck = members_end !~ members_begin + admitted\n"
	"text_vi = i\ntext_en = i\nsource = i\n"
	"[rule transfers]\nlevel = warn\nat = direct\n"
	"check = below(moved_in_same_direct) = below(admitted)\ntext_vi = j\ntext_en = j\nsource = j\n"
	"[rule outlier]\nlevel = warn\ncheck = admitted <= 3*max12(admitted)\n"
	"text_vi = k\ntext_en = k\nsource = k\n";

struct op build_form(struct world *w, const char *name)
{
	char path[512], *text = have(arena_alloc(w->a, OP_FORM_BODY_MAX));
	FILE *f;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s.ini", KETNAP_FORMS, name);
	f = have(fopen(path, "rb"));
	len = fread(text, 1, OP_FORM_BODY_MAX, f);
	fclose(f);
	return (struct op){ .kind = OP_FORM, .form.text = span_of(text, len) };
}

struct op build_form_text(const char *text)
{
	return (struct op){ .kind = OP_FORM, .form.text = span_str(text) };
}

struct op build_unit(uint32_t unit, uint32_t parent, enum unit_kind kind, const char *code,
		     uint8_t reports)
{
	return (struct op){ .kind = OP_UNIT,
			    .unit = unit,
			    .create = { .unit = unit,
					.parent = parent,
					.kind = kind,
					.code = span_str(code),
					.name = span_str(code),
					.order = unit,
					.opened = day(2020, 1, 1),
					.reports = reports } };
}

struct op build_plan(uint32_t unit, uint8_t form, struct period p, enum plan_step step)
{
	return (struct op){ .kind = OP_PLAN,
			    .unit = unit,
			    .plan = { .form = form, .period = p, .step = step } };
}

struct op build_person(uint32_t person, uint32_t unit, enum person_role role)
{
	return (struct op){ .kind = OP_PERSON,
			    .unit = unit,
			    .person = { .person = person,
					.role = role,
					.name = SPAN_LIT("Nguyễn Văn A"),
					.from = day(2020, 1, 1) } };
}

struct op build_device(uint64_t device, uint32_t unit, uint32_t person, uint32_t epoch)
{
	struct op op = { .kind = OP_DEVICE,
			 .unit = unit,
			 .device = { .device = device, .epoch = epoch, .person = person } };

	memset(op.device.spki_hash, 0x77, sizeof(op.device.spki_hash));
	memset(op.device.seal_key, 0x33, sizeof(op.device.seal_key));
	memset(op.device.nonce, 0x11, sizeof(op.device.nonce));
	return op;
}

struct op build_members(uint32_t unit, day_t on, int64_t members)
{
	return (struct op){ .kind = OP_MEMBERS, .unit = unit, .members = { on, members } };
}

struct op build_target(uint32_t unit, struct period p, const char *measure, const char *doc_no,
		       int64_t value)
{
	return (struct op){ .kind = OP_TARGET,
			    .unit = unit,
			    .target = { .period = p,
					.measure = span_str(measure),
					.instrument = INSTR_DECISION,
					.doc_no = span_str(doc_no),
					.type = TARGET_EXACT,
					.value = value } };
}

struct op build_request(uint32_t unit, uint8_t form, day_t on)
{
	return (struct op){ .kind = OP_REQUEST,
			    .unit = unit,
			    .request = {
				    .form = form, .day = on, .due_ms = instant_of_day_end(on) } };
}

void draft_init(struct sheet_draft *d, uint32_t unit, uint8_t form, struct period p)
{
	memset(d, 0, sizeof(*d));
	d->op.kind = OP_SHEET;
	d->op.unit = unit;
	d->op.sheet.form = form;
	d->op.sheet.form_version = 1;
	d->op.sheet.period = p;
}

uint64_t draft_see(struct sheet_draft *d, struct op_id id)
{
	struct op_sheet *s = &d->op.sheet;
	size_t i = 0;

	while (i < s->seen_count && op_id_cmp(d->seen[i], id))
		i++;
	if (i == SHEET_OPS_MAX)
		return 0;
	d->seen[i] = id;
	if (i == s->seen_count)
		s->seen_count++;
	return UINT64_C(1) << i;
}

static void draft_figure(struct sheet_draft *d, struct op_figure f)
{
	size_t i = d->op.sheet.figure_count++;

	for (; i && d->figures[i - 1].measure > f.measure; i--)
		d->figures[i] = d->figures[i - 1];
	d->figures[i] = f;
}

void draft_put(struct sheet_draft *d, uint16_t measure, int64_t value, uint64_t over)
{
	draft_figure(d, (struct op_figure){ .measure = measure,
					    .value = value,
					    .over = over,
					    .state = value ? FIGURE_VALUE : FIGURE_NIL });
}

void draft_blank(struct sheet_draft *d, uint16_t measure, uint64_t over)
{
	draft_figure(d,
		     (struct op_figure){ .measure = measure, .over = over, .state = FIGURE_BLANK });
}

void draft_sign(struct sheet_draft *d, enum sign_how how, uint64_t covers)
{
	struct op_sign *s = &d->op.sheet.sign;

	s->how = how;
	s->covers = covers;
	s->signer = SPAN_LIT("Trần Thị B");
	s->paper_day = how == SIGN_PAPER ? d->op.sheet.period.to : 0;
}

const struct op *draft_op(struct sheet_draft *d)
{
	d->op.sheet.figures = d->figures;
	d->op.sheet.seen = d->seen;
	return &d->op;
}

/* ---- devices ---- */

static struct span keep(struct world *w, struct buf *b)
{
	struct span s = arena_copy(w->a, buf_span(b));

	if (b->failed || !s.data)
		abort();
	buf_fini(b);
	return s;
}

struct packed pack_body(struct world *w, struct op_id id, struct span body, uint64_t base_lsn)
{
	struct envelope v = { .epoch = id.epoch, .seq = id.seq, .base.lsn = base_lsn };
	struct hash h = hash_bytes(body);
	struct packed p = { .body = body };
	struct buf b;

	memcpy(v.base.incarnation, w->birth.incarnation, sizeof(v.base.incarnation));
	memcpy(v.body_hash, h.b, sizeof(v.body_hash));
	buf_init(&b, ENVELOPE_MAX);
	envelope_encode(&b, &v);
	p.envelope = keep(w, &b);
	return p;
}

struct packed pack(struct world *w, struct op_id id, const struct op *op, uint64_t base_lsn)
{
	struct buf b;

	buf_init(&b, OP_FORM_BODY_MAX + 1024);
	must(op_encode(&b, op, &w->e), &w->e, "encode an op");
	return pack_body(w, id, keep(w, &b), base_lsn);
}

struct device world_device(struct world *w, uint32_t unit, enum person_role role)
{
	static uint32_t last = 100;
	struct device d = { .unit = unit, .epoch = 1 };
	struct op op;

	d.person = ++last;
	d.device = UINT64_C(0xd000000000000000) + d.person;
	op = build_person(d.person, unit, role);
	world_act(w, &op);
	op = build_device(d.device, unit, d.person, d.epoch);
	world_act(w, &op);
	return d;
}

struct op_id device_id(const struct device *d)
{
	return (struct op_id){ .device = d->device, .epoch = d->epoch, .seq = d->seq };
}

struct judgement world_submit(struct world *w, struct device *d, struct op *op)
{
	struct submission s = { .device = d->device };
	struct judgement j;
	struct packed p;

	d->seq++;
	if (!op->author)
		op->author = d->person;
	p = pack(w, device_id(d), op, ledger_info(w->l).lsn - d->behind);
	s.envelope = p.envelope;
	s.body = p.body;
	must(ledger_submit(w->l, &s, w->now_ms, &j, &w->e), &w->e, "submit an op");
	return j;
}

struct judgement world_submit_now(struct world *w, struct device *d, struct op *op)
{
	struct judgement j;

	world_begin(w);
	j = world_submit(w, d, op);
	world_commit(w);
	return j;
}

/* ---- behind a restore ---- */

void world_restore(struct world *w, uint64_t branch)
{
	struct op op = { .kind = OP_INCARNATION, .source = SPAN_LIT("console:test") };

	memset(op.incarnation.id, 0x2c, 16);
	memcpy(op.incarnation.parent, w->birth.incarnation, 16);
	memcpy(op.incarnation.store, w->birth.store, 16);
	memcpy(op.incarnation.log_key, w->birth.log_key, 32);
	op.incarnation.branch_lsn = branch;
	op.incarnation.cause = SPAN_LIT("disk");
	world_act_now(w, &op);
}

/* The entry as an earlier program judged it, in a copy of the log up to there. */
int world_verify_as(struct world *w, const struct kv *before, uint64_t lsn, enum op_verdict verdict,
		    enum op_code code, const char *detail)
{
	struct arena *a = arena_new(1 << 20);
	struct verify_report report;
	struct buf bytes, judged;
	struct err e = { 0 };
	struct ledger *l;
	struct entry en;
	struct kv *kv;
	int rc;

	buf_init(&bytes, ENTRY_MAX);
	buf_init(&judged, ENTRY_MAX);
	must(ledger_entry(w->l, lsn, &bytes, &w->e), &w->e, "an entry");
	must(entry_decode(&en, buf_span(&bytes), a, &w->e), &w->e, "an entry");
	en.verdict = verdict;
	en.code = code;
	en.detail = detail ? span_str(detail) : (struct span){ NULL, 0 };
	entry_encode(&judged, &en);
	must(kv_mem_clone(&kv, before, &w->e), &w->e, "copy");
	must(ledger_open(&l, kv, 0, &w->e), &w->e, "open a copy");
	must(ledger_begin(l, &w->e), &w->e, "begin");
	must(ledger_put_entry(l, buf_span(&judged), &w->e), &w->e, "put");
	must(ledger_commit(l, &w->key, NULL, &w->e), &w->e, "commit");
	rc = ledger_verify(&report, l, NULL, NULL, &e);
	ledger_close(l);
	kv_close(kv);
	buf_fini(&bytes);
	buf_fini(&judged);
	arena_free(a);
	return rc;
}

/* ---- whole stores ---- */

static int walk_both(struct kv_txn *x, struct kv_txn *y, uint8_t table, char where[96])
{
	struct span none = { NULL, 0 }, ka, va, kb, vb;
	struct kv_cursor *a = NULL, *b = NULL;
	struct err e = { 0 };
	int differ = 0;

	must(kv_walk(&a, x, table, none, none, false, &e), &e, "walk");
	must(kv_walk(&b, y, table, none, none, false, &e), &e, "walk");
	for (uint64_t row = 1; !differ; row++) {
		int more = must(kv_next(a, &ka, &va, &e), &e, "walk");
		int other = must(kv_next(b, &kb, &vb, &e), &e, "walk");

		if (more != other || (more && (!span_eq(ka, kb) || !span_eq(va, vb)))) {
			snprintf(where, 96, "table %u row %llu: %s", table, (unsigned long long)row,
				 more != other     ? "only one has it"
				 : span_eq(ka, kb) ? "values differ"
						   : "keys differ");
			differ = table + 1;
		}
		if (!more)
			break;
	}
	kv_walk_end(a);
	kv_walk_end(b);
	return differ;
}

int kv_differ(struct kv *a, struct kv *b, char where[96])
{
	struct kv_txn *x, *y;
	struct err e = { 0 };
	int differ = 0;

	where[0] = 0;
	must(kv_begin(&x, a, KV_READ, &e), &e, "read");
	must(kv_begin(&y, b, KV_READ, &e), &e, "read");
	for (uint8_t t = 0; t < LEDGER_TABLES && !differ; t++)
		differ = walk_both(x, y, t, where);
	kv_abort(&x);
	kv_abort(&y);
	return differ;
}

uint64_t kv_rows(struct kv *kv, uint8_t table)
{
	struct span none = { NULL, 0 }, k, v;
	struct kv_cursor *c;
	struct kv_txn *t;
	struct err e = { 0 };
	uint64_t count = 0;

	must(kv_begin(&t, kv, KV_READ, &e), &e, "read");
	must(kv_walk(&c, t, table, none, none, false, &e), &e, "walk");
	while (must(kv_next(c, &k, &v, &e), &e, "walk"))
		count++;
	kv_walk_end(c);
	kv_abort(&t);
	return count;
}

void build_small_tree(struct world *w)
{
	static const struct {
		uint32_t parent;
		enum unit_kind kind;
		const char *code;
	} units[] = {
		{ 0, UNIT_PROVINCE, "P" },   { 1, UNIT_DIRECT, "D1" },
		{ 1, UNIT_DIRECT, "D2" },    { 2, UNIT_BASE_COMMITTEE, "C1" },
		{ 2, UNIT_BASE_CELL, "C2" }, { 3, UNIT_BASE_COMMITTEE, "C3" },
		{ 3, UNIT_BASE_CELL, "C4" },
	};
	struct op op = build_form_text(form_short_text);

	world_begin(w);
	world_act(w, &op);
	for (uint32_t i = 0; i < ARRAY_LEN(units); i++) {
		op = build_unit(i + 1, units[i].parent, units[i].kind, units[i].code,
				i >= 3 ? FORM_SHORT : 0);
		world_act(w, &op);
	}
	world_commit(w);
}
