/* That the sweep of tests/support/faults.h notices what it is for: small scenes with one mistake each, and
 * the same scene without one. */
#include "build.h"
#include "faults.h"

#include <stdio.h>
#include <stdlib.h>

enum mistake {
	NONE,
	IGNORES,  /* goes on without the memory and says that all is well */
	HALVES,   /* keeps the first of two rows that belong together */
	LEAKS,    /* forgets what it had when the second piece is not there */
	MISNAMES, /* says that the caller is to blame */
	STICKS,   /* never works again */
	MISTAKES
};

struct toy {
	struct fault_scene s;
	bool stuck;
};

static struct fault_scene *toy_open(void)
{
	struct toy *t = calloc(1, sizeof(*t));

	if (!t)
		abort();
	must(kv_mem_open(&t->s.kv, LEDGER_TABLES, &t->s.e), &t->s.e, "a store");
	buf_init(&t->s.answer, 64);
	return &t->s;
}

static void toy_close(struct fault_scene *s)
{
	kv_close(s->kv);
	buf_fini(&s->answer);
	free(s);
}

static int put_one(struct kv_txn *txn, const char *key, struct span value, struct err *e)
{
	return kv_put(txn, 0, span_str(key), value, e);
}

/* Two rows with copies of a text; halves: in two commits. */
static int write_rows(struct kv *kv, bool halves, struct span one, struct span two, struct err *e)
{
	struct kv_txn *txn = NULL;
	int rc = kv_begin(&txn, kv, KV_WRITE, e);

	if (!rc)
		rc = put_one(txn, "a", one, e);
	if (!rc && halves) {
		rc = kv_commit(&txn, e);
		if (!rc)
			rc = kv_begin(&txn, kv, KV_WRITE, e);
	}
	if (!rc)
		rc = put_one(txn, "b", two, e);
	if (!rc)
		rc = kv_commit(&txn, e);
	kv_abort(&txn);
	return rc;
}

static char *lost; /* what LEAKS loses: given back behind the sweep, a leak checker finds none */

static int toy_act(struct toy *t, enum mistake mistake)
{
	char *one, *two = NULL;
	int rc = -ERR_NOMEM;

	if (t->stuck)
		return err_set(&t->s.e, ERR_STATE, "stuck");
	faults_on();
	one = malloc(2);
	if (one)
		two = malloc(2);
	if (one && two) {
		memcpy(one, "1", 2);
		memcpy(two, "2", 2);
		rc = write_rows(t->s.kv, mistake == HALVES, span_of(one, 2), span_of(two, 2),
				&t->s.e);
	} else {
		rc = err_set(&t->s.e, mistake == MISNAMES ? ERR_INVALID : ERR_NOMEM, "no memory");
	}
	if (mistake == LEAKS && one && !two)
		lost = one;
	else
		free(one);
	free(two);
	faults_off();
	t->stuck = rc && mistake == STICKS;
	return mistake == IGNORES ? 0 : rc;
}

#define ACT(mistake)                                      \
	static int act_##mistake(struct fault_scene *s)   \
	{                                                 \
		return toy_act((struct toy *)s, mistake); \
	}
ACT(NONE)
ACT(IGNORES)
ACT(HALVES)
ACT(LEAKS)
ACT(MISNAMES)
ACT(STICKS)

static const struct {
	int (*act)(struct fault_scene *s);
	const char *says; /* NULL: nothing is wrong */
} controls[MISTAKES] = {
	[NONE] = { act_NONE, NULL },
	[IGNORES] = { act_IGNORES, "reported as done, and is not" },
	[HALVES] = { act_HALVES, "failed and left something" },
	[LEAKS] = { act_LEAKS, "memory lost" },
	[MISNAMES] = { act_MISNAMES, "reported as something else" },
	[STICKS] = { act_STICKS, "does not work afterwards" },
};

int main(void)
{
	struct fault_case c = {
		.name = "control", .open = toy_open, .close = toy_close, .least = 8
	};
	char why[256];

	for (size_t i = 0; i < MISTAKES; i++) {
		bool well;

		why[0] = '\0';
		c.act = controls[i].act;
		well = faults_sweep(&c, 1000, 0, why);
		free(lost);
		lost = NULL;
		if (well != !controls[i].says || (!well && !strstr(why, controls[i].says))) {
			fprintf(stderr, "control %zu: \"%s\", not \"%s\"\n", i, why,
				controls[i].says ? controls[i].says : "");
			return 1;
		}
		if (!well)
			printf("noticed: %s\n", why);
	}
	return 0;
}
