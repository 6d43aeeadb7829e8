#include "key_paper.h"

#include "crypto/cert.h"
#include "crypto/seal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LINE_BYTES = 25,
	GROUP_SYMBOLS = 5,
	DATA_SYMBOLS = LINE_BYTES * 8 / 5,
	CHECK_SYMBOLS = 5,
	LINE_SYMBOLS = DATA_SYMBOLS + CHECK_SYMBOLS,
	STORE = 16,
	SUM = 4,
	FRONT = 1 + 2,
	SECRETS = 32 + 32 + P256_SECRET_BYTES,
	TOLD_MAX = 160,
};
static_assert(KEY_PAPER_LINES_MAX * LINE_BYTES >= FRONT + KEY_PAPER_MAX, "all of it has lines");

static const uint8_t label[16] = "ketnap-paper-1";

/* ---- lines ---- */

static unsigned symbol_at(const uint8_t *bytes, unsigned i)
{
	unsigned v = 0;

	for (unsigned bit = i * 5; bit < i * 5 + 5; bit++)
		v = v << 1 | (unsigned)(bytes[bit / 8] >> (7 - bit % 8) & 1);
	return v;
}

static void symbol_put(uint8_t *bytes, unsigned i, unsigned v)
{
	for (unsigned bit = i * 5; bit < i * 5 + 5; bit++)
		if (v >> (4 - (bit - i * 5)) & 1)
			bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
}

static struct hash check_of(unsigned number, const uint8_t bytes[LINE_BYTES])
{
	static const char name[] = "ketnap-paper-line";
	uint8_t all[sizeof(name) - 1 + 1 + LINE_BYTES];

	memcpy(all, name, sizeof(name) - 1);
	all[sizeof(name) - 1] = (uint8_t)number;
	memcpy(all + sizeof(name), bytes, LINE_BYTES);
	return hash_bytes(span_of(all, sizeof(all)));
}

static void write_line(struct buf *out, unsigned number, const uint8_t bytes[LINE_BYTES])
{
	struct hash check = check_of(number, bytes);
	char text[8];

	snprintf(text, sizeof(text), "%02u", number);
	buf_bytes(out, span_str(text));
	for (unsigned i = 0; i < LINE_SYMBOLS; i++) {
		if (i % GROUP_SYMBOLS == 0)
			buf_u8(out, ' ');
		buf_u8(out, (uint8_t)code_symbol(i < DATA_SYMBOLS
							 ? symbol_at(bytes, i)
							 : symbol_at(check.b, i - DATA_SYMBOLS)));
	}
	buf_u8(out, '\n');
}

static unsigned write_lines(struct buf *out, struct span all)
{
	unsigned number = 0;

	for (size_t at = 0; at < all.len; at += LINE_BYTES) {
		uint8_t bytes[LINE_BYTES] = { 0 };
		size_t left = all.len - at;

		memcpy(bytes, all.data + at, left < LINE_BYTES ? left : LINE_BYTES);
		write_line(out, ++number, bytes);
	}
	return number;
}

/* ---- what was typed ---- */

struct typed {
	uint8_t bytes[KEY_PAPER_LINES_MAX][LINE_BYTES];
	bool have[KEY_PAPER_LINES_MAX], bad[KEY_PAPER_LINES_MAX];
	bool any;
};

static struct span next_line(struct span *left)
{
	size_t len = 0;
	struct span line;

	while (len < left->len && left->data[len] != '\n' && left->data[len] != '\r')
		len++;
	line = span_of(left->data, len);
	if (len < left->len)
		len++;
	*left = span_of(left->data + len, left->len - len);
	return line;
}

static void skip(struct span *s)
{
	size_t n;

	while ((n = code_separator(s->data, s->len)) != 0)
		*s = span_of(s->data + n, s->len - n);
}

/* The number that the line begins with, 0 where it is no line of keys but words between them. */
static unsigned take_number(struct span *line)
{
	unsigned number = 0, digits = 0;

	skip(line);
	while (digits < line->len && digits < 3 && line->data[digits] >= '0' &&
	       line->data[digits] <= '9')
		number = number * 10 + (unsigned)(line->data[digits++] - '0');
	*line = span_of(line->data + digits, line->len - digits);
	if (!digits || digits > 2 || !number || !code_separator(line->data, line->len))
		return 0;
	skip(line);
	return line->len ? number : 0;
}

