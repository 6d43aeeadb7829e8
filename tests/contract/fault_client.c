/* Every failing allocation and every failing store call of client/core: tests/support/faults.h. A device and
 * a server's side made of the ledger and proto's encoders; only the device's own code fails. */
#include "client_world.h"
#include "faults.h"

#include "client/conflicts.h"
#include "client/receipt.h"
#include "internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MAX = 1 << 20 };

static struct world site;
static struct desk fresh, busy, aside; /* enrolled; with a base, ops, drafts; with ops set aside */
static struct device rival;

struct scene {
	struct fault_scene s;
	struct world w;
	struct desk d;
};

static struct scene *scene_of(struct fault_scene *s)
{
	return (struct scene *)s;
}

static struct fault_scene *scene_like(const struct desk *like)
{
	struct scene *sc = calloc(1, sizeof(*sc));

	if (!sc)
		abort();
	world_clone(&sc->w, &site);
	desk_clone(&sc->d, &sc->w, like);
	sc->s.kv = sc->d.kv;
	buf_init(&sc->s.answer, ANSWER_MAX);
	return &sc->s;
}

static struct fault_scene *open_fresh(void)
{
	return scene_like(&fresh);
}

static struct fault_scene *open_busy(void)
{
	return scene_like(&busy);
}

static struct fault_scene *open_aside(void)
{
	return scene_like(&aside);
}

/* The store alone; the client is opened by the act. */
static struct fault_scene *open_shut(void)
{
	struct fault_scene *s = open_busy();

	client_close(scene_of(s)->d.c);
	scene_of(s)->d.c = NULL;
	return s;
}

static struct fault_scene *open_empty(void)
{
	struct fault_scene *s = open_shut();
	struct scene *sc = scene_of(s);

	kv_close(s->kv);
	s->kv = sc->d.kv = world_kv_new(&sc->w);
	return s;
}

static void close_scene(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);

	desk_clone_close(&sc->d, &sc->w);
	buf_fini(&s->answer);
	free(sc);
}

static void tell_status(struct scene *sc)
{
	struct client_status t = desk_status(&sc->d);

	buf_printf(&sc->s.answer,
		   "drafts %" PRIu64 " queued %" PRIu64 " aside %" PRIu64 " acked %" PRIu64
		   " refused %" PRIu64 " contested %" PRIu64 " halt %d trouble %d",
		   t.drafts, t.queued, t.aside, t.acked, t.refused, t.contested, t.halt, t.trouble);
}

/* ---- the store ---- */

static int create(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct identity id = *client_identity(fresh.c);
	int rc;

	faults_on();
	rc = client_create(s->kv, &id, 1, sc->w.birth.incarnation, &s->e);
	faults_off();
	return rc;
}

