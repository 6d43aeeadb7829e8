#include "base/text.h"

#include <assert.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

static const struct {
	const char *bytes;
	size_t len;
	bool valid;
	size_t bad_at;
} validity[] = {
	{ "", 0, true, 0 },
	{ "Kết nạp\tđảng\n", 20, true, 0 },
	{ "a\0b", 3, false, 1 },
	{ "ab\r\n", 4, false, 2 },
	{ "a\x1b", 2, false, 1 },
	{ "\x7f", 1, false, 0 },
	{ "a\xc2\x85", 3, false, 1 }, /* C1 */
	{ "a\xc3", 2, false, 1 },     /* cut */
	{ "\xe1\xba", 2, false, 0 },
	{ "\xc0\xaf", 2, false, 0 }, /* overlong */
	{ "\xe0\x80\xaf", 3, false, 0 },
	{ "\xed\xa0\x80", 3, false, 0 },     /* surrogate */
	{ "\xf4\x90\x80\x80", 4, false, 0 }, /* beyond Unicode */
	{ "\xf4\x8f\xbf\xbd", 4, true, 0 },
	{ "ab\x80", 3, false, 2 },
	{ "\xff", 1, false, 0 },
};

/* Plain bytes are passed over eight at a time: every byte at every place among them. */
Test(text, one_bad_byte_among_plain_ones)
{
	char text[24];

	for (size_t at = 0; at < sizeof(text); at++) {
		for (unsigned byte = 0; byte <= UINT8_MAX; byte++) {
			bool valid = (byte >= 0x20 && byte < 0x7f) || byte == '\t' || byte == '\n';
			size_t bad_at = at;

			for (size_t i = 0; i < sizeof(text); i++)
				text[i] = i % 3 ? '~' : ' ';
			text[at] = (char)byte;
			cr_assert_eq(text_valid(span_of(text, sizeof(text)), &bad_at), valid,
				     "byte %02x at %zu", byte, at);
			cr_assert_eq(bad_at, at);
		}
	}
}

Test(text, valid)
{
	for (size_t i = 0; i < ARRAY_LEN(validity); i++) {
		size_t at = 0;
		struct span s = span_of(validity[i].bytes, validity[i].len);

		cr_assert_eq(text_valid(s, &at), validity[i].valid, "%zu", i);
		cr_assert_eq(at, validity[i].bad_at, "%zu", i);
		cr_assert_eq(text_valid(s, NULL), validity[i].valid);
	}
}

static const char *const tones[] = {
	"", "\xCC\x80", "\xCC\x89", "\xCC\x83", "\xCC\x81", "\xCC\xA3"
};
static const char *const lower_letters[] = {
	"a", "ă", "â", "b", "c", "d", "đ", "e", "ê", "g", "h", "i", "k", "l", "m",
	"n", "o", "ô", "ơ", "p", "q", "r", "s", "t", "u", "ư", "v", "x", "y",
};
static const char *const upper_letters[] = {
	"A", "Ă", "Â", "B", "C", "D", "Đ", "E", "Ê", "G", "H", "I", "K", "L", "M",
	"N", "O", "Ô", "Ơ", "P", "Q", "R", "S", "T", "U", "Ư", "V", "X", "Y",
};
static const char folded[] = "aaabcddeeghiklmnooopqrstuuvxy";
enum { LETTERS = 29, TONES = 6 };
static_assert(ARRAY_LEN(lower_letters) == LETTERS, "the alphabet");

/* Letter and tone, composed or taken apart, into out. */
static void spell(char out[16], size_t letter, size_t tone, bool upper, bool nfd)
{
	char joined[16];
	utf8proc_uint8_t *form;

	snprintf(joined, sizeof(joined), "%s%s", (upper ? upper_letters : lower_letters)[letter],
		 tones[tone]);
	form = nfd ? utf8proc_NFD((const utf8proc_uint8_t *)joined)
		   : utf8proc_NFC((const utf8proc_uint8_t *)joined);
	snprintf(out, 16, "%s", (const char *)form);
	free(form);
}