/* Its bytes; false where a sign is not one of ours, or their number or the check is wrong. */
static bool read_signs(uint8_t bytes[LINE_BYTES], struct span line, unsigned number)
{
	uint8_t all[(LINE_SYMBOLS * 5 + 7) / 8] = { 0 }, check[4] = { 0 };
	struct hash want;
	unsigned count = 0;

	for (skip(&line); line.len; skip(&line)) {
		int v = code_symbol_value(*line.data);

		if (v < 0 || count == LINE_SYMBOLS)
			return false;
		symbol_put(all, count++, (unsigned)v);
		line = span_of(line.data + 1, line.len - 1);
	}
	want = check_of(number, all);
	for (unsigned i = 0; i < CHECK_SYMBOLS; i++)
		symbol_put(check, i, symbol_at(want.b, i));
	memcpy(bytes, all, LINE_BYTES);
	return count == LINE_SYMBOLS && !memcmp(all + LINE_BYTES, check, sizeof(check));
}
static_assert(LINE_BYTES * 8 == DATA_SYMBOLS * 5, "the check begins with a byte");

static void take_line(struct typed *t, struct span line)
{
	unsigned number = take_number(&line);
	uint8_t bytes[LINE_BYTES];
	bool good;

	if (!number)
		return;
	t->any = true;
	good = read_signs(bytes, line, number--);
	if (!good || (t->have[number] && memcmp(t->bytes[number], bytes, LINE_BYTES) != 0)) {
		t->bad[number] = true;
		return;
	}
	t->have[number] = true;
	memcpy(t->bytes[number], bytes, LINE_BYTES);
}

/* "3, 7, 19": those that `is` has set and `not` has not; as many as there is room for. */
static bool list(char out[TOLD_MAX], const bool *is, const bool * not, unsigned count)
{
	size_t len = 0;

	for (unsigned i = 0; i < count && len < TOLD_MAX - 8; i++)
		if ((!is || is[i]) && !(not &&not [i]))
			len += (size_t)snprintf(out + len, TOLD_MAX - len, len ? ", %u" : "%u",
						i + 1);
	return len != 0;
}

static unsigned lines_of(const struct typed *t)
{
	size_t len = FRONT + ((size_t)t->bytes[0][1] << 8 | t->bytes[0][2]);

	return (unsigned)((len + LINE_BYTES - 1) / LINE_BYTES);
}

static int judge(const struct typed *t, struct err *e)
{
	char told[TOLD_MAX];

	if (!t->any)
		return err_set(e, ERR_INVALID, "this file holds no keys of a server");
	if (list(told, t->bad, NULL, KEY_PAPER_LINES_MAX))
		return err_set(
			e, ERR_INVALID,
			"not as they are printed: lines %s; compare them with the paper sign "
			"by sign",
			told);
	if (!t->have[0])
		return err_set(e, ERR_INVALID, "lines of the paper are missing: %s", "1");
	if (t->bytes[0][0] != 1)
		return err_set(e, ERR_VERSION,
			       "the paper was printed by a newer program; use that one");
	if (lines_of(t) > KEY_PAPER_LINES_MAX)
		return err_set(e, ERR_INVALID, "the lines are not those of one paper");
	if (list(told, NULL, t->have, lines_of(t)))
		return err_set(e, ERR_INVALID, "lines of the paper are missing: %s", told);
	return 0;
}

int key_paper_read(struct buf *out, struct span typed, struct err *e)
{
	struct typed *t = calloc(1, sizeof(*t));
	size_t len;
	int rc;

	if (!t)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	while (typed.len)
		take_line(t, next_line(&typed));
	rc = judge(t, e);
	if (!rc) {
		len = FRONT + ((size_t)t->bytes[0][1] << 8 | t->bytes[0][2]);
		buf_bytes(out, span_of(t->bytes, len));
		rc = out->failed ? err_set(e, ERR_NOMEM, "no memory for the keys") : 0;
	}
	free(t);
	return rc;
}

/* ---- sealed ---- */

static struct hash box_key(const struct code *code)
{
	struct code_key key = code_key_of(code);
	struct hash h = hmac_sha256(span_of(key.key.b, HASH_BYTES), SPAN_LIT("ketnap paper v1"));

	bytes_wipe(&key, sizeof(key));
	return h;
}

static void context_of(uint8_t out[sizeof(label) + STORE], const uint8_t store[16])
{
	memcpy(out, label, sizeof(label));
	memcpy(out + sizeof(label), store, STORE);
}

static int plain_of(struct buf *plain, const struct own_keys *k, struct err *e)
{
	uint8_t number[P256_SECRET_BYTES];
	struct p256_key *ca = NULL;
	int rc = p256_load_pem(&ca, buf_span(&k->ca_key), e);

	if (!rc)
		rc = p256_save_secret(ca, number, e);
	if (!rc) {
		buf_bytes(plain, span_of(k->log_seed, 32));
		buf_bytes(plain, span_of(k->seal_seed, 32));
		buf_bytes(plain, span_of(number, sizeof(number)));
		rc = cert_pem_load(plain, CERT_PEM_CERTIFICATE, buf_span(&k->ca), e);
	}
	bytes_wipe(number, sizeof(number));
	p256_free(ca);
	return rc;
}

