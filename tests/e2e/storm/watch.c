/* Preloaded into ketnapd: looks from outside at what the server reads and writes inside TLS and at the
 * syncs of its store, counts the ops it has not answered, and lets the process die where the storm wants
 * it. The frames and fields are those of PROTOCOL.md; nothing of the project is linked. */
#include "watch.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { CONNS = 512, HEAD_BYTES = 6, FRAME_MAX = 262144 };
enum { HELLO = 1, HELLO_ACK = 2, SUBMIT = 3, ACK = 4 };

struct stream {
	uint8_t head[HEAD_BYTES];
	uint8_t *payload;
	size_t have; /* of head and payload */
	bool lost;
};

struct conn {
	SSL *ssl;
	struct stream in, out;
	bool retry; /* the same bytes will be given to SSL_write again */
	uint32_t unanswered;
};

static struct conn conns[CONNS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch_page *page;

static int (*real_read)(SSL *, void *, int);
static int (*real_write)(SSL *, const void *, int);
static void (*real_free)(SSL *);
static int (*real_fdatasync)(int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);

static _Noreturn void give_up(const char *why)
{
	fprintf(stderr, "storm watch: %s\n", why);
	_exit(3);
}

/* dlsym gives an object pointer where a function pointer is meant. */
static void find(void *out, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (!found)
		give_up(name);
	memcpy(out, &found, sizeof(found));
}

__attribute__((constructor)) static void begin(void)
{
	const char *path = getenv("STORM_PAGE");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

	find(&real_read, "SSL_read");
	find(&real_write, "SSL_write");
	find(&real_free, "SSL_free");
	find(&real_fdatasync, "fdatasync");
	find(&real_pwrite, "pwrite");
	if (fd < 0)
		give_up("STORM_PAGE names no file");
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (page == MAP_FAILED)
		give_up("STORM_PAGE cannot be mapped");
}

/* Called with the lock held, which everybody else needs to say anything more to a client. */
static void reach(enum watch_point p, uint32_t way)
{
	if (page->want != (uint32_t)p || page->way != way)
		return;
	if (page->countdown > 1) {
		page->countdown--;
		return;
	}
	page->died_at = p;
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

/* ---- protobuf, as much as is needed ---- */

struct field {
	uint64_t no, value;
	const uint8_t *bytes;
};

static bool varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	unsigned shift = 0;

	*out = 0;
	while (*at < end && shift < 64) {
		uint8_t b = *(*at)++;

		*out |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return true;
		shift += 7;
	}
	return false;
}

/* Of a field with bytes, `value` is their number. */
static bool next_field(const uint8_t **at, const uint8_t *end, struct field *f)
{
	uint64_t key, skip = 0;

	if (*at >= end || !varint(at, end, &key))
		return false;
	*f = (struct field){ .no = key >> 3 };
	switch (key & 7) {
	case 0:
		return varint(at, end, &f->value);
	case 1:
		skip = 8;
		break;
	case 2:
		if (!varint(at, end, &skip))
			return false;
		f->bytes = *at;
		f->value = skip;
		break;
	case 5:
		skip = 4;
		break;
	default:
		return false;
	}
	if (skip > (uint64_t)(end - *at))
		return false;
	*at += skip;
	return true;
}

static uint32_t count_items(const uint8_t *at, const uint8_t *end)
{
	struct field f;
	uint32_t count = 0;

	while (next_field(&at, end, &f))
		count += f.no == 4 && f.bytes;
	return count;
}

static uint32_t count_verdicts(const uint8_t *at, const uint8_t *end, uint64_t *lsn)
{
	struct field f, v;
	uint32_t count = 0;

	while (next_field(&at, end, &f)) {
		const uint8_t *inner = f.bytes;

		if (f.no != 2 || !inner)
			continue;
		count++;
		while (next_field(&inner, f.bytes + f.value, &v))
			if (v.no == 2 && v.value > *lsn)
				*lsn = v.value;
	}
	return count;
}

/* ---- frames ---- */

static void on_read_frame(struct conn *c, unsigned type, const uint8_t *at, const uint8_t *end)
{
	if (type == HELLO) {
		page->resumed += SSL_session_reused(c->ssl) == 1;
		reach(WATCH_HELLO, 0);
	} else if (type == SUBMIT) {
		uint32_t count = count_items(at, end);

		c->unanswered += count;
		page->unanswered += count;
		if (count && SSL_session_reused(c->ssl))
			reach(WATCH_RESUMED, 0);
	}
}

static void on_write_frame(struct conn *c, unsigned type, const uint8_t *at, const uint8_t *end)
{
	if (type == HELLO_ACK) {
		reach(WATCH_HELLO, 1);
	} else if (type == ACK) {
		uint64_t lsn = 0;
		uint32_t count = count_verdicts(at, end, &lsn);

		if (lsn > page->told_lsn && lsn > page->ready_lsn)
			reach(WATCH_COMMITTED, 1);
		if (count && SSL_session_reused(c->ssl))
			reach(WATCH_RESUMED, 1);
		if (count > c->unanswered)
			count = c->unanswered;
		c->unanswered -= count;
		page->unanswered -= count;
		if (lsn > page->told_lsn)
			page->told_lsn = lsn;
	}
}

static uint32_t payload_len(const struct stream *s)
{
	return (uint32_t)s->head[0] << 24 | (uint32_t)s->head[1] << 16 | (uint32_t)s->head[2] << 8 |
	       s->head[3];
}

static void feed(struct conn *c, struct stream *s, const uint8_t *bytes, size_t len)
{
	while (len && !s->lost) {
		size_t want, part;
		unsigned type;

		if (s->have < HEAD_BYTES) {
			s->head[s->have++] = *bytes++;
			len--;
			if (s->have < HEAD_BYTES)
				continue;
			want = payload_len(s);
			s->payload = want <= FRAME_MAX ? malloc(want + 1) : NULL;
			s->lost = !s->payload;
			if (s->lost || want)
				continue;
		}
		want = HEAD_BYTES + payload_len(s) - s->have;
		part = want < len ? want : len;
		memcpy(s->payload + (s->have - HEAD_BYTES), bytes, part);
		s->have += part;
		bytes += part;
		len -= part;
		if (part < want)
			continue;
		type = (unsigned)s->head[4] << 8 | s->head[5];
		if (s == &c->in)
			on_read_frame(c, type, s->payload, s->payload + payload_len(s));
		else
			on_write_frame(c, type, s->payload, s->payload + payload_len(s));
		free(s->payload);
		*s = (struct stream){ .have = 0 };
	}
}

static struct conn *conn_of(SSL *ssl)
{
	struct conn *empty = NULL;

	for (size_t i = 0; i < CONNS; i++) {
		if (conns[i].ssl == ssl)
			return &conns[i];
		if (!conns[i].ssl && !empty)
			empty = &conns[i];
	}
	if (!empty)
		give_up("more connections than expected");
	empty->ssl = ssl;
	return empty;
}

/* ---- what is looked at ---- */

int SSL_read(SSL *ssl, void *buf, int num)
{
	int n = real_read(ssl, buf, num);

	if (n > 0) {
		struct conn *c;

		pthread_mutex_lock(&lock);
		c = conn_of(ssl);
		feed(c, &c->in, buf, (size_t)n);
		pthread_mutex_unlock(&lock);
	}
	return n;
}

int SSL_write(SSL *ssl, const void *buf, int num)
{
	struct conn *c;
	int n;

	pthread_mutex_lock(&lock);
	c = conn_of(ssl);
	if (!c->retry && num > 0)
		feed(c, &c->out, buf, (size_t)num);
	pthread_mutex_unlock(&lock);
	n = real_write(ssl, buf, num);
	c->retry = n <= 0; /* one connection is one thread's */
	return n;
}

void SSL_free(SSL *ssl)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < CONNS && ssl; i++) {
		struct conn *c = &conns[i];

		if (c->ssl != ssl)
			continue;
		page->unanswered -= c->unanswered;
		free(c->in.payload);
		free(c->out.payload);
		memset(c, 0, sizeof(*c));
	}
	pthread_mutex_unlock(&lock);
	real_free(ssl);
}

/* The store syncs its data pages, and then writes the meta page that makes them valid, through a
 * descriptor of its own that syncs by itself. */
int fdatasync(int fd)
{
	pthread_mutex_lock(&lock);
	if (page->unanswered)
		reach(WATCH_BEFORE_COMMIT, 0);
	pthread_mutex_unlock(&lock);
	return real_fdatasync(fd);
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t at)
{
	bool meta = fcntl(fd, F_GETFL) & O_DSYNC;
	ssize_t n;

	if (meta) {
		pthread_mutex_lock(&lock);
		if (page->unanswered)
			reach(WATCH_BEFORE_COMMIT, 1);
		pthread_mutex_unlock(&lock);
	}
	n = real_pwrite(fd, buf, len, at);
	if (meta && n > 0) {
		pthread_mutex_lock(&lock);
		if (page->unanswered)
			reach(WATCH_COMMITTED, 0);
		pthread_mutex_unlock(&lock);
	}
	return n;
}
