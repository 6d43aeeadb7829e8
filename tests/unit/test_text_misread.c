/* Text of old fonts saved as UTF-8: recognised, and nothing proper taken for it. */
#include "base/buf.h"
#include "base/csv.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 20 };

static const char *guess(const char *text, size_t *at)
{
	size_t unused;
	const char *found = text_guess_misread(span_str(text), at ? at : &unused);

	return found ? found : "none";
}

static const struct {
	const char *text, *want;
} fields[] = {
	{ "§¶ng bé", "TCVN3" },
	{ "§¶ng bé tØnh Qu¶ng Nam", "TCVN3" },
	{ "Chi bé th«n 1", "none" }, /* one sign alone proves nothing */
	{ "Chi bé th«n ®éi 1", "TCVN3" },
	{ "X· B×nh Quý", "TCVN3" },
	{ "§¶NG Bé X· PH­íC S¥N", "TCVN3" },
	{ "Chi bé Héi Cùu chiÕn binh", "none" }, /* one, a capital among small letters */
	{ "Tr­êng ChÝnh trÞ", "TCVN3" },
	{ "Ñaûng boä", "VNI" },
	{ "Ñaûng boä tænh Quaûng Nam", "VNI" },
	{ "ÑAÛNG BOÄ", "VNI" },
	{ "Xaõ Phöôùc Sôn", "none" },
	{ "Thò uûy Ñieän Baøn", "VNI" },
	/* Vietnamese, also where no letter goes beyond Latin-1 */
	{ "Đảng bộ", "none" },
	{ "Hà Nam, Hà Tĩnh, Cà Mau", "none" },
	{ "Hà Nam", "none" },
	{ "Võ Chí Công, Tô Vĩnh Diện, xã Ba, xã Tư", "none" },
	{ "Huyện ủy Nông Sơn", "none" },
	{ "Ngô Thì Nhậm", "none" },
	{ "Trà Lãnh, Trà Đốc, Trà Ka, Trà Bui", "none" },
	/* peoples of the highlands, the coast and the delta */
	{ "Y Ñơr Niê, H'Ñan Ñam, Y Bhiô Mlô", "none" },
	{ "Y Ñan Ñuôl", "none" },
	{ "Ñan; Ñam; Ñu; Ñin; Ña", "none" },
	{ "H'Hen Niê, Ksor Phước, Rơ Chăm Ƀlơih, Siu Y Čer", "none" },
	{ "A Viết Sơn, Bh'riu Liếc, Zơrâm Đhung, Alăng Mai, Pơloong Plênh", "none" },
	{ "Đinh Thị Hồng, K'Brêu, Bờ Nướch, Kră Jăn Ha Nhuê", "none" },
	{ "Thạch Sôphia, Châu Ôn, Danh Út, Kim Sô Phône", "none" },
	{ "Vừ A Dính, Giàng Seo Phử, Lò Văn Hặc, Cầm Bá Thước", "none" },
	{ "Jơr Đăng, Ê-đê, M'Nông, Xơ-đăng, Gié-Triêng, Cơ-tu, Chơ-ro, Hrê", "none" },
	/* what may stand among it */
	{ "Thaï", "none" },
	{ "Thaï; Thaï; Thaï", "none" },
	{ "Đường Thaï, rue Thaï, phở Thaï", "none" },
	{ "Công ty Nestlé, Citroën, Noël, Müller, Zürich, Français", "none" },
	{ "25°C, 30 m², 5 µm, 12 µg, ½, ¼, § 5, «An Khê», ©, ®, ™, 100 × 20 ÷ 3", "none" },
	{ "Intel®, Sanofi®", "none" },
	{ "", "none" },
	{ "admitted,2022-08", "none" },
};

Test(text_misread, fields)
{
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		cr_assert_str_eq(guess(fields[i].text, NULL), fields[i].want, "%s: %s",
				 fields[i].text, guess(fields[i].text, NULL));
}

Test(text_misread, says_where_the_field_begins)
{
	static const char text[] = "code,name\nA,Hà Nam\nB,\"§¶ng bé\"\n";
	size_t at;

	cr_assert_str_eq(guess(text, &at), "TCVN3");
	cr_assert_eq(at, (size_t)(strstr(text, "§") - text));
	/* weak signs in many fields: the first of them */
	cr_assert_str_eq(guess("1,X· Ba\n2,Th«n 1\n3,X· Na\n", &at), "TCVN3");
	cr_assert_eq(at, 2);
	cr_assert_str_eq(guess("1,X· Ba\n2,Th«n 1\n3,X· Na\n4,Xã Tư\n", &at), "none",
			 "Unicode is there too");
}

/* ---- whole texts ---- */

static struct buf file;

static struct span load(const char *path)
{
	char full[512];
	FILE *f;
	int c;

	snprintf(full, sizeof(full), "%s/%s", SOURCE_DIR, path);
	f = fopen(full, "rb");
	cr_assert_not_null(f, "%s", full);
	buf_reset(&file);
	while ((c = fgetc(f)) != EOF)
		buf_u8(&file, (uint8_t)c);
	fclose(f);
	cr_assert(!file.failed && file.len > 100, "%s", path);
	return buf_span(&file);
}

static const char *const proper[] = {
	"common/base/po/vi.po",
	"common/domain/forms/monthly.ini",
	"common/domain/holidays/vietnam.csv",
	"common/domain/rules/admission.csv",
	"scripts/demo/documents/SOURCES.md",
	"scripts/demo/documents/claims.csv",
	"scripts/demo/documents/figures.csv",
	"scripts/demo/documents/targets.csv",
	"scripts/demo/documents/tree.csv",
	"scripts/demo/province/direct-units.csv",
};

