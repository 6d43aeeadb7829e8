#include "crypto/sign.h"

#include "crypto/random.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* RFC 8032, 7.1, test 1: over the empty message. */
static const char rfc_seed[] = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
static const char rfc_public[] = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
static const char rfc_sig[] = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
			      "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b";

static struct ed25519_key rfc_key(void)
{
	uint8_t seed[ED25519_SEED_BYTES];
	struct ed25519_key k;

	cr_assert(hex_decode(seed, sizeof(seed), span_str(rfc_seed)));
	ed25519_key_init(&k, seed);
	return k;
}

Test(sign, ed25519_rfc8032)
{
	struct ed25519_key k = rfc_key();
	struct ed25519_sig sig = ed25519_sign(&k, (struct span){ 0 });
	char text[2 * ED25519_SIG_BYTES + 1];
	struct err e = { 0 };

	cr_assert_str_eq(hex_encode(text, k.public.b, sizeof(k.public.b)), rfc_public);
	cr_assert_str_eq(hex_encode(text, sig.b, sizeof(sig.b)), rfc_sig);
	cr_assert_eq(ed25519_verify(&k.public, SPAN_LIT(""), &sig, &e), 0, "%s", e.msg);
	ed25519_key_fini(&k);
	cr_assert(bytes_eq_secret(k.secret, (uint8_t[64]){ 0 }, sizeof(k.secret)));
}

