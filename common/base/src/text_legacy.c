#include "base/text.h"

/* Vietnamese before Unicode was written in fonts: what a byte meant, only the font knew. TCVN3 has a
 * byte for each letter with its marks. VNI has a plain letter and behind it a byte for the marks, so
 * which byte follows which letter tells the two apart. */

/* Share of the bytes above ASCII that an encoding must explain, per cent: a stray sign is allowed.
 * UTF-16 without its mark is told from a text with a stray NUL by a few pairs of bytes. */
enum { EXPLAINED_MIN = 95, PAIRS_MIN = 4 };

/* Which bytes from 0xA0 on TCVN3 gives a letter, one bit each, lowest first. */
static const uint16_t tcvn3_letters[6] = {
	0x7FFE, /* A1..AE: Ă Â Ê Ô Ơ Ư Đ ă â ê ô ơ ư đ */
	0x7BE0, /* B5..B9 à ả ã á ạ, BB..BE ằ ẳ ẵ ắ */
	0xDFC0, /* C6..CC, CE, CF */
	0xF1FF, /* D0..D8, DC..DF */
	0xFFFE, /* E1..EF */
	0x7FFE, /* F1..FE */
};

static bool tcvn3_letter(uint8_t byte)
{
	return byte >= 0xA0 && (tcvn3_letters[(byte - 0xA0) >> 4] >> (byte & 15) & 1);
}

/* Lower-case VNI bytes; the capital of each is 0x20 below. */
static const uint8_t vni_marks[] = {
	0xF9, 0xF8, 0xFB, 0xF5, 0xEF,       /* tones: á à ả ã ạ */
	0xE2, 0xE1, 0xE0, 0xE5, 0xE3, 0xE4, /* circumflex, alone and with a tone */
	0xEA, 0xE9, 0xE8, 0xFA, 0xFC, 0xEB, /* breve, likewise */
};
static const uint8_t vni_letters[] = { 0xF1 /* đ */, 0xF4 /* ơ */, 0xF6 /* ư */, 0xEE /* ỵ */ };
static const uint8_t vni_i[] = { 0xEC, 0xED, 0xE6, 0xF3, 0xF2 }; /* ì í ỉ ĩ ị */

static bool among(const uint8_t *set, size_t count, uint8_t byte)
{
	return memchr(set, byte, count) != NULL;
}

static uint8_t lower(uint8_t byte)
{
	if (byte >= 'A' && byte <= 'Z')
		return (uint8_t)(byte + 0x20);
	return byte >= 0xC0 && byte < 0xE0 ? (uint8_t)(byte + 0x20) : byte;
}

struct tally {
	size_t high, tcvn3, tcvn3_only, vni, vni_pairs;
};

static void tally_vni(struct tally *t, uint8_t byte, uint8_t before)
{
	bool vowel = before && (strchr("aeouy", before) || before == 0xF4 || before == 0xF6);

	if (byte < 0xE0)
		return;
	if (among(vni_marks, sizeof(vni_marks), byte)) {
		t->vni += vowel;
		t->vni_pairs += vowel;
	} else if (among(vni_letters, sizeof(vni_letters), byte)) {
		t->vni++;
	} else if (among(vni_i, sizeof(vni_i), byte)) {
		t->vni += !vowel || before == 'u'; /* quì */
	}
}

static struct tally tally_of(struct span text)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte = text.data[i];

		if (byte < 0x80)
			continue;
		t.high++;
		t.tcvn3 += tcvn3_letter(byte);
		t.tcvn3_only += tcvn3_letter(byte) && byte < 0xC0;
		tally_vni(&t, lower(byte), i ? lower(text.data[i - 1]) : 0);
	}
	return t;
}

/* Vietnamese as UTF-16 has half of its bytes in 00 01 03 1E, all at even or all at odd offsets. */
static bool looks_utf16(struct span text)
{
	size_t pages[2] = { 0 }, zeros[2] = { 0 }, pairs = text.len / 2;

	if (text.len < 2)
		return false;
	if ((text.data[0] == 0xFF && text.data[1] == 0xFE) ||
	    (text.data[0] == 0xFE && text.data[1] == 0xFF))
		return true;
	if (pairs < PAIRS_MIN)
		return false;
	for (size_t i = 0; i < 2 * pairs; i++) {
		uint8_t byte = text.data[i];

		pages[i & 1] += byte == 0x00 || byte == 0x01 || byte == 0x03 || byte == 0x1E;
		zeros[i & 1] += byte == 0x00;
	}
	for (size_t side = 0; side < 2; side++)
		if (pages[side] * 10 >= pairs * 9 && zeros[side] * 4 >= pairs && !zeros[!side])
			return true;
	return false;
}

const char *text_guess_legacy(struct span text)
{
	struct tally t;

	if (text_valid(text, NULL))
		return NULL;
	if (looks_utf16(text))
		return "UTF-16";
	t = tally_of(text);
	if (!t.high)
		return NULL;
	if (t.vni_pairs && t.vni * 100 >= t.high * EXPLAINED_MIN)
		return "VNI";
	/* Below 0xC0, where VNI has nothing, Western European text has few letters. */
	if (t.tcvn3_only && t.tcvn3 * 100 >= t.high * EXPLAINED_MIN)
		return "TCVN3";
	return NULL;
}
