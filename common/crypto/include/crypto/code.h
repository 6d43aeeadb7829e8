/* Enrolment codes, as printed on a card and typed once: seven groups of five symbols, and the
 * proofs that both sides know one without saying it.
 *
 *   K7QPM-2HXRA-...        symbols: 2-9 and A-Z without I and O
 *
 * Four symbols of each group are secret, 140 bits in all. The fifth is a check over GF(32) that
 * also depends on the group's place: one wrong symbol, two symbols of a group exchanged, and a
 * whole group in another's place are always noticed, other mistakes in 31 of 32 cases. */
#ifndef CRYPTO_CODE_H
#define CRYPTO_CODE_H

#include "base/err.h"
#include "crypto/hash.h"

enum {
	CODE_GROUPS = 7,
	CODE_GROUP_SYMBOLS = 5,
	CODE_RANDOM_BYTES = 18,
	CODE_SECRET_BYTES = 18, /* 140 bits, the last four zero */
	CODE_TEXT_MAX = CODE_GROUPS * (CODE_GROUP_SYMBOLS + 1),
	CODE_ID_BYTES = 16,
};

struct code {
	uint8_t secret[CODE_SECRET_BYTES];
};

/* From fresh random bytes, of which the last four bits are not used. */
struct code code_make(const uint8_t random[CODE_RANDOM_BYTES]);

/* "K7QPM-2HXRA-...", NUL-terminated. Returns `out`. Wipe it after printing. */
char *code_text(char out[CODE_TEXT_MAX], const struct code *c);

/* Either case; blanks and dashes between groups or none at all. No symbol is taken for another: 0,
 * O, 1 and I are refused by name, as are accented letters (a Vietnamese keyboard makes them out of
 * "AA" or "DD"). -ERR_INVALID; `*bad_group` (may be NULL) is then the number of the first wrong
 * group, 1..7, or 0 when the number of groups is what is wrong. */
int code_parse(struct code *out, unsigned *bad_group, struct span text, struct err *e);

/* While typing: group `group` (1..7) as far as typed, blanks around it ignored. 0 when it is
 * complete and right, 1 while it is right so far but short, -ERR_INVALID with the reason. */
int code_group_check(unsigned group, struct span typed, struct err *e);

/* The alphabet by itself, for what else is typed from paper: five bits a symbol. */
char code_symbol(unsigned value); /* 0..31 */
int code_symbol_value(uint8_t c); /* either case; -1: not one */
/* Bytes of a blank, dash or line's end at `at`, 0 if there is none. Word processors and chat programs
 * turn the printed ones into no-break spaces and long dashes. */
size_t code_separator(const uint8_t *at, size_t left);

/* What the server keeps of a code: by `id`, which may cross the wire, it finds the code that a
 * device speaks of; `key` proves. Neither gives the code back, but who has `key` can enrol with
 * it: it is stored like a private key, and deleted once used. */
struct code_key {
	uint8_t id[CODE_ID_BYTES];
	struct hash key;
};

struct code_key code_key_of(const struct code *c);

/* The device proves with CODE_CLIENT, the server answers with CODE_SERVER, so that neither proof
 * can be sent back as the other. */
enum code_side { CODE_NOBODY, CODE_CLIENT, CODE_SERVER };

/* HMAC over `message`, with a key that HKDF makes of the code's key, `binding` and the side.
 *
 * `binding` is what this conversation alone has: 32 bytes of TLS exporter, or by stick the hash of
 * the request. `message` is what is agreed besides, the same bytes on both sides: the request
 * without its proof (device), the answer without its proof (server). Without it the keys that are
 * registered would be bound only through the channel, and by stick there is none. */
struct hash code_proof(const struct code_key *k, enum code_side by, const struct hash *binding,
		       struct span message);

/* 0 or -ERR_DENIED, in constant time. */
int code_proof_check(const struct code_key *k, enum code_side by, const struct hash *binding,
		     struct span message, const struct hash *proof, struct err *e);
#endif
