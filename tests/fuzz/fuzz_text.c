/* Text as people write it: folding and comparing never fail on what is valid, and comparing is an order. */
#include "fuzz.h"

#include "base/dates.h"
#include "base/text.h"

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span a = span_of(data, size / 2), b = span_of(data + size / 2, size - size / 2);
	char out[8192];
	struct err e = { 0 };
	struct period p;
	int64_t ms;

	(void)text_guess_legacy(span_of(data, size));
	(void)period_parse(&p, a, &e);
	(void)instant_parse(&ms, b, &e);
	if (!text_valid(a, NULL) || !text_valid(b, NULL) || size > 1024)
		return 0;
	assert(!text_nfc(out, sizeof(out), NULL, a, &e));
	assert(!text_fold(out, sizeof(out), NULL, a, &e));
	assert(sign(text_vi_cmp(a, b)) == -sign(text_vi_cmp(b, a)));
	assert(!text_vi_cmp(a, a));
	return 0;
}
