/* Local commands: a socket in a directory, requests and answers of any bytes. */
#include "net_world.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

static const char *const name = "ctl";

struct server {
	struct loop *loop;
	struct ctl *ctl;
	char dir[1024];
	unsigned calls;
	struct ctl_call *kept;
	struct span big;
	pthread_t thread;
};

/* "echo..." comes back; "big" gives many bytes; "keep" is answered later; "wait" by a timer. */
static void on_call(struct ctl_call *call, struct span request, void *arg)
{
	struct server *s = arg;

	s->calls++;
	CHECK(ctl_call_user(call) == geteuid());
	if (span_eq(request, SPAN_LIT("keep"))) {
		CHECK(!s->kept);
		s->kept = call;
	} else if (span_eq(request, SPAN_LIT("big"))) {
		ctl_answer(call, s->big);
	} else {
		ctl_answer(call, request);
	}
}

static void dir_init(struct server *s, bool deep)
{
	const char *base = getenv("TMPDIR");

	snprintf(s->dir, sizeof(s->dir), "%s/ketnap-ctl-XXXXXX", base ? base : "/tmp");
	CHECK(mkdtemp(s->dir));
	for (int i = 0; deep && i < 4; i++) {
		strcat(s->dir, "/a-rather-long-name-of-a-directory-as-people-make-them");
		CHECK(!mkdir(s->dir, 0700));
	}
	CHECK(!deep || strlen(s->dir) > 200);
}

static void dir_fini(struct server *s)
{
	while (!rmdir(s->dir) && strstr(s->dir, "/a-rather"))
		*strrchr(s->dir, '/') = '\0';
	CHECK(access(s->dir, F_OK));
}

static void *serve(void *arg)
{
	struct server *s = arg;

	OK(loop_run(s->loop, E));
	return NULL;
}

static void server_open(struct server *s, size_t request_max)
{
	struct ctl_config c = {
		.dir = s->dir,
		.name = name,
		.request_max = request_max,
		.on_call = on_call,
		.arg = s,
	};

	OK(loop_new(&s->loop, clock_steady, E));
	c.loop = s->loop;
	OK(ctl_open(&s->ctl, &c, E));
	CHECK(!pthread_create(&s->thread, NULL, serve, s));
}

static void server_close(struct server *s)
{
	loop_stop(s->loop);
	pthread_join(s->thread, NULL);
	ctl_close(s->ctl);
	if (s->kept)
		ctl_answer(s->kept, SPAN_LIT("into the void"));
	s->kept = NULL;
	loop_free(s->loop);
}

static int ask(struct server *s, struct span request, struct buf *answer, int64_t wait_ms)
{
	struct err e = { 0 };
	int rc = ctl_ask(s->dir, name, request, answer, wait_ms, &e);

	CHECK((rc != 0) == (e.code != ERR_NONE));
	return rc;
}

static void questions(bool deep)
{
	struct server s = { 0 };
	struct buf answer, big;
	struct stat st;
	char path[1200];

	dir_init(&s, deep);
	buf_init(&answer, 4 << 20);
	buf_init(&big, 4 << 20);
	for (uint32_t i = 0; i < 500000; i++)
		buf_u32(&big, i * 2654435761U);
	s.big = buf_span(&big);
	CHECK(ask(&s, SPAN_LIT("x"), &answer, 1000) == -ERR_NOTFOUND);
	umask(0);
	server_open(&s, 3 << 20);
	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	CHECK(!stat(path, &st) && S_ISSOCK(st.st_mode) && (st.st_mode & 0777) == 0600);
	for (int i = 0; i < 30; i++) {
		buf_reset(&answer);
		CHECK(!ask(&s, SPAN_LIT("hello"), &answer, 5000));
		CHECK(span_eq(buf_span(&answer), SPAN_LIT("hello")));
	}
	CHECK(!ask(&s, SPAN_LIT("more"), &answer, 5000)); /* appended */
	CHECK(span_eq(buf_span(&answer), SPAN_LIT("hellomore")));
	buf_reset(&answer);
	CHECK(!ask(&s, (struct span){ 0 }, &answer, 5000) && !answer.len);
	CHECK(!ask(&s, SPAN_LIT("big"), &answer, 5000) && span_eq(buf_span(&answer), s.big));
	buf_reset(&answer);
	CHECK(!ask(&s, s.big, &answer, 5000) && span_eq(buf_span(&answer), s.big));
	server_close(&s);
	CHECK(s.calls == 34);
	CHECK(stat(path, &st) && errno == ENOENT);
	CHECK(ask(&s, SPAN_LIT("x"), &answer, 1000) == -ERR_NOTFOUND);
	buf_fini(&answer);
	buf_fini(&big);
	dir_fini(&s);
}

