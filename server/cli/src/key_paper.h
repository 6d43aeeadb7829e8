/* The server's own keys on paper: lines that somebody types into a file, or a scanner reads. Sealed under a code like
 * the file of key_file.h, and shorter, because every sign is typed.
 *
 *	NN GGGGG GGGGG GGGGG GGGGG GGGGG GGGGG GGGGG GGGGG CCCCC
 *
 * NN: number of the line, from 01. G: 25 bytes in the symbols of codes (crypto/code.h), five bits each. C: the first 25
 * bits of H("ketnap-paper-line" | number u8 | the 25 bytes), so that a mistyped line is told by its number.
 * The lines joined, the last filled up with zeros:
 *
 *	version u8 1 | length u16 of what follows | store 16 | nonce 24 | box | the first 4 bytes of H(all before)
 *
 * box: XChaCha20-Poly1305 under HMAC-SHA-256(key of the code, "ketnap paper v1"), with "ketnap-paper-1" 0x00 0x00 and
 * store as context, of seed of the log key 32 | seed of the seal key 32 | CA key, its number, 32 | CA certificate, DER. */
#ifndef SERVER_KEY_PAPER_H
#define SERVER_KEY_PAPER_H

#include "key_file.h"

enum { KEY_PAPER_LINES_MAX = 99, KEY_PAPER_MAX = 2048 };

/* The lines, each with its end, appended to `out`. `random`: 24 fresh bytes. */
int key_paper_make(struct buf *out, unsigned *lines, const struct own_keys *k,
		   const uint8_t store[16], const struct code *code, const uint8_t random[24],
		   struct err *e);

/* What was typed: small letters, blanks more or fewer, other lines between, any order. Appends what is sealed to `out`.
 * -ERR_INVALID: no line of such a paper, or it names those that are mistyped or missing. */
int key_paper_read(struct buf *out, struct span typed, struct err *e);

/* -ERR_DENIED: another store's, or another code's. */
int key_paper_open(struct own_keys *out, struct span sealed, const uint8_t store[16],
		   const struct code *code, struct err *e);
#endif