Test(text, every_letter_and_tone_normalises)
{
	for (size_t letter = 0; letter < LETTERS; letter++) {
		for (size_t tone = 0; tone < TONES * 2; tone++) {
			char nfc[16], nfd[16], out[16];
			size_t len = 0;

			spell(nfc, letter, tone / 2, tone & 1, false);
			spell(nfd, letter, tone / 2, tone & 1, true);
			cr_assert_eq(text_nfc(out, sizeof(out), &len, span_str(nfd), NULL), 0);
			cr_assert_str_eq(out, nfc);
			cr_assert_eq(len, strlen(nfc));
			cr_assert_eq(text_nfc(out, sizeof(out), NULL, span_str(nfc), NULL), 0);
			cr_assert_str_eq(out, nfc);
		}
	}
}

Test(text, every_letter_and_tone_folds)
{
	for (size_t letter = 0; letter < LETTERS; letter++) {
		for (size_t tone = 0; tone < TONES * 4; tone++) {
			char text[16], out[16];
			size_t len = 0;

			spell(text, letter, tone / 4, tone & 1, tone & 2);
			cr_assert_eq(text_fold(out, sizeof(out), &len, span_str(text), NULL), 0);
			cr_assert_eq(len, 1u, "%s: %s", text, out);
			cr_assert_eq(out[0], folded[letter], "%s: %s", text, out);
		}
	}
}

static const struct {
	const char *text, *want;
} folds[] = {
	{ "Đường Trần Hưng Đạo", "duong tran hung dao" },
	{ "  ĐẢNG   BỘ\t\nxã ", "dang bo xa" },
	{ "a\xC2\xA0\xE3\x80\x80"
	  "b",
	  "a b" },
	{ "", "" },
	{ " \t", "" },
	{ "Ðà Nẵng", "da nang" }, /* eth, as converters write it */
	{ "Chi bộ 2/9, số 1.336", "chi bo 2/9, so 1.336" },
	{ "Ünïté ẞ", "unite ss" },
	{ "a\xE2\x80\x8B"
	  "b",
	  "ab" }, /* zero-width space */
};

Test(text, fold)
{
	for (size_t i = 0; i < ARRAY_LEN(folds); i++) {
		char out[64], again[64];

		cr_assert_eq(text_fold(out, sizeof(out), NULL, span_str(folds[i].text), NULL), 0);
		cr_assert_str_eq(out, folds[i].want, "%s", out);
		cr_assert_eq(text_fold(again, sizeof(again), NULL, span_str(out), NULL), 0);
		cr_assert_str_eq(again, out);
	}
}

Test(text, the_room_holds)
{
	static const char nfd[] = "Ke\xCC\x82\xCC\x81t na\xCC\xA3p";
	char out[32];
	struct err e = { 0 };

	for (size_t room = 0; room < 20; room++) {
		memset(out, 'Z', sizeof(out));
		cr_assert_eq(text_nfc(out, room, NULL, span_str(nfd), &e),
			     room > 11 ? 0 : -ERR_RANGE, "%zu", room);
		cr_assert_eq(out[room], 'Z');
		memset(out, 'Z', sizeof(out));
		cr_assert_eq(text_fold(out, room, NULL, span_str(nfd), &e),
			     room > 7 ? 0 : -ERR_RANGE, "%zu", room);
		cr_assert_eq(out[room], 'Z');
	}
	cr_assert_eq(text_nfc(out, 3, NULL, SPAN_LIT("abc"), &e), -ERR_RANGE);
	cr_assert_eq(text_nfc(out, 4, NULL, SPAN_LIT("abc"), &e), 0);
	cr_assert_eq(text_nfc(out, 1, NULL, span_of(NULL, 0), &e), 0);
	cr_assert_str_eq(out, "");
	cr_assert_eq(text_fold(out, 1, NULL, span_of(NULL, 0), &e), 0);
	cr_assert_str_eq(out, "");
	cr_assert_eq(text_nfc(out, 9, NULL, SPAN_LIT("ab\xff"), &e), -ERR_INVALID);
	cr_assert_str_eq(e.msg, "not well-formed text: byte 0xff at offset 2");
	cr_assert_eq(text_fold(out, 9, NULL, SPAN_LIT("\xff"), &e), -ERR_INVALID);
}

