#include "base/buf.h"
#include "base/text.h"

#include <criterion/criterion.h>

static const struct {
	const char *legacy, *encoding, *want;
} samples[] = {
	{ "\xA7\xB6ng b\xE9 x\xB7 H\xB5 N\xE9i, k\xD5t n\xB9p \xAE\xB6ng vi\xAAn", "TCVN3",
	  "Đảng bộ xã Hà Nội, kết nạp đảng viên" },
	{ "Th\xB5nh ph\xE8 H\xE5 Ch\xDD Minh", "TCVN3", "Thành phố Hồ Chí Minh" },
	{ "Tha\xF8nh pho\xE1 Ho\xE0 Ch\xED Minh", "VNI", "Thành phố Hồ Chí Minh" },
	{ "THA\xD8NH PHO\xC1 HO\xC0 CH\xCD MINH", "VNI", "THÀNH PHỐ HỒ CHÍ MINH" },
	{ "Tr\xF6\xF4\xF8ng \xD1\xF4n D\xF6\xF4ng", "VNI", "Trường Đơn Dương" },
	{ "Nguye\xE3n Va\xEAn \xD1\xF6\xF9"
	  "c",
	  "VNI", "Nguyễn Văn Đức" },
	{ "Ly\xF9 M\xEE, ky\xFB", "VNI", "Lý Mỵ, kỷ" },
	{ "", "VNI", "" },
};

static const char *convert(char *out, size_t size, const char *legacy, const char *encoding)
{
	struct buf b;

	buf_init(&b, 4096);
	cr_assert_eq(text_from_legacy(&b, span_str(legacy), encoding, NULL), 0, "%s", legacy);
	cr_assert_eq(text_nfc(out, size, NULL, buf_span(&b), NULL), 0);
	buf_fini(&b);
	return out;
}

Test(text_convert, names_and_places)
{
	char got[256];

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		convert(got, sizeof(got), samples[i].legacy, samples[i].encoding);
		cr_assert_str_eq(got, samples[i].want, "%zu: %s", i, got);
	}
}

/* All letters with marks, in the order of the bytes; the list is that of the C library's TCVN5712-1. */
Test(text_convert, every_letter_of_tcvn3)
{
	static const char *const want =
		"ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ";
	char all[128] = "", got[512];
	size_t count = 0;

	for (int byte = 0xA0; byte <= 0xFF; byte++) {
		const uint8_t one = (uint8_t)byte;
		struct buf b;

		buf_init(&b, 16);
		if (!text_from_legacy(&b, span_of(&one, 1), "TCVN3", NULL))
			all[count++] = (char)one;
		buf_fini(&b);
	}
	cr_assert_eq(count, 74);
	cr_assert_str_eq(convert(got, sizeof(got), all, "TCVN3"), want);
}

/* Twelve vowels with five tones, đ, and the six with a mark alone, small and capital: each pair of bytes of
 * VNI gives one letter, and all are different. */
Test(text_convert, every_letter_of_vni)
{
	static const char *const small[] = {
		"a\xF9",    "a\xF8",    "a\xFB",    "a\xF5",    "a\xEF",    "a\xEA",    "a\xE9",
		"a\xE8",    "a\xFA",    "a\xFC",    "a\xEB",    "a\xE2",    "a\xE1",    "a\xE0",
		"a\xE5",    "a\xE3",    "a\xE4",    "e\xF9",    "e\xF8",    "e\xFB",    "e\xF5",
		"e\xEF",    "e\xE2",    "e\xE1",    "e\xE0",    "e\xE5",    "e\xE3",    "e\xE4",
		"\xED",     "\xEC",     "\xE6",     "\xF3",     "\xF2",     "o\xF9",    "o\xF8",
		"o\xFB",    "o\xF5",    "o\xEF",    "o\xE2",    "o\xE1",    "o\xE0",    "o\xE5",
		"o\xE3",    "o\xE4",    "\xF4",     "\xF4\xF9", "\xF4\xF8", "\xF4\xFB", "\xF4\xF5",
		"\xF4\xEF", "u\xF9",    "u\xF8",    "u\xFB",    "u\xF5",    "u\xEF",    "\xF6",
		"\xF6\xF9", "\xF6\xF8", "\xF6\xFB", "\xF6\xF5", "\xF6\xEF", "y\xF9",    "y\xF8",
		"y\xFB",    "y\xF5",    "\xEE",     "\xF1",
	};
	static const char *const want =
		"áàảãạăắằẳẵặâấầẩẫậéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵđ";
	static const char *const capital =
		"ÁÀẢÃẠĂẮẰẲẴẶÂẤẦẨẪẬÉÈẺẼẸÊẾỀỂỄỆÍÌỈĨỊÓÒỎÕỌÔỐỒỔỖỘƠỚỜỞỠỢÚÙỦŨỤƯỨỪỬỮỰÝỲỶỸỴĐ";
	char all[256] = "", got[512];

	for (size_t i = 0; i < ARRAY_LEN(small); i++)
		strcat(all, small[i]);
	cr_assert_str_eq(convert(got, sizeof(got), all, "VNI"), want);
	for (char *c = all; *c; c++)
		*c = (char)(*c - 0x20);
	cr_assert_str_eq(convert(got, sizeof(got), all, "VNI"), capital);
}

Test(text_convert, what_is_no_letter_is_refused)
{
	struct err e = { 0 };
	struct buf b;

	buf_init(&b, 64);
	cr_assert_eq(text_from_legacy(&b, span_str("ab\xA0"), "TCVN3", &e), -ERR_INVALID);
	cr_assert_not_null(strstr(e.msg, "byte 3"), "%s", e.msg);
	cr_assert_eq(text_from_legacy(&b, span_str("b\xF9"), "VNI", NULL), -ERR_INVALID,
		     "a tone on no vowel");
	cr_assert_eq(text_from_legacy(&b, span_str("\xF9"), "VNI", NULL), -ERR_INVALID);
	cr_assert_eq(text_from_legacy(&b, span_str("\x80"), "TCVN3", NULL), -ERR_INVALID);
	cr_assert_eq(text_from_legacy(&b, span_str("a"), "UTF-16", NULL), -ERR_UNSUPPORTED);
	buf_fini(&b);
	buf_init(&b, 2);
	cr_assert_eq(text_from_legacy(&b, span_str("abc"), "VNI", NULL), -ERR_NOMEM);
	buf_fini(&b);
}
