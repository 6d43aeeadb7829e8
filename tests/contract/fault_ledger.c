/* Every failing allocation and every failing store call of domain and ledger: tests/support/faults.h.
 * Each scene is a copy of one small province in memory, with a ledger opened over it. */
#include "build.h"
#include "faults.h"

#include "ledger/feed.h"
#include "ledger/part.h"
#include "ledger/query.h"
#include "ledger/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MAX = 1 << 20, ARENA_MAX = 64 << 20 };

static struct world site; /* what all scenes are copies of */
static struct device clerk, boss;
static struct op_id contested[2], refused;

struct scene {
	struct fault_scene s;
	struct ledger *l;
	struct arena *before; /* the site's */
};

static struct fault_scene *scene_of(struct kv *kv, bool open)
{
	struct scene *sc = calloc(1, sizeof(*sc));

	if (!sc)
		abort();
	sc->s.kv = kv;
	sc->before = site.a;
	site.a = arena_new(ARENA_MAX); /* what is built in a scene goes with it */
	buf_init(&sc->s.answer, ANSWER_MAX);
	if (open)
		must(ledger_open(&sc->l, kv, 0, &sc->s.e), &sc->s.e, "open a ledger");
	return &sc->s;
}

static struct kv *copy_of_site(void)
{
	struct kv *kv;

	must(kv_mem_clone(&kv, site.kv, &site.e), &site.e, "copy the site");
	return kv;
}

static struct fault_scene *open_scene(void)
{
	return scene_of(copy_of_site(), true);
}

static struct fault_scene *open_closed(void)
{
	return scene_of(copy_of_site(), false);
}

static struct fault_scene *open_empty(void)
{
	return scene_of(world_kv_new(&site), false);
}

static void close_scene(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;

	ledger_close(sc->l);
	kv_close(s->kv);
	buf_fini(&s->answer);
	arena_free(site.a);
	site.a = sc->before;
	free(sc);
}

/* ---- the site ---- */

/* Figures of one month: admitted, members at its end, women. */
static struct op month_op(struct sheet_draft *d, uint32_t unit, int month, int64_t admitted,
			  int64_t end)
{
	draft_init(d, unit, FORM_SHORT, month_of(2022, month));
	draft_put(d, 2, admitted, 0);
	draft_put(d, 14, end, 0);
	draft_put(d, 15, 0, 0);
	draft_sign(d, SIGN_OWN, 0);
	return *draft_op(d);
}

static void site_months(void)
{
	struct sheet_draft d;
	struct op op;

	for (int month = 1; month <= 6; month++) {
		op = month_op(&d, 4, month, month, 40 + month);
		world_submit_now(&site, &boss, &op);
	}
	/* two persons of one unit, neither having seen the other's figure */
	op = month_op(&d, 4, 7, 3, 50);
	world_submit_now(&site, &boss, &op);
	contested[0] = device_id(&boss);
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 7));
	draft_put(&d, 2, 5, 0);
	op = *draft_op(&d);
	world_submit_now(&site, &clerk, &op);
	contested[1] = device_id(&clerk);
	/* over both of them, but of a measure that nobody has: refused, and named by a later op */
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 7));
	draft_put(&d, 2, 6, draft_see(&d, contested[0]) | draft_see(&d, contested[1]));
	draft_put(&d, 777, 1, 0);
	op = *draft_op(&d);
	op.reason = SPAN_LIT("by telephone");
	if (world_submit_now(&site, &clerk, &op).verdict != VERDICT_REFUSED)
		abort();
	refused = device_id(&clerk);
}

static void site_open(void)
{
	struct op op;

	world_open(&site, false, true);
	build_small_tree(&site);
	op = build_form_text(form_quarterly_text);
	world_act_now(&site, &op);
	op = build_form_text(form_small_monthly_text);
	world_act_now(&site, &op);
	op = build_members(1, day(2021, 12, 31), 1000);
	world_act_now(&site, &op);
	op = build_target(1, year_of(2022), "admitted", "426-QD", 1640);
	world_act_now(&site, &op);
	op = build_target(2, year_of(2022), "admitted", "12-QD", 640);
	world_act_now(&site, &op);
	op = (struct op){ .kind = OP_CLAIM,
			  .unit = 1,
			  .source = SPAN_LIT("report 7"),
			  .claim = { .id = SPAN_LIT("c1"),
				     .period = { day(2022, 1, 1), day(2022, 6, 30) },
				     .has_value = true,
				     .value = 22,
				     .has_percent = true,
				     .percent_digits = 128,
				     .percent_decimals = 2,
				     .of = CLAIM_OF_TARGET,
				     .instrument = INSTR_DECISION,
				     .measure = SPAN_LIT("admitted") } };
	world_act_now(&site, &op);
	world_begin(&site);
	boss = world_device(&site, 4, ROLE_APPROVER);
	clerk = world_device(&site, 4, ROLE_CLERK);
	world_commit(&site);
	site_months();
}