static int cmp(const char *a, const char *b)
{
	int order = text_vi_cmp(span_str(a), span_str(b));
	int back = text_vi_cmp(span_str(b), span_str(a));

	cr_assert((order > 0) == (back < 0) && (order < 0) == (back > 0), "%s %s", a, b);
	return order;
}

/* All 29 letters in all tones: first the letter, then the tone, then the case; NFC and NFD equal. */
Test(text, order_of_letters_and_tones)
{
	for (size_t i = 0; i < LETTERS * TONES * 2; i++) {
		char a[16], a_nfd[16];

		spell(a, i / 12, i / 2 % TONES, i & 1, false);
		spell(a_nfd, i / 12, i / 2 % TONES, i & 1, true);
		cr_assert_eq(cmp(a, a_nfd), 0, "%s", a);
		for (size_t j = i + 1; j < LETTERS * TONES * 2; j++) {
			char b[16];

			spell(b, j / 12, j / 2 % TONES, j & 1, j % 3 == 0);
			cr_assert_lt(cmp(a, b), 0, "%s before %s", a, b);
			cr_assert_lt(cmp(a_nfd, b), 0, "%s before %s", a, b);
		}
	}
}

/* Compared each with each, in no particular order. */
static const char *const words[] = {
	"",    "(a)", "1",   "10",      "2",          "a",     "A",          "à",       "ả",
	"ã",   "á",   "ạ",   "ai",      "an",         "An",    "an ba",      "An Bình", "an ca",
	"àn",  "anh", "ăn",  "ân",      "ba",         "Bắc",   "Bạc Liêu B", "bạch",    "bắc",
	"cao", "da",  "dư",  "đa",      "Đà Nẵng",    "đỏ",    "em",         "êm",      "fa",
	"ga",  "hoa", "hòa", "hoà",     "hoa hồng",   "hoàng", "jo",         "ka",      "oanh",
	"ôm",  "ơn",  "phu", "Thủ Đức", "Thừa Thiên", "tiên",  "tiền",       "uy",      "ưu",
	"vi",  "wi",  "xa",  "ý",       "zi",         "日",
};

Test(text, order_of_words)
{
	cr_assert_neq(cmp("hòa", "hoà"), 0);
	cr_assert_lt(cmp("hoà", "hóa"), 0, "the tone before its place");
	cr_assert_lt(cmp("hòa", "hoá"), 0, "the tone before its place");
	cr_assert_lt(cmp("hoa hồng", "hòa"), 0, "word by word");
	cr_assert_lt(cmp("hoa hồng", "hoàng"), 0, "a shorter word first");
	cr_assert_lt(cmp("dư", "đa"), 0, "đ is a letter of its own");
	cr_assert_lt(cmp("zi", "日"), 0);
	cr_assert_gt(cmp("đa", "dz"), 0);
	cr_assert_lt(cmp("đz", "ea"), 0);
	cr_assert_lt(cmp("Bạc", "Bắc"), 0, "letters before tones");
	cr_assert_lt(cmp("bán", "bàng"), 0);
	cr_assert_lt(cmp("bà", "bá"), 0);
	cr_assert_lt(cmp("a", "A"), 0);
	cr_assert_lt(cmp("AN", "ăn"), 0);
	cr_assert_lt(cmp("An", "an ba"), 0);
	cr_assert_lt(cmp("chi bộ An", "Chi bộ Ba"), 0, "the case decides last");
	cr_assert_lt(cmp("Chi bộ An", "chi bộ Ba"), 0, "the case decides last");
	cr_assert_eq(text_vi_cmp(span_of(NULL, 0), SPAN_LIT("")), 0);
	cr_assert_eq(cmp("  Hà\t Nội ", "Hà Nội"), 0);
	cr_assert_lt(cmp("9", "a"), 0);
	cr_assert_lt(cmp("", "a"), 0);
	cr_assert_neq(cmp("\xff", "\xfe"), 0, "an order even of what is no text");
	cr_assert_neq(cmp("e\xCC\x88", "e"), 0, "foreign marks count last");
	cr_assert_lt(cmp("e\xCC\x88", "f"), 0);
	cr_assert_eq(cmp("e\xCC\xA3\xCC\x82", "ệ"), 0);
	cr_assert_eq(cmp("e\xCC\x82\xCC\xA3", "ệ"), 0);
	cr_assert_eq(cmp("\xDD\x86\xD9\x8F", "\xD9\x8F\xDD\x86"), 0, "marks without a letter");
	cr_assert_eq(cmp("각", "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8"), 0, "whatever the script");
	cr_assert_eq(cmp("a\xCC\x81\xCC\xA3", "a\xCC\xA3\xCC\x81"), 0,
		     "equal by Unicode, if no tone");
}

