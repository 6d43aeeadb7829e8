#include "base/arena.h"

#include <criterion/criterion.h>
#include <stdalign.h>
#include <stdlib.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t each);
void *__real_realloc(void *at, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t each);
void *__wrap_realloc(void *at, size_t bytes);

static int calls_left = -1; /* then no memory; negative: never */
static size_t handed_out;

static bool refuse(size_t bytes)
{
	handed_out += bytes;
	return calls_left >= 0 && calls_left-- == 0 ? (calls_left = 0, true) : false;
}

void *__wrap_malloc(size_t bytes)
{
	return refuse(bytes) ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t each)
{
	return refuse(count * each) ? NULL : __real_calloc(count, each);
}

void *__wrap_realloc(void *at, size_t bytes)
{
	return refuse(bytes) ? NULL : __real_realloc(at, bytes);
}

Test(arena, loans_are_aligned_zeroed_and_apart)
{
	struct arena *a = arena_new(1 << 20);
	uint8_t *loan[200];

	for (size_t round = 0; round < 2; round++) { /* the second time in used memory */
		for (size_t i = 0; i < 200; i++) {
			loan[i] = arena_alloc(a, i * 7);
			cr_assert_not_null(loan[i]);
			cr_assert_eq((uintptr_t)loan[i] % alignof(max_align_t), 0u);
			for (size_t j = 0; j < i * 7; j++)
				cr_assert_eq(loan[i][j], 0);
			memset(loan[i], (int)i, i * 7);
		}
		for (size_t i = 0; i < 200; i++)
			for (size_t j = 0; j < i * 7; j++)
				cr_assert_eq(loan[i][j], i);
		cr_assert_geq(arena_used(a), 199u * 200 / 2 * 7);
		arena_reset(a);
		cr_assert_eq(arena_used(a), 0u);
	}
	arena_free(a);
	arena_free(NULL);
}

Test(arena, the_budget_holds)
{
	struct arena *a = arena_new(1000);
	size_t lent = 0;

	cr_assert_null(arena_alloc(a, 1001));
	cr_assert_null(arena_alloc(a, SIZE_MAX));
	cr_assert_null(arena_alloc(a, SIZE_MAX - 40));
	while (arena_alloc(a, 16))
		lent += 16;
	cr_assert_eq(lent, 992u);
	cr_assert_leq(arena_used(a), 1000u);
	arena_reset(a);
	cr_assert_not_null(arena_alloc(a, 992));
	cr_assert_null(arena_alloc(a, 9));
	arena_free(a);
}

/* Awkward sizes must not cost the system much more than they count against the budget. */
Test(arena, little_is_wasted)
{
	struct arena *a = arena_new(1 << 20);

	handed_out = 0;
	for (size_t i = 0; arena_alloc(a, i % 2 ? 4000 : 20000); i++)
		;
	cr_assert_gt(arena_used(a), (size_t)((1 << 20) - 20016));
	cr_assert_lt(handed_out, (size_t)(1 << 20) * 4 / 3);
	arena_free(a);
}

Test(arena, products_are_checked)
{
	struct arena *a = arena_new(SIZE_MAX);

	cr_assert_null(arena_array(a, SIZE_MAX / 2, 3));
	cr_assert_null(arena_array(a, 3, SIZE_MAX / 2));
	cr_assert_not_null(arena_array(a, 3, 100));
	cr_assert_not_null(arena_array(a, 0, 100));
	arena_free(a);
}

Test(arena, copies)
{
	struct arena *a = arena_new(200);
	char text[] = "kết nạp";
	struct span copy = arena_copy(a, span_str(text));
	char *str = arena_str(a, span_of(text, 4));

	text[0] = 'X';
	cr_assert(span_eq(copy, SPAN_LIT("kết nạp")));
	cr_assert_eq(strlen(str), 4u);
	cr_assert_str_eq(arena_printf(a, "%d-%s", 5, "x"), "5-x");
	cr_assert_not_null(arena_copy(a, span_of(NULL, 0)).data);
	cr_assert_str_eq(arena_str(a, span_of(NULL, 0)), "");
	cr_assert_null(arena_printf(a, "%300d", 1));
	cr_assert_null(arena_str(a, span_of(text, SIZE_MAX)));
	while (arena_alloc(a, 1))
		;
	cr_assert_null(arena_copy(a, span_str(text)).data);
	cr_assert_eq(arena_copy(a, span_str(text)).len, 0u);
	arena_free(a);
}

Test(arena, memory_runs_out)
{
	for (int calls = 0; calls < 6; calls++) {
		struct arena *a;
		int got = 0;

		calls_left = calls;
		a = arena_new(1 << 20);
		cr_assert_eq(a != NULL, calls > 0);
		for (int i = 0; a && i < 100; i++)
			got += arena_alloc(a, 5000) != NULL;
		calls_left = -1;
		cr_assert_eq(got, calls > 0 ? calls - 1 : 0, "calls %d got %d", calls, got);
		if (a)
			cr_assert_not_null(arena_alloc(a, 10));
		arena_free(a);
	}
}

Test(arena, reset_keeps_little)
{
	struct arena *a = arena_new(1 << 24);

	arena_alloc(a, 10);
	arena_alloc(a, 1 << 22);
	arena_reset(a);
	handed_out = 0;
	arena_alloc(a, 100);
	cr_assert_eq(handed_out, 0u, "the kept chunk serves");
	arena_alloc(a, 1 << 22);
	cr_assert_gt(handed_out, (size_t)1 << 22, "the large one was given back");
	arena_free(a);
	a = arena_new(1 << 24);
	arena_alloc(a, 1 << 22);
	arena_reset(a);
	handed_out = 0;
	arena_alloc(a, 100);
	cr_assert_gt(handed_out, 0u, "the large one was given back");
	arena_free(a);
}