/* ---- writing ---- */

static int birth(struct fault_scene *s)
{
	int rc;

	faults_on();
	rc = ledger_create(s->kv, &site.birth, &site.key, &s->e);
	faults_off();
	return rc;
}

static int open_it(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	int rc;

	faults_on();
	rc = ledger_open(&sc->l, s->kv, 0, &s->e);
	faults_off();
	if (!rc)
		buf_u64(&s->answer, ledger_info(sc->l).lsn);
	return rc;
}

static int submit(struct scene *sc, struct device *d, const struct op *op)
{
	struct submission in = { .device = d->device };
	struct packed p;
	struct judgement j;
	struct op signed_op = *op;
	int rc;

	d->seq++;
	signed_op.author = d->person;
	p = pack(&site, device_id(d), &signed_op, ledger_info(site.l).lsn);
	in.envelope = p.envelope;
	in.body = p.body;
	faults_on();
	rc = ledger_submit(sc->l, &in, site.now_ms, &j, &sc->s.e);
	faults_off();
	if (!rc)
		buf_printf(&sc->s.answer, "%d/%d@%" PRIu64 " ", (int)j.verdict, (int)j.code, j.lsn);
	return rc;
}

static int begin(struct scene *sc)
{
	int rc;

	faults_on();
	rc = ledger_begin(sc->l, &sc->s.e);
	faults_off();
	return rc;
}

/* Commit, or take all of it back. */
static int finish(struct scene *sc, int rc)
{
	faults_on();
	if (!rc)
		rc = ledger_commit(sc->l, &site.key, NULL, &sc->s.e);
	ledger_abort(sc->l);
	faults_off();
	return rc;
}

/* Of devices: a month, a contested figure resolved, a figure of somebody else's unit (refused). */
static int ops(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct device mine = boss, other = clerk;
	struct sheet_draft d;
	struct op op = month_op(&d, 4, 8, 1, 51);
	uint64_t both;
	int rc = begin(sc);

	if (!rc)
		rc = submit(sc, &mine, &op);
	draft_init(&d, 4, FORM_SHORT, month_of(2022, 7));
	both = draft_see(&d, refused) | draft_see(&d, contested[0]);
	draft_put(&d, 2, 4, draft_see(&d, refused));
	draft_sign(&d, SIGN_OWN, both);
	op = *draft_op(&d);
	op.reason = SPAN_LIT("asked by telephone");
	if (!rc)
		rc = submit(sc, &mine, &op);
	op = month_op(&d, 6, 8, 1, 51);
	if (!rc)
		rc = submit(sc, &other, &op);
	return finish(sc, rc);
}

static int act(struct scene *sc, const struct op *op)
{
	struct op_standing found = { .lsn = 0 };
	uint64_t lsn = 0;
	int rc;

	faults_on();
	rc = ledger_act(sc->l, op, site.now_ms, &lsn, &sc->s.e);
	if (!rc)
		rc = ledger_stands(&found, sc->l, op, &sc->s.e);
	faults_off();
	buf_u64(&sc->s.answer, lsn);
	buf_u64(&sc->s.answer, found.lsn);
	return rc;
}

/* Of the server itself: one of each kind that a program makes, and whether it stands then. */
static int acts(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct op list[] = {
		build_unit(8, 3, UNIT_BASE_CELL, "C5", FORM_SHORT),
		build_plan(8, FORM_QUARTERLY, (struct period){ day(2023, 1, 1), 0 }, PLAN_QUARTER),
		build_form(&site, "flash"),
		build_form(&site, "yearly"),
		build_person(501, 8, ROLE_CLERK),
		build_device(UINT64_C(0xd000000000000501), 8, 501, 1),
		build_members(8, day(2022, 12, 31), 30),
		build_target(8, year_of(2022), "admitted", "77-QD", 4),
		build_request(2, 2, day(2022, 9, 22)),
		{ .kind = OP_SETTING, .setting = { SPAN_LIT("rounding"), SPAN_LIT("half-up") } },
		{ .kind = OP_SUSPEND, .device = { .device = clerk.device } },
		{ .kind = OP_EPOCH, .device = { .device = clerk.device, .epoch = 2 } },
		{ .kind = OP_REVOKE,
		  .device = { .device = clerk.device },
		  .reason = SPAN_LIT("lost") },
		{ .kind = OP_START },
		{ .kind = OP_CLOCK, .clock.ms = site.now_ms + 5 },
	};
	int rc = begin(sc);

	for (size_t i = 0; i < ARRAY_LEN(list) && !rc; i++)
		rc = act(sc, &list[i]);
	return finish(sc, rc);
}