Test(text, order_is_transitive)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		for (size_t j = 0; j < ARRAY_LEN(words); j++)
			for (size_t k = 0; k < ARRAY_LEN(words); k++)
				if (cmp(words[i], words[j]) <= 0 && cmp(words[j], words[k]) <= 0)
					cr_assert_leq(cmp(words[i], words[k]), 0, "%s %s %s",
						      words[i], words[j], words[k]);
}

static const struct {
	const char *bytes;
	size_t len;
	const char *want;
} legacy[] = {
	/* Đảng bộ xã Hà Nội, kết nạp đảng viên */
	{ "\xA7\xB6ng b\xE9 x\xB7 H\xB5 N\xE9i, k\xD5t n\xB9p \xAE\xB6ng vi\xAAn", 0, "TCVN3" },
	{ "Th\xB5nh ph\xE8 H\xE5 Ch\xDD Minh", 0, "TCVN3" },
	{ "\xD1"
	  "a\xFBng bo\xE4 xa\xF5 Ha\xF8 No\xE4i, ke\xE1t na\xEFp \xF1"
	  "a\xFBng vie\xE2n",
	  0, "VNI" },
	{ "Tha\xF8nh pho\xE1 Ho\xE0 Ch\xED Minh", 0, "VNI" },
	{ "THA\xD8NH PHO\xC1 HO\xC0 CH\xCD MINH", 0, "VNI" },
	{ "Tr\xF6\xF4\xF8ng \xD1\xF4n D\xF6\xF4ng", 0, "VNI" },
	{ "\xFF\xFEH\0\xE0\0", 6, "UTF-16" },
	{ "\xFE\xFF\0H\0\xE0", 6, "UTF-16" },
	{ "u\0n\0i\0t\0,\0d\0\x11\x01\xBF\x1E", 16, "UTF-16" },
	{ "\0u\0n\0i\0t\0,\0d\x01\x11\x1E\xBF", 16, "UTF-16" },
	{ "r\xE9sum\xE9 caf\xE9", 0, NULL },                  /* Latin-1 */
	{ "Ha\xCC N\xF4\xF2i, k\xEA\xECt na\xF2p", 0, NULL }, /* Windows-1258 */
	{ "Hà Nội, kết nạp \xFF đảng viên", 0, NULL },        /* UTF-8 with one byte broken */
	{ "Kết nạp", 0, NULL },
	{ "na\xEFvet\xE9", 0, NULL }, /* one pair as in VNI, one not */
	{ "\xB7 "
	  "Ha\xF8 No\xE4i, ke\xE1t na\xEFp \xF1"
	  "a\xFBng vie\xE2n, tha\xF8nh pho\xE1 "
	  "\xD1"
	  "a\xF8 Na\xFCng, tha\xF8nh pho\xE1 Ho\xE0 Ch\xED Minh, tha\xF8nh pho\xE1 Ha\xFBi Pho\xF8ng, "
	  "th\xF6 vie\xE4n t\xE6nh, tr\xF6\xF4\xF8ng \xF1"
	  "a\xEFi ho\xEF"
	  "c kinh te\xE1 quo\xE1"
	  "c da\xE2n, ho\xE4i "
	  "\xF1o\xE0ng nha\xE2n da\xE2n",
	  0, "VNI" }, /* a stray sign is allowed */
	{ "plain\x1b", 0, NULL },
	{ "a\0b", 3, NULL },
	{ "", 0, NULL },
	{ "\x80\x81\x82", 0, NULL },
};

