/* A code typed from a card: what is taken prints back as the same code. */
#include "fuzz.h"

#include "crypto/code.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[CODE_TEXT_MAX];
	struct code code, again;
	struct err e = { 0 };
	unsigned bad = 99;

	if (code_parse(&code, &bad, span_of(data, size), &e)) {
		assert(bad <= 7 && e.msg[0]);
		return 0;
	}
	code_text(text, &code);
	assert(!code_parse(&again, &bad, span_str(text), &e));
	assert(!memcmp(&code, &again, sizeof(code)));
	return 0;
}