static int judged_only(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct op_base base = { .lsn = ledger_info(sc->l).lsn };
	struct sheet_draft d;
	struct op op = month_op(&d, 4, 9, 2, 60);
	struct op_id id = boss.seq ? device_id(&boss) : contested[0];
	enum op_code code;

	op.author = boss.person;
	id.seq++;
	memcpy(base.incarnation, site.birth.incarnation, 16);
	faults_on();
	code = ledger_decide(sc->l, &op, id, 4, &base, site.now_ms, &s->e);
	faults_off();
	buf_u32(&s->answer, (uint32_t)code);
	return code == CODE_NO_VERDICT ? -(int)s->e.code : 0;
}

/* ---- reading ---- */

static void tell_totals(struct buf *b, const struct totals *t)
{
	buf_printf(b, "%" PRIu64 " %d %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %zu %d\n",
		   t->known_lsn, t->has_members, t->members, t->reporting.reported,
		   t->sheets.signed_, t->sheets.missing, t->target_count, t->covered);
	for (size_t i = 0; i < t->measure_count; i++)
		buf_printf(b, "%u=%" PRId64 "/%" PRIu64 ",%" PRId64 " ", t->measures[i].measure,
			   t->measures[i].sum, t->measures[i].count,
			   t->prev_year ? t->prev_year[i].sum : 0);
	for (size_t i = 0; i < t->target_count; i++)
		buf_printf(b, "goal %" PRId64 " %" PRId64 "\n", t->targets[i].goal,
			   t->targets[i].attained);
}

static int totals_as(struct fault_scene *s, uint64_t known, enum query_tree tree)
{
	struct scene *sc = (struct scene *)s;
	struct query q = { .unit = 1,
			   .period = { day(2022, 1, 1), day(2022, 8, 31) },
			   .known_at = known,
			   .tree = tree,
			   .tree_day = day(2022, 8, 31) };
	struct arena *a = arena_new(ARENA_MAX);
	struct totals t;
	int rc;

	faults_on();
	rc = query_totals(&t, sc->l, &q, a, &s->e);
	faults_off();
	if (!rc)
		tell_totals(&s->answer, &t);
	arena_free(a);
	return rc;
}

static int totals_now(struct fault_scene *s)
{
	return totals_as(s, UINT64_MAX, TREE_AS_WAS);
}

static int totals_known_at(struct fault_scene *s)
{
	return totals_as(s, ledger_info(site.l).lsn - 4, TREE_AS_WAS);
}

static int totals_as_is(struct fault_scene *s)
{
	return totals_as(s, UINT64_MAX, TREE_AS_IS);
}

static int claims(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct arena *a = arena_new(ARENA_MAX);
	const struct claim_line *line;
	size_t count = 0;
	int rc;

	faults_on();
	rc = query_claims(&line, &count, sc->l, a, &s->e);
	faults_off();
	for (size_t i = 0; !rc && i < count; i++)
		buf_printf(&s->answer, "%.*s %d\n", (int)line[i].claim.id.len,
			   (const char *)line[i].claim.id.data, (int)line[i].result.verdict);
	arena_free(a);
	return rc;
}

static int each_entry(void *ctx, const struct entry *en, const struct op *op)
{
	buf_printf(ctx, "%" PRIu64 ":%d ", en->lsn, op ? (int)op->kind : 0);
	return 0;
}