Test(text, guess_legacy)
{
	for (size_t i = 0; i < ARRAY_LEN(legacy); i++) {
		size_t len = legacy[i].len ? legacy[i].len : strlen(legacy[i].bytes);
		const char *got = text_guess_legacy(span_of(legacy[i].bytes, len));

		cr_assert_str_eq(got ? got : "none", legacy[i].want ? legacy[i].want : "none",
				 "case %zu: %s", i, got ? got : "none");
	}
}

Test(text, number)
{
	char out[TEXT_NUMBER_MAX];

	cr_assert_str_eq(text_number(out, 0, TEXT_VI), "0");
	cr_assert_str_eq(text_number(out, 999, TEXT_VI), "999");
	cr_assert_str_eq(text_number(out, 1336, TEXT_VI), "1.336");
	cr_assert_str_eq(text_number(out, 1336, TEXT_EN), "1,336");
	cr_assert_str_eq(text_number(out, -123456, TEXT_VI), "-123.456");
	cr_assert_str_eq(text_number(out, -999, TEXT_EN), "-999");
	cr_assert_str_eq(text_number(out, INT64_MIN, TEXT_EN), "-9,223,372,036,854,775,808");
	cr_assert_str_eq(text_number(out, INT64_MAX, TEXT_VI), "9.223.372.036.854.775.807");
}

static const struct {
	const char *text;
	int rc;
	int64_t want;
	enum text_grouping grouping;
} counts[] = {
	{ "0", 0, 0, TEXT_PLAIN },
	{ "1336", 0, 1336, TEXT_PLAIN },
	{ "007", 0, 7, TEXT_PLAIN },
	{ "1.336", 0, 1336, TEXT_DOT },
	{ "1,336", 0, 1336, TEXT_COMMA },
	{ "1 336", 0, 1336, TEXT_SPACE },
	{ "12.345.678", 0, 12345678, TEXT_DOT },
	{ "-1.336", 0, -1336, TEXT_DOT },
	{ "-0", 0, 0, TEXT_PLAIN },
	{ "9223372036854775807", 0, INT64_MAX, TEXT_PLAIN },
	{ "-9.223.372.036.854.775.808", 0, INT64_MIN, TEXT_DOT },
	{ "9223372036854775808", -ERR_RANGE, 0, 0 },
	{ "-9223372036854775809", -ERR_RANGE, 0, 0 },
	{ "99999999999999999999999999999", -ERR_RANGE, 0, 0 },
	{ "81.46", -ERR_INVALID, 0, 0 },
	{ "81,46", -ERR_INVALID, 0, 0 },
	{ "1.33", -ERR_INVALID, 0, 0 },
	{ "1.3366", -ERR_INVALID, 0, 0 },
	{ "1336.000", -ERR_INVALID, 0, 0 },
	{ "1.336,000", -ERR_INVALID, 0, 0 },
	{ "1.336.00", -ERR_INVALID, 0, 0 },
	{ "1.33.600", -ERR_INVALID, 0, 0 },
	{ "0.123", -ERR_INVALID, 0, 0 },
	{ ".336", -ERR_INVALID, 0, 0 },
	{ "1.", -ERR_INVALID, 0, 0 },
	{ "1..336", -ERR_INVALID, 0, 0 },
	{ "1  336", -ERR_INVALID, 0, 0 },
	{ "1'336", -ERR_INVALID, 0, 0 },
	{ "1_336", -ERR_INVALID, 0, 0 },
	{ "1\xC2\xA0"
	  "336",
	  -ERR_INVALID, 0, 0 },
	{ "+5", -ERR_INVALID, 0, 0 },
	{ "--5", -ERR_INVALID, 0, 0 },
	{ "5-", -ERR_INVALID, 0, 0 },
	{ " 5", -ERR_INVALID, 0, 0 },
	{ "5 ", -ERR_INVALID, 0, 0 },
	{ "1e3", -ERR_INVALID, 0, 0 },
	{ "-", -ERR_INVALID, 0, 0 },
	{ "", -ERR_INVALID, 0, 0 },
};

