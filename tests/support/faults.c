#include "faults.h"

#include "base/arena.h"

#include "build.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- memory ---- */

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t each);
void *__real_realloc(void *at, size_t bytes);
void __real_free(void *at);
void *__real_arena_alloc(struct arena *a, size_t bytes);
void *__real_arena_array(struct arena *a, size_t count, size_t each);
struct span __real_arena_copy(struct arena *a, struct span bytes);
char *__real_arena_str(struct arena *a, struct span text);

ptrdiff_t __real_utf8proc_map(const uint8_t *text, ptrdiff_t len, uint8_t **out, int options);

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t each);
void *__wrap_realloc(void *at, size_t bytes);
void __wrap_free(void *at);
void *__wrap_arena_alloc(struct arena *a, size_t bytes);
void *__wrap_arena_array(struct arena *a, size_t count, size_t each);
struct span __wrap_arena_copy(struct arena *a, struct span bytes);
char *__wrap_arena_str(struct arena *a, struct span text);
char *__wrap_arena_printf(struct arena *a, const char *fmt, ...) BASE_PRINTF(2, 3);
ptrdiff_t __wrap_utf8proc_map(const uint8_t *text, ptrdiff_t len, uint8_t **out, int options);

static struct {
	bool on, rest;
	uint64_t asked; /* allocations asked for while on */
	uint64_t at;    /* the one that fails, 0 none */
	bool hit;
	int64_t live; /* blocks */
	/* the store */
	struct kv *kv;
	uint64_t kv_asked, kv_at, kv_from;
	bool kv_hit;
} f;

static bool refused(void)
{
	if (!f.on)
		return false;
	f.asked++;
	if (!f.at || (f.rest ? f.asked < f.at : f.asked != f.at))
		return false;
	return f.hit = true;
}

static void *counted(void *p)
{
	f.live += p ? 1 : 0;
	return p;
}

void *__wrap_malloc(size_t bytes)
{
	return refused() ? NULL : counted(__real_malloc(bytes));
}

void *__wrap_calloc(size_t count, size_t each)
{
	return refused() ? NULL : counted(__real_calloc(count, each));
}

void *__wrap_realloc(void *at, size_t bytes)
{
	if (refused())
		return NULL;
	return at ? __real_realloc(at, bytes) : counted(__real_realloc(at, bytes));
}

void __wrap_free(void *at)
{
	f.live -= at ? 1 : 0;
	__real_free(at);
}

void *__wrap_arena_alloc(struct arena *a, size_t bytes)
{
	return refused() ? NULL : __real_arena_alloc(a, bytes);
}

void *__wrap_arena_array(struct arena *a, size_t count, size_t each)
{
	return refused() ? NULL : __real_arena_array(a, count, each);
}

struct span __wrap_arena_copy(struct arena *a, struct span bytes)
{
	return bytes.len && refused() ? (struct span){ NULL, 0 } : __real_arena_copy(a, bytes);
}

char *__wrap_arena_str(struct arena *a, struct span text)
{
	return refused() ? NULL : __real_arena_str(a, text);
}

/* There is no way to pass its arguments on, so it is made here. */
char *__wrap_arena_printf(struct arena *a, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	if (refused())
		return NULL;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return __real_arena_str(a, span_str(text));
}

/* What it makes is ours to free. */
ptrdiff_t __wrap_utf8proc_map(const uint8_t *text, ptrdiff_t len, uint8_t **out, int options)
{
	ptrdiff_t got;

	*out = NULL;
	if (refused())
		return -1; /* UTF8PROC_ERROR_NOMEM */
	got = __real_utf8proc_map(text, len, out, options);
	counted(*out);
	return got;
}

/* ---- on and off ---- */

void faults_on(void)
{
	f.on = true;
	if (!f.kv)
		return;
	f.kv_from = kv_calls(f.kv);
	if (f.kv_at)
		kv_fail_at(f.kv, f.kv_from + (f.kv_at > f.kv_asked ? f.kv_at - f.kv_asked : 1),
			   ERR_IO, false);
}

void faults_off(void)
{
	f.on = false;
	if (!f.kv)
		return;
	f.kv_asked += kv_calls(f.kv) - f.kv_from;
	f.kv_hit = f.kv_at && f.kv_asked >= f.kv_at;
	kv_fail_at(f.kv, 0, ERR_NONE, false);
}

static void arm(enum fault_kind kind, uint64_t at, struct kv *kv)
{
	int64_t live = f.live;

	memset(&f, 0, sizeof(f));
	f.live = live;
	f.kv = kv;
	f.rest = kind == FAULT_ALLOC_REST;
	if (kind == FAULT_STORE)
		f.kv_at = at;
	else
		f.at = at;
}

/* ---- the sweep ---- */

static const char *const kind_names[FAULT_KINDS] = { "allocation", "allocation and those after it",
						     "store call" };

struct sweep {
	const struct fault_case *c;
	struct kv *before, *done; /* an undisturbed scene's store, and what it becomes */
	struct buf answer;
	enum fault_kind kind;
	uint64_t at;
	char *why;
};

static bool bad(struct sweep *s, const char *what, const char *more)
{
	snprintf(s->why, 256, "%s: %s %" PRIu64 ": %s%s%.120s", s->c->name, kind_names[s->kind],
		 s->at, what, *more ? ": " : "", more);
	return false;
}

static int differs(const struct fault_case *c, struct kv *got, struct kv *want, char where[96])
{
	where[0] = '\0';
	if (!got || !want)
		return 0;
	return c->differ ? c->differ(got, want, where) : kv_differ(got, want, where);
}

static struct kv *copy_of(struct kv *kv)
{
	struct kv *copy = NULL;
	struct err e = { 0 };

