#include "base/text.h"

#include "base/buf.h"

/* To letters and combining marks; NFC is made of them by whoever reads the text. */

/* TCVN3 from 0xA0 on; what stands for no letter is "". */
static const char *const tcvn3[96] = {
	"",  "Ă", "Â", "Ê", "Ô", "Ơ", "Ư", "Đ", "ă", "â", "ê", "ô", "ơ", "ư", "đ", "",  /* A0 */
	"",  "",  "",  "",  "",  "à", "ả", "ã", "á", "ạ", "",  "ằ", "ẳ", "ẵ", "ắ", "",  /* B0 */
	"",  "",  "",  "",  "",  "",  "ặ", "ầ", "ẩ", "ẫ", "ấ", "ậ", "è", "",  "ẻ", "ẽ", /* C0 */
	"é", "ẹ", "ề", "ể", "ễ", "ế", "ệ", "ì", "ỉ", "",  "",  "",  "ĩ", "í", "ị", "ò", /* D0 */
	"",  "ỏ", "õ", "ó", "ọ", "ồ", "ổ", "ỗ", "ố", "ộ", "ờ", "ở", "ỡ", "ớ", "ợ", "ù", /* E0 */
	"",  "ủ", "ũ", "ú", "ụ", "ừ", "ử", "ữ", "ứ", "ự", "ỳ", "ỷ", "ỹ", "ý", "ỵ", "",  /* F0 */
};

#define GRAVE "\xCC\x80"
#define ACUTE "\xCC\x81"
#define CIRCUMFLEX "\xCC\x82"
#define TILDE "\xCC\x83"
#define BREVE "\xCC\x86"
#define HOOK "\xCC\x89"
#define DOT "\xCC\xA3"

/* VNI: a capital's byte is 0x20 below. Marks follow a plain letter, whose case is its own. */
static const struct {
	uint8_t byte;
	bool mark;
	const char *lower, *upper;
} vni[] = {
	{ 0xF9, true, ACUTE, ACUTE },
	{ 0xF8, true, GRAVE, GRAVE },
	{ 0xFB, true, HOOK, HOOK },
	{ 0xF5, true, TILDE, TILDE },
	{ 0xEF, true, DOT, DOT },
	{ 0xE2, true, CIRCUMFLEX, CIRCUMFLEX },
	{ 0xE1, true, CIRCUMFLEX ACUTE, CIRCUMFLEX ACUTE },
	{ 0xE0, true, CIRCUMFLEX GRAVE, CIRCUMFLEX GRAVE },
	{ 0xE5, true, CIRCUMFLEX HOOK, CIRCUMFLEX HOOK },
	{ 0xE3, true, CIRCUMFLEX TILDE, CIRCUMFLEX TILDE },
	{ 0xE4, true, CIRCUMFLEX DOT, CIRCUMFLEX DOT },
	{ 0xEA, true, BREVE, BREVE },
	{ 0xE9, true, BREVE ACUTE, BREVE ACUTE },
	{ 0xE8, true, BREVE GRAVE, BREVE GRAVE },
	{ 0xFA, true, BREVE HOOK, BREVE HOOK },
	{ 0xFC, true, BREVE TILDE, BREVE TILDE },
	{ 0xEB, true, BREVE DOT, BREVE DOT },
	{ 0xF1, false, "đ", "Đ" },
	{ 0xF4, false, "ơ", "Ơ" },
	{ 0xF6, false, "ư", "Ư" },
	{ 0xEE, false, "ỵ", "Ỵ" },
	{ 0xEC, false, "ì", "Ì" },
	{ 0xED, false, "í", "Í" },
	{ 0xE6, false, "ỉ", "Ỉ" },
	{ 0xF3, false, "ĩ", "Ĩ" },
	{ 0xF2, false, "ị", "Ị" },
};

static bool is_vni_vowel(uint8_t before)
{
	return before && (strchr("aeiouyAEIOUY", before) || before == 0xF4 || before == 0xF6 ||
			  before == 0xD4 || before == 0xD6);
}

static const char *from_vni(uint8_t byte, uint8_t before)
{
	bool upper = byte >= 0xC0 && byte < 0xE0;
	uint8_t lower = upper ? (uint8_t)(byte + 0x20) : byte;

	for (size_t i = 0; i < ARRAY_LEN(vni); i++)
		if (vni[i].byte == lower && (!vni[i].mark || is_vni_vowel(before)))
			return upper ? vni[i].upper : vni[i].lower;
	return "";
}

int text_from_legacy(struct buf *out, struct span text, const char *encoding, struct err *e)
{
	bool is_tcvn3 = !strcmp(encoding, "TCVN3");

	if (!is_tcvn3 && strcmp(encoding, "VNI"))
		return err_set(e, ERR_UNSUPPORTED, "text in %s cannot be converted", encoding);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];
		const char *letter;

		if (byte < 0x80) {
			buf_u8(out, byte);
			continue;
		}
		if (is_tcvn3)
			letter = byte >= 0xA0 ? tcvn3[byte - 0xA0] : "";
		else
			letter = from_vni(byte, i ? text.data[i - 1] : 0);
		if (!*letter)
			return err_set(e, ERR_INVALID, "byte %zu is no letter of %s", i + 1,
				       encoding);
		buf_bytes(out, span_str(letter));
	}
	return out->failed ? err_set(e, ERR_NOMEM, "no memory to convert the text") : 0;
}