/* The log, a sheet of the past, an entry with its proofs, a moment. */
static int history(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	uint64_t tip = ledger_info(sc->l).lsn, lsn = 0;
	struct buf entry, told;
	struct merkle_proof p = { 0 }, q = { 0 };
	struct sheet sheet;
	bool held;
	int rc;

	buf_init(&entry, ENTRY_MAX);
	buf_init(&told, ANSWER_MAX);
	faults_on();
	rc = ledger_hold(sc->l, &s->e);
	held = !rc;
	if (!rc)
		rc = query_sheet_at(sc->l, 4, FORM_SHORT, month_of(2022, 7), tip - 1, &sheet,
				    &s->e);
	if (!rc)
		rc = query_lsn_at(&lsn, sc->l, site.now_ms, &s->e);
	if (!rc)
		rc = ledger_entry(sc->l, tip, &entry, &s->e);
	if (!rc)
		rc = ledger_prove(sc->l, tip, tip, &p, &s->e);
	if (!rc)
		rc = ledger_prove_prefix(sc->l, tip - 3, tip, &q, &s->e);
	if (!rc)
		rc = query_log(sc->l, 1, 4, true, each_entry, &told, &s->e);
	if (held)
		ledger_let_go(sc->l);
	if (!rc && told.failed) /* ours, not the ledger's */
		rc = err_set(&s->e, ERR_NOMEM, "no memory");
	faults_off();
	buf_bytes(&s->answer, buf_span(&told));
	buf_bytes(&s->answer, buf_span(&entry));
	buf_u64(&s->answer, lsn + p.count * 1000 + q.count);
	buf_fini(&told);
	buf_fini(&entry);
	return rc;
}

static int verify(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct verify_report r = { 0 };
	int rc;

	faults_on();
	rc = ledger_verify(&r, sc->l, NULL, NULL, &s->e);
	faults_off();
	buf_printf(&s->answer, "%" PRIu64 " %" PRIu64, r.entries, r.rows);
	return rc;
}

static int page(struct scene *sc, enum feed_way way, struct arena *a)
{
	struct feed_ask ask = { .bytes_max = 100000, .count_max = 500, .way = way };
	struct feed_scope scope;
	struct feed_page p;
	int rc = feed_scope(&scope, sc->l, boss.device, true, &sc->s.e);

	if (!rc)
		rc = feed_page(&p, sc->l, &scope, &ask, a, &sc->s.e);
	if (rc)
		return rc;
	faults_off();
	for (size_t i = 0; i < p.count; i++)
		buf_bytes(&sc->s.answer, p.entries[i]);
	faults_on();
	return 0;
}

static int feed(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct arena *a = arena_new(ARENA_MAX);
	const struct feed_own *own;
	const struct feed_branch *line;
	const uint64_t *devices;
	size_t owns = 0, lines = 0, count = 0;
	int rc;

	faults_on();
	rc = page(sc, FEED_WALK, a);
	if (!rc)
		rc = page(sc, FEED_SCAN, a);
	if (!rc)
		rc = feed_own(&own, &owns, sc->l, boss.device, 1, 100, a, &s->e);
	if (!rc)
		rc = feed_line(&line, &lines, sc->l, a, &s->e);
	if (!rc)
		rc = ledger_devices(&devices, &count, sc->l, a, &s->e);
	if (!rc)
		rc = ledger_refresh(sc->l, &s->e);
	faults_off();
	buf_printf(&s->answer, "%zu %zu %zu", owns, lines, count);
	arena_free(a);
	return rc;
}

/* ---- a part of it ---- */

/* Some other ledger over the same store writes: a reader takes it in. */
static struct fault_scene *open_behind(void)
{
	struct fault_scene *s = open_scene();
	struct ledger *writer;
	struct op list[] = { build_unit(8, 3, UNIT_BASE_CELL, "C5", FORM_SHORT),
			     build_form(&site, "yearly") };

	must(ledger_open(&writer, s->kv, 0, &s->e), &s->e, "open a writer");
	must(ledger_begin(writer, &s->e), &s->e, "begin");
	for (size_t i = 0; i < ARRAY_LEN(list); i++)
		must(ledger_act(writer, &list[i], site.now_ms, NULL, &s->e), &s->e, "an act");
	must(ledger_commit(writer, &site.key, NULL, &s->e), &s->e, "commit");
	ledger_close(writer);
	return s;
}

static int refresh(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	int rc;

	faults_on();
	rc = ledger_refresh(sc->l, &s->e);
	faults_off();
	if (!rc)
		buf_printf(&s->answer, "%" PRIu64 " %zu %d", ledger_info(sc->l).lsn,
			   tree_count(ledger_tree(sc->l)),
			   ledger_form_code(sc->l, SPAN_LIT("yearly"), &s->e) != NULL);
	return rc;
}

static struct part_birth part_of_site(void)
{
	struct part_birth b;

	memcpy(b.store, site.birth.store, 16);
	memcpy(b.incarnation, site.birth.incarnation, 16);
	memcpy(b.log_key, site.birth.log_key, 32);
	return b;
}