	if (kv)
		must(kv_mem_clone(&copy, kv, &e), &e, "copy a store");
	return copy;
}

static int act(struct sweep *s, struct fault_scene *scene)
{
	buf_reset(&scene->answer);
	err_clear(&scene->e);
	return s->c->act(scene);
}

static bool is_whole(struct sweep *s, struct fault_scene *scene, const char *what)
{
	char where[96];

	if (differs(s->c, scene->kv, s->done, where))
		return bad(s, what, where);
	if (!span_eq(buf_span(&scene->answer), buf_span(&s->answer)))
		return bad(s, what, "another answer");
	return true;
}

/* After an act under faults that gave `rc`. */
static bool judge(struct sweep *s, struct fault_scene *scene, int rc)
{
	enum err_code want = s->kind == FAULT_STORE ? ERR_IO : ERR_NOMEM;
	char where[96], text[160];

	if (rc == 0)
		return is_whole(s, scene, "reported as done, and is not");
	if (!s->c->any_error && (rc != -(int)want || scene->e.code != want)) {
		snprintf(text, sizeof(text), "%s, %.100s",
			 err_code_name(rc > -ERR_CODES ? (enum err_code) - rc : ERR_NONE),
			 scene->e.msg);
		return bad(s, "reported as something else", text);
	}
	if (!s->c->steps && differs(s->c, scene->kv, s->before, where) &&
	    (!s->c->either || differs(s->c, scene->kv, s->done, where)))
		return bad(s, "failed and left something", where);
	rc = act(s, scene);
	if (rc) {
		snprintf(text, sizeof(text), "%d, %.100s", rc, scene->e.msg);
		return bad(s, "does not work afterwards", text);
	}
	return is_whole(s, scene, "another outcome afterwards");
}

/* 1: struck; 0: there is no such point any more; -1: not well. */
static int strike(struct sweep *s)
{
	int64_t live = f.live;
	struct fault_scene *scene;
	bool hit, well;
	int rc;

	arm(s->kind, 0, NULL);
	scene = s->c->open();
	arm(s->kind, s->at, scene->kv);
	rc = act(s, scene);
	hit = f.hit || f.kv_hit;
	arm(s->kind, 0, NULL);
	well = hit ? judge(s, scene, rc)
		   : rc == 0 && is_whole(s, scene, "undisturbed, and different");
	s->c->close(scene);
	if (well && f.live != live)
		well = bad(s, "memory lost", "");
	return !well ? -1 : hit;
}

/* What an undisturbed scene does, and how many points it has. */
static bool measure(struct sweep *s, uint64_t points[FAULT_KINDS])
{
	struct fault_scene *scene = s->c->open();
	int rc;

	s->before = copy_of(scene->kv);
	buf_init(&s->answer, scene->answer.max);
	arm(FAULT_ALLOC_ONE, 0, scene->kv);
	rc = act(s, scene);
	points[FAULT_ALLOC_ONE] = points[FAULT_ALLOC_REST] = f.asked;
	points[FAULT_STORE] = s->c->no_store ? 0 : f.kv_asked;
	arm(FAULT_ALLOC_ONE, 0, NULL);
	s->done = copy_of(scene->kv);
	buf_bytes(&s->answer, buf_span(&scene->answer));
	if (rc)
		bad(s, "undisturbed, and fails", scene->e.msg);
	s->c->close(scene);
	return rc == 0;
}

bool faults_sweep(const struct fault_case *c, size_t most, uint64_t round, char why[256])
{
	struct sweep s = { .c = c, .why = why };
	uint64_t points[FAULT_KINDS] = { 0 }, struck = 0;
	bool well = measure(&s, points);
	int got = 1;

	for (int kind = 0; well && kind < FAULT_KINDS; kind++) {
		uint64_t step = 1 + points[kind] / most;

		s.kind = (enum fault_kind)kind;
		got = points[kind] ? 1 : 0;
		for (s.at = 1 + round % step; got > 0; s.at += step) {
			got = strike(&s);
			struck += got > 0;
		}
		well = got == 0;
	}
	if (well && (!struck || points[FAULT_ALLOC_ONE] + points[FAULT_STORE] < c->least)) {
		snprintf(why, 256, "%s: only %" PRIu64 " points at which it can fail", c->name,
			 points[FAULT_ALLOC_ONE] + points[FAULT_STORE]);
		well = false;
	}
	if (well)
		printf("%-24s %5" PRIu64 " allocations, %5" PRIu64 " store calls: %" PRIu64
		       " failures\n",
		       c->name, points[FAULT_ALLOC_ONE], points[FAULT_STORE], struck);
	fflush(stdout);
	kv_close(s.before);
	kv_close(s.done);
	buf_fini(&s.answer);
	return well;
}

void faults_run(const struct fault_case *cases, size_t count, size_t most, int argc, char **argv)
{
	const char *only = argc > 1 && strcmp(argv[1], "all") ? argv[1] : NULL;
	uint64_t round = (uint64_t)time(NULL) / 86400;
	char why[256];

#if defined(__SANITIZE_ADDRESS__)
	most = most / 2 + 1;
#endif
	if (argc > 2)
		most = (size_t)strtoul(argv[2], NULL, 10);
	if (argc > 3)
		round = strtoull(argv[3], NULL, 10);
	printf("%zu points of a kind, round %" PRIu64 "\n", most, round);
	for (size_t i = 0; i < count; i++) {
		if (only && strcmp(only, cases[i].name))
			continue;
		if (!most || !faults_sweep(&cases[i], most, round, why)) {
			fprintf(stderr, "%s\n", most ? why : "usage: [CASE|all [POINTS [ROUND]]]");
			exit(1);
		}
	}
}
