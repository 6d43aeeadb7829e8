/* A form file: what parses has measures in order, parents that exist, and rules that can be judged. */
#include "fuzz.h"

#include "base/err.h"
#include "domain/form.h"

static struct operand give(void *ctx, enum rule_function function, uint16_t measure)
{
	(void)ctx;
	return (struct operand){ .known = (measure + function) % 3,
				 .value = (int64_t)measure << 40 };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule_source source = { .get = give };
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };
	struct form *f;

	assert(a);
	if (form_parse(&f, span_of(data, size), a, &e)) {
		assert(e.msg[0]);
	} else {
		assert(f->measure_count <= MEASURES_MAX && f->no);
		for (size_t i = 0; i < f->measure_count; i++) {
			assert(!i || f->measures[i - 1].no < f->measures[i].no);
			assert(!f->measures[i].parent || form_measure(f, f->measures[i].parent));
		}
		for (size_t i = 0; i < f->rule_count; i++)
			(void)rule_judge(&f->rules[i], &source, NULL, NULL);
	}
	arena_free(a);
	return 0;
}