Test(text, count)
{
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		enum text_grouping grouping = TEXT_PLAIN;
		struct err e = { 0 };
		int64_t v = 42;
		int rc = text_count(&v, &grouping, span_str(counts[i].text), &e);

		cr_assert_eq(rc, counts[i].rc, "%s: %s", counts[i].text, e.msg);
		if (rc) {
			cr_assert_eq(v, 42);
			continue;
		}
		cr_assert_eq(v, counts[i].want, "%s", counts[i].text);
		cr_assert_eq(grouping, counts[i].grouping);
	}
}

Test(text, a_count_says_why_not)
{
	struct err e = { 0 };
	int64_t v;

	text_count(&v, NULL, SPAN_LIT("81.46"), &e);
	cr_assert_str_eq(e.msg,
			 "'81.46' is not a count: 2 digits follow '.' where a group has three, and "
			 "a count has no decimals");
	text_count(&v, NULL, SPAN_LIT("1.336,000"), &e);
	cr_assert_str_eq(e.msg, "'1.336,000' is not a count: it has two kinds of group marks");
}

Test(text, numbers_come_back)
{
	static const int64_t near[] = {
		0, 1, 9, 99, 999, 1000, 99999, 1000000, INT64_MAX, INT64_MIN
	};

	for (size_t i = 0; i < ARRAY_LEN(near); i++) {
		for (int lang = TEXT_VI; lang <= TEXT_EN; lang++) {
			char out[TEXT_NUMBER_MAX];
			int64_t v = 1;

			text_number(out, near[i], (enum text_lang)lang);
			cr_assert_eq(text_count(&v, NULL, span_str(out), NULL), 0, "%s", out);
			cr_assert_eq(v, near[i]);
		}
	}
}

static const struct {
	const char *text;
	int rc;
	int64_t digits;
	unsigned decimals;
	bool comma;
} percents[] = {
	{ "81.46", 0, 8146, 2, false },
	{ "81,46", 0, 8146, 2, true },
	{ "100", 0, 100, 0, false },
	{ "0.5", 0, 5, 1, false },
	{ "-12.50", 0, -1250, 2, false },
	{ "1.234", 0, 1234, 3, false },
	{ "1.234567", 0, 1234567, 6, false },
	{ "1.2345678", -ERR_INVALID, 0, 0, false },
	{ "81.", -ERR_INVALID, 0, 0, false },
	{ ".46", -ERR_INVALID, 0, 0, false },
	{ "81.4.6", -ERR_INVALID, 0, 0, false },
	{ "1.234,56", -ERR_INVALID, 0, 0, false },
	{ "81.46%", -ERR_INVALID, 0, 0, false },
	{ "81 46", -ERR_INVALID, 0, 0, false },
	{ "-", -ERR_INVALID, 0, 0, false },
	{ "", -ERR_INVALID, 0, 0, false },
	{ "9223372036854775808", -ERR_RANGE, 0, 0, false },
	{ "92233720368547758070.5", -ERR_RANGE, 0, 0, false },
};

Test(text, percent)
{
	for (size_t i = 0; i < ARRAY_LEN(percents); i++) {
		struct err e = { 0 };
		int64_t digits = 0;
		unsigned decimals = 9;
		bool comma = true;
		int rc = text_percent(&digits, &decimals, &comma, span_str(percents[i].text), &e);

		cr_assert_eq(rc, percents[i].rc, "%s: %s", percents[i].text, e.msg);
		if (rc)
			continue;
		cr_assert_eq(digits, percents[i].digits);
		cr_assert_eq(decimals, percents[i].decimals);
		cr_assert_eq(comma, percents[i].comma, "%s", percents[i].text);
	}
}