Test(text_misread, no_alarm_on_real_text)
{
	buf_init(&file, FILE_MAX);
	for (size_t i = 0; i < ARRAY_LEN(proper); i++) {
		size_t at = 0;
		const char *found = text_guess_misread(load(proper[i]), &at);

		cr_assert_null(found, "%s: %s at %.40s", proper[i], found, (char *)file.data + at);
	}
	buf_fini(&file);
}

/* ---- and the same texts spoilt ---- */

static void as_utf8(struct buf *out, uint8_t byte)
{
	if (byte < 0x80) {
		buf_u8(out, byte);
	} else {
		buf_u8(out, (uint8_t)(0xC0 | byte >> 6));
		buf_u8(out, (uint8_t)(0x80 | (byte & 0x3F)));
	}
}

/* The byte, or two of them, that the encoding writes this character with; 0: none. */
static size_t old_bytes(uint8_t out[2], const char *encoding, const char *letter)
{
	char want[8], got[16];
	int tcvn3 = !strcmp(encoding, "TCVN3");

	cr_assert_eq(text_nfc(want, sizeof(want), NULL, span_str(letter), NULL), 0);
	/* a letter of VNI that takes no vowel before it */
	for (int byte = 0xC0; !tcvn3 && byte < 0x100; byte++) {
		uint8_t one = (uint8_t)byte;
		struct buf b;
		bool same;

		buf_init(&b, 64);
		same = !text_from_legacy(&b, span_of(&one, 1), encoding, NULL) &&
		       span_eq(buf_span(&b), span_str(want));
		buf_fini(&b);
		if (same) {
			out[0] = one;
			return 1;
		}
	}
	for (int first = tcvn3 ? 0 : 'A'; first < 0x100; first++) {
		for (int second = tcvn3 ? 0xA0 : 0xE0; second < 0x100; second++) {
			uint8_t pair[2] = { (uint8_t)first, (uint8_t)second };
			struct span bytes = first ? span_of(pair, 2) : span_of(pair + 1, 1);
			struct buf b;
			bool same;

			buf_init(&b, 64);
			same = !text_from_legacy(&b, bytes, encoding, NULL) &&
			       !text_nfc(got, sizeof(got), NULL, buf_span(&b), NULL) &&
			       !strcmp(got, want);
			buf_fini(&b);
			if (!same)
				continue;
			memcpy(out, bytes.data, bytes.len);
			return bytes.len;
		}
		if (!first && tcvn3)
			break;
	}
	return 0;
}

/* What a program leaves that takes old bytes for Western letters. */
static void spoil(struct buf *out, const char *encoding, const char *text)
{
	while (*text) {
		char letter[5] = "";
		uint8_t bytes[2];
		size_t len = 1, count;

		while ((text[len] & 0xC0) == 0x80)
			len++;
		memcpy(letter, text, len);
		text += len;
		count = letter[0] & 0x80 ? old_bytes(bytes, encoding, letter) : 0;
		if (!(letter[0] & 0x80))
			buf_u8(out, (uint8_t)letter[0]);
		for (size_t i = 0; i < count; i++)
			as_utf8(out, bytes[i]);
	}
}

static const char *const names[] = {
	"Đảng bộ tỉnh Quảng Nam",
	"Huyện ủy Điện Bàn",
	"Thành ủy Tam Kỳ",
	"Đảng ủy Khối các cơ quan tỉnh",
	"Chi bộ Trường tiểu học số 2",
	"Hội Cựu chiến binh huyện",
	"Đảng bộ xã Phước Thành",
	"Đảng bộ Bệnh viện đa khoa",
	"nghị quyết đại hội nhiệm kỳ",
	"Nguyễn Thị Hường",
};

Test(text_misread, spoilt_names_are_recognised)
{
	static const char *const encodings[] = { "TCVN3", "VNI" };

	for (size_t k = 0; k < ARRAY_LEN(encodings); k++) {
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			struct buf b;
			size_t at = 1;
			const char *got;

			buf_init(&b, 4096);
			spoil(&b, encodings[k], names[i]);
			got = text_guess_misread(buf_span(&b), &at);
			cr_assert_str_eq(got ? got : "none", encodings[k], "%s: %.*s", names[i],
					 (int)b.len, (const char *)b.data);
			cr_assert_eq(at, 0);
			buf_fini(&b);
		}
	}
}

/* ---- in a file ---- */

Test(text_misread, a_file_is_refused_by_line_and_column)
{
	static const struct csv_column columns[] = { { "code", true, false },
						     { "name", true, false } };
	static const char text[] = "code;name\r\nA;\"Xã Ba\"\r\nB;§¶ng bé x· Tµ\r\n";
	struct err e = { 0 };
	struct csv *csv;

	cr_assert_eq(csv_open(&csv, span_str(text), columns, ARRAY_LEN(columns), &e), -ERR_INVALID);
	cr_assert_null(csv);
	cr_assert_str_eq(
		e.msg,
		"line 3, column name: '§¶ng bé x· Tµ' is probably 'Đảng bộ xã Tà' in TCVN3, "
		"saved as if it were UTF-8: convert the original file to Unicode, then import that");
	cr_assert_eq(csv_open(&csv, SPAN_LIT("code,name\nA,Ñaûng boä\n"), columns,
			      ARRAY_LEN(columns), &e),
		     -ERR_INVALID);
	cr_assert_str_eq(
		e.msg,
		"line 2, column name: 'Ñaûng boä' is probably 'Đảng bộ' in VNI, saved as if it "
		"were UTF-8: convert the original file to Unicode, then import that");
}
