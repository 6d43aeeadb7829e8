/* Everything a scene asks for may be missing: the n-th allocation, or the n-th call of its store, fails for
 * n = 1, 2, ... until the scene gets through, and after each failure it is looked at whether anybody
 * noticed, whether anything was half done, whether memory was lost, and whether the same then works.
 *
 * The linker leads malloc, calloc, realloc, free and the calls of base/arena.h here (CMake: fault_test), in
 * the product's libraries and in the test alike; what other libraries allocate for themselves is theirs. */
#ifndef SUPPORT_FAULTS_H
#define SUPPORT_FAULTS_H

#include "base/buf.h"
#include "kv/kv.h"

enum fault_kind {
	FAULT_ALLOC_ONE,  /* one allocation fails, those after it do not */
	FAULT_ALLOC_REST, /* memory is gone from the n-th on */
	FAULT_STORE,      /* the store fails from the n-th call on (-ERR_IO) */
	FAULT_KINDS
};

/* A scene is any struct of the test's that begins with this. */
struct fault_scene {
	struct kv *kv;     /* whose bytes are compared, and whose calls fail */
	struct buf answer; /* what was answered; reset before each act */
	struct err e;
};

struct fault_case {
	const char *name;
	/* A scene, the same each time. Nothing fails in here. */
	struct fault_scene *(*open)(void);
	void (*close)(struct fault_scene *s); /* ends its scenes */
	/* 0, or the negative error of the product. Its calls stand between faults_on() and faults_off();
	 * elsewhere nothing fails. Can be done again on the same scene after it failed. */
	int (*act)(struct fault_scene *s);
	/* How a store differs from that of a scene that was not disturbed: NULL compares every row. */
	int (*differ)(struct kv *got, struct kv *want, char where[96]);
	bool steps;  /* commits as it goes: what is done before the failure may stay */
	bool either; /* may fail before what it does or after it, in telling so; nothing between */
	bool any_error; /* what it returns is its own translation of the failure */
	bool no_store;  /* it makes no call of the store: FAULT_STORE is left out */
	size_t least;   /* fewer allocations and store calls than this together: it tests nothing */
};

void faults_on(void);
void faults_off(void);

/* All kinds. Above `most` points each is drawn from an even grid, which begins one further in each round: as many
 * rounds as its step is wide strike every point. false: *why says what was found, at which point. Prints a line of
 * what was done. */
bool faults_sweep(const struct fault_case *c, size_t most, uint64_t round, char why[256]);

/* A whole program: [CASE|all [POINTS [ROUND]]]. Every case, or that one; the first that is not well ends it. `most`
 * points of a kind where no number is given, under a sanitizer half of them. The round is the number of the day where
 * none is given: the widest step is 12 (1,792 allocations of `verify` by 150), so 12 days in a row leave nothing out,
 * and a million points do it at once. */
void faults_run(const struct fault_case *cases, size_t count, size_t most, int argc, char **argv);
#endif
