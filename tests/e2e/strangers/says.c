#include "strangers.h"

#include "bench.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

enum { GARBAGE_BYTES = 4096, HALF_BYTES = 200000, PULLS = 4, KINDS_OF_NESTED = 4 };

void nothing(struct said *s)
{
	(void)s;
}

void random_bytes(struct said *s)
{
	uint8_t bytes[GARBAGE_BYTES];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)draw_next(s->draws);
	bytes[0] = (uint8_t)(bytes[0] & 0x7f); /* now and then a length within the limit */
	buf_bytes(s->out, span_of(bytes, sizeof(bytes)));
}

/* What OpenSSL would send, taken before it reaches a socket. */
void first_hello(struct said *s)
{
	static uint8_t bytes[4096];
	static int len;

	if (!len) {
		SSL_CTX *ctx = bench_have(SSL_CTX_new(TLS_client_method()));
		SSL *ssl = bench_have(SSL_new(ctx));

		SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
		SSL_set_connect_state(ssl);
		(void)SSL_do_handshake(ssl);
		len = BIO_read(SSL_get_wbio(ssl), bytes, sizeof(bytes));
		SSL_free(ssl);
		SSL_CTX_free(ctx);
	}
	buf_bytes(s->out, span_of(bytes, (size_t)len));
}

void own_hello(struct said *s)
{
	buf_bytes(s->out, span_of(s->who->flight.data, s->who->hello_bytes));
}

static void head(struct said *s, uint32_t len, unsigned type)
{
	uint8_t b[FRAME_HEADER] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
				    (uint8_t)len,         (uint8_t)(type >> 8), (uint8_t)type };

	buf_bytes(s->out, span_of(b, sizeof(b)));
}

static void fill(struct said *s, uint8_t with, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buf_bytes(s->out, span_of(&with, 1));
}

/* As much of it as a server must keep while the rest is on its way. */
void half_submit(struct said *s)
{
	head(s, FRAME_MAX - 1, FRAME_SUBMIT);
	fill(s, 0, HALF_BYTES);
	s->at_once = s->out->len;
	fill(s, 0, 1000);
}

/* Pages of the log from its beginning: large answers. */
void pulls(struct said *s)
{
	struct wire_pull m = { .max_bytes = FRAME_MAX };
	struct arena *a = bench_have(arena_new(WIRE_ARENA));
	struct err e = { 0 };

	for (int i = 0; i < PULLS; i++)
		bench_must(wire_frame(s->out, FRAME_PULL, &m, a, &e), &e, "a Pull");
	arena_free(a);
}

/* A request that is none, so that no code is looked up: what a stranger can send without a card. */
void wrong_enrol(struct said *s)
{
	uint8_t bytes[100 + 32];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)draw_next(s->draws);
	head(s, 2 + 100 + 2 + 32, FRAME_ENROL);
	buf_bytes(s->out, SPAN_LIT("\x0a\x64"));
	buf_bytes(s->out, span_of(bytes, 100));
	buf_bytes(s->out, SPAN_LIT("\x12\x20"));
	buf_bytes(s->out, span_of(bytes + 100, 32));
}

void too_long(struct said *s)
{
	static const uint32_t lengths[] = { FRAME_MAX + 1, UINT32_MAX, INT32_MAX, 5000 };
	static const unsigned types[] = { FRAME_SUBMIT, FRAME_SUBMIT, FRAME_BUNDLE, FRAME_PULL };
	unsigned i = (unsigned)draw_below(s->draws, 4);

	head(s, lengths[i], types[i]);
	fill(s, 0xa5, 65536);
}

/* A message within a message, as deep as `room` goes, from the inside out. */
static void deep(struct said *s, uint8_t tag, size_t room)
{
	uint8_t *bytes = bench_have(malloc(room));
	size_t at = room, inner = 0;

	while (at > 6) {
		size_t n = inner;
		uint8_t varint[5];
		size_t len = 0;

		do {
			varint[len++] = (uint8_t)((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
			n >>= 7;
		} while (n);
		at -= len;
		memcpy(bytes + at, varint, len);
		bytes[--at] = tag;
		inner = room - at;
	}
	buf_bytes(s->out, span_of(bytes + at, room - at));
	free(bytes);
}

/* Deep; many empty ops; many unknown fields; a length in the message beyond its end. */
void nested(struct said *s)
{
	size_t begin = s->out->len;
	uint32_t room = FRAME_MAX - 8;

	head(s, room, FRAME_SUBMIT);
	switch (draw_below(s->draws, KINDS_OF_NESTED)) {
	case 0:
		deep(s, 0x22, room);
		break;
	case 1:
		for (uint32_t i = 0; i < room / 2; i++)
			buf_bytes(s->out, SPAN_LIT("\x22\x00"));
		break;
	case 2:
		for (uint32_t i = 0; i < room / 2; i++)
			buf_bytes(s->out, SPAN_LIT("\x7a\x00"));
		break;
	default:
		buf_bytes(s->out, SPAN_LIT("\x22\xff\xff\xff\xff\x0f"));
		break;
	}
	fill(s, 0, FRAME_HEADER + room - (s->out->len - begin));
}

struct weight weigh(pid_t pid)
{
	struct weight m = { .kib = 0 };
	char path[64], line[256];
	const struct dirent *d;
	FILE *f;
	DIR *all;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "RssAnon:", 8))
			m.kib = strtod(line + 8, NULL);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	all = opendir(path);
	while (all && (d = readdir(all)))
		m.files += d->d_name[0] != '.';
	if (all)
		closedir(all);
	if (m.kib <= 0 || !m.files)
		bench_fail("the server is gone");
	return m;
}
