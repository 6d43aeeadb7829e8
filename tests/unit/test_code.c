#include "crypto/code.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>

static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

static struct code code_of(unsigned n)
{
	struct hash h = hash_bytes(span_of(&n, sizeof(n)));

	return code_make(h.b);
}

/* The n-th group of a code's text, as an index into it. */
static size_t at(unsigned group)
{
	return (group - 1) * (CODE_GROUP_SYMBOLS + 1);
}

static void without_dashes(char *out, const char *text)
{
	for (; *text; text++)
		if (*text != '-')
			*out++ = *text;
	*out = '\0';
}

Test(code, what_is_printed_can_be_typed)
{
	for (unsigned n = 0; n < 500; n++) {
		struct code c = code_of(n), back = { 0 };
		char text[CODE_TEXT_MAX], plain[CODE_TEXT_MAX];
		struct err e = { 0 };
		unsigned bad = 99;

		code_text(text, &c);
		cr_assert_eq(strlen(text), CODE_TEXT_MAX - 1);
		cr_assert_eq(strspn(text, "-23456789ABCDEFGHJKLMNPQRSTUVWXYZ"), CODE_TEXT_MAX - 1,
			     "%s", text);
		cr_assert_eq(code_parse(&back, &bad, span_str(text), &e), 0, "%s: %s", text, e.msg);
		cr_assert_eq(bad, 0);
		cr_assert_arr_eq(back.secret, c.secret, sizeof(c.secret));
		without_dashes(plain, text);
		cr_assert_eq(code_parse(&back, NULL, span_str(plain), &e), 0, "%s", e.msg);
		for (char *p = text; *p; p++)
			*p = *p == '-' ? ' ' : (char)tolower(*p);
		memset(&back, 0, sizeof(back));
		cr_assert_eq(code_parse(&back, NULL, span_str(text), &e), 0, "%s", e.msg);
		cr_assert_arr_eq(back.secret, c.secret, sizeof(c.secret));
	}
}

/* Nothing of the 140 bits is lost, and the last four are not used. */
Test(code, every_secret_bit_shows)
{
	uint8_t random[CODE_RANDOM_BYTES] = { 0 };
	struct code zero = code_make(random), c;
	char text_zero[CODE_TEXT_MAX], text[CODE_TEXT_MAX];

	code_text(text_zero, &zero);
	for (unsigned bit = 0; bit < 8 * CODE_RANDOM_BYTES; bit++) {
		random[bit / 8] = (uint8_t)(0x80 >> bit % 8);
		c = code_make(random);
		random[bit / 8] = 0;
		code_text(text, &c);
		cr_assert_eq(strcmp(text, text_zero) != 0, bit < 140, "bit %u", bit);
	}
	memset(random, 0, sizeof(random));
	cr_assert_str_eq(text_zero, "22223-22224-22225-22226-22227-22228-22229");
}

Test(code, every_wrong_symbol_is_noticed_in_its_group)
{
	struct code c = code_of(1), back;
	char text[CODE_TEXT_MAX];

	code_text(text, &c);
	for (unsigned g = 1; g <= CODE_GROUPS; g++)
		for (unsigned i = 0; i < CODE_GROUP_SYMBOLS; i++)
			for (const char *s = alphabet; *s; s++) {
				char was = text[at(g) + i];
				unsigned bad = 0;

				if (*s == was)
					continue;
				text[at(g) + i] = *s;
				cr_assert_eq(code_parse(&back, &bad, span_str(text), NULL),
					     -ERR_INVALID, "%s", text);
				cr_assert_eq(bad, g, "%s", text);
				text[at(g) + i] = was;
			}
}

Test(code, exchanged_symbols_and_groups_are_noticed)
{
	for (unsigned n = 0; n < 50; n++) {
		struct code c = code_of(n), back;
		char text[CODE_TEXT_MAX], bad_text[CODE_TEXT_MAX];
		unsigned bad;

		code_text(text, &c);
		for (unsigned g = 1; g <= CODE_GROUPS; g++)
			for (unsigned i = 0; i < CODE_GROUP_SYMBOLS; i++)
				for (unsigned j = 0; j < i; j++) {
					memcpy(bad_text, text, sizeof(text));
					bad_text[at(g) + i] = text[at(g) + j];
					bad_text[at(g) + j] = text[at(g) + i];
					if (!strcmp(text, bad_text))
						continue;
					cr_assert_eq(
						code_parse(&back, &bad, span_str(bad_text), NULL),
						-ERR_INVALID, "%s", bad_text);
					cr_assert_eq(bad, g);
				}
		for (unsigned g = 2; g <= CODE_GROUPS; g++)
			for (unsigned h = 1; h < g; h++) {
				memcpy(bad_text, text, sizeof(text));
				memcpy(bad_text + at(g), text + at(h), CODE_GROUP_SYMBOLS);
				memcpy(bad_text + at(h), text + at(g), CODE_GROUP_SYMBOLS);
				cr_assert_eq(code_parse(&back, &bad, span_str(bad_text), NULL),
					     -ERR_INVALID, "%s", bad_text);
				cr_assert_eq(bad, h, "%s", bad_text);
			}
	}
}

