/* A stored sheet: what decodes encodes to the same bytes. */
#include "fuzz.h"

#include "base/err.h"
#include "domain/sheet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sheet s;
	struct err e = { 0 };
	struct buf b;

	if (sheet_decode(&s, span_of(data, size), &e))
		return 0;
	buf_init(&b, 1 << 20);
	sheet_encode(&b, &s);
	assert(span_eq(buf_span(&b), span_of(data, size)));
	(void)sheet_status(&s);
	(void)sheet_contested(&s, 7);
	buf_fini(&b);
	return 0;
}