static void limits(void)
{
	struct server s = { 0 };
	struct buf answer, small;
	uint8_t *much = calloc(1, 2000);

	dir_init(&s, false);
	buf_init(&answer, 10000);
	buf_init(&small, 4);
	server_open(&s, 1000);
	CHECK(!ask(&s, span_of(much, 1000), &answer, 5000) && answer.len == 1000);
	CHECK(ask(&s, span_of(much, 1001), &answer, 5000) == -ERR_IO && s.calls == 1);
	CHECK(ask(&s, SPAN_LIT("hello"), &small, 5000) == -ERR_RANGE && !small.len);
	CHECK(ask(&s, SPAN_LIT("keep"), &answer, 200) ==
	      -ERR_BUSY);                              /* and its answer goes nowhere */
	CHECK(!ask(&s, SPAN_LIT("x"), &answer, 5000)); /* others are served meanwhile */
	server_close(&s);
	buf_fini(&answer);
	buf_fini(&small);
	free(much);
	dir_fini(&s);
}

static void *ask_to_keep(void *arg)
{
	struct server *s = arg;
	struct buf answer;

	buf_init(&answer, 100);
	CHECK(ask(s, SPAN_LIT("keep"), &answer, 20000) == -ERR_IO);
	buf_fini(&answer);
	return NULL;
}

/* The server ends with a question open: the one who asked is told so, at once. */
static void ends_while_asked(void)
{
	struct server s = { 0 };
	pthread_t t;

	dir_init(&s, false);
	server_open(&s, 0);
	CHECK(!pthread_create(&t, NULL, ask_to_keep, &s));
	usleep(200000);
	server_close(&s);
	CHECK(s.calls == 1);
	pthread_join(t, NULL);
	dir_fini(&s);
}

static void one_server_per_directory(void)
{
	struct server s = { 0 };
	struct ctl *second;
	struct loop *l;
	struct ctl_config c = { .dir = s.dir, .name = name, .on_call = on_call, .arg = &s };
	struct buf answer;
	pid_t child;
	int status;

	dir_init(&s, false);
	buf_init(&answer, 100);
	server_open(&s, 0);
	OK(loop_new(&l, clock_steady, E));
	c.loop = l;
	CHECK(ctl_open(&second, &c, NULL) == -ERR_BUSY && !second);
	CHECK(!ask(&s, SPAN_LIT("still there"), &answer, 5000));
	server_close(&s);
	/* What a killed server leaves behind is cleared away. */
	child = fork();
	if (!child) {
		struct sockaddr_un at = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		if (chdir(s.dir))
			_exit(1);
		strcpy(at.sun_path, name);
		_exit(bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1) ? 1 : 0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status);
	CHECK(ask(&s, SPAN_LIT("x"), &answer, 1000) == -ERR_NOTFOUND);
	OK(ctl_open(&second, &c, E));
	ctl_close(second);
	c.dir = "/nowhere/at/all";
	CHECK(ctl_open(&second, &c, NULL) == -ERR_NOTFOUND);
	loop_free(l);
	buf_fini(&answer);
	dir_fini(&s);
}

/* Callers that say nothing, or half of something, do not keep others out for ever. */
static void silent_callers(void)
{
	struct server s = { 0 };
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct buf answer;
	int fd[10];

	dir_init(&s, false);
	buf_init(&answer, 100);
	server_open(&s, 0);
	CHECK((size_t)snprintf(at.sun_path, sizeof(at.sun_path), "%.90s/%s", s.dir, name) <
	      sizeof(at.sun_path));
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		fd[i] = socket(AF_UNIX, SOCK_STREAM, 0);
		CHECK(!connect(fd[i], (struct sockaddr *)&at, sizeof(at)));
		CHECK(send(fd[i], "\0\0\0\5abc", i % 8, MSG_NOSIGNAL) == (ssize_t)(i % 8));
		if (i & 1)
			shutdown(fd[i], SHUT_WR);
	}
	CHECK(!ask(&s, SPAN_LIT("me"), &answer, 5000));
	CHECK(s.calls == 1);
	server_close(&s);
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		close(fd[i]);
	buf_fini(&answer);
	dir_fini(&s);
}

int main(void)
{
	questions(false);
	questions(true);
	limits();
	ends_while_asked();
	one_server_per_directory();
	silent_callers();
	return 0;
}