static const char zero_code[] = "22223-22224-22225-22226-22227-22228-22229";

static const struct {
	const char *text;
	unsigned bad;
	const char *says; /* NULL: it is right */
} cases[] = {
	{ zero_code, 0, NULL },
	{ "  22223 - 22224\t22225--22226\r\n22227 22228 22229 \n", 0, NULL },
	{ "22223\xe2\x80\x93"
	  "22224\xe2\x80\x91"
	  "22225\xc2\xa0"
	  "22226-22227-22228-22229",
	  0, NULL },
	{ "22223222242222522226222272222822229", 0, NULL },
	{ "", 0, "0 groups" },
	{ "   --  ", 0, "0 groups" },
	{ "22223-22224-22225-22226-22227-22228", 0, "6 groups" },
	{ "22223-22224-22225-22226-22227-22228-22229-2", 0, "more than seven" },
	{ "22223-22224-22225-22226-22227-22228-222292", 0, "more than seven" },
	{ "22223-2224-22225-22226-22227-22228-22229", 2, "4 signs" },
	{ "22223-22224-22225-22226-22227-22228-2222", 7, "4 signs" },
	{ "22223-222244-22225-22226-22227-22228-22229", 3, "1 signs" },
	{ "22223-22204-22225-22226-22227-22228-22229", 2, "\"0\"" },
	{ "22223-22224-2o225-22226-22227-22228-22229", 3, "\"o\"" },
	{ "22223-22224-22225-1222-22227-22228-22229", 4, "\"1\"" },
	{ "22223-22224-22225-22226-2222I-22228-22229", 5, "\"I\"" },
	{ "22223-22224-22225-22226-22227-i2228-22229", 6, "\"i\"" },
	{ "22223-22224-22225-22226-22227-22228-\xc3\x82"
	  "229",
	  7, "keyboard" },
	{ "22223-22224-22\xc4\x90"
	  "25-22226-22227-22228-22229",
	  3, "keyboard" },
	{ "2222_-22224-22225-22226-22227-22228-22229", 1, "\"_\"" },
	{ "22224-22223-22225-22226-22227-22228-22229", 1, "group 2" },
};

Test(code, what_people_type)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct code c;
		struct err e = { 0 };
		unsigned bad = 99;
		int rc = code_parse(&c, &bad, span_str(cases[i].text), &e);

		cr_assert_eq(rc, cases[i].says ? -ERR_INVALID : 0, "case %zu: %s", i, e.msg);
		cr_assert_eq(bad, cases[i].bad, "case %zu: %u %s", i, bad, e.msg);
		if (cases[i].says)
			cr_assert(strstr(e.msg, cases[i].says), "case %zu: %s", i, e.msg);
	}
}

/* NUL ends a C string, not a span: it is a wrong character like others. */
Test(code, a_nul_is_refused)
{
	struct code c;
	uint8_t text[sizeof(zero_code)];
	unsigned bad = 0;

	memcpy(text, zero_code, sizeof(text));
	text[8] = '\0';
	cr_assert_eq(code_parse(&c, &bad, span_of(text, sizeof(text) - 1), NULL), -ERR_INVALID);
	cr_assert_eq(bad, 2);
}

Test(code, a_cut_or_garbled_multibyte_dash_is_not_read_past)
{
	static const uint8_t text[] = { '2', '2', '2', '2', '3', 0xe2, 0x80, 0x93 };
	struct code c;

	for (size_t len = 0; len <= sizeof(text); len++) {
		uint8_t *exact = malloc(len ? len : 1);

		memcpy(exact, text, len);
		cr_assert_eq(code_parse(&c, NULL, span_of(exact, len), NULL), -ERR_INVALID);
		free(exact);
	}
}

Test(code, while_typing)
{
	struct err e = { 0 };

	cr_assert_eq(code_group_check(1, SPAN_LIT(""), &e), 1);
	cr_assert_eq(code_group_check(1, SPAN_LIT("2222"), &e), 1);
	cr_assert_eq(code_group_check(1, SPAN_LIT(" 22223-"), &e), 0);
	cr_assert_eq(code_group_check(2, SPAN_LIT("22224"), &e), 0);
	cr_assert_eq(code_group_check(2, SPAN_LIT("22223"), &e), -ERR_INVALID);
	cr_assert(strstr(e.msg, "group 2") && strstr(e.msg, "group 1"), "%s", e.msg);
	cr_assert_eq(code_group_check(7, SPAN_LIT("20"), &e), -ERR_INVALID);
	cr_assert(strstr(e.msg, "group 7"), "%s", e.msg);
	cr_assert_eq(code_group_check(1, SPAN_LIT("222233"), &e), -ERR_INVALID);
	cr_assert(strstr(e.msg, "more than five"), "%s", e.msg);
	cr_assert_eq(code_group_check(1, SPAN_LIT("22 223"), &e), -ERR_INVALID);
}

