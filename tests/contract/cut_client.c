/* A device's store across power cuts (tests/support/power.h): its clerk types, signs and sends for nine months; after each
 * cut a child opens what is left. What was typed is there as soon as typing was told kept, each signed month is queued,
 * each month that the server was heard to have is known to be there; then the device goes on with the server as that was
 * at that moment, and every op is in its log once. With a setting known to be unsafe something must be missing, or this
 * proves nothing.   cut_client [CUTS, 0: at every point [SEED]] */
#include "client_world.h"
#include "power.h"

#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MONTHS = 9, STEPS_MAX = 4 * MONTHS, MAP = 64 << 20, UNIT = 6, ADMITTED = 2, OFTEN = 3 };

static char base[] = "/tmp/ketnap-cut-XXXXXX", dir[80], copy_dir[80];

static struct step {
	enum { TYPED, SIGNED, SENT } what;
	int month; /* of what was typed or signed */
	int64_t value;
	struct op_id id;     /* SIGNED */
	struct world server; /* SENT: as it was then */
} steps[STEPS_MAX];
static size_t step_count;
static struct world site; /* as it was before the first */
static struct desk desk;

static struct kv *open_at(const char *path, struct err *e)
{
	struct kv_open how = { .dir = path, .map_bytes = MAP, .tables = CLIENT_TABLES };
	struct kv *kv = NULL;

	return kv_lmdb_open(&kv, &how, e) ? NULL : kv;
}

/* ---- what is left ---- */

/* What the clerk sees of the month: of the last step that was told done, or of the one after it. */
static bool value_is_one_of(struct desk *k, int month, size_t acked)
{
	struct entry_sheet *s = desk_entry(k, UNIT, "short", month22(month));
	struct entry_figure f = entry_figure(s, ADMITTED);
	int64_t is = f.known ? f.value : 0, was = 0;

	entry_close(s);
	for (size_t i = 0; i < acked; i++)
		if (steps[i].month == month)
			was = steps[i].value;
	return is == was ||
	       (acked < step_count && steps[acked].month == month && is == steps[acked].value);
}

static bool all_kept(struct desk *k, size_t acked)
{
	uint64_t sent_seq = 0;

	for (int month = 1; month <= MONTHS; month++)
		if (!value_is_one_of(k, month, acked))
			return false;
	for (size_t i = 0; i < acked; i++) {
		if (steps[i].what == SIGNED && !outbox_find(k->c, steps[i].id))
			return false;
		if (steps[i].what == SIGNED)
			sent_seq = steps[i].id.seq;
		if (steps[i].what == SENT && client_state(k->c)->acked_seq < sent_seq)
			return false;
	}
	return true;
}

/* The server as it can be by then: whatever reached it was queued before. */
static struct world *server_of(size_t acked)
{
	struct world *w = &site;

	for (size_t i = 0; i < step_count && (i < acked || (i == acked && steps[i].what == SENT));
	     i++)
		if (steps[i].what == SENT)
			w = &steps[i].server;
	return w;
}

static bool converges(struct desk *k)
{
	size_t mine;

	if (desk_try(k) != SYNC_DONE || desk_status(k).queued)
		return false;
	outbox_ops(k->c, &mine);
	if (server_own_entries(k->w, k->d.device) != mine)
		return false;
	for (int month = 1; month <= MONTHS; month++)
		if (client_value(k, UNIT, FORM_SHORT, month22(month), ADMITTED) !=
		    server_value(k->w, UNIT, FORM_SHORT, month22(month), ADMITTED))
			return false;
	return true;
}

static enum power_verdict look(void *ctx, const char *copy, unsigned acked)
{
	struct desk k = desk;
	struct err e = { 0 };

	(void)ctx;
	k.c = NULL;
	k.w = server_of(acked);
	k.kv = open_at(copy, &e);
	if (!k.kv || client_open(&k.c, k.kv, &e))
		return POWER_UNOPENED;
	if (!all_kept(&k, acked))
		return POWER_LOST;
	return converges(&k) ? POWER_KEPT : POWER_TORN;
}

/* ---- what is recorded ---- */

static void done(struct step step)
{
	POWER_CHECK(step_count < STEPS_MAX);
	steps[step_count++] = step;
	power_ack((unsigned)step_count);
}

static void live(void)
{
	for (int month = 1; month <= MONTHS; month++) {
		struct op_id id;

		desk_type(&desk, UNIT, "short", month22(month), ADMITTED, month, 0);
		done((struct step){ .what = TYPED, .month = month, .value = month });
		id = desk_month(&desk, UNIT, month, month + 100, 1000 + 101 * month);
		done((struct step){
			.what = SIGNED, .month = month, .value = month + 100, .id = id });
		if (month % OFTEN == 0) {
			struct step sent = { .what = SENT };

			desk_sync(&desk);
			world_clone(&sent.server, desk.w);
			done(sent);
		}
	}
}

/* The device's store moves from memory to the disk; what it holds by then is safe. */
static void move_to_disk(unsigned flags)
{
	struct err e = { 0 };
	struct kv *kv = open_at(dir, &e);

	POWER_CHECK(kv);
	desk_copy_to(&desk, kv);
	kv_close(kv);
	client_close(desk.c);
	kv_close(desk.kv);
	power_flags = flags;
	desk.kv = open_at(dir, &e);
	power_flags = 0;
	POWER_CHECK(desk.kv);
	must(client_open(&desk.c, desk.kv, &e), &e, "open a client");
}

static void forget_world(struct world *w)
{
	ledger_close(w->l);
	kv_close(w->kv);
	arena_free(w->a);
}

static unsigned world(const char *name, unsigned flags, unsigned cuts)
{
	unsigned tally[POWER_CRASHED + 1], bad;
	struct world w;

	POWER_CHECK(!mkdir(dir, 0700) && !mkdir(copy_dir, 0700));
	site_open_small(&w);
	desk_open(&desk, &w, UNIT, ROLE_APPROVER);
	desk_sync(&desk);
	world_clone(&site, &w);
	step_count = 0;
	move_to_disk(flags);
	power_record(dir);
	live();
	power_stop();
	bad = power_cuts(name, copy_dir, cuts, look, NULL, tally);
	for (size_t i = 0; i < step_count; i++)
		if (steps[i].what == SENT)
			forget_world(&steps[i].server);
	forget_world(&site);
	desk_close(&desk);
	world_close(&w);
	power_remove(copy_dir);
	power_remove(dir);
	return bad;
}

int main(int argc, char **argv)
{
	unsigned cuts = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 100, bad;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);

	printf("seed %" PRIu64 "\n", seed);
	power_seed(seed);
	POWER_CHECK(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/store", base);
	snprintf(copy_dir, sizeof(copy_dir), "%s/copy", base);
	bad = world("as opened", 0, cuts);
	if (!world("control without meta sync", MDB_NOMETASYNC, cuts / 2 + 30) ||
	    !world("control without any sync", MDB_NOSYNC, cuts / 4 + 10)) {
		fprintf(stderr, "the controls lost nothing: the cuts do not cut\n");
		bad++;
	}
	power_forget();
	rmdir(base);
	return bad ? 1 : 0;
}