static int seal(struct buf *out, struct span plain, const uint8_t store[16],
		const struct code *code, const uint8_t random[24], struct err *e)
{
	size_t len = STORE + BOX_NONCE_BYTES + plain.len + BOX_OVERHEAD + SUM;
	uint8_t *box = malloc(plain.len + BOX_OVERHEAD), context[sizeof(label) + STORE];
	struct hash key = box_key(code), whole;

	if (!box)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	context_of(context, store);
	box_lock(box, key.b, random, span_of(context, sizeof(context)), plain);
	bytes_wipe(&key, sizeof(key));
	buf_u8(out, 1);
	buf_u8(out, (uint8_t)(len >> 8));
	buf_u8(out, (uint8_t)len);
	buf_bytes(out, span_of(store, STORE));
	buf_bytes(out, span_of(random, BOX_NONCE_BYTES));
	buf_bytes(out, span_of(box, plain.len + BOX_OVERHEAD));
	free(box);
	whole = hash_bytes(buf_span(out));
	buf_bytes(out, span_of(whole.b, SUM));
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for the keys") : 0;
}

int key_paper_make(struct buf *out, unsigned *lines, const struct own_keys *k,
		   const uint8_t store[16], const struct code *code, const uint8_t random[24],
		   struct err *e)
{
	struct buf plain, sealed;
	int rc;

	buf_init(&plain, KEY_PAPER_MAX - 256);
	buf_init(&sealed, KEY_PAPER_MAX);
	rc = plain_of(&plain, k, e);
	if (!rc && plain.failed)
		rc = err_set(e, ERR_RANGE, "the keys are too long for a paper");
	if (!rc)
		rc = seal(&sealed, buf_span(&plain), store, code, random, e);
	if (!rc)
		*lines = write_lines(out, buf_span(&sealed));
	if (!rc && out->failed)
		rc = err_set(e, ERR_NOMEM, "no memory for the keys");
	if (plain.data)
		bytes_wipe(plain.data, plain.len);
	buf_fini(&plain);
	buf_fini(&sealed);
	return rc;
}

static int take(struct own_keys *out, struct span plain, struct err *e)
{
	struct span ca = span_of(plain.data + SECRETS, plain.len - SECRETS);
	struct p256_key *key = NULL;
	struct cert_info info;
	int rc = cert_parse(&info, ca, e);

	memcpy(out->log_seed, plain.data, 32);
	memcpy(out->seal_seed, plain.data + 32, 32);
	if (!rc)
		rc = p256_load_secret(&key, plain.data + 64, &info.key, e);
	if (!rc)
		rc = p256_save_pem(key, &out->ca_key, e);
	if (!rc)
		rc = cert_pem_save(&out->ca, CERT_PEM_CERTIFICATE, ca, e);
	p256_free(key);
	return rc;
}

int key_paper_open(struct own_keys *out, struct span sealed, const uint8_t store[16],
		   const struct code *code, struct err *e)
{
	enum { HEAD = FRONT + STORE + BOX_NONCE_BYTES };
	uint8_t *plain, context[sizeof(label) + STORE];
	struct hash key, whole;
	struct span box;
	int rc;

	if (sealed.len < HEAD + BOX_OVERHEAD + SECRETS + SUM)
		return err_set(e, ERR_INVALID, "the lines are not those of one paper");
	whole = hash_bytes(span_of(sealed.data, sealed.len - SUM));
	if (memcmp(whole.b, sealed.data + sealed.len - SUM, SUM) != 0)
		return err_set(e, ERR_INVALID, "the lines are not those of one paper");
	if (memcmp(sealed.data + FRONT, store, STORE) != 0)
		return err_set(e, ERR_DENIED, "the keys are those of another store");
	box = span_of(sealed.data + HEAD, sealed.len - HEAD - SUM);
	plain = malloc(box.len);
	if (!plain)
		return err_set(e, ERR_NOMEM, "no memory for the keys");
	context_of(context, store);
	key = box_key(code);
	rc = box_open(plain, key.b, sealed.data + FRONT + STORE, span_of(context, sizeof(context)),
		      box, e);
	if (rc)
		rc = err_set(e, ERR_DENIED, "the code is not that of this paper");
	else
		rc = take(out, span_of(plain, box.len - BOX_OVERHEAD), e);
	bytes_wipe(&key, sizeof(key));
	bytes_wipe(plain, box.len);
	free(plain);
	return rc;
}
