/* A receipt: an entry, its path in the log, and the signed head over it. Checked without the server. */
#ifndef CLIENT_RECEIPT_H
#define CLIENT_RECEIPT_H

#include "client/client.h"
#include "crypto/head.h"
#include "proto/codec.h"
#include "proto/wire.h"

enum { RECEIPT_FILE_MAX = FRAME_RECEIPT_MAX + 64 };

struct receipt {
	struct entry entry;
	struct span entry_bytes;
	struct head head;
};

/* A Receipt message against the log key. -ERR_INVALID or -ERR_CORRUPT: it proves nothing. Lends from `m`
 * and `a`. */
int receipt_verify(struct receipt *out, const struct wire_receipt *m, const uint8_t log_key[32],
		   struct arena *a, struct err *e);

/* Is that entry, under that number, in the log that the device has read? */
enum receipt_stands {
	RECEIPT_CANNOT_TELL, /* it has not read so far, or the log of the receipt is none that it knows of */
	RECEIPT_STANDS,
	RECEIPT_LEFT, /* a restore or a promotion left it behind; it may be there under another number */
	RECEIPT_OTHERWISE, /* of one log two entries of that number: two histories */
};
int receipt_stands(enum receipt_stands *out, struct client *c, const struct receipt *r,
		   struct err *e);

/* The file around the bytes of a Receipt message. */
int receipt_file_write(struct buf *out, struct span message, struct err *e);
/* Read a file and verify what it holds. Lends from `file` and `a`. */
int receipt_file_check(struct receipt *out, struct span file, const uint8_t log_key[32],
		       struct arena *a, struct err *e);
#endif
