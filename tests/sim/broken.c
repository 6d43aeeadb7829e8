/* The negative control: worlds that somebody broke behind the witnesses' backs. Each must be noticed, and
 * for that reason. */
#include "sim.h"

#include "internal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seeds, until one has what is to be broken; "nothing" plays them all. Of the worlds that are told again in
 * another order, few have two devices that wrote one sheet on one day. */
enum { TRIES = 60, TRIES_ORDER = 600 };

/* The first row of a table is gone. */
static void lose_row(struct sim *s, struct kv *kv, uint8_t table)
{
	struct span none = { NULL, 0 }, key, value;
	struct kv_cursor *c;
	struct kv_txn *txn;
	struct key k = { .len = 0 };

	must(kv_begin(&txn, kv, KV_WRITE, &s->e), &s->e, "write");
	must(kv_walk(&c, txn, table, none, none, false, &s->e), &s->e, "walk");
	if (must(kv_next(c, &key, &value, &s->e), &s->e, "walk")) {
		memcpy(k.b, key.data, key.len);
		k.len = (uint8_t)key.len;
	}
	kv_walk_end(c);
	if (k.len)
		must(kv_del(txn, table, key_span(&k), &s->e), &s->e, "delete");
	must(kv_commit(&txn, &s->e), &s->e, "commit");
}

static void lose_sum(struct sim *s)
{
	lose_row(s, s->kv, T_AGGREGATE);
}

static void lose_sheet(struct sim *s)
{
	for (size_t i = 0; i < s->holder_count; i++)
		if (has_read_all(s, &s->holders[i]))
			lose_row(s, s->holders[i].kv, T_SHEET);
}

/* One of two that sit in the same unit. */
static void lose_person(struct sim *s)
{
	for (size_t i = 0; i < s->holder_count; i++)
		for (size_t k = 0; k < i; k++)
			if (s->holders[i].d->unit == s->holders[k].d->unit &&
			    has_read_all(s, &s->holders[i]) && has_read_all(s, &s->holders[k])) {
				lose_row(s, s->holders[i].kv, T_PERSON);
				return;
			}
}

static void lose_draft(struct sim *s)
{
	for (size_t i = 0; i < s->holder_count; i++)
		if (s->holders[i].notes.draft_count)
			must(drafts_drop(s->holders[i].c, &s->holders[i].notes.drafts[0].key,
					 &s->e),
			     &s->e, "drop a draft");
}

static void lose_log(struct sim *s)
{
	lose_row(s, s->kv, T_LOG);
}

/* Another op in the place of one that somebody was told is accepted. */
static void change_acked(struct sim *s)
{
	for (size_t i = (size_t)s->b->lsn; i < s->log_count; i++)
		if (s->log[i].id.device && s->log[i].id.device != s->b->newer->device)
			s->log[i].id.seq += 1000;
}

static void write_name(struct sim *s)
{
	roster_break(s, true);
}

static void keep_key(struct sim *s)
{
	roster_break(s, false);
}

static void nothing(struct sim *s)
{
	(void)s;
}

static const struct breakage {
	const char *name, *noticed;
	void (*breaks)(struct sim *);
	bool order, all_well;
} breakages[] = {
	{ "nothing", "", nothing, false, true },
	{ "a sum is lost", "the counts kept for unit", lose_sum, false, false },
	{ "a device loses a sheet", " lacks a sheet", lose_sheet, false, false },
	{ "a device loses a person", " lacks a person", lose_person, false, false },
	{ "a draft is lost", "sheets were typed in", lose_draft, false, false },
	{ "an entry is lost", "verify", lose_log, false, false },
	{ "an acked op is another", "is 0 times in the log", change_acked, false, false },
	{ "a name is written down", "a name is in clear in the key store", write_name, false,
	  false },
	{ "a key is kept", "the key store has a key of person", keep_key, false, false },
	{ "orders that cannot be", "another order of devices, other figures", nothing, true,
	  false },
};
static const struct breakage *now = &breakages[0];

void broken_do(struct sim *s)
{
	now->breaks(s);
}

bool broken_order(void)
{
	return now->order;
}

/* 0: as it is to be. */
static int one(const struct breakage *b, void (*play)(uint64_t seed))
{
	char told[4096] = "";
	FILE *out = tmpfile();
	int status = 0;
	size_t len;
	pid_t child;
	uint64_t step = b->order ? TOLD_AGAIN : 1, last = b->order ? TRIES_ORDER : TRIES;

	if (!out)
		return perror("sim: tmpfile"), 1;
	fflush(stdout);
	child = fork();
	if (child < 0)
		return perror("sim: fork"), 1;
	if (!child) {
		if (dup2(fileno(out), STDERR_FILENO) < 0)
			_exit(2);
		now = b;
		for (uint64_t seed = step; seed <= last; seed += step)
			play(seed);
		bases_free();
		exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		return perror("sim: waitpid"), 1;
	rewind(out);
	len = fread(told, 1, sizeof(told) - 1, out);
	told[len] = 0;
	fclose(out);
	printf("%-26s %s", b->name, len ? told : "all is well\n");
	if (b->all_well)
		return status != 0;
	return !WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || !strstr(told, b->noticed);
}

int broken_all(void (*play)(uint64_t seed))
{
	int bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(breakages); i++) {
		if (!one(&breakages[i], play))
			continue;
		printf("NOT NOTICED: %s\n", breakages[i].name);
		bad++;
	}
	return bad ? 1 : 0;
}
