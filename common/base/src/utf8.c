#include "utf8.h"

#include <string.h>
#include <utf8proc.h>

size_t utf8_step(int32_t *cp, const uint8_t *at, size_t left)
{
	utf8proc_ssize_t took;

	if (!left)
		return 0;
	if (at[0] < 0x80) {
		*cp = at[0];
		return 1;
	}
	took = utf8proc_iterate(at, left < 4 ? (utf8proc_ssize_t)left : 4, cp);
	return took > 0 ? (size_t)took : 0;
}

size_t utf8_cut(const char *text, size_t len)
{
	size_t back = 0;
	uint8_t lead;
	size_t need;

	while (back < 3 && back < len && ((uint8_t)text[len - 1 - back] & 0xC0) == 0x80)
		back++;
	if (back == len)
		return len;
	lead = (uint8_t)text[len - 1 - back];
	need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	return need > back + 1 ? len - 1 - back : len;
}

bool utf8_is_control(int32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0);
}

enum { WORD = sizeof(uint64_t) };

/* Eight plain bytes, 0x20 to 0x7E: most of what is checked is of such. */
static bool plain_word(const uint8_t *at)
{
	const uint64_t each = UINT64_C(0x0101010101010101), top = each * 0x80;
	uint64_t w;

	memcpy(&w, at, WORD);
	/* while no byte has its highest bit, adding 1 sets it in 0x7F, adding 0x60 in 0x20 and more: nothing carries */
	return !((w | (w + each)) & top) && ((w + each * 0x60) & top) == top;
}

bool utf8_check(struct span text, bool crlf, size_t *bad_at)
{
	size_t i = 0;

	while (i < text.len) {
		int32_t cp = 0;
		size_t step;
		bool line_end;

		if (text.len - i >= WORD && plain_word(text.data + i)) {
			i += WORD;
			continue;
		}
		step = utf8_step(&cp, text.data + i, text.len - i);
		line_end = crlf && cp == '\r' && i + 1 < text.len && text.data[i + 1] == '\n';

		if (!step || (utf8_is_control(cp) && cp != '\t' && cp != '\n' && !line_end)) {
			if (bad_at)
				*bad_at = i;
			return false;
		}
		i += step;
	}
	return true;
}