static int open_it(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	int rc;

	faults_on();
	rc = client_open(&sc->d.c, s->kv, &s->e);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

/* ---- entering ---- */

static struct entry_how own = { .how = SIGN_OWN, .signer = "Trần Thị B", .old_ok = true };

static int type_month(struct scene *sc, struct entry_sheet **out)
{
	struct err *e = &sc->s.e;
	int rc = entry_open(out, sc->d.c, 6, "short", month22(9), sc->d.now_ms, e);

	if (!rc)
		rc = entry_set(*out, 2, FIGURE_VALUE, 1, e);
	if (!rc)
		rc = entry_set(*out, 14, FIGURE_VALUE, 49, e);
	if (!rc)
		rc = entry_set(*out, 15, FIGURE_NIL, 0, e);
	return rc;
}

static int type_draft(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct entry_sheet *sheet = NULL;
	int rc;

	faults_on();
	rc = type_month(sc, &sheet);
	if (!rc)
		rc = entry_save(sheet, false, &s->e);
	entry_close(sheet);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

static int submit(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct entry_sheet *sheet = NULL;
	struct op_id id;
	int rc;

	faults_on();
	rc = type_month(sc, &sheet);
	if (!rc)
		rc = entry_submit(sheet, &own, sc->d.now_ms, &id, NULL, &s->e);
	entry_close(sheet);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

/* What was kept as a draft goes, and so does the draft. */
static int submit_draft(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct entry_sheet *sheet = NULL;
	struct entry_judgement j;
	struct op_id id;
	int rc;

	faults_on();
	rc = entry_open(&sheet, sc->d.c, 6, "short", month22(8), sc->d.now_ms, &s->e);
	if (!rc)
		rc = entry_judge(sheet, &j, &s->e);
	if (!rc)
		rc = entry_submit(sheet, &own, sc->d.now_ms, &id, NULL, &s->e);
	entry_close(sheet);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

static int cumulative(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct entry_sheet *sheet = NULL;
	int rc;

	faults_on();
	rc = entry_open(&sheet, sc->d.c, 6, "short", month22(3), sc->d.now_ms, &s->e);
	if (!rc)
		rc = entry_set_cumulative(sheet, 2, 9, &s->e);
	faults_off();
	if (!rc)
		buf_printf(&s->answer, "%" PRId64, entry_figure(sheet, 2).value);
	entry_close(sheet);
	return rc;
}

/* Two months in one commit, or none. */
static int many(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct entry_how nil = {
		.how = SIGN_OWN, .signer = "B", .nil_month = true, .old_ok = true
	};
	int rc;

	faults_on();
	rc = client_begin(sc->d.c, &s->e);
	for (int month = 9; month <= 10 && !rc; month++) {
		struct entry_sheet *sheet = NULL;
		struct op_id id;

		rc = entry_open(&sheet, sc->d.c, 6, "short", month22(month), sc->d.now_ms, &s->e);
		if (!rc)
			rc = entry_set(sheet, 14, FIGURE_VALUE, 48, &s->e);
		if (!rc)
			rc = entry_submit(sheet, &nil, sc->d.now_ms, &id, NULL, &s->e);
		entry_close(sheet);
	}
	if (!rc)
		rc = client_commit(sc->d.c, &s->e);
	if (rc)
		client_abort(sc->d.c);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

/* ---- conflicts ---- */

static int each_conflict(void *ctx, const struct conflict *k, struct err *e)
{
	(void)e;
	faults_off();
	buf_printf(ctx, "%u %u: %zu versions\n", k->unit, k->measure, k->version_count);
	faults_on();
	return 0;
}

static int conflicts(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct client_status t;
	char name[NAME_MAX_BYTES + 1];
	int rc;

	faults_on();
	rc = conflicts_each(sc->d.c, each_conflict, &s->answer, &s->e);
	if (!rc)
		rc = client_status(sc->d.c, &t, &s->e);
	if (!rc)
		rc = client_person_name(sc->d.c, name, &s->e);
	faults_off();
	if (!rc)
		buf_printf(&s->answer, "contested %" PRIu64 ", %s", t.contested, name);
	return rc;
}

static int resolve(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	struct entry_how how = { .how = SIGN_NONE, .reason = "asked", .old_ok = true };
	struct entry_sheet *sheet = NULL;
	struct op_id id;
	int rc;

	faults_on();
	rc = entry_open(&sheet, sc->d.c, 6, "short", month22(6), sc->d.now_ms, &s->e);
	if (!rc)
		rc = entry_resolve(sheet, 2, NULL, FIGURE_VALUE, 4, &how, sc->d.now_ms, &id, &s->e);
	entry_close(sheet);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

/* An op of an epoch that is no more, made again. */
static int remake(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	const struct own_op *ops;
	struct op_id id = { 0 }, again;
	size_t count;
	int rc;

	ops = outbox_ops(sc->d.c, &count);
	for (size_t i = 0; i < count; i++)
		if (ops[i].aside && !ops[i].dropped && !ops[i].remade_seq)
			id = ops[i].id;
	faults_on();
	rc = outbox_remake(sc->d.c, id, sc->d.now_ms, &again, &s->e);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

static int drop(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);
	const struct own_op *ops;
	struct op_id id = { 0 };
	size_t count;
	int rc;

	ops = outbox_ops(sc->d.c, &count);
	for (size_t i = 0; i < count; i++)
		if (ops[i].aside && !ops[i].dropped)
			id = ops[i].id;
	faults_on();
	rc = outbox_drop(sc->d.c, id, &s->e);
	faults_off();
	if (!rc)
		tell_status(sc);
	return rc;
}

/* ---- contacts ---- */

/* Only a store or memory that failed is told as such; nobody else is to blame. */
static void product(bool begins)
{
	if (begins)
		faults_on();
	else
		faults_off();
}

static int sync_with(struct fault_scene *s, struct sync_ask *ask)
{
	struct scene *sc = scene_of(s);
	enum sync_end end;

	err_clear(&sc->d.e);
	desk_product = product;
	end = desk_ask(&sc->d, ask);
	desk_product = NULL;
	s->e = sc->d.e;
	if (end == SYNC_DONE) {
		tell_status(sc);
		buf_printf(&s->answer, " receipt %d", sc->d.receipt.len > 100);
		return 0;
	}
	if (end != SYNC_FAILED)
		return err_set(&s->e, ERR_STATE, "sync ended %s: %.200s", sync_end_name(end),
			       sc->d.e.msg);
	return -(int)sc->d.e.code;
}

static int sync(struct fault_scene *s)
{
	struct sync_ask ask = { .receipt_count = 0 };

	return sync_with(s, &ask);
}

static int sync_receipt_too(struct fault_scene *s)
{
	uint64_t lsn = ledger_info(site.l).lsn;
	struct sync_ask ask = { .receipts = &lsn, .receipt_count = 1 };

	return sync_with(s, &ask);
}

/* The part is another one: base is built anew beside the old. */
static int sync_restart(struct fault_scene *s)
{
	scene_of(s)->d.s.script.authority = 5;
	scene_of(s)->d.s.script.page_bytes = 900;
	return sync(s);
}

/* Where the epoch was taken in before the failure there is nothing left to do: what a contact of a device
 * with a new epoch would bring is another test's. */
static int sync_kept_epoch(struct fault_scene *s)
{
	tell_status(scene_of(s));
	buf_printf(&s->answer, " receipt 0");
	return 0;
}

static int sync_new_epoch(struct fault_scene *s)
{
	struct scene *sc = scene_of(s);

	if (client_state(sc->d.c)->epoch == 2) /* it was told, and had kept it */
		return sync_kept_epoch(s);
	sc->d.s.script.hello_code = WIRE_NEW_EPOCH;
	sc->d.s.script.epoch = 2;
	return sync(s);
}

/* What is held of the base; the device's own tables say how often it tried. */
static int differ_base(struct kv *got, struct kv *want, char where[96])
{
	int differ = kv_differ(got, want, where);

	return differ > PART_TABLE ? 0 : differ;
}

/* ---- the site ---- */

static void rival_writes(void)
{
	struct sheet_draft d;
	struct op op;

	draft_init(&d, 6, FORM_SHORT, month22(6));
	draft_put(&d, 2, 9, 0);
	op = *draft_op(&d);
	if (world_submit_now(&site, &rival, &op).verdict != VERDICT_ACCEPTED)
		abort();
}

static void desks_open(void)
{
	site_open_small(&site);
	desk_open(&fresh, &site, 6, ROLE_APPROVER);
	desk_open(&busy, &site, 6, ROLE_APPROVER);
	desk_open(&aside, &site, 6, ROLE_APPROVER);
	world_begin(&site);
	rival = world_device(&site, 6, ROLE_CLERK);
	world_commit(&site);
	desk_sync(&busy);
	for (int month = 1; month <= 2; month++)
		desk_month(&busy, 6, month, 1, 40 + month);
	desk_month(&busy, 6, 6, 3, 46);
	rival_writes();
	desk_sync(&busy);
	desk_month(&busy, 6, 7, 1, 47);
	desk_type(&busy, 6, "short", month22(8), 2, 1, 14, 48, 15, 0, 0);
	desk_sync(&aside);
	desk_month(&aside, 6, 5, 1, 45);
	aside.s.script.hello_code = WIRE_NEW_EPOCH;
	aside.s.script.epoch = 2;
	(void)desk_try(&aside);
	memset(&aside.s.script, 0, sizeof(aside.s.script));
}

static void desks_close(void)
{
	desk_close(&aside);
	desk_close(&busy);
	desk_close(&fresh);
	world_close(&site);
}

#define SCENE(label, from, what, fewest)                                                        \
	{                                                                                       \
		.name = label, .open = from, .close = close_scene, .act = what, .least = fewest \
	}
#define CONTACT(label, from, what, fewest)                                      \
	{                                                                       \
		.name = label, .open = from, .close = close_scene, .act = what, \
		.differ = differ_base, .steps = true, .least = fewest           \
	}

static const struct fault_case cases[] = {
	SCENE("create", open_empty, create, 20),
	SCENE("open", open_shut, open_it, 100),
	SCENE("type a draft", open_busy, type_draft, 40),
	SCENE("submit", open_busy, submit, 60),
	SCENE("submit a draft", open_busy, submit_draft, 60),
	SCENE("cumulative", open_busy, cumulative, 20),
	SCENE("many in one commit", open_busy, many, 100),
	SCENE("conflicts", open_busy, conflicts, 20),
	SCENE("resolve", open_busy, resolve, 60),
	SCENE("remake", open_aside, remake, 40),
	SCENE("drop", open_aside, drop, 10),
	CONTACT("first contact", open_fresh, sync, 100),
	CONTACT("usual contact", open_busy, sync, 100),
	CONTACT("with a receipt", open_busy, sync_receipt_too, 100),
	CONTACT("base anew", open_busy, sync_restart, 100),
	CONTACT("a new epoch", open_busy, sync_new_epoch, 100),
};

int main(int argc, char **argv)
{
	desks_open();
	faults_run(cases, ARRAY_LEN(cases), 160, argc, argv);
	desks_close();
	return 0;
}