Test(code, while_typing_agrees_with_the_whole)
{
	struct code c = code_of(7);
	char text[CODE_TEXT_MAX];

	code_text(text, &c);
	for (unsigned g = 1; g <= CODE_GROUPS; g++)
		for (unsigned place = 1; place <= CODE_GROUPS; place++)
			cr_assert_eq(code_group_check(place, span_of(text + at(g), 5), NULL),
				     place == g ? 0 : -ERR_INVALID);
}

Test(code, proofs)
{
	struct code c = code_of(1), other = code_of(2);
	struct code_key k = code_key_of(&c), k2 = code_key_of(&other);
	struct hash bind = hash_bytes(SPAN_LIT("a")), bind2 = hash_bytes(SPAN_LIT("b")), bad;
	struct hash client = code_proof(&k, CODE_CLIENT, &bind, SPAN_LIT("m"));
	struct hash server = code_proof(&k, CODE_SERVER, &bind, SPAN_LIT("m"));
	struct err e = { 0 };

	cr_assert_eq(code_proof_check(&k, CODE_CLIENT, &bind, SPAN_LIT("m"), &client, &e), 0);
	cr_assert_eq(code_proof_check(&k, CODE_SERVER, &bind, SPAN_LIT("m"), &server, &e), 0);
	/* not sent back as the other's */
	cr_assert_eq(code_proof_check(&k, CODE_SERVER, &bind, SPAN_LIT("m"), &client, &e),
		     -ERR_DENIED);
	cr_assert_eq(code_proof_check(&k, CODE_CLIENT, &bind, SPAN_LIT("m"), &server, &e),
		     -ERR_DENIED);
	/* not in another conversation, over other keys, with another code */
	cr_assert_eq(code_proof_check(&k, CODE_CLIENT, &bind2, SPAN_LIT("m"), &client, &e),
		     -ERR_DENIED);
	cr_assert_eq(code_proof_check(&k, CODE_CLIENT, &bind, SPAN_LIT("n"), &client, &e),
		     -ERR_DENIED);
	cr_assert_eq(code_proof_check(&k2, CODE_CLIENT, &bind, SPAN_LIT("m"), &client, &e),
		     -ERR_DENIED);
	for (size_t i = 0; i < HASH_BYTES; i++) {
		bad = client;
		bad.b[i] ^= 0x40;
		cr_assert_eq(code_proof_check(&k, CODE_CLIENT, &bind, SPAN_LIT("m"), &bad, &e),
			     -ERR_DENIED);
	}
}

Test(code, the_id_tells_codes_apart_and_nothing_else)
{
	struct code c = code_of(1), other = code_of(2);
	struct code_key k = code_key_of(&c), again = code_key_of(&c), k2 = code_key_of(&other);

	cr_assert_arr_eq(k.id, again.id, sizeof(k.id));
	cr_assert(hash_eq(&k.key, &again.key));
	cr_assert(memcmp(k.id, k2.id, sizeof(k.id)));
	cr_assert(memcmp(k.id, k.key.b, sizeof(k.id)));
	cr_assert(!hash_eq(&k.key, &k2.key));
}

/* PROTOCOL.md promises these to others: HKDF-SHA-256 with the labels in code_proof.c. */
Test(code, proofs_known_answer)
{
	struct code c = code_make((const uint8_t[CODE_RANDOM_BYTES]){ 0 });
	struct code_key k = code_key_of(&c);
	struct hash bind = { { 1 } };
	struct hash client = code_proof(&k, CODE_CLIENT, &bind, SPAN_LIT("m"));
	struct hash server = code_proof(&k, CODE_SERVER, &bind, SPAN_LIT("m"));
	char text[HASH_HEX_MAX];

	cr_assert_str_eq(hex_encode(text, k.id, sizeof(k.id)), "34ea1ca006ce7ab739d32c8c19ec26cd");
	cr_assert_str_eq(hex_encode(text, k.key.b, HASH_BYTES),
			 "5ec5a26a24c61dbce56985484a8d73374d06731d19eec907a215c6fb50c8a66f");
	cr_assert_str_eq(hex_encode(text, client.b, HASH_BYTES),
			 "88420511eb83062904100242b0e413f3cec5631e1b101bd27e8f43cecd56bf25");
	cr_assert_str_eq(hex_encode(text, server.b, HASH_BYTES),
			 "1eda1b0673a659145fd6fac789dd578f7285625d7b6cffc43c92cbd7e05b422d");
}