static int part_birth(struct fault_scene *s)
{
	struct part_birth b = part_of_site();
	int rc;

	faults_on();
	rc = part_create(s->kv, &b, NULL, NULL, &s->e);
	faults_off();
	return rc;
}

static struct fault_scene *open_part(void)
{
	struct fault_scene *s = open_empty();
	struct scene *sc = (struct scene *)s;
	struct part_birth b = part_of_site();

	must(part_create(s->kv, &b, NULL, NULL, &s->e), &s->e, "make a part");
	must(ledger_open(&sc->l, s->kv, 4, &s->e), &s->e, "open a part");
	return s;
}

/* What the feed gives, put in one batch. */
static int part_feed(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct feed_ask ask = { .bytes_max = 1 << 20, .count_max = 500 };
	struct arena *a = arena_new(ARENA_MAX);
	struct feed_scope scope;
	struct feed_page p;
	int rc;

	must(feed_scope(&scope, site.l, boss.device, true, &site.e), &site.e, "scope");
	must(feed_page(&p, site.l, &scope, &ask, a, &site.e), &site.e, "a page");
	faults_on();
	rc = ledger_begin(sc->l, &s->e);
	for (size_t i = 0; i < p.count && !rc; i++)
		rc = ledger_put_entry(sc->l, p.entries[i], &s->e);
	if (!rc)
		rc = ledger_commit(sc->l, NULL, NULL, &s->e);
	ledger_abort(sc->l);
	faults_off();
	buf_u64(&s->answer, ledger_info(sc->l).lsn);
	arena_free(a);
	return rc;
}

static struct fault_scene *open_full_part(void)
{
	struct fault_scene *s = open_part();

	must(part_feed(s), &s->e, "fill a part");
	return s;
}

/* The same entries again, without the last ones. */
static int part_again(struct fault_scene *s)
{
	struct scene *sc = (struct scene *)s;
	struct part_source from = { .through = ledger_info(site.l).lsn - 2 };
	int rc;

	faults_on();
	rc = part_rebuild(&sc->l, &from, NULL, NULL, NULL, &s->e);
	faults_off();
	buf_u64(&s->answer, rc ? 0 : ledger_info(sc->l).lsn);
	return rc;
}

static const struct fault_case cases[] = {
	{ .name = "create", .open = open_empty, .close = close_scene, .act = birth, .least = 20 },
	{ .name = "open", .open = open_closed, .close = close_scene, .act = open_it, .least = 100 },
	{ .name = "ops", .open = open_scene, .close = close_scene, .act = ops, .least = 100 },
	{ .name = "acts", .open = open_scene, .close = close_scene, .act = acts, .least = 100 },
	{ .name = "decide",
	  .open = open_scene,
	  .close = close_scene,
	  .act = judged_only,
	  .least = 5 },
	{ .name = "totals now",
	  .open = open_scene,
	  .close = close_scene,
	  .act = totals_now,
	  .least = 20 },
	{ .name = "totals known at",
	  .open = open_scene,
	  .close = close_scene,
	  .act = totals_known_at,
	  .least = 20 },
	{ .name = "totals as is",
	  .open = open_scene,
	  .close = close_scene,
	  .act = totals_as_is,
	  .least = 20 },
	{ .name = "claims", .open = open_scene, .close = close_scene, .act = claims, .least = 20 },
	{ .name = "history",
	  .open = open_scene,
	  .close = close_scene,
	  .act = history,
	  .least = 20 },
	{ .name = "verify", .open = open_scene, .close = close_scene, .act = verify, .least = 100 },
	{ .name = "feed", .open = open_scene, .close = close_scene, .act = feed, .least = 20 },
	{ .name = "refresh",
	  .open = open_behind,
	  .close = close_scene,
	  .act = refresh,
	  .least = 20 },
	{ .name = "part: create",
	  .open = open_empty,
	  .close = close_scene,
	  .act = part_birth,
	  .least = 10 },
	{ .name = "part: feed",
	  .open = open_part,
	  .close = close_scene,
	  .act = part_feed,
	  .least = 100 },
	{ .name = "part: rebuild",
	  .open = open_full_part,
	  .close = close_scene,
	  .act = part_again,
	  .least = 100 },
};

int main(int argc, char **argv)
{
	site_open();
	faults_run(cases, ARRAY_LEN(cases), 300, argc, argv);
	world_close(&site);
	return 0;
}