Test(sign, ed25519_notices_every_bit)
{
	struct ed25519_key k = rfc_key();
	uint8_t text[] = "figures of 2022";
	struct ed25519_sig sig = ed25519_sign(&k, span_of(text, sizeof(text)));

	for (size_t bit = 0; bit < 8 * sizeof(sig.b); bit++) {
		struct ed25519_sig bad = sig;

		bad.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert_eq(ed25519_verify(&k.public, span_of(text, sizeof(text)), &bad, NULL),
			     -ERR_DENIED, "bit %zu", bit);
	}
	for (size_t bit = 0; bit < 8 * sizeof(text); bit++) {
		text[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert_eq(ed25519_verify(&k.public, span_of(text, sizeof(text)), &sig, NULL),
			     -ERR_DENIED, "bit %zu", bit);
		text[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	cr_assert_eq(ed25519_verify(&k.public, span_of(text, sizeof(text)), &sig, NULL), 0);
}

Test(sign, ed25519_refuses_a_key_that_is_none)
{
	struct ed25519_key k = rfc_key();
	struct ed25519_sig sig = ed25519_sign(&k, SPAN_LIT("x"));
	struct ed25519_public zero = { 0 }, one = { { 1 } };

	cr_assert_eq(ed25519_verify(&zero, SPAN_LIT("x"), &sig, NULL), -ERR_INVALID);
	cr_assert_eq(ed25519_verify(&one, SPAN_LIT("x"), &sig, NULL), -ERR_INVALID);
	/* The point of order 1 with R of order 1 and S = 0 "signs" everything. */
	sig = (struct ed25519_sig){ { 1 } };
	cr_assert_eq(ed25519_verify(&one, SPAN_LIT("x"), &sig, NULL), -ERR_INVALID);
}

/* RFC 6979, A.2.5, SHA-256 over "sample". */
static const char sample_point[] =
	"04"
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";
static const char sample_sig[] =
	"3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
	"022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
static const char sample_secret_pkcs8[] =
	"308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420"
	"c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721a14403420004"
	"60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
	"7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

Test(sign, p256_rfc6979_verifies)
{
	uint8_t point[P256_POINT_BYTES], sig[P256_SIG_MAX];
	struct p256_public k;
	struct err e = { 0 };

	cr_assert(hex_decode(point, sizeof(point), span_str(sample_point)));
	cr_assert(hex_decode(sig, sizeof(sig), span_str(sample_sig)));
	cr_assert_eq(p256_public_load(&k, span_of(point, sizeof(point)), &e), 0, "%s", e.msg);
	cr_assert_eq(p256_verify(&k, SPAN_LIT("sample"), span_of(sig, sizeof(sig)), &e), 0, "%s",
		     e.msg);
	cr_assert_eq(p256_verify(&k, SPAN_LIT("Sample"), span_of(sig, sizeof(sig)), &e),
		     -ERR_DENIED);
}

Test(sign, p256_known_private_key)
{
	uint8_t der[138], point[P256_POINT_BYTES];
	struct p256_key *k;
	struct p256_public pub;
	struct err e = { 0 };
	struct buf b;

	cr_assert(hex_decode(der, sizeof(der), span_str(sample_secret_pkcs8)));
	cr_assert(hex_decode(point, sizeof(point), span_str(sample_point)));
	cr_assert_eq(p256_load_der(&k, span_of(der, sizeof(der)), &e), 0, "%s", e.msg);
	pub = p256_public_of(k);
	cr_assert_arr_eq(pub.point, point, sizeof(point));
	buf_init(&b, P256_FILE_MAX);
	cr_assert_eq(p256_save_der(k, &b, &e), 0, "%s", e.msg);
	cr_assert(span_eq(buf_span(&b), span_of(der, sizeof(der))));
	buf_fini(&b);
	p256_free(k);
}

Test(sign, p256_refuses_what_is_no_key_or_more_than_one)
{
	uint8_t der[140] = { 0 };
	struct p256_key *k;

	cr_assert(hex_decode(der, 138, span_str(sample_secret_pkcs8)));
	for (size_t len = 0; len < 138; len++) {
		cr_assert_eq(p256_load_der(&k, span_of(der, len), NULL), -ERR_INVALID, "%zu", len);
		cr_assert_null(k);
	}
	cr_assert_eq(p256_load_der(&k, span_of(der, 139), NULL), -ERR_INVALID);
	der[40] ^= 1; /* the private half */
	cr_assert_eq(p256_load_der(&k, span_of(der, 138), NULL), -ERR_INVALID);
	cr_assert_null(k);
	der[40] ^= 1;
	memset(der + 36, 0, 32); /* a private half of zero */
	cr_assert_eq(p256_load_der(&k, span_of(der, 138), NULL), -ERR_INVALID);
	cr_assert_null(k);
}

/* Made with `openssl ecparam -name secp384r1 -genkey` and `openssl pkcs8 -topk8`, password "x". */
static const char p384_pem[] = "-----BEGIN PRIVATE KEY-----\n"
			       "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAxg8jCXBt70IMOdHHY\n"
			       "3e+/N84hxYi+FJLQBuHHL4AVMClbbt32YlJht/+6TWJbENqhZANiAATsi5GXWxmQ\n"
			       "uyAf8p+K5obHQJqdJ2veBY06Yy1fJtJ0EZ9EDJmWY6nE7OwVAt9hJ4ErNmRnC/u3\n"
			       "QxEPGmcv5oO6KAaktbeLjrl/1JcPW9udDIghYebUAcpGScoWHXSI3DM=\n"
			       "-----END PRIVATE KEY-----\n";
/* Its points are as long as ours. */
static const char secp256k1_pem[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQg4eiiRGQ1sDG+yNUpO37V\n"
	"O7DDKSr6D8AaKpY3+U8p/6OhRANCAARh19s5LwMGqLFtYc5pnubR0/Pi2Jj/h8ZG\n"
	"kXanM8n1pPWx8QAQHoAtMbJKyfmAjAM/s1X2BsajpPIMqs3DkFWi\n"
	"-----END PRIVATE KEY-----\n";
static const char encrypted_pem[] =
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	"MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgpqWNrwk3sAQICCAAw\n"
	"DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEMw1eaYh+FN+kJmoB5yXSXAEgZAY\n"
	"G9rZgLBHYmJyp/HS24YtEgxLdveYy10QKeJehvsUqIcSNsMmQTAnKLZsgTNW9dGJ\n"
	"+bV9Cw6jBaihsfG1+BvVcTBXNnOsmPWgFpaDxKZQ/mGcL2XS9K6pSr8f9kX9kw6n\n"
	"T/c9mt7lGxSwZds1xep3c2+4rykGCf7CxJQn6jMXbl/sw/C1ZSzmMI0X7RRGpLE=\n"
	"-----END ENCRYPTED PRIVATE KEY-----\n";
static const char encrypted_old_pem[] =
	"-----BEGIN EC PRIVATE KEY-----\n"
	"Proc-Type: 4,ENCRYPTED\n"
	"DEK-Info: AES-128-CBC,79FA8B2F36A1B870B5B4048DDB5C74C1\n"
	"\n"
	"PfMhP6u1tBd5ioIU/EMVeVTyjt/yZQqLsIYk9ntSfCJ5SEhL6S872BPnNaofWxVA\n"
	"MSz9RxfdLtm4tdKgLHioNvaneEb1gwXHD4Kk4PTQwQmaXxETLGzOoJvHWiCIAyyY\n"
	"BAdjntoqOU32sDuYiyQQtIdlf7SE3ChEwIOt6Id4a2o=\n"
	"-----END EC PRIVATE KEY-----\n";

Test(sign, p256_refuses_other_curves_and_passphrases)
{
	struct p256_key *k;
	struct err e = { 0 };

	cr_assert_eq(p256_load_pem(&k, span_str(p384_pem), &e), -ERR_INVALID);
	cr_assert(strstr(e.msg, "P-256"), "%s", e.msg);
	cr_assert_eq(p256_load_pem(&k, span_str(secp256k1_pem), &e), -ERR_INVALID);
	cr_assert(strstr(e.msg, "P-256"), "%s", e.msg);
	cr_assert_eq(p256_load_pem(&k, span_str(encrypted_pem), &e), -ERR_INVALID);
	cr_assert(strstr(e.msg, "unencrypted"), "%s", e.msg);
	cr_assert_eq(p256_load_pem(&k, span_str(encrypted_old_pem), &e), -ERR_INVALID);
	cr_assert_eq(p256_load_pem(&k, SPAN_LIT(""), &e), -ERR_INVALID);
	cr_assert_eq(p256_load_pem(&k, SPAN_LIT("-----BEGIN PRIVATE KEY-----\n"), &e),
		     -ERR_INVALID);
}

/* With the right answer waiting on standard input: nobody reads it. */
Test(sign, p256_never_asks_for_a_passphrase)
{
	struct p256_key *k;
	int ends[2];
	char answer[2];

	(void)setsid(); /* no terminal to ask at, so OpenSSL would take standard input */
	cr_assert_eq(pipe(ends), 0);
	cr_assert_eq(write(ends[1], "x\n", 2), 2);
	close(ends[1]);
	cr_assert_eq(dup2(ends[0], 0), 0);
	cr_assert_eq(p256_load_pem(&k, span_str(encrypted_pem), NULL), -ERR_INVALID);
	cr_assert_null(k);
	cr_assert_eq(read(0, answer, 2), 2);
	close(ends[0]);
}

Test(sign, p256_round_trip)
{
	struct p256_key *k, *back;
	struct p256_public a, b;
	struct p256_sig sig;
	struct err e = { 0 };
	struct buf pem;

	cr_assert_eq(p256_generate(&k, &e), 0, "%s", e.msg);
	a = p256_public_of(k);
	buf_init(&pem, P256_FILE_MAX);
	cr_assert_eq(p256_save_pem(k, &pem, &e), 0, "%s", e.msg);
	cr_assert_not_null(memmem(pem.data, pem.len, "-----BEGIN PRIVATE KEY-----", 27));
	cr_assert_eq(p256_load_pem(&back, buf_span(&pem), &e), 0, "%s", e.msg);
	b = p256_public_of(back);
	cr_assert(p256_public_eq(&a, &b));
	cr_assert_eq(p256_sign(back, SPAN_LIT("text"), &sig, &e), 0, "%s", e.msg);
	cr_assert_eq(p256_verify(&a, SPAN_LIT("text"), span_of(sig.b, sig.len), &e), 0, "%s",
		     e.msg);
	cr_assert_eq(p256_sign(back, (struct span){ 0 }, &sig, &e), 0, "%s", e.msg);
	cr_assert_eq(p256_verify(&a, (struct span){ 0 }, span_of(sig.b, sig.len), &e), 0);
	buf_fini(&pem);
	p256_free(k);
	p256_free(back);
	p256_free(NULL);
}

Test(sign, p256_another_key_does_not_verify)
{
	struct p256_key *k, *other;
	struct p256_public pub, pub_other;
	struct p256_sig sig;
	struct err e = { 0 };

	cr_assert_eq(p256_generate(&k, &e), 0);
	cr_assert_eq(p256_generate(&other, &e), 0);
	pub = p256_public_of(k);
	pub_other = p256_public_of(other);
	cr_assert(!p256_public_eq(&pub, &pub_other));
	cr_assert_eq(p256_sign(k, SPAN_LIT("text"), &sig, &e), 0);
	cr_assert_eq(p256_verify(&pub_other, SPAN_LIT("text"), span_of(sig.b, sig.len), &e),
		     -ERR_DENIED);
	for (size_t len = 0; len < sig.len; len++)
		cr_assert_lt(p256_verify(&pub, SPAN_LIT("text"), span_of(sig.b, len), NULL), 0);
	for (size_t i = 0; i < sig.len; i++) {
		sig.b[i] ^= 1;
		cr_assert_lt(p256_verify(&pub, SPAN_LIT("text"), span_of(sig.b, sig.len), NULL), 0,
			     "byte %zu", i);
		sig.b[i] ^= 1;
	}
	cr_assert_eq(p256_verify(&pub, SPAN_LIT("text"), SPAN_LIT("nonsense"), &e), -ERR_INVALID);
	p256_free(k);
	p256_free(other);
}

Test(sign, p256_a_point_off_the_curve_is_refused)
{
	uint8_t point[P256_POINT_BYTES + 1] = { 0 }, bad[P256_POINT_BYTES];
	struct p256_public k;

	cr_assert(hex_decode(point, P256_POINT_BYTES, span_str(sample_point)));
	for (size_t len = 0; len <= sizeof(point); len++)
		cr_assert_eq(p256_public_load(&k, span_of(point, len), NULL),
			     len == P256_POINT_BYTES ? 0 : -ERR_INVALID, "%zu", len);
	for (size_t i = 0; i < sizeof(bad); i++) {
		memcpy(bad, point, sizeof(bad));
		bad[i] ^= 1;
		cr_assert_eq(p256_public_load(&k, span_of(bad, sizeof(bad)), NULL), -ERR_INVALID,
			     "byte %zu", i);
	}
	memset(bad, 0, sizeof(bad));
	cr_assert_eq(p256_public_load(&k, span_of(bad, sizeof(bad)), NULL), -ERR_INVALID);
}

Test(sign, spki)
{
	uint8_t point[P256_POINT_BYTES], spki[P256_SPKI_BYTES];
	struct p256_public k, back;
	struct hash want, got;

	cr_assert(hex_decode(point, sizeof(point), span_str(sample_point)));
	cr_assert_eq(p256_public_load(&k, span_of(point, sizeof(point)), NULL), 0);
	p256_spki(spki, &k);
	cr_assert_eq(p256_spki_load(&back, span_of(spki, sizeof(spki)), NULL), 0);
	cr_assert(p256_public_eq(&k, &back));
	want = hash_bytes(span_of(spki, sizeof(spki)));
	got = p256_spki_hash(&k);
	cr_assert(hash_eq(&want, &got));
	for (size_t len = 0; len < sizeof(spki); len++)
		cr_assert_eq(p256_spki_load(&back, span_of(spki, len), NULL), -ERR_INVALID);
	for (size_t i = 0; i < sizeof(spki); i++) {
		spki[i] ^= 1;
		cr_assert_eq(p256_spki_load(&back, span_of(spki, sizeof(spki)), NULL), -ERR_INVALID,
			     "byte %zu", i);
		spki[i] ^= 1;
	}
}

Test(sign, random_fills_all_of_it)
{
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	cr_assert_eq(crypto_random(a, 63, NULL), 0);
	cr_assert_eq(crypto_random(b, 63, NULL), 0);
	cr_assert(!bytes_eq_secret(a, b, 32));
	cr_assert(!bytes_eq_secret(a + 32, b + 32, 31));
	cr_assert_eq(a[63], 0);
}
